"""Layered layout of a directed graph (Sugiyama, Tagawa and Toda 1981): boxes, links and clusters to coordinates.

The steps of :func:`arrange`, each in the module of its name, and what they hand on:

1. `layering`: layers by longest path, with dummy nodes for long links; a `LayeredGraph`.
2. `crossing_reduction`: barycentre sweeps, then exchanges of neighbours (Gansner et al. 1993); each layer in order.
3. `clusters`: the members of each cluster made contiguous; a `ClusteredOrder`.
4. `coordinates`: least squares by isotonic regression (Ayer et al. 1955); `Coordinates`.
5. `routing`: cubic Bézier curves in the room of the dummy nodes; a `Layout`.

`geometry` defines the input, `Box`, `Link` and `BoxCluster`, and the `Layout`.
"""

from autograd.drawing.layout.geometry import Box, BoxCluster, Direction, Layout, Link, Point
from autograd.drawing.layout.routing import arrow
from autograd.drawing.layout.sugiyama import arrange

__all__ = ["Box", "BoxCluster", "Direction", "Layout", "Link", "Point", "arrange", "arrow"]
