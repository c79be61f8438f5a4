"""Numeric derivatives of float functions, with an error bar and without a step to choose.

No single step serves: too large and the curve shows, too small and rounding does, and where the two cross depends
on the function.  So steps are halved from about an eighth of the point's size and the differences extrapolated.
What coarse steps agree on must be confirmed by much finer ones, else a function that oscillates could be taken for
one that does not.

A function may say on which smooth piece it was evaluated.  Steps that leave the piece of the point are not used;
where every step leaves it the point is a kink, and the slopes on its two sides are found instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from autograd.checking.sampling import EPSILON, Neighbourhood, Quotient, Rung
from autograd.checking.verdict import RESOLUTION, TINY, Difference

ORDER = 8
"""The most columns of a tableau."""


class Estimate(NamedTuple):
    """A derivative, how far it may be off, and the finest row that it was made of."""

    slope: float
    error: float
    row: Quotient

    def widened(self, noise: float) -> Estimate:
        """The same, if the values of the function are off by `noise` more than was thought."""
        return Estimate(self.slope, self.error + 2.0 * noise / self.row.step, self.row)

    def agrees(self, finer: Quotient, noise: float = 0.0) -> bool:
        """Whether the quotient at a finer step is as this lets one expect."""
        curving = abs(self.row.slope - self.slope) * (finer.step / self.row.step)
        slack = 4.0 * self.error + 2.0 * (curving + finer.noise + noise / finer.step)
        return abs(finer.slope - self.slope) <= slack


NONE = Estimate(math.nan, math.inf, Quotient(math.nan, math.nan, 0.0, 0.0))


class Tableau:
    """Richardson's tableau, for an error that is a series in powers of ratio^−row.

    Quotients of steps each half of the one before are added at will and worked out when something is asked for.

    >>> square = Tableau(2.0)
    >>> square.rows += [Quotient(h, ((1 + h) ** 2 - 1) / h, 0.0, 2 + h) for h in (0.4, 0.2, 0.1)]
    >>> round(square.best.slope, 12)
    2.0
    """

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.rows: list[Quotient] = []
        self._entries: list[Estimate] = []
        self._best = NONE
        self._last: list[float] = []
        self._done = 0

    @property
    def best(self) -> Estimate:
        """The entry that agrees best with its two neighbours, those of one order less; three rows at least."""
        for row in self.rows[self._done :]:
            line, factor = [row.slope], 1.0
            for above in self._last[: ORDER - 1]:
                factor *= self.ratio
                line.append(line[-1] + (line[-1] - above) / (factor - 1.0))
            for j in range(2, len(line)):
                spread = max(abs(line[j] - line[j - 1]), abs(line[j] - self._last[j - 1]))
                entry = Estimate(line[j], spread + 2.0 * row.noise, row)
                self._entries.append(entry)
                if entry.error <= self._best.error:
                    self._best = entry
            self._last = line
        self._done = len(self.rows)
        return self._best

    def settled(self, noise: float = 0.0) -> Estimate:
        """The best entry that no finer row contradicts, if values of the function are off by `noise` more."""
        widened = [entry.widened(noise) for entry in self._entries] if self.best is not NONE else []
        for entry in sorted(widened, key=lambda entry: entry.error):
            if all(entry.agrees(row, noise) for row in self.rows if row.step < entry.row.step):
                return entry
        return NONE

    def extended(self, row: Quotient | None) -> Tableau:
        """This with one more row; an empty one where the row could not be had."""
        if row is None:
            return Tableau(self.ratio) if self.rows else self
        self.rows.append(row)
        return self


STEP = 0.11
"""The first step, as a part of the scale: not a round number, lest a period of the function be a multiple of it."""
SMALLEST = 2.0**-10
"""Points nearer to 0 than this are stepped from as if they were this far."""
DEPTH = 32
"""Rungs of the ladder: at the last one rounding leaves five digits of a well-conditioned derivative."""
LARGE = 2.0**40
"""Points greater than this have steps that are all greater than the period of a sine."""
NEXT = 2.0**-50
"""A step to one of the next floats, as a part of the point."""
RISES = (3, 8, 20, 40, 64)
"""How many rungs higher to begin anew while rounding hides how the function changes."""
TARGET = 1e-9
"""The relative error at which the ladder is left."""


def derivative(
    f: Callable[[float], Any], x: float, *, scale: float = 0.0, noise: float = 0.0, expected: float = 0.0
) -> Difference:
    """The derivative of `f` at `x`, from about fifteen values of `f` where it is smooth.

    Where `f` raises ArithmeticError or ValueError, or is not finite, the step is not used; at the edge of a domain
    steps are taken on one side only.

    Args:
        f: gives the value, or a tuple of the value and a label of the smooth piece that the point lies on.
        x: the point.
        scale: what to take for the size of x; by default |x| but at least 2⁻¹⁰, and 1 at 0.
        noise: the absolute rounding error of `f` near x, if known to exceed two units in the last place.
        expected: the slope that is claimed, which at 0 tells how far to step if 1 is too far; 0 if there is none.

    >>> found = derivative(math.exp, 1.0)
    >>> abs(found.slope - math.e) <= found.error < 1e-8
    True
    >>> found = derivative(abs, 0.0)
    >>> found.left, found.right, found.reason
    (-1.0, 1.0, 'a kink')
    """
    ladder = _Ladder(Neighbourhood(f, x, scale or (max(abs(x), SMALLEST) if x else 1.0), noise))
    found = ladder.climb()
    if abs(x) >= LARGE and ladder.is_wild(found):
        reason = "the function changes from one float to the next"
        return Difference(math.nan, math.inf, evaluations=found.evaluations + 2, reason=reason)
    size = abs(x) or (abs(ladder.around.value / expected) if expected else 0.0)
    if scale or not 0.0 < size < SMALLEST or found.is_clean:
        return found
    # The steps were great beside x, which may be what counts: once more with steps of the size of x.
    nearer = _Ladder(Neighbourhood(f, x, size, noise)).climb()
    is_steep = found.is_kink and not nearer.is_kink  # what looked like a jump from afar
    best = nearer if nearer.is_clean or found.swing == 0.0 or is_steep else found
    return replace(best, evaluations=found.evaluations + nearer.evaluations)


class _Ladder:
    """The differences taken around one point, from great steps to small ones."""

    def __init__(self, around: Neighbourhood) -> None:
        self.around = around
        self.is_split = self.is_risen = False
        self.finer: list[Quotient] = []
        self.refuted: list[float] = []
        self.coarse_slope = 0.0
        self._begin()

    def climb(self) -> Difference:
        """Begin at the usual step, and higher up as long as rounding hides how the function changes."""
        if not self.around.is_finite:
            return self._found(NONE, "the function is not finite here")
        best = self._descend(0, DEPTH)
        if self.around.is_kink:
            return self._two_slopes()
        self.coarse_slope = max(self.refuted, key=abs, default=0.0)
        size = 0.0
        for rise in RISES:
            if not _is_hidden(best) or self._found(best).is_resolved:
                break
            self._rung(-rise)
            size = size or self.around.greatest
            if self.around.has_moved:
                coarser = self._descend(-rise, 10)
                if not coarser.error < best.error or self._steepens_nearer(coarser):
                    break
                if coarser.row.swing > 16.0 * coarser.row.noise:
                    best = coarser
        if self._found(best).is_resolved:
            return self._found(best)
        if best is not NONE and best.row.swing == 0.0:
            # Flat as far as one can see, as a saturated function is: its rounding is that of its greater values.
            hidden = (8.0 * EPSILON * size + TINY) / best.row.step if size or not self.around.has_gaps else math.inf
            reason = "the function does not change nearby"
            if self.coarse_slope:  # on which usual steps agreed, so it is flat only between steps of its rounding
                reason = "the function changes in steps, as in single precision"
            return self._found(best._replace(slope=0.0, error=best.error + hidden), reason)
        if self.around.noise > best.row.step * best.row.swing:
            return self._found(NONE, "rounding hides how the function changes")
        return self._vertical(best)

    def is_wild(self, found: Difference) -> bool:
        """Whether the function changes from one float to the next as the slope that was found does not say.

        The sine does, where floats are further apart than its period, and then coarse steps may agree on anything.
        """
        rung = self.around.rung(NEXT * abs(self.around.x))
        sides = ((rung.right, found.right), (rung.left, found.left)) if found.is_kink else ((rung.first, found.slope),)
        return any(
            abs(near.slope - slope) > 64.0 * (near.noise + found.error) + abs(slope)
            for near, slope in sides
            if near is not None and math.isfinite(slope)
        )

    def _steepens_nearer(self, found: Estimate) -> bool:
        """Whether a slope of 0 is only that of two sides, far off, that have not begun to level out."""
        finer = self.around.rung(0.25 * found.row.step).first
        is_zero = abs(found.slope) <= found.error and found.row.swing > 0.0
        return is_zero and finer is not None and finer.swing > found.row.swing + finer.noise

    def _begin(self) -> None:
        self.central, self.right, self.left = Tableau(4.0), Tableau(2.0), Tableau(2.0)

    def _rung(self, halvings: float) -> Rung:
        return self.around.rung(STEP * self.around.scale * 2.0**-halvings)

    def _descend(self, top: int, depth: int) -> Estimate:
        """Halve the step, from rung `top` on, until the extrapolation is good enough and much finer steps agree."""
        self._begin()
        self.is_risen = top < 0  # one side alone may be flat there only because it is far off
        for halvings in range(top, top + depth):
            rung = self._rung(halvings)
            self.central = self.central.extended(rung.central)
            self.right, self.left = self.right.extended(rung.right), self.left.extended(rung.left)
            found = self._best()
            is_zero = abs(found.slope) <= found.error <= TARGET * found.row.swing
            if found.error <= max(TARGET * abs(found.slope), 6.0 * found.row.noise) or is_zero:
                confirmed = found if self.around.is_kink else self._confirmed(found, rung)
                if confirmed is not NONE:
                    self.finer += self._fullest().rows
                    return confirmed
                self._begin()
        noise = self._noise()
        tables = (self.central,) if self.central.rows or self.is_risen else (self.right, self.left)
        found = min((table.settled(noise) for table in tables), key=lambda entry: entry.error)
        confirmed = NONE if found is NONE else self._confirmed(found, rung)
        self.finer += self._fullest().rows
        return confirmed

    def _noise(self) -> float:
        """The noise of the function, measured, if it is below what the function does over the steps so far."""
        return self.around.measured_noise(max((row.step * row.swing for row in self._fullest().rows), default=0.0))

    def _fullest(self) -> Tableau:
        return max(self.central, self.right, self.left, key=lambda table: len(table.rows))

    def _best(self) -> Estimate:
        if self.around.is_kink:
            return max(self.right.best, self.left.best, key=lambda entry: entry.error)
        if self._fullest() is self.central or self.is_risen:
            return self.central.best
        return min(self.central.best, self.right.best, self.left.best, key=lambda entry: entry.error)

    def _confirmed(self, found: Estimate, rung: Rung) -> Estimate:
        """`found` if much finer quotients agree, wider if they show more noise than was thought; else none."""
        coarse, fine = (self.around.rung(found.row.step * 2.0**-halvings) for halvings in (6, 13))
        rows = [row for row in (coarse.first, fine.first, *self.finer) if row]
        noise = 0.0
        if not all(found.agrees(row) for row in rows) or _splits(rung, coarse, fine, noise):
            noise = self._noise()
            found = found.widened(noise)
        self.is_split = _splits(rung, coarse, fine, noise)
        if self.is_split:
            # A kink that the function did not tell of, if the slopes differ as much nearer still.
            nearest, split = self.around.rung(found.row.step * 2.0**-20).split(noise), fine.split(noise)
            self.around.is_kink = not self.is_risen and 0.5 * split < nearest < 2.0 * split
        if self.around.is_kink:
            return found
        agrees = all(found.agrees(row, noise) for row in rows)
        if not agrees and found.error <= RESOLUTION * abs(found.slope):
            self.refuted.append(found.slope)
        return found if agrees and not self.is_split else NONE

    def _two_slopes(self) -> Difference:
        right, left = self.right.settled(), self.left.settled()
        error, gap = max(right.error, left.error), abs(right.slope - left.slope)
        size = max(abs(right.slope), abs(left.slope))
        if not self.around.jumps and gap <= 8.0 * error + 1e-7 * size:
            return self._sound(Estimate(0.5 * (right.slope + left.slope), error + 0.5 * gap, right.row))
        if not (self.around.jumps or error <= 0.02 * max(size, gap)):
            return self._sound(NONE)
        reason = "a jump" if self.around.jumps else "a kink"
        return Difference(math.nan, error, left.slope, right.slope, size, self.around.evaluations, reason)

    def _vertical(self, best: Estimate) -> Difference:
        """Look whether the slope grows without bound towards the point, as that of √x does at 0."""
        if any(self.around.goes_on(side) for side in (+1, -1)):
            return self._sound(best)  # towards a pole further on
        limits, steepest = [], best.row
        for side in (+1, -1):
            rows = [self.around.quotient(side, self.around.scale * 2.0**-halvings) for halvings in range(4, 53, 2)]
            clear = [row for row in rows if row is not None and row.swing > 32.0 * row.noise]
            if len(clear) == len(rows) and all(_steepens(a, b) for a, b in pairwise(clear)):
                limits.append(math.copysign(math.inf, clear[-1].slope))
                steepest = clear[-1]
            elif self.around.is_open(side):
                limits.append(math.nan)
        if not limits or any(map(math.isnan, limits)):
            return self._sound(best)
        if len(set(limits)) == 2:
            return Difference(math.nan, 0.0, limits[1], limits[0], math.inf, self.around.evaluations, "a cusp")
        return self._found(Estimate(limits[0], 0.0, steepest), "the slope grows without bound")

    def _sound(self, best: Estimate) -> Difference:
        """What was found, unless its error is neither rounding nor small, and so may itself be a coincidence."""
        greatest = max((row.swing for row in self._fullest().rows), default=0.0)
        if _is_hidden(best) or best.error <= max(0.02 * abs(best.slope), RESOLUTION * greatest):
            return self._found(best)
        is_isolated = not self.around.is_open(+1) and not self.around.is_open(-1)
        return self._found(NONE, "there are no values beside it" if is_isolated else "the differences do not converge")

    def _found(self, best: Estimate, reason: str = "") -> Difference:
        # Where coarse steps agree on one slope and fine ones on another, the function has stairs or ripples.
        error = max([best.error, *(abs(slope - best.slope) for slope in self.refuted)])
        swing = best.row.swing or abs(self.coarse_slope)
        return Difference(best.slope, error, swing=swing, evaluations=self.around.evaluations, reason=reason)


def _is_hidden(found: Estimate) -> bool:
    """Whether rounding is all that limits the estimate."""
    return found.error <= 16.0 * found.row.noise or (found.row.swing == 0.0 and found is not NONE)


def _splits(rung: Rung, coarse: Rung, fine: Rung, noise: float) -> bool:
    """Whether the two sides differ by more at fine steps than those of a smooth function can."""
    return fine.split(noise) > max(rung.split(noise), coarse.split(noise)) / 8.0


def _steepens(coarse: Quotient, fine: Quotient) -> bool:
    """Whether the quotient grows as the step falls, while the difference itself goes to 0."""
    growth = fine.slope / coarse.slope
    return 1.02 < growth < 0.98 * coarse.step / fine.step
