"""Weight initializers: functions of fan_in, fan_out and a generator that return a (fan_out, fan_in) matrix.

The variance of the weights determines how signals grow or fade from layer to layer:

* Glorot and Bengio 2010 (also called Xavier): Var w = 2/(fan_in + fan_out), for sigmoid, tanh and linear layers;
* He et al. 2015 (also called Kaiming): Var w = 2/fan_in, for relu and its relatives;
* LeCun et al. 1998: Var w = 1/fan_in.

The uniform initializers draw from ±√(3·Var w), which has that variance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nn._values import Floats, number, reals

# ``initializer(fan_in, fan_out, rng)`` returns a matrix of shape (fan_out, fan_in).
Initializer = Callable[[int, int, np.random.Generator], Any]


def constant(value: float) -> Initializer:
    """Return an initializer that sets every weight to `value`.

    Args:
        value: The weight.

    >>> constant(0.5)(2, 1, np.random.default_rng(0))
    array([[0.5, 0.5]])
    """
    value = number(value, "value")
    return lambda fan_in, fan_out, rng: np.full((fan_out, fan_in), value)


def uniform(low: float = -1.0, high: float = 1.0) -> Initializer:
    """Return an initializer that draws uniformly between `low` and `high`; the default is micrograd's.

    Args:
        low: The lower bound.
        high: The upper bound.

    Raises:
        ValueError: `low` is above `high`, or the difference is not finite.

    >>> uniform(0.0, 1.0)(2, 1, np.random.default_rng(0)).round(3)
    array([[0.637, 0.27 ]])
    """
    low, high = number(low, "low"), number(high, "high")
    # NumPy raises an OverflowError for a range that is not finite.
    if low > high or not math.isfinite(high - low):
        raise ValueError(f"low must be at most high, with a finite difference, got {low:g} and {high:g}")
    return lambda fan_in, fan_out, rng: rng.uniform(low, high, (fan_out, fan_in))


def normal(mean: float = 0.0, deviation: float = 1.0) -> Initializer:
    """Return an initializer that draws from a normal distribution; the default is that of Nielsen 2015, chapter 1.

    Args:
        mean: The mean.
        deviation: The standard deviation.

    >>> normal()(2, 1, np.random.default_rng(0)).round(3)
    array([[ 0.126, -0.132]])
    """
    mean, deviation = number(mean, "mean"), number(deviation, "deviation", 0.0)
    return lambda fan_in, fan_out, rng: rng.normal(mean, deviation, (fan_out, fan_in))


def zeros(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Return zeros; neurons of a layer that start equal stay equal."""
    return np.zeros((fan_out, fan_in))


def glorot_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Draw uniformly with variance 2/(fan_in + fan_out)."""
    return _uniform(2.0 / (fan_in + fan_out), fan_in, fan_out, rng)


def glorot_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Draw normally with variance 2/(fan_in + fan_out)."""
    return _normal(2.0 / (fan_in + fan_out), fan_in, fan_out, rng)


def he_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Draw uniformly with variance 2/fan_in."""
    return _uniform(2.0 / fan_in, fan_in, fan_out, rng)


def he_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Draw normally with variance 2/fan_in."""
    return _normal(2.0 / fan_in, fan_in, fan_out, rng)


def lecun_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Draw uniformly with variance 1/fan_in."""
    return _uniform(1.0 / fan_in, fan_in, fan_out, rng)


def lecun_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Draw normally with variance 1/fan_in."""
    return _normal(1.0 / fan_in, fan_in, fan_out, rng)


# The initializers that have a name.
INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "uniform": uniform(),
    "normal": normal(),
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "xavier_uniform": glorot_uniform,
    "xavier_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "kaiming_uniform": he_uniform,
    "kaiming_normal": he_normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
}
# Operations that pass about half of their inputs, for which He's variance is derived.
_RECTIFIERS = {"relu", "leaky_relu", "elu", "silu", "gelu", "softplus"}


def find(init: str | Initializer | None, activation: str) -> Initializer:
    """Return the initializer named `init`; for None, He's for relu and similar activations, else Glorot's.

    Raises:
        LookupError: No initializer has that name.
        TypeError: `init` is neither a name nor a function.
    """
    if init is None:
        return he_normal if activation in _RECTIFIERS else glorot_uniform
    if callable(init):
        return init
    if not isinstance(init, str):
        raise TypeError(f"init must be a name or a function of (fan_in, fan_out, rng), got {type(init).__name__}")
    if init not in INITIALIZERS:
        raise LookupError(f"init must be one of {', '.join(INITIALIZERS)}, or a function, got {init!r:.60}")
    return INITIALIZERS[init]


def draw(initializer: Initializer, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Return the weights that `initializer` draws, as floats.

    Raises:
        ValueError: Their shape is not (fan_out, fan_in), or one is not finite.
        TypeError: One is not a real number.
    """
    weights = reals(initializer(fan_in, fan_out, rng), "the array of an initializer")
    if weights.shape != (fan_out, fan_in):
        raise ValueError(
            f"an initializer must return an array of shape (fan_out, fan_in) = {(fan_out, fan_in)}, got {weights.shape}"
        )
    if not np.isfinite(weights).all():
        raise ValueError("an initializer must return finite numbers, got NaN or infinity")
    return weights


def _uniform(variance: float, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    bound = math.sqrt(3.0 * variance)  # U(−b, b) has the variance b²/3
    return rng.uniform(-bound, bound, (fan_out, fan_in))


def _normal(variance: float, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    return rng.normal(0.0, math.sqrt(variance), (fan_out, fan_in))
