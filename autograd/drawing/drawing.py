"""A drawing: something drawn, as SVG, in a notebook, or in a file."""

from __future__ import annotations

import base64
import os
from abc import ABC, abstractmethod
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import graphviz

from autograd.drawing.formats.dot import render
from autograd.files import write_whole


class Drawing(ABC):
    """Something drawn: what `draw` and `draw_network` return.  Notebooks show it as it is."""

    suffixes: ClassVar[tuple[str, ...]] = (".svg", ".png", ".pdf", ".dot")
    """The kinds of files that it is saved as."""

    @abstractmethod
    def svg(self) -> str:
        """The drawing as SVG: the text of a file that needs nothing else, and that can also stand in a page."""

    @property
    @abstractmethod
    def dot(self) -> graphviz.Digraph:
        """The drawing as a `graphviz.Digraph`, to restyle; its ``.source`` is DOT."""

    @property
    def _placed(self) -> graphviz.Digraph:
        """The drawing for Graphviz, with everything in the place that it has in the SVG."""
        return self.dot

    @abstractmethod
    def describe(self) -> str:
        """The drawing in words: for those who cannot see it, or to search in."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file of the kind that the suffix says, one of `suffixes`.

        The file is there complete or not at all, and a symbolic link stays one.  PNG and PDF need Graphviz:
        ``pip install pygraphviz``, or the program `dot`.

        Raises:
            ValueError: the suffix is none of them.
            RuntimeError: PNG or PDF, and no Graphviz.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in self.suffixes:
            raise ValueError(f"this drawing is saved as {', '.join(self.suffixes)}; got {path.name!r}")
        write_whole(path, self._written(kind))
        return path

    def _written(self, kind: str) -> bytes:
        """The bytes of a file of a kind."""
        if kind == ".svg":
            return self.svg().encode()
        return self.dot.source.encode() if kind == ".dot" else render(self._placed, kind[1:])

    @property
    def _details(self) -> str:
        """What stands below the image in a notebook."""
        return ""

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For notebooks; the image in HTML is kept where a notebook that is not trusted drops SVG."""
        source = base64.b64encode(self.svg().encode()).decode()
        image = f'<img alt="{escape(self.describe())}" src="data:image/svg+xml;base64,{source}">'
        return {"text/html": image + self._details, "image/svg+xml": self.svg(), "text/plain": self.describe()}


def check(what: str, choice: object, choices: tuple[str, ...]) -> None:
    """Refuse an argument that is none of its choices, and say what they are."""
    if choice not in choices:
        raise ValueError(f"{what} is one of {', '.join(map(repr, choices))}; got {choice!r:.40}")
