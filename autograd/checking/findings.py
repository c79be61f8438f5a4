"""One number held against another that should be the same: a derivative, a partial, a recorded value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.checking.verdicts import Difference
from autograd.locations import line_of
from autograd.symbolic.typesetting import application, name
from autograd.value import Value

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
