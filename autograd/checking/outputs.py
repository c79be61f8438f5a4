"""What is differentiated: the results of a function or a graph and, for a check of second order, their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import nullcontext
from itertools import combinations
from random import Random

from autograd import ops
from autograd.checking.quotients import EPSILON
from autograd.checking.signatures import Call, indexed
from autograd.checking.slopes import DIRECTIONS, ONE_BY_ONE, Claim, Output
from autograd.checking.symmetry import Pair, Symmetry, compared, rounding
from autograd.derivatives import Application, gradient
from autograd.locations import source_lines
from autograd.value import Value, topological_order


class Outputs:
    """Nodes to differentiate by some leaves, and what they are called.

    Of second order, also the derivatives by each leaf; where there are more than 200, three weighted sums of them.

    Attributes:
        nodes: what is to be differentiated.
        names: what they are called.

    >>> x, y = Value(3.0, "x"), Value(2.0, "y")
    >>> both = Outputs([x * y], [Output("C")], [x, y], ["x", "y"], order=2)
    >>> [node.data for node in both.nodes], both.names[2].derivative("x")
    ([6.0, 2.0, 3.0], '∂²C/∂y∂x')
    """

    def __init__(
        self, nodes: Sequence[Value], names: Sequence[Output], wrt: Sequence[Value], labels: Sequence[str], order: int
    ) -> None:
        self.nodes, self.names, self.wrt, self.labels = list(nodes), list(names), wrt, labels
        self.order = order
        self.weights: list[list[float]] = []
        if order == 1:
            return
        [node], [called] = nodes, names
        slopes = gradient(node, list(wrt))
        if len(wrt) <= ONE_BY_ONE:
            self.nodes += slopes
            self.names += [Output(called.title, label) for label in labels]
        else:
            sense = Random(1)
            self.weights = [[sense.choice((-1.0, 1.0)) for _ in wrt] for _ in range(DIRECTIONS)]
            self.nodes += [ops.dot(weights, slopes) for weights in self.weights]
            self.names += [Output(f"(u{i}·∇{called.title})") for i in range(1, DIRECTIONS + 1)]

    def symmetry(self, rows: Sequence[Sequence[Claim]]) -> Symmetry | None:
        """How symmetric the derivatives of the derivatives are; None if there are no two, or if some are not of leaves.

        What is differentiated by a node in the middle depends on how the rules below it are written.
        """
        if self.order == 1 or len(self.wrt) == 1 or any(x.op is not None for x in self.wrt):
            return None
        return compared(self._weighted_pairs(rows) if self.weights else self._pairs(rows))

    def _pairs(self, rows: Sequence[Sequence[Claim]]) -> Iterator[Pair]:
        slopes, names = self.nodes[1:], self.names[1:]
        for i, j in combinations(range(len(self.wrt)), 2):

            def noise(i: int = i, j: int = j) -> float:
                return rounding([gradient(slopes[i], self.wrt[j])]) + rounding([gradient(slopes[j], self.wrt[i])])

            called, mirrored = names[i].derivative(self.labels[j]), names[j].derivative(self.labels[i])
            yield _pair(called, mirrored, rows[i + 1][j], rows[j + 1][i], noise)

    def _weighted_pairs(self, rows: Sequence[Sequence[Claim]]) -> Iterator[Pair]:
        sums = self.nodes[1:]
        for a, b in combinations(range(len(sums)), 2):

            def noise(a: int = a, b: int = b) -> float:
                return rounding([self._along(sums[a], b)]) + rounding([self._along(sums[b], a)])

            first, second = self._sum(rows[a + 1], self.weights[b]), self._sum(rows[b + 1], self.weights[a])
            yield _pair(f"u{a + 1}·H·u{b + 1}", f"u{b + 1}·H·u{a + 1}", first, second, noise)

    def _along(self, node: Value, direction: int) -> Value:
        along: Value = ops.dot(self.weights[direction], gradient(node, list(self.wrt)))
        return along

    @staticmethod
    def _sum(row: Sequence[Claim], weights: Sequence[float]) -> Claim:
        slope = ops.dot(weights, [slope for slope, _ in row])
        return slope, sum(rounding for _, rounding in row)


def _pair(name: str, mirrored: str, first: Claim, second: Claim, noise: Callable[[], float]) -> Pair:
    return Pair(name, mirrored, first, second, (first[1] + second[1]) / (8.0 * EPSILON), noise)


class Recorded:
    """A function of numbers put to Values: its results, and of second order their derivatives.

    It stands for what a check moves: entry i is the value of output i and a label of the smooth piece it lies on.  With
    `keep_lines` the nodes know the lines of code that made them.
    """

    def __init__(self, call: Call, args: Sequence[object], order: int, keep_lines: bool = False) -> None:
        with source_lines() if keep_lines else nullcontext():
            at = Application(call.f, tuple(args))
        results = [at.single()] if order == 2 else at.results
        if not results:
            raise ValueError(f"{call.title} returned no number, so there is nothing to differentiate")
        for x, label in zip(at.variables, call.labels, strict=True):
            x.named(label)
        self.variables = at.variables
        returned = at.outputs.args[0]
        names = [Output(label) for label in indexed(call.title, returned)] if order == 1 else [Output(call.title)]
        self.outputs = Outputs(results, names, self.variables, call.labels, order)

    def __getitem__(self, i: int) -> tuple[float, Hashable]:
        node = self.outputs.nodes[i]
        return node.data, _piece(node)


def _piece(output: Value) -> Hashable:
    """A label of the smooth piece of a function that recorded this: which operations, and on which piece of each."""
    return tuple(
        (node.op.name, node.op.branch(*[x.data for x in node.operands]))
        for node in topological_order(output)
        if node.op is not None
    )
