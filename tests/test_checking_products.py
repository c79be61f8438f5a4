"""Products with a Jacobian that are given: J·v and uᵀ·J, for nested arguments and results too."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag

A = np.array([[0.7, -1.2, 0.4], [0.3, 2.0, -0.8]])
X = np.array([0.2, 0.9, -0.4])


def f(x):
    return np.tanh(A @ x)


def slope(x):
    return 1.0 / np.cosh(A @ x) ** 2


def forward(x, v):
    return slope(x) * (A @ v)


def backward(x, u):
    return A.T @ (slope(x) * u)


def test_products_are_checked_by_their_entries():
    for options in ({"jvp": forward}, {"vjp": backward}):
        check = ag.gradcheck(f, X, **options)
        assert check, str(check)
        assert len(check.leaves) == 6
        assert check.leaves[0].source == next(iter(options))
    assert len(ag.gradcheck(f, X, jvp=forward, vjp=backward).leaves) == 12
    assert len(ag.gradcheck(f, X, gradient=lambda x: slope(x)[:, None] * A, vjp=backward).leaves) == 12


@pytest.mark.parametrize("name", ["jvp", "vjp"])
def test_a_wrong_product_is_named(name):
    right = {"jvp": forward, "vjp": backward}[name]

    def wrong(x, v):
        product = right(x, v).copy()
        product[1] *= 1.01
        return product

    check = ag.gradcheck(f, X, **{name: wrong})
    names = ["∂f[1]/∂x[0]", "∂f[1]/∂x[1]", "∂f[1]/∂x[2]"] if name == "jvp" else ["∂f[0]/∂x[1]", "∂f[1]/∂x[1]"]
    assert [x.name for x in check.leaves if x.verdict == "fail"] == names
    assert not ag.gradcheck(f, X, gradient=lambda x: slope(x)[:, None] * A, **{name: wrong})


@pytest.mark.parametrize("name", ["jvp", "vjp"])
def test_a_product_that_is_not_linear_fails(name):
    right = {"jvp": forward, "vjp": backward}[name]
    check = ag.gradcheck(f, X, **{name: lambda x, v: right(x, v / np.linalg.norm(v))})
    assert not check
    assert "the product is not linear in the vector" in str(check)


def test_products_take_nested_points_and_results():
    def g(p, n):
        return {"y": p["a"] ** n * p["b"], "z": p["b"]}

    def g_forward(point, tangent):
        p, n = point
        dp, dn = tangent
        assert dn is None
        return {"y": n * p["a"] ** (n - 1) * p["b"] * dp["a"] + p["a"] ** n * dp["b"], "z": dp["b"]}

    def g_backward(point, u):
        p, n = point
        return {"a": n * p["a"] ** (n - 1) * p["b"] * u["y"], "b": p["a"] ** n * u["y"] + u["z"]}, None

    at = {"a": np.array([0.5, 2.0]), "b": np.array([1.5, -1.0])}, 3
    check = ag.gradcheck(g, at, jvp=g_forward, vjp=g_backward)
    assert check, str(check)
    assert check.remarks == ["held fixed: n (an integer)"]
    assert not ag.gradcheck(g, at, vjp=lambda *args: ({**g_backward(*args)[0], "b": args[1]["z"]}, None))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"jvp": np.eye(3)}, TypeError, "jvp must be a function of the point and of a vector, got ndarray"),
        ({"jvp": lambda x, v: 1.0}, ValueError, "jvp must return one number for each of the 2 outputs, got 1"),
        ({"vjp": lambda x, u: u}, ValueError, "vjp must return one number for each of the 3 inputs, got 2"),
        ({"jvp": forward, "order": 2}, TypeError, "order must be 1"),
    ],
)
def test_products_that_do_not_fit_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        ag.gradcheck(f, X, **options)
