"""The line of a link through the levels, as cubic Bézier curves.

Within a level a link runs straight ahead, in its own lane, so it cannot pass behind a box or a label that is not its
own; it swings over between levels.  From a box to a label beside it on the next level it takes the direct line, if
that keeps clear of the neighbours; where the line bends, the label covers it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

Point = tuple[float, float]
_FLATTEST, _NOTHING = 1.5, 0.1
_CLEARANCE = {"box": 6.0, "label": 6.0, "lane": 13.0}
"""How far across a direct line may go for each step along; how far it may come out at the side of what it passes."""


class Stop(NamedTuple):
    """A place that a link passes on a level, or ends at.

    Attributes:
        kind: a box at either end; on the way a label, or a lane between others.
        centre: of the box, label or lane, across the level.
        floor: where the level begins.
        ceiling: where it ends.
        breadth: of the box or label, across.
        depth: of the box, along the direction of the layout.
        port: where the link meets the box, relative to its centre.
        round: whether the box is an ellipse, and met wherever the line comes to it.
    """

    kind: Literal["box", "label", "lane"]
    centre: float
    floor: float
    ceiling: float
    breadth: float = 0.0
    depth: float = 0.0
    port: float = 0.0
    round: bool = False

    @property
    def x(self) -> float:
        """Where the link passes or ends, across."""
        return self.centre + self.port

    @property
    def middle(self) -> float:
        """The middle of the level, where everything on it is centred."""
        return (self.floor + self.ceiling) / 2

    def edge(self, side: int) -> Point:
        """Where a link meets the stop that goes on straight ahead (`side` 1) or comes so (−1)."""
        return self.x, self.middle + (side * self.depth / 2 if self.kind == "box" else 0.0)

    def edge_towards(self, x: float, y: float) -> Point:
        """Where a link meets the stop that goes to a point, or comes from it, on the direct line."""
        if not self.round:
            return self.edge(1 if y > self.middle else -1)
        dx, dy = x - self.centre, y - self.middle
        t = 1 / math.hypot(2 * dx / self.breadth, 2 * dy / self.depth)
        return self.centre + t * dx, self.middle + t * dy

    def lets_pass(self, start: Point, stop: Point) -> bool:
        """Whether a line keeps on this level within what is the link's own."""
        slope = (stop[0] - start[0]) / (stop[1] - start[1])
        passed = [start[0] + slope * (min(max(y, start[1]), stop[1]) - start[1]) for y in (self.floor, self.ceiling)]
        return all(abs(x - self.centre) <= self.breadth / 2 + _CLEARANCE[self.kind] for x in passed)


def route(stops: Sequence[Stop]) -> list[Point]:
    """The points of the curve: a start, and for each piece two control points and an end.

    >>> straight = route([Stop("box", 5, 0, 2, 4, 2), Stop("lane", 5, 4, 4, 9), Stop("box", 5, 6, 8, 4, 2)])
    >>> [round(y, 1) for x, y in straight]
    [2.0, 3.3, 4.7, 6.0]
    """
    if len(stops) == 3 and stops[1].kind == "lane":
        direct = _direct(stops) if stops[1].breadth else _crossing(stops[0], stops[2])
        if direct:
            return direct
    points: list[Point] = []
    for low, high in pairwise(stops):
        pieces = [_direct((low, high))] if {low.kind, high.kind} == {"box", "label"} else []
        if not any(pieces):
            start, stop = low.edge(1), high.edge(-1)
            turn, back = (low.x, low.ceiling), (high.x, high.floor)
            pieces = [_line(start, turn), _swing(turn, back), _line(back, stop)]
        for piece in pieces:
            points += piece[bool(points) :]
    return points


def _direct(stops: Sequence[Stop]) -> list[Point]:
    """The direct line from the first stop to the last; none if it is too flat or comes too near to neighbours."""
    first, last = stops[0], stops[-1]
    start, stop = first.edge_towards(last.x, last.middle), last.edge_towards(first.x, first.middle)
    if abs(stop[0] - start[0]) > _FLATTEST * (stop[1] - start[1]):
        return []
    return _line(start, stop) if all(s.lets_pass(start, stop) for s in stops) else []


def _crossing(low: Stop, high: Stop) -> list[Point]:
    """Straight over from level to level, and on to the boxes."""
    start, stop = low.edge_towards(high.x, high.middle), high.edge_towards(low.x, low.middle)
    turn, back = (start[0], low.ceiling), (stop[0], high.floor)
    pieces = [_line(start, turn), _line(turn, back), _line(back, stop)]
    return [point for i, piece in enumerate(pieces) for point in (piece if i == 0 else piece[1:])]


def _line(start: Point, stop: Point) -> list[Point]:
    """A straight piece; none where the points are the same but for rounding."""
    if math.dist(start, stop) < _NOTHING:
        return [start]
    (x, y), (to_x, to_y) = start, stop
    third = ((to_x - x) / 3, (to_y - y) / 3)
    return [start, (x + third[0], y + third[1]), (to_x - third[0], to_y - third[1]), stop]


def _swing(start: Point, stop: Point) -> list[Point]:
    """A piece that leaves and arrives straight ahead."""
    if start[0] == stop[0]:
        return _line(start, stop)
    half = (start[1] + stop[1]) / 2
    return [start, (start[0], half), (stop[0], half), stop]


def arrow(points: Sequence[Point], length: float) -> tuple[list[Point], Point]:
    """The curve shortened by the length of an arrow head, and where its tip is."""
    *before, (turn_x, turn_y), (x, y) = points
    scale = length / math.hypot(x - turn_x, y - turn_y)
    dx, dy = scale * (x - turn_x), scale * (y - turn_y)
    return [*before, (turn_x - dx, turn_y - dy), (x - dx, y - dy)], (x, y)
