"""Reference derivatives to 50 digits, from function values alone, and points where floats resolve them."""

from __future__ import annotations

import operator
import random
from collections import Counter
from typing import Any, NamedTuple

import mpmath

import autograd as ag
from benchmarks.checkers.compositions import UNARY, Composition, Functions, drawn

DIGITS = 50
# Digits to compute with; a flat function needs more, or its derivative would be lost.
PRECISIONS = (300, 600, 1200)
# Differences are taken at x ± |x|·10^−70, so that their relative error is about 10^−140.
STEP_DIGITS = 70
# Largest relative error of the engine's value and derivative at a point that is used.
MAX_ENGINE_ERROR = 1e-9
# Points with greater numbers or smaller derivatives are left out.
LARGEST, SMALLEST = 1e100, 1e-300

ENGINE: Functions = {
    **{name: getattr(ag, name) for name in UNARY},
    **{name: getattr(operator, other) for name, other in (("add", "add"), ("mul", "mul"), ("div", "truediv"))},
}
PRECISE: Functions = {
    **{name: getattr(mpmath, name) for name in UNARY if hasattr(mpmath, name)},
    **{name: ENGINE[name] for name in ("add", "mul", "div")},
    "log1p": lambda x: mpmath.log(1 + x),
    "expm1": lambda x: mpmath.exp(x) - 1,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
}


class Point(NamedTuple):
    """A composition, a point, and its value and derivative there, correctly rounded."""

    composition: Composition
    x: float
    value: float
    derivative: float


class Unsuitable(Exception):  # noqa: N818  a point that is not used, and no error
    """An error for points without a derivative to check; the message is the reason."""


def reference(f: Composition, x: float) -> tuple[Any, Any]:
    """Return the value and the derivative to 50 digits.

    Raises:
        Unsuitable: There is no value, or the derivative is 0 to 1,000 digits.

    >>> value, slope = reference(Composition((("tanh", 0),)), 19.0)
    >>> mpmath.nstr(slope, 12)
    '1.25565311682e-16'
    """
    for digits in PRECISIONS:
        with mpmath.workdps(digits):
            middle = mpmath.mpf(x)
            step = abs(middle) * mpmath.mpf(10) ** -STEP_DIGITS
            value, high, low = (_real(f, at) for at in (middle, middle + step, middle - step))
            rise = high - low
            # Cancellation inside the function, as in log1p, loses at most a factor of a few times 10^STEP_DIGITS.
            if abs(rise) > abs(value) * mpmath.mpf(10) ** (2 * DIGITS - digits):
                return value, rise / (2 * step)
    raise Unsuitable("the derivative is 0")


def _real(f: Composition, x: Any) -> Any:
    try:
        value = f.value(PRECISE, x)
    except (ArithmeticError, ValueError, OverflowError) as error:
        raise Unsuitable("there is no value") from error
    if not isinstance(value, mpmath.mpf) or not mpmath.isfinite(value):
        raise Unsuitable("there is no value")
    return value


def judged(f: Composition, x: float) -> Point:
    """Return the point, if it has a derivative to check.

    Raises:
        Unsuitable: There is none, or the engine is not within `MAX_ENGINE_ERROR` of it: floats do not resolve the
            function here, unless the engine is wrong.
    """
    try:
        numbers = f.results(ENGINE, x)
        engine_value, engine_slope = ag.value_and_grad(lambda t: f.value(ENGINE, t))(x)
    except (ArithmeticError, ValueError) as error:
        raise Unsuitable("there is no value") from error
    if not all(abs(number) < LARGEST for number in numbers):
        raise Unsuitable("a number on the way is too large")
    value, slope = reference(f, x)
    if not abs(slope) > SMALLEST:
        raise Unsuitable("the derivative is 0")
    if abs(engine_value - value) > MAX_ENGINE_ERROR * abs(value):
        raise Unsuitable("floats do not resolve the value")
    if abs(engine_slope - slope) > MAX_ENGINE_ERROR * abs(slope):
        raise Unsuitable("floats do not resolve the derivative")
    return Point(f, x, float(value), float(slope))


def points(seed: int, count: int) -> tuple[list[Point], Counter[str]]:
    """Return `count` points, and the reasons for which other drawn points were rejected.

    Raises:
        RuntimeError: Almost all points are rejected; usually one in three is.
    """
    draw = random.Random(seed)
    found: list[Point] = []
    left_out: Counter[str] = Counter()
    while len(found) < count:
        if sum(left_out.values()) > 3 * count + 100:
            raise RuntimeError(f"only {len(found)} of the drawn points can be used: {dict(left_out)}")
        try:
            found.append(judged(*drawn(draw)))
        except Unsuitable as reason:
            left_out[str(reason)] += 1
    return found, left_out
