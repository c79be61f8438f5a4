"""The order of the elements on each level, so that few edges cross: barycentre sweeps, then exchanges of neighbours.

Finding the least number is NP-hard even for two levels; the sweeps are those of Sugiyama, Tagawa and Toda (1981),
crossings are counted as in Barth, Jünger and Mutzel (2002), in time n log n.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

Rows = list[list[int]]

_PATIENCE = 4
"""Sweeps without gain before giving up."""


def untangle(level: Sequence[int], chains: Sequence[Sequence[int]], sweeps: int = 16) -> Rows:
    """The elements of each level in an order in which few links cross.

    Args:
        level: of each element.
        chains: the elements that each link passes, one on each level.
        sweeps: at most how often to go up and down.

    >>> untangle([0, 0, 1, 1], [[0, 3], [1, 2]])
    [[1, 0], [2, 3]]
    """
    below: Rows = [[] for _ in level]
    above: Rows = [[] for _ in level]
    for chain in chains:
        for low, high in pairwise(chain):
            below[high].append(low)
            above[low].append(high)
    rows = _first_rows(level, below, above)
    best, fewest, patience = _copied(rows), _count_all(rows, below), _PATIENCE
    for k in range(sweeps):
        if fewest == 0 or patience == 0:
            break
        _sweep(rows, range(1, len(rows)), below, flip=k % 4 > 1)
        _sweep(rows, range(len(rows) - 2, -1, -1), above, flip=k % 2 == 1)
        trial = _copied(rows)
        _exchange(trial, below, above)
        count = _count_all(trial, below)
        patience -= 1
        if count < fewest:
            best, fewest, patience = trial, count, _PATIENCE
    return best


def crossings(low: Sequence[int], high: Sequence[int], below: Sequence[Sequence[int]]) -> int:
    """How many pairs of links cross between two levels in these orders.

    >>> crossings([0, 1], [2, 3], [[], [], [1], [0]])
    1
    """
    place = {element: i for i, element in enumerate(low)}
    count = 0
    seen: list[int] = []
    for element in high:
        ends = sorted(place[x] for x in below[element])
        for end in ends:
            count += len(seen) - bisect_right(seen, end)
        for end in ends:
            insort(seen, end)
    return count


def _first_rows(level: Sequence[int], below: Rows, above: Rows) -> Rows:
    """As found on the way down from the top, operands from left to right: a tree comes out without crossings."""
    rows: Rows = [[] for _ in range(max(level, default=-1) + 1)]
    seen = [False] * len(level)
    stack = [element for element in reversed(range(len(level))) if not above[element]]
    while stack:
        element = stack.pop()
        if not seen[element]:
            seen[element] = True
            rows[level[element]].append(element)
            stack.extend(reversed(below[element]))
    return rows


def _sweep(rows: Rows, order: range, neighbours: Rows, flip: bool) -> None:
    """Sort each level by the mean place of its neighbours on the level before; what has none stays in its place.

    Elements of equal mean keep their order, or exchange it where `flip`: some crossings need two levels to change.
    """
    for i in order:
        row = rows[i]
        before = rows[i - order.step]
        place = {element: k for k, element in enumerate(before)}
        means = {x: sum(place[y] for y in neighbours[x]) / len(neighbours[x]) for x in row if neighbours[x]}
        movable = iter(sorted(reversed(means) if flip else means, key=means.__getitem__))
        rows[i] = [next(movable) if x in means else x for x in row]


def _exchange(rows: Rows, below: Rows, above: Rows, passes: int = 4) -> None:
    """Exchange neighbours on a level wherever that saves a crossing."""
    place = {element: k for row in rows for k, element in enumerate(row)}
    for _ in range(passes):
        gained = False
        for row in rows:
            ends = {x: (sorted(place[y] for y in below[x]), sorted(place[y] for y in above[x])) for x in row}
            for k in range(len(row) - 1):
                left, right = ends[row[k]], ends[row[k + 1]]
                as_is = _inversions(left[0], right[0]) + _inversions(left[1], right[1])
                if as_is and as_is > _inversions(right[0], left[0]) + _inversions(right[1], left[1]):
                    row[k], row[k + 1] = row[k + 1], row[k]
                    gained = True
            for k, element in enumerate(row):
                place[element] = k
        if not gained:
            return


def _inversions(left: Sequence[int], right: Sequence[int]) -> int:
    """How many pairs, one of each sorted sequence, are in the wrong order."""
    if not left or not right or left[-1] <= right[0]:
        return 0
    return sum(len(left) - bisect_right(left, end) for end in right)


def _count_all(rows: Rows, below: Rows) -> int:
    return sum(crossings(low, high, below) for low, high in pairwise(rows))


def _copied(rows: Rows) -> Rows:
    return [row[:] for row in rows]
