r"""A program as the equations of a textbook: L₂ = S(W₂,₁ x + B₂), in text and in LaTeX.

The weights from layer l − 1 to layer l are W with both numbers, as in the essay; a matrix that is applied to a row of
a batch is applied to a column here, as a textbook does.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from autograd import ops
from autograd.compiling.arrays import Array, Contract, Exponentials, Join, Literal, Map, Source, Sum, View
from autograd.compiling.infix import LONGEST
from autograd.op import filled
from autograd.symbolic.typesetting import Style, name, number

ATOM, POWER, PRODUCT, SIGN, SUM = 5, 4, 3, 2, 1
_MINUS = {"text": "−", "latex": "-"}
_TIMES = {"text": " ∘ ", "latex": r" \circ "}
_LAYER = re.compile(r"(W|b|L|AS)(\d+)")


class Equations:
    """The equations of some arrays.

    Args:
        order: the arrays, each behind its operands; those that are named or used twice get a line.
        result: the last one.
        title: what that is called.
        style: "text" or "latex".
    """

    def __init__(self, order: Sequence[Array], result: Array, title: str, style: Style) -> None:
        self.style = style
        self.lines: list[tuple[str, str]] = []
        self.known: dict[Array, str] = {}
        uses = Counter(operand for x in order for operand in x.operands)
        length: dict[Array, int] = {}
        count = itertools.count(1)
        for x in order:
            length[x] = 1 + sum(length[operand] for operand in x.operands if operand not in self.known)
            if x.name and (isinstance(x, Source) or _is_parameter(x)):
                self.known[x] = self._name(x.name)
            if x is result:
                self.lines.append((self._name(title), self._text(x, SUM)))
            elif not isinstance(x, (Source, Literal, View)) and (
                uses[x] > 1 or x.name.startswith("L") or length[x] > LONGEST
            ):
                title_of = self._name(x.name or f"z[{next(count)}]")
                self.lines.append((title_of, self._text(x, SUM)))
                self.known[x] = title_of

    def __str__(self) -> str:
        if self.style == "latex":
            rows = " \\\\\n".join(f"{left} &= {right}" for left, right in self.lines)
            return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"
        return "\n".join(f"{left} = {right}" for left, right in self.lines)

    def _name(self, label: str) -> str:
        layer = _LAYER.fullmatch(label)
        if layer:
            letter, at = layer[1], int(layer[2])
            label = f"W[{at},{at - 1}]" if letter == "W" else f"{letter.replace('b', 'B')}[{at}]"
        return name(label, self.style)

    def _text(self, x: Array, least: int) -> str:
        text, binding = (self.known[x], ATOM) if x in self.known else self._expression(x)
        if binding >= least:
            return text
        return rf"\left({text}\right)" if self.style == "latex" else f"({text})"

    def _expression(self, x: Array) -> tuple[str, int]:
        if isinstance(x, Literal):
            return number(x.number, self.style), ATOM if x.number >= 0 else SIGN
        if isinstance(x, Source):
            return ("1" if x.numbers is not None and (x.numbers == 1.0).all() else self._word("K")), ATOM
        if isinstance(x, Map):
            return self._map(x)
        if isinstance(x, Contract):
            weights, inputs = x.operands[::-1] if _is_parameter(x.operands[1]) else x.operands
            if not x.axes[2] and len(x.axes[0]) == 1:
                return f"{self._text(weights, ATOM)} · {self._text(inputs, ATOM)}".replace("·", self._dot()), PRODUCT
            return f"{self._text(weights, ATOM)} {self._text(inputs, ATOM)}", PRODUCT
        if isinstance(x, Sum):
            sign = r"\sum " if self.style == "latex" else "Σ "
            return sign + self._text(x.operands[0], POWER), PRODUCT
        if isinstance(x, Exponentials):
            return f"{self._word(x.function)}({self._text(x.operands[0], SUM)})", ATOM
        if isinstance(x, Join):
            return f"[{', '.join(self._text(operand, SUM) for operand in x.operands)}]", ATOM
        chosen = self._chosen(x)
        text = self._text(x.operands[0], ATOM)
        return f"{{{text}}}{chosen}" if chosen and self.style == "latex" else text + chosen, ATOM

    def _chosen(self, x: Array) -> str:
        """Which elements a view takes: none need saying if it takes all."""
        if x.size == x.operands[0].size:
            return ""
        assert isinstance(x, View)
        first, last = int(x.index.flat[0]) + 1, int(x.index.flat[-1]) + 1
        shown = str(first) if first == last else f"{first}…{last}"
        return f"_{{{shown}}}".replace("…", r"\ldots ") if self.style == "latex" else f"[{shown}]"

    def _map(self, x: Map) -> tuple[str, int]:
        first, *rest = x.operands
        if x.op is ops.add or x.op is ops.sub:
            sign = "+" if x.op is ops.add else _MINUS[self.style]
            return f"{self._text(first, SUM)} {sign} {self._text(rest[0], SIGN if x.op is ops.sub else SUM)}", SUM
        if x.op is ops.neg:
            return f"{_MINUS[self.style]}{self._text(first, PRODUCT)}", SIGN
        if x.op is ops.mul:
            scaled = isinstance(first, Literal) or first.size == 1
            sign = " " if scaled else _TIMES[self.style]
            return f"{self._text(first, self._least(first))}{sign}{self._text(rest[0], PRODUCT)}", PRODUCT
        if x.op is ops.div:
            if self.style == "latex":
                return rf"\frac{{{self._text(first, SUM)}}}{{{self._text(rest[0], SUM)}}}", ATOM
            return f"{self._text(first, self._least(first))}/{self._text(rest[0], POWER)}", PRODUCT
        if x.op is ops.pow:
            return self._power(self._text(first, ATOM), self._text(rest[0], SUM)), POWER
        symbol = x.op.latex if self.style == "latex" else x.op.symbol
        operands = [self._text(operand, SUM) for operand in x.operands]
        head, is_whole = filled(symbol, operands)
        if is_whole:
            return head, ATOM
        return f"{head or self._word(x.op.name)}({', '.join(operands)})", ATOM

    def _least(self, x: Array) -> int:
        """How tightly a first factor has to bind: a sum, or in text a quotient, would seem to go on with the second."""
        while isinstance(x, Map) and x.op is ops.mul and x not in self.known:
            x = x.operands[1]
        open_ended = isinstance(x, Sum) or (self.style == "text" and isinstance(x, Map) and x.op is ops.div)
        return POWER if open_ended and x not in self.known else PRODUCT

    def _power(self, base: str, exponent: str) -> str:
        if self.style == "latex":
            if base.startswith((r"\frac", "e^", "2^")):
                base = rf"\left({base}\right)"
            return f"{base}^{{{exponent}}}"
        return base + exponent.translate(_RAISED) if exponent.isdigit() else f"{base}^({exponent})"

    def _word(self, word: str) -> str:
        return rf"\operatorname{{{word.replace('_', chr(92) + '_')}}}" if self.style == "latex" else word

    def _dot(self) -> str:
        return r"\cdot" if self.style == "latex" else "·"


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _is_parameter(x: Array) -> bool:
    """Whether it stands for some of the leaves."""
    return isinstance(x, View) and isinstance(x.operands[0], Source) and bool(x.name)
