"""What is promised where mathematics leaves a choice: the list in the docstring of `autograd.ops`, line by line."""

from __future__ import annotations

import contextlib
import itertools
import math
import operator
import sys
from math import inf, nan

import numpy as np
import pytest
from points import BUILT_IN, ordinary, plain

import autograd as ag
from autograd import TABLE, DomainError, PoleError, Value

HALF = math.sqrt(0.5)

SLOPES = [
    # operation, operands, value, partials
    ("abs", (0.0,), 0.0, (0.0,)),
    ("abs", (-0.0,), 0.0, (0.0,)),
    ("relu", (0.0,), 0.0, (0.0,)),
    ("relu", (-0.0,), 0.0, (0.0,)),
    ("leaky_relu", (0.0, 0.25), 0.0, (0.25, 0.0)),
    ("elu", (0.0, 2.0), 0.0, (2.0, 0.0)),
    ("maximum", (3.0, 3.0), 3.0, (0.5, 0.5)),
    ("minimum", (3.0, 3.0), 3.0, (0.5, 0.5)),
    ("maximum", (0.0, -0.0), 0.0, (0.5, 0.5)),
    ("clip", (0.0, 0.0, 1.0), 0.0, (0.5, 0.5, 0.0)),
    ("clip", (1.0, 0.0, 1.0), 1.0, (0.5, 0.0, 0.5)),
    ("clip", (1.0, 1.0, 1.0), 1.0, (0.0, 0.5, 0.5)),
    ("clip", (5.0, 0.0, 1.0), 1.0, (0.0, 0.0, 1.0)),
    ("hypot", (0.0, 0.0), 0.0, (0.0, 0.0)),
    ("hypot", (0.0,), 0.0, (0.0,)),
    ("atan2", (0.0, 0.0), 0.0, (nan, nan)),
    ("atan2", (0.0, -2.0), math.pi, (-0.5, 0.0)),
    ("atan2", (-0.0, -2.0), -math.pi, (-0.5, 0.0)),
    # jumps
    ("sign", (0.0,), 0.0, (0.0,)),
    ("step", (0.0,), 0.0, (0.0,)),
    ("floor", (3.0,), 3.0, (0.0,)),
    ("greater", (3.0, 3.0), 0.5, (0.0, 0.0)),
    ("fmod", (6.0, 3.0), 0.0, (1.0, -2.0)),
    ("fmod", (-6.0, 3.0), 0.0, (1.0, 2.0)),
    ("remainder", (7.5, 3.0), 1.5, (1.0, -2.0)),
    ("remainder", (4.5, 3.0), -1.5, (1.0, -2.0)),
    ("where", (0.0, 3.0, 4.0), 4.0, (0.0, 0.0, 1.0)),
    ("where", (-0.0, 3.0, 4.0), 4.0, (0.0, 0.0, 1.0)),
    ("where", (nan, 3.0, 4.0), 3.0, (0.0, 1.0, 0.0)),
    # powers
    ("pow", (0.0, 0.0), 1.0, (0.0, -inf)),
    ("pow", (-0.0, 0.0), 1.0, (0.0, -inf)),
    ("pow", (5.0, 0.0), 1.0, (0.0, math.log(5.0))),
    ("pow", (-5.0, 0.0), 1.0, (0.0, nan)),
    ("pow", (0.0, 1.0), 0.0, (1.0, 0.0)),
    ("pow", (0.0, 2.0), 0.0, (0.0, 0.0)),
    ("pow", (0.0, 0.5), 0.0, (inf, 0.0)),
    ("pow", (0.0, 1.5), 0.0, (0.0, 0.0)),
    ("pow", (-0.0, 3.0), -0.0, (0.0, 0.0)),
    ("pow", (-2.0, 3.0), -8.0, (12.0, nan)),
    ("pow", (-2.0, -1.0), -0.5, (-0.25, nan)),
    ("pow", (0.5, inf), 0.0, (nan, 0.0)),
    ("xlogy", (0.0, 0.0), 0.0, (-inf, 0.0)),
    ("xlogy", (2.0, 0.0), -inf, (-inf, inf)),
    # ends of domains
    ("sqrt", (0.0,), 0.0, (inf,)),
    ("sqrt", (-0.0,), -0.0, (-inf,)),
    ("cbrt", (0.0,), 0.0, (inf,)),
    ("cbrt", (-0.0,), -0.0, (inf,)),
    ("asin", (1.0,), math.pi / 2, (inf,)),
    ("asin", (-1.0,), -math.pi / 2, (inf,)),
    ("acos", (1.0,), 0.0, (-inf,)),
    ("acosh", (1.0,), 0.0, (inf,)),
    # infinite operands
    ("exp", (-inf,), 0.0, (0.0,)),
    ("exp", (inf,), inf, (inf,)),
    ("log", (inf,), inf, (0.0,)),
    ("sqrt", (inf,), inf, (0.0,)),
    ("cbrt", (-inf,), -inf, (0.0,)),
    ("tanh", (inf,), 1.0, (0.0,)),
    ("sech", (-inf,), 0.0, (0.0,)),
    ("atan", (-inf,), -math.pi / 2, (0.0,)),
    ("asinh", (inf,), inf, (0.0,)),
    ("acosh", (inf,), inf, (0.0,)),
    ("erf", (-inf,), -1.0, (0.0,)),
    ("erfc", (inf,), 0.0, (0.0,)),
    ("gaussian", (-inf,), 0.0, (0.0,)),
    ("normal_cdf", (-inf,), 0.0, (0.0,)),
    ("sigmoid", (inf,), 1.0, (0.0,)),
    ("sigmoid", (-inf,), 0.0, (0.0,)),
    ("softplus", (inf,), inf, (1.0,)),
    ("softplus", (-inf,), 0.0, (0.0,)),
    ("silu", (inf,), inf, (1.0,)),
    ("silu", (-inf,), 0.0, (0.0,)),
    ("gelu", (inf,), inf, (1.0,)),
    ("gelu", (-inf,), 0.0, (0.0,)),
    ("elu", (-inf, 1.0), -1.0, (0.0, -1.0)),
    ("elu", (inf, 1.0), inf, (1.0, 0.0)),
    ("relu", (-inf,), 0.0, (0.0,)),
    ("div", (1.0, inf), 0.0, (0.0, 0.0)),
    ("div", (inf, 2.0), inf, (0.5, -inf)),
    ("div", (inf, inf), nan, (0.0, nan)),
    ("maximum", (inf, 1.0), inf, (1.0, 0.0)),
    ("minimum", (-inf, -inf), -inf, (0.5, 0.5)),
    ("hypot", (inf, inf), inf, (HALF, HALF)),
    ("hypot", (-inf, 1.0), inf, (-1.0, 0.0)),
    ("atan2", (1.0, inf), 0.0, (0.0, 0.0)),
    ("fmod", (5.0, inf), 5.0, (1.0, 0.0)),
    ("total", (inf, -inf), nan, (1.0, 1.0)),
    ("logsumexp", (inf, inf), inf, (0.5, 0.5)),
    ("logsumexp", (-inf, -inf), -inf, (0.5, 0.5)),
    ("logsumexp", (-inf, 2.0), 2.0, (0.0, 1.0)),
    ("softmax", (0.0, -inf, 1.0), 0.0, (0.0, 0.0, 0.0)),
    ("softmax", (0.0, -1.7e308, 1.7e308), 0.0, (0.0, 0.0, 0.0)),
    ("softmax", (0.0, inf, inf), 0.5, (0.0, 0.25, -0.25)),
    # partial sums and products that overflow
    ("total", (1e308, 1e308, -1e308), 1e308, (1.0, 1.0, 1.0)),
    ("dot", (1e200, 1e200, 1e200, -1e200), nan, (1e200, -1e200, 1e200, 1e200)),
]

SECOND = [
    # operation, operands, the matrix of second partials
    ("abs", (0.0,), [[0.0]]),
    ("relu", (0.0,), [[0.0]]),
    ("leaky_relu", (0.0, 0.25), [[0.0, 1.0], [1.0, 0.0]]),
    ("elu", (0.0, 2.0), [[2.0, 1.0], [1.0, 0.0]]),
    ("maximum", (3.0, 3.0), [[0.0, 0.0], [0.0, 0.0]]),
    ("hypot", (3.0, 3.0), [[HALF / 6, -HALF / 6], [-HALF / 6, HALF / 6]]),
    ("hypot", (0.0, 2.0), [[0.5, 0.0], [0.0, 0.0]]),
    ("hypot", (0.0, 0.0), [[nan, nan], [nan, nan]]),
    ("pow", (7.0, 0.0), [[0.0, 1 / 7], [1 / 7, math.log(7.0) ** 2]]),
    ("pow", (1.0, 1.0), [[0.0, 1.0], [1.0, 0.0]]),
    ("pow", (0.0, 1.0), [[0.0, -inf], [-inf, nan]]),
    ("pow", (0.0, 2.0), [[2.0, 0.0], [nan, nan]]),
    ("xlogy", (0.0, 2.0), [[0.0, 0.5], [0.5, 0.0]]),
    ("xlogy", (0.0, 0.0), [[0.0, inf], [inf, 0.0]]),
    ("mul", (0.0, 0.0), [[0.0, 1.0], [1.0, 0.0]]),
    ("logsumexp", (5.0, 5.0), [[0.25, -0.25], [-0.25, 0.25]]),
    ("gaussian", (inf,), [[0.0]]),
    ("erf", (inf,), [[0.0]]),
    ("cbrt", (inf,), [[0.0]]),
]


def name_of(row: tuple) -> str:
    return f"{row[0]}@{','.join(map(repr, row[1]))}"


def same(found: object, expected: object) -> bool:
    return np.allclose(plain(found), plain(expected), rtol=1e-15, atol=0.0, equal_nan=True)


@pytest.mark.parametrize(("name", "operands", "value", "partials"), SLOPES, ids=map(name_of, SLOPES))
def test_the_table_of_conventions_holds(name, operands, value, partials):
    variables = [Value(x) for x in operands]
    z = TABLE[name](*variables)
    assert same(z.data, value)
    assert same(z.partials, partials)
    z.backward()
    assert same([x.grad for x in variables], partials)
    assert same(ag.gradient(z, variables), partials)
    for i, partial in enumerate(partials):
        direction = tuple(float(i == j) for j in range(len(operands)))
        assert same(ag.jvp(TABLE[name], operands, direction)[1], partial)


@pytest.mark.parametrize(("name", "operands", "matrix"), SECOND, ids=map(name_of, SECOND))
def test_the_conventions_differentiate_again(name, operands, matrix):
    variables = [Value(x) for x in operands]
    slopes = ag.gradient(TABLE[name](*variables), variables)
    assert same([ag.gradient(slope, variables) for slope in slopes], matrix)


@pytest.mark.parametrize("taken", [0.0, 1.0])
def test_where_lets_nothing_out_of_the_branch_not_taken(taken):
    def f(x):
        steep, flat = 3.0 * ag.sqrt(x), 2.0 * x
        return ag.where(1.0, flat, steep) if taken else ag.where(0.0, steep, flat)

    x = Value(0.0)
    z = f(x)
    z.backward()
    assert x.grad == 2.0
    slope = ag.gradient(z, x)
    assert slope.data == 2.0
    assert ag.gradient(slope, x).data == 0.0
    assert ag.jvp(f, 0.0, 1.0) == (0.0, 2.0)
    assert ag.jvp(f, Value(0.0), 1.0)[1].data == 2.0
    assert ag.hvp(f, 0.0, 1.0) == 0.0


NAN_DOES_NOT_MATTER = {("where", 0), ("softmax", 0)}
"""A condition counts as true; an index is not a number to differentiate in."""


@pytest.mark.parametrize("op", BUILT_IN.values(), ids=list(BUILT_IN))
def test_nan_never_vanishes(op):
    point = [-abs(x) if op.name in ("leaky_relu", "elu") and i == 0 else x for i, x in enumerate(ordinary(op)[0])]
    for i in range(len(point)):
        if (op.name, i) not in NAN_DOES_NOT_MATTER and not (op.name == "where" and i == 2):
            with_nan = [*point[:i], nan, *point[i + 1 :]]
            assert math.isnan(op(*with_nan))
            assert math.isnan(op(*map(Value, with_nan)).data)


def test_nan_vanishes_where_ieee_754_says_so():
    assert ag.pow(nan, 0.0) == ag.pow(1.0, nan) == 1.0
    assert ag.hypot(inf, nan) == inf


@pytest.mark.parametrize(
    ("name", "operands", "value"),
    [
        ("exp", (1000.0,), inf),
        ("exp2", (2000.0,), inf),
        ("expm1", (1000.0,), inf),
        ("sinh", (-1000.0,), -inf),
        ("cosh", (-1000.0,), inf),
        ("pow", (10.0, 400.0), inf),
        ("pow", (-10.0, 309.0), -inf),
        ("mul", (1e200, -1e200), -inf),
        ("div", (1e200, 1e-200), inf),
        ("hypot", (1.7e308, 1.7e308), inf),
        ("degrees", (1e308,), inf),
        ("total", (1.7e308, 1.7e308), inf),
        ("dot", (1e200, -1e200), -inf),
    ],
)
def test_overflow_gives_inf_and_no_error(name, operands, value):
    assert TABLE[name](*operands) == value
    assert TABLE[name](*map(Value, operands)).data == value


SPECIAL = (nan, -inf, -1e300, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 1e300, inf)


@pytest.mark.parametrize(
    ("op", "model"),
    [
        (op, getattr(math, name))
        for name, op in BUILT_IN.items()
        if hasattr(math, name) and name not in ("dist", "floor")
    ]
    + [(ag.TABLE["div"], operator.truediv)],
    ids=lambda x: getattr(x, "name", None),
)
def test_errors_are_raised_exactly_where_python_raises_them(op, model):
    for operands in itertools.product(SPECIAL, repeat=op.arity or 2):
        if sys.version_info < (3, 11) and op is ag.TABLE["pow"] and operands in ((0.0, -inf), (-0.0, -inf)):
            continue  # Python 3.10 has no value there
        expected, error = outcome(model, operands)
        if error is OverflowError:
            assert math.isinf(op(*operands))
        elif error is None:
            assert op(*operands) == pytest.approx(expected, rel=1e-15, abs=0.0, nan_ok=True)
        else:
            for numbers in (operands, map(Value, operands)):
                with pytest.raises(DomainError) as raised:
                    op(*numbers)
                assert isinstance(raised.value, error)


def outcome(function, operands):
    """What `function` returns, or else the type of what it raises."""
    try:
        return function(*operands), None
    except (ArithmeticError, ValueError) as error:
        return None, type(error)


def test_0_to_a_negative_power_is_a_pole_as_in_python():
    for exponent in (-1.0, -0.5, -2.0):
        with pytest.raises(ZeroDivisionError):
            0.0**exponent
        with pytest.raises(PoleError):
            Value(0.0) ** exponent
    assert (Value(0.0) ** -inf).data == 0.0**-inf == inf


@pytest.mark.parametrize(
    ("compute", "kind", "message"),
    [
        (lambda: ag.log(Value(-1.0, "p")), DomainError, "log(p = -1.0) has no real value; it needs x > 0"),
        (
            lambda: Value(1.0, "a") / Value(0.0, "b"),
            PoleError,
            "div(a = 1.0, b = 0.0) has no real value; it needs a divisor other than 0",
        ),
        (lambda: Value(-1.0, "a") ** 0.5, DomainError, "pow(a = -1.0, 0.5) has no real value; it needs a base above 0"),
        (lambda: ag.asin(2.0), DomainError, "asin(2.0) has no real value; it needs −1 ≤ x ≤ 1"),
        (lambda: ag.clip(Value(0.0), 1.0, -1.0), DomainError, "it needs low ≤ high"),
        (
            lambda: ag.fmod(Value(inf, "t"), 2.0),
            DomainError,
            "fmod(t = inf, 2.0) has no real value; it needs a finite dividend and a divisor other than 0",
        ),
        (lambda: ag.atanh(Value(1.0)), DomainError, "atanh(1.0) has no real value; it needs −1 < x < 1"),
    ],
)
def test_a_domain_error_names_operation_operands_and_labels(compute, kind, message):
    with pytest.raises(kind) as raised:
        compute()
    assert message in str(raised.value)
    assert isinstance(raised.value, ValueError)


# --- branches

GRID = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
FIXED = {("softmax", 0): 0.0, ("lowered_power", 2): 1.0}
"""Operands that must be numbers: the index of the one, the order of the other."""
SMOOTH_ALL_THE_SAME = {("atan2", 1), ("leaky_relu", 0), ("elu", 0)}
"""Operands in which a branch changes and nothing else: at x = 0 off the cut, at a slope of 1, at a scale of 1."""


def put(op, operands, i, x):
    """The value, the partials and the branch with `x` for an operand; None where they are infinite or very large."""
    point = [*operands[:i], x, *operands[i + 1 :]]
    try:
        z = op.value(*point)
        partials = op.slopes(point, z)
    except (DomainError, ArithmeticError):
        return None
    return (z, partials, op.branch(*point)) if all(abs(y) < 1e4 for y in (z, *partials)) else None


@pytest.mark.parametrize("op", BUILT_IN.values(), ids=lambda op: op.name)
def test_branch_changes_where_value_jumps_or_bends(op):
    count = op.arity or {"dot": 3, "softmax": 3}.get(op.name, 2)
    axes = [(FIXED[op.name, i],) if (op.name, i) in FIXED else GRID for i in range(count)]
    for operands in itertools.product(*axes):
        for i in range(count):
            x, step = operands[i], 1e-7
            before, after = put(op, operands, i, x - step), put(op, operands, i, x + step)
            if before is None or after is None or (op.name, i) in FIXED:
                continue
            jumps = abs(after[0] - before[0]) > 1e-3
            bends = any(abs(q - p) > 1e-3 for p, q in zip(before[1], after[1], strict=True))
            labels = {before[2], after[2]}
            with contextlib.suppress(ValueError):  # at a pole
                labels.add(op.branch(*operands))
            if jumps or bends:
                assert len(labels) > 1, (operands, i)
            elif (op.name, i) not in SMOOTH_ALL_THE_SAME:
                assert before[2] == after[2], (operands, i)


def test_jump_of_atan2_is_reported_at_its_cut_and_nowhere_else():
    for x in (-2.0, -1e-3, 1e-3, 2.0):
        check = ag.gradcheck(ag.atan2(Value(0.0, "y"), Value(x, "x")))
        assert check
        assert ("(a jump)" in str(check)) == (x < 0.0)
