"""Derivatives of functions: every mode, every shape of arguments, every order, nested as one likes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from effort import scaled
from samples import chain

import autograd as ag
from autograd import Value, nest_shapes
from autograd.context import is_quiet
from autograd.derivatives import forward, reverse
from autograd.pytrees import Arguments


class Point(NamedTuple):
    x: Any
    y: Any


def second_by(route: str, f: Callable[[Any], Any], x: float) -> float:
    """The second derivative of `f` at `x`, by one of seven routes."""
    by: dict[str, Callable[[], Any]] = {
        "forward over forward": lambda: ag.jvp(lambda t: ag.jvp(f, t, 1.0)[1], x, 1.0)[1],
        "reverse over reverse": lambda: ag.grad(ag.grad(f))(x),
        "forward over reverse": lambda: ag.jvp(ag.grad(f), x, 1.0)[1],
        "reverse over forward": lambda: ag.grad(lambda t: ag.jvp(f, t, 1.0)[1])(x),
        "hessian": lambda: ag.hessian(f)(x)[0, 0],
        "hvp": lambda: ag.hvp(f, x, 1.0),
        "jacobian of grad": lambda: ag.jacobian(ag.grad(f))(x)[0],
    }
    return by[route]()


ROUTES = [
    "forward over forward",
    "reverse over reverse",
    "forward over reverse",
    "reverse over forward",
    "hessian",
    "hvp",
    "jacobian of grad",
]


class TestShapes:
    """f is Σᵢ i·xᵢ² over all numbers in order, so that ∂f/∂xᵢ = 2i·xᵢ."""

    @staticmethod
    def f(*args: Any) -> Any:
        return ag.total([i * x * x for i, x in enumerate(Arguments(*args).scalars, 1)])

    @pytest.mark.parametrize(
        ("args", "expected"),
        [
            ((3.0,), 6.0),
            ((3,), 6.0),
            ((True,), 2.0),
            ((np.float32(3),), 6.0),
            ((np.array(3.0),), 6.0),
            ((3.0, 5.0), (6.0, 20.0)),
            (([3.0, 5.0],), [6.0, 20.0]),
            (((3.0, 5.0),), (6.0, 20.0)),
            (([3.0],), [6.0]),
            (([3.0], 5.0), ([6.0], 20.0)),
            (([[1.0, 2.0], [3.0]], (4.0, [5.0])), ([[2.0, 8.0], [18.0]], (32.0, [50.0]))),
            ((Point(3.0, [5.0]),), Point(6.0, [20.0])),
            (([],), []),
            ((), ()),
        ],
    )
    def test_a_gradient_has_the_shape_of_the_arguments(self, args: Any, expected: Any) -> None:
        slopes = ag.grad(self.f)(*args)
        assert slopes == expected
        assert type(slopes) is type(expected)

    @pytest.mark.parametrize("shape", [(3,), (2, 3), (0,), (1, 1), (2, 1, 2)])
    @pytest.mark.parametrize("dtype", [float, int, np.float32, object])
    def test_arrays_give_arrays(self, shape: tuple[int, ...], dtype: Any) -> None:
        x = np.arange(1, 1 + math.prod(shape)).reshape(shape).astype(dtype)
        slopes = ag.grad(self.f)(x)
        assert (slopes.shape, slopes.dtype) == (shape, np.dtype(float))
        assert np.array_equal(slopes, 2 * x * x)
        both = ag.grad(self.f)(x, 2.0)
        assert np.array_equal(both[0], 2 * x * x)
        assert both[1] == (x.size + 1) * 4.0

    def test_the_other_derivatives_count_numbers_through_all_arguments(self) -> None:
        args = ([1.0, 2.0], np.array([[3.0]]), 4.0)
        assert np.array_equal(ag.jacobian(self.f)(*args), [2, 8, 18, 32])
        assert np.array_equal(ag.hessian(self.f)(*args), np.diag([2, 4, 6, 8]))
        value, slope = ag.jvp(self.f, args, ([1.0, 0.0], np.array([[1.0]]), 2.0))
        assert (value, slope) == (1 + 8 + 27 + 64, 2 + 18 + 64)
        value, (first, second, third) = ag.vjp(self.f, args, 2.0)
        assert (value, first, second.tolist(), third) == (100, [4, 16], [[36]], 64)
        first, second, third = ag.hvp(self.f, args, ([1.0, 0.0], np.array([[1.0]]), 2.0))
        assert (first, second.tolist(), third) == ([2, 0], [[6]], 16)

    def test_a_tuple_is_separate_arguments_and_a_named_tuple_is_one(self) -> None:
        assert ag.jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 0.0)) == (10.0, 5.0)
        assert ag.jvp(lambda p: p.x * p.y, Point(2.0, 5.0), Point(1.0, 0.0)) == (10.0, 5.0)
        assert ag.vjp(lambda p: [p.x * p.y], Point(2.0, 5.0), [1.0]) == ([10.0], Point(5.0, 2.0))

    def test_outputs_keep_the_shape_in_which_f_returned_them(self) -> None:
        def f(x: Any) -> Any:
            return [x, (x * x, [x * 3])]

        assert ag.jvp(f, 2.0, 1.0) == ([2.0, (4.0, [6.0])], [1.0, (4.0, [3.0])])
        assert ag.vjp(f, 2.0, [1.0, 10.0, 100.0]) == ([2.0, (4.0, [6.0])], 1 + 40 + 300)
        assert np.array_equal(ag.jacobian(f)(2.0), [[1], [4], [3]])
        assert np.array_equal(ag.jacobian(lambda x: x[0])([1.0, 2.0]), [1, 0])

    def test_no_inputs_give_empty_arrays(self) -> None:
        assert ag.jacobian(lambda p: 1.0)([]).shape == (0,)
        assert ag.jacobian(lambda p: [1.0, 2.0])([]).shape == (2, 0)
        assert ag.jacobian(lambda p: [])([1.0]).shape == (0, 1)
        assert ag.hessian(lambda p: 1.0)([]).shape == (0, 0)


class TestSpecialCases:
    def test_what_f_does_not_use_has_slope_0(self) -> None:
        assert ag.value_and_grad(lambda x, y, z: y * y)(1.0, 3.0, 5.0) == (9.0, (0.0, 6.0, 0.0))
        assert np.array_equal(ag.hessian(lambda x, y: y * y)(1.0, 3.0), [[0, 0], [0, 2]])

    def test_an_output_may_be_an_input_or_a_number(self) -> None:
        assert ag.value_and_grad(lambda x: x)(3.0) == (3.0, 1.0)
        assert ag.value_and_grad(lambda x, y: y)(3.0, 4.0) == (4.0, (0.0, 1.0))
        assert ag.value_and_grad(lambda x: 7)(3.0) == (7.0, 0.0)
        assert ag.jvp(lambda x: [x, 7, x], 3.0, 2.0) == ([3.0, 7.0, 3.0], [2.0, 0.0, 2.0])
        assert ag.vjp(lambda x: [x, 7, x], 3.0, [1.0, 10.0, 100.0]) == ([3.0, 7.0, 3.0], 101.0)
        assert np.array_equal(ag.jacobian(lambda x, y: [y, x, 1, y * y])(3.0, 4.0), [[0, 1], [1, 0], [0, 0], [0, 8]])
        assert ag.hessian(lambda x: x)(3.0) == 0.0

    def test_an_output_may_lie_below_another(self) -> None:
        def f(x: Any) -> list[Any]:
            y = x * x
            return [y, y * 3, y]

        assert ag.vjp(f, 2.0, [1.0, 10.0, 100.0])[1] == 4 + 10 * 12 + 100 * 4

    def test_the_derivative_of_the_square_root_at_0_is_infinite(self) -> None:
        assert ag.grad(ag.sqrt)(0.0) == math.inf
        assert ag.jvp(ag.sqrt, 0.0, 1.0) == (0.0, math.inf)
        assert ag.grad(ag.grad(ag.sqrt))(0.0) == -math.inf

    def test_a_dead_branch_has_no_say_in_any_mode_and_order(self) -> None:
        def f(x: Any) -> Any:
            return ag.where(1.0, x * x * x, ag.sqrt(x))

        assert ag.grad(f)(0.0) == 0.0
        assert ag.jvp(f, 0.0, 1.0) == (0.0, 0.0)
        assert [second_by(route, f, 0.0) for route in ROUTES] == [0.0] * 7
        assert ag.grad(ag.grad(ag.grad(f)))(0.0) == 6.0

    def test_an_adjoint_of_0_is_not_carried_into_an_infinite_slope(self) -> None:
        def f(x: Any) -> Any:
            root = ag.sqrt(x)
            return root - root

        assert ag.grad(f)(0.0) == 0.0
        assert ag.grad(lambda x: ag.grad(f)(x))(0.0) == 0.0
        assert ag.vjp(ag.sqrt, 0.0, 0.0) == (0.0, 0.0)

    def test_a_flat_piece_below_an_infinite_slope_has_slope_0_in_any_mode_and_order(self) -> None:
        def f(x: Any) -> Any:
            return ag.sqrt(ag.relu(x))

        assert ag.grad(f)(-1.0) == 0.0
        assert ag.jvp(f, -1.0, 1.0) == (0.0, 0.0)
        assert [second_by(route, f, -1.0) for route in ROUTES] == [0.0] * 7

    def test_a_slope_that_is_0_only_here_is_carried_to_the_next_order(self) -> None:
        assert ag.grad(lambda x: (x - 1) ** 2)(1.0) == 0.0
        assert [second_by(route, lambda x: (x - 1) ** 2, 1.0) for route in ROUTES] == [2.0] * 7
        assert ag.hessian(lambda x, y: x * y)(0.0, 0.0).tolist() == [[0, 1], [1, 0]]

    def test_branches_of_the_users_own_are_taken_as_the_data_say(self) -> None:
        def f(x: Any) -> Any:
            return x * x if x > 1 else -x

        assert (ag.grad(f)(2.0), ag.grad(f)(0.5), ag.grad(ag.grad(f))(2.0)) == (4.0, -1.0, 2.0)


class TestOrders:
    @pytest.mark.parametrize(("order", "expected"), list(enumerate([32, 80, 160, 240, 240, 120, 0])))
    def test_derivatives_of_the_fifth_power_are_exact(self, order: int, expected: float) -> None:
        f: Callable[[Any], Any] = lambda x: x**5  # noqa: E731
        for _ in range(order):
            f = ag.grad(f)
        assert f(2.0) == expected

    @pytest.mark.parametrize("order", range(1, 7))
    def test_the_sine_comes_back_after_four(self, order: int) -> None:
        f: Callable[[Any], Any] = ag.sin
        for _ in range(order):
            f = ag.grad(f)
        assert f(0.3) == [math.sin(0.3), math.cos(0.3), -math.sin(0.3), -math.cos(0.3)][order % 4]

    @pytest.mark.parametrize("route", ROUTES)
    def test_seven_routes_lead_to_one_second_derivative(self, route: str) -> None:
        for x in (0.3, -1.2, 2.0):
            expected = 2 * math.exp(x) * math.cos(x)
            assert second_by(route, lambda t: ag.exp(t) * ag.sin(t), x) == pytest.approx(expected, rel=1e-14)
            assert second_by(route, lambda t: t**3, x) == pytest.approx(6 * x, rel=1e-15)

    def test_a_hessian_is_symmetric_and_its_products_agree_with_hvp(self) -> None:
        def f(p: Any) -> Any:
            return ag.exp(p[0] * p[1]) + p[2] ** 3 * ag.sin(p[0]) - p[1] / p[2]

        x, v = [0.5, -1.0, 2.0], [1.0, 2.0, -3.0]
        H = ag.hessian(f)(x)
        assert pytest.approx(H.T, rel=1e-14) == H
        assert ag.hvp(f, x, v) == pytest.approx(H @ v, rel=1e-14)
        assert ag.jacobian(ag.grad(f))(x) == pytest.approx(H, rel=1e-14)

    def test_gradient_gives_values_that_differentiate_again(self) -> None:
        x, y = Value(3.0, "x"), Value(5.0, "y")
        z = x**2 * y
        dx, dy = ag.gradient(z, [x, y])
        assert (dx, dy) == (30.0, 9.0)
        assert ag.gradient(dx, [x, y]) == [10.0, 6.0]
        assert ag.gradient(ag.gradient(dx, x), y) == 2.0
        assert ag.gradient(z, z) == 1.0
        assert ag.gradient(z, Value(3.0)) == 0.0
        assert ag.gradient(ag.gradient(x * 3, x), x) == 0.0
        assert x.grad == y.grad == 0.0

    def test_gradient_takes_inner_nodes_arrays_and_nothing_but_values(self) -> None:
        x = ag.values([[1.0, 2.0], [3.0, 4.0]], "x")
        inner = (x * x).sum()
        slopes = ag.gradient(inner * 2, x)
        assert slopes.shape == (2, 2)
        assert (slopes == 4 * x).all()
        assert ag.gradient(inner * inner, inner) == 60.0
        for wrong in ((1.0, x[0, 0]), (inner, 1.0), (inner, [x[0, 0], 2.0]), (inner, None)):
            with pytest.raises(TypeError):
                ag.gradient(*wrong)

    def test_a_gradient_is_a_node_of_its_own_and_naming_it_names_nothing_else(self) -> None:
        x, y = Value(3.0, "x"), Value(5.0, "y")
        ag.gradient(x * y, y).named("slope")
        assert x.label == "x"
        dx, dy = ag.gradient(x + y, [x, y])
        dx.named("dx")
        assert dy.label == ""
        dx, dy = ag.gradient(ag.exp(x + y), [x, y])
        assert dx is not dy
        z = x * y
        assert ag.gradient(z, [z])[0] is not z

    def test_a_gradient_records_only_what_lies_between(self) -> None:
        x = Value(2.0, "x")
        _, deep = chain(100)
        slope = ag.gradient(x * x * deep + ag.log(deep), x)
        assert len(ag.topological_order(slope)) < 110
        assert not any(node.op is ag.log for node in ag.topological_order(slope))

    def test_what_does_not_lie_between_may_have_changed(self) -> None:
        x, y = Value(2.0), Value(3.0)
        z = x * x + y * y
        y.data = 5.0
        assert ag.gradient(z, x) == 4.0
        with pytest.raises(ValueError, match="was changed"):
            ag.gradient(z, y)

    def test_a_changed_leaf_is_noticed(self) -> None:
        x, y = Value(2.0, "x"), Value(5.0, "y")
        z, other = x * y, ag.exp(y)
        x.data = 3.0
        with pytest.raises(ValueError, match=r"mul\(Value\(3.0, 'x'\).* or an operand of it was changed .* replay"):
            ag.gradient(z, y)
        assert not is_quiet()
        assert ag.gradient(other + z.data, y) == math.exp(5.0)
        assert ag.gradient(ag.replay(z, {}), ag.leaves(z)) == [0.0, 0.0]

    def test_a_long_chain_is_differentiated_twice(self) -> None:
        def f(x: Any) -> Any:
            y = x * x
            for _ in range(scaled(20_000)):
                y = -y
            return y

        assert ag.grad(ag.grad(f))(3.0) == 2.0
        assert ag.jvp(f, 3.0, 1.0) == (9.0, 6.0)


class TestJacobian:
    def test_the_linear_graph_eliminated_by_hand(self) -> None:
        # h₁ = x₁ + x₂, h₂ = 2x₂: y₁ = −h₁ + h₂ = −x₁ + x₂ and y₂ = h₁ + h₂ = x₁ + 3x₂.
        def f(x1: Any, x2: Any) -> list[Any]:
            h1, h2 = x1 + x2, 2 * x2
            return [-h1 + h2, h1 + h2]

        assert np.array_equal(ag.jacobian(f)(5.0, 7.0), [[-1, 1], [1, 3]])

    def test_olahs_linear_graph(self) -> None:
        def f(x1: Any, x2: Any) -> list[Any]:
            h1, h2 = x1 + x2, 2 * x2
            return [-h1, h1 + h2]

        assert np.array_equal(ag.jacobian(f)(5.0, 7.0), [[-1, -1], [1, 3]])

    @pytest.mark.parametrize(("m", "n"), [(1, 4), (4, 1), (3, 3), (2, 5), (5, 2)])
    def test_tall_and_wide_agree_with_the_columns_of_jvp_and_the_rows_of_vjp(self, m: int, n: int) -> None:
        def f(x: Any) -> list[Any]:
            sums = [ag.total([(i + j + 0.3) * t for j, t in enumerate(x)]) for i in range(m)]
            return [ag.sin(z) * ag.exp(0.7 * x[i % n]) + x[0] * z for i, z in enumerate(sums)]

        x = [0.1 * (j + 1) for j in range(n)]
        J = ag.jacobian(f)(x)
        assert J.shape == (m, n)
        columns = np.array([ag.jvp(f, x, unit)[1] for unit in np.eye(n)]).T
        rows = np.array([ag.vjp(f, x, unit)[1] for unit in np.eye(m)])
        assert columns == pytest.approx(J, rel=1e-14)
        assert rows == pytest.approx(J, rel=1e-14)
        # To the last digit it is that of the mode with fewer sweeps, and of reverse mode if they are equal.
        assert np.array_equal(J, rows if m <= n else columns)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (0, 2), (2, 0), (2, 3), (3, 1, 2)])
def test_nested_lists_have_the_shape_of_their_array(shape: tuple[int, ...]) -> None:
    array = np.zeros(shape)
    nested = array.tolist()
    expected = np.shape(nested)  # an empty list tells nothing of what would be in it
    assert nest_shapes.shape_of(nested) == nest_shapes.shape_of(tuple(nested) if shape else nested) == expected
    assert nest_shapes.shape_of(array) == shape
    assert nest_shapes.size_of(shape) == array.size
    assert nest_shapes.followed(shape, (4, 5)) == (*shape, 4, 5)
    assert nest_shapes.written(shape) == str(shape)


def test_ragged_lists_have_the_shapes_of_their_parts() -> None:
    ragged = nest_shapes.shape_of([[1.0, 2.0], 3.0, []])
    assert ragged == (((2,), (), (0,)),)
    assert nest_shapes.size_of(ragged) == 3
    assert nest_shapes.followed(ragged, (4,)) == (((2, 4), (4,), (0, 4)),)
    assert nest_shapes.written(nest_shapes.followed((2,), ragged)) == "2 × [(2,), (), (0,)]"
    assert nest_shapes.written(nest_shapes.followed((2, 3), ragged)) == "2 × 3 × [(2,), (), (0,)]"


def test_sweeps_ask_for_the_partials_on_their_way_alone() -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    u, v = x * x, y * y
    w = u * v
    z = w + ag.sin(v)
    order = ag.topological_order(z)
    asked: list[Value] = []

    def partials(node: Value) -> Any:
        asked.append(node)
        return node.partials

    tangents = forward(order, {x: 1.0}, partials)
    assert {id(node): tangents[node] for node in tangents} == {id(x): 1.0, id(u): 4.0, id(w): 36.0, id(z): 36.0}
    assert list(map(id, asked)) == list(map(id, (u, w, z)))
    asked.clear()
    # A tangent that is given stays, and what only it depends on is not asked.
    tangents = forward(order, {x: 1.0, u: 7.0}, partials)
    assert (tangents[u], tangents[w], tangents[z]) == (7.0, 63.0, 63.0)
    assert list(map(id, asked)) == list(map(id, (w, z)))
    asked.clear()
    adjoints = reverse({w: 1.0, u: 10.0}, partials)
    assert (adjoints[x], adjoints[y], adjoints[u], adjoints[v]) == (4.0 * 19.0, 24.0, 19.0, 4.0)
    assert sorted(map(id, asked)) == sorted(map(id, (w, u, v)))
    assert z not in adjoints


class Foreign:
    """An array of another library."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = np.array(numbers)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numbers


def test_arrays_of_other_libraries_become_those_of_numpy() -> None:
    one, row = np.float64(1.0), np.array([1.0, 2.0])
    converted = nest_shapes.as_numpy([Foreign([1.0, 2.0]), (Foreign(3.0), one, row, 4.0)])
    assert isinstance(converted[0], np.ndarray)
    assert isinstance(converted[1][0], np.ndarray)
    assert converted[1][1] is one
    assert converted[1][2] is row
    assert converted[1][3] == 4.0
    assert nest_shapes.shape_of(Foreign([[1.0, 2.0]])) == (1, 2)


@pytest.mark.parametrize("differentiate", [ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian])
def test_arguments_by_name_are_refused(differentiate: Any) -> None:
    derivative = differentiate(lambda x, y: x * x * y)
    with pytest.raises(TypeError) as raised:
        derivative(2.0, y=3.0)
    assert str(raised.value) == "arguments must be positional, got keyword y=; write f(…) without the names"
    derivative(2.0, 3.0)
