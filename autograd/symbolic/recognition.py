"""Recognition of computed formulas: what the rules of the table compute, in the forms that a reader expects.

The rules are written for accuracy, so a graph of second order has operations that no textbook has, such as sech and
lowered_power, and choices of a piece. Here they become familiar functions, and the piece that holds, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from autograd import ops
from autograd.op import TABLE, Op
from autograd.symbolic.algebra import rebuilt, tidy
from autograd.symbolic.formula import Formula, apply, literal, symbol
from autograd.symbolic.textbook import Reason, decided, spelled
from autograd.value import Value

# Words with formulas and operations between them, or the reasons for a case; a printer typesets them.
Note = tuple[str | Formula | Op | Reason, ...]
# Operations that exist for the rules of others; a reader meets their definitions.
AUXILIARY = frozenset({ops.sech, ops.gaussian, ops.unit, ops.leg, ops.lowered_power, ops.xlogy})
# Operations that choose a piece; a reader meets the piece, and the reason.
SELECTORS = frozenset({ops.step, ops.greater, ops.sign})
# Numbers of rules that have another written form.
_RULES_NUMBERS = frozenset({ops.LOG2_E, ops.LOG10_E})
# The name of the result in a pattern.
_RESULT = "result"
_SAMPLES = {ops.leg: (2.0, 0.5), ops.acosh: (1.5,), ops.pow: (2.0, 3.0), ops.lowered_power: (2.0, 3.0, 1.0)}
# Within the domain of every other operation of one or two operands.
_SAMPLE = 0.5


def defined(op: Op, operands: Sequence[Formula], reasons: list[Reason]) -> Formula | None:
    """Return the definition of an operation on operands, with its cases resolved; None if the entry has none."""
    if op.definition is None:
        return None
    definition = op.definition(*operands)
    return settled(definition if isinstance(definition, Formula) else literal(definition), reasons)


def settled(f: Formula, reasons: list[Reason]) -> Formula:
    """Return a formula with the case of each choice that holds at its numbers, and append the reasons.

    >>> from autograd.symbolic.notation import write
    >>> reasons, x = [], symbol("x", 2.0)
    >>> write(settled(ops.where(ops.step(x), x, 0.0), reasons)), len(reasons)
    ('x', 1)
    """
    changed, found = decided(f)
    reasons += [reason for reason in found if not any(reason.same(known) for known in reasons)]
    return changed


def familiar(f: Formula, reasons: list[Reason]) -> Formula:
    """Return a formula of a graph without the operations that exist for the rules of others.

    What a rule computes becomes what a textbook writes: sech(x/2)²/4 becomes S(x)(1 − S(x)). Choices of a piece are
    resolved, and their reasons appended. A power of the number e becomes an exponential.

    >>> from autograd.symbolic.notation import write
    >>> x = symbol("x", 2.0)
    >>> write(familiar(apply(ops.mul, [literal(3.0), ops.lowered_power(x, 3.0, 1.0)]), []))
    '3x²'
    """
    changed = _replaced(f) if _is_computed(f) else f
    if _has_choice(changed):
        changed = settled(changed, reasons)
    return _with_exponentials(f if changed is f else tidy(changed))


def _is_computed(f: Formula) -> bool:
    """Return True if a formula has a sign that a rule of the table computed it."""
    if f.op in AUXILIARY or f.op in SELECTORS or f.op is ops.where or (f.is_literal and f.value in _RULES_NUMBERS):
        return True
    # The hypotenuse in the rules of atan and asinh.
    return (f.op is ops.hypot and f.operands[0].is_number(1.0)) or any(map(_is_computed, f.operands))


def _has_choice(f: Formula) -> bool:
    """Return True if a formula chooses a piece; sign, and a choice by a bare name, are the user's own."""
    if f.op in (ops.step, ops.greater) or (f.op is ops.where and f.operands[0].op is not None):
        return True
    return any(map(_has_choice, f.operands))


def _with_exponentials(f: Formula) -> Formula:
    if f.op is ops.pow and f.operands[0].is_number(math.e):
        return apply(ops.exp, [_with_exponentials(f.operands[1])])
    return rebuilt(f, [_with_exponentials(x) for x in f.operands]) if f.operands else f


def _replaced(f: Formula) -> Formula:
    """Replace the largest parts of a formula that a rule computed, and then auxiliary operations."""
    if f.op is None:
        return f
    for pattern in _patterns():
        bound: dict[str, Formula] = {}
        if pattern.computed.op is f.op and _matches(pattern.computed, f, bound):
            operands = [_replaced(bound[label]) for label in pattern.labels]
            result = bound[_RESULT] if _RESULT in bound else apply(pattern.op, operands)
            partials = pattern.op.rule(operands, result, written=True)
            partial = partials[pattern.slot]
            return spelled(partial) if isinstance(partial, Formula) else literal(partial)
    return spelled(rebuilt(f, [_replaced(x) for x in f.operands]))


@dataclass(frozen=True)
class _Pattern:
    """A partial as a rule computes it, and the operation and operand index that it is of."""

    op: Op
    slot: int
    labels: tuple[str, ...]
    computed: Formula


@cache
def _patterns() -> list[_Pattern]:
    """Return the patterns of all rules of the package that have another written form, the largest first."""
    patterns = []
    for op in TABLE.values():
        if op.written is not None and op.arity and op.partials.__module__ == ops.__name__:
            labels = tuple(f"operand {i}" for i in range(op.arity))
            operands = [
                Value(x, label) for x, label in zip(_SAMPLES.get(op, (_SAMPLE,) * op.arity), labels, strict=True)
            ]
            result = op.apply(tuple(operands))
            # The result is the operation on the operands, or a name.
            for z in (result, Value(result.data, _RESULT)):
                for slot, partial in enumerate(op.rule(operands, z)):
                    if isinstance(partial, Value):
                        computed = _tree(partial)
                        if _is_computed(computed) and all(_mentions(computed, label) for label in labels):
                            patterns.append(_Pattern(op, slot, labels, computed))
    return sorted(patterns, key=lambda pattern: -pattern.computed.size)


def _tree(node: Value) -> Formula:
    if node.op is None:
        return symbol(node.label, node.data) if node.label else literal(node.data)
    return apply(node.op, [_tree(x) for x in node.operands])


def _mentions(f: Formula, label: str) -> bool:
    return f.label == label or any(_mentions(x, label) for x in f.operands)


def _matches(pattern: Formula, f: Formula, bound: dict[str, Formula]) -> bool:
    """Return True if a formula has the form of a pattern; enter the formula for each of its names into `bound`."""
    if pattern.label == _RESULT and f.label is None:
        return False
    if pattern.label is not None:
        return bound.setdefault(pattern.label, f).same(f)
    if pattern.op is None:
        return f.is_number(pattern.value)
    return (
        pattern.op is f.op
        and len(pattern.operands) == len(f.operands)
        and all(_matches(x, y, bound) for x, y in zip(pattern.operands, f.operands, strict=True))
    )
