r"""Notation of formulas and of the chain rule in four styles: text, LaTeX, HTML, and plain text that parses back.

>>> from autograd.value import Value
>>> from autograd.symbolic.formula import symbol
>>> x, y = symbol("x", 3.0), symbol("y[1]", -2.0)
>>> f = 2 * (x - y) ** 2
>>> write(f), write(f, "latex"), write(f, "plain"), write(f, numbers=True)
('2(x − y₁)²', '2 (x - y_{1})^{2}', '2*(x - y[1])**2', '2(3 − (−2))²')
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from autograd.context import quiet
from autograd.symbolic.formula import Formula
from autograd.symbolic.latex import LatexPrinter
from autograd.symbolic.precedence import ATOM
from autograd.symbolic.text import HtmlPrinter, PlainPrinter, TextPrinter
from autograd.symbolic.textbook import Reason, spelled
from autograd.symbolic.typesetting import SIGNIFICANT_DIGITS, Style, is_name, name, number, round_to

# Printed numbers must give the printed result to this relative accuracy.
MAX_DEVIATION = 0.01
# A float has no more digits.
MAX_DIGITS = 17

PRINTERS: Mapping[Style, type[TextPrinter]] = {
    "text": TextPrinter,
    "latex": LatexPrinter,
    "html": HtmlPrinter,
    "plain": PlainPrinter,
}
_DOT = {"text": " · ", "latex": r" \cdot ", "html": " · ", "plain": " * "}


def write(formula: Formula, style: Style = "text", numbers: bool = False, digits: int = SIGNIFICANT_DIGITS) -> str:
    """Print a formula.

    Args:
        formula: the formula.
        style: text, latex, html or plain.
        numbers: print numbers for names, and for results whose number is known.
        digits: the number of significant digits.
    """
    return PRINTERS[style](numbers, digits).text(formula if style == "plain" else spelled(formula))


def rounded(formula: Formula, digits: int) -> float:
    """Evaluate a formula on the numbers that `write` prints for it.

    >>> from autograd.symbolic.formula import symbol
    >>> rounded(1 - symbol("z", 0.99999) ** 2, 4)
    0.0
    """
    formula = spelled(formula)
    if formula.op is None or formula.known:
        return round_to(formula.value, digits)
    with quiet():
        return formula.op.value(*(rounded(x, digits) for x in formula.operands))


def digits_for(evaluate: Callable[[int], float], value: float) -> int:
    """Return the number of digits with which the printed numbers give the result: four, and more where they cancel.

    Args:
        evaluate: returns the result for numbers rounded to some digits.
        value: the result itself.

    >>> z = 0.99999997
    >>> digits_for(lambda digits: 1 - round_to(z, digits) ** 2, 1 - z**2)
    10
    """
    tolerance = MAX_DEVIATION * abs(value)
    if not math.isfinite(value) or abs(evaluate(SIGNIFICANT_DIGITS) - value) <= tolerance:
        return SIGNIFICANT_DIGITS
    # Two digits more than the first that are enough: the reader can follow the digits of the result.
    for digits in range(SIGNIFICANT_DIGITS + 1, MAX_DIGITS - 1):
        if abs(evaluate(digits) - value) <= tolerance:
            return digits + 2
    return MAX_DIGITS


def derivative(of: str, wrt: str, style: Style = "text") -> str:
    r"""Return ∂of/∂wrt, for two labels.

    >>> derivative("C", "W[1,1]"), derivative("C", "W[1,1]", "latex")
    ('∂C/∂W₁,₁', '\\frac{\\partial C}{\\partial W_{1,1}}')
    """
    above, below = _operand(of, style), _operand(wrt, style)
    return rf"\frac{{\partial {above}}}{{\partial {below}}}" if style == "latex" else f"∂{above}/∂{below}"


def _operand(label: str, style: Style) -> str:
    """Return a name; a label such as "x*w + b" is in parentheses."""
    return name(label, style) if is_name(label) else f"({name(label, style)})"


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
    held = ",".join([*(_operand(label, style) for label in labels[:2]), *(["…"] if len(labels) > 2 else [])])
    if style == "latex":
        return rf"\left.{partial}\right|_{{{held}}}"
    return f"{partial}|<sub>{held}</sub>" if style == "html" else f"{partial}|{held}"


def product(values: Iterable[float], style: Style = "text", digits: int = SIGNIFICANT_DIGITS) -> str:
    """Return a product of numbers; negative ones after the first are in parentheses.

    >>> product([-0.5, -2.0])
    '−0.5 · (−2)'
    """
    first, *rest = (number(x, style, digits) for x in values)
    return _DOT[style].join([first, *map(_bracketed, rest)])


def factor(formula: Formula, style: Style = "text", numbers: bool = False, digits: int = SIGNIFICANT_DIGITS) -> str:
    """Print a formula as a factor of a product; a sum, or a formula with a sign, is in parentheses."""
    return PRINTERS[style](numbers, digits).unsigned(spelled(formula))


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


def because(reasons: Sequence[Reason], style: Style = "text") -> str:
    """Return the reasons for the cases of a formula, as the end of an equation; "" without any.

    >>> from autograd.symbolic.formula import literal, symbol
    >>> because([Reason((symbol("u", 3.0), ">", symbol("w", 1.0)))])
    ', because u = 3 > w = 1'
    """
    if not reasons:
        return ""
    conjunction = remark(" and ", style)
    return remark(", because ", style) + conjunction.join(_reason(reason, style) for reason in reasons)


def _reason(reason: Reason, style: Style) -> str:
    """Return the two sides of a reason with their numbers, and enough digits to tell them apart."""
    x, relation, y = reason.sides
    digits = SIGNIFICANT_DIGITS
    while relation != "=" and round_to(x.value, digits) == round_to(y.value, digits) and digits < MAX_DIGITS:
        digits += 1
    texts = [write(x, style)]
    if relation == "=":
        texts += [] if y.is_literal else [write(y, style)]
        texts += [number(y.value, style)]
    else:
        texts += [] if x.is_literal else [number(x.value, style, digits)]
        sign = PRINTERS[style]().relation(relation)
        compared = "" if y.is_literal else f"{write(y, style)} = "
        texts[-1] += f" {sign} {compared}{number(y.value, style, digits)}"
    return " = ".join(texts) + (remark(f", {reason.remark}", style) if reason.remark else "")


def more(count: int, subtotal: float, style: Style = "text", digits: int = SIGNIFICANT_DIGITS) -> str:
    """Return the sum of the terms that are not written one by one, as a term in parentheses.

    >>> more(7, 0.0002)
    '(7 more: +0.0002)'
    """
    sign = "" if subtotal < 0.0 else "+"
    return f"({remark(f'{count:,} more: ', style)}{sign}{number(subtotal, style, digits)})"


def zero_times_infinity(factors: Iterable[float], style: Style = "text") -> str:
    """Return the convention for a product of 0 and ∞, as the end of an equation; "" for any other product.

    >>> zero_times_infinity([math.inf, 0.0, 2.0])
    ', since 0 · ∞ is 0 by convention'
    """
    sizes = {abs(x) for x in factors}
    if not {0.0, math.inf} <= sizes:
        return ""
    return remark(", since ", style) + product([0.0, math.inf], style) + remark(" is 0 by convention", style)


def remark(words: str, style: Style = "text") -> str:
    """Return words between formulas."""
    return rf"\text{{{words}}}" if style == "latex" else words


def _bracketed(text: str) -> str:
    """Return a term or factor in parentheses if it begins with a minus sign."""
    return f"({text})" if text[0] in "−-" else text
