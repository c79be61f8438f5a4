"""Conversion of arguments to real numbers, and operations on arrays element by element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import numpy as np

# Operands and results of a function of np.frompyfunc: 32 until NumPy 2, 64 since.
_MAX_UFUNC_OPERANDS: Final = 32


def is_real(x: object) -> bool:
    """Return True for one real number: int, float, bool, a NumPy real scalar or an array of 0 dimensions.

    NumPy counts spans of time among its integers, but their number depends on the unit: they are not real numbers.
    """
    if isinstance(x, np.ndarray):
        return x.ndim == 0 and x.dtype.kind in "fiub"
    return isinstance(x, (int, float, np.floating, np.integer, np.bool_)) and not isinstance(x, np.timedelta64)


def real(x: object, where: str = "Value()") -> float:
    """Return `x` as a float: an int, float, bool, NumPy real scalar or array of 0 dimensions.

    Raises:
        TypeError: `x` is not one real number; the message has a remedy.
    """
    if type(x) is float:
        return x
    if is_real(x):
        return float(cast(Any, x))
    got = f"an array of shape {x.shape}" if isinstance(x, np.ndarray) and x.ndim else f"{type(x).__name__} {_short(x)}"
    if isinstance(x, np.ndarray) and x.ndim:
        advice = "make one Value an element: ag.values(array)"
    elif isinstance(x, (complex, np.complexfloating)):
        advice = "derivatives here are of real functions; take .real, .imag or abs() first"
    elif isinstance(x, str):
        advice = "convert it with float(), or give it as the label: Value(number, label)"
    elif hasattr(x, "__operation__"):
        advice = "use the Value as it is, or x.data for its number alone"
    elif isinstance(x, np.ndarray) and x.dtype == object:
        advice = "take its element: x.item()"
    elif x is None:
        advice = "is a number missing, or a `return`?"
    elif isinstance(x, (list, tuple)):
        advice = "make one Value an element: ag.values(numbers)"
    elif isinstance(x, np.timedelta64):
        advice = "divide it by its unit: x / np.timedelta64(1, 's')"
    else:
        advice = "convert it with float() first, if that is what you mean"
    raise TypeError(f"{where} takes one real number, got {got}; {advice}")


def _short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:37] + "…"


def elementwise(op: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """Apply `op` to the elements of arrays that broadcast; return an array of floats if no result is a Value.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    try:
        shape = np.broadcast_shapes(*map(np.shape, operands))
    except ValueError as error:
        shapes = list(dict.fromkeys(str(np.shape(x)) for x in operands))
        raise ValueError(f"arrays must broadcast to one shape, got shapes {', '.join(shapes[:6])}") from error
    if len(operands) < _MAX_UFUNC_OPERANDS:
        result = np.frompyfunc(op, len(operands), 1)(*operands)
    else:
        arrays = [np.broadcast_to(np.asarray(x, dtype=object), shape) for x in operands]
        result = np.empty(shape, dtype=object)
        for i, elements in enumerate(zip(*[array.flat for array in arrays], strict=True)):
            result.flat[i] = op(*elements)
    if all(isinstance(x, float) for x in result.flat):
        return cast(Any, result.astype(float))
    return result
