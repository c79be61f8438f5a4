"""The names that followers of the micrograd lecture write: on `Value`, and in `nn.micrograd`."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value
from nn.micrograd import MLP, Layer, Neuron, draw_dot


def drawn_by_hand(root: Value) -> tuple[set[str], set[tuple[str, str]]]:
    """Return nodes and edges as the lecture's drawing cell collects them, from `_prev` and `_op`."""
    nodes, edges, texts = set(), set(), []

    def build(v: Value) -> None:
        if v not in nodes:
            nodes.add(v)
            texts.append(f"{v.label} | data {v.data:.4f} | grad {v.grad:.4f}" + (f" | {v._op}" if v._op else ""))
            for child in v._prev:
                edges.add((child.label, v.label))
                build(child)

    build(root)
    return set(texts), edges


class TestTheCellsOfTheLecture:
    """Each attribute and call of the lecture, in its order, with the numbers that it shows."""

    def test_an_expression_by_hand(self) -> None:
        a = Value(2.0, label="a")
        b = Value(-3.0, label="b")
        c = Value(10.0, label="c")
        e = a * b
        e.label = "e"
        d = e + c
        d.label = "d"
        f = Value(-2.0, label="f")
        L = d * f
        L.label = "L"
        assert L.data == -8.0
        assert (d._prev, d._op, a._prev, a._op) == ((e, c), "+", (), "")
        # Backpropagation by hand: the student sets each grad.
        L.grad, f.grad, d.grad, c.grad, e.grad, a.grad, b.grad = 1.0, 4.0, -2.0, -2.0, -2.0, 6.0, -4.0
        texts, edges = drawn_by_hand(L)
        assert "d | data 4.0000 | grad -2.0000 | +" in texts
        assert edges == {("a", "e"), ("b", "e"), ("e", "d"), ("c", "d"), ("d", "L"), ("f", "L")}
        # One step uphill.
        for v in (a, b, c, f):
            v.data += 0.01 * v.grad
        assert ((a * b + c) * f).data == pytest.approx(-7.286496)

    def neuron(self) -> tuple[Value, ...]:
        x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
        w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
        b = Value(6.8813735870195432, label="b")
        x1w1, x2w2 = x1 * w1, x2 * w2
        x1w1.label, x2w2.label = "x1*w1", "x2*w2"
        x1w1x2w2 = x1w1 + x2w2
        x1w1x2w2.label = "x1*w1 + x2*w2"
        n = x1w1x2w2 + b
        n.label = "n"
        return x1, x2, w1, w2, n

    @pytest.mark.parametrize("form", ["tanh", "exp"])
    def test_the_neuron_with_tanh_and_with_exp(self, form: str) -> None:
        x1, x2, w1, w2, n = self.neuron()
        if form == "tanh":
            o = n.tanh()
        else:
            e = (2 * n).exp()
            o = (e - 1) / (e + 1)
        o.label = "o"
        o.backward()
        assert o.data == pytest.approx(1 / math.sqrt(2))
        assert [v.grad for v in (x1, w1, x2, w2)] == pytest.approx([-1.5, 1.0, 0.5, 0.0])

    def test_a_node_that_is_used_twice(self) -> None:
        a = Value(3.0, label="a")
        b = a + a
        b.backward()
        assert (a.grad, b._prev) == (2.0, (a, a))

    def test_numbers_on_both_sides(self) -> None:
        a = Value(2.0)
        results = [a + 1, 1 + a, 2 * a, a * 2, a / 4.0, 4.0 / a, a - 1, 1 - a, a**3, -a]
        assert [v.data for v in results] == [3.0, 3.0, 4.0, 4.0, 0.5, 2.0, 1.0, -1.0, 8.0, -2.0]
        assert [v._op for v in results] == ["+", "+", "*", "*", "/", "/", "-", "-", "**", "-"]

    def test_the_training_loop(self) -> None:
        random.seed(3)
        n = MLP(3, [4, 4, 1])
        xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
        ys = [1.0, -1.0, -1.0, 1.0]
        assert len(n.parameters()) == 41
        costs = []
        for _ in range(40):
            ypred = [n(x) for x in xs]
            loss = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred, strict=True))
            for p in n.parameters():
                p.grad = 0.0
            loss.backward()
            assert n.layers[0].neurons[0].w[0].grad != 0.0
            for p in n.parameters():
                p.data += -0.05 * p.grad
            costs.append(loss.data)
        assert costs[-1] < 0.1 < costs[0]
        assert [v.data > 0 for v in (n(x) for x in xs)] == [True, False, False, True]


class TestNetwork:
    """`Neuron`, `Layer` and `MLP` compute what the lecture's code computes."""

    def test_weights_are_those_that_random_draws(self) -> None:
        random.seed(1337)
        drawn = [random.uniform(-1, 1) for _ in range(3 + 4 * 3 + 4 + 4 + 1)]
        random.seed(1337)
        neuron, net = Neuron(2), MLP(3, [4, 1])
        assert [v.data for v in neuron.w] + [neuron.b.data] == drawn[:3]
        by_neuron = [v.data for layer in net.layers for unit in layer.neurons for v in (*unit.w, unit.b)]
        assert by_neuron == drawn[3:]
        assert [p.data for p in net.parameters()] == by_neuron

    @pytest.mark.parametrize("activation", ["tanh", "relu", None])
    def test_outputs_against_plain_floats(self, activation: str | None) -> None:
        net = MLP(3, [4, 2], activation)
        x = [0.3, -1.2, 2.0]
        function = {"tanh": math.tanh, "relu": lambda s: max(s, 0.0), None: lambda s: s}[activation]
        numbers = x
        for layer in net.layers:
            numbers = [
                function(sum((w.data * x for w, x in zip(unit.w, numbers, strict=True)), unit.b.data))
                for unit in layer.neurons
            ]
        assert [v.data for v in net(x)] == pytest.approx(numbers, rel=1e-14)

    def test_an_activation_for_each_layer(self) -> None:
        net = MLP(2, [3, 3, 1], ["relu", "relu", None])
        assert [v.op for v in net.layers[0]([1.0, 2.0])] == [ag.relu] * 3
        assert net([1.0, 2.0]).op is ag.add
        assert repr(net) == "MLP(2 → 3 → 3 → 1, relu → relu → linear, 25 parameters)"
        assert repr(net.layers[2]) == "Layer(3 → 1, linear, 4 parameters)"
        assert repr(net.layers[0].neurons[1]) == "Neuron(2 → 1, relu, 3 parameters)"

    def test_one_output_is_a_value_and_several_are_a_list(self) -> None:
        assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
        assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
        assert [type(v) for v in MLP(2, [1, 3])([1.0, 2.0])] == [ag.tanh(Value(0.0)).__class__] * 3

    def test_names_are_the_essays(self) -> None:
        net = MLP(2, [2, 1])
        C = ((net([0.5, -0.5]) - 1.0) ** 2).named("C")
        assert [p.label for p in net.layers[1].parameters()] == ["w^3[1,1]", "w^3[1,2]", "b^3[1]"]
        assert [p.label for p in net.layers[0].neurons[1].parameters()] == ["w^2[2,1]", "w^2[2,2]", "b^2[2]"]
        assert [p.label for p in Layer(1, 2).parameters()] == ["w^2[1,1]", "b^2[1]", "w^2[2,1]", "b^2[2]"]
        assert [p.label for p in Neuron(2).parameters()] == ["w[1]", "w[2]", "b"]
        labels = [v.label for v in ag.topological_order(C) if v.label]
        assert {"a^1[1]", "AS^2[1]", "a^2[2]", "AS^3[1]", "a^3[1]"} <= set(labels)
        assert str(ag.trace(C, net.layers[1].neurons[0].w[0])).startswith("∂C/∂w³₁,₁ = ∂C/∂a³₁ · ∂a³₁/∂AS³₁")

    def test_it_is_a_module_that_fit_trains(self) -> None:
        random.seed(0)
        net = MLP(2, [4, 1])
        history = nn.fit(net, [[0.0, 1.0], [1.0, 0.0]], [[0.5], [-0.5]], epochs=30, progress=False)
        assert history.cost[-1] < 0.05 < history.cost[0]
        assert np.shape(net.predict([[0.0, 1.0], [1.0, 0.0]])) == (2, 1)
        net.zero_grad()
        assert not any(p.grad for p in net.parameters())


class TestDrawDot:
    """`draw_dot` shows label, data and grad, as the lecture's drawing does."""

    def test_it_shows_the_grads_that_were_set_by_hand(self) -> None:
        a, b = Value(2.0, "a"), Value(3.0, "b")
        c = (a * b).named("c")
        c.grad, a.grad = 1.0, 7.0
        nodes = {node.name: node for node in draw_dot(c).picture.nodes}
        assert {name: node.slope for name, node in nodes.items()} == {"a": 7.0, "b": 0.0, "c": 1.0}
        assert nodes["a"].slope_name == "grad"
        assert "grad" in draw_dot(c).svg()

    def test_it_shows_the_grads_of_backward(self) -> None:
        a = Value(2.0, "a")
        c = ((a * 3.0) + 1.0).named("c")
        c.backward()
        assert [node.slope for node in draw_dot(c).picture.nodes if node.name in ("a", "c")] == [3.0, 1.0]
        assert sum(node.role == "constant" for node in draw_dot(c).picture.nodes) == 2

    def test_direction(self) -> None:
        c = Value(2.0, "a") * 3.0
        assert draw_dot(c).svg() == draw_dot(c, "LR").svg() == draw_dot(c, rankdir="LR").svg()
        assert draw_dot(c).svg() != draw_dot(c, "BT").svg()
        assert "rankdir=LR" in draw_dot(c).dot.source
        with pytest.raises(ValueError, match='rankdir must be "LR" or "BT", got \'TB\''):
            draw_dot(c, "TB")


class TestDrawingOfGrads:
    """``draw(show="grad")`` in folded boxes, operands from outside, and contributions."""

    def test_a_folded_layer_shows_the_norm(self) -> None:
        net = nn.MLP(2, [5, 3, 1], seed=0)
        C = nn.quadratic(net([0.5, 1.0]), [1.0]).named("C")
        C.backward()
        layer = next(x for x in ag.draw(C, show="grad", detail="layers").picture.nodes if x.name.startswith("layer 2"))
        reverse = next(x for x in ag.draw(C, detail="layers").picture.nodes if x.name.startswith("layer 2"))
        assert layer.slope_name == "‖grad‖"
        assert layer.slope == pytest.approx(reverse.slope)

    def test_operands_from_outside_the_slice_show_theirs(self) -> None:
        a, b = Value(2.0, "a"), Value(3.0, "b")
        c = (a * b).named("c")
        a.grad, b.grad = 5.0, 6.0
        nodes = ag.draw(c, a, show="grad").picture.nodes
        assert {node.name: (node.slope, node.slope_name) for node in nodes} == {
            "a": (5.0, "grad"),
            "b": (6.0, "grad"),
            "c": (0.0, "grad"),
        }

    def test_contributions_multiply_the_grad_by_the_partial(self) -> None:
        a, b = Value(2.0, "a"), Value(3.0, "b")
        c = (a * b).named("c")
        c.grad = 10.0
        edges = ag.draw(c, show="grad", edges="contribution").picture.edges
        assert [edge.carried for edge in edges] == [10.0, 10.0]


class TestRefusals:
    """Bad arguments get an error that says what to write."""

    def test_backward_of_one_node_points_to_what_exists(self) -> None:
        with pytest.raises(AttributeError, match=r"backward\(\) of the last node sweeps .* ag.check_by_hand"):
            _ = Value(1.0)._backward
        with pytest.raises(AttributeError, match=r"^_children$"):
            _ = Value(1.0)._children

    @pytest.mark.parametrize("name", ["_prev", "_op"])
    def test_names_are_read_only(self, name: str) -> None:
        with pytest.raises(AttributeError):
            setattr(Value(1.0), name, ())

    def test_inputs_of_another_length(self) -> None:
        with pytest.raises(ValueError, match="an example must have 3 inputs here"):
            MLP(3, [1])([1.0, 2.0])

    def test_widths(self) -> None:
        with pytest.raises(TypeError, match=r"nouts must be a list .* got 4; write \[4, 4, 1\]"):
            MLP(3, 4)
        with pytest.raises(TypeError, match="nouts must be a list"):
            MLP(3, "44")
        with pytest.raises(ValueError, match="nouts must hold the width of at least one layer"):
            MLP(3, [])
        with pytest.raises(ValueError, match="nin must be"):
            Neuron(0)
        with pytest.raises(ValueError, match="a list of 2, one per layer"):
            MLP(3, [4, 1], ["tanh"])
