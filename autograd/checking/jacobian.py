"""End-to-end check of a Jacobian against finite differences of the function: entry by entry, or along directions."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.consistency import JacobianFinding
from autograd.checking.finite_differences import MIN_SCALE, derivative
from autograd.checking.function import DIRECTION_COUNT, AnalyticJacobian
from autograd.checking.sampling import EPSILON, FIRST_STEP, NO_VALUE, Restriction, Results
from autograd.checking.verdict import (
    FAIL_ERRORS,
    MAX_RELATIVE_ERROR,
    MIN_FLOAT,
    PASS_ERRORS,
    Difference,
    Finding,
    distance_at_most,
    noises_of_rows,
    settled_in_row,
    smallest_float,
)

# With more inputs than this, or with more derivatives of all outputs together, directions are checked by default.
MAX_INPUTS_FULL = 2_000
MAX_ENTRIES_FULL = 100_000
# The same applies to a recorded graph if one step in each input takes more operations than this. Its edges vouch for
# every derivative in any case.
MAX_OPERATIONS_PER_STEP = 300_000
# The largest change by one input, relative to the scale of the row of a Jacobian, that is negligible: above the
# rounding noise of a sum of ten thousand terms, and far below the changes that a wrong entry of ordinary size makes.
MAX_NEGLIGIBLE_CHANGE = 1e-9
# The same in unit roundoffs for values of a type with fewer digits, but at most this change.
NEGLIGIBLE_UNITS = 64.0
MAX_NEGLIGIBLE_CHANGE_OF_TYPE = 1e-5
# Halvings of the first step for the differences that bound a derivative which the extrapolation does not find.
BOUNDING_HALVINGS = (0, 3, 6, 9, 12)
# Halvings of the first step that an early difference may have. The first one whose noise is small enough is taken.
EARLY_HALVINGS = (11, 9, 7)
# The coarser step of an early difference has as many fewer halvings.
COARSER_HALVINGS = 6
# Halvings of the step that confirms an early difference: as small as those that confirm an extrapolation.
CONFIRMING_HALVINGS = 17
# In a fast check an entry is held to its own size if an error of this fraction of it is found.
FAST_RESOLUTION = 0.01
# The smallest contribution of an entry to a direction, relative to the largest in its row: smaller moves of the inputs
# would be rounded too coarsely.
MIN_CONTRIBUTION = 1e-6
# A fast check decides nothing if more than this fraction of the entries that are not 0 is not held to its own size.
MAX_SMALL_FRACTION = 0.1
# The standard deviation of the third differences of independent noise, relative to its own.
THIRD_DIFFERENCES = math.sqrt(20.0)
# The spacing of the points at which the noise of a function is measured along a direction, relative to the scale.
NOISE_SPACING = 2.0**-36

Matrix = np.ndarray[Any, Any]


class Options(NamedTuple):
    """Tolerances and mode of a check.

    Attributes:
        rtol: the relative tolerance, in addition to the error bar of the differences.
        atol: the absolute tolerance.
        mode: "full" to check every entry, "fast" to check directions, None to check every entry if that is affordable.
        noise: the absolute noise of the function's values; 0 if it is not known.
    """

    rtol: float = 1e-7
    atol: float = 0.0
    mode: str | None = None
    noise: float = 0.0


class JacobianCheck:
    """End-to-end check of a Jacobian against finite differences, entry by entry or along directions.

    Args:
        jacobian: the derivatives to check.
        restrict: returns the outputs as functions of the inputs with these indices.
        noises: returns the rounding noise of each output for the inputs with these indices; None to estimate it.
        cost: the number of operations of one evaluation of a recorded graph; 0 for another function.
        here: the outputs at the point itself, if known and if their pieces do not depend on the inputs that move.
        options: the tolerances and the mode.
        unit: the unit roundoff in which the function computes, if it is larger than that of a double; else 0.

    Attributes:
        is_entrywise: True if every entry is checked.
        is_recorded: True if the function was recorded, so that its rounding noise is known.
        note: a remark for the report if directions are checked instead, or "".
        resolution: the accuracy to which directions hold each derivative, in words, once they are checked; or "".
        errors: the errors that the function raised beside the point.
    """

    def __init__(
        self,
        jacobian: AnalyticJacobian,
        restrict: Callable[[Sequence[int]], Restriction],
        noises: Callable[[Sequence[int]], Sequence[float]] | None = None,
        cost: int = 0,
        here: Results | None = None,
        options: Options | None = None,
        unit: float = 0.0,
    ) -> None:
        self.jacobian, self.restrict, self.here, self.unit = jacobian, restrict, here, unit
        self.options = options = options or Options()
        self._noises, self.is_recorded = noises, noises is not None
        # By output: the largest change that a derivative claims for an input that moves by its own size.
        terms = np.abs(jacobian.derivatives) * np.abs(jacobian.point)
        self._terms: Matrix = np.where(np.isfinite(terms), terms, 0.0)
        self.row_scales: list[float] = self._terms.max(axis=1, initial=0.0).tolist()
        self._sums: Matrix = self._terms.sum(axis=1)
        height, width = jacobian.derivatives.shape
        is_affordable = (
            width <= MAX_INPUTS_FULL and width * cost <= MAX_OPERATIONS_PER_STEP and height * width <= MAX_ENTRIES_FULL
        )
        self.is_entrywise = options.mode == "full" or (options.mode is None and is_affordable)
        self.resolution = ""
        self.errors: list[Exception] = []
        # The edges of a recorded graph vouch for every derivative, so one direction for the whole of it is enough.
        self.direction_count = 1 if cost else DIRECTION_COUNT
        directions = "1 direction" if self.direction_count == 1 else f"{self.direction_count} directions"
        self.note = "" if self.is_entrywise else f"{directions} through {width:,} leaves"

    def scope(self) -> dict[str, Any]:
        """Return the fields of a report on what was checked, and how."""
        return {
            "mode": "full" if self.is_entrywise else "fast",
            "derivative_count": self.jacobian.derivatives.size,
            "direction_count": 0 if self.is_entrywise else self.direction_count,
            "resolution": self.resolution,
        }

    def findings(self, rtol: float) -> list[JacobianFinding]:
        """Return the findings on each entry, or on each directional derivative, output by output.

        Args:
            rtol: the relative tolerance, in addition to the error bar of the differences.
        """
        height, width = self.jacobian.derivatives.shape
        if not self.is_entrywise:
            return self._along_directions(rtol)
        columns = [self._column(k, range(height), rtol) for k in range(width)]
        return [JacobianFinding(i, [k], columns[k][i]) for i in range(height) for k in range(width)]

    def noises(self, keys: Sequence[int]) -> Sequence[float]:
        """Return the rounding noise of each output for the inputs with these indices.

        Where it is not known, it is estimated: a function near its root has cancelled, and what it added up is as large
        as the terms of its other inputs.
        """
        known = self._known_noises(keys)
        return [max(noise, self.options.noise) for noise in known] if self.options.noise else known

    def _known_noises(self, keys: Sequence[int]) -> Sequence[float]:
        if self._noises is not None:
            return self._noises(keys)
        if self.is_entrywise:
            [k] = keys
            return self._noises_by_input[k]
        moving = self._terms[:, keys].sum(axis=1) if len(keys) == 1 else 0.0
        noises: list[float] = (0.5 * max(EPSILON, self.unit) * (self._sums - moving)).tolist()
        return noises

    @cached_property
    def _usual_size(self) -> float:
        """The median size of the inputs."""
        return float(np.median(np.abs(self.jacobian.point)))

    @cached_property
    def _noises_by_input(self) -> list[list[float]]:
        """The estimated noise of each output for each input by itself."""
        noises: Matrix = 0.5 * max(EPSILON, self.unit) * (self._sums[:, None] - self._terms)
        rows: list[list[float]] = noises.T.tolist()
        return rows

    def entry(self, i: int, k: int, rtol: float) -> Finding:
        """Return the finding on the derivative of output `i` by input `k`."""
        [finding] = self._column(k, [i], rtol)
        return finding

    def bounds(self, i: int, k: int, noise: float) -> tuple[float, float]:
        """Return the least and the greatest slope, in absolute value, that a few plain differences allow for an entry.

        Richardson extrapolation finds nothing where a function changes by its last bits only. Such a function is flat
        nevertheless, and plain differences say how flat. Both bounds are inf if a value is missing.

        Args:
            i: the index of the output.
            k: the index of the input.
            noise: the noise of the output, or 0 if it is rounding alone.
        """
        x = float(self.jacobian.point[k])
        value, bounds = self.restrict([k]), []
        step = FIRST_STEP * _scale(x)
        try:
            here = value([x])[i][0]
            for halvings in BOUNDING_HALVINGS:
                h = step * 2.0**-halvings
                left, right = value([x - h])[i][0], value([x + h])[i][0]
                rounding = max(EPSILON, self.unit) * max(abs(left), abs(here), abs(right))
                change = max(abs(right - here), abs(here - left))
                bounds.append((change + max(4.0 * rounding, 2.0 * noise)) / h)
        except NO_VALUE:
            return math.inf, math.inf
        return (min(bounds), max(bounds)) if all(map(math.isfinite, bounds)) else (math.inf, math.inf)

    def _column(self, k: int, outputs: Sequence[int], rtol: float) -> list[Finding]:
        """Return the findings on the derivatives of some outputs by one input."""
        x = float(self.jacobian.point[k])
        restriction, scale = self.restrict([k]), _scale(x)
        value = _cached(lambda at: restriction([at]), {} if self.here is None else {x: self.here}, self.errors)
        noises = self.noises([k])
        findings = []
        for i in outputs:
            claimed, noise = float(self.jacobian.derivatives[i, k]), noises[i]
            size = abs(claimed)
            # An early difference must resolve what matters: the entry to `rtol`, or what is negligible in its row.
            negligible = MAX_NEGLIGIBLE_CHANGE * self.row_scales[i] / scale
            limit = min(max(rtol * size, negligible), MAX_RELATIVE_ERROR * size)
            difference = early_difference(value, i, x, scale, claimed, limit, rtol * size, noise, self.unit)
            if difference is None:
                f, reach = partial(_output, value, i), self._usual_size if self.unit else 0.0
                difference = derivative(f, x, noise=noise, unit=self.unit, expected=claimed, reach=reach)
            findings.append(self._finding(i, k, difference, rtol))
        return findings

    def _finding(self, i: int, k: int, difference: Difference, rtol: float) -> Finding:
        claimed, rounding = float(self.jacobian.derivatives[i, k]), float(self.jacobian.roundings[i, k])
        if math.isfinite(rounding) and rounding:
            difference = replace(difference, error=difference.error + rounding)
        verdict, label = difference.verdict(claimed, rtol), self.jacobian.name(i, k)
        finding = Finding(claimed, difference, verdict, label=label, source=self.jacobian.source)
        if not finding.holds and distance_at_most(finding) <= self.options.atol:
            return replace(finding, verdict="pass", reason=f"within {self.options.atol:g}, the absolute tolerance")
        return finding

    # --- Directions

    def _along_directions(self, rtol: float) -> list[JacobianFinding]:
        """Return the findings along some directions and, where one fails, on some of the entries that make it fail."""
        height, width = self.jacobian.derivatives.shape
        point, keys = self.jacobian.point, range(width)
        sizes = sizes_beside_others(point)
        directions = Directions(self, keys, sizes)
        columns = directions.columns(range(height), rtol)
        if any(finding.verdict == "undecided" for column in columns for finding in column):
            # Inputs that are much closer to 0 than others may need steps of their own size.
            nearer = Directions(self, keys, np.where(point == 0.0, sizes, np.abs(point)))
            again = nearer.columns(range(height), rtol)
            if _count_holding(again) > _count_holding(columns):
                directions, columns = nearer, again
        self.resolution = directions.resolution()
        findings = []
        for i in range(height):
            along = [
                replace(column[i], label=self._direction(i, n), is_direction=True)
                for n, column in enumerate(columns, 1)
            ]
            findings += [JacobianFinding(i, keys, finding) for finding in along]
            failing = [n for n, finding in enumerate(along) if finding.verdict == "fail"]
            if failing:
                findings += self._wrong_entries(i, directions, failing[0], rtol)
        return findings

    def _direction(self, i: int, number: int) -> str:
        direction = f"direction {number} of {self.direction_count} through all {len(self.jacobian.point):,} leaves"
        output = self.jacobian.outputs[i]
        return direction if len(self.jacobian.outputs) == 1 else f"{output.name} along {direction}"

    def _wrong_entries(self, i: int, directions: Directions, number: int, rtol: float) -> Iterator[JacobianFinding]:
        """Yield some of the entries that make a direction fail, found by bisection."""
        count, stack = 0, [directions.keys]
        while stack and count < DIRECTION_COUNT:
            keys = stack.pop()
            middle = len(keys) // 2
            for half in filter(None, (keys[middle:], keys[:middle])):
                if len(half) == 1:
                    finding = self.entry(i, half.start, rtol)
                    if finding.verdict == "fail":
                        count += 1
                        yield JacobianFinding(i, half, finding)
                elif directions.through(half).finding(i, number, rtol).verdict == "fail":
                    stack.append(half)


class Directions:
    """Directional derivatives through some inputs, weighted so that each entry counts by its own size.

    The sum of many derivatives is known to about 10⁻¹⁰ of the function's value, however many they are. An input whose
    derivative contributes much to the sum moves by less than its own size, so that all entries contribute about as
    much. Then an error of any of them is a large part of what the sum may be off by. The weights are random, so that
    errors of several entries do not cancel (Freivalds 1977).

    Args:
        check: the check of the whole Jacobian.
        keys: the indices of the inputs that move.
        sizes: the size of each input of the Jacobian.
        noises: the rounding noise of each output, if it was measured before.
    """

    def __init__(
        self,
        check: JacobianCheck,
        keys: range,
        sizes: Matrix,
        noises: Sequence[float] | None = None,
    ) -> None:
        self.check, self.keys, self._sizes = check, keys, sizes
        span = slice(keys.start, keys.stop)
        self.start = check.jacobian.point[span]
        self.derivatives = check.jacobian.derivatives[:, span]
        self._roundings = check.jacobian.roundings[:, span]
        self._restriction: Callable[[Any], Results] = check.restrict(keys)
        self._contributions = np.abs(self.derivatives) * sizes[span]
        self._scales = self._contributions.max(axis=1)
        self._noises = list(noises) if noises is not None else self._measured_noises(sizes[span])
        # The smallest contribution of which an error of 1 % is clear of rounding noise.
        # The pieces of a recorded graph are known, and smaller steps stay on the piece of the point more often.
        smallest_step = FIRST_STEP * 2.0 ** -EARLY_HALVINGS[0 if check.is_recorded else -1]
        clear = [16.0 * PASS_ERRORS * noise / (FAST_RESOLUTION * smallest_step) for noise in self._noises]
        self.thresholds = np.array(clear).clip(MIN_CONTRIBUTION * self._scales)
        # By output, the largest move of each input. Nothing contributes to an output that is exactly flat.
        self.moves = sizes[span] / (self._contributions / self.thresholds[:, None].clip(MIN_FLOAT)).clip(1.0)
        # By output: the error of a direction within which the sum agrees.
        self._errors = [0.0] * len(self.derivatives)

    def through(self, keys: range) -> Directions:
        """Return the same directions through fewer inputs."""
        return Directions(self.check, keys, self._sizes, self._noises)

    def columns(self, outputs: Sequence[int], rtol: float) -> list[list[Finding]]:
        """Return the findings on the outputs along each direction."""
        columns = [[self.finding(i, number, rtol) for i in outputs] for number in range(self.check.direction_count)]
        small = [self._count_small(i) for i in outputs]
        nonzero = np.count_nonzero(self.derivatives, axis=1)
        for column in columns:
            for i, finding in enumerate(column):
                if finding.verdict == "pass" and small[i] > MAX_SMALL_FRACTION * nonzero[i]:
                    reason = (
                        f"not vouched for: rounding hides an error of 1 % in {small[i]:,} of {nonzero[i]:,} entries"
                    )
                    column[i] = replace(finding, verdict="undecided", reason=reason)
        return columns

    def finding(self, i: int, number: int, rtol: float) -> Finding:
        """Return the finding on the derivative of an output along a direction."""
        steps = self._weights(number) * self.moves[i]
        value = self._along(steps)
        terms = self.derivatives[i] * steps
        claimed, rounding = float(terms.sum()), float(np.abs(self._roundings[i] * steps).sum())
        # Each entry may be off by `rtol` of itself, in one direction or the other.
        slack = 4.0 * rtol * float(np.sqrt(np.square(terms).sum()))
        limit = 0.4 * FAST_RESOLUTION * float(self.thresholds[i])
        noise = self._noises[i]
        unit = self.check.unit
        difference = early_difference(value, i, 0.0, 1.0, claimed, limit, slack, noise, unit)
        if difference is None:
            difference = derivative(partial(_output, value, i), 0.0, scale=1.0, noise=noise, unit=unit)
        if math.isfinite(rounding):
            difference = replace(difference, error=difference.error + rounding)
        verdict = self._verdict(i, claimed, difference, slack)
        return Finding(claimed, difference, verdict, source=self.check.jacobian.source)

    def _verdict(self, i: int, claimed: float, difference: Difference, slack: float) -> str:
        """Return the verdict on a directional derivative, whose error bar need not be small beside the sum."""
        if difference.is_kink or not math.isfinite(difference.slope) or not math.isfinite(claimed):
            return difference.verdict(claimed, slack / abs(claimed) if claimed else 0.0)
        gap = abs(claimed - difference.slope)
        if gap <= PASS_ERRORS * difference.error + slack + MIN_FLOAT:
            self._errors[i] = max(self._errors[i], PASS_ERRORS * difference.error + slack)
            return "pass"
        return "undecided" if gap <= FAIL_ERRORS * difference.error + slack else "fail"

    def resolution(self) -> str:
        """Return the accuracy to which the entries are held, in words; "" if a direction does not hold."""
        [*rows] = range(len(self.derivatives))
        small = sum(map(self._count_small, rows))
        relative = max(
            (2.0 * self._errors[i] / float(self._held(i).min()) for i in rows if self._held(i).size), default=0.0
        )
        text = f"each derivative to {100.0 * max(relative, EPSILON):.1g} % of itself"
        if not small:
            return text
        absolute = max(2.0 * self._errors[i] / scale for i in rows if (scale := float(self._scales[i])))
        ones = "1 small one" if small == 1 else f"{small:,} small ones"
        return f"{text}, except {ones} to {absolute:.1g} of the largest"

    def _held(self, i: int) -> Matrix:
        """Return the contributions of the entries of which an error of 1 % would be found."""
        # The smallest weight is a half.
        moved = np.abs(self.derivatives[i]) * self.moves[i]
        held: Matrix = moved[(moved > 0.0) & (0.5 * FAST_RESOLUTION * moved >= self._errors[i])]
        return held

    def _count_small(self, i: int) -> int:
        return int(np.count_nonzero(self.derivatives[i])) - self._held(i).size

    def _weights(self, number: int) -> Matrix:
        # The stream of `RandomState` is frozen, so a check gives the same result with every version of NumPy.
        random = np.random.RandomState(number)
        weights = random.uniform(-0.5, 0.5, len(self._sizes))
        weights += np.copysign(0.5, weights)
        own: Matrix = weights[self.keys.start : self.keys.stop]
        return own

    def _along(self, steps: Matrix) -> Callable[[float], Results]:
        """Return the outputs as functions of the distance along a direction."""
        known = {} if self.check.here is None else {0.0: self.check.here}
        return _cached(lambda t: self._restriction(self.start + t * steps), known, self.check.errors)

    def _measured_noises(self, sizes: Matrix) -> list[float]:
        """Return the rounding noise of each output, as known or as measured in third differences."""
        height, known = len(self.derivatives), self.check.noises(self.keys)
        if self.check.is_recorded:
            return list(known)
        steps = NOISE_SPACING * self._weights(DIRECTION_COUNT) * sizes
        values = np.full((7, height), math.nan)
        for n, row in enumerate(values):
            # A domain that ends at the point leaves the rounding of the value alone.
            with contextlib.suppress(*NO_VALUE):
                results = self._restriction(self.start + n * steps)
                row[:] = [results[i][0] for i in range(height)]
        noises = 2.0 * np.sqrt(np.square(np.diff(values, 3, axis=0)).mean(axis=0)) / THIRD_DIFFERENCES
        return [float(x) for x in np.fmax.reduce([noises, 2.0 * EPSILON * np.abs(values[0]), known])]


def early_difference(
    value: Callable[[float], Results],
    i: int,
    x: float,
    scale: float,
    claimed: float,
    limit: float,
    slack: float,
    noise: float = 0.0,
    unit: float = 0.0,
) -> Difference | None:
    """Return a numerical derivative from six values if it agrees with the claimed one; None if that takes more.

    A wrong number does not agree with two differences to many digits, so much less work suffices to confirm a number
    than to find it. It passes if the error bar is below `limit`, and if the gap between the one-sided differences
    falls with the step as it does for a smooth function.

    Args:
        value: the results at a point.
        i: the index of the output.
        x: the point.
        scale: the size of x, to which steps are relative.
        claimed: the derivative to confirm.
        limit: the largest error bar, times 8, that is accepted.
        slack: the tolerance in addition to the error bar.
        noise: the absolute rounding noise of the output, if larger than two units in the last place.
        unit: the unit roundoff of the output, if larger than that of a double.
    """
    try:
        here, piece = value(x)[i]
        rounding = 2.0 * max(EPSILON, unit)
        noise = max(noise, rounding * abs(here), smallest_float(unit))
        step = FIRST_STEP * scale
        for halvings in EARLY_HALVINGS:
            fine = step * 2.0**-halvings
            if 4.0 * PASS_ERRORS * noise <= limit * fine:
                break
        else:
            return None
        slopes = []
        finest = step * 2.0**-CONFIRMING_HALVINGS
        for h in (fine * 2.0**COARSER_HALVINGS, -fine * 2.0**COARSER_HALVINGS, fine, -fine, finest):
            there, piece_there = value(x + h)[i]
            if piece_there != piece:
                return None
            # The step as rounded.
            slopes.append((there - here) / (x + h - x))
            noise = max(noise, rounding * abs(there))
    except (*NO_VALUE, TypeError):
        return None
    right, left, right_fine, left_fine, right_finest = slopes
    slope, coarse = 0.5 * (right_fine + left_fine), 0.5 * (right + left)
    # Richardson's extrapolation from both steps leaves much less than a sixteenth of the truncation error.
    correction, noise_fine = (slope - coarse) / (4.0**COARSER_HALVINGS - 1.0), noise / fine
    slope += correction
    noise_finest = noise / finest
    error = abs(correction) / 16.0 + 2.0 * noise_fine
    gap, gap_fine = abs(right - left), abs(right_fine - left_fine) - 4.0 * noise_fine
    gap_finest = abs(right_finest - slope - 0.5 * (right_fine - left_fine) * finest / fine) - 4.0 * noise_finest
    is_smooth = gap_fine <= gap / 8.0 and gap_finest <= abs(correction) + error
    is_close = abs(slope - claimed) <= PASS_ERRORS * error + slack
    # A flat function may be a stair.
    if not (is_smooth and is_close and PASS_ERRORS * error <= limit) or slope == 0.0:
        return None
    return Difference(slope, error, swing=max(abs(right_fine), abs(left_fine)), evaluations=6)


def settle_negligible_entries(
    findings: Sequence[Finding], values: Sequence[float], check: JacobianCheck
) -> list[Finding]:
    """Return the entries of a Jacobian, with a verdict for those that rounding hides and that are small in their row.

    An entry is negligible if its input, moved by its own size, changes the output by less than 10⁻⁹ of the scale of
    the row, or 64 unit roundoffs of a type with fewer digits than a double. The scale is the largest such change by any
    input and, beside other outputs that are resolved, the output's own size: a saturated unit of a layer has a row of
    hidden entries.

    Args:
        findings: the findings, row by row.
        values: the outputs.
        check: the check that they are from.
    """
    sizes = [abs(float(x)) or 1.0 for x in check.jacobian.point]
    n, settled = len(sizes), list(findings)
    if not any(finding.verdict in ("undecided", "fail") for finding in findings):
        return settled
    noises = noises_of_rows(findings, values)
    for j, finding in enumerate(findings):
        if finding.verdict == "fail" and finding.difference.is_flat and noises[j // n]:
            # The output changes by less than the noise of the others, which is its own as well.
            hidden = Difference(math.nan, math.inf, reason=finding.difference.reason)
            settled[j] = replace(finding, difference=hidden, verdict="undecided")
    change = max(MAX_NEGLIGIBLE_CHANGE, min(NEGLIGIBLE_UNITS * check.unit, MAX_NEGLIGIBLE_CHANGE_OF_TYPE))
    is_resolved = [
        any(x.verdict == "pass" and x.engine for x in findings[i * n : i * n + n]) for i in range(len(values))
    ]
    for i, value in enumerate(values):
        row = findings[i * n : i * n + n]
        scale = max(
            (abs(x.engine) * size for x, size in zip(row, sizes, strict=True) if x.verdict == "pass"), default=0.0
        )
        if any(is_resolved[:i] + is_resolved[i + 1 :]):
            scale = max(scale, abs(value))
        for k, (finding, size) in enumerate(zip(settled[i * n : i * n + n], sizes, strict=True)):
            if finding.verdict == "undecided" and not finding.difference.is_kink and scale:
                bounds = partial(check.bounds, i, k, max(noises[i], check.options.noise))
                settled[i * n + k] = settled_in_row(finding, change * scale / size, bounds)
    return settled


def _scale(x: float) -> float:
    """Return the size of an input, to which steps are relative."""
    return max(abs(x), MIN_SCALE) if x else 1.0


def sizes_beside_others(point: Matrix) -> Matrix:
    """Return the size of each input beside the others: an input that happens to be near 0 is larger than its value."""
    sizes: Matrix = np.abs(point)
    usual = float(np.median(sizes)) or float(sizes.max()) or 1.0
    beside: Matrix = sizes.clip(MIN_SCALE * usual)
    return beside


def _count_holding(columns: Sequence[Sequence[Finding]]) -> int:
    return sum(finding.holds for column in columns for finding in column)


def _output(value: Callable[[float], Results], i: int, at: float) -> tuple[float, Hashable]:
    return value(at)[i]


def _cached(
    value: Callable[[float], Results], known: dict[float, Results], errors: list[Exception]
) -> Callable[[float], Results]:
    """Return the function with its results kept: all outputs are differenced with the same steps.

    Args:
        value: the function.
        known: results that are known already.
        errors: takes the errors of points without a value.
    """
    cache: dict[float, Results | Exception] = {**known}

    def cached(at: float) -> Results:
        result = cache.get(at)
        if result is None:
            try:
                result = value(at)
            except NO_VALUE as error:
                # The frames of the traceback would keep this function and its cache alive.
                result = error.with_traceback(None)
                errors.append(result)
            else:
                # The most frequent case: two steps are rarely equal.
                cache[at] = result
                return result
            cache[at] = result
        if isinstance(result, Exception):
            raise result
        return result

    return cached
