"""The report of a check, which names the mistakes, as text, as Markdown and as a picture."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from autograd.checking.consistency import Symmetry
from autograd.checking.function import FIRST_CALL
from autograd.checking.verdict import LINEARITY, Finding, remarkable, worst_first
from autograd.op import TABLE
from autograd.symbolic.typesetting import name, number
from autograd.value import Value, topological_order

# Findings of one kind in a message; the rest are counted.
MAX_LINES_PER_KIND = 5
# The message shows a call only for an operation with at most this many operands: one letter for each.
OPERAND_NAMES = "xyuvst"
# Characters with a meaning in Markdown.
_SPECIAL = re.compile(r"([\\`*_\[\]|~#$])")
# GitHub's Markdown turns a bare URL or an address with one of these into a link.
_LINK = re.compile(r"((?:://|//|www\.|@)+)", re.IGNORECASE)


@dataclass
class Check:
    """The outcome of a check of derivatives: true if everything holds; `str` gives the report.

    Attributes:
        title: the name of the differentiated function or node.
        leaves: the findings on the derivative by each leaf, or along each direction; with several outputs one output
            after the other, and then the second derivatives.
        edges: the findings on the stored partial of each edge to a node that can vary.
        values: the findings on recorded values that differ from those of their operations.
        value_count: the number of compared values.
        note: a remark on an unusual procedure, or "".
        sweeps: the findings on nodes at which a sweep does not add up the partials.
        curvatures: for a check of order 2, the findings on the second partials of all operations.
        symmetry: the symmetry of the second derivatives; None if there are none.
        repeat: the call that repeats the check; "" if an argument has no name and is too long to be written out.
        outputs: the differentiated nodes; none for given derivatives.
        mode: "full" if every derivative was differenced by itself, "fast" if directions through all inputs were.
        derivative_count: the number of derivatives.
        direction_count: the number of directions for each output; 0 in mode "full".
        resolution: the accuracy to which directions hold each derivative, in words.
        remarks: the remarks on all derivatives together: arguments held fixed, a common mistake.
        arguments: the name of the argument of each of `leaves`, or "", for a function whose every derivative was
            differenced; else none.
    """

    title: str
    leaves: list[Finding]
    edges: Sequence[Finding] = field(default_factory=list)
    values: list[Finding] = field(default_factory=list)
    value_count: int = 0
    note: str = ""
    sweeps: list[Finding] = field(default_factory=list)
    curvatures: list[Finding] = field(default_factory=list)
    symmetry: Symmetry | None = None
    repeat: str = ""
    outputs: Sequence[Value] = ()
    mode: str = "full"
    derivative_count: int = 0
    direction_count: int = 0
    resolution: str = ""
    remarks: Sequence[str] = ()
    arguments: Sequence[str] = ()

    def __bool__(self) -> bool:
        if self.values or self.sweeps or (self.symmetry is not None and not self.symmetry):
            return False
        # An undecided second partial is not a failure: the second derivatives are checked as leaves.
        if any(x.verdict == "fail" for x in self.curvatures):
            return False
        return all(x.holds for x in (*self.leaves, *remarkable(self.edges)))

    @property
    def worst(self) -> Finding | None:
        """The worst finding; if all hold, the one with the largest disagreement."""
        findings = worst_first([*self.values, *self.edges, *self.sweeps, *self.curvatures, *self.leaves])
        return findings[0] if findings else None

    @property
    def is_nondeterministic(self) -> bool:
        """True if the function gave different results when called twice at the point."""
        return any(x.source == FIRST_CALL for x in self.values)

    def strict(self) -> Check:
        """Return the check with kinks counted as failures."""
        leaves, edges, curvatures = (
            [_without_kink(x) for x in findings] for findings in (self.leaves, self.edges, self.curvatures)
        )
        return replace(self, leaves=leaves, edges=edges, curvatures=curvatures)

    def __repr__(self) -> str:
        return f"<Check of {self.title}: {'holds' if self else 'does not hold'}>"

    def __str__(self) -> str:
        lines = []
        for heading, findings, more in self._sections():
            lines.append(heading)
            width = max((len(x.name) for x in findings), default=0)
            for x in findings:
                label, *rest = x.cells
                lines.append("   ".join([f"  {label:<{width}}", *rest]).rstrip())
                lines += [f"    {note}" for note in x.notes]
            lines += [f"  {more}"] if more else []
        return "\n".join([*lines, *self._repeats()])

    def markdown(self) -> str:
        """Return the report as Markdown, with a table for each kind of number."""
        blocks = []
        for index, (heading, findings, more) in enumerate(self._sections()):
            blocks.append(f"**{_escaped(heading)}**" if index == 0 else _escaped(heading))
            if findings:
                header = ["", _shared([x.source for x in findings]), _shared([x.against for x in findings]), ""]
                rows = [header, *(_row(x, header) for x in findings)]
                first, *rest = (f"| {' | '.join(map(_escaped, row))} |" for row in rows)
                blocks.append("\n".join([first, f"|{' --- |' * 4}", *rest]))
            blocks += [_escaped(more)] if more else []
        repeats = "\n".join(self._repeats())
        blocks += [f"```text\n{repeats}\n```"] if repeats else []
        return "\n\n".join(blocks) + "\n"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def draw(self, **looks: Any) -> Any:
        """Draw the graph, with a cross on every wrong edge and a mark on every wrong node.

        If the graph is too large, the slice above the worst finding is drawn, or its edge alone.

        Args:
            looks: the options of `autograd.draw`.

        Returns:
            The drawing, as `autograd.draw` returns it.

        Raises:
            ValueError: there is no graph, because the derivatives were given.
        """
        if not self.outputs:
            raise ValueError(
                "a check of given derivatives has no graph to draw; check the engine's own derivatives: gradcheck(f, x)"
            )
        # Drawing is on the same floor as checking, so it is imported by its public name, and only on request.
        draw = import_module(__name__.partition(".")[0]).draw
        wrong = [
            x for x in worst_first([*self.values, *remarkable(self.edges), *self.curvatures]) if x.verdict == "fail"
        ]
        marks = {(x.node, x.slot): _mark(x) for x in reversed(wrong)}
        if not wrong:
            return draw(self.outputs[0], **looks)
        looks = {"detail": "operations", **looks}
        node, slot = wrong[0].node, wrong[0].slot or 0
        assert node is not None
        output = next(y for y in self.outputs if any(x is node for x in topological_order(y)))
        try:
            return draw(output, marks=marks, **looks)
        except ValueError:
            operand = node.operands[slot]
            if operand.constant:
                return draw(node, marks=marks, **looks)
        try:
            return draw(output, operand, marks=marks, **looks)
        except ValueError:
            return draw(node, operand, marks=marks, **looks)

    def _sections(self) -> Iterator[tuple[str, list[Finding], str]]:
        """Yield the sections of the report: a heading, the findings shown, and a line on further ones."""
        yield f"{name(self.title)}: {self._headline()}", *_shortened(self.leaves)
        for remark in (*self._by_argument(), *self.remarks):
            yield remark, [], ""
        if self.symmetry is not None:
            yield str(self.symmetry), *_shortened(self.symmetry.broken)
        if self.is_nondeterministic:
            yield "two calls at the same point give different results:", *_shortened(self.values)
        elif self.values:
            yield _wrong(len(self.values), self.value_count, "recorded value"), *_shortened(self.values)
        if self.sweeps:
            yield "a sweep does not add up the partials on the edges:", *_shortened(self.sweeps)
        for findings, noun in ((self.edges, "partial"), (self.curvatures, "second partial")):
            fails, undecided, kinks = (
                [x for x in remarkable(findings) if x.verdict == v] for v in ("fail", "undecided", "kink")
            )
            # Second partials that are undecided or at a kink do not affect the outcome.
            if fails:
                yield _wrong(len(fails), len(findings), noun), *_shortened(fails)
            elif undecided and noun == "partial":
                yield f"{len(undecided):,} of {_count(len(findings), noun)} cannot be told:", *_shortened(undecided)
            elif kinks and noun == "partial":
                yield "kinks:", *_shortened(kinks)
        if self.value_count:
            yield f"checked: {self._scope()}", [], ""

    def _headline(self) -> str:
        products = [x for x in self.leaves if x.against == LINEARITY]
        if products:
            rest = replace(self, leaves=[x for x in self.leaves if x.against != LINEARITY])._headline()
            verb = "is" if len(products) == 1 else "are"
            return f"{rest}; {_count(len(products), 'product')} with a vector {verb} wrong"
        wrong = [x for x in self.leaves if x.verdict == "fail"]
        directions = [x for x in self.leaves if x.is_direction]
        entries = [x for x in wrong if not x.is_direction]
        if wrong and directions:
            # Not every wrong entry is sought.
            least = f"at least {len(entries):,} of " if entries else "some of "
            verb = "is" if len(entries) == 1 else "are"
            return f"{least}{_count(self.derivative_count, 'derivative')} {verb} wrong"
        if wrong:
            return _wrong(len(wrong), len(self.leaves), "derivative").rstrip(":")
        if self.is_nondeterministic:
            return "not deterministic, so its derivatives cannot be checked"
        if not self:
            return "the derivatives cannot be vouched for"
        if directions:
            by_edges = " by their edges, and" if self.edges else ""
            along = f"along {_count(self.direction_count, 'direction')}, {self.resolution}"
            return f"{_count(self.derivative_count, 'derivative')} hold{by_edges} {along}"
        agreements = [x.accuracy for x in self.leaves if x.verdict == "pass" and not x.reason]
        hold = f"{_count(len(self.leaves), 'derivative')} {'holds' if len(self.leaves) == 1 else 'hold'}"
        precisions = {x.difference.precision for x in self.leaves} - {""}
        # The row of a single derivative says it.
        limit = f"; {precisions.pop()}" if len(precisions) == 1 and len(self.leaves) > 1 else ""
        return f"{hold}, to {max(agreements):.1g}{limit}" if any(agreements) else hold

    def _by_argument(self) -> list[str]:
        """Return a line for each argument on the outcome of its derivatives, unless the report shows all of them.

        Arguments of which some derivatives do not hold come first.
        """
        if len(self.arguments) != len(self.leaves) or len(self.leaves) <= MAX_LINES_PER_KIND:
            return []
        groups: dict[str, list[Finding]] = {}
        for key, finding in zip(self.arguments, self.leaves, strict=True):
            groups.setdefault(key, []).append(finding)
        groups.pop("", None)
        if len(groups) < 2:
            return []
        # With one derivative by each argument the rows say as much.
        if all(len(group) == 1 for group in groups.values()):
            return []
        broken = {key: group for key, group in groups.items() if not all(x.holds for x in group)}
        lines = [f"{key}: {_tally(group)}" for key, group in list(broken.items())[:MAX_LINES_PER_KIND]]
        more = len(broken) - len(lines)
        lines += [f"… and some by {_count(more, 'further argument')}"] if more else []
        holding = {key: group for key, group in groups.items() if key not in broken}
        shown = MAX_LINES_PER_KIND if len(holding) > MAX_LINES_PER_KIND + 1 else len(holding)
        lines += [f"{key}: {_tally(group)}" for key, group in list(holding.items())[:shown]]
        rest = [x for group in list(holding.values())[shown:] for x in group]
        return [*lines, *([f"the other {len(holding) - shown:,} arguments: {_tally(rest)}"] if rest else [])]

    def _scope(self) -> str:
        counts = [_count(self.value_count, "value"), _count(len(self.edges), "partial")]
        counts += [_count(len(self.curvatures), "second partial")] if self.curvatures else []
        return ", ".join([*counts, self.note or _count(len(self.leaves), "leaf", "leaves")])

    def _repeats(self) -> list[str]:
        """Return the calls that repeat the check, and the check of the worst operation by itself."""
        if self:
            return []
        wrong = [x for x in worst_first([*remarkable(self.edges), *self.curvatures]) if x.verdict == "fail"]
        calls = [self.repeat, *([operation_call(wrong[0])] if wrong else [])]
        return [f"repeat: {call}" for call in calls if call]


def _without_kink(finding: Finding) -> Finding:
    return replace(finding, verdict="fail", reason="not differentiable here") if finding.verdict == "kink" else finding


def _mark(finding: Finding) -> str:
    """Return the text beside the mark in a picture."""
    if finding.second is not None:
        return f"slope {number(finding.engine)}, {finding.against} {number(finding.differences)}"
    if finding.difference.is_kink:
        return f"slopes {number(finding.difference.left)} and {number(finding.difference.right)}"
    if math.isnan(finding.differences):
        return "no differences"
    return f"{finding.against} {number(finding.differences)}"


def _shortened(findings: Sequence[Finding]) -> tuple[list[Finding], str]:
    """Return the worst findings, and a line with the counts of the others; "" if there are none."""
    ordered = worst_first(findings)
    shown, rest = ordered[:MAX_LINES_PER_KIND], ordered[MAX_LINES_PER_KIND:]
    if not rest:
        return shown, ""
    kinds = {_outcome(x) for x in shown}
    if kinds == {_outcome(rest[0])} == {_outcome(rest[-1])}:
        return shown, f"… and {len(rest):,} more"
    counts = Counter(map(_outcome, rest))
    parts = []
    for outcome in ("wrong", "undecided"):
        if counts[outcome]:
            more = " more" if outcome in kinds else ""
            parts.append(f"{counts[outcome]:,}{more} {'is' if counts[outcome] == 1 else 'are'} {outcome}")
    if counts["holds"]:
        parts.append(f"{counts['holds']:,} {'holds' if counts['holds'] == 1 else 'hold'}")
    return shown, f"… and {', '.join(parts)}"


def _outcome(finding: Finding) -> str:
    return "holds" if finding.holds else "wrong" if finding.verdict == "fail" else "undecided"


def _tally(findings: Sequence[Finding]) -> str:
    """Return the outcome of some derivatives in words.

    >>> from autograd.checking.verdict import Difference
    >>> wrong, undecided = (Finding(2.0, Difference(1.0, 0.0), verdict) for verdict in ("fail", "undecided"))
    >>> _tally([wrong, undecided]), _tally([wrong, wrong]), _tally([undecided])
    ('1 of 2 is wrong, 1 is undecided', 'all 2 are wrong', 'undecided')
    """
    counts = Counter(map(_outcome, findings))
    total = len(findings)
    if len(counts) == 1:
        outcome = next(iter(counts))
        if total == 1:
            return outcome
        return f"all {total:,} hold" if outcome == "holds" else f"all {total:,} are {outcome}"
    outcomes = [x for x in ("wrong", "undecided") if counts[x]]
    parts = [f"{counts[x]:,} {'is' if counts[x] == 1 else 'are'} {x}" for x in outcomes]
    first, *further = parts
    return ", ".join([first.replace(" ", f" of {total:,} ", 1), *further])


def _shared(texts: Sequence[str]) -> str:
    """Return the text if all texts are equal, else ""."""
    return texts[0] if len(set(texts)) == 1 else ""


def _row(finding: Finding, header: Sequence[str]) -> list[str]:
    """Return the cells of a table row; a cell names the origin of its number if the header does not."""
    label, engine, differences, remark = finding.cells
    remarks = "; ".join(filter(None, (remark, *finding.notes)))
    _, source, against, _ = header
    engine = engine.removeprefix(f"{source} ") if source else engine
    return [label, engine, differences.removeprefix(f"{against} ") if against else differences, remarks]


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
    # GitHub makes links in spite of a backslash, but not in code.
    pieces = _LINK.split(text)
    return "".join(f"`{piece}`" if i % 2 else _SPECIAL.sub(r"\\\1", piece) for i, piece in enumerate(pieces))


def _count(count: int, noun: str, plural: str = "") -> str:
    if count != 1:
        noun = plural or f"{noun}s"
    return f"{count:,} {noun}"


def _wrong(wrong: int, among: int, noun: str) -> str:
    return f"{wrong:,} of {_count(among, noun)} {'is' if wrong == 1 else 'are'} wrong:"


def operation_call(finding: Finding) -> str:
    """Return the call that checks the operation of a finding by itself; "" if it has too many operands or no name."""
    node = finding.node
    if node is None or node.op is None or len(node.operands) > len(OPERAND_NAMES):
        return ""
    if TABLE.get(node.op.name) is not node.op:
        # No name leads to it.
        return ""
    op = f"ag.{node.op.name}" if node.op.arity is not None else f"ag.TABLE[{node.op.name!r}]"
    data = [repr(x.data) if math.isfinite(x.data) else f"float('{x.data}')" for x in node.operands]
    free = [OPERAND_NAMES[i] for i, x in enumerate(node.operands) if not x.constant]
    args = [data[i] if x.constant else OPERAND_NAMES[i] for i, x in enumerate(node.operands)]
    point = [data[i] for i, x in enumerate(node.operands) if not x.constant]
    f = op if len(free) == len(args) else f"lambda {', '.join(free)}: {op}({', '.join(args)})"
    order = "" if finding.second is None else ", order=2"
    # A tuple of one number needs a comma.
    comma = "," if len(point) == 1 else ""
    return f"ag.gradcheck({f}, ({', '.join(point)}{comma}){order})"
