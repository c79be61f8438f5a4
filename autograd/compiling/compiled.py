"""A compiled function: which of its forms a call runs, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from autograd.compiling.equations import Equations
from autograd.compiling.lines import Lines
from autograd.compiling.programs import MatrixProgram
from autograd.compiling.recordings import Recording, places_of
from autograd.compiling.scalars import Scalars

LINE = 5e-8
"""Roughly what one operation of a straight-line program costs, in seconds; see `programs.CALL`."""
LONGEST = 100_000
"""The longest straight-line program; Python takes some 10 µs for each operation to read it."""


class Compiled:
    """A function that was recorded once and runs as a matrix program; `compile` makes it.

    Called with one example, or with a batch of them along a first axis, it returns the value and the gradient.  With
    parameters that is the mean over the examples, and the gradient is by the parameters, as one vector; without, it is
    the value of each example and the gradient by its inputs.

    Attributes:
        parameters: the numbers of the parameters, one vector; change it, or put another in its place.
        source: the program, NumPy as a person would write it.
        constants: the arrays that `source` names and does not spell out.
    """

    def __init__(self, recording: Recording, backend: str = "numpy", dtype: DTypeLike = float) -> None:
        self.recording = recording
        self.backend = backend
        self.dtype = np.dtype(dtype)
        self.parameters: NDArray[Any] = np.array([p.data for p in recording.parameters], self.dtype)
        self._programs: dict[tuple[str, bool, bool], tuple[MatrixProgram, Callable[..., Any]]] = {}
        self._lines: dict[str, tuple[Lines, Callable[..., Any]] | None] = {}
        shared = bool(recording.parameters)
        self.program, _ = self._program("gradient", shared, shared)

    @property
    def source(self) -> str:
        """The program of value and gradient."""
        return self.program.source

    @property
    def constants(self) -> dict[str, NDArray[Any]]:
        """The arrays that `source` names and does not spell out."""
        return self.program.constants

    def __call__(self, *inputs: ArrayLike, parameters: Any = None, per_example: bool = False) -> tuple[Any, Any]:
        """The value and the gradient.

        Args:
            inputs: for each input one example, or a batch of them along a first axis.
            parameters: numbers to take in place of `parameters`.
            per_example: whether to keep the examples apart instead of taking their mean.

        Returns:
            The value, with what else the function returned if it was compiled with ``aux=True``; and the gradient: by
            the parameters, of shape (parameters,), or by the inputs, in their shape, a tuple for several.

        Raises:
            TypeError: an input is no array of real numbers.
            ValueError: an input has another shape, there are no examples to take the mean of, or one is nan.
        """
        return self._run("gradient", inputs, parameters, per_example)  # type: ignore[no-any-return]

    def value(self, *inputs: ArrayLike, parameters: Any = None, per_example: bool = False) -> Any:
        """The value alone; see `__call__`."""
        return self._run("value", inputs, parameters, per_example)

    def hvp(self, *inputs: ArrayLike, vector: Any, parameters: Any = None, per_example: bool = False) -> Any:
        """The Hessian times a vector, which is in the shape of the gradient; and so is the product."""
        if len(self.recording.outputs) > 1:
            raise ValueError("a Hessian is that of one output; this function has several")
        return self._run("hvp", inputs, parameters, per_example, vector)

    def read(self) -> None:
        """Take the numbers of the parameters from their Values."""
        self.parameters = np.array([p.data for p in self.recording.parameters], self.dtype)

    def write(self) -> None:
        """Give the Values the numbers of `parameters`; graphs that were recorded before keep the old ones."""
        for parameter, number in zip(self.recording.parameters, self.parameters.tolist(), strict=True):
            parameter.data = number

    def equations(self, latex: bool = False) -> str:
        """The program as the equations that a person would write, one in a line: L₂ = S(W₂ x + b₂).

        Args:
            latex: as LaTeX, an ``align*``.
        """
        program = self.program
        return str(Equations(program.forward, program.value, "C", "latex" if latex else "text"))

    def report(self) -> str:
        """What was found in the graph."""
        return self.program.report()

    def __repr__(self) -> str:
        found = f"{self.program.grouping.products} matrix products"
        return f"<compiled {self.recording.name}: {self.program.scalars.recorded:,} nodes, {found}>"

    # --- running

    def _program(self, derivative: str, mean: bool, batched: bool) -> tuple[MatrixProgram, Callable[..., Any]]:
        found = self._programs.get((derivative, mean, batched))
        if found is None:
            made = MatrixProgram(self.recording, derivative, mean, batched, self.backend, self.dtype)
            found = self._programs[derivative, mean, batched] = (made, self._ready(made))
        return found

    def _ready(self, made: MatrixProgram) -> Callable[..., Any]:
        function = made.function()
        if self.backend == "numpy":
            return function
        jitted: Callable[..., Any] = import_module("jax").jit(function)
        return jitted

    def _run(
        self, derivative: str, inputs: Sequence[Any], parameters: Any, per_example: bool, vector: Any = None
    ) -> Any:
        shared = bool(self.recording.parameters)
        mean = shared and not per_example
        given, single = self._checked(inputs)
        if single and shared:
            given = [x[None] for x in given]
        examples = 1 if single or not given else len(given[0])
        if mean and examples == 0:
            raise ValueError("there are no examples to take the mean of; per_example=True takes none and gives none")
        arguments = [*([self._checked_parameters(parameters)] if shared else []), *given]
        program, function = self._program(derivative, mean, shared or not single)
        results = None
        if derivative == "hvp":
            arguments += self._vectors(vector, given)
        else:
            results = self._by_lines(derivative, program, arguments, examples, mean)
        if results is None:
            results = self._called(function, arguments)
            if self.backend == "numpy" and np.isnan(results[0]).any():
                self._refuse_nan(given)
        return self._shaped(derivative, results, single, mean, examples)

    def _refuse_nan(self, given: Sequence[Any]) -> None:
        """Say where a nan came in, if it did; one that was computed is a result."""
        for x, name in zip(given, self.recording.names, strict=True):
            if np.isnan(x).any():
                where = tuple(int(k) for k in np.argwhere(np.isnan(x))[0])
                place = where[0] if len(where) == 1 else where
                raise ValueError(f"{name}[{place}] is nan, and so is the result; take such examples out first")

    def _called(self, function: Callable[..., Any], arguments: Sequence[Any]) -> tuple[Any, ...]:
        with np.errstate(all="ignore"):
            results = function(*arguments)
        return results if isinstance(results, tuple) else (results,)

    def _checked(self, inputs: Sequence[Any]) -> tuple[list[Any], bool]:
        """The inputs as arrays, and whether they are one example without it."""
        names, shapes = self.recording.names, self.recording.shapes
        if len(inputs) != len(shapes):
            raise TypeError(f"{self.recording.name} takes {len(shapes)} inputs ({', '.join(names)}), got {len(inputs)}")
        arrays = [self._array(x, name) for x, name in zip(inputs, names, strict=True)]
        singles = [x.shape == shape for x, shape in zip(arrays, shapes, strict=True)]
        for x, name, shape, single in zip(arrays, names, shapes, singles, strict=True):
            if single != singles[0] or not (single or x.shape[1:] == shape) or (not single and x.ndim == 0):
                batch = f"({', '.join(['examples', *map(str, shape)])}{',' if not shape else ''})"
                raise ValueError(
                    f"{name} has shape {x.shape}, but one example of it has shape {shape} and a batch {batch}; "
                    "all inputs are one example, or all are batches"
                )
        if singles and singles[0]:
            return arrays, True
        lengths = {len(x) for x in arrays}
        if len(lengths) > 1:
            counts = ", ".join(f"{len(x)} in {name}" for x, name in zip(arrays, names, strict=True))
            raise ValueError(f"the inputs have different numbers of examples: {counts}")
        return arrays, not arrays

    def _array(self, x: Any, name: str) -> Any:
        if type(x) is np.ndarray and x.dtype == self.dtype and self.backend == "numpy":
            return x
        if not hasattr(x, "dtype"):
            try:
                x = np.asarray(x)
            except ValueError as error:
                raise ValueError(f"{name} takes an array of numbers; the rows that came differ in length") from error
        if x.dtype.kind not in "fiub":
            kind = f"{type(x.flat[0]).__name__} objects" if x.dtype == object and x.size else str(x.dtype)
            raise TypeError(f"{name} takes an array of real numbers, got {kind}; convert them with float() first")
        if self.backend == "jax":
            return import_module("jax.numpy").asarray(x, self.dtype)
        return np.asarray(x, self.dtype)

    def _checked_parameters(self, parameters: Any) -> Any:
        P = self.parameters if parameters is None else self._array(parameters, "parameters")
        wanted = (len(self.recording.parameters),)
        if P.shape != wanted:
            raise ValueError(f"parameters takes a vector of shape {wanted}, got {P.shape}")
        return P

    def _vectors(self, vector: Any, given: list[Any]) -> list[Any]:
        """The vectors of a product, each in the shape of what is differentiated by."""
        if self.recording.parameters:
            wanted = [(len(self.recording.parameters),)]
            parts = [vector]
        else:
            wanted = [x.shape for x in given]
            parts = [vector] if len(given) == 1 else list(vector)
        arrays = [self._array(part, "vector") for part in parts]
        if [v.shape for v in arrays] != wanted:
            shapes = ", ".join(str(v.shape) for v in arrays)
            raise ValueError(
                f"vector takes the shape of the gradient, {wanted[0] if len(wanted) == 1 else wanted}, got {shapes}"
            )
        return arrays

    def _shaped(self, derivative: str, results: tuple[Any, ...], single: bool, mean: bool, examples: int) -> Any:
        recording = self.recording
        outputs, shared = len(recording.outputs), bool(recording.parameters)
        if derivative == "hvp":
            return results[0] if len(results) == 1 else results
        value, rest = results[0], list(results[1:])
        keeps = not mean and not (single and not shared)
        drop = single and shared and not mean
        if keeps:
            shape = (examples,) if recording.single else (examples, outputs)
            value = value if np.shape(value) == shape else np.broadcast_to(value, shape).copy()
        value = _plain(value[0] if drop else value)
        if recording.aux:
            extra = rest.pop(0)
            value = (value, extra[0] if single and shared else extra)
        if derivative == "value":
            return value
        per_wrt = 1 if shared else len(recording.shapes)
        if not recording.single:
            stack = np.stack if self.backend == "numpy" else import_module("jax.numpy").stack
            rest = [stack(rest[k::per_wrt], int(keeps)) for k in range(per_wrt)]
        rest = [_plain(x[0] if drop else x) for x in rest]
        return value, rest[0] if len(rest) == 1 else tuple(rest)

    # --- straight-line programs

    def _by_lines(
        self, derivative: str, program: MatrixProgram, arguments: Sequence[Any], examples: int, mean: bool
    ) -> tuple[Any, ...] | None:
        """The same by a straight-line program, where that is quicker; None where it is not, or leaves the floats."""
        operations = program.scalars.recorded * (4 if derivative == "gradient" else 1)
        quicker = LINE * operations * examples < program.cost(examples)
        if self.backend != "numpy" or self.dtype != np.float64 or not quicker or operations > LONGEST or not examples:
            return None
        found = self._lines_of(derivative)
        if found is None:
            return None
        shared = bool(self.recording.parameters)
        P = arguments[0].tolist() if shared else []
        rows = np.concatenate([x.reshape(examples, -1) for x in arguments[shared:]], axis=1).tolist()
        try:
            results = np.array([found[1](*P, *row) for row in rows])
        except (ArithmeticError, ValueError, TypeError):
            return None
        return self._split(derivative, results, mean, program.batched)

    def _lines_of(self, derivative: str) -> tuple[Lines, Callable[..., Any]] | None:
        if derivative not in self._lines:
            recording = self.recording
            counts = [*([len(recording.parameters)] if recording.parameters else []), *map(len, recording.inputs)]
            scalars = Scalars([*recording.outputs, *recording.aux], places_of(recording), flat=False)
            wrt = [] if derivative == "value" else [0] if recording.parameters else list(range(len(counts)))
            made = Lines(scalars, counts, wrt, len(recording.outputs))
            self._lines[derivative] = made, made.function()
        return self._lines[derivative]

    def _split(self, derivative: str, results: NDArray[Any], mean: bool, batched: bool) -> tuple[Any, ...]:
        """A row of numbers for each example as values, what else there is, and derivatives."""
        recording = self.recording
        outputs, extra = len(recording.outputs), len(recording.aux)
        values, aux = results[:, :outputs], results[:, outputs : outputs + extra]
        parts: list[Any] = []
        if derivative == "gradient":
            shapes = [(len(recording.parameters),)] if recording.parameters else recording.shapes
            at = outputs + extra
            for _ in range(outputs):
                for shape in shapes:
                    size = int(np.prod(shape, dtype=int))
                    parts.append(results[:, at : at + size].reshape(-1, *shape))
                    at += size
        value = values[:, 0] if recording.single else values
        if mean or not batched:
            value, parts = value.mean(axis=0), [part.mean(axis=0) for part in parts]
        if not batched:
            aux = aux[0]
        return (value, *([aux] if extra else []), *parts)


def _plain(x: Any) -> Any:
    """A number as a float."""
    return float(x) if isinstance(x, np.ndarray | np.floating) and np.ndim(x) == 0 else x
