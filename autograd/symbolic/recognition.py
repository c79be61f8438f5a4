"""Recognition of computed formulas: what the rules of the table compute, in the forms that a reader expects.

The rules are written for accuracy, so a graph of second order has operations that no textbook has, such as sech and
lowered_power, and choices of a piece. Here they become familiar functions, and the piece that holds, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from autograd import ops
from autograd.op import TABLE, Op
from autograd.symbolic.algebra import rebuilt, tidy
from autograd.symbolic.formula import Formula, apply, literal, symbol
from autograd.value import Value

# Words with formulas and operations between them, which a printer typesets.
Note = tuple[str | Formula | Op, ...]
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


def resolved(f: Formula, reasons: list[Note]) -> Formula:
    """Return a formula with each choice of a piece replaced by the piece at its numbers; append the reasons.

    >>> from autograd.symbolic.notation import write
    >>> reasons, x = [], symbol("x", 2.0)
    >>> write(resolved(ops.where(ops.step(x), x, 0.0), reasons)), len(reasons)
    ('x', 1)
    """
    if f.op is None:
        return f
    if f.op is ops.where:
        condition, x, y = f.operands
        chosen = resolved(condition, reasons)
        if not chosen.is_literal:
            relation = "≠" if condition.value != 0.0 else "="
            _remember(reasons, _comparison(chosen, relation, literal(0.0)))
        return resolved(x if condition.value != 0.0 else y, reasons)
    operands = [resolved(x, reasons) for x in f.operands]
    if f.op in SELECTORS:
        x, y = operands if f.op is ops.greater else (operands[0], literal(0.0))
        if x.is_literal and y.is_literal:
            return literal(f.value)
        relation = ">" if x.value > y.value else "<" if x.value < y.value else "="
        if f.op is ops.step and relation != ">":
            relation = "≤"
        _remember(reasons, _comparison(x, relation, y))
        return literal(f.value)
    if all(x is y for x, y in zip(operands, f.operands, strict=True)):
        return f
    return _simplified(f.op, operands)


def _simplified(op: Op, operands: Sequence[Formula]) -> Formula:
    """Return an operation on formulas, simplified where it is arithmetic."""
    arithmetic: Mapping[Op, Callable[..., Formula]] = {
        ops.add: Formula.__add__,
        ops.sub: Formula.__sub__,
        ops.mul: Formula.__mul__,
        ops.div: Formula.__truediv__,
        ops.pow: Formula.__pow__,
        ops.neg: Formula.__neg__,
    }
    return arithmetic[op](*operands) if op in arithmetic else apply(op, operands)


def _comparison(x: Formula, relation: str, y: Formula) -> Note:
    """Return "x = 2 > 0", with the numbers of both sides."""

    def side(f: Formula) -> Note:
        return (f,) if f.is_literal else (f, " = ", literal(f.value))

    return (*side(x), f" {relation} ", *side(y))


def _remember(reasons: list[Note], reason: Note) -> None:
    """Append a comparison, unless it is there; because x > y is also because y < x."""
    if not any(_same_numbers(reason, other) for other in reasons):
        reasons.append(("and " if reasons else "because ", *reason))


def _same_numbers(note: Note, other: Note) -> bool:
    """Return True if two comparisons have the same formulas, in either order."""
    first, second = ([x for x in n if isinstance(x, Formula)] for n in (note, other))
    return len(first) == len(second) and all(any(x.same(y) for y in second) for x in first)


def defined(op: Op, operands: Sequence[Formula], reasons: list[Note]) -> Formula | None:
    """Return the definition of an operation on operands, with its cases resolved; None if the entry has none."""
    if op.definition is None:
        return None
    definition = op.definition(*operands)
    return resolved(definition if isinstance(definition, Formula) else literal(definition), reasons)


def familiar(f: Formula, reasons: list[Note]) -> Formula:
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
        changed = resolved(changed, reasons)
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


def without_auxiliary(f: Formula) -> Formula:
    """Return a formula with the auxiliary operations replaced by their definitions."""
    if not f.operands:
        return f
    operands = [without_auxiliary(x) for x in f.operands]
    if f.op in AUXILIARY:
        assert f.op.definition is not None
        definition: Formula = f.op.definition(*operands)
        return without_auxiliary(definition)
    return f if all(x is y for x, y in zip(operands, f.operands, strict=True)) else rebuilt(f, operands)


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
            return without_auxiliary(partial) if isinstance(partial, Formula) else literal(partial)
    return without_auxiliary(rebuilt(f, [_replaced(x) for x in f.operands]))


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
