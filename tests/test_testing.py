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
from autograd.testing import SEED, GradientError, draw, outcome, points, properties

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
    for function in (math.sin, ag.softmax, lambda x: x):
        with pytest.raises(TypeError, match=r"op must be an operation or the name of one, got \w+; declare"):
            ag.op_cases(function)


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
    # The function of the report is the partial, by its name.
    with pytest.raises(GradientError, match=r"(?s)finite differences of the rule on floats.*down_mul_dy"):
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


# --- the points


def power(*domain: Interval) -> ag.Op:
    domain = domain or (Interval(-1.0, 2.0), Interval(0.0, open=True))
    return ag.operation("own_power", lambda x, y: x * y**0.5, lambda x, y, z: (y**0.5, 0.5 * z / y), domain=domain)


@pytest.mark.parametrize(
    ("interval", "numbers"),
    [
        (Interval(), [-2.29, -8.51, -2.63, 1.95, -2.27, -2.03]),
        (Interval(2.0), [4.29, 2.87, 2.96, 4.98, 4.35, 3.0]),
        (Interval(high=-5.0), [-7.29, -5.87, -5.96, -7.98, -7.35, -6.0]),
        (Interval(-1.0, 1.0), [-0.469, 0.744, 0.274, 0.413, -0.324, 0.755]),
        (Interval(0.0, 1e-3, open=True), [0.000266, 0.000872, 0.000637, 0.000707, 0.000338, 0.000878]),
    ],
)
def test_drawn_numbers_stay_as_they_are(interval, numbers):
    """They are in names of tests and in reports."""
    assert draw(interval, 1, 6, "f") == [(x,) for x in numbers]
    assert draw((interval,), 1, 6, "f") == [(x,) for x in numbers]


def test_drawn_numbers_are_of_moderate_size():
    """Half of them are spread over the powers of ten from 10⁻³ to 10, and half lie between 0.1 and 3."""
    numbers = [x for (x,) in draw((), 1, 4000)]
    assert 0.48 < sum(x > 0.0 for x in numbers) / 4000 < 0.52
    sizes = [abs(x) for x in numbers]
    assert 0.001 <= min(sizes) < 0.0015
    assert 9.5 < max(sizes) <= 10.0
    for most, log_uniform, uniform in ((0.01, 0.25, 0.0), (0.1, 0.5, 0.0), (1.0, 0.75, 0.9 / 2.9), (3.0, 0.8693, 1.0)):
        assert sum(x <= most for x in sizes) / 4000 == pytest.approx(0.5 * log_uniform + 0.5 * uniform, abs=0.025)


def test_a_number_that_rounds_out_of_its_interval_is_not_rounded():
    ((x,),) = draw(Interval(1.0001, 1.0002), 1, 1)
    assert 1.0001 < x < 1.0002
    assert (x,) != (float(f"{x:.3g}"),)


def test_ordinary_points_have_finite_values_and_none_comes_twice():
    op = power()
    assert points.ordinary(op) == [(0.0085, 0.528), (-0.786, 2.76), (0.719, 0.594), (-0.874, 2.2)]
    # There are 100 attempts.
    for least, found in ((0.97, [0.997, 0.999, 0.973, 0.988]), (0.99, [0.997, 0.999]), (1.0, [])):
        seldom = ag.operation(
            "seldom", lambda x, least=least: 1.0 / (x > least), lambda x, z: 0.0, domain=Interval(0.0, 1.0)
        )
        assert points.ordinary(seldom) == [(x,) for x in found]
    few = ag.operation("few", lambda x: x, lambda x, z: 1.0, domain=Interval(0.0, 2e-323))
    assert len(set(points.ordinary(few))) == 4
    single = ag.operation("single", lambda x: x, lambda x, z: 1.0, domain=Interval(1.0, 1.0))
    assert points.ordinary(single) == [(1.0,)]
    assert [len(x) for x in points.ordinary(ag.TABLE["total"])] == [3] * 4


def test_extreme_points_lie_in_the_domain():
    op = power()
    assert points.extreme(op, (0.5, 3.0)) == [
        *[(1e-100, 1e-100), (1e-100, 1e200), (0.0, 3.0), (-1e-8, 3.0)],
        *[(-1.0, 3.0), (-0.999999, 3.0), (2.0, 3.0), (1.999998, 3.0), (0.5, 1e-6)],
    ]
    assert points.extreme(power(Interval(), Interval(0.0)), (0.5, 3.0)) == [
        *[(1e-100, 1e-100), (1e200, 1e200), (1e200, 1e-100), (1e-100, 1e200)],
        *[(0.0, 3.0), (-1e-8, 3.0), (0.5, 0.0), (0.5, 1e-6)],
    ]
    one = ag.operation("one", lambda x: x, lambda x, z: 1.0, domain=Interval(-1.0, 1000.0))
    assert points.extreme(one, (0.5,)) == [
        (x,) for x in (0.0, 1e-300, -1e-8, 30.0, 800.0, -1.0, -0.999999, 1000.0, 999.999)
    ]
    sizes = (0.0, 1e-300, -1e-8, 30.0, -30.0, 800.0, -800.0, 1e300, -1e300)
    assert points.extreme(softsign(), (0.5,)) == [(x,) for x in sizes]


def test_ties_lie_in_the_domain():
    assert points.ties(power(), (0.5, 3.0)) == [(1.0, 1.0)]
    assert points.ties(ag.TABLE["hypot"], (1.0, 2.0, 3.0)) == [(0.0,) * 3, (1.0,) * 3, (-2.0,) * 3]
    assert points.ties(softsign(), (0.5,)) == []


def test_points_anywhere_are_those_of_a_grid_and_the_ends_of_the_domain():
    grid = {-1e300, -100.0, -10.0, -3.0, -1.0, -0.5, -0.3, 0.0, 0.3, 0.5, 1.0, 3.0, 10.0, 100.0, 1e300}
    numbers = sorted(grid | {-0.999999, 2.0, 1.999998, 1e-6})
    single = [*[(x, 3.0) for x in numbers], *[(0.5, x) for x in numbers if x != 3.0]]
    tied = [(x, x) for x in numbers if x != 0.5]
    found = points.anywhere(power(Interval(-1.0, 2.0), Interval(0.0)), (0.5, 3.0))
    assert found == [*single, *[point for point in tied if point not in single]]
    assert points.anywhere(softsign(), (0.7,)) == [(x,) for x in sorted(grid)]


def test_kinks_are_where_the_branch_changes():
    def branched(branch, rule=lambda x, y, z: (1.0, 1.0), **options):
        return ag.operation("branched", lambda x, y: x + y, rule, branch=branch, **options)

    at = (0.5, 0.25)
    assert points.kinks(branched(lambda x, y: float(x > 1.7)), at) == [(1.7, 0.25)]
    assert points.kinks(branched(lambda x, y: float(x >= 1.7)), at) == [(1.7, 0.25)]
    assert points.kinks(branched(lambda x, y: float(y > 2.5) - 4.0 * float(x > -7.5)), at) == [(-7.5, 0.25), (0.5, 2.5)]
    stairs = branched(lambda x, y: float(x > 2.0) + float(x > 5.0) + float(x > 50.0) + float(x > 500.0))
    assert points.kinks(stairs, at) == [(2.0, 0.25), (5.0, 0.25), (50.0, 0.25)]
    inside = branched(lambda x, y: float(x > 1.7) + float(x > 20.0), domain=(Interval(high=10.0), Interval()))
    assert points.kinks(inside, at) == [(1.7, 0.25)]
    raising = branched(lambda x, y: math.log(x) * 0.0)
    assert points.kinks(raising, at) == [(0.0, 0.25)]
    assert points.kinks(branched(lambda x, y: 1.0), at) == []


def test_inside_is_inside_for_every_operand():
    op = power()
    assert points.is_inside(op, (2.0, 1.0))
    assert not points.is_inside(op, (2.5, 1.0))
    assert not points.is_inside(op, (2.0, 0.0))
    assert points.is_inside(ag.TABLE["total"], (1.0, 2.0, 3.0))


def test_a_point_has_a_finite_value_or_none():
    for x, is_finite in ((1.0, True), (-1.0, False), (0.0, False), (1e300, True), (math.inf, False)):
        assert points.is_finite(ag.log, (x,)) == is_finite
    steep = ag.operation("steep", lambda x: math.exp(x), lambda x, z: z)
    assert not points.is_finite(steep, (1000.0,))


# --- the cases one by one


def test_cases_of_one_operand_are_in_order():
    names = [str(case) for case in ag.op_cases(softsign(), points=[2.0, 0.0, -3.0])]
    at = ["@2.0", "@0.0", "@-3.0", "@2.0-second-order", "@0.0-second-order"]
    at += ["@1e-300", "@-1e-08", "@30.0", "@-30.0", "@800.0", "@-800.0", "@1e+300", "@-1e+300"]
    at += ["-nan", "-infinity", "-raises", "-values", "-arrays", "-pickle"]
    assert names == [f"softsign{x}" for x in at]


def test_cases_of_several_operands_are_in_order():
    op = ag.operation(
        "larger", max, lambda x, y, z: (ag.step(x - y), ag.step(y - x)), written=lambda x, y, z: (0.0, 0.0),
        numpy="maximum", branch=lambda x, y: float(x > y),
    )  # fmt: skip
    names = [str(case) for case in ag.op_cases(op, points=[(2.0, 5.0), (4.0, 5.0), (7.0, 1.0)])]
    at = ["@2.0,5.0", "@4.0,5.0", "@7.0,1.0", "@2.0,5.0-second-order", "@4.0,5.0-second-order"]
    at += ["@5.0,5.0", "@2.0,2.0", "@0.0,0.0", "@1.0,1.0", "@-2.0,-2.0"]
    at += ["@1e-100,1e-100", "@1e+200,1e+200", "@1e+200,1e-100", "@1e-100,1e+200"]
    at += ["@0.0,5.0", "@-1e-08,5.0", "@2.0,0.0", "@2.0,-1e-08"]
    at += [f"@{x}-symmetry" for x in ("2.0,5.0", "4.0,5.0", "0.0,0.0", "1.0,1.0", "-2.0,-2.0")]
    at += ["-nan", "-infinity", "-raises", "-values", "-arrays", "-pickle", "-written", "-numpy"]
    assert names == [f"larger{x}" for x in at]


def test_a_point_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"^a point of own_power must have 2 numbers, got 1.0; give one for each"):
        ag.op_cases(power(), points=[1.0])
    with pytest.raises(ValueError, match=r"^a point of own_power must have 2 numbers, got \[1.0, 2.0, 3.0\]; give"):
        ag.op_cases(power(), points=[[1.0, 2.0, 3.0]])
    assert str(ag.op_cases("total", points=[(1.0, 2.0, 3.0, 4.0)])[0]) == "total@1.0,2.0,3.0,4.0"
    assert str(ag.op_cases("total", points=[5])[0]) == "total@5.0"


def test_a_point_without_a_value_is_no_point_to_check():
    assert failures(ag.TABLE["log"], points=[2.0, -1.0]) == {
        "@-1.0": "log(-1.0) has no value, so there is no derivative to check here"
    }


def raised(check, *args) -> str:
    """The message of the error, "" if the property holds."""
    try:
        check(*args)
    except GradientError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: x, 2.0),
        (lambda x: math.sqrt(-x), properties.NO_VALUE),
        (lambda x: x / 0, properties.NO_VALUE),
        (lambda x: (-x) ** 0.5, properties.NO_VALUE),
        (lambda x: math.exp(1e4), properties.TOO_LARGE),
    ],
)
def test_the_result_of_a_float_function_is_a_value_or_a_kind_of_error(f, expected):
    assert properties.result_of(f, (2.0,)) == expected


def test_results_are_the_same_if_equal_or_both_nan():
    nan, text = math.nan, properties.NO_VALUE
    for a, b, expected in (
        *[(1.0, 1.0, True), (1.0, 2.0, False), (nan, nan, True), (nan, 1.0, False), (1.0, nan, False)],
        *[(text, text, True), (text, nan, False), (nan, text, False), (text, properties.TOO_LARGE, False)],
    ):
        assert properties.same(a, b) == expected


def test_an_operation_that_differs_from_its_function_is_found():
    """Whichever call goes astray: of the operation on floats, of the function, or of the operation on Values."""

    def message(wrong: int) -> str:
        calls = itertools.count()
        op = ag.operation("once", lambda x: 2.0 * x + (next(calls) == wrong), lambda x, z: 2.0)
        return raised(properties.applied, op, (3.0,))

    assert [message(wrong) for wrong in range(4)] == [
        "once(3.0) gives 7.0, but its float function gives 6.0",
        "once(3.0) gives 6.0, but its float function gives 7.0",
        "once(3.0) gives 6.0 on floats, but 7.0 on Values",
        "",
    ]


def test_an_error_on_values_is_found_unless_floats_raise_too():
    def op(forward, rule=lambda x, z: 1.0, **options):
        return ag.operation("raising", forward, rule, **options)

    assert properties.applied(op(lambda x: math.sqrt(x)), (-1.0,)) is None
    assert properties.applied(op(lambda x: math.exp(x)), (1000.0,)) is None
    assert properties.applied(op(lambda x: math.exp(x), numpy="exp"), (1000.0,)).data == math.inf
    too_large = raised(properties.applied, op(lambda x: x, lambda x, z: math.exp(1e4)), (2.0,))
    assert too_large == "raising(2.0) gives 2.0 on floats, but raises OverflowError on Values: math range error"
    assert raised(properties.applied, op(lambda x: math.sqrt(x), numpy="sqrt"), (-1.0,)) == ""


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize(
    "swallow",
    [lambda x: 1.5 if math.isnan(x) else min(x, 1.5), lambda x: 2.5 if math.isnan(x) else max(x, 2.5)],
    ids=["by less", "by more"],
)
def test_an_operand_with_an_effect_on_either_side_keeps_nan(slot, swallow):
    op = ag.operation("swallow", lambda *xs: swallow(xs[slot]), lambda x, y, z: (1.0, 1.0))
    missing = "nan, 2.0" if slot == 0 else "2.0, nan"
    value = swallow(math.nan)
    assert raised(properties.keeps_nan, op, [(2.0, 2.0)]) == f"swallow({missing}) is {value}: nan must not disappear"
    ignoring = ag.operation("ignoring", lambda x, y: 7.0, lambda x, y, z: (0.0, 0.0))
    assert raised(properties.keeps_nan, ignoring, [(2.0, 2.0)]) == ""


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize("infinity", [math.inf, -math.inf])
def test_a_rule_that_raises_at_an_infinity_is_found(slot, infinity):
    def rule(*operands, z=None):
        x, y, _ = operands
        if (x, y)[slot] == infinity:
            raise ArithmeticError("infinite")
        return 1.0, 1.0

    op = ag.operation("finite_only", lambda x, y: x + y, lambda x, y, z: rule(x, y, z))
    message = raised(properties.takes_infinity, op, [(1.0, 2.0)])
    assert "on floats, but raises ArithmeticError on Values: infinite" in message
    assert message.startswith(f"finite_only({infinity}, 2.0)" if slot == 0 else f"finite_only(1.0, {infinity})")


def test_a_value_that_changes_with_the_type_of_the_operands_is_found():
    """At every call: of floats, of NumPy's floats, of Values, and of a Value with floats."""

    def message(wrong: int) -> str:
        calls = itertools.count()
        op = ag.operation("once", lambda x, y: x * y + (next(calls) == wrong), lambda x, y, z: (y, x))
        return raised(properties.is_one_function, op, [(2.0, 5.0)])

    assert [message(wrong) for wrong in range(6)] == [
        "once(2.0, 5.0) is 11.0 at first, but then 10.0 as a float",
        *[f"once(2.0, 5.0) is 10.0 at first, but then 11.0 as a {x}" for x in ("float", "float64", "Value", "Value")],
        "",
    ]


def test_second_partials_may_differ_by_the_rounding_of_their_terms():
    def message(ulps: int, names=lambda x, y, z: None) -> str:
        factor = 1.0 + ulps * math.ulp(1.0)
        op = ag.operation("own_mul", lambda x, y: x * y, lambda x, y, z: (y, x * factor))
        return raised(properties.is_symmetric, op, (2.0, 5.0))

    assert message(64) == ""
    assert message(65) == (
        "at own_mul(2.0, 5.0) ∂²own_mul/∂x∂y is 1.0000000000000144, and ∂²own_mul/∂y∂x is 1.0: "
        "a special case of the rule does not hold for its derivative"
    )
    infinite = ag.operation("own_mul", lambda x, y: x * y, lambda x, y, z: (y * math.inf, x))
    assert raised(properties.is_symmetric, infinite, (2.0, 5.0)) == ""
    assert raised(properties.is_symmetric, ag.TABLE["div"], (1.0, 0.0)) == ""


def test_operands_of_an_operation_of_any_number_are_numbered():
    product = ag.operation(
        "own_product",
        lambda *xs: math.prod(xs),
        lambda *xs, z: tuple((i + 1) * math.prod([*xs[:i], *xs[i + 1 :]]) for i in range(len(xs))),
    )
    message = raised(properties.is_symmetric, product, (2.0, 3.0, 5.0))
    assert message.startswith("at own_product(2.0, 3.0, 5.0) ∂²own_product/∂x1∂x2 is 10.0, and ∂²own_product/∂x2∂x1")


def test_a_written_form_may_differ_by_rounding():
    def message(point: tuple[float, float], error: float, absolute: float = 0.0) -> str:
        op = ag.operation(
            "own_mul",
            lambda x, y: x * y,
            lambda x, y, z: (y, x),
            written=lambda x, y, z: (y, x * (1.0 + error) + absolute),
        )
        return raised(properties.is_written_right, op, [point])

    assert message((1.0, 2.0), 0.5e-9) == message((1.0, 2.0), -0.5e-9) == ""
    assert (
        message((1.0, 2.0), 0.5)
        == "the rule of own_mul(1.0, 2.0) gives 1.0 for operand 1, but its written form gives 1.5"
    )
    assert message((1.0, 2.0), 2e-9) != ""
    # At 0 the tolerance is 10⁻¹⁴ of the largest number, or of 1.
    for other, limit in ((0.5, 1e-14), (5.0, 5e-14), (-70.0, 7e-13)):
        assert message((0.0, other), 0.0, 0.9 * limit) == ""
        assert message((0.0, other), 0.0, 1.1 * limit) != ""
    nan = ag.operation("own_nan", lambda x: x, lambda x, z: math.nan, written=lambda x, z: math.nan)
    assert raised(properties.is_written_right, nan, [(1.0,)]) == ""


def test_numpys_function_may_differ_by_rounding():
    def message(error: float, name: str = "sin") -> str:
        op = ag.operation("near_sin", lambda x: math.sin(x) * (1.0 + error), lambda x, z: ag.cos(x), numpy=name)
        return raised(properties.is_numpys_function, op, [(0.5,)])

    assert message(0.5e-9) == ""
    sine = math.sin(0.5)
    theirs = f"numpy.sin gives {sine!r} on floats, and Value({sine!r}) on Values"
    assert message(2e-9) == f"near_sin(0.5) is {sine * (1.0 + 2e-9)!r}, but {theirs}"
    # NumPy gives a float for Values: the derivative is lost.
    plain = ag.operation("own_one", lambda x: 1.0, lambda x, z: 0.0, numpy="isscalar")
    assert raised(properties.is_numpys_function, plain, [(0.5,)]) == (
        "own_one(0.5) is 1.0, but numpy.isscalar gives 1.0 on floats, and False on Values"
    )
