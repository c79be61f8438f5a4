"""Marks on paper: strokes, discs, plates and texts.  Sizes are in pixels, and y grows downwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from autograd.drawing.layout import Point
from autograd.drawing.typeface import width

LEADING = 1.25
"""How high a line of text is, in its size."""


class Rectangle(NamedTuple):
    """A rectangle about its centre."""

    x: float
    y: float
    width: float
    height: float

    @property
    def corners(self) -> tuple[Point, Point]:
        """The one with the least and the one with the largest coordinates."""
        w, h = self.width / 2, self.height / 2
        return (self.x - w, self.y - h), (self.x + w, self.y + h)

    def touches(self, other: Rectangle, gap: float = 0.0) -> bool:
        """Whether the two are nearer to each other than `gap`, across and down.

        >>> Rectangle(0, 0, 10, 2).touches(Rectangle(0, 5, 10, 2)), Rectangle(0, 0, 10, 2).touches(
        ...     Rectangle(0, 5, 10, 2), gap=4)
        (False, True)
        """
        across = abs(self.x - other.x) < (self.width + other.width) / 2 + gap
        return across and abs(self.y - other.y) < (self.height + other.height) / 2 + gap


class Stroke(NamedTuple):
    """A straight line, so broad; `title` is what a reader who points at it sees."""

    start: Point
    end: Point
    kind: str
    breadth: float
    title: str = ""
    faded: bool = False


class Disc(NamedTuple):
    """A disc; `opacity` is that of what fills it."""

    centre: Point
    radius: float
    kind: str
    opacity: float = 1.0
    title: str = ""
    lit: bool = False


class Plate(NamedTuple):
    """A rectangle behind a text."""

    area: Rectangle
    kind: str


class Text(NamedTuple):
    """A line of text about its middle, or to the left or right of a point; y is half way up the line."""

    text: str
    x: float
    y: float
    size: float
    kind: str
    bold: bool = False
    anchor: Literal["start", "middle", "end"] = "middle"

    @property
    def area(self) -> Rectangle:
        """At most the room that it takes."""
        wide = width(self.text, self.size, self.bold)
        shift = {"start": wide / 2, "middle": 0.0, "end": -wide / 2}[self.anchor]
        return Rectangle(self.x + shift, self.y, wide, LEADING * self.size)


Mark = Stroke | Disc | Plate | Text


def moved(mark: Mark, dx: float, dy: float) -> Mark:
    """The mark, so far to the right and so far down."""
    if isinstance(mark, Stroke):
        (x, y), (to_x, to_y) = mark.start, mark.end
        return mark._replace(start=(x + dx, y + dy), end=(to_x + dx, to_y + dy))
    if isinstance(mark, Disc):
        return mark._replace(centre=(mark.centre[0] + dx, mark.centre[1] + dy))
    if isinstance(mark, Plate):
        return mark._replace(area=mark.area._replace(x=mark.area.x + dx, y=mark.area.y + dy))
    return mark._replace(x=mark.x + dx, y=mark.y + dy)


def bounds(marks: Iterable[Mark]) -> tuple[float, float, float, float]:
    """The least and the largest x, and the least and the largest y, of all marks."""
    xs: list[float] = []
    ys: list[float] = []
    for mark in marks:
        if isinstance(mark, Stroke):
            points = [mark.start, mark.end]
        elif isinstance(mark, Disc):
            (x, y), r = mark.centre, mark.radius
            points = [(x - r, y - r), (x + r, y + r)]
        else:
            points = [*mark.area.corners]
        xs += (x for x, _ in points)
        ys += (y for _, y in points)
    return min(xs), max(xs), min(ys), max(ys)
