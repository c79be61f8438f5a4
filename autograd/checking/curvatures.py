"""The rules of operations differentiated once more, each by itself, against differences of the rule.

A rule that treats one point by itself (``where(y, …, 0.0)``) may give the right number there and still be wrong: its
own derivative is that of the special case.  Each edge of a second derivative then holds, and the sum does not.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from random import Random

from autograd.checking.differences import derivative
from autograd.checking.findings import Finding
from autograd.checking.points import tamer
from autograd.checking.quotients import EPSILON, chords, summed
from autograd.checking.verdicts import Difference
from autograd.context import quiet
from autograd.derivatives import gradient, reverse, stored
from autograd.op import Op
from autograd.value import Value

_FEW = 8
"""Of more operands the second partials are checked in one direction, all at once."""


def check_curvatures(node: Value, position: int, rtol: float, flat: set[tuple[str, int, int]]) -> Iterator[Finding]:
    """Every second partial of one operation, by operands that can vary; none where the value is not finite.

    Args:
        node: the result of an operation.
        position: where it stands in the graph, for the message.
        rtol: the relative tolerance beside the error of the differences.
        flat: second partials that did not change at some node, and that were tried elsewhere; added to.

    Raises:
        TypeError: the rule takes floats only.
    """
    assert node.op is not None
    slots = [i for i, x in enumerate(node.operands) if not x.constant]
    if not slots or not math.isfinite(node.data):
        return
    rule = _Rule(node.op, [x.data for x in node.operands], slots)
    if len(slots) > _FEW:
        found, claimed = rule.along()
        verdict = found.verdict(claimed, rtol)
        yield Finding(claimed, found, verdict, "", node, None, position, source="rule's derivative")
        return
    differences = {(i, j): rule.difference(i, j) for i in slots for j in slots}
    jumps = any(found.jumps for found in differences.values())
    for (i, j), found in differences.items():
        claimed = rule.second(i, j)
        if math.isnan(claimed) and jumps:
            verdict, reason = "kink", "the partials jump here, so there are no second ones; nan says so"
        else:
            verdict, reason = found.verdict(claimed, rtol), ""
        key = node.op.name, i, j
        is_newly_flat = verdict == "pass" and found.is_flat and key not in flat
        if is_newly_flat:
            flat.add(key)
        if is_newly_flat or (verdict == "undecided" and math.isfinite(claimed)):
            tried = rule.elsewhere(i, j, rtol)
            verdict, reason = tried if verdict == "undecided" or tried[0] == "fail" else (verdict, "")
        yield Finding(claimed, found, verdict, reason, node, i, position, source="rule's derivative", second=j)


class _Rule:
    """The rule of an operation at a point, as numbers and differentiated."""

    def __init__(self, op: Op, data: Sequence[float], slots: Sequence[int]) -> None:
        self.op, self.data, self.slots = op, list(data), slots
        self.leaves = {i: Value(data[i]) for i in slots}
        with quiet():
            z = op(*[self.leaves.get(i, x) for i, x in enumerate(data)])
        self.partials = dict(zip(slots, gradient(z, list(self.leaves.values())), strict=True))
        self._rows: dict[int, dict[Value, float]] = {}

    def second(self, i: int, j: int) -> float:
        """The partial by operand `i`, differentiated by operand `j`."""
        if i not in self._rows:
            self._rows[i] = reverse({self.partials[i]: 1.0}, stored)
        return self._rows[i].get(self.leaves[j], 0.0)

    def _at(self, i: int, data: Sequence[float]) -> tuple[float, Hashable]:
        return self.op.slopes(data, self.op.value(*data))[i], self.op.branch(*data)

    def difference(self, i: int, j: int) -> Difference:
        """The same by differences of the rule."""

        def line(x: float) -> tuple[float, Hashable]:
            return self._at(i, [*self.data[:j], x, *self.data[j + 1 :]])

        x, here, claimed = self.data[j], self._at(i, self.data), self.second(i, j)
        run = 1.37 * max(abs(x), abs(here[0] / claimed) if claimed else 0.0) or 1.0
        found = chords(line, x, run, here) if math.isfinite(here[0]) and run < math.inf else None
        if found is not None and abs(found[0] - found[1]) <= found[2]:
            return Difference(found[0], found[2], swing=abs(found[0]), evaluations=3)
        return derivative(line, x)

    def along(self) -> tuple[Difference, float]:
        """A sum of the partials along one direction, by differences and as the rule differentiated has it."""
        draw = Random(0)
        weights = {i: draw.choice((-1.0, 1.0)) for i in self.slots}
        steps = {i: draw.choice((-1.0, 1.0)) * max(abs(self.data[i]), 0.1) for i in self.slots}
        sums = reverse({self.partials[i]: weights[i] for i in self.slots}, stored)
        claimed = summed(sums.get(self.leaves[j], 0.0) * steps[j] for j in self.slots)

        def line(t: float) -> tuple[float, Hashable]:
            data = [x + steps.get(i, 0.0) * t for i, x in enumerate(self.data)]
            partials = self.op.slopes(data, self.op.value(*data))
            return summed(weights[i] * partials[i] for i in self.slots), self.op.branch(*data)

        noise = 4.0 * EPSILON * summed(abs(p.data) for p in self.partials.values())
        return derivative(line, 0.0, scale=1.0, noise=noise), claimed

    def elsewhere(self, i: int, j: int, rtol: float) -> tuple[str, str]:
        """The verdict on the rule, where rounding hides its derivative here: from points on the way to tamer ones."""
        flat = "undecided", ""
        for data in tamer(self.op, self.data, self.slots, (0.5, 0.75, 1.0)):
            try:
                there = _Rule(self.op, data, self.slots)
                found = there.difference(i, j)
            except (ArithmeticError, ValueError):
                continue
            verdict, where = found.verdict(there.second(i, j), rtol), ", ".join(f"{x:.6g}" for x in data)
            if verdict == "fail":
                return "fail", f"rounding hides it here, and the rule differentiates wrongly at {where}"
            if verdict == "pass":
                held = "pass", f"rounding hides it here; the rule differentiates rightly at {where}"
                if not found.is_flat:
                    return held
                flat = held
        return flat
