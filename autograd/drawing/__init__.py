"""Drawing: values on the nodes, partial derivatives on the edges, the paths of one derivative lit.

:mod:`~autograd.drawing.composition` decides what is in a :mod:`~autograd.drawing.picture`,
:mod:`~autograd.drawing.figure` sets it in type and :mod:`~autograd.drawing.layout` places it;
:mod:`~autograd.drawing.formats` write it down.  Neural networks have diagrams of their own, in
:mod:`~autograd.drawing.network`.
"""

from autograd.drawing.drawing import Drawing
from autograd.drawing.graph_drawing import GraphDrawing, draw
from autograd.drawing.network import NetworkDrawing, draw_network
from autograd.drawing.picture import GraphTooLarge, Picture

__all__ = ["Drawing", "GraphDrawing", "GraphTooLarge", "NetworkDrawing", "Picture", "draw", "draw_network"]
