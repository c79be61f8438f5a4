r"""Equations of a program as in a textbook: L₂ = S(W₂,₁ x + B₂), in text and in LaTeX.

The weights from layer l − 1 to layer l are W with both numbers, as in the essay. A program applies a matrix to each row
of a batch; the equations apply it to a column.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import singledispatchmethod
from typing import ClassVar

from autograd import ops
from autograd.compiling.ir import Array, Concatenate, Contract, Exponentials, Gather, Literal, Map, Source, Sum
from autograd.op import Op, filled
from autograd.symbolic.latex import fraction, operator_name
from autograd.symbolic.precedence import ATOM, EQUATIONS, NEGATION, POWER, PRODUCT, Precedence
from autograd.symbolic.printer import Printed, Printer
from autograd.symbolic.python import MAX_OPERATIONS_PER_LINE
from autograd.symbolic.typesetting import Style, name, number, superscript

_LAYER = re.compile(r"(W|b|L|AS)(\d+)")


class Equations:
    """Equations of some arrays; `str` gives the text.

    Args:
        order: the arrays, each behind its operands; those that are named or used twice get an equation.
        result: the last one.
        title: the left-hand side of its equation.
        style: "text" or "latex".

    Attributes:
        lines: the left-hand and right-hand sides.
    """

    def __init__(self, order: Sequence[Array], result: Array, title: str, style: Style) -> None:
        self.style = style
        self.lines: list[tuple[str, str]] = []
        printer = LatexEquationPrinter() if style == "latex" else EquationPrinter()
        uses = Counter(operand for x in order for operand in x.operands)
        # The number of operations in the expression of each array.
        length: dict[Array, int] = {}
        count = itertools.count(1)
        for x in order:
            length[x] = 1 + sum(length[operand] for operand in x.operands if operand not in printer.known)
            if x.name and (isinstance(x, Source) or _is_parameter(x)):
                printer.known[x] = printer.name(x.name)
            if x is result:
                self.lines.append((printer.name(title), printer.text(x)))
            elif not isinstance(x, (Source, Literal, Gather)) and (
                uses[x] > 1 or x.name.startswith("L") or length[x] > MAX_OPERATIONS_PER_LINE
            ):
                left = printer.name(x.name or f"z[{next(count)}]")
                self.lines.append((left, printer.text(x)))
                printer.known[x] = left

    def __str__(self) -> str:
        if self.style == "latex":
            rows = " \\\\\n".join(f"{left} &= {right}" for left, right in self.lines)
            return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"
        return "\n".join(f"{left} = {right}" for left, right in self.lines)


class EquationPrinter(Printer[Array]):
    """Prints arrays as textbooks write vectors and matrices.

    Attributes:
        known: the names of arrays that have an equation or are given.
    """

    style: ClassVar[Style] = "text"
    operators = EQUATIONS
    signs: ClassVar[Mapping[Op, str]] = {
        ops.add: " + ",
        ops.sub: " − ",
        ops.neg: "−",
        ops.mul: " ∘ ",
        ops.div: "/",
        ops.pow: "^",
    }
    dot: ClassVar[str] = " · "
    sigma: ClassVar[str] = "Σ "

    def __init__(self) -> None:
        self.known: dict[Array, str] = {}

    def name(self, label: str) -> str:
        """Print the name of an array; W2 is W₂,₁, and b2 is B₂."""
        layer = _LAYER.fullmatch(label)
        if layer:
            letter, index = layer[1], int(layer[2])
            label = f"W[{index},{index - 1}]" if letter == "W" else f"{letter.replace('b', 'B')}[{index}]"
        return name(label, self.style)

    def expression(self, node: Array) -> Printed:
        """Print an array by its name, or as an expression."""
        return (self.known[node], ATOM) if node in self.known else self._kind(node)

    @singledispatchmethod
    def _kind(self, x: Array) -> Printed:
        """Print the expression of an array of one kind."""
        raise TypeError(f"array must have an equation, got {type(x).__name__}")

    @_kind.register
    def _literal(self, x: Literal) -> Printed:
        return number(x.number, self.style), ATOM if x.number >= 0 else NEGATION

    @_kind.register
    def _source(self, x: Source) -> Printed:
        is_ones = x.numbers is not None and (x.numbers == 1.0).all()
        return "1" if is_ones else self.word("K"), ATOM

    @_kind.register
    def _map(self, x: Map) -> Printed:
        return self.operation(x)

    @_kind.register
    def _contract(self, x: Contract) -> Printed:
        weights, inputs = x.operands[::-1] if _is_parameter(x.operands[1]) else x.operands
        is_dot_product = not x.axes[2] and len(x.axes[0]) == 1
        sign = self.dot if is_dot_product else " "
        return f"{self.text(weights, ATOM)}{sign}{self.text(inputs, ATOM)}", PRODUCT

    @_kind.register
    def _sum(self, x: Sum) -> Printed:
        return self.sigma + self.text(x.operands[0], POWER), PRODUCT

    @_kind.register
    def _exponentials(self, x: Exponentials) -> Printed:
        return f"{self.word(x.function)}({self.text(x.operands[0])})", ATOM

    @_kind.register
    def _concatenate(self, x: Concatenate) -> Printed:
        return f"[{', '.join(map(self.text, x.operands))}]", ATOM

    @_kind.register
    def _gather(self, x: Gather) -> Printed:
        operand = x.operands[0]
        text = self.text(operand, ATOM)
        # All elements, in whatever order or shape, need no index.
        if x.size == operand.size:
            return text, ATOM
        first, last = int(x.index.flat[0]) + 1, int(x.index.flat[-1]) + 1
        return self.indexed(text, first, last), ATOM

    def product(self, node: Array) -> Printed:
        """Print a product: element by element, unless one factor is a number."""
        x, y = node.operands
        sign = " " if isinstance(x, Literal) or x.size == 1 else self.signs[ops.mul]
        return f"{self.text(x, self.least_first_factor(x))}{sign}{self.text(y, PRODUCT)}", PRODUCT

    def quotient(self, node: Array) -> Printed:
        """Print a quotient."""
        x, y = node.operands
        return f"{self.text(x, self.least_first_factor(x))}/{self.text(y, POWER)}", PRODUCT

    def least_first_factor(self, x: Array) -> Precedence:
        """Return the least precedence of a first factor: a sum Σ or a quotient would seem to contain the second."""
        while x.op is ops.mul and x not in self.known:
            x = x.operands[1]
        return POWER if self.is_open_ended(x) and x not in self.known else PRODUCT

    def is_open_ended(self, x: Array) -> bool:
        """Return True if a factor after `x` would seem to be part of it."""
        return isinstance(x, Sum) or x.op is ops.div

    def power(self, node: Array) -> Printed:
        """Print a power; the exponent is a superscript if it is a whole number."""
        base, exponent = self.text(node.operands[0], ATOM), self.text(node.operands[1])
        return base + superscript(exponent) if exponent.isdigit() else f"{base}^({exponent})", POWER

    def call(self, node: Array) -> Printed:
        """Print an operation by its symbol, with the operands in parentheses unless the symbol has places for them."""
        assert node.op is not None
        operands = [self.text(operand) for operand in node.operands]
        head, is_whole = filled(self.symbol(node.op), operands)
        return head if is_whole else f"{head or self.word(node.op.name)}({', '.join(operands)})", ATOM

    def symbol(self, op: Op) -> str:
        """Return the symbol of an operation; "" without one."""
        return op.symbol

    def word(self, word: str) -> str:
        """Return a word as the name of a function or of an array."""
        return word

    def indexed(self, text: str, first: int, last: int) -> str:
        """Return an array with the range of elements that are gathered from it."""
        return f"{text}[{first}]" if first == last else f"{text}[{first}…{last}]"


class LatexEquationPrinter(EquationPrinter):
    """Prints arrays as LaTeX."""

    style = "latex"
    signs: ClassVar[Mapping[Op, str]] = {
        ops.add: " + ",
        ops.sub: " - ",
        ops.neg: "-",
        ops.mul: r" \circ ",
        ops.div: "/",
        ops.pow: "^",
    }
    dot = r" \cdot "
    sigma = r"\sum "

    def parenthesized(self, text: str) -> str:
        """Return `text` in parentheses of its height."""
        return rf"\left({text}\right)"

    def quotient(self, node: Array) -> Printed:
        """Print a quotient as a fraction."""
        x, y = node.operands
        return fraction(self.text(x), self.text(y)), ATOM

    def is_open_ended(self, x: Array) -> bool:
        """Return True if a factor after `x` would seem to be part of it; a fraction has a visible end."""
        return isinstance(x, Sum)

    def power(self, node: Array) -> Printed:
        """Print a power with its exponent as a superscript."""
        base, exponent = self.text(node.operands[0], ATOM), self.text(node.operands[1])
        # Next to a fraction an exponent would be ambiguous, and LaTeX refuses a second superscript.
        if base.startswith((r"\frac", "e^", "2^")):
            base = self.parenthesized(base)
        return f"{base}^{{{exponent}}}", POWER

    def symbol(self, op: Op) -> str:
        """Return the LaTeX of an operation; "" without it."""
        return op.latex

    def word(self, word: str) -> str:
        """Return a word as the name of a function or of an array."""
        return operator_name(word)

    def indexed(self, text: str, first: int, last: int) -> str:
        """Return an array with the range of elements that are gathered from it as its index."""
        elements = str(first) if first == last else rf"{first}\ldots {last}"
        return f"{{{text}}}_{{{elements}}}"


def _is_parameter(x: Array) -> bool:
    """Return True for parameters or arguments with a name."""
    return isinstance(x, Gather) and isinstance(x.operands[0], Source) and bool(x.name)
