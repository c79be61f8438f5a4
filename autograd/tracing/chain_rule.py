"""The chain rule of one derivative: stations in the graph, and a factor from each station to the next.

Named nodes are stations. Unnamed nodes between two stations fold into one symbolic factor: ∂C/∂out = 2(out − E) is one
factor of two operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd import ops
from autograd.graph import check_fresh, slice_to_explain
from autograd.symbolic.formula import Formula, apply, literal, partials, symbol
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import write
from autograd.symbolic.typesetting import name, number
from autograd.value import Value, topological_order

# A formula of more operations, names and numbers is hard to read, so a further station divides it.
MAX_FORMULA_SIZE = 16
# Where nothing has a name, the stations are the operands and results of all other operations.
_ARITHMETIC = {ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos, ops.TOTAL, ops.DOT}


@dataclass(frozen=True, eq=False, repr=False)
class Factor:
    """One factor of the chain rule: the derivative of a station with respect to the next one.

    Attributes:
        result: the station that is differentiated.
        operand: the station below it.
        formula: ∂result/∂operand in symbols.
        value: ∂result/∂operand as a number, from the partials that the graph stored.
    """

    result: Value
    operand: Value
    formula: Formula
    value: float

    def __repr__(self) -> str:
        return f"<factor {write(self.formula, 'text')} = {number(self.value)}>"


class Stations:
    """Stations between `source` and `target`, their names, and the factors between them.

    Raises:
        ValueError: `target` does not depend on `source`, or a Value was changed after `target` was computed from it.

    Args:
        target: the node to differentiate.
        source: the node to differentiate by.
        max_size: a longer formula is divided by a further station.
        only_named: choose no stations where nothing has a name.

    Attributes:
        nodes: the stations from `source` up to `target`.
        data: the number of each node at the time of the trace; Values may be changed before the trace is printed.
        names: the name of each node in the formulas.
        unnamed: the nodes in the formulas that have no label.
        factors: for each station but `source`, a factor for each station that it depends on directly.
    """

    def __init__(
        self, target: Value, source: Value, max_size: int = MAX_FORMULA_SIZE, only_named: bool = False
    ) -> None:
        order = topological_order(target)
        self.slice = slice_to_explain(target, source, "derivative to work out")
        check_fresh(order)
        self.data = {node: node.data for node in order}
        self._position = {node: i for i, node in enumerate(self.slice)}
        self._stops = self._choose(target, source, only_named)
        mentioned = [node for node in order if node in self._stops or (node.op is None and not node.constant)]
        mentioned = self._divide(order, mentioned, max_size)
        self.names = Names(dict.fromkeys([*mentioned, source]), order)
        self.unnamed = [node for node in mentioned if not node.label]
        self.nodes = [node for node in self.slice if node in self._stops]
        self._formulas: dict[Value, Formula] = {}
        self.factors = {node: self._factors(node) for node in self.nodes if node is not source}

    def __repr__(self) -> str:
        return f"<stations {', '.join(name(self.names[node]) for node in self.nodes)}>"

    def _choose(self, target: Value, source: Value, only_named: bool) -> set[Value]:
        """Return both ends and the named nodes between; without names, the operands and results of functions."""
        stops = {target, source}
        named = {node for node in self.slice if node.label}
        if not only_named and not named - stops:
            for node in self.slice:
                if node.op is not None and node.op not in _ARITHMETIC:
                    stops.add(node)
                    stops.update(x for x in node.operands if x in self._position)
        return stops | named

    def _divide(self, order: Sequence[Value], mentioned: Sequence[Value], max_size: int) -> list[Value]:
        """Return the nodes that formulas mention, with a further stop wherever a formula would grow too long."""
        symbols, sizes = set(mentioned), dict.fromkeys(mentioned, 1)
        divided = []
        for node in order:
            if node not in symbols:
                sizes[node] = 1 + sum(sizes[x] for x in node.operands)
                if node.label or sizes[node] > max_size:
                    symbols.add(node)
                    self._stops.add(node)
                    sizes[node] = 1
            if node in symbols:
                divided.append(node)
        return divided

    def formula(self, node: Value) -> Formula:
        """Return a node as part of a formula: by its name, or as its operation if it has none."""
        if node not in self._formulas:
            self._formulas[node] = (
                symbol(self.names[node], self.data[node]) if node in self.names else self.definition(node)
            )
        return self._formulas[node]

    def definition(self, node: Value) -> Formula:
        """Return the operation of a node in terms of stations and leaves; a leaf is a number."""
        return literal(self.data[node]) if node.op is None else apply(node.op, [self.formula(x) for x in node.operands])

    def _factors(self, station: Value) -> list[Factor]:
        """Return the factors from a station down to the next ones, each summed over the paths between the two."""
        folded = self._fold(station)
        adjoints: dict[Value, tuple[Formula, float]] = {station: (literal(1.0), 1.0)}
        for node in folded:
            assert node.op is not None
            adjoint, number = adjoints[node]
            rule = partials(node.op, [self.formula(x) for x in node.operands], node.data)
            for x, partial, stored in zip(node.operands, rule, node.partials, strict=True):
                if x in self._position:
                    formula, value = adjoints.get(x, (literal(0.0), 0.0))
                    adjoints[x] = (formula + adjoint * partial, value + number * stored)
        reached = sorted(adjoints.keys() - set(folded), key=self._position.__getitem__)
        return [Factor(station, x, *adjoints[x]) for x in reached]

    def _fold(self, station: Value) -> list[Value]:
        """Return a station and the nodes that fold into its factors, results before operands."""
        folded, stack = {station}, [station]
        while stack:
            for x in stack.pop().operands:
                if x in self._position and x not in self._stops and x not in folded:
                    folded.add(x)
                    stack.append(x)
        return sorted(folded, key=self._position.__getitem__, reverse=True)
