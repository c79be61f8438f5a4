"""The content of the diagram of a neural network: neurons in layers and the weights between them, as plain data.

Layers are counted as in the textbooks: layer 1 is the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from autograd.symbolic.typesetting import number

# Significant digits of the numbers in a diagram. The highlighted weight or bias has four.
DIGITS = 3


class Parameter(NamedTuple):
    """A weight or a bias.

    Attributes:
        name: the typeset name, ``w³₁,₂``.
        value: its value.
        slope: the derivative of the cost with respect to it, None if unknown.
        lit: True if it is highlighted.
    """

    name: str
    value: float
    slope: float | None
    lit: bool


@dataclass(frozen=True)
class Neuron:
    """One drawn neuron.

    Attributes:
        index: its index in its layer, from 0.
        name: the typeset name of its activation, ``a³₁``.
        activation: its activation for the example, None if unknown.
        bias: its bias; None for an input and in a layer without biases.
        aside: the text beside it, for instance the meaning of an input or an output.
        lit: True if its bias is highlighted, or a weight from it or to it.
    """

    index: int
    name: str
    activation: float | None
    bias: Parameter | None
    aside: str
    lit: bool


@dataclass(frozen=True)
class Layer:
    """A layer, with those of its neurons that are drawn.

    Attributes:
        number: 1 for the input.
        role: "input", "hidden" or "output".
        size: the number of all its neurons.
        activation: the name of the activation function; empty for the input.
        neurons: the drawn neurons, in order.
    """

    number: int
    role: str
    size: int
    activation: str
    neurons: tuple[Neuron, ...]

    @cached_property
    def left_out(self) -> list[tuple[int, int]]:
        """The runs of omitted neurons: the number of drawn neurons before each run, and its length."""
        indices = [-1, *(neuron.index for neuron in self.neurons), self.size]
        gaps = enumerate(after - before - 1 for before, after in pairwise(indices))
        return [(position, count) for position, count in gaps if count]

    @property
    def slots(self) -> int:
        """The number of slots in the column: one per drawn neuron and one per run of omitted neurons."""
        return len(self.neurons) + len(self.left_out)


class Connection(NamedTuple):
    """A weight between two drawn neurons.

    Attributes:
        column: 0 between layers 1 and 2, 1 between layers 2 and 3, …
        source: index among the drawn neurons of the first layer.
        target: index among the drawn neurons of the second layer.
        weight: the weight.
    """

    column: int
    source: int
    target: int
    weight: Parameter


@dataclass(frozen=True)
class Network:
    """The drawn part of a network.

    Attributes:
        layers: the layers, the input first.
        connections: the weights between drawn neurons.
        weights: the number of all weights of the network.
        largest_weight: the largest finite magnitude of all weights, drawn or not.
        largest_slope: the same of the derivatives with respect to them, None without derivatives.
        cost: the typeset name of the cost.
        wrt: the highlighted weight or bias, or None.
    """

    layers: tuple[Layer, ...]
    connections: tuple[Connection, ...]
    weights: int
    largest_weight: float
    largest_slope: float | None
    cost: str
    wrt: Parameter | None

    @property
    def title(self) -> str:
        """The sizes of its layers, ``network 784-16-10``."""
        return f"network {'-'.join(str(layer.size) for layer in self.layers)}"

    @cached_property
    def caption(self) -> str:
        """The highlighted derivative and parameter; empty without one."""
        return "" if self.wrt is None else " at ".join(reversed(self.equations(self.wrt)))

    @property
    def note(self) -> str:
        """The extent of the omitted part; empty if everything is drawn."""
        cut = [layer for layer in self.layers if len(layer.neurons) < layer.size]
        if not cut:
            return ""
        neurons = listed(f"{len(layer.neurons)} of {layer.size:,}" for layer in cut)
        return f"{neurons} neurons, and {len(self.connections):,} of {self.weights:,} weights"

    @cached_property
    def has_lit_connection(self) -> bool:
        """True if a weight is highlighted, so that the others are faded."""
        return any(connection.weight.lit for connection in self.connections)

    def slope_name(self, name: str) -> str:
        """Return the name of the derivative of the cost with respect to a parameter: ``∂C/∂w³₁,₂``."""
        return f"∂{self.cost}/∂{name}"

    def equations(self, parameter: Parameter, digits: int = 4) -> list[str]:
        """Return a parameter and, if it is known, its derivative, each as an equation."""
        lines = [f"{parameter.name} = {number(parameter.value, digits=digits)}"]
        if parameter.slope is not None:
            lines.append(f"{self.slope_name(parameter.name)} = {number(parameter.slope, digits=digits)}")
        return lines

    def tooltip(self, parameter: Parameter) -> str:
        """Return a parameter and, if it is known, its derivative with all digits, for a tooltip."""
        slope = "" if parameter.slope is None else f"; {self.slope_name(parameter.name)} = {parameter.slope!r}"
        return f"{parameter.name} = {parameter.value!r}{slope}"

    def describe(self) -> str:
        """Return the network in words: a line for each layer and each drawn neuron."""
        lines = [self.title, self.caption, self.note]
        incoming: dict[tuple[int, int], list[Parameter]] = {}
        for connection in self.connections:
            incoming.setdefault((connection.column + 1, connection.target), []).append(connection.weight)
        for column, layer in enumerate(self.layers):
            function = f", {layer.activation}" if layer.activation else ""
            lines.append(f"layer {layer.number}: {layer.role}, {counted(layer.size, 'neuron')}{function}")
            for i, neuron in enumerate(layer.neurons):
                clauses = [f"{neuron.name} ({neuron.aside})" if neuron.aside else neuron.name]
                if neuron.activation is not None:
                    clauses[0] += f" = {number(neuron.activation, digits=DIGITS)}"
                if neuron.bias is not None:
                    clauses += self.equations(neuron.bias, DIGITS)
                weights = incoming.get((column, i), [])
                if weights:
                    clauses.append(f"weights {', '.join(number(w.value, digits=DIGITS) for w in weights)}")
                slopes = [w.slope for w in weights if w.slope is not None]
                if slopes:
                    slope_name = self.slope_name("w")
                    clauses.append(f"{slope_name} {', '.join(number(slope, digits=DIGITS) for slope in slopes)}")
                lines.append("; ".join(clauses))
        return "\n".join(filter(None, lines))


def sign(x: float) -> str:
    """Return "positive", "negative" or "zero", or "odd" if `x` is not finite.

    >>> sign(2.0), sign(-0.0), sign(math.nan)
    ('positive', 'zero', 'odd')
    """
    if not math.isfinite(x):
        return "odd"
    return "positive" if x > 0 else "negative" if x < 0 else "zero"


def largest(numbers: Iterable[float]) -> float:
    """Return the largest finite magnitude, 0 if there is none."""
    return max((abs(x) for x in numbers if math.isfinite(x)), default=0.0)


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 neuron``, ``1,024 neurons``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(items: Iterable[str]) -> str:
    """Join items to an enumeration.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *before, last = items
    return f"{', '.join(before)} and {last}" if before else last
