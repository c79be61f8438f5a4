"""Validation and conversion of arguments, and arrays of Values."""

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


def reals(x: Any, name: str) -> Floats:
    """Return a copy of `x` as an array of floats; Values count as their data.

    Raises:
        TypeError: `x` contains something that is not a real number, or has rows of different lengths.  The message
            calls it `name`.
    """
    try:
        return np.array(numeric(x, name, take_values=True), dtype=float)
    except (ValueError, OverflowError) as error:
        raise TypeError(str(error)) from None


def numeric(x: Any, name: str, take_values: bool = False) -> NDArray[Any]:
    """Return `x` as an array of floats, integers or bools; text, dates and the like are not converted.

    Raises:
        ValueError: `x` contains something that is not a real number, or has rows of different lengths.  The message
            calls it `name`.
    """
    rows = x if isinstance(x, (list, tuple)) else [x]
    if any(np.ma.is_masked(row) for row in (x, *rows)):
        raise ValueError(f"{name} must have no masked elements, because the mask would be ignored; fill them first")
    try:
        array = np.asarray(x)
    except ValueError:
        lengths = dict.fromkeys(np.size(row) for row in rows)
        raise ValueError(
            f"{name} must have rows of one length, got rows of {_enumerated(list(lengths))} numbers"
        ) from None
    if array.dtype.kind in "fiub":
        return array
    if array.dtype != object:
        advice = "; take .real, .imag or abs()" if array.dtype.kind == "c" else "; convert them first"
        raise ValueError(f"{name} must hold real numbers, got {_KIND_NAMES.get(array.dtype.kind, array.dtype)}{advice}")
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


# NumPy's one-letter codes of dtypes that are not numbers, for error messages.
_KIND_NAMES = {"U": "text", "S": "bytes", "M": "dates", "m": "time differences", "c": "complex numbers", "V": "records"}


def _enumerated(lengths: list[int]) -> str:
    return f"{lengths[0]} and {lengths[1]}" if len(lengths) > 1 else "different"


def whole(n: Any, name: str, least: int = 1, advice: str = "") -> int:
    """Return the argument `name` as an int, after checking that it is a whole number from `least` on.

    Raises:
        TypeError: It is not a whole number, or is a bool.
        ValueError: It is below `least`.
    """
    if isinstance(n, (bool, np.bool_)) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number from {least} on{advice}, got {n!r:.40}")
    if n < least:
        raise ValueError(f"{name} must be a whole number from {least} on{advice}, got {n!r:.40}")
    return int(n)


def number(x: Any, name: str, low: float = -math.inf, below: float = math.inf) -> float:
    """Return the argument `name` as a float, after checking that it is finite, at least `low` and below `below`.

    Raises:
        TypeError: It is not a real number, or is a bool.
        ValueError: It is out of range, or not finite.
    """
    if low == -math.inf:
        bounds = ""
    elif below == math.inf:
        bounds = f" from {low:g} on"
    else:
        bounds = f" from {low:g} to below {below:g}"
    requirement = f"{name} must be a finite number{bounds}"
    is_array = isinstance(x, np.ndarray) and x.ndim == 0 and x.dtype.kind in "fiu"
    if isinstance(x, (bool, np.bool_)) or not (is_array or isinstance(x, (int, float, np.integer, np.floating))):
        raise TypeError(f"{requirement}, got {type(x).__name__} {x!r:.40}")
    if not (low <= x < below and math.isfinite(x)):
        raise ValueError(f"{requirement}, got {x!r:.40}")
    return float(x)


def switch(x: Any, name: str) -> bool:
    """Return the argument `name` as a bool, after checking that it is True or False.

    Raises:
        TypeError: It is something else, such as a string, which would count as True.
    """
    if not isinstance(x, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {x!r:.40}")
    return bool(x)


def generator(seed: Any) -> np.random.Generator:
    """Return a random generator for `seed`: a whole number, a sequence of whole numbers, a generator, or None.

    Raises:
        TypeError: It is something else.
        ValueError: It is negative.
    """
    if seed is None or isinstance(seed, np.random.Generator):
        return np.random.default_rng(seed)
    if isinstance(seed, (list, tuple)):
        return np.random.default_rng([whole(n, "each number of seed", 0) for n in seed])
    return np.random.default_rng(whole(seed, "seed", 0))


def outputs(activations: Any) -> list[float]:
    """Return the outputs of a network for one example as floats, from Values, numbers, or an array of either.

    Raises:
        TypeError: An output is not a real number.
    """
    return [a.data if isinstance(a, ag.Value) else ag.Value(a).data for a in np.ravel(activations)]


def require_result(returned: Any, source: str) -> Any:
    """Return the result of a user's function, after checking that it is not None.

    Raises:
        TypeError: It is None.  The message calls the function `source`.
    """
    if returned is None:
        raise TypeError(f"{source} returned None; is `return` missing?")
    return returned


def examples(X: Any) -> Floats:
    """Return `X` as floats: one example, or a matrix with one example in each row.

    Raises:
        ValueError: `X` has another number of dimensions.
        TypeError: It contains something that is not a real number.
    """
    numbers = reals(X, "X")
    if numbers.ndim not in (1, 2):
        raise ValueError(
            f"X must be one example, or a matrix with one example in each row, got an array of shape {numbers.shape}"
        )
    return numbers


def is_matrix(x: Any) -> bool:
    """Return True if `x` has several examples, one in each row."""
    if isinstance(x, (list, tuple)):
        return len(x) > 0 and isinstance(x[0], (list, tuple, np.ndarray))
    return np.ndim(x) == 2


def named_values(x: Any, labels: Sequence[str]) -> list[ag.Value]:
    """Return one Value for each label: Values in `x` are kept as they are, numbers become new Values.

    Raises:
        ValueError: `x` is not as long as `labels`.
        TypeError: It contains something that is not a real number.
    """
    items = list(x) if isinstance(x, (list, tuple)) else np.asarray(x).tolist()
    if not isinstance(items, list) or len(items) != len(labels):
        got = f"an array of shape {x.shape}" if isinstance(x, np.ndarray) and x.ndim != 1 else f"{np.size(x)}"
        raise ValueError(
            f"an example must have {len(labels)} inputs here, {labels[0]} to {labels[-1]}, got {got}; several examples "
            "are the rows of a matrix"
        )
    # Most examples are plain numbers; looking at the set of types is faster than at each item.
    if not any(issubclass(cls, ag.Value) for cls in set(map(type, items))):
        return list(map(ag.Value, items, labels))
    return [v if isinstance(v, ag.Value) else ag.Value(v, label) for v, label in zip(items, labels, strict=True)]


def objects(values: Iterable[Any]) -> Objects:
    """Return an object array of one dimension."""
    return np.fromiter(values, dtype=object)


def stack_rows(arrays: Sequence[Objects], width: int) -> Objects:
    """Return a matrix with `arrays` as its rows; with `width` columns if there are no rows."""
    return np.stack(arrays) if arrays else np.empty((0, width), dtype=object)


def flat(array: Any) -> list[Any]:
    """Return the elements of an array row by row; anything else counts as its only element."""
    return array.ravel().tolist() if isinstance(array, np.ndarray) else [array]


def numbers(array: Any) -> Floats:
    """Return the data of an array of Values, or of one Value, as floats of the same shape."""
    if isinstance(array, np.ndarray) and array.dtype != object:
        return array.astype(float)
    return np.array([value.data for value in flat(array)], dtype=float).reshape(np.shape(array))


def are_parameters(elements: Sequence[Any]) -> bool:
    """Return True if all elements are leaf Values that are not constants."""
    # `map` loops in C: a training step may ask this of every weight.
    classes = set(map(type, elements))
    return all(issubclass(cls, ag.Value) and not cls.constant for cls in classes) and not any(map(_op, elements))
