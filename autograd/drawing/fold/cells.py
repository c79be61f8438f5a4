"""Cells: the nodes that are folded into one box, because the rest of the graph uses only one of them.

A cell is an operation, a sum of sums, a neuron, or an expression with a single user.  Its exit is the only node that
others use, so folding is exact: the partial from exit to exit is the sum over the paths inside the cell, and the
products of these partials along the paths between cells add up to the derivative.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd import ops
from autograd.value import Value

# Up to this many operands are drawn one by one.  A longer chain of additions becomes one sum, and more operands from
# outside a slice become one box.
MAX_SEPARATE_OPERANDS = 3
# Operations whose partials are 1 and −1.
ADDITIVE = {ops.add, ops.sub, ops.TOTAL}
# Operations that cannot be the activation function of a neuron.
_ARITHMETIC = {ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos, ops.TOTAL, ops.DOT}
# Stands for the user of a node with several users.
_SEVERAL: Any = object()

# An operand of a sum, and its sign: the partial 1 or −1.
Term = tuple[Value, float]


@dataclass(frozen=True, eq=False)
class Cell:
    """Nodes that are drawn as one box.

    Attributes:
        exit: the node that others use.
        nodes: all nodes in topological order, the exit last.
        is_open: True for a single operation, drawn with all its operands.
        is_neuron: True if an activation sum is among the nodes.
    """

    exit: Value
    nodes: tuple[Value, ...]
    is_open: bool
    is_neuron: bool

    @property
    def inputs(self) -> list[tuple[Value, float]]:
        """The operands of an open cell by slot, each with its partial."""
        return flatten(self.exit, set(self.nodes[:-1]))

    def partials(self, scope: Collection[Value]) -> dict[Value, float]:
        """Return ∂exit/∂x for each operand x of the cell that is in `scope`, summed over the paths inside."""
        adjoints = {self.exit: 1.0}
        for node in reversed(self.nodes):
            adjoint = adjoints.pop(node)
            for x, partial in zip(node.operands, node.partials, strict=True):
                if x in scope:
                    # 0 · ∞ is NaN, but a factor of 0 contributes nothing.
                    contribution = adjoint * partial if adjoint != 0.0 and partial != 0.0 else 0.0
                    adjoints[x] = adjoints.get(x, 0.0) + contribution
        return adjoints


def flatten(node: Value, inner: Collection[Value]) -> list[Term]:
    """Return the operands of a node from left to right with their partials; `inner` nodes are replaced by theirs."""
    terms: list[Term] = []
    stack: list[Term] = [(node, 1.0)]
    while stack:
        x, sign = stack.pop()
        if x is node or x in inner:
            stack.extend([(y, sign * partial) for y, partial in zip(x.operands, x.partials, strict=True)][::-1])
        else:
            terms.append((x, sign))
    return terms


class Additions:
    """Additions of a graph, chains of them taken as one: x₁w₁ + x₂w₂ + … + b is one sum, in however many additions.

    Args:
        scope: nodes in topological order, with all their users.
    """

    def __init__(self, scope: Sequence[Value]) -> None:
        self.scope = scope
        self._terms: dict[Value, list[Term]] = {}

    @cached_property
    def inner(self) -> set[Value]:
        """The additions that are part of another one: they have no label and no other user."""
        users: dict[Value, Value | None] = {}
        for node in self.scope:
            for x in node.operands:
                if x.op in ADDITIVE:
                    users[x] = None if x in users else node
        inside = set(self.scope)
        return {
            x for x, user in users.items() if user is not None and user.op in ADDITIVE and not x.label and x in inside
        }

    def terms(self, node: Value) -> list[Term]:
        """Return the terms of a sum from left to right, or the node itself if it is no addition.

        >>> a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
        >>> partial = a + b
        >>> whole = partial - c
        >>> [(x.label, sign) for x, sign in Additions([a, b, c, partial, whole]).terms(whole)]
        [('a', 1.0), ('b', 1.0), ('c', -1.0)]
        """
        if node not in self._terms:
            self._terms[node] = flatten(node, self.inner) if node.op in ADDITIVE else [(node, 1.0)]
        return self._terms[node]

    def is_long(self, node: Value) -> bool:
        """Return True if a node is a chain of additions with too many terms to be drawn one by one."""
        return node.op in ADDITIVE and len(self.terms(node)) > max(MAX_SEPARATE_OPERANDS, len(node.operands))

    def is_weighted(self, node: Value) -> bool:
        """Return True if a node is a sum of products with leaves, as an activation sum is; one product is enough."""
        if node.op is ops.DOT:
            return True
        terms = self.terms(node) if node.op in ADDITIVE else [(node, 1.0)]
        return any(x.op is ops.mul and any(y.op is None and not y.constant for y in x.operands) for x, _ in terms)


def operation_cells(scope: Sequence[Value]) -> list[Cell]:
    """Return a cell for each operation and leaf; a long chain of additions is one operation."""
    return _assign_cells(scope, Additions(scope), None, set())


def neuron_cells(scope: Sequence[Value], ends: Collection[Value], opened: Collection[Value] = ()) -> list[Cell]:
    """Return neurons and other cells, each as large as possible without a labelled node inside.

    Args:
        scope: nodes in topological order, with all their users.
        ends: nodes that have a cell of their own in any case.
        opened: nodes that are cells of their own, as in `operation_cells`.
    """
    additions = Additions(scope)
    return _assign_cells(scope, additions, {*ends, *_landmarks(scope, additions)}, opened)


def _landmarks(scope: Sequence[Value], additions: Additions) -> set[Value]:
    """Return the exits: labelled nodes, activations, and activation sums without an activation function."""
    inside, users = set(scope), _users(scope)
    landmarks: set[Value] = set()
    for node in scope:
        if node.op is None:
            continue
        if node.label or (node.op is ops.DOT and node not in landmarks):
            landmarks.add(node)
        operands = [x for x in dict.fromkeys(node.operands) if not x.constant]
        if node.op in _ARITHMETIC or len(operands) != 1 or operands[0] not in inside:
            continue
        (x,) = operands
        # The activation represents its activation sum, even a labelled one.
        if users[x] is node and x.op is not None and x not in additions.inner and additions.is_weighted(x):
            landmarks.discard(x)
            landmarks.add(node)
    return landmarks


def _users(scope: Sequence[Value]) -> dict[Value, Value]:
    """Return the user of each node, or `_SEVERAL`."""
    users: dict[Value, Value] = {}
    for node in scope:
        for x in dict.fromkeys(node.operands):
            users[x] = _SEVERAL if x in users else node
    return users


def _assign_cells(
    scope: Sequence[Value], additions: Additions, exits: set[Value] | None, opened: Collection[Value]
) -> list[Cell]:
    """Give each node the cell of its users if they share one, else a cell of its own.

    Args:
        scope: nodes in topological order, with all their users.
        additions: the additions among them.
        exits: nodes that are the exit of a cell; None for all.
        opened: further nodes of which each is a cell.
    """
    homes: dict[Value, Value] = {}
    homes_of_users: dict[Value, Value] = {}
    neurons: set[Value] = set()
    for node in reversed(scope):
        home = homes_of_users.pop(node, _SEVERAL)
        if home is _SEVERAL:
            is_exit = True
        elif exits is None or node in opened or home in opened:
            is_exit = not (node in additions.inner and additions.is_long(home))
        elif node.op is None:
            # A labelled leaf disappears in a neuron, as its weights do, but stays visible beside other cells.
            is_exit = node in exits or (bool(node.label) and home not in neurons)
        else:
            is_exit = node in exits
        home = homes[node] = node if is_exit else home
        is_sum = node.op is not ops.mul and node not in additions.inner and additions.is_weighted(node)
        if is_sum and home is not scope[-1]:
            neurons.add(home)
        for x in dict.fromkeys(node.operands):
            homes_of_users[x] = home if homes_of_users.get(x, home) is home else _SEVERAL
    nodes: dict[Value, list[Value]] = {}
    for node in scope:
        nodes.setdefault(homes[node], []).append(node)
    return [
        Cell(node, tuple(nodes[node]), exits is None or node in opened, node in neurons)
        for node in scope
        if homes[node] is node
    ]
