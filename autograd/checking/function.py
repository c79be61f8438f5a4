"""How a function takes its arguments: one sequence or separate numbers, and what they are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

import numpy as np

from autograd import notation, ops
from autograd.arguments import Application, Arguments, require_result
from autograd.checking.sampling import Moving, Results
from autograd.derivatives import grad, gradient
from autograd.engine import Value, topological_order
from autograd.lines import source_lines
from autograd.writing import name


class Call:
    """A function at a point.

    Attributes:
        f: the function.
        title: what the function is called.
        args: its arguments, in floats.
        point: all the numbers in them.
        labels: what each is called: the parameter, with an index for each level of a sequence.

    >>> call = Call(lambda p: p[0] * p[1], [2, 5])
    >>> call.args, call.labels, call.moved([1], [7.0])
    (([2.0, 5.0],), ['p[0]', 'p[1]'], [[2.0, 7.0]])
    """

    def __init__(self, f: Callable[..., Any], at: Any) -> None:
        self.f = f
        self.title = _title(f)
        self._inputs = Arguments(*arguments(f, at))
        self.point = [float(x) for x in self._inputs.scalars]
        self.args = tuple(self._inputs.shaped_all(self.point))
        self.labels = _labels(f, self.args)

    def like(self, f: Callable[..., Any]) -> Callable[[Sequence[Any]], Any]:
        """Another function of the same numbers, as one of the arguments of this; it may take them in its own way."""
        whole = self._whole(self.args)
        given = arguments(f, whole)
        is_separate = len(given) != 1 or given[0] is not whole
        return lambda args: f(*self._whole(args)) if is_separate and _is_many(whole) else f(self._whole(args))

    def _whole(self, args: Sequence[Any]) -> Any:
        return list(args) if len(args) > 1 else args[0]

    def moved(self, keys: Sequence[int], numbers: Sequence[float]) -> list[Any]:
        """The arguments with other numbers at some places."""
        point = self.point.copy()
        for k, number in zip(keys, numbers, strict=True):
            point[k] = number
        return self._inputs.shaped_all(point)


def arguments(f: Callable[..., Any], at: Any) -> tuple[Any, ...]:
    """The point `at` as the arguments of `f`.

    A number is one argument and a tuple is separate ones.  A list or an array is separate arguments if `f` cannot be
    called otherwise or takes any number of them (``f(x, y)``, ``f(*xs)``), and one sequence if `f` requires a single
    argument (``f(p)``, ``f(p, scale=1.0)``).  Of a list with a single number `f` is tried with the number first.

    Raises:
        TypeError: `f` takes neither.

    >>> arguments(lambda x, y: x * y, [2.0, 5.0]), arguments(lambda p: p[0] * p[1], [2.0, 5.0])
    ((2.0, 5.0), ([2.0, 5.0],))
    """
    if type(at) is tuple:
        return at
    if not _is_many(at):
        return (at,)
    separate, whole = tuple(at), (at,)
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return separate if _works(f, separate) else whole
    fits_separate, fits_whole = _binds(signature, separate), _binds(signature, whole)
    if not fits_separate and not fits_whole:
        raise TypeError(f"{_title(f)}{signature} takes neither {len(separate)} arguments nor one sequence of them")
    if fits_separate and fits_whole:
        if len(separate) == 1:
            return separate if _works(f, separate) else whole
        return whole if _required(signature) else separate
    return separate if fits_separate else whole


def _labels(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    try:
        bound = inspect.signature(f).bind(*args).arguments
    except (TypeError, ValueError):
        bound = {}
    parts = [
        part
        for name, value in bound.items()
        for part in ([f"{name}[{i}]" for i in range(len(value))] if _is_starred(f, name) else [name])
    ]
    if len(parts) != len(args):
        parts = [f"x[{i}]" for i in range(len(args))] if len(args) > 1 else ["x"]
    return [name for part, arg in zip(parts, args, strict=True) for name in indexed(part, arg)]


def _title(f: Callable[..., Any]) -> str:
    name = getattr(f, "__name__", getattr(f, "name", "f"))
    return name if name.isidentifier() else "f"


def indexed(name: str, arg: Any) -> Iterator[str]:
    """What the numbers in an argument or a result are called: by its name, with an index for each level of a sequence.

    >>> list(indexed("p", [[1.0, 2.0], 3.0]))
    ['p[0,0]', 'p[0,1]', 'p[1]']
    """
    if isinstance(arg, (list, tuple)) or (isinstance(arg, np.ndarray) and arg.ndim):
        stem = name[:-1] + "," if name.endswith("]") else name + "["
        for i, part in enumerate(arg):
            yield from indexed(f"{stem}{i}]", part)
    else:
        yield name


def _is_many(at: Any) -> bool:
    return isinstance(at, list) or (isinstance(at, np.ndarray) and at.ndim > 0)


def _is_starred(f: Callable[..., Any], name: str) -> bool:
    return inspect.signature(f).parameters[name].kind is inspect.Parameter.VAR_POSITIONAL


def _required(signature: inspect.Signature) -> int:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in signature.parameters.values())


def _binds(signature: inspect.Signature, args: Sequence[Any]) -> bool:
    try:
        signature.bind(*args)
    except TypeError:
        return False
    return True


def _works(f: Callable[..., Any], args: Sequence[Any]) -> bool:
    try:
        f(*args)
    except (TypeError, IndexError):
        return False
    except AttributeError as error:  # x.data asks for a Value, and so for a number
        return hasattr(Value(0.0), error.name or "")
    except (ArithmeticError, ValueError):
        return True
    return True


ONE_BY_ONE = 200
"""The most arguments that are differenced one by one."""
DIRECTIONS = 3
"""Beyond that, differences are taken in so many directions, each through all arguments."""
Claim = tuple[float, float]
"""A derivative, and by how much it may be off for rounding."""


class Output(NamedTuple):
    """What is differentiated: something that has a name, or its derivative by something that has one."""

    title: str
    by: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return notation.derivative(self.title, self.by) if self.by else name(self.title)

    def derivative(self, label: str) -> str:
        """What its derivative is called.

        >>> Output("C").derivative("x"), Output("C", "x").derivative("y"), Output("C", "x").derivative("x")
        ('∂C/∂x', '∂²C/∂x∂y', '∂²C/∂x²')
        """
        if not self.by:
            return notation.derivative(self.title, label)
        below = f"∂{name(self.by)}²" if label == self.by else f"∂{name(self.by)}∂{name(label)}"
        return f"∂²{name(self.title)}/{below}"


@dataclass(frozen=True)
class Claims:
    """Derivatives of several outputs by several numbers.

    Attributes:
        outputs: what is differentiated.
        labels: what the numbers are called.
        point: the numbers.
        rows: for each output the derivatives by all numbers.
        source: whose they are.
    """

    outputs: Sequence[Output]
    labels: Sequence[str]
    point: Sequence[float]
    rows: Sequence[Sequence[Claim]]
    source: str = "engine"

    def names(self) -> list[str]:
        """What the derivatives are called, row by row."""
        return [output.derivative(label) for output in self.outputs for label in self.labels]


class Outputs:
    """Nodes to differentiate by some leaves, and what they are called.

    Of second order, also the derivatives by each leaf; where there are more than 200, three weighted sums of them.

    Attributes:
        nodes: what is to be differentiated.
        names: what they are called.

    >>> x, y = Value(3.0, "x"), Value(2.0, "y")
    >>> both = Outputs([x * y], [Output("C")], [x, y], ["x", "y"], order=2)
    >>> [node.data for node in both.nodes], both.names[2].derivative("x")
    ([6.0, 2.0, 3.0], '∂²C/∂y∂x')
    """

    def __init__(
        self, nodes: Sequence[Value], names: Sequence[Output], wrt: Sequence[Value], labels: Sequence[str], order: int
    ) -> None:
        self.nodes, self.names, self.wrt, self.labels = list(nodes), list(names), wrt, labels
        self.order = order
        self.weights: list[list[float]] = []
        if order == 1:
            return
        [node], [called] = nodes, names
        slopes = gradient(node, list(wrt))
        if len(wrt) <= ONE_BY_ONE:
            self.nodes += slopes
            self.names += [Output(called.title, label) for label in labels]
        else:
            sense = Random(1)
            self.weights = [[sense.choice((-1.0, 1.0)) for _ in wrt] for _ in range(DIRECTIONS)]
            self.nodes += [ops.dot(weights, slopes) for weights in self.weights]
            self.names += [Output(f"(u{i}·∇{called.title})") for i in range(1, DIRECTIONS + 1)]


class Recorded:
    """A function of numbers put to Values: its results, and of second order their derivatives.

    It stands for what a check moves: entry i is the value of output i and a label of the smooth piece it lies on.  With
    `keep_lines` the nodes know the lines of code that made them.
    """

    def __init__(self, call: Call, args: Sequence[object], order: int, keep_lines: bool = False) -> None:
        with source_lines() if keep_lines else nullcontext():
            at = Application(call.f, tuple(args))
        results = [at.single()] if order == 2 else at.results
        if not results:
            raise ValueError(f"{call.title} returned no number, so there is nothing to differentiate")
        for x, label in zip(at.variables, call.labels, strict=True):
            x.named(label)
        self.variables = at.variables
        returned = at.outputs.args[0]
        names = [Output(label) for label in indexed(call.title, returned)] if order == 1 else [Output(call.title)]
        self.outputs = Outputs(results, names, self.variables, call.labels, order)

    def __getitem__(self, i: int) -> tuple[float, Hashable]:
        node = self.outputs.nodes[i]
        return node.data, _piece(node)


def _piece(output: Value) -> Hashable:
    """A label of the smooth piece of a function that recorded this: which operations, and on which piece of each."""
    return tuple(
        (node.op.name, node.op.branch(*[x.data for x in node.operands]))
        for node in topological_order(output)
        if node.op is not None
    )


class Given:
    """Derivatives of a function at a point, and what they are to be held against.

    Args:
        call: the function and the point.
        gradient: its derivatives, or the function that gives them; None if only second ones are given.
        hessian: its second derivatives, or the function that gives them; None if there are none.

    Attributes:
        claims: the derivatives.
    """

    def __init__(self, call: Call, gradient: Any, hessian: Any = None) -> None:
        self.call = call
        self._parts: list[Callable[[Sequence[Any]], Any]] = []
        outputs: list[Output] = []
        rows: list[np.ndarray[Any, Any]] = []
        if gradient is not None:
            result = _plain(require_result(call.f(*call.moved([], [])), call.title))
            outputs += [Output(label) for label in indexed(call.title, result)]
            self._parts.append(lambda args: call.f(*args))
            rows.append(_matrix("gradient", call, _at(call, gradient), [len(outputs)]))
        if hessian is not None:
            slopes = grad(call.f) if gradient is None else gradient
            if not callable(slopes):
                raise TypeError(
                    "a Hessian is held against differences of the gradient: give gradient= as a function, "
                    "or leave it out for the engine's own"
                )
            if gradient is not None and len(outputs) > 1:
                raise TypeError(f"a Hessian is of a function of one number; {call.title} returned {len(outputs)}")
            outputs += [Output(call.title, label) for label in call.labels]
            self._parts.append(call.like(slopes) if gradient is not None else lambda args: slopes(*args))
            rows.append(_matrix("Hessian", call, _at(call, hessian), _sizes(call)))
        self.firsts = len(outputs) - (len(call.point) if hessian is not None else 0)
        matrix = np.concatenate(rows)
        claimed = [[(float(x), 0.0) for x in row] for row in matrix]
        self.claims = Claims(outputs, call.labels, call.point, claimed, "given")

    def moving(self, keys: Sequence[int]) -> Moving:
        """The function, and its gradient if second derivatives are given, as functions of some of the arguments."""

        def value(numbers: Sequence[float]) -> Results:
            args = self.call.moved(keys, numbers)
            found = [x for part in self._parts for x in _numbers(part(args), self.call.title)]
            if len(found) != len(self.claims.outputs):
                raise TypeError(
                    f"{self.call.title} gives {len(found)} numbers here and {len(self.claims.outputs)} there"
                )
            return [(x, None) for x in found]

        return value


def _at(call: Call, given: Any) -> Any:
    return call.like(given)(call.moved([], [])) if callable(given) else given


def _sizes(call: Call) -> list[int]:
    """How many numbers each argument holds."""
    return [len(Arguments(arg).scalars) for arg in call.args]


def _plain(x: Any) -> Any:
    """What another library's array holds, as NumPy's; sequences part by part."""
    if isinstance(x, (list, tuple)):
        return [_plain(part) for part in x]
    return np.asarray(x) if hasattr(x, "__array__") and not isinstance(x, (np.ndarray, np.generic)) else x


def _numbers(x: Any, title: str) -> list[float]:
    require_result(x, title)
    scalars = Arguments(_plain(x), where=f"the check of what {title} returned").scalars
    return [y.data if isinstance(y, Value) else y for y in scalars]


def _matrix(what: str, call: Call, given: Any, heights: Sequence[int]) -> np.ndarray[Any, Any]:
    """Given derivatives as a matrix with a row for each output and a column for each number in the arguments.

    They come as rows; or, in a tuple with an entry for each argument, as blocks of columns, as PyTorch and JAX give
    them; a Hessian as a tuple of such tuples.
    """
    if len(heights) > 1 and type(given) is tuple and len(given) == len(heights):
        parts = [_matrix(what, call, part, [height]) for part, height in zip(given, heights, strict=True)]
        return np.concatenate(parts)
    height, sizes = sum(heights), _sizes(call)
    if type(given) is tuple and len(given) == len(sizes) > 1:
        blocks = [np.array(_numbers(block, f"the {what}")) for block in given]
        if all(block.size == height * size for block, size in zip(blocks, sizes, strict=True)):
            return np.hstack([block.reshape(height, size) for block, size in zip(blocks, sizes, strict=True)])
    numbers = np.array(_numbers(given, f"the {what}"))
    width = sum(sizes)
    if numbers.size != height * width:
        wants = (
            f"the arguments have {width}" if height == 1 else f"{height} × {width} are wanted, a row for each output"
        )
        raise ValueError(f"the {what} has {numbers.size} numbers, where {wants}")
    return numbers.reshape(height, width)
