"""Derivatives of graphs and of functions: forward and reverse mode, to any order, from the same rules.

Reverse and forward mode are one loop each over the topological order. Both run on floats, with the partials stored on
the nodes, or on Values, with the rules applied to the nodes themselves, which records a graph to differentiate again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, overload

import numpy as np

from autograd.context import WATCH, being_frozen, quiet, recording_rule, watchers
from autograd.graph import dependents, has_its_value, require_values, stale
from autograd.op import Op
from autograd.pytrees import Arguments, Hold
from autograd.value import Constant, Value, topological_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

P = ParamSpec("P")
Partials = Callable[[Value], Sequence[Any]]


def reverse(seeds: Mapping[Value, Any], partials: Partials, order: Sequence[Value] | None = None) -> dict[Value, Any]:
    """Return the adjoint of every node below the seeds (reverse mode).

    Args:
        seeds: the adjoint of each node to start from.
        partials: returns the partials of a node, as `stored` or `recorded` does.
        order: the nodes to visit, operands first; by default all that the seeds depend on.
    """
    adjoints: dict[Value, Any] = dict(seeds)
    order = topological_order(*seeds) if order is None else order
    if WATCH.on:
        _show(seeds, order)
    wanted = {id(x) for x in order if not x.constant}
    for node in reversed(order):
        operands, adjoint = node.operands, adjoints.get(node)
        if adjoint is None or wanted.isdisjoint(map(id, operands)) or _is_zero(adjoint):
            continue
        for x, partial in zip(operands, partials(node), strict=True):
            if id(x) in wanted and not _is_zero(partial):
                product, before = _product(adjoint, partial), adjoints.get(x)
                adjoints[x] = product if before is None else before + product
    return adjoints


def _show(seeds: Mapping[Value, Any], order: Sequence[Value]) -> None:
    """Report a sweep to the observers of this thread."""
    for watcher in watchers():
        for root, seed in seeds.items():
            if watcher is not None and not _is_zero(seed):
                watcher.swept(root, seed.data if isinstance(seed, Value) else seed, order)


def forward(order: Iterable[Value], tangents: Mapping[Value, Any], partials: Partials) -> dict[Value, Any]:
    """Return the tangent of every node in `order` that depends on one of the given tangents (forward mode)."""
    propagated: dict[Value, Any] = dict(tangents)
    for node in order:
        operands = node.operands
        if not operands or node in propagated:
            continue
        incoming = [propagated.get(x) for x in operands]
        # A tangent may be a Value, so None is sought by identity.
        if all(tangent is None for tangent in incoming):
            continue
        total = None
        for tangent, partial in zip(incoming, partials(node), strict=True):
            if tangent is not None and not _is_zero(tangent) and not _is_zero(partial):
                # Not sum(): since Python 3.12 it rounds floats differently.
                term = _product(tangent, partial)
                total = term if total is None else total + term
        if total is not None:
            propagated[node] = total
    return propagated


def stored(node: Value) -> Sequence[float]:
    """Return the partials that the node stored when it was recorded, as floats."""
    return node.partials


def recorded(node: Value) -> Sequence[Any]:
    """Return the partials as Values, by applying the rule to the operands themselves.

    Raises:
        ValueError: a leaf was changed after the node was recorded, so the rule and the graph no longer agree.
    """
    op = node.op
    assert op is not None
    with recording_rule(op.name):
        partials = op.rule(node.operands, node)
    # While a function is compiled, nodes have no numbers yet.
    if being_frozen():
        return partials
    if not has_its_value(op, node):
        raise stale(op, node)
    for x, partial, number in zip(node.operands, partials, node.partials, strict=True):
        now = partial.data if isinstance(partial, Value) else partial
        if now != number and not x.constant and now == now:
            raise stale(op, node, f" (a partial was {number!r} and is {now!r} now)")
    return partials


@overload
def gradient(output: Value, wrt: Value) -> Value: ...
@overload
def gradient(output: Value, wrt: list[Value]) -> list[Value]: ...
@overload
def gradient(output: Value, wrt: tuple[Value, ...]) -> tuple[Value, ...]: ...
@overload
def gradient(output: Value, wrt: NDArray[np.object_]) -> NDArray[np.object_]: ...
@overload
def gradient(output: Value, wrt: Sequence[Any]) -> Sequence[Any]: ...
def gradient(output: Value, wrt: Any) -> Any:
    """Return the derivatives of `output` by recorded Values, as Values, which can be differentiated again.

    Args:
        output: the Value to differentiate.
        wrt: a Value, or a list, tuple or object array of Values, nested in any way.

    Returns:
        One Value for each in `wrt`, in the same nesting: 0.0 where `output` does not depend on it, 1.0 for `output`
        itself. Each is a node of its own, so naming it names nothing else.

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


def grad(f: Callable[P, Any]) -> Callable[P, Any]:
    """Return a function that computes the gradient of `f` by reverse mode.

    Args:
        f: takes numbers, or arrays, lists, tuples, dicts and dataclasses of them, nested in any way, and returns one
            number.

    Returns:
        A function of the same arguments. It returns the derivatives in the nesting of the arguments: a derivative, or a
        list, array, dict or dataclass of them, for one argument, and a tuple for several. In place of a flag, a text,
        None or a function, and of an integer in a dict or dataclass with floats, it has None. Floats give floats and
        Values give Values, so ``grad(grad(f))`` is the second derivative. A derivative that depends on a Value from
        outside `f` is a Value.

    Raises:
        TypeError: when called, if `f` returns something other than one number.

    >>> grad(lambda x: x * x)(3.0), grad(grad(lambda x: x ** 3))(2.0)
    (6.0, 12.0)
    >>> grad(lambda p: p[0] * p[1])([2.0, 5.0])
    [5.0, 2.0]
    >>> grad(lambda p: p["w"] ** p["order"])({"w": 2.0, "order": 3})
    {'w': 12.0, 'order': None}
    """
    both = value_and_grad(f)

    def gradient_at(*args: P.args, **named: P.kwargs) -> Any:
        return both(*args, **named)[1]

    return gradient_at


def value_and_grad(f: Callable[P, Any]) -> Callable[P, tuple[Any, Any]]:
    """Return a function that computes the value of `f` and its gradient, at the cost of one call and one sweep.

    Args:
        f: takes separate numbers or sequences of them and returns one number.

    Returns:
        A function of the same arguments that returns the pair (value, gradient); see `grad`.

    Raises:
        TypeError: when called, if `f` returns something other than one number.

    >>> value_and_grad(lambda x, y: x * y)(2.0, 5.0)
    (10.0, (5.0, 2.0))
    """

    def value_and_gradient(*args: P.args, **named: P.kwargs) -> tuple[Any, Any]:
        _refuse_named(named)
        return Application(f, args).value_and_gradient()

    return value_and_gradient


def jvp(f: Callable[..., Any], x: Any, v: Any) -> tuple[Any, Any]:
    """Return the value of `f` at `x` and its derivative J·v in the direction `v`, by forward mode.

    Args:
        f: takes one number or one sequence, as `x` is, and returns one number or a sequence of them.
        x: the point; a tuple is taken as separate arguments.
        v: the direction (tangent), with as many numbers as `x`.

    Returns:
        The pair (f(x), J·v), both in the nesting of what `f` returns.

    Raises:
        ValueError: `v` has not as many numbers as `x`.

    >>> jvp(lambda x: [x[0] * x[1], x[0]], [2.0, 5.0], [1.0, 0.0])
    ([10.0, 2.0], [5.0, 1.0])
    """
    at = Application(f, x, v)
    [tangents] = _tangents(at, at.results, [at.seeds("v", at.variables, "inputs")])
    return at.value(), at.outputs.shaped(tangents)


def vjp(f: Callable[..., Any], x: Any, u: Any) -> tuple[Any, Any]:
    """Return the value of `f` at `x` and the product uᵀ·J, by one sweep of reverse mode.

    Args:
        f: takes one number or one sequence, as `x` is, and returns one number or a sequence of them.
        x: the point; a tuple is taken as separate arguments.
        u: the weights of the outputs (cotangent), as many as `f` returns numbers.

    Returns:
        The pair (f(x), uᵀ·J), the second in the nesting of `x`.

    Raises:
        ValueError: `u` has not as many numbers as `f` returns.

    >>> vjp(lambda x: [x[0] * x[1], x[0]], [2.0, 5.0], [1.0, 10.0])
    ([10.0, 2.0], [15.0, 2.0])
    """
    at = Application(f, x, u)
    [adjoints] = _adjoints(at, [at.seeds("u", at.results, "outputs")])
    return at.value(), at.inputs.shaped(adjoints)


def jacobian(f: Callable[P, Any]) -> Callable[P, NDArray[Any]]:
    """Return a function that computes the Jacobian ∂fᵢ/∂xⱼ, by forward or reverse mode, whichever takes fewer sweeps.

    Args:
        f: takes separate numbers or sequences of them and returns one number or a sequence of them.

    Returns:
        A function of the same arguments that returns an array of shape (outputs, inputs), or (inputs,) if `f` returns
        one number. Inputs are counted through all arguments in order. Elements are floats or Values, as for `grad`.

    >>> jacobian(lambda x: [x[0] * x[1], x[0]])([2.0, 5.0])
    array([[5., 2.],
           [1., 0.]])
    """

    def jacobian_at(*args: P.args, **named: P.kwargs) -> Any:
        _refuse_named(named)
        at = Application(f, args)
        if len(at.results) <= len(at.variables):
            matrix = at.matrix(_adjoints(at, at.units(at.results)), len(at.variables))
        else:
            matrix = at.matrix(_tangents(at, at.results, at.units(at.variables)), len(at.results)).T
        return matrix if at.outputs.is_sequence else matrix[0]

    return jacobian_at


def hessian(f: Callable[P, Any]) -> Callable[P, NDArray[Any]]:
    """Return a function that computes the Hessian ∂²f/∂xᵢ∂xⱼ, by forward mode over reverse mode.

    Args:
        f: takes separate numbers or sequences of them and returns one number.

    Returns:
        A function of the same arguments that returns an array of shape (inputs, inputs). Inputs are counted through all
        arguments in order. Elements are floats or Values, as for `grad`.

    Raises:
        TypeError: when called, if `f` returns something other than one number.

    >>> hessian(lambda x, y: x * x * y)(3.0, 5.0)
    array([[10.,  6.],
           [ 6.,  0.]])
    """

    def hessian_at(*args: P.args, **named: P.kwargs) -> Any:
        _refuse_named(named)
        at = Application(f, args)
        slopes = _gradient(at.single(), at.variables)
        return at.matrix(_tangents(at, slopes, at.units(at.variables)), len(slopes)).T

    return hessian_at


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """Return the Hessian of `f` at `x` times `v`, at the cost of one sweep of forward over reverse mode.

    Args:
        f: takes one number or one sequence, as `x` is, and returns one number.
        x: the point; a tuple is taken as separate arguments.
        v: the direction, with as many numbers as `x`.

    Returns:
        The product H·v in the nesting of `x`.

    Raises:
        TypeError: `f` returns something other than one number.
        ValueError: `v` has not as many numbers as `x`.

    >>> hvp(lambda p: p[0] * p[0] * p[1], [3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    at = Application(f, x, v)
    slopes = _gradient(at.single(), at.variables)
    return at.inputs.shaped(_tangents(at, slopes, [at.seeds("v", at.variables, "inputs")])[0])


def _refuse_named(named: Mapping[str, object]) -> None:
    """Check that a derivative was called with positional arguments only: derivatives are in their order.

    Raises:
        TypeError: there are keyword arguments.
    """
    if named:
        first = next(iter(named))
        raise TypeError(f"arguments must be positional, got keyword {first}=; write f(…) without the names")


def _adjoints(at: Application, sweeps: Sequence[Mapping[Value, Any]]) -> list[list[Any]]:
    """Return the adjoints of the variables, one row for each reverse sweep from its seeds."""
    order = _between(at, at.results)
    with quiet():
        swept = [reverse(seeds, recorded if at.live else stored, order) for seeds in sweeps]
    return _rows(at, [adjoints.get(x, 0.0) for adjoints in swept for x in at.variables], len(swept))


def _tangents(at: Application, results: Sequence[Value], sweeps: Sequence[Mapping[Value, Any]]) -> list[list[Any]]:
    """Return the tangents of `results`, one row for each forward sweep from its seeds."""
    order = _between(at, results)
    with quiet():
        swept = [forward(order, seeds, recorded if at.live else stored) for seeds in sweeps]
    return _rows(at, [tangents.get(y, 0.0) for tangents in swept for y in results], len(swept))


def _rows(at: Application, numbers: Sequence[Any], count: int) -> list[list[Any]]:
    """Split `numbers` into `count` rows, converted as by `Application.numbers`."""
    numbers = at.numbers(numbers)
    width = len(numbers) // max(count, 1)
    return [numbers[i * width : (i + 1) * width] for i in range(count)]


def _between(at: Application, results: Sequence[Value]) -> list[Value]:
    """Return the nodes to sweep over, without the graph outside the function."""
    order = topological_order(*results)
    return dependents(at.variables, order) if at.live else order


def _gradient(output: Value, wrt: Sequence[Value]) -> list[Value]:
    below = topological_order(output)
    with quiet():
        adjoints = reverse({output: Constant(1.0)}, recorded, dependents(wrt, below))
    # The rule of x·y returns y itself, and that of x + y the same 1 twice, so they get nodes of their own.
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
    """Return True if `x` is 0 with all its derivatives: the number 0, or a piecewise constant that is 0 here.

    A node that merely has the value 0 must be carried on: its derivative need not be 0.
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
    """Multiply without recording a node for a factor of 1."""
    if type(x) is type(partial) is float:
        return x * partial
    for factor, other in ((x, partial), (partial, x)):
        if (factor.constant and factor.data == 1.0) if isinstance(factor, Value) else factor == 1.0:
            return other
    return x * partial


class Application:
    """One recorded call of a function at a point, ready to be differentiated.

    Args:
        f: takes one number or one sequence, as `x` is, and returns one number or a sequence of them.
        x: the point; a tuple is taken as separate arguments.
        weights: the direction of a jvp or the weights of a vjp.
        hold: the leaves of the arguments that are held fixed, as for `Arguments`.

    Attributes:
        variables: a new Value for each number in the arguments.
        results: one Value for each number that `f` returned.
        live: True if an outer derivative may be wanted, because an argument is a Value or `f` uses Values from outside.
            Derivatives are then recorded.
    """

    def __init__(self, f: Callable[..., Any], x: Any, weights: Any = (), hold: Hold = "settings") -> None:
        self.name = getattr(f, "__name__", "the function")
        self.inputs = Arguments(*(x if type(x) is tuple else (x,)), hold=hold)
        weighted = () if type(weights) is tuple and not weights else (weights,)
        self.weights = Arguments(*weighted, where="a direction", hold=hold)
        self.variables = self.inputs.variables()
        returned = require_result(f(*self.inputs.shaped_all(self.variables)), self.name)
        self.outputs = Arguments(returned, where=f"differentiating what {self.name} returned")
        self.results = [as_value(y) for y in self.outputs.scalars]
        given = (*self.inputs.scalars, *self.weights.scalars)
        self._of_values = any(isinstance(x, Value) for x in given)
        self.live = self._of_values or any(_from_outside(self.results, self.variables))

    def single(self) -> Value:
        """Return the result of a function that must return one number.

        Raises:
            TypeError: it returned a sequence.
        """
        if self.outputs.is_sequence:
            got = type(self.outputs.args[0]).__name__
            raise TypeError(f"{self.name} must return one number, got {got}; jacobian() takes several")
        return self.results[0]

    def value_and_gradient(self) -> tuple[Any, Any]:
        """Return the result of a function that must return one number, and its derivatives by the variables.

        Raises:
            TypeError: it returned a sequence.
        """
        output = self.single()
        if self.live:
            slopes: list[Any] = list(_gradient(output, self.variables))
        else:
            output.backward()
            slopes = [x.grad for x in self.variables]
        value, *slopes = self.numbers([output, *slopes])
        return value, self.inputs.shaped(slopes)

    def numbers(self, scalars: Sequence[Any]) -> list[Any]:
        """Convert results for the caller: to Values if the arguments had any, else to floats.

        A number that depends on a Value from outside the function stays a Value.
        """
        if self._of_values:
            return list(map(as_value, scalars))
        depends = _from_outside(list(map(as_value, scalars)), self.variables) if self.live else [False] * len(scalars)
        return [x.data if isinstance(x, Value) and not d else x for x, d in zip(scalars, depends, strict=True)]

    def value(self) -> Any:
        """Return the result of `f` in its nesting, converted as by `numbers`."""
        return self.outputs.shaped(self.numbers(self.results))

    def units(self, nodes: Sequence[Value]) -> list[dict[Value, Any]]:
        """Return a weight of 1 on each of `nodes` in turn."""
        return [{node: self._weight(1.0)} for node in nodes]

    def _weight(self, x: Any) -> Any:
        return as_value(x) if self.live else x

    def seeds(self, name: str, nodes: Sequence[Value], what: str) -> dict[Value, Any]:
        """Return the weight of each of `nodes`, summed for a node that occurs more than once.

        Args:
            name: the argument with the weights, for the error.
            nodes: the variables or results.
            what: their plural noun, for the error.

        Raises:
            ValueError: there are not as many weights as nodes.
        """
        weights = self.weights.scalars
        if len(weights) != len(nodes):
            raise ValueError(f"{name} must have one number for each of the {len(nodes)} {what}, got {len(weights)}")
        seeds: dict[Value, Any] = {}
        for node, weight in zip(nodes, map(self._weight, weights), strict=True):
            seeds[node] = seeds[node] + weight if node in seeds else weight
        return seeds

    def matrix(self, rows: Sequence[Sequence[Any]], width: int) -> Any:
        """Return `rows` as an array of two dimensions, even if there are none."""
        # Of floats, or of objects if there are Values among them.
        return np.array(rows).reshape(len(rows), width)


def require_result(returned: Any, name: str) -> Any:
    """Return the result of a function, which must not be None.

    Raises:
        TypeError: it is None.
    """
    if returned is None:
        raise TypeError(f"{name} must return a number or a sequence of numbers, got None; is `return` missing?")
    return returned


def as_value(x: Any) -> Value:
    """Return `x` as a node; a number becomes a constant."""
    return x if isinstance(x, Value) else Constant(x)


def _from_outside(outputs: Sequence[Value], variables: Sequence[Value]) -> list[bool]:
    """Return a flag for each output, True if it depends on a Value from outside the function.

    An outer derivative may be taken by such a Value. A variable made from a Value of the caller depends on that Value;
    a variable made from a float is the function's own.
    """
    own = {id(x) for x in variables if x.op is None}
    outside: dict[int, bool] = {}
    for node in topological_order(*outputs):
        leaf = node.op is None and not node.constant and id(node) not in own
        outside[id(node)] = leaf or any(outside[id(x)] for x in node.operands)
    return [outside[id(y)] for y in outputs]
