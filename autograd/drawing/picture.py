"""The content of the picture of a graph: nodes with numbers, and edges with partials, as plain data.

A picture has no geometry and no typography; `autograd.drawing.figure.Figure` adds both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from autograd.symbolic.typesetting import number

Role = Literal["input", "parameter", "constant", "operation", "output", "layer", "folded"]

# The sign before the explanation of a wrong number.
CROSS = "✗"


class GraphTooLarge(ValueError):  # noqa: N818  a public name
    """A picture that would have more boxes than `max_nodes`; the message lists ways to draw less."""


class Jacobian(NamedTuple):
    """The size and the Frobenius norm of the matrix of partials between boxes of several nodes."""

    rows: int
    columns: int
    norm: float


@dataclass(frozen=True)
class Group:
    """Boxes of a neuron, or of a layer of neurons.

    Attributes:
        name: the title of their frame.
        parent: number of the group that contains this one, or None.
    """

    name: str
    parent: int | None = None


@dataclass(frozen=True)
class Node:
    """One box.

    Attributes:
        name: the typeset name, ``W₁,₁``; a summary for a folded node, ``+783 terms``.
        role: the kind of node; "layer" and "folded" represent several nodes of the graph.
        definition: its operation on the names of its operands, ``a + b``; empty for a leaf and for a node whose
            operands are not drawn.
        value: its value; None if it represents several nodes.
        slope: the displayed derivative, or None.
        slope_name: the name of that derivative, ``∂e/∂c``.
        lit: True if it is on a path of the requested derivative.
        count: the number of nodes of the graph that it represents.
        group: number of the group that it belongs to, or None.
        mark: the error in its value or in a node folded into it; "" if there is none.
    """

    name: str
    role: Role
    definition: str = ""
    value: float | None = None
    slope: float | None = None
    slope_name: str = ""
    lit: bool = False
    count: int = 1
    group: int | None = None
    mark: str = ""


@dataclass(frozen=True)
class Edge:
    """One arrow, from an operand to its result.

    Attributes:
        source: number of the node at its tail.
        target: number of the node at its tip.
        slot: the index of the operand in `target`; of the first such operand if `target` is folded.
        partial: ∂target/∂source along this edge alone, through all nodes folded into `target`; None if an end
            represents several nodes.
        carried: the derivative that the sweep multiplies by the partial here: of the output with respect to `target` in
            reverse mode, of `source` in forward mode; None if derivatives are not displayed.
        lit: True if it is on a path of the requested derivative.
        jacobian: the partials if an end represents several nodes.
        mark: the error in its partial, or "".
    """

    source: int
    target: int
    slot: int
    partial: float | None
    carried: float | None = None
    lit: bool = False
    jacobian: Jacobian | None = None
    mark: str = ""


@dataclass(frozen=True)
class Picture:
    """The boxes and arrows of a picture.

    Attributes:
        nodes: the boxes, in topological order with the output last.
        edges: the arrows, by target and slot.
        title: the output and its value.
        caption: the requested derivative, as a sum over paths; empty without one.
        note: the extent of the omitted part of the graph; empty if everything is drawn.
        wrt: number of the node that the requested derivative is with respect to, or None.
        groups: the neurons and layers of the boxes, each behind its parent.
        is_folded: True if neurons or layers are boxes, and not only operations.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    title: str
    caption: str = ""
    note: str = ""
    wrt: int | None = None
    groups: tuple[Group, ...] = ()
    is_folded: bool = False

    def fraction(self, edge: Edge) -> tuple[str, str]:
        """Return the numerator and the denominator of the partial on an edge: ``("∂c", "∂a")``."""
        return f"∂{self.nodes[edge.target].name}", f"∂{self.nodes[edge.source].name}"

    @property
    def is_marked(self) -> bool:
        """True if a node or an edge is marked as wrong."""
        return any(node.mark for node in self.nodes) or any(edge.mark for edge in self.edges)

    def is_faded(self, part: Node | Edge) -> bool:
        """Return True if a derivative was requested and `part` has no share in it; wrong parts are never faded."""
        return self.wrt is not None and not part.lit and not part.mark

    def describe(self) -> str:
        """Return the picture in words: the title, then a line for each node, from the inputs to the output.

        >>> nodes = Node("a", "input", "", 2.0, 4.0, "∂c/∂a"), Node("c", "output", "a²", 4.0, 1.0, "∂c/∂c")
        >>> print(Picture(nodes, (Edge(0, 1, 0, 4.0),), "c = 4").describe())
        c = 4
        a = 2; ∂c/∂a = 4
        c = a² = 4; ∂c/∂c = 1; on the edges to it ∂c/∂a = 4
        """
        lines = [self.title, self.caption, self.note]
        for name, definition, value, slope, partials in self.rows():
            clauses = [" = ".join(filter(None, [name, definition, value])), slope]
            if partials:
                clauses.append(f"on the edges to it {partials}")
            lines.append("; ".join(filter(None, clauses)))
        return "\n".join(filter(None, lines))

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return a row for each node: name, definition, value, derivative, and the partials on the edges to it."""
        partials: dict[int, list[str]] = {}
        for edge in self.edges:
            if "folded" in (self.nodes[edge.source].role, self.nodes[edge.target].role):
                continue
            if edge.jacobian is not None:
                text = f"{edge.jacobian.rows}×{edge.jacobian.columns} partials from {self.nodes[edge.source].name}"
                partials.setdefault(edge.target, []).append(f"{text} of norm {number(edge.jacobian.norm)}")
            elif edge.partial is not None:
                text = f"{'/'.join(self.fraction(edge))} = {number(edge.partial)}"
                partials.setdefault(edge.target, []).append(text + wrong(edge))
        values = ["" if x.value is None or x.role == "constant" else number(x.value) for x in self.nodes]
        return [
            (
                node.name + ("" if value else wrong(node)),
                node.definition,
                value + (wrong(node) if value else ""),
                "" if node.slope is None else f"{node.slope_name} = {number(node.slope)}",
                ", ".join(partials.get(i, [])),
            )
            for i, (node, value) in enumerate(zip(self.nodes, values, strict=True))
        ]


def wrong(part: Node | Edge) -> str:
    """Return the explanation of a wrong part, which follows its number; empty for other parts.

    >>> wrong(Edge(0, 1, 0, 4.0, mark="differences 2")), wrong(Edge(0, 1, 0, 4.0))
    (', which is wrong (differences 2)', '')
    """
    return f", which is wrong ({part.mark})" if part.mark else ""
