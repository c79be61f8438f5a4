"""Which rows of two tables are multiplied with which: where each of some meets each of others, a matrix product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Nodes = NDArray[np.intp]
Place = Callable[[Nodes], tuple[Nodes, Nodes]]
"""For nodes, the array that holds each and the position in it."""


class Pairings:
    """The matrix products that sums of products fall into.

    Args:
        left: the left operands of the products, a row for each sum.
        right: the right operands.
        place: where nodes stand; the vectors of a matrix product are taken in that order.

    Attributes:
        left: as given, with the terms of each sum in an order in which they pair up.
        right: likewise.
        grids: for each matrix product which sums it gives: a row for each right vector, a column for each left one.
        others: the sums that make none, or only one by themselves.
    """

    def __init__(self, left: Nodes, right: Nodes, place: Place) -> None:
        self.left, self.right, self.place = left, right, place
        self.grids: list[Nodes] = []
        self.others: list[int] = []
        if not self._found() and len(left) > 1:
            order = np.lexsort(place(right)[::-1], axis=-1)
            self.left, self.right = np.take_along_axis(left, order, 1), np.take_along_axis(right, order, 1)
            if not self._found():
                self.left, self.right = left, right
                self._found()

    def _found(self) -> bool:
        """Whether any sums share their vectors."""
        lefts, rights = _classes(self.left), _classes(self.right)
        self.grids, self.others = [], []
        for members in _components(lefts, rights):
            grid = self._grid(members, lefts, rights) if len(members) > 1 else None
            if grid is None:
                self.others += members
            else:
                self.grids.append(grid)
        return bool(self.grids)

    def _grid(self, members: list[int], lefts: Sequence[int], rights: Sequence[int]) -> Nodes | None:
        """The members by their vectors, None where one is missing or there twice."""
        one_of_left = {lefts[i]: i for i in members}
        one_of_right = {rights[i]: i for i in members}
        if len(one_of_left) * len(one_of_right) != len(members):
            return None
        columns = self._sorted(one_of_left, self.left)
        rows = self._sorted(one_of_right, self.right)
        grid = np.full((len(rows), len(columns)), -1, dtype=np.intp)
        for i in members:
            grid[rows[rights[i]], columns[lefts[i]]] = i
        return None if (grid < 0).any() else grid

    def _sorted(self, one_of: dict[int, int], table: Nodes) -> dict[int, int]:
        """The rank of each vector, by the place of its first and its last element."""

        def key(vector: int) -> tuple[int, ...]:
            ends = table[one_of[vector]][[0, -1]]
            holders, positions = self.place(ends)
            return (int(holders[0]), int(positions[0]), int(positions[1]), int(ends[0]))

        return {vector: rank for rank, vector in enumerate(sorted(one_of, key=key))}


def _classes(table: Nodes) -> list[int]:
    """A number for each row; the same for equal rows."""
    known: dict[bytes, int] = {}
    return [known.setdefault(row.tobytes(), len(known)) for row in np.ascontiguousarray(table)]


def _components(lefts: Sequence[int], rights: Sequence[int]) -> list[list[int]]:
    """The sums that hang together by common vectors."""
    by_left, by_right = defaultdict(list), defaultdict(list)
    for i, (one, other) in enumerate(zip(lefts, rights, strict=True)):
        by_left[one].append(i)
        by_right[other].append(i)
    components, seen = [], [False] * len(lefts)
    for start in range(len(lefts)):
        if seen[start]:
            continue
        component, stack = [], [start]
        seen[start] = True
        while stack:
            i = stack.pop()
            component.append(i)
            for near in (by_left.pop(lefts[i], ()), by_right.pop(rights[i], ())):
                for k in near:
                    if not seen[k]:
                        seen[k] = True
                        stack.append(k)
        components.append(sorted(component))
    return components
