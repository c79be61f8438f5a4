"""Execution of a call: check the inputs, choose a program, run it, and shape its results."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autograd.compiling.backends import ArrayBackend, Executable, Row, ScalarBackend, fastest_scalar_backend
from autograd.compiling.canonical import ScalarGraph
from autograd.compiling.ir import Shape, Source
from autograd.compiling.lower import (
    ArrayProgram,
    ScalarProgram,
    Specialization,
    lower_to_arrays,
    lower_to_scalars,
)
from autograd.compiling.record import Recording
from autograd.compiling.vectorize import groups_of

# Approximate number of operations in a reverse sweep per operation of the program that it differentiates.
OPERATIONS_OF_SWEEP = 1.5


class Inputs:
    """Checks the arguments of calls.

    Args:
        function: the name of the function.
        names: the names of its inputs.
        shapes: the shape of one example of each.
        dtype: the type of the arrays.
        backend: the backend whose arrays they become.
    """

    def __init__(
        self, function: str, names: Sequence[str], shapes: Sequence[Shape], dtype: np.dtype[Any], backend: ArrayBackend
    ) -> None:
        self.function = function
        self.names = names
        self.shapes = shapes
        self.dtype = dtype
        self.backend = backend

    def checked(self, inputs: Sequence[Any]) -> tuple[list[Any], bool, int]:
        """Return the inputs as arrays, True if they are one example and no batch, and the number of examples.

        Raises:
            TypeError: the number of inputs is another, or one is not an array of real numbers.
            ValueError: a shape is not that of an example or a batch, or the batches differ in length.
        """
        # Batches of the right type, as they come in a training loop, need no more than this.
        if self.backend.on_host and len(inputs) == len(self.shapes) > 0:
            n = -1
            for x, shape in zip(inputs, self.shapes, strict=False):
                if type(x) is not np.ndarray or x.dtype is not self.dtype or x.ndim == 0 or x.shape[1:] != shape:
                    break
                if n not in (-1, len(x)):
                    break
                n = len(x)
            else:
                return list(inputs), False, n
        return self._checked(inputs)

    def _checked(self, inputs: Sequence[Any]) -> tuple[list[Any], bool, int]:
        if len(inputs) != len(self.shapes):
            wanted = f"{len(self.shapes)} inputs ({', '.join(self.names)})"
            raise TypeError(f"{self.function} takes {wanted}, got {len(inputs)}")
        arrays = [self.array(x, name) for x, name in zip(inputs, self.names, strict=True)]
        single = [x.shape == shape for x, shape in zip(arrays, self.shapes, strict=True)]
        for x, name, shape, is_single in zip(arrays, self.names, self.shapes, single, strict=True):
            if is_single != single[0] or not (is_single or (x.ndim and x.shape[1:] == shape)):
                batch = f"({', '.join(['examples', *map(str, shape)])}{',' if not shape else ''})"
                raise ValueError(
                    f"{name} has shape {x.shape}, but one example of it has shape {shape} and a batch {batch}; "
                    "all inputs must be single examples, or all must be batches"
                )
        if all(single):
            return arrays, True, 1
        if len({len(x) for x in arrays}) > 1:
            counts = ", ".join(f"{len(x)} in {name}" for x, name in zip(arrays, self.names, strict=True))
            raise ValueError(f"the inputs must have the same number of examples, got {counts}")
        return arrays, False, len(arrays[0])

    def vector(self, x: Any, name: str, shape: Shape) -> Any:
        """Return `x` as an array of that shape.

        Raises:
            TypeError: `x` is not an array of real numbers.
            ValueError: `x` has another shape.
        """
        array = self.array(x, name)
        if array.shape != shape:
            raise ValueError(f"{name} must be an array of shape {shape}, got {array.shape}")
        return array

    def array(self, x: Any, name: str) -> Any:
        """Return `x` as an array of real numbers.

        Raises:
            TypeError: `x` holds something else.
            ValueError: `x` is ragged, or has masked elements.
        """
        if type(x) is np.ndarray and x.dtype == self.dtype and self.backend.on_host:
            return x
        if np.ma.is_masked(x):
            raise ValueError(f"{name} must have no masked elements, because the mask would be ignored; fill them first")
        if not isinstance(getattr(x, "dtype", None), np.dtype):  # a list, or an array of another library
            try:
                x = np.asarray(x)
            except ValueError as error:
                raise ValueError(f"{name} must be an array of numbers, got rows of different lengths") from error
        if x.dtype.kind not in "fiub":
            kind = f"{_type_of_misfit(x)} objects" if x.dtype == object and x.size else str(x.dtype)
            raise TypeError(f"{name} must be an array of real numbers, got {kind}; convert them with float() first")
        with np.errstate(over="ignore"):  # a number too large for float32 becomes inf
            return self.backend.asarray(x, self.dtype)

    def refuse_nan(self, inputs: Sequence[Any]) -> None:
        """Check that no input has a nan; a nan that was computed is a result.

        Raises:
            ValueError: an input has one.
        """
        for x, name in zip(inputs, self.names, strict=False):
            if np.isnan(x).any():
                index = tuple(int(k) for k in np.argwhere(np.isnan(x))[0])
                subscript = f"[{', '.join(map(str, index))}]" if index else ""
                raise ValueError(f"{name}{subscript} is nan, and so is the result; take such examples out first")


def _type_of_misfit(x: Any) -> str:
    """Return the type name of the first object that is not a number, or else of the first object."""
    types = [type(element) for element in np.ravel(x)]
    return next((kind for kind in types if not issubclass(kind, (int, float))), types[0]).__name__


class Results:
    """Shapes the outputs of the programs of one recording.

    Args:
        recording: the recorded function.
        backend: the backend whose arrays the outputs are.
    """

    def __init__(self, recording: Recording, backend: ArrayBackend) -> None:
        self.recording = recording
        self.backend = backend
        self.shared = bool(recording.parameters)

    def shaped(self, outputs: Sequence[Any], gradient: bool, mean: bool, single: bool, examples: int) -> Any:
        """Return the value, with the auxiliary outputs if there are any, and the gradient if it was requested.

        Args:
            outputs: the value, auxiliary outputs, and for each output its derivatives.
            gradient: whether there are derivatives.
            mean: whether value and gradient are the mean over the examples.
            single: whether the call was with one example and no batch.
            examples: the number of examples.
        """
        value, *rest = outputs
        for_each = not mean and (self.shared or not single)
        # With parameters, results per example need a batch, so a single example became a batch of one.
        unbatch = for_each and single
        if for_each:
            value = _for_each(value, (examples,) if self.recording.single else (examples, len(self.recording.outputs)))
        value = plain(value[0] if unbatch else value)
        if self.recording.aux:
            extra = rest.pop(0)
            if self.shared or not single:
                extra = _for_each(extra, (examples, len(self.recording.aux)))
            value = value, extra[0] if self.shared and single else extra
        if not gradient:
            return value
        gradients = rest if self.recording.single else self._stacked(rest, 1 if for_each else 0)
        gradients = [plain(x[0] if unbatch else x) for x in gradients]
        return value, gradients[0] if len(gradients) == 1 else tuple(gradients)

    def _stacked(self, derivatives: Sequence[Any], axis: int) -> list[Any]:
        """Return the Jacobian by each argument, from the derivatives of each output by each argument."""
        wrt = 1 if self.shared else len(self.recording.shapes)
        return [self.backend.stack(derivatives[k::wrt], axis) for k in range(wrt)]


def _for_each(x: Any, shape: Shape) -> Any:
    """Return `x` in that shape, with an axis for the examples even if it depends on none."""
    return x if np.shape(x) == shape else np.broadcast_to(x, shape).copy()


def plain(x: Any) -> Any:
    """Return a scalar as a float, and an array as it is."""
    return float(x) if isinstance(x, _NUMBERS) and np.ndim(x) == 0 else x


_NUMBERS = (np.ndarray, np.floating, int)


class ScalarCalls:
    """Runs a recording or a derivative of it example by example, on a backend of scalars.

    Args:
        recording: the recorded function.
        graph: its canonical graph.
        derivative: "value", "gradient" or "hvp", see `Specialization`.
    """

    def __init__(self, recording: Recording, graph: ScalarGraph, derivative: str) -> None:
        self.recording = recording
        self.graph = graph
        self.derivative = derivative
        self._lowered: dict[ScalarBackend, Executable] = {}

    @cached_property
    def program(self) -> ScalarProgram:
        """The program, which all backends share."""
        return lower_to_scalars(self.recording, self.graph, self.derivative)

    def lowered(self, backend: ScalarBackend) -> Executable:
        """Return the program as it runs on a backend."""
        if backend not in self._lowered:
            self._lowered[backend] = backend.lower(self.program, np.dtype(np.float64))
        return self._lowered[backend]

    def run(
        self, backend: ScalarBackend, arguments: Sequence[Any], mean: bool, batched: bool
    ) -> tuple[Any, ...] | None:
        """Return the same results as the array program, or None.

        None means that an operation left its domain or overflowed, which raises on floats and not on arrays.

        Args:
            backend: the backend.
            arguments: the parameters if there are any, the inputs, and for "hvp" the vectors.
            mean: whether to return the mean over the examples.
            batched: whether inputs have an axis for the examples.
        """
        shared, each = [], list(arguments)
        if self.recording.parameters:
            inputs = len(self.recording.inputs)
            shared, each = [each[0], *each[1 + inputs :]], each[1 : 1 + inputs]
        examples = len(each[0]) if batched and each else 1
        rows = [x.reshape(examples, -1) for x in each] or [np.empty((examples, 0))]
        executable = self.lowered(backend)
        try:
            results = executable.function(_concatenated(shared or [np.empty(0)], 0), _concatenated(rows, 1))
        except (ArithmeticError, ValueError):
            return None
        return self._split(results, mean, batched)

    def _split(self, results: Row, mean: bool, batched: bool) -> tuple[Any, ...]:
        """Return values, auxiliary outputs and derivatives from a row of results for each example."""
        recording = self.recording
        outputs, extra = len(recording.outputs), len(recording.aux)
        if self.derivative == "hvp":
            return tuple(_reduced(part, mean, batched) for part in self._derivatives(results))
        value = (results[:, 0] if recording.single else results[:, :outputs]).copy()
        aux = results[:, outputs : outputs + extra].copy()
        parts = self._derivatives(results[:, outputs + extra :])
        value, *parts = [_reduced(part, mean, batched) for part in (value, *parts)]
        return (value, *([aux if batched else aux[0]] if extra else []), *parts)

    def _derivatives(self, columns: Row) -> list[Row]:
        """Return the derivatives of each output: by the parameters, or by each of the inputs."""
        recording = self.recording
        shapes = [(len(recording.parameters),)] if recording.parameters else recording.shapes
        times = {"value": 0, "gradient": len(recording.outputs), "hvp": 1}[self.derivative]
        parts: list[Row] = []
        start = 0
        for shape in shapes * times:
            size = math.prod(shape)
            parts.append(columns[:, start : start + size].reshape(len(columns), *shape))
            start += size
        return parts


def _reduced(part: Row, mean: bool, batched: bool) -> Any:
    if len(part) == 1 and (mean or not batched):
        return part[0]
    return part.mean(axis=0) if mean else part


def _concatenated(parts: Sequence[Row], axis: int) -> Row:
    """Return the parts one after the other, contiguous."""
    return np.ascontiguousarray(parts[0]) if len(parts) == 1 else np.concatenate(parts, axis=axis)


class ArrayCalls:
    """Runs one specialization on a backend of arrays; it is lowered when it is needed.

    Args:
        form: the specialization.
        backend: the backend.
        dtype: the type of all numbers.
    """

    def __init__(self, form: Specialization, backend: ArrayBackend, dtype: np.dtype[Any]) -> None:
        self.form = form
        self.backend = backend
        self.dtype = dtype
        # Ratio of the number of operations to that of the value alone; "hvp" sweeps twice.
        self._sweeps = (1.0 + OPERATIONS_OF_SWEEP) ** ("value", "gradient", "hvp").index(form.derivative)
        self._takes_scalars = backend.on_host and dtype == np.float64
        self._alternatives: dict[int, ScalarBackend | None] = {}

    def __repr__(self) -> str:
        form = self.form
        return f"<program of {form.recording.name}: {form.derivative} from {form.graph.recorded:,} nodes>"

    @cached_property
    def program(self) -> ArrayProgram:
        """The program on arrays."""
        return lower_to_arrays(self.form)

    @cached_property
    def executable(self) -> Executable:
        """The program as it runs on the backend."""
        return self.backend.lower(self.program, self.dtype)

    def report(self) -> str:
        """Return the size of the graph, and of the program that it became."""
        program, graph = self.program, self.form.graph
        alone = sum(n == 1 for n in program.groups)
        return "\n".join(
            [
                f"{graph.recorded:,} nodes recorded, {len(graph.wanted):,} after sums were put together",
                f"{program.matrix_products} matrix products, {len(program.groups)} groups, {alone} of them one scalar "
                "operation",
                f"{len(program.steps)} steps on arrays, forward and back",
            ]
        )

    def faster_on_scalars(self, examples: int) -> ScalarBackend | None:
        """Return the scalar backend that is estimated to be faster for this many examples, or None."""
        try:
            return self._alternatives[examples]
        except KeyError:
            backend = self._alternative(examples) if self._takes_scalars and examples else None
            self._alternatives[examples] = backend
            return backend

    def _alternative(self, examples: int) -> ScalarBackend | None:
        operations = round(self.form.graph.edges * self._sweeps)
        backend, seconds = fastest_scalar_backend(operations, examples)
        # A lower bound is tried first: it takes far less time than vectorizing a graph without a pattern.
        is_faster = self._takes_longer(seconds, examples) or seconds < self._seconds(examples)
        return backend if is_faster else None

    def _takes_longer(self, seconds: float, examples: int) -> bool:
        """Return True if even a lower bound on the time of the steps, without gathers, exceeds `seconds`."""
        inner = self.form.graph.inner
        # An upper bound: one group for each node.
        if seconds >= self.backend.seconds(inner, examples * inner) * self._sweeps:
            return False
        steps, elements = self._groups
        return seconds < self.backend.seconds(steps, elements[True] * examples + elements[False]) * self._sweeps

    @cached_property
    def _groups(self) -> tuple[int, Counter[bool]]:
        """The number of groups, and of scalars in those that depend on the examples (True) and in the others."""
        parameters = [False] if self.form.recording.parameters else []
        groups = groups_of(self.form.graph, [*parameters, *[self.form.batched] * len(self.form.recording.inputs)])
        elements: Counter[bool] = Counter()
        for group in groups:
            elements[group.batched] += len(group.members)
        return len(groups), elements

    def _seconds(self, examples: int) -> float:
        """Estimate the time that the steps take."""
        steps = self.program.steps
        elements = sum(x.size * (examples if x.batched else 1) for x in steps if not isinstance(x, Source))
        return self.backend.seconds(len(steps), elements)
