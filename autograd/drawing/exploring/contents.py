"""What the page is told about a graph: plain data, in the order and the form in which its scripts read it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.derivatives import reverse, stored
from autograd.drawing.exploring.placement import Caption, place
from autograd.drawing.exploring.translation import Translation, UntranslatableError
from autograd.drawing.layout import Direction
from autograd.engine import Value, topological_order
from autograd.graph import check_fresh, in_order, short, slice_to_explain
from autograd.modes import quiet
from autograd.operation import Op
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula, definition, literal, symbol
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import write
from autograd.symbolic.typesetting import name

Form = tuple[Op, tuple[float | None, ...]]
"""An operation, and those of its operands that are numbers in an expression."""


class Wording(NamedTuple):
    """How one form of an operation is written.

    Attributes:
        definition: what the node is.
        partials: the partial with respect to each operand, "" for a number.
        numbers: the same as they are written when numbers are put in: with the result as such.
    """

    definition: str
    partials: list[str]
    numbers: list[str]


def form(node: Value) -> Form:
    """The form of a result."""
    assert node.op is not None
    return node.op, tuple(x.data if x.constant else None for x in node.operands)


def wording(node: Value) -> Wording:
    """The wording of the form of a result.

    >>> x = Value(3.0)
    >>> wording(x**2)
    Wording(definition='{0}²', partials=['2{0}', ''], numbers=['2{0}', ''])
    >>> wording(1 / x).numbers
    ['', '−1/{1}²']
    """
    op = node.op
    assert op is not None
    operands = [literal(x.data) if x.constant else symbol(f"{{{i}}}", x.data) for i, x in enumerate(node.operands)]
    partials = _texts(formulas.partials(op, operands, node.data), operands)
    with quiet():
        try:
            rule = op.rule(operands, symbol("{z}", node.data), written=True)
        except TypeError:
            return Wording(write(formulas.apply(op, operands)), partials, [""] * len(operands))
    numbers = _texts([formulas.formula(x) for x in rule], operands)
    return Wording(write(formulas.apply(op, operands)), partials, numbers)


def _texts(partials: Sequence[Formula], operands: Sequence[Formula]) -> list[str]:
    return ["" if x.is_literal else write(partial) for partial, x in zip(partials, operands, strict=True)]


MOST = 5000
"""No page has more nodes."""


class Contents:
    """A graph for the page.

    Args:
        output: what was computed.
        wrt: what the page begins with; if the graph is too large, the page has only what lies between the two.
        max_nodes: the most nodes.
        direction: of the arrows.

    Attributes:
        nodes: in topological order, the output last; numbers in expressions are in the text of what uses them.
        names: of the nodes and their operands, as they are written.
        values: of the nodes and their operands, when this was made; they may be changed before the page is saved.
        whole: how many nodes the graph has.
        rules: in JavaScript, a pair of functions for each operation.
        calls: the functions of ``operations.js`` that they call.
        why: why the page cannot compute, "" if it can.
    """

    def __init__(self, output: Value, wrt: Value | None, max_nodes: int, direction: Direction) -> None:
        everything = topological_order(output)
        order = [node for node in everything if not node.constant or node is output]
        self.wrt, self.direction, self.whole = wrt, direction, len(order)
        self.nodes = _within(order, output, wrt, max_nodes)
        check_fresh(everything)
        mentioned = dict.fromkeys(x for node in self.nodes for x in (node, *self.operands(node)))
        self._labels = Names([x for x in mentioned if not x.constant or x is output], everything)
        self.names = {node: name(label) for node, label in self._labels.items()}
        self.values = {node: node.data for node in mentioned}
        self.place = {node: i for i, node in enumerate(self.nodes)}
        self.rules: list[str] = []
        self.calls: set[str] = set()
        self.why = ""
        self._rule_numbers: dict[str, int] = {}
        self._forms: dict[tuple[Any, ...], int] = {}
        self._wordings: list[list[Any]] = []
        self._kinds = [self._kind(node) for node in self.nodes]

    def __repr__(self) -> str:
        return f"<contents of a page: {len(self.nodes):,} of {self.whole:,} nodes>"

    def operands(self, node: Value) -> tuple[Value, ...]:
        """Those of a node on the page; none for what the page takes as given."""
        return () if node is self.wrt and self.is_slice else node.operands

    @property
    def is_slice(self) -> bool:
        """Whether there is more to the graph than the page has."""
        return len(self.nodes) < self.whole

    def data(self) -> dict[str, Any]:
        """What the scripts read; see ``page/computation.js``."""
        edges = [(x, node, k) for node in self.nodes for k, x in enumerate(self.operands(node)) if x in self.place]
        downward = self._downward()
        adjoints = reverse({self.nodes[-1]: 1.0}, stored, [*self._leaves(), *reversed(downward)])
        captions = [
            Caption(self.names[node], write(definition(node, self._labels)) if self.operands(node) else "")
            for node in self.nodes
        ]
        placement = place(captions, [(self.place[x], self.place[node]) for x, node, _ in edges], self.direction)
        return {
            "names": [self.names[node] for node in self.nodes],
            "kinds": self._kinds,
            "shapes": self._wordings,
            "operands": [[self._operand(x) for x in self.operands(node)] for node in self.nodes],
            "values": [_number(self.values[node]) for node in self.nodes],
            "partials": [_number(node.partials[k]) for _, node, k in edges],
            "adjoints": [_number(adjoints.get(node, 0.0)) for node in self.nodes],
            "downward": [self.place[node] for node in downward],
            "boxes": placement.boxes,
            "edges": placement.edges,
            "size": placement.size,
            "labels": placement.labels,
            "up": int(self.direction == "up"),
            "wrt": -1 if self.wrt is None else self.place[self.wrt],
            "why": self.why,
        }

    def _leaves(self) -> list[Value]:
        return [node for node in self.nodes if not self.operands(node)]

    def _downward(self) -> list[Value]:
        """The results from the output down, in the order in which `Value.backward` takes them."""

        def below(node: Value) -> list[Value]:
            return [x for x in reversed(self.operands(node)) if x in self.place and self.operands(x)]

        return [node for node in reversed(in_order(self.nodes[-1:], below)) if self.operands(node)]

    def _operand(self, x: Value) -> int | list[Any]:
        if x in self.place:
            return self.place[x]
        value = _number(self.values[x])
        return [value] if x.constant else [value, self.names[x]]

    def _kind(self, node: Value) -> int:
        """The number of a node's form, −1 for a leaf."""
        if not self.operands(node):
            return -1
        rule = self._rule(node)
        key = (rule, *form(node))
        if key not in self._forms:
            self._forms[key] = len(self._wordings)
            words = wording(node)
            numbers = 0 if words.numbers == words.partials else words.numbers
            self._wordings.append([rule, words.definition, words.partials, numbers])
        return self._forms[key]

    def _rule(self, node: Value) -> int:
        try:
            translation = Translation(node)
        except UntranslatableError as error:
            self.why = str(error)
            return -1
        self.calls |= translation.calls
        text = f"[{translation.forward},{translation.partials}]"
        if text not in self._rule_numbers:
            self._rule_numbers[text] = len(self.rules)
            self.rules.append(text)
        return self._rule_numbers[text]


def _within(order: Sequence[Value], output: Value, wrt: Value | None, max_nodes: int) -> Sequence[Value]:
    """The whole graph, or the slice of one derivative, whichever is small enough."""
    if wrt is not None:
        nodes = slice_to_explain(output, wrt, "derivative to explore")
        if len(order) > max_nodes >= len(nodes):
            return nodes
        count, less = min(len(nodes), len(order)), "a wrt nearer to the output, which makes a smaller slice"
    else:
        count, less = len(order), "the slice of one derivative: wrt="
    if len(order) <= max_nodes:
        return order
    more = f", or pass a larger max_nodes, up to {MOST:,}" if count <= MOST else ""
    raise ValueError(
        f"the page of {short(output)} would have {count:,} nodes, more than max_nodes={max_nodes:,}; explore {less}; "
        f"or one of the nodes below; or fold sums into one node each, with total() and dot(){more}"
    )


def _number(x: float) -> float | int | str:
    """A number for JSON: as short as it can be, the others as texts that JavaScript reads as what they are."""
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return int(x) if x.is_integer() and abs(x) < 1e15 and (x or math.copysign(1.0, x) > 0) else x
