"""The nonlinear regression models of the Statistical Reference Datasets (NIST/ITL StRD), and their residuals.

Each is written as on the certificate of its data, with the parameters b₁, b₂, … counted from 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import autograd as ag
from published.data import load

SETS = load("nist")


def _enso(b: Sequence[Any], x: float) -> Any:
    year, second, third = 2 * math.pi * x / 12, 2 * math.pi * x / b[3], 2 * math.pi * x / b[6]
    waves = [ag.cos(year), ag.sin(year), ag.cos(second), ag.sin(second), ag.cos(third), ag.sin(third)]
    return b[0] + ag.dot([b[1], b[2], b[4], b[5], b[7], b[8]], waves)


def _gauss(b: Sequence[Any], x: float) -> Any:
    first = b[2] * ag.exp(-((x - b[3]) ** 2) / b[4] ** 2)
    second = b[5] * ag.exp(-((x - b[6]) ** 2) / b[7] ** 2)
    return b[0] * ag.exp(-b[1] * x) + first + second


def _cubic_over_cubic(b: Sequence[Any], x: float) -> Any:
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def _lanczos(b: Sequence[Any], x: float) -> Any:
    return b[0] * ag.exp(-b[1] * x) + b[2] * ag.exp(-b[3] * x) + b[4] * ag.exp(-b[5] * x)


MODELS: dict[str, Callable[[Sequence[Any], Any], Any]] = {
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1 / b[2]),
    "BoxBOD": lambda b, x: b[0] * (1 - ag.exp(-b[1] * x)),
    "Chwirut": lambda b, x: ag.exp(-b[0] * x) / (b[1] + b[2] * x),
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "ENSO": _enso,
    "Eckerle4": lambda b, x: b[0] / b[1] * ag.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss": _gauss,
    "Hahn1": _cubic_over_cubic,
    "Kirby": lambda b, x: (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2),
    "Lanczos": _lanczos,
    "MGH09": lambda b, x: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda b, x: b[0] * ag.exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x: b[0] + b[1] * ag.exp(-x * b[3]) + b[2] * ag.exp(-x * b[4]),
    "Misra1a": lambda b, x: b[0] * (1 - ag.exp(-b[1] * x)),
    "Misra1b": lambda b, x: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda b, x: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x: b[0] * b[1] * x * (1 + b[1] * x) ** -1,
    "Nelson": lambda b, x: b[0] - b[1] * x[0] * ag.exp(-b[2] * x[1]),
    "Rat42": lambda b, x: b[0] / (1 + ag.exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1 + ag.exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - ag.atan(b[2] / (x - b[3])) / math.pi,
    "Thurber": _cubic_over_cubic,
}


def residuals(name: str, b: Sequence[Any]) -> list[Any]:
    """Observed minus modelled, at each point of the set of that name; for Nelson's the logarithm is modelled."""
    data = SETS[name]
    model = MODELS[data["model"]]
    observed = map(math.log, data["y"]) if name == "Nelson" else data["y"]
    return [y - model(b, x) for x, y in zip(data["x"], observed, strict=True)]


def sum_of_squares(name: str, b: Sequence[Any]) -> Any:
    """The residual sum of squares of the set of that name at the parameters `b`."""
    return ag.total(r**2 for r in residuals(name, b))
