"""The table: every operation by name, those of the package and those that users declare."""

from __future__ import annotations

import copyreg
import inspect
import keyword
from collections.abc import Callable
from difflib import get_close_matches
from types import FunctionType
from typing import Any

from autograd.domains import REAL, Interval
from autograd.operation import Op, smooth

TABLE: dict[str, Op] = {}
"""Every operation by name."""
METHODS: dict[str, Op] = {}
"""The same, by NumPy's names too: the methods of a Value."""
_SEALED: set[str] = set()
_ATTRIBUTES = {"data", "grad", "label", "op", "operands", "partials", "constant", "named", "backward"}
"""What a Value has otherwise."""


def operation(
    name: str,
    forward: Callable[..., float],
    partials: Callable[..., Any],
    *,
    domain: Interval | tuple[Interval, ...] = REAL,
    requires: str = "",
    written: Callable[..., Any] | None = None,
    symbol: str = "",
    latex: str = "",
    numpy: str = "",
    branch: Callable[..., float] = smooth,
    defaults: tuple[float, ...] = (),
) -> Op:
    """Declare an operation and enter it into the table; returns the function that applies it.

    Afterwards ``Value.name`` is a method, and differentiation of any order, tracing, drawing and checking know it.
    The rule must be straight-line: arithmetic and other operations on its arguments, `step` and `where` instead of
    ``if``, so that it gives numbers on floats and a graph on Values.  See `Op` for the arguments.

    >>> import math, autograd as ag
    >>> cubed = ag.operation("cubed", lambda x: x * x * x, lambda x, z: 3 * x * x)
    >>> x = ag.Value(2.0)
    >>> ag.gradient(x.cubed(), x).data, ag.grad(ag.grad(cubed))(2.0)
    (12.0, 12.0)

    Raises:
        ValueError: `name` is not a name, or is that of an operation of the package.
    """
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_") or name in _ATTRIBUTES:
        raise ValueError(f"an operation needs a name that can be that of a function and a method, got {name!r}")
    if name in _SEALED:
        raise ValueError(f"{name!r} is an operation of the package; choose another name")
    if not callable(forward) or not callable(partials):
        raise TypeError(f"operation {name!r} takes two functions, its value and its rule")
    positional = [p.kind for p in inspect.signature(partials).parameters.values()]
    variadic = inspect.Parameter.VAR_POSITIONAL in positional
    if len(positional) < 2:
        raise TypeError(f"the rule of {name!r} takes the operands and then the result: lambda x, z: …")
    op = Op(
        name,
        forward,
        partials,
        None if variadic else len(positional) - 1,
        domain if isinstance(domain, tuple) else (domain,),
        requires,
        written,
        symbol,
        latex,
        numpy,
        branch,
        defaults,
    )
    TABLE[name] = METHODS[name] = op
    if numpy and numpy not in _SEALED:
        METHODS[numpy] = op
    return op


def seal() -> None:
    """From here on the operations that are in the table cannot be declared again.

    And their rules are held in a second form, for floats alone, with the forward functions of the operations that they
    name: x**2 is recorded in a third of the time.  Where that raises, `Op.slopes` goes the longer way.
    """
    _SEALED.update(METHODS)
    for op in TABLE.values():
        rule = op.partials
        names = {name: x.forward if isinstance(x, Op) else x for name, x in rule.__globals__.items()}
        object.__setattr__(op, "numeric", FunctionType(rule.__code__, names))


def find(name: str) -> Op:
    """The operation of that name.

    Raises:
        LookupError: there is none; the message names those that look alike.
    """
    try:
        return TABLE[name]
    except KeyError:
        alike = get_close_matches(name, TABLE, 3)
        hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
        raise LookupError(f"there is no operation {name!r}{hint}") from None


copyreg.pickle(Op, lambda op: (find, (op.name,)))  # by name: its functions are those of the table
