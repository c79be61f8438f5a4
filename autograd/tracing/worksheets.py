"""Exercises: a worked solution with blanks in it, and its answer key.

The numbers of the blanks are those of the answers, and one seed always gives the same sheet.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autograd.graph import leaves, replay
from autograd.op import DomainError
from autograd.symbolic.notation import remark
from autograd.symbolic.typesetting import Style
from autograd.tracing import sheets
from autograd.tracing.sheets import Row
from autograd.value import Value, topological_order

Format = Literal["text", "markdown", "latex"]
_PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,graphicx}
\newsavebox\page
\newcommand\fitted[1]{\sbox\page{$\displaystyle#1$}%
  \ifdim\wd\page>\linewidth\resizebox{\linewidth}{!}{\usebox\page}\else\usebox\page\fi}
"""
"""What is wider than the page is set smaller."""
_TRIES = 50
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


def varied(target: Value, wrt: Value, seed: int) -> tuple[Value, Value]:
    """`target` and `wrt` in a new graph, with other numbers at the leaves; of the same sign, whole where they were.

    Raises:
        ValueError: `wrt` is no leaf, or no other numbers were found that the computation has a value at.

    >>> x = Value(3.0, "x")
    >>> y, x = varied((x * x).named("y"), x, seed=1)
    >>> y.label, y.data == x.data ** 2, x.data.is_integer()
    ('y', True, True)
    """
    if wrt.op is not None or wrt.constant:
        raise ValueError(f"other numbers are for leaves, and wrt is {wrt!r:.60}; leave vary out")
    chance = random.Random(seed)
    given = leaves(target)
    for _ in range(_TRIES):
        changes = {leaf: Value(_other(leaf.data, chance), leaf.label) for leaf in given}
        try:
            result = replay(target, changes)
        except DomainError:
            continue
        if all(map(_is_finite, topological_order(result))):
            return result, changes[wrt]
    raise ValueError(f"{_TRIES} sets of other numbers all left the domain; leave vary out")


def _is_finite(node: Value) -> bool:
    """Whether a node and its partials can be worked with."""
    partials = [p for x, p in zip(node.operands, node.partials, strict=True) if not x.constant]
    return all(map(math.isfinite, [node.data, *partials]))


def _other(number: float, chance: random.Random) -> float:
    """A number like `number`: of its sign and size, whole if it is."""
    if number.is_integer() and abs(number) < 100:
        other = float(1 + math.floor(chance.random() * max(9.0, 2 * abs(number))))
        return math.copysign(other, number)
    scaled = number * (0.5 + chance.random())
    return float(f"{scaled:.2g}")
