"""Folding: the visible part of a graph, with neurons and layers as single boxes where operations are too many.

1. `cells`: nodes of which the rest of the graph uses only one, in topological order; a list of `Cell`.
2. `blocks`: layers of cells that are alike, and the hidden middle of wide ones; a list of `Block`.
3. `view`: the boxes of a slice, and stubs for operands from outside it; a `View`.

`fold` runs the steps and tries one level of detail after the other until the picture is readable.
"""

from autograd.drawing.fold.blocks import Block, Detail, is_parameter
from autograd.drawing.fold.cells import Cell
from autograd.drawing.fold.view import Opened, Stub, View, fold

__all__ = ["Block", "Cell", "Detail", "Opened", "Stub", "View", "fold", "is_parameter"]
