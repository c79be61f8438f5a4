"""Neurons, layers and multilayer perceptrons, with the essay's names.

Layer 1 is the input.  For neuron m of layer l, ``w^l[m,p]`` is the weight from neuron p of the layer before, ``b^l[m]``
the bias, ``AS^l[m]`` the activation sum and ``a^l[m]`` the activation: AS = w₁a₁ + w₂a₂ + … + b and a = S(AS).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autograd as ag
from nn import activations, initializers
from nn._values import (
    Floats,
    Objects,
    examples,
    generator,
    is_matrix,
    named_values,
    numbers,
    objects,
    stack_rows,
    whole,
)
from nn.activations import Activation
from nn.initializers import Initializer
from nn.modules import Module

Seed = int | np.random.Generator | None


class Neuron(Module):
    """A neuron with the activation S(w₁x₁ + w₂x₂ + … + b).

    Args:
        fan_in: The number of inputs.
        activation: An operation of one operand or its name; None or "linear" for no activation function.
        init: An initializer or its name, see :mod:`nn.initializers`; by default it depends on the activation.
        seed: The seed of the weights.

    Attributes:
        weight: The weights, an object array of shape (fan_in,).
        bias: The bias, 0 at first.
        activation: The operation; None for linear.

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
        """Return the activation for one example of `fan_in` numbers or Values; one per example for a matrix."""
        if is_matrix(x):
            return objects(self(example) for example in x)
        inputs = named_values(x, self._inputs)
        return activations.respond([self.weight.tolist()], inputs, [self.bias], self.activation, [self._place])[0]

    def __repr__(self) -> str:
        return f"Neuron({len(self.weight)} → 1, {activations.name(self.activation)}, {self._count()})"


class Layer(Module):
    """A layer of neurons with the same inputs: L = S(W x + B).

    Each sum W x + B is one node and is rounded once.  Written as ``ag.sigmoid(layer.weight @ x + layer.bias)``, it has
    one node per term, and each is rounded.  For n inputs, the two differ by at most n + 1 roundings of Σ|w·x|.

    Args:
        fan_in: The number of inputs.
        width: The number of neurons.
        activation: An operation of one operand or its name, or "softmax"; None or "linear" for no activation function.
        init: An initializer or its name, see :mod:`nn.initializers`; by default it depends on the activation.
        seed: The seed of the weights.
        number: The number of the layer in the labels of its nodes; the first layer after the input is layer 2.

    Attributes:
        weight: W, an object array of shape (width, fan_in).
        bias: B, an object array of shape (width,), 0 at first.
        activation: The operation; None for linear.
        number: The number of the layer in the labels of its nodes.

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
        # Pickles of older networks have these names too.
        self._places = [f"^{number}[{i + 1}]" for i in range(width)]
        self._inputs = [f"a^{number - 1}[{j + 1}]" for j in range(fan_in)]

    def __call__(self, x: Any) -> Objects:
        """Return the activations (width,) for one example of `fan_in` numbers, (examples, width) for a matrix."""
        if is_matrix(x):
            return stack_rows([self(example) for example in x], len(self.weight))
        inputs = named_values(x, self._inputs)
        return objects(
            activations.respond(self.weight.tolist(), inputs, self.bias.tolist(), self.activation, self._places)
        )

    def predict(self, X: Any) -> Floats:
        """Return S(X Wᵀ + B) on matrices of floats; sums may differ from recorded ones in the last bits."""
        inputs = examples(X)
        if inputs.shape[-1] != len(self._inputs):
            raise ValueError(f"X must have {len(self._inputs)} inputs per example for {self!r}, got {inputs.shape[-1]}")
        with np.errstate(over="ignore", invalid="ignore"):  # infinities and NaN are numbers, as in the engine
            sums = inputs @ numbers(self.weight).T + numbers(self.bias)
        if self.activation is activations.SOFTMAX:  # an operation on one vector, not elementwise
            return np.array([ag.softmax(row) for row in np.atleast_2d(sums).tolist()]).reshape(sums.shape)
        return sums if self.activation is None else np.asarray(self.activation(sums), dtype=float)

    @property
    def neurons(self) -> list[Neuron]:
        """The single neurons, which share the weights and biases of the layer.

        >>> layer = Layer(3, 2)
        >>> layer.neurons[1].bias is layer.bias[1]
        True
        """
        if self.activation is activations.SOFTMAX:
            raise ValueError(
                "activation must apply to single neurons, got softmax; use layer.weight[i] and layer.bias[i]"
            )
        return [self._neuron(i) for i in range(len(self.weight))]

    def _neuron(self, i: int) -> Neuron:
        """Return neuron `i` on the parameters of the layer, so without a call of ``Neuron.__init__``."""
        neuron = Neuron.__new__(Neuron)
        neuron.activation, neuron.weight, neuron.bias = self.activation, self.weight[i], self.bias[i]
        neuron._place, neuron._inputs = self._places[i], self._inputs
        return neuron

    def __repr__(self) -> str:
        width, fan_in = self.weight.shape
        return f"Layer({fan_in} → {width}, {activations.name(self.activation)}, {self._count()})"


class MLP(Module):
    """A multilayer perceptron: a sequence of fully connected layers.

    Args:
        inputs: The number of inputs.
        widths: The number of neurons of each layer after the input.
        activation: One for all layers, or a list with one per layer; see `Layer`.
        init: An initializer or its name, see :mod:`nn.initializers`; by default it depends on each activation.
        seed: The seed of the weights.

    Attributes:
        layers: The layers after the input, so that ``layers[0]`` is layer 2.

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
            # MLP(2, 4, 1) is a common slip for MLP(2, [4, 1]).
            arguments = [widths, activation] if isinstance(activation, int) else [widths]
            got = ", ".join(map(str, arguments))
            raise TypeError(f"widths must be a list with the width of each layer, got {got}; write [{got}]")
        if isinstance(widths, (str, bytes, dict, set, frozenset)) or not isinstance(widths, Iterable):
            raise TypeError(f"widths must be a list with the width of each layer, got {widths!r:.40}; write [8, 2]")
        sizes = [whole(inputs, "inputs"), *(whole(width, "each of widths") for width in widths)]
        if len(sizes) < 2:
            raise ValueError(
                "widths must hold the width of at least one layer, got none; write [2] for one layer of 2 neurons"
            )
        per_layer = activations.for_layers(activation, len(sizes) - 1)
        rng = generator(seed)  # shared: with a seed per layer, equal layers would have equal weights
        self.layers = [
            Layer(fan_in, width, name, init=init, seed=rng, number=number)
            for number, ((fan_in, width), name) in enumerate(zip(pairwise(sizes), per_layer, strict=True), 2)
        ]

    def __call__(self, x: Any) -> Objects:
        """Return the outputs (out,) for one example of numbers or Values, (examples, out) for a matrix."""
        if is_matrix(x):
            return stack_rows([self(example) for example in x], self.sizes[-1])
        inputs: Any = x
        for layer in self.layers:
            inputs = outputs = layer(inputs)
        return outputs

    def predict(self, X: Any) -> Floats:
        """Return the outputs as numbers, layer by layer on matrices of floats, like `Layer.predict`."""
        inputs: Any = X
        for layer in self.layers:
            inputs = outputs = layer.predict(inputs)
        return outputs

    @property
    def sizes(self) -> list[int]:
        """The number of neurons in each layer, including the input."""
        return [self.layers[0].weight.shape[1], *(len(layer.weight) for layer in self.layers)]

    def description(self) -> dict[str, Any]:
        """Return the sizes and the names of the activations; see `Module.description`."""
        return {**super().description(), "sizes": self.sizes, "activations": self._activations()}

    def _activations(self) -> list[str]:
        return [activations.name(layer.activation) for layer in self.layers]

    def __repr__(self) -> str:
        names = self._activations()
        shown = names[0] if len(set(names)) == 1 else " → ".join(names)
        return f"{type(self).__name__}({' → '.join(map(str, self.sizes))}, {shown}, {self._count()})"


def _drawn(fan_in: Any, width: Any, activation: ag.Op | None, init: str | Initializer | None, seed: Seed) -> Floats:
    """Return the initial weights of a layer, of shape (width, fan_in)."""
    initializer = initializers.find(init, activations.name(activation))
    return initializers.draw(initializer, whole(fan_in, "fan_in"), whole(width, "width"), generator(seed))
