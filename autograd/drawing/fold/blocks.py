"""Blocks: the cells that are drawn as one box, mostly a single cell, else a layer or the middle of a wide one.

Cells form a layer if they have the same operation, the same label apart from its index, and the same distance from the
inputs.  No path leads from one of them to another, so drawing them as one box makes no cycle.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from autograd import ops
from autograd.drawing.fold.cells import Cell, neuron_cells, operation_cells
from autograd.drawing.picture import Group
from autograd.symbolic.typesetting import name
from autograd.value import Value

# Level of detail; "auto" folds as little as is needed for a readable picture.
Detail = Literal["auto", "operations", "neurons", "layers"]

# Labels of weights and biases in `nn`: w^2[1,1], b^2[1].
_PARAMETER = re.compile(r"[wb]\^\w+\[")
# Labels of neurons in `nn`, with layer and index: a^2[1].
_NEURON = re.compile(r"\^(\w+)\[(\w+)")
# Group number of a parameter that several neurons use.
_SHARED = -1


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
        cell = self.cells[0]
        if cell.exit.label:
            _, superscript, number = self.stem.partition("^")
            return f"layer {number}" if superscript and cell.is_neuron else name(self.stem)
        return self.stem or "inputs"


@dataclass
class Groups:
    """Boxes to be framed together: the nodes of each neuron and the neurons of each layer.

    They follow from the structure of the graph, so networks without labels have them too.

    Attributes:
        drawn: the groups, each behind its parent.
        numbers: group number of each node in a group, negative for a parameter of several groups.
    """

    drawn: list[Group] = field(default_factory=list)
    numbers: dict[Value, int] = field(default_factory=dict)

    def of(self, node: Value) -> int | None:
        """Return the group number of a node, None for no group."""
        group = self.numbers.get(node, _SHARED)
        return None if group == _SHARED else group

    def add(self, title: str, parent: int | None = None) -> int:
        """Add a group and return its number."""
        self.drawn.append(Group(title, parent))
        return len(self.drawn) - 1

    def add_neuron(self, cell: Cell, group: int) -> None:
        """Add the nodes of a neuron, and the parameters that no other neuron uses."""
        for node in cell.nodes:
            self.numbers[node] = group
            if node.op is ops.DOT:
                weights = node.operands[: len(node.operands) // 2]
                bias = node.operands[2 * len(weights) :]
                for x in (*weights, *bias):
                    if x.op is None:
                        self.numbers[x] = group if self.numbers.get(x, group) == group else _SHARED


def build_blocks(
    scope: Sequence[Value],
    ends: Collection[Value],
    detail: Detail,
    opened: Collection[Value] = (),
    max_shown: int = 6,
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


def group_layers(blocks: Sequence[Block]) -> Groups:
    """Return a group for each layer of which several boxes are drawn."""
    groups = Groups()
    layers: dict[tuple[int, str], list[Block]] = {}
    for block in blocks:
        if block.size > 1 and block.exit.op is not None:
            layers.setdefault((block.depth, block.stem), []).append(block)
    for layer in layers.values():
        if len(layer) > 1:
            number = groups.add(f"{layer[0].title} · {layer[0].size:,} {layer[0].noun}")
            groups.numbers.update((cell.exit, number) for block in layer for cell in block.cells)
    return groups


def group_neurons(scope: Sequence[Value], ends: Collection[Value]) -> Groups:
    """Return a group for each neuron, inside one for its layer if that has several; nothing for a single neuron."""
    groups = Groups()
    layers = [layer for layer in collect_layers(neuron_cells(scope, ends), ends) if layer.cells[0].is_neuron]
    if sum(len(layer.cells) for layer in layers) < 2:
        return groups
    for layer in layers:
        parent = groups.add(layer.title) if len(layer.cells) > 1 else None
        for i, cell in enumerate(layer.cells):
            groups.add_neuron(cell, groups.add(_neuron_title(cell, i), parent))
    return groups


def _neuron_title(cell: Cell, i: int) -> str:
    """Return the title of a neuron's frame, with layer and index if its label has them: "neuron 3.1 (tanh)"."""
    match = _NEURON.search(cell.exit.label)
    number = f"{match[1]}.{match[2]}" if match else name(cell.exit.label) or str(i + 1)
    function = cell.exit.op.name if cell.exit.op and cell.exit.op is not ops.DOT else ""
    return f"neuron {number}" + (f" ({function})" if function else "")


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
    """Return a layer as one block, or as a block for each cell, with the middle of a wide one as one block."""
    if is_folded:
        return [layer]
    count = len(layer.cells)
    first = last = count
    # A rest of one cell would save nothing.
    if count > max_shown + 1:
        first, last = max_shown - max_shown // 2, count - max_shown // 2
    shown = [Block((cell,), layer.depth, layer.stem, count) for cell in layer.cells[:first]]
    if first < last:
        shown.append(Block(layer.cells[first:last], layer.depth, layer.stem, count, is_rest=True))
    return shown + [Block((cell,), layer.depth, layer.stem, count) for cell in layer.cells[last:]]
