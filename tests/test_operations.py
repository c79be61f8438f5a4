"""Every operation of the table against its twin: values, partials, partials of partials, and all ways to apply it.

Errors are counted in ulps of the true number.  Two exceptions, both for numbers that no formula can do better on:

* Where the true number is a difference that passes through 0 (`CANCELLING`, `CROSSING`), the ulp is that of the
  largest of the terms whose difference it is.
* Below 2⁻¹⁰²² floats have fewer digits.  Where a factor lies there (the Gaussian beyond 37.6 of its standard
  deviations, say), its rounding may show in the product, as so many quanta of 2⁻¹⁰⁷⁴ (`QUANTA`, by order).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from effort import IS_THOROUGH, scaled
from mpmath import mp, mpf
from points import BUILT_IN, extreme, ordinary
from twins import TWINS, true

import autograd as ag
from autograd import Op, Value
from autograd.context import quiet

ULPS = (2.0, 4.0, 8.0)
QUANTA = (0.0, 20.0, 750.0)
LARGEST = mpf(2) ** 1024

CANCELLING: dict[tuple[str, int], Callable[..., float]] = {
    ("total", 0): lambda *xs: max(map(abs, xs)),
    ("dot", 0): lambda *xs: max(abs(x * y) for x, y in zip([*xs, 1.0], [*xs[len(xs) // 2 :], 1.0], strict=False)),
    ("logsumexp", 0): lambda *xs: max(map(abs, xs)),
    ("silu", 1): lambda x: ag.sigmoid(x),
    ("gelu", 1): lambda x: ag.normal_cdf(x),
}
"""The largest term, for an operation and an order of differentiation."""

CROSSING = {"pow", "lowered_power", "sech", "unit", "atan2", "gaussian", "silu", "gelu", "softmax"}
"""Operations with second partials that change sign at inner points; their terms are read from the graph."""

every_operation = pytest.mark.parametrize("op", BUILT_IN.values(), ids=list(BUILT_IN))


def check(found: float, name: str, point: tuple[float, ...], slots: tuple[int, ...], term: float = 0.0) -> None:
    """Assert that `found` is the derivative in `slots`, as exactly as its order demands."""
    order = len(slots)
    expected = true(name, point, tuple(sorted(slots)))
    place = f"{name}{point}, differentiated in {slots}"
    with mp.workdps(60):
        if abs(expected) >= LARGEST * (1 - mpf(2) ** -50):
            assert abs(found) >= float(LARGEST / 2) * (1 - 1e-14), place
            assert (found > 0) == (expected > 0), place
            return
        assert math.isfinite(found), f"{place}: {found!r} is {float(expected)!r}"
        ulp = math.ulp(max(abs(float(expected)), term))
        off = abs(mpf(found) - expected) - QUANTA[order] * mpf(2) ** -1074
        assert off <= ULPS[order] * ulp, f"{place}: {found!r} is off {float(expected)!r} by {float(off / ulp):.2f} ulp"


def varied(op: Op, count: int) -> range:
    """The slots to differentiate in: all but the index of a softmax, which is a whole number."""
    return range(1, count) if op.name == "softmax" else range(count)


def sizes_of_terms(output: Value, variables: list[Value]) -> list[float]:
    """Per variable, the sum of |product of partials| over all paths from `output`: what its derivative is a sum of."""
    sizes = {output: 1.0}
    for node in reversed(ag.topological_order(output)):
        for x, partial in zip(node.operands, node.partials, strict=True):
            if node in sizes and sizes[node] and partial:
                sizes[x] = sizes.get(x, 0.0) + sizes[node] * abs(partial)
    return [sizes.get(x, 0.0) for x in variables]


def test_every_operation_has_a_twin():
    assert set(TWINS) == set(BUILT_IN)


@every_operation
def test_the_value_is_within_2_ulp(op: Op):
    for point in [*ordinary(op), *extreme(op)]:
        term = CANCELLING.get((op.name, 0), lambda *_: 0.0)(*point)
        check(op(*point), op.name, point, (), term)


@every_operation
def test_each_partial_is_within_4_ulp(op: Op):
    for point in [*ordinary(op), *extreme(op)]:
        term = CANCELLING.get((op.name, 1), lambda *_: 0.0)(*point)
        partials = op(*map(Value, point)).partials
        for i in varied(op, len(point)):
            check(partials[i], op.name, point, (i,), term)


@every_operation
def test_each_partial_of_a_partial_is_within_8_ulp(op: Op):
    for point in [*ordinary(op)[: scaled(10)], *extreme(op)[:: 1 if IS_THOROUGH else 2]]:
        variables = [Value(x) for x in point]
        slopes = ag.gradient(op(*variables), variables)
        for i in varied(op, len(point)):
            sizes = sizes_of_terms(slopes[i], variables)
            found = ag.gradient(slopes[i], variables)
            for j in varied(op, len(point)):
                if math.isfinite(sizes[j]):  # else a term overflows, and so may the sum
                    check(found[j].data, op.name, point, (i, j), sizes[j] if op.name in CROSSING else 0.0)


@pytest.mark.parametrize("op", [op for op in BUILT_IN.values() if op.arity == 1], ids=lambda op: op.name)
def test_the_third_derivative_is_that_of_the_twin(op: Op):
    for point in ordinary(op)[:2]:
        x = Value(*point)
        second = ag.gradient(ag.gradient(op(x), x), x)
        third = ag.gradient(second, x).data
        expected = true(op.name, point, (0, 0, 0))
        assert abs(third - expected) <= 8 * math.ulp(max(sizes_of_terms(second, [x])[0], abs(third)))


@pytest.mark.parametrize(
    "point",
    [
        (0.0, 1.0),
        (0.0, 2.0),
        (0.0, 3.0),
        (-2.0, 3.0),
        (-3.0, 2.0),
        (-0.5, -3.0),
        (-7.0, 0.0),
        (-1e100, 3.0),
        (-2.0, 1.0),
    ],
)
def test_whole_powers_of_0_and_of_negative_numbers_have_their_derivatives_in_the_base(point: tuple[float, float]):
    x = Value(point[0])
    z = x ** point[1]
    slope = ag.gradient(z, x)
    check(z.data, "pow", point, ())
    check(z.partials[0], "pow", point, (0,))
    check(slope.data, "pow", point, (0,))
    check(ag.gradient(slope, x).data, "pow", point, (0, 0))


@every_operation
def test_second_partials_are_symmetric_at_ties_and_zeros_too(op: Op):
    count = op.arity or 3
    for number in (0.0, 1.0):
        point = [number] * count
        try:
            op(*point)
        except ag.DomainError:
            continue
        hessian = ag.hessian(op)(*point)
        finite = np.isfinite(hessian) & np.isfinite(hessian.T)
        assert np.allclose(hessian[finite], hessian.T[finite], rtol=1e-15, atol=1e-15)


@every_operation
def test_forward_mode_equals_reverse_mode(op: Op):
    for point in ordinary(op):
        partials = op(*map(Value, point)).partials
        for i in range(len(point)):
            direction = tuple(float(i == j) for j in range(len(point)))
            value, tangent = ag.jvp(op, point, direction)
            _, recorded = ag.jvp(op, tuple(map(Value, point)), direction)
            assert value == op(*point)
            assert tangent == partials[i] == recorded.data
        assert np.ravel(ag.vjp(op, point, 1.0)[1]).tolist() == list(partials)


@every_operation
def test_the_textbook_rule_agrees_with_the_computed_one(op: Op):
    for point in ordinary(op):
        z = op(*point)
        with quiet():
            computed, written = op.rule(point, z), op.rule(point, z, written=True)
        scale = max(1.0, *map(abs, point), abs(z))
        assert computed == pytest.approx(written, rel=1e-9, abs=1e-14 * scale, nan_ok=True)


@every_operation
def test_every_way_to_apply_an_operation_gives_the_same_value(op: Op):
    for point in ordinary(op)[:3]:
        z = op(*point)
        assert type(z) is float
        assert op(*map(Value, point)).data == z
        assert op(Value(point[0]), *point[1:]).data == z
        assert op(*map(np.float64, point)) == z
        method = getattr(Value(point[0]), op.name)
        assert method(*point[1:]).data == z


@pytest.mark.parametrize("op", [op for op in BUILT_IN.values() if op.numpy], ids=lambda op: op.name)
def test_the_numpy_function_of_the_same_meaning_takes_values_and_arrays_of_them(op: Op):
    function = getattr(np, op.numpy)
    for point in ordinary(op)[:3]:
        z = op(*point)
        assert function(*map(Value, point)).data == z
        columns = [ag.values([x, x]) for x in point]
        assert [y.data for y in function(*columns)] == [z, z]


@every_operation
def test_arrays_are_taken_element_by_element(op: Op):
    first, second = ordinary(op)[:2]
    expected = [op(*first), op(*second)]
    columns = [np.array(column) for column in zip(first, second, strict=True)]
    on_floats = op(*columns)
    assert on_floats.dtype == float
    assert on_floats.tolist() == expected
    assert [y.data for y in op(*map(ag.values, columns))] == expected
