"""Operations in words: for each form of one, its definition and its partials as templates.

A template has ``{0}``, ``{1}``, … where the operands go and ``{z}`` for the result; the page puts in names or numbers.
Nodes that differ in nothing but their operands have one form: the page of a network has a handful.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.context import quiet
from autograd.op import Op
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula, literal, symbol
from autograd.symbolic.notation import write
from autograd.value import Value

Form = tuple[Op, tuple[float | None, ...]]
"""An operation, and those of its operands that are numbers in an expression."""


class Wording(NamedTuple):
    """How one form of an operation is written.

    Attributes:
        definition: what the node is.
        partials: the partial with respect to each operand, "" for a number.
        numbers: the same as they are written when numbers are put in: with the result as such.
    """

    definition: str
    partials: list[str]
    numbers: list[str]


def form(node: Value) -> Form:
    """The form of a result."""
    assert node.op is not None
    return node.op, tuple(x.data if x.constant else None for x in node.operands)


def wording(node: Value) -> Wording:
    """The wording of the form of a result.

    >>> x = Value(3.0)
    >>> wording(x**2)
    Wording(definition='{0}²', partials=['2{0}', ''], numbers=['2{0}', ''])
    >>> wording(1 / x).numbers
    ['', '−1/{1}²']
    """
    op = node.op
    assert op is not None
    operands = [literal(x.data) if x.constant else symbol(f"{{{i}}}", x.data) for i, x in enumerate(node.operands)]
    partials = _texts(formulas.partials(op, operands, node.data), operands)
    with quiet():
        try:
            rule = op.rule(operands, symbol("{z}", node.data), written=True)
        except TypeError:
            return Wording(write(formulas.apply(op, operands)), partials, [""] * len(operands))
    numbers = _texts([formulas.formula(x) for x in rule], operands)
    return Wording(write(formulas.apply(op, operands)), partials, numbers)


def _texts(partials: Sequence[Formula], operands: Sequence[Formula]) -> list[str]:
    return ["" if x.is_literal else write(partial) for partial, x in zip(partials, operands, strict=True)]
