"""Numeric derivatives: the error bar holds, and a wrong number is not let through."""

from __future__ import annotations

import math
import random
import re
import struct
import zlib
from collections import Counter
from itertools import zip_longest
from typing import Any

import battery
import numpy as np
import pytest
from effort import scaled, thorough
from samples import same

import autograd as ag
from autograd.checking import noisy_functions
from autograd.checking.finite_differences import Tableau, derivative
from autograd.checking.function import AnalyticJacobian, Output
from autograd.checking.jacobian import JacobianCheck, Options
from autograd.checking.noisy_functions import TWO_SLOPES, NoiseTables, NoisySteps, OddFit
from autograd.checking.sampling import FIRST_STEP, MAX_RELATIVE_NOISE, FiniteDifference, Neighbourhood
from autograd.checking.verdict import PASS_ERRORS, Difference

SMOOTH = [
    (math.exp, 1.0, math.e),
    (math.exp, -30.0, math.exp(-30.0)),
    (math.exp, 700.0, math.exp(700.0)),
    (math.log, 1e-5, 1e5),
    (math.log, 1e-9, 1e9),
    (math.log, 1e300, 1e-300),
    (math.sin, 0.0, 1.0),
    (math.sin, 1000.0, math.cos(1000.0)),
    (math.cos, 0.0, -0.0),
    (math.cos, 1e-6, -math.sin(1e-6)),
    (math.tan, 1.57, 1.0 / math.cos(1.57) ** 2),
    (math.tanh, 0.3, 1.0 / math.cosh(0.3) ** 2),
    (math.atan, -7.0, 1.0 / 50.0),
    (math.log1p, 1e-10, 1.0 / (1.0 + 1e-10)),
    (lambda x: x * x, 0.0, 0.0),
    (lambda x: x * x, 1e-8, 2e-8),
    (lambda x: 1.0 / x, 1e-100, -1e200),
    (lambda x: x**5 - 3.0 * x, 1.0, 2.0),
    (lambda x: 1e20 + x, 1.0, 1.0),
    (lambda x: (1.0 + x) - 1.0, 1e-17, 1.0),
    (lambda x: math.sin(2.0 * math.pi * x), 64.0, 2.0 * math.pi),
    (lambda x: math.sqrt(x * x + 1e-12), 0.0, 0.0),
]
"""Functions, points and derivatives; some periodic in the steps, some with a bend far below them."""

UNARY = ["exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "atan", "erf", "log1p", "expm1", "softplus", "tan"]
BINARY = {
    "plus": lambda y, x, c: y + c,
    "times": lambda y, x, c: y * c,
    "from": lambda y, x, c: c - y,
    "under": lambda y, x, c: c / y,
    "with x": lambda y, x, c: y * x,
    "squared": lambda y, x, c: y**2,
}


def compositions(seed: int, count: int) -> list[tuple]:
    """Random compositions of functions at points of size 1e-5 to 1e3, with a derivative other than 0."""
    draw, found = random.Random(seed), []
    while len(found) < count:
        steps = [(draw.choice([*UNARY, *BINARY]), draw.uniform(-3.0, 3.0)) for _ in range(draw.randint(1, 5))]
        x = draw.choice([-1.0, 1.0]) * 10.0 ** draw.uniform(-5.0, 3.0)

        def f(x, steps=steps):
            y = x
            for name, c in steps:
                y = BINARY[name](y, x, c) if name in BINARY else getattr(ag, name)(y)
            return y

        try:
            value, slope = ag.value_and_grad(f)(x)
        except (ArithmeticError, ValueError):
            continue
        if math.isfinite(value) and math.isfinite(slope) and slope != 0.0:
            found.append((f, x, slope))
    return found


@pytest.mark.parametrize(("f", "x", "slope"), SMOOTH)
def test_the_derivative_of_a_smooth_function_lies_within_the_error_bar(f, x, slope):
    found = derivative(f, x)
    assert abs(found.slope - slope) <= found.error
    assert found.verdict(slope) == "pass"


@pytest.mark.parametrize(("f", "x", "slope"), SMOOTH)
def test_a_wrong_derivative_of_a_smooth_function_fails(f, x, slope):
    found = derivative(f, x)
    for factor in (0.5, 2.0, -1.0, 0.0, 1.01, 1.0 + 1e-5, math.inf, math.nan):
        assert found.verdict(slope * factor if slope else 1e-6 + factor) == "fail", factor


def test_a_wrong_derivative_of_a_small_number_is_not_excused_by_its_smallness():
    # x² with the derivative −50x at 1e-8 is what an absolute tolerance of 1e-5 lets pass.
    assert derivative(lambda x: x * x, 1e-8).verdict(-50e-8) == "fail"


def test_of_random_compositions_no_right_derivative_fails_and_no_wrong_one_passes():
    seen = Counter()
    for f, x, slope in compositions(seed=3, count=400):
        found = derivative(f, x)
        seen[found.verdict(slope)] += 1
        for factor in (0.5, 2.0, -1.0, 1.01):
            assert found.verdict(slope * factor) in ("fail", "undecided")
    assert seen["fail"] == seen["kink"] == 0
    assert seen["undecided"] <= 0.1 * 400


@pytest.fixture(scope="module")
def counted() -> dict[tuple[str, str], Counter[str]]:
    """The verdicts on all functions of the battery, counted by class and claim."""
    return battery.verdicts(battery.EACH)


def test_verdicts_on_battery_are_as_kept(counted):
    """A change of any count is to be looked at; `python tests/battery.py` keeps the new ones."""
    before, now = battery.KEPT.read_text(encoding="utf-8").splitlines(), battery.table(counted).splitlines()
    changed = [f"- {old}\n+ {new}" for old, new in zip_longest(before, now, fillvalue="") if old != new]
    if changed:
        pytest.fail("\n".join(["verdicts changed:", f"  {now[0]}", *changed, battery.ADVICE]), pytrace=False)


# --- numbers on the battery, digested: what makes an error bar a little wider changes no verdict


def figures(found: Difference) -> str:
    """Return the numbers of a difference, rounded: versions of Python do not sum alike to the last bit."""
    floats = found.slope, found.error, found.left, found.right, found.swing
    return " ".join([*(f"{x:.7g}" for x in floats), str(found.evaluations)])


def digest(kind: str) -> str:
    """Return a checksum of the slopes, error bars and evaluations on some functions of a class."""
    lines = []
    for i, trial in enumerate(battery.trials(kind, 24)):
        lines.append(figures(derivative(trial.f, trial.x, expected=next(iter(trial.right.values())))))
        if not i % 4:
            lines.append(figures(derivative(trial.f, trial.x, scale=1.0 + abs(trial.x), noise=2.0**-30)))
    return f"{zlib.crc32(chr(10).join(lines).encode()):08x}"


DIGESTS = {
    "smooth": "c9640d9a",
    "smooth, small and large": "9f69b7e5",
    "steep": "49072a7f",
    "oscillating": "40db394b",
    "hidden by rounding": "2a86df4a",
    "noisy": "1dd954e8",
    "noisy at zeros": "36ef49c9",
    "single precision": "0a96a1b9",
    "single-precision argument": "1948abf2",
    "stairs": "68bdf2ec",
    "kink": "97443192",
    "kink, told": "c59aff06",
    "kink at 0": "19daf7c6",
    "kink at 0, told": "5688ab8b",
    "kink, curved": "b18960fa",
    "kink, curved, told": "c4c59e54",
    "kink, one side flat": "7d440e3a",
    "kink, one side flat, told": "46455545",
    "kink, composed sides": "79095191",
    "second derivative jumps": "c6304f94",
    "curvature jumps, told": "593b0690",
    "curvature jumps, sloped": "43dba061",
    "kink nearby": "656fcaea",
    "kink nearby, told": "cf277861",
    "kink, noisy on one side": "6ed519e1",
    "kink at a large point": "5abd1421",
    "jump": "9120be4f",
    "jump, told": "b905eeab",
    "jump nearby": "5c5c9028",
    "jump nearby, told": "ab40acfc",
    "edge": "72827a08",
    "vertical": "72b896dd",
    "flat": "bac43652",
}


@thorough
@pytest.mark.parametrize("kind", battery.KINDS)
def test_error_bars_on_battery_are_as_kept(kind):
    """A change is to be looked at: `figures` shows it; what is printed here is kept if it is meant."""
    assert digest(kind) == DIGESTS[kind]


CLEAR = ["smooth", "steep", "kink", "kink, told", "kink at 0", "kink at 0, told", "jump, told", "edge", "flat"]
CLEAR += ["kink, curved", "kink, curved, told", "kink, one side flat", "kink, one side flat, told"]
CLEAR += ["kink, composed sides", "second derivative jumps", "curvature jumps, told", "curvature jumps, sloped"]
"""Classes of functions that hide nothing."""


@pytest.mark.parametrize("kind", CLEAR)
def test_verdicts_on_clear_functions_are_never_wrong(counted, kind):
    trial = battery.trials(kind, 1)[0]
    for claim in trial.right:
        seen = counted[kind, claim]
        assert seen["pass"] + seen["kink"] + seen["undecided"] == battery.EACH
        assert seen["undecided"] <= 0.05 * battery.EACH
    for claim in trial.wrong:
        seen = counted[kind, claim]
        assert seen["fail"] + seen["undecided"] == battery.EACH
        assert seen["undecided"] <= 0.05 * battery.EACH


@pytest.mark.parametrize("kind", battery.KINDS)
def test_gradcheck_has_verdicts_of_battery(kind):
    for trial in battery.trials(kind, 2):

        def bare(x, f=trial.f):
            result = f(x)
            return result[0] if isinstance(result, tuple) else result

        for claim in (trial.right | trial.wrong).values():
            [found] = ag.gradcheck(bare, trial.x, gradient=claim).leaves
            assert found.verdict == derivative(bare, trial.x, expected=claim).verdict(claim)
            assert same(found.engine, claim)


def test_ordinary_functions_take_ten_to_twenty_evaluations():
    counts = [derivative(f, x).evaluations for f, x, _ in compositions(seed=5, count=200)]
    assert 10 <= sorted(counts)[100] <= 20


def test_evaluations_are_counted():
    calls = []
    found = derivative(lambda x: calls.append(x) or 1.0 / x, 1e-100)
    assert found.evaluations == len(calls)


def test_the_same_question_has_the_same_answer():
    assert repr(derivative(math.sin, 1.3)) == repr(derivative(math.sin, 1.3))  # nan is in it, which equals nothing


def test_differences_that_rounding_hides_decide_nothing():
    found = derivative(math.tanh, 19.0)
    slope = 1.0 / math.cosh(19.0) ** 2
    assert [found.verdict(slope * factor) for factor in (1.0, 2.0, -1.0)] == ["undecided"] * 3


def test_a_function_flat_to_rounding_is_not_taken_for_a_constant():
    found = derivative(lambda x: 1.0 - math.tanh(x), 30.0)
    assert [found.verdict(x) for x in (-4.0 * math.exp(-60.0), 4.0 * math.exp(-60.0), 1.0)] == [
        "undecided",
        "undecided",
        "fail",
    ]


@pytest.mark.parametrize(("f", "x"), [(lambda x: 3.0, 2.0), (ag.relu, -5.0), (lambda x: (ag.floor(x), x // 1), 3.5)])
def test_where_a_function_does_not_change_its_derivative_is_0(f, x):
    assert derivative(f, x).verdict(0.0) == "pass"


def test_a_slope_of_a_constant_fails():
    assert derivative(lambda x: 3.0, 2.0).verdict(1.0) == "fail"


def test_rounding_noise_of_the_function_widens_the_error_bar_or_leaves_it_undecided():
    found = derivative(lambda x: float(np.float32(math.sin(x))), 1.0)
    assert found.verdict(math.cos(1.0)) in ("pass", "undecided")
    assert found.verdict(2.0 * math.cos(1.0)) == "fail"


@pytest.mark.parametrize(
    ("f", "x", "fine", "coarse"),
    [
        (lambda x: x + 1e-9 * math.sin(1e6 * x), 0.7, 1.0 + 1e-3 * math.cos(0.7e6), 1.0),
        (lambda x: x + 1e-8 * math.sin(1e8 * x), 0.7, 1.0 + math.cos(0.7e8), 1.0),
    ],
    ids=["ripples", "finer ripples"],
)
def test_slopes_of_small_and_large_steps(f, x, fine, coarse):
    """If they differ, neither is believed, and the report says that noise= tells which one is right."""
    found = derivative(f, x)
    assert (found.verdict(fine), found.verdict(coarse)) == ("undecided", "undecided")
    assert found.verdict(fine + 100.0) == "fail"
    assert "noise=" in found.reason


def test_given_noise_settles_which_slope_is_right():
    found = derivative(lambda x: x + 1e-9 * math.sin(1e6 * x), 0.7, noise=1e-9)
    assert [found.verdict(x) for x in (1.0, 1.0 + 1e-3 * math.cos(0.7e6), 2.0, 0.0)] == ["pass", "fail", "fail", "fail"]


@pytest.mark.parametrize("noise", [0.0, 1e-7])
def test_sum_of_double_and_single_precision(noise):
    """Between two steps of the rounded part, only the other part changes."""
    found = derivative(lambda x: x + battery.single(math.exp(x)), 0.7, noise=noise)
    assert found.verdict(1.0 + math.exp(0.7)) == "pass"
    assert [found.verdict(wrong) for wrong in (1.0, 0.0, -1.0, 2.0 + 2.0 * math.exp(0.7))] == ["fail"] * 4


# --- functions with noise, and functions near their roots


def line_near_root(draw: random.Random) -> tuple:
    a, root = battery.sized(draw, -8, 8), battery.sized(draw, -8, 8)
    offset = a * root
    return lambda x: a * x - offset, root * (1.0 + battery.sized(draw, -40, -4)), a


def parabola_near_root(draw: random.Random) -> tuple:
    r, s = battery.sized(draw, -6, 6), battery.sized(draw, -6, 6)
    x, total, product = r * (1.0 + battery.sized(draw, -40, -4)), r + s, r * s
    return lambda t: t * t - total * t + product, x, 2.0 * x - total


def residual_near_solution(draw: random.Random) -> tuple:
    height, rate, t = 1.0 + draw.random(), -0.1 - draw.random(), 0.5 + 4.0 * draw.random()
    y = round(height * math.exp(rate * t), 10)
    x = rate * (1.0 + battery.sized(draw, -40, -28))
    return lambda r: height * math.exp(r * t) - y, x, height * t * math.exp(x * t)


def activation(draw: random.Random) -> tuple:
    """A sum of an activation function at one to five places."""
    sigmoid = lambda z: 1.0 / (1.0 + math.exp(-z))  # noqa: E731
    functions = [
        (math.tanh, lambda z: 1.0 - math.tanh(z) ** 2),
        (math.sin, math.cos),
        (math.exp, math.exp),
        (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    ]
    f, slope = draw.choice(functions)
    terms = [[battery.single(draw.uniform(-2.0, 2.0)) for _ in range(3)] for _ in range(draw.randint(1, 5))]
    x = battery.single(draw.uniform(-2.0, 2.0))
    return f, terms, x, math.fsum(a * w * slope(w * x + b) for a, w, b in terms)


def in_single_precision(draw: random.Random) -> tuple:
    """An activation function that rounds after each operation; its value is a double or a float32."""
    f, terms, x, slope = activation(draw)
    single, wrap = battery.single, draw.choice([float, np.float32])

    def rounded(t):
        total = 0.0
        for a, w, b in terms:
            total = single(total + single(a * single(f(single(single(w * single(t)) + b)))))
        return wrap(total)

    return rounded, x, slope


def rounded_to_six_digits(draw: random.Random) -> tuple:
    f, terms, x, slope = activation(draw)
    return lambda t: round(math.fsum(a * f(w * t + b) for a, w, b in terms), 6), x, slope


def from_table(draw: random.Random) -> tuple:
    f, terms, x, slope = activation(draw)
    spacing = 10.0 ** draw.uniform(-7.0, -4.0)
    return lambda t: math.fsum(a * f(w * spacing * round(t / spacing) + b) for a, w, b in terms), x, slope


def from_solver(draw: random.Random) -> tuple:
    """The root of y³ + y = c·x by bisection to 10⁻⁸, from an interval that depends on x."""
    c, x = 0.3 + 2.0 * draw.random(), battery.sized(draw, -2, 2)

    def root(t):
        low, high = -10.0 - t / 7.0, 10.0 + t / 3.0
        while high - low > 1e-8:
            middle = 0.5 * (low + high)
            low, high = (low, middle) if middle**3 + middle > c * t else (middle, high)
        return 0.5 * (low + high)

    return root, x, c / (3.0 * root(x) ** 2 + 1.0)


NEAR_ROOTS = [line_near_root, parabola_near_root, residual_near_solution]
NOISY = [in_single_precision, rounded_to_six_digits, from_table, from_solver]


@pytest.mark.parametrize("kind", NEAR_ROOTS)
def test_right_derivative_near_root_passes(kind):
    """The values have cancelled, so the noise is that of larger numbers that were subtracted."""
    draw = random.Random(kind.__name__)
    for f, x, slope in (kind(draw) for _ in range(scaled(300))):
        found = derivative(f, x)
        assert found.verdict(slope) == "pass", (x, slope, found)
        assert not found.noise
        for factor in (2.0, -1.0, 1.01, 1.0001, 0.0):
            assert found.verdict(slope * factor) == "fail", (x, slope, factor, found)


@pytest.mark.parametrize("kind", NOISY)
def test_functions_with_noise_are_checked_to_their_resolution(kind):
    draw, seen, count = random.Random(kind.__name__), Counter(), scaled(100)
    for f, x, slope in (kind(draw) for _ in range(count)):
        found = derivative(f, x)
        seen[found.verdict(slope)] += 1
        seen["fine"] += found.resolution <= 0.01
        for factor in (2.0, -1.0, 1.1, 0.0):
            verdict = found.verdict(slope * factor)
            assert verdict in ("fail", "undecided"), (x, slope, factor, found)
            assert verdict == "fail" or not found.resolution < 0.5 * abs(factor - 1.0), (x, slope, factor, found)
    assert seen["fail"] == seen["kink"] == 0
    assert seen["undecided"] <= 0.1 * count
    assert seen["fine"] >= 0.85 * count


def layer(draw: np.random.Generator) -> tuple:
    """tanh(W x + b) for two units with three inputs, as a function of all numbers in one array."""
    weights, x, biases = (draw.normal(size=shape) for shape in ((2, 3), 3, 2))
    return lambda v: np.tanh(v[:6].reshape(2, 3) @ v[6:9] + v[9:]), np.concatenate([weights.ravel(), x, biases])


def layer_norm(draw: np.random.Generator) -> tuple:
    """Three rows of four numbers, normalized, as a function of all numbers in one array."""
    x, weight, bias = (draw.normal(size=shape) for shape in ((3, 4), 4, 4))

    def f(v):
        rows = v[:12].reshape(3, 4)
        centred = rows - rows.mean(-1, keepdims=True)
        variance = (centred * centred).mean(-1, keepdims=True)
        return (centred / np.sqrt(variance + np.float32(1e-5)) * v[12:16] + v[16:]).ravel()

    return f, np.concatenate([x.ravel(), weight, bias])


def entry_in(dtype: type, f, point: np.ndarray, i: int, k: int) -> tuple:
    """Output `i` as a function of number `k` alone, computed in a type, and the value of that number."""
    start = point.astype(np.float32).astype(float)

    def moved(x):
        numbers = start.copy()
        numbers[k] = x
        return f(numbers.astype(dtype))[i]

    return moved, float(start[k])


# Entries at which large steps agreed by chance on a slope that was 20 to 40 error bars off.
CHANCE_AGREEMENTS = [(layer, 0, 0, 1), (layer, 0, 0, 7), (layer, 550, 1, 5), (layer, 550, 1, 8), (layer_norm, 11, 6, 5)]


@pytest.mark.parametrize(("function", "seed", "i", "k"), CHANCE_AGREEMENTS)
def test_large_steps_that_agree_by_chance_in_single_precision(function, seed, i, k):
    f, point = function(np.random.default_rng(seed))
    right = derivative(*entry_in(np.float64, f, point, i, k)).slope
    found = derivative(*entry_in(np.float32, f, point, i, k))
    assert abs(found.slope - right) <= 3.0 * found.error
    assert [found.verdict(factor * right) for factor in (1.0, 1.01, 2.0, -1.0)] == ["pass", "fail", "fail", "fail"]


def test_rounding_of_coefficients_in_single_precision():
    """A function is linear in a weight, and no difference shows that its coefficient has cancelled."""
    f, point = layer_norm(np.random.default_rng(167))
    rights = [derivative(*entry_in(np.float64, f, point, 9, k)).slope for k in range(20)]
    single = lambda v: f(np.asarray(v, dtype=np.float32))[9]  # noqa: E731
    check = ag.gradcheck(single, point.astype(np.float32), gradient=np.array(rights))
    assert {finding.verdict for finding in check.leaves} == {"pass"}
    assert abs(check.leaves[13].differences - rights[13]) <= 3.0 * check.leaves[13].error


@thorough
@pytest.mark.parametrize(("function", "inputs", "outputs"), [(layer, 11, 2), (layer_norm, 20, 12)])
def test_error_bars_in_single_precision(function, inputs, outputs):
    for seed in range(1000, 1000 + 1000 // inputs):
        f, point = function(np.random.default_rng(seed))
        for k in range(inputs):
            i = seed % outputs
            right = derivative(*entry_in(np.float64, f, point, i, k)).slope
            found = derivative(*entry_in(np.float32, f, point, i, k))
            assert found.verdict(right) in ("pass", "undecided"), (seed, i, k, right, found)
            assert abs(found.slope - right) <= PASS_ERRORS * found.error or math.isnan(found.slope)
            for factor in (2.0, -1.0, 1.1):
                is_due = right and found.resolution < 0.5 * abs(factor - 1.0)
                assert not is_due or found.verdict(factor * right) == "fail", (seed, i, k, factor, found)


def test_report_states_noise_and_resolution():
    rounded = lambda x: round(math.sin(x), 6)  # noqa: E731
    check = ag.gradcheck(rounded, 0.7, gradient=math.cos)
    assert re.search(r"agree to \S+; f has noise of [5-9]e-07; checked to 0\.000[1-5]$", str(check))
    assert re.search(r"^f: 1 derivative holds, to 0\.000[1-5]\n", str(check))
    single = ag.gradcheck(lambda x: np.sin(np.float32(x)), 0.7, gradient=math.cos)
    assert re.search(r"; f computes in single precision; checked to \S+$", str(single))
    half = ag.gradcheck(lambda x: np.sin(np.float16(x)), 0.7, gradient=math.cos)
    assert "f computes in half precision" in str(half)


def test_gradient_in_single_precision_of_function_in_double():
    """The gradient is right to its own rounding, which is more than the relative tolerance."""
    f = lambda x: math.exp(x)  # noqa: E731
    right = np.float32(math.exp(1.0))
    near = np.float32(right * (1.0 + 5e-7))
    assert ag.gradcheck(f, 1.0, gradient=right)
    assert ag.gradcheck(f, 1.0, gradient=near)
    assert not ag.gradcheck(f, 1.0, gradient=float(near))
    assert not ag.gradcheck(f, 1.0, gradient=np.float32(1.00001) * right)


def test_given_noise_reaches_every_entry():
    def rippled(x, y):
        return [x + 1e-9 * math.sin(1e6 * x), x * y + 1e-9 * math.sin(1e6 * y)]

    gradient = [[1.0, 0.0], [2.0, 0.7]]
    assert not ag.gradcheck(rippled, (0.7, 2.0), gradient=gradient)
    assert ag.gradcheck(rippled, (0.7, 2.0), gradient=gradient, noise=2e-9)
    assert ag.assert_gradients(rippled, 0.7, 2.0, gradient=gradient, noise=2e-9)
    check = ag.gradcheck(rippled, (0.7, 2.0), gradient=[[1.0, 0.0], [2.1, 0.7]], noise=2e-9)
    assert [x.verdict for x in check.leaves] == ["pass", "pass", "fail", "pass"]
    assert "noise=2e-09" in check.repeat


@pytest.mark.parametrize("noise", [0, -1e-8, math.nan, math.inf, True, "1e-8", 1j, [1e-8]])
def test_noise_must_be_positive_number(noise):
    with pytest.raises(ValueError, match=r"^noise must be a positive number, got .*; give the largest error"):
        ag.gradcheck(math.sin, 1.0, gradient=math.cos, noise=noise)


def test_step_function_is_flat():
    """Its steps are as high as its values, so they are no rounding."""
    for x in (0.3, 2.5, -3.4):
        assert derivative(lambda t: float(math.floor(t)), x).verdict(0.0) == "pass"
        assert derivative(lambda t: float(math.floor(t)), x).verdict(1.0) != "pass"


def test_kink_in_single_precision():
    relu = lambda x: np.float32(max(x, 0.0) + 0.25 * x + 1.0)  # noqa: E731
    found = derivative(relu, 0.0)
    assert (found.left, found.right) == (pytest.approx(0.25, abs=1e-4), pytest.approx(1.25, abs=1e-4))
    claims = (0.25, 0.8, 1.25, 0.2, 1.3, 0.0)
    assert [found.verdict(x) for x in claims] == ["kink", "kink", "kink", "fail", "fail", "fail"]


def test_steps_of_rounding_between_large_steps():
    """A value that has cancelled is flat for thousands of floats on."""
    slope = -math.tan(3e-5) / (4.0 + 3e-5) - math.log(math.cos(3e-5)) / (4.0 + 3e-5) ** 2
    found = derivative(lambda x: math.log(math.cos(x)) / (4.0 + x), 3e-5)
    assert found.verdict(slope) == "pass"
    assert [found.verdict(slope * factor) for factor in (2.0, -1.0, 1.01, 0.0)] == ["fail"] * 4


@pytest.mark.parametrize("x", [0.3, 1.7, -4.1, 123.4])
@pytest.mark.parametrize("f", [lambda x: x * x, lambda x: 1.0 / x, lambda x: x * x * x], ids=["x²", "1/x", "x³"])
def test_zero_never_passes_for_single_precision(f, x):
    """A function that rounds its argument is flat for many floats on, and yet its derivative is not 0."""
    x = battery.single(x)
    for rounded in (lambda t: battery.single(f(t)), lambda t: f(battery.single(t))):
        found = derivative(rounded, x)
        assert found.verdict(0.0) == "fail"
        assert "noise" in found.precision


def test_where_floats_are_further_apart_than_a_period_nothing_is_decided():
    draw = random.Random(1)
    for x in (10.0 ** draw.uniform(12.0, 300.0) for _ in range(scaled(400))):
        for f, slope in ((math.sin, math.cos(x)), (math.tan, 1.0 + math.tan(x) ** 2)):
            assert derivative(f, x).verdict(slope) != "fail", (f, x)
        for f, slope in ((math.log, 1.0 / x), (math.sqrt, 0.5 / math.sqrt(x)), (lambda x: -x, -1.0)):
            assert derivative(f, x).verdict(slope) == "pass", (f, x)


def test_a_kink_so_slight_that_it_may_be_none_widens_the_error_bar():
    found = derivative(lambda x: (x if x < 0.0 else x * (1.0 - 1e-8), x > 0.0), 0.0)
    assert abs(found.slope - 1.0) <= 1e-8 <= 2.5 * found.error
    assert [found.verdict(slope) for slope in (1.0, 1.0 - 1e-8, 1.0 - 1e-6)] == ["pass", "pass", "fail"]


def test_known_noise_widens_the_error_bar():
    assert derivative(math.sin, 1.0, noise=1e-9).error > 1e-9


# --- kinks, jumps, edges


@pytest.mark.parametrize("f", [abs, lambda x: (abs(x), ag.sign(x))], ids=["unlabelled", "labelled"])
def test_at_a_kink_there_are_two_slopes(f):
    found = derivative(f, 0.0)
    assert (found.left, found.right, found.reason) == (-1.0, 1.0, "a kink")
    assert [found.verdict(x) for x in (-1.0, 0.0, 0.3, 1.0)] == ["kink"] * 4
    assert [found.verdict(x) for x in (-1.01, 2.0, math.nan, math.inf)] == ["fail"] * 4


@pytest.mark.parametrize("kind", ["kink at 0", "kink at 0, told"])
def test_at_a_kink_the_swing_is_that_of_the_steeper_side(kind):
    for trial in battery.trials(kind, 20):
        found = derivative(trial.f, trial.x)
        left, right = trial.right["left"], trial.right["right"]
        assert (found.left, found.right) == (pytest.approx(left, rel=1e-9), pytest.approx(right, rel=1e-9))
        assert found.swing == max(abs(found.left), abs(found.right))


CURVED = {
    "SELU": (lambda x: 1.05 * x if x > 0.0 else 1.75 * math.expm1(x), 0.0, 1.75, 1.05),
    "SELU by exp": (lambda x: 1.05 * x if x > 0.0 else 1.75 * (math.exp(x) - 1.0), 0.0, 1.75, 1.05),
    "ELU": (lambda x: x if x > 0.0 else 2.0 * math.expm1(x), 0.0, 2.0, 1.0),
    "hardswish at -3": (lambda x: x * min(max(x + 3.0, 0.0), 6.0) / 6.0, -3.0, 0.0, -0.5),
    "hardswish at 3": (lambda x: x * min(max(x + 3.0, 0.0), 6.0) / 6.0, 3.0, 1.5, 1.0),
    "min(x², 4)": (lambda x: min(x * x, 4.0), 2.0, 4.0, 0.0),
    "max(log x, 0)": (lambda x: max(math.log(x), 0.0), 1.0, 0.0, 1.0),
    "payoff": (lambda x: max(95.0 * math.exp(0.2 * x) - 95.0, 0.0), 0.0, 0.0, 19.0),
    "strike rounded": (lambda x: max(x * x / 12109.16 - 12109.16, 0.0), 12109.16, 0.0, 2.0),
    "straddle": (lambda x: abs(x * x - 100.0), 10.0, -20.0, 20.0),
    "|sin| at π": (lambda x: abs(math.sin(x)), math.pi, -1.0, 1.0),
    "at a small point": (lambda x: max(x * x / 1e-6 - 1e-6, 0.0), 1e-6, 0.0, 2.0),
}
"""Kinks between a curve and a line or another curve, with the point and the slopes on the left and on the right."""


@pytest.mark.parametrize("name", CURVED)
def test_curved_sides_of_kink(name):
    f, x, left, right = CURVED[name]
    found = derivative(f, x)
    gap = right - left
    assert [found.verdict(left + t * gap) for t in (0.0, 0.5, 1.0)] == ["kink"] * 3
    assert [found.verdict(left + t * gap) for t in (-1.0, -0.1, 1.1, 2.0)] == ["fail"] * 4


SECOND_JUMPS = {
    "squared hinge": (lambda x: max(1.0 - 2.0 * x, 0.0) ** 2, 0.5),
    "squared hinge, rounded": (lambda x: max(1.0 - (0.7 * x + 0.3), 0.0) ** 2, 1.0),
    "relu²": (lambda x: max(x, 0.0) ** 2, 0.0),
    "x|x|": (lambda x: x * abs(x), 0.0),
    "smoothstep at 0": (lambda x: min(max(x, 0.0), 1.0) ** 2 * (3.0 - 2.0 * min(max(x, 0.0), 1.0)), 0.0),
    "smoothstep at 1": (lambda x: min(max(x, 0.0), 1.0) ** 2 * (3.0 - 2.0 * min(max(x, 0.0), 1.0)), 1.0),
    "PCHIP": (lambda x: 1.5 + (0.8 if x < 2.0 else -0.3) * (x - 2.0) ** 2 + 0.1 * (x - 2.0) ** 3, 2.0),
}
"""Functions with the derivative 0 at a point where the second derivative jumps."""


@pytest.mark.parametrize("name", SECOND_JUMPS)
def test_zero_slope_where_second_derivative_jumps(name):
    found = derivative(*SECOND_JUMPS[name])
    assert found.verdict(0.0) == "pass"
    assert [found.verdict(wrong) for wrong in (1e-6, -1e-3, 2.0, math.nan)] == ["fail"] * 4


def test_labelled_square_of_relu():
    for rule in (lambda x: ag.relu(x) ** 2, lambda x: ag.maximum(1.0 - x, 0.0) ** 2):
        check = ag.gradcheck(rule, 0.0 if rule(0.0) == 0.0 else 1.0)
        assert [found.verdict for found in check.leaves] == ["pass"]


@pytest.mark.parametrize("distance", [0.1, 1e-6, 1e-10])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_beside_a_kink_there_is_one_slope(distance, side):
    found = derivative(lambda x: (abs(x - 1.0), x > 1.0), 1.0 + side * distance)
    assert (found.verdict(side), found.verdict(-side), found.verdict(0.0)) == ("pass", "fail", "fail")


def test_a_kink_in_the_second_derivative_is_none():
    found = derivative(lambda x: (x * abs(x), ag.sign(x)), 0.0)
    assert not found.is_kink
    assert found.verdict(0.0) == "pass"


def test_at_a_jump_the_slopes_are_those_of_the_pieces_beside_it():
    found = derivative(lambda x: (x + math.floor(x), math.floor(x)), 3.0)
    assert found.reason == "a jump"
    assert found.left == pytest.approx(1.0, abs=1e-9)
    assert found.right == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.sqrt, 0.0, math.inf),
        (ag.cbrt, 0.0, math.inf),
        (math.asin, 1.0, math.inf),
        (math.acos, -1.0, -math.inf),
        (lambda x: x * math.log(x) if x else 0.0, 0.0, -math.inf),
    ],
)
def test_where_the_slope_grows_without_bound_it_is_infinite(f, x, slope):
    found = derivative(f, x)
    assert (found.slope, found.verdict(slope)) == (slope, "pass")
    assert [found.verdict(wrong) for wrong in (-slope, 0.0, 1e9)] == ["fail"] * 3


def test_a_cusp_has_two_infinite_slopes():
    found = derivative(lambda x: math.sqrt(abs(x)), 0.0)
    assert (found.left, found.right, found.reason) == (-math.inf, math.inf, "a cusp")


@pytest.mark.parametrize(("f", "x", "slope"), [(lambda x: math.sqrt(x) ** 5, 0.0, 0.0), (math.acosh, 1.0 + 1e-9, None)])
def test_at_the_edge_of_a_domain_steps_are_taken_on_one_side(f, x, slope):
    slope = 1.0 / math.sqrt((x - 1.0) * (x + 1.0)) if slope is None else slope
    assert derivative(f, x).verdict(slope) in ("pass", "undecided")
    assert derivative(f, x).verdict(slope + 1e6) == "fail"


def test_a_one_sided_derivative_is_found_at_an_end_point():
    def f(x):
        if x > 1.0:
            raise ValueError
        return math.exp(x)

    assert derivative(f, 1.0).verdict(math.e) == "pass"


@pytest.mark.parametrize("f", [lambda x: math.inf, lambda x: math.nan, math.log])
def test_where_the_function_has_no_finite_value_there_is_no_derivative(f):
    found = derivative(f, -1.0)
    assert math.isnan(found.slope)
    assert (found.verdict(0.0), found.reason) == ("undecided", "the function is not finite here")


def test_an_isolated_value_has_no_derivative():
    found = derivative(lambda x: 1.0 if x == 2.0 else math.nan, 2.0)
    assert (found.verdict(0.0), found.reason) == ("undecided", "there are no values beside it")


def test_errors_other_than_of_arithmetic_are_not_hidden():
    with pytest.raises(TypeError):
        derivative(lambda x: x + "1", 1.0)


def test_an_error_beside_the_point_is_the_end_of_the_domain():
    found = derivative(lambda x: [3.0 * x][int(x > 1.0)], 1.0)
    assert found.verdict(3.0) == "pass"
    assert found.verdict(3.1) == "fail"


# --- the parts


def test_unequal_steps_on_the_two_sides_are_exact_for_a_parabola():
    # At 1e16 the spacing of floats is 2 to the right of a power of 2 and 1 to the left, and steps are rounded to it.
    around = Neighbourhood(lambda x: (x - 2.0**53) ** 2, 2.0**53, 1.0)
    rung = around.differences(5.0)
    assert rung.right.step != rung.left.step
    assert rung.central.slope == 0.0


def test_an_extrapolation_starts_anew_where_a_row_is_missing():
    tableau = Tableau(2.0)
    tableau.rows += [FiniteDifference(2.0**-k, 1.0 + 2.0**-k, 0.0, 1.0) for k in range(4)]
    assert tableau.best.slope == 1.0
    assert tableau.extended(None).rows == []


def test_an_estimate_that_finer_rows_contradict_is_not_settled_on():
    tableau = Tableau(4.0)
    tableau.rows += [FiniteDifference(2.0**-k, 5.0 if k < 6 else 1.0, 0.0, 1.0) for k in range(8)]
    assert (tableau.best.slope, tableau.best.error) == (5.0, 0.0)
    assert tableau.settled().error > 0.5


def test_entries_of_finer_rows_widen_an_estimate_that_agrees_by_chance():
    """Each of the finer rows has so much noise that it contradicts nothing."""
    noise, tableau = 1e-5, Tableau(4.0)
    tableau.rows += [FiniteDifference(0.4 * 2.0**-k, 1.0005 if k < 3 else 1.0, 0.0, 1.0) for k in range(9)]
    settled = tableau.settled(noise, 0.5)
    assert abs(settled.slope - 1.0) <= PASS_ERRORS * settled.error


def test_a_pass_needs_a_narrow_error_bar():
    wide, narrow = Difference(1.0, 1e-5, swing=1.0), Difference(1.0, 1e-9, swing=1.0)
    assert (wide.verdict(1.0), narrow.verdict(1.0)) == ("undecided", "pass")


def test_a_claimed_0_is_held_against_the_differences_on_either_side():
    assert Difference(1e-17, 1e-16, swing=1.0).verdict(0.0) == "pass"
    assert Difference(1e-17, 1e-16, swing=1e-15).verdict(0.0) == "undecided"


def test_an_infinite_claim_fails_unless_the_derivative_may_be_too_large_for_a_float():
    assert Difference(0.0, 1e-13).verdict(math.inf) == "fail"
    assert Difference(1e300, 1e290, swing=1e300).verdict(math.inf) == "fail"
    assert Difference(8.6e307, 5e307, swing=1e308).verdict(math.inf) == "undecided"
    assert Difference(-math.inf, math.inf).verdict(math.inf) == "undecided"


# --- limits, to the last bit


def test_verdicts_change_just_beyond_their_limits():
    """A bar of 10⁻⁵ of the derivative is narrow enough, and a gap of 8 bars, or of 20, is still within."""
    bar, above = 1e-5 / 8.0, math.nextafter(1e-5 / 8.0, 1.0)
    assert Difference(1.0, bar, swing=1.0).verdict(1.0) == "pass"
    assert Difference(1.0, above, swing=1.0).verdict(1.0) == "undecided"
    assert Difference(-4.0, 4.0 * bar, swing=1.0).verdict(-4.0) == "pass"
    assert Difference(0.25, 0.25 * above, swing=1.0).verdict(0.25) == "undecided"
    assert Difference(0.0, bar, swing=1.0).verdict(0.0) == "pass"
    assert Difference(0.0, above, swing=1.0).verdict(0.0) == "undecided"
    assert (Difference(1.0, bar).is_resolved, Difference(1.0, above).is_resolved) == (True, False)
    wide = Difference(1.0, 0.125)
    assert [wide.verdict(x, 0.0) for x in (2.0, 3.5, math.nextafter(3.5, 4.0))] == ["undecided", "undecided", "fail"]
    narrow = Difference(1.0, 2.0**-40, swing=1.0)
    assert narrow.verdict(1.0 + 2.0**-37, 0.0) == "pass"
    assert narrow.verdict(1.0 + 2.0**-37 + 2.0**-50, 0.0) == "undecided"
    kink = Difference(math.nan, 0.125, left=-1.0, right=1.0)
    claims = (2.0, math.nextafter(2.0, 3.0), -2.0, math.nextafter(-2.0, -3.0))
    assert [kink.verdict(x, 0.0) for x in claims] == ["kink", "fail", "kink", "fail"]
    steep = Difference(math.inf, 0.0, swing=8.0)
    claims = (4.0, math.nextafter(4.0, 0.0), 64.0, math.nextafter(64.0, 65.0), -8.0)
    assert [steep.verdict(x) for x in claims] == ["undecided", "fail", "undecided", "fail", "fail"]
    assert Difference(math.inf, 0.0, swing=math.inf).verdict(1e300) == "fail"
    assert Difference(math.nan, 0.0).verdict(0.0) == Difference(math.inf, 1.0).verdict(0.0) == "undecided"
    assert Difference(0.0, 0.0).verdict(0.0) == Difference(-math.inf, 0.0).verdict(-math.inf) == "pass"
    assert [Difference(1.0, x).verdict(math.inf) for x in (math.nextafter(1e300, 0.0), 1e300)] == ["fail", "undecided"]


@pytest.mark.parametrize(
    ("inputs", "outputs", "cost", "expected"),
    [
        (2_000, 1, 0, True),
        (2_001, 1, 0, False),
        (1_000, 100, 0, True),
        (1_001, 100, 0, False),
        (100, 1, 3_000, True),
        (13, 1, 23_077, False),
    ],
)
def test_derivatives_are_differenced_one_by_one_up_to_limits(inputs, outputs, cost, expected):
    """2,000 inputs, 100,000 derivatives, and 300,000 operations of a recorded graph in all."""
    matrix = np.zeros((outputs, inputs))
    jacobian = AnalyticJacobian(
        [Output(f"f{i}") for i in range(outputs)], lambda: ["x"] * inputs, np.ones(inputs), matrix, matrix
    )
    for mode, entrywise in ((None, expected), ("full", True), ("fast", False)):
        check = JacobianCheck(jacobian, lambda keys: lambda xs: [], cost=cost, options=Options(mode=mode))
        assert check.is_entrywise == entrywise
        assert (check.note == "") == entrywise


def test_samples_of_rounded_functions_are_pooled():
    """A polynomial through many samples resolves a slope that one pair of rounded values does not."""
    draw, undecided, count = random.Random(3), 0, 20
    for _ in range(count):
        height, rate, x = (draw.uniform(0.5, 2.0) for _ in range(3))
        found = derivative(lambda t, a=height, b=rate: round(a * math.sin(b * t), 3), x)
        slope = height * rate * math.cos(rate * x)
        undecided += found.verdict(slope) == "undecided"
        assert abs(found.slope - slope) <= 3.0 * found.error
        for factor in (2.0, -1.0, 1.1):
            verdict = found.verdict(factor * slope)
            assert verdict == "fail" or not found.resolution < 0.5 * abs(factor - 1.0), (height, rate, x, found)
            assert verdict != "pass"
    assert undecided <= 0.7 * count


@pytest.mark.parametrize("power", [1.02, 1.05, 1.1, 1.2, 1.4])
@pytest.mark.parametrize(("x", "slope"), [(0.0, 0.0), (1.0, 0.7), (-2.3, -1.9)])
def test_rough_function_is_no_noise(power, x, slope):
    """The changes of c·z|z|^a seem random at each distance, and they shrink with it."""
    for height in (0.3, 4.0):
        found = derivative(lambda t, c=height: slope * t + c * math.copysign(abs(t - x) ** power, t - x), x)
        assert found.verdict(slope) != "fail", (height, found)


def test_known_noise_of_a_table_moves_its_slope():
    """At large steps the slope of a table of a parabola is that at the entry below the point, without any noise."""
    draw = random.Random(1)
    for _ in range(scaled(40)):
        height, root, x = draw.uniform(0.3, 3.0), draw.uniform(-1.0, 1.0), draw.uniform(0.3, 2.0)
        f = lambda t, a=height, r=root: a * (t - r) ** 2  # noqa: E731
        noise = max(abs(f(x + move) - f(x)) for move in (-1e-3, 1e-3))
        found = derivative(lambda t, f=f: f(math.floor(t / 1e-3) * 1e-3), x, noise=noise)
        assert found.verdict(2.0 * height * (x - root)) != "fail", (height, root, x, found)


def halvings_of(distance: float) -> float:
    """Return how often the first step at 1 is halved for a step of this size."""
    return -math.log2(abs(distance) / FIRST_STEP)


def of_two_slopes(
    edge: float = 12.5, apart: float = 1.0, ripple: float = 0.005, split: float = 0.0, beside: int | None = None
) -> Difference:
    """The derivative at 1 of a function whose slope depends on the distance from 1.

    Args:
        edge: halvings of the first step above which the slope is 1.
        apart: how much steeper the function is at larger steps.
        ripple: the slopes of larger steps are this far above and below their middle in turn.
        split: and this far above it on the right, below it on the left.
        beside: halvings of one step with another slope.
    """

    def f(x: float) -> float:
        if x == 1.0:
            return 0.0
        halvings = halvings_of(x - 1.0)
        slope = 1.0
        if halvings < edge:
            slope += apart + ripple * (-1.0) ** round(halvings) + math.copysign(split, x - 1.0)
        if beside is not None and abs(halvings - beside) < 0.1:
            slope += 0.1
        return slope * (x - 1.0)

    return derivative(f, 1.0)


def test_small_steps_are_compared_with_a_plateau_of_large_ones():
    """Only slopes of large steps that agree among themselves contradict the slope of the small ones."""

    def is_contradicted(**function: Any) -> bool:
        found = of_two_slopes(**function)
        assert (found.verdict(1.0) == "undecided") == (found.reason == TWO_SLOPES)
        return found.reason == TWO_SLOPES

    assert is_contradicted()
    assert [k for k in range(12) if not is_contradicted(beside=k)] == [5, 6, 7, 8, 9, 10]
    # The small steps must be far smaller than the large ones, with at least 14 halvings.
    assert [is_contradicted(edge=k + 0.5) for k in (10, 11, 12, 13)] == [False, False, True, True]
    # The spread of the plateau, beside its slope.
    assert [is_contradicted(ripple=share / 100.0) for share in (0.98, 1.02)] == [True, False]
    # The distance of the slopes, in spreads of the plateau.
    assert [is_contradicted(apart=spreads * 0.01) for spreads in (3.4, 3.6)] == [False, True]
    # A gap between the two sides explains the distance.
    assert [is_contradicted(split=half) for half in (0.49, 0.51)] == [True, False]


def test_small_steps_count_from_fourteen_halvings():
    """Noise of 1.6e-8 leaves a slope of its own to the largest of the small steps, and to no smaller one."""

    def reason(noise: float) -> str:
        def f(x: float) -> float:
            if x == 1.0:
                return 0.0
            halvings = halvings_of(x - 1.0)
            steeper = min(1.0, max(0.0, (13.9 - halvings) / 0.4))
            random_share = zlib.crc32(struct.pack("d", x)) / 2**32 - 0.5
            return (1.0 + steeper) * (x - 1.0) + (noise if halvings > 10.0 else 1e-5) * random_share

        return derivative(f, 1.0).reason

    assert [reason(noise) == TWO_SLOPES for noise in (2.4e-8, 1.6e-8)] == [False, True]


def test_noise_of_rounding_is_limited_by_values_and_changes():
    at = Neighbourhood(lambda x: 4.0, 1.0, 1.0)
    for size in (0.0, 1.0, 64.0):
        greatest = max(4.0, size)
        limit = MAX_RELATIVE_NOISE * greatest
        assert at.may_be_rounding(limit, size)
        assert not at.may_be_rounding(math.nextafter(limit, 1.0), size)


@pytest.mark.parametrize("seed", range(scaled(60)))
def test_rough_function_on_one_side_is_no_mean_of_slopes(seed):
    """The slopes of max(z, 0)^1.02 shrink so slowly that those of all steps seem to agree."""
    draw = random.Random(seed)
    x, slope, height = draw.uniform(-4.0, 4.0), draw.uniform(-2.0, 2.0), draw.uniform(0.1, 4.0)
    power = draw.choice((1.01, 1.02, 1.05))
    found = derivative(lambda t: slope * t + height * max(t - x, 0.0) ** power, x)
    assert found.verdict(slope) == "undecided", found


@pytest.mark.parametrize("seed", range(scaled(60)))
def test_table_of_few_steps_is_not_called_flat(seed):
    """A step function, or one that is rounded: 0 is the derivative of the one, and the slope across of the other."""
    draw = random.Random(seed)
    x, (height, root) = draw.uniform(0.5, 2.0), (draw.uniform(0.3, 3.0), draw.uniform(-1.0, 1.0))
    width = 0.11 * x / draw.uniform(1.0, 8.0)
    f = lambda t: height * (width * math.floor(t / width) - root) ** 2  # noqa: E731
    found = derivative(f, x)
    assert found.verdict(2.0 * height * (x - root)) != "fail", found
    assert found.verdict(1e3) == "fail", found


def test_single_jump_is_no_stair():
    for x in (0.7, 0.99, 3.0):
        found = derivative(lambda t: float(t > 1.0), x)
        assert [found.verdict(claim) for claim in (0.0, 1.0, 1e-3, -1.0)] == ["pass", "fail", "fail", "fail"], x


@pytest.mark.parametrize("x", [3.7, -5.3, 17.2])
def test_few_high_steps_are_those_of_step_function_or_of_rounding(x):
    found = derivative(lambda t: float(math.floor(t)), x)
    verdicts = [found.verdict(claim) for claim in (0.0, 1.0, -1.0, 100.0)]
    assert verdicts == ["pass", "undecided", "undecided", "fail"], found
    assert "noise=" in found.reason


@pytest.mark.parametrize("seed", range(scaled(60)))
def test_small_kink_beside_curve(seed):
    """Its gap is below the change of the slope over the usual steps."""
    draw = random.Random(seed)
    x, slope, curve = draw.uniform(0.3, 3.0), draw.uniform(-2.0, 2.0), draw.choice((-1, 1)) * draw.uniform(1.0, 4.0)
    gap = 0.11 * x * abs(curve) * draw.uniform(0.02, 0.2)
    found = derivative(lambda t: (slope + curve * (t - x)) * (t - x) + (gap * (t - x) if t > x else 0.0), x)
    claims = slope, slope + 0.4 * gap, slope + gap, slope - 0.2 * gap, slope + 1.2 * gap
    assert [found.verdict(claim) for claim in claims] == ["kink"] * 3 + ["fail"] * 2, found


def test_kink_too_near_for_slopes_decides_nothing():
    """The mean of the slopes on both sides is the derivative on neither."""
    for seed in (40, 123, 131, 148, 200):
        draw = random.Random(seed)
        x, slope, rate = draw.uniform(0.1, 3.0), draw.uniform(0.1, 3.0), draw.uniform(0.3, 3.0)
        end = x * (1.0 + 2.0 ** draw.uniform(-30.0, -20.0))
        found = derivative(lambda t: slope * math.sin(rate * max(t, end) + 1.0), x)  # noqa: B023
        assert found.verdict(0.0) == "undecided", (seed, found)


def test_jump_of_second_derivative_is_not_rough():
    """Near its root, where its rounding shrinks with the distance, its slope does as well."""
    for c, x in ((-0.4124856842563247, 1.599530754781639), (0.17923307352188603, -0.9261625854141641)):
        assert derivative(lambda t: c * (t - x) * abs(t - x), x).verdict(0.0) == "pass"  # noqa: B023


def test_values_that_underflow_everywhere():
    """They are 0 in single precision, and the derivative is not."""
    exponent, slope = (lambda t: 0.1 * math.sin(t) - 120.0), 0.1 * math.cos(1.0)
    found = derivative(lambda t: np.float32(math.exp(exponent(t))), 1.0)
    assert found.verdict(slope * math.exp(exponent(1.0))) == "undecided", found
    assert found.verdict(1e-30) == "fail", found


def test_small_input_beside_others_in_single_precision():
    """Rounding of coefficients is in proportion to the other inputs, so the resolution does not suffer."""
    w, x = np.array([1.3, 0.8, -0.7], dtype=np.float32), np.array([0.9, 0.002, 1.1])
    gradient = w.astype(float) / math.cosh(w.astype(float) @ x + 1.0) ** 2
    check = ag.gradcheck(lambda p: np.tanh(w @ p.astype(np.float32) + np.float32(1.0)), x, gradient=gradient)
    assert check
    assert max(finding.difference.resolution for finding in check.leaves) < 1e-3


@pytest.mark.parametrize(
    ("f", "x", "right"),
    [
        (lambda t: np.exp(np.float32(-t)), 120.0, -math.exp(-120.0)),
        (lambda t: np.exp(np.float16(-t)), 20.0, -math.exp(-20.0)),
        (lambda t: np.float32(1.0) - np.exp(np.float32(-t)), 40.0, math.exp(-40.0)),
    ],
)
def test_values_that_underflow_in_few_digits(f, x, right):
    """They are 0, or equal, where the derivative is not."""
    with np.errstate(all="ignore"):
        found = derivative(f, x)
    assert found.verdict(right) == "undecided", found
    assert found.verdict(0.0) != "fail", found


def test_polynomials_fit_if_they_leave_noise_and_agree_with_higher_degrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each condition decides just beside its limit."""
    steps = NoisySteps(NoiseTables(Neighbourhood(lambda x: 1.0, 1.0, 1.0)), 1e-3)
    deviation = 0.5 * 1e-3 / math.sqrt(2.0)

    def slopes(fits: list[OddFit], nearer: list[OddFit]) -> dict[float, float]:
        both = iter([fits, nearer])
        monkeypatch.setattr(noisy_functions, "_odd_fits", lambda *samples: next(both))
        return {estimate.slope: estimate.error for estimate in steps._fits(0.1)}

    def fits(residual: float = 1.0, gap: float = 0.0) -> list[OddFit]:
        first, second, third = 2.0, 2.0 + 1e-5, 2.0 + gap * deviation
        rest = [OddFit(9.0 * k, 0.0, 9.0 * deviation) for k in range(1, 4)]
        residual *= deviation
        return [OddFit(first, 3.0, residual), OddFit(second, 5.0, 9.0), OddFit(third, 7.0, 9.0), *rest]

    error = 2.0 * deviation * 3.0 + 1e-5
    limit = (error + 2.0 * deviation * 7.0) / deviation
    for side, holds in ((0.999, True), (1.001, False)):
        expected = {2.0: pytest.approx(error, rel=1e-9)} if holds else {}
        # No more than noise is left, and the third degree has the same slope within its noise.
        assert slopes(fits(residual=1.5 * side), fits(residual=1.5)) == expected
        assert slopes(fits(gap=limit * side), fits()) == slopes(fits(gap=-limit * side), fits()) == expected
        # Nearer to the point, as much is left.
        assert slopes(fits(), fits(residual=0.3 / side)) == expected
