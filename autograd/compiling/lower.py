"""Lowering of a recording and its derivatives to a program on arrays or on scalars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from autograd import ops
from autograd.compiling.autodiff import Reverse
from autograd.compiling.canonical import ScalarGraph
from autograd.compiling.ir import (
    LOG_SOFTMAX,
    SHIFTED,
    SHIFTED_LOG,
    Array,
    Builder,
    Contract,
    Gather,
    Literal,
    Map,
    Scatter,
    Source,
    arrays_in_order,
    is_transposed,
)
from autograd.compiling.record import Recording
from autograd.compiling.rewriting import rewritten
from autograd.compiling.vectorize import Vectorizer
from autograd.op import Op


@dataclass(frozen=True)
class Specialization:
    """One form of a compiled function.

    Attributes:
        recording: the recorded function.
        graph: its canonical graph.
        derivative: "value", "gradient", or "hvp" for the Hessian times a vector.
        mean: whether values and derivatives are the mean over the examples.
        batched: whether inputs have an axis for the examples.
    """

    recording: Recording
    graph: ScalarGraph
    derivative: str
    mean: bool
    batched: bool


@dataclass(frozen=True, repr=False)
class ArrayProgram:
    """Arrays that a backend computes.

    Attributes:
        name: the name of the function.
        sources: its arguments, in order.
        outputs: its results, by their names in a source.
        values: the arrays before differentiation, in topological order.
        value: the one of them that holds the value, or all values.
        groups: the sizes of the groups that the graph was vectorized in.
        matrix_products: the number of matrix products among them.
    """

    name: str
    sources: Sequence[Source]
    outputs: Mapping[str, Array]
    values: Sequence[Array] = ()
    value: Array | None = None
    groups: Sequence[int] = ()
    matrix_products: int = 0

    def __repr__(self) -> str:
        return f"<program of {self.name}: {len(self.steps):,} steps on arrays>"

    @cached_property
    def steps(self) -> list[Array]:
        """All arrays of the program, in topological order."""
        return arrays_in_order(self.outputs.values())


@dataclass(frozen=True, repr=False)
class ScalarProgram:
    """A straight-line program of scalar operations, for one example.

    Attributes:
        shared: the arguments that all examples share: parameters, and a vector in their shape.
        each: the other arguments.
        results: the values and their derivatives, one after the other; or a Hessian times a vector.
    """

    shared: Sequence[Source]
    each: Sequence[Source]
    results: Sequence[Array]

    def __repr__(self) -> str:
        return f"<program of {len(self.operations):,} operations on scalars>"

    @cached_property
    def steps(self) -> list[Array]:
        """All scalars of the program, in topological order."""
        return arrays_in_order(self.results)

    @cached_property
    def literals(self) -> list[Literal]:
        """The numbers of the program."""
        return [x for x in self.steps if isinstance(x, Literal)]

    @cached_property
    def operations(self) -> list[Map]:
        """The operations of the program, in topological order."""
        return [x for x in self.steps if isinstance(x, Map)]


def lower_to_arrays(form: Specialization) -> ArrayProgram:
    """Return the program on arrays: vectorize the graph, and differentiate the arrays."""
    return _Arrays(form).program()


def lower_to_scalars(recording: Recording, graph: ScalarGraph, derivative: str) -> ScalarProgram:
    """Return the program on scalars; it is the same for one example and for many.

    Args:
        recording: the recorded function.
        graph: its canonical graph.
        derivative: "value", "gradient" or "hvp", see `Specialization`.
    """
    return _Scalars(recording, graph).program(derivative)


class _Arrays:
    """The arrays of a specialization while they are made."""

    def __init__(self, form: Specialization) -> None:
        self.form = form
        self.builder = Builder(rewritten)
        recording, source = form.recording, self.builder.source
        self.parameters = [source("P", (len(recording.parameters),))] if recording.parameters else []
        named = zip(recording.names, recording.shapes, strict=True)
        self.inputs = [source(name, shape, form.batched) for name, shape in named]
        self.wrt = self.parameters or self.inputs
        self.vectors: list[Source] = []
        self.sources = [*self.parameters, *self.inputs]
        self.vectorizer = Vectorizer(form.graph, self.builder, self.sources, len(self.wrt))

    def program(self) -> ArrayProgram:
        recording, tables = self.form.recording, self.vectorizer.tables
        nodes, n = np.array(self.form.graph.outputs), len(self.form.recording.outputs)
        value = tables.table(nodes[0]) if recording.single else tables.full(nodes[:n])
        extra = {"a": tables.full(nodes[n:])} if recording.aux else {}
        values = arrays_in_order([value, *extra.values()])
        # Adjoints are named after the arrays that they belong to.
        name_layers(values, self._labels())
        outputs = {"C": self._mean_of(value) if self.form.mean else value, **extra}
        if self.form.derivative == "gradient":
            ends = [value] if recording.single else [tables.table(node) for node in nodes[:n]]
            outputs |= self._gradients(ends)
        elif self.form.derivative == "hvp":
            outputs = self._hessian_vector_product(value)
        return ArrayProgram(
            recording.name,
            [*self.parameters, *self.inputs, *self.vectors],
            outputs,
            values,
            value,
            self.vectorizer.sizes,
            self.vectorizer.matrix_products,
        )

    def _labels(self) -> dict[Array, str]:
        """Return the labels of leaves, by the arrays that hold them."""
        graph = self.form.graph
        labels: list[dict[int, str]] = [{} for _ in self.sources]
        for i, (k, position) in graph.slots.items():
            label, name = graph.labels.get(i, ""), self.sources[k].name
            # Elements of an argument that are in their order there need no other names.
            if label and label not in (name, f"{name}[{position + 1}]"):
                labels[k][position] = label
        names: dict[Array, str] = {}
        for source, by_position in zip(self.sources, labels, strict=True):
            names |= _labels_of(self.builder.gathers(), source, by_position)
        return names

    def _mean_of(self, x: Array) -> Array:
        return self.builder.sum(x, [], False) * self.builder.literal(1.0, -1) if x.batched else x

    def _gradients(self, ends: Sequence[Array]) -> dict[str, Array]:
        """Return the derivatives of each end, by their names."""
        names = ["grad"] if len(self.wrt) == 1 else [f"d{x.name}" for x in self.wrt]
        gradients: dict[str, Array] = {}
        for k, end in enumerate(ends):
            suffix = "" if len(ends) == 1 else f"_{k}"
            gradients |= {name + suffix: x for name, x in zip(names, self._adjoints(end), strict=True)}
        return gradients

    def _hessian_vector_product(self, value: Array) -> dict[str, Array]:
        """Return the gradient of the derivative along a vector."""
        names = ["v"] if len(self.wrt) == 1 else [f"v{x.name}" for x in self.wrt]
        self.vectors = [self.builder.source(v, x.shape, x.batched) for v, x in zip(names, self.wrt, strict=True)]
        pairs = [(self._flat(x), self._flat(y)) for x, y in zip(self._adjoints(value), self.vectors, strict=True)]
        products = [self.builder.contract(x, y, ("i", "i", ""), x.batched) for x, y in pairs]
        return self._gradients([_chained(ops.add, products)])

    def _adjoints(self, end: Array) -> list[Array]:
        seed = self.builder.literal(1.0, -1 if self.form.mean and end.batched else 0)
        per_example = bool(self.parameters) and not self.form.mean
        return Reverse(self.builder, {end: seed}, self.wrt, per_example).adjoints()

    def _flat(self, x: Array) -> Array:
        return self.builder.gather(x, np.arange(x.size))


def name_layers(order: Iterable[Array], labels: Mapping[Array, str]) -> None:
    """Name the arrays of a network, and other parameters by their labels.

    The names are those of the essay: L₂ = S(AS₂), AS₂ = W₂ L₁ + B₂, where layer 1 is the input.

    Args:
        order: the arrays, in topological order.
        labels: the labels of parameters.
    """
    consumers: dict[Array, list[Array]] = {}
    order = list(order)
    for x in order:
        for operand in x.operands:
            consumers.setdefault(operand, []).append(x)
    number = 1
    for x in order:
        if isinstance(x, Contract):
            weights = [y for y in x.operands if _is_parameter(y) and len(y.shape) == 2 and not is_transposed(y)]
            if len(weights) == 1 and not weights[0].name:
                number += 1
                weights[0].name = f"W{number}"
                _name_above(x, number, consumers)
    for x in order:
        if _is_parameter(x) and not x.name and x in labels:
            x.name = labels[x]


def _name_above(x: Array, number: int, consumers: Mapping[Array, list[Array]]) -> None:
    """Name the weighted sum that a product is part of, its bias, and its activation."""
    above = consumers.get(x, [])
    if len(above) == 1 and above[0].op is ops.add:
        for operand in above[0].operands:
            if _is_parameter(operand) and not operand.name:
                operand.name = f"b{number}"
        x = above[0]
        above = consumers.get(x, [])
    activations = [z for z in above if isinstance(z, Map) and len(z.operands) == 1]
    if len(activations) == 1:
        x.name, activations[0].name = f"AS{number}", f"L{number}"
    else:
        x.name = f"L{number}"


def _is_parameter(x: Array) -> bool:
    """Return True for elements of an argument that all examples share."""
    return (
        isinstance(x, Gather) and isinstance(x.operands[0], Source) and not x.batched and x.operands[0].numbers is None
    )


def _labels_of(gathers: Iterable[Gather], source: Source, labels: Mapping[int, str]) -> dict[Array, str]:
    """Return the label of each gather of one element from `source`, and the name that the labels of several share.

    Args:
        gathers: the arrays of elements.
        source: the array of the parameters.
        labels: the labels of its elements, by their positions.

    Returns:
        The names. Several but not all of the elements of that name have the first and the last index: W[1,1…1,4].
    """
    sizes = Counter(label.partition("[")[0] for label in labels.values())
    names: dict[Array, str] = {}
    for x in gathers:
        if x.operands[0] is source:
            each = [labels.get(position, "") for position in x.index.ravel().tolist()]
            stems = {label.partition("[")[0] for label in each}
            if len(set(each)) == 1:
                names[x] = each[0]
            elif len(stems) == 1:
                names[x] = stem = stems.pop()
                first, last = (label.partition("[")[2].removesuffix("]") for label in (each[0], each[-1]))
                if len(set(each)) < sizes[stem] and first and last:
                    names[x] = f"{stem}[{first}{'…' if len(each) > 2 else ';'}{last}]"
    return names


class _Scalars:
    """The scalars of a recording while they are made: arrays of shape ()."""

    def __init__(self, recording: Recording, graph: ScalarGraph) -> None:
        self.builder = Builder(rewritten)
        self.outputs = len(recording.outputs)
        self.parameters = self._leaves("p", len(recording.parameters))
        inputs = [self._leaves(f"x{k}", len(leaves)) for k, leaves in enumerate(recording.inputs)]
        self.inputs = [leaf for leaves in inputs for leaf in leaves]
        self._exponentials: dict[tuple[Array, ...], tuple[Array, list[Array], Array]] = {}
        self.values = self._computed(graph, [self.parameters, *inputs] if self.parameters else inputs)

    def program(self, derivative: str) -> ScalarProgram:
        shared, each, results = list(self.parameters), list(self.inputs), self.values
        wrt = self.parameters or self.inputs
        if derivative == "gradient":
            results = [*results, *(x for output in self.values[: self.outputs] for x in self._gradient(output, wrt))]
        elif derivative == "hvp":
            vector = self._leaves("v", len(wrt))
            gradient = self._gradient(self.values[0], wrt)
            along = _chained(ops.add, [x * v for x, v in zip(gradient, vector, strict=True)])
            results = self._gradient(along, wrt)
            if self.parameters:
                shared += vector
            else:
                each += vector
        return ScalarProgram(shared, each, results)

    def _leaves(self, name: str, count: int) -> list[Source]:
        return [self.builder.source(f"{name}_{i}", ()) for i in range(count)]

    def _computed(self, graph: ScalarGraph, sources: Sequence[Sequence[Source]]) -> list[Array]:
        """Return the outputs of the graph."""
        made: dict[int, Array] = {}
        for i in graph.unflattened():
            op = graph.ops[i]
            if i in graph.slots:
                source, position = graph.slots[i]
                made[i] = sources[source][position]
            elif op is None:
                made[i] = self.builder.literal(graph.numbers[i])
            else:
                made[i] = self._applied(op, [made[x] for x in graph.operands[i]])
        return [made[i] for i in graph.outputs]

    def _applied(self, op: Op, xs: list[Array]) -> Array:
        """Return `op` of scalars, in operations of a fixed number of operands."""
        if op is ops.TOTAL:
            return _chained(ops.add, xs)
        if op is ops.DOT:
            n = len(xs) // 2
            return _chained(ops.add, [*(x * y for x, y in zip(xs[:n], xs[n : 2 * n], strict=True)), *xs[2 * n :]])
        if op is ops.LOGSUMEXP:
            top, _, total = self._shifted(tuple(xs))
            return self.builder.apply(SHIFTED_LOG, (total, top))
        if op is ops.SOFTMAX or op is LOG_SOFTMAX:
            index, *vector = xs
            assert isinstance(index, Literal)
            chosen = int(index.number)
            top, exponentials, total = self._shifted(tuple(vector))
            if op is ops.SOFTMAX:
                return self.builder.apply(ops.div, (exponentials[chosen], total))
            logit = self.builder.apply(SHIFTED, (vector[chosen], top))
            return self.builder.apply(ops.sub, (logit, self.builder.apply(ops.log, (total,))))
        return self.builder.apply(op, xs)

    def _shifted(self, xs: tuple[Array, ...]) -> tuple[Array, list[Array], Array]:
        """Return the maximum of `xs`, the exponentials of their differences from it, and the sum of these."""
        if xs not in self._exponentials:
            top = _chained(ops.maximum, xs)
            parts = [self.builder.apply(ops.exp, (self.builder.apply(SHIFTED, (x, top)),)) for x in xs]
            self._exponentials[xs] = top, parts, _chained(ops.add, parts)
        return self._exponentials[xs]

    def _gradient(self, output: Array, wrt: Sequence[Source]) -> list[Array]:
        if not wrt:
            return []
        sweep = Reverse(self.builder, {output: self.builder.literal(1.0)}, wrt)
        return [self._scalar(x) for x in sweep.adjoints()]

    def _scalar(self, adjoint: Array) -> Array:
        """Return the sum of the parts of an adjoint."""
        assert isinstance(adjoint, Scatter)
        return _chained(ops.add, list(adjoint.operands)) if adjoint.operands else self.builder.literal(0.0)


def _chained(op: Op, xs: Sequence[Array]) -> Array:
    """Return x₀ op x₁ op x₂ and so on."""
    total, *others = xs
    for x in others:
        total = total.builder.apply(op, (total, x))
    return total
