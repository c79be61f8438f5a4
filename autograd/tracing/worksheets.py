"""Worksheets: a worked solution with numbered blanks, its answer key, and variants with other numbers.

The same seed gives the same worksheet.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autograd.domains import DomainError
from autograd.graph import leaves, replay
from autograd.symbolic.notation import remark
from autograd.symbolic.typesetting import Style
from autograd.tracing import sheets
from autograd.tracing.sheets import Row
from autograd.value import Value, topological_order

Format = Literal["text", "markdown", "latex"]
# A solution that is wider than the page is set smaller.
_PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,graphicx}
\newsavebox\page
\newcommand\fitted[1]{\sbox\page{$\displaystyle#1$}%
  \ifdim\wd\page>\linewidth\resizebox{\linewidth}{!}{\usebox\page}\else\usebox\page\fi}
"""
# A draw may be outside the domain, as a negative number is for log.
MAX_DRAWS = 50
# Smaller whole numbers stay whole.
MAX_WHOLE = 100
Rows = Callable[[Style], Sequence[Row]]


@dataclass(frozen=True, repr=False)
class Worksheet:
    """An exercise from a worked solution; `str` gives exercise and key as text.

    Attributes:
        task: returns the derivative to work out, in a style.
        given: returns the rows that the solution starts from.
        solution: returns the rows of the whole solution.
        seed: seed of the choice of blanks.
        share: the approximate share of blanks, from 0 to 1.
    """

    task: Callable[[Style], str]
    given: Rows
    solution: Rows
    seed: int
    share: float

    def exercise(self, form: Format = "markdown") -> str:
        """Return the task, the given numbers, and the solution with numbered blanks."""
        style = _style(form)
        rows, _ = self._blanked(style)
        return self._page("Exercise", form, [self.given(style), rows])

    def key(self, form: Format = "markdown") -> str:
        """Return the solution without blanks, and the numbered answers."""
        style = _style(form)
        _, answers = self._blanked(style)
        numbered = [Row(_mark(i, style), (answer,), whole=True) for i, answer in enumerate(answers, 1)]
        return self._page("Answers", form, [self.solution(style), numbered])

    def markdown(self) -> str:
        """Return the exercise and its key as Markdown, with LaTeX between dollar signs."""
        return f"{self.exercise('markdown')}\n---\n\n{self.key('markdown')}"

    def latex(self) -> str:
        """Return the exercise and its key as a LaTeX document; the key begins on a new page."""
        pages = f"{self.exercise('latex')}\n\\newpage\n{self.key('latex')}"
        return f"{_PREAMBLE}\\begin{{document}}\n{pages}\\end{{document}}\n"

    def __str__(self) -> str:
        return f"{self.exercise('text')}\n{self.key('text')}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _page(self, title: str, form: Format, blocks: Sequence[Sequence[Row]]) -> str:
        """Lay out a title, the task and blocks of rows in a format."""
        task = self.task(_style(form))
        if form == "text":
            return "\n".join([f"{title}: {task}", *map(sheets.text, blocks), ""])
        if form == "markdown":
            return f"### {title}: ${task}$\n\n" + "".join(f"$$\n{sheets.latex(block)}\n$$\n\n" for block in blocks)
        body = "".join(f"\\[\\fitted{{{sheets.latex(block)}}}\\]\n" for block in blocks)
        return f"\\section*{{{title}: ${task}$}}\n{body}"

    def _blanked(self, style: Style) -> tuple[list[Row], list[str]]:
        """Return the solution with blanks, and the answers; the result is always a blank."""
        draw = random.Random(self.seed)
        rows = list(self.solution(style))
        # Right-hand sides by row and index; index 0 is the terms.
        candidates = [
            (i, k)
            for i, row in enumerate(rows)
            if row.lhs
            for k in range(len(row.cells) + 1)
            if row.cells or len(row.terms) == 1
        ]
        chosen = {candidate for candidate in candidates if draw.random() < self.share}
        result = next(((i, k) for i, k in reversed(candidates) if rows[i].whole), candidates[-1])
        answers: list[str] = []
        for i, k in sorted({*chosen, result}):
            row, blank = rows[i], _blank(len(answers) + 1, style)
            answers.append(" + ".join(row.terms) if k == 0 else row.cells[k - 1])
            if k == 0:
                rows[i] = replace(row, terms=(blank,))
            else:
                rows[i] = replace(row, cells=(*row.cells[: k - 1], blank, *row.cells[k:]))
        return rows, answers


def _style(form: Format) -> Style:
    return "text" if form == "text" else "latex"


def _mark(number: int, style: Style) -> str:
    return remark(f"({number})", style)


def _blank(number: int, style: Style) -> str:
    """Return a line to write on, with a number."""
    if style == "text":
        return f"______({number})"
    return rf"\underset{{{_mark(number, style)}}}{{\underline{{\hspace{{5em}}}}}}"


def varied(target: Value, wrt: Value, seed: int) -> tuple[Value, Value]:
    """Rebuild a graph with different numbers at its leaves: the same signs, and integers in place of integers.

    Args:
        target: the output of the graph.
        wrt: a leaf.
        seed: seed of the numbers.

    Returns:
        `target` and `wrt` in the new graph.

    Raises:
        ValueError: `wrt` is not a leaf, or all drawn numbers were outside the domain.

    >>> x = Value(3.0, "x")
    >>> y, x = varied((x * x).named("y"), x, seed=1)
    >>> y.label, y.data == x.data ** 2, x.data.is_integer()
    ('y', True, True)
    """
    if wrt.op is not None or wrt.constant:
        raise ValueError(f"wrt must be a leaf with vary=True, got {wrt!r:.60}; leave vary out")
    draw = random.Random(seed)
    originals = leaves(target)
    for _ in range(MAX_DRAWS):
        changes = {leaf: Value(_drawn_like(leaf.data, draw), leaf.label) for leaf in originals}
        try:
            result = replay(target, changes)
        except DomainError:
            continue
        if all(map(_is_finite, topological_order(result))):
            return result, changes[wrt]
    raise ValueError(f"all {MAX_DRAWS} draws of other numbers were outside the domain; leave vary out")


def _is_finite(node: Value) -> bool:
    """Return True if a node and its partials are finite."""
    partials = [p for x, p in zip(node.operands, node.partials, strict=True) if not x.constant]
    return all(map(math.isfinite, [node.data, *partials]))


def _drawn_like(number: float, draw: random.Random) -> float:
    """Draw a number of the same sign and order of magnitude, whole for a whole number."""
    if number.is_integer() and abs(number) < MAX_WHOLE:
        # From a range of at least 9 numbers, so that small ones vary too.
        drawn = float(1 + math.floor(draw.random() * max(9.0, 2 * abs(number))))
        return math.copysign(drawn, number)
    scaled = number * (0.5 + draw.random())
    # Two digits are easy to work with.
    return float(f"{scaled:.2g}")
