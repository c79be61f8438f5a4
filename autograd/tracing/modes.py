"""Forward and reverse mode side by side, after Olah (2015)."""

from __future__ import annotations

from autograd.derivatives import forward, reverse, stored
from autograd.engine import Value, topological_order
from autograd.notation import derivative, remark, write
from autograd.tracing.sheets import FIRST_ROWS, LAST_ROWS, Table
from autograd.tracing.stations import Stations
from autograd.writing import Style, name, number


def side_by_side(stations: Stations, target: Value, wrt: Value, style: Style) -> Table:
    """A row for each name: its value, ∂·/∂wrt and ∂target/∂·."""
    names = stations.names
    tangents = forward(topological_order(target), {wrt: 1.0}, stored)
    adjoints = reverse({target: 1.0}, stored)
    rows = [
        [
            name(label, style),
            "" if node.op is None else write(stations.definition(node), style),
            *(number(x, style) for x in (stations.data[node], tangents.get(node, 0.0), adjoints.get(node, 0.0))),
        ]
        for node, label in [*names.items()][: FIRST_ROWS + LAST_ROWS]
    ]
    up, down = derivative("·", names[wrt], style), derivative(names[target], "·", style)
    head = [remark(word, style) for word in ("node", "is", "value", "forward ", "reverse ")]
    return Table([*head[:3], head[3] + up, head[4] + down], rows, style)
