"""Arrays of Values: NumPy's object arrays, with a Value an element."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.engine import Value


def values(array: Any, label: str | Any = "") -> Any:
    """An object array of new Values, one for each element of `array`, of the same shape.

    Args:
        array: numbers in any nesting that NumPy takes.
        label: if given, the elements are named ``label[i,j]``, counted from 1 as in the textbooks.

    Raises:
        TypeError: an element is not one real number, or `label` not a str.

    >>> values([[1.0, 2.0]], "W")[0, 1]
    Value(2.0, 'W[1,2]')
    """
    if type(label) is not str:
        raise TypeError(f"label must be a str, got {type(label).__name__} {label!r:.40}")
    numbers = np.asarray(array)
    result = np.empty(numbers.shape, dtype=object)
    for index in np.ndindex(numbers.shape):
        place = ",".join(str(i + 1) for i in index)
        result[index] = Value(numbers[index], f"{label}[{place}]" if label and index else label)
    return result
