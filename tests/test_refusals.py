"""What is refused, and in what words; nothing is broken afterwards."""

from __future__ import annotations

import cmath
import json
import math
import operator
import statistics
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import TABLE, DomainError, PoleError, Value
from autograd.modes import is_quiet
from autograd.operation import Op
from autograd.table import METHODS

BAD = {
    "complex": (1 + 2j, "real functions"),
    "complex128": (np.complex128(1j), "real functions"),
    "text": ("1.0", "as the label"),
    "bytes": (b"1", "float()"),
    "None": (None, "float()"),
    "list": ([1.0], "ag.values"),
    "tuple": ((1.0, 2.0), "ag.values"),
    "set": ({1.0}, "float()"),
    "Decimal": (Decimal(1), "float()"),
    "Fraction": (Fraction(1, 2), "float()"),
}


class TestBadInput:
    @pytest.mark.parametrize("name", BAD)
    def test_it_is_refused_by_type_with_advice(self, name: str) -> None:
        bad, advice = BAD[name]
        x = Value(2.0, "x")
        for attempt in (
            lambda: Value(bad),
            lambda: x + bad,
            lambda: bad - x,
            lambda: x * bad,
            lambda: bad * x,
            lambda: x / bad,
            lambda: x**bad,
            lambda: ag.exp(bad),
            lambda: ag.hypot(x, bad),
            lambda: ag.total([bad, x]),
        ):
            with pytest.raises(TypeError, match="takes one real number, got") as caught:
                attempt()
            assert type(bad).__name__.rstrip("0123456789") in str(caught.value)
            assert advice in str(caught.value)
        (x * x).backward()
        assert x.grad == 4.0

    @pytest.mark.parametrize("array", [np.array([1.0]), np.zeros((2, 3)), np.array([]), np.array([[None]])])
    def test_an_array_never_gets_inside(self, array: Any) -> None:
        with pytest.raises(TypeError, match=r"got an array of shape .*; make one Value an element: ag.values"):
            Value(array)
        with pytest.raises(TypeError, match="one real number"):
            Value(np.array(1j))

    @pytest.mark.parametrize("label", [None, 1, 2.0, b"x", ["x"], np.str_("x")])
    def test_a_label_is_a_text(self, label: Any) -> None:
        with pytest.raises(TypeError, match="label must be a str, got"):
            Value(1.0, label)
        with pytest.raises(TypeError, match="label must be a str, got"):
            Value(1.0).named(label)
        x = Value(1.0, "x")
        with pytest.raises(TypeError, match="label must be a str, got"):
            x.label = label
        with pytest.raises(TypeError, match="label must be a str, got"):
            ag.values([1.0], label)
        assert x.label == "x"

    def test_an_integer_beyond_the_floats_overflows_as_in_float(self) -> None:
        for attempt in (lambda: Value(10**400), lambda: Value(1.0) + 10**400, lambda: ag.exp(10**400)):
            with pytest.raises(OverflowError):
                attempt()
        assert Value(10**300).data == 1e300

    @pytest.mark.parametrize(
        ("attempt", "kind", "message"),
        [
            (lambda x: ag.log(x - 1), DomainError, r"log\(-1.0\) has no real value; it needs x > 0"),
            (lambda x: ag.TABLE["leg"](x - 5, x), DomainError, r"leg\(.*\) has no real value; it needs \|y\| ≤ x"),
            (lambda x: ag.log(x.named("p") - 1), DomainError, r"log\(-1.0\)"),
            (lambda x: ag.log((x - 1).named("q")), DomainError, r"log\(q = -1.0\)"),
            (lambda x: 1 / x, PoleError, r"div\(1.0, x = 0.0\) has no real value; it needs a divisor other than 0"),
            (lambda x: x / 0, PoleError, r"div\(x = 0.0, 0.0\)"),
            (lambda x: x**-1, PoleError, r"pow\(x = 0.0, -1.0\)"),
            (lambda x: (x - 1).named("m") ** 0.5, DomainError, r"pow\(m = -1.0, 0.5\)"),
            (lambda x: ag.sqrt((x - 4).named("r")), DomainError, r"sqrt\(r = -4.0\) .* x ≥ 0"),
            (lambda x: ag.atanh((x + 2).named("t")), DomainError, r"atanh\(t = 2.0\) .* −1 < x < 1"),
        ],
    )
    def test_no_value_raises_where_it_was_asked_for(self, attempt: Any, kind: type[Exception], message: str) -> None:
        with pytest.raises(kind, match=message):
            attempt(Value(0.0, "x"))

    def test_a_pole_is_a_zero_division_and_a_domain_error_a_value_error(self) -> None:
        with pytest.raises(ZeroDivisionError):
            Value(1.0) / Value(0.0)
        with pytest.raises(ValueError, match="log"):
            ag.log(Value(-1.0))

    def test_overflow_and_infinity_are_values(self) -> None:
        assert ag.exp(Value(1000.0)).data == math.inf
        assert (Value(1e200) * 1e200).data == math.inf
        assert (Value(1e200) ** 2).data == math.inf
        big = ag.sigmoid(Value(math.inf))
        assert (big.data, big.partials) == (1.0, (0.0,))
        assert math.isnan((Value(math.inf) - math.inf).data)
        assert math.isnan(ag.exp(Value(math.nan)).data)


@pytest.fixture
def declare() -> Iterator[Callable[..., Op]]:
    """`ag.operation`, with the table put back afterwards."""
    before = dict(TABLE)
    yield ag.operation
    TABLE.clear()
    TABLE.update(before)


class TestUserOperations:
    @pytest.mark.parametrize("where", ["forward", "rule"])
    def test_an_exception_inside_leaves_no_half_state(self, declare: Callable[..., Op], where: str) -> None:
        def fail(x: float, z: float = 0.0) -> float:
            raise KeyError(where)

        bad = declare("bad", fail if where == "forward" else math.sin, fail if where == "rule" else lambda x, z: 1.0)
        x = Value(2.0, "x")
        y = x * x
        for attempt in (lambda: bad(y), lambda: ag.gradient(bad(y), x), lambda: ag.grad(bad)(2.0)):
            with pytest.raises(KeyError, match=where):
                attempt()
            assert not is_quiet()
        y.backward()
        assert (x.data, x.grad, y.grad) == (2.0, 4.0, 1.0)

    def test_a_rule_that_fails_on_values_only_restores_the_errors(self, declare: Callable[..., Op]) -> None:
        fussy = declare("fussy", lambda x: x, lambda x, z: {float: 1.0}[type(x)])
        x = Value(2.0)
        y = fussy(x)
        with pytest.raises(KeyError):
            ag.gradient(y, x)
        assert not is_quiet()
        with pytest.raises(DomainError):
            ag.log(Value(-1.0))

    def test_a_rule_with_too_few_partials_is_named(self, declare: Callable[..., Op]) -> None:
        short = declare("short", lambda x, y: x + y, lambda x, y, z: (1.0,))
        with pytest.raises(TypeError, match="the rule of short gave 1 partials for 2 operands"):
            short(Value(1.0), 2.0)

    def test_the_number_of_operands_is_checked(self) -> None:
        with pytest.raises(TypeError, match=r"hypot\(\) takes at least 1 operand, got 0"):
            ag.hypot()
        with pytest.raises(TypeError, match=r"exp\(\) takes 1 operand, got 2"):
            Value(1.0).exp(2.0)


class TestFunctions:
    @pytest.mark.parametrize("returned", [[1.0], (1.0, 2.0), np.array([1.0]), []])
    def test_several_results_where_one_is_expected(self, returned: Any) -> None:
        def several(x: Any) -> Any:
            return returned

        for derivative in (ag.grad, ag.value_and_grad, ag.hessian):
            with pytest.raises(TypeError, match=r"several returned \w+ where one number was expected; jacobian"):
                derivative(several)(1.0)
        with pytest.raises(TypeError, match="several returned"):
            ag.hvp(several, 1.0, 1.0)

    @pytest.mark.parametrize("returned", [None, "1.0", 1j, {"a": 1.0}, [None], object()])
    def test_results_that_are_no_numbers(self, returned: Any) -> None:
        def wrong(x: Any) -> Any:
            return returned

        for attempt in (
            lambda: ag.grad(wrong)(1.0),
            lambda: ag.jacobian(wrong)(1.0),
            lambda: ag.hessian(wrong)(1.0),
            lambda: ag.jvp(wrong, 1.0, 1.0),
            lambda: ag.vjp(wrong, 1.0, 1.0),
        ):
            with pytest.raises(TypeError, match="differentiating what wrong returned takes one real number, got"):
                attempt()

    @pytest.mark.parametrize("point", [None, "1.0", 1j, {"a": 1.0}, [1.0, None], np.array([1j]), np.array(["1"])])
    def test_points_that_are_no_numbers(self, point: Any) -> None:
        for attempt in (
            lambda: ag.grad(lambda x: 1.0)(point),
            lambda: ag.jacobian(lambda x: 1.0)(point),
            lambda: ag.jvp(lambda x: 1.0, point, 1.0),
        ):
            with pytest.raises(TypeError, match="a function to be differentiated takes one real number, got"):
                attempt()

    def test_directions_that_are_no_numbers_or_too_few(self) -> None:
        for v in (None, "1.0", 1j, np.array(["1.0"]), [None]):
            with pytest.raises(TypeError, match="a direction takes one real number, got"):
                ag.jvp(lambda x: x, 1.0, v)
        with pytest.raises(ValueError, match="v has 1 numbers, but there are 2 inputs"):
            ag.jvp(lambda x: x[0], [1.0, 2.0], [1.0])
        with pytest.raises(ValueError, match="u has 2 numbers, but there are 1 outputs"):
            ag.vjp(lambda x: [x[0]], [1.0, 2.0], [1.0, 2.0])
        with pytest.raises(ValueError, match="v has 3 numbers, but there are 2 inputs"):
            ag.hvp(lambda x, y: x * y, (1.0, 2.0), [1.0, 2.0, 3.0])

    def test_an_exception_inside_f_passes_through(self) -> None:
        def f(x: Any) -> Any:
            raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            ag.grad(f)(1.0)
        with pytest.raises(ag.DomainError, match=r"log\(-1.0\)"):
            ag.grad(ag.log)(-1.0)


CONVERSIONS = {
    "math.sin": (lambda x: math.sin(x), "the argument of sin() must be a plain number", "write ag.sin(v), or v.data"),
    "nested": (lambda x: math.sin(math.cos(x)), "the argument of cos()", "write ag.cos(v), or v.data"),
    "math.atan2": (lambda x: math.atan2(x, math.pi), "the argument of atan2()", "write ag.atan2(…), or v.data"),
    "math.pow": (lambda x: math.pow(x, ag.exp(1.0)), "the argument of pow()", "write ag.pow(…), or v.data"),
    "math.fabs": (lambda x: math.fabs(x), "the argument of fabs()", "write ag.abs(v), or v.data"),
    "math.fsum": (lambda x: math.fsum([x, x]), "the argument of fsum()", "write ag.total(values), or v.data"),
    "math.dist": (lambda x: math.dist([x], [1.0]), "the argument of dist()", "write ag.dist(p, q), or v.data"),
    "math.floor": (lambda x: math.floor(x), "the argument of floor()", "write ag.floor(v), or v.data"),
    "math.ceil": (lambda x: math.ceil(x), "the argument of ceil()", "write v.data for the number"),
    "math.trunc": (lambda x: math.trunc(x), "the argument of trunc()", "write v.data for the number"),
    "math.isnan": (lambda x: math.isnan(x), "the argument of isnan()", "write v.data for the number"),
    "cmath.exp": (lambda x: cmath.exp(x), "the argument of exp()", "write ag.exp(v), or v.data"),
    "float": (lambda x: float(x), "the argument of float()", "write v.data for the number"),
    "int": (lambda x: int(x), "the argument of int()", "write v.data for the number"),
    "complex": (lambda x: complex(x), "the argument of complex()", "write v.data for the number"),
    "round": (lambda x: round(x, 2), "the argument of round()", "write v.data for the number"),
    "np.float64": (lambda x: np.float64(x), "the argument of float64()", "write v.data for the number"),
    "np.array": (lambda x: np.array([x], float), "the argument of array()", "write v.data for the number"),
    "astype": (lambda x: np.array([x]).astype(float), "the argument of astype()", "write v.data for the number"),
    "np.mean": (lambda x: np.mean([x], dtype=float), "the argument of mean()", "write ag.total(values) / len(values)"),
    "element": (lambda x: operator.setitem(np.zeros(2), 0, x), "the argument of", "write v.data for the number"),
    "%": (lambda x: "%.3f" % x, "the argument must be a plain number", "write v.data for the number"),  # noqa: UP031
    "fmean": (lambda x: statistics.fmean([x, x]), "must be a plain number", "v.data for the number"),
    "mean": (lambda x: statistics.mean([x, x]), "must be a plain number", "v.data for the number"),
    "through a name": (lambda x: TABLE["exp"].forward(x), "must be a plain number", "v.data for the number"),
}


class TestNumbersStayInTheGraph:
    """math.sin(v) once gave a plain number, and the derivative was 0 without a word."""

    @pytest.mark.parametrize("name", CONVERSIONS)
    def test_conversion_is_refused(self, name: str) -> None:
        convert, which, remedy = CONVERSIONS[name]
        x = Value(0.5, "x")
        known = sys.version_info >= (3, 11)  # 3.10 knows the line of a call and not the columns
        with pytest.raises(TypeError, match=r"must be a plain number, got Value.*derivative would be lost") as caught:
            convert(x)
        assert "v.data for the number alone" in str(caught.value)
        assert "got Value(0.5, 'x')" in str(caught.value)
        if known:
            assert which in str(caught.value)
            assert remedy in str(caught.value)
        with pytest.raises(TypeError, match="must be a plain number"):
            ag.grad(convert)(0.5)

    @pytest.mark.parametrize("convert", [json.dumps, Decimal, Fraction, "%d".__mod__, [1.0].__getitem__, range])
    def test_conversion_by_other_protocols_is_refused(self, convert: Callable[[Any], Any]) -> None:
        with pytest.raises(TypeError):
            convert(Value(1.0, "x"))

    def test_call_on_one_line_is_named(self) -> None:
        x = Value(0.5, "x")
        with pytest.raises(TypeError, match=r"write ag.tanh\(v\), or v.data"):
            math.tanh(x)

    def test_no_name_is_made_up(self) -> None:
        """The package's own frames have no name that a user could look for."""
        own = ag.operation("own_sine", lambda x: math.sin(x), lambda x, z: math.cos(x))
        try:
            with pytest.raises(TypeError, match=r"^the rule of own_sine: the argument of cos\(\) must be"):
                ag.grad(ag.grad(own))(1.0)
        finally:
            del TABLE["own_sine"], METHODS["own_sine"]
        with pytest.raises(TypeError, match=r"^the argument must be a plain number"):
            nn.initializers.constant(Value(1.0))(1, 1, np.random.default_rng(0))

    def test_formatting_comparing_and_hashing_stay(self) -> None:
        x = Value(0.5, "x")
        assert (f"{x:.3f}", f"{x}", format(x, "+.1e")) == ("0.500", "Value(0.5, 'x')", "+5.0e-01")
        assert x == 0.5
        assert 0.25 < x <= 0.5
        assert max(x, 0.25) is x
        assert {x: 1}[x] == 1
