"""Interactive pages of graphs: stepping through, changing numbers, and exercises."""

from __future__ import annotations

import base64
import html
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from autograd.drawing.base import check
from autograd.drawing.exploring.contents import MAX_NODES, Contents
from autograd.drawing.exploring.document import document
from autograd.drawing.graph_drawing import draw
from autograd.drawing.layout import Direction
from autograd.drawing.network import draw_network
from autograd.files import write_whole
from autograd.graph import require_values
from autograd.symbolic.typesetting import number
from autograd.value import Value

PageTheme = Literal["auto", "light", "dark"]
# Height of the frame in a notebook, in pixels.
_FRAME_HEIGHT = 860


class Exploration:
    """An interactive page, as returned by `explore`. Notebooks display it.

    Attributes:
        contents: the graph of the page.
        title: the output and its value.
    """

    def __init__(self, contents: Contents, theme: PageTheme, network: str, steps: str = "") -> None:
        self.contents = contents
        output = contents.nodes[-1]
        self.title = f"{contents.names[output]} = {number(contents.values[output])}"
        self._theme = theme
        self._network = network
        self._steps = steps

    def html(self) -> str:
        """Return the page as one self-contained HTML file."""
        return self._html

    @cached_property
    def _html(self) -> str:
        contents = self.contents
        return document(
            self.title,
            contents.data(),
            contents.rules,
            contents.calls,
            self._theme,
            self._note(),
            self._network + self._steps,
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
        """Write the page to a file ``.html``.

        A failed write leaves no partial file, and a symbolic link is followed.

        Args:
            path: of the file; an existing file is replaced.

        Returns:
            The path.

        Raises:
            ValueError: the suffix is neither ``.html`` nor ``.htm``.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"path must end in .html, got {path.name!r}; to save a picture, use draw(…).save(…)")
        write_whole(path, self.html().encode())
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        # An untrusted notebook drops the frame, and keeps the static picture.
        frame = (
            f'<iframe title="{html.escape(self.title)}" sandbox="allow-scripts allow-downloads" width="100%"'
            f' height="{_FRAME_HEIGHT}" style="border:0" srcdoc="{html.escape(self.html())}"></iframe>'
        )
        return {"text/html": self._static() + frame, "text/plain": repr(self)}

    def _static(self) -> str:
        """Return the picture of the graph in HTML; nothing if the graph is too large to draw."""
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
    steps: Any = None,
    direction: Direction = "up",
    theme: PageTheme = "auto",
    max_nodes: int = 1500,
) -> Exploration:
    """Build a page from the graph of `output`: one HTML file to step through it and to change its numbers.

    The page evaluates the graph step by step and differentiates it, in reverse or in forward mode. It explains each
    node by its rule and by its chain rule with numbers, recomputes everything when an input changes, and asks for
    hidden numbers. It works by keyboard, and without seeing the picture. When it loads, it recomputes Python's results
    and reports whether they agree.

    Args:
        output: the result whose graph is explored.
        wrt: the node to differentiate with respect to: pinned when the page opens, its paths highlighted. Of a graph
            that is too large, the page has only the nodes on paths from `wrt` to `output`.
        net: a neural network, as for `draw_network`. Its diagram is below the graph, and a click in one of them pins
            the node in the other.
        x: the example for that diagram.
        steps: the derivation of a derivative of `output`, ``trace(output, wrt).steps()``. It is in a block to unfold,
            and keeps the numbers of Python when an input changes.
        direction: "up", inputs at the bottom as in Olah's post, or "right".
        theme: "auto" follows the reader's preference for light or dark pages; "light"; "dark".
        max_nodes: the largest number of nodes, at most 5,000. Beyond some 300 nodes a page becomes slow.

    Returns:
        The page, an `autograd.drawing.exploring.Exploration`, which notebooks display and its `save` writes to a file.

    Raises:
        TypeError: `output` or `wrt` is not a Value, or `steps` is no derivation.
        ValueError: the graph is too large, `output` does not depend on `wrt`, `steps` derives another node, a leaf was
            changed after the graph was recorded, or an argument is not one of its choices.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> page = explore(((a + b) * (b + 1)).named("e"), wrt=b)
    >>> page
    <page of e = 6: 5 nodes; .save('page.html')>
    """
    require_values("explore()", output, *(() if wrt is None else (wrt,)))
    check("direction", direction, get_args(Direction))
    check("theme", theme, get_args(PageTheme))
    if max_nodes > MAX_NODES:
        raise ValueError(f"max_nodes must be at most {MAX_NODES:,}, got {max_nodes:,}")
    if net is None and x is not None:
        raise ValueError("x must be None without net, because it is the example for the network's diagram; pass net=")
    derivation = "" if steps is None else _derivation(output, steps)
    contents = Contents(output, wrt, max_nodes, direction)
    return Exploration(contents, theme, "" if net is None else _diagram(output, wrt, net, x, theme), derivation)


def _derivation(output: Value, steps: Any) -> str:
    """Return the derivation of a derivative of `output` as a block to unfold."""
    if not hasattr(steps, "derivations"):
        raise TypeError(f"steps must be a derivation, got {type(steps).__name__}; pass trace(output, wrt).steps()")
    if steps.target is not output:
        raise ValueError(f"steps must derive the output, got steps of {steps.target!r:.60}; trace the output")
    table = f'<div class="scroll" tabindex="0" role="region" aria-label="Every step">{steps.html()}</div>'
    return f'<details id="derivation"><summary>Every step, with the numbers of Python</summary>{table}</details>'


def _diagram(output: Value, wrt: Value | None, net: Any, x: Any, theme: PageTheme) -> str:
    """Return the diagram of a network, with `wrt` highlighted if it is one of its parameters."""
    parameters = [p for layer in net.layers for p in (*np.ravel(layer.weight), *np.ravel(layer.bias))]
    parameter = wrt if any(p is wrt for p in parameters) else None
    svg = draw_network(net, x, wrt=parameter, cost=output, theme=theme).svg()
    # The content security policy of the page forbids style attributes.
    svg = svg.replace(' style="max-width:100%"', "")
    return f'<details id="network" open><summary>Network, with the numbers of Python</summary>{svg}</details>'
