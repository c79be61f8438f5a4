"""Compiled functions at the edges of what they take: names, shapes, constants, and who owns the arrays."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import subprocess
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from compiled_forms import FORMS, only
from points import plain
from threads import at_once, interrupted

import autograd as ag
import nn
from autograd import Op, Value
from autograd.compiling.backends import BACKENDS, ArrayBackend, GeneratedModule
from autograd.compiling.execution import ScalarCalls
from autograd.compiling.ir import Array, Builder, Source
from autograd.compiling.lower import ArrayProgram
from autograd.compiling.rewriting import rewritten

W = ag.values([2.0, 3.0], "w")


def lowered(outputs: dict[str, Array], sources: list[Source]) -> Any:
    """Return the function of a program on NumPy's arrays."""
    numpy = BACKENDS["numpy"]
    assert isinstance(numpy, ArrayBackend)
    return numpy.lower(ArrayProgram("f", sources, outputs), np.dtype(float)).function


each_form = pytest.mark.parametrize("form", FORMS)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "len", "np", "K0", "class", "None", "𝐱", "B", "<lambda>"])
def test_a_function_may_be_called_what_its_source_calls_something_else(name: str) -> None:
    def f(x: Any) -> Any:
        return ag.sigmoid(x[0]) * ag.softplus(x[1]) + ag.total(x * np.arange(2.0))

    f.__name__ = name
    a, b = Value(2.0, "a"), Value(3.0, "b")
    of_graph = ag.compile((ag.sigmoid(a) * ag.softplus(b) + b).named(name))
    expected = f([2.0, 3.0])
    with only("arrays"):
        assert ag.compile(f, inputs=2)([[2.0, 3.0]] * 2)[0] == pytest.approx([expected] * 2)
        assert of_graph([2.0, 3.0])[0] == pytest.approx(expected)


@each_form
def test_what_depends_on_no_input_is_a_constant(form: str) -> None:
    w = Value(2.0, "w")
    plain, shared = ag.compile(lambda x: 3.0, inputs=((),)), ag.compile(lambda x: w * w, w, inputs=((),))
    without_inputs, numbers_only = ag.compile(lambda: w * w, w, inputs=()), ag.compile(lambda: w * w, inputs=())
    with only(form):
        assert repr(plain(1.0)) == "(3.0, 0.0)"
        assert repr([x.tolist() for x in plain([1.0, 2.0])]) == "[[3.0, 3.0], [0.0, 0.0]]"
        assert repr(plain.value(1.0)) == "3.0"
        assert repr(plain.hvp(1.0, vector=1.0)) == "0.0"
        value, gradient = shared([1.0, 5.0])
        assert (value, gradient.tolist()) == (4.0, [4.0])
        assert without_inputs()[0] == 4.0
        assert without_inputs()[1].tolist() == [4.0]
        assert without_inputs(per_example=True)[1].tolist() == [4.0]
        assert repr(numbers_only()) == "(4.0, ())"
        assert numbers_only.hvp(vector=()) == ()


def test_a_source_with_constants_runs_by_itself_wherever_these_lie() -> None:
    numbers = np.array([math.inf, -math.inf, -0.0, 1.5])
    f = ag.compile(lambda x: list(numbers * x), inputs=((),))
    program = f"{f.source}\nprint([x.hex() for x in {f.recording.name}(2.0)[0].tolist()])"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert run.stdout == f"{[x.hex() for x in (numbers * 2.0).tolist()]}\n"


@pytest.mark.parametrize(
    "cost", [lambda x: x.data, lambda x: Value(x.data) * x, lambda x: x.data * x, lambda x: math.nan]
)
def test_a_number_that_was_taken_out_of_the_graph_is_refused(cost: Any) -> None:
    with pytest.raises(ValueError, match="took a number out of the graph, or found one that is nan"):
        ag.compile(cost, inputs=((),))


@each_form
@pytest.mark.parametrize("given", [1.0, [1.0, 5.0, 7.0]])
@pytest.mark.parametrize("per_example", [False, True])
def test_what_else_is_returned_has_a_row_for_each_example_whatever_it_depends_on(
    form: str, given: Any, per_example: bool
) -> None:
    w = ag.values([2.0, 3.0])
    shape = (*np.shape(given), 2)
    with only(form):
        for extra in (w, [w[0], 4.0], [5.0, 6.0]):
            step = ag.compile(lambda x, extra=extra: (w[0] * w[1] * x, extra), w, inputs=((),), aux=True)
            (_, also), _ = step(given, per_example=per_example)
            assert also.tolist() == np.broadcast_to(plain(extra), shape).tolist()
            assert step.value(given, per_example=per_example)[1].tolist() == also.tolist()
        f = ag.compile(lambda x: (x, [5.0, 6.0]), inputs=((),), aux=True)
        assert f(given)[0][1].shape == shape


@each_form
def test_results_belong_to_the_caller(form: str) -> None:
    w, u, K = ag.values([2.0, 3.0]), ag.values([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]), [7.0, 5.0, 3.0, 2.0, 6.0, 4.0]
    X = np.arange(8.0).reshape(4, 2)
    functions: list[Any] = [
        ag.compile(lambda x: x[0], inputs=2),
        ag.compile(list, inputs=2),
        ag.compile(lambda x: (x[0] * x[1], [x[0], x[1]]), inputs=2, aux=True),
        ag.compile(lambda x: (0.5 * (w @ w) + x[0], w), w, inputs=2, aux=True),
        ag.compile(lambda x: (w[0] * w[1] * x[1], x), w, inputs=2, aux=True),
        # Gradients that are constants of the program, whole or in another order.
        ag.compile(lambda x: ag.dot(u, K) + x[0], u, inputs=2),
        ag.compile(lambda x: ag.dot(u[::-1], K) + x[0], u, inputs=2),
        ag.compile(lambda x: ag.dot([*x, *u], [*K, 1.0, 2.0]), inputs=2),
    ]

    def arrays(returned: Any) -> list[Any]:
        if isinstance(returned, tuple):
            return [array for part in returned for array in arrays(part)]
        return [returned] if isinstance(returned, np.ndarray) else []

    with only(form):
        for f in functions:
            for given in (X, X[0]):
                numbers = given.copy(), f.parameters.copy()
                before = [array.tolist() for array in arrays(f(given))]
                found = arrays(f(given)) + arrays(f.value(given))
                for k, array in enumerate(found):
                    assert not any(np.shares_memory(array, other) for other in found[:k])
                    array[...] = 77.0
                assert (given.tolist(), f.parameters.tolist()) == tuple(x.tolist() for x in numbers)
                assert [array.tolist() for array in arrays(f(given))] == before


def tangled(x: Any) -> Any:
    """Return a graph without a pattern: operations on nodes far apart."""
    nodes = list(x)
    for k in range(60):
        a, b = nodes[-1 - k % 3], nodes[-1 - (7 * k) % len(nodes)]
        nodes.append([ag.sin(a), a * b, ag.tanh(a + b), a - b, ag.sigmoid(b)][(3 * k * k + k) % 5])
    return ag.total(nodes[-4:])


class TestLazyPrograms:
    @pytest.fixture
    def made(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The kinds of what is made, from here on."""
        found: list[str] = []
        for kind, method in ((ArrayProgram, "__init__"), (GeneratedModule, "lower")):
            original = getattr(kind, method)

            def noted(self: Any, *arguments: Any, kind: Any = kind, make: Any = original) -> Any:
                found.append(kind.__name__)
                return make(self, *arguments)

            monkeypatch.setattr(kind, method, noted)
        return found

    def test_graph_without_pattern_makes_no_arrays(self, made: list[str]) -> None:
        f = ag.compile(tangled, inputs=3)
        f([0.1, 0.2, 0.3])
        f.value([0.1, 0.2, 0.3])
        f.hvp([0.1, 0.2, 0.3], vector=[1.0, 0.0, 0.0])
        assert made == []

    @pytest.mark.parametrize(
        ("ask", "expected"),
        [
            (lambda f: f.source, ["ArrayProgram", "GeneratedModule"]),
            (lambda f: f.constants, ["ArrayProgram", "GeneratedModule"]),
            (lambda f: f.equations(), ["ArrayProgram"]),
            (lambda f: f.report(), ["ArrayProgram"]),
            (repr, ["ArrayProgram"]),
        ],
    )
    def test_arrays_are_made_when_asked_for(self, made: list[str], ask: Any, expected: list[str]) -> None:
        f = ag.compile(tangled, inputs=3)
        f([0.1, 0.2, 0.3])
        first = ask(f)
        assert made == expected
        assert ask(f) == first
        assert made == expected

    def test_program_that_runs_is_made_once(self, made: list[str]) -> None:
        net = nn.MLP(20, [8, 4], seed=0)
        step = ag.compile(lambda x, y: nn.quadratic(net(x), y), net, inputs=(20, 4))
        for _ in range(2):
            step(np.ones((100, 20)), np.ones((100, 4)))
        assert made == ["ArrayProgram", "GeneratedModule"]

    @pytest.mark.parametrize("again", [lambda f: pickle.loads(pickle.dumps(f)), copy.copy, copy.deepcopy])
    def test_copies_made_before_the_source_have_it(self, made: list[str], again: Any) -> None:
        f = ag.compile(tangled, inputs=3)
        copied = again(f)
        assert made == []
        assert copied([0.1, 0.2, 0.3])[0] == f([0.1, 0.2, 0.3])[0]
        assert copied.source == f.source

    def test_threads_that_ask_at_once_get_the_same_source(self) -> None:
        for _ in range(5):
            f = ag.compile(tangled, inputs=3)
            assert len(set(at_once(lambda _, f=f: f.source + f.report(), range(4)))) == 1

    def test_labels_are_those_of_the_time_of_compiling(self) -> None:
        x = Value(2.0, "x")
        y = (ag.sin(x) * x).named("before")
        f = ag.compile(y, [x])
        expected = ag.compile(y, [x]).source
        y.label = "after"
        assert f.source == expected


class TestInterrupts:
    """Ctrl-C ends a call before its end, in every form."""

    @staticmethod
    def polynomial(x: Any) -> Any:
        y = x[0]
        for _ in range(600):
            y = y * x[1] + x[2] * y - x[0]
        return y

    @pytest.mark.parametrize("form", ["lines", "columns"])
    def test_rows_are_left_undone(self, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
        f = ag.compile(self.polynomial, inputs=3)
        with only(form):
            f.value(np.ones((1, 3)))
            lines = f._scalar_calls("value").lowered(BACKENDS["lines"]).function.__self__
            name = "on_floats" if form == "lines" else "on_columns"
            compute = getattr(lines, name)
            begun = 0

            def counted(*columns: Any) -> Any:
                nonlocal begun
                begun += np.size(columns[0])
                return compute(*columns)

            monkeypatch.setitem(vars(lines), name, counted)
            for rows in (10_000, 100_000, 1_000_000):
                begun, X = 0, np.full((rows, 3), 0.5)
                interrupted(lambda X=X: f.value(X))
                if 0 < begun < rows:
                    return
        pytest.fail("the call went on to its end")

    def test_statements_are_left_undone(self) -> None:
        f = ag.compile(self.polynomial, inputs=3)
        with only("arrays"):
            f.value(np.ones((1, 3)))
            for rows in (1_000, 10_000, 50_000, 250_000):
                error = interrupted(lambda rows=rows: f.value(np.full((rows, 3), 0.5)))
                files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
                if "<compiled polynomial>" in files:
                    return
        pytest.fail("the call went on to its end")

    @each_form
    def test_next_call_is_right(self, form: str) -> None:
        step = ag.compile(lambda x: (W[0] * self.polynomial(x) + W[1]) ** 2, W, inputs=3)
        x = np.full((7, 3), 0.5)
        with only(form):
            (C, gradient), parameters = step(x), step.parameters.tolist()
            X = np.full((20_000, 3), 0.5)
            interrupted(lambda: step(X))
            assert (X == 0.5).all()
            assert step.parameters.tolist() == parameters
            assert (step(x)[0], step(x)[1].tolist()) == (C, gradient.tolist())

    def test_source_is_free_of_calls_for_signals(self) -> None:
        f = ag.compile(self.polynomial, inputs=3)
        assert "signal" not in f.source
        space: dict[str, Any] = {}
        exec(f.source, space)
        assert space["polynomial"](np.full(3, 0.5))[0] == f.value(np.full(3, 0.5))


LOGITS = np.array([0.0, 1.0, -1.0])
SHARES: dict[str, Any] = {
    "softmax": lambda x: ag.softmax(list(x)),
    "log of softmax": lambda x: [ag.log(share) for share in ag.softmax(list(x))],
    "log2 of one": lambda x: ag.log2(ag.softmax(list(x))[2]),
    "product": lambda x: ag.softmax(list(x))[0] * ag.softmax([x[1], x[2]])[1],
    "difference": lambda x: ag.logsumexp([x[0] - x[1], x[2] - x[1]]),
}


def derivatives(f: Any, x: Any) -> list[Any]:
    """Return value, gradient and, for one output, the product of the Hessian with (1, 2, 3)."""
    return [*f(x), *([] if np.ndim(f.value(x)) else [f.hvp(x, vector=np.array([1.0, 2.0, 3.0]).astype(x.dtype))])]


class TestShifted:
    """Softmax and its logarithm do not depend on a number that is added to all logits."""

    @each_form
    @pytest.mark.parametrize("name", SHARES)
    @pytest.mark.parametrize("size", [0.0, 1e9, 1e15, -1e15])
    def test_size_of_logits_costs_no_digits(self, form: str, name: str, size: float) -> None:
        f = ag.compile(SHARES[name], inputs=3)
        results = SHARES[name](ag.values(LOGITS.tolist()))
        expected = plain(results).tolist() if isinstance(results, list) else results.data
        with only(form):
            for found, near in zip(derivatives(f, size + LOGITS), derivatives(f, LOGITS), strict=True):
                assert found == pytest.approx(near, rel=1e-14, abs=1e-15)
            assert f.value(size + LOGITS) == pytest.approx(expected, rel=1e-14)

    @pytest.mark.parametrize("name", SHARES)
    def test_size_of_logits_costs_no_digits_in_float32(self, name: str) -> None:
        f = ag.compile(SHARES[name], inputs=3, dtype="float32")
        far, near = (2.0**23 + LOGITS).astype("float32"), LOGITS.astype("float32")
        for found, wanted in zip(derivatives(f, far), derivatives(f, near), strict=True):
            assert found == pytest.approx(wanted, rel=1e-6, abs=1e-7)

    @pytest.mark.parametrize("name", SHARES)
    def test_size_of_logits_costs_no_digits_in_jax(self, name: str) -> None:
        pytest.importorskip("jax", reason="needs JAX: pip install jax")
        f = ag.compile(SHARES[name], inputs=3, dtype="float32", backend="jax")
        plain = ag.compile(SHARES[name], inputs=3)
        far, near = (2.0**23 + LOGITS).astype("float32"), LOGITS
        for found, wanted in zip(derivatives(f, far), derivatives(plain, near), strict=True):
            assert np.asarray(found) == pytest.approx(np.asarray(wanted), rel=1e-5, abs=1e-6)

    @each_form
    @pytest.mark.parametrize("logits", [[1e17] * 3, [math.inf, math.inf, 0.0], [-math.inf] * 3, [-math.inf, 1.0, 1.0]])
    def test_equal_logits_have_equal_shares(self, form: str, logits: list[float]) -> None:
        x = ag.values(logits)
        shares, total = ag.softmax(x), ag.logsumexp(x)
        f = ag.compile(lambda x: [*ag.softmax(list(x)), ag.logsumexp(list(x))], inputs=3)
        with only(form):
            value, gradient = f(logits)
        assert value.tolist() == plain([*shares, total]).tolist()
        expected = [ag.gradient(y, list(x)) for y in [*shares, total]]
        assert gradient == pytest.approx(plain(expected), rel=1e-15)

    @each_form
    @pytest.mark.parametrize(("log", "base"), [("log", math.e), ("log2", 2.0), ("log10", 10.0)])
    def test_logarithm_of_sigmoid_is_finite(self, form: str, log: str, base: float) -> None:
        x = np.array([-1e4, -800.0, -720.0, -30.0, 2.0, 50.0])
        expected = -np.logaddexp(0.0, -x) / math.log(base)
        slope = 1.0 / (1.0 + np.exp(np.minimum(x, 700.0))) / math.log(base)
        curvature = -slope / (1.0 + np.exp(np.minimum(-x, 700.0)))
        f = ag.compile(lambda x: ag.TABLE[log](ag.sigmoid(x)), inputs=((),))
        with only(form):
            value, gradient = f(x)
            assert value == pytest.approx(expected, rel=1e-14)
            assert gradient == pytest.approx(slope, rel=1e-14)
            assert f.hvp(x, vector=np.ones(6)) == pytest.approx(curvature, rel=1e-13, abs=1e-290)
        assert ag.log(ag.sigmoid(-720.0)) == pytest.approx(-720.0)


@each_form
@pytest.mark.parametrize("exponent", [2.0, 3.0, 2.0**53, 2.0**53 + 2.0, 2.0**60, -(2.0**53), -(2.0**53) - 2.0])
def test_slope_of_power_has_the_sign_of_the_exact_exponent(form: str, exponent: float) -> None:
    of_both = ag.compile(lambda x: x[0] ** x[1], inputs=2)
    of_base = ag.compile(lambda x: x**exponent, inputs=((),))
    expected = ag.grad(lambda x: x**exponent)(-1.0)
    with only(form):
        assert of_both([-1.0, exponent])[1][0] == expected
        assert of_base(-1.0)[1] == expected
        assert of_base.hvp(-1.0, vector=1.0) == ag.grad(ag.grad(lambda x: x**exponent))(-1.0)


def test_slope_of_power_has_its_sign_in_float32() -> None:
    for exponent in (2.0**24, 2.0**24 + 2.0, 3.0, -(2.0**24) - 2.0):
        of_both = ag.compile(lambda x: x[0] ** x[1], inputs=2, dtype="float32")
        of_base = ag.compile(lambda x, n=exponent: x**n, inputs=((),), dtype="float32")
        assert of_both([-1.0, exponent])[1][0] == of_base(-1.0)[1] == ag.grad(lambda x, n=exponent: x**n)(-1.0)


@each_form
def test_remainder_of_half_a_divisor_is_that_of_the_engine(form: str) -> None:
    f = ag.compile(lambda x: ag.remainder(x[0], x[1]), inputs=2)
    with only(form):
        for x, y in itertools.product([0.5, 1.5, 2.5, 3.0, 3.5, 4.0, 7.0], [1.0, 2.0, 3.0]):
            assert f.value([x, y]) == math.remainder(x, y)
            assert f.value([-x, y]) == -math.remainder(x, y)


@each_form
def test_leg_of_equal_sides_is_0(form: str) -> None:
    f = ag.compile(lambda x: ag.leg(x[0], x[1]), inputs=2)
    with only(form):
        for size in (1e308, 1e154, 3.0, 5e-324):
            assert f.value([size, size]) == f.value([size, -size]) == 0.0


class TestParameters:
    @staticmethod
    def squares(x: Any) -> Any:
        return (W[0] * ag.total(np.ravel(x)) + W[1]) ** 2

    def test_all_shapes_that_a_function_is_called_with_share_them(self) -> None:
        step = ag.compile(self.squares, W)
        with pytest.raises(AttributeError, match="parameters can be set after the first call, which tells"):
            step.parameters = [0.0, 0.0]
        assert step(np.ones(2))[0] == 49.0
        step.parameters = step.parameters * 0.0
        assert step(np.ones(2))[0] == step(np.ones(3))[0] == 0.0
        step.parameters += 1.0
        assert (step(np.ones(2))[0], step(np.ones(3))[0]) == (9.0, 16.0)
        step.read()
        assert (step(np.ones(2))[0], step(np.ones(3))[0]) == (49.0, 81.0)
        with pytest.raises(AttributeError, match="has no 'parameter' to set; only its parameters can be set"):
            step.parameter = [0.0, 0.0]

    def test_an_iterator_of_them_serves_every_shape(self) -> None:
        step = ag.compile(self.squares, iter(W))
        assert [step(np.ones(n))[1].shape for n in (2, 3)] == [(2,), (2,)]

    @pytest.mark.parametrize(
        ("numbers", "error", "message"),
        [
            ([1.0], ValueError, r"parameters must be an array of shape \(2,\), got \(1,\)"),
            (np.ones((2, 1)), ValueError, r"got \(2, 1\)"),
            (np.array([1j, 1.0]), TypeError, "array of real numbers, got complex128"),
            (None, TypeError, "got NoneType"),
        ],
    )
    def test_numbers_that_do_not_fit_are_refused_where_they_are_set(
        self, numbers: Any, error: type[Exception], message: str
    ) -> None:
        step = ag.compile(self.squares, W, inputs=2)
        with pytest.raises(error, match=message):
            step.parameters = numbers
        step.parameters = [4, 5]
        assert step([1.0, 1.0])[0] == 169.0
        step.write()
        assert [type(w.data) for w in W] == [float, float]
        W[0].data, W[1].data = 2.0, 3.0

    def test_lists_may_nest_as_they_like(self) -> None:
        nested: list[Any] = [W[0]]
        nested += [nested, {"b": W[1]}, W]
        assert ag.compile(self.squares, nested, inputs=2).recording.parameters == list(W)
        nets = [nn.MLP(2, [1], seed=k) for k in range(2)]
        step = ag.compile(lambda x: ag.total(net(x)[0] for net in nets), nets, inputs=2)
        assert step.parameters.shape == (6,)


FAR: list[tuple[Any, float, float]] = [
    (lambda x: 1e200 * (1e200 * x), 1e-300, 1e100),
    (lambda x: 1e-200 * (1e-200 * ag.exp(x)), 700.0, 1e-200 * (1e-200 * math.exp(700.0))),
    (lambda x: (x + 1e308) + 1e308, -1e308, 1e308),
    (lambda x: ag.atan2(-0.0, x), -1.0, -math.pi),
    (lambda x: x / -0.0, 1.0, -math.inf),
    (lambda x: 1.0 / (x * np.array([0.0, -0.0])), 1.0, (math.inf, -math.inf)),
    (lambda x: ag.relu(x) + ag.relu(-x), -2.0, 2.0),
]


@each_form
@pytest.mark.parametrize(("f", "x", "expected"), FAR)
def test_numbers_put_together_beforehand_give_what_ieee_754_says(form: str, f: Any, x: float, expected: Any) -> None:
    compiled = ag.compile(f, inputs=((),))
    with only(form):
        assert compiled.value([x])[0] == pytest.approx(expected, rel=1e-15)
        assert compiled(x)[0] == pytest.approx(expected, rel=1e-15)


def test_a_sum_of_sums_over_all_axes_is_put_into_its_place() -> None:
    program = Builder(rewritten)
    x = program.source("x", (2,), batched=True)
    over_examples = program.sum(x, [], False)
    total = program.sum(over_examples * program.constant(np.array([1.0, 2.0])), [0], False)
    whole = program.scatter([(total, np.array(0)), (program.literal(5.0), np.array(1))], (2,), False)
    run = lowered({"grad": whole}, [x])
    assert run(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [16.0, 5.0]


@each_form
def test_exponentials_are_summed_up_at_ties_and_at_infinities(form: str) -> None:
    f = ag.compile(lambda x: ag.logsumexp(list(x)), inputs=3)
    masked, ties = [-math.inf, -math.inf, 3.0], [1.0, 1.0, 1.0]
    with only(form):
        assert f.value([math.inf, math.inf, 3.0]) == math.inf
        assert f.value([-math.inf] * 3) == -math.inf
        value, shares = f(masked)
        assert (value, shares.tolist()) == (3.0, [0.0, 0.0, 1.0])
        assert f(ties)[1] == pytest.approx([1 / 3] * 3)
        assert f.hvp(ties, vector=[1.0, 0.0, 0.0]) == pytest.approx([2 / 9, -1 / 9, -1 / 9])


class TestOwnOperations:
    @staticmethod
    def own(forward: Any, name: str = "own", rule: Any = lambda x, z: 1.0, **settings: Any) -> Op:
        return Op(name, forward, rule, 1, **settings)

    @each_form
    def test_operations_are_told_apart_that_have_the_same_name(self, form: str) -> None:
        twice, thrice = self.own(lambda x: x * 2.0, "twin"), self.own(lambda x: x * 3.0, "twin")
        sigmoid, sign = self.own(lambda x: x * 4.0, "sigmoid"), self.own(lambda x: x * 5.0, "sign")
        f = ag.compile(lambda x: [op(x) for op in (twice, thrice, sigmoid, sign, ag.sigmoid)], inputs=((),))
        with only(form):
            assert f([0.0, 1.0])[0][1] == pytest.approx([2.0, 3.0, 4.0, 5.0, ag.sigmoid(1.0)])

    @pytest.mark.parametrize(
        "forward",
        [
            lambda x: 0.0 if x == 0.0 else 2.0 * x,
            lambda x: 2.0 * x if x else 0.0,
            lambda x: x if x in (1.0, 2.0) else 2.0 * x,
            lambda x: x if x > 0.0 else 2.0 * x,
            lambda x: max(x, 0.0),
        ],
    )
    def test_a_decision_in_an_operation_has_no_form_for_arrays(self, forward: Any) -> None:
        op = self.own(forward)
        with pytest.raises(ValueError, match="'own' must have a form for arrays"):
            ag.compile(op, inputs=((),))

    def test_a_name_that_numpy_lacks_is_no_form_for_arrays(self) -> None:
        with pytest.raises(ValueError, match="'own' must have a form for arrays"):
            ag.compile(self.own(math.sin, numpy="sinus"), inputs=((),))
        assert ag.compile(self.own(math.sin, numpy="sin"), inputs=((),))([1.0])[0] == math.sin(1.0)

    @pytest.mark.parametrize("rule", [lambda x, z: x if x > 0 else -x, lambda x, z: math.cos(x)])
    def test_a_rule_that_is_not_straight_names_its_operation(self, rule: Any) -> None:
        op = self.own(lambda x: x * x, rule=rule)
        with pytest.raises(
            TypeError, match=r"rule of 'own' must be straight-line mathematics .* ag.where for if, and ag.cos"
        ):
            ag.compile(op, inputs=((),))

    @pytest.mark.parametrize(
        "forward",
        [
            *[lambda x: 2.0 + x, lambda x: x + 2.0, lambda x: 2.0 - x, lambda x: x - 2.0, lambda x: 2.0 * x],
            *[lambda x: x * 2.0, lambda x: 2.0 / x, lambda x: x / 2.0, lambda x: 2.0**x, lambda x: x**3.0],
            *[lambda x: -x, lambda x: +x, abs],
        ],
    )
    def test_operators_on_arrays_are_those_on_floats(self, forward: Any) -> None:
        f, x = ag.compile(self.own(forward), inputs=((),)), [0.5, 3.0, -1.0]
        with only("arrays"):
            assert f(x)[0].tolist() == [forward(y) for y in x]

    @each_form
    def test_a_rule_is_read_only_where_the_derivative_needs_it(self, form: str) -> None:
        op, w = self.own(lambda x: x * x, rule=lambda x, z: math.cos(x)), Value(0.5, "w")
        f = ag.compile(lambda x: w * op(x) + w, w, inputs=((),))
        with only(form):
            assert repr(f([1.0, 3.0])) == "(3.0, array([6.]))"


def test_an_array_without_axes_is_one_output() -> None:
    assert ag.compile(lambda x: np.array(x * x), inputs=((),))(3.0) == (9.0, 6.0)


def test_a_function_may_differentiate() -> None:
    f = ag.compile(lambda x: ag.grad(lambda y: y**3)(x), inputs=((),))
    assert f(2.0) == (12.0, 12.0)
    assert "C = 3 * x**2" in f.source
    assert ag.compile(lambda x: ag.gradient(ag.sin(x), x), inputs=((),))(0.25) == (math.cos(0.25), -math.sin(0.25))
    curvature = ag.compile(lambda v: ag.hessian(lambda u: ag.exp(u[0]) * u[1] ** 3)(v)[1, 1], inputs=2)
    assert curvature([0.0, 2.0])[1].tolist() == [12.0, 6.0]
    along = ag.compile(lambda x, v: ag.jvp(lambda y: y**3, (x,), (v,))[1], inputs=((), ()))
    assert along(2.0, 5.0) == (60.0, (60.0, 12.0))


@pytest.mark.parametrize("form", FORMS)
def test_the_residual_of_a_differential_equation_trains_a_network(form: str) -> None:
    net = nn.MLP(1, [4, 1], "tanh", seed=0)

    def residual(x: Any) -> Any:
        (u,) = net([x[0]])
        return (ag.gradient(u, x[0]) + u) ** 2

    X = np.linspace(0.0, 1.0, 5)[:, None]
    for p in net.parameters():
        p.grad = 0.0
    costs = [residual([Value(float(x))]) for x in X[:, 0]]
    for C in costs:
        C.backward()
    with only(form):
        C, gradient = ag.compile(residual, net, inputs=(1,))(X)
    assert pytest.approx(np.mean([C.data for C in costs]), rel=1e-13) == C
    assert gradient == pytest.approx(np.array([p.grad for p in net.parameters()]) / 5, rel=1e-11, abs=1e-14)


EQUATIONS: list[tuple[Any, str, str]] = [
    (lambda x, y, z: (x / y) * z, "(x/y) z", r"\frac{x}{y} z"),
    (lambda x, y, z: z * (x / y) * (y + z), "(z x/y) (y + z)", r"z \frac{x}{y} \left(y + z\right)"),
    (lambda x, y, z: (x / y) / z, "(x/y)/z", r"\frac{\frac{x}{y}}{z}"),
    (lambda x, y, z: (x / y) ** 2, "(x/y)²", r"\left(\frac{x}{y}\right)^{2}"),
    (lambda x, y, z: ag.exp(x + y) ** z, "exp(x + y)^(z)", r"\left(e^{x + y}\right)^{z}"),
    (lambda x, y, z: ag.exp2(x) ** z, "exp2(x)^(z)", r"\left(2^{x}\right)^{z}"),
    (lambda x, y, z: (x**y) ** z, "(x^(y))^(z)", r"\left(x^{y}\right)^{z}"),
    (lambda x, y, z: x * (y - z), "x (y − z)", r"x \left(y - z\right)"),
]


@pytest.mark.parametrize(("f", "text", "latex"), EQUATIONS)
def test_an_equation_reads_as_what_is_computed(f: Any, text: str, latex: str) -> None:
    compiled = ag.compile(f, inputs=((), (), ()))
    assert compiled.equations() == f"C = {text}"
    assert compiled.equations(latex=True) == f"\\begin{{align*}}\nC &= {latex}\n\\end{{align*}}"


def test_a_sum_does_not_reach_over_the_factor_behind_it() -> None:
    assert ag.compile(lambda x, y: ag.total(x) * y, inputs=(5, ())).equations() == "C = (Σ x) y"
    assert ag.compile(lambda x, y: y * ag.total(x), inputs=(5, ())).equations() == "C = y Σ x"
    assert ag.compile(lambda x, y: ag.total(x) / y, inputs=(5, ())).equations() == "C = (Σ x)/y"


class ArrayOfAnotherLibrary:
    dtype = "float64, as others write it"

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([2.0, 3.0])


PRODUCT = ag.compile(lambda x: x[0] * x[1], inputs=2)


def test_arrays_may_be_of_any_kind_that_holds_real_numbers() -> None:
    numbers = np.array([2.0, 3.0])
    kinds: list[Any] = [
        *[numbers.astype(kind) for kind in ("f2", "f4", ">f8", "g", "i1", "u8")],
        np.array([[2.0, 0.0], [3.0, 0.0]])[:, 0],
        np.array([3.0, 2.0])[::-1],
        np.ma.masked_array(numbers),
        memoryview(numbers),
        range(2, 4),
        ArrayOfAnotherLibrary(),
    ]
    for kind in kinds:
        assert PRODUCT(kind)[0] == 6.0
    for batch in (np.array([[0.1, 0.3]], "f4"), np.array([[2, 3]])):
        value, gradient = PRODUCT(batch)
        assert value == batch[:, 0].astype(float) * batch[:, 1].astype(float)
        assert value.dtype == gradient.dtype == np.float64
    assert PRODUCT([np.finfo(np.longdouble).max, 1.0])[0] >= np.finfo(float).max  # inf where long doubles are longer


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: PRODUCT(np.ma.masked_array([1.0, 2.0], [0, 1])),
            ValueError,
            "x must have no masked elements, .* fill them",
        ),
        (lambda: PRODUCT([1.0, None]), TypeError, "x must be an array of real numbers, got NoneType objects"),
        (lambda: ag.compile(3), TypeError, "target must be a function, a Value or a list of Values, got int 3"),
        (lambda: ag.compile("C"), TypeError, "a Value or a list of Values, got str 'C'"),
        (lambda: ag.compile(abs, inputs=3.0), TypeError, r"such as \(784, 10\); got 3.0"),
        (
            lambda: ag.compile(lambda x: x[0, 0], inputs=(28, 14)),
            TypeError,
            r"<lambda>\(x\) is given 2 inputs: .*; inputs=\(\(28, 14\),\) is one array of that shape",
        ),
        (lambda: ag.compile(lambda x, *, y: x, inputs=2), TypeError, r"\(x, \*, y\) is given 1 input: missing .*'y'"),
        (
            lambda: ag.compile(lambda x, y: x * y, inputs=((), ())).hvp(1.0, 2.0, vector=3.0),
            ValueError,
            "vector must have one array for each of 2 inputs, got float 3.0",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_table_of_values_is_compiled_row_by_row() -> None:
    a, b = Value(2.0), Value(3.0)
    assert ag.compile(np.array([[a * b, a], [b, a + b]]), [a, b])([2.0, 3.0])[0].tolist() == [6.0, 2.0, 3.0, 5.0]


@pytest.mark.parametrize("power", [0, -1])
def test_numbers_alone_are_written_as_arrays_where_these_are_wanted(power: int) -> None:
    program = Builder(rewritten)
    x = program.source("x", (), batched=True)
    number = program.literal(3.0, 1) + program.literal(2.0, power)  # 3 B + 2 or 3 B + 2/B
    whole = program.scatter([(program.gather(number, np.zeros(1, int)), np.arange(1))], (1,), False)
    run = lowered({"C": x, "grad": whole}, [x])
    assert run(np.ones(4))[1].tolist() == [12.0 + 2.0 * 4.0**power]


def test_gradients_that_are_numbers_for_every_output() -> None:
    w = Value(0.5, "w")

    def f(x: Any) -> Any:
        first = w + x[0]
        both = (first + w) + (first + x[1])
        return [0.5 * w + both, both]

    with only("arrays"):
        assert ag.compile(f, w, inputs=2)(np.ones((3, 2)))[1].tolist() == [[3.5], [3.0]]


def long_chain(x: Any) -> Any:
    for _ in range(400):
        x = ag.sin(x) + 0.1
    return W[0] * x


@pytest.mark.parametrize("way", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("inputs", [None, ((),)])
def test_a_compiled_function_is_copied_and_pickled_with_its_parameters(way: Any, inputs: Any) -> None:
    step = ag.compile(long_chain, W[0], inputs=inputs)
    step(0.5)
    step.parameters = [7.0]
    again = way(step)
    assert repr(again(0.5)) == repr(step(0.5))
    again.parameters += 1.0
    again.write()
    assert (step.parameters.tolist(), again.parameters.tolist(), W[0].data) == ([7.0], [8.0], 2.0)


def test_the_equation_of_an_input_is_that_input() -> None:
    w = Value(2.0, "w")
    assert ag.compile(lambda x: x, inputs=((),)).equations() == "C = x"
    assert ag.compile(lambda x: w, w, inputs=((),)).equations() == "C = w"


@each_form
def test_values_from_outside_keep_the_numbers_that_they_had_when_the_function_was_recorded(form: str) -> None:
    c = Value(3.0, "c")
    f, g = ag.compile(lambda x: c * x * x, inputs=((),)), ag.compile(c * Value(2.0, "x") ** 2)
    again = pickle.loads(pickle.dumps(f))
    c.data = 5.0
    with only(form):
        for h in (f, again):
            assert h(1.0) == (3.0, 6.0)
            assert h([1.0, 2.0])[0].tolist() == [3.0, 12.0]
            assert h.value(1.0) == 3.0
            assert h.hvp(1.0, vector=1.0) == 6.0
        assert g([4.0, 1.0])[0] == 4.0


TWO = ag.compile(lambda x: [x[0], x[1] * x[0]], inputs=2)
PAIR = ag.compile(lambda x, y: ag.total(x) * y, inputs=(2, ()))
WEIGHTS = ag.values([1.0, 2.0, 3.0, 4.0, 5.0], "w")
BOTH = "; all inputs must be single examples, or all must be batches"
LEAVE = "sum over arrays with ag.total, and compute with the inputs themselves, as .data and float() leave the graph"
CALL_FIRST = (
    ", which tells the shapes of its inputs; or compile it with inputs=, such as inputs=((), 3) for a number and a "
    "vector of 3"
)
OUT_OF_GRAPH = "; .data of an input is not known while compiling, so compute with the Values themselves"
MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (lambda: PAIR([1.0, 2.0]), TypeError, "f takes 2 inputs (x, y), got 1"),
    (lambda: PAIR([1.0, 2.0], 1.0, 2.0), TypeError, "f takes 2 inputs (x, y), got 3"),
    (
        lambda: PAIR([1.0, 2.0], [1.0, 2.0]),
        ValueError,
        f"y has shape (2,), but one example of it has shape () and a batch (examples,){BOTH}",
    ),
    (
        lambda: PAIR([[1.0, 2.0]], 3.0),
        ValueError,
        f"y has shape (), but one example of it has shape () and a batch (examples,){BOTH}",
    ),
    (
        lambda: PAIR([1.0, 2.0, 3.0], 1.0),
        ValueError,
        f"x has shape (3,), but one example of it has shape (2,) and a batch (examples, 2){BOTH}",
    ),
    (
        lambda: PAIR([[1.0, 2.0, 3.0]], [1.0]),
        ValueError,
        f"x has shape (1, 3), but one example of it has shape (2,) and a batch (examples, 2){BOTH}",
    ),
    (
        lambda: PAIR([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0, 3.0]),
        ValueError,
        "the inputs must have the same number of examples, got 2 in x, 3 in y",
    ),
    (
        lambda: PAIR([[1.0, 2.0], [math.nan, 4.0]], [1.0, 2.0]),
        ValueError,
        "x[1, 0] is nan, and so is the result; take such examples out first",
    ),
    (lambda: PAIR([1.0, 2.0], math.nan), ValueError, "y is nan, and so is the result; take such examples out first"),
    (
        lambda: PAIR([[1.0, 2.0], [3.0]], [1.0, 2.0]),
        ValueError,
        "x must be an array of numbers, got rows of different lengths",
    ),
    (
        lambda: PAIR([1.0, 1j], 1.0),
        TypeError,
        "x must be an array of real numbers, got complex128; convert them with float() first",
    ),
    (
        lambda: PAIR([1.0, None], 1.0),
        TypeError,
        "x must be an array of real numbers, got NoneType objects; convert them with float() first",
    ),
    (
        lambda: PAIR(np.array([], dtype=object), 1.0),
        TypeError,
        "x must be an array of real numbers, got object; convert them with float() first",
    ),
    (lambda: TWO.hvp([1.0, 2.0], vector=[1.0, 0.0]), ValueError, "hvp needs a function with one output, got 2 outputs"),
    (
        lambda: PAIR.hvp([1.0, 2.0], 1.0, vector=[[1.0, 2.0]]),
        ValueError,
        "vector must have one array for each of 2 inputs, got 1",
    ),
    (
        lambda: PAIR.hvp([1.0, 2.0], 1.0, vector=([1.0], 1.0)),
        ValueError,
        "vector must be an array of shape (2,), got (1,)",
    ),
    (
        lambda: ag.compile(lambda x: 2.0 * x, inputs=((),), aux=True),
        TypeError,
        "with aux=True <lambda> must return (cost, aux), got a Value",
    ),
    (
        lambda: ag.compile(lambda x: (x, x, x), inputs=((),), aux=True),
        TypeError,
        "with aux=True <lambda> must return (cost, aux), got tuple",
    ),
    (
        lambda: ag.compile(lambda x: ag.total(x), WEIGHTS, inputs=2),
        ValueError,
        "<lambda> does not use 5 of the 5 parameters: w[1], w[2], w[3] and 2 more; leave them out, or use them",
    ),
    (
        lambda: ag.compile(lambda x: WEIGHTS[1] * x, WEIGHTS, inputs=((),)),
        ValueError,
        "<lambda> does not use 4 of the 5 parameters: w[1], w[3], w[4] and 1 more; leave them out, or use them",
    ),
    (
        lambda: ag.compile(lambda x: x, [Value(1.0), Value(2.0, "v")], inputs=((),)),
        ValueError,
        "<lambda> does not use 2 of the 2 parameters: number 0, v; leave them out, or use them",
    ),
    (
        lambda: ag.compile(lambda x: ag.total(WEIGHTS) * x, WEIGHTS, inputs=((),))([]),
        ValueError,
        "the mean needs at least one example, got none; per_example=True takes an empty batch",
    ),
    (
        lambda: ag.compile(lambda x: WEIGHTS[0] * x, WEIGHTS[:1], inputs=((),))(1.0, parameters=[1.0, 2.0]),
        ValueError,
        "parameters must be an array of shape (1,), got (2,)",
    ),
    (
        lambda: ag.compile(WEIGHTS[0] * 2.0, aux=True),
        TypeError,
        "inputs= and aux= apply only to functions, not to graphs; use parameters= to choose leaves",
    ),
    (
        lambda: ag.compile(WEIGHTS[0] * 2.0, inputs=2),
        TypeError,
        "inputs= and aux= apply only to functions, not to graphs; use parameters= to choose leaves",
    ),
    (
        lambda: ag.compile(lambda x: x, inputs=2, dtype="float16"),
        ValueError,
        "dtype must be float64 or float32, got float16",
    ),
    (
        lambda: ag.compile([WEIGHTS[0], [WEIGHTS[1]]]),
        TypeError,
        f"target must hold Values, got list [Value(2.0, 'w[2]')]; {LEAVE}",
    ),
    (
        lambda: ag.compile(None),
        TypeError,
        "target must be a function, a Value or a list of Values, got NoneType None; is `return` missing in the "
        "function that made it?",
    ),
    (lambda: ag.compile([1.0, 2.0]), ValueError, "target must depend on a leaf, got a graph of numbers only"),
    (lambda: ag.compile([]), ValueError, "target must hold at least one Value, got none"),
    (
        lambda: ag.compile(lambda x: x, [WEIGHTS[0] * 2.0], inputs=((),)),
        ValueError,
        "a parameter must be a leaf, not a computed Value, got Value(2.0)",
    ),
    (
        lambda: ag.compile(lambda x: x, [1.0], inputs=((),)),
        TypeError,
        "parameters must be Values, or lists or arrays of them, got float 1.0",
    ),
    (lambda: ag.compile(lambda x: x).source, AttributeError, f"source needs a first call{CALL_FIRST}"),
    (
        lambda: setattr(ag.compile(lambda x: x), "parameters", 1.0),
        AttributeError,
        f"parameters can be set after the first call{CALL_FIRST}",
    ),
    (
        lambda: setattr(ag.compile(lambda x: x), "source", 1.0),
        AttributeError,
        "a compiled function has no 'source' to set; only its parameters can be set",
    ),
    (lambda: ag.compile(lambda x: x).nothing, AttributeError, "a compiled function has no attribute 'nothing'"),
    (
        lambda: ag.compile(lambda x, y: x, inputs=2),
        TypeError,
        "<lambda>(x, y) is given 1 input: missing a required argument: 'y'",
    ),
    (
        lambda: ag.compile(lambda x: x[0], inputs=(3, 4)),
        TypeError,
        "<lambda>(x) is given 2 inputs: too many positional arguments; inputs=((3, 4),) is one array of that shape",
    ),
    (
        lambda: ag.compile(lambda x: x, inputs=-1),
        TypeError,
        "inputs must be a length or shape for each input, such as (784, 10); got -1",
    ),
    (
        lambda: ag.compile(lambda x: x, inputs=(True,)),
        TypeError,
        "inputs must be a length or shape for each input, such as (784, 10); got (True,)",
    ),
    (
        lambda: ag.compile(lambda x: x.data * WEIGHTS[0], inputs=((),)),
        ValueError,
        f"<lambda> took a number out of the graph, or found one that is nan{OUT_OF_GRAPH}",
    ),
    (
        lambda: ag.compile(lambda x: Value(math.nan, "lost") * x, inputs=((),)),
        ValueError,
        f"<lambda> took a number out of the graph, or found one that is nan: lost{OUT_OF_GRAPH}",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
def test_a_mistake_is_answered_with_what_to_do(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("unused", "named"),
    [(1, "w[1]"), (2, "w[1], w[2]"), (3, "w[1], w[2], w[3]"), (4, "w[1], w[2], w[3] and 1 more")],
)
def test_some_parameters_that_are_not_used_are_named(unused: int, named: str) -> None:
    w = [ag.Value(1.0 + k, f"w[{k}]") for k in range(unused + 1)]
    with pytest.raises(ValueError, match="leave them out") as raised:
        ag.compile(lambda x: x * w[0], w, inputs=((),))
    assert f"{unused} of the {unused + 1} parameters: {named}; " in str(raised.value)


def test_an_array_without_axes_is_one_example() -> None:
    f = ag.compile(lambda x, y: x * y, inputs=((), ()))
    assert f(np.array(3.0), np.array(2.0)) == (6.0, (2.0, 3.0))
    assert f.value(np.array([3.0]), np.array([2.0])) == pytest.approx([6.0])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [1, 2])
def test_hessian_by_parameters_times_vector_beside_inputs(
    form: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vector follows the parameters and up to two inputs, and no backend leaves the work to arrays."""
    run, done = ScalarCalls.run, []
    monkeypatch.setattr(ScalarCalls, "run", lambda *args: done.append(run(*args)) or done[-1])
    w = [Value(0.5 * k - 0.7, f"w[{k}]") for k in range(3)]

    def cost(w: Any, x: Any, y: Any = 0.3) -> Any:
        return ag.sin(w[0] * x[0]) + w[1] * x[1] * w[2] * y + ag.exp(w[0] * w[1])

    f = ag.compile(lambda *inputs: cost(w, *inputs), w, inputs=((2,), ())[:count])
    rng = np.random.default_rng(count)
    X, Y, v = rng.normal(size=(3, 2)), rng.normal(size=3), np.array([1.0, -2.0, 0.5])
    at = [p.data for p in w]
    expected = [
        ag.hvp(lambda w, i=i: cost(w, X[i], *[float(Y[i])][: count - 1]), at, v.tolist()) for i in range(len(X))
    ]
    with only(form):
        inputs = [X, Y][:count]
        assert f.hvp(*inputs, vector=v, per_example=True) == pytest.approx(np.array(expected), rel=1e-12)
        assert f.hvp(*inputs, vector=v) == pytest.approx(np.mean(expected, axis=0), rel=1e-12)
        if form != "columns":
            assert f.hvp(*[x[0] for x in inputs], vector=v) == pytest.approx(np.array(expected[0]), rel=1e-12)
    assert bool(done) == (form != "arrays")
    assert all(results is not None for results in done)


class Quadratic:
    """Outputs Σ (j + 1 + k) vⱼ² + v₀ vₙ of parameters and inputs v, with the derivatives that a textbook gives.

    Args:
        parameters: the number of parameters.
        shapes: the shape of one example of each input.
        outputs: the number of outputs, 0 for a single Value.
        aux: the number of further results, Σ (i + 1) vⱼ.
    """

    def __init__(self, parameters: int, shapes: Sequence[tuple[int, ...]], outputs: int, aux: int) -> None:
        self.parameters = [Value(0.25 * i - 0.5, f"w[{i}]") for i in range(parameters)]
        self.shapes, self.outputs, self.aux = shapes, outputs, aux
        sizes = [parameters, *map(math.prod, shapes)]
        self.cuts = list(itertools.pairwise(itertools.accumulate(sizes, initial=0)))
        names = ", ".join("xyz"[: len(shapes)])
        f = eval(f"lambda {names}: recorded([{names}])", {"recorded": self.recorded})
        self.compiled = ag.compile(f, self.parameters or None, inputs=shapes, aux=bool(aux))

    def recorded(self, inputs: list[Any]) -> Any:
        v = [*self.parameters, *(leaf for x in inputs for leaf in np.ravel(np.array(x, dtype=object)).tolist())]
        y = [sum((j + 1.0 + k) * u * u for j, u in enumerate(v)) + v[0] * v[-1] for k in range(self.outputs or 1)]
        results = y if self.outputs else y[0]
        return (results, [ag.total([(i + 1.0) * u for u in v]) for i in range(self.aux)]) if self.aux else results

    def expected(self, v: Any) -> tuple[Any, Any, Any, Any]:
        """Return outputs, further results, the Jacobian and the Hessian of the first output for rows of v."""
        n = v.shape[1]
        scale = np.arange(1.0, n + 1) + np.arange(self.outputs or 1)[:, None]
        cross = np.zeros((n, n))
        cross[0, -1] += 1.0
        cross[-1, 0] += 1.0
        values = v**2 @ scale.T + (v[:, 0] * v[:, -1])[:, None]
        jacobian = 2.0 * scale * v[:, None] + (v @ cross)[:, None]
        return values, v.sum(axis=1)[:, None] * np.arange(1.0, self.aux + 1), jacobian, 2.0 * np.diag(scale[0]) + cross


QUADRATICS: list[tuple[int, list[tuple[int, ...]], int, int]] = [
    (0, [(2,)], 0, 0),
    (3, [(2,)], 0, 0),
    (0, [(2,), ()], 2, 0),
    (0, [()], 1, 2),
    (0, [(1,), (2, 2)], 0, 1),
    (1, [(), (1,)], 0, 2),
    (2, [(2, 1)], 3, 1),
    (2, [], 2, 0),
]


@pytest.mark.parametrize(
    ("parameters", "shapes", "outputs", "aux", "examples"),
    [
        *[(*q, None) for q in QUADRATICS],
        *[(*q, 3) for q in QUADRATICS if q[1]],
        *[(*q, examples) for q in QUADRATICS[:2] for examples in (0, 1)],
    ],
)
def test_every_call_has_the_documented_numbers_and_shapes(
    parameters: int, shapes: list[tuple[int, ...]], outputs: int, aux: int, examples: int | None
) -> None:
    """Values, Jacobians and Hessians times vectors of one example and of batches, their means and each of them."""
    q = Quadratic(parameters, shapes, outputs, aux)
    rows = 1 if examples is None else examples
    rng = np.random.default_rng(rows)
    each = [rng.integers(-4, 5, (rows, *shape)) * 0.25 for shape in shapes]
    inputs = [x[0] for x in each] if examples is None else each
    w = np.array([p.data for p in q.parameters])
    v = np.concatenate([np.tile(w, (rows, 1)), *(x.reshape(rows, math.prod(x.shape[1:])) for x in each)], axis=1)
    y, extra, jacobian, hessian = q.expected(v)
    jacobian, y = (jacobian, y) if outputs else (jacobian[:, 0], y[:, 0])
    (start, stop), *cuts = q.cuts
    # The shape of each argument of the gradient, and its elements in v.
    wrt = [(s, slice(a, b)) for s, (a, b) in zip(shapes, cuts, strict=True)]
    wrt = [((parameters,), slice(start, stop))] if parameters else wrt
    leading = () if parameters or examples is None else (rows,)
    vectors = [rng.integers(-4, 5, (*leading, *shape)) * 0.5 for shape, _ in wrt]
    along = np.zeros((rows, v.shape[1]))
    for vector, (shape, elements) in zip(vectors, wrt, strict=True):
        along[:, elements] = np.reshape(vector, (-1, math.prod(shape)))

    def check(found: Any, wanted: Any, mean: bool) -> None:
        wanted = wanted.mean(axis=0) if mean else wanted[0] if examples is None else wanted
        assert np.shape(found) == wanted.shape
        assert type(found) is (np.ndarray if wanted.ndim else float)
        assert np.asarray(found) == pytest.approx(wanted, rel=1e-14, abs=1e-14)

    for form, per_example in itertools.product(FORMS, (False, True) if parameters else (False,)):
        mean = bool(parameters) and not per_example
        with only(form):
            if mean and not rows:
                with pytest.raises(ValueError, match="the mean needs at least one example"):
                    q.compiled(*inputs)
                continue
            value, gradient = q.compiled(*inputs, per_example=per_example)
            alone = q.compiled.value(*inputs, per_example=per_example)
            if outputs < 2:
                vector = vectors if len(wrt) > 1 else vectors[0]
                products = q.compiled.hvp(*inputs, vector=vector, per_example=per_example)
        for result in (value, alone):
            found, also = result if aux else (result, None)
            check(found, y, mean)
            if aux:
                check(also, extra, False)
        for found, (shape, elements) in zip(gradient if len(wrt) > 1 else (gradient,), wrt, strict=True):
            check(found, jacobian[..., elements].reshape(*y.shape, *shape), mean)
        if outputs < 2:
            for found, (shape, elements) in zip(products if len(wrt) > 1 else (products,), wrt, strict=True):
                check(found, (along @ hessian)[:, elements].reshape(rows, *shape), mean)
