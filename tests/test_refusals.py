"""What is refused, and in what words; nothing is broken afterwards."""

from __future__ import annotations

import cmath
import itertools
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
from networks import Layer, Silent
from points import plain

import autograd as ag
from autograd import TABLE, DomainError, PoleError, Value
from autograd.context import is_quiet
from autograd.op import METHODS, Op

BAD = {
    "complex": (1 + 2j, "real functions"),
    "complex128": (np.complex128(1j), "real functions"),
    "text": ("1.0", "as the label"),
    "bytes": (b"1", "float()"),
    "None": (None, "`return`"),
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

    def test_a_value_of_a_value_is_refused_with_advice(self) -> None:
        x = Value(2.0, "x")
        for attempt in (lambda: Value(x), lambda: Value(x + 1.0), lambda: ag.values([x])):
            with pytest.raises(TypeError, match=r"use the Value as it is, or x\.data for its number alone"):
                attempt()
        with pytest.raises(TypeError, match=r"take its element: x\.item\(\)"):
            x + np.array(x)

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

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_results_and_partials_are_floats_or_refused(self, declare: Callable[..., Op], count: int) -> None:
        """Whatever the value and each of the partials are, one at a time."""
        xs = [Value(2.0 + k) for k in range(count)]
        names = ", ".join("xyw"[:count])
        for place in range(count + 1):
            numbers: list[Any] = [0.5 + k for k in range(count + 1)]
            space: dict[str, Any] = {"numbers": numbers}
            forward = eval(f"lambda {names}: numbers[0]", space)
            rule = eval(f"lambda {names}, z: tuple(numbers[1:])", space)
            own = declare("own_of_any_type", forward, rule)
            for number in (2, True, np.float64(1.5), np.float32(1.5), np.int64(2), np.array(1.5)):
                numbers[place] = number
                node = own(*xs)
                assert {type(y) for y in (node.data, *node.partials)} == {float}
                assert (node.data, *node.partials) == tuple(map(float, numbers))
            for bad in ("1.0", 1j, None, [1.0], np.ones(2), Fraction(1, 2)):
                numbers[place] = bad
                with pytest.raises(TypeError, match="own_of_any_type takes one real number, got"):
                    own(*xs)

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
            ag.exp(1.0, 2.0)
        with pytest.raises(TypeError, match=r"exp\(\) takes (1 positional|at most 0) arguments?"):
            Value(1.0).exp(2.0)


class TestFunctions:
    @pytest.mark.parametrize("returned", [[1.0], (1.0, 2.0), np.array([1.0]), []])
    def test_several_results_where_one_is_expected(self, returned: Any) -> None:
        def several(x: Any) -> Any:
            return returned

        for derivative in (ag.grad, ag.value_and_grad, ag.hessian):
            with pytest.raises(TypeError, match=r"several must return one number, got \w+; jacobian"):
                derivative(several)(1.0)
        with pytest.raises(TypeError, match="several must return one number"):
            ag.hvp(several, 1.0, 1.0)

    @pytest.mark.parametrize("returned", ["1.0", 1j, {"a": None}, [None], object()])
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

    def test_a_missing_return_is_named(self) -> None:
        def f(x: Any) -> Any:
            x * x

        def square(x: Any) -> Any:
            return x * x

        for attempt in (
            lambda: ag.grad(f)(1.0),
            lambda: ag.value_and_grad(f)(1.0),
            lambda: ag.jvp(f, 1.0, 1.0),
            lambda: ag.vjp(f, 1.0, 1.0),
            lambda: ag.jacobian(f)(1.0),
            lambda: ag.hessian(f)(1.0),
            lambda: ag.hvp(f, 1.0, 1.0),
            lambda: ag.gradcheck(f, 1.0),
            lambda: ag.gradcheck(f, 1.0, order=2),
            lambda: ag.gradcheck(f, 1.0, gradient=2.0),
            lambda: ag.assert_gradients(f, 1.0),
            lambda: ag.compile(f)(1.0),
            lambda: ag.compile(f, inputs=3),
            lambda: ag.compile(f, inputs=3, aux=True),
        ):
            with pytest.raises(
                TypeError, match=r"^f must return a number or a sequence of numbers, got None; is `return` missing\?$"
            ):
                attempt()
        for attempt in (
            lambda: ag.gradcheck(square, 1.0, gradient=f),
            lambda: ag.gradcheck(square, 1.0, hessian=f),
        ):
            with pytest.raises(
                TypeError,
                match=r"^the (gradient|Hessian) must return a number or a .*, got None; is `return` missing\?$",
            ):
                attempt()

    def test_a_missing_return_is_named_where_a_value_is_wanted(self) -> None:
        nothing: Any = None
        x = Value(1.0, "x")
        for attempt in (
            lambda: ag.draw(nothing),
            lambda: ag.trace(nothing, x),
            lambda: ag.explore(nothing),
            lambda: ag.gradient(nothing, x),
            lambda: ag.gradcheck(nothing),
            lambda: ag.compile(nothing),
            lambda: ag.paths(nothing, x),
            lambda: ag.leaves(nothing),
            lambda: ag.replay(nothing, {}),
            lambda: ag.anomaly(nothing),
        ):
            with pytest.raises(TypeError, match=r"got NoneType None; is `return` missing in the function that made it"):
                attempt()

    def test_a_missing_return_of_an_operation_is_named(self) -> None:
        for value, rule in ((lambda x: None, lambda x, z: 1.0), (lambda x: x * x, lambda x, z: None)):
            own = ag.operation("returns_none", value, rule)
            with pytest.raises(TypeError, match=r"returns_none takes one real number, got NoneType None; .* `return`"):
                own(Value(1.0))

    @pytest.mark.parametrize("point", [None, "1.0", 1j, {"a": 1j}, [1.0, None], np.array([1j]), np.array(["1"])])
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
        with pytest.raises(ValueError, match="v must have one number for each of the 2 inputs, got 1"):
            ag.jvp(lambda x: x[0], [1.0, 2.0], [1.0])
        with pytest.raises(ValueError, match="u must have one number for each of the 1 outputs, got 2"):
            ag.vjp(lambda x: [x[0]], [1.0, 2.0], [1.0, 2.0])
        with pytest.raises(ValueError, match="v must have one number for each of the 2 inputs, got 3"):
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
            TABLE["fmod"].branch(Value(3.0), 2.0)

    def test_formatting_comparing_and_hashing_stay(self) -> None:
        x = Value(0.5, "x")
        assert (f"{x:.3f}", f"{x}", format(x, "+.1e")) == ("0.500", "Value(0.5, 'x')", "+5.0e-01")
        assert x == 0.5
        assert 0.25 < x <= 0.5
        assert max(x, 0.25) is x
        assert {x: 1}[x] == 1


def network() -> tuple[Any, Any, Value, Value]:
    """A network of one neuron, an input, its cost, and its weight."""
    w, x = Value(3.0, "w"), Value(2.0, "x")
    layer = Layer([[w]], [Value(0.5, "b")], None)
    return Silent(layer), [x], (w * x + 1.0).named("C"), w


EXPLANATIONS: dict[str, Callable[[Value, Value], object]] = {
    "trace": ag.trace,
    "draw": ag.draw,
    "explore": ag.explore,
}


class TestChangedLeaves:
    @pytest.mark.parametrize("explain", [*EXPLANATIONS.values(), ag.paths, ag.gradient], ids=lambda f: f.__name__)
    def test_explanations_refuse_changed_leaf(self, explain: Callable[[Value, Value], object]) -> None:
        for new in (5.0, math.nan):
            # The partial of x + 1 is the same everywhere, that of the square is not.
            for f in (lambda x: x * x, lambda x: (x + 1.0) ** 2, lambda x: x + 1.0):
                x = Value(3.0, "x")
                y = f(x).named("y")
                x.data = new
                with pytest.raises(
                    ValueError, match=r" or an operand of it was changed after it was computed; compute"
                ):
                    explain(y, x)
                x.data = 3.0
                assert explain(y, x)

    @pytest.mark.parametrize("explain", [*EXPLANATIONS.values(), ag.paths], ids=lambda f: f.__name__)
    def test_explanations_refuse_leaf_changed_aside(self, explain: Callable[[Value, Value], object]) -> None:
        x, u = Value(3.0, "x"), Value(2.0, "u")
        y = (x * (u + 1.0).named("v")).named("y")
        u.data = 7.0
        with pytest.raises(ValueError, match=r"add\(Value\(7.0, 'u'\), .* was changed"):
            explain(y, x)

    def test_a_drawing_of_everything_refuses_changed_leaf(self) -> None:
        x = Value(3.0, "x")
        y = (x * x).named("y")
        x.data = 5.0
        for draw in (ag.draw, ag.explore):
            with pytest.raises(ValueError, match="was changed after it was computed"):
                draw(y)

    def test_draw_network_refuses_changed_parameter(self) -> None:
        net, x, C, w = network()
        assert ag.draw_network(net, x, cost=C)
        w.data = 1.0
        with pytest.raises(ValueError, match="was changed after it was computed"):
            ag.draw_network(net, x, cost=C)
        assert ag.draw_network(net, x)

    def test_a_failed_check_is_drawn_all_the_same(self) -> None:
        x, u = Value(3.0, "x"), Value(2.0, "u")
        y = (x * x * u).named("y")
        x.data = 5.0
        check = ag.gradcheck(y)
        assert not check
        assert "u = 2" in check.draw().describe()
        u.data = 7.0  # the check has not seen this, so what depends on it is left out
        drawing = check.draw()
        assert "u = " not in drawing.describe()
        assert "wrong value" in drawing.describe()

    def test_the_message_is_short_for_many_operands(self) -> None:
        xs = [Value(1.0, "x" * 1000) for _ in range(1000)]
        y = ag.total(xs)
        xs[0].data = 2.0
        with pytest.raises(ValueError, match=r"… 996 more\) or an operand of it was changed") as caught:
            ag.draw(y, xs[0])
        assert len(str(caught.value)) < 1000


class TestUnrelated:
    @pytest.mark.parametrize("explain", EXPLANATIONS.values(), ids=EXPLANATIONS)
    def test_explanations_refuse_unrelated_value(self, explain: Callable[[Value, Value], object]) -> None:
        u, x, other = Value(1.0, "u"), Value(3.0, "x"), Value(3.0, "x")
        y = (u + (x * 2.0).named("v")).named("y")
        for wrt, message in (
            (Value(3.0, "q"), r"y does not depend on q, so there is no [a-z ]*$"),
            (
                other,
                r"y does not depend on x, so .*; its graph has another Value labelled 'x'; use ag.leaves\(y\)\[1\]$",
            ),
            (Value(1.0, "v"), r"another Value labelled 'v', Value\(6.0, 'v'\); use that one$"),
            ((y + 1.0).named("z"), r"y does not depend on z, .*; z depends on y: exchange the two$"),
            (Value(0.5), r"y does not depend on Value\(0.5\), so there is no [a-z ]*$"),
        ):
            with pytest.raises(ValueError, match=message):
                explain(y, wrt)
        assert explain(y, ag.leaves(y)[1])

    @pytest.mark.parametrize("explain", EXPLANATIONS.values(), ids=EXPLANATIONS)
    def test_explanations_refuse_number_in_expression(self, explain: Callable[[Value, Value], object]) -> None:
        y = Value(3.0, "x") * 2.0
        with pytest.raises(
            ValueError, match=r"wrt must be a Value .*, got the number 2\.0 in an expression; make it a Value"
        ):
            explain(y, y.operands[1])

    def test_of_several_of_one_label_a_leaf_is_named_and_else_the_first(self) -> None:
        x, u = Value(3.0, "x"), Value(2.0, "u")
        y = ((u + 1.0).named("x") * x + (x * 2.0).named("x")).named("y")
        with pytest.raises(ValueError, match=r"labelled 'x'; use ag.leaves\(y\)\[1\]$"):
            ag.trace(y, Value(3.0, "x"))
        z = ((u + 1.0).named("v") * (u + 2.0).named("v")).named("z")
        with pytest.raises(ValueError, match=r"labelled 'v', Value\(3.0, 'v'\); use that one$"):
            ag.trace(z, Value(3.0, "v"))

    def test_siblings_name_the_leaf_of_the_same_label(self) -> None:
        x, other = Value(3.0, "x"), Value(3.0, "x")
        y = (x * x).named("y")
        advice = r"another Value labelled 'x'; use ag.leaves\(y\)\[0\]"
        with pytest.raises(ValueError, match=advice):
            ag.gradcheck(y, leaves=[other])
        with pytest.raises(KeyError, match=r"another Value labelled 'x'"):
            ag.replay(y, {other: 1.0})
        net, inputs, C, _ = network()
        with pytest.raises(ValueError, match="does not depend on b, so there is no derivative to highlight"):
            ag.draw_network(net, inputs, cost=C, wrt=net.layers[0].bias[0])

    def test_numbers_stay_as_documented(self) -> None:
        x, other = Value(3.0, "x"), Value(3.0, "x")
        y = x * x
        assert ag.gradient(y, [other]) == [0.0]
        assert (ag.paths(y, other).count, ag.paths(y, other).total, ag.between(other, y)) == (0, 0.0, [])


class TestOperators:
    def test_power_of_mathematics_is_answered_with_that_of_python(self) -> None:
        x: Any = Value(3.0, "x")
        for attempt in (lambda: x ^ 2, lambda: 2 ^ x, lambda: x ^ x, lambda: np.array([1, 2]) ^ x):
            with pytest.raises(TypeError, match=r"a power is written \*\*, as x\*\*2"):
                attempt()
        with pytest.raises(TypeError, match="a power is written"):
            x ^= 2

    def test_whole_division_and_remainder_are_answered_with_operations(self) -> None:
        x: Any = Value(7.0, "x")
        for attempt in (lambda: x // 2, lambda: 2.0 // x, lambda: np.array([1.0]) // x):
            with pytest.raises(TypeError, match=r"write ag.floor\(x / y\)"):
                attempt()
        for attempt in (lambda: x % 2, lambda: 2.0 % x, lambda: np.array([1.0]) % x):
            with pytest.raises(TypeError, match=r"write ag.fmod\(x, y\)"):
                attempt()


ARITHMETIC = {name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "pow")}
COMPARISONS = {name: getattr(operator, name) for name in ("lt", "le", "gt", "ge")}
EQUALITY = {name: getattr(operator, name) for name in ("eq", "ne")}
NEVER = ("floordiv", "mod", "xor", "and_", "or_", "lshift", "rshift", "matmul")
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    **ARITHMETIC,
    **COMPARISONS,
    **{name: getattr(operator, name) for name in NEVER},
    "divmod": divmod,
}


class Foreign:
    """An object of a class that knows no Values."""


class Willing:
    """An object of a class that knows Values, and answers when it is asked."""

    def _answer(self, other: Any) -> Any:
        return "asked"

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _answer
    __pow__ = __rpow__ = __lt__ = __le__ = __gt__ = __ge__ = _answer


NO_NUMBERS: dict[str, Any] = {
    **{name: bad for name, (bad, _) in BAD.items()},
    "empty list": [],
    "empty tuple": (),
    "empty text": "",
    "dict": {"x": 1.0},
    "empty set": set(),
    "range": range(3),
    "type": float,
    "function": len,
    "object": object(),
    "object of a user": Foreign(),
    "list of Values": [Value(1.0)],
    "text of NumPy": np.str_("1"),
    "span of time": np.timedelta64(2, "h"),
    "date": np.datetime64("2020-01-01"),
    "complex array of no dimensions": np.array(1j),
    "text in an array of no dimensions": np.array("1"),
    "None in an array of no dimensions": np.array(None),
}
NUMBERS: dict[str, Any] = {
    "int": 2,
    "bool": True,
    "float": 1.5,
    "float32": np.float32(1.5),
    "int64": np.int64(2),
    "bool_": np.bool_(True),
    "array of no dimensions": np.array(1.5),
    "integers in an array of no dimensions": np.array(2),
    "array": np.array([0.5, 2.0]),
    "table": np.array([[0.5, 2.0], [3.0, 1.0]]),
    "no elements": np.zeros((0,)),
    "Value": Value(1.5),
    "array of Values": ag.values([0.5, 2.0]),
    "table of Values": ag.values([[0.5], [2.0]]),
}
each_bad = pytest.mark.parametrize("bad", NO_NUMBERS.values(), ids=NO_NUMBERS)
each_good = pytest.mark.parametrize("good", NUMBERS.values(), ids=NUMBERS)


def elements(array: Any) -> list[Any]:
    """The elements of an array, or the one number."""
    return list(np.asarray(array, dtype=object).ravel())


class TestEnumerated:
    """Every operator, either way round, and every place of `dot` with everything that is a number or none."""

    @each_bad
    def test_operators_refuse_what_is_no_number(self, bad: Any) -> None:
        x = Value(3.0, "x")
        for name, apply in OPERATORS.items():
            for operands in ((x, bad), (bad, x)):
                if isinstance(bad, Fraction) and operands[0] is bad and name == "pow":
                    continue  # a Fraction makes itself a float before it asks
                with pytest.raises((TypeError, ValueError) if name == "matmul" else TypeError) as caught:
                    apply(*operands)
                left = operands[0] is x
                if left and name in ARITHMETIC and not isinstance(bad, (Foreign, np.str_, np.datetime64)):
                    assert "takes one real number, got" in str(caught.value)
        assert (bool(operator.eq(x, bad)), bool(operator.ne(x, bad))) == (False, True)
        (x * x).backward()
        assert x.grad == 6.0

    @each_good
    def test_operators_take_numbers_one_by_one(self, good: Any) -> None:
        for apply in ARITHMETIC.values():
            for reflected in (False, True):
                x = Value(3.0, "x")
                results = apply(good, x) if reflected else apply(x, good)
                assert np.shape(results) == np.shape(good)
                for result, number in zip(elements(results), elements(good), strict=True):
                    y = number if isinstance(number, Value) else Value(number)
                    expected = apply(y, x) if reflected else apply(x, y)
                    assert type(result.data) is float
                    assert result.data == expected.data
                    assert result.op is expected.op
                    assert result.partials == expected.partials
                    assert [z.data for z in result.operands] == [z.data for z in expected.operands]

    @each_good
    def test_comparisons_are_of_the_numbers(self, good: Any) -> None:
        x = Value(1.5, "x")
        for compare in (*COMPARISONS.values(), *EQUALITY.values()):
            for operands in ((x, good), (good, x)):
                results = elements(compare(*operands))
                numbers = [y.data if isinstance(y, Value) else float(y) for y in elements(good)]
                expected = [compare(1.5, y) if operands[0] is x else compare(y, 1.5) for y in numbers]
                assert [bool(result) for result in results] == expected

    @pytest.mark.parametrize("name", [*ARITHMETIC, *COMPARISONS])
    def test_another_class_is_asked(self, name: str) -> None:
        x, apply = Value(3.0), OPERATORS[name]
        assert apply(x, Willing()) == apply(Willing(), x) == "asked"

    @each_bad
    def test_dot_refuses_what_is_no_number(self, bad: Any) -> None:
        for one in (Value(3.0), 3.0):
            vectors: list[list[Any]] = [[one, one, one], [2.0, Value(2.0), one]]
            for vector, i in itertools.product((0, 1), range(3)):
                wrong = [list(v) for v in vectors]
                wrong[vector][i] = bad
                for bias in ((), (one,)):
                    with pytest.raises(TypeError, match=r"dot\(\) takes one real number, got"):
                        ag.dot(*wrong, *bias)
            if bad is not None:
                with pytest.raises(TypeError, match=r"dot\(\) takes one real number, got"):
                    ag.dot(*vectors, bad)

    @each_good
    def test_dot_takes_numbers_one_by_one(self, good: Any) -> None:
        x = Value(3.0, "x")
        for first, place in itertools.product((x, 3.0), range(5)):
            flat = [first, 2.0, x, 0.25, 1.0]
            flat[place] = good
            results = ag.dot(flat[:2], flat[2:4], flat[4])
            assert np.shape(results) == np.shape(good)
            for result, number in zip(elements(results), elements(good), strict=True):
                a, b, c, d, e = [number if i == place else y for i, y in enumerate(flat)]
                expected = a * c + b * d + e
                assert (result.data if isinstance(result, Value) else result) == plain(expected)
                if isinstance(result, Value):
                    assert {type(y) for y in (result.data, *result.partials)} == {float}
                    assert ag.gradient(result, x) == ag.gradient(Value(0.0) + expected, x)

    def test_value_in_an_array_of_no_dimensions_is_to_be_taken_out(self) -> None:
        x, array = Value(3.0, "x"), np.array(Value(2.0, "y"))
        for attempt in (
            *[lambda apply=apply: apply(x, array) for apply in ARITHMETIC.values()],
            lambda: ag.dot([x], [array]),
            lambda: ag.dot([array], [x]),
            lambda: ag.dot([x], [2.0], array),
            lambda: ag.hypot(x, array),
            lambda: Value(array),
        ):
            with pytest.raises(TypeError, match=r"takes one real number, got .*; take its element: x.item"):
                attempt()
        assert (x + array.item()).data == 5.0

    def test_span_of_time_is_to_be_divided_by_its_unit(self) -> None:
        span: Any = np.timedelta64(3, "h")
        for attempt in (
            lambda: Value(span),
            lambda: Value(1.0) + span,
            lambda: ag.exp(span),
            lambda: ag.values([span]),
        ):
            with pytest.raises(TypeError, match=r"takes one real number, got timedelta64 .*; divide it by its unit"):
                attempt()
        assert Value(span / np.timedelta64(1, "h")).data == 3.0


class TestUnknownNames:
    @pytest.mark.parametrize(
        ("name", "answer"),
        [
            ("grads", "; did you mean grad?"),
            ("foo", ""),
            ("shape", ""),
            ("reul", "; did you mean relu?"),
            ("lable", "; did you mean label?"),
            ("ln", "; use log"),
            ("logistic", "; use sigmoid"),
            ("value", "; use data"),
            ("q" * 10_000, ""),
        ],
    )
    def test_attributes_of_a_value(self, name: str, answer: str) -> None:
        with pytest.raises(AttributeError) as caught:
            getattr(Value(1.0), name)
        assert str(caught.value) == f"a Value has no attribute {name!r}{answer}"

    @pytest.mark.parametrize(
        ("name", "answer"),
        [
            ("ln", "; use ag.log"),
            ("arcsin", "; use ag.asin"),
            ("power", "; use ag.pow"),
            ("max", "; use ag.maximum"),
            ("sum", "; use ag.total"),
            ("Tensor", "; use ag.Value"),
            ("gradchek", "; did you mean gradcheck?"),
            ("sigmod", "; did you mean sigmoid?"),
            ("foo", ""),
            ("_private", ""),
        ],
    )
    def test_names_of_the_package(self, name: str, answer: str) -> None:
        with pytest.raises(AttributeError) as caught:
            getattr(ag, name)
        assert str(caught.value) == f"module 'autograd' has no attribute {name!r}{answer}"
