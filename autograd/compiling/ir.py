"""Array intermediate representation: kinds of steps on arrays, and the builder that makes equal ones once.

The kinds are closed under differentiation: the adjoint of each is written with the same kinds (:mod:`.autodiff`), so a
gradient is a program again.  The shape of an array is that for one example; a `batched` array has an axis for the
examples in front of it.  Arrays take part in arithmetic and in the operations of the table, as Values do, and so the
rules of the table apply to them as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from operator import attrgetter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.functions import softmax
from autograd.graph import in_order
from autograd.op import Op

Shape = tuple[int, ...]
Index = NDArray[np.intp]

# The operations that only programs have.  Softmax, logsumexp and their derivatives do not depend on the `top` that is
# subtracted from the logits, so `top` has partial 0.
SHIFTED = Op("shifted", lambda x, top: 0.0 if x == top else x - top, lambda x, top, z: (1.0, 0.0), 2)
SHIFTED_LOG = Op("shifted_log", lambda x, top: top + math.log(x), lambda x, top, z: (1.0 / x, 0.0), 2)
# The operands are an index and a vector.  It has no rule: lowering writes it in operations that have one.
LOG_SOFTMAX = Op("log_softmax", lambda i, *xs: math.log(softmax(i, *xs)), lambda *xs, z: (), None)
BUILT_IN = {SHIFTED, SHIFTED_LOG, LOG_SOFTMAX} | {op for op in vars(ops).values() if isinstance(op, Op)}


def is_built_in(op: Op) -> bool:
    """Return True for an operation of the package, and False for a user's own, even one of the same name."""
    return op in BUILT_IN


class Array:
    """One step of a program.

    Attributes:
        builder: the builder that made it.
        shape: its shape for one example.
        batched: whether it has a leading axis for the examples.
        operands: the arrays that it is computed from.
        name: its name in a source or an equation, "" for none.
    """

    __slots__ = ("batched", "builder", "name", "operands", "shape")
    # Only a Map has an operation; rules of simplification ask every array.
    op: Op | None = None
    is_literal = False

    def __init__(self, builder: Builder, shape: Shape, batched: bool, operands: tuple[Array, ...] = ()) -> None:
        self.builder = builder
        self.shape = shape
        self.batched = batched
        self.operands = operands
        self.name = ""

    @property
    def size(self) -> int:
        """The number of elements for one example."""
        return math.prod(self.shape)

    def is_number(self, value: float) -> bool:
        """Return True for a literal of this number that does not depend on the size of the batch."""
        return False

    def same(self, other: Array) -> bool:
        """Return True for the same array; a builder makes each array once."""
        return self is other

    def elements(self, index: Index) -> Array:
        """Return the elements at `index`, positions in this array row by row."""
        return self.builder.gathered(self, index)

    def __operation__(self, op: Op, operands: Sequence[Any]) -> Array:
        """Apply `op`; operations of the table call this when an operand is an array."""
        return self.builder.apply(op, operands)

    def __add__(self, other: Any) -> Array:
        return self.builder.apply(ops.add, (self, other))

    def __radd__(self, other: Any) -> Array:
        return self.builder.apply(ops.add, (other, self))

    def __sub__(self, other: Any) -> Array:
        return self.builder.apply(ops.sub, (self, other))

    def __rsub__(self, other: Any) -> Array:
        return self.builder.apply(ops.sub, (other, self))

    def __mul__(self, other: Any) -> Array:
        return self.builder.apply(ops.mul, (self, other))

    def __rmul__(self, other: Any) -> Array:
        return self.builder.apply(ops.mul, (other, self))

    def __truediv__(self, other: Any) -> Array:
        return self.builder.apply(ops.div, (self, other))

    def __rtruediv__(self, other: Any) -> Array:
        return self.builder.apply(ops.div, (other, self))

    def __pow__(self, other: Any) -> Array:
        return self.builder.apply(ops.pow, (self, other))

    def __rpow__(self, other: Any) -> Array:
        return self.builder.apply(ops.pow, (other, self))

    def __neg__(self) -> Array:
        return self.builder.apply(ops.neg, (self,))

    def __pos__(self) -> Array:
        return self

    def __abs__(self) -> Array:
        return self.builder.apply(ops.abs, (self,))

    def __bool__(self) -> bool:
        raise TypeError("a decision would be frozen for all inputs; choose with ag.where, which stays in the program")

    def __eq__(self, other: object) -> bool:
        return self is other or bool(self)

    __hash__ = object.__hash__


class Source(Array):
    """An argument of the program, or a constant array with its `numbers`."""

    __slots__ = ("numbers",)
    numbers: NDArray[Any] | None

    def elements(self, index: Index) -> Array:
        """Return the elements at `index`; those of a constant are a constant."""
        return super().elements(index) if self.numbers is None else self.builder.constant(self.numbers.ravel()[index])


class Literal(Array):
    """A number, times the size of the batch to a `power` of −1, 0 or 1."""

    __slots__ = ("number", "power")
    number: float
    power: int
    is_literal = True

    def is_number(self, value: float) -> bool:
        """Return True if this is the number and does not depend on the size of the batch."""
        return self.number == value and self.power == 0


class Map(Array):
    """An operation of the table, element by element, under NumPy's rules of broadcasting."""

    __slots__ = ("op",)
    op: Op


class Contract(Array):
    """A sum of products over axes: letters name the axes of both operands and of the result, as in einsum.

    A letter that the result lacks is summed over; so is the batch, where the result has no axis for it.
    """

    __slots__ = ("axes",)
    axes: tuple[str, str, str]


class Sum(Array):
    """The sum over some axes, and over the batch where the operand has an axis for it and the result has not."""

    __slots__ = ("axes",)
    axes: tuple[int, ...]


class Exponentials(Array):
    """A function of the exponentials along the last axis, by its name in :mod:`.kernels`."""

    __slots__ = ()
    function: ClassVar[str]


class LogSumExp(Exponentials):
    """log Σ exp over the last axis."""

    __slots__ = ()
    function = "logsumexp"


class Softmax(Exponentials):
    """exp / Σ exp over the last axis."""

    __slots__ = ()
    function = "softmax"


class LogSoftmax(Exponentials):
    """The logarithm of exp / Σ exp over the last axis."""

    __slots__ = ()
    function = "log_softmax"


class Gather(Array):
    """Elements of the operand for one example: `index` has their positions in it, row by row."""

    __slots__ = ("index",)
    index: Index

    def elements(self, index: Index) -> Array:
        """Return the elements at `index`, taken from the operand at once."""
        (operand,) = self.operands
        return self.builder.gather(operand, self.index.ravel()[index])


def is_transposed(x: Array) -> bool:
    """Return True for the transpose of a matrix, and for its elements in that order."""
    if not isinstance(x, Gather):
        return False
    shape = x.operands[0].shape
    if len(shape) != 2 or x.shape not in (shape[::-1], (x.size,)) or x.size != math.prod(shape):
        return False
    return np.array_equal(x.index.ravel(), np.arange(x.size).reshape(shape).T.ravel())


class Scatter(Array):
    """Zeros, to which each operand is added at the positions in its index: the adjoint of a `Gather`."""

    __slots__ = ("indices",)
    indices: tuple[Index, ...]


class Concatenate(Array):
    """The operands concatenated along the last axis."""

    __slots__ = ()


# Returns a simpler array for an operation on operands, None if there is none.
Simplify = Callable[[Op, tuple[Array, ...]], Array | None]


class Builder:
    """Makes the arrays of a program; a request for an equal step returns the one that exists.

    Args:
        simplify: the rewriting of operations before they become steps.
    """

    def __init__(self, simplify: Simplify) -> None:
        self._simplify = simplify
        self._known: dict[Any, Array] = {}

    def source(self, name: str, shape: Shape, batched: bool = False, numbers: NDArray[Any] | None = None) -> Source:
        """Return a new argument of the program, or a constant array with these numbers."""
        array = Source(self, shape, batched)
        array.name, array.numbers = name, numbers
        return array

    def constant(self, numbers: NDArray[Any]) -> Array:
        """Return an array of numbers, a literal if all of them are equal."""
        flat = numbers.ravel()
        first = flat[:1]
        if (bits_of(flat) == bits_of(first)).all():
            return self.literal(first.item())
        key = (Source, numbers.shape, _digest(numbers))
        if key not in self._known:
            self._known[key] = self.source("", numbers.shape, numbers=numbers)
        return self._known[key]

    def literal(self, number: float, power: int = 0) -> Literal:
        """Return a `Literal`."""
        # repr tells -0.0 from 0.0 and makes all nan equal, which == does not
        key = (Literal, repr(number), power)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Literal(self, (), False)
            known.number, known.power = number, power
        assert isinstance(known, Literal)
        return known

    def array(self, x: Any) -> Array:
        """Return an array as it is, and a number as a literal."""
        return x if isinstance(x, Array) else self.literal(float(x))

    def apply(self, op: Op, operands: Sequence[Any]) -> Array:
        """Return `op` of the operands element by element, simplified."""
        xs = tuple([self.array(x) for x in operands])
        known = self._known.get((op, xs))
        if known is None:
            simpler = self._simplify(op, xs)
            if simpler is None:
                shapes = {x.shape for x in xs}
                shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
                simpler = Map(self, shape, any(x.batched for x in xs), xs)
                simpler.op = op
            known = self._known[op, xs] = simpler
        return known

    def contract(self, x: Array, y: Array, axes: tuple[str, str, str], batched: bool) -> Array:
        """Return a `Contract`, or a plain product or sum if that is enough.

        Args:
            x: the first operand.
            y: the second operand.
            axes: the letters of the axes of `x`, of `y` and of the result.
            batched: whether the result has an axis for the examples.
        """
        a, b, out = axes
        if isinstance(y, Literal):
            x, y, a, b = y, x, b, a
        if isinstance(x, Literal) and out == "".join(c for c in b if c in out):
            return x * self.sum(y, [axis for axis, c in enumerate(b) if c not in out], batched)
        if not set(a) & set(b) and batched == (x.batched or y.batched):
            return self._spread(x, a, out) * self._spread(y, b, out)
        key = (Contract, x, y, a, b, out, batched)
        known = self._known.get(key)
        if known is None:
            sizes = dict(zip(a + b, x.shape + y.shape, strict=True))
            made = Contract(self, tuple(sizes[c] for c in out), batched, (x, y))
            made.axes = a, b, out
            known = self._known[key] = made
        return known

    def _spread(self, x: Array, letters: str, wanted: str) -> Array:
        """Return `x` with the axes `wanted`, in their order and of length 1 where `x` lacks them."""
        order = np.arange(x.size).reshape(x.shape).transpose([letters.index(c) for c in wanted if c in letters])
        shape = [x.shape[letters.index(c)] if c in letters else 1 for c in wanted]
        # broadcasting adds leading axes by itself
        while shape and shape[0] == 1 and wanted[len(wanted) - len(shape)] not in letters:
            shape = shape[1:]
        return self.gather(x, order.reshape(shape))

    def sum(self, x: Array, axes: Sequence[int], batched: bool) -> Array:
        """Return the sum over `axes`, and over the batch if `x` is batched and the result is not."""
        if not axes and batched == x.batched:
            return x
        if isinstance(x, Sum) and not axes and x.batched:
            (operand,) = x.operands
            return self.sum(operand, x.axes, batched)
        key = (Sum, x, tuple(axes), batched)
        known = self._known.get(key)
        if known is None:
            shape = tuple(n for axis, n in enumerate(x.shape) if axis not in axes)
            made = Sum(self, shape, batched, (x,))
            made.axes = tuple(axes)
            known = self._known[key] = made
        return known

    def log_sum_exp(self, x: Array) -> Array:
        """Return a `LogSumExp` of `x`."""
        key = (LogSumExp, x)
        if key not in self._known:
            self._known[key] = LogSumExp(self, x.shape[:-1], x.batched, (x,))
        return self._known[key]

    def softmax(self, x: Array, logarithm: bool = False) -> Array:
        """Return a `Softmax` of `x`, or a `LogSoftmax`."""
        kind = LogSoftmax if logarithm else Softmax
        if (kind, x) not in self._known:
            self._known[kind, x] = kind(self, x.shape, x.batched, (x,))
        return self._known[kind, x]

    def gather(self, x: Array, index: Index) -> Array:
        """Return the elements of `x` at `index`, and `x` itself if these are all in their order."""
        return x if index.shape == x.shape and takes_all(index, x.size) else x.elements(index)

    def gathered(self, x: Array, index: Index) -> Array:
        """Return a `Gather` of `x`; `gather` simplifies."""
        key = (Gather, x, index.shape, _digest(index))
        known = self._known.get(key)
        if known is None:
            made = Gather(self, index.shape, x.batched, (x,))
            made.index = index
            known = self._known[key] = made
        return known

    def repeat(self, x: Array, shape: Shape) -> Array:
        """Return `x` broadcast to `shape`."""
        key = (Source, shape)
        if key not in self._known:
            self._known[key] = self.source("", shape, numbers=np.ones(shape))
        # a product that `apply` would simplify away
        made = Map(self, shape, x.batched, (x, self._known[key]))
        made.op = ops.mul
        return made

    def gathers(self) -> list[Gather]:
        """Return all `Gather` steps so far."""
        return [x for x in self._known.values() if isinstance(x, Gather)]

    def scatter(self, parts: Sequence[tuple[Array, Index]], shape: Shape, batched: bool) -> Array:
        """Return a `Scatter` of arrays with their indices; one that only changes the order of an array is a gather."""
        if len(parts) == 1:
            [(part, index)] = parts
            is_whole = part.shape == index.shape and part.batched == batched
            order = np.argsort(index, axis=None)
            if is_whole and takes_all(index.ravel()[order], math.prod(shape)) and not takes_all(index, index.size):
                return self.gather(part, order.reshape(shape))
        made = Scatter(self, shape, batched, tuple(part for part, _ in parts))
        made.indices = tuple(index for _, index in parts)
        return made

    def concatenate(self, parts: Sequence[Array]) -> Array:
        """Return a `Concatenate` of arrays whose shapes differ in the last axis only."""
        first, *others = parts
        if not others:
            return first
        key = (Concatenate, *parts)
        if key not in self._known:
            shape = (*first.shape[:-1], sum(part.shape[-1] for part in parts))
            self._known[key] = Concatenate(self, shape, any(part.batched for part in parts), tuple(parts))
        return self._known[key]


_operands = attrgetter("operands")


def arrays_in_order(ends: Iterable[Array]) -> list[Array]:
    """Return the arrays that `ends` are computed from, in topological order."""
    return in_order(ends, _operands)


def is_square(x: Array) -> bool:
    """Return True for a square, which a product computes faster than a power."""
    return x.op is ops.pow and x.operands[1].is_number(2.0)


def is_scaled_twice(x: Array) -> bool:
    """Return True for two literals times an array, which stay apart if their product might over- or underflow."""
    if x.op is not ops.mul or not x.operands[0].is_literal:
        return False
    scaled = x.operands[1]
    return scaled.op is ops.mul and scaled.operands[0].is_literal


def takes_all(index: Index, size: int) -> bool:
    """Return True if `index` has all positions in an array of that size, in order."""
    return index.size == size and np.array_equal(index.ravel(), np.arange(size))


def bits_of(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return the bits of floats, so that == tells 0.0 from -0.0 and finds nan equal to itself."""
    return np.ascontiguousarray(numbers).view(np.int64) if numbers.dtype == np.float64 else numbers


def _digest(numbers: NDArray[Any]) -> bytes:
    """Return a hash of the contents, which is shorter than they are in a key."""
    return blake2b(np.ascontiguousarray(numbers).tobytes()).digest()
