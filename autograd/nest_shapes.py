"""Shapes of nests: the lengths of nested sequences, ragged ones included."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.array_libraries import to_numpy

# The lengths of nested sequences, outermost first, as of an array. The last entry of a ragged nest is the tuple of the
# shapes of its parts: [[1.0, 2.0], 3.0] has the shape (((2,), ()),).
Shape = tuple[Any, ...]


def as_numpy(x: Any) -> Any:
    """Convert arrays of other libraries to NumPy's, even inside sequences."""
    if isinstance(x, (list, tuple)):
        return [as_numpy(entry) for entry in x]
    return to_numpy(x)


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
