"""The legend of a diagram: what lines, dashes and fillings mean, as far as they are there."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.drawing.network.columns import FULLEST
from autograd.drawing.network.connections import BROADEST, Gap
from autograd.drawing.network.network import DIGITS, Network, sign
from autograd.drawing.shapes import LEADING, Disc, Mark, Stroke, Text, bounds, moved
from autograd.writing import number

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
            marks += (moved(mark, x, (i + 0.5) * (LEADING * _SIZE + 4)) for mark in entry)
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
