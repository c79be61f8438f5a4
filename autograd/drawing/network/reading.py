"""Reading a network: which of its neurons are drawn, with which numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.derivatives import reverse, stored
from autograd.drawing.network.activations import Activations, observe
from autograd.drawing.network.layers import GivenLayer, given_layers
from autograd.drawing.network.network import Connection, Layer, Network, Neuron, Parameter, largest
from autograd.engine import Value, topological_order
from autograd.graph import check_fresh, slice_to_explain
from autograd.writing import name, visible


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
