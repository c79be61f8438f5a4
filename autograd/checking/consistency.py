"""Consistency checks of a recorded graph, to rounding: values, sums over paths, symmetric Hessians.

They take no finite differences, so that only rounding error remains: a path that is missing or counted twice is found
however small its contribution is. `RecordedGraph` combines them with the checks of the rules on every edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, combinations
from random import Random
from typing import NamedTuple

import numpy as np

from autograd import ops
from autograd.checking.function import (
    AnalyticEntry,
    AnalyticJacobian,
    Output,
    Outputs,
)
from autograd.checking.given_derivatives import GivenDerivatives
from autograd.checking.rule_groups import GroupedRules
from autograd.checking.rules import RuleHistory, check_partials, check_second_partials
from autograd.checking.sampling import EPSILON, FlatGraph, Restriction, safe_fsum
from autograd.checking.verdict import (
    MIN_FLOAT,
    NO_VALUES_BESIDE,
    NOT_FINITE,
    Difference,
    Finding,
    describe_mistake,
    remarkable,
)
from autograd.context import quiet
from autograd.derivatives import forward, gradient, reverse, stored
from autograd.domains import DomainError
from autograd.value import Value, topological_order

# The differences of a single operation are as accurate as their error bars say, so its relative tolerance is small.
MAX_EDGE_RTOL = 1e-9
# Graphs with at least as many operations are checked operation by operation.
MIN_NODES_GROUPED = 64
# With more summands than this, only subsets of one and of all but one summand are tried.
MAX_SUMMANDS_ENUMERATED = 6
# The pairs of second derivatives that differ most have the rounding error of every node added up. The rest are closer
# to equal.
MAX_PAIRS_WITH_NODE_ROUNDING = 10
# The way in which an output of the function, as a function of some inputs, departs from the recorded graph, or "".
Departure = Callable[[int, Sequence[int]], str]


class JacobianFinding(NamedTuple):
    """A finding on an output, with the indices of the output and of the inputs that were moved."""

    output: int
    keys: Sequence[int]
    finding: Finding


class RecordedGraph:
    """A recorded graph, checked node by node.

    Args:
        outputs: the nodes to differentiate; for a check of order 2, first the output and then its derivatives.
        names: their names.
        wrt: the nodes to differentiate by.
        rtol: the relative tolerance, in addition to the error bar of the differences.
        order: 1; or 2 to differentiate the rules below the first output once more.
        nodes: the nodes below the outputs in topological order, operands first, if they are known.

    Attributes:
        values: the recorded values that differ from those of their operations.
        edges: every stored partial.
        sweeps: the nodes at which a sweep goes wrong.
        curvatures: for order 2, every second partial of the operations below the first output.
        count: the number of compared values.
    """

    def __init__(
        self,
        outputs: Sequence[Value],
        names: Sequence[Output],
        wrt: Sequence[Value],
        rtol: float,
        order: int = 1,
        nodes: list[Value] | None = None,
    ) -> None:
        self.flat = FlatGraph(*outputs, order=nodes)
        self.outputs, self.names, self.wrt, self.rtol, self.order = list(outputs), list(names), list(wrt), rtol, order
        everything = self.flat.order
        # Each of several outputs is differentiated over its own part of the graph.
        orders = [everything] if len(self.outputs) == 1 else [topological_order(y) for y in self.outputs]
        self.adjoints = [reverse({y: 1.0}, stored, order) for y, order in zip(self.outputs, orders, strict=True)]
        self._sums = [AdjointSums(y, order) for y, order in zip(self.outputs, orders, strict=True)]
        self.values: list[Finding] = []
        self.count = sum(node.op is not None for node in everything)
        self.edges: Sequence[Finding] = self._edges()
        # Sums over wrong values would only repeat what is already reported.
        self.sweeps = [] if self.values else list(self._sweeps())
        self.curvatures = [] if self.values or order == 1 else list(self._curvatures())

    def _edges(self) -> Sequence[Finding]:
        """Check all values and partials; return the findings on partials, in order, and keep those on values."""
        order, history = self.flat.order, RuleHistory()
        rtol = min(self.rtol, MAX_EDGE_RTOL)
        groups = GroupedRules(self.flat, rtol) if self.count >= MIN_NODES_GROUPED else None
        remaining = range(len(order)) if groups is None else groups.remaining(history)
        findings: dict[int, list[Finding]] = {}
        for i in remaining:
            node = order[i]
            if node.op is None:
                continue
            wrong = check_value(node, i + 1, groups.wrong.get(i) if groups is not None else None)
            if wrong is not None:
                self.values.append(wrong)
            # Partials at another value would only repeat what is already reported.
            findings[i] = [] if wrong is not None else list(self._partials(node, i + 1, rtol, history))
        return list(chain.from_iterable(findings.values())) if groups is None else groups.findings(findings)

    def _partials(self, node: Value, position: int, rtol: float, history: RuleHistory) -> Iterator[Finding]:
        is_dead = not math.isfinite(node.data) and not any(node in adjoints for adjoints in self.adjoints)
        for finding in check_partials(node, position, rtol, history):
            yield replace(finding, verdict="pass", reason="on a branch that is not taken") if is_dead else finding

    def _sweeps(self) -> Iterator[Finding]:
        for sums, adjoints, name in zip(self._sums, self.adjoints, self.names, strict=True):
            sweeps = {"backward": sums.backward(), "reverse": adjoints}
            findings = list(sums.check(sweeps, name, self.flat.positions))
            if findings:
                yield from findings
                break
        yield from check_forward(self.flat)

    def _curvatures(self) -> Iterator[Finding]:
        seen = set()
        flat: set[tuple[str, int, int]] = set()
        for node in topological_order(self.outputs[0]):
            # The second partials depend on the operation and the numbers only.
            key = node.op, *((x.data, x.constant) for x in node.operands)
            if node.op is not None and key not in seen:
                seen.add(key)
                yield from check_second_partials(node, self.flat.positions[id(node)] + 1, self.rtol, flat)

    def jacobian(self, labels: Sequence[str]) -> AnalyticJacobian:
        """Return the derivatives of the outputs by `wrt`, with the rounding error of the sums over paths."""
        derivatives = [[adjoints.get(x, 0.0) for x in self.wrt] for adjoints in self.adjoints]
        gross = [[sums.gross.get(id(x), 0.0) for x in self.wrt] for sums in self._sums]
        point, roundings = np.array([x.data for x in self.wrt]), 4.0 * EPSILON * np.array(gross)
        return AnalyticJacobian(self.names, lambda: labels, point, np.array(derivatives), roundings)

    def restricted_to(self, keys: Sequence[int]) -> Restriction:
        """Return the outputs as functions of some of `wrt`, evaluated on the recorded graph."""
        return self.flat.restricted_to([self.wrt[k] for k in keys])

    def noises(self, keys: Sequence[int] | None = None) -> list[float]:
        """Return the rounding noise of each output.

        Args:
            keys: the indices in `wrt` of the nodes that move; only what depends on them is rounded. None for all nodes.
        """
        nodes = self.flat.order
        if keys is not None:
            nodes = [nodes[i] for i in self.flat.restricted_to([self.wrt[k] for k in keys]).reached]
        return [
            EPSILON * safe_fsum(size for node in nodes if (size := abs(adjoints.get(node, 0.0) * node.data)) < math.inf)
            for adjoints in self.adjoints
        ]

    def settle(self, findings: Sequence[JacobianFinding], departure: Departure | None = None) -> list[Finding]:
        """Return the findings on the whole graph, settled by the edges below where those all hold.

        Args:
            findings: the findings on the outputs.
            departure: returns the way in which the function departs from the recorded graph, or ""; None for a graph.
        """
        doubtful = cache(self._doubtful)
        return [
            finding
            if finding.holds or any(id(self.wrt[k]) in doubtful(i) for k in keys)
            else self._settled(finding, i, keys, departure)
            for i, keys, finding in findings
        ]

    def _doubtful(self, i: int) -> set[int]:
        """Return the ids of the nodes with an edge that does not hold on a path to output `i`."""
        if self.names[i].by and not all(x.holds for x in self.curvatures):
            return {id(x) for x in self.wrt}
        bad = {(id(x.node), x.slot) for x in remarkable(self.edges) if not x.holds}
        below = topological_order(self.outputs[i])
        doubtful: set[int] = set()
        for node in reversed(below if bad else []):
            is_doubtful = id(node) in doubtful
            doubtful |= {id(x) for k, x in enumerate(node.operands) if is_doubtful or (id(node), k) in bad}
        return doubtful

    def _settled(self, finding: Finding, i: int, keys: Sequence[int], departure: Departure | None) -> Finding:
        """Return a finding on the whole graph, given that all edges below hold."""
        if finding.difference.reason in (NO_VALUES_BESIDE, NOT_FINITE):
            # The edges vouch for the graph, and a function without values there or beside it cannot be compared.
            return finding
        if finding.verdict == "undecided" and math.isfinite(finding.engine) and not finding.difference.is_kink:
            reason = finding.difference.reason or "rounding hides how the function changes"
            departs = departure(i, keys) if departure is not None else ""
            if departs:
                return replace(finding, reason=f"{reason}, and {departs}")
            return replace(finding, verdict="pass", reason=f"by its edges, which all hold; {reason}")
        if finding.verdict == "fail":
            if self.sweeps:
                reason = "every partial on the way holds, but the sweep does not add them up"
            elif math.isnan(finding.engine):
                reason = "an infinite partial meets a 0 on the way"
            elif any(x.verdict == "kink" for x in remarkable(self.edges)):
                reason = "it passes kinks, whose subgradients need not add up to one"
            else:
                departs = departure(i, keys) if departure is not None else ""
                reason = f"every partial on the way holds, so {departs or 'the differences may mislead'}"
            return replace(finding, reason=f"{describe_mistake(finding.engine, finding.difference)}; {reason}")
        return finding


# --- Values


def check_value(node: Value, position: int, now: float | None = None) -> Finding | None:
    """Return a finding if the operation does not give the recorded value to the last bit; else None.

    Args:
        node: the result of an operation.
        position: the position of the node in the graph, for the report.
        now: the value that the operation gives, if it was called already.
    """
    assert node.op is not None
    if now is None:
        data = [x.data for x in node.operands]
        try:
            now = node.op.value(*data)
        except DomainError:
            # Rules are recorded under `quiet`, where operations have a value at poles as well.
            with quiet():
                now = node.op.value(*data)
    if now == node.data or (math.isnan(now) and math.isnan(node.data)):
        return None
    reason = "it or an operand was changed after it was computed, or the operation gives now this, now that"
    return Finding(
        node.data, Difference(now, 0.0), "fail", reason, node, None, position, source="recorded", against="now"
    )


# --- Sums over paths


class AdjointSums:
    """The adjoints below an output, summed here from the stored partials, and their rounding error.

    Args:
        output: the node to differentiate.
        order: the nodes below it in topological order, operands first.

    Attributes:
        adjoints: the derivative by each node, by the id of the node.
        gross: the same sums with the absolute values of all products.
        rounding: the error of an adjoint, relative to its gross sum.
    """

    def __init__(self, output: Value, order: Sequence[Value]) -> None:
        self.output, self.order = output, order
        self.adjoints, self.gross = {id(output): 1.0}, {id(output): 1.0}
        adjoints, gross, edges = self.adjoints, self.gross, 0
        for node in reversed(order):
            key = id(node)
            if node.op is None or key not in adjoints:
                continue
            adjoint, size = adjoints[key], gross[key]
            for x, partial in zip(node.operands, node.partials, strict=True):
                if partial != 0.0 and not x.constant:
                    edges += 1
                    key = id(x)
                    # A sweep does not propagate an adjoint of 0. In another order of summation the adjoint may be
                    # rounding error instead of 0, so the gross sum continues.
                    product = adjoint * partial if adjoint else 0.0
                    if key in adjoints:
                        adjoints[key] += product
                        gross[key] += abs(size * partial)
                    else:
                        adjoints[key], gross[key] = product, abs(size * partial)
        self.rounding = EPSILON * (8 + edges)

    def check(
        self, sweeps: Mapping[str, Mapping[Value, float]], output: Output, positions: Mapping[int, int]
    ) -> Iterator[Finding]:
        """Yield, for each wrong sweep, a finding at the first wrong node below the output.

        Args:
            sweeps: the adjoints of each sweep, by its name.
            output: the name of the output.
            positions: the index of each node by its id, for the report.
        """
        expected = [self.adjoints.get(id(node), 0.0) for node in self.order]
        slacks = [self.rounding * self.gross.get(id(node), 0.0) for node in self.order]
        for source, adjoints in sweeps.items():
            actual = [adjoints.get(node, 0.0) for node in self.order]
            wrong = [i for i in _disagreeing(actual, expected, slacks) if not self.order[i].constant]
            if wrong:
                yield self._finding(self.order[wrong[-1]], actual[wrong[-1]], source, output, positions)

    def _finding(
        self, node: Value, actual: float, source: str, output: Output, positions: Mapping[int, int]
    ) -> Finding:
        expected, slack = self.adjoints.get(id(node), 0.0), self.rounding * self.gross.get(id(node), 0.0)
        position = positions[id(node)] + 1
        suffix = f"(node {position})"
        label = output.derivative(suffix)
        if node.label:
            label = f"{output.derivative(node.label)} {suffix}"
        difference = Difference(expected, slack, swing=abs(expected))
        reason, against = self._missing(node, actual), "sum over its uses"
        return Finding(actual, difference, "fail", reason, node, None, position, label, source, against=against)

    def backward(self) -> dict[Value, float]:
        """Return the adjoints that `Value.backward` computes, and restore every `grad`."""
        before = [node.grad for node in self.order]
        try:
            for node in self.order:
                # A leaf accumulates from 0. The grad of an inner node must be reset by the sweep.
                node.grad = 0.0 if node.op is None else 1.0
            self.output.backward()
            return {node: node.grad for node in self.order}
        finally:
            for node, grad in zip(self.order, before, strict=True):
                node.grad = grad

    def _missing(self, node: Value, actual: float) -> str:
        """Return the number of summands that a wrong adjoint counts, in words."""
        summands = [
            self.adjoints[id(user)] * partial
            for user in self.order
            if id(user) in self.adjoints
            for x, partial in zip(user.operands, user.partials, strict=True)
            if x is node
        ]
        counted = subset_with_sum(actual, summands)
        if counted is not None:
            return f"only {len(counted)} of {len(summands)} uses {'is' if len(counted) == 1 else 'are'} counted"
        return "not the sum of what its uses add"


def check_forward(graph: FlatGraph) -> Iterator[Finding]:
    """Yield a finding at the first node at which forward mode goes wrong, for a direction through all leaves.

    Args:
        graph: the graph.
    """
    signs, order = Random(0), graph.order
    tangents = {x: signs.choice((-1.0, 1.0)) for x in order if x.op is None and not x.constant}
    expected, gross, edges = [0.0] * len(order), [0.0] * len(order), 0
    is_reached = bytearray(len(order))
    for x, tangent in tangents.items():
        i = graph.positions[id(x)]
        expected[i], gross[i], is_reached[i] = tangent, 1.0, True
    for j, i, partial in zip(graph.operands, graph.results, graph.partials, strict=True):
        if partial != 0.0 and is_reached[j]:
            tangent = expected[j]
            expected[i] += tangent * partial if tangent else 0.0
            gross[i] += abs(gross[j] * partial)
            is_reached[i] = True
            edges += 1
    computed = forward(order, tangents, stored)
    actual, slacks = [computed.get(x, 0.0) for x in order], [EPSILON * (8 + edges) * size for size in gross]
    for i in _disagreeing(actual, expected, slacks)[:1]:
        node, position = order[i], i + 1
        label = f"{Output(node.label or f'node {position}').name} along a direction"
        difference = Difference(expected[i], slacks[i], swing=abs(expected[i]))
        against = "sum over its operands"
        yield Finding(actual[i], difference, "fail", "", node, None, position, label, "forward", against)


def _disagreeing(xs: Sequence[float], ys: Sequence[float], slacks: Sequence[float]) -> list[int]:
    """Return the indices of the sums that are not equal up to rounding."""
    x, y, slack = np.array(xs, dtype=float), np.array(ys), np.array(slacks)
    # An infinite slack: infinite terms give inf or nan, depending on the order of summation.
    agree = (x == y) | (np.abs(x - y) <= slack) | ~np.isfinite(slack) | (np.isnan(x) & np.isnan(y))
    indices: list[int] = np.flatnonzero(~agree).tolist()
    return indices


def subset_with_sum(total: float, summands: Sequence[float]) -> tuple[int, ...] | None:
    """Return the indices of a proper subset of the summands that adds up to the total; None if there is none.

    >>> subset_with_sum(3.0, [1.0, 2.0, 4.0]), subset_with_sum(7.0, [1.0, 2.0, 4.0])
    ((0, 1), None)
    """
    count = len(summands)
    size = safe_fsum(map(abs, summands))
    if count < 2 or not 0.0 < size < math.inf or not 0.0 < abs(total) < math.inf:
        return None
    subset_sizes = range(1, count) if count <= MAX_SUMMANDS_ENUMERATED else (1, count - 1)
    for k in subset_sizes:
        for subset in combinations(range(count), k):
            rest = safe_fsum(x for i, x in enumerate(summands) if i not in subset)
            subtotal = safe_fsum(summands[i] for i in subset)
            # If the rest adds nothing, nothing is missing.
            if abs(total - subtotal) <= 1e-9 * max(abs(total), abs(subtotal)) and abs(rest) > 1e-7 * size:
                return subset
    return None


# --- Symmetry of second derivatives


class Pair(NamedTuple):
    """Two second derivatives that should be equal.

    Attributes:
        name: the name of the first.
        mirrored: the name of the second.
        first: the first, with the rounding error of its sum.
        second: the second, with the rounding error of its sum.
        size: the size of the terms of both sums.
        noise: computes the rounding error of both from every node; called for few pairs, because it is slow.
    """

    name: str
    mirrored: str
    first: tuple[float, float]
    second: tuple[float, float]
    size: float
    noise: Callable[[], float]


@dataclass(frozen=True)
class Symmetry:
    """The outcome of comparing second derivatives with their mirror images: true if H = Hᵀ up to rounding.

    The two orders of differentiation are different sums over the graph of the gradient, so a rule that is not
    differentiated correctly makes them differ. There is no tolerance: the comparison allows for the rounding error of
    each node, propagated to the result.

    Attributes:
        count: the number of compared pairs.
        gap: the largest difference, relative to the terms of the two sums.
        broken: the pairs that differ by more than rounding error.
        doubtful: the number of further pairs that differ and were not examined closely.
    """

    count: int
    gap: float
    broken: tuple[Finding, ...]
    doubtful: int = 0

    def __bool__(self) -> bool:
        return not self.broken

    def __str__(self) -> str:
        if self.broken:
            least = "at least " if self.doubtful else ""
            return f"symmetry: H ≠ Hᵀ in {least}{len(self.broken):,} of {self.count:,} pairs"
        return f"symmetry: H = Hᵀ {f'to {self.gap:.1g}' if self.gap else 'exactly'}"


def compare_pairs(pairs: Iterable[Pair], source: str = "engine") -> Symmetry:
    """Compare the second derivatives of each pair."""
    pairs = list(pairs)
    gaps = [_relative_gap(pair) for pair in pairs]
    doubtful = [
        (gap, pair)
        for gap, pair in zip(gaps, pairs, strict=True)
        if not abs(pair.first[0] - pair.second[0]) <= pair.first[1] + pair.second[1] and gap > 0.0
    ]
    doubtful.sort(key=lambda entry: entry[0], reverse=True)
    broken = []
    for _, pair in doubtful[:MAX_PAIRS_WITH_NODE_ROUNDING]:
        slack = pair.first[1] + pair.second[1] + pair.noise()
        if not abs(pair.first[0] - pair.second[0]) <= slack:
            broken.append(_broken(pair, slack, source))
    unexamined = len(doubtful[MAX_PAIRS_WITH_NODE_ROUNDING:])
    return Symmetry(len(pairs), max(gaps, default=0.0), tuple(broken), unexamined)


def _relative_gap(pair: Pair) -> float:
    """Return the difference relative to the size; 0 if both are equal, equally infinite, or nan."""
    (x, _), (y, _) = pair.first, pair.second
    if x == y or (math.isnan(x) and math.isnan(y)):
        return 0.0
    size = max(abs(x), abs(y), pair.size)
    return abs(x - y) / size if math.isfinite(x) and math.isfinite(y) else math.inf


def _broken(pair: Pair, slack: float, source: str) -> Finding:
    (x, _), (y, _) = pair.first, pair.second
    reason = "not equal, which no rounding explains"
    return Finding(x, Difference(y, slack), "fail", reason, label=pair.name, source=source, against=pair.mirrored)


def rounding_error(results: Sequence[Value]) -> float:
    """Return the error of the results if every node below has an error of four units in the last place."""
    adjoints = reverse(dict.fromkeys(results, 1.0), stored)
    terms = (abs(x) * (4.0 * EPSILON * abs(node.data) + MIN_FLOAT) for node, x in adjoints.items() if not node.constant)
    return safe_fsum(term for term in terms if math.isfinite(term))


def engine_symmetry(outputs: Outputs, rows: Sequence[Sequence[AnalyticEntry]]) -> Symmetry | None:
    """Return the symmetry of the engine's second derivatives; None if there are none to compare.

    Args:
        outputs: the outputs of a check.
        rows: their derivatives by each variable.
    """
    # The derivative by an inner node depends on how the rules below it are written, so only leaves are compared.
    if outputs.order == 1 or len(outputs.wrt) == 1 or any(x.op is not None for x in outputs.wrt):
        return None
    return compare_pairs(_directional_pairs(outputs, rows) if outputs.weights else _entry_pairs(outputs, rows))


def _entry_pairs(outputs: Outputs, rows: Sequence[Sequence[AnalyticEntry]]) -> Iterator[Pair]:
    derivatives, names, wrt = outputs.nodes[1:], outputs.names[1:], outputs.wrt
    for i, j in combinations(range(len(wrt)), 2):

        def noise(i: int = i, j: int = j) -> float:
            return rounding_error([gradient(derivatives[i], wrt[j])]) + rounding_error(
                [gradient(derivatives[j], wrt[i])]
            )

        label, mirrored = names[i].derivative(outputs.labels[j]), names[j].derivative(outputs.labels[i])
        yield _pair(label, mirrored, rows[i + 1][j], rows[j + 1][i], noise)


def _directional_pairs(outputs: Outputs, rows: Sequence[Sequence[AnalyticEntry]]) -> Iterator[Pair]:
    sums, weights = outputs.nodes[1:], outputs.weights

    def second(node: Value, direction: int) -> Value:
        weighted: Value = ops.dot(weights[direction], gradient(node, list(outputs.wrt)))
        return weighted

    for a, b in combinations(range(len(sums)), 2):

        def noise(a: int = a, b: int = b) -> float:
            return rounding_error([second(sums[a], b)]) + rounding_error([second(sums[b], a)])

        left, right = _weighted_sum(rows[a + 1], weights[b]), _weighted_sum(rows[b + 1], weights[a])
        yield _pair(f"u{a + 1}·H·u{b + 1}", f"u{b + 1}·H·u{a + 1}", left, right, noise)


def _weighted_sum(row: Sequence[AnalyticEntry], weights: Sequence[float]) -> AnalyticEntry:
    derivative = ops.dot(weights, [entry.derivative for entry in row])
    return AnalyticEntry(derivative, sum(entry.rounding for entry in row))


def _pair(name: str, mirrored: str, first: AnalyticEntry, second: AnalyticEntry, noise: Callable[[], float]) -> Pair:
    # `RecordedGraph.jacobian` sets each rounding error to 4 epsilon times the size of the terms.
    return Pair(name, mirrored, first, second, (first.rounding + second.rounding) / (8.0 * EPSILON), noise)


def given_symmetry(given: GivenDerivatives, findings: Sequence[Finding], rtol: float) -> Symmetry | None:
    """Return the symmetry of given second derivatives; None if there are none to compare.

    Args:
        given: the derivatives.
        findings: the findings on them. A pair of entries that both hold is not compared again.
        rtol: the relative tolerance for the other pairs.
    """
    n = len(given.function.point)
    if len(given.jacobian.outputs) - given.first_order_count < 2:
        return None
    rows = given.jacobian.rows[given.first_order_count :]
    names, labels = given.jacobian.outputs[given.first_order_count :], given.function.labels
    seconds = findings[given.first_order_count * n :]
    pairs = []
    for i, j in combinations(range(n), 2):
        x, y = rows[i][j].derivative, rows[j][i].derivative
        is_settled = len(seconds) == n * n and seconds[i * n + j].holds and seconds[j * n + i].holds
        slack = math.inf if is_settled else rtol * max(abs(x), abs(y))
        pairs.append(
            Pair(names[i].derivative(labels[j]), names[j].derivative(labels[i]), (x, slack), (y, 0.0), 0.0, float)
        )
    return compare_pairs(pairs, "given")
