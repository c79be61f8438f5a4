"""What the gradient checker says a mistake may be: only what holds at several points."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from faults import faulty

import autograd as ag
from autograd import TABLE, Interval, Value, ops
from autograd.checking.consistency import subset_with_sum
from autograd.checking.hints import _drawn_operands, _RuleSample, hint
from autograd.symbolic import formula as formulas

pytestmark = pytest.mark.usefixtures("unchanged_table")


@pytest.mark.parametrize(
    ("name", "rule", "slot", "words"),
    [
        ("tanh", lambda x, z: 1.0 - z, 0, "the rule is 1 − z, where 1 − z² would hold"),
        ("sigmoid", lambda x, z: z, 0, "the rule is z, where z·(1 − z) would hold"),
        ("sigmoid", lambda x, z: z * (1.0 + z), 0, "the rule is z·(1 + z), where z·(1 − z) would hold"),
        ("sigmoid", lambda x, z: x * (1.0 - z), 0, "the rule is x·(1 − z), where z·(1 − z) would hold"),
        ("log", lambda x, z: x, 0, "the rule is x, where 1/x would hold"),
        ("sqrt", lambda x, z: 0.5 / x, 0, "the rule is 0.5/x, where 0.5/z would hold"),
        ("tan", lambda x, z: 1.0 + z, 0, "the rule is 1 + z, where 1 + z² would hold"),
        ("cbrt", lambda x, z: 1.0 / (3.0 * z), 0, "where 1/(3z²) would hold"),
        ("atan", lambda x, z: 1.0 / (1.0 + x), 0, "where 1/(1 + x²) would hold"),
        ("gaussian", lambda x, z: -z, 0, "the rule is −z, where −z·x would hold"),
        ("div", lambda x, y, z: (1.0 / y, -z), 1, "where −z/y would hold"),
        ("pow", lambda x, y, z: (y * ag.pow(x, y), 0.0), 0, "the rule is y·x^y, where"),
        ("sin", lambda x, z: -ag.sin(x), 0, "it is the rule of cos"),
        ("silu", lambda x, z: ag.sigmoid(x), 0, "it is the rule of softplus"),
        ("atan2", lambda y, x, z: (ops.unit(y, x), ops.unit(x, y)), 0, ""),
    ],
)
def test_a_slip_is_named_where_one_change_mends_it_everywhere(name, rule, slot, words):
    op = faulty(name, rule)
    data = [0.4 + 0.3 * k for k in range(op.arity)] if op.arity else [0.4, 0.7]
    found = hint(op, data, range(len(data)), slot)
    assert words in found if words else found == ""


EXP = math.exp


@pytest.mark.parametrize(
    ("rule", "forward", "right"),
    [
        (lambda x, z: x**2 + x, lambda x: x**4 / 4 + x**2 / 2, "x³ + x"),
        (lambda x, z: x**3 + x, lambda x: x**3 / 3 + x**2 / 2, "x² + x"),
        (lambda x, z: x**2 + x, lambda x: x**5 / 5 + x**2 / 2, "x⁴ + x"),
        (lambda x, z: x**2 + x, lambda x: -1 / x + x**2 / 2, "x⁻² + x"),
        (lambda x, z: x + 1, lambda x: x**3 / 3 + x, "x² + 1"),
        (lambda x, z: ag.exp(x) + 1, lambda x: x - EXP(-x), "exp(−x) + 1"),
        (lambda x, z: x * ag.exp(x), lambda x: (2 - x) * EXP(x), "(1 − x)·exp(x)"),
        (lambda x, z: x * ag.exp(x), lambda x: x * EXP(x), "(1 + x)·exp(x)"),
        (lambda x, z: x * ag.exp(x), lambda x: (x - 2) * EXP(x), "(x − 1)·exp(x)"),
        (lambda x, z: z, lambda x: EXP(x) - x - 1, "z + x"),
        (lambda x, z: z, lambda x: EXP(x) + x + 1, "z − x"),
        (lambda x, z: x**3 + x, lambda x: x**4 / 4, "x³"),
        (lambda x, z: x**3 + x, lambda x: x**2 / 2, "x"),
        (lambda x, z: x**3 + x, lambda x: x**4 / 4 - x**2 / 2, "x³ − x"),
        (lambda x, z: x**3 - x, lambda x: x**4 / 4 + x**2 / 2, "x³ + x"),
        (lambda x, z: x**3 - x + 1, lambda x: x**2 / 2 - x**4 / 4 + x, "x − x³ + 1"),
        (lambda x, z: x**3 - x, lambda x: x**4 / 4, "x³"),
        (lambda x, z: x**3 - x, lambda x: x**2 / 2, "x"),
        (lambda x, z: x**3 * (1 + x**2), lambda x: x**2 / 2 - math.log(1 + x**2) / 2, "x³/(1 + x²)"),
        (lambda x, z: x**3 * (1 + x**2), lambda x: math.log(x) - 0.5 / x**2, "(1 + x²)/x³"),
        (lambda x, z: x**3 * (1 + x**2), lambda x: x**4 / 4, "x³"),
        (lambda x, z: x**3 * (1 + x**2), lambda x: x + x**3 / 3, "1 + x²"),
        (lambda x, z: x**3 / (1 + x**2), lambda x: x**4 / 4 + x**6 / 6, "x³·(1 + x²)"),
        (lambda x, z: x**3 / (1 + x**2), lambda x: math.log(x) - 0.5 / x**2, "(1 + x²)/x³"),
        (lambda x, z: x**3 / (1 + x**2), lambda x: x**4 / 4, "x³"),
        (lambda x, z: x**3 / (1 + x**2), lambda x: x + x**3 / 3, "1 + x²"),
        (lambda x, z: ag.exp(x) + 1, lambda x: x**2 / 2 + x, "x + 1"),
        (lambda x, z: x**4, lambda x: x**2 / 2, "x"),
        # A condition is left as it is.
        (lambda x, z: ag.where(ops.step(x - 1.5), x, x**2), lambda x: x**3 / 3 if x >= 1.5 else x**2 / 2, ""),
    ],
)
def test_each_slip_is_mended_by_the_smallest_change(rule, forward, right):
    op = ag.Op("slip", forward, rule, 1, domain=(Interval(0.1, 3.0),))
    found = hint(op, [0.6], [0], 0)
    assert found.endswith(f", where {right} would hold") if right else found == ""


def test_a_rule_of_ones_own_is_mended_too():
    softsign = ag.operation("softsign_hinted", lambda x: x / (1 + abs(x)), lambda x, z: 1 / (1 + ag.abs(x)))
    report = str(ag.gradcheck(softsign(Value(0.5, "x")).named("y")))
    assert "    the rule is 1/(1 + |x|), where 1/(1 + |x|)² would hold" in report.splitlines()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("tanh", TABLE["tanh"].partials),  # nothing is wrong
        ("exp", lambda x, z: 3.7 * z),  # the factor says it
        ("tanh", lambda x, z: 1.0 - 0.77 * z),  # one change does not mend it
        ("tanh", lambda x, z: math.cos(x)),  # floats only, and nobody's rule
        ("exp", lambda x, z: 1.0),  # a constant is the rule of many
        ("total", lambda *xs, z: tuple(x for x in xs)),  # of any number of operands
    ],
)
def test_nothing_is_said_that_cannot_be_decided(name, rule):
    op = replace(TABLE[name], partials=rule)
    words = hint(op, [0.4] * (op.arity or 3), range(op.arity or 3), 0)
    assert words in ("", "it is the rule of sin") if "cos" in str(rule.__code__.co_names) else words == ""


def test_a_result_of_0_has_its_hint_too():
    y = faulty("expm1", lambda x, z: 2.0 + z)(Value(0.0))
    assert (y.data, bool(y)) == (0.0, False)
    assert ag.gradcheck(y).edges[0].hint == "the rule is 2 + z, where 1 + z would hold"


def test_a_hint_is_sought_once_for_each_rule():
    calls = []
    counted = faulty("tanh", lambda x, z: calls.append(1) or 1.0 - z)
    few = ag.total([counted(Value(0.1 * k)) for k in range(1, 3)])
    many = ag.total([counted(Value(0.01 * k)) for k in range(1, 41)])
    calls.clear()
    ag.gradcheck(few)
    once = len(calls)
    calls.clear()
    check = ag.gradcheck(many)
    assert sum(found.hint != "" for found in check.edges) == 40
    assert len(calls) - once < 40 * 5


def test_other_operations_that_raise_stop_no_hint():
    def unfinished(x):
        raise NotImplementedError

    ag.operation("unfinished", unfinished, lambda x, z: z)
    wrong = ag.operation("wrong_sine", ag.TABLE["sin"].value, lambda x, z: ag.exp(x))
    [found] = ag.gradcheck(wrong(Value(0.5, "x"))).edges
    assert found.verdict == "fail"
    assert "exp" in found.hint


@pytest.mark.parametrize(
    ("name", "rule", "operands", "slot", "words"),
    [
        # −⌊x/y − z⌋ agrees at all points on the way from (−7, 3) to moderate operands.
        ("fmod", lambda x, y, z: (1.0, -ag.floor(x / y)), [-7.0, 3.0], 1, "where −⌊(x − z)/y⌋ would hold"),
        # z is positive everywhere, so a condition that it is not 0 says nothing.
        ("softplus", lambda x, z: ag.where(x, ag.sigmoid(x), 1.0), [0.0], 0, "where S(x) would hold"),
        ("softplus", lambda x, z: ag.where(ag.step(x), 1.0, ag.sigmoid(x)), [0.5], 0, "where S(x) would hold"),
    ],
)
def test_a_formula_holds_in_the_whole_domain_or_is_not_printed(name, rule, operands, slot, words):
    assert hint(faulty(name, rule), operands, range(len(operands)), slot).endswith(words)


def test_the_piece_of_a_sample_moves_with_its_operand():
    def bent(x):
        return x**3 / 3.0 if x > 0.0 else -3.0 * x

    op = ag.operation("bent_hinted", bent, lambda x, z: x, branch=lambda x: float(x > 0.0))
    assert _RuleSample(op, [-1e-9], 0).right == pytest.approx(-3.0)
    assert hint(op, [-1e-9], [0], 0) == ""


def test_a_ratio_is_named_only_if_it_is_the_same_elsewhere():
    twisted = ag.operation("twisted_hinted", lambda x: x * x, lambda x, z: -4.0 * x**2)
    check = ag.gradcheck(twisted(Value(1.0, "x")).named("y"))
    remarks = [finding.remark() for finding in (*check.leaves, *check.edges)]
    assert remarks == ["off by a factor -2 here, not everywhere"] * 2
    doubled = ag.operation("doubled_hinted", lambda x: x * x, lambda x, z: -4.0 * x)
    assert str(ag.gradcheck(doubled(Value(1.0, "x")))).count("twice what it should be, and of the wrong sign") == 2


# --- given derivatives


@pytest.mark.parametrize(
    ("gradient", "words"),
    [
        (lambda x: -4.0 * x * x, "off by a factor -2 here, not everywhere"),
        (lambda x: -4.0 * x, "twice what it should be, and of the wrong sign"),
        (-4.0, "twice what it should be, and of the wrong sign"),
    ],
)
def test_a_given_function_is_compared_at_a_second_point(gradient, words):
    [finding] = ag.gradcheck(lambda x: x * x, 1.0, gradient=gradient).leaves
    assert finding.remark() == words


def test_numbers_that_are_equal_by_chance_are_not_exchanged():
    swapped = ag.gradcheck(lambda x, y: x * x * y, (1.0, 2.0), gradient=lambda x, y: (x * x, 2.0 * x * y))
    assert [finding.hint for finding in swapped.leaves] == ["exchanged with ∂f/∂y", "exchanged with ∂f/∂x"]
    chance = ag.gradcheck(lambda x, y: x * y * y, (1.0, 1.0), gradient=lambda x, y: (2.0 * y, x))
    assert [finding.hint for finding in chance.leaves] == ["", ""]


def test_a_path_is_missing_at_a_second_point_too():
    def f(x):
        return x * ag.exp(x)

    [finding] = ag.gradcheck(f, 1.3, gradient=lambda x: math.exp(x)).leaves
    assert "x → exp → mul is missing" in finding.hint
    [finding] = ag.gradcheck(f, 1.3, gradient=lambda x: math.exp(1.3)).leaves
    assert finding.hint == ""


def test_a_second_point_without_a_value_leaves_the_hint():
    def gradient(x):
        if x != 1.0:
            raise RuntimeError("only at 1")
        return 4.0

    [finding] = ag.gradcheck(lambda x: x * x, 1.0, gradient=gradient).leaves
    assert finding.remark() == "twice what it should be"


@pytest.mark.parametrize(
    ("f", "at", "given", "words"),
    [
        (lambda x: x * ag.exp(x), 1.3, math.exp(1.3), "only 1 of 2 paths: x → exp → mul is missing"),
        (lambda x: x * ag.exp(x), 1.3, 1.3 * math.exp(1.3), "only 1 of 2 paths: x → mul is missing"),
        (lambda x: x * x * x, 2.0, 8.0, "only 2 of 3 paths"),
        (lambda x: x * x, 3.0, 7.0, ""),
        (lambda x: math.sin(x), 1.0, 0.1, ""),
    ],
)
def test_a_derivative_that_leaves_out_a_path_is_told_which(f, at, given, words):
    [found] = ag.gradcheck(f, at, gradient=given).leaves
    assert found.verdict == "fail"
    assert words in found.hint if words else found.hint == ""


def test_exchanged_derivatives_are_told():
    check = ag.gradcheck(lambda x, y: x * y, (2.0, 5.0), gradient=(2.0, 5.0))
    assert [found.hint for found in check.leaves] == ["exchanged with ∂f/∂y", "exchanged with ∂f/∂x"]
    once = ag.gradcheck(lambda x, y: x * y, (2.0, 5.0), gradient=(2.0, 2.0))
    assert once.leaves[0].hint == "it is ∂f/∂y"


def test_a_transposed_matrix_is_told():
    check = ag.gradcheck(lambda x, y: [x + 2.0 * y, 3.0 * x + 4.0 * y], (0.5, 0.7), gradient=[[1.0, 3.0], [2.0, 4.0]])
    assert [bool(found.hint) for found in check.leaves] == [False, True, True, False]
    assert "the matrix may be transposed" in str(check)


def test_a_selection_of_summands_is_found_only_where_there_is_one():
    assert subset_with_sum(3.0, [1.0, 2.0, 4.0]) == (0, 1)
    assert subset_with_sum(1.0, [1.0, 0.0]) is None  # the other adds nothing
    assert subset_with_sum(0.0, [1.0, -1.0]) is None
    assert subset_with_sum(10.0, [float(2**k) for k in range(10)]) is None  # too many to try them all
    assert subset_with_sum(8.0, [float(2**k) for k in range(10)]) == (3,)
    assert subset_with_sum(math.nan, [1.0, 2.0]) is None
    assert subset_with_sum(1.0, [1.0, math.inf]) is None


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda x, z, c=1.0: c - z, "the rule is 1 − z, where 1 − z² would hold"),
        (lambda *operands: 1.0 - operands[-1], "the rule is 1 − z, where 1 − z² would hold"),
        (lambda *operands: operands[0] ** 2, ""),
    ],
)
def test_rules_with_defaults_and_with_starred_parameters_have_hints(rule, words):
    assert hint(faulty("tanh", rule), [0.5], [0], 0) == words
    assert not ag.gradcheck(faulty("tanh", rule)(Value(0.5, "x")) * 1.5)


# --- limits of the search


@pytest.mark.parametrize(
    "interval", [Interval(), Interval(2.0), Interval(high=-1.0), Interval(0.25, 0.5), Interval(high=3.0, open=True)]
)
def test_operands_are_drawn_from_the_whole_domain(interval):
    op = replace(TABLE["mul"], domain=(interval, Interval()))
    drawn = [x for x, y in _drawn_operands(op, [9.0, 7.0], [0])]
    assert [y for x, y in _drawn_operands(op, [9.0, 7.0], [0])] == [7.0] * 8
    assert all(interval.low <= x <= interval.high for x in drawn)
    if math.isfinite(interval.low + interval.high):
        distances = [(x - interval.low) / (interval.high - interval.low) for x in drawn]
        # A check says the same every time.
        assert distances[0] == pytest.approx(random.Random(0).random())
        assert min(distances) < 0.4
        assert max(distances) > 0.6
        return
    end = interval.low if math.isfinite(interval.low) else interval.high if math.isfinite(interval.high) else 0.0
    distances = [abs(x - end) for x in drawn]
    assert all(0.05 <= x <= 5.0 for x in distances)
    assert min(distances) < 1.5
    assert max(distances) > 3.0
    assert len({x > end for x in drawn}) == (2 if interval == Interval() else 1)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_one_point_on_the_way_may_have_no_value(missing):
    """The operation is differentiated at 9, at moderate operands, and at two points between them."""
    between = [0.63 * 9.0 + 0.37 * 0.7, 0.29 * 9.0 + 0.71 * 0.7]

    def forward(x):
        if any(abs(x - point) < 0.5 for point in between[:missing]):
            raise ValueError("no value")
        return math.sqrt(x)

    op = ag.operation("gaps", forward, lambda x, z: 0.5 / x, domain=Interval(0.0))
    assert bool(hint(op, [9.0], [0], 0)) is (missing < 2)


def test_hints_are_sought_for_five_rules_and_five_derivatives():
    names = ("tanh", "sigmoid", "log", "sqrt", "tan", "cbrt", "atan")
    wrong = [faulty(name, lambda x, z: 3.0 * z * z + x) for name in names]
    check = ag.gradcheck(ag.total([op(Value(0.5)) for op in wrong]))
    assert sum(x.verdict == "fail" for x in check.edges) == 7
    calls = []
    ops_hinted = [
        replace(op, partials=lambda x, z, name=op.name: calls.append(name) or 3.0 * z * z + x) for op in wrong
    ]
    check = ag.gradcheck(ag.total([op(Value(0.5)) for op in ops_hinted]))
    counts = {name: calls.count(name) for name in names}
    assert sum(count > 10 for count in counts.values()) == 5

    def f(*xs):
        return sum((x * ag.exp(x) for x in xs), start=0.0 * xs[0])

    at = tuple(0.3 + 0.1 * k for k in range(7))
    check = ag.gradcheck(f, at, gradient=lambda *xs: tuple(math.exp(x) * (1.0 + 0.0 * k) for k, x in enumerate(xs)))
    assert [x.verdict for x in check.leaves] == ["fail"] * 7
    assert sum("is missing" in x.hint for x in check.leaves) == 5


@pytest.mark.parametrize("size", [40, 41])
def test_formula_of_forty_names_and_operations_is_varied(size):
    def rule(x, z):
        y = x**2 + ag.exp(ag.log(x))
        for k in range(size - 7):
            y = (ag.relu, ag.abs)[k % 2](y)
        return y

    assert formulas.formula(rule(formulas.symbol("x", 0.6), None)).size == size
    op = ag.Op("long", lambda x: x**4 / 4 + x**2 / 2, rule, 1, domain=(Interval(0.1, 3.0),))
    assert bool(hint(op, [0.6], [0], 0)) is (size == 40)


@pytest.mark.parametrize("count", [12, 13])
def test_paths_are_enumerated_if_they_are_few(count):
    def f(x):
        return ag.total([x * (1.0 + 0.1 * k) for k in range(count)])

    right = sum(1.0 + 0.1 * k for k in range(count))
    [finding] = ag.gradcheck(f, 0.5, gradient=right - 1.0).leaves
    assert ("is missing" in finding.hint) is (count == 12)
