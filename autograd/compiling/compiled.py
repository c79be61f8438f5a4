"""Compiled functions: `compile`, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from autograd.compiling.backends import DEFAULT_BACKEND, array_backend
from autograd.compiling.canonical import ScalarGraph
from autograd.compiling.equations import Equations
from autograd.compiling.execution import ArrayCalls, Inputs, Results, ScalarCalls, plain
from autograd.compiling.ir import Array, Shape, is_built_in
from autograd.compiling.lower import ArrayProgram, Specialization
from autograd.compiling.record import Recording, parameters_of, record, record_by_name, record_graph
from autograd.symbolic.typesetting import Style, visible
from autograd.value import Value


class Compiled:
    """A function that was recorded once and runs as a matrix program; `compile` returns it.

    A call takes one example, or a batch of them along a first axis, and returns the value and the gradient.  With
    parameters these are the mean over the examples, and the gradient is by the parameters, as one vector.  Without
    parameters they are the value of each example and the gradient by its inputs.

    Attributes:
        parameters: the numbers of the parameters, one vector; change it, or assign another one.
        source: the program as readable NumPy.
        constants: the arrays that `source` names and does not spell out.
    """

    def __init__(self, recording: Recording, backend: str = DEFAULT_BACKEND, dtype: DTypeLike = float) -> None:
        self.recording = recording
        self.backend = backend
        self.dtype = np.dtype(dtype)
        self._backend = array_backend(backend)
        self._backend.require(self.dtype)
        self._parameters: NDArray[Any]
        self._shared = bool(recording.parameters)
        self._is_plain = recording.single and not recording.aux
        self._inputs = Inputs(recording.name, recording.names, recording.shapes, self.dtype, self._backend)
        self._results = Results(recording, self._backend)
        self._on_arrays: dict[tuple[str, bool, bool], ArrayCalls] = {}
        self._on_scalars: dict[str, ScalarCalls] = {}
        # The function and the shapes of the last training step on arrays; see `__call__`.
        self._again: tuple[Callable[..., Any], list[Shape]] | None = None
        self.read()
        self._graph = ScalarGraph(recording)
        if not all(op is None or is_built_in(op) for op in self._graph.ops):
            # A user's operation may not run on arrays, which is an error now rather than in a later call.
            _ = self._default.executable

    @property
    def parameters(self) -> NDArray[Any]:
        """The numbers of the parameters, one vector."""
        return self._parameters

    @parameters.setter
    def parameters(self, numbers: ArrayLike) -> None:
        if numbers is not self._parameters:
            self._parameters = self._vector(numbers)

    def _vector(self, numbers: ArrayLike) -> NDArray[Any]:
        vector: NDArray[Any] = self._inputs.vector(numbers, "parameters", (len(self.recording.parameters),))
        return vector

    @property
    def _default(self) -> ArrayCalls:
        """The program of value and gradient on arrays."""
        return self._calls("gradient", self._shared, self._shared)

    @property
    def program(self) -> ArrayProgram:
        """The arrays of value and gradient."""
        return self._default.program

    @property
    def source(self) -> str:
        """The source of value and gradient."""
        return self._default.executable.source

    @property
    def constants(self) -> dict[str, NDArray[Any]]:
        """The arrays that `source` names and does not spell out."""
        return self._default.executable.constants

    def __call__(self, *inputs: ArrayLike, parameters: Any = None, per_example: bool = False) -> tuple[Any, Any]:
        """Return the value and the gradient.

        Args:
            inputs: for each input one example, or a batch of them along a first axis.
            parameters: numbers to take in place of `parameters`.
            per_example: whether to return value and gradient of each example instead of their mean.

        Returns:
            The value, in a tuple with the auxiliary outputs if the function was compiled with ``aux=True``; and the
            gradient: by the parameters, of shape (parameters,), or by the inputs, in their shape, a tuple for several.

        Raises:
            TypeError: an input is not an array of real numbers.
            ValueError: an input has another shape, there are no examples to take the mean of, or one is nan.
        """
        # A training loop repeats one step.  Its matrices push the code of `_run` out of the processor's cache in
        # between, so this shorter path is faster.
        if self._again is not None and parameters is None and not per_example:
            run, shapes = self._again
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
        """Return the value alone; see `__call__`."""
        return self._run("value", inputs, parameters, per_example)

    def hvp(self, *inputs: ArrayLike, vector: Any, parameters: Any = None, per_example: bool = False) -> Any:
        """Return the Hessian times `vector`; both the vector and the product have the shape of the gradient."""
        if len(self.recording.outputs) > 1:
            raise ValueError(f"hvp needs a function with one output, got {len(self.recording.outputs)} outputs")
        return self._run("hvp", inputs, parameters, per_example, vector)

    def read(self) -> None:
        """Set `parameters` to the numbers of their Values."""
        self._parameters = np.array([p.data for p in self.recording.parameters], self.dtype)

    def write(self) -> None:
        """Set the Values to the numbers of `parameters`; graphs that were recorded before keep the old ones."""
        for parameter, number in zip(self.recording.parameters, self._parameters.tolist(), strict=True):
            parameter.data = number

    def equations(self, latex: bool = False, numbers: bool | Sequence[ArrayLike] = False) -> str:
        """Return the program as the equations of a textbook, one per line: L₂ = S(W₂ x + b₂).

        Args:
            latex: whether to return LaTeX, an ``align*``.
            numbers: True to write the parameters out as matrices; or a sequence of the inputs of one example, to work
                the equations out: the matrices, their products row by row, and each result.

        Raises:
            TypeError: `numbers` has another number of inputs, or one is not an array of real numbers.
            ValueError: an input has another shape than that of one example.

        >>> import autograd as ag
        >>> W = ag.values([[0.5, -1.0], [2.0, 0.25]], "W")
        >>> f = ag.compile(lambda x: ag.total(ag.relu(W @ x)), W, inputs=(2,))
        >>> print(f.equations(numbers=[[1.0, 3.0]]))
        L₂ = relu(W₂,₁ x)
           = relu(⎡0.5    −1⎤ ⎡1⎤)
                  ⎣  2  0.25⎦ ⎣3⎦
           = relu(⎡0.5·1 − 1·3 ⎤)
                  ⎣2·1 + 0.25·3⎦
           = relu(⎡−2.5⎤)
                  ⎣2.75⎦
           = ⎡   0⎤
             ⎣2.75⎦
        C = Σ L₂
          = Σ ⎡   0⎤
              ⎣2.75⎦
          = 2.75
        """
        style: Style = "latex" if latex else "text"
        if numbers is False:
            program = self.program
            assert program.value is not None
            return str(Equations(program.values, program.value, "C", style))
        program = self._calls("value", False, False).program
        assert program.value is not None
        return str(Equations(program.values, program.value, "C", style, self._worked_out(program, numbers)))

    def _worked_out(self, program: ArrayProgram, inputs: bool | Sequence[ArrayLike]) -> dict[Array, NDArray[Any]]:
        """Return the numbers of the arrays of a program for one example; without inputs, those that depend on none."""
        if isinstance(inputs, bool):
            arguments = [np.zeros(shape, self.dtype) for shape in self._inputs.shapes]
            unknown: set[Array] = set(program.sources[len(program.sources) - len(arguments) :])
        else:
            arguments, single, _ = self._inputs.checked(list(inputs))
            unknown = set()
            if not single:
                raise ValueError("numbers must be the inputs of one example, got a batch; pass one of its rows")
        for x in program.values:
            if any(y in unknown for y in x.operands):
                unknown.add(x)
        wanted = [x for x in program.values if x not in unknown]
        if not wanted:
            return {}
        outputs = {f"x{i}": x for i, x in enumerate(wanted)}
        shared = [np.asarray(self._parameters)] if self._shared else []
        function = array_backend("numpy").lower(replace(program, outputs=outputs), self.dtype).function
        with np.errstate(all="ignore"):
            results = function(*shared, *arguments)
        results = results if isinstance(results, tuple) else (results,)
        return dict(zip(wanted, map(np.asarray, results), strict=True))

    def report(self) -> str:
        """Return the number of nodes, matrix products and steps on arrays."""
        return self._default.report()

    def __repr__(self) -> str:
        products = f"{self.program.matrix_products} matrix products"
        return f"<compiled {self.recording.name}: {self._graph.recorded:,} nodes, {products}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # Programs are lowered again: generated functions cannot be pickled.
        return _unpickled, (self.recording, self.backend, self.dtype, self._parameters)

    # --- running

    def _run(
        self, derivative: str, inputs: Sequence[Any], parameters: Any, per_example: bool, vector: Any = None
    ) -> Any:
        shared = self._shared
        mean = shared and not per_example
        arguments, single, examples = self._inputs.checked(inputs)
        if shared:
            if single:
                arguments = [x[None] for x in arguments]
            if examples == 0 and mean:
                raise ValueError("the mean needs at least one example, got none; per_example=True takes an empty batch")
            arguments.insert(0, self._parameters if parameters is None else self._vector(parameters))
        batched = shared or not single
        calls = self._calls(derivative, mean, batched)
        if derivative == "hvp":
            vectors = self._vectors(vector, arguments)
            if not vectors:
                return ()
            arguments += vectors
        outputs = None
        with np.errstate(all="ignore"):
            scalar_backend = calls.faster_on_scalars(examples)
            if scalar_backend is not None:
                outputs = self._scalar_calls(derivative).run(scalar_backend, arguments, mean, batched)
            if outputs is None:
                outputs = calls.executable.function(*arguments)
                if mean and derivative == "gradient" and self._backend.on_host and self._is_plain:
                    self._again = calls.executable.function, [x.shape for x in arguments[1:]]
        if not isinstance(outputs, tuple):
            outputs = (outputs,)
        if self._backend.on_host and _has_nan(outputs[0]):
            self._inputs.refuse_nan(arguments[1:] if shared else arguments)
        if derivative == "hvp":
            if single and shared and not mean:
                # The single example became a batch of one.
                outputs = tuple(product for (product,) in outputs)
            product, *others = map(plain, outputs)
            return (product, *others) if others else product
        return self._results.shaped(outputs, derivative == "gradient", mean, single, examples)

    def _calls(self, derivative: str, mean: bool, batched: bool) -> ArrayCalls:
        key = derivative, mean, batched
        calls = self._on_arrays.get(key)
        if calls is None:
            form = Specialization(self.recording, self._graph, derivative, mean, batched)
            calls = self._on_arrays[key] = ArrayCalls(form, self._backend, self.dtype)
        return calls

    def _scalar_calls(self, derivative: str) -> ScalarCalls:
        if derivative not in self._on_scalars:
            self._on_scalars[derivative] = ScalarCalls(self.recording, self._graph, derivative)
        return self._on_scalars[derivative]

    def _vectors(self, vector: Any, arguments: Sequence[Any]) -> list[Any]:
        """Return the vectors of a product with the Hessian, each in the shape of an argument of the gradient."""
        wrt = arguments[:1] if self._shared else arguments
        if len(wrt) == 1:
            vectors = [vector]
        elif np.iterable(vector):
            vectors = list(vector)
        else:
            vectors = []
        if len(vectors) != len(wrt):
            got = len(vectors) if np.iterable(vector) else f"{type(vector).__name__} {vector!r:.40}"
            raise ValueError(f"vector must have one array for each of {len(wrt)} inputs, got {got}")
        return [self._inputs.vector(v, "vector", x.shape) for v, x in zip(vectors, wrt, strict=True)]


def _unpickled(recording: Recording, backend: str, dtype: np.dtype[Any], parameters: NDArray[Any]) -> Compiled:
    compiled = Compiled(recording, backend, dtype)
    compiled.parameters = parameters
    return compiled


def _has_nan(value: Any) -> bool:
    return bool(value != value) if isinstance(value, np.floating) else bool(np.isnan(value).any())


@overload
def compile(
    target: Value | Sequence[Value], parameters: Any = None, *, backend: str = ..., dtype: DTypeLike = ...
) -> Compiled: ...
@overload
def compile(
    target: Callable[..., Any],
    parameters: Any = None,
    *,
    inputs: int | Iterable[int | Sequence[int]],
    aux: bool = ...,
    backend: str = ...,
    dtype: DTypeLike = ...,
) -> Compiled: ...
@overload
def compile(
    target: Callable[..., Any],
    parameters: Any = None,
    *,
    inputs: None = None,
    aux: bool = ...,
    backend: str = ...,
    dtype: DTypeLike = ...,
) -> Deferred: ...
def compile(
    target: Any,
    parameters: Any = None,
    *,
    inputs: int | Iterable[int | Sequence[int]] | None = None,
    aux: bool = False,
    backend: str = DEFAULT_BACKEND,
    dtype: DTypeLike = float,
) -> Any:
    """Record scalar code once, and return a function that runs it as a matrix program.

    Args:
        target: ``cost(x, y)`` on Values or object arrays of them, for one example; or any function of scalars or
            sequences; or a finished graph, as one Value or a list of them.
        parameters: the Values that examples share: modules, or Values in lists and arrays.  The gradient is then by
            them, and the mean over the examples.  Without them it is by the inputs.  Other Values keep the numbers
            that they have now.  Of a graph: the leaves that it is a function of, by default all.
        inputs: for each input of the function the shape of one example: ``(784, 10)`` for vectors of these lengths,
            ``((),)`` for one number, ``((28, 28), 10)`` for a matrix and a vector.  Without `inputs` the first
            arguments that the function is called with are one example.
        aux: whether the function returns ``(cost, aux)``; `aux` is returned as well, and not differentiated.
        backend: "numpy", or "jax" for the same program on JAX: jit, accelerators, batches over several devices.
        dtype: float64 or float32.

    Returns:
        The compiled function, as an `autograd.compiling.Compiled`.

    Raises:
        TypeError: the function did not return Values, or branches on one: that would freeze the branch.  Use
            `where` or `maximum`.
        ValueError: a parameter is not used, or an operation does not run on arrays.

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
    array_backend(backend)
    number_type = np.dtype(dtype)
    if number_type not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise ValueError(f"dtype must be float64 or float32, got {number_type}")
    if isinstance(target, Value) or not callable(target):
        if inputs is not None or aux:
            raise TypeError("inputs= and aux= apply only to functions, not to graphs; use parameters= to choose leaves")
        return Compiled(record_graph(target, parameters), backend, number_type)
    if inputs is None:
        return Deferred(target, parameters, aux, backend, number_type)
    return Compiled(record(target, parameters, _shapes(inputs), aux), backend, number_type)


def compile_by_name(output: Value) -> Compiled:
    """Return a graph as a compiled function of its leaves by their labels.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> compile_by_name((a + b) * (b + 1))(2.0, 1.0)
    (6.0, (2.0, 5.0))
    """
    return Compiled(record_by_name(output))


_CALL_FIRST = (
    ", which tells the shapes of its inputs; or compile it with inputs=, such as inputs=((), 3) for a number and a "
    "vector of 3"
)


class Deferred:
    """A function that is compiled in its first call, and again for inputs of other shapes.

    Its attributes are those of the `Compiled` function that was called last.  All share the numbers of the parameters.
    """

    def __init__(
        self, function: Callable[..., Any], parameters: Any, aux: bool, backend: str, dtype: DTypeLike
    ) -> None:
        shared = None if parameters is None else parameters_of(parameters)  # an iterator yields them only once
        self._settings = function, shared, aux, backend, dtype
        self._known: dict[tuple[Shape, ...], Compiled] = {}
        self._last: Compiled | None = None

    def __repr__(self) -> str:
        function, shapes = self._settings[0], len(self._known)
        if self._last is None:
            return f"<compiled {visible(getattr(function, '__name__', type(function).__name__))}: when it is called>"
        return f"{repr(self._last)[:-1]}; {shapes:,} {'shape' if shapes == 1 else 'shapes'} of inputs>"

    def __call__(self, *inputs: ArrayLike, **options: Any) -> Any:
        """Return value and gradient for one example, or for a batch of examples in shapes of an earlier call.

        See `Compiled.__call__`.
        """
        return self._for(inputs)(*inputs, **options)

    def value(self, *inputs: ArrayLike, **options: Any) -> Any:
        """Return the value alone; see `Compiled.value`."""
        return self._for(inputs).value(*inputs, **options)

    def hvp(self, *inputs: ArrayLike, **options: Any) -> Any:
        """Return the Hessian times a vector; see `Compiled.hvp`."""
        return self._for(inputs).hvp(*inputs, **options)

    def _for(self, inputs: Sequence[Any]) -> Compiled:
        """Return the function compiled for inputs of these shapes."""
        shapes = tuple(np.shape(x) for x in inputs)
        example = tuple(shape[1:] for shape in shapes)
        function, parameters, aux, backend, dtype = self._settings
        if shapes in self._known:
            compiled = self._known[shapes]
        elif all(shapes) and example in self._known:
            compiled = self._known[example]
        else:
            compiled = Compiled(record(function, parameters, shapes, aux), backend, dtype)
            self._known[shapes] = compiled
        if self._last is not None and self._last is not compiled:
            compiled.parameters = self._last.parameters
        self._last = compiled
        return compiled

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name != "parameters":
            raise AttributeError(f"a compiled function has no {name!r} to set; only its parameters can be set")
        elif self._last is None:
            raise AttributeError(f"parameters can be set after the first call{_CALL_FIRST}")
        else:
            self._last.parameters = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or (not hasattr(Compiled, name) and name not in ("parameters", "program")):
            raise AttributeError(f"a compiled function has no attribute {name!r}")
        if self._last is None:
            raise AttributeError(f"{name} needs a first call{_CALL_FIRST}")
        return getattr(self._last, name)


def _shapes(inputs: Any) -> list[Shape]:
    """Return the shape of one example of each input."""
    shapes = []
    for lengths in list(inputs) if isinstance(inputs, Iterable) else [inputs]:
        shape = (lengths,) if isinstance(lengths, (int, np.integer)) else lengths
        is_shape = isinstance(shape, (tuple, list)) and all(
            isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n >= 0 for n in shape
        )
        if not is_shape:
            raise TypeError(f"inputs must be a length or shape for each input, such as (784, 10); got {inputs!r:.60}")
        shapes.append(tuple(int(n) for n in shape))
    return shapes
