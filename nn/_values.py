"""Arguments and arrays: what users give, taken or refused, and what networks hand out."""

from __future__ import annotations

import math
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
        return np.array(numeric(x, what, take_values=True), dtype=float)
    except (ValueError, OverflowError) as error:
        raise TypeError(str(error)) from None


def numeric(x: Any, name: str, take_values: bool = False) -> NDArray[Any]:
    """Return `x` as an array of floats, whole numbers or bools; texts, dates and the like are not converted.

    Raises:
        ValueError: it holds what is no real number, or rows of different lengths; the message calls it `name`.
    """
    parts = x if isinstance(x, (list, tuple)) else [x]
    if any(np.ma.is_masked(part) for part in (x, *parts)):
        raise ValueError(f"{name} must have no masked elements, which would be taken for numbers; fill them first")
    try:
        array = np.asarray(x)
    except ValueError:
        lengths = dict.fromkeys(np.size(part) for part in parts)
        raise ValueError(
            f"{name} must have rows of one length, got rows of {_enumerated(list(lengths))} numbers"
        ) from None
    if array.dtype.kind in "fiub":
        return array
    if array.dtype != object:
        advice = "; take .real, .imag or abs()" if array.dtype.kind == "c" else "; convert them first"
        raise ValueError(f"{name} must hold real numbers, got {_KINDS.get(array.dtype.kind, array.dtype)}{advice}")
    plain = []
    for i, element in enumerate(flat(array)):
        if isinstance(element, ag.Value) and not take_values:
            raise ValueError(f"{name} must hold numbers, got a Value; take its .data")
        try:
            plain.append(element.data if isinstance(element, ag.Value) else ag.Value(element).data)
        except (TypeError, OverflowError):
            got = f"{type(element).__name__} {element!r:.40}"
            raise ValueError(f"{name} must hold real numbers, got {got} as element {i}; convert it first") from None
    return np.array(plain, dtype=float).reshape(array.shape)


_KINDS = {"U": "text", "S": "bytes", "M": "dates", "m": "time differences", "c": "complex numbers", "V": "records"}


def _enumerated(lengths: list[int]) -> str:
    return f"{lengths[0]} and {lengths[1]}" if len(lengths) > 1 else "different"


def whole(n: Any, name: str, least: int = 1, advice: str = "") -> int:
    """Return the argument `name`, if it is a whole number from `least` on.

    Raises:
        TypeError: it is no whole number; True is none either.
        ValueError: it is below `least`.
    """
    if isinstance(n, (bool, np.bool_)) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number from {least} on{advice}, got {n!r:.40}")
    if n < least:
        raise ValueError(f"{name} must be a whole number from {least} on{advice}, got {n!r:.40}")
    return int(n)


def number(x: Any, name: str, low: float = -math.inf, below: float = math.inf) -> float:
    """Return the argument `name` as a float, if it is a finite number from `low` to below `below`.

    Raises:
        TypeError: it is no real number; True is none either.
        ValueError: it is out of range, or not finite.
    """
    bounds = (
        "" if low == -math.inf else f" from {low:g} on" if below == math.inf else f" from {low:g} to below {below:g}"
    )
    wanted = f"{name} must be a finite number{bounds}"
    is_array = isinstance(x, np.ndarray) and x.ndim == 0 and x.dtype.kind in "fiu"
    if isinstance(x, (bool, np.bool_)) or not (is_array or isinstance(x, (int, float, np.integer, np.floating))):
        raise TypeError(f"{wanted}, got {type(x).__name__} {x!r:.40}")
    if not (low <= x < below and math.isfinite(x)):
        raise ValueError(f"{wanted}, got {x!r:.40}")
    return float(x)


def switch(x: Any, name: str) -> bool:
    """Return the argument `name`, if it is True or False.

    Raises:
        TypeError: it is something else, such as a text, which would count as True.
    """
    if not isinstance(x, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {x!r:.40}")
    return bool(x)


def generator(seed: Any) -> np.random.Generator:
    """Return a generator of random numbers for `seed`: a whole number or a sequence of such, a generator, or None.

    Raises:
        TypeError: it is something else.
        ValueError: it is negative.
    """
    if seed is None or isinstance(seed, np.random.Generator):
        return np.random.default_rng(seed)
    if isinstance(seed, (list, tuple)):
        return np.random.default_rng([whole(n, "each number of seed", 0) for n in seed])
    return np.random.default_rng(whole(seed, "seed", 0))


def outputs(activations: Any) -> list[float]:
    """Return the numbers of what a network answers to one example: Values, numbers, or an array of them.

    Raises:
        TypeError: one of them is no real number.
    """
    return [a.data if isinstance(a, ag.Value) else ag.Value(a).data for a in np.ravel(activations)]


def require_result(returned: Any, source: str) -> Any:
    """Return what a function of the user's returned, unless that is None.

    Raises:
        TypeError: it is None; the message calls the function `source`.
    """
    if returned is None:
        raise TypeError(f"{source} returned None; is `return` missing?")
    return returned


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
