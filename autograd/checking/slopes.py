"""The derivatives of a function of several numbers, each claimed to be this, held against differences of the whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from random import Random

from autograd import notation
from autograd.checking.differences import SMALLEST, Difference, derivative
from autograd.checking.findings import Finding

ONE_BY_ONE = 200
"""The most arguments that are differenced one by one."""
WORK = 300_000
"""The most operations that may take at each step."""
DIRECTIONS = 3
"""Beyond that, differences are taken in so many directions, each through all arguments."""

Moving = Callable[[Sequence[float]], tuple[float, Hashable]]
"""Numbers for some arguments to the value there and a label of the smooth piece."""


class Slopes:
    """The derivatives of a function of numbers, each claimed to be this.

    Args:
        title: what the function is called.
        labels: what its arguments are called.
        point: the arguments.
        claimed: the derivative by each, and by how much it may be off for rounding.
        moving: for the places of some arguments, the function of these alone and its rounding error.
        size: what one value of the function costs, in operations.
    """

    def __init__(
        self,
        title: str,
        labels: Sequence[str],
        point: Sequence[float],
        claimed: Sequence[tuple[float, float]],
        moving: Callable[[Sequence[int]], tuple[Moving, float]],
        size: int = 1,
    ) -> None:
        self.title, self.labels, self.point, self.claimed, self.moving = title, labels, point, claimed, moving
        self.is_one_by_one = len(point) <= ONE_BY_ONE and len(point) * size <= WORK
        self.note = "" if self.is_one_by_one else f"{DIRECTIONS} directions through {len(point):,} leaves"

    def findings(self, rtol: float) -> list[Finding]:
        """Each derivative, or the derivatives along some directions, against differences."""
        everything = range(len(self.point))
        if self.is_one_by_one:
            return [self._by_one(k, rtol) for k in everything]
        sense = Random(0)
        found = []
        for i in range(1, DIRECTIONS + 1):
            senses = [sense.choice((-1.0, 1.0)) for _ in everything]
            label = f"direction {i} of {DIRECTIONS} through all {len(self.point):,} leaves"
            found.append(self._along(everything, senses, rtol, label))
            if found[-1].verdict == "fail":
                return found + self._culprits(senses, rtol)
        return found

    def _culprits(self, senses: Sequence[float], rtol: float) -> list[Finding]:
        """Some of the arguments for which a direction fails, found by halving it."""
        culprits: list[Finding] = []
        stack: list[Sequence[int]] = [range(len(self.point))]
        while stack and len(culprits) < DIRECTIONS:
            keys = stack.pop()
            half = len(keys) // 2
            for part in (keys[half:], keys[:half]):
                if len(part) == 1:
                    culprits += [x for x in [self._by_one(part[0], rtol)] if x.verdict == "fail"]
                elif self._along(part, [senses[k] for k in part], rtol, "").verdict == "fail":
                    stack.append(part)
        return culprits

    def _by_one(self, k: int, rtol: float) -> Finding:
        value, noise = self.moving([k])
        claimed, rounding = self.claimed[k]
        found = derivative(lambda x: value([x]), self.point[k], noise=noise)
        return _finding(claimed, rounding, found, rtol, notation.derivative(self.title, self.labels[k]))

    def _along(self, keys: Sequence[int], senses: Sequence[float], rtol: float, label: str) -> Finding:
        value, noise = self.moving(keys)
        start = [self.point[k] for k in keys]
        steps = [sense * max(abs(x), SMALLEST) for sense, x in zip(senses, start, strict=True)]

        def line(t: float) -> tuple[float, Hashable]:
            return value([x + step * t for x, step in zip(start, steps, strict=True)])

        claimed = math.fsum(self.claimed[k][0] * step for k, step in zip(keys, steps, strict=True))
        rounding = math.fsum(self.claimed[k][1] * abs(step) for k, step in zip(keys, steps, strict=True))
        return _finding(claimed, rounding, derivative(line, 0.0, scale=1.0, noise=noise), rtol, label)


def _finding(claimed: float, rounding: float, found: Difference, rtol: float, label: str) -> Finding:
    if math.isfinite(rounding):
        found = replace(found, error=found.error + rounding)
    return Finding(claimed, found, found.verdict(claimed, rtol), label=label)
