"""Frames around boxes that belong together: their order on every level, and room for them.

On each level that a frame reaches over, its members stand side by side and nothing else between them; frames that reach
over the same levels have the same order on all of them. Where everything goes then follows from distances between
neighbours alone: what is too close is moved, once to the right and once to the left, and the middle of two solutions
is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

PADDING = 10.0
"""The distance of a frame from what is in it, and from what is beside it."""
Token = tuple[str, int]
"""On a level, from left to right: an element, or where a frame begins or ends."""
Gap = Callable[[int, int], float]


@dataclass(frozen=True)
class Frame:
    """Boxes that are to have a frame around them.

    Attributes:
        boxes: their numbers, those in frames inside this one too.
        breadth: what its title needs.
        parent: number of the frame that it lies in, a lower one; None for none.
    """

    boxes: tuple[int, ...]
    breadth: float
    parent: int | None = None


def below(frames: Sequence[Frame], links: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Which boxes have to stand below which so that a frame lies above all that leads into it."""
    home = {box: i for i, frame in enumerate(frames) if frame.parent is None for box in frame.boxes}
    inner = {target for source, target in links if home.get(source, -1) == home.get(target)}
    lowest = {i: [box for box in frame.boxes if box not in inner] for i, frame in enumerate(frames)}
    entering = dict.fromkeys(
        (source, home[target]) for source, target in links if target in home and home.get(source) != home[target]
    )
    return [(source, box) for source, frame in entering for box in lowest[frame]]


class Frames:
    """Frames over the levels of a layout.

    Args:
        frames: the frames; one inside another comes behind it.
        level: of each element, boxes first.
        chains: the elements that each link passes, from box to box.

    Attributes:
        frames: the frames.
        span: the lowest and the highest level of each.
        ends: where each begins and ends across, once it has been fitted.
        home: the innermost frame that each element is in, None for none.
    """

    def __init__(self, frames: Sequence[Frame], level: Sequence[int], chains: Sequence[Sequence[int]]) -> None:
        self.frames = frames
        self.span = [(min(level[x] for x in f.boxes), max(level[x] for x in f.boxes)) for f in frames]
        self.ends: list[tuple[float, float]] = []
        self.home: list[int | None] = [None] * len(level)
        for i, frame in enumerate(frames):
            for box in frame.boxes:
                self.home[box] = i
        for chain in chains if frames else ():
            around = self._around(chain[-1]) | self._around(chain[0])
            for x in chain[1:-1]:
                self.home[x] = max((f for f in around if self.span[f][0] <= level[x] <= self.span[f][1]), default=None)

    def _around(self, box: int) -> set[int]:
        """The frames that a box is in."""
        found: set[int] = set()
        frame = self.home[box]
        while frame is not None:
            found.add(frame)
            frame = self.frames[frame].parent
        return found

    def is_backward(self, rows: Sequence[Sequence[int]]) -> bool:
        """Whether most frames would stand in the reverse of their order, so that the mirror image is better."""
        where = {x: (i + 0.5) / len(row) for row in rows for i, x in enumerate(row)}
        middle = [sum(where[x] for x in frame.boxes) / len(frame.boxes) for frame in self.frames]
        beside = [
            (a, b) for a, b in combinations(range(len(middle)), 2) if self.frames[a].parent == self.frames[b].parent
        ]
        return sum(1 if middle[a] > middle[b] else -1 for a, b in beside if self.span[a] == self.span[b]) > 0

    def gather(self, rows: Sequence[Sequence[int]]) -> list[list[Token]]:
        """Each level with the members of each frame side by side, and where frames begin and end."""
        where = {x: (i + 0.5) / len(row) for row in rows for i, x in enumerate(row)}
        members: list[list[float]] = [[] for _ in self.frames]
        for x, home in enumerate(self.home):
            while home is not None:
                members[home].append(where[x])
                home = self.frames[home].parent
        middle = [sum(places) / len(places) for places in members]
        return [self._tokens(level, row, where, middle) for level, row in enumerate(rows)]

    def _tokens(self, level: int, row: Sequence[int], where: dict[int, float], middle: Sequence[float]) -> list[Token]:
        inside: dict[int | None, list[tuple[float, Token]]] = {}
        for x in row:
            inside.setdefault(self.home[x], []).append((where[x], ("box", x)))
        for i, (low, high) in enumerate(self.span):
            if low <= level <= high:
                inside.setdefault(self.frames[i].parent, []).append((middle[i], ("frame", i)))
        tokens: list[Token] = []
        stack: list[Token] = [token for _, token in sorted(inside.get(None, ()), reverse=True)]
        while stack:
            kind, i = token = stack.pop()
            tokens.append(("start", i) if kind == "frame" else token)
            if kind == "frame":
                stack.append(("end", i))
                stack.extend(token for _, token in sorted(inside.get(i, ()), reverse=True))
        return tokens

    def fit(
        self, rows: Sequence[Sequence[Token]], breadth: Sequence[float], gap: Gap, across: list[float], title: float
    ) -> None:
        """Move elements apart to where frames have room, in place, and find where each frame begins and ends.

        Args:
            rows: as `gather` gives them.
            breadth: of each element.
            gap: the distance to be kept between two elements.
            across: where each element is.
            title: what a frame needs beside its members for its title.
        """
        after: dict[Token, list[tuple[Token, float]]] = {}
        before: dict[Token, list[tuple[Token, float]]] = {}
        wish: dict[Token, float] = {("box", x): place for x, place in enumerate(across)}
        pairs = [pair for row in rows for pair in pairwise(row)]
        distances = [(one, two, _distance(one, two, breadth, gap, title)) for one, two in pairs]
        distances += [(("start", i), ("end", i), frame.breadth) for i, frame in enumerate(self.frames)]
        for one, two, distance in distances:
            after.setdefault(one, []).append((two, distance))
            before.setdefault(two, []).append((one, distance))
        for i, frame in enumerate(self.frames):
            wish["start", i] = min(across[x] - breadth[x] / 2 for x in frame.boxes) - PADDING - title
            wish["end", i] = max(across[x] + breadth[x] / 2 for x in frame.boxes) + PADDING
        order = _sorted(wish, after, before)
        right, left = dict(wish), dict(wish)
        for token in order:
            for other, distance in before.get(token, ()):
                right[token] = max(right[token], right[other] + distance)
        for token in reversed(order):
            for other, distance in after.get(token, ()):
                left[token] = min(left[token], left[other] - distance)
        middle = {token: (right[token] + left[token]) / 2 for token in wish}
        for x in range(len(across)):
            across[x] = middle["box", x]
        self.ends = [(middle["start", i], middle["end", i]) for i in range(len(self.frames))]


def _distance(one: Token, two: Token, breadth: Sequence[float], gap: Gap, title: float) -> float:
    """The least distance between two neighbours on a level."""
    (kind, i), (other, k) = one, two
    if kind == other == "box":
        return (breadth[i] + breadth[k]) / 2 + gap(i, k)
    half = (breadth[i] if kind == "box" else 0.0) / 2 + (breadth[k] if other == "box" else 0.0) / 2
    return half + PADDING + (title if kind == "start" else 0.0)


def _sorted(
    tokens: dict[Token, float],
    after: dict[Token, list[tuple[Token, float]]],
    before: dict[Token, list[tuple[Token, float]]],
) -> list[Token]:
    """What is to the left of something before it."""
    waiting = {token: len(before.get(token, ())) for token in tokens}
    order = [token for token, count in waiting.items() if count == 0]
    for token in order:
        for other, _ in after.get(token, ()):
            waiting[other] -= 1
            if waiting[other] == 0:
                order.append(other)
    return order
