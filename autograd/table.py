"""The table: every operation by name, those of the package and those that users declare."""

from __future__ import annotations

import copyreg
import inspect
import keyword
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from autograd.domains import REAL, Interval
from autograd.operation import Op, filled, smooth

TABLE: dict[str, Op] = {}
"""Every operation by name."""
METHODS: dict[str, Op] = {}
"""The same, by NumPy's names too: the methods of a Value."""
_SEALED: set[str] = set()
_ATTRIBUTES = {"data", "grad", "label", "op", "operands", "partials", "constant", "named", "backward"}
"""What a Value has otherwise."""
# Names that an operation has neither here nor in NumPy nor in a formula.
_ELSEWHERE = {
    "lg": "log10",
    "lb": "log2",
    "tg": "tan",
    "arctg": "atan",
    "sh": "sinh",
    "ch": "cosh",
    "th": "tanh",
    "expit": "sigmoid",
    "logistic": "sigmoid",
    "swish": "silu",
    "heaviside": "step",
    "sgn": "sign",
    "sum": "total",
    "mod": "fmod",
}
_ATTRIBUTES_ELSEWHERE = {
    "value": "data",
    "item": "data",
    "numpy": "data",
    "gradient": "grad",
    "name": "label",
    "children": "operands",
    "parents": "operands",
}
_MAX_LETTERS = 40


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
        ValueError: `name` is not a name, or is that of an operation of the package; or `symbol` or `latex` has braces
            that are not doubled.
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
    for argument, template in (("symbol", symbol), ("latex", latex)):
        _check_template(argument, template, 1 if variadic else len(positional) - 1)
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


def _check_template(argument: str, template: str, width: int) -> None:
    """Refuse braces that could not be filled in, as formulas are written long after the declaration."""
    try:
        filled(template, ["x"] * width)
    except (LookupError, ValueError, AttributeError):
        raise ValueError(
            f"{argument} must have {{0}}, {{1}}, … for the operands and other braces doubled, got {template!r}; write "
            r"{{ and }}, as in \mathcal{{K}}"
        ) from None


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
        raise LookupError(f"there is no operation {name!r}{suggestion(name, TABLE)}") from None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the question for the names that were meant, as an insertion; "" where none is close.

    >>> suggestion("sigmiod", TABLE), suggestion("foo", TABLE)
    ('; did you mean sigmoid?', '')
    """
    names = closest(name, known)
    return f"; did you mean {' or '.join(names)}?" if names else ""


def closest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three of the `known` names that `name` may be a slip of, the closest first.

    At most (m + n + 3)/6 of the m and n letters may differ, as in CPython's own suggestions.

    >>> closest("grads", ["radians", "grad"]), closest("foo", ["floor"]), closest("OUT", ["in", "out"])
    (['grad'], [], ['out'])
    """
    found: list[tuple[int, str]] = []
    letters = set(name)
    for other in dict.fromkeys(known) if len(name) <= _MAX_LETTERS else ():
        most = (len(name) + len(other) + 3) // 6
        if name.casefold() == other.casefold():
            found.append((0, other))
        # Most names are told apart by their letters; the distance takes ten times as long.
        elif abs(len(name) - len(other)) <= most and len(letters.difference(other)) <= most:
            edits = _edits(name, other)
            if edits <= most:
                found.append((edits, other))
    return [other for _, other in sorted(found, key=lambda pair: pair[0])[:3]]


def _edits(a: str, b: str) -> int:
    """The letters to insert, delete, replace or exchange with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, before, row = before, row, [i + 1]
        for j, y in enumerate(b):
            edits = min(before[j + 1] + 1, row[j] + 1, before[j] + (x != y))
            if i and j and x == b[j - 1] and a[i - 1] == y:
                edits = min(edits, last[j - 1] + 1)
            row.append(edits)
    return row[-1]


def foreign(name: str) -> str:
    """Return the operation that other packages or a formula call `name`, "" if there is none.

    >>> foreign("arcsin"), foreign("ln"), foreign("logistic"), foreign("sin")
    ('asin', 'log', 'sigmoid', '')
    """
    if name in TABLE or name.startswith("_"):
        return ""
    if name in METHODS:
        return METHODS[name].name
    return next((op.name for op in TABLE.values() if op.symbol == name), _ELSEWHERE.get(name, ""))


def no_attribute(name: str) -> str:
    """Return what a Value says of an attribute that it does not have."""
    message = f"a Value has no attribute {name!r}"
    instead = foreign(name) or _ATTRIBUTES_ELSEWHERE.get(name, "")
    if instead:
        return f"{message}; use {instead}"
    return message + suggestion(name, [*sorted(_ATTRIBUTES), *METHODS])


copyreg.pickle(Op, lambda op: (find, (op.name,)))  # by name: its functions are those of the table
