"""Arguments of functions: numbers in the nesting in which the user wrote them, as one flat list and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.engine import Value
from autograd.operation import real


class Arguments:
    """Some arguments, each a number or a list, tuple or array of them, nested as one likes.

    Attributes:
        scalars: all numbers in order.
        is_sequence: whether there are several arguments, or one that is not a single number.

    >>> Arguments([1.0, 2.0], 3.0).scalars
    [1.0, 2.0, 3.0]
    >>> Arguments([1.0, 2.0], 3.0).shaped([4, 5, 6])
    ([4, 5], 6)
    """

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.scalars: list[Any] = []
        for arg in args:
            self._flatten(arg)
        self.is_sequence = len(args) != 1 or _is_sequence(args[0])

    def _flatten(self, arg: Any) -> None:
        if isinstance(arg, np.ndarray):
            self.scalars.extend(arg.ravel().tolist())
        elif _is_sequence(arg):
            for part in arg:
                self._flatten(part)
        else:
            self.scalars.append(arg if isinstance(arg, Value) else real(arg, "a function to be differentiated"))

    @property
    def differentiable(self) -> bool:
        """Whether any of the numbers is a Value, so that an outer derivative may be wanted."""
        return any(isinstance(x, Value) for x in self.scalars)

    def variables(self) -> list[Value]:
        """A new Value for each number; for one that is a Value already, a new node on top of it."""
        return [+x if isinstance(x, Value) else Value(real(x)) for x in self.scalars]

    def shaped(self, scalars: Sequence[Any]) -> Any:
        """`scalars` in the nesting of the arguments: one for one argument, a tuple for several."""
        shaped = self.shaped_all(scalars)
        return shaped[0] if len(self.args) == 1 else tuple(shaped)

    def shaped_all(self, scalars: Sequence[Any]) -> list[Any]:
        """`scalars` in the nesting of the arguments, a list with an entry for each argument."""
        rest = iter(scalars)
        return [_fill(arg, rest) for arg in self.args]


def _is_sequence(arg: Any) -> bool:
    return isinstance(arg, (list, tuple)) or (isinstance(arg, np.ndarray) and arg.ndim > 0)


def _fill(arg: Any, rest: Any) -> Any:
    if isinstance(arg, np.ndarray) and arg.ndim > 0:
        new = [next(rest) for _ in range(arg.size)]
        array = np.empty(arg.size, dtype=object if any(isinstance(x, Value) for x in new) else float)
        array[:] = new
        return array.reshape(arg.shape)
    if _is_sequence(arg):
        return type(arg)(_fill(part, rest) for part in arg)
    return next(rest)
