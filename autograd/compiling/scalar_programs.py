"""A recording as a program on floats: by a tape where there is a machine for it, else by lines of Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiling.canonical import Scalars
from autograd.compiling.forms import numpy_form
from autograd.compiling.lines import Lines
from autograd.compiling.lower import StraightLine
from autograd.compiling.record import Recording
from autograd.compiling.tapes import HAS_TAPES, WIDE, Recorder

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
