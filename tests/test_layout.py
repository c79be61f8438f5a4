"""Layered layout: nothing overlaps, links are straight if there is room, and the result is deterministic."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise, product
from typing import Any

import pytest
from geometry import Rectangle, overlap, rectangle

from autograd.drawing.layout import Box, Direction, Layout, Link, Point, arrange, arrow, crossing_reduction
from autograd.drawing.layout.coordinates import Segment, align
from autograd.drawing.layout.crossing_reduction import count_crossings, reduce_crossings
from autograd.drawing.layout.layering import assign_layers
from autograd.drawing.layout.routing import Stop
from autograd.drawing.layout.routing import route as curve

SIZES = [5, 15, 45]
LAYOUTS = "aaba58a1"
ORDERS = "f4c29be5"
"""Checksums of the layouts and orders of random graphs as they were last looked at."""


def random_graph(size: int, seed: int) -> tuple[list[Box], list[Link]]:
    """Return boxes of many sizes, some round, with short and long links, some double, three in four with a label."""
    draw = random.Random(seed)
    boxes = [Box(draw.uniform(30, 260), draw.uniform(20, 90), round=draw.random() < 0.2) for _ in range(size)]
    links = []
    for target in range(1, size):
        for _ in range(draw.choice([1, 1, 2, 2, 3])):
            source = draw.randrange(max(0, target - 12), target) if draw.random() < 0.8 else draw.randrange(target)
            label = Box(draw.uniform(20, 120), draw.uniform(15, 45)) if draw.random() < 0.75 else None
            links += [Link(source, target, label)] * draw.choice([1, 1, 1, 2])
    return boxes, links


def rectangles(boxes: Sequence[Box], links: Sequence[Link], layout: Layout) -> dict[tuple[str, int], Rectangle]:
    """Return the rectangles of all boxes and labels."""
    found = {("box", i): rectangle(layout.boxes[i], box) for i, box in enumerate(boxes)}
    for i, (link, centre) in enumerate(zip(links, layout.labels, strict=True)):
        assert (link.label is None) == (centre is None)
        if link.label is not None and centre is not None:
            found["label", i] = rectangle(centre, link.label)
    return found


def along(route: Sequence[Point], steps: int = 8) -> Iterator[Point]:
    """Yield points on a curve of cubic pieces, in Bernstein form."""
    assert len(route) % 3 == 1
    for k in range(0, len(route) - 1, 3):
        for t in (j / steps for j in range(steps + 1)):
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (sum(w * p[i] for w, p in zip(weights, route[k : k + 4], strict=True)) for i in (0, 1))
            yield x, y


GRAPHS = list(product(SIZES, range(2), ("up", "right")))


@cache
def arranged(size: int, seed: int, direction: Direction) -> tuple[list[Box], list[Link], Layout]:
    """Return the boxes and links of a random graph with their layout."""
    boxes, links = random_graph(size, seed)
    return boxes, links, arrange(boxes, links, direction)


@pytest.mark.parametrize(("size", "seed", "direction"), GRAPHS)
def test_boxes_and_labels_do_not_overlap(size: int, seed: int, direction: Direction) -> None:
    places = rectangles(*arranged(size, seed, direction))
    assert [pair for pair in combinations(places, 2) if overlap(places[pair[0]], places[pair[1]])] == []


@pytest.mark.parametrize(("size", "seed", "direction"), GRAPHS)
def test_layout_contains_everything(size: int, seed: int, direction: Direction) -> None:
    boxes, links, layout = arranged(size, seed, direction)
    for left, top, right, bottom in rectangles(boxes, links, layout).values():
        assert left >= -0.1
        assert top >= -0.1
        assert right <= layout.width + 0.1
        assert bottom <= layout.height + 0.1
    for x, y in (point for route in layout.routes for point in along(route)):
        assert -0.1 <= x <= layout.width + 0.1
        assert -0.1 <= y <= layout.height + 0.1


@pytest.mark.parametrize(("size", "seed", "direction"), GRAPHS)
def test_links_avoid_boxes_and_labels(size: int, seed: int, direction: Direction) -> None:
    """No link passes behind a box or label that is not its own."""
    boxes, links, layout = arranged(size, seed, direction)
    places = rectangles(boxes, links, layout)
    for i, (link, route) in enumerate(zip(links, layout.routes, strict=True)):
        own = {("box", link.source), ("box", link.target), ("label", i)}
        strange = [place for key, place in places.items() if key not in own]
        for x, y in along(route):
            assert not any(a + 1 < x < c - 1 and b + 1 < y < d - 1 for a, b, c, d in strange)


@pytest.mark.parametrize(("size", "seed", "direction"), GRAPHS)
def test_links_end_on_outlines(size: int, seed: int, direction: Direction) -> None:
    """Links start and end on the outlines of their boxes, and pass their labels."""
    boxes, links, layout = arranged(size, seed, direction)
    for link, route, label in zip(links, layout.routes, layout.labels, strict=True):
        for end, box in ((route[0], link.source), (route[-1], link.target)):
            left, top, right, bottom = rectangle(layout.boxes[box], boxes[box])
            x, y = end
            if boxes[box].round:
                reach = (x - (left + right) / 2) / (right - left), (y - (top + bottom) / 2) / (bottom - top)
                assert 4 * (reach[0] ** 2 + reach[1] ** 2) == pytest.approx(1, abs=0.02)
            else:
                assert min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) < 0.15
                assert left - 0.1 <= x <= right + 0.1
                assert top - 0.1 <= y <= bottom + 0.1
        if label is not None:
            assert min(abs(x - label[0]) + abs(y - label[1]) for x, y in along(route)) < 8


@pytest.mark.parametrize(("size", "seed"), list(product(SIZES, range(2))))
def test_links_follow_direction(size: int, seed: int) -> None:
    (_, links, up), (_, _, right) = arranged(size, seed, "up"), arranged(size, seed, "right")
    for link in links:
        assert up.boxes[link.source][1] > up.boxes[link.target][1]
        assert right.boxes[link.source][0] < right.boxes[link.target][0]


def test_chain_is_straight() -> None:
    layout = arrange([Box(40, 20)] * 50, [Link(i, i + 1, Box(30, 10)) for i in range(49)])
    assert {x for route in layout.routes for x, _ in route} == {20.0}
    assert layout.width == 40


def test_symmetric_graph_is_centred() -> None:
    label = Box(50, 30)
    layout = arrange([Box(80, 40)] * 4, [Link(0, 1, label), Link(0, 2, label), Link(1, 3, label), Link(2, 3, label)])
    (bottom, _), (left, _), (right, _), (top, _) = layout.boxes
    assert left < bottom < right
    assert bottom == pytest.approx(top, abs=0.1)
    assert bottom - left == pytest.approx(right - bottom, abs=0.1)


def test_parallel_links_stay_apart() -> None:
    layout = arrange([Box(80, 40)] * 2, [Link(0, 1, Box(50, 30))] * 3)
    for (_, first), (_, second) in pairwise(enumerate(layout.routes)):
        assert all(b[0] - a[0] > 10 for a, b in zip(first, second, strict=True))
    (a, _), (b, _), (c, _) = (label for label in layout.labels if label)
    assert a + 50 < b < c - 50


def test_leaf_is_one_layer_below_user() -> None:
    # 0 and 1 are the operands of 2; 2 and 3 are the operands of 4.
    assert assign_layers(5, [(0, 2), (1, 2), (2, 4), (3, 4)]) == [0, 0, 1, 1, 2]


def test_lower_layer_shortens_links() -> None:
    """A box with more operands than users is as low as its operands allow."""
    # 0 and 1 are operands of 2 and of 3, which has the longer path to the top.
    links = [(0, 2), (1, 2), (0, 3), (1, 3), (3, 4), (4, 5), (2, 5)]
    assert assign_layers(6, links) == [0, 0, 1, 1, 2, 3]


def test_cyclic_constraints_are_ignored() -> None:
    assert assign_layers(3, [(0, 1), (1, 2)], [(2, 0)]) == assign_layers(3, [(0, 1), (1, 2)]) == [0, 1, 2]


def test_single_box() -> None:
    layout = arrange([Box(40, 20)], [])
    assert (layout.width, layout.height, layout.boxes, layout.routes) == (40, 20, ((20, 10),), ())


def test_layout_is_deterministic() -> None:
    boxes, links = random_graph(40, 7)
    assert arrange(boxes, links) == arrange(list(boxes), list(links))


def test_curve_ends_at_arrow_head() -> None:
    """A curve ends where its arrow head begins, and the head points in the direction of the curve."""
    curve, tip = arrow([(0.0, 0.0), (0.0, 10.0), (17.0, 26.0), (20.0, 30.0)], 5.0)
    assert curve == [(0.0, 0.0), (0.0, 10.0), (14.0, 22.0), (17.0, 26.0)]
    assert tip == (20.0, 30.0)


@pytest.mark.parametrize("link", [Link(1, 0), Link(0, 0), Link(0, 2), Link(-1, 1)])
def test_backward_link_raises(link: Link) -> None:
    with pytest.raises(ValueError, match="topological order"):
        arrange([Box(1, 1)] * 2, [link])


def test_long_chain_without_recursion() -> None:
    size = 3000
    layout = arrange([Box(40, 20)] * size, [Link(i, i + 1) for i in range(size - 1)])
    assert len(layout.boxes) == size


@pytest.mark.parametrize("seed", range(20))
def test_crossings_match_pairwise_count(seed: int) -> None:
    draw = random.Random(seed)
    low, high = list(range(8)), list(range(8, 16))
    below: list[list[int]] = [[] for _ in range(8)] + [draw.sample(low, draw.randrange(5)) for _ in high]
    draw.shuffle(low)
    links = [(low.index(x), i) for i, y in enumerate(high) for x in below[y]]
    pairs = sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(links, 2))
    assert count_crossings(low, high, below) == pairs


@pytest.mark.parametrize("seed", range(10))
def test_tree_has_no_crossings(seed: int) -> None:
    draw = random.Random(seed)
    parents = {0: -1}
    depth = [6]
    for node in range(1, 40):
        parents[node] = draw.choice([x for x in range(node) if depth[x] > 0])
        depth.append(depth[parents[node]] - 1)
    chains = [[node, parent] for node, parent in parents.items() if node]
    draw.shuffle(chains)
    rows = reduce_crossings(depth, chains)
    below: list[list[int]] = [[] for _ in depth]
    for low, high in chains:
        below[high].append(low)
    assert sum(count_crossings(low, high, below) for low, high in pairwise(rows)) == 0
    assert sorted(x for row in rows for x in row) == list(range(40))


def test_parallel_paths_do_not_cross() -> None:
    # Three parallel paths whose nodes are numbered in another order.
    rows = reduce_crossings([0, 0, 0, 1, 1, 1, 2, 2, 2], [[0, 5, 7], [1, 3, 8], [2, 4, 6]])
    assert [row.index(x) for row, x in zip(rows, (0, 5, 7), strict=True)] == [rows[0].index(0)] * 3
    assert [row.index(x) for row, x in zip(rows, (1, 3, 8), strict=True)] == [rows[0].index(1)] * 3


def test_two_layers_change_together() -> None:
    """Some crossings vanish only if two layers change at once."""
    # 0 and 1 lead through 2 and 3 to 5, and 0 through 4 to 6: 1 has to be left of 0, and 3 left of 2.
    rows = reduce_crossings([0, 0, 1, 1, 1, 2, 2], [[0, 2, 5], [1, 3, 5], [0, 4, 6]])
    assert [row if row[0] in (1, 3, 5) else row[::-1] for row in rows] == [[1, 0], [3, 2, 4], [5, 6]]


@pytest.mark.parametrize("seed", range(10))
def test_alignment_keeps_order_and_distances(seed: int) -> None:
    draw = random.Random(seed)
    breadth = [draw.uniform(0, 50) for _ in range(30)]
    rows = [list(range(k, k + 6)) for k in range(0, 30, 6)]
    links = [
        [Segment(draw.choice(a), draw.choice(b), draw.uniform(-9, 9))] for a, b in pairwise(rows) for _ in range(9)
    ]
    threads = [[draw.choice(row) for row in rows] for _ in range(3)]
    across = align(rows, links, breadth, lambda left, right: 5.0 + (left + right) % 3, threads)
    for left, right in (pair for row in rows for pair in pairwise(row)):
        distance = across[right] - across[left] - (breadth[left] + breadth[right]) / 2
        assert distance >= 5.0 + (left + right) % 3 - 1e-9
    assert min(x - b / 2 for x, b in zip(across, breadth, strict=True)) == pytest.approx(0, abs=1e-9)


def test_long_link_is_straight() -> None:
    # From box 0 to box 5 through nodes 1 to 4, beside four boxes of which a wide one pushes them aside.
    rows = [[0], [1, 6], [2, 7], [3, 8], [4, 9], [5]]
    links = [[Segment(i, i + 1) for i in range(5)], *([Segment(a, b)] for a, b in pairwise([0, 6, 7, 8, 9, 5]))]
    breadth = [20.0, 0.0, 0.0, 0.0, 0.0, 20.0, 40.0, 300.0, 40.0, 40.0]
    across = align(rows, links, breadth, lambda left, right: 8.0, [[1, 2, 3, 4]])
    assert len({round(across[x], 6) for x in (1, 2, 3, 4)}) == 1


def test_long_link_bends_once() -> None:
    # As before, with a wide box to the right of node 1 and one to the left of node 4.
    rows = [[0], [1, 6], [2], [3], [7, 4], [5]]
    links = [[Segment(i, i + 1) for i in range(5)], [Segment(0, 6)], [Segment(7, 5)]]
    breadth = [400.0, 0.0, 0.0, 0.0, 0.0, 400.0, 400.0, 400.0]
    across = align(rows, links, breadth, lambda left, right: 8.0, [[1, 2, 3, 4]])
    assert across[1] + 208 <= across[6]
    assert across[4] - 208 >= across[7]
    assert len({round(across[x], 6) for x in (1, 2, 3, 4)}) <= 2


def test_links_point_to_ellipse_centres() -> None:
    box, label = Box(80, 40, round=True), Box(50, 30)
    layout = arrange([box] * 3, [Link(0, 2, label), Link(1, 2, label)])
    for link, route, middle in zip((0, 1), layout.routes, layout.labels, strict=True):
        assert middle is not None
        for (x, y), end in ((layout.boxes[link], route[0]), (layout.boxes[2], route[-1])):
            slope = (middle[0] - x) / (middle[1] - y)
            assert slope != 0
            assert end[0] == pytest.approx(x + slope * (end[1] - y), abs=0.05)


def is_straight(*stops: Stop) -> bool:
    """Return True if the whole route is one straight piece."""
    points = curve(stops)
    return len(points) == 4 and all(
        point == pytest.approx(tuple(a + (b - a) * k / 3 for a, b in zip(points[0], points[-1], strict=True)))
        for k, point in enumerate(points)
    )


def test_straight_line_may_stray_a_little() -> None:
    """By 6 pixels beyond the sides of boxes and labels, and by 13 beyond those of a lane between others."""
    low, high = Stop("box", 0, 0, 20, 40, 20), Stop("box", 0, 100, 120, 40, 20)
    for centre, expected in ((18, True), (18.1, False), (-18, True), (-18.1, False)):
        assert is_straight(low, Stop("lane", centre, 50, 70, 10), high) is expected
    for port, expected in ((26, True), (26.1, False), (-26, True), (-26.1, False)):
        ends = low._replace(port=port), high._replace(port=port)
        assert is_straight(ends[0], Stop("lane", port, 50, 70, 10), ends[1]) is expected
    for centre, expected in ((80, True), (80.1, False), (-80, True), (-80.1, False)):
        # The line to the middle of the label enters its layer a tenth of the way aside.
        label = Stop("label", centre, 100, 120, 4)
        assert is_straight(low._replace(depth=0), label) is expected


def test_straight_line_is_steep() -> None:
    low, high = Stop("box", 0, 0, 20, 400, 20), Stop("box", 0, 120, 140, 400, 20)
    for shift, expected in ((150, True), (150.1, False), (-150, True), (-150.1, False)):
        lane = Stop("lane", shift / 2, 50, 70, 90)
        assert is_straight(low, lane, high._replace(centre=shift)) is expected


@pytest.mark.parametrize(("length", "pieces"), [(0.1, 2), (0.09, 1)])
def test_pieces_shorter_than_a_tenth_of_a_pixel_are_left_out(length: float, pieces: int) -> None:
    low, label = Stop("box", 0, -length, length, 20, 0), Stop("label", 100, 40, 40, 10)
    assert not is_straight(low, label)
    assert len(curve([low, label])) == 1 + 3 * pieces


@pytest.mark.parametrize("direction", ["up", "right"])
def test_straight_links_need_no_room(direction: Direction) -> None:
    """Straight links have straight pieces between layers, and the layout is smaller."""
    boxes = [Box(80, 40), Box(80, 60), Box(80, 40), Box(80, 50), Box(80, 40), Box(80, 40)]
    pairs = [(a, b) for a in range(3) for b in range(3, 6)]
    crossing = arrange(boxes, [Link(a, b, None, True) for a, b in pairs], direction)
    plain = arrange(boxes, [Link(a, b) for a, b in pairs], direction)
    assert crossing.width * crossing.height < plain.width * plain.height
    for route in crossing.routes:
        corners = route[::3]
        for k, (a, b) in enumerate(pairwise(corners)):
            third = tuple(p + (q - p) / 3 for p, q in zip(a, b, strict=True))
            assert route[3 * k + 1] == pytest.approx(third, abs=0.02)
        assert 2 <= len(corners) <= 4


def checksum(numbers: object) -> str:
    return f"{zlib.crc32(repr(numbers).encode()):08x}"


def test_layouts_of_random_graphs_are_as_kept() -> None:
    """Look at each change of a picture; if it is meant, keep what is printed here."""
    found = []
    for case in GRAPHS:
        layout = arranged(*case)[2]
        routes = [[(round(x, 2), round(y, 2)) for x, y in route] for route in layout.routes]
        labels = [label and (round(label[0], 2), round(label[1], 2)) for label in layout.labels]
        found.append(([(round(x, 2), round(y, 2)) for x, y in layout.boxes], routes, labels))
    assert checksum(found) == LAYOUTS


def test_orders_of_random_graphs_are_as_kept() -> None:
    found = []
    for seed in range(40):
        draw = random.Random(seed)
        width, height = draw.randint(2, 9), draw.randint(2, 6)
        level = [k // width for k in range(width * height)]
        chains = []
        for _ in range(2 * width):
            low = draw.randrange(height - 1)
            chain = [draw.randrange(width) + width * k for k in range(low, draw.randint(low + 2, height))]
            chains.append(chain)
        found.append(reduce_crossings(level, chains, draw.choice([1, 2, 4, 16])))
    assert checksum(found) == ORDERS


@pytest.mark.parametrize(("count", "rounds"), [(6, 4), (2999, 4), (3000, 2)])
def test_search_for_crossings_ends_after_rounds_without_gain(count: int, rounds: int, monkeypatch: Any) -> None:
    """Three nodes are linked to each of three others, which cross in any order; the other nodes have no links."""
    layer = [0, 0, 0, 1, 1, 1] + [0] * (count - 6)
    sweeps = []
    sweep = crossing_reduction._sweep
    monkeypatch.setattr(crossing_reduction, "_sweep", lambda *args, **named: (sweeps.append(1), sweep(*args, **named)))
    reduce_crossings(layer, [[low, high] for low in (0, 1, 2) for high in (3, 4, 5)])
    assert len(sweeps) == 2 * rounds
