"""Drawings as TikZ and Mermaid: the same numbers and places, and labels that stay texts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest
from drawn import HOSTILE, network, with_label
from effort import IS_THOROUGH
from points import ordinary
from samples import olah, random_derivative

import autograd as ag
import nn
from autograd import Value, draw
from autograd.drawing.formats.tikz import formula
from autograd.symbolic.typesetting import visible
from nn.backpropagation import NotationName

PDFLATEX = shutil.which("pdflatex")


# A fraction whose numerator alone is wider than a page.
TOO_WIDE = {"unit, second order: steps"}


def views(name: str, trace: ag.tracing.Trace) -> dict[str, str]:
    """Return the LaTeX of the views of a derivative, by their names."""
    reports: dict[str, Any]
    reports = {"trace": trace, "steps": trace.steps()}
    if IS_THOROUGH or name == "sigmoid network":
        reports |= {"why": trace.why(), "nudge": trace.nudge(1e-3), "modes": trace.modes()}
        reports["reverse"] = trace.sweep("reverse")
    if name == "sigmoid network":
        # Five columns of long formulas, as of a second derivative, fit no page.
        reports["forward"] = trace.sweep("forward")
    return {f"{name}: {view}": report.latex() for view, report in reports.items()}


def test_tikz_has_layout_of_figure() -> None:
    _, b, *_, e = olah()
    drawing = draw(e, b)
    tikz = drawing.tikz()
    layout = drawing.figure.layout
    boxes = [tuple(map(float, place)) for place in re.findall(r"\\node\[agbox.*? at \((.*?),(.*?)\) \{\};", tikz)]
    assert boxes == [pytest.approx(centre, abs=0.05) for centre in layout.boxes]
    assert len(re.findall(r"\\draw\[ag, -latex", tikz)) == 5
    assert len(re.findall(r"\\draw\[ag, -latex, aglit", tikz)) == 4
    texts = r"$\frac{\partial e}{\partial d} = 3$", "{}= a + b", r"\partial e/\partial b = 5", r"$2\cdot 1$"
    assert all(written in tikz for written in texts)
    assert "fill=aggroup" not in tikz


def test_tikz_has_groups_and_dotted_edges() -> None:
    C, _ = network()
    assert draw(C, detail="operations").tikz().count(r"\draw[draw=aggroup_line") == 8
    assert "dotted" in draw(ag.relu(Value(-1.0, "x"))).tikz()


@pytest.mark.skipif(not PDFLATEX, reason="needs pdflatex with TikZ, as from apt-get install texlive-pictures")
def test_latex_compiles_every_label(tmp_path: Path) -> None:
    leaves = [Value(1.0, label) for label in HOSTILE]
    for theme in ("light", "olah") if IS_THOROUGH else ("olah",):
        drawing = draw(ag.total(leaves), theme=theme)  # type: ignore[arg-type]
        path = drawing.save(tmp_path / f"{theme}.tex")
        command = [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", path.name]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60)
        if b"standalone.cls' not found" in done.stdout:
            pytest.skip("needs the class standalone, as from apt-get install texlive-latex-extra")
        assert done.returncode == 0, done.stdout[-1500:].decode(errors="replace")
        assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.skipif(not PDFLATEX, reason="needs pdflatex with amsmath, as from apt-get install texlive-latex-base")
def test_latex_runs_no_label(tmp_path: Path) -> None:
    """LaTeX of traces, tables, worksheets, reports and Values, set by a LaTeX that may run programs."""
    (tmp_path / "secret.tex").write_text(r"\typeout{SECRET}")
    (tmp_path / "secret").write_text(r"\typeout{SECRET}")
    commands = [
        r"\input{secret}",
        r"\input secret",
        "^^5cinput{secret}",
        r"}\input{secret}\text{",
        r"$\input{secret}$",
        r"\immediate\write18{touch pwned}",
        r"\csname input\endcsname secret",
        r"\end{aligned}\]\input{secret}\[",
        r"\end{document}",
        "x[é,ü]",
        "a^3[1]",
        "x²",
    ]
    labels = [label for label in [*HOSTILE, *commands] if max(visible(label)) < "\u0100"]
    texts = []
    for label in labels:
        x = Value(2.0, label)
        y = (x * Value(3.0, label)).named(label)
        trace = ag.trace(ag.sigmoid(y + x).named("C"), x)
        sheet = trace.worksheet(seed=1)
        texts += [f"\\[{trace.latex()}\\]", f"\\[{trace.modes('latex')}\\]", ag.display.latex(y)]
        texts += [sheet.exercise("latex"), sheet.key("latex")]
        reports = (trace.why(), trace.nudge(0.5), trace.sweep("forward"), trace.sweep("reverse"), ag.check_by_hand(y))
        texts += [f"\\[{report.latex()}\\]" for report in reports]
    preamble = sheet.latex().partition(r"\begin{document}")[0]
    body = "\n\n".join(texts)
    document = f"{preamble}\\begin{{document}}\n{body}\n\\typeout{{THE END}}\n\\end{{document}}\n"
    (tmp_path / "all.tex").write_text(document, encoding="utf-8")
    command = [str(PDFLATEX), "-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-1500:]
    assert "THE END" in said
    assert "SECRET" not in said
    assert not (tmp_path / "pwned").exists()


@pytest.mark.skipif(not PDFLATEX, reason="needs pdflatex with amsmath, as from apt-get install texlive-latex-base")
def test_latex_sets_every_view(tmp_path: Path) -> None:
    """Views of every operation, at first and second order, and what networks write, on pages that they fit."""
    formulas: dict[str, str] = {}
    for op in ag.TABLE.values():
        xs = [Value(x, f"x[{i}]") for i, x in enumerate(ordinary(op)[0], 1)]
        y = op(*xs).named("y")
        trace = ag.trace(y, xs[-1])
        formulas |= views(op.name, trace)
        if y.data != 0.0:
            (slope,) = ag.gradient(y * y, [xs[-1]])
            if xs[-1] in ag.leaves(slope):
                formulas |= views(f"{op.name}, second order", ag.trace(slope.named("g"), xs[-1]))
    for last, *sizes in ("sigmoid", 2, 3, 2), ("softmax", 6, 9, 4):
        net = nn.MLP(sizes[0], sizes[1:], ["sigmoid", last], seed=0)
        inputs = [0.1 * i - 0.3 for i in range(sizes[0])]
        C = nn.quadratic(net(inputs), [1.0, *[0.0] * (sizes[-1] - 1)]).named("C")
        formulas |= views(f"{last} network", ag.trace(C, net.layers[0].weight[0, 1]))
        for name in get_args(NotationName):
            target = [1.0, *[0.0] * (sizes[-1] - 1)]
            formulas[f"{name} {sizes}"] = nn.backprop(net, inputs, target, notation=name).latex()
        step = ag.compile(lambda x, net=net: net(x), net.parameters(), inputs=(sizes[0],))
        formulas |= {f"equations {sizes}": step.equations(latex=True)}
        formulas |= {f"numbers {sizes}": step.equations(latex=True, numbers=[inputs])}
    sheets = ag.worksheets(ag.trace(*network()), students=2, seed=1).latex()
    preamble, _, rest = sheets.partition(r"\begin{document}")
    preamble = preamble.replace("margin=2cm", "margin=2.5cm")
    # Its solution is taller than a page.
    tall = ag.trace(*random_derivative(101)).worksheet(1, difficulty="hard")
    rest = f"{tall.exercise('latex')}\\newpage\n{tall.key('latex')}\\newpage\n{rest}"
    blocks = [text if text.startswith(r"\[") or "align*" in text else f"\\[{text}\\]" for text in formulas.values()]
    body = "\n\n".join(f"\\message{{<{i}>}}\n{block}" for i, block in enumerate(blocks))
    document = f"{preamble}\\begin{{document}}\n{body}\n\\message{{<{len(blocks)}>}}\n{rest}"
    (tmp_path / "all.tex").write_text(document, encoding="utf-8")
    command = [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-1500:]
    assert (tmp_path / "all.pdf").read_bytes().startswith(b"%PDF")
    assert r"Overfull \vbox" not in said.rpartition(f"<{len(blocks)}>")[2]
    names, wide = [*formulas, "worksheets"], {}
    for match in re.finditer(r"<(\d+)>|Overfull \\hbox \((?P<points>[\d.]+)pt", said):
        name = names[int(match[1])] if match[1] else name
        if match["points"] and float(match["points"]) > 5.0:
            wide[name] = float(match["points"])
    assert wide.keys() <= TOO_WIDE, wide


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("∂C/∂W₁,₁ = −0.142", r"\partial C/\partial W_{1,1} = -0.142"),
        ("1.2×10⁻⁷", r"1.2\times 10^{-7}"),
        ("+783 terms", r"+783\ \mathrm{terms}"),
        (" = S(AS²₁)", r"{}= S(\mathrm{AS}^{2}_{1})"),
        ("θ_é~", r"\theta \_\text{é}\sim"),
        ("🎉", r"\text{\tiny U+1F389}"),
        ("a³₁′ + b²′", r"a^{3}_{1}{}' + b^{2}{}'"),
        (r"\end{x}", r"\backslash \mathrm{end}\{x\}"),
    ],
)
def test_formula(text: str, written: str) -> None:
    assert formula(text) == written


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_breaks_out_of_tikz(label: str) -> None:
    tikz, plain = (draw(*with_label(text)).tikz() for text in (label, "q"))
    assert tikz.count("\n") == plain.count("\n")
    for mark in "&%#":
        assert len(re.findall(rf"(?<!\\){mark}", tikz)) == plain.count(mark)
    for line in tikz.splitlines():
        assert len(re.findall(r"(?<!\\)\$", line)) % 2 == 0
        depth = 0
        for brace in re.findall(r"(?<!\\)[{}]", line):
            depth += 1 if brace == "{" else -1
            assert depth >= 0
    known = set(re.findall(r"\\[a-zA-Z]+", plain)) | {r"\backslash", r"\text", r"\tiny", r"\mathrm", r"\sim", r"\dots"}
    assert set(re.findall(r"\\[a-zA-Z]+", tikz)) <= known | {r"\hat", r"\mathrm"}


NODE = re.compile(r'  n\d+(?:\[\[?|\(\[?)"(?P<text>[^"]*)"(?:\]\]?|\]?\)):::\w+')
EDGE = re.compile(r'  n\d+ (?:==>|-\.->|-->)(?:\|"(?P<text>[^"]*)"\|)? n\d+')


def mermaid_texts(mermaid: str) -> list[str]:
    """The texts of a flowchart, every line of which has to be of the grammar."""
    texts = []
    for line in mermaid.rstrip("\n").split("\n"):
        match = NODE.fullmatch(line) or EDGE.fullmatch(line)
        if match:
            texts.append(match["text"] or "")
        else:
            assert re.fullmatch(r"flowchart (BT|LR)|  (accTitle:|classDef|class) [^{}<>\"`]*", line), line
    return texts


def decoded(text: str) -> str:
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text)


def test_mermaid_has_nodes_edges_and_partials() -> None:
    _, b, *_, e = olah()
    mermaid = draw(e, b).mermaid()
    assert [decoded(text) for text in mermaid_texts(mermaid)] == [
        "a = 2",
        "b = 1<br>∂e/∂b = 5",
        "c = a + b = 3<br>∂e/∂c = 2",
        "d = b + 1 = 2<br>∂e/∂d = 3",
        "e = c·d = 6<br>∂e/∂e = 1",
        "∂c/∂a = 1",
        "∂c/∂b = 1",
        "∂d/∂b = 1",
        "∂e/∂c = 2",
        "∂e/∂d = 3",
    ]
    assert mermaid.count("==>") == 4
    assert "class n1,n2,n3,n4 lit" in mermaid
    assert "flowchart LR" in draw(e, b, direction="right").mermaid()


def test_mermaid_has_groups_as_subgraphs() -> None:
    C, _ = network()
    mermaid = draw(C, detail="operations").mermaid()
    assert mermaid.count("subgraph") == mermaid.count("  end\n") == 8
    assert set(re.findall(r"^\s*(n\d+)[\[(]", mermaid, re.MULTILINE)) == set(re.findall(r"\bn\d+\b", mermaid))


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_breaks_out_of_mermaid(label: str) -> None:
    texts = mermaid_texts(draw(*with_label(label)).mermaid())
    assert len(texts) == 10
    for text in texts:
        assert re.fullmatch(r"(?:[^\W_]|[ =]|[^\x00-\x7f]|#\d+;|<br>)*", text)


@pytest.mark.parametrize("suffix", [".tex", ".mmd"])
def test_save_tikz_and_mermaid(tmp_path: Path, suffix: str) -> None:
    *_, e = olah()
    text = draw(e).save(tmp_path / f"e{suffix}").read_text("utf-8")
    assert text.startswith(
        "% Set this file with pdflatex. It needs amsmath, TikZ" if suffix == ".tex" else "flowchart BT"
    )


def test_network_has_no_tikz(tmp_path: Path) -> None:
    import nn

    drawing: Any = ag.draw_network(nn.MLP(2, [1], seed=0))
    with pytest.raises(ValueError, match=r"must end in one of \.svg, \.png, \.pdf, \.dot, got 'n.tex'"):
        drawing.save(tmp_path / "n.tex")
