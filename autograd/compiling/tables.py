"""Where the nodes of a scalar graph stand in arrays, and tables of nodes as arrays.

A node's *place* is the array that holds it and where in it.  Where the places of a table follow a pattern it is a view
of an array (:mod:`.views` writes it as a slice); nodes from several arrays are joined, and others gathered.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiling.builder import Program
from autograd.compiling.canonical import Scalars
from autograd.compiling.ir import Array, bits_of

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
