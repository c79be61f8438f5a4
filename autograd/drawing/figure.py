"""A typeset picture: the texts in its boxes and on its edges, their sizes and positions, and the shapes to draw."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from autograd.drawing.layout import Box, BoxCluster, Direction, Layout, Link, arrange
from autograd.drawing.picture import CROSS, Edge, Node, Picture, wrong
from autograd.drawing.shapes import (
    FONT_SIZE,
    LABEL_FONT_SIZE,
    LINE_HEIGHT,
    Arrow,
    Bounds,
    Cluster,
    Emphasis,
    Label,
    Line,
    PlacedLabel,
    Scene,
    Span,
    TextBox,
    line_offsets,
)
from autograd.drawing.themes import Theme
from autograd.drawing.typeface import fit, width
from autograd.symbolic.notation import product
from autograd.symbolic.typesetting import number

# The label of an edge: ∂c/∂a as a fraction and its number, the number alone, the value of its source, upstream times
# local derivative, or nothing. "auto" decides between the first two.
EdgeStyle = Literal["auto", "fraction", "number", "value", "contribution", "none"]

# Pixels. Longer texts end in an ellipsis. Boxes of folded nodes are narrower, because many of them are side by side.
_MAX_NAME_WIDTH, _MAX_LINE_WIDTH, _MAX_FOLDED_LINE_WIDTH = 130.0, 260.0, 160.0
# In "auto", all edges have fractions if there are at most this many, else the highlighted edges if they are at most
# this many.
_MAX_FRACTIONS, _MAX_FRACTIONS_BETWEEN_FOLDED = 120, 16
# Folded nodes with more edges than this on both sides leave no room for labels.
_MAX_LABELLED_DEGREE = 3


@dataclass(frozen=True)
class Figure:
    """A picture with its theme, its direction and the style of its edges."""

    picture: Picture
    theme: Theme
    direction: Direction = "up"
    edges: EdgeStyle = "auto"

    @cached_property
    def scene(self) -> Scene:
        """The display list."""
        picture, layout = self.picture, self.layout
        return Scene(
            style="graph",
            title=picture.title,
            description=picture.describe(),
            theme=self.theme,
            bounds=Bounds(0.0, layout.width, 0.0, layout.height),
            clusters=tuple(
                Cluster(group.name, title, corners, group.parent)
                for group, title, corners in zip(picture.groups, self.titles, layout.clusters, strict=True)
            ),
            arrows=tuple(map(self._arrow, range(len(picture.edges)))),
            boxes=tuple(map(self._text_box, range(len(picture.nodes)))),
            caption=picture.caption,
            note=picture.note,
            direction=self.direction,
        )

    def _arrow(self, i: int) -> Arrow:
        edge, label, centre = self.picture.edges[i], self.labels[i], self.layout.labels[i]
        tooltip = f"{'/'.join(self.picture.fraction(edge))} = {edge.partial!r}{wrong(edge)}"
        return Arrow(
            edge.source,
            edge.target,
            self.layout.routes[i],
            PlacedLabel(label, centre, tooltip) if label is not None and centre is not None else None,
            "" if edge.partial is None else tooltip,
            self._emphasis(edge),
            is_zero=edge.partial == 0.0,
            is_crowded=self.is_crowded(edge),
        )

    def _text_box(self, i: int) -> TextBox:
        node = self.picture.nodes[i]
        return TextBox(
            node.name,
            node.role,
            self.lines[i],
            self.layout.boxes[i],
            self.boxes[i],
            _tooltip(node),
            self._emphasis(node),
            node.group,
        )

    def _emphasis(self, part: Node | Edge) -> Emphasis:
        return Emphasis(part.lit, self.picture.is_faded(part), bool(part.mark))

    @cached_property
    def lines(self) -> tuple[tuple[Line, ...], ...]:
        """The lines of text in each box."""
        return tuple(
            _lines(node, _MAX_FOLDED_LINE_WIDTH if self._is_narrow(node) else _MAX_LINE_WIDTH)
            for node in self.picture.nodes
        )

    def _is_narrow(self, node: Node) -> bool:
        return self.picture.is_folded and node.role == "operation" and node.count > 1

    @cached_property
    def labels(self) -> tuple[Label | None, ...]:
        """The label of each edge, None without one."""
        return tuple(self._label(edge, edge.lit or bool(edge.mark)) for edge in self.picture.edges)

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """The size of each node."""
        return tuple(self._box(lines) for lines in self.lines)

    @cached_property
    def layout(self) -> Layout:
        """The places of nodes, labels and clusters, and the routes of edges."""
        return arrange(self.boxes, self.links, self.direction, clusters=self._clusters())

    @cached_property
    def links(self) -> list[Link]:
        """The edges, with the sizes of their labels."""
        return [
            Link(edge.source, edge.target, label.box if label else None, label is None and self.is_crowded(edge))
            for edge, label in zip(self.picture.edges, self.labels, strict=True)
        ]

    def _clusters(self) -> list[BoxCluster]:
        """Return a cluster for each group; it contains the nodes of nested groups too."""
        groups = self.picture.groups
        members: list[list[int]] = [[] for _ in groups]
        for i, node in enumerate(self.picture.nodes):
            group = node.group
            while group is not None:
                members[group].append(i)
                group = groups[group].parent
        # Only in an upward layout is the breadth of a cluster the width of its title.
        breadths = [
            width(group.name, LABEL_FONT_SIZE, bold=True) + 16 if self.direction == "up" else 0.0 for group in groups
        ]
        return [
            BoxCluster(tuple(boxes), breadth, group.parent)
            for boxes, breadth, group in zip(members, breadths, groups, strict=True)
        ]

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """The title of each cluster, shortened to its width."""
        rooms = [right - left - 12 for (left, _), (right, _) in self.layout.clusters]
        return tuple(
            fit(group.name, room, LABEL_FONT_SIZE, bold=True)
            for group, room in zip(self.picture.groups, rooms, strict=True)
        )

    @cached_property
    def _has_fraction(self) -> set[bool]:
        """The kinds of edges, highlighted or not, that have a fraction."""
        if self.edges != "auto":
            return {True, False} if self.edges == "fraction" else set()
        limit = _MAX_FRACTIONS_BETWEEN_FOLDED if self.picture.is_folded else _MAX_FRACTIONS
        if len(self.picture.edges) <= limit:
            return {True, False}
        return {True} if sum(edge.lit for edge in self.picture.edges) <= limit else set()

    @cached_property
    def _degrees(self) -> tuple[Counter[int], Counter[int]]:
        """The numbers of edges from each node and to each node."""
        return Counter(edge.source for edge in self.picture.edges), Counter(edge.target for edge in self.picture.edges)

    def is_crowded(self, edge: Edge) -> bool:
        """Return True if the edge is one of many between two layers of folded nodes."""
        outgoing, incoming = self._degrees
        degree = min(outgoing[edge.source], incoming[edge.target])
        return not edge.mark and self.picture.is_folded and degree > _MAX_LABELLED_DEGREE

    def _label(self, edge: Edge, bold: bool) -> Label | None:
        label = self._plain_label(edge, bold)
        if label is None or not edge.mark:
            return label
        return replace(label, text=f"{label.text} {CROSS} {fit(edge.mark, _MAX_LINE_WIDTH, LABEL_FONT_SIZE, bold)}")

    def _plain_label(self, edge: Edge, bold: bool) -> Label | None:
        """Return the label of an edge as if nothing were wrong with it."""
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
        if edge.lit in self._has_fraction:
            numerator, denominator = (
                fit(part, _MAX_NAME_WIDTH, LABEL_FONT_SIZE, bold) for part in self.picture.fraction(edge)
            )
            return Label(numerator, denominator, f"= {number(edge.partial)}", bold)
        return Label("", "", number(edge.partial), bold)

    def _box(self, lines: tuple[Line, ...]) -> Box:
        widths = [sum(width(span.text, FONT_SIZE, span.style == "name") for span in line) for line in lines]
        if not self.theme.ellipses:
            return Box(max(widths) + 24, LINE_HEIGHT * len(lines) + 12)
        # The outer corners of each line must be inside the ellipse: (x/a)² + (y/b)² ≤ 1.
        half_height = 0.62 * LINE_HEIGHT * len(lines) + 8
        half_widths = [
            w
            / 2
            / math.sqrt(1 - (max(abs(offset - LINE_HEIGHT / 2), abs(offset + LINE_HEIGHT / 2)) / half_height) ** 2)
            for w, offset in zip(widths, line_offsets(len(lines)), strict=True)
        ]
        return Box(2 * max(half_widths) + 20, 2 * half_height, round=True)


def _lines(node: Node, max_width: float) -> tuple[Line, ...]:
    if node.role == "constant":
        return ((Span(node.name, "value"),),)
    max_name_width = _MAX_NAME_WIDTH if node.role not in ("folded", "layer") else _MAX_LINE_WIDTH
    title = Span(fit(node.name, max_name_width, FONT_SIZE, bold=True), "name")
    value = () if node.value is None else (Span(f" = {number(node.value)}", "value"),)
    lines: list[Line] = [(title, *value)]
    if node.definition:
        room = max_width - width(title.text, FONT_SIZE, bold=True)
        definition = Span(fit(f" = {node.definition}", room, FONT_SIZE), "text")
        lines = [(title, definition), *((Span(title.text + span.text, "value"),) for span in value)]
    if node.slope is not None:
        lines.append((Span(f"{fit(node.slope_name, max_name_width, FONT_SIZE)} = {number(node.slope)}", "slope"),))
    if node.mark:
        lines.append((Span(fit(f"{CROSS} {node.mark}", _MAX_LINE_WIDTH, FONT_SIZE, bold=True), "name"),))
    return tuple(lines)


def _tooltip(node: Node) -> str:
    """Return a node in one line, its numbers with all digits."""
    parts = [node.name, node.definition, "" if node.value is None else repr(node.value)]
    text = " = ".join(filter(None, parts)) + wrong(node)
    return text if node.slope is None else f"{text}; {node.slope_name} = {node.slope!r}"
