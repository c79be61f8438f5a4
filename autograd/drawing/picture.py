"""What a picture of a graph shows, without how it is drawn: boxes with numbers, and edges with partials.

Plain data, made by :mod:`~autograd.drawing.composition` and read by whatever draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from autograd.symbolic.typesetting import number

Role = Literal["input", "parameter", "constant", "operation", "output", "layer", "folded"]


CROSS = "✗"
"""What stands before the words beside a wrong number."""


class GraphTooLarge(ValueError):  # noqa: N818  the word for it is not "error"
    """A picture would have more boxes than can be read; the message names the ways out."""


class Jacobian(NamedTuple):
    """The partials between boxes that stand for several nodes: how many rows and columns, and the Frobenius norm."""

    rows: int
    columns: int
    norm: float


@dataclass(frozen=True)
class Group:
    """Boxes that belong together: a neuron, or a layer of them.

    Attributes:
        name: what is written over them.
        parent: number of the group that this one lies in, None if it lies in none.
    """

    name: str
    parent: int | None = None


@dataclass(frozen=True)
class Node:
    """One box.

    Attributes:
        name: as it is written, ``W₁,₁``; of a folded one what it stands for, ``+783 terms``.
        role: what kind of node it is; "layer" and "folded" stand for several.
        definition: its operation on the names of its operands, ``a + b``; empty where it is a leaf or not expanded.
        value: the number; None where it stands for several.
        slope: the derivative that is shown, None where none is.
        slope_name: ``∂e/∂c``, what `slope` is.
        lit: whether it is on a path of the derivative that was asked for.
        count: how many nodes of the graph it stands for.
        group: number of the group that it is in, None if it is in none.
        mark: what is wrong with its value, or with what is folded into it; "" if nothing is.
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
    """One arrow, from operand number `slot` of `target`.

    Attributes:
        source: number of the node it comes from.
        target: number of the node it goes to.
        slot: which operand of `target` this is; of a folded one the first.
        partial: ∂target/∂source along this edge alone, through all that is folded into `target`; None where an end
            stands for several nodes.
        carried: the derivative that the sweep multiplies by the partial here: of the output with respect to `target` in
            reverse mode, of `source` in forward mode; None where none is shown.
        lit: whether it is on a path of the derivative that was asked for.
        jacobian: the partials where an end stands for several nodes.
        mark: what is wrong with its partial, or "".
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
    """The boxes and arrows of a picture; boxes in topological order, the output last.

    Attributes:
        nodes: the boxes.
        edges: the arrows, by target and slot.
        title: the output and its value.
        caption: the derivative that was asked for, as a sum over paths; empty if none was.
        note: how much of the graph is not drawn, if any.
        wrt: number of the node that the derivative is with respect to, None if none was asked for.
        groups: the neurons and layers that boxes belong to; a group comes behind the one that it lies in.
        is_folded: whether neurons or layers are boxes, and not only operations.
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
        """What the partial on an edge is, above and below the line: ``("∂c", "∂a")``."""
        return f"∂{self.nodes[edge.target].name}", f"∂{self.nodes[edge.source].name}"

    @property
    def is_marked(self) -> bool:
        """Whether anything in it is marked as wrong."""
        return any(node.mark for node in self.nodes) or any(edge.mark for edge in self.edges)

    def is_faded(self, part: Node | Edge) -> bool:
        """Whether a derivative was asked for and this has no share in it; what is wrong is never faded."""
        return self.wrt is not None and not part.lit and not part.mark

    def describe(self) -> str:
        """The picture in words: the title, then a line for each node, from the inputs to the output.

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
        """A row for each node: name, definition, value, derivative, and the partials on the edges to it."""
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
    """The words on a part that is marked as wrong, as they follow its number.

    >>> wrong(Edge(0, 1, 0, 4.0, mark="differences 2")), wrong(Edge(0, 1, 0, 4.0))
    (', which is wrong (differences 2)', '')
    """
    return f", which is wrong ({part.mark})" if part.mark else ""
