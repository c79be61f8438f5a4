"""The weights between two layers: a line from disc to disc for each, with its number on it if there is room.

All numbers are at the same fraction t of the way between the columns. There the m·n lines from m neurons to n others
are evenly spaced if t is 1/(n + 1) or m/(m + 1), by the distance of neighbours over min(m, n) + 1. So such a place
exists if neighbours and columns are far enough apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from autograd.drawing.network.columns import Column
from autograd.drawing.network.model import DIGITS, Connection, Network, sign
from autograd.drawing.shapes import LEADING, Mark, Plate, Rectangle, Stroke, Text
from autograd.drawing.typeface import fit, width
from autograd.symbolic.typesetting import number

Show = Literal["weights", "gradients"]

# Font sizes in pixels: of a number on a line, and of the equations of the highlighted weight.
LABEL_SIZE, CALLOUT_SIZE = 11.5, 13.0
# Line widths in pixels: for a number near 0 and for the largest, for 0, for the highlighted weight and its casing.
_MIN_BREADTH, MAX_BREADTH = 0.5, 3.5
_ZERO_BREADTH, _HIGHLIGHTED_BREADTH, _CASING_BREADTH = 1.5, 4.0, 2.0
# Pixels. Longer texts end in an ellipsis.
_MAX_NAME_WIDTH, _MAX_CALLOUT_WIDTH = 110.0, 280.0

# The candidates for t are k/60 for k = 1, …, 59. Sixty has 2, 3, 4, 5 and 6 as divisors.
_FRACTIONS = 60
# The least vertical distance between two numbers, and between the callout and discs, in pixels.
_LABEL_GAP, _CALLOUT_GAP = 2.0, 4.0
# The least distance between the columns, in pixels, and the steepest slope of a line without and with a number.
_MIN_DISTANCE, _MAX_SLOPE, _MAX_LABELLED_SLOPE = 80.0, 2.2, 1.1
# Distances are tried in geometric progression.
_DISTANCE_RATIO, _MAX_DISTANCES = 1.12, 16
# Additional distance between columns, in pixels, that is accepted to uncover one line.
_PIXELS_PER_COVERED_LINE = 80.0
# Positions of the callout, as fractions of the distance between the columns; the preferred ones first.
_CALLOUT_FRACTIONS = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73)


class WeightLine(NamedTuple):
    """A line from the left column, at height `start`, to the right column, at height `end`."""

    start: float
    end: float

    def height(self, t: float) -> float:
        """Return its height at the fraction t of the way."""
        return self.start + t * (self.end - self.start)


class LabelPlaces(NamedTuple):
    """The places of all numbers, and how often a number covers the line of another."""

    places: list[Rectangle]
    covered: int


def labels_on(
    lines: Sequence[WeightLine],
    widths: Sequence[float],
    height: float,
    distance: float,
    obstacles: Sequence[Rectangle] = (),
) -> LabelPlaces | None:
    """Place a rectangle on each line so that as few other lines as possible are covered.

    Args:
        lines: the lines; several may start or end at the same height.
        widths: of the rectangles.
        height: of the rectangles.
        distance: between the columns; the left one is at x = 0.
        obstacles: areas that no rectangle may touch.

    Returns:
        The places, or None if not all rectangles fit.

    >>> labels_on([WeightLine(0.0, 100.0)], [20.0], 10.0, 80.0).places
    [Rectangle(x=40.0, y=50.0, width=20.0, height=10.0)]
    """
    best: LabelPlaces | None = None
    # By the number of covered lines, then by the distance from the middle. Every score is below the initial one.
    best_score = (len(lines) ** 2, 0.5)
    for k in range(1, _FRACTIONS):
        t = k / _FRACTIONS
        heights = [line.height(t) for line in lines]
        if any(below - above < height + _LABEL_GAP for above, below in pairwise(sorted(heights))):
            continue
        labels = [Rectangle(t * distance, y, w, height) for y, w in zip(heights, widths, strict=True)]
        if any(label.touches(obstacle, _LABEL_GAP) for label in labels for obstacle in obstacles):
            continue
        score = (_covered(lines, labels, distance), abs(t - 0.5))
        if score < best_score:
            best, best_score = LabelPlaces(labels, score[0]), score
    return best


def _covered(lines: Sequence[WeightLine], labels: Sequence[Rectangle], distance: float) -> int:
    """Count the pairs of a label and the line of another that it covers."""
    if not labels:
        return 0
    start, end = np.array(lines).T
    x, y, label_width, label_height = np.array(labels).T[:, :, None]
    t_left, t_right = ((x + side * label_width / 2) / distance for side in (-1, 1))
    left, right = (start + t * (end - start) - y for t in (t_left, t_right))
    covered = (np.minimum(left, right) < label_height / 2) & (np.maximum(left, right) > -label_height / 2)
    # Each label is on its own line.
    return int(covered.sum()) - len(labels)


@dataclass(frozen=True)
class Placement:
    """The distance between two columns, and the places of the texts between them.

    Attributes:
        distance: from the middle of one column to the middle of the other.
        labels: the place of each connection's number, None without one.
        callout: the place of the highlighted weight's equations, or None.
    """

    distance: float
    labels: tuple[Rectangle | None, ...]
    callout: Rectangle | None


@dataclass(frozen=True)
class Connections:
    """The connections between two columns; the left column is at x = 0.

    Attributes:
        network: the network of them all.
        connections: the weights.
        left: the column on the left.
        right: the column on the right.
        show: "weights" or "gradients": the numbers that lines display.
        labelled: True to write numbers on lines.
        min_distance: the least distance of the columns, which the headers above them need.
    """

    network: Network
    connections: tuple[Connection, ...]
    left: Column
    right: Column
    show: Show
    labelled: bool
    min_distance: float

    @cached_property
    def placement(self) -> Placement | None:
        """The best placement, with few covered lines and columns close together; None if the numbers do not fit."""
        callout_width = self._callout_size[0] + 24 if self._highlighted is not None else 0.0
        rise = max(abs(line.end - line.start) for line in self._lines)
        distance = max(
            self.min_distance,
            self.left.half_width + self.right.half_width + max(_MIN_DISTANCE, callout_width),
            rise / (_MAX_LABELLED_SLOPE if self.labelled else _MAX_SLOPE),
        )
        best: Placement | None = None
        best_cost = math.inf
        for _ in range(_MAX_DISTANCES):
            for callout in self._callout_areas(distance):
                labels = self._label_places(distance, callout)
                if labels is None:
                    continue
                cost = labels.covered + distance / _PIXELS_PER_COVERED_LINE
                if cost < best_cost:
                    best, best_cost = Placement(distance, self._by_connection(labels), callout), cost
            distance *= _DISTANCE_RATIO
            # The distance alone costs more than the best placement.
            if distance / _PIXELS_PER_COVERED_LINE >= best_cost:
                break
        return best

    def quantity(self, connection: Connection) -> float:
        """Return the number that the line of a connection displays."""
        weight = connection.weight
        return weight.slope if self.show == "gradients" and weight.slope is not None else weight.value

    def marks(self, placement: Placement) -> Iterator[Mark]:
        """Yield the lines, the highlighted one last, and then the texts on them."""
        order = [(c.weight.lit, sign(self.quantity(c))) for c in self.connections]
        # Lines of one sign follow each other, so that they become one group of SVG.
        for k in sorted(range(len(order)), key=order.__getitem__):
            yield from self._strokes(self.connections[k], self._lines[k], placement.distance)
        role = "number" if self.show == "weights" else "slope"
        for connection, area in zip(self.connections, placement.labels, strict=True):
            if area is not None:
                text = number(self.quantity(connection), digits=DIGITS)
                yield Plate(area, "plate")
                yield Text(text, area.x, area.y, LABEL_SIZE, role)
        if placement.callout is not None:
            area = placement.callout
            yield Plate(area, "callout")
            for i, line in enumerate(self._equations):
                y = area.y + (i - (len(self._equations) - 1) / 2) * LEADING * CALLOUT_SIZE
                yield Text(line, area.x, y, CALLOUT_SIZE, "slope" if i else "name", bold=True)

    @cached_property
    def _lines(self) -> list[WeightLine]:
        return [WeightLine(self.left.heights[c.source], self.right.heights[c.target]) for c in self.connections]

    @cached_property
    def _highlighted(self) -> int | None:
        """The index of the highlighted connection."""
        return next((k for k, connection in enumerate(self.connections) if connection.weight.lit), None)

    @cached_property
    def _equations(self) -> list[str]:
        if self._highlighted is None:
            return []
        weight = self.connections[self._highlighted].weight
        weight = weight._replace(name=fit(weight.name, _MAX_NAME_WIDTH, CALLOUT_SIZE, bold=True))
        equations = self.network.equations(weight)
        return [fit(line, _MAX_CALLOUT_WIDTH, CALLOUT_SIZE, bold=True) for line in equations]

    @cached_property
    def _callout_size(self) -> tuple[float, float]:
        text_width = max((width(line, CALLOUT_SIZE, bold=True) for line in self._equations), default=0.0)
        return text_width + 14, len(self._equations) * LEADING * CALLOUT_SIZE + 6

    def _obstacles(self, distance: float) -> list[Rectangle]:
        return [*self.left.obstacles, *(area._replace(x=area.x + distance) for area in self.right.obstacles)]

    def _callout_areas(self, distance: float) -> Iterator[Rectangle | None]:
        """Yield the candidates for the callout; None if no weight is highlighted."""
        if self._highlighted is None:
            yield None
            return
        line = self._lines[self._highlighted]
        obstacles = self._obstacles(distance)
        for t in _CALLOUT_FRACTIONS:
            area = Rectangle(t * distance, line.height(t), *self._callout_size)
            if not any(area.touches(obstacle, _CALLOUT_GAP) for obstacle in obstacles):
                yield area

    def _label_places(self, distance: float, callout: Rectangle | None) -> LabelPlaces | None:
        numbered = self._numbered
        texts = [number(self.quantity(self.connections[k]), digits=DIGITS) for k in numbered]
        return labels_on(
            [self._lines[k] for k in numbered],
            [width(text, LABEL_SIZE) + 4 for text in texts],
            LEADING * LABEL_SIZE,
            distance,
            self._obstacles(distance) + ([callout] if callout else []),
        )

    def _by_connection(self, labels: LabelPlaces) -> tuple[Rectangle | None, ...]:
        places = dict(zip(self._numbered, labels.places, strict=True))
        return tuple(places.get(k) for k in range(len(self.connections)))

    @cached_property
    def _numbered(self) -> list[int]:
        """The indices of the connections with a number on their line; the highlighted one has its callout."""
        return [k for k in range(len(self.connections)) if self.labelled and k != self._highlighted]

    def _strokes(self, connection: Connection, line: WeightLine, distance: float) -> Iterator[Stroke]:
        """Yield the line of a connection from rim to rim, and before it the casing of a highlighted one."""
        rise = line.end - line.start
        length = math.hypot(distance, rise)
        dx, dy = (self.left.style.radius * component / length for component in (distance, rise))
        start, end = (dx, line.start + dy), (distance - dx, line.end - dy)
        quantity = self.quantity(connection)
        role, breadth = sign(quantity), self.breadth(quantity)
        if connection.weight.lit:
            breadth = _HIGHLIGHTED_BREADTH
            yield Stroke(start, end, "casing", breadth + 2 * _CASING_BREADTH)
        faded = self.network.has_lit_connection and not connection.weight.lit
        yield Stroke(start, end, role, breadth, self.network.tooltip(connection.weight), faded)

    @property
    def largest(self) -> float:
        """The number that the broadest line represents."""
        return self.network.largest_weight if self.show == "weights" else self.network.largest_slope or 0.0

    def breadth(self, quantity: float) -> float:
        """Return the width of the line for a number."""
        if not math.isfinite(quantity):
            return MAX_BREADTH
        if quantity == 0.0:
            return _ZERO_BREADTH
        return _MIN_BREADTH + (MAX_BREADTH - _MIN_BREADTH) * (abs(quantity) / self.largest)
