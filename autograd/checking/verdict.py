"""One number held against another that should be the same: a derivative, a partial, a recorded value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.engine import Value
from autograd.lines import line_of
from autograd.writing import application, name

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


_RANK = {"fail": 3, "undecided": 2, "kink": 1, "pass": 0}
_FACTORS = {
    2.0: "twice what it should be",
    0.5: "half what it should be",
    -1.0: "of the wrong sign",
    -2.0: "twice what it should be, and of the wrong sign",
    -0.5: "half what it should be, and of the wrong sign",
}
DIFFERENCES = "differences"
"""What a number is held against, where nothing else is said."""


@dataclass(frozen=True)
class Finding:
    """A number that is checked, and what it is held against: finite differences, as a rule.

    Attributes:
        engine: the number that is checked: the engine's, or the one that was given.
        difference: what the differences are; or the number that it is held against, and how far that may be off.
        verdict: "pass", "fail", "kink" (not differentiable here, and the number is a valid subgradient), "undecided".
        reason: what there is to say about it, or "".
        node: for what belongs to one node, the node.
        slot: for a partial, the operand that it belongs to.
        position: the place of `node` in the graph, counted from 1.
        label: what the number is called, where it is not a partial or a value.
        source: whose it is: "engine", "given", "rule", "recorded", or the sweep that gave it.
        against: what it is held against.
        second: for a partial of a partial, the operand that the rule is differentiated by.
        hint: what the mistake may be, or "".
    """

    engine: float
    difference: Difference
    verdict: str
    reason: str = ""
    node: Value | None = None
    slot: int | None = None
    position: int = 0
    label: str = ""
    source: str = "engine"
    against: str = DIFFERENCES
    second: int | None = None
    hint: str = ""

    @property
    def name(self) -> str:
        """Which number it is."""
        if self.label or self.node is None or self.node.op is None:
            return self.label
        operands = self.node.operands
        what = application(self.node.op.name, [x.data for x in operands], [x.label for x in operands])
        where = f"(node {self.position}{', ' + name(self.node.label) if self.node.label else ''})"
        if self.slot is None:
            return f"{what} {where}"
        which = f"operand {self.slot}" if self.second is None else f"operands {self.slot} and {self.second}"
        return f"{what}, {which} {where}"

    @property
    def differences(self) -> float:
        """The derivative by differences; nan where there is none."""
        return self.difference.slope

    @property
    def error(self) -> float:
        """How far `differences` may be off."""
        return self.difference.error

    @property
    def holds(self) -> bool:
        """Whether there is nothing wrong with it."""
        return self.verdict in ("pass", "kink")

    @property
    def agreement(self) -> float:
        """To what part of the derivative the two numbers agree, as far as the differences can tell."""
        size = max(abs(self.engine), abs(self.differences)) if self.engine else self.difference.swing
        gap = max(abs(self.engine - self.differences), self.error) if self.engine != self.differences else self.error
        return gap / size if size else 0.0 if self.engine == self.differences else math.inf

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The finding in four texts: which number, whose and what it is, what it is held against, what that tells."""
        return self.name, f"{self.source} {self.engine!r}", self._found(), self.remark()

    @property
    def notes(self) -> list[str]:
        """What else there is to say: the line of code that made the node, where it is known, and a hint."""
        line = "" if self.node is None or self.holds else str(line_of(self.node))
        return [*filter(None, (line, self.hint))]

    def _found(self) -> str:
        if self.against != DIFFERENCES:
            return f"{self.against} {self.differences!r}"
        if self.difference.is_kink:
            return f"slopes {self.difference.left:.12g} and {self.difference.right:.12g} ± {self.error:.1g}"
        if math.isnan(self.differences):
            return "differences none"
        return f"differences {self.differences:.12g} ± {self.error:.1g}"

    def remark(self) -> str:
        """What the two numbers tell, seen side by side."""
        if self.reason:
            return self.reason
        if self.verdict == "pass":
            is_plain = self.difference.swing > 0.0 and math.isfinite(self.engine)
            return f"agree to {self.agreement:.1g}" if is_plain else self.difference.reason
        if self.verdict == "kink":
            beside = "a valid subgradient" if self.difference.reason == "a kink" else "within the slopes beside it"
            return f"not differentiable here ({self.difference.reason}); {self.engine:g} is {beside}"
        if self.verdict == "fail":
            return mistake(self.engine, self.difference)
        return self.difference.reason or "the differences cannot tell: rounding hides how the function changes here"


def mistake(number: float, found: Difference) -> str:
    """How a wrong number is related to the right one."""
    if found.is_kink:
        return f"not between the slopes on the two sides ({found.reason})"
    if not math.isfinite(number) or not math.isfinite(found.slope) or found.slope == 0.0:
        return f"it is {number:g} where it should be {found.slope:g}"
    if number == 0.0:
        return "it is 0 and should not be"
    ratio = number / found.slope
    for factor, words in _FACTORS.items():
        if math.isclose(ratio, factor, rel_tol=1e-6):
            return words
    if math.isclose(number * found.slope, 1.0, rel_tol=1e-6):
        return "the reciprocal of what it should be"
    return f"off by a factor {ratio:.6g}" if abs(ratio - 1.0) > 1e-3 else f"off by {ratio - 1.0:.2g} of itself"


def worst_first(found: Sequence[Finding]) -> list[Finding]:
    """Findings in the order in which they ought to be read."""

    def badness(finding: Finding) -> tuple[int, float]:
        agreement = finding.agreement
        return _RANK[finding.verdict], math.inf if math.isnan(agreement) else agreement

    return sorted(found, key=badness, reverse=True)
