"""Where operations and functions are tried: drawn points, extreme ones, ties, and the kinks that can be found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from itertools import pairwise
from random import Random

from autograd.domains import REAL, Interval
from autograd.op import Op

Point = tuple[float, ...]

SEED: ContextVar[int] = ContextVar("autograd.testing.SEED", default=0)
"""What is drawn depends on this and on nothing else; pytest's --gradcheck-seed sets it."""

ORDINARY = 4
"""How many ordinary points an operation gets."""
WIDTH = 3
"""How many operands an operation gets that takes any number."""
KINKS = 3
"""The most kinks that are looked for."""
_ONE = (0.0, 1e-300, -1e-8, 30.0, -30.0, 800.0, -800.0, 1e300, -1e300)
_LARGE, _SMALL = 1e200, 1e-100
_GRID = (-1e300, -100.0, -10.0, -3.0, -1.0, -0.3, 0.0, 0.3, 1.0, 3.0, 10.0, 100.0, 1e300)


def draw(domain: Interval | Sequence[Interval], width: int, count: int, name: str = "") -> list[Point]:
    """Points of middling size with few digits; always the same for one `name` and `SEED`.

    Args:
        domain: where each number may lie; the last interval, or the only one, serves the rest.
        width: how many numbers a point has.
        count: how many points to draw.
        name: what for.

    >>> draw(Interval(0.0, open=True), 2, 2)
    [(0.00576, 0.0034), (2.52, 0.012)]
    """
    stream = _stream(domain, width, name)
    return [next(stream) for _ in range(count)]


def ordinary(op: Op) -> list[Point]:
    """Drawn points in the domain of `op` at which it has a finite value."""
    stream = _stream(op.domain, op.arity or WIDTH, op.name)
    points: list[Point] = []
    for point in (next(stream) for _ in range(25 * ORDINARY)):
        if len(points) < ORDINARY and point not in points and is_finite(op, point):
            points.append(point)
    return points


def extreme(op: Op, base: Point) -> list[Point]:
    """Points of the domain where obvious formulas overflow, underflow or cancel, and its ends."""
    ends = [_ends(_interval(op.domain, i)) for i in range(len(base))]
    found: list[Point]
    if len(base) == 1:
        found = [(x,) for x in (*_ONE, *ends[0])]
    else:
        mixed = [tuple((_LARGE, _SMALL)[(i + k) % 2] for i in range(len(base))) for k in range(2)]
        found = [(_SMALL,) * len(base), (_LARGE,) * len(base), *mixed]
        found += [(*base[:i], x, *base[i + 1 :]) for i in range(len(base)) for x in (0.0, -1e-8, *ends[i])]
    return [point for point in dict.fromkeys(found) if is_inside(op, point)]


def ties(op: Op, base: Point) -> list[Point]:
    """Points of the domain at which all operands are equal."""
    sizes = (0.0, 1.0, -2.0) if len(base) > 1 else ()
    return [(x,) * len(base) for x in sizes if is_inside(op, (x,) * len(base))]


def kinks(op: Op, base: Point) -> list[Point]:
    """Where the smooth piece that `op` declares changes, along each operand."""
    found: dict[Point, None] = {}
    for i in range(len(base)):
        line = [(*base[:i], x, *base[i + 1 :]) for x in _GRID]
        for left, right in pairwise([point for point in line if is_inside(op, point)]):
            if len(found) < KINKS and _piece(op, left) != _piece(op, right):
                found[_border(op, left, right, i)] = None
    return list(found)


def anywhere(op: Op, base: Point) -> list[Point]:
    """Points within the domain and outside it."""
    sizes = {*_GRID, -0.5, 0.5, *(end for i in range(len(base)) for end in _ends(_interval(op.domain, i)))}
    found = [(*base[:i], x, *base[i + 1 :]) for i in range(len(base)) for x in sorted(sizes)]
    return list(dict.fromkeys([*found, *((x,) * len(base) for x in sorted(sizes))]))


def is_inside(op: Op, point: Point) -> bool:
    """Whether each operand lies in the domain that `op` declares."""
    return all(x in _interval(op.domain, i) for i, x in enumerate(point))


def is_finite(op: Op, point: Point) -> bool:
    """Whether `op` has a finite value."""
    try:
        return math.isfinite(op.value(*point))
    except (ArithmeticError, ValueError):
        return False


def _interval(domain: Sequence[Interval], i: int) -> Interval:
    return domain[min(i, len(domain) - 1)]


def _stream(domain: Interval | Sequence[Interval], width: int, name: str) -> Iterator[Point]:
    rng = Random(f"{SEED.get()} {name}")
    intervals = [domain] if isinstance(domain, Interval) else list(domain) or [REAL]
    while True:
        yield tuple([_number(_interval(intervals, i), rng) for i in range(width)])


def _number(interval: Interval, rng: Random) -> float:
    """Of any size from 10⁻³ to 10, and as often of the size of 1."""
    low, high = interval.low, interval.high
    size = rng.choice((rng.uniform(0.1, 3.0), 10.0 ** rng.uniform(-3.0, 1.0)))
    if math.isfinite(low) and math.isfinite(high):
        x = rng.uniform(low, high)
    elif math.isfinite(low) or math.isfinite(high):
        x = low + size if math.isfinite(low) else high - size
    else:
        x = rng.choice((size, -size))
    short = float(f"{x:.3g}")
    return short if low < short < high else x


def _ends(interval: Interval) -> list[float]:
    """The finite ends of an interval, as far as they belong to it, and numbers close to them."""
    inward = ((interval.low, 1.0), (interval.high, -1.0))
    found = [x for end, sense in inward if math.isfinite(end) for x in (end, end + sense * 1e-6 * max(1.0, abs(end)))]
    return [x for x in found if x in interval]


def _piece(op: Op, point: Point) -> object:
    try:
        return op.branch(*point)
    except (ArithmeticError, ValueError):
        return None


def _border(op: Op, left: Point, right: Point, i: int) -> Point:
    """The rounder of the two neighbouring floats between which the piece changes."""
    low, high, piece = left[i], right[i], _piece(op, left)
    while (middle := 0.5 * low + 0.5 * high) not in (low, high):
        if _piece(op, (*left[:i], middle, *left[i + 1 :])) == piece:
            low = middle
        else:
            high = middle
    x = min(low, high, key=lambda x: len(repr(x)))
    return (*left[:i], x, *left[i + 1 :])
