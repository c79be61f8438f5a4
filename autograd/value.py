"""The node: a number that remembers its operation and its operands, with the partial derivative on each edge.

`Value` is a leaf and the base of all; `Unary`, `Binary` and `Nary` are what operations return, split by the
number of operands only so that a node holds no more than it needs.  The graph is what can be reached through
operands: no node refers to its consumers, so there are no cycles and a graph is freed by reference counting.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast, final, overload

import numpy as np

from autograd import ops
from autograd.context import WATCH, Placed, caller, watchers
from autograd.domains import DomainError
from autograd.functions import sum_of_products
from autograd.methods import Methods
from autograd.native import i64, mypyc_attr, vec
from autograd.op import METHODS, Op, no_attribute
from autograd.reals import elementwise, real

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograd.annotations import Label, Number, Real

_ADD: Final = ops.add
_SUB: Final = ops.sub
_MUL: Final = ops.mul
_DIV: Final = ops.div
_POW: Final = ops.pow
_NEG: Final = ops.neg
_POS: Final = ops.pos
_ABS: Final = ops.abs
_DOT: Final = ops.DOT
_NEVER_NUMBERS: Final = ("builtins", "decimal", "fractions")
"""Modules whose types other than numbers are refused by name, rather than left for Python to ask the other operand."""
_MOST_USES: Final = 2**32
_START: Final = [1]
"""Where the marks of the next walk start: above those that the walks before have left on nodes."""
# Sweeps keep marks and adjoints on nodes, so they take turns: graphs of several threads may share nodes.  An RLock, so
# that a sweep inside a sweep is refused and does not wait for itself.
_TURN: Final = [threading.RLock()]
# True while a sweep runs: that of the thread whose turn it is.
_SWEEPING: Final = [False]


@mypyc_attr(acyclic=True)
class Value(Methods):
    """A real number that can be differentiated with respect to.

    Arithmetic, comparisons and the functions of the package and of NumPy take it as they take a float; each
    operation gives a new Value that knows its `op`, its `operands` and the `partials` with respect to them.

    Args:
        data: the number: int, float, bool, a NumPy real scalar or 0-dimensional array.
        label: its name in traces and pictures; indices in brackets, ``"W[1,1]"``, are drawn as indices.

    Attributes:
        data: the number, always a float.
        grad: the derivative of what `backward` was last called on with respect to this; always a float.
        op: the operation that made it, None for a leaf.

    Raises:
        TypeError: `data` is not one real number, or `label` not a text.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> e = (a + b) * (b + 1)
    >>> e.backward()
    >>> e.data, a.grad, b.grad
    (6.0, 2.0, 5.0)
    """

    __slots__ = ("_label", "_mark", "grad", "op")

    data: float
    grad: float
    _label: str | Placed
    op: Op | None
    _mark: i64

    constant: ClassVar[bool] = False
    """Whether it is a number written in an expression, and so never differentiated."""

    def __init__(self, data: Number, label: Label = "") -> None:
        if type(label) is not str:
            raise TypeError(f"{_no_label(label)}; Value takes one number and a label")
        self.data = data if type(data) is float else real(data)
        self.grad = 0.0
        self._label = label
        self.op = None
        self._mark = 0
        if WATCH.on:
            _made(self)

    @property
    def label(self) -> str:
        """Its name in traces and pictures, or ""."""
        label = self._label
        return label.label if isinstance(label, Placed) else label

    @label.setter
    def label(self, label: Any) -> None:
        text = _checked(label)
        before = self._label
        self._label = Placed(text, before.file, before.line) if isinstance(before, Placed) else text

    @property
    def operands(self) -> tuple[Value, ...]:
        """What it was computed from, in order, one entry for each slot of the operation; () for a leaf."""
        return ()

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial derivatives with respect to the operands, as they were when the number was made."""
        return ()

    def named(self, label: Label) -> Value:
        """Give it a name, and return it.

        >>> Value(2.0).named("a").label
        'a'
        """
        self.label = _checked(label)  # here too: mypyc assigns only a str to a property of str
        return self

    def backward(self) -> None:
        """Differentiate this with respect to everything below it, into `grad`: reverse mode.

        Nodes in between get fresh gradients at every call; leaves add to what they have, so that the gradients of
        several examples sum up: set a leaf's `grad` to 0.0 to start over.  One pass, each edge once, no recursion.
        Neither a gradient nor a partial of exactly 0 is carried further down, so a branch not taken stays untouched,
        even at 0·inf.  Threads may share nodes: their sweeps take turns.
        """
        if WATCH.on and self.op is not None:
            for watcher in watchers():
                if watcher is not None:
                    watcher.swept(self)
        with _TURN[0]:
            if _SWEEPING[0]:  # this thread has its turn already
                raise RuntimeError(
                    "backward() must not be called while another backward() is running in the same thread, as from a "
                    "signal handler; call it when that has ended"
                )
            try:
                _SWEEPING[0] = True
                _sweep(self)
            finally:
                _SWEEPING[0] = False

    def __operation__(self, op: Op, operands: tuple[Any, ...]) -> Any:
        """Record `op` applied to `operands`: what operations call when an operand is a Value."""
        if op.arity == 1:
            return _record_unary(op, self)
        if op is _DOT:
            return _record_terms(operands)
        nodes: list[Any] = list(operands)
        for i in range(len(nodes)):
            x = nodes[i]
            if not isinstance(x, Value):
                if isinstance(x, np.ndarray) and x.ndim:
                    return elementwise(op, operands)
                nodes[i] = Constant(x)
        return record(op, nodes)

    def __dot__(self, weights: tuple[Any, ...], inputs: tuple[Any, ...], bias: tuple[Any, ...]) -> Any:
        """The same for `dot`."""
        return _record_dot(weights, inputs, bias)

    @overload
    def __add__(self, other: Value | Real) -> Value: ...
    @overload
    def __add__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __add__(self, other: Any) -> Value | Any:
        y = _operand(other)
        if y is None:
            return NotImplemented
        return Binary(_ADD, self.data + y.data, self, 1.0, y, 1.0)

    @overload
    def __radd__(self, other: Value | Real) -> Value: ...
    @overload
    def __radd__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __radd__(self, other: Any) -> Value | Any:
        x = _operand(other)
        if x is None:
            return NotImplemented
        return Binary(_ADD, x.data + self.data, x, 1.0, self, 1.0)

    @overload
    def __sub__(self, other: Value | Real) -> Value: ...
    @overload
    def __sub__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __sub__(self, other: Any) -> Value | Any:
        y = _operand(other)
        if y is None:
            return NotImplemented
        return Binary(_SUB, self.data - y.data, self, 1.0, y, -1.0)

    @overload
    def __rsub__(self, other: Value | Real) -> Value: ...
    @overload
    def __rsub__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __rsub__(self, other: Any) -> Value | Any:
        x = _operand(other)
        if x is None:
            return NotImplemented
        return Binary(_SUB, x.data - self.data, x, 1.0, self, -1.0)

    @overload
    def __mul__(self, other: Value | Real) -> Value: ...
    @overload
    def __mul__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __mul__(self, other: Any) -> Value | Any:
        y = _operand(other)
        if y is None:
            return NotImplemented
        return Binary(_MUL, self.data * y.data, self, y.data, y, self.data)

    @overload
    def __rmul__(self, other: Value | Real) -> Value: ...
    @overload
    def __rmul__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __rmul__(self, other: Any) -> Value | Any:
        x = _operand(other)
        if x is None:
            return NotImplemented
        return Binary(_MUL, x.data * self.data, x, self.data, self, x.data)

    @overload
    def __truediv__(self, other: Value | Real) -> Value: ...
    @overload
    def __truediv__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __truediv__(self, other: Any) -> Value | Any:
        y = _operand(other)
        return NotImplemented if y is None else _quotient(self, y)

    @overload
    def __rtruediv__(self, other: Value | Real) -> Value: ...
    @overload
    def __rtruediv__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __rtruediv__(self, other: Any) -> Value | Any:
        x = _operand(other)
        return NotImplemented if x is None else _quotient(x, self)

    @overload
    def __pow__(self, other: Value | Real) -> Value: ...
    @overload
    def __pow__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __pow__(self, other: Any) -> Value | Any:
        y = _operand(other)
        return NotImplemented if y is None else _record_binary(_POW, self, y)

    @overload
    def __rpow__(self, other: Value | Real) -> Value: ...
    @overload
    def __rpow__(self, other: NDArray[Any]) -> NDArray[np.object_]: ...
    def __rpow__(self, other: Any) -> Value | Any:
        x = _operand(other)
        return NotImplemented if x is None else _record_binary(_POW, x, self)

    def __neg__(self) -> Value:
        return Unary(_NEG, -self.data, self, -1.0)

    def __pos__(self) -> Value:
        return Unary(_POS, self.data, self, 1.0)

    def __abs__(self) -> Value:
        return _record_unary(_ABS, self)

    def __repr__(self) -> str:
        label = f", {self.label!r}" if self.label else ""
        return f"Value({self.data!r}{label})"


@final
@mypyc_attr(acyclic=True)
class Constant(Value):
    """A number written in an expression: part of the graph, never differentiated."""

    __slots__ = ()
    constant = True


@final
@mypyc_attr(acyclic=True)
class Unary(Value):
    """The result of an operation on one operand."""

    __slots__ = ("dx", "x")

    x: Value
    dx: float

    def __init__(self, op: Op, data: float, x: Value, dx: float) -> None:
        self.data = data
        self.grad = 0.0
        self._label = ""
        self.op = op
        self._mark = 0
        self.x = x
        self.dx = dx
        if WATCH.on:
            _made(self)

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return (self.x,)

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return (self.dx,)


@final
@mypyc_attr(acyclic=True)
class Binary(Value):
    """The result of an operation on two operands."""

    __slots__ = ("dx", "dy", "x", "y")

    x: Value
    dx: float
    y: Value
    dy: float

    def __init__(self, op: Op, data: float, x: Value, dx: float, y: Value, dy: float) -> None:
        self.data = data
        self.grad = 0.0
        self._label = ""
        self.op = op
        self._mark = 0
        self.x = x
        self.dx = dx
        self.y = y
        self.dy = dy
        if WATCH.on:
            _made(self)

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return (self.x, self.y)

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return (self.dx, self.dy)


@final
@mypyc_attr(acyclic=True)
class Nary(Value):
    """The result of an operation on any number of operands."""

    __slots__ = ("_operands", "_partials")

    _operands: tuple[Value, ...]
    _partials: tuple[float, ...]

    def __init__(self, op: Op, data: float, operands: tuple[Value, ...], partials: tuple[float, ...]) -> None:
        self.data = data
        self.grad = 0.0
        self._label = ""
        self.op = op
        self._mark = 0
        self._operands = operands
        self._partials = partials
        if WATCH.on:
            _made(self)

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return self._operands

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return self._partials


@final
@mypyc_attr(acyclic=True)
class Vector:
    """Weights or inputs of a dot: the operands, and their numbers out of their boxes.

    Operands that were given as floats stay floats until somebody looks: an image has hundreds.

    Attributes:
        operands: the Values and floats in it; other numbers are converted, since an array may change.
        numbers: their data at the time.
        nodes: whether any is a Value.
        deep: whether any is the result of an operation.
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
            if type(x) is Value:  # a leaf, as a weight is: nothing else is looked at, so that it takes 1.5 ns
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
            with _TURN[0]:
                self.operands = _nodes(self.operands)
                self.nodes = True
        return self.operands

    def count_uses(self, stack: list[Value], start: i64) -> None:
        """See `_count_uses`."""
        if self.deep:
            for x in self.operands:
                if isinstance(x, Value):
                    _count_use(x, stack, start)

    def pass_on(self, adjoint: float, partials: vec[float], ready: list[Value], start: i64) -> None:
        """See `_pass_on`."""
        if self.deep:
            for i, x in enumerate(self.operands):
                if isinstance(x, Value):
                    _pass_on(x, adjoint, partials[i], ready, start)
        elif self.nodes and adjoint != 0.0:
            for i, x in enumerate(self.operands):
                partial = partials[i]
                if partial != 0.0 and isinstance(x, Value) and not isinstance(x, Constant):
                    x.grad += adjoint * partial


@final
@mypyc_attr(acyclic=True)
class Dot(Value):
    """The result of `dot`.  The partial with respect to wᵢ is xᵢ, and the other way round."""

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
            _made(self)

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        if not _are_nodes(self._bias):
            with _TURN[0]:
                self._bias = _nodes(self._bias)
        return (*self._weights.values(), *self._inputs.values(), *self._bias)

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return (*self._inputs.numbers, *self._weights.numbers, *[1.0] * len(self._bias))

    def count_uses(self, stack: list[Value], start: i64) -> None:
        """See `_count_uses`."""
        self._weights.count_uses(stack, start)
        self._inputs.count_uses(stack, start)
        for x in self._bias:
            if isinstance(x, Value):
                _count_use(x, stack, start)

    def pass_on(self, adjoint: float, ready: list[Value], start: i64) -> None:
        """See `_pass_on`."""
        self._weights.pass_on(adjoint, self._inputs.numbers, ready, start)
        self._inputs.pass_on(adjoint, self._weights.numbers, ready, start)
        for x in self._bias:
            if isinstance(x, Value):
                _pass_on(x, adjoint, 1.0, ready, start)


@final
@mypyc_attr(acyclic=True)
class Shared:
    """A tuple of numbers and its vector, in one object: no thread sees the tuple of another beside its own vector."""

    __slots__ = ("given", "vector")

    given: tuple[Any, ...]
    vector: Vector

    def __init__(self, given: tuple[Any, ...], vector: Vector) -> None:
        self.given = given
        self.vector = vector


_NONE: Final = Shared((), Vector(()))
_LAST: Final = [_NONE]
"""The last operands that are only numbers, until the next `backward`."""


def record(op: Op, operands: list[Value]) -> Value:
    """The node of `op` applied to `operands`: the value and every partial, computed now.

    Raises:
        DomainError: there is no value; the message names operation, operands and labels.
    """
    if op.arity == 1:
        return _record_unary(op, operands[0])
    if op.arity == 2:
        return _record_binary(op, operands[0], operands[1])
    return cast(Value, _record_terms(tuple(operands))) if op is _DOT else _record_any(op, operands)


def _record_unary(op: Op, x: Value) -> Value:
    try:
        z = op.forward(x.data)
        dx = op.numeric(x.data, z)
    except (ArithmeticError, ValueError):
        return _record_any(op, [x])
    return Unary(op, z, x, dx) if type(z) is float and type(dx) is float else _record_any(op, [x])


def _record_binary(op: Op, x: Value, y: Value) -> Value:
    try:
        z = op.forward(x.data, y.data)
        dx, dy = op.numeric(x.data, y.data, z)
    except (ArithmeticError, ValueError, TypeError):
        return _record_any(op, [x, y])
    if type(z) is float and type(dx) is float and type(dy) is float:
        return Binary(op, z, x, dx, y, dy)
    return _record_any(op, [x, y])


def _record_terms(operands: tuple[Any, ...]) -> Any:
    n = len(operands) // 2
    return _record_dot(operands[:n], operands[n : 2 * n], operands[2 * n :])


def _record_dot(weights: tuple[Any, ...], inputs: tuple[Any, ...], bias: tuple[Any, ...]) -> Any:
    try:
        w, x = _vector(weights), _vector(inputs)
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


def _vector(operands: tuple[Any, ...]) -> Vector:
    """`operands` with their numbers, which all neurons of a layer share where the inputs are floats."""
    last = _LAST[0]
    if last.given is operands:
        return last.vector
    vector = Vector(operands)
    # An array of no dimensions may hold another number when the same tuple comes again.
    fixed = vector.operands is operands or not any(isinstance(x, np.ndarray) for x in operands)
    if fixed and not vector.nodes:
        _LAST[0] = Shared(operands, vector)
    return vector


def _record_any(op: Op, operands: list[Value]) -> Value:
    """For any number of operands, and for those where the forward function or the rule raises."""
    data = [x.data for x in operands]
    try:
        z = float(op.value(*data))
    except DomainError as error:
        op.outside_domain(data, error, [x.label for x in operands])
    return node(op, z, operands, op.slopes(data, z))


def _quotient(x: Value, y: Value) -> Value:
    if y.data == 0.0:
        return _record_any(_DIV, [x, y])
    z = x.data / y.data
    return Binary(_DIV, z, x, 1.0 / y.data, y, -(z / y.data))


def node(op: Op, data: float, operands: Sequence[Value], partials: tuple[float, ...]) -> Value:
    """A node of whichever class suits the operation."""
    if op is _DOT:
        n = len(operands) // 2
        weights, inputs = Vector(tuple(operands[:n])), Vector(tuple(operands[n : 2 * n]))
        weights.numbers, inputs.numbers = vec[float](partials[n : 2 * n]), vec[float](partials[:n])
        return Dot(data, weights, inputs, tuple(operands[2 * n :]))
    if len(operands) == 2:
        return Binary(op, data, operands[0], partials[0], operands[1], partials[1])
    if len(operands) == 1:
        return Unary(op, data, operands[0], partials[0])
    return Nary(op, data, tuple(operands), partials)


def made_at(node: Value) -> tuple[str, int]:
    """The file and the line at which `node` was made; ("", 0) where that was not kept."""
    label = node._label
    return (label.file, label.line) if isinstance(label, Placed) else ("", 0)


def _made(node: Value) -> None:
    """Keep the line of a new node and show it to those who look on in this thread."""
    looking = watchers()
    if looking and not node.constant:
        file, line = caller()
        if file:
            node._label = Placed(node.label, file, line)
        for watcher in looking:
            if watcher is not None:
                watcher.made(node)


def _start_anew_after_a_fork() -> None:
    _TURN[0] = threading.RLock()  # a thread that had its turn does not exist in the child
    _SWEEPING[0] = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew_after_a_fork)


def _sweep(root: Value) -> None:
    """Differentiate `root` in reverse mode; see `Value.backward`."""
    if root.op is None:
        root.grad += 1.0
        return
    _LAST[0] = _NONE
    start = _count_uses(root)
    root.grad = 1.0
    ready = [root]
    while ready:
        node = ready.pop()
        adjoint = node.grad
        if isinstance(node, Binary):  # most are: what `_pass_on` does without the calls, which are slow in Python
            x, y = node.x, node.y
            if adjoint != 0.0:
                if node.dx != 0.0 and not isinstance(x, Constant):
                    x.grad += adjoint * node.dx
                if node.dy != 0.0 and not isinstance(y, Constant):
                    y.grad += adjoint * node.dy
            if x._mark > start:
                x._mark -= 1
                if x._mark == start:
                    ready.append(x)
            if y._mark > start:
                y._mark -= 1
                if y._mark == start:
                    ready.append(y)
        elif isinstance(node, Unary):
            _pass_on(node.x, adjoint, node.dx, ready, start)
        elif isinstance(node, Dot):
            node.pass_on(adjoint, ready, start)
        else:
            for x, dx in zip(node.operands, node.partials, strict=True):
                _pass_on(x, adjoint, dx, ready, start)
    _START[0] = start + 1  # as it ended well, all marks are back at start


def _count_uses(root: Value) -> i64:
    """Mark each result that `root` depends on with the number that is returned, plus one for each of its uses.

    Their gradients are cleared.  No list of all nodes is made: the walk up to here and the one in `backward` keep only
    those at its edge.
    """
    start: i64 = _START[0]
    _START[0] = start + _MOST_USES
    root._mark = start
    stack = [root]
    while stack:
        node = stack.pop()
        node.grad = 0.0
        if isinstance(node, Binary):  # as in `backward`
            x, y = node.x, node.y
            if x._mark >= start:
                x._mark += 1
            elif x.op is not None:
                x._mark = start + 1
                stack.append(x)
            if y._mark >= start:
                y._mark += 1
            elif y.op is not None:
                y._mark = start + 1
                stack.append(y)
        elif isinstance(node, Unary):
            _count_use(node.x, stack, start)
        elif isinstance(node, Dot):
            node.count_uses(stack, start)
        else:
            for x in node.operands:
                _count_use(x, stack, start)
    return start


def _count_use(x: Value, stack: list[Value], start: i64) -> None:
    if x._mark >= start:
        x._mark += 1
    elif x.op is not None:
        x._mark = start + 1
        stack.append(x)


def _pass_on(x: Value, adjoint: float, partial: float, ready: list[Value], start: i64) -> None:
    """Add to the gradient of an operand; it is ready when all its uses have."""
    if adjoint != 0.0 and partial != 0.0 and not isinstance(x, Constant):
        x.grad += adjoint * partial
    if x._mark > start:
        x._mark -= 1
        if x._mark == start:
            ready.append(x)


def _converted(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([x if isinstance(x, Value) else real(x, "dot()") for x in operands])


def _are_nodes(operands: tuple[Any, ...]) -> bool:
    return all(isinstance(x, Value) for x in operands)


def _nodes(operands: tuple[Any, ...]) -> tuple[Value, ...]:
    return tuple([x if isinstance(x, Value) else Constant(x) for x in operands])


def _operand(x: Any) -> Value | None:
    """`x` as a node, None if it is not one number (then Python asks the other operand)."""
    if isinstance(x, Value):
        return x
    if type(x) is float:
        return Constant(x)
    if type(x) is int:
        return Constant(float(x))
    if isinstance(x, (float, int, np.number, np.bool_)):
        return Constant(cast(Any, x))
    if type(x).__module__ in _NEVER_NUMBERS or (isinstance(x, np.ndarray) and x.ndim == 0):
        return Constant(real(x, "arithmetic with a Value"))
    return None


def _checked(label: Any) -> str:
    if type(label) is not str:
        raise TypeError(_no_label(label))
    return label


def _no_label(label: object) -> str:
    return f"label must be a str, got {type(label).__name__} {label!r:.40}"


def topological_order(*outputs: Value) -> list[Value]:
    """Every node that `outputs` depend on, and they themselves: operands before results, each once.

    >>> a = Value(1.0, "a"); b = (a + a).named("b"); c = (b * a).named("c")
    >>> [node.label for node in topological_order(c)]
    ['a', 'b', 'c']
    """
    order: list[Value] = []
    seen: set[int] = set()
    stack: list[Value | None] = list(reversed(outputs))
    while stack:
        node = stack.pop()
        if node is None:  # what lies on top of it is done
            order.append(cast(Value, stack.pop()))
        elif id(node) not in seen:
            seen.add(id(node))
            if node.op is None:
                order.append(node)
            else:
                stack += (node, None, *reversed(node.operands))
    return order


def _operation_method(self: Value, name: str) -> Callable[..., Any]:
    """Return the operation `name` as a method: one that a user has declared, or one by its name in NumPy."""
    op = METHODS.get(name)
    if op is None or name[:1] == "_":
        raise AttributeError(name if name[:1] == "_" else no_attribute(name))
    return MethodType(op, self)


# Set here and not in the class, so that type checkers see no __getattr__ and find a misspelt attribute. A lambda, since
# functions of a module that mypyc compiled do not bind to an object.
setattr(Value, "__getattr__", lambda self, name: _operation_method(self, name))  # noqa: B010
