"""What a check says: as text that can be repeated, as Markdown, in a notebook, and as a picture."""

from __future__ import annotations

import itertools
import math
import random
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from drawn import HOSTILE, SVG
from effort import scaled
from faults import faulty, special

import autograd as ag
from autograd import TABLE, Value
from autograd.checking import Finding, gradcheck
from autograd.checking.gradient_check import gradcheck_call
from autograd.checking.verdict import Difference, worst_first


def model(w, x):
    return (ag.tanh(w * x + 0.1) - 1) ** 2


WRONG = replace(TABLE["tanh"], name="wrong_tanh", partials=lambda x, z: 1 - z)


@pytest.fixture(autouse=True)
def wrong_operation(unchanged_table):
    TABLE["wrong_tanh"] = WRONG


def wrong_graph(label: str = "s") -> Value:
    w, x = Value(0.3, "w"), Value(0.8, "x")
    return ((WRONG((w * x + 0.1).named(label)).named("h") - 1) ** 2).named("C")


def gradient(w, x):
    return (1.0, 1.0)


# --- lines to repeat a check


def repeats(check) -> list[str]:
    return [line.removeprefix("repeat: ") for line in str(check).splitlines() if line.startswith("repeat: ")]


def test_a_check_that_holds_needs_no_repeating():
    assert repeats(ag.gradcheck(model, (0.3, 0.8))) == []


@pytest.mark.parametrize(
    ("at", "options"),
    [
        ((0.3, 0.8), {}),
        ([0.3, 0.8], {"rtol": 1e-6}),
        (np.array([0.3, 0.8]), {"kinks": "fail"}),
        ((0.3, 0.8), {"order": 2}),
        ((0.3, 0.8), {"gradient": gradient}),
        ((0.3, 0.8), {"hessian": [[1.0, 2.0], [3.0, 4.0]]}),
    ],
)
def test_the_line_to_repeat_a_check_repeats_it(at, options):
    def f(w, x):
        return (WRONG(w * x + 0.1) - 1) ** 2

    check = ag.gradcheck(f, at, **options)
    names = {"ag": ag, "np": np, "f": f, **options}
    again = [eval(line, names) for line in repeats(check)]
    assert repeats(again[0]) == repeats(check)
    assert not any(again)


def test_leaves_are_repeated_by_their_names_where_all_have_one():
    x, y, z = Value(0.3, "x"), Value(0.7, "y"), Value(0.2)
    C = (WRONG(x * y + z) * 2.0).named("C")
    assert repeats(ag.gradcheck(C, leaves=[x, y]))[0] == "ag.gradcheck(C, leaves=[x, y])"
    for leaves in ([x, z], [z], [z, y]):
        assert all("ag.wrong_tanh" in call for call in repeats(ag.gradcheck(C, leaves=leaves)))


def test_a_call_names_only_what_has_a_name():
    op = replace(WRONG, name="unknown")
    assert repeats(ag.gradcheck(op(Value(0.3, "x")))) == []
    assert repeats(ag.gradcheck(lambda x: x, 0.5, gradient=lambda x: 2.0)) == []
    assert repeats(ag.gradcheck(math.fsum, ([0.5] * 99,), gradient=[2.0] * 99)) == []
    assert repeats(ag.gradcheck(math.sin, 0.5, gradient=math.sin)) == ["ag.gradcheck(math.sin, 0.5, gradient=math.sin)"]
    assert repeats(ag.gradcheck((1.5).__add__, 0.5, gradient=2.0)) == []
    assert repeats(ag.gradcheck(WRONG, 0.5))[0] == "ag.gradcheck(ag.wrong_tanh, 0.5)"


@pytest.mark.parametrize("as_written", [list, tuple, np.array])
def test_a_point_of_two_hundred_characters_is_repeated_and_no_longer_one(as_written):
    for length in (200, 201):
        # The first number has the digits that are missing.
        numbers = [2.5] * 39
        numbers[0] = float(f"2.{'1' * (length - len(repr(numbers)) + 1)}")
        assert len(repr(numbers)) == length
        check = ag.gradcheck(math.fsum, (as_written(numbers),), gradient=[2.0] * 39)
        assert all("math.fsum, (" in call for call in repeats(check))
        assert len(repeats(check)) == 0, "a tuple around it is longer"
        call = gradcheck_call(math.fsum, as_written(numbers), {})
        array = f"np.array({numbers})" if as_written is np.array else repr(as_written(numbers))
        assert call == (f"ag.gradcheck(math.fsum, {array})" if length == 200 else "")


def test_the_worst_operation_is_repeated_by_itself():
    check = ag.gradcheck(wrong_graph())
    assert repeats(check) == ["ag.gradcheck(C)", "ag.gradcheck(ag.wrong_tanh, (0.33999999999999997,))"]
    lone = eval(repeats(check)[1])
    assert (lone.edges[0].engine, lone.edges[0].verdict) == (check.worst.engine, "fail")


def test_numbers_in_an_expression_stay_numbers_when_an_operation_is_repeated():
    op = ag.operation("wrong_power", math.pow, lambda x, y, z: (z, 0.0), numpy="power")
    line = repeats(ag.gradcheck(op(Value(3.0, "x"), 2.0)))[-1]
    assert line == "ag.gradcheck(lambda x: ag.wrong_power(x, 2.0), (3.0,))"
    assert not eval(line)


def test_an_operation_of_any_number_of_operands_is_repeated_too_if_they_are_few():
    op = ag.operation("wrong_sum", lambda *xs: math.fsum(xs), lambda *xs, z: (2.0,) * len(xs))
    line = repeats(ag.gradcheck(op(Value(1.0), Value(2.0), Value(4.0))))[-1]
    assert line == "ag.gradcheck(ag.TABLE['wrong_sum'], (1.0, 2.0, 4.0))"
    assert not eval(line)
    assert repeats(ag.gradcheck(op(*map(Value, range(9))))) == []


def test_a_second_derivative_is_repeated_at_second_order():
    op, at = special("pow: 0 where the exponent is 0")
    TABLE["pow"] = op
    assert repeats(ag.gradcheck(op, at, order=2))[1] == "ag.gradcheck(ag.pow, (7.0, 0.0), order=2)"


def test_the_line_of_code_that_made_a_wrong_node_is_shown():
    def f(w):
        a = w * 2.0
        return WRONG(a)  # the line

    assert "test_checking_report.py, line " in str(ag.gradcheck(f, 0.3))
    assert ":  return WRONG(a)  # the line" in str(ag.gradcheck(f, 0.3))
    with ag.source_lines():
        y = WRONG(Value(0.5))  # another line
    assert "# another line" in str(ag.gradcheck(y))


def test_a_derivative_of_0_by_something_that_nothing_changes_with_has_no_part_to_agree_to():
    check = ag.gradcheck(lambda x, y: ag.relu(x) * y, (-1.0, 2.0))
    assert str(check).startswith("f: 2 derivatives hold\n")
    assert [found.agreement for found in check.leaves] == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(scaled(200)))
def test_agreement_is_the_part_by_which_two_numbers_differ(seed):
    """It is told alike of both numbers and at every scale, and never better than the differences can tell."""
    draw = random.Random(seed)
    x, factor = draw.choice((-1.0, 1.0)) * (1.0 + draw.random()), 2.0 ** draw.randint(-200, 200)
    gap, error = (draw.choice((0.0, 2.0 ** draw.randint(-40, -1))) for _ in range(2))
    y = x * (1.0 + gap)

    def agreement(engine: float, slope: float, bar: float = error) -> float:
        return Finding(engine, Difference(slope, bar, swing=abs(slope)), "pass").agreement

    expected = max(abs(x - y), error) / abs(y)
    assert agreement(x, y) == pytest.approx(expected, rel=1e-9, abs=0.0)
    assert agreement(y, x) == agreement(x, y)
    assert agreement(-x, -y) == agreement(x, y)
    assert agreement(factor * x, factor * y, factor * error) == pytest.approx(expected, rel=1e-9, abs=0.0)
    assert agreement(x, -x) == 2.0
    assert agreement(x, 0.0) == agreement(1e3 * x, 0.0, 0.0) == 1.0
    assert agreement(0.0, y) == 1.0
    assert agreement(x, x, 0.0) == 0.0
    assert agreement(0.0, 0.0) == 0.0
    assert agreement(x, 2.0 * y) < agreement(x, 3.0 * y) < agreement(x, 100.0 * y) <= 1.0


def test_agreement_of_zero_is_measured_by_the_slopes_beside_it():
    """Where slopes on the two sides cancel to 0, a claimed 0 agrees to a part of these."""
    assert Finding(0.0, Difference(1e-9, 1e-10, swing=2.0), "pass").agreement == pytest.approx(5e-10)
    assert Finding(0.0, Difference(0.0, 1e-10, swing=2.0), "pass").agreement == pytest.approx(5e-11)
    assert Finding(0.0, Difference(1.0, 0.0), "fail").agreement == math.inf
    check = ag.gradcheck(lambda x: ag.cos(x), 0.0)
    assert 0.0 <= check.leaves[0].agreement < 1e-5


@pytest.mark.parametrize("seed", range(scaled(20)))
def test_what_is_most_wrong_is_read_first(seed):
    draw = random.Random(seed)
    gaps = [draw.uniform(0.1, 0.9) for _ in range(6)]
    verdicts = ["pass", "kink", "undecided", "fail"]
    found = [
        Finding(1.0 + gap * draw.choice((-0.5, 1.0)), Difference(1.0, 0.0), verdict)
        for gap in gaps
        for verdict in verdicts
    ]
    found += [Finding(math.nan, Difference(1.0, 0.0), verdict) for verdict in verdicts]
    draw.shuffle(found)
    ordered = worst_first(found)
    ranks = [verdicts.index(x.verdict) for x in ordered]
    assert ranks == sorted(ranks, reverse=True)
    for verdict in verdicts:
        first, *rest = (x for x in ordered if x.verdict == verdict)
        assert math.isnan(first.engine)
        agreements = [x.agreement for x in rest]
        assert agreements == sorted(agreements, reverse=True)


# --- Markdown


def test_markdown_has_a_table_of_each_kind_of_number():
    lines = ag.gradcheck(wrong_graph()).markdown().splitlines()
    assert lines[0] == "**C: 2 of 2 derivatives are wrong**"
    assert lines.count("| --- | --- | --- | --- |") == 2
    assert "|  | engine | differences |  |" in lines
    assert "|  | rule | differences |  |" in lines
    row = next(line for line in lines if line.startswith("| wrong\\_tanh(s = 0.33"))
    assert "the rule is 1 − z, where 1 − z² would hold" in row
    assert lines[-4:-1] == [
        "```text",
        "repeat: ag.gradcheck(C)",
        "repeat: ag.gradcheck(ag.wrong_tanh, (0.33999999999999997,))",
    ]


def test_a_notebook_shows_the_markdown():
    check = ag.gradcheck(wrong_graph())
    assert check._repr_markdown_() == check.markdown()


@pytest.mark.parametrize("label", [*HOSTILE, "a|b", "`x`", "**", "[a](b)", "| --- |"])
def test_no_label_breaks_a_table_of_markdown(label):
    text = ag.gradcheck(wrong_graph(label).named(label)).markdown().split("```")[0]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 7
    for row in rows:
        bars = [i for i, c in enumerate(row) if c == "|" and not (len(row[:i]) - len(row[:i].rstrip("\\"))) % 2]
        assert len(bars) == 5
    assert "<" not in text
    assert ">" not in text
    assert "`" not in re.sub(r"`(?::?//|www\.|@)+`", "", text, flags=re.IGNORECASE).replace("\\`", "")


# --- pictures


def parts(svg: str, kind: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(svg)
    return [g for g in root.iter(f"{SVG}g") if kind in g.get("class", "").split()]


def test_the_wrong_edge_is_marked_in_the_picture_and_no_other():
    drawing = ag.gradcheck(wrong_graph()).draw()
    marked = [edge for edge in drawing.picture.edges if edge.mark]
    assert [(drawing.picture.fraction(edge), edge.mark) for edge in marked] == [(("∂h", "∂s"), "differences 0.8928")]
    assert drawing.picture.title == "C = 0.4523, 1 wrong edge"
    assert "∂h/∂s = 0.6725, which is wrong (differences 0.8928)" in drawing.describe()
    root = ElementTree.fromstring(drawing.svg())
    assert root.find(f"{SVG}title").text == "C = 0.4523, 1 wrong edge"
    assert "which is wrong (differences 0.8928)" in root.find(f"{SVG}desc").text
    [edge, label] = parts(drawing.svg(), "wrong")
    assert "which is wrong (differences 0.8928)" in edge.find(f"{SVG}title").text
    assert [path.get("class") for path in edge.iter(f"{SVG}path")] == [None, "head", "halo", "cross"]
    assert "= 0.6725 ✗ differences 0.8928" in [text.text for text in label.iter(f"{SVG}text")]


@pytest.mark.parametrize("theme", ["print", "light"])
def test_the_mark_is_told_without_colours(theme):
    svg = ag.gradcheck(wrong_graph()).draw(theme=theme).svg()
    sheet = svg.partition("<style>")[2].partition("</style>")[0]
    rules = (rule.partition("{") for rule in sheet.split("}") if "stroke-width:" in rule)
    widths = {head.split(" ", 1)[1]: body.partition("stroke-width:")[2].split(";")[0] for head, _, body in rules}
    assert float(widths[".edge.wrong path"][:-2]) > 2.0 * float(widths[".edge path"][:-2])
    assert 'class="cross"' in svg
    assert "✗" in svg
    assert "marks what is wrong" in svg


def test_the_cross_is_two_strokes_at_right_angles():
    [edge, _] = parts(ag.gradcheck(wrong_graph()).draw().svg(), "wrong")
    cross = next(path for path in edge.iter(f"{SVG}path") if path.get("class") == "cross").get("d")
    strokes = [[complex(*map(float, end.split())) for end in stroke.split("L")] for stroke in cross.split("M")[1:]]
    (a, b), (c, d) = strokes
    assert abs((a + b) - (c + d)) <= 0.2
    assert abs(b - a) == pytest.approx(abs(d - c), abs=0.2)
    assert abs(b - a) > 4.0
    assert ((b - a) * (d - c).conjugate()).real == pytest.approx(0.0, abs=2.0)


def test_the_cross_lies_clear_of_boxes_and_labels():
    drawing = ag.gradcheck(wrong_graph()).draw()
    figure = drawing.figure
    i = next(i for i, edge in enumerate(figure.picture.edges) if edge.mark)
    [edge, _] = parts(drawing.svg(), "wrong")
    cross = next(path for path in edge.iter(f"{SVG}path") if path.get("class") == "cross").get("d")
    ys = [float(pair.split()[1]) for pair in cross.replace("M", "L").split("L") if pair]
    label, source = figure.layout.labels[i], figure.layout.boxes[figure.picture.edges[i].source]
    below_label = label[1] + figure.labels[i].box.height / 2
    above_source = source[1] - figure.boxes[figure.picture.edges[i].source].height / 2
    assert below_label <= min(ys)
    assert max(ys) <= above_source


def test_pictures_for_graphviz_are_marked_too():
    dot = ag.gradcheck(wrong_graph()).draw(theme="print").dot.source
    edges = [line for line in dot.splitlines() if "->" in line]
    assert [line for line in edges if "penwidth=3.5" in line] == [
        line for line in edges if "✗ differences 0.8928" in line
    ]
    assert sum("✗" in line for line in edges) == 1


def test_pictures_for_latex_and_for_mermaid_are_marked_too():
    drawing = ag.gradcheck(wrong_graph()).draw()
    latex = [line for line in drawing.tikz().splitlines() if r"\otimes" in line and "differences" in line]
    assert [line.startswith(r"\node[aglabel") and "draw=aglit" in line for line in latex] == [True]
    marked = [line for line in drawing.mermaid().splitlines() if "differences" in line]
    assert [" ==x|" in line and "which is wrong" in line for line in marked] == [True]


@pytest.mark.parametrize("detail", ["neurons", "layers"])
def test_what_is_wrong_inside_a_folded_box_is_marked_on_the_box(detail):
    a = [Value(0.1 * i, f"x[{i}]") for i in range(3)]
    for layer in (1, 2):
        tanh = [WRONG if (layer, j) == (2, 1) else ag.tanh for j in range(3)]
        z = [[Value(0.3 * (i - j) + 0.1, f"w^{layer}[{j},{i}]") * x for i, x in enumerate(a)] for j in range(3)]
        a = [f(ag.total(terms)).named(f"a^{layer}[{j}]") for j, (f, terms) in enumerate(zip(tanh, z, strict=True))]
    drawing = ag.gradcheck(ag.total(a).named("C")).draw(detail=detail)
    assert drawing.picture.is_folded
    [node] = [node for node in drawing.picture.nodes if node.mark]
    assert node.mark.startswith("inside: differences ")
    assert drawing.picture.title.endswith(", 1 wrong edge")
    assert f"which is wrong ({node.mark})" in drawing.describe()
    assert not any(edge.mark for edge in drawing.picture.edges)


def test_without_marks_a_picture_is_as_it_was():
    C = wrong_graph()
    assert ag.draw(C).svg() == ag.draw(C, marks={}).svg()
    assert "wrong" not in ag.draw(C).svg().replace("wrong_tanh", "")
    assert ag.draw(C, marks={(C, 0): "so"}).svg() != ag.draw(C).svg()


def test_a_wrong_value_is_marked_on_its_node():
    q = Value(3.0, "q")
    z = ((q * q).named("y") + 1).named("z")
    q.data = 4.0
    drawing = ag.gradcheck(z).draw()
    assert [(node.name, node.mark) for node in drawing.picture.nodes if node.mark] == [("y", "now 16")]
    assert drawing.picture.title == "z = 10, 1 wrong value"
    [node] = parts(drawing.svg(), "wrong")
    assert "✗ now 16" in [span.text for span in node.iter(f"{SVG}tspan")]
    assert "y = q·q = 9, which is wrong (now 16)" in drawing.describe()
    assert "✗ now 16" in drawing.dot.source


def test_a_wrong_rule_at_a_kink_and_a_rule_that_differentiates_wrongly_are_marked():
    relu = faulty("relu", lambda x, z: 2.0 + 0.0 * x)
    assert [edge.mark for edge in ag.gradcheck(relu(Value(0.0, "x"))).draw().picture.edges] == ["slopes 0 and 1"]
    op, at = special("pow: 0 where the exponent is 0")
    drawing = ag.gradcheck(op, at, order=2).draw()
    assert drawing.picture.title.startswith("v₁ = 1")
    assert [edge.mark for edge in drawing.picture.edges] == ["slope 0, differences 0.1429", ""]


@pytest.mark.parametrize("length", [30, 400])
def test_of_a_graph_too_large_to_draw_the_wrong_edge_is_drawn(length):
    y = WRONG(Value(0.5, "x")).named("first")
    for k in itertools.count(1):
        y = ag.sin(y * (1.0 + k / 1000.0)).named(f"t[{k}]")
        if k == length:
            break
    drawing = ag.gradcheck(y).draw(max_nodes=100)
    assert sum(bool(edge.mark) for edge in drawing.picture.edges) == 1
    assert len(drawing.picture.nodes) <= 100


def test_a_wide_graph_is_drawn_as_the_slice_above_the_wrong_edge():
    draw = random.Random(0)
    xs = [Value(draw.random(), f"x[{k}]") for k in range(500)]
    C = ag.total([*(ag.sin(x) for x in xs), WRONG(xs[7])]).named("C")
    drawing = ag.gradcheck(C).draw()
    assert [drawing.picture.fraction(edge)[1] for edge in drawing.picture.edges if edge.mark] == ["∂x₇"]
    assert len(drawing.picture.nodes) < 10
    assert drawing.picture.note.endswith("✗ marks what is wrong")


def test_where_nothing_is_wrong_the_graph_is_drawn_as_it_is():
    C = model(Value(0.3, "w"), Value(0.8, "x")).named("C")
    assert ag.gradcheck(C).draw(theme="print").svg() == ag.draw(C, theme="print").svg()


def test_looks_that_are_none_are_refused_as_by_draw():
    with pytest.raises(ValueError, match="theme must be one of"):
        ag.gradcheck(wrong_graph()).draw(theme="pink")


def test_given_derivatives_have_no_graph_to_draw():
    with pytest.raises(ValueError, match="no graph to draw"):
        ag.gradcheck(math.sin, 1.0, gradient=0.0).draw()


def test_the_package_of_checks_has_what_the_public_face_has():
    assert gradcheck is ag.gradcheck


# --- outcomes by argument


def layer(x, weight, bias):
    return (x**2 * weight + bias).ravel()


def layer_gradient(x, weight, bias):
    """Return the blocks of the Jacobian; those by `x` have a factor that they should not have."""
    rows = np.arange(x.size)
    by_x, by_weight = np.zeros((x.size, *x.shape)), np.zeros((x.size, weight.size))
    by_x.reshape(x.size, -1)[rows, rows] = (2 * x * weight).ravel() * np.linspace(1.2, 1.9, x.size)
    by_weight[rows, rows % weight.size] = (x**2).ravel()
    by_bias = (by_weight != 0) * 1.0
    return by_x, by_weight, by_bias


LAYER_AT = (np.linspace(0.4, 1.5, 12).reshape(3, 4), np.linspace(-0.7, 0.8, 4), np.linspace(0.1, 0.4, 4))


def test_each_argument_has_a_line_if_not_all_wrong_derivatives_are_shown():
    check = ag.gradcheck(layer, LAYER_AT, gradient=layer_gradient)
    for lines in (str(check).splitlines(), check.markdown().splitlines()):
        lines = [line.strip() for line in lines]
        assert [x for x in lines if x.split(":")[0] in ("x", "weight", "bias")] == [
            "x: 12 of 144 are wrong",
            "weight: all 48 hold",
            "bias: all 48 hold",
        ]
        assert "… and 7 more are wrong, 228 hold" in lines


def test_arguments_of_a_tree_are_counted_by_their_leaves():
    def by_params(params):
        return dict(zip(params, layer_gradient(*params.values()), strict=True))

    params = dict(zip(("x", "weight", "bias"), LAYER_AT, strict=True))
    text = str(ag.gradcheck(lambda params: layer(**params), (params,), gradient=by_params))
    assert 'params["x"]: 12 of 144 are wrong\nparams["weight"]: all 48 hold\n' in text


def test_counts_by_argument_add_up_to_the_findings():
    check = ag.gradcheck(layer, LAYER_AT, gradient=layer_gradient)
    check.leaves = [replace(x, verdict="undecided") if k in (0, 13, 239) else x for k, x in enumerate(check.leaves)]
    text = str(check)
    wrong, undecided = (sum(x.verdict == verdict for x in check.leaves) for verdict in ("fail", "undecided"))
    more_wrong = wrong - 5
    assert f"… and {more_wrong} more are wrong, {undecided} are undecided, {240 - wrong - undecided} hold" in text
    by_x = [x for k, x in enumerate(check.leaves) if k % 20 < 12]
    still = sum(x.verdict == "undecided" for x in by_x)
    verb = "is" if still == 1 else "are"
    assert f"x: {wrong} of 144 are wrong, {still} {verb} undecided" in text
    assert "bias: 1 of 48 is undecided" in text


def test_many_arguments_are_shortened():
    def f(*arrays):
        return sum(float(x @ x) for x in arrays)

    at = tuple(np.array([0.5 + k, 1.5]) for k in range(20))

    def wrong(*arrays):
        return tuple((3 if k < 8 else 2) * x for k, x in enumerate(arrays))

    lines = str(ag.gradcheck(f, at, gradient=wrong)).splitlines()
    assert sum(line.endswith(": all 2 are wrong") for line in lines) == 5
    assert "… and some by 3 further arguments" in lines
    assert sum(line.endswith(": all 2 hold") for line in lines) == 5
    assert "the other 7 arguments: all 14 hold" in lines


@pytest.mark.parametrize("count", [2, 9])
def test_single_numbers_and_short_reports_have_no_lines_by_argument(count):
    def f(*xs):
        return math.fsum(x * x for x in xs)

    at = tuple(0.5 + k for k in range(count))
    text = str(ag.gradcheck(f, at, gradient=lambda *xs: [3 * xs[0], *(2 * x for x in xs[1:])]))
    assert "xs[0]:" not in text
    assert "xs[1]:" not in text
    short = ag.gradcheck(lambda x, y: float(x @ y), (np.ones(2), np.ones(2)), gradient=lambda x, y: (2 * y, x))
    assert "y: all" not in str(short)


def test_six_arguments_that_hold_are_all_named():
    at = tuple(np.array([0.5 + k, 1.5]) for k in range(7))
    check = ag.gradcheck(
        lambda *xs: sum(float(x @ x) for x in xs), at, gradient=lambda *xs: (3 * xs[0], *(2 * x for x in xs[1:]))
    )
    assert str(check).count(": all 2 hold") == 6
    assert "the other" not in str(check)


def test_directions_and_nonlinear_products_are_not_counted_by_argument():
    assert "weight: " not in str(ag.gradcheck(layer, LAYER_AT, gradient=layer_gradient, mode="fast"))

    def product(point, v):
        (a, b), (da, db) = point, v
        return a * db + b * da + da * db

    at = np.array([0.5, 1.5, 2.5]), np.array([1.0, 2.0, 3.0])
    lines = str(ag.gradcheck(lambda a, b: a * b, at, jvp=product)).splitlines()
    assert lines[-2:] == ["a: all 9 hold", "b: all 9 hold"]
    assert sum(line.endswith("not linear in the vector") for line in lines) == 3
    assert not any(line.startswith(":") for line in lines)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x * math.sin(1.0 / x) if x else 0.0,
        lambda x: max(x, 0.0) ** 1.5,
    ],
)
def test_suggested_absolute_tolerance_is_enough(f):
    undecided = ag.gradcheck(f, 0.0, gradient=0.0)
    assert not undecided
    atol = float(re.search(r"pass atol=(\S+) to accept", str(undecided))[1])
    assert ag.gradcheck(f, 0.0, gradient=0.0, atol=atol)
    assert not ag.gradcheck(f, 0.0, gradient=0.0, atol=0.1 * atol)


def test_derivatives_that_do_not_converge_say_what_there_may_be():
    check = ag.gradcheck(lambda x: x + math.floor(x), 1.0, gradient=1.0)
    assert "there may be a jump or no derivative here; try a point beside it" in str(check)
