"""Layered layout in the steps of Sugiyama, Tagawa and Toda (1981)."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.drawing.layout.clusters import constrain_layers, order_clusters
from autograd.drawing.layout.coordinates import assign_coordinates
from autograd.drawing.layout.crossing_reduction import reduce_crossings
from autograd.drawing.layout.geometry import Box, BoxCluster, Direction, Layout, Link
from autograd.drawing.layout.layering import build_layers
from autograd.drawing.layout.routing import route_links


def arrange(
    boxes: Sequence[Box],
    links: Sequence[Link],
    direction: Direction = "up",
    spacing: float = 28.0,
    clusters: Sequence[BoxCluster] = (),
) -> Layout:
    """Lay out a graph, with its sources at the bottom ("up") or at the left ("right").

    Each step is a fixed number of passes over the nodes, and the same input gives the same layout.

    Args:
        boxes: boxes in topological order.
        links: links from boxes to later ones; several between the same two boxes stay apart.
        direction: direction of the links.
        spacing: smallest distance between boxes, in pixels.
        clusters: groups of boxes to be surrounded by frames; each follows its parent.

    Returns:
        Coordinates of boxes, labels and clusters, and the routes of links.

    Raises:
        ValueError: a link does not lead to a later box.

    >>> layout = arrange([Box(40, 20), Box(40, 20), Box(60, 20)], [Link(0, 2), Link(1, 2)])
    >>> [x for x, y in layout.boxes], layout.width
    ([20.0, 88.0, 54.0], 108.0)
    """
    for link in links:
        if not 0 <= link.source < link.target < len(boxes):
            raise ValueError(
                f"links must lead to later boxes, got one from {link.source} to {link.target} of {len(boxes)}; "
                "sort the boxes in topological order"
            )
    pairs = [(link.source, link.target) for link in links]
    constraints = constrain_layers(clusters, pairs) if clusters else []
    graph = build_layers(boxes, links, direction, spacing, constraints)
    rows = reduce_crossings(graph.layer, graph.chains)
    order = order_clusters(graph, rows, clusters) if clusters else None
    return route_links(graph, assign_coordinates(graph, order.rows if order else rows, order))
