"""Drawing neural networks: neurons in columns, weights as lines, one derivative singled out.

:mod:`~autograd.drawing.network.reading` makes the plain data of a :mod:`~autograd.drawing.network.network` from
anything with :mod:`~autograd.drawing.network.layers`; :mod:`~autograd.drawing.network.diagram` sets it in type and
places it: :mod:`~autograd.drawing.network.columns` of neurons, :mod:`~autograd.drawing.network.connections` with the
weights between them.  What comes out are :mod:`~autograd.drawing.shapes`, which two writers write down.
"""

from autograd.drawing.network.network import Network
from autograd.drawing.network.network_drawing import NetworkDrawing, draw_network

__all__ = ["Network", "NetworkDrawing", "draw_network"]
