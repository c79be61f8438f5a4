"""Points at which operations and functions are tested: drawn points, extreme points, equal operands and kinks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from itertools import pairwise
from random import Random

from autograd.domains import REAL, Interval, interval_of
from autograd.op import Op

Point = tuple[float, ...]

# Drawn points depend on this seed and on nothing else. The option --gradcheck-seed of pytest sets it.
SEED: ContextVar[int] = ContextVar("autograd.testing.SEED", default=0)

# Number of points that are drawn for each operation.
ORDINARY_COUNT = 4
# Attempts to draw each point, since the operation may have no finite value at some.
DRAWS_PER_POINT = 25
# Operands for an operation that takes any number of them.
VARIADIC_OPERANDS = 3
# Kinks that are looked for, of all operands together.
MAX_KINKS = 3
# Operands of unary operations at which naive formulas overflow, underflow or cancel. For example, exp overflows above
# 709 and underflows below −745.
_EXTREME_OPERANDS = (0.0, 1e-300, -1e-8, 30.0, -30.0, 800.0, -800.0, 1e300, -1e300)
# The same for several operands: the square of the large one overflows.
_LARGE, _SMALL = 1e200, 1e-100
# Operands between which a kink is looked for by bisection.
_GRID = (-1e300, -100.0, -10.0, -3.0, -1.0, -0.3, 0.0, 0.3, 1.0, 3.0, 10.0, 100.0, 1e300)


def draw(domain: Interval | Sequence[Interval], width: int, count: int, name: str = "") -> list[Point]:
    """Return points of moderate size with few digits, always the same for the same `name` and `SEED`.

    Args:
        domain: the interval of each number; the last interval, or the only one, applies to all further numbers.
        width: the number of numbers in a point.
        count: the number of points.
        name: the name of what the points are for.

    >>> draw(Interval(0.0, open=True), 2, 2)
    [(0.00576, 0.0034), (2.52, 0.012)]
    """
    stream = _stream(domain, width, name)
    return [next(stream) for _ in range(count)]


def ordinary(op: Op) -> list[Point]:
    """Draw points in the domain of `op` at which it has a finite value."""
    stream = _stream(op.domain, op.arity or VARIADIC_OPERANDS, op.name)
    points: list[Point] = []
    for point in (next(stream) for _ in range(DRAWS_PER_POINT * ORDINARY_COUNT)):
        if len(points) < ORDINARY_COUNT and point not in points and is_finite(op, point):
            points.append(point)
    return points


def extreme(op: Op, base: Point) -> list[Point]:
    """Return the ends of the domain, and points at which naive formulas overflow, underflow or cancel."""
    ends = [_ends(interval_of(op.domain, i)) for i in range(len(base))]
    points: list[Point]
    if len(base) == 1:
        points = [(x,) for x in (*_EXTREME_OPERANDS, *ends[0])]
    else:
        mixed = [tuple((_LARGE, _SMALL)[(i + k) % 2] for i in range(len(base))) for k in range(2)]
        points = [(_SMALL,) * len(base), (_LARGE,) * len(base), *mixed]
        points += [(*base[:i], x, *base[i + 1 :]) for i in range(len(base)) for x in (0.0, -1e-8, *ends[i])]
    return [point for point in dict.fromkeys(points) if is_inside(op, point)]


def ties(op: Op, base: Point) -> list[Point]:
    """Return points of the domain at which all operands are equal."""
    sizes = (0.0, 1.0, -2.0) if len(base) > 1 else ()
    return [(x,) * len(base) for x in sizes if is_inside(op, (x,) * len(base))]


def kinks(op: Op, base: Point) -> list[Point]:
    """Return points at which the smooth piece that `op` declares changes, along each operand."""
    borders: dict[Point, None] = {}
    for i in range(len(base)):
        line = [(*base[:i], x, *base[i + 1 :]) for x in _GRID]
        for left, right in pairwise([point for point in line if is_inside(op, point)]):
            if len(borders) < MAX_KINKS and _piece(op, left) != _piece(op, right):
                borders[_border(op, left, right, i)] = None
    return list(borders)


def anywhere(op: Op, base: Point) -> list[Point]:
    """Return points inside the domain and outside it."""
    numbers = {*_GRID, -0.5, 0.5, *(end for i in range(len(base)) for end in _ends(interval_of(op.domain, i)))}
    points = [(*base[:i], x, *base[i + 1 :]) for i in range(len(base)) for x in sorted(numbers)]
    return list(dict.fromkeys([*points, *((x,) * len(base) for x in sorted(numbers))]))


def is_inside(op: Op, point: Point) -> bool:
    """Return True if each operand is in the domain that `op` declares."""
    return all(x in interval_of(op.domain, i) for i, x in enumerate(point))


def is_finite(op: Op, point: Point) -> bool:
    """Return True if `op` has a finite value."""
    try:
        return math.isfinite(op.value(*point))
    except (ArithmeticError, ValueError):
        return False


def _stream(domain: Interval | Sequence[Interval], width: int, name: str) -> Iterator[Point]:
    rng = Random(f"{SEED.get()} {name}")
    intervals = [domain] if isinstance(domain, Interval) else list(domain) or [REAL]
    while True:
        yield tuple([_number(interval_of(intervals, i), rng) for i in range(width)])


def _number(interval: Interval, rng: Random) -> float:
    """Draw a number: half of them between 10⁻³ and 10 on a logarithmic scale, half close to 1."""
    low, high = interval.low, interval.high
    size = rng.choice((rng.uniform(0.1, 3.0), 10.0 ** rng.uniform(-3.0, 1.0)))
    if math.isfinite(low) and math.isfinite(high):
        x = rng.uniform(low, high)
    elif math.isfinite(low) or math.isfinite(high):
        x = low + size if math.isfinite(low) else high - size
    else:
        x = rng.choice((size, -size))
    rounded = float(f"{x:.3g}")
    return rounded if low < rounded < high else x


def _ends(interval: Interval) -> list[float]:
    """Return the finite ends of an interval, if they belong to it, and numbers close to them."""
    inward = ((interval.low, 1.0), (interval.high, -1.0))
    numbers = [x for end, sign in inward if math.isfinite(end) for x in (end, end + sign * 1e-6 * max(1.0, abs(end)))]
    return [x for x in numbers if x in interval]


def _piece(op: Op, point: Point) -> object:
    try:
        return op.branch(*point)
    except (ArithmeticError, ValueError):
        return None


def _border(op: Op, left: Point, right: Point, i: int) -> Point:
    """Return the shorter of the two neighbouring floats between which the piece changes, by bisection."""
    low, high, piece = left[i], right[i], _piece(op, left)
    while (middle := 0.5 * low + 0.5 * high) not in (low, high):
        if _piece(op, (*left[:i], middle, *left[i + 1 :])) == piece:
            low = middle
        else:
            high = middle
    x = min(low, high, key=lambda x: len(repr(x)))
    return (*left[:i], x, *left[i + 1 :])
