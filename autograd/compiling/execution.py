"""A recording as a matrix program: the arrays that it comes to, and what these cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiling.backends import HAS_TAPES, WIDE, Lines, Module, Recorder
from autograd.compiling.canonical import Scalars
from autograd.compiling.ir import Source, numpy_form
from autograd.compiling.lower import ArrayProgram, StraightLine
from autograd.compiling.record import Recording, Shape
from autograd.compiling.vectorize import Grouping, levels


class Examples:
    """Inputs as they should come.

    Args:
        function: what is called.
        names: of its inputs.
        shapes: of one example of each.
        dtype: of the arrays.
        backend: whose arrays they are.
    """

    def __init__(
        self, function: str, names: Sequence[str], shapes: Sequence[Shape], dtype: np.dtype[Any], backend: str
    ) -> None:
        self.function = function
        self.names = names
        self.shapes = shapes
        self.dtype = dtype
        self.backend = backend

    def checked(self, inputs: Sequence[Any]) -> tuple[list[Any], bool, int]:
        """The inputs as arrays, whether they are one example as such, and how many examples they are.

        Raises:
            TypeError: another number of inputs, or one that is no array of real numbers.
            ValueError: a shape is not that of an example or a batch, or the batches differ in length.
        """
        if len(inputs) == len(self.shapes) > 0:
            n = -1
            for x, shape in zip(inputs, self.shapes, strict=False):  # what comes in a loop of training is right
                if type(x) is not np.ndarray or x.dtype is not self.dtype or x.ndim == 0 or x.shape[1:] != shape:
                    break
                if n not in (-1, len(x)):
                    break
                n = len(x)
            else:
                if self.backend == "numpy":
                    return list(inputs), False, n
        return self._checked(inputs)

    def _checked(self, inputs: Sequence[Any]) -> tuple[list[Any], bool, int]:
        if len(inputs) != len(self.shapes):
            wanted = f"{len(self.shapes)} inputs ({', '.join(self.names)})"
            raise TypeError(f"{self.function} takes {wanted}, got {len(inputs)}")
        arrays = [self.array(x, name) for x, name in zip(inputs, self.names, strict=True)]
        single = [x.shape == shape for x, shape in zip(arrays, self.shapes, strict=True)]
        for x, name, shape, alone in zip(arrays, self.names, self.shapes, single, strict=True):
            if alone != single[0] or not (alone or (x.ndim and x.shape[1:] == shape)):
                batch = f"({', '.join(['examples', *map(str, shape)])}{',' if not shape else ''})"
                raise ValueError(
                    f"{name} has shape {x.shape}, but one example of it has shape {shape} and a batch {batch}; "
                    "all inputs are one example, or all are batches"
                )
        if all(single):
            return arrays, True, 1
        if len({len(x) for x in arrays}) > 1:
            counts = ", ".join(f"{len(x)} in {name}" for x, name in zip(arrays, self.names, strict=True))
            raise ValueError(f"the inputs have different numbers of examples: {counts}")
        return arrays, False, len(arrays[0])

    def vector(self, x: Any, name: str, shape: Shape) -> Any:
        """`x` as an array, if it has that shape."""
        found = self.array(x, name)
        if found.shape != shape:
            raise ValueError(f"{name} takes an array of shape {shape}, got {found.shape}")
        return found

    def array(self, x: Any, name: str) -> Any:
        """`x` as an array of real numbers."""
        if type(x) is np.ndarray and x.dtype == self.dtype and self.backend == "numpy":
            return x
        if np.ma.is_masked(x):
            raise ValueError(f"{name} has masked elements, which a program would take for numbers; fill them first")
        if not isinstance(getattr(x, "dtype", None), np.dtype):  # a list, or an array of another library
            try:
                x = np.asarray(x)
            except ValueError as error:
                raise ValueError(f"{name} takes an array of numbers; the rows that came differ in length") from error
        if x.dtype.kind not in "fiub":
            kind = f"{_strangest(x)} objects" if x.dtype == object and x.size else str(x.dtype)
            raise TypeError(f"{name} takes an array of real numbers, got {kind}; convert them with float() first")
        with np.errstate(over="ignore"):  # what is too large is inf
            return (np if self.backend == "numpy" else import_module("jax.numpy")).asarray(x, self.dtype)

    def refuse_nan(self, given: Sequence[Any]) -> None:
        """Say where a nan came in, if it did; one that was computed is a result.

        Raises:
            ValueError: an input has one.
        """
        for x, name in zip(given, self.names, strict=False):
            if np.isnan(x).any():
                where = tuple(int(k) for k in np.argwhere(np.isnan(x))[0])
                place = f"[{', '.join(map(str, where))}]" if where else ""
                raise ValueError(f"{name}{place} is nan, and so is the result; take such examples out first")


def _strangest(x: Any) -> str:
    """The type of the first object that is no number, or else of the first."""
    types = [type(element) for element in np.ravel(x)]
    return next((kind for kind in types if not issubclass(kind, (int, float))), types[0]).__name__


class Results:
    """Puts together what the programs of one recording return.

    Args:
        recording: what was recorded.
        backend: whose arrays come.
    """

    def __init__(self, recording: Recording, backend: str) -> None:
        self.recording = recording
        self.backend = backend
        self.shared = bool(recording.parameters)

    def shaped(self, returned: Sequence[Any], gradient: bool, mean: bool, single: bool, examples: int) -> Any:
        """The value, with what else there is, and the gradient if it was asked for.

        Args:
            returned: what the program gave: the value, other outputs, and for each output its derivatives.
            gradient: whether they are among it.
            mean: whether it is a mean over the examples.
            single: whether one example came as such, and no batch.
            examples: how many came.
        """
        value, *rest = returned
        for_each = not mean and (self.shared or not single)
        alone = for_each and single  # was made a batch, as parameters need one
        if for_each:
            value = _for_each(value, (examples,) if self.recording.single else (examples, len(self.recording.outputs)))
        value = plain(value[0] if alone else value)
        if self.recording.aux:
            extra = rest.pop(0)
            if self.shared or not single:
                extra = _for_each(extra, (examples, len(self.recording.aux)))
            value = value, extra[0] if self.shared and single else extra
        if not gradient:
            return value
        gradients = rest if self.recording.single else self._stacked(rest, int(for_each))
        gradients = [plain(x[0] if alone else x) for x in gradients]
        return value, gradients[0] if len(gradients) == 1 else tuple(gradients)

    def _stacked(self, derivatives: Sequence[Any], axis: int) -> list[Any]:
        """The rows of a Jacobian for each of what is differentiated by."""
        wrt = 1 if self.shared else len(self.recording.shapes)
        stack = np.stack if self.backend == "numpy" else import_module("jax.numpy").stack
        return [stack(derivatives[k::wrt], axis) for k in range(wrt)]


def _for_each(x: Any, shape: Shape) -> Any:
    """`x` in that shape, with an axis for the examples also where it depends on none."""
    return x if np.shape(x) == shape else np.broadcast_to(x, shape).copy()


def plain(x: Any) -> Any:
    """A number as a float."""
    return float(x) if isinstance(x, _NUMBERS) and np.ndim(x) == 0 else x


_NUMBERS = (np.ndarray, np.floating, int)


Row = NDArray[np.float64]
LINE, COLUMN, ELEMENT = 1.5e-8, 2e-7, 1e-9
"""Roughly what an operation costs in Python: on floats, on columns, and for each element of these."""
INSTRUCTION, SHARED_INSTRUCTION = 3e-9, 1e-9
"""Roughly what it costs on a tape: alone, and for each of a few examples side by side."""
LONGEST = 1_000_000 if HAS_TAPES else 100_000
"""The longest program; some 10 µs for each operation go into making one, and more into reading it as Python."""
MANY = 10
"""For more examples than that an operation on columns takes less than one after the other on floats."""

# So many examples at once: their columns fit into the processor's cache, and the result of each operation is kept.
CHUNK = 8192


def estimated_cost(operations: int, examples: int) -> float:
    """Roughly how many seconds so many operations take for each of so many examples; inf if they are too many."""
    if operations > LONGEST:
        return math.inf
    if HAS_TAPES:
        return (INSTRUCTION if examples < WIDE else SHARED_INSTRUCTION) * operations * examples
    return min(LINE * examples, COLUMN + ELEMENT * examples) * operations


class ScalarProgram:
    """A recording, example by example.

    Args:
        recording: what was recorded.
        derivative: "value", "gradient", or "hvp": the Hessian times a vector.
        scalars: its graph, if that is known.
    """

    def __init__(self, recording: Recording, derivative: str, scalars: Scalars | None = None) -> None:
        self.recording = recording
        self.derivative = derivative
        self.straight = StraightLine(recording, derivative, scalars)

    def run(self, arguments: Sequence[Any], mean: bool, batched: bool) -> tuple[Any, ...] | None:
        """What the matrix program gives for the same arguments: parameters, inputs, and the vectors of a product.

        None where an operation leaves the floats, which only arrays go on from.
        """
        shared, each = [], list(arguments)
        if self.recording.parameters:
            inputs = len(self.recording.inputs)
            shared, each = [each[0], *each[1 + inputs :]], each[1 : 1 + inputs]
        examples = len(each[0]) if batched and each else 1
        rows = [x.reshape(examples, -1) for x in each] or [np.empty((examples, 0))]
        try:
            computed = self._by_tape if HAS_TAPES else self._by_lines
            results = computed(_joined(shared or [np.empty(0)], 0), _joined(rows, 1))
        except (ArithmeticError, ValueError, TypeError):
            return None
        return self._split(results, mean, batched)

    # --- two ways

    @cached_property
    def _tape(self) -> Recorder:
        return Recorder(self.straight)

    def _by_tape(self, shared: Row, rows: Row) -> Row:
        results = np.empty((len(rows), len(self.straight.results)))
        self._tape.tape.run(shared, rows, results)
        return results

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.straight)

    @cached_property
    def _on_floats(self) -> Callable[..., tuple[float, ...]]:
        return self._lines.on_floats()

    @cached_property
    def _on_columns(self) -> Callable[..., tuple[Any, ...]] | None:
        """All examples at once, a number of each in an array; None where an operation has no such form."""
        forms = {op: numpy_form(op) for op in self._lines.ops}
        return None if None in forms.values() else self._lines.function({op: f for op, f in forms.items() if f})

    def _by_lines(self, shared: Row, rows: Row) -> Row:
        P = shared.tolist()
        if len(rows) <= MANY or self._on_columns is None:
            return np.array([self._on_floats(*P, *row) for row in rows.tolist()])
        results = np.empty((len(rows), len(self.straight.results)))
        for start in range(0, len(rows), CHUNK):  # Python handles signals here, and not between operators
            part = slice(start, start + CHUNK)
            for k, column in enumerate(self._on_columns(*P, *np.ascontiguousarray(rows[part].T))):
                results[part, k] = column
        return results

    # --- what comes out

    def _split(self, results: Row, mean: bool, batched: bool) -> tuple[Any, ...]:
        """A row of numbers for each example as values, what else there is, and derivatives."""
        recording = self.recording
        outputs, extra = len(recording.outputs), len(recording.aux)
        if self.derivative == "hvp":
            return tuple(self._reduced(part, mean, batched) for part in self._derivatives(results))
        value = (results[:, 0] if recording.single else results[:, :outputs]).copy()
        aux = results[:, outputs : outputs + extra].copy()
        parts = self._derivatives(results[:, outputs + extra :])
        value, *parts = [self._reduced(part, mean, batched) for part in (value, *parts)]
        return (value, *([aux if batched else aux[0]] if extra else []), *parts)

    def _derivatives(self, columns: Row) -> list[Row]:
        """For each output, if there are any, those by parameters or by each of the inputs."""
        recording = self.recording
        shapes = [(len(recording.parameters),)] if recording.parameters else recording.shapes
        times = {"value": 0, "gradient": len(recording.outputs), "hvp": 1}[self.derivative]
        parts: list[Row] = []
        at = 0
        for shape in shapes * times:
            size = math.prod(shape)
            parts.append(columns[:, at : at + size].reshape(len(columns), *shape))
            at += size
        return parts

    def _reduced(self, part: Row, mean: bool, batched: bool) -> Any:
        if len(part) == 1 and (mean or not batched):
            return part[0]
        return part.mean(axis=0) if mean else part


def _joined(parts: Sequence[Row], axis: int) -> Row:
    """The parts one behind the other, contiguous."""
    return np.ascontiguousarray(parts[0]) if len(parts) == 1 else np.concatenate(parts, axis=axis)


CALL, STEP_ELEMENT = 1e-6, 2e-9
"""Roughly what cost a step on arrays and an element of one."""
BACKWARD = 1.5
"""Roughly how many operations of the sweep back there are for each forward."""


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
        if seconds >= (CALL + STEP_ELEMENT * examples) * inner * self._sweeps:  # a group for each node
            return False
        steps, elements = self._groups
        return seconds < (CALL * steps + STEP_ELEMENT * (elements[True] * examples + elements[False])) * self._sweeps

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
        return CALL * len(steps) + STEP_ELEMENT * elements
