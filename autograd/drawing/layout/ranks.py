"""How high each box stands: its operands below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

Pair = tuple[int, int]
"""A box, and one that has to stand above it."""


def ranks(count: int, links: Sequence[Pair], below: Sequence[Pair] = ()) -> list[int]:
    """The rank of each box: as high as what is above it allows, unless it shortens more links to be lower.

    Args:
        count: how many boxes there are.
        links: their links.
        below: further pairs of boxes of which the first has to stand below the second; left out if that is impossible.

    >>> ranks(4, [(0, 2), (2, 3), (1, 3)]), ranks(4, [(0, 2), (2, 3), (1, 3)], [(1, 2)])
    ([0, 1, 1, 2], [0, 0, 1, 2])
    """
    order = _sorted(count, chain(links, below))
    if len(order) < count:
        below, order = (), list(range(count))
    sources: list[list[int]] = [[] for _ in range(count)]
    targets: list[list[int]] = [[] for _ in range(count)]
    above: list[list[int]] = [[] for _ in range(count)]
    under: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        sources[target].append(source)
        targets[source].append(target)
    for low, high in chain(links, below):
        above[low].append(high)
        under[high].append(low)
    depth = [0] * count
    for box in reversed(order):
        depth[box] = 1 + max((depth[x] for x in above[box]), default=-1)
    lowest = max(depth, default=0)
    rank = [lowest - d for d in depth]
    for box in order:
        if len(sources[box]) > len(targets[box]) > 0:
            rank[box] = 1 + max(rank[x] for x in under[box])
    return rank


def _sorted(count: int, pairs: Iterable[Pair]) -> list[int]:
    """The boxes in topological order; not all of them if there is a circle."""
    above: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for low, high in pairs:
        above[low].append(high)
        waiting[high] += 1
    order = [box for box in range(count) if waiting[box] == 0]
    for box in order:
        for other in above[box]:
            waiting[other] -= 1
            if waiting[other] == 0:
                order.append(other)
    return order
