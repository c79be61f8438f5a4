"""Derivatives that the caller passed in, as a matrix with a row for each output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.function import AnalyticEntry, AnalyticJacobian, FunctionAtPoint, Output, entry_labels
from autograd.checking.sampling import Restriction, Results
from autograd.derivatives import grad, require_result
from autograd.domains import ComplexError
from autograd.pytrees import Arguments, Shape, as_numpy, followed, shape_of, size_of, stacked, written
from autograd.value import Value


class GivenDerivatives:
    """Derivatives that the caller passed in, and the functions whose finite differences they are compared with.

    Args:
        function: the function and the point.
        gradient: its derivatives, or a function that returns them; None to check second derivatives only.
        hessian: its second derivatives, or a function that returns them; None to check the gradient only.

    Attributes:
        function: the function and the point.
        first_order_count: the number of outputs of `function`; the rows of second derivatives follow theirs.
        jacobian: the derivatives.

    Raises:
        TypeError: the gradient must be a function to check second derivatives; or `function` has several outputs.
        ValueError: the numbers are too few or too many, or have another shape.
    """

    def __init__(self, function: FunctionAtPoint, gradient: Any, hessian: Any = None) -> None:
        self.function = function
        self._differentiated: list[Callable[[Sequence[Any]], Any]] = []
        outputs: list[Output] = []
        blocks: list[np.ndarray[Any, Any]] = []
        if gradient is not None:
            result = as_numpy(require_result(function.f(*function.arguments_with([], [])), function.title))
            outputs += [Output(label) for label in entry_labels(function.title, result)]
            self._differentiated.append(lambda args: function.f(*args))
            shapes = [shape_of(arg) for arg in function.args]
            blocks.append(_matrix("gradient", _evaluate(function, gradient), shape_of(result), shapes))
        if hessian is not None:
            first = grad(function.f) if gradient is None else gradient
            if not callable(first):
                raise TypeError(
                    "gradient= must be a function when hessian= is given, because hessian= is compared with finite "
                    "differences of it; or leave gradient= out to use the engine's own"
                )
            if gradient is not None and len(outputs) > 1:
                raise TypeError(
                    f"{function.title} must return one number when hessian= is given, got {len(outputs)}; "
                    "check each output separately"
                )
            outputs += [Output(function.title, label) for label in function.labels]
            self._differentiated.append(function.adapted(first) if gradient is not None else lambda args: first(*args))
            blocks.append(_hessian_matrix(_evaluate(function, hessian), function.args))
        self.first_order_count = len(outputs) - (len(function.point) if hessian is not None else 0)
        rows = [[AnalyticEntry(float(x), 0.0) for x in row] for row in np.concatenate(blocks)]
        self.jacobian = AnalyticJacobian(outputs, function.labels, function.point, rows, "given")

    def restricted_to(self, keys: Sequence[int]) -> Restriction:
        """Return the function, and its gradient if there is a Hessian, as functions of some of the inputs."""

        def value(point: Sequence[float]) -> Results:
            args = self.function.arguments_with(keys, point)
            values = [x for f in self._differentiated for x in _numbers(f(args), self.function.title)]
            if len(values) != len(self.jacobian.outputs):
                raise TypeError(
                    f"{self.function.title} must return as many numbers at every point, "
                    f"got {len(values)} at one and {len(self.jacobian.outputs)} at another"
                )
            return [(x, None) for x in values]

        return value


def _evaluate(function: FunctionAtPoint, derivatives: Any) -> Any:
    return function.adapted(derivatives)(function.arguments_with([], [])) if callable(derivatives) else derivatives


def _numbers(x: Any, title: str) -> list[float]:
    """Return all numbers in a result, in order.

    Raises:
        ComplexError: a part of it is complex, as plain ``x**1.5`` outside its domain.
        TypeError: a part of it is not a number.
    """
    require_result(x, title)
    x = as_numpy(x)
    try:
        scalars = Arguments(x, where=f"the check of what {title} returned").scalars
    except TypeError as error:
        if _has_complex(x):
            raise ComplexError(str(error)) from None
        raise
    return [y.data if isinstance(y, Value) else y for y in scalars]


def _has_complex(x: Any) -> bool:
    if isinstance(x, list):
        return any(map(_has_complex, x))
    return np.iscomplexobj(x)


def _hessian_matrix(given: Any, args: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Return given second derivatives of a single output as a matrix.

    Args:
        given: the derivatives, or a tuple with a tuple of blocks for each argument.
        args: the arguments.

    Raises:
        TypeError: `given` has a part that is not a real number.
        ValueError: `given` has another shape.
    """
    shapes = [shape_of(arg) for arg in args]
    if type(given) is tuple and len(given) == len(args):
        rows = [_matrix("Hessian", block, shape, shapes) for block, shape in zip(given, shapes, strict=True)]
        return np.concatenate(rows)
    outputs = _whole(shapes)
    if _are_in_line(shapes):
        outputs = (size_of(outputs),)
    return _matrix("Hessian", given, outputs, shapes)


def _matrix(title: str, given: Any, outputs: Shape, args: Sequence[Shape]) -> np.ndarray[Any, Any]:
    """Return given derivatives, or a tuple with a block for each argument, as a matrix.

    Args:
        title: the name of the derivatives.
        given: the derivatives.
        outputs: the shape of the outputs.
        args: the shapes of the arguments.
    """
    height, width = size_of(outputs), sum(map(size_of, args))
    flat = _numbers(given, f"the {title}")
    _check_count(title, len(flat), height, width)
    is_in_blocks = type(given) is tuple and len(given) == len(args)
    if is_in_blocks and all(_is_accepted(shape_of(x), outputs, arg) for x, arg in zip(given, args, strict=True)):
        blocks = [np.array(_numbers(block, f"the {title}")) for block in given]
        return np.hstack([x.reshape(height, size_of(arg)) for x, arg in zip(blocks, args, strict=True)])
    shape, whole = shape_of(given), _whole(args)
    # Numbers and vectors one after the other can have only one order.
    line = (width,) if _are_in_line(args) else whole
    if not _is_accepted(shape, outputs, whole) and not _is_accepted(shape, outputs, line):
        expected = followed(outputs, line)
        remedy = "a transposed or flattened array is not reshaped, because the order of its numbers is not known"
        raise ValueError(f"{title} must have shape {written(expected)}, got {written(shape)}; {remedy}")
    return np.array(flat).reshape(height, width)


def _check_count(title: str, count: int, height: int, width: int) -> None:
    if count == height * width:
        return
    shape = "one for each number in the arguments" if height == 1 else f"{height} × {width}, a row for each output"
    expected = f"{height * width} {'number' if height * width == 1 else 'numbers'}"
    raise ValueError(f"the {title} must have {expected}, got {count}; give {shape}")


def _is_accepted(shape: Shape, outputs: Shape, arg: Shape) -> bool:
    """Return True if derivatives of one shape are those of `outputs` by `arg` in their own order."""
    height, width = size_of(outputs), size_of(arg)
    # A row for each output, or the outputs in their own shape; and for a single output, no row at all.
    accepted = [followed(outputs, arg), (height, *arg), (height, width)]
    if height == 1:
        accepted.append(arg)
    # A single number has only one order.
    return shape in accepted or size_of(shape) == height * width == 1


def _are_in_line(args: Sequence[Shape]) -> bool:
    """Return True if all of several arguments are numbers or vectors."""
    return len(args) > 1 and all(arg == () or (len(arg) == 1 and isinstance(arg[0], int)) for arg in args)


def _whole(args: Sequence[Shape]) -> Shape:
    return args[0] if len(args) == 1 else stacked(args)
