"""Where the numbers on the lines between two columns go: each on its line, and none over another.

All lie at one fraction t of the way across.  There the m·n lines from m neurons to n others are evenly spread if t is
1/(n + 1) or m/(m + 1), a step from neuron to neuron over min(m, n) + 1 apart: so there is such a place if the steps are
large enough and the columns are far enough apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from autograd.drawing.shapes import Rectangle

_PARTS = 60
_GAP = 2.0


class Line(NamedTuple):
    """A line from the left column, at height `start`, to the right one, at height `end`."""

    start: float
    end: float

    def height(self, t: float) -> float:
        """How high it is at a fraction of the way across."""
        return self.start + t * (self.end - self.start)


class Labels(NamedTuple):
    """Places for numbers, and how many times one of them lies over the line of another."""

    places: list[Rectangle]
    covered: int


def labels_on(
    lines: Sequence[Line],
    widths: Sequence[float],
    height: float,
    distance: float,
    obstacles: Sequence[Rectangle] = (),
) -> Labels | None:
    """A rectangle on each line, where they cover the fewest other lines; None if there is no place for all.

    Args:
        lines: the lines; several may start or end at one height.
        widths: of the rectangles.
        height: of the rectangles.
        distance: between the columns; the left one is at x = 0.
        obstacles: what no rectangle may touch.

    >>> labels_on([Line(0.0, 100.0)], [20.0], 10.0, 80.0).places
    [Rectangle(x=40.0, y=50.0, width=20.0, height=10.0)]
    """
    best: Labels | None = None
    least = (len(lines) ** 2, 0.5)
    for part in range(1, _PARTS):
        t = part / _PARTS
        heights = [line.height(t) for line in lines]
        if any(below - above < height + _GAP for above, below in pairwise(sorted(heights))):
            continue
        labels = [Rectangle(t * distance, y, w, height) for y, w in zip(heights, widths, strict=True)]
        if any(label.touches(obstacle, _GAP) for label in labels for obstacle in obstacles):
            continue
        score = (_covered(lines, labels, distance), abs(t - 0.5))
        if score < least:
            best, least = Labels(labels, score[0]), score
    return best


def _covered(lines: Sequence[Line], labels: Sequence[Rectangle], distance: float) -> int:
    """How many times a label lies over the line of another."""
    if not labels:
        return 0
    start, end = np.array(lines).T
    x, y, wide, high = np.array(labels).T[:, :, None]
    at_left, at_right = ((x + side * wide / 2) / distance for side in (-1, 1))
    left, right = (start + t * (end - start) - y for t in (at_left, at_right))
    covered = (np.minimum(left, right) < high / 2) & (np.maximum(left, right) > -high / 2)
    return int(covered.sum()) - len(labels)
