"""Formulas as LaTeX, for math mode."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from autograd import ops
from autograd.op import Op
from autograd.symbolic.formula import Formula
from autograd.symbolic.precedence import ATOM, NEGATION, POWER, PRODUCT, SUM
from autograd.symbolic.printer import Printed
from autograd.symbolic.text import TextPrinter
from autograd.symbolic.textbook import CASES

_RELATIONS = {"≠": r"\ne"}


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
