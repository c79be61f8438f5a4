"""Checks of the derivative rules on many applications of one operation at once.

A large graph applies few operations, each of them many times. Here the applications of an operation are columns of
numbers. Its own forward function and rule are called for each of them, as in :mod:`~autograd.checking.rules`, and the
arithmetic on the results is the same, on arrays: a finding is equal to that of `check_partials` to the last bit. Only
plain passes are decided here. Every other application is left to `check_partials`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, cast

import numpy as np

from autograd.checking.finite_differences import (
    COARSER_DOUBLINGS,
    CONFIRMATION_HALVINGS,
    MIN_ROWS_OF_SIDES,
    MIN_SCALE,
    NOT_NEARBY,
)
from autograd.checking.rules import LINEARITY_STEP, SECOND_SECANT_STEP, RuleHistory, secant_noise
from autograd.checking.sampling import (
    EPSILON,
    FIRST_STEP,
    MIN_COARSE_POINT,
    RELATIVE_PROBE_STEP,
    TARGET_ERROR,
    Estimate,
    FlatGraph,
)
from autograd.checking.verdict import MAX_RELATIVE_ERROR, MIN_FLOAT, PASS_ERRORS, Difference, Finding, Findings
from autograd.op import Op, smooth
from autograd.value import Value

# Arrays for fewer applications of an operation take longer than the applications one by one.
MIN_APPLICATIONS = 16
# The result of a call that raised an exception. It equals no piece, and is no number.
_FAILED = object()
# Events at an application: it is left to `check_partials`; it passes, but an operand does not change it; it passes, but
# it is not linear in an operand.
_LEFT, _FLAT, _CURVED = 1, 2, 4

Column = np.ndarray[Any, Any]


class GroupedRules:
    """The applications of operations in a graph, checked operation by operation.

    Args:
        graph: the graph.
        rtol: the relative tolerance, in addition to the error bar of the differences.

    Attributes:
        wrong: the present value of each application that is not equal to the recorded one, by the position of its node.
    """

    def __init__(self, graph: FlatGraph, rtol: float) -> None:
        self._graph = graph
        self.wrong: dict[int, float] = {}
        positions: dict[Op, list[int]] = {}
        for i, node in enumerate(graph.order):
            if node.op is not None:
                positions.setdefault(node.op, []).append(i)
        columns = _Columns(graph)
        self._events = np.zeros(len(graph.order), dtype=np.uint8)
        self._groups: list[_Group] = []
        for op, indices in positions.items():
            if op.arity is None or len(indices) < MIN_APPLICATIONS:
                self._events[indices] = _LEFT
                continue
            group = _Group(op, indices, columns, rtol)
            self._groups.append(group)
            self._events[indices] = group.events
            self.wrong.update(group.wrong)

    def remaining(self, history: RuleHistory) -> Iterator[int]:
        """Yield the positions of the nodes that are left to `check_partials`, in order.

        Args:
            history: findings about operations at earlier nodes, which decide what has to be examined; updated.
        """
        events, curved_count = bytearray(self._events), 0
        groups = {i: group for group in self._groups for i in group.positions[group.events > _LEFT].tolist()}
        for i in range(len(events)):
            event = events[i]
            if not event:
                continue
            # A rule that returns 0 is examined at the first operands at which the operation does not change.
            if event & _LEFT or (event & _FLAT and not groups[i].is_flat_in(history.flat, i)):
                yield i
            if event & _CURVED:
                history.curved |= groups[i].curved_slots(i)
            if len(history.curved) > curved_count:
                curved_count = len(history.curved)
                for group in self._groups:
                    for later in group.not_linear(history.curved):
                        if later > i:
                            events[later] |= _LEFT

    def findings(self, others: Mapping[int, Sequence[Finding]]) -> Findings:
        """Return the findings on all partials, in the order of the nodes.

        Args:
            others: the findings on the nodes that `remaining` yields, by position.
        """
        count = sum(map(len, others.values()))
        is_here = np.ones(len(self._events), dtype=bool)
        is_here[list(others)] = False
        for group in self._groups:
            count += int(np.count_nonzero(group.varies[is_here[group.positions]]))

        def build() -> list[Finding]:
            found = dict(others)
            for group in self._groups:
                found.update(group.findings(self._graph.order, others))
            return list(chain.from_iterable(found[i] for i in sorted(found)))

        return Findings(count, list(chain.from_iterable(others.values())), build)


class _Columns:
    """The numbers of a graph as arrays.

    Args:
        graph: the graph.

    Attributes:
        numbers: the recorded values.
        data: the same as an array; nan for one that is not a float.
        is_float: True for each value that is a float.
        constant: True for each node that is a constant.
        starts: the index of the first edge of each node.
        operands: the position of the operand of each edge.
        partials: the partial of each edge.
    """

    def __init__(self, graph: FlatGraph) -> None:
        self.numbers = [node.data for node in graph.order]
        self.data = _numbers(self.numbers)
        self.is_float = np.array([type(x) is float for x in self.numbers])
        self.constant = np.array([node.constant for node in graph.order])
        self.starts, self.operands, self.partials = map(np.array, (graph.starts, graph.operands, graph.partials))


class _Group:
    """The applications of one operation with a fixed number of operands.

    Args:
        op: the operation.
        positions: the positions of the nodes.
        columns: the numbers of the graph.
        rtol: the relative tolerance, in addition to the error bar of the differences.

    Attributes:
        positions: the positions of the nodes.
        varies: True for each operand that can vary, by application and slot.
        events: what remains to be done for each application.
        wrong: the present value of each application that is not equal to the recorded one, by position.
    """

    def __init__(self, op: Op, positions: list[int], columns: _Columns, rtol: float) -> None:
        self.op, self.positions, self._rtol = op, np.array(positions), rtol
        edges = columns.starts[self.positions, None] + np.arange(cast(int, op.arity))
        slots = columns.operands[edges]
        self.varies = ~columns.constant[slots]
        self._operands, self._results = columns.data[slots], columns.data[self.positions]
        self._partials = columns.partials[edges]
        self._columns: list[list[float]] = self._operands.T.tolist()
        self._pieces = None if op.branch is smooth else _called(op.branch, self._columns)
        called = _called(op.forward, self._columns)
        now = _numbers(called)
        is_same = now == self._results
        is_float = columns.is_float[self.positions] & columns.is_float[slots].all(axis=1)
        differing = [k for k in np.flatnonzero(is_float & ~is_same).tolist() if type(called[k]) is float]
        self.wrong = {positions[k]: called[k] for k in differing}
        holds = is_float & is_same & np.isfinite(now) & self._agrees_with_rule()
        shape = self._operands.shape
        self._slopes, self._errors, self._swings = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._evaluations = np.zeros(shape, dtype=int)
        self._is_linear, self._is_curved = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        passes = np.ones(shape, dtype=bool)
        for slot in range(shape[1]):
            rows = np.flatnonzero(self.varies[:, slot] & holds)
            passes[rows, slot] = False
            passes[self._from_secants(slot, rows), slot] = True
            rest = rows[~self._is_linear[rows, slot]]
            if len(rest):
                passes[self._from_steps(slot, rest), slot] = True
        holds &= passes.all(axis=1)
        self._is_flat = self.varies & (self._swings == 0.0)
        self._flat_slots = self._slots(self._is_flat.any(axis=0))
        self.events = np.where(holds, 0, _LEFT)
        self.events[holds & self._is_flat.any(axis=1)] |= _FLAT
        self.events[holds & self._is_curved.any(axis=1)] |= _CURVED

    def _agrees_with_rule(self) -> Column:
        """Return True for each application of which the stored partials are those that the rule gives now."""
        numeric, width = self.op.numeric, self._partials.shape[1] + 1

        def agrees(*numbers: float) -> bool:
            by_rule = numeric(*numbers[:width])
            return bool((by_rule if type(by_rule) is tuple else (by_rule,)) == numbers[width:])

        columns = [*self._columns, self._results.tolist(), *self._partials.T.tolist()]
        return np.array([agreed is True for agreed in _called(agrees, columns)])

    # --- What earlier findings decide

    def is_flat_in(self, slots: set[tuple[str, int]], position: int) -> bool:
        """Return True if an application does not change in these slots alone."""
        return self._flat_slots <= slots or self._slots(self._is_flat[self._row(position)]) <= slots

    def curved_slots(self, position: int) -> set[tuple[str, int]]:
        """Return the slots in which an application is not linear."""
        return self._slots(self._is_curved[self._row(position)])

    def _row(self, position: int) -> int:
        return int(np.searchsorted(self.positions, position))

    def _slots(self, flags: Column) -> set[tuple[str, int]]:
        """Return slots as a history names them."""
        return {(self.op.name, slot) for slot, flag in enumerate(flags.tolist()) if flag}

    def not_linear(self, curved: set[tuple[str, int]]) -> list[int]:
        """Return the positions at which the operation seems to be linear in a slot in which it is curved elsewhere."""
        slots = [slot for slot in range(self.varies.shape[1]) if (self.op.name, slot) in curved]
        found: list[int] = self.positions[self._is_linear[:, slots].any(axis=1)].tolist()
        return found

    # --- Finite differences, as `_Application.difference` takes them

    def _from_secants(self, slot: int, rows: Column) -> Column:
        """Take the slopes of two secants where they are equal; return the rows in which the partial passes."""
        x, z, p = self._operands[rows, slot], self._results[rows], self._partials[rows, slot]
        distance = np.where(p != 0.0, np.abs(z / p), 0.0)
        step = LINEARITY_STEP * np.maximum(np.abs(x), distance)
        step[step == 0.0] = 1.0
        right, left = x + step, x - SECOND_SECANT_STEP * step
        above, is_right = self._sampled(slot, rows, right)
        below, is_left = self._sampled(slot, rows, left)
        error = secant_noise(above, below, z, step)
        slope = (above - z) / (right - x)
        is_usable = is_right & is_left & (step < np.inf) & (left != x)
        is_linear = np.abs(slope - (below - z) / (left - x)) <= error
        self._is_linear[rows, slot] = is_usable & is_linear
        self._is_curved[rows, slot] = is_usable & ~is_linear
        chosen = np.flatnonzero(is_usable & is_linear)
        return self._passing(slot, rows[chosen], slope[chosen], error[chosen], np.abs(slope[chosen]), 2)

    def _from_steps(self, slot: int, rows: Column) -> Column:
        """Take extrapolated differences where they converge at once; return the rows in which the partial passes."""
        x = self._operands[rows, slot]
        usual = np.isfinite(x) & (np.abs(x) < MIN_COARSE_POINT)
        rows, x = rows[usual], x[usual]
        ladder = _Ladder(x, self._results[rows], lambda which, at: self._sampled(slot, rows[which], at))
        which = np.concatenate([ladder.flat, ladder.curved])
        columns = (column[which] for column in (ladder.slope, ladder.error, ladder.swing, ladder.evaluations))
        return self._passing(slot, rows[which], *columns)

    def _sampled(self, slot: int, rows: Column, at: Column) -> tuple[Column, Column]:
        """Return the values with another operand, and True for each that is finite and on the piece of the operands."""
        columns = [[column[k] for k in rows] for column in self._columns]
        columns[slot] = at.tolist()
        values = _numbers(_called(self.op.forward, columns))
        is_usable = np.isfinite(values)
        if self._pieces is not None:
            pieces = _called(self.op.branch, columns)
            values[[piece is _FAILED for piece in pieces]] = np.nan
            is_here = [bool(piece == self._pieces[k]) for piece, k in zip(pieces, rows.tolist(), strict=True)]
            is_usable &= np.isfinite(values) & np.array(is_here, dtype=bool)
        return values, is_usable

    def _passing(
        self, slot: int, rows: Column, slope: Column, error: Column, swing: Column, evaluations: Any
    ) -> Column:
        """Keep differences; return the rows in which the partial passes, as `Difference.verdict` decides."""
        for kept, column in zip(
            (self._slopes, self._errors, self._swings, self._evaluations),
            (slope, error, swing, evaluations),
            strict=True,
        ):
            kept[rows, slot] = column
        p = self._partials[rows, slot]
        size = np.maximum(np.abs(p), np.abs(slope))
        is_close = np.abs(p - slope) <= PASS_ERRORS * error + self._rtol * size + MIN_FLOAT
        is_resolved = PASS_ERRORS * error <= MAX_RELATIVE_ERROR * size
        found: Column = rows[
            np.isfinite(p) & np.isfinite(slope) & ((is_close & is_resolved) | ((p == slope) & (swing == 0.0)))
        ]
        return found

    # --- Findings

    def findings(self, order: Sequence[Value], others: Mapping[int, Any]) -> Iterator[tuple[int, list[Finding]]]:
        """Yield the findings on each application, by position, except on those in `others`."""
        columns = (self._slopes, self._errors, self._swings, self._evaluations, self._is_linear, self.varies)
        for i, *row in zip(self.positions.tolist(), *(column.tolist() for column in columns), strict=True):
            if i in others:
                continue
            node, partials, found = order[i], order[i].partials, []
            for slot, (slope, error, swing, evaluations, is_linear, varies) in enumerate(zip(*row, strict=True)):
                if varies:
                    reason = "" if is_linear or swing else NOT_NEARBY
                    difference = Difference(slope, error, swing=swing, evaluations=evaluations, reason=reason)
                    found.append(Finding(partials[slot], difference, "pass", "", node, slot, i + 1, source="rule"))
            yield i, found


class _Row(NamedTuple):
    """The central differences of many functions with one halving of the step, as columns.

    Attributes:
        usable: True where the points on both sides have values on the piece of the function.
        step: the step sizes.
        slope: the differences of the values divided by the steps.
        noise: the rounding noise in the slopes.
        swing: the sizes of the larger one-sided differences.
        split: the gaps between the one-sided differences that rounding noise does not explain.
    """

    usable: Column
    step: Column
    slope: Column
    noise: Column
    swing: Column
    split: Column

    def only(self, indices: Column) -> _Row:
        """Return the differences of some of the functions."""
        return _Row(*(column[indices] for column in self))


class _Ladder:
    """Differences with halved steps, extrapolated, of many functions at once: what `derivative` usually does.

    Functions that take other steps, as beside a kink or in noise, are left out.

    Args:
        x: the points.
        z: the values there.
        sample: returns the values of some functions, by index, at other points, and True for each that is finite and on
            the piece of its point.

    Attributes:
        flat: the indices of the functions that do not change.
        curved: the indices of the functions whose derivative is found.
        slope: the derivatives.
        error: their error bars.
        swing: the sizes of the one-sided differences.
        evaluations: the number of values that each derivative takes.
    """

    def __init__(self, x: Column, z: Column, sample: Callable[[Column, Column], tuple[Column, Column]]) -> None:
        self._x, self._z, self._sample = x, z, sample
        self._scale = np.where(x == 0.0, 1.0, np.maximum(np.abs(x), MIN_SCALE))
        self.slope, self.swing, self.evaluations = np.zeros((3, len(x)))
        self.error = np.full(len(x), np.inf)
        # The difference with the smallest step that contributed to the derivative.
        self._best = _Row(*np.zeros((6, len(x))))
        self._moves = np.zeros(len(x), dtype=bool)
        converged = self._converged()
        is_flat = self._best.swing[converged] == 0.0
        self.flat = self._unchanged(converged[is_flat])
        self.curved = self._resolved(converged[~is_flat])

    def _row(self, which: Column, step: Column) -> _Row:
        """Return the central differences of some functions, as `Neighbourhood.differences` takes them."""
        x, z = self._x[which], self._z[which]
        sides, is_usable = [], np.ones(len(which), dtype=bool)
        for at in (x + step, x - step):
            values, is_sampled = self._sample(which, at)
            # The step as rounded, not as requested.
            actual = at - x
            is_usable &= is_sampled
            slope, size = (values - z) / actual, np.maximum(np.abs(values), np.abs(z))
            noise = 2.0 * np.maximum(2.0 * EPSILON * size, MIN_FLOAT) / np.abs(actual)
            self._moves[which] |= values != z
            sides.append((np.abs(actual), slope, noise))
        (right_step, right, right_noise), (left_step, left, left_noise) = sides
        slope = (left_step * right + right_step * left) / (left_step + right_step)
        split = np.maximum(0.0, np.abs(right - left) - 2.0 * (right_noise + left_noise))
        noise, swing = 0.5 * np.maximum(right_noise, left_noise), np.maximum(np.abs(right), np.abs(left))
        return _Row(is_usable, step, slope, noise, swing, split)

    def _converged(self) -> Column:
        """Halve the steps; return the functions whose differences converge and that much smaller steps confirm."""
        active, confirmed = np.arange(len(self._x)), []
        last: list[Column] = []
        # After more rows, the two sides would be extrapolated as well.
        for k in range(MIN_ROWS_OF_SIDES):
            row = self._row(active, FIRST_STEP * self._scale[active] * 2.0**-k)
            kept = np.flatnonzero(row.usable)
            active, row, last = active[kept], row.only(kept), [entry[kept] for entry in last]
            entries, factor = [row.slope], 1.0
            for above in last:
                factor *= 4.0
                entries.append(entries[-1] + (entries[-1] - above) / (factor - 1.0))
            for j in range(2, len(entries)):
                # The gap to the entry above is the larger one: it is 4ʲ times that to the entry on the left.
                self._improve(active, entries[j], np.abs(entries[j] - last[j - 1]) + 2.0 * row.noise, row)
            has_converged = self._has_converged(active)
            new = np.flatnonzero(has_converged)
            # The values at the point, on both sides for each step, and for the two steps that confirm.
            self.evaluations[active[new]] = 2 * k + 7
            confirmed.append(active[new][self._is_confirmed(active[new])])
            rest = np.flatnonzero(~has_converged)
            active, last = active[rest], [entry[rest] for entry in entries]
        return np.concatenate(confirmed)

    def _improve(self, active: Column, slope: Column, error: Column, row: _Row) -> None:
        """Keep the estimates with an error bar that is no larger than the smallest so far."""
        better = np.flatnonzero(error <= self.error[active])
        which = active[better]
        self.slope[which], self.error[which], self.swing[which] = slope[better], error[better], row.swing[better]
        for kept, column in zip(self._best, row, strict=True):
            kept[which] = column[better]

    def _has_converged(self, which: Column) -> Column:
        slope, error = np.abs(self.slope[which]), self.error[which]
        is_zero = (slope <= error) & (error <= TARGET_ERROR * self.swing[which])
        found: Column = (error <= np.maximum(TARGET_ERROR * slope, 6.0 * self._best.noise[which])) | is_zero
        return found

    def _is_confirmed(self, which: Column) -> Column:
        """Return True for each function of which much smaller steps agree, and show no kink."""
        # The arithmetic of `Estimate` is the same on columns.
        best: Any = self._best.only(which)
        slope: Any = self.slope[which]
        error: Any = self.error[which]
        estimate = Estimate(slope, error, best)
        rows: list[Any] = [self._row(which, best.step * 2.0**-halvings) for halvings in CONFIRMATION_HALVINGS]
        coarse, fine = rows
        # A small kink beside a curve shows in these two gaps alone.
        found: Column = fine.split <= coarse.split / 8.0
        for row in rows:
            found &= row.usable & estimate.agrees(row)
        return found

    def _resolved(self, which: Column) -> Column:
        """Return the functions whose error bar is small, and whose one-sided differences are not much steeper."""
        slope, error, swing = np.abs(self.slope[which]), self.error[which], self.swing[which]
        found: Column = which[(PASS_ERRORS * error <= MAX_RELATIVE_ERROR * slope) & (swing <= 4.0 * slope)]
        return found

    def _unchanged(self, which: Column) -> Column:
        """Return the functions that change nowhere, not even over much larger steps on the same piece."""
        x = self._x[which]
        which = which[~self._moves[which] & ((x == 0.0) | (np.abs(x) >= MIN_SCALE))]
        x, z, scale = self._x[which], self._z[which], self._scale[which]
        is_unchanged, leaves_piece = np.ones(len(which), dtype=bool), np.zeros(len(which), dtype=bool)
        for doublings in COARSER_DOUBLINGS:
            step = FIRST_STEP * scale * 2.0**doublings
            for at in (x + step, x - step):
                values, is_on_piece = self._sample(which, at)
                is_unchanged &= np.where(is_on_piece, values == z, np.isfinite(values))
                leaves_piece |= ~is_on_piece
        probe = RELATIVE_PROBE_STEP * scale
        for at in (x + probe, x - probe):
            _, is_on_piece = self._sample(which, at)
            is_unchanged &= is_on_piece | ~leaves_piece
        hidden = (8.0 * EPSILON * np.abs(z) + MIN_FLOAT) / self._best.step[which]
        self.slope[which], self.error[which] = 0.0, self.error[which] + hidden
        # Where a step leaves the piece, two points on either side tell of the pieces there.
        self.evaluations[which] += 2 * len(COARSER_DOUBLINGS) + np.where(leaves_piece, 4, 0)
        return which[is_unchanged]


# --- Calls


def _called(function: Callable[..., Any], columns: Sequence[Sequence[float]]) -> list[Any]:
    """Return the results of a function, one for each row of numbers."""
    try:
        return list(map(function, *columns))
    except Exception:
        return [_attempted(function, numbers) for numbers in zip(*columns, strict=True)]


def _attempted(function: Callable[..., Any], numbers: Sequence[float]) -> Any:
    """Return the result of one call, or `_FAILED`."""
    try:
        return function(*numbers)
    except Exception:
        # `check_partials` repeats the call, and raises what is not the end of a domain.
        return _FAILED


def _numbers(results: Sequence[Any]) -> Column:
    """Return the results as an array; nan for one that is no float of Python."""
    if set(map(type, results)) == {float}:
        return np.array(results)
    return np.array([x if type(x) is float else np.nan for x in results])
