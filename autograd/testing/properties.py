"""Properties that every operation must have; each function raises GradientError if its property fails."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
from collections.abc import Callable, Sequence

import numpy as np

from autograd.checking import Finding, gradcheck
from autograd.context import quiet
from autograd.derivatives import gradient
from autograd.domains import DomainError
from autograd.object_arrays import values
from autograd.op import TABLE, Op
from autograd.symbolic.typesetting import application
from autograd.testing.assertions import GradientError, without
from autograd.testing.points import Point, is_inside
from autograd.value import Value, topological_order

# The outcomes of a float function that raises, in the words of a message.
NO_VALUE = "an error for lack of a value"
TOO_LARGE = "an error for overflow"
# The relative rounding error of a sum of second partials, in units of the gross sum.
MAX_ROUNDING_ERROR = 32.0 * math.ulp(1.0)
# Relative error allowed between two correct implementations of one function.
RTOL = 1e-9


def variables(op: Op, point: Point) -> list[Value]:
    """Return a leaf for each operand, named like the parameter of the rule."""
    names = list(op.__signature__.parameters)
    if len(names) != len(point):
        names = [f"x{i}" for i in range(1, len(point) + 1)]
    return [Value(x, name) for x, name in zip(point, names, strict=True)]


def result_of(f: Callable[..., float], point: Point) -> float | str:
    """Return the value of a float function, or a description of the error that it raises."""
    try:
        value = f(*point)
    except (ValueError, ZeroDivisionError):
        return NO_VALUE
    except OverflowError:
        return TOO_LARGE
    # Plain x**1.5 turns complex outside its domain.
    return NO_VALUE if isinstance(value, complex) else value


def same(a: float | str, b: float | str) -> bool:
    """Return True if two results are equal; nan equals nan."""
    return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


def applied(op: Op, point: Point) -> Value | None:
    """Apply the operation to Values; return None if it raises as the float function does.

    Raises:
        GradientError: the float function, the operation on floats and the operation on Values differ.
    """
    ours, theirs, at = result_of(op, point), result_of(op.forward, point), application(op.name, point)
    # An operation with a NumPy counterpart returns that one's inf on overflow.
    if not same(ours, theirs) and not (theirs == TOO_LARGE and op.numpy):
        raise GradientError(f"{at} gives {ours}, but its float function gives {theirs}")
    try:
        node: Value = op(*variables(op, point))
    except Exception as error:
        if isinstance(error, (DomainError, OverflowError)) and isinstance(ours, str):
            return None
        message = f"{at} gives {ours} on floats, but raises {type(error).__name__} on Values: {error}"
        raise GradientError(message) from error
    if not same(node.data, ours):
        raise GradientError(f"{at} gives {ours} on floats, but {node.data!r} on Values")
    return node


def second_partials(op: Op, point: Point) -> tuple[list[Value], list[Value], list[list[float]]]:
    """Return the operands, the partials by the rule on Values, and their partials.

    Raises:
        GradientError: the rule cannot be differentiated.
    """
    leaves = variables(op, point)
    try:
        first = gradient(op(*leaves), leaves)
        return leaves, first, [[x.data for x in gradient(partial, leaves)] for partial in first]
    except Exception as error:
        at = application(op.name, point)
        raise GradientError(f"the rule of {at} cannot be differentiated: {type(error).__name__}: {error}") from error


def partials_hold(op: Op, point: Point, is_special: bool = False) -> None:
    """Check that each partial agrees with finite differences or is a valid subgradient.

    Args:
        op: the operation.
        point: the operands.
        is_special: True if the operation need not have a value there. Nor need it have a derivative, like atan2 at the
            origin, if the rule has no finite number for it either.
    """
    node = applied(op, point)
    if node is None and not is_special:
        raise GradientError(f"{application(op.name, point)} has no value, so there is no derivative to check here")
    if node is not None and math.isfinite(node.data):
        check = gradcheck(node.named(op.name))
        if not (without(check, _has_no_derivative) if is_special else check):
            raise GradientError(str(check), check)


def _has_no_derivative(finding: Finding) -> bool:
    return not math.isfinite(finding.engine) and math.isnan(finding.differences)


def second_order_holds(op: Op, point: Point) -> None:
    """Check the rule, differentiated on Values, against finite differences of the rule on floats."""
    _rules_agree(op, point)
    leaves, _, second = second_partials(op, point)
    # At a kink of the operation the rule jumps, and there is no derivative of the rule to check.
    if any(found.verdict == "kink" for found in gradcheck(op(*leaves)).leaves):
        return
    for i in range(len(leaves)):
        check = gradcheck(_partial(op, i, leaves), tuple(point), gradient=tuple(second[i]))
        if not check:
            message = "the rule, differentiated on Values, against finite differences of the rule on floats:"
            raise GradientError(f"{message}\n{check}", check)


def _rules_agree(op: Op, point: Point) -> None:
    """Check that the rule gives the same numbers on floats and on Values, up to rounding."""
    leaves, on_floats = variables(op, point), op.slopes(point, op.value(*point))
    try:
        on_values = op.rule(leaves, op(*leaves))
    except Exception:
        # `second_partials` raises the same error and reports it.
        return
    for x, number, partial in zip(leaves, on_floats, on_values, strict=True):
        now = partial.data if isinstance(partial, Value) else partial
        if not (same(number, now) or math.isclose(number, now, rel_tol=RTOL)):
            both = f"{number!r} on floats, but {now!r} on Values"
            raise GradientError(f"the rule of {application(op.name, point)} gives ∂{op.name}/∂{x.label} = {both}")


def _partial(op: Op, i: int, leaves: Sequence[Value]) -> Callable[..., float]:
    """Return the partial by one operand as a function of floats, by the rule."""

    def partial(*operands: float) -> float:
        return op.slopes(operands, op.value(*operands))[i]

    positional = inspect.Parameter.POSITIONAL_ONLY
    partial.__name__ = f"d{op.name}_d{leaves[i].label}"
    partial.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(x.label, positional) for x in leaves]
    )
    return partial


def is_symmetric(op: Op, point: Point) -> None:
    """Check that ∂²/∂x∂y = ∂²/∂y∂x up to the rounding of their terms; no finite differences are needed."""
    if applied(op, point) is None:
        return
    leaves, first, second = second_partials(op, point)
    sizes = [_gross_sums(partial, leaves) for partial in first]
    for i, x in enumerate(leaves):
        for j, y in enumerate(leaves[:i]):
            lower, upper = second[i][j], second[j][i]
            gap = abs(lower - upper)
            if math.isfinite(gap) and gap > MAX_ROUNDING_ERROR * (sizes[i][j] + sizes[j][i]):
                at, name = application(op.name, point), op.name
                both = f"∂²{name}/∂{y.label}∂{x.label} is {lower!r}, and ∂²{name}/∂{x.label}∂{y.label} is {upper!r}"
                raise GradientError(f"at {at} {both}: a special case of the rule does not hold for its derivative")


def _gross_sums(output: Value, leaves: Sequence[Value]) -> list[float]:
    """Return, for each leaf, the sum over all paths of the absolute products of partials."""
    sizes = {output: 1.0}
    for node in reversed(topological_order(output)):
        for x, partial in zip(node.operands, node.partials, strict=True):
            if sizes.get(node) and partial:
                sizes[x] = sizes.get(x, 0.0) + sizes[node] * abs(partial)
    return [sizes.get(x, 0.0) for x in leaves]


def keeps_nan(op: Op, points: Sequence[Point]) -> None:
    """Check that the value is nan if an operand is nan, unless that operand has no effect."""
    for point in points:
        for i in range(len(point)):
            missing, *others = ((*point[:i], x, *point[i + 1 :]) for x in (math.nan, 0.5 * point[i], 1.5 * point[i]))
            node = applied(op, missing)
            has_effect = len({result_of(op.forward, operands) for operands in (point, *others)}) > 1
            if node is not None and not math.isnan(node.data) and has_effect:
                raise GradientError(f"{application(op.name, missing)} is {node.data!r}: nan must not disappear")


def takes_infinity(op: Op, points: Sequence[Point]) -> None:
    """Check that infinite operands give the same value or error as on floats, and that the rule raises nothing."""
    for point in points:
        for i in range(len(point)):
            for x in (math.inf, -math.inf):
                applied(op, (*point[:i], x, *point[i + 1 :]))


def raises_alike(op: Op, points: Sequence[Point]) -> None:
    """Check that it raises exactly where the float function does, not in its domain, and that the rule never does."""
    for point in points:
        applied(op, point)
        if is_inside(op, point) and not op.requires and result_of(op.forward, point) == NO_VALUE:
            needs = f"it is declared for {op.needs()}; declare the domain=…, or what it requires=… in words"
            raise GradientError(f"{application(op.name, point)} has no value, but {needs}")


def is_one_function(op: Op, points: Sequence[Point]) -> None:
    """Check that floats, NumPy's floats, Values and Values with floats give the same float at every call."""
    for point in points:
        z = op(*point)
        first, *rest = point
        for again in (op(*point), op(*map(np.float64, point)), op(*map(Value, point)), op(Value(first), *rest)):
            data = float(again.data if isinstance(again, Value) else again)
            if not same(z, data):
                type_name = "Value" if isinstance(again, Value) else type(again).__name__
                raise GradientError(
                    f"{application(op.name, point)} is {z!r} at first, but then {data!r} as a {type_name}"
                )


def takes_arrays(op: Op, points: Sequence[Point]) -> None:
    """Check that arrays of numbers and of Values are taken element by element."""
    columns = [np.array(column) for column in zip(*points, strict=True)]
    expected = [op(*point) for point in points]
    on_values = [node.data for node in op(*map(values, columns))]
    for actual in (op(*columns).tolist(), on_values):
        if len(actual) != len(expected) or not all(map(same, actual, expected)):
            raise GradientError(f"{op.name} gives {actual} on arrays, but {expected} element by element")


def is_pickled_by_name(op: Op, point: Point) -> None:
    """Check that a pickled and a copied graph refer to the operation of this name."""
    if TABLE.get(op.name) is not op:
        raise GradientError(f"the table has another operation named {op.name!r}; was it declared twice?")
    node = op(*map(Value, point))
    for twin in (pickle.loads(pickle.dumps(node)), copy.deepcopy(node)):
        if twin.op is not op or not all(map(same, (twin.data, *twin.partials), (node.data, *node.partials))):
            raise GradientError(f"a copy of {application(op.name, point)} is {twin!r}, of {twin.op!r}")


def is_written_right(op: Op, points: Sequence[Point]) -> None:
    """Check that the written form of the rule agrees with the rule that is computed."""
    for point in points:
        z = op.value(*point)
        with quiet():
            computed, written = op.rule(point, z), op.rule(point, z, written=True)
        scale = max(1.0, *map(abs, point), abs(z))
        for i, (a, b) in enumerate(zip(computed, written, strict=True)):
            if not (same(a, b) or math.isclose(a, b, rel_tol=RTOL, abs_tol=1e-14 * scale)):
                at = application(op.name, point)
                raise GradientError(f"the rule of {at} gives {a!r} for operand {i}, but its written form gives {b!r}")


def is_numpys_function(op: Op, points: Sequence[Point]) -> None:
    """Check that NumPy's function of the declared name has the same value, on floats and on Values."""
    function = getattr(np, op.numpy)
    for point in points:
        z, theirs, node = op(*point), float(function(*point)), function(*map(Value, point))
        ours = node.data if isinstance(node, Value) else math.nan
        if not (math.isclose(z, theirs, rel_tol=RTOL) and math.isclose(z, ours, rel_tol=RTOL)):
            at = application(op.name, point)
            raise GradientError(
                f"{at} is {z!r}, but numpy.{op.numpy} gives {theirs!r} on floats, and {node!r} on Values"
            )
