"""A diagram of a network for Graphviz: every mark in its place, for the engine ``nop2``, which moves nothing."""

from __future__ import annotations

import graphviz

from autograd.drawing.digraphs import markup_text
from autograd.drawing.layout import Point
from autograd.drawing.networks.diagram import Diagram
from autograd.drawing.networks.looks import DISCS, FADED, LIT_RIM, PLATES, STROKES, TEXTS, Look
from autograd.drawing.networks.marks import Disc, Plate, Rectangle, Stroke, Text, bounds
from autograd.drawing.themes import Palette, Theme

_NOWHERE = "o"
"""A node that is not seen, for an edge has to have ends."""


def network_digraph(diagram: Diagram, theme: Theme) -> graphviz.Digraph:
    """The diagram as a `graphviz.Digraph`: lines are edges, and all else is nodes, drawn after them in their order."""
    graph = graphviz.Digraph(
        graph_attr={"layout": "nop2", "outputorder": "edgesfirst", "bgcolor": theme.palette.paper, "pad": "0.2"},
        node_attr={"label": "", "margin": "0", "fixedsize": "shape", "fontname": theme.postscript},
        edge_attr={"dir": "none"},
    )
    return _Writer(graph, theme, bounds(diagram.marks)[3]).write(diagram)


class _Writer:
    """A graph while it is written; Graphviz counts from `bottom` upwards, and a pixel is taken for a point."""

    def __init__(self, graph: graphviz.Digraph, theme: Theme, bottom: float) -> None:
        self.graph, self.theme, self.bottom = graph, theme, bottom
        self.palette: Palette = theme.palette

    def write(self, diagram: Diagram) -> graphviz.Digraph:
        self._node(_NOWHERE, Rectangle(0.0, 0.0, 0.0, 0.0), Look(), shape="point")
        for i, mark in enumerate(diagram.marks):
            if isinstance(mark, Stroke):
                self._stroke(mark)
            elif isinstance(mark, Disc):
                self._disc(f"n{i}", mark)
            elif isinstance(mark, Plate):
                self._node(f"n{i}", mark.area, PLATES[mark.kind], 1.0, shape="box", penwidth="1.5")
            else:
                self._text(f"n{i}", mark)
        return self.graph

    def _stroke(self, mark: Stroke) -> None:
        (x, y), (to_x, to_y) = mark.start, mark.end
        points = [(x + (to_x - x) * k / 3, y + (to_y - y) * k / 3) for k in range(4)]
        look = STROKES[mark.kind]
        color = self._color(look.stroke, FADED if mark.faded else 1.0)
        place = " ".join(map(self._pos, points))
        breadth = f"{mark.breadth:.2f}"
        self.graph.edge(_NOWHERE, _NOWHERE, pos=place, color=color, penwidth=breadth, style=look.dot_style)

    def _disc(self, name: str, mark: Disc) -> None:
        look = DISCS[mark.kind]
        if mark.lit:
            look = look._replace(stroke="ink")
        breadth = self.theme.stroke + (LIT_RIM if mark.lit else 0.0)
        area = Rectangle(*mark.centre, 2 * mark.radius, 2 * mark.radius)
        self._node(name, area, look, mark.opacity, shape="circle", penwidth=f"{breadth:g}")

    def _text(self, name: str, mark: Text) -> None:
        if mark.anchor == "middle":
            label = f"<{markup_text(mark.text, bold=mark.bold)}>"
        else:
            label = graphviz.escape(mark.text) + ("\\l" if mark.anchor == "start" else "\\r")
        color = self._color(TEXTS.get(mark.kind, "ink"))
        self._node(name, mark.area, Look(), shape="box", label=label, fontsize=f"{mark.size:.2f}", fontcolor=color)

    def _node(self, name: str, area: Rectangle, look: Look, opacity: float = 1.0, **attributes: str) -> None:
        style = ["filled"] * bool(look.fill) + [look.dot_style] * bool(look.stroke)
        self.graph.node(
            name,
            pos=self._pos((area.x, area.y)),
            width=f"{area.width / 72:.4f}",
            height=f"{area.height / 72:.4f}",
            style=",".join(style),
            color=self._color(look.stroke) if look.stroke else "transparent",
            fillcolor=self._color(look.fill, opacity) if look.fill else "transparent",
            **attributes,
        )

    def _color(self, use: str, opacity: float = 1.0) -> str:
        color: str = getattr(self.palette, use)
        return color if opacity == 1.0 else f"{color}{round(255 * opacity):02x}"

    def _pos(self, point: Point) -> str:
        return f"{point[0]:.1f},{self.bottom - point[1]:.1f}"
