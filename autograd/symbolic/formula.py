"""Symbolic formulas: expressions of names and numbers, and derivative rules applied to them.

A `Formula` supports arithmetic and the operations of the table, as a float or a Value does. So the rules of the table
give symbolic derivatives, and need no second form. Arithmetic simplifies what a person would not write (1·x, x¹, 0 + x,
−−x). A formula also has its number, so it can be printed with names and again with numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Union

from autograd import ops
from autograd.context import quiet
from autograd.op import Op
from autograd.symbolic.simplification import TEXTBOOK_RULES, simplified
from autograd.symbolic.typesetting import application, name
from autograd.value import Value

Operand = Union["Formula", float, int]


class Formula:
    """A number, a name, or an operation on formulas; built by `literal`, `symbol` and arithmetic.

    Attributes:
        value: the number of the formula.
        label: the name; None for a number or an operation.
        op: the operation; None for a number or a name.
        operands: the operands of the operation.
        known: True if the formula is printed as its number where numbers replace names, as the result of a node is.
        is_literal: True for a number, and not a name or an operation.
        size: the number of operations, names and numbers in the formula.
    """

    __slots__ = ("is_literal", "known", "label", "op", "operands", "size", "value")

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
        # An attribute, because every rule of simplification asks for it.
        self.is_literal = op is None and label is None
        self.size: int = 1 + sum(x.size for x in self.operands)

    def is_number(self, value: float) -> bool:
        """Return True for the literal of this number; a name with this value is not a literal."""
        return self.is_literal and self.value == value

    @property
    def has_names(self) -> bool:
        """True if the formula contains a name."""
        return self.label is not None or any(x.has_names for x in self.operands)

    def __repr__(self) -> str:
        if self.op is None:
            return f"<formula {repr(self.value) if self.label is None else name(self.label)}>"
        numbers, labels = zip(*((x.value, x.label or "") for x in self.operands), strict=True)
        return f"<formula {application(self.op.name, numbers, labels)}>"

    def __operation__(self, op: Op, operands: Sequence[Any]) -> Formula:
        """Apply an operation of the table to operands of which one is a formula."""
        return apply(op, [formula(x) for x in operands])

    def same(self, other: Formula) -> bool:
        """Return True if two formulas have the same structure, labels and values."""
        if self.op is None or other.op is None:
            # A name stays the same where its number is NaN.
            is_equal = self.value == other.value or (math.isnan(self.value) and math.isnan(other.value))
            return self.op is other.op and self.label == other.label and is_equal
        return (
            self.op is other.op
            and len(self.operands) == len(other.operands)
            and all(x.same(y) for x, y in zip(self.operands, other.operands, strict=True))
        )

    def __int__(self) -> int:
        # Rules take the index of a softmax as an int.
        return int(self.value)

    def __bool__(self) -> bool:
        raise TypeError("a formula has no truth value; a rule must use ag.step or ag.where instead of if")

    def __eq__(self, other: object) -> bool:
        raise TypeError("formulas cannot be compared; a rule must use ag.step or ag.where instead of if")

    __hash__ = object.__hash__

    def __neg__(self) -> Formula:
        return _simplified(ops.neg, self)

    def __add__(self, other: Operand) -> Formula:
        return _simplified(ops.add, self, formula(other))

    def __sub__(self, other: Operand) -> Formula:
        return _simplified(ops.sub, self, formula(other))

    def __mul__(self, other: Operand) -> Formula:
        return _simplified(ops.mul, self, formula(other))

    def __truediv__(self, other: Operand) -> Formula:
        return _simplified(ops.div, self, formula(other))

    def __pow__(self, other: Operand) -> Formula:
        return _simplified(ops.pow, self, formula(other))

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
    """Return a number as a formula."""
    return Formula(float(value))


def symbol(label: str, value: float) -> Formula:
    """Return a name, with the number that it has."""
    return Formula(float(value), label)


def apply(op: Op, operands: Sequence[Formula]) -> Formula:
    """Return an operation on formulas, without simplification."""
    with quiet():
        value = op.value(*(x.value for x in operands))
    return Formula(value, None, op, operands)


def result(op: Op, operands: Sequence[Formula], value: float) -> Formula:
    """Return the formula of a node: an operation with names, and the node's number where numbers replace names."""
    return Formula(value, None, op, operands, known=True)


def formula(x: Operand) -> Formula:
    """Return `x` as a formula."""
    return x if isinstance(x, Formula) else literal(float(x))


def partials(op: Op, operands: Sequence[Formula], value: float) -> list[Formula]:
    """Return the partial derivatives of an operation as a textbook writes them.

    Args:
        op: the operation.
        operands: its operands.
        value: the number of its result.

    Returns:
        A formula for each operand. A rule that takes only floats, such as one that calls `math`, gives a name: op′.
    """
    with quiet():
        try:
            rule = op.rule(operands, result(op, operands, value), written=True)
        except TypeError:
            numbers = op.slopes([x.value for x in operands], value)
            names = [f"{op.name}′[{i}]" for i in range(1, len(numbers) + 1)] if len(numbers) > 1 else [f"{op.name}′"]
            return [symbol(name, number) for name, number in zip(names, numbers, strict=True)]
    return [formula(partial) for partial in rule]


def definition(node: Value, names: Mapping[Value, str]) -> Formula:
    """Return the operation of a node on the names of its operands.

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
    """Return the name of a node as a formula; a constant is a number."""
    return literal(node.data) if node.constant else symbol(names[node], node.data)


def _simplified(op: Op, *operands: Formula) -> Formula:
    """Return an operation on formulas, simplified by the rules of textbooks."""
    simpler = simplified(TEXTBOOK_RULES, op, operands)
    return apply(op, operands) if simpler is None else formula(simpler)
