"""The forward functions written here rather than taken from `math`, densely: within 2 ulp, at their seams too."""

from __future__ import annotations

import math
import random

import pytest
from mpmath import mp, mpf
from twins import TWINS

from autograd import TABLE

SAMPLES = 300
DIGITS = 80
"""Enough for a twin to be right to far more than 2 ulp in the ranges below."""

RANGES = {
    # operation: where it is sampled, and where its formula changes
    "tanh": ((-3.0, 3.0), (0.17, -0.17, 1.0, -1.0)),
    "sech": ((-20.0, 20.0), (0.80471, -0.80471)),
    "acosh": ((1.0, 3.0), (1.02,)),
    "cbrt": ((-1e3, 1e3), ()),
    "sigmoid": ((-40.0, 40.0), (0.0,)),
    "softplus": ((-40.0, 40.0), (0.0,)),
    "silu": ((-720.0, 40.0), (-700.0,)),
    "gaussian": ((-37.0, 37.0), ()),
    "erfc": ((-6.0, 26.5), (0.477, 0.8134, 7.1808)),
    "normal_cdf": ((-38.0, 38.0), (-0.85, 10.0531, -10.0531)),
    "gelu": ((-37.4, 10.0), (-0.85, -30.0, -10.0531)),
}


def ulps_off(name: str, x: float) -> float:
    with mp.workdps(DIGITS):
        expected = TWINS[name](mpf(x))
        return float(abs(TABLE[name](x) - expected) / math.ulp(float(expected)))


@pytest.mark.parametrize("name", RANGES)
def test_a_forward_function_is_within_2_ulp_of_its_twin(name):
    (low, high), seams = RANGES[name]
    rng = random.Random(name)
    points = [rng.uniform(low, high) for _ in range(SAMPLES)]
    points += [rng.uniform(max(low, -3.0), min(high, 3.0)) for _ in range(SAMPLES)]
    points += [math.nextafter(seam, toward) for seam in seams for toward in (-math.inf, seam, math.inf)]
    worst = max(points, key=lambda x: ulps_off(name, x))
    assert ulps_off(name, worst) <= 2.0, f"{name}({worst!r})"


@pytest.mark.parametrize("name", ["normal_cdf", "gelu", "erfc"])
def test_a_tail_keeps_2_ulp_where_its_values_lose_their_digits(name):
    rng = random.Random(name)
    points = [rng.uniform(26.4, 27.5) if name == "erfc" else -rng.uniform(37.4, 38.8) for _ in range(SAMPLES)]
    worst = max(points, key=lambda x: ulps_off(name, x))
    assert ulps_off(name, worst) <= 2.0, f"{name}({worst!r})"


@pytest.mark.parametrize("size", [5e-324, 1e-200, 3.0, 1e154, 1e155, 1e308, 1.7976931348623157e308])
def test_leg_of_equal_sides_is_0_on_floats(size):
    """Also where h + x overflows, and the product of h − x and h + x would be 0·inf."""
    assert TABLE["leg"](size, size) == TABLE["leg"](size, -size) == 0.0
