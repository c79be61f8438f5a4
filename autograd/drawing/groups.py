"""Which boxes of a picture belong together: the nodes of a neuron, and the neurons of a layer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograd import ops
from autograd.drawing.boxes import Box, layer_name, layers
from autograd.drawing.cells import Cell, neurons
from autograd.drawing.picture import Group
from autograd.drawing.views import View
from autograd.symbolic.typesetting import name
from autograd.value import Value

_SHARED = -1
_PLACE = re.compile(r"\^(\w+)\[(\w+)")


class Groups:
    """The groups of a picture: neurons in layers where operations are drawn, else layers of boxes.

    They are found by how the graph hangs together, so hand-written networks have them too; where labels say the place
    of a neuron, as those of `nn` do, they name it.

    Attributes:
        drawn: the groups, each behind the one that it lies in.
    """

    def __init__(self, view: View, wanted: bool = True) -> None:
        self.drawn: tuple[Group, ...] = ()
        self._of: dict[Value, int] = {}
        if wanted and view.by_operations:
            self._add_neurons(view)
        elif wanted:
            self._add_layers(view.boxes)

    def of(self, node: Value) -> int | None:
        """The number of the group that a node is in."""
        group = self._of.get(node, _SHARED)
        return None if group == _SHARED else group

    def _add(self, title: str, parent: int | None = None) -> int:
        self.drawn = (*self.drawn, Group(title, parent))
        return len(self.drawn) - 1

    def _add_layers(self, boxes: Sequence[Box]) -> None:
        """A group for each layer that is drawn by its neurons."""
        layer: dict[tuple[int, str], list[Box]] = {}
        for box in boxes:
            if box.size > 1 and box.exit.op is not None:
                layer.setdefault((box.depth, box.stem), []).append(box)
        for same in layer.values():
            if len(same) > 1:
                group = self._add(f"{layer_name(same[0])} · {same[0].size:,} {same[0].noun}")
                self._of.update((cell.exit, group) for box in same for cell in box.cells)

    def _add_neurons(self, view: View) -> None:
        """A group for each neuron, in one for its layer where it has others beside it; none for a single neuron."""
        ends = [view.output] if view.wrt is None else [view.output, view.wrt]
        found = [layer for layer in layers(neurons(view.scope, ends), ends) if layer.cells[0].is_neuron]
        if sum(len(layer.cells) for layer in found) < 2:
            return
        for layer in found:
            parent = self._add(f"{layer_name(layer)}") if len(layer.cells) > 1 else None
            for i, cell in enumerate(layer.cells):
                self._add_members(cell, self._add(_neuron_name(cell, i), parent))

    def _add_members(self, cell: Cell, group: int) -> None:
        for node in cell.nodes:
            self._of[node] = group
            if node.op is ops.DOT:
                weights = node.operands[: len(node.operands) // 2]
                bias = node.operands[2 * len(weights) :]
                for x in (*weights, *bias):
                    if x.op is None:
                        self._of[x] = group if self._of.get(x, group) == group else _SHARED


def _neuron_name(cell: Cell, i: int) -> str:
    """A neuron by its place, if its name says it: ``neuron 3.1``."""
    place = _PLACE.search(cell.exit.label)
    where = f"{place[1]}.{place[2]}" if place else name(cell.exit.label) or str(i + 1)
    function = cell.exit.op.name if cell.exit.op and cell.exit.op is not ops.DOT else ""
    return f"neuron {where}" + (f" ({function})" if function else "")
