"""Textbook forms: operations that exist for the sake of others, and rules by cases with the reason for the case.

Rules are written for accuracy, and name operations that no reader knows: sech, leg, lowered_power. `spelled` writes
them by the functions of a textbook. `decided` chooses the case of a rule that holds at the point, and gives the reason.

>>> from autograd.symbolic.formula import symbol
>>> from autograd.symbolic.notation import write
>>> x, w = symbol("x", 3.0), symbol("w", 1.0)
>>> write(ops.leg(x, w)), write(ops.greater(x, w))
('√(x² − w²)', '(1 if x > w, 0.5 if x = w, else 0)')
>>> rule, reasons = decided(2 * ops.greater(x, w))
>>> write(rule), reasons[0].sides
('2', (<formula x>, '>', <formula w>))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import ops
from autograd.op import Op
from autograd.symbolic.formula import Formula, apply, formula, literal

# Functions that are never 0, except where a float underflows: `where` only guards against 0·∞ there.
NEVER_ZERO = {ops.exp, ops.cosh, ops.sech, ops.gaussian}


def _square(x: Formula) -> Formula:
    return formula(1.0 if x.is_number(1.0) else x**2)


def _root(x: Formula) -> Formula:
    return apply(ops.sqrt, [x])


def _spell_where(condition: Formula, x: Formula, y: Formula) -> Formula | None:
    return x if condition.op in NEVER_ZERO else None


def _spell_hypot(*xs: Formula) -> Formula | None:
    """Return √(1 + x²) for a rule's hypot(1, x), and |x| for hypot(x); a hypot of names keeps its name."""
    if len(xs) == 1:
        return apply(ops.abs, xs)
    return _root(_square(xs[0]) + _square(xs[1])) if len(xs) == 2 and xs[0].is_number(1.0) else None


def _spell_power(x: Formula, y: Formula, n: Formula) -> Formula:
    """Return x^(y − n), with the exponent computed where it is a number."""
    return x ** (y - n)


def _spell_unit(x: Formula, *others: Formula) -> Formula:
    return x / apply(ops.hypot, [x, *others]) if others else apply(ops.sign, [x])


_SPELLINGS: Mapping[Op, Callable[..., Formula | None]] = {
    ops.lowered_power: _spell_power,
    ops.xlogy: lambda x, y: x * apply(ops.log, [y]),
    ops.sech: lambda x: 1.0 / apply(ops.cosh, [x]),
    ops.gaussian: lambda x: apply(ops.exp, [-(x**2 / 2.0)]),
    ops.unit: _spell_unit,
    ops.leg: lambda x, y: _root(_square(x) - _square(y)),
    ops.hypot: _spell_hypot,
    ops.where: _spell_where,
}
# Two formulas and the relation between them.
Condition = tuple[Formula, str, Formula]
_MIRRORED = {"<": ">", ">": "<"}
_ZERO, _HALF, _ONE, _MINUS_ONE = literal(0.0), literal(0.5), literal(1.0), literal(-1.0)
# Operations that are printed as cases: the value of each case and its condition, None for all other cases.
CASES: Mapping[Op, Callable[..., list[tuple[Formula, Condition | None]]]] = {
    ops.step: lambda x: [(_ONE, (x, ">", _ZERO)), (_ZERO, None)],
    ops.sign: lambda x: [(_ONE, (x, ">", _ZERO)), (_MINUS_ONE, (x, "<", _ZERO)), (_ZERO, None)],
    ops.greater: lambda x, y: [(_ONE, (x, ">", y)), (_HALF, (x, "=", y)), (_ZERO, None)],
    ops.where: lambda c, x, y: [(x, _condition(c)), (y, None)],
}


def _condition(c: Formula) -> Condition:
    """Return the condition that a formula is not 0; that of a step is an inequality."""
    return (c.operands[0], ">", _ZERO) if c.op is ops.step else (c, "≠", _ZERO)


@dataclass(frozen=True, eq=False)
class Reason:
    """The reason why one case of a rule holds.

    Attributes:
        sides: a formula, a relation, and the formula on the other side; a name is on the left.
        remark: what a reader has to know beside it, such as "by convention"; "" for nothing.
    """

    sides: Condition
    remark: str = ""

    def same(self, other: Reason) -> bool:
        """Return True if two reasons state the same; u > w and w < u do."""
        (x, sign, y), (u, other_sign, v) = self.sides, other.sides
        if sign == other_sign and x.same(u) and y.same(v):
            return True
        return sign == _MIRRORED.get(other_sign, other_sign) and x.same(v) and y.same(u)


def spelled(f: Formula) -> Formula:
    """Return a formula with the operations of a textbook in place of those that exist for the sake of others."""
    if f.op is None:
        return f
    operands = [spelled(x) for x in f.operands]
    spelling = _SPELLINGS.get(f.op)
    # The condition of a guard is recognized by its operation, before that is spelled.
    simpler = spelling(*f.operands) if f.op is ops.where and spelling else spelling(*operands) if spelling else None
    if f.op in (ops.mul, ops.pow) and not _all_same(operands, f.operands):
        simpler = _over_denominator(f.op, *operands)
    if simpler is None:
        return f if _all_same(operands, f.operands) else Formula(f.value, None, f.op, operands, f.known)
    simpler = spelled(formula(simpler))
    return Formula(f.value, simpler.label, simpler.op, simpler.operands, f.known) if f.known else simpler


def _over_denominator(op: Op, x: Formula, y: Formula) -> Formula | None:
    """Return x/d for x·(1/d), and 1/dⁿ for (1/d)ⁿ; None for anything else."""
    if op is ops.pow:
        return 1.0 / x.operands[1] ** y if _is_reciprocal(x) and y.is_literal else None
    if _is_reciprocal(y):
        return x / y.operands[1]
    return y / x.operands[1] if _is_reciprocal(x) else None


def _is_reciprocal(x: Formula) -> bool:
    return x.op is ops.div and x.operands[0].is_number(1.0)


def decided(f: Formula) -> tuple[Formula, list[Reason]]:
    """Choose the case of each rule by cases, at the numbers of a formula.

    Returns:
        The formula that holds there, and the reasons. A case that depends on NaN is not decided.
    """
    reasons: list[Reason] = []
    return _decided(f, reasons), reasons


def _decided(f: Formula, reasons: list[Reason]) -> Formula:
    if f.op is None:
        return f
    if f.op is ops.where:
        condition, *branches = f.operands
        if condition.op not in NEVER_ZERO and not math.isnan(condition.value):
            _add(reasons, _reason(condition))
        return _decided(branches[0] if condition.value or condition.op in NEVER_ZERO else branches[1], reasons)
    if f.op in CASES and not math.isnan(f.value):
        _add(reasons, _reason(f))
        return literal(f.value)
    operands = [_decided(x, reasons) for x in f.operands]
    if _all_same(operands, f.operands):
        return f
    if f.op in _ARITHMETIC:
        # Arithmetic drops the terms and factors that are 0 and 1 in this case.
        return formula(_ARITHMETIC[f.op](*operands))
    return Formula(f.value, None, f.op, operands, f.known)


_ARITHMETIC: Mapping[Op, Callable[..., Any]] = {
    ops.add: lambda x, y: x + y,
    ops.sub: lambda x, y: x - y,
    ops.mul: lambda x, y: x * y,
    ops.div: lambda x, y: x / y,
    ops.neg: lambda x: -x,
}


def _all_same(formulas: Sequence[Formula], others: Sequence[Formula]) -> bool:
    return all(x is y for x, y in zip(formulas, others, strict=True))


def _add(reasons: list[Reason], reason: Reason) -> None:
    if not any(reason.same(known) for known in reasons):
        reasons.append(reason)


def _reason(f: Formula) -> Reason:
    """Return the reason for the case of a step, a sign, a comparison, or a condition of `where`."""
    if f.op in (ops.step, ops.sign):
        x = f.operands[0]
        if x.value == 0.0:
            return Reason((x, "=", _ZERO), "by convention")
        return Reason((x, ">" if x.value > 0.0 else "<", _ZERO))
    if f.op is ops.greater:
        x, y = f.operands
        if x.is_literal:
            x, y = y, x
        if x.value == y.value:
            return Reason((x, "=", y), "a tie")
        return Reason((x, ">" if x.value > y.value else "<", y))
    return Reason((f, "≠" if f.value else "=", _ZERO))


def divides_by_zero(f: Formula) -> bool:
    """Return True if a denominator in a formula is 0."""
    is_quotient = f.op is ops.div and f.operands[1].value == 0.0
    is_power = f.op is ops.pow and f.operands[0].value == 0.0 and f.operands[1].value < 0.0
    return is_quotient or is_power or any(map(divides_by_zero, f.operands))
