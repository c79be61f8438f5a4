"""The classical diagram of a network: discs in columns, and between them a line for each weight.

The width of a line displays the magnitude of its weight; its colour and its dashes display the sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

from autograd.drawing.network.columns import MAX_FILL_OPACITY, Column, Style
from autograd.drawing.network.connections import LABEL_SIZE, MAX_BREADTH, Connections, Placement, Show
from autograd.drawing.network.model import DIGITS, Layer, Network, counted, sign
from autograd.drawing.shapes import LEADING, Disc, Mark, Scene, Stroke, Text, bounds
from autograd.drawing.themes import Theme
from autograd.drawing.typeface import fit, wrap
from autograd.symbolic.typesetting import number

# The numbers in a diagram: all; all, with numbers on lines only between small layers; those of neurons; none.
Numbers = Literal["auto", "all", "neurons", "none"]

# Radius of a disc with and without texts in it, and the least distance between neighbours, in pixels.
_RADIUS, _SMALL_RADIUS, _MIN_PITCH = 27.0, 12.0, 48.0
# Font sizes in pixels.
_HEADER_SIZE, _CAPTION_SIZE, _NOTE_SIZE, _LEGEND_SIZE = 13.0, 15.0, 12.5, 12.5
# A header ends in an ellipsis beyond its width; legend and captions may be wider than a narrow network.
_MAX_HEADER_WIDTH, _MIN_CAPTION_WIDTH = 150.0, 440.0
# Between two layers with more weights than this, "auto" writes no numbers on lines.
_MAX_LABELS = 24
# Width of a sample line, diameter of a sample disc, and the distance between two entries of the legend, in pixels.
_SAMPLE_LINE, _SAMPLE_DISC, _ENTRY_GAP = 34.0, 14.0, 22.0


@dataclass(frozen=True)
class Diagram:
    """A network, typeset and laid out."""

    network: Network
    show: Show = "weights"
    numbers: Numbers = "auto"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The layers, with neighbours far enough apart for the texts under them and for the numbers on lines."""
        annotated = self.numbers != "none"
        style = Style(_RADIUS if annotated else _SMALL_RADIUS, 0.0, annotated, self.show == "gradients")
        columns = [Column(self.network, layer, style) for layer in self.network.layers]
        # The number of parts into which lines divide the distance between neighbours; see `connections`.
        parts = [min(a.slots, b.slots) + 1 for a, b in pairwise(self.network.layers) if self._is_labelled(a, b)]
        pitch = max(2 * style.radius + max(column.drop for column in columns) + 12, _MIN_PITCH)
        style = replace(style, pitch=max([pitch, *(count * (LEADING * LABEL_SIZE + 8) for count in parts)]))
        return tuple(replace(column, style=style) for column in columns)

    @cached_property
    def connections(self) -> tuple[tuple[Connections, Placement], ...]:
        """The weights between each pair of columns, and their placement."""
        return tuple(map(self._connections, range(len(self.columns) - 1)))

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """All marks, in the order of painting."""
        marks: list[Mark] = []
        xs = [0.0]
        for connections, placement in self.connections:
            marks += (mark.moved(xs[-1], 0.0) for mark in connections.marks(placement))
            xs.append(xs[-1] + placement.distance)
        for column, x in zip(self.columns, xs, strict=True):
            marks += (mark.moved(x, 0.0) for mark in column.marks)
        left, right, top, _ = bounds(marks)
        top -= 12 + 3 * LEADING * _HEADER_SIZE
        for column, x in zip(self.columns, xs, strict=True):
            marks += (line.moved(x, top) for line in _header(column.layer))
        middle, room = (left + right) / 2, max(right - left, _MIN_CAPTION_WIDTH)
        legend = _legend(self.network, [connections for connections, _ in self.connections], room)
        for block in (legend, self._captions(room)):
            if block:
                bottom = bounds(marks).bottom + 18
                marks += (mark.moved(middle, bottom) for mark in block)
        return tuple(marks)

    def scene(self, theme: Theme) -> Scene:
        """Return the display list."""
        return Scene(
            style="network",
            title=self.network.title,
            description=self.network.describe(),
            theme=theme,
            bounds=bounds(self.marks),
            marks=self.marks,
        )

    def _connections(self, i: int) -> tuple[Connections, Placement]:
        left, right = self.columns[i : i + 2]
        headers = [max(text.area.width for text in _header(column.layer)) for column in (left, right)]
        connections = Connections(
            self.network,
            tuple(c for c in self.network.connections if c.column == i),
            left,
            right,
            self.show,
            self._is_labelled(left.layer, right.layer),
            sum(headers) / 2 + 16,
        )
        placement = connections.placement
        if placement is None and self.numbers == "auto":
            connections = replace(connections, labelled=False)
            placement = connections.placement
        if placement is None:
            raise ValueError(
                f"the numbers of the {len(connections.connections):,} weights between layers {i + 1} and {i + 2} "
                'do not fit on the lines; draw fewer neurons with max_shown, or use numbers="auto"'
            )
        return connections, placement

    def _is_labelled(self, left: Layer, right: Layer) -> bool:
        """Return True if numbers are to be written on the lines between two layers."""
        has_few_lines = len(left.neurons) * len(right.neurons) <= _MAX_LABELS
        return self.numbers == "all" or (self.numbers == "auto" and has_few_lines)

    def _captions(self, room: float) -> list[Mark]:
        # Bold type is up to 1.1 times as wide.
        lines = [("caption", _CAPTION_SIZE, line) for line in wrap(self.network.caption, room / 1.1, _CAPTION_SIZE)]
        lines += [("note", _NOTE_SIZE, line) for line in wrap(self.network.note, room, _NOTE_SIZE)]
        marks: list[Mark] = []
        y = 0.0
        for role, size, line in lines:
            marks.append(Text(line, 0.0, y + LEADING * size / 2, size, role, role == "caption"))
            y += LEADING * size + 3
        return marks


def _header(layer: Layer) -> list[Text]:
    """Return the texts above a column, from y = 0 down; the first is bold."""
    lines = [f"layer {layer.number}: {layer.role}", counted(layer.size, "neuron"), layer.activation]
    texts = []
    for i, line in enumerate(lines):
        if line:
            text = fit(line, _MAX_HEADER_WIDTH, _HEADER_SIZE, i == 0)
            y = (i + 0.5) * LEADING * _HEADER_SIZE
            texts.append(Text(text, 0.0, y, _HEADER_SIZE, "note" if i else "header", i == 0))
    return texts


def _legend(network: Network, connections: Sequence[Connections], room: float) -> list[Mark]:
    """Return the legend in rows no wider than `room`, about x = 0 and from y = 0 down."""
    rows: list[list[list[Mark]]] = []
    row_width = room
    for entry in _legend_entries(network, connections):
        entry_width = _width(entry)
        if row_width + _ENTRY_GAP + entry_width > room:
            rows.append([])
            row_width = -_ENTRY_GAP
        rows[-1].append(entry)
        row_width += _ENTRY_GAP + entry_width
    marks: list[Mark] = []
    for i, row in enumerate(rows):
        x = -(sum(map(_width, row)) + _ENTRY_GAP * (len(row) - 1)) / 2
        for entry in row:
            marks += (mark.moved(x, (i + 0.5) * (LEADING * _LEGEND_SIZE + 4)) for mark in entry)
            x += _width(entry) + _ENTRY_GAP
    return marks


def _legend_entries(network: Network, connections: Sequence[Connections]) -> list[list[Mark]]:
    """Return an entry for each sign of a line, the broadest line, and each sign of an activation in the diagram."""
    symbol = "w" if connections[0].show == "weights" else network.slope_name("w")
    largest = connections[0].largest
    line_signs = {sign(part.quantity(connection)) for part in connections for connection in part.connections}
    fill_signs = {sign(n.activation) for layer in network.layers for n in layer.neurons if n.activation is not None}
    entries = [
        _line_entry(role, f"{symbol} {text}", MAX_BREADTH / 2)
        for role, text in (("positive", "> 0"), ("negative", "< 0"), ("zero", "= 0"), ("odd", "not finite"))
        if role in line_signs
    ]
    if largest:
        entries.append(_line_entry("scale", f"widest: |{symbol}| = {number(largest, digits=DIGITS)}", MAX_BREADTH))
    for role, text in (("positive", "activation > 0"), ("negative", "activation < 0")):
        if role in fill_signs:
            disc = Disc((_SAMPLE_DISC / 2, 0.0), _SAMPLE_DISC / 2, role, MAX_FILL_OPACITY)
            entries.append([disc, _entry_text(text, _SAMPLE_DISC)])
    return entries


def _line_entry(role: str, text: str, breadth: float) -> list[Mark]:
    return [Stroke((0.0, 0.0), (_SAMPLE_LINE, 0.0), role, breadth), _entry_text(text, _SAMPLE_LINE)]


def _entry_text(text: str, sample_width: float) -> Text:
    return Text(text, sample_width + 7, 0.0, _LEGEND_SIZE, "legend", anchor="start")


def _width(entry: Sequence[Mark]) -> float:
    left, right, *_ = bounds(entry)
    return right - left
