"""Drawing a graph: values on the nodes, partial derivatives on the edges, the paths of one derivative lit."""

from __future__ import annotations

from functools import cached_property
from typing import get_args

import graphviz

from autograd.drawing.composition import Constants, Marks, Show, compose
from autograd.drawing.digraphs import digraph
from autograd.drawing.drawing import Drawing, check
from autograd.drawing.figure import EdgeStyle, Figure
from autograd.drawing.fold import Detail, Opened
from autograd.drawing.layout import Direction
from autograd.drawing.markup import escaped
from autograd.drawing.mermaid import mermaid
from autograd.drawing.svg import svg
from autograd.drawing.themes import THEMES, ThemeName
from autograd.drawing.tikz import document, tikz
from autograd.graph import require_values
from autograd.symbolic.typesetting import for_notebooks
from autograd.value import Value


class GraphDrawing(Drawing):
    """A drawn graph: what `draw` returns.

    Attributes:
        picture: what is in it: nodes, edges and the caption, as plain data.
        figure: the same set in type and placed.
    """

    suffixes = (*Drawing.suffixes, ".tex", ".mmd")

    def __init__(self, figure: Figure) -> None:
        self.picture = figure.picture
        self.figure = figure

    def svg(self) -> str:
        """See `Drawing.svg`."""
        return self._svg

    @cached_property
    def _svg(self) -> str:
        return svg(self.figure)

    @property
    def dot(self) -> graphviz.Digraph:
        """The drawing as a `graphviz.Digraph`, to restyle or to lay out with Graphviz; its ``.source`` is DOT."""
        return digraph(self.figure)

    @property
    def _placed(self) -> graphviz.Digraph:
        return digraph(self.figure, placed=True)

    def tikz(self) -> str:
        """The drawing as a ``tikzpicture`` of LaTeX; ``.tex`` saves it as a document of one page.

        It needs the packages tikz, with its library shapes.geometric, and amsmath.
        """
        return tikz(self.figure)

    def mermaid(self) -> str:
        """The drawing as a Mermaid flowchart, which GitHub shows; ``.mmd`` saves it."""
        return mermaid(self.figure)

    def _written(self, kind: str) -> bytes:
        if kind in (".tex", ".mmd"):
            return (document(self.figure) if kind == ".tex" else self.mermaid()).encode()
        return super()._written(kind)

    def describe(self) -> str:
        """The drawing in words, a line for each node: for those who cannot see it, or to search in."""
        return self.picture.describe()

    def table(self) -> str:
        """The drawing as an HTML table, a row for each node: what it is, its numbers, and the partials on its edges."""
        head = "".join(f'<th scope="col">{title}</th>' for title in ("node", "is", "value", "derivative", "partials"))
        rows = (
            f'<tr><th scope="row">{cells[0]}</th>{"".join(f"<td>{cell}</td>" for cell in cells[1:])}</tr>'
            for cells in ([escaped(cell) for cell in row] for row in self.picture.rows())
        )
        return f"<table><caption>{escaped(self.picture.title)}</caption><tr>{head}</tr>{''.join(rows)}</table>"

    @property
    def _details(self) -> str:
        return f"<details><summary>the same as a table</summary>{for_notebooks(self.table())}</details>"

    def __repr__(self) -> str:
        return f"<drawing of {self.picture.title}: {len(self.picture.nodes)} nodes, {len(self.picture.edges)} edges>"


def draw(
    output: Value,
    wrt: Value | None = None,
    *,
    direction: Direction = "up",
    theme: ThemeName = "auto",
    show: Show = "reverse",
    edges: EdgeStyle = "auto",
    constants: Constants = "inline",
    detail: Detail = "auto",
    open: Opened = None,
    groups: bool = True,
    max_shown: int = 6,
    max_nodes: int = 300,
    marks: Marks | None = None,
) -> GraphDrawing:
    """Draw the graph of `output`: values on the nodes, partial derivatives on the edges.

    With `wrt`, only what lies between `wrt` and `output` is drawn, and lit; operands that come in from elsewhere are
    faded, and many of them are one box.  The derivative stands below, as the sum over the paths of the products
    of their partials.

    Args:
        output: what was computed.
        wrt: what to differentiate by.
        direction: "up", inputs at the bottom as in Olah's post, or "right".
        theme: "auto" follows the reader's light or dark page; "light", "dark", "print" for paper without colours,
            "olah" for the look of his post.
        show: "reverse", on each node ∂output/∂node; "forward", ∂node/∂wrt; "values", neither.  No node's `grad` is
            read or changed.
        edges: "fraction", ∂c/∂a as a fraction and its number; "number" alone; "value", what goes along the edge;
            "contribution", the derivative that a sweep carries times the partial; "none".  "auto" is fractions as
            long as there are not too many.
        constants: "inline", numbers stand in the text of what uses them ("b + 1"); "nodes", in boxes of their own.
        detail: "operations"; "neurons", where an activation sum with its activation is one box, and so is what one node
            uses and nobody named; "layers", where nodes that are alike are one box. Nothing is lost: on an edge between
            folded boxes is the partial along all ways through them. "auto" folds what could not be read.
        open: a node, the name of a box or a layer ("layer 3"), or several: to be drawn in more detail than the
            rest. None opens the neuron that `wrt` goes into, () nothing.
        groups: whether to draw frames around neurons and layers.
        max_shown: so many neurons of a folded layer are drawn, and a box for the others.
        max_nodes: the most boxes to draw.
        marks: what is wrong, to be crossed out: for a node and the number of an operand what to say of the partial on
            that edge, for a node and None what to say of its value.  What is folded is marked on its box.  `Check.draw`
            gives them.

    Raises:
        TypeError: `output` or `wrt` is not a Value.
        GraphTooLarge: there would be more boxes than `max_nodes`; a ValueError.
        ValueError: `output` does not depend on `wrt`, a Value was changed after `output` was computed from it, there is
            nothing to open of that name, or an argument is not one of its choices.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = (a + b).named("c"), (b + 1).named("d")
    >>> drawing = draw((c * d).named("e"), wrt=b)
    >>> drawing
    <drawing of e = 6: 5 nodes, 5 edges>
    >>> drawing.picture.caption
    '∂e/∂b = 2·1 + 3·1 = 5'
    """
    require_values("draw()", output, *(() if wrt is None else (wrt,)))
    check("direction", direction, get_args(Direction))
    check("theme", theme, get_args(ThemeName))
    check("show", show, get_args(Show))
    check("edges", edges, get_args(EdgeStyle))
    check("constants", constants, get_args(Constants))
    check("detail", detail, get_args(Detail))
    if show == "values" and edges == "contribution":
        raise ValueError('edges="contribution" is of derivatives, so it needs show="reverse" or "forward"')
    picture = compose(
        output,
        wrt,
        show=show,
        constants=constants,
        detail=detail,
        opened=open,
        groups=groups,
        max_shown=max_shown,
        max_nodes=max_nodes,
        marks=marks,
    )
    return GraphDrawing(Figure(picture, THEMES[theme], direction, edges))
