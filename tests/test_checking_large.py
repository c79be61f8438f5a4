"""Checks of many derivatives: the scale of a row, entries one by one, and weighted directions."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from effort import IS_THOROUGH, scaled

import autograd as ag
from autograd import Value
from autograd.checking.jacobian import early_difference
from autograd.checking.verdict import Difference, Finding, settled_in_row


class Counted:
    """A function that counts its calls."""

    def __init__(self, f):
        self.f, self.count = f, 0

    def __call__(self, p):
        self.count += 1
        return self.f(p)


def cubes(size, last=1e-3, seed=0):
    """Return the sum of cubes with a small linear last term, the point, and the gradient with this last entry."""
    p = np.random.default_rng(seed).normal(size=size)
    return lambda p: float((p[:-1] ** 3).sum() + 1e-3 * p[-1]), p, np.append(3.0 * p[:-1] ** 2, last)


def layers(size, seed):
    """Return a smooth function of many inputs, the point, and the gradient."""
    draw = np.random.default_rng(seed)
    p, W = draw.normal(size=size), draw.normal(size=(20, size)) / 30.0
    gradient = W.T @ (1.0 / np.cosh(W @ p) ** 2) + 0.02 * p
    return lambda p: float(np.tanh(W @ p).sum() + 0.01 * (p * p).sum()), p, gradient


def failing_names(check):
    return [x.label for x in check.leaves if x.verdict == "fail" and x.label.startswith("∂")]


# --- The scale of a row


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_saturated_layers_hold_with_every_seed(scale):
    # Each hidden entry takes several milliseconds.
    size = 30 if IS_THOROUGH else 8
    for seed in range(scaled(4)):
        draw = np.random.default_rng(seed)
        W, x = scale * draw.normal(size=(size, size)), draw.normal(size=size)
        jacobian = W / np.cosh(W @ x)[:, None] ** 2
        check = ag.gradcheck(lambda x, W=W: np.tanh(W @ x), x, gradient=jacobian)
        assert check, str(check)


@pytest.mark.parametrize("factor", [-1.0, 0.0, 1.001, 2.0])
def test_wrong_entry_of_ordinary_size_fails_beside_saturated_units(factor):
    draw = np.random.default_rng(3)
    size = 10 if IS_THOROUGH else 5
    W, x = 6.0 * draw.normal(size=(size, size)), draw.normal(size=size)
    jacobian = W / np.cosh(W @ x)[:, None] ** 2
    i = int(np.argmin(np.abs(W @ x)))
    jacobian[i, size - 3] *= factor
    check = ag.gradcheck(lambda x: np.tanh(W @ x), x, gradient=jacobian)
    assert failing_names(check) == [f"∂f[{i}]/∂x[{size - 3}]"]


@pytest.mark.parametrize(("number", "verdict"), [(1e-16, "pass"), (1e-11, "fail"), (1e-6, "fail"), (1e-3, "fail")])
def test_wrong_tiny_entry_fails_where_its_row_is_finer(number, verdict):
    """The right number is about 1e-17; the scale of the row is 1."""
    W = np.array([[1.0, 0.0], [0.0, 20.0]])
    jacobian = np.array([[1.0 / math.cosh(0.5) ** 2, 0.0], [0.0, number]])
    check = ag.gradcheck(lambda x: np.tanh(W @ x), np.array([0.5, 1.0]), gradient=jacobian)
    assert [x.verdict for x in check.leaves] == ["pass", "pass", "pass", verdict]


def test_noise_between_bounds_stays_undecided():
    """Differences exclude neither that the entry is negligible nor that it is as large as given."""
    noise = lambda x: 1e-9 * ((x * 1e9) % 1.0 > 0.5)  # noqa: E731
    check = ag.gradcheck(lambda x, y: x + noise(y), (1.0, 0.7), gradient=(1.0, 1e-6))
    assert [x.verdict for x in check.leaves] == ["pass", "undecided"]


# --- Modes


@pytest.mark.parametrize("mode", [None, "full", "fast"])
def test_small_last_derivative_of_many_is_held_to_its_size(mode):
    for seed in range(scaled(2)):
        f, p, right = cubes(250, seed=seed)
        assert ag.gradcheck(f, p, gradient=right, mode=mode)
        for wrong in (0.0, 2e-3):
            f, p, gradient = cubes(250, wrong, seed)
            assert failing_names(ag.gradcheck(f, p, gradient=gradient, mode=mode)) == ["∂f/∂p[249]"]


@pytest.mark.parametrize("mode", [None, "fast"])
def test_one_percent_in_one_of_many_is_found(mode):
    size = 1_000 if mode else 100
    for seed in range(scaled(4)):
        f, p, gradient = layers(size, seed)
        right = ag.gradcheck(f, p, gradient=gradient, mode=mode)
        assert right, str(right)
        k = seed * 37 % size
        gradient[k] *= 1.01
        check = ag.gradcheck(f, p, gradient=gradient, mode=mode)
        assert failing_names(check) == [x.label for x in check.leaves if x.label.startswith("∂") and not x.holds]
        assert f"∂f/∂p[{k}]" in failing_names(check)


def test_errors_of_opposite_sign_do_not_cancel():
    f, p, gradient = cubes(3_000)
    gradient[5] += 1.0
    gradient[6] -= 1.0
    assert set(failing_names(ag.gradcheck(f, p, gradient=gradient))) == {"∂f/∂p[5]", "∂f/∂p[6]"}


def test_fast_check_calls_function_at_most_forty_times():
    for size in (10, 20_000):
        f, p, gradient = cubes(size)
        counted = Counted(f)
        check = ag.gradcheck(counted, p, gradient=gradient, mode="fast")
        assert check, str(check)
        assert counted.count <= 40


def test_report_says_how_derivatives_were_checked():
    f, p, gradient = cubes(3_000)
    text = str(ag.gradcheck(f, p, gradient=gradient))
    assert re.match(
        r"f: 3,000 derivatives hold along 3 directions, each derivative to (0\.\d|1) % of itself, "
        r"except [\d,]+ small ones to \de-\d\d of the largest\n",
        text,
    ), text
    assert "mode" not in text
    gradient[3] = 0.0
    text = str(ag.gradcheck(f, p, gradient=gradient, mode="fast"))
    assert text.startswith("f: at least 1 of 3,000 derivatives is wrong\n"), text
    assert "repeat:" not in text
    assert str(ag.gradcheck(math.fsum, ([0.5] * 9,), gradient=[2.0] * 9, mode="fast")).endswith("mode='fast')")


def test_rounding_that_hides_many_derivatives_is_no_pass():
    draw = np.random.default_rng(0)
    p, w = draw.normal(size=3_000), draw.normal(size=3_000) * 1e-12
    check = ag.gradcheck(lambda p: float(1.0 + w @ np.sin(p)), p, gradient=w * np.cos(p))
    assert not check
    assert {x.verdict for x in check.leaves} == {"undecided"}
    assert "not vouched for: rounding hides an error of 1 % in" in str(check)


def test_inputs_near_zero_move_by_their_own_size():
    scales = 10.0 ** np.random.default_rng(0).uniform(-12, 3, size=100)
    for mode in ("full", "fast"):
        check = ag.gradcheck(lambda p: float(np.log(p).sum()), scales, gradient=1.0 / scales, mode=mode)
        assert check, str(check)
        wrong = 1.0 / scales
        wrong[np.argmin(scales)] *= 1.02
        assert (
            len(failing_names(ag.gradcheck(lambda p: float(np.log(p).sum()), scales, gradient=wrong, mode=mode))) == 1
        )


def test_full_mode_checks_every_entry_of_a_large_function():
    f, p, gradient = cubes(scaled(2_001))
    assert ag.gradcheck(f, p, gradient=gradient, mode="fast").mode == "fast"
    check = ag.gradcheck(f, p, gradient=gradient, mode="full")
    assert check, str(check)
    assert (check.mode, len(check.leaves)) == ("full", len(p))


def test_graph_of_many_operations_is_checked_by_edges_and_directions():
    """A step in each of 40 leaves takes more than 300,000 operations."""
    p = [Value(0.5 + 0.01 * k) for k in range(40)]
    chain = sum(p, start=Value(0.0))
    for _ in range(8_000):
        chain = chain * 0.999
    check = ag.gradcheck((chain * chain).named("C"))
    assert str(check).startswith("C: 41 derivatives hold by their edges, and along 1 direction, each derivative to ")


@pytest.mark.parametrize("mode", ["Full", "", 1, True])
def test_unknown_mode_is_refused(mode):
    with pytest.raises(ValueError, match="mode must be 'full', 'fast' or None, got"):
        ag.gradcheck(lambda x: x, 1.0, mode=mode)


# --- Early differences


def early(f, x, claimed, limit=1e-7):
    return early_difference(lambda at: [(f(at), None)], 0, x, abs(x) or 1.0, claimed, limit * abs(claimed), 0.0)


def test_early_difference_confirms_right_number_only():
    assert early(math.sin, 1.0, math.cos(1.0)).evaluations == 6
    for factor in (-1.0, 0.0, 2.0, 1.0 + 1e-6, 1.0 - 1e-6):
        assert early(math.sin, 1.0, factor * math.cos(1.0)) is None
    assert early(math.sin, 1.0, math.cos(1.0), limit=1e-12) is None


@pytest.mark.parametrize(
    ("f", "x", "claimed"),
    [
        (abs, 0.0, 0.0),
        (lambda x: abs(x) + x, 0.0, 1.0),
        (lambda x: x + abs(x - 1.0), 1.0, 1.0),
        (lambda x: x + 1e-3 * abs(x - 1.0 - 1e-6), 1.0, 1.0),
        (lambda x: x + 1e-8 * math.sin(1e7 * (x - 1.0)), 1.0, 1.0),
        (lambda x: math.exp(x) + 1e-14 * math.sin(1e7 * (x - 1.0)), 1.0, math.e),
        (lambda x: x + 1e-9 * math.floor(1e9 * (x - 1.0)), 1.0, 1.0),
        (lambda x: math.sqrt(x) if x >= 1.0 else math.nan, 1.0, 0.5),
        (lambda x: math.log(x - 0.999), 1.0, 1000.0),
        (lambda x: 1.0, 1.0, 0.0),
    ],
)
def test_early_difference_confirms_no_rough_function(f, x, claimed):
    """The claimed number is the mean of two slopes, or the slope between ripples."""
    assert early(f, x, claimed) is None


def test_early_difference_near_root_in_single_precision():
    """The values beside the point are rounded, although the one at the point is 0."""
    rounded = lambda at: [(float(np.float32(math.sin(at))), None)]  # noqa: E731
    found = early_difference(rounded, 0, 0.0, 1.0, 1.0, limit=1e-2, slack=1e-4, unit=2.0**-24)
    assert abs(found.slope - 1.0) <= found.error
    assert early_difference(rounded, 0, 0.0, 1.0, 1.0, limit=1e-5, slack=1e-4, unit=2.0**-24) is None


def test_early_difference_stays_on_one_piece():
    f = lambda at: [(2.0 * at, at > 1.0 + 1e-6)]  # noqa: E731
    assert early_difference(f, 0, 1.0, 1.0, 2.0, 1e-6, 0.0) is None
    assert early_difference(lambda at: [(2.0 * at, at > 0.0)], 0, 1.0, 1.0, 2.0, 1e-6, 0.0) is not None


@pytest.mark.parametrize(
    ("number", "bounds", "verdict"),
    [
        (1e-10, (1e-12, 1e-3), "pass"),
        (1e-6, (1e-12, 1e-3), "undecided"),
        (1e-6, (1e-12, 1e-12), "fail"),
        (1e-6, (math.inf, math.inf), "undecided"),
        (1e-10, (1e-6, 1e-6), "undecided"),
        (math.inf, (1e-12, 1e-12), "undecided"),
    ],
)
def test_bounds_settle_entries_that_differences_do_not_find(number, bounds, verdict):
    finding = Finding(number, Difference(math.nan, math.inf), "undecided")
    assert settled_in_row(finding, 1e-9, lambda: bounds).verdict == verdict


@pytest.mark.parametrize("at", [(0.25, 1.0), (0.0, 0.5), (0.0, 1.0)])
def test_directions_from_the_end_of_a_domain_measure_no_noise(at):
    """The points at which noise is measured are outside; those of the differences are on one side."""

    def f(x, y):
        return x**1.5 + (1.0 - y) ** 1.5 if x >= 0.0 and y <= 1.0 else math.sqrt(-1.0)

    x, y = at
    right = np.array([1.5 * math.sqrt(x), -1.5 * math.sqrt(1.0 - y)])
    assert ag.gradcheck(f, at, gradient=right, mode="fast").leaves
    inside = ag.gradcheck(f, (0.25, 0.5), gradient=np.array([0.75, -1.5 * math.sqrt(0.5)]), mode="fast")
    assert inside
    assert not ag.gradcheck(f, at, gradient=right + 1.0, mode="fast")


def test_inputs_much_closer_to_0_than_others_have_steps_of_their_own():
    """The function waves between steps of the size of the others, and is smooth at steps of each input's own size."""
    p = np.random.default_rng(0).normal(size=21)
    p[::7] = np.array([0.7, 1.1, 1.4]) * 1e-9
    gradient = 2.0 * p
    gradient[::7] += 1e12 * np.cos(1e12 * p[::7])
    f = lambda x: float((x * x).sum() + np.sin(1e12 * x[::7]).sum())  # noqa: E731
    check = ag.gradcheck(f, p, gradient=gradient, mode="fast")
    assert check, str(check)
