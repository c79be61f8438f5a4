"""Mistakes that all derivatives share are said in one line: a factor, a transposition, another order."""

from __future__ import annotations

import itertools
import math
import re
from random import Random

import numpy as np
import pytest
from effort import scaled

import autograd as ag
from autograd.checking import Difference, Finding
from autograd.checking.common_mistakes import EQUAL_RTOL, _best_ratio, _errors_and_slacks, _factor_in_words
from autograd.checking.hints import simple_factor
from autograd.checking.verdict import FAIL_ERRORS

A = np.array([[0.7, -1.2, 0.4], [0.3, 2.0, -0.8], [1.1, 0.5, -0.3]])
X = np.array([[0.2, 0.9, -0.4], [1.3, -0.7, 0.6], [0.8, 0.1, -1.1]])


def f(W):
    return float(np.sum(A * np.sin(W)))


def gradient(W):
    return A[: len(W)] * np.cos(W)


def remarks(function, at, wrong, **options):
    """Return the remarks on wrong derivatives; those at one point only must give the same."""
    check = ag.gradcheck(function, at, gradient=wrong, **options)
    assert not check
    for remark in check.remarks:
        assert remark in str(check)
        assert remark.replace("½", "") in check.markdown().replace("\\", "").replace("½", "")
    args = at if isinstance(at, tuple) else (at,)
    assert ag.gradcheck(function, at, gradient=wrong(*args), **options).remarks == check.remarks
    return check.remarks


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (8.0, "all 9 are off by 8: a sum where a mean was taken?"),
        (1 / 8.0, "all 9 are off by 1/8: a mean where a sum was taken?"),
        (2.0, "all 9 are twice what they should be: is a ½ missing?"),
        (0.5, "all 9 are half what they should be: is a 2 missing?"),
        (0.0, "all 9 are 0 and should not be"),
        (-1.0, "all 9 are of the wrong sign"),
        (1.01, "all 9 are off by the same factor 1.01"),
        (-3.0, "all 9 are off by the same factor -3"),
    ],
)
def test_a_common_factor_is_one_line(factor, words):
    assert remarks(f, (X,), lambda W: factor * gradient(W)) == [words]


@pytest.mark.parametrize("factor", [-1.0, 2.0, 0.5, 8.0, 0.125])
def test_a_common_factor_has_six_digits(factor):
    words = _factor_in_words(factor)
    assert "the same factor" not in words
    assert {_factor_in_words(factor * (1.0 + part)) for part in (-9e-7, 9e-7)} == {words}
    assert all("the same factor" in _factor_in_words(factor * (1.0 + part)) for part in (-2e-6, 2e-6))
    # Two thirds is neither a count nor one over it.
    assert _factor_in_words(math.copysign(2.0 / 3.0, factor)).removeprefix("off by the same factor ")[-8:] == "0.666667"


def test_a_common_factor_is_that_of_the_derivative_with_the_smallest_error():
    def finding(ratio, right, error):
        return Finding(ratio * right, Difference(right, error * abs(right), swing=1.0), "fail")

    findings = [finding(1.42, 3.0, 1e-2), finding(1.37, -1e-3, 1e-12), finding(1.39, 1e3, 1e-3)]
    for order in itertools.permutations(findings):
        assert _best_ratio(order, range(3)) == pytest.approx(1.37, rel=1e-12)


def test_a_common_factor_that_depends_on_the_point():
    def g(s, x):
        return np.log1p(np.exp(s)) * x

    at = (np.array(0.3), np.array([0.7, -1.2, 2.0]))
    sigmoid = 1.0 / (1.0 + math.exp(-0.3))

    def wrong(s, x):
        return x / (1.0 + np.exp(-2.0 * s)), np.log1p(np.exp(s)) * np.eye(3)

    [remark] = ag.gradcheck(g, at, gradient=wrong).remarks
    here, there = map(float, re.findall(r"\d\.\d+", remark))
    assert remark.startswith("all 3 by s are off by the same factor: ")
    assert here == pytest.approx(1.0 / (1.0 + math.exp(-0.6)) / sigmoid, rel=1e-5)
    assert 1.0 < there != here
    # Two factors, as in a sum of a right and a wrong term, are not one.
    two = ag.gradcheck(g, at, gradient=lambda s, x: (wrong(s, x)[0] + [0.0, 0.0, 0.1], wrong(s, x)[1]))
    assert not two
    assert not two.remarks


def test_entries_that_are_0_do_not_hide_a_common_factor():
    weights = np.array([1.0, 0.0, -2.0, 0.5])
    at = (np.array([0.3, 0.4, 0.5, 0.6]),)
    assert remarks(lambda x: float(weights @ x**2), at, lambda x: 16.0 * weights * x)[0].startswith(
        "all 3 are off by 8"
    )


@pytest.mark.parametrize("wrong", [[0.1, 0.2], [0.1, 0.0], [1e-9, -3.0]])
def test_derivatives_that_should_be_0_have_no_factor(wrong):
    def square(x, y):
        return x * x + y * y

    found = ag.gradcheck(square, (0.0, 0.0), gradient=wrong).leaves
    assert [x.verdict for x in found] == ["fail" if number else "pass" for number in wrong]
    assert remarks(square, (0.0, 0.0), lambda x, y: wrong) == []


def test_one_right_entry_is_no_common_factor():
    def wrong(W):
        slopes = 8.0 * gradient(W)
        slopes[1, 1] /= 8.0
        return slopes

    assert remarks(f, (X,), wrong) == []


def test_a_factor_at_one_point_only_is_none():
    """At 1 the derivatives of x³ are three times x."""
    check = ag.gradcheck(lambda x: float(np.sum(x**3)), (np.ones(4),), gradient=lambda x: x)
    assert check.remarks == []


def test_a_factor_of_one_argument_names_it():
    def loss(W, b):
        return f(W) + float(np.sum(b**3))

    assert remarks(loss, (X, X[0]), lambda W, b: (9.0 * gradient(W), 3.0 * b**2)) == [
        "all 9 by W are off by 9: a sum where a mean was taken?"
    ]


def test_a_factor_of_second_derivatives_is_said():
    check = ag.gradcheck(
        lambda x: float(np.sum(x**3) + x[0] * x[1]),
        (np.array([0.5, 2.0]),),
        gradient=lambda x: 3.0 * x**2 + x[::-1],
        hessian=lambda x: 4.0 * np.array([[6.0 * x[0], 1.0], [1.0, 6.0 * x[1]]]),
    )
    assert check.remarks == ["all 4 are off by 4: a sum where a mean was taken?"]


@pytest.mark.parametrize(
    ("at", "move", "words"),
    [
        (X, lambda g: g.T, "the gradient is transposed"),
        (X[:2], lambda g: g.ravel(order="F").reshape(g.shape), "the gradient is in column-major order"),
        (X[0], lambda g: g[::-1], "the gradient is in reverse order"),
        (X.ravel(), lambda g: np.roll(g, 2), "the gradient is shifted by 2"),
        (X.ravel(), lambda g: np.roll(g, -1), "the gradient is shifted by 1"),
        (X.ravel(), lambda g: g[[0, 5, 2, 3, 8, 1, 6, 7, 4]], "the gradient is in another order"),
    ],
    ids=["square", "rectangular", "reversed", "shifted", "shifted back", "permuted"],
)
def test_another_order_is_named(at, move, words):
    weights = A[: len(at)] if at.ndim == 2 else A.ravel()[: len(at)]

    def function(W):
        return float(np.sum(weights * np.sin(W)))

    [remark] = remarks(function, (at,), lambda W: move(weights * np.cos(W)))
    assert remark.startswith(words)


def test_gradients_of_several_outputs_are_transposed_each_by_itself():
    def outputs(W):
        return [float(np.sum(A * np.sin(W))), float(np.sum(A**3 * W**2))]

    def wrong(W):
        return np.stack([(A * np.cos(W)).T, (2.0 * A**3 * W).T])

    assert remarks(outputs, (X,), wrong) == ["the gradient is transposed"]


def test_a_transposed_jacobian_and_exchanged_arguments_are_named():
    assert remarks(lambda x: np.tanh(A @ x), (X[0],), lambda x: (A / np.cosh(A @ x)[:, None] ** 2).T) == [
        "the matrix is transposed"
    ]
    assert remarks(lambda x: np.tanh(A @ x), (X[0],), lambda x: (A / np.cosh(A @ x)[:, None] ** 2)[::-1]) == [
        "the rows are in reverse order"
    ]

    def product(u, v):
        return float(np.sum(np.sin(u) * v**2))

    def exchanged(u, v):
        return 2.0 * np.sin(u) * v, np.cos(u) * v**2

    assert remarks(product, (X[0], X[1]), exchanged) == ["the derivatives by u and by v are exchanged"]


def test_an_order_at_one_point_only_is_none():
    weights = np.array([1.0, 2.0, 4.0])
    check = ag.gradcheck(
        lambda x: float(weights @ x**2), (np.ones(3),), gradient=lambda x: 2.0 * weights[::-1] + 0.0 * x
    )
    assert not check
    assert check.remarks == []
    # The derivative in the middle is right at every point.
    check = ag.gradcheck(
        lambda x: float(weights @ x**2), (np.ones(3),), gradient=lambda x: np.array([8.0, 4.0 * x[1], 2.0])
    )
    assert not check
    assert check.remarks == []


def test_a_symmetric_gradient_is_not_said_to_be_transposed():
    check = ag.gradcheck(lambda W: float(np.sum(W**2)), (X + X.T,), gradient=lambda W: 2.0 * W + 1.0)
    assert check.remarks == []


def test_random_wrong_numbers_share_nothing():
    error = np.array(Random(3).choices([0.1, 0.3], k=9)).reshape(3, 3)
    check = ag.gradcheck(f, (X,), gradient=lambda W: gradient(W) + error)
    assert not check
    assert check.remarks == []


# --- a term that is wrong

SAMPLES = np.array([[0.3, -1.1, 0.8, 2.0], [1.7, 0.2, -0.6, 0.9], [-0.4, 0.5, 1.3, -1.9]])
OUTER = "a term is missing or has a wrong factor"


def normalized(x):
    centered = x - x.mean(-1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(-1, keepdims=True))


def normalized_jacobian(x, mean=1.0, correlation=1.0):
    """Return the Jacobian of `normalized`, with factors before its two terms beside the diagonal."""
    count, size = x.shape
    xhat, deviation = normalized(x), x.std(-1)
    jacobian = np.zeros((count, size, count, size))
    for i in range(count):
        rank_one = correlation * np.outer(xhat[i], xhat[i]) / size
        jacobian[i, :, i] = (np.eye(size) - mean / size - rank_one) / deviation[i]
    return jacobian


@pytest.mark.parametrize("factors", [{"correlation": 4.0}, {"correlation": 0.0}, {"mean": 0.0}, {"mean": 4.0}])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_errors_of_one_term_are_an_outer_product(factors, count):
    at = (SAMPLES[:count],)
    groups = f" in each of {count} groups of outputs, such as the examples of a batch" if count > 1 else ""
    along = "the same for all entries of x" if "mean" in factors else "a multiple of x − mean(x)"
    words = [f"the errors of x are an outer product{groups}; for each output they are {along}: {OUTER}"]
    assert remarks(normalized, at, lambda x: normalized_jacobian(x, **factors)) == words


def test_a_single_wrong_term_is_no_factor():
    def found(by_x):
        check = ag.gradcheck(lambda x, y: x * y + np.sin(x), (0.7, 1.3), gradient=lambda x, y: (by_x(y + np.cos(x)), x))
        return check.leaves[0].remark()

    assert found(lambda right: right + 0.1) == "differs by 0.1"
    assert found(lambda right: 1.0371 * right) == "off by a factor 1.0371"


@pytest.mark.parametrize(("power", "along"), [(1, "; for each output they are a multiple of x"), (2, "")])
def test_vector_of_an_outer_product_is_named_if_it_is_the_argument(power, along):
    def scaled(x):
        return x / np.sqrt(np.mean(x**2))

    def wrong(x):
        size = np.sqrt(np.mean(x**2))
        return np.eye(len(x)) / size - 3.0 * np.outer(x, x**power) / size**3 / len(x)

    x = SAMPLES[0]
    assert remarks(scaled, (x,), wrong) == [f"the errors of x are an outer product{along}: {OUTER}"]


def test_errors_of_two_terms_and_of_single_entries_are_no_outer_product():
    both = ag.gradcheck(normalized, (SAMPLES,), gradient=lambda x: normalized_jacobian(x, 0.0, 0.0))
    assert both.remarks == []

    def one_sample(x):
        jacobian = normalized_jacobian(x, correlation=4.0)
        jacobian[1, 2, 1, 1] += 0.1
        return jacobian

    assert ag.gradcheck(normalized, (SAMPLES,), gradient=one_sample).remarks == []

    def not_a_number(x):
        jacobian = normalized_jacobian(x, correlation=4.0)
        jacobian[1, 2, 1, 1] = math.nan
        return jacobian

    assert ag.gradcheck(normalized, (SAMPLES,), gradient=not_a_number).remarks == []
    random = Random(0)
    for _ in range(5):
        noise = np.array([random.gauss(0.0, 1.0) for _ in range(144)]).reshape(3, 4, 3, 4)
        assert ag.gradcheck(normalized, (SAMPLES,), gradient=normalized_jacobian(SAMPLES) + noise).remarks == []


def test_an_outer_product_at_one_point_only_is_not_named():
    def wrong(x):
        return normalized_jacobian(x, mean=4.0, correlation=1.0 if np.array_equal(x, SAMPLES) else 4.0)

    assert ag.gradcheck(normalized, (SAMPLES,), gradient=wrong(SAMPLES)).remarks != []
    assert ag.gradcheck(normalized, (SAMPLES,), gradient=wrong).remarks == []


def test_exchanged_rows_are_no_wrong_term():
    W = np.array([[0.7, -1.2, 0.4], [0.3, 2.0, -0.8], [1.1, 0.5, -0.3], [0.2, 0.1, 0.6]])

    def linear(x):
        return np.sin(W @ x)

    def exchanged(x):
        return (np.cos(W @ x)[:, None] * W)[[1, 0, 2, 3]]

    assert not any("outer" in remark for remark in ag.gradcheck(linear, (X[0],), gradient=exchanged).remarks)


def test_errors_stand_in_the_place_of_factors_that_differ():
    check = ag.gradcheck(normalized, (SAMPLES,), gradient=lambda x: normalized_jacobian(x, correlation=4.0))
    wrong = [x for x in check.leaves if x.verdict == "fail"]
    assert [x.remark() for x in wrong] == [f"differs by {x.engine - x.differences:.3g}" for x in wrong]
    assert "off by" not in str(check)


@pytest.mark.parametrize(
    ("factors", "words"),
    [
        # One factor for all wrong ones, and factors that hold at other points too.
        ([3.0, 3.0, 1.0], ["off by a factor 3"] * 2),
        ([3.0, 2.0, 1.0], ["off by a factor 3", "twice what it should be"]),
        ([3.0, 1.5, 1.0], ["off by a factor 3", "off by a factor 1.5"]),
    ],
)
def test_a_factor_that_is_one_is_kept(factors, words):
    def wrong(x):
        return np.array(factors) * 2 * x

    check = ag.gradcheck(lambda x: float(x @ x), (np.array([0.5, 1.2, 3.0]),), gradient=wrong)
    assert [x.remark() for x in check.leaves if x.verdict == "fail"] == words


def test_factors_of_numbers_at_one_point_are_kept_where_they_are_one_or_named():
    def remarks_of(factors):
        x = np.array([0.5, 1.2, 3.0])
        check = ag.gradcheck(lambda x: float(x @ x), (x,), gradient=np.array(factors) * 2 * x)
        return [x.remark() for x in check.leaves if x.verdict == "fail"]

    assert remarks_of([3.0, 3.0, 1.0]) == ["off by a factor 3"] * 2
    assert remarks_of([3.0, 2.0, 1.0]) == ["differs by 2", "twice what it should be"]


def test_a_named_factor_is_kept_beside_an_error_if_it_holds_elsewhere():
    def remarks_of(*errors):
        def wrong(x):
            return np.array([error(t) for error, t in zip(errors, 2.0 * x, strict=True)])

        check = ag.gradcheck(lambda x: float(x @ x), (np.array([0.5, 1.2, 3.0]),), gradient=wrong)
        return [x.remark() for x in check.leaves if x.verdict == "fail"]

    twice, added, square = (lambda t: 2.0 * t), (lambda t: t + 0.25), (lambda t: 2.0 * t * t)
    assert remarks_of(twice, added, added) == ["twice what it should be", "differs by 0.25", "differs by 0.25"]
    # The factor is 2 at this point alone.
    assert remarks_of(square, added, added) == ["differs by 1", "differs by 0.25", "differs by 0.25"]


def test_the_worst_derivatives_are_compared_at_a_second_point():
    def wrong(*xs):
        return (*(2.02 * x for x in xs[:-1]), -4.0 * xs[-1] ** 2)

    at = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    check = ag.gradcheck(lambda *xs: sum(x * x for x in xs), at, gradient=wrong)
    assert check.leaves[-1].remark() == "off by a factor -2 here, not everywhere"


# --- factors in single precision


def test_a_large_factor_that_noise_makes_an_integer_is_not_simple():
    def factor(ratio, noise=1e-7):
        return simple_factor(Finding(ratio, Difference(1.0, 1e-6, swing=1.0, noise=noise), "fail"))

    assert math.isnan(factor(1003.4))
    assert math.isnan(factor(1 / 1003.4))
    assert factor(3.0004) == 3.0
    assert math.isnan(factor(3.01))
    assert math.isnan(factor(3.0, noise=0.0))


def single(x, w):
    return np.float32(0.0) + (np.sin(np.float32(1.3) * np.float32(x)) * np.float32(w)).sum(dtype=np.float32)


def single_gradient(factor):
    def gradient(x, w):
        x, w = np.float32(x), np.float32(w)
        by_x = np.float32(1.3) * np.cos(np.float32(1.3) * x) * w
        by_x[0] *= np.float32(1.0)
        by_x[1:] *= np.float32(factor)
        return by_x, np.sin(np.float32(1.3) * x)

    return gradient


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (2.0, "about twice what it should be"),
        (-0.5, "about half what it should be, and of the wrong sign"),
        (-1.0, "of the wrong sign"),
        (3.0, "off by a factor of about 3"),
        (0.25, "off by a factor of about 1/4"),
        (-7.0, "off by a factor of about -7"),
    ],
)
def test_a_simple_factor_is_named_up_to_the_resolution_of_single_precision(factor, words):
    at = (np.linspace(0.2, 0.9, 6, dtype=np.float32), np.linspace(0.7, 1.5, 6, dtype=np.float32))
    check = ag.gradcheck(single, at, gradient=single_gradient(factor))
    assert {x.remark() for x in check.leaves if x.verdict == "fail"} == {words}
    assert sum(x.verdict == "fail" for x in check.leaves) == 5


def test_a_factor_that_is_not_simple_keeps_its_digits_in_single_precision():
    at = (np.linspace(0.2, 0.9, 6, dtype=np.float32), np.linspace(0.7, 1.5, 6, dtype=np.float32))
    check = ag.gradcheck(single, at, gradient=single_gradient(1.37))
    factors = [x.remark().removeprefix("off by a factor ") for x in check.leaves if x.verdict == "fail"]
    assert [float(x) for x in factors] == pytest.approx([1.37] * 5, rel=1e-3)


def test_a_common_factor_is_the_simple_one_in_single_precision():
    at = (np.linspace(0.2, 0.9, 6, dtype=np.float32), np.linspace(0.7, 1.5, 6, dtype=np.float32))

    def wrong(x, w):
        # Off by less than the checks resolve.
        return tuple(np.float32(8.0001) * part for part in single_gradient(1.0)(x, w))

    check = ag.gradcheck(single, at, gradient=wrong)
    assert check.remarks == ["all 12 are off by 8: a sum where a mean was taken?"]


def test_a_simple_factor_here_is_one_elsewhere_in_single_precision():
    def wrong(x, w):
        by_x, by_w = single_gradient(1.0)(x, w)
        by_x[2] *= np.float32(2.0) * np.float32(x[2]) / np.float32(0.5)
        return by_x, by_w

    at = (np.array([0.2, 0.3, 0.5], dtype=np.float32), np.array([0.7, 0.9, 1.5], dtype=np.float32))
    [found] = [x for x in ag.gradcheck(single, at, gradient=wrong).leaves if x.verdict == "fail"]
    assert found.remark() == "off by a factor of about 2 here, not everywhere"


# --- solvers


def root(a, b):
    """Solve x³ + ax = b to 3e-8: the error changes with a, as that of a solver with a tolerance."""
    x = 1.0
    for _ in range(20):
        x -= (x**3 + a * x - b) / (3.0 * x**2 + a)
    return x + 3e-8 * math.sin(40.0 * a + b)


def slopes(factor):
    def slopes(a, b):
        x = root(a, b)
        return -factor * x / (3.0 * x**2 + a), 1.0 / (3.0 * x**2 + a)

    return slopes


SOLVED = (1.0, 1.2)


def test_a_solution_is_checked_to_its_tolerance():
    check = ag.gradcheck(root, SOLVED, gradient=slopes(1.0))
    assert not check
    assert check.remarks == [
        "the error is below 1e-4 of the derivative: if f is solved to a tolerance, pass that as noise="
    ]
    settled = ag.gradcheck(root, SOLVED, gradient=slopes(1.0), noise=1e-7)
    assert settled
    assert settled.remarks == []
    assert all(x.difference.resolution < 1e-3 for x in settled.leaves)
    for factor, words in ((-1.0, "of the wrong sign"), (1.1, "off by a factor 1.1"), (2.0, "twice what it should be")):
        for noise in (None, 1e-7):
            check = ag.gradcheck(root, SOLVED, gradient=slopes(factor), noise=noise)
            [wrong] = [x for x in check.leaves if x.verdict == "fail"]
            assert check.remarks == []
            # Without the noise, the factor is not the same at a second point.
            assert noise is None or wrong.remark().removeprefix("about ") == words


@pytest.mark.parametrize(
    ("errors", "remark"),
    [
        ((1e-6, 3e-6), "all 2 errors are below 1e-4 of the derivative: "),
        ((0.0, 9e-5), "the error is below 1e-4 of the derivative: "),
        ((9e-5, 1.1e-4), ""),
        ((1e-6, 0.5), ""),
    ],
)
def test_small_errors_ask_for_a_tolerance(errors, remark):
    def f(x, y):
        return math.sin(x) * math.exp(y)

    def gradient(x, y):
        # Another factor at every point.
        first, second = (1.0 + error * (1.0 + (x - 0.5) * y) for error in errors)
        return first * math.cos(x) * math.exp(y), second * f(x, y)

    check = ag.gradcheck(f, (0.5, 0.3), gradient=gradient)
    assert not check
    asked = [x for x in check.remarks if x.endswith("if f is solved to a tolerance, pass that as noise=")]
    assert [x[: len(remark)] for x in asked] == [remark] * bool(remark)
    assert not any("factor 1" in x and "1." not in x for x in check.remarks)


def test_a_common_factor_of_1_is_no_explanation():
    check = ag.gradcheck(lambda x, y: x * y, (2.0, 5.0), gradient=lambda x, y: (y * (1 + 4e-7), x * (1 + 4e-7)))
    assert not check
    assert check.remarks == [
        "all 2 errors are below 1e-4 of the derivative: if f is solved to a tolerance, pass that as noise="
    ]


def test_errors_are_equal_within_their_error_bars_and_seven_digits():
    draw = Random(3)
    drawn = [[10.0 ** draw.uniform(-6.0, 6.0) for _ in range(2)] + [10.0 ** draw.uniform(-9.0, 0.0)] for _ in range(6)]
    findings = [Finding(given, Difference(right, bar), "fail") for given, right, bar in drawn]
    errors, slacks = _errors_and_slacks(findings, [[0, 1, 2], [3, 4, 5]])
    assert errors.ravel() == pytest.approx([x.engine - x.differences for x in findings])
    bars, sizes = [x.error for x in findings], [abs(x.engine) + abs(x.differences) for x in findings]
    expected = [FAIL_ERRORS * bar + EQUAL_RTOL * size for bar, size in zip(bars, sizes, strict=True)]
    assert slacks.ravel() == pytest.approx(expected)


# --- places of wrong derivatives


def of_matrix(W, x):
    return np.tanh(W @ x) * np.arange(1.0, len(W) + 1.0)


def jacobian(W, x):
    slopes = np.arange(1.0, len(W) + 1.0) / np.cosh(W @ x) ** 2
    by_W = np.zeros((len(W), *W.shape))
    for i, slope in enumerate(slopes):
        by_W[i, i] = slope * x
    return by_W, slopes[:, None] * W


@pytest.mark.parametrize("seed", range(scaled(14)))
def test_outputs_with_wrong_derivatives_are_named_and_no_others(seed):
    draw = np.random.default_rng(seed)
    height, width = draw.integers(3, 6, 2)
    W, x = draw.normal(size=(height, width)), draw.normal(size=width)
    wrong = sorted(draw.choice(height, draw.integers(1, height), replace=False).tolist())
    factors = draw.uniform(1.5, 3.0, len(wrong)) * draw.choice([-1.0, 1.0], len(wrong))

    def gradient(W, x):
        by_W, by_x = jacobian(W, x)
        for i, factor in zip(wrong, factors, strict=True):
            # A factor of each output, or at an odd seed another one for each derivative.
            by_W[i] *= factor
            by_x[i] *= factor if seed % 2 == 0 else np.linspace(1.2, 1.7, width)
        return by_W, by_x

    check = ag.gradcheck(of_matrix, (W, x), gradient=gradient)
    named = [remark for remark in check.remarks if remark.startswith("only derivatives of ")]
    failing = [i for i, finding in enumerate(check.leaves) if finding.verdict == "fail"]
    assert sorted({i // (width * height + width) for i in failing}) == wrong
    rest = height - len(wrong)
    others = f"the other {rest} outputs hold" if rest > 1 else "the other output holds"
    names = ", ".join(f"of_matrix[{i}]" for i in wrong)
    if len(failing) > 5:
        assert named == [f"only derivatives of {names} are wrong; {others}"]
        factor = [remark for remark in check.remarks if "the fault is in what depends on the output alone" in remark]
        assert len(factor) == (seed % 2 == 0)
        if factor:
            worst = max(range(len(wrong)), key=lambda k: abs(factors[k] - 1.0))
            assert f"({factors[worst]:.6g} for of_matrix[{wrong[worst]}])" in factor[0]


@pytest.mark.parametrize("seed", range(scaled(14)))
def test_slices_with_wrong_derivatives_are_named_and_no_others(seed):
    draw = np.random.default_rng(seed)
    shape = tuple(draw.integers(2, 5, 3).tolist())
    X, A = draw.normal(size=shape), draw.normal(size=shape)
    axis = int(draw.integers(3))
    wrong = sorted(draw.choice(shape[axis], draw.integers(1, shape[axis]), replace=False).tolist())
    mask = np.zeros(shape)
    mask[(slice(None),) * axis + (wrong,)] = 1.0

    def gradient(X, y):
        # An error that differs from entry to entry and from point to point.
        return A * np.cos(X) + mask * (0.1 + X**2), y

    # Nothing is said of an argument with right derivatives alone.
    at = X, np.array([1.5, 0.5])
    check = ag.gradcheck(lambda X, y: float(np.sum(A * np.sin(X)) + 0.5 * y @ y), at, gradient=gradient)
    slices = ", ".join(f"X[{':,' * axis}{i}]" for i in wrong)
    expected = [f"of those by X, only those by {slices} are wrong"] if mask.sum() >= 6 else []
    assert [remark for remark in check.remarks if remark.startswith("of those by")] == expected


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        # One of two rows, and three of four columns: the row says more.
        ([(0, 0), (0, 1), (0, 2)], "X[0]"),
        ([(0, 1), (1, 1), (0, 2), (1, 2)], "X[:,1], X[:,2]"),
        ([(0, 1), (1, 1)], "X[:,1]"),
        ([(0, 1), (1, 2)], ""),
    ],
)
def test_slices_are_those_of_the_axis_with_the_fewest(wrong, expected):
    X = np.array([[0.3, 0.7, 1.1, -0.4], [0.2, -0.9, 0.5, 1.4], [0.6, -0.1, 0.8, -0.7]])

    def gradient(X, y):
        by_X = np.stack([np.cos(X), -np.sin(X)])
        for place in wrong if expected else wrong[:1]:
            by_X[(slice(None), *place)] += 0.1 + X[place] ** 2
        by_y = np.array([y + 0.1 * y**2, 1.0 + np.sin(y)])
        return list(zip(by_X, by_y, strict=True))

    def F(X, y):
        return [float(np.sum(np.sin(X)) + 0.5 * y * y), float(np.sum(np.cos(X)) + y)]

    check = ag.gradcheck(F, (X, 1.5), gradient=gradient)
    count = sum(x.verdict == "fail" for x in check.leaves)
    assert count == 2 * (len(wrong) if expected else 1) + 2
    named = [remark for remark in check.remarks if remark.startswith("of those by X")]
    assert named == ([f"of those by X, only those by {expected} are wrong"] if count >= 6 else [])


@pytest.mark.parametrize("count", [5, 6])
def test_places_are_named_if_more_are_wrong_than_a_report_shows(count):
    X = np.linspace(0.1, 1.3, 2 * count).reshape(2, count)
    error = np.array([[1.0], [0.0]])
    check = ag.gradcheck(lambda X: float(np.sum(np.sin(X))), (X,), gradient=lambda X: np.cos(X) + error * (0.1 + X**2))
    assert bool(check.remarks) is (count == 6)


def test_wrong_derivatives_everywhere_have_no_place():
    check = ag.gradcheck(f, (A,), gradient=lambda W: gradient(W) + 0.1 + W**2)
    assert not check
    assert not any("only" in remark for remark in check.remarks)
