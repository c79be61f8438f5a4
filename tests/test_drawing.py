"""What a drawing shows: its nodes, edges and numbers, what is lit and what is folded, and what cannot be drawn."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from typing import Any

import pytest
from drawn import neuron, parts, random_graph, texts
from effort import scaled
from samples import chain, olah

import autograd as ag
from autograd import Value
from autograd.drawing import Drawing, draw
from autograd.drawing.picture import Edge, Node, Picture
from autograd.symbolic.typesetting import number


def named(picture: Picture, name: str) -> Node:
    (node,) = (node for node in picture.nodes if node.name == name)
    return node


def by_name(picture: Picture, edge: Edge) -> str:
    return f"{picture.nodes[edge.source].name}→{picture.nodes[edge.target].name}"


def test_olahs_expression_has_his_nodes_edges_and_numbers() -> None:
    *_, e = olah()
    picture = draw(e).picture
    assert [(node.name, node.definition, node.value, node.slope, node.slope_name) for node in picture.nodes] == [
        ("a", "", 2.0, 2.0, "∂e/∂a"),
        ("b", "", 1.0, 5.0, "∂e/∂b"),
        ("c", "a + b", 3.0, 2.0, "∂e/∂c"),
        ("d", "b + 1", 2.0, 3.0, "∂e/∂d"),
        ("e", "c·d", 6.0, 1.0, "∂e/∂e"),
    ]
    assert [(by_name(picture, edge), edge.slot, edge.partial) for edge in picture.edges] == [
        ("a→c", 0, 1.0),
        ("b→c", 1, 1.0),
        ("b→d", 0, 1.0),
        ("c→e", 0, 2.0),
        ("d→e", 1, 3.0),
    ]
    assert not any(part.lit for part in (*picture.nodes, *picture.edges))
    assert (picture.caption, picture.note, picture.wrt) == ("", "", None)


def test_the_paths_from_b_to_e_are_lit_and_the_rest_is_faded() -> None:
    _, b, *_, e = olah()
    picture = draw(e, b).picture
    assert {by_name(picture, edge) for edge in picture.edges if edge.lit} == {"b→c", "b→d", "c→e", "d→e"}
    assert [by_name(picture, edge) for edge in picture.edges if picture.is_faded(edge)] == ["a→c"]
    assert [node.name for node in picture.nodes if not node.lit] == ["a"]
    assert named(picture, "a").slope is None
    assert picture.caption == "∂e/∂b = 2·1 + 3·1 = 5"


def test_forward_mode_from_b_is_on_the_nodes_when_asked_for() -> None:
    _, b, *_, e = olah()
    picture = draw(e, b, show="forward").picture
    assert [(node.slope_name, node.slope) for node in picture.nodes] == [
        ("∂a/∂b", 0.0),
        ("∂b/∂b", 1.0),
        ("∂c/∂b", 1.0),
        ("∂d/∂b", 1.0),
        ("∂e/∂b", 5.0),
    ]
    a = parts(draw(e, b, show="forward").svg(), "node")[0]
    assert texts(a) == ["a = 2", "∂a/∂b = 0"]


def test_contributions_are_what_a_sweep_passes_on() -> None:
    _, b, *_, e = olah()
    for show, written in (
        ("reverse", ["2 · 1 = 2", "2 · 1 = 2", "3 · 1 = 3", "1 · 2 = 2", "1 · 3 = 3"]),
        ("forward", ["0 · 1 = 0", "1 · 1 = 1", "1 · 1 = 1", "1 · 2 = 2", "1 · 3 = 3"]),
    ):
        drawing = draw(e, b, show=show, edges="contribution")
        assert [label.text for label in drawing.figure.labels if label] == written


def test_only_values_are_on_the_nodes_when_asked_for() -> None:
    *_, e = olah()
    assert {node.slope for node in draw(e, show="values").picture.nodes} == {None}


def test_numbers_in_expressions_are_nodes_only_when_asked_for() -> None:
    _, b, *_, e = olah()
    for wrt in (None, b):
        picture = draw(e, wrt, constants="nodes").picture
        assert len(picture.nodes) == 6
        assert (named(picture, "1").role, named(picture, "1").slope) == ("constant", None)
        assert "1→d" in {by_name(picture, edge) for edge in picture.edges}
        assert ["1"] in [texts(node) for node in parts(draw(e, wrt, constants="nodes").svg(), "node")]


def test_a_square_has_two_edges() -> None:
    x = Value(3.0, "x")
    drawing = draw((x * x).named("y"), x)
    assert [(edge.source, edge.target, edge.slot, edge.partial) for edge in drawing.picture.edges] == [
        (0, 1, 0, 3.0),
        (0, 1, 1, 3.0),
    ]
    assert drawing.picture.caption == "∂y/∂x = 3 + 3 = 6"
    assert len(set(drawing.figure.layout.routes)) == 2


def test_the_essays_derivative_is_drawn_with_its_three_factors_and_the_step_between() -> None:
    w, a, rest, E = Value(0.15, "W[1,1]"), Value(0.8, "a[1]"), Value(0.38, "rest"), Value(1.0, "E[1]")
    AS = ag.dot([w], [a], rest).named("AS")
    C = ((ag.sigmoid(AS).named("out") - E) ** 2).named("C")
    picture = draw(C, w).picture
    assert picture.caption == "∂C/∂W₁,₁ = −0.7551·1·0.235·0.8 = −0.142"
    assert [node.name for node in picture.nodes if node.lit] == ["W₁,₁", "AS", "out", "v₁", "C"]
    assert [node.name for node in picture.nodes if not node.lit] == ["a₁", "rest", "E₁"]
    assert named(picture, "AS").definition == "W₁,₁·a₁ + rest"
    assert named(picture, "out").definition == "S(AS)"


def test_negative_factors_of_a_caption_are_in_parentheses_but_for_the_first() -> None:
    x = Value(2.0, "x")
    y = (-x * -3.0 - x * x).named("y")
    assert draw(y, x).picture.caption == "∂y/∂x = 1·(−3)·(−1) + (−1)·2 + (−1)·2 = −1"


def test_many_paths_are_counted_and_not_listed() -> None:
    x = y = Value(1.0, "x")
    for _ in range(20):
        y = y + y
    caption = draw(y.named("y"), x).picture.caption
    assert caption == (
        "∂y/∂x = 1.049×10⁶, the sum of the products along 1,048,576 paths: 1 + 1 + 1 + (1,048,573 more: +1.049×10⁶)"
    )


def test_a_caption_of_many_paths_has_the_largest_terms_and_the_sum_of_the_others() -> None:
    for seed in range(scaled(40)):
        draws = random.Random(seed)
        numbers = [draws.choice([-1, 1]) * draws.uniform(0.01, 9) for _ in range(draws.randint(7, 15))]
        x = Value(1.0, "x")
        caption = draw(ag.total([x * n for n in numbers]).named("y"), x).picture.caption
        by_size = sorted(numbers, key=abs, reverse=True)
        shown = [number(n) for n in by_size[:3]]
        listed = " + ".join(f"({text})" if i and text.startswith("−") else text for i, text in enumerate(shown))
        subtotal = sum(by_size[3:])
        rest = f"({len(numbers) - 3} more: {'+' if subtotal > 0 else ''}{number(subtotal)})"
        assert caption.endswith(f" paths: {listed} + {rest}"), caption


def test_the_product_along_a_long_path_is_not_written_out() -> None:
    x, y = chain(100)
    assert draw(y.named("y"), x).picture.caption == "∂y/∂x = 1, the product along its path"


def test_the_derivative_of_a_node_with_respect_to_itself_is_a_picture_of_one_box() -> None:
    x = Value(2.0, "x")
    picture = draw(x, x).picture
    assert (len(picture.nodes), picture.edges, picture.caption) == (1, (), "∂x/∂x = 1")


def test_a_wrt_in_the_middle_cuts_the_graph_there() -> None:
    _, _, c, _, e = olah()
    picture = draw(e, c).picture
    assert [node.name for node in picture.nodes] == ["c", "d", "e"]
    assert (named(picture, "c").definition, named(picture, "d").definition) == ("a + b", "")
    assert [by_name(picture, edge) for edge in picture.edges] == ["c→e", "d→e"]
    assert picture.note == "3 of 5 nodes: those between c and e, and what meets them"


def test_the_other_terms_of_a_long_sum_are_one_box_that_has_their_sum() -> None:
    C, ws, xs = neuron(784)
    picture = draw(C, ws[2]).picture
    assert [node.name for node in picture.nodes] == ["w₃", "x₃", "+784 terms", "z", "C"]
    rest = named(picture, "+784 terms")
    assert rest.role == "folded"
    assert rest.value is not None
    assert rest.value + ws[2].data * xs[2].data == pytest.approx(named(picture, "z").value, rel=1e-12)
    assert {by_name(picture, edge): edge.partial for edge in picture.edges} == {
        "w₃→z": xs[2].data,
        "x₃→z": ws[2].data,
        "+784 terms→z": 1.0,
        "z→C": 2 * C.operands[0].data,
    }


def test_few_other_operands_are_drawn_one_by_one() -> None:
    C, ws, _ = neuron(1)
    assert [node.name for node in draw(C, ws[0]).picture.nodes] == ["w₁", "x₁", "b", "z", "C"]


def test_the_factors_that_many_paths_meet_are_one_box() -> None:
    x = Value(2.0, "x")
    ws = [Value(float(i), f"w{i}") for i in range(5)]
    picture = draw(ag.dot(ws, [x] * 5).named("z"), x).picture
    assert [node.name for node in picture.nodes] == ["x", "5 factors", "z"]
    assert [edge.partial for edge in picture.edges if edge.lit] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_other_operands_than_terms_are_folded_without_a_value() -> None:
    xs = [Value(float(i + 1), f"x{i}") for i in range(6)]
    picture = draw(ag.hypot(*xs).named("r"), xs[0]).picture
    assert [node.name for node in picture.nodes] == ["x0", "+5 operands", "r"]
    fold = named(picture, "+5 operands")
    assert (fold.value, [edge.partial for edge in picture.edges if not edge.lit]) == (None, [None])


def test_unnamed_nodes_are_numbered_in_topological_order() -> None:
    x = Value(2.0, "x")
    picture = draw(ag.exp(x * x) + x).picture
    assert [node.name for node in picture.nodes] == ["x", "v₁", "v₂", "v₃"]
    assert [node.definition for node in picture.nodes] == ["", "x·x", "exp(v₁)", "v₂ + x"]


@pytest.mark.parametrize("seed", range(8))
def test_the_gradient_on_a_node_is_the_sum_of_what_its_edges_pass_on(seed: int) -> None:
    output, leaves = random_graph(seed)
    picture = draw(output).picture
    passed: Counter[int] = Counter()
    for edge in picture.edges:
        assert edge.partial is not None
        assert edge.carried == picture.nodes[edge.target].slope
        passed[edge.source] += edge.partial * edge.carried
    for i, node in enumerate(picture.nodes[:-1]):
        assert node.slope == pytest.approx(passed[i], rel=1e-9, abs=1e-12)
    output.backward()
    for leaf in leaves:
        if any(node.name == leaf.label for node in picture.nodes):
            assert named(picture, leaf.label).slope == pytest.approx(leaf.grad, rel=1e-9, abs=1e-12)


def test_drawing_neither_reads_nor_changes_grad() -> None:
    a, b, c, d, e = olah()
    for node in (a, b, c, d, e):
        node.grad = 7.0
    for arguments in ({}, {"wrt": b}, {"wrt": b, "show": "forward"}):
        assert named(draw(e, **arguments).picture, "b").slope in (5.0, 1.0)
    assert {node.grad for node in (a, b, c, d, e)} == {7.0}


def test_a_drawing_keeps_its_numbers() -> None:
    x = Value(3.0, "x")
    drawing = draw((x * x).named("y"))
    x.data = 100.0
    assert [edge.partial for edge in drawing.picture.edges] == [3.0, 3.0]
    assert "x = 3" in drawing.describe()


def test_a_drawing_is_described_in_words() -> None:
    _, b, *_, e = olah()
    assert draw(e, b).describe().splitlines() == [
        "e = 6",
        "∂e/∂b = 2·1 + 3·1 = 5",
        "a = 2",
        "b = 1; ∂e/∂b = 5",
        "c = a + b = 3; ∂e/∂c = 2; on the edges to it ∂c/∂a = 1, ∂c/∂b = 1",
        "d = b + 1 = 2; ∂e/∂d = 3; on the edges to it ∂d/∂b = 1",
        "e = c·d = 6; ∂e/∂e = 1; on the edges to it ∂e/∂c = 2, ∂e/∂d = 3",
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"direction": "down"}, "direction must be one of 'up', 'right', got 'down'"),
        ({"theme": "neon"}, "theme must be one of 'auto', 'light', 'dark', 'print', 'olah', got 'neon'"),
        ({"show": "grads"}, "show must be one of 'reverse', 'forward', 'grad', 'values', got 'grads'"),
        ({"edges": "all"}, "edges must be one of"),
        ({"constants": "hidden"}, "constants must be one of 'inline', 'nodes', got 'hidden'"),
        ({"show": "forward"}, r"wrt must be a Value for show=\"forward\", got None; pass wrt="),
        ({"show": "values", "edges": "contribution"}, "contribution"),
        (
            {"max_nodes": 4},
            "would have 5 boxes, more than max_nodes=4; draw only the slice of one derivative with wrt=",
        ),
    ],
)
def test_an_argument_that_cannot_be_is_refused_by_naming_what_can(arguments: dict[str, Any], complaint: str) -> None:
    *_, e = olah()
    with pytest.raises(ValueError, match=complaint):
        draw(e, **arguments)


def test_only_values_are_drawn() -> None:
    a, *_ = olah()
    with pytest.raises(TypeError, match=r"draw\(\) takes Values, got float 3\.0"):
        draw(3.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"draw\(\) takes Values, got str 'a'"):
        draw(a, "a")  # type: ignore[arg-type]


def test_a_derivative_without_a_path_is_refused() -> None:
    a, _, _, d, _ = olah()
    with pytest.raises(ValueError, match="d does not depend on a"):
        draw(d, a)
    with pytest.raises(
        ValueError, match=r"wrt must be a Value made by Value\(…\), got the number 1\.0 in an expression"
    ):
        draw(d, d.operands[1])


def test_a_long_chain_is_refused_without_recursion_and_its_slice_drawn() -> None:
    length = scaled(30_000)
    x, y = chain(length)
    for wrt in (None, x):
        with pytest.raises(ValueError, match=rf"would have {length + 1:,} boxes, more than max_nodes=300"):
            draw(y, wrt)
    middle = y
    for _ in range(50):
        middle = middle.operands[0]
    assert len(draw(y, middle).picture.nodes) == 51


def test_as_many_nodes_as_allowed_are_drawn() -> None:
    x, y = chain(299)
    drawing = draw(y, x)
    assert isinstance(drawing, Drawing)
    assert len(parts(drawing.svg(), "node")) == 300
    assert ag.draw is draw


def test_fractions_end_at_120_edges() -> None:
    """Beyond, only the edges of the highlighted paths have them."""
    x, y = Value(1.5, "x"), Value(0.5, "y")
    product = x
    for _ in range(60):
        product = product * y

    def fractions(drawing: Drawing) -> int:
        return sum(label is not None and label.numerator != "" for label in drawing.figure.labels)

    assert len(draw(product, max_nodes=200).picture.edges) == 120
    assert fractions(draw(product, max_nodes=200)) == 120
    assert fractions(draw(ag.exp(product), max_nodes=200)) == 0
    assert fractions(draw(ag.exp(product), x, max_nodes=200)) == 61


# --- limits of captions and formulas


@pytest.mark.parametrize("count", range(1, 9))
def test_captions_write_out_at_most_six_paths(count: int) -> None:
    x = Value(2.0, "x")
    caption = draw(ag.total([x * (i + 2.0) for i in range(count)]).named("y"), x).picture.caption
    total = sum(range(2, count + 2))
    if count <= 6:
        assert caption == f"∂y/∂x = {' + '.join(f'1·{i + 2}' for i in range(count))} = {total}"
    else:
        largest = f"{count + 1} + {count} + {count - 1} + ({count - 3} more: +{total - 3 * count})"
        assert caption == f"∂y/∂x = {total}, the sum of the products along {count} paths: {largest}"


def test_captions_have_products_of_at_most_120_characters() -> None:
    lengths = set()
    for count, factor in product(range(57, 63), (2.0, 10.0)):
        y = x = Value(1.0, "x")
        y = factor * y
        for _ in range(count):
            y = +y
        written = "·".join([*["1"] * count, f"{factor:g}"])
        lengths.add(len(written))
        caption = draw(y.named("y"), x).picture.caption
        if len(written) <= 120:
            assert caption == f"∂y/∂x = {written} = {factor:g}"
        else:
            assert caption == f"∂y/∂x = {factor:g}, the product along its path"
    assert {119, 120, 121} <= lengths


@pytest.mark.parametrize("copies", [9, 10])
def test_paths_beyond_a_quadrillion_are_many(copies: int) -> None:
    y = x = Value(1e-15, "x")
    for factor in (copies, *[10] * 14):
        y = ag.total([y] * factor)
    counted = f"{copies * 10**14:,}" if copies < 10 else "many"
    caption = draw(y.named("y"), x, max_nodes=10**4).picture.caption
    assert f", the sum of the products along {counted} paths: 1 + 1 + 1 + (" in caption


@pytest.mark.parametrize("count", range(2, 9))
def test_formula_of_a_neuron_has_at_most_five_terms(count: int) -> None:
    xs = [Value(0.5, f"x[{i}]") for i in range(count)]
    ws = [[Value(0.25, f"{name}[{i}]") for i in range(count)] for name in "vw"]
    sums = [sum((w * x for w, x in zip(row[1:], xs[1:], strict=True)), row[0] * xs[0]) for row in ws]
    a, b = (ag.tanh(z).named(name) for z, name in zip(sums, "ab", strict=True))
    picture = draw((a * b).named("C"), detail="neurons").picture
    for name, w in (("a", "v"), ("b", "w")):
        terms = [f"{w}{'₀₁₂₃₄₅₆₇₈'[i]}·x{'₀₁₂₃₄₅₆₇₈'[i]}" for i in range(count)]
        written = terms if count <= 5 else [*terms[:2], "…", terms[-1]]
        assert named(picture, name).definition == f"tanh({' + '.join(written)})"


@pytest.mark.parametrize("depth", range(1, 8))
def test_formula_of_a_cell_has_at_most_four_levels(depth: int) -> None:
    x = Value(0.5, "x")
    y = ag.dot([x, x], [x, x])
    for _ in range(depth + 1):
        y = ag.sin(y)
    u = ag.tanh(ag.dot([y.named("y"), x], [x, y])).named("u")
    picture = draw((y * u).named("C"), detail="neurons").picture
    levels = min(depth, 4)
    assert named(picture, "y").definition == "sin(" * levels + ("v₂" if depth <= 4 else "…") + ")" * levels
