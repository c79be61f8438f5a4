"""The 35 functions of Moré, Garbow and Hillstrom (ACM TOMS 7, 1981), as vectors of residuals, in the paper's order.

The function is the sum of the squares of the residuals.  `i` and `j` count from 1 as in the paper wherever they enter a
formula.  Three of the functions are also among NIST's sets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import autograd as ag
from published import nist
from published.data import load

Vector = Sequence[Any]

_DATA = load("more_garbow_hillstrom")
_OBSERVATIONS = _DATA["observations"]
PROBLEMS = _DATA["problems"]
"""By name: the standard starting point, what is published about the value there, minima, and the minimiser if exact."""
LARGER = _DATA["larger"]
"""By name: published values at the starting points of larger numbers of variables."""


def sum_of_squares(residuals: Callable[[Vector], Vector]) -> Callable[[Vector], Any]:
    """The function to be minimised: f(x) = Σ rᵢ(x)²."""
    return lambda x: ag.total(r**2 for r in residuals(x))


def rosenbrock(x: Vector) -> Vector:
    return [10 * (x[1] - x[0] ** 2), 1 - x[0]]


def freudenstein_roth(x: Vector) -> Vector:
    return [-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]]


def powell_badly_scaled(x: Vector) -> Vector:
    return [1e4 * x[0] * x[1] - 1, ag.exp(-x[0]) + ag.exp(-x[1]) - 1.0001]


def brown_badly_scaled(x: Vector) -> Vector:
    return [x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2]


def beale(x: Vector) -> Vector:
    return [y - x[0] * (1 - x[1] ** i) for i, y in enumerate((1.5, 2.25, 2.625), 1)]


def jennrich_sampson(x: Vector) -> Vector:
    return [2 + 2 * i - (ag.exp(i * x[0]) + ag.exp(i * x[1])) for i in range(1, 11)]


def helical_valley(x: Vector) -> Vector:
    theta = ag.atan(x[1] / x[0]) / (2 * math.pi) + (0.5 if x[0] < 0 else 0.0)
    return [10 * (x[2] - 10 * theta), 10 * (ag.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]]


def bard(x: Vector) -> Vector:
    return [y - (x[0] + i / ((16 - i) * x[1] + min(i, 16 - i) * x[2])) for i, y in enumerate(_OBSERVATIONS["bard"], 1)]


def gaussian(x: Vector) -> Vector:
    return [
        x[0] * ag.exp(-x[1] * ((8 - i) / 2 - x[2]) ** 2 / 2) - y for i, y in enumerate(_OBSERVATIONS["gaussian"], 1)
    ]


def meyer(x: Vector) -> Vector:
    return nist.residuals("MGH10", x)


def gulf(x: Vector) -> Vector:
    times = [i / 100 for i in range(1, 100)]
    return [ag.exp(-(abs(25 + (-50 * math.log(t)) ** (2 / 3) - x[1]) ** x[2]) / x[0]) - t for t in times]


def box(x: Vector) -> Vector:
    times = [0.1 * i for i in range(1, 11)]
    return [ag.exp(-t * x[0]) - ag.exp(-t * x[1]) - x[2] * (math.exp(-t) - math.exp(-10 * t)) for t in times]


def powell_singular(x: Vector) -> Vector:
    a, b, c, d = x
    return [a + 10 * b, math.sqrt(5) * (c - d), (b - 2 * c) ** 2, math.sqrt(10) * (a - d) ** 2]


def wood(x: Vector) -> Vector:
    return [
        10 * (x[1] - x[0] ** 2),
        1 - x[0],
        math.sqrt(90) * (x[3] - x[2] ** 2),
        1 - x[2],
        math.sqrt(10) * (x[1] + x[3] - 2),
        (x[1] - x[3]) / math.sqrt(10),
    ]


def kowalik_osborne(x: Vector) -> Vector:
    return nist.residuals("MGH09", x)


def brown_dennis(x: Vector) -> Vector:
    times = [i / 5 for i in range(1, 21)]
    return [(x[0] + t * x[1] - math.exp(t)) ** 2 + (x[2] + x[3] * math.sin(t) - math.cos(t)) ** 2 for t in times]


def osborne_1(x: Vector) -> Vector:
    return nist.residuals("MGH17", x)


def biggs_exp6(x: Vector) -> Vector:
    times = [0.1 * i for i in range(1, 14)]
    return [
        x[2] * ag.exp(-t * x[0])
        - x[3] * ag.exp(-t * x[1])
        + x[5] * ag.exp(-t * x[4])
        - (math.exp(-t) - 5 * math.exp(-10 * t) + 3 * math.exp(-4 * t))
        for t in times
    ]


def osborne_2(x: Vector) -> Vector:
    def model(t: float) -> Any:
        peaks = [x[k] * ag.exp(-((t - x[k + 7]) ** 2) * x[k + 4]) for k in (1, 2, 3)]
        return x[0] * ag.exp(-t * x[4]) + ag.total(peaks)

    return [y - model((i - 1) / 10) for i, y in enumerate(_OBSERVATIONS["osborne_2"], 1)]


def watson(x: Vector) -> Vector:
    times = [i / 29 for i in range(1, 30)]
    slopes = [ag.total(j * x[j] * t ** (j - 1) for j in range(1, len(x))) for t in times]
    values = [ag.total(x[j] * t**j for j in range(len(x))) for t in times]
    return [*(slope - value**2 - 1 for slope, value in zip(slopes, values, strict=True)), x[0], x[1] - x[0] ** 2 - 1]


def extended_rosenbrock(x: Vector) -> Vector:
    return [r for pair in zip(x[0::2], x[1::2], strict=True) for r in rosenbrock(pair)]


def extended_powell(x: Vector) -> Vector:
    return [r for i in range(0, len(x), 4) for r in powell_singular(x[i : i + 4])]


def penalty_1(x: Vector) -> Vector:
    return [*(math.sqrt(1e-5) * (xi - 1) for xi in x), ag.total(xi**2 for xi in x) - 0.25]


def penalty_2(x: Vector) -> Vector:
    n, root = len(x), math.sqrt(1e-5)
    y = [math.exp(i / 10) + math.exp((i - 1) / 10) for i in range(2, n + 1)]
    return [
        x[0] - 0.2,
        *(root * (ag.exp(x[i] / 10) + ag.exp(x[i - 1] / 10) - y[i - 1]) for i in range(1, n)),
        *(root * (ag.exp(x[i] / 10) - math.exp(-1 / 10)) for i in range(1, n)),
        ag.total((n - i) * x[i] ** 2 for i in range(n)) - 1,
    ]


def variably_dimensioned(x: Vector) -> Vector:
    weighted = ag.total(j * (xj - 1) for j, xj in enumerate(x, 1))
    return [*(xi - 1 for xi in x), weighted, weighted**2]


def trigonometric(x: Vector) -> Vector:
    cosines = ag.total(ag.cos(xj) for xj in x)
    return [len(x) - cosines + i * (1 - ag.cos(xi)) - ag.sin(xi) for i, xi in enumerate(x, 1)]


def brown_almost_linear(x: Vector) -> Vector:
    return [*(xi + ag.total(x) - (len(x) + 1) for xi in x[:-1]), math.prod(x) - 1]


def discrete_boundary_value(x: Vector) -> Vector:
    h = 1 / (len(x) + 1)
    padded = [0.0, *x, 0.0]
    return [2 * xi - padded[i - 1] - padded[i + 1] + h**2 * (xi + i * h + 1) ** 3 / 2 for i, xi in enumerate(x, 1)]


def discrete_integral_equation(x: Vector) -> Vector:
    h = 1 / (len(x) + 1)
    cubes = [(xj + j * h + 1) ** 3 for j, xj in enumerate(x, 1)]
    return [
        xi + h / 2 * ag.total(min(i, j) * h * (1 - max(i, j) * h) * cube for j, cube in enumerate(cubes, 1))
        for i, xi in enumerate(x, 1)
    ]


def broyden_tridiagonal(x: Vector) -> Vector:
    padded = [0.0, *x, 0.0]
    return [(3 - 2 * xi) * xi - padded[i - 1] - 2 * padded[i + 1] + 1 for i, xi in enumerate(x, 1)]


def broyden_banded(x: Vector) -> Vector:
    def near(i: int) -> Vector:
        return [x[j] * (1 + x[j]) for j in range(max(0, i - 5), min(len(x), i + 2)) if j != i]

    return [xi * (2 + 5 * xi**2) + 1 - ag.total(near(i)) for i, xi in enumerate(x)]


def linear_full_rank(x: Vector, m: int = 10) -> Vector:
    mean = 2 / m * ag.total(x)
    return [*(xi - mean - 1 for xi in x), *(-mean - 1 for _ in range(len(x), m))]


def linear_rank_1(x: Vector, m: int = 10) -> Vector:
    weighted = ag.total(j * xj for j, xj in enumerate(x, 1))
    return [i * weighted - 1 for i in range(1, m + 1)]


def linear_rank_1_zeros(x: Vector, m: int = 10) -> Vector:
    weighted = ag.total(j * xj for j, xj in enumerate(x[1:-1], 2))
    return [-1.0, *((i - 1) * weighted - 1 for i in range(2, m)), -1.0]


def chebyquad(x: Vector) -> Vector:
    """Chebyshev polynomials shifted to [0, 1]: T₀ = 1, T₁ = 2x − 1, Tᵢ₊₁ = 2T₁Tᵢ − Tᵢ₋₁."""
    n = len(x)
    before, now = [1.0] * n, [2 * xj - 1 for xj in x]
    result = []
    for i in range(1, n + 1):
        result.append(ag.total(now) / n - (0.0 if i % 2 else -1 / (i**2 - 1)))
        before, now = now, [2 * (2 * xj - 1) * t - b for xj, t, b in zip(x, now, before, strict=True)]
    return result


FUNCTIONS: dict[str, Callable[[Vector], Vector]] = {name: globals()[name] for name in PROBLEMS}
