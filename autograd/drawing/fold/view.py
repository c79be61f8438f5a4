"""The visible part of a graph: boxes, the operands beside them, and what is folded.

Without `wrt` the whole graph is visible.  With `wrt` the slice between `wrt` and the output is visible, and with it the
operands that enter from outside: one by one if they are few, else folded into a stub that counts them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograd import ops
from autograd.drawing.fold.cells import (
    MAX_SEPARATE_OPERANDS,
    Block,
    Cell,
    Detail,
    build_blocks,
    collect_layers,
    find_by_name,
    neuron_cells,
)
from autograd.drawing.picture import GraphTooLarge, Group
from autograd.graph import short, slice_to_explain
from autograd.symbolic.typesetting import name, visible
from autograd.value import Value, topological_order

# Nodes, or names of boxes and layers, to be drawn in more detail; None for the neuron that `wrt` enters.
Opened = Value | str | Iterable[Value | str] | None

# With more boxes, or with more side by side in a slice, a picture with detail="auto" is folded.
_MAX_READABLE_BOXES, _MAX_READABLE_BREADTH = 80, 9
# Labels of neurons in `nn`, with layer and index: a^2[1].
_NEURON = re.compile(r"\^(\w+)\[(\w+)")
# Names listed in an error message.
_MAX_LISTED_NAMES = 12


@dataclass(frozen=True, eq=False)
class Stub:
    """Several operands of an open cell that are drawn as one box.

    Attributes:
        user: the open cell.
        slots: the slots of the operands.
        name: the text of the box, with the number of operands.
        value: sum of the operands with their signs, None if the cell is not a sum.
    """

    user: Cell
    slots: tuple[int, ...]
    name: str
    value: float | None = None


@dataclass
class Groups:
    """Boxes to be framed together: the nodes of each neuron and the neurons of each layer.

    They follow from the structure of the graph, so networks without labels have them too.

    Attributes:
        drawn: the groups, each behind its parent.
        numbers: group number of each node in a group, None for a parameter of several groups.
    """

    drawn: list[Group] = field(default_factory=list)
    numbers: dict[Value, int | None] = field(default_factory=dict)

    def of(self, node: Value) -> int | None:
        """Return the group number of a node, None for no group."""
        return self.numbers.get(node)

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
                        self.numbers[x] = group if self.numbers.get(x, group) == group else None


@dataclass(frozen=True, eq=False)
class View:
    """The visible part of a graph.

    Attributes:
        output: output of the graph.
        wrt: node to differentiate with respect to, None for no derivative.
        order: all nodes of the graph in topological order.
        scope: nodes inside boxes: with `wrt` those between `wrt` and the output, else all.
        blocks: cells that are drawn as one box each.
        inline: True if constants are written into the text of their users.
        is_grouped: True if neurons and layers have frames.
    """

    output: Value
    wrt: Value | None
    order: list[Value]
    scope: list[Value]
    blocks: list[Block]
    inline: bool
    is_grouped: bool

    @cached_property
    def inside(self) -> set[Value]:
        """The scope as a set."""
        return set(self.scope)

    @property
    def ends(self) -> list[Value]:
        """The output, and `wrt` if there is one."""
        return [self.output] if self.wrt is None else [self.output, self.wrt]

    @cached_property
    def groups(self) -> Groups:
        """The frames: neurons in their layers if operations are visible, else layers."""
        if not self.is_grouped:
            return Groups()
        return _group_neurons(self.scope, self.ends) if self.shows_operations else _group_layers(self.blocks)

    @cached_property
    def stubs(self) -> dict[Cell, list[Stub]]:
        """The stubs of each open cell."""
        return {block.cells[0]: list(self._stubs(block.cells[0])) for block in self.blocks if self.is_expanded(block)}

    @cached_property
    def depths(self) -> dict[Block | Stub | Value, float]:
        """The depth of everything visible; an operand from outside is half a step below its user."""
        depths: dict[Block | Stub | Value, float] = {}
        for block in self.blocks:
            depths[block] = block.depth
            for x in (*self.stubs.get(block.cells[0], ()), *self._outside_operands(block)):
                depths.setdefault(x, block.depth - 0.5)
        return depths

    @cached_property
    def items(self) -> list[Block | Stub | Value]:
        """Everything visible in topological order, with the stubs of a cell directly before it."""
        # Operations stay in the order of recording; a folded box has to follow all boxes that it depends on.
        position = {node: i for i, node in enumerate(self.order)}
        keys = {
            item: (depth, position[item if isinstance(item, Value) else item.cells[0].exit])
            for item, depth in self.depths.items()
            if not isinstance(item, Stub)
        }
        items: list[Block | Stub | Value] = []
        for item in sorted(keys, key=lambda item: keys[item][1:] if self.shows_operations else keys[item]):
            items += [*self.stubs.get(item.cells[0], ()), item] if isinstance(item, Block) else [item]
        return items

    @property
    def is_readable(self) -> bool:
        """True if boxes are few enough, in a slice also side by side."""
        breadth = max(Counter(self.depths.values()).values())
        return len(self.depths) <= _MAX_READABLE_BOXES and (self.wrt is None or breadth <= _MAX_READABLE_BREADTH)

    @property
    def node_count(self) -> int:
        """The number of nodes in the whole graph, without inline constants."""
        return sum(not self.is_inline(node) for node in self.order)

    @cached_property
    def shows_operations(self) -> bool:
        """True if nothing but sums is folded."""
        return all(map(self.is_open, self.blocks))

    def is_inline(self, node: Value) -> bool:
        """Return True if a node is a constant in the text of its users."""
        return node.constant and self.inline and node is not self.output

    def is_open(self, block: Block) -> bool:
        """Return True if a block is a single operation or sum."""
        return len(block.cells) == 1 and block.cells[0].is_open

    def is_expanded(self, block: Block) -> bool:
        """Return True if a block is drawn with all its operands."""
        return self.is_open(block) and block.exit is not self.wrt

    def is_highlighted(self, node: Value) -> bool:
        """Return True if a node is on a path of the requested derivative."""
        return self.wrt is not None and node in self.inside

    def width(self, node: Value) -> int:
        """Return the number of cells in the block of which `node` is an exit."""
        return self._widths[node]

    @cached_property
    def _widths(self) -> dict[Value, int]:
        return {cell.exit: len(block.cells) for block in self.blocks for cell in block.cells}

    def _outside_operands(self, block: Block) -> list[Value]:
        """Return the operands of a block from outside the scope that have a box of their own."""
        if self.wrt is None or not self.is_expanded(block):
            return []
        (cell,) = block.cells
        folded = {slot for stub in self.stubs[cell] for slot in stub.slots}
        return [x for slot, (x, _) in enumerate(cell.inputs) if slot not in folded and self._is_outside(x)]

    def _is_outside(self, x: Value) -> bool:
        return x not in self.inside and not self.is_inline(x)

    def _stubs(self, cell: Cell) -> Iterator[Stub]:
        """Yield the operands of an open cell that are too many to be drawn one by one.

        The terms of a sum that are not on a path become one stub, with their sum as its value.  The outside factors of
        the terms on a path become another one.
        """
        if self.wrt is None:
            return
        inputs = cell.inputs
        aside: list[tuple[int, ...]] = []
        partners: list[int] = []
        for term in _slots_by_term(cell, len(inputs)):
            outside = tuple(slot for slot in term if self._is_outside(inputs[slot][0]))
            if any(inputs[slot][0] in self.inside for slot in term):
                partners.extend(outside)
            elif outside:
                aside.append(term)
        slots = tuple(slot for term in aside for slot in term)
        if len(slots) + len(partners) <= MAX_SEPARATE_OPERANDS:
            return
        if len(slots) > 1:
            is_sum = cell.exit.op in (ops.TOTAL, ops.DOT) or len(cell.nodes) > 1
            # The partials of a dot product are its factors; its terms have no signs.
            signs = [1.0] * len(inputs) if cell.exit.op is ops.DOT else [sign for _, sign in inputs]
            total = math.fsum(math.prod(inputs[slot][0].data for slot in term) * signs[term[0]] for term in aside)
            yield Stub(cell, slots, f"+{len(aside):,} {'terms' if is_sum else 'operands'}", total if is_sum else None)
        if len(partners) > MAX_SEPARATE_OPERANDS:
            yield Stub(cell, tuple(partners), f"{len(partners):,} factors")


def fold(
    output: Value,
    wrt: Value | None,
    *,
    inline: bool,
    detail: Detail,
    opened: Opened,
    groups: bool,
    max_shown: int,
    max_nodes: int,
) -> View:
    """Choose the visible part of the graph of `output`; see `autograd.draw` for the arguments.

    Raises:
        GraphTooLarge: there are more boxes than `max_nodes`.
        ValueError: there is no path from `wrt` to `output`, or a name in `opened` is not that of a box.
    """
    order = topological_order(output)
    if wrt is None:
        scope = [node for node in order if node is output or not (inline and node.constant)]
    else:
        scope = slice_to_explain(output, wrt, "path to highlight")
    ends = [output] if wrt is None else [output, wrt]
    levels: tuple[Detail, ...] = ("operations", "neurons", "layers") if detail == "auto" else (detail,)
    for level in levels:
        nodes = _nodes_to_open(scope, ends, level, opened, wrt, max_shown)
        blocks = build_blocks(scope, ends, level, nodes, max_shown)
        view = View(output, wrt, order, scope, blocks, inline, groups)
        # A large graph can be folded into neurons only if it has several.
        if level == "neurons" and detail == "auto" and sum(cell.is_neuron for b in blocks for cell in b.cells) < 2:
            break
        count = len(view.depths)
        is_first = level == "operations" and detail == "auto"
        if count <= max_nodes and (not is_first or view.is_readable):
            return view
        if is_first:
            unfolded = view
    if detail == "auto" and len(unfolded.depths) <= max_nodes:
        return unfolded
    raise GraphTooLarge(_too_large(count, max_nodes, output, wrt))


def _nodes_to_open(
    scope: list[Value], ends: list[Value], level: Detail, opened: Opened, wrt: Value | None, max_shown: int
) -> list[Value]:
    """Return the nodes whose boxes are to be drawn in more detail; names are checked even if nothing is folded."""
    if opened is None and level == "operations":
        return []
    blocks = build_blocks(scope, ends, "neurons" if level == "operations" else level, (), max_shown)
    if opened is None:
        users = {node for node in scope if wrt is not None and any(x is wrt for x in node.operands)}
        cells = [cell for block in blocks for cell in block.cells if not users.isdisjoint(cell.nodes)]
        return [cell.exit for cell in cells if len(cells) == 1 and cell.is_neuron]
    nodes: list[Value] = []
    inside = set(scope)
    requests: list[Value | str] = [opened] if isinstance(opened, (Value, str)) else [*opened]
    for request in requests:
        if isinstance(request, Value) and request in inside:
            nodes.append(request)
        elif isinstance(request, str) and find_by_name(blocks, request):
            nodes.extend(find_by_name(blocks, request))
        else:
            raise ValueError(_not_found(request, blocks, ends[0], wrt))
    return nodes


def _group_layers(blocks: Sequence[Block]) -> Groups:
    """Return a group for each layer of which several boxes are drawn."""
    groups = Groups()
    layers: dict[tuple[int, str], list[Block]] = {}
    for block in blocks:
        if block.size > 1 and block.exit.op is not None:
            layers.setdefault((block.depth, block.stem), []).append(block)
    for first, *others in layers.values():
        if others:
            number = groups.add(f"{first.title} · {first.size:,} {first.noun}")
            groups.numbers.update((cell.exit, number) for block in (first, *others) for cell in block.cells)
    return groups


def _group_neurons(scope: Sequence[Value], ends: Collection[Value]) -> Groups:
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


def _slots_by_term(cell: Cell, count: int) -> list[tuple[int, ...]]:
    """Return the slots of a cell's operands by term: pairs of factors for `dot`, else one slot each."""
    if cell.exit.op is not ops.DOT:
        return [(slot,) for slot in range(count)]
    half = count // 2
    return [(i, half + i) for i in range(half)] + [(slot,) for slot in range(2 * half, count)]


def _too_large(count: int, max_nodes: int, output: Value, wrt: Value | None) -> str:
    """Return the message for a picture with too many boxes."""
    remedy = "only the slice of one derivative with wrt=" if wrt is None else "the slice of a wrt nearer to the output"
    return (
        f"the picture of {short(output)} would have {count:,} boxes, more than max_nodes={max_nodes:,}; draw {remedy}, "
        'fold it with detail="neurons" or detail="layers", or pass a larger max_nodes'
    )


def _not_found(request: object, blocks: Sequence[Block], output: Value, wrt: Value | None) -> str:
    """Return the message for a box that cannot be opened, with the names of those that can."""
    titles = [
        block.title if block.size > 1 else name(block.exit.label) for block in blocks if block.exit.op is not None
    ]
    names = list(dict.fromkeys(filter(None, titles)))
    listed = ", ".join(names[:_MAX_LISTED_NAMES]) + (", …" if len(names) > _MAX_LISTED_NAMES else "")
    requested = repr(visible(request)) if isinstance(request, str) else f"{request!r:.60}"
    where = "of the graph" if wrt is None else f"between {short(wrt)} and {short(output)}"
    remedy = f"; use one of: {listed}" if listed else ""
    return f"open must be a node {where} or the name of a box, got {requested}{remedy}"
