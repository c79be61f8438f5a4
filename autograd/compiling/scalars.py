"""The scalar graph as it was recorded, put into a form in which equal things look equal.

Chains of sums and products become one node with many terms, whoever wrote them: ``sum(w * x for …) + b``, ``W @ x + b``
on object arrays, `dot` and `total` all give the same.  What is computed twice is there once, and what depends on
numbers only is a number.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiling.forms import LOG_SOFTMAX
from autograd.compiling.recordings import Recording
from autograd.graph import in_order
from autograd.op import Op
from autograd.value import Value, topological_order

NESTED = 64
"""Longest sum that is negated term by term; a longer one stays a node."""

# each logarithm, and that of e
LOGARITHMS = {ops.log: 1.0, ops.log2: ops.LOG2_E, ops.log10: ops.LOG10_E}


class Term(NamedTuple):
    """``sign·left·right``, or ``sign·left`` where there is no `product`.

    Attributes:
        product: the node of left·right by itself; −1 if there is none.
    """

    sign: int
    left: int
    right: int = -1
    product: int = -1


class Scalars:
    """The graph above some leaves, with nodes numbered so that operands come first.

    Args:
        recording: what was recorded.

    Attributes:
        recorded: the number of nodes in the graph as it was recorded.
        ops: the operation of each node; None for leaves.
        operands: their numbers.
        terms: the terms of chains of sums, which are one node each; below it are other nodes than its operands.
        numbers: the number of each node that is one.
        places: where the variable leaves stand.
        labels: the names that nodes were given.
        outputs: the nodes of the outputs.
        wanted: the nodes that the outputs depend on, after all simplification, in order.
        inner: how many of these are no leaves.
        edges: how many operands these have in all, those of one softmax counted once.
    """

    def __init__(self, recording: Recording) -> None:
        outputs = [*recording.outputs, *recording.aux]
        order = topological_order(*outputs)
        self.recorded = len(order)
        self.ops: list[Op | None] = []
        self.operands: list[tuple[int, ...]] = []
        self.terms: dict[int, Sequence[Term]] = {}
        self.numbers: dict[int, float] = {}
        self.places: dict[int, tuple[int, int]] = {}
        self.labels: dict[int, str] = {}
        self._known: dict[Any, int] = {}
        found: dict[int, int] = {}
        for node in order:
            found[id(node)] = self._entered(node, found, recording)
        self.outputs = [found[id(x)] for x in outputs]
        self._flatten()
        self._known = {}  # its keys take as much memory as the graph
        self.wanted = in_order(self.outputs, self.below)
        self.inner = sum(bool(self.below(i)) for i in self.wanted)
        self.edges = self._edges()

    def _entered(self, node: Value, found: Mapping[int, int], recording: Recording) -> int:
        op = node.op
        if op is None:
            if node in recording.places:
                i = self._new(None, ())
                self.places[i] = recording.places[node]
            else:
                i = self._number(recording.numbers.get(node, node.data), node if not node.constant else None)
        else:
            operands = tuple([found[id(x)] for x in node.operands])
            if all(x in self.numbers for x in operands):
                i = self._number(node.data, node)
            else:
                i = self._applied(op, operands)
        if node.label:
            self.labels.setdefault(i, node.label)
        return i

    def _new(self, op: Op | None, operands: tuple[int, ...]) -> int:
        self.ops.append(op)
        self.operands.append(operands)
        return len(self.ops) - 1

    def _number(self, number: float, node: Value | None) -> int:
        """A number: one that stood in an expression is the same wherever it stood, a Value's is its own."""
        key = ("number", repr(number) if node is None else id(node))
        if key not in self._known:
            self._known[key] = self._new(None, ())
            self.numbers[self._known[key]] = number
        return self._known[key]

    def _applied(self, op: Op, xs: tuple[int, ...]) -> int:
        """Return the node of `op` on `xs`."""
        if op is ops.SOFTMAX:  # its index as a plain number, wherever that came from
            xs = (self._number(float(int(self.numbers[xs[0]])), None), *xs[1:])
        if op in LOGARITHMS:
            logarithm = self._logarithm_of_share(xs[0])
            if logarithm >= 0:
                scale = LOGARITHMS[op]
                return logarithm if scale == 1.0 else self._applied(ops.mul, (self._number(scale, None), logarithm))
        if op is ops.pos or (op is ops.TOTAL and len(xs) == 1):
            return xs[0]
        key = (op, xs)
        i = self._known.get(key)
        if i is None:
            i = self._known[key] = self._new(op, xs)
        return i

    def _logarithm_of_share(self, x: int) -> int:
        """Return the node of log(x) if `x` is a sigmoid or a share of a softmax, else −1.

        Such an `x` may be too small for a float where its logarithm is not.
        """
        op, xs = self.ops[x], self.operands[x]
        if op is ops.SOFTMAX:
            return self._applied(LOG_SOFTMAX, xs)
        if op is ops.sigmoid:
            return self._applied(ops.neg, (self._applied(ops.softplus, (self._applied(ops.neg, xs),)),))
        return -1

    def _flatten(self) -> None:
        """Make one node of each chain of sums whose inner nodes are used nowhere else."""
        uses = Counter(self.outputs)
        for i in self.unflattened():
            uses.update(self.operands[i])
        chains: dict[int, deque[Term]] = {}
        for i in range(len(self.ops)):
            op = self.ops[i]
            if op in _SUMS and i in uses:
                parts = [self._chain(x, sign, uses, chains) for sign, x in self._summands(i)]
                chains[i] = _merged(parts)
                if op is ops.DOT:
                    chains[i].extendleft(reversed(self._pairs(i)))
        for i, chain in chains.items():
            if uses[i]:
                self.terms[i] = self._completed(i, chain)

    def _summands(self, i: int) -> list[tuple[int, int]]:
        """The signs and nodes that node `i` adds up; of a dot only the bias."""
        op, xs = self.ops[i], self.operands[i]
        if op is ops.DOT:
            return [(1, x) for x in xs[len(xs) // 2 * 2 :]]
        if op is ops.neg:
            return [(-1, xs[0])]
        return [(-1 if op is ops.sub and k else 1, x) for k, x in enumerate(xs)]

    def _pairs(self, i: int) -> list[Term]:
        xs = self.operands[i]
        n = len(xs) // 2
        return [Term(1, left, right) for left, right in zip(xs[:n], xs[n : 2 * n], strict=True)]

    def _chain(self, x: int, sign: int, uses: Counter[int], chains: dict[int, deque[Term]]) -> deque[Term]:
        """The terms of `x` in a sum: its own ones if it is used nowhere else, and those of a product."""
        if uses[x] == 1:
            if x in chains and (sign > 0 or len(chains[x]) <= NESTED):
                uses[x] = 0
                chain = chains.pop(x)
                return chain if sign > 0 else deque(term._replace(sign=-term.sign) for term in chain)
            if self.ops[x] is ops.mul:
                left, right = self.operands[x]
                return deque([Term(sign, left, right, x)])
        return deque([Term(sign, x)])

    def _completed(self, i: int, chain: deque[Term]) -> Sequence[Term]:
        """The terms for good, products first: a single one is a node again, and all numbers are added up."""
        terms = list(chain)
        if sum(term.right >= 0 for term in terms) < 2:
            terms = [Term(t.sign, self._product(t)) if t.right >= 0 else t for t in terms]
        given = [t for t in terms if t.right < 0 and t.left in self.numbers]
        if given:
            terms = [t for t in terms if t.right >= 0 or t.left not in self.numbers]
            number = sum(t.sign * self.numbers[t.left] for t in given)
            if math.isinf(number) and len(given) > 1:
                terms += given  # which any of the others may keep finite
            elif number != 0.0:
                terms.append(Term(1, self._number(number, None) if len(given) > 1 else given[0].left))
                if len(given) == 1:
                    terms[-1] = given[0]
        return sorted(terms, key=lambda t: t.right < 0)

    def _product(self, term: Term) -> int:
        return term.product if term.product >= 0 else self._applied(ops.mul, (term.left, term.right))

    def unflattened(self) -> list[int]:
        """Return the nodes that the outputs depend on as they were recorded, operands first."""
        return in_order(self.outputs, self.operands.__getitem__)

    def _edges(self) -> int:
        """Return how many operands the wanted nodes have; the shares of one softmax have them in common."""
        vectors: set[tuple[int, ...]] = set()
        edges = 0
        for i in self.wanted:
            if self.ops[i] is ops.SOFTMAX or self.ops[i] is LOG_SOFTMAX:
                vector = self.operands[i][1:]
                edges += 1 if vector in vectors else 1 + len(vector)
                vectors.add(vector)
            else:
                edges += len(self.below(i))
        return edges

    def below(self, i: int) -> Sequence[int]:
        """What node `i` is computed from."""
        if i in self.terms:
            return [x for term in self.terms[i] for x in ((term.left,) if term.right < 0 else (term.left, term.right))]
        return self.operands[i]


_SUMS = {ops.add, ops.sub, ops.neg, ops.TOTAL, ops.DOT}


def _merged(parts: list[deque[Term]]) -> deque[Term]:
    """The terms of all parts in their order; the longest is extended, so that a chain costs what it is long."""
    if not parts:
        return deque()
    longest = max(range(len(parts)), key=lambda k: len(parts[k]))
    merged = parts[longest]
    for part in reversed(parts[:longest]):
        merged.extendleft(reversed(part))
    for part in parts[longest + 1 :]:
        merged.extend(part)
    return merged
