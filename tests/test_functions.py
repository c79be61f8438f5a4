"""The forward functions written here rather than taken from `math`, densely: within 2 ulp, at their seams too."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest
from effort import scaled
from mpmath import mp, mpf
from twins import TWINS

from autograd import TABLE, functions

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


# What the formulas with corrections reach, which is less than the 2 ulp that hold for all.
ULPS = {"erfc": 1.4, "normal_cdf": 1.4, "gelu": 1.7}


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
    assert ulps_off(name, worst) <= ULPS.get(name, 2.0), f"{name}({worst!r})"


@pytest.mark.parametrize("name", ["normal_cdf", "gelu", "erfc"])
def test_a_tail_keeps_2_ulp_where_its_values_lose_their_digits(name):
    rng = random.Random(name)
    points = [rng.uniform(26.4, 27.5) if name == "erfc" else -rng.uniform(37.4, 38.8) for _ in range(SAMPLES)]
    worst = max(points, key=lambda x: ulps_off(name, x))
    assert ulps_off(name, worst) <= ULPS.get(name, 2.0), f"{name}({worst!r})"


def test_a_leg_of_ordinary_sides_is_within_1_2_ulp() -> None:
    """Where h² − x² is neither too small nor too large for a float: with roots of factors it would be up to 2 ulp."""
    rng = random.Random("leg")
    for _ in range(scaled(2000)):
        h = 10.0 ** rng.uniform(-140.0, 150.0)
        x = h * rng.choice([rng.uniform(-1.0, 1.0), 1.0 - 10.0 ** rng.uniform(-4.0, 0.0)])
        with mp.workdps(DIGITS):
            expected = mp.sqrt(mpf(h) ** 2 - mpf(x) ** 2)
            assert abs(TABLE["leg"](h, x) - expected) <= 1.2 * math.ulp(float(expected)), (h, x)


@pytest.mark.parametrize("size", [5e-324, 1e-200, 3.0, 1e154, 1e155, 1e308, 1.7976931348623157e308])
def test_leg_of_equal_sides_is_0_on_floats(size):
    """Also where h + x overflows, and the product of h − x and h + x would be 0·inf."""
    assert TABLE["leg"](size, size) == TABLE["leg"](size, -size) == 0.0


ZEROS = [
    (functions.relu, (0.0,), 0.0),
    (functions.relu, (-0.0,), 0.0),
    (functions.silu, (-math.inf,), -0.0),
    (functions.silu, (-2000.0,), -0.0),
    (functions.gelu, (-math.inf,), -0.0),
    (functions.maximum, (0.0, -0.0), 0.0),
    (functions.maximum, (-0.0, 0.0), -0.0),
    (functions.minimum, (0.0, -0.0), 0.0),
    (functions.minimum, (-0.0, 0.0), -0.0),
    (functions.clip, (0.0, -0.0, 1.0), 0.0),
    (functions.clip, (0.0, -1.0, -0.0), 0.0),
    (functions.sign, (-0.0,), 0.0),
    (functions.cbrt, (-0.0,), -0.0),
]


@pytest.mark.parametrize(("f", "operands", "zero"), ZEROS)
def test_a_zero_has_its_sign(f, operands, zero):
    """Of two equal numbers the first is taken."""
    result = f(*operands)
    assert (result, math.copysign(1.0, result)) == (0.0, math.copysign(1.0, zero))


def test_products_of_split_numbers_are_exact():
    draw = random.Random(0)
    for _ in range(300):
        x, y = (draw.choice((-1.0, 1.0)) * math.ldexp(draw.uniform(0.5, 1.0), draw.randint(-60, 60)) for _ in range(2))
        for number in (x, y):
            high, low = functions.split(number)
            assert Fraction(high) + Fraction(low) == Fraction(number)
            assert all(Fraction(a) * Fraction(b) == Fraction(a * b) for a in (high, low) for b in (high, low))
        error = functions.product_error(functions.split(x), functions.split(y), x * y)
        assert Fraction(x * y) + Fraction(error) == Fraction(x) * Fraction(y)


def test_differences_have_their_rounding_errors():
    draw = random.Random(1)
    for _ in range(300):
        x, y = (draw.choice((-1.0, 1.0)) * math.ldexp(draw.uniform(0.5, 1.0), draw.randint(-30, 30)) for _ in range(2))
        difference, error = functions._difference(x, y)
        assert difference == x - y
        assert Fraction(difference) + Fraction(error) == Fraction(x) - Fraction(y)
    assert functions._difference(math.inf, math.inf) == (0.0, 0.0)
    assert functions._difference(-math.inf, math.inf) == (-math.inf, 0.0)


@pytest.mark.parametrize("tail", [functions._ERFC, functions._UPPER])
def test_the_factor_of_a_tail_has_twice_the_digits_of_a_float(tail):
    """Of c·∫e^(−kt²) dt over the line, which is `mass`, c·e^(−kx²)/(2kx) is left far out."""
    with mp.workdps(50):
        factor = mpf(tail.mass) * mp.sqrt(tail.k / mp.pi) / (2 * tail.k)
        assert abs(mpf(tail.factor) * (1 + mpf(tail.factor_error)) / factor - 1) < mpf(10) ** -20


def test_numbers_of_a_softmax_must_be_given():
    with pytest.raises(TypeError, match=r"softmax takes an index and at least one number; ag.softmax\(\) takes a list"):
        TABLE["softmax"](0.0)
