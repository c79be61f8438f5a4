"""A picture set in type: the lines of text in every box and on every edge, how large they are, and where they go.

Both writers, :mod:`~autograd.drawing.svg` and :mod:`~autograd.drawing.digraphs`, start from here.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

from autograd.drawing.layout import Box, BoxCluster, Direction, Layout, Link, arrange
from autograd.drawing.picture import CROSS, Edge, Node, Picture
from autograd.drawing.themes import Theme
from autograd.drawing.typeface import fit, width
from autograd.symbolic.notation import product
from autograd.symbolic.typesetting import number

Kind = Literal["name", "text", "value", "slope"]
EdgeStyle = Literal["auto", "fraction", "number", "value", "contribution", "none"]
"""What is on an edge: ∂c/∂a as a fraction and its number, the number alone, the value that comes along, upstream times
local, or nothing."""

SIZE, LABEL_SIZE, LINE = 14.0, 12.5, 20.0
_WIDEST_NAME, _WIDEST_LINE, _WIDEST_FOLDED = 130.0, 260.0, 160.0
_MOST_FRACTIONS, _MOST_FOLDED = 120, 16
"""With more edges only the lit ones have fractions, and none if those are more; the same where nodes are folded."""
_CROWDED = 3
"""Between folded nodes that have more edges than this on both sides there is no room for labels."""


class Span(NamedTuple):
    """A piece of text of one look."""

    text: str
    kind: Kind


Line = tuple[Span, ...]


@dataclass(frozen=True)
class Label:
    """What is written on an edge: a fraction, if there is one, and a text after it."""

    numerator: str
    denominator: str
    text: str
    bold: bool

    @property
    def fraction_width(self) -> float:
        """How wide the fraction is; 0 where there is none."""
        return max(width(part, LABEL_SIZE, self.bold) for part in (self.numerator, self.denominator))

    @property
    def box(self) -> Box:
        """The room that it needs."""
        text = width(self.text, LABEL_SIZE, self.bold)
        if not self.numerator:
            return Box(text + 10, LABEL_SIZE + 8)
        return Box(self.fraction_width + text + 16, 2 * LABEL_SIZE + 13)


@dataclass(frozen=True)
class Figure:
    """A picture, and how it is to look."""

    picture: Picture
    theme: Theme
    direction: Direction = "up"
    edges: EdgeStyle = "auto"

    @cached_property
    def lines(self) -> tuple[tuple[Line, ...], ...]:
        """The lines of text in each box."""
        return tuple(
            _lines(node, _WIDEST_FOLDED if self._is_narrow(node) else _WIDEST_LINE) for node in self.picture.nodes
        )

    def _is_narrow(self, node: Node) -> bool:
        """Whether the node is one of many folded ones, which stand side by side."""
        return self.picture.is_folded and node.role == "operation" and node.count > 1

    @cached_property
    def labels(self) -> tuple[Label | None, ...]:
        """The label of each edge, None where it has none."""
        return tuple(self._label(edge, edge.lit or bool(edge.mark)) for edge in self.picture.edges)

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """The room that each node needs."""
        return tuple(self._box(lines) for lines in self.lines)

    @cached_property
    def layout(self) -> Layout:
        """Where everything goes."""
        return arrange(self.boxes, self.links, self.direction, clusters=self._frames())

    @cached_property
    def links(self) -> list[Link]:
        """The edges, with the room that their labels need."""
        return [
            Link(edge.source, edge.target, label.box if label else None, label is None and self.is_crowded(edge))
            for edge, label in zip(self.picture.edges, self.labels, strict=True)
        ]

    def _frames(self) -> list[BoxCluster]:
        """The frames around groups; those that lie in another belong to that too."""
        groups = self.picture.groups
        members: list[list[int]] = [[] for _ in groups]
        for i, node in enumerate(self.picture.nodes):
            group = node.group
            while group is not None:
                members[group].append(i)
                group = groups[group].parent
        sized = [width(group.name, LABEL_SIZE, bold=True) + 16 if self.direction == "up" else 0.0 for group in groups]
        return [
            BoxCluster(tuple(boxes), breadth, group.parent)
            for boxes, breadth, group in zip(members, sized, groups, strict=True)
        ]

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """What is written over each frame, as far as there is room."""
        rooms = [right - left - 12 for (left, _), (right, _) in self.layout.clusters]
        return tuple(
            fit(group.name, room, LABEL_SIZE, bold=True) for group, room in zip(self.picture.groups, rooms, strict=True)
        )

    @cached_property
    def _with_fractions(self) -> set[bool]:
        """Which edges have a fraction, lit ones and others: all if they are few, else the lit ones if those are."""
        if self.edges != "auto":
            return {True, False} if self.edges == "fraction" else set()
        most = _MOST_FOLDED if self.picture.is_folded else _MOST_FRACTIONS
        if len(self.picture.edges) <= most:
            return {True, False}
        return {True} if sum(edge.lit for edge in self.picture.edges) <= most else set()

    @cached_property
    def _degrees(self) -> tuple[Counter[int], Counter[int]]:
        """How many edges leave each node, and how many come to it."""
        return Counter(edge.source for edge in self.picture.edges), Counter(edge.target for edge in self.picture.edges)

    def is_crowded(self, edge: Edge) -> bool:
        """Whether the edge is one of many between two layers of folded nodes."""
        out, into = self._degrees
        return not edge.mark and self.picture.is_folded and min(out[edge.source], into[edge.target]) > _CROWDED

    def _label(self, edge: Edge, bold: bool) -> Label | None:
        label = self._number(edge, bold)
        if label is None or not edge.mark:
            return label
        return replace(label, text=f"{label.text} {CROSS} {fit(edge.mark, _WIDEST_LINE, LABEL_SIZE, bold)}")

    def _number(self, edge: Edge, bold: bool) -> Label | None:
        roles = {self.picture.nodes[end].role for end in (edge.source, edge.target)}
        if self.edges == "none" or "folded" in roles or (self.edges == "auto" and self.is_crowded(edge)):
            return None
        if edge.jacobian is not None:
            rows, columns, norm = edge.jacobian
            return Label("", "", f"{rows}×{columns}, ‖∂‖ = {number(norm)}", bold)
        if self.edges == "value":
            value = self.picture.nodes[edge.source].value
            return None if value is None else Label("", "", number(value), bold)
        if edge.partial is None:
            return None
        if self.edges == "contribution" and edge.carried is not None:
            written = product([edge.carried, edge.partial])
            return Label("", "", f"{written} = {number(edge.carried * edge.partial)}", bold)
        if edge.lit in self._with_fractions:
            over, under = (fit(part, _WIDEST_NAME, LABEL_SIZE, bold) for part in self.picture.fraction(edge))
            return Label(over, under, f"= {number(edge.partial)}", bold)
        return Label("", "", number(edge.partial), bold)

    def _box(self, lines: tuple[Line, ...]) -> Box:
        widths = [sum(width(span.text, SIZE, span.kind == "name") for span in line) for line in lines]
        if not self.theme.ellipses:
            return Box(max(widths) + 24, LINE * len(lines) + 12)
        half = 0.62 * LINE * len(lines) + 8
        reach = [
            w / 2 / math.sqrt(1 - (max(abs(offset - LINE / 2), abs(offset + LINE / 2)) / half) ** 2)
            for w, offset in zip(widths, offsets(len(lines)), strict=True)
        ]
        return Box(2 * max(reach) + 20, 2 * half, round=True)


def offsets(count: int) -> list[float]:
    """How far below the middle of a box each of its lines is centred."""
    return [(i - (count - 1) / 2) * LINE for i in range(count)]


def _lines(node: Node, widest: float) -> tuple[Line, ...]:
    if node.role == "constant":
        return ((Span(node.name, "value"),),)
    widest_name = _WIDEST_NAME if node.role not in ("folded", "layer") else _WIDEST_LINE
    title = Span(fit(node.name, widest_name, SIZE, bold=True), "name")
    value = () if node.value is None else (Span(f" = {number(node.value)}", "value"),)
    lines: list[Line] = [(title, *value)]
    if node.definition:
        definition = Span(fit(f" = {node.definition}", widest - width(title.text, SIZE, bold=True), SIZE), "text")
        lines = [(title, definition), *((Span(title.text + span.text, "value"),) for span in value)]
    if node.slope is not None:
        lines.append((Span(f"{fit(node.slope_name, widest_name, SIZE)} = {number(node.slope)}", "slope"),))
    if node.mark:
        lines.append((Span(fit(f"{CROSS} {node.mark}", _WIDEST_LINE, SIZE, bold=True), "name"),))
    return tuple(lines)
