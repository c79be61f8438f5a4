"""Expressions given as text, evaluated into a graph without ever being run as Python.

``C = (sigmoid(w*a + b) - E)**2`` becomes the same nodes as that line of Python on Values would.  Statements are
separated by ``;`` or line ends; each assigned name becomes a named node.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from autograd.expressions.calls import operations
from autograd.expressions.mistakes import ExpressionError, alike, quoted
from autograd.expressions.syntax import Step, parse
from autograd.reals import real
from autograd.symbolic.typesetting import visible
from autograd.value import Constant, Value

__all__ = ["CONSTANTS", "Evaluation", "ExpressionError", "assignment", "evaluate"]

CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}
"""What these names stand for, unless they are given or assigned a value."""


class Evaluation(NamedTuple):
    """What an expression came to.

    Attributes:
        output: the value of the last statement.
        names: the node of each name, those given first and then those assigned.
    """

    output: Value
    names: dict[str, Value]


def evaluate(text: str, values: Mapping[str, Any] | None = None) -> Evaluation:
    """The graph that the statements in `text` describe, at the `values` of the names in it.

    Numbers are floats from the start.  An assigned number is a leaf, as a given one is; other numbers are constants.

    Args:
        text: statements such as ``AS = w*a + b; out = sigmoid(AS)``; the last one may go without a name.
        values: a number for each name that is not assigned one; a Value is taken as it is.

    Raises:
        ExpressionError: the text is no expression, a name has no value, two values or no use, or an operation has no
            value where it is evaluated.

    >>> C, names = evaluate("out = sigmoid(w*a + b); C = (out - E)**2", {"w": 0.15, "a": 0.8, "b": 0.38, "E": 1})
    >>> C.backward()
    >>> C.label, round(C.data, 4), round(names["out"].data, 4), round(names["w"].grad, 3)
    ('C', 0.1425, 0.6225, -0.142)
    """
    values = values or {}
    steps = parse(text)
    _check_names(text, steps, values)
    names = {name: x if isinstance(x, Value) else Value(real(x, name), name) for name, x in values.items()}
    given = set(map(id, names.values()))
    stack: list[Any] = []
    for step in steps:
        if step.does == "number":
            stack.append(step.what)
        elif step.does == "name":
            stack.append(names[step.what] if step.what in names else CONSTANTS[step.what])
        elif step.does == "assign":
            stack[-1] = names[step.what] = _named(stack[-1], step.what, given)
        else:
            first = len(stack) - step.takes
            operands = stack[first:]
            del stack[first:]
            stack.append(operands if step.does == "list" else _applied(step, operands, text))
    output = stack[-1]
    return Evaluation(output if isinstance(output, Value) else Constant(output), names)


def assignment(text: str) -> tuple[str, float]:
    """The name and the number in ``name=number``; the number may be an expression of numbers.

    Raises:
        ExpressionError: it is something else.

    >>> assignment("x = pi/2")
    ('x', 1.5707963267948966)
    """
    steps = parse(text)
    if [step.does for step in steps].count("assign") != 1 or steps[-1].does != "assign":
        raise ExpressionError("expected one value, as name=number", text, 0, len(text))
    for step in steps:
        if step.does == "name" and step.what not in CONSTANTS:
            raise _mistake(f"a value is made of numbers, and {quoted(step.what)} is none", text, step)
    return steps[-1].what, evaluate(text).output.data


def _applied(step: Step, operands: Sequence[Any], text: str) -> Any:
    try:
        return step.what(*operands)
    except (ArithmeticError, ValueError, LookupError) as error:
        raise _mistake(str(error), text, step) from error


def _named(x: Any, name: str, given: Set[int]) -> Value:
    """Return `x` under a name: a number as a leaf; a given Value, and what has a name already, under a new node."""
    if not isinstance(x, Value):
        return Value(x, name)
    return (+x if x.label or id(x) in given else x).named(name)


def _check_names(text: str, steps: Sequence[Step], values: Mapping[str, Any]) -> None:
    """Raise ExpressionError unless every name has one value where it is used, and every value is used."""
    later = {step.what: step for step in steps if step.does == "assign"}
    assigned: set[str] = set()
    used: dict[str, Step] = {}
    for step in steps:
        name = step.what
        if step.does == "assign":
            if name in values:
                raise _mistake(
                    f"{quoted(name)} is given a value and assigned one too; leave one of them out", text, step
                )
            if name in assigned:
                raise _mistake(f"{quoted(name)} is assigned a second time; use another name", text, step)
            assigned.add(name)
        elif step.does == "name" and name not in assigned:
            if name in later and name not in values:
                raise _mistake(f"{quoted(name)} is used before it is assigned; put its statement first", text, step)
            used.setdefault(name, step)
    missing = [name for name in used if name not in values and name not in CONSTANTS]
    if missing:
        name = missing[0]
        hint = f"; the operation is {name}(…)" if name in operations() else alike(name, [*values, *later, *CONSTANTS])
        gifts = " ".join(f"{visible(x)}=…" for x in missing[:9])
        raise _mistake(f"{quoted(name)} has no value; give {gifts}{hint}", text, used[name])
    for name, x in values.items():
        if name not in used:
            hint = alike(name, [*used, *later])
            raise ExpressionError(
                f"{quoted(name)} is given a value, but the expression has no such name{hint}",
                f"{name}={x!r}",
                0,
                len(name),
            )


def _mistake(reason: str, text: str, step: Step) -> ExpressionError:
    return ExpressionError(reason, text, step.token.start, len(step.token.text))
