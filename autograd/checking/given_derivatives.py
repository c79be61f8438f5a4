"""Derivatives that the caller passed in, as a matrix with a row for each output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.array_libraries import unit_roundoff
from autograd.checking.function import AnalyticJacobian, FunctionAtPoint, Output
from autograd.checking.sampling import Restriction, Results
from autograd.derivatives import Application, require_result
from autograd.domains import ComplexError
from autograd.nest_shapes import Shape, followed, shape_of, size_of, stacked, written
from autograd.pytrees import Arguments, has_complex
from autograd.value import Value

# The rounding error of a derivative that was computed in fewer digits than a double has, in unit roundoffs of itself.
UNITS_OF_DERIVATIVE = 4.0


class JacobianRows(NamedTuple):
    """Derivatives that are a matrix already, with a row for each output.

    Attributes:
        rows: the matrix.
    """

    rows: np.ndarray[Any, Any]


class Derivatives(NamedTuple):
    """Derivatives as a function that takes the arguments as the checked function does.

    Attributes:
        at: returns the derivatives at some arguments.
    """

    at: Callable[[Sequence[Any]], JacobianRows]


class GivenDerivatives:
    """Derivatives that the caller passed in, and the functions whose finite differences they are compared with.

    Args:
        function: the function and the point.
        gradient: its derivatives, or a function that returns them; None to check second derivatives only.
        hessian: its second derivatives, or a function that returns them; None to check the gradient only.
        source: the origin of the derivatives in a report: "given", or the name of a library.

    Attributes:
        function: the function and the point.
        first_order_count: the number of outputs of `function`; the rows of second derivatives follow theirs.
        results: the results of one call at the point, unless only second derivatives are given.
        jacobian: the derivatives.
        unit: the unit roundoff in which the functions compute, if it is larger than that of a double; else 0.

    Raises:
        TypeError: the gradient must be a function to check second derivatives; or `function` has several outputs.
        ValueError: the numbers are too few or too many, or have another shape.
    """

    def __init__(self, function: FunctionAtPoint, gradient: Any, hessian: Any, source: str) -> None:
        self.function = function
        self._differentiated: list[Callable[[Sequence[Any]], list[float]]] = []
        self.results: list[float] = []
        outputs: list[Output] = []
        blocks: list[np.ndarray[Any, Any]] = []
        units: list[float] = []
        self.unit = 0.0
        if gradient is not None:
            values = function.f(*function.arguments_with([], []))
            self.unit = unit_roundoff(values)
            result = flattened(values, function.title)
            self.results = [y.data if isinstance(y, Value) else y for y in result.scalars]
            outputs += [Output(label, is_code=True) for label in result.labels([function.title])]
            self._differentiated.append(lambda args: numbers(function.f(*args), function.title))
            derivatives = _evaluate(function, gradient)
            units.append(max(self.unit, unit_roundoff(derivatives)))
            blocks.append(_matrix("gradient", derivatives, result, function.inputs))
        if hessian is not None:
            if gradient is not None and not isinstance(gradient, Derivatives) and not callable(gradient):
                raise TypeError(
                    "gradient= must be a function when hessian= is given, because hessian= is compared with finite "
                    "differences of it; or leave gradient= out to use the engine's own"
                )
            if gradient is not None and len(outputs) > 1:
                raise TypeError(
                    f"{function.title} must return one number when hessian= is given, got {len(outputs)}; "
                    "check each output separately"
                )
            first = _engine_gradient(function.f) if gradient is None else _applied(function, gradient)
            outputs += [Output(function.title, label, is_code=True) for label in function.labels]
            self._differentiated.append(lambda args: entries("gradient", first(args), function.inputs))
            derivatives = _evaluate(function, hessian)
            # The gradient is differenced as well, and it may compute in fewer digits than the function.
            self.unit = max(self.unit, *units, 0.0)
            units.append(max(self.unit, unit_roundoff(derivatives)))
            blocks.append(_hessian_matrix(derivatives, function.inputs))
        # Most functions return one number, and their checks consist of calls of them.
        self._is_scalar = hessian is None and len(outputs) == 1
        self.first_order_count = len(outputs) - (len(function.point) if hessian is not None else 0)
        matrix = np.concatenate(blocks).astype(float)
        point, roundings = function.numbers, np.broadcast_to(0.0, matrix.shape)
        if any(units):
            pairs = zip(blocks, units, strict=True)
            roundings = np.concatenate([UNITS_OF_DERIVATIVE * unit * np.abs(block) for block, unit in pairs])
        self.jacobian = AnalyticJacobian(outputs, lambda: function.labels, point, matrix, roundings, source)

    def restricted_to(self, keys: Sequence[int]) -> Restriction:
        """Return the function, and its gradient if there is a Hessian, as functions of some of the inputs."""
        functions, count, function = self._differentiated, len(self.jacobian.outputs), self.function

        def value(point: Sequence[float]) -> Results:
            args = function.arguments_with(keys, point)
            if self._is_scalar:
                y = function.f(*args)
                if type(y) is float:
                    return [(y, None)]
                values = numbers(y, function.title)
            else:
                values = [x for f in functions for x in f(args)]
            if len(values) != count:
                raise TypeError(
                    f"{function.title} must return as many numbers at every point, "
                    f"got {len(values)} at one and {count} at another"
                )
            return [(x, None) for x in values]

        return value


def _evaluate(function: FunctionAtPoint, derivatives: Any) -> Any:
    if isinstance(derivatives, Derivatives) or callable(derivatives):
        return _applied(function, derivatives)(function.arguments_with([], []))
    return derivatives


def _applied(function: FunctionAtPoint, derivatives: Any) -> Callable[[Sequence[Any]], Any]:
    """Return derivatives as a function of a list of arguments."""
    return derivatives.at if isinstance(derivatives, Derivatives) else function.adapted(derivatives)


def _engine_gradient(f: Callable[..., Any]) -> Callable[[Sequence[Any]], Any]:
    return lambda args: Application(f, tuple(args), hold="integers").value_and_gradient()[1]


def flattened(x: Any, title: str) -> Arguments:
    """Return a result as a nest of numbers.

    Raises:
        ComplexError: a part of it is complex, as plain ``x**1.5`` outside its domain.
        TypeError: a part of it is not a number.
    """
    require_result(x, title)
    try:
        return Arguments(x, where=f"the check of what {title} returned")
    except TypeError:
        if has_complex(x):
            raise ComplexError(
                f"{title} must return real numbers, got complex numbers; return their parts: [y.real, y.imag]"
            ) from None
        raise


def numbers(x: Any, title: str) -> list[float]:
    """Return all numbers in a result, in order."""
    if isinstance(x, float):
        return [float(x)]
    return [y.data if isinstance(y, Value) else y for y in flattened(x, title).scalars]


def entries(title: str, given: Any, inputs: Arguments) -> list[float]:
    """Return first derivatives of a single output, in the order of the variables."""
    if isinstance(given, JacobianRows):
        return [float(x) for x in given.rows.ravel()]
    if inputs.is_plain:
        return numbers(given, f"the {title}")
    blocks = inputs.align(given, f"the {title}")
    return [x for leaf, block in blocks for x in _block(title, block, (), leaf.shape).ravel()]


def _hessian_matrix(given: Any, inputs: Arguments) -> np.ndarray[Any, Any]:
    """Return given second derivatives of a single output as a matrix.

    Args:
        given: the derivatives, or a tuple with a tuple of blocks for each argument.
        inputs: the arguments.

    Raises:
        TypeError: `given` has a part that is not a real number.
        ValueError: `given` has another shape.
    """
    if isinstance(given, JacobianRows):
        return given.rows
    if not inputs.is_plain:
        return _nested_matrix("Hessian", given, inputs, inputs)
    shapes = [shape_of(arg) for arg in inputs.args]
    if type(given) is tuple and len(given) == len(shapes):
        rows = [_flat_matrix("Hessian", block, shape, shapes) for block, shape in zip(given, shapes, strict=True)]
        return np.concatenate(rows)
    outputs = _whole(shapes)
    if _are_in_line(shapes):
        outputs = (size_of(outputs),)
    return _flat_matrix("Hessian", given, outputs, shapes)


def _matrix(title: str, given: Any, outputs: Arguments, inputs: Arguments) -> np.ndarray[Any, Any]:
    """Return given derivatives as a matrix with a row for each output.

    Args:
        title: the name of the derivatives.
        given: the derivatives.
        outputs: the result of the function.
        inputs: its arguments.
    """
    if isinstance(given, JacobianRows):
        return given.rows
    if outputs.is_plain and inputs.is_plain:
        return _flat_matrix(title, given, shape_of(outputs.args[0]), [shape_of(arg) for arg in inputs.args])
    return _nested_matrix(title, given, outputs, inputs)


def _nested_matrix(title: str, given: Any, outputs: Arguments, inputs: Arguments) -> np.ndarray[Any, Any]:
    """Return given derivatives in the structure of the outputs, each in the structure of the arguments, as a matrix.

    A list with an entry for each output is accepted too.
    """
    height = len(outputs.scalars)
    is_list = isinstance(given, list) and len(given) == height and len(inputs.args) == 1
    if is_list and not isinstance(inputs.args[0], (list, tuple)):
        return np.array([entries(title, row, inputs) for row in given])
    rows = []
    # A function has one result, but a Hessian has a row for each of its arguments.
    aligned = outputs.align if outputs is inputs else outputs.nodes[0].align
    for output, part in aligned(given, f"the {title}"):
        blocks = [_block(title, block, output.shape, leaf.shape) for leaf, block in inputs.align(part, f"the {title}")]
        rows.append(np.hstack(blocks))
    return np.concatenate(rows)


def _block(title: str, given: Any, outputs: Shape, arg: Shape) -> np.ndarray[Any, Any]:
    """Return given derivatives of one array of outputs by one array of arguments as a matrix.

    Raises:
        ValueError: `given` has another shape.
    """
    flat, shape = numbers(given, f"the {title}"), shape_of(given)
    if not _is_accepted(shape, outputs, arg):
        raise _shape_error(title, followed(outputs, arg), shape)
    return np.array(flat, dtype=float).reshape(size_of(outputs), size_of(arg))


def _flat_matrix(title: str, given: Any, outputs: Shape, args: Sequence[Shape]) -> np.ndarray[Any, Any]:
    """Return given derivatives, or a tuple with a block for each argument, as a matrix.

    Args:
        title: the name of the derivatives.
        given: the derivatives.
        outputs: the shape of the outputs.
        args: the shapes of the arguments.
    """
    height, width = size_of(outputs), sum(map(size_of, args))
    flat = numbers(given, f"the {title}")
    _check_count(title, len(flat), height, width)
    is_in_blocks = type(given) is tuple and len(given) == len(args)
    if is_in_blocks and all(_is_accepted(shape_of(x), outputs, arg) for x, arg in zip(given, args, strict=True)):
        blocks = [np.array(numbers(block, f"the {title}")) for block in given]
        return np.hstack([x.reshape(height, size_of(arg)) for x, arg in zip(blocks, args, strict=True)])
    shape, whole = shape_of(given), _whole(args)
    # Numbers and vectors one after the other can have only one order.
    line = (width,) if _are_in_line(args) else whole
    if not _is_accepted(shape, outputs, whole) and not _is_accepted(shape, outputs, line):
        raise _shape_error(title, followed(outputs, line), shape)
    return np.array(flat).reshape(height, width)


def _shape_error(title: str, expected: Shape, shape: Shape) -> ValueError:
    remedy = "a transposed or flattened array is not reshaped, because the order of its numbers is not known"
    return ValueError(f"{title} must have shape {written(expected)}, got {written(shape)}; {remedy}")


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
