"""Neurons, layers of them, and networks of layers, named as in the essay.

Layer 1 is the input.  Of neuron m in layer l, ``w^l[m,p]`` is the weight to neuron p of the layer before, ``b^l[m]``
the bias, ``AS^l[m]`` the activation sum, one node, and ``a^l[m]`` the activation: a = S(AS), AS = w₁a₁ + w₂a₂ + … + b.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autograd as ag
from nn import activations, initializers
from nn._values import Floats, Objects, examples, generator, is_matrix, named_values, numbers, objects, rows, whole
from nn.activations import Activation
from nn.initializers import Initializer
from nn.modules import Module

Seed = int | np.random.Generator | None


class Neuron(Module):
    """One neuron: its activation is S(w₁x₁ + w₂x₂ + … + b).

    Args:
        fan_in: number of inputs.
        activation: an operation of one operand or its name; None or "linear" for none.
        init: an initializer or its name, see :mod:`nn.initializers`; by default what suits the activation.
        seed: of the weights; the same seed gives the same weights.

    Attributes:
        weight: the weights, an object array of shape (fan_in,).
        bias: the bias, which begins as 0.
        activation: the operation, None for linear.

    >>> neuron = Neuron(2, seed=0)
    >>> neuron
    Neuron(2 → 1, sigmoid, 3 parameters)
    >>> a = neuron([0.5, -1.0])
    >>> a.label, a.operands[0].label, [w.label for w in neuron.weight]
    ('a', 'AS', ['w[1]', 'w[2]'])
    """

    def __init__(
        self,
        fan_in: int,
        activation: Activation = "sigmoid",
        *,
        init: str | Initializer | None = None,
        seed: Seed = None,
    ) -> None:
        self.activation = activations.find(activation, 1)
        weight = _drawn(fan_in, 1, self.activation, init, seed)
        self.weight: Objects = ag.values(weight[0], "w")
        self.bias = ag.Value(0.0, "b")
        self._place = ""
        self._inputs = [f"x[{j + 1}]" for j in range(fan_in)]

    def __call__(self, x: Any) -> Any:
        """The activation for one example of `fan_in` numbers or Values; (examples,) of them for a matrix."""
        if is_matrix(x):
            return objects(self(example) for example in x)
        inputs = named_values(x, self._inputs)
        return activations.respond([self.weight.tolist()], inputs, [self.bias], self.activation, [self._place])[0]

    def __repr__(self) -> str:
        return f"Neuron({len(self.weight)} → 1, {activations.name(self.activation)}, {self._count()})"


class Layer(Module):
    """A layer of neurons that all see the same inputs: L = S(W x + B).

    Each sum W x + B is one node and is rounded once.  Written out, ``ag.sigmoid(layer.weight @ x + layer.bias)``, it is
    a node for each term, rounded each time: the same number to within n + 1 roundings of Σ|w·x| for n inputs.

    Args:
        fan_in: number of inputs.
        width: number of neurons.
        activation: an operation of one operand or its name, or "softmax"; None or "linear" for none.
        init: an initializer or its name, see :mod:`nn.initializers`; by default what suits the activation.
        seed: of the weights; the same seed gives the same weights.
        number: of the layer in the names of its nodes; the first layer behind the input is layer 2.

    Attributes:
        weight: W, an object array of shape (width, fan_in).
        bias: B, an object array of shape (width,), which begins as 0.
        activation: the operation, None for linear.
        number: see above.

    >>> layer = Layer(3, 2, "tanh", seed=0, number=3)
    >>> layer
    Layer(3 → 2, tanh, 8 parameters)
    >>> [a.label for a in layer([1.0, 2.0, 3.0])], layer.weight[1, 2].label, layer.bias[0].label
    (['a^3[1]', 'a^3[2]'], 'w^3[2,3]', 'b^3[1]')
    """

    def __init__(
        self,
        fan_in: int,
        width: int,
        activation: Activation = "sigmoid",
        *,
        init: str | Initializer | None = None,
        seed: Seed = None,
        number: int = 2,
    ) -> None:
        number = whole(number, "number")
        self.activation = activations.find(activation, width)
        self.number = number
        weight = _drawn(fan_in, width, self.activation, init, seed)
        self.weight: Objects = ag.values(weight, f"w^{number}")
        self.bias: Objects = ag.values(np.zeros(width), f"b^{number}")
        self._places = [f"^{number}[{i + 1}]" for i in range(width)]
        self._inputs = [f"a^{number - 1}[{j + 1}]" for j in range(fan_in)]

    def __call__(self, x: Any) -> Objects:
        """The activations (width,) for one example of `fan_in` numbers or Values, (examples, width) for a matrix."""
        if is_matrix(x):
            return rows([self(example) for example in x], len(self.weight))
        inputs = named_values(x, self._inputs)
        return objects(
            activations.respond(self.weight.tolist(), inputs, self.bias.tolist(), self.activation, self._places)
        )

    def predict(self, X: Any) -> Floats:
        """See `Module.predict`: S(X Wᵀ + B) on matrices of floats, so that sums may differ in the last bits."""
        given = examples(X)
        if given.shape[-1] != len(self._inputs):
            raise ValueError(f"{self!r} takes {len(self._inputs)} inputs, got {given.shape[-1]}")
        with np.errstate(over="ignore", invalid="ignore"):  # as the engine: infinities and nan are numbers
            sums = given @ numbers(self.weight).T + numbers(self.bias)
        if self.activation is activations.SOFTMAX:
            return np.array([ag.softmax(row) for row in np.atleast_2d(sums).tolist()]).reshape(sums.shape)
        return sums if self.activation is None else np.asarray(self.activation(sums), dtype=float)

    @property
    def neurons(self) -> list[Neuron]:
        """The neurons one by one, on the weights and biases of the layer.

        >>> layer = Layer(3, 2)
        >>> layer.neurons[1].bias is layer.bias[1]
        True
        """
        if self.activation is activations.SOFTMAX:
            raise ValueError("the neurons of a softmax layer are not activated one by one; take layer.weight[i]")
        return [self._neuron(i) for i in range(len(self.weight))]

    def _neuron(self, i: int) -> Neuron:
        neuron = Neuron.__new__(Neuron)
        neuron.activation, neuron.weight, neuron.bias = self.activation, self.weight[i], self.bias[i]
        neuron._place, neuron._inputs = self._places[i], self._inputs
        return neuron

    def __repr__(self) -> str:
        width, fan_in = self.weight.shape
        return f"Layer({fan_in} → {width}, {activations.name(self.activation)}, {self._count()})"


class MLP(Module):
    """A multilayer perceptron: layers one behind the other, each fully connected with the one before it.

    Args:
        inputs: number of inputs.
        widths: number of neurons of each layer behind the input.
        activation: one for all layers, or a list with one for each; see `Layer`.
        init: an initializer or its name, see :mod:`nn.initializers`; by default what suits each activation.
        seed: of the weights; the same seed gives the same network.

    Attributes:
        layers: the layers behind the input, so that ``layers[0]`` is layer 2.

    >>> net = MLP(784, [16, 16, 10], seed=0)
    >>> net
    MLP(784 → 16 → 16 → 10, sigmoid, 13,002 parameters)
    >>> outputs = net([0.0] * 784)
    >>> outputs.shape, outputs[0].label, net.layers[1].weight[0, 0].label
    ((10,), 'a^4[1]', 'w^3[1,1]')
    """

    def __init__(
        self,
        inputs: int,
        widths: Iterable[int],
        activation: Activation | Sequence[Activation] = "sigmoid",
        *,
        init: str | Initializer | None = None,
        seed: Seed = None,
    ) -> None:
        if isinstance(widths, (int, np.integer)):
            more = [widths, activation] if isinstance(activation, int) else [widths]
            got = ", ".join(map(str, more))
            raise TypeError(f"widths must be a list with the width of each layer, got {got}; write [{got}]")
        if isinstance(widths, (str, bytes, dict, set, frozenset)) or not isinstance(widths, Iterable):
            raise TypeError(f"widths must be a list with the width of each layer, got {widths!r:.40}; write [8, 2]")
        sizes = [whole(inputs, "inputs"), *(whole(width, "each of widths") for width in widths)]
        if len(sizes) < 2:
            raise ValueError(
                "widths must hold the width of at least one layer, got none; write [2] for one layer of 2 neurons"
            )
        chosen = activations.for_layers(activation, len(sizes) - 1)
        rng = generator(seed)
        self.layers = [
            Layer(fan_in, width, one, init=init, seed=rng, number=number)
            for number, ((fan_in, width), one) in enumerate(zip(pairwise(sizes), chosen, strict=True), 2)
        ]

    def __call__(self, x: Any) -> Objects:
        """The outputs (out,) for one example of numbers or Values, (examples, out) for a matrix of them."""
        if is_matrix(x):
            return rows([self(example) for example in x], self.sizes[-1])
        inputs: Any = x
        for layer in self.layers:
            inputs = outputs = layer(inputs)
        return outputs

    def predict(self, X: Any) -> Floats:
        """See `Module.predict`; on matrices of floats, layer by layer, as `Layer.predict`."""
        inputs: Any = X
        for layer in self.layers:
            inputs = outputs = layer.predict(inputs)
        return outputs

    @property
    def sizes(self) -> list[int]:
        """The number of neurons of each layer, beginning with the input."""
        return [self.layers[0].weight.shape[1], *(len(layer.weight) for layer in self.layers)]

    def description(self) -> dict[str, Any]:
        """See `Module.description`: the sizes, and the activations by name."""
        return {**super().description(), "sizes": self.sizes, "activations": self._activations()}

    def _activations(self) -> list[str]:
        return [activations.name(layer.activation) for layer in self.layers]

    def __repr__(self) -> str:
        names = self._activations()
        shown = names[0] if len(set(names)) == 1 else " → ".join(names)
        return f"{type(self).__name__}({' → '.join(map(str, self.sizes))}, {shown}, {self._count()})"


def _drawn(fan_in: Any, width: Any, activation: ag.Op | None, init: str | Initializer | None, seed: Seed) -> Floats:
    """The weights of a layer at the start, (width, fan_in)."""
    initializer = initializers.find(init, activations.name(activation))
    return initializers.draw(initializer, whole(fan_in, "fan_in"), whole(width, "width"), generator(seed))
