"""Fully connected networks in scalar code, and data sets for them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

Vector = Sequence[Any]
Rows = list[list[float]]
PENALTY = 1e-4


@dataclass(frozen=True)
class Network:
    """A network with relu in the hidden layers, its data, and one of the two costs of `cost`.

    Attributes:
        sizes: The widths of the layers, input included.
        inputs: The examples.
        targets: The targets of the examples.
        hinge: True for the cost of micrograd's demo, False for squares.
        dots: True if an activation sum is one `dot`, False if its terms are multiplied and added one by one.
    """

    sizes: tuple[int, ...]
    inputs: Rows
    targets: Rows
    hinge: bool = False
    dots: bool = False

    def batches(self, size: int) -> Iterator[Network]:
        """Yield the network with `size` of the examples at a time."""
        for at in range(0, len(self.inputs), size):
            yield replace(self, inputs=self.inputs[at : at + size], targets=self.targets[at : at + size])


def layers(sizes: Sequence[int], parameters: Vector) -> list[list[tuple[Vector, Any]]]:
    """Return the weights and the bias of each neuron, layer by layer, from the list of parameters in that order."""
    found, at = [], 0
    for fan_in, width in pairwise(sizes):
        ends = range(at + fan_in, at + width * (fan_in + 1), fan_in + 1)
        found.append([(tuple(parameters[end - fan_in : end]), parameters[end]) for end in ends])
        at += width * (fan_in + 1)
    return found


def outputs(m: Any, network: Network, parameters: Vector, inputs: Any) -> Vector:
    activation_sum = m.dot if network.dots else term_by_term
    for i, layer in enumerate(m.layers(network.sizes, parameters), 2):
        sums = [activation_sum(weights, inputs, bias) for weights, bias in layer]
        inputs = sums if i == len(network.sizes) else [m.relu(z) for z in sums]
    return inputs  # type: ignore[no-any-return]


def term_by_term(weights: Vector, inputs: Vector, bias: Any) -> Any:
    for w, x in zip(weights, inputs, strict=True):
        bias = bias + w * x
    return bias


def cost(m: Any, parameters: Vector, network: Network, inputs: Sequence[Any]) -> Any:
    """Return the cost of micrograd's demo, Σ relu(1 − y·s)/n + 10⁻⁴ Σ p², or the squares Σ (s − y)².

    `inputs` are those of the network, in the form that the peer takes.
    """
    total = 0.0
    for given, wanted in zip(inputs, network.targets, strict=True):
        for s, y in zip(outputs(m, network, parameters, given), wanted, strict=True):
            total = total + (m.relu(1 - y * s) if network.hinge else (s - y) ** 2)
    if not network.hinge:
        return total
    penalty = 0.0
    for p in parameters:
        penalty = penalty + p * p
    return total * (1 / len(network.inputs)) + penalty * PENALTY


def weights(sizes: Sequence[int], rng: random.Random) -> list[float]:
    """Return uniform weights that preserve the size of signals, and biases of 0."""
    numbers: list[float] = []
    for fan_in, width in pairwise(sizes):
        for _ in range(width):
            numbers += [rng.uniform(-1, 1) / math.sqrt(fan_in) for _ in range(fan_in)] + [0.0]
    return numbers


def moons(count: int, rng: random.Random) -> tuple[Rows, Rows]:
    """Return points of two interleaved half-circles, with labels ±1."""
    points, labels = [], []
    for i in range(count):
        t, side = math.pi * rng.random(), 1.0 if i % 2 else -1.0
        x, y = (1 - math.cos(t), 0.5 - math.sin(t)) if i % 2 else (math.cos(t), math.sin(t))
        points.append([x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)])
        labels.append([side])
    return points, labels


def images(count: int, pixels: int, rng: random.Random) -> tuple[Rows, Rows]:
    """Return images of ten classes, each the pattern of its class with noise, and one-hot targets."""
    patterns = [[float(rng.random() < 0.4) for _ in range(pixels)] for _ in range(10)]
    classes = [rng.randrange(10) for _ in range(count)]
    noisy = [[min(1.0, max(0.0, x + rng.gauss(0, 0.2))) for x in patterns[c]] for c in classes]
    return noisy, [[float(c == i) for i in range(10)] for c in classes]
