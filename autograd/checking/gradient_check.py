"""The gradient check: entry point, the derivatives of the whole function, and the order of the stages.

A check samples a function, takes finite differences, compares each derivative with them to a verdict, looks for hints
at the mistake, and puts all findings into a report.
"""

from __future__ import annotations

import builtins
import inspect
import math
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from random import Random
from typing import Any

import numpy as np

from autograd.checking.consistency import (
    Departure,
    JacobianFinding,
    RecordedGraph,
    engine_symmetry,
    given_symmetry,
)
from autograd.checking.finite_differences import MIN_SCALE, derivative
from autograd.checking.function import (
    DIRECTION_COUNT,
    MAX_INPUTS_ENTRYWISE,
    AnalyticEntry,
    AnalyticJacobian,
    FunctionAtPoint,
    Output,
    Outputs,
    RecordedFunction,
    departure_from_graph,
    find_escaped_values,
    find_nondeterminism,
)
from autograd.checking.given_derivatives import GivenDerivatives
from autograd.checking.hints import NOT_EVERYWHERE, add_entry_hints, add_rule_hints, without_named_ratio
from autograd.checking.report import Check
from autograd.checking.sampling import Restriction, Results, safe_fsum
from autograd.checking.verdict import PASS_ERRORS, Difference, Finding
from autograd.graph import if_none, unrelated
from autograd.op import TABLE, Op
from autograd.value import Value, topological_order

# With more derivatives than this, of all outputs together, directional derivatives are checked instead.
MAX_ENTRIES_ENTRYWISE = 20_000
# The same applies if one step in each input takes more operations than this.
MAX_OPERATIONS_PER_STEP = 300_000
# Calling a function and recording its graph costs about ten times as much as evaluating the recorded graph.
RECORDING_COST = 10
# Characters of a point that is written out in the call that repeats a check.
MAX_POINT_LENGTH = 200
# The largest change by one input, relative to the scale of the row of a Jacobian, that is negligible: well above the
# rounding noise of a difference and well below every tolerance.
MAX_NEGLIGIBLE_CHANGE = 1e-11
# An argument without a name in the call that repeats a check.
NO_NAME = "…"
# Text that is made of numbers, lists and tuples only.
_NUMBERS = re.compile(r"[-+.0-9e,()\[\] ]+")


def gradcheck(
    subject: Any,
    at: Any = None,
    *,
    gradient: Any = None,
    hessian: Any = None,
    leaves: Sequence[Value] | None = None,
    order: int = 1,
    rtol: float = 1e-7,
    atol: float = 0.0,
    kinks: str = "pass",
) -> Check:
    """Check derivatives against finite differences; return a report that is true if they hold.

    For a graph, ``gradcheck(C)``, the derivative by every leaf is checked. Every recorded value and every stored
    partial is checked against its own operation, so that a wrong rule is named, and every sweep against the sum over
    the edges. For a function, ``gradcheck(f, [2.0, 5.0])``, the same is done with the graph that it records, and the
    finite differences call the function. If it returns several numbers, every entry of its Jacobian is checked. With
    ``gradient=`` the function may be any function of floats, and the given derivatives are checked. The result is the
    same every time, there is no absolute tolerance, and every `grad` is left as it was.

    With ``order=2`` the engine's gradient is differenced as well, every edge of its graph is checked, every rule is
    differentiated once more by itself, and the second derivatives must be symmetric up to rounding.

    With more than 200 leaves, or if the check of every leaf would take too long, three directional derivatives are
    checked instead. The edges are checked all the same, at the cost of one pass over the graph.

    Args:
        subject: a Value, or a function that returns a number or a sequence of numbers.
        at: the point at which a function is checked. A number is one argument, and a tuple is separate arguments. A
            list or array is separate arguments if the function requires as many (``f(x, y)``), else one sequence
            (``f(p)``).
        gradient: the derivatives to check, or a function of the same arguments that returns them: as numbers in the
            shape of the arguments; for several outputs with a row for each, or as a tuple with a block for each
            argument.
        hessian: the second derivatives to check, likewise; they are compared with finite differences of `gradient`, or
            of the engine's gradient.
        leaves: the nodes of a graph to differentiate by; by default all leaves except numbers in expressions.
        order: 1, or 2 to check second derivatives too.
        rtol: the relative tolerance, in addition to the error bar of the finite differences; for single operations it
            is at most 10⁻⁹.
        atol: the absolute tolerance for the derivatives of the whole function: a number passes if it is certain to be
            within `atol` of the derivative, error bar included. There is none for single operations.
        kinks: "pass" to accept a valid subgradient at a kink, "fail" to reject it.

    Returns:
        The findings, as a `Check`; its text names what is wrong.

    Raises:
        TypeError: `subject` is neither a Value nor a function, or does not return numbers; for order 2, it returns
            several, or a rule takes floats only.
        ValueError: there are no leaves, or one of `leaves` is not in the graph; or `gradient` or `hessian` has another
            shape, such as a transposed or flattened one.

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
        raise ValueError(f"kinks must be 'pass' or 'fail', got {kinks!r}")
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}")
    if not 0.0 <= rtol < 1.0:
        raise ValueError(f"rtol must be a relative tolerance from 0 to 1, got {rtol!r}")
    if not 0.0 <= atol < math.inf:
        raise ValueError(
            f"atol must be an absolute tolerance from 0 on, got {atol!r}; give it in units of the derivative"
        )
    is_given = gradient is not None or hessian is not None
    if is_given and order == 2:
        raise TypeError(
            "order must be 1 for given derivatives, got 2; pass second derivatives as hessian=, "
            "or leave gradient= and hessian= out to check the engine's own"
        )
    with np.errstate(all="ignore"):
        if isinstance(subject, Value):
            if at is not None or is_given:
                raise TypeError(
                    "gradcheck() of a Value takes no point and no gradient, because its graph has both; "
                    "pass the function to check it elsewhere"
                )
            check = _check_graph(subject, leaves, rtol, atol, order)
        elif not callable(subject):
            got = f"{type(subject).__name__} {subject!r:.40}{if_none(subject)}"
            raise TypeError(f"the first argument of gradcheck() must be a Value or a function, got {got}")
        elif at is None or leaves is not None:
            raise TypeError("gradcheck() of a function takes a point and no leaves; write gradcheck(f, [2.0, 5.0])")
        elif is_given:
            check = _check_given(FunctionAtPoint(subject, at), gradient, hessian, rtol, atol)
        else:
            check = _check_function(FunctionAtPoint(subject, at), rtol, atol, order)
    options = {"order": (order, 1), "rtol": (rtol, 1e-7), "atol": (atol, 0.0), "kinks": (kinks, "pass")}
    changed = [f"{key}={value!r}" for key, (value, default) in options.items() if value != default]
    given = {"gradient": gradient, "hessian": hessian, "leaves": leaves}
    check.repeat = gradcheck_call(subject, at, given, changed)
    return check if kinks == "pass" else check.strict()


def _check_graph(output: Value, leaves: Sequence[Value] | None, rtol: float, atol: float, order: int) -> Check:
    nodes = topological_order(output)
    wrt = [x for x in nodes if x.op is None and not x.constant] if leaves is None else list(leaves)
    if not wrt:
        raise ValueError(f"{output!r} depends on no leaf to differentiate by; compute it from a Value, or pass leaves=")
    below = set(map(id, nodes))
    for x in wrt:
        if id(x) not in below:
            raise ValueError(unrelated(output, x, "so there is no derivative to check"))
    title = output.label or "output"
    labels = [x.label or f"leaf {i}" for i, x in enumerate(wrt, 1)]
    outputs = Outputs([output], [Output(title)], wrt, labels, order)
    graph = RecordedGraph(outputs.nodes, outputs.names, wrt, rtol, order)
    whole = JacobianCheck(
        graph.jacobian(labels), graph.restricted_to, graph.noises, len(graph.evaluator.order), atol=atol
    )
    return _check_recorded(title, graph, whole, outputs)


def _check_function(function: FunctionAtPoint, rtol: float, atol: float, order: int) -> Check:
    recorded = RecordedFunction(function, function.args, order, keep_lines=True)
    outputs, wrt = recorded.outputs, recorded.variables
    graph = RecordedGraph(outputs.nodes, outputs.names, wrt, rtol, order)
    noises = graph.noises()

    def restrict(keys: Sequence[int]) -> Restriction:
        return lambda numbers: RecordedFunction(function, function.arguments_with(keys, numbers), order)

    def departure(i: int, keys: Sequence[int]) -> str:
        return departure_from_graph(restrict(keys), graph.restricted_to(keys), i, [function.point[k] for k in keys])

    again = RecordedFunction(function, function.args, 1)
    graph.values.extend(find_nondeterminism(function.title, outputs.nodes, again.outputs.nodes))
    cost = RECORDING_COST * len(graph.evaluator.order)
    whole = JacobianCheck(graph.jacobian(function.labels), restrict, lambda keys: noises, cost, recorded, atol)
    check = _check_recorded(function.title, graph, whole, outputs, departure)
    if not all(x.holds for x in check.leaves) and all(x.holds for x in (*check.values, *check.edges, *check.sweeps)):
        # The graph is consistent and its derivatives are wrong, so it is not the graph of the function.
        check.values.extend(find_escaped_values(function, recorded, graph.evaluator.positions))
    return check


def _check_given(function: FunctionAtPoint, gradient: Any, hessian: Any, rtol: float, atol: float) -> Check:
    given = GivenDerivatives(function, gradient, hessian)
    here = given.restricted_to([])([])
    whole = JacobianCheck(given.jacobian, given.restricted_to, here=here, atol=atol)
    findings = [finding for _, _, finding in whole.findings(rtol)]
    if whole.is_entrywise:
        values = [here[i][0] for i in range(len(given.jacobian.outputs))]
        findings = settle_negligible_entries(findings, values, function.point)
    # Hints are sought only if an entry fails, so a passing check never enters their module.
    if whole.is_entrywise and any(finding.verdict == "fail" for finding in findings):
        elsewhere = _findings_elsewhere(function, gradient, hessian, rtol)
        findings = add_entry_hints(findings, function, given.first_order_count, elsewhere)
    check = Check(function.title, findings, note=whole.note, symmetry=given_symmetry(given, findings, rtol))
    if gradient is not None:
        return check
    # Only the Hessian was given, and it was compared with the engine's gradient: check that as well.
    own = _check_function(function, rtol, atol, 1)
    return replace(own, leaves=own.leaves + findings, symmetry=check.symmetry)


def _findings_elsewhere(
    function: FunctionAtPoint, gradient: Any, hessian: Any, rtol: float
) -> Callable[[int], Finding] | None:
    """Return a function from the index of an entry to its finding at another point; None if numbers were given."""
    if not all(derivatives is None or callable(derivatives) for derivatives in (gradient, hessian)):
        return None

    @cache
    def whole() -> JacobianCheck:
        given = GivenDerivatives(function.moved(), gradient, hessian)
        return JacobianCheck(given.jacobian, given.restricted_to, here=given.restricted_to([])([]))

    @cache
    def finding(index: int) -> Finding:
        i, k = divmod(index, len(function.point))
        return whole().entry(i, k, rtol)

    return finding


def _check_recorded(
    title: str, graph: RecordedGraph, whole: JacobianCheck, outputs: Outputs, departure: Departure | None = None
) -> Check:
    """Return the check of a recorded graph, from the findings on its nodes and those on the whole."""
    if graph.values:
        # Derivatives of other values than the recorded ones say nothing.
        nothing = Difference(math.nan, math.inf, reason="the recorded values do not hold")
        entries = (entry for row in whole.jacobian.rows for entry in row)
        findings = [
            Finding(entry.derivative, nothing, "undecided", label=label)
            for entry, label in zip(entries, whole.jacobian.names(), strict=True)
        ]
    else:
        findings = graph.settle(whole.findings(graph.rtol), departure)
    edges = graph.edges
    if any(edge.verdict == "fail" for edge in edges):
        edges = add_rule_hints(edges)
        if any(edge.reason.endswith(NOT_EVERYWHERE) for edge in edges):
            findings = [without_named_ratio(x) if x.verdict == "fail" else x for x in findings]
    return Check(
        title,
        findings,
        edges,
        graph.values,
        graph.count,
        whole.note,
        graph.sweeps,
        graph.curvatures,
        None if graph.values else engine_symmetry(outputs, whole.jacobian.rows),
        outputs=outputs.nodes,
    )


class JacobianCheck:
    """End-to-end check of a Jacobian against finite differences, entry by entry or along directions.

    Args:
        jacobian: the derivatives to check.
        restrict: returns the outputs as functions of the inputs with these indices.
        noises: returns the rounding noise of each output for the inputs with these indices.
        cost: the number of operations of one evaluation.
        here: the outputs at the point itself, if known and if their pieces do not depend on the inputs that move.
        atol: the absolute tolerance.

    Attributes:
        is_entrywise: True if every entry is checked.
        note: a remark for the report if directions are checked instead, or "".
    """

    def __init__(
        self,
        jacobian: AnalyticJacobian,
        restrict: Callable[[Sequence[int]], Restriction],
        noises: Callable[[Sequence[int]], Sequence[float]] | None = None,
        cost: int = 1,
        here: Results | None = None,
        atol: float = 0.0,
    ) -> None:
        self.jacobian, self.restrict, self.here, self.atol = jacobian, restrict, here, atol
        self.noises = noises or (lambda keys: [0.0] * len(jacobian.outputs))
        count = len(jacobian.point)
        entries = count * len(jacobian.outputs)
        self.is_entrywise = (
            count <= MAX_INPUTS_ENTRYWISE
            and count * cost <= MAX_OPERATIONS_PER_STEP
            and entries <= MAX_ENTRIES_ENTRYWISE
        )
        self.note = "" if self.is_entrywise else f"{DIRECTION_COUNT} directions through {count:,} leaves"

    def findings(self, rtol: float) -> list[JacobianFinding]:
        """Return the findings on each entry, or on each directional derivative, output by output.

        Args:
            rtol: the relative tolerance, in addition to the error bar of the differences.
        """
        inputs, outputs = range(len(self.jacobian.point)), range(len(self.jacobian.outputs))
        if self.is_entrywise:
            columns = [self._column(k, outputs, rtol) for k in inputs]
            return [JacobianFinding(i, [k], columns[k][i]) for i in outputs for k in inputs]
        random = Random(0)
        directions = [[random.choice((-1.0, 1.0)) for _ in inputs] for _ in range(DIRECTION_COUNT)]
        columns = [self._directional(inputs, signs, outputs, rtol) for signs in directions]
        findings = []
        for i in outputs:
            along = [replace(column[i], label=self._direction(i, n)) for n, column in enumerate(columns, 1)]
            findings += [JacobianFinding(i, inputs, finding) for finding in along]
            failing = [n for n, finding in enumerate(along) if finding.verdict == "fail"]
            if failing:
                findings += self._wrong_entries(i, directions[failing[0]], rtol)
        return findings

    def entry(self, i: int, k: int, rtol: float) -> Finding:
        """Return the finding on the derivative of output `i` by input `k`."""
        [finding] = self._column(k, [i], rtol)
        return finding

    def _direction(self, i: int, number: int) -> str:
        direction = f"direction {number} of {DIRECTION_COUNT} through all {len(self.jacobian.point):,} leaves"
        output = self.jacobian.outputs[i]
        return direction if len(self.jacobian.outputs) == 1 else f"{output.name} along {direction}"

    def _wrong_entries(self, i: int, signs: Sequence[float], rtol: float) -> Iterator[JacobianFinding]:
        """Yield some of the entries that make a direction fail, found by bisection."""
        count, stack = 0, [list(range(len(signs)))]
        while stack and count < DIRECTION_COUNT:
            keys = stack.pop()
            middle = len(keys) // 2
            for half in filter(None, (keys[middle:], keys[:middle])):
                if len(half) == 1:
                    finding = self.entry(i, half[0], rtol)
                    if finding.verdict == "fail":
                        count += 1
                        yield JacobianFinding(i, half, finding)
                elif self._directional(half, [signs[k] for k in half], [i], rtol)[0].verdict == "fail":
                    stack.append(half)

    def _column(self, k: int, outputs: Sequence[int], rtol: float) -> list[Finding]:
        """Return the findings on the derivatives of some outputs by one input."""
        x = self.jacobian.point[k]
        known: dict[tuple[float, ...], Results] = {} if self.here is None else {(x,): self.here}
        value, noises = _cached(self.restrict([k]), known), self.noises([k])

        def f(i: int, at: float) -> tuple[float, Hashable]:
            return value([at])[i]

        findings = []
        for i in outputs:
            entry = self.jacobian.rows[i][k]
            difference = derivative(partial(f, i), x, noise=noises[i], expected=entry.derivative)
            label = self.jacobian.outputs[i].derivative(self.jacobian.labels[k])
            findings.append(self._finding(entry, difference, rtol, label))
        return findings

    def _directional(
        self, keys: Sequence[int], signs: Sequence[float], outputs: Sequence[int], rtol: float
    ) -> list[Finding]:
        """Return the findings on directional derivatives of some outputs; inputs move in proportion to their size."""
        start = [self.jacobian.point[k] for k in keys]
        steps = [sign * max(abs(x), MIN_SCALE) for sign, x in zip(signs, start, strict=True)]
        value, noises = _cached(self.restrict(keys), {}), self.noises(keys)

        def f(i: int, t: float) -> tuple[float, Hashable]:
            return value([x + step * t for x, step in zip(start, steps, strict=True)])[i]

        findings = []
        for i in outputs:
            row = self.jacobian.rows[i]
            analytic = safe_fsum(row[k].derivative * step for k, step in zip(keys, steps, strict=True))
            rounding = safe_fsum(row[k].rounding * abs(step) for k, step in zip(keys, steps, strict=True))
            difference = derivative(partial(f, i), 0.0, scale=1.0, noise=noises[i])
            findings.append(self._finding(AnalyticEntry(analytic, rounding), difference, rtol, ""))
        return findings

    def _finding(self, entry: AnalyticEntry, difference: Difference, rtol: float, label: str) -> Finding:
        if math.isfinite(entry.rounding):
            difference = replace(difference, error=difference.error + entry.rounding)
        verdict = difference.verdict(entry.derivative, rtol)
        finding = Finding(entry.derivative, difference, verdict, label=label, source=self.jacobian.source)
        if not finding.holds and distance_at_most(finding) <= self.atol:
            return replace(finding, verdict="pass", reason=f"within {self.atol:g}, the absolute tolerance")
        return finding


def distance_at_most(finding: Finding) -> float:
    """Return the largest distance of a number from the derivative, error bar included; inf if it is not known."""
    distance = abs(finding.engine - finding.differences) + PASS_ERRORS * finding.error
    return distance if math.isfinite(distance) else math.inf


def settle_negligible_entries(
    findings: Sequence[Finding], values: Sequence[float], point: Sequence[float]
) -> list[Finding]:
    """Return the entries of a Jacobian with "pass" for those that rounding hides and that are negligible in their row.

    An entry is negligible if its input, moved by its own size, changes the output by less than 10⁻¹¹ of the scale of
    the row, which is the largest such change by any input and, beside other outputs that are resolved, the output's own
    size: a saturated unit of a layer has a row of hidden entries.

    Args:
        findings: the findings, row by row.
        values: the outputs.
        point: the inputs.
    """
    sizes = [abs(x) or 1.0 for x in point]
    n, settled = len(point), list(findings)
    is_resolved = [
        any(x.verdict == "pass" and x.engine for x in findings[i * n : i * n + n]) for i in range(len(values))
    ]
    for i, value in enumerate(values):
        row = findings[i * n : i * n + n]
        scale = max(
            (abs(x.engine) * size for x, size in zip(row, sizes, strict=True) if x.verdict == "pass"), default=0.0
        )
        if any(is_resolved[:i] + is_resolved[i + 1 :]):
            scale = max(scale, abs(value))
        for k, (finding, size) in enumerate(zip(row, sizes, strict=True)):
            is_hidden = finding.verdict == "undecided" and not finding.difference.is_kink
            if is_hidden and distance_at_most(finding) * size <= MAX_NEGLIGIBLE_CHANGE * scale:
                settled[i * n + k] = replace(
                    finding, verdict="pass", reason="negligible in its row, and hidden by rounding"
                )
    return settled


def _cached(value: Restriction, known: dict[tuple[float, ...], Results]) -> Restriction:
    """Return the function with its results kept: all outputs are differenced with the same steps.

    Args:
        value: the function.
        known: results that are known already.
    """
    cache: dict[tuple[float, ...], Results | Exception] = {**known}

    def cached(numbers: Sequence[float]) -> Results:
        key = tuple(numbers)
        result = cache.get(key)
        if result is None:
            try:
                result = value(numbers)
            except (ArithmeticError, ValueError) as error:
                # The frames of the traceback would keep this function and its cache alive.
                result = error.with_traceback(None)
            cache[key] = result
        if isinstance(result, Exception):
            raise result
        return result

    return cached


def gradcheck_call(subject: Any, at: Any, given: Mapping[str, Any], options: Sequence[str] = ()) -> str:
    """Return the call that repeats a check, with "…" for an argument that has no name and cannot be written out.

    Args:
        subject: the function or the graph.
        at: the point; None for a graph.
        given: further arguments by name; None for one that was not passed.
        options: the remaining arguments in source form.

    >>> gradcheck_call(math.hypot, (2.0, 5.0), {"gradient": lambda x, y: (x, y)}, ["rtol=0.1"])
    'ag.gradcheck(math.hypot, (2.0, 5.0), gradient=…, rtol=0.1)'
    """
    args = [_source(subject), *([] if at is None else [_source(at)])]
    args += [f"{name}={_source(x)}" for name, x in given.items() if x is not None]
    return f"ag.gradcheck({', '.join([*args, *options])})"


def _source(arg: Any) -> str:
    """Return the source of short numbers, and the names of functions and Values; else "…"."""
    if isinstance(arg, (list, tuple)) and arg and all(isinstance(x, Value) for x in arg):
        names = [_name_of(x) for x in arg]
        return NO_NAME if NO_NAME in names else f"[{', '.join(names)}]"
    if isinstance(arg, Value) or callable(arg):
        return _name_of(arg)
    text = repr(arg.tolist() if isinstance(arg, np.ndarray) else arg)
    if len(text) > MAX_POINT_LENGTH or not _NUMBERS.fullmatch(text):
        return NO_NAME
    return f"np.array({text})" if isinstance(arg, np.ndarray) else text


def _name_of(x: Any) -> str:
    """Return the name by which the user's code knows a function or a Value, as far as that can be told."""
    if isinstance(x, Op):
        is_known = TABLE.get(x.name) is x
        return f"ag.{x.name}" if is_known else NO_NAME
    title = x.label if isinstance(x, Value) else getattr(x, "__name__", "")
    if not title.isidentifier():
        return NO_NAME
    owner = getattr(x, "__self__", None) if not isinstance(x, Value) else None
    if inspect.ismodule(owner):
        return title if owner is builtins else f"{owner.__name__}.{title}"
    # A method is known by the name of its object, which the object does not know.
    return NO_NAME if owner is not None else str(title)
