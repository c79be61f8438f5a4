"""Drawings: what is in them, that every label is harmless, and that every kind of file is whole."""

from __future__ import annotations

import os
import random
import re
import shutil
import stat
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from samples import chain, olah

import autograd as ag
from autograd import Value, digraphs
from autograd.drawing import Drawing, draw
from autograd.picture import Edge, Node, Picture
from autograd.themes import THEMES, Palette
from autograd.typeface import fit, width, wrap

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "g", "rect", "ellipse", "path", "line", "text", "tspan"}
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
]

pygraphviz_missing = pytest.mark.skipif(not find_spec("pygraphviz"), reason="reads DOT with pygraphviz")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
graphviz_missing = pytest.mark.skipif(
    not find_spec("pygraphviz") and not shutil.which("dot"), reason="PNG and PDF need pygraphviz or dot"
)


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


def named(picture: Picture, name: str) -> Node:
    (node,) = (node for node in picture.nodes if node.name == name)
    return node


def by_name(picture: Picture, edge: Edge) -> str:
    return f"{picture.nodes[edge.source].name}→{picture.nodes[edge.target].name}"


def parts(svg: str, kind: str) -> list[ElementTree.Element]:
    """The groups of an SVG that are nodes, edges or labels."""
    return [g for g in ElementTree.fromstring(svg).iter(SVG + "g") if kind in g.get("class", "").split()]


def texts(group: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in group.iter(SVG + "text")]


# What is in a picture.


def test_olahs_expression_has_his_nodes_edges_and_numbers() -> None:
    *_, e = olah()
    picture = draw(e).picture
    assert [(node.name, node.definition, node.value, node.slope, node.slope_name) for node in picture.nodes] == [
        ("a", "", 2.0, 2.0, "∂e/∂a"),
        ("b", "", 1.0, 5.0, "∂e/∂b"),
        ("c", "a + b", 3.0, 2.0, "∂e/∂c"),
        ("d", "b + 1", 2.0, 3.0, "∂e/∂d"),
        ("e", "c·d", 6.0, 1.0, "∂e/∂e"),
    ]
    assert [(by_name(picture, edge), edge.slot, edge.partial) for edge in picture.edges] == [
        ("a→c", 0, 1.0),
        ("b→c", 1, 1.0),
        ("b→d", 0, 1.0),
        ("c→e", 0, 2.0),
        ("d→e", 1, 3.0),
    ]
    assert not any(part.lit for part in (*picture.nodes, *picture.edges))
    assert (picture.caption, picture.note, picture.wrt) == ("", "", None)


def test_the_paths_from_b_to_e_are_lit_and_the_rest_is_faded() -> None:
    _, b, *_, e = olah()
    picture = draw(e, b).picture
    assert {by_name(picture, edge) for edge in picture.edges if edge.lit} == {"b→c", "b→d", "c→e", "d→e"}
    assert [by_name(picture, edge) for edge in picture.edges if picture.is_faded(edge)] == ["a→c"]
    assert [node.name for node in picture.nodes if not node.lit] == ["a"]
    assert named(picture, "a").slope is None
    assert picture.caption == "∂e/∂b = 2·1 + 3·1 = 5"


def test_forward_mode_from_b_is_on_the_nodes_when_asked_for() -> None:
    _, b, *_, e = olah()
    picture = draw(e, b, show="forward").picture
    assert [(node.slope_name, node.slope) for node in picture.nodes] == [
        ("∂a/∂b", 0.0),
        ("∂b/∂b", 1.0),
        ("∂c/∂b", 1.0),
        ("∂d/∂b", 1.0),
        ("∂e/∂b", 5.0),
    ]
    a = parts(draw(e, b, show="forward").svg(), "node")[0]
    assert texts(a) == ["a = 2", "∂a/∂b = 0"]


def test_contributions_are_what_a_sweep_passes_on() -> None:
    _, b, *_, e = olah()
    for show, written in (
        ("reverse", ["2 · 1 = 2", "2 · 1 = 2", "3 · 1 = 3", "1 · 2 = 2", "1 · 3 = 3"]),
        ("forward", ["0 · 1 = 0", "1 · 1 = 1", "1 · 1 = 1", "1 · 2 = 2", "1 · 3 = 3"]),
    ):
        drawing = draw(e, b, show=show, edges="contribution")
        assert [label.text for label in drawing.figure.labels if label] == written


def test_only_values_are_on_the_nodes_when_asked_for() -> None:
    *_, e = olah()
    assert {node.slope for node in draw(e, show="values").picture.nodes} == {None}


def test_numbers_in_expressions_are_nodes_only_when_asked_for() -> None:
    _, b, *_, e = olah()
    for wrt in (None, b):
        picture = draw(e, wrt, constants="nodes").picture
        assert len(picture.nodes) == 6
        assert (named(picture, "1").role, named(picture, "1").slope) == ("constant", None)
        assert "1→d" in {by_name(picture, edge) for edge in picture.edges}


def test_a_square_has_two_edges() -> None:
    x = Value(3.0, "x")
    drawing = draw((x * x).named("y"), x)
    assert [(edge.source, edge.target, edge.slot, edge.partial) for edge in drawing.picture.edges] == [
        (0, 1, 0, 3.0),
        (0, 1, 1, 3.0),
    ]
    assert drawing.picture.caption == "∂y/∂x = 3 + 3 = 6"
    assert len(set(drawing.figure.layout.routes)) == 2


def test_the_essays_derivative_is_drawn_with_its_three_factors_and_the_step_between() -> None:
    w, a, rest, E = Value(0.15, "W[1,1]"), Value(0.8, "a[1]"), Value(0.38, "rest"), Value(1.0, "E[1]")
    AS = ag.dot([w], [a], rest).named("AS")
    C = ((ag.sigmoid(AS).named("out") - E) ** 2).named("C")
    picture = draw(C, w).picture
    assert picture.caption == "∂C/∂W₁,₁ = −0.7551·1·0.235·0.8 = −0.142"
    assert [node.name for node in picture.nodes if node.lit] == ["W₁,₁", "AS", "out", "v₁", "C"]
    assert [node.name for node in picture.nodes if not node.lit] == ["a₁", "rest", "E₁"]
    assert named(picture, "AS").definition == "W₁,₁·a₁ + rest"
    assert named(picture, "out").definition == "S(AS)"


def test_negative_factors_of_a_caption_are_in_parentheses_but_for_the_first() -> None:
    x = Value(2.0, "x")
    y = (-x * -3.0 - x * x).named("y")
    assert draw(y, x).picture.caption == "∂y/∂x = 1·(−3)·(−1) + (−1)·2 + (−1)·2 = −1"


def test_many_paths_are_counted_and_not_listed() -> None:
    x = y = Value(1.0, "x")
    for _ in range(20):
        y = y + y
    assert draw(y.named("y"), x).picture.caption == ("∂y/∂x = 1.049×10⁶, the sum of the products along 1,048,576 paths")


def test_the_product_along_a_long_path_is_not_written_out() -> None:
    x, y = chain(100)
    assert draw(y.named("y"), x).picture.caption == "∂y/∂x = 1, the product along its path"


def test_the_derivative_of_a_node_with_respect_to_itself_is_a_picture_of_one_box() -> None:
    x = Value(2.0, "x")
    picture = draw(x, x).picture
    assert (len(picture.nodes), picture.edges, picture.caption) == (1, (), "∂x/∂x = 1")


def test_a_wrt_in_the_middle_cuts_the_graph_there() -> None:
    _, _, c, _, e = olah()
    picture = draw(e, c).picture
    assert [node.name for node in picture.nodes] == ["c", "d", "e"]
    assert (named(picture, "c").definition, named(picture, "d").definition) == ("a + b", "")
    assert [by_name(picture, edge) for edge in picture.edges] == ["c→e", "d→e"]
    assert picture.note == "3 of 5 nodes: those between c and e, and what meets them"


def test_the_other_terms_of_a_long_sum_are_one_box_that_has_their_sum() -> None:
    C, ws, xs = neuron(784)
    picture = draw(C, ws[2]).picture
    assert [node.name for node in picture.nodes] == ["w₃", "x₃", "+784 terms", "z", "C"]
    rest = named(picture, "+784 terms")
    assert rest.role == "folded"
    assert rest.value is not None
    assert rest.value + ws[2].data * xs[2].data == pytest.approx(named(picture, "z").value, rel=1e-12)
    assert {by_name(picture, edge): edge.partial for edge in picture.edges} == {
        "w₃→z": xs[2].data,
        "x₃→z": ws[2].data,
        "+784 terms→z": 1.0,
        "z→C": 2 * C.operands[0].data,
    }


def test_few_other_operands_are_drawn_one_by_one() -> None:
    C, ws, _ = neuron(1)
    assert [node.name for node in draw(C, ws[0]).picture.nodes] == ["w₁", "x₁", "b", "z", "C"]


def test_the_factors_that_many_paths_meet_are_one_box() -> None:
    x = Value(2.0, "x")
    ws = [Value(float(i), f"w{i}") for i in range(5)]
    picture = draw(ag.dot(ws, [x] * 5).named("z"), x).picture
    assert [node.name for node in picture.nodes] == ["x", "5 factors", "z"]
    assert [edge.partial for edge in picture.edges if edge.lit] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_other_operands_than_terms_are_folded_without_a_value() -> None:
    xs = [Value(float(i + 1), f"x{i}") for i in range(6)]
    picture = draw(ag.hypot(*xs).named("r"), xs[0]).picture
    assert [node.name for node in picture.nodes] == ["x0", "+5 operands", "r"]
    fold = named(picture, "+5 operands")
    assert (fold.value, [edge.partial for edge in picture.edges if not edge.lit]) == (None, [None])


def test_unnamed_nodes_are_numbered_in_topological_order() -> None:
    x = Value(2.0, "x")
    picture = draw(ag.exp(x * x) + x).picture
    assert [node.name for node in picture.nodes] == ["x", "v₁", "v₂", "v₃"]
    assert [node.definition for node in picture.nodes] == ["", "x·x", "exp(v₁)", "v₂ + x"]


@pytest.mark.parametrize("seed", range(8))
def test_the_gradient_on_a_node_is_the_sum_of_what_its_edges_pass_on(seed: int) -> None:
    output, leaves = random_graph(seed)
    picture = draw(output).picture
    passed: Counter[int] = Counter()
    for edge in picture.edges:
        assert edge.partial is not None
        assert edge.carried == picture.nodes[edge.target].slope
        passed[edge.source] += edge.partial * edge.carried
    for i, node in enumerate(picture.nodes[:-1]):
        assert node.slope == pytest.approx(passed[i], rel=1e-9, abs=1e-12)
    output.backward()
    for leaf in leaves:
        if any(node.name == leaf.label for node in picture.nodes):
            assert named(picture, leaf.label).slope == pytest.approx(leaf.grad, rel=1e-9, abs=1e-12)


def test_drawing_neither_reads_nor_changes_grad() -> None:
    a, b, c, d, e = olah()
    for node in (a, b, c, d, e):
        node.grad = 7.0
    for arguments in ({}, {"wrt": b}, {"wrt": b, "show": "forward"}):
        assert named(draw(e, **arguments).picture, "b").slope in (5.0, 1.0)
    assert {node.grad for node in (a, b, c, d, e)} == {7.0}


def test_what_is_drawn_on_an_edge_is_what_was_there_when_the_number_was_made() -> None:
    x = Value(3.0, "x")
    y = (x * x).named("y")
    x.data = 100.0
    assert [edge.partial for edge in draw(y).picture.edges] == [3.0, 3.0]


def test_a_drawing_is_described_in_words() -> None:
    _, b, *_, e = olah()
    assert draw(e, b).describe().splitlines() == [
        "e = 6",
        "∂e/∂b = 2·1 + 3·1 = 5",
        "a = 2",
        "b = 1; ∂e/∂b = 5",
        "c = a + b = 3; ∂e/∂c = 2; on the edges to it ∂c/∂a = 1, ∂c/∂b = 1",
        "d = b + 1 = 2; ∂e/∂d = 3; on the edges to it ∂d/∂b = 1",
        "e = c·d = 6; ∂e/∂e = 1; on the edges to it ∂e/∂c = 2, ∂e/∂d = 3",
    ]


# How it looks.


@pytest.mark.parametrize("theme", THEMES)
def test_inputs_are_at_the_bottom_or_at_the_left_in_every_theme(theme: Any) -> None:
    *_, e = olah()
    heights = [y for _, y in draw(e, theme=theme).figure.layout.boxes]
    assert heights[0] == heights[1] > heights[2] == heights[3] > heights[4]
    places = [x for x, _ in draw(e, theme=theme, direction="right").figure.layout.boxes]
    assert places[0] == places[1] < places[2] == places[3] < places[4]


def test_the_svg_of_olahs_expression_shows_five_nodes_and_five_labelled_edges() -> None:
    _, b, *_, e = olah()
    svg = draw(e, b).svg()
    assert [texts(node) for node in parts(svg, "node")] == [
        ["a = 2"],
        ["b = 1", "∂e/∂b = 5"],
        ["c = a + b", "c = 3", "∂e/∂c = 2"],
        ["d = b + 1", "d = 2", "∂e/∂d = 3"],
        ["e = c·d", "e = 6", "∂e/∂e = 1"],
    ]
    assert [texts(label) for label in parts(svg, "label")] == [
        ["∂c", "∂a", "= 1"],
        ["∂c", "∂b", "= 1"],
        ["∂d", "∂b", "= 1"],
        ["∂e", "∂c", "= 2"],
        ["∂e", "∂d", "= 3"],
    ]
    assert Counter(g.get("class") for g in parts(svg, "edge")) == {"edge lit": 4, "edge faded": 1}
    assert ">∂e/∂b = 2·1 + 3·1 = 5</text>" in svg


def test_tooltips_have_all_digits() -> None:
    x = Value(1 / 3, "x")
    svg = draw(ag.exp(x).named("y")).svg()
    titles = {title.text for title in ElementTree.fromstring(svg).iter(SVG + "title")}
    y = ag.exp(1 / 3)
    assert {f"y = exp(x) = {y!r}; ∂y/∂y = 1.0", f"x = {1 / 3!r}; ∂y/∂x = {y!r}", f"∂y/∂x = {y!r}"} <= titles


def test_olahs_theme_has_ellipses_and_his_colours() -> None:
    *_, e = olah()
    svg = draw(e, theme="olah").svg()
    assert len(list(ElementTree.fromstring(svg).iter(SVG + "ellipse"))) == 5
    assert "#c0c6f8" in svg
    assert "#eddec9" in svg


def test_roles_have_shapes_of_their_own() -> None:
    C, ws, _ = neuron(5)
    corners = {
        group.get("class"): next(group.iter(SVG + "rect")).get("rx") for group in parts(draw(C, ws[0]).svg(), "node")
    }
    assert corners == {"node input lit": "2", "node input faded": "2", "node operation lit": "9"} | {
        "node output lit": "9",
        "node folded faded": "9",
    }


def test_an_edge_that_passes_nothing_on_is_dotted() -> None:
    x = Value(-1.0, "x")
    assert [g.get("class") for g in parts(draw(ag.relu(x)).svg(), "edge")] == ["edge zero"]


def test_a_dense_picture_has_numbers_for_fractions() -> None:
    wide = ag.total([Value(float(i), f"x{i}") * 2 for i in range(100)])
    labels = draw(wide).figure.labels
    assert {(label.numerator, label.text) for label in labels if label} == {("", "1"), ("", "2")}
    assert all(label and label.numerator for label in draw(wide, edges="fraction").figure.labels)
    assert not any(draw(wide, edges="none").figure.labels)


def test_a_lit_edge_keeps_its_fraction_in_a_dense_picture() -> None:
    xs = [Value(float(i), f"x{i}") for i in range(130)]
    y = xs[0]
    for x in xs[1:]:
        y = y * x
    labels = draw(y, xs[100]).figure.labels
    edges = draw(y, xs[100]).picture.edges
    assert {bool(label.numerator) for edge, label in zip(edges, labels, strict=True) if label and edge.lit} == {True}


def luminance(color: str) -> float:
    """WCAG 2: relative luminance."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


PALETTES = [palette for theme in THEMES.values() for palette in (theme.palette, theme.dark) if palette]


@pytest.mark.parametrize("palette", PALETTES)
def test_texts_and_lines_stand_out_from_what_is_behind_them(palette: Palette) -> None:
    fills = [palette.paper, palette.input, palette.operation, palette.output, palette.constant, palette.label]
    for text, fill in product([palette.ink, palette.value, palette.slope], [*fills, palette.folded]):
        assert contrast(text, fill) >= 4.5
    assert contrast(palette.note, palette.paper) >= 4.5
    for line in (palette.line, palette.lit, palette.border):
        assert contrast(line, palette.paper) >= 3


def test_only_the_automatic_theme_asks_for_the_readers_colours() -> None:
    *_, e = olah()
    for theme in THEMES:
        svg = draw(e, theme=theme).svg()  # type: ignore[arg-type]
        assert ("prefers-color-scheme" in svg, "var(" in svg) == (theme == "auto", theme == "auto")


# What any SVG must be.


def test_an_svg_is_named_described_scalable_and_needs_nothing_from_elsewhere() -> None:
    _, b, *_, e = olah()
    drawing = draw(e, b)
    svg = drawing.svg()
    root = ElementTree.fromstring(svg)
    title, desc = root.find(SVG + "title"), root.find(SVG + "desc")
    assert root.get("role") == "img"
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert (title.text, desc.text) == ("e = 6", drawing.describe())
    assert re.fullmatch(r"0 0 [\d.]+ [\d.]+", root.get("viewBox", ""))
    assert root.get("style") == "max-width:100%"
    assert re.findall(r"(?:href|src|url|@import|@font-face|<script|<image|<use)", svg) == []
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]


def test_the_style_of_a_picture_is_for_this_picture_only() -> None:
    _, b, *_, e = olah()
    ids = set()
    for drawing in (draw(e), draw(e, b), draw(e, theme="dark"), draw(e, direction="right")):
        root = ElementTree.fromstring(drawing.svg())
        style = root.findtext(SVG + "style") or ""
        key = root.get("id", "")
        ids.add(key)
        selectors = re.findall(r"(?:^|[{}])([^{}@]+)\{", style)
        assert selectors
        assert all(part.strip().startswith(f"#{key}") for selector in selectors for part in selector.split(","))
    assert len(ids) == 4


@pytest.mark.parametrize(("seed", "theme"), list(product(range(4), ("light", "olah"))))
def test_everything_is_inside_the_view_box_and_no_text_is_wider_than_its_box(seed: int, theme: Any) -> None:
    output, leaves = random_graph(seed)
    for wrt, direction in ((None, "up"), (leaves[seed % 4], "right")):
        if wrt is not None and not ag.between(wrt, output):
            continue
        root = ElementTree.fromstring(draw(output, wrt, theme=theme, direction=direction).svg())  # type: ignore[arg-type]
        _, _, total_width, total_height = map(float, root.get("viewBox", "").split())
        (canvas,) = (g for g in root.iter(SVG + "g") if g.get("transform"))
        shift = [float(x) for x in re.findall(r"[\d.]+", canvas.get("transform", ""))]
        for group in canvas:
            box = next((x for x in group if x.tag in (SVG + "rect", SVG + "ellipse")), None)
            if box is None:
                continue
            size = {key: float(box.get(key, 0)) for key in ("x", "y", "width", "height", "cx", "cy", "rx", "ry")}
            left, top, wide, high = size["x"], size["y"], size["width"], size["height"]
            if box.tag == SVG + "ellipse":
                left, wide = size["cx"] - size["rx"], 2 * size["rx"]
                top, high = size["cy"] - size["ry"], 2 * size["ry"]
            assert 0 <= left + shift[0] <= left + wide + shift[0] <= total_width
            assert 0 <= top + shift[1] <= top + high + shift[1] <= total_height
            for text in group.iter(SVG + "text"):
                half = width("".join(text.itertext()), 12.5 if "label" in group.get("class", "") else 14) / 2
                assert left < float(text.get("x", 0)) - half
                assert float(text.get("x", 0)) + half < left + wide
                assert top < float(text.get("y", 0)) < top + high
        for text in root.findall(SVG + "text"):
            assert width("".join(text.itertext()), 15) < total_width
            assert float(text.get("y", 0)) < total_height


@pytest.mark.parametrize(
    ("face", "widths"),
    [
        ("Helvetica", {"0": 0.556, "W": 0.944, "m": 0.833, "i": 0.222, "=": 0.584, "@": 1.015, "a": 0.556, " ": 0.278}),
        (
            "DejaVu Sans",
            {"0": 0.636, "W": 0.989, "m": 0.974, "=": 0.838, "%": 0.95, "∂": 0.517, "₁": 0.401, "−": 0.838},
        ),
        ("DejaVu Serif Italic", {"Ω": 0.829, "M": 1.024, "&": 0.89, "α": 0.68, "w": 0.856, "…": 1.0, "²": 0.401}),
    ],
)
def test_no_character_is_wider_than_it_is_taken_to_be(face: str, widths: dict[str, float]) -> None:
    for character, ems in widths.items():
        assert ems - 0.015 <= width(character, 1) < 1.6 * ems


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="measures texts in Chromium")
def test_in_a_browser_no_text_leaves_its_box_whatever_the_face(tmp_path: Path) -> None:
    C, w = network()
    drawings = [draw(C, w, theme="light"), draw(C, theme="olah"), draw(with_label("W" * 70)[0], theme="light")]
    pages = [
        re.sub("font-family:[^;]*", f"font-family:{face}", drawing.svg())
        for drawing, face in product(drawings, ("Liberation Sans", "DejaVu Sans", "DejaVu Serif", "sans-serif"))
    ]
    script = """
        const over = [];
        for (const group of document.querySelectorAll("g.node, g.label")) {
            const box = group.querySelector("rect, ellipse").getBBox();
            for (const text of group.querySelectorAll("text")) {
                const inner = text.getBBox();
                if (!inner.width) over.push("nothing measured");
                if (inner.x < box.x || inner.x + inner.width > box.x + box.width) over.push(text.textContent);
            }
        }
        document.title = "over:" + over.join("|");
    """
    page = tmp_path / "page.html"
    style = "<style>svg { max-width: none !important }</style>"
    page.write_text(f"<!doctype html><meta charset=utf-8>{style}{''.join(pages)}<script>{script}</script>", "utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert re.findall("<title>(over:.*?)</title>", dom) == ["over:"]


def test_long_captions_are_broken_into_lines() -> None:
    assert wrap("a + b + c", width("a + b", 10), 10) == ["a + b", "+ c"]
    assert all(width(line, 12) <= 200 for line in wrap("word " * 100, 200, 12))
    C, w = network()
    caption = draw(C, w).picture.caption
    lines = [g for g in ElementTree.fromstring(draw(C, w).svg()) if g.get("class") == "caption"]
    assert " ".join("".join(line.itertext()) for line in lines) == caption


def test_long_texts_are_cut_to_fit() -> None:
    assert fit("short", 100, 10) == "short"
    assert width(fit("w" * 1000, 100, 10), 10) <= 100
    assert fit("first + second + third", width("first + second + ", 10) + 11, 10) == "first + second + …"


def test_the_same_graph_is_the_same_bytes_in_another_process() -> None:
    program = """if True:
        import autograd as ag, hashlib
        xs = [ag.Value(i / 7) for i in range(9)]
        ys = [ag.tanh(ag.dot(xs, xs[k:] + xs[:k])) for k in range(5)]
        drawing = ag.draw(ag.total([y * y for y in ys]), xs[3])
        print(hashlib.sha256((drawing.svg() + drawing.dot.source + drawing.describe()).encode()).hexdigest())
    """
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


# Hostile labels.


def with_label(label: str) -> tuple[Value, Value]:
    """Olah's expression with a label on a leaf and on a result, and the leaf."""
    a, b = Value(2.0, "a"), Value(1.0, label)
    c, d = (a + b).named(label), (b + 1).named("d")
    return (c * d).named("e"), b


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_breaks_out_of_an_svg(label: str) -> None:
    for theme, wrt in product(("auto", "olah"), (False, True)):
        e, b = with_label(label)
        svg = draw(e, b if wrt else None, theme=theme).svg()  # type: ignore[arg-type]
        root = ElementTree.fromstring(svg.encode())
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= TAGS
        assert [len(parts(svg, kind)) for kind in ("node", "edge", "label")] == [5, 5, 5]
        assert len(svg) < 30_000


@pygraphviz_missing
@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_breaks_out_of_dot(label: str) -> None:
    import pygraphviz

    e, b = with_label(label)
    drawing = draw(e, b)
    for source in (drawing.dot.source, digraphs.digraph(drawing.figure, placed=True).source):
        graph = pygraphviz.AGraph(string=source)
        assert sorted(graph.nodes()) == ["n0", "n1", "n2", "n3", "n4"]
        assert len(graph.edges()) == 5
        assert graph.number_of_edges() == 5


@graphviz_missing
def test_graphviz_renders_hostile_labels_without_complaint(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    leaves = [Value(1.0, label) for label in HOSTILE]
    path = draw(ag.total([(x * x).named(x.label) for x in leaves])).save(tmp_path / "x.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    complaints = [line for line in capfd.readouterr().err.splitlines() if "Fontconfig" not in line]
    assert complaints == []


def test_the_html_for_notebooks_is_one_image_whatever_the_labels() -> None:
    for label in HOSTILE:
        e, _ = with_label(label)
        html = draw(e)._repr_mimebundle_()["text/html"]
        assert re.fullmatch(r'<img alt="[^"<>]*" src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]+">', html)


# Files.


def test_dot_has_the_nodes_in_topological_order_and_the_partials_on_the_edges() -> None:
    _, b, *_, e = olah()
    source = draw(e, b).dot.source
    assert re.findall(r"^\t(n\d)(?: -> (n\d))?", source, re.MULTILINE) == [
        *((f"n{i}", "") for i in range(5)),
        *[("n0", "n2"), ("n1", "n2"), ("n1", "n3"), ("n2", "n4"), ("n3", "n4")],
    ]
    assert "rankdir=BT" in source
    assert "rankdir=LR" in draw(e, direction="right").dot.source
    assert source.count("∂") > 10
    assert "pos=" not in source


def test_saving_gives_svg_and_dot_files(tmp_path: Path) -> None:
    *_, e = olah()
    drawing = draw(e)
    assert drawing.save(tmp_path / "c.svg").read_text(encoding="utf-8") == drawing.svg()
    assert drawing.save(str(tmp_path / "c.DOT")).read_text(encoding="utf-8") == drawing.dot.source
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.DOT", "c.svg"]


@graphviz_missing
@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF")])
def test_saving_gives_png_and_pdf_files(tmp_path: Path, kind: str, start: bytes) -> None:
    C, w = network()
    for direction, theme in (("up", "dark"), ("right", "olah")):
        path = draw(C, w, direction=direction, theme=theme).save(tmp_path / f"c.{kind}")  # type: ignore[arg-type]
        assert path.read_bytes().startswith(start)
        assert path.stat().st_size > 5000


@pygraphviz_missing
def test_a_png_is_placed_as_the_svg_is() -> None:
    import pygraphviz

    C, w = network()
    figure = draw(C, w).figure
    graph = pygraphviz.AGraph(string=digraphs.digraph(figure, placed=True).source)
    graph.layout(prog="nop2")
    for i, (x, y) in enumerate(figure.layout.boxes):
        across, up = map(float, graph.get_node(f"n{i}").attr["pos"].split(","))
        first = graph.get_node("n0").attr["pos"].split(",")
        assert across - float(first[0]) == pytest.approx(x - figure.layout.boxes[0][0], abs=0.2)
        assert up - float(first[1]) == pytest.approx(figure.layout.boxes[0][1] - y, abs=0.2)


@pytest.mark.parametrize("name", ["c.jpg", "c", "c.svg.gz", ".svg"])
def test_another_suffix_is_refused_by_naming_the_four(tmp_path: Path, name: str) -> None:
    *_, e = olah()
    with pytest.raises(ValueError, match=r"saved as \.svg, \.png, \.pdf, \.dot; got"):
        draw(e).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def no_pygraphviz(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(digraphs, "find_spec", lambda name: None)
    return digraphs


def test_without_graphviz_png_says_what_to_install_and_the_old_file_stays(
    tmp_path: Path, no_pygraphviz: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(no_pygraphviz.shutil, "which", lambda name: None)
    *_, e = olah()
    old = tmp_path / "c.png"
    old.write_bytes(b"old")
    with pytest.raises(RuntimeError, match=r"pip install 'scalar-autograd\[png\]'.*SVG and DOT files need nothing"):
        draw(e).save(old)
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


def fake_dot(folder: Path, script: str) -> str:
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="runs a shell script in place of dot")
def test_the_program_dot_is_used_where_there_is_no_pygraphviz(
    tmp_path: Path, no_pygraphviz: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, e = olah()
    program = fake_dot(tmp_path, 'echo "$@"; cat')
    monkeypatch.setattr(no_pygraphviz.shutil, "which", lambda name: program)
    arguments, source = draw(e).save(tmp_path / "c.pdf").read_text(encoding="utf-8").split("\n", 1)
    assert arguments == "-Knop2 -Tpdf"
    assert source == digraphs.digraph(draw(e).figure, placed=True).source


@pytest.mark.skipif(os.name == "nt", reason="runs a shell script in place of dot")
@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("echo half; echo broken >&2; exit 1", "failed: broken"),
        ("cat > /dev/null", "failed: it wrote nothing"),
        ("exec sleep 10", "took longer than 0.2 s"),
    ],
)
def test_where_dot_fails_nothing_is_written(
    tmp_path: Path, no_pygraphviz: ModuleType, monkeypatch: pytest.MonkeyPatch, script: str, complaint: str
) -> None:
    *_, e = olah()
    program = fake_dot(tmp_path, script)
    monkeypatch.setattr(no_pygraphviz.shutil, "which", lambda name: program)
    monkeypatch.setattr(no_pygraphviz, "_SECONDS", 0.2)
    with pytest.raises(RuntimeError, match=complaint):
        draw(e).save(tmp_path / "c.png")
    assert [path.name for path in tmp_path.iterdir()] == ["dot"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, e = olah()
    (tmp_path / "c.svg").mkdir()
    with pytest.raises(OSError, match=r"c\.svg"):
        draw(e).save(tmp_path / "c.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["c.svg"]


def test_a_disk_that_fills_up_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, e = olah()
    old = draw(e).save(tmp_path / "c.svg")
    before = old.read_bytes()

    def write_half(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    with pytest.raises(OSError, match="No space left"):
        draw(e, theme="dark").save(old)
    assert old.read_bytes() == before
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not replace a file that is open")
def test_a_file_is_replaced_and_never_written_into(tmp_path: Path) -> None:
    *_, e = olah()
    old = draw(e).save(tmp_path / "c.svg")
    reader = old.open("rb")
    draw(e, theme="dark").save(old)
    with reader:
        assert reader.read().decode() == draw(e).svg()
    assert old.read_bytes().decode() == draw(e, theme="dark").svg()


def test_notebooks_get_an_image_svg_and_words() -> None:
    *_, e = olah()
    drawing = draw(e)
    bundle = drawing._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawing._repr_svg_() == drawing.svg()
    assert bundle["text/plain"] == drawing.describe()
    assert repr(drawing) == "<drawing of e = 6: 5 nodes, 5 edges>"


# Refusals.


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"direction": "down"}, "direction is one of 'up', 'right'; got 'down'"),
        ({"theme": "neon"}, "theme is one of 'auto', 'light', 'dark', 'print', 'olah'; got 'neon'"),
        ({"show": "grad"}, "show is one of 'reverse', 'forward', 'values'; got 'grad'"),
        ({"edges": "all"}, "edges is one of"),
        ({"constants": "hidden"}, "constants is one of 'inline', 'nodes'; got 'hidden'"),
        ({"show": "forward"}, "needs wrt="),
        ({"show": "values", "edges": "contribution"}, "contribution"),
        (
            {"max_nodes": 4},
            "would have 5 boxes, more than max_nodes=4; draw only the slice of one derivative with wrt=",
        ),
    ],
)
def test_an_argument_that_cannot_be_is_refused_by_naming_what_can(arguments: dict[str, Any], complaint: str) -> None:
    *_, e = olah()
    with pytest.raises(ValueError, match=complaint):
        draw(e, **arguments)


def test_only_values_are_drawn() -> None:
    a, *_ = olah()
    with pytest.raises(TypeError, match=r"draw\(\) takes Values, got float 3\.0"):
        draw(3.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draw\(\) takes Values, got str 'a'"):
        draw(a, "a")  # type: ignore[arg-type]


def test_a_derivative_without_a_path_is_refused() -> None:
    a, _, _, d, _ = olah()
    with pytest.raises(ValueError, match="d does not depend on a"):
        draw(d, a)
    with pytest.raises(ValueError, match=r"wrt is the number 1\.0 in an expression"):
        draw(d, d.operands[1])


def test_a_graph_of_30000_nodes_is_refused_without_recursion_and_its_slice_drawn() -> None:
    x, y = chain(30_000)
    for wrt in (None, x):
        with pytest.raises(ValueError, match=r"would have 30,001 boxes, more than max_nodes=300"):
            draw(y, wrt)
    middle = y
    for _ in range(50):
        middle = middle.operands[0]
    assert len(draw(y, middle).picture.nodes) == 51


def test_as_many_nodes_as_allowed_are_drawn() -> None:
    x, y = chain(299)
    drawing = draw(y, x)
    assert isinstance(drawing, Drawing)
    assert len(parts(drawing.svg(), "node")) == 300
    assert ag.draw is draw
