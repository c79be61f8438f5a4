"""Calls by name: which operation a name in an expression stands for, and what it can be called on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import ops
from autograd.expressions.mistakes import alike, quoted, to_multiply
from autograd.op import TABLE, Op, foreign

ON_LISTS = {
    "total": {"l": "[x, …]"},
    "logsumexp": {"l": "[x, …]"},
    "softmax": {"l": "[x, …]"},
    "dist": {"ll": "[x, …], [y, …]"},
    "dot": {"ll": "[w, …], [x, …]", "lln": "[w, …], [x, …], bias"},
}
"""The functions that take lists, with the shapes they take (l a list, n a number) and how these are written."""


def operations() -> dict[str, Op]:
    """Every operation by the names that it goes by: its own, NumPy's, and the one that it is printed with.

    >>> operations()["max"], operations()["arcsin"], operations()["S"]
    (<operation maximum>, <operation asin>, <operation sigmoid>)
    """
    return {
        name: op for op in reversed(TABLE.values()) for name in (op.symbol, op.numpy) if name.isidentifier()
    } | TABLE


def function(name: str, shape: str) -> Callable[..., Any]:
    """What a call of `name` applies to operands of that shape, a string of l for each list and n for each number.

    Raises:
        LookupError: there is nothing of that name.
        TypeError: it does not take such operands; the message says which.

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
        raise TypeError(
            f"{name} takes {' or '.join(f'{name}({form})' for form in forms.values()) or 'numbers, and no lists'}"
        )
    least = op.arity - len(op.defaults) if op.arity is not None else 1
    most = op.arity if op.arity is not None else max(least, len(shape))
    if not least <= len(shape) <= most:
        wants = "at least 1 operand" if op.arity is None else "1 operand" if most == 1 else f"{most} operands"
        raise TypeError(f"{name} takes {f'{least} or ' * (least < most)}{wants}, got {len(shape)}")
    return op


def softmax_element(i: int, values: Sequence[Any]) -> Any:
    """``softmax(values)[i]`` without the others.

    >>> softmax_element(1, [0.0, 0.0])
    0.5
    """
    return ops.SOFTMAX(float(i), *values)


def no_operation(name: str) -> LookupError:
    """The mistake of calling what is no operation, with advice."""
    instead = foreign(name)
    hint = f"; use {instead}(…)" if instead else alike(name, operations()) or to_multiply(name, "(")
    return LookupError(f"there is no operation {quoted(name)}{hint}")
