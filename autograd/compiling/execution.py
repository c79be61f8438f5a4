"""A recording as a matrix program: the arrays that it comes to, and what these cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autograd.compiling.autodiff import Reverse
from autograd.compiling.backends import Module
from autograd.compiling.builder import Program
from autograd.compiling.canonical import Scalars
from autograd.compiling.groups import Grouping, levels
from autograd.compiling.ir import Array, Source, arrays_in_order
from autograd.compiling.naming import labels_of, name_layers
from autograd.compiling.record import Recording
from autograd.compiling.scalar_programs import estimated_cost

CALL, ELEMENT = 1e-6, 2e-9
"""Roughly what cost a step on arrays and an element of one."""
BACKWARD = 1.5
"""Roughly how many operations of the sweep back there are for each forward."""


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


class MatrixProgram:
    """One form of a compiled function, whose arrays and text are made when they are needed.

    Args:
        recording: what was recorded.
        scalars: its graph.
        derivative: "value", "gradient", or "hvp": the Hessian times a vector.
        mean: whether the values and derivatives are the mean over the examples.
        batched: whether inputs have an axis for the examples.
        backend: "numpy" or "jax".
        dtype: of all numbers.
    """

    def __init__(
        self,
        recording: Recording,
        scalars: Scalars,
        derivative: str,
        mean: bool,
        batched: bool,
        backend: str,
        dtype: np.dtype[Any],
    ) -> None:
        self.recording = recording
        self.scalars = scalars
        self.derivative = derivative
        self.mean = mean
        self.batched = batched
        self.backend = backend
        self.dtype = dtype
        self._sweeps = (1.0 + BACKWARD) ** ("value", "gradient", "hvp").index(derivative)
        self._has_scalars = backend == "numpy" and dtype == np.float64
        self._quicker: dict[int, bool] = {}

    def __repr__(self) -> str:
        return f"<program of {self.recording.name}: {self.derivative} from {self.scalars.recorded:,} nodes>"

    @cached_property
    def arrays(self) -> ArrayProgram:
        """What is computed."""
        return ArrayProgram(self.recording, self.scalars, self.derivative, self.mean, self.batched)

    @cached_property
    def module(self) -> Module:
        """The text."""
        arrays = self.arrays
        return Module(self.recording.name, arrays.outputs, arrays.sources, self.backend, self.dtype)

    @property
    def run(self) -> Callable[..., Any]:
        """What the text computes."""
        return self.module.function

    @property
    def grouping(self) -> Grouping:
        """How the graph became arrays."""
        return self.arrays.grouping

    def report(self) -> str:
        """Describe what was found in the graph."""
        sizes = self.grouping.sizes
        scalar = sum(n == 1 for n in sizes)
        return "\n".join(
            [
                f"{self.scalars.recorded:,} nodes recorded, {len(self.scalars.wanted):,} after sums were put together",
                f"{self.grouping.products} matrix products, {len(sizes)} groups, {scalar} of them one scalar operation",
                f"{len(self.arrays.steps)} steps on arrays, forward and back",
            ]
        )

    def by_scalars(self, examples: int) -> bool:
        """Return True if a program on floats is quicker for so many examples."""
        quicker = self._quicker.get(examples)
        if quicker is None:
            quicker = self._quicker[examples] = self._has_scalars and examples > 0 and self._is_slower(examples)
        return quicker

    def _is_slower(self, examples: int) -> bool:
        scalars = estimated_cost(round(self.scalars.edges * self._sweeps), examples)
        # The arrays of a graph without a pattern take far longer to make than a bound of their cost.
        return self._costs_more(scalars, examples) or scalars < self._estimated_cost(examples)

    def _costs_more(self, seconds: float, examples: int) -> bool:
        """Return True if the steps take longer than that even with one for each group, and no view or gather."""
        inner = self.scalars.inner
        if seconds >= (CALL + ELEMENT * examples) * inner * self._sweeps:  # a group for each node
            return False
        steps, elements = self._groups
        return seconds < (CALL * steps + ELEMENT * (elements[True] * examples + elements[False])) * self._sweeps

    @cached_property
    def _groups(self) -> tuple[int, Counter[bool]]:
        """The number of groups, and of scalars in those that depend on the examples and in the others."""
        batched = [False] * bool(self.recording.parameters) + [self.batched] * len(self.recording.inputs)
        groups = levels(self.scalars, batched)
        elements: Counter[bool] = Counter()
        for group in groups:
            elements[group.batched] += len(group.members)
        return len(groups), elements

    def _estimated_cost(self, examples: int) -> float:
        """Estimate how many seconds the steps take."""
        steps = self.arrays.steps
        elements = sum(x.size * (examples if x.batched else 1) for x in steps if not isinstance(x, Source))
        return CALL * len(steps) + ELEMENT * elements
