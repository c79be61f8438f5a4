"""Derivatives inside derivatives, by every pair of modes: perturbations are kept apart and nothing is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograd as ag
from autograd import Value


def by_grad(f: Callable[[Any], Any], x: Any) -> Any:
    return ag.grad(f)(x)


def by_jvp(f: Callable[[Any], Any], x: Any) -> Any:
    return ag.jvp(f, x, 1.0)[1]


def by_vjp(f: Callable[[Any], Any], x: Any) -> Any:
    return ag.vjp(f, x, 1.0)[1]


def by_jacobian(f: Callable[[Any], Any], x: Any) -> Any:
    return ag.jacobian(f)(x)[0]


def by_columns(f: Callable[[Any], Any], x: Any) -> Any:
    return ag.jacobian(lambda t: [f(t), 0.0])(x)[0, 0]


def by_gradient(f: Callable[[Any], Any], x: Any) -> Any:
    t = Value(x) if isinstance(x, float) else +x
    return ag.gradient(f(t), t)


MODES = [by_grad, by_jvp, by_vjp, by_jacobian, by_columns, by_gradient]


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
class TestNesting:
    """Perturbations are not confused: Siskind and Pearlmutter (2005)."""

    def test_an_inner_derivative_keeps_the_outer_variable_apart(self, outer: Any, inner: Any) -> None:
        assert outer(lambda x: x * inner(lambda y: x + y, 1.0), 1.0) == 1.0
        assert outer(lambda x: x * inner(lambda y: x * y * y, 2.0), 3.0) == 24.0  # of 4x²

    def test_the_inner_point_may_be_the_outer_variable(self, outer: Any, inner: Any) -> None:
        assert outer(lambda x: x * inner(lambda y: x * y, x), 3.0) == 6.0  # of x²
        assert outer(lambda x: inner(lambda y: y**3, x * x), 2.0) == 96.0  # of 3x⁴
        assert outer(lambda x: inner(lambda y: x**3, x), 2.0) == 0.0
        assert outer(lambda x: inner(lambda y: y * x, x) * inner(lambda y: y * y, x), 5.0) == 20.0  # of 2x²

    def test_three_deep(self, outer: Any, inner: Any) -> None:
        found = outer(lambda x: inner(lambda y: outer(lambda z: (x * y * z) ** 2, y), x), 2.0)
        assert found == 24 * 2.0**3  # 2x²y²z at z = y, of that 6x²y² at y = x, of that 24x³


class TestNestedMatrices:
    def test_hessians_and_products_differentiate_again(self) -> None:
        def f(y: Any) -> Any:
            return y**4

        assert ag.grad(lambda x: ag.hessian(f)(x)[0, 0])(2.0) == 48.0
        assert ag.grad(lambda x: ag.hvp(f, x, 3.0))(2.0) == 144.0
        assert ag.grad(lambda v: ag.hvp(f, 2.0, v))(3.0) == 48.0
        assert ag.hessian(lambda x: ag.hessian(f)(x)[0, 0])(2.0)[0, 0] == 24.0
        assert ag.grad(lambda v: ag.jvp(f, 2.0, v)[1])(3.0) == 32.0
        assert ag.grad(lambda u: ag.vjp(f, 2.0, u)[1])(3.0) == 32.0

    def test_values_from_outside_make_every_derivative_a_value(self) -> None:
        w = Value(3.0, "w")

        def f(x: Any) -> Any:
            return w * x * x

        for derivative in (
            ag.grad(f)(2.0),
            ag.jvp(f, 2.0, 1.0)[1],
            ag.vjp(f, 2.0, 1.0)[1],
            ag.jacobian(f)(2.0)[0],
            ag.hessian(f)(2.0)[0, 0] * 2,
            ag.hvp(f, 2.0, 2.0),
        ):
            assert derivative == 12.0
            assert ag.gradient(derivative, w) == 4.0

    @pytest.mark.parametrize("mode", MODES)
    def test_the_graph_outside_the_function_is_left_alone(self, mode: Any) -> None:
        x = Value(2.0)
        y = x * x
        x.data = 5.0
        assert mode(lambda t: t**3, y) == 48.0

    def test_floats_give_values_only_where_they_depend_on_values(self) -> None:
        """∂(y³ + x)/∂y = 3y² has no x in it, so it is a number also where ∂/∂x is wanted."""
        types: list[list[type]] = []

        def outer(x: Value) -> Value:
            def apart(y: Any) -> Any:
                return y**3 + x

            def product(y: Any) -> Any:
                return y**3 * x

            for f in (apart, product):
                derivatives = [
                    ag.grad(f)(2.0),
                    ag.value_and_grad(f)(2.0)[1],
                    ag.jvp(f, 2.0, 1.0)[1],
                    ag.vjp(f, 2.0, 1.0)[1],
                    ag.jacobian(f)(2.0)[0],
                    ag.hessian(f)(2.0)[0, 0] + 0.0,
                    ag.hvp(f, 2.0, 1.0),
                ]
                assert derivatives[:5] == [12.0 * (1.0 if f is apart else x.data)] * 5
                types.append(
                    [float if isinstance(d, float) else Value for d in derivatives if isinstance(d, (float, Value))]
                )
                assert isinstance(ag.value_and_grad(f)(2.0)[0], Value)
            return x

        ag.grad(outer)(3.0)
        assert types == [[float] * 7, [Value] * 7]
        mixed = ag.grad(lambda p: p[0] ** 2 + p[1] * Value(3.0))([2.0, 5.0])
        assert mixed == [4.0, 3.0]
        assert [type(d) is float for d in mixed] == [True, False]
        assert ag.jacobian(lambda p: [p[0] ** 2 + Value(3.0)])([2.0]).dtype == float

    def test_floats_give_floats(self) -> None:
        assert type(ag.grad(ag.sin)(1.0)) is float
        assert [type(x) for x in ag.value_and_grad(ag.sin)(1)] == [float, float]
        assert [type(x) for x in ag.jvp(ag.sin, 1.0, 1)] == [float, float]
        assert ag.jacobian(ag.sin)(1.0).dtype == float
        assert ag.hessian(ag.sin)(1.0).dtype == float
        assert type(ag.hvp(ag.sin, 1.0, 1.0)) is float
