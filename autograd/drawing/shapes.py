"""The display list of a drawing: typeset shapes in place, which each format writes down.

A `Scene` has two vocabularies. A graph has named shapes: boxes of text, arrows between them, and clusters around them.
A format that lays graphs out by itself needs the names and can ignore the coordinates. The diagram of a network has
marks: strokes, discs, plates and texts, in the order of painting.

Coordinates are in pixels, and y grows downwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from autograd.drawing.layout import Box, Point
from autograd.drawing.themes import Theme
from autograd.drawing.typeface import width

# Sizes of type, and the height of a line of text in a box, in pixels.
FONT_SIZE, LABEL_FONT_SIZE, LINE_HEIGHT = 14.0, 12.5, 20.0
# Line height of a mark's text, as a multiple of its font size.
LEADING = 1.25


def px(x: float) -> str:
    """Return a coordinate as text, rounded to a tenth of a pixel.

    >>> px(2.0), px(0.25), px(-0.01)
    ('2', '0.2', '0')
    """
    # Adding 0 makes 0 of −0.
    return f"{round(x, 1) + 0.0:.1f}".removesuffix(".0")


class Rectangle(NamedTuple):
    """A rectangle about its centre."""

    x: float
    y: float
    width: float
    height: float

    @property
    def corners(self) -> tuple[Point, Point]:
        """The corner with the least coordinates, and the one with the largest."""
        w, h = self.width / 2, self.height / 2
        return (self.x - w, self.y - h), (self.x + w, self.y + h)

    def touches(self, other: Rectangle, gap: float = 0.0) -> bool:
        """Return True if the two are nearer to each other than `gap`, both horizontally and vertically.

        >>> Rectangle(0, 0, 10, 2).touches(Rectangle(0, 5, 10, 2)), Rectangle(0, 0, 10, 2).touches(
        ...     Rectangle(0, 5, 10, 2), gap=4)
        (False, True)
        """
        is_near_horizontally = abs(self.x - other.x) < (self.width + other.width) / 2 + gap
        return is_near_horizontally and abs(self.y - other.y) < (self.height + other.height) / 2 + gap


class Emphasis(NamedTuple):
    """The emphasis of a shape among others of its role.

    Attributes:
        highlighted: it is on a path of the requested derivative.
        faded: a derivative was requested, and this has no share in it.
        wrong: it is marked as wrong.
    """

    highlighted: bool
    faded: bool
    wrong: bool


class Span(NamedTuple):
    """A piece of text in one style."""

    text: str
    style: Literal["name", "text", "value", "slope"]


# A line of text.
Line = tuple[Span, ...]


def line_offsets(count: int) -> list[float]:
    """Return the distance of the middle of each of `count` lines below the centre of their box."""
    return [(i - (count - 1) / 2) * LINE_HEIGHT for i in range(count)]


@dataclass(frozen=True)
class Label:
    """The text on an edge: a fraction, which may be empty, and the text behind it."""

    numerator: str
    denominator: str
    text: str
    bold: bool

    @property
    def fraction_width(self) -> float:
        """The width of the fraction, 0 without one."""
        return max(width(part, LABEL_FONT_SIZE, self.bold) for part in (self.numerator, self.denominator))

    @property
    def box(self) -> Box:
        """The size of the label with its padding."""
        text = width(self.text, LABEL_FONT_SIZE, self.bold)
        if not self.numerator:
            return Box(text + 10, LABEL_FONT_SIZE + 8)
        return Box(self.fraction_width + text + 16, 2 * LABEL_FONT_SIZE + 13)


@dataclass(frozen=True)
class PlacedLabel:
    """A label at its centre; `tooltip` has its number with all digits."""

    label: Label
    centre: Point
    tooltip: str


@dataclass(frozen=True)
class Arrow:
    """An edge between two boxes.

    Attributes:
        source: number of the box at its tail.
        target: number of the box at its tip.
        route: a cubic Bézier curve: its start, then for each piece two control points and an end.
        label: its label, or None.
        tooltip: its partial with all digits; empty without one.
        emphasis: highlighted, faded, wrong.
        is_zero: True if its partial is 0, which is drawn dotted.
        is_crowded: True if it is one of many between two layers of folded boxes.
    """

    source: int
    target: int
    route: tuple[Point, ...]
    label: PlacedLabel | None
    tooltip: str
    emphasis: Emphasis
    is_zero: bool
    is_crowded: bool


@dataclass(frozen=True)
class TextBox:
    """A node: a box or an ellipse with lines of text in it.

    Attributes:
        name: the name of the node.
        role: the role of the node, which determines its fill and its outline; see `autograd.drawing.picture.Node`.
        lines: the lines of text, about its centre.
        centre: of the box.
        size: its width and height; ``size.round`` if it is an ellipse.
        tooltip: the node in one line, its numbers with all digits.
        emphasis: highlighted, faded, wrong.
        cluster: number of the cluster around it, or None.
    """

    name: str
    role: str
    lines: tuple[Line, ...]
    centre: Point
    size: Box
    tooltip: str
    emphasis: Emphasis
    cluster: int | None

    @property
    def placed_lines(self) -> list[tuple[Line, float]]:
        """Its lines, each with the distance of its middle below the centre."""
        return list(zip(self.lines, line_offsets(len(self.lines)), strict=True))


@dataclass(frozen=True)
class Cluster:
    """A frame around boxes: a neuron, or a layer of neurons.

    Attributes:
        name: the whole name.
        title: the name as far as there is room for it.
        corners: the corner with the least coordinates, and the one with the largest.
        parent: number of the cluster around this one, or None; a parent precedes its children.
    """

    name: str
    title: str
    corners: tuple[Point, Point]
    parent: int | None


@dataclass(frozen=True)
class Stroke:
    """A straight line with a width; its role determines its colour and its dashes."""

    start: Point
    end: Point
    role: str
    breadth: float
    tooltip: str = ""
    faded: bool = False

    @property
    def corners(self) -> tuple[Point, Point]:
        """Its two ends."""
        return self.start, self.end

    def moved(self, dx: float, dy: float) -> Stroke:
        """Return a copy that is moved to the right and down."""
        (x, y), (to_x, to_y) = self.start, self.end
        return replace(self, start=(x + dx, y + dy), end=(to_x + dx, to_y + dy))


@dataclass(frozen=True)
class Disc:
    """A disc; `opacity` is the opacity of its fill."""

    centre: Point
    radius: float
    role: str
    opacity: float = 1.0
    tooltip: str = ""
    highlighted: bool = False

    @property
    def corners(self) -> tuple[Point, Point]:
        """The corners of the square around it."""
        (x, y), r = self.centre, self.radius
        return (x - r, y - r), (x + r, y + r)

    def moved(self, dx: float, dy: float) -> Disc:
        """Return a copy that is moved to the right and down."""
        return replace(self, centre=(self.centre[0] + dx, self.centre[1] + dy))


@dataclass(frozen=True)
class Plate:
    """A rectangle behind a text."""

    area: Rectangle
    role: str

    @property
    def corners(self) -> tuple[Point, Point]:
        """The corners of its area."""
        return self.area.corners

    def moved(self, dx: float, dy: float) -> Plate:
        """Return a copy that is moved to the right and down."""
        return replace(self, area=self.area._replace(x=self.area.x + dx, y=self.area.y + dy))


@dataclass(frozen=True)
class Text:
    """A line of text; y is its middle, and `anchor` is the end of the text that is at x."""

    text: str
    x: float
    y: float
    size: float
    role: str
    bold: bool = False
    anchor: Literal["start", "middle", "end"] = "middle"

    @property
    def area(self) -> Rectangle:
        """An upper bound of the room that it takes."""
        text_width = width(self.text, self.size, self.bold)
        shift = {"start": text_width / 2, "middle": 0.0, "end": -text_width / 2}[self.anchor]
        return Rectangle(self.x + shift, self.y, text_width, LEADING * self.size)

    @property
    def corners(self) -> tuple[Point, Point]:
        """The corners of its area."""
        return self.area.corners

    def moved(self, dx: float, dy: float) -> Text:
        """Return a copy that is moved to the right and down."""
        return replace(self, x=self.x + dx, y=self.y + dy)


# A shape of a network's diagram.
Mark = Stroke | Disc | Plate | Text


class Bounds(NamedTuple):
    """The least and the largest coordinates."""

    left: float
    right: float
    top: float
    bottom: float


def bounds(marks: Iterable[Mark]) -> Bounds:
    """Return the bounds of all marks."""
    points = [point for mark in marks for point in mark.corners]
    xs, ys = zip(*points, strict=True)
    return Bounds(min(xs), max(xs), min(ys), max(ys))


@dataclass(frozen=True)
class Scene:
    """All shapes of a drawing, with the texts around them.

    Attributes:
        style: the kind of drawing: "graph" has clusters, arrows and boxes, "network" has marks.
        title: the drawing in a few words.
        description: the drawing in words, line by line.
        theme: its colours, faces and line widths.
        bounds: of all shapes.
        clusters: the frames around boxes, each behind its parent.
        arrows: the edges, in the order of the picture.
        boxes: the nodes, in topological order.
        marks: in the order of painting.
        caption: the requested derivative, for below the shapes; empty if there is none, or if marks show it.
        note: the extent of the omitted part, for below the caption; empty in the same cases.
        direction: of the arrows: "up" or "right"; empty for a network.
    """

    style: Literal["graph", "network"]
    title: str
    description: str
    theme: Theme
    bounds: Bounds
    clusters: tuple[Cluster, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    boxes: tuple[TextBox, ...] = ()
    marks: tuple[Mark, ...] = ()
    caption: str = ""
    note: str = ""
    direction: str = ""
