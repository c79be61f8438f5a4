"""From scalars to arrays: equal operations on one level become one step.

The operands of a group are a table of nodes (:mod:`.tables`); sums, which may be matrix products, are in
:mod:`.summation`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from autograd import ops
from autograd.compiling.arrangements import Arrangements
from autograd.compiling.arrays import Array
from autograd.compiling.forms import LOG_SOFTMAX
from autograd.compiling.program import Program
from autograd.compiling.scalars import Scalars
from autograd.compiling.summation import Summation
from autograd.compiling.tables import Nodes, Tables
from autograd.op import Op


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
