"""Derivatives of graphs and of functions: forward and reverse mode, to any order, from the same rules.

Both modes are one loop each over the topological order, and both run on floats (with the partials that the nodes
stored) or on Values (with the rules applied to the nodes themselves, which records a graph that differentiates again).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from autograd.context import WATCH, being_frozen, quiet, recording_rule, watchers
from autograd.graph import dependents, has_its_value, require_values, stale
from autograd.op import Op
from autograd.pytrees import Arguments
from autograd.value import Constant, Value, topological_order

Partials = Callable[[Value], Sequence[Any]]


def reverse(seeds: Mapping[Value, Any], partials: Partials, order: Sequence[Value] | None = None) -> dict[Value, Any]:
    """Reverse mode: the adjoint of every node below the seeds, given the adjoint of each seed.

    With a topological `order`, only of the nodes in it: the rest of the graph is left alone.
    """
    adjoints: dict[Value, Any] = dict(seeds)
    order = topological_order(*seeds) if order is None else order
    if WATCH.on:
        _show(seeds, order)
    wanted = {id(x) for x in order if not x.constant}
    for node in reversed(order):
        adjoint = adjoints.get(node)
        if adjoint is None or wanted.isdisjoint(map(id, node.operands)) or _is_zero(adjoint):
            continue
        for x, partial in zip(node.operands, partials(node), strict=True):
            if id(x) in wanted and not _is_zero(partial):
                product = _product(adjoint, partial)
                adjoints[x] = adjoints[x] + product if x in adjoints else product
    return adjoints


def _show(seeds: Mapping[Value, Any], order: Sequence[Value]) -> None:
    """Show a sweep to those who look on in this thread."""
    for watcher in watchers():
        for root, seed in seeds.items():
            if watcher is not None and not _is_zero(seed):
                watcher.swept(root, seed.data if isinstance(seed, Value) else seed, order)


def forward(order: Iterable[Value], tangents: Mapping[Value, Any], partials: Partials) -> dict[Value, Any]:
    """Forward mode: the tangent of every node in `order` that depends on the nodes whose tangents are given."""
    found: dict[Value, Any] = dict(tangents)
    for node in order:
        if node in found or not any(x in found for x in node.operands):
            continue
        terms = [
            _product(found[x], partial)
            for x, partial in zip(node.operands, partials(node), strict=True)
            if x in found and not _is_zero(found[x]) and not _is_zero(partial)
        ]
        if terms:
            found[node] = reduce(operator.add, terms)  # sum() of floats is another one since Python 3.12
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
    with recording_rule(op.name):
        partials = op.rule(node.operands, node)
    if being_frozen():  # nothing has a number yet
        return partials
    if not has_its_value(op, node):
        raise stale(op, node)
    for x, partial, number in zip(node.operands, partials, node.partials, strict=True):
        now = partial.data if isinstance(partial, Value) else partial
        if now != number and not x.constant and now == now:
            raise stale(op, node, f" (a partial was {number!r} and is {now!r} now)")
    return partials


def gradient(output: Value, wrt: Any) -> Any:
    """∂output/∂x for `wrt` a Value, or for each in a list or array of them; as Values, which differentiate again.

    0.0 for what `output` does not depend on, 1.0 for `output` itself.  Each is a node of its own: naming it names
    nothing else.

    Raises:
        TypeError: `output` or one of `wrt` is not a Value.
        ValueError: a Value between `wrt` and `output` was changed after `output` was computed from it.

    >>> x = Value(3.0, "x")
    >>> slope = gradient(x ** 3, x)
    >>> slope, gradient(slope, x)
    (Value(27.0), Value(18.0))
    """
    require_values("gradient()", output)
    inputs = Arguments(wrt, where="gradient()")
    require_values("gradient()", *inputs.scalars)
    return inputs.shaped(_gradient(output, inputs.scalars))


def grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that gives the gradient of `f`, in the shape of its arguments: reverse mode.

    `f` takes separate numbers or sequences of them, as you wrote it, and returns one number.  One argument gives one
    derivative (or one list or array of them), several give a tuple.  Values give Values, so that ``grad(grad(f))`` is
    the second derivative.  Floats give floats; a derivative that depends on a Value from outside `f` is a Value.

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
        at = Application(f, args)
        output = at.single()
        if at.live:
            slopes: list[Any] = list(_gradient(output, at.variables))
        else:
            output.backward()
            slopes = [x.grad for x in at.variables]
        value, *slopes = at.numbers([output, *slopes])
        return value, at.inputs.shaped(slopes)

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
    at = Application(f, x, v)
    [tangents] = _tangents(at, at.results, [at.seeds("v", at.variables, "inputs")])
    return at.value(), at.outputs.shaped(tangents)


def vjp(f: Callable[..., Any], x: Any, u: Any) -> tuple[Any, Any]:
    """The value of `f` at `x` and the pull-back of `u` (uᵀ·J), in the shape of `x`: reverse mode, one sweep.

    >>> vjp(lambda x: [x[0] * x[1], x[0]], [2.0, 5.0], [1.0, 10.0])
    ([10.0, 2.0], [15.0, 2.0])
    """
    at = Application(f, x, u)
    [adjoints] = _adjoints(at, [at.seeds("u", at.results, "outputs")])
    return at.value(), at.inputs.shaped(adjoints)


def jacobian(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that gives ∂fᵢ/∂xⱼ as an array of shape (outputs, inputs); (inputs,) where `f` returns one number.

    Inputs are counted through all arguments in order.  Sweeps are forward or reverse, whichever takes fewer.  Floats
    or Values, as for `grad`.

    >>> jacobian(lambda x: [x[0] * x[1], x[0]])([2.0, 5.0])
    array([[5., 2.],
           [1., 0.]])
    """

    def jacobian_at(*args: Any) -> Any:
        at = Application(f, args)
        if len(at.results) <= len(at.variables):
            matrix = at.matrix(_adjoints(at, at.units(at.results)), len(at.variables))
        else:
            matrix = at.matrix(_tangents(at, at.results, at.units(at.variables)), len(at.results)).T
        return matrix if at.outputs.is_sequence else matrix[0]

    return jacobian_at


def hessian(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that gives ∂²f/∂xᵢ∂xⱼ as an array of shape (inputs, inputs), counted through all arguments in order.

    Floats or Values, as for `grad`.

    >>> hessian(lambda x, y: x * x * y)(3.0, 5.0)
    array([[10.,  6.],
           [ 6.,  0.]])
    """

    def hessian_at(*args: Any) -> Any:
        at = Application(f, args)
        slopes = _gradient(at.single(), at.variables)
        return at.matrix(_tangents(at, slopes, at.units(at.variables)), len(slopes)).T

    return hessian_at


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of `f` at `x` times `v`, in the shape of `x`, at the cost of one sweep: forward over reverse.

    >>> hvp(lambda p: p[0] * p[0] * p[1], [3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    at = Application(f, x, v)
    slopes = _gradient(at.single(), at.variables)
    return at.inputs.shaped(_tangents(at, slopes, [at.seeds("v", at.variables, "inputs")])[0])


def _adjoints(at: Application, sweeps: Sequence[Mapping[Value, Any]]) -> list[list[Any]]:
    """The adjoint of each variable, for each sweep down from the seeds that are given."""
    order = _between(at, at.results)
    with quiet():
        found = [reverse(seeds, recorded if at.live else stored, order) for seeds in sweeps]
    return _rows(at, [adjoints.get(x, 0.0) for adjoints in found for x in at.variables], len(found))


def _tangents(at: Application, results: Sequence[Value], sweeps: Sequence[Mapping[Value, Any]]) -> list[list[Any]]:
    """The tangent of each of `results`, for each sweep up from the seeds that are given."""
    order = _between(at, results)
    with quiet():
        found = [forward(order, seeds, recorded if at.live else stored) for seeds in sweeps]
    return _rows(at, [tangents.get(y, 0.0) for tangents in found for y in results], len(found))


def _rows(at: Application, numbers: Sequence[Any], count: int) -> list[list[Any]]:
    """Return `numbers` in `count` rows, as `Application.numbers`."""
    numbers = at.numbers(numbers)
    width = len(numbers) // max(count, 1)
    return [numbers[i * width : (i + 1) * width] for i in range(count)]


def _between(at: Application, results: Sequence[Value]) -> list[Value]:
    """The nodes to sweep over: without the graph outside the function, where there is one."""
    order = topological_order(*results)
    return dependents(at.variables, order) if at.live else order


def _gradient(output: Value, wrt: Sequence[Value]) -> list[Value]:
    below = topological_order(output)
    with quiet():
        adjoints = reverse({output: Constant(1.0)}, recorded, dependents(wrt, below))
    # The rule of x·y hands out y itself, and that of x + y the same 1 twice.
    taken = set(map(id, below))
    slopes: list[Value] = []
    for x in wrt:
        slope = as_value(adjoints.get(x, 0.0))
        if id(slope) in taken:
            slope = Constant(slope.data) if slope.constant else +slope
        taken.add(id(slope))
        slopes.append(slope)
    return slopes


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
        if (factor.constant and factor.data == 1.0) if isinstance(factor, Value) else factor == 1.0:
            return other
    return x * partial


class Application:
    """A function put to new Values at a point, ready to be differentiated.

    Args:
        f: takes what `x` is, and returns one number or a sequence of them.
        x: the point; a tuple is separate arguments.
        weights: the direction of a jvp or the weights of a vjp.

    Attributes:
        variables: a new Value for each number in the arguments.
        results: what `f` returned, one Value for each number.
        live: True if an outer derivative may be wanted: of what was given as a Value, or of Values from outside that
            `f` used.  Derivatives are then recorded.
    """

    def __init__(self, f: Callable[..., Any], x: Any, weights: Any = ()) -> None:
        self.name = getattr(f, "__name__", "the function")
        self.inputs = Arguments(*x) if type(x) is tuple else Arguments(x)
        self.weights = Arguments(weights, where="a direction")
        self.variables = self.inputs.variables()
        returned = require_result(f(*self.inputs.shaped_all(self.variables)), self.name)
        self.outputs = Arguments(returned, where=f"differentiating what {self.name} returned")
        self.results = [as_value(y) for y in self.outputs.scalars]
        given = (*self.inputs.scalars, *self.weights.scalars)
        self._of_values = any(isinstance(x, Value) for x in given)
        self.live = self._of_values or any(_from_outside(self.results, self.variables))

    def single(self) -> Value:
        """The result, where it is one number and no sequence."""
        if self.outputs.is_sequence:
            got = type(self.outputs.args[0]).__name__
            raise TypeError(f"{self.name} returned {got} where one number was expected; jacobian() takes several")
        return self.results[0]

    def numbers(self, found: Sequence[Any]) -> list[Any]:
        """Return Values where Values were given; of floats, a Value where it depends on one, otherwise a float."""
        if self._of_values:
            return list(map(as_value, found))
        depends = _from_outside(list(map(as_value, found)), self.variables) if self.live else [False] * len(found)
        return [x.data if isinstance(x, Value) and not d else x for x, d in zip(found, depends, strict=True)]

    def value(self) -> Any:
        """Return the result of `f`, as `numbers`."""
        return self.outputs.shaped(self.numbers(self.results))

    def units(self, nodes: Sequence[Value]) -> list[dict[Value, Any]]:
        """Return a weight of 1 on each of `nodes` in turn."""
        return [{node: self._weight(1.0)} for node in nodes]

    def _weight(self, x: Any) -> Any:
        return as_value(x) if self.live else x

    def seeds(self, name: str, nodes: Sequence[Value], what: str) -> dict[Value, Any]:
        """The weight of each of `nodes`; the sum where a node comes more than once."""
        weights = self.weights.scalars
        if len(weights) != len(nodes):
            raise ValueError(f"{name} has {len(weights)} numbers, but there are {len(nodes)} {what}")
        seeds: dict[Value, Any] = {}
        for node, weight in zip(nodes, map(self._weight, weights), strict=True):
            seeds[node] = seeds[node] + weight if node in seeds else weight
        return seeds

    def matrix(self, rows: Sequence[Sequence[Any]], width: int) -> Any:
        """`rows` as an array of two dimensions, even where there are none."""
        values = any(isinstance(x, Value) for row in rows for x in row)
        return np.array(rows, dtype=object if values else float).reshape(len(rows), width)


def require_result(returned: Any, name: str) -> Any:
    """Return what a function returned, unless that is None.

    Raises:
        TypeError: it is None.
    """
    if returned is None:
        raise TypeError(f"{name} returned None; is `return` missing?")
    return returned


def as_value(x: Any) -> Value:
    """`x` as a node: a number becomes a constant."""
    return x if isinstance(x, Value) else Constant(x)


def _from_outside(outputs: Sequence[Value], variables: Sequence[Value]) -> list[bool]:
    """Return for each output if it depends on Values from outside the function, which an outer derivative may be after.

    A variable that stands for a Value of the caller depends on it; one that stands for a float is the function's own.
    """
    own = {id(x) for x in variables if x.op is None}
    outside: dict[int, bool] = {}
    for node in topological_order(*outputs):
        leaf = node.op is None and not node.constant and id(node) not in own
        outside[id(node)] = leaf or any(outside[id(x)] for x in node.operands)
    return [outside[id(y)] for y in outputs]
