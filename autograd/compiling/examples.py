"""What a compiled function is called with: one example or a batch of them, in arrays of the right kind."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from autograd.compiling.ir import Shape


class Examples:
    """Inputs as they should come.

    Args:
        function: what is called.
        names: of its inputs.
        shapes: of one example of each.
        dtype: of the arrays.
        backend: whose arrays they are.
    """

    def __init__(
        self, function: str, names: Sequence[str], shapes: Sequence[Shape], dtype: np.dtype[Any], backend: str
    ) -> None:
        self.function = function
        self.names = names
        self.shapes = shapes
        self.dtype = dtype
        self.backend = backend

    def checked(self, inputs: Sequence[Any]) -> tuple[list[Any], bool, int]:
        """The inputs as arrays, whether they are one example as such, and how many examples they are.

        Raises:
            TypeError: another number of inputs, or one that is no array of real numbers.
            ValueError: a shape is not that of an example or a batch, or the batches differ in length.
        """
        if len(inputs) == len(self.shapes) > 0:
            n = -1
            for x, shape in zip(inputs, self.shapes, strict=False):  # what comes in a loop of training is right
                if type(x) is not np.ndarray or x.dtype is not self.dtype or x.ndim == 0 or x.shape[1:] != shape:
                    break
                if n not in (-1, len(x)):
                    break
                n = len(x)
            else:
                if self.backend == "numpy":
                    return list(inputs), False, n
        return self._checked(inputs)

    def _checked(self, inputs: Sequence[Any]) -> tuple[list[Any], bool, int]:
        if len(inputs) != len(self.shapes):
            wanted = f"{len(self.shapes)} inputs ({', '.join(self.names)})"
            raise TypeError(f"{self.function} takes {wanted}, got {len(inputs)}")
        arrays = [self.array(x, name) for x, name in zip(inputs, self.names, strict=True)]
        single = [x.shape == shape for x, shape in zip(arrays, self.shapes, strict=True)]
        for x, name, shape, alone in zip(arrays, self.names, self.shapes, single, strict=True):
            if alone != single[0] or not (alone or (x.ndim and x.shape[1:] == shape)):
                batch = f"({', '.join(['examples', *map(str, shape)])}{',' if not shape else ''})"
                raise ValueError(
                    f"{name} has shape {x.shape}, but one example of it has shape {shape} and a batch {batch}; "
                    "all inputs are one example, or all are batches"
                )
        if all(single):
            return arrays, True, 1
        if len({len(x) for x in arrays}) > 1:
            counts = ", ".join(f"{len(x)} in {name}" for x, name in zip(arrays, self.names, strict=True))
            raise ValueError(f"the inputs have different numbers of examples: {counts}")
        return arrays, False, len(arrays[0])

    def vector(self, x: Any, name: str, shape: Shape) -> Any:
        """`x` as an array, if it has that shape."""
        found = self.array(x, name)
        if found.shape != shape:
            raise ValueError(f"{name} takes an array of shape {shape}, got {found.shape}")
        return found

    def array(self, x: Any, name: str) -> Any:
        """`x` as an array of real numbers."""
        if type(x) is np.ndarray and x.dtype == self.dtype and self.backend == "numpy":
            return x
        if np.ma.is_masked(x):
            raise ValueError(f"{name} has masked elements, which a program would take for numbers; fill them first")
        if not isinstance(getattr(x, "dtype", None), np.dtype):  # a list, or an array of another library
            try:
                x = np.asarray(x)
            except ValueError as error:
                raise ValueError(f"{name} takes an array of numbers; the rows that came differ in length") from error
        if x.dtype.kind not in "fiub":
            kind = f"{_strangest(x)} objects" if x.dtype == object and x.size else str(x.dtype)
            raise TypeError(f"{name} takes an array of real numbers, got {kind}; convert them with float() first")
        with np.errstate(over="ignore"):  # what is too large is inf
            return (np if self.backend == "numpy" else import_module("jax.numpy")).asarray(x, self.dtype)

    def refuse_nan(self, given: Sequence[Any]) -> None:
        """Say where a nan came in, if it did; one that was computed is a result.

        Raises:
            ValueError: an input has one.
        """
        for x, name in zip(given, self.names, strict=False):
            if np.isnan(x).any():
                where = tuple(int(k) for k in np.argwhere(np.isnan(x))[0])
                place = f"[{', '.join(map(str, where))}]" if where else ""
                raise ValueError(f"{name}{place} is nan, and so is the result; take such examples out first")


def _strangest(x: Any) -> str:
    """The type of the first object that is no number, or else of the first."""
    types = [type(element) for element in np.ravel(x)]
    return next((kind for kind in types if not issubclass(kind, (int, float))), types[0]).__name__
