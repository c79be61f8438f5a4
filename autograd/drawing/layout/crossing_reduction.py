"""The order of the elements on each level, so that few edges cross: barycentre sweeps, then exchanges of neighbours.

Finding the least number is NP-hard even for two levels; the sweeps are those of Sugiyama, Tagawa and Toda (1981),
crossings are counted as in Barth, Jünger and Mutzel (2002), in time n log n.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

Rows = list[list[int]]

_PATIENCE, _MANY = 4, 3000
"""Sweeps without gain before giving up; only half as many where there are many elements."""


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
    patient = _PATIENCE if len(level) < _MANY else _PATIENCE // 2
    best, fewest, patience = _copied(rows), _count_all(rows, below), patient
    for k in range(sweeps):
        if fewest == 0 or patience == 0:
            break
        _sweep(rows, range(1, len(rows)), below, flip=k % 4 > 1)
        _sweep(rows, range(len(rows) - 2, -1, -1), above, flip=k % 2 == 1)
        trial = _copied(rows)
        _exchange(trial, below, above, patient)
        count = _count_all(trial, below)
        patience -= 1
        if count < fewest:
            best, fewest, patience = trial, count, patient
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


def _exchange(rows: Rows, below: Rows, above: Rows, passes: int) -> None:
    """Exchange neighbours on a level wherever that saves a crossing."""
    place = [0] * len(below)
    for row in rows:
        for k, element in enumerate(row):
            place[element] = k
    changed = [True] * len(rows)
    for _ in range(passes):
        near = [any(changed[max(i - 1, 0) : i + 2]) for i in range(len(rows))]
        for i, row in enumerate(rows):
            changed[i] = near[i] and len(row) > 1 and _exchange_on(row, place, below, above)
        if not any(changed):
            return


def _exchange_on(row: list[int], place: list[int], below: Rows, above: Rows) -> bool:
    """The same on one level; whether there was anything to exchange."""
    lower, upper = _ends(row, below, place), _ends(row, above, place)
    gained = False
    for k in range(len(row) - 1):
        as_is = _inversions(lower[k], lower[k + 1]) + _inversions(upper[k], upper[k + 1])
        if as_is and as_is > _inversions(lower[k + 1], lower[k]) + _inversions(upper[k + 1], upper[k]):
            for pair in (row, lower, upper):
                pair[k], pair[k + 1] = pair[k + 1], pair[k]
            gained = True
    if gained:
        for k, element in enumerate(row):
            place[element] = k
    return gained


def _ends(row: Sequence[int], neighbours: Rows, place: Sequence[int]) -> list[Any]:
    """The places of the neighbours of each element, in order."""
    found: list[Any] = []
    for x in row:
        ends = neighbours[x]
        if len(ends) == 1:
            found.append((place[ends[0]],))
        else:
            found.append(sorted([place[y] for y in ends]))
    return found


def _inversions(left: Sequence[int], right: Sequence[int]) -> int:
    """How many pairs, one of each sorted sequence, are in the wrong order."""
    if not left or not right or left[-1] <= right[0]:
        return 0
    return sum(len(left) - bisect_right(left, end) for end in right)


def _count_all(rows: Rows, below: Rows) -> int:
    return sum(crossings(low, high, below) for low, high in pairwise(rows))


def _copied(rows: Rows) -> Rows:
    return [row[:] for row in rows]
