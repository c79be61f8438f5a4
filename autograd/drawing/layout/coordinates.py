"""Coordinate assignment: nodes close to their neighbours and links straight, in the given order.

Across, the weighted sum of squared differences over all link segments is reduced layer by layer.  With the other
layers fixed, the positions on one layer that minimize the sum, at the required distances, are an isotonic regression.
Pooling adjacent violators finds them in linear time (Ayer, Brunk, Ewing, Reid and Silverman 1955).  Finally each long
link is straightened within its room.

Along, each layer is as deep as its deepest node, and layers are further apart where links swing further across.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from autograd.drawing.layout.clusters import PADDING, TITLE_HEIGHT, ClusteredOrder, fit_clusters
from autograd.drawing.layout.crossing_reduction import Rows
from autograd.drawing.layout.layering import LayeredGraph

_SWEEPS = 10
# Fewer sweeps from this number of nodes on, to bound the time for large graphs.
_FEW_SWEEPS, _MANY_NODES = 4, 3000
# Weights of segments between two dummy nodes, which keep long links straight, and of segments at a box.  Graphviz's
# `dot` has 8, and 2 or 1 (Gansner, Koutsofios, North and Vo 1993).
_INNER_WEIGHT, _END_WEIGHT = 8.0, 1.0
# Weight of a node without neighbours: almost none, so it moves out of the way of others.
_FREE_WEIGHT = 0.01

# Share of a box's side over which its links are spread, and the largest distance between two of them, in pixels.
_PORT_SHARE, _MAX_PORT_DISTANCE = 0.7, 80.0
# Distance between two layers: 0.9 spacings plus 0.12 of the largest sideways shift of a link, at most 3 spacings.
_MIN_SPACINGS, _MAX_SPACINGS, _DISTANCE_PER_SWING = 0.9, 3.0, 0.12

Separation = Callable[[int, int], float]
# A neighbour, the preferred distance from it, and a weight.
Pull = tuple[int, float, float]


class Segment(NamedTuple):
    """Part of a link between two neighbouring layers.

    Attributes:
        low: node on the lower layer.
        high: node on the upper layer.
        low_port: where it starts, relative to the centre of `low`.
        high_port: where it ends, relative to the centre of `high`.
    """

    low: int
    high: int
    low_port: float = 0.0
    high_port: float = 0.0


@dataclass(frozen=True)
class Coordinates:
    """Coordinates of all nodes, layers and clusters of a layered graph.

    Attributes:
        across: centre of each node across; the smallest edge is at 0.
        layers: start and end of each layer along.
        segments: segments of each link, with their ports.
        clusters: start and end across, then start and end along, of each cluster.
    """

    across: Sequence[float]
    layers: Sequence[tuple[float, float]]
    segments: Sequence[Sequence[Segment]]
    clusters: Sequence[tuple[float, float, float, float]]

    @property
    def start(self) -> float:
        """The smallest along coordinate; the first layer starts at 0."""
        return min([0.0, *(low for _, _, low, _ in self.clusters)])

    @property
    def end(self) -> float:
        """The largest along coordinate."""
        return max([self.layers[-1][1], *(high for _, _, _, high in self.clusters)])


def assign_coordinates(graph: LayeredGraph, rows: Rows, order: ClusteredOrder | None) -> Coordinates:
    """Return the coordinates of all nodes, in the given order on their layers.

    Args:
        graph: the layered graph.
        rows: nodes of each layer from left to right.
        order: the same order with the clusters in it, None without clusters.
    """
    segments = _attach_ports(graph, rows)
    across = align(rows, segments, graph.breadth, graph.separation, graph.long_links())
    if order is None:
        return Coordinates(across, _place_layers(graph, rows, across, segments, [], []), segments, [])
    extents = fit_clusters(graph, order, across)
    edges = [x - breadth / 2 for x, breadth in zip(across, graph.breadth, strict=True)]
    least = min([*edges, *(start for start, _ in extents)])
    across = [x - least for x in across]
    margins = _cluster_margins(graph, order)
    layers = _place_layers(graph, rows, across, segments, order.spans, margins)
    clusters = [
        (start - least, end - least, layers[low][0] - before, layers[high][1] + after)
        for (start, end), (low, high), (before, after) in zip(extents, order.spans, margins, strict=True)
    ]
    return Coordinates(across, layers, segments, clusters)


def align(
    rows: Sequence[Sequence[int]],
    links: Sequence[Sequence[Segment]],
    breadth: Sequence[float],
    separation: Separation,
    long_links: Sequence[Sequence[int]] = (),
) -> list[float]:
    """Return the centre of each node across; the smallest edge is at 0.

    Args:
        rows: nodes of each layer from left to right.
        links: segments of each link.
        breadth: extent of each node.
        separation: smallest distance between two neighbours.
        long_links: dummy nodes on successive layers to be put on one line.

    >>> align([[0, 1], [2]], [[Segment(0, 2)], [Segment(1, 2)]], [10, 10, 10], lambda left, right: 6)
    [5.0, 21.0, 13.0]
    """
    pulls_down: list[list[Pull]] = [[] for _ in breadth]
    pulls_up: list[list[Pull]] = [[] for _ in breadth]
    for segments in links:
        for k, (low, high, low_port, high_port) in enumerate(segments):
            weight = _INNER_WEIGHT if 0 < k < len(segments) - 1 else _END_WEIGHT
            pulls_down[high].append((low, low_port - high_port, weight))
            pulls_up[low].append((high, high_port - low_port, weight))
    both = [_add_pulls(down + up) for down, up in zip(pulls_down, pulls_up, strict=True)]
    down, up = list(map(_add_pulls, pulls_down)), list(map(_add_pulls, pulls_up))
    sweeps = _SWEEPS if len(breadth) < _MANY_NODES else _FEW_SWEEPS
    offsets = [_closest_offsets(row, breadth, separation) for row in rows]
    across = [0.0] * len(breadth)
    for row, offset in zip(rows, offsets, strict=True):
        for node, x in zip(row, offset, strict=True):
            across[node] = x - (offset[-1] + offset[0]) / 2
    upward = list(zip(rows, offsets, strict=True))
    downward = upward[::-1]
    # In the first sweeps only the layer just placed pulls, because the one on the other side is not placed yet.
    for pulls, order in [(down, upward), (up, downward)] * 2 + [(both, upward), (both, downward)] * sweeps:
        for row, offset in order:
            _settle(row, offset, pulls, across)
    _straighten(rows, breadth, separation, long_links, across)
    least = min(x - b / 2 for x, b in zip(across, breadth, strict=True))
    return [x - least for x in across]


def _attach_ports(graph: LayeredGraph, rows: Rows) -> list[list[Segment]]:
    """Return the segments of each link, with ports at a box in the order of its links, so that these do not cross."""
    position = [0] * len(graph.layer)
    for row in rows:
        for i, node in enumerate(row):
            position[node] = i
    incoming: list[list[int]] = [[] for _ in graph.boxes]
    outgoing: list[list[int]] = [[] for _ in graph.boxes]
    for i in sorted(range(len(graph.links)), key=lambda i: position[graph.chains[i][1]]):
        outgoing[graph.links[i].source].append(i)
    for i in sorted(range(len(graph.links)), key=lambda i: position[graph.chains[i][-2]]):
        incoming[graph.links[i].target].append(i)
    source_ports, target_ports = [0.0] * len(graph.links), [0.0] * len(graph.links)
    for links_of_boxes, ports in ((outgoing, source_ports), (incoming, target_ports)):
        for box, links, breadth in zip(graph.boxes, links_of_boxes, graph.breadth, strict=False):
            # Links to an ellipse point to its centre.
            room = 0.0 if box.round else _PORT_SHARE * breadth
            distance = min(_MAX_PORT_DISTANCE, room / max(len(links) - 1, 1))
            for k, i in enumerate(links):
                ports[i] = (k - (len(links) - 1) / 2) * distance
    return [
        [
            Segment(
                low,
                high,
                source_ports[i] if k == 0 else 0.0,
                target_ports[i] if k == len(chain) - 2 else 0.0,
            )
            for k, (low, high) in enumerate(pairwise(chain))
        ]
        for i, chain in enumerate(graph.chains)
    ]


def _closest_offsets(row: Sequence[int], breadth: Sequence[float], separation: Separation) -> list[float]:
    """Return the distance of each node from the first one of its layer if all are as close as allowed."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (breadth[left] + breadth[right]) / 2 + separation(left, right))
    return offsets


class _PullSum(NamedTuple):
    """All pulls on a node: the parts of their weighted mean that do not depend on where the neighbours are.

    Attributes:
        weight: sum of the weights.
        shift: sum of weight times preferred distance.
        neighbours: each neighbour with its weight.
    """

    weight: float
    shift: float
    neighbours: list[tuple[int, float]]


def _add_pulls(pulls: Sequence[Pull]) -> _PullSum:
    total = shift = 0.0
    neighbours = []
    for node, distance, weight in pulls:
        total += weight
        shift += weight * distance
        neighbours.append((node, weight))
    return _PullSum(total, shift, neighbours)


def _settle(row: Sequence[int], offsets: Sequence[float], pulls: Sequence[_PullSum], across: list[float]) -> None:
    """Move the nodes of one layer to the weighted means of their neighbours, as far as order and distances allow.

    Without its offset each node has to be at least as far right as the one before it: an isotonic regression.
    """
    pools: list[tuple[float, float, int]] = []
    for node, offset in zip(row, offsets, strict=True):
        weight, wish, neighbours = pulls[node]
        for x, neighbour_weight in neighbours:
            wish += neighbour_weight * across[x]
        mean = (wish / weight if neighbours else across[node]) - offset
        weight, size = weight or _FREE_WEIGHT, 1
        while pools and pools[-1][0] > mean:
            left_mean, left_weight, left_size = pools.pop()
            mean = (mean * weight + left_mean * left_weight) / (weight + left_weight)
            weight, size = weight + left_weight, size + left_size
        pools.append((mean, weight, size))
    k = 0
    for mean, _, size in pools:
        for _ in range(size):
            across[row[k]] = mean + offsets[k]
            k += 1


def _straighten(
    rows: Sequence[Sequence[int]],
    breadth: Sequence[float],
    separation: Separation,
    long_links: Sequence[Sequence[int]],
    across: list[float],
) -> None:
    """Put the dummy nodes of each long link on as few lines as their room on the layers allows."""
    beside = {
        x: (left, right) for row in rows for left, x, right in zip([None, *row], row, [*row[1:], None], strict=False)
    }

    def room(x: int) -> tuple[float, float]:
        left, right = beside[x]
        low, high = -math.inf, math.inf
        if left is not None:
            low = across[left] + (breadth[left] + breadth[x]) / 2 + separation(left, x)
        if right is not None:
            high = across[right] - (breadth[right] + breadth[x]) / 2 - separation(x, right)
        return low, max(low, high)

    for nodes in long_links:
        start = 0
        while start < len(nodes):
            # Greedy: the longest run of nodes that fit on one straight line.
            low, high = room(nodes[start])
            end = start + 1
            while end < len(nodes):
                next_low, next_high = room(nodes[end])
                if max(low, next_low) > min(high, next_high):
                    break
                low, high, end = max(low, next_low), min(high, next_high), end + 1
            run = nodes[start:end]
            median = sorted(across[x] for x in run)[len(run) // 2]
            for x in run:
                across[x] = min(max(median, low), high)
            start = end


def _cluster_margins(graph: LayeredGraph, order: ClusteredOrder) -> list[tuple[float, float]]:
    """Return the margins of each cluster, below its lowest layer and above its highest, around nested clusters."""
    title = TITLE_HEIGHT if graph.direction == "up" else 0.0
    margins = [(PADDING, PADDING + title) for _ in order.clusters]
    # Clusters follow their parents, so in reverse the margins of nested clusters are complete first.
    for i in reversed(range(len(margins))):
        parent = order.clusters[i].parent
        if parent is not None:
            before, after = margins[parent]
            if order.spans[i][0] == order.spans[parent][0]:
                before = max(before, margins[i][0] + PADDING)
            if order.spans[i][1] == order.spans[parent][1]:
                after = max(after, margins[i][1] + PADDING + title)
            margins[parent] = before, after
    return margins


def _place_layers(
    graph: LayeredGraph,
    rows: Rows,
    across: Sequence[float],
    segments: Sequence[Sequence[Segment]],
    spans: Sequence[tuple[int, int]],
    margins: Sequence[tuple[float, float]],
) -> list[tuple[float, float]]:
    """Return the start and end of each layer; layers are further apart where links between them shift further."""
    swing = [0.0] * len(rows)
    for link in segments:
        for low, high, low_port, high_port in link:
            shift = abs(across[low] + low_port - across[high] - high_port)
            swing[graph.layer[low]] = max(swing[graph.layer[low]], shift)
    before, after = [0.0] * len(rows), [0.0] * len(rows)
    for (low, high), (margin_before, margin_after) in zip(spans, margins, strict=True):
        before[low], after[high] = max(before[low], margin_before), max(after[high], margin_after)
    layers: list[tuple[float, float]] = []
    position = 0.0
    for k, (row, shift) in enumerate(zip(rows, swing, strict=True)):
        # The first layer starts at 0 in any case; a cluster around it starts below 0.
        position += before[k] if k else 0.0
        layers.append((position, position + max(graph.depth[node] for node in row)))
        distance = _MIN_SPACINGS * graph.spacing + _DISTANCE_PER_SWING * shift
        position = layers[-1][1] + after[k] + min(distance, _MAX_SPACINGS * graph.spacing)
    return layers
