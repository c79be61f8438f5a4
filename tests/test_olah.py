"""Olah's post on backpropagation (2015): his graphs, numbers and counts, each as he prints it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from itertools import product
from types import FrameType

import pytest
from samples import olah

import autograd as ag
from autograd import Value, draw
from autograd.derivatives import forward, reverse
from autograd.drawing.picture import Picture

SLOPES = [2.0, 3.0, 5.0], [7.0, 11.0, 13.0]


def ways(with_dots: bool) -> tuple[Value, Value, Value]:
    """X ⇉ Y ⇉ Z by three ways each: as edges side by side, or each through a dot of its own."""
    nodes = [Value(1.0, "X")]
    for name, slopes in zip("YZ", SLOPES, strict=True):
        x = nodes[-1]
        if with_dots:
            dots = [(x * slope).named(way) for slope, way in zip(slopes, "αβγ" if name == "Y" else "δεζ", strict=True)]
            nodes.append(ag.total(dots).named(name))
        else:
            nodes.append(ag.dot([x] * 3, slopes).named(name))
    return nodes[0], nodes[1], nodes[2]


def lit(picture: Picture) -> set[str]:
    return {f"{picture.nodes[e.source].name}{picture.nodes[e.target].name}" for e in picture.edges if e.lit}


def test_his_values_partials_and_both_sweeps_come_out_exactly() -> None:
    a, b, c, d, e = nodes = olah()
    assert [x.data for x in nodes] == [2, 1, 3, 2, 6]
    assert (c.partials, d.partials[0], e.partials) == ((1, 1), 1, (2, 3))
    for wrt, tangents, slope in ((b, [0, 1, 1, 1, 5], 5), (a, [1, 0, 1, 0, 2], 2)):
        picture = draw(e, wrt, show="forward").picture
        shown = {node.name: node.slope for node in picture.nodes}
        assert all(shown.get(x.label, 0) == t for x, t in zip(nodes, tangents, strict=True))
        assert ag.gradient(e, wrt).data == slope
    assert [node.slope for node in draw(e).picture.nodes] == [2, 5, 2, 3, 1]


def test_what_does_not_depend_on_b_has_the_slope_0_and_not_none() -> None:
    _, b, *_, e = olah()
    assert ">∂a/∂b = 0</" in draw(e, b, show="forward").svg()


def test_his_paths() -> None:
    a, b, *_, e = olah()
    found = {"".join(node.label for node in path.nodes): path.product for path in ag.paths(e, b)}
    assert found == {"bce": 2, "bde": 3}
    assert {"".join(node.label for node in path.nodes): path.product for path in ag.paths(e, a)} == {"ace": 2}
    assert lit(draw(e, b).picture) == {"bc", "bd", "ce", "de"}


@pytest.mark.parametrize("with_dots", [False, True])
def test_nine_paths_sum_to_310_and_each_sweep_touches_each_edge_once(with_dots: bool) -> None:
    X, Y, Z = ways(with_dots)
    products = sorted(path.product for path in ag.paths(Z, X))
    assert products == sorted(a * b for a, b in product(*SLOPES)) == [14, 21, 22, 26, 33, 35, 39, 55, 65]
    assert sum(products) == ag.paths(Z, X).total == 310 == ag.gradient(Y, X).data * ag.gradient(Z, Y).data
    for sweep in ("forward", "reverse"):
        asked: Counter[Value] = Counter()

        def partials(node: Value, asked: Counter[Value] = asked) -> tuple[float, ...]:
            asked[node] += 1
            return node.partials

        order = ag.topological_order(Z)
        slopes = forward(order, {X: 1.0}, partials) if sweep == "forward" else reverse({Z: 1.0}, partials)
        assert slopes[Z if sweep == "forward" else X] == 310
        assert set(asked.values()) == {1}
    picture = draw(Z, X).picture
    assert sum(edge.lit for edge in picture.edges) == (12 if with_dots else 6)
    assert picture.caption.startswith("∂Z/∂X = 310")


def test_eliminating_the_hidden_nodes_gives_his_jacobian() -> None:
    """From the picture lingraph2 beside the post: x → h → y, several inputs and outputs."""
    x1, x2 = Value(1.0, "x[1]"), Value(1.0, "x[2]")
    h1, h2 = (x1 + x2).named("h[1]"), (2 * x2).named("h[2]")
    ys = [(-h1).named("y[1]"), (h1 + h2).named("y[2]")]
    assert [[ag.gradient(y, x).data for x in (x1, x2)] for y in ys] == [[-1, -1], [1, 3]]

    def layer(x: list[Value]) -> list[Value]:
        h = x[0] + x[1], 2 * x[1]
        return [-h[0], h[0] + h[1]]

    assert ag.jacobian(layer)([1.0, 1.0]).tolist() == [[-1, -1], [1, 3]]


def test_x_times_x_has_two_edges() -> None:
    x = Value(3.0, "x")
    drawing = draw((x * x).named("y"), x)
    assert [(edge.slot, edge.partial) for edge in drawing.picture.edges] == [(0, 3), (1, 3)]
    for text, mark in (
        (drawing.svg(), 'class="edge lit"'),
        (drawing.dot.source, "n0 -> n1"),
        (drawing.mermaid(), "n0 ==>"),
    ):
        assert text.count(mark) == 2
    assert drawing.tikz().count(r"\draw[ag, -latex, aglit") == 2


def calls_between_modules(function: Callable[[], object]) -> set[tuple[str, str]]:
    """Return the pairs of different modules of the drawing package of which the first calls the second."""
    calls: set[tuple[str, str]] = set()

    def record(frame: FrameType, event: str, arg: object) -> None:
        module, caller = frame.f_globals.get("__name__", ""), frame.f_back
        while caller is not None and not caller.f_globals.get("__name__", "").startswith("autograd."):
            caller = caller.f_back
        if event == "call" and caller is not None and module.startswith("autograd.drawing."):
            calls.add((caller.f_globals["__name__"], module))

    # What is computed once, such as the metrics of the typeface, is not part of a drawing.
    function()
    before = sys.getprofile()
    sys.setprofile(record)
    try:
        function()
    finally:
        sys.setprofile(before)
    return {(caller, module) for caller, module in calls if caller != module}


def test_drawing_is_a_pipeline() -> None:
    """A drawing passes few modules, and no two of them call each other."""
    _, b, *_, e = olah()
    for draw_it in (lambda: draw(e).svg(), lambda: draw(e, b).svg()):
        calls = calls_between_modules(draw_it)
        assert len({module for _, module in calls}) <= 16
        # Only the base class `Drawing` calls methods of its subclass.
        one_way = {(caller, module) for caller, module in calls if caller != "autograd.drawing.base"}
        assert not one_way & {(module, caller) for caller, module in one_way}
