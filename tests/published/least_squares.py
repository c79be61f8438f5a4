"""A least-squares solver that takes its Jacobians from the package."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag


def least_squares(residuals: Callable[[Sequence[Any]], Sequence[Any]], start: Sequence[float]) -> float:
    """The least sum of squares that the method of Levenberg and Marquardt finds from `start`.

    Steps are damped in proportion to the largest norm yet of each column, as in MINPACK (Moré 1978).

    >>> round(least_squares(lambda x: [x[0] - 1, 2 * x[0] - 2, 3.0], [5.0]), 9)
    9.0
    """
    x = np.array(start, dtype=float)
    r, jacobian = _values(residuals, x), ag.jacobian(residuals)(x.tolist())
    damping, scale = 1e-3, np.full(len(x), 1e-3)
    for _ in range(1000):
        scale = np.maximum(scale, np.linalg.norm(jacobian, axis=0))
        damped = np.vstack([jacobian, np.diag(math.sqrt(damping) * scale)])
        step = np.linalg.lstsq(damped, np.concatenate([-r, np.zeros(len(x))]), rcond=None)[0]
        closer = _values(residuals, x + step)
        if closer @ closer < r @ r:
            converged = closer @ closer > (1 - 1e-12) * (r @ r)
            x, r, jacobian = x + step, closer, ag.jacobian(residuals)((x + step).tolist())
            damping /= 10
        else:
            damping *= 4
            converged = damping > 1e16
        if converged:
            break
    return float(r @ r)


def _values(residuals: Callable[[Sequence[Any]], Sequence[Any]], x: Any) -> Any:
    """The residuals as an array; infinite where there are none, so that the step is not taken."""
    try:
        return np.array([float(r) for r in residuals(x.tolist())])
    except (ArithmeticError, ValueError):
        return np.array([math.inf])
