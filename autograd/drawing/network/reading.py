"""Reading a network: which of its neurons are drawn, with which numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.derivatives import reverse, stored
from autograd.drawing.network.network import Connection, Layer, Network, Neuron, Parameter, counted, largest
from autograd.engine import Value, topological_order
from autograd.graph import check_fresh, slice_to_explain
from autograd.symbolic.typesetting import name, visible
from autograd.table import find

Objects = NDArray[np.object_]


class GivenLayer(NamedTuple):
    """What a layer holds.

    Attributes:
        weight: W, Values of shape (neurons, inputs).
        bias: B, Values of shape (neurons,); None where there is none.
        activation: the activation function or its name; None for none.
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


def given_layers(net: Any) -> list[GivenLayer]:
    """The layers of `net` behind the input.

    Raises:
        TypeError: `net` has no layers, or a layer no weight, or there is something in it that is not a number.
        ValueError: a shape is wrong, or a layer does not fit the one before it.
    """
    layers = getattr(net, "layers", None)
    if not isinstance(layers, Sequence) or not layers:
        what = f"{type(net).__name__}{'' if layers is None else f' with layers={layers!r:.40}'}"
        raise TypeError(
            "draw_network() takes a network: an object with a list of .layers, each with .weight, .bias and "
            f".activation; got {what}"
        )
    given = [_given(layer, number) for number, layer in enumerate(layers, 2)]
    for number, (before, behind) in enumerate(pairwise(given), 3):
        width, inputs = len(before.weight), behind.weight.shape[1]
        if width != inputs:
            raise ValueError(
                f"layer {number} takes {counted(inputs, 'input')}, but layer {number - 1} has "
                f"{counted(width, 'neuron')}: the weight of layer {number} has to be of shape "
                f"({len(behind.weight)}, {width})"
            )
    return given


def _given(layer: Any, number: int) -> GivenLayer:
    if not hasattr(layer, "weight"):
        raise TypeError(f"layer {number} of the network, a {type(layer).__name__}, has no .weight")
    weight = as_values(layer.weight, f"the weight of layer {number}", ("neurons", "inputs"))
    bias = getattr(layer, "bias", None)
    if bias is not None:
        bias = as_values(bias, f"the bias of layer {number}", ("neurons",))
        if len(bias) != len(weight):
            raise ValueError(f"layer {number} has {counted(len(weight), 'neuron')}, but {len(bias)} biases")
    return GivenLayer(weight, bias, getattr(layer, "activation", None))


def as_values(array: Any, what: str, dimensions: Sequence[str]) -> Objects:
    """An array of Values with those dimensions, none of them 0; numbers in it become Values.

    Raises:
        ValueError: it has others.
        TypeError: there is something in it that is not a number.
    """
    shape = f"({dimensions[0]},)" if len(dimensions) == 1 else f"({', '.join(dimensions)})"
    try:
        found = np.asarray(array, dtype=object)
    except ValueError:
        raise ValueError(f"{what} is an array of shape {shape}; got rows of different lengths") from None
    if found.ndim != len(dimensions) or not found.size:
        raise ValueError(f"{what} is an array of shape {shape}; got shape {found.shape}")
    values = np.empty_like(found)
    for index, element in np.ndenumerate(found):
        try:
            values[index] = element if isinstance(element, Value) else Value(element)
        except TypeError as error:
            raise TypeError(f"{what} holds Values or numbers: {error}") from None
    return values


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


class Reader:
    """A network while it is read; see `autograd.draw_network` for the arguments and what is raised."""

    def __init__(self, net: Any, x: Any, wrt: Value | None, cost: Value | None, max_shown: int) -> None:
        self.given = given_layers(net)
        self.sizes = [self.given[0].weight.shape[1], *(len(layer.weight) for layer in self.given)]
        self.activations: list[Activations] = (
            [[None] * size for size in self.sizes] if x is None else observe(net, self.given, x)
        )
        self.inputs = [""] * self.sizes[0] if x is None else [getattr(value, "label", "") for value in x]
        self.cost = cost
        self.slopes = _slopes([p for layer in self.given for p in layer.parameters], cost)
        self.wrt = wrt
        self.place = () if wrt is None else _place(self.given, wrt)
        if wrt is not None and cost is not None:
            slice_to_explain(cost, wrt, "derivative to single out")
        self.shown = [_shown(size, max_shown, self._wanted(column)) for column, size in enumerate(self.sizes)]

    def network(self, inputs: Iterable[Any] | None = None, outputs: Iterable[Any] | None = None) -> Network:
        """What is to be drawn, with the texts beside the inputs and the outputs."""
        asides = [[""] * size for size in self.sizes]
        for column, what, texts in ((0, "inputs", inputs), (-1, "outputs", outputs)):
            if texts is not None:
                asides[column] = _texts(what, texts, self.sizes[column])
        weights: list[Value] = [weight for layer in self.given for weight in layer.weight.ravel().tolist()]
        slopes = self.slopes
        return Network(
            tuple(self._layer(column, asides[column]) for column in range(len(self.sizes))),
            tuple(
                Connection(column, a, b, self._weight(column, i, j))
                for column in range(len(self.given))
                for b, i in enumerate(self.shown[column + 1])
                for a, j in enumerate(self.shown[column])
            ),
            len(weights),
            largest(weight.data for weight in weights),
            None if slopes is None else largest(slopes.get(weight, 0.0) for weight in weights),
            name((self.cost.label if self.cost is not None else "") or "C"),
            self._singled_out(),
        )

    def _wanted(self, column: int) -> set[int]:
        """Which neurons of a column have to be drawn: those that what is singled out belongs to."""
        layer, *indices = self.place or (-2,)
        return {index for of, index in zip((layer + 1, layer), indices, strict=False) if of == column}

    def _layer(self, column: int, asides: Sequence[str]) -> Layer:
        role = "input" if column == 0 else "output" if column == len(self.given) else "hidden"
        function = self.given[column - 1].function if column else ""
        neurons = (
            Neuron(
                i,
                name((self.inputs[i] if column == 0 else "") or f"a^{column + 1}[{i + 1}]"),
                self.activations[column][i],
                self._bias(column - 1, i) if column else None,
                asides[i],
                i in self._wanted(column),
            )
            for i in self.shown[column]
        )
        return Layer(column + 1, role, self.sizes[column], function, tuple(neurons))

    def _weight(self, layer: int, i: int, j: int) -> Parameter:
        return self._parameter(self.given[layer].weight[i, j], f"w^{layer + 2}[{i + 1},{j + 1}]")

    def _bias(self, layer: int, i: int) -> Parameter | None:
        bias = self.given[layer].bias
        return None if bias is None else self._parameter(bias[i], f"b^{layer + 2}[{i + 1}]")

    def _parameter(self, value: Value, essays_name: str) -> Parameter:
        slope = None if self.slopes is None else self.slopes.get(value, 0.0)
        return Parameter(name(value.label or essays_name), value.data, slope, value is self.wrt)

    def _singled_out(self) -> Parameter | None:
        if not self.place:
            return None
        layer, *indices = self.place
        return self._bias(layer, indices[0]) if len(indices) == 1 else self._weight(layer, indices[0], indices[1])


def _slopes(parameters: Sequence[Value], cost: Value | None) -> Mapping[Value, float] | None:
    """∂C/∂p for each parameter; without a cost what `backward` left, None where that is all 0."""
    if cost is None:
        return {p: p.grad for p in parameters} if any(p.grad != 0.0 for p in parameters) else None
    order = topological_order(cost)
    if set(map(id, parameters)).isdisjoint(map(id, order)):
        raise ValueError(
            f"the cost, {cost!r:.40}, does not depend on any weight or bias of this network; compute it from net(x)"
        )
    check_fresh(order)
    return reverse({cost: 1.0}, stored, order)


def _place(layers: Sequence[GivenLayer], wrt: Value) -> tuple[int, ...]:
    """Where the parameter is: its layer, its neuron, and of a weight the neuron that it comes from."""
    for number, layer in enumerate(layers):
        for array in (layer.weight, layer.bias):
            if array is not None:
                for index, value in np.ndenumerate(array):
                    if value is wrt:
                        return (number, *index)
    raise ValueError(
        f"wrt, {wrt!r:.40}, is not a weight or a bias of this network; take one of its own, "
        "for instance net.layers[0].weight[0, 0]"
    )


def _shown(size: int, most: int, wanted: set[int]) -> list[int]:
    """Which of `size` neurons are drawn: those that are wanted, then half from the start and half from the end."""
    if size <= most:
        return list(range(size))
    others = [i for i in range(size) if i not in wanted]
    room = most - len(wanted)
    return sorted([*wanted, *others[: (room + 1) // 2], *others[len(others) - room // 2 :]])


def _texts(what: str, texts: Iterable[Any], size: int) -> list[str]:
    found = [visible(str(text)) for text in texts]
    if len(found) != size:
        raise ValueError(f"{what} has a text for each of the {size} {what} of the network; got {len(found)}")
    return found
