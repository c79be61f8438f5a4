"""A recording as a matrix program: the arrays that it comes to, and the source that computes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.compiling.adjoints import Reverse
from autograd.compiling.arrays import Array, Source, arrays_in_order
from autograd.compiling.groups import Grouping
from autograd.compiling.infix import SUM
from autograd.compiling.naming import name_layers
from autograd.compiling.printing import Printer
from autograd.compiling.program import Program
from autograd.compiling.recordings import Recording, places_of
from autograd.compiling.scalar_programs import estimated_cost
from autograd.compiling.scalars import Scalars

CALL, ELEMENT = 1e-6, 2e-9
"""Roughly what cost a step on arrays and an element of one."""


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
        source: the program, as a module with one function.
        constants: the arrays that it uses and does not spell out, by name.
        grouping: how the scalars became arrays.
        forward: the arrays that the values are made from, in order.
    """

    def __init__(
        self, recording: Recording, derivative: str, mean: bool, batched: bool, backend: str, dtype: np.dtype[Any]
    ) -> None:
        self.mean = mean
        self.batched = batched
        self.derivative = derivative
        self.dtype = dtype
        self.program = program = Program()
        names = recording.names
        self.parameters = [program.source("P", (len(recording.parameters),))] if recording.parameters else []
        self.inputs = [program.source(n, shape, batched) for n, shape in zip(names, recording.shapes, strict=True)]
        self.scalars = Scalars([*recording.outputs, *recording.aux], places_of(recording))
        self.grouping = Grouping(self.scalars, program, [*self.parameters, *self.inputs])
        found = np.array(self.scalars.outputs)
        n = len(recording.outputs)
        value = self.grouping.tables.table(found[0]) if recording.single else self.grouping.tables.full(found[:n])
        self.value = value
        outputs = {"C": self._mean_of(value) if mean else value}
        if recording.aux:
            outputs["a"] = self.grouping.tables.full(found[n:])
        self.forward = arrays_in_order([value, *[x for name, x in outputs.items() if name == "a"]])
        name_layers(self.forward, self.grouping.parameter_labels(len(self.parameters)))
        self.vectors: list[Source] = []
        if derivative != "value":
            ends = [value] if recording.single else [self.grouping.tables.table(i) for i in found[:n]]
            derivatives = self._derivatives(ends, derivative == "hvp")
            outputs = derivatives if derivative == "hvp" else outputs | derivatives
        module = "np" if backend == "numpy" else "jnp"
        sources = [*self.parameters, *self.inputs, *self.vectors]
        said = "" if dtype == np.float64 else f", {module}.{dtype.name}"
        printer = Printer(outputs, sources, module, said)
        self.on_floats = backend == "numpy" and dtype == np.float64
        steps = arrays_in_order(outputs.values())
        self.steps = len(steps)
        self.elements = sum(x.size for x in steps if not (x.batched or isinstance(x, Source)))
        self.elements_each = sum(x.size for x in steps if x.batched and not isinstance(x, Source))
        self.constants = {
            name: numbers.astype(dtype) if numbers.dtype.kind == "f" else numbers
            for name, numbers in printer.constants.items()
        }
        self.source = self._module(recording, outputs, printer, sources, module)
        self.name = recording.name

    def _derivatives(self, ends: list[Array], hvp: bool) -> dict[str, Array]:
        wrt: list[Array] = [*self.parameters] or [*self.inputs]
        per_example = bool(self.parameters) and not self.mean
        seed = self.program.literal(1.0, -1 if self.mean else 0)
        names = ["grad"] if len(wrt) == 1 else [f"d{x.name}" for x in wrt]
        if hvp:
            self.vectors = [
                self.program.source("v" if len(wrt) == 1 else f"v{x.name}", x.shape, x.batched) for x in wrt
            ]
            ends, seed = (
                [self._along(Reverse(self.program, {ends[0]: seed}, wrt, per_example))],
                self.program.literal(1.0),
            )
        outputs: dict[str, Array] = {}
        for k, end in enumerate(ends):
            found = Reverse(self.program, {end: seed}, wrt, per_example).adjoints()
            suffix = "" if len(ends) == 1 else f"_{k}"
            outputs |= {name + suffix: adjoint for name, adjoint in zip(names, found, strict=True)}
        return outputs

    def _mean_of(self, x: Array) -> Array:
        return self.program.sum(x, [], False) * self.program.literal(1.0, -1) if x.batched else x

    def _along(self, sweep: Reverse) -> Array:
        """The derivative along the vectors."""
        total: Array = self.program.literal(0.0)
        for adjoint, vector in zip(sweep.adjoints(), self.vectors, strict=True):
            x, y = self._flat(adjoint), self._flat(vector)
            total = total + self.program.contract(x, y, ("i", "i", ""), x.batched)
        return total

    def _flat(self, x: Array) -> Array:
        return self.program.view(x, np.arange(x.size)) if len(x.shape) != 1 else x

    def _module(
        self, recording: Recording, outputs: dict[str, Array], printer: Printer, sources: list[Source], np_name: str
    ) -> str:
        returned = [printer.text(x, SUM) for x in outputs.values()]
        module = "numpy" if np_name == "np" else "jax.numpy"
        parts = [f"import {module} as {np_name}"]
        small = {name: numbers for name, numbers in self.constants.items() if numbers.size <= 16}
        shown = [f"{name} = {np_name}.array({numbers.tolist()})" for name, numbers in small.items()]
        shown += [f"# {name}: {k.dtype} {k.shape}" for name, k in self.constants.items() if name not in small]
        if shown:
            parts.append("\n".join(shown))
        header = printer.header()
        if header:
            parts.append(header if np_name == "np" else header.replace("np.", "jnp."))
        arguments = ", ".join(printer.written[x] for x in sources)
        lines = [*printer.lines, f"return {', '.join(returned)}"]
        parts.append(f"def {recording.name}({arguments}):\n" + "\n".join(f"    {line}" for line in lines))
        return "\n\n\n".join(parts) + "\n"

    def function(self) -> Callable[..., Any]:
        """What the source computes."""
        space: dict[str, Any] = dict(self.constants)
        exec(compile(self.source, f"<compiled {self.name}>", "exec"), space)  # our own text; names are identifiers
        space.update(self.constants)
        found: Callable[..., Any] = space[self.name]
        return found

    def report(self) -> str:
        """What was found in the graph."""
        sizes = self.grouping.sizes
        scalar = sum(n == 1 for n in sizes)
        return "\n".join(
            [
                f"{self.scalars.recorded:,} nodes recorded, {len(self.scalars.wanted):,} after sums were put together",
                f"{self.grouping.products} matrix products, {len(sizes)} groups, {scalar} of them one scalar operation",
                f"{self.steps} steps on arrays, forward and back",
            ]
        )

    def by_scalars(self, examples: int) -> bool:
        """Whether a program on floats is quicker for so many examples."""
        if not self.on_floats or not examples:
            return False
        operations = round(self.scalars.edges * (1.0 if self.derivative == "value" else 2.5))
        elements = self.elements + self.elements_each * examples
        return estimated_cost(operations, examples) < CALL * self.steps + ELEMENT * elements
