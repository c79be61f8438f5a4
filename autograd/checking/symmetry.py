"""H = Hᵀ: the two orders in which one differentiates twice give the same number, but for rounding.

Each is a sum of its own over the graph of the gradient, so a rule that does not differentiate again as it should
makes them differ.  No differences are taken and no tolerance is set: what is allowed for is the rounding of each node,
carried on to the result by one more derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autograd.checking.findings import Finding
from autograd.checking.quotients import EPSILON, summed
from autograd.checking.slopes import Claim
from autograd.checking.verdicts import TINY, Difference
from autograd.derivatives import reverse, stored
from autograd.value import Value

_CLOSER_LOOKS = 10
"""So many pairs, those that differ most, are given the rounding of every node; the others are nearer to equal."""


class Pair(NamedTuple):
    """Two second derivatives that should be equal.

    Attributes:
        name: what the first is called.
        mirrored: what the second is called.
        first: the first, and by how much it may be off for the rounding of sums.
        second: the second, likewise.
        size: the size of the terms that they are sums of.
        noise: by how much the two together may be off, once one looks closer.
    """

    name: str
    mirrored: str
    first: Claim
    second: Claim
    size: float
    noise: Callable[[], float]


@dataclass(frozen=True)
class Symmetry:
    """How symmetric second derivatives are.

    Attributes:
        count: the pairs compared.
        gap: the greatest difference, as a part of the terms that the two are sums of.
        broken: the pairs that differ by more than rounding.
        doubtful: how many more pairs differ that were not looked at closely.
    """

    count: int
    gap: float
    broken: tuple[Finding, ...]
    doubtful: int = 0

    def __bool__(self) -> bool:
        return not self.broken

    def __str__(self) -> str:
        if self.broken:
            least = "at least " if self.doubtful else ""
            return f"symmetry: H ≠ Hᵀ in {least}{len(self.broken):,} of {self.count:,} pairs"
        return f"symmetry: H = Hᵀ {f'to {self.gap:.1g}' if self.gap else 'exactly'}"


def compared(pairs: Iterable[Pair], source: str = "engine") -> Symmetry:
    """Hold the pairs against each other."""
    pairs = list(pairs)
    gaps = [_gap(pair) for pair in pairs]
    doubtful = [
        (gap, pair)
        for gap, pair in zip(gaps, pairs, strict=True)
        if not abs(pair.first[0] - pair.second[0]) <= pair.first[1] + pair.second[1] and gap > 0.0
    ]
    doubtful.sort(key=lambda one: one[0], reverse=True)
    broken = []
    for _, pair in doubtful[:_CLOSER_LOOKS]:
        slack = pair.first[1] + pair.second[1] + pair.noise()
        if not abs(pair.first[0] - pair.second[0]) <= slack:
            broken.append(_broken(pair, slack, source))
    return Symmetry(len(pairs), max(gaps, default=0.0), tuple(broken), len(doubtful[_CLOSER_LOOKS:]))


def _gap(pair: Pair) -> float:
    """The difference as a part of the size; 0 where both are the same, also infinite or both not a number."""
    (x, _), (y, _) = pair.first, pair.second
    if x == y or (math.isnan(x) and math.isnan(y)):
        return 0.0
    size = max(abs(x), abs(y), pair.size)
    return abs(x - y) / size if math.isfinite(x) and math.isfinite(y) else math.inf


def _broken(pair: Pair, slack: float, source: str) -> Finding:
    (x, _), (y, _) = pair.first, pair.second
    reason = "not equal, which no rounding explains"
    return Finding(x, Difference(y, slack), "fail", reason, label=pair.name, source=source, against=pair.mirrored)


def rounding(results: Sequence[Value]) -> float:
    """By how much results may be off if every node that they were computed from is: four units in the last place."""
    adjoints = reverse(dict.fromkeys(results, 1.0), stored)
    terms = (abs(x) * (4.0 * EPSILON * abs(node.data) + TINY) for node, x in adjoints.items() if not node.constant)
    return summed(term for term in terms if math.isfinite(term))
