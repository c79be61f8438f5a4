"""The node: a number that remembers its operation and its operands, with the partial derivative on each edge.

`Value` is a leaf and the base of all; `Unary`, `Binary` and `Nary` are what operations return, split by the
number of operands only so that a node holds no more than it needs.  The graph is what can be reached through
operands: no node refers to its consumers, so there are no cycles and a graph is freed by reference counting.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

import numpy as np

from autograd import ops
from autograd.operation import METHODS, DomainError, Op, find, real, rule_being_recorded

_ADD, _SUB, _MUL, _DIV, _POW, _NEG, _POS, _ABS = ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos, ops.abs
_NEVER_NUMBERS = ("builtins", "decimal", "fractions")
"""Modules whose types other than numbers are refused by name, rather than left for Python to ask the other operand."""
_marks = itertools.count(1 << 32, 1 << 32)


class Value:
    """A real number that can be differentiated with respect to.

    Arithmetic, comparisons and the functions of the package and of NumPy take it as they take a float; each
    operation gives a new Value that knows its `op`, its `operands` and the `partials` with respect to them.

    Args:
        data: the number: int, float, bool, a NumPy real scalar or 0-dimensional array.
        label: its name in traces and pictures; indices in brackets, ``"W[1,1]"``, are drawn as indices.

    Attributes:
        data: the number, always a float.
        grad: the derivative of what `backward` was last called on with respect to this; always a float.
        label: its name, or "".
        op: the operation that made it, None for a leaf.

    Raises:
        TypeError: `data` is not one real number, or `label` not a text.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> e = (a + b) * (b + 1)
    >>> e.backward()
    >>> e.data, a.grad, b.grad
    (6.0, 2.0, 5.0)
    """

    __slots__ = ("_mark", "data", "grad", "label", "op")

    data: float
    grad: float
    label: str
    op: Op | None
    _mark: int

    constant: ClassVar[bool] = False
    """Whether it is a number written in an expression, and so never differentiated."""

    def __init__(self, data: Any, label: str = "") -> None:
        if type(label) is not str:
            raise TypeError(
                f"a label is a text, got {type(label).__name__} {label!r:.40}; Value takes one number and a label"
            )
        self.data = data if type(data) is float else real(data)
        self.grad = 0.0
        self.label = label
        self.op = None
        self._mark = 0

    @property
    def operands(self) -> tuple[Value, ...]:
        """What it was computed from, in order, one entry for each slot of the operation; () for a leaf."""
        return ()

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial derivatives with respect to the operands, as they were when the number was made."""
        return ()

    def named(self, label: str) -> Value:
        """Give it a name, and return it.

        >>> Value(2.0).named("a").label
        'a'
        """
        if type(label) is not str:
            raise TypeError(f"a label is a text, got {type(label).__name__} {label!r:.40}")
        self.label = label
        return self

    def backward(self) -> None:
        """Differentiate this with respect to everything below it, into `grad`: reverse mode.

        Nodes in between get fresh gradients at every call; leaves add to what they have, so that the gradients of
        several examples sum up: set a leaf's `grad` to 0.0 to start over.  One pass, each edge once, no recursion.
        Neither a gradient nor a partial of exactly 0 is carried further down, so a branch not taken stays untouched,
        even at 0·inf.
        """
        if self.op is None:
            self.grad += 1.0
            return
        base = next(_marks)
        stack = _count_uses(self, base)
        self.grad = 1.0
        while stack:
            node = stack.pop()
            adjoint = node.grad
            # _mark counts the uses that have not reported yet: a node is ready when its last consumer is done.
            if isinstance(node, Binary):
                x, y = node.x, node.y
                if adjoint != 0.0:
                    if not x.constant and node.dx != 0.0:
                        x.grad += adjoint * node.dx
                    if not y.constant and node.dy != 0.0:
                        y.grad += adjoint * node.dy
                if x.op is not None:
                    x._mark -= 1
                    if x._mark == base:
                        stack.append(x)
                if y.op is not None:
                    y._mark -= 1
                    if y._mark == base:
                        stack.append(y)
            elif isinstance(node, Unary):
                x = node.x
                if adjoint != 0.0 and not x.constant and node.dx != 0.0:
                    x.grad += adjoint * node.dx
                if x.op is not None:
                    x._mark -= 1
                    if x._mark == base:
                        stack.append(x)
            else:
                for x, dx in zip(node.operands, node.partials, strict=True):
                    if adjoint != 0.0 and not x.constant and dx != 0.0:
                        x.grad += adjoint * dx
                    if x.op is not None:
                        x._mark -= 1
                        if x._mark == base:
                            stack.append(x)

    def __operation__(self, op: Op, operands: Sequence[Any]) -> Value:
        """Record `op` applied to `operands`: what operations call when an operand is a Value."""
        if op.arity == 1:
            return _record_unary(op, self)
        return record(op, [x if isinstance(x, Value) else Constant(x) for x in operands])

    def __add__(self, other: Any) -> Value:
        y = _operand(other)
        if y is None:
            return NotImplemented
        return Binary(_ADD, self.data + y.data, self, 1.0, y, 1.0)

    def __radd__(self, other: Any) -> Value:
        x = _operand(other)
        if x is None:
            return NotImplemented
        return Binary(_ADD, x.data + self.data, x, 1.0, self, 1.0)

    def __sub__(self, other: Any) -> Value:
        y = _operand(other)
        if y is None:
            return NotImplemented
        return Binary(_SUB, self.data - y.data, self, 1.0, y, -1.0)

    def __rsub__(self, other: Any) -> Value:
        x = _operand(other)
        if x is None:
            return NotImplemented
        return Binary(_SUB, x.data - self.data, x, 1.0, self, -1.0)

    def __mul__(self, other: Any) -> Value:
        y = _operand(other)
        if y is None:
            return NotImplemented
        return Binary(_MUL, self.data * y.data, self, y.data, y, self.data)

    def __rmul__(self, other: Any) -> Value:
        x = _operand(other)
        if x is None:
            return NotImplemented
        return Binary(_MUL, x.data * self.data, x, self.data, self, x.data)

    def __truediv__(self, other: Any) -> Value:
        y = _operand(other)
        return NotImplemented if y is None else _quotient(self, y)

    def __rtruediv__(self, other: Any) -> Value:
        x = _operand(other)
        return NotImplemented if x is None else _quotient(x, self)

    def __pow__(self, other: Any) -> Value:
        y = _operand(other)
        return NotImplemented if y is None else record(_POW, [self, y])

    def __rpow__(self, other: Any) -> Value:
        x = _operand(other)
        return NotImplemented if x is None else record(_POW, [x, self])

    def __neg__(self) -> Value:
        return Unary(_NEG, -self.data, self, -1.0)

    def __pos__(self) -> Value:
        return Unary(_POS, self.data, self, 1.0)

    def __abs__(self) -> Value:
        return _record_unary(_ABS, self)

    def __eq__(self, other: object) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.data == number

    def __ne__(self, other: object) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.data != number

    def __lt__(self, other: Any) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.data < number

    def __le__(self, other: Any) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.data <= number

    def __gt__(self, other: Any) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.data > number

    def __ge__(self, other: Any) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.data >= number

    def __hash__(self) -> int:
        return id(self) >> 4

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __float__(self) -> float:
        if rule_being_recorded():
            raise TypeError(
                f"the rule of {rule_being_recorded()} turns a Value into a float, so that higher derivatives would be "
                "lost; write it with ag.cos and the like instead of math.cos"
            )
        return self.data

    def __int__(self) -> int:
        return int(self.data)

    def __round__(self, digits: int | None = None) -> float:
        return round(self.data, digits)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", {self.label!r}" if self.label else ""
        return f"Value({self.data!r}{label})"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        op = METHODS.get(name)
        if op is None or name[:1] == "_":
            raise AttributeError(_no_attribute(name))
        return lambda *others: op(self, *others)


class Constant(Value):
    """A number written in an expression: part of the graph, never differentiated."""

    __slots__ = ()
    constant = True


class Unary(Value):
    """The result of an operation on one operand."""

    __slots__ = ("dx", "x")

    x: Value
    dx: float

    def __init__(self, op: Op, data: float, x: Value, dx: float) -> None:
        self.data = data
        self.grad = 0.0
        self.label = ""
        self.op = op
        self._mark = 0
        self.x = x
        self.dx = dx

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return (self.x,)

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return (self.dx,)


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
        self.label = ""
        self.op = op
        self._mark = 0
        self.x = x
        self.dx = dx
        self.y = y
        self.dy = dy

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return (self.x, self.y)

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return (self.dx, self.dy)


class Nary(Value):
    """The result of an operation on any number of operands."""

    __slots__ = ("_operands", "_partials")

    _operands: tuple[Value, ...]
    _partials: tuple[float, ...]

    def __init__(self, op: Op, data: float, operands: tuple[Value, ...], partials: tuple[float, ...]) -> None:
        self.data = data
        self.grad = 0.0
        self.label = ""
        self.op = op
        self._mark = 0
        self._operands = operands
        self._partials = partials

    @property
    def operands(self) -> tuple[Value, ...]:
        """See `Value.operands`."""
        return self._operands

    @property
    def partials(self) -> tuple[float, ...]:
        """See `Value.partials`."""
        return self._partials


def record(op: Op, operands: Sequence[Value]) -> Value:
    """The node of `op` applied to `operands`: the value and every partial, computed now.

    Raises:
        DomainError: there is no value; the message names operation, operands and labels.
    """
    data = [x.data for x in operands]
    try:
        z = float(op.value(*data))
    except DomainError as error:
        op.outside_domain(data, error, [x.label for x in operands])
    return node(op, z, tuple(operands), op.slopes(data, z))


def _record_unary(op: Op, x: Value) -> Value:
    """`record` for one operand, without the lists: half the time."""
    try:
        z = op.forward(x.data)
        dx = op.partials(x.data, z)
    except (ArithmeticError, ValueError):
        return record(op, [x])
    return Unary(op, z, x, dx) if type(z) is float and type(dx) is float else record(op, [x])


def _quotient(x: Value, y: Value) -> Value:
    if y.data == 0.0:
        return record(_DIV, [x, y])
    z = x.data / y.data
    return Binary(_DIV, z, x, 1.0 / y.data, y, -(z / y.data))


def node(op: Op, data: float, operands: tuple[Value, ...], partials: tuple[float, ...]) -> Value:
    """A node of whichever class suits the number of operands."""
    if len(operands) == 2:
        return Binary(op, data, operands[0], partials[0], operands[1], partials[1])
    if len(operands) == 1:
        return Unary(op, data, operands[0], partials[0])
    return Nary(op, data, operands, partials)


def _count_uses(root: Value, base: int) -> list[Value]:
    """Clear the gradients between `root` and the leaves, and add to `base` in each `_mark` the number of its uses."""
    root._mark = base
    stack = [root]
    while stack:
        for x in stack.pop().operands:
            if x.op is not None:
                if x._mark < base:
                    x._mark = base
                    x.grad = 0.0
                    stack.append(x)
                x._mark += 1
    return [root]


def _operand(x: Any) -> Value | None:
    """`x` as a node, None if it is not one number (then Python asks the other operand)."""
    if isinstance(x, Value):
        return x
    if type(x) is float or isinstance(x, (float, int, np.number, np.bool_)):
        return Constant(x)
    if type(x).__module__ in _NEVER_NUMBERS or (isinstance(x, np.ndarray) and x.ndim == 0):
        return Constant(real(x, "arithmetic with a Value"))
    return None


def _number(x: Any) -> float | None:
    if isinstance(x, Value):
        return x.data
    if type(x) is int:
        return x  # Python compares it exactly, however large
    real_scalar = isinstance(x, (int, float, np.floating, np.integer, np.bool_))
    return float(x) if real_scalar or (isinstance(x, np.ndarray) and x.ndim == 0) else None


def _no_attribute(name: str) -> str:
    if name.startswith("_"):
        return name
    try:
        find(name)
    except LookupError as error:
        return f"a Value has no attribute {name!r}: {error}"
    return name


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


def values(array: Any, label: str = "") -> Any:
    """An object array of new Values, one for each element of `array`, of the same shape.

    Args:
        array: numbers in any nesting that NumPy takes.
        label: if given, the elements are named ``label[i,j]``, counted from 1 as in the textbooks.

    >>> values([[1.0, 2.0]], "W")[0, 1]
    Value(2.0, 'W[1,2]')
    """
    numbers = np.asarray(array)
    result = np.empty(numbers.shape, dtype=object)
    for index in np.ndindex(numbers.shape):
        place = ",".join(str(i + 1) for i in index)
        result[index] = Value(numbers[index], f"{label}[{place}]" if label and index else label)
    return result
