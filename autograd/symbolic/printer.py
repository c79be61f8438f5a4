"""Base class of the printers, which write expressions with the parentheses that their notation needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from autograd import ops
from autograd.op import Op
from autograd.symbolic.precedence import ATOM, SUM, Operator, Precedence

# The text of an expression, and its precedence.
Printed = tuple[str, Precedence]


class Operation(Protocol):
    """An operation on expressions, such as a `Formula` or an array of a compiled program."""

    @property
    def op(self) -> Op | None:
        """The operation; None for a number or a name."""

    @property
    def operands(self) -> Sequence[Any]:
        """The operands of the operation, in order."""


Node = TypeVar("Node", bound=Operation)


class Printer(ABC, Generic[Node]):
    """Prints expressions in one notation.

    A subclass implements `expression`, which prints numbers and names, and passes operations to `operation`. It sets
    the two tables, and overrides the methods whose text its notation writes in another way.

    Attributes:
        operators: the operations that are written with an operator, and their precedence.
        signs: the text of each operator.

    >>> from autograd.symbolic.formula import Formula, symbol
    >>> from autograd.symbolic.precedence import PYTHON
    >>> class Pascal(Printer[Formula]):
    ...     operators = {ops.sub: PYTHON[ops.sub], ops.div: PYTHON[ops.div]}
    ...     signs = {ops.sub: " - ", ops.div: " div "}
    ...     def expression(self, node):
    ...         return self.operation(node) if node.op else (node.label, ATOM)
    >>> x, y, z = symbol("x", 3.0), symbol("y", 2.0), symbol("z", 1.0)
    >>> Pascal().text((x - (y - z)) / ops.exp(y))
    '(x - (y - z)) div exp(y)'
    """

    operators: ClassVar[Mapping[Op, Operator]]
    signs: ClassVar[Mapping[Op, str]]

    @abstractmethod
    def expression(self, node: Node) -> Printed:
        """Print `node`, and return its text and precedence."""

    def text(self, node: Node, least: Precedence = SUM) -> str:
        """Print `node`, in parentheses if it binds less tightly than `least`."""
        text, precedence = self.expression(node)
        return text if precedence >= least else self.parenthesized(text)

    def parenthesized(self, text: str) -> str:
        """Return `text` in parentheses."""
        return f"({text})"

    def operation(self, node: Node) -> Printed:
        """Print an operation on operands: an operator between them, or a call."""
        op = node.op
        if op not in self.operators:
            return self.call(node)
        if op is ops.mul:
            return self.product(node)
        if op is ops.div:
            return self.quotient(node)
        if op is ops.pow:
            return self.power(node)
        return self.prefix(node) if len(node.operands) == 1 else self.sum(node)

    def sum(self, node: Node) -> Printed:
        """Print a sum or a difference."""
        return self.infix(node)

    def product(self, node: Node) -> Printed:
        """Print a product."""
        return self.infix(node)

    def quotient(self, node: Node) -> Printed:
        """Print a quotient."""
        return self.infix(node)

    def power(self, node: Node) -> Printed:
        """Print a power."""
        return self.infix(node)

    def prefix(self, node: Node) -> Printed:
        """Print an operator before its operand."""
        assert node.op is not None
        operator = self.operators[node.op]
        return self.signs[node.op] + self.operand(node, 0, operator.right), operator.precedence

    def infix(self, node: Node) -> Printed:
        """Print an operator between its operands."""
        assert node.op is not None
        operator = self.operators[node.op]
        left, right = self.operand(node, 0, operator.left), self.operand(node, 1, operator.right)
        return f"{left}{self.signs[node.op]}{right}", operator.precedence

    def call(self, node: Node) -> Printed:
        """Print a call of a function."""
        arguments = (self.operand(node, slot, SUM) for slot in range(len(node.operands)))
        return f"{self.function(node)}({', '.join(arguments)})", ATOM

    def operand(self, node: Node, slot: int, least: Precedence) -> str:
        """Print the operand of `node` in `slot`, in parentheses if it binds less tightly than `least`."""
        return self.text(node.operands[slot], least)

    def function(self, node: Node) -> str:
        """Return the name of the function that an operation calls."""
        assert node.op is not None
        return node.op.name
