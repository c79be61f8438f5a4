"""Numbers that no other test states: where things are drawn, what a check measures, what a program computes.

Each is kept as a checksum of numbers alone, so that no wording is part of it.  A change is to be looked at; if it is
meant, keep it: python tests/test_kept_numbers.py
"""

from __future__ import annotations

import ast
import inspect
import math
import random
import re
import sys
import zlib
from collections.abc import Callable, Iterable
from itertools import pairwise, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import drawn
import numpy as np
import pytest
from effort import IS_WITH_ALL_KEPT_NUMBERS
from faults import faulty
from networks import cost, essay, network
from samples import NUMBER_SLOTS, named_operands, olah, random_derivative, random_sums

import autograd as ag
import nn
from autograd import TABLE, Interval, Value
from autograd.compiling.backends import BACKENDS
from autograd.testing import SEED, draw

KEPT = Path(__file__).parent / "data" / "numbers.txt"


def kept() -> dict[str, str]:
    return {name: number for number, _, name in (x.partition("  ") for x in KEPT.read_text("utf-8").splitlines())}


# An operation that is new in the table need not be kept: its twin in tests/twins.py holds it.
OPERATIONS = [op for op in TABLE.values() if op.partials.__module__ == ag.ops.__name__]
if __name__ != "__main__":
    OPERATIONS = [op for op in OPERATIONS if f"rule of {op.name}" in kept()]
Case = Callable[[], Iterable[str]]


def plain(text: str) -> str:
    """Return a text without its words."""
    return re.sub(r"[A-Za-z_]{3,}", "", text)


# --- drawings


def numbers(text: str) -> list[str]:
    return re.findall(r"-?\d+(?:\.\d+)?", text)


def of_svg(svg: str) -> list[str]:
    """Return the numbers in the attributes of each element, without colours and texts."""
    lines = []
    for element in ElementTree.fromstring(svg).iter():
        found = [" ".join([key, *numbers(text)]) for key, text in sorted(element.items()) if text[:1] != "#"]
        lines.append(f"{element.tag.rpartition('}')[2]} {'; '.join(x for x in found if ' ' in x)}")
    return lines


def of_text(text: str) -> list[str]:
    return [" ".join(numbers(line)) for line in text.splitlines()]


def of_drawing(drawing: Any) -> list[str]:
    return [*of_svg(drawing.svg()), *of_text(drawing.dot.source), *of_text(drawing.tikz())]


def perceptron() -> tuple[Value, Value]:
    net = nn.MLP(3, [4, 2], "tanh", seed=1)
    C = nn.quadratic(net([0.5, -0.25, 1.0]), [1.0, 0.0]).named("C")
    return C, net.layers[0].weight[1, 0]


def drawings() -> dict[str, Case]:
    def case(graph: Callable[[], tuple[Value, Value | None]], **options: Any) -> Case:
        def lines() -> list[str]:
            output, wrt = graph()
            return of_drawing(ag.draw(output, wrt, **options))

        return lines

    def some(seed: int, size: int) -> Callable[[], tuple[Value, Value | None]]:
        return lambda: (drawn.random_graph(seed, size)[0], None)

    def b() -> tuple[Value, Value]:
        _, b, *_, e = olah()
        return e, b

    def middle() -> tuple[Value, Value]:
        """A node within, with operands that come in from elsewhere and long names."""
        x = [Value(0.5 * k - 1.0, f"x^{k}[{k},long]") for k in range(7)]
        inner = ag.tanh(ag.dot(x[:3], x[3:6], x[6])).named("an inner node of some length")
        outer = (inner * x[0] - 2.0 / (inner + 3.0)).named("theta'")
        return (outer**2 + ag.total([*x, outer, 1e-9])).named("C"), inner

    def marked() -> list[str]:
        C, inner = middle()
        marks = {(C, 0): "is wrong", (C, None): "too large", (inner, 1): "differences 0.25"}
        drawing = ag.draw(C, inner, detail="operations", marks=marks)
        return [*of_drawing(drawing), *of_text(drawing.mermaid()), *of_text(drawing.describe())]

    def twice() -> tuple[Value, Value]:
        x = Value(2.0, "x")
        y = (x * x).named("y")
        return ag.maximum(y * x * y, x - x).named("z"), x

    return {
        "middle": case(middle),
        "middle, contributions": case(middle, edges="contribution", direction="right", theme="print"),
        "middle, forward": case(middle, show="forward", constants="nodes", edges="value", theme="dark"),
        "middle, neurons": case(middle, detail="neurons", direction="right"),
        "marked": marked,
        "twice": case(twice),
        "twice to the right": case(twice, direction="right", edges="contribution"),
        "derivative of many steps": case(lambda: random_derivative(8), detail="operations"),
        "long": case(lambda: (random_derivative(9)[0], None), edges="none", show="values", direction="right"),
        "olah": case(b),
        "olah, forward": case(b, show="forward", edges="contribution", theme="olah"),
        "olah, numbers": case(lambda: (b()[0], None), direction="right", edges="number", constants="nodes"),
        "values": case(lambda: (b()[0], None), show="values", edges="none", theme="print"),
        "what goes along": case(b, edges="value", direction="right"),
        "derivative": case(lambda: random_derivative(3)),
        "derivative to the right": case(lambda: random_derivative(5), direction="right", edges="number"),
        "random": case(some(3, 14), constants="nodes"),
        "random to the right": case(some(4, 18), direction="right"),
        "random, large": case(some(5, 30), edges="number"),
        "perceptron": case(perceptron, detail="operations"),
        "perceptron, neurons": case(perceptron, detail="neurons", open="layer 3"),
        "perceptron, layers": case(lambda: (perceptron()[0], None), detail="layers", open="layer 3"),
        "perceptron, few shown": case(lambda: (perceptron()[0], None), max_shown=2, direction="right"),
        "3-4-2": case(drawn.network, detail="neurons"),
        "3-4-2, without groups": case(drawn.network, detail="operations", groups=False, direction="right"),
        "neuron": case(lambda: (drawn.neuron(9)[0], None)),
    }


def networks() -> dict[str, Case]:
    def case(*sizes: int, seed: int = 0, wrt: int | None = None, **options: Any) -> Case:
        def lines() -> list[str]:
            net = network(*sizes, seed=seed)
            x = [math.ldexp(k + 1.0, -2) for k in range(sizes[0])]
            weight = None if wrt is None else net.layers[wrt].weight[0, -1]
            drawing = ag.draw_network(net, x, wrt=weight, cost=cost(net(x), [0.5] * sizes[-1]), **options)
            return [*of_svg(drawing.svg()), *of_text(drawing.dot.source)]

        return lines

    def of_essay() -> list[str]:
        net, x = essay()
        return of_svg(ag.draw_network(net, x, wrt=net.layers[0].weight[0, 0], cost=cost(net(x), [1.0, 1.0])).svg())

    return {
        "essay": of_essay,
        "2-3-1": case(2, 3, 1),
        "2-3-1, gradients": case(2, 3, 1, wrt=1, show="gradients"),
        "4-6-3-2, few shown": case(4, 6, 3, 2, max_shown=3, theme="dark"),
        "12-5-1": case(12, 5, 1, seed=3, numbers="neurons", inputs=[f"input {k}" for k in range(12)]),
        "5-30-4": case(5, 30, 4, seed=4, outputs=["a", "b", "c", "some more"], numbers="none", theme="print"),
    }


def pages() -> dict[str, Case]:
    """Places and sizes on pages to explore; their numbers and words are tested elsewhere."""

    def places(content: Any) -> list[str]:
        if isinstance(content, dict):
            return [line for key, value in content.items() if key != "words" for line in places(value)]
        if isinstance(content, (list, tuple)):
            return [line for value in content for line in places(value)]
        is_number = isinstance(content, (int, float)) and not isinstance(content, bool)
        return [f"{content:.6g}"] if is_number else numbers(content) if isinstance(content, str) else []

    def case(graph: Callable[[], tuple[Value, Value | None]], **options: Any) -> Case:
        def lines() -> list[str]:
            contents = ag.explore(*graph(), **options).contents
            return [*places(contents.data()), *contents.rules, *sorted(contents.calls)]

        return lines

    return {
        "page of olah": case(lambda: (olah()[4], None)),
        "page of a derivative": case(lambda: random_derivative(4), direction="right"),
        "page of a perceptron": case(perceptron),
    }


# --- programs


class Plain(ast.NodeTransformer):
    """Takes docstrings away."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                x for x in body if not (isinstance(x, ast.Expr) and isinstance(x.value, ast.Constant))
            ] or [ast.Pass()]
        return node


def of_source(source: str) -> list[str]:
    """Return the code without comments and docstrings."""
    return ast.unparse(Plain().visit(ast.parse(source))).splitlines()


def programs() -> dict[str, Case]:
    def of(compiled: Any) -> list[str]:
        shapes = [f"{name} {array.shape}" for name, array in compiled.constants.items()]
        on_scalars = compiled._scalar_calls("gradient").lowered(BACKENDS["lines"]).source
        return [
            *of_source(compiled.source),
            *shapes,
            *compiled.equations().splitlines(),
            *compiled.equations(latex=True).splitlines(),
            *on_scalars.splitlines(),
            plain(compiled.report()),
        ]

    def derivative(seed: int) -> Case:
        return lambda: of(ag.compile(random_derivative(seed)[0]))

    def sums(seed: int) -> Case:
        return lambda: of(ag.compile(*random_sums(seed)))

    def rows_apart(sign: float) -> Case:
        """Long sums of products that share no vector."""

        def lines() -> list[str]:
            a, b = ([[Value(0.1 * i + k, f"{name}[{i},{k}]") for k in range(20)] for i in range(2)] for name in "ab")
            sums = [
                ag.total([x * y if sign > 0.0 else -(x * y) for x, y in zip(*rows, strict=True)])
                for rows in zip(a, b, strict=True)
            ]
            return of(ag.compile(ag.total([ag.tanh(z) for z in sums]).named("C")))

        return lines

    def mlp(activation: str, loss: Any, *sizes: int) -> Case:
        def lines() -> list[str]:
            net = nn.MLP(sizes[0], sizes[1:], activation, seed=0)
            step = ag.compile(lambda x, y: loss(net(x), y), net, inputs=(sizes[0], sizes[-1]))
            return of(step)

        return lines

    def written_out() -> list[str]:
        W = [[Value(0.25 * (i - j), f"W[{i},{j}]") for j in range(3)] for i in range(4)]
        x = [Value(1.0 + k, f"x[{k}]") for k in range(3)]
        sums = [row[0] * x[0] + x[1] * row[1] + row[2] * x[2] for row in W]
        return of(ag.compile(ag.total([ag.tanh(z) * z for z in sums]).named("C")))

    def samples() -> list[str]:
        w, b = [Value(0.5 * k, f"w[{k}]") for k in range(3)], Value(0.1, "b")
        X = [[math.ldexp(3 * i + k, -3) for k in range(3)] for i in range(6)]
        losses = [ag.maximum(0.0, 1.0 - ag.dot(w, row, b) * (-1.0) ** i) ** 2 for i, row in enumerate(X)]
        return of(ag.compile((ag.total(losses) / 6.0 + 0.01 * ag.dot(w, w)).named("C")))

    def mixed() -> list[str]:
        w = [Value(0.5 * k - 1.0, f"w[{k}]") for k in range(3)]

        def cost(x: Any) -> Any:
            return ag.logsumexp([x[0], w[0], x[1] * w[1], w[2], x[2], x[3], 2.0]) + ag.hypot(x[0], w[0], x[1] - w[2])

        step = ag.compile(cost, w, inputs=(4,))
        return [*of(step), *of(ag.compile(lambda x: cost(x), inputs=(4,)))]

    def elements() -> list[str]:
        x = [Value(0.5 + k, f"x[{k}]") for k in range(8)]
        pairs = [(x[i] - x[i + 1]) ** 2 + 100.0 * (1.0 - x[i]) ** 2 for i in range(0, 7, 2)]
        strides = [ag.exp(x[i]) / x[-1 - i] for i in range(8)]
        return of(ag.compile(ag.total(pairs) + ag.logsumexp(strides) - ag.total(x[::-2])))

    def numbers_beside_results() -> list[str]:
        x = [Value(0.5 + k, f"x[{k}]") for k in range(4)]
        rows = [[ag.sin(y * (i + 1.0)) for y in x] for i in range(3)]
        shared, each = [0.5, -1.0, 2.0, 0.25], [[1.5 * i - j for j in range(4)] for i in range(3)]
        sums = [ag.dot(row, shared) for row in rows] + [ag.dot(numbers, rows[0]) for numbers in each]
        return of(ag.compile(ag.total([ag.tanh(z) for z in sums]).named("C")))

    return {
        **{f"program of derivative {seed}": derivative(seed) for seed in range(12)},
        "program of a perceptron": mlp("sigmoid", nn.quadratic, 4, 3, 2),
        "program of softmax": mlp("relu", nn.cross_entropy, 5, 4, 4, 3),
        "program, written out": written_out,
        "program of samples": samples,
        **{f"program of sums {seed}": sums(seed) for seed in range(12)},
        "program of rows apart": rows_apart(1.0),
        "program of negative rows apart": rows_apart(-1.0),
        "program of elements": elements,
        "program of numbers beside results": numbers_beside_results,
        "program of inputs and parameters": mixed,
    }


def programs_on_jax() -> dict[str, Case]:
    """The same programs as they are written for JAX, which need not be there for that."""

    def case(make: Case) -> Case:
        def lines() -> list[str]:
            compile, jax = (
                ag.compile,
                SimpleNamespace(config=SimpleNamespace(jax_enable_x64=True), jit=lambda f: f, numpy=np),
            )
            with pytest.MonkeyPatch.context() as patched:
                patched.setitem(sys.modules, "jax", jax)
                patched.setitem(sys.modules, "jax.numpy", np)
                patched.setattr(ag, "compile", lambda *args, **options: compile(*args, backend="jax", **options))
                return list(make())

        return lines

    return {f"{name}, on JAX": case(make) for name, make in programs().items()}


# --- worked solutions


def traces() -> dict[str, Case]:
    """Formulas and their numbers in every style, without the words between them."""

    def case(seed: int, max_paths: int) -> Case:
        def lines() -> list[str]:
            trace = ag.trace(*random_derivative(seed), max_paths=max_paths)
            sheet = trace.worksheet(seed, share=0.3)
            texts = [
                str(trace),
                trace.latex(),
                trace.html(),
                str(trace.modes()),
                str(sheet),
                sheet.exercise(),
                sheet.key(),
            ]
            return [re.sub(r"[A-Za-z]{3,}", "", text) for text in texts]

        return lines

    return {f"trace {seed}, {paths} paths": case(seed, paths) for seed in range(24) for paths in ((8, 2)[seed % 2],)}


# --- rules


def rules() -> dict[str, Case]:
    """The graphs that the rules make of Values, and how they are written."""

    def case(op: ag.Op) -> Case:
        def lines() -> list[str]:
            leaves = named_operands(op)
            named = [x for x in leaves if isinstance(x, Value)]
            result = op(*leaves).named("r")
            found = [str(ag.trace(result, x)) + ag.trace(result, x).latex() for x in named]
            order = ag.topological_order(*ag.gradient(result, named))
            place = {id(node): i for i, node in enumerate(order)}
            found += [
                f"{node.op.name if node.op else node.data:.12} {[place[id(x)] for x in node.operands]}"
                for node in order
            ]
            return [re.sub(r"[A-Za-z]{8,}", "", text) for text in found] + at_a_grid(op)

        return lines

    def at_a_grid(op: ag.Op) -> list[str]:
        """Values, partials and smooth pieces at ordinary numbers, at zeros and where operands are equal."""
        lines = []
        for point in product((-1.5, -0.0, 0.0, 0.5, 1.0, 3.0), repeat=min(op.arity or 3, 3)):
            point = (point * 2)[: op.arity or 3]
            if NUMBER_SLOTS.get(op.name) is not None:
                point = tuple(1.0 if i == NUMBER_SLOTS[op.name] else x for i, x in enumerate(point))
            try:
                z = op.value(*point)
                slopes = op.slopes(point, z)
            except (ArithmeticError, ValueError) as error:
                lines.append(type(error).__name__)
                continue
            pieces = op.branch(*point)
            lines.append(f"{z:.7g} {[f'{x:.7g}' for x in slopes]} {pieces if pieces is None else float(pieces):.7g}")
        return lines

    return {f"rule of {op.name}": case(op) for op in OPERATIONS}


# --- training


def of_floats(array: Any) -> str:
    return " ".join(f"{x:.6g}" for x in np.ravel(np.asarray(array, dtype=float)))


def training() -> dict[str, Case]:
    X = [[math.ldexp((5 * k * k + 3 * i) % 17 - 8.0, -3) for i in range(3)] for k in range(11)]
    classes, targets = [k * k % 3 for k in range(11)], [[x[0] * x[1] - 0.5 * x[2]] for x in X]

    def case(optimizer: Callable[[], nn.Optimizer], **options: Any) -> Case:
        def lines() -> list[str]:
            classify = options.get("cost") in ("cross_entropy", "hinge")
            net = nn.MLP(3, [4, 3 if classify else 1], ["tanh", "linear"] if classify else "tanh", seed=3)
            history = nn.fit(
                net, X, classes if classify else targets, **{"epochs": 4, "progress": False, "seed": 5, **options},
                optimizer=optimizer(),
            )  # fmt: skip
            parts = history.cost, history.accuracy, history.validation_cost, net.predict(X)
            return [of_floats(part) for part in parts if part is not None]

        return lines

    s = nn.schedules
    schedules = {
        "linear": s.linear_decay(1.0, 0.25, 6),
        "step": s.step_decay(0.5, 3, 0.5),
        "exponential": s.exponential_decay(0.5, 0.75),
        "inverse": s.inverse_decay(0.5, 0.25),
        "cosine": s.cosine(1.0, 5, 0.125),
        "warmup": s.linear_warmup(3, s.cosine(1.0, 5)),
    }
    drawn_by = ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", None]
    shares = [(X[:k], classes[:k], share, k) for k in (5, 11) for share in (0.25, 0.5, 0.75)]
    return {
        "plain descent": case(lambda: nn.GradientDescent(0.25)),
        "sgd": case(lambda: nn.SGD(0.1, 0.5, weight_decay=0.01), batch_size=4),
        "nesterov": case(lambda: nn.Nesterov(0.1, 0.75), batch_size=3, shuffle=False),
        "momentum": case(lambda: nn.Momentum(s.linear_decay(0.2, 0.0, 12), weight_decay=0.1), batch_size=None),
        "rmsprop": case(lambda: nn.RMSProp(0.02, 0.75, 1e-3, 0.05), batch_size=5, compiled=False),
        "adam": case(lambda: nn.Adam(0.05, (0.5, 0.75), 1e-3, 0.05), batch_size=5, penalty=0.01, validation=0.25),
        "adam, by example": case(lambda: nn.Adam(0.05), penalty=0.01, validation=0.25, compiled=False, patience=2),
        "cross-entropy": case(lambda: nn.GradientDescent(0.5), cost="cross_entropy", batch_size=4, validation=0.4),
        "schedules": lambda: [of_floats([rate(k) for k in range(12)]) for rate in schedules.values()],
        "initializers": lambda: [
            of_floats([p.data for p in nn.MLP(5, [7, 3], name, init=init, seed=k).parameters()])
            for name in ("tanh", "relu")
            for k, init in enumerate(drawn_by)
        ],
        "split": lambda: [
            of_floats(part) for x, y, share, k in shares for pair in nn.split(x, y, share, seed=k) for part in pair
        ],
        "batches": lambda: [
            of_floats(part)
            for size, shuffle in ((1, True), (4, True), (5, False), (None, True))
            for batch in nn.batches(X, classes, size, seed=2, shuffle=shuffle)
            for part in batch
        ],
    }


# --- checks


def of_check(check: Any) -> list[str]:
    """Return what is known of each number that was checked; error bars are of few digits where rounding makes them."""
    lines = [f"{bool(check)}"]
    pairs = check.symmetry.broken if check.symmetry else ()
    lines += [f"{check.symmetry.count} {check.symmetry.gap:.4g} {check.symmetry.doubtful}"] if check.symmetry else []
    for found in (*check.leaves, *check.values, *check.edges, *check.sweeps, *check.curvatures, *pairs):
        places = f"{found.verdict} {found.position} {found.slot} {found.second}"
        slopes = f"{found.engine:.6g} {found.differences:.6g} {found.difference.swing:.6g}"
        bars = f"{found.error:.4g} {found.agreement:.4g} {found.difference.evaluations}"
        lines.append(f"{places} {slopes} {bars}")
    # Where a node was made depends on this file.
    printed = "\n".join(line for line in str(check).splitlines() if ".py, line " not in line)
    short = re.sub(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", lambda x: f"{float(x[0]):.3g}", printed)
    return [*lines, *plain(short).splitlines()]


def checks() -> dict[str, Case]:
    """Checks of graphs of what IEEE 754 rounds correctly, with right rules and wrong ones."""
    halved = faulty("sqrt", lambda x, z: 0.25 / z)
    exchanged = faulty("div", lambda x, y, z: (-z / y, 1.0 / y))
    second = faulty("mul", lambda x, y, z: (y, 1.001 * x))
    weighted = faulty("dot", lambda *xs, z: tuple(2.0 * x for x in xs[len(xs) // 2 :] + xs[: len(xs) // 2]))

    def tangle(seed: int, sqrt: Any = ag.sqrt, div: Any = None, mul: Any = None) -> Value:
        draw = random.Random(seed)
        div, mul = div or (lambda x, y: x / y), mul or (lambda x, y: x * y)
        nodes = [Value(draw.uniform(0.5, 2.0), f"x{k}") for k in range(3)]
        for _ in range(9):
            x, y = draw.choice(nodes[-4:]), draw.choice(nodes)
            made = [
                lambda x, y: mul(x, y),
                lambda x, y: div(x, y + 3.0 + y * y),
                lambda x, y: sqrt(x * x + 1.0),
                lambda x, y: x - 0.25 * y,
                lambda x, y: ag.dot([x, y], [0.5, x], 1.0),
                lambda x, y: ag.maximum(x, -y) + ag.relu(y),
            ]
            nodes.append(made[draw.randrange(6)](x, y))
        return (nodes[-1] * nodes[-2] + nodes[-3]).named("C")

    def wide(count: int, wrong: bool = False) -> Value:
        w = [Value(math.ldexp(k * k % 17 - 5.5, -3), f"w{k}") for k in range(count)]
        x = [Value(math.ldexp(k * 7 % 11 + 1.0, -2), f"x{k}") for k in range(count)]
        return (weighted(*w, *x) if wrong else ag.dot(w, x)) * 0.5 + ag.total(w)

    def neighbours(count: int, times: Any) -> Value:
        w = [Value(math.ldexp(k * k % 17 - 5.5, -3), f"w{k}") for k in range(count + 1)]
        return ag.total([times(x, y) for x, y in pairwise(w)]) * 0.5

    def far(x: float) -> Value:
        y = Value(x, "y")
        return y / ag.sqrt(1.0 + y * y) + 1e-3 / y

    def function(x: Any, y: Any) -> Any:
        return x * x * y + x / (1.0 + y * y)

    def case(make: Callable[[], Value], **options: Any) -> Case:
        return lambda: of_check(ag.gradcheck(make(), **options))

    def kinds() -> Value:
        zero, x = Value(0.0, "zero"), Value(1.5, "x")
        return ag.relu(zero) * x + ag.abs(zero * x) + ag.maximum(x, x * 1.0) + ag.floor(x * 2.0) * x

    wrong_rules: dict[str, list[Any]] = {
        "sqrt": [
            lambda x, z: 1.0 / z,
            lambda x, z: -0.5 / z,
            lambda x, z: 0.5 / x,
            lambda x, z: z,
            lambda x, z: 0.5 * z,
        ],
        "mul": [lambda x, y, z: (x, y), lambda x, y, z: (y, y), lambda x, y, z: (y, -x), lambda x, y, z: (1.0, 1.0)],
        "div": [
            lambda x, y, z: (1.0 / y, x / (y * y)),
            lambda x, y, z: (y, -x / (y * y)),
            lambda x, y, z: (1.0 / y, -z),
        ],
        "sub": [lambda x, y, z: (1.0, 1.0), lambda x, y, z: (-1.0, 1.0)],
        "relu": [lambda x, z: 1.0 + 0.0 * x, lambda x, z: z, lambda x, z: ag.step(-x)],
        "abs": [lambda x, z: 1.0 + 0.0 * x, lambda x, z: -ag.sign(x)],
        "maximum": [lambda x, y, z: (ag.step(y - x), ag.step(x - y)), lambda x, y, z: (1.0, 1.0)],
        "tanh": [lambda x, z: 1.0 - z, lambda x, z: 1.0 + z * z, lambda x, z: 1.0 - x * x, lambda x, z: z * (1.0 - z)],
        "sigmoid": [lambda x, z: z, lambda x, z: 1.0 - z, lambda x, z: z * z, lambda x, z: x * (1.0 - x)],
        "log": [lambda x, z: 1.0 / (x * x), lambda x, z: x, lambda x, z: 1.0 / z],
    }

    def hinted(name: str, k: int) -> list[str]:
        op = faulty(name, wrong_rules[name][k])
        xs = [Value(1.75 - 0.5 * i, "xy"[i]) for i in range(op.arity)]
        z = (op(*xs) * 1.5 + 0.25).named("z")
        lines = of_check(ag.gradcheck(z)) + of_check(ag.gradcheck(lambda *xs: op(*xs), [x.data for x in xs], order=2))
        # Rounding errors of the platform's functions are in the error bars.
        return [re.sub(r"[-+.e\d]+", "", line) for line in lines] if name in ("tanh", "sigmoid", "log") else lines

    hints = {
        f"hint {k + 1} on {name}": lambda name=name, k=k: hinted(name, k)  # type: ignore[misc]
        for name, some in wrong_rules.items()
        for k in range(len(some))
    }
    return {
        **hints,
        **{f"check {seed}": case(lambda seed=seed: tangle(seed)) for seed in range(4)},
        **{f"check {seed} of order 2": case(lambda seed=seed: tangle(seed), order=2) for seed in range(2)},
        **{f"check {seed}, sqrt halved": case(lambda seed=seed: tangle(seed, sqrt=halved)) for seed in range(2, 4)},
        **{f"check {seed}, div exchanged": case(lambda seed=seed: tangle(seed, div=exchanged)) for seed in range(3)},
        **{f"check {seed}, mul off": case(lambda seed=seed: tangle(seed, mul=second), order=2) for seed in range(2)},
        **{f"check of {count}": case(lambda count=count: wide(count)) for count in (3, 4, 5, 20, 101)},
        **{f"check of {count}, wrong": case(lambda count=count: wide(count, True)) for count in (3, 4, 5, 20, 101)},
        **{f"check of {count}, order 2": case(lambda count=count: wide(count), order=2) for count in (3, 4, 5)},
        "check of a sum of 8, order 2": case(lambda: neighbours(8, ag.TABLE["mul"]), order=2),
        "check of a sum of 9, order 2": case(lambda: neighbours(9, second), order=2),
        "check of 200": case(lambda: neighbours(199, ag.TABLE["mul"])),
        "check of 201": case(lambda: neighbours(200, second)),
        "check of 201, order 2": case(lambda: neighbours(200, second), order=2),
        **{f"check far off, {x:g}": case(lambda x=x: far(x), order=2) for x in (1e-9, -3e-4, 40.0, 2e9, 1e200)},
        "check at kinks": case(kinds),
        "check at 0": lambda: of_check(ag.gradcheck(function, (0.0, 0.0), order=2)),
        "check of one at 0": lambda: of_check(ag.gradcheck(function, (0.0, 1.5), order=2)),
        "check of a function": lambda: of_check(ag.gradcheck(function, (1.25, -0.5))),
        "check of a hessian": lambda: of_check(ag.gradcheck(function, (1.25, -0.5), hessian=[[1.0, 2.0], [2.5, 4.0]])),
        "check of a gradient": lambda: of_check(ag.gradcheck(function, (1.25, -0.5), gradient=[1.0, 2.0])),
    }


# --- points at which operations are tried


def tried() -> dict[str, Case]:
    """Names of the cases of operations, which have the points in them, and points that are drawn."""
    letters = sorted({op.name[0] for op in OPERATIONS})
    intervals = [Interval(), Interval(0.0), Interval(-1.0, 1.0), Interval(high=2.0, open=True), Interval(0.0, 1e-3)]

    def cases(letter: str) -> list[str]:
        return [str(case) for op in OPERATIONS if op.name[0] == letter for case in ag.op_cases(op)]

    def points() -> list[str]:
        each = [repr(draw(interval, 2, 4, f"{i}")) for i, interval in enumerate(intervals)]
        token = SEED.set(7)
        try:
            return [*each, repr(draw(intervals, 3, 5, "mixed")), repr(draw(intervals[:2], 4, 3))]
        finally:
            SEED.reset(token)

    found: dict[str, Case] = {f"cases of {x}…": lambda x=x: cases(x) for x in letters}  # type: ignore[misc]
    return {**found, "points": points}


# --- defaults


def defaults() -> list[str]:
    """Return the defaults of everything public, by the names of arguments."""
    x = Value(2.0, "x")
    y = (x * x).named("y")
    made: list[Any] = [ag.trace(y, x), ag.trace(y, x).worksheet(), ag.draw(y), ag.explore(y), ag.compile(y)]
    made += [ag.gradcheck(y), ag.paths(y, x), ag.anomaly(y), ag.Interval(), ag.line_of(x), ag.trace(y, x).modes()]
    lines = []
    modules = [ag, nn, nn.initializers, nn.schedules, SimpleNamespace(**{type(z).__name__: type(z) for z in made})]
    for module in modules:
        for name in sorted(getattr(module, "__all__", vars(module))):
            thing = getattr(module, name)
            members = [(name, thing)] if callable(thing) and name[0] != "_" else []
            if isinstance(thing, type):
                members += [(f"{name}.{x}", y) for x, y in sorted(vars(thing).items()) if x[0] != "_" and callable(y)]
            for path, member in members:
                try:
                    parameters = inspect.signature(member).parameters.values()
                except (TypeError, ValueError):
                    continue
                plain = [p for p in parameters if isinstance(p.default, (bool, int, float, str, tuple, type(None)))]
                lines += [f"{path} {p.name} {p.default!r}" for p in plain]
    return lines


# --- sizes one below and one above each limit


def ladders() -> dict[str, Case]:
    """Families of graphs, each a little larger than the one before, in all that is made of them."""

    def shown(output: Value, wrt: Value) -> list[str]:
        drawing, trace = ag.draw(output, wrt), ag.trace(output, wrt)
        texts = [drawing.describe(), drawing.picture.title, repr(output), str(trace), trace.html()]
        return [plain(text) for text in [*texts, str(ag.paths(output, wrt))]] + of_svg(drawing.svg())

    def terms(n: int) -> list[str]:
        w = [Value(0.5 + k, f"w[{k}]") for k in range(n)]
        x = [Value(1.0 - 0.25 * k, f"x[{k}]") for k in range(n)]
        outputs = ag.total(w), ag.dot(w, x), ag.dot(w, x, Value(2.0, "b")), ag.logsumexp(w)
        return [line for z in outputs for line in shown(z.named("z"), w[0])]

    def routes(n: int) -> list[str]:
        x = Value(0.5, "x")
        return shown(ag.total([(x * (k + 1.0)).named(f"y[{k}]") for k in range(n)]).named("z"), x)

    def doubled(n: int) -> list[str]:
        x = y = Value(2.0**-40, "x")
        for k in range(n):
            y = (y + y).named(f"y[{k}]")
        return shown(y.named("z"), x)[:6]

    def steps(n: int) -> list[str]:
        x = y = Value(0.5, "x")
        for _ in range(n):
            y = y * 1.25 - x
        return shown(y.named("z"), x)

    def named(n: int) -> list[str]:
        x = Value(0.5, "x" * n)
        return shown((x * x + 1.0).named("long " * (n // 5) + "z"), x)

    def wrong(n: int) -> list[str]:
        twice = faulty("mul", lambda x, y, z: (2.0 * y, x))
        xs = [Value(1.0 + k, f"x[{k}]") for k in range(n)]
        check = ag.gradcheck(ag.total([twice(x, x + 1.0) for x in xs] + [x * 1.5 for x in xs]))
        return [plain(str(check)), plain(check.markdown())]

    def asked(n: int) -> list[str]:
        third = faulty("div", lambda x, y, z: (1.0 / y, z / y))
        at = [1.0 + 0.5 * k for k in range(n)]
        f = lambda *xs: ag.total([third(x, 2.0 + k) for k, x in enumerate(xs)] + [third(1.0, xs[-1])])  # noqa: E731
        checks = [ag.gradcheck(f, at), ag.gradcheck(lambda x: f(*x), at), ag.gradcheck(third, at[:2], order=2)]
        wide = faulty("total", lambda *xs, z: tuple(2.0 + 0.0 * x for x in xs))
        checks.append(ag.gradcheck(wide(*map(Value, at)) * 1.5))
        return [line for check in checks for line in of_check(check)]

    def layered(n: int) -> list[str]:
        net = nn.MLP(n, [2, 1], seed=0)
        C = nn.quadratic(net([0.5] * n), [1.0])
        drawings = [ag.draw(C), ag.draw_network(net, [0.5] * n), ag.draw(C, net.layers[0].weight[1, 0])]
        return [line for drawing in drawings for line in of_svg(drawing.svg())]

    def broad(n: int) -> list[str]:
        net = nn.MLP(2, [n, 1], seed=0)
        C = nn.quadratic(net([0.5, -0.5]), [1.0])
        drawings = [ag.draw(C, detail="neurons"), ag.draw(C, detail="neurons", open="layer 2", max_shown=4)]
        return [line for drawing in drawings for line in of_svg(drawing.svg())]

    def compiled(n: int) -> list[str]:
        w, c = [Value(0.5 * k, f"w[{k}]") for k in range(n)], [0.25 * k * k - 1.0 for k in range(n)]
        sums = ag.dot(w, c), ag.total([x * x for x in w]), ag.total([ag.tanh(x + y) for x, y in zip(w, c, strict=True)])
        programs = [ag.compile(z.named("z")) for z in sums]
        return [line for f in programs for line in (*of_source(f.source), f.equations(), f.equations(latex=True))]

    def history(n: int) -> list[str]:
        history = nn.fit(nn.MLP(1, [1], seed=0), [[0.0], [1.0]], [0.0, 1.0], epochs=n, progress=False)
        return [plain(str(history)), plain(repr(history))]

    def given(n: int) -> list[str]:
        names = [*(chr(97 + k) * 27 for k in range(6)), "z" * (n - 6 * 28)]
        xs = [Value(1.0 + k, name) for k, name in enumerate(names)]
        z = xs[0]
        for x in xs[1:]:
            z = z * x
        sheet = ag.trace((z.named("C") * 2.0).named("D"), xs[0]).worksheet(1)
        return [str(sheet), sheet.latex()]

    def signs(n: int) -> list[str]:
        x = [Value(0.5 + k, f"x[{k}]") for k in range(n)]
        forms: list[Callable[[Value], Value]] = [
            lambda x: x + -2.0,
            lambda x: x - 2.0,
            lambda x: 2.0 - x,
            lambda x: -x + 2.0,
            lambda x: x * -2.0,
            lambda x: -2.0 / x,
            lambda x: -(x**2) + 0.5 * -x,
            lambda x: (x + 0.0) * 1.0 - -x,
            lambda x: -1.0 * x - 3.0 * x,
        ]
        lines = []
        for form in forms:
            f = ag.compile(ag.total([ag.tanh(form(y)) for y in x]).named("z"))
            lines += [*of_source(f.source), f.equations(), f.equations(latex=True)]
        return lines

    families: dict[str, tuple[Callable[[int], list[str]], Iterable[int]]] = {
        "terms": (terms, range(1, 8)),
        "routes": (routes, range(1, 10)),
        "doubled": (doubled, (1, 2, 3, 4, 10, 24, 49, 50)),
        "steps": (steps, range(1, 11)),
        "names": (named, (1, 8, 13, 14, 15, 16, 30, 59, 60, 61, 80)),
        "wrong": (wrong, range(1, 8)),
        "asked": (asked, (2, 5, 6, 7, 8)),
        "layers": (layered, (1, 2, 7, 8, 9, 12, 24)),
        "broad": (broad, range(4, 10)),
        "compiled": (compiled, (1, 2, 3, 4, 5, 15, 16, 17, 18)),
        "given": (given, (199, 200, 201)),
        "signs": (signs, (1, 4)),
        "epochs": (history, (1, 2, 15, 16, 17, 18)),
    }

    def case(family: str, n: int) -> Case:
        return lambda: families[family][0](n)

    return {f"{family}, {n}": case(family, n) for family, (_, sizes) in families.items() for n in sizes}


CASES: dict[str, Case] = {
    **drawings(),
    **networks(),
    **pages(),
    **programs(),
    **programs_on_jax(),
    **traces(),
    **rules(),
    **training(),
    **checks(),
    **tried(),
    "defaults": defaults,
    **ladders(),
}


def digest(name: str) -> str:
    """Return a checksum of the numbers of a case, whatever seed pytest was given."""
    token = SEED.set(0)
    try:
        return f"{zlib.crc32(chr(10).join(CASES[name]()).encode()):08x}"
    finally:
        SEED.reset(token)


def test_every_case_is_kept() -> None:
    assert CASES.keys() == kept().keys()


# The quick profile compares every third case; all of them take seven seconds.
@pytest.mark.parametrize("name", list(CASES)[:: 1 if IS_WITH_ALL_KEPT_NUMBERS else 3])
def test_numbers_are_as_kept(name: str) -> None:
    """Look at `CASES[name]()` with the change and without, and keep the new numbers if they are meant."""
    if name == "defaults" and ag.compiled:
        pytest.skip("compiled functions tell no defaults")
    assert digest(name) == kept()[name]


if __name__ == "__main__":
    KEPT.write_text("".join(f"{digest(name)}  {name}\n" for name in CASES), encoding="utf-8")
