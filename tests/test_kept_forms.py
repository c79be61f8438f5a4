"""Printed forms with their words: solutions, reasons, worksheets, pictures, pages, reports and messages.

Each form of each graph is kept as a checksum.  A change is to be looked at: `python tests/test_kept_forms.py NAME`
prints the forms whose names contain NAME, with the change and without.  If it is meant, keep it: without a name, the
program rewrites tests/data/forms.txt.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from unittest import mock

import pytest
from drawn import HOSTILE, neuron, random_graph, with_label
from effort import IS_WITH_ALL_KEPT_NUMBERS
from faults import faulty
from kept import DATA, checksum, read, rewrite
from networks import cost, essay, network
from samples import chain, named_operands, olah, random_derivative

import autograd as ag
import nn
from autograd import TABLE, Value, ops
from autograd.__main__ import main
from autograd.context import quiet
from autograd.expressions import assignment, evaluate
from autograd.symbolic.algebra import tidy
from autograd.symbolic.calculus import Context, derivation
from autograd.symbolic.derivations import put_in, typeset, typeset_note
from autograd.symbolic.formula import Formula, apply, literal, symbol
from autograd.symbolic.javascript import JavaScriptPrinter
from autograd.symbolic.notation import because, factor, rounded, write
from autograd.symbolic.recognition import familiar
from autograd.symbolic.text import PlainPrinter
from autograd.symbolic.textbook import Reason, decided, divides_by_zero, spelled
from autograd.symbolic.typesetting import escape, has_upper_index, is_name, number, round_to, visible
from autograd.symbolic.typesetting import name as name_of
from autograd.symbolic.typesetting import parsed as label_parts
from autograd.testing import SEED
from autograd.tracing.marking import arithmetic, judged, parsed
from autograd.tracing.slopes import changes_in_jumps, is_flat, is_saturated, zero_condition
from autograd.tracing.variants import varied

KEPT = DATA / "forms.txt"
# The quick profile compares every so many forms.
STRIDE = 97
STYLES = ("text", "latex", "html")
Graph = tuple[Value, Value]
Case = Callable[[], Iterable[Any]]
# The refusals that are forms too.
REFUSALS = (TypeError, ValueError, ArithmeticError, LookupError, RuntimeError)


# --- forms of one derivative


def attempted(make: Callable[[], Any]) -> Any:
    """Return a result, or the message of its refusal."""
    try:
        return make()
    except REFUSALS as error:
        return f"{type(error).__name__}: {error}"


def printed(result: Any, methods: Iterable[str] = ("latex", "html")) -> Iterator[str]:
    """Yield a result as text and in each format that it has."""
    yield str(result)
    for method in methods:
        if hasattr(result, method):
            yield getattr(result, method)()


def each(*makes: Callable[[], Any]) -> Iterator[str]:
    """Yield several results as text and LaTeX."""
    for make in makes:
        yield from printed(attempted(make), ("latex",))


def in_notebooks(target: Value, wrt: Value) -> Iterator[Any]:
    """Yield what notebooks show of everything that a trace makes, and Markdown."""
    trace = ag.trace(target, wrt)
    sheet = trace.worksheet(2)
    results = (trace, trace.steps(), trace.why(), trace.nudge(0.5), trace.sweep("reverse"), trace.modes(), sheet)
    for result in (*results, sheet.mark({}), ag.check_by_hand(target)):
        yield from printed(result, ("markdown", "_repr_html_", "_repr_latex_", "_repr_markdown_", "__repr__"))


def solution(target: Value, wrt: Value) -> Iterator[Any]:
    trace = ag.trace(target, wrt)
    yield from printed(trace)
    yield from (repr(trace.factors), repr(trace.stations), f"{trace.path_count} {trace.factored} {trace.value:.6g}")
    yield from each(lambda: ag.trace(target, wrt, max_paths=1), lambda: ag.paths(target, wrt))
    yield from (node._repr_latex_() for node in ag.topological_order(target)[-9:])  # type: ignore[attr-defined]


def steps(target: Value, wrt: Value) -> Iterator[Any]:
    trace = ag.trace(target, wrt)
    derived = trace.steps()
    yield from printed(derived)
    yield from (f"{d!r} {d.rules} {d.first_rules} {d.in_one_line}" for d in derived.derivations)
    yield f"{derived.count} {len(derived.derivations)}"


def further_steps(target: Value, wrt: Value) -> Iterator[Any]:
    """Yield derivations of few paths, with operations opened and closed, and of chosen stations."""
    trace = ag.trace(target, wrt)
    defined = [op for op in TABLE.values() if op.definition is not None]
    yield from each(
        lambda: ag.trace(target, wrt, max_paths=1).steps(),
        lambda: trace.steps(open=()),
        lambda: trace.steps(open=defined),
        lambda: trace.steps(of=target),
        lambda: trace.steps(of=[node for node in trace.stations.nodes[1:] if node.label][:2]),
    )


def reasons(target: Value, wrt: Value) -> Iterator[Any]:
    why = ag.trace(target, wrt).why()
    yield from printed(why)
    yield from (f"{cause!r} {cause.kind} {cause.share:.4g}" for cause in why.causes)


def nudges(target: Value, wrt: Value) -> Iterator[Any]:
    trace = ag.trace(target, wrt)
    yield from each(*(partial(trace.nudge, step) for step in (0.25, -3.0)))


def sweeps(target: Value, wrt: Value) -> Iterator[Any]:
    trace = ag.trace(target, wrt)
    yield from each(lambda: trace.sweep("forward"), lambda: trace.sweep("reverse"))
    yield from (str(trace.modes(style)) for style in STYLES)
    for direction in ("forward", "reverse"):
        sweep = trace.sweep(direction)
        yield {mode: f"{count} {count.total}" for mode, count in sweep.operations.items()}
        yield [f"{value:.4g}" for value in sweep.values.values()]


def worksheets(target: Value, wrt: Value) -> Iterator[Any]:
    trace = ag.trace(target, wrt)
    for seed, difficulty in enumerate(("easy", "medium", "hard")):
        sheet = attempted(lambda: trace.worksheet(seed, difficulty=difficulty))  # noqa: B023
        yield from (sheet, getattr(sheet, "markdown", str)(), getattr(sheet, "latex", str)())
    sheet = attempted(lambda: trace.worksheet(3, steps=("name the rule", "multiply"), vary=5))
    yield sheet
    if hasattr(sheet, "answers"):
        answers = {answer.number: answer.text for answer in sheet.answers}
        wrong = {number: "2*x" if number % 2 else 0.125 for number in list(answers)[1:]}
        yield from printed(sheet.mark(answers))
        yield from printed(sheet.mark(wrong))
    yield from each(lambda: trace.worksheet(4, share=1.0, steps="name the rule"))
    yield from each(lambda: trace.worksheet(5, share=0.2, vary=True))


def class_sheets(target: Value, wrt: Value) -> Iterator[Any]:
    traces = [ag.trace(target, wrt), ag.trace(target, wrt, max_paths=1)]
    for options in ({"seed": 3}, {"vary": False, "difficulty": "hard"}):
        sheets = attempted(lambda: ag.worksheets(traces, students=3, **options))  # noqa: B023
        yield repr(sheets)
        if isinstance(sheets, str):
            continue
        yield from (sheets, sheets.latex(), sheets.markdown())
        yield from (sheets.exercises(), sheets.answer_keys(), sheets.exercises("text"), sheets.answer_keys("markdown"))


def picture(target: Value, wrt: Value) -> Iterator[Any]:
    drawing = ag.draw(target, wrt)
    yield from (drawing.svg(), drawing.describe(), drawing.table(), repr(drawing), drawing._repr_mimebundle_())


def exported_pictures(target: Value, wrt: Value) -> Iterator[Any]:
    looks = ({"detail": "operations"}, {"show": "forward", "constants": "nodes"}, {"direction": "right"})
    for drawing in (ag.draw(target, wrt, **look) for look in looks):
        yield from (drawing.dot.source, drawing.tikz(), drawing.mermaid(), drawing.describe())


def page(target: Value, wrt: Value) -> Iterator[Any]:
    found = ag.explore(target, wrt)
    contents = found.contents
    yield from (repr(found), repr(contents), json.dumps(contents.data(), indent=0), contents.rules)
    yield from (sorted(contents.calls), found._note(), found._static(), found._repr_mimebundle_())


def programs(target: Value, wrt: Value) -> Iterator[Any]:
    compiled = ag.compile(target, [wrt] if wrt.op is None else None)
    yield from (compiled.equations(), compiled.equations(latex=True), compiled.equations(numbers=True))
    yield from (compiled.equations(latex=True, numbers=True), compiled.report(), repr(compiled))


def checked_by_hand(target: Value, wrt: Value) -> Iterator[Any]:
    """Yield the reports on derivatives that are right, missing, doubled, of the wrong sign, or those of a neighbour."""
    nodes = [node for node in ag.topological_order(target) if not node.constant]

    def fill() -> None:
        for node in nodes:
            node.grad = 0.0
        target.backward()

    for mistake in (lambda g, p: g, lambda g, p: 0.0, lambda g, p: 2.0 * g, lambda g, p: -g, lambda g, p: p):
        fill()
        before = 1.0
        for node in nodes:
            node.grad, before = mistake(node.grad, before), node.grad
        yield from each(lambda: ag.check_by_hand(target), lambda: ag.check_by_hand(target, [wrt], rtol=0.05))
    fill()
    for node in nodes[-12:]:
        if node.operands and not node.operands[0].constant:
            node.operands[0].grad = node.partials[0]
            yield ag.check_by_hand(target)
            fill()


def joined(*forms: Callable[[Value, Value], Iterator[Any]]) -> Callable[[Value, Value], Iterator[Any]]:
    """Return a form of several parts; a part that is refused gives its message."""

    def form(target: Value, wrt: Value) -> Iterator[Any]:
        for part in forms:
            try:
                yield from part(target, wrt)
            except REFUSALS as error:
                yield f"{type(error).__name__}: {error}"

    return form


FORMS: dict[str, Callable[[Value, Value], Iterator[Any]]] = {
    "solution": joined(solution),
    "steps": joined(steps, further_steps),
    "calculus": joined(solution, steps, further_steps),
    "explanations": joined(reasons, nudges, sweeps),
    "explanations and page": joined(reasons, nudges, sweeps, page, programs),
    "worksheets": joined(worksheets),
    "class sheets": joined(class_sheets),
    "pictures": joined(picture, exported_pictures),
    "page": joined(page, programs),
    "check by hand": joined(checked_by_hand),
    "in notebooks": joined(in_notebooks),
}


# --- graphs


def operations() -> dict[str, Callable[[], Graph]]:
    """Return the graphs of single operations: of first and second order, with numbers, and in a neuron."""

    def ends(op: ag.Op, last: bool) -> Graph:
        operands = [x for x in named_operands(op) if isinstance(x, Value)]
        return op(*_refilled(op, operands)).named("r"), operands[-1 if last else 0]

    def twice(op: ag.Op) -> Graph:
        result, x = ends(op, last=False)
        return ag.gradient(result, x), x

    def inner(op: ag.Op) -> Graph:
        """Put an expression into the first slot, and square the result."""
        operands = [x for x in named_operands(op) if isinstance(x, Value)]
        w = Value(0.5, "w")
        operands[0] = (w * operands[0].data + operands[0] * 0.5).named("AS")
        out = op(*_refilled(op, operands)).named("out")
        return ((out - 1.0) ** 2).named("C"), w

    def thrice(op: ag.Op) -> Graph:
        """Differentiate the square of an operation on an unnamed expression twice."""
        operands = [x for x in named_operands(op) if isinstance(x, Value)]
        x = operands[0]
        operands[0] = x * 0.75 + 0.25 * x.data
        y = op(*_refilled(op, operands)) ** 2
        return ag.gradient(y, x).named("g"), x

    graphs: dict[str, Callable[[], Graph]] = {}
    for op in TABLE.values():
        if op.partials.__module__ != ag.ops.__name__:
            continue
        graphs[op.name] = partial(ends, op, last=False)
        if (op.arity or 4) > 1:
            graphs[f"{op.name} by the last"] = partial(ends, op, last=True)
        graphs[f"{op.name}, twice"] = partial(twice, op)
        graphs[f"{op.name} within"] = partial(inner, op)
        graphs[f"{op.name} squared, twice"] = partial(thrice, op)
    return graphs


def _refilled(op: ag.Op, operands: Iterable[Value]) -> list[Any]:
    """Return the operands of an operation, with its numbers between them."""
    rest = iter(operands)
    return [next(rest) if isinstance(x, Value) else x for x in named_operands(op)]


def leaf(x: float, label: str = "x") -> Value:
    return Value(x, label)


def pieces() -> dict[str, Callable[[], Graph]]:
    """Return graphs of which one piece holds: off, at a kink, in a tie, saturated, and outside."""

    def of(function: Callable[..., Value], *data: float) -> Callable[[], Graph]:
        def graph() -> Graph:
            xs = [Value(x, "xyz"[i]) for i, x in enumerate(data)]
            return (function(*xs) * 3.0).named("r"), xs[0]

        return graph

    # Operations of a user: a piecewise one with its own symbols, one with a bracket, and one without formulas.
    cut = replace(TABLE["relu"], name="cut", symbol="cut₀", latex=r"\operatorname{{cut}}_0", written=None)
    bowl = replace(TABLE["abs"], name="bowl", symbol="<{0}>", latex=r"\langle{0}\rangle", written=None)
    opaque = replace(TABLE["sin"], name="opaque_one", partials=lambda x, z: (math.cos(x),), written=None)
    functions: dict[str, tuple[Callable[..., Value], list[tuple[float, ...]]]] = {
        "own cut": (cut, [(-1.5,), (0.0,), (1.5,)]),
        "own bowl": (bowl, [(-1.5,), (0.0,)]),
        "own opaque": (opaque, [(0.5,), (math.pi / 2.0,)]),
        "relu": (ag.relu, [(-1.5,), (0.0,), (1.5,)]),
        "relu of a sum": (lambda x: ag.relu(x * 2.0 - 5.0), [(1.0,), (2.5,), (4.0,)]),
        "abs": (ag.abs, [(-1.5,), (0.0,), (1.5,)]),
        "sign": (ag.sign, [(-1.5,), (0.0,)]),
        "step": (ag.step, [(-1.5,), (0.0,)]),
        "floor": (ag.floor, [(1.5,), (2.0,)]),
        "maximum": (ag.maximum, [(1.0, 2.0), (2.0, 1.0), (2.0, 2.0)]),
        "minimum of a number": (lambda x: ag.minimum(x, 2.0), [(1.0,), (2.0,), (3.0,)]),
        "clip": (lambda x: ag.clip(x, -1.0, 1.0), [(-2.0,), (-1.0,), (0.5,), (1.0,), (3.0,)]),
        "where": (lambda x, y: ag.where(x, y, x * y), [(1.0, 2.0), (0.0, 2.0), (-1.0, 3.0)]),
        "where of a step": (lambda x, y: ag.where(ag.step(x - y), x**2, y**3), [(1.0, 2.0), (2.0, 1.0), (2.0, 2.0)]),
        "leaky": (ag.leaky_relu, [(-1.5,), (0.0,), (2.0,)]),
        "elu": (ag.elu, [(-1.5,), (0.0,), (2.0,), (-40.0,)]),
        "remainder": (lambda x, y: ag.remainder(x, y), [(5.5, 2.0), (-5.5, 2.0)]),
        "sigmoid": (ag.sigmoid, [(-30.0,), (0.0,), (8.0,), (800.0,)]),
        "tanh": (ag.tanh, [(-20.0,), (0.0,), (5.0,)]),
        "erf": (ag.erf, [(0.0,), (4.0,)]),
        "square": (lambda x: x**2, [(0.0,), (-0.0,), (1e-9,), (1e200,)]),
        "power": (lambda x, y: x**y, [(0.0, 2.0), (2.0, 0.0), (0.0, 1.0), (1.0, 5.0)]),
        "root": (ag.sqrt, [(0.0,), (1e-12,), (4.0,)]),
        "cube root": (ag.cbrt, [(0.0,), (-8.0,)]),
        "product": (lambda x, y: x * y, [(2.0, 0.0), (0.0, 0.0), (1e-5, 1e-5), (math.inf, 2.0), (2.0, math.inf)]),
        "hypot": (lambda x, y: ag.hypot(x, y), [(0.0, 3.0), (0.0, 0.0), (3.0, 4.0)]),
        "atan2": (lambda y, x: ag.atan2(y, x), [(0.0, 1.0), (1.0, 0.0), (-1.0, -1.0)]),
        "sine": (ag.sin, [(0.0,), (math.pi / 2.0,), (math.pi,)]),
        "logarithm": (ag.log, [(1.0,), (1e-9,), (1e12,)]),
        "exponential": (ag.exp, [(0.0,), (-30.0,), (710.0,)]),
        "softmax": (lambda x, y, z: ag.softmax([x, y, z])[0], [(1.0, 1.0, 1.0), (9.0, 0.0, -9.0), (-20.0, 20.0, 0.0)]),
        "cross-entropy": (lambda x, y: -ag.log(ag.softmax([x, y])[0]), [(1.0, 2.0), (30.0, 0.0)]),
        "distance": (lambda x, y, z: ag.dist([x, y], [z, 1.0]), [(1.0, 2.0, 3.0), (3.0, 1.0, 3.0)]),
    }
    return {
        f"{name} at {', '.join(f'{x:g}' for x in data)}": of(function, *data)
        for name, (function, points) in functions.items()
        for data in points
    }


def averages() -> dict[str, Callable[[], Graph]]:
    """Return costs that are averages, sums and products of many terms."""

    def means(n: int, names: bool) -> Graph:
        w, b = leaf(0.5, "w"), leaf(-0.25, "b")
        rows = [(0.5 * k - 1.0, 0.25 * k * k) for k in range(n)]
        losses = [(w * x + b - y) ** 2 for x, y in rows]
        if names:
            losses = [loss.named(f"L[{k + 1}]") for k, loss in enumerate(losses)]
        return (ag.total(losses) / n).named("C"), w

    def logistic(n: int) -> Graph:
        w, b = leaf(0.5, "w"), leaf(-0.25, "b")
        terms = [ag.softplus(-((-1.0) ** k) * (w * (k - 1.5) + b)) for k in range(n)]
        return (ag.total(terms) / n + 0.01 * w**2).named("C"), w

    def activation(n: int, named: bool) -> Graph:
        ws = [leaf(0.1 * (k + 1), f"w[{k + 1}]") for k in range(n)]
        xs = [leaf(1.0 / (k + 1), f"x[{k + 1}]") for k in range(n)]
        AS = ag.total([w * x for w, x in zip(ws, xs, strict=True)]) + leaf(0.5, "b")
        return (ag.sigmoid(AS.named("AS") if named else AS) ** 2).named("C"), ws[n // 2]

    def polynomial(n: int) -> Graph:
        x = leaf(1.5)
        return ag.total([(k + 1.0) * x**k for k in range(n)]).named("p"), x

    def difference() -> Graph:
        x, y = leaf(3.0), leaf(1.0, "y")
        return ((x - y) * (x + y) - (x * x - y * y) + 0.5 * x - x / 2.0).named("zero"), x

    return {
        **{f"mean of {n}": partial(means, n, False) for n in (1, 2, 3, 9)},
        **{f"mean of {n} named": partial(means, n, True) for n in (2, 5, 30)},
        **{f"logistic loss of {n}": partial(logistic, n) for n in (1, 4)},
        **{f"activation of {n}": partial(activation, n, True) for n in (1, 2, 3, 4, 7, 40)},
        **{f"activation of {n}, unnamed": partial(activation, n, False) for n in (2, 5, 12)},
        **{f"polynomial of {n} terms": partial(polynomial, n) for n in (2, 4, 9)},
        "difference of equals": difference,
    }


def shapes() -> dict[str, Callable[[], Graph]]:
    """Return deep and wide graphs, with many paths, equal names and no names."""

    def stations(n: int) -> Graph:
        x = y = leaf(0.5)
        for k in range(n):
            y = (ag.tanh(y) + 0.5 * y).named(f"y[{k + 1}]")
        return y, x

    def diamonds(n: int, named: bool) -> Graph:
        x = y = leaf(0.75)
        for k in range(n):
            y = ag.sin(y) * (y + 1.0)
            y = y.named(f"y[{k + 1}]") if named else y
        return y.named("z"), x

    def fan(n: int) -> Graph:
        x = leaf(0.5)
        return ag.total([(x * (k - 3.0)).named(f"y[{k}]") for k in range(n)]).named("z"), x

    def unnamed(n: int) -> Graph:
        x, y = leaf(0.5, ""), leaf(2.0, "")
        z = x
        for _ in range(n):
            z = ag.exp(z * y - 1.0) / (x + 2.0)
        return z, x

    def twins() -> Graph:
        """Equal labels, and a cost in which two hidden neurons are alike."""
        x, w, v = leaf(1.5), leaf(0.5, "w"), leaf(0.5, "w")
        h = [ag.tanh(w * x).named("h"), ag.tanh(v * x).named("h")]
        return ((h[0] * 0.5 + h[1] * 0.5) ** 2).named("C"), w

    def symmetric(labels: bool) -> Graph:
        x, w = leaf(1.5), [leaf(0.5, f"w[{k}]" if labels else "") for k in range(2)]
        v = [leaf(0.25, f"v[{k}]") for k in range(2)]
        h = [ag.tanh(w[k] * x) for k in range(2)]
        return ((h[0] * v[0] + h[1] * v[1] - 1.0) ** 2).named("C"), w[0]

    def cancelling(n: int) -> Graph:
        x = leaf(0.5)
        terms = [(x * (-1.0) ** k * (1.0 + k // 2)).named(f"t[{k}]") for k in range(n)]
        return (ag.total(terms).named("s") * 2.0).named("C"), x

    def small() -> Graph:
        x = leaf(0.5)
        y = (x * 1e-3).named("y")
        return ag.total([(y * 1e-2 * (k + 1)).named(f"z[{k}]") for k in range(5)]).named("C"), x

    def off() -> Graph:
        """Each path has a slope of 0, at different nodes."""
        x = leaf(-1.0)
        a, b = ag.relu(x * 2.0).named("a"), ag.relu(x - 3.0).named("b")
        return (a * 2.0 + b * 3.0 + ag.relu(x * 5.0) ** 2).named("C"), x

    def partly_off() -> Graph:
        x = leaf(-1.0)
        return (ag.relu(x * 2.0).named("a") + (x * 0.5).named("b")).named("C"), x

    def infinite() -> Graph:
        x = leaf(0.0)
        return (ag.sqrt(x).named("s") * 2.0 + ag.cbrt(x)).named("C"), x

    def partly_infinite() -> Graph:
        x = leaf(0.0)
        return (ag.sqrt(x).named("s") * 2.0 + x * 3.0 + 1.0 / (x + 1.0)).named("C"), x

    def direct() -> Graph:
        """A path from end to end beside one through a station."""
        x = leaf(2.0)
        u, v = (x * x).named("u"), ag.sin(x).named("v")
        return (u * x + v * u - 3.0 * x).named("y"), x

    def itself() -> Graph:
        x = leaf(2.0)
        return x, x

    def from_within() -> Graph:
        *_, c, d, e = olah()
        return (e * c - d).named("f"), c

    def far_apart() -> Graph:
        x, y = leaf(1e-200), leaf(3e15, "y")
        return (x * 1e200 * y + y / 7.0 - 123456.789).named("z"), y

    return {
        **{f"{n} stations": partial(stations, n) for n in (3, 11, 12, 13, 23, 24, 25, 27, 40)},
        **{f"{n} diamonds": partial(diamonds, n, True) for n in (1, 2, 3, 4, 12)},
        **{f"{n} diamonds, unnamed": partial(diamonds, n, False) for n in (2, 3)},
        "60 diamonds": partial(diamonds, 60, True),
        **{f"fan of {n}": partial(fan, n) for n in (2, 3, 4, 5, 8, 9, 26)},
        **{f"{n} steps, unnamed": partial(unnamed, n) for n in (1, 2, 4)},
        "twins": twins,
        "symmetry": partial(symmetric, True),
        "symmetry, unnamed": partial(symmetric, False),
        **{f"{n} terms that cancel": partial(cancelling, n) for n in (2, 4, 10)},
        "small slopes": small,
        "relus that are off": off,
        "relu that is off beside a path": partly_off,
        "infinite slopes": infinite,
        "one infinite slope": partly_infinite,
        "direct path": direct,
        "olah": _olah,
        "a node by itself": itself,
        "by a result": from_within,
        "numbers far apart": far_apart,
        "neuron": lambda: (lambda C, ws, xs: (C, ws[3]))(*neuron(9)),
        "chain of signs": lambda: chain(5)[::-1],
        **{f"random graph {seed}": partial(_random, seed) for seed in range(3)},
    }


def _olah() -> Graph:
    _, b, *_, e = olah()
    return e, b


def _random(seed: int) -> Graph:
    z, leaves = random_graph(seed, 12)
    return z.named("z"), leaves[0]


def perceptrons() -> dict[str, Callable[[], Graph]]:
    def of(activation: str, loss: Any, sizes: list[int], target: Any) -> Callable[[], Graph]:
        def graph() -> Graph:
            net = nn.MLP(sizes[0], sizes[1:], activation, seed=2)
            C = loss(net([0.5 - k for k in range(sizes[0])]), target).named("C")
            return C, net.layers[0].weight[1, 0]

        return graph

    return {
        "perceptron": of("sigmoid", nn.quadratic, [2, 3, 2], [1.0, 0.0]),
        "perceptron of tanh": of("tanh", nn.mean_squared, [3, 2, 2, 1], [0.5]),
        "perceptron of relu": of("relu", nn.hinge, [2, 3, 2], [1.0, -1.0]),
        "classifier": of("tanh", nn.cross_entropy, [2, 2, 3], 1),
    }


def labels() -> dict[str, Callable[[], Graph]]:
    """Return graphs with conventional, long and hostile names."""
    conventional = [
        *(
            "W^2[1,2]",
            "theta",
            "alpha'",
            "x_1",
            "b^3[12]",
            "delta^L",
            "loss",
            "long_name",
            "x1",
            "out[i,j]",
            "w′",
            "Δx",
        ),
        *("a b", "2x", "e", "pi", "S", "x*w + b", "γ̄", "max", "v[1]", "∂y", "theta[1]", "lambda", "", "partial_sum2"),
    ]

    def named(label: str) -> Graph:
        x, y = leaf(0.5, label), leaf(2.0, f"{label}2")
        u = (x * y + 1.0).named(label)
        return (ag.sigmoid(u).named(f"out {label}" if " " in label else "out") * x).named("C"), x

    return {
        **{f"label {label!r}": partial(named, label) for label in conventional},
        **{f"hostile label {ascii(label)[:20]}": partial(with_label, label) for label in HOSTILE},
    }


def graphs() -> dict[str, Case]:
    """Return the forms of all graphs: all of the larger ones, and those of calculus of single operations."""
    texts = ("solution", "steps", "explanations", "worksheets")
    every = (*texts, "pictures", "page", "check by hand")
    randoms = {f"derivative {seed}": partial(random_derivative, seed) for seed in range(100, 130)}
    randoms_twice = {f"derivative {seed}, twice": partial(_differentiated, seed) for seed in range(130, 142)}
    groups: list[tuple[Mapping[str, Callable[[], Graph]], Iterable[str]]] = [
        (operations(), ("calculus", "explanations and page")),
        (pieces(), ("calculus", "explanations and page", "worksheets")),
        (averages(), every),
        (shapes(), every),
        (perceptrons(), every),
        (labels(), (*texts, "pictures", "page", "check by hand")),
        (randoms, every),
        (randoms_twice, (*texts, "page")),
        ({**averages(), **perceptrons()}, ("class sheets", "in notebooks")),
    ]
    return {
        f"{name}: {form}": partial(_form, graph, FORMS[form])
        for some, forms in groups
        for name, graph in some.items()
        for form in forms
    }


def _differentiated(seed: int) -> Graph:
    y, x = random_derivative(seed)
    return ag.gradient(y, x).named("g"), x


def _form(graph: Callable[[], Graph], form: Callable[[Value, Value], Iterator[Any]]) -> Iterator[Any]:
    yield from form(*graph())


# --- pictures, pages and reports with options


def looks() -> dict[str, Case]:
    """Return pictures and pages of one graph or network each, with their options."""

    def drawn(graph: Callable[[], Graph], **look: Any) -> Case:
        def form() -> Iterator[Any]:
            target, wrt = graph()
            drawing = ag.draw(target, wrt, **look)
            yield from (drawing.svg(), drawing.dot.source, drawing.tikz(), drawing.mermaid())
            yield from (drawing.describe(), drawing.table(), repr(drawing))

        return form

    def explored(graph: Callable[[], Graph], **look: Any) -> Case:
        def form() -> Iterator[Any]:
            target, wrt = graph()
            found = ag.explore(target, wrt, **look)
            contents = found.contents
            yield from (found.title, repr(found), json.dumps(contents.data(), indent=0), contents.rules)
            yield from (sorted(contents.calls), found._note(), found._network, found._steps)

        return form

    def diagram(sizes: tuple[int, ...], wrt: int | None = None, **look: Any) -> Case:
        def form() -> Iterator[Any]:
            net = network(*sizes)
            x = [0.25 * (k + 1) for k in range(sizes[0])]
            weight = None if wrt is None else net.layers[wrt].weight[0, -1]
            drawing = ag.draw_network(net, x, wrt=weight, cost=cost(net(x), [0.5] * sizes[-1]), **look)
            yield from (drawing.svg(), drawing.dot.source, drawing.describe(), repr(drawing))

        return form

    def unfed() -> Iterator[Any]:
        net, _ = essay()
        drawing = ag.draw_network(net)
        yield from (drawing.svg(), drawing.describe(), repr(drawing))

    def explored_network() -> Iterator[Any]:
        for theme in ("auto", "dark"):
            net, x = essay()
            C = cost(net(x), [1.0, 1.0])
            w = net.layers[1].weight[0, 0]
            found = ag.explore(C, w, net=net, x=x, theme=theme, steps=ag.trace(C, w).steps(), direction="right")
            yield from (found._network, found._steps, repr(found), json.dumps(found.contents.data(), indent=0))
            yield ag.explore(C, C.operands[0] if theme == "dark" else None, net=net, x=x)._network

    def classifier() -> Graph:
        return perceptrons()["classifier"]()

    def wide() -> Graph:
        return averages()["activation of 40"]()

    def last_steps() -> Graph:
        z, _ = _random(1)
        return z, z.operands[0]

    tangle = partial(_random, 7)
    details: dict[str, Case] = {
        f"picture of a classifier, {detail}, {name}": drawn(classifier, detail=detail, **look)
        for detail in ("operations", "neurons", "layers")
        for name, look in {
            "plain": {},
            "one open": {"open": "layer 3"},
            "none open": {"open": []},
            "few shown": {"max_shown": 1},
            "without groups": {"groups": False, "direction": "right"},
        }.items()
    }
    options: dict[str, dict[str, Any]] = {
        "direction": {"direction": "right"},
        **{f"theme {theme}": {"theme": theme} for theme in ("light", "dark", "print", "olah")},
        **{f"show {show}": {"show": show} for show in ("forward", "values")},
        **{f"edges {edges}": {"edges": edges} for edges in ("number", "value", "contribution", "none")},
        "constants": {"constants": "nodes"},
    }
    return {
        **details,
        **{f"picture of olah, {name}": drawn(_olah, **look) for name, look in options.items()},
        **{f"picture of a tangle, {name}": drawn(tangle, **look) for name, look in options.items()},
        "picture of a wide sum": drawn(wide, detail="neurons"),
        "picture of a wide sum, few shown": drawn(wide, detail="neurons", max_shown=3),
        "picture of a graph too large": lambda: each(lambda: drawn(classifier, max_nodes=5, detail="operations")),
        "diagram without an example": unfed,
        "diagram": diagram((3, 4, 2)),
        "diagram of one derivative": diagram((3, 4, 2), 0),
        "diagram of gradients": diagram((2, 3, 1), 1, show="gradients"),
        "diagram, few shown": diagram((6, 9, 7), 1, max_shown=3, theme="dark"),
        "diagram, numbers in neurons": diagram((2, 3, 1), numbers="neurons", inputs=["<a>", "b & c"], outputs=["yes"]),
        "diagram without numbers": diagram((5, 12, 4), numbers="none", theme="print"),
        "page, to the right": explored(_olah, direction="right", theme="light"),
        "page of a slice": explored(last_steps, max_nodes=6),
        "page of a wide sum": explored(wide),
        "page of a network": explored_network,
        "pages in themes": lambda: [ag.explore(_olah()[0], theme=theme).html() for theme in ("light", "dark")],
    }


def plots() -> dict[str, Case]:
    """Return what is drawn on axes, with its looks."""

    def drawn(f: Any, span: Any, **options: Any) -> Case:
        def form() -> Iterator[Any]:
            axes = mock.MagicMock()
            ag.plot(f, span, ax=axes, **options)
            for name, arguments, looks in axes.mock_calls:
                yield f"{name} {_rounded(arguments)} {looks}"

        return form

    def refused(*cases: tuple[Any, Any, dict[str, Any]]) -> Case:
        def form() -> Iterator[Any]:
            for f, span, options in cases:
                yield attempted(lambda: ag.plot(f, span, ax=mock.MagicMock(), **options) and "drawn")  # noqa: B023

        return form

    weight = Value(2.0, "w")

    def _private(x: Any) -> Any:
        return weight * x if x else weight

    f = ag.sigmoid
    return {
        "plot of a curve": drawn(f, (-6, 6)),
        "plot with a tangent": drawn(f, (-6, 6), at=0.5),
        "plot with a secant": drawn(f, (-6, 6), at=-1, nudge=2),
        "plot of several": drawn([f, ag.tanh, lambda x: x * x, _private], (-2, 3), at=0.5, nudge=-0.25),
        "plot of labels": drawn({"$a$": ag.sin, "_b": ag.cos, "": ag.exp}, (-1.0, 1.0), at=0.0),
        "plot of a kink": drawn(ag.relu, (-1, 2), at=0.0),
        "plot of two pieces": drawn(lambda x: ag.where(ag.step(x - 1.0), x * x, 3.0 * x), (0, 2), at=1.0),
        "plot of a smooth join": drawn(lambda x: ag.where(ag.step(x), x * x, -x * x), (-1, 1), at=0.0),
        "plot of jumps": drawn(ag.floor, (-2, 2.5)),
        "plot of a pole": drawn(lambda x: 1.0 / x, (-1, 2), at=0.5),
        "plot of two poles": drawn([lambda x: 1.0 / x, lambda x: 1.0 / (x - 1.0)], (-1, 2)),
        "plot of a tangent function": drawn(ag.tan, (0, 6)),
        "plot of a steep curve": drawn(lambda x: ag.tanh(x * 1e5), (-1, 1.5)),
        "plot outside the domain": drawn(ag.log, (-1, 3), at=2.0, nudge=0.5),
        "plot of roots": drawn(lambda x: ag.sqrt(x - 0.3) - ag.sqrt(0.8 - x), (0, 1)),
        "plot of a constant": drawn(lambda x: 2.0, (0, 1)),
        "plot of an infinity": drawn(lambda x: ag.exp(x * 1000.0), (0, 1)),
        "plots that are refused": refused(
            *((f, span, {}) for span in (3, "ab", (1,), (1, 2, 3), (2, 1), (1, 1))),
            *((f, span, {}) for span in ((0, math.inf), (math.nan, 1), (0, "1"))),
            *((f, (0, 1), {"at": at}) for at in (-0.5, 1.5, "x", math.nan, None)),
            *((f, (0, 1), {"at": 0.5, "nudge": step}) for step in (0.0, 1e-30, math.inf, math.nan, "x")),
            *((f, (0, 1), {"nudge": 0.5}), (f, (0, 1), {"at": 1.0, "nudge": 1.0}), (f, (0, 1), {"at": 0.0})),
            *((f, (-1, 1), {}) for f in ([], {}, 3, [ag.sin, 3], {"a": None})),
            *((f, (-1, 1), {}) for f in (lambda x: None, lambda x: [x, x], lambda x: "a")),
            *((f, (-1, 1), {"at": 0.0}) for f in (ag.log, ag.sqrt, lambda x: 1.0 / x, ag.floor)),
            *((ag.log, (1e-3, 1), {"at": 0.5, "nudge": -0.5}), (ag.log, (-3, -1), {}), (ag.acosh, (-3, 0.5), {})),
        ),
    }


def _rounded(content: Any) -> Any:
    """Return numbers with six digits in nested tuples and lists."""
    if isinstance(content, (list, tuple)):
        return [_rounded(x) for x in content]
    return f"{content:.6g}" if isinstance(content, float) else content


def documentation() -> dict[str, Case]:
    """Return what help() and notebooks show of operations."""
    initials = sorted({op.name[0] for op in TABLE.values()})

    def of(initial: str) -> Iterator[Any]:
        for op in TABLE.values():
            if op.name[0] == initial and op.partials.__module__ == ag.ops.__name__:
                yield from (op.__doc__, repr(op), op.needs())

    def values() -> Iterator[Any]:
        x = Value(3.0, "x[1]")
        long = ag.total([Value(float(k), f"a_long_name[{k}]") for k in range(60)])
        changed = x * 2.0
        yield from (repr(node) for node in (x, x * x, (x + 1).named("y"), long))
        yield from (node._repr_latex_() for node in (x, x * x, (x + 1).named("y"), long, Value(0.5)))  # type: ignore[attr-defined]
        x.data = 4.0
        yield changed._repr_latex_()  # type: ignore[attr-defined]
        with ag.source_lines():
            y = x * 3.0  # a comment that makes this line longer than the hundred characters that a report has room for
        yield from (str(ag.line_of(y)), repr(bool(ag.line_of(y))), ag.line_of(y).text, str(ag.line_of(x)))

    return {**{f"operations {x}…": partial(of, x) for x in initials}, "values": values}


def reports() -> dict[str, Case]:
    """Return reports of checks, networks and equations."""

    def notation(name: str, **options: Any) -> Case:
        def form() -> Iterator[Any]:
            net = nn.MLP(2, [3, 2], ["tanh", "sigmoid"], seed=1)
            yield from printed(nn.backprop(net, [0.5, -1.0], [1.0, 0.0], notation=name))
            yield from printed(nn.backprop(net, [[0.5, -1.0], [2.0, 0.25]], [[1.0, 0.0], [0.0, 1.0]], notation=name))

        return form

    def gradients() -> Iterator[Any]:
        net = nn.MLP(2, [3, 2], "relu", seed=1)
        nn.quadratic(net([0.5, -1.0]), [1.0, 0.0]).backward()
        for top in (1, 3, 99):
            yield from printed(net.gradients(top))

    def check(make: Callable[[], Any], *at: Any, **options: Any) -> Case:
        def form() -> Iterator[Any]:
            found = ag.gradcheck(make(), *at, **options)
            text = "\n".join(printed(found))
            yield re.sub(r"\d[\d.]*(?:e[-+]?\d+)?", _three_digits, text)

        return form

    def tangle(op: ag.Op | None = None) -> Value:
        xs = [Value(0.5 + 0.25 * k, f"x[{k}]") for k in range(3)]
        apply = op or TABLE["mul"]
        return (apply(xs[0], xs[1]) * 1.5 + apply(xs[1], xs[2]) / xs[0]).named("C")

    wrong = faulty("mul", lambda x, y, z: (x, y))
    signs = faulty("mul", lambda x, y, z: (-y, x))
    kinks = shapes()["relus that are off"]

    def function(x: Any, y: Any) -> Any:
        return x * x * y + x / (1.0 + y * y)

    return {
        **{f"backpropagation, {name}": notation(name) for name in ("essay", "nielsen", "3b1b", "ng")},
        "gradients of a network": gradients,
        "check that passes": check(tangle),
        "check of a wrong rule": check(lambda: tangle(wrong)),
        "check of a wrong sign": check(lambda: tangle(signs), order=2),
        "check at kinks": check(lambda: kinks()[0] + ag.relu(Value(0.0, "zero")) + ag.abs(Value(0.0, "z"))),
        "check of a function": check(lambda: function, [1.25, -0.5]),
        "check of a wrong gradient": check(lambda: function, [1.25, -0.5], gradient=[1.0, 2.0]),
        "check of a wrong Hessian": check(lambda: function, [1.25, -0.5], hessian=[[1.0, 2.0], [2.5, 4.0]]),
    }


def _three_digits(match: re.Match[str]) -> str:
    try:
        return f"{float(match[0]):.3g}"
    except ValueError:
        return match[0]


# --- expressions and the command line


EXPRESSIONS = [
    "y = 2*x + 1",
    "y = -x**2/(1 - x)",
    "AS = w*x + b; y = sigmoid(AS)",
    "y = dot([x, w], [2, 3], b)",
    "W[1,2] = x**-1\ny = max(W[1,2], 0.5e1)",
    "y = softmax([x, w, 1])[1]",
    "y = total([x, (w + 1)*b, 3])",
    "y = hypot(x, w) + log(x)",
    "y = ((x))",
    "a^2[i] = +x; y = a^2[i]*π",
]
TOKENS = [
    *("x", "2", "1.5e3", "2j", "+", "-", "*", "/", "**", "^", "(", ")", "[", "]", ",", ";", "\n", "=", "==", "//", "."),
    *(
        "sin",
        "sin(",
        "sigmoid",
        "relu(x)",
        "q",
        "x'",
        "′",
        "½",
        "x²",
        "lambda",
        "if",
        "'",
        '"',
        "%",
        "<",
        "√",
        "π",
        "−",
    ),
    *(
        "\\",
        "{",
        "|",
        "math.sin(x)",
        "np.exp(x)",
        "softmax([x, 1])",
        "[x]",
        "x[1]",
        "1e999",
        "0",
        "foo(x)",
        "dot(x, x)",
    ),
]
NUMBERS: dict[str, Any] = {"x": 0.5, "w": -2.0, "b": 3.0}


def messages() -> dict[str, Case]:
    """Return what becomes of expressions with a token left out, doubled, inserted or replaced."""

    def evaluated(text: str, values: Mapping[str, Any]) -> str:
        try:
            output, names = evaluate(text, values)
        except REFUSALS as error:
            return (
                f"{error}\n{getattr(error, 'line', '')} {getattr(error, 'column', '')} {getattr(error, 'length', '')}"
            )
        return f"{output.data:.6g} {output.label} {list(names)} {len(ag.topological_order(output))}"

    def used(text: str) -> dict[str, Any]:
        return {name: x for name, x in NUMBERS.items() if name in re.findall(r"[^\W\d]+", text)}

    def changed(expression: str) -> Iterator[Any]:
        words = re.findall(r"\s+|\w+|\*\*|.", expression)
        yield evaluated(expression, used(expression))
        for i, word in enumerate(words):
            before, after = "".join(words[:i]), "".join(words[i + 1 :])
            for other in ("", word * 2, f"{word} {word}", *TOKENS, *(word + token for token in TOKENS)):
                yield evaluated(before + other + after, used(before + other + after))

    def values() -> Iterator[Any]:
        for given in ({}, {"x": 1.0}, {**NUMBERS, "q": 1}, {"x": "1"}, {"x": None}, {**NUMBERS, "y": 2.0}, {"X": 1.0}):
            for text in (*EXPRESSIONS, "", " ; \n", "x", "2", "e", "nan", "x + y; y = 2", "y = x; y = x", "3 = x"):
                yield evaluated(text, given)
        shared = Value(2.0)
        output, names = evaluate("u = x; v = u; v*x", {"x": shared})
        yield f"{shared.label!r} {output.data} {[node.label for node in ag.topological_order(output)]} {list(names)}"
        long = " + ".join(["x"] * 60)
        for text in (
            f"{long} $ {long}",
            f"$ {long}",
            f"{long} $",
            "日本語 + $",
            "(\n x + \n $)",
            "x +\t$",
            f"x\n{long} q",
        ):
            yield evaluated(text, {"x": 1.0, "日本語": 2.0})
        yield evaluated(" + ".join(f"n{i}" for i in range(12)), {})

    def assignments() -> Iterator[Any]:
        for text in (
            "x=1",
            "x = 2*pi",
            "x",
            "1",
            "x=y",
            "x=1;y=2",
            "x=1;x",
            "x==1",
            "x=",
            "=1",
            "W[1,1]=-.5",
            "x=1/0",
            "e=2",
        ):
            yield attempted(lambda: assignment(text))  # noqa: B023

    return {
        **{f"changes of {text.encode('unicode_escape').decode()}": partial(changed, text) for text in EXPRESSIONS},
        "messages about values": values,
        "assignments": assignments,
    }


def commands() -> dict[str, Case]:
    """Return what the command line prints, where, and its exit status."""
    neuron_words = ["AS = w*x + b; out = sigmoid(AS); C = (out - E)**2", "w=0.15", "x=.8", "b=0.38", "E=1"]
    olah_words = ["e = (a + b) * (b + 1)", "a=2", "b=1"]
    looks = [
        *([], ["--wrt", "b"], ["--wrt", "q"], ["--wrt", "a", "--wrt", "b"], ["--theme", "dark"], ["--theme", "odd"]),
        *(["--direction", "right"], ["--steps"], ["--steps", "--wrt", "a"], ["--open", "c"], ["--open", ""]),
        *(["--latex"], ["--show", "forward"], ["--detail", "layers"], ["--save", "x.odd"], ["--svg", "x.png"]),
    ]
    styles = [
        *([], ["--wrt", "w"], ["--wrt", "AS"], ["--wrt", "W"], ["--wrt", "w", "--latex"], ["--wrt", "w", "--html"]),
        *(["--wrt", "w", "--markdown"], ["--wrt", "w", "--steps"], ["--wrt", "w", "--steps", "--latex"]),
        *(["--wrt", "w", "--seed", "3"], ["--wrt", "w", "--vary"], ["--wrt", "w", "--students", "2"]),
        ["--wrt", "w", "--students", "2", "--difficulty", "hard", "--markdown"],
        *(
            ["--wrt", "w", "--difficulty", "odd"],
            ["--wrt", "w", "--students", "0"],
            ["--wrt", "w", "--latex", "--html"],
        ),
        ["--wrt", " w "],
    ]
    others = [
        *(["grad", "-x**2", *values] for values in ([], ["x=3"], ["x=3", "x=4"], ["x=y"], ["x=-1/0"], ["x=3", "y=2"])),
        *(["check", "y = relu(x)", "x=0"], ["check", "2"], ["trace", "2*3"], ["compile", "1"], ["grad", "x + ", "x=1"]),
        *(["grad", "log(x)", "x=-1"], ["trace", "y = x**3", "x=2"], ["trace", "--steps", "y = x**3", "--html", "x=2"]),
        *([], ["odd"], ["trace"], ["-h"], *([command, "-h"] for command in ("trace", "grad", "draw", "worksheet"))),
    ]
    words = {
        **{
            command: [[command, *olah_words, *options] for options in looks]
            for command in ("grad", "draw", "explore", "check", "compile")
        },
        **{command: [[command, *neuron_words, *options] for options in styles] for command in ("trace", "worksheet")},
        "of other kinds": others,
    }

    def outcome(words: list[str]) -> str:
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            mock.patch.dict("os.environ", COLUMNS="100"),
        ):
            try:
                status: Any = main(words)
            except SystemExit as left:
                status = left.code
        # argparse words and wraps its own messages differently in each version of Python.
        is_own = "usage:" not in out.getvalue() + err.getvalue()
        return f"{status} {out.getvalue()} {err.getvalue()}" if is_own else f"{status}"

    return {f"commands {name}": lambda some=some: map(outcome, some) for name, some in words.items()}  # type: ignore[misc]


# --- formulas, and numbers beside limits


def random_formula(draw: random.Random, size: int) -> Formula:
    """Return a formula of small numbers and three names: with equal parts, signs, fractions, powers and functions."""
    if size <= 1:
        names = [symbol("x", 0.75), symbol("w", -1.5), symbol("W[1,2]", 2.0)]
        constants = [
            literal(n) for n in (0.0, 1.0, 2.0, 3.0, -1.0, 0.5, -2.0, 4.0, math.pi, math.e, 0.1, 1e-7, 12345678.0)
        ]
        return draw.choice([*names, *names, *names, draw.choice(constants)])
    if draw.random() < 0.2:
        function = draw.choice([ops.exp, ops.sin, ops.sqrt, ops.abs, ops.log, ops.neg, ops.sigmoid, ops.relu, ops.cbrt])
        return apply(function, [random_formula(draw, size - 1)])
    left = draw.randint(1, size - 1)
    x, y = random_formula(draw, left), random_formula(draw, size - left)
    if draw.random() < 0.15:
        y = x
    op = draw.choice([ops.add, ops.sub, ops.mul, ops.mul, ops.div, ops.pow, ops.DOT, ops.TOTAL, ops.maximum, ops.hypot])
    if op is ops.pow:
        y = literal(draw.choice([2.0, 3.0, -1.0, -2.0, 0.5, 1.0, 0.0])) if draw.random() < 0.8 else y
    if draw.random() < 0.4 and op in (ops.add, ops.sub, ops.mul, ops.div):
        # Arithmetic simplifies, and apply() does not.
        return {ops.add: x + y, ops.sub: x - y, ops.mul: x * y}.get(op, x / y)
    return apply(op, [x, y, x, x] if op is ops.DOT else [x, y])


def formulas() -> dict[str, Case]:
    """Return random formulas in every style: as they are, tidied, with numbers, and differentiated by steps."""

    def some(seed: int) -> Iterator[Any]:
        draw = random.Random(seed)
        for size in (2, 3, 4, 5, 6, 8, 12):
            for _ in range(6):
                try:
                    with quiet():
                        f = random_formula(draw, size)
                except REFUSALS as error:
                    yield str(error)
                    continue
                yield from (attempted(partial(part, f)) for part in (written, tidied, derived))

    def written(f: Formula) -> str:
        texts = [write(f, style, numbers, digits) for style in STYLES for numbers in (False, True) for digits in (4, 2)]
        texts += [write(spelled(f)), write(decided(f)[0]), f"{rounded(f, 3):.6g} {f!r} {divides_by_zero(f)}"]
        texts += [factor(f, style) for style in STYLES]
        return "\n".join([*texts, PlainPrinter().text(f), attempted(lambda: JavaScriptPrinter().text(f))])

    def tidied(f: Formula) -> str:
        reasons: list[Reason] = []
        with quiet():
            forms = [tidy(f), familiar(f, reasons), tidy(f - f * 2.0), put_in(f), spelled(tidy(f))]
        return "\n".join(
            [*(typeset(x, style) for x in forms for style in STYLES), because(reasons), f"{forms[0].value:.4g}"]
        )

    def derived(f: Formula) -> str:
        x = symbol("x", 0.75)
        contexts = [Context(x), Context(x, frozenset({ops.sigmoid}), frozenset({"w"}), frozenset({"W[1,2]"}))]
        lines = [line for context in contexts for line in derivation(f, context)]
        notes = [typeset_note(note, style) for line in lines for note in line.notes for style in STYLES]
        return "\n".join([*(typeset(line.expression, style) for line in lines for style in STYLES), *notes])

    def numbers() -> Iterator[Any]:
        for exponent in range(-12, 18):
            for mantissa in (1.0, 1.00004, 1.00006, 2.5, 9.9994, 9.9996, 9.99996):
                x = mantissa * 10.0**exponent
                yield [number(sign * x, style, digits) for sign in (1, -1) for style in STYLES for digits in (1, 4, 7)]
                yield f"{round_to(x, 3):.6g}"
        yield [number(x, style) for x in (0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, 5e-324) for style in STYLES]

    def names() -> Iterator[Any]:
        bases = [
            "x",
            "W",
            "theta",
            "AS",
            "loss",
            "x1",
            "x_1",
            "a_b",
            "x'",
            "x′",
            "α",
            "2x",
            "x y",
            "a-b",
            "Δw",
            "xhat",
            "",
        ]
        indices = [
            "",
            "[1]",
            "[1,2]",
            "[i]",
            "[10,20,30]",
            "[L-1]",
            "[a b]",
            "^2",
            "^2[1]",
            "^L[i,j]",
            "^(1)[2]",
            "[",
            "[]",
            "^",
        ]
        for label in (base + index for base in bases for index in indices):
            yield [name_of(label, style) for style in STYLES]
            yield [is_name(label), has_upper_index(label), visible(label), escape(label, "latex"), label_parts(label)]
        yield [visible("x" * n) for n in range(56, 66)]

    def slopes_of(op: ag.Op) -> Iterator[Any]:
        points = (
            -1e3,
            -12.0,
            -5.0,
            -2.0,
            -1.0,
            -0.5,
            -1e-3,
            0.0,
            1e-3,
            0.5,
            1.0,
            math.pi / 2.0,
            2.0,
            3.0,
            5.0,
            12.0,
            1e3,
        )
        operands = [x.data if isinstance(x, Value) else x for x in named_operands(op)]
        for slot in range(len(operands)):
            for point in (*points, *operands, math.inf, math.nan):
                data = [*operands[:slot], point, *operands[slot + 1 :]]
                with quiet():
                    facts = (is_saturated, is_flat, zero_condition)
                    yield [str(attempted(partial(fact, op, data, slot))) for fact in facts]
        yield [changes_in_jumps(op, operands, slot) for slot in range(len(operands))]

    return {
        **{f"formulas {seed}": partial(some, seed) for seed in range(40)},
        "numbers": numbers,
        "names": names,
        **{
            f"slopes of {op.name}": partial(slopes_of, op)
            for op in TABLE.values()
            if op.partials.__module__ == ag.ops.__name__
        },
    }


def limits() -> dict[str, Case]:
    """Return explanations and solutions with numbers, lengths and counts on either side of each limit."""

    def small(a: float) -> Iterator[Any]:
        for b in (1e-3, 9.9e-3, 1e-2, 1.01e-2, 0.05, 0.1, 0.101, 1.0):
            x = leaf(1.0)
            y = (x * a).named("y")
            yield ag.trace((y * b).named("C"), x).why()
            yield ag.trace((y * b + y * (b / 3.0) + x * 1e-9).named("C"), x).why()

    def cancelling(share: float) -> Iterator[Any]:
        for rest in (0.0, 0.005, 0.0199, 0.0201, 0.0203, 0.1):
            x = leaf(1.0)
            s = ((x * 1.0).named("a") - (x * (1.0 - rest)).named("b")).named("s")
            yield ag.trace((s * share + x * (rest * share / 2.0)).named("C"), x).why()
            yield ag.trace((s * share + (x * 0.5).named("u") - (x * 0.5).named("v")).named("C"), x).why()

    def lengths(form: Callable[[Value, Value], Iterator[Any]], lengths: Iterable[int]) -> Iterator[Any]:
        for n in lengths:
            x, y = leaf(0.5, "x" * n), leaf(2.0, "y")
            yield from form(((x * y + x**2 - 1.0) ** 2 * y).named("C"), x)

    def given(n: int) -> Iterator[Any]:
        xs = [leaf(0.5 + k, chr(97 + k) * 24) for k in range(7)]
        z = (ag.total(xs) + leaf(1.0, "z" * n)).named("D")
        yield ag.trace((z * z * xs[0]).named("C"), xs[0]).worksheet(1)

    def counts(n: int) -> Iterator[Any]:
        xs = [leaf(0.5 + k, f"x[{k}]") for k in range(n)]
        for z in (
            ag.total(xs),
            ag.total([x * x for x in xs]),
            ag.logsumexp(xs),
            ag.hypot(*xs),
            sum(xs, leaf(1.0, "b")),
        ):
            trace = ag.trace((z**2).named("C"), xs[0])
            yield from (trace, trace.steps(), trace.steps().latex(), trace.why(), trace.sweep("forward"))
            yield ag.draw(trace.target, xs[0]).describe()

    def powers(n: int) -> Iterator[Any]:
        """Yield formulas of more and more operations without names."""
        x = y = leaf(0.5)
        for _ in range(n):
            y = y * 0.75 + x
        trace = ag.trace((y * y).named("C"), x)
        yield from (trace, trace.steps())

    def many_kinks(n: int) -> Iterator[Any]:
        x = leaf(0.5)
        y = ag.total([ag.relu(x - 0.1 * k) for k in range(n)]).named("C")
        for step in (-1.0, 1.0, 1e-3):
            yield ag.trace(y, x).nudge(step)

    def marks() -> Iterator[Any]:
        for number_of_sheet, graph in enumerate((_olah, shapes()["direct path"], averages()["mean of 3"])):
            sheet = ag.trace(*graph()).worksheet(
                number_of_sheet, difficulty="hard", steps=("name the rule", "multiply")
            )
            whole = ag.trace(*graph()).worksheet(number_of_sheet, difficulty="hard")
            for answers in (sheet.answers, whole.answers):
                for answer in answers:
                    value = answer.value
                    scales = (1.0, 1.0004, 1.0006, 1.0019, 1.0021, 1.049, 1.051, -1.0, -1.0019, -1.0021, 2.0, 0.0)
                    tries: list[Any] = [value * scale for scale in scales] if value is not None else []
                    tries += [
                        None,
                        "",
                        "  ",
                        answer.text,
                        answer.latex,
                        answer.text.replace(" ", ""),
                        f"({answer.text})",
                    ]
                    tries += [
                        "1/3",
                        "2,5",
                        "1e-3",
                        "x",
                        "−0.5",
                        "2·3",
                        "2^3",
                        "2³",
                        "(1)(2)",
                        "power rule",
                        "the chain rule and sum",
                    ]
                    tries += ["1 +", "9**9**9", "1/0", "0" * 201, "2*" * 99 + "2.0", "2*" * 100 + "2", [1], 3]
                    marked = [
                        judged(answer, got, {"c": 3.0, "x": 0.5}, result) for got in tries for result in (None, 2.0)
                    ]
                    yield [f"{mark.verdict} {mark.points} {mark.remark}" for mark in marked]
        yield attempted(lambda: sheet.mark({99: 1}))
        yield [
            arithmetic(text)
            for text in ("1.412×10⁶", "2⁻³", "-(2)", "+3", "2(3)", "1 2", "1e5", "3e-2", "1.5.2", "(", "2**3")
        ]
        yield [parsed(text) for text in ("−1.5", "1×10⁻³", r"2 \\times 10^{5}", "x", "", "nan")]

    def variants(k: int) -> Iterator[Any]:
        numbers = (1.0, 0.0, -2.0, 7.0, 99.0, 100.0, 101.0, 0.5, -0.25, 0.125, 0.3712, 1e-5, 123456.0, 1e6, -3.7, 2.50)
        x, y = leaf(numbers[k]), leaf(numbers[-1 - k], "y")
        graphs = [
            (x * y + x).named("C"),
            ((ag.sigmoid(x * 0.5) - y) ** 2).named("C"),
            (ag.exp(x * 0.01) + ag.tanh(y) - x).named("C"),
            (x**2 / (y * y + 1.0)).named("C"),
        ]
        for C in graphs:
            for seed in range(3):
                new = attempted(partial(varied, C, x, seed))
                yield new if isinstance(new, str) else [f"{leaf.label} {leaf.data:.6g}" for leaf in ag.leaves(new[0])]
        yield attempted(lambda: varied((ag.log(x) + ag.sqrt(-x)).named("C"), x, 1))

    sizes = (0.0, 5e-4, 9.9e-4, 1e-3, 1.01e-3, 9.9e-3, 1e-2, 1.01e-2, 0.1, 1.0)
    return {
        **{f"small slopes of {a:g}": partial(small, a) for a in sizes},
        **{f"cancelling by {share:g}": partial(cancelling, share) for share in (0.2, 0.99, 1.0, 1.01, 5.0)},
        **{f"solution, names of {n}": partial(lengths, solution, (n, n + 1)) for n in range(1, 40, 2)},
        **{f"steps, names of {n}": partial(lengths, steps, (n, n + 1)) for n in range(1, 36, 3)},
        **{
            f"pictures, names of {n}": partial(lengths, picture, (n,)) for n in (12, 13, 14, 15, 47, 48, 49, 59, 60, 61)
        },
        **{f"given names of {n}": partial(given, n) for n in range(3, 20)},
        **{f"sums of {n}": partial(counts, n) for n in range(2, 10)},
        **{f"formulas of {n} steps": partial(powers, n) for n in range(2, 14)},
        **{f"{n} kinks": partial(many_kinks, n) for n in (1, 3, 4, 5, 12)},
        "marks": marks,
        **{f"variants {k}": partial(variants, k) for k in range(16)},
    }


CASES: dict[str, Case] = {
    **graphs(),
    **looks(),
    **plots(),
    **documentation(),
    **formulas(),
    **limits(),
    **reports(),
    **messages(),
    **commands(),
}


# --- checksums


def plain(text: str) -> str:
    """Return a text without the digits and places that differ between platforms and between edits of this file."""
    text = re.sub(r"\d+\.\d{5,}(?:e[-+]?\d+)?", lambda x: f"{float(x[0]):.6g}", text)
    # Compressed programs and digests, and pictures in texts.
    text = re.sub(r"base64,[\w+/=]*|[A-Za-z0-9+/=]{300,}|sha256-[\w+/=]*", "…", text)
    if ".py" in text:
        text = re.sub(r"[\w./-]{1,200}\.py\"?, line \d+", "FILE, line N", text)
    return re.sub(r"0x[0-9a-f]{6,}", "0x…", text)


def lines(name: str) -> list[str]:
    """Return a form as text, whatever seed pytest was given."""
    token = SEED.set(0)
    try:
        return [plain(str(text)) for text in CASES[name]()]
    finally:
        SEED.reset(token)


def test_every_form_is_kept() -> None:
    assert CASES.keys() == read(KEPT).keys()


@pytest.mark.parametrize("name", list(CASES)[:: 1 if IS_WITH_ALL_KEPT_NUMBERS else STRIDE])
def test_forms_are_as_kept(name: str) -> None:
    """Compare a form with the kept one; `python tests/test_kept_forms.py NAME` prints it."""
    assert checksum(partial(lines, name)) == read(KEPT)[name]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for name in CASES:
            if sys.argv[1] in name:
                print(f"=== {name}", *lines(name), sep="\n")
    else:
        rewrite(KEPT, {name: partial(lines, name) for name in CASES})
