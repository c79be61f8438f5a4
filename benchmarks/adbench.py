"""Two objectives of ADBench (Šrajer, Kukelova, Fitzgibbon 2018), in scalar code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Vector = Sequence[Any]


def bundle_adjustment(m: Any, camera: Vector, point: Vector, w: Any, feature: Vector) -> Vector:
    """Return the weighted error, in x and y, of a point seen at `feature`, and the error 1 − w² of the weight.

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


def gaussian_mixture(m: Any, x: Vector, points: Sequence[Sequence[float]], k: int, gamma: float, wishart: int) -> Any:
    """Return the log-likelihood of a mixture of k Gaussians plus the log of a Wishart prior on their precisions.

    The parameters are k weights α, k means of d numbers, and for each component the square root of its precision
    matrix: the d logarithms of the diagonal, then the entries below it, column by column.  Constants are omitted.
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
