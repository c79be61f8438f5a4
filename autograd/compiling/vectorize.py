"""Vectorization of a scalar graph: equal operations on one level of it become one step on arrays.

Each node gets a position in an array.  The operands of a group of nodes are a table of nodes.  A table whose positions
follow a pattern is a slice of an array, and others are gathered by their indices.  Nodes from several arrays are
concatenated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.compiling.canonical import ScalarGraph, Term
from autograd.compiling.ir import LOG_SOFTMAX, Array, Builder, bits_of
from autograd.compiling.matmul import MatrixProducts, Nodes
from autograd.op import Op

# Longest sum, in terms, that is written term by term if it is not part of a matrix product.
MAX_TERMS_WRITTEN_OUT = 4
# More matrix products than the first number, of fewer multiplications each than the second, run faster row by row.
MAX_SMALL_PRODUCTS, MIN_MULTIPLICATIONS = 4, 128
# A group is split by the arrays of its operands if there are two parts, or at least this many members per part.
MIN_MEMBERS_PER_SPLIT = 8


class Group(NamedTuple):
    """Nodes that one step computes.

    Attributes:
        members: nodes of the same operation on the same level.
        batched: whether they depend on the examples.
    """

    members: list[int]
    batched: bool


def groups_of(graph: ScalarGraph, batched: Sequence[bool]) -> list[Group]:
    """Return the nodes of a graph grouped by level and operation, in topological order.

    Args:
        graph: the graph.
        batched: for each source of the graph whether it has an axis for the examples.
    """
    level: dict[int, int] = {}
    varies: dict[int, bool] = {}
    members: defaultdict[tuple[int, Hashable], list[int]] = defaultdict(list)
    for i in graph.wanted:
        below = graph.below(i)
        if not below:
            level[i] = 0
            varies[i] = i in graph.slots and batched[graph.slots[i][0]]
            continue
        level[i] = 1 + max([level[x] for x in below])
        varies[i] = any(varies[x] for x in below)
        members[level[i], (varies[i], *_signature(graph, i))].append(i)
    ordered = sorted(members.items(), key=lambda item: item[0][0])
    return [Group(nodes, varies[nodes[0]]) for _, nodes in ordered]


def _signature(graph: ScalarGraph, i: int) -> tuple[Hashable, ...]:
    """Return the operation of a node and a flag for each operand that is a number; for a sum, its signs and flags."""
    op, terms = graph.ops[i], graph.terms.get(i)
    if terms is not None:
        products = tuple([t.sign for t in terms if t.is_product])
        return products, tuple([(t.sign, t.left in graph.numbers) for t in terms if not t.is_product])
    xs = graph.operands[i]
    return op, len(xs), *[x in graph.numbers for x in xs]


class Vectorizer:
    """The arrays of a scalar graph.

    Args:
        graph: the graph.
        builder: the builder of the arrays.
        sources: the arrays of the leaves that vary.
        weights: the number of sources, from the first, whose elements are the weights of sums.

    Attributes:
        tables: the arrays, with the position of each node.
        sizes: the number of nodes in each group, in topological order.
    """

    def __init__(self, graph: ScalarGraph, builder: Builder, sources: Sequence[Array], weights: int) -> None:
        self.graph = graph
        self.builder = builder
        self.tables = Tables(graph, builder, sources)
        self.sizes: list[int] = []
        self._sums = Sums(graph, builder, self.tables, weights)
        for group in groups_of(graph, [x.batched for x in sources]):
            self.sizes.append(len(group.members))
            self._compute(group.members)

    @property
    def matrix_products(self) -> int:
        """The number of matrix products in the graph."""
        return self._sums.matrix_products

    def _compute(self, members: list[int]) -> None:
        """Compute a group of nodes."""
        if members[0] in self.graph.terms:
            self._sums.compute(members)
            return
        op = self.graph.ops[members[0]]
        assert op is not None
        operands = np.array([self.graph.operands[i] for i in members])
        if op is ops.LOGSUMEXP:
            result = self.builder.log_sum_exp(self.tables.full(_only_row(operands)))
            self.tables.place(np.array(members).reshape(result.shape), result)
            return
        if op is ops.SOFTMAX or op is LOG_SOFTMAX:
            self._compute_softmax(np.array(members), operands, op is LOG_SOFTMAX)
            return
        for chosen in split_by_arrays(self.tables, operands):
            order, shape = order_for_slices(self.tables, operands[chosen])
            nodes = np.array(members)[chosen][order].reshape(shape)
            tables = [self.tables.table(column[chosen][order].reshape(shape)) for column in operands.T]
            self.tables.place(nodes, self._applied(op, tables, nodes.shape))

    def _compute_softmax(self, members: Nodes, operands: Nodes, logarithm: bool) -> None:
        """Compute the shares of each vector at once; `operands` are an index and a vector for each member."""
        index = np.array([int(self.graph.numbers[i]) for i in operands[:, 0].tolist()])
        vectors, row = np.unique(operands[:, 1:], axis=0, return_inverse=True)
        row = row.ravel()  # NumPy 2.0.0 returned a column
        shares = self.builder.softmax(self.tables.full(_only_row(vectors)), logarithm)
        position = row * vectors.shape[1] + index
        order = np.argsort(position)
        if len(members) == shares.size:
            self.tables.place(members[order].reshape(shares.shape), shares)
        else:
            self.tables.place(members[order], self.builder.gather(shares, position[order]))

    def _applied(self, op: Op, tables: Sequence[Array], shape: tuple[int, ...]) -> Array:
        result = self.builder.apply(op, tables)
        return result if result.shape == shape else self.builder.repeat(result, shape)


class Tables:
    """The arrays of a graph, with the position of each node, and tables of nodes as arrays.

    Args:
        graph: the graph.
        builder: the builder of the arrays.
        sources: the arrays of the leaves that vary.

    Attributes:
        arrays: all arrays that hold nodes, sources first.
        holder: for each node the index of its array, −1 for numbers and for nodes without an array so far.
        position: for each node its position in that array.
    """

    def __init__(self, graph: ScalarGraph, builder: Builder, sources: Sequence[Array]) -> None:
        self.builder = builder
        self.arrays = list(sources)
        n = len(graph.ops)
        self.holder = np.full(n, -1)
        self.position = np.zeros(n, dtype=np.intp)
        self._labels = graph.labels
        self._data = np.zeros(n)
        for i, number in graph.numbers.items():
            self._data[i] = number
        for i, (source, position) in graph.slots.items():
            self.holder[i], self.position[i] = source, position

    def place(self, nodes: Nodes, array: Array) -> None:
        """Let `array` hold `nodes`, in their shape."""
        if array.shape != nodes.shape:
            array = self.builder.repeat(array, nodes.shape)
        self.holder[nodes] = len(self.arrays)
        self.position[nodes] = np.arange(nodes.size).reshape(nodes.shape)
        self.arrays.append(array)
        if not array.name:
            labels = [self._labels.get(i, "") for i in nodes.ravel().tolist()]
            name, *others = labels if nodes.size == 1 else {label.partition("[")[0] for label in labels}
            # Nodes of different names have none in common.
            array.name = "" if others else name

    def table(self, nodes: Nodes) -> Array:
        """Return an array of `nodes`: an axis along which they are equal has length 1, or is left out in front."""
        nodes = _unrepeated(nodes)
        holders = self.holder[nodes]
        holder, *others = np.unique(holders).tolist()
        if others:
            return self._concatenated(nodes, holders)
        if holder == -1:
            return self.builder.constant(_unrepeated(self._data[nodes]))
        return self.builder.gather(self.arrays[holder], self.position[nodes])

    def full(self, nodes: Nodes) -> Array:
        """Return an array of `nodes` in their whole shape."""
        array = self.table(nodes)
        return array if array.shape == nodes.shape else self.builder.repeat(array, nodes.shape)

    def _concatenated(self, nodes: Nodes, holders: Nodes) -> Array:
        """Return nodes of several arrays: as blocks of columns where these are few, else gathered from all arrays."""
        row, *others = np.unique(holders.reshape(-1, nodes.shape[-1]), axis=0)
        if not others:
            blocks = _blocks(row)
            if 2 * len(blocks) <= len(row) + 2:
                return self.builder.concatenate([self.full(nodes[..., a:b]) for a, b in blocks])
        flat, inverse = np.unique(nodes, return_inverse=True)
        order = np.lexsort((flat, self.holder[flat]))
        flat, rank = flat[order], np.argsort(order)
        parts = [self.full(flat[a:b]) for a, b in _blocks(self.holder[flat])]
        return self.builder.gather(self.builder.concatenate(parts), rank[inverse].reshape(nodes.shape))


def _blocks(row: Nodes) -> list[tuple[int, int]]:
    """Return the start and the stop of each run of equal elements."""
    stops = [*(np.flatnonzero(np.diff(row)) + 1).tolist(), len(row)]
    return list(pairwise([0, *stops]))


def _unrepeated(table: NDArray[Any]) -> NDArray[Any]:
    """Return a table that broadcasts to this one, without repetition."""
    for axis in range(table.ndim):
        first = table.take([0], axis)
        if (bits_of(table) == bits_of(first)).all():
            table = first
    while table.shape[:1] == (1,):
        (table,) = table
    return table


def _only_row(table: Nodes) -> Nodes:
    """Return the row of a table that has one row only, else the table."""
    return table if len(table) > 1 else table.ravel()


def split_by_arrays(tables: Tables, operands: Nodes) -> list[Nodes]:
    """Group the rows of `operands`, one per node, by the arrays that hold them; one group if there are many."""
    parts: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for k, holders in enumerate(tables.holder[operands].tolist()):
        parts[tuple(holders)].append(k)
    if len(parts) * MIN_MEMBERS_PER_SPLIT > len(operands) and len(parts) > 2:
        return [np.arange(len(operands))]
    return [np.array(rows) for rows in parts.values()]


def order_for_slices(tables: Tables, operands: Nodes) -> tuple[Nodes, tuple[int, ...]]:
    """Return an order of the rows and a shape for them in which the operands are slices of arrays, if there is one."""
    n = len(operands)
    if n == 1:
        return np.arange(1), ()
    candidates: list[tuple[bool, bool, Nodes, tuple[int, ...]]] = []
    for column in operands.T:
        position = tables.position[column]
        order = np.argsort(position)
        holder, *others = set(tables.holder[column].tolist())
        # All numbers have position 0.
        if not others and (np.diff(position[order]) > 0).all():
            array = tables.arrays[holder]
            whole = n == array.size
            candidates.append((whole, array.batched, order, array.shape if whole else (n,)))
    if candidates:
        # Prefer a whole array, and then a batched one, where gathering by indices would copy each example.
        *_, order, shape = max(candidates, key=lambda candidate: candidate[:2])
        return order, shape
    return _order_of_pairs(tables, operands) or (np.arange(n), (n,))


def _order_of_pairs(tables: Tables, operands: Nodes) -> tuple[Nodes, tuple[int, int]] | None:
    """Return the order and shape if the rows are all pairs of one column's nodes with another's, else None."""
    n = len(operands)
    columns = [column for column in operands.T if (tables.holder[column] != -1).all()]
    for first, second in combinations(columns, 2):
        a, b = len(np.unique(first)), len(np.unique(second))
        if a * b == n and len(set(zip(first.tolist(), second.tolist(), strict=True))) == n:
            keys = [key[column] for column in (second, first) for key in (tables.position, tables.holder)]
            return np.lexsort(keys), (a, b)
    return None


class Sums:
    """Vectorizes groups of sums: as matrix products, as sums of products row by row, or term by term.

    Args:
        graph: the graph.
        builder: the builder of the arrays.
        tables: the arrays, with the position of each node.
        weights: the number of arrays, from the first, that hold weights.

    Attributes:
        matrix_products: the number of matrix products so far.
    """

    def __init__(self, graph: ScalarGraph, builder: Builder, tables: Tables, weights: int) -> None:
        self.graph = graph
        self.builder = builder
        self.tables = tables
        self.weights = weights
        self.matrix_products = 0

    def compute(self, members: list[int]) -> None:
        """Compute a group of sums, whose terms have the same signs and the same numbers of factors."""
        terms = [self.graph.terms[i] for i in members]
        pairs = [[t for t in row if t.is_product] for row in terms]
        addends = [[t for t in row if not t.is_product] for row in terms]
        remaining = np.arange(len(members))
        if all(pairs):
            remaining = self._compute_products(members, pairs, addends)
        else:
            first, *_ = addends
            is_in_one_array = len(set(self.tables.holder[[t.left for t in first]].tolist())) == 1
            if len(first) > MAX_TERMS_WRITTEN_OUT or (len(first) > 2 and is_in_one_array):
                self._compute_long(members, addends)
                return
        if len(remaining):
            self._compute_short(np.array(members)[remaining], [terms[k] for k in remaining])

    def _compute_products(self, members: list[int], pairs: list[list[Term]], addends: list[list[Term]]) -> Nodes:
        """Compute the sums of products that make matrix products or are long; return the indices of the others."""
        left = np.array([[t.left for t in row] for row in pairs])
        right = np.array([[t.right for t in row] for row in pairs])
        signs, *_ = [[t.sign for t in row] for row in pairs]
        left, right = self._oriented(left, right)
        nodes, long = np.array(members), len(signs) > MAX_TERMS_WRITTEN_OUT
        sign, *others = set(signs)
        if others:
            if not long:
                return np.arange(len(nodes))
            self._compute_dots(nodes, left, right, signs, addends)
            return nodes[:0]
        products = MatrixProducts(left, right, lambda x: (self.tables.holder[x], self.tables.position[x]))
        grids, rest = products.grids, np.array(products.rest, dtype=np.intp)
        if len(grids) > MAX_SMALL_PRODUCTS and left.size < MIN_MULTIPLICATIONS * len(grids):
            grids, rest = [], np.arange(len(nodes))
        for grid in grids:
            self._compute_matrix_product(nodes, grid, products.left, products.right, sign, addends)
        if not long or not len(rest):
            return rest
        if len(rest) == 1:
            self._compute_matrix_product(nodes, rest[:, None], left, right, sign, addends)
        else:
            self._compute_dots(nodes[rest], left[rest], right[rest], signs, [addends[i] for i in rest])
        return nodes[:0]

    def _oriented(self, left: Nodes, right: Nodes) -> tuple[Nodes, Nodes]:
        """Return the factors with weights on the left.

        Of two factors with equally many dimensions, the one that more sums share goes to the right.
        """
        (left_number, left_result), (right_number, right_result) = self._is_no_weight(left), self._is_no_weight(right)
        # Weights are to the left of numbers, and these to the left of the rest.
        swapped = (left_result & ~right_result) | (left_number & ~right_number & ~right_result)
        alike = (left_number == right_number) & (left_result == right_result)
        for column in np.flatnonzero(alike.all(axis=0)):
            swapped[:, column] = len(np.unique(left[:, column])) <= len(np.unique(right[:, column]))
        return np.where(swapped, right, left), np.where(swapped, left, right)

    def _is_no_weight(self, nodes: Nodes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return for each node whether it is a number, and whether it is neither that nor a weight."""
        holder = self.tables.holder[nodes]
        return holder == -1, holder >= self.weights

    def _compute_matrix_product(
        self, nodes: Nodes, grid: Nodes, left: Nodes, right: Nodes, sign: int, addends: list[list[Term]]
    ) -> None:
        """Compute a grid of sums: a row for each right vector and a column for each left one."""
        # The sums in a row of the grid share their right vector, and those in a column their left one.
        (row, *_), (column, *_) = grid, grid.T
        shape = tuple(n for n in grid.shape if n > 1)
        x, y = self.tables.full(_only_row(right[column])), self.tables.full(_only_row(left[row]))
        s, j = "s" if len(column) > 1 else "", "j" if len(row) > 1 else ""
        total = self.builder.contract(x, y, (s + "i", j + "i", s + j), x.batched or y.batched)
        self.matrix_products += 1
        total = self._with_addends(total if sign == 1 else -total, grid.reshape(shape), addends)
        self.tables.place(nodes[grid].reshape(shape), total)

    def _compute_dots(
        self, nodes: Nodes, left: Nodes, right: Nodes, signs: list[int], addends: list[list[Term]]
    ) -> None:
        """Compute sums of products row by row."""
        shape = (len(nodes),) if len(nodes) > 1 else ()
        wide = (*shape, len(signs))
        products = self.tables.full(left.reshape(wide)) * self.tables.full(right.reshape(wide))
        products = products * self.builder.constant(np.array(signs, dtype=float))
        total = self.builder.sum(products, [len(shape)], products.batched)
        grid = np.arange(len(nodes)).reshape(shape)
        self.tables.place(nodes.reshape(shape), self._with_addends(total, grid, addends))

    def _with_addends(self, total: Array, grid: Nodes, addends: list[list[Term]]) -> Array:
        """Return `total` plus the terms of its sums that are not products."""
        for terms in zip(*addends, strict=True):
            addend = self.tables.table(np.array([term.left for term in terms])[grid])
            (sign,) = {term.sign for term in terms}
            total = total + addend if sign == 1 else total - addend
        return total

    def _compute_long(self, members: list[int], addends: list[list[Term]]) -> None:
        """Compute sums of many nodes, as sums along an axis."""
        table = np.array([[t.left for t in row] for row in addends])
        signs, *_ = np.array([[t.sign for t in row] for row in addends])
        if len(members) == 1:
            (table,) = table
            order = np.lexsort((self.tables.position[table], self.tables.holder[table]))
            table, signs = table[order], signs[order]
        total: Array | None = None
        for sign in (1, -1):
            if (signs == sign).any():
                part = self.tables.full(table[..., signs == sign])
                part = self.builder.sum(part, [len(part.shape) - 1], part.batched)
                part = part if sign == 1 else -part
                total = part if total is None else total + part
        assert total is not None
        self.tables.place(np.array(members).reshape(total.shape), total)

    def _compute_short(self, members: Nodes, terms: list[Sequence[Term]]) -> None:
        """Compute sums of a few terms, term by term."""
        operands = np.array([[x for t in row for x in (t.left, t.right if t.is_product else t.left)] for row in terms])
        for chosen in split_by_arrays(self.tables, operands):
            order, shape = order_for_slices(self.tables, operands[chosen])
            picked = chosen[order]
            total: Array | None = None
            for k, term in enumerate(terms[0]):
                value = self.tables.table(operands[picked, 2 * k].reshape(shape))
                if term.is_product:
                    value = value * self.tables.table(operands[picked, 2 * k + 1].reshape(shape))
                if total is None:
                    total = value if term.sign == 1 else -value
                else:
                    total = total + value if term.sign == 1 else total - value
            assert total is not None
            self.tables.place(members[picked].reshape(shape), total)
