"""Formulas as Unicode text, as HTML, and as plain ASCII that parses back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from autograd import ops
from autograd.op import Op, filled
from autograd.symbolic.formula import Formula, apply
from autograd.symbolic.precedence import ATOM, NEGATION, POWER, PRODUCT, SUM, TEXTBOOK, Precedence
from autograd.symbolic.printer import Printed, Printer
from autograd.symbolic.textbook import CASES
from autograd.symbolic.typesetting import (
    SIGNIFICANT_DIGITS,
    Style,
    escape,
    has_upper_index,
    is_name,
    name,
    number,
    superscript,
)

# Longer sums are printed as their first two terms, an ellipsis and the last term.
MAX_TERMS = 5
# A call of more operands, such as a softmax, is printed with its first two, an ellipsis and the last one.
MAX_ARGUMENTS = 10
# A whole number below this is a superscript; a longer one would be hard to read that small.
MAX_SUPERSCRIPT = 100
_NUMBER = re.compile(r"[−-]?[\d.]+")


class TextPrinter(Printer[Formula]):
    """Prints formulas as a textbook does, in Unicode for a terminal.

    Args:
        numbers: print numbers for names, and for results whose number is known.
        digits: the number of significant digits.

    >>> from autograd.symbolic.formula import symbol
    >>> x, y = symbol("x", 3.0), symbol("y[1]", -2.0)
    >>> TextPrinter().text(2 * (x - y) ** 2), TextPrinter(numbers=True).text(2 * (x - y) ** 2)
    ('2(x − y₁)²', '2(3 − (−2))²')
    """

    style: ClassVar[Style] = "text"
    operators = TEXTBOOK
    signs: ClassVar[Mapping[Op, str]] = {
        ops.add: " + ",
        ops.sub: " − ",
        ops.mul: "·",
        ops.div: "/",
        ops.neg: "−",
        ops.pos: "+",
    }
    ellipsis: ClassVar[str] = "…"
    # Between a coefficient and its factor, as in 2x.
    gap: ClassVar[str] = ""
    # Constants of the rules, by their floats.
    constants: ClassVar[Mapping[float, Printed]] = {
        math.e: ("e", ATOM),
        math.pi: ("π", ATOM),
        ops.LN2: ("ln 2", ATOM),
        math.log(10.0): ("ln 10", ATOM),
        ops.TWO_OVER_SQRT_PI: ("2/√π", PRODUCT),
        -ops.TWO_OVER_SQRT_PI: ("−2/√π", NEGATION),
        ops.SQRT_TAU: ("√(2π)", ATOM),
        # One rounding away from the constant above.
        math.sqrt(2.0 * math.pi): ("√(2π)", ATOM),
        180.0 / math.pi: ("180/π", PRODUCT),
        math.pi / 180.0: ("π/180", PRODUCT),
    }

    def __init__(self, numbers: bool = False, digits: int = SIGNIFICANT_DIGITS) -> None:
        self.numbers, self.digits = numbers, digits

    def expression(self, node: Formula) -> Printed:
        """Print a formula, and return its text and precedence."""
        if node.op is None:
            return self.atom(node)
        return self.number(node.value) if self.numbers and node.known else self.operation(node)

    def atom(self, node: Formula) -> Printed:
        """Print a number or a name."""
        if node.is_literal and node.value == math.e and self.style != "plain":
            return "e", ATOM
        if self.numbers:
            return self.number(node.value)
        if node.label is not None:
            return name(node.label, self.style), self.precedence_of_name(node.label)
        return self.constants.get(node.value) or self.number(node.value)

    def precedence_of_name(self, label: str) -> Precedence:
        """Return the precedence of a name; a label such as "x*w + b" is in parentheses as an operand."""
        if not is_name(label):
            return SUM
        # A power of a², the name, would read as a²².
        return POWER if has_upper_index(label) else ATOM

    def number(self, value: float) -> Printed:
        """Print a number, rounded for reading."""
        text = number(value, self.style, self.digits)
        if _has_sign(text):
            return text, NEGATION
        return text, PRODUCT if "×" in text or "times" in text else ATOM

    def sum(self, node: Formula) -> Printed:
        """Print a sum or a difference."""
        x, y = node.operands
        assert node.op is not None
        return self.text(x, SUM) + self.signs[node.op] + self.unsigned(y), SUM

    def prefix(self, node: Formula) -> Printed:
        """Print a sign before its operand."""
        assert node.op is not None
        return self.signs[node.op] + self.unsigned(node.operands[0]), NEGATION

    def unsigned(self, node: Formula) -> str:
        """Print `node` after a sign: in parentheses if it is a sum, or begins with a sign of its own."""
        text = self.text(node, PRODUCT)
        return self.parenthesized(text) if _has_sign(text) or text[0] == "+" else text

    def product(self, node: Formula) -> Printed:
        """Print a product, without a sign where a person would write none."""
        (x, y), operator = node.operands, self.operators[ops.mul]
        left, right = self.text(x, operator.left), self.text(y, operator.right)
        return left + self.times(x, left, right) + right, PRODUCT

    def times(self, x: Formula, left: str, right: str) -> str:
        """Return the sign between two factors: none where a person would write none, as in 2x and 2(x − y)."""
        is_coefficient = _NUMBER.fullmatch(left) is not None
        if right.startswith(("(", r"\left(")):
            return self.gap if is_coefficient or (left.endswith(")") and not _is_quotient(x)) else self.signs[ops.mul]
        # 2 and 3/4 side by side would be a mixed number.
        is_mixed = right.removeprefix(r"\frac{")[0].isdigit()
        return self.gap if is_coefficient and x.is_literal and not is_mixed else self.signs[ops.mul]

    def power(self, node: Formula) -> Printed:
        """Print a power; the exponent is a superscript if it is a small whole number."""
        x, y = node.operands
        base = self.text(x, ATOM)
        if y.is_literal and y.value.is_integer() and abs(y.value) < MAX_SUPERSCRIPT:
            return base + superscript(str(int(y.value))), POWER
        return f"{base}^{self.text(y, ATOM)}", POWER

    def call(self, node: Formula) -> Printed:
        """Print an operation by its symbol, with the operands in parentheses unless the symbol has places for them."""
        assert node.op is not None
        if node.op in (ops.TOTAL, ops.DOT):
            return self.series(node.op, node.operands)
        if node.op in CASES:
            return self.cases(node)
        if len(node.operands) > MAX_ARGUMENTS and self.numbers:
            # As in a long sum, an ellipsis would hide numbers.
            return self.number(node.value)
        template = self.template(node.op)
        arguments = self.arguments(node.operands)
        head, is_whole = filled(template, arguments)
        if is_whole:
            return head, POWER if "^" in template else ATOM
        if node.op is ops.SOFTMAX:
            # The first operand is the index of the element.
            index = int(node.operands[0].value) + 1
            head += name(f"x[{index}]", self.style).removeprefix("x")
            arguments = self.arguments(node.operands[1:])
        if len(arguments) == 1 and self.is_prefix(head):
            return head + self.text(node.operands[0], ATOM), ATOM
        return head + self.parenthesized(", ".join(arguments)), ATOM

    def arguments(self, operands: Sequence[Formula]) -> list[str]:
        """Print the operands of a call; of many, the first two and the last one."""
        if len(operands) <= MAX_ARGUMENTS:
            return [self.text(x) for x in operands]
        return [self.text(operands[0]), self.text(operands[1]), self.ellipsis, self.text(operands[-1])]

    def cases(self, node: Formula) -> Printed:
        """Print an operation by cases, such as (1 if x > 0, else 0)."""
        assert node.op is not None
        texts = [
            f"else {self.text(value)}" if condition is None else f"{self.text(value)} if {self.condition(*condition)}"
            for value, condition in CASES[node.op](*node.operands)
        ]
        return self.parenthesized(", ".join(texts)), ATOM

    def condition(self, x: Formula, relation: str, y: Formula) -> str:
        """Print two formulas with a relation between them."""
        return f"{self.text(x)} {self.relation(relation)} {self.text(y)}"

    def relation(self, sign: str) -> str:
        """Return the sign of a relation."""
        return escape(sign, self.style)

    def template(self, op: Op) -> str:
        """Return the symbol of an operation, with places for the operands if it is more than a name."""
        return escape(op.symbol or op.name, self.style)

    def is_prefix(self, head: str) -> bool:
        """Return True if a function is written as a sign before its operand, as √x."""
        return not head[-1].isalnum()

    def series(self, op: Op, operands: Sequence[Formula]) -> Printed:
        """Print a sum of any number of terms; a long one by its first terms and its last, or by its number."""
        terms = list(operands)
        if op is ops.DOT:
            n = len(operands) // 2
            terms = [apply(ops.mul, pair) for pair in zip(operands[:n], operands[n : 2 * n], strict=True)]
            terms += operands[2 * n :]
        if len(terms) == 1:
            return self.expression(terms[0])
        if self.numbers and len(terms) > MAX_TERMS:
            # An ellipsis would hide numbers that the sum is computed from.
            return self.number(apply(op, operands).value)
        shown = terms if len(terms) <= MAX_TERMS else [*terms[:2], terms[-1]]
        first, *rest = (self.text(x, SUM if i == 0 else PRODUCT) for i, x in enumerate(shown))
        texts = [first, *(self.parenthesized(text) if _has_sign(text) else text for text in rest)]
        if len(shown) < len(terms):
            texts.insert(2, self.ellipsis)
        return " + ".join(texts), SUM


class HtmlPrinter(TextPrinter):
    """Prints formulas as a fragment of HTML; names are escaped."""

    style = "html"

    def power(self, node: Formula) -> Printed:
        """Print a power with its exponent as a superscript."""
        x, y = node.operands
        return f"{self.text(x, ATOM)}<sup>{self.text(y)}</sup>", POWER


class PlainPrinter(TextPrinter):
    """Prints formulas as ASCII that `autograd.expressions` parses back to the same numbers."""

    style = "plain"
    signs: ClassVar[Mapping[Op, str]] = {
        ops.add: " + ",
        ops.sub: " - ",
        ops.mul: "*",
        ops.div: "/",
        ops.neg: "-",
        ops.pos: "+",
    }
    constants: ClassVar[Mapping[float, Printed]] = {}

    def precedence_of_name(self, label: str) -> Precedence:
        """Return the precedence of a name: the parser takes an index as part of it."""
        return ATOM

    def times(self, x: Formula, left: str, right: str) -> str:
        """Return the sign between two factors, which the parser needs."""
        return self.signs[ops.mul]

    def power(self, node: Formula) -> Printed:
        """Print a power, with parentheses around an exponent that is not a name or a number."""
        x, y = node.operands
        return f"{self.text(x, ATOM)}**{self.text(y, ATOM)}", POWER

    def call(self, node: Formula) -> Printed:
        """Print an operation by the name that the parser knows it by."""
        assert node.op is not None
        op, arguments = node.op, [self.text(x) for x in node.operands]
        if op is ops.DOT:
            n = len(arguments) // 2
            bias = "".join(f", {bias}" for bias in arguments[2 * n :])
            return f"dot([{', '.join(arguments[:n])}], [{', '.join(arguments[n : 2 * n])}]{bias})", ATOM
        if op is ops.SOFTMAX:
            return f"softmax([{', '.join(arguments[1:])}])[{arguments[0]}]", ATOM
        if op in (ops.TOTAL, ops.LOGSUMEXP):
            return f"{op.name}([{', '.join(arguments)}])", ATOM
        return f"{op.name}({', '.join(arguments)})", ATOM


def _has_sign(text: str) -> bool:
    """Return True if a text begins with a minus sign."""
    return text[0] in "−-"


def _is_quotient(f: Formula) -> bool:
    """Return True if `f` is written as a quotient, with or without a sign; 1/(x)(y) would read as 1/((x)(y))."""
    while f.op in (ops.neg, ops.pos) or (f.op in (ops.TOTAL, ops.DOT) and len(f.operands) == 1):
        f = f.operands[0]
    return f.op is ops.div
