"""Evaluation of expressions: the graph that the statements describe.

``C = (sigmoid(w*a + b) - E)**2`` gives the same nodes as that line of Python on Values. Statements are separated by
``;`` or line ends. Each assigned name becomes a named node.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from autograd.expressions.calls import operations
from autograd.expressions.diagnostics import ExpressionError, alike, quoted
from autograd.expressions.parser import Step, parse
from autograd.reals import real
from autograd.symbolic.typesetting import visible
from autograd.value import Constant, Value

__all__ = ["CONSTANTS", "Evaluation", "ExpressionError", "assignment", "evaluate"]

# The values of these names, unless they are given or assigned another.
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}
# A message lists at most this many names without a value.
MAX_NAMES = 9


class Evaluation(NamedTuple):
    """Result of an expression.

    Attributes:
        output: the value of the last statement.
        names: the node of each name, the given names before the assigned ones.
    """

    output: Value
    names: dict[str, Value]


def evaluate(text: str, values: Mapping[str, Any] | None = None) -> Evaluation:
    """Evaluate statements into a graph.

    Numbers are floats from the start. An assigned number is a leaf, as a given one is. Other numbers are constants.

    Args:
        text: statements such as ``AS = w*a + b; out = sigmoid(AS)``; the last one may be without a name.
        values: a number or a Value for each name that the statements do not assign.

    Returns:
        The value of the last statement, and the node of each name.

    Raises:
        ExpressionError: the text is not an expression, a name has no value, has two, or is not used, or an operation is
            outside its domain.

    >>> C, names = evaluate("out = sigmoid(w*a + b); C = (out - E)**2", {"w": 0.15, "a": 0.8, "b": 0.38, "E": 1})
    >>> C.backward()
    >>> C.label, round(C.data, 4), round(names["out"].data, 4), round(names["w"].grad, 3)
    ('C', 0.1425, 0.6225, -0.142)
    """
    values = values or {}
    steps = parse(text)
    _check_names(text, steps, values)
    names = {name: x if isinstance(x, Value) else Value(real(x, name), name) for name, x in values.items()}
    # Values compare by their data, so nodes are told apart by their identity.
    given = set(map(id, names.values()))
    stack: list[Any] = []
    for step in steps:
        if step.action == "number":
            stack.append(step.argument)
        elif step.action == "name":
            stack.append(names[step.argument] if step.argument in names else CONSTANTS[step.argument])
        elif step.action == "assign":
            stack[-1] = names[step.argument] = _named(stack[-1], step.argument, given)
        else:
            first = len(stack) - step.arity
            operands = stack[first:]
            del stack[first:]
            stack.append(operands if step.action == "list" else _applied(step, operands, text))
    output = stack[-1]
    return Evaluation(output if isinstance(output, Value) else Constant(output), names)


def assignment(text: str) -> tuple[str, float]:
    """Parse ``name=number``; the number may be an expression of numbers.

    Args:
        text: one assignment.

    Returns:
        The name and the number.

    Raises:
        ExpressionError: the text is anything else.

    >>> assignment("x = pi/2")
    ('x', 1.5707963267948966)
    """
    steps = parse(text)
    if [step.action for step in steps].count("assign") != 1 or steps[-1].action != "assign":
        raise ExpressionError("expected one assignment, name=number", text, 0, len(text))
    for step in steps:
        if step.action == "name" and step.argument not in CONSTANTS:
            raise _error(f"the value must consist of numbers, got the name {quoted(step.argument)}", text, step)
    return steps[-1].argument, evaluate(text).output.data


def _applied(step: Step, operands: Sequence[Any], text: str) -> Any:
    """Return the result of an operation; its errors get a position in the expression."""
    try:
        return step.argument(*operands)
    except (ArithmeticError, ValueError, LookupError) as error:
        raise _error(str(error), text, step) from error


def _named(x: Any, name: str, given: Set[int]) -> Value:
    """Return a named node for `x`: a leaf for a number, a new node for a given Value or for one with a name."""
    if not isinstance(x, Value):
        return Value(x, name)
    # A given Value belongs to the caller, and a second name must not replace the first.
    return (+x if x.label or id(x) in given else x).named(name)


def _check_names(text: str, steps: Sequence[Step], values: Mapping[str, Any]) -> None:
    """Raise ExpressionError unless every name has one value where it is used, and every value is used."""
    # In order, so that suggestions do not depend on hashes.
    targets = dict.fromkeys(step.argument for step in steps if step.action == "assign")
    assigned: set[str] = set()
    used: dict[str, Step] = {}
    for step in steps:
        name = step.argument
        if step.action == "assign":
            if name in values:
                raise _error(f"{quoted(name)} is both given and assigned; remove one of them", text, step)
            if name in assigned:
                raise _error(f"{quoted(name)} is assigned twice; use another name", text, step)
            assigned.add(name)
        elif step.action == "name" and name not in assigned:
            if name in targets and name not in values:
                raise _error(f"{quoted(name)} is used before it is assigned; move its statement up", text, step)
            used.setdefault(name, step)
    missing = [name for name in used if name not in values and name not in CONSTANTS]
    if missing:
        name = missing[0]
        hint = f"; the operation is {name}(…)" if name in operations() else alike(name, [*values, *targets, *CONSTANTS])
        assignments = " ".join(f"{visible(x)}=…" for x in missing[:MAX_NAMES])
        raise _error(f"{quoted(name)} has no value; give {assignments}{hint}", text, used[name])
    for name, x in values.items():
        if name not in used:
            hint = alike(name, [*used, *targets])
            raise ExpressionError(
                f"{quoted(name)} is given a value, but the expression has no such name{hint}",
                f"{name}={x!r}",
                0,
                len(name),
            )


def _error(reason: str, text: str, step: Step) -> ExpressionError:
    """Return the error at the token of a step."""
    return ExpressionError(reason, text, step.token.start, len(step.token.text))
