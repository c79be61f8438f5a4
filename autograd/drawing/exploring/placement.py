"""Where things go on the page: boxes with room for any number, since the numbers change under the reader's hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.drawing.layout import Box, Direction, Link, Point, arrange, arrow
from autograd.drawing.markup import at
from autograd.drawing.typeface import width

SIZE, LABEL_SIZE, LINE = 14.0, 12.5, 20.0
_NUMBER = "−0.01234"
"""What there is room for; longer numbers are set closer."""
_WIDEST_DEFINITION = 260.0
_LONGEST_NAME = 14
_MOST_FRACTIONS, _MOST_LABELS = 120, 600
_ARROW = 9.0


class Caption(NamedTuple):
    """The texts of a node: its name, and its definition in names, "" for a leaf."""

    name: str
    definition: str


class Placement(NamedTuple):
    """Everything in its place, in whole pixels.

    Attributes:
        size: width and height.
        labels: "fraction", "number" or "": what stands on the edges.
        boxes: the centre and the width of each node.
        edges: for each edge its path, the centre of its label and the width of its fraction.
    """

    size: tuple[int, int]
    labels: str
    boxes: list[tuple[int, int, int]]
    edges: list[tuple[str, int, int, int]]


def place(captions: Sequence[Caption], edges: Sequence[tuple[int, int]], direction: Direction) -> Placement:
    """Find a place for the nodes, in topological order with the output last, and for the edges between them.

    >>> place([Caption("x", ""), Caption("y", "x²")], [(0, 1)], "up").edges[0]
    ('M73 160v-79', 73, 116, 16)
    """
    names = [short(caption.name) for caption in captions]
    labels = "fraction" if len(edges) <= _MOST_FRACTIONS else "number" if len(edges) <= _MOST_LABELS else ""
    widest = max((width(x, SIZE) for x, caption in zip(names, captions, strict=True) if not caption.definition))
    boxes = [_box(name, caption, names[-1], widest) for name, caption in zip(names, captions, strict=True)]
    fractions = [max(width(f"∂{names[i]}", LABEL_SIZE, bold=True) for i in ends) for ends in edges]
    links = [Link(*ends, _label(labels, over)) for ends, over in zip(edges, fractions, strict=True)]
    layout = arrange(boxes, links, direction)
    return Placement(
        (round(layout.width), round(layout.height)),
        labels,
        [(round(x), round(y), round(box.width)) for (x, y), box in zip(layout.boxes, boxes, strict=True)],
        [
            (_path(route), *(map(round, centre) if centre else (0, 0)), round(over) if labels == "fraction" else 0)
            for route, centre, over in zip(layout.routes, layout.labels, fractions, strict=True)
        ],
    )


def short(name: str) -> str:
    """A name as it stands in a box.

    >>> short("w[1,1]"), short("a name that is too long")
    ('w[1,1]', 'a name that i…')
    """
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _box(name: str, caption: Caption, output: str, widest_leaf: float) -> Box:
    number = width(f" = {_NUMBER}", SIZE)
    room = max(width(name, SIZE), width(f"∂{output}/∂{name}", SIZE)) + number
    by_leaf = width(f"∂{name}/∂", SIZE) + widest_leaf
    room = max(room, by_leaf + (number if caption.definition else width(" = 0", SIZE)))
    if caption.definition:
        written = width(name, SIZE, bold=True) + width(f" = {caption.definition}", SIZE)
        room = max(room, min(written, _WIDEST_DEFINITION))
    return Box(room + 16, LINE * (3 if caption.definition else 2) + 12)


def _label(labels: str, fraction: float) -> Box | None:
    if labels == "fraction":
        return Box(fraction + width(f"= {_NUMBER}", LABEL_SIZE, bold=True) + 16, 2 * LABEL_SIZE + 13)
    return Box(width(_NUMBER, LABEL_SIZE) + 10, LABEL_SIZE + 8) if labels else None


def _path(points: Sequence[Point]) -> str:
    """The curve in SVG, step by step in whole pixels; straight pieces in one line are one piece."""
    curve, _ = arrow(points, _ARROW)
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
        return f"v{steps[0][1]:g}" if steps[0][0] == 0 else f"l{at(steps[0])}"
    return "c" + " ".join(map(at, steps)).replace(" -", "-")


def _is_straight(points: Sequence[Point]) -> bool:
    """Whether all points are within a pixel of the line from the first to the last."""
    (x, y), (end_x, end_y) = points[0], points[-1]
    dx, dy = end_x - x, end_y - y
    return all(abs((a - x) * dy - (b - y) * dx) <= max(abs(dx), abs(dy)) for a, b in points[1:-1])
