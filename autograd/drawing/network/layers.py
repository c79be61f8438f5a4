"""The layers of a network as they are given: any objects with weights whose shapes fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd.drawing.network.network import counted
from autograd.engine import Value
from autograd.writing import visible

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
