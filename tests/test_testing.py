"""Gradient checks as assertions, and the tests that an operation gets from its declaration."""

from __future__ import annotations

import io
import itertools
import math
import pickle
import random
import unittest

import numpy as np
import pytest
from points import BUILT_IN

import autograd as ag
from autograd import Interval, Value
from autograd.testing import SEED, GradientError, draw, outcome, properties

UNTOLD = {
    "unit@0.0,0.0,0.0": "where there is no direction its rule says nan in every operand",
    "floor@1e+300": "all numbers nearby are whole",
    "floor@-1e+300": "all numbers nearby are whole",
}
"""Cases that do not hold of an operation of the table, and why."""


pytestmark = pytest.mark.usefixtures("unchanged_table")


def failures(op: ag.Op, **options) -> dict[str, str]:
    """The cases that do not hold, by what comes after the name of the operation, with their reports."""
    found = {}
    for case in ag.op_cases(op, **options):
        try:
            case()
        except GradientError as error:
            found[str(case).removeprefix(op.name)] = str(error)
    return found


def softsign(rule=lambda x, z: 1.0 / (1.0 + ag.abs(x)) ** 2, **options) -> ag.Op:
    return ag.operation("softsign", lambda x: x / (1.0 + abs(x)), rule, **options)


# --- assertions


def test_what_holds_is_returned():
    check = ag.assert_gradients(lambda x, y: x * y, 2.0, 5.0)
    assert [found.engine for found in check.leaves] == [5.0, 2.0]
    assert ag.assert_gradients(lambda p: p[0] * p[1], [2.0, 5.0])
    assert ag.assert_gradients(lambda x: x * x, 3.0, gradient=lambda x: 2 * x)
    assert ag.assert_gradients(Value(2.0, "x") ** 3)


def test_what_does_not_hold_is_an_assertion_error_with_the_report():
    with pytest.raises(AssertionError, match="1 of 1 derivative is wrong") as caught:
        ag.assert_gradients(lambda x: x * x, 3.0, gradient=3.0)
    assert isinstance(caught.value, GradientError)
    assert str(caught.value) == str(caught.value.check)
    assert not caught.value.is_undecided
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_what_cannot_be_told_is_an_error_too_and_says_so():
    with pytest.raises(GradientError, match="small steps give one slope and large ones another") as caught:
        ag.assert_gradients(lambda x: x + 1e-8 * math.sin(1e8 * x), 1.7, gradient=1.0)
    assert caught.value.is_undecided


def test_a_kink_holds_unless_it_is_to_fail():
    assert outcome(ag.assert_gradients(ag.relu, 0.0)) == "kink"
    with pytest.raises(GradientError, match="not differentiable here"):
        ag.assert_gradients(ag.relu, 0.0, kinks="fail")


def test_what_is_wrong_beside_something_undecided_is_a_failure():
    rippled = lambda x, y: x + 1e-8 * math.sin(1e8 * x) + y  # noqa: E731
    assert outcome(ag.gradcheck(rippled, (1.7, 2.0), gradient=(1.0, 1.0))) == "undecided"
    assert outcome(ag.gradcheck(rippled, (1.7, 2.0), gradient=(1.0, 2.0))) == "fail"


class OwnOperation(unittest.TestCase):
    """What a user of unittest writes; not collected as a test of ours, for it has no test in its name."""

    def cases_hold(self):
        for case in ag.op_cases("softsign"):
            with self.subTest(str(case)):
                case()

    def cost_holds(self):
        ag.assert_gradients(lambda x: x * x, 3.0, gradient=3.0)


def run(name: str) -> tuple[unittest.TestResult, str]:
    stream = io.StringIO()
    return unittest.TextTestRunner(stream).run(OwnOperation(name)), stream.getvalue()


def test_unittest_shows_the_report_of_each_case_that_fails():
    softsign()
    assert run("cases_hold")[0].wasSuccessful()
    softsign(lambda x, z: 1.0 / (1.0 + ag.abs(x)))
    result, text = run("cases_hold")
    assert len(result.failures) > 3
    assert not result.errors
    assert "rule 0.0012484394506866417" in text or "off by a factor" in text
    result, text = run("cost_holds")
    assert len(result.failures) == 1
    assert "half what it should be" in text


# --- the cases of an operation


@pytest.mark.parametrize("name", sorted(set(BUILT_IN) - {"softmax"}))  # its first operand is an index
def test_the_cases_of_every_operation_of_the_table_hold(name):
    found = failures(BUILT_IN[name])
    assert [f"{name}{suffix}" for suffix in found if f"{name}{suffix}" not in UNTOLD] == [], found


def test_an_operation_gets_some_twenty_cases_named_after_it_and_the_point():
    cases = ag.op_cases(softsign())
    names = list(map(str, cases))
    assert 18 <= len(cases) <= 26
    assert len(set(names)) == len(names)
    assert all(name.startswith("softsign") for name in names)
    assert {"softsign@0.0", "softsign@1e+300", "softsign-nan", "softsign-pickle"} <= set(names)
    assert repr(cases[-1]) == f"<test of {names[-1]}>"


def test_the_points_are_the_same_every_time_and_others_with_another_seed():
    op = softsign()
    before = list(map(str, ag.op_cases(op)))
    assert list(map(str, ag.op_cases("softsign"))) == before
    token = SEED.set(1)
    other = list(map(str, ag.op_cases(op)))
    SEED.reset(token)
    assert other != before
    assert list(map(str, ag.op_cases(op))) == before


def test_nobodys_random_state_is_touched():
    random.seed(5)
    np.random.seed(5)
    states = random.getstate(), np.random.get_state()[1].tolist()
    assert failures(softsign()) == {}
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states


def test_points_of_ones_own_take_the_place_of_drawn_ones():
    names = list(map(str, ag.op_cases(softsign(), points=[2.0, (0.5,)])))
    assert names[:4] == ["softsign@2.0", "softsign@0.5", "softsign@2.0-second-order", "softsign@0.5-second-order"]
    with pytest.raises(ValueError, match="a point of softsign must have 1 number, got"):
        ag.op_cases("softsign", points=[(1.0, 2.0)])


def test_an_operation_that_is_nowhere_or_unknown_is_refused():
    nowhere = ag.operation("nowhere", lambda x: math.log(-1.0), lambda x, z: x, requires="a miracle")
    with pytest.raises(ValueError, match="points must include one at which nowhere has a finite value"):
        ag.op_cases(nowhere)
    with pytest.raises(LookupError, match="there is no operation 'softsing'; did you mean softsign"):
        softsign() and ag.op_cases("softsing")


def test_drawn_points_lie_in_their_domain_and_have_few_digits():
    points = draw((Interval(0.0, 1.0, open=True), Interval(high=-5.0), Interval()), 4, 200)
    assert all(0.0 < x < 1.0 and y <= -5.0 for x, y, *_ in points)
    assert {z > 0.0 for _, _, z, _ in points} == {True, False}
    assert sum(len(repr(x)) <= 9 for point in points for x in point) >= 760  # all but those near an end


# --- what they find


def test_a_kink_is_found_by_its_branch_and_a_wrong_subgradient_with_it():
    shifted = {"branch": lambda x: math.copysign(1.0, x - 1.7)}
    hinge = ag.operation("hinge", lambda x: max(x - 1.7, x * 0), lambda x, z: ag.step(x - 1.7), **shifted)
    assert "hinge@1.7" in map(str, ag.op_cases(hinge))
    assert failures(hinge) == {}
    steep = ag.operation("hinge", hinge.forward, lambda x, z: ag.where(x - 1.7, ag.step(x - 1.7), 2.0), **shifted)
    assert list(failures(steep)) == ["@1.7"]


def test_a_kink_with_curved_sides_needs_no_branch():
    steep, flat = 1.75, 1.05

    def selu(factor=1.0):
        rule = lambda x, z: ag.where(x > 0.0, flat, factor * steep * ag.exp(x))  # noqa: E731
        return ag.operation("selu", lambda x: flat * x if x > 0.0 else steep * math.expm1(x), rule)

    points = [(0.0,), (1.5,), (-1.25,)]
    assert failures(selu(), points=points) == {}
    assert set(failures(selu(1.1), points=points)) >= {"@0.0", "@-1.25"}
    gate = lambda x, z: ag.where(x > 3.0, 1.0, ag.where(x < -3.0, 0.0, (2.0 * x + 3.0) / 6.0))  # noqa: E731
    hardswish = ag.operation("hardswish", lambda x: x * min(max(x + 3.0, 0.0), 6.0) / 6.0, gate)
    assert failures(hardswish, points=[(-3.0,), (3.0,), (0.5,)]) == {}


def test_a_wrong_rule_is_found_at_ordinary_points():
    found = failures(softsign(lambda x, z: 1.0 / (1.0 + ag.abs(x))))
    assert sum("1 of 1 partial is wrong" in report for report in found.values()) >= 8


def test_a_rule_that_cancels_is_found_at_extreme_points():
    gudermann = lambda x: 2.0 * math.atan(math.tanh(0.5 * x))  # noqa: E731
    good = ag.operation("gudermann", gudermann, lambda x, z: ag.sech(x))
    assert failures(good) == {}
    bad = ag.operation("gudermann", gudermann, lambda x, z: ag.where(abs(x) > 20.0, 1.0, ag.sech(x)))
    assert set(failures(bad)) >= {"@30.0", "@-30.0"}


def test_a_rule_that_raises_where_there_is_a_value_is_found():
    root = ag.operation("root", math.sqrt, lambda x, z: 0.5 / z if z else math.log(x), domain=Interval(0.0))
    found = failures(root)
    assert set(found) == {"@0.0", "-raises"}
    assert "root(0.0) gives 0.0 on floats, but raises ValueError on Values" in found["@0.0"]


def test_a_rule_that_takes_values_apart_is_found_at_second_order():
    own = ag.operation("own_sin", math.sin, lambda x, z: math.cos(x))
    found = failures(own)
    assert all(suffix.endswith("-second-order") for suffix in found)
    assert "the rule of own_sin: the argument of cos() must be a plain number" in next(iter(found.values()))
    detached = ag.operation("own_sin", math.sin, lambda x, z: ag.cos(getattr(x, "data", x)))
    reports = failures(detached)
    assert len(reports) == 2
    assert all("differences of the rule on floats" in report for report in reports.values())


def test_a_special_case_that_is_not_a_derivative_is_found_by_symmetry():
    # x**y with d/dx = 0 wherever y = 0, which is right, but not for the derivative in y of that.
    power = {"domain": (Interval(0.0, open=True), Interval()), "requires": "x > 0"}
    rule = lambda x, y, z: (ag.where(y, y * x ** (y - 1.0), 0.0), z * ag.log(x))  # noqa: E731
    own = ag.operation("own_pow", math.pow, rule, **power)
    found = failures(own, points=[(7.0, 0.0), (2.0, 1.5)])
    assert "@7.0,0.0-symmetry" in found
    assert "∂²own_pow/∂y∂x is 0.0" in found["@7.0,0.0-symmetry"]
    assert not {"@7.0,0.0", "@2.0,1.5-symmetry"} & set(found)


def test_a_nan_that_disappears_is_found_unless_the_operand_does_not_matter():
    clamp = ag.operation("clamp", lambda x: max(0.0, x), lambda x, z: ag.step(x), branch=lambda x: float(x > 0.0))
    assert failures(clamp) == {"-nan": "clamp(nan) is 0.0: nan must not disappear"}
    first = ag.operation("first", lambda x, y: x, lambda x, y, z: (1.0, 0.0))
    assert failures(first) == {}


def test_a_domain_that_is_not_declared_is_found():
    half_log = ag.operation("half_log", lambda x: 0.5 * math.log(x), lambda x, z: 0.5 / x)
    assert "half_log(-1e+300) has no value, but it is declared for x finite" in failures(half_log)["-raises"]
    right = ag.operation("half_log", half_log.forward, half_log.partials, domain=Interval(0.0, open=True))
    assert failures(right) == {}
    in_words = ag.operation("over", lambda x, y: x / y, lambda x, y, z: (1.0 / y, -z / y), requires="y other than 0")
    assert failures(in_words) == {}


def test_an_operation_that_turns_complex_has_its_cases():
    """Python's powers of negative floats are complex, which is no value."""
    undeclared = ag.operation("power_undeclared", lambda x: x**1.5, lambda x, z: 1.5 * ag.sqrt(x))
    assert list(failures(undeclared)) == ["-raises"]
    assert "has no value, but it is declared for x finite" in failures(undeclared)["-raises"]
    declared = ag.operation(
        "power_declared", lambda x: x**1.5, lambda x, z: 1.5 * ag.sqrt(x), domain=(ag.domains.Interval(0.0),)
    )
    assert failures(declared) == {}


def test_a_function_that_changes_its_mind_is_found():
    calls = iter(range(10**6))
    moody = ag.operation("moody", lambda x: x + 1e-3 * next(calls), lambda x, z: 1.0)
    found = failures(moody)
    assert {"-values", "-arrays"} <= set(found)


def test_one_wrong_element_of_an_array_is_found():
    """Whichever evaluation goes astray, of floats, of an array of floats or of one of Values."""
    points = [(0.5, 2.0), (1.5, -3.0), (-0.25, 1.0), (4.0, 0.125)]

    def calls_until(wrong: int) -> int:
        calls = itertools.count()
        op = ag.operation("once", lambda x, y: x * y + (next(calls) == wrong), lambda x, y, z: (y, x))
        properties.takes_arrays(op, points)
        return next(calls)

    count = calls_until(-1)
    assert count >= 3 * len(points)
    for wrong in range(count):
        with pytest.raises(GradientError, match=r"once gives .* on arrays, but .* element by element"):
            calls_until(wrong)


@pytest.mark.parametrize("form", [lambda z: z[:-1], lambda z: z[::-1], lambda z: z + 1.0, lambda z: z * [1, 1, -1]])
def test_array_of_another_form_is_found(form):
    class Other:
        name = "other"

        def __call__(self, x: object) -> object:
            return form(ag.exp(x)) if isinstance(x, np.ndarray) else ag.exp(x)

    with pytest.raises(GradientError, match=r"other gives .* on arrays"):
        properties.takes_arrays(Other(), [(0.5,), (1.5,), (2.5,)])
    properties.takes_arrays(ag.exp, [(0.5,), (1.5,), (2.5,)])


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize("is_on_values", [True, False])
@pytest.mark.parametrize(
    "wrong", [lambda p: 2.0 * p, lambda p: p + 1e-6, lambda p: p * math.nan, lambda p: p * math.inf]
)
def test_rule_that_gives_other_numbers_on_values_is_found(slot, is_on_values, wrong):
    """The error tells of the rule, and not of operands that were changed."""

    def rule(x, y, z):
        right = [y, x]
        if isinstance(z, Value) == is_on_values:
            right[slot] = wrong(right[slot])
        return tuple(right)

    op = ag.operation("own_mul", lambda x, y: x * y, rule)
    with pytest.raises(GradientError) as caught:
        properties.second_order_holds(op, (2.0, 5.0))
    right = (5.0, 2.0)[slot]
    on_floats, on_values = (right, wrong(right)) if is_on_values else (wrong(right), right)
    both = f"{on_floats!r} on floats, but {on_values!r} on Values"
    assert str(caught.value) == f"the rule of own_mul(2.0, 5.0) gives ∂own_mul/∂{'xy'[slot]} = {both}"


def test_rule_that_gives_nan_on_floats_and_values_is_one_rule():
    op = ag.operation("own_mul", lambda x, y: x * y, lambda x, y, z: (y, x * math.nan))
    with pytest.raises(GradientError, match="finite differences of the rule on floats"):
        properties.second_order_holds(op, (2.0, 5.0))


def test_an_operation_that_was_declared_again_is_found_by_its_pickle():
    old = softsign()
    softsign()
    assert failures(old) == {"-pickle": "the table has another operation named 'softsign'; was it declared twice?"}


def test_what_is_declared_besides_is_held_against_the_rest():
    own = softsign(written=lambda x, z: 1.0 - ag.abs(z), numpy="sign")
    assert set(failures(own)) == {"-written", "-numpy"}
    sine = ag.operation("own_sin", math.sin, lambda x, z: ag.cos(x), numpy="sin")
    assert failures(sine) == {}
    assert "own_sin-numpy" in map(str, ag.op_cases(sine))
