"""What a check of derivatives found: each number beside its differences, and the message that names what is wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from autograd.checking.differences import Difference
from autograd.engine import Value
from autograd.operation import Op
from autograd.writing import name

_MOST = 5
"""Lines of one kind in a message."""
_RANK = {"fail": 3, "undecided": 2, "kink": 1, "pass": 0}
_FACTORS = {
    2.0: "twice what it should be",
    0.5: "half what it should be",
    -1.0: "of the wrong sign",
    -2.0: "twice what it should be, and of the wrong sign",
    -0.5: "half what it should be, and of the wrong sign",
}


@dataclass(frozen=True)
class Finding:
    """A derivative held against finite differences.

    Attributes:
        engine: the number that is checked: the engine's, or the one that was given.
        difference: what the differences are.
        verdict: "pass", "fail", "kink" (not differentiable here, and the number is a valid subgradient), "undecided".
        reason: what there is to say about it, or "".
        node: for a stored value or partial, where it is stored.
        slot: for a partial, the operand that it belongs to.
        position: the place of `node` in the graph, counted from 1.
        label: for any other derivative, what it is called.
    """

    engine: float
    difference: Difference
    verdict: str
    reason: str = ""
    node: Value | None = None
    slot: int | None = None
    position: int = 0
    label: str = ""

    @property
    def name(self) -> str:
        """Which number it is."""
        if self.node is None or self.node.op is None:
            return self.label
        operands = self.node.operands
        what = described(self.node.op, [x.data for x in operands], [x.label for x in operands])
        where = f"node {self.position}{', ' + name(self.node.label) if self.node.label else ''}"
        return f"{what}, operand {self.slot} ({where})" if self.slot is not None else f"{what} ({where})"

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
        return gap / size if size else gap

    def line(self, source: str, width: int = 0) -> str:
        """The finding on one line; `source` is whose the number is: the engine's, a rule's, a given or recorded one."""
        if source == "recorded":
            found = f"now {self.differences!r}"
        elif self.difference.is_kink:
            found = f"slopes {self.difference.left:.12g} and {self.difference.right:.12g} ± {self.error:.1g}"
        elif math.isnan(self.differences):
            found = "differences none"
        else:
            found = f"differences {self.differences:.12g} ± {self.error:.1g}"
        return f"  {self.name:<{width}}   {source} {self.engine!r}   {found}   {self.remark()}".rstrip()

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


def described(op: Op, data: Sequence[float], labels: Sequence[str] = ()) -> str:
    """An operation on numbers, as one would write it.

    >>> from autograd.ops import add
    >>> described(add, [1.0, 2.0], ["x", ""])
    'add(x = 1.0, 2.0)'
    """
    names = [name(label) for label in labels] or [""] * len(data)
    shown = [f"{label} = {x!r}" if label else repr(x) for x, label in zip(data, names, strict=True)]
    if len(shown) > 6:
        shown = [*shown[:3], f"… {len(shown) - 4:,} more", shown[-1]]
    return f"{op.name}({', '.join(shown)})"


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


def _without_kink(finding: Finding) -> Finding:
    return replace(finding, verdict="fail", reason="not differentiable here") if finding.verdict == "kink" else finding


@dataclass
class Check:
    """The outcome of a check of derivatives: true if everything holds; `str` gives the message.

    Attributes:
        title: the name of what was differentiated.
        leaves: for each leaf, or each direction through all of them, the derivative.
        edges: for each edge to something that can vary, the stored partial derivative.
        values: the nodes whose recorded value is not what their operation gives.
        value_count: how many values were compared.
        source: whose the checked numbers are, "engine" or "given".
        note: what was done otherwise than usual, or "".
    """

    title: str
    leaves: list[Finding]
    edges: list[Finding] = field(default_factory=list)
    values: list[Finding] = field(default_factory=list)
    value_count: int = 0
    source: str = "engine"
    note: str = ""

    def __bool__(self) -> bool:
        return not self.values and all(found.holds for found in (*self.leaves, *self.edges))

    @property
    def worst(self) -> Finding | None:
        """The finding that is most wrong, or if all hold the one that agrees least."""
        found = worst_first([*self.values, *self.edges, *self.leaves])
        return found[0] if found else None

    def strict(self) -> Check:
        """The same, with kinks counted as failures."""
        leaves, edges = ([_without_kink(found) for found in some] for some in (self.leaves, self.edges))
        return replace(self, leaves=leaves, edges=edges)

    def __repr__(self) -> str:
        return f"<Check of {self.title}: {'holds' if self else 'does not hold'}>"

    def __str__(self) -> str:
        lines = [f"{name(self.title)}: {self._headline()}", *self._lines(self.leaves, self.source)]
        edges = {verdict: [x for x in self.edges if x.verdict == verdict] for verdict in _RANK}
        if self.values:
            lines.append(_wrong(len(self.values), self.value_count, "recorded value"))
            lines += self._lines(self.values, "recorded")
        if edges["fail"]:
            lines.append(_wrong(len(edges["fail"]), len(self.edges), "partial"))
        elif edges["undecided"]:
            lines.append(f"{len(edges['undecided']):,} of {_count(len(self.edges), 'partial')} cannot be told:")
        elif edges["kink"]:
            lines.append("kinks:")
        lines += self._lines(edges["fail"] or edges["undecided"] or edges["kink"], "rule")
        if self.value_count:
            lines.append(f"checked: {self._scope()}")
        return "\n".join(lines)

    def _headline(self) -> str:
        wrong = sum(found.verdict == "fail" for found in self.leaves)
        if wrong:
            return _wrong(wrong, len(self.leaves), "derivative").rstrip(":")
        if not self:
            return "the derivatives cannot be vouched for"
        seen = [found.agreement for found in self.leaves if found.verdict == "pass" and not found.reason]
        hold = f"{_count(len(self.leaves), 'derivative')} {'holds' if len(self.leaves) == 1 else 'hold'}"
        return f"{hold}, to {max(seen):.1g}" if any(seen) else hold

    def _scope(self) -> str:
        counts = [_count(self.value_count, "value"), _count(len(self.edges), "partial")]
        return ", ".join([*counts, self.note or _count(len(self.leaves), "leaf", "leaves")])

    def _lines(self, found: Sequence[Finding], source: str) -> list[str]:
        shown = worst_first(found)[:_MOST]
        width = max((len(x.name) for x in shown), default=0)
        more = [f"  … and {len(found) - len(shown):,} more"] if len(found) > len(shown) else []
        return [x.line(source, width) for x in shown] + more


def worst_first(found: Sequence[Finding]) -> list[Finding]:
    """Findings in the order in which they ought to be read."""

    def badness(finding: Finding) -> tuple[int, float]:
        agreement = finding.agreement
        return _RANK[finding.verdict], math.inf if math.isnan(agreement) else agreement

    return sorted(found, key=badness, reverse=True)


def _count(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _wrong(wrong: int, among: int, noun: str) -> str:
    return f"{wrong:,} of {_count(among, noun)} {'is' if wrong == 1 else 'are'} wrong:"
