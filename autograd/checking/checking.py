"""Checking derivatives against finite differences, and naming the rule that is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autograd import notation
from autograd.arguments import Application, Arguments
from autograd.checking.differences import Difference
from autograd.checking.evaluator import Evaluator
from autograd.checking.findings import Check, Finding, mistake
from autograd.checking.quotients import EPSILON
from autograd.checking.rules import check_partials, check_value
from autograd.checking.signatures import Call, arguments
from autograd.checking.slopes import Moving, Slopes
from autograd.derivatives import reverse, stored
from autograd.engine import Value, topological_order
from autograd.graph import leaves as leaves_of
from autograd.operation import real


def gradcheck(
    subject: Any,
    at: Any = None,
    *,
    gradient: Any = None,
    leaves: Sequence[Value] | None = None,
    rtol: float = 1e-7,
    kinks: str = "pass",
) -> Check:
    """Hold derivatives against finite differences; true if they hold, and its text names what is wrong.

    Of a graph, ``gradcheck(C)``, every leaf's derivative is checked, and every stored value and partial against its
    own operation, so that a wrong rule is named.  Of a function, ``gradcheck(f, [2.0, 5.0])``, the same is done with
    the graph that it records, and differences are taken by calling it anew.  With ``gradient=`` the function is any
    of floats, and the derivatives are those given.  Nothing is left to chance, there is no absolute tolerance, and
    no `grad` is touched.

    Where there are more than 200 leaves, or leaf by leaf would take too long, the leaves are checked along three
    directions instead; the edges are checked all the same, at the cost of one pass.

    Args:
        subject: a Value, or a function that returns one number.
        at: where to check a function: a number; a tuple, for separate arguments; a list or array, for separate
            arguments if the function requires as many (``f(x, y)``), else for one sequence (``f(p)``).
        gradient: the derivatives by hand, as numbers in the shape of the arguments, or as a function that takes the
            same and returns them.
        leaves: the nodes of a graph to differentiate by; by default all leaves but numbers in expressions.
        rtol: the relative tolerance beside the error of the differences.
        kinks: "pass" to accept a valid subgradient where there is a kink, "fail" to reject it.

    Raises:
        TypeError: `subject` is neither a Value nor a function, or does not return one number.
        ValueError: there are no leaves, or one of `leaves` is not in the graph; or `gradient` has not as many numbers
            as the arguments.

    >>> w, a = Value(0.15, "w"), Value(0.8, "a")
    >>> check = gradcheck(((w * a + 0.38).sigmoid() ** 2).named("C"))
    >>> bool(check), len(check.leaves), len(check.edges)
    (True, 2, 5)
    >>> bool(gradcheck(lambda x, y: x * y, [2.0, 5.0], gradient=lambda x, y: (x, y)))
    False
    """
    if kinks not in ("pass", "fail"):
        raise ValueError(f"kinks is 'pass' or 'fail', got {kinks!r}")
    if not 0.0 <= rtol < 1.0:
        raise ValueError(f"rtol is a relative tolerance between 0 and 1, got {rtol!r}")
    with np.errstate(all="ignore"):
        if isinstance(subject, Value):
            if at is not None or gradient is not None:
                raise TypeError("gradcheck() of a Value takes no point and no gradient: both are in its graph")
            check = _check_graph(subject, leaves, rtol)
        elif not callable(subject):
            raise TypeError(f"gradcheck() takes a Value or a function, got {type(subject).__name__} {subject!r:.40}")
        elif at is None or leaves is not None:
            raise TypeError("gradcheck() of a function takes a point, and no leaves: gradcheck(f, [2.0, 5.0])")
        elif gradient is None:
            check = _check_function(subject, at, rtol)
        else:
            check = _check_given(subject, at, gradient, rtol)
    return check if kinks == "pass" else check.strict()


def _check_graph(output: Value, leaves: Sequence[Value] | None, rtol: float) -> Check:
    graph = _Graph(output, rtol)
    wrt = leaves_of(output) if leaves is None else list(leaves)
    if not wrt:
        raise ValueError(f"{output!r} depends on no leaf, so there is nothing to differentiate by")
    for x in wrt:
        if id(x) not in graph.evaluator.places:
            raise ValueError(f"{output!r} does not depend on {x!r}")

    def moving(keys: Sequence[int]) -> tuple[Moving, float]:
        replay = graph.evaluator.moving([wrt[k] for k in keys])
        return replay, graph.noise(replay.reached)

    labels = [x.label or f"leaf {i}" for i, x in enumerate(wrt, 1)]
    point, size = [x.data for x in wrt], len(graph.evaluator.order)
    slopes = Slopes(output.label or "output", labels, point, graph.adjoints_of(wrt), moving, size)
    return graph.check(slopes, wrt, rtol)


def _check_function(f: Callable[..., Any], at: Any, rtol: float) -> Check:
    call = Call(f, at)
    evaluation = Application(f, call.args)
    output, wrt = evaluation.single(), evaluation.variables
    for x, label in zip(wrt, call.labels, strict=True):
        x.named(label)
    graph = _Graph(output, rtol)
    size = len(graph.evaluator.order)
    noise = graph.noise(range(size))

    def moving(keys: Sequence[int]) -> tuple[Moving, float]:
        def value(numbers: Sequence[float]) -> tuple[float, Hashable]:
            result = Application(f, tuple(call.moved(keys, numbers))).single()
            return result.data, _piece(result)

        return value, noise

    def is_faithful(keys: Sequence[int]) -> bool:
        value, _ = moving(keys)
        return _agree(value, graph.evaluator.moving([wrt[k] for k in keys]), [call.point[k] for k in keys])

    again, _ = moving([])[0]([])
    if again != output.data and not (math.isnan(again) and math.isnan(output.data)):
        reason = "called twice at the same point, the function gives two values"
        graph.values.append(Finding(output.data, Difference(again, 0.0), "fail", reason, label=call.title))
    # To call the function and record costs some ten times what it costs to evaluate its graph.
    slopes = Slopes(call.title, call.labels, call.point, graph.adjoints_of(wrt), moving, 10 * size)
    return graph.check(slopes, wrt, rtol, is_faithful)


def _check_given(f: Callable[..., Any], at: Any, gradient: Any, rtol: float) -> Check:
    call = Call(f, at)
    if callable(gradient):
        gradient = gradient(*arguments(gradient, list(call.args) if len(call.args) > 1 else call.args[0]))
    given = Arguments(gradient, where="the gradient").scalars
    if len(given) != len(call.point):
        raise ValueError(f"the gradient has {len(given)} numbers, where the arguments have {len(call.point)}")

    def moving(keys: Sequence[int]) -> tuple[Moving, float]:
        return lambda numbers: (_number(f(*call.moved(keys, numbers)), call.title), None), 0.0

    moving([])[0]([])
    slopes = Slopes(call.title, call.labels, call.point, [(float(x), 0.0) for x in given], moving)
    return Check(slopes.title, slopes.findings(rtol), source="given", note=slopes.note)


def _number(y: Any, title: str) -> float:
    return y.data if isinstance(y, Value) else real(y, f"the check of what {title} returned")


class _Graph:
    """A recorded graph with its values and partials checked."""

    def __init__(self, output: Value, rtol: float) -> None:
        self.evaluator = Evaluator(output)
        self.adjoints = reverse({output: 1.0}, stored)
        self._gross = reverse({output: 1.0}, lambda node: [abs(x) for x in node.partials])
        self.values: list[Finding] = []
        self.edges: list[Finding] = []
        self.count = 0
        curved: set[tuple[str, int]] = set()
        for position, node in enumerate(self.evaluator.order, 1):
            if node.op is not None:
                self.count += 1
                wrong = check_value(node, position)
                if wrong is not None:
                    self.values.append(wrong)
                else:
                    self.edges.extend(check_partials(node, position, rtol, curved))

    def adjoints_of(self, wrt: Sequence[Value]) -> list[tuple[float, float]]:
        """The derivative by each, and how far the sum over paths may be off for rounding."""
        return [(self.adjoints.get(x, 0.0), 4.0 * EPSILON * self._gross.get(x, 0.0)) for x in wrt]

    def noise(self, places: Sequence[int]) -> float:
        """How far the output may be off if the nodes at these places are rounded."""
        nodes = (self.evaluator.order[i] for i in places)
        sizes = (abs(self.adjoints.get(node, 0.0) * node.data) for node in nodes)
        return EPSILON * math.fsum(size for size in sizes if size < math.inf)

    def check(
        self,
        slopes: Slopes,
        wrt: Sequence[Value],
        rtol: float,
        is_faithful: Callable[[Sequence[int]], bool] = lambda keys: True,
    ) -> Check:
        """The outcome, once those derivatives that differences cannot tell are settled by the edges on their way.

        That needs a graph that is faithful to what it is the graph of, as far as these arguments go.
        """
        if self.values:
            nothing = Difference(math.nan, math.inf, reason="the recorded values do not hold")
            found = [
                Finding(slope, nothing, "undecided", label=notation.derivative(slopes.title, label))
                for (slope, _), label in zip(slopes.claimed, slopes.labels, strict=True)
            ]
            return Check(slopes.title, found, self.edges, self.values, self.count)
        found = slopes.findings(rtol)
        doubtful = self._doubtful()
        kinks = any(x.verdict == "kink" for x in self.edges)
        for i, finding in enumerate(found):
            keys = [i] if slopes.is_one_by_one else range(len(wrt))
            if not any(id(wrt[k]) in doubtful for k in keys):
                found[i] = _settled(finding, kinks, partial(is_faithful, keys))
        return Check(slopes.title, found, self.edges, self.values, self.count, note=slopes.note)

    def _doubtful(self) -> set[int]:
        """The nodes from which some edge on the way to the output does not hold."""
        bad = {(id(x.node), x.slot) for x in self.edges if not x.holds}
        doubtful: set[int] = set()
        for node in reversed(self.evaluator.order):
            is_doubtful = id(node) in doubtful
            doubtful |= {id(x) for i, x in enumerate(node.operands) if is_doubtful or (id(node), i) in bad}
        return doubtful


def _agree(value: Moving, replay: Moving, point: Sequence[float]) -> bool:
    """Whether a function and the graph that it recorded have the same values, near the point and further off."""
    _, piece = value(point)
    for factor in (0.999, 1.001, 0.5, 2.0):
        moved = [x * factor if x else factor - 1.0 for x in point]
        try:
            there, other = value(moved)
            if other == piece and there != replay(moved)[0]:
                return False
        except (ArithmeticError, ValueError):
            continue
    return True


def _settled(finding: Finding, meets_kinks: bool, is_faithful: Callable[[], bool]) -> Finding:
    """A finding on the whole in the light of the edges on its way, which all hold."""
    if finding.verdict == "undecided" and math.isfinite(finding.engine):
        reason = finding.difference.reason or "rounding hides how the function changes"
        if not is_faithful():
            return replace(finding, reason=f"{reason}, and a value left the graph, as through float(x) or x.data")
        return replace(finding, verdict="pass", reason=f"by its edges, which all hold; {reason}")
    if finding.verdict == "fail":
        if math.isnan(finding.engine):
            reason = "an infinite partial meets a 0 on the way"
        elif meets_kinks:
            reason = "it passes kinks, whose subgradients need not add up to one"
        else:
            reason = "every partial on the way holds, so a value left the graph, as through float(x) or x.data"
        return replace(finding, reason=f"{mistake(finding.engine, finding.difference)}; {reason}")
    return finding


def _piece(output: Value) -> Hashable:
    """A label of the smooth piece of a function that recorded this: which operations, and on which piece of each."""
    return tuple(
        (node.op.name, node.op.branch(*[x.data for x in node.operands]))
        for node in topological_order(output)
        if node.op is not None
    )
