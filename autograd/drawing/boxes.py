"""Which cells of a graph are drawn as one box: layers, and what is left out of the middle of a wide one.

Cells are alike that have the same operation or the same name but for its index, at the same distance from the inputs.
No path leads from one of them to another, so they can be drawn as one without making a circle.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from autograd.drawing.cells import Cell, neurons, operations
from autograd.symbolic.typesetting import name
from autograd.value import Value

_PARAMETER = re.compile(r"[wb]\^\w+\[")
"""Weights and biases, as `nn` names them."""
Detail = Literal["auto", "operations", "neurons", "layers"]
"""How much is folded; "auto" is as little as can be read."""


@dataclass(frozen=True, eq=False)
class Box:
    """Cells that are drawn as one box, mostly a single one.

    Attributes:
        cells: the cells, in topological order.
        depth: the length of the longest way to it.
        stem: what the names of cells like it begin with, or their operation; "" where it is like no other.
        size: how many cells there are that are like it.
        is_rest: whether it is what is left out of a wide layer.
    """

    cells: tuple[Cell, ...]
    depth: int
    stem: str = ""
    size: int = 1
    is_rest: bool = False

    @property
    def exit(self) -> Value:
        """What it gives, if that is one node."""
        return self.cells[-1].exit

    @property
    def nodes(self) -> list[Value]:
        """The nodes of the graph that it stands for."""
        return [node for cell in self.cells for node in cell.nodes]

    @property
    def noun(self) -> str:
        """What its cells are."""
        if self.exit.op is None:
            return "parameters" if all(is_parameter(cell.exit) for cell in self.cells) else "inputs"
        return "neurons" if all(cell.is_neuron for cell in self.cells) else "nodes"


def boxes(
    scope: Sequence[Value],
    ends: Collection[Value],
    detail: Detail,
    opened: Collection[Value] = (),
    max_shown: int = 6,
) -> list[Box]:
    """The boxes that nodes are drawn in, each behind those that it is computed from.

    Args:
        scope: nodes in topological order, with everything that uses one of them.
        ends: the output, and what to differentiate by.
        detail: how much is folded.
        opened: nodes whose cells and layers are drawn one level more detailed.
        max_shown: of a layer that is wider the middle is left out.
    """
    if detail == "operations":
        cells = operations(scope)
        return [Box((cell,), depth) for cell, depth in zip(cells, _depths(cells), strict=True)]
    opened = set(opened)
    folded = layers(neurons(scope, ends), ends)
    inside = {
        node
        for layer in folded
        for cell in layer.cells
        if (detail == "neurons" or layer.size == 1) and not opened.isdisjoint(cell.nodes)
        for node in cell.nodes
    }
    if inside:
        folded = layers(neurons(scope, ends, inside), ends)
    found = [
        box
        for layer in folded
        for box in _shown(layer, detail == "layers" and opened.isdisjoint(layer.nodes), max_shown)
    ]
    place = {node: i for i, node in enumerate(scope)}
    return sorted(found, key=lambda box: (box.depth, place[box.cells[0].exit]))


def layers(cells: Sequence[Cell], ends: Collection[Value]) -> list[Box]:
    """All the cells, each with those that are like it."""
    alike: dict[tuple[int, str, object], list[Cell]] = {}
    for cell, depth in zip(cells, _depths(cells), strict=True):
        alone = cell.is_open or cell.exit in ends
        alike.setdefault((depth, stem(cell.exit), cell if alone else cell.exit.op), []).append(cell)
    return [Box(tuple(same), depth, stem, len(same)) for (depth, stem, _), same in alike.items()]


def stem(node: Value) -> str:
    """What the name of a node begins with, without its index; its operation where it has none."""
    return node.label.partition("[")[0] if node.label else node.op.name if node.op else ""


def is_parameter(node: Value) -> bool:
    """Whether a leaf is a weight or a bias, by its name."""
    return node.op is None and _PARAMETER.match(node.label) is not None


def layer_name(box: Box) -> str:
    """What a layer is called: by its number, if its nodes are named so, else by its stem."""
    cell = box.cells[0]
    if cell.exit.label:
        _, raised, number = box.stem.partition("^")
        return f"layer {number}" if raised and cell.is_neuron else name(box.stem)
    return box.stem or "inputs"


def named(all_boxes: Iterable[Box], label: str) -> list[Value]:
    """The nodes of a box or a layer by its name, as it is written or as the label was given; none if there is none."""
    for box in all_boxes:
        for cell in box.cells:
            if label and label in (cell.exit.label, name(cell.exit.label)):
                return [cell.exit]
    return [box.exit for box in all_boxes if box.size > 1 and layer_name(box) == label][:1]


def _depths(cells: Sequence[Cell]) -> list[int]:
    """The length of the longest way to each cell."""
    home = {node: i for i, cell in enumerate(cells) for node in cell.nodes}
    depths: list[int] = []
    for i, cell in enumerate(cells):
        sources = {home[x] for node in cell.nodes for x in node.operands if x in home}
        depths.append(1 + max((depths[k] for k in sources if k != i), default=-1))
    return depths


def _shown(layer: Box, fold: bool, most: int) -> list[Box]:
    """A layer as one box, or as its cells, without the middle ones if they are too many."""
    count = len(layer.cells)
    if fold:
        return [layer]
    first = most - most // 2 if count > most + 1 else count
    last = count - most // 2 if count > most + 1 else count
    shown = [Box((cell,), layer.depth, layer.stem, count) for cell in layer.cells[:first]]
    if first < last:
        shown.append(Box(layer.cells[first:last], layer.depth, layer.stem, count, is_rest=True))
    return shown + [Box((cell,), layer.depth, layer.stem, count) for cell in layer.cells[last:]]
