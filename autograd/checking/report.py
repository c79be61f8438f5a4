"""The outcome of a check: the message that names what is wrong, as text, as Markdown and as a picture."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from autograd.checking.calls import call_alone
from autograd.checking.findings import Finding, worst_first
from autograd.checking.symmetry import Symmetry
from autograd.symbolic.typesetting import name, number
from autograd.value import Value, topological_order

_MOST = 5
"""Lines of one kind in a message."""
_SPECIAL = re.compile(r"([\\`*_\[\]|~#$])")
# What makes a link of a bare URL or an address in GitHub's Markdown.
_LINK = re.compile(r"((?:://|//|www\.|@)+)", re.IGNORECASE)


@dataclass
class Check:
    """The outcome of a check of derivatives: true if everything holds; `str` gives the message.

    Attributes:
        title: the name of what was differentiated.
        leaves: for each leaf, or each direction through all of them, the derivative; of several outputs one after the
            other, and then the second derivatives.
        edges: for each edge to something that can vary, the stored partial derivative.
        values: the nodes whose recorded value is not what their operation gives.
        value_count: how many values were compared.
        note: what was done otherwise than usual, or "".
        sweeps: the nodes at which a sweep does not add up what it should.
        curvatures: of a check of second order, the partials of the rules of all operations.
        symmetry: how symmetric the second derivatives are, None if there are none.
        repeat: the call that repeats the check, or "".
        outputs: the nodes that were differentiated; none where derivatives were given.
    """

    title: str
    leaves: list[Finding]
    edges: list[Finding] = field(default_factory=list)
    values: list[Finding] = field(default_factory=list)
    value_count: int = 0
    note: str = ""
    sweeps: list[Finding] = field(default_factory=list)
    curvatures: list[Finding] = field(default_factory=list)
    symmetry: Symmetry | None = None
    repeat: str = ""
    outputs: Sequence[Value] = ()

    def __bool__(self) -> bool:
        failed = any(found.verdict == "fail" for found in self.curvatures)
        failed = bool(failed or self.sweeps or (self.symmetry is not None and not self.symmetry))
        return not self.values and not failed and all(found.holds for found in (*self.leaves, *self.edges))

    @property
    def worst(self) -> Finding | None:
        """The finding that is most wrong, or if all hold the one that agrees least."""
        found = worst_first([*self.values, *self.edges, *self.sweeps, *self.curvatures, *self.leaves])
        return found[0] if found else None

    def strict(self) -> Check:
        """The same, with kinks counted as failures."""
        leaves, edges, curvatures = (
            [_without_kink(found) for found in some] for some in (self.leaves, self.edges, self.curvatures)
        )
        return replace(self, leaves=leaves, edges=edges, curvatures=curvatures)

    def __repr__(self) -> str:
        return f"<Check of {self.title}: {'holds' if self else 'does not hold'}>"

    def __str__(self) -> str:
        lines = []
        for heading, found, more in self._parts():
            lines.append(heading)
            width = max((len(x.name) for x in found), default=0)
            for x in found:
                what, *rest = x.cells
                lines.append("   ".join([f"  {what:<{width}}", *rest]).rstrip())
                lines += [f"    {note}" for note in x.notes]
            lines += [f"  … and {more:,} more"] if more else []
        return "\n".join([*lines, *self._repeats()])

    def markdown(self) -> str:
        """The message as Markdown, with a table of each kind of number."""
        blocks = []
        for place, (heading, found, more) in enumerate(self._parts()):
            blocks.append(f"**{_escaped(heading)}**" if place == 0 else _escaped(heading))
            if found:
                header = ["", _shared([x.source for x in found]), _shared([x.against for x in found]), ""]
                rows = [header, *(_row(x, header) for x in found)]
                first, *rest = (f"| {' | '.join(map(_escaped, row))} |" for row in rows)
                blocks.append("\n".join([first, f"|{' --- |' * 4}", *rest]))
            blocks += [f"… and {more:,} more"] if more else []
        repeats = "\n".join(self._repeats())
        return "\n\n".join([*blocks, *([f"```text\n{repeats}\n```"] if repeats else [])]) + "\n"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def draw(self, **looks: Any) -> Any:
        """The graph as `autograd.draw` draws it, with a cross on every edge and a mark on every node that is wrong.

        Where it is too large the slice above what is most wrong is drawn, or that edge alone.

        Args:
            looks: see `autograd.draw`.

        Raises:
            ValueError: there is no graph, as the derivatives were given by hand.
        """
        if not self.outputs:
            raise ValueError(
                "derivatives that were given have no graph to draw; check the function's own: gradcheck(f, x)"
            )
        # Drawing is another idea of this floor, so it is reached by its public name, and only when it is asked for.
        draw = import_module(__name__.partition(".")[0]).draw
        wrong = [x for x in worst_first([*self.values, *self.edges, *self.curvatures]) if x.verdict == "fail"]
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

    def _parts(self) -> Iterator[tuple[str, list[Finding], int]]:
        """The message in parts: what is said, the findings that it is said of, and how many there are beyond those."""
        yield f"{name(self.title)}: {self._headline()}", *_most(self.leaves)
        if self.symmetry is not None:
            yield str(self.symmetry), *_most(self.symmetry.broken)
        if self.values:
            yield _wrong(len(self.values), self.value_count, "recorded value"), *_most(self.values)
        if self.sweeps:
            yield "a sweep does not add up the partials on the edges:", *_most(self.sweeps)
        for found, noun, is_kink_told in ((self.edges, "partial", True), (self.curvatures, "second partial", False)):
            fails, undecided, kinks = ([x for x in found if x.verdict == v] for v in ("fail", "undecided", "kink"))
            if fails:
                yield _wrong(len(fails), len(found), noun), *_most(fails)
            elif undecided and noun == "partial":
                yield f"{len(undecided):,} of {_count(len(found), noun)} cannot be told:", *_most(undecided)
            elif kinks and is_kink_told:
                yield "kinks:", *_most(kinks)
        if self.value_count:
            yield f"checked: {self._scope()}", [], 0

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
        counts += [_count(len(self.curvatures), "second partial")] if self.curvatures else []
        return ", ".join([*counts, self.note or _count(len(self.leaves), "leaf", "leaves")])

    def _repeats(self) -> list[str]:
        """The calls that repeat the check, and the check of the worst operation alone."""
        if self or not self.repeat:
            return []
        wrong = [x for x in worst_first([*self.edges, *self.curvatures]) if x.verdict == "fail"]
        calls = [self.repeat, *filter(None, [call_alone(wrong[0])] if wrong else [])]
        return [f"repeat: {one}" for one in calls]


def _without_kink(finding: Finding) -> Finding:
    return replace(finding, verdict="fail", reason="not differentiable here") if finding.verdict == "kink" else finding


def _mark(found: Finding) -> str:
    """What a picture says beside the mark."""
    if found.second is not None:
        return f"slope {number(found.engine)}, {found.against} {number(found.differences)}"
    if found.difference.is_kink:
        return f"slopes {number(found.difference.left)} and {number(found.difference.right)}"
    return f"{found.against} {number(found.differences)}" if not math.isnan(found.differences) else "no differences"


def _most(found: Sequence[Finding]) -> tuple[list[Finding], int]:
    shown = worst_first(found)[:_MOST]
    return shown, len(found) - len(shown)


def _shared(texts: Sequence[str]) -> str:
    """Return the text that all are, or ""."""
    return texts[0] if len(set(texts)) == 1 else ""


def _row(found: Finding, header: Sequence[str]) -> list[str]:
    """Return the cells of a line of a table; whose the numbers are is said by the header or by each cell."""
    what, engine, differences, remark = found.cells
    remarks = "; ".join(filter(None, (remark, *found.notes)))
    _, source, against, _ = header
    engine = engine.removeprefix(f"{source} ") if source else engine
    return [what, engine, differences.removeprefix(f"{against} ") if against else differences, remarks]


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
    # A backslash does not keep GitHub from making links; only code does.
    pieces = _LINK.split(text)
    return "".join(f"`{piece}`" if i % 2 else _SPECIAL.sub(r"\\\1", piece) for i, piece in enumerate(pieces))


def _count(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _wrong(wrong: int, among: int, noun: str) -> str:
    return f"{wrong:,} of {_count(among, noun)} {'is' if wrong == 1 else 'are'} wrong:"
