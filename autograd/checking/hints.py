"""What a wrong rule may be instead, where that can be decided: nothing is said that does not hold at several points."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograd import ops
from autograd.checking.differences import derivative
from autograd.checking.findings import Finding, worst_first
from autograd.checking.points import tamer
from autograd.context import quiet
from autograd.op import TABLE, Op
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula
from autograd.symbolic.notation import write

_PARTS = (0.0, 0.37, 0.71, 1.0)
"""Where a hint must hold: so far on the way from the operands to tamer ones."""
_LARGEST = 40
"""The largest formula that is varied."""
_MOST = 5
"""The most wrong rules that a hint is sought for."""


def hinted(edges: list[Finding]) -> list[Finding]:
    """The partials, with hints on those that are wrong, once for each rule."""
    hints: dict[tuple[int, int], str] = {}
    for x in worst_first([x for x in edges if x.verdict == "fail"]):
        key = _rule(x)
        if x.node is None or x.node.op is None or x.slot is None or key in hints or len(hints) == _MOST:
            continue
        operands = x.node.operands
        slots = [i for i, operand in enumerate(operands) if not operand.constant]
        hints[key] = hint(x.node.op, [operand.data for operand in operands], slots, x.slot)
    if not any(hints.values()):
        return edges
    return [replace(x, hint=hints.get(_rule(x), "")) if x.verdict == "fail" else x for x in edges]


def _rule(edge: Finding) -> tuple[int, int]:
    """Which partial of which operation an edge is."""
    return (0, 0) if edge.node is None or edge.slot is None else (id(edge.node.op), edge.slot)


def hint(op: Op, data: Sequence[float], slots: Sequence[int], slot: int) -> str:
    """What the wrong rule of one operand may be, or "": another operation's rule, or one slip away from the right one.

    >>> from dataclasses import replace
    >>> hint(replace(TABLE["tanh"], partials=lambda x, z: 1 - z), [0.5], [0], 0)
    'the rule is 1 − z, where 1 − z² would hold'
    >>> hint(replace(TABLE["sin"], partials=lambda x, z: -ops.sin(x)), [0.5], [0], 0)
    'it is the rule of cos'
    """
    if op.arity is None:
        return ""
    samples = list(_samples(op, data, slots, slot))
    if len(samples) < len(_PARTS) - 1 or _is_multiple(samples):
        return ""
    correction = _correction(op, slot, samples)
    if correction:
        return correction
    others = _others(op, slot, samples)
    return f"it is the rule of {' and '.join(others[:2])}" if others else ""


class _Sample:
    """Operands, the result, and the partial that the rule gives and that the differences give."""

    def __init__(self, op: Op, data: list[float], slot: int) -> None:
        self.data, self.result = data, op.value(*data)
        self.wrong = op.slopes(data, self.result)[slot]
        found = derivative(lambda x: (op.forward(*data[:slot], x, *data[slot + 1 :]), op.branch(*data)), data[slot])
        self.right = found.slope
        self.is_clear = found.is_clean and math.isfinite(self.wrong) and found.slope != 0.0


def _samples(op: Op, data: Sequence[float], slots: Sequence[int], slot: int) -> Iterator[_Sample]:
    for there in tamer(op, data, slots, _PARTS):
        try:
            sample = _Sample(op, there, slot)
        except (ArithmeticError, ValueError):
            continue
        if sample.is_clear:
            yield sample


def _is_multiple(samples: Sequence[_Sample]) -> bool:
    """Whether the rule is off by the same factor everywhere, which the ratio has told already; or right."""
    ratios = [sample.wrong / sample.right for sample in samples]
    return all(math.isclose(ratio, ratios[0], rel_tol=1e-6) for ratio in ratios)


def _others(op: Op, slot: int, samples: Sequence[_Sample]) -> list[str]:
    """The operations whose rule this is, if it is not a constant."""
    if all(sample.wrong == samples[0].wrong for sample in samples):
        return []
    return [
        name
        for name, other in TABLE.items()
        if other.arity == op.arity and name != op.name and _fits(other, slot, samples)
    ]


def _fits(other: Op, slot: int, samples: Sequence[_Sample]) -> bool:
    try:
        return all(
            math.isclose(other.slopes(s.data, other.value(*s.data))[slot], s.wrong, rel_tol=1e-9) for s in samples
        )
    except Exception:  # the rule of another operation, which may raise anything
        return False


def _correction(op: Op, slot: int, samples: Sequence[_Sample]) -> str:
    """The rule and the smallest formula that is one slip away from it and agrees with the differences."""
    labels = [p.name for p in inspect.signature(op.partials).parameters.values()]
    first = samples[0]
    names = [formulas.symbol(label, x) for label, x in zip(labels, [*first.data, first.result], strict=True)]
    try:
        with quiet():
            rule = formulas.formula(op.rule(names[:-1], names[-1])[slot])
    except (TypeError, ValueError, ArithmeticError):  # it takes floats only
        return ""
    if rule.size > _LARGEST or not rule.has_names:
        return ""
    with quiet():
        right = [f for f in _varied(rule, names) if _holds(f, labels, samples)]
    if not right:
        return ""
    best = min(right, key=lambda f: (f.size, len(write(f))))
    return f"the rule is {write(rule)}, where {write(best)} would hold"


def _holds(f: Formula, labels: Sequence[str], samples: Sequence[_Sample]) -> bool:
    return all(
        math.isclose(_value(f, dict(zip(labels, [*s.data, s.result], strict=True))), s.right, rel_tol=1e-7)
        for s in samples
    )


def _value(f: Formula, at: dict[str, float]) -> float:
    if f.op is None:
        return f.value if f.label is None else at[f.label]
    return f.op.value(*[_value(x, at) for x in f.operands])


def _varied(f: Formula, names: Sequence[Formula]) -> Iterator[Formula]:
    """The formulas that are one slip away: a sign, a square, an inner factor, a name for another, a term left out."""
    yield from _slips(f, names)
    for k, x in enumerate(f.operands):
        for other in _varied(x, names):
            yield formulas.apply(f.op, [*f.operands[:k], other, *f.operands[k + 1 :]]) if f.op else f


def _slips(f: Formula, names: Sequence[Formula]) -> Iterator[Formula]:
    one = formulas.literal(1.0)
    if f.is_literal:
        yield from (formulas.literal(x) for x in (f.value + 1.0, f.value - 1.0, 2.0 * f.value, -f.value))
        return
    yield from (f ** formulas.literal(2.0), -f, one / f, one - f, one + f, f - one, f * (one - f))
    for x in names:
        if f.label != x.label:
            yield from (f * x, f / x, f + x, f - x)
    if f.label is not None:
        yield from (x for x in names if x.label != f.label)
    if f.op in (ops.add, ops.sub, ops.mul, ops.div):
        x, y = f.operands
        others = {ops.add: (x - y,), ops.sub: (x + y, y - x), ops.mul: (x / y, y / x), ops.div: (x * y, y / x)}[f.op]
        yield from (x, y, *others)
    elif len(f.operands) == 1 or f.op is ops.pow:
        yield f.operands[0]
