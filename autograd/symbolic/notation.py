r"""Formulas in writing: as text for a terminal, as LaTeX, as HTML, and as plain text that parses back.

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
    """A formula in writing.

    Args:
        formula: what to write.
        style: text, latex, html or plain.
        numbers: put in the numbers for the names, and for results that are known.
    """
    return PRINTERS[style](numbers).text(formula)


def derivative(of: str, wrt: str, style: Style = "text") -> str:
    r"""∂of/∂wrt.

    >>> derivative("C", "W[1,1]"), derivative("C", "W[1,1]", "latex")
    ('∂C/∂W₁,₁', '\\frac{\\partial C}{\\partial W_{1,1}}')
    """
    if style == "latex":
        return rf"\frac{{\partial {name(of, style)}}}{{\partial {name(wrt, style)}}}"
    return f"∂{name(of, style)}/∂{name(wrt, style)}"


def at_fixed(partial: str, labels: Sequence[str], style: Style = "text") -> str:
    """A partial derivative with the names of what is held fixed in it, at most two of them.

    >>> at_fixed("∂f/∂x", ["u"])
    '∂f/∂x|u'
    """
    held = ",".join([*(name(label, style) for label in labels[:2]), *(["…"] if len(labels) > 2 else [])])
    if style == "latex":
        return rf"\left.{partial}\right|_{{{held}}}"
    return f"{partial}|<sub>{held}</sub>" if style == "html" else f"{partial}|{held}"


def product(values: Iterable[float], style: Style = "text") -> str:
    """Numbers as a product; negative ones in parentheses but for the first.

    >>> product([-0.5, -2.0])
    '−0.5 · (−2)'
    """
    first, *rest = (number(x, style) for x in values)
    return _DOT[style].join([first, *map(_bracketed, rest)])


def factor(formula: Formula, style: Style = "text") -> str:
    """A formula as one factor of a product: sums and negative ones in parentheses."""
    return PRINTERS[style]().unsigned(formula)


def chain(factors: Iterable[str], style: Style = "text") -> str:
    """Factors of the chain rule as a product.

    >>> chain(["∂C/∂out", "∂out/∂AS"])
    '∂C/∂out · ∂out/∂AS'
    """
    return _DOT[style].join(factors)


def plus(terms: Iterable[str]) -> str:
    """Terms as a sum; negative ones in parentheses but for the first.

    >>> plus(["2 · 1", "−3 · 1"])
    '2 · 1 + (−3 · 1)'
    """
    first, *rest = terms
    return " + ".join([first, *map(_bracketed, rest)])


def remark(words: str, style: Style = "text") -> str:
    """Words between formulas."""
    return rf"\text{{{words}}}" if style == "latex" else words


def _bracketed(text: str) -> str:
    """Return a term or factor in parentheses if it begins with a minus sign."""
    return f"({text})" if text[0] in "−-" else text
