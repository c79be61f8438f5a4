"""Printers of derivations: formulas with ∂/∂x before a part of them, products of the chain rule, and remarks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from autograd import ops
from autograd.op import Op, filled
from autograd.symbolic.algebra import DERIVATIVE, PLUS, SUMS, TIMES, rebuilt
from autograd.symbolic.formula import Formula, apply
from autograd.symbolic.latex import LatexPrinter
from autograd.symbolic.notation import because, derivative, remark
from autograd.symbolic.precedence import ATOM, NEGATION, POWER, PRODUCT, SUM
from autograd.symbolic.printer import Printed
from autograd.symbolic.recognition import Note
from autograd.symbolic.text import HtmlPrinter, TextPrinter
from autograd.symbolic.textbook import Reason
from autograd.symbolic.typesetting import MAX_WHOLE, SIGNIFICANT_DIGITS, Style, escape, is_name, name, number

# A longer sum shows its first term, the terms that are not and will not be 0, and its last term.
MAX_TERMS = 6
_DOT: Mapping[Style, str] = {"text": " · ", "latex": r" \cdot ", "html": " · "}
# Words of a note that are mathematics.
RELATIONS = frozenset({" = ", "= "})
_ARITHMETIC = frozenset({*SUMS, PLUS, TIMES, ops.mul, ops.div, ops.pow, ops.neg, ops.pos})


class BracketedNumber(Formula):
    """The number of a sum, in the brackets that the sum had.

    Attributes:
        decimals: the number of decimals that its terms were printed with; None to round it as any number.
    """

    __slots__ = ("decimals",)

    def __init__(self, value: float, decimals: int | None) -> None:
        super().__init__(value)
        self.decimals = decimals


class DerivationPrinter(TextPrinter):
    """Prints the expressions of a derivation as text."""

    def expression(self, node: Formula) -> Printed:
        """Print an expression, and return its text and precedence."""
        if isinstance(node, BracketedNumber):
            text = number(node.value, self.style, self.digits)
            if node.decimals is not None:
                minus = "-" if self.style == "latex" else "−"
                text = f"{node.value:.{node.decimals}f}".replace("-", minus)
                text = text.rstrip("0").rstrip(".") if "." in text else text
            return self.parenthesized(text), ATOM
        return super().expression(node)

    def atom(self, node: Formula) -> Printed:
        """Print a number or a name."""
        if node.is_literal and node.value == math.sqrt(2.0):
            return self.call(apply(ops.sqrt, [Formula(2.0)]))
        return super().atom(node)

    def call(self, node: Formula) -> Printed:
        """Print a derivative, a long sum or product, or the call of a function."""
        if node.op is DERIVATIVE:
            return self.derivative(node)
        if node.op is TIMES:
            return self.factors(node)
        if node.op is PLUS:
            return self.terms(node)
        if node.op is ops.exp or node.op is ops.exp2:
            return self.exponential("e" if node.op is ops.exp else "2", node.operands[0])
        return super().call(node)

    def exponential(self, base: str, exponent: Formula) -> Printed:
        """Print eˣ or 2ˣ as a power."""
        return f"{base}^{self.text(exponent, ATOM)}", POWER

    def derivative(self, node: Formula) -> Printed:
        """Print ∂/∂x before a formula, ∂y/∂x for a name."""
        of, wrt = node.operands
        assert wrt.label is not None
        if of.label is not None:
            return derivative(of.label, wrt.label, self.style), POWER
        return f"{self.operator(wrt.label)} {self.text(of, POWER)}", POWER

    def operator(self, wrt: str) -> str:
        """Return ∂/∂x."""
        return f"∂/∂{self.variable(wrt)}"

    def variable(self, label: str) -> str:
        """Return a name; a label such as "x*w + b" is in parentheses."""
        return name(label, self.style) if is_name(label) else f"({name(label, self.style)})"

    def factors(self, node: Formula) -> Printed:
        """Print a product of the chain rule; a sum, or a factor with a sign that is not the first, has brackets."""
        first, *rest = node.operands
        texts = [self.text(first, NEGATION), *map(self.unsigned, rest)]
        return _DOT[self.style].join(texts), NEGATION if _has_sign(texts[0]) else PRODUCT

    def terms(self, node: Formula) -> Printed:
        """Print a sum with all its zeros, except those in the middle of a long one."""
        terms = node.operands
        last = len(terms) - 1
        shown = list(range(len(terms)))
        if len(terms) > MAX_TERMS:
            shown = [i for i in shown if i in (0, last) or _remains(terms[i])]
        if len(shown) > MAX_TERMS:
            shown = [0, 1, last]
        text = ""
        before = -1
        for i in shown:
            term, precedence = self.expression(terms[i])
            if precedence < NEGATION:
                term = self.parenthesized(term)
            if i != before + 1:
                text += f" + {self.ellipsis}"
            before = i
            if not text:
                text = term
            elif _has_sign(term):
                text += self.signs[ops.sub] + term.removeprefix(self.signs[ops.neg])
            else:
                text += self.signs[ops.add] + term
        return text, SUM


class DerivationHtmlPrinter(DerivationPrinter, HtmlPrinter):
    """Prints the expressions of a derivation as HTML."""

    style = "html"

    def exponential(self, base: str, exponent: Formula) -> Printed:
        """Print eˣ or 2ˣ as a power."""
        return f"{base}<sup>{self.text(exponent)}</sup>", POWER


class DerivationLatexPrinter(DerivationPrinter, LatexPrinter):
    """Prints the expressions of a derivation as LaTeX."""

    style = "latex"

    def exponential(self, base: str, exponent: Formula) -> Printed:
        """Print eˣ or 2ˣ as a power."""
        return f"{base}^{{{self.text(exponent)}}}", POWER

    def operator(self, wrt: str) -> str:
        r"""Return ∂/∂x as a fraction."""
        return rf"\frac{{\partial}}{{\partial {self.variable(wrt)}}}"


_PRINTERS: Mapping[Style, type[DerivationPrinter]] = {
    "text": DerivationPrinter,
    "html": DerivationHtmlPrinter,
    "latex": DerivationLatexPrinter,
}


def typeset(expression: Formula, style: Style = "text", numbers: bool = False, digits: int = SIGNIFICANT_DIGITS) -> str:
    """Print an expression of a derivation.

    >>> from autograd.symbolic.calculus import Context, times
    >>> from autograd.symbolic.formula import symbol
    >>> x = symbol("x", 2.0)
    >>> typeset(times(ops.exp(-x), Context(x).derivative(-x)))
    'e^(−x) · ∂/∂x (−x)'
    """
    return _PRINTERS[style](numbers, digits).text(expression)


def typeset_note(note: Note, style: Style = "text") -> str:
    r"""Print the name of a rule or a remark: words, formulas and operations.

    >>> typeset_note(("derivative of ", ops.exp))
    'derivative of e^x'
    >>> typeset_note((Formula(2.0), " is constant"), "latex")
    '2\\text{ is constant}'
    """
    texts = []
    for piece in note:
        if isinstance(piece, Reason):
            # At the end of an equation they follow a comma.
            return because([reason for reason in note if isinstance(reason, Reason)], style).replace(", ", "", 1)
        if isinstance(piece, Formula):
            texts.append(typeset(piece, style))
        elif isinstance(piece, Op):
            texts.append(function_name(piece, style))
        elif style == "latex":
            texts.append(piece if piece in RELATIONS else remark(piece, style))
        else:
            texts.append(escape(piece, style))
    return "".join(texts)


def function_name(op: Op, style: Style = "text") -> str:
    """Return the name of a function: S, ln, and with an operand where it has no name of its own: e^x, |x|.

    >>> [function_name(op) for op in (ops.sigmoid, ops.exp, ops.abs, ops.sqrt, ops.hypot)]
    ['S', 'e^x', '|x|', '√x', 'hypot']
    """
    printer = _PRINTERS[style]()
    x = Formula(1.0, "x")
    head, is_whole = filled(printer.template(op), ["x"] * (op.arity or 1))
    if op in (ops.exp, ops.exp2) or is_whole or printer.is_prefix(head):
        return printer.text(apply(op, [x] * (op.arity or 1)))
    return head


def put_in(f: Formula, digits: int = SIGNIFICANT_DIGITS) -> Formula:
    """Return a formula for printing with numbers: function values become numbers, and so do sums of them in a power.

    >>> from autograd.symbolic.formula import symbol
    >>> x = symbol("x", 0.5)
    >>> f = 2 * ops.exp(-x) / (1 + ops.exp(-x)) ** 2
    >>> typeset(f), typeset(put_in(f), numbers=True)
    ('2e^(−x)/(1 + e^(−x))²', '2·0.6065/(1.6065)²')
    """
    return _put_in(f, digits, is_base=False)


def _put_in(f: Formula, digits: int, is_base: bool) -> Formula:
    if not _has_call(f):
        return f
    if f.op not in _ARITHMETIC:
        return Formula(f.value)
    if f.op is ops.pow:
        return rebuilt(f, [_put_in(f.operands[0], digits, is_base=True), _put_in(f.operands[1], digits, is_base=False)])
    operands = [_put_in(x, digits, is_base=False) for x in f.operands]
    if is_base and (f.op in SUMS or f.op is PLUS):
        return BracketedNumber(f.value, _decimals(operands, f.value, digits))
    return rebuilt(f, operands)


def _has_call(f: Formula) -> bool:
    """Return True if a formula has a function whose number is not known."""
    if f.op is None or f.known:
        return False
    return f.op not in _ARITHMETIC or any(map(_has_call, f.operands))


def _decimals(terms: Sequence[Formula], value: float, digits: int) -> int | None:
    """Return the number of decimals that a sum has if its terms are added as they are printed."""
    texts = [number(x.value, digits=digits) for x in terms]
    if any("×" in text or not math.isfinite(x.value) for text, x in zip(texts, terms, strict=True)):
        return None
    counts = [len(text.partition(".")[2]) for text in texts if "." in text]
    if not counts or not 1e-3 < abs(value) < MAX_WHOLE:
        return None
    return max(min(counts), digits - 1 - math.floor(math.log10(abs(value))), 0)


def _remains(term: Formula) -> bool:
    """Return False for a 0, and for a derivative that will be 0."""
    if term.op is ops.neg:
        return _remains(term.operands[0])
    if term.op is DERIVATIVE:
        of, wrt = term.operands
        return _mentions(of, wrt.label)
    return not term.is_number(0.0)


def _mentions(f: Formula, label: str | None) -> bool:
    return f.label == label if f.op is None else any(_mentions(x, label) for x in f.operands)


def _has_sign(text: str) -> bool:
    """Return True if a text begins with a minus sign."""
    return text[0] in "−-"
