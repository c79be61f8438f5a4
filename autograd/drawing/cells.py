"""What is drawn as one box: a node, or a neuron, or an expression that only one node uses.

A cell is used by the rest of the graph through one node only, its exit, so folding it is exact: the partial from one
exit to the next is summed over the ways through the cell, and products of such partials along the paths from cell to
cell add up to the derivative.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import ops
from autograd.drawing.sums import Sums, summands
from autograd.value import Value

FEW = 3
"""So many summands are drawn as they were added; more are one sum."""
_PLAIN = {ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos, ops.TOTAL, ops.DOT}
_MIXED: Any = object()


@dataclass(frozen=True, eq=False)
class Cell:
    """Nodes that are drawn as one box.

    Attributes:
        exit: the node that others use.
        nodes: all of them, in topological order, the exit last.
        is_open: whether it is one operation, drawn with all that goes into it.
        is_neuron: whether there is an activation sum among them.
    """

    exit: Value
    nodes: tuple[Value, ...]
    is_open: bool
    is_neuron: bool

    @property
    def inputs(self) -> list[tuple[Value, float]]:
        """What comes into an open cell, slot by slot, each with its partial."""
        return summands(self.exit, set(self.nodes[:-1]))

    def partials(self, scope: Collection[Value]) -> dict[Value, float]:
        """∂exit/∂x for each x of `scope` that comes in from another cell, along the ways through this cell."""
        adjoints = {self.exit: 1.0}
        for node in reversed(self.nodes):
            adjoint = adjoints.pop(node)
            for x, partial in zip(node.operands, node.partials, strict=True):
                if x in scope:
                    passed = adjoint * partial if adjoint != 0.0 and partial != 0.0 else 0.0
                    adjoints[x] = adjoints.get(x, 0.0) + passed
        return adjoints


def operations(scope: Sequence[Value]) -> list[Cell]:
    """A cell for each operation, and one for each sum of many summands."""
    return _cells(scope, Sums(scope), None, set())


def neurons(scope: Sequence[Value], ends: Collection[Value], opened: Collection[Value] = ()) -> list[Cell]:
    """Neurons and other cells, as large as they can be without swallowing a name.

    Args:
        scope: nodes in topological order, with everything that uses one of them.
        ends: nodes that have a box of their own in any case.
        opened: nodes that are cells by themselves, as in `operations`.
    """
    sums = Sums(scope)
    return _cells(scope, sums, {*ends, *_landmarks(scope, sums)}, opened)


def _landmarks(scope: Sequence[Value], sums: Sums) -> set[Value]:
    """What has a name, and the activation of each activation sum, which itself needs no box then."""
    inside, users = set(scope), _users(scope)
    found: set[Value] = set()
    for node in scope:
        if node.op is None:
            continue
        if node.label or (node.op is ops.DOT and node not in found):
            found.add(node)
        activated = [x for x in dict.fromkeys(node.operands) if not x.constant]
        if node.op in _PLAIN or len(activated) != 1 or activated[0] not in inside:
            continue
        (x,) = activated
        if users[x] is node and x.op is not None and x not in sums.inner and sums.is_weighted(x):
            found.discard(x)
            found.add(node)
    return found


def _users(scope: Sequence[Value]) -> dict[Value, Value]:
    """The node that uses each node; a mark that is no node for several."""
    users: dict[Value, Value] = {}
    for node in scope:
        for x in dict.fromkeys(node.operands):
            users[x] = _MIXED if x in users else node
    return users


def _cells(scope: Sequence[Value], sums: Sums, ends: set[Value] | None, opened: Collection[Value]) -> list[Cell]:
    """Give each node to the cell of those that use it, if that is one; `ends` is None where every node is its own."""
    homes: dict[Value, Value] = {}
    wanted: dict[Value, Value] = {}
    weighted: set[Value] = set()
    for node in reversed(scope):
        home = wanted.pop(node, _MIXED)
        if home is _MIXED:
            ends_here = True
        elif ends is None or node in opened or home in opened:
            ends_here = not (node in sums.inner and sums.is_long(home, FEW))
        elif node.op is None:
            ends_here = node in ends or (bool(node.label) and home not in weighted)
        else:
            ends_here = node in ends
        home = homes[node] = node if ends_here else home
        if node.op is not ops.mul and node not in sums.inner and sums.is_weighted(node) and home is not scope[-1]:
            weighted.add(home)
        for x in dict.fromkeys(node.operands):
            wanted[x] = home if wanted.get(x, home) is home else _MIXED
    nodes: dict[Value, list[Value]] = {}
    for node in scope:
        nodes.setdefault(homes[node], []).append(node)
    everything = ends is None
    return [
        Cell(node, tuple(nodes[node]), everything or node in opened, node in weighted)
        for node in scope
        if homes[node] is node
    ]
