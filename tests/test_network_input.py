"""Networks to draw: what may be given, what is refused, and that every text is harmless."""

from __future__ import annotations

import math
import re
from importlib.util import find_spec
from itertools import combinations, product
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from drawn import HOSTILE, SVG
from networks import Layer, Network, Silent, network, page

import autograd as ag
from autograd import Value
from autograd.drawing import draw_network

TAGS = {"svg", "title", "desc", "style", "g", "rect", "circle", "path", "text"}


@pytest.mark.parametrize("label", HOSTILE)
def test_no_text_breaks_out_of_a_drawn_network(label: str) -> None:
    layer = Layer([[Value(1.0, label), Value(-1.0, label)]], [Value(0.5, label)], SimpleNamespace(name=label))
    net = Silent(layer)
    C = ag.total([*layer.weight[0], layer.bias[0]]).named(label)
    for theme, wrt in product(("auto", "olah"), (layer.weight[0, 1], layer.bias[0])):
        drawing = draw_network(
            net,
            wrt=wrt,
            cost=C,
            inputs=[label, label],
            outputs=[label],
            theme=theme,  # type: ignore[arg-type]
        )
        root = ElementTree.fromstring(drawing.svg().encode())
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= TAGS
        seen = page(drawing.svg())
        assert len(seen.discs) == 3
        assert len(seen.lines_of(*{line.text.partition(" = ")[0] for line in seen.lines if line.text})) == 2
        assert len(drawing.svg()) < 20_000
        for one, other in combinations(seen.texts, 2):
            assert not one.box.overlaps(other.box), (one.text, other.text)


@pytest.mark.skipif(not find_spec("pygraphviz"), reason="reads DOT with pygraphviz: pip install pygraphviz")
@pytest.mark.parametrize("label", HOSTILE)
def test_no_text_breaks_out_of_the_dot_of_a_network(label: str) -> None:
    import pygraphviz

    layer = Layer([[Value(1.0, label)]], [Value(0.5, label)], SimpleNamespace(name=label))
    source = draw_network(Silent(layer), inputs=[label], outputs=[label], wrt=layer.bias[0]).dot.source
    plain = draw_network(
        Silent(Layer([[Value(1.0, "w")]], [Value(0.5, "b")], SimpleNamespace(name="f"))), inputs="x", outputs="y"
    )
    graph = pygraphviz.AGraph(string=source)
    nodes = {node for node in graph.nodes() if re.fullmatch(r"n\d+|o", node)}
    assert set(graph.nodes()) == nodes
    assert graph.number_of_edges() == pygraphviz.AGraph(string=plain.dot.source).number_of_edges()


def test_layers_of_numbers_without_biases() -> None:
    hidden = SimpleNamespace(weight=[[1.0, -1.0], [0.5, 2.0]], bias=[0.0, 1.0], activation="tanh")
    output = SimpleNamespace(weight=np.array([[1.0, 1.0], [0.0, 2.0]]), activation="softmax")
    drawing = draw_network(SimpleNamespace(layers=(hidden, output)), [1.0, 2.0])
    first, second = math.tanh(-1.0), math.tanh(5.5)
    drawn = [n.activation for layer in drawing.network.layers[1:] for n in layer.neurons]
    softmax = ag.softmax([first + second, 2 * second])
    assert drawn == pytest.approx([first, second, *softmax])
    assert [layer.activation for layer in drawing.network.layers] == ["", "tanh", "softmax"]
    assert [n.bias for n in drawing.network.layers[2].neurons] == [None, None]
    assert [c.weight.name for c in drawing.network.connections[-2:]] == ["w³₂,₁", "w³₂,₂"]
    linear = SimpleNamespace(weight=[[2.0]], bias=None, activation=None)
    column = draw_network(SimpleNamespace(layers=[linear]), [3.0]).network.layers[1]
    assert (column.activation, column.neurons[0].activation) == ("linear", 6.0)


def test_activation_names() -> None:
    def swish(z: Any) -> Any:
        return z * ag.sigmoid(z)

    class Own:
        def __call__(self, z: Any) -> Any:
            return z

    for activation, written in ((ag.relu, "relu"), ("elu", "elu"), (swish, "swish"), (Own(), "Own"), (None, "linear")):
        net = Silent(Layer([[1.0]], [0.0], activation))
        assert draw_network(net, [2.0]).network.layers[1].activation == written


@pytest.mark.parametrize(
    ("net", "error", "complaint"),
    [
        (3.0, TypeError, r"net must be an object with a list \.layers, .*, got float"),
        (Silent(), TypeError, r"got Silent with layers=\[\]"),
        (SimpleNamespace(layers=7), TypeError, "got SimpleNamespace with layers=7"),
        (Silent(SimpleNamespace()), TypeError, r"layer 2 of net must have a \.weight, got SimpleNamespace"),
        (
            Silent(Layer([1.0, 2.0], [0.0])),
            ValueError,
            r"the weight of layer 2 must be an array of shape \(neurons, inputs\), got shape \(2,\)",
        ),
        (Silent(SimpleNamespace(weight=[[1.0], [1.0, 2.0]])), ValueError, r"the weight of layer 2 .*got"),
        (Silent(SimpleNamespace(weight=np.zeros((2, 0)))), ValueError, r"got shape \(2, 0\)"),
        (Silent(Layer([["a"]], [0.0])), TypeError, "the weight of layer 2 must contain Values or numbers: .*'a'"),
        (
            Silent(Layer([[1.0]], [0.0, 1.0])),
            ValueError,
            r"the bias of layer 2 must be of shape \(1,\), got shape \(2,\)",
        ),
        (
            Silent(Layer([[1.0]], [[0.0]])),
            ValueError,
            r"the bias of layer 2 must be an array of shape \(neurons,\), got shape \(1, 1\)",
        ),
        (
            Silent(Layer([[1.0]] * 4, [0.0] * 4), Layer([[1.0] * 5], [0.0])),
            ValueError,
            r"layer 3 must be of shape \(1, 4\), because layer 2 has 4 neurons, got shape \(1, 5\)",
        ),
    ],
)
def test_invalid_network_is_refused(net: Any, error: type[Exception], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        draw_network(net)


@pytest.mark.parametrize(
    ("arguments", "error", "complaint"),
    [
        ({"x": [1.0]}, ValueError, "x must be one example of 2 numbers, got 1 number"),
        ({"x": np.zeros((5, 2))}, ValueError, r"x must be one example of 2 numbers, got an array of shape \(5, 2\)"),
        ({"x": ["1", "2"]}, TypeError, "x must contain Values or numbers"),
        ({"wrt": 0.5}, TypeError, r"wrt must be a Value or None, got float 0\.5"),
        ({"cost": 0.5}, TypeError, r"cost must be a Value or None, got float 0\.5"),
        (
            {"wrt": Value(1.0, "w")},
            ValueError,
            r"wrt must be a weight or a bias of the network, .*, got Value\(1\.0, 'w'\)",
        ),
        (
            {"cost": Value(1.0, "C")},
            ValueError,
            r"cost must depend on a weight or a bias of the network, got Value\(1\.0, 'C'\)",
        ),
        ({"show": "values"}, ValueError, "show must be one of 'weights', 'gradients', got 'values'"),
        ({"numbers": "some"}, ValueError, "numbers must be one of 'auto', 'all', 'neurons', 'none', got 'some'"),
        ({"theme": "neon"}, ValueError, "theme must be one of 'auto', 'light', 'dark', 'print', 'olah', got 'neon'"),
        ({"max_shown": 1}, ValueError, "max_shown must be at least 2, the first and the last neuron of a layer, got 1"),
        ({"max_shown": True}, ValueError, "max_shown must be at least 2"),
        ({"max_shown": 8.0}, TypeError, r"max_shown must be an integer, got 8\.0"),
        ({"inputs": ["a"]}, ValueError, "inputs must have 2 texts, one for each neuron of the layer, got 1"),
        ({"outputs": "abc"}, ValueError, "outputs must have 1 text, one for each neuron of the layer, got 3"),
    ],
)
def test_invalid_argument_is_refused(arguments: dict[str, Any], error: type[Exception], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        draw_network(network(2, 3, 1), **arguments)


def test_wrong_number_of_outputs_is_refused() -> None:
    class Wrong(Network):
        def __call__(self, x: Any) -> Any:
            return [*super().__call__(x), 1.0]

    with pytest.raises(
        ValueError, match=r"net\(x\) must return 1 number, one for each neuron of the last layer, got 2"
    ):
        draw_network(Wrong(*network(2, 1).layers), [1.0, 2.0])


def test_outputs_of_different_lengths_are_refused() -> None:
    class Ragged(Network):
        def __call__(self, x: Any) -> Any:
            return [[1.0], [1.0, 2.0]]

    with pytest.raises(TypeError, match=r"net\(x\) must contain Values or numbers: .*list"):
        draw_network(Ragged(*network(2, 2).layers), [1.0, 2.0])


def test_network_may_return_a_number() -> None:
    class Single(Network):
        def __call__(self, x: Any) -> Any:
            return super().__call__(x)[0]

    assert draw_network(Single(*network(2, 1).layers), [1.0, 2.0]).network.layers[1].neurons[0].activation is not None


def test_public_name() -> None:
    assert ag.draw_network is draw_network
