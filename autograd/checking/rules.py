"""Checks of the derivative rules: every partial that a graph stores, against finite differences of its operation.

An operation is a simple function of few numbers. If a derivative of the whole graph is wrong, these checks name the
rule that causes it. If the whole graph is too flat or too steep for finite differences, its edges can still be checked.
The cost is one pass over the graph, whatever the number of leaves.

For a check of order 2 the rules are differentiated themselves. A rule that treats a point as a special case, as in
``where(y, …, 0.0)``, may give the right number there although its derivative is that of the special case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from autograd.checking.finite_differences import derivative
from autograd.checking.sampling import EPSILON, NO_VALUE, safe_fsum
from autograd.checking.verdict import (
    FACTOR_RTOL,
    MAX_RELATIVE_ERROR,
    MIN_FLOAT,
    PASS_ERRORS,
    Difference,
    Finding,
    describe_mistake,
)
from autograd.context import quiet
from autograd.derivatives import gradient, reverse, stored
from autograd.domains import interval_of
from autograd.op import Op
from autograd.symbolic.typesetting import application
from autograd.value import Value

# With at least this many operands, all are moved together, which takes fewer evaluations. They are moved one by one
# only if that does not settle them.
MIN_OPERANDS_TOGETHER = 8
# With more operands, one directional second derivative is checked instead of every pair of operands.
MAX_OPERANDS_PAIRWISE = 8
# The step of the test for linearity, relative to the size of the operand or to the distance over which a linear
# operation changes by its own value, whichever is larger.
LINEARITY_STEP = 1.37
# The step of the second secant, relative to the first. With equal steps the two secants of an odd function, such as
# x³ at 0, would be equal.
SECOND_SECANT_STEP = 0.43
# Moderate operands to try where rounding noise hides the derivative, as fractions of the way to them.
FRACTIONS_TO_MODERATE = (0.5, 0.75, 1.0)
# Operands near the point at which a partial of 0 is tried as well.
NEAR_FRACTIONS = (1e-8, 1e-7, 1e-6)


@dataclass
class RuleHistory:
    """Findings about operations that save work at later nodes, by name and slot.

    Attributes:
        curved: the slots in which an operation was found not to be linear.
        flat: the slots whose partials were 0 at a node without any change, and were checked at other operands.
    """

    curved: set[tuple[str, int]] = field(default_factory=set)
    flat: set[tuple[str, int]] = field(default_factory=set)


def check_partials(node: Value, position: int, rtol: float, history: RuleHistory) -> Iterator[Finding]:
    """Yield a finding for each stored partial with respect to an operand that can vary.

    Args:
        node: the result of an operation.
        position: the position of the node in the graph, for the report.
        rtol: the relative tolerance, in addition to the error bar of the differences.
        history: findings about operations at earlier nodes; updated.
    """
    assert node.op is not None
    data = [x.data for x in node.operands]
    slots = [i for i, x in enumerate(node.operands) if not x.constant]
    if not math.isfinite(node.data):
        nothing, reason = Difference(math.nan, math.inf), f"the value is {node.data}"
        for i in slots:
            yield Finding(node.partials[i], nothing, "undecided", reason, node, i, position, source="rule")
        return
    # `Dot` computes its partials on each access.
    partials = node.partials
    here = _Application(node.op, data, node.data, partials, history)
    rule = node.op.slopes(data, node.data)
    differences = list(here.differences(slots))
    jumps = any(difference.jumps for _, difference in differences)
    for i, difference in differences:
        number, verdict, reason = partials[i], difference.verdict(partials[i], rtol), ""
        if number != rule[i] and not (math.isnan(number) and math.isnan(rule[i])):
            wrong = rule[i] if verdict in ("pass", "kink") else number
            reason = f"{number!r} is stored, but the rule gives {rule[i]!r} now"
            number, verdict = wrong, "fail"
        elif jumps and math.isnan(number):
            verdict, reason = "kink", "the operation jumps here, so there are no partials; nan says so"
        elif verdict == "undecided" and math.isfinite(number) and not difference.is_kink:
            verdict, reason = here.verdict_elsewhere(i, slots, rtol)
        elif verdict == "pass" and difference.is_flat and (node.op.name, i) not in history.flat:
            # A rule that returns 0 agrees wherever the operation is saturated, so it is checked at other operands.
            history.flat.add((node.op.name, i))
            elsewhere = here.verdict_elsewhere(i, slots, rtol)
            verdict, reason = elsewhere if elsewhere[0] == "fail" else (verdict, "")
        elif verdict == "fail":
            reason = here.confused_operand(i, slots) or describe_mistake(number, difference)
        yield Finding(number, difference, verdict, reason, node, i, position, source="rule")


def linearity_step(x: float, value: float, slope: float) -> float:
    """Return the step of the test for linearity in x, given the value there and the expected slope.

    >>> linearity_step(2.0, 1.0, 0.0), linearity_step(2.0, 30.0, 3.0), linearity_step(0.0, 0.0, 3.0)
    (2.74, 13.700000000000001, 1.0)
    """
    return LINEARITY_STEP * max(abs(x), abs(value / slope) if slope else 0.0) or 1.0


def secant_noise(right: Any, left: Any, value: Any, step: Any) -> Any:
    """Return the largest difference of the slopes of two secants that rounding explains, of numbers or of arrays.

    Args:
        right: the value on the right.
        left: the value on the left.
        value: the value at the point.
        step: the distance to the point on the right.
    """
    return 4.0 * (EPSILON * (abs(right) + abs(left) + abs(value)) + MIN_FLOAT) / step


def secant_slopes(
    f: Callable[[float], tuple[float, Hashable]], x: float, step: float, here: tuple[float, Hashable]
) -> tuple[float, float, float] | None:
    """Return the slopes of two secants and their rounding noise; None if a secant leaves the piece or is infinite.

    The slopes are equal if `f` is linear between the points.

    Args:
        f: returns a value and a label of its smooth piece.
        x: the point.
        step: the distance to the point on the right; the point on the left is 0.43 times as far away.
        here: ``f(x)``.

    >>> [round(x, 9) for x in secant_slopes(lambda x: (x * x, x > 0), 2.0, 1.0, (4.0, True))]
    [5.0, 3.57, 0.0]
    """
    right, left = x + step, x - SECOND_SECANT_STEP * step
    if not step < math.inf:
        return None
    try:
        (right_value, right_piece), (left_value, left_piece) = f(right), f(left)
    except NO_VALUE:
        return None
    value, piece = here
    if isinstance(right_value, complex) or isinstance(left_value, complex):
        return None
    is_one_piece = right_piece == left_piece == piece
    if left == x or not (is_one_piece and math.isfinite(right_value) and math.isfinite(left_value)):
        return None
    noise = secant_noise(right_value, left_value, value, step)
    return (right_value - value) / (right - x), (left_value - value) / (left - x), noise


class _Application:
    """An operation applied to numbers, with the partials to check."""

    def __init__(
        self, op: Op, data: Sequence[float], result: float, partials: Sequence[float], history: RuleHistory
    ) -> None:
        self.op, self.data, self.result, self.partials, self.history = op, list(data), result, partials, history

    def differences(self, slots: Sequence[int]) -> Iterator[tuple[int, Difference]]:
        """Yield the numerical derivative by each slot, from moving many slots together where that suffices."""
        stack = [list(slots)]
        while stack:
            group = stack.pop()
            together = self._together(group) if len(group) >= MIN_OPERANDS_TOGETHER else {}
            if together is None:
                half = len(group) // 2
                stack += [group[half:], group[:half]]
            else:
                yield from ((i, together[i] if i in together else self.difference(i)) for i in group)

    def difference(self, i: int) -> Difference:
        """Return the numerical derivative by one slot."""
        return self._linear(i) or derivative(self._along_slot(i), self.data[i], expected=self.partials[i])

    def _along_slot(self, i: int) -> Callable[[float], tuple[float, float]]:
        """Return the operation as a function of one operand, with a label of the smooth piece."""
        data, forward, branch = self.data.copy(), self.op.forward, self.op.branch

        def f(x: float) -> tuple[float, float]:
            data[i] = x
            return forward(*data), branch(*data)

        return f

    def _linear(self, i: int) -> Difference | None:
        """Return the slope in one slot if the operation is linear in it, from two evaluations; else None."""
        x, z, partial = self.data[i], self.result, self.partials[i]
        # Operations of any number of operands treat all of them alike.
        key = self.op.name, i if self.op.arity else 0
        step = linearity_step(x, z, partial)
        if key in self.history.curved:
            return None
        secants = secant_slopes(self._along_slot(i), x, step, (z, self.op.branch(*self.data)))
        if secants is None:
            return None
        right, left, error = secants
        if not abs(right - left) <= error:
            self.history.curved.add(key)
            return None
        return Difference(right, error, swing=abs(right), evaluations=2)

    def _together(self, slots: Sequence[int]) -> dict[int, Difference] | None:
        """Return the derivatives of the slots that one directional derivative settles; None if it is not as expected.

        Each operand moves by about its own size, with a random sign so that errors of several partials do not cancel.
        The remaining error of the sum is attributed to each slot in turn.
        """
        signs = Random(0)
        usual = safe_fsum(abs(self.data[i]) for i in slots) / len(slots) or 1.0
        moves = {i: signs.choice((-1.0, 1.0)) * max(abs(self.data[i]), 0.1 * usual) for i in slots}
        terms = [self.partials[i] * move for i, move in moves.items()]
        expected, gross = safe_fsum(terms), safe_fsum(map(abs, terms))
        noise = 2.0 * EPSILON * safe_fsum(abs(x * p) for x, p in zip(self.data, self.partials, strict=True))
        data, forward, branch = self.data.copy(), self.op.forward, self.op.branch

        def f(t: float) -> tuple[float, float]:
            for i, move in moves.items():
                data[i] = self.data[i] + move * t
            return forward(*data), branch(*data)

        difference = derivative(f, 0.0, scale=1.0, noise=noise)
        slack = PASS_ERRORS * (difference.error + EPSILON * gross)
        if difference.is_kink or not abs(expected - difference.slope) <= slack:
            return None
        settled = {}
        typical = max(gross, difference.swing) / safe_fsum(map(abs, moves.values()))
        for i, move in moves.items():
            partial, error = self.partials[i], slack / abs(move)
            size = abs(partial) or typical
            if error <= MAX_RELATIVE_ERROR * size:
                slope = partial + (difference.slope - expected) / move
                settled[i] = Difference(slope, error / PASS_ERRORS, swing=size)
        return settled

    def verdict_elsewhere(self, i: int, slots: Sequence[int], rtol: float) -> tuple[str, str]:
        """Return the verdict on the rule, and a reason, at more moderate operands, where rounding hides less."""
        flat = "undecided", ""
        # A rule may return 0 for a range of operands, so that it holds at all others.
        near = NEAR_FRACTIONS if self.partials[i] == 0.0 else ()
        for fraction in (*near, *FRACTIONS_TO_MODERATE):
            [data] = moderate_operands(self.op, self.data, slots, [fraction])
            try:
                z = self.op.value(*data)
                there = _Application(self.op, data, z, self.op.slopes(data, z), self.history)
                difference = there.difference(i)
            except NO_VALUE:
                continue
            verdict, where = difference.verdict(there.partials[i], rtol), application(self.op.name, data)
            if verdict == "pass" and fraction not in near:
                passed = "pass", f"rounding hides it here; the rule holds for {where}"
                if not difference.is_flat:
                    return passed
                # The operation may be saturated there as well.
                flat = passed
            if verdict == "fail":
                numbers = f"{difference.slope:.12g} ± {difference.error:.1g}"
                wrong = f"{there.partials[i]!r} for {where}, where differences give {numbers}"
                return "fail", f"rounding hides it here, but the rule gives {wrong}"
        return flat

    def confused_operand(self, i: int, slots: Sequence[int]) -> str:
        """Return a remark on the other operand that a wrong partial belongs to; "" if there is none."""
        if len(slots) > MIN_OPERANDS_TOGETHER:
            return ""
        right = {k: self.difference(k).slope for k in slots}
        for k in slots:
            if math.isclose(self.partials[i], right[k], rel_tol=FACTOR_RTOL) and k != i:
                are_swapped = math.isclose(self.partials[k], right[i], rel_tol=FACTOR_RTOL)
                return f"operands {i} and {k} are swapped" if are_swapped else f"it is the partial of operand {k}"
        return ""


def check_second_partials(
    node: Value, position: int, rtol: float, flat: set[tuple[str, int, int]]
) -> Iterator[Finding]:
    """Yield a finding for each second partial of an operation; none if its value is not finite.

    Args:
        node: the result of an operation.
        position: the position of the node in the graph, for the report.
        rtol: the relative tolerance, in addition to the error bar of the differences.
        flat: the second partials that were 0 at a node without any change, and were checked elsewhere; updated.

    Raises:
        TypeError: the rule takes floats only.
    """
    assert node.op is not None
    slots = [i for i, x in enumerate(node.operands) if not x.constant]
    if not slots or not math.isfinite(node.data):
        return
    rule = _Rule(node.op, [x.data for x in node.operands], slots)
    if len(slots) > MAX_OPERANDS_PAIRWISE:
        difference, second = rule.directional()
        verdict = difference.verdict(second, rtol)
        yield Finding(second, difference, verdict, "", node, None, position, source="rule's derivative")
        return
    differences = {(i, j): rule.difference(i, j) for i in slots for j in slots}
    jumps = any(difference.jumps for difference in differences.values())
    for (i, j), difference in differences.items():
        second = rule.second_partial(i, j)
        if math.isnan(second) and jumps:
            verdict, reason = "kink", "the partials jump here, so there are no second ones; nan says so"
        else:
            verdict, reason = difference.verdict(second, rtol), ""
        key = node.op.name, i, j
        is_newly_flat = verdict == "pass" and difference.is_flat and key not in flat
        if is_newly_flat:
            flat.add(key)
        if is_newly_flat or (verdict == "undecided" and math.isfinite(second) and not difference.is_kink):
            elsewhere = rule.verdict_elsewhere(i, j, rtol)
            verdict, reason = elsewhere if verdict == "undecided" or elsewhere[0] == "fail" else (verdict, "")
        yield Finding(second, difference, verdict, reason, node, i, position, source="rule's derivative", second=j)


class _Rule:
    """The rule of an operation at a point, on floats and differentiated."""

    def __init__(self, op: Op, data: Sequence[float], slots: Sequence[int]) -> None:
        self.op, self.data, self.slots = op, list(data), slots
        self.leaves = {i: Value(data[i]) for i in slots}
        with quiet():
            z = op(*[self.leaves.get(i, x) for i, x in enumerate(data)])
        self.partials = dict(zip(slots, gradient(z, list(self.leaves.values())), strict=True))
        self._rows: dict[int, dict[Value, float]] = {}

    def second_partial(self, i: int, j: int) -> float:
        """Return the partial by operand `i`, differentiated by operand `j`."""
        if i not in self._rows:
            self._rows[i] = reverse({self.partials[i]: 1.0}, stored)
        return self._rows[i].get(self.leaves[j], 0.0)

    def _partial(self, i: int, data: Sequence[float]) -> tuple[float, Hashable]:
        return self.op.slopes(data, self.op.value(*data))[i], self.op.branch(*data)

    def difference(self, i: int, j: int) -> Difference:
        """Return the numerical derivative, by operand `j`, of the partial by operand `i`."""

        def f(x: float) -> tuple[float, Hashable]:
            return self._partial(i, [*self.data[:j], x, *self.data[j + 1 :]])

        x, here = self.data[j], self._partial(i, self.data)
        secants = secant_slopes(f, x, linearity_step(x, here[0], self.second_partial(i, j)), here)
        if secants is not None:
            right, left, error = secants
            if abs(right - left) <= error:
                return Difference(right, error, swing=abs(right), evaluations=3)
        return derivative(f, x)

    def directional(self) -> tuple[Difference, float]:
        """Return a directional derivative of a weighted sum of the partials: numerical, and by the rule."""
        draw = Random(0)
        weights = {i: draw.choice((-1.0, 1.0)) for i in self.slots}
        steps = {i: draw.choice((-1.0, 1.0)) * max(abs(self.data[i]), 0.1) for i in self.slots}
        sums = reverse({self.partials[i]: weights[i] for i in self.slots}, stored)
        by_rule = safe_fsum(sums.get(self.leaves[j], 0.0) * steps[j] for j in self.slots)

        def f(t: float) -> tuple[float, Hashable]:
            data = [x + steps.get(i, 0.0) * t for i, x in enumerate(self.data)]
            partials = self.op.slopes(data, self.op.value(*data))
            return safe_fsum(weights[i] * partials[i] for i in self.slots), self.op.branch(*data)

        noise = 4.0 * EPSILON * safe_fsum(abs(p.data) for p in self.partials.values())
        return derivative(f, 0.0, scale=1.0, noise=noise), by_rule

    def verdict_elsewhere(self, i: int, j: int, rtol: float) -> tuple[str, str]:
        """Return the verdict on the second partial, and a reason, at more moderate operands."""
        flat = "undecided", ""
        for data in moderate_operands(self.op, self.data, self.slots, FRACTIONS_TO_MODERATE):
            try:
                there = _Rule(self.op, data, self.slots)
                difference = there.difference(i, j)
            except NO_VALUE:
                continue
            verdict = difference.verdict(there.second_partial(i, j), rtol)
            where = ", ".join(f"{x:.6g}" for x in data)
            if verdict == "fail":
                return "fail", f"rounding hides it here, and the rule differentiates wrongly at {where}"
            if verdict == "pass":
                passed = "pass", f"rounding hides it here; the rule differentiates rightly at {where}"
                if not difference.is_flat:
                    return passed
                # The rule may be as flat there.
                flat = passed
        return flat


def moderate_operands(
    op: Op, data: Sequence[float], slots: Container[int], fractions: Sequence[float]
) -> Iterator[list[float]]:
    """Yield operands on the way to moderate ones, where derivatives are neither hidden by rounding nor infinite.

    Args:
        op: the operation.
        data: the operands to start from.
        slots: the indices of the operands to move.
        fractions: the fractions of the way.

    >>> from autograd.ops import log
    >>> list(moderate_operands(log, [1e-300], [0], [0.5, 1.0]))
    [[0.35], [0.7]]
    """
    for fraction in fractions:
        yield [_between(x, moderate_number(op, k), fraction) if k in slots else x for k, x in enumerate(data)]


def _between(x: float, moderate: float, fraction: float) -> float:
    # At fraction 1, an infinite x would give 0·∞ = nan.
    return moderate if fraction == 1.0 else (1.0 - fraction) * x + fraction * moderate


def moderate_number(op: Op, slot: int) -> float:
    """Return a number well within the domain of an operand, not the same for neighbouring operands."""
    interval = interval_of(op.domain, slot)
    low, high = interval.low, interval.high
    offset = 0.7 - 0.3 * (slot % 3)
    if low == -math.inf and high == math.inf:
        return offset
    if high == math.inf:
        return low + offset
    return high - offset if low == -math.inf else low + (high - low) * offset
