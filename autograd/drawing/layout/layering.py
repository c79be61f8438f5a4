"""Layer assignment by longest path, and the layered graph with its dummy nodes.

A link has a dummy node on each layer between its ends (Sugiyama, Tagawa and Toda 1981), so later steps keep room for
it.  Boxes are on even layers.  The odd layers between them are for labels: a label is a dummy node with a size, and no
two nodes of a layer overlap.
"""

from __future__ import annotations

import graphlib
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd.drawing.layout.geometry import Box, Direction, Link

# Breadth in pixels of the dummy node of a short link without a label: room for an arrow that passes at an angle.
_LANE_BREADTH = 24.0


@dataclass(frozen=True)
class LayeredGraph:
    """Boxes and dummy nodes on layers.

    "Across" is the direction of a layer, "along" the direction from layer to layer.  The nodes are numbered: the boxes
    first, in their order, then the dummy nodes.

    Attributes:
        boxes: the boxes.
        links: the links.
        direction: direction of the links.
        spacing: smallest distance between two boxes of a layer.
        layer: layer of each node.
        breadth: extent of each node across.
        depth: extent of each node along.
        chains: nodes of each link, from its source through its dummy nodes to its target.
        labels: dummy node that is the label of each link, None for no label.
    """

    boxes: Sequence[Box]
    links: Sequence[Link]
    direction: Direction
    spacing: float
    layer: list[int] = field(default_factory=list)
    breadth: list[float] = field(default_factory=list)
    depth: list[float] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    labels: list[int | None] = field(default_factory=list)

    def separation(self, left: int, right: int) -> float:
        """Return the smallest distance between two neighbouring nodes of a layer."""
        count = len(self.boxes)
        if left < count and right < count:
            return self.spacing
        # Labels and links may be closer than boxes, and links without a label closest.
        return self.spacing / 2 if self.breadth[left] or self.breadth[right] else self.spacing / 3

    def long_links(self) -> list[list[int]]:
        """Return the dummy nodes of each link that has more than one."""
        return [chain[1:-1] for chain in self.chains if len(chain) > 3]


def build_layers(
    boxes: Sequence[Box],
    links: Sequence[Link],
    direction: Direction,
    spacing: float,
    constraints: Sequence[tuple[int, int]] = (),
) -> LayeredGraph:
    """Assign boxes to even layers, and give each link a dummy node on each layer between its ends."""
    graph = LayeredGraph(boxes, links, direction, spacing)
    ranks = assign_layers(len(boxes), [(link.source, link.target) for link in links], constraints)
    for box, rank in zip(boxes, ranks, strict=True):
        _add_node(graph, 2 * rank, box)
    _add_dummy_nodes(graph)
    return graph


def _add_node(graph: LayeredGraph, layer: int, size: Box | None) -> int:
    """Add a node and return its number."""
    width, height = (size.width, size.height) if size else (0.0, 0.0)
    graph.layer.append(layer)
    graph.breadth.append(width if graph.direction == "up" else height)
    graph.depth.append(height if graph.direction == "up" else width)
    return len(graph.layer) - 1


def _add_dummy_nodes(graph: LayeredGraph) -> None:
    """Add the dummy nodes of all links; a label goes to the odd layer with most room."""
    crowd: defaultdict[int, float] = defaultdict(float)
    spans = [graph.layer[link.target] - graph.layer[link.source] for link in graph.links]
    lane = Box(_LANE_BREADTH, 0.0) if graph.direction == "up" else Box(0.0, _LANE_BREADTH)
    graph.chains.extend([] for _ in graph.links)
    graph.labels.extend(None for _ in graph.links)
    # The shortest links first: only one layer can take their label, and longer links avoid it.
    for i in sorted(range(len(graph.links)), key=spans.__getitem__):
        link = graph.links[i]
        low, high = graph.layer[link.source], graph.layer[link.target]
        label_layer = None
        if link.label:
            label_layer = min(range(high - 1, low, -2), key=crowd.__getitem__)
        needs_lane = spans[i] == 2 and not link.straight
        chain = [link.source]
        for layer in range(low + 1, high):
            size = link.label if layer == label_layer else lane if needs_lane else None
            node = _add_node(graph, layer, size)
            chain.append(node)
            crowd[layer] += graph.breadth[node] + graph.separation(node, node)
            if layer == label_layer:
                graph.labels[i] = node
        graph.chains[i] = [*chain, link.target]


def assign_layers(
    count: int, links: Sequence[tuple[int, int]], constraints: Sequence[tuple[int, int]] = ()
) -> list[int]:
    """Return the layer of each box, by the longest path to a box without users.

    Each box is as high as its users allow.  A box with more operands than users is as low as its operands allow
    instead, since this shortens more links than it lengthens.

    Args:
        count: number of boxes.
        links: sources and targets; a source is below its target.
        constraints: further pairs of which the first is below the second.  All are ignored if they form a cycle with
            the links.

    >>> assign_layers(4, [(0, 2), (2, 3), (1, 3)]), assign_layers(4, [(0, 2), (2, 3), (1, 3)], [(1, 2)])
    ([0, 1, 1, 2], [0, 0, 1, 2])
    """
    operands: list[list[int]] = [[] for _ in range(count)]
    users: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    above: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        operands[target].append(source)
        users[source].append(target)
    for low, high in itertools.chain(links, constraints):
        above[low].append(high)
        below[high].append(low)
    try:
        order = list(graphlib.TopologicalSorter(dict(enumerate(below))).static_order())
    except graphlib.CycleError:
        return assign_layers(count, links)
    to_top: dict[int, int] = {}
    for box in reversed(order):
        to_top[box] = 1 + max((to_top[x] for x in above[box]), default=-1)
    top = max(to_top.values())
    layer = [top - to_top[box] for box in range(count)]
    for box in order:
        if len(operands[box]) > len(users[box]) > 0:
            layer[box] = 1 + max(layer[x] for x in below[box])
    return layer
