"""Reasons for the size of one derivative: slopes of 0, saturation, cancellation, symmetry, and the largest paths.

Each is found by passes over the edges of the slice; :mod:`~autograd.tracing.slopes` puts a slope into words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from autograd.derivatives import reverse, stored
from autograd.graph import Edge, Path, Paths, leaves, on_every_path
from autograd.symbolic.notation import derivative
from autograd.symbolic.prose import Phrase, Report, Sentence, plural
from autograd.symbolic.typesetting import Style, name, number
from autograd.tracing.chain_rule import Stations, times
from autograd.tracing.slopes import Writer
from autograd.value import Value

# A derivative up to the first asks for a reason, and a partial up to the second is one: nodes, weights and inputs are
# usually of order 1.
MAX_SMALL_DERIVATIVE = 1e-3
MAX_SMALL_PARTIAL = 1e-2
# Paths cancel if their sum is at most this part of the sum of their sizes.
MAX_CANCELLATION = 1e-2
# A node at which paths cancel is named if at least this part of them leads through it.
MIN_MEETING_SHARE = 0.5
# Causes, paths, terms and factors that are named; the rest are counted.
MAX_CAUSES = 4
MAX_PATHS = 3
MAX_TERMS = 4
MAX_FACTORS = 6
# Stations of a path that are named; those in the middle of a longer one are left out.
MAX_STATIONS = 10
# Nodes without a name that tell paths between the same stations apart, and the size of their formulas.
MAX_UNNAMED, MAX_UNNAMED_SIZE = 3, 7
# More paths are called "many", without their number.
MAX_PRINTED_COUNT = 10**15

Kind = Literal["slope", "cancellation", "path", "symmetry"]


@dataclass(frozen=True, repr=False)
class Cause:
    """One reason for the size of a derivative.

    Attributes:
        kind: "slope" for a partial that is 0, small or not finite; "cancellation" for paths of opposite sign; "path"
            for a large contribution; "symmetry" for another leaf with the same value and derivative.
        words: returns the reason in words and mathematics. It is called for the causes that are printed.
        share: of a slope, the part of the paths that it is on; of a cancellation, the part of the sizes of all paths
            that cancels; of a path, its part of the derivative. It is 1 for a symmetry.
        edge: the edge of a slope; None for other kinds.
    """

    kind: Kind
    words: Callable[[], Sequence[Phrase]]
    share: float
    edge: Edge | None = None

    def __str__(self) -> str:
        return Sentence(self.words()).write("text")

    def __repr__(self) -> str:
        return f"<{self.kind}: {self}>"


class Reasons(Report):
    """The reasons for the size of a derivative; `str` gives them in words.

    Attributes:
        value: the derivative.
        causes: the reasons, those of the greatest share first.
    """

    def __init__(self, blocks: Sequence[Sentence], value: float, causes: Sequence[Cause]) -> None:
        super().__init__(blocks)
        self.value, self.causes = value, tuple(causes)


def explain(stations: Stations, target: Value, wrt: Value, value: float) -> Reasons:
    """Return the reasons for the size of ∂target/∂wrt.

    Args:
        stations: the names and numbers of the trace.
        target: the node that is differentiated.
        wrt: the node to differentiate by.
        value: the derivative.
    """
    write = Writer(stations)

    def lhs(style: Style) -> str:
        return f"{derivative(stations.names[target], stations.names[wrt], style)} = {number(value, style)}"

    if target is wrt:
        return Reasons([Sentence([lhs, ": a Value has the derivative 1 by itself"])], value, [])
    flows = Flows(stations.slice)
    cancellation = _cancellation(flows, write, value)
    slopes, heading = _slopes(flows, write, value)
    symmetry = _symmetry(flows, write, value)
    if cancellation is not None:
        cause, items = cancellation
        causes = [cause, *slopes]
        blocks = [Sentence([lhs, ", because ", *cause.words()]), *items]
        if not slopes:
            slopes, heading = _zero_slopes(flows, write), "some paths have a slope of 0:"
        if slopes:
            blocks += [Sentence([f"Also, {heading}"]), *_listed(slopes)]
    elif slopes:
        causes = slopes
        if len(slopes) == 1:
            blocks = [Sentence([lhs, ", because ", *slopes[0].words()])]
        else:
            blocks = [Sentence([lhs, f", because {heading}"]), *_listed(slopes)]
    else:
        causes, blocks = _contributions(flows, write, lhs, value)
    blocks += [Sentence(cause.words()) for cause in symmetry]
    return Reasons([*blocks, *write.definitions(Report(blocks))], value, [*causes, *symmetry])


def _listed(causes: Sequence[Cause]) -> list[Sentence]:
    """Return an item for each cause; the last ones are counted."""
    is_divided = any(cause.share < 1.0 for cause in causes)

    def share(part: float) -> list[Phrase]:
        return [" (", percent(part), " of the paths)"] if is_divided else []

    items = [Sentence([*cause.words(), *share(cause.share)], is_item=True) for cause in causes[:MAX_CAUSES]]
    rest = causes[MAX_CAUSES:]
    if rest:
        items.append(Sentence([f"{len(rest):,} more", *share(sum(cause.share for cause in rest))], is_item=True))
    return items


def percent(share: float) -> Phrase:
    r"""Return a share in percent, rounded for reading.

    >>> percent(0.625)("text"), percent(1e-5)("text"), percent(-1.2)("latex")
    ('62.5 %', '0.001 %', '-120\\,\\%')
    """
    # Without the rounding error of the counts, 60 % is a whole number.
    rounded = round(100.0 * share, 9)
    return lambda style: number(rounded, style, digits=3) + (r"\,\%" if style == "latex" else " %")


class Flows:
    """Sums over the paths of a slice, each by one pass over its edges.

    Attributes:
        nodes: the slice, operands first.
        edges: for each node, its edges from operands in the slice.
        all_edges: the edges of all nodes, from the source up.
        uses: for each node, the edges to its results in the slice.
        tangents: the derivative of each node by the first.
        gross_up: the sum of |product| over the paths from the first node up to each.
        gross_down: the same from each node up to the last.
    """

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.nodes = nodes
        self.source, self.target = nodes[0], nodes[-1]
        inside = set(nodes)
        self.edges = {
            node: [Edge(node, slot) for slot, x in enumerate(node.operands) if x in inside] for node in nodes[1:]
        }
        self.all_edges = [edge for edges in self.edges.values() for edge in edges]
        self.tangents = self._up(lambda edge: edge.partial)
        self.gross_up = self._up(lambda edge: abs(edge.partial))
        self.gross_down = self._down(lambda edge: abs(edge.partial))
        self.uses: dict[Value, list[Edge]] = {node: [] for node in nodes}
        for edge in self.all_edges:
            self.uses[edge.operand].append(edge)

    def _up(self, weight: Callable[[Edge], float]) -> dict[Value, float]:
        """Return the sum of products of weights over the paths from the first node up to each."""
        sums = {self.source: 1.0}
        for node in self.nodes[1:]:
            sums[node] = sum(times(sums[edge.operand], weight(edge)) for edge in self.edges[node])
        return sums

    def _down(self, weight: Callable[[Edge], float]) -> dict[Value, float]:
        """Return the sum of products of weights over the paths from each node up to the last."""
        sums = dict.fromkeys(self.nodes, 0.0)
        sums[self.target] = 1.0
        for node in reversed(self.nodes[1:]):
            for edge in self.edges[node]:
                sums[edge.operand] += times(sums[node], weight(edge))
        return sums

    def cut(self, blocked: Collection[Edge]) -> list[tuple[Edge, float]]:
        """Return blocked edges that together are on all paths, with their shares of the paths; [] if there are none.

        The first blocked edges from the source up are such a cut, and so are those from the target down. The cut of
        fewer edges is returned, the edge with the largest share first.
        """
        if not blocked or self._log_counts_up(blocked)[self.target] > -math.inf:
            return []
        return min(self.first(blocked), self._last(blocked), key=len)

    def first(self, blocked: Collection[Edge]) -> list[tuple[Edge, float]]:
        """Return the first blocked edges on the paths from the source up, with their shares of the paths."""
        return self._shares(blocked, self._log_counts_up(blocked), self._log_counts_down(()))

    def _last(self, blocked: Collection[Edge]) -> list[tuple[Edge, float]]:
        """Return the first blocked edges on the paths from the target down, with their shares of the paths."""
        return self._shares(blocked, self._log_counts_up(()), self._log_counts_down(blocked))

    def _shares(
        self, edges: Collection[Edge], below: dict[Value, float], above: dict[Value, float]
    ) -> list[tuple[Edge, float]]:
        """Return the share of the paths through each edge, from the logarithms of the numbers of paths on its ends."""
        total = self._log_counts_up(())[self.target]
        # In the order of the graph: a set has none.
        shares = [
            (edge, math.exp(below[edge.operand] + above[edge.result] - total))
            for edge in self.all_edges
            if edge in edges
        ]
        # Equal shares stay in that order, whatever the rounding errors of the counts.
        return sorted((pair for pair in shares if pair[1] > 0.0), key=lambda pair: -round(pair[1], 9))

    # Counts of paths may have as many bits as the graph has nodes, so their logarithms are added.
    def _log_counts_up(self, blocked: Collection[Edge]) -> dict[Value, float]:
        """Return the logarithm of the number of paths without blocked edges from the source up to each node."""
        counts = {self.source: 0.0}
        for node in self.nodes[1:]:
            counts[node] = _log_sum([counts[edge.operand] for edge in self.edges[node] if edge not in blocked])
        return counts

    def _log_counts_down(self, blocked: Collection[Edge]) -> dict[Value, float]:
        """Return the logarithm of the number of paths without blocked edges from each node up to the target."""
        counts = {self.target: 0.0}
        for node in reversed(self.nodes[:-1]):
            counts[node] = _log_sum([counts[edge.result] for edge in self.uses[node] if edge not in blocked])
        return counts


def _log_sum(logarithms: Sequence[float]) -> float:
    """Return log(e^x + e^y + …) without overflow; −inf for none."""
    largest = max(logarithms, default=-math.inf)
    if largest == -math.inf:
        return largest
    return largest + math.log(sum(math.exp(x - largest) for x in logarithms))


# --- causes


def _slopes(flows: Flows, write: Writer, value: float) -> tuple[list[Cause], str]:
    """Return the slopes that make a derivative 0, small or not finite, and the words before a list of them."""
    if not math.isfinite(value):
        edges = [edge for edge in flows.all_edges if not math.isfinite(edge.partial)]
        return [_slope(write, edge, 1.0) for edge in edges], "slopes are not finite:"
    if abs(value) > MAX_SMALL_DERIVATIVE:
        return [], ""
    for largest, noun in ((0.0, "a slope of 0"), (MAX_SMALL_PARTIAL, "a small slope")):
        bundles = [
            bundle
            for bundle in on_every_path(flows.nodes, flows.all_edges)
            if all(abs(edge.partial) <= largest for edge in bundle)
        ]
        if bundles:
            edges = sorted((edge for bundle in bundles for edge in bundle), key=lambda edge: abs(edge.partial))
            return [_slope(write, edge, 1.0) for edge in edges], "each of these slopes is on every path:"
        small = {edge for edge in flows.all_edges if abs(edge.partial) <= largest}
        cut = flows.cut(small)
        if cut:
            return [_slope(write, edge, share) for edge, share in cut], f"every path has {noun}:"
    return [], ""


def _zero_slopes(flows: Flows, write: Writer) -> list[Cause]:
    """Return the first slopes of 0 on the paths from the source up; other paths may have none."""
    zero = {edge for edge in flows.all_edges if edge.partial == 0.0}
    return [_slope(write, edge, share) for edge, share in flows.first(zero)] if zero else []


def _slope(write: Writer, edge: Edge, share: float) -> Cause:
    return Cause("slope", lambda: write.slope(edge), share, edge)


def _cancellation(flows: Flows, write: Writer, value: float) -> tuple[Cause, list[Sentence]] | None:
    """Return the cancellation of paths with opposite signs, and an item for each term at the node where they meet."""
    gross = flows.gross_up[flows.target]
    if not (math.isfinite(gross) and abs(value) <= MAX_CANCELLATION * gross and gross > 0.0):
        return None
    positive, negative = 0.5 * (gross + value), 0.5 * (gross - value)

    def words() -> list[Phrase]:
        return [
            "paths cancel: the positive ones add up to ",
            lambda style: number(positive, style),
            " and the negative ones to ",
            lambda style: number(-negative, style),
        ]

    cause = Cause("cancellation", words, 1.0 - abs(value) / gross)
    return cause, _meeting(flows, write, gross)


def _meeting(flows: Flows, write: Writer, gross: float) -> list[Sentence]:
    """Return an item for each term at the node where most paths cancel; [] if there is no such node."""
    best: tuple[float, Value | None, list[tuple[Value, float]]] = (MIN_MEETING_SHARE, None, [])
    for node in flows.nodes[1:]:
        terms = [(edge.operand, times(flows.tangents[edge.operand], edge.partial)) for edge in flows.edges[node]]
        size = sum(abs(term) for _, term in terms)
        share = times(size, flows.gross_down[node]) / gross
        # Where no node has more of them, the first one from the source up is where they cancel.
        if share > best[0] and abs(flows.tangents[node]) <= MAX_CANCELLATION * size:
            best = (share, node, terms)
    _, meeting, terms = best
    if meeting is None:
        return []
    size = sum(abs(term) for _, term in terms)
    terms = sorted(terms, key=lambda term: -abs(term[1]))
    shown, rest = terms[:MAX_TERMS], terms[MAX_TERMS:]
    items = [
        Sentence([_number(term), " (", percent(abs(term) / size), ") through ", write.node(x)], is_item=True)
        for x, term in shown
    ]
    if rest:
        subtotal = sum(term for _, term in rest)
        items.append(Sentence([f"{len(rest):,} more: ", _number(subtotal)], is_item=True))
    heading = Sentence(["The terms of ", write.derivative(meeting, flows.source), ":"])
    return [heading, *items]


def _number(x: float) -> Phrase:
    return lambda style: number(x, style)


def _symmetry(flows: Flows, write: Writer, value: float) -> list[Cause]:
    """Return the leaf that a gradient step changes by as much as the source, because both are used alike."""
    twin = _twin(flows, write.data)
    if twin is None or value == 0.0 or not math.isfinite(value):
        return []
    if reverse({flows.target: 1.0}, stored).get(twin, 0.0) != value:
        return []

    def words() -> list[Phrase]:
        return [
            "Symmetry: ",
            write.node(flows.source),
            " and ",
            *_other_leaf(twin, flows),
            " have equal values and equal derivatives, so a gradient step keeps them equal",
        ]

    return [Cause("symmetry", words, 1.0)]


def _other_leaf(leaf: Value, flows: Flows) -> list[Phrase]:
    """Return the name of a leaf; one that has no name, or that of the source, by its index among all leaves."""
    label = leaf.label
    if label and name(label) != name(flows.source.label):
        return [lambda style: name(label, style)]
    output = flows.target.label if flows.target.label.isidentifier() else "output"
    index = next(i for i, x in enumerate(leaves(flows.target)) if x is leaf)
    named: list[Phrase] = [" named ", lambda style: name(label, style)] if label else []
    return ["another leaf", *named, f", ag.leaves({output})[{index}],"]


def _twin(flows: Flows, data: Callable[[Value], float]) -> Value | None:
    """Return a leaf outside the slice that is used as the source is, by nodes with the same numbers."""

    def numbers(node: Value) -> tuple[object, ...]:
        return (node.op, data(node), node.partials)

    inside = set(flows.nodes)
    twins: dict[Value, Value | None] = {flows.target: None}
    # For each result, the operands outside the slice by their numbers. A search for each operand would be quadratic.
    beside: dict[Value, dict[tuple[object, ...], Value]] = {}
    for node in reversed(flows.nodes[:-1]):
        candidates: list[Value | None] = []
        for edge in flows.uses[node]:
            result, other = edge.result, twins[edge.result]
            if other is not None:
                candidates.append(other.operands[edge.slot])
            # Two leaves side by side in one operation are no symmetry of weights.
            elif node.op is not None:
                if result not in beside:
                    beside[result] = {numbers(x): x for x in result.operands if x not in inside}
                candidates.append(beside[result].get(numbers(node)))
        twins[node] = next(
            (x for x in candidates if x is not None and x is not node and numbers(x) == numbers(node)), None
        )
    twin = twins.get(flows.source)
    return twin if twin is not None and twin.op is None and not twin.constant else None


def _contributions(
    flows: Flows, write: Writer, lhs: Callable[[Style], str], value: float
) -> tuple[list[Cause], list[Sentence]]:
    """Return the paths with the largest products, and their sentences."""
    paths = Paths(flows.target, flows.source)
    if paths.count == 1:
        [path] = paths.largest(1)
        [stations] = _distinct(write, [_Route(path)])
        heading = Sentence([lhs, ", the product of the slopes on the only path, the smallest first:"])
        return [Cause("path", lambda: [stations], 1.0)], [heading, *_factors(write, path)]
    largest = paths.largest(MAX_PATHS)
    count = plural(paths.count, "path") if paths.count < MAX_PRINTED_COUNT else "many paths"
    blocks = [Sentence([lhs, f", the sum of {count}, the largest first:"])]
    routes = list({path.nodes: _Route(path) for path in largest}.values())
    shares = [route.product / value if value else math.nan for route in routes]
    arrows = _distinct(write, routes)
    causes = [Cause("path", lambda shown=shown: [shown], share) for shown, share in zip(arrows, shares, strict=True)]  # type: ignore[misc]
    for route, cause in zip(routes, causes, strict=True):
        together = "" if route.count == 1 else f", {plural(route.count, 'path')}"
        words = [_number(route.product), " (", percent(cause.share), f"){together}: ", *cause.words()]
        blocks.append(Sentence(words, is_item=True))
    left = paths.count - sum(route.count for route in routes)
    if left:
        rest = value - sum(route.product for route in routes)
        more = f"{left:,} more: " if left < MAX_PRINTED_COUNT else "many more: "
        share = rest / value if value else math.nan
        blocks.append(Sentence([more, _number(rest), " (", percent(share), ")"], is_item=True))
    if abs(value) <= MAX_SMALL_DERIVATIVE:
        blocks += [Sentence(["The slopes on the largest path, the smallest first:"]), *_factors(write, largest[0])]
    return causes, blocks


class _Route:
    """The paths through the same nodes: those of x·x differ in the operand alone.

    Attributes:
        nodes: the nodes, from the source up.
        count: the number of paths.
        product: the sum of their products.
    """

    def __init__(self, path: Path) -> None:
        self.nodes = path.nodes
        self.count, self.product = 1, 1.0
        for edge in path.edges:
            partials = [p for x, p in zip(edge.result.operands, edge.result.partials, strict=True) if x is edge.operand]
            self.count *= len(partials)
            self.product *= sum(partials)


def _distinct(write: Writer, routes: Sequence[_Route]) -> list[Phrase]:
    """Return the stations of each route; routes with the same stations have the formulas of other nodes too."""
    stations = set(write.stations.nodes)
    # By id, since equal Values may be other nodes.
    keys = [tuple(id(node) for node in route.nodes if node in stations) for route in routes]
    shown = []
    for route, key in zip(routes, keys, strict=True):
        others = [x for x in route.nodes if x not in stations and write.stations.formula(x).size <= MAX_UNNAMED_SIZE]
        kept = stations.union(others[:MAX_UNNAMED] if keys.count(key) > 1 else [])
        shown.append(_arrows([write.node(node) for node in route.nodes if node in kept]))
    return shown


def _arrows(labels: Sequence[Phrase]) -> Phrase:
    """Return labels with arrows between them; those in the middle of many are left out."""
    shown = [*labels[:5], None, *labels[-4:]] if len(labels) > MAX_STATIONS else [*labels]

    def written(style: Style) -> str:
        dots = r"\dots" if style == "latex" else "…"
        texts = [dots if label is None else Sentence([label]).write(style) for label in shown]
        return (r" \to " if style == "latex" else " → ").join(texts)

    return written


def _factors(write: Writer, path: Path) -> list[Sentence]:
    """Return an item for each factor on a path, from station to station; the largest ones are counted."""
    stations = set(write.stations.nodes)
    factors: list[tuple[Value, Value, float]] = []
    below, product = path.nodes[0], 1.0
    for edge in path.edges:
        product *= edge.partial
        if edge.result in stations:
            factors.append((edge.result, below, product))
            below, product = edge.result, 1.0
    factors.sort(key=lambda factor: abs(factor[2]))
    items = []
    for of, wrt, size in factors[:MAX_FACTORS]:
        items.append(Sentence([write.derivative(of, wrt), lambda style, size=size: f" = {number(size, style)}"], True))  # type: ignore[misc]
    if len(factors) > MAX_FACTORS:
        items.append(Sentence([f"and {len(factors) - MAX_FACTORS:,} larger"], is_item=True))
    return items
