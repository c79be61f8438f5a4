"""Functions put to numbers: in the nesting in which the user wrote them, as one flat list of Values and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.engine import Constant, Value, topological_order
from autograd.reals import real


class Arguments:
    """Some arguments, each a number or a list, tuple or array of them, nested as one likes.

    Args:
        args: the arguments.
        where: what to say of a part that is no number: where it was given.

    Attributes:
        scalars: all numbers in order.
        is_sequence: whether there are several arguments, or one that is not a single number.

    >>> Arguments([1.0, 2.0], 3.0).scalars
    [1.0, 2.0, 3.0]
    >>> Arguments([1.0, 2.0], 3.0).shaped([4, 5, 6])
    ([4, 5], 6)
    """

    def __init__(self, *args: Any, where: str = "a function to be differentiated") -> None:
        self.args = args
        self.where = where
        self.scalars: list[Any] = []
        for arg in args:
            self._flatten(arg)
        self.is_sequence = len(args) != 1 or _is_sequence(args[0])

    def _flatten(self, arg: Any) -> None:
        if isinstance(arg, np.ndarray):
            self.scalars.extend(map(self._number, arg.ravel()))
        elif _is_sequence(arg):
            for part in arg:
                self._flatten(part)
        else:
            self.scalars.append(self._number(arg))

    def _number(self, x: Any) -> Any:
        return x if isinstance(x, Value) else real(x, self.where)

    def variables(self) -> list[Value]:
        """A new Value for each number; for one that is a Value already, a new node on top of it."""
        return [+x if isinstance(x, Value) else Value(x) for x in self.scalars]

    def shaped(self, scalars: Sequence[Any]) -> Any:
        """`scalars` in the nesting of the arguments: one for one argument, a tuple for several."""
        shaped = self.shaped_all(scalars)
        return shaped[0] if len(self.args) == 1 else tuple(shaped)

    def shaped_all(self, scalars: Sequence[Any]) -> list[Any]:
        """`scalars` in the nesting of the arguments, a list with an entry for each argument."""
        rest = iter(scalars)
        return [_fill(arg, rest) for arg in self.args]


class Application:
    """A function put to new Values at a point, ready to be differentiated.

    Args:
        f: takes what `x` is, and returns one number or a sequence of them.
        x: the point; a tuple is separate arguments.
        weights: the direction of a jvp or the weights of a vjp.

    Attributes:
        variables: a new Value for each number in the arguments.
        results: what `f` returned, one Value for each number.
        live: True if an outer derivative may be wanted: of what was given as a Value, or of Values from outside that
            `f` used.  Derivatives are then recorded.
    """

    def __init__(self, f: Callable[..., Any], x: Any, weights: Any = ()) -> None:
        self.name = getattr(f, "__name__", "the function")
        self.inputs = Arguments(*x) if type(x) is tuple else Arguments(x)
        self.weights = Arguments(weights, where="a direction")
        self.variables = self.inputs.variables()
        returned = require_result(f(*self.inputs.shaped_all(self.variables)), self.name)
        self.outputs = Arguments(returned, where=f"differentiating what {self.name} returned")
        self.results = [as_value(y) for y in self.outputs.scalars]
        given = (*self.inputs.scalars, *self.weights.scalars)
        self._of_values = any(isinstance(x, Value) for x in given)
        self.live = self._of_values or any(_from_outside(self.results, self.variables))

    def single(self) -> Value:
        """The result, where it is one number and no sequence."""
        if self.outputs.is_sequence:
            got = type(self.outputs.args[0]).__name__
            raise TypeError(f"{self.name} returned {got} where one number was expected; jacobian() takes several")
        return self.results[0]

    def numbers(self, found: Sequence[Any]) -> list[Any]:
        """Return Values where Values were given; of floats, a Value where it depends on one, otherwise a float."""
        if self._of_values:
            return list(map(as_value, found))
        depends = _from_outside(list(map(as_value, found)), self.variables) if self.live else [False] * len(found)
        return [x.data if isinstance(x, Value) and not d else x for x, d in zip(found, depends, strict=True)]

    def value(self) -> Any:
        """Return the result of `f`, as `numbers`."""
        return self.outputs.shaped(self.numbers(self.results))

    def units(self, nodes: Sequence[Value]) -> list[dict[Value, Any]]:
        """Return a weight of 1 on each of `nodes` in turn."""
        return [{node: self._weight(1.0)} for node in nodes]

    def _weight(self, x: Any) -> Any:
        return as_value(x) if self.live else x

    def seeds(self, name: str, nodes: Sequence[Value], what: str) -> dict[Value, Any]:
        """The weight of each of `nodes`; the sum where a node comes more than once."""
        weights = self.weights.scalars
        if len(weights) != len(nodes):
            raise ValueError(f"{name} has {len(weights)} numbers, but there are {len(nodes)} {what}")
        seeds: dict[Value, Any] = {}
        for node, weight in zip(nodes, map(self._weight, weights), strict=True):
            seeds[node] = seeds[node] + weight if node in seeds else weight
        return seeds

    def matrix(self, rows: Sequence[Sequence[Any]], width: int) -> Any:
        """`rows` as an array of two dimensions, even where there are none."""
        values = any(isinstance(x, Value) for row in rows for x in row)
        return np.array(rows, dtype=object if values else float).reshape(len(rows), width)


def require_result(returned: Any, name: str) -> Any:
    """Return what a function returned, unless that is None.

    Raises:
        TypeError: it is None.
    """
    if returned is None:
        raise TypeError(f"{name} returned None; is `return` missing?")
    return returned


def as_value(x: Any) -> Value:
    """`x` as a node: a number becomes a constant."""
    return x if isinstance(x, Value) else Constant(x)


def _from_outside(outputs: Sequence[Value], variables: Sequence[Value]) -> list[bool]:
    """Return for each output if it depends on Values from outside the function, which an outer derivative may be after.

    A variable that stands for a Value of the caller depends on it; one that stands for a float is the function's own.
    """
    own = {id(x) for x in variables if x.op is None}
    outside: dict[int, bool] = {}
    for node in topological_order(*outputs):
        leaf = node.op is None and not node.constant and id(node) not in own
        outside[id(node)] = leaf or any(outside[id(x)] for x in node.operands)
    return [outside[id(y)] for y in outputs]


def _is_sequence(arg: Any) -> bool:
    return isinstance(arg, (list, tuple)) or (isinstance(arg, np.ndarray) and arg.ndim > 0)


def _fill(arg: Any, rest: Any) -> Any:
    if isinstance(arg, np.ndarray) and arg.ndim > 0:
        new = [next(rest) for _ in range(arg.size)]
        array = np.empty(arg.size, dtype=object if any(isinstance(x, Value) for x in new) else float)
        array[:] = new
        return array.reshape(arg.shape)
    if _is_sequence(arg):
        parts = [_fill(part, rest) for part in arg]
        return type(arg)(*parts) if hasattr(arg, "_fields") else type(arg)(parts)  # a named tuple takes them apart
    return next(rest)
