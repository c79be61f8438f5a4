"""Mistakes that all derivatives share are said in one line: a factor, a transposition, another order."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import autograd as ag

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


def test_entries_that_are_0_do_not_hide_a_common_factor():
    weights = np.array([1.0, 0.0, -2.0, 0.5])
    at = (np.array([0.3, 0.4, 0.5, 0.6]),)
    assert remarks(lambda x: float(weights @ x**2), at, lambda x: 16.0 * weights * x)[0].startswith(
        "all 3 are off by 8"
    )


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


def test_a_symmetric_gradient_is_not_said_to_be_transposed():
    check = ag.gradcheck(lambda W: float(np.sum(W**2)), (X + X.T,), gradient=lambda W: 2.0 * W + 1.0)
    assert check.remarks == []


def test_random_wrong_numbers_share_nothing():
    error = np.array(Random(3).choices([0.1, 0.3], k=9)).reshape(3, 3)
    check = ag.gradcheck(f, (X,), gradient=lambda W: gradient(W) + error)
    assert not check
    assert check.remarks == []
