"""A recording as a matrix program: the arrays that it comes to, and what these cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiling.adjoints import Reverse
from autograd.compiling.arrays import Array, Source, arrays_in_order
from autograd.compiling.groups import Grouping
from autograd.compiling.module import Module
from autograd.compiling.naming import labels_of, name_layers
from autograd.compiling.program import Program
from autograd.compiling.recordings import Recording
from autograd.compiling.scalar_programs import estimated_cost
from autograd.compiling.scalars import Scalars

CALL, ELEMENT = 1e-6, 2e-9
"""Roughly what cost a step on arrays and an element of one."""
BACKWARD = 1.5
"""Roughly how many operations of the sweep back there are for each forward."""


class MatrixProgram:
    """One form of a compiled function.

    Args:
        recording: what was recorded.
        derivative: "value", "gradient", or "hvp": the Hessian times a vector.
        mean: whether the values and derivatives are the mean over the examples.
        batched: whether inputs have an axis for the examples.
        backend: "numpy" or "jax".
        dtype: of all numbers.

    Attributes:
        module: its text.
        run: what that computes.
        scalars: what it was made from.
        grouping: how that became arrays.
        value: the array of the value, or of several.
        forward: the arrays that the values are made from, in order.
    """

    def __init__(
        self, recording: Recording, derivative: str, mean: bool, batched: bool, backend: str, dtype: np.dtype[Any]
    ) -> None:
        self.recording = recording
        self.mean = mean
        self.program = program = Program()
        names = recording.names
        self.parameters = [program.source("P", (len(recording.parameters),))] if recording.parameters else []
        self.inputs = [program.source(n, shape, batched) for n, shape in zip(names, recording.shapes, strict=True)]
        self.vectors: list[Source] = []
        self.scalars = Scalars(recording)
        self.grouping = Grouping(self.scalars, program, [*self.parameters, *self.inputs])
        outputs = self._values()
        if derivative == "gradient":
            outputs |= self._gradients(self._ends())
        elif derivative == "hvp":
            outputs = self._products()
        self.module = Module(recording.name, outputs, [*self.parameters, *self.inputs, *self.vectors], backend, dtype)
        self.run = self.module.function
        self.steps = arrays_in_order(outputs.values())
        self.operations = round(self.scalars.edges * (1.0 + BACKWARD) ** ("value", "gradient", "hvp").index(derivative))
        self._has_scalars = backend == "numpy" and dtype == np.float64
        self._quicker: dict[int, bool] = {}

    def __repr__(self) -> str:
        return f"<program of {self.recording.name}: {len(self.steps):,} arrays from {self.scalars.recorded:,} nodes>"

    # --- what is computed

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

    # --- what is said of it

    def report(self) -> str:
        """What was found in the graph."""
        sizes = self.grouping.sizes
        scalar = sum(n == 1 for n in sizes)
        return "\n".join(
            [
                f"{self.scalars.recorded:,} nodes recorded, {len(self.scalars.wanted):,} after sums were put together",
                f"{self.grouping.products} matrix products, {len(sizes)} groups, {scalar} of them one scalar operation",
                f"{len(self.steps)} steps on arrays, forward and back",
            ]
        )

    def by_scalars(self, examples: int) -> bool:
        """Whether a program on floats is quicker for so many examples."""
        quicker = self._quicker.get(examples)
        if quicker is None:
            scalars = estimated_cost(self.operations, examples)
            quicker = self._has_scalars and examples > 0 and scalars < self._estimated_cost(examples)
            self._quicker[examples] = quicker
        return quicker

    def _estimated_cost(self, examples: int) -> float:
        """Roughly how many seconds the steps take."""
        made = [x for x in self.steps if not isinstance(x, Source)]
        elements = sum(x.size * (examples if x.batched else 1) for x in made)
        return CALL * len(self.steps) + ELEMENT * elements
