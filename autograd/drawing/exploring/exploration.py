"""Exploring a graph: a page to step through, to change the numbers of, and to be asked by."""

from __future__ import annotations

import base64
import html
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from autograd.drawing.drawing import check
from autograd.drawing.exploring.contents import MOST, Contents
from autograd.drawing.exploring.document import document
from autograd.drawing.graph_drawing import draw
from autograd.drawing.layout import Direction
from autograd.drawing.network import draw_network
from autograd.engine import Value
from autograd.files import write_whole
from autograd.graph import require_values
from autograd.symbolic.typesetting import number

PageTheme = Literal["auto", "light", "dark"]
_HEIGHT = 860


class Exploration:
    """A page to explore a graph with: what `explore` returns.  Notebooks show it as it is.

    Attributes:
        contents: what is on it.
        title: the output and its value.
    """

    def __init__(self, contents: Contents, theme: PageTheme, network: str) -> None:
        self.contents = contents
        output = contents.nodes[-1]
        self.title = f"{contents.names[output]} = {number(contents.values[output])}"
        self._theme = theme
        self._network = network

    def html(self) -> str:
        """The page: one file that needs nothing else, and no network."""
        return self._html

    @cached_property
    def _html(self) -> str:
        contents = self.contents
        return document(
            self.title, contents.data(), contents.rules, contents.calls, self._theme, self._note(), self._network
        )

    def _note(self) -> str:
        contents = self.contents
        if contents.wrt is None or not contents.is_slice:
            return ""
        ends = f"{contents.names[contents.wrt]} and {contents.names[contents.nodes[-1]]}"
        return (
            f"{len(contents.nodes):,} of {contents.whole:,} nodes: those between {ends}; the others keep their values"
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file ``.html``; it is there complete or not at all, and a symbolic link stays one.

        Raises:
            ValueError: the suffix is another.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a page is saved as .html; got {path.name!r}; a picture is saved by draw(…).save(…)")
        write_whole(path, self.html().encode())
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For notebooks; one that is not trusted drops the frame and keeps the picture."""
        frame = (
            f'<iframe title="{html.escape(self.title)}" sandbox="allow-scripts allow-downloads" width="100%"'
            f' height="{_HEIGHT}" style="border:0" srcdoc="{html.escape(self.html())}"></iframe>'
        )
        return {"text/html": self._static() + frame, "text/plain": repr(self)}

    def _static(self) -> str:
        """The picture, as far as it can be drawn."""
        contents = self.contents
        try:
            drawing = draw(contents.nodes[-1], contents.wrt)
        except ValueError:
            return ""
        source = base64.b64encode(drawing.svg().encode()).decode()
        image = f'<img alt="{html.escape(drawing.describe())}" src="data:image/svg+xml;base64,{source}">'
        return f"<details><summary>Static picture</summary>{image}</details>"

    def __repr__(self) -> str:
        return f"<page of {self.title}: {len(self.contents.nodes)} nodes; .save('page.html')>"


def explore(
    output: Value,
    wrt: Value | None = None,
    *,
    net: Any = None,
    x: Any = None,
    direction: Direction = "up",
    theme: PageTheme = "auto",
    max_nodes: int = 1500,
) -> Exploration:
    """Make a page from the graph of `output`: one HTML file to step through it and to change its numbers.

    The page evaluates the graph step by step and differentiates it, in reverse or in forward mode; explains each node
    by its rule and its chain rule with the numbers put in; recomputes everything when an input is changed; asks for
    hidden numbers; and works by keyboard and without seeing the picture.  On loading it recomputes what Python
    computed, and says whether the two agree.

    Args:
        output: what was computed.
        wrt: what to differentiate by: pinned when the page opens, its paths lit.  If the whole graph is too large, the
            page has only what lies between the two.
        net: a neural network, as for `draw_network`: its diagram stands below the graph, and what is clicked in the
            one is pinned in the other.
        x: the example for that diagram.
        direction: "up", inputs at the bottom as in Olah's post, or "right".
        theme: "auto" follows the reader's light or dark preference; or "light", or "dark".
        max_nodes: the most nodes, at most 5,000; beyond some 300 a page becomes slow.

    Raises:
        TypeError: `output` or `wrt` is not a Value.
        ValueError: the graph is too large, `output` does not depend on `wrt`, a leaf was changed after the graph was
            made, or an argument is not one of its choices.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> page = explore(((a + b) * (b + 1)).named("e"), wrt=b)
    >>> page
    <page of e = 6: 5 nodes; .save('page.html')>
    """
    require_values("explore()", output, *(() if wrt is None else (wrt,)))
    check("direction", direction, get_args(Direction))
    check("theme", theme, get_args(PageTheme))
    if max_nodes > MOST:
        raise ValueError(f"a page has at most {MOST:,} nodes, got max_nodes={max_nodes:,}")
    if net is None and x is not None:
        raise ValueError("x is the example for the diagram of a network, so it needs net=")
    contents = Contents(output, wrt, max_nodes, direction)
    return Exploration(contents, theme, "" if net is None else _diagram(output, wrt, net, x, theme))


def _diagram(output: Value, wrt: Value | None, net: Any, x: Any, theme: PageTheme) -> str:
    """The diagram of a network, with the derivative singled out if it is by one of its parameters."""
    parameters = [p for layer in net.layers for p in (*np.ravel(layer.weight), *np.ravel(layer.bias))]
    single = wrt if any(p is wrt for p in parameters) else None
    svg = draw_network(net, x, wrt=single, cost=output, theme=theme).svg()
    svg = svg.replace(' style="max-width:100%"', "", 1)  # which the policy does not let in
    return f'<details id="network" open><summary>Network, with the numbers of Python</summary>{svg}</details>'
