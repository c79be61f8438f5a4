"""Drawings as DOT, PNG and PDF: what Graphviz gets, that labels are harmless, and that files are whole or absent."""

from __future__ import annotations

import os
import re
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from drawn import HOSTILE, network, with_label
from samples import olah

import autograd as ag
import nn
from autograd import Value
from autograd.drawing import draw
from autograd.drawing.formats import dot

pygraphviz_missing = pytest.mark.skipif(not find_spec("pygraphviz"), reason="reads DOT with pygraphviz")
graphviz_missing = pytest.mark.skipif(
    not find_spec("pygraphviz") and not shutil.which("dot"), reason="PNG and PDF need pygraphviz or dot"
)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on how busy the machine is."""
    monkeypatch.setattr(dot, "_TIMEOUT_SECONDS", 3600.0)


def test_dot_has_nodes_and_partials() -> None:
    _, b, *_, e = olah()
    source = draw(e, b).dot.source
    assert re.findall(r"^\t(n\d)(?: -> (n\d))?", source, re.MULTILINE) == [
        *((f"n{i}", "") for i in range(5)),
        *[("n0", "n2"), ("n1", "n2"), ("n1", "n3"), ("n2", "n4"), ("n3", "n4")],
    ]
    assert "rankdir=BT" in source
    assert "rankdir=LR" in draw(e, direction="right").dot.source
    assert source.count("∂") > 10
    assert "pos=" not in source


def test_save_svg_and_dot(tmp_path: Path) -> None:
    *_, e = olah()
    drawing = draw(e)
    assert drawing.save(tmp_path / "c.svg").read_text(encoding="utf-8") == drawing.svg()
    assert drawing.save(str(tmp_path / "c.DOT")).read_text(encoding="utf-8") == drawing.dot.source
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.DOT", "c.svg"]


@graphviz_missing
@pytest.mark.parametrize(
    ("kind", "start", "direction", "theme"),
    [("png", b"\x89PNG\r\n", "up", "dark"), ("pdf", b"%PDF", "right", "olah")],
)
def test_save_png_and_pdf(tmp_path: Path, kind: str, start: bytes, direction: str, theme: str) -> None:
    C, w = network()
    path = draw(C, w, direction=direction, theme=theme).save(tmp_path / f"c.{kind}")  # type: ignore[arg-type]
    assert path.read_bytes().startswith(start)
    assert path.stat().st_size > 5000


@pygraphviz_missing
def test_png_has_layout_of_svg() -> None:
    import pygraphviz

    C, w = network()
    figure = draw(C, w).figure
    graph = pygraphviz.AGraph(string=dot.digraph(figure.scene, placed=True).source)
    graph.layout(prog="nop2")
    for i, (x, y) in enumerate(figure.layout.boxes):
        across, up = map(float, graph.get_node(f"n{i}").attr["pos"].split(","))
        first = graph.get_node("n0").attr["pos"].split(",")
        assert across - float(first[0]) == pytest.approx(x - figure.layout.boxes[0][0], abs=0.2)
        assert up - float(first[1]) == pytest.approx(figure.layout.boxes[0][1] - y, abs=0.2)


@pytest.mark.parametrize("name", ["c.jpg", "c", "c.svg.gz", ".svg"])
def test_unknown_suffix_is_refused(tmp_path: Path, name: str) -> None:
    *_, e = olah()
    with pytest.raises(ValueError, match=r"must end in one of \.svg, \.png, \.pdf, \.dot, \.tex, \.mmd, got"):
        draw(e).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def no_pygraphviz(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(dot, "find_spec", lambda name: None)
    return dot


def test_without_graphviz_png_says_what_to_install_and_the_old_file_stays(
    tmp_path: Path, no_pygraphviz: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(no_pygraphviz.shutil, "which", lambda name: None)
    *_, e = olah()
    old = tmp_path / "c.png"
    old.write_bytes(b"old")
    with pytest.raises(RuntimeError, match=r"pip install pygraphviz.*SVG and DOT files do not need it"):
        draw(e).save(old)
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


def fake_dot(folder: Path, script: str) -> str:
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="runs a shell script in place of dot")
def test_dot_program_replaces_pygraphviz(
    tmp_path: Path, no_pygraphviz: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, e = olah()
    program = fake_dot(tmp_path, 'echo "$@"; cat')
    monkeypatch.setattr(no_pygraphviz.shutil, "which", lambda name: program)
    arguments, source = draw(e).save(tmp_path / "c.pdf").read_text(encoding="utf-8").split("\n", 1)
    assert arguments == "-Knop2 -Tpdf"
    assert source == dot.digraph(draw(e).figure.scene, placed=True).source


@pytest.mark.skipif(os.name == "nt", reason="runs a shell script in place of dot")
def test_graphviz_warnings_are_passed_on(
    tmp_path: Path, no_pygraphviz: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = fake_dot(tmp_path, "cat; echo scaled to fit >&2")
    monkeypatch.setattr(no_pygraphviz.shutil, "which", lambda name: program)
    draw(olah()[-1]).save(tmp_path / "c.png")
    assert capsys.readouterr().err == "scaled to fit\n"


@graphviz_missing
def test_pygraphviz_has_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "_TIMEOUT_SECONDS", 0.0)
    with pytest.raises(RuntimeError, match=r"took longer than 0 s; draw fewer nodes, or save as SVG"):
        draw(olah()[-1]).save(tmp_path / "c.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="runs a shell script in place of dot")
@pytest.mark.parametrize(
    ("script", "seconds", "complaint"),
    [
        ("echo half; echo broken >&2; exit 1", 60.0, "failed: broken"),
        (r"printf 'no \377 UTF-8' >&2; exit 1", 60.0, "failed: no \ufffd UTF-8"),
        ("cat > /dev/null", 60.0, "failed: it wrote no output"),
        ("exec sleep 10", 0.0, "took longer than 0 s"),
    ],
)
def test_failing_dot_writes_nothing(
    tmp_path: Path,
    no_pygraphviz: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    seconds: float,
    complaint: str,
) -> None:
    *_, e = olah()
    program = fake_dot(tmp_path, script)
    monkeypatch.setattr(no_pygraphviz.shutil, "which", lambda name: program)
    monkeypatch.setattr(no_pygraphviz, "_TIMEOUT_SECONDS", seconds)
    with pytest.raises(RuntimeError, match=complaint):
        draw(e).save(tmp_path / "c.png")
    assert [path.name for path in tmp_path.iterdir()] == ["dot"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, e = olah()
    (tmp_path / "c.svg").mkdir()
    with pytest.raises(OSError, match=r"c\.svg"):
        draw(e).save(tmp_path / "c.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["c.svg"]


def test_a_disk_that_fills_up_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, e = olah()
    old = draw(e).save(tmp_path / "c.svg")
    before = old.read_bytes()

    def full(descriptor: int) -> None:
        os.ftruncate(descriptor, 100)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        draw(e, theme="dark").save(old)
    assert old.read_bytes() == before
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not replace a file that is open")
def test_a_file_is_replaced_and_never_written_into(tmp_path: Path) -> None:
    *_, e = olah()
    old = draw(e).save(tmp_path / "c.svg")
    reader = old.open("rb")
    draw(e, theme="dark").save(old)
    with reader:
        assert reader.read().decode() == draw(e).svg()
    assert old.read_bytes().decode() == draw(e, theme="dark").svg()


def test_groups_are_nested_clusters() -> None:
    net = nn.MLP(2, [2, 1], seed=0)
    drawing = draw(nn.quadratic(net([0.5, 0.25]), [1.0]))
    source = drawing.dot.source
    titles = re.findall(r"subgraph cluster_\d+ \{\n\s*graph \[.*?label=<<font[^>]*><b>(.*?)</b>", source)
    assert titles == ["neuron 3.1 (sigmoid)", "layer 2", "neuron 2.2 (sigmoid)", "neuron 2.1 (sigmoid)"]
    assert "newrank=true" in source
    inner = source[source.index("subgraph cluster_1 {") :].partition("}")[0]
    named = {f"n{i}" for i, node in enumerate(drawing.picture.nodes) if node.group == 1}
    assert set(re.findall(r"^\t+(n\d+)$", inner, re.MULTILINE)) == named


@pygraphviz_missing
@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_breaks_out_of_dot(label: str) -> None:
    import pygraphviz

    e, b = with_label(label)
    drawing = draw(e, b)
    for source in (drawing.dot.source, dot.digraph(drawing.figure.scene, placed=True).source):
        graph = pygraphviz.AGraph(string=source)
        assert sorted(graph.nodes()) == ["n0", "n1", "n2", "n3", "n4"]
        assert len(graph.edges()) == 5
        assert graph.number_of_edges() == 5


@graphviz_missing
def test_graphviz_renders_hostile_labels_without_complaint(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    leaves = [Value(1.0, label) for label in HOSTILE]
    path = draw(ag.total([(x * x).named(x.label) for x in leaves])).save(tmp_path / "x.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    complaints = [line for line in capfd.readouterr().err.splitlines() if "Fontconfig" not in line]
    assert complaints == []
