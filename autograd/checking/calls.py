"""The calls that repeat a check, as they are typed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.checking.findings import Finding
from autograd.value import Value

_LONGEST = 200
"""Characters of numbers that are written out."""
_NUMBERS = re.compile(r"[-+.0-9e,()\[\] ]+")
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
    parts += [] if at is None else [_written(at, "x")]
    parts += [f"{name}={_written(x, name)}" for name, x in given.items() if x is not None]
    return f"ag.gradcheck({', '.join([*parts, *options])})"


def _written(given: Any, otherwise: str) -> str:
    """Numbers as they are, functions and Values by their names."""
    if isinstance(given, (list, tuple)) and given and all(isinstance(x, Value) for x in given):
        labels = [x.label for x in given]
        return f"[{', '.join(labels)}]" if all(map(str.isidentifier, labels)) else otherwise
    title = getattr(given, "__name__", "")
    if title.isidentifier():
        return str(title)
    text = repr(given.tolist() if isinstance(given, np.ndarray) else given)
    if len(text) > _LONGEST or not _NUMBERS.fullmatch(text):
        return otherwise
    return f"np.array({text})" if isinstance(given, np.ndarray) else text


def call_alone(found: Finding) -> str:
    """The check of one operation alone, as it is typed; "" if it has too many operands."""
    node = found.node
    if node is None or node.op is None or len(node.operands) > _MOST:
        return ""
    names = "xyuvst"
    op = f"ag.{node.op.name}" if node.op.arity is not None else f"ag.TABLE[{node.op.name!r}]"
    data = [repr(x.data) if math.isfinite(x.data) else f"float('{x.data}')" for x in node.operands]
    free = [names[i] for i, x in enumerate(node.operands) if not x.constant]
    given = [data[i] if x.constant else names[i] for i, x in enumerate(node.operands)]
    point = [data[i] for i, x in enumerate(node.operands) if not x.constant]
    f = op if len(free) == len(given) else f"lambda {', '.join(free)}: {op}({', '.join(given)})"
    order = "" if found.second is None else ", order=2"
    return f"ag.gradcheck({f}, ({', '.join(point)}{',' * (len(point) == 1)}){order})"
