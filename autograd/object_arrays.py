"""Object arrays of NumPy that hold Values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd.value import Value, require_label

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def values(array: ArrayLike, label: str = "") -> NDArray[np.object_]:
    """Make an object array of new Values, one for each element of `array`.

    Args:
        array: numbers in any nesting that NumPy takes.
        label: if given, the elements are named ``label[i,j]``, with indices from 1 as in the textbooks.

    Returns:
        An array of the same shape.

    Raises:
        TypeError: an element is not a real number, or `label` is not a str.

    >>> values([[1.0, 2.0]], "W")[0, 1]
    Value(2.0, 'W[1,2]')
    """
    require_label(label)
    numbers = np.asarray(array)
    result = np.empty(numbers.shape, dtype=object)
    for index in np.ndindex(numbers.shape):
        indices = ",".join(str(i + 1) for i in index)
        result[index] = Value(numbers[index], f"{label}[{indices}]" if label and index else label)
    return result
