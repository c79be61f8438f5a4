"""Folding of large graphs: nested sums, neurons and layers as single boxes, with exact partials and counts."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from drawn import neuron, random_graph
from effort import IS_THOROUGH, scaled
from geometry import overlap, rectangle
from samples import chain, olah

import autograd as ag
import nn
from autograd import GraphTooLarge, Value, draw
from autograd.drawing.picture import Node, Picture
from autograd.symbolic.typesetting import number


def by_hand(sizes: list[int], seed: int = 0) -> tuple[Value, list[Value]]:
    """Return a network as in micrograd, a node for each product and addition, and the first weight of each layer."""
    rng = random.Random(seed)
    layer, firsts = [Value(rng.random()) for _ in range(sizes[0])], []
    for width in sizes[1:]:
        neurons = []
        for k in range(width):
            z = Value(rng.gauss(0, 1))
            for i, x in enumerate(layer):
                w = Value(rng.gauss(0, 1))
                firsts += [w] if i == k == 0 else []
                z = z + w * x
            neurons.append(z.tanh())
        layer = neurons
    return sum(((a - 1) ** 2 for a in layer[1:]), (layer[0] - 1) ** 2), firsts


def by_nn(sizes: list[int], seed: int = 0) -> tuple[Value, list[Value]]:
    """Return the same network from `nn`, with a node for each activation sum, and labels."""
    net = nn.MLP(sizes[0], sizes[1:], "tanh", seed=seed)
    rng = random.Random(seed)
    cost = nn.quadratic(net([rng.random() for _ in range(sizes[0])]), [1.0] * sizes[-1]).named("C")
    return cost, [layer.weight[0, 0] for layer in net.layers]


NETWORKS = {"by hand": by_hand([5, 12, 11, 9]), "nn": by_nn([5, 12, 11, 9])}


def carried_down(picture: Picture) -> float:
    """Return the derivative by a reverse sweep over the drawn edges."""
    assert picture.wrt is not None
    adjoints: dict[int, float] = {len(picture.nodes) - 1: 1.0}
    for edge in reversed(picture.edges):
        if edge.lit:
            assert edge.partial is not None
            adjoints[edge.source] = adjoints.get(edge.source, 0.0) + adjoints[edge.target] * edge.partial
    return adjoints[picture.wrt]


def ellipses(picture: Picture) -> list[Node]:
    return [node for node in picture.nodes if node.name.startswith("⋮")]


def slope_of(node: Node) -> float:
    assert node.slope is not None
    return node.slope


@pytest.mark.parametrize("made", NETWORKS)
@pytest.mark.parametrize("layer", range(3))
def test_folded_partials_multiply_to_derivative(made: str, layer: int) -> None:
    C, firsts = NETWORKS[made]
    for opened in (None, ()):
        picture = draw(C, firsts[layer], detail="neurons", open=opened, max_shown=100).picture
        assert ellipses(picture) == []
        assert carried_down(picture) == pytest.approx(ag.gradient(C, firsts[layer]).data, rel=1e-12)


@pytest.mark.parametrize("made", NETWORKS)
def test_layer_shares_sum_to_derivative(made: str) -> None:
    """In each layer the shares of the shown neurons and of the rest add up to the derivative."""
    C, firsts = NETWORKS[made]
    reverse = draw(C, firsts[0], detail="neurons").picture
    forward = draw(C, firsts[0], detail="neurons", show="forward").picture
    slope = ag.gradient(C, firsts[0]).data
    layers = [i for i, group in enumerate(reverse.groups) if "neurons" in group.name]
    assert [node.name for node in ellipses(reverse)] == ["⋮ 5 more neurons", "⋮ 3 more neurons"]
    assert len(layers) == 2
    for layer in layers:
        passed = [
            slope_of(up) * (1.0 if up.value is None else slope_of(down))
            for up, down in zip(reverse.nodes, forward.nodes, strict=True)
            if up.group == layer
        ]
        assert len(passed) == 7
        assert sum(passed) == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("made", NETWORKS)
def test_folded_layer_has_whole_derivative(made: str) -> None:
    C, firsts = NETWORKS[made]
    picture = draw(C, firsts[0], detail="layers").picture
    names = [node.name for node in picture.nodes if node.role == "layer"]
    slope = ag.gradient(C, firsts[0]).data
    assert [name.split(": ")[1] for name in names] == ["11 neurons", "9 neurons"]
    assert [slope_of(node) for node in picture.nodes if node.role == "layer"] == pytest.approx([slope] * 2, rel=1e-12)


@pytest.mark.parametrize("show", ["reverse", "forward", "grad", "values"])
def test_folded_layers_are_highlighted_on_paths(show: Any) -> None:
    C, firsts = NETWORKS["nn"]
    for wrt in (firsts[0], None)[: 1 if show == "forward" else 2]:
        layers = [node for node in draw(C, wrt, detail="layers", show=show).picture.nodes if node.role == "layer"]
        assert len(layers) >= 2
        for node in layers:
            assert node.lit is (wrt is not None)
            assert (node.slope is None) is (show == "values")


def test_edge_has_jacobian_norm() -> None:
    net = nn.MLP(4, [7, 6, 5], seed=3)
    C = nn.quadratic(net([0.1, 0.2, 0.3, 0.4]), [1.0] * 5).named("C")
    picture = draw(C, detail="layers").picture
    a, jacobian = ag.values([0.1, 0.2, 0.3, 0.4]), []
    for layer in net.layers:
        outputs = layer(a)
        jacobian.append(np.array([[ag.gradient(y, x).data for x in a] for y in outputs]))
        a = outputs
    shown = [edge.jacobian for edge in picture.edges if edge.jacobian is not None]
    for known in jacobian:
        assert any(
            (j.rows, j.columns) == known.shape and j.norm == pytest.approx(np.linalg.norm(known), rel=1e-12)
            for j in shown
        )
    names = [node.name for node in picture.nodes if node.role == "layer"]
    assert sorted(names) == [
        "E: 5 inputs",
        "a⁽¹⁾: 4 inputs",
        "layer 2: 7 neurons",
        "layer 3: 6 neurons",
        "layer 4: 5 neurons",
    ]


@pytest.mark.parametrize("detail", ["operations", "neurons", "layers"])
@pytest.mark.parametrize("made", NETWORKS)
def test_boxes_count_all_nodes(made: str, detail: str) -> None:
    """Every node of the slice or the graph is in exactly one box."""
    C, firsts = NETWORKS[made]
    picture = draw(C, firsts[0], detail=detail, max_nodes=1000).picture  # type: ignore[arg-type]
    assert sum(node.count for node in picture.nodes if node.lit) == len(ag.between(firsts[0], C))
    whole = draw(C, detail=detail, max_nodes=1000).picture  # type: ignore[arg-type]
    graph = [node for node in ag.topological_order(C) if not node.constant]
    assert sum(node.count for node in whole.nodes) == len(graph)
    if detail != "operations":
        assert whole.note == f"{len(whole.nodes)} boxes for {len(graph)} nodes"


@pytest.mark.parametrize("seed", range(6))
def test_random_graph_folds_exactly(seed: int) -> None:
    output, leaves = random_graph(seed)
    for leaf in leaves:
        if ag.between(leaf, output):
            for opened in (None, ()):
                picture = draw(output, leaf, detail="neurons", open=opened, max_shown=100).picture
                slope = ag.gradient(output, leaf).data
                assert carried_down(picture) == pytest.approx(slope, rel=1e-9, abs=1e-12)


def test_large_network_fits_page() -> None:
    inputs = 784 if IS_THOROUGH else 196
    for C, firsts in (by_hand([inputs, 16, 16, 10]), by_nn([inputs, 16, 16, 10])):
        for w in firsts:
            drawing = draw(C, w)
            assert drawing.figure.layout.width < 1900
            assert len(drawing.picture.nodes) <= 80
            assert any(node.name == f"+{inputs} terms" for node in drawing.picture.nodes) == (w is firsts[0])
            assert "paths" in drawing.picture.caption or w is firsts[2]


def test_neuron_of_wrt_is_open() -> None:
    """The neuron that a weight enters is open unless `open=()` folds it."""
    C, firsts = by_nn([5, 12, 11, 9])
    opened = [node.name for node in draw(C, firsts[0]).picture.nodes]
    assert {"AS²₁", "a²₁"} <= set(opened)
    closed = draw(C, firsts[0], detail="neurons", open=()).picture
    assert "AS²₁" not in {node.name for node in closed.nodes}
    (edge,) = (edge for edge in closed.edges if edge.source == closed.wrt)
    a = next(node for node in ag.topological_order(C) if node.label == "a^2[1]")
    assert edge.partial == pytest.approx(ag.gradient(a, firsts[0]).data, rel=1e-12)


def test_open_by_node_or_name() -> None:
    C, firsts = by_nn([5, 12, 11, 9])
    a = next(node for node in ag.topological_order(C) if node.label == "a^3[7]")
    for wanted in (a, "a^3[7]", "a³₇", [a]):
        picture = draw(C, firsts[0], detail="neurons", open=wanted).picture
        assert "AS³₇" in {node.name for node in picture.nodes}
        assert "AS²₁" not in {node.name for node in picture.nodes}
    for wanted in ("layer 3", a):
        names = [node.name for node in draw(C, firsts[0], detail="layers", open=wanted).picture.nodes]
        assert [name for name in names if name[0] in "a⋮" and "²" not in name][:4] == [
            "a³₁",
            "a³₂",
            "a³₃",
            "⋮ 5 more neurons",
        ]
        assert "layer 4: 9 neurons" in names
    with pytest.raises(
        ValueError,
        match=r"open must be a node between w²₁,₁ and C or .* box, got 'layer 7'; use one of: .*layer 3",
    ):
        draw(C, firsts[0], detail="layers", open="layer 7")
    with pytest.raises(ValueError, match="or the name of a box, got Value"):
        draw(C, firsts[0], detail="layers", open=Value(1.0))


def test_unknown_name_to_open_raises() -> None:
    """An unknown name is refused even if nothing is folded."""
    C, _ = by_nn([2, 3, 2])
    whole = draw(C).picture
    assert not whole.is_folded
    for wanted in ("layer 2", "a^3[1]", ()):
        assert draw(C, open=wanted).picture == whole
    with pytest.raises(
        ValueError, match=r"open must be a node of the graph or .* box, got 'layer 4'; use one of: layer 2"
    ):
        draw(C, open="layer 4")
    with pytest.raises(ValueError, match=r"open must be a node of the graph or the name of a box, got 'q'$"):
        draw(Value(2.0) * 3, open="q")


def test_nested_sum_is_one_box() -> None:
    """A sum of sums is one box, with the other terms as a stub beside it."""
    C, firsts = by_hand([9, 1])
    picture = draw(C, firsts[0], detail="operations").picture
    rest = next(node for node in picture.nodes if node.role == "folded")
    assert (rest.name, rest.count) == ("+9 terms", 9)
    total = next(node for node in picture.nodes if node.count == 9 and node.role == "operation")
    product = next(node for node in picture.nodes if node.definition.endswith("·v₃"))
    assert rest.value is not None
    assert product.value is not None
    assert total.value == pytest.approx(rest.value + product.value, rel=1e-12)
    assert " + … + " in total.definition
    assert {edge.partial for edge in picture.edges if picture.nodes[edge.target] is total} == {1.0}


def test_subtracted_terms_keep_sign() -> None:
    xs = [Value(float(i), f"x{i}") for i in range(6)]
    y = (xs[0] - (xs[1] + xs[2] - xs[3]) - xs[4] + xs[5]).named("y")
    picture = draw(y).picture
    assert [node.name for node in picture.nodes] == ["x0", "x1", "x2", "x3", "x4", "x5", "y"]
    assert [edge.partial for edge in picture.edges] == [1.0, -1.0, -1.0, 1.0, -1.0, 1.0]
    assert picture.nodes[-1].definition == "x0 + (−x1) + … + x5"


def test_named_sum_keeps_box() -> None:
    xs = [Value(float(i), f"x{i}") for i in range(6)]
    part = (xs[0] + xs[1] + xs[2]).named("part")
    names = [node.name for node in draw((part + xs[3] + xs[4] + xs[5]).named("y")).picture.nodes]
    assert "part" in names


def test_small_graph_is_unfolded() -> None:
    *_, e = olah()
    picture = draw(e).picture
    assert not picture.is_folded
    assert {node.count for node in picture.nodes} == {1}
    C, ws, _ = neuron(3)
    assert not draw(C, ws[0]).picture.is_folded


def test_graph_without_neurons_is_unfolded() -> None:
    y = Value(1.0, "x")
    for _ in range(100):
        y = ag.sin(y)
    assert len(draw(y).picture.nodes) == 101
    assert len(draw(y, detail="neurons").picture.nodes) == 2


def test_too_large_picture_names_remedies() -> None:
    C, firsts = by_nn([5, 12, 11, 9])
    with pytest.raises(GraphTooLarge) as refused:
        draw(C, firsts[0], detail="operations", max_nodes=20)
    message = str(refused.value)
    for way in ("the slice of", 'detail="neurons" or detail="layers"', "a larger max_nodes"):
        assert way in message
    with pytest.raises(GraphTooLarge, match="only the slice of one derivative with wrt="):
        draw(C, max_nodes=3)


def test_layers_and_neurons_are_groups() -> None:
    C, _ = by_nn([2, 3, 2])
    picture = draw(C).picture
    titles = Counter(group.name for group in picture.groups if group.parent is None)
    assert titles == {"layer 2": 1, "layer 3": 1}
    assert [group.name for group in picture.groups if group.parent == 0] == [
        "neuron 2.1 (tanh)",
        "neuron 2.2 (tanh)",
        "neuron 2.3 (tanh)",
    ]
    for node in picture.nodes:
        where = None if node.group is None else picture.groups[node.group].name
        if node.name in ("w²₁,₁", "b²₁", "AS²₁", "a²₁"):
            assert where == "neuron 2.1 (tanh)"
        if node.name in ("a¹₁", "E₁", "C"):
            assert where is None
    assert draw(C, groups=False).picture.groups == ()
    hand, _ = by_hand([2, 3, 2])
    assert [group.name for group in draw(hand).picture.groups].count("neuron 1 (tanh)") == 2
    assert draw(C, detail="layers").picture.groups == ()


@pytest.mark.parametrize("sizes", [[2, 2, 1], [3, 4, 2], [1, 1, 1, 1], [2, 3, 3]], ids=str)
@pytest.mark.parametrize("direction", ["up", "right"])
@pytest.mark.parametrize("made", ["by hand", "nn"])
def test_clusters_contain_only_members(sizes: list[int], direction: Any, made: str) -> None:
    C, firsts = by_hand(sizes) if made == "by hand" else by_nn(sizes)
    for wrt, detail in ((None, "operations"), (firsts[0], "operations"), (None, "neurons"), (firsts[1], "neurons")):
        drawing = draw(C, wrt, direction=direction, detail=detail)  # type: ignore[arg-type]
        picture, layout = drawing.picture, drawing.figure.layout
        assert len(layout.clusters) == len(picture.groups)
        for i, ((left, top), (right, bottom)) in enumerate(layout.clusters):
            assert -0.1 <= left < right <= layout.width + 0.1
            assert -0.1 <= top < bottom <= layout.height + 0.1
            for node, box, centre in zip(picture.nodes, drawing.figure.boxes, layout.boxes, strict=True):
                inside, around = rectangle(centre, box), (left, top, right, bottom)
                if is_in(picture, node.group, i):
                    assert left < inside[0] < inside[2] < right
                    assert top < inside[1] < inside[3] < bottom
                else:
                    assert not overlap(inside, around)
        for (i, a), (j, b) in combinations(enumerate(layout.clusters), 2):
            if not is_in(picture, j, i):
                assert not overlap((*a[0], *a[1]), (*b[0], *b[1]))


def is_in(picture: Picture, group: int | None, frame: int) -> bool:
    while group is not None and group != frame:
        group = picture.groups[group].parent
    return group == frame


def test_inputs_are_below_cluster() -> None:
    C, _ = by_nn([2, 3, 2])
    drawing = draw(C)
    names = [group.name for group in drawing.picture.groups]
    frames = dict(zip(names, drawing.figure.layout.clusters, strict=True))
    assert frames["layer 3"][1][1] < frames["layer 2"][0][1]
    for node, (_, y) in zip(drawing.picture.nodes, drawing.figure.layout.boxes, strict=True):
        if node.name in ("a¹₁", "a¹₂"):
            assert y > frames["layer 2"][1][1]


def test_stub_value_is_signed_sum() -> None:
    xs = [Value(float(i + 1), f"x{i}") for i in range(7)]
    y = xs[0] - xs[1] - (xs[2] - xs[3]) - xs[4] - xs[5] + xs[6]
    (rest,) = (node for node in draw(y.named("y"), xs[0]).picture.nodes if node.role == "folded")
    assert rest.name == "+5 terms"
    assert rest.value == y.data - xs[0].data


def test_description_has_jacobians() -> None:
    C, firsts = by_nn([5, 12, 11, 9])
    picture = draw(C, firsts[0], detail="layers").picture
    (edge,) = (edge for edge in picture.edges if edge.target == len(picture.nodes) - 1)
    assert edge.jacobian is not None
    assert edge.jacobian[:2] == (1, 9)
    last = picture.describe().splitlines()[-1]
    assert last.endswith(
        f"; on the edges to it 1×9 partials from layer 4: 9 neurons of norm {number(edge.jacobian.norm)}"
    )


def test_long_chain_folds_to_one_box() -> None:
    length = scaled(30_000)
    x, y = chain(length)
    picture = draw(y, x, detail="neurons").picture
    assert len(picture.nodes) == 2
    assert picture.nodes[-1].count == length
    assert picture.nodes[-1].definition.endswith("…)))")
    assert picture.edges[0].partial == ag.gradient(y, x).data


def test_batch_folds_into_layers() -> None:
    """The examples of a batch fold into the same layers, with shared parameters."""
    net = nn.MLP(2, [4, 3], seed=0)
    rng = random.Random(1)
    C = ag.total([nn.quadratic(net([rng.random(), rng.random()]), [1.0, 0.0, 0.0]) for _ in range(5)]).named("C")
    picture = draw(C, detail="layers").picture
    names = {node.name for node in picture.nodes}
    assert {
        "w⁽²⁾: 8 parameters",
        "b⁽²⁾: 4 parameters",
        "a⁽¹⁾: 10 inputs",
        "layer 2: 20 neurons",
        "layer 3: 15 neurons",
    } <= names
    assert (
        picture.note == f"{len(picture.nodes)} boxes for {sum(not x.constant for x in ag.topological_order(C))} nodes"
    )
    w = net.layers[0].weight[0, 0]
    for node in draw(C, w, detail="layers").picture.nodes:
        if node.role == "layer":
            assert node.slope == pytest.approx(ag.gradient(C, w).data, rel=1e-12)


# --- limits


def narrow_neurons(x: Value, count: int) -> list[Value]:
    return [ag.tanh(ag.dot([Value(0.1, f"w[{i}]")], [x])) for i in range(count)]


@pytest.mark.parametrize("count", [79, 80, 81, 82])
def test_more_than_80_boxes_are_folded(count: int) -> None:
    x = Value(0.5, "x")
    y = ag.total(narrow_neurons(x, 3))
    for _ in range(count - 11):
        y = ag.sin(y)
    assert len(draw(y, detail="operations").picture.nodes) == count
    picture = draw(y.named("y")).picture
    assert picture.is_folded == (count > 80)
    assert (len(picture.nodes) == count) == (count <= 80)


@pytest.mark.parametrize("count", [8, 9, 10, 11])
def test_more_than_9_boxes_side_by_side_are_folded_in_a_slice(count: int) -> None:
    x = Value(0.5, "x")
    y = ag.total(narrow_neurons(x, count)).named("y")
    assert draw(y, x).picture.is_folded == (count > 9)
    assert not draw(y).picture.is_folded


@pytest.mark.parametrize("count", range(1, 9))
def test_more_than_3_operands_from_outside_are_one_box(count: int) -> None:
    """Terms of a sum with their sum, operands without a value, factors of terms on a path."""
    x, ws = Value(2.0, "x"), [Value(i + 0.5, f"w[{i}]") for i in range(count)]
    xs = [Value(i - 1.0, f"v[{i}]") for i in range(count)]
    cases = {
        "total": (ag.total([x, *ws]), count, f"+{count} terms", math.fsum(w.data for w in ws)),
        "hypot": (ag.hypot(*ws, x), count, f"+{count} operands", None),
        "dot": (ag.dot(ws, [x] * count), count, f"{count} factors", None),
        "bias": (ag.dot([x], [3.0], Value(1.0, "b")), 2, "", None),
        "pairs": (
            ag.dot([x, *ws], [x, *xs]),
            2 * count,
            f"+{count} terms",
            math.fsum(w.data * v.data for w, v in zip(ws, xs, strict=True)),
        ),
    }
    for output, outside, title, value in cases.values():
        picture = draw(output.named("z"), x).picture
        *others, last = (node for node in picture.nodes if node.name != "x")
        assert last.name == "z"
        if outside <= 3:
            assert all(node.role != "folded" for node in others)
            continue
        (box,) = others
        assert (box.name, box.role, box.count) == (title, "folded", outside)
        assert box.value == (None if value is None else pytest.approx(value, rel=1e-15))
        (edge,) = (e for e in picture.edges if picture.nodes[e.source] is box)
        assert edge.partial == (None if value is None else 1.0)


def test_message_lists_at_most_12_boxes() -> None:
    for count in (11, 12, 13, 14):
        y = x = Value(0.5, "x")
        for i in range(count):
            y = ag.sin(y).named(f"y{i}")
        with pytest.raises(ValueError, match=r"got 'q'; use one of: ") as caught:
            draw(y, x, open="q")
        listed = str(caught.value).partition("use one of: ")[2].split(", ")
        assert listed == [f"y{i}" for i in range(min(count, 12))] + ["…"] * (count > 12)


@pytest.mark.parametrize("show", ["values", "grad", "reverse", "forward"])
def test_layers_are_highlighted_if_the_derivative_passes_through_them(show: Any) -> None:
    net = nn.MLP(6, [8, 5, 2], seed=0)
    C = nn.quadratic(net([0.5] * 6), [1.0, 0.0])
    for wrt in (None, net.layers[0].weight[0, 0]):
        if wrt is None and show == "forward":
            continue
        picture = draw(C, wrt, show=show, detail="layers").picture
        layers = [node for node in picture.nodes if node.role == "layer"]
        assert layers
        assert {node.lit for node in layers} == {wrt is not None}
