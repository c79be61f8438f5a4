"""Composition of a picture: names, numbers, derivatives and captions for the visible part of a graph."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from autograd import ops
from autograd.derivatives import forward, reverse, stored
from autograd.drawing.fold import Block, Cell, Detail, Opened, Stub, View, fold, is_parameter
from autograd.drawing.fold.cells import ADDITIVE, flatten
from autograd.drawing.picture import CROSS, Edge, Jacobian, Node, Picture, Role
from autograd.graph import Paths, check_fresh
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula, atom, definition
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import derivative, more, plus, write
from autograd.symbolic.typesetting import name, number
from autograd.value import Value

# Derivative on each node: ∂output/∂node, ∂node/∂wrt, the `grad` of the node, or none.
Show = Literal["reverse", "forward", "grad", "values"]
Constants = Literal["inline", "nodes"]
# Remarks on wrong partials, by node and operand slot, and on wrong values, by node and None.
Marks = Mapping[tuple[Value, int | None], str]

# A caption is the sum over the paths if these are few and the text is short.
_MAX_PATHS_IN_CAPTION, _MAX_CAPTION_LENGTH = 6, 120
# Beyond this number paths are "many": the exact number has no meaning for a reader.
_MAX_COUNTED_PATHS = 10**15
# The largest terms of longer sums. They are searched for in slices of at most this many nodes, a tenth of a second.
_MAX_TERMS_IN_CAPTION, _MAX_NODES_SORTED = 3, 5_000
# Formula of a folded cell: operations nested deeper, and the middle terms of longer sums, are ellipses.
_MAX_FORMULA_DEPTH, _MAX_FORMULA_TERMS = 4, 5


def compose(
    output: Value,
    wrt: Value | None,
    *,
    show: Show,
    constants: Constants,
    detail: Detail,
    opened: Opened,
    groups: bool,
    max_shown: int,
    max_nodes: int,
    marks: Marks | None,
) -> Picture:
    """Compose the picture of the graph of `output`; see `autograd.draw` for the arguments.

    >>> from autograd.drawing import draw
    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = (a + b).named("c"), (b + 1).named("d")
    >>> picture = draw((c * d).named("e"), wrt=b).picture
    >>> [node.name for node in picture.nodes if node.lit], picture.caption
    (['b', 'c', 'd', 'e'], '∂e/∂b = 2·1 + 3·1 = 5')
    """
    if show == "forward" and wrt is None:
        raise ValueError('wrt must be a Value for show="forward", got None; pass wrt=, or show="reverse"')
    view = fold(
        output,
        wrt,
        inline=constants == "inline",
        detail=detail,
        opened=opened,
        groups=groups,
        max_shown=max_shown,
        max_nodes=max_nodes,
    )
    # A node with a mark may disagree with its operands: that is what the picture shows.
    marked = {node for node, _ in marks or ()}
    check_fresh(node for node in view.order if node not in marked)
    return _Composer(view, show, marks or {}).picture()


class _Composer:
    """Picture under construction."""

    def __init__(self, view: View, show: Show, marks: Marks) -> None:
        self.view, self.output, self.wrt, self.show = view, view.output, view.wrt, show
        # A drawn edge takes the mark of its partial; the box takes the marks that are left for its nodes.
        self.marks, self.pending = marks, dict(marks)
        # Number of the box of each visible node.
        self.position: dict[Value, int] = {}
        self.names = self._name_nodes()
        self.adjoints = reverse({self.output: 1.0}, stored, view.scope) if show != "values" else {}
        self.tangents: Mapping[Value, float] = {}
        if self.wrt is not None and show != "values":
            self.tangents = forward(view.scope, {self.wrt: 1.0}, stored)
        self.slopes = self._slopes()

    def _slopes(self) -> Mapping[Value, float]:
        """Return the derivative that each node shows."""
        if self.show == "grad":
            return {node: node.grad for node in self.view.order}
        return self.tangents if self.show == "forward" else self.adjoints

    def picture(self) -> Picture:
        """Return the picture."""
        nodes: list[Node] = []
        edges: list[Edge] = []
        counts: list[int] = []
        for item in self.view.items:
            if isinstance(item, Stub):
                group = self.view.groups.of(item.user.exit)
                nodes.append(Node(item.name, "folded", value=item.value, count=len(item.slots), group=group))
                continue
            if isinstance(item, Value):
                self.position[item] = len(nodes)
                node = self._outside_node(item)
            else:
                self.position.update((cell.exit, len(nodes)) for cell in item.cells)
                is_expanded = self.view.is_expanded(item)
                edges.extend(self._edges_by_slot(item.cells[0]) if is_expanded else self._edges_by_box(item))
                node = self._node(item) if len(item.cells) == 1 else self._layer(item)
                node = replace(node, mark=self._take_marks(item))
            nodes.append(node)
            counts.append(node.count)
        ends = None if self.wrt is None else (self._name(self.wrt), self._name(self.output))
        marked = [part for part in self.marks if part not in self.pending]
        return Picture(
            tuple(nodes),
            tuple(edges),
            f"{self._name(self.output)} = {number(self.output.data)}{count_marks(slot for _, slot in marked)}",
            "" if self.wrt is None else caption(self.output, self.wrt, self.names),
            note(len(counts), sum(counts), self.view.node_count, ends, bool(marked)),
            None if self.wrt is None else self.position[self.wrt],
            tuple(self.view.groups.drawn),
            not self.view.shows_operations,
        )

    def _edges_by_slot(self, cell: Cell) -> Iterator[Edge]:
        """Yield the edges to an open cell: one for each slot, and one for each stub."""
        target, stubs = self.position[cell.exit], self.view.stubs[cell]
        # The stubs of a cell are directly before it.
        stub_of_slot = {slot: (target - len(stubs) + k, stub) for k, stub in enumerate(stubs) for slot in stub.slots}
        drawn = set()
        for slot, (x, partial) in enumerate(cell.inputs):
            if slot in stub_of_slot:
                source, stub = stub_of_slot[slot]
                if source not in drawn:
                    drawn.add(source)
                    yield Edge(source, target, slot, None if stub.value is None else 1.0)
            elif x in self.position:
                carried = self._carried(x, cell.exit)
                mark = self.pending.pop((cell.exit, slot), "") if len(cell.nodes) == 1 else ""
                yield Edge(self.position[x], target, slot, partial, carried, self.view.is_highlighted(x), mark=mark)

    def _edges_by_box(self, block: Block) -> Iterator[Edge]:
        """Yield the edges to a folded box: one for each box with operands of it."""
        partials: dict[int, list[tuple[Value, float]]] = {}
        for cell in block.cells:
            for x, partial in cell.partials(self.view.inside).items():
                partials.setdefault(self.position[x], []).append((x, partial))
        target = self.position[block.exit]
        for slot, source in enumerate(sorted(partials)):
            x, partial = partials[source][0]
            columns = self.view.width(x)
            if len(block.cells) == columns == 1:
                yield Edge(source, target, slot, partial, self._carried(x, block.exit), self.wrt is not None)
            else:
                norm = math.sqrt(math.fsum(partial * partial for _, partial in partials[source]))
                jacobian = Jacobian(len(block.cells), columns, norm)
                yield Edge(source, target, slot, None, None, self.wrt is not None, jacobian)

    def _take_marks(self, block: Block) -> str:
        """Return the marks of a box: on its value, and on values and partials folded into it."""
        if not self.pending:
            return ""
        own = self.pending.pop((block.exit, None), "") if len(block.cells) == 1 else ""
        parts = [(x, slot) for x in block.nodes if x is not self.wrt for slot in (None, *range(len(x.operands)))]
        inside = [f"inside: {self.pending.pop(part)}" for part in parts if part in self.pending]
        return "; ".join(filter(None, (own, *inside)))

    def _carried(self, source: Value, target: Value) -> float | None:
        """Return the derivative that a sweep multiplies by the partial on an edge."""
        if self.show == "values":
            return None
        return self.slopes.get(source if self.show == "forward" else target, 0.0)

    def _name_nodes(self) -> Names:
        """Return a name for each node with a box, and for each node in the text of a box."""
        boxed: dict[Value, str] = {}
        single: list[Block] = []
        for item in self.view.items:
            if isinstance(item, Value):
                boxed[item] = ""
            elif isinstance(item, Block) and len(item.cells) == 1:
                boxed[item.exit] = ""
                single.append(item)
        mentioned = _MentionedNames()
        for block in single:
            _define(block.cells[0], mentioned)
        return Names([x for x in dict.fromkeys([*boxed, *mentioned]) if not x.constant], self.view.order)

    def _outside_node(self, node: Value) -> Node:
        """Return the box of an operand from outside the slice."""
        group = self.view.groups.of(node)
        if node.constant:
            return Node(number(node.data), "constant", value=node.data, group=group)
        mark = self.pending.pop((node, None), "")
        plain = Node(self._name(node), _role(node), value=node.data, group=group, mark=mark)
        if self.show == "grad":
            return replace(plain, slope=node.grad, slope_name="grad")
        if self.show != "forward" or self.wrt is None:
            return plain
        return replace(plain, slope=0.0, slope_name=derivative(self.names[node], self.names[self.wrt]))

    def _node(self, block: Block) -> Node:
        """Return the box of a single cell."""
        node, (cell,) = block.exit, block.cells
        if node.constant:
            return Node(number(node.data), "constant", value=node.data)
        role: Role = "output" if node is self.output else _role(node)
        text, lit, group = _define(cell, self.names), self.wrt is not None, self.view.groups.of(node)
        plain = Node(self._name(node), role, text, node.data, lit=lit, count=len(cell.nodes), group=group)
        if self.show == "values":
            return plain
        if self.show == "grad":
            slope_name = "grad"
        else:
            of, wrt = (self.output, node) if self.show == "reverse" else (node, self.wrt or node)
            slope_name = derivative(self.names[of], self.names[wrt])
        return replace(plain, slope=self.slopes.get(node, 0.0), slope_name=slope_name)

    def _layer(self, block: Block) -> Node:
        """Return the box of several cells, with the share of the derivative along the paths through them."""
        count = len(block.cells)
        text = f"⋮ {count:,} more {block.noun}" if block.is_rest else f"{block.title}: {count:,} {block.noun}"
        role: Role = "folded" if block.is_rest else "layer"
        plain = Node(text, role, count=len(block.nodes), group=self.view.groups.of(block.exit))
        if self.show == "values":
            return replace(plain, lit=self.wrt is not None)
        if self.show == "grad":
            norm = math.hypot(*(cell.exit.grad for cell in block.cells))
            return replace(plain, slope=norm, slope_name="‖grad‖", lit=self.wrt is not None)
        adjoints = [self.adjoints.get(cell.exit, 0.0) for cell in block.cells]
        if self.wrt is None:
            norm = math.sqrt(math.fsum(x * x for x in adjoints))
            return replace(plain, slope=norm, slope_name=f"‖{derivative(self.names[self.output], '·')}‖")
        tangents = [self.tangents.get(cell.exit, 0.0) for cell in block.cells]
        share = math.fsum(map(operator.mul, adjoints, tangents))
        rate = derivative(self.names[self.output], self.names[self.wrt])
        return replace(plain, slope=share, slope_name=f"{rate} along these", lit=True)

    def _name(self, node: Value) -> str:
        return number(node.data) if node.constant else name(self.names[node])


def caption(output: Value, wrt: Value, names: Mapping[Value, str]) -> str:
    """Return the derivative as the sum over paths of products of partials, or in words if that is long."""
    paths = Paths(output, wrt)
    rate = derivative(names[output], names[wrt])
    total, count = number(paths.total), paths.count
    if count <= _MAX_PATHS_IN_CAPTION:
        written = " + ".join(_term(path.partials[::-1], i == 0) for i, path in enumerate(paths))
        if len(written) <= _MAX_CAPTION_LENGTH:
            return f"{rate} = {written}" + (f" = {total}" if written != total else "")
    if count == 1:
        return f"{rate} = {total}, the product along its path"
    counted = f"{count:,}" if count < _MAX_COUNTED_PATHS else "many"
    return f"{rate} = {total}, the sum of the products along {counted} paths{_largest(paths)}"


def _largest(paths: Paths) -> str:
    """Return the largest terms of a sum over paths, and the sum of the others; "" where that takes long."""
    if paths.count <= _MAX_TERMS_IN_CAPTION or paths.node_count > _MAX_NODES_SORTED or not math.isfinite(paths.total):
        return ""
    terms = [path.product for path in paths.largest(_MAX_TERMS_IN_CAPTION)]
    rest = paths.total - math.fsum(terms)
    count = paths.count - len(terms)
    others = more(count, rest) if paths.count < _MAX_COUNTED_PATHS else f"(the others: {number(rest)})"
    return f": {plus([*map(number, terms), others])}"


def note(boxes: int, shown: int, total: int, ends: tuple[str, str] | None, has_marks: bool) -> str:
    """Return the counts of boxes and nodes, unless each node has a box, and the legend of marks.

    Args:
        boxes: number of boxes.
        shown: number of nodes in them.
        total: number of nodes in the graph.
        ends: names of the two ends of a slice, None for the whole graph.
        has_marks: True if something is marked as wrong.
    """
    legend = f"{CROSS} marks what is wrong" if has_marks else ""
    if shown == boxes == total:
        return legend
    folded = f"{boxes:,} boxes for {shown:,}" if shown > boxes else f"{boxes:,}"
    scope = "" if ends is None else f": those between {ends[0]} and {ends[1]}, and what meets them"
    amount = f"{folded} of {total:,} nodes{scope}" if shown < total else f"{folded} nodes"
    return "; ".join(filter(None, (amount, legend)))


def count_marks(slots: Iterable[int | None]) -> str:
    """Return the number of wrong values and edges in words, from the slot of each edge or None for a value.

    >>> count_marks([0, None, 1])
    ', 1 wrong value, 2 wrong edges'
    """
    is_value = [slot is None for slot in slots]
    counts = (("value", is_value.count(True)), ("edge", is_value.count(False)))
    return "".join(f", {n:,} wrong {noun}{'s' if n > 1 else ''}" for noun, n in counts if n)


def _term(factors: Sequence[float], is_first: bool) -> str:
    """Return a product as a term of a sum, with negative factors in parentheses, except the very first one."""
    texts = [number(x) for x in factors] or ["1"]
    return "·".join(
        f"({text})" if text.startswith("−") and not (is_first and i == 0) else text for i, text in enumerate(texts)
    )


class _MentionedNames(dict[Value, str]):
    """Placeholder names that remember the nodes for which they were used."""

    def __missing__(self, node: Value) -> str:
        self[node] = "?"
        return "?"


def _define(cell: Cell, names: Mapping[Value, str]) -> str:
    """Return the formula of a cell as text, "" for a leaf."""
    node = cell.exit
    if node.op is None:
        return ""
    return write(definition(node, names) if len(cell.nodes) == 1 else _CellFormula(cell, names).formula())


def _role(node: Value) -> Role:
    if node.op is not None:
        return "operation"
    return "parameter" if is_parameter(node) else "input"


class _CellFormula:
    """Formula of a cell of several nodes on the names of its operands, with ellipses if it is long."""

    def __init__(self, cell: Cell, names: Mapping[Value, str]) -> None:
        self.exit, self.names = cell.exit, names
        self.inner = set(cell.nodes[:-1])
        self.sums = {node for node in self.inner if node.op in ADDITIVE and not node.label}

    def formula(self) -> Formula:
        """Return the formula."""
        return self._formula(self.exit, _MAX_FORMULA_DEPTH)

    def _formula(self, node: Value, depth: int) -> Formula:
        if node is not self.exit and (node not in self.inner or node.op is None or node.label):
            return atom(node, self.names)
        if depth == 0:
            return formulas.symbol("…", node.data)
        assert node.op is not None
        if node.op not in ADDITIVE:
            return formulas.result(node.op, [self._formula(x, depth - 1) for x in node.operands], node.data)
        terms = flatten(node, self.sums)
        # A long sum is printed as its first two terms, an ellipsis and its last term: the others need no formula.
        omitted = range(2, len(terms) - 1) if len(terms) > _MAX_FORMULA_TERMS else range(0)
        written = [
            formulas.literal(math.nan) if i in omitted else self._signed(x, sign, depth - 1)
            for i, (x, sign) in enumerate(terms)
        ]
        if len(terms) == 2 and node.op is not ops.TOTAL:
            return formulas.result(node.op, [self._formula(x, depth - 1) for x, _ in terms], node.data)
        return formulas.result(ops.TOTAL, written, node.data)

    def _signed(self, node: Value, sign: float, depth: int) -> Formula:
        formula = self._formula(node, depth)
        return formulas.result(ops.neg, [formula], -node.data) if sign < 0 else formula
