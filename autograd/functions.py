"""Functions of floats that `math` lacks, or that lose digits when written the obvious way.

These are the forward functions of the table in :mod:`autograd.ops`.  Each returns a value within 2 ulp of the
true one wherever it is representable, takes infinite operands as limits, and passes nan on.

The Gaussian and its integrals are computed to within 2 ulp out to where they underflow.  Beyond 1 or so the integrals
are density times Mills' ratio, which an integration by parts puts in a form whose leading term is exact and whose
correction is a sum of positive terms:

    ∫ₓ^∞ e^(−kt²) dt  =  e^(−kx²)/(2kx) · (1 − m),      m = E[T²/(x² + T²)],  T normal with variance 1/(2k).

The mean m is taken over a grid of step h.  For so smooth an integrand that is as good as exact once the pole at
T = ix is allowed for: C. Chiarella and A. Reichel, Math. Comp. 22 (1968) 137–143; D. B. Hunter and T. Regan,
Math. Comp. 26 (1972) 539–541.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from itertools import chain
from math import copysign, exp, expm1, fsum, inf, isinf, isnan, log1p, nan
from operator import mul

import numpy as np

from autograd.native.shims import COMPILED, vec

_SQRT_HALF = math.sqrt(0.5)
# √½ minus the float above.
_SQRT_HALF_TAIL = -4.833646656726457e-17
_TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)


def tanh(x: float) -> float:
    """Return tanh x."""
    # `math.tanh` is a little more than 2 ulp off in this range.
    if 0.17 < abs(x) < 1.0:
        e = expm1(2.0 * abs(x))
        return copysign(e / (e + 2.0), x)
    return math.tanh(x)


def sech(x: float) -> float:
    """Return 1/cosh(x), without the overflow of cosh: a leading term plus a smaller one, so that little is rounded.

    >>> sech(0.0), sech(745.0)
    (1.0, 1e-323)
    """
    e = exp(-abs(x))
    square = e * e
    if square < 0.2:
        return 2.0 * (e - e * (square / (1.0 + square)))
    return 1.0 - expm1(-abs(x)) ** 2 / (1.0 + square)


def acosh(x: float) -> float:
    """Return arcosh x for x ≥ 1."""
    # `math.acosh` is a little more than 2 ulp off in this range.
    return 2.0 * math.asinh(math.sqrt(0.5 * (x - 1.0))) if 1.0 <= x < 1.02 else math.acosh(x)


def sigmoid(x: float) -> float:
    """Return 1/(1 + e⁻ˣ), without overflow: a leading term plus a smaller one, so that little is rounded.

    >>> sigmoid(0.0), sigmoid(-800.0), sigmoid(800.0)
    (0.5, 0.0, 1.0)
    """
    e = exp(-abs(x))
    less = e / (1.0 + e)
    return e - e * less if x < 0.0 else 1.0 - less


def softplus(x: float) -> float:
    """Return log(1 + eˣ), without overflow."""
    return x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))


def silu(x: float) -> float:
    """Return x·sigmoid(x)."""
    # Far to the left, sigmoid(x) would underflow before the product does, so x is multiplied by exp(x/2) twice.
    if x > -700.0 or isnan(x):
        return x / (1.0 + exp(-x))
    half = exp(0.5 * x)
    return x * half * half if half else -0.0


def relu(x: float) -> float:
    """Return max(0, x), and nan for nan."""
    return 0.0 if x <= 0.0 else x


def step(x: float) -> float:
    """Return 1 for x > 0, 0 for x ≤ 0."""
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else nan


def sign(x: float) -> float:
    """Return the sign of x: −1, 0 or 1."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0 if x == 0.0 else nan


def compare(x: float, y: float) -> float:
    """Return the sign of x − y."""
    return 1.0 if x > y else -1.0 if x < y else 0.0 if x == y else nan


def greater(x: float, y: float) -> float:
    """Return 1 if x > y, ½ at a tie, 0 if x < y: the partial of max(x, y) with respect to x."""
    return 0.5 + 0.5 * compare(x, y)


def maximum(x: float, y: float) -> float:
    """Return the greater number; nan if either is nan."""
    return x if x >= y or isnan(x) else y


def minimum(x: float, y: float) -> float:
    """Return the smaller number; nan if either is nan."""
    return x if x <= y or isnan(x) else y


def clip(x: float, low: float, high: float) -> float:
    """Return the number between `low` and `high` that is closest to `x`."""
    if low > high:
        raise ValueError(f"low {low!r} > high {high!r}")
    return minimum(maximum(x, low), high)


def where(condition: float, x: float, y: float) -> float:
    """Return `x` if the condition is not 0, otherwise `y`."""
    return x if condition else y


def leaky_relu(x: float, slope: float) -> float:
    """Return x for x > 0, otherwise slope·x."""
    return x if x > 0.0 else slope * x


def elu(x: float, scale: float) -> float:
    """Return x for x > 0, otherwise scale·(eˣ − 1)."""
    return x if x > 0.0 else scale * math.expm1(x)


def floor(x: float) -> float:
    """Return the greatest integer that is at most x, as a float."""
    return float(math.floor(x)) if math.isfinite(x) else x


def exp2(x: float) -> float:
    """Return 2ˣ."""
    return math.pow(2.0, x)


def cbrt(x: float) -> float:
    """Return the real cube root: a power, corrected by one step of Newton's method.

    >>> cbrt(-27.0), cbrt(5e-324)
    (-3.0, 1.7031839360032603e-108)
    """
    if x == 0.0 or not math.isfinite(x):
        return x
    root = copysign(abs(x) ** (1.0 / 3.0), x)
    return root - (root - x / (root * root)) / 3.0


def power(x: float, y: float) -> float:
    """Return xʸ, also for negative x with a whole exponent."""
    if x == 0.0 and y < 0.0:
        if y == -inf:  # where Python 3.10 has a ValueError
            return inf
        raise ZeroDivisionError("0 to a negative power")
    return math.pow(x, y)


def lowered_power(x: float, y: float, n: float) -> float:
    """Return xʸ⁻ⁿ, the power that n derivatives of xʸ leave.

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
    """Return x·log(y), and 0 for x = 0; nan for negative y."""
    if x == 0.0 and not isnan(y):
        return 0.0
    if y > 0.0:
        return x * math.log(y)
    return -x * inf if y == 0.0 else nan


def leg(h: float, x: float) -> float:
    """Return √(h² − x²), the other leg of a right triangle with hypotenuse `h`.

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
    """Return x / hypot(x, *others), a component of the normalized vector; 0 for the zero vector.

    >>> unit(3.0, 4.0), unit(1e308, 1e308, 1e308, 1e308), unit(0.0, 0.0)
    (0.6, 0.5, 0.0)
    """
    h = math.hypot(x, *others)
    return x / h if 1e-290 < h < inf else units([x, *others])[0]


def units(xs: Sequence[float]) -> list[float]:
    """Normalize the vector `xs`, in time proportional to its length.

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
    # Scaled by a power of 2, so that squares neither overflow nor vanish.
    scale = 2.0**-60 if h > 1.0 else 2.0**100
    scaled = [scale * x for x in xs]
    h = math.hypot(*scaled)
    return [x / h for x in scaled]


def total(*xs: float) -> float:
    """Return the sum, rounded once.

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
    """Return w₁x₁ + w₂x₂ + … + bias for operands w₁, w₂, …, x₁, x₂, …, bias; the bias may be left out.

    Each product is rounded, and their sum is rounded once.
    """
    n = len(operands) // 2
    return total(*chain(map(mul, operands[:n], operands[n : 2 * n]), operands[2 * n :]))


def logsumexp(*xs: float) -> float:
    """Return log(e^x₁ + e^x₂ + …), without overflow."""
    if any(map(isnan, xs)):
        return nan
    top = max(xs)
    if isinf(top):
        return top
    rest = list(xs)
    rest.remove(top)
    return top + log1p(fsum(exp(x - top) for x in rest))


def softmax(index: float, *xs: float) -> float:
    """Return e^xᵢ / (e^x₀ + e^x₁ + …) for i = index, without overflow."""
    if not xs:
        raise TypeError("softmax takes an index and at least one number; ag.softmax() takes a list")
    if not (0 <= index < len(xs) and index % 1.0 == 0.0):
        raise ValueError(f"index must be a whole number from 0 to {len(xs) - 1}, got {index!r}")
    return shares(xs, [xs[int(index)]])[0]


def shares(xs: Sequence[float], wanted: Sequence[float]) -> list[float]:
    """Return e^x / (e^x₁ + e^x₂ + …) for each x of `wanted`; these are among `xs`."""
    if any(map(isnan, xs)):
        return [nan] * len(wanted)
    top = max(xs)
    total = fsum([exp(_difference(x, top)[0]) for x in xs])
    parts = [_difference(x, top) for x in wanted]
    return [exp(difference) * (1.0 + correction) / total for difference, correction in parts]


def _difference(x: float, y: float) -> tuple[float, float]:
    """Return x − y, rounded, and the rounding error (Knuth's TwoSum); 0 for equal infinities."""
    difference = 0.0 if x == y else x - y
    if difference == 0.0 or isinf(difference):
        return difference, 0.0
    back = difference - x
    return difference, (x - (difference - back)) - (y + back)


def split(x: float) -> tuple[float, float]:
    """Split `x` into two floats of at most 26 bits each, whose products are exact (Veltkamp, as in Dekker 1971).

    >>> high, low = split(0.1)
    >>> high + low == 0.1, high.hex()
    (True, '0x1.9999998000000p-4')
    """
    scaled = 134217729.0 * x
    high = scaled - (scaled - x)
    return high, x - high


def product_error(x: tuple[float, float], y: tuple[float, float], product: float) -> float:
    """Return the exact product of two split numbers minus `product`, its rounded value (Dekker 1971)."""
    return ((x[0] * y[0] - product) + x[0] * y[1] + x[1] * y[0]) + x[1] * y[1]


class Tail:
    """c·∫ₓ^∞ e^(−kt²) dt for x > 1 or so, c such that the integral over the whole line is `mass`."""

    def __init__(self, k: float, mass: float, h: float) -> None:
        with localcontext() as context:
            context.prec = 40
            squares = [Decimal(n * h) ** 2 for n in range(1, 16)]
            bells = [(-Decimal(k) * square).exp() for square in squares]
            whole = 1 + 2 * sum(bells, Decimal(0))  # over the grid from −∞ to ∞; times h that is √(π/k)
            factor = Decimal(mass) / (2 * Decimal(k) * Decimal(h) * whole)
            weights = [2 * square * bell / whole for square, bell in zip(squares, bells, strict=True)]
        self.k = k
        self.mass = mass
        self.factor = float(factor)
        self.factor_parts = split(self.factor)
        self.factor_error = float(factor / Decimal(self.factor) - 1)
        self.grid = [(float(square), float(weight)) for square, weight in zip(squares, weights, strict=True)]
        self.pole_rate = 2.0 * math.pi / h
        self.pole_end = math.pi / (k * h)

    def __call__(self, x: float) -> float:
        """Return the integral from `x` to infinity.

        It is computed at the leading half of the digits of `x`, whose square is exact, and corrected from there to `x`.
        """
        high, low = split(x)
        square = high * high
        density = exp(-self.k * square)
        product = self.factor * density
        leading = product / high
        error = product_error(self.factor_parts, split(density), product)
        error -= product_error((high, 0.0), split(leading), product)
        terms = [-leading * weight / (square + a) for a, weight in self.grid]
        terms += [leading * expm1(-2.0 * self.k * high * low), leading]
        if x < self.pole_end:
            terms.append(-self.mass / expm1(self.pole_rate * high))
        return fsum([*terms, sum(terms) * (error / product + self.factor_error)])


# Scales the tails so that their intermediate results keep full precision down to where the tails underflow.
_SCALE = 2.0**64
_ERFC = Tail(k=1.0, mass=2.0 * _SCALE, h=0.4375)
_UPPER = Tail(k=0.5, mass=_SCALE, h=0.625)


def gaussian(x: float) -> float:
    """Return exp(−x²/2).

    >>> gaussian(0.0), f"{gaussian(30.0):.14g}"
    (1.0, '3.6938830684873e-196')
    """
    if not abs(x) < 40.0:
        return x if isnan(x) else 0.0
    # exp would magnify the relative rounding error of x² by a factor of x²/2, so x² is split into two parts.
    high, low = split(x)
    bell = exp(-0.5 * high * high)
    return bell + bell * expm1(-0.5 * low * (x + high))


def erfc(x: float) -> float:
    """Return 1 − erf(x), also where erf(x) rounds to 1.  `math.erfc` is off by up to 5 ulp there.

    >>> erfc(0.0), f"{erfc(10.0):.14g}"
    (1.0, '2.0884875837625e-45')
    """
    if x > 0.8134:
        return _ERFC(x) / _SCALE if x < 27.25 else 0.0
    return 1.0 - math.erf(x) if x > 0.477 else math.erfc(x)


def normal_cdf(x: float) -> float:
    """Return Φ(x), the distribution function of the standard normal distribution.

    >>> normal_cdf(0.0), f"{normal_cdf(-37.0):.14g}"
    (0.5, '5.7255712225246e-300')
    """
    if not -38.6 < x < 40.0:
        return x if isnan(x) else float(x > 0.0)
    if x < -0.85:
        return _UPPER(-x) / _SCALE
    # Φ(x) = erfc(−x/√2)/2, corrected for the rounding of x/√2.
    t = -x * _SQRT_HALF
    error = product_error(split(-x), split(_SQRT_HALF), t) - x * _SQRT_HALF_TAIL
    return 0.5 * (erfc(t) - error * _TWO_OVER_SQRT_PI * exp(-t * t))


def gelu(x: float) -> float:
    """Return x·Φ(x), the exact form (Hendrycks and Gimpel 2016).

    >>> gelu(0.0), f"{gelu(-1.0):.14g}", gelu(100.0)
    (0.0, '-0.15865525393146', 100.0)
    """
    if -38.6 < x < -30.0:
        return x * _UPPER(-x) / _SCALE
    return x * normal_cdf(x) if x != -inf else -0.0


def sum_of_products(weights: vec[float], inputs: vec[float], bias: float) -> float:
    """Return the same sum as `dot`, faster if the engine is compiled."""
    if COMPILED:
        high, low, size = bias, 0.0, 0.0
        for i in range(len(weights)):
            term = weights[i] * inputs[i]
            result = high + term
            back = result - high
            error = (high - (result - back)) + (term - back)
            high = result
            low += error
            size += abs(error)
        result = high + low
        # The error of `low` is at most n·2⁻⁵³·size.  If neither adding nor subtracting twice that changes the sum, the
        # sum is rounded correctly.
        # Ties are left to `total`: to sum the errors exactly as well would take 0.8 ns more per term, of 4 ns.
        margin = float(len(weights) + 2) * 2.3e-16 * size
        if result != 0.0 and high + (low - margin) == high + (low + margin):
            return result
    products = [weights[i] * inputs[i] for i in range(len(weights))]
    return total(*products, bias)
