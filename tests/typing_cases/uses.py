"""Uses of the public names with the types that a reader expects; both type checkers must agree with each line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type

import autograd as ag
import nn
from autograd import Value
from autograd.checking import Check
from autograd.compiling import Compiled
from autograd.graph import Paths
from autograd.tracing import Trace

a, b = Value(2.0, "a"), Value(1, "b")
numbers: NDArray[np.float64] = np.ones(3)
objects = ag.values([[1.0, 2.0]], "W")

# A Value and its arithmetic.
assert_type(a, Value)
assert_type(a.data, float)
assert_type(a.grad, float)
assert_type(a.label, str)
assert_type(a.operands, tuple[Value, ...])
assert_type(a.partials, tuple[float, ...])
assert_type(a.named("c"), Value)
assert_type(a + b, Value)
assert_type(a + 1.0, Value)
assert_type(a + 1, Value)
assert_type(1.0 + a, Value)
assert_type(a - 1.0, Value)
assert_type(2 - a, Value)
assert_type(a * b, Value)
assert_type(3 * a, Value)
assert_type(a / b, Value)
assert_type(1 / a, Value)
assert_type(a**2, Value)
assert_type(2.0**a, Value)
assert_type(-a, Value)
assert_type(abs(a), Value)
assert_type(a < b, bool)
assert_type(a.sigmoid(), Value)
assert_type(a.maximum(0.0), Value)
a += 1.0
assert_type(a, Value)

# Functions: of a float a float, of a Value a Value, of an array an array.
assert_type(ag.sin(1.0), float)
assert_type(ag.sin(1), float)
assert_type(ag.sin(a), Value)
assert_type(ag.sin(numbers), NDArray[np.float64])
assert_type(ag.sin(objects), NDArray[np.object_])
assert_type(ag.maximum(a, 0.0), Value)
assert_type(ag.maximum(0.0, a), Value)
assert_type(ag.maximum(0.0, 1.0), float)
assert_type(ag.where(1.0, 0.0, a), Value)
assert_type(ag.dot([a, b], [1.0, 2.0]), Value)
assert_type(ag.dot([1.0], [2.0], 3.0), float)
assert_type(ag.total([a, b]), Value)
assert_type(ag.total([1.0, 2.0]), float)
assert_type(ag.logsumexp([a, b]), Value)
assert_type(ag.softmax([a, b]), list[Value])
assert_type(ag.softmax([1.0, 2.0]), list[float])
assert_type(objects, NDArray[np.object_])

# Derivatives.
C = (ag.sigmoid(a * b + 0.38) - 1.0) ** 2
assert_type(C, Value)
assert_type(ag.gradient(C, a), Value)
assert_type(ag.gradient(C, [a, b]), list[Value])
assert_type(ag.gradient(C, objects), NDArray[np.object_])


def scaled(x: float, factor: int = 2) -> float:
    """Return a multiple of `x`."""
    return x * factor


ag.grad(scaled)(1.0, 3)
assert_type(ag.value_and_grad(scaled)(1.0), tuple[Any, Any])
assert_type(ag.jacobian(scaled)(1.0), NDArray[Any])
assert_type(ag.hessian(scaled)(1.0, 2), NDArray[Any])
assert_type(ag.jvp(scaled, 1.0, 1.0), tuple[Any, Any])
assert_type(ag.vjp(scaled, 1.0, 1.0), tuple[Any, Any])

# Graphs, traces, pictures, checks, compiled functions.
assert_type(ag.leaves(C), list[Value])
assert_type(ag.between(a, C), list[Value])
assert_type(ag.topological_order(C), list[Value])
assert_type(ag.paths(C, a), Paths)
assert_type(ag.paths(C, a).total, float)
assert_type(ag.replay(C, {a: 1.0}), Value)
assert_type(ag.trace(C, a), Trace)
assert_type(ag.trace(C, a).latex(), str)
assert_type(ag.trace(C, a).value, float)
assert_type(ag.draw(C).svg(), str)
assert_type(ag.draw(C).save("c.svg"), Path)
assert_type(ag.explore(C).save("c.html"), Path)
assert_type(ag.gradcheck(C), Check)
assert_type(bool(ag.gradcheck(C)), bool)
assert_type(ag.compile(C, [a, b]), Compiled)
assert_type(ag.compile(scaled, inputs=((), ())), Compiled)

# Networks.
net = nn.MLP(2, [3, 1], seed=0)
assert_type(net, nn.MLP)
assert_type(net.layers[0], nn.Layer)
assert_type(nn.SGD(0.1), nn.SGD)
cost: Callable[..., Any] = nn.quadratic
