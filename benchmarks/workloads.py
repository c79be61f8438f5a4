"""What is measured: the mathematics, once for all peers.

A workload is a scalar function of numbers.  It is written with ``+ - * / **`` and with the functions of `m`, which is
the peer: ``m.exp``, ``m.relu``, …; ``m.number`` makes a constant, for peers that want data wrapped as their demo does.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

Vector = Sequence[Any]
PENALTY = 1e-4


@dataclass(frozen=True)
class Network:
    """Data for a network of fully connected layers, relu in the hidden ones; its cost is one of the two below."""

    sizes: tuple[int, ...]
    inputs: list[list[float]]
    targets: list[list[float]]
    hinge: bool = False


@dataclass(frozen=True)
class Workload:
    """A scalar function `loss(m, x)`, the point `start` where it is differentiated, and what of it is of interest."""

    title: str
    start: list[float]
    loss: Callable[[Any, Vector], Any]
    network: Network | None = None
    trains: bool = False
    second_order: bool = False


# --- networks


def neuron(m: Any, weights: Vector, inputs: Vector, bias: Any) -> Any:
    activation = bias
    for w, x in zip(weights, inputs, strict=True):
        activation = activation + w * x
    return activation


def neuron_with_dot(m: Any, weights: Vector, inputs: Vector, bias: Any) -> Any:
    return m.dot(weights, inputs) + bias


def outputs(m: Any, sizes: Sequence[int], parameters: Vector, inputs: Vector, neuron: Callable[..., Any]) -> Vector:
    """The parameters are, layer by layer and neuron by neuron, the weights and then the bias."""
    at = 0
    for layer, (fan_in, width) in enumerate(pairwise(sizes)):
        sums = []
        for _ in range(width):
            sums.append(neuron(m, parameters[at : at + fan_in], inputs, parameters[at + fan_in]))
            at += fan_in + 1
        inputs = sums if layer == len(sizes) - 2 else [m.relu(z) for z in sums]
    return inputs


def cost(m: Any, parameters: Vector, network: Network, neuron: Callable[..., Any] = neuron) -> Any:
    """The maximum margin Σ relu(1 − y·s)/n + 10⁻⁴ Σ p² of micrograd's demo, or the squares Σ (s − y)²."""
    total = 0.0
    for given, wanted in zip(network.inputs, network.targets, strict=True):
        scores = outputs(m, network.sizes, parameters, [m.number(x) for x in given], neuron)
        for s, y in zip(scores, wanted, strict=True):
            total = total + (m.relu(1 - y * s) if network.hinge else (s - y) ** 2)
    if not network.hinge:
        return total
    penalty = 0.0
    for p in parameters:
        penalty = penalty + p * p
    return total * (1 / len(network.inputs)) + penalty * PENALTY


def weights(sizes: Sequence[int], rng: random.Random) -> list[float]:
    """Uniform weights that keep the size of the signals, and biases 0."""
    numbers: list[float] = []
    for fan_in, width in pairwise(sizes):
        for _ in range(width):
            numbers += [rng.uniform(-1, 1) / math.sqrt(fan_in) for _ in range(fan_in)] + [0.0]
    return numbers


def moons(count: int, rng: random.Random) -> tuple[list[list[float]], list[list[float]]]:
    """Two half circles that reach into one another, with labels ±1."""
    points, labels = [], []
    for i in range(count):
        t, side = math.pi * rng.random(), 1.0 if i % 2 else -1.0
        x, y = (1 - math.cos(t), 0.5 - math.sin(t)) if i % 2 else (math.cos(t), math.sin(t))
        points.append([x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)])
        labels.append([side])
    return points, labels


def demo() -> Workload:
    rng = random.Random(1337)
    sizes = (2, 16, 16, 1)
    network = Network(sizes, *moons(20, rng), hinge=True)
    return Workload(
        "micrograd's demo loss: 20 moons, 2-16-16-1, maximum margin",
        weights(sizes, rng),
        lambda m, p: cost(m, p, network),
        network,
        trains=True,
    )


def sample(neuron: Callable[..., Any], how: str) -> Workload:
    rng = random.Random(784)
    sizes = (784, 16, 16, 10)
    image = [rng.random() if rng.random() < 0.2 else 0.0 for _ in range(784)]  # as much ink as a digit has
    network = Network(sizes, [image], [[float(i == 3) for i in range(10)]])
    return Workload(
        f"one sample through 784-16-16-10, {how}",
        weights(sizes, rng),
        lambda m, p: cost(m, p, network, neuron),
        network,
        trains=True,
    )


# --- two objectives of ADBench (Šrajer, Kukelova, Fitzgibbon 2018), in scalar code


def bundle_adjustment(m: Any, camera: Vector, point: Vector, w: Any, feature: Vector) -> Vector:
    """The weighted error of a point that a camera saw at `feature`, in x and y, and the error 1 − w² of the weight.

    The camera is its rotation (an axis as long as the angle), centre, focal length, principal point and two
    coefficients of radial distortion.  The rotation is Rodrigues' formula.
    """
    r, centre, focal, principal, (k1, k2) = camera[:3], camera[3:6], camera[6], camera[7:9], camera[9:]
    v = [p - c for p, c in zip(point, centre, strict=True)]
    angle = m.sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2])
    cosine, sine = m.cos(angle), m.sin(angle)
    a = [x / angle for x in r]
    crossed = [a[1] * v[2] - a[2] * v[1], a[2] * v[0] - a[0] * v[2], a[0] * v[1] - a[1] * v[0]]
    along = (a[0] * v[0] + a[1] * v[1] + a[2] * v[2]) * (1 - cosine)
    x, y, z = (v[i] * cosine + crossed[i] * sine + a[i] * along for i in range(3))
    seen = [x / z, y / z]
    squared = seen[0] * seen[0] + seen[1] * seen[1]
    distortion = 1 + k1 * squared + k2 * (squared * squared)
    projected = [s * distortion * focal + p for s, p in zip(seen, principal, strict=True)]
    return [*(w * (p - f) for p, f in zip(projected, feature, strict=True)), 1 - w * w]


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


def gaussian_mixture(m: Any, x: Vector, points: Sequence[Sequence[float]], k: int, gamma: float, wishart: int) -> Any:
    """The log-likelihood of a mixture of k Gaussians plus the log of a Wishart prior on their precisions.

    The parameters are k weights α, k means of d numbers, and for each component the square root of its precision
    matrix: the d logarithms of the diagonal, then what is below it, column by column.  Constants are left out.
    """
    n, d = len(points), len(points[0])
    size = d * (d + 1) // 2
    alphas, means = x[:k], [x[k + i * d : k + i * d + d] for i in range(k)]
    factors = [x[k + k * d + i * size : k + k * d + i * size + size] for i in range(k)]
    diagonals = [[m.exp(log) for log in factor[:d]] for factor in factors]
    log_determinants = [sum(factor[1:d], factor[0]) for factor in factors]
    likelihood = 0.0
    for point in points:
        densities = 0.0
        for i in range(k):
            deviation = [p - mean for p, mean in zip(point, means[i], strict=True)]
            squares = 0.0
            for row in range(d):
                whitened = diagonals[i][row] * deviation[row]
                for column in range(row):
                    below = d + column * (d - 1) - column * (column - 1) // 2 + row - column - 1
                    whitened = whitened + factors[i][below] * deviation[column]
                squares = squares + whitened * whitened
            densities = densities + m.exp(alphas[i] + log_determinants[i] - 0.5 * squares)
        likelihood = likelihood + m.log(densities)
    normaliser = m.log(sum((m.exp(a) for a in alphas[1:]), m.exp(alphas[0])))
    prior = 0.0
    for i in range(k):
        for entry in [*diagonals[i], *factors[i][d:]]:
            prior = prior + 0.5 * gamma**2 * (entry * entry)
        prior = prior - wishart * log_determinants[i]
    return likelihood - n * normaliser + prior


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
    """Σ 100(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²."""
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
    """Y ← y·x + x, over and over: as deep as it has operations."""

    def loss(m: Any, leaves: Vector) -> Any:
        (x,) = leaves
        y = x
        for _ in range(operations // 2):
            y = y * x + x
        return y

    return Workload(f"a chain {operations:,} deep", [0.5], loss)


def fan_out(uses: int, title: str = "") -> Workload:
    """One node used often, the uses added pairwise: as wide as it has uses, and not deep."""

    def loss(m: Any, leaves: Vector) -> Any:
        x, y = leaves
        shared = x * y
        terms = [shared * y for _ in range(uses)]
        while len(terms) > 1:
            odd = [terms.pop()] if len(terms) % 2 else []
            terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=True)] + odd
        return terms[0]

    return Workload(title or f"one node used {uses:,} times", [0.5, 0.25], loss)


@cache
def workload(name: str) -> Workload:
    """The workload of that name; "fan_out:500" is one of a given size."""
    base, _, size = name.partition(":")
    if size:
        return {"chain": chain, "fan_out": fan_out}[base](int(size))
    return {
        "demo": demo,
        "sample": lambda: sample(neuron, "w·x added term by term"),
        "dot": lambda: sample(neuron_with_dot, "each activation sum one dot"),
        "bundle": bundle,
        "mixture": mixture,
        "hessian": hessian,
    }[base]()
