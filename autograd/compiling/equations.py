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
from typing import Any, ClassVar

from numpy.typing import NDArray

from autograd import ops
from autograd.compiling.ir import (
    Array,
    Concatenate,
    Contract,
    Exponentials,
    Gather,
    Literal,
    Map,
    Source,
    Sum,
    is_transposed,
    takes_all,
)
from autograd.op import Op, filled
from autograd.symbolic.latex import fraction, operator_name
from autograd.symbolic.matrices import (
    MAX_NUMBERS_PER_LINE,
    beside,
    bracketed,
    bracketed_latex,
    matrix_latex,
    matrix_lines,
)
from autograd.symbolic.precedence import ATOM, EQUATIONS, NEGATION, POWER, PRODUCT, SUM, Precedence
from autograd.symbolic.printer import Printed, Printer
from autograd.symbolic.python import MAX_OPERATIONS_PER_LINE
from autograd.symbolic.typesetting import Style, name, number, superscript

# Characters of Unicode's private use area, which no name prints, in the place of matrices in a line of text.
_FIRST_PLACEHOLDER = 0xE000
_PLACEHOLDER = re.compile("([\ue000-\uf8ff])")
# Arrays with more axes keep their names.
MAX_MATRIX_AXES = 2
# A letter or a word with an index, in LaTeX.
_WITH_INDEX = re.compile(r"(\w|\\\w+(?:\{\w+\})?)_\{([^{}]*)\}")
# A number, a fraction of numbers, or a number in parentheses, as text or as LaTeX.
_STARTS_WITH_NUMBER = re.compile(r"[0-9]|\\frac\{[0-9]|(?:\\left)?\([−-]?[0-9.]+(?:\\right)?\)")
# The name of an array of several elements of a vector: the first and the last one.
_RANGE = re.compile(r"(.+)\[([^…;]+)([…;])([^…;]+)\]")
_LAYER = re.compile(r"(W|b|L|AS)(\d+)")


class Equations:
    """Equations of some arrays; `str` gives the text.

    Args:
        order: the arrays, each behind its operands; those that are named or used twice get an equation.
        result: the last one.
        title: the left-hand side of its equation.
        style: "text" or "latex".
        numbers: the numbers of arrays, by array; an equation is then followed by what it becomes when they are put in.

    Attributes:
        lines: the left-hand and right-hand sides.
    """

    def __init__(
        self,
        order: Sequence[Array],
        result: Array,
        title: str,
        style: Style,
        numbers: Mapping[Array, NDArray[Any]] | None = None,
    ) -> None:
        self.style = style
        self.lines: list[tuple[str, str]] = []
        printer = LatexEquationPrinter() if style == "latex" else EquationPrinter()
        # The right-hand sides with numbers put in, for each line.
        self._stages: list[list[str]] = []
        put_in = _NumbersPutIn(printer, numbers or {})
        self._matrices = put_in.matrices
        uses = Counter(operand for x in order for operand in x.operands)
        # The two elements of a vector are one use of it where they are added: C = Σ (L₃ − y)².
        uses.subtract(vector for vector in map(_summed, order) if vector is not None)
        # Parameters of the same label are written as elements of P, so that they can be told apart.
        parameters = Counter(label for label, _ in {(x.name, _elements(x)) for x in order if _is_parameter(x)})
        # The number of operations in the expression of each array.
        length: dict[Array, int] = {}
        count = itertools.count(1)
        for x in order:
            length[x] = 1 + sum(length[operand] for operand in x.operands if operand not in printer.known)
            if x.name and (isinstance(x, Source) or (_is_parameter(x) and parameters[x.name] == 1)):
                printer.known[x] = printer.name(x.name)
            if x is result:
                self.lines.append((printer.name(title), printer.text(x)))
                self._stages.append(put_in.stages(x))
            elif not isinstance(x, (Source, Literal, Gather)) and (
                uses[x] > 1 or x.name.startswith("L") or length[x] > MAX_OPERATIONS_PER_LINE
            ):
                left = printer.name(x.name or f"z[{next(count)}]")
                self.lines.append((left, printer.text(x)))
                self._stages.append(put_in.stages(x))
                printer.known[x] = left

    def __str__(self) -> str:
        equations = zip(self.lines, self._stages, strict=True)
        if self.style == "latex":
            rows = [f"{left} &= " + " \\\\\n&= ".join([right, *stages]) for (left, right), stages in equations]
            return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"
        lines = []
        for (left, right), stages in equations:
            lines.append(f"{left} = {right}")
            for stage in stages:
                # A placeholder is a matrix of several lines.
                pieces = [self._matrices.get(piece, piece) for piece in _PLACEHOLDER.split(f" = {stage}")]
                lines += beside(" " * len(left), *pieces)
        return "\n".join(lines)


class EquationPrinter(Printer[Array]):
    """Prints arrays as textbooks write vectors and matrices.

    Attributes:
        known: the names of arrays that have an equation or are given.
        written: the texts of arrays whose numbers are put in; they come before names.
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
    ones: ClassVar[str] = "𝟏"
    ellipsis: ClassVar[str] = "…"
    transposed: ClassVar[str] = "ᵀ"

    def __init__(self) -> None:
        self.known: dict[Array, str] = {}
        self.written: dict[Array, Printed] = {}

    def name(self, label: str) -> str:
        """Print the name of an array; W2 is W₂,₁, b2 is B₂, and w[1…3] is [w₁, …, w₃]."""
        ends = _RANGE.fullmatch(label)
        if ends:
            stem, first, sign, last = ends.groups()
            between = f"{self.ellipsis}, " if sign == "…" else ""
            return f"[{self.name(f'{stem}[{first}]')}, {between}{self.name(f'{stem}[{last}]')}]"
        layer = _LAYER.fullmatch(label)
        if layer:
            letter, index = layer[1], int(layer[2])
            label = f"W[{index},{index - 1}]" if letter == "W" else f"{letter.replace('b', 'B')}[{index}]"
        return name(label, self.style)

    def expression(self, node: Array) -> Printed:
        """Print an array by its numbers or its name, or as an expression."""
        if node in self.written:
            return self.written[node]
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
        return self.ones if _is_ones(x) else self.word("K"), ATOM

    @_kind.register
    def _map(self, x: Map) -> Printed:
        vector = _summed(x)
        return self.operation(x) if vector is None else (self.sigma + self.text(vector, POWER), PRODUCT)

    @_kind.register
    def _contract(self, x: Contract) -> Printed:
        weights, inputs = _factors(x)
        is_dot_product = not x.axes[2] and len(x.axes[0]) == 1
        sign = self.dot if is_dot_product else " "
        return self.side_by_side(self._factor(weights), self._factor(inputs), sign), PRODUCT

    def _factor(self, x: Array) -> str:
        """Print a factor of a product; of a vector, the order of the elements matters."""
        is_known = x in self.known or x in self.written
        if is_known or not isinstance(x, Gather) or is_transposed(x) or takes_all(x.index, x.operands[0].size):
            return self.text(x, ATOM)
        return self._elements_of(x)[0]

    @_kind.register
    def _sum(self, x: Sum) -> Printed:
        (operand,) = x.operands
        return self.sigma + self.text(operand, POWER), PRODUCT

    @_kind.register
    def _exponentials(self, x: Exponentials) -> Printed:
        (operand,) = x.operands
        return f"{self.word(x.function)}({self.text(operand)})", ATOM

    @_kind.register
    def _concatenate(self, x: Concatenate) -> Printed:
        return f"[{', '.join(map(self.text, x.operands))}]", ATOM

    @_kind.register
    def _gather(self, x: Gather) -> Printed:
        (operand,) = x.operands
        if is_transposed(x) and 1 not in operand.shape:
            return self.text(operand, ATOM) + self.transposed, ATOM
        # All elements need no index, in whatever order or shape: sums and functions of each are the same.
        return self.expression(operand) if x.size == operand.size else self._elements_of(x)

    def _elements_of(self, x: Gather) -> Printed:
        """Return the range of elements that are gathered."""
        (operand,) = x.operands
        text = self.text(operand, ATOM)
        first, last = int(x.index.flat[0]) + 1, int(x.index.flat[-1]) + 1
        return self.indexed(text, first, last), ATOM

    def product(self, node: Array) -> Printed:
        """Print a product: element by element, unless one factor is a number."""
        x, y = node.operands
        if _is_ones(y) and y.size <= x.size:
            # Ones only repeat a number for each element; here it has as many.
            return self.expression(x)
        sign = " " if isinstance(x, Literal) or x.size == 1 else self.signs[ops.mul]
        left, precedence = self.expression(x)
        least = self.least_first_factor(x)
        # The sign of a number in front is that of the product.
        is_negative = precedence is NEGATION and least is PRODUCT and x.op is not ops.neg
        if precedence < least and not is_negative:
            left = self.parenthesized(left)
        product = self.side_by_side(left, self.text(y, PRODUCT), sign)
        return product, NEGATION if is_negative else PRODUCT

    def side_by_side(self, left: str, right: str, sign: str = " ") -> str:
        """Return a product; a number behind another factor has a sign before it, since 2 3 would read as 23."""
        is_ambiguous = sign == " " and _STARTS_WITH_NUMBER.match(right)
        return f"{left}{self.dot if is_ambiguous else sign}{right}"

    def sum(self, node: Array) -> Printed:
        """Print a sum or a difference; a negative term is subtracted, not added."""
        assert node.op is not None
        operator = self.operators[node.op]
        left, right = self.operand(node, 0, operator.left), self.operand(node, 1, operator.right)
        minus, op = self.signs[ops.neg], node.op
        if right.startswith(minus):
            right, op = right.removeprefix(minus), ops.sub if op is ops.add else ops.add
        return f"{left}{self.signs[op]}{right}", SUM

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
        if is_whole:
            return head, ATOM
        arguments = ", ".join(operands)
        # Parentheses around a matrix of LaTeX have its height.
        is_matrix = "\\begin" in arguments
        return (
            f"{head or self.word(node.op.name)}{self.parenthesized(arguments) if is_matrix else f'({arguments})'}",
            ATOM,
        )

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
    ones = r"\mathbf{1}"
    ellipsis = r"\ldots"
    transposed = r"^\top"

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
        with_index = _WITH_INDEX.fullmatch(text)
        if with_index:
            return f"{with_index[1]}_{{{with_index[2]},{elements}}}"
        return f"{text}_{{{elements}}}" if text.isalpha() and len(text) == 1 else f"{{{text}}}_{{{elements}}}"


class _NumbersPutIn:
    """Right-hand sides with numbers put in, worked out from the inside as a reader does.

    The essay's example: the matrices are put in, their product is written row by row, then it is computed, the bias is
    added, and the activation function is applied.

    Args:
        printer: the printer of the equations.
        numbers: the numbers of arrays, for one example.

    Attributes:
        matrices: the lines of each matrix in the texts, by the character that stands for it; LaTeX needs none.
    """

    def __init__(self, printer: EquationPrinter, numbers: Mapping[Array, NDArray[Any]]) -> None:
        self.printer = printer
        self.numbers = {x: M for x, M in numbers.items() if M.ndim <= MAX_MATRIX_AXES and M.size}
        self.matrices: dict[str, list[str]] = {}

    def stages(self, x: Array) -> list[str]:
        """Return the right-hand side of the equation of `x` in the stages of its computation."""
        nodes = self._expression(x)
        leaves = {node for node in nodes if node in self.printer.known or not node.operands}
        # An element is put in as a number, and not as an index of its vector.
        leaves |= {node for node in nodes if isinstance(node, Gather) and node.size == 1 and node.operands[0] in leaves}
        written = {node: self._put_in(node) for node in leaves if node in self.numbers}
        if not written:
            return []
        texts = [self.printer.text(x), self._text(x, written)]
        rows = {
            node: self._rows(node) for node in nodes if isinstance(node, Contract) and self._has_rows(node, written)
        }
        texts.append(self._text(x, written | rows))
        while x not in written:
            ready = [
                node
                for node in nodes
                if node not in written and node in self.numbers and all(y in written for y in node.operands)
            ]
            if not ready:
                break
            written |= {node: self._put_in(node) for node in ready}
            texts.append(self._text(x, written))
        return [text for text, before in zip(texts[1:], texts, strict=False) if text != before]

    def _expression(self, x: Array) -> list[Array]:
        """Return the arrays in the right-hand side of the equation of `x`, each once."""
        nodes: dict[Array, None] = {}
        stack = [x]
        while stack:
            node = stack.pop()
            if node not in nodes:
                nodes[node] = None
                stack += () if node in self.printer.known else node.operands
        return list(nodes)

    def _text(self, x: Array, written: Mapping[Array, Printed]) -> str:
        """Print the right-hand side of `x` with some numbers put in."""
        self.printer.written = dict(written)
        text = self.printer.text(x)
        self.printer.written = {}
        return text

    def _put_in(self, x: Array) -> Printed:
        """Return the numbers of an array as text."""
        M = self.numbers[x]
        if M.size == 1:
            return number(M.item(), self.printer.style), ATOM if M.item() >= 0 else NEGATION
        return self._matrix(matrix_latex(M) if self.printer.style == "latex" else matrix_lines(M)), ATOM

    def _matrix(self, matrix: str | list[str]) -> str:
        """Return the text of a matrix, or a character for its lines, the same for equal ones."""
        if isinstance(matrix, str):
            return matrix
        for character, lines in self.matrices.items():
            if lines == matrix:
                return character
        character = chr(_FIRST_PLACEHOLDER + len(self.matrices))
        self.matrices[character] = matrix
        return character

    def _has_rows(self, x: Contract, written: Mapping[Array, Printed]) -> bool:
        """Return True for a small matrix times a vector, both with numbers."""
        weights, inputs = _factors(x)
        if weights not in written or inputs not in written:
            return False
        shape = self.numbers[weights].shape
        return len(shape) == 2 and self.numbers[inputs].ndim == 1 and max(shape) <= MAX_NUMBERS_PER_LINE

    def _rows(self, x: Contract) -> Printed:
        """Return a matrix times a vector, written row by row."""
        weights, inputs = _factors(x)
        M, v = self.numbers[weights], self.numbers[inputs]
        rows = [self._row(row, v.tolist()) for row in M.tolist()]
        if self.printer.style == "latex":
            return bracketed_latex(rows), ATOM
        return self._matrix(bracketed(rows)), ATOM

    def _row(self, weights: Sequence[float], inputs: Sequence[float]) -> str:
        """Return w₁x₁ + w₂x₂ + … with numbers; a negative weight is subtracted, and a negative input in parentheses."""
        style = self.printer.style
        dot = self.printer.dot if style == "latex" else self.printer.dot.strip()
        text = ""
        for w, y in zip(weights, inputs, strict=True):
            sign = self.printer.signs[ops.sub if w < 0 else ops.add]
            sign = sign if text else (self.printer.signs[ops.neg] if w < 0 else "")
            factor = number(y, style)
            factor = factor if y >= 0 else self.printer.parenthesized(factor)
            text += f"{sign}{number(abs(w), style)}{dot}{factor}"
        return text


def _factors(x: Contract) -> tuple[Array, Array]:
    """Return the factors of a product as their shapes multiply; of two matrices a parameter first."""
    first, second = x.operands
    for matrix, vector, axes in ((first, second, x.axes[0]), (second, first, x.axes[1])):
        if len(matrix.shape) == 2 and len(vector.shape) == 1:
            return (vector, matrix) if axes[-1] in x.axes[2] else (matrix, vector)
    return (second, first) if _is_parameter(second) else (first, second)


def _summed(x: Array) -> Array | None:
    """Return the vector of two elements whose sum `x` is, None if it is no such sum."""
    if x.op is not ops.add or not all(isinstance(operand, Gather) and operand.size == 1 for operand in x.operands):
        return None
    first, second = x.operands
    vector = first.operands[0]
    # Equal elements would be one array.
    is_whole = vector is second.operands[0] and first is not second and vector.size == len(x.operands)
    return vector if is_whole and not isinstance(vector, Source) else None


def _elements(x: Array) -> tuple[int, ...]:
    """Return the positions of the elements of a gather; those of a matrix in order, as its transpose has them too."""
    assert isinstance(x, Gather)
    positions = x.index.ravel().tolist()
    return tuple(positions if x.size in (*x.shape, 1) else sorted(positions))


def _is_ones(x: Array) -> bool:
    """Return True for a constant array of ones."""
    return isinstance(x, Source) and x.numbers is not None and bool((x.numbers == 1.0).all())


def _is_parameter(x: Array) -> bool:
    """Return True for parameters or arguments with a name."""
    return isinstance(x, Gather) and isinstance(x.operands[0], Source) and bool(x.name)
