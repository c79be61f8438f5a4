"""Cells, the nodes that can be folded into one box, and blocks, the cells that are drawn as one box.

A cell is an operation, a sum of sums, a neuron, or an expression with a single user.  Its exit is the only node that
others use, so folding is exact: the partial from exit to exit is the sum over the paths inside the cell, and the
products of these partials along the paths between cells add up to the derivative.

A block is mostly a single cell, else a layer or the hidden middle of a wide one.  Cells form a layer if they have the
same operation, the same label apart from its index, and the same distance from the inputs.  No path leads from one of
them to another, so drawing them as one box makes no cycle.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from autograd import ops
from autograd.symbolic.typesetting import name
from autograd.value import Value

# Level of detail; "auto" folds as little as is needed for a readable picture.
Detail = Literal["auto", "operations", "neurons", "layers"]

# Up to this many operands are drawn one by one.  A longer chain of additions becomes one sum, and more operands from
# outside a slice become one box.
MAX_SEPARATE_OPERANDS = 3
# Operations whose partials are 1 and −1.
ADDITIVE = {ops.add, ops.sub, ops.TOTAL}
# Operations that cannot be the activation function of a neuron.
_ARITHMETIC = {ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos, ops.TOTAL, ops.DOT}
# Labels of weights and biases in `nn`: w^2[1,1], b^2[1].
_PARAMETER = re.compile(r"[wb]\^\w+\[")
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


@dataclass(frozen=True, eq=False)
class Block:
    """Cells that are drawn as one box.

    Attributes:
        cells: the cells in topological order.
        depth: length of the longest path to it, counted in cells.
        stem: label of its cells without the index, or their operation.
        size: number of cells in its layer.
        is_rest: True for the hidden middle of a wide layer.
    """

    cells: tuple[Cell, ...]
    depth: int
    stem: str = ""
    size: int = 1
    is_rest: bool = False

    @property
    def exit(self) -> Value:
        """The exit of its last cell; the only one for a block of one cell."""
        return self.cells[-1].exit

    @property
    def nodes(self) -> list[Value]:
        """The nodes of all cells."""
        return [node for cell in self.cells for node in cell.nodes]

    @property
    def noun(self) -> str:
        """The plural noun for its cells."""
        if self.exit.op is None:
            return "parameters" if all(is_parameter(cell.exit) for cell in self.cells) else "inputs"
        return "neurons" if all(cell.is_neuron for cell in self.cells) else "nodes"

    @property
    def title(self) -> str:
        """The name of its layer: "layer 2" after labels of `nn`, else the label or operation of its cells."""
        cell, *_ = self.cells
        if cell.exit.label:
            _, superscript, number = self.stem.partition("^")
            return f"layer {number}" if superscript and cell.is_neuron else name(self.stem)
        return self.stem or "inputs"


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
        """Return the terms of a sum from left to right, or the node itself if it is not an addition.

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


def build_blocks(
    scope: Sequence[Value],
    ends: Collection[Value],
    detail: Detail,
    opened: Collection[Value],
    max_shown: int,
) -> list[Block]:
    """Return the blocks of a graph in topological order.

    Args:
        scope: nodes in topological order, with all their users.
        ends: the output and the node to differentiate with respect to.
        detail: level of detail.
        opened: nodes whose cells and layers are drawn with one level more detail.
        max_shown: number of cells shown of a wider layer; the others are one block.
    """
    if detail == "operations":
        cells = operation_cells(scope)
        return [Block((cell,), depth) for cell, depth in zip(cells, _depths(cells), strict=True)]
    opened = set(opened)
    layers = collect_layers(neuron_cells(scope, ends), ends)
    # A neuron is opened into its operations, a layer of several first into its neurons.
    inside = {
        node
        for layer in layers
        for cell in layer.cells
        if (detail == "neurons" or layer.size == 1) and not opened.isdisjoint(cell.nodes)
        for node in cell.nodes
    }
    if inside:
        layers = collect_layers(neuron_cells(scope, ends, inside), ends)
    blocks = [
        block
        for layer in layers
        for block in _split_layer(layer, detail == "layers" and opened.isdisjoint(layer.nodes), max_shown)
    ]
    position = {node: i for i, node in enumerate(scope)}
    return sorted(blocks, key=lambda block: (block.depth, position[block.cells[0].exit]))


def collect_layers(cells: Sequence[Cell], ends: Collection[Value]) -> list[Block]:
    """Return the layers of all cells; open cells and `ends` are alone in theirs."""
    alike: dict[tuple[int, str, object], list[Cell]] = {}
    for cell, depth in zip(cells, _depths(cells), strict=True):
        is_alone = cell.is_open or cell.exit in ends
        alike.setdefault((depth, _stem(cell.exit), cell if is_alone else cell.exit.op), []).append(cell)
    return [Block(tuple(layer), depth, stem, len(layer)) for (depth, stem, _), layer in alike.items()]


def find_by_name(blocks: Iterable[Block], label: str) -> list[Value]:
    """Return an exit of the box or layer with a name, given as its label or as printed; nothing if there is none."""
    for block in blocks:
        for cell in block.cells:
            if label and label in (cell.exit.label, name(cell.exit.label)):
                return [cell.exit]
    return [block.exit for block in blocks if block.size > 1 and block.title == label][:1]


def is_parameter(node: Value) -> bool:
    """Return True if a leaf has the label of a weight or bias."""
    return node.op is None and _PARAMETER.match(node.label) is not None


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


def _stem(node: Value) -> str:
    """Return the label of a node without its index, or its operation if it has no label."""
    if node.label:
        return node.label.partition("[")[0]
    return node.op.name if node.op else ""


def _depths(cells: Sequence[Cell]) -> list[int]:
    """Return the length of the longest path to each cell."""
    home = {node: i for i, cell in enumerate(cells) for node in cell.nodes}
    depths: list[int] = []
    for i, cell in enumerate(cells):
        sources = {home[x] for node in cell.nodes for x in node.operands if x in home}
        depths.append(1 + max((depths[k] for k in sources if k != i), default=-1))
    return depths


def _split_layer(layer: Block, is_folded: bool, max_shown: int) -> list[Block]:
    """Return a layer as one block, or as one block per cell, where the middle of a wide layer is one block."""
    if is_folded:
        return [layer]
    count = len(layer.cells)
    first = last = count
    # Folding a single cell would save nothing.
    if count > max_shown + 1:
        first, last = max_shown - max_shown // 2, count - max_shown // 2
    shown = [Block((cell,), layer.depth, layer.stem, count) for cell in layer.cells[:first]]
    if first < last:
        shown.append(Block(layer.cells[first:last], layer.depth, layer.stem, count, is_rest=True))
    return shown + [Block((cell,), layer.depth, layer.stem, count) for cell in layer.cells[last:]]
