"""A recorded graph evaluated anew on floats: a flat list of operations, with nothing recorded."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from autograd.engine import Value, topological_order
from autograd.operation import smooth


class Evaluator:
    """A graph as a program on floats.

    Attributes:
        order: the nodes, operands first; the output comes last.

    >>> x = Value(3.0, "x")
    >>> moved = Evaluator(x * x + abs(x)).moving([x])
    >>> moved([3.0]), moved([-3.0])
    ((12.0, (1.0,)), (12.0, (-1.0,)))
    """

    def __init__(self, output: Value) -> None:
        self.order = topological_order(output)
        self.places = {id(node): i for i, node in enumerate(self.order)}
        self.slots = [[self.places[id(x)] for x in node.operands] for node in self.order]

    def moving(self, nodes: Sequence[Value]) -> Replay:
        """The output as a function of these nodes."""
        return Replay(self, nodes)


class Replay:
    """The output of a graph as a function of some of its nodes, and a label of the smooth piece that they are on.

    Attributes:
        reached: the places in the order of the graph of what is computed anew.
    """

    def __init__(self, graph: Evaluator, nodes: Sequence[Value]) -> None:
        self._moved = [graph.places[id(x)] for x in nodes]
        self._values = [node.data for node in graph.order]
        self.reached: list[int] = []
        found = set(self._moved)
        for i, slots in enumerate(graph.slots):
            if i not in found and not found.isdisjoint(slots):
                found.add(i)
                self.reached.append(i)
        steps = [(op, graph.slots[i], i) for i in self.reached if (op := graph.order[i].op) is not None]
        self._steps = [(op.forward, slots, i) for op, slots, i in steps]
        self._careful_steps = [(op.value, slots, i) for op, slots, i in steps]
        self._branches = [(op.branch, slots) for op, slots, _ in steps if op.branch is not smooth]

    def __call__(self, numbers: Sequence[float]) -> tuple[float, Hashable]:
        """The value at these numbers, and the label of the piece.

        Raises:
            DomainError: an operation has no value there.
        """
        values = self._values
        for i, number in zip(self._moved, numbers, strict=True):
            values[i] = number
        try:
            for function, slots, i in self._steps:
                values[i] = function(*[values[j] for j in slots])
        except (ArithmeticError, ValueError):
            # Once more with care: what is too large is inf and may go on, as IEEE 754 has it.
            for function, slots, i in self._careful_steps:
                values[i] = function(*[values[j] for j in slots])
        return values[-1], tuple([branch(*[values[j] for j in slots]) for branch, slots in self._branches])
