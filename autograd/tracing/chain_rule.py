"""The chain rule of one derivative: stations in the graph, and a factor from each station to the next.

Named nodes are stations. Unnamed nodes between two stations fold into one symbolic factor: ∂C/∂out = 2(out − E) is one
factor of two operations.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property

from autograd import ops
from autograd.graph import check_fresh, slice_to_explain
from autograd.symbolic.formula import Formula, apply, literal, partials, symbol
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import write
from autograd.symbolic.textbook import NEVER_ZERO, Reason, decided
from autograd.symbolic.typesetting import name, number
from autograd.value import Value, topological_order

# A formula of more operations, names and numbers is hard to read, so a further station divides it.
MAX_FORMULA_SIZE = 16
# Functions within functions beyond this are hard to read, and the chain rule repeats each of them.
MAX_NESTED_FUNCTIONS = 4
# More operands of one node that lead to the same station become stations, so that no factor is a sum of more terms.
MAX_TERMS_PER_FACTOR = 8
# The written form of a rule must give the stored partial to this relative accuracy; 1 − tanh(x)² cancels for large x.
MAX_CANCELLATION = 1e-4
# Where nothing has a name, the stations are the operands and results of all other operations.
_ARITHMETIC = {ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos, ops.TOTAL, ops.DOT}


class Factor:
    """One factor of the chain rule: the derivative of a station with respect to the next one.

    Attributes:
        result: the station that is differentiated.
        operand: the station below it.
        value: ∂result/∂operand as a number, from the partials that the graph stored.
    """

    __slots__ = ("_stations", "operand", "result", "value")

    def __init__(self, result: Value, operand: Value, value: float, stations: Stations) -> None:
        self.result, self.operand, self.value, self._stations = result, operand, value, stations

    @property
    def formula(self) -> Formula:
        """∂result/∂operand in symbols; of a rule by cases, the case that holds."""
        return self._stations.statement(self)[0]

    @property
    def reasons(self) -> list[Reason]:
        """The reasons why the cases of the formula hold."""
        return self._stations.statement(self)[1]

    def __repr__(self) -> str:
        return f"<factor {write(self.formula, 'text')} = {number(self.value)}>"


class Stations:
    """Stations between `source` and `target`, their names, and the factors between them.

    Names and formulas are made when they are first asked for: of a large graph, few are printed.

    Raises:
        ValueError: `target` does not depend on `source`, or a Value was changed after `target` was computed from it.

    Args:
        target: the node to differentiate.
        source: the node to differentiate by.
        max_size: a longer formula is divided by a further station.
        only_named: choose no stations where nothing has a name.

    Attributes:
        slice: the nodes on paths from `source` to `target`, operands first.
        nodes: the stations from `source` up to `target`.
    """

    def __init__(
        self, target: Value, source: Value, max_size: int = MAX_FORMULA_SIZE, only_named: bool = False
    ) -> None:
        self._order = topological_order(target)
        self.target, self.source = target, source
        self.slice = slice_to_explain(target, source, "derivative to work out", self._order)
        check_fresh(self._order)
        self._numbers = [node.data for node in self._order]
        self._position = {id(node): i for i, node in enumerate(self.slice)}
        self._stops = self._choose(target, source, only_named)
        self._mentioned = self._divide(max_size, only_named)
        self.nodes = [node for node in self.slice if id(node) in self._stops]
        self._formulas: dict[Value, Formula] = {}
        self._statements: dict[Value, dict[Value, tuple[Formula, list[Reason]]]] = {}
        self._factors_of: dict[Value, list[Factor]] = {}

    @cached_property
    def data(self) -> dict[Value, float]:
        """The number of each node at the time of the trace; Values may be changed before the trace is printed."""
        return dict(zip(self._order, self._numbers, strict=True))

    @cached_property
    def factors(self) -> dict[Value, list[Factor]]:
        """For each station but `source`, a factor for each station that it depends on directly."""
        return {node: self.factors_of(node) for node in self.nodes if node is not self.source}

    def factors_of(self, station: Value) -> list[Factor]:
        """Return the factors of a station from those that it depends on directly; none of the source."""
        if station not in self._factors_of:
            self._factors_of[station] = [] if station is self.source else self._factors(station)
        return self._factors_of[station]

    def factors_above(self, stations: Sequence[Value]) -> dict[Value, list[Factor]]:
        """Return the factors of other stations from each of some stations, results before operands."""
        # The given stations that each node leads to without a station between.
        below = {id(station): {station} for station in stations}
        results: dict[Value, list[Value]] = {station: [] for station in stations}
        for node in self.slice:
            if below.keys().isdisjoint(map(id, node.operands)):
                continue
            reached = set[Value]().union(*(below.get(id(x), ()) for x in node.operands))
            if id(node) not in self._stops:
                below[id(node)] = reached
                continue
            for station in reached:
                results[station].append(node)
        return {
            station: [f for result in reversed(above) for f in self.factors_of(result) if f.operand is station]
            for station, above in results.items()
        }

    @cached_property
    def names(self) -> Names:
        """The name of each node in the formulas."""
        return Names(dict.fromkeys([*self._mentioned, self.source]), self._order)

    @property
    def unnamed(self) -> list[Value]:
        """The nodes in the formulas that have no label."""
        return [node for node in self._mentioned if not node.label]

    @property
    def twins(self) -> list[Value]:
        """The nodes whose names have primes, since another node has the same label."""
        return [
            node for node, label in self.names.items() if node.label and label != node.label and label.endswith("′")
        ]

    def __repr__(self) -> str:
        return f"<stations {', '.join(name(self.names[node]) for node in self.nodes)}>"

    def _choose(self, target: Value, source: Value, only_named: bool) -> set[int]:
        """Return both ends and the named nodes between; without names, the operands and results of functions."""
        ends = {id(target), id(source)}
        named = {id(node) for node in self.slice if node.label}
        stops = ends | named
        if stops == ends and not only_named:
            for node in self.slice:
                if node.op is not None and node.op not in _ARITHMETIC:
                    stops.add(id(node))
                    stops.update(id(x) for x in node.operands if id(x) in self._position)
        return stops

    def _divide(self, max_size: int, only_named: bool) -> list[Value]:
        """Return the nodes that formulas mention, with a further stop wherever a formula would grow too long."""
        stops = self._stops
        # The size of the formula of each node, and how many functions are within each other in it.
        sizes, depths = dict[int, int](), dict[int, int]()
        divided = []
        separated: set[int] = set()
        for node in self._order:
            key, operands = id(node), node.operands
            size, depth = 1, 0
            for x in operands:
                size += sizes[id(x)]
                depth = max(depth, depths[id(x)])
            if not operands:
                is_mentioned = key in stops or not node.constant
            else:
                if node.op not in _ARITHMETIC:
                    depth += 1
                if len(operands) > MAX_TERMS_PER_FACTOR and not only_named:
                    separated |= self._crowded(node)
                is_mentioned = key in stops
                if not is_mentioned and (size > max_size or depth > MAX_NESTED_FUNCTIONS or node.label):
                    stops.add(key)
                    is_mentioned = True
            sizes[key], depths[key] = (1, 0) if is_mentioned else (size, depth)
            if is_mentioned:
                divided.append(node)
        if separated:
            stops |= separated
            mentioned = separated.union(map(id, divided))
            return [node for node in self._order if id(node) in mentioned]
        return divided

    def _crowded(self, node: Value) -> set[int]:
        """Return the operands of a node that fold into it, if too many of them lead to the same station."""
        leads: dict[int, set[int]] = {}
        for x in {id(x): x for x in node.operands if id(x) in self._position and id(x) not in self._stops}.values():
            for folded in self._fold(x):
                for operand in folded.operands:
                    if id(operand) in self._stops:
                        leads.setdefault(id(operand), set()).add(id(x))
        return set().union(*(keys for keys in leads.values() if len(keys) > MAX_TERMS_PER_FACTOR))

    def formula(self, node: Value) -> Formula:
        """Return a node as part of a formula: by its name, or as its operation if it has none."""
        if node not in self._formulas:
            self._formulas[node] = (
                symbol(self.names[node], self.data[node]) if node in self.names else self.definition(node)
            )
        return self._formulas[node]

    def definition(self, node: Value) -> Formula:
        """Return the operation of a node in terms of stations and leaves; a leaf is a number."""
        return literal(self.data[node]) if node.op is None else apply(node.op, self._operands(node))

    def _operands(self, node: Value) -> list[Formula]:
        """Return the operands of a node as formulas; the condition of a guard is recognized by its operation."""
        first = node.operands[0]
        guarded = node.op is ops.where and first.op in NEVER_ZERO
        return [self.definition(x) if guarded and x is first else self.formula(x) for x in node.operands]

    def statement(self, factor: Factor) -> tuple[Formula, list[Reason]]:
        """Return the formula of a factor, and the reasons for its cases."""
        station = factor.result
        if station not in self._statements:
            self._statements[station] = self._state(station)
        return self._statements[station][factor.operand]

    def _factors(self, station: Value) -> list[Factor]:
        """Return the factors from a station down to the next ones, each summed over the paths between the two."""
        position, stops = self._position, self._stops
        values: dict[int, float] = {}
        reached: dict[int, Value] = {}
        for node, adjoint in self._downward(station):
            for x, stored in zip(node.operands, node.partials, strict=True):
                key = id(x)
                if key in position and key in stops:
                    reached[key] = x
                    values[key] = values.get(key, 0.0) + times(adjoint, stored)
        return [Factor(station, reached[key], values[key], self) for key in sorted(reached, key=position.__getitem__)]

    def _downward(self, station: Value) -> Iterable[tuple[Value, float]]:
        """Return a station and the nodes that fold into its factors, results before operands, with their adjoints."""
        folded = self._fold(station)
        if len(folded) == 1:
            return [(station, 1.0)]
        adjoints = {id(station): 1.0}
        for node in folded:
            for x, stored in zip(node.operands, node.partials, strict=True):
                adjoints[id(x)] = adjoints.get(id(x), 0.0) + times(adjoints[id(node)], stored)
        return [(node, adjoints[id(node)]) for node in folded]

    def _state(self, station: Value) -> dict[Value, tuple[Formula, list[Reason]]]:
        """Return the formula of each factor of a station, and the reasons for its cases."""
        adjoints: dict[Value, Formula] = {station: literal(1.0)}
        folded = self._fold(station)
        for node in folded:
            assert node.op is not None
            rule = self._rule(node)
            for x, partial in zip(node.operands, rule, strict=True):
                if id(x) in self._position:
                    adjoints[x] = adjoints.get(x, literal(0.0)) + adjoints[node] * partial
        return {x: decided(formula) for x, formula in adjoints.items() if id(x) in self._stops}

    def _rule(self, node: Value) -> list[Formula]:
        """Return the partials of a node as a textbook writes them, or as they are computed where those cancel."""
        assert node.op is not None
        operands = self._operands(node)
        written, accurate = partials(node.op, operands, self.data[node]), list[Formula]()
        for slot, stored in enumerate(node.partials):
            if not agree(written[slot].value, stored):
                accurate = accurate or partials(node.op, operands, self.data[node], written=False)
                is_right = agree(accurate[slot].value, stored)
                written[slot] = accurate[slot] if is_right else literal(stored)
        return written

    def _fold(self, station: Value) -> list[Value]:
        """Return a station and the nodes that fold into its factors, results before operands."""
        position, stops = self._position, self._stops
        inner = [x for x in station.operands if id(x) in position and id(x) not in stops]
        if not inner:
            return [station]
        folded, stack = {id(station): station}, [station]
        while stack:
            for x in stack.pop().operands:
                key = id(x)
                if key in position and key not in stops and key not in folded:
                    folded[key] = x
                    stack.append(x)
        return [folded[key] for key in sorted(folded, key=position.__getitem__, reverse=True)]


def times(x: float, y: float) -> float:
    """Return x·y, with 0·∞ = 0 as in a sweep."""
    return x * y if x and y else 0.0


def agree(x: float, y: float) -> bool:
    """Return True if two numbers are equal but for rounding."""
    return x == y or (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=MAX_CANCELLATION)
