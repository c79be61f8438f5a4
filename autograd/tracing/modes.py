"""Forward and reverse mode side by side, after Olah (2015)."""

from __future__ import annotations

from autograd.derivatives import forward, reverse, stored
from autograd.symbolic.formula import Formula
from autograd.symbolic.notation import derivative, remark, write
from autograd.symbolic.typesetting import Style, name, number
from autograd.tracing.sheets import FIRST_ROWS, LAST_ROWS, Table
from autograd.tracing.stations import Stations
from autograd.value import Value, topological_order

_Row = tuple[str, Formula | None, tuple[float, float, float]]
"""A name, what it is, and its value, tangent and adjoint."""


def side_by_side(stations: Stations, target: Value, wrt: Value, style: Style) -> Table:
    """A row for each name: its value, ∂·/∂wrt and ∂target/∂·."""
    names = stations.names
    tangents = forward(topological_order(target), {wrt: 1.0}, stored)
    adjoints = reverse({target: 1.0}, stored)
    left_out = len(names) - FIRST_ROWS - LAST_ROWS
    shown = list(names.items())
    if left_out > 1:
        shown[FIRST_ROWS:-LAST_ROWS] = []
    # Taken now: a table shows the numbers of the moment in which it was made, in whatever style it is shown later.
    rows = [
        (
            label,
            None if node.op is None else stations.definition(node),
            (stations.data[node], tangents.get(node, 0.0), adjoints.get(node, 0.0)),
        )
        for node, label in shown
    ]
    ends = names[wrt], names[target]

    def lines(style: Style) -> list[list[str]]:
        up, down = derivative("·", ends[0], style), derivative(ends[1], "·", style)
        head = [remark(word, style) for word in ("node", "is", "value", "forward ", "reverse ")]
        body = [_line(row, style) for row in rows]
        if left_out > 1:
            body.insert(FIRST_ROWS, [remark(f"… {left_out:,} more …", style), "", "", "", ""])
        return [[*head[:3], head[3] + up, head[4] + down], *body]

    return Table(lines, style)


def _line(row: _Row, style: Style) -> list[str]:
    label, definition, numbers = row
    written = "" if definition is None else write(definition, style)
    return [name(label, style), written, *(number(x, style) for x in numbers)]
