"""What a picture of a graph shows, without how it is drawn: boxes with numbers, and edges with partials.

Plain data, made by :mod:`~autograd.drawing.composition` and read by whatever draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autograd.writing import number

CROSS = "✗"
"""What stands before the words beside a wrong number."""
Role = Literal["input", "constant", "operation", "output", "folded"]


@dataclass(frozen=True)
class Node:
    """One box.

    Attributes:
        name: as it is written, ``W₁,₁``; of a folded one what it stands for, ``+783 terms``.
        role: what kind of node it is.
        definition: its operation on the names of its operands, ``a + b``; empty where it is a leaf or not expanded.
        value: the number; None where it stands for several.
        slope: the derivative that is shown, None where none is.
        slope_name: ``∂e/∂c``, what `slope` is.
        lit: whether it is on a path of the derivative that was asked for.
        mark: what is wrong with its value, or "".
    """

    name: str
    role: Role
    definition: str = ""
    value: float | None = None
    slope: float | None = None
    slope_name: str = ""
    lit: bool = False
    mark: str = ""


@dataclass(frozen=True)
class Edge:
    """One arrow, from operand number `slot` of `target`.

    Attributes:
        source: number of the node it comes from.
        target: number of the node it goes to.
        slot: which operand of `target` this is; of a folded one the first.
        partial: ∂target/∂source along this edge alone; None where `source` stands for several operands.
        carried: the derivative that the sweep multiplies by the partial here: of the output with respect to `target` in
            reverse mode, of `source` in forward mode; None where none is shown.
        lit: whether it is on a path of the derivative that was asked for.
        mark: what is wrong with its partial, or "".
    """

    source: int
    target: int
    slot: int
    partial: float | None
    carried: float | None = None
    lit: bool = False
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
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    title: str
    caption: str = ""
    note: str = ""
    wrt: int | None = None

    def fraction(self, edge: Edge) -> tuple[str, str]:
        """What the partial on an edge is, above and below the line: ``("∂c", "∂a")``."""
        return f"∂{self.nodes[edge.target].name}", f"∂{self.nodes[edge.source].name}"

    def is_faded(self, part: Node | Edge) -> bool:
        """Whether a derivative was asked for and this has no share in it."""
        return self.wrt is not None and not part.lit

    def describe(self) -> str:
        """The picture in words: the title, then a line for each node, from the inputs to the output.

        >>> nodes = Node("a", "input", "", 2.0, 4.0, "∂c/∂a"), Node("c", "output", "a²", 4.0, 1.0, "∂c/∂c")
        >>> print(Picture(nodes, (Edge(0, 1, 0, 4.0),), "c = 4").describe())
        c = 4
        a = 2; ∂c/∂a = 4
        c = a² = 4; ∂c/∂c = 1; on the edges to it ∂c/∂a = 4
        """
        partials: dict[int, list[str]] = {}
        for edge in self.edges:
            if edge.partial is not None and self.nodes[edge.source].role != "folded":
                text = f"{'/'.join(self.fraction(edge))} = {number(edge.partial)}"
                partials.setdefault(edge.target, []).append(text + wrong(edge))
        lines = [self.title, self.caption, self.note]
        for i, node in enumerate(self.nodes):
            equation = [node.name, node.definition]
            if node.value is not None and node.role != "constant":
                equation.append(number(node.value))
            clauses = [" = ".join(filter(None, equation)) + wrong(node)]
            if node.slope is not None:
                clauses.append(f"{node.slope_name} = {number(node.slope)}")
            if i in partials:
                clauses.append(f"on the edges to it {', '.join(partials[i])}")
            lines.append("; ".join(clauses))
        return "\n".join(filter(None, lines))


def wrong(part: Node | Edge) -> str:
    """The words on a part that is marked as wrong, as they follow its number.

    >>> wrong(Edge(0, 1, 0, 4.0, mark="differences 2")), wrong(Edge(0, 1, 0, 4.0))
    (', which is wrong (differences 2)', '')
    """
    return f", which is wrong ({part.mark})" if part.mark else ""
