"""A layer as a column of discs, with the texts in each disc and under it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from autograd.drawing.network.network import DIGITS, Layer, Network, Neuron, sign
from autograd.drawing.shapes import LEADING, Disc, Mark, Plate, Rectangle, Text
from autograd.drawing.typeface import fit, width
from autograd.symbolic.typesetting import number

# Font sizes in pixels: of a neuron's name, of its activation, and of its bias below the disc.
_NAME_SIZE, _NUMBER_SIZE, _BIAS_SIZE = 11.0, 12.5, 11.5
# Radius and distance of the three dots for omitted neurons.
_DOT_RADIUS, _DOT_PITCH = 2.2, 9.0
# Opacity of the fill for the smallest and the largest activation; text on the latter is still readable.
MIN_FILL_OPACITY, MAX_FILL_OPACITY = 0.06, 0.45
# Pixels. Longer texts end in an ellipsis.
_MAX_NAME_WIDTH, _MAX_BIAS_WIDTH, _MAX_ASIDE_WIDTH = 75.0, 210.0, 160.0
# Pixels between a disc and the text under it.
_BIAS_GAP = 4


@dataclass(frozen=True)
class Style:
    """The common properties of all neurons of a diagram.

    Attributes:
        radius: of a disc.
        pitch: the distance of neighbours in a column.
        annotated: True to write names and numbers.
        slopes: True to write derivatives instead of biases.
    """

    radius: float
    pitch: float
    annotated: bool
    slopes: bool


@dataclass(frozen=True)
class Column:
    """A typeset layer about x = 0."""

    network: Network
    layer: Layer
    style: Style

    @cached_property
    def heights(self) -> list[float]:
        """The y of each drawn neuron; the middle of the column is 0."""
        return [self._height(slot) for slot in range(self.layer.slots) if slot not in self._dots]

    @cached_property
    def _dots(self) -> dict[int, int]:
        """The slots of omitted neurons, and their numbers."""
        return {position + i: count for i, (position, count) in enumerate(self.layer.left_out)}

    def _height(self, slot: int) -> float:
        return (slot - (self.layer.slots - 1) / 2) * self.style.pitch

    @property
    def drop(self) -> float:
        """The height of the tallest text under a disc."""
        return max(_drop(self._bias_lines(neuron)) for neuron in self.layer.neurons)

    @cached_property
    def marks(self) -> list[Mark]:
        """The marks of all neurons and dots."""
        marks: list[Mark] = []
        for slot, count in self._dots.items():
            y = self._height(slot)
            marks += (Disc((0.0, y + step * _DOT_PITCH), _DOT_RADIUS, "dot") for step in (-1, 0, 1))
            marks.append(Text(f"{count:,} more", 0.0, y + 2 * _DOT_PITCH + 3, _NAME_SIZE, "note"))
        # At least 1, the largest activation of a sigmoid, so that layers with small activations look pale.
        largest = max([1.0, *(abs(a) for a in map(_finite_activation, self.layer.neurons))])
        for neuron, y in zip(self.layer.neurons, self.heights, strict=True):
            marks += self._neuron(neuron, y, largest)
        return marks

    @cached_property
    def obstacles(self) -> list[Rectangle]:
        """The areas of discs and of the texts under them."""
        side = 2 * self.style.radius
        discs = [Rectangle(0.0, y, side, side) for y in self.heights]
        return discs + [mark.area for mark in self.marks if isinstance(mark, Plate)]

    @cached_property
    def half_width(self) -> float:
        """Half of its width, without the texts beside neurons."""
        areas = [mark.area for mark in self.marks if isinstance(mark, (Plate, Text)) and mark.role != "aside"]
        return max([self.style.radius, *(area.width / 2 for area in areas)])

    def _neuron(self, neuron: Neuron, y: float, largest: float) -> Iterator[Mark]:
        radius = self.style.radius
        role, opacity = self.layer.role, 1.0
        if neuron.activation is not None:
            role = sign(neuron.activation)
            size = abs(_finite_activation(neuron))
            # Zero and "odd" have a fill of their own, without a scale.
            opacity = MIN_FILL_OPACITY + (MAX_FILL_OPACITY - MIN_FILL_OPACITY) * size / largest if size else 1.0
        yield Disc((0.0, y), radius, role, opacity, self._tooltip(neuron), neuron.lit)
        if self.style.annotated:
            yield from self._texts_inside(neuron, y)
            yield from self._bias(neuron, y + radius + _BIAS_GAP)
        if neuron.aside:
            side = -1 if self.layer.role == "input" else 1
            text = fit(neuron.aside, _MAX_ASIDE_WIDTH, _NUMBER_SIZE)
            yield Text(text, side * (radius + 8), y, _NUMBER_SIZE, "aside", anchor="end" if side < 0 else "start")

    def _texts_inside(self, neuron: Neuron, y: float) -> Iterator[Text]:
        if neuron.activation is None:
            yield Text(fit(neuron.name, 1.6 * self.style.radius, _NUMBER_SIZE), 0.0, y, _NUMBER_SIZE, "name")
            return
        # The chord of the disc at 15 px from its centre, about the upper edge of the name.
        room = 2 * math.sqrt(self.style.radius**2 - 15**2)
        text = number(neuron.activation, digits=DIGITS)
        size = _NUMBER_SIZE * min(1.0, room / width(text, _NUMBER_SIZE, bold=True))
        yield Text(fit(neuron.name, room, _NAME_SIZE), 0.0, y - 9, _NAME_SIZE, "name")
        yield Text(text, 0.0, y + 6, size, "number", bold=True)

    def _bias_lines(self, neuron: Neuron) -> list[str]:
        """Return the text under a neuron: its bias or the derivative with respect to it, both for a highlighted one."""
        bias = neuron.bias
        if bias is None or not self.style.annotated:
            return []
        bias = bias._replace(name=fit(bias.name, _MAX_NAME_WIDTH, _BIAS_SIZE))
        if bias.lit:
            return [fit(line, _MAX_BIAS_WIDTH, _BIAS_SIZE, bold=True) for line in self.network.equations(bias)]
        equations = self.network.equations(bias, DIGITS)
        line = equations[-1] if self.style.slopes else equations[0]
        return [fit(line, _MAX_BIAS_WIDTH, _BIAS_SIZE)]

    def _bias(self, neuron: Neuron, top: float) -> Iterator[Mark]:
        lines = self._bias_lines(neuron)
        if not lines:
            return
        lit = neuron.bias is not None and neuron.bias.lit
        plate_width = max(width(line, _BIAS_SIZE, lit) for line in lines) + 2 * (6 if lit else 1)
        plate_height = _drop(lines) - _BIAS_GAP
        area = Rectangle(0.0, top + plate_height / 2, plate_width, plate_height)
        yield Plate(area, "callout" if lit else "plate")
        leading = plate_height / len(lines)
        for i, line in enumerate(lines):
            role = "slope" if i or (self.style.slopes and not lit) else "bias"
            yield Text(line, 0.0, top + (i + 0.5) * leading, _BIAS_SIZE, role, lit)

    def _tooltip(self, neuron: Neuron) -> str:
        text = neuron.name if neuron.activation is None else f"{neuron.name} = {neuron.activation!r}"
        return f"{text}; {self.network.tooltip(neuron.bias)}" if neuron.bias else text


def _drop(lines: list[str]) -> float:
    """Return the distance from a disc down to the end of the lines under it."""
    if not lines:
        return 0.0
    # Two lines are a callout, which has a border and padding.
    padding = 6 if len(lines) > 1 else 0
    return _BIAS_GAP + len(lines) * LEADING * _BIAS_SIZE + padding


def _finite_activation(neuron: Neuron) -> float:
    """Return the activation, or 0 if it is unknown or not finite, so that no fill can show it."""
    return neuron.activation if neuron.activation is not None and math.isfinite(neuron.activation) else 0.0
