"""DOT, the language of Graphviz, and PNG and PDF that Graphviz makes of it.

Nodes are called n0, n1, … in topological order. Every text of the user's passes through `graphviz`'s quoting, or is
escaped and built into an HTML-like label, so that no label can end its string and become markup.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import singledispatchmethod
from html import escape
from importlib.util import find_spec

import graphviz

from autograd.drawing.layout import Point, arrow
from autograd.drawing.shapes import (
    FONT_SIZE,
    LABEL_FONT_SIZE,
    Arrow,
    Cluster,
    Disc,
    Label,
    Mark,
    Plate,
    Rectangle,
    Scene,
    Stroke,
    Text,
    TextBox,
)
from autograd.drawing.themes import (
    DISCS,
    FADED_STROKE_OPACITY,
    FADED_TEXT_OPACITY,
    FILLS,
    HIGHLIGHTED_RIM_WIDTH,
    PLATES,
    STROKES,
    TEXTS,
    Look,
)
from autograd.drawing.typeface import width

# A hung Graphviz must not hang `save`.
_TIMEOUT_SECONDS = 20.0
_PYGRAPHVIZ = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="nop2"))
"""
# Graphviz measures boxes in inches and positions in points; a pixel is drawn as a point.
_POINTS_PER_INCH = 72
_ARROW_LENGTH = 8.0
# Opacity as the last two digits of #rrggbbaa.
_FADED, _FADED_TEXT = "a0", f"{round(255 * FADED_TEXT_OPACITY):02x}"
# An invisible node: an edge needs ends, and the strokes of a network have none.
_INVISIBLE = "o"


def digraph(scene: Scene, placed: bool = False) -> graphviz.Digraph:
    """Return a scene as a `graphviz.Digraph`.

    Args:
        scene: a graph or the diagram of a network.
        placed: True to write the positions of the scene, for the engine ``nop2``. False leaves a graph to the engine
            `dot`; a network is placed in any case, because its marks are no graph.
    """
    return _WRITERS[scene.style](scene, placed)


def render(graph: graphviz.Digraph, suffix: str) -> bytes:
    """Render a graph with positions as PNG or PDF: with pygraphviz, which contains Graphviz, or the program `dot`.

    Either runs in its own process with a time limit. Warnings of Graphviz, for instance of a picture that had to be
    scaled down, are passed on to the standard error.

    Raises:
        RuntimeError: neither is installed, or it failed, or it exceeded the time limit.
    """
    # Twice the 72 of Graphviz, for sharp text on dense screens.
    if suffix == "png":
        graph.graph_attr["dpi"] = "144"
    program = sys.executable if find_spec("pygraphviz") else shutil.which("dot")
    if program is None:
        raise RuntimeError(
            f"a {suffix.upper()} file needs Graphviz, which is not installed: pip install pygraphviz, "
            "or apt, brew or conda install graphviz; SVG and DOT files do not need it"
        )
    # The engine nop2 keeps the positions.
    options = ["-c", _PYGRAPHVIZ, suffix] if program == sys.executable else ["-Knop2", f"-T{suffix}"]
    source: str = graph.source
    try:
        process = subprocess.run(
            [program, *options], input=source.encode(), capture_output=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(
            f"Graphviz took longer than {_TIMEOUT_SECONDS:g} s; draw fewer nodes, or save as SVG"
        ) from error
    complaint = process.stderr.decode(errors="replace").strip()
    if process.returncode or not process.stdout:
        raise RuntimeError(f"Graphviz ({program}) failed: {complaint or 'it wrote no output'}")
    if complaint:
        print(complaint, file=sys.stderr)
    return process.stdout


class _GraphWriter:
    """A graph of named nodes and edges, with or without positions."""

    def __init__(self, scene: Scene, placed: bool) -> None:
        self.scene, self.theme, self.palette = scene, scene.theme, scene.theme.palette
        self.placed = placed

    def write(self) -> graphviz.Digraph:
        graph = self._empty_graph()
        for i, box in enumerate(self.scene.boxes):
            graph.node(f"n{i}", self._box_label(box), **self._box_style(box), **self._box_place(box))
        self._add_clusters(graph)
        for edge in self.scene.arrows:
            label = self._edge_label(edge, edge.label.label) if edge.label else ""
            attributes = {**self._edge_style(edge), **self._edge_place(edge)}
            graph.edge(f"n{edge.source}", f"n{edge.target}", label, **attributes)
        return graph

    def _empty_graph(self) -> graphviz.Digraph:
        scene, palette, font = self.scene, self.palette, self.theme.postscript
        captions = [_markup(scene.caption, bold=True), _markup(scene.note, palette.note)]
        caption = "<br/>".join(line for line in captions if line)
        return graphviz.Digraph(
            graph_attr={
                "rankdir": "BT" if scene.direction == "up" else "LR",
                "bgcolor": palette.paper,
                "fontcolor": palette.ink,
                "fontname": font,
                "pad": "0.2",
                # One ranking of all nodes, as in the SVG; by default `dot` ranks each cluster by itself.
                **({"newrank": "true"} if scene.clusters else {}),
                "label": f"<{caption}>" if caption else "",
            },
            node_attr={
                "shape": "ellipse" if self.theme.ellipses else "box",
                "fontname": font,
                "fontsize": f"{FONT_SIZE:g}",
                "margin": "0.1,0.05",
            },
            edge_attr={"fontname": font, "fontsize": f"{LABEL_FONT_SIZE:g}", "arrowsize": "0.8"},
        )

    def _add_clusters(self, graph: graphviz.Digraph) -> None:
        subgraphs = [
            graphviz.Digraph(f"cluster_{i}", graph_attr=self._cluster_attributes(cluster))
            for i, cluster in enumerate(self.scene.clusters)
        ]
        for i, box in enumerate(self.scene.boxes):
            if box.cluster is not None:
                subgraphs[box.cluster].node(f"n{i}")
        # From the last to the first, so that a cluster is complete when it is copied into its parent.
        for subgraph, cluster in reversed([*zip(subgraphs, self.scene.clusters, strict=True)]):
            (graph if cluster.parent is None else subgraphs[cluster.parent]).subgraph(subgraph)

    def _cluster_attributes(self, cluster: Cluster) -> dict[str, str]:
        palette = self.palette
        attributes = {
            "label": f"<{_markup(cluster.name, palette.note, bold=True)}>",
            "labeljust": "l",
            "fontname": self.theme.postscript,
            "style": "filled,rounded",
            "fillcolor": palette.group,
            "color": palette.group_line,
            "fontsize": "12",
        }
        if self.placed:
            (left, top), (right, bottom) = cluster.corners
            title_centre = left + 10 + width(cluster.name, LABEL_FONT_SIZE) / 2, top + 11
            attributes["bb"] = f"{self._position((left, bottom))},{self._position((right, top))}"
            attributes["lp"] = self._position(title_centre)
        return attributes

    def _box_label(self, box: TextBox) -> str:
        palette = self.palette
        colours = {"name": palette.ink, "text": palette.ink, "value": palette.value, "slope": palette.slope}
        opacity = _FADED_TEXT if box.emphasis.faded else ""
        bold_names = not self.theme.italic

        def rows() -> Iterator[str]:
            for line in box.lines:
                spans = "".join(
                    _markup(text, colours[style] + opacity, bold_names and style == "name") for text, style in line
                )
                yield f"<tr><td>{spans}</td></tr>"

        return f"<{_table(rows())}>"

    def _box_style(self, box: TextBox) -> dict[str, str]:
        palette, stroke = self.palette, self.theme.stroke
        highlighted, faded, wrong = box.emphasis
        styles = ["filled"]
        if box.role not in ("input", "parameter", "constant") and not self.theme.ellipses:
            styles.append("rounded")
        if box.role in ("constant", "folded"):
            styles.append("dashed")
        border = palette.border + (_FADED if faded else "")
        return {
            "style": ",".join(styles),
            "fillcolor": palette.folded if faded else getattr(palette, FILLS[box.role]),
            "color": palette.lit if highlighted or wrong else border,
            "penwidth": f"{stroke + (2.25 if wrong else 1.25 if highlighted else 0):g}",
            "tooltip": graphviz.escape(box.name),
            **({"peripheries": "2"} if box.role in ("parameter", "layer") else {}),
        }

    def _box_place(self, box: TextBox) -> dict[str, str]:
        if not self.placed:
            return {}
        return {
            "pos": self._position(box.centre),
            "width": f"{box.size.width / _POINTS_PER_INCH:.3f}",
            "height": f"{box.size.height / _POINTS_PER_INCH:.3f}",
        }

    def _edge_label(self, edge: Arrow, label: Label) -> str:
        palette, (highlighted, faded, wrong) = self.palette, edge.emphasis
        colour = palette.slope + (_FADED_TEXT if faded else "")
        numerator, denominator, text = (
            _markup(part, colour, label.bold) for part in (label.numerator, label.denominator, label.text)
        )
        cells = f"<td>{text}</td>"
        if label.numerator:
            rows = [f"<tr><td>{numerator}</td></tr><hr/><tr><td>{denominator}</td></tr>"]
            cells = f"<td>{_table(rows, color=colour)}</td>{cells}"
        border = palette.lit if highlighted or wrong else palette.folded if faded else palette.label_line
        background = palette.folded if faded else palette.label
        return f"<{_table([f'<tr>{cells}</tr>'], bgcolor=background, border='1', cellpadding='2', color=border)}>"

    def _edge_style(self, edge: Arrow) -> dict[str, str]:
        palette, stroke, (highlighted, faded, wrong) = self.palette, self.theme.stroke, edge.emphasis
        plain = palette.line + (_FADED if faded else "")
        return {
            "color": palette.lit if wrong or (highlighted and not edge.is_zero) else plain,
            "penwidth": f"{stroke + (2.25 if wrong else 1.75 if highlighted else 0):g}",
            **({"style": "dotted"} if edge.is_zero else {}),
        }

    def _edge_place(self, edge: Arrow) -> dict[str, str]:
        if not self.placed:
            return {}
        curve, tip = arrow(edge.route, _ARROW_LENGTH)
        place = {"pos": f"e,{self._position(tip)} {' '.join(map(self._position, curve))}"}
        return {**place, "lp": self._position(edge.label.centre)} if edge.label else place

    def _position(self, point: Point) -> str:
        return _position(point, self.scene)


class _NetworkWriter:
    """The marks of a network in place: strokes as edges, and all others as nodes, painted in order after the edges."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.theme, self.palette = scene, scene.theme, scene.theme.palette
        self.graph = graphviz.Digraph(
            graph_attr={"layout": "nop2", "outputorder": "edgesfirst", "bgcolor": self.palette.paper, "pad": "0.2"},
            node_attr={"label": "", "margin": "0", "fixedsize": "shape", "fontname": self.theme.postscript},
            edge_attr={"dir": "none"},
        )

    def write(self) -> graphviz.Digraph:
        self._node(_INVISIBLE, Rectangle(0.0, 0.0, 0.0, 0.0), Look(), shape="point")
        for i, mark in enumerate(self.scene.marks):
            self._add(mark, f"n{i}")
        return self.graph

    @singledispatchmethod
    def _add(self, mark: Mark, name: str) -> None:
        raise NotImplementedError(type(mark).__name__)

    @_add.register
    def _(self, mark: Stroke, name: str) -> None:
        (x, y), (to_x, to_y) = mark.start, mark.end
        # Graphviz has no straight lines, only Bézier curves.
        points = [(x + (to_x - x) * k / 3, y + (to_y - y) * k / 3) for k in range(4)]
        look = STROKES[mark.role]
        self.graph.edge(
            _INVISIBLE,
            _INVISIBLE,
            pos=" ".join(_position(point, self.scene) for point in points),
            color=self._colour(look.stroke, FADED_STROKE_OPACITY if mark.faded else 1.0),
            penwidth=f"{mark.breadth:.2f}",
            style=look.dot_style,
        )

    @_add.register
    def _(self, mark: Disc, name: str) -> None:
        look, rim_width = DISCS[mark.role], self.theme.stroke
        if mark.highlighted:
            look = look._replace(stroke="ink")
            rim_width += HIGHLIGHTED_RIM_WIDTH
        area = Rectangle(*mark.centre, 2 * mark.radius, 2 * mark.radius)
        self._node(name, area, look, mark.opacity, shape="circle", penwidth=f"{rim_width:g}")

    @_add.register
    def _(self, mark: Plate, name: str) -> None:
        self._node(name, mark.area, PLATES[mark.role], shape="box", penwidth="1.5")

    @_add.register
    def _(self, mark: Text, name: str) -> None:
        if mark.anchor == "middle":
            label = f"<{_markup(mark.text, bold=mark.bold)}>"
        else:
            # An HTML-like label cannot be aligned to a side of its node; a plain one can, with \l or \r.
            label = graphviz.escape(mark.text) + ("\\l" if mark.anchor == "start" else "\\r")
        colour = self._colour(TEXTS.get(mark.role, "ink"))
        self._node(name, mark.area, Look(), shape="box", label=label, fontsize=f"{mark.size:.2f}", fontcolor=colour)

    def _node(self, name: str, area: Rectangle, look: Look, opacity: float = 1.0, **attributes: str) -> None:
        styles = (["filled"] if look.fill else []) + ([look.dot_style] if look.stroke else [])
        self.graph.node(
            name,
            pos=_position((area.x, area.y), self.scene),
            width=f"{area.width / _POINTS_PER_INCH:.4f}",
            height=f"{area.height / _POINTS_PER_INCH:.4f}",
            style=",".join(styles),
            color=self._colour(look.stroke) if look.stroke else "transparent",
            fillcolor=self._colour(look.fill, opacity) if look.fill else "transparent",
            **attributes,
        )

    def _colour(self, name: str, opacity: float = 1.0) -> str:
        colour: str = getattr(self.palette, name)
        return colour if opacity == 1.0 else f"{colour}{round(255 * opacity):02x}"


_WRITERS = {
    "graph": lambda scene, placed: _GraphWriter(scene, placed).write(),
    "network": lambda scene, placed: _NetworkWriter(scene).write(),
}


def _position(point: Point, scene: Scene) -> str:
    # In Graphviz, y grows upwards.
    return f"{point[0]:.1f},{scene.bounds.bottom - point[1]:.1f}"


def _markup(text: str, colour: str = "", bold: bool = False) -> str:
    """Return a piece of an HTML-like label; nothing for no text, which Graphviz rejects within markup."""
    if not text:
        return ""
    text = escape("".join(c for c in text if c.isprintable()))
    text = f"<b>{text}</b>" if bold else text
    return f'<font color="{colour}">{text}</font>' if colour else text


def _table(rows: Iterable[str], **attributes: str) -> str:
    settings = {"border": "0", "cellborder": "0", "cellspacing": "0", "cellpadding": "1", **attributes}
    written = " ".join(f'{key}="{setting}"' for key, setting in settings.items())
    return f"<table {written}>{''.join(rows)}</table>"
