"""The objective functions of ADBench that have published derivatives.

F. Šrajer, Z. Kukelova, A. Fitzgibbon: A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning, Optimization Methods and Software 33 (2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import autograd as ag

Vector = Sequence[Any]

_PI = 3.14159265359  # to as many digits as ADBench has it: its expected values show that


def gaussian_mixture(parameters: Vector, points: Sequence[Sequence[float]], k: int, gamma: float, m: int) -> Any:
    """The log-likelihood of a mixture of k Gaussians, plus the log of a Wishart prior (γ, m) on their precisions.

    The parameters are k weights α, k means of d numbers, and for each component the square root of its precision
    matrix: the d logarithms of the diagonal, then what is below it, column by column.
    """
    n, d = len(points), len(points[0])
    numbers = iter(parameters)
    alphas = _take(k, numbers)
    means = [_take(d, numbers) for _ in range(k)]
    log_diagonals, factors = zip(*(_factor(_take(d * (d + 1) // 2, numbers), d) for _ in range(k)), strict=True)
    log_determinants = [ag.total(logs) for logs in log_diagonals]

    def log_density(point: Sequence[float], i: int) -> Any:
        deviation = [x - mean for x, mean in zip(point, means[i], strict=True)]
        whitened = [ag.dot(row, deviation[: len(row)]) for row in factors[i]]
        return alphas[i] + log_determinants[i] - 0.5 * ag.total(w**2 for w in whitened)

    likelihood = ag.total(ag.logsumexp([log_density(point, i) for i in range(k)]) for point in points)
    squares = ag.total(entry**2 for factor in factors for row in factor for entry in row)
    prior = 0.5 * gamma**2 * squares - m * ag.total(log_determinants) - k * _log_wishart_constant(d, gamma, m)
    return likelihood - n * ag.logsumexp(alphas) + prior - n * d * 0.5 * math.log(2 * _PI)


def _factor(packed: Vector, d: int) -> tuple[Vector, list[Vector]]:
    """The logarithms of the diagonal, and the rows of the lower triangular matrix."""
    below = iter(packed[d:])
    columns = [[ag.exp(packed[j]), *_take(d - 1 - j, below)] for j in range(d)]
    return packed[:d], [[columns[j][i - j] for j in range(i + 1)] for i in range(d)]


def _log_wishart_constant(d: int, gamma: float, m: int) -> float:
    freedom = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(_PI) + sum(math.lgamma(0.5 * (freedom - j)) for j in range(d))
    return freedom * d * (math.log(gamma) - 0.5 * math.log(2)) - log_gamma


def bundle_adjustment(parameters: Vector, feature: Sequence[float]) -> Vector:
    """The weighted error of a point that a camera saw at `feature`, in x and y, and the error 1 − w² of the weight.

    The parameters are the camera's rotation (an axis as long as the angle), centre, focal length, principal point and
    two coefficients of radial distortion; the point; the weight w.
    """
    numbers = iter(parameters)
    rotation, centre, (focal,), principal, radial, point, (w,) = (_take(n, numbers) for n in (3, 3, 1, 2, 2, 3, 1))
    x, y, z = _rotated([p - c for p, c in zip(point, centre, strict=True)], rotation)
    seen = [x / z, y / z]
    squared = ag.dot(seen, seen)
    distortion = 1 + radial[0] * squared + radial[1] * squared**2
    projected = [s * distortion * focal + p for s, p in zip(seen, principal, strict=True)]
    return [*(w * (p - f) for p, f in zip(projected, feature, strict=True)), 1 - w**2]


def _rotated(v: Vector, rotation: Vector) -> Vector:
    """Rodrigues' formula: v cos θ + (a × v) sin θ + a (a·v)(1 − cos θ), for the unit axis a."""
    angle = ag.sqrt(ag.dot(rotation, rotation))
    a = [r / angle for r in rotation]
    crossed = [a[1] * v[2] - a[2] * v[1], a[2] * v[0] - a[0] * v[2], a[0] * v[1] - a[1] * v[0]]
    weights = [ag.cos(angle), ag.sin(angle), ag.dot(a, v) * (1 - ag.cos(angle))]
    return [ag.dot(weights, components) for components in zip(v, crossed, a, strict=True)]


def lstm(
    parameters: Vector,
    state: Sequence[float],
    characters: Sequence[Sequence[int]],
    width: int,
    sigmoid: Callable[[Any], Any] = ag.sigmoid,
) -> Any:
    """The mean loss of an LSTM whose matrices are diagonal, predicting each character from those before it.

    The parameters are for each layer the weights and then the biases of its forget, input, output and change gates;
    the weights of the inputs; the weights and biases of the outputs.  The state, at the start, is for each layer what
    its neurons put out and what they remember.
    """
    *gates, into, out, bias = _split(parameters, width)
    layers = _split(gates, 8)
    states = _split(_split(state, width), 2)
    losses: list[Any] = []
    for given, wanted in pairwise(characters):
        signals: Vector = [x * w for x, w in zip(given, into, strict=True)]
        for i, (layer, (hidden, cells)) in enumerate(zip(layers, states, strict=True)):
            neurons = zip(signals, hidden, cells, zip(*layer, strict=True), strict=True)
            states[i] = [list(column) for column in zip(*(_neuron(*n, sigmoid) for n in neurons), strict=True)]
            signals = states[i][0]
        outputs = [x * w + b for x, w, b in zip(signals, out, bias, strict=True)]
        log_sum = ag.log(2 + ag.total(map(ag.exp, outputs)))  # the 2 is ADBench's
        losses += [y * (log_sum - x) for y, x in zip(wanted, outputs, strict=True)]
    return ag.total(losses) / len(losses)


def _neuron(signal: Any, hidden: Any, cell: Any, gates: Vector, sigmoid: Callable[[Any], Any]) -> tuple[Any, Any]:
    """What one neuron puts out and remembers next."""
    forget_weight, input_weight, output_weight, change_weight, *biases = gates
    forget = sigmoid(signal * forget_weight + biases[0])
    admit = sigmoid(hidden * input_weight + biases[1])
    emit = sigmoid(signal * output_weight + biases[2])
    cell = cell * forget + admit * ag.tanh(hidden * change_weight + biases[3])
    return emit * ag.tanh(cell), cell


def characters(packed: str, width: int) -> list[list[int]]:
    """The rows of bits that are packed as four hexadecimal digits each.

    >>> characters("00050002", 3)
    [[1, 0, 1], [0, 1, 0]]
    """
    return [[int(bit) for bit in f"{int(packed[i : i + 4], 16):0{width}b}"] for i in range(0, len(packed), 4)]


def _take(count: int, numbers: Iterator[Any]) -> list[Any]:
    return [next(numbers) for _ in range(count)]


def _split(sequence: Vector, size: int) -> list[Vector]:
    return [sequence[i : i + size] for i in range(0, len(sequence), size)]
