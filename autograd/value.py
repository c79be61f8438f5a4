"""Values: the nodes of a graph, with the partial derivative on each edge, and their recording.

`Value` is a leaf and the base of all nodes.  Operations return a `Unary`, `Binary`, `Nary` or `Dot`: the classes differ
in the operands that they hold, so that a node takes no more memory than it needs.  A node refers to its operands and
never to its consumers, so there are no cycles and a graph is freed by reference counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast, final, overload

import numpy as np

from autograd import ops
from autograd.backward import CONSTANT, Node, count_use, differentiate, pass_to
from autograd.context import WATCH, Placed, caller, watchers
from autograd.domains import DomainError
from autograd.methods import Methods, attribute
from autograd.native.shims import i64, mypyc_attr
from autograd.op import Op
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
# Modules whose types have no operators for Values: an operand of such a type is refused with a message that names it,
# instead of by Python after it has asked the operand.
_NEVER_NUMBERS: Final = ("builtins", "decimal", "fractions")


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
        grad: the derivative of the root of the last `backward` with respect to this; always a float.
        op: the operation that made it, None for a leaf.

    Raises:
        TypeError: `data` is not one real number, or `label` not a text.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> e = (a + b) * (b + 1)
    >>> e.backward()
    >>> e.data, a.grad, b.grad
    (6.0, 2.0, 5.0)
    """

    __slots__ = ("_label",)

    _label: str | Placed

    # True for a number written in an expression, which is never differentiated.
    constant: ClassVar[bool] = False

    def __init__(self, data: Number, label: Label = "") -> None:
        self.data = data if type(data) is float else real(data)
        self.grad = 0.0
        self._label = label if type(label) is str else require_label(label, "; Value takes one number and a label")
        self.op = None
        self._mark = 0
        if WATCH.on:
            announce(self)

    @property
    def label(self) -> str:
        """The name in traces and pictures, "" if there is none."""
        label = self._label
        return label.label if isinstance(label, Placed) else label

    @label.setter
    def label(self, label: Any) -> None:
        text = require_label(label)
        before = self._label
        self._label = Placed(text, before.file, before.line) if isinstance(before, Placed) else text

    @property
    def operands(self) -> tuple[Value, ...]:
        """The nodes it was computed from, one for each slot of the operation; () for a leaf."""
        return ()

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial derivatives with respect to the operands, computed together with the number."""
        return ()

    def named(self, label: Label) -> Value:
        """Set the label, and return this node.

        Raises:
            TypeError: `label` is not a str.

        >>> Value(2.0).named("a").label
        'a'
        """
        # Checked here too, as mypyc assigns only a str to a property of str.
        self.label = require_label(label)
        return self

    def backward(self) -> None:
        """Compute the derivatives of this with respect to every node below it, into their `grad`: reverse mode.

        Results get new gradients at every call.  Leaves add to theirs, so that the gradients of several examples sum
        up; set a leaf's `grad` to 0.0 to start over.  The sweep visits each edge once and does not recurse, see
        :mod:`autograd.backward`.  It passes on neither a gradient nor a partial of exactly 0, so that a branch not
        taken stays untouched, even at 0·inf.  Threads may share nodes: their sweeps take turns.

        Raises:
            RuntimeError: another `backward` is running in the same thread, as in a signal handler.

        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        if WATCH.on and self.op is not None:
            for watcher in watchers():
                if watcher is not None:
                    watcher.swept(self)
        RECORDING.dots.forget()
        differentiate(self)

    def __operation__(self, op: Op, operands: tuple[Any, ...]) -> Any:
        """Record `op` applied to `operands`; operations call this if an operand is a Value."""
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
        """Record a dot of weights and inputs, plus the bias if there is one."""
        return RECORDING.dots.record(weights, inputs, bias)

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

    def __init__(self, data: Any, label: str | Any = "") -> None:
        super().__init__(data, label)
        self._mark = CONSTANT


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
            announce(self)

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return (self.x,)

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return (self.dx,)

    def _count_uses(self, stack: list[Node], start: i64) -> None:
        """See `Node._count_uses`."""
        count_use(self.x, stack, start)

    def _pass_on(self, ready: list[Node], start: i64) -> None:
        """See `Node._pass_on`."""
        pass_to(self.x, self.grad, self.dx, ready, start)


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
            announce(self)

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return (self.x, self.y)

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return (self.dx, self.dy)

    # Most nodes are of this class, so these two methods avoid the calls of `count_use` and `pass_to`.

    def _count_uses(self, stack: list[Node], start: i64) -> None:
        """See `Node._count_uses`."""
        x, y = self.x, self.y
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

    def _pass_on(self, ready: list[Node], start: i64) -> None:
        """See `Node._pass_on`."""
        x, y, adjoint = self.x, self.y, self.grad
        if adjoint != 0.0:
            if self.dx != 0.0 and x._mark != CONSTANT:
                x.grad += self.dx * adjoint
            if self.dy != 0.0 and y._mark != CONSTANT:
                y.grad += self.dy * adjoint
        if x._mark > start:
            x._mark -= 1
            if x._mark == start:
                ready.append(x)
        if y._mark > start:
            y._mark -= 1
            if y._mark == start:
                ready.append(y)


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
            announce(self)

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return self._operands

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return self._partials


class DotRecorder:
    """The recorder of dot products.  :mod:`autograd.dot_products` has it, as the nodes of dots are Values."""

    __slots__ = ()

    def record(self, weights: tuple[Any, ...], inputs: tuple[Any, ...], bias: tuple[Any, ...]) -> Any:
        """Record a dot of weights and inputs, plus the bias if there is one."""
        raise NotImplementedError

    def node(self, data: float, operands: Sequence[Value], partials: tuple[float, ...]) -> Value:
        """Make the node of a dot from its operands and partials."""
        raise NotImplementedError

    def forget(self) -> None:
        """Let go of operands that are kept for the next dot."""
        raise NotImplementedError


@final
class Recording:
    """The recorders of other modules that Values use.

    Attributes:
        dots: set by :mod:`autograd.dot_products`, so that imports point only downwards.
    """

    __slots__ = ("dots",)

    dots: DotRecorder

    def __init__(self) -> None:
        self.dots = DotRecorder()


RECORDING: Final = Recording()


def record(op: Op, operands: list[Value]) -> Value:
    """Record `op` applied to `operands`, with its value and all partials.

    Raises:
        DomainError: there is no value; the message names the operation, the operands and their labels.
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
    return RECORDING.dots.record(operands[:n], operands[n : 2 * n], operands[2 * n :])


def _record_any(op: Op, operands: list[Value]) -> Value:
    """Record an operation on any number of operands, or one whose forward function or rule raises on floats."""
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
    """Make a node of the class for the operation and its number of operands."""
    if op is _DOT:
        return RECORDING.dots.node(data, operands, partials)
    if len(operands) == 2:
        return Binary(op, data, operands[0], partials[0], operands[1], partials[1])
    if len(operands) == 1:
        return Unary(op, data, operands[0], partials[0])
    return Nary(op, data, tuple(operands), partials)


def made_at(node: Value) -> tuple[str, int]:
    """Return the file and the line at which `node` was made; ("", 0) if they were not kept."""
    label = node._label
    return (label.file, label.line) if isinstance(label, Placed) else ("", 0)


def announce(node: Value) -> None:
    """Keep the line of a new node, and show the node to the observers in this thread."""
    observers = watchers()
    if observers and not node.constant:
        file, line = caller()
        if file:
            node._label = Placed(node.label, file, line)
        for watcher in observers:
            if watcher is not None:
                watcher.made(node)


def _operand(x: Any) -> Value | None:
    """Return `x` as a node, None if it is not one number: then Python asks the other operand."""
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


def require_label(label: Any, remedy: str = "") -> str:
    """Return `label`, or raise a TypeError that ends with `remedy` if it is not a str."""
    if type(label) is not str:
        raise TypeError(f"label must be a str, got {type(label).__name__} {label!r:.40}{remedy}")
    return label


def topological_order(*outputs: Value) -> list[Value]:
    """Return `outputs` and every node that they depend on: operands before results, each once.

    >>> a = Value(1.0, "a"); b = (a + a).named("b"); c = (b * a).named("c")
    >>> [node.label for node in topological_order(c)]
    ['a', 'b', 'c']
    """
    order: list[Value] = []
    seen: set[int] = set()
    stack: list[Value | None] = list(reversed(outputs))
    while stack:
        node = stack.pop()
        if node is None:  # the operands of the next node are in the order
            order.append(cast(Value, stack.pop()))
        elif id(node) not in seen:
            seen.add(id(node))
            if node.op is None:
                order.append(node)
            else:
                stack += (node, None, *reversed(node.operands))
    return order


# Set here and not in the class, so that type checkers see no __getattr__ and find a misspelt attribute. A lambda, since
# functions of a module that mypyc compiled do not bind to an object.
setattr(Value, "__getattr__", lambda self, name: attribute(self, name))  # noqa: B010
