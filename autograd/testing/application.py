"""An operation put to numbers: on floats, on Values, and what its float function says to that."""

from __future__ import annotations

import math
from collections.abc import Callable

from autograd.derivatives import gradient
from autograd.domains import DomainError
from autograd.op import Op
from autograd.symbolic.typesetting import application
from autograd.testing.assertions import GradientError
from autograd.testing.points import Point
from autograd.value import Value

NO_VALUE, TOO_LARGE = "an error for lack of a value", "an error for overflow"


def variables(op: Op, point: Point) -> list[Value]:
    """A leaf for each operand, named as the rule names it."""
    names = list(op.__signature__.parameters)
    if len(names) != len(point):
        names = [f"x{i}" for i in range(1, len(point) + 1)]
    return [Value(x, name) for x, name in zip(point, names, strict=True)]


def told(f: Callable[..., float], point: Point) -> float | str:
    """The value of a float function, or how it comes that there is none."""
    try:
        return f(*point)
    except (ValueError, ZeroDivisionError):
        return NO_VALUE
    except OverflowError:
        return TOO_LARGE


def same(a: float | str, b: float | str) -> bool:
    """Whether two outcomes are the same, nan being the same as nan."""
    return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


def applied(op: Op, point: Point) -> Value | None:
    """The operation on Values; None where it raises as the float function does.

    Raises:
        GradientError: the float function, the operation on floats and on Values are not of one mind.
    """
    ours, theirs, at = told(op, point), told(op.forward, point), application(op.name, point)
    if not same(ours, theirs) and not (theirs == TOO_LARGE and op.numpy):
        raise GradientError(f"{at} gives {ours}, but its float function {theirs}")
    try:
        node: Value = op(*variables(op, point))
    except Exception as error:
        if isinstance(error, (DomainError, OverflowError)) and isinstance(ours, str):
            return None
        message = f"{at} gives {ours} on floats, but on Values {type(error).__name__}: {error}"
        raise GradientError(message) from error
    if not same(node.data, ours):
        raise GradientError(f"{at} gives {ours} on floats, but {node.data!r} on Values")
    return node


def second_partials(op: Op, point: Point) -> tuple[list[Value], list[Value], list[list[float]]]:
    """The operands, the partials as the rule gives them on Values, and the partials of these.

    Raises:
        GradientError: the rule cannot be differentiated.
    """
    leaves = variables(op, point)
    try:
        first = gradient(op(*leaves), leaves)
        return leaves, first, [[x.data for x in gradient(slope, leaves)] for slope in first]
    except Exception as error:
        at = application(op.name, point)
        raise GradientError(f"the rule of {at} cannot be differentiated: {type(error).__name__}: {error}") from error
