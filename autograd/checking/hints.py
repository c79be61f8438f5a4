"""What a wrong rule may be instead, where that can be decided: nothing is said that does not hold at several points."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograd import formula as formulas
from autograd import ops
from autograd.arguments import Application
from autograd.checking.consistency import selected
from autograd.checking.finite_differences import derivative
from autograd.checking.function import Call
from autograd.checking.rules import tamer
from autograd.checking.verdict import Finding, worst_first
from autograd.formula import Formula
from autograd.graph import paths
from autograd.modes import quiet
from autograd.notation import write
from autograd.operation import Op
from autograd.table import TABLE
from autograd.writing import name

FRACTIONS_TOWARDS_TAME = (0.0, 0.37, 0.71, 1.0)
"""Where a hint must hold: so far on the way from the operands to tamer ones."""
MAX_FORMULA_SIZE = 40
"""The largest formula that is varied."""
MAX_RULES_HINTED = 5
"""The most wrong rules that a hint is sought for."""


def hinted(edges: list[Finding]) -> list[Finding]:
    """The partials, with hints on those that are wrong, once for each rule."""
    hints: dict[tuple[int, int], str] = {}
    for x in worst_first([x for x in edges if x.verdict == "fail"]):
        key = _rule(x)
        if x.node is None or x.node.op is None or x.slot is None or key in hints or len(hints) == MAX_RULES_HINTED:
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
    if len(samples) < len(FRACTIONS_TOWARDS_TAME) - 1 or _is_multiple(samples):
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
    for there in tamer(op, data, slots, FRACTIONS_TOWARDS_TAME):
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
    if rule.size > MAX_FORMULA_SIZE or not rule.has_names:
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


MAX_PATHS_ENUMERATED = 12
"""Of so many paths it is tried whether some are left out."""
MAX_ENTRIES_TRACED = 5
"""The most wrong derivatives that paths are tried for."""


def hinted_given(found: list[Finding], call: Call, rows: int) -> list[Finding]:
    """The findings, and what the mistake may be: places exchanged, or a path left out."""
    n = len(call.point)
    wrong = [place for place, x in enumerate(found) if x.verdict == "fail"]
    hints = dict.fromkeys(wrong, "")
    for place in wrong:
        i, k = divmod(place, n)
        mirrored = k * n + i
        if rows == n > 1 and i != k and place < n * n and _is(found[place], found[mirrored]):
            hints[place] = "it is the derivative the other way round: the matrix may be transposed"
            continue
        twin = next(
            (other for other in range(i * n, i * n + n) if other != place and _is(found[place], found[other])), None
        )
        if twin is not None:
            exchanged = _is(found[twin], found[place])
            hints[place] = f"{'exchanged with' if exchanged else 'it is'} {found[twin].name}"
    for place in [place for place in wrong if not hints[place] and place < rows * n][:MAX_ENTRIES_TRACED]:
        hints[place] = _detour(call, *divmod(place, n), found[place].engine)
    return [replace(x, hint=hints.get(place, "")) for place, x in enumerate(found)]


def _is(wrong: Finding, other: Finding) -> bool:
    """Whether a wrong number is, clearly, the derivative that another number should be."""
    slope = other.difference.slope
    return other.difference.is_clean and slope != 0.0 and math.isclose(wrong.engine, slope, rel_tol=1e-7)


def _detour(call: Call, i: int, k: int, claimed: float) -> str:
    """Which paths a wrong derivative sums over, if the function can be recorded and it sums over some."""
    try:
        at = Application(call.f, tuple(call.moved([], [])))
        x = at.variables[k].named(call.labels[k])
        routes = paths(at.results[i], x)
    except Exception:  # a function of floats need not take Values, and may say so in any way
        return ""
    if routes.count > MAX_PATHS_ENUMERATED:
        return ""
    listed = list(routes)
    counted = selected(claimed, [path.product for path in listed])
    if counted is None:
        return ""
    missing = [path for place, path in enumerate(listed) if place not in counted]
    through = " → ".join(name(node.label) or (node.op.name if node.op else "") for node in missing[0].nodes)
    return f"only {len(counted)} of {len(listed)} paths: {through} is missing" + (
        "" if len(missing) == 1 else ", and others"
    )
