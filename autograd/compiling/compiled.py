"""A compiled function: which of its forms a call runs, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from autograd.compiling.canonical import Scalars
from autograd.compiling.equations import Equations
from autograd.compiling.execution import Examples, MatrixProgram, Results, ScalarProgram, plain
from autograd.compiling.ir import is_built_in
from autograd.compiling.record import Recording, Shape, by_name, of_function, of_graph, parameters_of
from autograd.engine import Value
from autograd.writing import visible


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


BACKENDS = ("numpy", "jax")


def compile(
    target: Any,
    parameters: Any = None,
    *,
    inputs: int | Iterable[int | Sequence[int]] | None = None,
    aux: bool = False,
    backend: str = "numpy",
    dtype: DTypeLike = float,
) -> Any:
    """Record scalar code once, and run it as the matrix program that it is.

    Args:
        target: ``cost(x, y)`` on Values or object arrays of them, for one example; or any function of scalars or
            sequences; or a graph that is there, as one Value or a list of them.
        parameters: the Values that examples share: modules, or Values in lists and arrays.  The gradient is by them,
            and the mean over the examples.  Without them it is by the inputs.  Other Values keep the numbers that
            they have now.  Of a graph: the leaves that it is a function of, by default all.
        inputs: for each input of the function the shape of one example: ``(784, 10)`` for vectors of these lengths,
            ``((),)`` for one number, ``((28, 28), 10)`` for a matrix and a vector.  Where it is left out, what the
            function is first called with is one example.
        aux: whether the function returns (cost, what else); that is returned too, and not differentiated.
        backend: "numpy", or "jax" for the same program on JAX: jit, accelerators, batches over several devices.
        dtype: float64 or float32.

    Returns:
        A `Compiled` function; see there.

    Raises:
        TypeError: the function did not return Values, or branches on one: that would freeze the branch.  Use
            `where` or `maximum`.
        ValueError: a parameter is not used, or an operation has no form for arrays.

    >>> import autograd as ag
    >>> w, b = ag.Value(2.0, "w"), ag.Value(1.0, "b")
    >>> step = compile(lambda x, y: (ag.tanh(w * x + b) - y) ** 2, [w, b], inputs=((), ()))
    >>> C, gradient = step([0.0, 0.5, 1.0], [1.0, 1.0, 1.0])
    >>> round(C, 6), gradient.round(6)
    (0.019385, array([-0.00088 , -0.068476]))
    >>> f = compile(lambda x, y: x * y + ag.sin(x))
    >>> f(2.0, 3.0)
    (6.909297426825682, (2.5838531634528574, 2.0))
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend is one of {', '.join(BACKENDS)}, got {backend!r}")
    kind = np.dtype(dtype)
    if kind not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise ValueError(f"dtype is float64 or float32, got {kind}")
    if isinstance(target, Value) or not callable(target):
        if inputs is not None or aux:
            raise TypeError("a graph that is there has no inputs: name the leaves that it is a function of")
        return Compiled(of_graph(target, parameters), backend, kind)
    if inputs is None:
        return Deferred(target, parameters, aux, backend, kind)
    return Compiled(of_function(target, parameters, _shapes(inputs), aux), backend, kind)


def compile_by_name(output: Value) -> Compiled:
    """A graph as a function of its leaves by their names.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> compile_by_name((a + b) * (b + 1))(2.0, 1.0)
    (6.0, (2.0, 5.0))
    """
    return Compiled(by_name(output))


_BEFORE = (
    ", as that says the shapes of its inputs; or compile it with inputs=, such as inputs=((), 3) for a number and a "
    "vector of 3"
)


class Deferred:
    """A function that is compiled when it is first called, for each shape of its inputs once.

    Attributes of `Compiled` are those of what was called last; all forms share the numbers of the parameters.
    """

    def __init__(
        self, function: Callable[..., Any], parameters: Any, aux: bool, backend: str, dtype: DTypeLike
    ) -> None:
        shared = None if parameters is None else parameters_of(parameters)  # an iterator gives them once
        self._settings = function, shared, aux, backend, dtype
        self._known: dict[tuple[Shape, ...], Compiled] = {}
        self._last: Compiled | None = None

    def __repr__(self) -> str:
        function, shapes = self._settings[0], len(self._known)
        if self._last is None:
            return f"<compiled {visible(getattr(function, '__name__', type(function).__name__))}: when it is called>"
        return f"{repr(self._last)[:-1]}; {shapes:,} shape{'s' * (shapes != 1)} of inputs>"

    def __call__(self, *inputs: ArrayLike, **options: Any) -> Any:
        """See `Compiled.__call__`; each of `inputs` is one example, or a batch in a shape that came before."""
        return self._for(inputs)(*inputs, **options)

    def value(self, *inputs: ArrayLike, **options: Any) -> Any:
        """See `Compiled.value`."""
        return self._for(inputs).value(*inputs, **options)

    def hvp(self, *inputs: ArrayLike, **options: Any) -> Any:
        """See `Compiled.hvp`."""
        return self._for(inputs).hvp(*inputs, **options)

    def _for(self, inputs: Sequence[Any]) -> Compiled:
        shapes = tuple(np.shape(x) for x in inputs)
        batch = tuple(shape[1:] for shape in shapes)
        function, parameters, aux, backend, dtype = self._settings
        if shapes in self._known:
            found = self._known[shapes]
        elif all(shapes) and batch in self._known:
            found = self._known[batch]
        else:
            found = Compiled(of_function(function, parameters, shapes, aux), backend, dtype)
            self._known[shapes] = found
        if self._last is not None and self._last is not found:
            found.parameters = self._last.parameters
        self._last = found
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name != "parameters":
            raise AttributeError(f"a compiled function has no {name!r} to be set; what can be set are its parameters")
        elif self._last is None:
            raise AttributeError(f"parameters can be set once the function was called{_BEFORE}")
        else:
            self._last.parameters = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or (not hasattr(Compiled, name) and name not in ("parameters", "program")):
            raise AttributeError(f"a compiled function has no attribute {name!r}")
        if self._last is None:
            raise AttributeError(f"{name} is there once the function was called{_BEFORE}")
        return getattr(self._last, name)


def _shapes(inputs: Any) -> list[Shape]:
    given = list(inputs) if isinstance(inputs, Iterable) else [inputs]
    shapes = []
    for one in given:
        lengths = (one,) if isinstance(one, (int, np.integer)) else one
        whole = isinstance(lengths, (tuple, list)) and all(
            isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n >= 0 for n in lengths
        )
        if not whole:
            raise TypeError(f"inputs takes a length or a shape for each input, such as (784, 10); got {inputs!r:.60}")
        shapes.append(tuple(int(n) for n in lengths))
    return shapes
