"""What is laid out, and where it comes to lie: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autograd.drawing.layout.routing import Point

Direction = Literal["up", "right"]


@dataclass(frozen=True)
class Box:
    """A rectangle, or an ellipse in one, that wants a place."""

    width: float
    height: float
    round: bool = False


@dataclass(frozen=True)
class Link:
    """An edge between two boxes, by their numbers, and the rectangle that its label needs, if it has one.

    A link that `crosses` goes straight over from level to level, and takes no room between other links.
    """

    source: int
    target: int
    label: Box | None = None
    crosses: bool = False


@dataclass(frozen=True)
class Layout:
    """Where everything is, from a corner at (0, 0); y grows downwards.

    Attributes:
        width: of the whole.
        height: of the whole.
        boxes: the centre of each box.
        labels: the centre of each link's label, None where it has none.
        routes: each link's curve, in cubic Bézier pieces: its start, then for each piece two control points and an end.
        frames: the corners of each frame with the least and the greatest coordinates.
    """

    width: float
    height: float
    boxes: tuple[Point, ...]
    labels: tuple[Point | None, ...]
    routes: tuple[tuple[Point, ...], ...]
    frames: tuple[tuple[Point, Point], ...] = ()
