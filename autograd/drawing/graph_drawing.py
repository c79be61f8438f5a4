"""Drawings of graphs: values on the nodes, partial derivatives on the edges, one derivative highlighted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, get_args

from autograd.drawing.base import Drawing, check
from autograd.drawing.composition import Constants, Marks, Show, compose
from autograd.drawing.figure import EdgeStyle, Figure
from autograd.drawing.fold import Detail, Opened
from autograd.drawing.formats.mermaid import mermaid
from autograd.drawing.formats.svg import escaped
from autograd.drawing.formats.tikz import document, tikz
from autograd.drawing.layout import Direction
from autograd.drawing.shapes import Scene
from autograd.drawing.themes import THEMES, ThemeName
from autograd.graph import require_values
from autograd.symbolic.typesetting import for_notebooks
from autograd.value import Value


class GraphDrawing(Drawing):
    """The drawing of a graph, as returned by `draw`.

    Attributes:
        picture: its nodes, edges and caption, as plain data.
        figure: the picture, typeset and laid out.
    """

    _writers: ClassVar[dict[str, Callable[[Any], bytes]]] = {
        **Drawing._writers,
        ".tex": lambda drawing: document(drawing._scene).encode(),
        ".mmd": lambda drawing: drawing.mermaid().encode(),
    }
    suffixes: ClassVar[tuple[str, ...]] = tuple(_writers)

    def __init__(self, figure: Figure) -> None:
        self.picture = figure.picture
        self.figure = figure

    @property
    def _scene(self) -> Scene:
        return self.figure.scene

    def tikz(self) -> str:
        """Return the drawing as a ``tikzpicture`` of LaTeX; ``.tex`` saves it as a document of one page.

        It needs the packages tikz, with its library shapes.geometric, and amsmath.
        """
        return tikz(self._scene)

    def mermaid(self) -> str:
        """Return the drawing as a Mermaid flowchart, which GitHub displays; ``.mmd`` saves it."""
        return mermaid(self.figure)

    def describe(self) -> str:
        """Return the drawing in words, a line for each node, for screen readers and for searching."""
        return self.picture.describe()

    def table(self) -> str:
        """Return the drawing as an HTML table: for each node its definition, its numbers, and the partials to it."""
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

    With `wrt`, the drawing is limited to the paths from `wrt` to `output`, which are highlighted. Their other operands
    are faded, and many of them become one box. The caption is the derivative, as the sum over the paths of the products
    of their partials.

    Args:
        output: the result whose graph is drawn.
        wrt: the node to differentiate with respect to.
        direction: "up", inputs at the bottom as in Olah's post, or "right".
        theme: "auto" follows the reader's preference for light or dark pages; "light", "dark"; "print" for paper
            without colours; "olah" for the look of his post.
        show: the derivative on each node: "reverse" for ∂output/∂node, "forward" for ∂node/∂wrt, "grad" for the `grad`
            that `backward` or your own code has set, "values" for none. No `grad` is changed.
        edges: the label of an edge: "fraction" for ∂c/∂a as a fraction and its number; "number" for the number alone;
            "value" for the value of its source; "contribution" for the propagated derivative times the partial; "none".
            "auto" uses fractions unless there are too many.
        constants: "inline" for numbers in the text of the operation that uses them ("b + 1"), "nodes" for boxes.
        detail: "operations" for a box for each operation; "neurons" for one box for an activation sum with its
            activation, and for an unnamed node with the only node that uses it; "layers" for one box for all nodes that
            are alike. Nothing is lost: the edge between folded boxes has the partial along all paths through them.
            "auto" folds graphs that would be unreadable.
        open: a node, the name of a box or of a layer ("layer 3"), or several of them, to draw in more detail than the
            rest. None opens the neuron that `wrt` belongs to, () opens nothing.
        groups: True for frames around neurons and layers.
        max_shown: the number of neurons of a folded layer that are drawn; one more box represents the others.
        max_nodes: the largest number of boxes.
        marks: errors to cross out. A node and the index of an operand map to the message about the partial on that
            edge; a node and None to the message about its value. A folded error is marked on its box. `Check.draw`
            passes its errors.

    Returns:
        The drawing, an `autograd.drawing.GraphDrawing`, which notebooks display and its `save` writes to a file.

    Raises:
        TypeError: `output` or `wrt` is not a Value.
        GraphTooLarge: there would be more boxes than `max_nodes`; a ValueError.
        ValueError: `output` does not depend on `wrt`, a Value was changed after `output` was computed from it, `open`
            names nothing that can be opened, or an argument is not one of its choices.

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
        raise ValueError(
            'show must be a derivative for edges="contribution", such as "reverse" or "forward", got "values"'
        )
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
