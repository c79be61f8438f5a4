"""What notebooks show: Values as a line of LaTeX, traces worked out, drawings as pictures."""

from __future__ import annotations

import base64
import doctest
import importlib.metadata
import inspect
import json
import math
import pydoc
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args
from xml.etree import ElementTree

import numpy as np
import pytest
from drawn import HOSTILE, random_graph
from effort import IS_THOROUGH

import autograd as ag
import nn
from autograd import Value, display
from autograd.domains import REAL
from autograd.op import smooth
from autograd.symbolic import typesetting
from autograd.symbolic.formula import definition
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import write

CELLS = [
    "import autograd as ag\na, b = ag.Value(2.0, 'a'), ag.Value(1.0, 'b')\n(a * b).named('c[1]')",
    "e = ((a + b) * (b + 1)).named('e')\nag.trace(e, b)",
    "ag.draw(e, b)",
    "import nn\nag.draw_network(nn.MLP(2, [2, 1], seed=0))",
    "ag.trace(e, b).worksheet(seed=1)",
    "ag.trace(e, b).modes()",
    "nn.History([0.5, 0.25])",
]


def test_a_value_is_one_line_of_latex_with_its_name_what_it_is_and_its_number() -> None:
    a, b = Value(2.0, "a"), Value(1.0, "b[1]")
    assert display.latex((a * b).named("c")) == r"$c = a \cdot b_{1} = 2$"
    assert display.latex(a + b) == "$a + b_{1} = 3$"
    assert display.latex(Value(-0.5, "x")) == "$x = -0.5$"
    call = ag.hypot(*[Value(1.0, f"x[{i}]") for i in range(64)]).named("r")
    assert display.latex(call) == r"$r = \operatorname{hypot}(x_{0}, x_{1}, \dots, x_{63}) = 8$"
    wide = ag.hypot(*[Value(1.0, "long" * 10 + f"[{i}]") for i in range(9)]).named("r")
    assert re.fullmatch(r"\$r = [\d.]+\$", display.latex(wide))


def test_definition_has_only_names_that_were_given() -> None:
    a, b = Value(2.0, "a"), Value(1.0, "b")
    product = a * b
    assert display.latex(product * product + ag.exp(Value(0.5))) == r"$a \cdot b \cdot (a \cdot b) + e^{0.5} = 5.649$"
    assert display.latex(((product + 1).named("c") * product).named("d")) == r"$d = c \cdot (a \cdot b) = 6$"
    for seed in range(20):
        graph = ag.topological_order(random_graph(seed)[0])
        labels = {typesetting.name(node.label, "latex") for node in graph if node.label}
        for node in graph:
            assert set(re.findall(r"[xv]_\{\d+\}", display.latex(node))) <= labels


def test_definition_of_a_value_has_at_most_12_operations() -> None:
    x = Value(1.0, "x")
    y = ag.sin(x)
    for count in range(2, 15):
        y = y + 1
        assert display.latex(y).count("+ 1") == (count - 1 if count <= 12 else 0)
    assert display.latex(ag.total([x * x for _ in range(12)]).named("y")) == "$y = 12$"


def test_a_changed_operand_is_said() -> None:
    x = Value(3.0, "x")
    y = (x * x).named("y")
    z = (y + 1).named("z")
    x.data = 5.0
    assert display.latex(y) == "$y = 9$ (it or an operand was changed since)"
    assert display.latex(z) == "$z = y + 1 = 10$"
    assert display.latex((z - x * x) * 2) == "$(z - x \\cdot x) \\cdot 2 = -30$"
    shifted = (x * x + 1) * 2
    x.data = 6.0
    assert display.latex(shifted) == "$52$ (it or an operand was changed since)"


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_leaves_the_mathematics_of_a_value(label: str) -> None:
    text = display.latex((Value(1.0, label) * Value(2.0, "x")).named(label))
    assert text[0] == text[-1] == "$"
    assert "\n" not in text
    assert re.findall(r"(?<!\\)[$%#&]", text[1:-1]) == []
    depth = 0
    for mark in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if mark == "{" else -1
        assert depth >= 0
    assert depth == 0


def shown(x: object) -> dict[str, str]:
    """What a notebook shows, by the method: found on the class, as marimo and IPython look for it."""
    methods = ("_repr_html_", "_repr_markdown_", "_repr_latex_", "_repr_svg_")
    bundle = dict(x._repr_mimebundle_()) if hasattr(type(x), "_repr_mimebundle_") else {}
    return {**bundle, **{name: getattr(x, name)() for name in methods if hasattr(type(x), name)}, "repr": repr(x)}


def test_value_is_shown_as_latex_by_every_notebook() -> None:
    """The method is on the class of a compiled engine too, and of each kind of node."""
    x = Value(2.0, "x")
    for node in (x, -x, x * x, ag.total([x, x, x]), ag.dot([x], [x]), (2.0 * x).operands[0]):
        assert inspect.getattr_static(node, "_repr_latex_") is display.latex
        assert shown(node) == {"_repr_latex_": display.latex(node), "repr": repr(node)}


def specimens(label: str = "b") -> dict[str, Any]:
    """What each public name is or returns, by the name; a name may have several."""
    a, b = Value(2.0, "a"), Value(1.0, label)
    c = (a + b).named(label)
    e = (c * (b + 1)).named("e")
    net = nn.MLP(2, [2, 1], seed=0)
    X, y = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 4), np.array([[1.0], [0.0], [1.0]] * 4)
    history = nn.fit(net, X, y, epochs=2, validation=0.25, seed=0, compiled=False)
    trace = ag.trace(e, b)
    long = b
    for i in range(30):
        long = (long * a).named(f"{label}[{i}]")
    with ag.anomaly() as found:
        ag.exp(Value(800.0, label) * 1.0).named(label)
    wrong = ag.gradcheck(e)
    wrong.leaves[:] = [replace(finding, verdict="fail") for finding in wrong.leaves]
    nn.quadratic(net([0.0, 1.0]), [1.0]).backward()
    deferred, called = ag.compile(lambda x, y: x * y), ag.compile(lambda x, y: x * y)
    called(2.0, 3.0), called([2.0, 2.0], [1.0, 1.0])
    compiled = ag.compile(e, [a, b])
    sheets = ag.worksheets(trace, students=2, vary=False)
    f, at = (lambda x: x[0] * x[0]), [2.0]
    P, gradient = np.zeros(2), np.ones(2)
    optimizers = {name: getattr(nn, name)(0.1) for name in nn.__all__ if name in dir(nn.optimizers) and name != "SGD"}
    for optimizer in optimizers.values():
        if type(optimizer) is not nn.Optimizer:
            optimizer.step(P, gradient)
    return {
        **{name: getattr(ag, name) for name in ag.__all__ if isinstance(getattr(ag, name), ag.Op)},
        **optimizers,
        "SGD": nn.SGD(nn.schedules.cosine(0.1, 10), momentum=0.9),
        "TABLE": ag.TABLE,
        "DomainError": ag.DomainError("log(-1.0) has no value"),
        "GraphTooLarge": ag.GraphTooLarge("2,000 nodes"),
        "Interval": ag.Interval(-1.0, 1.0),
        "Op": ag.sin,
        "PoleError": ag.PoleError("1/0 has no value"),
        "Value": [b, e, a + b],
        "anomaly": [found, found.value, ag.anomaly(e)],
        "assert_gradients": ag.assert_gradients(e),
        "between": ag.between(b, e),
        "check_by_hand": [ag.check_by_hand(e), *ag.check_by_hand(e).derivatives],
        "compile": [deferred, called, compiled, compiled.program],
        "compiled": ag.compiled,
        "dist": ag.dist([a], [b]),
        "dot": ag.dot([a], [b]),
        "draw": [ag.draw(e, b), ag.draw(e)],
        "draw_network": ag.draw_network(net),
        "explore": [ag.explore(e, b), ag.explore(e, b).contents],
        "grad": ag.grad(f)(at),
        "gradcheck": [ag.gradcheck(e), wrong, wrong.worst, ag.gradcheck(f, at, gradient=[5.0])],
        "gradient": ag.gradient(e, [a, b]),
        "hessian": ag.hessian(f)(at),
        "hvp": ag.hvp(f, at, at),
        "jacobian": ag.jacobian(f)(at),
        "jvp": ag.jvp(f, at, at),
        "leaves": ag.leaves(e),
        "line_of": [ag.line_of(e), found.value and found.value.line],
        "op_cases": ag.op_cases(ag.sin)[0],
        "operation": ag.TABLE["add"],
        "paths": [ag.paths(e, b), *ag.paths(e, b), next(iter(ag.paths(e, b))).edges],
        "replay": ag.replay(e, {b: 2.0}),
        "logsumexp": ag.logsumexp([a, b]),
        "total": ag.total([a, b]),
        "softmax": ag.softmax([a, b]),
        "topological_order": ag.topological_order(e),
        "trace": [trace, trace.factors, trace.stations, trace.stations.factors, trace.factors[0].formula]
        + [trace.modes(style) for style in ("text", "html", "latex")]
        + [ag.trace(long, b), ag.trace(long, b).modes(), trace.worksheet(seed=1)]
        + [trace.steps(), trace.why(), *trace.why().causes, trace.nudge(0.5), *trace.nudge(0.5).ripple]
        + [x for sweep in (trace.sweep("forward"), trace.sweep("reverse")) for x in (sweep, *sweep.statements)],
        "value_and_grad": ag.value_and_grad(f)(at),
        "values": ag.values([1.0, 2.0], label),
        "vjp": ag.vjp(f, at, 1.0),
        "worksheets": [sheets, sheets.mark({1: {1: label}}), sheets.mark({1: {1: label}})[1]],
        "MLP": [net, net.gradients()],
        "History": [history, nn.History()],
        "Layer": net.layers[0],
        "Module": [nn.Module(), net.parameters()],
        "Neuron": net.layers[0].neurons[0],
        "accuracy": nn.accuracy([[0.1, 0.9]], [[0.0, 1.0]]),
        "backprop": nn.backprop(net, [1.0, 0.5], [1.0]),
        "binary_cross_entropy": nn.binary_cross_entropy([0.5], [1.0]),
        "cross_entropy": nn.cross_entropy([a, b], [0.0, 1.0]),
        "fit": history,
        "hinge": nn.hinge([a], [1.0]),
        "mean_squared": nn.mean_squared([a], [1.0]),
        "one_hot": nn.one_hot([1], 2),
        "quadratic": nn.quadratic([a], [1.0]),
        "split": nn.split(X, y, 0.25),
    }


NOT_SHOWN = {
    "batches",
    "micrograd",
    "from_torch",
    "initializers",
    "load",
    "read_idx",
    "read_mnist",
    "schedules",
    "to_torch",
}
NOT_SHOWN |= {"plot", "source_lines"}
"""Modules, iterators and contexts, what needs files, as they give arrays and networks, and axes of matplotlib."""


def flat(x: Any) -> Iterator[Any]:
    """A specimen, and what is in it if it is a list."""
    yield x
    if isinstance(x, (list, tuple, dict)):
        for y in x.values() if isinstance(x, dict) else x:
            yield from flat(y)


def test_every_public_object_is_shown_sensibly() -> None:
    found = specimens()
    assert found.keys() == {*ag.__all__, *nn.__all__} - NOT_SHOWN
    for name, specimen in found.items():
        for x in flat(specimen):
            for method, text in shown(x).items():
                assert not re.search(r"(?<!function )\bat 0x[0-9a-f]+", text), (name, method, text)
            assert "at 0x" not in str(x), (name, str(x))


NAMES = {
    "W_1_1": "W₁,₁",
    "x_hat": "x̂",
    "theta": "θ",
    "z_bar": "z̄",
    "sigma_1": "σ₁",
    "delta_2": "δ₂",
    "alpha^(L)": "α⁽ᴸ⁾",
}


def views_of_names() -> Iterator[tuple[str, str]]:
    """What every view prints of a neuron with names of mathematics, by view and form."""
    W, x, theta, delta = (Value(0.5 + 0.1 * i, label) for i, label in enumerate(("W_1_1", "x_hat", "theta", "delta_2")))
    out = ag.sigmoid(ag.dot([W], [x], theta).named("z_bar")).named("sigma_1")
    C = ((out - delta) ** 2).named("alpha^(L)")
    trace, drawing = ag.trace(C, W), ag.draw(C, wrt=W)
    sheets = ag.worksheets([trace, ag.trace(C, theta)], vary=False, share=1.0)
    reports = [trace, trace.steps(), trace.why(), trace.nudge(0.1), trace.modes(), ag.check_by_hand(C), sheets]
    reports += [trace.sweep("forward"), trace.sweep("reverse"), ag.gradcheck(C), trace.worksheet(1)]
    marks = sheets.mark({1: {}})
    forms = ("__str__", "text", "latex", "html", "markdown")
    for report in (*reports, marks[1], ag.explore(C, wrt=W)):
        yield from (
            (f"{type(report).__name__}.{form}", getattr(report, form)()) for form in forms if hasattr(report, form)
        )
    yield from ((form, getattr(drawing, form)()) for form in ("svg", "tikz", "mermaid", "describe"))
    step = ag.compile(C, [W, x, theta, delta])
    yield from (("equations", step.equations()), ("equations in LaTeX", step.equations(latex=True)))
    yield from (("dot", str(drawing.dot)), ("Value", display.latex(C)), ("factors", str(trace.factors)))


def test_names_of_mathematics_are_typeset_in_every_view() -> None:
    """No view prints W_1_1 beside W₁,₁: text has Unicode, HTML has tags, and LaTeX commands."""
    raw = re.compile(r"W_1_1|x_hat|(?<![\\\w])(?:theta|alpha|sigma|delta)|z_bar")
    names = {
        typesetting.name(label, style) for label in NAMES for style in get_args(typesetting.Style) if style != "plain"
    }
    views = dict(views_of_names())
    for view, page in views.items():
        assert not raw.search(page), (view, raw.search(page))
        assert any(name in page for name in names) or view.startswith(("Exploration", "equations")), view
    assert len(views) > 40
    assert [unicodedata.normalize("NFC", typesetting.name(label)) for label in NAMES] == [
        unicodedata.normalize("NFC", name) for name in NAMES.values()
    ]


# They are source code, or one line for each of any number of things.
PLAIN = {"Compiled", "Program", "ClassSheets"}


def test_every_view_has_a_display() -> None:
    """What prints several lines, or LaTeX, is typeset by a notebook; a matrix keeps the columns of its text."""
    views = {}
    for specimen in specimens().values():
        for x in flat(specimen):
            is_of_package = type(x).__module__.partition(".")[0] in ("autograd", "nn")
            is_view = inspect.isfunction(getattr(type(x), "latex", None)) or "\n" in str(x)
            if is_of_package and is_view and not isinstance(x, type):
                views[type(x).__name__] = shown(x).keys() - {"repr"}
    assert {name for name, methods in views.items() if not methods} <= PLAIN, views
    assert {"Trace", "Steps", "Sweep", "Reasons", "Nudge", "Table", "HandCheck", "Backprop"} <= views.keys()
    assert {"Worksheet", "Marks", "ClassMarks", "Gradients", "History", "Check"} <= views.keys()


@pytest.mark.parametrize("label", HOSTILE if IS_THOROUGH else HOSTILE[::4])
def test_no_label_becomes_markup_in_any_display(label: str) -> None:
    kept = {
        "img",
        "details",
        "summary",
        "table",
        "caption",
        "tbody",
        "tr",
        "th",
        "td",
        "sub",
        "sup",
        "pre",
        "p",
        "iframe",
        "div",
        "ul",
        "li",
    }
    for name, specimen in specimens(label).items():
        for x in flat(specimen):
            for method, text in shown(x).items():
                if "html" in method:
                    assert set(re.findall(r"<[/!]?([a-z]*)", text)) <= kept, (name, method)
                if method in ("_repr_latex_", "_repr_markdown_"):
                    assert not re.search(r"<(?!br>)", text), (name, method, text)


PADDING = ' style="padding:0.2em 0.6em"'
"""In each cell, as not every notebook sets cells apart: 0.5 and 0.25 would be read as 0.50.25."""


IGNORED = ' class="tex2jax_ignore mathjax_ignore"'
"""On each table with labels: Jupyter runs MathJax on HTML, 2 or 3."""


def test_modes_are_a_table_in_every_notebook() -> None:
    a, b = Value(2.0, "a"), Value(1.0, "b[1]")
    e = ((a + b) * (b + 1)).named("e")
    modes = ag.trace(e, b).modes()
    assert repr(modes) == str(modes)
    html = str(ag.trace(e, b).modes("html"))
    assert '<th scope="col">forward ∂·/∂b<sub>1</sub></th>' in html
    assert "<tr><td>b<sub>1</sub></td><td></td><td>1</td><td>1</td><td>5</td></tr>" in html
    assert modes._repr_html_().replace(PADDING, "").replace(IGNORED, "") == html
    assert html.count("<t") - html.count("<ta") - html.count("<tr") == modes._repr_html_().count(PADDING)
    assert modes._repr_latex_() == rf"$\displaystyle {ag.trace(e, b).modes('latex')}$"
    before = modes._repr_html_()
    b.data = 7.0
    assert modes._repr_html_() == before


def test_cells_are_set_apart_in_every_table_of_a_notebook() -> None:
    for specimen in specimens().values():
        for x in flat(specimen):
            for method, text in shown(x).items():
                if "html" in method:
                    assert len(re.findall("<t[hd]", text)) == text.count(PADDING)


NOT_MATHEMATICS = re.compile(
    r'<(?:img|iframe)[^>]*>|<pre>.*?</pre>|<(table|div) class="[^"]*\bmathjax_ignore">.*?</\1>', re.DOTALL
)
"""What MathJax passes over in the HTML of a notebook."""


def test_no_label_becomes_mathematics_in_html() -> None:
    for specimen in specimens(r"$\href{javascript:alert(1)}{x}$").values():
        for x in flat(specimen):
            for method, text in shown(x).items():
                if "html" in method:
                    assert "$" not in NOT_MATHEMATICS.sub("", text), (method, text)


def test_modes_of_a_long_chain_leave_out_the_middle_and_say_so() -> None:
    x = y = Value(1.0, "x")
    for i in range(30):
        y = (2.0 * y).named(f"y[{i}]")
    lines = str(ag.trace(y, x).modes()).splitlines()
    assert len(lines) == 1 + 16 + 1 + 8
    assert lines[17] == "… 7 more …"
    assert lines[-1].split() == ["y₂₉", "2y₂₈", "1.074×10⁹", "1.074×10⁹", "1"]


def test_history_is_a_table_shortened_when_long() -> None:
    history = nn.History([0.5, 0.25], [0.5, 1.0])
    assert str(history).splitlines() == ["epoch  cost  accuracy", "0      0.5   0.5", "1      0.25  1"]
    assert history._repr_html_().count("<tr>") == 3
    assert history._repr_html_().count(PADDING) == 9
    costs = [1.0 / (i + 1) for i in range(10_000)]
    history = nn.History(costs, [], [abs(i - 300.0) for i in range(10_000)])
    lines = str(history).splitlines()
    assert [line.split()[0] for line in lines] == ["epoch", *map(str, range(8)), "…", "300", "…"] + [
        str(i) for i in range(9_992, 10_000)
    ]
    assert lines[10].split() == ["300", "(best)", "0.003322", "0"]
    assert history._repr_html_().count("<tr>") == 20
    assert eval(repr(history), {"History": nn.History}) == history
    printed: list[str] = []
    history._repr_pretty_(SimpleNamespace(text=printed.append), False)
    assert printed == [str(history)]


@pytest.mark.parametrize("count", [1, 7, 15, 16, 17, 18, 30])
def test_history_shows_its_ends_and_the_best(count: int) -> None:
    """Eight epochs at either end and the best one; an ellipsis for each gap."""
    for best in (None, 0, 7, 8, 9, count // 2, count - 10, count - 9, count - 8, count - 1):
        if best is not None and not 0 <= best < count:
            continue
        validation = [] if best is None else [float(i != best) for i in range(count)]
        lines = str(nn.History([0.5] * count, [], validation)).splitlines()
        shown = [i for i in range(count) if i < 8 or i >= count - 8 or i == best]
        rows = []
        for i, epoch in enumerate(shown):
            rows += ["…"] * (epoch > (shown[i - 1] + 1 if i else 0))
            rows.append(f"{epoch} (best)" if epoch == best else f"{epoch}")
        width = max(len(row) for row in ["epoch", *rows])
        assert [line[:width].rstrip() for line in lines] == ["epoch", *rows]
        assert lines[0][width:] == "  cost" + "  validation cost" * (best is not None)
    assert str(nn.History()) == "no epochs yet"
    assert nn.History()._repr_html_() == "<p>no epochs yet</p>"


def test_optimizer_shows_its_settings_and_steps() -> None:
    optimizer = nn.SGD(0.1, momentum=0.9)
    optimizer.step([1.0], [1.0])
    assert repr(optimizer) == "SGD(rate=0.1, momentum=0.9, 1 step)"
    assert (
        repr(nn.Nesterov(nn.schedules.cosine(0.1, 10))) == "Nesterov(rate=cosine, momentum=0.9, nesterov=True, 0 steps)"
    )
    assert repr(nn.GradientDescent(lambda step: 0.1)) == "GradientDescent(rate=<lambda>, 0 steps)"


def test_function_to_be_compiled_shows_its_name() -> None:
    def product(x: Any, y: Any) -> Any:
        return x * y

    f = ag.compile(product)
    assert repr(f) == "<compiled product: when it is called>"
    f(2.0, 3.0)
    assert repr(f) == "<compiled product: 3 nodes, 0 matrix products; 1 shape of inputs>"


needs_nbconvert = pytest.mark.skipif(
    not find_spec("nbconvert") or not find_spec("ipykernel"), reason="needs pip install nbconvert ipykernel"
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook that was run."""
    folder = tmp_path_factory.mktemp("notebook")
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
        for i, cell in enumerate(CELLS)
    ]
    path = folder / "shown.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--inplace", "--execute", str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return path


@needs_nbconvert
def test_in_a_notebook_everything_is_shown_in_its_best_form(executed: Path) -> None:
    cells = json.loads(executed.read_text("utf-8"))["cells"]
    value, trace, graph, network, worksheet, modes, history = (
        {k: "".join(v) for k, v in c["outputs"][0]["data"].items()} for c in cells
    )
    assert value == {"text/latex": r"$c_{1} = a \cdot b = 2$", "text/plain": "Value(2.0, 'c[1]')"}
    assert {"text/html", "text/latex", "text/plain"} <= trace.keys()
    assert trace["text/html"].startswith('<table class="trace tex2jax_ignore mathjax_ignore">')
    for picture in (graph, network):
        assert {"text/html", "image/svg+xml", "text/plain"} <= picture.keys()
        assert picture["image/svg+xml"].startswith("<svg ")
    assert "∂e/∂b = 2·1 + 3·1 = 5" in graph["text/plain"]
    assert "Exercise" in worksheet["text/markdown"]
    assert r"\underline{\hspace{5em}}" in worksheet["text/markdown"]
    assert modes["text/html"].startswith('<table class="tex2jax_ignore mathjax_ignore">\n<tr><th')
    assert history["text/html"].startswith('<table class="tex2jax_ignore mathjax_ignore">\n<tr><th')
    assert history["text/plain"].startswith("epoch  cost")


@needs_nbconvert
def test_a_page_made_from_a_notebook_has_the_pictures_as_images(executed: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--template", "basic", str(executed)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    page = executed.with_suffix(".html").read_text("utf-8")
    assert r"$c_{1} = a \cdot b = 2$" in page
    images = re.findall(r'<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)"', page)
    assert len(images) == 2
    assert "∂e/∂b = 2·1 + 3·1 = 5" in images[0][0]
    for _, source in images:
        assert ElementTree.fromstring(base64.b64decode(source)).tag.endswith("svg")


@pytest.mark.parametrize("cell", range(1, 5))
def test_what_is_shown_is_made_of_what_a_notebook_keeps_that_is_not_trusted(cell: int) -> None:
    """JupyterLab drops SVG, scripts, styles and frames there; it keeps images in data, tables and details."""
    space: dict[str, Any] = {}
    exec(CELLS[0], space)
    exec(CELLS[1].partition("\n")[0], space)
    *statements, last = CELLS[cell].split("\n")
    exec("\n".join(statements), space)
    shown = eval(last, space)
    html = shown._repr_html_() if hasattr(shown, "_repr_html_") else ""
    if hasattr(shown, "_repr_mimebundle_"):
        html = shown._repr_mimebundle_()["text/html"]
    kept = {"img", "details", "summary", "table", "caption", "tr", "th", "td", "sub", "sup"}
    assert set(re.findall(r"</?([a-z]+)", html)) <= kept
    assert bool(html) == (cell < 4)
    assert html.count("<img") == (cell in (2, 3))


@pytest.mark.parametrize("name", sorted(ag.TABLE))
def test_help_describes_each_operation(name: str) -> None:
    op = ag.TABLE[name]
    text = pydoc.render_doc(op, renderer=pydoc.plaintext)
    assert op.doc.endswith(".")
    assert op.doc in text
    assert text.count("Partial: ∂") == (2 if op.arity is None else op.arity)
    examples = doctest.DocTestParser().get_doctest(text, {"ag": ag}, name, None, 0)
    assert len(examples.examples) == 1
    assert doctest.DocTestRunner().run(examples, out=lambda _: None).failed == 0


def test_help_of_sigmoid_gives_value_rule_domain_and_example() -> None:
    text = str(ag.TABLE["sigmoid"].__doc__)
    for part in ("1/(1 + e⁻ˣ)", "∂S(x)/∂x = S(x)(1 − S(x))", "all real numbers", ">>> ag.sigmoid(1.5)\n    0.81757"):
        assert part in text


def test_help_describes_own_operations() -> None:
    def cubed(x: float) -> float:
        """Return the cube of x."""
        return x * x * x

    assert "Return the cube of x." in str(ag.operation("cubed", cubed, lambda x, z: 3 * x * x).__doc__)
    halved = ag.operation("halved", lambda x: x / 2, lambda x, z: 0.5, doc="Half of x.")
    assert "Half of x.\n\nPartial: ∂halved(x)/∂x = 0.5" in str(halved.__doc__)
    assert str(ag.Op.__doc__).startswith("One operation")


def test_version_is_that_of_the_distribution() -> None:
    try:
        version = importlib.metadata.version("scalar-autograd")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("reads the version of the installed distribution: pip install .")
    assert ag.__version__ == version


@pytest.mark.parametrize("name", sorted(ag.TABLE))
def test_help_has_its_lines_in_order(name: str) -> None:
    op = ag.TABLE[name]
    first, empty, *lines = str(op.__doc__).split("\n")
    assert (first, empty) == (op.doc, "")
    count = 2 if op.arity is None else op.arity
    heads = ["Partial"] * count + ["Domain"] + ["Pieces"] * (op.branch is not smooth) + ["Example"]
    assert [line.partition(":")[0] for line in lines[:-2]] == heads
    is_everywhere = not op.requires and all(interval == REAL for interval in op.domain)
    assert ("Domain:  all real numbers" in lines) == is_everywhere
    is_sign = name in ("pos", "neg", "add", "sub", "mul", "div", "pow", "total", "dot")
    has_cases = name in ("greater", "sign", "step", "where")
    assert all(line.startswith("Partial: ∂(") == (is_sign or has_cases) for line in lines[:count])
    assert lines[-2].startswith("    >>> ag.TABLE[" if op.arity is None else f"    >>> ag.{name}(")
    assert lines[-1].startswith("    ")


def test_help_of_an_operation_without_usual_operands() -> None:
    far = ag.operation("far", lambda x: x, lambda x, z: 1.0, domain=ag.Interval(100.0, 200.0), doc="Far away.")
    late = ag.operation("late", lambda x, y: x - y if x > 2 else math.log(-1), lambda x, y, z: (1.0, -1.0), doc="Late.")
    try:
        assert str(far.__doc__) == f"Far away.\n\nDomain:  {far.needs()}"
        assert str(late.__doc__).split("\n")[-2:] == ["    >>> ag.late(2.5, 3.5)", "    -1.0"]
    finally:
        del ag.TABLE["far"], ag.TABLE["late"]


def test_definition_of_a_value_has_at_most_400_characters() -> None:
    lengths = set()
    for length in range(28, 34):
        xs = [Value(1.0, "abcdefghijklmnopqrstuvwxyz") for _ in range(8)]
        y = ag.hypot(*xs, Value(1.0, "a" * length)).named("y")
        written = write(definition(y, Names([y, *y.operands])), "latex")
        lengths.add(len(written))
        assert (written in display.latex(y)) == (len(written) <= 400)
    assert {399, 400, 401} <= lengths
