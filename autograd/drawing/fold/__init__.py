"""Folding: the visible part of a graph, with neurons and layers as single boxes where operations are too many.

1. `cells`: nodes of which the rest of the graph uses only one; a list of `Cell` in topological order.
2. `cells`: layers of cells that are alike, and the hidden middle of wide ones; a list of `Block`.
3. `view`: the blocks, stubs for operands from outside a slice, and groups to be framed; a `View`.

`fold` runs the steps for one level of detail after the other until the picture is readable.
"""

from autograd.drawing.fold.cells import Block, Cell, Detail, is_parameter
from autograd.drawing.fold.view import Opened, Stub, View, fold

__all__ = ["Block", "Cell", "Detail", "Opened", "Stub", "View", "fold", "is_parameter"]
