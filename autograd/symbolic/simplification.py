"""Simplification by tables of rules: what a person would not write out, such as 1·x, 0 + x, x¹ and −−x.

A rule takes the operands of an operation and returns a simpler expression, or None where it does not apply. The rules
here are those that formulas and array programs share. Each of the two keeps a table of its own, because they serve
different readers: a formula is to look like the textbook, a program is to be short and to round as its graph does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from autograd import ops
from autograd.op import Op


class Term(Protocol):
    """An expression that rules can read and put together again by arithmetic."""

    @property
    def op(self) -> Op | None:
        """The operation; None for a number or a name."""

    @property
    def operands(self) -> Sequence[Any]:
        """The operands of the operation, in order."""

    @property
    def is_literal(self) -> bool:
        """Whether the expression is a number, rather than a name for one."""

    def is_number(self, value: float) -> bool:
        """Return True if the expression is this number."""

    def same(self, other: Any) -> bool:
        """Return True if two expressions are known to be equal."""


# Rules return Any, because arithmetic on a protocol has no type.
Rule = Callable[..., Any]
Rules = Mapping[Op, Sequence[Rule]]


def simplified(rules: Rules, op: Op, operands: Sequence[Any]) -> Any:
    """Return a simpler expression for an operation on operands, by the first rule that applies; None without one."""
    for rule in rules.get(op, ()):
        simpler = rule(*operands)
        if simpler is not None:
            return simpler
    return None


def commuted(rule: Rule) -> Rule:
    """Return a rule of two operands for the same two in the other order."""
    return lambda x, y: rule(y, x)


def cancel_double_negation(x: Term) -> Any:
    """Simplify −(−x) to x."""
    return x.operands[0] if x.op is ops.neg else None


def drop_zero_term(x: Term, y: Term) -> Any:
    """Simplify x + 0 and 0 + x to x."""
    if y.is_number(0.0):
        return x
    return y if x.is_number(0.0) else None


def double_equal_terms(x: Any, y: Any) -> Any:
    """Simplify x + x to 2x."""
    return 2.0 * x if x.same(y) else None


def subtract_negated_term(x: Any, y: Term) -> Any:
    """Simplify x + (−y) to x − y."""
    return x - y.operands[0] if y.op is ops.neg else None


def drop_zero_of_difference(x: Any, y: Any) -> Any:
    """Simplify x − 0 to x, and 0 − y to −y."""
    if y.is_number(0.0):
        return x
    return -y if x.is_number(0.0) else None


def add_negated_subtrahend(x: Any, y: Term) -> Any:
    """Simplify x − (−y) to x + y."""
    return x + y.operands[0] if y.op is ops.neg else None


def put_number_first(x: Any, y: Any) -> Any:
    """Simplify x·2 to 2x."""
    return y * x if y.is_literal and not x.is_literal else None


def absorb_trivial_factor(x: Any, y: Any) -> Any:
    """Simplify 0·y to 0, 1·y to y, −1·y to −y, and x·1 to x."""
    if x.is_number(0.0) or y.is_number(1.0):
        return x
    if x.is_number(1.0):
        return y
    return -y if x.is_number(-1.0) else None


def pull_sign_of_first_factor(x: Term, y: Any) -> Any:
    """Simplify (−x)·y to −(x·y)."""
    return -(x.operands[0] * y) if x.op is ops.neg else None


def pull_sign_of_second_factor(x: Any, y: Term) -> Any:
    """Simplify x·(−y) to −(x·y)."""
    return -(x * y.operands[0]) if y.op is ops.neg else None


def drop_unit_second_operand(x: Any, y: Term) -> Any:
    """Simplify x/1 and x¹ to x."""
    return x if y.is_number(1.0) else None


def is_multiple(x: Term) -> bool:
    """Return True if an expression is a number times something, as 2x."""
    return x.op is ops.mul and bool(x.operands[0].is_literal)
