"""What `ag.compile` takes, and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd.compiling.compiled import Compiled
from autograd.compiling.recordings import Shape, by_name, of_function, of_graph, parameters_of
from autograd.symbolic.typesetting import visible
from autograd.value import Value

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
