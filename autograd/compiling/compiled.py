"""A compiled function: which of its forms a call runs, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from autograd.compiling.canonical import Scalars
from autograd.compiling.equations import Equations
from autograd.compiling.examples import Examples
from autograd.compiling.execution import MatrixProgram
from autograd.compiling.forms import is_built_in
from autograd.compiling.record import Recording, Shape
from autograd.compiling.results import Results, plain
from autograd.compiling.scalar_programs import ScalarProgram


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
        if backend == "jax":
            _require_jax(np.dtype(dtype))
        self.recording = recording
        self.backend = backend
        self.dtype = np.dtype(dtype)
        self._parameters: NDArray[Any]
        self._shared = bool(recording.parameters)
        self._is_plain = recording.single and not recording.aux
        self._examples = Examples(recording.name, recording.names, recording.shapes, self.dtype, backend)
        self._results = Results(recording, backend)
        self._programs: dict[tuple[str, bool, bool], MatrixProgram] = {}
        self._on_floats: dict[str, ScalarProgram] = {}
        self._again: tuple[Callable[..., Any], list[Shape]] | None = None  # a step on arrays, as it came last
        self.read()
        self._scalars = Scalars(recording)
        if not all(op is None or is_built_in(op) for op in self._scalars.ops):
            _ = self.program.module  # an operation of the user's own may have no form for arrays: say so now

    @property
    def parameters(self) -> NDArray[Any]:
        """The numbers of the parameters, one vector."""
        return self._parameters

    @parameters.setter
    def parameters(self, numbers: ArrayLike) -> None:
        if numbers is not self._parameters:
            self._parameters = self._vector(numbers)

    def _vector(self, numbers: ArrayLike) -> NDArray[Any]:
        found: NDArray[Any] = self._examples.vector(numbers, "parameters", (len(self.recording.parameters),))
        return found

    @property
    def program(self) -> MatrixProgram:
        """The program of value and gradient on arrays."""
        return self._program("gradient", self._shared, self._shared)

    @property
    def source(self) -> str:
        """The program of value and gradient."""
        return self.program.module.source

    @property
    def constants(self) -> dict[str, NDArray[Any]]:
        """The arrays that `source` names and does not spell out."""
        return self.program.module.constants

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
        if self._again is not None and parameters is None and not per_example:
            run, shapes = self._again  # a short way: between two steps code leaves the processor's cache
            for x, shape in zip_longest(inputs, shapes):
                if type(x) is not np.ndarray or x.shape != shape or x.dtype is not self.dtype:
                    break
            else:
                with np.errstate(all="ignore"):
                    C, gradient = run(self._parameters, *inputs)
                if C == C:
                    return C.item(), gradient
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
        self._parameters = np.array([p.data for p in self.recording.parameters], self.dtype)

    def write(self) -> None:
        """Give the Values the numbers of `parameters`; graphs that were recorded before keep the old ones."""
        for parameter, number in zip(self.recording.parameters, self._parameters.tolist(), strict=True):
            parameter.data = number

    def equations(self, latex: bool = False) -> str:
        """The program as the equations that a person would write, one in a line: L₂ = S(W₂ x + b₂).

        Args:
            latex: as LaTeX, an ``align*``.
        """
        arrays = self.program.arrays
        return str(Equations(arrays.forward, arrays.value, "C", "latex" if latex else "text"))

    def report(self) -> str:
        """What was found in the graph."""
        return self.program.report()

    def __repr__(self) -> str:
        found = f"{self.program.grouping.products} matrix products"
        return f"<compiled {self.recording.name}: {self.program.scalars.recorded:,} nodes, {found}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """What was recorded; the programs are made from it again."""
        return _revived, (self.recording, self.backend, self.dtype, self._parameters)

    # --- running

    def _run(
        self, derivative: str, inputs: Sequence[Any], parameters: Any, per_example: bool, vector: Any = None
    ) -> Any:
        shared = self._shared
        mean = shared and not per_example
        given, single, examples = self._examples.checked(inputs)
        if shared:
            if single:
                given = [x[None] for x in given]
            if examples == 0 and mean:
                raise ValueError("there are no examples to take the mean of; per_example=True takes none, gives none")
            given.insert(0, self._parameters if parameters is None else self._vector(parameters))
        batched = shared or not single
        program = self._program(derivative, mean, batched)
        if derivative == "hvp":
            given += self._vectors(vector, given)
        returned = None
        with np.errstate(all="ignore"):
            if program.by_scalars(examples):
                returned = self._scalar_program(derivative).run(given, mean, batched)
            if returned is None:
                returned = program.run(*given)
                if mean and derivative == "gradient" and self.backend == "numpy" and self._is_plain:
                    self._again = program.run, [x.shape for x in given[1:]]
        if not isinstance(returned, tuple):
            returned = (returned,)
        if self.backend == "numpy" and _has_nan(returned[0]):
            self._examples.refuse_nan(given[shared:])
        if derivative == "hvp":
            products = tuple(map(plain, returned))
            return products[0] if len(products) == 1 else products
        return self._results.shaped(returned, derivative == "gradient", mean, single, examples)

    def _program(self, derivative: str, mean: bool, batched: bool) -> MatrixProgram:
        found = self._programs.get((derivative, mean, batched))
        if found is None:
            settings = derivative, mean, batched, self.backend, self.dtype
            found = MatrixProgram(self.recording, self._scalars, *settings)
            self._programs[derivative, mean, batched] = found
        return found

    def _scalar_program(self, derivative: str) -> ScalarProgram:
        if derivative not in self._on_floats:
            self._on_floats[derivative] = ScalarProgram(self.recording, derivative, self._scalars)
        return self._on_floats[derivative]

    def _vectors(self, vector: Any, given: Sequence[Any]) -> list[Any]:
        """The vectors of a product, each in the shape of what is differentiated by."""
        wanted = given[:1] if self._shared else given
        parts = [vector] if len(wanted) == 1 else list(vector) if np.iterable(vector) else []
        if len(parts) != len(wanted):
            got = len(parts) if np.iterable(vector) else f"{type(vector).__name__} {vector!r:.40}"
            raise ValueError(f"vector takes one array for each of {len(wanted)} inputs, got {got}")
        return [self._examples.vector(v, "vector", x.shape) for v, x in zip(parts, wanted, strict=True)]


def _revived(recording: Recording, backend: str, dtype: np.dtype[Any], parameters: NDArray[Any]) -> Compiled:
    compiled = Compiled(recording, backend, dtype)
    compiled.parameters = parameters
    return compiled


def _has_nan(value: Any) -> bool:
    return bool(value != value) if isinstance(value, np.floating) else bool(np.isnan(value).any())


def _require_jax(dtype: np.dtype[Any]) -> None:
    try:
        jax = import_module("jax")
    except ImportError as error:
        raise ImportError('backend="jax" needs JAX: pip install jax') from error
    if dtype == np.float64 and not jax.config.jax_enable_x64:
        raise ValueError(
            'JAX computes in float32 unless told otherwise: jax.config.update("jax_enable_x64", True) before anything '
            'else, or ag.compile(…, dtype="float32")'
        )
