"""Values and derivatives to 50 digits, by a road that shares no rule of differentiation with the package.

An operation hands itself over to whatever has an ``__operation__`` method, so that mpmath's numbers need no more than
that to go through the same functions as floats and Values.  They get it in a context of their own, which leaves
mpmath as everybody else finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from autograd import Op

exact = mpmath.MPContext()
exact.dps = 50

_UNLIKE_MPMATH = {
    "total": lambda *xs: exact.fsum(xs),
    "dot": lambda *xs: exact.fdot(xs[: len(xs) // 2], xs[len(xs) // 2 :]),
    "logsumexp": lambda *xs: exact.log(exact.fsum(map(exact.exp, xs))),
    "sigmoid": lambda x: 1 / (1 + exact.exp(-x)),
}


def _apply(number: Any, op: Op, operands: Sequence[Any]) -> Any:
    function = _UNLIKE_MPMATH.get(op.name) or getattr(exact, op.name)
    return function(*map(exact.mpf, operands))


exact.mpf.__operation__ = _apply


def value(f: Callable[[Sequence[Any]], Any], x: Sequence[float]) -> Any:
    """f(x) to 50 digits; the floats in `x`, and in `f`, count as the binary numbers that they are.

    >>> import autograd as ag
    >>> str(value(lambda x: ag.exp(x[0]), [1.0]))
    '2.7182818284590452353602874713526624977572470937'
    """
    return f([exact.mpf(number) for number in x])


def gradient(f: Callable[[Sequence[Any]], Any], x: Sequence[float]) -> list[float]:
    """∂f/∂xᵢ from finite differences, of values with so many digits to spare that all of a float are right."""
    return [_derivative(f, x, [i]) for i in range(len(x))]


def hessian(f: Callable[[Sequence[Any]], Any], x: Sequence[float]) -> list[list[float]]:
    """∂²f/∂xᵢ∂xⱼ, likewise."""
    return [[_derivative(f, x, [i, j]) for j in range(len(x))] for i in range(len(x))]


def _derivative(f: Callable[[Sequence[Any]], Any], x: Sequence[float], wrt: Sequence[int]) -> float:
    orders = tuple(wrt.count(i) for i in range(len(x)))
    return float(exact.diff(lambda *xs: f(xs), tuple(exact.mpf(number) for number in x), orders))
