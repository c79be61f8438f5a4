"""Reverse mode on array programs: the adjoint of each kind of step, in steps of the same kinds.

The adjoint of a `Map` is the rule of its operation, applied to arrays; that of a `Contract` is a `Contract`.  An
adjoint may have axes of length 1, or no axis for the examples, where all its elements along them are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.ir import (
    Array,
    Builder,
    Concatenate,
    Contract,
    Gather,
    Index,
    Literal,
    LogSoftmax,
    LogSumExp,
    Map,
    Scatter,
    Shape,
    Softmax,
    Sum,
    arrays_in_order,
    takes_all,
)
from autograd.op import Op

# Rules that are as accurate as those of the table, with fewer passes over arrays: the sech² of the table
# takes two more.
FASTER_RULES: dict[Op, Callable[..., tuple[Any, ...]]] = {ops.sigmoid: lambda x, z: (z / (1.0 + ops.exp(x)),)}


class Reverse:
    """One reverse sweep, from the outputs to the arrays that they are differentiated by.

    Args:
        builder: the builder of the adjoints.
        seeds: the adjoint of each output.
        wrt: the arrays to differentiate by.
        per_example: whether adjoints of arrays that all examples share are kept for each example, instead of summed.
    """

    def __init__(
        self, builder: Builder, seeds: Mapping[Array, Array], wrt: Sequence[Array], per_example: bool = False
    ) -> None:
        self.builder = builder
        self.per_example = per_example
        self.wrt = wrt
        # The terms of each adjoint: for the whole array, and for elements of it with their positions.
        self._terms: dict[Array, list[Array]] = {x: [seed] for x, seed in seeds.items()}
        self._parts: dict[Array, list[tuple[Array, Index]]] = {}
        values = arrays_in_order(seeds)
        self._needed = _dependents(wrt, values)
        # An adjoint may be one of the values, as the derivative of x·y by x is y; that keeps its own name.
        self._values = set(values)

    def adjoints(self) -> list[Array]:
        """Return the adjoint of each array in `wrt`, in its shape."""
        for x in reversed(arrays_in_order(self._terms)):
            if x.operands and x in self._needed:
                adjoint = self._adjoint(x)
                if adjoint is not None and not adjoint.is_number(0.0):
                    propagate(x, adjoint, self)
        return [self._final(x) for x in self.wrt]

    def _adjoint(self, x: Array) -> Array | None:
        """Return the sum of all terms of the adjoint, None if there are none."""
        terms = self._terms.get(x, [])
        if x in self._parts:
            terms = [*terms, self.builder.scatter(self._parts[x], x.shape, self.keeps_batch(x))]
        total = None
        for term in terms:
            total = term if total is None else total + term
        if total is not None and total.operands and not total.name and x.name and total not in self._values:
            total.name = f"d{x.name}"
        return total

    def _final(self, x: Array) -> Array:
        """Return the adjoint as a `Scatter` in the shape of `x`, which is also an array of zeros if there is none."""
        adjoint = self._adjoint(x)
        if adjoint is None:
            return self.builder.scatter([], x.shape, self.keeps_batch(x))
        if isinstance(adjoint, Scatter):
            return adjoint
        whole = np.arange(x.size).reshape(x.shape)
        return self.builder.scatter([(adjoint, whole)], x.shape, self.keeps_batch(x))

    # --- for the rules of the kinds of steps

    def needs(self, x: Array) -> bool:
        """Return True if the adjoint of `x` is needed."""
        return x in self._needed

    def keeps_batch(self, x: Array) -> bool:
        """Return True if the adjoint of `x` has an axis for the examples."""
        return x.batched or self.per_example

    def add(self, x: Array, term: Array) -> None:
        """Add a term to the adjoint of `x`."""
        if not term.is_number(0.0):
            self._terms.setdefault(x, []).append(term)

    def add_part(self, x: Array, term: Array, index: Index) -> None:
        """Add a term to the adjoint of the elements of `x` at `index`."""
        self._parts.setdefault(x, []).append((term, index))

    def unbroadcast(self, g: Array, z: Array, shape: Shape, x: Array) -> Array:
        """Return the adjoint of `x` for an adjoint `g` of `x` broadcast to `shape`, as part of step `z`."""
        over_batch = z.batched and not self.keeps_batch(x)
        if x.shape == shape and not over_batch:
            return g
        wide = (1,) * (len(shape) - len(x.shape)) + x.shape
        lengths = (1,) * (len(shape) - len(g.shape)) + g.shape
        axes, times = [], 1
        for axis, (n, length) in enumerate(zip(shape, wide, strict=True)):
            if length == 1:
                # n equal elements add up to n times one of them
                if lengths[axis] == 1:
                    times *= n
                else:
                    axes.append(axis - len(shape) + len(g.shape))
        if over_batch and not g.batched:
            g = g * self.builder.literal(1.0, 1)
        # Axes that are summed over keep the length 1, so that those before them keep their positions in `x`.
        kept = tuple(1 if axis in axes else n for axis, n in enumerate(g.shape))
        g = self.builder.sum(g, axes, g.batched and not over_batch) * float(times)
        return self.reshaped(g, kept[-len(x.shape) :] if x.shape else ())

    def column(self, g: Array) -> Array:
        """Return the sums over the last axis, which keeps the length 1."""
        return self.reshaped(self.builder.sum(g, [len(g.shape) - 1], g.batched), (*g.shape[:-1], 1))

    def full(self, g: Array, z: Array) -> Array:
        """Return `g` broadcast to the shape of `z`."""
        return g if g.shape == z.shape else self.builder.repeat(g, z.shape)

    def reshaped(self, g: Array, shape: Shape) -> Array:
        """Return `g` in a shape that differs from its own in axes of length 1."""
        if isinstance(g, Literal) or g.shape == shape:
            return g
        return self.builder.gather(g, np.arange(g.size).reshape(shape))


@singledispatch
def propagate(z: Array, g: Array, sweep: Reverse) -> None:
    """Add the terms that a step `z` with the adjoint `g` contributes to the adjoints of its operands."""
    raise TypeError(f"a step of kind {type(z).__name__} must have a rule, got none; register one with propagate")


@propagate.register
def _map(z: Map, g: Array, sweep: Reverse) -> None:
    rule = FASTER_RULES.get(z.op)
    partials = _partials(z) if rule is None else rule(*z.operands, z)
    for x, partial in zip(z.operands, partials, strict=True):
        if sweep.needs(x):
            sweep.add(x, sweep.unbroadcast(g * partial, z, z.shape, x))


@propagate.register
def _contract(z: Contract, g: Array, sweep: Reverse) -> None:
    (x, y), (a, b, out) = z.operands, z.axes
    g = sweep.full(g, z)
    for operand, factor, letters, factor_letters in ((x, y, a, b), (y, x, b, a)):
        if sweep.needs(operand):
            batched = sweep.keeps_batch(operand) and (g.batched or factor.batched)
            sweep.add(operand, sweep.builder.contract(g, factor, (out, factor_letters, letters), batched))


@propagate.register
def _gather(z: Gather, g: Array, sweep: Reverse) -> None:
    (x,) = z.operands
    if takes_all(z.index, x.size):
        sweep.add(x, g if isinstance(g, Literal) else sweep.reshaped(sweep.full(g, z), x.shape))
    else:
        sweep.add_part(x, g, z.index)


@propagate.register
def _scatter(z: Scatter, g: Array, sweep: Reverse) -> None:
    for x, index in zip(z.operands, z.indices, strict=True):
        sweep.add(x, sweep.unbroadcast(sweep.builder.gather(sweep.full(g, z), index), z, index.shape, x))


@propagate.register
def _concatenate(z: Concatenate, g: Array, sweep: Reverse) -> None:
    start, positions = 0, np.arange(z.size).reshape(z.shape)
    for x in z.operands:
        stop = start + x.shape[-1]
        part = sweep.builder.gather(sweep.full(g, z), positions[..., start:stop])
        sweep.add(x, sweep.unbroadcast(part, z, x.shape, x))
        start = stop


@propagate.register
def _sum(z: Sum, g: Array, sweep: Reverse) -> None:
    (x,) = z.operands
    kept = tuple(1 if axis in z.axes else n for axis, n in enumerate(x.shape))
    sweep.add(x, sweep.reshaped(sweep.full(g, z), kept))


@propagate.register
def _log_sum_exp(z: LogSumExp, g: Array, sweep: Reverse) -> None:
    (x,) = z.operands
    sweep.add(x, sweep.reshaped(sweep.full(g, z), (*z.shape, 1)) * sweep.builder.softmax(x))


@propagate.register
def _softmax(z: Softmax, g: Array, sweep: Reverse) -> None:
    g, (x,) = sweep.full(g, z), z.operands
    sweep.add(x, z * (g - sweep.column(z * g)))


@propagate.register
def _log_softmax(z: LogSoftmax, g: Array, sweep: Reverse) -> None:
    g, (x,) = sweep.full(g, z), z.operands
    sweep.add(x, g - sweep.builder.softmax(x) * sweep.column(g))


def _partials(z: Map) -> tuple[Any, ...]:
    """Return the partials of an operation by its rule in the table."""
    try:
        return z.op.rule(z.operands, z)
    except TypeError as error:
        raise TypeError(
            f"the rule of {z.op.name!r} must be straight-line mathematics to apply to arrays: {error}. "
            "Write ag.where for if, and ag.cos for math.cos"
        ) from error


def _dependents(wrt: Iterable[Array], order: Iterable[Array]) -> set[Array]:
    """Return the arrays of `order` that depend on an array in `wrt`."""
    dependents = set(wrt)
    for x in order:
        if not dependents.isdisjoint(x.operands):
            dependents.add(x)
    return dependents
