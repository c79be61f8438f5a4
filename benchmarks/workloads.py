"""The workloads: mathematics written once for all peers.

A workload is a scalar function of numbers.  It uses ``+ - * / **`` and the functions of `m`, which is the peer:
``m.exp``, ``m.relu``, ….  ``m.inputs`` are the inputs of a network, in the form that the peer takes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks.adbench import bundle_adjustment, gaussian_mixture
from benchmarks.networks import Network, cost, images, moons, weights

Vector = Sequence[Any]


@dataclass(frozen=True)
class Workload:
    """A scalar function `loss(m, x)`, and what to measure of it.

    Attributes:
        title: The description in tables.
        start: The point of differentiation.
        loss: The function.
        inputs: The data besides the point.
        network: The network, if the function is the cost of one.
        second_order: True to compute the Hessian instead of the gradient.
        batch: The number of examples in a batch, for an epoch of gradient descent.
        terms: The number of products in dots.
    """

    title: str
    start: list[float]
    loss: Callable[[Any, Vector], Any]
    inputs: Sequence[Sequence[float]] = ()
    network: Network | None = None
    second_order: bool = False
    batch: int = 0
    terms: int = 0


def of_network(title: str, network: Network, rng: random.Random, **more: int) -> Workload:
    """Return the cost of an untrained network."""
    start = weights(network.sizes, rng)
    return Workload(title, start, lambda m, p: cost(m, p, network, m.inputs), network.inputs, network, **more)


def demo() -> Workload:
    rng = random.Random(1337)
    network = Network((2, 16, 16, 1), *moons(20, rng), hinge=True)
    return of_network("micrograd's demo loss: 20 moons, 2-16-16-1, maximum margin", network, rng)


def sample(dots: bool) -> Workload:
    rng = random.Random(784)
    image = [rng.random() if rng.random() < 0.2 else 0.0 for _ in range(784)]  # as much ink as a digit has
    network = Network((784, 16, 16, 10), [image], [[float(i == 3) for i in range(10)]], dots=dots)
    how, terms = "w·x multiplied and added term by term", 0
    if dots:
        how, terms = "each activation sum one dot", 784 * 16 + 16 * 16 + 16 * 10
    return of_network(f"one sample through 784-16-16-10, {how}", network, rng, terms=terms)


def dot(terms: int = 784) -> Workload:
    """Return the activation sum of one neuron."""
    rng = random.Random(terms)
    return Workload(
        f"one dot, w·x + b, of {terms} terms",
        weights((terms, 1), rng),
        lambda m, p: m.dot(p[:-1], m.inputs[0], p[-1]),
        [[rng.random() for _ in range(terms)]],
        terms=terms,
    )


def epoch() -> Workload:
    rng = random.Random(64)
    network = Network((64, 16, 16, 10), *images(200, 64, rng))
    title = "one epoch of gradient descent: 200 images of 8×8, batches of 10, 64-16-16-10, squared error"
    return of_network(title, network, rng, batch=10)


# --- ADBench


def bundle() -> Workload:
    rng = random.Random(11)
    cameras, points = 4, 25
    start: list[float] = []
    for _ in range(cameras):
        start += [rng.uniform(0.1, 0.5) for _ in range(3)] + [rng.gauss(0, 1), rng.gauss(0, 1), -20.0]
        start += [1.5, 0.1, -0.1, 0.05, 0.01]
    for _ in range(points):
        start += [rng.gauss(0, 1) for _ in range(3)]
    start += [rng.uniform(0.5, 1.5) for _ in range(cameras * points)]
    features = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(cameras * points)]

    def loss(m: Any, x: Vector) -> Any:
        squares = 0.0
        for i in range(cameras * points):
            camera, point = i % cameras * 11, cameras * 11 + i // cameras * 3
            w = x[cameras * 11 + points * 3 + i]
            for error in bundle_adjustment(m, x[camera : camera + 11], x[point : point + 3], w, features[i]):
                squares = squares + error * error
        return squares

    return Workload("ADBench bundle adjustment: squared error, 4 cameras, 25 points, 100 observations", start, loss)


def mixture() -> Workload:
    rng = random.Random(5)
    k, d, n = 5, 2, 100
    points = [[rng.gauss(0, 1) for _ in range(d)] for _ in range(n)]
    start = [rng.gauss(0, 0.3) for _ in range(k + k * d + k * d * (d + 1) // 2)]
    return Workload(
        "ADBench Gaussian mixture: 5 components, 2 dimensions, 100 points",
        start,
        lambda m, x: gaussian_mixture(m, x, points, k, 1.0, 0),
    )


# --- second order


def rosenbrock(m: Any, x: Vector) -> Any:
    """Return Rosenbrock's function Σ 100(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²."""
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] * x[i]) ** 2 + (1 - x[i]) ** 2
    return total


def hessian() -> Workload:
    rng = random.Random(10)
    return Workload(
        "Hessian of the Rosenbrock function, 10 variables",
        [rng.uniform(-1, 1) for _ in range(10)],
        rosenbrock,
        second_order=True,
    )


# --- sheer size


def chain(operations: int) -> Workload:
    """Repeat y ← y·x + x: a graph as deep as its number of operations."""

    def loss(m: Any, leaves: Vector) -> Any:
        (x,) = leaves
        y = x
        for _ in range(operations // 2):
            y = y * x + x
        return y

    return Workload(f"a chain {operations:,} deep", [0.5], loss)


def fan_out(uses: int) -> Workload:
    """Use one node often and add pairwise: a graph as wide as its number of uses, and not deep."""

    def loss(m: Any, leaves: Vector) -> Any:
        x, y = leaves
        shared = x * y
        terms = [shared * y for _ in range(uses)]
        while len(terms) > 1:
            odd = [terms.pop()] if len(terms) % 2 else []
            pairs = iter(terms)  # slices would be copies of the whole list
            terms = [a + b for a, b in zip(pairs, pairs, strict=True)] + odd
        return terms[0]

    return Workload(f"one node used {uses:,} times", [0.5, 0.25], loss)


@cache
def workload(name: str) -> Workload:
    """Return the workload named `name`; "fan_out:500" is one of size 500."""
    base, _, size = name.partition(":")
    if size:
        return {"chain": chain, "fan_out": fan_out}[base](int(size))
    return {
        "demo": demo,
        "sample": lambda: sample(dots=False),
        "dots": lambda: sample(dots=True),
        "dot": dot,
        "epoch": epoch,
        "bundle": bundle,
        "mixture": mixture,
        "hessian": hessian,
    }[base]()
