"""Richardson extrapolation of finite differences to step 0, with an error bar for each entry of the tableau."""

from __future__ import annotations

import math
from typing import NamedTuple

from autograd.checking.sampling import FiniteDifference

# Columns of the extrapolation tableau.
MAX_COLUMNS = 8


class Estimate(NamedTuple):
    """A derivative, its error bar, and the finite difference with the smallest step that contributed to it."""

    slope: float
    error: float
    row: FiniteDifference

    def widened(self, noise: float) -> Estimate:
        """Return the estimate with the error bar for additional noise of each value of the function."""
        return Estimate(self.slope, self.error + 2.0 * noise / self.row.step, self.row)

    def agrees(self, finer: FiniteDifference, noise: float = 0.0) -> bool:
        """Return True if a difference with a smaller step is consistent with this estimate."""
        # Truncation error is at least linear in the step.
        truncation = abs(self.row.slope - self.slope) * (finer.step / self.row.step)
        slack = 4.0 * self.error + 2.0 * (truncation + finer.noise + noise / finer.step)
        return abs(finer.slope - self.slope) <= slack


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
                spread = max(abs(entries[j] - entries[j - 1]), abs(entries[j] - self._last[j - 1]))
                estimate = Estimate(entries[j], spread + 2.0 * row.noise, row)
                self._entries.append(estimate)
                if estimate.error <= self._best.error:
                    self._best = estimate
            self._last = entries
        self._row_count = len(self.rows)
        return self._best

    def settled(self, noise: float = 0.0) -> Estimate:
        """Return the best entry that no row with a smaller step contradicts.

        Args:
            noise: additional noise of each value of the function.
        """
        widened = [entry.widened(noise) for entry in self._entries] if self.best is not NO_ESTIMATE else []
        for entry in sorted(widened, key=lambda entry: entry.error):
            if all(entry.agrees(row, noise) for row in self.rows if row.step < entry.row.step):
                return entry
        return NO_ESTIMATE

    def extended(self, row: FiniteDifference | None) -> Tableau:
        """Return the tableau with one more row; an empty tableau if the row is None."""
        if row is None:
            return Tableau(self.ratio) if self.rows else self
        self.rows.append(row)
        return self
