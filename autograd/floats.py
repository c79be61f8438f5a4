"""Functions of floats that `math` lacks, or that lose digits when written the obvious way.

These are the forward functions of the table in :mod:`autograd.ops`.  Each returns a value within 2 ulp of the
true one wherever it is representable, takes infinite operands as limits, and passes nan on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from math import copysign, exp, fsum, inf, isinf, isnan, log1p, nan
from operator import mul

import numpy as np

_SQRT_HALF = math.sqrt(0.5)
_SQRT_HALF_TAIL = -4.833646656726457e-17  # √½ minus the float above
_TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)


def _split(x: float) -> tuple[float, float]:
    """`x` as the sum of two floats of at most 26 bits each (Veltkamp, as in Dekker 1971)."""
    scaled = 134217729.0 * x
    high = scaled - (scaled - x)
    return high, x - high


def gaussian(x: float) -> float:
    """exp(−x²/2); the square is taken in two parts, since its rounding error would be magnified x²/2 times."""
    if not abs(x) < 40.0:
        return x if isnan(x) else 0.0
    high, low = _split(x)
    return exp(-0.5 * high * high) * exp(-0.5 * low * (x + high))


def normal_cdf(x: float) -> float:
    """Φ(x), the standard normal distribution function: erfc(−x/√2)/2, corrected for the rounding of x/√2."""
    if not abs(x) < 40.0:
        return x if isnan(x) else float(x > 0)
    t = -x * _SQRT_HALF
    (a, b), (c, d) = _split(-x), _split(_SQRT_HALF)
    error = ((a * c - t) + a * d + b * c) + b * d - x * _SQRT_HALF_TAIL
    return 0.5 * (math.erfc(t) - error * _TWO_OVER_SQRT_PI * exp(-t * t))


def sech(x: float) -> float:
    """1/cosh(x), without the overflow of cosh."""
    e = exp(-abs(x))
    return 2.0 * e / (1.0 + e * e)


def sigmoid(x: float) -> float:
    """1/(1 + e⁻ˣ), without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


def softplus(x: float) -> float:
    """log(1 + eˣ), without overflow."""
    return x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))


def silu(x: float) -> float:
    """x·sigmoid(x); far to the left by halves, since sigmoid(x) alone would underflow first."""
    if x > -700.0 or isnan(x):
        return x * sigmoid(x)
    half = exp(0.5 * x)
    return x * half * half if half else -0.0


def gelu(x: float) -> float:
    """x·Φ(x), the exact form (Hendrycks and Gimpel 2016)."""
    return x * normal_cdf(x) if x != -inf else -0.0


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
    """The real cube root (math.cbrt came with Python 3.11)."""
    return float(np.cbrt(x))


def power(x: float, y: float) -> float:
    """X to the power y; whole powers of negative numbers too."""
    if x == 0.0 and y < 0.0:
        raise ZeroDivisionError
    return math.pow(x, y)


def lowered_power(x: float, y: float, n: float) -> float:
    """X to the power y − n, for whole n: what is left of xʸ after n derivatives.

    Where y − n would round, xʸ/xⁿ is the accurate form, as the error would be magnified log(x) times.
    0 at x = 0 where y is a whole number below n: there the factor y(y−1)… before it is 0.
    """
    if x == 0.0 and 0.0 <= y < n and y == math.floor(y):
        return 0.0
    with np.errstate(all="ignore"):
        lowered = y - n
        if y - lowered == n and lowered + n == y:
            return _quiet_power(x, lowered)
        return _quiet_power(x, y) / float(np.float64(x) ** n)


def _quiet_power(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except (ValueError, OverflowError):
        return float(np.power(x, y))


def xlogy(x: float, y: float) -> float:
    """x·log(y), and 0 where x is 0; nan for negative y."""
    if x == 0.0 and not isnan(y):
        return 0.0
    if y > 0.0:
        return x * math.log(y)
    return copysign(inf, -x) if y == 0.0 else nan


def leg(h: float, x: float) -> float:
    """√(h² − x²): the other leg of a right triangle with hypotenuse `h`."""
    product = (h - x) * (h + x)
    if isinf(product) and not isinf(h):
        return math.sqrt(h - x) * math.sqrt(h + x)
    return math.sqrt(product)


def unit(x: float, *others: float) -> float:
    """X / hypot(x, *others): a component of the vector made to length 1; 0 for the zero vector."""
    h = math.hypot(x, *others)
    if h == 0.0 or isnan(h):
        return h
    if isinf(h):
        infinite = sum(map(isinf, (x, *others)))
        if infinite:
            return copysign(1.0 / math.sqrt(infinite), x) if isinf(x) else 0.0
        return 0.25 * x / math.hypot(0.25 * x, *(0.25 * y for y in others))
    if h < 1e-290:
        return 1e30 * x / math.hypot(1e30 * x, *(1e30 * y for y in others))
    return x / h


def total(*xs: float) -> float:
    """The sum, rounded once."""
    try:
        return fsum(xs)
    except (OverflowError, ValueError):
        return sum(xs)


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
    if any(map(isnan, xs)):
        return nan
    return _softmax(int(index), xs)


def _softmax(index: int, xs: Sequence[float]) -> float:
    top = max(xs)
    chosen, correction = _difference(xs[index], top)
    return exp(chosen) * (1.0 + correction) / fsum(exp(_difference(x, top)[0]) for x in xs)


def _difference(x: float, y: float) -> tuple[float, float]:
    """X − y, rounded, and the rounding error (Knuth's TwoSum); 0 for equal infinities."""
    if x == y or isinf(x) or isinf(y):
        return (0.0 if x == y else x - y), 0.0
    difference = x - y
    back = difference - x
    return difference, (x - (difference - back)) - (y + back)
