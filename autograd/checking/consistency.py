"""A recorded graph that is checked: its values, its partials and its sweeps by themselves, and then the whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from random import Random
from typing import NamedTuple

from autograd import ops
from autograd.checking.function import Call, Claim, Claims, Given, Output, Outputs, Recorded
from autograd.checking.rules import Seen, check_curvatures, check_partials
from autograd.checking.sampling import EPSILON, Evaluator, Moving, summed
from autograd.checking.verdict import TINY, Difference, Finding, mistake
from autograd.derivatives import forward, gradient, reverse, stored
from autograd.domains import DomainError
from autograd.engine import Value, topological_order
from autograd.modes import quiet

Faithful = Callable[[int, Sequence[int]], bool]
"""Whether an output of a function, moved in some arguments, is what the recorded graph says."""

EDGE = 1e-9
"""The relative tolerance for a single operation, whose differences are as good as their error bars say."""


class Placed(NamedTuple):
    """A finding, which output it is of, and which arguments were moved for it."""

    output: int
    keys: Sequence[int]
    finding: Finding


class Graph:
    """A recorded graph, checked node by node.

    Args:
        outputs: what is differentiated; after the first, of a check of second order, its derivatives.
        names: what they are called.
        wrt: what is differentiated by.
        rtol: the relative tolerance beside the error of the differences.
        order: 1, or 2 to differentiate the rules of the first output once more.

    Attributes:
        values: the nodes whose recorded value does not hold.
        edges: every stored partial.
        sweeps: the nodes at which a sweep goes wrong.
        curvatures: of order 2, every second partial of the operations below the first output.
        count: how many values were compared.
    """

    def __init__(
        self, outputs: Sequence[Value], names: Sequence[Output], wrt: Sequence[Value], rtol: float, order: int = 1
    ) -> None:
        self.evaluator = Evaluator(*outputs)
        self.outputs, self.names, self.wrt, self.rtol, self.order = list(outputs), list(names), list(wrt), rtol, order
        everything = self.evaluator.order
        # Of several outputs each is differentiated over the part of the graph that is below it.
        orders = [everything] if len(self.outputs) == 1 else [topological_order(y) for y in self.outputs]
        self.adjoints = [reverse({y: 1.0}, stored, order) for y, order in zip(self.outputs, orders, strict=True)]
        self._sums = [Sums(y, order) for y, order in zip(self.outputs, orders, strict=True)]
        self.values: list[Finding] = []
        self.edges: list[Finding] = []
        self.count = 0
        seen = Seen()
        for position, node in enumerate(self.evaluator.order, 1):
            if node.op is not None:
                self.count += 1
                wrong = check_value(node, position)
                if wrong is not None:
                    self.values.append(wrong)
                else:
                    self.edges.extend(self._partials(node, position, seen))
        self.sweeps = [] if self.values else list(self._sweeps())
        self.curvatures = [] if self.values or order == 1 else list(self._curvatures())

    def _partials(self, node: Value, position: int, seen: Seen) -> Iterator[Finding]:
        is_dead = not math.isfinite(node.data) and not any(node in adjoints for adjoints in self.adjoints)
        for found in check_partials(node, position, min(self.rtol, EDGE), seen):
            yield replace(found, verdict="pass", reason="on a branch that is not taken") if is_dead else found

    def _sweeps(self) -> Iterator[Finding]:
        for sums, adjoints, name in zip(self._sums, self.adjoints, self.names, strict=True):
            found = list(sums.check({"backward": sums.backward(), "reverse": adjoints}, name, self.evaluator.places))
            if found:
                yield from found
                break
        yield from check_forward(self.evaluator.order)

    def _curvatures(self) -> Iterator[Finding]:
        seen = set()
        flat: set[tuple[str, int, int]] = set()
        for node in topological_order(self.outputs[0]):
            key = node.op, *((x.data, x.constant) for x in node.operands)
            if node.op is not None and key not in seen:
                seen.add(key)
                yield from check_curvatures(node, self.evaluator.places[id(node)] + 1, self.rtol, flat)

    def rows(self) -> list[list[Claim]]:
        """For each output the derivative by each of `wrt`, and how far the sum over paths may be off for rounding."""
        return [
            [(adjoints.get(x, 0.0), 4.0 * EPSILON * sums.gross.get(id(x), 0.0)) for x in self.wrt]
            for adjoints, sums in zip(self.adjoints, self._sums, strict=True)
        ]

    def claims(self, labels: Sequence[str]) -> Claims:
        """The same as what is to be checked."""
        return Claims(self.names, labels, [x.data for x in self.wrt], self.rows())

    def replayed(self, keys: Sequence[int]) -> Moving:
        """The outputs as functions of some of `wrt`, by the recorded graph."""
        return self.evaluator.moving([self.wrt[k] for k in keys])

    def noises(self, keys: Sequence[int] | None = None) -> list[float]:
        """How far each output may be off if what depends on some of `wrt` is rounded; by default, if all nodes are."""
        order = self.evaluator.order
        moved = (
            order if keys is None else [order[i] for i in self.evaluator.moving([self.wrt[k] for k in keys]).reached]
        )
        return [
            EPSILON * summed(size for node in moved if (size := abs(adjoints.get(node, 0.0) * node.data)) < math.inf)
            for adjoints in self.adjoints
        ]

    def settled(self, placed: Sequence[Placed], is_faithful: Faithful | None = None) -> list[Finding]:
        """The derivatives of the whole, those that differences cannot tell settled by the edges on their way.

        That needs a graph that is faithful to what it is the graph of, as far as these arguments go.
        """
        doubtful = cache(self._doubtful)
        return [
            finding
            if finding.holds or any(id(self.wrt[k]) in doubtful(i) for k in keys)
            else self._settled(finding, i, keys, is_faithful)
            for i, keys, finding in placed
        ]

    def _doubtful(self, i: int) -> set[int]:
        """The nodes from which some edge on the way to an output does not hold."""
        if self.names[i].by and not all(x.holds for x in self.curvatures):
            return {id(x) for x in self.wrt}
        bad = {(id(x.node), x.slot) for x in self.edges if not x.holds}
        below = topological_order(self.outputs[i])
        doubtful: set[int] = set()
        for node in reversed(below if bad else []):
            is_doubtful = id(node) in doubtful
            doubtful |= {id(x) for k, x in enumerate(node.operands) if is_doubtful or (id(node), k) in bad}
        return doubtful

    def _settled(self, finding: Finding, i: int, keys: Sequence[int], is_faithful: Faithful | None) -> Finding:
        """A finding on the whole in the light of the edges on its way, which all hold."""
        if finding.verdict == "undecided" and math.isfinite(finding.engine):
            reason = finding.difference.reason or "rounding hides how the function changes"
            if is_faithful is not None and not is_faithful(i, keys):
                return replace(finding, reason=f"{reason}, and a value left the graph, as through x.data")
            return replace(finding, verdict="pass", reason=f"by its edges, which all hold; {reason}")
        if finding.verdict == "fail":
            if self.sweeps:
                reason = "every partial on the way holds, but the sweep does not add them up"
            elif math.isnan(finding.engine):
                reason = "an infinite partial meets a 0 on the way"
            elif any(x.verdict == "kink" for x in self.edges):
                reason = "it passes kinks, whose subgradients need not add up to one"
            else:
                reason = "every partial on the way holds, so a value left the graph, as through x.data"
            return replace(finding, reason=f"{mistake(finding.engine, finding.difference)}; {reason}")
        return finding


MAX_SUMMANDS_ENUMERATED = 6
"""Of so many summands every selection is tried."""
Numbers = Mapping[Value, float]


class Sums:
    """The adjoints below an output, and how far they may be off for rounding.

    Args:
        output: what is differentiated.
        order: the nodes below it, operands first.

    Attributes:
        adjoints: the derivative by each node that has one, by the id of the node.
        gross: the same with the signs of all products taken away.
        rounding: by what part of `gross` an adjoint may be off.
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
                    # An adjoint that cancels to 0 is not carried on, but in another order it may come out as rounding.
                    product = adjoint * partial if adjoint else 0.0
                    if key in adjoints:
                        adjoints[key] += product
                        gross[key] += abs(size * partial)
                    else:
                        adjoints[key], gross[key] = product, abs(size * partial)
        self.rounding = EPSILON * (8 + edges)

    def check(self, sweeps: Mapping[str, Numbers], called: Output, places: Mapping[int, int]) -> Iterator[Finding]:
        """Of each sweep the first node, from the output down, at which it goes wrong.

        Args:
            sweeps: the adjoints that they gave, by name.
            called: what the output is called.
            places: of each node by its id, for the message.
        """
        for source, adjoints in sweeps.items():
            for node in reversed(self.order):
                got, due = adjoints.get(node, 0.0), self.adjoints.get(id(node), 0.0)
                slack = self.rounding * self.gross.get(id(node), 0.0)
                if not node.constant and not _sums_agree(got, due, slack):
                    position = places[id(node)] + 1
                    where = f"(node {position})"
                    label = f"{called.derivative(node.label)} {where}" if node.label else called.derivative(where)
                    found, reason = Difference(due, slack, swing=abs(due)), self._missing(node, got)
                    yield Finding(
                        got, found, "fail", reason, node, None, position, label, source, against="sum over its uses"
                    )
                    break

    def backward(self) -> Numbers:
        """What `Value.backward` gives; every `grad` is put back as it was."""
        before = [node.grad for node in self.order]
        try:
            for node in self.order:
                node.grad = 0.0 if node.op is None else 1.0  # inner nodes are to start afresh
            self.output.backward()
            return {node: node.grad for node in self.order}
        finally:
            for node, grad in zip(self.order, before, strict=True):
                node.grad = grad

    def _missing(self, node: Value, got: float) -> str:
        """How many of its summands an adjoint counts, if it counts some and not others."""
        summands = [
            self.adjoints[id(user)] * partial
            for user in self.order
            if id(user) in self.adjoints
            for x, partial in zip(user.operands, user.partials, strict=True)
            if x is node
        ]
        counted = selected(got, summands)
        if counted is not None:
            return f"only {len(counted)} of {len(summands)} uses {'is' if len(counted) == 1 else 'are'} counted"
        return "not the sum of what its uses add"


def check_forward(order: Sequence[Value]) -> Iterator[Finding]:
    """The first node, from the leaves up, at which forward mode goes wrong along a direction through all leaves."""
    sense = Random(0)
    tangents = {x: sense.choice((-1.0, 1.0)) for x in order if x.op is None and not x.constant}
    sums, edges = {id(x): tangent for x, tangent in tangents.items()}, 0
    gross = dict.fromkeys(sums, 1.0)
    for node in order:
        if node.op is None:
            continue
        total = size = 0.0
        is_moved = False
        for x, partial in zip(node.operands, node.partials, strict=True):
            if partial != 0.0 and id(x) in sums:
                tangent = sums[id(x)]
                total += tangent * partial if tangent else 0.0
                size += abs(gross[id(x)] * partial)
                edges, is_moved = edges + 1, True
        if is_moved:
            sums[id(node)], gross[id(node)] = total, size
    found = forward(order, tangents, stored)
    for position, node in enumerate(order, 1):
        got, due = found.get(node, 0.0), sums.get(id(node), 0.0)
        slack = EPSILON * (8 + edges) * gross.get(id(node), 0.0)
        if not _sums_agree(got, due, slack):
            label = f"{Output(node.label or f'node {position}').name} along a direction"
            difference = Difference(due, slack, swing=abs(due))
            against = "sum over its operands"
            yield Finding(got, difference, "fail", "", node, None, position, label, "forward", against)
            return


def _sums_agree(x: float, y: float, slack: float) -> bool:
    """Whether two sums are the same but for rounding; infinite parts may meet in any order."""
    return x == y or abs(x - y) <= slack or not math.isfinite(slack) or (math.isnan(x) and math.isnan(y))


def selected(total: float, summands: Sequence[float]) -> tuple[int, ...] | None:
    """Which of the summands make up a total that is not the sum of all of them; None if no selection does.

    >>> selected(3.0, [1.0, 2.0, 4.0]), selected(7.0, [1.0, 2.0, 4.0]), selected(3.5, [1.0, 2.0, 4.0])
    ((0, 1), None, None)
    """
    count = len(summands)
    size = summed(map(abs, summands))
    if count < 2 or not 0.0 < size < math.inf or not 0.0 < abs(total) < math.inf:
        return None
    sizes = range(1, count) if count <= MAX_SUMMANDS_ENUMERATED else (1, count - 1)
    for k in sizes:
        for some in combinations(range(count), k):
            rest = summed(x for i, x in enumerate(summands) if i not in some)
            part = summed(summands[i] for i in some)
            if abs(total - part) <= 1e-9 * max(abs(total), abs(part)) and abs(rest) > 1e-7 * size:
                return some
    return None


_CLOSER_LOOKS = 10
"""So many pairs, those that differ most, are given the rounding of every node; the others are nearer to equal."""


class Pair(NamedTuple):
    """Two second derivatives that should be equal.

    Attributes:
        name: what the first is called.
        mirrored: what the second is called.
        first: the first, and by how much it may be off for the rounding of sums.
        second: the second, likewise.
        size: the size of the terms that they are sums of.
        noise: by how much the two together may be off, once one looks closer.
    """

    name: str
    mirrored: str
    first: Claim
    second: Claim
    size: float
    noise: Callable[[], float]


@dataclass(frozen=True)
class Symmetry:
    """How symmetric second derivatives are.

    Attributes:
        count: the pairs compared.
        gap: the greatest difference, as a part of the terms that the two are sums of.
        broken: the pairs that differ by more than rounding.
        doubtful: how many more pairs differ that were not looked at closely.
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


def compared(pairs: Iterable[Pair], source: str = "engine") -> Symmetry:
    """Hold the pairs against each other."""
    pairs = list(pairs)
    gaps = [_gap(pair) for pair in pairs]
    doubtful = [
        (gap, pair)
        for gap, pair in zip(gaps, pairs, strict=True)
        if not abs(pair.first[0] - pair.second[0]) <= pair.first[1] + pair.second[1] and gap > 0.0
    ]
    doubtful.sort(key=lambda one: one[0], reverse=True)
    broken = []
    for _, pair in doubtful[:_CLOSER_LOOKS]:
        slack = pair.first[1] + pair.second[1] + pair.noise()
        if not abs(pair.first[0] - pair.second[0]) <= slack:
            broken.append(_broken(pair, slack, source))
    return Symmetry(len(pairs), max(gaps, default=0.0), tuple(broken), len(doubtful[_CLOSER_LOOKS:]))


def _gap(pair: Pair) -> float:
    """The difference as a part of the size; 0 where both are the same, also infinite or both not a number."""
    (x, _), (y, _) = pair.first, pair.second
    if x == y or (math.isnan(x) and math.isnan(y)):
        return 0.0
    size = max(abs(x), abs(y), pair.size)
    return abs(x - y) / size if math.isfinite(x) and math.isfinite(y) else math.inf


def _broken(pair: Pair, slack: float, source: str) -> Finding:
    (x, _), (y, _) = pair.first, pair.second
    reason = "not equal, which no rounding explains"
    return Finding(x, Difference(y, slack), "fail", reason, label=pair.name, source=source, against=pair.mirrored)


def rounding(results: Sequence[Value]) -> float:
    """By how much results may be off if every node that they were computed from is: four units in the last place."""
    adjoints = reverse(dict.fromkeys(results, 1.0), stored)
    terms = (abs(x) * (4.0 * EPSILON * abs(node.data) + TINY) for node, x in adjoints.items() if not node.constant)
    return summed(term for term in terms if math.isfinite(term))


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


def compared_outputs(outputs: Outputs, rows: Sequence[Sequence[Claim]]) -> Symmetry | None:
    """How symmetric the derivatives of the derivatives are; None if there are no two, or if some are not of leaves.

    What is differentiated by a node in the middle depends on how the rules below it are written.
    """
    if outputs.order == 1 or len(outputs.wrt) == 1 or any(x.op is not None for x in outputs.wrt):
        return None
    return compared(_weighted_pairs(outputs, rows) if outputs.weights else _pairs(outputs, rows))


def _pairs(outputs: Outputs, rows: Sequence[Sequence[Claim]]) -> Iterator[Pair]:
    slopes, names, wrt = outputs.nodes[1:], outputs.names[1:], outputs.wrt
    for i, j in combinations(range(len(wrt)), 2):

        def noise(i: int = i, j: int = j) -> float:
            return rounding([gradient(slopes[i], wrt[j])]) + rounding([gradient(slopes[j], wrt[i])])

        called, mirrored = names[i].derivative(outputs.labels[j]), names[j].derivative(outputs.labels[i])
        yield _pair(called, mirrored, rows[i + 1][j], rows[j + 1][i], noise)


def _weighted_pairs(outputs: Outputs, rows: Sequence[Sequence[Claim]]) -> Iterator[Pair]:
    sums, weights = outputs.nodes[1:], outputs.weights

    def along(node: Value, direction: int) -> Value:
        value: Value = ops.dot(weights[direction], gradient(node, list(outputs.wrt)))
        return value

    for a, b in combinations(range(len(sums)), 2):

        def noise(a: int = a, b: int = b) -> float:
            return rounding([along(sums[a], b)]) + rounding([along(sums[b], a)])

        first, second = _weighted_sum(rows[a + 1], weights[b]), _weighted_sum(rows[b + 1], weights[a])
        yield _pair(f"u{a + 1}·H·u{b + 1}", f"u{b + 1}·H·u{a + 1}", first, second, noise)


def _weighted_sum(row: Sequence[Claim], weights: Sequence[float]) -> Claim:
    slope = ops.dot(weights, [slope for slope, _ in row])
    return slope, sum(rounding for _, rounding in row)


def _pair(name: str, mirrored: str, first: Claim, second: Claim, noise: Callable[[], float]) -> Pair:
    return Pair(name, mirrored, first, second, (first[1] + second[1]) / (8.0 * EPSILON), noise)


def compared_given(given: Given, found: Sequence[Finding], rtol: float) -> Symmetry | None:
    """How symmetric given second derivatives are: what differences do not confirm must be so to `rtol`."""
    n, rows = len(given.call.point), given.claims.rows[given.firsts :]
    if len(rows) < 2:
        return None
    names, labels = given.claims.outputs[given.firsts :], given.call.labels
    seconds = found[given.firsts * n :]
    pairs = []
    for i, j in combinations(range(n), 2):
        (x, _), (y, _) = rows[i][j], rows[j][i]
        is_settled = len(seconds) == n * n and seconds[i * n + j].holds and seconds[j * n + i].holds
        slack = math.inf if is_settled else rtol * max(abs(x), abs(y))
        pairs.append(
            Pair(names[i].derivative(labels[j]), names[j].derivative(labels[i]), (x, slack), (y, 0.0), 0.0, float)
        )
    return compared(pairs, "given")


def check_value(node: Value, position: int) -> Finding | None:
    """What is wrong with a recorded value, if anything: its operation on the operands must give it to the last bit."""
    assert node.op is not None
    data = [x.data for x in node.operands]
    try:
        now = node.op.value(*data)
    except DomainError:
        with quiet():
            now = node.op.value(*data)
    if now == node.data or (math.isnan(now) and math.isnan(node.data)):
        return None
    reason = "it or an operand was changed after it was computed, or the operation gives now this, now that"
    return Finding(
        node.data, Difference(now, 0.0), "fail", reason, node, None, position, source="recorded", against="now"
    )
