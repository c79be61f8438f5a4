"""Where the boxes of a graph go, by layers: the method of Sugiyama, Tagawa and Toda (1981).

Each box has a rank, its operands below it.  Between two ranks lies a level for the labels of edges, and on every
level that an edge passes it has an element of its own: a label there is a box like another, and neither can cover
what has a place on the same level.  :mod:`~autograd.drawing.layout.crossing_reduction` orders the levels,
:mod:`~autograd.drawing.layout.coordinates` spreads them out, and here the rest is done: ranks, elements, ports and routes.  Each
step is a fixed number of passes over the elements, and the same input gives the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd.drawing.layout.bands import TITLE, Bands
from autograd.drawing.layout.clusters import Frame, Frames, below
from autograd.drawing.layout.coordinates import align
from autograd.drawing.layout.crossing_reduction import untangle
from autograd.drawing.layout.geometry import Box, Direction, Layout, Link
from autograd.drawing.layout.layering import Levels
from autograd.drawing.layout.ranks import ranks

__all__ = ["Box", "Direction", "Frame", "Layout", "Link", "arrange"]


def arrange(
    boxes: Sequence[Box],
    links: Sequence[Link],
    direction: Direction = "up",
    spacing: float = 28.0,
    frames: Sequence[Frame] = (),
) -> Layout:
    """Find a place for everything: sources at the bottom ("up") or at the left ("right").

    Args:
        boxes: in topological order: links lead to higher numbers.
        links: several between the same two boxes keep apart.
        direction: where the links point.
        spacing: the least distance between boxes.
        frames: boxes that are to have a frame around them, with nothing else in it.

    Raises:
        ValueError: a link does not lead to a higher number.

    >>> layout = arrange([Box(40, 20), Box(40, 20), Box(60, 20)], [Link(0, 2), Link(1, 2)])
    >>> [x for x, y in layout.boxes], layout.width
    ([20.0, 88.0, 54.0], 108.0)
    """
    for link in links:
        if not 0 <= link.source < link.target < len(boxes):
            raise ValueError(f"boxes come in topological order, so no link leads from {link.source} to {link.target}")
    ordered = [(link.source, link.target) for link in links]
    levels = Levels(boxes, ranks(len(boxes), ordered, below(frames, ordered)), links, direction, spacing)
    rows = untangle(levels.level, levels.chains)
    framed = Frames(frames, levels.level, levels.chains)
    if framed.is_backward(rows):
        rows = [row[::-1] for row in rows]
    tokens = framed.gather(rows) if frames else []
    rows = [[x for kind, x in row if kind == "box"] for row in tokens] or rows
    segments = levels.segments(rows)
    across = align(rows, segments, levels.breadth, levels.gap, levels.threads())
    if frames:
        framed.fit(tokens, levels.breadth, levels.gap, across, TITLE if direction == "right" else 0.0)
    return Bands(levels, rows, segments, across, framed).layout()
