"""Numerical derivatives with error bars, by Richardson extrapolation over a sequence of step sizes.

No single step size serves every function: large steps have truncation error, small steps have rounding noise, and the
best compromise depends on the function. The steps therefore begin at about a ninth of the point's size and are halved,
and the differences are extrapolated to step 0. Much smaller steps must confirm the result, because the extrapolation
of an oscillating function may converge to a wrong slope.

A function may label its smooth pieces. Steps that leave the piece of the point are discarded. If every step leaves it,
the point is a kink, and the two one-sided derivatives are returned. A kink without labels shows in one-sided
differences that converge to two slopes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from autograd.checking.noisy_functions import (
    MAX_ERROR_OF_GAP,
    MIN_RELATIVE_NOISE,
    TWO_SLOPES,
    NoiseTables,
    NoisySteps,
    type_precision,
)
from autograd.checking.sampling import (
    EPSILON,
    FIRST_STEP,
    MAX_UNEXPLAINED_ERROR,
    MIN_COARSE_POINT,
    NO_ESTIMATE,
    TARGET_ERROR,
    Estimate,
    FiniteDifference,
    Neighbourhood,
    StepDifferences,
    Tableau,
)
from autograd.checking.verdict import (
    CUSP,
    FAIL_ERRORS,
    MAX_RELATIVE_ERROR,
    NO_VALUES_BESIDE,
    NOT_FINITE,
    PASS_ERRORS,
    Difference,
    smallest_float,
)

# Points closer to 0 than this have steps as if they were this far away.
MIN_SCALE = 2.0**-10
# At the last step, rounding noise leaves five digits of a well-conditioned derivative.
MAX_HALVINGS = 32
# A step to one of the nearest floats, relative to the point.
NEAREST_STEP = 2.0**-50
# Doublings of the first step to try while rounding noise hides the derivative.
COARSER_DOUBLINGS = (3, 8, 20, 40, 64)
# Halvings from each of these coarser first steps.
COARSER_HALVINGS = 10
# Halvings of the accepted step at which the result must be confirmed, and at which a kink must still show.
CONFIRMATION_HALVINGS = (6, 13)
KINK_HALVINGS = 20
# Rows after which the two sides are extrapolated separately. The central differences of a smooth function have usually
# converged by then.
MIN_ROWS_OF_SIDES = 6
# At a kink of a symmetric function, such as |sin x| at 0, central differences converge before one-sided ones. The steps
# are halved further while the error of the slopes is above this fraction of them.
MAX_ERROR_AT_KINK = 1e-2 / PASS_ERRORS
# Reasons of a difference of 0.
NOT_NEARBY = "the function does not change nearby"
STEPS_OF_ROUNDING = "the function changes in steps, as in single precision"
FLAT_BETWEEN_STEPS = "flat between steps; if they are rounding, noise= with their height gives the slope across them"
# Reasons of differences that decide nothing.
NO_LIMIT = "the differences do not converge: there may be a jump or no derivative here; try a point beside it"
CHANGES_IN_STEPS = "the function changes in steps that hide its slope; noise= with their height may help"
# Higher steps, relative to the values, are those of a step function, not of rounding.
MAX_RELATIVE_STAIR = 2.0**-6
# A function that is rounded has more steps than this within the usual first step, or they are low.
MIN_STEPS_OF_STAIR = 8.0
# The error bar of the slope of a stair with few and high steps, as a fraction of the slope across a step. A pass allows
# 8 error bars, but only the claim of 0 is as certain as the tread.
ERROR_OF_STAIR = 0.25
# Accepted steps with more halvings than this are compared with large ones.
MIN_HALVINGS_OF_FINE_STEPS = 14
# Halvings of the large steps that small ones are compared with, and how close the slopes of the large ones must be.
MAX_SPREAD_OF_COARSE_PLATEAU = 1e-2
PLATEAU_HALVINGS = (5, 6, 7, 8, 9, 10)


def derivative(
    f: Callable[[float], Any],
    x: float,
    *,
    scale: float = 0.0,
    noise: float = 0.0,
    unit: float = 0.0,
    expected: float = 0.0,
    reach: float = 0.0,
) -> Difference:
    """Return the numerical derivative of `f` at `x`, from about fifteen values where `f` is smooth.

    A step is discarded if `f` raises an error there (see `NO_VALUE`), or is not finite. At an edge of the domain
    the steps are one-sided.

    Args:
        f: returns a value, or a tuple of a value and a label of its smooth piece.
        x: the point.
        scale: the size of x, to which steps are relative; by default |x| but at least 2⁻¹⁰, and 1 at 0.
        noise: the absolute rounding noise of `f` near x, if larger than two units in the last place.
        unit: the unit roundoff in which `f` computes; by default that of the type of its values.
        expected: the expected derivative, or 0. At x = 0 it suggests a smaller step if 1 is too large.
        reach: the usual size of the inputs of `f`, if it is larger than x.

    Returns:
        The derivative with its error bar; the one-sided derivatives at a kink.

    >>> difference = derivative(math.exp, 1.0)
    >>> abs(difference.slope - math.e) <= difference.error < 1e-8
    True
    >>> difference = derivative(abs, 0.0)
    >>> difference.left, difference.right, difference.reason
    (-1.0, 1.0, 'a kink')
    """
    steps = _StepSequence(Neighbourhood(f, x, scale or (max(abs(x), MIN_SCALE) if x else 1.0), noise, unit, reach))
    difference = steps.derivative()
    if abs(x) >= MIN_COARSE_POINT and steps.is_contradicted_nearby(difference):
        reason = "the function changes from one float to the next"
        return Difference(math.nan, math.inf, evaluations=difference.evaluations + 2, reason=reason)
    difference = steps.examined(difference)
    size = abs(x) or (abs(steps.around.value / expected) if expected else 0.0)
    if scale or not 0.0 < size < MIN_SCALE or difference.is_clean:
        return difference
    # The steps were much larger than x, and the function may change on the scale of x: repeat with steps of that size.
    nearer = _StepSequence(Neighbourhood(f, x, size, noise, unit, reach)).derivative()
    # At large steps, a steep slope looks like a jump.
    is_steep = difference.is_kink and not nearer.is_kink
    best = nearer if nearer.is_clean or difference.swing == 0.0 or is_steep else difference
    return replace(best, evaluations=difference.evaluations + nearer.evaluations)


class _StepSequence:
    """Finite differences around one point with decreasing step sizes, and their extrapolation."""

    def __init__(self, around: Neighbourhood) -> None:
        self.around = around
        self.is_split = self.is_coarse = self.is_two_sided = False
        # Differences with smaller steps than the current ones, from earlier descents.
        self.finer: list[FiniteDifference] = []
        # Slopes on which coarse steps agreed and that smaller steps contradicted.
        self.refuted: list[float] = []
        self.coarse_slope = self.finest = 0.0
        # By side, +1 or −1: noise beyond that of the rows.
        self.noises = {+1: 0.0, -1: 0.0}
        self._reset()

    def derivative(self) -> Difference:
        """Return the derivative from the usual steps, or from larger ones while rounding noise hides it."""
        if not self.around.is_finite:
            return self._difference(NO_ESTIMATE, NOT_FINITE)
        best = self._descend(0, MAX_HALVINGS)
        if self.around.is_kink or self.is_two_sided:
            return self._one_sided()
        self.coarse_slope = max(self.refuted, key=abs, default=0.0)
        size = 0.0
        for doublings in COARSER_DOUBLINGS:
            if not _is_hidden(best) or self._difference(best).is_resolved:
                break
            self._differences(-doublings)
            size = size or self.around.greatest
            if self.around.has_moved:
                coarser = self._descend(-doublings, COARSER_HALVINGS)
                if not coarser.error < best.error or self._steepens_nearer(coarser):
                    break
                # The differences must be clear of rounding noise.
                if coarser.row.swing > 16.0 * coarser.row.noise:
                    best = coarser._replace(error=coarser.error + self._error_of_table(coarser))
        if self._difference(best).is_resolved:
            self.finest = best.row.step
            return self._difference(best)
        if best is not NO_ESTIMATE and best.row.swing == 0.0:
            # No sampled value differs, as for a saturated function: its rounding noise is that of its larger values.
            hidden = math.inf
            if size or not self.around.has_gaps:
                hidden = (4.0 * self.around.rounding * size + smallest_float(self.around.unit)) / best.row.step
            reason = NOT_NEARBY
            # The usual steps agreed on a slope, so the function is flat only between steps of its own rounding.
            if self.coarse_slope:
                reason = STEPS_OF_ROUNDING
            return self._difference(best._replace(slope=0.0, error=best.error + hidden), reason)
        if self.around.noise > best.row.step * best.row.swing:
            return self._difference(NO_ESTIMATE, "rounding hides how the function changes")
        return self._vertical(best)

    def examined(self, usual: Difference) -> Difference:
        """Return the derivative from the usual steps, or one that allows for noise of the function if that fits better.

        Args:
            usual: the result of `derivative`.
        """
        around = self.around
        if usual.is_kink or math.isinf(usual.slope) or not around.has_moved:
            return usual
        is_edge = self._is_edge_of_stair(usual)
        if usual.is_clean and not is_edge and around.unit:
            # A claimed derivative may be computed in few digits as well, and so are the coefficients of the function.
            noise = max(around.noise, around.unit * abs(around.value))
            error = usual.error + noise / around.farthest
            return replace(usual, error=error, noise=noise, precision=type_precision(around.unit))
        if usual.is_clean and not is_edge:
            apart = self._distance_from_coarse_plateau(usual)
            return replace(usual, error=usual.error + apart, reason=TWO_SLOPES) if apart else usual
        tables, height = NoiseTables(around), 0.0
        is_level = usual.is_flat or usual.reason == STEPS_OF_ROUNDING
        if is_level or is_edge:
            height = max(tables.jump_heights())
        measured = tables.resolution()
        if is_level and self._is_step_function(max(height, measured)):
            across = tables.slope_across_steps()
            if across:
                # The steps may be those of rounding.
                error = max(usual.error, ERROR_OF_STAIR * across)
                return Difference(0.0, error, evaluations=around.evaluations, reason=FLAT_BETWEEN_STEPS)
            return replace(usual, evaluations=around.evaluations)
        # Values that are rounded down are off by up to the height of a step.
        noise = max(around.noise, measured, 0.6 * height, 0.5 * around.rounding * abs(around.value))
        noisy = NoisySteps(tables, noise).derivative()
        if tables.change_of_slope:
            error = max(usual.error, noisy.error) + tables.change_of_slope
            return replace(usual, error=error, evaluations=around.evaluations, reason=NO_LIMIT)
        if noisy.is_kink and not noisy.noise:
            # There may be a kink just beside the point. The slope is that of one side, or a mean that says nothing.
            gap, distance = abs(noisy.right - noisy.left), min(abs(usual.slope - x) for x in (noisy.left, noisy.right))
            error = usual.error + gap if distance > MAX_ERROR_OF_GAP * gap else usual.error
            return replace(usual, error=error, evaluations=around.evaluations)
        if noisy.is_kink or noisy.is_resolved or abs(noisy.slope) > 2.0 * noisy.error or noisy.reason:
            return noisy
        if usual.is_flat and (noisy.noise or height > 64.0 * EPSILON * abs(around.value)):
            rows = (row for k in range(-8, 12) if (row := self._differences(k).first) is not None)
            steepest = max((row.swing for row in rows), default=0.0)
            error = max(noisy.error if math.isfinite(noisy.error) else 0.0, steepest, height / around.scale)
            return Difference(0.0, error, swing=error, evaluations=around.evaluations, reason=CHANGES_IN_STEPS)
        return replace(usual, evaluations=around.evaluations)

    def _error_of_table(self, estimate: Estimate) -> float:
        """Return the error of a slope from large steps if known noise is that of the argument, as in a table of values.

        The slope of such a function may be that at another argument, and all large steps may agree on it.
        """
        noise, usual = self.around.noise, self._differences(0).first
        differences = self.around.differences(estimate.row.step)
        if usual is None or differences.right is None or differences.left is None:
            return 0.0
        if noise <= MIN_RELATIVE_NOISE * max(abs(self.around.value), usual.step * usual.swing):
            return 0.0
        curvature = abs(differences.right.slope - differences.left.slope) / estimate.row.step
        distance = noise / abs(estimate.slope) if estimate.slope else math.inf
        return 0.25 * min(curvature * distance, math.sqrt(curvature * noise))

    def _is_step_function(self, height: float) -> bool:
        """Return True if the function is flat between steps that are few, and too high beside its values for rounding.

        Args:
            height: the height of the steps.
        """
        least, greatest = self.around.range_within(self._step(0))
        is_high = height > MAX_RELATIVE_STAIR * max(abs(least), abs(greatest))
        return is_high and greatest - least < MIN_STEPS_OF_STAIR * height

    def _is_edge_of_stair(self, usual: Difference) -> bool:
        """Return True if the slope is far below the one-sided differences, which grow with smaller steps."""
        if not usual.swing > 4.0 * abs(usual.slope) or not self.finest:
            return False
        # The one-sided differences of a smooth function fall with the step.
        rows = (row for k in range(MAX_HALVINGS) if (row := self._differences(k).first) is not None)
        swings = [row.swing for row in rows if row.swing > 0.0 and row.step > 2.0 * self.finest]
        return usual.swing > 2.0 * min(swings, default=math.inf)

    def _distance_from_coarse_plateau(self, usual: Difference) -> float:
        """Return the distance of a slope that only small steps give from that on which larger ones agree; else 0."""
        if not self.finest or self.finest >= self._step(MIN_HALVINGS_OF_FINE_STEPS):
            return 0.0
        differences = [self._differences(k) for k in PLATEAU_HALVINGS]
        rows = [row.central for row in differences if row.central is not None]
        if len(rows) < len(differences):
            return 0.0
        slopes = sorted(row.slope for row in rows)
        middle, spread = slopes[len(slopes) // 2], slopes[-1] - slopes[0]
        apart = abs(middle - usual.slope)
        # A kink or a jump beside the point shows as a difference of the two sides.
        split = max(row.split() for row in differences)
        is_plateau = spread <= MAX_SPREAD_OF_COARSE_PLATEAU * abs(middle)
        return apart if is_plateau and apart > max(FAIL_ERRORS * usual.error, 4.0 * spread, split) else 0.0

    def is_contradicted_nearby(self, difference: Difference) -> bool:
        """Return True if the function changes between neighbouring floats in a way that the slope excludes.

        The sine does so where floats are further apart than its period. Coarse steps may then agree on any slope.
        """
        nearest = self.around.differences(NEAREST_STEP * abs(self.around.x))
        sides = [(nearest.first, difference.slope)]
        if difference.is_kink:
            sides = [(nearest.right, difference.right), (nearest.left, difference.left)]
        return any(
            abs(near.slope - slope) > 64.0 * (near.noise + difference.error) + abs(slope)
            for near, slope in sides
            if near is not None and math.isfinite(slope)
        )

    def _steepens_nearer(self, estimate: Estimate) -> bool:
        """Return True if a slope of 0 only means that two distant samples are not yet on the flat part."""
        finer = self.around.differences(0.25 * estimate.row.step).first
        is_zero = abs(estimate.slope) <= estimate.error and estimate.row.swing > 0.0
        return is_zero and finer is not None and finer.swing > estimate.row.swing + finer.noise

    def _reset(self) -> None:
        self.central, self.right, self.left = Tableau(4.0), Tableau(2.0), Tableau(2.0)

    def _step(self, halvings: float) -> float:
        step: float = FIRST_STEP * self.around.scale * 2.0**-halvings
        return step

    def _differences(self, halvings: float) -> StepDifferences:
        return self.around.differences(self._step(halvings))

    def _descend(self, first: int, count: int) -> Estimate:
        """Halve the step until the extrapolation is accurate enough and much smaller steps confirm it.

        Args:
            first: the halvings of the usual first step to begin with; negative for a larger first step.
            count: the number of steps.
        """
        self._reset()
        # With coarse steps only central differences are reliable: one side may be flat only because it is far away.
        self.is_coarse = first < 0
        for halvings in range(first, first + count):
            differences = self._differences(halvings)
            self.central = self.central.extended(differences.central)
            self.right, self.left = self.right.extended(differences.right), self.left.extended(differences.left)
            best = self._best()
            if _has_converged(best, abs(best.slope)):
                was_kink = self.around.is_kink
                confirmed = best if was_kink else self._confirmed(best, differences)
                if self.around.is_kink and not was_kink and self._error_of_sides() > MAX_ERROR_AT_KINK:
                    continue
                if confirmed is not NO_ESTIMATE:
                    self.finer += self._longest().rows
                    return confirmed
                self._reset()
            elif not self.is_coarse and len(self.central.rows) >= MIN_ROWS_OF_SIDES and self._confirm_sides():
                return best
        noise = self._noise()
        tables = (self.central,) if self.central.rows or self.is_coarse else (self.right, self.left)
        best = min((table.settled(noise) for table in tables), key=lambda entry: entry.error)
        confirmed = NO_ESTIMATE if best is NO_ESTIMATE else self._confirmed(best, differences)
        self.finer += self._longest().rows
        return confirmed

    def _noise(self) -> float:
        """Return the measured noise of the function; 0 if it is as large as the changes over the steps so far."""
        return self.around.measured_noise(max((row.step * row.swing for row in self._longest().rows), default=0.0))

    def _longest(self) -> Tableau:
        return max(self.central, self.right, self.left, key=lambda table: len(table.rows))

    def _best(self) -> Estimate:
        if self.around.is_kink:
            return max(self.right.best, self.left.best, key=lambda entry: entry.error)
        if self._longest() is self.central or self.is_coarse:
            return self.central.best
        return min(self.central.best, self.right.best, self.left.best, key=lambda entry: entry.error)

    def _confirmed(self, estimate: Estimate, differences: StepDifferences) -> Estimate:
        """Return the estimate if much smaller steps agree, wider if they show more noise; else NO_ESTIMATE."""
        coarse, fine = (
            self.around.differences(estimate.row.step * 2.0**-halvings) for halvings in CONFIRMATION_HALVINGS
        )
        rows = [row for row in (coarse.first, fine.first, *self.finer) if row]
        noise = 0.0
        coarser = differences, coarse
        if not all(estimate.agrees(row) for row in rows) or _splits(fine, coarser, noise):
            noise = self._noise()
            estimate = estimate.widened(noise)
        noise_beside = noise
        if not _splits(fine, coarser, noise) and _splits(fine, coarser, 0.0):
            # The table in which noise was measured contains the kink, if there is one.
            noise_beside = min(noise, max(self.around.measured_noise_of_side(side) for side in (+1, -1)))
        self.is_split = _splits(fine, coarser, noise_beside)
        split = fine.split(noise_beside)
        # Beside a curve, the gap of a small kink shows at small steps only.
        is_told = self.is_split or self.is_coarse or self.around.is_kink
        is_small = not is_told and split > coarse.split(noise_beside) / 8.0
        if self.is_split or is_small:
            # The function has no label for this kink. It is one if the one-sided slopes differ as much even closer.
            nearest = self.around.differences(estimate.row.step * 2.0**-KINK_HALVINGS)
            is_kink = not self.is_coarse and 0.5 * split < nearest.split(noise_beside) < 2.0 * split
            self.is_split = self.is_split or is_kink
            # On a side where large steps converged to the slope of a distant piece, the slopes do not have this gap.
            gap = abs(self.right.best.slope - self.left.best.slope)
            self.around.is_kink = is_kink and not gap < 0.5 * split
        if self.around.is_kink:
            return estimate
        agrees = all(estimate.agrees(row, noise) for row in rows)
        if not agrees and estimate.error <= MAX_RELATIVE_ERROR * abs(estimate.slope):
            self.refuted.append(estimate.slope)
        return estimate if agrees and not self.is_split else NO_ESTIMATE

    def _confirm_sides(self) -> bool:
        """Return True if the one-sided differences converge on both sides and much smaller steps confirm both slopes.

        At a kink or a jump of the second derivative, the error of central differences falls only with the step itself,
        and their extrapolation does not remove it.
        """
        right, left, size = self.right.best, self.left.best, self._size_of_sides()
        if not (_has_converged(right, size) and _has_converged(left, size)):
            return False
        step = min(right.row.step, left.row.step)
        change = max(right.row.step * right.row.swing, left.row.step * left.row.swing)
        for side, estimate in ((+1, right), (-1, left)):
            accepted = estimate._replace(error=max(estimate.error, TARGET_ERROR * size))
            self.noises[side] = self._noise_of_side(side, accepted, step, change)
        error = max(self.right.settled(self.noises[+1]).error, self.left.settled(self.noises[-1]).error)
        # If the slopes are equal, the error of their mean is up to five times this error.
        self.is_two_sided = 8.0 * PASS_ERRORS * error <= MAX_RELATIVE_ERROR * size
        if not self.is_two_sided:
            self.right, self.left = Tableau(2.0), Tableau(2.0)
            self.noises = {+1: 0.0, -1: 0.0}
        return self.is_two_sided

    def _size_of_sides(self) -> float:
        """Return the size of the one-sided slopes or, if they are 0, of their swing."""
        right, left = self.right.best, self.left.best
        size, swing = max(abs(right.slope), abs(left.slope)), max(right.row.swing, left.row.swing)
        return size if size > TARGET_ERROR * swing else swing

    def _error_of_sides(self) -> float:
        """Return the error of the one-sided slopes, relative to the steeper one."""
        error, size = max(self.right.best.error, self.left.best.error), self._size_of_sides()
        return error / size if size else math.inf

    def _noise_of_side(self, side: int, estimate: Estimate, step: float, change: float) -> float:
        """Return the noise with which much smaller steps confirm the estimate; inf if they contradict it.

        Args:
            side: the side, +1 or −1.
            estimate: the estimate of the slope on that side.
            step: the step to which the smaller steps are relative.
            change: the size of the function's changes over the steps of the estimates.
        """
        finer = (self.around.one_sided(side, step * 2.0**-k) for k in (*CONFIRMATION_HALVINGS, KINK_HALVINGS))
        rows = [row for row in finer if row is not None]
        if all(estimate.agrees(row) for row in rows):
            return 0.0
        noise = self.around.measured_noise_of_side(side)
        is_rounding = self.around.may_be_rounding(noise, change)
        return noise if is_rounding and all(estimate.widened(noise).agrees(row, noise) for row in rows) else math.inf

    def _one_sided(self) -> Difference:
        """Return the one-sided derivatives; a single one if they are equal or cannot be told."""
        right, left = self.right.settled(self.noises[+1]), self.left.settled(self.noises[-1])
        error, gap = max(right.error, left.error), abs(right.slope - left.slope)
        size, swing = max(abs(right.slope), abs(left.slope)), max(right.row.swing, left.row.swing)
        # Slopes that would pass for each other, by the default tolerance of `Difference.verdict`, are not a kink.
        if not self.around.jumps and gap <= max(PASS_ERRORS * error + 1e-7 * size, TARGET_ERROR * swing):
            steeper = max(right.row, left.row, key=lambda row: row.swing)
            return self._checked(Estimate(0.5 * (right.slope + left.slope), error + 0.5 * gap, steeper))
        if not (self.around.jumps or error <= MAX_UNEXPLAINED_ERROR * max(size, gap)):
            return self._checked(NO_ESTIMATE)
        reason = "a jump" if self.around.jumps else "a kink"
        return Difference(math.nan, error, left.slope, right.slope, size, self.around.evaluations, reason)

    def _vertical(self, best: Estimate) -> Difference:
        """Return ±inf if the slope grows without bound towards the point, as for √x at 0."""
        # The slope also grows towards a pole that is near the point.
        if any(self.around.ends_near(side) for side in (+1, -1)):
            return self._checked(best)
        limits, steepest = [], best.row
        for side in (+1, -1):
            # The smallest step is the last bit of the scale.
            rows = [self.around.one_sided(side, self.around.scale * 4.0**-k) for k in range(2, 27)]
            # Differences well above rounding noise.
            clear = [row for row in rows if row is not None and row.swing > 32.0 * row.noise]
            if len(clear) == len(rows) and all(_steepens(a, b) for a, b in pairwise(clear)):
                steepest = clear[-1]
                limits.append(math.copysign(math.inf, steepest.slope))
            elif self.around.is_open(side):
                limits.append(math.nan)
        if not limits or any(map(math.isnan, limits)):
            return self._checked(best)
        if len(set(limits)) == 2:
            right, left = limits
            return Difference(math.nan, 0.0, left, right, math.inf, self.around.evaluations, CUSP)
        [limit] = set(limits)
        return self._difference(Estimate(limit, 0.0, steepest), "the slope grows without bound")

    def _checked(self, best: Estimate) -> Difference:
        """Return the estimate if its error is rounding noise or small; a larger error may itself be a coincidence."""
        tables = (self.central, self.right, self.left)
        greatest = max((row.swing for table in tables for row in table.rows), default=0.0)
        max_error = max(MAX_UNEXPLAINED_ERROR * abs(best.slope), MAX_RELATIVE_ERROR * greatest)
        if _is_hidden(best) or best.error <= max_error:
            return self._difference(best)
        is_isolated = not self.around.is_open(+1) and not self.around.is_open(-1)
        reason = NO_VALUES_BESIDE if is_isolated else NO_LIMIT
        return self._difference(NO_ESTIMATE, reason)

    def _difference(self, best: Estimate, reason: str = "") -> Difference:
        # If coarse steps agree on one slope and fine steps on another, the function has stairs or ripples.
        error = max([best.error, *(abs(slope - best.slope) for slope in self.refuted)])
        swing = best.row.swing or abs(self.coarse_slope)
        return Difference(best.slope, error, swing=swing, evaluations=self.around.evaluations, reason=reason)


def _has_converged(estimate: Estimate, size: float) -> bool:
    """Return True if the error is small beside `size`, beside the noise or, for a slope of 0, beside the swing."""
    is_zero = abs(estimate.slope) <= estimate.error <= TARGET_ERROR * estimate.row.swing
    # Smaller steps have more rounding noise, so an error of a few times the noise is final.
    return estimate.error <= max(TARGET_ERROR * size, 6.0 * estimate.row.noise) or is_zero


def _is_hidden(estimate: Estimate) -> bool:
    """Return True if only rounding noise limits the estimate."""
    is_flat = estimate.row.swing == 0.0 and estimate is not NO_ESTIMATE
    return estimate.error <= 16.0 * estimate.row.noise or is_flat


def _splits(fine: StepDifferences, coarser: Iterable[StepDifferences], noise: float) -> bool:
    """Return True if the gap between the one-sided differences falls more slowly than that of a smooth function.

    Args:
        fine: the differences with a small step.
        coarser: those with steps of at least 2⁷ times its size.
        noise: additional noise of each value of the function.
    """
    # The gap of a smooth function is proportional to the step.
    return fine.split(noise) > max(differences.split(noise) for differences in coarser) / 8.0


def _steepens(coarse: FiniteDifference, fine: FiniteDifference) -> bool:
    """Return True if the slope grows with a smaller step although the difference of the values falls."""
    growth = fine.slope / coarse.slope
    # Margins of 2 % for rounding noise.
    return 1.02 < growth < 0.98 * coarse.step / fine.step
