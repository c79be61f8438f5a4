"""The number in each neuron for one example: what the network returns, and what its weights multiply on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.drawing.network.layers import GivenLayer, Objects, as_values
from autograd.drawing.network.network import counted
from autograd.engine import Value, topological_order
from autograd.table import find

Activations = list[float | None]


def observe(net: Any, layers: Sequence[GivenLayer], x: Any) -> list[Activations]:
    """The activations, layer by layer, the input first: those of ``net(x)``, read off the graph that it records.

    A net that cannot be called is taken at its layers: S(W a + B).  An activation that no weight is seen to multiply
    is None.

    Raises:
        ValueError: `x` is not one example for this network, or what `net` returns does not fit its last layer.
        TypeError: there is something else than numbers in `x` or in what `net` returns.
    """
    inputs = np.asarray(x, dtype=object)
    size = layers[0].weight.shape[1]
    if inputs.shape != (size,):
        got = counted(len(inputs), "number") if inputs.ndim == 1 else f"an array of shape {inputs.shape}"
        raise ValueError(f"x is one example, {counted(size, 'number')}; got {got}")
    first = as_values(inputs, "x", ("inputs",))
    returned = net(x) if callable(net) else _respond(layers, inputs)
    outputs = as_values(np.atleast_1d(np.asarray(returned, dtype=object)), "what net(x) returns", ("outputs",))
    width = len(layers[-1].weight)
    if len(outputs) != width:
        raise ValueError(f"net(x) returns {counted(len(outputs), 'number')}, but the last layer has {width} neurons")
    return [_data(first), *_factors(outputs, layers)[1:], _data(outputs)]


def _data(values: Objects) -> Activations:
    return [value.data for value in values]


def _respond(layers: Sequence[GivenLayer], inputs: Objects) -> list[Any]:
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


def _factors(outputs: Objects, layers: Sequence[GivenLayer]) -> list[Activations]:
    """What the first row of weights of each layer is multiplied by in the graph: the layer before."""
    factors: list[Activations] = [[None] * layer.weight.shape[1] for layer in layers]
    places: dict[int, list[tuple[int, int]]] = {}
    for column, layer in enumerate(layers):
        for j, weight in enumerate(layer.weight[0]):
            places.setdefault(id(weight), []).append((column, j))
    for node in topological_order(*outputs):
        for weight, factor in _products(node):
            if places.get(id(weight)):
                column, j = places[id(weight)].pop(0)  # a layer that is used twice comes twice, in this order
                factors[column][j] = factor.data
    return factors


def _products(node: Value) -> Iterator[tuple[Value, Value]]:
    """The products that a node is made of, with either factor first."""
    half = len(node.operands) // 2
    if node.op is ops.DOT or node.op is ops.mul:
        for x, y in zip(node.operands[:half], node.operands[half:], strict=False):
            yield x, y
            yield y, x
