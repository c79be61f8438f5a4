"""Graphs and numbers that several tests use."""

from __future__ import annotations

import math
import random
from typing import Any

import autograd as ag
from autograd import DomainError, Op, Value

# Slots of operands that must be numbers.
NUMBER_SLOTS = {"softmax": 0, "lowered_power": 2}
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


def random_derivative(seed: int) -> tuple[Value, Value]:
    """A graph of 3 to 40 operations, named here and there, and a leaf below it.

    Negations, quotients, powers and sums of several operands; moderate numbers, so that four digits of each say enough.
    """
    draw = random.Random(seed)
    size, share, narrow = draw.choice([3, 6, 12, 20, 40]), draw.choice([0.0, 0.4, 1.0, 1.0]), draw.random() < 0.6
    leaves = [Value(draw.choice([-1, 1]) * draw.uniform(0.3, 2.5), f"x[{i}]") for i in range(1, 4)]
    leaves.append(Value(draw.choice([-3, -2, -1, 1, 2, 3]), "n"))
    nodes = [*leaves, leaves[0] - leaves[3]]
    while len(nodes) < size + 5:
        x, y = (nodes[-1], draw.choice(leaves)) if narrow else draw.choices(nodes[-6:], k=2)
        x, y = (y, x) if draw.random() < 0.15 else (x, y)
        try:
            node = _operation(draw, x, y)
        except (DomainError, OverflowError):
            continue
        partials = [partial for z in (node, *node.operands) for partial in z.partials]
        if 1e-2 < abs(node.data) < 1e2 and all(abs(partial) < 1e3 for partial in partials):
            if draw.random() < share:
                node.label = draw.choice(["u", "a^1", "W[{},1]", "theta{}", "out", "b^2[{}]"]).format(len(nodes))
            nodes.append(node)
    below = set(ag.leaves(nodes[-1]))
    return nodes[-1], draw.choice([leaf for leaf in leaves if leaf in below])


def _operation(draw: random.Random, x: Value, y: Value) -> Value:
    """An operation at random on `x`, and on `y` where it takes two."""
    number, exponent = draw.choice([2.0, 0.5, -3.0, 1.0, 0.3712]), draw.choice([2, 3, -1, -2, 1, 0.5])
    function = draw.choice([ag.sin, ag.exp, ag.exp2, ag.sigmoid, ag.tanh, ag.relu, ag.softplus])
    binary, rooted = draw.choice([ag.maximum, ag.hypot, ag.atan2]), draw.choice([ag.log, ag.log10, ag.sqrt, ag.cbrt])
    kinds = [
        [lambda: x + y, lambda: x - number, lambda: number - x, lambda: y - x, lambda: -x],
        [lambda: x * y, lambda: x * number, lambda: number * -x],
        [lambda: x / y, lambda: x / number, lambda: number / x, lambda: -x / y],
        [lambda: x**exponent, lambda: ag.abs(x) ** y, lambda: ag.abs(number) ** x],
        [lambda: function(x) if abs(x.data) < 4 else -x],
        [lambda: rooted(ag.abs(x))],
        [lambda: binary(x, y)],
        [lambda: ag.dot([x, y, x], [y, number, x], y), lambda: ag.dot([x], [y]), lambda: ag.total([x, y, -x, x])],
    ]
    return draw.choice(draw.choice(kinds))()


def random_sums(seed: int) -> tuple[Value, list[Value]]:
    """Return a cost of rows of sums of products, of either sign, short and long, with a softmax, and its leaves."""
    draw = random.Random(seed)
    rows, length = draw.choice((1, 2, 3, 5)), draw.choice((2, 3, 4, 9, 17, 24))
    W = [[Value(draw.uniform(-1.0, 1.0), f"W[{i},{k}]") for k in range(length)] for i in range(rows)]
    x = [Value(draw.uniform(-1.0, 1.0), f"x[{k}]") for k in range(length)]
    h = [ag.sin(y) for y in x]
    signs = [draw.choice((1.0, 1.0, -1.0)) for _ in range(length)] if seed % 3 else [draw.choice((1.0, -1.0))] * length
    shuffled = draw.sample(range(length), length)
    others: list[Any] = draw.choice((x, h, h[::-1], [0.5 * k - 1.0 for k in range(length)], [h[k] for k in shuffled]))
    results = []
    for row in W:
        factors = row if seed % 2 else [ag.tanh(w) for w in row]
        terms = [w * y if sign > 0 else -(w * y) for w, y, sign in zip(factors, others, signs, strict=True)]
        z = terms[0]
        for term in terms[1:]:
            z = z + term
        results.append(z + draw.choice((0.0, x[0], -h[-1])))
    shares = ag.softmax(results) if seed % 4 == 0 else [ag.tanh(z) for z in results]
    C = ag.total([share * (k + 1.0) for k, share in enumerate(shares)]) + ag.total(h) * 0.25
    return C.named("C"), [*[w for row in W for w in row], *x]


def named_operands(op: Op) -> list[Any]:
    """Return an operand with a name for each slot of an operation, or a number where it needs one."""
    operands: list[Any] = []
    for i in range(op.arity or 4):
        interval = op.domain[min(i, len(op.domain) - 1)]
        low, high = max(interval.low, -2.0), min(interval.high, 3.0)
        # Well within the domain, and another number for each operand.
        operands.append(Value(low + (high - low) * (0.55 + 0.125 * i), "xyzuv"[i]))
    if op.name in NUMBER_SLOTS:
        operands[NUMBER_SLOTS[op.name]] = 1.0
    return operands
