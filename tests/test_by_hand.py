"""Derivatives filled in by hand: each usual mistake, made in random graphs, is recognized by its number."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from drawn import HOSTILE
from effort import scaled
from samples import olah, random_derivative

import autograd as ag
from autograd import Value
from autograd.checking.by_hand import MAX_LINES, HandCheck


def fill(output: Value) -> dict[Value, float]:
    """Fill in all derivatives rightly; return them."""
    order = ag.topological_order(output)
    for node in order:
        if not node.constant:
            node.grad = 0.0
    output.backward()
    return {node: node.grad for node in order if not node.constant}


def report(*grads: float) -> list[str]:
    """Check Olah's expression with these derivatives by a, b, c, d, e."""
    nodes = olah()
    for node, grad in zip(nodes, grads, strict=True):
        node.grad = grad
    return str(ag.check_by_hand(nodes[-1])).splitlines()


def test_right_derivatives_are_all_right() -> None:
    assert report(2, 5, 2, 3, 1) == [
        "5 right",
        "  ∂e/∂e = 1: right",
        "  ∂e/∂d = 3: right",
        "  ∂e/∂c = 2: right",
        "  ∂e/∂b = 5: right",
        "  ∂e/∂a = 2: right",
    ]


@pytest.mark.parametrize(
    ("grads", "line"),
    [
        ((2, 3, 2, 3, 1), "∂e/∂b = 3: the path through c is missing; or in the term through d, the factor ∂e/∂d"),
        ((2, 2, 2, 3, 1), "∂e/∂b = 2: only the last term is there, through c, so grad was overwritten, not added to"),
        ((2, -5, 2, 3, 1), "∂e/∂b = −5: the sign is wrong"),
        ((2, 5, 2, 3, 0), "∂e/∂e: the seed is missing, ∂e/∂e = 1"),
        ((2, 5, 2, 3, 6), "∂e/∂e = 6: the seed is wrong, ∂e/∂e = 1"),
        ((2, 10, 2, 3, 1), "∂e/∂b = 10: twice the derivative, was grad not 0 at first?"),
        ((2, 2.5, 2, 3, 1), "∂e/∂b = 2.5: half the derivative, is the 2 of a square missing?"),
        ((1, 5, 2, 3, 1), "∂e/∂a = 1: this is the partial ∂c/∂a, and the factor ∂e/∂c is missing"),
        ((2, 4, 2, 3, 1), "∂e/∂b = 4: in the term through c, the factor ∂e/∂c is missing"),
        ((2, 1, 2, 3, 1), "∂e/∂b = 1: in the term through c, the sign is wrong"),
        ((2, 8, 2, 3, 1), "∂e/∂b = 8: the term through d is added twice"),
        ((0, 5, 2, 3, 1), "∂e/∂a: not filled in, grad is 0"),
        ((2, 5.3, 2, 3, 1), "∂e/∂b = 5.3: wrong"),
        ((2, 5.01, 2, 3, 1), "∂e/∂b = 5.01: right, rounded by 0.2 %"),
        ((math.nan, 5, 2, 3, 1), "∂e/∂a = NaN: NaN is no derivative"),
    ],
)
def test_mistake_is_named(grads: tuple[float, ...], line: str) -> None:
    assert any(written.startswith(f"  {line}") for written in report(*grads))


def test_step_on_a_wrong_derivative_is_told_apart() -> None:
    """The sign of c is wrong; a and b follow from it by right steps."""
    assert report(-2, 1, -2, 3, 1) == [
        "2 right, 1 wrong, 2 right on the basis of a wrong one",
        "  ∂e/∂e = 1: right",
        "  ∂e/∂d = 3: right",
        "  ∂e/∂c = −2: the sign is wrong",
        "  ∂e/∂b = 1: this step is right, but it uses a wrong derivative",
        "  ∂e/∂a = −2: this step is right, but it uses a wrong derivative",
    ]


def test_factor_that_is_missing_in_one_term_is_named() -> None:
    """∂y/∂x = 2 · 3 + 1 · 2x = 16; without the 3 it is 12, and without the 2 it is 13."""
    x = Value(5.0, "x")
    u, v = (3 * x).named("u"), (x * x).named("v")
    y = ((2 * u).named("t") + v).named("y")
    fill(y)
    x.grad = 12.0
    assert "∂y/∂x = 12: in the term through u, the factor ∂u/∂x is missing" in str(ag.check_by_hand(y))
    x.grad = 13.0
    assert "in the term through u, the factor ∂y/∂u is missing" in str(ag.check_by_hand(y))


def test_slope_of_0_beside_the_path_hides_no_factor() -> None:
    """The path through the relu that is off is no path of the derivative."""
    x = Value(2.0, "x")
    u, off = (3 * x).named("u"), ag.relu((-x).named("p")).named("off")
    y = (ag.total([u, off]).named("s") ** 2).named("y")
    fill(y)
    x.grad /= 3.0
    assert "∂y/∂x = 12: the inner derivative ∂u/∂x is missing" in str(ag.check_by_hand(y))
    # A factor on that path would change nothing.
    x.grad = 37.0
    assert str(ag.check_by_hand(y)).endswith("∂y/∂x = 37: wrong")


def test_mistake_on_the_right_numbers_above_is_named_too() -> None:
    """The derivative by c is wrong, but the one by b was made of the right one."""
    lines = report(2, -5, -2, 3, 1)
    assert "  ∂e/∂c = −2: the sign is wrong" in lines
    assert "  ∂e/∂b = −5: in the term through d, the sign is wrong; or the sign is wrong" in lines


def test_inner_derivative_that_was_forgotten_is_named() -> None:
    w, a, E = Value(0.15, "w"), Value(0.8, "a"), Value(1.0, "E")
    AS = (w * a).named("AS")
    out = ag.sigmoid(AS).named("out")
    C = ((out - E) ** 2).named("C")
    fill(C)
    w.grad /= out.partials[0]
    check = ag.check_by_hand(C)
    assert "∂C/∂w = −0.7521: the inner derivative ∂out/∂AS is missing" in str(check)
    w.grad = 0.8
    assert "∂C/∂w = 0.8: this is the partial ∂AS/∂w, and the factor ∂C/∂AS is missing" in str(ag.check_by_hand(C))
    w.grad = 0.15
    assert "∂C/∂w = 0.15: this is the value of w, not the derivative" in str(ag.check_by_hand(C))


@pytest.mark.parametrize("seed", range(scaled(150)))
def test_right_derivatives_of_random_graphs_hold(seed: int) -> None:
    y, _ = random_derivative(seed)
    right = fill(y)
    assert ag.check_by_hand(y, list(right), rtol=0.0)
    for node in right:
        node.grad = float(f"{node.grad:.4g}")
    assert ag.check_by_hand(y, list(right))
    for x in ag.check_by_hand(y).derivatives:
        assert x.derivative == pytest.approx(right[x.node], rel=1e-12, abs=1e-300)


def uses(output: Value, node: Value) -> list[tuple[float, float]]:
    """The adjoint of the result and the partial, for each result that uses a node."""
    found = []
    for result in ag.topological_order(output):
        partials = [p for x, p in zip(result.operands, result.partials, strict=True) if x is node and p != 0.0]
        if partials:
            found.append((result.grad, sum(partials)))
    return found


MISTAKES: dict[str, Callable[[list[tuple[float, float]]], float]] = {
    "the sign is wrong": lambda terms: -sum(a * p for a, p in terms),
    "is missing": lambda terms: sum(a * p for a, p in terms[1:]),
    "is added twice": lambda terms: sum(a * p for a, p in [*terms, terms[0]]),
    "the factor": lambda terms: sum(p if i == 0 else a * p for i, (a, p) in enumerate(terms)),
    "in the term through": lambda terms: sum(-a * p if i == 0 else a * p for i, (a, p) in enumerate(terms)),
    "twice the derivative": lambda terms: 2.0 * sum(a * p for a, p in terms),
}


@pytest.mark.parametrize("words", MISTAKES)
@pytest.mark.parametrize("seed", range(scaled(50)))
def test_mistake_in_a_random_graph_is_recognized(seed: int, words: str) -> None:
    y, _ = random_derivative(seed)
    right = fill(y)
    several = [node for node in right if node is not y and len(uses(y, node)) > 1]
    if not several:
        return
    node = random.Random(seed).choice(several)
    wrong = MISTAKES[words](uses(y, node))
    if abs(wrong - right[node]) <= 1e-6 * abs(right[node]) or wrong == 0.0 or right[node] == 0.0:
        return
    node.grad = wrong
    check = ag.check_by_hand(y, list(right))
    [finding] = [x for x in check.derivatives if x.node is node]
    assert not check
    assert finding.verdict == "wrong"
    assert finding.given == wrong
    assert finding.mistakes, words
    # Several mistakes may give the same number, and two are named; twice the derivative is named if no other does.
    if len(finding.mistakes) == 1 and words != "twice the derivative":
        sentence = "".join(phrase if isinstance(phrase, str) else phrase("text") for phrase in finding.mistakes[0])
        assert words in sentence


def test_small_path_that_is_missing_is_no_rounding() -> None:
    """The path is 0.1 % of the derivative: less than rounding by hand, and exactly the number without it."""
    x = Value(1.0, "x")
    y = ((1000 * x).named("u") + (1 * x).named("v")).named("y")
    fill(y)
    x.grad = 1000.0
    check = ag.check_by_hand(y)
    assert not check
    assert "; or the path through v is missing" in str(check)
    x.grad = 1000.5
    assert ag.check_by_hand(y)


@pytest.mark.parametrize("digits", [3, 4, 5])
def test_number_rounded_in_either_way_is_right(digits: int) -> None:
    """Half a unit of the last digit may be rounded up or down, more is an error, and two digits are no rounding."""
    draw = random.Random(digits)
    x = Value(1.0, "x")
    for _ in range(20):
        # The digits after these are an exact half, or not.
        unit = 10.0 ** (draw.randrange(3) - digits)
        exact = (draw.randrange(10 ** (digits - 1), 10**digits) + draw.choice((0.5, draw.random()))) * unit
        y = (x * exact).named("y")
        y.grad = 1.0
        below = math.floor(exact / unit)
        # A last digit 0 is not seen.
        for count in (count for count in range(below - 1, below + 3) if count % 10):
            x.grad = float(f"{count * unit:.{digits}g}")
            is_nearest = abs(count - exact / unit) <= 0.5 + 1e-6
            assert bool(ag.check_by_hand(y, rtol=1e-8)) is is_nearest, (exact, x.grad)
            assert bool(ag.check_by_hand(y, rtol=0.0)) is (x.grad == exact)
        x.grad = float(f"{exact:.2g}")
        assert not ag.check_by_hand(y, rtol=1e-8)


def test_nodes_restrict_the_check() -> None:
    a, b, _, _, e = olah()
    a.grad = 2.0
    assert ag.check_by_hand(e, [a])
    assert not ag.check_by_hand(e, [a, b])


def test_unlabelled_results_need_not_be_filled_in() -> None:
    x = Value(3.0, "x")
    y = ((x * 2 + 1) ** 2).named("y")
    y.grad, x.grad = 1.0, 28.0
    assert ag.check_by_hand(y)
    y.operands[0].grad = 13.0
    assert "∂y/∂(x·2 + 1) = 13: wrong" in str(ag.check_by_hand(y))


def test_derivative_of_0_is_right_if_left_alone() -> None:
    x = Value(-1.0, "x")
    y = ag.relu(x).named("y")
    y.grad = 1.0
    assert str(ag.check_by_hand(y)).splitlines() == ["2 right", "  ∂y/∂y = 1: right", "  ∂y/∂x = 0: right"]


def test_check_changes_nothing() -> None:
    y, _ = random_derivative(3)
    right = fill(y)
    ag.check_by_hand(y)
    assert {node: node.grad for node in right} == right


def test_long_report_counts_the_rest() -> None:
    leaves = [Value(float(i), f"x[{i}]") for i in range(1, 61)]
    y = ag.total([x * x for x in leaves]).named("y")
    fill(y)
    for x in leaves[:50]:
        x.grad = -x.grad
    check = ag.check_by_hand(y)
    lines = str(check).splitlines()
    assert lines[0] == "71 right, 50 wrong"
    assert len(lines) == MAX_LINES + 2
    assert lines[-1] == "  26 more"
    assert all("right" not in line for line in lines[1:])
    # Mistakes are sought for the derivatives that are shown, from the output down.
    assert [bool(x.mistakes) for x in check.derivatives if x.verdict == "wrong"] == [True] * 24 + [False] * 26
    for x in leaves[40:50]:
        x.grad = 0.37 * x.data
    found = [bool(x.mistakes) for x in ag.check_by_hand(y).derivatives if x.verdict == "wrong"]
    assert found == [False] * 10 + [True] * 14 + [False] * 26


@pytest.mark.parametrize("label", HOSTILE)
def test_formats_have_the_same_lines_and_escape_labels(label: str) -> None:
    x = Value(3.0, label)
    y = (x * x).named("y")
    check: HandCheck = ag.check_by_hand(y)
    assert check.html().count("<li>") == 2
    assert check.latex().count(" \\\\\n") == 2
    assert "<b>" not in check.html()
    assert "<script>" not in check.html()
    assert check.markdown() == f"$$\n{check.latex()}\n$$\n"


@pytest.mark.parametrize("bad", [None, 1.0, "C"])
def test_output_that_is_no_value_is_refused(bad: Any) -> None:
    with pytest.raises(TypeError, match=r"check_by_hand\(\) takes Values"):
        ag.check_by_hand(bad)


def test_bad_arguments_are_refused() -> None:
    a, *_, e = olah()
    with pytest.raises(TypeError, match="nodes must be a list of Values, got a Value"):
        ag.check_by_hand(e, a)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nodes must hold at least one Value, got none"):
        ag.check_by_hand(e, [])
    with pytest.raises(ValueError, match="does not depend on"):
        ag.check_by_hand(e, [Value(1.0, "z")])
    for rtol in (-0.1, 1.0, math.nan):
        with pytest.raises(ValueError, match="rtol must be from 0 to 1, got"):
            ag.check_by_hand(e, rtol=rtol)
    a.data = 7.0
    with pytest.raises(ValueError, match="was changed after it was computed"):
        ag.check_by_hand(e)


def test_a_value_in_the_place_of_its_derivative_is_named() -> None:
    w = Value(0.15, "w")
    AS = (w * 0.8 + 0.38).named("AS")
    out = ag.sigmoid(AS).named("out")
    C = ((out - 1.0) ** 2).named("C")
    C.grad, out.grad = 1.0, 2.0 * (out.data - 1.0)
    AS.grad = out.grad * out.data
    text = str(ag.check_by_hand(C, [C, out, AS]))
    assert text.splitlines()[-1] == "  ∂C/∂AS = −0.47: the factor ∂out/∂AS is the value of out, not its derivative"
    AS.grad = out.data
    text = str(ag.check_by_hand(C, [C, out, AS]))
    assert text.splitlines()[-1] == "  ∂C/∂AS = 0.6225: this is the value of out, not its derivative"
