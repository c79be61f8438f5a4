"""Drawing a neural network: neurons in columns, weights as lines, one derivative singled out."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, get_args

from autograd.drawing.drawing import Drawing, check
from autograd.drawing.network.connections import Show
from autograd.drawing.network.diagram import Diagram, Numbers
from autograd.drawing.network.reading import Reader
from autograd.drawing.shapes import Scene
from autograd.drawing.themes import THEMES, Theme, ThemeName
from autograd.engine import Value


class NetworkDrawing(Drawing):
    """A drawn network: what `draw_network` returns.

    Attributes:
        network: what is in it: layers, neurons and weights, as plain data.
        diagram: the same set in type and placed.
    """

    def __init__(self, diagram: Diagram, theme: Theme) -> None:
        self.network = diagram.network
        self.diagram = diagram
        self._shapes = diagram.scene(theme)

    @property
    def _scene(self) -> Scene:
        return self._shapes

    def describe(self) -> str:
        """The network in words, a line for each neuron that is drawn."""
        return self.network.describe()

    def __repr__(self) -> str:
        neurons = sum(layer.size for layer in self.network.layers)
        return f"<drawing of {self.network.title}: {neurons:,} neurons, {self.network.weights:,} weights>"


def draw_network(
    net: Any,
    x: Any = None,
    *,
    wrt: Value | None = None,
    cost: Value | None = None,
    show: Show = "weights",
    numbers: Numbers = "auto",
    max_shown: int = 8,
    inputs: Iterable[Any] | None = None,
    outputs: Iterable[Any] | None = None,
    theme: ThemeName = "auto",
) -> NetworkDrawing:
    """Draw a neural network: neurons in columns, activations and biases written in, a line for each weight.

    The broader a line, the larger the weight; its sign is in its colour and in its dashes.  Layers are counted as in
    the textbooks, layer 1 is the input; names are those of the Values, or else w³₁,₂ for the weight to neuron 1 of
    layer 3 from neuron 2 of layer 2, b³₁ for its bias and a³₁ for its activation.

    Args:
        net: any object with a list of ``layers``, one behind the other, each with a ``weight`` of shape (neurons,
            inputs), a ``bias`` of shape (neurons,) or None, both of Values, and an ``activation``, a function or its
            name.
        x: one example, as many numbers as there are inputs: ``net(x)`` is called, and its activations are written in.
        wrt: a weight or bias of `net` to single out, with its name, its value and the derivative by it.
        cost: what was computed from the network's outputs, to be differentiated; no `grad` is read or changed.  Without
            it, derivatives are those that `backward` has left in `grad`, if they are not all 0.
        show: what the lines and what is under the neurons is: "weights", and biases; or "gradients", the derivatives
            of the cost by them.
        numbers: "auto", names, activations and biases, and numbers on the lines between two layers where they are few;
            "all", on all lines; "neurons", on no line; "none", only discs and lines.
        max_shown: the most neurons of a layer to draw, at least 2; of a larger one the first and the last are, and the
            neurons that `wrt` joins.
        inputs: texts to write beside the inputs.
        outputs: texts to write beside the outputs, for instance what they classify.
        theme: "auto" follows the reader's light or dark page; "light", "dark", "print" for paper without colours,
            "olah" as in `draw`.

    Raises:
        TypeError: `net` is no such object, or something is not a Value or a number that has to be one.
        ValueError: layers do not fit together, `x` does not fit the network, `wrt` is not in it, `cost` does not depend
            on it or on `wrt`, a Value was changed after `cost` was computed from it, derivatives are asked for and
            there are none, numbers do not fit, or an argument is not one of its choices.

    >>> from types import SimpleNamespace
    >>> from autograd import values
    >>> layer = SimpleNamespace(weight=values([[1.5, -2.0]]), bias=values([0.5]), activation="sigmoid")
    >>> drawing = draw_network(SimpleNamespace(layers=[layer]), [1.0, 1.0], wrt=layer.weight[0, 1])
    >>> drawing
    <drawing of network 2-1: 3 neurons, 2 weights>
    >>> print(drawing.describe())
    network 2-1
    w²₁,₂ = −2
    layer 1: input, 2 neurons
    a¹₁ = 1
    a¹₂ = 1
    layer 2: output, 1 neuron, sigmoid
    a²₁ = 0.5; b²₁ = 0.5; weights 1.5, −2
    """
    for value in (wrt, cost):
        if not isinstance(value, (Value, type(None))):
            raise TypeError(f"wrt and cost are Values, got {type(value).__name__} {value!r:.40}")
    check("show", show, get_args(Show))
    check("numbers", numbers, get_args(Numbers))
    check("theme", theme, get_args(ThemeName))
    reader = Reader(net, x, wrt, cost, _at_least_two(max_shown))
    if show == "gradients" and reader.slopes is None:
        raise ValueError(
            'show="gradients" needs derivatives, and every grad is 0: pass cost=, or call backward() on the cost first'
        )
    return NetworkDrawing(Diagram(reader.network(inputs, outputs), show, numbers), THEMES[theme])


def _at_least_two(max_shown: Any) -> int:
    try:
        count = operator.index(max_shown)
    except TypeError:
        raise TypeError(f"max_shown is a whole number of neurons, got {max_shown!r:.40}") from None
    if isinstance(max_shown, bool) or count < 2:
        raise ValueError(f"max_shown is at least 2, the first and the last neuron of a layer; got {max_shown!r}")
    return count
