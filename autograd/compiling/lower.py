"""Straight-line form: a graph without a pattern as one scalar step for each operation, forward and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import ops
from autograd.compiling.autodiff import Reverse
from autograd.compiling.builder import Program
from autograd.compiling.canonical import Scalars
from autograd.compiling.ir import LOG_SOFTMAX, SHIFTED, SHIFTED_LOG, Array, Assemble, Literal, Source, arrays_in_order
from autograd.compiling.naming import labels_of, name_layers
from autograd.compiling.record import Recording
from autograd.compiling.vectorize import Grouping
from autograd.operation import Op


class ArrayProgram:
    """Arrays of one form of a compiled function: its results, and what they are made from.

    Args:
        recording: what was recorded.
        scalars: its graph.
        derivative: "value", "gradient", or "hvp": the Hessian times a vector.
        mean: whether the values and derivatives are the mean over the examples.
        batched: whether inputs have an axis for the examples.

    Attributes:
        grouping: how the graph became arrays.
        sources: what the program is given.
        outputs: what it returns, by name.
        value: the array of the value, or of several.
        forward: the arrays that the values are made from, in order.
        steps: the arrays that the outputs are made from, in order.
    """

    def __init__(self, recording: Recording, scalars: Scalars, derivative: str, mean: bool, batched: bool) -> None:
        self.recording = recording
        self.scalars = scalars
        self.mean = mean
        self.program = program = Program()
        names = recording.names
        self.parameters = [program.source("P", (len(recording.parameters),))] if recording.parameters else []
        self.inputs = [program.source(n, shape, batched) for n, shape in zip(names, recording.shapes, strict=True)]
        self.vectors: list[Source] = []
        self.grouping = Grouping(scalars, program, [*self.parameters, *self.inputs])
        self.outputs = self._values()
        if derivative == "gradient":
            self.outputs |= self._gradients(self._ends())
        elif derivative == "hvp":
            self.outputs = self._products()
        self.sources = [*self.parameters, *self.inputs, *self.vectors]
        self.steps = arrays_in_order(self.outputs.values())

    @property
    def _wrt(self) -> list[Source]:
        return self.parameters or self.inputs

    def _values(self) -> dict[str, Array]:
        recording, table = self.recording, self.grouping.tables
        n = len(recording.outputs)
        found = np.array(self.scalars.outputs)
        self.value = table.table(found[0]) if recording.single else table.full(found[:n])
        extra = {"a": table.full(found[n:])} if recording.aux else {}
        self.forward = arrays_in_order([self.value, *extra.values()])
        name_layers(self.forward, self._labels())
        return {"C": self._mean_of(self.value) if self.mean else self.value, **extra}

    def _labels(self) -> dict[Array, str]:
        """Those of the parameters."""
        if not self.parameters:
            return {}
        known, (parameters,) = self.scalars.labels, self.parameters
        places = {place: known[i] for i, (source, place) in self.scalars.places.items() if source == 0 and i in known}
        return labels_of(self.program.views(), parameters, places)

    def _mean_of(self, x: Array) -> Array:
        return self.program.sum(x, [], False) * self.program.literal(1.0, -1) if x.batched else x

    def _ends(self) -> list[Array]:
        """What is differentiated, each output by itself."""
        if self.recording.single:
            return [self.value]
        return [self.grouping.tables.table(i) for i in np.array(self.scalars.outputs)[: len(self.recording.outputs)]]

    def _gradients(self, ends: Sequence[Array]) -> dict[str, Array]:
        """The derivatives of each end, by name."""
        wrt = self._wrt
        names = ["grad"] if len(wrt) == 1 else [f"d{x.name}" for x in wrt]
        gradients: dict[str, Array] = {}
        for k, end in enumerate(ends):
            suffix = "" if len(ends) == 1 else f"_{k}"
            adjoints = self._swept(end).adjoints()
            gradients |= {name + suffix: adjoint for name, adjoint in zip(names, adjoints, strict=True)}
        return gradients

    def _products(self) -> dict[str, Array]:
        """The Hessian times vectors: the gradient of the derivative along them."""
        wrt = self._wrt
        names = ["v"] if len(wrt) == 1 else [f"v{x.name}" for x in wrt]
        self.vectors = [self.program.source(v, x.shape, x.batched) for v, x in zip(names, wrt, strict=True)]
        gradient = self._swept(self.value).adjoints()
        along: Array = self.program.literal(0.0)
        for adjoint, vector in zip(gradient, self.vectors, strict=True):
            x, y = self._flat(adjoint), self._flat(vector)
            along = along + self.program.contract(x, y, ("i", "i", ""), x.batched)
        return self._gradients([along])

    def _swept(self, end: Array) -> Reverse:
        seed = self.program.literal(1.0, -1 if self.mean and end.batched else 0)
        return Reverse(self.program, {end: seed}, self._wrt, per_example=bool(self.parameters) and not self.mean)

    def _flat(self, x: Array) -> Array:
        return self.program.view(x, np.arange(x.size)) if len(x.shape) != 1 else x


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
