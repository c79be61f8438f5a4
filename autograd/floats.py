"""Functions of floats that `math` lacks, or that lose digits when written the obvious way.

These are the forward functions of the table in :mod:`autograd.ops`.  Each returns a value within 2 ulp of the
true one wherever it is representable, takes infinite operands as limits, and passes nan on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from math import copysign, exp, expm1, fsum, inf, isinf, isnan, log1p, nan
from operator import mul

import numpy as np


def tanh(x: float) -> float:
    """The hyperbolic tangent; `math.tanh` is a little more than 2 ulp off in the range taken out here."""
    if 0.17 < abs(x) < 1.0:
        e = expm1(2.0 * abs(x))
        return copysign(e / (e + 2.0), x)
    return math.tanh(x)


def sech(x: float) -> float:
    """1/cosh(x), without the overflow of cosh: as its leading term and a smaller one, so that little is rounded.

    >>> sech(0.0), sech(745.0)
    (1.0, 1e-323)
    """
    e = exp(-abs(x))
    square = e * e
    if square < 0.2:
        return 2.0 * (e - e * (square / (1.0 + square)))
    return 1.0 - expm1(-abs(x)) ** 2 / (1.0 + square)


def acosh(x: float) -> float:
    """The inverse of cosh, x ≥ 1; `math.acosh` is a little more than 2 ulp off in the range taken out here."""
    return 2.0 * math.asinh(math.sqrt(0.5 * (x - 1.0))) if 1.0 <= x < 1.02 else math.acosh(x)


def sigmoid(x: float) -> float:
    """1/(1 + e⁻ˣ), without overflow: as its leading term and a smaller one, so that little is rounded.

    >>> sigmoid(0.0), sigmoid(-800.0), sigmoid(800.0)
    (0.5, 0.0, 1.0)
    """
    e = exp(-abs(x))
    less = e / (1.0 + e)
    return e - e * less if x < 0.0 else 1.0 - less


def softplus(x: float) -> float:
    """log(1 + eˣ), without overflow."""
    return x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))


def silu(x: float) -> float:
    """x·sigmoid(x); far to the left by halves, since sigmoid(x) alone would underflow first."""
    if x > -700.0 or isnan(x):
        return x / (1.0 + exp(-x))
    half = exp(0.5 * x)
    return x * half * half if half else -0.0


def relu(x: float) -> float:
    """max(0, x), and nan for nan."""
    return 0.0 if x <= 0.0 else x


def step(x: float) -> float:
    """1 to the right of 0, 0 at 0 and to the left."""
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else nan


def sign(x: float) -> float:
    """−1, 0 or 1."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0 if x == 0.0 else nan


def compare(x: float, y: float) -> float:
    """The sign of x − y."""
    return 1.0 if x > y else -1.0 if x < y else 0.0 if x == y else nan


def greater(x: float, y: float) -> float:
    """1 where x > y, ½ at a tie, 0 where x < y: the share of `x` in the slope of the greater of the two."""
    return 0.5 + 0.5 * compare(x, y)


def maximum(x: float, y: float) -> float:
    """The greater; nan if either is."""
    return x if x >= y or isnan(x) else y


def minimum(x: float, y: float) -> float:
    """The smaller; nan if either is."""
    return x if x <= y or isnan(x) else y


def clip(x: float, low: float, high: float) -> float:
    """`x` held between `low` and `high`."""
    if low > high:
        raise ValueError(f"low {low!r} > high {high!r}")
    return minimum(maximum(x, low), high)


def where(condition: float, x: float, y: float) -> float:
    """`x` where the condition is not 0, else `y`."""
    return x if condition else y


def leaky_relu(x: float, slope: float) -> float:
    """X to the right of 0, slope·x to the left."""
    return x if x > 0.0 else slope * x


def elu(x: float, scale: float) -> float:
    """X to the right of 0, scale·(eˣ − 1) to the left."""
    return x if x > 0.0 else scale * math.expm1(x)


def floor(x: float) -> float:
    """The greatest whole number that is not above x, as a float."""
    return float(math.floor(x)) if math.isfinite(x) else x


def exp2(x: float) -> float:
    """2ˣ."""
    return math.pow(2.0, x)


def cbrt(x: float) -> float:
    """The real cube root: a power, and one step of Newton's method for what that leaves.

    >>> cbrt(-27.0), cbrt(5e-324)
    (-3.0, 1.7031839360032603e-108)
    """
    if x == 0.0 or not math.isfinite(x):
        return x
    root = copysign(abs(x) ** (1.0 / 3.0), x)
    return root - (root - x / (root * root)) / 3.0


def power(x: float, y: float) -> float:
    """X to the power y; whole powers of negative numbers too."""
    if x == 0.0 and y < 0.0:
        if y == -inf:  # where Python 3.10 has a ValueError
            return inf
        raise ZeroDivisionError("0 to a negative power")
    return math.pow(x, y)


def lowered_power(x: float, y: float, n: float) -> float:
    """What is left of xʸ after n derivatives: x to the power y − n.

    Where y − n would round, xʸ/x/…/x is the accurate form, as the error would be magnified log(x) times.
    0 at x = 0 where y is a whole number below n: there the factor y(y−1)… before it is 0.

    >>> lowered_power(3.0, 2.0, 1.0), lowered_power(0.0, 1.0, 2.0), lowered_power(0.0, 0.5, 1.0)
    (3.0, 0.0, inf)
    """
    if x == 0.0 and 0.0 <= y < n and y == math.floor(y):
        return 0.0
    lowered = y - n
    exact = y - lowered == n and lowered + n == y
    if exact or n % 1.0 != 0.0 or n > 64.0 or x == 0.0 or isinf(x) or isinf(y):
        return _ieee_power(x, lowered)
    result = _ieee_power(x, y)
    for _ in range(int(n)):
        result /= x
    return result


def _ieee_power(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except (ValueError, OverflowError):
        with np.errstate(all="ignore"):
            return float(np.power(x, y))


def xlogy(x: float, y: float) -> float:
    """x·log(y), and 0 where x is 0; nan for negative y."""
    if x == 0.0 and not isnan(y):
        return 0.0
    if y > 0.0:
        return x * math.log(y)
    return copysign(inf, -x) if y == 0.0 else nan


def leg(h: float, x: float) -> float:
    """√(h² − x²): the other leg of a right triangle with hypotenuse `h`.

    >>> leg(5.0, 3.0), leg(1e200, 0.0)
    (4.0, 1e+200)
    """
    product = (h - x) * (h + x)
    if h < 0.0 or product < 1e-290:
        return math.sqrt(h - x) * math.sqrt(h + x)
    if not product < inf:  # too large, or 0·inf
        return 2.0 * (math.sqrt(0.5 * h - 0.5 * x) * math.sqrt(0.5 * h + 0.5 * x))
    return math.sqrt(product)


def unit(x: float, *others: float) -> float:
    """X / hypot(x, *others): a component of the vector made to length 1; 0 for the zero vector.

    >>> unit(3.0, 4.0), unit(1e308, 1e308, 1e308, 1e308), unit(0.0, 0.0)
    (0.6, 0.5, 0.0)
    """
    h = math.hypot(x, *others)
    return x / h if 1e-290 < h < inf else units([x, *others])[0]


def units(xs: Sequence[float]) -> list[float]:
    """Return the components of the vector `xs` made to length 1, in time that grows with their number.

    >>> units([3.0, 4.0]), units([1e-320, -1e-320]), units([0.0])
    ([0.6, 0.8], [0.7071067811865476, -0.7071067811865476], [0.0])
    """
    h = math.hypot(*xs)
    if 1e-290 < h < inf:
        return [x / h for x in xs]
    if h == 0.0 or isnan(h):
        return [h] * len(xs)
    infinite = sum(map(isinf, xs))
    if infinite:
        share = 1.0 / math.sqrt(infinite)
        return [copysign(share, x) if isinf(x) else 0.0 for x in xs]
    scale = 2.0**-60 if h > 1.0 else 2.0**100  # so that squares neither overflow nor vanish
    scaled = [scale * x for x in xs]
    h = math.hypot(*scaled)
    return [x / h for x in scaled]


def total(*xs: float) -> float:
    """The sum, rounded once.

    >>> total(1e308, 1e308, -1e308), total(1e16, 1.0, -1e16)
    (1e+308, 1.0)
    """
    try:
        return fsum(xs)
    except OverflowError:
        return fsum(2.0**-64 * x for x in xs) * 2.0**64
    except ValueError:
        return nan


def dot(*operands: float) -> float:
    """w₁x₁ + w₂x₂ + … (+ bias), of operands w₁, w₂, …, x₁, x₂, … (, bias); the products are rounded, their sum once."""
    n = len(operands) // 2
    return total(*chain(map(mul, operands[:n], operands[n : 2 * n]), operands[2 * n :]))


def logsumexp(*xs: float) -> float:
    """log(e^x₁ + e^x₂ + …), without overflow."""
    if any(map(isnan, xs)):
        return nan
    top = max(xs)
    if isinf(top):
        return top
    rest = list(xs)
    rest.remove(top)
    return top + log1p(fsum(exp(x - top) for x in rest))


def softmax(index: float, *xs: float) -> float:
    """e^xᵢ / (e^x₁ + e^x₂ + …), i counted from 0, without overflow."""
    if not xs:
        raise TypeError("softmax takes an index and at least one number; ag.softmax() takes a list")
    return shares(xs, [xs[int(index)]])[0]


def shares(xs: Sequence[float], wanted: Sequence[float]) -> list[float]:
    """e^x / (e^x₁ + e^x₂ + …) for each x of `wanted`, which are among `xs`."""
    if any(map(isnan, xs)):
        return [nan] * len(wanted)
    top = max(xs)
    total = fsum([exp(_difference(x, top)[0]) for x in xs])
    parts = [_difference(x, top) for x in wanted]
    return [exp(difference) * (1.0 + correction) / total for difference, correction in parts]


def _difference(x: float, y: float) -> tuple[float, float]:
    """X − y, rounded, and the rounding error (Knuth's TwoSum); 0 for equal infinities."""
    difference = 0.0 if x == y else x - y
    if difference == 0.0 or isinf(difference):
        return difference, 0.0
    back = difference - x
    return difference, (x - (difference - back)) - (y + back)
