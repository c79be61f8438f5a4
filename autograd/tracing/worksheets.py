"""Exercises: a worked solution with blanks in it, and its answer key.

The numbers of the blanks are those of the answers, and one seed always gives the same sheet.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autograd.symbolic.notation import remark
from autograd.symbolic.typesetting import Style
from autograd.tracing import sheets
from autograd.tracing.sheets import Row

Format = Literal["text", "markdown", "latex"]
_PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,graphicx}
\newsavebox\page
\newcommand\fitted[1]{\sbox\page{$\displaystyle#1$}%
  \ifdim\wd\page>\linewidth\resizebox{\linewidth}{!}{\usebox\page}\else\usebox\page\fi}
"""
"""What is wider than the page is set smaller."""
Rows = Callable[[Style], Sequence[Row]]


@dataclass(frozen=True, repr=False)
class Worksheet:
    """An exercise made of a worked solution; `str` gives exercise and key as text.

    Attributes:
        task: what is to be worked out, in a style.
        given: what the solution starts from.
        solution: the whole solution.
        seed: which parts are left blank.
        share: about how many of them.
    """

    task: Callable[[Style], str]
    given: Rows
    solution: Rows
    seed: int
    share: float

    def exercise(self, form: Format = "markdown") -> str:
        """The task, what is given, and the solution with numbered blanks."""
        style = _style(form)
        rows, _ = self._blanked(style)
        return self._page("Exercise", form, [self.given(style), rows])

    def key(self, form: Format = "markdown") -> str:
        """The same solution without blanks, and the answers by their numbers."""
        style = _style(form)
        _, answers = self._blanked(style)
        numbered = [Row(_mark(i, style), (answer,), whole=True) for i, answer in enumerate(answers, 1)]
        return self._page("Answers", form, [self.solution(style), numbered])

    def markdown(self) -> str:
        """Exercise and key as Markdown, with LaTeX between dollars."""
        return f"{self.exercise('markdown')}\n---\n\n{self.key('markdown')}"

    def latex(self) -> str:
        """Exercise and key, a page each, as a LaTeX document."""
        pages = f"{self.exercise('latex')}\n\\newpage\n{self.key('latex')}"
        return f"{_PREAMBLE}\\begin{{document}}\n{pages}\\end{{document}}\n"

    def __str__(self) -> str:
        return f"{self.exercise('text')}\n{self.key('text')}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _page(self, title: str, form: Format, blocks: Sequence[Sequence[Row]]) -> str:
        task = self.task(_style(form))
        if form == "text":
            return "\n".join([f"{title}: {task}", *map(sheets.text, blocks), ""])
        if form == "markdown":
            return f"### {title}: ${task}$\n\n" + "".join(f"$$\n{sheets.latex(block)}\n$$\n\n" for block in blocks)
        body = "".join(f"\\[\\fitted{{{sheets.latex(block)}}}\\]\n" for block in blocks)
        return f"\\section*{{{title}: ${task}$}}\n{body}"

    def _blanked(self, style: Style) -> tuple[list[Row], list[str]]:
        """The solution with blanks, and what stood there; the result is always among them."""
        chance = random.Random(self.seed)
        rows = list(self.solution(style))
        places = [
            (i, k)
            for i, row in enumerate(rows)
            if row.lhs
            for k in range(len(row.cells) + 1)
            if row.cells or len(row.terms) == 1
        ]
        chosen = {place for place in places if chance.random() < self.share}
        result = next((place for place in reversed(places) if rows[place[0]].whole), places[-1])
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
    if style == "text":
        return f"______({number})"
    return rf"\underset{{{_mark(number, style)}}}{{\underline{{\hspace{{5em}}}}}}"
