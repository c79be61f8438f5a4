"""A recorded graph that is checked: its values, its partials and its sweeps by themselves, and then the whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from autograd.checking.curvatures import check_curvatures
from autograd.checking.evaluator import Evaluator
from autograd.checking.findings import Finding, mistake
from autograd.checking.quotients import EPSILON, summed
from autograd.checking.rules import Seen, check_partials, check_value
from autograd.checking.slopes import Claim, Claims, Moving, Output, Slopes
from autograd.checking.sweeps import Sums, check_forward
from autograd.checking.verdicts import Difference
from autograd.derivatives import reverse, stored
from autograd.value import Value, topological_order

Faithful = Callable[[int, Sequence[int]], bool]
"""Whether an output of a function, moved in some arguments, is what the recorded graph says."""

EDGE = 1e-9
"""The relative tolerance for a single operation, whose differences are as good as their error bars say."""


class Graph:
    """A recorded graph, checked node by node.

    Args:
        outputs: what is differentiated; after the first, of a check of second order, its derivatives.
        names: what they are called.
        wrt: what is differentiated by.
        rtol: the relative tolerance beside the error of the differences.
        order: 1, or 2 to differentiate the rules of the first output once more.

    Attributes:
        values: the nodes whose recorded value does not hold.
        edges: every stored partial.
        sweeps: the nodes at which a sweep goes wrong.
        curvatures: of order 2, every second partial of the operations below the first output.
        count: how many values were compared.
    """

    def __init__(
        self, outputs: Sequence[Value], names: Sequence[Output], wrt: Sequence[Value], rtol: float, order: int = 1
    ) -> None:
        self.evaluator = Evaluator(*outputs)
        self.outputs, self.names, self.wrt, self.rtol, self.order = list(outputs), list(names), list(wrt), rtol, order
        everything = self.evaluator.order
        # Of several outputs each is differentiated over the part of the graph that is below it.
        orders = [everything] if len(self.outputs) == 1 else [topological_order(y) for y in self.outputs]
        self.adjoints = [reverse({y: 1.0}, stored, order) for y, order in zip(self.outputs, orders, strict=True)]
        self._sums = [Sums(y, order) for y, order in zip(self.outputs, orders, strict=True)]
        self.values: list[Finding] = []
        self.edges: list[Finding] = []
        self.count = 0
        seen = Seen()
        for position, node in enumerate(self.evaluator.order, 1):
            if node.op is not None:
                self.count += 1
                wrong = check_value(node, position)
                if wrong is not None:
                    self.values.append(wrong)
                else:
                    self.edges.extend(self._partials(node, position, seen))
        self.sweeps = [] if self.values else list(self._sweeps())
        self.curvatures = [] if self.values or order == 1 else list(self._curvatures())

    def _partials(self, node: Value, position: int, seen: Seen) -> Iterator[Finding]:
        is_dead = not math.isfinite(node.data) and not any(node in adjoints for adjoints in self.adjoints)
        for found in check_partials(node, position, min(self.rtol, EDGE), seen):
            yield replace(found, verdict="pass", reason="on a branch that is not taken") if is_dead else found

    def _sweeps(self) -> Iterator[Finding]:
        for sums, adjoints, name in zip(self._sums, self.adjoints, self.names, strict=True):
            found = list(sums.check({"backward": sums.backward(), "reverse": adjoints}, name, self.evaluator.places))
            if found:
                yield from found
                break
        yield from check_forward(self.evaluator.order)

    def _curvatures(self) -> Iterator[Finding]:
        seen = set()
        flat: set[tuple[str, int, int]] = set()
        for node in topological_order(self.outputs[0]):
            key = node.op, *((x.data, x.constant) for x in node.operands)
            if node.op is not None and key not in seen:
                seen.add(key)
                yield from check_curvatures(node, self.evaluator.places[id(node)] + 1, self.rtol, flat)

    def rows(self) -> list[list[Claim]]:
        """For each output the derivative by each of `wrt`, and how far the sum over paths may be off for rounding."""
        return [
            [(adjoints.get(x, 0.0), 4.0 * EPSILON * sums.gross.get(id(x), 0.0)) for x in self.wrt]
            for adjoints, sums in zip(self.adjoints, self._sums, strict=True)
        ]

    def claims(self, labels: Sequence[str]) -> Claims:
        """The same as what is to be checked."""
        return Claims(self.names, labels, [x.data for x in self.wrt], self.rows())

    def replayed(self, keys: Sequence[int]) -> Moving:
        """The outputs as functions of some of `wrt`, by the recorded graph."""
        return self.evaluator.moving([self.wrt[k] for k in keys])

    def noises(self, keys: Sequence[int] | None = None) -> list[float]:
        """How far each output may be off if what depends on some of `wrt` is rounded; by default, if all nodes are."""
        order = self.evaluator.order
        moved = (
            order if keys is None else [order[i] for i in self.evaluator.moving([self.wrt[k] for k in keys]).reached]
        )
        return [
            EPSILON * summed(size for node in moved if (size := abs(adjoints.get(node, 0.0) * node.data)) < math.inf)
            for adjoints in self.adjoints
        ]

    def findings(self, slopes: Slopes, is_faithful: Faithful | None = None) -> list[Finding]:
        """The derivatives of the whole, those that differences cannot tell settled by the edges on their way.

        That needs a graph that is faithful to what it is the graph of, as far as these arguments go.
        """
        if self.values:
            nothing = Difference(math.nan, math.inf, reason="the recorded values do not hold")
            claims = slopes.claims
            slopes_claimed = (slope for row in claims.rows for slope, _ in row)
            return [
                Finding(slope, nothing, "undecided", label=label)
                for slope, label in zip(slopes_claimed, claims.names(), strict=True)
            ]
        doubtful = cache(self._doubtful)
        return [
            finding
            if finding.holds or any(id(self.wrt[k]) in doubtful(i) for k in keys)
            else self._settled(finding, i, keys, is_faithful)
            for i, keys, finding in slopes.findings(self.rtol)
        ]

    def _doubtful(self, i: int) -> set[int]:
        """The nodes from which some edge on the way to an output does not hold."""
        if self.names[i].by and not all(x.holds for x in self.curvatures):
            return {id(x) for x in self.wrt}
        bad = {(id(x.node), x.slot) for x in self.edges if not x.holds}
        below = topological_order(self.outputs[i])
        doubtful: set[int] = set()
        for node in reversed(below if bad else []):
            is_doubtful = id(node) in doubtful
            doubtful |= {id(x) for k, x in enumerate(node.operands) if is_doubtful or (id(node), k) in bad}
        return doubtful

    def _settled(self, finding: Finding, i: int, keys: Sequence[int], is_faithful: Faithful | None) -> Finding:
        """A finding on the whole in the light of the edges on its way, which all hold."""
        if finding.verdict == "undecided" and math.isfinite(finding.engine):
            reason = finding.difference.reason or "rounding hides how the function changes"
            if is_faithful is not None and not is_faithful(i, keys):
                return replace(finding, reason=f"{reason}, and a value left the graph, as through x.data")
            return replace(finding, verdict="pass", reason=f"by its edges, which all hold; {reason}")
        if finding.verdict == "fail":
            if self.sweeps:
                reason = "every partial on the way holds, but the sweep does not add them up"
            elif math.isnan(finding.engine):
                reason = "an infinite partial meets a 0 on the way"
            elif any(x.verdict == "kink" for x in self.edges):
                reason = "it passes kinks, whose subgradients need not add up to one"
            else:
                reason = "every partial on the way holds, so a value left the graph, as through x.data"
            return replace(finding, reason=f"{mistake(finding.engine, finding.difference)}; {reason}")
        return finding
