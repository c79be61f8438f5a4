"""The layout of a page: boxes have room for any number, because the reader changes the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.drawing.formats.svg import at
from autograd.drawing.layout import Box, Direction, Link, Point, arrange, arrow
from autograd.drawing.shapes import FONT_SIZE, LABEL_FONT_SIZE, LINE_HEIGHT
from autograd.drawing.typeface import width

# The number that boxes and labels have room for; the page squeezes longer ones.
_NUMBER = "−0.01234"
# A definition may be cut at this width, in pixels; a name at this number of characters.
_MAX_DEFINITION_WIDTH, _MAX_NAME_LENGTH = 260.0, 14
# With more edges, labels are numbers without fractions, and with more still there are none.
_MAX_FRACTIONS, _MAX_LABELS = 120, 600
_ARROW_LENGTH = 9.0


class Caption(NamedTuple):
    """The texts of a node: its name, and its definition in names, "" for a leaf."""

    name: str
    definition: str


class PageLayout(NamedTuple):
    """The layout of a page in whole pixels.

    Attributes:
        size: width and height.
        labels: the kind of the labels of edges: "fraction", "number", or "" for none.
        boxes: the centre and the width of each node.
        edges: for each edge its path, the centre of its label and the width of its fraction.
    """

    size: tuple[int, int]
    labels: str
    boxes: list[tuple[int, int, int]]
    edges: list[tuple[str, int, int, int]]


def place(captions: Sequence[Caption], edges: Sequence[tuple[int, int]], direction: Direction) -> PageLayout:
    """Lay out nodes, in topological order with the output last, and the edges between them.

    >>> place([Caption("x", ""), Caption("y", "x²")], [(0, 1)], "up").edges[0]
    ('M73 160v-79', 73, 116, 16)
    """
    names = [short(caption.name) for caption in captions]
    labels = "fraction" if len(edges) <= _MAX_FRACTIONS else "number" if len(edges) <= _MAX_LABELS else ""
    widest = max((width(x, FONT_SIZE) for x, caption in zip(names, captions, strict=True) if not caption.definition))
    boxes = [_box(name, caption, names[-1], widest) for name, caption in zip(names, captions, strict=True)]
    fractions = [max(width(f"∂{names[i]}", LABEL_FONT_SIZE, bold=True) for i in ends) for ends in edges]
    links = [Link(*ends, _label(labels, over)) for ends, over in zip(edges, fractions, strict=True)]
    layout = arrange(boxes, links, direction)
    return PageLayout(
        (round(layout.width), round(layout.height)),
        labels,
        [(round(x), round(y), round(box.width)) for (x, y), box in zip(layout.boxes, boxes, strict=True)],
        [
            (_path(route), *(map(round, centre) if centre else (0, 0)), round(over) if labels == "fraction" else 0)
            for route, centre, over in zip(layout.routes, layout.labels, fractions, strict=True)
        ],
    )


def short(name: str) -> str:
    """Return a name, shortened for a box.

    >>> short("w[1,1]"), short("a name that is too long")
    ('w[1,1]', 'a name that i…')
    """
    return name if len(name) <= _MAX_NAME_LENGTH else name[: _MAX_NAME_LENGTH - 1] + "…"


def _box(name: str, caption: Caption, output: str, widest_leaf: float) -> Box:
    number = width(f" = {_NUMBER}", FONT_SIZE)
    room = max(width(name, FONT_SIZE), width(f"∂{output}/∂{name}", FONT_SIZE)) + number
    by_leaf = width(f"∂{name}/∂", FONT_SIZE) + widest_leaf
    room = max(room, by_leaf + (number if caption.definition else width(" = 0", FONT_SIZE)))
    if caption.definition:
        written = width(name, FONT_SIZE, bold=True) + width(f" = {caption.definition}", FONT_SIZE)
        room = max(room, min(written, _MAX_DEFINITION_WIDTH))
    return Box(room + 16, LINE_HEIGHT * (3 if caption.definition else 2) + 12)


def _label(labels: str, fraction: float) -> Box | None:
    if labels == "fraction":
        return Box(fraction + width(f"= {_NUMBER}", LABEL_FONT_SIZE, bold=True) + 16, 2 * LABEL_FONT_SIZE + 13)
    return Box(width(_NUMBER, LABEL_FONT_SIZE) + 10, LABEL_FONT_SIZE + 8) if labels else None


def _path(points: Sequence[Point]) -> str:
    """Return the SVG path of a curve, relative and in whole pixels; collinear straight pieces are joined."""
    curve, _ = arrow(points, _ARROW_LENGTH)
    whole = [(round(x), round(y)) for x, y in curve]
    pieces: list[list[Point]] = []
    for k in range(0, len(whole) - 1, 3):
        piece: list[Point] = list(whole[k : k + 4])
        if piece[0] == piece[3]:
            continue
        if _is_straight(piece):
            piece = [piece[0], piece[3]]
            if pieces and len(pieces[-1]) == 2 and _is_straight([pieces[-1][0], *piece]):
                piece = [pieces.pop()[0], piece[1]]
        pieces.append(piece)
    return f"M{at(whole[0])}" + "".join(map(_step, pieces))


def _step(piece: Sequence[Point]) -> str:
    (x, y), *rest = piece
    steps = [(a - x, b - y) for a, b in rest]
    if len(steps) == 1:
        ((dx, dy),) = steps
        return f"v{dy:g}" if dx == 0 else f"l{at((dx, dy))}"
    return "c" + " ".join(map(at, steps)).replace(" -", "-")


def _is_straight(points: Sequence[Point]) -> bool:
    """Return True if all points are within a pixel of the line from the first to the last."""
    (x, y), (end_x, end_y) = points[0], points[-1]
    dx, dy = end_x - x, end_y - y
    return all(abs((a - x) * dy - (b - y) * dx) <= max(abs(dx), abs(dy)) for a, b in points[1:-1])
