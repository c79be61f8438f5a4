"""Clusters in a layered graph: contiguous on each layer, and with room for their frames.

On each layer that a cluster spans, its members are contiguous, and clusters that span the same layers have the same
order on all of them.  Room for frames is then a matter of distances between neighbours: nodes that are too close are
moved apart, once all to the right and once all to the left, and the mean of the two solutions is a solution, too.
"""

from __future__ import annotations

import graphlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

from autograd.drawing.layout.geometry import BoxCluster
from autograd.drawing.layout.layering import LayeredGraph

# Distance in pixels between a frame and its members, and between a frame and its neighbours.
PADDING = 10.0
# Room in pixels for a frame's title.
TITLE_HEIGHT = 18.0

# A node, or the start or end of a cluster, in the order of a layer.
Item = tuple[Literal["node", "start", "end"], int]


@dataclass(frozen=True)
class ClusteredOrder:
    """Order of the nodes of each layer in which the members of every cluster are contiguous.

    Attributes:
        clusters: the clusters; each follows its parent.
        spans: lowest and highest layer of each cluster.
        items: nodes and ends of clusters on each layer, from left to right.
    """

    clusters: Sequence[BoxCluster]
    spans: Sequence[tuple[int, int]]
    items: Sequence[Sequence[Item]]

    @property
    def rows(self) -> list[list[int]]:
        """The nodes of each layer."""
        return [[i for kind, i in items if kind == "node"] for items in self.items]


def constrain_layers(clusters: Sequence[BoxCluster], links: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return pairs of boxes of which the first has to be below the second, so that inputs are below the whole cluster.

    Only clusters without a parent are constrained.
    """
    home = {box: i for i, cluster in enumerate(clusters) if cluster.parent is None for box in cluster.boxes}
    with_inner_operand = {target for source, target in links if home.get(source, -1) == home.get(target)}
    lowest = {i: [box for box in cluster.boxes if box not in with_inner_operand] for i, cluster in enumerate(clusters)}
    entering = dict.fromkeys(
        (source, home[target]) for source, target in links if target in home and home.get(source) != home[target]
    )
    return [(source, box) for source, cluster in entering for box in lowest[cluster]]


def order_clusters(
    graph: LayeredGraph, rows: Sequence[Sequence[int]], clusters: Sequence[BoxCluster]
) -> ClusteredOrder:
    """Reorder the nodes of each layer so that the members of every cluster are contiguous.

    Args:
        graph: the layered graph.
        rows: nodes of each layer, in an order with few crossings.
        clusters: the clusters; each follows its parent.
    """
    layer = graph.layer
    spans = [(min(layer[x] for x in cluster.boxes), max(layer[x] for x in cluster.boxes)) for cluster in clusters]
    home = _innermost_clusters(graph, clusters, spans)
    # The mirror image has as many crossings, and maybe more clusters in their given order.
    if _is_mirrored(rows, clusters, spans):
        rows = [row[::-1] for row in rows]
    position = _relative_positions(rows)
    members: list[list[float]] = [[] for _ in clusters]
    for node, cluster in enumerate(home):
        while cluster is not None:
            members[cluster].append(position[node])
            cluster = clusters[cluster].parent
    means = [sum(positions) / len(positions) for positions in members]
    items = [
        _order_layer(
            [(position[node], node, home[node]) for node in row],
            [(means[i], i, clusters[i].parent) for i, (low, high) in enumerate(spans) if low <= k <= high],
        )
        for k, row in enumerate(rows)
    ]
    return ClusteredOrder(clusters, spans, items)


def fit_clusters(graph: LayeredGraph, order: ClusteredOrder, across: list[float]) -> list[tuple[float, float]]:
    """Move nodes apart, in place, until the frames have room, and return the start and end of each frame across.

    Args:
        graph: the layered graph.
        order: its nodes and clusters in order.
        across: centre of each node across; changed.
    """
    # With links to the right, "across" is vertical, and the title above a cluster takes room there.
    title = TITLE_HEIGHT if graph.direction == "right" else 0.0
    right_of: dict[Item, list[tuple[Item, float]]] = {}
    left_of: dict[Item, list[tuple[Item, float]]] = {}
    preferred: dict[Item, float] = {("node", x): centre for x, centre in enumerate(across)}
    distances = [
        (left, right, _min_distance(graph, left, right, title))
        for items in order.items
        for left, right in pairwise(items)
    ]
    distances += [(("start", i), ("end", i), cluster.min_breadth) for i, cluster in enumerate(order.clusters)]
    for left, right, distance in distances:
        right_of.setdefault(left, []).append((right, distance))
        left_of.setdefault(right, []).append((left, distance))
    for i, cluster in enumerate(order.clusters):
        preferred["start", i] = min(across[x] - graph.breadth[x] / 2 for x in cluster.boxes) - PADDING - title
        preferred["end", i] = max(across[x] + graph.breadth[x] / 2 for x in cluster.boxes) + PADDING
    left_neighbours = {item: [left for left, _ in left_of.get(item, ())] for item in preferred}
    from_left = list(graphlib.TopologicalSorter(left_neighbours).static_order())
    # Longest paths in the graph of distances, from the left and from the right.
    moved_right, moved_left = dict(preferred), dict(preferred)
    for item in from_left:
        for neighbour, distance in left_of.get(item, ()):
            moved_right[item] = max(moved_right[item], moved_right[neighbour] + distance)
    for item in reversed(from_left):
        for neighbour, distance in right_of.get(item, ()):
            moved_left[item] = min(moved_left[item], moved_left[neighbour] - distance)
    mean = {item: (moved_right[item] + moved_left[item]) / 2 for item in preferred}
    for x in range(len(across)):
        across[x] = mean["node", x]
    return [(mean["start", i], mean["end", i]) for i in range(len(order.clusters))]


def _innermost_clusters(
    graph: LayeredGraph, clusters: Sequence[BoxCluster], spans: Sequence[tuple[int, int]]
) -> list[int | None]:
    """Return the innermost cluster of each node, None for none.

    A dummy node is in the innermost cluster around an end of its link that spans its layer.
    """
    home: list[int | None] = [None] * len(graph.layer)
    for i, cluster in enumerate(clusters):
        for box in cluster.boxes:
            home[box] = i
    for chain in graph.chains:
        around = _enclosing_clusters(home[chain[-1]], clusters) | _enclosing_clusters(home[chain[0]], clusters)
        for x in chain[1:-1]:
            home[x] = max((i for i in around if spans[i][0] <= graph.layer[x] <= spans[i][1]), default=None)
    return home


def _enclosing_clusters(cluster: int | None, clusters: Sequence[BoxCluster]) -> set[int]:
    """Return a cluster and all clusters around it."""
    enclosing: set[int] = set()
    while cluster is not None:
        enclosing.add(cluster)
        cluster = clusters[cluster].parent
    return enclosing


def _relative_positions(rows: Sequence[Sequence[int]]) -> dict[int, float]:
    """Return the position of each node on its layer, from 0 at the left to 1 at the right."""
    return {x: (i + 0.5) / len(row) for row in rows for i, x in enumerate(row)}


def _is_mirrored(
    rows: Sequence[Sequence[int]], clusters: Sequence[BoxCluster], spans: Sequence[tuple[int, int]]
) -> bool:
    """Return True if most pairs of clusters side by side are in the reverse of their given order."""
    position = _relative_positions(rows)
    means = [sum(position[x] for x in cluster.boxes) / len(cluster.boxes) for cluster in clusters]
    side_by_side = [
        (a, b)
        for a, b in combinations(range(len(clusters)), 2)
        if clusters[a].parent == clusters[b].parent and spans[a] == spans[b]
    ]
    reversed_pairs = [(a, b) for a, b in side_by_side if means[a] > means[b]]
    return 2 * len(reversed_pairs) > len(side_by_side)


def _order_layer(
    nodes: Sequence[tuple[float, int, int | None]], clusters: Sequence[tuple[float, int, int | None]]
) -> list[Item]:
    """Return the nodes of a layer in order of position, each cluster as one block at the mean of its members.

    Args:
        nodes: position, number and innermost cluster of each node.
        clusters: mean position, number and parent of each cluster that spans the layer.
    """
    contents: dict[int | None, list[tuple[float, bool, int]]] = {}
    for position, node, cluster in nodes:
        contents.setdefault(cluster, []).append((position, False, node))
    for position, cluster_number, parent in clusters:
        contents.setdefault(parent, []).append((position, True, cluster_number))

    def from_right(cluster: int | None) -> list[Item]:
        inner = sorted(contents.get(cluster, ()), reverse=True)
        return [("start" if is_cluster else "node", i) for _, is_cluster, i in inner]

    items: list[Item] = []
    stack = from_right(None)
    while stack:
        kind, i = item = stack.pop()
        items.append(item)
        if kind == "start":
            stack.append(("end", i))
            stack.extend(from_right(i))
    return items


def _min_distance(graph: LayeredGraph, left: Item, right: Item, title: float) -> float:
    """Return the smallest distance between two neighbouring items of a layer."""
    (left_kind, i), (right_kind, k) = left, right
    left_half = graph.breadth[i] / 2 if left_kind == "node" else 0.0
    right_half = graph.breadth[k] / 2 if right_kind == "node" else 0.0
    if left_kind == right_kind == "node":
        return left_half + right_half + graph.separation(i, k)
    return left_half + right_half + PADDING + (title if left_kind == "start" else 0.0)
