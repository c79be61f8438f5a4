"""Operator precedence: the one table that the printers and the parser of expressions share."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from autograd import ops
from autograd.op import Op


class Precedence(IntEnum):
    """Levels of precedence, from sums, which bind loosest, to names and calls."""

    SUM = 1
    # A minus has two levels: a textbook reads −ab as −(ab), Python reads -a*b as (-a)*b.
    NEGATION = 2
    # Python gives @ the precedence of *, but x * (y @ z) is not (x * y) @ z.
    MATRIX_PRODUCT = 3
    PRODUCT = 4
    SIGN = 5
    POWER = 6
    ATOM = 7


SUM, NEGATION, MATRIX_PRODUCT, PRODUCT, SIGN, POWER, ATOM = Precedence


class Operator(NamedTuple):
    """Precedence of an operator, and the least precedence of operands that need no parentheses.

    Attributes:
        precedence: precedence of the whole expression.
        left: least precedence of the left operand; unused for a prefix operator.
        right: least precedence of the right operand, or of the operand of a prefix operator.
    """

    precedence: Precedence
    left: Precedence
    right: Precedence


# Python's grammar. Sums and products go without parentheses on the right as well: a + (b + c) is written a + b + c.
PYTHON: Mapping[Op, Operator] = {
    ops.add: Operator(SUM, SUM, SUM),
    ops.sub: Operator(SUM, SUM, NEGATION),
    ops.mul: Operator(PRODUCT, PRODUCT, PRODUCT),
    ops.div: Operator(PRODUCT, PRODUCT, SIGN),
    ops.neg: Operator(SIGN, ATOM, POWER),
    ops.pos: Operator(SIGN, ATOM, POWER),
    ops.pow: Operator(POWER, ATOM, SIGN),
}
# Formulas on a page keep the order in which they were computed, so a sum or a product on the right has parentheses.
TEXTBOOK: Mapping[Op, Operator] = {
    ops.add: Operator(SUM, SUM, PRODUCT),
    ops.sub: Operator(SUM, SUM, PRODUCT),
    ops.neg: Operator(NEGATION, ATOM, PRODUCT),
    ops.pos: Operator(NEGATION, ATOM, PRODUCT),
    ops.mul: Operator(PRODUCT, NEGATION, POWER),
    ops.div: Operator(PRODUCT, NEGATION, POWER),
    ops.pow: Operator(POWER, ATOM, ATOM),
}
# Equations of a network do not show the order of a sum: z₁ + z₂ + z₃, whatever was added first.
EQUATIONS: Mapping[Op, Operator] = {
    ops.add: Operator(SUM, SUM, SUM),
    ops.sub: Operator(SUM, SUM, NEGATION),
    ops.neg: Operator(NEGATION, ATOM, PRODUCT),
    ops.mul: Operator(PRODUCT, PRODUCT, PRODUCT),
    ops.div: Operator(PRODUCT, PRODUCT, POWER),
    ops.pow: Operator(POWER, ATOM, SUM),
}
