"""The gradient checker at second order: the engine's gradient differenced, its edges, its symmetry, given Hessians."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from effort import scaled
from faults import SPECIAL_CASES, around, special
from points import BUILT_IN

import autograd as ag
from autograd import TABLE, Value
from autograd.checking import consistency
from autograd.checking.consistency import Pair, compare_pairs, rounding_error


def network(widths: list[int], seed: int = 0) -> Value:
    draw = random.Random(seed)
    layer = [draw.random() for _ in range(widths[0])]
    for width in widths[1:]:
        layer = [
            ag.sigmoid(ag.dot([Value(draw.gauss(0.0, 0.5)) for _ in layer], layer, Value(draw.gauss(0.0, 1.0))))
            for _ in range(width)
        ]
    return ag.total([(x - 0.5) ** 2 for x in layer]).named("C")


# --- what holds


@pytest.mark.parametrize(("place", "name"), list(enumerate(sorted(BUILT_IN))))
def test_every_operation_holds_at_second_order(place, name):
    for seed in range(scaled(3)):
        check = ag.gradcheck(around(TABLE[name], (place + seed) % 3), order=2)
        assert check, str(check)
        assert check.symmetry is None or check.symmetry.gap < 1e-13


def test_the_gradient_is_differenced_itself_by_every_leaf():
    x, y = Value(3.0, "x"), Value(2.0, "y")
    check = ag.gradcheck((x * x * y).named("C"), order=2)
    assert [(found.name, found.engine) for found in check.leaves] == [
        ("∂C/∂x", 12.0),
        ("∂C/∂y", 9.0),
        ("∂²C/∂x²", 4.0),
        ("∂²C/∂x∂y", 6.0),
        ("∂²C/∂y∂x", 6.0),
        ("∂²C/∂y²", 0.0),
    ]
    assert str(check.symmetry) == "symmetry: H = Hᵀ exactly"
    assert "second partials, 6 leaves" in str(check)


def test_a_function_is_called_anew_for_its_second_derivatives():
    calls = []

    def f(x, y):
        calls.append(1)
        return ag.exp(x * y) * x

    check = ag.gradcheck(f, (0.7, 1.3), order=2)
    assert check
    assert [found.engine for found in check.leaves[2:]] == pytest.approx(ag.hessian(f)(0.7, 1.3).ravel(), rel=1e-12)
    assert 10 <= len(calls) <= 40


def test_the_edges_of_the_gradients_graph_are_checked():
    x = Value(0.5, "x")
    assert len(ag.gradcheck(ag.sin(x) * x, order=2).edges) > len(ag.gradcheck(ag.sin(x) * x).edges) + 3


def test_a_gradient_that_is_a_constant_has_second_derivative_0():
    check = ag.gradcheck(lambda x, y: 2.0 * x + y, (1.0, 2.0), order=2)
    assert check
    assert [found.engine for found in check.leaves] == [2.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_where_there_are_many_leaves_weighted_sums_of_the_gradient_are_differenced():
    check = ag.gradcheck(network([30, 8, 3]), order=2)
    assert check, str(check)
    assert len(check.leaves) == 4
    assert check.symmetry.count == 3
    assert "1 direction through 275 leaves" in str(check)


@pytest.mark.parametrize("extra", [0, 199])
def test_rounding_of_a_broken_pair_is_that_of_its_numbers(monkeypatch, extra):
    rounded = []

    def spied(results):
        rounded.extend(x.data for x in results)
        return rounding_error(results)

    monkeypatch.setattr(consistency, "rounding_error", spied)
    op, at = special("pow: 0 where the exponent is 0")
    leaves = [Value(x) for x in (*at, *[1.0] * extra)]
    check = ag.gradcheck(ag.total([op(*leaves[:2]), leaves[0] * leaves[0], *leaves[2:]]), order=2)
    numbers = [x for pair in check.symmetry.broken for x in (pair.engine, pair.differences)]
    assert numbers
    assert [x for x in rounded if x in numbers] == pytest.approx(numbers)
    if extra:
        # With many leaves, the pairs are those of three directions.
        assert check.symmetry.count == 3
        pairs = {(x.name, x.against) for x in check.symmetry.broken}
        assert pairs <= {(f"u{i}·H·u{j}", f"u{j}·H·u{i}") for i, j in ((1, 2), (1, 3), (2, 3))}


def test_nodes_in_the_middle_have_derivatives_but_no_symmetry():
    x = Value(0.5, "x")
    y = ag.exp(x).named("y")
    check = ag.gradcheck(y * x, leaves=[x, y], order=2)
    assert check.symmetry is None
    assert check, str(check)


def test_at_a_kink_the_second_derivative_of_the_pieces_passes():
    assert ag.gradcheck(lambda x: ag.relu(x) * x, 0.0, order=2)
    assert ag.gradcheck(lambda x, y: ag.maximum(x, y) * 3.0, (1.0, 1.0), order=2)


def test_where_rounding_hides_a_second_derivative_its_edges_and_rules_settle_it():
    check = ag.gradcheck(lambda x: x + ag.tanh(x), 25.0, order=2)
    assert check, str(check)
    assert check.leaves[1].reason.startswith("by its edges")


# --- special cases in rules, as the field's libraries have had them


@pytest.mark.parametrize("fault", SPECIAL_CASES)
def test_a_special_case_that_the_first_derivative_passes_is_found_and_named_at_second_order(fault):
    op, at = special(fault)
    xs = [Value(x, "xy"[k]) for k, x in enumerate(at)]
    assert ag.gradcheck((op(*xs) * 2.0).named("C"))
    check = ag.gradcheck((op(*xs) * 2.0).named("C"), order=2)
    assert not check
    assert {found.node.op for found in check.curvatures if found.verdict == "fail"} == {op}
    assert f"{op.name}(x = {at[0]!r}" in str(check)
    assert "rule's derivative" in str(check)


def test_a_rule_whose_second_partials_differ_breaks_the_symmetry():
    op, at = special("pow: 0 where the exponent is 0")
    check = ag.gradcheck(op, at, order=2)
    assert not check.symmetry
    assert "symmetry: H ≠ Hᵀ in 1 of 1 pairs" in str(check)
    assert "∂²pow/∂x∂y   engine 0.0   ∂²pow/∂y∂x 0.14285714285714285   not equal" in str(check)


def test_symmetry_is_broken_where_differences_can_tell_nothing():
    op, at = special("pow: 0 where the exponent is 0")
    check = ag.gradcheck(lambda x, y: op(x, y) + 3e13 * x, at, order=2)
    mixed = {found.name: found for found in check.leaves}["∂²f/∂x∂y"]
    assert mixed.difference.verdict(0.0) == mixed.difference.verdict(1.0 / 7.0) == "undecided"
    assert mixed.verdict == "undecided"  # its edges hold, and yet they do not settle it
    assert not check.symmetry


def test_a_distance_made_of_the_greater_and_the_lesser_is_wrong_at_second_order_on_the_diagonal():
    def hypot(x, y):
        great, small = ag.maximum(x, y), ag.minimum(x, y)
        return great * ag.sqrt(1.0 + (small / great) ** 2)

    assert ag.gradcheck(hypot, (3.0, 3.0))
    check = ag.gradcheck(hypot, (3.0, 3.0), order=2)
    assert [found.verdict for found in check.leaves] == ["pass", "pass", "fail", "fail", "fail", "fail"]
    assert "it passes kinks" in str(check)
    assert ag.gradcheck(ag.hypot, (3.0, 3.0), order=2)


def test_a_second_partial_that_rounding_hides_is_tried_elsewhere():
    right = replace(TABLE["tanh"], partials=lambda x, z: 1.0 - z * z)
    check = ag.gradcheck(right(Value(25.0)), order=2)
    assert [found.verdict for found in check.curvatures] == ["pass"]
    # One of the two z is taken as a number, so the rule gives the right slope and half the right curvature.
    wrong = replace(TABLE["tanh"], partials=lambda x, z: 1.0 - z * getattr(z, "data", z))
    check = ag.gradcheck(wrong(Value(25.0)), order=2)
    assert [found.verdict for found in check.curvatures] == ["fail"]
    assert all(found.holds for found in (*check.leaves, *check.edges))
    assert not check


def test_nan_is_a_fair_second_partial_where_the_partials_jump():
    x, y = Value(0.0, "x"), Value(0.0, "y")
    found = ag.gradcheck(ag.hypot(x, y), order=2).curvatures
    assert {one.verdict for one in found} == {"kink"}


def test_a_rule_of_floats_only_has_no_second_derivative():
    op = replace(TABLE["sin"], partials=lambda x, z: math.cos(x))
    with pytest.raises(TypeError, match="sin"):
        ag.gradcheck(op(Value(0.5)), order=2)


# --- symmetry by itself


def test_rounding_is_no_asymmetry_and_anything_beyond_is():
    x = Value(0.1, "x")
    y = (x * 3.0 - 0.3) * 1e17
    pair = Pair("a", "b", (0.0, 0.0), (y.data + 1.0, 0.0), 0.0, lambda: rounding_error([y]))
    assert compare_pairs([pair])
    wide = pair._replace(second=(y.data + 1000.0, 0.0))
    assert not compare_pairs([wide])
    assert compare_pairs([pair._replace(second=(math.nan, 0.0), first=(math.nan, 0.0))])
    assert not compare_pairs([pair._replace(second=(math.nan, 0.0))])
    assert compare_pairs([]).gap == 0.0


def test_cancellation_within_the_gradient_is_no_asymmetry():
    def f(x, y, z):
        return ag.exp(x * y) * (ag.sin(x + 1e8 * y) - ag.sin(x)) * z + (x - y) ** 3 / (1e-9 + (x - y) ** 2)

    check = ag.gradcheck(f, (0.3, 0.3000001, 2.0), order=2)
    assert check.symmetry, str(check)


@pytest.mark.parametrize("seed", range(scaled(50)))
def test_pairs_that_differ_most_are_looked_at(seed):
    """However the pairs come, the ten that differ most are given the rounding of every node."""
    draw = random.Random(seed)
    looked = []

    def pair(k: int) -> Pair:
        is_explained = draw.random() < 0.5
        gap = 1e-6 * 2.0**-k

        def noise() -> float:
            looked.append(k)
            return 2.0 * gap if is_explained else 0.1 * gap

        return Pair(f"{k}", f"{k}ᵀ", (1.0, 0.0), (1.0 - gap, 0.0), 1.0, noise), is_explained

    both = [pair(k) for k in range(25)]
    equal = [Pair("=", "=ᵀ", (x, 0.0), (x, 0.0), 1.0, lambda: 0.0) for x in (0.0, 1.0, math.inf, math.nan)]
    shuffled = [one for one, _ in both] + equal
    draw.shuffle(shuffled)
    found = compare_pairs(shuffled)
    assert looked == list(range(10))
    assert [x.label for x in found.broken] == [
        str(k) for k, (_, is_explained) in enumerate(both[:10]) if not is_explained
    ]
    assert [x.against for x in found.broken] == [f"{x.label}ᵀ" for x in found.broken]
    assert found.count == len(shuffled)
    assert found.gap == pytest.approx(1e-6)
    assert bool(found) == (not found.broken)
    assert found.doubtful == 15
    count = len(found.broken)
    assert str(found) == (f"symmetry: H ≠ Hᵀ in at least {count} of 29 pairs" if count else "symmetry: H = Hᵀ to 1e-06")


# --- Hessians that are given


def by_hand(x, y):
    return [[2.0 * y, 2.0 * x], [2.0 * x, 0.0]]


@pytest.mark.parametrize("hessian", [by_hand, [[10.0, 4.0], [4.0, 0.0]], np.array([[10.0, 4.0], [4.0, 0.0]])])
def test_a_given_hessian_is_held_against_the_engines_gradient_or_a_given_one(hessian):
    for gradient in (None, lambda x, y: (2.0 * x * y, x * x)):
        check = ag.gradcheck(lambda x, y: x * x * y, (2.0, 5.0), gradient=gradient, hessian=hessian)
        assert check, str(check)
        assert [found.source for found in check.leaves[2:]] == ["given"] * 4
        assert str(check.symmetry) == "symmetry: H = Hᵀ exactly"
        wrong = ag.gradcheck(lambda x, y: x * x * y, (2.0, 5.0), gradient=gradient, hessian=[[10.0, 4.0], [4.5, 0.0]])
        assert [found.name for found in wrong.leaves if found.verdict == "fail"] == ["∂²f/∂y∂x"]
        assert not wrong.symmetry


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_a_given_hessian_may_have_the_structure_of_the_point_twice(factor):
    def hessian(p):
        return {"a": {"a": 2.0 * p["b"], "b": 2.0 * p["a"]}, "b": {"a": factor * 2.0 * p["a"], "b": 0.0}}

    at = {"a": 1.5, "b": 2.0}
    for given in (hessian, hessian(at)):
        check = ag.gradcheck(lambda p: p["a"] * p["a"] * p["b"], (at,), hessian=given)
        assert bool(check) is (factor == 1.0)
        assert [found.engine for found in check.leaves[-4:]] == [4.0, 3.0, factor * 3.0, 0.0]


def test_rounding_of_a_given_hessian_with_fewer_digits_is_not_called_wrong():
    hessian = np.diag([np.float16(1.0 / 3.0), np.float16(0.1)])
    check = ag.gradcheck(
        lambda x, y: x * x / 6.0 + 0.05 * y * y, (0.5, 0.7), gradient=lambda x, y: (x / 3.0, 0.1 * y), hessian=hessian
    )
    assert sorted(finding.verdict for finding in check.leaves) == ["pass"] * 4 + ["undecided"] * 2


def test_a_given_hessian_may_come_in_blocks_for_each_argument():
    A = np.array([[2.0, 1.0], [1.0, 3.0]])

    def f(p, s):
        return float(p @ A @ p) * s

    def gradient(p, s):
        return 2.0 * s * (A @ p), float(p @ A @ p)

    def hessian(p, s):
        return (2.0 * s * A, 2.0 * (A @ p)), (2.0 * (A @ p), 0.0)

    check = ag.gradcheck(f, (np.array([0.5, -1.0]), 2.0), gradient=gradient, hessian=hessian)
    assert check, str(check)
    assert [found.name for found in check.leaves[3:6]] == ["∂²f/∂p[0]²", "∂²f/∂p[0]∂p[1]", "∂²f/∂p[0]∂s"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ag.gradcheck(lambda x: x * x, 1.0, order=3), ValueError, "order must be 1 or 2, got 3"),
        (lambda: ag.gradcheck(lambda x: [x, x], 1.0, order=2), TypeError, "must return one number, got list"),
        (
            lambda: ag.gradcheck(lambda x: x, 1.0, gradient=1.0, order=2),
            TypeError,
            "pass second derivatives as hessian=",
        ),
        (
            lambda: ag.gradcheck(lambda x: x, 1.0, gradient=1.0, hessian=0.0),
            TypeError,
            "gradient= must be a function when hessian=",
        ),
        (
            lambda: ag.gradcheck(lambda x: x, 1.0, hessian=[0.0, 1.0]),
            ValueError,
            "the Hessian must have 1 number, got 2",
        ),
        (
            lambda: ag.gradcheck(lambda x: [x, x], 1.0, gradient=lambda x: [1.0, 1.0], hessian=0.0),
            TypeError,
            "f must return one number when hessian= is given, got 2",
        ),
        (lambda: ag.gradcheck(Value(1.0) * 2.0, hessian=0.0), TypeError, "takes no point and no gradient"),
    ],
)
def test_what_cannot_be_checked_at_second_order_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_given_asymmetry_is_measured_by_the_numbers_themselves(size):
    """Where differences tell nothing, a given Hessian may be asymmetric by a part of 10⁻⁷ of it, at any size."""

    def gradient(x, y):
        return 1e17 * size + size * math.sin(y), 1e17 * size + size * math.sin(x)

    for part, holds in ((0.0, True), (0.5e-7, True), (3e-7, False), (-0.5, False), (1.0, False)):
        hessian = [[0.0, size], [size * (1.0 + part), 0.0]]
        check = ag.gradcheck(lambda x, y: size * x * y, (1.0, 2.0), gradient=gradient, hessian=hessian)
        assert bool(check.symmetry) == holds, part
