"""Functions to check: their arguments and outputs with names, and their recorded graphs."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, NamedTuple

import numpy as np

from autograd import ops
from autograd.array_libraries import is_of
from autograd.checking.sampling import NO_VALUE, Restriction
from autograd.checking.verdict import Difference, Finding
from autograd.derivatives import Application, gradient
from autograd.locations import source_lines
from autograd.pytrees import Arguments, has_complex
from autograd.reals import is_real
from autograd.symbolic.typesetting import name
from autograd.value import Value, topological_order

# With more variables than this, sums of second derivatives are checked instead of single ones: the cost of single ones
# is the square of their number.
MAX_VARIABLES_PAIRWISE = 200
# Directions through all inputs that are checked if there are many, and sums of second derivatives.
DIRECTION_COUNT = 3
# Factors by which the point is moved to both sides, close to it and far from it, to compare a function with its graph.
COMPARED_FACTORS = ((0.999, 1.001), (0.5, 2.0))
# Arguments that a remark of a report names; the rest are counted.
MAX_NAMES = 5
# The origin of a result that differs between two calls at the same point, and the remedy.
FIRST_CALL = "first call"
SEED_HINT = "seed its random numbers in the function (a module of PyTorch: call eval() first), or pass noise="
# The reason of a function that differs from its graph on both sides.
LEFT_GRAPH = "a value left the graph, as through x.data"
# Relative shift of the point, to detect recorded numbers that change with the arguments.
ESCAPE_STEP = 0.001
# Numbers of a point are moved by one to two times this fraction, to see if what holds at one point holds at another.
# Multiples of the golden ratio, modulo 1, differ from each other, so that equal numbers become different ones.
MIN_MOVE = 0.11
GOLDEN_RATIO = 0.6180339887498949


class FunctionAtPoint:
    """A function and the point at which it is checked.

    Args:
        f: the function.
        at: the point, as `gradcheck` takes it.

    Raises:
        TypeError: an argument is complex, or not a number.

    Attributes:
        f: the function.
        title: the name of the function.
        args: its arguments, as floats.
        point: all numbers in the arguments, in order.
        numbers: the same as an array.
        inputs: the arguments, flattened.
        leaf_names: the name of each variable leaf, such as an array.
        fixed: the leaves of the arguments that are no variables.

    >>> function = FunctionAtPoint(lambda p: p[0] * p[1], [2, 5])
    >>> function.args, function.labels, function.arguments_with([1], [7.0])
    (([2.0, 5.0],), ['p[0]', 'p[1]'], [[2.0, 7.0]])
    """

    def __init__(self, f: Callable[..., Any], at: Any) -> None:
        self.title = _title(f)
        roots = []
        args = arguments(f, at)
        if is_of("torch.nn", "Module", f):
            # Its parameters are variables too, named as in the module.
            module: Any = f
            roots, args, f = ["", *parameters(module.forward, args)], (module, *args), _call_module
        self.f = f
        if has_complex(args):
            raise TypeError(
                f"{self.title} must take real numbers to be checked, got complex numbers; "
                "give their parts as two arguments: gradcheck(lambda re, im: f(re + 1j * im), (z.real, z.imag))"
            )
        self.inputs = Arguments(*args, hold="integers")
        self.point = self.inputs.scalars
        if Value in set(map(type, self.point)):
            self.point = [x.data if isinstance(x, Value) else x for x in self.point]
        self.numbers = np.array(self.point, dtype=float)
        # Numbers of an array are replaced in an array.
        self._has_array = any(isinstance(arg, np.ndarray) for arg in args)
        self.args = tuple(self.inputs.shaped_all(self._numbers_of(self.numbers.copy())))
        is_single = len(args) == 1 and type(args[0]) is np.ndarray and args[0].size == len(self.numbers)
        self._shape = args[0].shape if is_single else None
        self._is_line = self._shape is not None and len(self._shape) == 1
        self._roots = roots = roots or parameters(f, self.args)
        if self.title in roots:
            # ∂f/∂f would be read as 1 where a parameter f(a, b, f) is meant.
            self.title = next(title for title in ("F", "y", "result", "output") if title not in roots)
        self.leaf_names = self.inputs.leaf_names(roots)
        self.fixed = self.inputs.fixed(roots)

    @cached_property
    def labels(self) -> list[str]:
        """The name of each number as source code: the parameter, with its indices, keys and fields."""
        return self.inputs.labels(self._roots)

    def argument_names(self) -> list[str]:
        """Return, for each number of the point, the name of the variable leaf that it is in."""
        leaves = zip(self.inputs.leaves(), self.leaf_names, strict=True)
        return [leaf_name for leaf, leaf_name in leaves for _ in range(len(leaf.scalars))]

    def adapted(self, f: Callable[..., Any]) -> Callable[[Sequence[Any]], Any]:
        """Return another function of the same numbers as a function of a list of arguments.

        It may take the numbers as separate arguments although this function takes a sequence, and vice versa.
        """
        whole = self._whole(self.args)
        if len(self.args) == 1 and _is_sequence(whole) and len(whole) == 1 and not is_real(whole[0]):
            # A list with one nest in it is taken as this function takes it.
            return lambda args: f(*args)
        bound = arguments(f, whole)
        takes_separate = len(bound) != 1 or bound[0] is not whole
        if takes_separate and _is_sequence(whole):
            return lambda args: f(*self._whole(args))
        return lambda args: f(self._whole(args))

    def _whole(self, args: Sequence[Any]) -> Any:
        return args[0] if len(args) == 1 else list(args)

    def arguments_with(self, keys: Sequence[int], numbers: Sequence[float]) -> list[Any]:
        """Return the arguments with other numbers at the indices `keys` of the point."""
        point: Any
        if self._shape is not None and len(keys) == 1:
            # The most frequent case of a check: one number of one array of NumPy.
            [k], [number] = keys, numbers
            point = self.numbers.copy()
            point[k] = number
            return [point if self._is_line else point.reshape(self._shape)]
        if isinstance(keys, range) and len(keys) > 1:
            point = self.numbers.copy()
            point[keys.start : keys.stop] = numbers
            return self.inputs.shaped_all(self._numbers_of(point))
        point = self.numbers.copy() if self._has_array else self.point.copy()
        for k, number in zip(keys, numbers, strict=True):
            point[k] = number
        return self.inputs.shaped_all(point) if self._shape is None else [point.reshape(self._shape)]

    def _numbers_of(self, point: np.ndarray[Any, Any]) -> Any:
        """Return a point as the arguments take it: as an array if one of them is an array, else as a list."""
        return point if self._has_array else point.tolist()

    def remarks(self) -> list[str]:
        """Return the remark on arguments that are held fixed, if there are any."""
        texts = [f"{x.label} ({x.reason})" for x in self.fixed]
        return [f"held fixed: {listed(texts)}"] if texts else []

    def moved(self) -> FunctionAtPoint:
        """Return the function at another point, to which each number is moved by another fraction of itself."""
        moves = [MIN_MOVE * (1.0 + k * GOLDEN_RATIO % 1.0) for k in range(len(self.point))]
        point = [x + move * (abs(x) or 1.0) for x, move in zip(self.point, moves, strict=True)]
        return FunctionAtPoint(self.f, tuple(self.arguments_with(range(len(point)), point)))


def arguments(f: Callable[..., Any], at: Any) -> tuple[Any, ...]:
    """Return the point `at` as the arguments of `f`.

    A number is one argument, and a tuple is separate arguments. A list or an array is separate arguments if `f` accepts
    nothing else or any number of arguments (``f(x, y)``, ``f(*xs)``). It is one sequence if `f` requires a single
    argument (``f(p)``, ``f(p, scale=1.0)``). A list with a single number is decided by calling `f` with the number.

    Raises:
        TypeError: `f` accepts neither.

    >>> arguments(lambda x, y: x * y, [2.0, 5.0]), arguments(lambda p: p[0] * p[1], [2.0, 5.0])
    ((2.0, 5.0), ([2.0, 5.0],))
    """
    if type(at) is tuple:
        return at
    if not _is_sequence(at):
        return (at,)
    whole = (at,)
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        # A function in C may have no signature.
        return tuple(at) if _accepts(f, tuple(at)) else whole
    fits_whole = _binds(signature, whole)
    if fits_whole and len(at) != 1 and _required_count(signature):
        # An array may have very many numbers, so they are not made arguments in vain.
        return whole
    separate = tuple(at)
    fits_separate = _binds(signature, separate)
    if not fits_separate and not fits_whole:
        raise TypeError(
            f"{_title(f)}{signature} must take {len(separate)} arguments or one sequence of them; "
            "give a point that fits its parameters"
        )
    if fits_separate and fits_whole:
        if len(separate) == 1:
            return separate if _accepts(f, separate) else whole
        return separate
    return separate if fits_separate else whole


def parameters(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """Return the name of each argument."""
    names: list[str] = []
    for signature_of in (_forward_signature, inspect.signature):
        try:
            signature = signature_of(f)
            bound = signature.bind(*args).arguments
        except (TypeError, ValueError, AttributeError):
            continue
        for parameter, value in bound.items():
            is_variadic = signature.parameters[parameter].kind is inspect.Parameter.VAR_POSITIONAL
            names += [f"{parameter}[{i}]" for i in range(len(value))] if is_variadic else [parameter]
        break
    if len(names) != len(args):
        return [f"x[{i}]" for i in range(len(args))] if len(args) > 1 else ["x"]
    return names


def listed(names: Sequence[str]) -> str:
    """Return the first names, and the number of others.

    >>> listed(list("abcdefg"))
    'a, b, c, d, e, and 2 more'
    """
    more = len(names) - MAX_NAMES
    return ", ".join([*names[:MAX_NAMES], *([f"and {more:,} more"] if more > 0 else [])])


def _call_module(module: Any, *args: Any) -> Any:
    return module(*args)


def _forward_signature(apply: Any) -> inspect.Signature:
    """Return the signature of the forward function of ``torch.autograd.Function.apply``, without the context.

    Raises:
        AttributeError: it is no such function.
    """
    cls = apply.__self__
    if not isinstance(cls, type):
        raise AttributeError("apply must be a method of a class")
    # A subclass may inherit both, and PyTorch's own base classes have placeholders of them.
    classes = [x for x in cls.__mro__ if x.__module__.partition(".")[0] != "torch"]
    method = next((vars(x)["forward"] for x in classes if "forward" in vars(x)), None)
    if not isinstance(method, staticmethod):
        raise AttributeError("apply must be a method of a class with a static forward()")
    forward: Callable[..., Any] = method.__func__
    signature = inspect.signature(forward)
    parameters = list(signature.parameters.values())
    has_context = not any("setup_context" in vars(x) for x in classes)
    return signature.replace(parameters=parameters[1:] if has_context else parameters)


def _title(f: Callable[..., Any]) -> str:
    owner = getattr(f, "__self__", None)
    if is_of("torch.nn", "Module", f):
        return type(f).__name__
    if isinstance(owner, type) and hasattr(owner, "forward"):
        # MyFunction.apply of PyTorch.
        return owner.__name__
    title = getattr(f, "__name__", getattr(f, "name", "f"))
    return title if title.isidentifier() else "f"


def _is_sequence(at: Any) -> bool:
    return isinstance(at, list) or (isinstance(at, np.ndarray) and at.ndim > 0)


def _required_count(signature: inspect.Signature) -> int:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in signature.parameters.values())


def _binds(signature: inspect.Signature, args: Sequence[Any]) -> bool:
    try:
        signature.bind(*args)
    except TypeError:
        return False
    return True


def _accepts(f: Callable[..., Any], args: Sequence[Any]) -> bool:
    try:
        f(*args)
    except (TypeError, IndexError):
        return False
    except AttributeError as error:
        # `x.data` needs a Value, so the function takes a number.
        return hasattr(Value(0.0), error.name or "")
    except (ArithmeticError, ValueError):
        return True
    return True


class Output(NamedTuple):
    """The name of an output, or of its derivative by a variable.

    Attributes:
        title: the name of the output.
        by: the name of the variable, or "".
        is_code: True for names as in the code of a function, such as ``W[1,2]``; False for labels, which are typeset.
    """

    title: str
    by: str = ""
    is_code: bool = False

    @property
    def name(self) -> str:
        """The name as it is printed."""
        return Output(self.title, is_code=self.is_code).derivative(self.by) if self.by else self._written(self.title)

    def derivative(self, label: str) -> str:
        """Return the name of the derivative by a variable.

        >>> Output("C").derivative("x"), Output("C", "x").derivative("y"), Output("C", "x").derivative("x")
        ('∂C/∂x', '∂²C/∂x∂y', '∂²C/∂x²')
        >>> Output("C").derivative("W[1,2]"), Output("C", is_code=True).derivative("W[1,2]")
        ('∂C/∂W₁,₂', '∂C/∂W[1,2]')
        """
        title, below = self._written(self.title), self._written(label)
        if not self.by:
            return f"∂{title}/∂{below}"
        by = self._written(self.by)
        return f"∂²{title}/{f'∂{by}²' if label == self.by else f'∂{by}∂{below}'}"

    def _written(self, label: str) -> str:
        return label if self.is_code else name(label)


class AnalyticEntry(NamedTuple):
    """An analytic derivative and the absolute rounding error that its computation may have."""

    derivative: float
    rounding: float


@dataclass(frozen=True)
class AnalyticJacobian:
    """The derivatives to check: a row for each output, a column for each input.

    Attributes:
        outputs: the names of the outputs.
        get_labels: returns the names of the inputs.
        point: the values of the inputs.
        derivatives: the matrix.
        roundings: the absolute rounding error that the computation of each derivative may have.
        source: their origin in a report: "engine" or "given".
    """

    outputs: Sequence[Output]
    get_labels: Callable[[], Sequence[str]]
    point: np.ndarray[Any, Any]
    derivatives: np.ndarray[Any, Any]
    roundings: np.ndarray[Any, Any]
    source: str = "engine"

    @property
    def labels(self) -> Sequence[str]:
        """The names of the inputs."""
        return self.get_labels()

    def name(self, i: int, k: int) -> str:
        """Return the name of the derivative of output `i` by input `k`."""
        return self.outputs[i].derivative(self.labels[k])

    def names(self) -> list[str]:
        """Return the names of the entries, row by row."""
        labels = self.labels
        return [output.derivative(label) for output in self.outputs for label in labels]

    @property
    def rows(self) -> list[list[AnalyticEntry]]:
        """The entries as numbers of Python, row by row."""
        pairs = zip(self.derivatives.tolist(), self.roundings.tolist(), strict=True)
        return [[AnalyticEntry(*entry) for entry in zip(*row, strict=True)] for row in pairs]


class Outputs:
    """Nodes to differentiate, with their names.

    For a check of order 2 the first derivatives are outputs as well. With more than 200 variables, three weighted sums
    of the first derivatives are outputs instead.

    Args:
        nodes: the nodes to differentiate.
        names: their names.
        wrt: the nodes to differentiate by.
        labels: the names of these.
        order: 1 or 2.

    Attributes:
        nodes: the outputs.
        names: their names.
        weights: the weights of each weighted sum of first derivatives, if there are any.

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
        [node], [output] = nodes, names
        derivatives = gradient(node, list(wrt))
        if len(wrt) <= MAX_VARIABLES_PAIRWISE:
            self.nodes += derivatives
            self.names += [output._replace(by=label) for label in labels]
        else:
            # Fixed seeds here and elsewhere in this package: a check gives the same result every time.
            signs = Random(1)
            self.weights = [[signs.choice((-1.0, 1.0)) for _ in wrt] for _ in range(DIRECTION_COUNT)]
            self.nodes += [ops.dot(weights, derivatives) for weights in self.weights]
            self.names += [Output(f"(u{i}·∇{output.title})") for i in range(1, DIRECTION_COUNT + 1)]


class RecordedFunction:
    """A recorded call of a function: its outputs and, for a check of order 2, their derivatives.

    It is also the results of the call: entry i is the value of output i and a label of its smooth piece.

    Args:
        function: the function.
        args: the arguments.
        order: 1 or 2.
        keep_lines: True to record the source line of each node.

    Raises:
        ValueError: the function returned no number.
    """

    def __init__(self, function: FunctionAtPoint, args: Sequence[object], order: int, keep_lines: bool = False) -> None:
        with source_lines() if keep_lines else nullcontext():
            application = Application(function.f, tuple(args), hold="integers")
        results = [application.single()] if order == 2 else application.results
        if not results:
            raise ValueError(f"{function.title} returned no number; it must return a number or a sequence of numbers")
        for x, label in zip(application.variables, function.labels, strict=True):
            x.named(label)
        self.variables = application.variables
        names = [Output(function.title, is_code=True)]
        if order == 1:
            names = [Output(label, is_code=True) for label in application.outputs.labels([function.title])]
        self.outputs = Outputs(results, names, self.variables, function.labels, order)

    def __getitem__(self, i: int) -> tuple[float, Hashable]:
        node = self.outputs.nodes[i]
        return node.data, _piece(node)


def _piece(output: Value) -> Hashable:
    """Return a label of the smooth piece of a recorded output: its operations, and the piece of each."""
    return tuple(
        (node.op.name, node.op.branch(*[x.data for x in node.operands]))
        for node in topological_order(output)
        if node.op is not None
    )


def find_nondeterminism(
    title: str, first: Sequence[float], second: Sequence[float], noise: float = 0.0
) -> Iterator[Finding]:
    """Yield a finding for each result that differs between two calls at the same point by more than the noise."""
    for y, z in zip(first, second, strict=False):
        if y != z and not abs(y - z) <= 2.0 * noise and not (math.isnan(y) and math.isnan(z)):
            reason = f"{abs(y - z):.2g} apart: {SEED_HINT}"
            yield Finding(y, Difference(z, 0.0), "fail", reason, label=title, source=FIRST_CALL, against="second call")


def departure_from_graph(value: Restriction, replay: Restriction, i: int, point: Sequence[float]) -> str:
    """Return the way in which an output of a function departs from its recorded graph at other points; "" if it agrees.

    Args:
        value: the function.
        replay: the recorded graph.
        i: the index of the output.
        point: the point at which the graph was recorded.
    """
    here, piece = value(point)[i]
    for factors in COMPARED_FACTORS:
        agreements = set()
        for factor in factors:
            moved = [x * factor if x else factor - 1.0 for x in point]
            try:
                result, moved_piece = value(moved)[i]
                expected = replay(moved)[i][0]
            except NO_VALUE:
                continue
            if math.isnan(result):
                continue
            # Two equal values say nothing if the function does not change at all.
            if moved_piece == piece and not result == expected == here:
                agreements.add(result == expected)
        if agreements == {False}:
            return LEFT_GRAPH
        if False in agreements and factors is COMPARED_FACTORS[0]:
            return "the code takes another branch beside the point"
    return ""


def find_escaped_values(
    function: FunctionAtPoint, here: RecordedFunction, positions: Mapping[int, int]
) -> Iterator[Finding]:
    """Yield, for each output, the first operand recorded as a constant that changes on both sides of the point.

    Args:
        function: the function and the point.
        here: its recording at the point.
        positions: the index of each node by its id, for the report.
    """
    sides: list[dict[tuple[int, int | None], Finding]] = []
    for step in (ESCAPE_STEP, -ESCAPE_STEP):
        moved = [x * (1.0 + step) if x else step for x in function.point]
        try:
            args = function.arguments_with(range(len(moved)), moved)
            elsewhere = RecordedFunction(function, args, here.outputs.order)
        except NO_VALUE:
            continue
        pairs = zip(here.outputs.nodes, elsewhere.outputs.nodes, strict=False)
        findings = [_escaped_value(*pair, here.variables, positions) for pair in pairs]
        sides.append({(id(x.node), x.slot): x for x in findings if x is not None})
    if sides:
        # A number that changes on one side only is that of another branch in the code.
        yield from (finding for key, finding in sides[0].items() if all(key in side for side in sides))


def _escaped_value(
    output: Value, elsewhere: Value, variables: Sequence[Value], positions: Mapping[int, int]
) -> Finding | None:
    inputs = set(map(id, variables))
    for node, moved in zip(topological_order(output), topological_order(elsewhere), strict=False):
        if (node.op and node.op.name) != (moved.op and moved.op.name):
            # The function took another branch, and the nodes no longer correspond.
            return None
        for slot, (x, y) in enumerate(zip(node.operands, moved.operands, strict=False)):
            if x.op is None and y.op is None and id(x) not in inputs and x.data != y.data:
                reason = "a number that changes with the arguments: it left the graph, as through x.data"
                number, position = Difference(y.data, 0.0), positions[id(node)] + 1
                return Finding(
                    x.data, number, "fail", reason, node, slot, position, source="recorded", against="elsewhere"
                )
    return None
