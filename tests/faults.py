"""Operations of the table with wrong rules, and graphs to use them in."""

from __future__ import annotations

import random
from dataclasses import replace

import autograd as ag
from autograd import TABLE, Value


def faulty(name: str, rule) -> ag.Op:
    """An operation of the table with another rule."""
    return replace(TABLE[name], partials=rule)


def inside(op: ag.Op, draw: random.Random) -> float:
    """A number in the domain of each operand."""
    return [
        draw.uniform(max(interval.low, -2.0) + 0.05, min(interval.high, 2.0) - 0.05)
        for k in range(op.arity or 5)
        for interval in [op.domain[min(k, len(op.domain) - 1)]]
    ]


def around(op: ag.Op, seed: int) -> Value:
    """A graph that uses an operation once, between others."""
    draw = random.Random(seed)
    xs = [Value(x, f"x{k}") for k, x in enumerate(inside(op, draw))]
    if op.name == "softmax":
        xs[0] = 2.0
    a, b = Value(draw.uniform(-1.0, 1.0), "a"), Value(draw.uniform(0.5, 2.0), "b")
    y = op(*xs).named("y")
    return [ag.tanh(y * a + b) * b, ag.sigmoid(y) + a * xs[-1], (y - a) ** 2 / b][seed % 3].named("C")
