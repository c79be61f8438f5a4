"""Recorded graphs evaluated anew on floats: a flat list of operations, with nothing recorded."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from autograd.op import smooth
from autograd.value import Value, topological_order


class Results(Protocol):
    """For each output its value, and a label of the smooth piece that it is on."""

    def __getitem__(self, i: int, /) -> tuple[float, Hashable]: ...


class Evaluator:
    """Graphs as one program on floats.

    Attributes:
        outputs: what is computed.
        order: the nodes, operands first.

    >>> x = Value(3.0, "x")
    >>> moved = Evaluator(x * x + abs(x)).moving([x])
    >>> moved([3.0]), moved([-3.0])
    ([(12.0, (1.0,))], [(12.0, (-1.0,))])
    """

    def __init__(self, *outputs: Value) -> None:
        self.outputs = outputs
        self.order = topological_order(*outputs)
        self.places = {id(node): i for i, node in enumerate(self.order)}
        self.slots = [[self.places[id(x)] for x in node.operands] for node in self.order]
        self._latest: tuple[list[int], Replay] | None = None

    def moving(self, nodes: Sequence[Value]) -> Replay:
        """The outputs as functions of these nodes; the same again for the same nodes."""
        moved = [self.places.get(id(x), -1) for x in nodes]
        if self._latest is None or self._latest[0] != moved:
            self._latest = moved, Replay(self, moved)
        return self._latest[1]


class Replay:
    """The outputs of a graph as functions of some of its nodes.

    Args:
        graph: the graph.
        moved: the places of the nodes; −1 for one that is not in the graph, and counts for nothing.

    Attributes:
        reached: the places in the order of the graph of what is computed anew.
    """

    def __init__(self, graph: Evaluator, moved: Sequence[int]) -> None:
        self._moved = moved
        self._values = [node.data for node in graph.order]
        self.reached: list[int] = []
        found = set(moved)
        for i, slots in enumerate(graph.slots):
            if i not in found and not found.isdisjoint(slots):
                found.add(i)
                self.reached.append(i)
        steps = [(op, graph.slots[i], i) for i in self.reached if (op := graph.order[i].op) is not None]
        self._steps = [(op.forward, slots, i) for op, slots, i in steps]
        self._careful_steps = [(op.value, slots, i) for op, slots, i in steps]
        pieces = {i: (op.branch, slots) for op, slots, i in steps if op.branch is not smooth}
        self._outputs = [
            (graph.places[id(y)], [pieces[i] for i in _below(graph, y, set(pieces))]) for y in graph.outputs
        ]

    def __call__(self, numbers: Sequence[float]) -> Results:
        """The values at these numbers, and the labels of the pieces.

        Raises:
            DomainError: an operation has no value there.
        """
        values = self._values
        for i, number in zip(self._moved, numbers, strict=True):
            if i >= 0:
                values[i] = number
        try:
            for function, slots, i in self._steps:
                if len(slots) == 2:  # most are, and then this takes a third of the time
                    j, k = slots
                    values[i] = function(values[j], values[k])
                else:
                    values[i] = function(*[values[j] for j in slots])
        except (ArithmeticError, ValueError):
            # Once more with care: what is too large is inf and may go on, as IEEE 754 has it.
            for function, slots, i in self._careful_steps:
                values[i] = function(*[values[j] for j in slots])
        return [
            (values[place], tuple([branch(*[values[j] for j in slots]) for branch, slots in branches]))
            for place, branches in self._outputs
        ]


def _below(graph: Evaluator, output: Value, places: set[int]) -> list[int]:
    """Those of `places` that an output depends on."""
    if not places or len(graph.outputs) == 1:
        return sorted(places)
    return [place for node in topological_order(output) if (place := graph.places[id(node)]) in places]
