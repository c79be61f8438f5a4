"""Formulas as LaTeX, for math mode."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar

from autograd import ops
from autograd.op import Op
from autograd.symbolic.formula import Formula
from autograd.symbolic.precedence import ATOM, NEGATION, POWER, PRODUCT, SUM
from autograd.symbolic.printer import Printed
from autograd.symbolic.text import TextPrinter
from autograd.symbolic.textbook import CASES

_RELATIONS = {"≠": r"\ne"}
# What has no width of its own, fractions, and indices, as `latex_width` reads them.
_COMMAND = re.compile(r"\\(?:left|right|text|mathrm|operatorname|quad|,|;)(?![A-Za-z]) ?")
_FRACTION = re.compile(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}")
_INDEX = re.compile(r"[_^]\{([^{}]*)\}")
# An escaped character, a brace, or a space.
_TOKEN = re.compile(r"\\text\{|\\[A-Za-z]+\{?|\\.|[{} ]")


class LatexPrinter(TextPrinter):
    r"""Prints formulas as LaTeX.

    >>> from autograd.symbolic.formula import symbol
    >>> x, y = symbol("x", 3.0), symbol("y[1]", -2.0)
    >>> LatexPrinter().text((x - y) ** 2 / y)
    '\\frac{(x - y_{1})^{2}}{y_{1}}'
    """

    style = "latex"
    signs: ClassVar[Mapping[Op, str]] = {
        ops.add: " + ",
        ops.sub: " - ",
        ops.mul: r" \cdot ",
        ops.neg: "-",
        ops.pos: "+",
    }
    ellipsis = r"\dots"
    gap = " "
    constants: ClassVar[Mapping[float, Printed]] = {
        math.e: ("e", ATOM),
        math.pi: (r"\pi", ATOM),
        ops.LN2: (r"\ln 2", ATOM),
        math.log(10.0): (r"\ln 10", ATOM),
        ops.TWO_OVER_SQRT_PI: (r"\frac{2}{\sqrt{\pi}}", PRODUCT),
        -ops.TWO_OVER_SQRT_PI: (r"-\frac{2}{\sqrt{\pi}}", NEGATION),
        ops.SQRT_TAU: (r"\sqrt{2 \pi}", ATOM),
        # One rounding away from the constant above.
        math.sqrt(2.0 * math.pi): (r"\sqrt{2 \pi}", ATOM),
        180.0 / math.pi: (r"\frac{180}{\pi}", PRODUCT),
        math.pi / 180.0: (r"\frac{\pi}{180}", PRODUCT),
    }

    def parenthesized(self, text: str) -> str:
        """Return `text` in parentheses, as tall as the fractions in it."""
        return rf"\left({text}\right)" if r"\frac" in text or r"\begin" in text else f"({text})"

    def quotient(self, node: Formula) -> Printed:
        """Print a quotient as a fraction."""
        x, y = node.operands
        return fraction(self.text(x), self.text(y)), POWER

    def power(self, node: Formula) -> Printed:
        """Print a power with its exponent as a superscript."""
        x, y = node.operands
        base = self.text(x, ATOM)
        # LaTeX refuses a second superscript on the same base.
        return f"{{{base}}}^{{{self.text(y)}}}" if "^" in base else f"{base}^{{{self.text(y)}}}", POWER

    def cases(self, node: Formula) -> Printed:
        """Print an operation by cases as the environment of amsmath."""
        assert node.op is not None
        lines = [
            rf"{self.text(value)} & " + (r"\text{else}" if test is None else rf"\text{{if }} {self.condition(*test)}")
            for value, test in CASES[node.op](*node.operands)
        ]
        return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}", SUM

    def relation(self, sign: str) -> str:
        """Return the sign of a relation."""
        return _RELATIONS.get(sign, sign)

    def template(self, op: Op) -> str:
        """Return the LaTeX of an operation, with places for the operands if it is more than a name."""
        return op.latex or operator_name(op.name).replace("{", "{{").replace("}", "}}")

    def is_prefix(self, head: str) -> bool:
        """Return False: every operand is in parentheses or in braces."""
        return False


def fraction(numerator: str, denominator: str) -> str:
    r"""Return a fraction.

    >>> fraction("x", "2")
    '\\frac{x}{2}'
    """
    return rf"\frac{{{numerator}}}{{{denominator}}}"


def operator_name(word: str) -> str:
    r"""Return a word as the name of a function.

    >>> operator_name("log_softmax")
    '\\operatorname{log\\_softmax}'
    """
    return rf"\operatorname{{{word.replace('_', chr(92) + '_')}}}"


# Each line is measured for several ways of breaking it.
@lru_cache(maxsize=4096)
def latex_width(text: str) -> int:
    r"""Estimate the width of LaTeX in characters as they are printed: a fraction is as wide as its longer part.

    >>> latex_width(r"\frac{\partial C}{\partial W_{1,1}} \cdot 2")
    9
    """
    text = re.sub(r"\\[A-Za-z]+", "x", _COMMAND.sub("", text.replace(r"\frac", "\0"))).replace("\0", r"\frac")
    before = ""
    while text != before:
        before = text
        text = _INDEX.sub(lambda m: m[1][::2], text)
        text = _FRACTION.sub(lambda m: max(m[1], m[2], key=len), text)
        text = re.sub(r"(?<![_^}])(?<!frac)\{([^{}]*)\}(?!\{)", r"\1", text)
    return len(re.sub(r"\\frac|[{}]", "", text))


def wrapped(latex: str, width: int) -> list[str]:
    r"""Break LaTeX of words and mathematics into lines, at spaces between words.

    Args:
        latex: the LaTeX for math mode, with its words in ``\text``.
        width: the greatest width of a line, in characters as they are printed; a word or a formula may be wider.

    >>> wrapped(r"\text{the area of a circle is }{\pi r^{2}}\text{, as is known}", 20)
    ['\\text{the area of a circle}', '\\text{is }{\\pi r^{2}}\\text{, as is known}']
    """
    lines, line = [], latex
    while latex_width(line) > width and (spaces := _spaces_of_text(line)):
        # If not even the first words fit, the line ends behind them.
        end = max((i for i in spaces if latex_width(line[:i]) <= width), default=spaces[0])
        lines.append(line[:end] + "}")
        # The words may end with the space, before a formula.
        line = (r"\text{" + line[end + 1 :]).removeprefix(r"\text{}")
    return [*lines, line]


def _spaces_of_text(latex: str) -> list[int]:
    """Return the positions of spaces between words, which are not in other braces."""
    positions: list[int] = []
    depth, is_text = 0, False
    for token in _TOKEN.finditer(latex):
        if token[0] == r"\text{" and depth == 0:
            depth, is_text = 1, True
        elif token[0].endswith("{") and token[0] != r"\{":
            depth += 1
        elif token[0] == "}":
            depth -= 1
        elif token[0] == " " and depth == 1 and is_text and latex[token.start() - 1] != "{":
            positions.append(token.start())
        is_text = is_text and depth > 0
    return positions
