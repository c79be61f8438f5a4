"""Reverse mode on matrix programs: the adjoint of each kind of step, in steps of the same kinds.

The adjoint of a `Map` is the rule of its operation, put to arrays; that of a `Contract` is a `Contract`.  An adjoint
may have axes of length 1 or lack the batch where all its elements there are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

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
    arrays_in_order,
    is_number,
    takes_all,
)
from autograd.compiling.program import Program
from autograd.op import Op

QUICKER: dict[Op, Callable[..., tuple[Any, ...]]] = {ops.sigmoid: lambda x, z: (z / (1.0 + ops.exp(x)),)}
"""Rules as good as those of the table, in fewer passes over arrays: sech is two more."""


class Reverse:
    """One sweep from the outputs down to what they are differentiated by.

    Args:
        program: where the adjoints are made.
        seeds: for each output its adjoint.
        wrt: what to differentiate by.
        per_example: whether adjoints of what all examples share are kept apart by examples, instead of summed.
    """

    def __init__(
        self, program: Program, seeds: Mapping[Array, Array], wrt: Sequence[Array], per_example: bool = False
    ) -> None:
        self.program = program
        self.per_example = per_example
        self.wrt = wrt
        self.whole: dict[Array, list[Array]] = {x: [seed] for x, seed in seeds.items()}
        self.parts: dict[Array, list[tuple[Array, Index]]] = {}
        self.needed = _above(wrt, arrays_in_order(seeds))

    def adjoints(self) -> list[Array]:
        """The adjoint of each of `wrt`, in its shape."""
        for x in reversed(arrays_in_order(self.whole)):
            if x.operands and x in self.needed:
                adjoint = self._adjoint(x)
                if adjoint is not None and not is_number(adjoint, 0.0):
                    self._pass_on(x, adjoint)
        return [self._assembled(x) for x in self.wrt]

    def _adjoint(self, x: Array) -> Array | None:
        whole = self.whole.get(x, [])
        if x in self.parts:
            whole = [*whole, self.program.assemble(self.parts[x], x.shape, self._keeps_batch(x))]
        total = None
        for term in whole:
            total = term if total is None else total + term
        if total is not None and total.operands and not total.name and x.name:
            total.name = f"d{x.name}"
        return total

    def _assembled(self, x: Array) -> Array:
        adjoint = self._adjoint(x)
        if adjoint is None:
            return self.program.assemble([], x.shape, self._keeps_batch(x))
        if isinstance(adjoint, Assemble):
            return adjoint
        whole = np.arange(x.size).reshape(x.shape)
        return self.program.assemble([(adjoint, whole)], x.shape, self._keeps_batch(x))

    def _keeps_batch(self, x: Array) -> bool:
        return x.batched or self.per_example

    def _add(self, x: Array, term: Array) -> None:
        if x in self.needed and not is_number(term, 0.0):
            self.whole.setdefault(x, []).append(term)

    def _pass_on(self, z: Array, g: Array) -> None:
        if isinstance(z, Map):
            rule = QUICKER.get(z.op)
            partials = _by_rule(z) if rule is None else rule(*z.operands, z)
            for x, partial in zip(z.operands, partials, strict=True):
                if x in self.needed:
                    self._add(x, self._summed(g * partial, z.shape, z.batched, x))
        elif isinstance(z, Contract):
            self._pass_on_contract(z, g)
        elif isinstance(z, View):
            x = z.operands[0]
            if takes_all(z.index, x.size):
                self._add(x, g if isinstance(g, Literal) else self._reshaped(self._full(g, z), x.shape))
            elif x in self.needed:
                self.parts.setdefault(x, []).append((g, z.index))
        elif isinstance(z, Assemble):
            for x, index in zip(z.operands, z.indices, strict=True):
                part = self.program.view(self._full(g, z), index)
                self._add(x, self._summed(part, index.shape, z.batched, x))
        elif isinstance(z, Sum):
            x = z.operands[0]
            kept = tuple(1 if axis in z.axes else n for axis, n in enumerate(x.shape))
            self._add(x, self._reshaped(self._full(g, z), kept))
        elif isinstance(z, LogSumExp):
            x = z.operands[0]
            self._add(x, self._reshaped(self._full(g, z), (*z.shape, 1)) * self.program.softmax(x))
        elif isinstance(z, Softmax):
            g = self._full(g, z)
            self._add(z.operands[0], z * (g - self._column(z * g)))
        elif isinstance(z, LogSoftmax):
            g, x = self._full(g, z), z.operands[0]
            self._add(x, g - self.program.softmax(x) * self._column(g))
        elif isinstance(z, Join):
            at, places = 0, np.arange(z.size).reshape(z.shape)
            for x in z.operands:
                part = self.program.view(self._full(g, z), places[..., at : at + x.shape[-1]])
                self._add(x, self._summed(part, x.shape, z.batched, x))
                at += x.shape[-1]

    def _pass_on_contract(self, z: Contract, g: Array) -> None:
        (x, y), (a, b, out) = z.operands, z.axes
        g = self._full(g, z)
        for one, other, letters, others in ((x, y, a, b), (y, x, b, a)):
            if one in self.needed:
                batched = self._keeps_batch(one) and (g.batched or other.batched)
                self._add(one, self.program.contract(g, other, (out, others, letters), batched))

    def _summed(self, g: Array, shape: Shape, batched: bool, x: Array) -> Array:
        """What `g`, an adjoint of something of that shape, adds to that of an operand `x` that was repeated for it."""
        over_batch = batched and not self._keeps_batch(x)
        if x.shape == shape and not over_batch:
            return g
        wide = (1,) * (len(shape) - len(x.shape)) + x.shape
        given = (1,) * (len(shape) - len(g.shape)) + g.shape
        axes, times = [], 1
        for axis, (n, length) in enumerate(zip(shape, wide, strict=True)):
            if length == 1 and n > 1:
                if given[axis] == 1:
                    times *= n
                else:
                    axes.append(axis - len(shape) + len(g.shape))
        if over_batch and not g.batched:
            g = g * self.program.literal(1.0, 1)
        # Axes that are summed over keep the length 1, so that those before them stay where they are in `x`.
        kept = tuple(1 if axis in axes else n for axis, n in enumerate(g.shape))
        g = self.program.sum(g, axes, g.batched and not over_batch) * float(times)
        return self._reshaped(g, kept[max(0, len(kept) - len(x.shape)) :])

    def _column(self, g: Array) -> Array:
        """Return the sums over the last axis, with that of length 1."""
        return self._reshaped(self.program.sum(g, [len(g.shape) - 1], g.batched), (*g.shape[:-1], 1))

    def _full(self, g: Array, z: Array) -> Array:
        """`g` in the whole shape of `z`."""
        return g if g.shape == z.shape else self.program.repeat(g, z.shape)

    def _reshaped(self, g: Array, shape: Shape) -> Array:
        """Return `g` in a shape that differs from its own in axes of length 1."""
        if isinstance(g, Literal) or g.shape == shape:
            return g
        return self.program.view(g, np.arange(g.size).reshape(shape))


def _above(wrt: Iterable[Array], order: Iterable[Array]) -> set[Array]:
    """Those of `order` that depend on something in `wrt`."""
    above = set(wrt)
    for x in order:
        if not isinstance(x, Source) and not above.isdisjoint(x.operands):
            above.add(x)
    return above


def _by_rule(z: Map) -> tuple[Any, ...]:
    try:
        return z.op.rule(z.operands, z)
    except TypeError as error:
        raise TypeError(
            f"the rule of {z.op.name!r} cannot be put to arrays: {error}. A rule is straight-line mathematics: "
            "ag.where for if, ag.cos for math.cos"
        ) from error
