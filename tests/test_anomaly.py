"""Where numbers stop being finite is named, with the line of code; nothing is found in graphs that are sound."""

from __future__ import annotations

import copy
import gc
import math
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effort import scaled
from hypothesis import given, settings
from samples import chain
from test_random_programs import Program, programs
from threads import at_once

import autograd as ag
import nn
from autograd import Op, Value
from autograd.context import WATCH
from autograd.derivatives import reverse, stored
from autograd.op import smooth

SourceLine = type(ag.line_of(Value(1.0)))

HERE = Path(__file__).name


def code(node: Value) -> str:
    return ag.line_of(node).text


class TestValues:
    def test_the_first_that_turns_inf_is_named_with_operation_operands_label_and_line(self) -> None:
        with ag.anomaly() as found:
            x = Value(800.0, "x")
            top = ag.exp(x).named("top")
            root = (top / (1 + top)).named("root")
        assert found
        assert found.value is not None
        assert found.value.node is top
        assert found.value.slot is None
        assert found.value.line.text == 'top = ag.exp(x).named("top")'
        assert (found.gradient, found.product) == (None, None)
        assert math.isnan(root.data)
        assert str(found).splitlines()[0] == (
            "first value that is not finite: top = exp(x = 800.0): inf from finite operands"
        )
        assert f'{HERE}, line {found.value.line.number}:  top = ag.exp(x).named("top")' in str(found)

    def test_labels_are_escaped_in_notebooks(self) -> None:
        with ag.anomaly() as found:
            ag.exp(Value(800.0, "<b>x & y</b>"))
        assert found.value is not None
        text = str(found.value)
        assert "<b>" in text
        expected = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
        assert found.value._repr_html_() == f"<pre>{expected}</pre>"

    def test_the_operands_are_those_of_the_time(self) -> None:
        with ag.anomaly() as found:
            x = Value(800.0, "x")
            ag.exp(x)
        x.data = 1.0
        assert "exp(x = 800.0)" in str(found)

    def test_of_a_recorded_graph_the_same_is_found_and_no_gradient_is_touched(self) -> None:
        x = Value(800.0, "x")
        top = ag.exp(x)
        root = top / (1 + top)
        x.grad = top.grad = 7.0
        found = ag.anomaly(root)
        assert found.value is not None
        assert found.value.node is top
        assert str(found).splitlines()[0] == "first value that is not finite: exp(x = 800.0): inf from finite operands"
        assert not found.value.line
        assert (x.grad, top.grad) == (7.0, 7.0)

    def test_lines_kept_while_recording_are_in_a_later_report(self) -> None:
        with ag.source_lines():
            root = ag.exp(Value(800.0))
        found = ag.anomaly(root)
        assert found.value is not None
        assert found.value.line.text == "root = ag.exp(Value(800.0))"

    def test_a_nan_that_was_given_is_said_to_be_given(self) -> None:
        x = Value(math.nan, "x")
        root = 2 * x + ag.log(Value(3.0))
        assert "mul(2.0, x = nan): nan because x was given" in str(ag.anomaly(root))
        assert "x: nan was given" in str(ag.anomaly(x))
        assert "add(1.0, nan): nan because nan was given" in str(ag.anomaly(1.0 + Value(math.nan)))

    def test_a_nan_made_by_infinities_that_were_given_is_named(self) -> None:
        x, y = Value(math.inf, "x"), Value(math.inf, "y")
        assert "sub(x = inf, y = inf): nan from infinite operands" in str(ag.anomaly(x - y))

    def test_infinities_that_were_given_are_ordinary(self) -> None:
        x, low = Value(1.0), Value(-math.inf)
        masked = ag.softmax([x, x + low, x * 2])
        for root in (ag.sigmoid(Value(math.inf)), low + 1.0, ag.maximum(x, low), masked[0], masked[1]):
            assert not ag.anomaly(root), str(ag.anomaly(root))

    def test_the_first_stays_the_first(self) -> None:
        with ag.anomaly() as found:
            first = ag.exp(Value(1000.0)).named("first")
            ag.exp(Value(1001.0))
            first - first
        assert found.value is not None
        assert found.value.node is first

    def test_many_operands_are_cut(self) -> None:
        found = ag.anomaly(ag.dot([Value(1e200)] * 400, [Value(1e200)] * 400))
        assert "dot(1e+200, 1e+200, 1e+200, … 796 more, 1e+200): inf from finite operands" in str(found)


class TestGradients:
    def test_a_product_of_0_and_inf_is_named_with_its_edge(self) -> None:
        x = Value(0.0, "x")
        with ag.anomaly() as found:
            root = (r := ag.sqrt(x).named("r")) * r
            root.backward()
        assert x.grad == 0.0, "the derivative of x is 1, and lost"
        assert found.product is not None
        assert found.product.node is r
        assert found.product.slot == 0
        assert "r = sqrt(x = 0.0), operand 0: gradient 0.0 times partial inf, counted as 0" in str(found)
        assert found.product.line.text == 'root = (r := ag.sqrt(x).named("r")) * r'
        assert found.gradient is None

    def test_backward_is_looked_at_in_the_context_only(self) -> None:
        root = ag.sqrt(Value(0.0, "x")) ** 2
        root.backward()
        with ag.anomaly() as found:
            assert not found
            root.backward()
        assert found.product is not None

    @pytest.mark.parametrize(
        "differentiate",
        [
            lambda f: ag.grad(f)(0.0),
            lambda f: ag.jacobian(lambda x, y, z: [f(x) + y, z * x])(0.0, 1.0, 2.0),
            lambda f: ag.vjp(f, 0.0, 3.0),
            lambda f: ag.hessian(f)(0.0),
            lambda f: ag.gradient(f(x := Value(0.0)), x),
        ],
        ids=["grad", "jacobian", "vjp", "hessian", "gradient"],
    )
    def test_every_sweep_of_reverse_mode_is_looked_at(self, differentiate: Callable[[Any], Any]) -> None:
        with ag.anomaly() as found:
            differentiate(lambda x: ag.sqrt(x) ** 2)
        assert found.product is not None
        assert "times partial inf, counted as 0" in str(found.product)

    def test_of_a_sweep_by_some_leaves_only_the_way_to_these_is_looked_at(self) -> None:
        x, y = Value(0.0, "x"), Value(2.0, "y")
        z = ag.sqrt(x) ** 2 * y
        with ag.anomaly() as found:
            ag.gradient(z, [y])
        assert not found, str(found)
        power = ag.pow(x, y * 0.25) ** 2
        with ag.anomaly() as found:
            ag.gradient(power, [y])
        assert found.product is None
        with ag.anomaly() as found:
            ag.vjp(lambda x: ag.sqrt(x) ** 2, 0.0, 0.0)
        assert found.product is None

    def test_infinities_of_opposite_sign_that_meet_are_named(self) -> None:
        x = Value(0.0, "x")
        found = ag.anomaly(ag.sqrt(x) - ag.sqrt(x))
        assert "gradient 1.0 times partial inf is inf, added to -inf" in str(found)

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda x: ag.sqrt(x - 1.0), "sqrt(0.0), operand 0: gradient 1.0 times partial inf is inf"),
            (lambda x: x * 1e-300 * 1e200 * 1e200, "gradient 1e+200 times partial 1e+200 is inf"),
            (lambda x: (d := x - 1.0) * 1.5e308 + d * 1.5e308, "partial 1.5e+308 added to 1.5e+308 is inf"),
        ],
        ids=["an infinite partial", "a product too large", "a sum too large"],
    )
    def test_a_gradient_that_turns_infinite_is_named(self, make: Callable[[Value], Value], words: str) -> None:
        found = ag.anomaly(make(Value(1.0, "x")))
        assert found.value is None
        assert found.gradient is not None
        assert words in str(found)

    @pytest.mark.parametrize(
        "make",
        [
            lambda x: ag.where(1.0, x + 2.0, ag.sqrt(x)),
            lambda x: ag.where(x > 0.0, ag.sqrt(x), x),
            lambda x: ag.maximum(ag.sqrt(x), x + 1.0),
            lambda x: ag.sqrt(ag.relu(x - 1.0)) + 1.0 if x > 1 else x * 1.0,
            lambda x: ag.floor(ag.sqrt(x)) + x,
            lambda x: ag.sqrt(Value(0.0) * x + 4.0),
        ],
        ids=["where", "where a comparison", "maximum", "a branch", "floor", "a zero"],
    )
    def test_nothing_is_found_behind_a_branch_not_taken(self, make: Callable[[Value], Value]) -> None:
        found = ag.anomaly(make(Value(0.0, "x")))
        assert not found, str(found)

    def test_what_comes_after_a_lost_product_is_found_too(self) -> None:
        u = Value(0.0, "u")
        x = u * 1e200
        found = ag.anomaly(ag.sqrt(x) ** 2 + x * 1e200)
        assert "sqrt(0.0), operand 0: gradient 0.0 times partial inf, counted as 0" in str(found)
        assert "mul(u = 0.0, 1e+200), operand 0: gradient 1e+200 times partial 1e+200 is inf" in str(found)

    def test_a_flat_piece_is_told_from_a_kink(self) -> None:
        assert "sqrt" in str(ag.anomaly(ag.sqrt(ag.relu(Value(0.0)))))
        flat = ag.anomaly(ag.sqrt(ag.relu(Value(-1.0))))
        assert flat.product is None, "the derivative of √relu at −1 is 0"

    @settings(max_examples=scaled(150))
    @given(programs)
    def test_nothing_is_found_where_everything_is_finite(self, program: Program) -> None:
        program.output.backward()
        adjoints = [x.grad for x in program.order]
        found = ag.anomaly(program.output)
        assert bool(found) == (not all(map(math.isfinite, adjoints)))
        if not found:
            assert str(found) == "no value and no gradient turned inf or NaN"

    def test_a_network_in_training_is_sound(self) -> None:
        with ag.anomaly() as found:
            net = nn.MLP(3, [4, 2], ["relu", "sigmoid"], seed=0)
            nn.fit(net, np.eye(3), [[1, 0], [0, 1], [1, 0]], epochs=2, progress=False)
        assert not found, str(found)

    def test_training_is_looked_at_number_by_number_and_compiling_is_not(self) -> None:
        X, y = np.array([[1e200, 1e200]]), [[0.0]]
        with ag.anomaly() as found, pytest.raises(FloatingPointError):
            nn.fit(nn.MLP(2, [1], "linear", seed=0), X, y, epochs=1, progress=False)
        assert found.value is not None
        assert found.value.node.op is not None
        with ag.anomaly() as found:
            step = ag.compile(lambda x: ag.total([x[0] * x[1], x[0]]), inputs=(2,))
        assert not found
        assert step is not None

    def test_what_is_no_value_is_refused(self) -> None:
        with pytest.raises(TypeError, match=r"anomaly\(\) takes Values, got float 2.0"):
            ag.anomaly(2.0)  # type: ignore[arg-type]


SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.5, 1e200, -1e200, 1.6e308, -1.6e308, 800.0, math.inf, -math.inf, math.nan)
STEPS: list[Callable[..., Any]] = [
    *(ag.sqrt, ag.cbrt, ag.exp, ag.relu, ag.floor, ag.abs, ag.hypot, ag.maximum, ag.where, ag.atan2),
    *(lambda x: x**3, lambda x: x**4, lambda x: x**30),
    *(lambda x: x * 1.0, lambda x: x * 1e200, lambda x: x + x, lambda x: x * 1.6e308),
    *(lambda x, y: x * y, lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x / y),
    *(
        lambda x, y: ag.where(x, x, y),
        lambda x, y: ag.where(y, x, x),
        lambda x: ag.unit(x, x),
        lambda x, y: ag.total([x, y, x]),
    ),
]


def unsound(rng: random.Random) -> Value:
    """A small graph with zeros, infinities and now and then a nan."""
    numbers = [x for x in SPECIAL if math.isfinite(x) or rng.random() < 0.2]
    nodes = [Value(rng.choice(numbers), f"x[{i}]") for i in range(rng.randint(1, 3))]
    for _ in range(rng.randint(2, 6)):
        step = rng.choice(STEPS)
        count = step.arity if isinstance(step, Op) else step.__code__.co_argcount
        try:
            nodes.append(step(*[rng.choice(nodes[-3:]) for _ in range(count or 2)]))
        except (ag.DomainError, ag.PoleError):
            continue
    return nodes[-1]


def depends_nearby(node: Value, x: Value) -> bool:
    """Whether a piece of `node` beside the operand has a slope by it, where its own partial is 0."""
    assert node.op is not None
    slots = [i for i, y in enumerate(node.operands) if y is x]
    for side in (-math.inf, math.inf):
        piece = None
        nearest = math.nextafter(x.data, side)
        for distance in (0.0, 1e-150, 1e-9 * abs(nearest), 0.01 * max(1.0, abs(nearest))):
            nearby = nearest + math.copysign(distance, side)
            data = [nearby if y is x else y.data for y in node.operands]
            try:
                slopes = node.op.slopes(data, node.op.value(*data))
            except (ArithmeticError, ValueError):
                return True
            if piece not in (None, node.op.branch(*data)):
                break
            piece = node.op.branch(*data)
            if any(slopes[i] != 0.0 for i in slots):
                return True
    return node.op.branch is smooth


def first_gradients(root: Value, seed: float) -> tuple[Any, Any]:
    """The first edges, going back, at which a gradient turns infinite and at which one turns nan."""
    infinite = undefined = None
    order = ag.topological_order(root)
    adjoints = {id(root): seed}
    for node in reversed(order):
        for slot, (x, partial) in enumerate(zip(node.operands, node.partials, strict=True)):
            if id(node) not in adjoints or x.constant or (partial == 0.0 and not depends_nearby(node, x)):
                continue
            adjoint, before = adjoints[id(node)], adjoints.get(id(x), 0.0)
            product = adjoint * partial
            adjoints[id(x)] = before + (product if adjoint and partial else 0.0)
            if math.isnan(product):
                if not math.isnan(adjoint):
                    undefined = undefined or (node, slot)
            elif math.isnan(before + product):
                if not math.isnan(before):
                    undefined = undefined or (node, slot)
            elif math.isinf(before + product) and math.isfinite(adjoint) and math.isfinite(before):
                infinite = infinite or (node, slot)
    return infinite, undefined


def first_value(root: Value) -> tuple[Any, str]:
    """The first result that turned infinite or nan, and why."""
    for node in ag.topological_order(root):
        if node.op is not None and not math.isfinite(node.data):
            nans = [x for x in node.operands if math.isnan(x.data)]
            if all(math.isfinite(x.data) for x in node.operands):
                return node, "from finite operands"
            if math.isnan(node.data) and not nans:
                return node, "from infinite operands"
            if math.isnan(node.data) and all(x.op is None for x in nans):
                return node, "was given"
    return None, ""


def test_what_is_named_is_the_first_by_definition() -> None:
    counts: Counter[str] = Counter()
    for case in range(scaled(10_000)):
        rng = random.Random(case)
        root = unsound(rng)
        if root.op is None:
            continue
        found = ag.anomaly(root)
        node, reason = first_value(root)
        assert (found.value and found.value.node) is node, case
        assert not found.value or reason in str(found.value), case
        seed = rng.choice([1.0, -2.0, 1e300, math.inf, math.nan])
        with ag.anomaly() as weighted:
            reverse({root: seed}, stored)
        for report, weight in ((found, 1.0), (weighted, seed)):
            infinite, undefined = first_gradients(root, weight)
            gradient, product = report.gradient, report.product
            assert (gradient and (gradient.node, gradient.slot)) == infinite, (case, weight)
            assert (product and (product.node, product.slot)) == undefined, (case, weight)
        counts += Counter([name for name in ("value", "gradient", "product") if getattr(found, name)])
    assert min(counts[name] for name in ("value", "gradient", "product")) >= scaled(10_000) // 40


class TestFirst:
    def test_overflow_of_a_sum_of_large_gradients_is_named(self) -> None:
        x = Value(1e-10, "x")
        u = x * 1.0
        assert "added to 1.7e+308 is inf" in str(ag.anomaly(u * 1.7e308 + x * 1.7e308))

    def test_partial_of_0_between_slopes_is_no_flat_piece(self) -> None:
        """The derivative of √(9 + x) is 1/6 at 0, and lost: hypot has the slope 0 there, and sqrt an infinite one."""
        found = ag.anomaly(ag.hypot(3.0, ag.sqrt(Value(0.0, "x"))))
        assert "gradient 0.0 times partial inf, counted as 0" in str(found)


class TestGiven:
    """What was not finite before is not said to have turned so."""

    def test_weights_of_a_sweep_are_given(self) -> None:
        for weight in (math.nan, math.inf, -math.inf):
            with ag.anomaly() as found:
                ag.vjp(lambda x: x * 2.0 + x, 1.0, weight)
            assert not found, str(found)

    def test_a_nan_made_outside_the_context_is_not_given_by_a_leaf(self) -> None:
        made, given = Value(math.inf) - Value(math.inf), Value(math.nan, "given")
        with ag.anomaly() as found:
            made + given
        assert found.value is None
        with ag.anomaly() as found:
            given + 1.0
        assert "nan because given was given" in str(found)

    @pytest.mark.usefixtures("unchanged_table")
    def test_slope_on_either_side_is_enough(self) -> None:
        x = Value(0.0, "x")
        lower = ag.operation(
            "lower", lambda x: min(x, 0.0), lambda x, z: ag.where(z, 1.0, 0.0), branch=lambda x: float(x < 0.0)
        )
        for root in (ag.relu(ag.sqrt(x)), lower(-ag.sqrt(x))):
            assert "times partial inf, counted as 0" in str(ag.anomaly(root))

    @pytest.mark.usefixtures("unchanged_table")
    @pytest.mark.parametrize("end", [0.0, 3.0, -3.0])
    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_derivative_is_lost_at_the_end_of_a_flat_piece_and_not_within(self, end: float, sign: float) -> None:
        beyond = ag.operation(
            "beyond",
            lambda x: max(sign * (x - end), 0.0),
            lambda x, z: ag.where(z, sign, 0.0),
            branch=lambda x: float(sign * (x - end) > 0.0),
        )
        for at, is_lost in ((end, True), (math.nextafter(end, -sign * math.inf), False), (end - sign, False)):
            found = ag.anomaly(beyond(ag.sqrt(Value(0.0, "x")) + at))
            assert (found.product is not None) == is_lost, at

    @pytest.mark.parametrize("power", [1.5, 2, 3, 4, 5, 16, 200])
    def test_power_is_not_flat_where_its_slope_underflows(self, power: float) -> None:
        for root in (ag.sqrt, ag.cbrt):
            found = ag.anomaly(root(Value(0.0, "x") ** power))
            assert f"pow(x = 0.0, {float(power)}), operand 0: gradient inf times partial 0.0" in str(found.product)

    @pytest.mark.usefixtures("unchanged_table")
    @pytest.mark.parametrize("width", [0.02, 0.04])
    @pytest.mark.parametrize("middle", [0.0, 1000.0])
    def test_slope_is_sought_within_the_piece_beside_the_point(self, width: float, middle: float) -> None:
        """A slope further on counts up to 2⁻⁵ of the point, if it is not that of another piece."""
        label = lambda x: float(abs(x - middle) > width * max(1.0, middle))  # noqa: E731
        piece = ag.operation(
            "piece",
            lambda x: (x - middle) ** 40 + label(x),
            lambda x, z: (40.0 * (x - middle) ** 39 + label(x),),
            branch=lambda x: label(x),
        )
        found = ag.anomaly(ag.sqrt(piece(Value(middle, "x"))))
        assert (found.product is not None) == (width > 2.0**-5)

    @pytest.mark.usefixtures("unchanged_table")
    @pytest.mark.parametrize("error", [OverflowError, FloatingPointError])
    def test_edge_of_finite_values_is_no_flat_piece(self, error: type[Exception]) -> None:
        def value(x: float) -> float:
            if x < 0.0:
                raise error("too large")
            return 0.0

        edge = ag.operation("edge", value, lambda x, z: (0.0,), branch=lambda x: 0.0)
        for x, is_lost in ((0.0, True), (1.0, False)):
            found = ag.anomaly(edge(ag.cbrt(Value(0.0, "x")) + x))
            assert (found.product is not None) == is_lost, x

    def test_operand_used_twice_moves_as_a_whole(self) -> None:
        """The maximum of a number with itself has no flat piece."""
        y = ag.sqrt(Value(0.0, "x"))
        assert ag.anomaly(ag.maximum(y, y)).gradient is not None
        assert "counted as 0" in str(ag.anomaly(ag.relu(ag.maximum(y, y))))

    def test_product_with_a_nan_partial_is_not_counted_as_0(self) -> None:
        x, y = Value(0.0, "x"), Value(0.0, "y")
        found = ag.anomaly(ag.unit(x, y))
        assert "gradient 1.0 times partial nan, which is nan" in str(found)


class TestLines:
    def test_every_kind_of_node_knows_its_line(self) -> None:
        with ag.source_lines():
            x = Value(2.0)
            unary = -x
            binary = x * 3
            nary = ag.total([x, x, x])
            dot = ag.dot([x], [0.5])
            applied = ag.exp(x)
            method = x.tanh()
        assert [code(node) for node in (x, unary, binary, nary, dot, applied, method)] == [
            "x = Value(2.0)",
            "unary = -x",
            "binary = x * 3",
            "nary = ag.total([x, x, x])",
            "dot = ag.dot([x], [0.5])",
            "applied = ag.exp(x)",
            "method = x.tanh()",
        ]
        assert ag.line_of(x).file == __file__
        assert ag.line_of(unary).number == ag.line_of(x).number + 1

    def test_the_line_is_the_users_where_nn_or_numpy_made_the_node(self) -> None:
        xs = np.array([Value(1.0), Value(2.0)], dtype=object)
        with ag.source_lines():
            net = nn.MLP(2, [2, 1], seed=0)
            cost = nn.quadratic(net([1.0, 2.0]), [1.0])
            summed = np.sum(xs * 2)
        assert code(net.layers[0].weight[0, 0]) == "net = nn.MLP(2, [2, 1], seed=0)"
        assert code(cost) == "cost = nn.quadratic(net([1.0, 2.0]), [1.0])"
        assert code(summed) == "summed = np.sum(xs * 2)"

    def test_in_the_graph_of_a_derivative_it_is_the_line_of_the_users_own_rule(self) -> None:
        name = "squared_for_lines"
        rule = lambda x, z: 2 * x  # noqa: E731
        squared = ag.operation(name, lambda x: x * x, rule)
        try:
            x = Value(3.0)
            with ag.source_lines():
                slope = ag.gradient(squared(x), x)
        finally:
            del ag.TABLE[name]
        assert code(slope).startswith("rule = lambda x, z: 2 * x")

    def test_naming_a_node_keeps_its_line_and_its_name(self) -> None:
        with ag.source_lines():
            y = Value(2.0, "a") * 1
        assert y.label == ""
        y.named("y")
        y.label = y.label * 2
        assert (type(y.label), y.label, code(y)) == (str, "yy", 'y = Value(2.0, "a") * 1')
        assert (y.operands[0].label, code(y.operands[0])) == ("a", 'y = Value(2.0, "a") * 1')
        with pytest.raises(TypeError, match="label must be a str, got"):
            y.named(3)

    def test_nodes_made_outside_have_none(self) -> None:
        before = Value(1.0)
        with ag.source_lines():
            pass
        for node in (before, before + 1):
            assert not ag.line_of(node)
            assert str(ag.line_of(node)) == ag.line_of(node).text == ""
            assert (ag.line_of(node).file, ag.line_of(node).number) == ("", 0)

    def test_a_copy_keeps_everything_but_the_line(self) -> None:
        with ag.source_lines():
            y = (Value(2.0, "x") * 3).named("y")
        again = copy.deepcopy(y)
        assert (again.label, again.data, again.operands[0].label) == ("y", 6.0, "x")
        assert not ag.line_of(again)

    def test_lines_of_code_without_a_file_are_numbered_and_their_names_are_made_harmless(self) -> None:
        names = {"ag": ag, "Value": Value}
        exec(compile("with ag.source_lines():\n    y = Value(1.0)", "<\x1b[31m\n" + "x" * 500, "exec"), names)
        line = ag.line_of(names["y"])
        assert line.number == 2
        assert str(line).endswith(", line 2")
        assert str(line).isprintable()
        assert len(str(line)) < 320

    @pytest.mark.parametrize("length", [1, 99, 100, 101, 250])
    def test_long_lines_of_code_are_cut_at_100_characters(self, length: int, tmp_path: Path) -> None:
        code = "y = Value(1.0)  # ".ljust(length, "a")[:length] if length > 20 else "y"
        file = tmp_path / "long.py"
        file.write_text(f"{code}\n")
        line = SourceLine(str(file), 1)
        assert line.text == (code if len(code) <= 100 else code[:99] + "…")

    @pytest.mark.parametrize("length", [299, 300, 301, 500])
    def test_long_names_of_files_are_cut_at_300_characters(self, length: int) -> None:
        name = "x" * length
        shown = name if length <= 300 else name[:299] + "…"
        assert str(SourceLine(name, 7)) == f"{shown}, line 7"

    def test_contexts_nest_and_an_error_ends_them(self) -> None:
        with ag.source_lines(), ag.anomaly() as outer:
            inner = ag.anomaly()
            with pytest.raises(ZeroDivisionError), inner:
                ag.exp(Value(1000.0)) / Value(0.0)
            assert inner.value is not None
            assert outer.value is not None
            assert inner.value.node is outer.value.node
            assert ag.line_of(Value(1.0))
        assert not ag.line_of(Value(1.0))
        assert not WATCH.on

    def test_one_report_may_be_entered_again(self) -> None:
        found = ag.anomaly(Value(1.0))
        with found, found:
            Value(1.0) * 2
        with found:
            ag.exp(Value(1000.0))
        assert found.value is not None
        assert not WATCH.on

    def test_the_context_of_one_thread_is_none_of_another(self) -> None:
        entered, done = threading.Event(), threading.Event()

        def other() -> None:
            with ag.source_lines():
                entered.set()
                done.wait()

        thread = threading.Thread(target=other)
        thread.start()
        entered.wait()
        try:
            assert not ag.line_of(Value(1.0))
            with ag.source_lines():
                assert ag.line_of(Value(1.0))
            assert WATCH.on
            assert not ag.line_of(Value(1.0))
        finally:
            done.set()
            thread.join()
        assert not WATCH.on

    def test_each_thread_has_its_own_context(self) -> None:
        barrier = threading.Barrier(3)
        lines: dict[str, list[str]] = {}
        reports: dict[str, Any] = {}

        def watched(name: str) -> None:
            barrier.wait()
            with ag.anomaly() as found:
                lines[name] = [code(ag.exp(Value(i))) for i in range(200)]
                ag.exp(Value(1000.0, name))
            reports[name] = found

        def unwatched() -> None:
            barrier.wait()
            lines["none"] = [code(ag.exp(Value(1000.0))) for _ in range(200)]

        at_once(lambda run: run(), [lambda: watched("a"), lambda: watched("b"), unwatched])
        assert set(lines["a"]) == set(lines["b"]) == {"lines[name] = [code(ag.exp(Value(i))) for i in range(200)]"}
        assert set(lines["none"]) == {""}
        assert "exp(a = 1000.0)" in str(reports["a"])
        assert "exp(b = 1000.0)" in str(reports["b"])
        assert not WATCH.on


class TestCost:
    def test_nodes_do_not_grow(self) -> None:
        def sizes() -> list[int]:
            x = Value(1.0)
            return [sys.getsizeof(node) for node in (x, -x, x + x, ag.total([x] * 3), ag.dot([x], [x]))]

        plain = sizes()
        with ag.anomaly():
            assert sizes() == plain

    def test_a_graph_is_freed_when_its_output_is_within_the_context_too(self) -> None:
        with ag.anomaly() as found, ag.source_lines():
            chain(10)[1].backward()
            gc.collect()
            gc.disable()
            try:
                before, objects = sys.getallocatedblocks(), len(gc.get_objects())
                x, y = chain(1000)
                y.backward()
                assert sys.getallocatedblocks() >= before + 1000
                del x, y
                assert sys.getallocatedblocks() <= before + 200  # free lists
                assert (len(gc.get_objects()) - objects, gc.collect()) == (0, 0)
            finally:
                gc.enable()
        assert not found

    def test_new_nodes_in_the_place_of_old_ones_have_no_lines_of_theirs(self) -> None:
        with ag.source_lines():
            old = [Value(1.0) for _ in range(2000)]
        places = set(map(id, old))
        del old
        new = [Value(1.0) for _ in range(2000)]
        assert not places.isdisjoint(map(id, new))
        assert not any(map(ag.line_of, new))

    def test_a_chain_of_30000_nodes_with_lines_is_named_differentiated_and_freed(self) -> None:
        with ag.source_lines():
            x, y = chain(30_000)
        for node in ag.topological_order(y):
            node.label = "n"
        y.backward()
        assert not ag.anomaly(y)
        assert x.grad == 1.0
        assert ag.line_of(y).file.endswith("samples.py")

    def test_a_folder_that_is_gone_shortens_no_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        here = str(Path(__file__).parent)
        with ag.source_lines():
            x = Value(1.0)
        monkeypatch.chdir(here)
        assert str(ag.line_of(x)).startswith(f"{Path(__file__).name}, line ")
        (tmp_path / "gone").mkdir()
        monkeypatch.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        assert str(ag.line_of(x)).startswith(f"{__file__}, line ")
