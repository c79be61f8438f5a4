"""Numbers of 50 digits that the operations of the package take, for references that share no rule with it.

An operation hands itself over to whatever has an ``__operation__`` method, so mpmath's numbers need no more than that;
they get it in a context of their own, which leaves the mpmath of everyone else as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
from autograd import Op

exact = mpmath.MPContext()
exact.dps = 50

_NAMED = {
    "total": lambda *xs: exact.fsum(xs),
    "dot": lambda *xs: exact.fdot(zip(xs[: len(xs) // 2], xs[len(xs) // 2 :], strict=False)) + _bias(xs),
    "logsumexp": lambda *xs: exact.log(exact.fsum(map(exact.exp, xs))),
    "sigmoid": lambda x: 1 / (1 + exact.exp(-x)),
}


def _bias(operands: Sequence[Any]) -> Any:
    return operands[-1] if len(operands) % 2 else 0


def _apply(number: Any, op: Op, operands: Sequence[Any]) -> Any:
    return _NAMED.get(op.name, getattr(exact, op.name, None))(*map(exact.mpf, operands))


exact.mpf.__operation__ = _apply


def value(f: Callable[..., Any], x: Sequence[Any]) -> Any:
    """f(x) to 50 digits; the floats in `x` count as the exact binary numbers that they are."""
    return f([exact.mpf(number) for number in x])


def gradient(f: Callable[..., Any], x: Sequence[Any]) -> list[Any]:
    """∂f/∂xᵢ from differences of values that have digits enough to spare: no rule of differentiation is used."""
    return [_difference(f, x, [i]) for i in range(len(x))]


def hessian(f: Callable[..., Any], x: Sequence[Any]) -> list[list[Any]]:
    """∂²f/∂xᵢ∂xⱼ, likewise."""
    return [[_difference(f, x, [i, j]) for j in range(len(x))] for i in range(len(x))]


def _difference(f: Callable[..., Any], x: Sequence[Any], along: Sequence[int]) -> Any:
    orders = tuple(along.count(i) for i in range(len(x)))
    return exact.diff(lambda *xs: f(list(xs)), tuple(exact.mpf(number) for number in x), orders)
