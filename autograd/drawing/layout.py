"""Where the boxes of a graph go, by layers: the method of Sugiyama, Tagawa and Toda (1981).

Each box has a rank, its operands below it.  Between two ranks lies a level for the labels of edges, and on every
level that an edge passes it has an element of its own: a label there is a box like another, and neither can cover
what has a place on the same level.  :mod:`~autograd.drawing.crossings` orders the levels,
:mod:`~autograd.drawing.alignment` spreads them out, and here the rest is done: ranks, elements, ports and routes.  Each
step is a fixed number of passes over the elements, and the same input gives the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from autograd.drawing.alignment import Segment, align
from autograd.drawing.crossings import untangle
from autograd.drawing.routes import Point, Stop, route

Direction = Literal["up", "right"]

_LANE = 24.0
"""How broad a short link without a label is taken to be, so that it has room to go the direct way."""


@dataclass(frozen=True)
class Box:
    """A rectangle, or an ellipse in one, that wants a place."""

    width: float
    height: float
    round: bool = False


@dataclass(frozen=True)
class Link:
    """An edge between two boxes, by their numbers, and the rectangle that its label needs, if it has one."""

    source: int
    target: int
    label: Box | None = None


@dataclass(frozen=True)
class Layout:
    """Where everything is, from a corner at (0, 0); y grows downwards.

    Attributes:
        width: of the whole.
        height: of the whole.
        boxes: the centre of each box.
        labels: the centre of each link's label, None where it has none.
        routes: each link's curve, in cubic Bézier pieces: its start, then for each piece two control points and an end.
    """

    width: float
    height: float
    boxes: tuple[Point, ...]
    labels: tuple[Point | None, ...]
    routes: tuple[tuple[Point, ...], ...]


def arrange(boxes: Sequence[Box], links: Sequence[Link], direction: Direction = "up", spacing: float = 28.0) -> Layout:
    """Find a place for everything: sources at the bottom ("up") or at the left ("right").

    Args:
        boxes: in topological order: links lead to higher numbers.
        links: several between the same two boxes keep apart.
        direction: where the links point.
        spacing: the least distance between boxes.

    Raises:
        ValueError: a link does not lead to a higher number.

    >>> layout = arrange([Box(40, 20), Box(40, 20), Box(60, 20)], [Link(0, 2), Link(1, 2)])
    >>> [x for x, y in layout.boxes], layout.width
    ([20.0, 88.0, 54.0], 108.0)
    """
    for link in links:
        if not 0 <= link.source < link.target < len(boxes):
            raise ValueError(f"boxes come in topological order, so no link leads from {link.source} to {link.target}")
    return _Levels(boxes, links, direction, spacing).layout()


def ranks(count: int, links: Sequence[Link]) -> list[int]:
    """The rank of each box: as high as its targets allow, unless it shortens more links to be lower.

    >>> ranks(4, [Link(0, 2), Link(2, 3), Link(1, 3)])
    [0, 1, 1, 2]
    """
    sources: list[list[int]] = [[] for _ in range(count)]
    targets: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        sources[link.target].append(link.source)
        targets[link.source].append(link.target)
    depth = [0] * count
    for box in reversed(range(count)):
        depth[box] = 1 + max((depth[x] for x in targets[box]), default=-1)
    lowest = max(depth, default=0)
    rank = [lowest - d for d in depth]
    for box in range(count):
        if len(sources[box]) > len(targets[box]) > 0:
            rank[box] = 1 + max(rank[x] for x in sources[box])
    return rank


@dataclass
class _Levels:
    """The layout while it is made.  "Across" is along a level, "along" is from level to level."""

    boxes: Sequence[Box]
    links: Sequence[Link]
    direction: Direction
    spacing: float
    level: list[int] = field(default_factory=list)
    breadth: list[float] = field(default_factory=list)
    depth: list[float] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    labelled: list[int | None] = field(default_factory=list)

    def layout(self) -> Layout:
        for box, rank in zip(self.boxes, ranks(len(self.boxes), self.links), strict=True):
            self._add(2 * rank, box)
        self._add_chains()
        rows = untangle(self.level, self.chains)
        segments = self._segments(rows)
        across = align(rows, segments, self.breadth, self._gap, self._threads())
        return self._placed(rows, segments, across)

    def _add(self, level: int, box: Box | None) -> int:
        """A new element on `level`, as large as `box`."""
        size = (box.width, box.height) if box else (0.0, 0.0)
        breadth, depth = size if self.direction == "up" else size[::-1]
        self.level.append(level)
        self.breadth.append(breadth)
        self.depth.append(depth)
        return len(self.level) - 1

    def _add_chains(self) -> None:
        """The elements of each link from its source to its target; the label where there is most room."""
        crowd: dict[int, float] = {}
        self.chains = [[] for _ in self.links]
        self.labelled = [None] * len(self.links)
        length = [self.level[link.target] - self.level[link.source] for link in self.links]
        for i in sorted(range(len(self.links)), key=lambda i: length[i]):
            link = self.links[i]
            low, high = self.level[link.source], self.level[link.target]
            place = min(range(high - 1, low, -2), key=lambda level: crowd.get(level, 0.0)) if link.label else None
            chain = [link.source]
            lane = Box(_LANE, 0.0) if self.direction == "up" else Box(0.0, _LANE)
            for level in range(low + 1, high):
                chain.append(self._add(level, link.label if level == place else lane if high - low == 2 else None))
                crowd[level] = crowd.get(level, 0.0) + self.breadth[chain[-1]] + self._gap(chain[-1], chain[-1])
                if level == place:
                    self.labelled[i] = chain[-1]
            self.chains[i] = [*chain, link.target]

    def _gap(self, left: int, right: int) -> float:
        """The least distance between two neighbours on a level."""
        count = len(self.boxes)
        if left < count and right < count:
            return self.spacing
        return self.spacing / 2 if self.breadth[left] or self.breadth[right] else self.spacing / 3

    def _threads(self) -> list[list[int]]:
        """The elements of each long link that ought to lie in one line."""
        return [chain[1:-1] for chain in self.chains if len(chain) > 3]

    def _segments(self, rows: list[list[int]]) -> list[list[Segment]]:
        """The parts of each link, with the ports where they meet the boxes: in order, so that they do not cross."""
        place = [0] * len(self.level)
        for row in rows:
            for i, element in enumerate(row):
                place[element] = i
        incoming: list[list[int]] = [[] for _ in self.boxes]
        outgoing: list[list[int]] = [[] for _ in self.boxes]
        for i in sorted(range(len(self.links)), key=lambda i: place[self.chains[i][1]]):
            outgoing[self.links[i].source].append(i)
        for i in sorted(range(len(self.links)), key=lambda i: place[self.chains[i][-2]]):
            incoming[self.links[i].target].append(i)
        ports: dict[tuple[int, bool], float] = {}
        for box in range(len(self.boxes)):
            for links, is_end in ((incoming[box], True), (outgoing[box], False)):
                room = 0.0 if self.boxes[box].round else 0.7 * self.breadth[box]
                pitch = min(80.0, room / max(len(links) - 1, 1))
                for k, i in enumerate(links):
                    ports[i, is_end] = (k - (len(links) - 1) / 2) * pitch
        return [
            [
                Segment(
                    low,
                    high,
                    ports[i, False] if k == 0 else 0.0,
                    ports[i, True] if k == len(chain) - 2 else 0.0,
                )
                for k, (low, high) in enumerate(pairwise(chain))
            ]
            for i, chain in enumerate(self.chains)
        ]

    def _placed(self, rows: list[list[int]], segments: list[list[Segment]], across: list[float]) -> Layout:
        swing = [0.0] * len(rows)
        for segment in (s for link in segments for s in link):
            shift = abs(across[segment.low] + segment.low_port - across[segment.high] - segment.high_port)
            swing[self.level[segment.low]] = max(swing[self.level[segment.low]], shift)
        bands, position = [], 0.0
        for row, shift in zip(rows, swing, strict=True):
            bands.append((position, position + max(self.depth[element] for element in row)))
            position = bands[-1][1] + min(0.9 * self.spacing + 0.12 * shift, 3 * self.spacing)
        end = bands[-1][1]
        breadth = max(x + b / 2 for x, b in zip(across, self.breadth, strict=True))

        def point(place: Point) -> Point:
            x, along = place
            return (round(x, 2), round(end - along, 2)) if self.direction == "up" else (round(along, 2), round(x, 2))

        def centre(element: int) -> Point:
            return point((across[element], sum(bands[self.level[element]]) / 2))

        def stops(link: list[Segment], label: int | None) -> list[Stop]:
            first, last = link[0], link[-1]
            return [
                self._end(first.low, across[first.low], first.low_port, bands),
                *(
                    Stop(
                        "label" if s.low == label else "lane",
                        across[s.low],
                        *bands[self.level[s.low]],
                        self.breadth[s.low],
                    )
                    for s in link[1:]
                ),
                self._end(last.high, across[last.high], last.high_port, bands),
            ]

        width, height = (breadth, end) if self.direction == "up" else (end, breadth)
        return Layout(
            round(width, 2),
            round(height, 2),
            tuple(centre(i) for i in range(len(self.boxes))),
            tuple(None if i is None else centre(i) for i in self.labelled),
            tuple(
                tuple(map(point, route(stops(link, label))))
                for link, label in zip(segments, self.labelled, strict=True)
            ),
        )

    def _end(self, box: int, x: float, port: float, bands: list[Point]) -> Stop:
        size = self.breadth[box], self.depth[box]
        return Stop("box", x, *bands[self.level[box]], *size, port, self.boxes[box].round)
