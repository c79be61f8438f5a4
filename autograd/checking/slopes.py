"""The derivatives of functions of several numbers, each claimed to be this, held against differences of the whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import NamedTuple

from autograd.checking.differences import SMALLEST, derivative
from autograd.checking.evaluator import Results
from autograd.checking.findings import Finding
from autograd.checking.quotients import summed
from autograd.checking.verdicts import Difference
from autograd.symbolic import notation
from autograd.symbolic.typesetting import name

ONE_BY_ONE = 200
"""The most arguments that are differenced one by one."""
ENTRIES = 20_000
"""The most derivatives, of all outputs together, that are."""
WORK = 300_000
"""The most operations that may take at each step."""
DIRECTIONS = 3
"""Beyond that, differences are taken in so many directions, each through all arguments."""

Moving = Callable[[Sequence[float]], Results]
"""Numbers for some arguments to the values of all outputs there, and for each a label of its smooth piece."""
Claim = tuple[float, float]
"""A derivative, and by how much it may be off for rounding."""


class Output(NamedTuple):
    """What is differentiated: something that has a name, or its derivative by something that has one."""

    title: str
    by: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return notation.derivative(self.title, self.by) if self.by else name(self.title)

    def derivative(self, label: str) -> str:
        """What its derivative is called.

        >>> Output("C").derivative("x"), Output("C", "x").derivative("y"), Output("C", "x").derivative("x")
        ('∂C/∂x', '∂²C/∂x∂y', '∂²C/∂x²')
        """
        if not self.by:
            return notation.derivative(self.title, label)
        below = f"∂{name(self.by)}²" if label == self.by else f"∂{name(self.by)}∂{name(label)}"
        return f"∂²{name(self.title)}/{below}"


@dataclass(frozen=True)
class Claims:
    """Derivatives of several outputs by several numbers.

    Attributes:
        outputs: what is differentiated.
        labels: what the numbers are called.
        point: the numbers.
        rows: for each output the derivatives by all numbers.
        source: whose they are.
    """

    outputs: Sequence[Output]
    labels: Sequence[str]
    point: Sequence[float]
    rows: Sequence[Sequence[Claim]]
    source: str = "engine"

    def names(self) -> list[str]:
        """What the derivatives are called, row by row."""
        return [output.derivative(label) for output in self.outputs for label in self.labels]


class Placed(NamedTuple):
    """A finding, which output it is of, and which arguments were moved for it."""

    output: int
    keys: Sequence[int]
    finding: Finding


class Slopes:
    """The derivatives that are claimed, and the functions that they are claimed of.

    Args:
        claims: the derivatives.
        moving: for the places of some arguments, the outputs as functions of these alone.
        noises: for the places of some arguments, the rounding error of each output.
        size: what one evaluation costs, in operations.
        here: the outputs at the point itself, if they are at hand and labelled alike whatever is moved.
    """

    def __init__(
        self,
        claims: Claims,
        moving: Callable[[Sequence[int]], Moving],
        noises: Callable[[Sequence[int]], Sequence[float]] | None = None,
        size: int = 1,
        here: Results | None = None,
    ) -> None:
        self.claims, self.moving, self.here = claims, moving, here
        self.noises = noises or (lambda keys: [0.0] * len(claims.outputs))
        count = len(claims.point)
        entries = count * len(claims.outputs)
        self.is_one_by_one = count <= ONE_BY_ONE and count * size <= WORK and entries <= ENTRIES
        self.note = "" if self.is_one_by_one else f"{DIRECTIONS} directions through {count:,} leaves"

    def findings(self, rtol: float) -> list[Placed]:
        """Each derivative, or the derivatives along some directions, against differences: output by output."""
        everything, outputs = range(len(self.claims.point)), range(len(self.claims.outputs))
        if self.is_one_by_one:
            columns = [self._column(k, outputs, rtol) for k in everything]
            return [Placed(i, [k], columns[k][i]) for i in outputs for k in everything]
        sense = Random(0)
        directions = [[sense.choice((-1.0, 1.0)) for _ in everything] for _ in range(DIRECTIONS)]
        columns = [self._along(everything, senses, outputs, rtol) for senses in directions]
        found = []
        for i in outputs:
            along = [replace(column[i], label=self._direction(i, n)) for n, column in enumerate(columns, 1)]
            found += [Placed(i, everything, finding) for finding in along]
            failing = [n for n, finding in enumerate(along) if finding.verdict == "fail"]
            if failing:
                found += self._culprits(i, directions[failing[0]], rtol)
        return found

    def _direction(self, i: int, number: int) -> str:
        where = f"direction {number} of {DIRECTIONS} through all {len(self.claims.point):,} leaves"
        output = self.claims.outputs[i]
        return where if len(self.claims.outputs) == 1 else f"{output.name} along {where}"

    def _culprits(self, i: int, senses: Sequence[float], rtol: float) -> Iterator[Placed]:
        """Some of the arguments for which a direction fails, found by halving it."""
        count, stack = 0, [list(range(len(senses)))]
        while stack and count < DIRECTIONS:
            keys = stack.pop()
            half = len(keys) // 2
            for part in filter(None, (keys[half:], keys[:half])):
                if len(part) == 1:
                    [found] = self._column(part[0], [i], rtol)
                    if found.verdict == "fail":
                        count += 1
                        yield Placed(i, part, found)
                elif self._along(part, [senses[k] for k in part], [i], rtol)[0].verdict == "fail":
                    stack.append(part)

    def _column(self, k: int, outputs: Sequence[int], rtol: float) -> list[Finding]:
        """The derivatives of some outputs by one argument."""
        x = self.claims.point[k]
        known: dict[tuple[float, ...], Results] = {} if self.here is None else {(x,): self.here}
        value, noises = _remembered(self.moving([k]), known), self.noises([k])

        def line(i: int, at: float) -> tuple[float, Hashable]:
            return value([at])[i]

        found = []
        for i in outputs:
            claim = self.claims.rows[i][k]
            difference = derivative(partial(line, i), x, noise=noises[i], expected=claim[0])
            label = self.claims.outputs[i].derivative(self.claims.labels[k])
            found.append(self._finding(claim, difference, rtol, label))
        return found

    def _along(
        self, keys: Sequence[int], senses: Sequence[float], outputs: Sequence[int], rtol: float
    ) -> list[Finding]:
        """The derivatives of some outputs along one direction, each argument moved by a part of its size."""
        start = [self.claims.point[k] for k in keys]
        steps = [sense * max(abs(x), SMALLEST) for sense, x in zip(senses, start, strict=True)]
        value, noises = _remembered(self.moving(keys), {}), self.noises(keys)

        def line(i: int, t: float) -> tuple[float, Hashable]:
            return value([x + step * t for x, step in zip(start, steps, strict=True)])[i]

        found = []
        for i in outputs:
            row = self.claims.rows[i]
            slope = summed(row[k][0] * step for k, step in zip(keys, steps, strict=True))
            rounding = summed(row[k][1] * abs(step) for k, step in zip(keys, steps, strict=True))
            difference = derivative(partial(line, i), 0.0, scale=1.0, noise=noises[i])
            found.append(self._finding((slope, rounding), difference, rtol, ""))
        return found

    def _finding(self, claim: Claim, found: Difference, rtol: float, label: str) -> Finding:
        claimed, rounding = claim
        if math.isfinite(rounding):
            found = replace(found, error=found.error + rounding)
        return Finding(claimed, found, found.verdict(claimed, rtol), label=label, source=self.claims.source)


def _remembered(value: Moving, at_hand: dict[tuple[float, ...], Results]) -> Moving:
    """The same function, evaluated once at each point: all outputs are differenced by the same steps."""
    known: dict[tuple[float, ...], Results | Exception] = {**at_hand}

    def remembered(numbers: Sequence[float]) -> Results:
        key = tuple(numbers)
        found = known.get(key)
        if found is None:
            try:
                found = value(numbers)
            except (ArithmeticError, ValueError) as error:
                found = error.with_traceback(None)  # whose frames would hold on to this function
            known[key] = found
        if isinstance(found, Exception):
            raise found
        return found

    return remembered
