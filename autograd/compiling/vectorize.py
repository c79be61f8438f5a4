"""Sums of terms as arrays: matrix products where the factors pair up, sums of products row by row, and short ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.compiling.builder import Program
from autograd.compiling.canonical import Scalars, Term
from autograd.compiling.ir import LOG_SOFTMAX, Array, bits_of
from autograd.compiling.matmul import Pairings
from autograd.operation import Op

Nodes = NDArray[np.intp]
"""Numbers of nodes."""


class Tables:
    """The arrays so far, and what they hold.

    Args:
        scalars: the graph.
        program: where the arrays are made.
        sources: the arrays that its variable leaves stand in.

    Attributes:
        arrays: the arrays.
        holder: for each node the number of its array, −1 for a number and for what is not placed yet.
        position: for each node where it stands in that.
    """

    def __init__(self, scalars: Scalars, program: Program, sources: Sequence[Array]) -> None:
        self.program = program
        self.arrays = list(sources)
        n = len(scalars.ops)
        self.holder = np.full(n, -1, dtype=np.intp)
        self.position = np.zeros(n, dtype=np.intp)
        self._labels = scalars.labels
        self._data = np.zeros(n)
        for i, number in scalars.numbers.items():
            self._data[i] = number
        for i, (source, place) in scalars.places.items():
            self.holder[i], self.position[i] = source, place

    def place(self, nodes: Nodes, array: Array) -> None:
        """Let `array` hold `nodes`, in their shape."""
        if array.shape != nodes.shape:
            array = self.program.repeat(array, nodes.shape)
        self.holder[nodes] = len(self.arrays)
        self.position[nodes] = np.arange(nodes.size).reshape(nodes.shape)
        self.arrays.append(array)
        if not array.name:
            label = self._labels.get(int(nodes.flat[0]), "")
            array.name = label.partition("[")[0] if nodes.size > 1 else label

    def table(self, nodes: Nodes) -> Array:
        """The array that holds `nodes`; axes along which they are equal have length 1, or are left out in front."""
        nodes = _unrepeated(nodes)
        holders = self.holder[nodes]
        chosen = np.unique(holders)
        if len(chosen) == 1:
            if chosen[0] < 0:
                return self._numbers(nodes)
            return self.program.view(self.arrays[chosen[0]], self.position[nodes])
        return self._joined(nodes, holders)

    def full(self, nodes: Nodes) -> Array:
        """The same in the whole shape."""
        array = self.table(nodes)
        return array if array.shape == nodes.shape else self.program.repeat(array, nodes.shape)

    def _numbers(self, nodes: Nodes) -> Array:
        return self.program.constant(_unrepeated(self._data[nodes]))

    def _joined(self, nodes: Nodes, holders: Nodes) -> Array:
        """Nodes that stand in several arrays: blocks of columns if that is what they are, else a gather from all."""
        if nodes.ndim and (holders == holders.reshape(-1, nodes.shape[-1])[0]).all():
            row = holders.reshape(-1, nodes.shape[-1])[0]
            cuts = [0, *(np.flatnonzero(np.diff(row)) + 1), len(row)]
            if len(cuts) <= 2 + len(row) // 2:
                return self.program.join([self.full(nodes[..., a:b]) for a, b in pairwise(cuts)])
        flat, back = np.unique(nodes, return_inverse=True)
        order = np.argsort(self.holder[flat], kind="stable")
        flat, rank = flat[order], np.argsort(order)
        cuts = [0, *(np.flatnonzero(np.diff(self.holder[flat])) + 1), len(flat)]
        parts = [self.full(flat[a:b]) for a, b in pairwise(cuts)]
        return self.program.view(self.program.join(parts), rank[back].reshape(nodes.shape))


def _unrepeated(table: NDArray[Any]) -> NDArray[Any]:
    """A table without repetition: to be repeated to what it was as NumPy repeats."""
    for axis, n in enumerate(table.shape):
        first = table.take([0], axis)
        if n > 1 and (bits_of(table) == bits_of(first)).all():
            table = first
    while table.ndim and table.shape[0] == 1:
        table = table[0]
    return table


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


class Group(NamedTuple):
    """Nodes that can be computed together.

    Attributes:
        members: the nodes, of one kind and as far up from the leaves.
        batched: whether they depend on the examples.
    """

    members: list[int]
    batched: bool


def levels(scalars: Scalars, batched: Sequence[bool]) -> list[Group]:
    """Group the nodes of a graph by level and kind, in order.

    Args:
        scalars: the graph.
        batched: for each of its sources whether it has an axis for the examples.
    """
    level: dict[int, int] = {}
    varies: dict[int, bool] = {}
    found: defaultdict[tuple[int, Hashable], list[int]] = defaultdict(list)
    for i in scalars.wanted:
        below = scalars.below(i)
        if not below:
            level[i] = 0
            varies[i] = i in scalars.places and batched[scalars.places[i][0]]
            continue
        level[i] = 1 + max([level[x] for x in below])
        varies[i] = any(varies[x] for x in below)
        found[level[i], (varies[i], *_kind(scalars, i))].append(i)
    ordered = sorted(found.items(), key=lambda item: item[0][0])
    return [Group(members, varies[members[0]]) for _, members in ordered]


def _kind(scalars: Scalars, i: int) -> tuple[Hashable, ...]:
    op, terms = scalars.ops[i], scalars.terms.get(i)
    if terms is not None:
        products = tuple([t.sign for t in terms if t.right >= 0])
        return products, tuple([(t.sign, t.left in scalars.numbers) for t in terms if t.right < 0])
    xs = scalars.operands[i]
    return op, len(xs), *[x in scalars.numbers for x in xs]


class Grouping:
    """The program that a scalar graph is.

    Args:
        scalars: the graph.
        program: where the arrays are made.
        sources: the arrays that its variable leaves stand in.

    Attributes:
        tables: where each node came to stand.
        sizes: of the groups, in order.
    """

    def __init__(self, scalars: Scalars, program: Program, sources: Sequence[Array]) -> None:
        self.scalars = scalars
        self.program = program
        self.tables = Tables(scalars, program, sources)
        self.sizes: list[int] = []
        self._arrangements = Arrangements(self.tables)
        self._summation = Summation(scalars, program, self.tables, len(sources))
        for group in levels(scalars, [x.batched for x in sources]):
            self.sizes.append(len(group.members))
            self._place(group.members)

    @property
    def products(self) -> int:
        """How many matrix products were found."""
        return self._summation.products

    def _place(self, members: list[int]) -> None:
        if members[0] in self.scalars.terms:
            self._summation.place(members)
            return
        op = self.scalars.ops[members[0]]
        assert op is not None
        operands = np.array([self.scalars.operands[i] for i in members]).reshape(len(members), -1)
        if op is ops.LOGSUMEXP:
            several = len(members) > 1
            table = self.tables.full(operands if several else operands[0])
            self.tables.place(np.array(members if several else members[0]), self.program.log_sum_exp(table))
            return
        if op is ops.SOFTMAX or op is LOG_SOFTMAX:
            self._place_softmax(np.array(members), operands, op is LOG_SOFTMAX)
            return
        for chosen in self._arrangements.split(operands):
            order, shape = self._arrangements.arranged(operands[chosen])
            nodes = np.array(members)[chosen][order].reshape(shape)
            tables = [self.tables.table(column[chosen][order].reshape(shape)) for column in operands.T]
            self.tables.place(nodes, self._applied(op, tables, nodes.shape))

    def _place_softmax(self, members: Nodes, operands: Nodes, logarithm: bool) -> None:
        """Compute the shares of each vector at once; `operands` are an index and a vector for each member."""
        index = np.array([int(self.scalars.numbers[i]) for i in operands[:, 0].tolist()])
        vectors, row = np.unique(operands[:, 1:], axis=0, return_inverse=True)
        row = row.reshape(-1)
        shares = self.program.softmax(self.tables.full(vectors if len(vectors) > 1 else vectors[0]), logarithm)
        position = row * vectors.shape[1] + index
        order = np.argsort(position)
        if len(members) == shares.size:
            self.tables.place(members[order].reshape(shares.shape), shares)
        else:
            self.tables.place(members[order], self.program.view(shares, position[order]))

    def _applied(self, op: Op, tables: Sequence[Array], shape: tuple[int, ...]) -> Array:
        result = self.program.apply(op, tables)
        return result if result.shape == shape else self.program.repeat(result, shape)
