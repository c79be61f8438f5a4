"""A figure for Graphviz: the DOT language, and from it PNG and PDF.

Nodes are called n0, n1, … in topological order, and every text of the user's goes through `graphviz`'s quoting or an
HTML-like label that is built of escaped text, so no label can end its string and become markup.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from html import escape
from importlib.util import find_spec

import graphviz

from autograd.drawing.figure import LABEL_SIZE, SIZE, Figure, Label, Line
from autograd.drawing.layout import Point, arrow
from autograd.drawing.picture import Edge, Node
from autograd.drawing.themes import FADED, FILLS
from autograd.drawing.typeface import width

_SECONDS = 20.0
_PYGRAPHVIZ = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="nop2"))
"""
_FADED, _FADED_TEXT = "a0", f"{round(255 * FADED):02x}"
"""Opacity, in Graphviz's #rrggbbaa."""


def digraph(figure: Figure, placed: bool = False) -> graphviz.Digraph:
    """The figure as a `graphviz.Digraph`.

    Args:
        figure: what to write.
        placed: with the positions of the figure's own layout, for the engine ``nop2``; else `dot` is to place it.
    """
    palette = figure.theme.palette
    font = figure.theme.postscript
    captions = [markup_text(figure.picture.caption, bold=True), markup_text(figure.picture.note, palette.note)]
    caption = "<br/>".join(line for line in captions if line)
    graph = graphviz.Digraph(
        graph_attr={
            "rankdir": "BT" if figure.direction == "up" else "LR",
            "bgcolor": palette.paper,
            "fontcolor": palette.ink,
            "fontname": font,
            "pad": "0.2",
            **({"newrank": "true"} if figure.picture.groups else {}),
            "label": f"<{caption}>" if caption else "",
        },
        node_attr={
            "shape": "ellipse" if figure.theme.ellipses else "box",
            "fontname": font,
            "fontsize": f"{SIZE:g}",
            "margin": "0.1,0.05",
        },
        edge_attr={"fontname": font, "fontsize": f"{LABEL_SIZE:g}", "arrowsize": "0.8"},
    )
    for i, (node, lines) in enumerate(zip(figure.picture.nodes, figure.lines, strict=True)):
        place = _node_place(figure, i) if placed else {}
        graph.node(f"n{i}", _rows(figure, node, lines), **_node_style(figure, node), **place)
    _add_clusters(graph, figure, placed)
    for i, (edge, label) in enumerate(zip(figure.picture.edges, figure.labels, strict=True)):
        place = _edge_place(figure, i) if placed else {}
        text = _fraction(figure, edge, label) if label else ""
        graph.edge(f"n{edge.source}", f"n{edge.target}", text, **_edge_style(figure, edge), **place)
    return graph


def _add_clusters(graph: graphviz.Digraph, figure: Figure, placed: bool) -> None:
    """A cluster for each group, those inside others in them."""
    palette, groups = figure.theme.palette, figure.picture.groups
    clusters = []
    for i, (group, ((left, top), (right, bottom))) in enumerate(zip(groups, figure.layout.clusters, strict=True)):
        style = {"style": "filled,rounded", "fillcolor": palette.group, "color": palette.group_line, "fontsize": "12"}
        if placed:
            middle = left + 10 + width(group.name, LABEL_SIZE) / 2, top + 11
            style["bb"] = _pos([(left, bottom), (right, top)], figure).replace(" ", ",")
            style["lp"] = _pos([middle], figure)
        title = f"<{markup_text(group.name, palette.note, bold=True)}>"
        attributes = {"label": title, "labeljust": "l", "fontname": figure.theme.postscript, **style}
        clusters.append(graphviz.Digraph(f"cluster_{i}", graph_attr=attributes))
    for i, node in enumerate(figure.picture.nodes):
        if node.group is not None:
            clusters[node.group].node(f"n{i}")
    for cluster, group in reversed([*zip(clusters, groups, strict=True)]):
        (graph if group.parent is None else clusters[group.parent]).subgraph(cluster)


def render(graph: graphviz.Digraph, kind: str) -> bytes:
    """A graph with positions as PNG or PDF: by pygraphviz, which brings Graphviz along, or by the program `dot`.

    Either runs in a process of its own, for a limited time; what it has to say, as that a picture had to be made
    smaller, is passed on.

    Raises:
        RuntimeError: neither is there, or it failed or took too long.
    """
    if kind == "png":
        graph.graph_attr["dpi"] = "144"
    program = sys.executable if find_spec("pygraphviz") else shutil.which("dot")
    if program is None:
        raise RuntimeError(
            f"a {kind.upper()} file is made by Graphviz, which is not here: pip install pygraphviz, "
            "or apt, brew or conda install graphviz; SVG and DOT files need nothing"
        )
    options = ["-c", _PYGRAPHVIZ, kind] if program == sys.executable else ["-Knop2", f"-T{kind}"]
    source: str = graph.source
    try:
        done = subprocess.run(
            [program, *options], input=source.encode(), capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"Graphviz took longer than {_SECONDS:g} s; draw less, or save as SVG") from error
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode or not done.stdout:
        raise RuntimeError(f"Graphviz, {program}, failed: {complaint or 'it wrote nothing'}")
    if complaint:
        print(complaint, file=sys.stderr)
    return done.stdout


def markup_text(text: str, color: str = "", bold: bool = False) -> str:
    """A piece of an HTML-like label; nothing for no text, which Graphviz would refuse in markup."""
    if not text:
        return ""
    text = escape("".join(c for c in text if c.isprintable()))
    text = f"<b>{text}</b>" if bold else text
    return f'<font color="{color}">{text}</font>' if color else text


def _table(rows: Iterable[str], **attributes: str) -> str:
    settings = {"border": "0", "cellborder": "0", "cellspacing": "0", "cellpadding": "1", **attributes}
    written = " ".join(f'{key}="{setting}"' for key, setting in settings.items())
    return f"<table {written}>{''.join(rows)}</table>"


def _rows(figure: Figure, node: Node, lines: Iterable[Line]) -> str:
    palette = figure.theme.palette
    color = {"name": palette.ink, "text": palette.ink, "value": palette.value, "slope": palette.slope}
    fade = _FADED_TEXT if figure.picture.is_faded(node) else ""
    bold = not figure.theme.italic

    def cells() -> Iterator[str]:
        for line in lines:
            spans = "".join(markup_text(text, color[kind] + fade, bold and kind == "name") for text, kind in line)
            yield f"<tr><td>{spans}</td></tr>"

    return f"<{_table(cells())}>"


def _fraction(figure: Figure, edge: Edge, label: Label) -> str:
    palette = figure.theme.palette
    is_faded = figure.picture.is_faded(edge)
    color = palette.slope + (_FADED_TEXT if is_faded else "")
    over, under, text = (
        markup_text(part, color, label.bold) for part in (label.numerator, label.denominator, label.text)
    )
    cells = f"<td>{text}</td>"
    if label.numerator:
        fraction = _table([f"<tr><td>{over}</td></tr><hr/><tr><td>{under}</td></tr>"], color=color)
        cells = f"<td>{fraction}</td>{cells}"
    frame = palette.lit if edge.lit or edge.mark else palette.folded if is_faded else palette.label_line
    box = {"bgcolor": palette.folded if is_faded else palette.label, "border": "1", "cellpadding": "2", "color": frame}
    return f"<{_table([f'<tr>{cells}</tr>'], **box)}>"


def _node_style(figure: Figure, node: Node) -> dict[str, str]:
    palette, stroke = figure.theme.palette, figure.theme.stroke
    faded = figure.picture.is_faded(node)
    sharp, dashed = node.role in ("input", "parameter", "constant"), node.role in ("constant", "folded")
    is_rounded = not sharp and not figure.theme.ellipses
    return {
        "style": "filled" + ",rounded" * is_rounded + ",dashed" * dashed,
        "fillcolor": palette.folded if faded else getattr(palette, FILLS[node.role]),
        "color": palette.lit if node.lit or node.mark else palette.border + (_FADED if faded else ""),
        "penwidth": f"{stroke + (2.25 if node.mark else 1.25 if node.lit else 0):g}",
        "tooltip": graphviz.escape(node.name),
        **({"peripheries": "2"} if node.role in ("parameter", "layer") else {}),
    }


def _edge_style(figure: Figure, edge: Edge) -> dict[str, str]:
    palette, stroke, is_zero = figure.theme.palette, figure.theme.stroke, edge.partial == 0.0
    plain = palette.line + (_FADED if figure.picture.is_faded(edge) else "")
    return {
        "color": palette.lit if edge.mark or (edge.lit and not is_zero) else plain,
        "penwidth": f"{stroke + (2.25 if edge.mark else 1.75 if edge.lit else 0):g}",
        **({"style": "dotted"} if is_zero else {}),
    }


def _node_place(figure: Figure, i: int) -> dict[str, str]:
    """Graphviz counts sizes in inches; a pixel is taken for a point."""
    box = figure.boxes[i]
    centre = _pos([figure.layout.boxes[i]], figure)
    return {"pos": centre, "width": f"{box.width / 72:.3f}", "height": f"{box.height / 72:.3f}"}


def _edge_place(figure: Figure, i: int) -> dict[str, str]:
    curve, tip = arrow(figure.layout.routes[i], 8.0)
    label = figure.layout.labels[i]
    return {
        "pos": f"e,{_pos([tip], figure)} {_pos(curve, figure)}",
        **({"lp": _pos([label], figure)} if label else {}),
    }


def _pos(points: Iterable[Point], figure: Figure) -> str:
    """Graphviz counts upwards."""
    return " ".join(f"{x:.1f},{figure.layout.height - y:.1f}" for x, y in points)
