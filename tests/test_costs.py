"""Costs: their numbers, their derivatives, what they refuse, and accuracy."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value

OUTPUTS = [0.3, -1.2, 2.0]
TARGETS: dict[str, Any] = {
    "quadratic": [1.0, 0.0, 0.5],
    "mean_squared": [1.0, 0.0, 0.5],
    "cross_entropy": [0.25, 0.0, 0.75],
    "binary_cross_entropy": [1.0, 0.0, 0.25],
    "hinge": [1.0, -1.0, 1.0],
}
COSTS = list(TARGETS)


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="compares with PyTorch: pip install torch")


def by_the_book(cost: str, a: list[float], E: list[float]) -> float:
    """The formulas as textbooks write them, without regard to overflow."""
    pairs = list(zip(a, E, strict=True))
    p = [math.exp(z) / sum(map(math.exp, a)) for z in a]
    s = [1.0 / (1.0 + math.exp(-z)) for z in a]
    return {
        "quadratic": sum((x - e) ** 2 for x, e in pairs),
        "mean_squared": sum((x - e) ** 2 for x, e in pairs) / len(a),
        "cross_entropy": -sum(e * math.log(q) for q, e in zip(p, E, strict=True)),
        "binary_cross_entropy": -sum(e * math.log(q) + (1 - e) * math.log(1 - q) for q, e in zip(s, E, strict=True)),
        "hinge": sum(max(0.0, 1.0 - e * x) for x, e in pairs),
    }[cost]


class TestNumbers:
    @pytest.mark.parametrize("cost", COSTS)
    def test_a_cost_is_the_formula_of_the_textbook(self, cost: str) -> None:
        f, E = nn.costs.find(cost), TARGETS[cost]
        expected = by_the_book(cost, OUTPUTS, E)
        assert f(OUTPUTS, E) == pytest.approx(expected, rel=1e-15)
        assert f(np.array(OUTPUTS), np.array(E)) == f(tuple(OUTPUTS), tuple(E)) == f(OUTPUTS, E)

    @pytest.mark.parametrize("cost", COSTS)
    def test_floats_give_a_float_and_values_the_same_number_as_a_value(self, cost: str) -> None:
        f, E = nn.costs.find(cost), TARGETS[cost]
        assert type(f(OUTPUTS, E)) is float
        for C in (f(ag.values(OUTPUTS), E), f(OUTPUTS, ag.values(E)), f(list(ag.values(OUTPUTS)), ag.values(E))):
            assert isinstance(C, Value)
            assert C.data == f(OUTPUTS, E)

    @pytest.mark.parametrize("cost", COSTS)
    def test_all_derivatives_agree_with_finite_differences(self, cost: str) -> None:
        check = ag.gradcheck(nn.costs.find(cost)(ag.values(OUTPUTS, "a"), TARGETS[cost]).named("C"))
        assert check, str(check)

    @pytest.mark.parametrize("cost", [cost for cost in COSTS if cost != "cross_entropy"])
    def test_one_output_may_be_a_value_and_its_target_a_number(self, cost: str) -> None:
        f = nn.costs.find(cost)
        for C in (
            f(Value(0.3), 1),
            f([Value(0.3)], 1.0),
            f(ag.values([0.3]), np.array([1])),
            f(Value(0.3), Value(1.0)),
        ):
            assert C.data == f(0.3, 1) == pytest.approx(by_the_book(cost, [0.3], [1.0]), rel=1e-15)

    def test_the_cost_of_the_essay_needs_no_sum_for_one_output(self) -> None:
        out = Value(0.622, "out")
        C = nn.quadratic([out], [1.0])
        assert (C.op.name, C.operands[0].op.name) == ("pow", "sub")
        (target,) = (leaf for leaf in ag.leaves(C) if leaf is not out)
        assert repr(target) == "Value(1.0, 'E[1]')"

    def test_targets_enter_the_graph_by_the_names_of_the_essay(self) -> None:
        C = nn.quadratic(ag.values([0.5, 0.5], "a"), [1, Value(0.0, "mine")])
        assert [leaf.label for leaf in ag.leaves(C)] == ["a[1]", "E[1]", "a[2]", "mine"]

    @pytest.mark.parametrize("right", range(3))
    @pytest.mark.parametrize("kind", [int, float, np.int64, np.float32, np.array, Value])
    def test_a_class_index_is_the_one_hot_target(self, right: int, kind: Any) -> None:
        z = ag.values(OUTPUTS)
        if kind is Value:
            with pytest.raises(
                ValueError, match="target of cross_entropy must have one number for each output, got 1 for 3"
            ):
                nn.cross_entropy(z, kind(right))
            return
        C, D = nn.cross_entropy(z, kind(right)), nn.cross_entropy(z, np.eye(3)[right])
        assert C.data == D.data == pytest.approx(-math.log(ag.softmax(OUTPUTS)[right]), rel=1e-15)
        assert [node.op for node in ag.topological_order(C)] == [node.op for node in ag.topological_order(D)]

    def test_the_derivative_of_a_cross_entropy_is_the_probability_minus_the_target(self) -> None:
        z = ag.values(OUTPUTS)
        nn.cross_entropy(z, 1).backward()
        assert [x.grad for x in z] == pytest.approx((np.array(ag.softmax(OUTPUTS)) - np.eye(3)[1]).tolist(), rel=1e-15)
        z = Value(0.7)
        nn.binary_cross_entropy(z, 1.0).backward()
        assert z.grad == pytest.approx(ag.sigmoid(0.7) - 1.0, rel=1e-15)

    @pytest.mark.parametrize("size", [40.0, 800.0, 1e300])
    def test_costs_of_logits_neither_overflow_nor_lose_the_derivative(self, size: float) -> None:
        for outputs, target, cost, slopes in [
            ([size, 0.0], 1, size, [1.0, -1.0]),
            ([size, 0.0], 0, 0.0, [0.0, 0.0]),
            ([-size, -size], 0, math.log(2.0), [-0.5, 0.5]),
        ]:
            z = ag.values(outputs)
            C = nn.cross_entropy(z, target)
            C.backward()
            assert C.data == pytest.approx(cost, rel=1e-15, abs=math.ulp(size))
            assert [x.grad for x in z] == pytest.approx(slopes, abs=1e-15)
        for logit, target, cost, slope in [
            (size, 1.0, 0.0, 0.0),
            (size, 0.0, size, 1.0),
            (-size, 1.0, size, -1.0),
            (-size, 0.0, 0.0, 0.0),
        ]:
            z = Value(logit)
            C = nn.binary_cross_entropy(z, target)
            C.backward()
            assert C.data == pytest.approx(cost, rel=1e-15, abs=1e-15)
            assert z.grad == pytest.approx(slope, abs=1e-15)

    def test_pytorch_gives_the_same_numbers(self, torch: Any) -> None:
        F, rng = torch.nn.functional, np.random.default_rng(0)
        for _ in range(20):
            z, E = 5.0 * rng.normal(size=4), rng.dirichlet(np.ones(4))
            a, b = torch.from_numpy(z), torch.from_numpy(E)
            assert nn.mean_squared(z, E) == pytest.approx(F.mse_loss(a, b).item(), rel=1e-14)
            assert nn.cross_entropy(z, E) == pytest.approx(F.cross_entropy(a, b).item(), rel=1e-14)
            assert nn.cross_entropy(z, 2) == pytest.approx(F.cross_entropy(a, torch.tensor(2)).item(), rel=1e-13)
            theirs = F.binary_cross_entropy_with_logits(a, b, reduction="sum").item()
            assert nn.binary_cross_entropy(z, E) == pytest.approx(theirs, rel=1e-14)

    def test_the_hinge_cost_is_that_of_micrograds_demo(self) -> None:
        for score, y in [(0.5, 1), (0.5, -1), (1.5, 1), (-1.5, -1), (-1.5, 1)]:
            s = Value(score)
            theirs = (1 + -y * s).relu()
            theirs.backward()
            slope, s.grad = s.grad, 0.0
            C = nn.hinge(s, y)
            C.backward()
            assert (C.data, s.grad) == (theirs.data, slope)


class TestRefusals:
    @pytest.mark.parametrize(
        ("cost", "outputs", "target", "error", "message"),
        [
            (
                "quadratic",
                [1.0, 2.0],
                [1.0],
                ValueError,
                "target of quadratic must have one number for each output, got 1 for 2",
            ),
            ("quadratic", [1.0] * 10, 7, ValueError, "got 1 for 10 outputs; nn.one_hot(y, classes) makes"),
            (
                "mean_squared",
                [1.0],
                [1.0, 2.0],
                ValueError,
                "target of mean_squared must have one number for each output",
            ),
            ("quadratic", [], [], ValueError, "got 0 for 0 outputs"),
            ("quadratic", [[1.0]], [1.0], ValueError, "of one example, got an array of shape (1, 1)"),
            ("hinge", np.ones((2, 1)), [1, 1], ValueError, "outputs and target of hinge must be those of one example"),
            ("quadratic", ["a"], [1.0], TypeError, "takes one real number"),
            ("quadratic", [1.0], [None], TypeError, "takes one real number"),
            ("hinge", [1.0], 0, ValueError, "target of hinge must be −1 or 1, got 0.0"),
            ("hinge", [1.0], math.nan, ValueError, "target of hinge must be −1 or 1, got nan"),
            ("binary_cross_entropy", [1.0], -1, ValueError, "target of binary_cross_entropy must be 0 to 1, got -1.0"),
            (
                "binary_cross_entropy",
                [1.0],
                math.nan,
                ValueError,
                "target of binary_cross_entropy must be 0 to 1, got nan",
            ),
            ("cross_entropy", [1.0], 0, ValueError, "got 1; use binary_cross_entropy for one"),
            ("cross_entropy", [1.0, 2.0], 2, ValueError, "must be a class index from 0 to 1, got 2"),
            ("cross_entropy", [1.0, 2.0], -1, ValueError, "got -1"),
            ("cross_entropy", [1.0, 2.0], 0.5, ValueError, "got 0.5"),
            ("cross_entropy", [1.0, 2.0], math.nan, ValueError, "got nan"),
            ("cross_entropy", [1.0, 2.0], "1", TypeError, "takes one real number"),
            ("cross_entropy", [1.0, 2.0], [1.0, 1.0], ValueError, "with a sum of 1, got 2.0"),
            ("cross_entropy", [1.0, 2.0], [2.0, -1.0], ValueError, "must be probabilities from 0 on, got -1.0"),
            ("cross_entropy", [1.0, 2.0], [1.0, 0.0, 0.0], ValueError, "got 3 for 2 outputs"),
        ],
    )
    @pytest.mark.parametrize("recording", [False, True])
    def test_what_does_not_fit_a_cost_is_refused(
        self, cost: str, outputs: Any, target: Any, error: type[Exception], message: str, recording: bool
    ) -> None:
        if recording and np.array(outputs).dtype == float:
            outputs = ag.values(outputs)
        with pytest.raises(error, match=re.escape(message)):
            nn.costs.find(cost)(outputs, target)

    @pytest.mark.parametrize("excess", [0.0, 9e-7, -9e-7, 1.1e-6, -1.1e-6])
    def test_probabilities_may_be_off_by_rounding_of_float32(self, excess: float) -> None:
        target = [0.25, 0.75 + excess]
        if abs(excess) < 1e-6:
            assert nn.cross_entropy([1.0, 2.0], target) == pytest.approx(math.log(1 + math.e) + 1 - 1.75, abs=1e-5)
            return
        with pytest.raises(ValueError, match=r"probabilities with a sum of 1, got (1\.0000011|0\.9999989)"):
            nn.cross_entropy([1.0, 2.0], target)

    def test_values_as_targets_are_not_checked(self) -> None:
        assert nn.cross_entropy([1.0, 2.0], [ag.Value(2.0), 1.0]).data == pytest.approx(
            math.log(math.e + math.e**2) - 4.0
        )
        assert nn.binary_cross_entropy([0.0], ag.Value(3.0)).data == pytest.approx(math.log(2.0))
        assert nn.hinge([0.5], ag.Value(3.0)).data == 0.0

    def test_logits_that_have_been_through_the_activation_are_noticed(self) -> None:
        with pytest.raises(
            ValueError, match=r"cross_entropy must be logits, got the result of a softmax.*; make the last layer linear"
        ):
            nn.cross_entropy(nn.MLP(2, [3], "softmax")([1.0, 2.0]), 0)
        with pytest.raises(ValueError, match=r"binary_cross_entropy must be logits, got the result of a sigmoid"):
            nn.binary_cross_entropy(nn.MLP(2, [1])([1.0, 2.0]), 0)

    def test_a_cost_is_found_by_name_or_is_a_function(self) -> None:
        assert nn.costs.find("hinge") is nn.hinge
        assert nn.costs.find(max) is max
        with pytest.raises(LookupError, match=r"cost must be one of quadratic, mean_squared, .*, got 'mse'"):
            nn.costs.find("mse")
        with pytest.raises(TypeError, match="cost must be a name or a function"):
            nn.costs.find(3)  # type: ignore[arg-type]


class TestAccuracy:
    @pytest.mark.parametrize(
        ("outputs", "targets", "cost", "expected"),
        [
            ([[0.9, 0.2], [0.4, 0.6], [0.1, 0.0]], [0, 0, 0], "quadratic", 2 / 3),
            ([[0.9, 0.2], [0.4, 0.6], [0.1, 0.0]], [[1, 0], [0, 1], [0, 1]], "quadratic", 2 / 3),
            ([[-3.0, -2.0]], [1], "cross_entropy", 1.0),
            ([[0.7], [0.4], [0.6], [0.2]], [1, 1, 0, 0], "quadratic", 0.5),
            ([[0.7], [0.4]], [[1], [1]], "quadratic", 0.5),
            ([0.7, 0.4], [1, 1], "mean_squared", 0.5),
            ([0.7, 0.4, -0.1], [1, 1, 0], "binary_cross_entropy", 1.0),
            ([0.7, 0.4, -0.1], [1, 1, -1], "quadratic", 1.0),
            ([0.7, 0.4], [1, 1], "hinge", 1.0),
            ([-0.7, 0.4], [-1, -1], "hinge", 0.5),
            ([0.3, 0.7], [True, True], "quadratic", 0.5),
        ],
    )
    def test_it_is_the_share_of_classes_recognised(
        self, outputs: Any, targets: Any, cost: str, expected: float
    ) -> None:
        assert nn.accuracy(outputs, targets, cost) == expected
        assert nn.accuracy(np.array(outputs), np.array(targets), nn.costs.find(cost)) == expected

    @pytest.mark.parametrize("wrong", [3.0, -1.0, 0.5, 7.0])
    @pytest.mark.parametrize("examples", [1, 2, 4, 9])
    def test_first_target_that_is_no_class_is_named(self, wrong: float, examples: int) -> None:
        outputs = np.eye(3)[[k % 3 for k in range(examples)]]
        targets = [2.0] * (examples - 1) + [wrong]
        with pytest.raises(ValueError, match=f"targets must be class indices from 0 to 2, got {wrong}$"):
            nn.costs.accuracy(outputs, targets)
        assert nn.costs.accuracy(outputs, [2.0] * examples) == sum(k % 3 == 2 for k in range(examples)) / examples

    @pytest.mark.parametrize(
        ("outputs", "targets", "message"),
        [
            ([["1", "0"]], [0], "outputs must hold real numbers, got text"),
            ([[0.1, 0.2]], ["0"], "targets must hold real numbers, got text"),
            ([[0.1, 0.2], [0.1]], [0, 0], "outputs must have rows of one length, got rows of 2 and 1 numbers"),
            (None, [1], "outputs must hold real numbers, got NoneType None"),
        ],
    )
    def test_accuracy_refuses_what_is_no_number(self, outputs: Any, targets: Any, message: str) -> None:
        with pytest.raises(TypeError, match=re.escape(message)):
            nn.accuracy(outputs, targets)

    @pytest.mark.parametrize(
        ("outputs", "targets", "message"),
        [
            ([], [], "outputs and targets must have one row for each example, and at least one"),
            ([[0.1, 0.2]], [0, 1], r"got shapes (1, 2) and (2,)"),
            (
                [[0.1, 0.2, 0.3]],
                [[0, 1]],
                "targets must be class indices of shape (1,) or numbers of shape (1, 3), got (1, 2)",
            ),
            ([0.1, 0.2], [[0, 1], [1, 0]], "targets must have one number for each of the 2 outputs, got 4"),
            ([0.1, 0.2], [0.5, 1.0], "targets of one output must be 0 and 1, or −1 and 1"),
            ([0.1, 0.2, 0.3], [0, 1, -1], "targets of one output must be 0 and 1, or −1 and 1"),
            ([0.1], [math.nan], "outputs and targets must not be NaN"),
            ([[math.nan, 0.1]], [0], "outputs and targets must not be NaN"),
            ([[0.1, 0.2]], [[math.nan, 1.0]], "outputs and targets must not be NaN"),
            ([[0.1, 0.2]], [2], "targets must be class indices from 0 to 1, got 2.0"),
            ([[0.1, 0.2]], [-1], "targets must be class indices from 0 to 1, got -1.0"),
            ([[0.1, 0.2]], [0.5], "targets must be class indices from 0 to 1, got 0.5"),
            (
                [0.1],
                1.0,
                "outputs and targets must have one row for each example, and at least one, got shapes (1,) and ()",
            ),
        ],
    )
    def test_what_has_no_classes_is_refused(self, outputs: Any, targets: Any, message: str) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            nn.accuracy(outputs, targets)


@pytest.mark.parametrize("cost", [nn.quadratic, nn.mean_squared, nn.binary_cross_entropy, nn.hinge])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_costs_of_several_outputs_are_those_of_each_together(cost: Any, count: int) -> None:
    """One output makes no sum, so that no node without a meaning is in a trace."""
    outputs = [0.5, -1.25, 2.0, 0.75][:count]
    targets = [1.0, -1.0, 1.0, -1.0][:count] if cost is nn.hinge else [1.0, 0.0, 0.0, 1.0][:count]
    each = [cost([a], [E]) for a, E in zip(outputs, targets, strict=True)]
    expected = math.fsum(each) / (count if cost is nn.mean_squared else 1)
    assert cost(outputs, targets) == pytest.approx(expected, rel=1e-15)
    C = cost(ag.values(outputs), targets)
    assert C.data == pytest.approx(expected, rel=1e-15)
    has_sum = any(node.op is ag.TABLE["total"] for node in ag.topological_order(C))
    assert has_sum == (count > 1)
