"""Products with a Jacobian that are given: J·v and uᵀ·J, for nested arguments and results too."""

from __future__ import annotations

import re

import numpy as np
import pytest
from effort import scaled

import autograd as ag
from autograd.checking.function import FunctionAtPoint
from autograd.checking.products import Product

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
def test_rounding_within_a_product_is_linear(name):
    """The vector-Jacobian product of a saturated softmax subtracts numbers that are nearly equal."""

    def softmax(z):
        e = np.exp(z - z.max())
        return e / e.sum()

    def product(z, v):
        p = softmax(z)
        return p * (v - p @ v)

    def largest(z, v):
        return np.where(np.abs(v) == np.abs(v).max(), product(z, v), 0.0)

    wrong = 0
    for seed in range(scaled(280)):
        z = np.random.default_rng(seed).normal(size=4) * 12.0
        function = FunctionAtPoint(softmax, [z])
        assert not list(Product(name, product, function).nonlinearity())
        wrong += bool(list(Product(name, largest, function).nonlinearity()))
        assert list(Product(name, lambda z, v: product(z, v * v), function).nonlinearity())
    assert wrong > 0


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
    assert re.match(r"f: 6 derivatives hold, to \S+; \d products with a vector are wrong\n", str(check))
    doubled = ag.gradcheck(f, X, **{name: lambda x, v: 2.0 * right(x, v / np.linalg.norm(v))})
    assert re.match(r"f: 6 of 6 derivatives are wrong; \d products with a vector are wrong\n", str(doubled))


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


@pytest.mark.parametrize("name", ["jvp", "vjp"])
@pytest.mark.parametrize(("mode", "size"), [("fast", 100), (None, 2_001)])
def test_products_of_many_numbers_are_few(name, mode, size):
    """Three random vectors take the place of the unit vectors, and a wrong entry is found."""
    calls, rates = [], 2.0 + np.sin(np.arange(size))

    def product(x, vector, factor=1.0):
        calls.append(vector)
        by_entry = rates * np.cos(rates * x)
        by_entry[77] *= factor
        return {"y": by_entry * vector} if name == "jvp" else by_entry * vector["y"]

    def wide(x):
        return {"y": np.sin(rates * x)}

    x = np.cos(np.arange(size))
    check = ag.gradcheck(wide, x, mode=mode, **{name: product})
    assert check, str(check)
    assert check.mode == "fast"
    assert len(calls) <= 10
    called = {"jvp": "jvp was called with 3 random tangents", "vjp": "vjp was called with 3 random cotangents"}[name]
    assert called in str(check)
    if mode is None:
        return
    check = ag.gradcheck(wide, x, mode=mode, **{name: lambda x, v: product(x, v, 1.01)})
    entry = '∂wide["y"][77]/∂x[77]' if name == "jvp" else "/∂x[77]"
    assert any(finding.verdict == "fail" and finding.name.endswith(entry) for finding in check.leaves), str(check)
    assert all(f"{k}]" not in finding.name for finding in check.leaves if finding.verdict == "fail" for k in (76, 78))


@pytest.mark.parametrize("name", ["jvp", "vjp"])
def test_wrong_entries_of_many_numbers(name):
    """One output and as many as inputs: a wrong sign is found by bisection, and by each entry."""
    x = np.cos(np.arange(50.0))

    def product(x, v):
        v = np.array(v)
        if name == "jvp":
            v[41] *= -1.0
            return 2.0 * x @ v
        return 2.0 * x * v * np.where(np.arange(50) == 41, -1.0, 1.0)

    f = {"jvp": lambda x: x @ x, "vjp": lambda x: x * x}[name]
    check = ag.gradcheck(f, x, mode="fast", **{name: product})
    wrong = [finding for finding in check.leaves if finding.verdict == "fail" and finding.name.endswith("/∂x[41]")]
    assert wrong
    assert all(finding.remark() == "of the wrong sign" for finding in wrong)
    assert name == "vjp" or wrong[0].engine == pytest.approx(-2.0 * x[41])
    assert len(ag.gradcheck(f, x, mode="full", **{name: product}).leaves) >= 50


@pytest.mark.parametrize("name", ["jvp", "vjp"])
def test_fast_product_that_is_not_linear_fails(name):
    x = np.cos(np.arange(50.0))
    check = ag.gradcheck(lambda x: x * x, x, mode="fast", **{name: lambda x, v: 2.0 * x * v + 1e-3 * abs(v)})
    assert not check
    assert "the product is not linear in the vector" in [finding.reason for finding in check.leaves]


def test_directions_hold_to_the_least_accurate_of_them():
    at = np.random.default_rng(0).normal(size=3000)
    check = ag.gradcheck(
        lambda x: [np.sum(x**3), np.sum(np.exp(x))], at, jvp=lambda x, v: [3 * x**2 @ v, np.exp(x) @ v]
    )
    accuracies = {f"{finding.accuracy:.1g}" for finding in check.leaves}
    assert len(accuracies) > 1
    assert check.resolution == f"their weighted sums to {max(map(float, accuracies)):.1g}"


def test_functions_of_no_number_hold():
    for options in ({}, {"gradient": lambda *xs: []}):
        assert str(ag.gradcheck(lambda *xs: 1.0, [], **options)) == "f: 0 derivatives hold"
