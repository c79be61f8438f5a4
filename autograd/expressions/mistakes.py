"""Mistakes in expressions: shown with their place, and with advice."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from autograd.op import closest
from autograd.symbolic.typesetting import visible

_NO_COMPARISONS = "there are no comparisons; where(step(x - y), …, …) chooses by x > y"
ADVICE = {
    "^": "a power is written **",
    "|": "the absolute value is written abs(x)",
    "%": "the rest of a division is fmod(x, y)",
    "//": "the whole part of a quotient is floor(x / y)",
    ".": "a point stands in numbers only; nothing here has attributes",
    "√": "write sqrt(…)",
    "\\": "to go on in the next line, put the expression in brackets",
    **dict.fromkeys(("<", ">", "!", "=="), _NO_COMPARISONS),
    **dict.fromkeys(("'", '"'), "there are no texts in expressions"),
    **dict.fromkeys(("{", "}"), "use round brackets"),
    **dict.fromkeys(("if", "else"), "where(condition, x, y) is x where the condition is not 0, and y where it is"),
    **{power: f"write **{i}" for i, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}
"""What to write instead."""
_WIDEST = 76


class ExpressionError(ValueError):
    """A mistake in an expression; as text it is the reason, the line and a caret under the place.

    Args:
        reason: what came, what was expected, what to do.
        text: the whole expression.
        start: where the mistake is, counted in characters from 0.
        length: how many characters it covers.

    Attributes:
        line: the line of the mistake, counted from 1.
        column: its column in that line, counted from 1.

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
        left = max(0, min(first - _WIDEST // 2, len(line) - _WIDEST))
        shown = "".join(c if c.isprintable() else " " for c in line[left : left + _WIDEST])
        before, marked = shown[: first - left], shown[first - left :][: self.length]
        picture = "…" * (left > 0) + shown + "…" * (left + _WIDEST < len(line))
        indent = 4 + (left > 0) + _width(before)
        place = f"line {self.line}, column {self.column}: " if "\n" in self.text.strip() else ""
        return f"{place}{self.reason}\n    {picture}\n{' ' * indent}{'^' * max(1, _width(marked))}"


def alike(name: str, known: Iterable[str]) -> str:
    """The question for the name that was meant, as an insertion; "" where none looks like it.

    >>> alike("sigmiod", ["sigmoid", "sin"]), alike("w", ["W", "a"]), alike("q", ["w", "a"])
    ("; did you mean 'sigmoid'?", "; did you mean 'W'?", '')
    """
    names = closest(name, known)
    return f"; did you mean {quoted(names[0])}?" if names else ""


def quoted(text: str) -> str:
    """`text` in quotes, cut and with control characters made visible."""
    return f"'{visible(text)}'"


def to_multiply(left: str, right: str) -> str:
    """The advice to write a sign between two factors, as an insertion.

    >>> to_multiply("2", "x"), to_multiply("2", "(")
    ('; to multiply, write 2*x', '; to multiply, write 2*(…)')
    """
    x, y = ("(…)" if factor in "()]" else visible(factor) for factor in (left, right))
    return f"; to multiply, write {x}*{y}"


def _width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
