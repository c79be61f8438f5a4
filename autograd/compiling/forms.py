"""Which function on arrays an operation is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling import functions
from autograd.operation import Op

SAME_NAME = {"sign", "floor", "fmod", "hypot", "maximum", "minimum"}
"""Operations that NumPy has by the same name."""


def numpy_name(op: Op) -> str:
    """NumPy's name for the operation, "" where it has none."""
    name = op.name if op.name in SAME_NAME and is_built_in(op) else op.numpy
    return name if callable(getattr(np, name, None)) else ""


def own_name(op: Op) -> str:
    """The name that it has among our own functions, "" where it has none."""
    return op.name if not numpy_name(op) and is_built_in(op) and hasattr(functions, op.name) else ""


def is_built_in(op: Op) -> bool:
    """Whether it is the operation of the table, and not another of its name."""
    return getattr(ops, op.name, None) is op


def numpy_form(op: Op) -> Callable[..., Any] | None:
    """The function, None where there is none."""
    if numpy_name(op):
        found: Callable[..., Any] = getattr(np, numpy_name(op))
        return found
    return getattr(functions, op.name) if own_name(op) else None
