"""What goes into the picture of a graph.

Without `wrt` that is the whole graph.  With it, it is the slice between `wrt` and the output, lit, and beside it the
operands that come in from elsewhere, faded: one by one where they are few, else as one box that says how many they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from autograd import ops
from autograd.derivatives import forward, reverse, stored
from autograd.drawing.picture import CROSS, Edge, Node, Picture, Role
from autograd.engine import Value, topological_order
from autograd.graph import between, paths
from autograd.notation import Names, definition, derivative, write
from autograd.writing import name, number

Show = Literal["reverse", "forward", "values"]
"""What is on the nodes besides their values: ∂output/∂node, ∂node/∂wrt, or nothing."""
Constants = Literal["inline", "nodes"]
Marks = Mapping[tuple[Value, int | None], str]
"""What is wrong with the partial by operand number `slot` of a node, or with the value of a node (slot None)."""

_FEW = 3
"""So many operands from elsewhere are drawn one by one; more are folded."""
_FEW_PATHS, _SHORT = 6, 120
"""A sum over more paths, or of more characters, is not written out."""


def compose(
    output: Value,
    wrt: Value | None = None,
    *,
    show: Show = "reverse",
    constants: Constants = "inline",
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
    return _Composition(output, wrt, show, constants, max_nodes, marks or {}).picture()


@dataclass(frozen=True)
class _Fold:
    """Several operands of one node that are drawn as one box."""

    slots: tuple[int, ...]
    name: str
    value: float | None = None


class _Composition:
    """A picture while it is composed."""

    def __init__(
        self, output: Value, wrt: Value | None, show: Show, constants: Constants, max_nodes: int, marks: Marks
    ) -> None:
        self.output, self.wrt, self.show, self.constants, self.marks = output, wrt, show, constants, marks
        self.order = topological_order(output)
        self.on_path = set() if wrt is None else set(_slice(output, wrt))
        self.folds = {node: list(self._folded(node)) for node in self.order if node in self.on_path}
        self.drawn = self._drawn()
        count = len(self.drawn) + sum(map(len, self.folds.values()))
        if count > max_nodes:
            raise ValueError(_too_large(count, max_nodes, output, wrt))
        mentioned = [*self.drawn, *(x for node in self.drawn for x in node.operands)]
        self.names = Names(dict.fromkeys(node for node in mentioned if not node.constant), topological_order(output))
        self.slopes = self._slopes()

    def picture(self) -> Picture:
        nodes: list[Node] = []
        edges: list[Edge] = []
        place: dict[Value, int] = {}
        for value in self.drawn:
            folds = self.folds.get(value, [])
            stand_in = {slot: len(nodes) + k for k, fold in enumerate(folds) for slot in fold.slots}
            nodes.extend(Node(fold.name, "folded", value=fold.value) for fold in folds)
            place[value] = len(nodes)
            nodes.append(self._node(value))
            if self._is_expanded(value):
                edges.extend(self._edges(value, place, stand_in, nodes))
        return Picture(
            tuple(nodes),
            tuple(edges),
            f"{self._name(self.output)} = {number(self.output.data)}{_count(nodes, edges)}",
            self._caption(),
            self._note(),
            None if self.wrt is None else place[self.wrt],
        )

    def _edges(
        self, node: Value, place: Mapping[Value, int], stand_in: Mapping[int, int], nodes: Sequence[Node]
    ) -> Iterator[Edge]:
        """The edges to a node, one for each slot, and one for each box that stands in for several."""
        done = set()
        for slot, (x, partial) in enumerate(zip(node.operands, node.partials, strict=True)):
            if slot not in stand_in:
                if x in place:
                    carried = self.slopes.get(x if self.show == "forward" else node, 0.0)
                    shown = None if self.show == "values" else carried
                    mark = self.marks.get((node, slot), "")
                    yield Edge(place[x], place[node], slot, partial, shown, x in self.on_path, mark)
            elif stand_in[slot] not in done:
                done.add(stand_in[slot])
                is_sum = nodes[stand_in[slot]].value is not None
                yield Edge(stand_in[slot], place[node], slot, 1.0 if is_sum else None)

    def _is_inline(self, node: Value) -> bool:
        """Whether the node is a number inside the text of its consumers."""
        return node.constant and self.constants == "inline" and node is not self.output

    def _is_expanded(self, node: Value) -> bool:
        """Whether the node is drawn with its operands."""
        return self.wrt is None or (node in self.on_path and node is not self.wrt)

    def _drawn(self) -> list[Value]:
        """The nodes that have a box of their own, in topological order."""
        if self.wrt is None:
            return [node for node in self.order if not self._is_inline(node)]
        shown = set(self.on_path)
        for node, folds in self.folds.items():
            if self._is_expanded(node):
                folded = {slot for fold in folds for slot in fold.slots}
                shown.update(x for slot, x in enumerate(node.operands) if slot not in folded and not self._is_inline(x))
        return [node for node in self.order if node in shown]

    def _folded(self, node: Value) -> Iterator[_Fold]:
        """The operands of a node on the path that are too many to be drawn one by one.

        A sum keeps the terms that are on the path; the others become one box, which has a value: their sum.
        """
        if not self._is_expanded(node):
            return
        aside: list[tuple[int, ...]] = []
        partners: list[int] = []
        for term in _terms(node):
            off_path = tuple(slot for slot in term if self._comes_in(node.operands[slot]))
            if any(node.operands[slot] in self.on_path for slot in term):
                partners.extend(off_path)
            elif off_path:
                aside.append(term)
        slots = tuple(slot for term in aside for slot in term)
        if len(slots) + len(partners) <= _FEW:
            return
        if len(slots) > 1:
            is_sum = node.op in (ops.TOTAL, ops.DOT)
            total = math.fsum(math.prod(node.operands[slot].data for slot in term) for term in aside)
            yield _Fold(slots, f"+{len(aside):,} {'terms' if is_sum else 'operands'}", total if is_sum else None)
        if len(partners) > _FEW:
            yield _Fold(tuple(partners), f"{len(partners):,} factors")

    def _comes_in(self, x: Value) -> bool:
        return x not in self.on_path and not self._is_inline(x)

    def _slopes(self) -> Mapping[Value, float]:
        """The derivatives on the nodes, from the partials that the nodes stored; 0 for what is not there."""
        if self.show == "reverse":
            return reverse({self.output: 1.0}, stored)
        if self.show == "values":
            return {}
        if self.wrt is None:
            raise ValueError('show="forward" is ∂node/∂wrt, so it needs wrt=')
        return forward(self.order, {self.wrt: 1.0}, stored)

    def _node(self, node: Value) -> Node:
        lit = node in self.on_path
        faded = self.wrt is not None and not lit
        if node.constant:
            return Node(number(node.data), "constant", value=node.data)
        mark = self.marks.get((node, None), "")
        role: Role = "output" if node is self.output else "input" if node.op is None else "operation"
        text = write(definition(node, self.names)) if node.op is not None and not faded else ""
        if self.show == "values" or (faded and self.show == "reverse"):
            return Node(self._name(node), role, text, node.data, lit=lit, mark=mark)
        above, below = (self.output, node) if self.show == "reverse" else (node, self.wrt or node)
        slope_name = derivative(self.names[above], self.names[below])
        return Node(self._name(node), role, text, node.data, self.slopes.get(node, 0.0), slope_name, lit, mark)

    def _name(self, node: Value) -> str:
        return number(node.data) if node.constant else name(self.names[node])

    def _caption(self) -> str:
        if self.wrt is None:
            return ""
        routes = paths(self.output, self.wrt)
        rate = derivative(self.names[self.output], self.names[self.wrt])
        total, count = number(routes.total), routes.count
        along = "its path" if count == 1 else f"{count:,} paths"
        if count <= _FEW_PATHS:
            written = " + ".join(_term(path.partials[::-1], i) for i, path in enumerate(routes))
            if len(written) <= _SHORT:
                return f"{rate} = {written}" + (f" = {total}" if written != total else "")
        return f"{rate} = {total}, the {'product' if count == 1 else 'sum of the products'} along {along}"

    def _note(self) -> str:
        legend = f"{CROSS} marks what is wrong" if self.marks else ""
        everything = sum(not self._is_inline(node) for node in self.order)
        if self.wrt is None or len(self.drawn) == everything:
            return legend
        ends = f"{self._name(self.wrt)} and {self._name(self.output)}"
        part = f"{len(self.drawn):,} of {everything:,} nodes: those between {ends}, and what meets them"
        return "; ".join(filter(None, (part, legend)))


def _count(nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """How many parts of a picture are marked as wrong."""
    counts = (("value", sum(bool(node.mark) for node in nodes)), ("edge", sum(bool(edge.mark) for edge in edges)))
    return "".join(f", {n:,} wrong {noun}{'s' * (n > 1)}" for noun, n in counts if n)


def _slice(output: Value, wrt: Value) -> list[Value]:
    """The nodes between `wrt` and `output`; raises ValueError if there are none."""
    if wrt.constant:
        raise ValueError(f"wrt is the number {wrt.data!r} in an expression; make it a Value to differentiate by it")
    nodes = between(wrt, output)
    if not nodes:
        raise ValueError(f"{_short(output)} does not depend on {_short(wrt)}, so there is no path to light")
    return nodes


def _terms(node: Value) -> list[tuple[int, ...]]:
    """The slots of a node's operands by the terms of a sum: pairs for `dot`, else one by one."""
    count = len(node.operands)
    if node.op is not ops.DOT:
        return [(slot,) for slot in range(count)]
    half = count // 2
    return [(i, half + i) for i in range(half)] + [(slot,) for slot in range(2 * half, count)]


def _term(factors: Sequence[float], place: int) -> str:
    """A product as a term of a sum; negative factors in parentheses but for the very first."""
    texts = [number(x) for x in factors] or ["1"]
    return "·".join(f"({text})" if text.startswith("−") and i + place else text for i, text in enumerate(texts))


def _short(node: Value) -> str:
    return name(node.label) or repr(node)


def _too_large(count: int, max_nodes: int, output: Value, wrt: Value | None) -> str:
    less = "only the slice of one derivative with wrt=" if wrt is None else "the slice of a wrt nearer to the output"
    return (
        f"the picture of {_short(output)} would have {count:,} boxes, more than max_nodes={max_nodes:,}; "
        f"draw {less}, draw one of the nodes below, or pass a larger max_nodes"
    )
