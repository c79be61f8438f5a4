"""Crossing reduction: an order of the nodes of each layer in which few links cross.

The minimum is NP-hard to find even for two layers.  Barycentre sweeps (Sugiyama, Tagawa and Toda 1981) are followed by
exchanges of neighbours (the "transpose" step of Gansner, Koutsofios, North and Vo 1993).  Crossings are counted as
inversions (Barth, Jünger and Mutzel 2002).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

Rows = list[list[int]]

# Sweeps without gain before the search ends.
_MAX_IDLE_SWEEPS = 4
# Half as many sweeps from this number of nodes on, since a sweep takes much longer there.
_MANY_NODES = 3000


def reduce_crossings(layer: Sequence[int], chains: Sequence[Sequence[int]], max_sweeps: int = 16) -> Rows:
    """Return the nodes of each layer in an order in which few links cross.

    Args:
        layer: layer of each node.
        chains: nodes of each link, one on each layer from its source to its target.
        max_sweeps: largest number of barycentre sweeps up and down.

    >>> reduce_crossings([0, 0, 1, 1], [[0, 3], [1, 2]])
    [[1, 0], [2, 3]]
    """
    below: Rows = [[] for _ in layer]
    above: Rows = [[] for _ in layer]
    for chain in chains:
        for low, high in pairwise(chain):
            below[high].append(low)
            above[low].append(high)
    rows = _initial_order(layer, below, above)
    max_idle = _MAX_IDLE_SWEEPS if len(layer) < _MANY_NODES else _MAX_IDLE_SWEEPS // 2
    best, fewest, idle_left = _copy(rows), _count_all_crossings(rows, below), max_idle
    for k in range(max_sweeps):
        if fewest == 0 or idle_left == 0:
            break
        # The directions reverse ties in different rounds, so that four sweeps try all combinations.
        _sweep(rows, range(1, len(rows)), below, reverse_ties=k % 4 > 1)
        _sweep(rows, range(len(rows) - 2, -1, -1), above, reverse_ties=k % 2 == 1)
        trial = _copy(rows)
        _exchange_neighbours(trial, below, above, max_idle)
        count = _count_all_crossings(trial, below)
        idle_left -= 1
        if count < fewest:
            best, fewest, idle_left = trial, count, max_idle
    return best


def count_crossings(low: Sequence[int], high: Sequence[int], below: Sequence[Sequence[int]]) -> int:
    """Return the number of pairs of links that cross between two layers in the given orders.

    >>> count_crossings([0, 1], [2, 3], [[], [], [1], [0]])
    1
    """
    position = {node: i for i, node in enumerate(low)}
    count = 0
    passed: list[int] = []
    for node in high:
        ends = sorted(position[x] for x in below[node])
        for end in ends:
            count += len(passed) - bisect_right(passed, end)
        for end in ends:
            insort(passed, end)
    return count


def _initial_order(layer: Sequence[int], below: Rows, above: Rows) -> Rows:
    """Return the order of a depth-first search from the top, which draws a tree without crossings."""
    rows: Rows = [[] for _ in range(max(layer) + 1)]
    seen = [False] * len(layer)
    stack = [node for node in reversed(range(len(layer))) if not above[node]]
    while stack:
        node = stack.pop()
        if not seen[node]:
            seen[node] = True
            rows[layer[node]].append(node)
            stack.extend(reversed(below[node]))
    return rows


def _sweep(rows: Rows, order: range, neighbours: Rows, reverse_ties: bool) -> None:
    """Sort each layer by the barycentres of its neighbours on the layer before; nodes without any keep their position.

    Nodes with the same barycentre keep their order or reverse it: some crossings vanish only if two layers change.
    """
    for i in order:
        row = rows[i]
        position = {node: k for k, node in enumerate(rows[i - order.step])}
        barycentres = {x: sum(position[y] for y in neighbours[x]) / len(neighbours[x]) for x in row if neighbours[x]}
        nodes = reversed(barycentres) if reverse_ties else barycentres
        movable = iter(sorted(nodes, key=barycentres.__getitem__))
        rows[i] = [next(movable) if x in barycentres else x for x in row]


def _exchange_neighbours(rows: Rows, below: Rows, above: Rows, max_passes: int) -> None:
    """Exchange neighbouring nodes wherever that saves a crossing."""
    position = [0] * len(below)
    for row in rows:
        for k, node in enumerate(row):
            position[node] = k
    changed = [True] * len(rows)
    for _ in range(max_passes):
        # A layer can gain only if it or a layer beside it has changed.
        candidates = [any(changed[max(i - 1, 0) : i + 2]) for i in range(len(rows))]
        for i, row in enumerate(rows):
            changed[i] = candidates[i] and _exchange_on_layer(row, position, below, above)
        if not any(changed):
            return


def _exchange_on_layer(row: list[int], position: list[int], below: Rows, above: Rows) -> bool:
    """Exchange neighbours on one layer, and return True if any were exchanged."""
    lower, upper = _end_positions(row, below, position), _end_positions(row, above, position)
    changed = False
    for k in range(len(row) - 1):
        crossings = _count_inversions(lower[k], lower[k + 1]) + _count_inversions(upper[k], upper[k + 1])
        # Most neighbours do not cross: nothing to count for the other order.
        if crossings and crossings > (
            _count_inversions(lower[k + 1], lower[k]) + _count_inversions(upper[k + 1], upper[k])
        ):
            for items in (row, lower, upper):
                _exchange(items, k)
            changed = True
    if changed:
        for k, node in enumerate(row):
            position[node] = k
    return changed


def _exchange(items: list[Any], k: int) -> None:
    """Exchange an item and the one behind it."""
    items[k], items[k + 1] = items[k + 1], items[k]


def _end_positions(row: Sequence[int], neighbours: Rows, position: Sequence[int]) -> list[Sequence[int]]:
    """Return the sorted positions of each node's neighbours."""
    positions: list[Sequence[int]] = []
    for x in row:
        ends = neighbours[x]
        # Most nodes are dummy nodes with a single neighbour: no list to sort.
        positions.append((position[ends[0]],) if len(ends) == 1 else sorted([position[y] for y in ends]))
    return positions


def _count_inversions(left: Sequence[int], right: Sequence[int]) -> int:
    """Return the number of pairs, one number of each sorted sequence, in which the left number is the larger."""
    if not left or not right or left[-1] <= right[0]:
        return 0
    return sum(len(left) - bisect_right(left, end) for end in right)


def _count_all_crossings(rows: Rows, below: Rows) -> int:
    return sum(count_crossings(low, high, below) for low, high in pairwise(rows))


def _copy(rows: Rows) -> Rows:
    return [row[:] for row in rows]
