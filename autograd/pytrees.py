"""Flattening of nested arguments into one list of scalars, and back into their own nesting; the shapes of nests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.reals import real
from autograd.value import Value

# The lengths of nested sequences, outermost first, as of an array. The last entry of a ragged nest is the tuple of the
# shapes of its parts: [[1.0, 2.0], 3.0] has the shape (((2,), ()),).
Shape = tuple[Any, ...]


class Arguments:
    """Arguments of a function, each a number or a list, tuple or array, nested in any way.

    Args:
        args: the arguments.
        where: the name of the call, for the error about a part that is not a number.

    Attributes:
        scalars: all numbers in order.
        is_sequence: True if there are several arguments, or one that is not a single number.

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
        """Return a new Value for each number; for a Value, a new node on top of it."""
        return [+x if isinstance(x, Value) else Value(x) for x in self.scalars]

    def shaped(self, scalars: Sequence[Any]) -> Any:
        """Return `scalars` in the nesting of the arguments: one for one argument, a tuple for several."""
        shaped = self.shaped_all(scalars)
        return shaped[0] if len(self.args) == 1 else tuple(shaped)

    def shaped_all(self, scalars: Sequence[Any]) -> list[Any]:
        """Return `scalars` in the nesting of the arguments, as a list with one entry for each argument."""
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
        parts = [_fill(part, rest) for part in arg]
        # A named tuple takes its fields as separate arguments.
        return type(arg)(*parts) if hasattr(arg, "_fields") else type(arg)(parts)
    return next(rest)


def as_numpy(x: Any) -> Any:
    """Convert arrays of other libraries to NumPy's, even inside sequences."""
    if isinstance(x, (list, tuple)):
        return [as_numpy(entry) for entry in x]
    return np.asarray(x) if hasattr(x, "__array__") and not isinstance(x, (np.ndarray, np.generic)) else x


def shape_of(x: Any) -> Shape:
    """Return the shape of a number, an array or nested sequences.

    >>> shape_of([[1.0, 2.0], [3.0, 4.0]]), shape_of([[1.0, 2.0], 3.0])
    ((2, 2), (((2,), ()),))
    """
    x = as_numpy(x)
    if isinstance(x, np.ndarray):
        return tuple(x.shape)
    return stacked([shape_of(entry) for entry in x]) if isinstance(x, list) else ()


def stacked(shapes: Sequence[Shape]) -> Shape:
    """Return the shape of a sequence whose entries have these shapes."""
    if len(set(shapes)) > 1:
        return (tuple(shapes),)
    return (len(shapes), *shapes[0]) if shapes else (0,)


def followed(outer: Shape, inner: Shape) -> Shape:
    """Return the shape of an array of the shape `outer` whose entries have the shape `inner`."""
    if not outer:
        return inner
    length, *rest = outer
    if isinstance(length, tuple):
        return (tuple(followed(part, inner) for part in length),)
    return (length, *followed(tuple(rest), inner))


def size_of(shape: Shape) -> int:
    """Return the number of scalars in a nest of this shape."""
    return math.prod(sum(map(size_of, x)) if isinstance(x, tuple) else x for x in shape)


def written(shape: Shape) -> str:
    """Return a shape as text, a ragged one with the shapes of its parts.

    >>> written((2, 3)), written((((2,), ()),))
    ('(2, 3)', '[(2,), ()]')
    """
    if not any(isinstance(x, tuple) for x in shape):
        return str(shape)
    *lengths, parts = shape
    listed = f"[{', '.join(map(written, parts))}]"
    return " × ".join([*map(str, lengths), listed])
