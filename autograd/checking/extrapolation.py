"""Differences at halved steps, extrapolated to step 0 (Richardson 1911), with an error bar (after Ridders 1982)."""

from __future__ import annotations

import math
from typing import NamedTuple

from autograd.checking.sampling import Quotient

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
