"""The neurons of a layer as a column of discs: what is written in and under each, and how high each stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from autograd.drawing.network.network import DIGITS, Layer, Network, Neuron, sign
from autograd.drawing.shapes import LEADING, Disc, Mark, Plate, Rectangle, Text
from autograd.drawing.typeface import fit, width
from autograd.symbolic.typesetting import number

_NAME, _NUMBER, _BELOW = 11.0, 12.5, 11.5
_DOT, _DOTS = 2.2, 9.0
FAINTEST, FULLEST = 0.06, 0.45
"""Opacity of the filling; what is written on the fullest still stands out."""
_WIDEST_NAME, _WIDEST_BELOW, _WIDEST_ASIDE = 75.0, 210.0, 160.0


@dataclass(frozen=True)
class Style:
    """What the neurons of a network have in common.

    Attributes:
        radius: of a disc.
        pitch: from neuron to neuron.
        annotated: whether names and numbers are written in.
        slopes: whether derivatives are shown, and not weights and biases.
    """

    radius: float
    pitch: float
    annotated: bool
    slopes: bool


@dataclass(frozen=True)
class Column:
    """A layer set in type, about x = 0."""

    network: Network
    layer: Layer
    style: Style

    @cached_property
    def heights(self) -> list[float]:
        """How far down the middle of each neuron is from the middle of the column."""
        return [self._height(slot) for slot in range(self.layer.slots) if slot not in self._dots]

    @cached_property
    def _dots(self) -> dict[int, int]:
        """The slots of the dots that stand for neurons that are left out, and for how many."""
        return {place + i: count for i, (place, count) in enumerate(self.layer.left_out)}

    def _height(self, slot: int) -> float:
        return (slot - (self.layer.slots - 1) / 2) * self.style.pitch

    @property
    def drop(self) -> float:
        """How far what is under a neuron reaches down from its disc."""
        return max(map(_drop, map(self._below, self.layer.neurons)))

    @cached_property
    def marks(self) -> list[Mark]:
        """All of it."""
        marks: list[Mark] = []
        for slot, count in self._dots.items():
            y = self._height(slot)
            marks += (Disc((0.0, y + step * _DOTS), _DOT, "dot") for step in (-1, 0, 1))
            marks.append(Text(f"{count:,} more", 0.0, y + 2 * _DOTS + 3, _NAME, "note"))
        largest = max([1.0, *(abs(a) for a in map(_finite, self.layer.neurons))])
        for neuron, y in zip(self.layer.neurons, self.heights, strict=True):
            marks += self._neuron(neuron, y, largest)
        return marks

    @cached_property
    def obstacles(self) -> list[Rectangle]:
        """The room that discs and what is under them take."""
        side = 2 * self.style.radius
        discs = [Rectangle(0.0, y, side, side) for y in self.heights]
        return discs + [mark.area for mark in self.marks if isinstance(mark, Plate)]

    @cached_property
    def half(self) -> float:
        """How far it reaches to either side, without what stands beside it."""
        areas = [mark.area for mark in self.marks if isinstance(mark, (Plate, Text)) and mark.role != "aside"]
        return max([self.style.radius, *(area.width / 2 for area in areas)])

    def _neuron(self, neuron: Neuron, y: float, largest: float) -> Iterator[Mark]:
        radius = self.style.radius
        kind, opacity = self.layer.role, 1.0
        if neuron.activation is not None:
            kind = sign(neuron.activation)
            opacity = FAINTEST + (FULLEST - FAINTEST) * abs(_finite(neuron)) / largest if _finite(neuron) else 1.0
        yield Disc((0.0, y), radius, kind, opacity, self._title(neuron), neuron.lit)
        if self.style.annotated:
            yield from self._inside(neuron, y)
            yield from self._under(neuron, y + radius + 4)
        if neuron.aside:
            side = -1 if self.layer.role == "input" else 1
            text = fit(neuron.aside, _WIDEST_ASIDE, _NUMBER)
            yield Text(text, side * (radius + 8), y, _NUMBER, "aside", anchor="end" if side < 0 else "start")

    def _inside(self, neuron: Neuron, y: float) -> Iterator[Text]:
        if neuron.activation is None:
            yield Text(fit(neuron.name, 1.6 * self.style.radius, _NUMBER), 0.0, y, _NUMBER, "name")
            return
        room = 2 * math.sqrt(self.style.radius**2 - 15**2)
        text = number(neuron.activation, digits=DIGITS)
        size = _NUMBER * min(1.0, room / width(text, _NUMBER, bold=True))
        yield Text(fit(neuron.name, room, _NAME), 0.0, y - 9, _NAME, "name")
        yield Text(text, 0.0, y + 6, size, "number", bold=True)

    def _below(self, neuron: Neuron) -> list[str]:
        """What is written under a neuron: its bias, or the derivative by it, and both where it is singled out."""
        bias = neuron.bias
        if bias is None or not self.style.annotated:
            return []
        bias = bias._replace(name=fit(bias.name, _WIDEST_NAME, _BELOW))
        if bias.lit:
            return [fit(line, _WIDEST_BELOW, _BELOW, bold=True) for line in self.network.equations(bias)]
        *_, line = self.network.equations(bias, DIGITS)[: 2 if self.style.slopes else 1]
        return [fit(line, _WIDEST_BELOW, _BELOW)]

    def _under(self, neuron: Neuron, top: float) -> Iterator[Mark]:
        lines = self._below(neuron)
        if not lines:
            return
        lit = neuron.bias is not None and neuron.bias.lit
        wide = max(width(line, _BELOW, lit) for line in lines) + 2 * (6 if lit else 1)
        high = _drop(lines) - 4
        yield Plate(Rectangle(0.0, top + high / 2, wide, high), "callout" if lit else "plate")
        leading = high / len(lines)
        for i, line in enumerate(lines):
            kind = "slope" if i or (self.style.slopes and not lit) else "bias"
            yield Text(line, 0.0, top + (i + 0.5) * leading, _BELOW, kind, lit)

    def _title(self, neuron: Neuron) -> str:
        parts = [neuron.name if neuron.activation is None else f"{neuron.name} = {neuron.activation!r}"]
        return "; ".join([*parts, *([self.network.exactly(neuron.bias)] if neuron.bias else [])])


def _drop(lines: list[str]) -> float:
    return 4 + len(lines) * LEADING * _BELOW + (6 if len(lines) > 1 else 0) if lines else 0.0


def _finite(neuron: Neuron) -> float:
    """The activation, 0 where it is none that a filling can show."""
    return neuron.activation if neuron.activation is not None and math.isfinite(neuron.activation) else 0.0
