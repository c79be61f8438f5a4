"""Base class of networks: named parameters, and their numbers and gradients as vectors.

P is the essay's vector of all weights and biases, and ∇C is the vector of the derivatives of the cost, in the same
order.  A step of gradient descent is ``net.load_vector(P - r * net.gradient_vector())``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

import numpy as np

import autograd as ag
from nn import archive
from nn._values import Floats, are_parameters, examples, flat, numbers, outputs, reals, require_result, whole
from nn.gradients import Gradients


class Module:
    """A network or a part of one: create parameters in ``__init__`` and implement ``__call__``.

    The parameters are the leaf Values among the attributes, in object arrays, in other Modules, and in lists, tuples
    and dictionaries of these, in the order of assignment.  Attributes that start with an underscore and computed Values
    are not parameters.  A Value in two places is one parameter, with the name of the first place.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.shift = ag.Value(2.0, "m"), ag.Value(1.0, "c")
    ...     def __call__(self, x):
    ...         return self.slope * x[0] + self.shift
    >>> line = Line()
    >>> line
    Line(2 parameters)
    >>> line([3.0])
    Value(7.0)
    >>> ((line([3.0]) - 6.0) ** 2).backward()
    >>> line.load_vector(line.parameter_vector() - 0.1 * line.gradient_vector())
    >>> line.state()
    {'slope': array(1.4), 'shift': array(0.8)}
    """

    def __call__(self, x: Any) -> Any:
        """Return the outputs for one example `x`, as Values."""
        raise NotImplementedError(f"{type(self).__name__} must implement __call__(self, x)")

    def predict(self, X: Any) -> Floats:
        """Return the outputs as numbers.

        Subclasses may override it with a faster computation on floats; an `MLP` does, and records nothing.

        Args:
            X: One example, or a matrix with one example in each row.

        Returns:
            An array of shape (outputs,), or (examples, outputs).

        >>> import nn
        >>> nn.MLP(2, [3, 1]).predict([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]).shape
        (3, 1)
        """
        inputs = examples(X)
        if inputs.ndim == 1:
            return np.array(outputs(require_result(self(inputs), "the network")))
        return np.array([outputs(require_result(self(x), "the network")) for x in inputs])

    def named_parameters(self) -> dict[str, Any]:
        """Return the parameters by name, as PyTorch's ``state_dict``: ``layers.0.weight`` and so on.

        Each entry is an object array of Values, or one Value.

        Raises:
            TypeError: An array contains parameters and something else.
            ValueError: Two parameters have the same name.
        """
        named: dict[str, Any] = {}
        seen: set[int] = set()
        for name, container in _containers(self, "", set()):
            new = set(map(id, _parameters_in(container, name))) - seen
            if new:
                seen |= new
                if name in named:
                    raise ValueError(
                        f"parameters of a {type(self).__name__} must have unique names, got {name!r} twice; rename one"
                    )
                named[name] = container
        return named

    def parameters(self) -> list[ag.Value]:
        """Return all parameters, each once: in the order of `named_parameters`, arrays row by row."""
        cache: _ParameterCache = self.__dict__.setdefault("_known", _ParameterCache())
        return cache.parameters(self).copy()

    def zero_grad(self) -> None:
        """Set ``grad`` of every parameter to 0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def parameter_vector(self) -> Floats:
        """Return P, the numbers of all parameters, in the order of `parameters`."""
        parameters = self.parameters()
        return np.fromiter(map(_data, parameters), float, len(parameters))

    def gradient_vector(self) -> Floats:
        """∇C: what `backward` has added up in ``grad`` of all parameters, in the order of `parameters`."""
        parameters = self.parameters()
        return np.fromiter(map(_grad, parameters), float, len(parameters))

    def gradients(self, top: int = 10) -> Gradients:
        """Rank the derivatives that `backward` has added up in ``grad`` of all parameters.

        Args:
            top: The number of derivatives that the table shows.

        Returns:
            The `top` parameters on which the cost depends most, by name, and the size of the derivatives in each layer,
            which shows where they vanish. ``str`` and ``html()`` print both tables; ``ranked`` and
            ``layers`` have all numbers.

        Raises:
            ValueError: Every ``grad`` is 0, as before `backward`, or there are no parameters.

        >>> import nn
        >>> net = nn.MLP(2, [2, 1], seed=0)
        >>> nn.quadratic(net([1.0, 0.5]), [1.0]).backward()
        >>> print(net.gradients(top=2))
        ‖∇C‖ = 0.1892; the 2 largest of 9 derivatives
          w        ∂C/∂w  value of w
          b³₁    −0.1572           0
          w³₁,₁  −0.0807      0.8861
        By layer
          parameters       count  root mean square  largest  zero
          layers.0.weight      4           0.02353  0.03479     0
          layers.0.bias        2           0.02977  0.03479     0
          layers.1.weight      2           0.05952   0.0807     0
          layers.1.bias        1            0.1572   0.1572     0
        """
        top = whole(top, "top")
        named = {name: flat(container) for name, container in self.named_parameters().items()}
        if not any(p.grad != 0.0 for parameters in named.values() for p in parameters):
            raise ValueError(
                f"grad of a parameter of {self!r} must differ from 0, got 0 in all; call backward() on the cost first"
            )
        return Gradients(named, top)

    def load_vector(self, P: Any) -> None:
        """Give the parameters the numbers of `P`.  Graphs that were recorded before keep the old ones.

        Raises:
            ValueError: `P` does not have one finite number for each parameter.  Nothing is changed.
            TypeError: `P` contains something that is not a real number.  Nothing is changed.
        """
        parameters, vector = self.parameters(), reals(P, "P")
        if vector.shape != (len(parameters),):
            raise ValueError(
                f"P must have the shape ({len(parameters)},), one number for each parameter of {self!r}, "
                f"got {vector.shape}"
            )
        invalid = np.flatnonzero(~np.isfinite(vector))
        if invalid.size:
            first = int(invalid[0])
            raise ValueError(
                f"P must be finite, got {vector[first]} at {first} ({parameters[first].label or 'without a label'}), "
                f"and {invalid.size - 1} more; nothing was changed; a smaller learning rate may help"
            )
        for parameter, number in zip(parameters, vector.tolist(), strict=True):
            parameter.data = number

    def state(self) -> dict[str, Floats]:
        """Return a copy of the numbers of `named_parameters`, by name, as arrays of floats."""
        return {name: numbers(parameter) for name, parameter in self.named_parameters().items()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Set the parameters to the numbers of `state`, a dictionary as `state` returns it.

        Raises:
            ValueError: Names or shapes differ, or a number is not finite.  Nothing is changed.
            TypeError: It contains something that is not a real number.  Nothing is changed.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be a dictionary as state() returns it, got {type(state).__name__}")
        named = self.named_parameters()
        missing, unexpected = named.keys() - state.keys(), state.keys() - named.keys()
        if missing or unexpected:
            problems = "; ".join(
                f"{problem}: {', '.join(sorted(names))}"
                for problem, names in (("missing", missing), ("unexpected", unexpected))
                if names
            )
            raise ValueError(f"state must have the names of the parameters of {self!r}, got others; {problems}")
        changes: dict[ag.Value, float] = {}
        for name, parameter in named.items():
            array = reals(state[name], name)
            if array.shape != np.shape(parameter):
                raise ValueError(f"{name} must have the shape {np.shape(parameter)} of {self!r}, got {array.shape}")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} must be finite, got NaN or infinity")
            for value, number in zip(flat(parameter), array.ravel().tolist(), strict=True):
                if changes.setdefault(value, number) != number:
                    raise ValueError(
                        f"{name} must have the numbers of the parameters that share its Values, got {number!r} for "
                        f"{changes[value]!r}"
                    )
        for value, number in changes.items():
            value.data = number

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to an .npz file, atomically; `nn.load` reads it.

        An earlier file of that name is intact until the new one is complete.

        Args:
            path: The file; no suffix is added to its name.

        Raises:
            ValueError: A parameter is NaN or infinite.
            OSError: The file cannot be written.
        """
        archive.write(path, self.state(), self.description())

    def description(self) -> dict[str, Any]:
        """Return the metadata that `save` writes: the class name, and for an `MLP` the arguments that rebuild it."""
        return {"module": type(self).__name__}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._count()})"

    def _count(self) -> str:
        """Return the number of parameters, with its noun."""
        count = len(self.parameters())
        return f"{count:,} parameter" if count == 1 else f"{count:,} parameters"


_data, _grad = attrgetter("data"), attrgetter("grad")


class _ParameterCache:
    """The parameters of a Module as of the last call.

    Checking all 13,002 elements of the digits network takes four times as long as differentiating one example.  So each
    call only compares the containers and the identities of their elements, which notices every change.
    """

    def __init__(self) -> None:
        # One attribute, so that threads see a consistent pair.  The list keeps the elements alive: no other object gets
        # their addresses.
        self._last: tuple[list[int | bytes | None], list[ag.Value]] = [], []

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle as empty: a copy has other elements, and another process other addresses."""
        return _ParameterCache, ()

    def parameters(self, module: Module) -> list[ag.Value]:
        """Return the parameters of `module`, each once, in a list that callers must not change."""
        containers = list(_containers(module, "", set()))
        last, parameters = self._last
        keys: list[int | bytes | None] = []
        for i, (name, container) in enumerate(containers):
            key = _identities(container)
            # A container without parameters has no key: an id is valid only while its object is alive, and keeping a
            # computed Value alive would keep its graph.
            is_known = i < len(last) and last[i] == key
            keys.append(key if is_known or _parameters_in(container, name) else None)
        if keys != last:
            by_id: dict[int, ag.Value] = {}
            for (name, container), key_or_none in zip(containers, keys, strict=True):
                if key_or_none is not None:
                    elements = _parameters_in(container, name)
                    by_id.update(zip(map(id, elements), elements, strict=True))
            parameters = list(by_id.values())
            self._last = keys, parameters
        return parameters


# The name in pickles of networks that were written before the class was renamed.
_Known = _ParameterCache


def _identities(container: Any) -> int | bytes:
    """Return a key that differs for any other array elements, or any other Value, that are alive."""
    # The bytes of an object array are the addresses of its elements.
    return np.ndarray.tobytes(container) if isinstance(container, np.ndarray) else id(container)


def _containers(attribute: Any, name: str, visited: set[int]) -> Iterator[tuple[str, Any]]:
    """Yield the object arrays and Values at or below `attribute`, with their names."""
    if isinstance(attribute, np.ndarray):
        if attribute.dtype == object:
            yield name, attribute
        return
    items: Iterable[tuple[Any, Any]]
    if isinstance(attribute, Module):
        items = [(key, item) for key, item in vars(attribute).items() if not key.startswith("_")]
    elif isinstance(attribute, dict):
        items = attribute.items()
    elif isinstance(attribute, (list, tuple)):
        items = enumerate(attribute)
    else:
        return
    if id(attribute) not in visited:
        visited.add(id(attribute))
        for key, item in items:
            path = f"{name}.{key}" if name else str(key)
            if isinstance(item, ag.Value):
                yield path, item
            else:
                yield from _containers(item, path, visited)


def _parameters_in(container: Any, name: str) -> list[Any]:
    """Return the Values of `container` if all are parameters, and nothing if none is."""
    elements = flat(container)
    if are_parameters(elements):
        return elements
    others = sum(not are_parameters([x]) for x in elements)
    if others < len(elements):
        raise TypeError(
            f"{name} must contain only parameters, got something else in {others} of {len(elements)} elements; make "
            "each a Value, or start the name with an underscore if they are not to be trained"
        )
    return []
