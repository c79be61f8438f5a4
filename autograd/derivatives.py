"""Derivatives of graphs and of functions: forward and reverse mode, to any order, from the same rules.

Both modes are one loop each over the topological order, and both run on floats (with the partials that the nodes
stored) or on Values (with the rules applied to the nodes themselves, which records a graph that differentiates again).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.arguments import Arguments
from autograd.engine import Constant, Value, topological_order
from autograd.operation import Op, quiet

Partials = Callable[[Value], Sequence[Any]]


def reverse(seeds: Mapping[Value, Any], partials: Partials) -> dict[Value, Any]:
    """Reverse mode: the adjoint of every node below the seeds, given the adjoint of each seed."""
    adjoints: dict[Value, Any] = dict(seeds)
    for node in reversed(topological_order(*seeds)):
        adjoint = adjoints.get(node)
        if adjoint is None or node.op is None or _is_zero(adjoint):
            continue
        for x, partial in zip(node.operands, partials(node), strict=True):
            if not x.constant and not _is_zero(partial):
                product = _product(adjoint, partial)
                adjoints[x] = adjoints[x] + product if x in adjoints else product
    return adjoints


def forward(order: Iterable[Value], tangents: Mapping[Value, Any], partials: Partials) -> dict[Value, Any]:
    """Forward mode: the tangent of every node in `order` that depends on the nodes whose tangents are given."""
    found: dict[Value, Any] = dict(tangents)
    for node in order:
        if node in found or node.op is None:
            continue
        terms = [
            _product(found[x], partial)
            for x, partial in zip(
                node.operands, partials(node) if any(x in found for x in node.operands) else (), strict=False
            )
            if x in found and not _is_zero(found[x]) and not _is_zero(partial)
        ]
        if terms:
            found[node] = sum(terms[1:], start=terms[0])
    return found


def stored(node: Value) -> Sequence[float]:
    """The partials as floats, as they were stored when the node was made."""
    return node.partials


def recorded(node: Value) -> Sequence[Any]:
    """The partials as Values: the rule applied to the operands themselves.

    Raises:
        ValueError: a leaf was changed after the node was made, so that the rule and the graph no longer agree.
    """
    op = node.op
    assert op is not None
    partials = op.rule(node.operands, node)
    for x, partial, number in zip(node.operands, partials, node.partials, strict=True):
        now = float(partial)
        if now != number and not x.constant and now == now:
            raise ValueError(
                f"an operand of {op.name}({', '.join(map(repr, node.operands))}) was changed after it was computed "
                f"(a partial was {number!r} and is {now!r} now); compute the graph anew, or use replay()"
            )
    return partials


def gradient(output: Value, wrt: Any) -> Any:
    """∂output/∂x for `wrt` a Value, or for each in a list or array of them; as Values, which differentiate again.

    0.0 for what `output` does not depend on, 1.0 for `output` itself.

    Raises:
        TypeError: `output` or one of `wrt` is not a Value.

    >>> x = Value(3.0, "x")
    >>> slope = gradient(x ** 3, x)
    >>> slope, gradient(slope, x)
    (Value(27.0), Value(18.0))
    """
    inputs = Arguments(wrt)
    for x in (output, *inputs.scalars):
        if not isinstance(x, Value):
            raise TypeError(f"gradient() takes Values, got {type(x).__name__} {x!r:.40}")
    with quiet():
        adjoints = reverse({output: Constant(1.0)}, recorded)
    return inputs.shaped([_as_value(adjoints.get(x, 0.0)) for x in inputs.scalars])


def grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that gives the gradient of `f`, in the shape of its arguments: reverse mode.

    `f` takes separate numbers or sequences of them, as you wrote it, and returns one number.  One argument gives one
    derivative (or one list or array of them), several give a tuple.  Floats give floats; Values give Values, so that
    ``grad(grad(f))`` is the second derivative.

    Raises:
        TypeError: `f` returns something other than one number.

    >>> grad(lambda x: x * x)(3.0), grad(grad(lambda x: x ** 3))(2.0)
    (6.0, 12.0)
    >>> grad(lambda p: p[0] * p[1])([2.0, 5.0])
    [5.0, 2.0]
    """
    both = value_and_grad(f)
    return lambda *args: both(*args)[1]


def value_and_grad(f: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    """As `grad`, with the value of `f` before it.

    >>> value_and_grad(lambda x, y: x * y)(2.0, 5.0)
    (10.0, (5.0, 2.0))
    """

    def value_and_gradient(*args: Any) -> tuple[Any, Any]:
        inputs = Arguments(*args)
        variables = inputs.variables()
        output = _one_value(f(*inputs.shaped_all(variables)), f)
        if inputs.differentiable or _has_other_leaves([output], variables):
            return output, inputs.shaped(gradient(output, variables))
        adjoints = reverse({output: 1.0}, stored)
        return output.data, inputs.shaped([adjoints.get(x, 0.0) for x in variables])

    return value_and_gradient


def jvp(f: Callable[..., Any], x: Any, v: Any) -> tuple[Any, Any]:
    """The value of `f` at `x` and its derivative in the direction `v` (J·v): forward mode.

    Args:
        f: takes what `x` is, one number or one sequence (a tuple `x` is taken as separate arguments), and returns one
            number or a sequence of them.
        x: the point.
        v: the direction, of the shape of `x`.

    >>> jvp(lambda x: [x[0] * x[1], x[0]], [2.0, 5.0], [1.0, 0.0])
    ([10.0, 2.0], [5.0, 1.0])
    """
    inputs, outputs, variables = _evaluate(f, x)
    directions = Arguments(*v) if isinstance(x, tuple) else Arguments(v)
    _check_count("v", directions.scalars, variables, "inputs")
    live = inputs.differentiable or directions.differentiable or _has_other_leaves(outputs.scalars, variables)
    seeds = {x: _as_value(t) if live else float(t) for x, t in zip(variables, directions.scalars, strict=True)}
    with quiet():
        tangents = forward(topological_order(*outputs.scalars), seeds, recorded if live else stored)
    if live:
        return outputs.shaped(outputs.scalars), outputs.shaped(
            [_as_value(tangents.get(y, 0.0)) for y in outputs.scalars]
        )
    return outputs.shaped([y.data for y in outputs.scalars]), outputs.shaped(
        [tangents.get(y, 0.0) for y in outputs.scalars]
    )


def vjp(f: Callable[..., Any], x: Any, u: Any) -> tuple[Any, Any]:
    """The value of `f` at `x` and the pull-back of `u` (uᵀ·J), in the shape of `x`: reverse mode, one sweep.

    >>> vjp(lambda x: [x[0] * x[1], x[0]], [2.0, 5.0], [1.0, 10.0])
    ([10.0, 2.0], [15.0, 2.0])
    """
    inputs, outputs, variables = _evaluate(f, x)
    cotangents = Arguments(u)
    _check_count("u", cotangents.scalars, outputs.scalars, "outputs")
    live = inputs.differentiable or cotangents.differentiable or _has_other_leaves(outputs.scalars, variables)
    seeds: dict[Value, Any] = {}
    for y, weight in zip(outputs.scalars, cotangents.scalars, strict=True):
        seeds[y] = seeds.get(y, 0.0) + (_as_value(weight) if live else float(weight))
    with quiet():
        adjoints = reverse(seeds, recorded if live else stored)
    if live:
        return outputs.shaped(outputs.scalars), inputs.shaped([_as_value(adjoints.get(x, 0.0)) for x in variables])
    return outputs.shaped([y.data for y in outputs.scalars]), inputs.shaped([adjoints.get(x, 0.0) for x in variables])


def jacobian(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that gives ∂fᵢ/∂xⱼ as an array of shape (outputs, inputs); (inputs,) where `f` returns one number.

    Inputs are counted through all arguments in order.  Sweeps are forward or reverse, whichever takes fewer.

    >>> jacobian(lambda x: [x[0] * x[1], x[0]])([2.0, 5.0])
    array([[5., 2.],
           [1., 0.]])
    """

    def jacobian_at(*args: Any) -> Any:
        _, outputs, variables = _evaluate(f, args)
        ys = outputs.scalars
        result = np.zeros((len(ys), len(variables)))
        if len(ys) <= len(variables):
            for i, y in enumerate(ys):
                adjoints = reverse({y: 1.0}, stored)
                result[i] = [adjoints.get(x, 0.0) for x in variables]
        else:
            order = topological_order(*ys)
            for j, x in enumerate(variables):
                tangents = forward(order, {x: 1.0}, stored)
                result[:, j] = [tangents.get(y, 0.0) for y in ys]
        return result if outputs.is_sequence else result[0]

    return jacobian_at


def hessian(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that gives ∂²f/∂xᵢ∂xⱼ as an array of shape (inputs, inputs), counted through all arguments in order.

    >>> hessian(lambda x, y: x * x * y)(3.0, 5.0)
    array([[10.,  6.],
           [ 6.,  0.]])
    """

    def hessian_at(*args: Any) -> Any:
        slopes, variables = _gradient_graph(f, args)
        order = topological_order(*slopes)
        columns = [forward(order, {x: 1.0}, stored) for x in variables]
        return np.array([[column.get(slope, 0.0) for column in columns] for slope in slopes]).reshape(len(slopes), -1)

    return hessian_at


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of `f` at `x` times `v`, in the shape of `x`, at the cost of one sweep: forward over reverse.

    >>> hvp(lambda p: p[0] * p[0] * p[1], [3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    args = x if isinstance(x, tuple) else (x,)
    inputs = Arguments(*args)
    directions = Arguments(*v) if isinstance(x, tuple) else Arguments(v)
    slopes, variables = _gradient_graph(f, args)
    _check_count("v", directions.scalars, variables, "inputs")
    seeds = {x: float(t) for x, t in zip(variables, directions.scalars, strict=True)}
    tangents = forward(topological_order(*slopes), seeds, stored)
    return inputs.shaped([tangents.get(slope, 0.0) for slope in slopes])


def _gradient_graph(f: Callable[..., Any], args: Sequence[Any]) -> tuple[list[Value], list[Value]]:
    inputs = Arguments(*args)
    variables = inputs.variables()
    output = _one_value(f(*inputs.shaped_all(variables)), f)
    return gradient(output, variables), variables


def _evaluate(f: Callable[..., Any], x: Any) -> tuple[Arguments, Arguments, list[Value]]:
    """The arguments, the outputs and the variables of `f` put to `x`; a tuple `x` is separate arguments."""
    inputs = Arguments(*x) if isinstance(x, tuple) else Arguments(x)
    variables = inputs.variables()
    outputs = Arguments(f(*inputs.shaped_all(variables)))
    outputs.scalars = [_as_value(y) for y in outputs.scalars]
    return inputs, outputs, variables


def _one_value(y: Any, f: Callable[..., Any]) -> Value:
    outputs = Arguments(y) if y is not None else None
    if outputs is None or outputs.is_sequence:
        name = getattr(f, "__name__", "the function")
        raise TypeError(f"{name} returned {type(y).__name__} where one number was expected; jacobian() takes several")
    return _as_value(y)


def _as_value(y: Any) -> Value:
    return y if isinstance(y, Value) else Constant(y)


def _check_count(name: str, given: Sequence[Any], expected: Sequence[Any], what: str) -> None:
    if len(given) != len(expected):
        raise ValueError(f"{name} has {len(given)} numbers, but there are {len(expected)} {what}")


def _has_other_leaves(outputs: Sequence[Value], variables: Sequence[Value]) -> bool:
    """Whether the outputs depend on Values from outside the function, which an outer derivative may be after."""
    own = set(variables)
    return any(x.op is None and not x.constant and x not in own for x in _reached(outputs, own))


def _reached(outputs: Sequence[Value], stop: set[Value]) -> Iterable[Value]:
    stack, seen = list(outputs), set(stop)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            yield node
            stack.extend(node.operands)


def _is_zero(x: Any) -> bool:
    """Whether `x` is 0 with all its derivatives: the number, or a piecewise constant that is 0 here.

    A node that merely *has* the value 0 must be carried on: its derivative need not be 0.
    """
    if not isinstance(x, Value):
        return bool(x == 0.0)
    if x.data != 0.0:
        return False
    return x.constant or (x.op is not None and _is_flat(x, x.op))


def _is_flat(node: Value, op: Op) -> bool:
    with quiet():
        rule = op.rule(node.operands, node)
    return all(x.constant or (type(p) is float and p == 0.0) for x, p in zip(node.operands, rule, strict=True))


def _product(x: Any, partial: Any) -> Any:
    """x·partial, without a node for a factor of 1."""
    for factor, other in ((x, partial), (partial, x)):
        if (not isinstance(factor, Value) or factor.constant) and float(factor) == 1.0:
            return other
    return x * partial
