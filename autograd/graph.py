"""Queries on a recorded graph: slices, paths, leaves, freshness, and replay at other values."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from autograd import ops
from autograd.context import quiet
from autograd.op import Op
from autograd.reals import real
from autograd.symbolic.typesetting import name, visible
from autograd.value import Constant, Value, record, topological_order

Node = TypeVar("Node", bound=Hashable)


@dataclass(frozen=True, eq=False, slots=True)
class Edge:
    """The edge from the operand in `slot` of `result` to `result`.

    Two edges are equal if they join the same nodes at the same slot.
    """

    result: Value
    slot: int

    def __eq__(self, other: object) -> bool:
        # Values compare by their data, which two different nodes may share.
        return isinstance(other, Edge) and self.result is other.result and self.slot == other.slot

    def __hash__(self) -> int:
        return hash((self.result, self.slot))

    @property
    def operand(self) -> Value:
        """The node that the edge comes from."""
        return self.result.operands[self.slot]

    @property
    def partial(self) -> float:
        """The partial derivative ∂result/∂operand along this edge alone."""
        return self.result.partials[self.slot]


@dataclass(frozen=True)
class Path:
    """One path from a node up to another.

    Attributes:
        edges: the edges from the lower end up.
        share: the product of its partials as a fraction of the sum over all paths; nan if that sum is 0.
    """

    edges: tuple[Edge, ...]
    share: float

    @property
    def nodes(self) -> tuple[Value, ...]:
        """The nodes on the path with both ends; () for the empty path from a node to itself."""
        return (*(edge.operand for edge in self.edges), *(edge.result for edge in self.edges[-1:]))

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial on each edge."""
        return tuple(edge.partial for edge in self.edges)

    @property
    def product(self) -> float:
        """The term of this path in the derivative: the product of its partials."""
        return math.prod(self.partials)


class Paths:
    """The paths from `source` up to `target`. Iterating lists them one by one.

    Attributes:
        count: the number of paths, exact even where it is astronomical.
        total: the sum of their products, which is ∂target/∂source. It is computed without listing the paths.
    """

    def __init__(self, target: Value, source: Value) -> None:
        self.target = target
        self.source = source
        self._slice = between(source, target)
        self._inside = {id(node) for node in self._slice}
        self._edges: dict[int, list[Edge]] = {}
        # Count from the target down and drop each count once it is used: some have as many bits as the graph has nodes.
        counts, adjoints = {id(target): 1}, {id(target): 1.0}
        for node in reversed(self._slice[1:]):
            count, adjoint = counts.pop(id(node)), adjoints.pop(id(node), 0.0)
            for x, partial in zip(node.operands, node.partials, strict=True):
                if id(x) in self._inside:
                    counts[id(x)] = counts.get(id(x), 0) + count
                    if adjoint != 0.0 and partial != 0.0:
                        adjoints[id(x)] = adjoints.get(id(x), 0.0) + adjoint * partial
        self.count = counts[id(source)] if self._slice else 0
        self.total = adjoints.get(id(source), 0.0) if self._slice else 0.0

    @property
    def node_count(self) -> int:
        """The number of nodes on the paths."""
        return len(self._slice)

    def __iter__(self) -> Iterator[Path]:
        """Yield each path, in the order of the operands as seen from the target."""
        stack: list[tuple[Value, _Chain]] = [(self.target, ())] if self.count else []
        while stack:
            node, chain = stack.pop()
            if node is self.source:
                yield self._path(_unlink(chain))
            else:
                stack.extend((edge.operand, (edge, chain)) for edge in reversed(self._edges_into(node)))

    def largest(self, most: int) -> list[Path]:
        """Return the `most` paths of greatest |product|, greatest first, without listing the others."""
        best: dict[int, list[tuple[float, _Chain]]] = {id(self.source): [(1.0, ())]}
        for node in self._slice[1:]:
            routes = (
                (size * abs(edge.partial), (edge, chain))
                for edge in self._edges_into(node)
                for size, chain in best[id(edge.operand)]
            )
            best[id(node)] = heapq.nlargest(most, routes, key=lambda route: route[0])
        return [self._path(_unlink(chain)[::-1]) for _, chain in best.get(id(self.target), [])]

    def _edges_into(self, node: Value) -> list[Edge]:
        if id(node) not in self._edges:
            self._edges[id(node)] = [Edge(node, i) for i, x in enumerate(node.operands) if id(x) in self._inside]
        return self._edges[id(node)]

    def _path(self, edges: tuple[Edge, ...]) -> Path:
        product = math.prod(edge.partial for edge in edges)
        return Path(edges, product / self.total if self.total else math.nan)

    def __repr__(self) -> str:
        return f"<{self.count} path{'s' * (self.count != 1)} of sum {self.total!r}>"


def count_paths(nodes: Sequence[Value]) -> int:
    """Count the paths from the first to the last node of a slice.

    >>> x = Value(2.0, "x")
    >>> y = x * x
    >>> count_paths(between(x, y + x))
    3
    """
    counts = {id(node): 0 for node in nodes}
    counts[id(nodes[-1])] = 1
    for node in reversed(nodes[1:]):
        # A count may have many bits, so it is dropped once it is used.
        count = counts.pop(id(node))
        for x in node.operands:
            if id(x) in counts:
                counts[id(x)] += count
    return counts[id(nodes[0])]


# A message about a changed node shows this many operands: enough to recognise it.
_MAX_OPERANDS_SHOWN = 4
# Edges as a linked list, () or (edge, chain): extending a path costs the same however long it is.
_Chain = tuple[Any, ...]


def _unlink(chain: _Chain) -> tuple[Edge, ...]:
    edges = []
    while chain:
        edge, chain = chain
        edges.append(edge)
    return tuple(edges)


def paths(target: Value, source: Value) -> Paths:
    """Return the paths from `source` up to `target`, whose products sum to ∂target/∂source.

    Args:
        target: the Value that is differentiated.
        source: the Value to differentiate by.

    Returns:
        The paths, as an `autograd.graph.Paths`: its `count` and `total` are exact, and iterating it gives each path
        with its partials, their product and its share of the derivative. It is empty if `target` does not depend on
        `source`.

    Raises:
        TypeError: an argument is not a Value.
        ValueError: a Value was changed after `target` was computed from it.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c = (a + b).named("c"); d = (b + 1).named("d"); e = (c * d).named("e")
    >>> routes = paths(e, b)
    >>> routes.count, routes.total, [(path.product, path.share) for path in routes]
    (2, 5.0, [(2.0, 0.4), (3.0, 0.6)])
    """
    require_values("paths()", target, source)
    check_fresh(topological_order(target))
    return Paths(target, source)


def between(source: Value, target: Value) -> list[Value]:
    """Return the nodes on the paths from `source` up to `target` (the slice), operands first.

    Returns:
        The nodes, both ends included; empty if `target` does not depend on `source`.

    Raises:
        TypeError: an argument is not a Value.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c = (a * b).named("c")
    >>> [node.label for node in between(a, c)]
    ['a', 'c']
    """
    require_values("between()", target, source)
    return dependents([source], topological_order(target))


def dependents(sources: Iterable[Value], order: Iterable[Value]) -> list[Value]:
    """Return the nodes of a topological order that are `sources` or depend on one of them."""
    reached = set(map(id, sources))
    upward: list[Value] = []
    for node in order:
        if id(node) in reached:
            upward.append(node)
        elif not reached.isdisjoint(map(id, node.operands)):
            reached.add(id(node))
            upward.append(node)
    return upward


def leaves(*outputs: Value) -> list[Value]:
    """Return the leaves that `outputs` depend on, in the order of their first use.

    Numbers written in expressions, as the 1 of ``b + 1``, are not among them.

    Raises:
        TypeError: one of `outputs` is not a Value.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> leaves((a + b) * (b + 1))
    [Value(2.0, 'a'), Value(1.0, 'b')]
    """
    require_values("leaves()", *outputs)
    return [node for node in topological_order(*outputs) if node.op is None and not node.constant]


def on_every_path(nodes: Sequence[Value], edges: Iterable[Edge]) -> list[list[Edge]]:
    """Return the edges that every path between two nodes contains, from the lower one up.

    Args:
        nodes: the nodes on these paths, operands first.
        edges: the edges of these paths.

    Returns:
        A list of edges for each pair of nodes that every path leads through; it has several for operands side by side.

    >>> x = Value(3.0, "x")
    >>> u = (x * x).named("u"); y = (u + u * 2).named("y")
    >>> nodes = between(x, y)
    >>> edges = [Edge(z, i) for z in nodes[1:] for i, v in enumerate(z.operands) if v in set(nodes)]
    >>> bundles = on_every_path(nodes, edges)
    >>> [[(edge.result.label, edge.slot) for edge in bundle] for bundle in bundles]
    [[('u', 0), ('u', 1)]]
    """
    # All nodes are on paths. So a pair of nodes is on every path if they are neighbours in the topological order and
    # only edges between the two cross from the nodes below to those above.
    position = {node: i for i, node in enumerate(nodes)}
    bundles: dict[tuple[int, int], list[Edge]] = {}
    for edge in edges:
        bundles.setdefault((position[edge.operand], position[edge.result]), []).append(edge)
    crossing = [0] * len(nodes)
    for below, above in bundles:
        crossing[below] += 1
        crossing[above] -= 1
    counts = itertools.accumulate(crossing)
    return [bundles[i, i + 1] for i, count in enumerate(counts) if count == 1 and (i, i + 1) in bundles]


def replay(output: Value, changes: Mapping[Value, Any] | None = None) -> Value:
    """Record the computation of `output` again at other values.

    Args:
        output: the node to compute again.
        changes: a number or a Value for each node to replace. Other leaves keep their data. If an inner node is
            replaced, nodes that only led to it are left out.

    Returns:
        The output of a new graph with the same labels. The old graph is unchanged.

    Raises:
        TypeError: `output` or a key of `changes` is not a Value, `changes` is no dict, or a new value is not a number.
        KeyError: `output` does not depend on a node in `changes`.
        DomainError: an operation has no value there.

    >>> x = Value(3.0, "x")
    >>> replay(x * x, {x: 4.0})
    Value(16.0)
    """
    require_values("replay()", output)
    if not isinstance(changes, Mapping):
        given = "nothing" if changes is None else f"{type(changes).__name__} {changes!r:.40}"
        raise TypeError(f"changes must be a dict from Values to new numbers, got {given}; write replay(y, {{x: 4.0}})")
    order = topological_order(output)
    known = {id(node) for node in order}
    for node in changes:
        require_values("replay()", node)
        if id(node) not in known:
            raise KeyError(unrelated(output, node, "so changing it would have no effect"))
    copies: dict[int, Value] = {}
    replaced = {id(node): new for node, new in changes.items()}
    needed = {id(output)}
    for node in reversed(order):
        if id(node) in needed and id(node) not in replaced:
            needed.update(map(id, node.operands))
    for node in order:
        if id(node) not in needed:
            continue
        if id(node) in replaced:
            new = replaced[id(node)]
            copy = new if isinstance(new, Value) else Value(real(new, "replay()"), node.label)
        elif node.op is not None:
            copy = record(node.op, [copies[id(x)] for x in node.operands]).named(node.label)
        else:
            copy = Constant(node.data) if node.constant else Value(node.data, node.label)
        copies[id(node)] = copy
    return copies[id(output)]


def slice_to_explain(output: Value, wrt: Value, purpose: str, order: Sequence[Value] | None = None) -> list[Value]:
    """Return the slice between `wrt` and `output`, where there is a derivative to explain.

    Args:
        output: the Value that is differentiated.
        wrt: the Value to differentiate by.
        purpose: the noun phrase for what is missing, for the error: "path to light".
        order: the topological order of the graph, if it is known.

    Raises:
        ValueError: `output` does not depend on `wrt`, or `wrt` is a number in an expression.
    """
    if wrt.constant:
        raise ValueError(
            f"wrt must be a Value made by Value(…), got the number {wrt.data!r} in an expression; make it a Value"
        )
    nodes = between(wrt, output) if order is None else dependents([wrt], order)
    if not nodes:
        raise ValueError(unrelated(output, wrt, f"so there is no {purpose}"))
    return nodes


def unrelated(output: Value, wrt: Value, consequence: str) -> str:
    """Return the message that `output` does not depend on `wrt`, naming the Value that was probably meant."""
    message = f"{short(output)} does not depend on {short(wrt)}, {consequence}"
    order = topological_order(output)
    # The usual mistake: a second Value was made with the same label, after the graph.
    twins = [node for node in order if node.label and node.label == wrt.label]
    if twins:
        twin = next((node for node in twins if node.op is None), twins[0])
        another = f"{message}; its graph has another Value labelled {visible(wrt.label)!r}"
        if twin.op is not None:
            return f"{another}, {short_repr(twin)}; use that one"
        index = next(i for i, leaf in enumerate(leaves(output)) if leaf is twin)
        return f"{another}; use ag.leaves({output.label if output.label.isidentifier() else 'output'})[{index}]"
    if any(node is output for node in topological_order(wrt)):
        return f"{message}; {short(wrt)} depends on {short(output)}: exchange the two"
    return message


def short(node: Value) -> str:
    """Return the name of a node for a message, or its repr if it has none."""
    return name(node.label) or short_repr(node)


def short_repr(node: Value) -> str:
    """Return the repr of a node, with a long label cut."""
    return f"Value({node.data!r}, {visible(node.label)!r})" if node.label else f"Value({node.data!r})"


def check_fresh(order: Iterable[Value]) -> None:
    """Check that every node still has the value and the partials that its operands give.

    Raises:
        ValueError: a node or one of its operands was changed after the node was recorded.
    """
    with quiet():
        for node in order:
            op = node.op
            if op is None or (op in _CHECKS and _CHECKS[op](node)):
                continue
            if not (has_its_value(op, node) and _has_its_partials(op, node)):
                raise stale(op, node)


def _is_fresh_sum(node: Value) -> bool:
    x, y = node.operands
    return x.data + y.data == node.data and node.partials == (1.0, 1.0)


def _is_fresh_product(node: Value) -> bool:
    x, y = node.operands
    return x.data * y.data == node.data and node.partials == (y.data, x.data)


# Checks of the most frequent operations, many times as fast as the general one. False means that it has to decide.
_CHECKS: Mapping[Op, Callable[[Value], bool]] = {ops.add: _is_fresh_sum, ops.mul: _is_fresh_product}


def has_its_value(op: Op, node: Value) -> bool:
    """Return True if `op` still gives the value of `node` for its operands."""
    try:
        now = op.value(*[x.data for x in node.operands])
    # It had a value when it was recorded, so an operand has changed.
    except (ArithmeticError, ValueError):
        return False
    return now == node.data or (now != now and node.data != node.data)


def is_fresh(node: Value) -> bool:
    """Return True if a node still has the value and the partials that its operands give."""
    with quiet():
        return node.op is None or (has_its_value(node.op, node) and _has_its_partials(node.op, node))


def _has_its_partials(op: Op, node: Value) -> bool:
    now = op.slopes([x.data for x in node.operands], node.data)
    return all(x == y or (x != x and y != y) for x, y in zip(now, node.partials, strict=True))


def stale(op: Op, node: Value, detail: str = "") -> ValueError:
    """Return the error for a node whose value or partials no longer follow from its operands."""
    shown = [short_repr(x) for x in node.operands[:_MAX_OPERANDS_SHOWN]]
    more = len(node.operands) - len(shown)
    operands = ", ".join([*shown, *([f"… {more:,} more"] if more else [])])
    return ValueError(
        f"{op.name}({operands}) or an operand of it was changed after it was computed{detail}; "
        "compute the graph anew, or use replay()"
    )


def require_values(caller: str, *nodes: object) -> None:
    """Check that each of `nodes` is a Value.

    Raises:
        TypeError: one is not. The message names its type and the remedy.
    """
    for node in nodes:
        if not isinstance(node, Value):
            raise TypeError(f"{caller} takes Values, got {type(node).__name__} {node!r:.40}{if_none(node)}")


def if_none(x: object) -> str:
    """Return the remedy for passing None instead of a Value, to append to a message; "" for anything else."""
    return "; is `return` missing in the function that made it?" if x is None else ""


def in_order(ends: Iterable[Node], below: Callable[[Node], Sequence[Node]]) -> list[Node]:
    """Sort a graph topologically, without recursion: each node once, after its operands.

    Args:
        ends: the nodes to start from.
        below: returns the operands of a node.

    >>> in_order([6], lambda n: [k for k in range(2, n) if n % k == 0])
    [2, 3, 6]
    """
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(node, False) for node in ends][::-1]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(x, False) for x in reversed(below(node)) if x not in seen]
    return order
