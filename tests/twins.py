"""The operations a second time, to any number of digits: what the tests hold the table against.

A twin computes only the value.  Its derivatives are differences of it, taken with so many digits that 50 of them are
right: no rule of differentiation is written down here, so none can be wrong in the same way as the table's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product
from math import prod

from mpmath import mp, mpf

DIGITS = 50
LEVELS = ((150, 30), (300, 40), (700, 60), (1200, 80))
"""Working precision and step, in digits; a result counts once two levels agree to `DIGITS`, or at the last."""


def _clip(x: mpf, low: mpf, high: mpf) -> mpf:
    return min(max(x, low), high)


def _sign(x: mpf) -> mpf:
    return mp.sign(x)


def _real_power(x: mpf, y: mpf) -> mpf:
    z = mp.power(x, y)
    if isinstance(z, mp.mpc):
        raise ValueError(f"{x}**{y} is not real")
    return z


def _erfc(x: mpf) -> mpf:
    """0 far out, where the function of mpmath overflows in counting its own terms."""
    return mp.erfc(x) if x < 1e6 else mpf(0)


def _truncate(x: mpf) -> mpf:
    return mp.sign(x) * mp.floor(abs(x))


def _norm(*xs: mpf) -> mpf:
    return mp.sqrt(sum(x * x for x in xs))


def _dot(*operands: mpf) -> mpf:
    n = len(operands) // 2
    return sum((x * y for x, y in zip(operands[:n], operands[n : 2 * n], strict=True)), start=sum(operands[2 * n :]))


def _softmax(i: mpf, *xs: mpf) -> mpf:
    chosen = xs[int(mp.nint(i))]
    return 1 / sum(mp.exp(x - chosen) for x in xs)


TWINS: dict[str, Callable[..., mpf]] = {
    "pos": lambda x: x,
    "neg": lambda x: -x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": _real_power,
    "lowered_power": lambda x, y, n: _real_power(x, y - n),
    "xlogy": lambda x, y: x * mp.log(y),
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": lambda x: mp.log(1 + x),
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "hypot": _norm,
    "unit": lambda x, *ys: x / _norm(x, *ys),
    "leg": lambda h, x: mp.sqrt((h - x) * (h + x)),
    "atan2": mp.atan2,
    "degrees": lambda x: x * 180 / mp.pi,
    "radians": lambda x: x * mp.pi / 180,
    "erf": mp.erf,
    "erfc": _erfc,
    "gaussian": lambda x: mp.exp(-x * x / 2),
    "normal_cdf": lambda x: _erfc(-x / mp.sqrt(2)) / 2,
    "abs": abs,
    "sign": _sign,
    "step": lambda x: mpf(x > 0),
    "floor": mp.floor,
    "greater": lambda x, y: (1 + _sign(x - y)) / 2,
    "maximum": max,
    "minimum": min,
    "clip": _clip,
    "where": lambda c, x, y: x if c else y,
    "fmod": lambda x, y: x - y * _truncate(x / y),
    "remainder": lambda x, y: x - y * mp.nint(x / y),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "gelu": lambda x: x * _erfc(-x / mp.sqrt(2)) / 2,
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, scale: x if x > 0 else scale * mp.expm1(x),
    "total": lambda *xs: sum(xs),
    "dot": _dot,
    "logsumexp": lambda *xs: max(xs) + mp.log(sum(mp.exp(x - max(xs)) for x in xs)),
    "softmax": _softmax,
}


@cache
def true(name: str, operands: tuple[float, ...], slots: tuple[int, ...] = ()) -> mpf:
    """The value of an operation, or its partial derivative in `slots`, each time by central differences.

    Raises:
        ArithmeticError: the differences do not settle, as at a kink.
    """
    result = mpf(0)
    for digits, step_digits in LEVELS:
        previous = result
        with mp.workdps(digits):
            result, noise = _difference(TWINS[name], [mpf(x) for x in operands], slots, step_digits)
            if abs(result) < noise * mpf(10) ** DIGITS:
                result = mpf(0)  # not to be told from 0 with so few digits
            elif abs(result - previous) < abs(result) * mpf(10) ** -DIGITS:
                return result
    if not previous or not result:
        return result
    if abs(result) < abs(previous) * 1e-9:
        return mpf(0)  # it vanishes with the step
    raise ArithmeticError(f"{name}{operands} has no derivative in {slots}: {previous} became {result}")


def _difference(
    twin: Callable[..., mpf], operands: list[mpf], slots: tuple[int, ...], step_digits: int
) -> tuple[mpf, mpf]:
    """The central difference, with steps that are small beside every operand (and beside 1), and what it may be off."""
    h = min([mpf(1), *(abs(x) for x in operands if x)]) * mpf(10) ** -step_digits
    weights: dict[tuple[mpf, ...], int] = {}
    for signs in product((1, -1), repeat=len(slots)):
        moved = list(operands)
        for slot, direction in zip(slots, signs, strict=True):
            moved[slot] += direction * h
        weights[tuple(moved)] = weights.get(tuple(moved), 0) + prod(signs)
    terms = [weight * twin(*moved) for moved, weight in weights.items()]
    width = (2 * h) ** len(slots)
    return sum(terms) / width, mp.eps * max(abs(term) for term in terms) / width
