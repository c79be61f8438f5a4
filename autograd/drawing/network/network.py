"""What the picture of a neural network shows, without how it is drawn: neurons in layers, and the weights between them.

Plain data, made by :mod:`~autograd.drawing.network.reading` and read by whatever draws.  Layers are counted as in the
textbooks: layer 1 is the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from autograd.symbolic.typesetting import number

DIGITS = 3
"""Significant digits of the many numbers in a picture; the one that is singled out has four."""


class Parameter(NamedTuple):
    """A weight or a bias.

    Attributes:
        name: as it is written, ``w³₁,₂``.
        value: the number.
        slope: the derivative of the cost with respect to it; None where none is known.
        lit: whether it is singled out.
    """

    name: str
    value: float
    slope: float | None
    lit: bool = False


@dataclass(frozen=True)
class Neuron:
    """A neuron.

    Attributes:
        index: its place in its layer, from 0.
        name: as it is written, ``a³₁``.
        activation: the number that it holds, None where none is known.
        bias: None for an input, and where there is none.
        aside: what is written beside it: what an input or an output means.
        lit: whether what is singled out is its bias, or a weight that comes from it or leads to it.
    """

    index: int
    name: str
    activation: float | None = None
    bias: Parameter | None = None
    aside: str = ""
    lit: bool = False


@dataclass(frozen=True)
class Layer:
    """A layer: all of it counted, and the neurons of it that are drawn.

    Attributes:
        number: 1 for the input.
        role: "input", "hidden" or "output".
        size: how many neurons it has.
        activation: name of the activation function; empty for the input.
        neurons: those that are drawn, from the first to the last.
    """

    number: int
    role: str
    size: int
    activation: str
    neurons: tuple[Neuron, ...]

    @cached_property
    def left_out(self) -> list[tuple[int, int]]:
        """Where neurons are left out: before which of the drawn ones (or behind all), and how many."""
        indices = [-1, *(neuron.index for neuron in self.neurons), self.size]
        gaps = enumerate(after - before - 1 for before, after in pairwise(indices))
        return [(place, count) for place, count in gaps if count]

    @property
    def slots(self) -> int:
        """How many places the layer takes, with one for each run of neurons that are left out."""
        return len(self.neurons) + len(self.left_out)


class Connection(NamedTuple):
    """A weight between two drawn neurons.

    Attributes:
        column: which gap between layers it bridges: 0 between layers 1 and 2.
        source: which of the drawn neurons of the layer before.
        target: which of the drawn neurons of the layer behind.
        weight: the weight.
    """

    column: int
    source: int
    target: int
    weight: Parameter


@dataclass(frozen=True)
class Network:
    """A network, as far as it is drawn.

    Attributes:
        layers: the layers, the input first.
        connections: the weights between drawn neurons.
        weights: how many weights the network has altogether.
        largest_weight: the largest finite size of a weight, among those that are not drawn too.
        largest_slope: the same of the derivatives; None where there are none.
        cost: how the cost is written.
        wrt: the weight or bias that is singled out, None if none is.
    """

    layers: tuple[Layer, ...]
    connections: tuple[Connection, ...]
    weights: int
    largest_weight: float
    largest_slope: float | None = None
    cost: str = "C"
    wrt: Parameter | None = None

    @property
    def title(self) -> str:
        """The network in a word: its sizes."""
        return f"network {'-'.join(str(layer.size) for layer in self.layers)}"

    @cached_property
    def caption(self) -> str:
        """The derivative that is singled out; empty if none is."""
        return "" if self.wrt is None else " at ".join(reversed(self.equations(self.wrt)))

    @property
    def note(self) -> str:
        """How much of the network is not drawn, if any."""
        cut = [layer for layer in self.layers if len(layer.neurons) < layer.size]
        if not cut:
            return ""
        neurons = listed(f"{len(layer.neurons)} of {layer.size:,}" for layer in cut)
        return f"{neurons} neurons, and {len(self.connections):,} of {self.weights:,} weights"

    @cached_property
    def has_lit_connection(self) -> bool:
        """Whether a weight is singled out, and so the others are faded."""
        return any(connection.weight.lit for connection in self.connections)

    def slope_name(self, name: str) -> str:
        """The derivative of the cost with respect to what is written `name`: ``∂C/∂w³₁,₂``."""
        return f"∂{self.cost}/∂{name}"

    def equations(self, parameter: Parameter, digits: int = 4) -> list[str]:
        """A parameter and, where it is known, its derivative, as they are written."""
        lines = [f"{parameter.name} = {number(parameter.value, digits=digits)}"]
        if parameter.slope is not None:
            lines.append(f"{self.slope_name(parameter.name)} = {number(parameter.slope, digits=digits)}")
        return lines

    def exactly(self, parameter: Parameter) -> str:
        """A parameter and, where it is known, its derivative, with all their digits."""
        slope = "" if parameter.slope is None else f"; {self.slope_name(parameter.name)} = {parameter.slope!r}"
        return f"{parameter.name} = {parameter.value!r}{slope}"

    def describe(self) -> str:
        """The network in words: a line for each layer and each neuron that is drawn."""
        lines = [self.title, self.caption, self.note]
        incoming: dict[tuple[int, int], list[Parameter]] = {}
        for connection in self.connections:
            incoming.setdefault((connection.column + 1, connection.target), []).append(connection.weight)
        for column, layer in enumerate(self.layers):
            function = f", {layer.activation}" if layer.activation else ""
            lines.append(f"layer {layer.number}: {layer.role}, {counted(layer.size, 'neuron')}{function}")
            for place, neuron in enumerate(layer.neurons):
                clauses = [f"{neuron.name} ({neuron.aside})" if neuron.aside else neuron.name]
                if neuron.activation is not None:
                    clauses[0] += f" = {number(neuron.activation, digits=DIGITS)}"
                if neuron.bias is not None:
                    clauses += self.equations(neuron.bias, DIGITS)
                weights = incoming.get((column, place), [])
                if weights:
                    clauses.append(f"weights {', '.join(number(w.value, digits=DIGITS) for w in weights)}")
                slopes = [w.slope for w in weights if w.slope is not None]
                if slopes:
                    rate = self.slope_name("w")
                    clauses.append(f"{rate} {', '.join(number(slope, digits=DIGITS) for slope in slopes)}")
                lines.append("; ".join(clauses))
        return "\n".join(filter(None, lines))


def sign(x: float) -> str:
    """What kind of number it is: "positive", "negative", "zero", or "odd" if it is not finite.

    >>> sign(2.0), sign(-0.0), sign(math.nan)
    ('positive', 'zero', 'odd')
    """
    return "odd" if not math.isfinite(x) else "positive" if x > 0 else "negative" if x < 0 else "zero"


def largest(numbers: Iterable[float]) -> float:
    """The largest finite size; 0 where there is none."""
    return max((abs(x) for x in numbers if math.isfinite(x)), default=0.0)


def counted(count: int, what: str) -> str:
    """A number of things: ``1 neuron``, ``1,024 neurons``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def listed(items: Iterable[str]) -> str:
    """Items as a list in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *before, last = items
    return f"{', '.join(before)} and {last}" if before else last
