r"""Notation of formulas and of the chain rule in four styles: text, LaTeX, HTML, and plain text that parses back.

>>> from autograd.value import Value
>>> from autograd.symbolic.formula import symbol
>>> x, y = symbol("x", 3.0), symbol("y[1]", -2.0)
>>> f = 2 * (x - y) ** 2
>>> write(f), write(f, "latex"), write(f, "plain"), write(f, numbers=True)
('2(x − y₁)²', '2 (x - y_{1})^{2}', '2*(x - y[1])**2', '2(3 − (−2))²')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from autograd.symbolic.formula import Formula
from autograd.symbolic.latex import LatexPrinter
from autograd.symbolic.precedence import ATOM
from autograd.symbolic.text import HtmlPrinter, PlainPrinter, TextPrinter
from autograd.symbolic.typesetting import Style, name, number

PRINTERS: Mapping[Style, type[TextPrinter]] = {
    "text": TextPrinter,
    "latex": LatexPrinter,
    "html": HtmlPrinter,
    "plain": PlainPrinter,
}
_DOT = {"text": " · ", "latex": r" \cdot ", "html": " · ", "plain": " * "}


def write(formula: Formula, style: Style = "text", numbers: bool = False) -> str:
    """Print a formula.

    Args:
        formula: the formula.
        style: text, latex, html or plain.
        numbers: print numbers for names, and for results whose number is known.
    """
    return PRINTERS[style](numbers).text(formula)


def derivative(of: str, wrt: str, style: Style = "text") -> str:
    r"""Return ∂of/∂wrt, for two labels.

    >>> derivative("C", "W[1,1]"), derivative("C", "W[1,1]", "latex")
    ('∂C/∂W₁,₁', '\\frac{\\partial C}{\\partial W_{1,1}}')
    """
    if style == "latex":
        return rf"\frac{{\partial {name(of, style)}}}{{\partial {name(wrt, style)}}}"
    return f"∂{name(of, style)}/∂{name(wrt, style)}"


def derivative_of(of: Formula, wrt: Formula, style: Style = "text") -> str:
    r"""Return ∂of/∂wrt, for two formulas; one that is not a name is in parentheses.

    >>> from autograd.symbolic.formula import symbol
    >>> x = symbol("x^2[1]", 3.0)
    >>> derivative_of(2 * x + 1, x), derivative_of(x, x, "latex")
    ('∂(2x²₁ + 1)/∂x²₁', '\\frac{\\partial x^{2}_{1}}{\\partial x^{2}_{1}}')
    """
    # A name is an operand of ∂ without parentheses, also one with an upper index.
    above, below = (PRINTERS[style]().text(f, ATOM) if f.label is None else name(f.label, style) for f in (of, wrt))
    return rf"\frac{{\partial {above}}}{{\partial {below}}}" if style == "latex" else f"∂{above}/∂{below}"


def at_fixed(partial: str, labels: Sequence[str], style: Style = "text") -> str:
    """Return a partial derivative with the variables that are held fixed in it, at most two of them.

    >>> at_fixed("∂f/∂x", ["u"])
    '∂f/∂x|u'
    """
    held = ",".join([*(name(label, style) for label in labels[:2]), *(["…"] if len(labels) > 2 else [])])
    if style == "latex":
        return rf"\left.{partial}\right|_{{{held}}}"
    return f"{partial}|<sub>{held}</sub>" if style == "html" else f"{partial}|{held}"


def product(values: Iterable[float], style: Style = "text") -> str:
    """Return a product of numbers; negative ones after the first are in parentheses.

    >>> product([-0.5, -2.0])
    '−0.5 · (−2)'
    """
    first, *rest = (number(x, style) for x in values)
    return _DOT[style].join([first, *map(_bracketed, rest)])


def factor(formula: Formula, style: Style = "text") -> str:
    """Print a formula as a factor of a product; a sum, or a formula with a sign, is in parentheses."""
    return PRINTERS[style]().unsigned(formula)


def chain(factors: Iterable[str], style: Style = "text") -> str:
    """Return a product of factors of the chain rule.

    >>> chain(["∂C/∂out", "∂out/∂AS"])
    '∂C/∂out · ∂out/∂AS'
    """
    return _DOT[style].join(factors)


def plus(terms: Iterable[str]) -> str:
    """Return a sum of terms; negative ones after the first are in parentheses.

    >>> plus(["2 · 1", "−3 · 1"])
    '2 · 1 + (−3 · 1)'
    """
    first, *rest = terms
    return " + ".join([first, *map(_bracketed, rest)])


def remark(words: str, style: Style = "text") -> str:
    """Return words between formulas."""
    return rf"\text{{{words}}}" if style == "latex" else words


def _bracketed(text: str) -> str:
    """Return a term or factor in parentheses if it begins with a minus sign."""
    return f"({text})" if text[0] in "−-" else text
