"""What goes into the picture of a graph.

Without `wrt` that is the whole graph.  With it, it is the slice between `wrt` and the output, lit, and beside it the
operands that come in from elsewhere, faded: one by one where they are few, else as one box that says how many they are.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from autograd.derivatives import forward, reverse, stored
from autograd.drawing import captions
from autograd.drawing.boxes import Box, Detail, is_parameter, layer_name
from autograd.drawing.cells import Cell
from autograd.drawing.groups import Groups
from autograd.drawing.outline import outline
from autograd.drawing.picture import Edge, Jacobian, Node, Picture, Role
from autograd.drawing.views import Opened, Stub, View, view
from autograd.graph import check_fresh
from autograd.symbolic.formula import definition
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import derivative, write
from autograd.symbolic.typesetting import name, number
from autograd.value import Value

Show = Literal["reverse", "forward", "values"]
"""What is on the nodes besides their values: ∂output/∂node, ∂node/∂wrt, or nothing."""
Constants = Literal["inline", "nodes"]
Marks = Mapping[tuple[Value, int | None], str]
"""What is wrong with the partial by operand number `slot` of a node, or with the value of a node (slot None)."""


def compose(
    output: Value,
    wrt: Value | None = None,
    *,
    show: Show = "reverse",
    constants: Constants = "inline",
    detail: Detail = "auto",
    opened: Opened = None,
    groups: bool = True,
    max_shown: int = 6,
    max_nodes: int = 300,
    marks: Marks | None = None,
) -> Picture:
    """The picture of the graph of `output`; see `autograd.draw` for the arguments.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = (a + b).named("c"), (b + 1).named("d")
    >>> picture = compose((c * d).named("e"), wrt=b)
    >>> [node.name for node in picture.nodes if node.lit], picture.caption
    (['b', 'c', 'd', 'e'], '∂e/∂b = 2·1 + 3·1 = 5')
    """
    if show == "forward" and wrt is None:
        raise ValueError('show="forward" is ∂node/∂wrt, so it needs wrt=')
    seen = view(output, wrt, constants == "inline", detail, opened, max_shown, max_nodes)
    # What is marked as wrong may disagree with its operands: that is what the picture shows.
    marked = {node for node, _ in marks or ()}
    check_fresh(node for node in seen.order if node not in marked)
    return _Composition(seen, show, groups, marks or {}).picture()


class _Composition:
    """A picture while it is composed."""

    def __init__(self, view: View, show: Show, groups: bool, marks: Marks) -> None:
        self.view, self.output, self.wrt, self.show = view, view.output, view.wrt, show
        self.marks, self.pending = marks, dict(marks)  # an edge that is drawn takes its mark, its target what is left
        self.place: dict[Value, int] = {}
        self.names = self._names()
        self.adjoints = reverse({self.output: 1.0}, stored, view.scope) if show != "values" else {}
        self.tangents: Mapping[Value, float] = {}
        if self.wrt is not None and show != "values":
            self.tangents = forward(view.scope, {self.wrt: 1.0}, stored)
        self.slopes = self.tangents if show == "forward" else self.adjoints
        self.groups = Groups(view, groups)

    def picture(self) -> Picture:
        nodes: list[Node] = []
        edges: list[Edge] = []
        for item in self.view.items:
            if isinstance(item, Stub):
                group = self.groups.of(item.user.exit)
                nodes.append(Node(item.name, "folded", value=item.value, count=len(item.slots), group=group))
            elif isinstance(item, Value):
                self.place[item] = len(nodes)
                nodes.append(self._aside(item))
            else:
                self.place.update((cell.exit, len(nodes)) for cell in item.cells)
                edges.extend(self._slots(item.cells[0]) if self.view.is_expanded(item) else self._folded(item))
                node = self._node(item) if len(item.cells) == 1 else self._layer(item)
                nodes.append(replace(node, mark=self._mark(item)))
        view, ends = self.view, None
        if self.wrt is not None:
            ends = self._name(self.wrt), self._name(self.output)
        marked = [part for part in self.marks if part not in self.pending]
        counts = [item.count for item, of in zip(nodes, self.view.items, strict=True) if not isinstance(of, Stub)]
        return Picture(
            tuple(nodes),
            tuple(edges),
            f"{self._name(self.output)} = {number(self.output.data)}{captions.wrong(slot for _, slot in marked)}",
            "" if self.wrt is None else captions.caption(self.output, self.wrt, self.names),
            captions.note(len(counts), counts, view.everything, ends, bool(marked)),
            None if self.wrt is None else self.place[self.wrt],
            self.groups.drawn,
            not view.by_operations,
        )

    def _slots(self, cell: Cell) -> Iterator[Edge]:
        """The edges to an open cell, one for each slot, and one for each box that stands in for several."""
        target, stubs = self.place[cell.exit], self.view.stubs[cell]
        stand_in = {slot: (target - len(stubs) + k, stub) for k, stub in enumerate(stubs) for slot in stub.slots}
        done = set()
        for slot, (x, partial) in enumerate(cell.inputs):
            if slot in stand_in:
                source, stub = stand_in[slot]
                if source not in done:
                    done.add(source)
                    yield Edge(source, target, slot, None if stub.value is None else 1.0)
            elif x in self.place:
                carried = self._carried(x, cell.exit)
                mark = self.pending.pop((cell.exit, slot), "") if len(cell.nodes) == 1 else ""
                yield Edge(self.place[x], target, slot, partial, carried, self.view.is_lit(x), mark=mark)

    def _folded(self, box: Box) -> Iterator[Edge]:
        """The edges to a box that is not open, one for each box that it is computed from."""
        passed: dict[int, list[tuple[Value, float]]] = {}
        for cell in box.cells:
            for x, partial in cell.partials(self.view.inside).items():
                passed.setdefault(self.place[x], []).append((x, partial))
        target = self.place[box.exit]
        for slot, source in enumerate(sorted(passed)):
            x, partial = passed[source][0]
            columns = self.view.columns(x)
            if len(box.cells) == columns == 1:
                yield Edge(source, target, slot, partial, self._carried(x, box.exit), self.wrt is not None)
            else:
                norm = math.sqrt(math.fsum(partial * partial for _, partial in passed[source]))
                jacobian = Jacobian(len(box.cells), columns, norm)
                yield Edge(source, target, slot, None, None, self.wrt is not None, jacobian)

    def _mark(self, box: Box) -> str:
        """What is wrong with the value of a box, and inside it: with what has no box or edge of its own."""
        if not self.pending:
            return ""
        own = self.pending.pop((box.exit, None), "") if len(box.cells) == 1 else ""
        parts = [(x, slot) for x in box.nodes if x is not self.wrt for slot in (None, *range(len(x.operands)))]
        inside = [f"inside: {self.pending.pop(part)}" for part in parts if part in self.pending]
        return "; ".join(filter(None, (own, *inside)))

    def _carried(self, source: Value, target: Value) -> float | None:
        if self.show == "values":
            return None
        return self.slopes.get(source if self.show == "forward" else target, 0.0)

    def _names(self) -> Names:
        """A name for everything that is written: what has a box, and what their definitions mention."""
        written: dict[Value, str] = {}
        single = [item for item in self.view.items if isinstance(item, Box) and len(item.cells) == 1]
        for item in self.view.items:
            if isinstance(item, Value):
                written[item] = ""
            elif isinstance(item, Box) and len(item.cells) == 1:
                written[item.exit] = ""
        mentioned = _Mentioned()
        for box in single:
            _definition(box.cells[0], mentioned)
        return Names([x for x in dict.fromkeys([*written, *mentioned]) if not x.constant], self.view.order)

    def _aside(self, node: Value) -> Node:
        """What comes in from elsewhere."""
        group = self.groups.of(node)
        if node.constant:
            return Node(number(node.data), "constant", value=node.data, group=group)
        mark = self.pending.pop((node, None), "")
        plain = Node(self._name(node), _role(node), value=node.data, group=group, mark=mark)
        if self.show != "forward" or self.wrt is None:
            return plain
        return replace(plain, slope=0.0, slope_name=derivative(self.names[node], self.names[self.wrt]))

    def _node(self, box: Box) -> Node:
        """A box that gives one number."""
        node, (cell,) = box.exit, box.cells
        if node.constant:
            return Node(number(node.data), "constant", value=node.data)
        role: Role = "output" if node is self.output else _role(node)
        text, lit, group = _definition(cell, self.names), self.wrt is not None, self.groups.of(node)
        plain = Node(self._name(node), role, text, node.data, lit=lit, count=len(cell.nodes), group=group)
        if self.show == "values":
            return plain
        above, below = (self.output, node) if self.show == "reverse" else (node, self.wrt or node)
        slope_name = derivative(self.names[above], self.names[below])
        return replace(plain, slope=self.slopes.get(node, 0.0), slope_name=slope_name)

    def _layer(self, box: Box) -> Node:
        """A box that stands for several, with the part of the derivative that passes through them."""
        count, name = len(box.cells), layer_name(box)
        text = f"⋮ {count:,} more {box.noun}" if box.is_rest else f"{name}: {count:,} {box.noun}"
        group = self.groups.of(box.exit)
        plain = Node(text, "folded" if box.is_rest else "layer", count=len(box.nodes), group=group)
        slopes = [self.adjoints.get(cell.exit, 0.0) for cell in box.cells]
        if self.show == "values":
            return replace(plain, lit=self.wrt is not None)
        if self.wrt is None:
            rate = derivative(self.names[self.output], "·")
            return replace(plain, slope=math.sqrt(math.fsum(x * x for x in slopes)), slope_name=f"‖{rate}‖")
        tangents = [self.tangents.get(cell.exit, 0.0) for cell in box.cells]
        share = math.fsum(map(operator.mul, slopes, tangents))
        rate = derivative(self.names[self.output], self.names[self.wrt])
        return replace(plain, slope=share, slope_name=f"{rate} along these", lit=True)

    def _name(self, node: Value) -> str:
        return number(node.data) if node.constant else name(self.names[node])


class _Mentioned(dict[Value, str]):
    """Names that are not known yet: keeps what was asked for."""

    def __missing__(self, node: Value) -> str:
        self[node] = "?"
        return "?"


def _definition(cell: Cell, names: Mapping[Value, str]) -> str:
    """What a box that gives one number is; empty for a leaf."""
    node = cell.exit
    if node.op is None:
        return ""
    return write(definition(node, names) if len(cell.nodes) == 1 else outline(cell, names))


def _role(node: Value) -> Role:
    if node.op is not None:
        return "operation"
    return "parameter" if is_parameter(node) else "input"
