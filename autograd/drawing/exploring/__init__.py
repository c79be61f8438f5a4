"""Interactive pages: a graph to step through, in one self-contained HTML file.

- :mod:`~autograd.drawing.exploring.contents` collects the plain data of a page: texts, numbers and the rules of the
  operations in JavaScript (:mod:`~autograd.drawing.exploring.translation`).
- :mod:`~autograd.drawing.exploring.placement` lays out its nodes and edges.
- :mod:`~autograd.drawing.exploring.document` joins them with the sources in ``page/``
  (:mod:`~autograd.drawing.exploring.sources`) to one file.
"""

from autograd.drawing.exploring.exploration import Exploration, explore

__all__ = ["Exploration", "explore"]
