"""What holds of every operation: functions that raise GradientError where it does not."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
from collections.abc import Callable, Sequence

import numpy as np

from autograd.checking import Finding, gradcheck
from autograd.context import quiet
from autograd.object_arrays import values
from autograd.op import TABLE, Op
from autograd.symbolic.typesetting import application
from autograd.testing.application import NO_VALUE, applied, same, second_partials, told, variables
from autograd.testing.assertions import GradientError, without
from autograd.testing.points import Point, is_inside
from autograd.value import Value, topological_order

ROUNDING = 32.0 * math.ulp(1.0)


def partials_hold(op: Op, point: Point, is_special: bool = False) -> None:
    """Each partial agrees with differences or is a valid subgradient; at special points there need be no value.

    Nor need there be a derivative, as that of atan2 at the origin, if the rule has no finite number for it either.
    """
    node = applied(op, point)
    if node is None and not is_special:
        raise GradientError(f"{application(op.name, point)} has no value, so there is no derivative to check here")
    if node is not None and math.isfinite(node.data):
        check = gradcheck(node.named(op.name))
        if not (without(check, _says_nothing) if is_special else check):
            raise GradientError(str(check), check)


def _says_nothing(found: Finding) -> bool:
    return not math.isfinite(found.engine) and math.isnan(found.differences)


def second_order_holds(op: Op, point: Point) -> None:
    """The rule, put to Values and differentiated, agrees with differences of the rule on floats."""
    _is_one_rule(op, point)
    leaves, _, second = second_partials(op, point)
    for i in range(len(leaves)):
        check = gradcheck(_slope(op, i, leaves), tuple(point), gradient=tuple(second[i]))
        if not check:
            message = "the rule, put to Values and differentiated, against differences of the rule on floats:"
            raise GradientError(f"{message}\n{check}", check)


def _is_one_rule(op: Op, point: Point) -> None:
    """Check that the rule gives the same numbers on floats and on Values, but for rounding."""
    leaves, on_floats = variables(op, point), op.slopes(point, op.value(*point))
    try:
        on_values = op.rule(leaves, op(*leaves))
    except Exception:  # differentiating it raises the same and tells of it
        return
    for x, number, partial in zip(leaves, on_floats, on_values, strict=True):
        now = partial.data if isinstance(partial, Value) else partial
        if not (same(number, now) or math.isclose(number, now, rel_tol=1e-9)):
            both = f"{number!r} on floats, and {now!r} on Values"
            raise GradientError(f"the rule of {application(op.name, point)} gives for ∂{op.name}/∂{x.label} {both}")


def _slope(op: Op, i: int, leaves: Sequence[Value]) -> Callable[..., float]:
    """The partial in one operand as a function of floats, by the rule."""

    def slope(*operands: float) -> float:
        return op.slopes(operands, op.value(*operands))[i]

    kind = inspect.Parameter.POSITIONAL_ONLY
    slope.__name__ = f"d{op.name}_d{leaves[i].label}"
    slope.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(x.label, kind) for x in leaves]
    )
    return slope


def is_symmetric(op: Op, point: Point) -> None:
    """∂²/∂x∂y = ∂²/∂y∂x up to the rounding of the terms that each is a sum of; no differences are needed."""
    if applied(op, point) is None:
        return
    leaves, first, second = second_partials(op, point)
    sizes = [_sizes_of_terms(slope, leaves) for slope in first]
    for i, x in enumerate(leaves):
        for j, y in enumerate(leaves[:i]):
            one, other = second[i][j], second[j][i]
            gap = abs(one - other)
            if math.isfinite(gap) and gap > ROUNDING * (sizes[i][j] + sizes[j][i]):
                at, name = application(op.name, point), op.name
                both = f"∂²{name}/∂{y.label}∂{x.label} is {one!r}, and ∂²{name}/∂{x.label}∂{y.label} is {other!r}"
                raise GradientError(f"at {at} {both}: a special case of the rule does not hold for its derivative")


def _sizes_of_terms(output: Value, leaves: Sequence[Value]) -> list[float]:
    """By each leaf, the sum of |product of partials| over all paths: what a derivative is a sum of."""
    sizes = {output: 1.0}
    for node in reversed(topological_order(output)):
        for x, slope in zip(node.operands, node.partials, strict=True):
            if sizes.get(node) and slope:
                sizes[x] = sizes.get(x, 0.0) + sizes[node] * abs(slope)
    return [sizes.get(x, 0.0) for x in leaves]


def keeps_nan(op: Op, points: Sequence[Point]) -> None:
    """With nan for an operand the value is nan, unless that operand does not matter."""
    for point in points:
        for i in range(len(point)):
            missing, *others = ((*point[:i], x, *point[i + 1 :]) for x in (math.nan, 0.5 * point[i], 1.5 * point[i]))
            node = applied(op, missing)
            matters = len({told(op.forward, other) for other in (point, *others)}) > 1
            if node is not None and not math.isnan(node.data) and matters:
                raise GradientError(f"{application(op.name, missing)} is {node.data!r}: nan must not disappear")


def takes_infinity(op: Op, points: Sequence[Point]) -> None:
    """Infinite operands have the value, or the error, that they have on floats, and the rule raises nothing."""
    for point in points:
        for i in range(len(point)):
            for x in (math.inf, -math.inf):
                applied(op, (*point[:i], x, *point[i + 1 :]))


def raises_alike(op: Op, points: Sequence[Point]) -> None:
    """It raises where the float function does and nowhere else, in its domain never, and the rule never."""
    for point in points:
        applied(op, point)
        if is_inside(op, point) and not op.requires and told(op.forward, point) == NO_VALUE:
            needs = f"it is declared for {op.needs()}; declare the domain=…, or what it requires=… in words"
            raise GradientError(f"{application(op.name, point)} has no value, but {needs}")


def is_one_function(op: Op, points: Sequence[Point]) -> None:
    """Floats, NumPy's floats, Values, and Values beside floats have the same value, a float, time after time."""
    for point in points:
        z = op(*point)
        first, *rest = point
        for other in (op(*point), op(*map(np.float64, point)), op(*map(Value, point)), op(Value(first), *rest)):
            data = other.data if isinstance(other, Value) else other
            if not same(z, float(data)):
                kind = type(other).__name__
                raise GradientError(f"{application(op.name, point)} is {z!r}, and then {data!r} as a {kind}")


def takes_arrays(op: Op, points: Sequence[Point]) -> None:
    """Arrays of numbers and of Values are taken element by element."""
    columns = [np.array(column) for column in zip(*points, strict=True)]
    expected = [op(*point) for point in points]
    on_values = [node.data for node in op(*map(values, columns))]
    for found in (op(*columns).tolist(), on_values):
        if len(found) != len(expected) or not all(map(same, found, expected)):
            raise GradientError(f"{op.name} of arrays is {found}, where element by element it is {expected}")


def is_pickled_by_name(op: Op, point: Point) -> None:
    """It comes back from a pickle by its name, alone and in a graph, and a copy of a graph has it too."""
    if TABLE.get(op.name) is not op:
        raise GradientError(f"another operation of the name {op.name!r} is in the table; was it declared twice?")
    node = op(*map(Value, point))
    for twin in (pickle.loads(pickle.dumps(node)), copy.deepcopy(node)):
        if twin.op is not op or not all(map(same, (twin.data, *twin.partials), (node.data, *node.partials))):
            raise GradientError(f"a copy of {application(op.name, point)} is {twin!r}, of {twin.op!r}")


def is_written_right(op: Op, points: Sequence[Point]) -> None:
    """The textbook's form of the rule has the numbers of the computed one."""
    for point in points:
        z = op.value(*point)
        with quiet():
            computed, written = op.rule(point, z), op.rule(point, z, written=True)
        scale = max(1.0, *map(abs, point), abs(z))
        for i, (a, b) in enumerate(zip(computed, written, strict=True)):
            if not (same(a, b) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-14 * scale)):
                at = application(op.name, point)
                raise GradientError(f"the rule of {at} gives {a!r} for operand {i}, and as it is written {b!r}")


def is_numpys_function(op: Op, points: Sequence[Point]) -> None:
    """NumPy's function of the declared name has the same value, on floats and on Values."""
    function = getattr(np, op.numpy)
    for point in points:
        z, theirs, node = op(*point), float(function(*point)), function(*map(Value, point))
        ours = node.data if isinstance(node, Value) else math.nan
        if not (math.isclose(z, theirs, rel_tol=1e-9) and math.isclose(z, ours, rel_tol=1e-9)):
            at = application(op.name, point)
            raise GradientError(f"{at} is {z!r}, and numpy.{op.numpy} gives {theirs!r}, of Values {node!r}")
