"""Every partial derivative that a graph stores, held against differences of its own operation.

An operation is a simple function of few numbers, so where a derivative of the whole graph is wrong this tells which
rule is to blame, and where the whole is too flat or too steep for differences it can still be checked edge by edge.
The cost is one pass over the graph, however many leaves it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from autograd.checking.differences import derivative
from autograd.checking.findings import Finding, mistake
from autograd.checking.points import tamer
from autograd.checking.quotients import EPSILON, chords, summed
from autograd.checking.verdicts import RESOLUTION, Difference
from autograd.context import quiet
from autograd.domains import DomainError
from autograd.op import Op
from autograd.symbolic.typesetting import application
from autograd.value import Value

TOGETHER = 8
"""From so many operands on they are moved all at once, and one by one only where that does not settle them."""
_NOWHERE = Difference(math.nan, math.inf)


@dataclass
class Seen:
    """What is known of the operations of a graph, by name and slot.

    Attributes:
        curved: where they were found not to be linear.
        flat: where they did not change, at some node, and the rule was tried elsewhere.
    """

    curved: set[tuple[str, int]] = field(default_factory=set)
    flat: set[tuple[str, int]] = field(default_factory=set)


def check_value(node: Value, position: int) -> Finding | None:
    """What is wrong with a recorded value, if anything: its operation on the operands must give it to the last bit."""
    assert node.op is not None
    data = [x.data for x in node.operands]
    try:
        now = node.op.value(*data)
    except DomainError:
        with quiet():
            now = node.op.value(*data)
    if now == node.data or (math.isnan(now) and math.isnan(node.data)):
        return None
    reason = "it or an operand was changed after it was computed, or the operation gives now this, now that"
    return Finding(
        node.data, Difference(now, 0.0), "fail", reason, node, None, position, source="recorded", against="now"
    )


def check_partials(node: Value, position: int, rtol: float, seen: Seen) -> Iterator[Finding]:
    """Each stored partial with respect to an operand that can vary.

    Args:
        node: the result of an operation.
        position: where it stands in the graph, for the message.
        rtol: the relative tolerance beside the error of the differences.
        seen: what is known of the operations of the graph; added to.
    """
    assert node.op is not None
    data = [x.data for x in node.operands]
    slots = [i for i, x in enumerate(node.operands) if not x.constant]
    if not math.isfinite(node.data):
        for i in slots:
            yield Finding(
                node.partials[i], _NOWHERE, "undecided", f"the value is {node.data}", node, i, position, source="rule"
            )
        return
    partials = node.partials  # a Dot makes them anew each time
    here = _Application(node.op, data, node.data, partials, seen)
    rule = node.op.slopes(data, node.data)
    differences = list(here.differences(slots))
    jumps = any(found.jumps for _, found in differences)
    for i, found in differences:
        number, verdict, reason = partials[i], found.verdict(partials[i], rtol), ""
        if number != rule[i] and not (math.isnan(number) and math.isnan(rule[i])):
            wrong = rule[i] if verdict in ("pass", "kink") else number
            reason = f"{number!r} is stored, but the rule gives {rule[i]!r} now"
            number, verdict = wrong, "fail"
        elif jumps and math.isnan(number):
            verdict, reason = "kink", "the operation jumps here, so there are no partials; nan says so"
        elif verdict == "undecided" and math.isfinite(number):
            verdict, reason = here.elsewhere(i, slots, rtol)
        elif verdict == "pass" and found.is_flat and (node.op.name, i) not in seen.flat:
            seen.flat.add((node.op.name, i))
            tried = here.elsewhere(i, slots, rtol)
            verdict, reason = tried if tried[0] == "fail" else (verdict, "")
        elif verdict == "fail":
            reason = here.confusion(i, slots) or mistake(number, found)
        yield Finding(number, found, verdict, reason, node, i, position, source="rule")


class _Application:
    """An operation put to numbers, with the partials that are to be checked."""

    def __init__(self, op: Op, data: Sequence[float], result: float, partials: Sequence[float], seen: Seen) -> None:
        self.op, self.data, self.result, self.partials, self.seen = op, list(data), result, partials, seen

    def differences(self, slots: Sequence[int]) -> Iterator[tuple[int, Difference]]:
        """The difference for each slot: all slots at once, then the halves, and so on, where that settles nothing."""
        stack = [list(slots)]
        while stack:
            some = stack.pop()
            together = self._together(some) if len(some) >= TOGETHER else {}
            if together is None:
                stack += [some[len(some) // 2 :], some[: len(some) // 2]]
            else:
                yield from ((i, together[i] if i in together else self.difference(i)) for i in some)

    def difference(self, i: int) -> Difference:
        """The difference for one slot."""
        return self._straight(i) or derivative(self._line(i), self.data[i], expected=self.partials[i])

    def _line(self, i: int) -> Callable[[float], tuple[float, float]]:
        """The operation as a function of one operand, with a label of the smooth piece."""
        data, forward, branch = self.data.copy(), self.op.forward, self.op.branch

        def line(x: float) -> tuple[float, float]:
            data[i] = x
            return forward(*data), branch(*data)

        return line

    def _straight(self, i: int) -> Difference | None:
        """The slope in one slot if the operation is linear in it: if three points, unevenly spaced, lie on a line."""
        x, z, slope = self.data[i], self.result, self.partials[i]
        key = self.op.name, i if self.op.arity else 0
        run = 1.37 * max(abs(x), abs(z / slope) if slope else 0.0) or 1.0
        if key in self.seen.curved or not run < math.inf:
            return None
        found = chords(self._line(i), x, run, (z, self.op.branch(*self.data)))
        if found is None:
            return None
        *slopes, error = found
        if not abs(slopes[0] - slopes[1]) <= error:
            self.seen.curved.add(key)
            return None
        return Difference(slopes[0], error, swing=abs(slopes[0]), evaluations=2)

    def _together(self, slots: Sequence[int]) -> dict[int, Difference] | None:
        """The slots that moving all of them at once settles; None where that is not as the partials let one expect.

        Each is moved by about its own size, in a sense drawn by lot, so that errors in several do not cancel.  What
        is left of the sum is laid to the account of each in turn.
        """
        sense = Random(0)
        usual = summed(abs(self.data[i]) for i in slots) / len(slots) or 1.0
        moves = {i: sense.choice((-1.0, 1.0)) * max(abs(self.data[i]), 0.1 * usual) for i in slots}
        terms = [self.partials[i] * move for i, move in moves.items()]
        claimed, gross = summed(terms), summed(map(abs, terms))
        noise = 2.0 * EPSILON * summed(abs(x * p) for x, p in zip(self.data, self.partials, strict=True))
        data, forward, branch = self.data.copy(), self.op.forward, self.op.branch

        def line(t: float) -> tuple[float, float]:
            for i, move in moves.items():
                data[i] = self.data[i] + move * t
            return forward(*data), branch(*data)

        found = derivative(line, 0.0, scale=1.0, noise=noise)
        slack = 8.0 * (found.error + EPSILON * gross)
        if found.is_kink or not abs(claimed - found.slope) <= slack:
            return None
        settled = {}
        typical = max(gross, found.swing) / summed(map(abs, moves.values()))
        for i, move in moves.items():
            partial, bar = self.partials[i], slack / abs(move)
            size = abs(partial) or typical
            if bar <= RESOLUTION * size:
                settled[i] = Difference(partial + (found.slope - claimed) / move, bar / 8.0, swing=size)
        return settled

    def elsewhere(self, i: int, slots: Sequence[int], rtol: float) -> tuple[str, str]:
        """The verdict on the rule, where rounding hides its derivative here: from points on the way to tamer ones."""
        flat = "undecided", ""
        for data in tamer(self.op, self.data, slots, (0.5, 0.75, 1.0)):
            try:
                z = self.op.value(*data)
                there = _Application(self.op, data, z, self.op.slopes(data, z), self.seen)
                found = there.difference(i)
            except (ArithmeticError, ValueError):
                continue
            verdict, where = found.verdict(there.partials[i], rtol), application(self.op.name, data)
            if verdict == "pass":
                held = "pass", f"rounding hides it here; the rule holds for {where}"
                if not found.is_flat:
                    return held
                flat = held  # it may be as saturated there
            if verdict == "fail":
                wrong = (
                    f"{there.partials[i]!r} for {where}, where differences give {found.slope:.12g} ± {found.error:.1g}"
                )
                return "fail", f"rounding hides it here, but the rule gives {wrong}"
        return flat

    def confusion(self, i: int, slots: Sequence[int]) -> str:
        """Which other operand a wrong partial belongs to, if it does."""
        if len(slots) > TOGETHER:
            return ""
        right = {k: self.difference(k).slope for k in slots}
        for k in slots:
            if math.isclose(self.partials[i], right[k], rel_tol=1e-6) and k != i:
                swapped = math.isclose(self.partials[k], right[i], rel_tol=1e-6)
                return f"operands {i} and {k} are swapped" if swapped else f"it is the partial of operand {k}"
        return ""
