"""Drawings of neural networks: neurons in columns, weights as lines, one derivative highlighted."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, get_args

from autograd.drawing.base import Drawing, check
from autograd.drawing.network.connections import Show
from autograd.drawing.network.diagram import Diagram, Numbers
from autograd.drawing.network.reading import Reader
from autograd.drawing.shapes import Scene
from autograd.drawing.themes import THEMES, Theme, ThemeName
from autograd.value import Value


class NetworkDrawing(Drawing):
    """The drawing of a network, as returned by `draw_network`.

    Attributes:
        network: its layers, neurons and weights, as plain data.
        diagram: the network, typeset and laid out.
    """

    def __init__(self, diagram: Diagram, theme: Theme) -> None:
        self.network = diagram.network
        self.diagram = diagram
        self._shapes = diagram.scene(theme)

    @property
    def _scene(self) -> Scene:
        return self._shapes

    def describe(self) -> str:
        """Return the network in words, a line for each drawn neuron."""
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

    The width of a line displays the magnitude of its weight; its colour and its dashes display the sign. Layers are
    counted as in the textbooks: layer 1 is the input. A parameter without a label is named w³₁,₂ for the weight to
    neuron 1 of layer 3 from neuron 2 of layer 2, and b³₁ for the bias of that neuron; its activation is a³₁.

    Args:
        net: any object with a list of ``layers``, each with a ``weight`` of shape (neurons, inputs), a ``bias`` of
            shape (neurons,) or None, both of Values, and an ``activation``, a function or its name.
        x: one example, with a number for each input: ``net(x)`` is called, and its activations are written in.
        wrt: a weight or bias of `net` to highlight, with its name, its value and the derivative with respect to it.
        cost: a function of the network's outputs to differentiate; no `grad` is read or changed. Without it, the
            derivatives are those that `backward` has left in `grad`, unless all of them are 0.
        show: "weights" to display weights and biases, "gradients" to display the derivatives of the cost with respect
            to them.
        numbers: "auto" for names, activations and biases, and for numbers on the lines between small layers; "all"
            for numbers on all lines; "neurons" for numbers on no line; "none" for discs and lines only.
        max_shown: the largest number of drawn neurons of a layer, at least 2. Of a larger layer, neurons from its start
            and its end are drawn, and those of `wrt`.
        inputs: texts beside the inputs.
        outputs: texts beside the outputs, for instance the names of classes.
        theme: "auto" follows the reader's preference for light or dark pages; "light", "dark"; "print" for paper
            without colours; "olah" as in `draw`.

    Returns:
        The drawing, an `autograd.drawing.NetworkDrawing`, which notebooks display and its `save` writes to a file.

    Raises:
        TypeError: `net` is not such an object, or an argument or an element is neither a Value nor a number.
        ValueError: shapes do not match, `wrt` is not a parameter of `net`, `cost` does not depend on its parameters or
            not on `wrt`, a Value was changed after `cost` was computed from it, derivatives were requested without any,
            numbers do not fit on the lines, or an argument is not one of its choices.

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
    for argument, value in (("wrt", wrt), ("cost", cost)):
        if not isinstance(value, (Value, type(None))):
            raise TypeError(f"{argument} must be a Value or None, got {type(value).__name__} {value!r:.40}")
    check("show", show, get_args(Show))
    check("numbers", numbers, get_args(Numbers))
    check("theme", theme, get_args(ThemeName))
    reader = Reader(net, x, wrt, cost, _at_least_two(max_shown))
    if show == "gradients" and reader.slopes is None:
        raise ValueError(
            'show must be "weights" while every grad is 0, got "gradients"; pass cost=, or call backward() on the cost'
        )
    return NetworkDrawing(Diagram(reader.network(inputs, outputs), show, numbers), THEMES[theme])


def _at_least_two(max_shown: Any) -> int:
    try:
        count = operator.index(max_shown)
    except TypeError:
        raise TypeError(f"max_shown must be an integer, got {max_shown!r:.40}") from None
    if isinstance(max_shown, bool) or count < 2:
        raise ValueError(f"max_shown must be at least 2, the first and the last neuron of a layer, got {max_shown!r}")
    return count
