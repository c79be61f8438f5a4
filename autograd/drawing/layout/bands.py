"""How far apart levels are, and what follows from that: the place of everything, and the routes of links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from autograd.drawing.layout.clusters import PADDING, Frames
from autograd.drawing.layout.coordinates import Segment
from autograd.drawing.layout.geometry import Layout
from autograd.drawing.layout.layering import Levels
from autograd.drawing.layout.routing import Point, Stop, route

TITLE = 18.0
"""The room for the title of a frame."""


class Bands:
    """The room of each level along the layout, and everything in its place.

    Args:
        levels: the elements.
        rows: those of each level, in order.
        segments: the parts of each link.
        across: where each element is on its level.
        frames: the frames around boxes, in their places across.
    """

    def __init__(
        self,
        levels: Levels,
        rows: Sequence[Sequence[int]],
        segments: Sequence[Sequence[Segment]],
        across: Sequence[float],
        frames: Frames,
    ) -> None:
        self.levels, self.segments, self.frames = levels, segments, frames
        starts = [x - b / 2 for x, b in zip(across, levels.breadth, strict=True)] if frames.ends else [0.0]
        least = min([*starts, *(start for start, _ in frames.ends)])
        self.across = [x - least for x in across]
        self.ends = [(start - least, end - least) for start, end in frames.ends]
        self.outside = self._outside()
        self.bands = self._bands(rows)
        below = min((self.bands[low][0] - self.outside[i][0] for i, (low, _) in enumerate(frames.span)), default=0.0)
        above = max((self.bands[high][1] + self.outside[i][1] for i, (_, high) in enumerate(frames.span)), default=0.0)
        self.start, self.end = min(0.0, below), max(self.bands[-1][1], above)

    def _outside(self) -> list[tuple[float, float]]:
        """How far each frame reaches beyond its lowest level, and beyond its highest."""
        title = TITLE if self.levels.direction == "up" else 0.0
        found = [(PADDING, PADDING + title) for _ in self.frames.frames]
        for i in reversed(range(len(found))):
            parent = self.frames.frames[i].parent
            if parent is not None:
                low, high = found[parent]
                if self.frames.span[i][0] == self.frames.span[parent][0]:
                    low = max(low, found[i][0] + PADDING)
                if self.frames.span[i][1] == self.frames.span[parent][1]:
                    high = max(high, found[i][1] + PADDING + title)
                found[parent] = low, high
        return found

    def _bands(self, rows: Sequence[Sequence[int]]) -> list[tuple[float, float]]:
        """Where each level begins and ends: further from the next, the further links have to go across."""
        swing = [0.0] * len(rows)
        for segment in (s for link in self.segments for s in link):
            low, high = segment.low, segment.high
            shift = abs(self.across[low] + segment.low_port - self.across[high] - segment.high_port)
            swing[self.levels.level[low]] = max(swing[self.levels.level[low]], shift)
        before, after = [0.0] * len(rows), [0.0] * len(rows)
        for (low, high), (below, above) in zip(self.frames.span, self.outside, strict=True):
            before[low], after[high] = max(before[low], below), max(after[high], above)
        spacing, bands, position = self.levels.spacing, [], 0.0
        for k, (row, shift) in enumerate(zip(rows, swing, strict=True)):
            position += before[k] if k else 0.0
            bands.append((position, position + max(self.levels.depth[element] for element in row)))
            position = bands[-1][1] + after[k] + min(0.9 * spacing + 0.12 * shift, 3 * spacing)
        return bands

    def layout(self) -> Layout:
        """Everything, with the least coordinates at 0."""
        levels = self.levels
        breadth = max(x + b / 2 for x, b in zip(self.across, levels.breadth, strict=True))
        breadth = max([breadth, *(end for _, end in self.ends)])
        length = self.end - self.start
        width, height = (breadth, length) if levels.direction == "up" else (length, breadth)
        return Layout(
            round(width, 2),
            round(height, 2),
            tuple(map(self._centre, range(len(levels.boxes)))),
            tuple(None if i is None else self._centre(i) for i in levels.labelled),
            tuple(
                tuple(map(self._point, route(self._stops(link, label))))
                for link, label in zip(self.segments, levels.labelled, strict=True)
            ),
            tuple(map(self._corners, range(len(self.ends)))),
        )

    def _point(self, place: Point) -> Point:
        x, along = place
        if self.levels.direction == "up":
            return round(x, 2), round(self.end - along, 2)
        return round(along - self.start, 2), round(x, 2)

    def _centre(self, element: int) -> Point:
        return self._point((self.across[element], sum(self.bands[self.levels.level[element]]) / 2))

    def _corners(self, i: int) -> tuple[Point, Point]:
        (low, high), (below, above), (start, end) = self.frames.span[i], self.outside[i], self.ends[i]
        one = self._point((start, self.bands[low][0] - below))
        other = self._point((end, self.bands[high][1] + above))
        return (min(one[0], other[0]), min(one[1], other[1])), (max(one[0], other[0]), max(one[1], other[1]))

    def _stops(self, link: Sequence[Segment], label: int | None) -> list[Stop]:
        first, last = link[0], link[-1]
        level, breadth = self.levels.level, self.levels.breadth
        passed = []
        for x in (segment.low for segment in link[1:]):
            kind: Literal["label", "lane"] = "label" if x == label else "lane"
            passed.append(Stop(kind, self.across[x], *self.bands[level[x]], breadth[x]))
        return [self._end(first.low, first.low_port), *passed, self._end(last.high, last.high_port)]

    def _end(self, box: int, port: float) -> Stop:
        levels = self.levels
        size = levels.breadth[box], levels.depth[box]
        return Stop("box", self.across[box], *self.bands[levels.level[box]], *size, port, levels.boxes[box].round)
