"""Straight-line form: a graph without a pattern as one scalar step for each operation, forward and back."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import ops
from autograd.compiling.adjoints import Reverse
from autograd.compiling.arrays import Array, Assemble, Source, arrays_in_order
from autograd.compiling.program import Program
from autograd.compiling.scalars import Scalars
from autograd.operation import Op


class StraightLine:
    """Some nodes, and the derivatives of each by the leaves.

    Args:
        scalars: the graph, its sums not flattened.
        counts: how many leaves there are in each source.
        derivatives: the numbers of the sources to differentiate by.
        differentiated: how many of the outputs are differentiated.

    Attributes:
        leaves: those of each source.
        results: the values and, one row behind the other, the derivatives.
        steps: all that the results are made from, and they themselves, in order.
    """

    def __init__(
        self, scalars: Scalars, counts: Sequence[int], derivatives: Sequence[int], differentiated: int
    ) -> None:
        self.program = Program()
        self.leaves: list[list[Source]] = [
            [self.program.source(f"{'pxyuvw'[k % 6]}{k // 6 or ''}_{i}", ()) for i in range(n)]
            for k, n in enumerate(counts)
        ]
        outputs = self._built(scalars)
        wrt: list[Array] = [leaf for k in derivatives for leaf in self.leaves[k]]
        self.results = list(outputs)
        for output in outputs[:differentiated]:
            sweep = Reverse(self.program, {output: self.program.literal(1.0)}, wrt) if wrt else None
            self.results += [self._whole(x) for x in sweep.adjoints()] if sweep else []
        self.steps = arrays_in_order(self.results)

    def _built(self, scalars: Scalars) -> list[Array]:
        made: dict[int, Array] = {}
        for i in scalars.wanted:
            op = scalars.ops[i]
            if i in scalars.places:
                source, place = scalars.places[i]
                made[i] = self.leaves[source][place]
            elif op is None:
                made[i] = self.program.literal(scalars.numbers[i])
            else:
                made[i] = self._applied(op, [made[x] for x in scalars.operands[i]])
        return [made[i] for i in scalars.outputs]

    def _applied(self, op: Op, xs: list[Array]) -> Array:
        if op is ops.TOTAL:
            return _chained(ops.add, xs)
        if op is ops.DOT:
            n = len(xs) // 2
            return _chained(ops.add, [*(x * y for x, y in zip(xs[:n], xs[n : 2 * n], strict=True)), *xs[2 * n :]])
        if op is ops.LOGSUMEXP:
            total = xs[0]
            for x in xs[1:]:
                total = ops.maximum(total, x) + ops.softplus(-ops.abs(total - x))
            return total
        return self.program.apply(op, xs)

    def _whole(self, adjoint: Array) -> Array:
        """The one part that an adjoint is assembled from."""
        assert isinstance(adjoint, Assemble)
        return _chained(ops.add, list(adjoint.operands)) if adjoint.operands else self.program.literal(0.0)


def _chained(op: Op, xs: Sequence[Array]) -> Array:
    total = xs[0]
    for x in xs[1:]:
        total = total.program.apply(op, (total, x))
    return total
