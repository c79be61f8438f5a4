"""Graphs to draw, labels that mean harm, and what to look for in an SVG."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import autograd as ag
from autograd import Value

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    '"];x[label="',
    "</script><script>alert(1)</script>",
    "<b>bold</b>",
    "<",
    "<<b>>",
    "\\",
    "\\N\\G\\l",
    "a\nb\r\n",
    "\0\x1b[31m",
    "👩‍🔬🎉",
    "w" * 10_000,
    "]]>",
    "<![CDATA[",
    "&amp;&#0;&",
    "\ud800\udfff",
    "\ufffe\uffff\x85",
    "--><!--",
    "'\"`",
    "}; digraph {",
    "a -> b",
    "n0",
    " ",
    "שלום ‮x",
    "日本語",
    "[x](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "<http://evil.example> <img src=x>",
    "https://evil.example www.evil.example a@evil.example",
    "```\n~~~",
    "| a | b |\n|---|---|",
    "# heading\n===",
    "[^1]: [x]: //evil.example",
    r"\input{/etc/passwd} ^^5cinput ^^5c^^69nput \write18{ls}",
]


def neuron(inputs: int) -> tuple[Value, list[Value], list[Value]]:
    """The square of a sum of products with a bias, its weights and inputs."""
    ws = [Value(0.1 * (i + 1), f"w[{i + 1}]") for i in range(inputs)]
    xs = [Value(1.0 / (i + 1), f"x[{i + 1}]") for i in range(inputs)]
    z = ag.dot(ws, xs, Value(0.5, "b")).named("z")
    return (z**2).named("C"), ws, xs


def network() -> tuple[Value, Value]:
    """The cost of a 3-4-2 network, and one of its weights."""
    draw = random.Random(1)
    layer = [Value(draw.random(), f"n^1[{i + 1}]") for i in range(3)]
    first = []
    for n, size in ((2, 4), (3, 2)):
        weights = [
            [Value(draw.gauss(0, 1), f"W^{n}[{j + 1},{i + 1}]") for i, _ in enumerate(layer)] for j in range(size)
        ]
        biases = [Value(draw.gauss(0, 1), f"b^{n}[{j + 1}]") for j in range(size)]
        layer = [ag.sigmoid(ag.dot(row, layer, b)) for row, b in zip(weights, biases, strict=True)]
        first.append(weights[0][0])
    return ag.total([(x - 1) ** 2 for x in layer]).named("C"), first[0]


def random_graph(seed: int, size: int = 40) -> tuple[Value, list[Value]]:
    """A graph that shares nodes at random and has numbers in it; its output and its leaves."""
    draw = random.Random(seed)
    leaves = [Value(draw.uniform(0.5, 2.0), f"x{i}") for i in range(4)]
    nodes = list(leaves)
    for _ in range(size):
        x, y = draw.choices(nodes[-10:], k=2)
        nodes.append(draw.choice([x * y, x - y, ag.sin(x), x * 0.5, ag.total([x, y, x])]))
    return ag.total(nodes[-6:]), leaves


def with_label(label: str) -> tuple[Value, Value]:
    """Olah's expression with a label on a leaf and on a result, and the leaf."""
    a, b = Value(2.0, "a"), Value(1.0, label)
    c, d = (a + b).named(label), (b + 1).named("d")
    return (c * d).named("e"), b


def parts(svg: str, kind: str) -> list[ElementTree.Element]:
    """The groups of an SVG that are nodes, edges or labels."""
    return [g for g in ElementTree.fromstring(svg).iter(SVG + "g") if kind in g.get("class", "").split()]


def texts(group: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in group.iter(SVG + "text")]
