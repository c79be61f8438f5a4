"""Readers of networks: from any object with ``layers`` to the drawn neurons and their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.derivatives import reverse, stored
from autograd.drawing.network.network import Connection, Layer, Network, Neuron, Parameter, counted, largest
from autograd.graph import check_fresh, slice_to_explain
from autograd.op import find
from autograd.symbolic.typesetting import name, visible
from autograd.value import Value, topological_order

# An array of Values.
Objects = NDArray[np.object_]
# The activation of each neuron of a layer, None if unknown.
Activations = list[float | None]


class LayerParameters(NamedTuple):
    """The parameters of a layer.

    Attributes:
        weight: W, Values of shape (neurons, inputs).
        bias: B, Values of shape (neurons,); None for a layer without biases.
        activation: the activation function or its name; None for the identity.
    """

    weight: Objects
    bias: Objects | None
    activation: Any

    @property
    def function(self) -> str:
        """The name of the activation function."""
        if self.activation is None:
            return "linear"
        f = self.activation
        names = (f, getattr(f, "name", None), getattr(f, "__name__", None))
        return visible(next((text for text in names if isinstance(text, str)), type(f).__name__))

    @property
    def parameters(self) -> Iterator[Value]:
        """The weights, row by row, then the biases."""
        yield from self.weight.ravel().tolist()
        if self.bias is not None:
            yield from self.bias.tolist()


def _layers(net: Any) -> list[LayerParameters]:
    """Return the parameters of each layer of `net`; the input is no layer here.

    Raises:
        TypeError: `net` has no layers, a layer has no weight, or an element is not a number.
        ValueError: a shape is wrong, or does not match the layer before.
    """
    layers = getattr(net, "layers", None)
    if not isinstance(layers, Sequence) or not layers:
        found = f" with layers={layers!r:.40}" if layers is not None else ""
        raise TypeError(
            "net must be an object with a list .layers, each with .weight, .bias and .activation, "
            f"got {type(net).__name__}{found}"
        )
    parameters = [_layer(layer, number) for number, layer in enumerate(layers, 2)]
    for number, (first, second) in enumerate(pairwise(parameters), 3):
        neurons = len(first.weight)
        if second.weight.shape[1] != neurons:
            raise ValueError(
                f"the weight of layer {number} must be of shape ({len(second.weight)}, {neurons}), because layer "
                f"{number - 1} has {counted(neurons, 'neuron')}, got shape {second.weight.shape}"
            )
    return parameters


def _layer(layer: Any, number: int) -> LayerParameters:
    if not hasattr(layer, "weight"):
        raise TypeError(f"layer {number} of net must have a .weight, got {type(layer).__name__}")
    weight = _as_values(layer.weight, f"the weight of layer {number}", ("neurons", "inputs"))
    bias = getattr(layer, "bias", None)
    if bias is not None:
        bias = _as_values(bias, f"the bias of layer {number}", ("neurons",))
        if len(bias) != len(weight):
            raise ValueError(f"the bias of layer {number} must be of shape ({len(weight)},), got shape {bias.shape}")
    return LayerParameters(weight, bias, getattr(layer, "activation", None))


def _as_values(array: Any, argument: str, dimensions: Sequence[str]) -> Objects:
    """Return an array of Values with the given dimensions, none of them 0; numbers become Values.

    Raises:
        ValueError: the number of dimensions differs, or one is 0.
        TypeError: an element is not a number.
    """
    shape = f"({dimensions[0]},)" if len(dimensions) == 1 else f"({', '.join(dimensions)})"
    try:
        elements = np.asarray(array, dtype=object)
    except ValueError:
        raise ValueError(f"{argument} must be an array of shape {shape}, got rows of different lengths") from None
    if elements.ndim != len(dimensions) or not elements.size:
        raise ValueError(f"{argument} must be an array of shape {shape}, got shape {elements.shape}")
    values = np.empty_like(elements)
    for index, element in np.ndenumerate(elements):
        try:
            values[index] = element if isinstance(element, Value) else Value(element)
        except TypeError as error:
            raise TypeError(f"{argument} must contain Values or numbers: {error}") from None
    return values


def _observe(net: Any, layers: Sequence[LayerParameters], x: Any) -> list[Activations]:
    """Return the activations of each layer, the input first, from the graph that ``net(x)`` records.

    If `net` is not callable, its layers are evaluated as S(W a + B). An activation is None if the graph has no product
    of it and a weight.

    Raises:
        ValueError: `x` is not one example for this network, or the result of `net` does not match its last layer.
        TypeError: an element of `x` or of the result of `net` is not a number.
    """
    inputs = np.asarray(x, dtype=object)
    size = layers[0].weight.shape[1]
    if inputs.shape != (size,):
        got = counted(len(inputs), "number") if inputs.ndim == 1 else f"an array of shape {inputs.shape}"
        raise ValueError(f"x must be one example of {counted(size, 'number')}, got {got}")
    first = _as_values(inputs, "x", ("inputs",))
    result = net(x) if callable(net) else _evaluate(layers, inputs)
    outputs = _as_values(np.atleast_1d(np.asarray(result, dtype=object)), "net(x)", ("outputs",))
    width = len(layers[-1].weight)
    if len(outputs) != width:
        raise ValueError(
            f"net(x) must return {counted(width, 'number')}, one for each neuron of the last layer, got {len(outputs)}"
        )
    return [_data(first), *_factors(outputs, layers)[1:], _data(outputs)]


def _data(values: Objects) -> Activations:
    return [value.data for value in values]


def _evaluate(layers: Sequence[LayerParameters], inputs: Objects) -> list[Any]:
    outputs = list(inputs)
    for layer in layers:
        biases = [None] * len(layer.weight) if layer.bias is None else layer.bias
        sums = [ops.dot(row, outputs, b) for row, b in zip(layer.weight, biases, strict=True)]
        if layer.function == "softmax":
            outputs = ops.softmax(sums)
        elif layer.activation is None or layer.activation == "linear":
            outputs = sums
        else:
            function = find(layer.activation) if isinstance(layer.activation, str) else layer.activation
            outputs = [function(z) for z in sums]
    return outputs


def _factors(outputs: Objects, layers: Sequence[LayerParameters]) -> list[Activations]:
    """Return the other factors of the products with the first row of weights of each layer: the layer before."""
    factors: list[Activations] = [[None] * layer.weight.shape[1] for layer in layers]
    positions: dict[int, list[tuple[int, int]]] = {}
    for column, layer in enumerate(layers):
        for j, weight in enumerate(layer.weight[0]):
            positions.setdefault(id(weight), []).append((column, j))
    for node in topological_order(*outputs):
        for weight, factor in _products(node):
            if positions.get(id(weight)):
                # A layer object that is used twice has its weights in two products, in the order of the layers.
                column, j = positions[id(weight)].pop(0)
                factors[column][j] = factor.data
    return factors


def _products(node: Value) -> Iterator[tuple[Value, Value]]:
    """Yield the factors of each product in a node, in both orders."""
    half = len(node.operands) // 2
    if node.op is ops.DOT or node.op is ops.mul:
        # The operands of a dot product are both vectors, and perhaps a summand.
        for x, y in zip(node.operands[:half], node.operands[half:], strict=False):
            yield x, y
            yield y, x


class Reader:
    """The network while it is read; see `autograd.draw_network` for the arguments and the errors."""

    def __init__(self, net: Any, x: Any, wrt: Value | None, cost: Value | None, max_shown: int) -> None:
        self.layers = _layers(net)
        self.sizes = [self.layers[0].weight.shape[1], *(len(layer.weight) for layer in self.layers)]
        self.activations: list[Activations] = (
            [[None] * size for size in self.sizes] if x is None else _observe(net, self.layers, x)
        )
        self.inputs = [""] * self.sizes[0] if x is None else [getattr(value, "label", "") for value in x]
        self.cost = cost
        self.slopes = _slopes([p for layer in self.layers for p in layer.parameters], cost)
        self.wrt = wrt
        self.position = () if wrt is None else _position(self.layers, wrt)
        if wrt is not None and cost is not None:
            slice_to_explain(cost, wrt, "derivative to highlight")
        self.drawn = [_drawn(size, max_shown, self._required(column)) for column, size in enumerate(self.sizes)]

    def network(self, inputs: Iterable[Any] | None = None, outputs: Iterable[Any] | None = None) -> Network:
        """Return the drawn part of the network, with texts beside the inputs and the outputs."""
        asides = [[""] * size for size in self.sizes]
        for column, argument, texts in ((0, "inputs", inputs), (-1, "outputs", outputs)):
            if texts is not None:
                asides[column] = _texts(argument, texts, self.sizes[column])
        weights: list[Value] = [weight for layer in self.layers for weight in layer.weight.ravel().tolist()]
        slopes = self.slopes
        return Network(
            tuple(self._layer(column, asides[column]) for column in range(len(self.sizes))),
            tuple(
                Connection(column, a, b, self._weight(column, i, j))
                for column in range(len(self.layers))
                for b, i in enumerate(self.drawn[column + 1])
                for a, j in enumerate(self.drawn[column])
            ),
            len(weights),
            largest(weight.data for weight in weights),
            None if slopes is None else largest(slopes.get(weight, 0.0) for weight in weights),
            name((self.cost.label if self.cost is not None else "") or "C"),
            self._highlighted(),
        )

    def _required(self, column: int) -> set[int]:
        """Return the indices in a column of the neurons of the highlighted weight or bias, which must be drawn."""
        if not self.position:
            return set()
        layer, *indices = self.position
        # A weight has two indices: its neuron, and the neuron of the layer before.
        return {
            index for neuron_column, index in zip((layer + 1, layer), indices, strict=False) if neuron_column == column
        }

    def _layer(self, column: int, asides: Sequence[str]) -> Layer:
        role = "input" if column == 0 else "output" if column == len(self.layers) else "hidden"
        function = self.layers[column - 1].function if column else ""
        neurons = (
            Neuron(
                i,
                name((self.inputs[i] if column == 0 else "") or f"a^{column + 1}[{i + 1}]"),
                self.activations[column][i],
                self._bias(column - 1, i) if column else None,
                asides[i],
                i in self._required(column),
            )
            for i in self.drawn[column]
        )
        return Layer(column + 1, role, self.sizes[column], function, tuple(neurons))

    def _weight(self, layer: int, i: int, j: int) -> Parameter:
        return self._parameter(self.layers[layer].weight[i, j], f"w^{layer + 2}[{i + 1},{j + 1}]")

    def _bias(self, layer: int, i: int) -> Parameter | None:
        bias = self.layers[layer].bias
        return None if bias is None else self._parameter(bias[i], f"b^{layer + 2}[{i + 1}]")

    def _parameter(self, value: Value, default_name: str) -> Parameter:
        slope = None if self.slopes is None else self.slopes.get(value, 0.0)
        return Parameter(name(value.label or default_name), value.data, slope, value is self.wrt)

    def _highlighted(self) -> Parameter | None:
        if not self.position:
            return None
        layer, *indices = self.position
        return self._bias(layer, indices[0]) if len(indices) == 1 else self._weight(layer, indices[0], indices[1])


def _slopes(parameters: Sequence[Value], cost: Value | None) -> Mapping[Value, float] | None:
    """Return ∂C/∂p for each parameter; without a cost, each ``p.grad``, or None if all of them are 0."""
    if cost is None:
        return {p: p.grad for p in parameters} if any(p.grad != 0.0 for p in parameters) else None
    order = topological_order(cost)
    if set(map(id, parameters)).isdisjoint(map(id, order)):
        raise ValueError(
            f"cost must depend on a weight or a bias of the network, got {cost!r:.40}; compute it from net(x)"
        )
    check_fresh(order)
    return reverse({cost: 1.0}, stored, order)


def _position(layers: Sequence[LayerParameters], wrt: Value) -> tuple[int, ...]:
    """Return the indices of a parameter: its layer, its neuron, and for a weight the neuron of the layer before."""
    for number, layer in enumerate(layers):
        for array in (layer.weight, layer.bias):
            if array is not None:
                for index, value in np.ndenumerate(array):
                    if value is wrt:
                        return (number, *index)
    raise ValueError(
        f"wrt must be a weight or a bias of the network, for instance net.layers[0].weight[0, 0], got {wrt!r:.40}"
    )


def _drawn(size: int, limit: int, required: set[int]) -> list[int]:
    """Return the indices of at most `limit` neurons: the required ones, and as many from the start as from the end."""
    if size <= limit:
        return list(range(size))
    others = [i for i in range(size) if i not in required]
    room = limit - len(required)
    return sorted([*required, *others[: (room + 1) // 2], *others[len(others) - room // 2 :]])


def _texts(argument: str, texts: Iterable[Any], size: int) -> list[str]:
    strings = [visible(str(text)) for text in texts]
    if len(strings) != size:
        raise ValueError(
            f"{argument} must have {counted(size, 'text')}, one for each neuron of the layer, got {len(strings)}"
        )
    return strings
