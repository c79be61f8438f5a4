"""Straight-line form: a graph without a pattern as one scalar step for each operation, forward and back."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import ops
from autograd.compiling.adjoints import Reverse
from autograd.compiling.arrays import Array, Assemble, Literal, Source, arrays_in_order
from autograd.compiling.forms import LOG_SOFTMAX, SHIFTED, SHIFTED_LOG
from autograd.compiling.program import Program
from autograd.compiling.recordings import Recording
from autograd.compiling.scalars import Scalars
from autograd.op import Op


class StraightLine:
    """A recording and its derivatives, for one example.

    Args:
        recording: what was recorded.
        derivative: "value", "gradient", or "hvp": the Hessian times a vector.
        scalars: its graph, if that is known.

    Attributes:
        shared: the leaves that are the same for all examples: parameters, and the vector of a product.
        each: the others.
        results: the values and, one row behind the other, their derivatives; or a product.
        steps: all that the results are made from, and they themselves, in order.
    """

    def __init__(self, recording: Recording, derivative: str, scalars: Scalars | None = None) -> None:
        self.program = Program()
        self._exponentials: dict[tuple[Array, ...], tuple[Array, list[Array], Array]] = {}
        self.shared = self._leaves("p", len(recording.parameters))
        inputs = [self._leaves(f"x{k}", len(leaves)) for k, leaves in enumerate(recording.inputs)]
        self.each = [leaf for leaves in inputs for leaf in leaves]
        wrt = self.shared or self.each
        scalars = scalars or Scalars(recording)
        self.results = self._built(scalars, [self.shared, *inputs] if self.shared else inputs)
        if derivative == "gradient":
            for output in self.results[: len(recording.outputs)]:
                self.results += self._gradient(output, wrt)
        elif derivative == "hvp":
            vector = self._leaves("v", len(wrt))
            slopes = self._gradient(self.results[0], wrt)
            along = _chained(ops.add, [slope * v for slope, v in zip(slopes, vector, strict=True)])
            self.results = self._gradient(along, wrt)
            if self.shared:
                self.shared = [*self.shared, *vector]
            else:
                self.each = [*self.each, *vector]
        self.steps = arrays_in_order(self.results)

    def _leaves(self, name: str, count: int) -> list[Source]:
        return [self.program.source(f"{name}_{i}", ()) for i in range(count)]

    def _built(self, scalars: Scalars, sources: Sequence[Sequence[Source]]) -> list[Array]:
        made: dict[int, Array] = {}
        for i in scalars.unflattened():
            op = scalars.ops[i]
            if i in scalars.places:
                source, place = scalars.places[i]
                made[i] = sources[source][place]
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
            top, _, total = self._shifted(tuple(xs))
            return self.program.apply(SHIFTED_LOG, (total, top))
        if op is ops.SOFTMAX or op is LOG_SOFTMAX:
            index, vector = xs[0], tuple(xs[1:])
            assert isinstance(index, Literal)
            chosen = int(index.number)
            top, parts, total = self._shifted(vector)
            if op is ops.SOFTMAX:
                return self.program.apply(ops.div, (parts[chosen], total))
            less = self.program.apply(SHIFTED, (vector[chosen], top))
            return self.program.apply(ops.sub, (less, self.program.apply(ops.log, (total,))))
        return self.program.apply(op, xs)

    def _shifted(self, xs: tuple[Array, ...]) -> tuple[Array, list[Array], Array]:
        """Return the greatest of `xs`, the exponentials of what they are less than that, and the sum of these."""
        if xs not in self._exponentials:
            top = _chained(ops.maximum, xs)
            parts = [self.program.apply(ops.exp, (self.program.apply(SHIFTED, (x, top)),)) for x in xs]
            self._exponentials[xs] = top, parts, _chained(ops.add, parts)
        return self._exponentials[xs]

    def _gradient(self, output: Array, wrt: Sequence[Source]) -> list[Array]:
        if not wrt:
            return []
        return [self._whole(x) for x in Reverse(self.program, {output: self.program.literal(1.0)}, wrt).adjoints()]

    def _whole(self, adjoint: Array) -> Array:
        """The one part that an adjoint is assembled from."""
        assert isinstance(adjoint, Assemble)
        return _chained(ops.add, list(adjoint.operands)) if adjoint.operands else self.program.literal(0.0)


def _chained(op: Op, xs: Sequence[Array]) -> Array:
    total = xs[0]
    for x in xs[1:]:
        total = total.program.apply(op, (total, x))
    return total
