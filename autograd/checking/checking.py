"""Checking derivatives against finite differences, and naming the rule that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.checking.calls import call_of
from autograd.checking.fidelity import agree, differing, escaped
from autograd.checking.given import Given
from autograd.checking.graphs import Graph
from autograd.checking.hints import hinted
from autograd.checking.outputs import Outputs, Recorded
from autograd.checking.report import Check
from autograd.checking.signatures import Call
from autograd.checking.slopes import Moving, Output, Slopes
from autograd.graph import if_none, unrelated
from autograd.value import Value, topological_order


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
    found, note = given.findings(rtol)
    check = Check(call.title, found, note=note, symmetry=given.symmetry(found, rtol))
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
    return Check(
        title,
        graph.findings(slopes, is_faithful),
        hinted(graph.edges),
        graph.values,
        graph.count,
        slopes.note,
        graph.sweeps,
        graph.curvatures,
        None if graph.values else outputs.symmetry(slopes.claims.rows),
        outputs=outputs.nodes,
    )
