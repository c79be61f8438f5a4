"""Drawings of graphs and of neural networks.

A graph passes six stages:

- :mod:`~autograd.drawing.fold` chooses the visible nodes and folds the others into boxes.
- :mod:`~autograd.drawing.composition` adds numbers and captions: a :class:`~autograd.drawing.picture.Picture`.
- :mod:`~autograd.drawing.figure` typesets it.
- :mod:`~autograd.drawing.layout` places nodes, labels and edges.
- :mod:`~autograd.drawing.shapes` is the display list, a :class:`~autograd.drawing.shapes.Scene`.
- :mod:`~autograd.drawing.formats` has a writer for each format.

The diagram of a network, from :mod:`~autograd.drawing.network`, is a scene too, and has the same writers.
"""

from autograd.drawing.drawing import Drawing
from autograd.drawing.graph_drawing import GraphDrawing, draw
from autograd.drawing.network import NetworkDrawing, draw_network
from autograd.drawing.picture import GraphTooLarge, Picture

__all__ = ["Drawing", "GraphDrawing", "GraphTooLarge", "NetworkDrawing", "Picture", "draw", "draw_network"]
