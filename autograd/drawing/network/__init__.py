"""Diagrams of neural networks: neurons in columns, and a line for each weight between them.

- :mod:`~autograd.drawing.network.reading` reads any object with ``layers`` into plain data, a
  :class:`~autograd.drawing.network.network.Network`.
- :mod:`~autograd.drawing.network.columns` sets the neurons of a layer, and
  :mod:`~autograd.drawing.network.connections` the weights between two layers.
- :mod:`~autograd.drawing.network.diagram` joins them, with headers, legend and captions, to shapes.
"""

from autograd.drawing.network.network import Network
from autograd.drawing.network.network_drawing import NetworkDrawing, draw_network

__all__ = ["Network", "NetworkDrawing", "draw_network"]
