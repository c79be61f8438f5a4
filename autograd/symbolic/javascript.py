"""Formulas as JavaScript."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from autograd import ops
from autograd.op import Op
from autograd.symbolic.formula import Formula
from autograd.symbolic.precedence import ATOM, SUM, Operator
from autograd.symbolic.printer import Printed, Printer

# Every operation is in parentheses, so that no rule of JavaScript's grammar matters: -x**2 is a syntax error there.
_BRACKETED = Operator(ATOM, SUM, SUM)
# As a float, a whole number below this is exact, and Python and JavaScript write it with the same digits.
MAX_WHOLE = 1e15


class JavaScriptPrinter(Printer[Formula]):
    """Prints formulas as JavaScript; operations without an operator are calls of functions of their name.

    >>> from autograd.symbolic.formula import symbol
    >>> x = symbol("x", 3.0)
    >>> JavaScriptPrinter().text(ops.exp(-x) / (x - 2.0))
    '(exp((-x))/(x-2))'
    """

    operators = dict.fromkeys((ops.add, ops.sub, ops.mul, ops.div, ops.neg), _BRACKETED)
    signs: ClassVar[Mapping[Op, str]] = {ops.add: "+", ops.sub: "-", ops.mul: "*", ops.div: "/", ops.neg: "-"}

    def expression(self, node: Formula) -> Printed:
        """Print a formula, and return its text and precedence."""
        if node.label is not None:
            return node.label, ATOM
        return (number(node.value), ATOM) if node.op is None else self.operation(node)

    def prefix(self, node: Formula) -> Printed:
        """Print a sign before its operand, in parentheses."""
        text, precedence = super().prefix(node)
        return self.parenthesized(text), precedence

    def infix(self, node: Formula) -> Printed:
        """Print an operator between its operands, in parentheses."""
        text, precedence = super().infix(node)
        return self.parenthesized(text), precedence


def number(x: float) -> str:
    """Return a float as JavaScript reads it.

    >>> [number(x) for x in (2.0, -0.5, 1e300, math.inf, -math.inf, math.nan)]
    ['2', '(-0.5)', '1e+300', 'Infinity', '(-Infinity)', 'NaN']
    """
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "(-Infinity)"
    text = repr(int(x)) if x.is_integer() and abs(x) < MAX_WHOLE else repr(x)
    return f"({text})" if text.startswith("-") else text
