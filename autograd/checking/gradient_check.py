"""Checking derivatives against finite differences, and naming the rule that is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import numpy as np

from autograd.checking.consistency import Graph, Placed, agree, compared_given, compared_outputs, differing, escaped
from autograd.checking.finite_differences import SMALLEST, derivative
from autograd.checking.function import DIRECTIONS, ONE_BY_ONE, Call, Claim, Claims, Given, Output, Outputs, Recorded
from autograd.checking.hints import hinted, hinted_given
from autograd.checking.report import Check
from autograd.checking.sampling import Moving, Results, summed
from autograd.checking.verdict import Difference, Finding
from autograd.engine import Value, topological_order
from autograd.graph import if_none, unrelated


def gradcheck(
    subject: Any,
    at: Any = None,
    *,
    gradient: Any = None,
    hessian: Any = None,
    leaves: Sequence[Value] | None = None,
    order: int = 1,
    rtol: float = 1e-7,
    kinks: str = "pass",
) -> Check:
    """Hold derivatives against finite differences; true if they hold, and its text names what is wrong.

    Of a graph, ``gradcheck(C)``, every leaf's derivative is checked, every stored value and partial against its own
    operation, so that a wrong rule is named, and every sweep against the sum over the edges.  Of a function,
    ``gradcheck(f, [2.0, 5.0])``, the same is done with the graph that it records, and differences are taken by calling
    it anew; where it returns several numbers, every entry of its Jacobian is checked.  With ``gradient=`` the function
    is any of floats, and the derivatives are those given.  Nothing is left to chance, there is no absolute tolerance,
    and every `grad` is left as it was.

    Of second order, the engine's gradient is differenced itself and every edge of its graph is checked, every rule is
    differentiated once more by itself, and the second derivatives must be symmetric to rounding.

    Where there are more than 200 leaves, or leaf by leaf would take too long, the leaves are checked along three
    directions instead; the edges are checked all the same, at the cost of one pass.

    Args:
        subject: a Value, or a function that returns one number or a sequence of them.
        at: where to check a function: a number; a tuple, for separate arguments; a list or array, for separate
            arguments if the function requires as many (``f(x, y)``), else for one sequence (``f(p)``).
        gradient: the derivatives by hand, or a function that takes the same and returns them: as numbers in the shape
            of the arguments; of several outputs with a row for each, or in a tuple with a block for each argument.
        hessian: the second derivatives, likewise; held against differences of `gradient`, or of the engine's.
        leaves: the nodes of a graph to differentiate by; by default all leaves but numbers in expressions.
        order: 1, or 2 to check second derivatives too.
        rtol: the relative tolerance beside the error of the differences; of single operations it is at most 10⁻⁹.
        kinks: "pass" to accept a valid subgradient where there is a kink, "fail" to reject it.

    Raises:
        TypeError: `subject` is neither a Value nor a function, or does not return numbers; of second order, it returns
            several, or a rule takes floats only.
        ValueError: there are no leaves, or one of `leaves` is not in the graph; or `gradient` has not as many numbers
            as the arguments.

    >>> w, a = Value(0.15, "w"), Value(0.8, "a")
    >>> check = gradcheck(((w * a + 0.38).sigmoid() ** 2).named("C"))
    >>> bool(check), len(check.leaves), len(check.edges)
    (True, 2, 5)
    >>> bool(gradcheck(lambda x, y: x * y, [2.0, 5.0], gradient=lambda x, y: (x, y)))
    False
    >>> print(gradcheck(lambda x, y: x * y, [2.0, 5.0], order=2).symmetry)
    symmetry: H = Hᵀ exactly
    """
    if kinks not in ("pass", "fail"):
        raise ValueError(f"kinks is 'pass' or 'fail', got {kinks!r}")
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, got {order!r}")
    if not 0.0 <= rtol < 1.0:
        raise ValueError(f"rtol is a relative tolerance between 0 and 1, got {rtol!r}")
    is_given = gradient is not None or hessian is not None
    if is_given and order == 2:
        raise TypeError("order=2 differentiates the engine's own gradient; second derivatives are given as hessian=")
    with np.errstate(all="ignore"):
        if isinstance(subject, Value):
            if at is not None or is_given:
                raise TypeError("gradcheck() of a Value takes no point and no gradient: both are in its graph")
            check = _check_graph(subject, leaves, rtol, order)
        elif not callable(subject):
            got = f"{type(subject).__name__} {subject!r:.40}{if_none(subject)}"
            raise TypeError(f"gradcheck() takes a Value or a function, got {got}")
        elif at is None or leaves is not None:
            raise TypeError("gradcheck() of a function takes a point, and no leaves: gradcheck(f, [2.0, 5.0])")
        elif is_given:
            check = _check_given(Call(subject, at), gradient, hessian, rtol)
        else:
            check = _check_function(Call(subject, at), rtol, order)
    options = {"order": (order, 1), "rtol": (rtol, 1e-7), "kinks": (kinks, "pass")}
    changed = [f"{k}={x!r}" for k, (x, usual) in options.items() if x != usual]
    check.repeat = call_of(check.title, at, {"gradient": gradient, "hessian": hessian, "leaves": leaves}, changed)
    return check if kinks == "pass" else check.strict()


def _check_graph(output: Value, leaves: Sequence[Value] | None, rtol: float, order: int) -> Check:
    nodes = topological_order(output)
    wrt = [x for x in nodes if x.op is None and not x.constant] if leaves is None else list(leaves)
    if not wrt:
        raise ValueError(f"{output!r} depends on no leaf, so there is nothing to differentiate by")
    below = set(map(id, nodes))
    for x in wrt:
        if id(x) not in below:
            raise ValueError(unrelated(output, x, "so there is no derivative to check"))
    title = output.label or "output"
    labels = [x.label or f"leaf {i}" for i, x in enumerate(wrt, 1)]
    outputs = Outputs([output], [Output(title)], wrt, labels, order)
    graph = Graph(outputs.nodes, outputs.names, wrt, rtol, order)
    slopes = Slopes(graph.claims(labels), graph.replayed, graph.noises, len(graph.evaluator.order))
    return _outcome(title, graph, slopes, outputs)


def _check_function(call: Call, rtol: float, order: int) -> Check:
    recorded = Recorded(call, call.args, order, keep_lines=True)
    outputs, wrt = recorded.outputs, recorded.variables
    graph = Graph(outputs.nodes, outputs.names, wrt, rtol, order)
    noises = graph.noises()

    def moving(keys: Sequence[int]) -> Moving:
        return lambda numbers: Recorded(call, call.moved(keys, numbers), order)

    def is_faithful(i: int, keys: Sequence[int]) -> bool:
        return agree(moving(keys), graph.replayed(keys), i, [call.point[k] for k in keys])

    again = Recorded(call, call.args, 1)
    graph.values.extend(differing(call.title, outputs.nodes, again.outputs.nodes))
    # To call the function and record costs some ten times what it costs to evaluate its graph.
    slopes = Slopes(graph.claims(call.labels), moving, lambda keys: noises, 10 * len(graph.evaluator.order), recorded)
    check = _outcome(call.title, graph, slopes, outputs, is_faithful)
    if not all(x.holds for x in check.leaves) and all(x.holds for x in (*check.values, *check.edges, *check.sweeps)):
        check.values.extend(escaped(call, recorded, graph.evaluator.places))
    return check


def _check_given(call: Call, gradient: Any, hessian: Any, rtol: float) -> Check:
    given = Given(call, gradient, hessian)
    slopes = Slopes(given.claims, given.moving, here=given.moving([])([]))
    found = [finding for _, _, finding in slopes.findings(rtol)]
    if slopes.is_one_by_one and any(finding.verdict == "fail" for finding in found):
        found = hinted_given(found, call, given.firsts)
    check = Check(call.title, found, note=slopes.note, symmetry=compared_given(given, found, rtol))
    if gradient is not None:
        return check
    own = _check_function(call, rtol, 1)
    return replace(own, leaves=own.leaves + found, symmetry=check.symmetry)


def _outcome(
    title: str,
    graph: Graph,
    slopes: Slopes,
    outputs: Outputs,
    is_faithful: Callable[[int, Sequence[int]], bool] | None = None,
) -> Check:
    edges = hinted(graph.edges) if any(edge.verdict == "fail" for edge in graph.edges) else graph.edges
    if graph.values:
        nothing = Difference(math.nan, math.inf, reason="the recorded values do not hold")
        claims = slopes.claims
        slopes_claimed = (slope for row in claims.rows for slope, _ in row)
        found = [
            Finding(slope, nothing, "undecided", label=label)
            for slope, label in zip(slopes_claimed, claims.names(), strict=True)
        ]
    else:
        found = graph.settled(slopes.findings(graph.rtol), is_faithful)
    return Check(
        title,
        found,
        edges,
        graph.values,
        graph.count,
        slopes.note,
        graph.sweeps,
        graph.curvatures,
        None if graph.values else compared_outputs(outputs, slopes.claims.rows),
        outputs=outputs.nodes,
    )


ENTRIES = 20_000
"""The most derivatives, of all outputs together, that are."""
WORK = 300_000
"""The most operations that may take at each step."""


class Slopes:
    """The derivatives that are claimed, and the functions that they are claimed of.

    Args:
        claims: the derivatives.
        moving: for the places of some arguments, the outputs as functions of these alone.
        noises: for the places of some arguments, the rounding error of each output.
        size: what one evaluation costs, in operations.
        here: the outputs at the point itself, if they are at hand and labelled alike whatever is moved.
    """

    def __init__(
        self,
        claims: Claims,
        moving: Callable[[Sequence[int]], Moving],
        noises: Callable[[Sequence[int]], Sequence[float]] | None = None,
        size: int = 1,
        here: Results | None = None,
    ) -> None:
        self.claims, self.moving, self.here = claims, moving, here
        self.noises = noises or (lambda keys: [0.0] * len(claims.outputs))
        count = len(claims.point)
        entries = count * len(claims.outputs)
        self.is_one_by_one = count <= ONE_BY_ONE and count * size <= WORK and entries <= ENTRIES
        self.note = "" if self.is_one_by_one else f"{DIRECTIONS} directions through {count:,} leaves"

    def findings(self, rtol: float) -> list[Placed]:
        """Each derivative, or the derivatives along some directions, against differences: output by output."""
        everything, outputs = range(len(self.claims.point)), range(len(self.claims.outputs))
        if self.is_one_by_one:
            columns = [self._column(k, outputs, rtol) for k in everything]
            return [Placed(i, [k], columns[k][i]) for i in outputs for k in everything]
        sense = Random(0)
        directions = [[sense.choice((-1.0, 1.0)) for _ in everything] for _ in range(DIRECTIONS)]
        columns = [self._along(everything, senses, outputs, rtol) for senses in directions]
        found = []
        for i in outputs:
            along = [replace(column[i], label=self._direction(i, n)) for n, column in enumerate(columns, 1)]
            found += [Placed(i, everything, finding) for finding in along]
            failing = [n for n, finding in enumerate(along) if finding.verdict == "fail"]
            if failing:
                found += self._culprits(i, directions[failing[0]], rtol)
        return found

    def _direction(self, i: int, number: int) -> str:
        where = f"direction {number} of {DIRECTIONS} through all {len(self.claims.point):,} leaves"
        output = self.claims.outputs[i]
        return where if len(self.claims.outputs) == 1 else f"{output.name} along {where}"

    def _culprits(self, i: int, senses: Sequence[float], rtol: float) -> Iterator[Placed]:
        """Some of the arguments for which a direction fails, found by halving it."""
        count, stack = 0, [list(range(len(senses)))]
        while stack and count < DIRECTIONS:
            keys = stack.pop()
            half = len(keys) // 2
            for part in filter(None, (keys[half:], keys[:half])):
                if len(part) == 1:
                    [found] = self._column(part[0], [i], rtol)
                    if found.verdict == "fail":
                        count += 1
                        yield Placed(i, part, found)
                elif self._along(part, [senses[k] for k in part], [i], rtol)[0].verdict == "fail":
                    stack.append(part)

    def _column(self, k: int, outputs: Sequence[int], rtol: float) -> list[Finding]:
        """The derivatives of some outputs by one argument."""
        x = self.claims.point[k]
        known: dict[tuple[float, ...], Results] = {} if self.here is None else {(x,): self.here}
        value, noises = _remembered(self.moving([k]), known), self.noises([k])

        def line(i: int, at: float) -> tuple[float, Hashable]:
            return value([at])[i]

        found = []
        for i in outputs:
            claim = self.claims.rows[i][k]
            difference = derivative(partial(line, i), x, noise=noises[i], expected=claim[0])
            label = self.claims.outputs[i].derivative(self.claims.labels[k])
            found.append(self._finding(claim, difference, rtol, label))
        return found

    def _along(
        self, keys: Sequence[int], senses: Sequence[float], outputs: Sequence[int], rtol: float
    ) -> list[Finding]:
        """The derivatives of some outputs along one direction, each argument moved by a part of its size."""
        start = [self.claims.point[k] for k in keys]
        steps = [sense * max(abs(x), SMALLEST) for sense, x in zip(senses, start, strict=True)]
        value, noises = _remembered(self.moving(keys), {}), self.noises(keys)

        def line(i: int, t: float) -> tuple[float, Hashable]:
            return value([x + step * t for x, step in zip(start, steps, strict=True)])[i]

        found = []
        for i in outputs:
            row = self.claims.rows[i]
            slope = summed(row[k][0] * step for k, step in zip(keys, steps, strict=True))
            rounding = summed(row[k][1] * abs(step) for k, step in zip(keys, steps, strict=True))
            difference = derivative(partial(line, i), 0.0, scale=1.0, noise=noises[i])
            found.append(self._finding((slope, rounding), difference, rtol, ""))
        return found

    def _finding(self, claim: Claim, found: Difference, rtol: float, label: str) -> Finding:
        claimed, rounding = claim
        if math.isfinite(rounding):
            found = replace(found, error=found.error + rounding)
        return Finding(claimed, found, found.verdict(claimed, rtol), label=label, source=self.claims.source)


def _remembered(value: Moving, at_hand: dict[tuple[float, ...], Results]) -> Moving:
    """The same function, evaluated once at each point: all outputs are differenced by the same steps."""
    known: dict[tuple[float, ...], Results | Exception] = {**at_hand}

    def remembered(numbers: Sequence[float]) -> Results:
        key = tuple(numbers)
        found = known.get(key)
        if found is None:
            try:
                found = value(numbers)
            except (ArithmeticError, ValueError) as error:
                found = error.with_traceback(None)  # whose frames would hold on to this function
            known[key] = found
        if isinstance(found, Exception):
            raise found
        return found

    return remembered


MAX_POINT_LENGTH = 200
"""Characters of numbers that are written out."""
_NUMBERS = re.compile(r"[-+.0-9e,()\[\] ]+")


def call_of(title: str, at: Any, given: Mapping[str, Any], options: Sequence[str] = ()) -> str:
    """The call that repeats a check; names stand for what has no writing.

    Args:
        title: what the function or the graph is called.
        at: the point, None for a graph.
        given: what else was given, by the names of the arguments; None for nothing.
        options: the other arguments, as they are written.

    >>> call_of("f", (2.0, 5.0), {"gradient": print}, ["order=2"])
    'ag.gradcheck(f, (2.0, 5.0), gradient=print, order=2)'
    """
    parts = [title if title.isidentifier() else "C"]
    parts += [] if at is None else [_written(at, "x")]
    parts += [f"{name}={_written(x, name)}" for name, x in given.items() if x is not None]
    return f"ag.gradcheck({', '.join([*parts, *options])})"


def _written(given: Any, otherwise: str) -> str:
    """Numbers as they are, functions and Values by their names."""
    if isinstance(given, (list, tuple)) and given and all(isinstance(x, Value) for x in given):
        labels = [x.label for x in given]
        return f"[{', '.join(labels)}]" if all(map(str.isidentifier, labels)) else otherwise
    title = getattr(given, "__name__", "")
    if title.isidentifier():
        return str(title)
    text = repr(given.tolist() if isinstance(given, np.ndarray) else given)
    if len(text) > MAX_POINT_LENGTH or not _NUMBERS.fullmatch(text):
        return otherwise
    return f"np.array({text})" if isinstance(given, np.ndarray) else text
