"""Functions on arrays that operations are, and the operations that only programs have."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling import functions
from autograd.functions import softmax
from autograd.op import Op

# Operations that only programs have.  A softmax does not depend on the `top` that is taken from its logits, and neither
# do logsumexp and their derivatives: so `top` has partial 0.
SHIFTED = Op("shifted", lambda x, top: 0.0 if x == top else x - top, lambda x, top, z: (1.0, 0.0), 2)
SHIFTED_LOG = Op("shifted_log", lambda x, top: top + math.log(x), lambda x, top, z: (1.0 / x, 0.0), 2)
# of an index and a vector; written in other operations before it is computed
LOG_SOFTMAX = Op("log_softmax", lambda i, *xs: math.log(softmax(i, *xs)), lambda *xs, z: (), None)
BUILT_IN = {SHIFTED, SHIFTED_LOG, LOG_SOFTMAX} | {op for op in vars(ops).values() if isinstance(op, Op)}
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
    """Return True if it is an operation of the package, and not another of its name."""
    return op in BUILT_IN


def numpy_form(op: Op) -> Callable[..., Any] | None:
    """The function, None where there is none."""
    if numpy_name(op):
        found: Callable[..., Any] = getattr(np, numpy_name(op))
        return found
    return getattr(functions, op.name) if own_name(op) else None
