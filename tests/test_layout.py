"""The layered layout: nothing covers anything, links are straight where they can be, and it is always the same."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise, product

import pytest
from geometry import Rectangle, overlap, rectangle

from autograd.drawing.alignment import Segment, align
from autograd.drawing.crossings import crossings, untangle
from autograd.drawing.layout import Box, Direction, Layout, Link, arrange
from autograd.drawing.ranks import ranks
from autograd.drawing.routes import Point, arrow

SIZES = [5, 15, 45]
LAYOUTS = "aaba58a1"
ORDERS = "f4c29be5"
"""Checksums of the layouts and orders of random graphs as they were last looked at."""


def random_graph(size: int, seed: int) -> tuple[list[Box], list[Link]]:
    """Boxes of many sizes, some round, with links from nearby and from far, some double, three in four with a label."""
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
    """Every box and every label."""
    found = {("box", i): rectangle(layout.boxes[i], box) for i, box in enumerate(boxes)}
    for i, (link, centre) in enumerate(zip(links, layout.labels, strict=True)):
        assert (link.label is None) == (centre is None)
        if link.label is not None and centre is not None:
            found["label", i] = rectangle(centre, link.label)
    return found


def along(route: Sequence[Point], steps: int = 8) -> Iterator[Point]:
    """Points on a curve of cubic pieces (Bernstein's form)."""
    assert len(route) % 3 == 1
    for k in range(0, len(route) - 1, 3):
        for t in (j / steps for j in range(steps + 1)):
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (sum(w * p[i] for w, p in zip(weights, route[k : k + 4], strict=True)) for i in (0, 1))
            yield x, y


GRAPHS = list(product(SIZES, range(2), ("up", "right")))


@cache
def arranged(size: int, seed: int, direction: Direction) -> tuple[list[Box], list[Link], Layout]:
    """The boxes and links of a random graph, and where they are."""
    boxes, links = random_graph(size, seed)
    return boxes, links, arrange(boxes, links, direction)


@pytest.mark.parametrize(("size", "seed", "direction"), GRAPHS)
def test_no_box_or_label_lies_over_another(size: int, seed: int, direction: Direction) -> None:
    places = rectangles(*arranged(size, seed, direction))
    assert [pair for pair in combinations(places, 2) if overlap(places[pair[0]], places[pair[1]])] == []


@pytest.mark.parametrize(("size", "seed", "direction"), GRAPHS)
def test_nothing_is_outside(size: int, seed: int, direction: Direction) -> None:
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
def test_no_link_passes_behind_a_box_or_label_that_is_not_its_own(size: int, seed: int, direction: Direction) -> None:
    boxes, links, layout = arranged(size, seed, direction)
    places = rectangles(boxes, links, layout)
    for i, (link, route) in enumerate(zip(links, layout.routes, strict=True)):
        own = {("box", link.source), ("box", link.target), ("label", i)}
        strange = [place for key, place in places.items() if key not in own]
        for x, y in along(route):
            assert not any(a + 1 < x < c - 1 and b + 1 < y < d - 1 for a, b, c, d in strange)


@pytest.mark.parametrize(("size", "seed", "direction"), GRAPHS)
def test_links_start_and_end_on_the_borders_of_their_boxes_and_pass_their_labels(
    size: int, seed: int, direction: Direction
) -> None:
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
def test_links_lead_up_or_to_the_right(size: int, seed: int) -> None:
    (_, links, up), (_, _, right) = arranged(size, seed, "up"), arranged(size, seed, "right")
    for link in links:
        assert up.boxes[link.source][1] > up.boxes[link.target][1]
        assert right.boxes[link.source][0] < right.boxes[link.target][0]


def test_a_chain_is_one_straight_line() -> None:
    layout = arrange([Box(40, 20)] * 50, [Link(i, i + 1, Box(30, 10)) for i in range(49)])
    assert {x for route in layout.routes for x, _ in route} == {20.0}
    assert layout.width == 40


def test_the_top_of_a_symmetric_graph_is_in_the_middle() -> None:
    label = Box(50, 30)
    layout = arrange([Box(80, 40)] * 4, [Link(0, 1, label), Link(0, 2, label), Link(1, 3, label), Link(2, 3, label)])
    (bottom, _), (left, _), (right, _), (top, _) = layout.boxes
    assert left < bottom < right
    assert bottom == pytest.approx(top, abs=0.1)
    assert bottom - left == pytest.approx(right - bottom, abs=0.1)


def test_links_between_the_same_boxes_keep_apart() -> None:
    layout = arrange([Box(80, 40)] * 2, [Link(0, 1, Box(50, 30))] * 3)
    for (_, first), (_, second) in pairwise(enumerate(layout.routes)):
        assert all(b[0] - a[0] > 10 for a, b in zip(first, second, strict=True))
    (a, _), (b, _), (c, _) = (label for label in layout.labels if label)
    assert a + 50 < b < c - 50


def test_leaves_stand_beside_their_consumers_and_inputs_of_the_first_step_lowest() -> None:
    # 0 and 1 make 2; 2 and 3 make 4
    assert ranks(5, [(0, 2), (1, 2), (2, 4), (3, 4)]) == [0, 0, 1, 1, 2]


def test_a_node_goes_down_where_that_shortens_more_links_than_it_lengthens() -> None:
    # 2 is made of 0 and 1, which 3 needs as well, on a longer way to the top
    links = [(0, 2), (1, 2), (0, 3), (1, 3), (3, 4), (4, 5), (2, 5)]
    assert ranks(6, links) == [0, 0, 1, 1, 2, 3]


def test_a_picture_of_one_box_is_the_box() -> None:
    layout = arrange([Box(40, 20)], [])
    assert (layout.width, layout.height, layout.boxes, layout.routes) == (40, 20, ((20, 10),), ())


def test_the_same_input_gives_the_same_layout() -> None:
    boxes, links = random_graph(40, 7)
    assert arrange(boxes, links) == arrange(list(boxes), list(links))


def test_a_curve_stops_where_its_arrow_head_begins_and_the_head_points_as_the_curve_does() -> None:
    curve, tip = arrow([(0.0, 0.0), (0.0, 10.0), (17.0, 26.0), (20.0, 30.0)], 5.0)
    assert curve == [(0.0, 0.0), (0.0, 10.0), (14.0, 22.0), (17.0, 26.0)]
    assert tip == (20.0, 30.0)


@pytest.mark.parametrize("link", [Link(1, 0), Link(0, 0), Link(0, 2), Link(-1, 1)])
def test_a_link_that_does_not_lead_to_a_later_box_is_refused(link: Link) -> None:
    with pytest.raises(ValueError, match="topological order"):
        arrange([Box(1, 1)] * 2, [link])


def test_a_long_chain_needs_no_recursion() -> None:
    size = 3000
    layout = arrange([Box(40, 20)] * size, [Link(i, i + 1) for i in range(size - 1)])
    assert len(layout.boxes) == size


@pytest.mark.parametrize("seed", range(20))
def test_crossings_are_counted_as_by_comparing_all_pairs(seed: int) -> None:
    draw = random.Random(seed)
    low, high = list(range(8)), list(range(8, 16))
    below: list[list[int]] = [[] for _ in range(8)] + [draw.sample(low, draw.randrange(5)) for _ in high]
    draw.shuffle(low)
    links = [(low.index(x), i) for i, y in enumerate(high) for x in below[y]]
    pairs = sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(links, 2))
    assert crossings(low, high, below) == pairs


@pytest.mark.parametrize("seed", range(10))
def test_a_tree_is_drawn_without_crossings(seed: int) -> None:
    draw = random.Random(seed)
    parents = {0: -1}
    depth = [6]
    for node in range(1, 40):
        parents[node] = draw.choice([x for x in range(node) if depth[x] > 0])
        depth.append(depth[parents[node]] - 1)
    chains = [[node, parent] for node, parent in parents.items() if node]
    draw.shuffle(chains)
    rows = untangle(depth, chains)
    below: list[list[int]] = [[] for _ in depth]
    for low, high in chains:
        below[high].append(low)
    assert sum(crossings(low, high, below) for low, high in pairwise(rows)) == 0
    assert sorted(x for row in rows for x in row) == list(range(40))


def test_untangling_finds_the_order_without_crossings() -> None:
    # three paths beside each other, whose elements come in a muddle
    rows = untangle([0, 0, 0, 1, 1, 1, 2, 2, 2], [[0, 5, 7], [1, 3, 8], [2, 4, 6]])
    assert [row.index(x) for row, x in zip(rows, (0, 5, 7), strict=True)] == [rows[0].index(0)] * 3
    assert [row.index(x) for row, x in zip(rows, (1, 3, 8), strict=True)] == [rows[0].index(1)] * 3


def test_untangling_exchanges_on_two_levels_at_once_what_hangs_together() -> None:
    # 0 and 1 lead by 2 and 3 to 5, and 0 passes by 4 to 6: 1 must go to the left of 0, and 3 of 2 with it
    rows = untangle([0, 0, 1, 1, 1, 2, 2], [[0, 2, 5], [1, 3, 5], [0, 4, 6]])
    assert [row if row[0] in (1, 3, 5) else row[::-1] for row in rows] == [[1, 0], [3, 2, 4], [5, 6]]


@pytest.mark.parametrize("seed", range(10))
def test_alignment_keeps_the_order_and_the_distances(seed: int) -> None:
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


def test_a_long_link_is_straight_where_there_is_room() -> None:
    # from box 0 to box 5 by the elements 1 to 4, and beside them by four boxes of which one is wide and pushes
    rows = [[0], [1, 6], [2, 7], [3, 8], [4, 9], [5]]
    links = [[Segment(i, i + 1) for i in range(5)], *([Segment(a, b)] for a, b in pairwise([0, 6, 7, 8, 9, 5]))]
    breadth = [20.0, 0.0, 0.0, 0.0, 0.0, 20.0, 40.0, 300.0, 40.0, 40.0]
    across = align(rows, links, breadth, lambda left, right: 8.0, [[1, 2, 3, 4]])
    assert len({round(across[x], 6) for x in (1, 2, 3, 4)}) == 1


def test_a_long_link_that_must_bend_bends_once() -> None:
    # as before, but with a wide box on the right of the element 1 and one on the left of the element 4
    rows = [[0], [1, 6], [2], [3], [7, 4], [5]]
    links = [[Segment(i, i + 1) for i in range(5)], [Segment(0, 6)], [Segment(7, 5)]]
    breadth = [400.0, 0.0, 0.0, 0.0, 0.0, 400.0, 400.0, 400.0]
    across = align(rows, links, breadth, lambda left, right: 8.0, [[1, 2, 3, 4]])
    assert across[1] + 208 <= across[6]
    assert across[4] - 208 >= across[7]
    assert len({round(across[x], 6) for x in (1, 2, 3, 4)}) <= 2


def test_links_point_to_the_middle_of_round_boxes() -> None:
    box, label = Box(80, 40, round=True), Box(50, 30)
    layout = arrange([box] * 3, [Link(0, 2, label), Link(1, 2, label)])
    for link, route, middle in zip((0, 1), layout.routes, layout.labels, strict=True):
        assert middle is not None
        for (x, y), end in ((layout.boxes[link], route[0]), (layout.boxes[2], route[-1])):
            slope = (middle[0] - x) / (middle[1] - y)
            assert slope != 0
            assert end[0] == pytest.approx(x + slope * (end[1] - y), abs=0.05)


@pytest.mark.parametrize("direction", ["up", "right"])
def test_links_that_cross_are_straight_between_levels_and_need_no_room(direction: Direction) -> None:
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
        found.append(untangle(level, chains, draw.choice([1, 2, 4, 16])))
    assert checksum(found) == ORDERS
