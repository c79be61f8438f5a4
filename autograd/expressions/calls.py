"""Calls in expressions: the operation behind a name, and the operands that it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import ops
from autograd.expressions.diagnostics import alike, quoted, to_multiply
from autograd.op import TABLE, Op, foreign

# Functions that take lists: the shapes of their operands (l for a list, n for a number), and how to write these.
ON_LISTS = {
    "total": {"l": "[x, …]"},
    "logsumexp": {"l": "[x, …]"},
    "softmax": {"l": "[x, …]"},
    "dist": {"ll": "[x, …], [y, …]"},
    "dot": {"ll": "[w, …], [x, …]", "lln": "[w, …], [x, …], bias"},
}


def operations() -> dict[str, Op]:
    """Return every operation by each of its names: its own, NumPy's, and the symbol that it is printed with.

    >>> operations()["max"], operations()["arcsin"], operations()["S"]
    (<operation maximum>, <operation asin>, <operation sigmoid>)
    """
    return {
        name: op for op in reversed(TABLE.values()) for name in (op.symbol, op.numpy) if name.isidentifier()
    } | TABLE


def function(name: str, shape: str) -> Callable[..., Any]:
    """Return the function that a call applies to its operands.

    Args:
        name: name of the operation.
        shape: the operands in order, an l for each list and an n for each number.

    Raises:
        LookupError: there is no operation of that name.
        TypeError: the operation does not take such operands.

    >>> function("sigmoid", "n"), function("dot", "lln") is ops.dot
    (<operation sigmoid>, True)
    """
    forms = ON_LISTS.get(name, {})
    if shape in forms:
        on_lists: Callable[..., Any] = getattr(ops, name)
        return on_lists
    op = operations().get(name)
    if op is None and not forms:
        raise no_operation(name)
    if op is None or "l" in shape:
        calls = " or ".join(f"{name}({form})" for form in forms.values())
        raise TypeError(f"{name} takes {calls or 'numbers, not lists'}")
    _check_count(op, name, len(shape))
    return op


def _check_count(op: Op, name: str, count: int) -> None:
    """Raise TypeError unless the operation takes that many operands."""
    if op.arity is None:
        if count == 0:
            raise TypeError(f"{name} takes at least 1 operand, got 0")
        return
    least = op.arity - len(op.defaults)
    if not least <= count <= op.arity:
        counts = f"{least} or {op.arity}" if least < op.arity else str(op.arity)
        raise TypeError(f"{name} takes {counts} {'operand' if op.arity == 1 else 'operands'}, got {count}")


def softmax_element(i: int, values: Sequence[Any]) -> Any:
    """Return ``softmax(values)[i]`` without computing the other elements.

    >>> softmax_element(1, [0.0, 0.0])
    0.5
    """
    return ops.SOFTMAX(float(i), *values)


def no_operation(name: str) -> LookupError:
    """Return the error for a call of a name that is not an operation, with a suggestion."""
    replacement = foreign(name)
    hint = f"; use {replacement}(…)" if replacement else alike(name, operations()) or to_multiply(name, "(")
    return LookupError(f"there is no operation {quoted(name)}{hint}")
