"""Arrays of NumPy, pandas, PyTorch and JAX: recognition, conversion to NumPy, and arrays like another one.

The other libraries are recognised if the caller has imported them; they are never imported here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.value import Value

# Types of numbers with fewer digits than a double, and their unit roundoff.
UNIT_ROUNDOFF = {"bfloat16": 2.0**-8, "float16": 2.0**-11, "float32": 2.0**-24, "complex64": 2.0**-24}


def is_of(module: str, name: str, x: Any) -> bool:
    """Return True if `x` is an instance of a class of another library, which is imported if it is."""
    loaded = sys.modules.get(module)
    cls = getattr(loaded, name, None)
    return isinstance(cls, type) and isinstance(x, cls)


def is_series(x: Any) -> bool:
    """Return True for a series of pandas, whose entries have labels."""
    return is_of("pandas", "Series", x)


def is_tensor(x: Any) -> bool:
    """Return True for a tensor of PyTorch."""
    return is_of("torch", "Tensor", x)


def is_foreign(x: Any) -> bool:
    """Return True for an array of PyTorch or JAX, which cannot hold Values."""
    return is_tensor(x) or is_of("jax", "Array", x)


def to_numpy(x: Any) -> Any:
    """Return an array of another library as NumPy's; anything else, a NumPy array included, unchanged."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x
    if is_tensor(x):
        x = x.detach().cpu().resolve_conj().resolve_neg()
        # NumPy has no bfloat16.
        return (x.double() if x.is_floating_point() else x).numpy()
    if is_of("jax", "Array", x):
        if kind_of(x) == "key":
            return x
        array = np.asarray(x)
        return array.astype(float) if kind_of(x) == "f" else array
    return np.asarray(x) if hasattr(x, "__array__") else x


def like(value: Any, numbers: Any) -> Any:
    """Return an array of the library, shape and type of `value` with other numbers.

    Raises:
        TypeError: the numbers are Values and `value` is an array of PyTorch or JAX.
    """
    # The most frequent case, without a look for other libraries.
    if type(value) is type(numbers) is np.ndarray and numbers.dtype.char == "d":
        return numbers.reshape(value.shape)
    has_values = not isinstance(numbers, np.ndarray) and any(isinstance(x, Value) for x in numbers)
    if is_foreign(value):
        library = "PyTorch" if is_tensor(value) else "JAX"
        if has_values:
            raise TypeError(
                f"an array to record must be one of NumPy, got {type(value).__name__}; Values cannot be in arrays of "
                f"{library}: convert it with np.asarray()"
            )
        array = np.array(numbers)
        if is_tensor(value):
            new = sys.modules["torch"].tensor(array.tolist(), dtype=value.dtype, device=value.device)
            return new.reshape(value.shape).requires_grad_(value.requires_grad)
        return sys.modules["jax.numpy"].asarray(array, dtype=value.dtype).reshape(value.shape)
    array = np.empty(len(numbers), dtype=object if has_values else float)
    array[:] = numbers
    if is_series(value):
        return type(value)(array, index=value.index, name=value.name)
    return array.reshape(np.shape(value))


def kind_of(x: Any) -> str:
    """Return NumPy's letter for the type of an array's entries, "key" for random keys of JAX; "" for no array."""
    if is_tensor(x):
        if x.is_complex():
            return "c"
        return "f" if x.is_floating_point() else "b" if x.dtype is sys.modules["torch"].bool else "i"
    if is_of("jax", "Array", x):
        types = sys.modules["jax.numpy"]
        kinds = {"f": types.floating, "c": types.complexfloating, "i": types.integer, "b": types.bool_}
        return next((kind for kind, dtype in kinds.items() if types.issubdtype(x.dtype, dtype)), "key")
    if not isinstance(x, np.ndarray) and not is_series(x):
        return ""
    kind = str(x.dtype.kind)
    # pandas has columns of texts as objects.
    is_text = kind == "O" and len(x) > 0 and all(isinstance(y, str) for y in np.asarray(x, dtype=object).flat)
    return "U" if is_text else kind


def unit_roundoff(numbers: Any) -> float:
    """Return the unit roundoff of numbers of NumPy, PyTorch or JAX with fewer digits than a double; 0 for others.

    Args:
        numbers: a number, an array, or a nest of lists, tuples and dicts of them; the coarsest type counts.

    >>> import numpy as np
    >>> unit_roundoff([1.0, {"a": np.float32(0.1)}]) == 2.0**-24, unit_roundoff(0.1)
    (True, 0.0)
    """
    if isinstance(numbers, Mapping):
        numbers = list(numbers.values())
    if isinstance(numbers, (list, tuple)):
        return max(map(unit_roundoff, numbers), default=0.0)
    # PyTorch writes torch.float32.
    return UNIT_ROUNDOFF.get(str(getattr(numbers, "dtype", "")).rpartition(".")[2], 0.0)
