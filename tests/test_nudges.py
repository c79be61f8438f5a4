"""Nudges: the real change is that of a graph made anew, and the terms are those of Taylor's series."""

from __future__ import annotations

import math
from typing import Any
from unittest.mock import patch

import pytest
from effort import scaled
from samples import random_derivative

import autograd as ag
from autograd import DomainError, Value
from autograd.op import METHODS


def cube(x: float = 2.0) -> tuple[Value, Value]:
    leaf = Value(x, "x")
    return (leaf**3).named("y"), leaf


def test_terms_of_a_cube_are_those_of_its_series() -> None:
    nudge = ag.trace(*cube()).nudge(0.5)
    assert (nudge.step, nudge.predicted, nudge.curvature, nudge.actual) == (0.5, 6.0, 1.5, 7.625)


@pytest.mark.parametrize("seed", range(scaled(80)))
def test_ripple_is_that_of_a_new_graph(seed: int) -> None:
    y, x = random_derivative(seed)
    trace = ag.trace(y, x)
    before = [(node.data, node.grad, node.partials) for node in ag.topological_order(y)]
    nudge = trace.nudge(1e-3)
    moved = ag.replay(y, {x: x.data + 1e-3})
    assert [(node.data, node.grad, node.partials) for node in ag.topological_order(y)] == before
    assert nudge.actual == moved.data - y.data
    assert [move.node for move in nudge.ripple] == trace.stations.nodes
    for move in nudge.ripple:
        assert move.after == ag.replay(move.node, {x: x.data + 1e-3}).data
        slope = ag.gradient(move.node, x).data
        assert move.slope == pytest.approx(slope, rel=1e-9, abs=1e-12)
        assert move.predicted == pytest.approx(slope * nudge.step, rel=1e-9, abs=1e-15)
    assert nudge.predicted == pytest.approx(trace.value * nudge.step, rel=1e-9)
    if not nudge.kinks and not trace.nudge(-1e-3).kinks:
        # The second difference is twice the curvature term, up to terms of fourth order and rounding.
        second = nudge.actual + trace.nudge(-1e-3).actual
        assert second == pytest.approx(2.0 * nudge.curvature, rel=0.02, abs=1e-12 * (1 + abs(y.data)))


def test_text_names_each_number_once() -> None:
    y, x = cube()
    assert str(ag.trace(y, x).nudge(0.5)).splitlines() == [
        "x: 2 → 2.5, Δx = 0.5",
        "  predicted: ∂y/∂x · Δx = 12 · 0.5 = 6",
        "  curvature: ½ · ∂²y/∂x² · (Δx)² = 1.5",
        "  real:      Δy = 7.625",
        "node  before  after  change  predicted  ∂·/∂x",
        "x     2       2.5    0.5     0.5        1",
        "y     8       15.62  7.625   6          12",
    ]


def test_other_formats_have_the_same_numbers() -> None:
    nudge = ag.trace(*cube()).nudge(0.5)
    latex, html = nudge.latex(), nudge.html()
    assert r"\text{predicted: }{\frac{\partial y}{\partial x} \cdot \Delta x = 12 \cdot 0.5 = 6}" in latex
    assert r"\frac{1}{2} \frac{\partial^2 y}{\partial {x}^2} (\Delta x)^2 = 1.5" in latex
    assert r"y & 8 & 15.62 & 7.625 & 6 & 12" in latex
    assert "<li>curvature: ½ · ∂<sup>2</sup>y/∂x<sup>2</sup> · (Δx)<sup>2</sup> = 1.5</li>" in html
    assert "<tr><td>y</td><td>8</td><td>15.62</td><td>7.625</td><td>6</td><td>12</td></tr>" in html
    assert nudge.markdown() == f"$$\n{latex}\n$$\n"


def test_inner_node_is_nudged_without_its_operands() -> None:
    x = Value(2.0, "x")
    u = (x * x).named("u")
    nudge = ag.trace((u * u + x).named("y"), u).nudge(1.0)
    assert (nudge.actual, nudge.predicted, nudge.curvature) == (9.0, 8.0, 1.0)


def test_change_of_piece_is_pointed_out() -> None:
    x = Value(-0.1, "z")
    trace = ag.trace(ag.relu(x).named("y"), x)
    crossing, beside = trace.nudge(0.3), trace.nudge(0.05)
    assert "On the way relu at z changes to another piece" in str(crossing)
    assert (len(crossing.kinks), len(beside.kinks)) == (1, 0)
    assert "On the way" not in str(beside)


def test_many_changes_of_piece_are_counted() -> None:
    x = Value(-0.1, "x")
    for count, rest in ((3, ""), (4, "1 more operation changes"), (6, "3 more operations change")):
        y = ag.total([ag.relu(k * x) for k in range(1, count + 1)]).named("y")
        text = str(ag.trace(y, x).nudge(0.3))
        assert text.count("On the way relu at ") == 3
        assert text.count(" to another piece") == 3 + bool(rest)
        assert rest in text


def test_rule_that_cannot_be_differentiated_has_no_curvature() -> None:
    with patch.dict(ag.TABLE), patch.dict(METHODS):
        sine = ag.operation("nudged_sine", math.sin, lambda x, z: math.cos(x))
        x = Value(0.5, "x")
        nudge = ag.trace(sine(x).named("y"), x).nudge(0.1)
    assert math.isnan(nudge.curvature)
    assert "curvature" not in str(nudge)
    assert nudge.predicted == pytest.approx(0.1 * math.cos(0.5))


@pytest.mark.parametrize("step", [math.nan, math.inf, -math.inf, 0, 0.0])
def test_step_that_is_no_change_is_refused(step: float) -> None:
    with pytest.raises(ValueError, match="step must be a finite number other than 0, got"):
        ag.trace(*cube()).nudge(step)


@pytest.mark.parametrize("step", [None, "0.1", [0.1], 1j])
def test_step_that_is_no_number_is_refused(step: Any) -> None:
    with pytest.raises(TypeError, match="takes one real number"):
        ag.trace(*cube()).nudge(step)


def test_step_below_rounding_is_refused() -> None:
    with pytest.raises(ValueError, match=r"step must change x = 1e\+20, got 1.0, which rounding absorbs"):
        ag.trace(*cube(1e20)).nudge(1)


def test_nudge_out_of_the_domain_is_refused() -> None:
    x = Value(0.05, "x")
    with pytest.raises(DomainError, match=r"log\(x = -0.05"):
        ag.trace(ag.log(x).named("y"), x).nudge(-0.1)


def test_graph_that_was_changed_since_is_refused() -> None:
    y, x = cube()
    trace = ag.trace(y, x)
    x.data = 5.0
    with pytest.raises(ValueError, match="was changed after it was computed"):
        trace.nudge(0.1)


def test_long_ripple_leaves_out_the_middle() -> None:
    x = y = Value(1.0, "x")
    for k in range(40):
        y = (y * 1.01).named(f"u[{k}]")
    nudge = ag.trace(y, x).nudge(0.1)
    assert len(nudge.ripple) == 41
    assert "… 17 more …" in str(nudge)
    assert str(nudge).splitlines()[-1].startswith("u₃₉")
