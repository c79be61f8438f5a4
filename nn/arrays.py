"""Arrays of numbers and of Values: what users give, taken or refused, and what networks hand out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
_op = attrgetter("op")


def reals(x: Any, what: str) -> Floats:
    """A copy of `x` as an array of floats.

    Raises:
        TypeError: it holds what is no real number, or rows of different lengths; the message calls it `what`.
    """
    try:
        array = np.asarray(x)
        if array.dtype.kind in "fiub":
            return np.array(array, dtype=float)
        if array.dtype == object:
            plain = [x.data if isinstance(x, ag.Value) else ag.Value(x).data for x in flat(array)]
            return np.array(plain, dtype=float).reshape(array.shape)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what} takes real numbers in rows of one length: {error}") from error
    raise TypeError(f"{what} takes real numbers, got an array of {array.dtype}")


def outputs(activations: Any) -> list[float]:
    """Return the numbers of what a network answers to one example: Values, numbers, or an array of them.

    Raises:
        TypeError: one of them is no real number.
    """
    return [a.data if isinstance(a, ag.Value) else ag.Value(a).data for a in np.ravel(activations)]


def examples(X: Any) -> Floats:
    """`X` as floats: one example, or a matrix with one example in each row.

    Raises:
        ValueError: it is neither.
        TypeError: it holds what is no real number.
    """
    numbers = reals(X, "X")
    if numbers.ndim not in (1, 2):
        raise ValueError(
            "one example is a sequence of numbers and several are a matrix with one in each row; "
            f"got the shape {numbers.shape}"
        )
    return numbers


def is_matrix(x: Any) -> bool:
    """Whether `x` has several examples, one in each row."""
    if isinstance(x, (list, tuple)):
        return len(x) > 0 and isinstance(x[0], (list, tuple, np.ndarray))
    return np.ndim(x) == 2


def named_values(x: Any, labels: Sequence[str]) -> list[ag.Value]:
    """`x` as one Value for each label; those that it has already stay as they are, numbers become new ones.

    Raises:
        ValueError: it is not as long as `labels`.
        TypeError: it holds what is no real number.
    """
    items = list(x) if isinstance(x, (list, tuple)) else np.asarray(x).tolist()
    if not isinstance(items, list) or len(items) != len(labels):
        got = f"an array of shape {x.shape}" if isinstance(x, np.ndarray) and x.ndim != 1 else f"{np.size(x)}"
        raise ValueError(
            f"one example has {len(labels)} inputs here, {labels[0]} to {labels[-1]}, and several are the rows of a "
            f"matrix; got {got}"
        )
    if not any(issubclass(kind, ag.Value) for kind in set(map(type, items))):
        return list(map(ag.Value, items, labels))
    return [v if isinstance(v, ag.Value) else ag.Value(v, label) for v, label in zip(items, labels, strict=True)]


def objects(values: Iterable[Any]) -> Objects:
    """An object array of one dimension."""
    return np.fromiter(values, dtype=object)


def rows(arrays: Sequence[Objects], width: int) -> Objects:
    """A matrix with those rows; of `width` columns if there are none."""
    return np.stack(arrays) if arrays else np.empty((0, width), dtype=object)


def flat(array: Any) -> list[Any]:
    """The elements of an array row by row; what is no array is its own only one."""
    return array.ravel().tolist() if isinstance(array, np.ndarray) else [array]


def numbers(array: Any) -> Floats:
    """The data of an array of Values, or of one, in its shape; an array of floats as it is."""
    if isinstance(array, np.ndarray) and array.dtype != object:
        return array.astype(float)
    return np.array([value.data for value in flat(array)], dtype=float).reshape(np.shape(array))


def are_parameters(elements: Sequence[Any]) -> bool:
    """Whether all are Values that were given a number and not computed."""
    kinds = set(map(type, elements))  # in loops of C, for it may be asked of every weight in every step
    return all(issubclass(kind, ag.Value) and not kind.constant for kind in kinds) and not any(map(_op, elements))
