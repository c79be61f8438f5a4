"""Detection of matrix products among sums of products.

Sums make a matrix product where each of some vectors meets each of others: the left factors of a sum are one vector and
its right factors the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

# Numbers of nodes in a scalar graph.
Nodes = NDArray[np.intp]
# Returns for nodes the index of the array that holds each, and the position in it.
Positions = Callable[[Nodes], tuple[Nodes, Nodes]]


class MatrixProducts:
    """Connected components of sums that share a vector, where they are complete grids.

    Args:
        left: the left factors of the products, a row for each sum.
        right: the right factors.
        positions: the positions of nodes, by which the vectors of a matrix product are ordered.

    Attributes:
        left: the left factors, with the terms of each sum in an order in which vectors are equal.
        right: the right factors in the same order.
        grids: for each matrix product the indices of its sums: a row for each right vector, a column for each left one.
        rest: the indices of the sums outside the grids.
    """

    def __init__(self, left: Nodes, right: Nodes, positions: Positions) -> None:
        self.left, self.right, self.positions = left, right, positions
        self.grids: list[Nodes] = []
        self.rest: list[int] = []
        if not self._detect():
            # Terms may be in another order in each sum; the positions of their right factors give a common one.
            holders, places = positions(right)
            order = np.lexsort((places, holders))
            self.left, self.right = np.take_along_axis(left, order, 1), np.take_along_axis(right, order, 1)
            if not self._detect():
                self.left, self.right = left, right

    def _detect(self) -> bool:
        """Find the grids; return True if there is one."""
        lefts, rights = _classes(self.left), _classes(self.right)
        self.grids, self.rest = [], []
        for members in _components(lefts, rights):
            grid = self._grid(members, lefts, rights) if len(members) > 1 else None
            if grid is None:
                self.rest += members
            else:
                self.grids.append(grid)
        return bool(self.grids)

    def _grid(self, members: list[int], lefts: Sequence[int], rights: Sequence[int]) -> Nodes | None:
        """Return the members by their vectors, None if a pair of vectors is missing or occurs twice."""
        sum_of_left = {lefts[i]: i for i in members}
        sum_of_right = {rights[i]: i for i in members}
        if len(sum_of_left) * len(sum_of_right) != len(members):
            return None
        columns = self._ranks(sum_of_left, self.left)
        rows = self._ranks(sum_of_right, self.right)
        grid = np.full((len(rows), len(columns)), -1)
        for i in members:
            grid[rows[rights[i]], columns[lefts[i]]] = i
        return None if (grid < 0).any() else grid

    def _ranks(self, sum_of: dict[int, int], table: Nodes) -> dict[int, int]:
        """Return the rank of each vector, by the positions of its elements."""

        def key(vector: int) -> list[tuple[int, ...]]:
            holders, positions = self.positions(table[sum_of[vector]])
            return list(zip(holders.tolist(), positions.tolist(), strict=True))

        return {vector: rank for rank, vector in enumerate(sorted(sum_of, key=key))}


def _classes(table: Nodes) -> list[int]:
    """Return a number for each row, the same for equal rows."""
    known: dict[bytes, int] = {}
    return [known.setdefault(row.tobytes(), len(known)) for row in np.ascontiguousarray(table)]


def _components(lefts: Sequence[int], rights: Sequence[int]) -> list[list[int]]:
    """Return the connected components of sums, two of which are adjacent if they share a vector."""
    by_left, by_right = defaultdict(list), defaultdict(list)
    for i, (left, right) in enumerate(zip(lefts, rights, strict=True)):
        by_left[left].append(i)
        by_right[right].append(i)
    components, seen = [], [False] * len(lefts)
    for start in range(len(lefts)):
        if seen[start]:
            continue
        component, stack = [], [start]
        seen[start] = True
        while stack:
            i = stack.pop()
            component.append(i)
            # Each list of neighbours is read once, so that the search takes linear time.
            for neighbours in (by_left.pop(lefts[i], ()), by_right.pop(rights[i], ())):
                for k in neighbours:
                    if not seen[k]:
                        seen[k] = True
                        stack.append(k)
        components.append(sorted(component))
    return components
