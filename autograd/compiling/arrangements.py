"""Orders of a group in which its operands are views of arrays rather than gathers."""

from __future__ import annotations

import numpy as np

from autograd.compiling.tables import Nodes, Tables


class Arrangements:
    """Finds them, by where operands stand: tables of a row for each member of the group.

    Args:
        tables: where nodes stand.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def split(self, operands: Nodes) -> list[Nodes]:
        """The rows whose operands stand in the same arrays, if these are few; else all rows at once."""
        holders = self.tables.holder[operands]
        everything = np.arange(len(operands))
        if len(operands) == 1 or (holders == holders[0]).all():
            return [everything]
        kinds, which = np.unique(holders, axis=0, return_inverse=True)
        if len(kinds) * 8 > len(operands) and len(kinds) > 2:
            return [everything]
        which = which.reshape(-1)
        return [everything[which == k] for k in dict.fromkeys(which.tolist())]

    def arranged(self, operands: Nodes) -> tuple[Nodes, tuple[int, ...]]:
        """An order of the rows and a shape for them in which the operands are views rather than gathers."""
        n = len(operands)
        if n == 1:
            return np.arange(1), ()
        best: tuple[int, Nodes, tuple[int, ...]] = (-1, np.arange(n), (n,))
        for column in operands.T:
            holder, position = self.tables.holder[column], self.tables.position[column]
            if holder[0] < 0 or (holder != holder[0]).any():
                continue
            array, order = self.tables.arrays[holder[0]], np.argsort(position, kind="stable")
            if (np.diff(position[order]) > 0).all():
                whole = n == array.size
                score = 2 * whole + array.batched
                if score > best[0]:
                    best = (score, order, array.shape if whole else (n,))
        return (best[1], best[2]) if best[0] >= 0 else self._crossed(operands) or (best[1], best[2])

    def _crossed(self, operands: Nodes) -> tuple[Nodes, tuple[int, int]] | None:
        """The arrangement of all pairs of one column's nodes with another's."""
        n = len(operands)
        columns = [column for column in operands.T if (self.tables.holder[column] >= 0).all()]
        for k, first in enumerate(columns):
            for second in columns[k + 1 :]:
                a, b = len(np.unique(first)), len(np.unique(second))
                if a * b == n and len(np.unique(np.stack([first, second]), axis=1).T) == n:
                    return np.lexsort((*self._ranks(second), *self._ranks(first))), (a, b)
        return None

    def _ranks(self, column: Nodes) -> tuple[Nodes, Nodes]:
        return self.tables.position[column], self.tables.holder[column]
