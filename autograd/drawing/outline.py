"""What a cell of several nodes is, as one formula: short, with names where there are names."""

from __future__ import annotations

from collections.abc import Mapping

from autograd import ops
from autograd.drawing.cells import Cell
from autograd.drawing.sums import ADDITIVE, summands
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula, atom
from autograd.value import Value

_DEEPEST, _MOST_TERMS = 4, 5


def outline(cell: Cell, names: Mapping[Value, str]) -> Formula:
    """The formula of a cell on the names of what comes into it; what is nested too deep is an ellipsis."""
    return _Outline(cell, names).formula(cell.exit, _DEEPEST)


class _Outline:
    """A formula while it is made."""

    def __init__(self, cell: Cell, names: Mapping[Value, str]) -> None:
        self.exit, self.names = cell.exit, names
        self.inner = set(cell.nodes[:-1])
        self.sums = {node for node in self.inner if node.op in ADDITIVE and not node.label}

    def formula(self, node: Value, depth: int) -> Formula:
        if node is not self.exit and (node not in self.inner or node.op is None or node.label):
            return atom(node, self.names)
        if depth == 0:
            return formulas.symbol("…", node.data)
        assert node.op is not None
        if node.op not in ADDITIVE:
            return formulas.result(node.op, [self.formula(x, depth - 1) for x in node.operands], node.data)
        terms = summands(node, self.sums)
        left_out = range(2, len(terms) - 1) if len(terms) > _MOST_TERMS else range(0)
        written = [
            formulas.literal(0.0) if i in left_out else self._signed(x, sign, depth - 1)
            for i, (x, sign) in enumerate(terms)
        ]
        if len(terms) == 2 and node.op is not ops.TOTAL:
            return formulas.result(node.op, [self.formula(x, depth - 1) for x, _ in terms], node.data)
        return formulas.result(ops.TOTAL, written, node.data)

    def _signed(self, node: Value, sign: float, depth: int) -> Formula:
        formula = self.formula(node, depth)
        return formulas.result(ops.neg, [formula], -node.data) if sign < 0 else formula
