"""Networks: names, numbers, derivatives, and finding and setting their parameters."""

from __future__ import annotations

import ast
import copy
import graphlib
import math
import pickle
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effort import scaled
from points import plain

import autograd as ag
import nn
from autograd import Value

ACTIVATIONS = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "silu", "gelu", "softplus", "sin", "softmax", "linear"]
X3 = [0.3, -1.2, 2.0]


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="compares with PyTorch: pip install torch")


def labels(values: Any) -> list[str]:
    return [value.label for value in values]


def ulps(x: float, y: float) -> float:
    return abs(x - y) / math.ulp(max(abs(x), abs(y)))


class Affine(nn.Module):
    """A module as a user would write one."""

    def __init__(self) -> None:
        self.slope, self.shift = Value(2.0, "m"), Value(-1.0, "c")

    def __call__(self, x: Any) -> Any:
        return self.slope * x[0] + self.shift


class TestNames:
    def test_the_network_of_the_essay_has_13002_parameters(self) -> None:
        net = nn.MLP(784, [16, 16, 10])
        assert len(net.parameters()) == len({id(p) for p in net.parameters()}) == 13_002
        assert repr(net) == "MLP(784 → 16 → 16 → 10, sigmoid, 13,002 parameters)"

    def test_layer_1_is_the_input_and_every_node_has_the_name_of_the_essay(self) -> None:
        net = nn.MLP(3, [4, 2])
        first, second = net.layers
        assert labels(first.weight[1]) == ["w^2[2,1]", "w^2[2,2]", "w^2[2,3]"]
        assert labels(second.weight[1]) == ["w^3[2,1]", "w^3[2,2]", "w^3[2,3]", "w^3[2,4]"]
        assert labels(second.bias) == ["b^3[1]", "b^3[2]"]
        outputs = net(X3)
        assert labels(outputs) == ["a^3[1]", "a^3[2]"]
        (AS,) = outputs[1].operands
        assert AS.label == "AS^3[2]"
        assert labels(AS.operands) == [
            *("w^3[2,1]", "w^3[2,2]", "w^3[2,3]", "w^3[2,4]"),
            *("a^2[1]", "a^2[2]", "a^2[3]", "a^2[4]"),
            "b^3[2]",
        ]
        assert labels(AS.operands[5].operands[0].operands[3:6]) == ["a^1[1]", "a^1[2]", "a^1[3]"]

    def test_a_trace_reads_like_the_essay(self) -> None:
        net = nn.MLP(3, [4, 2], seed=0)
        net.layers[1].weight[0, 0].data = 0.15
        C = nn.quadratic(net([0.1, 0.2, 0.3]), [1.0, 0.0]).named("C")
        lines = str(ag.trace(C, net.layers[1].weight[0, 0])).splitlines()
        assert lines[0] == "∂C/∂w³₁,₁ = ∂C/∂a³₁ · ∂a³₁/∂AS³₁ · ∂AS³₁/∂w³₁,₁"
        factors = [[part.strip() for part in line.split(" = ")] for line in lines[1:4]]
        assert [factor[:2] for factor in factors] == [
            ["∂C/∂a³₁", "2(a³₁ − E₁)"],
            ["∂a³₁/∂AS³₁", "S(AS³₁)(1 − S(AS³₁))"],
            ["∂AS³₁/∂w³₁,₁", "a²₁"],
        ]

    def test_an_activation_sum_is_one_node_whatever_the_number_of_inputs(self) -> None:
        x = ag.values(np.ones(784))
        net = nn.MLP(784, [16, 16, 10])
        nodes = Counter(node.op.name for node in ag.topological_order(*net(x)) if node.op is not None)
        assert nodes == {"dot": 42, "sigmoid": 42}

    def test_in_a_linear_layer_the_sum_is_the_activation(self) -> None:
        (a,) = nn.Layer(2, 1, "linear")([1.0, 2.0])
        assert (a.label, a.op.name) == ("a^2[1]", "dot")

    def test_a_neuron_by_itself_has_short_names(self) -> None:
        neuron = nn.Neuron(2)
        a = neuron([1.0, 2.0])
        assert (a.label, labels(a.operands), neuron.bias.label) == ("a", ["AS"], "b")
        assert labels(a.operands[0].operands) == ["w[1]", "w[2]", "x[1]", "x[2]", "b"]

    def test_the_neurons_of_a_layer_are_its_own_weights_and_biases(self) -> None:
        layer = nn.Layer(3, 4, "tanh", seed=1, number=7)
        neurons, x = layer.neurons, ag.values(X3)
        assert [p for neuron in neurons for p in map(id, neuron.parameters())] == [
            *(id(p) for row, b in zip(layer.weight, layer.bias, strict=True) for p in (*row, b))
        ]
        outputs = layer(x)
        for neuron, a in zip(neurons, outputs, strict=True):
            again = neuron(x)
            assert (again.data, again.label, again.operands[0].label) == (a.data, a.label, a.operands[0].label)
        layer.weight[2, 1] = Value(5.0, "mine")
        assert layer.neurons[2].weight[1].label == "mine"

    def test_a_softmax_layer_has_no_separate_neurons(self) -> None:
        with pytest.raises(ValueError, match="activation must apply to single neurons, got softmax"):
            nn.Layer(2, 3, "softmax").neurons  # noqa: B018

    def test_a_network_shows_its_sizes_activations_and_parameters(self) -> None:
        assert repr(nn.MLP(2, [16, 1], ["relu", None])) == "MLP(2 → 16 → 1, relu → linear, 65 parameters)"
        assert repr(nn.Layer(784, 16)) == "Layer(784 → 16, sigmoid, 12,560 parameters)"
        assert repr(nn.Neuron(1, "tanh")) == "Neuron(1 → 1, tanh, 2 parameters)"
        assert nn.MLP(2, [16, 1]).sizes == [2, 16, 1]


class TestInputs:
    @pytest.mark.parametrize("kind", [list, tuple, np.array, lambda x: np.array(x, dtype=np.float64)[:]])
    def test_one_example_is_a_list_a_tuple_or_an_array(self, kind: Any) -> None:
        net = nn.MLP(3, [2], seed=0)
        assert [a.data for a in net(kind([1, 0, 2]))] == [a.data for a in net([1.0, 0.0, 2.0])]

    def test_numbers_become_named_values_and_values_stay_themselves(self) -> None:
        x = Value(0.5, "mine")
        neuron = nn.Layer(2, 1)([x, 3]).item()
        assert neuron.operands[0].operands[2] is x
        assert repr(neuron.operands[0].operands[3]) == "Value(3.0, 'a^1[2]')"

    def test_inputs_can_be_differentiated_with_respect_to(self) -> None:
        x = ag.values(X3, "x")
        net = nn.MLP(3, [2, 1], "tanh", seed=0)
        (a,) = net(x)
        slopes = [slope.data for slope in ag.gradient(a, x)]
        W1, W2 = (plain(layer.weight) for layer in net.layers)
        hidden = np.tanh(W1 @ X3)
        expected = (1 - a.data**2) * (W2 @ np.diag(1 - hidden**2) @ W1)[0]
        assert slopes == pytest.approx(expected.tolist(), rel=1e-13)

    @pytest.mark.parametrize("rows", [0, 1, 3])
    def test_a_matrix_is_one_example_in_each_row(self, rows: int) -> None:
        net, X = nn.MLP(2, [3, 2], seed=0), np.arange(2.0 * rows).reshape(rows, 2)
        outputs = net(X)
        assert outputs.shape == net.layers[1](net.layers[0](X)).shape == (rows, 2)
        assert [[a.data for a in row] for row in outputs] == [[a.data for a in net(x)] for x in X]
        if rows:
            assert net(X.tolist()).shape == (rows, 2)
            assert nn.Neuron(2)(X).shape == (rows,)

    @pytest.mark.parametrize(
        ("x", "error", "message"),
        [
            ([1.0], ValueError, "an example must have 2 inputs here, a^1[1] to a^1[2], got 1"),
            ([1.0] * 3, ValueError, "got 3"),
            (1.0, ValueError, "got 1"),
            (["1", "2"], TypeError, "takes one real number"),
            ([1.0, None], TypeError, "takes one real number"),
            ([1.0, 1j], TypeError, "takes one real number"),
            (np.ones((1, 2, 2)), ValueError, "got an array of shape (1, 2, 2)"),
            ([[1.0, 2.0], [1.0]], ValueError, "got 1"),
        ],
    )
    def test_what_is_no_example_is_refused(self, x: Any, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            nn.MLP(2, [2])(x)


class TestMathematics:
    def test_the_second_transition_of_the_essay(self) -> None:
        layer = nn.Layer(4, 2, number=3)
        layer.load_state(
            {"weight": [[-1.48, -2.49, 2.72, 3.46], [-1.81, 2.84, -0.438, -4.80]], "bias": [0.884, -0.226]}
        )
        outputs = layer([0.978, 0.322, 0.315, 0.201])
        assert [round(a.operands[0].data, 5) for a in outputs] == [0.18704, -2.18447]
        assert [round(a.data, 3) for a in outputs] == [0.547, 0.101]

    def test_the_matrix_form_of_the_essay_gives_the_same_numbers_and_derivatives(self) -> None:
        """The activation sum is rounded once here and once a term there: they differ by less than n roundings."""
        net = nn.MLP(784, [16, 16, 10], seed=3)
        x = np.random.default_rng(0).random(784)
        a = x
        for layer in net.layers:
            W, b = layer.weight, layer.bias
            sums = W @ a + b
            terms = np.abs(plain(W)) @ np.abs(plain(a)) + np.abs(plain(b))
            for z, own, size in zip(sums, layer(a), terms, strict=True):
                assert abs(z.data - own.operands[0].data) <= (len(a) + 1) * 2.0**-53 * size
            a = ag.sigmoid(sums)
        matrix, own = nn.quadratic(a, np.eye(10)[4]), nn.quadratic(net(x), np.eye(10)[4])
        assert matrix.data == pytest.approx(own.data, rel=1e-13)
        matrix.backward()
        by_matrix = net.gradient_vector()
        net.zero_grad()
        own.backward()
        assert by_matrix == pytest.approx(net.gradient_vector(), rel=1e-11, abs=1e-17)

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_predict_gives_what_recording_gives(self, activation: str) -> None:
        net = nn.MLP(3, [5, 4], activation, seed=2)
        X = np.random.default_rng(1).normal(size=(6, 3))
        recorded = np.array([[a.data for a in net(x)] for x in X])
        assert net.predict(X) == pytest.approx(recorded, rel=1e-14, abs=1e-15)
        assert net.predict(X[0]).tolist() == pytest.approx(recorded[0].tolist(), rel=1e-14, abs=1e-15)
        assert (net.predict(X).dtype, net.predict(X[0]).shape, net.predict(X[:0]).shape) == (float, (4,), (0, 4))

    def test_arrays_of_numbers_are_fixed_weights(self) -> None:
        layer = nn.Layer(2, 3, "tanh", seed=0)
        layer.weight = np.array([[0.5, -0.25], [1.0, 0.0], [-0.125, 2.0]])  # type: ignore[assignment]
        assert [p.label for p in layer.parameters()] == ["b^2[1]", "b^2[2]", "b^2[3]"]
        for bias in (layer.bias, np.array([1, 2, 3])):
            layer.bias = bias
            X = [[1.0, -0.5], [0.25, 3.0]]
            recorded = [[a.data for a in layer(x)] for x in X]
            assert layer.predict(X) == pytest.approx(np.array(recorded), rel=1e-14)
        assert layer.parameters() == []

    def test_predict_of_a_users_module_is_what_it_computes(self) -> None:
        assert Affine().predict([[1.0], [2.0], [3.0]]).tolist() == [[1.0], [3.0], [5.0]]
        assert Affine().predict([4.0]).tolist() == [7.0]

    @pytest.mark.parametrize("answer", ["3.0", None, 1j])
    def test_predict_refuses_answers_that_are_no_numbers(self, answer: Any) -> None:
        class Odd(nn.Module):
            def __call__(self, x: Any) -> Any:
                return [Value(1.0), 2, answer]

        with pytest.raises(TypeError, match=r"takes one real number, got"):
            Odd().predict([1.0])

    @pytest.mark.parametrize("X", [[[1.0, 2.0]], np.ones((2, 2, 3)), 3.0])
    def test_predict_refuses_what_is_no_row_or_matrix_of_inputs(self, X: Any) -> None:
        with pytest.raises(
            ValueError,
            match=r"X must have 3 inputs per example .*, got 2|X must be one example, or a matrix with one",
        ):
            nn.MLP(3, [1]).predict(X)
        with pytest.raises(TypeError, match="X must hold real numbers"):
            nn.MLP(3, [1]).predict([["a", "b", "c"]])

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_all_derivatives_of_a_network_agree_with_finite_differences(self, activation: str) -> None:
        C = nn.quadratic(nn.MLP(3, [4, 2], activation, seed=5)(X3), [0.5, -1.0]).named("C")
        check = ag.gradcheck(C)
        assert check, str(check)

    @pytest.mark.parametrize("cost", ["quadratic", "mean_squared", "cross_entropy", "binary_cross_entropy", "hinge"])
    @pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "sin"])
    def test_all_derivatives_of_a_network_agree_with_pytorch(self, torch: Any, activation: str, cost: str) -> None:
        """To 1e-12 relative: of each number, or of the largest of its layer where terms cancel."""
        rng = np.random.default_rng(7)
        net = nn.MLP(6, [5, 4, 3], [activation, activation, "linear"], seed=7)
        twin = nn.to_torch(net)
        F = torch.nn.functional
        of_torch = {
            "quadratic": lambda a, E: ((a - E) ** 2).sum(),
            "mean_squared": F.mse_loss,
            "cross_entropy": F.cross_entropy,
            "binary_cross_entropy": lambda a, E: F.binary_cross_entropy_with_logits(a, E, reduction="sum"),
            "hinge": lambda a, E: F.relu(1 - E * a).sum(),
        }[cost]
        for _ in range(5):
            x, E = rng.normal(size=6), np.array([-1.0, 1.0, -1.0] if cost == "hinge" else [0.0, 1.0, 0.0])
            C = nn.costs.COSTS[cost](net(x), E)
            C.backward()
            theirs = of_torch(twin(torch.from_numpy(x)), torch.from_numpy(E))
            theirs.backward()
            assert C.data == pytest.approx(theirs.item(), rel=1e-12)
        for mine, other in zip(net.named_parameters().values(), twin.parameters(), strict=True):
            found, expected = np.vectorize(lambda p: p.grad)(mine), other.grad.numpy()
            assert np.abs(found - expected) == pytest.approx(0.0, abs=1e-12 * np.abs(expected).max())

    def test_the_gradient_of_the_essays_network_agrees_with_pytorch(self, torch: Any) -> None:
        net, x = nn.MLP(784, [16, 16, 10], seed=0), np.random.default_rng(0).random(784)
        twin = nn.to_torch(net)
        nn.quadratic(net(x), np.eye(10)[3]).backward()
        ((twin(torch.from_numpy(x)) - torch.eye(10, dtype=torch.float64)[3]) ** 2).sum().backward()
        theirs = torch.nn.utils.parameters_to_vector([p.grad for p in twin.parameters()]).numpy()
        assert net.gradient_vector() == pytest.approx(theirs, rel=1e-12, abs=1e-12 * np.abs(theirs).max())
        P = torch.nn.utils.parameters_to_vector(twin.parameters()).detach().numpy()
        assert net.parameter_vector().tolist() == P.tolist()

    def test_an_operation_of_ones_own_is_an_activation(self) -> None:
        before = dict(ag.TABLE)
        try:
            bent = ag.operation("bent", lambda x: x + x / (1 + abs(x)), lambda x, z: 1 + (1 + ag.abs(x)) ** -2)
            for activation in (bent, "bent"):
                net = nn.MLP(2, [3, 1], activation, seed=0)
                assert ag.gradcheck(net([0.5, 0.25])[0])
                assert repr(net) == "MLP(2 → 3 → 1, bent, 13 parameters)"
                assert net.predict([0.5, 0.25]).tolist() == pytest.approx([net([0.5, 0.25])[0].data], rel=1e-14)
        finally:
            ag.TABLE.clear()
            ag.TABLE.update(before)


class TestVectors:
    def test_a_step_of_gradient_descent_is_P_minus_r_times_the_gradient(self) -> None:
        net, E = nn.MLP(3, [4, 2], seed=0), [1.0, 0.0]
        before = nn.quadratic(net(X3), E)
        before.backward()
        P, gradient = net.parameter_vector(), net.gradient_vector()
        assert gradient.tolist() == [slope.data for slope in ag.gradient(before, net.parameters())]
        net.load_vector(P - 0.05 * gradient)
        assert net.parameter_vector().tolist() == (P - 0.05 * gradient).tolist()
        fall = before.data - nn.quadratic(net(X3), E).data
        assert fall == pytest.approx(0.05 * float(gradient @ gradient), rel=0.05)

    def test_the_order_is_weights_row_by_row_and_then_biases_layer_by_layer(self) -> None:
        net = nn.MLP(2, [2, 1])
        assert " ".join(labels(net.parameters())) == (
            "w^2[1,1] w^2[1,2] w^2[2,1] w^2[2,2] b^2[1] b^2[2] w^3[1,1] w^3[1,2] b^3[1]"
        )
        net.load_vector(np.arange(9))
        assert net.parameter_vector().tolist() == list(range(9))
        assert {name: array.tolist() for name, array in net.state().items()} == {
            "layers.0.weight": [[0, 1], [2, 3]],
            "layers.0.bias": [4, 5],
            "layers.1.weight": [[6, 7]],
            "layers.1.bias": [8],
        }

    def test_zero_grad_sets_every_gradient_to_0(self) -> None:
        net = nn.MLP(3, [2, 1])
        net([1.0, 2.0, 3.0])[0].backward()
        assert np.all(net.gradient_vector() != 0.0)
        net.zero_grad()
        assert np.all(net.gradient_vector() == 0.0)

    @pytest.mark.parametrize(
        ("P", "error", "message"),
        [
            (
                np.zeros(8),
                ValueError,
                "P must have the shape (9,), one number for each parameter of MLP(2 → 2 → 1, sigmoid, 9",
            ),
            (np.zeros((9, 1)), ValueError, "sigmoid, 9 parameters), got (9, 1)"),
            (0.0, ValueError, "sigmoid, 9 parameters), got ()"),
            (
                [0.0] * 7 + [math.nan, math.inf],
                ValueError,
                "P must be finite, got nan at 7 (w^3[1,2]), and 1 more",
            ),
            ([0.0] * 8 + [1j], TypeError, "P must hold real numbers"),
            (["0"] * 9, TypeError, "P must hold real numbers"),
            ([0.0] * 8 + [None], TypeError, "P must hold real numbers"),
            ([[0.0], [1.0, 2.0]], TypeError, "P must have rows of one length, got rows of 1 and 2 numbers"),
        ],
    )
    def test_a_vector_that_does_not_fit_changes_nothing(self, P: Any, error: type[Exception], message: str) -> None:
        net = nn.MLP(2, [2, 1], seed=0)
        before = net.parameter_vector()
        with pytest.raises(error, match=re.escape(message)):
            net.load_vector(P)
        assert net.parameter_vector().tolist() == before.tolist()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda state: state.pop("layers.0.bias"), "missing: layers.0.bias"),
            (lambda state: state.update(extra=1.0), "unexpected: extra"),
            (
                lambda state: state.update({"layers.1.weight": np.zeros((2, 1))}),
                "must have the shape (1, 2) of MLP(2 → 2 → 1, sigmoid, 9 parameters), got (2, 1)",
            ),
            (
                lambda state: state.update({"layers.1.bias": np.zeros(())}),
                "must have the shape (1,) of MLP(2 → 2 → 1, sigmoid, 9 parameters), got ()",
            ),
            (
                lambda state: state.update({"layers.1.bias": [math.inf]}),
                "layers.1.bias must be finite, got NaN or infinity",
            ),
            (lambda state: state.update({"layers.1.bias": ["x"]}), "layers.1.bias must hold real numbers"),
        ],
    )
    def test_a_state_that_does_not_fit_changes_nothing(self, change: Any, message: str) -> None:
        net = nn.MLP(2, [2, 1], seed=0)
        before, state = net.parameter_vector(), nn.MLP(2, [2, 1], seed=1).state()
        change(state)
        with pytest.raises((TypeError, ValueError), match=re.escape(message)):
            net.load_state(state)
        assert net.parameter_vector().tolist() == before.tolist()

    def test_a_state_is_a_copy(self) -> None:
        net = nn.MLP(2, [2, 1], seed=0)
        before, state = net.parameter_vector(), net.state()
        state["layers.0.weight"] += 1.0
        assert net.parameter_vector().tolist() == before.tolist()
        net.load_state(state)
        state["layers.0.weight"] += 1.0
        assert net.layers[0].weight[0, 0].data == before[0] + 1.0

    @pytest.mark.parametrize("way", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
    def test_a_copied_network_is_the_same_and_independent(self, way: Any) -> None:
        net = nn.MLP(3, [4, 2], ["relu", "softmax"], seed=0)
        twin = way(net)
        assert (repr(twin), labels(twin.parameters())) == (repr(net), labels(net.parameters()))
        assert twin.predict(X3).tolist() == net.predict(X3).tolist()
        twin.load_vector(twin.parameter_vector() + 1.0)
        assert not np.any(twin.parameter_vector() == net.parameter_vector())


def swap_rows(module: Any) -> None:
    module.layers[0].weight[[0, 1]] = module.layers[0].weight[[1, 0]]


CHANGES: dict[str, Any] = {
    "another layer": lambda m: m.layers.__setitem__(0, nn.Layer(3, 2)),
    "another layer of the same numbers": lambda m: m.layers.__setitem__(0, nn.Layer(2, 2, seed=0)),
    "one layer more": lambda m: m.layers.append(nn.Layer(1, 1)),
    "one layer less": lambda m: m.layers.pop(),
    "layers in another order": lambda m: m.layers.reverse(),
    "another array": lambda m: setattr(m.layers[1], "bias", ag.values([1.0, 2.0], "c")),
    "another element": lambda m: m.layers[0].weight.__setitem__((1, 0), Value(5.0)),
    "an element equal to the old one": lambda m: m.layers[0].bias.__setitem__(0, Value(0.0)),
    "rows in another order": swap_rows,
    "an array computed": lambda m: m.layers[0].bias.__setitem__(slice(None), m.layers[0].bias * 2.0),
    "an entry more": lambda m: m.table.update(c=Value(6.0)),
    "another entry": lambda m: m.table.update(a=Value(1.0)),
    "another item": lambda m: m.table["b"].__setitem__(0, Value(2.0)),
    "another attribute": lambda m: setattr(m, "one", Value(4.0)),
    "an attribute computed": lambda m: setattr(m, "one", m.one * 2.0),
    "an attribute less": lambda m: delattr(m, "one"),
    "one shared": lambda m: setattr(m, "one", m.table["a"]),
}


class TestFinding:
    def test_parameters_are_found_in_modules_arrays_lists_tuples_and_dictionaries(self) -> None:
        module, v = nn.Module(), [Value(float(i)) for i in range(8)]
        module.one = v[0]
        module.array = np.array([[v[1], v[2]]])
        module.parts = [Affine(), (v[3],), {"key": v[4], 5: [v[5]]}]
        module.empty, module.text, module.number = [], "text", 3
        module.floats, module.nothing = np.ones(3), np.empty(0, dtype=object)
        named = module.named_parameters()
        assert list(named) == [
            "one",
            "array",
            "parts.0.slope",
            "parts.0.shift",
            "parts.1.0",
            "parts.2.key",
            "parts.2.5.0",
        ]
        assert named["array"] is module.array
        inner = module.parts[0]
        expected = [v[0], v[1], v[2], inner.slope, inner.shift, v[3], v[4], v[5]]
        assert list(map(id, module.parameters())) == list(map(id, expected))
        assert repr(module) == "Module(8 parameters)"

    def test_what_is_private_or_computed_is_no_parameter(self) -> None:
        module = Affine()
        module._memory = Value(1.0)
        module.last = module([3.0])
        module.constant = module.last.operands[0].operands[1]
        module.outputs = np.array([module.last, module.last])
        assert list(module.named_parameters()) == ["slope", "shift"]

    def test_a_shared_parameter_counts_once_under_its_first_name(self) -> None:
        module = nn.Module()
        module.first = nn.Layer(2, 2, seed=0)
        module.second = module.first
        module.tied = [module.first.weight, module.first.weight.T, module.first.bias[0]]
        assert list(module.named_parameters()) == ["first.weight", "first.bias"]
        assert len(module.parameters()) == 6

    def test_an_array_that_shares_some_parameters_is_loaded_only_if_the_numbers_agree(self) -> None:
        module, shared = nn.Module(), Value(1.0)
        module.a, module.b = np.array([shared, Value(2.0)]), np.array([Value(3.0), shared])
        assert module.parameter_vector().tolist() == [1.0, 2.0, 3.0]
        assert module.state()["b"].tolist() == [3.0, 1.0]
        module.load_state({"a": [7.0, 8.0], "b": [9.0, 7.0]})
        assert module.parameter_vector().tolist() == [7.0, 8.0, 9.0]
        with pytest.raises(
            ValueError, match=r"b must have the numbers of the parameters that share its Values, got 2\.0 for 1\.0"
        ):
            module.load_state({"a": [1.0, 1.0], "b": [1.0, 2.0]})
        assert module.parameter_vector().tolist() == [7.0, 8.0, 9.0]

    def test_modules_that_refer_to_each_other_are_walked_once(self) -> None:
        parent, child = Affine(), Affine()
        parent.child, child.parent = child, parent
        parent.itself = [parent]
        parent.itself.append(parent.itself)
        assert list(parent.named_parameters()) == ["slope", "shift", "child.slope", "child.shift"]

    def test_an_array_with_parameters_and_something_else_is_refused(self) -> None:
        module = nn.Module()
        module.mask = np.array([Value(1.0), 0.0, Value(2.0)], dtype=object)
        with pytest.raises(TypeError, match="mask must contain only parameters, got something else in 1 of 3 elements"):
            module.parameters()

    def test_array_is_all_parameters_or_none(self) -> None:
        """Whatever else is in it: numbers, constants, what was computed, None; and in whatever order."""
        others = [lambda: 0.5, lambda: None, lambda: ag.exp(Value(1.0)), lambda: (Value(1.0) + 2.0).operands[1]]
        for seed in range(scaled(200)):
            draw = random.Random(seed)
            learned, rest = draw.randint(0, 3), draw.randint(0, 3)
            elements = [Value(0.5) for _ in range(learned)] + [draw.choice(others)() for _ in range(rest)]
            draw.shuffle(elements)
            module = nn.Module()
            module.weight = np.array(elements, dtype=object)
            if learned and rest:
                message = (
                    f"weight must contain only parameters, got something else in {rest} of {learned + rest} elements"
                )
                for look_up in (module.parameters, module.named_parameters, module.state, module.zero_grad):
                    with pytest.raises(TypeError, match=message):
                        look_up()
            else:
                assert [id(x) for x in module.parameters()] == [id(x) for x in elements if learned]
                assert list(module.named_parameters()) == ["weight"] * bool(learned)

    def test_two_places_of_one_name_are_refused(self) -> None:
        module = nn.Module()
        module.parts = {"a": {"b": Value(1.0)}, "a.b": Value(2.0)}
        with pytest.raises(ValueError, match=r"must have unique names, got 'parts\.a\.b'"):
            module.named_parameters()

    def test_new_weights_take_part_as_soon_as_they_are_assigned(self) -> None:
        layer = nn.Layer(2, 1, "linear")
        layer.weight = ag.values([[3.0, 4.0]], "v")
        assert layer([1.0, 1.0])[0].data == layer.predict([1.0, 1.0])[0] == 7.0
        layer.weight[0, 0] = Value(10.0, "u")
        assert layer([1.0, 1.0])[0].data == layer.predict([1.0, 1.0])[0] == 14.0
        assert labels(layer.parameters()) == ["u", "v[1,2]", "b^2[1]"]

    @pytest.mark.parametrize("name", CHANGES)
    def test_changed_parameters_are_noticed(self, name: str) -> None:
        module = nn.Module()
        module.layers = [nn.Layer(2, 2, seed=0), nn.Layer(2, 1, seed=0)]
        module.table = {"a": Value(1.0), "b": [Value(2.0), Value(3.0)]}
        module.one = Value(4.0)
        module.parameters()
        CHANGES[name](module)
        expected = nn.Module()
        expected.__dict__.update({key: item for key, item in vars(module).items() if key != "_known"})
        assert list(map(id, module.parameters())) == list(map(id, expected.parameters()))
        module.load_vector(np.arange(len(expected.parameters())))
        assert expected.parameter_vector().tolist() == list(range(len(expected.parameters())))

    def test_known_parameters_are_not_examined_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        net, examined = nn.MLP(3, [4, 2]), []
        first = net.parameters()
        monkeypatch.setattr(nn.modules, "are_parameters", lambda elements: examined.append(elements))
        net.load_vector(net.parameter_vector() - net.gradient_vector())
        net.zero_grad()
        assert list(map(id, net.parameters())) == list(map(id, first))
        assert examined == []

    def test_a_module_may_choose_its_parameters(self) -> None:
        class Frozen(Affine):
            def parameters(self) -> list[Value]:
                return super().parameters()[:1]

        module = Frozen()
        module.load_vector([7.0])
        assert (module.slope.data, module.shift.data) == (7.0, -1.0)
        assert (len(module.gradient_vector()), repr(module)) == (1, "Frozen(1 parameter)")

    def test_a_list_of_parameters_belongs_to_the_caller(self) -> None:
        net = nn.MLP(3, [2])
        net.parameters().clear()
        assert len(net.parameters()) == 8

    @pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
    def test_a_copy_has_its_own_parameters(self, way: Any) -> None:
        net = nn.MLP(3, [2])
        length = len(pickle.dumps(net))
        net.parameters()
        assert len(pickle.dumps(net)) < length + 100
        twin = way(net)
        for one in (net, twin):
            assert list(map(id, one.parameters())) == [id(p) for v in one.named_parameters().values() for p in v.flat]
        twin.layers = [nn.Layer(1, 1)]
        assert (len(twin.parameters()), len(net.parameters())) == (2, 8)

    def test_results_kept_by_a_module_live_no_longer_than_there(self) -> None:
        module = Affine()
        module.last, module.answers = module([3.0]), np.array([module([4.0]), module([5.0])])
        before = sys.getrefcount(module.last), sys.getrefcount(module.answers[0])
        module.parameters()
        assert (sys.getrefcount(module.last), sys.getrefcount(module.answers[0])) == before
        module.last = Value(1.0)
        assert len(module.parameters()) == 3

    def test_a_module_that_computes_nothing_says_so(self) -> None:
        with pytest.raises(NotImplementedError, match="Module must implement __call__"):
            nn.Module()([1.0])


class TestBeginnings:
    def test_the_same_seed_gives_the_same_network_and_another_another(self) -> None:
        first, again, other = (nn.MLP(3, [4, 4, 2], seed=seed).parameter_vector() for seed in (1, 1, 2))
        assert first.tolist() == again.tolist()
        assert not np.any((first == other) & (first != 0.0))
        a, b = (nn.MLP(3, [4], seed=None).parameter_vector() for _ in range(2))
        assert not np.any((a == b) & (a != 0.0))

    def test_layers_of_one_shape_begin_differently(self) -> None:
        first, second = (layer.state()["weight"] for layer in nn.MLP(4, [4, 4], seed=0).layers)
        assert not np.any(first == second)

    def test_a_generator_goes_on_from_one_network_to_the_next(self) -> None:
        rng = np.random.default_rng(1)
        first, second = (nn.MLP(3, [4], seed=rng).parameter_vector() for _ in range(2))
        assert first.tolist() == nn.MLP(3, [4], seed=1).parameter_vector().tolist() != second.tolist()

    def test_biases_begin_as_0(self) -> None:
        net = nn.MLP(3, [4, 2], "relu", init="normal", seed=0)
        assert [b.data for layer in net.layers for b in layer.bias] == [0.0] * 6

    @pytest.mark.parametrize(
        ("name", "variance", "bounded"),
        [
            ("glorot_uniform", 2 / 500, True),
            ("glorot_normal", 2 / 500, False),
            ("he_uniform", 2 / 300, True),
            ("he_normal", 2 / 300, False),
            ("lecun_uniform", 1 / 300, True),
            ("lecun_normal", 1 / 300, False),
            ("uniform", 1 / 3, True),
            ("normal", 1.0, False),
        ],
    )
    def test_an_initializer_has_the_mean_and_variance_of_its_paper(
        self, name: str, variance: float, bounded: bool
    ) -> None:
        weights = nn.initializers.INITIALIZERS[name](300, 200, np.random.default_rng(0))
        assert weights.shape == (200, 300)
        assert weights.mean() == pytest.approx(0.0, abs=4 * math.sqrt(variance / 60_000))
        assert weights.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / 60_000))
        largest = np.abs(weights).max() / math.sqrt(variance)
        assert (0.99 * math.sqrt(3) < largest < math.sqrt(3)) if bounded else largest > 3.5

    def test_other_names_of_initializers_are_the_same_functions(self) -> None:
        table = nn.initializers.INITIALIZERS
        for name in ("uniform", "normal"):
            assert table[f"xavier_{name}"] is table[f"glorot_{name}"]
            assert table[f"kaiming_{name}"] is table[f"he_{name}"]

    @pytest.mark.parametrize(
        ("activation", "init"),
        [("relu", "he_normal"), ("leaky_relu", "he_normal"), ("tanh", "glorot_uniform"), ("linear", "glorot_uniform")],
    )
    def test_the_default_suits_the_activation(self, activation: str, init: str) -> None:
        default, named = (nn.Layer(5, 4, activation, init=way, seed=3).state()["weight"] for way in (None, init))
        assert default.tolist() == named.tolist()

    def test_an_initializer_can_be_a_function(self) -> None:
        net = nn.MLP(2, [3], init=lambda fan_in, fan_out, rng: np.full((fan_out, fan_in), 10 * fan_in + fan_out))
        assert net.state()["layers.0.weight"].tolist() == [[23.0] * 2] * 3
        for init, expected in ((nn.initializers.constant(0.5), 0.5), ("zeros", 0.0)):
            assert set(nn.MLP(2, [3], init=init).state()["layers.0.weight"].flat) == {expected}
        assert 5.0 < nn.Neuron(1, init=nn.initializers.uniform(5.0, 6.0)).weight[0].data < 6.0
        assert abs(nn.Neuron(1, init=nn.initializers.normal(5.0, 0.01)).weight[0].data - 5.0) < 0.1

    @pytest.mark.parametrize(
        ("make", "error", "message"),
        [
            (lambda: nn.MLP(2, []), ValueError, "widths must hold the width of at least one layer"),
            (lambda: nn.MLP(2, 3), TypeError, "widths must be a list with the width of each layer, got 3; write [3]"),
            (lambda: nn.MLP(30, 8, 2), TypeError, "list with the width of each layer, got 8, 2; write [8, 2]"),
            (lambda: nn.MLP(30, np.int64(8)), TypeError, "got 8; write [8]"),
            (lambda: nn.MLP(30, 8, "relu"), TypeError, "got 8; write [8]"),
            (lambda: nn.MLP(2, None), TypeError, "widths must be a list with the width of each layer, got None"),
            (lambda: nn.MLP(2, 3.0), TypeError, "widths must be a list with the width of each layer, got 3.0"),
            (lambda: nn.MLP(2, {3: 1}), TypeError, "widths must be a list with the width of each layer, got {3: 1}"),
            (lambda: nn.MLP(2, {3, 1}), TypeError, "widths must be a list"),
            (lambda: nn.MLP([30, 8], [2]), TypeError, "inputs must be a whole number from 1 on, got [30, 8]"),
            (lambda: nn.MLP(2, [3], seed=True), TypeError, "seed must be a whole number from 0 on, got True"),
            (lambda: nn.MLP(2, [3], seed=-1), ValueError, "seed must be a whole number from 0 on, got -1"),
            (lambda: nn.Layer(2, 3, seed="a"), TypeError, "seed must be a whole number from 0 on, got 'a'"),
            (lambda: nn.Neuron(2, seed=1.5), TypeError, "seed must be a whole number from 0 on, got 1.5"),
            (lambda: nn.Layer(2, 3, number=True), TypeError, "number must be a whole number from 1 on, got True"),
            (lambda: nn.Layer(2, 3, number=2.0), TypeError, "number must be a whole number from 1 on, got 2.0"),
            (lambda: nn.Layer(2, 3, number=0), ValueError, "number must be a whole number from 1 on, got 0"),
            (lambda: nn.Layer(2, True), TypeError, "width must be a whole number from 1 on, got True"),
            (lambda: nn.Neuron("2"), TypeError, "fan_in must be a whole number from 1 on, got '2'"),
            (lambda: nn.initializers.constant("0.1"), TypeError, "value must be a finite number, got str '0.1'"),
            (lambda: nn.initializers.constant(True), TypeError, "value must be a finite number, got bool True"),
            (lambda: nn.initializers.uniform([1]), TypeError, "low must be a finite number, got list [1]"),
            (
                lambda: nn.initializers.uniform(1.0, -1.0),
                ValueError,
                "low must be at most high, with a finite difference, got 1 and -1",
            ),
            (
                lambda: nn.initializers.uniform(-1e308, 1e308),
                ValueError,
                "low must be at most high, with a finite difference, got -1e+308 and 1e+308",
            ),
            (
                lambda: nn.initializers.normal(0.0, -1.0),
                ValueError,
                "deviation must be a finite number from 0 on, got -1",
            ),
            (
                lambda: nn.initializers.normal(0, [1, 2]),
                TypeError,
                "deviation must be a finite number from 0 on, got list",
            ),
            (
                lambda: nn.MLP(2, [1], init=lambda *_: [["1", "2"]]),
                TypeError,
                "an initializer must hold real numbers, got text",
            ),
            (
                lambda: nn.MLP(2, [1], init=lambda *_: [[1j, 2]]),
                TypeError,
                "an initializer must hold real numbers, got complex",
            ),
            (
                lambda: nn.MLP(2, [2], init=lambda *_: [[1], [1, 2]]),
                TypeError,
                "an initializer must have rows of one length",
            ),
            (
                lambda: nn.MLP(2, [3]).load_state("ab"),
                TypeError,
                "state must be a dictionary as state() returns it, got str",
            ),
            (
                lambda: nn.Adam().load_state(None),
                TypeError,
                "state must be a dictionary as state() returns it, got NoneType",
            ),
            (lambda: nn.MLP(2, [3, 0]), ValueError, "each of widths must be a whole number from 1 on, got 0"),
            (lambda: nn.MLP(0, [3]), ValueError, "inputs must be a whole number from 1 on, got 0"),
            (lambda: nn.MLP(2.0, [3]), TypeError, "inputs must be a whole number from 1 on, got 2.0"),
            (lambda: nn.MLP(True, [3]), TypeError, "inputs must be a whole number from 1 on, got True"),
            (
                lambda: nn.MLP(2, [3], ["relu"] * 2),
                ValueError,
                "activation must be one for all layers or a list of 1, one per layer, got 2",
            ),
            (
                lambda: nn.MLP(2, [3], "sigmoyd"),
                LookupError,
                'activation must be an operation of one operand or its name, "softmax" or "linear", got \'sigmoyd\'',
            ),
            (lambda: nn.MLP(2, [3], "hypot"), ValueError, "got hypot, which takes several"),
            (lambda: nn.MLP(2, [3], "add"), ValueError, "got add, which takes several"),
            (
                lambda: nn.MLP(2, [3], math.tanh),
                TypeError,
                "activation must be an operation or its name, got <built-in",
            ),
            (
                lambda: nn.MLP(2, [1], "softmax"),
                ValueError,
                "softmax must have 2 neurons or more, got 1, whose output is always 1",
            ),
            (
                lambda: nn.Neuron(2, "softmax"),
                ValueError,
                "softmax must have 2 neurons or more, got 1, whose output is always 1",
            ),
            (lambda: nn.MLP(2, [3], init="best"), LookupError, "init must be one of zeros"),
            (lambda: nn.MLP(2, [3], init=3), TypeError, "init must be a name or a function"),
            (lambda: nn.MLP(2, [3], init=lambda *_: np.ones((2, 3))), ValueError, "(3, 2), got (2, 3)"),
            (
                lambda: nn.MLP(2, [3], init=nn.initializers.constant(math.nan)),
                ValueError,
                "value must be a finite number, got nan",
            ),
            (lambda: nn.MLP(2, [3], init=lambda i, o, _: np.full((o, i), math.nan)), ValueError, "got NaN or infinity"),
        ],
    )
    def test_what_makes_no_network_is_refused(self, make: Any, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            make()


ROOT = Path(nn.__file__).parent
TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.glob("*.py")}
# What nn uses of autograd beside its public names: safe files, and typesetting.
SHARED = {"autograd.files", "autograd.symbolic.matrices", "autograd.symbolic.typesetting"}


class TestFloors:
    def test_of_autograd_only_public_names_are_used(self) -> None:
        used = set()
        for tree in TREES.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module not in SHARED:
                    assert not (node.module or "").startswith("autograd"), ast.unparse(node)
                elif isinstance(node, ast.Import):
                    assert not any(alias.name.startswith("autograd.") for alias in node.names), ast.unparse(node)
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ag":
                    used.add(node.attr)
        assert {"Value", "dot", "TABLE"} <= used <= set(ag.__all__)

    def test_imports_make_no_circle(self) -> None:
        graph = {
            name: {
                module
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "nn"
                for module in ([node.module.split(".")[1]] if "." in node.module else [a.name for a in node.names])
            }
            for name, tree in TREES.items()
        }
        assert graph["layers"] >= {"modules", "initializers"}
        assert set().union(*graph.values()) <= graph.keys()
        graphlib.TopologicalSorter(graph).prepare()

    def test_every_public_name_is_there(self) -> None:
        assert len(set(nn.__all__)) == len(nn.__all__)
        assert all(getattr(nn, name) is not None for name in nn.__all__)

    def test_importing_loads_nothing_optional(self) -> None:
        program = "import sys, nn; print(*sys.modules)"
        loaded = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT.parent, check=True, capture_output=True, text=True
        ).stdout.split()
        assert "nn.layers" in loaded
        assert not {"torch", "tqdm", "sklearn", "matplotlib", "PIL", "graphviz"} & set(loaded)


class Scaled(nn.Module):
    """A network with a parameter that is in no array, and numbers that are none."""

    def __init__(self) -> None:
        self.scale = ag.Value(2.0)
        self.shifts = {"constant": np.ones(1), "trained": np.array([ag.Value(3.0)], dtype=object)}

    def __call__(self, x: Any) -> Any:
        return [self.scale * x[0] + self.shifts["constant"][0] * self.shifts["trained"][0]]


def test_one_value_is_a_parameter_as_an_array_of_them_is() -> None:
    net = Scaled()
    assert {name: np.shape(p) for name, p in net.named_parameters().items()} == {"scale": (), "shifts.trained": (1,)}
    nn.fit(net, [[1.0], [2.0]], [[4.0], [6.0]], optimizer=nn.SGD(0.1), epochs=100, progress=False)
    assert net.parameter_vector() == pytest.approx([2.0, 2.0], abs=0.2)
    again = Scaled()
    again.load_state(net.state())
    assert again.parameter_vector().tolist() == net.parameter_vector().tolist()


class TestGradients:
    """`Module.gradients` ranks what `backward` left, and sums it up by array."""

    def network(self, seed: int) -> nn.MLP:
        net = nn.MLP(3, [4, 2], seed=seed)
        rng = np.random.default_rng(seed)
        for p in net.parameters():
            p.grad = float(rng.choice([0.0, rng.normal()]))
        net.parameters()[3].grad = -5.0
        return net

    @pytest.mark.parametrize("seed", range(4))
    def test_ranking_and_layers_against_numpy(self, seed: int) -> None:
        net = self.network(seed)
        gradients = net.gradients()
        sizes = [abs(row.derivative) for row in gradients.ranked]
        assert sizes == sorted(np.abs(net.gradient_vector()).tolist(), reverse=True)
        assert all(row.derivative == row.parameter.grad for row in gradients.ranked)
        assert gradients.ranked[0].derivative == -5.0
        assert {id(row.parameter) for row in gradients.ranked} == set(map(id, net.parameters()))
        for layer, (name, array) in zip(gradients.layers, net.named_parameters().items(), strict=True):
            grads = np.array([p.grad for p in array.ravel()])
            assert (layer.name, layer.count, layer.zeros) == (name, grads.size, (grads == 0.0).sum())
            assert layer.norm == pytest.approx(np.linalg.norm(grads))
            assert layer.root_mean_square == pytest.approx(np.sqrt(np.mean(grads**2)))
            assert layer.largest == np.abs(grads).max()

    def test_text_has_the_largest_and_every_layer(self) -> None:
        net = nn.MLP(1, [1], seed=0)
        w, b = net.parameters()
        w.data, w.grad, b.grad = 2.0, 3.0, -4.0
        assert str(net.gradients(top=1)).splitlines() == [
            "‖∇C‖ = 5; the largest of 2 derivatives",
            "  w    ∂C/∂w  value of w",
            "  b²₁     −4           0",
            "By layer",
            "  parameters       count  root mean square  largest  zero",
            "  layers.0.weight      1                 3        3     0",
            "  layers.0.bias        1                 4        4     0",
        ]
        assert str(net.gradients(top=2)).startswith("‖∇C‖ = 5; all 2 derivatives")
        assert len(str(self.network(0).gradients()).splitlines()) == 2 + 10 + 2 + 4
        assert repr(net.gradients()) == "<gradients of 2 parameters in 2 arrays>"

    def test_labels_are_escaped_and_missing_ones_are_replaced(self) -> None:
        net = nn.Layer(1, 2)
        first, second = net.weight.ravel()
        first.label, second.label = "<b>&", ""
        first.grad, second.grad = 2.0, 1.0
        assert [row.name for row in net.gradients().ranked[:2]] == ["<b>&", "weight[1]"]
        html = net.gradients()._repr_html_()
        assert html == net.gradients().html()
        assert "&lt;b&gt;&amp;" in html
        assert "<b>" not in html
        assert html.count("<tr>") == html.count("</tr>") == 1 + 4 + 1 + 2
        assert "<caption>‖∇C‖ = " in html

    def test_nan_is_first_and_numbers_beyond_squares_are_right(self) -> None:
        net = nn.Layer(1, 2)
        for p, grad in zip(net.parameters(), (1e300, -1e300, 3.0, float("nan")), strict=True):
            p.grad = grad
        gradients = net.gradients()
        assert np.isnan(gradients.ranked[0].derivative)
        assert [row.derivative for row in gradients.ranked[1:]] == [1e300, -1e300, 3.0]
        assert gradients.layers[0].norm == pytest.approx(2**0.5 * 1e300)

    def test_refusals(self) -> None:
        net = nn.MLP(1, [1])
        with pytest.raises(
            ValueError, match=r"grad of a parameter of MLP\(.*\) must differ from 0, got 0 in all; call"
        ):
            net.gradients()
        net.parameters()[0].grad = 1.0
        with pytest.raises(ValueError, match="top must be"):
            net.gradients(top=0)


class TestValuesForNumbers:
    """Where numbers are asked for, Values count as their data."""

    def test_predict_and_accuracy(self) -> None:
        net = nn.MLP(2, [3, 2], seed=0)
        X = [[0.5, -1.0], [2.0, 0.25]]
        values = ag.values(X, "x")
        assert net.predict(values).tolist() == net.predict(X).tolist()
        assert net.predict(values[0]).tolist() == net.predict(X[0]).tolist()
        assert nn.accuracy(ag.values([[0.9, 0.2], [0.4, 0.6]]), ag.values([0.0, 0.0])) == 0.5

    def test_optimizers(self) -> None:
        P, gradient = [1.0, -2.0], [0.5, 0.25]
        for make in (nn.Adam, nn.RMSProp):
            expected = make().step(P, gradient).tolist()
            assert make().step(ag.values(P), ag.values(gradient)).tolist() == expected

    def test_parameters_and_states(self) -> None:
        net, other = nn.MLP(2, [3], seed=0), nn.MLP(2, [3], seed=1)
        other.load_vector([p + 0.0 for p in net.parameters()])
        assert other.parameter_vector().tolist() == net.parameter_vector().tolist()
        other = nn.MLP(2, [3], seed=1)
        other.load_state({name: ag.values(array) for name, array in net.state().items()})
        assert other.parameter_vector().tolist() == net.parameter_vector().tolist()

    def test_initializers(self) -> None:
        layer = nn.Layer(2, 3, init=lambda fan_in, fan_out, rng: ag.values(np.full((fan_out, fan_in), 0.5)))
        assert [p.data for p in layer.parameters()] == [0.5] * 6 + [0.0] * 3

    def test_examples_must_be_numbers(self) -> None:
        with pytest.raises(ValueError, match=r"X must hold numbers, got a Value; take its \.data"):
            nn.fit(nn.MLP(1, [1]), [[Value(1.0)]], [[1.0]], progress=False)


def test_biases_are_zero_at_first() -> None:
    assert nn.Neuron(3, seed=0).bias.data == 0.0
    assert [b.data for layer in nn.MLP(2, [3, 2], seed=0).layers for b in layer.bias] == [0.0] * 5
