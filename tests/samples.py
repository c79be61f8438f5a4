"""Graphs and numbers that several tests use."""

from __future__ import annotations

import math

from autograd import Value

SAMPLES = [0.0, -0.0, 1.0, -1.5, 0.1, 3.0, 5e-324, 1.7e308, -1.7e308, math.inf, -math.inf, math.nan]


def olah() -> tuple[Value, Value, Value, Value, Value]:
    """The expression e = (a + b)(b + 1) at a = 2, b = 1: Olah, "Calculus on Computational Graphs" (2015)."""
    a, b = Value(2, "a"), Value(1, "b")
    c, d = (a + b).named("c"), (b + 1).named("d")
    return a, b, c, d, (c * d).named("e")


def chain(length: int) -> tuple[Value, Value]:
    """A leaf, and what becomes of it when its sign is changed `length` times."""
    x = y = Value(3.0, "x")
    for _ in range(length):
        y = -y
    return x, y


def same(x: float, y: float) -> bool:
    """Whether two floats are the same number, with −0 apart from 0 and nan equal to nan."""
    return (math.isnan(x) and math.isnan(y)) or (x == y and math.copysign(1, x) == math.copysign(1, y))
