"""Formulas: what a rule becomes when it is put to names instead of numbers.

A `Formula` takes part in arithmetic and in the operations of the table as a float or a Value does, so the rules are
not written a second time.  It simplifies as a person would without thinking (1·x, x¹, 0 + x, −−x) and keeps its value
along, so that it can be written with names and again with the numbers put in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union

from autograd import ops
from autograd.context import quiet
from autograd.op import Op
from autograd.symbolic.typesetting import application, name
from autograd.value import Value

Operand = Union["Formula", float, int]


class Formula:
    """A number, a name, or an operation on formulas; made by `literal`, `symbol` and arithmetic.

    Attributes:
        value: the number it stands for.
        label: the name, of a name.
        op: the operation; None for a number or a name.
        operands: of the operation.
        known: whether its value is at hand, so that it is not worked out again when numbers are put in.
    """

    __slots__ = ("known", "label", "op", "operands", "size", "value")

    def __init__(
        self,
        value: float,
        label: str | None = None,
        op: Op | None = None,
        operands: Sequence[Formula] = (),
        known: bool = False,
    ) -> None:
        self.value = value
        self.label = label
        self.op = op
        self.operands = tuple(operands)
        self.known = known
        self.size: int = 1 + sum(x.size for x in self.operands)

    @property
    def is_literal(self) -> bool:
        """Whether it is a number as such."""
        return self.op is None and self.label is None

    def is_number(self, value: float) -> bool:
        """Whether it is that number as such; a name that has the value does not count."""
        return self.is_literal and self.value == value

    @property
    def has_names(self) -> bool:
        """Whether there is a name anywhere in it."""
        return self.label is not None or any(x.has_names for x in self.operands)

    def __repr__(self) -> str:
        if self.op is None:
            return f"<formula {repr(self.value) if self.label is None else name(self.label)}>"
        numbers, labels = zip(*((x.value, x.label or "") for x in self.operands), strict=True)
        return f"<formula {application(self.op.name, numbers, labels)}>"

    def __operation__(self, op: Op, operands: Sequence[Any]) -> Formula:
        """What operations of the table call when an operand is a formula."""
        return apply(op, [formula(x) for x in operands])

    def same(self, other: Formula) -> bool:
        """Whether the two would be written alike."""
        if self.op is None or other.op is None:
            return self.op is other.op and self.label == other.label and self.value == other.value
        return (
            self.op is other.op
            and len(self.operands) == len(other.operands)
            and all(x.same(y) for x, y in zip(self.operands, other.operands, strict=True))
        )

    def _base_and_exponent(self) -> tuple[Formula, float]:
        if self.op is ops.pow and self.operands[1].is_literal:
            return self.operands[0], self.operands[1].value
        return self, 1.0

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        raise TypeError("a formula has no truth value: a rule is straight-line, with step and where instead of if")

    def __eq__(self, other: object) -> bool:
        raise TypeError("formulas are not compared: a rule is straight-line, with step and where instead of if")

    __hash__ = object.__hash__

    def __neg__(self) -> Formula:
        if self.is_literal:
            return literal(-self.value)
        return self.operands[0] if self.op is ops.neg else apply(ops.neg, [self])

    def __add__(self, other: Operand) -> Formula:
        y = formula(other)
        if self.is_literal and y.is_literal:
            return literal(self.value + y.value)
        if y.is_number(0.0):
            return self
        if self.is_number(0.0):
            return y
        if self.same(y):
            return literal(2.0) * self
        return self - y.operands[0] if y.op is ops.neg else apply(ops.add, [self, y])

    def __sub__(self, other: Operand) -> Formula:
        y = formula(other)
        if self.is_literal and y.is_literal:
            return literal(self.value - y.value)
        if y.is_number(0.0):
            return self
        if self.is_number(0.0):
            return -y
        return self + y.operands[0] if y.op is ops.neg else apply(ops.sub, [self, y])

    def __mul__(self, other: Operand) -> Formula:
        x, y = self, formula(other)
        if y.is_literal and not x.is_literal:
            x, y = y, x
        if x.is_number(0.0) or y.is_number(1.0):
            return x
        if x.is_number(1.0):
            return y
        if x.is_number(-1.0):
            return -y
        if x.is_literal and y.is_literal:
            return literal(x.value * y.value)
        if x.op is ops.neg:
            return -(x.operands[0] * y)
        if y.op is ops.neg:
            return -(x * y.operands[0])
        if x.is_literal and y.op is ops.mul and y.operands[0].is_literal:
            return literal(x.value * y.operands[0].value) * y.operands[1]
        (base, m), (other_base, n) = x._base_and_exponent(), y._base_and_exponent()
        if not base.is_literal and base.same(other_base):
            return base ** literal(m + n)
        return apply(ops.mul, [x, y])

    def __truediv__(self, other: Operand) -> Formula:
        y = formula(other)
        if y.is_number(1.0) or self.is_number(0.0):
            return self
        if self.op is ops.neg:
            return -(self.operands[0] / y)
        return -(self / y.operands[0]) if y.op is ops.neg else apply(ops.div, [self, y])

    def __pow__(self, other: Operand) -> Formula:
        y = formula(other)
        if y.is_number(1.0):
            return self
        return literal(1.0) if y.is_number(0.0) else apply(ops.pow, [self, y])

    def __radd__(self, other: Operand) -> Formula:
        return formula(other) + self

    def __rsub__(self, other: Operand) -> Formula:
        return formula(other) - self

    def __rmul__(self, other: Operand) -> Formula:
        return formula(other) * self

    def __rtruediv__(self, other: Operand) -> Formula:
        return formula(other) / self

    def __rpow__(self, other: Operand) -> Formula:
        return formula(other) ** self


def literal(value: float) -> Formula:
    """A number as such."""
    return Formula(float(value))


def symbol(label: str, value: float) -> Formula:
    """A name, and the number that it stands for."""
    return Formula(float(value), label)


def apply(op: Op, operands: Sequence[Formula]) -> Formula:
    """An operation on formulas, as it stands, without simplifying."""
    with quiet():
        value = op.value(*(x.value for x in operands))
    return Formula(value, None, op, operands)


def result(op: Op, operands: Sequence[Formula], value: float) -> Formula:
    """The result of a node: written as the operation, and as its value when numbers are put in."""
    return Formula(value, None, op, operands, known=True)


def formula(x: Operand) -> Formula:
    """`x` itself, or the number as such."""
    return x if isinstance(x, Formula) else literal(float(x))


def partials(op: Op, operands: Sequence[Formula], value: float) -> list[Formula]:
    """The partial derivatives of `op` as a textbook writes them, in terms of its operands.

    A rule that only takes floats, as one that calls `math`, is written as what it gives: op′.
    """
    with quiet():
        try:
            rule = op.rule(operands, result(op, operands, value), written=True)
        except TypeError:
            slopes = op.slopes([x.value for x in operands], value)
            primes = [f"{op.name}′" + (f"[{i}]" if len(slopes) > 1 else "") for i in range(1, len(slopes) + 1)]
            return [symbol(prime, slope) for prime, slope in zip(primes, slopes, strict=True)]
    return [formula(partial) for partial in rule]


def definition(node: Value, names: Mapping[Value, str]) -> Formula:
    """What `node` is: its operation on the names of its operands, as it was written.

    >>> from autograd.value import Value
    >>> from autograd.symbolic.labels import Names
    >>> from autograd.symbolic.notation import write
    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> write(definition(a * b, Names([a, b])))
    'a·b'
    """
    if node.op is None:
        return literal(node.data) if node.constant else symbol(names[node], node.data)
    return apply(node.op, [atom(x, names) for x in node.operands])


def atom(node: Value, names: Mapping[Value, str]) -> Formula:
    """`node` by its name; a number in an expression as such."""
    return literal(node.data) if node.constant else symbol(names[node], node.data)
