"""The weights between two layers: lines from disc to disc, with numbers on them where there is room."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from autograd.drawing.network.columns import Column
from autograd.drawing.network.network import DIGITS, Connection, Network, sign
from autograd.drawing.shapes import LEADING, Mark, Plate, Rectangle, Stroke, Text
from autograd.drawing.typeface import fit, width
from autograd.symbolic.typesetting import number

_PARTS = 60
_GAP = 2.0


class Line(NamedTuple):
    """A line from the left column, at height `start`, to the right one, at height `end`."""

    start: float
    end: float

    def height(self, t: float) -> float:
        """How high it is at a fraction of the way across."""
        return self.start + t * (self.end - self.start)


class Labels(NamedTuple):
    """Places for numbers, and how many times one of them lies over the line of another."""

    places: list[Rectangle]
    covered: int


def labels_on(
    lines: Sequence[Line],
    widths: Sequence[float],
    height: float,
    distance: float,
    obstacles: Sequence[Rectangle] = (),
) -> Labels | None:
    """A rectangle on each line, where they cover the fewest other lines; None if there is no place for all.

    Args:
        lines: the lines; several may start or end at one height.
        widths: of the rectangles.
        height: of the rectangles.
        distance: between the columns; the left one is at x = 0.
        obstacles: what no rectangle may touch.

    >>> labels_on([Line(0.0, 100.0)], [20.0], 10.0, 80.0).places
    [Rectangle(x=40.0, y=50.0, width=20.0, height=10.0)]
    """
    best: Labels | None = None
    least = (len(lines) ** 2, 0.5)
    for part in range(1, _PARTS):
        t = part / _PARTS
        heights = [line.height(t) for line in lines]
        if any(below - above < height + _GAP for above, below in pairwise(sorted(heights))):
            continue
        labels = [Rectangle(t * distance, y, w, height) for y, w in zip(heights, widths, strict=True)]
        if any(label.touches(obstacle, _GAP) for label in labels for obstacle in obstacles):
            continue
        score = (_covered(lines, labels, distance), abs(t - 0.5))
        if score < least:
            best, least = Labels(labels, score[0]), score
    return best


def _covered(lines: Sequence[Line], labels: Sequence[Rectangle], distance: float) -> int:
    """How many times a label lies over the line of another."""
    if not labels:
        return 0
    start, end = np.array(lines).T
    x, y, wide, high = np.array(labels).T[:, :, None]
    at_left, at_right = ((x + side * wide / 2) / distance for side in (-1, 1))
    left, right = (start + t * (end - start) - y for t in (at_left, at_right))
    covered = (np.minimum(left, right) < high / 2) & (np.maximum(left, right) > -high / 2)
    return int(covered.sum()) - len(labels)


Show = Literal["weights", "gradients"]

LABEL, CALLOUT = 11.5, 13.0
THINNEST, BROADEST = 0.5, 3.5
_DOTTED, _LIT, _CASING = 1.5, 4.0, 2.0
_MARGIN = 4.0
_NARROWEST, _STEEPEST, _STEEPEST_LABELLED = 80.0, 2.2, 1.1
"""The least room between two columns, and how steep the steepest line may be without and with a number on it."""
_GROWTH, _MOST_GROWTHS = 1.12, 16
_WORTH = 80.0
"""How much further apart two columns may be to keep one more line from being covered by the number of another."""
_CALLOUTS = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73)
"""How far along its line what is written about a weight may be."""
_WIDEST_NAME, _WIDEST_CALLOUT = 110.0, 280.0


@dataclass(frozen=True)
class Placement:
    """A distance between two columns, and where the texts between them go.

    Attributes:
        distance: from column to column.
        labels: for each connection the place of its number; None where none is written.
        callout: where the one that is singled out has its equations; None if there is none.
    """

    distance: float
    labels: tuple[Rectangle | None, ...]
    callout: Rectangle | None


@dataclass(frozen=True)
class Gap:
    """The connections between two columns, of which the left one is at x = 0.

    Attributes:
        network: what they belong to.
        connections: the weights.
        left: the column on the left.
        right: the column on the right.
        show: what the lines show.
        labelled: whether numbers are wanted on the lines.
        least: the least distance from column to column, for what is above them.
    """

    network: Network
    connections: tuple[Connection, ...]
    left: Column
    right: Column
    show: Show
    labelled: bool
    least: float

    @cached_property
    def placement(self) -> Placement | None:
        """Where everything has its place and few lines are covered; None if the numbers have no place."""
        width_of_callout = self._callout_size[0] + 24 if self._lit is not None else 0.0
        rise = max(abs(line.end - line.start) for line in self._lines)
        distance = max(
            self.least,
            self.left.half + self.right.half + max(_NARROWEST, width_of_callout),
            rise / (_STEEPEST_LABELLED if self.labelled else _STEEPEST),
        )
        best: Placement | None = None
        least = math.inf
        for _ in range(_MOST_GROWTHS):
            for callout in self._callouts(distance):
                labels = self._labels(distance, callout)
                if labels is not None and (cost := labels.covered + distance / _WORTH) < least:
                    best, least = Placement(distance, self._places(labels), callout), cost
            distance *= _GROWTH
            if distance / _WORTH >= least:
                break
        return best

    def quantity(self, connection: Connection) -> float:
        """What the line of a connection shows."""
        weight = connection.weight
        return weight.slope if self.show == "gradients" and weight.slope is not None else weight.value

    def marks(self, placement: Placement) -> Iterator[Mark]:
        """The lines, then what lies on them; the one that is singled out on top."""
        kinds = [(c.weight.lit, sign(self.quantity(c))) for c in self.connections]
        for k in sorted(range(len(kinds)), key=kinds.__getitem__):
            yield from self._strokes(self.connections[k], self._lines[k], placement.distance)
        kind = "number" if self.show == "weights" else "slope"
        for connection, area in zip(self.connections, placement.labels, strict=True):
            if area is not None:
                text = number(self.quantity(connection), digits=DIGITS)
                yield Plate(area, "plate")
                yield Text(text, area.x, area.y, LABEL, kind)
        if placement.callout is not None:
            area = placement.callout
            yield Plate(area, "callout")
            for i, line in enumerate(self._equations):
                y = area.y + (i - (len(self._equations) - 1) / 2) * LEADING * CALLOUT
                yield Text(line, area.x, y, CALLOUT, "slope" if i else "name", bold=True)

    @cached_property
    def _lines(self) -> list[Line]:
        return [Line(self.left.heights[c.source], self.right.heights[c.target]) for c in self.connections]

    @cached_property
    def _lit(self) -> int | None:
        """Which connection is singled out."""
        return next((k for k, connection in enumerate(self.connections) if connection.weight.lit), None)

    @cached_property
    def _equations(self) -> list[str]:
        if self._lit is None:
            return []
        weight = self.connections[self._lit].weight
        weight = weight._replace(name=fit(weight.name, _WIDEST_NAME, CALLOUT, bold=True))
        equations = self.network.equations(weight)
        return [fit(line, _WIDEST_CALLOUT, CALLOUT, bold=True) for line in equations]

    @cached_property
    def _callout_size(self) -> tuple[float, float]:
        wide = max((width(line, CALLOUT, bold=True) for line in self._equations), default=0.0)
        return wide + 14, len(self._equations) * LEADING * CALLOUT + 6

    def _obstacles(self, distance: float) -> list[Rectangle]:
        """The discs, and what is under them."""
        return [*self.left.obstacles, *(area._replace(x=area.x + distance) for area in self.right.obstacles)]

    def _callouts(self, distance: float) -> Iterator[Rectangle | None]:
        """Where the equations of the weight that is singled out can be."""
        if self._lit is None:
            yield None
            return
        start, end = self._lines[self._lit]
        obstacles = self._obstacles(distance)
        for t in _CALLOUTS:
            area = Rectangle(t * distance, start + t * (end - start), *self._callout_size)
            if not any(area.touches(obstacle, _MARGIN) for obstacle in obstacles):
                yield area

    def _labels(self, distance: float, callout: Rectangle | None) -> Labels | None:
        numbered = self._numbered
        texts = [number(self.quantity(self.connections[k]), digits=DIGITS) for k in numbered]
        return labels_on(
            [self._lines[k] for k in numbered],
            [width(text, LABEL) + 4 for text in texts],
            LEADING * LABEL,
            distance,
            self._obstacles(distance) + ([callout] if callout else []),
        )

    def _places(self, labels: Labels) -> tuple[Rectangle | None, ...]:
        """The place of each connection's number."""
        places = dict(zip(self._numbered, labels.places, strict=True))
        return tuple(places.get(k) for k in range(len(self.connections)))

    @cached_property
    def _numbered(self) -> list[int]:
        """The connections that have their number on their line."""
        return [k for k in range(len(self.connections)) if self.labelled and k != self._lit]

    def _strokes(self, connection: Connection, line: Line, distance: float) -> Iterator[Stroke]:
        """From rim to rim; what is singled out has a casing, in a colour that no sign has."""
        rise = line.end - line.start
        length = math.hypot(distance, rise)
        dx, dy = (self.left.style.radius * part / length for part in (distance, rise))
        start, end = (dx, line.start + dy), (distance - dx, line.end - dy)
        quantity = self.quantity(connection)
        kind, breadth = sign(quantity), self.breadth(quantity)
        tooltip = self.network.exactly(connection.weight)
        if connection.weight.lit:
            breadth = _LIT
            yield Stroke(start, end, "casing", _LIT + 2 * _CASING)
        faded = self.network.has_lit_connection and not connection.weight.lit
        yield Stroke(start, end, kind, breadth, tooltip, faded)

    @property
    def largest(self) -> float:
        """What the broadest line stands for."""
        return self.network.largest_weight if self.show == "weights" else self.network.largest_slope or 0.0

    def breadth(self, quantity: float) -> float:
        """How broad the line for a number is."""
        if not math.isfinite(quantity):
            return BROADEST
        return THINNEST + (BROADEST - THINNEST) * (abs(quantity) / self.largest) if quantity else _DOTTED
