"""Drawing neural networks: neurons in columns, weights as lines, one derivative singled out.

:mod:`~autograd.drawing.networks.reading` makes the plain data of a :mod:`~autograd.drawing.networks.network` from
anything with :mod:`~autograd.drawing.networks.layers`; :mod:`~autograd.drawing.networks.diagram` sets it in type and
places it: :mod:`~autograd.drawing.networks.columns` of neurons, :mod:`~autograd.drawing.networks.gaps` with the
weights between them.  What comes out are :mod:`~autograd.drawing.networks.marks`, which two writers write down.
"""

from autograd.drawing.networks.drawing import NetworkDrawing, draw_network
from autograd.drawing.networks.network import Network

__all__ = ["Network", "NetworkDrawing", "draw_network"]
