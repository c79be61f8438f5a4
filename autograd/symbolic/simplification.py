"""Algebraic simplification by tables of rules: 1·x, 0 + x, x¹ and −−x become x.

A rule takes the operands of an operation. It returns a simpler expression or a number, or None where it does not apply.
Formulas and array programs share the driver and most rules, and have a table each: a formula must look as in a
textbook, a program must be short and must round as its graph does.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
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


# Equal terms of longer sums are not searched for: the time grows with the square of the number.
MAX_COLLECTED_TERMS = 8
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


def _negated(x: Term) -> Any:
    """Return the y of −y."""
    (operand,) = x.operands
    return operand


def cancel_double_negation(x: Term) -> Any:
    """Simplify −(−x) to x."""
    return _negated(x) if x.op is ops.neg else None


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
    return x - _negated(y) if y.op is ops.neg else None


def drop_zero_of_difference(x: Any, y: Any) -> Any:
    """Simplify x − 0 to x, and 0 − y to −y."""
    if y.is_number(0.0):
        return x
    return -y if x.is_number(0.0) else None


def add_negated_subtrahend(x: Any, y: Term) -> Any:
    """Simplify x − (−y) to x + y."""
    return x + _negated(y) if y.op is ops.neg else None


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
    return -(_negated(x) * y) if x.op is ops.neg else None


def pull_sign_of_second_factor(x: Any, y: Term) -> Any:
    """Simplify x·(−y) to −(x·y)."""
    return -(x * _negated(y)) if y.op is ops.neg else None


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


def _merge_fraction(x: Any, y: Term) -> Any:
    """Simplify 1/3·(2y) to 2/3·y, 6(1/2·y) to 3y, and 3(1/2) to 3/2."""
    number, rest = y.operands if y.op is ops.mul else (y, 1.0)
    if _is_fraction(x) and number.is_literal:
        above, below = x.operands[0] * number, x.operands[1]
    elif x.is_literal and _is_fraction(number):
        above, below = x * number.operands[0], number.operands[1]
    else:
        return None
    ratio = above.value / below.value if below.value else math.nan
    return (ratio if ratio.is_integer() else above / below) * rest


def _is_fraction(x: Term) -> bool:
    """Return True for a quotient of two numbers."""
    return x.op is ops.div and all(operand.is_literal for operand in x.operands)


def _subtract_negative_multiple(x: Any, y: Term) -> Any:
    """Simplify x + (−6y) to x − 6y, and x + (−2) to x − 2."""
    negated = _without_sign(y)
    return None if negated is None else x - negated


def _add_negative_multiple(x: Any, y: Term) -> Any:
    """Simplify x − (−6y) to x + 6y, and x − (−2) to x + 2."""
    negated = _without_sign(y)
    return None if negated is None else x + negated


def _without_sign(x: Any) -> Any:
    """Return the negative of a negative number, or of a negative number times something; None for anything else."""
    number = x.operands[0] if is_multiple(x) else x
    if not number.is_literal or not number.value < 0.0:
        return None
    return -number * x.operands[1] if is_multiple(x) else -number


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


def _take_log_of_e(x: Term) -> float | None:
    """Simplify ln(e) to 1, so that the derivative of e**x is e**x."""
    return 1.0 if x.is_number(math.e) else None


def _drop_zero_exponent(x: Term, y: Term) -> float | None:
    """Simplify x⁰ to 1."""
    return 1.0 if y.is_number(0.0) else None


def _pull_sign_of_numerator(x: Term, y: Any) -> Any:
    """Simplify (−x)/y to −(x/y)."""
    return -(_negated(x) / y) if x.op is ops.neg else None


def _pull_sign_of_denominator(x: Any, y: Term) -> Any:
    """Simplify x/(−y) to −(x/y)."""
    return -(x / _negated(y)) if y.op is ops.neg else None


def _collect_terms(sign: float) -> Rule:
    """Return the rule that collects equal terms: 6x + x is 7x, and (x + 1) − (x − 1) is 2.

    Args:
        sign: 1 for a sum, −1 for a difference.
    """

    def rule(x: Any, y: Any) -> Any:
        terms = list(islice(chain(_terms(x, 1.0), _terms(y, sign)), MAX_COLLECTED_TERMS + 1))
        if len(terms) > MAX_COLLECTED_TERMS:
            return None
        collected: list[tuple[float, Any]] = []
        for coefficient, term in terms:
            for i, (known, like) in enumerate(collected):
                if (term is None and like is None) or (term is not None and like is not None and term.same(like)):
                    collected[i] = known + coefficient, like
                    break
            else:
                collected.append((coefficient, term))
        if len(collected) == len(terms):
            return None
        return _sum_of([pair for pair in collected if pair[0] != 0.0])

    return rule


def _terms(x: Any, sign: float) -> Iterator[tuple[float, Any]]:
    """Yield the terms of a sum as a number times something, or times None for a number alone."""
    # A sum of a thousand terms may be a thousand sums, one within the other.
    stack = [(x, sign)]
    while stack:
        x, sign = stack.pop()
        if x.op in (ops.add, ops.sub):
            stack.append((x.operands[1], -sign if x.op is ops.sub else sign))
            stack.append((x.operands[0], sign))
        elif x.op is ops.neg:
            stack.append((_negated(x), -sign))
        elif x.is_literal:
            yield sign * x.value, None
        else:
            coefficient, factor = _multiple(x)
            yield sign * coefficient, factor


def _multiple(x: Any) -> tuple[float, Any]:
    """Return the number in front of a product, as the 2 of 2x·w, and the other factors."""
    if x.op is not ops.mul:
        return 1.0, x
    left, right = x.operands
    if left.is_literal:
        return left.value, right
    coefficient, factor = _multiple(left)
    return (1.0, x) if coefficient == 1.0 else (coefficient, factor * right)


def _sum_of(terms: Sequence[tuple[float, Any]]) -> Any:
    """Return the sum of numbers times something."""
    total: Any = 0.0
    for coefficient, term in terms:
        size = abs(coefficient) if term is None else abs(coefficient) * term
        if isinstance(total, float) and total == 0.0:
            total = size if coefficient > 0.0 else -size
        else:
            total = total + size if coefficient > 0.0 else total - size
    return total


def _combine_fractions(sign: float) -> Rule:
    """Return the rule that combines fractions where that is shorter: 1/(x + 1) − x/(x + 1)² is 1/(x + 1)²."""

    def rule(x: Any, y: Any) -> Any:
        (p, a, m), (q, b, n) = _fraction(x), _fraction(y)
        if a is None or b is None or not a.same(b):
            return None
        power = max(m, n)
        (p, common), (q, other) = _last_factor(p), _last_factor(q)
        if common is not None and other is not None and common.same(other):
            above = (p * a ** (power - m) + sign * q * b ** (power - n)) * common
        else:
            above = _product(p, common) * a ** (power - m) + sign * _product(q, other) * b ** (power - n)
        combined = above / a**power
        return combined if combined.size < x.size + y.size else None

    return rule


def _fraction(x: Any) -> tuple[Any, Any, float]:
    """Return the numerator of a fraction, and the base and the exponent of its denominator; None for no fraction."""
    sign = 1.0
    while x.op is ops.neg:
        x, sign = _negated(x), -sign
    factor: Any = 1.0
    if x.op is ops.mul and x.operands[0].op is ops.div:
        x, factor = x.operands
    if x.op is not ops.div or x.operands[1].is_literal:
        return x, None, 0.0
    base, exponent = _base_and_exponent(x.operands[1])
    return sign * x.operands[0] * factor, base, exponent


def _last_factor(x: Any) -> tuple[Any, Any]:
    """Return a product without its last factor, and that factor; a number has none."""
    if x.op is ops.neg:
        rest, factor = _last_factor(_negated(x))
        return -rest, factor
    if x.op is ops.mul:
        return x.operands[0], x.operands[1]
    return (x, None) if x.is_literal else (1.0, x)


def _product(x: Any, factor: Any) -> Any:
    return x if factor is None else x * factor


# The order counts: in a formula 0·∞ is 0, because trivial factors are absorbed before numbers are multiplied.
# Quotients and powers of numbers are not computed: 1/2 and 2³ show where a number is from.
TEXTBOOK_RULES: Rules = {
    ops.neg: (_fold(operator.neg), cancel_double_negation),
    ops.add: (
        _fold(operator.add),
        drop_zero_term,
        _collect_terms(1.0),
        _combine_fractions(1.0),
        subtract_negated_term,
        _subtract_negative_multiple,
    ),
    ops.sub: (
        _fold(operator.sub),
        drop_zero_of_difference,
        _collect_terms(-1.0),
        _combine_fractions(-1.0),
        add_negated_subtrahend,
        _add_negative_multiple,
    ),
    ops.mul: (
        put_number_first,
        absorb_trivial_factor,
        _fold(operator.mul),
        pull_sign_of_first_factor,
        pull_sign_of_second_factor,
        _merge_numbers,
        _merge_fraction,
        _add_exponents,
    ),
    ops.div: (drop_unit_second_operand, _drop_zero_numerator, _pull_sign_of_numerator, _pull_sign_of_denominator),
    ops.pow: (drop_unit_second_operand, _drop_zero_exponent),
    ops.log: (_take_log_of_e,),
}
