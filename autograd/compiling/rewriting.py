"""Rewrite rules for array programs: simplification, and reduction of n-ary operations to binary ones."""

from __future__ import annotations

import math

from autograd import ops
from autograd.compiling.ir import Array, Literal
from autograd.context import quiet
from autograd.op import Op
from autograd.symbolic import simplification as algebra
from autograd.symbolic.simplification import Rules, commuted, is_multiple, simplified

# Whole numbers up to this are exact in float32 too.
MAX_WHOLE = 2.0**24
# Products beyond these are near the limits of float64, 2.2e−308 and 1.8e308; numbers are then multiplied one by one.
MIN_PRODUCT, MAX_PRODUCT = 1e-300, 1e300


def rewritten(op: Op, xs: tuple[Array, ...]) -> Array | None:
    """Return a simpler array for an operation; None without one."""
    literals = [x for x in xs if isinstance(x, Literal)]
    if len(literals) == len(xs):
        return _folded(op, literals)
    simpler: Array | None = simplified(RULES, op, xs)
    return simpler


def _folded(op: Op, xs: list[Literal]) -> Literal | None:
    """Compute an operation on numbers; None if the result is not a number times a power of the batch size."""
    (first, *_), numbers, powers = xs, [x.number for x in xs], [x.power for x in xs]
    builder, power, *others = first.builder, *set(powers)
    if op is ops.mul and abs(sum(powers)) <= 1:
        return builder.literal(math.prod(numbers), sum(powers))
    if op in (ops.neg, ops.add, ops.sub) and not others:
        return builder.literal(op.value(*numbers), power)
    if any(powers):
        return None
    # Programs follow IEEE 754: log(−1) is nan, and no error.
    with quiet():
        return builder.literal(op.value(*numbers))


def _negate_difference(x: Array) -> Array | None:
    """Simplify −(x − y) to y − x."""
    return x.operands[1] - x.operands[0] if x.op is ops.sub else None


def _negate_multiple(x: Array) -> Array | None:
    """Simplify −(2x) to −2x."""
    return -x.operands[0] * x.operands[1] if is_multiple(x) else None


def _merge_numbers(x: Array, y: Array) -> Array | None:
    """Simplify 2·(3y) to 6y, unless the product of the numbers is too large or too small for a float."""
    if not isinstance(x, Literal) or not is_multiple(y):
        return None
    number = y.operands[0]
    assert isinstance(number, Literal)
    if _leaves_the_floats(x.number, number.number):
        return None
    factor = _folded(ops.mul, [x, number])
    return None if factor is None else factor * y.operands[1]


def _leaves_the_floats(x: float, y: float) -> bool:
    """Return True if the product of two numbers but 0 over- or underflows; a third factor may keep it in range."""
    product = abs(x * y)
    return math.isfinite(x) and math.isfinite(y) and not MIN_PRODUCT < product < MAX_PRODUCT


def _negate_number(x: Array, y: Array) -> Array | None:
    """Simplify 2·(−y) to −2y."""
    return -x * y.operands[0] if x.is_literal and y.op is ops.neg else None


def _pull_number(x: Array, y: Array) -> Array | None:
    """Simplify (2x)·y to 2·(x·y)."""
    return x.operands[0] * (x.operands[1] * y) if is_multiple(x) and not y.is_literal else None


def _lowered_power(x: Array, y: Array, n: Array) -> Array | None:
    """Simplify x to the power y − n, for numbers y and n, if y − n is exact and the factor before it is not 0."""
    if (
        not isinstance(y, Literal)
        or not isinstance(n, Literal)
        or (y.number % 1.0 == 0.0 and 0.0 <= y.number < n.number)
        or abs(y.number) + n.number > MAX_WHOLE
    ):
        return None
    exponent = y.number - n.number
    return x.builder.literal(1.0) if exponent == 0.0 else x**exponent


def _hypot_of_two(*xs: Array) -> Array | None:
    """Write the length of a vector as hypot(hypot(x, y), z): on arrays the operation has two operands."""
    if len(xs) == 2:
        return None
    *others, x = xs
    return x.builder.apply(ops.hypot, (x.builder.apply(ops.hypot, others), x)) if others else abs(x)


def _unit_of_two(*xs: Array) -> Array | None:
    """Write x/√(x² + y² + z²) by x and the length of the others."""
    if len(xs) == 2:
        return None
    x, *others = xs
    if not others:
        return x.builder.apply(ops.sign, xs)
    return x.builder.apply(ops.unit, (x, x.builder.apply(ops.hypot, others)))


# There is no rule for 0/y, which is nan at y = 0.
RULES: Rules = {
    ops.pos: (lambda x: x,),
    ops.neg: (algebra.cancel_double_negation, _negate_difference, _negate_multiple),
    ops.add: (
        algebra.drop_zero_term,
        algebra.double_equal_terms,
        algebra.subtract_negated_term,
        commuted(algebra.subtract_negated_term),
    ),
    ops.sub: (algebra.drop_zero_of_difference, algebra.add_negated_subtrahend),
    ops.mul: (
        algebra.put_number_first,
        algebra.absorb_trivial_factor,
        _merge_numbers,
        _negate_number,
        algebra.pull_sign_of_first_factor,
        _pull_number,
        commuted(algebra.pull_sign_of_first_factor),
        commuted(_pull_number),
    ),
    ops.div: (algebra.drop_unit_second_operand,),
    ops.pow: (algebra.drop_unit_second_operand,),
    ops.lowered_power: (_lowered_power,),
    ops.hypot: (_hypot_of_two,),
    ops.unit: (_unit_of_two,),
}
