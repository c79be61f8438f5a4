"""Canonical form of a recorded scalar graph, in which equal computations look equal.

Chains of sums and products become one node with many terms, however they were written: ``sum(w * x for …) + b``,
``W @ x + b`` on object arrays, `dot` and `total` all give the same.  Equal nodes are merged, and nodes that depend on
numbers alone are folded to numbers.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.compiling.ir import LOG_SOFTMAX
from autograd.compiling.record import Recording
from autograd.graph import in_order
from autograd.op import Op
from autograd.value import Value, topological_order

# Negating a sum term by term copies it, which would take quadratic time where long sums are subtracted in a chain.
MAX_TERMS_NEGATED = 64

# Each logarithm in terms of the natural one: its factor.
LOGARITHMS = {ops.log: 1.0, ops.log2: ops.LOG2_E, ops.log10: ops.LOG10_E}

_SUMS = {ops.add, ops.sub, ops.neg, ops.TOTAL, ops.DOT}


class Term(NamedTuple):
    """A term ``sign·left·right`` of a sum, or ``sign·left``.

    Attributes:
        sign: 1 or −1.
        left: the node of the first factor.
        right: the node of the second factor, −1 for none.
    """

    sign: int
    left: int
    right: int = -1

    @property
    def is_product(self) -> bool:
        """True for a term with two factors."""
        return self.right >= 0


class ScalarGraph:
    """The canonical graph of a recording; nodes are numbered in topological order.

    Args:
        recording: the recorded function.

    Attributes:
        recorded: the number of nodes in the graph as it was recorded.
        ops: the operation of each node, None for leaves.
        operands: the operands of each node.
        terms: the terms of each node that is a chain of sums; they replace its operands.
        numbers: the number of each node that is constant.
        slots: for each leaf that varies its source and its position in that, as in the recording.
        labels: the labels of nodes.
        outputs: the nodes of the outputs.
        wanted: the nodes that the outputs depend on, in topological order.
        inner: the number of wanted nodes that are not leaves.
        edges: the number of operands of all wanted nodes; the shares of one softmax have theirs in common.
    """

    def __init__(self, recording: Recording) -> None:
        outputs = [*recording.outputs, *recording.aux]
        order = topological_order(*outputs)
        self.recorded = len(order)
        self.ops: list[Op | None] = []
        self.operands: list[tuple[int, ...]] = []
        self.terms: dict[int, Sequence[Term]] = {}
        self.numbers: dict[int, float] = {}
        self.slots: dict[int, tuple[int, int]] = {}
        self.labels: dict[int, str] = {}
        self._known: dict[Any, int] = {}
        numbering: dict[int, int] = {}
        for node in order:
            numbering[id(node)] = self._entered(node, numbering, recording)
        self.outputs = [numbering[id(x)] for x in outputs]
        self._flatten()
        self._known = {}  # its keys take as much memory as the graph
        self.wanted = in_order(self.outputs, self.below)
        self.inner = sum(bool(self.below(i)) for i in self.wanted)
        self.edges = self._count_edges()

    def _entered(self, node: Value, numbering: Mapping[int, int], recording: Recording) -> int:
        """Return the canonical node of `node`, given those of its operands."""
        op = node.op
        if op is None:
            if node in recording.slots:
                i = self._new(None, ())
                self.slots[i] = recording.slots[node]
            else:
                i = self._number(recording.numbers.get(node, node.data), node if not node.constant else None)
        else:
            operands = tuple([numbering[id(x)] for x in node.operands])
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
        """Return the node of a number: one for all equal constants (None), and one for each Value."""
        # Values with equal numbers stay apart, as equal rows of data are different rows of a matrix.
        key = ("number", repr(number) if node is None else id(node))
        if key not in self._known:
            self._known[key] = self._new(None, ())
            self.numbers[self._known[key]] = number
        return self._known[key]

    def _applied(self, op: Op, xs: tuple[int, ...]) -> int:
        """Return the node of `op` on `xs`."""
        if op is ops.SOFTMAX:
            # The index is a number, and equal indices are one node wherever they came from.
            xs = (self._number(float(int(self.numbers[xs[0]])), None), *xs[1:])
        if op in LOGARITHMS:
            (x,) = xs
            logarithm = self._logarithm_of_share(x)
            if logarithm is not None:
                scale = LOGARITHMS[op]
                return logarithm if scale == 1.0 else self._applied(ops.mul, (self._number(scale, None), logarithm))
        x, *others = xs
        if op is ops.pos or (op is ops.TOTAL and not others):
            return x
        key = (op, xs)
        i = self._known.get(key)
        if i is None:
            i = self._known[key] = self._new(op, xs)
        return i

    def _logarithm_of_share(self, x: int) -> int | None:
        """Return the node of log(x) if `x` is a sigmoid or a share of a softmax, else None.

        Such an `x` may be too small for a float where its logarithm is not.
        """
        op, xs = self.ops[x], self.operands[x]
        if op is ops.SOFTMAX:
            return self._applied(LOG_SOFTMAX, xs)
        if op is ops.sigmoid:
            return self._applied(ops.neg, (self._applied(ops.softplus, (self._applied(ops.neg, xs),)),))
        return None

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
                chains[i] = _concatenated(parts)
                if op is ops.DOT:
                    chains[i].extendleft(reversed(self._pairs(i)))
        for i, chain in chains.items():
            self.terms[i] = self._completed(i, chain)

    def _summands(self, i: int) -> list[tuple[int, int]]:
        """Return the signs and nodes that node `i` adds up; of a dot only the bias."""
        op, xs = self.ops[i], self.operands[i]
        if op is ops.DOT:
            return [(1, x) for x in xs[len(xs) // 2 * 2 :]]
        if op is ops.neg:
            (x,) = xs
            return [(-1, x)]
        return [(-1 if op is ops.sub and k else 1, x) for k, x in enumerate(xs)]

    def _pairs(self, i: int) -> list[Term]:
        """Return the products of a dot."""
        xs = self.operands[i]
        n = len(xs) // 2
        return [Term(1, left, right) for left, right in zip(xs[:n], xs[n : 2 * n], strict=True)]

    def _chain(self, x: int, sign: int, uses: Counter[int], chains: dict[int, deque[Term]]) -> deque[Term]:
        """Return the terms of `x` in a sum: those of a sum or product that is used nowhere else, or `x` itself."""
        if uses[x] == 1:
            if x in chains and (sign == 1 or len(chains[x]) <= MAX_TERMS_NEGATED):
                chain = chains.pop(x)
                return chain if sign == 1 else deque(term._replace(sign=-term.sign) for term in chain)
            if self.ops[x] is ops.mul:
                left, right = self.operands[x]
                return deque([Term(sign, left, right)])
        return deque([Term(sign, x)])

    def _completed(self, i: int, chain: deque[Term]) -> Sequence[Term]:
        """Return the final terms, products first: a single product is a node again, and numbers are added up."""
        terms = list(chain)
        if sum(t.is_product for t in terms) < 2:
            terms = [Term(t.sign, self._applied(ops.mul, (t.left, t.right))) if t.is_product else t for t in terms]
        constants = [t for t in terms if not t.is_product and t.left in self.numbers]
        if constants:
            terms = [t for t in terms if t.is_product or t.left not in self.numbers]
            number = sum(t.sign * self.numbers[t.left] for t in constants)
            if math.isinf(number):
                # Any of the other terms may keep a partial sum finite.
                terms += constants
            elif number != 0.0:
                constant, *others = constants
                terms.append(Term(1, self._number(number, None)) if others else constant)
        return sorted(terms, key=lambda t: not t.is_product)

    def unflattened(self) -> list[int]:
        """Return the nodes that the outputs depend on before sums were flattened, in topological order."""
        return in_order(self.outputs, self.operands.__getitem__)

    def _count_edges(self) -> int:
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
        """Return the nodes that node `i` is computed from."""
        if i in self.terms:
            return [x for t in self.terms[i] for x in ((t.left, t.right) if t.is_product else (t.left,))]
        return self.operands[i]


def _concatenated(parts: list[deque[Term]]) -> deque[Term]:
    """Return the terms of all parts in their order, in the memory of the longest part."""
    if not parts:
        return deque()
    # Extending the longest part takes time in proportion to the others, so a chain of n sums takes O(n).
    longest = max(range(len(parts)), key=lambda k: len(parts[k]))
    joined = parts[longest]
    for part in reversed(parts[:longest]):
        joined.extendleft(reversed(part))
    for part in parts[longest + 1 :]:
        joined.extend(part)
    return joined
