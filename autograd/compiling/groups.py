"""From scalars to arrays: equal operations on one level become one step, and complete pairings become matrix products.

The operands of a group are a table of nodes (:mod:`.tables`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from autograd import ops
from autograd.compiling.arrays import Array
from autograd.compiling.pairings import Pairings
from autograd.compiling.program import Program
from autograd.compiling.scalars import Scalars, Term
from autograd.compiling.tables import Nodes, Tables
from autograd.operation import Op

SHORT = 4
"""Sums of so many terms are written term by term where they make no matrix product."""
FEW, SMALL = 4, 128
"""More matrix products than that, of fewer multiplications than that, are better computed row by row."""


class Grouping:
    """The program that a scalar graph is.

    Args:
        scalars: the graph.
        program: where the arrays are made.
        sources: the arrays that its variable leaves stand in.
    """

    def __init__(self, scalars: Scalars, program: Program, sources: Sequence[Array]) -> None:
        self.scalars = scalars
        self.program = program
        self.sources = len(sources)
        self.tables = Tables(scalars, program, sources)
        self.products = 0
        self.sizes: list[int] = []
        for members in self._levels():
            self._step(members)

    def parameter_labels(self, n: int) -> dict[Array, str]:
        """For the views of the first `n` sources what the labels of their elements have in common."""
        labels: dict[tuple[int, int], str] = {}
        for i, place in self.scalars.places.items():
            if place[0] < n and i in self.scalars.labels:
                labels[place] = self.scalars.labels[i].partition("[")[0]
        found: dict[Array, str] = {}
        for x in self.program.views():
            for k, source in enumerate(self.tables.arrays[:n]):
                if x.operands[0] is source:
                    names = {labels.get((k, int(place)), "") for place in x.index.ravel()}
                    if len(names) == 1:
                        found[x] = names.pop()
        return found

    def _levels(self) -> list[list[int]]:
        """The nodes that can be computed together: of one kind, and as far up from the leaves."""
        level: dict[int, int] = {}
        batched: dict[int, bool] = {}
        found: defaultdict[tuple[int, Hashable], list[int]] = defaultdict(list)
        for i in self.scalars.wanted:
            below = self.scalars.below(i)
            if not below:
                held = self.tables.holder[i]
                level[i], batched[i] = 0, held >= 0 and self.tables.arrays[held].batched
                continue
            level[i] = 1 + max([level[x] for x in below])
            batched[i] = any(batched[x] for x in below)
            found[level[i], (batched[i], *self._kind(i))].append(i)
        return [found[key] for key in sorted(found, key=lambda key: key[0])]

    def _kind(self, i: int) -> tuple[Hashable, ...]:
        op, terms = self.scalars.ops[i], self.scalars.terms.get(i)
        if terms is not None:
            products = tuple([t.sign for t in terms if t.right >= 0])
            return products, tuple([(t.sign, t.left in self.scalars.numbers) for t in terms if t.right < 0])
        xs = self.scalars.operands[i]
        return op, len(xs), *[x in self.scalars.numbers for x in xs]

    def _step(self, members: list[int]) -> None:
        self.sizes.append(len(members))
        op, xs = self.scalars.ops[members[0]], self.scalars.operands[members[0]]
        if op is None:
            self._sums(members)
        elif op is ops.LOGSUMEXP:
            rows = np.array([self.scalars.operands[i] for i in members])
            table = self.tables.full(rows if len(rows) > 1 else rows[0])
            self.tables.place(np.array(members if len(rows) > 1 else members[0]), self.program.log_sum_exp(table))
        else:
            operands = np.array([self.scalars.operands[i] for i in members]).reshape(len(members), len(xs))
            for chosen in self._split(operands):
                order, shape = self._arranged(operands[chosen])
                nodes = np.array(members)[chosen][order].reshape(shape)
                tables = [self.tables.table(column[chosen][order].reshape(shape)) for column in operands.T]
                self.tables.place(nodes, self._applied(op, tables, nodes.shape))

    def _applied(self, op: Op, tables: Sequence[Array], shape: tuple[int, ...]) -> Array:
        result = self.program.apply(op, tables)
        return result if result.shape == shape else self.program.repeat(result, shape)

    # --- operations element by element

    def _split(self, operands: Nodes) -> list[Nodes]:
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

    def _arranged(self, operands: Nodes) -> tuple[Nodes, tuple[int, ...]]:
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

    # --- sums of terms

    def _sums(self, members: list[int]) -> None:
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
        for chosen in self._split(operands):
            order, shape = self._arranged(operands[chosen])
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
