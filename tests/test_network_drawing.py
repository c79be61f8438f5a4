"""Drawn networks: the numbers that are in them, what is singled out, and what is left out."""

from __future__ import annotations

import math
import random
import re
from itertools import product
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from drawn import SVG
from networks import Layer, Network, Silent, away, cost, essay, inside, names, network, page, texts
from points import plain

import autograd as ag
from autograd import Value
from autograd.drawing import draw_network
from autograd.symbolic.typesetting import name, number


def test_essays_first_figure() -> None:
    net, _ = essay()
    seen = page(draw_network(net, numbers="none").svg())
    assert len(seen.lines_of(*names(net))) == 20
    columns = sorted({disc.box.centre[0] for disc in seen.discs})
    assert [sum(disc.box.centre[0] == x for disc in seen.discs) for x in columns] == [3, 4, 2]
    headers = ["layer 1: input", "3 neurons", "layer 2: hidden", "4 neurons", "sigmoid", "layer 3: output", "2 neurons"]
    assert texts(seen) == [*headers, "sigmoid", "w > 0", "w < 0", "widest: |w| = 4.8"]


def test_essays_third_figure() -> None:
    net, x = essay()
    seen = page(draw_network(net, x, numbers="neurons").svg())
    assert [inside(disc, seen) for disc in seen.discs[:9]] == [
        *(["a¹₁", "0.5"], ["a¹₂", "0.25"], ["a¹₃", "1"]),
        *(["a²₁", "0.978"], ["a²₂", "0.322"], ["a²₃", "0.315"], ["a²₄", "0.201"]),
        *(["a³₁", "0.547"], ["a³₂", "0.101"]),
    ]
    assert texts(seen, "bias")[4:] == ["b³₁ = 0.884", "b³₂ = −0.226"]
    for text in (text for text in seen.texts if "bias" in text.classes):
        assert any(abs(away(disc, text)[0]) < 1 and 0 < away(disc, text)[1] < 45 for disc in seen.discs)
    assert not {"−1.48", "2.72", "3.46"} & set(texts(seen))


def test_essays_weights() -> None:
    net, x = essay()
    seen = page(draw_network(net, x).svg())
    for text in ("−1.48", "−2.49", "2.72", "3.46", "−1.81", "2.84", "−0.438", "−4.8"):
        assert texts(seen).count(text) == 1


def test_essays_fourth_figure() -> None:
    net, x = essay()
    (w, *others), b = net.layers[1].weight[0], net.layers[1].bias[0]
    hidden = net.layers[0].bias[0]
    z = ag.dot(net.layers[0].weight[0], x, hidden)
    hidden.data += math.log(0.8 / 0.2) - z.data  # the essay: a(n₁²) = 0.8, AS₁³ = 0.5, w = 0.15
    w.data = 0.15
    a = net.layers[0]
    rest = [ag.sigmoid(ag.dot(row, x, c)).data for row, c in zip(a.weight, a.bias, strict=True)][1:]
    b.data = 0.5 - 0.15 * 0.8 - sum(v.data * y for v, y in zip(others, rest, strict=True))
    drawing = draw_network(net, x, wrt=w, cost=cost(net(x), [1.0, 1.0]), numbers="neurons")
    assert drawing.network.caption == "∂C/∂w³₁,₁ = −0.142 at w³₁,₁ = 0.15"
    seen = page(drawing.svg())
    (callout,) = (plate for plate in seen.plates if "callout" in plate.classes)
    on_it = [text.text for text in seen.texts if text.box.overlaps(callout.box)]
    assert on_it == ["w³₁,₁ = 0.15", "∂C/∂w³₁,₁ = −0.142"]
    (line,) = seen.lines_of("w³₁,₁")
    (casing,) = (line for line in seen.lines if "casing" in line.classes)
    assert casing.ends == line.ends
    assert casing.breadth > line.breadth == max(other.breadth for other in seen.lines if other is not casing)
    assert seen.lines.index(casing) < seen.lines.index(line)
    assert [seen.lines.index(line) > seen.lines.index(other) for other in seen.lines_of(*names(net)[12:])].count(
        False
    ) == 1
    lit = [inside(disc, seen)[0] for disc in seen.discs if "lit" in disc.classes]
    assert lit == ["a²₁", "a³₁"]
    assert [line for line in seen.lines_of(*names(net)) if "faded" not in line.classes] == [line]


def test_highlighted_bias() -> None:
    net, x = essay()
    C = cost(net(x), [1.0, 1.0])
    b = net.layers[1].bias[1]
    seen = page(draw_network(net, x, wrt=b, cost=C).svg())
    C.backward()
    (callout,) = (plate for plate in seen.plates if "callout" in plate.classes)
    on_it = [text.text for text in seen.texts if text.box.overlaps(callout.box)]
    assert on_it == ["b³₂ = −0.226", f"∂C/∂b³₂ = {number(b.grad)}"]
    (disc,) = (disc for disc in seen.discs if "lit" in disc.classes)
    assert inside(disc, seen)[0] == "a³₂"
    assert not any("faded" in line.classes for line in seen.lines)
    assert abs(away(disc, callout)[0]) < 1


def test_line_width_grows_with_weight() -> None:
    net = network(3, 4, 2, seed=2)
    seen = page(draw_network(net).svg())
    weights = [w for layer in net.layers for w in layer.weight.ravel()]
    largest = max(abs(w.data) for w in weights)
    for w, written in zip(weights, names(net), strict=True):
        (line,) = seen.lines_of(written)
        assert line.breadth == pytest.approx(0.5 + 3 * abs(w.data) / largest, abs=0.051)
        assert line.text == f"{written} = {w.data!r}"


def test_line_width_counts_omitted_weights() -> None:
    net = network(30, 2)
    net.layers[0].weight[1, 14].data = -50.0
    drawing = draw_network(net)
    assert drawing.network.largest_weight == 50.0
    assert "widest: |w| = 50" in texts(page(drawing.svg()))
    drawn = page(drawing.svg()).lines_of(*names(net))
    assert len(drawn) == 16
    assert max(line.breadth for line in drawn) < 0.8


def test_sign_is_in_colour_and_dashes() -> None:
    net = network(3, 4, 2, seed=3)
    net.layers[0].weight[0, 0].data = 0.0
    drawing = draw_network(net, theme="light")
    seen = page(drawing.svg())
    for w, written in zip([w for layer in net.layers for w in layer.weight.ravel()], names(net), strict=True):
        (line,) = seen.lines_of(written)
        assert ("positive" in line.classes) == (w.data > 0)
        assert ("negative" in line.classes) == (w.data < 0)
        assert ("zero" in line.classes) == (w.data == 0)
    style = ElementTree.fromstring(drawing.svg()).findtext(SVG + "style") or ""
    rules = dict(re.findall(r"g\.(\w+)\{([^}]*)\}", style))
    kinds = ("positive", "negative", "zero", "odd")
    assert len({re.findall("stroke:(#\\w+)", rules[kind])[0] for kind in kinds}) == 4
    assert len({re.findall("stroke-dasharray:(.*)", rules[kind] + ";stroke-dasharray:none")[0] for kind in kinds}) == 4
    casing = re.findall("stroke:(#\\w+)", rules["casing"])
    assert casing[0] not in {re.findall("stroke:(#\\w+)", rules[kind])[0] for kind in ("positive", "negative")}


def test_gradients_of_cost() -> None:
    net = network(3, 4, 2, seed=4)
    x = [0.3, -0.7, 1.0]
    parameters = [p for layer in net.layers for p in (*layer.weight.ravel(), *layer.bias)]
    for p in parameters:
        p.grad = 7.0
    C = cost(net(x), [1.0, 0.0])
    drawing = draw_network(net, cost=C, show="gradients")
    assert {p.grad for p in parameters} == {7.0}
    for p in parameters:
        p.grad = 0.0
    C.backward()
    drawn = {c.weight.name: c.weight.slope for c in drawing.network.connections}
    biases = {n.bias.name: n.bias.slope for layer in drawing.network.layers for n in layer.neurons if n.bias}
    true = {name(p.label): p.grad for p in parameters}
    assert {**drawn, **biases} == pytest.approx(true, rel=1e-12)
    seen = page(drawing.svg())
    largest = max(abs(p.grad) for layer in net.layers for p in layer.weight.ravel())
    for p in net.layers[1].weight.ravel():
        (line,) = seen.lines_of(name(p.label))
        assert ("positive" if p.grad > 0 else "negative") in line.classes
        assert line.breadth == pytest.approx(0.5 + 3 * abs(p.grad) / largest, abs=0.051)
        assert number(p.grad, digits=3) in texts(seen, "slope")
    assert f"∂C/∂b³₁ = {number(net.layers[1].bias[0].grad, digits=3)}" in texts(seen, "slope")
    assert {"∂C/∂w > 0", "∂C/∂w < 0", f"widest: |∂C/∂w| = {number(largest, digits=3)}"} <= set(texts(seen, "legend"))


def test_gradients_of_backward() -> None:
    net = network(2, 3, 1, seed=5)
    assert draw_network(net).network.connections[0].weight.slope is None
    with pytest.raises(ValueError, match=r'show must be "weights" while every grad is 0, got "gradients"; pass cost='):
        draw_network(net, show="gradients")
    cost(net([1.0, 2.0]), [0.0]).backward()
    drawing = draw_network(net, show="gradients", wrt=net.layers[0].weight[2, 1])
    slopes = [c.weight.slope for c in drawing.network.connections]
    assert slopes == [w.grad for layer in net.layers for w in layer.weight.ravel()]
    assert drawing.network.caption.startswith(f"∂C/∂w²₃,₂ = {number(net.layers[0].weight[2, 1].grad)} at")


def test_cost_has_its_label() -> None:
    net = network(1, 1)
    assert (
        "∂E₁/∂w²₁,₁" in draw_network(net, wrt=net.layers[0].weight[0, 0], cost=net([1.0])[0].named("E[1]")).describe()
    )


def test_input_of_zero_has_zero_derivatives() -> None:
    net = network(2, 1)
    drawing = draw_network(net, cost=cost(net([0.0, 1.0]), [1.0]), show="gradients")
    assert drawing.network.connections[0].weight.slope == 0.0
    (line,) = page(drawing.svg()).lines_of("w²₁,₁")
    assert "zero" in line.classes


def test_activations() -> None:
    for activation, build in product((ag.tanh, ag.relu), (Network, Silent)):
        net = build(*network(3, 5, 4, 2, seed=6, activation=activation).layers)
        x = np.array([0.5, -1.0, 2.0])
        drawn = [[n.activation for n in layer.neurons] for layer in draw_network(net, x).network.layers]
        expected = [x]
        for layer in net.layers:
            W, b = (plain(array) for array in (layer.weight, layer.bias))
            expected.append(np.array([activation(z) for z in W @ expected[-1] + b]))
        for column, values in zip(drawn, expected, strict=True):
            assert column == pytest.approx(list(values), rel=1e-12)


def test_activations_of_any_recording() -> None:
    class Matrices(Network):
        def __call__(self, x: Any) -> Any:
            for layer in self.layers:
                x = ag.sigmoid(layer.weight @ np.array(x, dtype=object) + layer.bias)
            return x

    class Residual(Network):
        def __call__(self, x: Any) -> Any:
            first, last = self.layers
            hidden = [ag.tanh(ag.dot(row, x, b)) + 10.0 for row, b in zip(first.weight, first.bias, strict=True)]
            return [ag.dot(hidden, row, b) for row, b in zip(last.weight, last.bias, strict=True)]

    net, x = essay()
    drawn = draw_network(Matrices(*net.layers), x).network.layers
    assert [n.activation for n in drawn[1].neurons] == pytest.approx([0.978, 0.322, 0.315, 0.201])
    assert [round(n.activation or 0, 3) for n in drawn[2].neurons] == [0.547, 0.101]
    hidden = draw_network(Residual(*net.layers), x).network.layers[1].neurons
    assert all(9 < (n.activation or 0) < 11 for n in hidden)


def test_activations_of_layer_used_twice() -> None:
    net = network(3, 3)
    net.layers *= 2
    x = [1.0, -1.0, 0.5]
    first, second = ([n.activation for n in layer.neurons] for layer in draw_network(net, x).network.layers[1:])
    assert first == [a.data for a in Network(net.layers[0])(x)]
    assert second == [a.data for a in net(x)]


def test_unknown_activation_is_none() -> None:
    class Opaque(Network):
        def __call__(self, x: Any) -> Any:
            return [a.data for a in super().__call__(x)]

    layers = draw_network(Opaque(*network(2, 3, 1).layers), [1.0, 2.0]).network.layers
    assert [n.activation for n in layers[1].neurons] == [None] * 3
    assert layers[2].neurons[0].activation is not None


def test_discs_without_example() -> None:
    seen = page(draw_network(network(2, 3, 1)).svg())
    assert [inside(disc, seen) for disc in seen.discs] == [[f"a¹{i}"] for i in "₁₂"] + [[f"a²{i}"] for i in "₁₂₃"] + [
        ["a³₁"]
    ]
    assert not any("activation" in text for text in texts(seen, "legend"))


def test_inputs_with_labels() -> None:
    seen = page(draw_network(network(2, 1), [Value(1.0, "x[1]"), Value(2.0)]).svg())
    assert [inside(disc, seen)[0] for disc in seen.discs[:2]] == ["x₁", "a¹₂"]


def test_texts_beside_inputs_and_outputs() -> None:
    net = network(20, 3, 10)
    seen = page(draw_network(net, outputs=range(10), inputs=[f"pixel {i}" for i in range(20)]).svg())
    asides = [text for text in seen.texts if "aside" in text.classes]
    assert [text.text for text in asides] == [f"pixel {i}" for i in (0, 1, 2, 3, 16, 17, 18, 19)] + list("01236789")
    for text in asides:
        assert any(0 < abs(away(disc, text)[0]) < 90 and abs(away(disc, text)[1]) < 2 for disc in seen.discs)


def test_numbers_that_are_not_finite() -> None:
    net = network(2, 3, 1, activation=ag.relu)
    for (i, j), x in {(0, 0): math.nan, (1, 0): math.inf, (2, 0): -math.inf}.items():
        net.layers[0].weight[i, j].data = x
    drawing = draw_network(net, [1.0, 1.0])
    seen = page(drawing.svg())
    assert {frozenset(line.classes) for line in seen.lines_of("w²₁,₁", "w²₂,₁", "w²₃,₁")} == {frozenset({"odd"})}
    assert {"NaN", "∞", "−∞", "w not finite"} <= set(texts(seen))
    weights = [c.weight.value for c in drawing.network.connections]
    assert drawing.network.largest_weight == max(abs(w) for w in weights if math.isfinite(w))
    assert [text for text in ("inf", "nan") if f'="{text}' in drawing.svg()] == []
    assert "odd" in seen.discs[2].classes


def test_zero_weights_and_dead_neurons() -> None:
    net = network(2, 3, 1, activation=ag.relu)
    for layer in net.layers:
        for p in (*layer.weight.ravel(), *layer.bias):
            p.data = 0.0
    seen = page(draw_network(net, [1.0, -1.0]).svg())
    assert {frozenset(line.classes) for line in seen.lines} == {frozenset({"zero"})}
    assert [sorted(disc.classes)[0] for disc in seen.discs[:6]] == ["positive", "negative", *["zero"] * 4]
    assert "w = 0" in texts(seen)
    assert not any(text.startswith("widest") for text in texts(seen))


def test_darkest_disc_has_largest_activation() -> None:
    net = network(3, 1)
    svg = draw_network(net, [10.0, -40.0, 0.0]).svg()
    opacities = re.findall(r'<circle class="(\w+)"[^>]*?(?: fill-opacity="([\d.]+)")?><title>a¹', svg)
    assert [(kind, opacity) for kind, opacity in opacities] == [
        ("positive", "0.16"),
        ("negative", "0.45"),
        ("zero", ""),
    ]


def test_wide_layer_is_shortened() -> None:
    net = network(784, 16, 16, 10)
    drawing = draw_network(net)
    layers = drawing.network.layers
    assert [len(layer.neurons) for layer in layers] == [8, 8, 8, 8]
    assert [n.index for n in layers[0].neurons] == [0, 1, 2, 3, 780, 781, 782, 783]
    seen = page(drawing.svg())
    assert [text for text in texts(seen) if text.endswith(" more")] == ["776 more", "8 more", "8 more", "2 more"]
    assert texts(seen).count("784 neurons") == 1
    assert sum("dot" in disc.classes for disc in seen.discs) == 12
    assert drawing.network.note == "8 of 784, 8 of 16, 8 of 16 and 8 of 10 neurons, and 192 of 12,960 weights"
    assert repr(drawing) == "<drawing of network 784-16-16-10: 826 neurons, 12,960 weights>"


@pytest.mark.parametrize("seed", range(20))
def test_drawn_and_omitted_neurons_add_up(seed: int) -> None:
    draw = random.Random(seed)
    net = network(*(draw.randint(1, 30) for _ in range(draw.randint(2, 4))))
    most = draw.randint(2, 12)
    layer = draw.randrange(len(net.layers))
    weight = net.layers[layer].weight
    i, j = (draw.randrange(size) for size in weight.shape)
    network_drawn = draw_network(net, wrt=weight[i, j], max_shown=most).network
    for column in network_drawn.layers:
        indices = [n.index for n in column.neurons]
        assert indices == sorted(set(indices))
        assert len(indices) == min(column.size, most)
        assert len(indices) + sum(count for _, count in column.left_out) == column.size
    assert i in [n.index for n in network_drawn.layers[layer + 1].neurons]
    assert j in [n.index for n in network_drawn.layers[layer].neurons]
    assert [c.weight for c in network_drawn.connections if c.weight.lit] == [network_drawn.wrt]


def test_neurons_of_highlighted_weight_are_drawn() -> None:
    net = network(784, 16, 10)
    drawing = draw_network(net, wrt=net.layers[0].weight[7, 300], max_shown=2)
    assert [[n.index for n in layer.neurons] for layer in drawing.network.layers] == [[0, 300], [0, 7], [0, 9]]
    assert [text for text in texts(page(drawing.svg())) if text.endswith(" more")] == [
        *("299 more", "483 more"),
        *("6 more", "8 more"),
        "8 more",
    ]
    bias = draw_network(net, wrt=net.layers[0].bias[9]).network.layers[1]
    assert 9 in [n.index for n in bias.neurons]


def test_svg_of_large_network_is_small() -> None:
    net = network(784, 16, 16, 10)
    x = [math.sin(i) for i in range(784)]
    C = cost(net(x), [0.0] * 10)
    for show in ("weights", "gradients"):
        drawing = draw_network(net, x, cost=C, wrt=net.layers[0].weight[3, 500], show=show, outputs=range(10))  # type: ignore[arg-type]
        assert len(drawing.svg().encode()) < 60_000


def test_long_names_are_shortened() -> None:
    weight = [[Value(1.5, "the weight from the only input to the only output")]]
    net = Network(Layer(weight, [Value(-0.25, "the bias of the only neuron behind it")]))
    seen = page(draw_network(net, wrt=net.layers[0].weight[0, 0]).svg())
    cut = [text.partition("…") for text in texts(seen, "name", "bias") if " = " in text]
    assert [end for *_, end in cut] == [" = 1.5", " = −0.25"]
    assert [start[:8] for start, *_ in cut] == ["the weig", "the bias"]
    assert "the weight from the only input to the only output = 1.5" in {line.text for line in seen.lines}
