"""The stations of a derivative: the nodes that a written-out chain rule stops at, and one factor between each two.

Named nodes are stations.  What lies unnamed between two stations is folded into one formula, as a person would write
∂C/∂out = 2(out − E) in one go although it is two operations.
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

_LONGEST = 16
"""Formulas with more parts than this are cut in two by a station more."""
_ARITHMETIC = {ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos, ops.TOTAL, ops.DOT}


@dataclass(frozen=True, eq=False, repr=False)
class Factor:
    """One factor of the chain rule: the derivative of one station with respect to the next.

    Attributes:
        result: the station above.
        operand: the station below.
        formula: ∂result/∂operand in symbols.
        value: the same as a number, from the partials that the graph stored.
    """

    result: Value
    operand: Value
    formula: Formula
    value: float

    def __repr__(self) -> str:
        return f"<factor {write(self.formula, 'text')} = {number(self.value)}>"


class Stations:
    """The stations between `source` and `target`, their names, and the factors between them.

    Raises:
        ValueError: `target` does not depend on `source`, or a Value was changed after `target` was computed from it.

    Attributes:
        nodes: the stations from `source` up to `target`.
        data: the number of every node when this was made; the Values may be changed before it is written.
        names: the name of every node that formulas mention.
        unnamed: those among them that had no name and were given one.
        factors: of each station but `source`, one for each station that it depends on directly.
    """

    def __init__(self, target: Value, source: Value) -> None:
        order = topological_order(target)
        self.slice = slice_to_explain(target, source, "derivative to work out")
        check_fresh(order)
        self.data = {node: node.data for node in order}
        self._place = {node: i for i, node in enumerate(self.slice)}
        self._stops = self._choose(target, source)
        mentioned = [node for node in order if node in self._stops or (node.op is None and not node.constant)]
        mentioned = self._divide(order, mentioned)
        self.names = Names(dict.fromkeys([*mentioned, source]), order)
        self.unnamed = [node for node in mentioned if not node.label]
        self.nodes = [node for node in self.slice if node in self._stops]
        self._formulas: dict[Value, Formula] = {}
        self.factors = {node: self._factors(node) for node in self.nodes if node is not source}

    def __repr__(self) -> str:
        return f"<stations {', '.join(name(self.names[node]) for node in self.nodes)}>"

    def _choose(self, target: Value, source: Value) -> set[Value]:
        """Both ends and what has a name; where nothing between has one, what goes into a function and comes out."""
        stops = {target, source}
        named = {node for node in self.slice if node.label}
        if not named - stops:
            for node in self.slice:
                if node.op is not None and node.op not in _ARITHMETIC:
                    stops.add(node)
                    stops.update(x for x in node.operands if x in self._place)
        return stops | named

    def _divide(self, order: Sequence[Value], mentioned: Sequence[Value]) -> list[Value]:
        """Add a stop wherever a formula would grow too long."""
        symbols, sizes = set(mentioned), dict.fromkeys(mentioned, 1)
        divided = []
        for node in order:
            if node not in symbols:
                sizes[node] = 1 + sum(sizes[x] for x in node.operands)
                if node.label or sizes[node] > _LONGEST:
                    symbols.add(node)
                    self._stops.add(node)
                    sizes[node] = 1
            if node in symbols:
                divided.append(node)
        return divided

    def formula(self, node: Value) -> Formula:
        """`node` as it appears in a formula: its name, or what it is where it has none."""
        if node not in self._formulas:
            self._formulas[node] = (
                symbol(self.names[node], self.data[node]) if node in self.names else self.definition(node)
            )
        return self._formulas[node]

    def definition(self, node: Value) -> Formula:
        """What `node` is, in terms of stations and leaves."""
        return literal(self.data[node]) if node.op is None else apply(node.op, [self.formula(x) for x in node.operands])

    def _factors(self, station: Value) -> list[Factor]:
        """The chain rule from `station` down to the next stations, summed over the ways between."""
        folded = self._fold(station)
        slopes: dict[Value, tuple[Formula, float]] = {station: (literal(1.0), 1.0)}
        for node in folded:
            assert node.op is not None
            adjoint, number = slopes[node]
            rule = partials(node.op, [self.formula(x) for x in node.operands], node.data)
            for x, partial, stored in zip(node.operands, rule, node.partials, strict=True):
                if x in self._place:
                    formula, value = slopes.get(x, (literal(0.0), 0.0))
                    slopes[x] = (formula + adjoint * partial, value + number * stored)
        reached = sorted(slopes.keys() - set(folded), key=self._place.__getitem__)
        return [Factor(station, x, *slopes[x]) for x in reached]

    def _fold(self, station: Value) -> list[Value]:
        """`station` and the nodes below it that are folded into its factors, results first."""
        folded, stack = {station}, [station]
        while stack:
            for x in stack.pop().operands:
                if x in self._place and x not in self._stops and x not in folded:
                    folded.add(x)
                    stack.append(x)
        return sorted(folded, key=self._place.__getitem__, reverse=True)
