"""The Gaussian, its integrals, and gelu, to within 2 ulp out to where they underflow.

Beyond 1 or so the integrals are computed as density times Mills' ratio, which an integration by parts puts in a
form whose leading term is exact and whose correction is a sum of positive terms:

    ∫ₓ^∞ e^(−kt²) dt  =  e^(−kx²)/(2kx) · (1 − m),      m = E[T²/(x² + T²)],  T normal with variance 1/(2k).

The mean m is taken over a grid of step h.  For so smooth an integrand that is as good as exact once the pole at
T = ix is allowed for: C. Chiarella and A. Reichel, Math. Comp. 22 (1968) 137–143; D. B. Hunter and T. Regan,
Math. Comp. 26 (1972) 539–541.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from math import exp, expm1, fsum, inf, isnan

_SQRT_HALF = math.sqrt(0.5)
_SQRT_HALF_TAIL = -4.833646656726457e-17  # √½ minus the float above
_TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)


def split(x: float) -> tuple[float, float]:
    """`x` as the sum of two floats of at most 26 bits each, whose products are exact (Veltkamp, as in Dekker 1971).

    >>> high, low = split(0.1)
    >>> high + low == 0.1, high.hex()
    (True, '0x1.9999998000000p-4')
    """
    scaled = 134217729.0 * x
    high = scaled - (scaled - x)
    return high, x - high


def product_error(x: tuple[float, float], y: tuple[float, float], product: float) -> float:
    """How far the exact product of two split numbers exceeds `product`, which is nearly that (Dekker 1971)."""
    return ((x[0] * y[0] - product) + x[0] * y[1] + x[1] * y[0]) + x[1] * y[1]


class Tail:
    """c·∫ₓ^∞ e^(−kt²) dt for x > 1 or so, c such that the integral over the whole line is `mass`."""

    def __init__(self, k: float, mass: float, h: float) -> None:
        with localcontext() as context:
            context.prec = 40
            squares = [Decimal(n * h) ** 2 for n in range(1, 16)]
            bells = [(-Decimal(k) * square).exp() for square in squares]
            whole = 1 + 2 * sum(bells)  # over the grid from −∞ to ∞; times h that is √(π/k)
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
        """The tail from `x` on: at the leading half of its digits, whose square is exact, and from there to `x`."""
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


_SCALE = 2.0**64  # keeps what the tails are computed from in the range of full precision
_ERFC = Tail(k=1.0, mass=2.0 * _SCALE, h=0.4375)
_UPPER = Tail(k=0.5, mass=_SCALE, h=0.625)


def gaussian(x: float) -> float:
    """exp(−x²/2); the square is taken in two parts, since its rounding error would be magnified x²/2 times.

    >>> gaussian(0.0), f"{gaussian(30.0):.14g}"
    (1.0, '3.6938830684873e-196')
    """
    if not abs(x) < 40.0:
        return x if isnan(x) else 0.0
    high, low = split(x)
    bell = exp(-0.5 * high * high)
    return bell + bell * expm1(-0.5 * low * (x + high))


def erfc(x: float) -> float:
    """1 − erf(x), also where erf(x) rounds to 1.  `math.erfc` is off by up to 5 ulp there.

    >>> erfc(0.0), f"{erfc(10.0):.14g}"
    (1.0, '2.0884875837625e-45')
    """
    if x > 0.8134:
        return _ERFC(x) / _SCALE if x < 27.25 else 0.0
    return 1.0 - math.erf(x) if x > 0.477 else math.erfc(x)


def normal_cdf(x: float) -> float:
    """Φ(x), the standard normal distribution function; in the middle erfc(−x/√2)/2, corrected for rounding x/√2.

    >>> normal_cdf(0.0), f"{normal_cdf(-37.0):.14g}"
    (0.5, '5.7255712225246e-300')
    """
    if not -38.6 < x < 40.0:
        return x if isnan(x) else float(x > 0.0)
    if x < -0.85:
        return _UPPER(-x) / _SCALE
    t = -x * _SQRT_HALF
    error = product_error(split(-x), split(_SQRT_HALF), t) - x * _SQRT_HALF_TAIL
    return 0.5 * (erfc(t) - error * _TWO_OVER_SQRT_PI * exp(-t * t))


def gelu(x: float) -> float:
    """x·Φ(x), the exact form (Hendrycks and Gimpel 2016).

    >>> gelu(0.0), f"{gelu(-1.0):.14g}", gelu(100.0)
    (0.0, '-0.15865525393146', 100.0)
    """
    if -38.6 < x < -30.0:
        return x * _UPPER(-x) / _SCALE
    return x * normal_cdf(x) if x != -inf else -0.0
