"""Domains of operations, and the errors outside them.

Not part of `autograd.op`, which is compiled: mypyc gives no docstring to classes that are not its own, as an exception
of two built-in bases cannot be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograd.reals import real


class DomainError(ValueError):
    """An operation was evaluated outside its domain, as log(−1) or (−1)**0.5."""


class PoleError(DomainError, ZeroDivisionError):
    """An operation was evaluated at a pole, as 1/0 or 0**−1."""


class ComplexError(DomainError, TypeError):
    """A function of real numbers gave a complex one, as (−1.0)**1.5 does in Python."""


def real_result(x: object, where: str) -> float:
    """Return a result as a float.

    Raises:
        ComplexError: it is complex, so that there is no real value.
        TypeError: it is not one number.
    """
    try:
        return real(x, where)
    except TypeError as error:
        if isinstance(x, (complex, np.complexfloating)):
            raise ComplexError(str(error)) from None
        raise


@dataclass(frozen=True)
class Interval:
    """An interval of real numbers, as the domain of an operand.

    Attributes:
        low: the lower end.
        high: the upper end.
        open: True if the ends are left out.

    >>> print(Interval(-1, 1)), 1.0 in Interval(0, 1), 0.0 in Interval(0, open=True)
    −1 ≤ x ≤ 1
    (None, True, False)
    """

    low: float = -math.inf
    high: float = math.inf
    open: bool = False

    def __contains__(self, x: float) -> bool:
        return self.low < x < self.high if self.open else self.low <= x <= self.high

    def __str__(self) -> str:
        less, greater = ("<", ">") if self.open else ("≤", "≥")
        if math.isinf(self.low) and math.isinf(self.high):
            text = "x finite"
        elif math.isinf(self.high):
            text = f"x {greater} {self.low:g}"
        elif math.isinf(self.low):
            text = f"x {less} {self.high:g}"
        else:
            text = f"{self.low:g} {less} x {less} {self.high:g}"
        return text.replace("-", "−")


def interval_of(domain: Sequence[Interval], slot: int) -> Interval:
    """Return the interval of an operand; the last one of a domain applies to all further operands."""
    return domain[min(slot, len(domain) - 1)]


REAL = Interval()
POSITIVE = Interval(0.0, open=True)
