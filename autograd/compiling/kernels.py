"""Kernels on arrays for the operations that NumPy lacks, by their names in the table.

All follow IEEE 754, as NumPy does.  Generated sources contain their text, with its docstrings and comments.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = Any


def sigmoid(x: Floats) -> Floats:
    """1/(1 + e⁻ˣ)."""
    return 1.0 / (1.0 + np.exp(-x))


def softplus(x: Floats) -> Floats:
    """log(1 + eˣ)."""
    return np.logaddexp(0.0, x)


def silu(x: Floats) -> Floats:
    """x·sigmoid(x), by halves where e⁻ˣ would overflow."""
    half = np.exp(0.5 * np.minimum(x, 0.0))
    return np.where(x > -700.0, x / (1.0 + np.exp(-x)), np.maximum(x, -1e4) * half * half)


def sech(x: Floats) -> Floats:
    """1/cosh(x)."""
    return 1.0 / np.cosh(x)


def relu(x: Floats) -> Floats:
    """max(0, x)."""
    return np.maximum(x, 0.0)


def step(x: Floats) -> Floats:
    """1 to the right of 0, else 0."""
    return np.heaviside(x, 0.0)


def greater(x: Floats, y: Floats) -> Floats:
    """1 where x > y, ½ where they are equal, else 0."""
    return np.where(x == y, 0.5, np.heaviside(x - y, 0.5))


def where(condition: Floats, x: Floats, y: Floats) -> Floats:
    """X where the condition is not 0, else y."""
    return np.where(condition != 0.0, x, y)


def clip(x: Floats, low: Floats, high: Floats) -> Floats:
    """X held between two bounds."""
    return np.minimum(np.maximum(x, low), high)


def leaky_relu(x: Floats, slope: Floats) -> Floats:
    """X to the right of 0, slope·x to the left."""
    return np.where(x > 0.0, x, slope * x)


def elu(x: Floats, scale: Floats) -> Floats:
    """X to the right of 0, scale·(eˣ − 1) to the left."""
    return np.where(x > 0.0, x, scale * np.expm1(x))


def xlogy(x: Floats, y: Floats) -> Floats:
    """x·log(y), and 0 where x is 0."""
    return np.where((x == 0.0) & (y == y), 0.0, x * np.log(y))


def lowered_power(x: Floats, y: Floats, n: Floats) -> Floats:
    """Return x to the power y − n; 0 at 0 where y is a whole number below n."""
    vanishes = (x == 0.0) & (y >= 0.0) & (y < n) & (y == np.floor(y))
    power = np.power(x, y - n)
    # y − n may be rounded to an even number, so the sign comes from what y and n leave when divided by 2
    is_odd = np.abs(np.fmod(y, 2.0) - np.fmod(n, 2.0)) == 1.0
    return np.where(vanishes, 0.0, np.where((x < 0.0) & is_odd, -np.abs(power), power))


def leg(h: Floats, x: Floats) -> Floats:
    """√(h² − x²)."""
    return 2.0 * (np.sqrt(0.5 * h - 0.5 * x) * np.sqrt(0.5 * h + 0.5 * x))


def unit(x: Floats, y: Floats) -> Floats:
    """x/√(x² + y²), and 0 for 0/0; infinities count as equal."""
    length = np.hypot(x, y)
    share = x / np.where(length == 0.0, 1.0, length)
    return np.where(np.isinf(x), np.where(np.isinf(y), np.sqrt(0.5), 1.0) * np.sign(x), share)


def remainder(x: Floats, y: Floats) -> Floats:
    """Return x minus the nearest multiple of y, exactly; halves go to the even multiple."""
    p = np.abs(y)
    rest = np.fmod(np.abs(x), 2.0 * p)
    less = rest - p
    rest = np.where(2.0 * rest > p, np.where(2.0 * less >= p, less - p, less), rest)
    return rest * np.where(np.signbit(x), -1.0, 1.0)


def shifted(x: Floats, top: Floats) -> Floats:
    """Return x − top, and 0 for equal infinities."""
    return np.where(x == top, 0.0, x - top)


def shifted_log(x: Floats, top: Floats) -> Floats:
    """Return top + log(x)."""
    return top + np.log(x)


def logsumexp(x: Floats) -> Floats:
    """Return log Σ exp along the last axis."""
    top = x.max(axis=-1, keepdims=True)
    return top[..., 0] + np.log(np.exp(shifted(x, top)).sum(axis=-1))


def softmax(x: Floats) -> Floats:
    """Return exp / Σ exp along the last axis."""
    parts = np.exp(shifted(x, x.max(axis=-1, keepdims=True)))
    return parts / parts.sum(axis=-1, keepdims=True)


def log_softmax(x: Floats) -> Floats:
    """Return the logarithm of exp / Σ exp along the last axis."""
    less = shifted(x, x.max(axis=-1, keepdims=True))
    return less - np.log(np.exp(less).sum(axis=-1, keepdims=True))


def erf(x: Floats) -> Floats:
    """The error function: by its series of positive terms near 0, else 1 − erfc(x)."""
    small = np.minimum(np.abs(x), 1.0)
    term = total = 2.0 / np.sqrt(np.pi) * small * np.exp(-small * small)
    for n in range(1, 20):
        term = term * (2.0 * small * small / (2 * n + 1))
        total = total + term
    return np.copysign(np.where(np.abs(x) <= 1.0, total, 1.0 - erfc_tail(np.abs(x))), x)


def erfc(x: Floats) -> Floats:
    """1 − erf(x); above ½ the difference would lose digits."""
    return np.where(x < 0.5, 1.0 - erf(x), erfc_tail(x))


def erfc_tail(x: Floats) -> Floats:
    """erfc(x) for x ≥ ½: the midpoint rule with its pole allowed for (Chiarella and Reichel, Math. Comp. 22, 1968)."""
    x = np.minimum(np.maximum(x, 0.5), 40.0)
    total = 0.5 / (x * x)
    for n in range(1, 13):
        total = total + np.exp(-0.25 * n * n) / (x * x + 0.25 * n * n)
    pole = np.where(x < 2.0 * np.pi, 2.0 / np.expm1(4.0 * np.pi * x), 0.0)
    return x / np.pi * np.exp(-x * x) * total - pole


def gaussian(x: Floats) -> Floats:
    """exp(−x²/2)."""
    return np.exp(-0.5 * x * x)


def normal_cdf(x: Floats) -> Floats:
    """The standard normal distribution function."""
    return 0.5 * erfc(-np.sqrt(0.5) * x)


def gelu(x: Floats) -> Floats:
    """X times the normal distribution function, and 0 at −∞."""
    return np.maximum(x, -100.0) * normal_cdf(x)
