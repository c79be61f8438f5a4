"""What is compiled, as it was recorded: outputs above placeholders for the inputs and above the parameters."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.compiling.naming import function_name
from autograd.context import frozen, quiet, unseen
from autograd.derivatives import require_result
from autograd.graph import if_none
from autograd.value import Constant, Value, topological_order

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Recording:
    """A graph and what it is a function of.

    Attributes:
        name: what the function is called in the source.
        outputs: what it returned, one Value each.
        single: whether that was one Value and no sequence.
        parameters: what it shares between examples, () for none.
        names: of its inputs.
        inputs: for each a Value for each element.
        shapes: theirs, for one example.
        aux: what else it returned, which is not differentiated.
        places: for each leaf that varies where it stands: the number of its source, parameters before inputs, and the
            place in that.
        numbers: for each other leaf the number that it had, as programs are made one by one when they are asked for.
    """

    name: str
    outputs: list[Value]
    single: bool
    parameters: list[Value]
    names: list[str]
    inputs: list[list[Value]]
    shapes: list[Shape]
    aux: list[Value] = field(default_factory=list)
    places: dict[Value, tuple[int, int]] = field(init=False)
    numbers: dict[Value, float] = field(init=False)

    def __post_init__(self) -> None:
        sources = [self.parameters, *self.inputs] if self.parameters else self.inputs
        places = {x: (k, i) for k, leaves in enumerate(sources) for i, x in enumerate(leaves)}
        order = topological_order(*self.outputs, *self.aux)
        numbers = {x: x.data for x in order if x.op is None and not x.constant and x not in places}
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "numbers", numbers)


def of_graph(outputs: Value | Sequence[Value], variables: Any = None) -> Recording:
    """A graph that is there, as a function of `variables`, or of all its leaves in the order in which it uses them."""
    single = isinstance(outputs, Value)
    if not isinstance(outputs, (Value, list, tuple, np.ndarray)):
        raise TypeError(
            f"compile takes a function, a Value or a list of Values, got {type(outputs).__name__} {outputs!r:.60}"
            f"{if_none(outputs)}"
        )
    results = _values([outputs] if single else np.ravel(np.asarray(outputs, dtype=object)), "compile")
    order = topological_order(*results)
    if variables is None:
        chosen = [node for node in order if node.op is None and not node.constant]
        if not chosen:
            raise ValueError("this graph has no leaves to be a function of; it holds numbers only")
    else:
        chosen = parameters_of(variables)
        _require_used(chosen, order, "the graph")
    name = function_name(results[0].label.partition("[")[0] if single else "")
    return Recording(name, results, single, [], ["x"], [chosen], [(len(chosen),)])


def by_name(output: Value) -> Recording:
    """A graph as a function of its named leaves: one input for each name, a vector where a name has several indices."""
    chosen: dict[str, list[Value]] = {}
    for node in topological_order(output):
        if node.op is None and not node.constant:
            chosen.setdefault(node.label.partition("[")[0] or "x", []).append(node)
    shapes: list[Shape] = [(len(leaves),) if len(leaves) > 1 else () for leaves in chosen.values()]
    name = function_name(output.label.partition("[")[0])
    return Recording(name, [output], True, [], list(chosen), list(chosen.values()), shapes)


def of_function(f: Callable[..., Any], parameters: Any, shapes: Sequence[Shape], aux: bool = False) -> Recording:
    """`f` put to placeholders of the given shapes, once."""
    name = getattr(f, "__name__", type(f).__name__)
    signature = _signature(f)
    names = _argument_names(signature, len(shapes))
    inputs = [[Value(math.nan) for _ in range(math.prod(shape))] for shape in shapes]
    given = [
        np.fromiter(x, dtype=object, count=len(x)).reshape(s) if s else x[0]
        for x, s in zip(inputs, shapes, strict=True)
    ]
    _require_inputs(signature, name, shapes)
    with quiet(), frozen(name), unseen():
        returned = require_result(f(*given), name)
    extra: list[Value] = []
    if aux:
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise TypeError(f"with aux=True {name} returns (cost, what else), got {type(returned).__name__}")
        returned, more = returned
        extra = _values(np.ravel(np.asarray(more, dtype=object)), name)
    if isinstance(returned, np.ndarray) and not returned.ndim:
        returned = returned.item()
    single = not isinstance(returned, (list, tuple, np.ndarray))
    outputs = _values([returned] if single else np.ravel(np.asarray(returned, dtype=object)), name)
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
    """The Values among what was given as parameters, each once: modules, Values, or lists and arrays of them."""
    found: list[Value] = []
    seen: dict[int, Any] = {}  # which also keeps them alive, so that no other gets the same id
    stack: list[Any] = [parameters]
    while stack:
        x = stack.pop()
        if id(x) in seen:
            continue
        seen[id(x)] = x
        if isinstance(x, Value):
            if x.op is not None or x.constant:
                raise ValueError(f"a parameter is a Value that was given a number, not one that was computed: {x!r}")
            found.append(x)
        elif callable(getattr(x, "parameters", None)):
            stack.append(x.parameters())
        elif isinstance(x, np.ndarray):
            stack += reversed(x.ravel().tolist())
        elif isinstance(x, dict):
            stack += reversed(list(x.values()))
        elif isinstance(x, Iterable) and not isinstance(x, (str, bytes)):
            stack += reversed(list(x))
        else:
            raise TypeError(f"parameters are Values, or lists and arrays of them; got {type(x).__name__} {x!r:.40}")
    return found


def _signature(f: Callable[..., Any]) -> inspect.Signature | None:
    """None of a function of C, which need not say what it takes."""
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):
        return None


def _argument_names(signature: inspect.Signature | None, n: int) -> list[str]:
    parameters = signature.parameters.values() if signature else ()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names + [f"x{k}" for k in range(len(names), n)])[:n]


def _require_inputs(signature: inspect.Signature | None, name: str, shapes: Sequence[Shape]) -> None:
    if signature is None:
        return
    try:
        signature.bind(*shapes)
    except TypeError as error:
        lengths = [n for shape in shapes for n in shape]
        are_vectors = len(shapes) > 1 and all(len(shape) == 1 for shape in shapes)
        hint = f"; inputs=({tuple(lengths)},) is one array of that shape" if are_vectors else ""
        raise TypeError(f"{name}{signature} is given {len(shapes)} inputs: {error}{hint}") from error


def _values(results: Iterable[Any], name: str) -> list[Value]:
    found = []
    for x in results:
        if isinstance(x, (bool, int, float, np.floating, np.integer)):
            x = Constant(float(x))
        if not isinstance(x, Value):
            raise TypeError(
                f"{name} returned {type(x).__name__} {x!r:.60} where a Value was expected; sum over arrays with "
                "ag.total, and compute with the inputs themselves: .data and float() leave the graph"
            )
        found.append(x)
    if not found:
        raise ValueError(f"{name} returned nothing to be computed")
    return found


def _require_used(parameters: Sequence[Value], order: Iterable[Value], name: str) -> None:
    there = set(map(id, order))
    missing = [k for k, p in enumerate(parameters) if id(p) not in there]
    if missing:
        shown = ", ".join(parameters[k].label or f"number {k}" for k in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise ValueError(
            f"{name} does not use {len(missing)} of the {len(parameters)} parameters: {shown}{more}; "
            "leave them out, or use them"
        )
