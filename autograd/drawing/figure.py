"""A picture set in type: the lines of text in every box and on every edge, how large they are, and where they go.

Both writers, :mod:`~autograd.drawing.svg` and :mod:`~autograd.drawing.digraphs`, start from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from autograd.drawing.layout import Box, Direction, Layout, Link, arrange
from autograd.drawing.picture import CROSS, Edge, Node, Picture
from autograd.drawing.themes import Theme
from autograd.drawing.typeface import fit, width
from autograd.notation import product
from autograd.writing import number

Kind = Literal["name", "text", "value", "slope"]
EdgeStyle = Literal["auto", "fraction", "number", "contribution", "none"]
"""What is on an edge: ∂c/∂a as a fraction and its number, the number alone, upstream times local, or nothing."""

SIZE, LABEL_SIZE, LINE = 14.0, 12.5, 20.0
_WIDEST_NAME, _WIDEST_LINE = 130.0, 260.0
_MOST_FRACTIONS = 120
"""With more edges only the lit ones have fractions, and none if those are more."""


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
        return tuple(map(_lines, self.picture.nodes))

    @cached_property
    def labels(self) -> tuple[Label | None, ...]:
        """The label of each edge, None where it has none."""
        return tuple(map(self._label, self.picture.edges))

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """The room that each node needs."""
        return tuple(self._box(lines) for lines in self.lines)

    @cached_property
    def layout(self) -> Layout:
        """Where everything goes."""
        links = [
            Link(edge.source, edge.target, label.box if label else None)
            for edge, label in zip(self.picture.edges, self.labels, strict=True)
        ]
        return arrange(self.boxes, links, self.direction)

    @cached_property
    def _with_fractions(self) -> set[bool]:
        """Which edges have a fraction, lit ones and others: all if they are few, else the lit ones if those are."""
        if self.edges != "auto":
            return {True, False} if self.edges == "fraction" else set()
        if len(self.picture.edges) <= _MOST_FRACTIONS:
            return {True, False}
        return {True} if sum(edge.lit for edge in self.picture.edges) <= _MOST_FRACTIONS else set()

    def _label(self, edge: Edge) -> Label | None:
        folded = self.picture.nodes[edge.source].role == "folded"
        if edge.partial is None or folded or self.edges == "none":
            return None
        bold = edge.lit or bool(edge.mark)
        crossed = f" {CROSS} {fit(edge.mark, _WIDEST_LINE, LABEL_SIZE, bold)}" if edge.mark else ""
        if self.edges == "contribution" and edge.carried is not None:
            written = product([edge.carried, edge.partial])
            return Label("", "", f"{written} = {number(edge.carried * edge.partial)}{crossed}", bold)
        if edge.lit in self._with_fractions:
            over, under = (fit(part, _WIDEST_NAME, LABEL_SIZE, bold) for part in self.picture.fraction(edge))
            return Label(over, under, f"= {number(edge.partial)}{crossed}", bold)
        return Label("", "", number(edge.partial) + crossed, bold)

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


def _lines(node: Node) -> tuple[Line, ...]:
    title = Span(fit(node.name, _WIDEST_NAME, SIZE, bold=True), "name")
    value = () if node.value is None else (Span(f" = {number(node.value)}", "value"),)
    if node.role == "constant":
        return ((Span(node.name, "value"),),)
    lines: list[Line] = [(title, *value)]
    if node.definition:
        definition = Span(fit(f" = {node.definition}", _WIDEST_LINE - width(title.text, SIZE, bold=True), SIZE), "text")
        lines = [(title, definition), *((Span(title.text + span.text, "value"),) for span in value)]
    if node.slope is not None:
        lines.append((Span(f"{fit(node.slope_name, _WIDEST_NAME, SIZE)} = {number(node.slope)}", "slope"),))
    if node.mark:
        lines.append((Span(fit(f"{CROSS} {node.mark}", _WIDEST_LINE, SIZE, bold=True), "name"),))
    return tuple(lines)
