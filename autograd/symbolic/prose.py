"""Sentences of words and mathematics, and reports made of them, in every style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from autograd.symbolic.latex import wrapped
from autograd.symbolic.typesetting import Style, escape, for_notebooks

# A line of words in LaTeX, in characters as they are printed: a page of A4 with usual margins.
MAX_LATEX_CHARACTERS = 92

# Words, or a function that returns mathematics in a style, in which every label has been escaped.
Phrase = str | Callable[[Style], str]


class Block(Protocol):
    """A part of a report that prints itself, such as a table."""

    def latex(self) -> str:
        """Return the part as LaTeX for math mode."""

    def html(self) -> str:
        """Return the part as HTML."""


@dataclass(frozen=True)
class Sentence:
    r"""Words and mathematics on one line.

    Attributes:
        phrases: the words, and the mathematics between them.
        is_item: True for an item of the list below the sentence before.

    >>> area = Sentence(["area ", lambda style: r"\pi r^2" if style == "latex" else "πr²", ", not 50 %"])
    >>> area.write("text"), area.write("latex")
    ('area πr², not 50 %', '\\text{area }{\\pi r^2}\\text{, not 50 \\%}')
    """

    phrases: Sequence[Phrase]
    is_item: bool = False

    def write(self, style: Style) -> str:
        """Return the sentence in a style; in LaTeX it is for math mode."""
        # Braces keep a minus sign after words from being set as one between two terms.
        mathematics = "{{{}}}" if style == "latex" else "{}"
        return "".join(escape(x, style) if isinstance(x, str) else mathematics.format(x(style)) for x in self.phrases)


class Report:
    """Sentences and tables, one below the other; `str` gives the text, and notebooks typeset it.

    Args:
        blocks: the sentences and tables.

    >>> report = Report([Sentence(["Two <reasons>:"]), Sentence(["one"], is_item=True)])
    >>> print(report)
    Two <reasons>:
      one
    >>> print(report.html())
    <div class="report">
    <p>Two &lt;reasons&gt;:</p>
    <ul>
    <li>one</li>
    </ul>
    </div>
    """

    def __init__(self, blocks: Sequence[Sentence | Block]) -> None:
        self.blocks = tuple(blocks)

    def __str__(self) -> str:
        return "\n".join(
            f"{'  ' if block.is_item else ''}{block.write('text')}" if isinstance(block, Sentence) else str(block)
            for block in self.blocks
        )

    def __repr__(self) -> str:
        return str(self)

    def latex(self) -> str:
        r"""Return the report as an ``aligned`` environment of amsmath, for math mode."""
        lines = []
        for block in self.blocks:
            if isinstance(block, Sentence):
                indent = r"\quad " if block.is_item else ""
                first, *rest = wrapped(block.write("latex"), MAX_LATEX_CHARACTERS)
                lines += [f"  &{indent}{first}", *(f"  &{indent}\\qquad {line}" for line in rest)]
            else:
                lines.append(f"  &{block.latex()}")
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def markdown(self) -> str:
        """Return the report as Markdown with LaTeX between dollar signs, as notebooks and GitHub show it."""
        return f"$$\n{self.latex()}\n$$\n"

    def html(self) -> str:
        """Return the report as HTML; names are escaped."""
        return self._html("report")

    def _html(self, classes: str) -> str:
        lines = [f'<div class="{classes}">']
        is_list = False
        for block in self.blocks:
            is_item = isinstance(block, Sentence) and block.is_item
            if is_item != is_list:
                lines.append("<ul>" if is_item else "</ul>")
                is_list = is_item
            if isinstance(block, Sentence):
                tag = "li" if is_item else "p"
                lines.append(f"<{tag}>{block.write('html')}</{tag}>")
            else:
                lines.append(block.html())
        return "\n".join([*lines, *(["</ul>"] if is_list else []), "</div>"])

    def _repr_html_(self) -> str:
        # The classes that MathJax leaves out: a label such as $x$ must not become mathematics.
        return for_notebooks(self._html("report tex2jax_ignore mathjax_ignore"))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return a count with its noun; `nouns` is an irregular plural.

    >>> plural(1, "path"), plural(2000, "path"), plural(2, "leaf", "leaves")
    ('1 path', '2,000 paths', '2 leaves')
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
