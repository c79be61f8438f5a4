"""Samples of a function of floats near a point, their one-sided and central differences, and extrapolation to step 0.

A function may label the smooth piece that a point belongs to. Differences are taken within one piece.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, NamedTuple, Protocol, cast

import numpy as np

from autograd.array_libraries import unit_roundoff
from autograd.checking.verdict import FAIL_ERRORS, smallest_float
from autograd.op import Op, smooth
from autograd.value import Value, topological_order

# The distance from 1 to the next float: one unit in the last place, relative to a power of 2.
EPSILON = 2.0**-52
# The step, relative to the scale, at which the pieces next to the point are sampled.
RELATIVE_PROBE_STEP = 2.0**-40
# Samples in the difference table that measures noise (ECnoise, Moré and Wild 2011).
NOISE_SAMPLES = 7
# Halvings of the scale for its spacing. On one side, the spacings are larger.
NOISE_HALVINGS = (40, 34, 28, 22, 16, 10)
NOISE_HALVINGS_OF_SIDE = (22, 16, 10)
# The first step, relative to the scale. Not a round number, because a period of the function may be a multiple of it.
FIRST_STEP = 0.11
# Beyond this, all steps are larger than the period of a sine.
MIN_COARSE_POINT = 2.0**40
# Steps are no longer halved once the relative error is this small.
TARGET_ERROR = 1e-9
# An error above this fraction of the slope is too large to trust, unless rounding noise explains it.
MAX_UNEXPLAINED_ERROR = 0.02
# Columns of the extrapolation tableau.
MAX_COLUMNS = 8
# Noise above this fraction of the function's values cannot be rounding noise.
MAX_RELATIVE_NOISE = 1e-6
# Steps beyond this many times the scale no longer reduce the error bar for noise.
MAX_SCALES_OF_NOISY = 16.0
# The piece beyond an edge of the domain.
OUTSIDE_DOMAIN = object()
# Errors of a function that has no value beside the point. At the point itself, all but the first two are mistakes.
NO_VALUE = (ArithmeticError, ValueError, LookupError, RuntimeError, AssertionError)


def safe_fsum(terms: Iterable[float]) -> float:
    """Return the sum, rounded once; inf if it overflows, nan if terms are infinite with both signs.

    >>> safe_fsum([1e308, 1e308]), safe_fsum([math.inf, -math.inf])
    (inf, nan)
    """
    terms = list(terms)
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):
        return sum(terms)


class Results(Protocol):
    """The value of each output at a point, with a label of its smooth piece."""

    def __getitem__(self, i: int, /) -> tuple[float, Hashable]: ...


# A function restricted to some of its arguments, the others fixed: from their values to the results of all outputs.
Restriction = Callable[[Sequence[float]], Results]


class FiniteDifference(NamedTuple):
    """A finite difference with one step size.

    Attributes:
        step: the step size.
        slope: the difference of the values divided by the step.
        noise: the rounding noise in `slope`.
        swing: the size of the larger one-sided difference, which may cancel in `slope`; 0 if no value differs.
    """

    step: float
    slope: float
    noise: float
    swing: float


class StepDifferences(NamedTuple):
    """The finite differences with one step size: central, right and left; None for one that cannot be taken."""

    central: FiniteDifference | None
    right: FiniteDifference | None
    left: FiniteDifference | None

    @property
    def first(self) -> FiniteDifference | None:
        """The central difference, or else a one-sided one."""
        return self.central or self.right or self.left

    def split(self, noise: float = 0.0) -> float:
        """Return the gap between the one-sided differences that rounding noise does not explain.

        Args:
            noise: additional noise of each value of the function.
        """
        if self.right is None or self.left is None:
            return 0.0
        noises = self.right.noise + self.left.noise + 4.0 * noise / self.right.step
        return max(0.0, abs(self.right.slope - self.left.slope) - 2.0 * noises)


class Sample(NamedTuple):
    """A value of a function, the distance of its point from the one that is examined, and its smooth piece."""

    offset: float
    value: float
    piece: Hashable


class Neighbourhood:
    """A function of one float, sampled around a point.

    Args:
        f: returns a value, or a tuple of a value and a label of its smooth piece.
        x: the point.
        scale: the size of x, to which steps are relative.
        noise: the absolute rounding noise of the values, if larger than two units in the last place.
        unit: the unit roundoff of the values; 0 to see it in their type.
        reach: the usual size of the inputs of the function, if it is larger than x.

    Attributes:
        evaluations: the number of calls of `f`.
        is_finite: True if the value at the point is finite.
        has_moved: True if a value on the same piece differs from the value at the point.
        greatest: the largest absolute value on the same piece.
        has_gaps: True if a point within the edges of the domain has no finite value.
        is_kink: True if another piece begins at the point.
        jumps: True if that piece begins with another value.

    >>> Neighbourhood(lambda x: (abs(x), x > 0), 0.0, 1.0).differences(0.5).right
    FiniteDifference(step=0.5, slope=1.0, noise=..., swing=1.0)
    """

    def __init__(
        self,
        f: Callable[[float], Any],
        x: float,
        scale: float,
        noise: float = 0.0,
        unit: float = 0.0,
        reach: float = 0.0,
    ) -> None:
        self.f, self.x, self.scale, self.noise, self.unit, self.reach = f, x, scale, noise, unit, reach
        self.evaluations = 0
        self._samples: dict[float, Sample | None] = {}
        self.has_moved = self.has_gaps = self.is_kink = self.jumps = self._are_pieces_known = False
        base = self.sample(0.0)
        self.is_finite = base is not None
        self._base = base or Sample(0.0, math.nan, None)
        self.greatest = abs(self._base.value)
        # By side, +1 or −1: the sample from which differences are taken, and the piece next to the point.
        self._anchors = {+1: self._base, -1: self._base}
        self._pieces = {+1: self._base.piece, -1: self._base.piece}
        self._noises: dict[int, float] = {}

    @property
    def value(self) -> float:
        """The value at the point; nan if there is none."""
        return self._base.value

    @property
    def rounding(self) -> float:
        """The rounding noise of a value, relative to it."""
        return 2.0 * max(EPSILON, self.unit)

    @property
    def farthest(self) -> float:
        """The step beyond which larger ones no longer reduce the error bar for noise."""
        # A function that computes in few digits rounds its coefficients as well. Along a line, no step shows that. What
        # they are summed up from is about as large as the values beside the inputs, of which x may be a small one.
        return max(self.scale, self.reach) if self.unit else MAX_SCALES_OF_NOISY * self.scale

    def range_within(self, distance: float) -> tuple[float, float]:
        """Return the smallest and the largest value among the samples within a distance of the point."""
        samples = (sample for sample in self._samples.values() if sample is not None)
        values = [sample.value for sample in samples if abs(sample.offset) <= distance]
        return min(values, default=math.nan), max(values, default=math.nan)

    def greatest_within(self, distance: float) -> float:
        """Return the largest absolute value among the samples within a distance of the point."""
        return max(map(abs, self.range_within(distance)))

    @property
    def piece(self) -> Hashable:
        """The label of the piece at the point."""
        return self._base.piece

    def piece_beside(self, side: int) -> Hashable:
        """Return the label of the piece next to the point on that side, +1 or −1."""
        return self._pieces[side]

    def is_open(self, side: int) -> bool:
        """Return True if the domain continues on that side, +1 or −1."""
        return self._pieces[side] is not OUTSIDE_DOMAIN

    def ends_near(self, side: int) -> bool:
        """Return True if the next float on that side has a value although the domain ends a little further on."""
        offset = math.nextafter(self.x, side * math.inf) - self.x
        return not self.is_open(side) and self.sample(offset) is not None

    def differences(self, step: float) -> StepDifferences:
        """Return the finite differences with this step size."""
        right, left = self.one_sided(+1, step), self.one_sided(-1, step)
        if right is None or left is None or self.is_kink:
            return StepDifferences(None, right, left)
        # Rounded steps may differ on the two sides. These weights are exact for parabolas even then.
        slope = (left.step * right.slope + right.step * left.slope) / (left.step + right.step)
        noise, swing = 0.5 * max(right.noise, left.noise), max(right.swing, left.swing)
        return StepDifferences(FiniteDifference(step, slope, noise, swing), right, left)

    def one_sided(self, side: int, step: float) -> FiniteDifference | None:
        """Return the one-sided difference with this step size; None if the step leaves the piece."""
        if not self.is_open(side):
            return None
        sample = self.sample(side * step)
        if not self._are_pieces_known and (sample is None or sample.piece != self._pieces[side]):
            self._find_pieces()
        anchor = self._anchors[side]
        self.has_gaps = self.has_gaps or (sample is None and self.is_open(side))
        if sample is None or sample.piece != self._pieces[side] or sample.offset == anchor.offset:
            return None
        self.has_moved = self.has_moved or sample.value != anchor.value
        self.greatest = max(self.greatest, abs(sample.value))
        # The step as rounded, not as requested.
        actual_step = sample.offset - anchor.offset
        slope = (sample.value - anchor.value) / actual_step
        size = max(abs(sample.value), abs(anchor.value))
        noise = max(self.noise, self.rounding * size, smallest_float(self.unit))
        return FiniteDifference(abs(actual_step), slope, 2.0 * noise / abs(actual_step), abs(slope))

    def measured_noise(self, size: float) -> float:
        """Return the noise measured in a difference table of seven nearly equal points (Moré and Wild 2011).

        Args:
            size: the size of the function's changes over the steps so far.

        Returns:
            The noise; 0 if it is too large, beside the values and `size`, to be rounding.
        """
        middle = NOISE_SAMPLES // 2
        levels = self._noise_levels([(i - middle) * 0.7 for i in range(NOISE_SAMPLES)], NOISE_HALVINGS)
        noise = 4.0 * min(levels, default=0.0)
        return noise if self.may_be_rounding(noise, size) else 0.0

    def measured_noise_of_side(self, side: int) -> float:
        """Return the noise measured on one side, +1 or −1, however large; inf if a point there has no value.

        A kink at the point does not count as noise.
        """
        if side not in self._noises:
            # Rounded values may happen to be equally spaced, and a table then shows no noise. Two spacings are used,
            # larger than those around the point and with an uneven ratio.
            levels = [
                level
                for spacing in (0.7, 0.93)
                for level in self._noise_levels(
                    [side * i * spacing for i in range(NOISE_SAMPLES)], NOISE_HALVINGS_OF_SIDE
                )
            ]
            # Twice the factor of `measured_noise`: the point is at the end of the table, where an error of its own
            # value has little weight.
            self._noises[side] = 8.0 * max(levels, default=math.inf)
        return self._noises[side]

    def may_be_rounding(self, noise: float, size: float) -> bool:
        """Return True if noise of the values is small beside the value at the point or beside `size`."""
        return noise <= MAX_RELATIVE_NOISE * max(abs(self._base.value), size)

    def _noise_levels(self, positions: Sequence[float], halvings: Sequence[int]) -> list[float]:
        """Return the noise according to the differences of fourth and higher order; nothing if a point has no value.

        Args:
            positions: equally spaced positions, in units of the scale, which are halved.
            halvings: how often they are halved, closer points first.
        """
        values: list[float] = []
        # A distance is usable if the values differ enough for a table.
        for k in halvings:
            samples = [self.sample(position * self.scale * 2.0**-k) for position in positions]
            values = [p.value for p in samples if p is not None and p.piece == self._base.piece]
            if len(values) < len(positions):
                return []
            if len(set(values)) > 3:
                break
        # Differences of low order still contain the changes of the function itself.
        return noise_levels(values)[3:]

    def _find_pieces(self) -> None:
        """Find the pieces that begin at the point."""
        self._are_pieces_known = True
        for side in (+1, -1):
            probe = side * RELATIVE_PROBE_STEP * self.scale
            near, far = self.sample(probe), self.sample(2.0 * probe)
            self._pieces[side] = OUTSIDE_DOMAIN if near is None else near.piece
            if near is None or far is None or near.piece == self._base.piece:
                continue
            self.is_kink = True
            rounding = 4.0 * max(2.0 * self.noise, self.rounding * abs(self._base.value))
            # A continuous function changes about as much over the first step as over the second.
            if abs(near.value - self._base.value) > 4.0 * abs(far.value - near.value) + rounding:
                self._anchors[side] = near
                self.jumps = True
        if not (self.is_open(+1) and self.is_open(-1)):
            self.is_kink = False

    def sample(self, offset: float) -> Sample | None:
        """Return the sample at this distance from the point; None if the function has no finite value there."""
        x = self.x + offset
        if x not in self._samples:
            self._samples[x] = self._evaluated(x)
        return self._samples[x]

    def _evaluated(self, x: float) -> Sample | None:
        self.evaluations += 1
        try:
            result = self.f(x)
            value, piece = result if type(result) is tuple else (result, None)
            if type(value) is not float:
                self.unit = max(self.unit, unit_roundoff(value))
            # Plain x**1.5 turns complex outside its domain.
            value = math.nan if isinstance(value, complex) else float(value)
        except NO_VALUE as error:
            if x == self.x and not isinstance(error, NO_VALUE[:2]):
                raise
            return None
        return Sample(x - self.x, value, piece) if math.isfinite(value) else None


def noise_levels(values: Sequence[float]) -> list[float]:
    """Return the noise of equally spaced samples according to their differences of each order, from the first on."""
    levels, row = [], list(values)
    for k in range(1, len(values)):
        row = [b - a for a, b in pairwise(row)]
        # The k-th differences of independent noise have the variance (2k)! / (k!)² times its own.
        variance = sum(v * v for v in row) / len(row) * math.factorial(k) ** 2 / math.factorial(2 * k)
        levels.append(math.sqrt(variance))
    return levels


class Estimate(NamedTuple):
    """A derivative, its error bar, and the finite difference with the smallest step that contributed to it."""

    slope: float
    error: float
    row: FiniteDifference

    def widened(self, noise: float, factor: float = 2.0) -> Estimate:
        """Return the estimate with the error bar for additional noise of each value of the function.

        Args:
            noise: the noise.
            factor: the error of the slope, in noise over the step.
        """
        return Estimate(self.slope, self.error + factor * noise / self.row.step, self.row)

    def agrees(self, finer: FiniteDifference, noise: float = 0.0, order: int = 1) -> bool:
        """Return True if a difference with a smaller step is consistent with this estimate.

        Args:
            finer: the difference.
            noise: additional noise of each value of the function.
            order: 2 if truncation error falls with the square of the step, as that of central differences of a smooth
                function; 1 if it falls at least linearly.
        """
        expected, truncation = self.slope, (self.row.slope - self.slope) * (finer.step / self.row.step) ** order
        slack = 4.0 * self.error + 2.0 * (finer.noise + noise / finer.step)
        if order == 1:
            slack += 2.0 * abs(truncation)
        else:
            # Terms of higher order fall faster.
            expected += truncation
            slack += 0.25 * abs(truncation)
        return abs(finer.slope - expected) <= slack


# The estimate if there are too few differences, or if they contradict each other.
NO_ESTIMATE = Estimate(math.nan, math.inf, FiniteDifference(math.nan, math.nan, 0.0, 0.0))


class Tableau:
    """Richardson's tableau for finite differences with halved steps (Richardson 1911; error bar after Ridders 1982).

    The entries are computed when a result is requested.

    Args:
        ratio: the factor by which halving the step reduces the leading error: 4 for central, 2 for one-sided ones.

    Attributes:
        rows: the finite differences, each with half the step of the one before.

    >>> square = Tableau(2.0)
    >>> square.rows += [FiniteDifference(h, ((1 + h) ** 2 - 1) / h, 0.0, 2 + h) for h in (0.4, 0.2, 0.1)]
    >>> round(square.best.slope, 12)
    2.0
    """

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.rows: list[FiniteDifference] = []
        self._entries: list[Estimate] = []
        self._best = NO_ESTIMATE
        self._last: list[float] = []
        self._row_count = 0

    @property
    def best(self) -> Estimate:
        """The entry closest to its two neighbours of lower order; there is none before the third row."""
        for row in self.rows[self._row_count :]:
            entries, factor = [row.slope], 1.0
            for above in self._last[: MAX_COLUMNS - 1]:
                factor *= self.ratio
                entries.append(entries[-1] + (entries[-1] - above) / (factor - 1.0))
            for j in range(2, len(entries)):
                # The other neighbour, in the same row, is between the two.
                spread = abs(entries[j] - self._last[j - 1])
                estimate = Estimate(entries[j], spread + 2.0 * row.noise, row)
                self._entries.append(estimate)
                if estimate.error <= self._best.error:
                    self._best = estimate
            self._last = entries
        self._row_count = len(self.rows)
        return self._best

    def settled(self, noise: float = 0.0, factor: float = 2.0, order: int = 1) -> Estimate:
        """Return the best entry that no row with a smaller step contradicts.

        Args:
            noise: additional noise of each value of the function.
            factor: the error of a slope, in noise over the step.
            order: the power of the step that truncation error is at most proportional to; 1 holds beside a kink too.
        """
        widened = (
            [entry.widened(noise, factor=factor) for entry in self._entries] if self.best is not NO_ESTIMATE else []
        )
        best = NO_ESTIMATE
        for entry in sorted(widened, key=lambda entry: entry.error):
            if entry.error >= best.error:
                break
            if all(entry.agrees(row, noise, order) for row in self.rows if row.step < entry.row.step):
                gap = self._gap_to_finer(entry, widened)
                best = min(best, entry._replace(error=max(entry.error, gap)), key=lambda entry: entry.error)
        return best

    @staticmethod
    def _gap_to_finer(estimate: Estimate, entries: Sequence[Estimate]) -> float:
        """Return the largest gap between an estimate and the error bar of an entry with smaller steps.

        Entries of coarse steps may agree by chance, and no finer row contradicts them if its noise is larger than their
        truncation error. Entries of finer steps have more noise and less truncation error. Those with an error bar in
        which a right derivative would fail show the chance.
        """
        limit = FAIL_ERRORS * estimate.error
        finer = (entry for entry in entries if entry.row.step < estimate.row.step and entry.error <= limit)
        return max((abs(estimate.slope - entry.slope) - entry.error for entry in finer), default=0.0)

    def extended(self, row: FiniteDifference | None) -> Tableau:
        """Return the tableau with one more row; an empty tableau if the row is None."""
        if row is None:
            return Tableau(self.ratio) if self.rows else self
        self.rows.append(row)
        return self


class FlatGraph:
    """A recorded graph as flat lists in topological order, which take less memory and time than objects.

    Args:
        outputs: the nodes to compute.
        order: the nodes that they depend on in topological order, if it is known.

    Attributes:
        outputs: the nodes to compute.
        order: the nodes in topological order, operands first.
        positions: the index of each node in `order`, by its id.
        starts: the index of the first edge of each node, and the number of edges; each operand of a node is an edge.
        operands: the position of the operand of each edge.
        results: the position of the result of each edge.

    >>> x = Value(3.0, "x")
    >>> f = FlatGraph(x * x + abs(x)).restricted_to([x])
    >>> f([3.0]), f([-3.0])
    ([(12.0, (1.0,))], [(12.0, (-1.0,))])
    """

    def __init__(self, *outputs: Value, order: list[Value] | None = None) -> None:
        self.outputs = outputs
        self.order = topological_order(*outputs) if order is None else order
        self.positions = {id(node): i for i, node in enumerate(self.order)}
        operands: list[Value] = []
        self.starts = [0]
        for node in self.order:
            operands += node.operands
            self.starts.append(len(operands))
        self.operands = list(map(self.positions.__getitem__, map(id, operands)))
        self.results: list[int] = np.repeat(np.arange(len(self.order)), np.diff(self.starts)).tolist()
        self._latest: tuple[list[int], Replay] | None = None

    @cached_property
    def partials(self) -> list[float]:
        """The partial of each edge."""
        return list(chain.from_iterable(node.partials for node in self.order))

    def slots(self, i: int) -> list[int]:
        """Return the positions of the operands of a node."""
        return self.operands[self.starts[i] : self.starts[i + 1]]

    def restricted_to(self, nodes: Sequence[Value]) -> Replay:
        """Return the outputs as functions of these nodes; the same object for the same nodes in a row."""
        inputs = [self.positions.get(id(x), -1) for x in nodes]
        if self._latest is None or self._latest[0] != inputs:
            self._latest = inputs, Replay(self, inputs)
        return self._latest[1]


class Replay:
    """The outputs of a recorded graph as functions of some of its nodes.

    Args:
        graph: the graph.
        inputs: the positions of the nodes; −1 for a node outside the graph, which has no effect.

    Attributes:
        reached: the positions of the nodes that are computed again.
    """

    def __init__(self, graph: FlatGraph, inputs: Sequence[int]) -> None:
        self._graph, self._inputs = graph, inputs
        self._values = [node.data for node in graph.order]
        moves = bytearray(len(graph.order))
        for i in inputs:
            if i >= 0:
                moves[i] = True
        for operand, result in zip(graph.operands, graph.results, strict=True):
            if moves[operand]:
                moves[result] = True
        held = {*inputs}
        self.reached = [i for i, is_moved in enumerate(moves) if is_moved and i not in held]
        ops = [cast(Op, graph.order[i].op) for i in self.reached]
        self._functions = [op.forward for op in ops]
        # Most operations have two operands, and unpacking them takes a third of the time. Others have a first position
        # of −1.
        pairs = [graph.starts[i + 1] - graph.starts[i] == 2 for i in self.reached]
        starts = [graph.starts[i] for i in self.reached]
        self._first = [graph.operands[k] if pair else -1 for k, pair in zip(starts, pairs, strict=True)]
        self._second = [graph.operands[k + 1] if pair else -1 for k, pair in zip(starts, pairs, strict=True)]
        pieces = {
            i: (op.branch, graph.slots(i)) for i, op in zip(self.reached, ops, strict=True) if op.branch is not smooth
        }
        self._outputs = [
            (graph.positions[id(y)], [pieces[i] for i in _below(graph, y, set(pieces))]) for y in graph.outputs
        ]

    def __call__(self, numbers: Sequence[float]) -> Results:
        """Evaluate the outputs and the labels of their pieces.

        Args:
            numbers: the values of the inputs.

        Raises:
            DomainError: an operation has no value there.
        """
        values, graph = self._values, self._graph
        for i, number in zip(self._inputs, numbers, strict=True):
            if i >= 0:
                values[i] = number
        try:
            for function, j, k, i in zip(self._functions, self._first, self._second, self.reached, strict=True):
                if j >= 0:
                    values[i] = function(values[j], values[k])
                else:
                    values[i] = function(*[values[slot] for slot in graph.slots(i)])
        except (ArithmeticError, ValueError, TypeError):
            # `op.value` turns an overflow into inf, as IEEE 754 does, and the evaluation may continue. It raises for a
            # complex number, which the next operation need not take.
            for i in self.reached:
                values[i] = cast(Op, graph.order[i].op).value(*[values[slot] for slot in graph.slots(i)])
        return [
            (values[position], tuple([branch(*[values[j] for j in slots]) for branch, slots in branches]))
            for position, branches in self._outputs
        ]


def _below(graph: FlatGraph, output: Value, positions: set[int]) -> list[int]:
    """Return the members of `positions` that an output depends on."""
    if not positions or len(graph.outputs) == 1:
        return sorted(positions)
    return [i for node in topological_order(output) if (i := graph.positions[id(node)]) in positions]
