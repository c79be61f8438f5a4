"""Straight-line programs: a graph without a pattern, as one line of Python for each operation, on floats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.compiling.adjoints import Reverse, in_order
from autograd.compiling.arrays import Array, Assemble, Literal, Map
from autograd.compiling.forms import numpy_form
from autograd.compiling.infix import ATOM, INFIX, POWER, SIGN, SUM
from autograd.compiling.program import Program
from autograd.compiling.recordings import Recording, places_of
from autograd.compiling.scalars import Scalars
from autograd.operation import Op

MANY = 10
"""For more examples than that an operation on arrays takes less than one after the other on floats."""
LONGEST = 4
"""So many operations stand in one line at most, where their results are used once."""


class Lines:
    """The value of some nodes, and the derivatives of each by the leaves, as Python on floats.

    Args:
        scalars: the graph, its sums not flattened.
        counts: how many leaves there are in each source.
        derivatives: the numbers of the sources to differentiate by.
        differentiated: how many of the outputs are differentiated.

    Attributes:
        text: the function ``lines(*leaves)``; it returns the values and, one row behind the other, the derivatives.
        ops: the operations that it calls as functions.
        count: the number of operations in it.
    """

    def __init__(
        self, scalars: Scalars, counts: Sequence[int], derivatives: Sequence[int], differentiated: int
    ) -> None:
        self.program = Program()
        self.leaves = [
            [self.program.source(f"{'pxyuvw'[k % 6]}{k // 6 or ''}_{i}", ()) for i in range(n)]
            for k, n in enumerate(counts)
        ]
        outputs = self._built(scalars)
        wrt: list[Array] = [leaf for k in derivatives for leaf in self.leaves[k]]
        results = list(outputs)
        for output in outputs[:differentiated]:
            sweep = Reverse(self.program, {output: self.program.literal(1.0)}, wrt) if wrt else None
            results += [self._whole(x) for x in sweep.adjoints()] if sweep else []
        self.ops: set[Op] = set()
        self.text, self.count = self._printed(results)

    def function(self, forms: Mapping[Op, Callable[..., Any]]) -> Callable[..., tuple[Any, ...]]:
        """What the text computes, given functions for the operations: on floats, or on arrays of an element a row."""
        space: dict[str, Any] = {f"f_{op.name}": form for op, form in forms.items()}
        exec(compile(self.text, "<compiled lines>", "exec"), space)  # our own text; names are made here
        found: Callable[..., tuple[Any, ...]] = space["lines"]
        return found

    def _built(self, scalars: Scalars) -> list[Array]:
        made: dict[int, Array] = {}
        for i in scalars.wanted:
            op = scalars.ops[i]
            if i in scalars.places:
                source, place = scalars.places[i]
                made[i] = self.leaves[source][place]
            elif op is None:
                made[i] = self.program.literal(scalars.numbers[i])
            else:
                made[i] = self._applied(op, [made[x] for x in scalars.operands[i]])
        return [made[i] for i in scalars.outputs]

    def _applied(self, op: Op, xs: list[Array]) -> Array:
        if op is ops.TOTAL:
            return _chained(ops.add, xs)
        if op is ops.DOT:
            n = len(xs) // 2
            return _chained(ops.add, [*(x * y for x, y in zip(xs[:n], xs[n : 2 * n], strict=True)), *xs[2 * n :]])
        if op is ops.LOGSUMEXP:
            total = xs[0]
            for x in xs[1:]:
                total = ops.maximum(total, x) + ops.softplus(-ops.abs(total - x))
            return total
        return self.program.apply(op, xs)

    def _whole(self, adjoint: Array) -> Array:
        """The one part that an adjoint is assembled from."""
        assert isinstance(adjoint, Assemble)
        return _chained(ops.add, list(adjoint.operands)) if adjoint.operands else self.program.literal(0.0)

    def _printed(self, results: list[Array]) -> tuple[str, int]:
        order = in_order(results)
        uses = Counter(operand for x in order for operand in x.operands)
        uses.update(results)
        text: dict[Array, tuple[str, int, int]] = {}
        lines: list[str] = []
        count = 0
        for leaf in [leaf for leaves in self.leaves for leaf in leaves]:
            text[leaf] = leaf.name, ATOM, 0
        for x in order:
            if isinstance(x, Literal):
                text[x] = (repr(x.number), SIGN if x.number < 0 else ATOM, 0)
                if not -1e308 < x.number < 1e308:
                    text[x] = (f"float('{x.number}')", ATOM, 0)
            elif isinstance(x, Map):
                count += 1
                expression, binding = self._expression(x, text)
                length = 1 + sum(text[operand][2] for operand in x.operands)
                if uses[x] > 1 or length > LONGEST:
                    lines.append(f"    v{len(lines)} = {expression}")
                    text[x] = f"v{len(lines) - 1}", ATOM, 0
                else:
                    text[x] = expression, binding, length
        given = [leaf.name for leaves in self.leaves for leaf in leaves]
        lines.append(f"    return ({', '.join(text[x][0] for x in results)},)")
        return "\n".join([f"def lines({', '.join(given)}):", *lines]), count

    def _expression(self, x: Map, text: dict[Array, tuple[str, int, int]]) -> tuple[str, int]:
        def shown(operand: Array, least: int) -> str:
            expression, binding, _ = text[operand]
            return expression if binding >= least else f"({expression})"

        xs = x.operands
        if (
            x.op is ops.pow
            and isinstance(xs[1], Literal)
            and xs[1].number == 2.0
            and text[xs[0]][1] == ATOM
            and not text[xs[0]][2]
        ):
            return f"{text[xs[0]][0]} * {text[xs[0]][0]}", INFIX[ops.mul][1]
        if x.op in INFIX and x.op is not ops.pow:
            sign, binding = INFIX[x.op]
            strict = binding if x.op in (ops.add, ops.mul) else binding + 1
            return f"{shown(xs[0], binding)}{sign}{shown(xs[1], strict)}", binding
        if x.op is ops.neg:
            return f"-{shown(xs[0], POWER)}", SIGN
        self.ops.add(x.op)
        return f"f_{x.op.name}({', '.join(shown(operand, SUM) for operand in xs)})", ATOM


class LineProgram:
    """A recording by straight lines, example by example.

    Args:
        recording: what was recorded.
        gradient: whether the derivatives are wanted too.
    """

    def __init__(self, recording: Recording, gradient: bool) -> None:
        self.recording = recording
        self.gradient = gradient
        shared = [len(recording.parameters)] if recording.parameters else []
        counts = [*shared, *map(len, recording.inputs)]
        scalars = Scalars([*recording.outputs, *recording.aux], places_of(recording), flat=False)
        wrt = ([0] if shared else list(range(len(counts)))) if gradient else []
        self.lines = Lines(scalars, counts, wrt, len(recording.outputs))
        self._on_floats = self.lines.function({op: op.forward for op in self.lines.ops})

    @cached_property
    def _on_columns(self) -> Callable[..., tuple[Any, ...]] | None:
        """The same for all examples at once, a number of each in an array; None where an operation has no such form."""
        forms = {op: numpy_form(op) for op in self.lines.ops}
        return None if None in forms.values() else self.lines.function({op: f for op, f in forms.items() if f})

    def run(self, arguments: Sequence[Any], mean: bool, batched: bool) -> tuple[Any, ...] | None:
        """What the matrix program gives; None where an operation leaves the floats, which only arrays go on from."""
        shared = bool(self.recording.parameters)
        P = arguments[0].tolist() if shared else []
        inputs = arguments[shared:]
        examples = len(inputs[0]) if batched and inputs else 1
        rows = np.concatenate([x.reshape(examples, -1) for x in inputs], axis=1) if inputs else np.empty((1, 0))
        if examples > MANY and self._on_columns:
            columns = self._on_columns(*P, *np.ascontiguousarray(rows.T))
            results = np.empty((examples, len(columns)))
            for k, column in enumerate(columns):
                results[:, k] = column
            return self._split(results, mean, batched)
        try:
            results = np.array([self._on_floats(*P, *row) for row in rows.tolist()])
        except (ArithmeticError, ValueError, TypeError):
            return None
        return self._split(results, mean, batched)

    def _split(self, results: NDArray[Any], mean: bool, batched: bool) -> tuple[Any, ...]:
        """A row of numbers for each example as values, what else there is, and derivatives."""
        recording = self.recording
        outputs, extra = len(recording.outputs), len(recording.aux)
        aux = results[:, outputs : outputs + extra]
        value = results[:, 0] if recording.single else results[:, :outputs]
        parts: list[Any] = []
        at = outputs + extra
        for _ in range(outputs if self.gradient else 0):
            for shape in [(len(recording.parameters),)] if recording.parameters else recording.shapes:
                size = math.prod(shape)
                parts.append(results[:, at : at + size].reshape(-1, *shape))
                at += size
        if mean or not batched:
            value, parts = value.mean(axis=0), [part.mean(axis=0) for part in parts]
        return (value, *([aux if batched else aux[0]] if extra else []), *parts)


def _chained(op: Op, xs: Sequence[Array]) -> Array:
    total = xs[0]
    for x in xs[1:]:
        total = total.program.apply(op, (total, x))
    return total
