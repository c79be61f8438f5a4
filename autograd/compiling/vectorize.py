"""Sums of terms as arrays: matrix products where the factors pair up, sums of products row by row, and short ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.compiling.arrangements import Arrangements
from autograd.compiling.builder import Program
from autograd.compiling.canonical import Scalars, Term
from autograd.compiling.ir import Array
from autograd.compiling.matmul import Pairings
from autograd.compiling.tables import Nodes, Tables

SHORT = 4
"""Sums of so many terms are written term by term where they make no matrix product."""
FEW, SMALL = 4, 128
"""More matrix products than that, of fewer multiplications than that, are better computed row by row."""


class Summation:
    """Puts groups of sums into arrays.

    Args:
        scalars: the graph.
        program: where the arrays are made.
        tables: where nodes stand.
        sources: how many arrays the variable leaves stand in.

    Attributes:
        products: how many matrix products were made.
    """

    def __init__(self, scalars: Scalars, program: Program, tables: Tables, sources: int) -> None:
        self.scalars = scalars
        self.program = program
        self.tables = tables
        self.sources = sources
        self.arrangements = Arrangements(tables)
        self.products = 0

    def place(self, members: list[int]) -> None:
        """Compute a group of sums, all with terms of the same kinds."""
        terms = [self.scalars.terms[i] for i in members]
        pairs = [[t for t in row if t.right >= 0] for row in terms]
        rest = [[t for t in row if t.right < 0] for row in terms]
        remaining = np.arange(len(members))
        if pairs[0]:
            remaining = self._paired(members, pairs, rest)
        elif len(rest[0]) > SHORT or (
            len(rest[0]) > 2 and len(set(self.tables.holder[[t.left for t in rest[0]]].tolist())) == 1
        ):
            self._long(members, rest)
            return
        if len(remaining):
            self._short(np.array(members)[remaining], [terms[k] for k in remaining])

    def _paired(self, members: list[int], pairs: list[list[Term]], rest: list[list[Term]]) -> Nodes:
        """Make matrix products of what pairs up completely; returns those that are left over."""
        left = np.array([[t.left for t in row] for row in pairs])
        right = np.array([[t.right for t in row] for row in pairs])
        signs = np.array([t.sign for t in pairs[0]])
        left, right = self._oriented(left, right)
        nodes, long = np.array(members), left.shape[1] > SHORT
        if (signs != signs[0]).any():
            if long:
                self._dotted(nodes, left, right, signs, rest)
            return np.arange(0) if long else np.arange(len(nodes))
        found = Pairings(left, right, lambda x: (self.tables.holder[x], self.tables.position[x]))
        grids, others = found.grids, np.array(found.others, dtype=np.intp)
        if len(grids) > FEW and left.size < SMALL * len(grids):
            grids, others = [], np.arange(len(nodes))
        for grid in grids:
            self._multiplied(nodes, grid, found.left, found.right, int(signs[0]), rest)
        if not long or not len(others):
            return others
        if len(others) == 1:
            self._multiplied(nodes, others[:, None], left, right, int(signs[0]), rest)
        else:
            self._dotted(nodes[others], left[others], right[others], signs, [rest[i] for i in others])
        return np.arange(0)

    def _oriented(self, left: Nodes, right: Nodes) -> tuple[Nodes, Nodes]:
        """The factors with weights on the left; of equals, what more sums share goes to the right."""
        one, other = self._rank(left), self._rank(right)
        swapped = one > other
        for column in np.flatnonzero((one == other).all(axis=0)):
            swapped[:, column] = len(np.unique(left[:, column])) <= len(np.unique(right[:, column]))
        return np.where(swapped, right, left), np.where(swapped, left, right)

    def _rank(self, nodes: Nodes) -> Nodes:
        """What stands left in a product: variable leaves that examples share, then numbers, then all else."""
        leaves = [
            0 if array.batched is self.tables.arrays[0].batched else 2 for array in self.tables.arrays[: self.sources]
        ]
        ranks = np.array([1, *leaves, *[2] * (len(self.tables.arrays) - len(leaves))])
        return ranks[self.tables.holder[nodes] + 1]

    def _multiplied(
        self, nodes: Nodes, grid: Nodes, left: Nodes, right: Nodes, sign: int, rest: list[list[Term]]
    ) -> None:
        """The matrix product of right vectors, a row each, and left ones."""
        rows, columns = right[grid[:, 0]], left[grid[0]]
        shape = tuple(n for n in grid.shape if n > 1)
        x = self.tables.full(rows if len(rows) > 1 else rows[0])
        y = self.tables.full(columns if len(columns) > 1 else columns[0])
        s, j = "s" * (len(rows) > 1), "j" * (len(columns) > 1)
        total = self.program.contract(x, y, (s + "i", j + "i", s + j), x.batched or y.batched)
        self.products += 1
        total = self._with_addends(total if sign > 0 else -total, grid.reshape(shape), rest)
        self.tables.place(nodes[grid].reshape(shape), total)

    def _dotted(self, nodes: Nodes, left: Nodes, right: Nodes, signs: Nodes, rest: list[list[Term]]) -> None:
        """Sums of products row by row."""
        shape = (len(nodes),) if len(nodes) > 1 else ()
        wide = (*shape, len(signs))
        both = self.tables.full(left.reshape(wide)) * self.tables.full(right.reshape(wide))
        if (signs < 0).all():
            both = -both
        elif (signs < 0).any():
            both = both * self.program.constant(signs.astype(float))
        total = self.program.sum(both, [len(shape)], both.batched)
        self.tables.place(nodes.reshape(shape), self._with_addends(total, np.arange(len(nodes)).reshape(shape), rest))

    def _with_addends(self, total: Array, grid: Nodes, rest: list[list[Term]]) -> Array:
        flat = grid.ravel().tolist()
        for k in range(len(rest[0])):
            addend = self.tables.table(np.array([rest[i][k].left for i in flat]).reshape(grid.shape))
            total = total + addend if rest[0][k].sign > 0 else total - addend
        return total

    def _long(self, members: list[int], rest: list[list[Term]]) -> None:
        """Sums of many nodes."""
        table = np.array([[t.left for t in row] for row in rest])
        signs = np.array([t.sign for t in rest[0]])
        if len(members) == 1:
            order = np.lexsort((self.tables.position[table[0]], self.tables.holder[table[0]]))
            table, signs = table[0][order], signs[order]
        total: Array | None = None
        for sign in (1, -1):
            if (signs == sign).any():
                part = self.tables.full(table[..., signs == sign])
                part = self.program.sum(part, [len(part.shape) - 1], part.batched)
                part = part if sign > 0 else -part
                total = part if total is None else total + part
        assert total is not None
        self.tables.place(np.array(members if len(members) > 1 else members[0]), total)

    def _short(self, members: Nodes, terms: list[Sequence[Term]]) -> None:
        """Sums of a few terms, one after the other."""
        operands = np.array([[x for t in row for x in (t.left, t.right if t.right >= 0 else t.left)] for row in terms])
        for chosen in self.arrangements.split(operands):
            order, shape = self.arrangements.arranged(operands[chosen])
            picked = chosen[order]
            total: Array | None = None
            for k, term in enumerate(terms[0]):
                value = self.tables.table(operands[picked, 2 * k].reshape(shape))
                if term.right >= 0:
                    value = value * self.tables.table(operands[picked, 2 * k + 1].reshape(shape))
                if total is None:
                    total = value if term.sign > 0 else -value
                else:
                    total = total + value if term.sign > 0 else total - value
            assert total is not None
            self.tables.place(members[picked].reshape(shape), total)
