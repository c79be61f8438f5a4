"""The arrays of a program, each there once."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.compiling.arrays import (
    Array,
    Assemble,
    Contract,
    Index,
    Join,
    Literal,
    LogSoftmax,
    LogSumExp,
    Map,
    Shape,
    Softmax,
    Source,
    Sum,
    View,
    bits_of,
    takes_all,
)
from autograd.compiling.simplification import simplified
from autograd.op import Op


class Program:
    """The arrays that have been asked for, each once: asking for the same again gives the one that is there."""

    def __init__(self) -> None:
        self._known: dict[Any, Array] = {}

    def source(self, name: str, shape: Shape, batched: bool = False, numbers: NDArray[Any] | None = None) -> Source:
        """An array to start from."""
        array = Source(self, shape, batched)
        array.name, array.numbers = name, numbers
        return array

    def constant(self, numbers: NDArray[Any]) -> Array:
        """An array of numbers; one number is a literal."""
        flat = numbers.ravel()
        if flat.size and (bits_of(flat) == bits_of(flat)[0]).all():
            return self.literal(float(flat[0]))
        key = (Source, numbers.shape, _digest(numbers))
        if key not in self._known:
            self._known[key] = self.source("", numbers.shape, numbers=numbers)
        return self._known[key]

    def literal(self, number: float, power: int = 0) -> Literal:
        """A number; see `Literal`."""
        key = (Literal, repr(number), power)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Literal(self, (), False)
            known.number, known.power = number, power
        assert isinstance(known, Literal)
        return known

    def array(self, x: Any) -> Array:
        """`x` as an array: a number becomes a literal."""
        return x if isinstance(x, Array) else self.literal(float(x))

    def apply(self, op: Op, operands: Sequence[Any]) -> Array:
        """`op` element by element, simplified where a person would not write it out (1·x, 0 + x, x¹, −−x)."""
        xs = tuple([self.array(x) for x in operands])
        known = self._known.get((op, xs))
        if known is None:
            simpler = simplified(self, op, xs)
            if simpler is None:
                shapes = {x.shape for x in xs}
                shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
                simpler = Map(self, shape, any(x.batched for x in xs), xs)
                simpler.op = op
            known = self._known[op, xs] = simpler
        return known

    def contract(self, x: Array, y: Array, axes: tuple[str, str, str], batched: bool) -> Array:
        """See `Contract`; `axes` in the letters of x, of y and of the result."""
        if isinstance(y, Literal):
            x, y, axes = y, x, (axes[1], axes[0], axes[2])
        if isinstance(x, Literal) and axes[2] == "".join(a for a in axes[1] if a in axes[2]):
            return x * self.sum(y, [axis for axis, a in enumerate(axes[1]) if a not in axes[2]], batched)
        if not set(axes[0]) & set(axes[1]) and batched == (x.batched or y.batched):
            first, second = (self._spread(z, letters, axes[2]) for z, letters in ((x, axes[0]), (y, axes[1])))
            return first * second
        key = (Contract, x, y, axes, batched)
        known = self._known.get(key)
        if known is None:
            sizes = dict(zip(axes[0] + axes[1], x.shape + y.shape, strict=True))
            made = Contract(self, tuple(sizes[a] for a in axes[2]), batched, (x, y))
            made.axes = axes
            known = self._known[key] = made
        return known

    def _spread(self, x: Array, letters: str, wanted: str) -> Array:
        """`x` with axes of length 1 where the letters that it should have are not its own."""
        order = np.arange(x.size).reshape(x.shape).transpose([letters.index(c) for c in wanted if c in letters])
        shape = [x.shape[letters.index(c)] if c in letters else 1 for c in wanted]
        while shape and shape[0] == 1 and wanted[len(wanted) - len(shape)] not in letters:
            shape = shape[1:]
        return self.view(x, order.reshape(shape))

    def sum(self, x: Array, axes: Sequence[int], batched: bool) -> Array:
        """The sum over `axes`, and over the batch if `x` has it and `batched` is false."""
        if not axes and batched == x.batched:
            return x
        if isinstance(x, Sum) and not axes and x.batched:
            return self.sum(x.operands[0], x.axes, batched)
        key = (Sum, x, tuple(axes), batched)
        known = self._known.get(key)
        if known is None:
            shape = tuple(n for axis, n in enumerate(x.shape) if axis not in axes)
            made = Sum(self, shape, batched, (x,))
            made.axes = tuple(axes)
            known = self._known[key] = made
        return known

    def log_sum_exp(self, x: Array) -> Array:
        """See `LogSumExp`."""
        key = (LogSumExp, x)
        if key not in self._known:
            self._known[key] = LogSumExp(self, x.shape[:-1], x.batched, (x,))
        return self._known[key]

    def softmax(self, x: Array, logarithm: bool = False) -> Array:
        """Return the step `Softmax` of `x`, or `LogSoftmax`."""
        kind = LogSoftmax if logarithm else Softmax
        if (kind, x) not in self._known:
            self._known[kind, x] = kind(self, x.shape, x.batched, (x,))
        return self._known[kind, x]

    def view(self, x: Array, index: Index) -> Array:
        """Elements of `x`; `x` itself if these are all in their order, or if it is a number."""
        if index.shape == x.shape and takes_all(index, x.size):
            return x
        if isinstance(x, Literal):
            return x
        if isinstance(x, Source) and x.numbers is not None:
            return self.constant(x.numbers.ravel()[index])
        if isinstance(x, View):
            return self.view(x.operands[0], x.index.ravel()[index])
        key = (View, x, index.shape, _digest(index))
        known = self._known.get(key)
        if known is None:
            made = View(self, index.shape, x.batched, (x,))
            made.index = index
            known = self._known[key] = made
        return known

    def repeat(self, x: Array, shape: Shape) -> Array:
        """`x` repeated along axes of length 1 and missing ones, to the whole of `shape`."""
        key = (Source, shape)
        if key not in self._known:
            self._known[key] = self.source("", shape, numbers=np.ones(shape))
        made = Map(self, shape, x.batched, (x, self._known[key]))
        made.op = ops.mul
        return made

    def views(self) -> list[View]:
        """All views that were asked for."""
        return [x for x in self._known.values() if isinstance(x, View)]

    def assemble(self, parts: Sequence[tuple[Array, Index]], shape: Shape, batched: bool) -> Array:
        """See `Assemble`."""
        made = Assemble(self, shape, batched, tuple(part for part, _ in parts))
        made.indices = tuple(index for _, index in parts)
        return made

    def join(self, parts: Sequence[Array]) -> Array:
        """See `Join`: arrays that agree but in the last axis."""
        if len(parts) == 1:
            return parts[0]
        key = (Join, *parts)
        if key not in self._known:
            shape = (*parts[0].shape[:-1], sum(part.shape[-1] for part in parts))
            self._known[key] = Join(self, shape, any(part.batched for part in parts), tuple(parts))
        return self._known[key]


def _digest(numbers: NDArray[Any]) -> bytes:
    """What stands for the contents of an array in a key."""
    return blake2b(np.ascontiguousarray(numbers).tobytes(), digest_size=16).digest()
