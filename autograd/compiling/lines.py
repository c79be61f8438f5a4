"""Straight lines as Python: a function of floats, of one operation or a few in a line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from autograd import ops
from autograd.compiling.arrays import Array, Literal, Map, is_number, is_scaled_twice
from autograd.compiling.infix import ATOM, INFIX, POWER, SIGN, SUM
from autograd.compiling.straight import StraightLine
from autograd.op import Op

SPELLED = {
    ops.sigmoid: ("1.0 / (1.0 + {1}(-{0}))", ops.exp),
    ops.sech: ("1.0 / {1}({0})", ops.cosh),
}
"""Operations that are quicker written out than called, and what they call."""
QUICK = {ops.tanh: math.tanh}
"""Functions on floats that are within a few ulp, and quicker than those of the table, which are within 2."""
LONGEST = 4
"""So many operations stand in one line at most, where their results are used once."""


class Lines:
    """The text of a straight-line program.

    Attributes:
        text: the function ``lines(*leaves)``; it returns the results.
        ops: the operations that it calls as functions, and what it calls them: two may have the same name.
    """

    def __init__(self, straight: StraightLine) -> None:
        self.ops: dict[Op, str] = {}
        self.text = self._printed(straight)

    def on_floats(self) -> Callable[..., tuple[float, ...]]:
        """What the text computes, on floats."""
        return self.function({op: QUICK.get(op, op.forward) for op in self.ops})

    def function(self, forms: Mapping[Op, Callable[..., Any]]) -> Callable[..., tuple[Any, ...]]:
        """What the text computes, given functions for the operations: on floats, or on arrays of an element a row."""
        space: dict[str, Any] = {self.ops[op]: form for op, form in forms.items()}
        exec(compile(self.text, "<compiled lines>", "exec"), space)  # our own text; names are made here
        found: Callable[..., tuple[Any, ...]] = space["lines"]
        return found

    def _printed(self, straight: StraightLine) -> str:
        uses = Counter(operand for x in straight.steps for operand in x.operands)
        uses.update(straight.results)
        uses.update(x.operands[0] for x in straight.steps if is_square(x))  # which is written twice
        given = [*straight.shared, *straight.each]
        text: dict[Array, tuple[str, int, int]] = {leaf: (leaf.name, ATOM, 0) for leaf in given}
        lines: list[str] = []
        for x in straight.steps:
            if isinstance(x, Literal):
                text[x] = (repr(x.number), SIGN if x.number < 0 else ATOM, 0)
                if not -1e308 < x.number < 1e308:
                    text[x] = (f"float('{x.number}')", ATOM, 0)
            elif isinstance(x, Map):
                expression, binding = self._expression(x, text)
                length = 1 + sum(text[operand][2] for operand in x.operands)
                if uses[x] > 1 or length > LONGEST:
                    lines.append(f"    v{len(lines)} = {expression}")
                    text[x] = f"v{len(lines) - 1}", ATOM, 0
                else:
                    text[x] = expression, binding, length
        lines.append(f"    return ({', '.join(text[x][0] for x in straight.results)},)")
        return "\n".join([f"def lines({', '.join(leaf.name for leaf in given)}):", *lines])

    def _expression(self, x: Map, text: dict[Array, tuple[str, int, int]]) -> tuple[str, int]:
        def shown(operand: Array, least: int) -> str:
            expression, binding, _ = text[operand]
            return expression if binding >= least else f"({expression})"

        xs = x.operands
        if is_square(x):
            return f"{shown(xs[0], ATOM)} * {shown(xs[0], ATOM)}", INFIX[ops.mul][1]
        if x.op in SPELLED:
            spelled, used = SPELLED[x.op]
            return spelled.format(shown(xs[0], POWER), self._called(used)), INFIX[ops.div][1]
        if x.op in INFIX and x.op is not ops.pow:
            sign, binding = INFIX[x.op]
            strict = binding if x.op in (ops.add, ops.mul) and not is_scaled_twice(x) else binding + 1
            return f"{shown(xs[0], binding)}{sign}{shown(xs[1], strict)}", binding
        if x.op is ops.neg:
            return f"-{shown(xs[0], POWER)}", SIGN
        return f"{self._called(x.op)}({', '.join(shown(operand, SUM) for operand in xs)})", ATOM

    def _called(self, op: Op) -> str:
        return self.ops.setdefault(op, f"f{len(self.ops)}")


def is_square(x: Array) -> bool:
    """Whether it is the square of something, which a product gives quicker."""
    return isinstance(x, Map) and x.op is ops.pow and is_number(x.operands[1], 2.0)
