"""Difference quotients of a float function around a point, on either side and across, on one smooth piece of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from autograd.checking.verdict import TINY
from autograd.engine import Value, topological_order
from autograd.operation import smooth

EPSILON = 2.0**-52
BESIDE = 2.0**-40
"""The step, as a part of the scale, that tells what lies beside the point."""
CLOSED = object()
"""What lies beyond the edge of the domain."""


def summed(terms: Iterable[float]) -> float:
    """The sum, rounded once; inf where it is too large, and nan where terms are infinite of both signs.

    >>> summed([1e308, 1e308]), summed([math.inf, -math.inf])
    (inf, nan)
    """
    terms = list(terms)
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):
        return sum(terms)


class Quotient(NamedTuple):
    """A difference quotient.

    Attributes:
        step: the step.
        slope: the quotient.
        noise: how much of it may be rounding of the function's values.
        swing: the greater of the quotients on the two sides, which may cancel in `slope`; 0 if no value differs.
    """

    step: float
    slope: float
    noise: float
    swing: float


class Rung(NamedTuple):
    """The quotients at one step: across the point, to the right and to the left; None where one cannot be had."""

    central: Quotient | None
    right: Quotient | None
    left: Quotient | None

    @property
    def first(self) -> Quotient | None:
        """One of them, across the point if possible."""
        return self.central or self.right or self.left

    def split(self, noise: float = 0.0) -> float:
        """By how much the slopes on the two sides differ, rounding apart."""
        if self.right is None or self.left is None:
            return 0.0
        noises = self.right.noise + self.left.noise + 4.0 * noise / self.right.step
        return max(0.0, abs(self.right.slope - self.left.slope) - 2.0 * noises)


def chords(
    f: Callable[[float], tuple[float, Hashable]], x: float, run: float, here: tuple[float, Hashable]
) -> tuple[float, float, float] | None:
    """The slopes to two points, unevenly on either side, and how far they may be off; None if that leaves the piece.

    The two are equal where `f` is a straight line.

    >>> [round(x, 9) for x in chords(lambda x: (x * x, x > 0), 2.0, 1.0, (4.0, True))]
    [5.0, 3.57, 0.0]
    """
    right, left = x + run, x - 0.43 * run
    try:
        (far, piece), (near, other) = f(right), f(left)
    except (ArithmeticError, ValueError):
        return None
    if left == x or not (piece == other == here[1] and math.isfinite(far) and math.isfinite(near)):
        return None
    value = here[0]
    error = 4.0 * (EPSILON * (abs(far) + abs(near) + abs(value)) + TINY) / run
    return (far - value) / (right - x), (near - value) / (left - x), error


class _Point(NamedTuple):
    offset: float
    value: float
    piece: Hashable


class Neighbourhood:
    """A function around one point, and what is known of it.

    Args:
        f: gives the value, or a tuple of the value and a label of the smooth piece.
        x: the point.
        scale: the size of x, by which steps are measured.
        noise: the rounding error of the values, if known to exceed two units in the last place.

    Attributes:
        evaluations: how often `f` was called.
        is_finite: whether it has a finite value at the point.
        has_moved: whether any value so far, on the same piece, differed from that at the point.
        greatest: the greatest size of a value so far, on the same piece.
        has_gaps: whether some point, within the domain's edges, had no finite value.
        is_kink: whether another piece begins at the point.
        jumps: whether it begins with another value.

    >>> Neighbourhood(lambda x: (abs(x), x > 0), 0.0, 1.0).rung(0.5)
    Rung(central=None, right=Quotient(step=0.5, slope=1.0, noise=...), left=Quotient(step=0.5, slope=-1.0, noise=...))
    """

    def __init__(self, f: Callable[[float], Any], x: float, scale: float, noise: float = 0.0) -> None:
        self.f, self.x, self.scale, self.noise = f, x, scale, noise
        self.evaluations = 0
        self.has_moved = self.has_gaps = self.is_kink = self.jumps = self._has_looked = False
        base = self._point(0.0)
        self.is_finite = base is not None
        self._base = base or _Point(0.0, math.nan, None)
        self.greatest = abs(self._base.value)
        self._anchors = {+1: self._base, -1: self._base}
        self._pieces = {+1: self._base.piece, -1: self._base.piece}

    @property
    def value(self) -> float:
        """The value at the point, nan if there is none."""
        return self._base.value

    def is_open(self, side: int) -> bool:
        """Whether the function goes on to that side, +1 or −1."""
        return self._pieces[side] is not CLOSED

    def goes_on(self, side: int) -> bool:
        """Whether there is a value next to the point on a side on which, a little further off, there is none."""
        beyond = math.nextafter(self.x, side * math.inf) - self.x
        return not self.is_open(side) and self._point(beyond) is not None

    def rung(self, step: float) -> Rung:
        """The quotients at `step`."""
        right, left = self.quotient(+1, step), self.quotient(-1, step)
        if right is None or left is None or self.is_kink:
            return Rung(None, right, left)
        # Steps as rounded may differ on the two sides: this weighting is exact for parabolas all the same.
        slope = (left.step * right.slope + right.step * left.slope) / (left.step + right.step)
        noise, swing = 0.5 * max(right.noise, left.noise), max(right.swing, left.swing)
        return Rung(Quotient(step, slope, noise, swing), right, left)

    def quotient(self, side: int, step: float) -> Quotient | None:
        """The quotient on one side, between the point and the one a step away; None if that is on another piece."""
        if not self.is_open(side):
            return None
        point = self._point(side * step)
        if not self._has_looked and (point is None or point.piece != self._pieces[side]):
            self._look()
        anchor = self._anchors[side]
        self.has_gaps = self.has_gaps or (point is None and self.is_open(side))
        if point is None or point.piece != self._pieces[side] or point.offset == anchor.offset:
            return None
        self.has_moved = self.has_moved or point.value != anchor.value
        self.greatest = max(self.greatest, abs(point.value))
        run = point.offset - anchor.offset
        slope = (point.value - anchor.value) / run
        noise = max(self.noise, 2.0 * EPSILON * max(abs(point.value), abs(anchor.value)), TINY)
        return Quotient(abs(run), slope, 2.0 * noise / abs(run), abs(slope))

    def measured_noise(self, size: float) -> float:
        """The noise in a table of differences at seven nearly equal points (Moré and Wild 2011).

        0 where it is too much, beside values of that size, to be rounding.
        """
        values: list[float] = []
        for halvings in range(40, 9, -6):
            points = [self._point(i * 0.7 * self.scale * 2.0**-halvings) for i in range(-3, 4)]
            values = [p.value for p in points if p is not None and p.piece == self._base.piece]
            if len(values) < 7:
                return 0.0
            if len(set(values)) > 3:
                break
        levels = []
        for k in range(1, 7):
            values = [b - a for a, b in pairwise(values)]
            variance = sum(v * v for v in values) / len(values) * math.factorial(k) ** 2 / math.factorial(2 * k)
            levels.append(math.sqrt(variance))
        noise = 4.0 * min(levels[3:])
        return noise if noise <= 1e-6 * max(abs(self._base.value), size) else 0.0

    def _look(self) -> None:
        """Find out which pieces begin at the point."""
        self._has_looked = True
        for side in (+1, -1):
            near, next_ = (self._point(side * times * BESIDE * self.scale) for times in (1.0, 2.0))
            self._pieces[side] = CLOSED if near is None else near.piece
            if near is None or next_ is None or near.piece == self._base.piece:
                continue
            self.is_kink = True
            rounding = 8.0 * max(self.noise, EPSILON * abs(self._base.value))
            if abs(near.value - self._base.value) > 4.0 * abs(next_.value - near.value) + rounding:
                self._anchors[side] = near
                self.jumps = True
        if not (self.is_open(+1) and self.is_open(-1)):
            self.is_kink = False

    def _point(self, offset: float) -> _Point | None:
        x = self.x + offset
        self.evaluations += 1
        try:
            found = self.f(x)
            value, piece = found if type(found) is tuple else (found, None)
            value = float(value)
        except (ArithmeticError, ValueError):
            return None
        return _Point(x - self.x, value, piece) if math.isfinite(value) else None


class Results(Protocol):
    """For each output its value, and a label of the smooth piece that it is on."""

    def __getitem__(self, i: int, /) -> tuple[float, Hashable]: ...


Moving = Callable[[Sequence[float]], Results]
"""Numbers for some arguments to the values of all outputs there, and for each a label of its smooth piece."""


class Evaluator:
    """Graphs as one program on floats.

    Attributes:
        outputs: what is computed.
        order: the nodes, operands first.

    >>> x = Value(3.0, "x")
    >>> moved = Evaluator(x * x + abs(x)).moving([x])
    >>> moved([3.0]), moved([-3.0])
    ([(12.0, (1.0,))], [(12.0, (-1.0,))])
    """

    def __init__(self, *outputs: Value) -> None:
        self.outputs = outputs
        self.order = topological_order(*outputs)
        self.places = {id(node): i for i, node in enumerate(self.order)}
        self.slots = [[self.places[id(x)] for x in node.operands] for node in self.order]
        self._latest: tuple[list[int], Replay] | None = None

    def moving(self, nodes: Sequence[Value]) -> Replay:
        """The outputs as functions of these nodes; the same again for the same nodes."""
        moved = [self.places.get(id(x), -1) for x in nodes]
        if self._latest is None or self._latest[0] != moved:
            self._latest = moved, Replay(self, moved)
        return self._latest[1]


class Replay:
    """The outputs of a graph as functions of some of its nodes.

    Args:
        graph: the graph.
        moved: the places of the nodes; −1 for one that is not in the graph, and counts for nothing.

    Attributes:
        reached: the places in the order of the graph of what is computed anew.
    """

    def __init__(self, graph: Evaluator, moved: Sequence[int]) -> None:
        self._moved = moved
        self._values = [node.data for node in graph.order]
        self.reached: list[int] = []
        found = set(moved)
        for i, slots in enumerate(graph.slots):
            if i not in found and not found.isdisjoint(slots):
                found.add(i)
                self.reached.append(i)
        steps = [(op, graph.slots[i], i) for i in self.reached if (op := graph.order[i].op) is not None]
        self._steps = [(op.forward, slots, i) for op, slots, i in steps]
        self._careful_steps = [(op.value, slots, i) for op, slots, i in steps]
        pieces = {i: (op.branch, slots) for op, slots, i in steps if op.branch is not smooth}
        self._outputs = [
            (graph.places[id(y)], [pieces[i] for i in _below(graph, y, set(pieces))]) for y in graph.outputs
        ]

    def __call__(self, numbers: Sequence[float]) -> Results:
        """The values at these numbers, and the labels of the pieces.

        Raises:
            DomainError: an operation has no value there.
        """
        values = self._values
        for i, number in zip(self._moved, numbers, strict=True):
            if i >= 0:
                values[i] = number
        try:
            for function, slots, i in self._steps:
                if len(slots) == 2:  # most are, and then this takes a third of the time
                    j, k = slots
                    values[i] = function(values[j], values[k])
                else:
                    values[i] = function(*[values[j] for j in slots])
        except (ArithmeticError, ValueError):
            # Once more with care: what is too large is inf and may go on, as IEEE 754 has it.
            for function, slots, i in self._careful_steps:
                values[i] = function(*[values[j] for j in slots])
        return [
            (values[place], tuple([branch(*[values[j] for j in slots]) for branch, slots in branches]))
            for place, branches in self._outputs
        ]


def _below(graph: Evaluator, output: Value, places: set[int]) -> list[int]:
    """Those of `places` that an output depends on."""
    if not places or len(graph.outputs) == 1:
        return sorted(places)
    return [place for node in topological_order(output) if (place := graph.places[id(node)]) in places]
