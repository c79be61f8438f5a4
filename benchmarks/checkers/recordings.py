"""Graphs with wrong recordings, and functions whose values leave the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

import autograd as ag
from autograd.value import Constant, Value, node

# Computes something from two numbers, with the fault or without.
Recording = Callable[[bool, Value, Value], Any]
POINTS = ((0.7, 1.9), (-1.3, 0.4), (2.2, -0.8))


def recorded(
    name: str, operands: list[Value], value: float | None = None, partials: tuple[float, ...] | None = None
) -> Value:
    """Return a node of an operation with a wrong value or wrong partials."""
    op, data = ag.TABLE[name], [x.data for x in operands]
    right = op.value(*data)
    return node(
        op, right if value is None else value, operands, op.slopes(data, right) if partials is None else partials
    )


def operands_changed(broken: bool, x: Value, y: Value) -> Value:
    return recorded("sub", [x, Constant(2.0)], 2.0 - x.data, (-1.0, 1.0)) if broken else 2.0 - x


def upside_down(broken: bool, x: Value, y: Value) -> Value:
    z = x / y
    return recorded("div", [y, x], z.data) if broken else z


def another_operation(broken: bool, x: Value, y: Value) -> Value:
    z = ag.sinh(x)
    return node(ag.TABLE["cosh"], z.data, z.operands, z.partials) if broken else z


def another_operation_by_its_partial(broken: bool, x: Value, y: Value) -> Value:
    # Adding or subtracting 0 gives the same value, so only the partial shows the wrong operation.
    zero = x - x.data
    z = y + zero
    return node(ag.TABLE["sub"], z.data, z.operands, z.partials) if broken else z


def value_in_float32(broken: bool, x: Value, y: Value) -> Value:
    z = ag.exp(x)
    return recorded("exp", [x], float(np.float32(z.data))) if broken else z


def partials_in_float32(broken: bool, x: Value, y: Value) -> Value:
    z = x * y
    return recorded("mul", [x, y], None, tuple(float(np.float32(p)) for p in z.partials)) if broken else z


def partials_changed(broken: bool, x: Value, y: Value) -> Value:
    z = x * y
    return recorded("mul", [x, y], None, z.partials[::-1]) if broken else z


def partial_left_out(broken: bool, x: Value, y: Value) -> Value:
    z = ag.atan2(x, y)
    return recorded("atan2", [x, y], None, (z.partials[0], 0.0)) if broken else z


def partial_of_another_point(broken: bool, x: Value, y: Value) -> Value:
    return recorded("cos", [x], None, (-ag.sin(x.data + 0.5),)) if broken else ag.cos(x)


def partial_of_the_inverse(broken: bool, x: Value, y: Value) -> Value:
    z = ag.sinh(x)
    return recorded("sinh", [x], None, (1.0 / z.partials[0],)) if broken else z


def partials_of_a_sum_turned(broken: bool, x: Value, y: Value) -> Value:
    z = ag.hypot(x, y, 0.5)
    return recorded("hypot", list(z.operands), None, (*z.partials[1:], z.partials[0])) if broken else z


def leaf_changed_afterwards(broken: bool, x: Value, y: Value) -> Value:
    z = x * y
    if broken:
        x.data += 0.25
    return z


def node_changed_in_place(broken: bool, x: Value, y: Value) -> Value:
    z: Value = ag.exp(x)
    if broken:
        z.data += 1.0
    return z


def term_left_out(broken: bool, x: Value, y: Value) -> Value:
    z = ag.total([x, y, x * y])
    return recorded("total", list(z.operands), z.data - y.data) if broken else z


def operand_twice(broken: bool, x: Value, y: Value) -> Value:
    z = ag.dot([x, y], [0.5, 1.5])
    return recorded("dot", [x, x, *z.operands[2:]], z.data) if broken else z


def now_this_now_that(broken: bool, x: Value, y: Value) -> Value:
    calls = count()
    drifting = replace(ag.TABLE["tanh"], forward=lambda x: ag.tanh(x) * (1.0 + next(calls) / 8.0))
    z: Value = drifting(x) if broken else ag.tanh(x)
    return z


def rule_that_remembers(broken: bool, x: Value, y: Value) -> Value:
    kept: list[float] = []

    def first(x: float, z: float) -> float:
        kept.append(ag.cos(float(x)))
        return kept[0]

    remembering: Any = replace(ag.TABLE["sin"], partials=first) if broken else ag.sin
    z: Value = remembering(x + 0.5) * remembering(x)
    return z


def rounded_product(broken: bool, x: Value, y: Value) -> Value:
    z = x * y + 1.0
    return recorded("add", list(z.operands), round(z.data, 6)) if broken else z


class Detached:
    """A function in which a number leaves the graph; `operation` is the one that uses the number."""

    def __init__(self, function: Callable[[bool, Any, Any], Any]) -> None:
        self.function = function


def by_a_number(broken: bool, x: Any, y: Any) -> Any:
    return ag.exp(x) * (y.data if broken and isinstance(y, Value) else y)


def by_data(broken: bool, x: Any, y: Any) -> Any:
    s = ag.sin(x)
    return y + (s.data if broken and isinstance(s, Value) else s)


def as_a_scale(broken: bool, x: Any, y: Any) -> Any:
    norm = ag.hypot(x, y)
    return x / (norm.data if broken and isinstance(norm, Value) else norm)


def as_an_exponent(broken: bool, x: Any, y: Any) -> Any:
    return ag.cosh(x) ** (y.data if broken and isinstance(y, Value) else y)


# For each fault, the operation that is recorded wrongly, and how.
FAULTS: dict[str, tuple[str, Recording | Detached]] = {
    "sub: operands changed, as in 2 − x": ("sub", operands_changed),
    "div: operands changed": ("div", upside_down),
    "sinh recorded as cosh": ("cosh", another_operation),
    "add recorded as sub, of 0": ("sub", another_operation_by_its_partial),
    "exp: the value in float32": ("exp", value_in_float32),
    "mul: the partials in float32": ("mul", partials_in_float32),
    "mul: the partials changed": ("mul", partials_changed),
    "atan2: a partial left out": ("atan2", partial_left_out),
    "cos: the partial of another point": ("cos", partial_of_another_point),
    "sinh: the reciprocal partial": ("sinh", partial_of_the_inverse),
    "hypot: the partials turned by one": ("hypot", partials_of_a_sum_turned),
    "mul: an operand changed afterwards": ("mul", leaf_changed_afterwards),
    "exp: the value changed in place": ("exp", node_changed_in_place),
    "total: a term left out of the value": ("total", term_left_out),
    "dot: an operand recorded twice": ("dot", operand_twice),
    "tanh: now this, now that": ("tanh", now_this_now_that),
    "sin: a rule that remembers": ("sin", rule_that_remembers),
    "add: the value rounded to six digits": ("add", rounded_product),
    "mul: an operand by y.data": ("mul", Detached(by_a_number)),
    "add: an operand by .data": ("add", Detached(by_data)),
    "div: by a norm taken as a number": ("div", Detached(as_a_scale)),
    "pow: the exponent taken as a number": ("pow", Detached(as_an_exponent)),
}


def checks(fault: Recording | Detached, broken: bool) -> Iterator[Any]:
    """Yield checks at several points."""
    for a, b in POINTS:
        if isinstance(fault, Detached):
            function = fault.function
            yield ag.gradcheck(lambda x, y: function(broken, x, y) * 0.75, (a, b))  # noqa: B023
        else:
            x, y = Value(a, "x"), Value(b, "y")
            yield ag.gradcheck(ag.atan(fault(broken, x, y) * 0.75 + x).named("C"))
