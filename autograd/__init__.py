"""Scalar automatic differentiation that shows its work.

A `Value` records what is done to it; `trace` works one derivative out by hand, `draw` draws the graph, `explore` makes
a page of it, `gradcheck` checks it against finite differences, `compile` runs it as the matrix program that it is.
Every operation of the table in :mod:`autograd.ops` is a function here.

>>> import autograd as ag
>>> w, a = ag.Value(0.15, "W[1,1]"), ag.Value(0.8, "a[1]")
>>> out = ag.sigmoid(w * a + 0.38).named("out")
>>> C = ((out - 1) ** 2).named("C")
>>> round(ag.trace(C, w).value, 3)
-0.142

PYTEST_DONT_REWRITE: else pytest, which knows our plugin, warns where this is imported before it starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import _scalar_autograd
import autograd.display  # what notebooks and help() show
import autograd.pickling  # noqa: F401  registers how graphs are pickled and copied
from autograd.derivatives import grad, gradient, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.domains import DomainError, Interval, PoleError
from autograd.graph import between, leaves, paths, replay
from autograd.native import COMPILED
from autograd.object_arrays import values
from autograd.op import TABLE, Op, foreign, operation, suggestion
from autograd.ops import (
    abs,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    clip,
    cos,
    cosh,
    degrees,
    dist,
    dot,
    elu,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    fmod,
    gaussian,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    log2,
    log10,
    logsumexp,
    maximum,
    minimum,
    normal_cdf,
    pow,
    radians,
    relu,
    remainder,
    sech,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    total,
    where,
)
from autograd.value import Value, topological_order

if TYPE_CHECKING:
    from autograd.anomalies import anomaly
    from autograd.checking import check_by_hand, gradcheck
    from autograd.compiling import compile
    from autograd.drawing import GraphTooLarge, draw, draw_network
    from autograd.drawing.exploring import explore
    from autograd.locations import line_of, source_lines
    from autograd.testing import assert_gradients, op_cases
    from autograd.tracing import plot, trace, worksheets

_scalar_autograd.refuse_hips_autograd(__spec__)

__version__ = "0.1.0"
# True if the engine is compiled to machine code, as `pip install` does if it finds a C compiler.
compiled: bool = COMPILED

_LOADED_WHEN_USED = {
    "GraphTooLarge": "drawing",
    "anomaly": "anomalies",
    "assert_gradients": "testing",
    "check_by_hand": "checking",
    "compile": "compiling",
    "draw": "drawing",
    "draw_network": "drawing",
    "explore": "drawing.exploring",
    "gradcheck": "checking",
    "line_of": "locations",
    "op_cases": "testing",
    "plot": "tracing",
    "source_lines": "locations",
    "trace": "tracing",
    "worksheets": "tracing",
}

# Classes that functions and methods of the package return, for annotations and `help`, by their modules.
_RETURNED = {
    "Anomalies": "anomalies",
    "Case": "testing",
    "Check": "checking",
    "ClassSheets": "tracing.class_sheets",
    "Compiled": "compiling",
    "Exploration": "drawing.exploring",
    "Finding": "checking",
    "GraphDrawing": "drawing",
    "HandCheck": "checking",
    "NetworkDrawing": "drawing",
    "Paths": "graph",
    "SourceLine": "locations",
    "Steps": "tracing",
    "Trace": "tracing",
    "Worksheet": "tracing.exercises",
}

_TYPES_ELSEWHERE = dict.fromkeys(("Var", "Variable", "Scalar", "Tensor", "Parameter", "tensor"), "Value")

__all__ = [
    "TABLE",
    "DomainError",
    "GraphTooLarge",
    "Interval",
    "Op",
    "PoleError",
    "Value",
    "abs",
    "acos",
    "acosh",
    "anomaly",
    "asin",
    "asinh",
    "assert_gradients",
    "atan",
    "atan2",
    "atanh",
    "between",
    "cbrt",
    "check_by_hand",
    "clip",
    "compile",
    "compiled",
    "cos",
    "cosh",
    "degrees",
    "dist",
    "dot",
    "draw",
    "draw_network",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "explore",
    "expm1",
    "floor",
    "fmod",
    "gaussian",
    "gelu",
    "grad",
    "gradcheck",
    "gradient",
    "hessian",
    "hvp",
    "hypot",
    "jacobian",
    "jvp",
    "leaky_relu",
    "leaves",
    "line_of",
    "log",
    "log1p",
    "log2",
    "log10",
    "logsumexp",
    "maximum",
    "minimum",
    "normal_cdf",
    "op_cases",
    "operation",
    "paths",
    "plot",
    "pow",
    "radians",
    "relu",
    "remainder",
    "replay",
    "sech",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "source_lines",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "topological_order",
    "total",
    "trace",
    "value_and_grad",
    "values",
    "vjp",
    "where",
    "worksheets",
]


def __getattr__(name: str) -> Any:
    """Import a feature on its first use, and find operations that users have declared."""
    if name in _LOADED_WHEN_USED:
        return getattr(import_module(f"autograd.{_LOADED_WHEN_USED[name]}"), name)
    if name in TABLE:
        return TABLE[name]
    modules = {module for module in _RETURNED.values() if name == module.partition(".")[0]}
    if modules:
        # So that `ag.checking.Check`, which the help of `gradcheck` names, can be written without another import.
        for module in modules:
            import_module(f"autograd.{module}")
        return import_module(f"autograd.{name}")
    message = f"module 'autograd' has no attribute {name!r}"
    if name.startswith("_"):
        raise AttributeError(message)
    if name in _RETURNED:
        raise AttributeError(f"{message}; use ag.{_RETURNED[name]}.{name}")
    instead = foreign(name) or _TYPES_ELSEWHERE.get(name, "")
    raise AttributeError(f"{message}; use ag.{instead}" if instead else message + suggestion(name, [*__all__, *TABLE]))
