"""The display list: one list for graphs and networks, and a writer for each format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from drawn import random_graph
from networks import network
from samples import olah

from autograd.drawing import Drawing, GraphDrawing, draw, draw_network
from autograd.drawing.formats.dot import digraph
from autograd.drawing.formats.svg import svg
from autograd.drawing.shapes import Bounds, Disc, Plate, Scene, Stroke, Text, bounds
from autograd.drawing.themes import THEMES


def test_graph_becomes_boxes_and_arrows() -> None:
    _, b, *_, e = olah()
    scene = draw(e, b).figure.scene
    assert [(box.name, box.role) for box in scene.boxes] == [
        ("a", "input"),
        ("b", "input"),
        ("c", "operation"),
        ("d", "operation"),
        ("e", "output"),
    ]
    assert [(edge.source, edge.target) for edge in scene.arrows] == [(0, 2), (1, 2), (1, 3), (2, 4), (3, 4)]
    assert scene.arrows[0].tooltip == "∂c/∂a = 1.0"
    assert [edge.emphasis.highlighted for edge in scene.arrows] == [False, True, True, True, True]
    assert (scene.caption, scene.marks) == ("∂e/∂b = 2·1 + 3·1 = 5", ())


def test_network_becomes_marks() -> None:
    scene = draw_network(network(2, 1))._scene
    assert {type(mark) for mark in scene.marks} == {Stroke, Disc, Plate, Text}
    assert scene.bounds == bounds(scene.marks)
    assert scene.boxes == scene.arrows == scene.clusters == ()


@pytest.mark.parametrize("seed", range(5))
def test_boxes_are_within_the_bounds(seed: int) -> None:
    output, _ = random_graph(seed)
    scene = draw(output, direction="right").figure.scene
    for box in scene.boxes:
        (x, y), size = box.centre, box.size
        assert scene.bounds.left - 0.1 <= x - size.width / 2 <= x + size.width / 2 <= scene.bounds.right + 0.1
        assert scene.bounds.top - 0.1 <= y - size.height / 2 <= y + size.height / 2 <= scene.bounds.bottom + 0.1


def outline(scene: Scene) -> str:
    """A toy format of graphs and networks: a line for each shape."""
    lines = [f"box {box.name}" for box in scene.boxes]
    lines += [f"arrow {scene.boxes[edge.source].name} {scene.boxes[edge.target].name}" for edge in scene.arrows]
    lines += [f"{type(mark).__name__.lower()} {mark.role}" for mark in scene.marks]
    return "\n".join(lines)


def test_new_format_is_a_writer_and_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def writer(drawing: Any) -> bytes:
        return outline(drawing._scene).encode()

    for table in (Drawing._writers, GraphDrawing._writers):
        monkeypatch.setitem(table, ".outline", writer)
    *_, e = olah()
    lines = draw(e).save(tmp_path / "graph.outline").read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[-1]) == ("box a", "arrow d e")
    lines = draw_network(network(2, 1)).save(tmp_path / "network.outline").read_text(encoding="utf-8").splitlines()
    assert {line.split()[0] for line in lines} == {"stroke", "disc", "plate", "text"}


def test_unknown_mark_is_refused() -> None:
    scene = Scene("network", "", "", THEMES["light"], Bounds(0.0, 1.0, 0.0, 1.0), marks=(object(),))  # type: ignore[arg-type]
    for writer in (svg, digraph):
        with pytest.raises(NotImplementedError, match="object"):
            writer(scene)
