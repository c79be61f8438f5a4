"""Algebraic simplification by tables of rules: 1·x, 0 + x, x¹ and −−x become x.

A rule takes the operands of an operation. It returns a simpler expression or a number, or None where it does not apply.
Formulas and array programs share the driver and most rules, and have a table each: a formula must look as in a
textbook, a program must be short and must round as its graph does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from autograd import ops
from autograd.op import Op


class Term(Protocol):
    """An expression that rules can take apart, and recombine by arithmetic."""

    @property
    def op(self) -> Op | None:
        """The operation; None for a number or a name."""

    @property
    def operands(self) -> Sequence[Any]:
        """The operands of the operation, in order."""

    @property
    def is_literal(self) -> bool:
        """True for a number, and not a name or an operation."""

    def is_number(self, value: float) -> bool:
        """Return True if the expression is this number."""

    def same(self, other: Any) -> bool:
        """Return True if two expressions are known to be equal."""


# Rules are typed by Any, because a protocol for arithmetic would say no more.
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
    """Return True if an expression is a number times something, such as 2x."""
    return x.op is ops.mul and bool(x.operands[0].is_literal)


def _fold(operation: Callable[..., float]) -> Rule:
    """Return the rule that computes an operation on numbers."""
    return lambda *xs: operation(*(x.value for x in xs)) if all(x.is_literal for x in xs) else None


def _merge_numbers(x: Any, y: Term) -> Any:
    """Simplify 2·(3y) to 6y."""
    return (x * y.operands[0]) * y.operands[1] if x.is_literal and is_multiple(y) else None


def _add_exponents(x: Any, y: Any) -> Any:
    """Simplify x·x to x², and x²·x³ to x⁵."""
    (base, m), (other_base, n) = _base_and_exponent(x), _base_and_exponent(y)
    return base ** (m + n) if not base.is_literal and base.same(other_base) else None


def _base_and_exponent(x: Any) -> tuple[Any, float]:
    if x.op is ops.pow and x.operands[1].is_literal:
        return x.operands[0], x.operands[1].value
    return x, 1.0


def _drop_zero_numerator(x: Term, y: Term) -> Any:
    """Simplify 0/y to 0."""
    return x if x.is_number(0.0) else None


def _drop_zero_exponent(x: Term, y: Term) -> float | None:
    """Simplify x⁰ to 1."""
    return 1.0 if y.is_number(0.0) else None


def _pull_sign_of_numerator(x: Term, y: Any) -> Any:
    """Simplify (−x)/y to −(x/y)."""
    return -(x.operands[0] / y) if x.op is ops.neg else None


def _pull_sign_of_denominator(x: Any, y: Term) -> Any:
    """Simplify x/(−y) to −(x/y)."""
    return -(x / y.operands[0]) if y.op is ops.neg else None


# The order counts: in a formula 0·∞ is 0, because trivial factors are absorbed before numbers are multiplied.
# Quotients and powers of numbers are not computed: 1/2 and 2³ show where a number is from.
TEXTBOOK_RULES: Rules = {
    ops.neg: (_fold(operator.neg), cancel_double_negation),
    ops.add: (_fold(operator.add), drop_zero_term, double_equal_terms, subtract_negated_term),
    ops.sub: (_fold(operator.sub), drop_zero_of_difference, add_negated_subtrahend),
    ops.mul: (
        put_number_first,
        absorb_trivial_factor,
        _fold(operator.mul),
        pull_sign_of_first_factor,
        pull_sign_of_second_factor,
        _merge_numbers,
        _add_exponents,
    ),
    ops.div: (drop_unit_second_operand, _drop_zero_numerator, _pull_sign_of_numerator, _pull_sign_of_denominator),
    ops.pow: (drop_unit_second_operand, _drop_zero_exponent),
}
