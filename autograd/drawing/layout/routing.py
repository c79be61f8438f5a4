"""Edge routing: each link as cubic Bézier curves through its layers.

Within a layer a link runs straight along, in the room of its dummy node, so it passes behind no other box or label.
Between layers it swings across.  Between a box and a label on the next layer, and between two boxes on successive
layers of boxes, it takes the straight line if that stays clear of the neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from autograd.drawing.layout.coordinates import Coordinates, Segment
from autograd.drawing.layout.geometry import Layout, Point
from autograd.drawing.layout.layering import LayeredGraph

# Largest shift across of a straight line per unit along: a flatter line would graze its box.
_MAX_SWING_PER_LENGTH = 1.5
# Pieces shorter than this, in pixels, are rounding noise.
_MIN_PIECE_LENGTH = 0.1
# Distance in pixels by which a straight line may stray beyond the sides of a box, label or lane that it passes.
_CLEARANCE = {"box": 6.0, "label": 6.0, "lane": 13.0}
# Coordinates are rounded to hundredths of a pixel, which keeps files short.
_DECIMALS = 2


class Stop(NamedTuple):
    """A node of a link as the route sees it.

    Attributes:
        kind: a box at either end; in between a label, or a lane between others.
        centre: its centre across.
        floor: start of its layer along.
        ceiling: end of its layer along.
        breadth: its extent across.
        depth: extent of a box along; 0 for a label or a lane, through which the link passes.
        port: end of the link relative to the centre of a box.
        round: True for an ellipse, on whose outline the link ends.
    """

    kind: Literal["box", "label", "lane"]
    centre: float
    floor: float
    ceiling: float
    breadth: float
    depth: float = 0.0
    port: float = 0.0
    round: bool = False

    @property
    def x(self) -> float:
        """The across coordinate of the link."""
        return self.centre + self.port

    @property
    def middle(self) -> float:
        """The along coordinate of the middle of the layer, on which its nodes are centred."""
        return (self.floor + self.ceiling) / 2

    def exit(self) -> Point:
        """Return the point at which a link leaves the node."""
        return self.x, self.middle + self.depth / 2

    def entrance(self) -> Point:
        """Return the point at which a link enters the node."""
        return self.x, self.middle - self.depth / 2

    def end_towards(self, x: float, y: float) -> Point:
        """Return where the straight link to or from a point ends."""
        if not self.round:
            return self.exit() if y > self.middle else self.entrance()
        # The ray from the centre, scaled to the outline of the ellipse.
        dx, dy = x - self.centre, y - self.middle
        t = 1 / math.hypot(2 * dx / self.breadth, 2 * dy / self.depth)
        return self.centre + t * dx, self.middle + t * dy

    def is_clear(self, start: Point, stop: Point) -> bool:
        """Return True if a straight line stays in the room of this node, as far as its layer goes."""
        slope = (stop[0] - start[0]) / (stop[1] - start[1])
        passed = [start[0] + slope * (min(max(y, start[1]), stop[1]) - start[1]) for y in (self.floor, self.ceiling)]
        return all(abs(x - self.centre) <= self.breadth / 2 + _CLEARANCE[self.kind] for x in passed)


def route_links(graph: LayeredGraph, coordinates: Coordinates) -> Layout:
    """Return the layout: all coordinates in the direction of the drawing, with the curve of each link."""
    first, last = coordinates.start, coordinates.end

    def point(place: Point) -> Point:
        across, along = place
        # y points down, so with links upwards the last layer is at 0.
        x, y = (across, last - along) if graph.direction == "up" else (along - first, across)
        return round(x, _DECIMALS), round(y, _DECIMALS)

    def centre(node: int) -> Point:
        return point((coordinates.across[node], sum(coordinates.layers[graph.layer[node]]) / 2))

    def corners(cluster: tuple[float, float, float, float]) -> tuple[Point, Point]:
        left, right, low, high = cluster
        (x1, y1), (x2, y2) = point((left, low)), point((right, high))
        return (min(x1, x2), min(y1, y2)), (max(x1, x2), max(y1, y2))

    edges = [x + breadth / 2 for x, breadth in zip(coordinates.across, graph.breadth, strict=True)]
    breadth = max([*edges, *(right for _, right, _, _ in coordinates.clusters)])
    width, height = (breadth, last - first) if graph.direction == "up" else (last - first, breadth)
    return Layout(
        round(width, _DECIMALS),
        round(height, _DECIMALS),
        tuple(map(centre, range(len(graph.boxes)))),
        tuple(None if label is None else centre(label) for label in graph.labels),
        tuple(
            tuple(map(point, route(_stops(graph, coordinates, segments, label))))
            for segments, label in zip(coordinates.segments, graph.labels, strict=True)
        ),
        tuple(map(corners, coordinates.clusters)),
    )


def route(stops: Sequence[Stop]) -> list[Point]:
    """Return the points of a curve: a start, then two control points and an end for each piece.

    >>> straight = route([Stop("box", 5, 0, 2, 4, 2), Stop("lane", 5, 4, 4, 9), Stop("box", 5, 6, 8, 4, 2)])
    >>> [round(y, 1) for x, y in straight]
    [2.0, 3.3, 4.7, 6.0]
    """
    if len(stops) == 3 and stops[1].kind == "lane":
        direct = _straight_line(stops) if stops[1].breadth else _straight_over(stops[0], stops[2])
        if direct:
            return direct
    points: list[Point] = []
    for low, high in pairwise(stops):
        direct = _straight_line((low, high)) if {low.kind, high.kind} == {"box", "label"} else []
        turn, arrival = (low.x, low.ceiling), (high.x, high.floor)
        pieces = (
            [direct] if direct else [_line(low.exit(), turn), _swing(turn, arrival), _line(arrival, high.entrance())]
        )
        points = _join([points, *pieces])
    return points


def arrow(points: Sequence[Point], length: float) -> tuple[list[Point], Point]:
    """Shorten a curve by the length of its arrow head; return the rest and the tip."""
    *before, (turn_x, turn_y), (x, y) = points
    scale = length / math.hypot(x - turn_x, y - turn_y)
    dx, dy = scale * (x - turn_x), scale * (y - turn_y)
    return [*before, (turn_x - dx, turn_y - dy), (x - dx, y - dy)], (x, y)


def _stops(graph: LayeredGraph, coordinates: Coordinates, segments: Sequence[Segment], label: int | None) -> list[Stop]:
    """Return the nodes of a link as stops, from its source to its target."""
    across, layers = coordinates.across, coordinates.layers

    def end(box: int, port: float) -> Stop:
        size = graph.breadth[box], graph.depth[box]
        return Stop("box", across[box], *layers[graph.layer[box]], *size, port, graph.boxes[box].round)

    first, last = segments[0], segments[-1]
    passed = [
        Stop("label" if x == label else "lane", across[x], *layers[graph.layer[x]], graph.breadth[x])
        for x in (segment.low for segment in segments[1:])
    ]
    return [end(first.low, first.low_port), *passed, end(last.high, last.high_port)]


def _straight_line(stops: Sequence[Stop]) -> list[Point]:
    """Return the straight line from the first stop to the last; nothing if it is too flat or too near to neighbours."""
    first, last = stops[0], stops[-1]
    start, stop = first.end_towards(last.x, last.middle), last.end_towards(first.x, first.middle)
    if abs(stop[0] - start[0]) > _MAX_SWING_PER_LENGTH * (stop[1] - start[1]):
        return []
    return _line(start, stop) if all(x.is_clear(start, stop) for x in stops) else []


def _straight_over(low: Stop, high: Stop) -> list[Point]:
    """Return three straight pieces: along to the end of a layer, over to the next one, and along to the box."""
    start, stop = low.end_towards(high.x, high.middle), high.end_towards(low.x, low.middle)
    turn, arrival = (start[0], low.ceiling), (stop[0], high.floor)
    return _join([_line(start, turn), _line(turn, arrival), _line(arrival, stop)])


def _line(start: Point, stop: Point) -> list[Point]:
    """Return a straight piece, or only its start if the ends differ by rounding alone."""
    if math.dist(start, stop) < _MIN_PIECE_LENGTH:
        return [start]
    # A cubic piece is straight at constant speed if its control points are at thirds.
    (x, y), (to_x, to_y) = start, stop
    third = ((to_x - x) / 3, (to_y - y) / 3)
    return [start, (x + third[0], y + third[1]), (to_x - third[0], to_y - third[1]), stop]


def _swing(start: Point, stop: Point) -> list[Point]:
    """Return a piece that starts and ends along."""
    if start[0] == stop[0]:
        return _line(start, stop)
    # Control points straight ahead of the ends give the curve its direction there.
    half = (start[1] + stop[1]) / 2
    return [start, (start[0], half), (stop[0], half), stop]


def _join(pieces: Sequence[list[Point]]) -> list[Point]:
    """Return successive pieces as one curve, their common points once."""
    points: list[Point] = []
    for piece in pieces:
        points.extend(piece[1:] if points else piece)
    return points
