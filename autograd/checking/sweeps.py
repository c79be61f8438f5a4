"""The sums over all paths: the package's sweeps against sums made here, from the partials that the nodes stored.

No differences are taken, so what is left is rounding alone: a path that is not counted, or counted twice, shows
however little it adds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from random import Random

from autograd.checking.findings import Finding
from autograd.checking.quotients import EPSILON, summed
from autograd.checking.slopes import Output
from autograd.checking.verdicts import Difference
from autograd.derivatives import forward, stored
from autograd.value import Value

_FEW = 6
"""Of so many summands every selection is tried."""
Numbers = Mapping[Value, float]


class Sums:
    """The adjoints below an output, and how far they may be off for rounding.

    Args:
        output: what is differentiated.
        order: the nodes below it, operands first.

    Attributes:
        adjoints: the derivative by each node that has one, by the id of the node.
        gross: the same with the signs of all products taken away.
        rounding: by what part of `gross` an adjoint may be off.
    """

    def __init__(self, output: Value, order: Sequence[Value]) -> None:
        self.output, self.order = output, order
        self.adjoints, self.gross = {id(output): 1.0}, {id(output): 1.0}
        adjoints, gross, edges = self.adjoints, self.gross, 0
        for node in reversed(order):
            key = id(node)
            if node.op is None or key not in adjoints:
                continue
            adjoint, size = adjoints[key], gross[key]
            for x, partial in zip(node.operands, node.partials, strict=True):
                if partial != 0.0 and not x.constant:
                    edges += 1
                    key = id(x)
                    # An adjoint that cancels to 0 is not carried on, but in another order it may come out as rounding.
                    product = adjoint * partial if adjoint else 0.0
                    if key in adjoints:
                        adjoints[key] += product
                        gross[key] += abs(size * partial)
                    else:
                        adjoints[key], gross[key] = product, abs(size * partial)
        self.rounding = EPSILON * (8 + edges)

    def check(self, sweeps: Mapping[str, Numbers], called: Output, places: Mapping[int, int]) -> Iterator[Finding]:
        """Of each sweep the first node, from the output down, at which it goes wrong.

        Args:
            sweeps: the adjoints that they gave, by name.
            called: what the output is called.
            places: of each node by its id, for the message.
        """
        for source, adjoints in sweeps.items():
            for node in reversed(self.order):
                got, due = adjoints.get(node, 0.0), self.adjoints.get(id(node), 0.0)
                slack = self.rounding * self.gross.get(id(node), 0.0)
                if not node.constant and not _agree(got, due, slack):
                    position = places[id(node)] + 1
                    where = f"(node {position})"
                    label = f"{called.derivative(node.label)} {where}" if node.label else called.derivative(where)
                    found, reason = Difference(due, slack, swing=abs(due)), self._missing(node, got)
                    yield Finding(
                        got, found, "fail", reason, node, None, position, label, source, against="sum over its uses"
                    )
                    break

    def backward(self) -> Numbers:
        """What `Value.backward` gives; every `grad` is put back as it was."""
        before = [node.grad for node in self.order]
        try:
            for node in self.order:
                node.grad = 0.0 if node.op is None else 1.0  # inner nodes are to start afresh
            self.output.backward()
            return {node: node.grad for node in self.order}
        finally:
            for node, grad in zip(self.order, before, strict=True):
                node.grad = grad

    def _missing(self, node: Value, got: float) -> str:
        """How many of its summands an adjoint counts, if it counts some and not others."""
        summands = [
            self.adjoints[id(user)] * partial
            for user in self.order
            if id(user) in self.adjoints
            for x, partial in zip(user.operands, user.partials, strict=True)
            if x is node
        ]
        counted = selected(got, summands)
        if counted is not None:
            return f"only {len(counted)} of {len(summands)} uses {'is' if len(counted) == 1 else 'are'} counted"
        return "not the sum of what its uses add"


def check_forward(order: Sequence[Value]) -> Iterator[Finding]:
    """The first node, from the leaves up, at which forward mode goes wrong along a direction through all leaves."""
    sense = Random(0)
    tangents = {x: sense.choice((-1.0, 1.0)) for x in order if x.op is None and not x.constant}
    sums, edges = {id(x): tangent for x, tangent in tangents.items()}, 0
    gross = dict.fromkeys(sums, 1.0)
    for node in order:
        if node.op is None:
            continue
        total = size = 0.0
        is_moved = False
        for x, partial in zip(node.operands, node.partials, strict=True):
            if partial != 0.0 and id(x) in sums:
                tangent = sums[id(x)]
                total += tangent * partial if tangent else 0.0
                size += abs(gross[id(x)] * partial)
                edges, is_moved = edges + 1, True
        if is_moved:
            sums[id(node)], gross[id(node)] = total, size
    found = forward(order, tangents, stored)
    for position, node in enumerate(order, 1):
        got, due = found.get(node, 0.0), sums.get(id(node), 0.0)
        slack = EPSILON * (8 + edges) * gross.get(id(node), 0.0)
        if not _agree(got, due, slack):
            label = f"{Output(node.label or f'node {position}').name} along a direction"
            difference = Difference(due, slack, swing=abs(due))
            against = "sum over its operands"
            yield Finding(got, difference, "fail", "", node, None, position, label, "forward", against)
            return


def _agree(x: float, y: float, slack: float) -> bool:
    """Whether two sums are the same but for rounding; infinite parts may meet in any order."""
    return x == y or abs(x - y) <= slack or not math.isfinite(slack) or (math.isnan(x) and math.isnan(y))


def selected(total: float, summands: Sequence[float]) -> tuple[int, ...] | None:
    """Which of the summands make up a total that is not the sum of all of them; None if no selection does.

    >>> selected(3.0, [1.0, 2.0, 4.0]), selected(7.0, [1.0, 2.0, 4.0]), selected(3.5, [1.0, 2.0, 4.0])
    ((0, 1), None, None)
    """
    count = len(summands)
    size = summed(map(abs, summands))
    if count < 2 or not 0.0 < size < math.inf or not 0.0 < abs(total) < math.inf:
        return None
    sizes = range(1, count) if count <= _FEW else (1, count - 1)
    for k in sizes:
        for some in combinations(range(count), k):
            rest = summed(x for i, x in enumerate(summands) if i not in some)
            part = summed(summands[i] for i in some)
            if abs(total - part) <= 1e-9 * max(abs(total), abs(part)) and abs(rest) > 1e-7 * size:
                return some
    return None
