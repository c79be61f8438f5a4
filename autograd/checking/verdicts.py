"""A derivative found by differences, and what that says of a number that is claimed to be the derivative."""

from __future__ import annotations

import math
from dataclasses import dataclass

RESOLUTION = 1e-5
"""The relative error above which differences settle nothing."""

TINY = 2.0**-1074
"""The least number above 0: what underflows is off by that much."""
HUGE = 1e300
"""An error above which an infinite derivative may be one that is too large for a float."""


@dataclass(frozen=True)
class Difference:
    """A derivative found by differences.

    Attributes:
        slope: the derivative; nan where the differences give none, ±inf where they grow without bound.
        error: how far it may be off.
        left: the slope on the left, where the function has a kink; else nan.
        right: the slope on the right, likewise.
        swing: the size of the differences on either side of the point, which may cancel in the slope.
        evaluations: how often the function was called.
        reason: what is unusual here, or "".
    """

    slope: float
    error: float
    left: float = math.nan
    right: float = math.nan
    swing: float = 0.0
    evaluations: int = 0
    reason: str = ""

    @property
    def is_kink(self) -> bool:
        """Whether there are two slopes, one on each side."""
        return not math.isnan(self.left)

    @property
    def jumps(self) -> bool:
        """Whether the function jumps or is infinitely steep, so that no number lies between the slopes beside it."""
        return self.reason in ("a jump", "a cusp") or math.isinf(self.slope)

    @property
    def is_resolved(self) -> bool:
        """Whether the error is small beside the slope, or the slope is 0 and the error small beside the swing."""
        size = abs(self.slope) if abs(self.slope) > self.error else self.swing
        return size > 0.0 and 8.0 * self.error <= RESOLUTION * size

    @property
    def is_clean(self) -> bool:
        """Whether it is one finite slope, and resolved."""
        return math.isfinite(self.slope) and self.is_resolved

    @property
    def is_flat(self) -> bool:
        """Whether the function does not change at all, as far as one can see: it may be saturated."""
        return self.slope == 0.0 and self.swing == 0.0

    def verdict(self, claimed: float, rtol: float = 1e-7) -> str:
        """What the differences say of a number that is claimed to be the derivative.

        "pass": it lies within the error bar, and that is narrow, at most 10⁻⁵ of the derivative.  "fail": it lies
        well outside.  "kink": there are two slopes, and it is one of them or lies between.  "undecided": the
        differences cannot tell.  There is no absolute tolerance but that of the least float above 0, and a claimed 0 is
        held against `swing`.

        >>> found = Difference(2.0, 1e-9, swing=2.0)
        >>> found.verdict(2.0), found.verdict(2.1), Difference(math.nan, 1e-9, left=-1.0, right=1.0).verdict(0.5)
        ('pass', 'fail', 'kink')
        """
        if self.is_kink:
            low, high = sorted((self.left, self.right))
            slack = 8.0 * self.error + rtol * max(x for x in (abs(low), abs(high), 0.0) if x < math.inf)
            return "kink" if low - slack <= claimed <= high + slack else "fail"
        if math.isnan(self.slope) or (math.isinf(self.slope) and self.error > 0.0):
            return "undecided"
        if claimed == self.slope and (self.swing == 0.0 or math.isinf(claimed)):
            return "pass"
        if math.isinf(self.slope):
            # A pole within the last step looks the same; the slope there is about the steepest that was seen.
            steep = claimed * math.copysign(1.0, self.slope)
            return "undecided" if 0.5 * self.swing <= steep <= 8.0 * self.swing < math.inf else "fail"
        if not math.isfinite(claimed):
            return "fail" if self.error < HUGE else "undecided"
        gap, size = abs(claimed - self.slope), max(abs(claimed), abs(self.slope))
        if gap <= 8.0 * self.error + rtol * size + TINY:
            return "pass" if 8.0 * self.error <= RESOLUTION * (size if claimed else self.swing) else "undecided"
        return "undecided" if gap <= 20.0 * self.error else "fail"
