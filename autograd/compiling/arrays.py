"""The steps of a matrix program: arrays, each made from arrays before it by one of a few kinds of step.

The kinds are closed under differentiation: the adjoint of each is written with the same kinds (:mod:`.adjoints`), so a
gradient is a program again.  An array has the shape that it has for one example; where it is `batched` an axis for
the examples comes first.  Arrays take part in arithmetic and in the operations of the table, as Values do: that is how
the rules of the table become matrix programs without being written a second time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.graph import in_order
from autograd.op import Op

Shape = tuple[int, ...]
Index = NDArray[np.intp]


class Maker(Protocol):
    """What makes arrays from others: a `Program`."""

    def apply(self, op: Op, operands: Sequence[Any]) -> Array:
        """An operation of the table on arrays and numbers."""

    def literal(self, number: float, power: int = 0) -> Literal:
        """A number; see `Literal`."""


_operands = attrgetter("operands")


class Array:
    """One step: its shape for one example, whether it has an axis for the examples, and what it is made from."""

    __slots__ = ("batched", "name", "operands", "program", "shape")

    def __init__(self, program: Maker, shape: Shape, batched: bool, operands: tuple[Array, ...] = ()) -> None:
        self.program = program
        self.shape = shape
        self.batched = batched
        self.operands = operands
        self.name = ""

    @property
    def size(self) -> int:
        """The number of elements for one example."""
        return math.prod(self.shape)

    def __operation__(self, op: Op, operands: Sequence[Any]) -> Array:
        """What operations of the table call when an operand is an array."""
        return self.program.apply(op, operands)

    def __add__(self, other: Any) -> Array:
        return self.program.apply(ops.add, (self, other))

    def __radd__(self, other: Any) -> Array:
        return self.program.apply(ops.add, (other, self))

    def __sub__(self, other: Any) -> Array:
        return self.program.apply(ops.sub, (self, other))

    def __rsub__(self, other: Any) -> Array:
        return self.program.apply(ops.sub, (other, self))

    def __mul__(self, other: Any) -> Array:
        return self.program.apply(ops.mul, (self, other))

    def __rmul__(self, other: Any) -> Array:
        return self.program.apply(ops.mul, (other, self))

    def __truediv__(self, other: Any) -> Array:
        return self.program.apply(ops.div, (self, other))

    def __rtruediv__(self, other: Any) -> Array:
        return self.program.apply(ops.div, (other, self))

    def __pow__(self, other: Any) -> Array:
        return self.program.apply(ops.pow, (self, other))

    def __rpow__(self, other: Any) -> Array:
        return self.program.apply(ops.pow, (other, self))

    def __neg__(self) -> Array:
        return self.program.apply(ops.neg, (self,))

    def __pos__(self) -> Array:
        return self

    def __abs__(self) -> Array:
        return self.program.apply(ops.abs, (self,))

    def __bool__(self) -> bool:
        raise TypeError("a decision would be frozen for all inputs; choose with ag.where, which stays in the program")

    def __eq__(self, other: object) -> bool:
        return self is other or bool(self)

    __hash__ = object.__hash__


class Source(Array):
    """What a program starts from: an input, the vector of parameters, or a constant array with its `numbers`."""

    __slots__ = ("numbers",)
    numbers: NDArray[Any] | None


class Literal(Array):
    """A number, times the size of the batch to a `power` of −1, 0 or 1."""

    __slots__ = ("number", "power")
    number: float
    power: int


class Map(Array):
    """An operation of the table, element by element; axes of length 1 and missing ones are repeated."""

    __slots__ = ("op",)
    op: Op


class Contract(Array):
    """A sum of products over an axis: letters name the axes of both operands and of the result, as in einsum.

    A letter that the result lacks is summed over; so is the batch, where the result has no axis for it.
    """

    __slots__ = ("axes",)
    axes: tuple[str, str, str]


class Sum(Array):
    """The sum over some axes, and over the batch where the operand has it and the result has not."""

    __slots__ = ("axes",)
    axes: tuple[int, ...]


class Exponentials(Array):
    """A function of the exponentials along the last axis, by its name in :mod:`.functions`."""

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


class View(Array):
    """Elements of the operand, by their place in it, for one example, row by row."""

    __slots__ = ("index",)
    index: Index


class Assemble(Array):
    """Zeros, to which each operand is added at the places that its index names: the adjoint of `View`."""

    __slots__ = ("indices",)
    indices: tuple[Index, ...]


class Join(Array):
    """The operands one behind the other along the last axis."""

    __slots__ = ()


def arrays_in_order(ends: Iterable[Array]) -> list[Array]:
    """The ends and what they are made from, each behind its operands."""
    return in_order(ends, _operands)


def is_number(x: Array, number: float) -> bool:
    """Whether it is that number as such."""
    return isinstance(x, Literal) and x.number == number and x.power == 0


def takes_all(index: Index, size: int) -> bool:
    """Whether places are all those of an array of that size, in their order."""
    return index.size == size and np.array_equal(index.ravel(), np.arange(size))


def is_scaled_twice(x: Array) -> bool:
    """Whether it is a number times (a number times something), where the product of both would leave the floats."""
    if not isinstance(x, Map) or x.op is not ops.mul or not isinstance(x.operands[0], Literal):
        return False
    scaled = x.operands[1]
    return isinstance(scaled, Map) and scaled.op is ops.mul and isinstance(scaled.operands[0], Literal)


def bits_of(numbers: NDArray[Any]) -> NDArray[Any]:
    """What is equal where numbers are the same: 0.0 and -0.0 are not."""
    return np.ascontiguousarray(numbers).view(np.int64) if numbers.dtype == np.float64 else numbers
