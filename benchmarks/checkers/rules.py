"""Operations with wrong rules, and graphs to use them in."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import autograd as ag

Rule = Callable[..., Any]
GRAPHS = 4

# For each fault, the operation and its wrong rule.
FAULTS: dict[str, tuple[str, Rule]] = {
    "exp: the square": ("exp", lambda x, z: z * z),
    "exp: one lower, as for a power": ("exp", lambda x, z: x * ag.exp(x - 1.0)),
    "exp: 1 + 10⁻⁶ of it": ("exp", lambda x, z: z * (1.0 + 1e-6)),
    "exp: by a difference with step 10⁻⁷": ("exp", lambda x, z: (ag.exp(x + 1e-7) - z) / 1e-7),
    "exp2: without ln 2": ("exp2", lambda x, z: z),
    "expm1: of the result": ("expm1", lambda x, z: z),
    "log: of base 10": ("log", lambda x, z: math.log10(math.e) / x),
    "log: of the result": ("log", lambda x, z: 1.0 / z),
    "log: 10⁻¹² more": ("log", lambda x, z: 1.0 / x + 1e-12),
    "log1p: of log": ("log1p", lambda x, z: 1.0 / x),
    "sqrt: without the half": ("sqrt", lambda x, z: 1.0 / z),
    "sqrt: of the operand": ("sqrt", lambda x, z: 0.5 / x),
    "sqrt: 10⁻⁸ more": ("sqrt", lambda x, z: 0.5 / z + 1e-8),
    "cbrt: of sqrt": ("cbrt", lambda x, z: 0.5 / z),
    "sin: the sign": ("sin", lambda x, z: -ag.cos(x)),
    "sin: in float32": ("sin", lambda x, z: float(np.float32(ag.cos(float(x))))),
    "cos: sin for −sin": ("cos", lambda x, z: ag.sin(x)),
    "tan: minus for plus": ("tan", lambda x, z: 1.0 - z * z),
    "asin: without the root": ("asin", lambda x, z: 1.0 / (1.0 - x * x)),
    "acos: of asin": ("acos", lambda x, z: 1.0 / ag.sqrt(1.0 - x * x)),
    "atan: 1 − x²": ("atan", lambda x, z: 1.0 / (1.0 - x * x)),
    "sinh: of sin": ("sinh", lambda x, z: ag.cos(x)),
    "cosh: the sign, as of cos": ("cosh", lambda x, z: -ag.sinh(x)),
    "tanh: 1 − z": ("tanh", lambda x, z: 1.0 - z),
    "tanh: 1 + z²": ("tanh", lambda x, z: 1.0 + z * z),
    "erf: without 2/√π": ("erf", lambda x, z: ag.exp(-x * x)),
    "normal_cdf: the variance": ("normal_cdf", lambda x, z: ag.exp(-x * x) / math.sqrt(math.pi)),
    "sigmoid: of the operand": ("sigmoid", lambda x, z: x * (1.0 - x)),
    "sigmoid: of tanh": ("sigmoid", lambda x, z: 1.0 - z * z),
    "softplus: of the result": ("softplus", lambda x, z: ag.sigmoid(z)),
    "silu: without the product rule": ("silu", lambda x, z: ag.sigmoid(x) * (1.0 - ag.sigmoid(x))),
    "gelu: of its approximation": (
        "gelu",
        lambda x, z: ag.sigmoid(1.702 * x) * (1.0 + 1.702 * x * ag.sigmoid(-1.702 * x)),
    ),
    "relu: where it is 0 too": ("relu", lambda x, z: 1.0),
    "leaky_relu: sides changed": (
        "leaky_relu",
        lambda x, slope, z: (ag.where(ag.step(x), slope, 1.0), ag.where(ag.step(x), 0.0, x)),
    ),
    "abs: 1": ("abs", lambda x, z: 1.0),
    "add: the second subtracted": ("add", lambda x, y, z: (1.0, -1.0)),
    "sub: both added": ("sub", lambda x, y, z: (1.0, 1.0)),
    "mul: operands changed": ("mul", lambda x, y, z: (x, y)),
    "mul: the second left out": ("mul", lambda x, y, z: (y, 0.0)),
    "mul: 3·10⁻⁷ of it more": ("mul", lambda x, y, z: (y, x * (1.0 + 3e-7))),
    "div: by y": ("div", lambda x, y, z: (1.0 / y, -(x / y))),
    "div: the sign": ("div", lambda x, y, z: (1.0 / y, z / y)),
    "pow: exponent not lowered": ("pow", lambda x, y, z: (y * z, z * ag.log(x))),
    "pow: the exponent a number": ("pow", lambda x, y, z: (y * ag.pow(x, y - 1.0), 0.0)),
    "atan2: operands changed": ("atan2", lambda y, x, z: (-y / (x * x + y * y), x / (x * x + y * y))),
    "hypot: without the root": ("hypot", lambda *xs, z: tuple(x / (z * z) for x in xs)),
    "maximum: of minimum": ("maximum", lambda x, y, z: (ag.step(y - x), ag.step(x - y))),
    "clip: passes what it cuts": ("clip", lambda x, low, high, z: (1.0, 0.0, 0.0)),
    "total: the mean": ("total", lambda *xs, z: (1.0 / len(xs),) * len(xs)),
    "dot: the neighbour's": ("dot", lambda *xs, z: (*xs[3:4], *xs[2:3], *xs[:2], 1.0)),
    "dot: without the bias": ("dot", lambda *xs, z: (*xs[2:4], *xs[:2], 0.0)),
    "logsumexp: not divided by the sum": ("logsumexp", lambda *xs, z: tuple(ag.exp(x) for x in xs)),
    "softmax: of the diagonal": ("softmax", lambda i, *xs, z: (0.0, *(z * (1.0 - z) for _ in xs))),
}


def checks(name: str, rule: Rule, broken: bool) -> Iterator[Any]:
    """Yield checks of graphs that use the operation once, between others."""
    op = replace(ag.TABLE[name], partials=rule) if broken else ag.TABLE[name]
    for seed in range(GRAPHS):
        yield ag.gradcheck(around(op, seed))


def around(op: ag.Op, seed: int) -> ag.Value:
    """Return a graph that uses an operation once, between others."""
    draw = random.Random(seed)
    xs: list[Any] = [ag.Value(x, f"x[{k}]") for k, x in enumerate(inside(op, draw))]
    if op.name == "softmax":
        xs[0] = 1.0
    a, b = ag.Value(draw.uniform(-1.0, 1.0), "a"), ag.Value(draw.uniform(0.5, 2.0), "b")
    y = op(*xs).named("y")
    C: ag.Value = (ag.gaussian(y * a + b), ag.asinh(y) - a * xs[-1], (y - a) ** 2 / b, (y + 0.5) * b)[seed % 4]
    return C.named("C")


def inside(op: ag.Op, draw: random.Random) -> list[float]:
    """Return a number in the domain of each operand."""
    intervals = [op.domain[min(k, len(op.domain) - 1)] for k in range(op.arity or 5)]
    return [draw.uniform(max(each.low, -2.0) + 0.05, min(each.high, 2.0) - 0.05) for each in intervals]
