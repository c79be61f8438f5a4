"""What notebooks show: Values as a line of LaTeX, traces worked out, drawings as pictures."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn import HOSTILE

import autograd as ag
from autograd import Value, notebook

CELLS = [
    "import autograd as ag\na, b = ag.Value(2.0, 'a'), ag.Value(1.0, 'b')\n(a * b).named('c[1]')",
    "e = ((a + b) * (b + 1)).named('e')\nag.trace(e, b)",
    "ag.draw(e, b)",
    "import nn\nag.draw_network(nn.MLP(2, [2, 1], seed=0))",
    "ag.trace(e, b).worksheet(seed=1)",
]


def test_a_value_is_one_line_of_latex_with_its_name_what_it_is_and_its_number() -> None:
    a, b = Value(2.0, "a"), Value(1.0, "b[1]")
    assert notebook.latex((a * b).named("c")) == r"$c = a \cdot b_{1} = 2$"
    assert notebook.latex(a + b) == "$a + b_{1} = 3$"
    assert notebook.latex(Value(-0.5, "x")) == "$x = -0.5$"
    wide = ag.hypot(*[Value(float(i), f"long{i}") for i in range(60)]).named("r")
    assert re.fullmatch(r"\$r = [\d.]+\$", notebook.latex(wide))


def test_a_changed_operand_is_said() -> None:
    x = Value(3.0, "x")
    y = (x * x).named("y")
    z = (y + 1).named("z")
    x.data = 5.0
    assert notebook.latex(y) == "$y = 9$ (an operand was changed since)"
    assert notebook.latex(z) == "$z = y + 1 = 10$"


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_leaves_the_mathematics_of_a_value(label: str) -> None:
    text = notebook.latex((Value(1.0, label) * Value(2.0, "x")).named(label))
    assert text[0] == text[-1] == "$"
    assert "\n" not in text
    assert re.findall(r"(?<!\\)[$%#&]", text[1:-1]) == []
    depth = 0
    for mark in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if mark == "{" else -1
        assert depth >= 0
    assert depth == 0


def test_values_are_shown_as_latex_where_ipython_runs_and_nothing_happens_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: dict[type, Any] = {}
    formatter = SimpleNamespace(formatters={"text/latex": SimpleNamespace(for_type=shown.__setitem__)})
    for shell, expected in ((None, {}), (SimpleNamespace(display_formatter=formatter), {Value: notebook.latex})):
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda shell=shell: shell))
        notebook.register()
        assert shown == expected
    monkeypatch.delitem(sys.modules, "IPython")
    notebook.register()


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
    value, trace, graph, network, worksheet = (
        {k: "".join(v) for k, v in c["outputs"][0]["data"].items()} for c in cells
    )
    assert value == {"text/latex": r"$c_{1} = a \cdot b = 2$", "text/plain": "Value(2.0, 'c[1]')"}
    assert {"text/html", "text/latex", "text/plain"} <= trace.keys()
    assert trace["text/html"].startswith('<table class="trace">')
    for picture in (graph, network):
        assert {"text/html", "image/svg+xml", "text/plain"} <= picture.keys()
        assert picture["image/svg+xml"].startswith("<svg ")
    assert "∂e/∂b = 2·1 + 3·1 = 5" in graph["text/plain"]
    assert "Exercise" in worksheet["text/markdown"]
    assert r"\underline{\hspace{5em}}" in worksheet["text/markdown"]


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
