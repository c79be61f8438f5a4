"""The names of the micrograd lecture: `Neuron`, `Layer`, `MLP` and `draw_dot`, beside `autograd.Value`.

A network of this module is the lecture's own code: tanh neurons that add products one by one, weights that Python's
`random` draws. So ``random.seed`` gives the numbers that the lecture's code gives. `nn.MLP` is the faster network, with
one node for each activation sum; docs/from-micrograd.md lists the differences.

>>> import random
>>> from autograd import Value
>>> from nn.micrograd import MLP
>>> random.seed(1)
>>> n = MLP(3, [4, 4, 1])
>>> n
MLP(3 → 4 → 4 → 1, tanh, 41 parameters)
>>> xs, ys = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]], [1.0, -1.0, -1.0, 1.0]
>>> for k in range(20):
...     ypred = [n(x) for x in xs]
...     loss = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred))
...     n.zero_grad()
...     loss.backward()
...     for p in n.parameters():
...         p.data += -0.1 * p.grad
>>> loss.data < 0.1
True
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Literal

import autograd as ag
from nn import activations
from nn._values import named_values, whole
from nn.activations import Activation
from nn.modules import Module

__all__ = ["MLP", "Layer", "Neuron", "draw_dot"]

# Graphviz's names of the directions in which edges point, and those of `autograd.draw`.
_DIRECTIONS: dict[str, Literal["right", "up"]] = {"LR": "right", "BT": "up"}


class Neuron(Module):
    """A neuron of the lecture: tanh(w₁x₁ + w₂x₂ + … + b), with a node for each product and each sum.

    Args:
        nin: The number of inputs.
        activation: An operation of one operand or its name; None or "linear" for no activation function.

    Attributes:
        w: The weights, a list of Values, drawn uniformly between −1 and 1.
        b: The bias, drawn likewise.

    >>> neuron = Neuron(2)
    >>> len(neuron.w), len(neuron.parameters()), neuron([2.0, 3.0]).op
    (2, 3, <operation tanh>)
    """

    def __init__(self, nin: int, activation: Activation = "tanh") -> None:
        self._activation = activations.find(activation, 1)
        self.w = [ag.Value(random.uniform(-1, 1), f"w[{i + 1}]") for i in range(whole(nin, "nin"))]
        self.b = ag.Value(random.uniform(-1, 1), "b")
        self._place = ""
        self._inputs = [f"x[{i + 1}]" for i in range(nin)]

    def _rename(self, layer: int, position: int) -> None:
        """Label the parameters as those of neuron `position` of a layer, counted from 1 as in the essay."""
        self._place = f"^{layer}[{position}]"
        self._inputs = [f"a^{layer - 1}[{i + 1}]" for i in range(len(self.w))]
        self.b.label = f"b{self._place}"
        for i, weight in enumerate(self.w, 1):
            weight.label = f"w^{layer}[{position},{i}]"

    def __call__(self, x: Any) -> ag.Value:
        """Return the activation for one example of `nin` numbers or Values."""
        inputs = named_values(x, self._inputs)
        act = sum((wi * xi for wi, xi in zip(self.w, inputs, strict=True)), self.b)
        if self._activation is None:
            return act.named(f"a{self._place}")
        out: ag.Value = self._activation(act.named(f"AS{self._place}"))
        return out.named(f"a{self._place}")

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)} → 1, {activations.name(self._activation)}, {self._count()})"


class Layer(Module):
    """A layer of the lecture's neurons, on the same inputs.

    Args:
        nin: The number of inputs.
        nout: The number of neurons.
        activation: An operation of one operand or its name; None or "linear" for no activation function.

    Attributes:
        neurons: The neurons.

    >>> layer = Layer(3, 2)
    >>> layer
    Layer(3 → 2, tanh, 8 parameters)
    >>> [a.label for a in layer([1.0, 2.0, 3.0])]
    ['a^2[1]', 'a^2[2]']
    """

    def __init__(self, nin: int, nout: int, activation: Activation = "tanh") -> None:
        self.neurons = [Neuron(nin, activation) for _ in range(whole(nout, "nout"))]
        self._number(2)

    def _number(self, layer: int) -> None:
        """Label the parameters as those of layer `layer`; layer 1 is the input."""
        for position, neuron in enumerate(self.neurons, 1):
            neuron._rename(layer, position)

    def __call__(self, x: Any) -> Any:
        """Return the activations as a list; of one neuron, the activation itself."""
        outs = [neuron(x) for neuron in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)} → {len(self.neurons)}, {activations.name(first._activation)}, {self._count()})"


class MLP(Module):
    """A multilayer perceptron of the lecture.

    Args:
        nin: The number of inputs.
        nouts: The number of neurons of each layer after the input.
        activation: One for all layers, or a list with one per layer. micrograd's repository uses
            ``["relu", "relu", None]`` for two hidden layers.

    Attributes:
        layers: The layers.

    >>> n = MLP(3, [4, 4, 1])
    >>> n([2.0, 3.0, -1.0]).label, n.layers[0].neurons[0].w[0].label, len(n.parameters())
    ('a^4[1]', 'w^2[1,1]', 41)
    """

    def __init__(self, nin: int, nouts: Iterable[int], activation: Activation | Sequence[Activation] = "tanh") -> None:
        if isinstance(nouts, (str, bytes)) or not isinstance(nouts, Iterable):
            raise TypeError(f"nouts must be a list with the width of each layer, got {nouts!r:.40}; write [4, 4, 1]")
        sizes = [whole(nin, "nin"), *(whole(nout, "each of nouts") for nout in nouts)]
        if len(sizes) < 2:
            raise ValueError(
                "nouts must hold the width of at least one layer, got none; write [1] for one layer of one neuron"
            )
        per_layer = activations.for_layers(activation, len(sizes) - 1)
        self.layers = [Layer(*ends, name) for ends, name in zip(pairwise(sizes), per_layer, strict=True)]
        for number, layer in enumerate(self.layers, 2):
            layer._number(number)

    def __call__(self, x: Any) -> Any:
        """Return the outputs for one example as a list; of one output, the Value itself."""
        for layer in self.layers:
            outputs = layer(x)
            x = outputs if isinstance(outputs, list) else [outputs]
        return outputs

    def __repr__(self) -> str:
        sizes = [len(self.layers[0].neurons[0].w), *(len(layer.neurons) for layer in self.layers)]
        names = [activations.name(layer.neurons[0]._activation) for layer in self.layers]
        shown = names[0] if len(set(names)) == 1 else " → ".join(names)
        return f"MLP({' → '.join(map(str, sizes))}, {shown}, {self._count()})"


def draw_dot(root: ag.Value, rankdir: str = "LR") -> Any:
    """Draw a graph as the lecture does: the label, the data and the grad of each node.

    The grad is the number that `backward`, or your own hand, has left in it; `autograd.draw` computes the derivatives
    and shows the partial on each edge.

    Args:
        root: The last node of the graph.
        rankdir: "LR" from left to right, or "BT" with the inputs at the bottom.

    Returns:
        The drawing, as `autograd.draw` returns it. Notebooks display it without Graphviz, its ``save`` writes a file,
        and its ``dot`` is a `graphviz.Digraph`.

    >>> a, b = ag.Value(2.0, "a"), ag.Value(-3.0, "b")
    >>> e = (a * b).named("e")
    >>> e.grad = 1.0
    >>> draw_dot(e).picture.nodes[-1].slope
    1.0
    """
    if rankdir not in _DIRECTIONS:
        raise ValueError(f'rankdir must be "LR" or "BT", got {rankdir!r:.20}; ag.draw has more options')
    return ag.draw(root, direction=_DIRECTIONS[rankdir], show="grad", edges="none", constants="nodes")
