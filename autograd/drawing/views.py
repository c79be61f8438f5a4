"""What is drawn of a graph, and as how many boxes: boxes, operands that come in from elsewhere, and what is folded.

Without `wrt` the whole graph is drawn.  With it, it is the slice between `wrt` and the output, and beside it what comes
in from elsewhere: one by one where there are few, else as a stub that says how many they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from autograd import ops
from autograd.drawing import captions
from autograd.drawing.boxes import Box, Detail, boxes, named
from autograd.drawing.cells import FEW, Cell
from autograd.drawing.picture import GraphTooLarge
from autograd.graph import slice_to_explain
from autograd.value import Value, topological_order

Opened = Value | str | Iterable[Value | str] | None
"""What is to be drawn in more detail: nodes, or names of boxes and layers; None for the box that `wrt` goes into."""

_READABLE, _BROADEST = 80, 9
"""With more boxes than this, or with so many side by side in a slice, neurons are folded."""


@dataclass(frozen=True, eq=False)
class Stub:
    """Several operands of one box that are drawn as one."""

    user: Cell
    slots: tuple[int, ...]
    name: str
    value: float | None = None


@dataclass(frozen=True, eq=False)
class View:
    """What is drawn.

    Attributes:
        output: the output.
        wrt: what to differentiate by, None for nothing.
        order: the whole graph in topological order.
        scope: the nodes that boxes stand for: without `wrt` all, with it those between it and the output.
        boxes: the boxes.
        inline: whether numbers stand in the text of what uses them.
    """

    output: Value
    wrt: Value | None
    order: list[Value]
    scope: list[Value]
    boxes: list[Box]
    inline: bool

    @cached_property
    def inside(self) -> set[Value]:
        """The nodes that boxes stand for, to look them up."""
        return set(self.scope)

    @cached_property
    def stubs(self) -> dict[Cell, list[Stub]]:
        """What is folded beside each open cell."""
        return {box.cells[0]: list(self._folded(box.cells[0])) for box in self.boxes if self.is_expanded(box)}

    @cached_property
    def depths(self) -> dict[Box | Stub | Value, float]:
        """How far up everything that is drawn is; what comes in from elsewhere is half a step below its user."""
        found: dict[Box | Stub | Value, float] = {}
        for box in self.boxes:
            found[box] = box.depth
            for x in (*self.stubs.get(box.cells[0], ()), *self._coming_in(box)):
                found.setdefault(x, box.depth - 0.5)
        return found

    @cached_property
    def items(self) -> list[Box | Stub | Value]:
        """Everything that is drawn, operands first, and what is folded directly before what uses it."""
        place = {node: i for i, node in enumerate(self.order)}
        keys = {
            item: (0 if self.by_operations else depth, place[item if isinstance(item, Value) else item.cells[0].exit])
            for item, depth in self.depths.items()
            if not isinstance(item, Stub)
        }
        drawn: list[Box | Stub | Value] = []
        for item in sorted(keys, key=keys.__getitem__):
            drawn += [*self.stubs.get(item.cells[0], ()), item] if isinstance(item, Box) else [item]
        return drawn

    @property
    def is_readable(self) -> bool:
        """Whether there are few enough boxes; in a slice also side by side."""
        broadest = max(Counter(self.depths.values()).values())
        return len(self.depths) <= _READABLE and (self.wrt is None or broadest <= _BROADEST)

    @property
    def everything(self) -> int:
        """How many nodes the graph has, numbers in the text of others apart."""
        return sum(not self.is_inline(node) for node in self.order)

    @cached_property
    def by_operations(self) -> bool:
        """Whether nothing is folded but sums of sums."""
        return all(map(self.is_open, self.boxes))

    def is_inline(self, node: Value) -> bool:
        """Whether the node is a number inside the text of its consumers."""
        return node.constant and self.inline and node is not self.output

    def is_open(self, box: Box) -> bool:
        """Whether the box is one operation, or one sum."""
        return len(box.cells) == 1 and box.cells[0].is_open

    def is_expanded(self, box: Box) -> bool:
        """Whether the box is drawn with all its operands."""
        return self.is_open(box) and box.exit is not self.wrt

    def is_lit(self, node: Value) -> bool:
        """Whether a node is on a path of the derivative that was asked for."""
        return self.wrt is not None and node in self.inside

    def columns(self, node: Value) -> int:
        """How many numbers the box gives that a node is the exit of."""
        return self._columns[node]

    @cached_property
    def _columns(self) -> dict[Value, int]:
        return {cell.exit: len(box.cells) for box in self.boxes for cell in box.cells}

    def _coming_in(self, box: Box) -> list[Value]:
        """The operands from elsewhere that have a box of their own."""
        if self.wrt is None or not self.is_expanded(box):
            return []
        (cell,) = box.cells
        folded = {slot for stub in self.stubs[cell] for slot in stub.slots}
        return [x for slot, (x, _) in enumerate(cell.inputs) if slot not in folded and self._comes_in(x)]

    def _comes_in(self, x: Value) -> bool:
        return x not in self.inside and not self.is_inline(x)

    def _folded(self, cell: Cell) -> Iterator[Stub]:
        """The operands of a box on the path that are too many to be drawn one by one.

        A sum keeps the terms that are on the path; the others become one box, which has a value: their sum.
        """
        if self.wrt is None:
            return
        inputs = cell.inputs
        aside: list[tuple[int, ...]] = []
        partners: list[int] = []
        for term in _terms(cell, len(inputs)):
            off_path = tuple(slot for slot in term if self._comes_in(inputs[slot][0]))
            if any(inputs[slot][0] in self.inside for slot in term):
                partners.extend(off_path)
            elif off_path:
                aside.append(term)
        slots = tuple(slot for term in aside for slot in term)
        if len(slots) + len(partners) <= FEW:
            return
        if len(slots) > 1:
            is_sum = cell.exit.op in (ops.TOTAL, ops.DOT) or len(cell.nodes) > 1
            signs = (1.0,) * len(inputs) if cell.exit.op is ops.DOT else tuple(sign for _, sign in inputs)
            total = math.fsum(math.prod(inputs[slot][0].data for slot in term) * signs[term[0]] for term in aside)
            yield Stub(cell, slots, f"+{len(aside):,} {'terms' if is_sum else 'operands'}", total if is_sum else None)
        if len(partners) > FEW:
            yield Stub(cell, tuple(partners), f"{len(partners):,} factors")


def view(
    output: Value,
    wrt: Value | None,
    inline: bool = True,
    detail: Detail = "auto",
    opened: Opened = None,
    max_shown: int = 6,
    max_nodes: int = 300,
) -> View:
    """What to draw of the graph of `output`; see `autograd.draw` for the arguments.

    Raises:
        GraphTooLarge: there would be more boxes than `max_nodes`.
        ValueError: there is no path from `wrt`, or nothing of a name that is to be opened.
    """
    order = topological_order(output)
    if wrt is None:
        scope = [node for node in order if node is output or not (inline and node.constant)]
    else:
        scope = slice_to_explain(output, wrt, "path to light")
    ends = [output] if wrt is None else [output, wrt]
    count = 0
    for level in ("operations", "neurons", "layers") if detail == "auto" else (detail,):
        nodes = _opened(scope, ends, level, opened, wrt, max_shown)
        seen = View(output, wrt, order, scope, boxes(scope, ends, level, nodes, max_shown), inline)
        if level == "neurons" and detail == "auto" and sum(c.is_neuron for b in seen.boxes for c in b.cells) < 2:
            break
        count = len(seen.depths)
        whole = level == "operations" and detail == "auto"
        if count <= max_nodes and (not whole or seen.is_readable):
            return seen
        if whole:
            largest = seen
    if detail == "auto" and len(largest.depths) <= max_nodes:
        return largest
    raise GraphTooLarge(captions.too_large(count, max_nodes, output, wrt))


def _opened(
    scope: list[Value], ends: list[Value], level: Detail, opened: Opened, wrt: Value | None, max_shown: int
) -> list[Value]:
    """The nodes whose boxes are to be drawn in more detail; names are also checked where nothing is folded."""
    if opened is None and level == "operations":
        return []
    folded = boxes(scope, ends, "neurons" if level == "operations" else level, (), max_shown)
    if opened is None:
        users = {node for node in scope if wrt is not None and any(x is wrt for x in node.operands)}
        cells = [cell for box in folded for cell in box.cells if not users.isdisjoint(cell.nodes)]
        return [cell.exit for cell in cells if len(cells) == 1 and cell.is_neuron]
    found: list[Value] = []
    inside = set(scope)
    wanted: list[Value | str] = [opened] if isinstance(opened, (Value, str)) else [*opened]
    for one in wanted:
        if isinstance(one, Value) and one in inside:
            found.append(one)
        elif isinstance(one, str) and named(folded, one):
            found.extend(named(folded, one))
        else:
            raise ValueError(captions.nothing_to_open(one, folded, ends[0], wrt))
    return found


def _terms(cell: Cell, count: int) -> list[tuple[int, ...]]:
    """The slots of a cell's operands by the terms of a sum: pairs for `dot`, else one by one."""
    if cell.exit.op is not ops.DOT:
        return [(slot,) for slot in range(count)]
    half = count // 2
    return [(i, half + i) for i in range(half)] + [(slot,) for slot in range(2 * half, count)]
