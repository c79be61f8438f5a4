"""Whether a function is what the graph that it recorded says, and if not where a number left the graph."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from autograd.checking.findings import Finding
from autograd.checking.outputs import Recorded
from autograd.checking.signatures import Call
from autograd.checking.slopes import Moving
from autograd.checking.verdicts import Difference
from autograd.value import Value, topological_order


def differing(title: str, first: Sequence[Value], again: Sequence[Value]) -> Iterator[Finding]:
    """The results that differ though the function was called twice at the same point."""
    for y, z in zip(first, again, strict=False):
        if y.data != z.data and not (math.isnan(y.data) and math.isnan(z.data)):
            reason = "called twice at the same point, the function gives two values"
            yield Finding(
                y.data, Difference(z.data, 0.0), "fail", reason, label=title, source="recorded", against="now"
            )


def agree(value: Moving, replay: Moving, i: int, point: Sequence[float]) -> bool:
    """Whether a function and the graph that it recorded have the same values, near the point and further off."""
    _, piece = value(point)[i]
    for factor in (0.999, 1.001, 0.5, 2.0):
        moved = [x * factor if x else factor - 1.0 for x in point]
        try:
            there, other = value(moved)[i]
            if other == piece and there != replay(moved)[i][0]:
                return False
        except (ArithmeticError, ValueError):
            continue
    return True


def escaped(call: Call, here: Recorded, places: Mapping[int, int]) -> Iterator[Finding]:
    """Of each result the first operand that was recorded as a number, and is another one for other arguments.

    Args:
        call: the function, and where it was called.
        here: what it recorded there.
        places: of each node by its id, for the message.
    """
    moved = [x * 1.001 if x else 0.001 for x in call.point]
    try:
        elsewhere = Recorded(call, call.moved(range(len(moved)), moved), here.outputs.order)
    except (ArithmeticError, ValueError):
        return
    edges: dict[tuple[int, int], Finding] = {}
    for output, other in zip(here.outputs.nodes, elsewhere.outputs.nodes, strict=False):
        found = _escaped(output, other, here.variables, places)
        if found is not None and found.slot is not None:
            edges[id(found.node), found.slot] = found
    yield from edges.values()


def _escaped(output: Value, elsewhere: Value, variables: Sequence[Value], places: Mapping[int, int]) -> Finding | None:
    known = set(map(id, variables))
    for node, other in zip(topological_order(output), topological_order(elsewhere), strict=False):
        if (node.op and node.op.name) != (other.op and other.op.name):
            return None  # another branch
        for slot, (x, y) in enumerate(zip(node.operands, other.operands, strict=False)):
            if x.op is None and y.op is None and id(x) not in known and x.data != y.data:
                reason = "a number that changes with the arguments: it left the graph, as through x.data"
                there, position = Difference(y.data, 0.0), places[id(node)] + 1
                return Finding(
                    x.data, there, "fail", reason, node, slot, position, source="recorded", against="elsewhere"
                )
    return None
