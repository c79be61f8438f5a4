"""Reasons for the size of a derivative: each is held against all paths, listed one by one."""

from __future__ import annotations

import math
import random
import re
import sys
from collections.abc import Callable

import pytest
from effort import scaled
from printed import read
from samples import random_derivative

import autograd as ag
from autograd import TABLE, Value
from autograd.op import Op, smooth
from autograd.symbolic.typesetting import name
from autograd.tracing.reasons import MAX_CANCELLATION, MAX_PATHS, Flows, Reasons
from autograd.tracing.slopes import Condition, is_flat, is_saturated, zero_condition


def why(target: Value, wrt: Value) -> list[str]:
    return str(ag.trace(target, wrt).why()).splitlines()


def neuron(w: float, x: float, b: float, activation: Callable[[Value], Value]) -> tuple[Value, Value, Value]:
    """The cost of a neuron, its weight and its bias."""
    weight, bias = Value(w, "w"), Value(b, "b")
    AS = ag.dot([weight], [Value(x, "x[1]")], bias).named("AS")
    return ((activation(AS).named("a") - 1) ** 2).named("C"), weight, bias


def test_relu_that_is_off_is_named_with_its_condition() -> None:
    C, w, _ = neuron(2.0, 3.0, -56.0, ag.relu)
    assert why(C, w) == ["∂C/∂w = 0, because AS = −50 < 0: relu is off for this example"]


def test_relu_at_its_kink_is_no_branch_that_is_off() -> None:
    C, w, _ = neuron(2.0, 3.0, -6.0, ag.relu)
    assert why(C, w) == ["∂C/∂w = 0, because AS = 0, a kink of relu, where the slope is 0 by convention"]


def test_saturated_sigmoid_is_named_with_its_slope() -> None:
    C, w, _ = neuron(2.0, 3.0, -56.0, ag.sigmoid)
    [line] = why(C, w)
    assert line.endswith("because AS = −50: S is saturated, ∂a/∂AS = S(AS)(1 − S(AS)) = 1.929×10⁻²²")


def test_slopes_that_are_on_every_path_are_all_named() -> None:
    """The input of 0 and the relu that is off are each enough; neither hides the other."""
    C, w, b = neuron(2.0, 0.0, -50.0, ag.relu)
    assert why(C, w) == [
        "∂C/∂w = 0, because each of these slopes is on every path:",
        "  x₁ = 0: AS does not change with w",
        "  AS = −50 < 0: relu is off for this example",
    ]
    assert why(C, b) == ["∂C/∂b = 0, because AS = −50 < 0: relu is off for this example"]


def test_units_that_are_off_share_the_paths() -> None:
    """Five of the paths lead through the first unit, one through the second."""
    x = Value(1.0, "x")
    u, v = ag.relu((-x).named("p")).named("u"), ag.relu((-2 * x).named("q")).named("v")
    C = ag.total([u, u * 2, u * 3, u * 4, u * 5, v]).named("C")
    assert why(C, x) == [
        "∂C/∂x = 0, because every path has a slope of 0:",
        "  p = −1 < 0: relu is off for this example (83.3 % of the paths)",
        "  q = −2 < 0: relu is off for this example (16.7 % of the paths)",
    ]


def test_many_units_that_are_off_are_counted() -> None:
    x = Value(1.0, "x")
    C = ag.total([ag.relu((-k * x).named(f"p[{k}]")) for k in range(1, 11)]).named("C")
    lines = why(C, x)
    assert len(lines) == 6
    assert lines[-1] == "  6 more (60 % of the paths)"
    assert len(ag.trace(C, x).why().causes) == 10


def test_paths_of_opposite_sign_cancel_where_they_meet() -> None:
    x = Value(3.0, "x")
    u, v = (2 * x).named("u"), (2 * x).named("v")
    y = ((u - v).named("d") * 5).named("y")
    assert why(y, x) == [
        "∂y/∂x = 0, because paths cancel: the positive ones add up to 10 and the negative ones to −10",
        "The terms of ∂d/∂x:",
        "  2 (50 %) through u",
        "  −2 (50 %) through v",
    ]


def test_terms_that_cancel_are_listed_by_size() -> None:
    x = Value(1.0, "x")
    y = ag.total([(k * x).named(f"u[{i}]") for i, k in enumerate((1, -999, 700, 200, 98, 1), 1)]).named("y")
    assert why(y, x) == [
        "∂y/∂x = 1, because paths cancel: the positive ones add up to 1000 and the negative ones to −999",
        "The terms of ∂y/∂x:",
        "  −999 (50.0 %) through u₂",
        "  700 (35.0 %) through u₃",
        "  200 (10.0 %) through u₄",
        "  98 (4.9 %) through u₅",
        "  2 more: 2",
    ]


@pytest.mark.parametrize(("below", "above", "names"), [(2, 3, "pp"), (3, 2, "rr")])
def test_smaller_cut_is_named(below: int, above: int, names: str) -> None:
    """Every path has two slopes of 0: near the source, and near the target."""
    x = Value(1.0, "x")
    hidden = [ag.relu((-k * x).named(f"p[{k}]")) for k in range(1, below + 1)]
    outer = [ag.relu((-1.0 - ag.total(hidden)).named(f"r[{k}]")) for k in range(1, above + 1)]
    causes = ag.trace(ag.total(outer).named("C"), x).why().causes
    assert "".join(str(cause)[0] for cause in causes) == names
    assert [cause.share for cause in causes] == pytest.approx([0.5, 0.5])


def test_slopes_of_0_beside_a_cancellation_are_named_too() -> None:
    x = Value(3.0, "x")
    off = ag.relu((-x).named("p")).named("off")
    y = ag.total([(2 * x).named("u"), (-2 * x).named("v"), off]).named("y")
    lines = why(y, x)
    assert "paths cancel" in lines[0]
    assert lines[-2:] == [
        "Also, some paths have a slope of 0:",
        "  p = −3 < 0: relu is off for this example (33.3 % of the paths)",
    ]


def test_large_derivative_is_its_largest_paths_and_the_rest() -> None:
    x = Value(1.0, "x")
    y = ag.total([(k * x).named(f"u[{k}]") for k in (1, 5, 2, 8, 4)]).named("y")
    assert why(y, x) == [
        "∂y/∂x = 20, the sum of 5 paths, the largest first:",
        "  8 (40 %): x → u₈ → y",
        "  5 (25 %): x → u₅ → y",
        "  4 (20 %): x → u₄ → y",
        "  2 more: 3 (15 %)",
    ]


def test_small_derivative_without_a_small_slope_shows_its_factors() -> None:
    x = y = Value(1.0, "x")
    for k in range(1, 8):
        y = ag.sigmoid(y * 0.5).named(f"a[{k}]")
    lines = why(y, x)
    assert "the product of the slopes on the only path" in lines[0]
    slopes = [float(line.partition(" = ")[2]) for line in lines[1:-1]]
    assert slopes == sorted(slopes)
    assert lines[-1] == "  and 1 larger"


def test_symmetric_neurons_are_pointed_out() -> None:
    x = [Value(0.5, "x[1]"), Value(-1.0, "x[2]")]

    def cost(second: float) -> tuple[Value, Value]:
        rows = [[Value(0.3, f"W[{i},{j}]") for j in (1, 2)] for i in (1, 2)]
        rows[1][1] = Value(second, "W[2,2]")
        a = [ag.tanh(ag.dot(row, x)).named(f"a[{i}]") for i, row in enumerate(rows, 1)]
        return ((ag.dot([Value(0.7, "v[1]"), Value(0.7, "v[2]")], a) - 1) ** 2).named("C"), rows[0][0]

    words = "Symmetry: W₁,₁ and W₂,₁ have equal values and equal derivatives, so a gradient step keeps them equal"
    assert why(*cost(0.3))[-1] == words
    assert not any("Symmetry" in line for line in why(*cost(0.4)))
    # Equal derivatives alone keep nothing equal.
    w, u, z = Value(0.3, "w"), Value(0.4, "u"), Value(0.5, "z")
    assert not any("Symmetry" in line for line in why((w * z + u * z).named("C"), w))


@pytest.mark.parametrize(("label", "words"), [("w", "another leaf named w, "), ("", "another leaf, ")])
def test_twin_of_the_same_name_or_none_has_its_index(label: str, words: str) -> None:
    x, w, twin = Value(0.5, "x"), Value(0.3, "w"), Value(0.3, label)
    C = (ag.sigmoid(w * x) + ag.sigmoid(twin * x)).named("C")
    symmetry = next(line for line in why(C, w) if line.startswith("Symmetry"))
    reference = re.search(r"ag\.leaves\(C\)\[\d\]", symmetry)
    assert reference is not None
    assert symmetry.startswith(f"Symmetry: w and {words}{reference[0]}, have equal values")
    assert eval(reference[0]) is twin


def test_twin_that_is_used_elsewhere_too_is_no_twin() -> None:
    """The second neuron is used once more, outside the slice, so its derivative differs."""
    x, w, u = Value(0.5, "x"), Value(0.3, "w"), Value(0.3, "u")
    a, b = ag.tanh(w * x).named("a"), ag.tanh(u * x).named("b")
    assert any("Symmetry" in line for line in why((a + b).named("C"), w))
    assert not any("Symmetry" in line for line in why(((a + b) * 1 + b).named("C"), w))


def test_infinite_slope_is_the_reason_for_an_infinite_derivative() -> None:
    x = Value(0.0, "x")
    assert why(ag.sqrt(x).named("y"), x) == ["∂y/∂x = ∞, because x = 0: ∂y/∂x = 1/(2√x) = ∞"]


def test_choice_of_another_operand_is_named() -> None:
    u, w, c = Value(1.0, "u"), Value(3.0, "w"), Value(0.0, "c")
    assert why(ag.maximum(u, w).named("m"), u) == ["∂m/∂u = 0, because u = 1 < w = 3: max takes w"]
    assert why(ag.minimum(u, w).named("m"), w) == ["∂m/∂w = 0, because w = 3 > u = 1: min takes u"]
    assert why(ag.clip(w, -1, 2).named("m"), w) == ["∂m/∂w = 0, because w = 3 > 2: clip takes 2"]
    assert why(ag.where(c, u, w).named("m"), u) == ["∂m/∂u = 0, because c = 0: where takes w"]
    assert why(ag.where(w, u, c).named("m"), c) == ["∂m/∂c = 0, because w = 3 ≠ 0: where takes u"]
    # The condition is 1 too, but it is not what is taken.
    assert why(ag.where(Value(1.0, "c"), u, w).named("m"), w) == ["∂m/∂w = 0, because c = 1 ≠ 0: where takes u"]
    assert why(ag.where(c, u, w).named("m"), c) == ["∂m/∂c = 0, because where changes only in jumps, so its slope is 0"]


def test_value_that_happens_to_be_another_operand_is_no_choice() -> None:
    x, s = Value(-3.0, "x"), Value(0.0, "s")
    assert why(ag.leaky_relu(x, s).named("y"), x) == [
        "∂y/∂x = 0, because x = −3 < 0: leaky_relu does not depend on x there"
    ]


def test_rule_that_chooses_between_pieces_is_left_out() -> None:
    z = Value(-60.0, "z")
    assert why(ag.elu(z).named("y"), z) == [
        "∂y/∂z = 8.757×10⁻²⁷, because z = −60: elu is saturated, ∂y/∂z = 8.757×10⁻²⁷"
    ]


def test_operators_are_named_by_their_results() -> None:
    b = Value(1e6, "b")
    assert why((Value(1.0, "a") / b).named("y"), b) == [
        "∂y/∂b = −1×10⁻¹², because b = 1×10⁶: y is saturated, ∂y/∂b = −a/b² = −1×10⁻¹²"
    ]


def test_constant_piece_is_off_only_where_its_value_is_0() -> None:
    raised = ag.operation(
        "raised_by_hand",
        lambda x: max(x, 0.0) + 1.0,
        lambda x, z: ag.step(x),
        branch=lambda x: float(x > 0.0),
    )
    x = Value(-2.0, "x")
    assert why(raised(x).named("y"), x) == ["∂y/∂x = 0, because x = −2 < 0: raised_by_hand is constant there"]
    assert why(ag.relu(x).named("y"), x) == ["∂y/∂x = 0, because x = −2 < 0: relu is off for this example"]


@pytest.mark.usefixtures("unchanged_table")
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_kink_may_have_its_slope_on_either_side(side: float) -> None:
    bent, curved = (
        ag.operation(
            name,
            lambda x, n=n: max(side * x, 0.0) ** n,
            lambda x, z, n=n: n * side * max(side * x, 0.0) ** (n - 1) * (side * x > 0.0),
            branch=lambda x: float(side * x > 0.0),
        )
        for name, n in (("bent_by_hand", 1), ("curved_by_hand", 2))
    )
    assert zero_condition(bent, (0.0,), 0) == Condition(0, "=", 0.0, None, True)
    assert zero_condition(curved, (0.0,), 0) is None


@pytest.mark.parametrize("condition", [1.0, -2.5])
def test_condition_may_be_a_number(condition: float) -> None:
    x, w = Value(2.0, "x"), Value(3.0, "w")
    shown = str(condition).removesuffix(".0").replace("-", "−")
    assert why(ag.where(condition, x, w).named("y"), w) == [f"∂y/∂w = 0, because {shown} ≠ 0: where takes x"]


def test_flat_points_are_neither_kinks_nor_saturated() -> None:
    zero, w = Value(0.0, "x"), Value(3.0, "w")
    assert why((zero**2).named("y"), zero) == ["∂y/∂x = 0, because x = 0: y is flat there, ∂y/∂x = 2x = 0"]
    assert why(ag.hypot(zero, w).named("y"), zero) == [
        "∂y/∂x = 0, because x = 0: y is flat there, ∂y/∂x = x/hypot(x, w) = 0"
    ]
    tiny = Value(1e-5, "x")
    assert "flat" in why((tiny**2).named("y"), tiny)[0]


def test_name_that_the_trace_chose_is_defined() -> None:
    w = Value(3.0, "w")
    assert "because v₁ = w·20 = 60: tanh is saturated" in why(ag.tanh(w * 20).named("y"), w)[0]


def test_derivative_by_itself_has_its_reason() -> None:
    x = Value(3.0, "x")
    assert why(x, x) == ["∂x/∂x = 1: a Value has the derivative 1 by itself"]


def test_reasons_keep_the_numbers_of_the_trace() -> None:
    C, w, b = neuron(2.0, 3.0, -56.0, ag.relu)
    trace = ag.trace(C, w)
    before = str(trace.why())
    b.data = 100.0
    assert str(trace.why()) == before


# --- against brute force


def dead_derivative(seed: int) -> tuple[Value, Value]:
    """A small layered graph in which many slopes are 0, and some paths cancel."""
    draw = random.Random(seed)
    x = Value(1.0, "x")
    nodes = [x]
    for k in range(1, draw.choice([3, 6, 9])):
        picked = [draw.choice(nodes[-3:]) for _ in range(draw.choice([1, 2, 3]))]
        terms = [draw.choice([-1.0, 1.0, 2.0, 0.0]) * y for y in picked]
        node = ag.total(terms)
        nodes.append((ag.relu(node) if draw.random() < 0.5 else node).named(f"u[{k}]"))
    y = ag.total(nodes[-2:]).named("y")
    return y, x


@pytest.mark.parametrize("seed", range(scaled(120)))
def test_causes_agree_with_all_paths(seed: int) -> None:
    y, x = dead_derivative(seed)
    if not ag.paths(y, x).count:
        return
    reasons = ag.trace(y, x).why()
    paths = list(ag.paths(y, x))
    products = [path.product for path in paths]
    slopes = [cause for cause in reasons.causes if cause.kind == "slope"]
    assert reasons.value == pytest.approx(math.fsum(products), abs=1e-12)
    for cause in slopes:
        assert cause.edge is not None
        assert cause.edge.partial == 0.0
        on = [path for path in paths if cause.edge in path.edges]
        assert on
        assert cause.share >= 0.0
    kinds = {cause.kind for cause in reasons.causes} - {"symmetry"}
    if not any(products):
        assert kinds == {"slope"}
        # Together they are on all paths; those with a share of 1 are on each.
        edges = {cause.edge for cause in slopes}
        assert all(edges.intersection(path.edges) for path in paths)
        if any(cause.share < 1.0 for cause in slopes):
            assert math.fsum(cause.share for cause in slopes) == pytest.approx(1.0)
        else:
            assert all(cause.edge in path.edges for cause in slopes for path in paths)
        return
    positive, negative = math.fsum(p for p in products if p > 0), math.fsum(p for p in products if p < 0)
    if abs(positive + negative) <= MAX_CANCELLATION * (positive - negative):
        assert reasons.causes[0].kind == "cancellation"
        sums = re.search(r"positive ones add up to (\S+) and the negative ones to −(\S+)", str(reasons))
        assert sums
        assert [float(sums[1]), float(sums[2])] == pytest.approx([positive, -negative], rel=1e-3)
        return
    assert kinds == {"path"}
    shares = [cause.share * reasons.value for cause in reasons.causes if cause.kind == "path"]
    if len(paths) > 1:
        # Paths through the same nodes are listed as one.
        routes: dict[tuple[int, ...], list[float]] = {
            tuple(map(id, p.nodes)): [] for p in ag.paths(y, x).largest(MAX_PATHS)
        }
        for path in paths:
            routes.get(tuple(map(id, path.nodes)), []).append(path.product)
        assert shares == pytest.approx([math.fsum(products) for products in routes.values()])
        printed = [line for line in str(reasons).splitlines() if "→" in line]
        assert [int((re.findall(r", (\d+) paths:", line) or [1])[0]) for line in printed] == [
            *map(len, routes.values())
        ]
        if len(paths) > sum(map(len, routes.values())):
            rest = re.search(r"more: (\S+) \(", str(reasons))
            assert rest
            expected = reasons.value - math.fsum(shares)
            assert float(rest[1].replace("−", "-")) == pytest.approx(expected, rel=1e-3, abs=1e-9)


def test_paths_between_the_same_stations_are_told_apart() -> None:
    """Unnamed nodes have their formulas there; paths through the same nodes, as of x·x, are counted."""
    x = Value(3.0, "x")
    y = ((x + 1) * (x * x)).named("y")
    assert why(y, x) == [
        "∂y/∂x = 33, the sum of 3 paths, the largest first:",
        "  24 (72.7 %), 2 paths: x → x·x → y",
        "  9 (27.3 %): x → x + 1 → y",
    ]
    # Stations with equal numbers are not the same.
    u, v = ((x + 1) * 1).named("u"), (x * 1 + 1).named("v")
    assert why((2 * u + 3 * v).named("y"), x)[1:] == ["  3 (60 %): x → v → y", "  2 (40 %): x → u → y"]
    assert why((x * x + (x / 2).named("u")).named("y"), x)[1:] == [
        "  6 (92.3 %), 2 paths: x → y",
        "  0.5 (7.69 %): x → u → y",
    ]


@pytest.mark.parametrize(
    ("long", "route"),
    [
        # Longer formulas are left out, and so are more than three.
        (lambda x: ((x + 1) * 2 + 3) * 4 + 5, "x → x + 1 → (x + 1)·2 → (x + 1)·2 + 3 → y"),
        (lambda x: -(-x + 1) * 2, "x → −x → −x + 1 → −(−x + 1) → y"),
    ],
)
def test_route_has_few_short_formulas(long: Callable[[Value], Value], route: str) -> None:
    x = Value(1.5, "x")
    assert any(line.endswith(f": {route}") for line in why((long(x) + x * x).named("y"), x))


CHOSEN = re.compile(r"v[₀-₉]+")


@pytest.mark.parametrize("seed", range(scaled(60)))
def test_names_that_were_chosen_are_defined_below(seed: int) -> None:
    """Every v₁ in the words or the table of a report has an equation, whose sides are equal."""
    y, x = random_derivative(seed)
    trace = ag.trace(y, x)
    numbers = {name(label): trace.stations.data[node] for node, label in trace.stations.names.items()}
    for text in (str(trace.why()), str(trace.nudge(1e-3))):
        body, _, below = text.partition("where\n")
        equations = [line.strip() for line in below.splitlines() if "more names" not in line]
        for equation in equations:
            left, *sides = equation.split(" = ")
            assert left in numbers
            for side in sides:
                assert read(side, "text", numbers).agrees(numbers[left]), equation
        defined = {*(line.partition(" = ")[0] for line in equations), *re.findall(r"(v[₀-₉]+) = ", body)}
        if "more names" not in below:
            assert set(CHOSEN.findall(text)) <= defined


@pytest.mark.parametrize(
    ("count", "last"), [(8, "v₈ = sin(v₇) = 0"), (9, "and 1 more names"), (12, "and 4 more names")]
)
def test_definitions_below_a_report_are_few(count: int, last: str) -> None:
    x = y = Value(0.0, "x")
    for _ in range(count):
        y = ag.sin(y)
    lines = why(y, x)
    assert lines[-1] == f"  {last}"
    assert len(lines) - lines.index("where") - 1 == min(count, 9)


@pytest.mark.parametrize("seed", range(scaled(50)))
def test_every_format_has_the_same_lines(seed: int) -> None:
    reasons = ag.trace(*random_derivative(seed)).why()
    count = len(reasons.blocks)
    assert len(str(reasons).splitlines()) == count
    # A sentence that is too long has further lines.
    assert len(re.findall(r" \\\\\n  &(?!(?:\\quad )?\\qquad )", reasons.latex())) == count - 1
    assert reasons.html().count("<p>") + reasons.html().count("<li>") == count
    assert reasons.markdown() == f"$$\n{reasons.latex()}\n$$\n"
    assert "mathjax_ignore" in reasons._repr_html_()
    assert reasons._repr_latex_() == f"$\\displaystyle {reasons.latex()}$"


ENGINE_NAMES = re.compile(r"greater|step\(|lowered_power|sech|\bleg\b|\bunit\b")
POINTS = [(0.0, 1.0, 2.0), (-2.0, 3.0, 4.0), (3.0, -1.0, 2.0), (0.0, 0.0, 0.0), (50.0, 1.0, 2.0), (-50.0, 1.0, 0.5)]


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.arity], ids=lambda op: op.name)
def test_every_slope_of_0_in_the_table_has_a_true_reason(op: Op) -> None:
    """A condition that is stated is true of the numbers, and crossing it makes the slope another one."""
    for point in POINTS:
        operands = [Value(x, "xyz"[i]) for i, x in enumerate(point[: op.arity])]
        try:
            z = op(*operands).named("q")
        except (ag.DomainError, OverflowError):
            continue
        for slot, x in enumerate(operands):
            if z.partials[slot] != 0.0:
                continue
            [line] = [line for line in why(z, x) if "because" in line]
            reason = line.partition("because ")[2]
            if op.name not in ("greater", "step", "lowered_power", "sech", "leg", "unit"):
                assert not ENGINE_NAMES.search(reason), reason
            condition = re.match(r"([xyz]) = (\S+) ([<>]) (?:[xyz] = )?(\S+):", reason)
            if condition:
                left, right = (float(number.replace("−", "-")) for number in condition.group(2, 4))
                assert left < right if condition[3] == "<" else left > right
                moved = "xyz".index(condition[1])
                across = [right + side * 0.25 for side in (-1.0, 1.0)] + [right]
                slopes = [
                    ag.replay(z, {operands[moved]: to}).partials[slot]
                    for to in across
                    if _has_value(op, point, moved, to)
                ]
                assert any(slopes), reason
            if "saturated" in reason:
                assert op.branch is smooth or z.partials[slot] == 0.0
            if "is flat there" in reason:
                assert not is_saturated(op, point[: op.arity], slot)
                assert is_flat(op, point[: op.arity], slot)


def _has_value(op: Op, point: tuple[float, ...], moved: int, to: float) -> bool:
    operands = [to if i == moved else x for i, x in enumerate(point[: op.arity])]
    try:
        op.value(*operands)
    except (ag.DomainError, OverflowError):
        return False
    return True


def ladder(length: int) -> tuple[Value, Value]:
    """A chain in which every rung has two paths, and whose last slope is 0."""
    x = y = Value(0.5, "x")
    for _ in range(length):
        y = ag.total([y, ag.sin(y) * 0.01])
    return ag.relu(-ag.exp(y)).named("y"), x


def fan(width: int) -> tuple[Value, Value]:
    """A sum of many operands, one half of which depends on the leaf."""
    x, z = Value(0.5, "x"), Value(0.5, "z")
    inner, outer = ([ag.sin(leaf * k) for k in range(width)] for leaf in (x, z))
    return ag.total([*inner, *outer]).named("y"), x


def calls(f: Callable[[], object]) -> int:
    """Count the calls of functions in f."""
    count = 0

    def observe(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(observe)
    try:
        f()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("graph", [ladder, fan])
def test_work_is_linear_in_the_slice(graph: Callable[[int], tuple[Value, Value]]) -> None:
    """The number of calls grows by the same amount for the same number of further nodes."""
    counts = []
    for length in (20, 40, 60):
        trace = ag.trace(*graph(length))
        explain: Callable[[], Reasons] = trace.why
        counts.append(calls(explain))
    assert counts[2] - counts[1] <= 1.1 * (counts[1] - counts[0])
    assert counts[2] <= 3.2 * counts[0]


def test_cut_of_no_edges_is_empty() -> None:
    x = Value(0.5, "x")
    y = (x * 2.0 + ag.sin(x)).named("y")
    flows = Flows(ag.between(x, y))
    [first, second] = [edge for edge in flows.all_edges if edge.operand is x]
    assert flows.cut(()) == []
    assert flows.cut({first}) == []
    assert dict(flows.cut({first, second})) == {first: 0.5, second: 0.5}


@pytest.mark.parametrize("count", [3, 6, 7])
def test_equal_shares_are_in_the_order_of_the_graph(count: int) -> None:
    """Logarithms of counts have rounding errors, and a set of edges has no order."""
    x = Value(-1.0, "x")
    parts = [ag.relu(x * (k + 1.0)).named(f"a[{k}]") for k in range(count)]
    flows = Flows(ag.between(x, ag.total(parts)))
    edges = [edge for edge in flows.all_edges if edge.partial == 0.0]
    assert len(edges) == count
    assert [edge for edge, _ in flows.first(set(edges))] == edges


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_shares_of_paths_and_their_rest_add_up_to_all(sign: float) -> None:
    x = Value(0.5, "x")
    y = ag.total([(sign * k * x).named(f"u[{k}]") for k in (1, 2, 3, 4, -1, 5)]).named("y")
    _, *items = why(y, x)
    assert items[-1] == f"  3 more: {'−' * (sign < 0)}2 (14.3 %)"
    assert sum(float(item.rpartition("(")[2].partition(" %")[0]) for item in items) == pytest.approx(100.0, abs=0.2)


def test_terms_that_cancel_add_up_with_their_subtotal() -> None:
    x = Value(0.5, "x")
    slopes = [9.0, -8.0, 7.0, -6.0, -5.0, 4.0, -1.0]
    y = ag.total([(k * x).named(f"u[{i}]") for i, k in enumerate(slopes)]).named("y")
    items = [line for line in why(y, x) if line.startswith("  ")]
    assert items[-1] == "  3 more: −2"
    assert sum(float(item.split()[0].replace("−", "-")) for item in items[:-1]) == 2.0
