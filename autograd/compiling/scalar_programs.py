"""A recording as a program on floats: by a tape where there is a machine for it, else by lines of Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiling.forms import numpy_form
from autograd.compiling.lines import Lines
from autograd.compiling.recordings import Recording, places_of
from autograd.compiling.scalars import Scalars
from autograd.compiling.straight import StraightLine
from autograd.compiling.tapes import HAS_TAPES, WIDE, Recorder

Row = NDArray[np.float64]
FORM = "on a tape in machine code" if HAS_TAPES else "as lines of Python"
"""How a program on floats runs."""
LINE, COLUMN, ELEMENT = 1.5e-8, 2e-7, 1e-9
"""Roughly what an operation costs in Python: on floats, on columns, and for each element of these."""
INSTRUCTION, SHARED_INSTRUCTION = 3e-9, 1e-9
"""Roughly what it costs on a tape: alone, and for each of a few examples side by side."""
LONGEST = 1_000_000 if HAS_TAPES else 100_000
"""The longest program; some 10 µs for each operation go into making one, and more into reading it as Python."""
MANY = 10
"""For more examples than that an operation on columns takes less than one after the other on floats."""


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
        gradient: whether the derivatives are wanted too.
    """

    def __init__(self, recording: Recording, gradient: bool) -> None:
        self.recording = recording
        self.gradient = gradient
        self.shared = len(recording.parameters)
        counts = [*([self.shared] if self.shared else []), *map(len, recording.inputs)]
        scalars = Scalars([*recording.outputs, *recording.aux], places_of(recording), flat=False)
        wrt = ([0] if self.shared else list(range(len(counts)))) if gradient else []
        self.straight = StraightLine(scalars, counts, wrt, len(recording.outputs))

    def run(self, arguments: Sequence[Any], mean: bool, batched: bool) -> tuple[Any, ...] | None:
        """What the matrix program gives; None where an operation leaves the floats, which only arrays go on from."""
        inputs = arguments[1:] if self.shared else arguments
        examples = len(inputs[0]) if batched and inputs else 1
        parts = [x.reshape(examples, -1) for x in inputs] or [np.empty((examples, 0))]
        rows = np.ascontiguousarray(parts[0]) if len(parts) == 1 else np.concatenate(parts, axis=1)
        shared = np.ascontiguousarray(arguments[0]) if self.shared else np.empty(0)
        try:
            results = self._by_tape(shared, rows) if HAS_TAPES else self._by_lines(shared, rows)
        except (ArithmeticError, ValueError, TypeError):
            return None
        return self._split(results, mean, batched)

    # --- two ways

    @cached_property
    def _tape(self) -> Recorder:
        return Recorder(self.straight, self.shared)

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
        columns = self._on_columns(*P, *np.ascontiguousarray(rows.T))
        results = np.empty((len(rows), len(columns)))
        for k, column in enumerate(columns):
            results[:, k] = column
        return results

    # --- what comes out

    def _split(self, results: Row, mean: bool, batched: bool) -> tuple[Any, ...]:
        """A row of numbers for each example as values, what else there is, and derivatives."""
        recording = self.recording
        outputs, extra = len(recording.outputs), len(recording.aux)
        aux = results[:, outputs : outputs + extra]
        value = results[:, 0] if recording.single else results[:, :outputs]
        parts: list[Any] = []
        at = outputs + extra
        for _ in range(outputs if self.gradient else 0):
            for shape in [(self.shared,)] if self.shared else recording.shapes:
                size = math.prod(shape)
                parts.append(results[:, at : at + size].reshape(-1, *shape))
                at += size
        if len(results) == 1 and (mean or not batched):
            value, parts = value[0], [part[0] for part in parts]
        elif mean:
            value, parts = value.mean(axis=0), [part.mean(axis=0) for part in parts]
        return (value, *([aux if batched else aux[0]] if extra else []), *parts)
