"""Verdicts on derivatives: a finite difference, the number compared with it, and what the comparison says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import overload

from autograd.locations import line_of
from autograd.symbolic.typesetting import application, name
from autograd.value import Value

# A finite difference with a larger relative error decides nothing.
MAX_RELATIVE_ERROR = 1e-5
# The same for a function whose values are rounded to fewer digits than a double has, or have other noise.
MAX_RELATIVE_ERROR_OF_NOISY = 2e-2
# The smallest float above 0: a value that underflows may be off by as much.
MIN_FLOAT = 2.0**-1074
# By unit roundoff, the absolute rounding error of the smallest numbers of these types. Libraries may round numbers
# below 2⁻¹²⁶ to 0, which single precision could tell apart.
_SMALLEST_OF_TYPE = {2.0**-8: 2.0**-126, 2.0**-11: 2.0**-24, 2.0**-24: 2.0**-126}
# With an absolute error below this, a finite difference rules out an infinite derivative. With a larger one the
# derivative may have overflowed.
MAX_ERROR_AGAINST_INFINITY = 1e300
# The error is itself an estimate, so a pass allows 8 times it and a failure needs 20 times. Between the two the
# verdict is "undecided".
PASS_ERRORS = 8.0
FAIL_ERRORS = 20.0

# The order in which findings are read, worst first.
_SEVERITY = {"fail": 3, "undecided": 2, "kink": 1, "pass": 0}
# Ratios of a wrong derivative to the right one, from common slips.
_FACTORS = {
    2.0: "twice what it should be",
    0.5: "half what it should be",
    -1.0: "of the wrong sign",
    -2.0: "twice what it should be, and of the wrong sign",
    -0.5: "half what it should be, and of the wrong sign",
}
_RECIPROCAL = "the reciprocal of what it should be"
# Descriptions of a mistake that two numbers may fit by chance.
NAMED_RATIOS = frozenset({*_FACTORS.values(), _RECIPROCAL})
# A ratio that agrees with one of these to six digits is named.
FACTOR_RTOL = 1e-6
# The reason of a difference whose one-sided slopes are infinite, as of √|x| at 0.
CUSP = "a cusp"
# The reasons of a difference where there is no value at the point, or none at any other point.
NOT_FINITE = "the function is not finite here"
NO_VALUES_BESIDE = "there are no values beside it"
# What helps where noise hides a derivative.
MORE_PRECISION = "try another point, or compute f more precisely"
# The default of `Finding.against`.
DIFFERENCES = "differences"
# The number of a product with a vector as a combination of other products.
LINEARITY = "by linearity"


def smallest_float(unit: float) -> float:
    """Return the absolute rounding error of the smallest numbers of a type, given its unit roundoff or 0 for a double.

    >>> smallest_float(0.0) == 2.0**-1074, smallest_float(2.0**-24) == 2.0**-126
    (True, True)
    """
    return _SMALLEST_OF_TYPE.get(unit, MIN_FLOAT)


@dataclass(frozen=True)
class Difference:
    """A numerical derivative with an error bar.

    Attributes:
        slope: the derivative; nan if the finite differences give none, ±inf if they grow without bound.
        error: the absolute error bar of `slope`.
        left: the one-sided derivative on the left of a kink; nan elsewhere.
        right: the one-sided derivative on the right of a kink; nan elsewhere.
        swing: the size of the one-sided differences, which may cancel in `slope`.
        evaluations: the number of calls of the function.
        reason: why the derivative is unusual, or "".
        noise: the noise of the function's values if it exceeds rounding in double precision; else 0.
        precision: the origin of that noise in words, or "".
    """

    slope: float
    error: float
    left: float = math.nan
    right: float = math.nan
    swing: float = 0.0
    evaluations: int = 0
    reason: str = ""
    noise: float = 0.0
    precision: str = ""

    @property
    def max_relative_error(self) -> float:
        """The relative error, in error bars that a pass allows, with which the derivative decides something."""
        return MAX_RELATIVE_ERROR_OF_NOISY if self.noise else MAX_RELATIVE_ERROR

    @property
    def size(self) -> float:
        """The size of the slope or, for a slope of 0, of the swing."""
        return abs(self.slope) if abs(self.slope) > self.error else self.swing

    @property
    def resolution(self) -> float:
        """The relative error of a derivative from which on the verdict is "fail"; nan if it is not known.

        >>> f"{Difference(2.0, 1e-4, swing=2.0).resolution:.1g}"
        '0.001'
        """
        size = max(abs(self.left), abs(self.right)) if self.is_kink else self.size
        return FAIL_ERRORS * self.error / size if 0.0 < size < math.inf else math.nan

    @property
    def scope(self) -> str:
        """The noise of the function and the relative error above which a derivative fails, in words."""
        return f"{self.precision}; checked to {self.resolution:.1g}"

    @property
    def is_kink(self) -> bool:
        """True if the one-sided derivatives differ."""
        return not math.isnan(self.left)

    @property
    def jumps(self) -> bool:
        """True at a jump, a cusp or an infinite slope, where no subgradient exists."""
        return self.reason in ("a jump", CUSP) or math.isinf(self.slope)

    @property
    def is_resolved(self) -> bool:
        """True if the error is small beside the slope or, for a slope of 0, beside the swing."""
        return self.size > 0.0 and PASS_ERRORS * self.error <= self.max_relative_error * self.size

    @property
    def is_clean(self) -> bool:
        """True if there is a single, finite and resolved slope."""
        return math.isfinite(self.slope) and self.is_resolved

    @property
    def is_flat(self) -> bool:
        """True if no sampled value differs, as for a saturated function."""
        return self.slope == 0.0 and self.swing == 0.0

    def verdict(self, claimed: float, rtol: float = 1e-7) -> str:
        """Return the verdict on a number that is claimed to be the derivative.

        There is no absolute tolerance except the smallest float above 0. A claimed derivative of 0 is compared with
        `swing`.

        Args:
            claimed: the number to judge.
            rtol: the relative tolerance, in addition to the error bar.

        Returns:
            "pass" if the number is within the error bar and the error bar is at most 10⁻⁵ of the derivative, or 2 % for
            a function with noise; "fail" if
            it is clearly outside; "kink" if it is one of two one-sided derivatives or between them; "undecided" if the
            finite differences cannot tell.

        >>> difference = Difference(2.0, 1e-9, swing=2.0)
        >>> difference.verdict(2.0), difference.verdict(2.1)
        ('pass', 'fail')
        >>> Difference(math.nan, 1e-9, left=-1.0, right=1.0).verdict(0.5)
        'kink'
        """
        if self.is_kink:
            if self.reason == CUSP and math.isfinite(claimed):
                # Every number is between −∞ and ∞, which vouches for none.
                return "undecided"
            low, high = sorted((self.left, self.right))
            slack = PASS_ERRORS * self.error + rtol * max(x for x in (abs(low), abs(high), 0.0) if x < math.inf)
            return "kink" if low - slack <= claimed <= high + slack else "fail"
        if math.isnan(self.slope) or (math.isinf(self.slope) and self.error > 0.0):
            return "undecided"
        if claimed == self.slope and (self.swing == 0.0 or math.isinf(claimed)):
            return "pass"
        if math.isinf(self.slope):
            # A pole within the last step looks the same. The derivative is then close to the steepest difference.
            steep = claimed * math.copysign(1.0, self.slope)
            return "undecided" if 0.5 * self.swing <= steep <= 8.0 * self.swing < math.inf else "fail"
        if not math.isfinite(claimed):
            return "fail" if self.error < MAX_ERROR_AGAINST_INFINITY else "undecided"
        gap, size = abs(claimed - self.slope), max(abs(claimed), abs(self.slope))
        if gap <= PASS_ERRORS * self.error + rtol * size + MIN_FLOAT:
            reference = size if claimed else self.swing
            return "pass" if PASS_ERRORS * self.error <= self.max_relative_error * reference else "undecided"
        return "undecided" if gap <= FAIL_ERRORS * self.error else "fail"


@dataclass(frozen=True)
class Finding:
    """A checked number, the finite difference (or other number) compared with it, and the verdict.

    Attributes:
        engine: the number that is checked: computed by the engine, or passed in by the caller.
        difference: the numerical derivative; or, where no differences are taken, the expected number and its error.
        verdict: "pass", "fail", "kink" (not differentiable here, and the number is a valid subgradient), "undecided".
        reason: a remark on the verdict, or "".
        node: the node that the number belongs to, if any.
        slot: for a partial, the index of the operand.
        position: the position of `node` in topological order, counted from 1.
        label: the name of the number, if it is neither a partial nor a value.
        source: the origin of the number: "engine", "given", "rule", "recorded", or the name of a sweep.
        against: the name of the number that it is compared with.
        second: for a second partial, the index of the operand by which the rule is differentiated.
        hint: the probable mistake, or "".
        is_direction: True for the derivative along a direction through many inputs.
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
    is_direction: bool = False

    @property
    def name(self) -> str:
        """The name of the number: its label, or the operation with the operand and the node."""
        if self.label or self.node is None or self.node.op is None:
            return self.label
        operands = self.node.operands
        text = application(self.node.op.name, [x.data for x in operands], [x.label for x in operands])
        position = f"(node {self.position}{', ' + name(self.node.label) if self.node.label else ''})"
        if self.slot is None:
            return f"{text} {position}"
        slots = f"operand {self.slot}" if self.second is None else f"operands {self.slot} and {self.second}"
        return f"{text}, {slots} {position}"

    @property
    def differences(self) -> float:
        """The numerical derivative; nan if there is none."""
        return self.difference.slope

    @property
    def error(self) -> float:
        """The error bar of `differences`."""
        return self.difference.error

    @property
    def holds(self) -> bool:
        """True for the verdicts "pass" and "kink"."""
        return self.verdict in ("pass", "kink")

    @property
    def agreement(self) -> float:
        """The relative difference of the two numbers, but at least the relative error bar."""
        size = max(abs(self.engine), abs(self.differences)) if self.engine else self.difference.swing
        is_equal = self.engine == self.differences
        if not size:
            return 0.0 if is_equal else math.inf
        return (self.error if is_equal else max(abs(self.engine - self.differences), self.error)) / size

    @property
    def accuracy(self) -> float:
        """The agreement or, for a function with noise, the relative error above which the number would have failed."""
        return max(self.agreement, self.difference.resolution) if self.difference.noise else self.agreement

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The four texts of a report's line: name, checked number, number compared with it, remark."""
        return self.name, f"{self.source} {self.engine!r}", self._comparison(), self.remark()

    @property
    def notes(self) -> list[str]:
        """The lines below the finding in a report: the source line of the node, and the hint."""
        line = "" if self.node is None or self.holds else str(line_of(self.node))
        return [*filter(None, (line, self.hint))]

    def _comparison(self) -> str:
        if self.against != DIFFERENCES:
            return f"{self.against} {self.differences!r}"
        if self.difference.is_kink:
            return f"slopes {self.difference.left:.12g} and {self.difference.right:.12g} ± {self.error:.1g}"
        if math.isnan(self.differences):
            return "differences none"
        return f"differences {self.differences:.12g} ± {self.error:.1g}"

    def remark(self) -> str:
        """Return the verdict in words.

        >>> Finding(4.0, Difference(2.0, 1e-9, swing=2.0), "fail").remark()
        'twice what it should be'
        """
        if self.reason:
            return self.reason
        if self.verdict == "pass":
            is_plain = self.difference.swing > 0.0 and math.isfinite(self.engine)
            text = f"agree to {self.agreement:.1g}" if is_plain else self.difference.reason
            return f"{text}; {self.difference.scope}" if self.difference.noise else text
        if self.verdict == "kink":
            beside = "a valid subgradient" if self.difference.reason == "a kink" else "within the slopes beside it"
            text = f"not differentiable here ({self.difference.reason}); {self.engine:g} is {beside}"
            return f"{text}; {self.difference.scope}" if self.difference.noise else text
        if self.verdict == "fail":
            return describe_mistake(self.engine, self.difference)
        if self.difference.reason == CUSP:
            return "not differentiable here (a cusp): the slopes on both sides are infinite"
        if self.difference.reason:
            return self.difference.reason
        if self.difference.noise and math.isfinite(self.difference.resolution):
            return f"{self.difference.scope}, which is too coarse; {MORE_PRECISION}"
        text = "the differences cannot tell: their error is not small beside them"
        # Only derivatives of a function have an absolute tolerance.
        if self.node is None and abs(self.engine) <= self.error:
            # Twice what is needed, as it is written with one digit.
            atol = f"{2.0 * (abs(self.engine - self.differences) + PASS_ERRORS * self.error):.0e}"
            return f"{text}; pass atol={atol} to accept a derivative within that distance"
        return f"{text}; {MORE_PRECISION}"


def distance_at_most(finding: Finding) -> float:
    """Return the largest distance of a number from the derivative, error bar included; inf if it is not known."""
    distance = abs(finding.engine - finding.differences) + PASS_ERRORS * finding.error
    return distance if math.isfinite(distance) else math.inf


def noises_of_rows(findings: Sequence[Finding], values: Sequence[float]) -> list[float]:
    """Return the noise of each output as its findings show it, or at least as those of other outputs suggest.

    A flat output shows no noise of its own, although it is computed in as few digits as the others.
    """
    n = len(findings) // max(len(values), 1)
    noises = [max(x.difference.noise for x in findings[i * n : i * n + n]) for i in range(len(values))]
    relative = max((noise / abs(y) for noise, y in zip(noises, values, strict=True) if y), default=0.0)
    return [max(noise, relative * abs(y)) for noise, y in zip(noises, values, strict=True)]


def settled_in_row(finding: Finding, negligible: float, bounds: Callable[[], tuple[float, float]]) -> Finding:
    """Return a hidden entry with the verdict that its row allows.

    Args:
        finding: the finding.
        negligible: the largest slope that is negligible.
        bounds: returns the least and the greatest slope that plain differences allow.
    """
    reason = "negligible in its row, and hidden by rounding"
    if distance_at_most(finding) <= negligible:
        return replace(finding, verdict="pass", reason=reason)
    if math.isfinite(finding.differences) or not math.isfinite(finding.engine):
        return finding
    least, greatest = bounds()
    size = abs(finding.engine)
    if size + least <= negligible:
        difference = Difference(0.0, least / PASS_ERRORS, reason=finding.difference.reason)
        return replace(finding, difference=difference, verdict="pass", reason=reason)
    if size > max(FAIL_ERRORS / PASS_ERRORS * greatest, negligible):
        difference = Difference(0.0, greatest / PASS_ERRORS, reason=finding.difference.reason)
        reason = f"it is {finding.engine:g} where the function changes by less than {greatest:.1g} per unit"
        return replace(finding, difference=difference, verdict="fail", reason=reason)
    return finding


class Findings(Sequence[Finding]):
    """Findings of which most are plain passes, and are made only on request.

    A large graph has very many partials, and a report shows those that do not hold.

    Args:
        count: the number of findings.
        remarkable: those that may be no plain passes, in order.
        build: returns all of them, in order.

    >>> passed = Finding(2.0, Difference(2.0, 0.0), "pass")
    >>> findings = Findings(2, [], lambda: [passed, passed])
    >>> len(findings), findings[1] is passed, findings == [passed, passed]
    (2, True, True)
    """

    def __init__(self, count: int, remarkable: Sequence[Finding], build: Callable[[], list[Finding]]) -> None:
        self._count, self.remarkable, self._build = count, remarkable, build

    @cached_property
    def _all(self) -> list[Finding]:
        return self._build()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> list[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | list[Finding]:
        return self._all[index]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._all)

    def __eq__(self, other: object) -> bool:
        return self._all == (list(other) if isinstance(other, Findings) else other)

    def __reduce__(self) -> tuple[type[list[Finding]], tuple[list[Finding]]]:
        return list, (self._all,)

    def __repr__(self) -> str:
        return repr(self._all)


def remarkable(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings without plain passes, as far as they were set apart."""
    return findings.remarkable if isinstance(findings, Findings) else findings


def describe_mistake(number: float, difference: Difference) -> str:
    """Describe the relation of a wrong number to the right one."""
    if difference.is_kink:
        return f"not between the slopes on the two sides ({difference.reason})"
    if not math.isfinite(number) or not math.isfinite(difference.slope) or difference.slope == 0.0:
        return f"it is {number:g} where it should be {difference.slope:g}"
    if number == 0.0:
        return "it is 0 and should not be"
    ratio = number / difference.slope
    for factor, words in _FACTORS.items():
        if math.isclose(ratio, factor, rel_tol=FACTOR_RTOL):
            return words
    if math.isclose(number * difference.slope, 1.0, rel_tol=FACTOR_RTOL):
        return _RECIPROCAL
    return f"off by a factor {ratio:.6g}" if abs(ratio - 1.0) > 1e-3 else f"off by {ratio - 1.0:.2g} of itself"


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings sorted by verdict, then by disagreement."""

    def severity(finding: Finding) -> tuple[int, float]:
        agreement = finding.agreement
        return _SEVERITY[finding.verdict], math.inf if math.isnan(agreement) else agreement

    return sorted(findings, key=severity, reverse=True)
