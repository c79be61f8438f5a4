"""Hints at the probable mistake in a wrong rule or a wrong derivative; a hint must hold at several points."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random

from autograd import ops
from autograd.checking.consistency import subset_with_sum
from autograd.checking.finite_differences import derivative
from autograd.checking.function import FunctionAtPoint
from autograd.checking.rules import moderate_operands
from autograd.checking.sampling import NO_VALUE
from autograd.checking.verdict import FACTOR_RTOL, FAIL_ERRORS, NAMED_RATIOS, Finding, describe_mistake, worst_first
from autograd.context import quiet
from autograd.derivatives import Application
from autograd.domains import interval_of
from autograd.graph import paths
from autograd.op import TABLE, Op
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula
from autograd.symbolic.notation import write
from autograd.symbolic.typesetting import name

# Points at which a hint must hold, as fractions of the way from the operands to moderate ones.
SAMPLE_FRACTIONS = (0.0, 0.37, 0.71, 1.0)
# Further points at which it must hold, drawn from the whole domain, and the distances from 0 or from the end of a
# half-open domain between which they are drawn.
DRAWN_SAMPLES = 8
DRAWN_SIZES = (0.05, 5.0)
# The remark on a ratio that is another one at other points.
NOT_EVERYWHERE = "here, not everywhere"
# A factor of a noisy function that is as near to a simple one is about as large.
MIN_FACTOR_RTOL = 1e-3
# Errors of derivatives of a solution, relative to them, are smaller with the usual tolerances of solvers.
MAX_SMALL_ERROR = 1e-4
# A factor is near an integer by chance with at most twice this probability.
MAX_INTEGER_SLACK = 0.05
# Size of the largest formula that is varied: the number of variants grows with it.
MAX_FORMULA_SIZE = 40
# Wrong rules for which a hint is sought, and wrong derivatives for which paths are enumerated: a hint may take longer
# than the check.
MAX_RULES_HINTED = 5
MAX_ENTRIES_TRACED = 5
# Paths of which subsets are tried for a sum that leaves some out.
MAX_PATHS_ENUMERATED = 12


def add_rule_hints(edges: Sequence[Finding]) -> list[Finding]:
    """Return the findings on edges with hints on those that fail, one for each rule."""
    hints: dict[tuple[int, int], str] = {}
    by_chance: set[tuple[int, int]] = set()
    for finding in worst_first([x for x in edges if x.verdict == "fail"]):
        node, slot, key = finding.node, finding.slot, _rule_key(finding)
        if node is None or node.op is None or slot is None or key in hints or len(hints) == MAX_RULES_HINTED:
            continue
        slots = [i for i, operand in enumerate(node.operands) if not operand.constant]
        data = [operand.data for operand in node.operands]
        hints[key] = hint(node.op, data, slots, slot)
        samples = _samples(node.op, _drawn_operands(node.op, data, slots), slot)
        words = finding.remark()
        if words in NAMED_RATIOS and any(describe_mistake(s.wrong, s.difference) != words for s in samples):
            by_chance.add(key)
    edges = [without_named_ratio(x) if x.verdict == "fail" and _rule_key(x) in by_chance else x for x in edges]
    if not any(hints.values()):
        return list(edges)
    return [replace(x, hint=hints.get(_rule_key(x), "")) if x.verdict == "fail" else x for x in edges]


def without_named_ratio(finding: Finding) -> Finding:
    """Return a failing finding with a plain number for a named ratio that does not hold at other points."""
    if finding.remark().removeprefix("about ") not in NAMED_RATIOS:
        return finding
    simple = simple_factor(finding)
    if not math.isnan(simple):
        return replace(finding, reason=f"{about_factor(simple)} {NOT_EVERYWHERE}")
    return replace(finding, reason=f"off by a factor {finding.engine / finding.differences:.6g} {NOT_EVERYWHERE}")


def has_factor(finding: Finding) -> bool:
    """Return True if a wrong number is a multiple of a right one that is well known."""
    is_plain = finding.verdict == "fail" and finding.difference.is_clean and math.isfinite(finding.engine)
    return is_plain and finding.engine != 0.0 and finding.differences != 0.0


def simple_factor(finding: Finding) -> float:
    """Return the integer, or one over an integer, that a factor is as far as a noisy function resolves it; else nan."""
    if not finding.difference.noise or not has_factor(finding):
        return math.nan
    ratio = finding.engine / finding.differences
    resolution = max(FAIL_ERRORS * finding.error / abs(finding.differences), MIN_FACTOR_RTOL)
    size = max(abs(ratio), 1.0 / abs(ratio))
    count = round(size)
    if abs(size - count) > resolution * size or resolution * size > MAX_INTEGER_SLACK:
        return math.nan
    return math.copysign(float(count) if abs(ratio) >= 1.0 else 1.0 / count, ratio)


def with_simple_factor(finding: Finding) -> Finding:
    """Return a finding on a noisy function with the simple factor that its factor is, as far as it is resolved."""
    ratio = simple_factor(finding)
    if finding.reason or math.isnan(ratio) or ratio == 1.0:
        return finding
    words = replace(finding, engine=ratio, difference=replace(finding.difference, slope=1.0)).remark()
    if ratio == -1.0:
        return replace(finding, reason=words)
    return replace(finding, reason=f"about {words}" if words in NAMED_RATIOS else about_factor(ratio))


def small_errors(findings: Sequence[Finding]) -> list[str]:
    """Return a remark on tolerances of solvers if no wrong derivative is off by more than 10⁻⁴ of itself."""
    wrong = [x for x in findings if x.verdict == "fail"]
    if not all(has_factor(x) and abs(x.engine - x.differences) <= MAX_SMALL_ERROR * abs(x.differences) for x in wrong):
        return []
    errors = "the error is" if len(wrong) == 1 else f"all {len(wrong):,} errors are"
    return [f"{errors} below 1e-4 of the derivative: if f is solved to a tolerance, pass that as noise="]


def about_factor(ratio: float) -> str:
    """Return a factor that is an integer, or one over an integer, up to noise, in words.

    >>> about_factor(-3.0), about_factor(0.25)
    ('off by a factor of about -3', 'off by a factor of about 1/4')
    """
    written = f"{ratio:.0f}" if abs(ratio) >= 1.0 else f"{'-' if ratio < 0.0 else ''}1/{abs(1.0 / ratio):.0f}"
    return f"off by a factor of about {written}"


def _rule_key(edge: Finding) -> tuple[int, int]:
    """Return the operation and the slot of a finding on an edge."""
    return (0, 0) if edge.node is None or edge.slot is None else (id(edge.node.op), edge.slot)


def hint(op: Op, data: Sequence[float], slots: Sequence[int], slot: int) -> str:
    """Return the probable mistake in the rule of one operand, in words; "" if none is found.

    It is another operation's rule, or a formula that is one slip away from the right one.

    Args:
        op: the operation.
        data: the operands at which its partial is wrong.
        slots: the indices of the operands that can vary.
        slot: the index of the operand with the wrong partial.

    >>> from dataclasses import replace
    >>> hint(replace(TABLE["tanh"], partials=lambda x, z: 1 - z), [0.5], [0], 0)
    'the rule is 1 − z, where 1 − z² would hold'
    >>> hint(replace(TABLE["sin"], partials=lambda x, z: -ops.sin(x)), [0.5], [0], 0)
    'it is the rule of cos'
    """
    if op.arity is None:
        return ""
    samples = list(_samples(op, moderate_operands(op, data, slots, SAMPLE_FRACTIONS), slot))
    # One point may have no value or no clear derivative.
    if len(samples) < len(SAMPLE_FRACTIONS) - 1 or _is_multiple(samples):
        return ""
    drawn = list(_samples(op, _drawn_operands(op, data, slots), slot))
    correction = _correction(op, slot, samples, drawn)
    if correction:
        return correction
    others = _operations_with_rule(op, slot, [*samples, *drawn])
    return f"it is the rule of {' and '.join(others[:2])}" if others else ""


class _RuleSample:
    """Operands and the result of an operation, with a partial by its rule and by finite differences."""

    def __init__(self, op: Op, data: list[float], slot: int) -> None:
        self.data, self.result = data, op.value(*data)
        self.wrong = op.slopes(data, self.result)[slot]

        def f(x: float) -> tuple[float, object]:
            operands = (*data[:slot], x, *data[slot + 1 :])
            return op.forward(*operands), op.branch(*operands)

        self.difference = derivative(f, data[slot])
        self.right = self.difference.slope
        self.is_clear = self.difference.is_clean and math.isfinite(self.wrong) and self.right != 0.0


def _samples(op: Op, points: Iterable[list[float]], slot: int) -> Iterator[_RuleSample]:
    """Yield the samples at those points where the derivative is clear."""
    for operands in points:
        try:
            sample = _RuleSample(op, operands, slot)
        except NO_VALUE:
            continue
        if sample.is_clear:
            yield sample


def _drawn_operands(op: Op, data: Sequence[float], slots: Sequence[int]) -> Iterator[list[float]]:
    """Yield operands drawn from the whole domain: a formula may agree on the way to moderate operands by chance."""
    random = Random(0)
    for _ in range(DRAWN_SAMPLES):
        yield [_drawn(op, i, random) if i in slots else x for i, x in enumerate(data)]


def _drawn(op: Op, slot: int, random: Random) -> float:
    interval = interval_of(op.domain, slot)
    low, high = interval.low, interval.high
    if math.isfinite(low) and math.isfinite(high):
        return random.uniform(low, high)
    size = random.uniform(*DRAWN_SIZES)
    if math.isfinite(low):
        return low + size
    return high - size if math.isfinite(high) else random.choice((-size, size))


def _is_multiple(samples: Sequence[_RuleSample]) -> bool:
    """Return True if the rule is right, or off by the same factor everywhere, which the report says already."""
    ratios = [sample.wrong / sample.right for sample in samples]
    return math.isclose(min(ratios), max(ratios), rel_tol=FACTOR_RTOL)


def _operations_with_rule(op: Op, slot: int, samples: Sequence[_RuleSample]) -> list[str]:
    """Return the names of other operations with this rule; none for a constant rule."""
    if len({sample.wrong for sample in samples}) == 1:
        return []
    return [
        name
        for name, other in TABLE.items()
        if other.arity == op.arity and name != op.name and _has_rule(other, slot, samples)
    ]


def _has_rule(op: Op, slot: int, samples: Sequence[_RuleSample]) -> bool:
    try:
        return all(math.isclose(op.slopes(s.data, op.value(*s.data))[slot], s.wrong, rel_tol=1e-9) for s in samples)
    except Exception:
        # The rule of another operation may raise anything here.
        return False


def _correction(op: Op, slot: int, samples: Sequence[_RuleSample], drawn: Sequence[_RuleSample]) -> str | None:
    """Return the rule and the smallest formula one slip away that agrees with the differences, in words.

    Args:
        op: the operation.
        slot: the index of the operand.
        samples: the samples with which every formula is compared.
        drawn: the samples that the formula must agree with before it is printed.
    """
    first = samples[0]
    count = len(first.data) + 1
    # A rule may have further parameters with defaults, as those that a loop binds, or take *operands.
    labels = list(inspect.signature(op.partials).parameters)[:count]
    if len(labels) < count:
        labels = [*(f"x{i}" for i in range(1, count)), "z"]
    names = [formulas.symbol(label, x) for label, x in zip(labels, [*first.data, first.result], strict=True)]
    try:
        with quiet():
            rule = formulas.formula(op.rule(names[:-1], names[-1])[slot])
    except (TypeError, ValueError, ArithmeticError):
        # The rule takes floats only.
        return None
    if rule.size > MAX_FORMULA_SIZE or not rule.has_names:
        return None
    with quiet():
        right = [f for f in _variants(rule, names) if _agrees(f, labels, samples)]
        right.sort(key=lambda f: (f.size, len(write(f))))
        best = next((f for f in right if _holds(f, labels, drawn)), None)
    if best is None:
        return None
    return f"the rule is {write(rule)}, where {write(best)} would hold"


def _agrees(f: Formula, labels: Sequence[str], samples: Sequence[_RuleSample]) -> bool:
    return all(
        math.isclose(_value(f, dict(zip(labels, [*s.data, s.result], strict=True))), s.right, rel_tol=1e-7)
        for s in samples
    )


def _holds(f: Formula, labels: Sequence[str], samples: Sequence[_RuleSample]) -> bool:
    """Return True if no sample contradicts a formula and one at least confirms it."""
    verdicts = []
    for s in samples:
        try:
            number = _value(f, dict(zip(labels, [*s.data, s.result], strict=True)))
        except (ArithmeticError, ValueError):
            return False
        verdicts.append(s.difference.verdict(number))
    return "pass" in verdicts and "fail" not in verdicts


def _value(f: Formula, at: dict[str, float]) -> float:
    if f.op is None:
        return f.value if f.label is None else at[f.label]
    return f.op.value(*[_value(x, at) for x in f.operands])


def _variants(f: Formula, names: Sequence[Formula]) -> Iterator[Formula]:
    """Yield the formulas one slip away: a sign, a square, an inner factor, another name, a missing term."""
    yield from _slips(f, names)
    for k, x in enumerate(f.operands):
        if f.op is ops.where and k == 0:
            # Almost any condition that is true at all samples would do.
            continue
        for variant in _variants(x, names):
            yield formulas.apply(f.op, [*f.operands[:k], variant, *f.operands[k + 1 :]]) if f.op else f


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
    elif f.op is ops.where:
        yield from f.operands[1:]


def add_entry_hints(
    findings: list[Finding], function: FunctionAtPoint, row_count: int, elsewhere: Callable[[int], Finding] | None
) -> list[Finding]:
    """Return the findings on given derivatives with hints on those that fail: exchanged entries or a missing path.

    Args:
        findings: the findings, row by row.
        function: the function and the point.
        row_count: the number of rows of first derivatives; rows of second derivatives follow.
        elsewhere: returns the finding with an index at another point, where a hint must hold too; None if the
            derivatives are numbers, so that they are known at one point only.
    """
    n = len(function.point)
    findings = [with_simple_factor(x) for x in findings]
    # The report shows the worst ones.
    places = {id(x): index for index, x in enumerate(findings)}
    wrong = [places[id(x)] for x in worst_first(findings) if x.verdict == "fail"]
    hints = dict.fromkeys(wrong, "")
    for index in wrong:
        i, k = divmod(index, n)
        transposed = k * n + i
        is_square = row_count == n > 1
        if is_square and i != k and index < n * n and _is_value_of(findings, index, transposed, elsewhere):
            hints[index] = "it is the derivative the other way round: the matrix may be transposed"
            continue
        # Two entries with one name, as of f(a, b, f) by a and f, would explain nothing.
        row = (j for j in range(i * n, i * n + n) if findings[j].name != findings[index].name)
        twin = next((entry for entry in row if _is_value_of(findings, index, entry, elsewhere)), None)
        if twin is not None:
            are_exchanged = _is_value_of(findings, twin, index, elsewhere)
            hints[index] = f"{'exchanged with' if are_exchanged else 'it is'} {findings[twin].name}"
    unexplained = [index for index in wrong if not hints[index]][:MAX_ENTRIES_TRACED]
    for index in unexplained:
        there = at_other_point(elsewhere, index)
        words = findings[index].remark()
        if there is not None and there.verdict in ("pass", "fail") and with_simple_factor(there).remark() != words:
            findings[index] = without_named_ratio(findings[index])
        if index < row_count * n:
            i, k = divmod(index, n)
            hint = _missing_path(function, i, k, findings[index].engine)
            if there is None or hint == _missing_path(function.moved(), i, k, there.engine):
                hints[index] = hint or ""
    return [replace(x, hint=hints.get(index, "")) for index, x in enumerate(findings)]


def at_other_point(elsewhere: Callable[[int], Finding] | None, index: int) -> Finding | None:
    """Return the finding with an index at another point; None if there is none."""
    try:
        return elsewhere(index) if elsewhere is not None else None
    except Exception:
        # The function or its gradient may raise anything at a point that the user did not choose.
        return None


def _is_value_of(
    findings: Sequence[Finding], wrong: int, twin: int, elsewhere: Callable[[int], Finding] | None
) -> bool:
    """Return True if a wrong number is clearly the derivative that another entry should be, also at another point."""
    number, other = findings[wrong].engine, findings[twin].difference
    if not other.is_clean or other.slope == 0.0 or not math.isclose(number, other.slope, rel_tol=1e-7):
        return False
    number_there, twin_there = at_other_point(elsewhere, wrong), at_other_point(elsewhere, twin)
    if number_there is None or twin_there is None:
        return True
    return twin_there.difference.verdict(number_there.engine) != "fail"


def _missing_path(function: FunctionAtPoint, i: int, k: int, number: float) -> str | None:
    """Return the paths that a wrong derivative leaves out, in words; None if the function cannot be recorded."""
    try:
        application = Application(function.f, tuple(function.arguments_with([], [])), hold="integers")
        x = application.variables[k].named(function.labels[k])
        routes = paths(application.results[i], x)
    except Exception:
        # A function of floats need not take Values, and may raise anything.
        return None
    if routes.count > MAX_PATHS_ENUMERATED:
        return None
    listed = list(routes)
    counted = subset_with_sum(number, [path.product for path in listed])
    if counted is None:
        return None
    missing = [path for index, path in enumerate(listed) if index not in counted]
    through = " → ".join(name(node.label) or (node.op.name if node.op else "") for node in missing[0].nodes)
    others = "" if len(missing) == 1 else ", and others"
    return f"only {len(counted)} of {len(listed)} paths: {through} is missing{others}"
