"""The nonlinear regression models of NIST's Statistical Reference Datasets (NIST/ITL StRD), 27 sets of data.

Each model takes its parameters b and the predictor x as the certificate of the set writes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import autograd as ag

Model = Callable[[Sequence[Any], Any], Any]


def bennett5(b, x):
    return b[0] * (b[1] + x) ** (-1 / b[2])


def boxbod(b, x):
    return b[0] * (1 - ag.exp(-b[1] * x))


def chwirut(b, x):
    return ag.exp(-b[0] * x) / (b[1] + b[2] * x)


def danwood(b, x):
    return b[0] * x ** b[1]


def enso(b, x):
    a = [2 * math.pi * x / period for period in (12, b[3], b[6])]
    return (
        b[0]
        + b[1] * ag.cos(a[0])
        + b[2] * ag.sin(a[0])
        + b[4] * ag.cos(a[1])
        + b[5] * ag.sin(a[1])
        + b[7] * ag.cos(a[2])
        + b[8] * ag.sin(a[2])
    )


def eckerle4(b, x):
    return b[0] / b[1] * ag.exp(-0.5 * ((x - b[2]) / b[1]) ** 2)


def gauss(b, x):
    return (
        b[0] * ag.exp(-b[1] * x)
        + b[2] * ag.exp(-((x - b[3]) ** 2) / b[4] ** 2)
        + b[5] * ag.exp(-((x - b[6]) ** 2) / b[7] ** 2)
    )


def hahn1(b, x):
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def kirby(b, x):
    return (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2)


def lanczos(b, x):
    return b[0] * ag.exp(-b[1] * x) + b[2] * ag.exp(-b[3] * x) + b[4] * ag.exp(-b[5] * x)


def mgh09(b, x):
    return b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3])


def mgh10(b, x):
    return b[0] * ag.exp(b[1] / (x + b[2]))


def mgh17(b, x):
    return b[0] + b[1] * ag.exp(-x * b[3]) + b[2] * ag.exp(-x * b[4])


def misra1a(b, x):
    return b[0] * (1 - ag.exp(-b[1] * x))


def misra1b(b, x):
    return b[0] * (1 - (1 + b[1] * x / 2) ** -2)


def misra1c(b, x):
    return b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5)


def misra1d(b, x):
    return b[0] * b[1] * x * (1 + b[1] * x) ** -1


def nelson(b, x):
    return b[0] - b[1] * x[0] * ag.exp(-b[2] * x[1])


def rat42(b, x):
    return b[0] / (1 + ag.exp(b[1] - b[2] * x))


def rat43(b, x):
    return b[0] / (1 + ag.exp(b[1] - b[2] * x)) ** (1 / b[3])


def roszman1(b, x):
    return b[0] - b[1] * x - ag.atan(b[2] / (x - b[3])) / math.pi


def thurber(b, x):
    return hahn1(b, x)


MODELS = {f.__name__: f for f in [bennett5, boxbod, chwirut, danwood, enso, eckerle4, gauss, hahn1, kirby, lanczos, mgh09, mgh10, mgh17, misra1a, misra1b, misra1c, misra1d, nelson, rat42, rat43, roszman1, thurber]}


def residual(b, data, i):
    f = MODELS[data["model"].lower()]
    y = data["y"][i]
    if data["logy"]: y = ag.log(y)
    return y - f(b, data["x"][i])

def rss(b, data):
    return ag.total(residual(b, data, i) ** 2 for i in range(len(data["y"])))
