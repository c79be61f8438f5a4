"""The gradient checker on graphs: what holds is let through, whatever is unusual about it."""

from __future__ import annotations

import itertools
import math
import random
import re
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from effort import scaled
from faults import around, faulty
from points import BUILT_IN
from samples import chain, olah

import autograd as ag
from autograd import TABLE, Value, ops
from autograd.checking.report import Check
from autograd.checking.rules import moderate_number
from autograd.checking.sampling import FlatGraph
from autograd.checking.verdict import Difference, Finding
from autograd.domains import interval_of
from autograd.testing import outcome

# --- what holds


@pytest.mark.parametrize(("place", "name"), list(enumerate(sorted(BUILT_IN))))
def test_every_operation_holds(place, name):
    for seed in range(scaled(3)):
        check = ag.gradcheck(around(TABLE[name], (place + seed) % 3))
        assert check, str(check)


def test_the_published_example_holds():
    # Baydin et al., "Automatic differentiation in machine learning: a survey" (2018), Tables 2 and 3.
    check = ag.gradcheck(lambda x1, x2: ag.log(x1) + x1 * x2 - ag.sin(x2), [2.0, 5.0])
    assert check
    assert [round(found.engine, 3) for found in check.leaves] == [5.5, 1.716]
    assert [found.differences for found in check.leaves] == pytest.approx([5.5, 1.71633781453677], rel=1e-8)


def test_every_leaf_and_every_edge_that_can_vary_is_checked():
    _, _, _, _, e = olah()
    check = ag.gradcheck(e)
    assert [(found.name, found.engine) for found in check.leaves] == [("∂e/∂a", 2.0), ("∂e/∂b", 5.0)]
    assert len(check.edges) == 5  # of six: the 1 of b + 1 is a number
    assert check.value_count == 3


def test_no_gradient_is_touched():
    a, b, c, _, e = olah()
    a.grad, c.grad = 7.0, 8.0
    ag.gradcheck(e)
    assert [node.grad for node in (a, b, c, e)] == [7.0, 0.0, 8.0, 0.0]


def test_only_the_leaves_asked_for_are_differenced():
    a, _, c, _, e = olah()
    check = ag.gradcheck(e, leaves=[c, a])
    assert [found.name for found in check.leaves] == ["∂e/∂c", "∂e/∂a"]


def test_an_operand_used_twice_has_two_edges():
    x = Value(3.0, "x")
    check = ag.gradcheck(x * x)
    assert check
    assert [found.engine for found in check.edges] == [3.0, 3.0]


@pytest.mark.parametrize("seed", range(3))
def test_a_network_is_checked_along_directions_and_edge_by_edge(seed):
    draw = random.Random(seed)
    layer = [Value(draw.random() if draw.random() < 0.3 else 0.0) for _ in range(40)]
    for width in (10, 5):
        layer = [
            ag.sigmoid(ag.dot([Value(draw.gauss(0.0, 0.3)) for _ in layer], layer, Value(draw.gauss(0.0, 1.0))))
            for _ in range(width)
        ]
    output = ag.total([(x - 0.5) ** 2 for x in layer])
    check = ag.gradcheck(output)
    assert check, str(check)
    assert len(check.leaves) == 505
    check = ag.gradcheck(output, mode="fast")
    assert check, str(check)
    assert len(check.leaves) == 1
    assert len(check.edges) > 900
    assert "1 direction through 505 leaves" in str(check)


def test_a_long_chain_is_checked_without_recursion():
    length = scaled(20_000)
    _, y = chain(length)
    check = ag.gradcheck(y)
    assert check
    assert len(check.edges) == length


def test_where_rounding_hides_the_whole_derivative_its_edges_settle_it():
    x = Value(30.0, "x")
    check = ag.gradcheck(ag.tanh(x) * 2.0)
    assert check
    assert check.leaves[0].difference.verdict(check.leaves[0].engine) == "undecided"
    assert check.leaves[0].reason.startswith("by its edges")


def test_where_rounding_hides_a_derivative_its_rule_is_tried_elsewhere():
    check = ag.gradcheck(ag.tanh(Value(30.0)))
    assert "the rule holds for tanh(" in check.edges[0].reason
    wrong = ag.gradcheck(faulty("tanh", lambda x, z: 2.0 * ops.sech(x) ** 2)(Value(30.0)))
    assert (wrong.edges[0].verdict, wrong.leaves[0].verdict) == ("fail", "undecided")
    assert not wrong


def test_a_slope_of_0_where_the_function_is_saturated_is_tried_elsewhere():
    wrong = faulty("tanh", lambda x, z: 1.0 - z)
    check = ag.gradcheck(wrong(Value(40.0)))
    assert (check.edges[0].engine, check.edges[0].verdict) == (0.0, "fail")
    assert "rounding hides it here, but the rule gives" in str(check)
    assert ag.gradcheck(ag.tanh(Value(400.0)))
    assert ag.gradcheck(ag.relu(Value(-5.0)) + ag.floor(Value(1.5)) + ag.where(0.0, Value(1.0), Value(2.0)))


def test_what_underflows_is_not_called_wrong():
    x, y = Value(-0.015529392364184031), Value(3.0157158381540745e157)
    for product in (Value(1e-300) * Value(1e-300), Value(1e-200) * Value(3e-150), Value(1e-300) / Value(1e300), x / y):
        check = ag.gradcheck(product)
        assert check, str(check)
    assert not ag.gradcheck(faulty("mul", lambda x, y, z: (2.0 * y, x))(Value(1e-300), Value(1e-300)))


def test_at_0_beside_small_numbers_the_steps_are_small():
    for y in (1e-5, 1.8e-212, 3e-300):
        C = ag.atan2(Value(y), Value(0.0)) * 2.0
        assert ag.gradcheck(C), str(ag.gradcheck(C))
        wrong = faulty("atan2", lambda y, x, z: (0.0, 1.0 / y))(Value(y), Value(0.0))
        assert ag.gradcheck(wrong).edges[1].verdict == "fail"


def test_the_least_number_and_an_infinite_slope_by_overflow_are_told_from_faults():
    least = 5e-324
    for op in (ag.tan, ag.atan, ag.abs, ag.relu):
        assert ag.gradcheck(op(Value(least))).edges[0].verdict == "pass", op
    quotient = ag.gradcheck(Value(-2.2) / Value(-2.5e-163))
    assert [found.verdict for found in quotient.edges] == ["pass", "undecided"]
    assert quotient.edges[1].engine == math.inf


def test_a_branch_that_is_not_taken_may_be_infinite():
    x = Value(800.0, "x")
    check = ag.gradcheck(ag.where(1.0, x * 2.0, ag.exp(x) - 1.0))
    assert check
    assert [edge.reason for edge in check.edges[1:3]] == ["on a branch that is not taken"] * 2
    assert ag.gradcheck(lambda x: ag.elu(x), 800.0, order=2)
    assert not ag.gradcheck(ag.exp(x) * 0.0 + x)


def test_sums_too_large_for_a_float_are_no_error():
    x, y = Value(1.7e308, "x"), Value(1.7e308, "y")
    ag.gradcheck(ag.total([x * 1.0, -y, x * 1.0]) - y)
    ag.gradcheck(lambda x, y: ag.remainder(x, y) * y, (-1.7e308, 1.0), order=2)
    ag.gradcheck(ag.dot([Value(1e300) for _ in range(20)], [Value(1e300) for _ in range(20)]))
    assert ag.gradcheck(lambda x, y: ag.atan2(x, y), (-3795263874501411.5, 0.015093529609194207), order=2)


def test_a_pole_close_by_is_not_taken_for_an_infinite_slope():
    for distance in (1e-12, 4.26e-14, 1e-15, 2.0**-53):
        x = Value(distance - 1.0)
        assert ag.gradcheck(ag.log1p(x)), distance
        assert not ag.gradcheck(faulty("log1p", lambda x, z: -1.0 / (1.0 + x))(x))
    assert not ag.gradcheck(faulty("log1p", lambda x, z: math.inf)(Value(-0.9999999999999573)))
    for distance in (2.0, 5.0, 13.0, 60.0, 1000.0):
        assert not ag.gradcheck(faulty("acos", lambda x, z: -math.inf)(Value(distance * 2.0**-53 - 1.0))), distance


def test_an_operation_that_overflows_nearby_is_differenced_by_smaller_steps():
    assert ag.gradcheck(Value(1e308) * Value(1.5))
    assert [found.remark()[:5] for found in ag.gradcheck(Value(1e154) * Value(1e154)).edges] == ["agree", "agree"]


@pytest.mark.parametrize("op", [ag.sin, ag.tan, ag.tanh, ag.atan, ag.asinh, ag.erf], ids=repr)
def test_an_odd_function_is_not_taken_for_a_line_through_0(op):
    assert ag.gradcheck(op(Value(0.0))).edges[0].differences == pytest.approx(op(1e-9) / 1e-9, rel=1e-9)


# --- values


def test_a_leaf_changed_after_recording_is_reported_as_that():
    x = Value(3.0, "x")
    y = x * x
    x.data = 4.0
    check = ag.gradcheck(y)
    assert [(found.engine, found.differences) for found in check.values] == [(9.0, 16.0)]
    assert not check
    assert "mul(x = 4.0, x = 4.0) (node 2)   recorded 9.0   now 16.0" in str(check)
    assert check.edges == []


def test_a_leaf_changed_where_the_value_does_not_show_it_is_reported_as_that():
    x, y = Value(3.0, "x"), Value(0.0, "y")
    product = x * y
    x.data = 4.0
    check = ag.gradcheck(product)
    assert not check
    assert [found.reason for found in check.edges if found.verdict == "fail"] == [
        "3.0 is stored, but the rule gives 4.0 now"
    ]


def test_a_function_that_gives_different_values_is_reported_as_that():
    numbers = iter(range(100))
    check = ag.gradcheck(lambda x: x * next(numbers), [2.0])
    assert not check
    assert check.is_nondeterministic
    assert str(check).startswith("f: not deterministic, so its derivatives cannot be checked")
    # Where PyTorch or JAX is imported, f is called once more to see whose arrays it returns.
    assert re.search(r"f   first call \d\.0   second call \d\.0   2 apart: seed", str(check))
    assert "  ∂f/∂x   engine 1.0   differences none   the recorded values do not hold" in str(check)


@pytest.mark.parametrize("at", [2.0, {"x": 2.0}], ids=["float", "dict"])
def test_given_derivatives_of_a_random_function_are_not_compared(at):
    draws = random.Random(0)
    check = ag.gradcheck(lambda x: np.array([1.0, draws.gauss(0.0, 0.1)]), at, gradient=[at, at])
    assert not check
    assert check.is_nondeterministic
    assert [x.verdict for x in check.leaves] == ["undecided", "undecided"]
    assert f"{abs(check.values[0].engine - check.values[0].differences):.2g} apart" in str(check)
    assert outcome(check) == "fail"


@pytest.mark.parametrize(("noise", "is_random"), [(0.4, True), (0.6, False)])
def test_two_calls_may_differ_by_twice_the_noise(noise, is_random):
    signs = iter([0.5, -0.5] * 1000)
    check = ag.gradcheck(lambda x: 100.0 * x + next(signs), 200.0, gradient=100.0, noise=noise)
    assert check.is_nondeterministic == is_random
    check = ag.gradcheck(lambda x: 100.0 * x + next(signs), 200.0, noise=noise)
    assert check.is_nondeterministic == is_random


def test_a_wrong_gradient_that_is_random_is_said_to_be():
    draws = random.Random(0)
    check = ag.gradcheck(lambda x: x * x, 2.0, gradient=lambda x: 2.0 * x + draws.gauss(0.0, 1.0))
    assert check.remarks[0].startswith("the derivatives are not deterministic: two calls differ by up to")
    assert not ag.gradcheck(lambda x: x * x, 2.0, gradient=lambda x: 3.0 * x).remarks


def test_a_seeded_function_is_checked():
    def f(x):
        return x * random.Random(0).gauss(0.0, 1.0)

    assert ag.gradcheck(f, 2.0, gradient=random.Random(0).gauss(0.0, 1.0))
    assert ag.gradcheck(f, 2.0)


def test_a_wrong_value_alone_makes_the_check_false():
    right = Finding(1.0, Difference(1.0, 0.0), "pass")
    assert Check("f", [right])
    assert not Check("f", [right], values=[replace(right, verdict="fail")])


# --- kinks and edges of domains


def test_at_a_kink_a_subgradient_passes_or_fails_as_asked():
    y = ag.relu(Value(0.0, "x"))
    check = ag.gradcheck(y)
    assert check
    assert [found.verdict for found in (*check.leaves, *check.edges)] == ["kink", "kink"]
    assert "slopes 0 and 1" in str(check)
    assert "0 is a valid subgradient" in str(check)
    strict = ag.gradcheck(y, kinks="fail")
    assert not strict
    assert [found.verdict for found in strict.edges] == ["fail"]


@pytest.mark.parametrize("slope", [-0.5, 2.0])
def test_at_a_kink_what_is_no_subgradient_fails(slope):
    check = ag.gradcheck(faulty("relu", lambda x, z: slope)(Value(0.0)))
    assert [found.verdict for found in check.edges] == ["fail"]


@pytest.mark.parametrize("op", [ag.step, ag.sign, ag.floor], ids=repr)
def test_at_a_jump_the_slope_of_the_pieces_is_accepted(op):
    assert ag.gradcheck(op(Value(0.0)))
    assert not ag.gradcheck(faulty(op.name, lambda x, z: 1.0)(Value(0.0)))


def test_nan_is_a_fair_partial_at_a_jump_and_none_at_a_kink():
    x, y = Value(0.0, "x"), Value(0.0, "y")
    unit = ops.unit(x, y)
    assert [found.verdict for found in ag.gradcheck(unit).edges] == ["kink", "kink"]
    assert "nan says so" in str(ag.gradcheck(ag.where(0.0, unit, x)))
    assert ag.gradcheck(ag.where(0.0, unit, x))
    assert not ag.gradcheck(ag.where(0.0, unit, x), kinks="fail")
    assert ag.gradcheck(faulty("abs", lambda x, z: x / z)(x)).edges[0].verdict == "fail"


def test_kinks_that_do_not_add_up_are_found():
    x = Value(0.0, "x")
    check = ag.gradcheck(ag.relu(x) - ag.relu(-x))
    assert not check
    assert "it passes kinks, whose subgradients need not add up" in str(check)


def test_beside_kinks_of_other_nodes_steps_are_kept_short():
    x = Value(0.4, "x")
    check = ag.gradcheck(ag.relu(x - 0.4 + 1e-9) * 3.0 + ag.relu(x - 0.4 - 1e-9) * 5.0)
    assert check
    assert check.leaves[0].differences == pytest.approx(3.0, rel=1e-6)


def test_a_kink_close_by_on_one_side_leaves_the_steps_on_the_other():
    check = ag.gradcheck(ag.exp(ag.relu(Value(0.4) - 0.4 + 1e-12)))
    assert check.leaves[0].difference.verdict(1.0) == "pass"


def test_a_branch_in_the_users_code_is_a_kink():
    def f(x):
        return 2.0 * x if x > 0.0 else x / 4.0

    assert ag.gradcheck(lambda x: f(x - 1.0), 1.0 + 1e-12).leaves[0].difference.verdict(2.0) == "pass"
    check = ag.gradcheck(f, 0.0)
    assert (check.leaves[0].verdict, check.leaves[0].engine) == ("kink", 0.25)


def test_an_infinite_slope_is_accepted_where_there_is_one():
    assert ag.gradcheck(ag.sqrt(Value(0.0)))
    assert not ag.gradcheck(faulty("sqrt", lambda x, z: -0.5 / z)(Value(0.0)))


def test_an_infinite_value_is_never_passed():
    check = ag.gradcheck(ag.exp(Value(1000.0)))
    assert not check
    assert [found.verdict for found in (*check.leaves, *check.edges)] == ["undecided", "undecided"]
    assert "the value is inf" in str(check)


def test_a_derivative_lost_to_inf_times_0_is_found():
    x = Value(-1.0, "x")
    check = ag.gradcheck(ag.sqrt(x - x))
    assert not check
    assert "an infinite partial meets a 0 on the way" in str(check)


# --- the evaluator


@pytest.mark.parametrize("seed", range(5))
def test_a_graph_evaluated_on_floats_gives_what_a_replay_gives(seed):
    draw = random.Random(seed)
    xs = [Value(draw.uniform(-2.0, 2.0)) for _ in range(3)]
    pool = list(xs)
    for _ in range(30):
        x, y = draw.choice(pool), draw.choice(pool)
        pool.append(draw.choice([x + y, x * y, ag.tanh(x), x - y, ag.maximum(x, y), ag.sigmoid(x), abs(x)]))
    C = ag.total(pool)
    at = [draw.uniform(-2.0, 2.0) for _ in xs]
    assert FlatGraph(C).restricted_to(xs)(at)[0][0] == ag.replay(C, dict(zip(xs, at, strict=True))).data


def test_each_output_is_labelled_by_the_pieces_that_it_depends_on_alone():
    x = Value(3.0)
    moved = FlatGraph(abs(x), x * x, abs(x) + ag.relu(x)).restricted_to([x])
    assert moved([-2.0]) == [(2.0, (-1.0,)), (4.0, ()), (2.0, (-1.0, -1.0))]


def test_an_overflow_on_the_way_is_carried_on_as_infinity():
    x = Value(1.0)
    assert FlatGraph(1.0 / (1.0 + ag.exp(-x))).restricted_to([x])([-800.0]) == [(0.0, ())]


def test_a_tolerance_that_is_none_is_refused():
    for rtol in (-1.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="rtol must be a relative tolerance from 0 to 1"):
            ag.gradcheck(Value(1.0) * 2.0, rtol=rtol)


# --- the structure


def modules_entered(function: Callable[[], object]) -> set[str]:
    """Return the modules of the checker whose functions are called."""
    modules: set[str] = set()
    function()

    def note(frame, event, arg):
        module = frame.f_globals.get("__name__", "")
        if module.startswith("autograd.checking."):
            modules.add(module)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return modules


def test_a_check_enters_at_most_ten_modules():
    *_, e = olah()
    assert len(modules_entered(lambda: bool(ag.gradcheck(e)))) <= 9
    entered = modules_entered(lambda: bool(ag.gradcheck(lambda x, y: ag.sin(x) * y, [2.0, 5.0], order=2)))
    assert len(entered - {"autograd.checking.library_derivatives"}) <= 9  # entered if PyTorch or JAX is imported
    wrong = modules_entered(lambda: str(ag.gradcheck(lambda x: x * x, 2.0, gradient=5.0)))
    stages = {"sampling", "finite_differences", "verdict", "hints", "report"}
    assert {name.rpartition(".")[2] for name in wrong} >= stages
    assert len(wrong) <= 10


def test_operands_moved_together_share_the_error_of_their_sum():
    """A partial of 0 is compared with the mean slope along the way."""
    xs = [1000.0 + 17.0 * k for k in range(12)]
    xs[3] = 1e-6
    weights = [0.0, *(2.0 ** (k % 5 - 2) * (-1.0) ** k for k in range(1, 12))]
    op = ag.Op("weighted", lambda *x: sum(map(float.__mul__, weights, x)), lambda *x, z: tuple(weights), None)
    edges = ag.gradcheck(op(*map(Value, xs))).edges
    moves = [max(abs(x), 0.1 * sum(xs) / len(xs)) for x in xs]
    assert all(edge.verdict == "pass" and edge.difference.evaluations == 0 for edge in edges)
    errors = [edge.error * move for edge, move in zip(edges, moves, strict=True)]
    assert errors == pytest.approx([errors[0]] * 12, rel=1e-9, abs=0.0)
    mean = sum(abs(w) * move for w, move in zip(weights, moves, strict=True)) / sum(moves)
    assert [edge.difference.swing for edge in edges] == pytest.approx([mean, *map(abs, weights[1:])])


@pytest.mark.parametrize("count", [7, 8, 9])
def test_many_operands_are_moved_together_and_few_one_by_one(count):
    xs = [Value(0.5 + k) for k in range(count)]
    evaluations = {edge.difference.evaluations for edge in ag.gradcheck(ag.total(xs)).edges}
    assert evaluations == ({2} if count < 8 else {0})
    assert len(ag.gradcheck(ag.total(xs), order=2).curvatures) == (count * count if count <= 8 else 1)


def test_a_replay_for_the_same_nodes_in_a_row_is_made_once() -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    graph = FlatGraph(x * y)
    replay = graph.restricted_to([x])
    assert graph.restricted_to([x]) is replay
    assert graph.restricted_to([y]) is not replay
    assert graph.restricted_to([y])([5.0])[0][0] == 10.0


def test_numbers_of_moderate_size_are_within_the_domain() -> None:
    """Of every operand in the table, and of operations with an end on one side or both."""
    operations = [op for op in ag.TABLE.values() if op.arity]
    for low, high in ((-math.inf, 1.0), (2.0, math.inf), (-3.0, -2.5)):
        operations.append(replace(ag.TABLE["sin"], name="own", domain=(ag.Interval(low, high, open=True),)))
    for op in operations:
        numbers = [moderate_number(op, slot) for slot in range(op.arity or 0)]
        assert all(x in interval_of(op.domain, slot) for slot, x in enumerate(numbers)), op.name
        assert all(x != y for x, y in itertools.pairwise(numbers))
