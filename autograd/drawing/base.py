"""Drawings: SVG in a notebook, or a file."""

from __future__ import annotations

import base64
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import graphviz

from autograd.drawing.formats.dot import digraph, render
from autograd.drawing.formats.svg import svg
from autograd.drawing.shapes import Scene
from autograd.files import write_whole


class Drawing(ABC):
    """A drawing, as returned by `draw` and `draw_network`. Notebooks display it.

    Attributes:
        suffixes: the kinds of files that `save` writes.
    """

    # The writer of each kind of file, by suffix. A new format is one writer in `formats` and one entry here, or in the
    # table of the subclass whose scenes it can write.
    _writers: ClassVar[dict[str, Callable[[Any], bytes]]] = {
        ".svg": lambda drawing: drawing.svg().encode(),
        ".png": lambda drawing: render(drawing._placed, "png"),
        ".pdf": lambda drawing: render(drawing._placed, "pdf"),
        ".dot": lambda drawing: drawing.dot.source.encode(),
    }
    suffixes: ClassVar[tuple[str, ...]] = tuple(_writers)

    @property
    @abstractmethod
    def _scene(self) -> Scene:
        """The display list, which the formats write down."""

    @cached_property
    def _svg(self) -> str:
        return svg(self._scene)

    def svg(self) -> str:
        """Return the drawing as SVG: the text of a self-contained file, which can also be part of a page."""
        return self._svg

    @property
    def dot(self) -> graphviz.Digraph:
        """The drawing as a `graphviz.Digraph`, to restyle or to lay out with Graphviz; its ``.source`` is DOT.

        A graph is laid out by Graphviz. The diagram of a network has fixed positions.
        """
        return digraph(self._scene)

    @property
    def _placed(self) -> graphviz.Digraph:
        """The drawing for Graphviz, with the positions of the SVG."""
        return digraph(self._scene, placed=True)

    @abstractmethod
    def describe(self) -> str:
        """Return the drawing in words, for screen readers and for searching."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing to a file of the kind that its suffix names, one of `suffixes`.

        A failed write leaves no partial file, and a symbolic link is followed. PNG and PDF need Graphviz:
        ``pip install pygraphviz``, or the program `dot`.

        Args:
            path: of the file; an existing file is replaced.

        Returns:
            The path.

        Raises:
            ValueError: the suffix is not one of `suffixes`.
            RuntimeError: PNG or PDF was requested without Graphviz.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in self._writers:
            raise ValueError(f"path must end in one of {', '.join(self.suffixes)}, got {path.name!r}")
        write_whole(path, self._writers[suffix](self))
        return path

    @property
    def _details(self) -> str:
        """The HTML below the image in a notebook."""
        return ""

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        # An untrusted notebook drops SVG, and keeps an image in HTML.
        source = base64.b64encode(self.svg().encode()).decode()
        image = f'<img alt="{escape(self.describe())}" src="data:image/svg+xml;base64,{source}">'
        return {"text/html": image + self._details, "image/svg+xml": self.svg(), "text/plain": self.describe()}


def check(argument: str, choice: object, choices: tuple[str, ...]) -> None:
    """Check that an argument is one of its choices."""
    if choice not in choices:
        raise ValueError(f"{argument} must be one of {', '.join(map(repr, choices))}, got {choice!r:.40}")
