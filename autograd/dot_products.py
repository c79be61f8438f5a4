"""Dot products: their nodes, and vectors of operands that neurons share.

A dot of hundreds of operands is one node.  Its numbers are kept without a box each, and inputs that are floats become
nodes only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np

from autograd import ops
from autograd.backward import TURN, Node, count_use, pass_to
from autograd.context import WATCH
from autograd.functions import sum_of_products
from autograd.native.shims import i64, mypyc_attr, vec
from autograd.reals import elementwise, real
from autograd.value import RECORDING, Constant, DotRecorder, Value, announce

_DOT: Final = ops.DOT


@final
@mypyc_attr(acyclic=True)
class Vector:
    """Weights or inputs of a dot: the operands, and their numbers without a box each.

    Floats among the operands become nodes only when `values` is called: an image has hundreds.

    Attributes:
        operands: Values and floats; other numbers are converted, since an array may change.
        numbers: the data of the operands when the dot was recorded.
        nodes: True if any operand is a Value.
        deep: True if any operand is the result of an operation.
    """

    __slots__ = ("deep", "nodes", "numbers", "operands")

    operands: tuple[Any, ...]
    numbers: vec[float]
    nodes: bool
    deep: bool

    def __init__(self, operands: tuple[Any, ...]) -> None:
        numbers = vec[float]([0.0] * len(operands))
        nodes = deep = converted = False
        for i, x in enumerate(operands):
            if type(x) is Value:  # a leaf, as weights are: only its class is looked at, in 1.5 ns
                numbers[i] = x.data
                nodes = True
            elif isinstance(x, Value):
                numbers[i] = x.data
                nodes = True
                deep = deep or x.op is not None
            elif type(x) is float:
                numbers[i] = x
            else:
                numbers[i] = real(x, "dot()")
                converted = True
        self.operands = _converted(operands) if converted else operands
        self.numbers = numbers
        self.nodes = nodes
        self.deep = deep

    def values(self) -> tuple[Value, ...]:
        """Return the operands as nodes, the same in all threads."""
        if not _are_nodes(self.operands):
            with TURN.lock:
                self.operands = _nodes(self.operands)
                self.nodes = True
        return self.operands

    def count_uses(self, stack: list[Node], start: i64) -> None:
        """See `Node._count_uses`."""
        if self.deep:
            for x in self.operands:
                if isinstance(x, Value):
                    count_use(x, stack, start)

    def pass_on(self, adjoint: float, partials: vec[float], ready: list[Node], start: i64) -> None:
        """See `Node._pass_on`."""
        if self.deep:
            for i, x in enumerate(self.operands):
                if isinstance(x, Value):
                    pass_to(x, adjoint, partials[i], ready, start)
        elif self.nodes and adjoint != 0.0:
            for i, x in enumerate(self.operands):
                partial = partials[i]
                if partial != 0.0 and isinstance(x, Value) and not isinstance(x, Constant):
                    x.grad += partial * adjoint


@final
@mypyc_attr(acyclic=True)
class Dot(Value):
    """The result of `dot`.  The partial with respect to wᵢ is xᵢ, and vice versa."""

    __slots__ = ("_bias", "_inputs", "_weights")

    _weights: Vector
    _inputs: Vector
    _bias: tuple[Any, ...]

    def __init__(self, data: float, weights: Vector, inputs: Vector, bias: tuple[Any, ...]) -> None:
        self.data = data
        self.grad = 0.0
        self._label = ""
        self.op = _DOT
        self._mark = 0
        self._weights = weights
        self._inputs = inputs
        self._bias = bias
        if WATCH.on:
            announce(self)

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        if not _are_nodes(self._bias):
            with TURN.lock:
                self._bias = _nodes(self._bias)
        return (*self._weights.values(), *self._inputs.values(), *self._bias)

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return (*self._inputs.numbers, *self._weights.numbers, *[1.0] * len(self._bias))

    def _count_uses(self, stack: list[Node], start: i64) -> None:
        """See `Node._count_uses`."""
        self._weights.count_uses(stack, start)
        self._inputs.count_uses(stack, start)
        for x in self._bias:
            if isinstance(x, Value):
                count_use(x, stack, start)

    def _pass_on(self, ready: list[Node], start: i64) -> None:
        """See `Node._pass_on`."""
        adjoint = self.grad
        self._weights.pass_on(adjoint, self._inputs.numbers, ready, start)
        self._inputs.pass_on(adjoint, self._weights.numbers, ready, start)
        for x in self._bias:
            if isinstance(x, Value):
                pass_to(x, adjoint, 1.0, ready, start)


@final
@mypyc_attr(acyclic=True)
class Shared:
    """A tuple of numbers and its vector, in one object: no thread reads the tuple of one dot with another vector."""

    __slots__ = ("operands", "vector")

    operands: tuple[Any, ...]
    vector: Vector

    def __init__(self, operands: tuple[Any, ...], vector: Vector) -> None:
        self.operands = operands
        self.vector = vector


NO_NUMBERS: Final = Shared((), Vector(()))


@final
class Dots(DotRecorder):
    """The recorder of dots, which keeps the last operands that were only numbers: the neurons of a layer share them.

    Attributes:
        shared: these operands and their vector.
    """

    __slots__ = ("shared",)

    shared: Shared

    def __init__(self) -> None:
        self.shared = NO_NUMBERS

    def record(self, weights: tuple[Any, ...], inputs: tuple[Any, ...], bias: tuple[Any, ...]) -> Any:
        """See `DotRecorder.record`."""
        try:
            w, x = self._vector(weights), self._vector(inputs)
            b = 0.0
            if bias:
                last = bias[0]
                b = last.data if isinstance(last, Value) else real(last, "dot()")
                if type(last) is not float and not isinstance(last, Value):
                    bias = (b,)
        except TypeError:
            if any(isinstance(x, np.ndarray) and x.ndim for x in (*weights, *inputs, *bias)):
                return elementwise(_DOT, (*weights, *inputs, *bias))
            raise
        return Dot(sum_of_products(w.numbers, x.numbers, b), w, x, bias)

    def node(self, data: float, operands: Sequence[Value], partials: tuple[float, ...]) -> Value:
        """See `DotRecorder.node`."""
        n = len(operands) // 2
        weights, inputs = Vector(tuple(operands[:n])), Vector(tuple(operands[n : 2 * n]))
        weights.numbers, inputs.numbers = vec[float](partials[n : 2 * n]), vec[float](partials[:n])
        return Dot(data, weights, inputs, tuple(operands[2 * n :]))

    def forget(self) -> None:
        """Let go of the operands, so that they are not kept longer than their graph."""
        self.shared = NO_NUMBERS

    def _vector(self, operands: tuple[Any, ...]) -> Vector:
        """Return `operands` with their numbers; the neurons of a layer share the vector of inputs that are floats."""
        last = self.shared
        if last.operands is operands:
            return last.vector
        vector = Vector(operands)
        # An array of 0 dimensions may hold another number when the same tuple comes again.
        fixed = vector.operands is operands or not any(isinstance(x, np.ndarray) for x in operands)
        if fixed and not vector.nodes:
            self.shared = Shared(operands, vector)
        return vector


def _converted(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([x if isinstance(x, Value) else real(x, "dot()") for x in operands])


def _are_nodes(operands: tuple[Any, ...]) -> bool:
    return all(isinstance(x, Value) for x in operands)


def _nodes(operands: tuple[Any, ...]) -> tuple[Value, ...]:
    return tuple([x if isinstance(x, Value) else Constant(x) for x in operands])


RECORDING.dots = Dots()
