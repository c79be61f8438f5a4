r"""Formulas in writing: as text for a terminal, as LaTeX, as HTML, and as plain text that parses back.

>>> from autograd.value import Value
>>> from autograd.symbolic.formula import symbol
>>> x, y = symbol("x", 3.0), symbol("y[1]", -2.0)
>>> f = 2 * (x - y) ** 2
>>> write(f), write(f, "latex"), write(f, "plain"), write(f, numbers=True)
('2(x − y₁)²', '2 (x - y_{1})^{2}', '2*(x - y[1])**2', '2(3 − (−2))²')
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from autograd import ops
from autograd.op import Op, filled
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula
from autograd.symbolic.typesetting import Style, escape, has_upper_index, name, number

_SUM, _NEGATION, _PRODUCT, _POWER, _ATOM = range(5)
"""How tightly a piece of writing holds together."""
_MINUS = {"text": "−", "html": "−", "latex": "-", "plain": "-"}
_DOT = {"text": "·", "html": "·", "latex": r" \cdot ", "plain": "*"}
_CONSTANTS = {
    math.pi: ("π", r"\pi", _ATOM),
    ops.LN2: ("ln 2", r"\ln 2", _ATOM),
    math.log(10.0): ("ln 10", r"\ln 10", _ATOM),
    ops.TWO_OVER_SQRT_PI: ("2/√π", r"\frac{2}{\sqrt{\pi}}", _PRODUCT),
    -ops.TWO_OVER_SQRT_PI: ("−2/√π", r"-\frac{2}{\sqrt{\pi}}", _NEGATION),
    ops.SQRT_TAU: (
        "√(2π)",
        r"\sqrt{2 \pi}",
        _ATOM,
    ),
    math.sqrt(2.0 * math.pi): ("√(2π)", r"\sqrt{2 \pi}", _ATOM),
    180.0 / math.pi: ("180/π", r"\frac{180}{\pi}", _PRODUCT),
    math.pi / 180.0: ("π/180", r"\frac{\pi}{180}", _PRODUCT),
}
"""Floats that rules contain, by the numbers that they stand for."""
_NUMBER = re.compile(r"[−-]?[\d.]+")
_MOST_TERMS = 5
"""Longer sums are written with an ellipsis."""

Written = tuple[str, int]


def write(formula: Formula, style: Style = "text", numbers: bool = False) -> str:
    """A formula in writing.

    Args:
        formula: what to write.
        style: text, latex, html or plain.
        numbers: put in the numbers for the names, and for results that are known.
    """
    return _write(formula, style, numbers)[0]


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
    factors = [number(x, style) for x in values]
    dot = _DOT[style] if style == "latex" else f" {_DOT[style]} "
    return dot.join(factors[:1] + [_parenthesised(f, style) if f[0] in "−-" else f for f in factors[1:]])


def factor(formula: Formula, style: Style = "text") -> str:
    """A formula as one factor of a product: sums and negative ones in parentheses."""
    return _unsigned(formula, style, False)


def chain(factors: Iterable[str], style: Style = "text") -> str:
    """Factors of the chain rule as a product.

    >>> chain(["∂C/∂out", "∂out/∂AS"])
    '∂C/∂out · ∂out/∂AS'
    """
    return (_DOT[style] if style == "latex" else f" {_DOT[style]} ").join(factors)


def plus(terms: Iterable[str]) -> str:
    """Terms as a sum; negative ones in parentheses but for the first.

    >>> plus(["2 · 1", "−3 · 1"])
    '2 · 1 + (−3 · 1)'
    """
    first, *rest = terms
    return " + ".join([first, *(f"({term})" if term[0] in "−-" else term for term in rest)])


def remark(words: str, style: Style = "text") -> str:
    """Words between formulas."""
    return rf"\text{{{words}}}" if style == "latex" else words


def _write(f: Formula, style: Style, numbers: bool) -> Written:
    if f.op is None or (numbers and f.known):
        return _write_atom(f, style, numbers or f.op is not None)
    if f.op in (ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos):
        return _write_arithmetic(f.op, f.operands, style, numbers)
    if f.op in (ops.TOTAL, ops.DOT) and style != "plain":
        return _write_sum(f.op, f.operands, style, numbers)
    return _write_call(f, f.op, style, numbers)


def _write_atom(f: Formula, style: Style, numbers: bool) -> Written:
    if f.label is not None and not numbers:
        # A power of a², the name, would read as a²².
        return name(f.label, style), _POWER if style != "plain" and has_upper_index(f.label) else _ATOM
    if f.is_literal and f.value in _CONSTANTS and not numbers and style != "plain":
        text, latex, hold = _CONSTANTS[f.value]
        return latex if style == "latex" else text, hold
    text = number(f.value, style)
    if text[0] in "−-":
        return text, _NEGATION
    return text, _PRODUCT if "×" in text or "times" in text else _ATOM


def _write_arithmetic(op: Op, operands: tuple[Formula, ...], style: Style, numbers: bool) -> Written:
    if op in (ops.neg, ops.pos):
        sign = _MINUS[style] if op is ops.neg else "+"
        return sign + _unsigned(operands[0], style, numbers), _NEGATION
    x, y = operands
    if op in (ops.add, ops.sub):
        sign = "+" if op is ops.add else _MINUS[style]
        return f"{_held(x, _SUM, style, numbers)} {sign} {_unsigned(y, style, numbers)}", _SUM
    if op is ops.mul:
        left, right = _held(x, _NEGATION, style, numbers), _held(y, _POWER, style, numbers)
        return left + _times(x, left, right, style) + right, _PRODUCT
    if op is ops.div:
        if style == "latex":
            return rf"\frac{{{write(x, style, numbers)}}}{{{write(y, style, numbers)}}}", _POWER
        return f"{_held(x, _NEGATION, style, numbers)}/{_held(y, _POWER, style, numbers)}", _PRODUCT
    return _write_power(x, y, style, numbers)


def _write_power(x: Formula, y: Formula, style: Style, numbers: bool) -> Written:
    base = _held(x, _ATOM, style, numbers)
    if style == "latex":
        return (
            f"{{{base}}}^{{{write(y, style, numbers)}}}" if "^" in base else f"{base}^{{{write(y, style, numbers)}}}",
            _POWER,
        )
    if style == "html":
        return f"{base}<sup>{write(y, style, numbers)}</sup>", _POWER
    if style == "text" and y.is_literal and y.value.is_integer() and abs(y.value) < 100:
        return base + str(int(y.value)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")), _POWER
    return f"{base}{'**' if style == 'plain' else '^'}{_held(y, _ATOM, style, numbers)}", _POWER


def _times(x: Formula, left: str, right: str, style: Style) -> str:
    """What stands between two factors: nothing where a person would write nothing, as in 2x and 2(x − y)."""
    if style == "plain":
        return _DOT[style]
    gap = " " if style == "latex" else ""
    coefficient = _NUMBER.fullmatch(left) is not None
    if right.startswith(("(", r"\left(")):
        return gap if coefficient or (left.endswith(")") and not _is_quotient(x)) else _DOT[style]
    # 2 and 3/4 side by side would be a mixed number.
    return gap if coefficient and x.is_literal and not right.removeprefix(r"\frac{")[0].isdigit() else _DOT[style]


def _is_quotient(f: Formula) -> bool:
    """Return True if `f` is written as a quotient, with or without a sign; 1/(x)(y) would read as 1/((x)(y))."""
    while f.op in (ops.neg, ops.pos) or (f.op in (ops.TOTAL, ops.DOT) and len(f.operands) == 1):
        f = f.operands[0]
    return f.op is ops.div


def _write_sum(op: Op, operands: tuple[Formula, ...], style: Style, numbers: bool) -> Written:
    """An n-ary sum; a long one by its first terms and its last."""
    terms = list(operands)
    if op is ops.DOT:
        n = len(operands) // 2
        terms = [formulas.apply(ops.mul, pair) for pair in zip(operands[:n], operands[n : 2 * n], strict=True)]
        terms += operands[2 * n :]
    if len(terms) == 1:
        return _write(terms[0], style, numbers)
    shown = terms if len(terms) <= _MOST_TERMS else [*terms[:2], terms[-1]]
    first, *rest = (_held(x, _SUM if i == 0 else _PRODUCT, style, numbers) for i, x in enumerate(shown))
    texts = [first, *(_parenthesised(text, style) if text[0] in "−-" else text for text in rest)]
    if len(shown) < len(terms):
        texts.insert(2, r"\dots" if style == "latex" else "…")
    return " + ".join(texts), _SUM


def _write_call(f: Formula, op: Op, style: Style, numbers: bool) -> Written:
    arguments = [write(x, style, numbers) for x in f.operands]
    if style == "plain":
        return _plain_call(op, arguments), _ATOM
    if style == "latex":
        template = op.latex or rf"\operatorname{{{{{op.name.replace('_', chr(92) + '_')}}}}}"
    else:
        template = escape(op.symbol or op.name, style)
    head, is_whole = filled(template, arguments)
    if is_whole:
        return head, _POWER if "^" in template else _ATOM
    if op is ops.SOFTMAX:
        head += name(f"x[{int(f.operands[0].value) + 1}]", style)[1:]
        del arguments[0]
    if len(arguments) == 1 and not head[-1].isalnum() and style != "latex":
        return head + _held(f.operands[0], _ATOM, style, numbers), _ATOM
    return head + _parenthesised(", ".join(arguments), style), _ATOM


def _plain_call(op: Op, arguments: list[str]) -> str:
    if op is ops.DOT:
        n = len(arguments) // 2
        bias = "".join(f", {bias}" for bias in arguments[2 * n :])
        return f"dot([{', '.join(arguments[:n])}], [{', '.join(arguments[n : 2 * n])}]{bias})"
    if op is ops.SOFTMAX:
        return f"softmax([{', '.join(arguments[1:])}])[{arguments[0]}]"
    if op in (ops.TOTAL, ops.LOGSUMEXP):
        return f"{op.name}([{', '.join(arguments)}])"
    return f"{op.name}({', '.join(arguments)})"


def _held(f: Formula, least: int, style: Style, numbers: bool) -> str:
    """`f`, in parentheses unless it holds together at least that tightly."""
    text, hold = _write(f, style, numbers)
    return text if hold >= least else _parenthesised(text, style)


def _unsigned(f: Formula, style: Style, numbers: bool) -> str:
    """`f` as it follows a sign: a product, in parentheses if it begins with a sign of its own."""
    text = _held(f, _PRODUCT, style, numbers)
    return _parenthesised(text, style) if text[0] in "−-+" else text


def _parenthesised(text: str, style: Style) -> str:
    return rf"\left({text}\right)" if style == "latex" and r"\frac" in text else f"({text})"
