"""Derivatives of functions with noise: in single precision, rounded, tabulated, or from a solver with a tolerance.

The noise is measured in tables of differences with many spacings (ECnoise, Moré and Wild 2011). A single spacing does
not show it: a function that rounds its values is flat at small spacings, and its own changes dominate at large ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from autograd.array_libraries import UNIT_ROUNDOFF
from autograd.checking.sampling import (
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
    noise_levels,
)
from autograd.checking.verdict import FAIL_ERRORS, PASS_ERRORS, Difference

# The scale is halved this many times for the spacings of the tables that measure the resolution of a function.
RESOLUTION_HALVINGS = (40, 34, 28, 22, 16, 10, 7)
# Fewer halvings are for functions that are flat at smaller spacings.
COARSE_RESOLUTION_HALVINGS = (4, 1)
# The tables with the smallest spacings, which show rounding in double precision alone.
NEAREST_TABLES = 3
# Samples in each of these tables. The differences of the sixth order are three numbers.
RESOLUTION_SAMPLES = 9
# Tables on the two sides that differ by more than this do not measure the same noise. The larger one contains a kink.
MAX_RATIO_OF_SIDES = 8.0
# From one spacing to the next larger one, the level of noise changes by factors between these. That of a kink grows by
# more if both tables contain it, and is gone if the next one begins beyond it.
CHANGE_OF_NOISE = (0.125, 2.0)
# From one order to the next, the level of noise falls by less than this, and that of a smooth function by more.
MAX_FALL_OF_NOISE = 4.0
# A rough function such as c·z|z|^0.05 changes at every distance as if it had noise. In so many consecutive tables, its
# levels grow with the spacing times a factor between these, and its slopes differ by more than so many levels over the
# spacing.
MIN_ROUGH_TABLES = 3
GROWTH_OF_ROUGHNESS = (0.7, 3.0)
MIN_CHANGE_OF_ROUGH_SLOPE = 8.0
# Halvings of the scale at which the search for a jump begins, its largest distance in scales, bisections of its edge,
# and the fraction of the change over the first step that must be left after them.
MAX_JUMP_HALVINGS = 30
MAX_JUMP_DISTANCE = 64.0
EDGE_BISECTIONS = 12
MIN_SHARE_OF_JUMP = 2.0**-6
# Noise above this fraction of the values is more than rounding in double precision explains.
MIN_RELATIVE_NOISE = 2.0**-36
# Jumps by more than this fraction of the values are no noise if the function has a slope between them.
MAX_RELATIVE_JUMP = 1e-4
# Noise between these fractions of the values is that of single precision.
SINGLE_PRECISION_NOISE = (2.0**-26, 2.0**-20)
# Halvings of the smallest step for a function with noise.
MAX_NOISY_HALVINGS = 17
# Doublings of the largest step to try, and how far the error must fall for further ones.
NOISY_DOUBLINGS = (0, 4, 10, 20, 40)
MIN_GAIN = 0.7
# The error bar for noise, in noise over the step. The noise of a central difference, extrapolated, has about half of
# this standard deviation, and a pass allows 8 error bars. Extrapolation multiplies that of one-sided differences by up
# to four, and they are over half the distance.
NOISE_FACTOR = 0.5
NOISE_FACTOR_OF_SIDES = 4.0
# An error bar that a pass allows is at most this fraction of the gap between the slopes of a kink.
MAX_ERROR_OF_GAP = 0.1
# Halvings of the small steps that are examined for a slope of their own.
FINE_HALVINGS = (14, 33)
# A polynomial is fitted to many samples if a derivative would fail only from this relative error on.
MAX_RESOLUTION = 0.01
# Pairs of samples for such a fit, its half-widths in steps of the best difference, and the most odd powers in it.
FITTED_PAIRS = 24
FIT_WIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
MAX_ODD_POWERS = 6
# The residuals of a fit are consistent with the noise if they are below this many of its standard deviations.
MAX_RESIDUAL = 1.5
# At distances that are smaller by this factor, residuals must be left with at least this share of their size.
NEARER_RATIO = 8.0
MIN_RESIDUAL = 0.3
# Multiples of the golden ratio, modulo 1, spread evenly and follow no period of the noise.
GOLDEN_RATIO = 0.6180339887498949
Floats = np.ndarray[Any, Any]

# Reason of a difference that decides nothing.
TWO_SLOPES = "small steps give one slope and large ones another; noise= says which changes are noise"


def type_precision(unit: float) -> str:
    """Return the precision of a type in words, given its unit roundoff."""
    return f"f computes in {'single' if unit == UNIT_ROUNDOFF['float32'] else 'half'} precision"


class NoiseLevel(NamedTuple):
    """The noise that a table of differences on one side of the point shows.

    Attributes:
        deviation: the standard deviation of the noise.
        spacing: the distance between the points of the table.
        slope: the slope of the line from the point to the first one of the table.
    """

    deviation: float
    spacing: float
    slope: float

    def is_rough_beside(self, finer: NoiseLevel) -> bool:
        """Return True if the level grows with the spacing, and the slope changes, as noise does not explain."""
        growth = self.deviation * finer.spacing / (finer.deviation * self.spacing) if finer.deviation else 0.0
        change = abs(self.slope - finer.slope) * finer.spacing
        low, high = GROWTH_OF_ROUGHNESS
        return low <= growth <= high and change > MIN_CHANGE_OF_ROUGH_SLOPE * finer.deviation


class NoiseTables:
    """The noise of a function near a point, measured in tables of differences.

    Args:
        around: the function.

    Attributes:
        finest_noise: the noise at the smallest spacings, once `resolution` has measured it.
        change_of_slope: the change of the slope from small to large steps if the function is rough, once `resolution`
            has measured it; else 0.

    >>> rounded = Neighbourhood(lambda x: round(x * x, 6), 0.7, 0.7)
    >>> 0.0 < NoiseTables(rounded).resolution() < 2e-6
    True
    """

    def __init__(self, around: Neighbourhood) -> None:
        self.around, self.finest_noise, self.change_of_slope = around, 0.0, 0.0

    def resolution(self) -> float:
        """Return the noise of the values on all scales, measured in difference tables with many spacings.

        The spacings reach from those at which only rounding in double precision shows up to the scale itself, because
        a function that rounds to fewer digits is flat for small ones. At each spacing there is a table on either side,
        so that a kink at the point does not count as noise.
        """
        tables: list[dict[int, NoiseLevel]] = []
        for halvings in (*RESOLUTION_HALVINGS, *COARSE_RESOLUTION_HALVINGS):
            # On the scale of the function its own changes look like noise, unless they are smaller.
            if halvings in COARSE_RESOLUTION_HALVINGS and any(tables):
                break
            spacing = 0.7 * self.around.scale * 2.0**-halvings
            sides = {side: self._level_of_noise(side, spacing) for side in (+1, -1)}
            tables.append({side: level for side, level in sides.items() if level is not None})
        self.change_of_slope = max(_without_roughness(tables, side) for side in (+1, -1))
        levels = [{side: level.deviation for side, level in table.items()} for table in tables]
        noises = [
            self._noise_of_sides(sides, coarser) for sides, coarser in zip(levels, [*levels[1:], {}], strict=True)
        ]
        self.finest_noise = 2.0 * max(noises[:NEAREST_TABLES])
        # Twice the standard deviation: the largest error of a rounded number is 1.7 times its standard deviation.
        return 2.0 * max(noises)

    def _noise_of_sides(self, sides: Mapping[int, float], coarser: Mapping[int, float]) -> float:
        """Return the noise according to the tables with one spacing, by side, and to those with the next larger one."""
        if not sides:
            return 0.0
        noisier = max(sides, key=lambda side: sides[side])
        highest, lowest = sides[noisier], min(sides.values())
        low, high = CHANGE_OF_NOISE
        is_noise = self.around.piece is not None or low * highest <= coarser.get(noisier, math.inf) <= high * highest
        if len(sides) == 1:
            return highest if is_noise else 0.0
        return highest if is_noise or highest <= MAX_RATIO_OF_SIDES * lowest else lowest

    def _level_of_noise(self, side: int, spacing: float) -> NoiseLevel | None:
        """Return the noise in a table on one side; None if the table does not show it.

        Args:
            side: the side, +1 or −1.
            spacing: the distance between the points of the table.
        """
        step = side * spacing
        ends = self.around.sample(step), self.around.sample(RESOLUTION_SAMPLES * step)
        # A flat table takes two samples.
        if all(p is not None and p.value == self.around.value for p in ends):
            return None
        # The value at the point itself is on another line if there is a kink just beside it.
        samples = [self.around.sample(i * step) for i in range(1, RESOLUTION_SAMPLES + 1)]
        piece = self.around.piece_beside(side)
        values = [p.value for p in samples if p is not None and p.piece == piece]
        if len(values) < RESOLUTION_SAMPLES or len(set(values)) < 4:
            return None
        fourth, fifth, sixth = noise_levels(values)[3:6]
        is_noise = MAX_FALL_OF_NOISE * sixth > fifth and MAX_FALL_OF_NOISE * fifth > fourth
        slope = (values[0] - self.around.value) / step
        return NoiseLevel(max(fifth, sixth), spacing, slope) if is_noise else None

    def jump_heights(self, slope: float = 0.0, tolerance: float = 0.0) -> list[float]:
        """Return the heights of the jumps, on the right and on the left, by which the function first leaves a line.

        The height is 0 on a side where it leaves the line continuously, or not at all.

        Args:
            slope: the slope of the line through the value at the point; 0 for a stair.
            tolerance: the distance from the line that does not count.
        """
        return [self._jump(side, slope, tolerance).height for side in (+1, -1)]

    def slope_across_steps(self) -> float:
        """Return the size of the slope across a step of a stair, the steeper one of both sides; 0 if there is none.

        A stair has a second jump, with a flat tread before it.
        """
        steepest = 0.0
        for side in (+1, -1):
            first = self._jump(side)
            if not first.height:
                continue
            second = self._jump(side, start=first.distance)
            if second.height:
                steepest = max(steepest, max(first.height, second.height) / (second.distance - first.distance))
        return steepest

    def _jump(self, side: int, slope: float = 0.0, tolerance: float = 0.0, start: float = 0.0) -> Jump:
        """Return the jump by which the function first leaves a line on one side.

        Args:
            side: the side, +1 or −1.
            slope: the slope of the line.
            tolerance: the distance from the line that does not count.
            start: the distance from the point at which the line begins.
        """
        base = self.around.sample(side * start)

        def distance(size: float) -> float:
            sample = self.around.sample(side * size)
            if base is None or sample is None or sample.piece != self.around.piece:
                return math.nan
            return sample.value - base.value - slope * (sample.offset - base.offset)

        near, width = start, self.around.scale * 2.0**-MAX_JUMP_HALVINGS
        while abs(distance(start + width)) <= tolerance:
            near, width = start + width, 2.0 * width
            if width > MAX_JUMP_DISTANCE * self.around.scale:
                return Jump(0.0, width)
        far = start + width
        first = distance(far)
        for _ in range(EDGE_BISECTIONS):
            middle = 0.5 * (near + far)
            near, far = (middle, far) if abs(distance(middle)) <= tolerance else (near, middle)
        # A continuous function leaves the line by less, the closer the two points are.
        height = abs(distance(far) - distance(near)) if near > start else math.nan
        return Jump(height if height > MIN_SHARE_OF_JUMP * abs(first) else 0.0, far)


class Jump(NamedTuple):
    """A jump of a function, and its distance from the point; its height is 0 where there is none."""

    height: float
    distance: float


def _without_roughness(tables: Sequence[dict[int, NoiseLevel]], side: int) -> float:
    """Remove the levels on one side, +1 or −1, that are roughness; return the change of the slope over them."""
    run: list[dict[int, NoiseLevel]] = []
    change = 0.0
    for table in [*tables, {}]:
        if side in table and run and table[side].is_rough_beside(run[-1][side]):
            run.append(table)
            continue
        levels = [rough[side] for rough in run]
        if len(run) >= MIN_ROUGH_TABLES and not _bends(levels):
            for rough in run:
                del rough[side]
            change = max(change, abs(levels[-1].slope - levels[0].slope))
        run = [table] if side in table else []
    return change


def _bends(levels: Sequence[NoiseLevel]) -> bool:
    """Return True if the slope changes with the spacing as that of a smooth function, which is linear in it."""
    return any(
        abs(c.slope - b.slope) > math.sqrt(c.spacing / b.spacing) * abs(b.slope - a.slope)
        for a, b, c in zip(levels, levels[1:], levels[2:], strict=False)
    )


class OddFit(NamedTuple):
    """A polynomial with odd powers only, fitted to samples on one side.

    Attributes:
        slope: its slope at 0.
        sensitivity: the standard deviation of the slope, if that of the samples is 1.
        residual: the standard deviation of the samples from the polynomial.
    """

    slope: float
    sensitivity: float
    residual: float


def _odd_fits(distances: Floats, values: Floats, width: float) -> list[OddFit]:
    """Return the least-squares fits with one odd power, with two, and so on.

    Args:
        distances: the positions of the samples, from 0 to `width`.
        values: the samples.
        width: the largest distance, for the scale of the Chebyshev polynomials in the fits.
    """
    powers = 2 * np.arange(MAX_ODD_POWERS) + 1
    # The last distance may be rounded up.
    angles = np.arccos(np.minimum(distances / width, 1.0))
    basis, triangle = np.linalg.qr(np.cos(powers * angles[:, None]))
    slopes, coefficients = np.copysign(powers, (-1.0) ** np.arange(MAX_ODD_POWERS)), basis.T @ values
    fits = []
    for count in range(1, MAX_ODD_POWERS + 1):
        weights = np.linalg.solve(triangle[:count, :count].T, slopes[:count]) / width
        residuals = values - basis[:, :count] @ coefficients[:count]
        residual = math.sqrt(float(np.square(residuals).sum()) / (len(values) - count))
        fits.append(OddFit(float(weights @ coefficients[:count]), float(np.linalg.norm(weights)), residual))
    return fits


class NoisySteps:
    """Finite differences of a function with noise, with all step sizes that may be clear of it.

    The usual steps are accepted as soon as their differences converge. Here the estimate with the smallest error bar is
    chosen, in which noise divided by the step competes with truncation error.

    Args:
        tables: the measured noise of the function.
        noise: the noise to allow for: twice its standard deviation.
    """

    def __init__(self, tables: NoiseTables, noise: float) -> None:
        self.around, self.tables, self.noise = tables.around, tables, noise
        around = tables.around
        self._rows: dict[int, StepDifferences] = {}
        usual = around.differences(self._step(0)).first
        self._usual_change = usual.step * usual.swing if usual is not None else 0.0

    def derivative(self) -> Difference:
        """Return the derivative; with infinite error if no estimate is consistent with the noise."""
        best = NO_ESTIMATE
        for doublings in NOISY_DOUBLINGS:
            error_before = best.error
            best = min(best, self._settled(-doublings), key=lambda entry: entry.error)
            # The coefficients of the function are no more precise than its values.
            is_accurate = best.error <= max(TARGET_ERROR, 16.0 * self._relative_noise(best)) * abs(best.slope)
            if is_accurate or (doublings and not best.error < MIN_GAIN * error_before):
                break
        # As for the usual steps, a large error that noise does not explain may be a coincidence.
        noise = self.noise / best.row.step
        if not best.error <= max(MAX_UNEXPLAINED_ERROR * abs(best.slope), 16.0 * noise):
            best = NO_ESTIMATE
        if best is not NO_ESTIMATE and self._may_improve(best):
            best = min(best, self._fitted(best), key=lambda entry: entry.error)
        if best is NO_ESTIMATE and not self.around.is_kink:
            return self._noted(best, Difference(math.nan, math.inf))
        after, before = self._sides()
        gap, error = abs(after.slope - before.slope), max(after.error, before.error)
        size = max(abs(after.slope), abs(before.slope))
        if MAX_ERROR_OF_GAP * gap > PASS_ERRORS * error and gap > MAX_UNEXPLAINED_ERROR * size:
            kink = Difference(math.nan, error, before.slope, after.slope, swing=size, reason="a kink")
            return self._noted(after, kink)
        if gap > FAIL_ERRORS * error:
            best = best._replace(error=best.error + gap)
        return self._noted(best, Difference(best.slope, best.error, swing=self._swing(best)))

    def _settled(self, first: int) -> Estimate:
        """Return the best estimate from the steps that begin with so many halvings of the usual first one."""
        central, right, left = Tableau(4.0), Tableau(2.0), Tableau(2.0)
        steepest = 0.0
        for halvings in range(first, MAX_NOISY_HALVINGS):
            row = self._row(halvings)
            steepest = max([steepest, *(side.swing for side in row if side is not None)])
            step = self._step(halvings)
            # Smaller steps say nothing if noise is larger than every slope so far.
            if self.noise > step * steepest > 0.0:
                break
            central = central.extended(row.central)
            if not central.rows:
                right, left = right.extended(row.right), left.extended(row.left)
        if central.rows or self.around.is_kink:
            return self._with_floor(central.settled(self.noise, NOISE_FACTOR, order=2))
        sides = (table.settled(self.noise, NOISE_FACTOR_OF_SIDES) for table in (right, left))
        return self._with_floor(min(sides, key=lambda entry: entry.error))

    def _may_improve(self, best: Estimate) -> bool:
        """Return True if noise beyond rounding in double precision leaves a coarse estimate, and there is no kink."""
        is_coarse = FAIL_ERRORS * best.error > MAX_RESOLUTION * abs(best.slope)
        # Where floats are further apart than a period, what looks like noise is the function.
        if abs(self.around.x) >= MIN_COARSE_POINT:
            return False
        return is_coarse and not self.around.is_kink and self._relative_noise(best) > MIN_RELATIVE_NOISE

    def _fitted(self, best: Estimate) -> Estimate:
        """Return the best slope of polynomials that are fitted to many samples, in which much of the noise cancels."""
        fits = [fit for width in FIT_WIDTHS for fit in self._fits(width * best.row.step)]
        return min((self._with_floor(fit) for fit in fits), key=lambda entry: entry.error, default=NO_ESTIMATE)

    def _fits(self, width: float) -> Iterator[Estimate]:
        """Yield the slope at the point of the fitted polynomials of each degree that leave only noise.

        Args:
            width: the largest distance of a sample from the point.
        """
        samples = self._half_differences(width)
        if samples is None:
            return
        fits = _odd_fits(*samples, width)
        size = max(abs(self.around.value), self._usual_change)
        growth = max(1.0, self.around.greatest_within(width) / size if size else 1.0)
        deviation = 0.5 * self.noise * growth / math.sqrt(2.0)
        nearer = fits
        if not self._is_noise_known:
            # Nearer to the point the changes of a rough function are smaller, and noise is the same.
            samples_nearer = self._half_differences(width / NEARER_RATIO)
            if samples_nearer is None:
                return
            nearer = _odd_fits(*samples_nearer, width / NEARER_RATIO)
        swing, farthest = float(np.max(np.abs(samples[1] / samples[0]))), float(samples[1][-1] / samples[0][-1])
        for fit, near, finer, finest in zip(fits, nearer, fits[1:], fits[2:], strict=False):
            if near.residual < MIN_RESIDUAL * fit.residual:
                continue
            error = 2.0 * deviation * fit.sensitivity + abs(fit.slope - finer.slope)
            gap = abs(fit.slope - finest.slope)
            if fit.residual <= MAX_RESIDUAL * deviation and gap <= error + 2.0 * deviation * finest.sensitivity:
                yield Estimate(fit.slope, error, FiniteDifference(width, farthest, error, swing))

    @property
    def _is_noise_known(self) -> bool:
        """True if the caller or the type of the values says how large the noise is."""
        return self.around.unit > 0.0 or self.noise == self.around.noise

    def _half_differences(self, width: float) -> tuple[Floats, Floats] | None:
        """Return distances up to `width`, and half the difference of the values at each; None if one is missing.

        The half differences have odd powers only, which suffice for the slope at the point.
        """
        numbers = np.arange(FITTED_PAIRS)
        shares = (numbers + (GOLDEN_RATIO * numbers) % 1.0 + 0.5) / (FITTED_PAIRS + 0.5)
        pairs = [(self.around.sample(x * width), self.around.sample(-x * width)) for x in shares.tolist()]
        samples = [(right, left) for right, left in pairs if right is not None and left is not None]
        if len(samples) < FITTED_PAIRS or any(x.piece != self.around.piece for pair in samples for x in pair):
            return None
        distances = np.array([0.5 * (right.offset - left.offset) for right, left in samples])
        return distances, np.array([0.5 * (right.value - left.value) for right, left in samples])

    def _step(self, halvings: int) -> float:
        return FIRST_STEP * self.around.scale * 2.0**-halvings

    def _row(self, halvings: int) -> StepDifferences:
        if halvings not in self._rows:
            differences = self.around.differences(self._step(halvings))
            self._rows[halvings] = StepDifferences(*(row and self._beyond_noise(row) for row in differences))
        return self._rows[halvings]

    def _beyond_noise(self, row: FiniteDifference) -> FiniteDifference:
        """Return the difference with the part of its noise that is not counted for all rows."""
        # Where the values are larger, so is their rounding.
        size = max(abs(self.around.value), self._usual_change)
        growth = row.step * row.swing / size if size else 1.0
        return row._replace(noise=max(0.0, row.noise - self.noise / row.step, (growth - 1.0) * self.noise / row.step))

    def _with_floor(self, estimate: Estimate) -> Estimate:
        """Return the estimate, wider for noise in the coefficients of the function, which differences do not show."""
        # Beyond some sizes of the point, a function may have another slope that noise hides nearer to it.
        floor = max(self._relative_noise(estimate) * abs(estimate.slope), self.noise / self.around.farthest)
        return estimate if estimate is NO_ESTIMATE else estimate._replace(error=estimate.error + floor)

    def _relative_noise(self, estimate: Estimate) -> float:
        size = max(abs(self.around.value), estimate.row.step * estimate.row.swing)
        return self.noise / size if size else 0.0

    def _swing(self, estimate: Estimate) -> float:
        # Without any change, the function may still have one that the noise hides.
        return 0.0 if estimate is NO_ESTIMATE else max(estimate.row.swing, self.noise / estimate.row.step)

    def _sides(self) -> tuple[Estimate, Estimate]:
        """Return the estimates from the differences on the right and on the left."""
        right, left = Tableau(2.0), Tableau(2.0)
        for halvings in range(MAX_NOISY_HALVINGS):
            row = self._row(halvings)
            right, left = right.extended(row.right), left.extended(row.left)
        return right.settled(self.noise, NOISE_FACTOR_OF_SIDES), left.settled(self.noise, NOISE_FACTOR_OF_SIDES)

    def _noted(self, estimate: Estimate, difference: Difference) -> Difference:
        """Return the difference with the noise, if it is more than rounding, and the number of evaluations."""
        difference = replace(difference, evaluations=self.around.evaluations)
        relative = self._relative_noise(estimate)
        if relative > MIN_RELATIVE_NOISE:
            difference = replace(difference, noise=self.noise, precision=self._precision(relative))
        if self.noise == self.around.noise or not math.isfinite(difference.error):
            return difference
        fine = self._fine_estimate()
        apart = abs(fine.slope - difference.slope)
        if difference.is_kink or not apart > 4.0 * (difference.error + fine.error):
            return difference
        # A solver that stops at a tolerance jumps from one slope to the next. Ripples are continuous.
        is_noise = MIN_RELATIVE_NOISE < relative < MAX_RELATIVE_JUMP
        if not (is_noise and all(self.tables.jump_heights(fine.slope, 0.25 * self.noise))):
            difference = replace(difference, error=difference.error + apart, reason=TWO_SLOPES, noise=0.0, precision="")
        return difference

    def _fine_estimate(self) -> Estimate:
        """Return the slope that the smallest steps give if only rounding in double precision is noise to them."""
        central = Tableau(4.0)
        for halvings in range(*FINE_HALVINGS):
            central = central.extended(self.around.differences(self._step(halvings)).central)
        fine = central.settled(self.tables.finest_noise, 1.0)
        return fine if fine.error <= MAX_UNEXPLAINED_ERROR * abs(fine.slope) else NO_ESTIMATE

    def _precision(self, relative: float) -> str:
        """Return the origin of the noise in words."""
        if self.around.unit:
            return type_precision(self.around.unit)
        if self.noise == self.around.noise:
            return f"noise={self.noise:g}"
        low, high = SINGLE_PRECISION_NOISE
        return f"f has noise of {self.noise:.1g}{', as in single precision' if low < relative < high else ''}"
