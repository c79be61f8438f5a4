"""Operations that users declare with `ag.operation`."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import random
from functools import cache
from typing import Any

import numpy as np
import pytest
from effort import scaled
from points import BUILT_IN

import autograd as ag
from autograd import TABLE, DomainError, Interval, PoleError, Value
from autograd.op import _edits, closest

pytestmark = pytest.mark.usefixtures("unchanged_table")


def test_three_lines_declare_an_operation_that_everything_knows():
    swish = ag.operation(
        "swish",
        lambda x: x / (1.0 + math.exp(-x)),
        lambda x, z: ag.sigmoid(x) * (1.0 + x - z),
        domain=Interval(-9.0, 9.0),
    )
    x = Value(0.7, "x")
    z = swish(x)
    z.backward()
    assert swish(0.7) == z.data == x.swish().data == ag.swish(0.7) == pytest.approx(ag.silu(0.7))
    assert x.grad == pytest.approx(ag.silu(x).partials[0])
    assert ag.grad(ag.grad(ag.grad(swish)))(0.7) == pytest.approx(ag.grad(ag.grad(ag.grad(ag.silu)))(0.7))
    assert ag.jvp(swish, 0.7, 2.0)[1] == 2.0 * x.grad
    assert z.op is swish is TABLE["swish"]
    assert swish(np.array([0.7, 0.7])).tolist() == [z.data, z.data]
    assert [y.data for y in swish(ag.values([0.7, 0.7]))] == [z.data, z.data]
    assert repr(swish) == "<operation swish>"


def test_a_graph_with_an_own_operation_is_copied_and_pickled_by_its_name():
    ag.operation("cubed", lambda x: x**3, lambda x, z: 3.0 * x * x)
    x = Value(2.0, "x")
    for twin in (copy.deepcopy(x.cubed()), pickle.loads(pickle.dumps(x.cubed()))):
        assert twin.op is TABLE["cubed"]
        assert twin.partials == (12.0,)


def test_any_number_of_operands_is_taken_where_the_rule_says_so():
    product = ag.operation(
        "product",
        lambda *xs: math.prod(xs),
        lambda *xs, z: tuple(product(*xs[:i], *xs[i + 1 :], 1.0) for i in range(len(xs))),
    )
    x, y, w = map(Value, (2.0, 3.0, 5.0))
    z = product(x, y, w)
    assert z.data == 30.0
    assert z.partials == (15.0, 10.0, 6.0)
    assert ag.hessian(product)(2.0, 3.0, 5.0).tolist() == [[0.0, 5.0, 3.0], [5.0, 0.0, 2.0], [3.0, 2.0, 0.0]]
    with pytest.raises(TypeError, match=r"product\(\) takes at least 1 operand, got 0"):
        product()


def test_a_rule_with_the_wrong_number_of_partials_is_named():
    for rule in (lambda x, y, z: y, lambda x, y, z: (1.0, 2.0, 3.0)):
        mean = ag.operation("mean", lambda x, y: 0.5 * (x + y), rule)
        assert mean(1.0, 3.0) == 2.0
        with pytest.raises(TypeError, match=r"the rule of mean gave [13] partials for 2 operands"):
            mean(Value(1.0), Value(3.0))


def test_the_wrong_number_of_operands_is_refused():
    with pytest.raises(TypeError, match=r"sigmoid\(\) takes 1 operand, got 2"):
        ag.sigmoid(1.0, 2.0)
    with pytest.raises(TypeError, match=r"maximum\(\) missing (1 )?required"):
        Value(1.0).maximum()


def test_a_forward_that_raises_makes_a_domain_error_with_the_domain_in_its_message():
    half_log = ag.operation(
        "half_log", lambda x: 0.5 * math.log(x), lambda x, z: 0.5 / x, domain=Interval(0.0, open=True)
    )
    over = ag.operation("over", lambda x, y: x / y, lambda x, y, z: (1.0 / y, -(z / y)), requires="y other than 0")
    with pytest.raises(DomainError, match=r"half_log\(price = -2.0\) has no real value; it needs x > 0"):
        half_log(Value(-2.0, "price"))
    with pytest.raises(PoleError, match=r"over\(1.0, n = 0.0\) has no real value; it needs y other than 0"):
        over(1.0, Value(0.0, "n"))


def test_the_domain_of_several_operands_is_spelled_out():
    area = ag.operation(
        "area",
        lambda a, b: math.sqrt(a) * math.log(b),
        lambda a, b, z: (0.5 * z / a, ag.sqrt(a) / b),
        domain=(Interval(0.0), Interval(0.0, open=True)),
    )
    with pytest.raises(DomainError, match="it needs x ≥ 0 and y > 0"):
        area(-1.0, 2.0)


def test_an_overflow_without_a_numpy_counterpart_is_raised_with_the_name():
    steep = ag.operation("steep", lambda x: math.exp(x * x), lambda x, z: 2.0 * x * z)
    with pytest.raises(OverflowError, match=r"steep\(100.0\) is too large"):
        steep(100.0)


def test_another_error_in_a_forward_passes_unchanged():
    broken = ag.operation("broken", lambda x: x.missing, lambda x, z: 1.0)
    with pytest.raises(AttributeError, match="missing"):
        broken(1.0)


def test_an_error_leaves_the_graph_as_it_was():
    half_log = ag.operation("half_log", lambda x: 0.5 * math.log(x), lambda x, z: 0.5 / x)
    x = Value(-4.0, "x")
    y = x * x
    with pytest.raises(DomainError):
        half_log(x)
    half_log(y).backward()
    assert x.grad == 1.0 / -4.0


def test_an_operation_of_the_package_cannot_be_redefined():
    for name in ("exp", "add", "total"):
        with pytest.raises(ValueError, match=f"name must be new, got .* '{name}'"):
            ag.operation(name, lambda x: x, lambda x, z: 1.0)
    with pytest.raises(ValueError, match=r"name must be new, got .* 'exp'"):
        ag.operation("exp", math.exp, lambda x, z: 7.0)
    assert ag.exp(0.0) == 1.0


def test_an_own_operation_can_be_redefined():
    ag.operation("mine", lambda x: x, lambda x, z: 1.0)
    ag.operation("mine", lambda x: 2.0 * x, lambda x, z: 2.0)
    assert Value(3.0).mine().partials == (2.0,)


def test_the_last_operands_may_have_defaults():
    x = Value(-2.0)
    assert ag.leaky_relu(x).data == x.leaky_relu().data == -0.02
    assert ag.leaky_relu(x, 0.5).data == x.leaky_relu(0.5).data == -1.0
    slope = Value(0.5)
    z = ag.leaky_relu(x, slope)
    z.backward()
    assert (x.grad, slope.grad) == (0.5, -2.0)
    assert ag.elu(-1.0) == ag.elu(-1.0, 1.0) == math.expm1(-1.0)
    scaled = ag.operation("scaled", lambda x, a, b: a * x + b, lambda x, a, b, z: (a, x, 1.0), defaults=(2.0, 1.0))
    assert (scaled(3.0), scaled(3.0, 5.0), scaled(3.0, 5.0, 0.0)) == (7.0, 16.0, 15.0)
    with pytest.raises(TypeError, match=r"scaled\(\) takes at least 1 operand, got 0"):
        scaled()


def test_an_unknown_name_is_answered_with_those_that_look_alike():
    with pytest.raises(AttributeError, match="no attribute 'sigmiod'; did you mean sigmoid"):
        Value(1.0).sigmiod()


@pytest.mark.parametrize("name", ["lambda", "_x", "data", "backward", "arcsin", "2x", "my op", ""])
def test_a_name_that_cannot_be_a_function_and_a_method_is_refused(name: str):
    with pytest.raises(ValueError, match=r"^name must be"):
        ag.operation(name, math.sin, lambda x, z: ag.cos(x))
    assert name not in ag.TABLE


def test_numpys_name_of_an_own_operation_is_a_method_too():
    ag.operation("half", lambda x: 0.5 * x, lambda x, z: 0.5, numpy="halved")
    assert Value(3.0).halved() == Value(3.0).half() == 1.5


def test_a_result_or_partial_that_is_no_real_number_is_refused_by_the_name_of_the_operation():
    root = ag.operation("root3", lambda x: x ** (1 / 3), lambda x, z: z / (3 * x))
    for x in (-8.0, Value(-8.0)):
        for error in (TypeError, ag.DomainError):
            with pytest.raises(error, match=r"the result of root3 takes one real number, got complex"):
                root(x)
    text = ag.operation("text", lambda x: x, lambda x, z: "1.5")
    with pytest.raises(TypeError, match=r"a partial of text takes one real number, got str '1.5'"):
        text(Value(1.0))


def test_the_number_of_operands_in_a_message_is_that_given_not_with_defaults():
    between = ag.operation(
        "between", lambda x, y, z: x + y + z, lambda x, y, z, r: (1.0, 1.0, 1.0), defaults=(1.0, 2.0)
    )
    assert between(1.0) == 4.0
    with pytest.raises(TypeError, match=r"between\(\) takes at least 1 operand, got 0"):
        between()


def test_a_rule_that_turns_values_into_floats_is_refused_rather_than_wrong_at_second_order():
    own = ag.operation("own_sin", lambda x: math.sin(x), lambda x, z: math.cos(x))
    assert ag.grad(own)(1.0) == math.cos(1.0)
    with pytest.raises(
        TypeError, match=r"the rule of own_sin: the argument of cos\(\) must be a plain number.*; write ag.cos\(v\)"
    ):
        ag.grad(ag.grad(own))(1.0)
    right = ag.operation("own_sin", lambda x: math.sin(x), lambda x, z: ag.cos(x))
    assert ag.grad(ag.grad(right))(1.0) == -math.sin(1.0)


REFUSED: list[tuple[str, Any, str]] = [
    *((argument, 3.0, "a function") for argument in ("forward", "partials", "branch", "written", "definition")),
    *((argument, None, "a function") for argument in ("forward", "partials", "branch")),
    *((argument, None, "text") for argument in ("name", "requires", "symbol", "latex", "numpy", "doc")),
    *(("domain", domain, "an Interval") for domain in (None, (), (0.0, 1.0), [ag.Interval()])),
    *(("defaults", defaults, "a tuple of numbers") for defaults in (None, 1.0, [1.0], ("1",))),
    ("partials", lambda x: 1.0, "take the operands and then the result"),
]


@pytest.mark.parametrize(("argument", "value", "requirement"), REFUSED)
def test_an_argument_of_another_type_is_refused(argument: str, value: Any, requirement: str) -> None:
    arguments = {"name": "own", "forward": lambda x: x, "partials": lambda x, z: 1.0, argument: value}
    # A compiled engine refuses what is no text or tuple by itself.
    by_types = "|(str|tuple|float) object expected" if argument == "defaults" or requirement == "text" else ""
    with pytest.raises(TypeError, match=rf"^{argument} must (be )?{requirement}.*, got {by_types}"):
        ag.operation(**arguments)
    assert "own" not in TABLE


def test_a_rule_that_asks_for_equality_or_truth_is_written_by_its_name():
    for rule in (lambda x, z: 1.0 if x == 2.0 else 3.0, lambda x, z: 1.0 if x else 3.0):
        odd = ag.operation("odd", lambda x: x, rule)
        x = Value(2.0, "x")
        assert "odd′ = 1" in str(ag.trace(odd(x).named("y"), x))


@pytest.mark.parametrize("template", [r"\mathcal{K}", "{", "K}", "{}", "{1}", "{0}{1}", "{0.real.x}", "{x}"])
def test_braces_that_formulas_cannot_fill_in_are_refused(template: str) -> None:
    for argument in ("symbol", "latex"):
        with pytest.raises(ValueError, match=rf"{argument} must have \{{0\}}.* got .*write \{{\{{ and \}}\}}"):
            ag.operation("kelvin", lambda x: x, lambda x, z: 1.0, **{argument: template})
    assert "kelvin" not in TABLE


@pytest.mark.parametrize(
    ("template", "written"), [("K_{{0}}", "$K_{0}(x)"), (r"\mathcal{{K}}{{{0}}}", r"$\mathcal{K}{x}")]
)
def test_doubled_braces_are_braces_of_latex(template: str, written: str) -> None:
    op = ag.operation("kelvin", lambda x: x * x, lambda x, z: 2.0 * x, latex=template)
    assert ag.display.latex(op(Value(2.0, "x"))).replace(r"\left", "").replace(r"\right", "").startswith(written)
    equations = ag.compile(ag.total([op(Value(2.0)), op(Value(3.0))])).equations(latex=True)
    assert written.strip("$()x{}") in equations
    assert "{{" not in equations


def test_operation_that_returns_its_operand_is_compiled():
    """Its partial may be any: a reversed gradient is the identity with the partial −1."""
    reversed_gradient = ag.operation("reversed_gradient", lambda x: x, lambda x, z: -1.0)
    second = ag.operation("second", lambda x, y: y, lambda x, y, z: (0.0, 1.0))
    functions = [
        lambda x, y: reversed_gradient(x),
        lambda x, y: reversed_gradient(ag.exp(x)) * y,
        lambda x, y: second(x, y) + reversed_gradient(x) * reversed_gradient(x),
        lambda x, y: second(x * y, ag.exp(y)) * ag.exp(y),
    ]
    for f in functions:
        value, gradient = ag.compile(f, inputs=((), ()))([0.5, -1.5], [0.25, 2.0])
        expected = [ag.value_and_grad(f)(x, y) for x, y in ((0.5, 0.25), (-1.5, 2.0))]
        assert value == pytest.approx([c for c, _ in expected])
        assert np.transpose(gradient) == pytest.approx(np.array([slope for _, slope in expected]))


# --- messages


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(), "x finite"),
        (Interval(open=True), "x finite"),
        (Interval(-0.5), "x ≥ −0.5"),
        (Interval(0.0, open=True), "x > 0"),
        (Interval(high=-5.0), "x ≤ −5"),
        (Interval(high=1e-9, open=True), "x < 1e−09"),
        (Interval(-1.0, 2.0), "−1 ≤ x ≤ 2"),
        (Interval(-1.0, 2.0, open=True), "−1 < x < 2"),
    ],
)
def test_an_interval_is_written_as_a_condition_that_holds_in_it(interval, text):
    assert str(interval) == text
    condition = text.replace("−", "-").replace("≤", "<=").replace("≥", ">=").replace("finite", "- x == 0")
    for x in (-1e300, -5.0, -1.0, -0.5, 0.0, 1e-9, 1.0, 2.0, 1e300):
        assert (x in interval) == eval(condition, {"x": x}), x


@pytest.mark.parametrize("count", [1, 2, 5, 6, 7])
def test_an_error_names_the_condition_on_every_operand(count):
    names = "xyuvw"[:count] if count <= 5 else [f"x{i}" for i in range(1, count + 1)]
    domain = tuple(Interval(float(i)) for i in range(count))

    def positive(*xs):
        return math.sqrt(min(x - i for i, x in enumerate(xs)))

    operands = ", ".join(f"a{i}" for i in range(count))
    rule = eval(f"lambda {operands}, z: (0.0,) * {count}")
    op = ag.operation("own_positive", positive, rule, domain=domain)
    assert op(*map(float, range(count))) == 0.0
    needs = " and ".join(f"{name} ≥ {i}" for i, name in enumerate(names))
    with pytest.raises(DomainError) as raised:
        op(*[-1.0] * count)
    assert str(raised.value) == f"own_positive({', '.join(['-1.0'] * count)}) has no real value; it needs {needs}"


@cache
def edits(a: str, b: str) -> int:
    """The least number of edits, by trying all: each letter is kept, left out, put in, replaced or exchanged."""
    if not a or not b:
        return len(a) + len(b)
    counts = [edits(a[1:], b) + 1, edits(a, b[1:]) + 1, edits(a[1:], b[1:]) + (a[0] != b[0])]
    if a[:2] == b[1::-1] and len(a) > 1:
        counts.append(edits(a[2:], b[2:]) + 1)
    return min(counts)


def test_names_are_as_close_as_the_fewest_edits_between_them():
    words = ["".join(letters) for n in range(4) for letters in itertools.product("abc", repeat=n)]
    draw = random.Random(0)
    longer = ["".join(draw.choices("abcd", k=draw.randint(4, 6))) for _ in range(60)]
    for a, b in [*itertools.product(words, words), *itertools.pairwise(longer)]:
        assert _edits(a, b) == edits(a, b), (a, b)


def test_at_most_three_names_with_few_edits_are_suggested_the_closest_first():
    draw = random.Random(1)
    for _ in range(scaled(200)):
        name, *known = ("".join(draw.choices("abAB", k=draw.randint(1, 6))) for _ in range(9))
        sizes = {
            other: 0 if name.lower() == other.lower() else edits(name, other)
            for other in known
            if name.lower() == other.lower() or 6 * edits(name, other) <= (len(name) + len(other) + 3) // 6 * 6
        }
        assert closest(name, known) == sorted(sizes, key=sizes.__getitem__)[:3], (name, known)
    assert closest("a" * 40, ["a" * 39]) == ["a" * 39]
    assert closest("a" * 41, ["a" * 41]) == []


def test_a_method_has_the_defaults_of_its_operation():
    for op in BUILT_IN.values():
        if op.defaults:
            for x in (-1.5, 2.5):
                assert getattr(Value(x), op.name)().data == op(x) == op(x, *op.defaults)


@pytest.mark.parametrize("slope", [2, 0, True, False, np.float64(1.5), np.float32(0.5), np.int64(3), np.float64(0.0)])
def test_rule_may_give_numbers_of_any_type(slope: float) -> None:
    mixed = ag.operation("mixed", lambda x, y: float(slope) * x + y, lambda x, y, z: (slope, 1))
    f = lambda t: mixed(t, t * t)  # noqa: E731
    x, expected = Value(3.0, "x"), float(slope) + 6.0
    (gradient,) = ag.gradient(f(x), [x])
    assert gradient.data == ag.grad(f)(3.0) == ag.jvp(f, 3.0, 1.0)[1] == ag.jacobian(f)(3.0) == expected
    assert ag.grad(ag.grad(f))(3.0) == ag.hvp(f, 3.0, 1.0) == 2.0
