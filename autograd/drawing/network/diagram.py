"""The classical diagram of a network: discs in columns, and between them a line for each weight.

The broader the line, the larger the weight; its sign is in its colour and in its dashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

from autograd.drawing.network.columns import FULLEST, Column, Style
from autograd.drawing.network.connections import BROADEST, LABEL, Gap, Placement, Show
from autograd.drawing.network.network import DIGITS, Layer, Network, counted, sign
from autograd.drawing.shapes import LEADING, Disc, Mark, Scene, Stroke, Text, bounds
from autograd.drawing.themes import Theme
from autograd.drawing.typeface import fit, wrap
from autograd.symbolic.typesetting import number

_SIZE, _SAMPLE, _DISC, _SPACE = 12.5, 34.0, 14.0, 22.0


def legend(network: Network, gaps: Sequence[Gap], room: float) -> list[Mark]:
    """The entries in lines no wider than `room`, about x = 0 and from y = 0 down."""
    rows: list[list[list[Mark]]] = []
    used = room
    for entry in _entries(network, gaps):
        wide = _width(entry)
        if used + _SPACE + wide > room:
            rows.append([])
            used = -_SPACE
        rows[-1].append(entry)
        used += _SPACE + wide
    marks: list[Mark] = []
    for i, row in enumerate(rows):
        x = -(sum(map(_width, row)) + _SPACE * (len(row) - 1)) / 2
        for entry in row:
            marks += (mark.moved(x, (i + 0.5) * (LEADING * _SIZE + 4)) for mark in entry)
            x += _width(entry) + _SPACE
    return marks


def _entries(network: Network, gaps: Sequence[Gap]) -> list[list[Mark]]:
    what = "w" if gaps[0].show == "weights" else network.slope_name("w")
    largest = gaps[0].largest
    lines = {sign(gap.quantity(connection)) for gap in gaps for connection in gap.connections}
    fillings = {sign(n.activation) for layer in network.layers for n in layer.neurons if n.activation is not None}
    entries = [
        _line(kind, f"{what} {text}", BROADEST / 2)
        for kind, text in (("positive", "> 0"), ("negative", "< 0"), ("zero", "= 0"), ("odd", "not finite"))
        if kind in lines
    ]
    if largest:
        entries.append(_line("scale", f"widest: |{what}| = {number(largest, digits=DIGITS)}", BROADEST))
    for kind, text in (("positive", "activation > 0"), ("negative", "activation < 0")):
        if kind in fillings:
            entries.append([Disc((_DISC / 2, 0.0), _DISC / 2, kind, FULLEST), _text(text, _DISC)])
    return entries


def _line(kind: str, text: str, breadth: float) -> list[Mark]:
    return [Stroke((0.0, 0.0), (_SAMPLE, 0.0), kind, breadth), _text(text, _SAMPLE)]


def _text(text: str, sample: float) -> Text:
    return Text(text, sample + 7, 0.0, _SIZE, "legend", anchor="start")


def _width(entry: Sequence[Mark]) -> float:
    left, right, *_ = bounds(entry)
    return right - left


Numbers = Literal["auto", "all", "neurons", "none"]
"""What is written in: everything, weights where they fit or in any case; names, activations and biases; or nothing."""

_RADIUS, _SMALL_RADIUS, _LEAST_PITCH = 27.0, 12.0, 48.0
_HEADER, _CAPTION, _NOTE = 13.0, 15.0, 12.5
_WIDEST_HEADER, _NARROWEST = 150.0, 440.0
_MOST_LABELS, _LARGEST_FAN = 24, 4
"""Where there are more weights between two layers, or both layers are larger, "auto" writes no numbers on lines."""


@dataclass(frozen=True)
class Diagram:
    """A network set in type and placed."""

    network: Network
    show: Show = "weights"
    numbers: Numbers = "auto"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The layers."""
        annotated = self.numbers != "none"
        style = Style(_RADIUS if annotated else _SMALL_RADIUS, 0.0, annotated, self.show == "gradients")
        columns = [Column(self.network, layer, style) for layer in self.network.layers]
        fans = [min(a.slots, b.slots) + 1 for a, b in pairwise(self.network.layers) if self._is_labelled(a, b)]
        room = max(2 * style.radius + max(column.drop for column in columns) + 12, _LEAST_PITCH)
        style = replace(style, pitch=max([room, *(fan * (LEADING * LABEL + 8) for fan in fans)]))
        return tuple(replace(column, style=style) for column in columns)

    @cached_property
    def gaps(self) -> tuple[tuple[Gap, Placement], ...]:
        """What lies between each two columns, and how it is placed."""
        return tuple(map(self._gap, range(len(self.columns) - 1)))

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """Everything, in the order in which it is drawn."""
        marks: list[Mark] = []
        places = [0.0]
        for gap, placement in self.gaps:
            marks += (mark.moved(places[-1], 0.0) for mark in gap.marks(placement))
            places.append(places[-1] + placement.distance)
        for column, x in zip(self.columns, places, strict=True):
            marks += (mark.moved(x, 0.0) for mark in column.marks)
        left, right, top, _ = bounds(marks)
        top -= 12 + 3 * LEADING * _HEADER
        for column, x in zip(self.columns, places, strict=True):
            marks += (line.moved(x, top) for line in _header(column.layer))
        middle, room = (left + right) / 2, max(right - left, _NARROWEST)
        for below in (legend(self.network, [gap for gap, _ in self.gaps], room), self._captions(room)):
            if below:
                bottom = bounds(marks)[3] + 18
                marks += (mark.moved(middle, bottom) for mark in below)
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

    def _gap(self, i: int) -> tuple[Gap, Placement]:
        left, right = self.columns[i : i + 2]
        headers = [max(text.area.width for text in _header(column.layer)) for column in (left, right)]
        gap = Gap(
            self.network,
            tuple(c for c in self.network.connections if c.column == i),
            left,
            right,
            self.show,
            self._is_labelled(left.layer, right.layer),
            sum(headers) / 2 + 16,
        )
        placement = gap.placement
        if placement is None and self.numbers == "auto":
            gap = replace(gap, labelled=False)
            placement = gap.placement
        if placement is None:
            raise ValueError(
                f"the numbers of the {len(gap.connections):,} weights between layers {i + 1} and {i + 2} do not fit on "
                'the lines; draw fewer neurons with max_shown, or leave numbers="auto"'
            )
        return gap, placement

    def _is_labelled(self, before: Layer, behind: Layer) -> bool:
        """Whether numbers are wanted on the lines between two layers."""
        m, n = len(before.neurons), len(behind.neurons)
        few = m * n <= _MOST_LABELS and min(m, n) <= _LARGEST_FAN
        return self.numbers == "all" or (self.numbers == "auto" and few)

    def _captions(self, room: float) -> list[Mark]:
        lines = [("caption", _CAPTION, line) for line in wrap(self.network.caption, room / 1.1, _CAPTION)]
        lines += [("note", _NOTE, line) for line in wrap(self.network.note, room, _NOTE)]
        marks: list[Mark] = []
        y = 0.0
        for kind, size, line in lines:
            marks.append(Text(line, 0.0, y + LEADING * size / 2, size, kind, kind == "caption"))
            y += LEADING * size + 3
        return marks


def _header(layer: Layer) -> list[Text]:
    """What is above a column, from y = 0 down."""
    lines = [f"layer {layer.number}: {layer.role}", counted(layer.size, "neuron"), layer.activation]
    return [
        Text(
            fit(line, _WIDEST_HEADER, _HEADER, not i),
            0.0,
            (i + 0.5) * LEADING * _HEADER,
            _HEADER,
            "note" if i else "header",
            not i,
        )
        for i, line in enumerate(lines)
        if line
    ]
