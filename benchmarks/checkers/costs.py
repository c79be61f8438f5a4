"""Cost of a check, in seconds per edge of a recorded network."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from time import process_time
from typing import Any

import autograd as ag

SIZES = (784, 16, 16, 10)
ROUNDS = 3


def costs(sizes: Sequence[int] = SIZES, rounds: int = ROUNDS) -> dict[str, dict[str, Any]]:
    """Return the cost of checking the quadratic cost of a network, written with and without `dot`."""
    ways = {"each sum one dot": True, "each product and sum a node": False}
    return {name: cost(network(sizes, with_dots), rounds) for name, with_dots in ways.items()}


def cost(output: ag.Value, rounds: int) -> dict[str, Any]:
    """Return the number of edges, the outcome of the check, and its median CPU seconds."""
    seconds = []
    for _ in range(rounds):
        start = process_time()
        check = ag.gradcheck(output)
        seconds.append(process_time() - start)
    edges = len(check.edges)
    return {"edges": edges, "holds": bool(check), "seconds": median(seconds), "an edge": median(seconds) / edges}


def network(sizes: Sequence[int], with_dots: bool) -> ag.Value:
    """Return the quadratic cost of a sigmoid network with random weights, for an image with as much ink as a digit."""
    draw = random.Random(784)
    layer: list[Any] = [draw.random() if draw.random() < 0.2 else 0.0 for _ in range(sizes[0])]
    for inputs, neurons in pairwise(sizes):
        weights = [[ag.Value(draw.gauss(0.0, inputs**-0.5)) for _ in range(inputs)] for _ in range(neurons)]
        biases = [ag.Value(draw.gauss(0.0, 1.0)) for _ in range(neurons)]
        layer = [ag.sigmoid(total(row, layer, b, with_dots)) for row, b in zip(weights, biases, strict=True)]
    C: ag.Value = ag.total([(a - (k == 3)) ** 2 for k, a in enumerate(layer)]).named("C")
    return C


def total(weights: Sequence[ag.Value], inputs: Sequence[Any], bias: ag.Value, with_dots: bool) -> ag.Value:
    """Return an activation sum, as one node or as many."""
    found: ag.Value = bias
    if with_dots:
        found = ag.dot(weights, inputs, bias)
    else:
        for w, x in zip(weights, inputs, strict=True):
            found = found + w * x
    return found
