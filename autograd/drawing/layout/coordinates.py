"""Where on its level each element goes, the order being given: close to its neighbours, links straight.

The sum of w·(difference)² over all parts of links is made small, level by level: for one level, the others being
held, the least sum under the distances that must be kept is isotonic regression, which pools adjacent violators in
linear time (Ayer et al. 1955).  At last every long link is drawn straight through whatever room it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

_SWEEPS, _FEW_SWEEPS, _MANY = 10, 4, 3000
"""How often to go up and down; less often where there are many elements."""
_STIFF, _LOOSE = 8.0, 1.0
"""How strongly parts of long links, and links that end at boxes, pull."""


class Segment(NamedTuple):
    """A part of a link between neighbouring levels; ports are where it ends, relative to the elements' centres."""

    low: int
    high: int
    low_port: float = 0.0
    high_port: float = 0.0


Gap = Callable[[int, int], float]
Pull = tuple[int, float, float]
"""A neighbour, how far from it the element would like to be, and how much."""


def align(
    rows: Sequence[Sequence[int]],
    links: Sequence[Sequence[Segment]],
    breadth: Sequence[float],
    gap: Gap,
    threads: Sequence[Sequence[int]] = (),
) -> list[float]:
    """The centre of each element across the levels; the least edge is at 0.

    Args:
        rows: the elements of each level, in order.
        links: each as its segments.
        breadth: of each element.
        gap: the distance to be kept between two neighbours.
        threads: elements on successive levels that ought to lie in one line.

    >>> align([[0, 1], [2]], [[Segment(0, 2)], [Segment(1, 2)]], [10, 10, 10], lambda left, right: 6)
    [5.0, 21.0, 13.0]
    """
    down: list[list[Pull]] = [[] for _ in breadth]
    up: list[list[Pull]] = [[] for _ in breadth]
    for segments in links:
        for k, (low, high, low_port, high_port) in enumerate(segments):
            weight = _STIFF if 0 < k < len(segments) - 1 else _LOOSE
            down[high].append((low, low_port - high_port, weight))
            up[low].append((high, high_port - low_port, weight))
    both = [_pulled(d + u) for d, u in zip(down, up, strict=True)]
    first, second = list(map(_pulled, down)), list(map(_pulled, up))
    sweeps = _SWEEPS if len(breadth) < _MANY else _FEW_SWEEPS
    offsets = [_offsets(row, breadth, gap) for row in rows]
    across = [0.0] * len(breadth)
    for row, offset in zip(rows, offsets, strict=True):
        for element, x in zip(row, offset, strict=True):
            across[element] = x - (offset[-1] + offset[0]) / 2
    upward = list(zip(rows, offsets, strict=True))
    for pulls, order in [(first, upward), (second, upward[::-1])] * 2 + [(both, upward), (both, upward[::-1])] * sweeps:
        for row, offset in order:
            _settle(row, offset, pulls, across)
    _straighten(rows, breadth, gap, threads, across)
    least = min((x - b / 2 for x, b in zip(across, breadth, strict=True)), default=0.0)
    return [x - least for x in across]


def _offsets(row: Sequence[int], breadth: Sequence[float], gap: Gap) -> list[float]:
    """How far each element is from the first if they stand as close as they may."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (breadth[left] + breadth[right]) / 2 + gap(left, right))
    return offsets


class _Pulled(NamedTuple):
    """All that pulls at an element, added up as far as it does not move: Σ weight, Σ weight·shift, and who pulls."""

    weight: float
    shift: float
    by: list[tuple[int, float]]


def _pulled(pulls: Sequence[Pull]) -> _Pulled:
    weight = shift = 0.0
    by = []
    for x, distance, w in pulls:
        weight += w
        shift += w * distance
        by.append((x, w))
    return _Pulled(weight, shift, by)


def _settle(row: Sequence[int], offsets: Sequence[float], pulls: Sequence[_Pulled], across: list[float]) -> None:
    """Move one level to where its neighbours pull it, keeping order and distances: isotonic regression."""
    pools: list[tuple[float, float, int]] = []
    for element, offset in zip(row, offsets, strict=True):
        weight, wish, by = pulls[element]
        for x, w in by:
            wish += w * across[x]
        mean = (wish / weight if by else across[element]) - offset
        weight, size = weight or 0.01, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, other_size = pools.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, size = weight + other_weight, size + other_size
        pools.append((mean, weight, size))
    k = 0
    for mean, _, size in pools:
        for _ in range(size):
            across[row[k]] = mean + offsets[k]
            k += 1


def _straighten(
    rows: Sequence[Sequence[int]],
    breadth: Sequence[float],
    gap: Gap,
    threads: Sequence[Sequence[int]],
    across: list[float],
) -> None:
    """Put each thread on as few lines as its room on the levels allows."""
    beside = {x: (left, right) for row in rows for left, x, right in zip([None, *row], row, [*row[1:], None])}  # noqa: B905

    def room(x: int) -> tuple[float, float]:
        left, right = beside[x]
        low = -1e9 if left is None else across[left] + (breadth[left] + breadth[x]) / 2 + gap(left, x)
        high = 1e9 if right is None else across[right] - (breadth[right] + breadth[x]) / 2 - gap(x, right)
        return low, max(low, high)

    for thread in threads:
        start = 0
        while start < len(thread):
            low, high = room(thread[start])
            end = start + 1
            while end < len(thread):
                more = room(thread[end])
                if max(low, more[0]) > min(high, more[1]):
                    break
                low, high, end = max(low, more[0]), min(high, more[1]), end + 1
            run = thread[start:end]
            middle = sorted(across[x] for x in run)[len(run) // 2]
            for x in run:
                across[x] = min(max(middle, low), high)
            start = end
