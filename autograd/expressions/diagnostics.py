"""Error messages for expressions: the position of the error, and suggestions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from autograd.op import closest
from autograd.symbolic.typesetting import visible

_NO_COMPARISONS = "comparisons are not supported; where(step(x - y), …, …) chooses by x > y"
# Suggestions for signs and words of other languages.
ADVICE = {
    "^": "a power is written **",
    "|": "the absolute value is written abs(x)",
    "%": "the remainder of a division is fmod(x, y)",
    "//": "the whole part of a quotient is floor(x / y)",
    ".": "a point belongs in a number; names have no attributes",
    "√": "write sqrt(…)",
    "\\": "to continue on the next line, put the expression in brackets",
    **dict.fromkeys(("<", ">", "!", "=="), _NO_COMPARISONS),
    **dict.fromkeys(("'", '"'), "expressions have no strings"),
    **dict.fromkeys(("{", "}"), "use round brackets"),
    **dict.fromkeys(("if", "else"), "where(condition, x, y) is x where the condition is not 0, and y where it is"),
    **{power: f"write **{i}" for i, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}
# Longer lines are cut around the error, so that line and carets fit in a terminal of 80 columns.
MAX_SHOWN_CHARACTERS = 76


class ExpressionError(ValueError):
    """An error in an expression; its text is the reason, the line, and carets under the error.

    Args:
        reason: the error, and how to correct it.
        text: the whole expression.
        start: index of the first character of the error.
        length: number of characters of the error.

    Attributes:
        line: the line of the error, from 1.
        column: the column in that line, from 1.

    >>> print(ExpressionError("there is no value for 'q'", "2*q + 1", start=2))
    there is no value for 'q'
        2*q + 1
          ^
    """

    def __init__(self, reason: str, text: str, start: int = 0, length: int = 1) -> None:
        super().__init__(reason, text, start, length)
        self.reason = reason
        self.text = text
        self.length = length
        self.line = text.count("\n", 0, start) + 1
        self.column = start - text.rfind("\n", 0, start)

    def __str__(self) -> str:
        line = self.text.split("\n")[self.line - 1]
        first = self.column - 1
        left = max(0, min(first - MAX_SHOWN_CHARACTERS // 2, len(line) - MAX_SHOWN_CHARACTERS))
        shown = "".join(c if c.isprintable() else " " for c in line[left : left + MAX_SHOWN_CHARACTERS])
        before, marked = shown[: first - left], shown[first - left :][: self.length]
        cut_before = "…" if left > 0 else ""
        cut_after = "…" if left + MAX_SHOWN_CHARACTERS < len(line) else ""
        indent = " " * (4 + len(cut_before) + _width(before))
        carets = "^" * max(1, _width(marked))
        position = f"line {self.line}, column {self.column}: " if "\n" in self.text.strip() else ""
        return f"{position}{self.reason}\n    {cut_before}{shown}{cut_after}\n{indent}{carets}"


def alike(name: str, known: Iterable[str]) -> str:
    """Return a question for the name that was probably meant, to append to a message; "" without one.

    >>> alike("sigmiod", ["sigmoid", "sin"]), alike("w", ["W", "a"]), alike("q", ["w", "a"])
    ("; did you mean 'sigmoid'?", "; did you mean 'W'?", '')
    """
    names = closest(name, known)
    return f"; did you mean {quoted(names[0])}?" if names else ""


def quoted(text: str) -> str:
    """Return `text` in quotes, cut to a line and with control characters made visible."""
    return f"'{visible(text)}'"


def to_multiply(left: str, right: str) -> str:
    """Return the suggestion of a sign between two factors, to append to a message.

    >>> to_multiply("2", "x"), to_multiply("2", "(")
    ('; to multiply, write 2*x', '; to multiply, write 2*(…)')
    """
    x, y = ("(…)" if factor in "()]" else visible(factor) for factor in (left, right))
    return f"; to multiply, write {x}*{y}"


def _width(text: str) -> int:
    """Return the number of columns that `text` takes in a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
