"""What every network is: parameters that can be found by name, set back, read as one vector P and written back.

P is the essay's vector of all weights and biases, ∇C the vector of the derivatives of the cost in the same order, and
a step of gradient descent is ``net.load_vector(P - r * net.gradient_vector())``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

import numpy as np

import autograd as ag
from nn import archive
from nn._values import Floats, are_parameters, examples, flat, numbers, outputs, reals, require_result


class Module:
    """A network or a part of one: make parameters in ``__init__``, and say what they compute in ``__call__``.

    Its parameters are the leaf Values among its attributes, in object arrays, in other Modules, and in lists, tuples
    and dictionaries of all these, in the order in which they were assigned; not what begins with an underscore, and not
    what has been computed.  One that is found twice is one parameter, by the name under which it was found first.

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
        """The outputs for one example `x`, as Values."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of what it computes: it needs __call__(self, x)")

    def predict(self, X: Any) -> Floats:
        """The outputs as numbers, without recording.

        Args:
            X: one example, or a matrix with one in each row.

        Returns:
            An array of shape (outputs,), or (examples, outputs).

        >>> import nn
        >>> nn.MLP(2, [3, 1]).predict([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]).shape
        (3, 1)
        """
        given = examples(X)
        if given.ndim == 1:
            return np.array(outputs(require_result(self(given), "the network")))
        return np.array([outputs(require_result(self(x), "the network")) for x in given])

    def named_parameters(self) -> dict[str, Any]:
        """The parameters by their place, as in PyTorch's ``state_dict``: ``layers.0.weight`` and so on.

        Each is an object array of Values, or one Value.

        Raises:
            TypeError: an array holds parameters and something else.
            ValueError: two places have the same name.
        """
        named: dict[str, Any] = {}
        counted: set[int] = set()
        for name, part in _parts(self, "", set()):
            new = set(map(id, _parameters_in(part, name))) - counted
            if new:
                counted |= new
                if name in named:
                    raise ValueError(f"two parameters of this {type(self).__name__} have the name {name!r}; rename one")
                named[name] = part
        return named

    def parameters(self) -> list[ag.Value]:
        """All parameters, each once: in the order of `named_parameters`, arrays row by row."""
        known: _Known = self.__dict__.setdefault("_known", _Known())
        return known.parameters(self).copy()

    def zero_grad(self) -> None:
        """Set ``grad`` of every parameter to 0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def parameter_vector(self) -> Floats:
        """P: the numbers of all parameters, in the order of `parameters`."""
        parameters = self.parameters()
        return np.fromiter(map(_data, parameters), float, len(parameters))

    def gradient_vector(self) -> Floats:
        """∇C: what `backward` has added up in ``grad`` of all parameters, in the order of `parameters`."""
        parameters = self.parameters()
        return np.fromiter(map(_grad, parameters), float, len(parameters))

    def load_vector(self, P: Any) -> None:
        """Give the parameters the numbers of `P`.  Graphs that were recorded before keep the old ones.

        Raises:
            ValueError: `P` has not one finite number for each parameter; nothing is changed.
            TypeError: `P` holds what is no real number; likewise.
        """
        parameters, given = self.parameters(), reals(P, "P")
        if given.shape != (len(parameters),):
            raise ValueError(
                f"P has the shape {given.shape}, but {self!r} takes one number for each parameter: ({len(parameters)},)"
            )
        unfit = np.flatnonzero(~np.isfinite(given))
        if unfit.size:
            first = int(unfit[0])
            raise ValueError(
                f"P is {given[first]} at {first} ({parameters[first].label or 'without a label'}), and not finite at "
                f"{unfit.size - 1} other places; nothing was changed. A smaller learning rate may help"
            )
        for parameter, number in zip(parameters, given.tolist(), strict=True):
            parameter.data = number

    def state(self) -> dict[str, Floats]:
        """A copy of the numbers of `named_parameters`, by name, as arrays of floats."""
        return {name: numbers(parameter) for name, parameter in self.named_parameters().items()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Give the parameters the numbers of `state`, a dictionary as `state` returns it.

        Raises:
            ValueError: names or shapes differ, or a number is not finite; nothing is changed.
            TypeError: it holds what is no real number; likewise.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be a dictionary as state() returns it, got {type(state).__name__}")
        named = self.named_parameters()
        missing, unexpected = named.keys() - state.keys(), state.keys() - named.keys()
        if missing or unexpected:
            words = "; ".join(
                f"{what}: {', '.join(sorted(names))}"
                for what, names in (("missing", missing), ("unexpected", unexpected))
                if names
            )
            raise ValueError(f"the state is not one of {self!r}; {words}")
        changes: dict[ag.Value, float] = {}
        for name, parameter in named.items():
            array = reals(state[name], name)
            if array.shape != np.shape(parameter):
                raise ValueError(f"{name} has the shape {array.shape} and not {np.shape(parameter)} as in {self!r}")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} holds NaN or infinity; a network takes finite numbers")
            for value, number in zip(flat(parameter), array.ravel().tolist(), strict=True):
                if changes.setdefault(value, number) != number:
                    raise ValueError(f"{name} gives another number to a parameter that it shares with one before it")
        for value, number in changes.items():
            value.data = number

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to an .npz file, all of it or nothing; `nn.load` reads it.

        What was in the file before stays whole until the new one is complete.

        Args:
            path: the file, written as it is named.

        Raises:
            ValueError: a parameter is NaN or infinite.
            OSError: the file cannot be written.
        """
        archive.write(path, self.state(), self.description())

    def description(self) -> dict[str, Any]:
        """What `save` writes beside the parameters: enough to make an `MLP` again, of another class the name."""
        return {"module": type(self).__name__}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._count()})"

    def _count(self) -> str:
        count = len(self.parameters())
        return f"{count:,} parameter{'s' * (count != 1)}"


_data, _grad = attrgetter("data"), attrgetter("grad")


class _Known:
    """The parameters of a Module as they were found last.

    Checking all 13,002 elements of a network takes four times as long as differentiating one example.  The parts and
    the identities of their elements are compared at each call instead, so that every change is noticed.
    """

    def __init__(self) -> None:
        # One attribute, for threads. The list keeps the elements alive, so that no other object gets their addresses.
        self._last: tuple[list[int | bytes | None], list[ag.Value]] = [], []

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle as empty: a copy has other elements, and another process other addresses."""
        return _Known, ()

    def parameters(self, module: Module) -> list[ag.Value]:
        """Return the parameters of `module`, each once, in a list that is not to be changed."""
        parts = list(_parts(module, "", set()))
        last, parameters = self._last
        marks: list[int | bytes | None] = []
        for i, (name, part) in enumerate(parts):
            mark = _identities(part)
            # What holds no parameters is not kept, or the graph of a result would live on; so it has no mark.
            is_known = i < len(last) and last[i] == mark
            marks.append(mark if is_known or _parameters_in(part, name) else None)
        if marks != last:
            found: dict[int, ag.Value] = {}
            for (name, part), known in zip(parts, marks, strict=True):
                if known is not None:
                    elements = _parameters_in(part, name)
                    found.update(zip(map(id, elements), elements, strict=True))
            parameters = list(found.values())
            self._last = marks, parameters
        return parameters


def _identities(part: Any) -> int | bytes:
    """Return what tells the elements of an array, or a Value, from all other objects that are alive."""
    return np.ndarray.tobytes(part) if isinstance(part, np.ndarray) else id(part)  # of objects: their addresses


def _parts(thing: Any, name: str, visited: set[int]) -> Iterator[tuple[str, Any]]:
    """Yield the object arrays and Values at or below `thing`, with their names."""
    if isinstance(thing, np.ndarray):
        if thing.dtype == object:
            yield name, thing
        return
    items: Iterable[tuple[Any, Any]]
    if isinstance(thing, Module):
        items = [(key, item) for key, item in vars(thing).items() if not key.startswith("_")]
    elif isinstance(thing, dict):
        items = thing.items()
    elif isinstance(thing, (list, tuple)):
        items = enumerate(thing)
    else:
        return
    if id(thing) not in visited:
        visited.add(id(thing))
        for key, item in items:
            place = f"{name}.{key}" if name else str(key)
            if isinstance(item, ag.Value):
                yield place, item
            else:
                yield from _parts(item, place, visited)


def _parameters_in(thing: Any, name: str) -> list[Any]:
    """The Values of `thing` if they are parameters, else nothing."""
    elements = flat(thing)
    if are_parameters(elements):
        return elements
    others = sum(not are_parameters([x]) for x in elements)
    if others < len(elements):
        raise TypeError(
            f"{name} holds parameters and, at {others} of {len(elements)} places, something else; make each a Value, "
            "or begin the name with an underscore if they are not to be learned"
        )
    return []
