"""Input and output of the layout: boxes, links and clusters, and their coordinates."""

from __future__ import annotations

from typing import Literal, NamedTuple

Direction = Literal["up", "right"]
Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle, or the ellipse in it, to be placed.

    Attributes:
        width: extent in x.
        height: extent in y.
        round: True for an ellipse; links end on its outline.
    """

    width: float
    height: float
    round: bool = False


class Link(NamedTuple):
    """An edge between two boxes.

    Attributes:
        source: index of the box where it starts.
        target: index of the box where it ends.
        label: size of its label, None for no label.
        straight: True for a link that runs in straight pieces and takes no room between other links, as in the dense
            bundle between two layers of neurons.
    """

    source: int
    target: int
    label: Box | None = None
    straight: bool = False


class BoxCluster(NamedTuple):
    """Boxes to be surrounded by one frame.

    Attributes:
        boxes: indices of the boxes, including those of nested clusters.
        min_breadth: smallest extent along a layer, for the title.
        parent: index of the enclosing cluster, smaller than its own; None at the top.
    """

    boxes: tuple[int, ...]
    min_breadth: float
    parent: int | None = None


class Layout(NamedTuple):
    """Coordinates of a drawing, with one corner at (0, 0) and y pointing down.

    Attributes:
        width: extent of the drawing in x.
        height: extent of the drawing in y.
        boxes: centre of each box.
        labels: centre of each link's label, None for no label.
        routes: curve of each link in cubic Bézier pieces: a start, then two control points and an end per piece.
        clusters: two opposite corners of each cluster, the one with the smaller coordinates first.
    """

    width: float
    height: float
    boxes: tuple[Point, ...]
    labels: tuple[Point | None, ...]
    routes: tuple[tuple[Point, ...], ...]
    clusters: tuple[tuple[Point, Point], ...] = ()
