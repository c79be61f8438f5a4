"""What can be wrong in an engine: rules, second rules, records and sweeps; and graphs to use them in."""

from __future__ import annotations

import random
from dataclasses import replace

import autograd as ag
from autograd import TABLE, Value, ops
from autograd.value import node, topological_order


def faulty(name: str, rule) -> ag.Op:
    """An operation of the table with another rule."""
    return replace(TABLE[name], partials=rule)


def inside(op: ag.Op, draw: random.Random) -> list[float]:
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


SPECIAL_CASES = {
    # The first derivative is right at the point, and the second is that of the special case.
    "pow: 0 where the exponent is 0": (
        "pow",
        lambda x, y, z: (ag.where(y, y * ag.pow(x, y - 1.0), 0.0), z * ag.log(x)),
        (7.0, 0.0),
    ),
    "hypot: half each at a tie": (
        "hypot",
        lambda x, y, z: tuple(ag.where(x - y, u / z, ag.sqrt(0.5)) for u in (x, y)),
        (3.0, 3.0),
    ),
    "mul: 0 where an operand is 0": ("mul", lambda x, y, z: (ag.where(y, y, 0.0), ag.where(x, x, 0.0)), (0.0, 2.0)),
    "softplus: a half at 0": ("softplus", lambda x, z: ag.where(x, ag.sigmoid(x), 0.5), (0.0,)),
    "exp: its number kept": ("exp", lambda x, z: ag.where(x - 1.0, z, 2.718281828459045), (1.0,)),
    "div: 1 where both are equal": (
        "div",
        lambda x, y, z: (1.0 / y, ag.where(x - y, -(z / y), -1.0 / y)),
        (2.0, 2.0),
    ),
    "logsumexp of two: half each at a tie": (
        "logsumexp",
        lambda x, y, z: tuple(ag.where(x - y, ag.exp(u - z), 0.5) for u in (x, y)),
        (1.0, 1.0),
    ),
}


def special(fault: str) -> tuple[ag.Op, tuple[float, ...]]:
    """An operation whose rule treats one point by itself, and that point."""
    name, rule, at = SPECIAL_CASES[fault]
    return replace(faulty(name, rule), arity=len(at)), at


def miscounted(x: Value, y: Value) -> Value:
    """A product that was recorded with its partials exchanged."""
    return node(ops.mul, x.data * y.data, [x, y], (x.data, y.data))


RECORDS = {
    # A graph whose record is not what was computed, and the operation that is to be named.
    "partials exchanged": (lambda x, y: ag.tanh(miscounted(x, y)), "mul"),
    "value of another operation": (lambda x, y: ag.tanh(node(ops.add, x.data * y.data, [x, y], (1.0, 1.0))), "add"),
    "operands exchanged": (lambda x, y: node(ops.sub, x.data - y.data, [y, x], (1.0, -1.0)) * x, "sub"),
    "an operand left out": (lambda x, y: node(ops.TOTAL, x.data + y.data, [x], (1.0,)) * y, "total"),
    "a partial of float32": (lambda x, y: node(ops.exp, ag.exp(x.data), [x], (1.0000001 * ag.exp(x.data),)) * y, "exp"),
    "a stale partial": (lambda x, y: node(ops.sin, ag.sin(x.data), [x], (ag.cos(x.data + 0.01),)) * y, "sin"),
}


def changed_after(x: Value, y: Value) -> Value:
    """A product one of whose operands was changed after it was recorded."""
    z = x * y
    x.data += 1.0
    return z + x


# --- sweeps: what `backward` may do wrong


def begun(output: Value, adjoint: float = 1.0) -> list[Value]:
    """The nodes from the output down, those in between with fresh gradients."""
    order = topological_order(output)[::-1]
    for x in order:
        x.grad = 0.0 if x.op is not None else x.grad
    output.grad = adjoint
    return order


def overwriting(self: Value) -> None:
    """Each use sets the adjoint and adds nothing to it."""
    for z in begun(self):
        for x, partial in zip(z.operands, z.partials, strict=True):
            x.grad = z.grad * partial


def once_a_parent(self: Value) -> None:
    """An operand that is used twice is counted once, as where parents are kept in a set."""
    for z in begun(self):
        for x, partial in dict(zip(z.operands, z.partials, strict=True)).items():
            x.grad += z.grad * partial


def too_early(self: Value) -> None:
    """Depth first, each node once: its adjoint is passed on before all of it is there."""
    begun(self)
    stack, seen = [self], set()
    while stack:
        z = stack.pop()
        if id(z) not in seen:
            seen.add(id(z))
            for x, partial in zip(z.operands, z.partials, strict=True):
                x.grad += z.grad * partial
                stack.append(x)


def wrong_seed(self: Value) -> None:
    """It begins with the value and not with 1."""
    for z in begun(self, self.data):
        for x, partial in zip(z.operands, z.partials, strict=True):
            x.grad += z.grad * partial


def last_forgotten(self: Value) -> None:
    """The last operand of each node is left out."""
    for z in begun(self):
        for x, partial in list(zip(z.operands, z.partials, strict=True))[: max(1, len(z.operands) - 1)]:
            x.grad += z.grad * partial


def stale(self: Value) -> None:
    """Nodes in between keep what they have from the call before."""
    self.grad = 1.0
    for z in reversed(topological_order(self)):
        for x, partial in zip(z.operands, z.partials, strict=True):
            x.grad += z.grad * partial


SWEEPS = [overwriting, once_a_parent, too_early, wrong_seed, last_forgotten, stale]
