"""The gradient checker on functions: how they are called, gradients by hand, values that leave the graph."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from effort import IS_THOROUGH
from faults import faulty

import autograd as ag
from autograd import Value
from autograd.checking.sampling import FlatGraph


@pytest.mark.parametrize(
    ("f", "at", "labels"),
    [
        (lambda x: x * x, 3.0, ["x"]),
        (lambda x: x * x, [3.0], ["x"]),
        (lambda p: p[0] * p[0], [3.0], ["p[0]"]),
        (lambda x, y: x * y, [2.0, 5.0], ["x", "y"]),
        (lambda x, y: x * y, (2.0, 5.0), ["x", "y"]),
        (lambda p: p[0] * p[1], [2.0, 5.0], ["p[0]", "p[1]"]),
        (lambda p, scale=2.0: p[0] * p[1] * scale, [2, 5], ["p[0]", "p[1]"]),
        (lambda x, y, scale=2.0: x * y * scale, [2, 5], ["x", "y"]),
        (lambda *xs: xs[0] * xs[1], [2.0, 5.0], ["xs[0]", "xs[1]"]),
        (lambda w, x: ag.dot(w, x), [[1.0, 2.0], [3.0, 4.0]], ["w[0]", "w[1]", "x[0]", "x[1]"]),
        (lambda W: W[0, 0] * W[1, 1], np.eye(2), ["W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]"]),
        (ag.atan2, [1.0, 2.0], ["y", "x"]),
        (ag.logsumexp, [1.0, 2.0], ["values[0]", "values[1]"]),
    ],
)
def test_a_function_is_called_as_its_signature_wants(f, at, labels):
    check = ag.gradcheck(f, at)
    assert check, str(check)
    assert [found.name.partition("/∂")[2] for found in check.leaves] == labels


NUMBERS = [2, 2.0, np.float64(2.0), np.float32(2.0), np.int64(2), np.array(2.0), np.array(2)]
"""Forms of one number."""
OF_ONE = [
    lambda x: x * x * 1.5,
    lambda x, y=3.0: x * x * 0.5 * y,
    lambda x=1.0: x * x * 1.5,
    lambda *xs: 1.5 * xs[0] ** 2,
]
OF_TWO = {
    "separate": [
        lambda x, y: x * x * y,
        lambda x=1.0, y=1.0: x * x * y,
        lambda *xs: xs[0] * xs[0] * xs[1],
        lambda *xs, z=1.0: xs[0] * xs[0] * xs[1] * z,
        lambda x=1.0, *rest: x * x * rest[0],
    ],
    "whole": [
        lambda p: p[0] * p[0] * p[1],
        lambda p, z=1.0: p[0] * p[0] * p[1] * z,
        lambda p, *, z=1.0: p[0] * p[0] * p[1] * z,
        lambda p, *rest: p[0] * p[0] * p[1],
    ],
}


@pytest.mark.parametrize("f", OF_ONE)
@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_every_form_of_a_number_is_checked_alike(f, number):
    for at in (number, [number], (number,)):
        for options in (
            {},
            {"gradient": 6.0},
            {"gradient": np.array(6.0)},
            {"gradient": lambda x: 3.0 * x},
            {"order": 2},
        ):
            check = ag.gradcheck(f, at, **options)
            assert check, str(check)
            assert check.leaves[0].engine == 6.0
            assert len(check.leaves) == options.get("order", 1)
    assert not ag.gradcheck(f, number, gradient=np.array(6.01))


@pytest.mark.parametrize("form", OF_TWO)
def test_every_form_of_a_point_is_checked_alike(form):
    """Separate arguments that all have defaults take a list apart; one argument that has none takes it whole."""
    points = [[2.0, 5.0], np.array([2.0, 5.0]), [np.array(2.0), np.float32(5.0)]]
    for f in OF_TWO[form]:
        for at in points + ([tuple(x) for x in points] if form == "separate" else [(x,) for x in points]):
            check = ag.gradcheck(f, at, gradient=[20.0, 4.0])
            assert check, str(check)
            assert [found.engine for found in ag.gradcheck(f, at).leaves] == [20.0, 4.0]


@pytest.mark.parametrize(
    "result", [lambda y: np.array(y), lambda y: np.float64(y), lambda y: [y], lambda y: np.array([y])]
)
def test_every_form_of_a_result_is_checked_alike(result):
    found = ag.gradcheck(lambda x: result(x * x), 3.0, gradient=[6.0])
    assert found, str(found)
    assert not ag.gradcheck(lambda x: result(x * x), 3.0, gradient=[6.1])


@pytest.mark.parametrize(
    ("f", "at", "gradient"),
    [
        (lambda x, y: math.log(x) + x * y - math.sin(y), [2.0, 5.0], lambda x, y: (1.0 / x + y, x - math.cos(y))),
        (lambda x, y: x * y, [2.0, 5.0], lambda p: [p[1], p[0]]),
        (lambda p: p[0] * p[1], [2.0, 5.0], lambda x, y: (y, x)),
        (lambda x, y: x * y, (2.0, 5.0), [5.0, 2.0]),
        (lambda x: x**3, 2.0, 12.0),
        (lambda x: x**3, 2.0, lambda x: 3.0 * x * x),
        (np.linalg.norm, np.array([3.0, 4.0]), lambda p: p / np.linalg.norm(p)),
        (math.hypot, [3.0, 4.0], [0.6, 0.8]),
        (lambda x: max(x, 0.0), 0.0, 0.5),
        (lambda x: max(x, 0.0), -3.0, 0.0),
        (lambda x: x * math.log(x), 1e-6, math.log(1e-6) + 1.0),
    ],
)
def test_a_gradient_by_hand_is_checked_of_any_function_of_floats(f, at, gradient):
    check = ag.gradcheck(f, at, gradient=gradient)
    assert check, str(check)
    assert "given" in str(check)
    wrong = [2.0 * found.engine + 1.0 for found in check.leaves]
    assert [found.verdict for found in ag.gradcheck(f, at, gradient=wrong).leaves] == ["fail"] * len(wrong)


def test_wrong_derivatives_by_hand_among_hundreds_are_named():
    def gradient(p):
        slopes = 2.0 * p
        slopes[17], slopes[200] = 0.0, 404.0
        return slopes

    check = ag.gradcheck(lambda p: float(p @ p), np.arange(300.0), gradient=gradient)
    assert {"∂f/∂p[17]", "∂f/∂p[200]"} <= {found.name for found in check.leaves if found.verdict == "fail"}


@pytest.mark.parametrize("f", [lambda x, y: x * y.data, lambda x, y: x * math.exp(y.data)])
def test_a_value_that_leaves_the_graph_is_noticed(f):
    check = ag.gradcheck(f, [2.0, 3.0])
    assert [found.verdict for found in check.leaves] == ["pass", "fail"]
    assert "a value left the graph" in str(check)


@pytest.mark.parametrize(
    ("f", "operation", "slot"),
    [
        (lambda x, y: ag.exp(x) * y.data, "mul", 1),
        (lambda x, y: y.data - ag.sin(x), "sub", 0),
        (lambda x, y: x / ag.hypot(x, y).data, "div", 1),
        (lambda x, y: ag.dot([x, math.cosh(x.data)], [y, 2.0]), "dot", 1),
        (lambda x, y: ag.tanh(Value(x.data)) * y, "tanh", 0),
        (lambda x, y: [x, ag.sin(x) ** y.data, 2.0 * ag.sin(x)], "pow", 1),
    ],
)
def test_the_operation_that_takes_what_left_the_graph_is_named(f, operation, slot):
    check = ag.gradcheck(f, (0.7, 1.9))
    [found] = check.values
    assert (found.node.op.name, found.slot, found.verdict) == (operation, slot, "fail")
    assert (found.source, found.against) == ("recorded", "elsewhere")
    assert "a number that changes with the arguments" in str(check)
    assert f"operand {slot} (node {found.position})" in found.name


def test_a_number_that_changes_with_the_arguments_is_no_fault_where_the_derivatives_hold():
    assert ag.gradcheck(lambda x: (x - round(float(f"{x:.1f}"))) ** 2, 2.3).values == []
    assert ag.gradcheck(lambda x: x * (2.0 if x > 1.0 else 3.0), 2.3)


def test_a_value_that_leaves_the_graph_is_noticed_where_rounding_hides_the_derivative():
    assert ag.gradcheck(lambda x: ag.tanh(x) * 3.0, [30.0])
    check = ag.gradcheck(lambda x: ag.tanh(x) * ag.tanh(x.data), [30.0])
    assert not check
    assert "a value left the graph" in str(check)


def test_a_wrong_rule_is_named_in_a_function_too():
    wrong = faulty("sin", lambda x, z: -ag.cos(x))
    check = ag.gradcheck(lambda x, y: wrong(x) * y, [1.0, 2.0])
    assert check.worst.node.op is wrong


@pytest.mark.parametrize(
    "f", [lambda x: 3.0 * x if x >= 2.0 else 2.0 * x, lambda x: 2.0 * x * x if x <= 2.0 else 3.0 * x * x]
)
def test_a_branch_in_the_code_is_no_value_that_left_the_graph(f):
    """The other branch has the same operations with other numbers."""
    check = ag.gradcheck(f, 2.0)
    assert "left the graph" not in str(check)
    assert "the code takes another branch beside the point" in str(check)
    assert not check


def test_a_branch_far_from_a_saturated_point_is_no_fault():
    assert ag.gradcheck(lambda x: ag.tanh(x) * (3.0 if x < 50.0 else 4.0), [30.0])


@pytest.mark.parametrize("number", [0.0, 1.0, -5.0])
def test_no_number_passes_at_a_cusp(number):
    [finding] = ag.gradcheck(lambda x: math.sqrt(abs(x)), 0.0, gradient=number).leaves
    assert (finding.verdict, "a cusp" in finding.remark()) == ("undecided", True)


def test_a_recorded_cusp_does_not_pass_by_its_edges():
    assert not ag.gradcheck(lambda x: ag.sqrt(ag.abs(x)), 0.0)
    root = ag.operation("root_of_size", lambda x: math.sqrt(abs(x)), lambda x, z: ag.where(x, 0.5 * x / z**3, 0.0))
    check = ag.gradcheck(root(Value(0.0, "x")))
    assert [finding.verdict for finding in (*check.leaves, *check.edges)] == ["undecided"] * 2
    assert ag.gradcheck(root(Value(0.5, "x")))


@pytest.mark.parametrize("name", ["cos", "cosh", "gaussian", "sech"])
@pytest.mark.parametrize("x", [1e-300, 1e-12, -1e-12, 3e-7])
def test_a_rule_that_returns_0_near_0_only_is_found(name, x):
    rule = ag.TABLE[name].partials
    op = faulty(name, lambda x, z: ag.where(ag.greater(ag.abs(x), 1e-6), rule(x, z), 0.0))
    assert ag.gradcheck(ag.TABLE[name](Value(x, "x")))
    assert ag.gradcheck(op(Value(x, "x"))).edges[0].verdict == "fail"


def test_a_function_that_turns_complex_has_no_value_there():
    """Outside the domain of √x and the like, Python's powers of floats are complex."""
    f, df = lambda x: x**1.5, lambda x: 1.5 * x**0.5
    assert ag.gradcheck(f, 0.01, gradient=df)
    assert ag.gradcheck(f, 0.01, gradient=lambda x: 2.0 * df(x)).leaves[0].verdict == "fail"
    assert ag.gradcheck(f, 0.0, gradient=df).leaves[0].verdict in ("pass", "undecided")
    assert ag.gradcheck(f, 0.0, gradient=1.0).leaves[0].verdict == "fail"
    rows = ag.gradcheck(lambda p: np.array([f(p[0]), p[1]]), [0.0, 1.0], gradient=[[0.5, 0.0], [0.0, 1.0]])
    assert [finding.verdict for finding in rows.leaves] == ["fail", "pass", "pass", "pass"]
    with pytest.raises(TypeError, match="got complex"):
        ag.gradcheck(f, -1.0, gradient=1.0)


def test_an_operation_that_turns_complex_has_no_value_there():
    power = ag.operation("power_of_floats", lambda x: x**1.5, lambda x, z: 1.5 * ag.sqrt(x))
    for x in (0.0, 0.01):
        check = ag.gradcheck(lambda x: ag.sin(power(x)), x)
        assert check, str(check)
        assert ag.gradcheck(power(Value(x, "x")))
    wrong = ag.operation("wrong_power_of_floats", lambda x: x**1.5, lambda x, z: ag.sqrt(x) + 1.0)
    assert ag.gradcheck(wrong(Value(0.0, "x"))).edges[0].verdict == "fail"
    linear = ag.operation("line_turning_complex", lambda x: x if x > 0.0 else 1j, lambda x, z: 1.0)
    assert ag.gradcheck(linear(Value(0.5, "x")))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ag.gradcheck(3.0), TypeError, "must be a Value or a function, got float 3.0"),
        (lambda: ag.gradcheck(lambda x: x), TypeError, "takes a point"),
        (lambda: ag.gradcheck(Value(1.0), 1.0), TypeError, "takes no point"),
        (lambda: ag.gradcheck(lambda x: "a", 1.0, gradient=1.0), TypeError, "takes one real number, got str 'a'"),
        (lambda: ag.gradcheck(lambda x, y, z: x, [1.0, 2.0]), TypeError, "must take 2 arguments or one sequence"),
        (lambda: ag.gradcheck(lambda x: x, 1.0, gradient=[1.0, 2.0]), ValueError, "gradient must have 1 number, got 2"),
        (lambda: ag.gradcheck(Value(1.0), leaves=[Value(1.0)]), ValueError, "does not depend on"),
        (lambda: ag.gradcheck(Value(1.0), leaves=[]), ValueError, "no leaf to differentiate by"),
        (lambda: ag.gradcheck(lambda x: x, 1.0, kinks="maybe"), ValueError, "'pass' or 'fail', got 'maybe'"),
        (lambda: ag.gradcheck(ag.log, -1.0), ag.DomainError, "log"),
        (lambda: ag.gradcheck(math.log, -1.0, gradient=1.0), ValueError, "math domain error|positive"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_function_of_a_parameter_with_its_name_gets_another_letter() -> None:
    def f(a: Any, F: Any, f: Any) -> Any:
        return a * F + f

    report = str(ag.gradcheck(f, [1.0, 2.0, 3.0], gradient=[2.0, 1.0, 5.0]))
    assert "∂y/∂f   given 5.0" in report
    assert "∂f/∂f" not in report
    assert "repeat: ag.gradcheck(f, " in report


@pytest.mark.parametrize("has_setup", [False, True])
def test_a_function_class_that_inherits_forward_keeps_its_argument_names(has_setup: bool) -> None:
    class Scale:
        if has_setup:

            @staticmethod
            def forward(x: Any, weight: Any) -> Any:
                return x * weight

            @staticmethod
            def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
                pass

        else:

            @staticmethod
            def forward(ctx: Any, x: Any, weight: Any) -> Any:
                return x * weight

        @classmethod
        def apply(cls, *args: Any) -> Any:
            return cls.forward(*args) if has_setup else cls.forward(None, *args)

    class Right(Scale):
        pass

    for owner in (Scale, Right):
        check = ag.gradcheck(owner.apply, (2.0, 5.0), gradient=(5.0, 2.0))
        assert [x.name for x in check.leaves] == [f"∂{owner.__name__}/∂x", f"∂{owner.__name__}/∂weight"]


def test_arguments_that_are_no_tuple_are_refused_with_the_call_to_write() -> None:
    def f(x: Any, weight: Any, bias: Any) -> Any:
        return x * weight + bias

    with pytest.raises(TypeError, match=r"must be a tuple: gradcheck\(f, \(x, weight, bias\)\), got 3 arguments"):
        ag.gradcheck(f, 1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match=r"gradcheck\(f, \(x\[0\], x\[1\]\)\), got 2 arguments"):
        ag.gradcheck(f, 1.0, 2.0)
    with pytest.raises(TypeError, match=r"of a Value must have no point, got 2 arguments"):
        ag.gradcheck(Value(1.0), 1.0, 2.0)
    with pytest.raises(TypeError, match=r"must be a tuple: gradcheck\(f, \(x, y\)\)"):
        ag.gradcheck(1.0, 1.0, 2.0)
    assert ag.gradcheck(f, (1.0, 2.0, 3.0))


# --- errors beside the point, and integers


def ends_at_1(error: type[Exception], f):
    """Return a function of (x, y) that raises an error from x = 1 on."""

    def ending(x, y):
        if x > 1.0:
            raise error("no value here\nand more")
        return f(x, y)

    return ending


NO_VALUE = [ValueError, ZeroDivisionError, IndexError, KeyError, RuntimeError, AssertionError, np.linalg.LinAlgError]
halved_product = faulty("mul", lambda x, y, z: (0.5 * y, x))


OTHER_CHECKS = {
    "gradient": lambda f, times, gradient, right, curved: ag.gradcheck(f, AT, gradient=gradient),
    "fast": lambda f, times, gradient, right, curved: ag.gradcheck(f, AT, gradient=gradient, mode="fast"),
    "hessian": lambda f, times, gradient, right, curved: ag.gradcheck(f, AT, gradient=right, hessian=curved),
    "jvp": lambda f, times, gradient, right, curved: ag.gradcheck(f, AT, jvp=lambda p, v: np.dot(gradient(*p), v)),
    "vjp": lambda f, times, gradient, right, curved: ag.gradcheck(f, AT, vjp=lambda p, u: np.array(gradient(*p)) * u),
    "engine": lambda f, times, gradient, right, curved: ag.gradcheck(times, AT),
    "order 2": lambda f, times, gradient, right, curved: ag.gradcheck(times, AT, order=2),
    "operation": lambda f, times, gradient, right, curved: ag.gradcheck(
        replace(ag.TABLE["mul"], forward=f, partials=lambda x, y, z: gradient(x, y)), AT
    ),
}
AT = (0.99, 2.0)


@pytest.mark.parametrize(
    ("check", "error"),
    [
        (check, error)
        for i, check in enumerate(OTHER_CHECKS)
        for k, error in enumerate(NO_VALUE)
        if IS_THOROUGH or i % len(NO_VALUE) == k or (check == "operation" and error is IndexError)
    ],
)
def test_a_wrong_derivative_beside_points_that_raise_is_found(check, error):
    """Only a wrong derivative is differenced with large steps, which leave the domain."""
    for factor, product in ((1.0, ag.TABLE["mul"]), (1.5, halved_product)):
        functions = [
            lambda x, y: x * x * y,
            lambda x, y, product=product: product(x, x) * y,
            lambda x, y, factor=factor: (factor * 2.0 * x * y, x * x),
            lambda x, y: (2.0 * x * y, x * x),
            lambda x, y, factor=factor: [[factor * 2.0 * y, 2.0 * x], [2.0 * x, 0.0]],
        ]
        found = OTHER_CHECKS[check](*[ends_at_1(error, f) for f in functions])
        assert bool(found) is (factor == 1.0)
        # A verdict was reached, so there is nothing to explain.
        assert not any("raised" in remark for remark in found.remarks)


@pytest.mark.parametrize("error", NO_VALUE)
def test_an_error_all_around_the_point_is_quoted(error):
    def isolated(x):
        if x != 0.5:
            raise error("no value here\nand more")
        return 1.0 * x

    for options in ({"gradient": 1.0}, {"gradient": 2.0}, {}):
        check = ag.gradcheck(isolated, 0.5, **options)
        if options:
            assert not check
            [finding] = check.leaves
            assert (finding.verdict, finding.reason or finding.remark()) == (
                "undecided",
                "there are no values beside it",
            )
            quoted = "'no value here" if error is KeyError else "no value here"
            assert [remark[: remark.index(quoted)] for remark in check.remarks] == [
                f"beside this point, isolated raised {error.__name__}: "
            ]
        with pytest.raises(error):
            ag.gradcheck(isolated, 0.25, **options)


def test_long_error_beside_the_point_is_quoted_in_part():
    def isolated(x):
        if x != 0.5:
            raise ValueError("e" * 400)
        return 1.0 * x

    remarks = ag.gradcheck(isolated, 0.5, gradient=1.0).remarks
    quoted = f"ValueError: {'e' * 400}"[:200]
    assert remarks == [f"beside this point, isolated raised {quoted}"]


def test_an_error_of_another_kind_beside_the_point_is_raised():
    def f(x):
        return x * x if x <= 0.91 else x + None

    assert ag.gradcheck(f, 0.9, gradient=1.8)
    with pytest.raises(TypeError, match="NoneType"):
        ag.gradcheck(f, 0.9, gradient=1.0)


def test_an_index_that_is_a_variable_is_undecided_and_one_that_is_an_integer_is_held_fixed():
    softmax = ag.TABLE["softmax"]
    for at in ((1.0, 0.2, 0.7), (0.0, 0.2, 0.7)):
        for options in ({}, {"gradient": lambda *xs: [0.0, *ag.grad(softmax)(*xs)[1:]]}):
            check = ag.gradcheck(softmax, at, **options)
            assert not check
            assert [finding.verdict for finding in check.leaves] == ["undecided", "pass", "pass"]
            raised, remedy = check.remarks
            assert raised.startswith("beside this point, softmax raised DomainError: softmax(")
            assert raised.endswith("it needs a whole index from 0, below the number of values")
            assert (
                remedy == f"if i must be an integer, pass it as one, {at[0]:.0f} instead of {at[0]}: it is held fixed"
            )
        assert check.repeat == ""
        assert ag.gradcheck(softmax, at).repeat == f"ag.gradcheck(ag.TABLE['softmax'], {at})"
        check = ag.gradcheck(softmax, (int(at[0]), *at[1:]))
        assert check
        assert check.remarks == ["held fixed: i (an integer)"]


@pytest.mark.parametrize("index", [-1.0, 2.0, 0.5, math.nan, math.inf, 1e300])
def test_an_index_outside_the_values_of_a_softmax_has_no_value(index):
    for call in (ag.TABLE["softmax"], lambda *xs: ag.TABLE["softmax"](*map(Value, xs))):
        with pytest.raises(ag.DomainError, match="it needs a whole index from 0, below the number of values"):
            call(index, 0.2, 0.7)


TABULATED = [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("f", "at", "remedy"),
    [
        (lambda x, i: TABULATED[i] * x, (0.5, 2.0), "if i must be an integer, pass it as one, 2 instead of 2.0"),
        (lambda x, i: np.array(TABULATED)[i] * x, (0.5, 2.0), "if i must be an integer"),
        (lambda x, n: ag.total(x**k for k in range(n)), (0.5, 3.0), "if n must be an integer"),
        (lambda x, axis: np.sum(x, axis=axis), (np.ones((2, 2)), 1.0), "if axis must be an integer"),
        (lambda p: TABULATED[p["i"]] * p["x"], ({"x": 3.0, "i": 1.0},), r'if p\["x"\] or p\["i"\] must .*, 1 instead'),
    ],
)
def test_a_float_that_must_be_an_integer_is_named(f, at, remedy):
    for options in ({}, {"gradient": lambda *args: args}, {"jvp": lambda p, v: 0.0}):
        with pytest.raises((TypeError, IndexError), match=rf"integer.*; {remedy}.*: it is held fixed$"):
            ag.gradcheck(f, at, **options)


def test_an_error_on_integers_without_a_whole_number_or_of_another_kind_keeps_its_words():
    with pytest.raises(TypeError, match=r"not float$"):
        ag.gradcheck(lambda x, i: TABULATED[i] * x, (0.5, 1.5), gradient=(1.0, 1.0))
    with pytest.raises(TypeError, match="unsupported operand") as info:
        ag.gradcheck(lambda x: x + None, 1.0, gradient=1.0)
    assert info.value.__cause__ is None


@pytest.mark.parametrize(
    ("f", "at", "reason"),
    [
        (lambda x: x * x if x == 1.0 else x * math.nan, 1.0, "there are no values beside it"),
        (
            lambda x, i: x * TABULATED[{2.0: 1}[i.data if isinstance(i, Value) else i]],
            (0.5, 2.0),
            "there are no values",
        ),
        (lambda x: math.nan, 1.0, "the function is not finite here"),
        (lambda x: math.inf, 1.0, "the function is not finite here"),
    ],
)
def test_a_function_without_values_to_compare_does_not_pass_by_its_edges(f, at, reason):
    for order in (1, 2):
        check = ag.gradcheck(f, at, order=order)
        assert not check
        assert any(x.verdict == "undecided" and x.remark().startswith(reason) for x in check.leaves)
        assert not any("left the graph" in x.remark() or "by its edges" in x.remark() for x in check.leaves[:1])


def test_node_outside_graph_has_no_effect() -> None:
    x, y = Value(3.0, "x"), Value(2.0, "y")
    for output in (x, x * x):
        replay = FlatGraph(output).restricted_to([y])
        assert replay.reached == []
        assert replay([7.0]) == [(output.data, ())]
