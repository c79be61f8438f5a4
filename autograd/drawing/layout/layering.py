"""The elements of a layout: what has a place on a level, and what leads from level to level.

"Across" is along a level, "along" is from level to level.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from autograd.drawing.layout.coordinates import Segment
from autograd.drawing.layout.geometry import Box, Direction, Link

_LANE = 24.0
"""How broad a short link without a label is taken to be, so that it has room to go the direct way."""


class Levels:
    """Elements on levels: boxes first, then what links pass on their way.

    Attributes:
        level: of each element; boxes are on even ones.
        breadth: of each element, across.
        depth: of each element, along.
        chains: the elements that each link passes, from box to box.
        labelled: the element that is the label of each link, if it has one.
    """

    def __init__(
        self, boxes: Sequence[Box], ranks: Sequence[int], links: Sequence[Link], direction: Direction, spacing: float
    ) -> None:
        self.boxes, self.links, self.direction, self.spacing = boxes, links, direction, spacing
        self.level: list[int] = []
        self.breadth: list[float] = []
        self.depth: list[float] = []
        self.chains: list[list[int]] = [[] for _ in links]
        self.labelled: list[int | None] = [None] * len(links)
        for box, rank in zip(boxes, ranks, strict=True):
            self._add(2 * rank, box)
        self._add_chains()

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
        length = [self.level[link.target] - self.level[link.source] for link in self.links]
        for i in sorted(range(len(self.links)), key=lambda i: length[i]):
            link = self.links[i]
            low, high = self.level[link.source], self.level[link.target]
            place = min(range(high - 1, low, -2), key=lambda level: crowd.get(level, 0.0)) if link.label else None
            chain = [link.source]
            is_short = high - low == 2 and not link.crosses
            lane = Box(_LANE, 0.0) if self.direction == "up" else Box(0.0, _LANE)
            for level in range(low + 1, high):
                chain.append(self._add(level, link.label if level == place else lane if is_short else None))
                crowd[level] = crowd.get(level, 0.0) + self.breadth[chain[-1]] + self.gap(chain[-1], chain[-1])
                if level == place:
                    self.labelled[i] = chain[-1]
            self.chains[i] = [*chain, link.target]

    def gap(self, left: int, right: int) -> float:
        """The least distance between two neighbours on a level."""
        count = len(self.boxes)
        if left < count and right < count:
            return self.spacing
        return self.spacing / 2 if self.breadth[left] or self.breadth[right] else self.spacing / 3

    def threads(self) -> list[list[int]]:
        """The elements of each long link that ought to lie in one line."""
        return [chain[1:-1] for chain in self.chains if len(chain) > 3]

    def segments(self, rows: list[list[int]]) -> list[list[Segment]]:
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
