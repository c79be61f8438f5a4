"""Numbers, functions and object arrays of NumPy, on either side of a Value."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from points import plain

import autograd as ag
from autograd import TABLE, Value
from autograd.value import Constant

NUMBERS: dict[str, Any] = {
    "int": 3,
    "bool": True,
    "float": 3.0,
    "float64": np.float64(3),
    "float32": np.float32(0.1),
    "float16": np.float16(3),
    "longdouble": np.longdouble(3),
    "int64": np.int64(3),
    "uint8": np.uint8(3),
    "bool_": np.bool_(True),
    "0-d float": np.array(3.0),
    "0-d int": np.array(3),
    "0-d bool": np.array(True),
}
ARITHMETIC: list[Callable[[Any, Any], Any]] = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
]
COMPARISONS: list[Callable[[Any, Any], Any]] = [
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
]


@pytest.mark.parametrize("kind", NUMBERS)
class TestNumbers:
    def test_any_real_number_makes_a_value_of_a_python_float(self, kind: str) -> None:
        number = NUMBERS[kind]
        for value in (Value(number), ag.exp(Value(number)), Value(1.0) * number, number * Value(1.0)):
            assert type(value.data) is float
        assert Value(number).data == float(number)

    @pytest.mark.parametrize("apply", ARITHMETIC)
    def test_arithmetic_takes_it_on_either_side_as_a_constant(self, kind: str, apply: Any) -> None:
        number, x = NUMBERS[kind], Value(2.0)
        right, left = apply(x, number), apply(number, x)
        assert right.data == apply(2.0, float(number))
        assert left.data == apply(float(number), 2.0)
        assert right.operands[0] is left.operands[1] is x
        assert type(right.operands[1]) is type(left.operands[0]) is Constant
        assert all(type(partial) is float for partial in (*right.partials, *left.partials))

    @pytest.mark.parametrize("compare", COMPARISONS)
    def test_comparisons_take_it_on_either_side(self, kind: str, compare: Any) -> None:
        number = NUMBERS[kind]
        for x in (0.0, 1.0, 3.0, math.inf):
            assert bool(compare(Value(x), number)) == compare(x, float(number))
            assert bool(compare(number, Value(x))) == compare(float(number), x)

    def test_operations_take_it_beside_a_value(self, kind: str) -> None:
        number, x = NUMBERS[kind], Value(2.0)
        assert ag.hypot(x, number).data == ag.hypot(number, x).data == math.hypot(2.0, float(number))
        assert ag.total([number, x, number]).data == math.fsum([float(number), 2.0, float(number)])
        assert x.atan2(number).data == math.atan2(2.0, float(number))


class TestFunctions:
    @pytest.mark.parametrize("count", [63, 64, 65, 200])
    def test_operations_take_any_number_of_arrays(self, count: int) -> None:
        """np.frompyfunc takes 63 operands at most."""
        ones = [np.ones(2)] * count
        assert ag.total(ones).tolist() == [count, count]
        assert ag.hypot(*ones) == pytest.approx(np.sqrt([count, count]))
        assert ag.logsumexp(ones) == pytest.approx(1.0 + np.log([count, count]))
        assert ag.dot(ones, ones, np.ones((3, 1))).shape == (3, 2)
        assert [z.data for z in ag.dot([Value(2.0)] * count, ones)] == [2.0 * count] * 2

    def test_arrays_that_do_not_broadcast_are_named(self) -> None:
        with pytest.raises(ValueError, match=r"must broadcast to one shape, got shapes \(2,\), \(3,\)"):
            ag.hypot(np.zeros(2), np.ones(3))

    @pytest.mark.parametrize("op", [op for op in TABLE.values() if op.numpy and op.arity == 1], ids=str)
    def test_numpys_function_of_a_value_is_the_operation(self, op: Any) -> None:
        x = Value(1.5 if op.name == "acosh" else 0.5, "x")
        for node in (getattr(np, op.numpy)(x), getattr(np, op.numpy)(np.array([x, x]))[1]):
            assert node.op is op
            assert node.operands[0] is x
            assert node.data == op(x.data)

    @pytest.mark.parametrize("op", [op for op in TABLE.values() if op.numpy and op.arity == 2], ids=str)
    def test_numpys_function_of_two_values_is_the_operation(self, op: Any) -> None:
        x, y = Value(2.0), Value(0.5)
        for node in (getattr(np, op.numpy)(x, y), getattr(np, op.numpy)(np.array([x, x]), y)[1]):
            assert node.op is op
            assert node.operands[0] is x
            assert node.operands[1] is y

    def test_operations_take_arrays_of_numbers_and_of_values(self) -> None:
        numbers = np.array([[0.5, -1.0], [0.0, 2.0]])
        found = ag.tanh(numbers)
        assert found.dtype == float
        assert found == pytest.approx(np.tanh(numbers), rel=1e-15)
        x = Value(0.5)
        mixed = ag.maximum(np.array([x, 1.0, 0.25], dtype=object), 0.4)
        assert mixed.dtype == object
        assert plain(mixed).tolist() == [0.5, 1.0, 0.4]
        assert ag.hypot(np.array([3.0, 6.0]), x * 8)[0].data == 5.0
        assert ag.hypot(np.zeros((2, 1)), np.ones(3)).shape == (2, 3)
        assert ag.exp(np.zeros((0, 2))).shape == (0, 2)

    def test_a_float64_goes_in_and_a_float64_comes_out(self) -> None:
        assert type(ag.exp(np.float64(1.0))) is np.float64
        assert type(ag.exp(1)) is type(ag.exp(np.float32(1))) is float

    def test_squares_roots_means_and_norms_of_object_arrays(self) -> None:
        x = ag.values([3.0, 4.0])
        assert np.linalg.norm(x).data == 5.0
        assert np.sqrt(x @ x).data == 5.0
        assert np.square(x)[1].data == 16.0
        assert np.mean(x).data == 3.5
        assert np.max(x) is x[1]
        assert np.argmin(x) == 0
        assert np.sort(x[::-1])[0] is x[0]
        assert np.abs(-x)[0].data == 3.0


class TestArrays:
    def test_a_layer_written_with_matrices_is_differentiated(self) -> None:
        W, x, b = ag.values([[1.0, 2.0], [3.0, 4.0]], "W"), np.array([0.5, -1.0]), ag.values([0.1, 0.2], "b")
        z = W @ x + b
        assert [node.data for node in z] == pytest.approx([-1.4, -2.3])
        np.sum(z * [1.0, 10.0]).backward()
        assert [[w.grad for w in row] for row in W] == [[0.5, -1.0], [5.0, -10.0]]
        assert [node.grad for node in b] == [1.0, 10.0]
        assert W[0, 1].label == "W[1,2]"

    def test_dot_matmul_and_sum_agree(self) -> None:
        w, x = ag.values([1.0, 2.0, 3.0]), ag.values([4.0, 5.0, 6.0])
        for product in (np.dot(w, x), w @ x, np.sum(w * x), sum(w * x), ag.dot(w, x), (w * x).sum()):
            assert product.data == 32.0
            assert [slope.data for slope in ag.gradient(product, w)] == [4.0, 5.0, 6.0]

    @pytest.mark.parametrize("apply", ARITHMETIC)
    def test_a_value_meets_an_array_element_by_element(self, apply: Any) -> None:
        x, array = Value(2.0), np.array([[1.0, 3.0, 5.0]])
        right, left = apply(x, array), apply(array, x)
        assert right.shape == left.shape == (1, 3)
        assert [node.data for node in right[0]] == [apply(2.0, number) for number in (1.0, 3.0, 5.0)]
        assert [node.data for node in left[0]] == [apply(number, 2.0) for number in (1.0, 3.0, 5.0)]
        assert all(node.operands[0] is x for node in right.flat)

    def test_arrays_of_one_element_and_of_integers_stay_arrays(self) -> None:
        x = Value(2.0)
        assert (x * np.array([3])).shape == (np.array([3]) * x).shape == (1,)
        assert (np.array([3.0]) ** x)[0].data == 9.0
        array = np.ones(2)
        with pytest.raises(TypeError):
            array += x
        assert array.tolist() == [1.0, 1.0]

    def test_an_array_of_values_is_an_object_array(self) -> None:
        x = [Value(1.0), Value(2.0)]
        assert np.array(x).dtype == object
        assert np.array([x, x]).shape == (2, 2)
        assert np.array(Value(1.0)).shape == ()
        assert (np.array(x) > 1.5).tolist() == [False, True]
        assert (np.array(x) == np.array([1.0, 5.0])).tolist() == [True, False]

    def test_values_makes_new_leaves_in_the_shape_of_the_array(self) -> None:
        x = ag.values(np.arange(6).reshape(1, 2, 3), "x")
        assert x.shape == (1, 2, 3)
        assert (x[0, 1, 2].data, x[0, 1, 2].label) == (5.0, "x[1,2,3]")
        assert len({id(node) for node in x.flat}) == 6
        assert ag.values(3, "b")[()].label == "b"
        assert ag.values([[]]).shape == (1, 0)
        assert ag.values([1, 2])[0].label == ""
        for wrong in ([1j], ["1"], [None], [Value(1.0)], [[1.0], [2.0, 3.0]]):
            with pytest.raises((TypeError, ValueError)):
                ag.values(wrong)

    def test_arrays_of_what_is_no_number_are_refused(self) -> None:
        for wrong in ([1j], ["a"], [None]):
            with pytest.raises(TypeError, match="arithmetic with a Value takes one real number"):
                Value(1.0) * np.array(wrong, dtype=object)
