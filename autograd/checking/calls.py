"""The calls that repeat a check, as they are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.checking.findings import Finding
from autograd.engine import Value

_LONGEST = 200
"""Characters of a point that is written out."""
_MOST = 6
"""Operands of an operation that is called by itself."""


def call_of(title: str, at: Any, given: Mapping[str, Any], options: Sequence[str] = ()) -> str:
    """The call that repeats a check; names stand for what has no writing.

    Args:
        title: what the function or the graph is called.
        at: the point, None for a graph.
        given: what else was given, by the names of the arguments; None for nothing.
        options: the other arguments, as they are written.

    >>> call_of("f", (2.0, 5.0), {"gradient": print}, ["order=2"])
    'ag.gradcheck(f, (2.0, 5.0), gradient=print, order=2)'
    """
    parts = [title if title.isidentifier() else "C"]
    if at is not None:
        written = f"np.array({at.tolist()!r})" if isinstance(at, np.ndarray) else repr(at)
        parts.append(written if len(written) <= _LONGEST else "x")
    parts += [f"{name}={_named(x, name)}" for name, x in given.items() if x is not None]
    return f"ag.gradcheck({', '.join([*parts, *options])})"


def _named(given: Any, otherwise: str) -> str:
    if isinstance(given, (list, tuple)) and all(isinstance(x, Value) and x.label.isidentifier() for x in given):
        return f"[{', '.join(x.label for x in given)}]"
    title = getattr(given, "__name__", "")
    return title if title.isidentifier() else otherwise


def call_alone(found: Finding) -> str:
    """The check of one operation alone, as it is typed; "" if it has too many operands."""
    node = found.node
    if node is None or node.op is None or len(node.operands) > _MOST:
        return ""
    names = "xyuvst"
    op = f"ag.{node.op.name}" if node.op.arity is not None else f"ag.TABLE[{node.op.name!r}]"
    given = [repr(x.data) if x.constant else names[i] for i, x in enumerate(node.operands)]
    free = [names[i] for i, x in enumerate(node.operands) if not x.constant]
    point = [repr(x.data) for x in node.operands if not x.constant]
    f = op if len(free) == len(given) else f"lambda {', '.join(free)}: {op}({', '.join(given)})"
    order = "" if found.second is None else ", order=2"
    return f"ag.gradcheck({f}, ({', '.join(point)}{',' * (len(point) == 1)}){order})"
