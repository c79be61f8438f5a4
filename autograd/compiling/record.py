"""Recordings of the functions and graphs to compile: outputs above parameters and placeholders for the inputs."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.compiling.codegen import function_name
from autograd.compiling.ir import Shape
from autograd.context import frozen, quiet, unseen
from autograd.derivatives import require_result
from autograd.graph import if_none
from autograd.value import Constant, Value, topological_order

# Unused parameters that an error lists by name.
MAX_UNUSED_SHOWN = 3


@dataclass(frozen=True)
class Recording:
    """A recorded graph as a function of some of its leaves.

    Attributes:
        name: the name of the function in its source.
        outputs: the Values that the function returned.
        single: whether it returned one Value rather than a sequence.
        parameters: the leaves that all examples share, [] for none.
        names: the names of the inputs.
        inputs: for each input a Value for each element.
        shapes: the shape of one example of each input.
        aux: the Values that are returned besides and not differentiated.
        slots: for each leaf that varies its source, parameters before inputs, and its position in that.
        numbers: for each other leaf the number that it had: programs are lowered later, when they are needed.
    """

    name: str
    outputs: list[Value]
    single: bool
    parameters: list[Value]
    names: list[str]
    inputs: list[list[Value]]
    shapes: list[Shape]
    aux: list[Value] = field(default_factory=list)
    slots: dict[Value, tuple[int, int]] = field(init=False)
    numbers: dict[Value, float] = field(init=False)

    def __post_init__(self) -> None:
        sources = [self.parameters, *self.inputs] if self.parameters else self.inputs
        slots = {x: (k, i) for k, leaves in enumerate(sources) for i, x in enumerate(leaves)}
        order = topological_order(*self.outputs, *self.aux)
        numbers = {x: x.data for x in order if x.op is None and not x.constant and x not in slots}
        object.__setattr__(self, "slots", slots)
        object.__setattr__(self, "numbers", numbers)


def record_graph(outputs: Value | Sequence[Value], variables: Any = None) -> Recording:
    """Return a finished graph as a function of `variables`, by default of all its leaves in topological order."""
    single = isinstance(outputs, Value)
    if not isinstance(outputs, (Value, list, tuple, np.ndarray)):
        raise TypeError(
            f"target must be a function, a Value or a list of Values, got {type(outputs).__name__} {outputs!r:.60}"
            f"{if_none(outputs)}"
        )
    results = _values([outputs] if single else np.ravel(np.asarray(outputs, dtype=object)), "target must hold")
    order = topological_order(*results)
    if variables is None:
        chosen = [node for node in order if node.op is None and not node.constant]
        if not chosen:
            raise ValueError("target must depend on a leaf, got a graph of numbers only")
    else:
        chosen = parameters_of(variables)
        _require_used(chosen, order, "the graph")
    name = function_name(results[0].label.partition("[")[0] if single else "")
    return Recording(name, results, single, [], ["leaves"], [chosen], [(len(chosen),)])


def _index_of(leaf: Value) -> list[int]:
    """Return the numbers in the index of a label: those of W[1,2] are 1 and 2."""
    return [int(digits) for digits in re.findall(r"[0-9]+", leaf.label.partition("[")[2])]


def record_by_name(output: Value) -> Recording:
    """Return a finished graph as a function of its labels: one input for each name, a vector for an indexed name.

    The elements of a vector are in the order of their indices.
    """
    chosen: dict[str, list[Value]] = {}
    for node in topological_order(output):
        if node.op is None and not node.constant:
            chosen.setdefault(node.label.partition("[")[0] or "x", []).append(node)
    for leaves in chosen.values():
        leaves.sort(key=_index_of)
    shapes: list[Shape] = [(len(leaves),) if len(leaves) > 1 else () for leaves in chosen.values()]
    name = function_name(output.label.partition("[")[0])
    return Recording(name, [output], True, [], list(chosen), list(chosen.values()), shapes)


def record(f: Callable[..., Any], parameters: Any, shapes: Sequence[Shape], aux: bool = False) -> Recording:
    """Call `f` once with placeholders of these shapes, and return the graph that it builds.

    Raises:
        TypeError: `f` takes other arguments, does not return Values, or branches on one.
        ValueError: `f` returned nothing, took a number out of the graph, or does not use a parameter.
    """
    name = getattr(f, "__name__", type(f).__name__)
    signature = _signature(f)
    names = _argument_names(signature, len(shapes))
    # A nan in another leaf shows that `f` computed with the number of a placeholder.
    inputs = [[Value(math.nan) for _ in range(math.prod(shape))] for shape in shapes]
    arguments = [
        np.fromiter(x, dtype=object, count=len(x)).reshape(s) if s else x[0]
        for x, s in zip(inputs, shapes, strict=True)
    ]
    _require_inputs(signature, name, shapes)
    with quiet(), frozen(name), unseen():
        returned = require_result(f(*arguments), name)
    extra: list[Value] = []
    if aux:
        if not isinstance(returned, tuple) or len(returned) != 2:
            got = "a Value" if isinstance(returned, Value) else type(returned).__name__
            raise TypeError(f"with aux=True {name} must return (cost, aux), got {got}")
        returned, more = returned
        extra = _values(np.ravel(np.asarray(more, dtype=object)), f"{name} must return")
    if isinstance(returned, np.ndarray) and not returned.ndim:
        returned = returned.item()
    single = not isinstance(returned, (list, tuple, np.ndarray))
    outputs = _values([returned] if single else np.ravel(np.asarray(returned, dtype=object)), f"{name} must return")
    order = topological_order(*outputs, *extra)
    shared = [] if parameters is None else parameters_of(parameters)
    variables = {x for leaves in [shared, *inputs] for x in leaves}
    for node in order:
        if node.op is None and math.isnan(node.data) and node not in variables:
            label = f": {node.label}" if node.label else ""
            raise ValueError(
                f"{name} took a number out of the graph, or found one that is nan{label}; "
                ".data of an input is not known while compiling, so compute with the Values themselves"
            )
    _require_used(shared, order, name)
    return Recording(function_name(name), outputs, single, shared, names, inputs, list(shapes), extra)


def parameters_of(parameters: Any) -> list[Value]:
    """Return each Value in `parameters` once: in modules, or in lists, dicts and arrays at any depth."""
    values: list[Value] = []
    seen: dict[int, Any] = {}  # which keeps the objects alive, so that no other gets the same id
    stack: list[Any] = [parameters]
    while stack:
        x = stack.pop()
        if id(x) in seen:
            continue
        seen[id(x)] = x
        if isinstance(x, Value):
            if x.op is not None or x.constant:
                raise ValueError(f"a parameter must be a leaf, not a computed Value, got {x!r}")
            values.append(x)
        elif callable(getattr(x, "parameters", None)):
            stack.append(x.parameters())
        elif isinstance(x, np.ndarray):
            stack += reversed(x.ravel().tolist())
        elif isinstance(x, dict):
            stack += reversed(list(x.values()))
        elif isinstance(x, Iterable) and not isinstance(x, (str, bytes)):
            stack += reversed(list(x))
        else:
            raise TypeError(f"parameters must be Values, or lists or arrays of them, got {type(x).__name__} {x!r:.40}")
    return values


def _signature(f: Callable[..., Any]) -> inspect.Signature | None:
    """Return the signature, None for a function in C without one."""
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):
        return None


def _argument_names(signature: inspect.Signature | None, n: int) -> list[str]:
    parameters = signature.parameters.values() if signature else ()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names + [f"x{k}" for k in range(len(names), n)])[:n]


def _require_inputs(signature: inspect.Signature | None, name: str, shapes: Sequence[Shape]) -> None:
    """Check that the function takes as many inputs as there are shapes."""
    if signature is None:
        return
    try:
        signature.bind(*shapes)
    except TypeError as error:
        lengths = [n for shape in shapes for n in shape]
        are_vectors = len(shapes) > 1 and all(len(shape) == 1 for shape in shapes)
        hint = f"; inputs=({tuple(lengths)},) is one array of that shape" if are_vectors else ""
        count = f"{len(shapes)} {'input' if len(shapes) == 1 else 'inputs'}"
        raise TypeError(f"{name}{signature} is given {count}: {error}{hint}") from error


def _values(results: Iterable[Any], requirement: str) -> list[Value]:
    """Return the results as Values, numbers as constants; `requirement` begins the error."""
    values = []
    for x in results:
        if isinstance(x, (bool, int, float, np.floating, np.integer)):
            x = Constant(float(x))
        if not isinstance(x, Value):
            raise TypeError(
                f"{requirement} Values, got {type(x).__name__} {x!r:.60}; sum over arrays with ag.total, and "
                "compute with the inputs themselves, as .data and float() leave the graph"
            )
        values.append(x)
    if not values:
        raise ValueError(f"{requirement} at least one Value, got none")
    return values


def _require_used(parameters: Sequence[Value], order: Iterable[Value], name: str) -> None:
    """Check that the graph depends on all parameters."""
    used = set(map(id, order))
    unused = [k for k, p in enumerate(parameters) if id(p) not in used]
    if unused:
        shown = ", ".join(parameters[k].label or f"number {k}" for k in unused[:MAX_UNUSED_SHOWN])
        rest = len(unused) - MAX_UNUSED_SHOWN
        more = f" and {rest} more" if rest > 0 else ""
        raise ValueError(
            f"{name} does not use {len(unused)} of the {len(parameters)} parameters: {shown}{more}; "
            "leave them out, or use them"
        )
