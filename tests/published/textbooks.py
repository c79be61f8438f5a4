"""Small functions that papers and courses work by hand, with every intermediate value that they print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import autograd as ag


def baydin(x1: Any, x2: Any) -> list[Any]:
    """The variables v₋₁ … v₅ of y = ln x₁ + x₁x₂ − sin x₂ in Tables 2 and 3 of the survey.

    A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind: Automatic differentiation in machine learning: a
    survey, JMLR 18 (2018).
    """
    v1 = ag.log(x1)
    v2 = x1 * x2
    v3 = ag.sin(x2)
    v4 = v1 + v2
    return [x1, x2, v1, v2, v3, v4, v4 - v3]


def griewank_walther(x1: Any, x2: Any) -> list[Any]:
    """The variables v₋₁ … v₆ of y = (sin(x₁/x₂) + x₁/x₂ − e^x₂)(x₁/x₂ − e^x₂) in Tables 1.1 to 1.3 of the book.

    A. Griewank, A. Walther: Evaluating derivatives, 2nd edition, SIAM (2008).
    """
    v1 = x1 / x2
    v2 = ag.sin(v1)
    v3 = ag.exp(x2)
    v4 = v1 - v3
    v5 = v2 + v4
    return [x1, x2, v1, v2, v3, v4, v5, v5 * v4]


def lighthouse(x: Sequence[Any]) -> list[Any]:
    """Where the beam of a lighthouse at distance ν, turning by ω, meets a quay of slope γ at time t (ibid.)."""
    nu, gamma, omega, t = x
    tangent = ag.tan(omega * t)
    y1 = nu * tangent / (gamma - tangent)
    return [y1, gamma * y1]


def speelpenning(x: Sequence[Any]) -> Any:
    """The product of all variables, whose gradient takes n² multiplications when it is written out (ibid.)."""
    return math.prod(x)


def cs231n_sum_times(x: Any, y: Any, z: Any) -> list[Any]:
    """The gates of f = (x + y)z; Stanford's CS231n, notes on backpropagation, as the two that follow."""
    q = x + y
    return [q, q * z]


def cs231n_neuron(w0: Any, x0: Any, w1: Any, x1: Any, w2: Any) -> list[Any]:
    """The gates of the neuron 1/(1 + exp(−(w₀x₀ + w₁x₁ + w₂)))."""
    weighted = [w0 * x0, w1 * x1]
    gates = [*weighted, weighted[0] + weighted[1]]
    gates.append(gates[-1] + w2)
    gates.append(gates[-1] * -1)
    gates.append(ag.exp(gates[-1]))
    gates.append(gates[-1] + 1)
    return [*gates, 1 / gates[-1]]


def cs231n_max(x: Any, y: Any, z: Any, w: Any) -> Any:
    """An add, a multiply and a max gate: 2(xy + max(z, w))."""
    return 2 * (x * y + ag.maximum(z, w))


def cs231n_staged(x: Any, y: Any) -> Any:
    """The function that the notes differentiate in stages: (x + σ(y)) / (σ(x) + (x + y)²)."""
    return (x + ag.sigmoid(y)) / (ag.sigmoid(x) + (x + y) ** 2)
