"""The data of a page: the graph, its numbers and its formulas, in the form that the page's scripts read.

A formula is a template with ``{0}``, ``{1}``, … for the operands and ``{z}`` for the result; the page fills in names or
numbers. Nodes that differ only in their operands share one template, so the page of a network has a handful.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.context import quiet
from autograd.derivatives import reverse, stored
from autograd.drawing.exploring.placement import Caption, place
from autograd.drawing.exploring.translation import Translation, UntranslatableError
from autograd.drawing.layout import Direction
from autograd.graph import check_fresh, in_order, short, slice_to_explain
from autograd.op import Op
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula, definition, literal, symbol
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import write
from autograd.symbolic.typesetting import is_name, name
from autograd.value import Value, topological_order

# An operation, with the values of those operands that are numbers in an expression, and None for all others.
Form = tuple[Op, tuple[float | None, ...]]
# The largest number of nodes of a page. Browsers become slow long before.
MAX_NODES = 5000
# Integral floats below this are written as integers, without ".0"; a float is exact up to 2⁵³ ≈ 9·10¹⁵.
_MAX_INTEGER = 1e15


class Wording(NamedTuple):
    """The templates of one form of an operation.

    Attributes:
        definition: the operation on its operands.
        partials: the partial with respect to each operand, "" for a number.
        numbers: the partials for filling in numbers, which may use the result; "" where there is none.
    """

    definition: str
    partials: list[str]
    numbers: list[str]


def form(node: Value) -> Form:
    """Return the form of a node with operands."""
    assert node.op is not None
    return node.op, tuple(x.data if x.constant else None for x in node.operands)


def wording(node: Value) -> Wording:
    """Return the templates for a node with operands.

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
            # A user's rule may compute with floats only, and then has no formula.
            return Wording(write(formulas.apply(op, operands)), partials, [""] * len(operands))
    numbers = _texts([formulas.formula(x) for x in rule], operands)
    return Wording(write(formulas.apply(op, operands)), partials, numbers)


def _texts(partials: Sequence[Formula], operands: Sequence[Formula]) -> list[str]:
    return ["" if x.is_literal else write(partial) for partial, x in zip(partials, operands, strict=True)]


class Contents:
    """The graph of a page.

    Args:
        output: the result whose graph is explored.
        wrt: the node that is pinned at first; of a graph that is too large, the page has only the nodes on paths from
            `wrt` to `output`.
        max_nodes: the largest number of nodes.
        direction: of the arrows.

    Attributes:
        nodes: in topological order with the output last; without the numbers in expressions.
        names: the typeset names of the nodes and their operands.
        values: their values at construction; a Value may change before the page is saved.
        whole: the number of nodes of the whole graph.
        rules: a pair of JavaScript functions for each operation.
        calls: the functions of ``operations.js`` that they call.
        why: the reason why the page cannot recompute, "" if it can.
    """

    def __init__(self, output: Value, wrt: Value | None, max_nodes: int, direction: Direction) -> None:
        graph = topological_order(output)
        order = [node for node in graph if not node.constant or node is output]
        self.wrt, self.direction, self.whole = wrt, direction, len(order)
        self.nodes = _within(order, output, wrt, max_nodes)
        check_fresh(graph)
        named = dict.fromkeys(x for node in self.nodes for x in (node, *self.operands(node)))
        self._labels = Names([x for x in named if not x.constant or x is output], graph)
        self.names = {node: name(label) for node, label in self._labels.items()}
        self.values = {node: node.data for node in named}
        self.place = {node: i for i, node in enumerate(self.nodes)}
        self.rules: list[str] = []
        self.calls: set[str] = set()
        self.why = ""
        self._rule_numbers: dict[str, int] = {}
        self._forms: dict[tuple[Any, ...], int] = {}
        self._wordings: list[list[Any]] = []
        self._form_numbers = [self._form_number(node) for node in self.nodes]

    def __repr__(self) -> str:
        return f"<contents of a page: {len(self.nodes):,} of {self.whole:,} nodes>"

    def operands(self, node: Value) -> tuple[Value, ...]:
        """Return the operands of a node; none for `wrt` of a slice, which is an input of the page."""
        return () if node is self.wrt and self.is_slice else node.operands

    @property
    def is_slice(self) -> bool:
        """True if the page has only a part of the graph."""
        return len(self.nodes) < self.whole

    def data(self) -> dict[str, Any]:
        """Return the data for the scripts; see ``page/computation.js``."""
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
            "phrases": [i for i, node in enumerate(self.nodes) if not is_name(self._labels.get(node, ""))],
            "kinds": self._form_numbers,
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
        """Return the nodes with operands from the output down, in the order of `Value.backward`."""

        def below(node: Value) -> list[Value]:
            return [x for x in reversed(self.operands(node)) if x in self.place and self.operands(x)]

        return [node for node in reversed(in_order(self.nodes[-1:], below)) if self.operands(node)]

    def _operand(self, x: Value) -> int | list[Any]:
        if x in self.place:
            return self.place[x]
        value = _number(self.values[x])
        return [value] if x.constant else [value, self.names[x]]

    def _form_number(self, node: Value) -> int:
        """Return the number of a node's form, −1 for a leaf."""
        if not self.operands(node):
            return -1
        rule = self._rule(node)
        key = (rule, *form(node))
        if key not in self._forms:
            self._forms[key] = len(self._wordings)
            words = wording(node)
            # 0 saves repeating equal templates.
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
    """Return the whole graph, or if it is too large, the slice of one derivative."""
    if wrt is not None:
        nodes = slice_to_explain(output, wrt, "derivative to explore")
        if len(order) > max_nodes >= len(nodes):
            return nodes
        count, remedy = min(len(nodes), len(order)), "choose wrt nearer to the output for a smaller slice"
    else:
        count, remedy = len(order), "pass wrt= for the slice of one derivative"
    if len(order) <= max_nodes:
        return order
    more = f", or pass a larger max_nodes, up to {MAX_NODES:,}" if count <= MAX_NODES else ""
    raise ValueError(
        f"the graph of {short(output)} must have at most max_nodes={max_nodes:,} nodes, got {count:,}; {remedy}, "
        f"explore a node below, or fold sums into one node each with total() and dot(){more}"
    )


def _number(x: float) -> float | int | str:
    """Return a number for JSON, as short as possible; infinities and NaN become strings that JavaScript converts."""
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    # An integer would lose the sign of −0.
    is_negative_zero = x == 0.0 and math.copysign(1.0, x) < 0
    return int(x) if x.is_integer() and abs(x) < _MAX_INTEGER and not is_negative_zero else x
