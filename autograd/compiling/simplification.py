"""What a person would not write out: 1·x, 0 + x, x¹, −−x, and numbers that can be multiplied beforehand.

Also operations of any number of operands, in terms of those of two.
"""

from __future__ import annotations

import math

from autograd import ops
from autograd.compiling.arrays import Array, Literal, Maker, Map, is_number
from autograd.context import quiet
from autograd.op import Op

# Whole numbers up to this are exact in float32 too.
MAX_WHOLE = 2.0**24


def simplified(program: Maker, op: Op, xs: tuple[Array, ...]) -> Array | None:
    """What a person would write instead, None for nothing simpler."""
    if all(isinstance(x, Literal) for x in xs):
        return _folded(program, op, xs)
    if op is ops.mul:
        return _product(program, *xs)
    if op is ops.add:
        return _sum(program, *xs)
    if op is ops.sub:
        x, y = xs
        if is_number(y, 0.0):
            return x
        if is_number(x, 0.0):
            return -y
        return x + y.operands[0] if isinstance(y, Map) and y.op is ops.neg else None
    if op is ops.neg and isinstance(xs[0], Map):
        if xs[0].op is ops.neg:
            return xs[0].operands[0]
        if xs[0].op is ops.sub:
            return xs[0].operands[1] - xs[0].operands[0]
        if xs[0].op is ops.mul and isinstance(xs[0].operands[0], Literal):
            return -xs[0].operands[0] * xs[0].operands[1]
    if op is ops.pos or ((op is ops.div or op is ops.pow) and is_number(xs[1], 1.0)):
        return xs[0]
    if op is ops.lowered_power:
        return _lowered_power(*xs)
    if op is ops.hypot and len(xs) != 2:
        first = program.apply(op, xs[:-1]) if len(xs) > 1 else xs[0]
        return abs(first) if len(xs) == 1 else program.apply(op, (first, xs[-1]))
    if op is ops.unit and len(xs) != 2:
        others = program.apply(ops.hypot, xs[1:]) if len(xs) > 1 else xs[0]
        return program.apply(ops.sign, xs) if len(xs) == 1 else program.apply(op, (xs[0], others))
    return None


def _folded(program: Maker, op: Op, xs: tuple[Array, ...]) -> Array | None:
    numbers = [x.number for x in xs if isinstance(x, Literal)]
    powers = [x.power for x in xs if isinstance(x, Literal)]
    if op is ops.mul and abs(sum(powers)) <= 1:
        return program.literal(numbers[0] * numbers[1], sum(powers))
    if op is ops.neg:
        return program.literal(-numbers[0], powers[0])
    if op in (ops.add, ops.sub) and powers[0] == powers[1]:
        return program.literal(op.value(*numbers), powers[0])
    if any(powers):
        return None
    with quiet():
        return program.literal(op.value(*numbers))


def _product(program: Maker, x: Array, y: Array) -> Array | None:
    if isinstance(y, Literal) and not isinstance(x, Literal):
        return y * x
    if isinstance(x, Literal):
        if x.power == 0 and x.number in (0.0, 1.0, -1.0):
            return x if x.number == 0.0 else y if x.number == 1.0 else -y
        if isinstance(y, Map) and y.op is ops.mul and isinstance(y.operands[0], Literal):
            if _leaves_the_floats(x.number, y.operands[0].number):
                return None
            factor = _folded(program, ops.mul, (x, y.operands[0]))
            return None if factor is None else factor * y.operands[1]
        return -x * y.operands[0] if isinstance(y, Map) and y.op is ops.neg else None
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Map) and one.op is ops.neg:
            return -(one.operands[0] * other)
        if isinstance(one, Map) and one.op is ops.mul and isinstance(one.operands[0], Literal):
            return one.operands[0] * (one.operands[1] * other)
    return None


def _leaves_the_floats(x: float, y: float) -> bool:
    """Whether the product of two numbers is too large or too small, where either with a third may not be."""
    return math.isfinite(x) and math.isfinite(y) and x != 0.0 and y != 0.0 and not 1e-300 < abs(x * y) < 1e300


def _sum(program: Maker, x: Array, y: Array) -> Array | None:
    if is_number(x, 0.0):
        return y
    if is_number(y, 0.0):
        return x
    if x is y:
        return 2.0 * x
    if isinstance(y, Map) and y.op is ops.neg:
        return x - y.operands[0]
    if isinstance(x, Map) and x.op is ops.neg:
        return y - x.operands[0]
    return None


def _lowered_power(x: Array, y: Array, n: Array) -> Array | None:
    """Return x to the power y − n if that is exact, and the factor before it does not become 0; else None."""
    if (
        not isinstance(y, Literal)
        or not isinstance(n, Literal)
        or (y.number % 1.0 == 0.0 and 0.0 <= y.number < n.number)
        or abs(y.number) + n.number > MAX_WHOLE
    ):
        return None
    exponent = y.number - n.number
    return x.program.literal(1.0) if exponent == 0.0 else x**exponent
