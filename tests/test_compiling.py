"""Compiling: the matrix products that scalar code is, in source and equations that a person can read."""

from __future__ import annotations

import itertools
import math
import random
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from compiled_forms import FORMS, only
from effort import scaled
from points import plain
from samples import random_sums

import autograd as ag
import nn
from autograd import Value
from autograd.compiling.compiled import compile_by_name

RNG = np.random.default_rng(0)


def sizes_of_products(source: str) -> int:
    """How many matrix products the forward part of a source has."""
    forward = source[source.index("\ndef ") : source.index(" grad = ")]
    return forward[: forward.index(" C = ")].count("@")


def written_out(net: nn.MLP) -> Callable[[Any, Any], Any]:
    """The network as a student writes it: loops over neurons, sums of products."""

    def cost(x: Any, y: Any) -> Any:
        a = list(x)
        for layer in net.layers:
            a = [
                ag.sigmoid(sum((w * v for w, v in zip(row, a, strict=True)), b))
                for row, b in zip(layer.weight, layer.bias, strict=True)
            ]
        return sum((u - e) ** 2 for u, e in zip(a, y, strict=True))

    return cost


def with_layers(net: nn.MLP) -> Callable[[Any, Any], Any]:
    return lambda x, y: nn.quadratic(net(x), y)


SOURCE = """
def {name}(P, x, y):
    B = len(x)
    W2 = P[:12544].reshape(16, 784)
    b2 = P[12544:12560]
    AS2 = x @ W2.T + b2
    L2 = sigmoid(AS2)
    W3 = P[12560:12816].reshape(16, 16)
    b3 = P[12816:12832]
    AS3 = L2 @ W3.T + b3
    L3 = sigmoid(AS3)
    W4 = P[12832:12992].reshape(10, 16)
    b4 = P[12992:]
    AS4 = L3 @ W4.T + b4
    L4 = sigmoid(AS4)
    z1 = L4 - y
    C = (z1**2).sum() / B
    dAS4 = 2 / B * z1 * L4 / (1 + np.exp(AS4))
    dAS3 = (dAS4 @ W4) * L3 / (1 + np.exp(AS3))
    dAS2 = (dAS3 @ W3) * L2 / (1 + np.exp(AS2))
    grad = np.empty(13002)
    dAS4.sum(axis=0, out=grad[12992:])
    np.matmul(dAS4.T, L3, out=grad[12832:12992].reshape(10, 16))
    dAS3.sum(axis=0, out=grad[12816:12832])
    np.matmul(dAS3.T, L2, out=grad[12560:12816].reshape(16, 16))
    dAS2.sum(axis=0, out=grad[12544:12560])
    np.matmul(dAS2.T, x, out=grad[:12544].reshape(16, 784))
    return C, grad
"""


@pytest.mark.parametrize(("make", "nodes"), [(written_out, 39_799), (with_layers, 13_911)])
def test_the_network_for_digits_comes_out_as_a_person_would_write_it(make: Any, nodes: int) -> None:
    net = nn.MLP(784, [16, 16, 10], seed=0)
    cost = make(net)
    step = ag.compile(cost, net, inputs=(784, 10))
    assert step.source.endswith(SOURCE.format(name=step.recording.name))
    assert step.report().startswith(f"{nodes:,} nodes recorded")
    assert step.equations() == ("L₂ = S(W₂,₁ x + B₂)\nL₃ = S(W₃,₂ L₂ + B₃)\nL₄ = S(W₄,₃ L₃ + B₄)\nC = Σ (L₄ − y)²")
    assert r"L_{2} &= S(W_{2,1} x + B_{2}) \\" in step.equations(latex=True)
    X, Y = RNG.random((2, 784)), RNG.random((2, 10))
    C, gradient = step(X, Y)
    costs = [cost(x, y) for x, y in zip(X, Y, strict=True)]
    assert pytest.approx(sum(c.data for c in costs) / 2, rel=1e-12) == C
    net.zero_grad()
    for c in costs:
        c.backward()
    expected = net.gradient_vector() / 2
    assert gradient == pytest.approx(expected, rel=1e-12, abs=1e-12 * abs(expected).max())


def moons(samples: int) -> tuple[Value, list[Value]]:
    """The loss of micrograd's demo, sums over all samples in one graph."""
    rng = random.Random(1)
    sizes, parameters = [2, 16, 16, 1], []
    layers: list[Any] = []
    for n, m in itertools.pairwise(sizes):
        layers.append([([Value(rng.uniform(-1, 1)) for _ in range(n)], Value(0.1)) for _ in range(m)])
        parameters += [p for w, b in layers[-1] for p in (*w, b)]
    losses = []
    for _ in range(samples):
        a: list[Any] = [Value(rng.gauss(0, 1)), Value(rng.gauss(0, 1))]
        for k, layer in enumerate(layers):
            a = [sum((w * x for w, x in zip(ws, a, strict=True)), b) for ws, b in layer]
            a = [z.relu() for z in a] if k < 2 else a
        losses.append((1 + -rng.choice([-1, 1]) * a[0]).relu())
    return sum(losses) * (1.0 / samples) + 1e-4 * sum(p * p for p in parameters), parameters


def test_a_loss_that_sums_over_100_samples_is_three_matrix_products() -> None:
    C, parameters = moons(100)
    f = ag.compile(C, parameters)
    assert "AS2 = K0 @ W2.T + b2\n    L2 = relu(AS2)\n" in f.source
    assert "AS3 = L2 @ W3.T + b3\n    L3 = relu(AS3)\n" in f.source
    assert "L3 @ leaves[320:336]" in f.source
    assert "0.0001 * (leaves @ leaves)" in f.source  # the penalty, and once
    assert sorted(f.constants) == ["K0", "K1"]
    C.backward()
    value, gradient = f([p.data for p in parameters])
    assert value == pytest.approx(C.data, rel=1e-13)
    expected = [p.grad for p in parameters]
    assert gradient == pytest.approx(expected, rel=1e-12, abs=1e-12 * max(map(abs, expected)))


def test_what_hangs_on_parameters_only_is_computed_once_and_not_per_example() -> None:
    W = ag.values(RNG.normal(size=(3, 2)), "W")
    step = ag.compile(lambda x: ag.total((W @ x).ravel()) + 0.5 * ag.total((W**2).ravel()), W, inputs=2)
    X = RNG.normal(size=(5, 2))
    C, gradient = step(X)
    numbers = np.array([[w.data for w in row] for row in W])
    assert pytest.approx((X @ numbers.T).sum(axis=1).mean() + 0.5 * (numbers**2).sum()) == C
    assert gradient == pytest.approx((np.ones((3, 1)) * X.mean(axis=0) + numbers).ravel())
    assert step(X, per_example=True)[1] == pytest.approx((X[:, None, :] + numbers).reshape(5, 6))


def test_attention_is_batched_matrix_products() -> None:
    Wq, Wk, Wv = (ag.values(RNG.normal(size=(4, 4)), name) for name in ("q", "k", "v"))

    def cost(x: Any) -> Any:
        Q, K, V = x @ Wq.T, x @ Wk.T, x @ Wv.T
        A = np.array([ag.softmax(list(row)) for row in Q @ K.T / 2])
        return ag.total(((A @ V) ** 2).ravel())

    step = ag.compile(cost, [Wq, Wk, Wv], inputs=((5, 4),))
    assert "softmax" in step.source
    assert step.program.matrix_products == 3  # Q, K and V are one
    # The products of each example, and those of their derivatives.
    assert step.source.count(" @ ") == 8
    assert "einsum" not in step.source
    x = RNG.normal(size=(5, 4))
    C = cost(x)
    value, gradient = step(x)
    C.backward()
    expected = [p.grad for W in (Wq, Wk, Wv) for p in W.ravel()]
    assert value == pytest.approx(C.data, rel=1e-12)
    assert gradient == pytest.approx(expected, rel=1e-10, abs=1e-12 * max(map(abs, expected)))


def test_a_convolution_is_a_matrix_product_with_the_windows() -> None:
    kernels = ag.values(RNG.normal(size=(3, 4)), "k")

    def cost(x: Any) -> Any:
        return ag.total(ag.tanh(ag.dot(k, x[i : i + 4])) for i in range(9) for k in kernels)

    step = ag.compile(cost, kernels, inputs=12)
    assert step.program.matrix_products == 1
    x = RNG.normal(size=12)
    cost(x).backward()
    assert step(x)[1] == pytest.approx([k.grad for k in kernels.ravel()], rel=1e-11)


def test_the_source_runs_by_itself() -> None:
    net = nn.MLP(3, [4, 2], "gelu", seed=0)
    step = ag.compile(with_layers(net), net, inputs=(3, 2))
    space: dict[str, Any] = dict(step.constants)
    exec(step.source, space)
    X, Y = RNG.random((6, 3)), RNG.random((6, 2))
    C, gradient = space[step.recording.name](step.parameters, X, Y)
    assert pytest.approx(step(X, Y)[0], rel=1e-13) == C
    assert gradient == pytest.approx(step(X, Y)[1], rel=1e-11)


@pytest.mark.parametrize("name", ["<lambda>", "step", "relu", "np", "float", "lambda", "K0", "ϕ", "σ"])
def test_the_function_has_no_name_that_its_source_needs_for_something_else(name: str) -> None:
    def smooth(x: Any) -> Any:
        return ag.total([ag.relu(v) * np.sin(v) * (k % 3) for k, v in enumerate(x)])

    smooth.__name__ = name
    xs = ag.values(np.arange(1.0, 21.0), "x")
    for compiled in (ag.compile(smooth, inputs=20), ag.compile(smooth(xs).named(name), xs)):
        space: dict[str, Any] = dict(compiled.constants)
        exec(compiled.source, space)
        space |= compiled.constants
        value, gradient = space[compiled.recording.name](np.arange(1.0, 21.0))
        assert value == pytest.approx(smooth(xs).data, rel=1e-13)
        assert gradient == pytest.approx([slope.data for slope in ag.gradient(smooth(xs), list(xs))], rel=1e-12)


class TestCalls:
    def test_a_plain_function_is_compiled_when_it_is_called(self) -> None:
        f = ag.compile(lambda x, y: x * y + ag.sin(x))
        with pytest.raises(AttributeError, match=r"source needs a first call"):
            f.source  # noqa: B018
        assert f(2.0, 3.0) == (pytest.approx(6 + math.sin(2)), (pytest.approx(3 + math.cos(2)), 2.0))
        values, (dx, dy) = f([1.0, 2.0], [3.0, 4.0])
        assert values == pytest.approx([3 + math.sin(1), 8 + math.sin(2)])
        assert dx == pytest.approx([3 + math.cos(1), 4 + math.cos(2)])
        assert dy.tolist() == [1.0, 2.0]
        assert "C = x * y + np.sin(x)" in f.source

    def test_a_function_of_a_sequence_gives_its_gradient_in_its_shape(self) -> None:
        f = ag.compile(lambda x: x[0, 0] * x[1, 2])
        value, gradient = f(np.arange(6.0).reshape(2, 3))
        assert (value, gradient.tolist()) == (0.0, [[5.0, 0.0, 0.0], [0.0, 0.0, 0.0]])

    @pytest.mark.parametrize("function", [lambda x, y: 2 * y, lambda x, y: ag.floor(x) + 2 * y], ids=["unused", "flat"])
    def test_a_number_that_the_value_does_not_change_with_has_the_derivative_0(self, function: Any) -> None:
        f = ag.compile(function, inputs=((), ()))
        assert f(0.0, 3.0) == (6.0, (0.0, 2.0))
        values, (dx, dy) = f([0.0, 0.5], [3.0, 4.0])
        assert (values.tolist(), dx.tolist(), dy.tolist()) == ([6.0, 8.0], [0.0, 0.0], [2.0, 2.0])
        assert f.hvp(0.0, 3.0, vector=(1.0, 1.0)) == (0.0, 0.0)

    def test_several_outputs_give_a_jacobian(self) -> None:
        f = ag.compile(lambda x: [x[0] * x[1], x[0] + ag.exp(x[2])], inputs=3)
        values, jacobian = f([2.0, 3.0, 0.0])
        assert values.tolist() == [6.0, 3.0]
        assert jacobian.tolist() == [[3.0, 2.0, 0.0], [1.0, 0.0, 1.0]]
        values, jacobian = f(np.ones((4, 3)))
        assert (values.shape, jacobian.shape) == ((4, 2), (4, 2, 3))

    def test_a_graph_is_a_function_of_all_its_leaves_or_of_some(self) -> None:
        a, b = Value(2.0, "a"), Value(1.0, "b")
        e = ((a + b) * (b + 1)).named("e")
        assert ag.compile(e)([2.0, 1.0])[1].tolist() == [2.0, 5.0]
        assert ag.compile(e, [b])([3.0])[0] == 20.0

    @pytest.mark.parametrize("form", FORMS)
    def test_the_value_alone_and_what_else_the_function_returns(self, form: str) -> None:
        w = Value(3.0, "w")
        step = ag.compile(lambda x: ((w * x - 1) ** 2, [w * x, x]), w, inputs=((),), aux=True)
        X = np.array([1.0, 2.0])
        with only(form):
            (C, also), gradient = step(X)
            assert (C, also.tolist(), gradient.tolist()) == (14.5, [[3.0, 1.0], [6.0, 2.0]], [12.0])
            assert step.value(X)[0] == 14.5
            assert step.value(X, per_example=True)[0].tolist() == [4.0, 25.0]

    @pytest.mark.parametrize("form", FORMS)
    def test_the_hessian_times_a_vector_is_that_of_the_graph(self, form: str) -> None:
        net = nn.MLP(3, [4, 2], "tanh", seed=1)
        cost = with_layers(net)
        step = ag.compile(cost, net, inputs=(3, 2))
        X, Y, v = RNG.random((4, 3)), RNG.random((4, 2)), RNG.normal(size=26)
        expected = ag.hvp(
            lambda P: ag.total(_at(net, P, x, y) for x, y in zip(X, Y, strict=True)) / 4,
            step.parameters.tolist(),
            v.tolist(),
        )
        f = ag.compile(lambda x, y: x**3 * y, inputs=((), ()))
        with only(form):
            product, each = step.hvp(X, Y, vector=v), step.hvp(X, Y, vector=v, per_example=True)
            assert f.hvp(2.0, 5.0, vector=(1.0, 1.0)) == (60.0 + 12.0, 12.0)
            dx, dy = f.hvp([2.0, 1.0], [5.0, 5.0], vector=([1.0, 0.0], [1.0, 1.0]))
        assert product == pytest.approx(plain(expected), rel=1e-10, abs=1e-12)
        assert each.mean(axis=0) == pytest.approx(product, rel=1e-10, abs=1e-12)
        assert (dx.tolist(), dy.tolist()) == ([72.0, 3.0], [12.0, 0.0])

    def test_a_chain_may_be_longer_than_python_nests(self) -> None:
        def chain(x: Any) -> Any:
            for _ in range(800):
                x = ag.sin(x) * 0.999 + 0.001
            return x

        x = Value(0.5)
        y = chain(x)
        y.backward()
        f = ag.compile(chain, inputs=((),))
        for form in FORMS:
            with only(form):
                assert f(0.5) == (pytest.approx(y.data, rel=1e-11), pytest.approx(x.grad, rel=1e-11)), form
        assert max(map(len, f.source.splitlines())) < 300
        assert f.equations().count("\n") > 100

    def test_parameters_are_read_and_written(self) -> None:
        w = Value(3.0, "w")
        step = ag.compile(lambda x: w * x, w, inputs=((),))
        step.parameters = step.parameters - 1.0
        assert step([5.0])[0] == 10.0
        assert w.data == 3.0
        step.write()
        assert w.data == 2.0
        w.data = 7.0
        step.read()
        assert (step([1.0])[0], step([1.0], parameters=[4.0])[0]) == (7.0, 4.0)

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize(
        "function", [lambda x, y: ag.dot(x, y), lambda x, y: x[0], lambda x, y: x[1:]], ids=["dot", "one", "some"]
    )
    def test_values_and_gradients_are_no_views_of_what_was_passed(self, function: Any, form: str) -> None:
        f, X, Y = ag.compile(function, inputs=(8, 8)), np.ones((5, 8)), np.ones((5, 8))
        with only(form):
            (value, gradients), (again, slopes) = f(X, Y), f(X, Y)
            arrays = [value, again, f.value(X, Y), *gradients, *slopes, X, Y]
        g = ag.compile(lambda x, y: (x[0], x), inputs=(8, 8), aux=True)
        with only(form):
            (value, extra), slopes = g(X, Y)
        arrays += [value, extra, *slopes]
        assert all(array.flags.writeable for array in arrays)
        assert not any(itertools.starmap(np.shares_memory, itertools.combinations(arrays, 2)))

    @pytest.mark.parametrize("form", FORMS)
    def test_a_value_that_is_no_variable_is_the_number_that_it_was(self, form: str) -> None:
        v = Value(2.0, "v")
        f = ag.compile(lambda x: v * x, inputs=((),))
        v.data = 7.0
        with only(form):
            assert (f(1.0), f.value([1.0, 2.0]).tolist(), f.hvp(1.0, vector=1.0)) == ((2.0, 2.0), [2.0, 4.0], 0.0)

    def test_constants_may_be_infinite(self) -> None:
        f = ag.compile(lambda x: ag.total([ag.maximum(x[0], -math.inf), ag.maximum(x[1], 3.0)]), inputs=2)
        assert f([1.0, 2.0])[0] == 4.0
        space: dict[str, Any] = {}
        exec(f.source, space)
        assert "-np.inf" in f.source
        assert next(v for k, v in space.items() if k == "f")(np.array([1.0, 2.0]))[0] == 4.0

    def test_a_step_that_comes_again_is_checked_as_the_first(self) -> None:
        net = nn.MLP(3, [4, 2], seed=1)
        step = ag.compile(with_layers(net), net, inputs=(3, 2))
        X, Y = RNG.random((40, 3)), RNG.random((40, 2))
        with only("arrays"):
            C, gradient = step(X, Y)
            again, slopes = step(X, Y)
            assert (type(again), again, slopes.tolist()) == (float, C, gradient.tolist())
            assert slopes is not gradient
            step.parameters = step.parameters * 2
            assert step(X, Y)[0] != C
            assert step(X, Y, per_example=True)[0].shape == (40,)
            assert step(X[0], Y[0])[0] == step(X[:1], Y[:1])[0] == step(X[:1].tolist(), Y[:1].tolist())[0]
            with pytest.raises(ValueError, match=r"y has shape \(40, 3\)"):
                step(X, X)
            with pytest.raises(TypeError, match="2 inputs"):
                step(X)
            with pytest.raises(ValueError, match=r"x\[7, 1\] is nan"):
                step(np.where(np.arange(120).reshape(40, 3) == 22, math.nan, X), Y)

    def test_float32_is_computed_in_float32(self) -> None:
        net = nn.MLP(3, [4, 2], seed=1)
        step = ag.compile(with_layers(net), net, inputs=(3, 2), dtype="float32")
        _, gradient = step(RNG.random((4, 3)), RNG.random((4, 2)))
        assert gradient.dtype == np.float32
        # A number that is too large for float32 is infinite, without a warning.
        assert ag.compile(lambda x: 2.0 * x, inputs=((),), dtype="float32")(-1e300) == (-math.inf, 2.0)

    def test_what_leaves_the_floats_goes_on_as_ieee_754_says(self) -> None:
        f = ag.compile(lambda x: ag.exp(x) / x, inputs=((),))
        assert f(1000.0)[0] == math.inf
        assert f(0.0)[0] == math.inf


def _at(net: nn.MLP, P: Any, x: Any, y: Any) -> Any:
    """The cost of the network with other parameters."""
    at = 0
    for layer in net.layers:
        n = layer.weight.size
        W = np.array(P[at : at + n], dtype=object).reshape(layer.weight.shape)
        b = np.array(P[at + n : at + n + len(W)], dtype=object)
        x, at = ag.tanh(W @ x + b), at + n + len(W)
    return nn.quadratic(x, y)


class TestRefusals:
    def test_a_comparison_would_freeze_the_branch(self) -> None:
        with pytest.raises(TypeError, match=r"a decision \(a comparison\) of a Value .* ag.where, ag.maximum"):
            ag.compile(lambda x: x if x > 0 else -x, inputs=((),))
        with pytest.raises(TypeError, match="while it is compiled"):
            ag.compile(lambda x: x * bool(x), inputs=((),))
        for turned in (float, int, round):
            with pytest.raises(TypeError, match="must be a plain number, got Value"):
                ag.compile(lambda x, turned=turned: x * turned(x), inputs=((),))
        assert Value(1.0) > 0.5

    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda f: f(np.ones(3)), ValueError, r"x has shape \(3,\), but one example of it has shape \(2,\) and a"),
            (lambda f: f(np.ones((2, 3))), ValueError, r"x has shape \(2, 3\)"),
            (lambda f: f(1.0), ValueError, r"x has shape \(\)"),
            (lambda f: f([1, 2], 3), TypeError, r"takes 1 inputs \(x\), got 2"),
            (lambda f: f(["a", "b"]), TypeError, "x must be an array of real numbers, got <U1"),
            (lambda f: f([1j, 2]), TypeError, "got complex128"),
            (lambda f: f([[1.0], [1.0, 2.0]]), ValueError, "got rows of different lengths"),
            (lambda f: f([Value(1.0), Value(2.0)]), TypeError, "got Value objects; convert them with float"),
            (lambda f: f([[1.0, 2.0], [math.nan, 1.0]]), ValueError, r"x\[1, 0\] is nan, and so is the result"),
            (
                lambda f: f.hvp([1.0, 2.0], vector=[1.0]),
                ValueError,
                r"vector must be an array of shape \(2,\), got \(1,\)",
            ),
        ],
    )
    def test_calls_with_what_does_not_fit(self, call: Any, error: type[Exception], message: str) -> None:
        f = ag.compile(lambda x: x[0] * x[1], inputs=2)
        with pytest.raises(error, match=message):
            call(f)

    @pytest.mark.parametrize(
        ("make", "error", "message"),
        [
            (
                lambda w: ag.compile(lambda x: 2 * x, w, inputs=((),)),
                ValueError,
                "does not use 1 of the 1 parameters: w",
            ),
            (
                lambda w: ag.compile(lambda x: "C", w, inputs=((),)),
                TypeError,
                "must return Values, got str 'C'",
            ),
            (lambda w: ag.compile(lambda x: x.data * w, w, inputs=((),)), ValueError, "took a number out of the graph"),
            (lambda w: ag.compile(lambda x: x.data * 2, inputs=((),)), ValueError, "took a number out of the graph"),
            (
                lambda w: ag.compile(lambda x: x * w, [w * 2], inputs=((),)),
                ValueError,
                "must be a leaf, not a computed Value",
            ),
            (lambda w: ag.compile(lambda x: x * w, 3.0, inputs=((),)), TypeError, "parameters must be Values"),
            (lambda w: ag.compile(lambda x: x * w, w, inputs="x"), TypeError, "inputs must be a length or shape"),
            (
                lambda w: ag.compile(lambda x: x, inputs=((),), backend="c"),
                ValueError,
                "backend must be one of numpy, jax",
            ),
            (
                lambda w: ag.compile(lambda x: x, inputs=((),), dtype=int),
                ValueError,
                "dtype must be float64 or float32",
            ),
            (lambda w: ag.compile(w * 2, inputs=3), TypeError, "apply only to functions, not to graphs"),
            (lambda w: ag.compile(w * 2, [Value(1.0, "v")]), ValueError, "does not use 1 of the 1 parameters: v"),
            (lambda w: ag.compile([w * 2, "x"]), TypeError, "target must hold Values, got str 'x'"),
            (lambda w: ag.compile([[w], [w, w]]), TypeError, r"target must hold Values, got list \[Value\(1.0"),
            (
                lambda w: ag.compile(lambda x: [[x], [x, w]], inputs=((),)),
                TypeError,
                r"must return Values, got list \[Value\(nan\)\]",
            ),
            (
                lambda w: ag.compile(lambda x: (x, [[x], [x, w]]), inputs=((),), aux=True),
                TypeError,
                r"must return Values, got list \[Value\(nan\)\]",
            ),
        ],
    )
    def test_what_cannot_be_compiled(self, make: Any, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            make(Value(1.0, "w"))

    def test_a_mean_of_no_examples(self) -> None:
        w = Value(1.0, "w")
        step = ag.compile(lambda x: w * x, w, inputs=((),))
        with pytest.raises(ValueError, match="the mean needs at least one example, got none"):
            step(np.empty(0))
        assert step(np.empty(0), per_example=True)[1].shape == (0, 1)

    def test_an_own_operation_is_spelled_out_or_refused(self) -> None:
        cubed = ag.operation("cubed_for_arrays", lambda x: x * x * x, lambda x, z: 3 * x * x)
        lost = ag.operation("lost_for_arrays", lambda x: math.sin(x), lambda x, z: ag.cos(x))
        try:
            f = ag.compile(cubed, inputs=((),))
            assert f([2.0, 3.0])[0].tolist() == [8.0, 27.0]
            assert f([2.0, 3.0])[1].tolist() == [12.0, 27.0]
            reason = r"'lost_for_arrays' must have a form for arrays.*declare it with numpy="
            with pytest.raises(ValueError, match=reason):
                ag.compile(lost, inputs=((),))
        finally:
            del ag.TABLE["cubed_for_arrays"], ag.TABLE["lost_for_arrays"]

    def test_hostile_labels_and_arguments_do_not_get_into_the_source(self) -> None:
        label = 'x"]; import os; os.system("true")\n#[1]'
        w = ag.values([[1.0, 2.0], [3.0, 4.0]], label)
        v = ag.values([1.0, 2.0], "lambda")
        step = ag.compile(lambda x: ag.total(ag.tanh((w @ x) + v).tolist()), [w, v], inputs=2)
        assert "import os" not in step.source
        assert step([1.0, 1.0])[0] == pytest.approx(math.tanh(4) + math.tanh(9))


def test_recording_many_scalars_takes_memory_in_proportion() -> None:
    import tracemalloc

    peaks = []
    for width in (25, 100):
        net = nn.MLP(100, [width, 10], seed=0)
        tracemalloc.start()
        ag.compile(with_layers(net), net, inputs=(100, 10))
        peaks.append(tracemalloc.get_traced_memory()[1] / (110 * width))
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


def test_jax_must_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r'backend="jax" needs JAX: pip install jax'):
        ag.compile(lambda x: x * x, inputs=2, backend="jax")


@pytest.mark.parametrize("enabled", [False, True])
def test_jax_in_double_precision_must_be_enabled(enabled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """float32 needs nothing to be enabled."""
    jax = SimpleNamespace(config=SimpleNamespace(jax_enable_x64=enabled))
    monkeypatch.setitem(sys.modules, "jax", jax)  # type: ignore[arg-type]
    ag.compile(lambda x: x[0] * x[1], inputs=2, backend="jax", dtype="float32")
    with nullcontext() if enabled else pytest.raises(ValueError, match=r'"jax_enable_x64", True.*dtype="float32"'):
        ag.compile(lambda x: x[0] * x[1], inputs=2, backend="jax")


def test_jax_gives_the_same_on_eight_devices() -> None:
    pytest.importorskip("jax", reason="needs JAX: pip install jax")
    program = textwrap.dedent(
        """
        import numpy as np, jax
        jax.config.update("jax_enable_x64", True)
        from jax.sharding import Mesh, NamedSharding, PartitionSpec
        import autograd as ag, nn
        net = nn.MLP(20, [16, 10], seed=0)
        cost = lambda x, y: nn.quadratic(net(x), y)
        plain = ag.compile(cost, net, inputs=(20, 10))
        step = ag.compile(cost, net, inputs=(20, 10), backend="jax")
        rng = np.random.default_rng(0)
        X, Y = rng.random((64, 20)), rng.random((64, 10))
        rows = NamedSharding(Mesh(np.array(jax.devices()), ("batch",)), PartitionSpec("batch"))
        C, gradient = step(jax.device_put(X, rows), jax.device_put(Y, rows))
        expected, slopes = plain(X, Y)
        assert len(jax.devices()) == 8
        assert abs(C - expected) < 1e-13, (C, expected)
        assert abs(np.asarray(gradient) - slopes).max() < 1e-14
        assert abs(np.asarray(step.hvp(X, Y, vector=slopes)) - plain.hvp(X, Y, vector=slopes)).max() < 1e-14
        """
    )
    environment = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    root = str(Path(ag.__file__).parents[1])
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120, env={**environment, "PYTHONPATH": root})


class TestEquationsWithNumbers:
    """``equations(numbers=)`` puts the matrices in and works them out as the essay does."""

    def essay(self) -> Any:
        net = nn.MLP(4, [2], seed=0)
        net.load_vector([-1.48, -2.49, 2.72, 3.46, -1.81, 2.84, -0.438, -4.80, 0.884, -0.226])
        return ag.compile(lambda x: net(x), net.parameters(), inputs=(4,))

    def test_the_essays_layer(self) -> None:
        hidden = [0.978, 0.322, 0.315, 0.201]
        first, *lines = self.essay().equations(numbers=[hidden]).splitlines()
        assert first == "C = S(W₂,₁ x + B₂)"
        assert lines[4:] == [
            "  = S(⎡−1.48·0.978 − 2.49·0.322 + 2.72·0.315 + 3.46·0.201⎤ + ⎡ 0.884⎤)",
            "      ⎣−1.81·0.978 + 2.84·0.322 − 0.438·0.315 − 4.8·0.201⎦   ⎣−0.226⎦",
            "  = S(⎡−0.697⎤ + ⎡ 0.884⎤)",
            "      ⎣−1.958⎦   ⎣−0.226⎦",
            "  = S(⎡ 0.187⎤)",
            "      ⎣−2.184⎦",
            "  = ⎡0.5466⎤",
            "    ⎣0.1012⎦",
        ]
        latex = self.essay().equations(latex=True, numbers=[hidden])
        for line in (
            r"&= S\left(\begin{bmatrix} -0.697 \\ -1.958 \end{bmatrix} + \begin{bmatrix} 0.884 \\ -0.226",
            r"\begin{bmatrix} -1.48 \cdot 0.978 - 2.49 \cdot 0.322 + 2.72 \cdot 0.315 + 3.46 \cdot 0.201 \\ -1.81",
            r"&= \begin{bmatrix} 0.5466 \\ 0.1012 \end{bmatrix}",
        ):
            assert line in latex
        assert latex.count("\n&= ") == 5

    def test_without_inputs_only_parameters_are_put_in(self) -> None:
        assert self.essay().equations(numbers=True).splitlines() == [
            "C = S(W₂,₁ x + B₂)",
            "  = S(⎡−1.48  −2.49    2.72  3.46⎤ x + ⎡ 0.884⎤)",
            "      ⎣−1.81   2.84  −0.438  −4.8⎦     ⎣−0.226⎦",
        ]
        assert self.essay().equations(numbers=False) == self.essay().equations() == "C = S(W₂,₁ x + B₂)"

    def test_factors_are_in_the_same_order_with_and_without_numbers(self) -> None:
        w = ag.values([0.5, 1.0, 2.0, 3.0, 4.0], "w")
        f = ag.compile(lambda x: -2.0 * ag.dot(list(w), list(x)) + ag.total(w), [w], inputs=5)
        assert f.equations() == "C = Σ [P, −2 x · P]"
        for numbers in (True, [[1.0, 2.0, 3.0, 4.0, 5.0]]):
            assert f.equations(latex=True, numbers=numbers).splitlines()[1] == r"C &= \sum [P, -2 x \cdot P] \\"

    @pytest.mark.parametrize("seed", range(5))
    def test_results_are_those_of_the_network_and_rows_add_up(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(2, 8, 3).tolist()
        net = nn.MLP(sizes[0], sizes[1:], ["tanh", "linear"], seed=seed)
        net.load_vector(rng.integers(-8, 8, len(net.parameters())) / 4)
        step = ag.compile(lambda x, y: nn.quadratic(net(x), y), net.parameters(), inputs=(sizes[0], sizes[-1]))
        x, y = rng.integers(-8, 8, sizes[0]) / 4, rng.integers(-3, 3, sizes[-1]) / 2
        text = step.equations(numbers=[x, y])
        cost, _ = step(x, y)
        assert text.splitlines()[-1] == f"  = {cost:.4g}".rstrip("0").rstrip(".")
        blocks = re.split(r"(?m)^(?=\S)", text)
        (layer,) = [block for block in blocks if block.startswith("L₂ ")]
        hidden = net.layers[0].predict(x)
        expected = hidden.tolist() if len(hidden) <= 6 else [*hidden[:2], *hidden[-2:]]
        last = "\n".join(layer.splitlines()[-len(expected) - (len(hidden) > 6) :])
        shown = [float(n.replace("−", "-")) for n in re.findall(r"[\d.−]+", last)]
        assert shown == pytest.approx(expected, abs=6e-5)
        rows = re.findall(r"[−\d.]+·[^⎤⎥⎦\]]*", layer)
        assert len(rows) == (sizes[1] if max(sizes[:2]) <= 6 else 0)
        sums = [eval(row.replace("−", "-").replace("·", "*").split("]")[0]) for row in rows]
        if rows:
            weights = np.array([[w.data for w in row] for row in net.layers[0].weight])
            assert sums == pytest.approx((weights @ x).tolist())

    def test_a_matrix_whose_rows_meet_the_vector_is_turned(self) -> None:
        W = ag.values([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "W")
        f = ag.compile(lambda x: ag.total(ag.exp(x @ W)), W, inputs=(3,))
        lines = f.equations(numbers=[[1.0, 0.0, -2.0]]).splitlines()
        assert "⎡1  3  5⎤" in "".join(lines)
        assert any("⎡1·1 + 3·0 + 5·(−2)⎤" in line for line in lines)
        assert any("⎡−9⎤" in line.replace(" ", "") for line in lines)

    def test_a_graph_is_worked_out_at_its_leaves(self) -> None:
        w, b = Value(3.0, "w"), Value(-1.0, "b")
        f = ag.compile((w * w + b).named("C"), [w, b])
        assert f.equations(numbers=[[3.0, -1.0]]).splitlines()[-2:] == ["  = 9 − 1", "  = 8"]

    def test_current_parameters_are_shown(self) -> None:
        step = self.essay()
        step.parameters[:] = 1.0
        assert "⎡1  1  1  1⎤" in step.equations(numbers=True)

    def test_refusals(self) -> None:
        step = self.essay()
        with pytest.raises(TypeError, match="takes 1 inputs"):
            step.equations(numbers=[])
        with pytest.raises(ValueError, match="numbers must be the inputs of one example, got a batch"):
            step.equations(numbers=[np.zeros((2, 4))])


@pytest.mark.parametrize("outputs", [2, 3, 4])
def test_equations_of_a_sum_of_outputs_are_alike_for_every_number(outputs: int) -> None:
    net = nn.MLP(3, [4, outputs], seed=0)
    step = ag.compile(lambda x, y: nn.quadratic(net(x), y), net.parameters(), inputs=(3, outputs))
    assert step.equations().splitlines()[-1] == "C = Σ (L₃ − y)²"
    assert step.equations(latex=True).splitlines()[-2] == r"C &= \sum \left(L_{3} - y\right)^{2}"


def test_elements_of_a_vector_have_one_index_in_latex() -> None:
    f = ag.compile(lambda x: 100 * ag.sin(x[0]) + ag.sin(x[1]), inputs=((3,),))
    assert f.equations().splitlines()[-1] == "C = 100 z₁[1] + z₁[2]"
    assert f.equations(latex=True).splitlines()[1:-1] == [
        r"z_{1} &= \sin(x_{1\ldots 2}) \\",
        "C &= 100 z_{1,1} + z_{1,2}",
    ]


@pytest.mark.parametrize("seed", range(scaled(60)))
def test_random_sums_run_on_arrays(seed: int) -> None:
    C, leaves = random_sums(seed)
    C.backward()
    f = ag.compile(C, leaves)
    for form in FORMS:
        with only(form):
            value, gradient = f([w.data for w in leaves])
        assert value == pytest.approx(C.data, rel=1e-11)
        assert gradient == pytest.approx([w.grad for w in leaves], rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("length", [2, 3, 17, 20])
def test_sums_of_rows_are_sums_along_an_axis(rows: int, length: int) -> None:
    W = ag.values(RNG.normal(size=(rows, length)), "W")
    signs = [-1.0 if k % 3 == 2 else 1.0 for k in range(length)]
    for terms in (W.tolist(), [[sign * w for sign, w in zip(signs, row, strict=True)] for row in W.tolist()]):
        C = ag.total([ag.tanh(ag.total(row)) for row in terms]).named("C")
        leaves = [w for row in W.tolist() for w in row]
        for w in leaves:
            w.grad = 0.0
        C.backward()
        f = ag.compile(C, leaves)
        for form in FORMS:
            with only(form):
                value, gradient = f([w.data for w in leaves])
            assert value == pytest.approx(C.data, rel=1e-12)
            assert gradient == pytest.approx([w.grad for w in leaves], rel=1e-12)


@pytest.mark.parametrize(
    ("labels", "source", "equation"),
    [
        (["u[1]", "u[2]", "u[3]"], "u = np.exp(x)", "u = exp(x)"),
        (["u", "u", "u"], "u = np.exp(x)", "u = exp(x)"),
        (["u[1]", "v[1]", "u[3]"], "z1 = np.exp(x)", "z₁ = exp(x)"),
        (["u", "", "u"], "z1 = np.exp(x)", "z₁ = exp(x)"),
        (["", "u", "u"], "z1 = np.exp(x)", "z₁ = exp(x)"),
        (["u[7]"], "u_7 = np.exp(x[0])", "u₇ = exp(x[1])"),
    ],
)
def test_an_array_has_the_name_that_all_its_elements_share(labels: list[str], source: str, equation: str) -> None:
    def f(x: Any) -> Any:
        u = [ag.exp(y).named(label) if label else ag.exp(y) for y, label in zip(x, labels, strict=False)]
        return ag.total(u) * u[0]

    compiled = ag.compile(f, inputs=3)
    assert source in compiled.source
    assert compiled.equations().splitlines()[0] == equation


def test_equations_name_each_parameter_apart() -> None:
    """A neuron of the last layer has its weights by name; parameters of the same label are elements of P."""
    net = nn.MLP(2, [2, 1], seed=0)
    step = ag.compile(lambda x, y: nn.quadratic(net(x), y), net.parameters(), inputs=(2, 1))
    assert step.equations().splitlines()[-1] == "C = (S(w³₁,₁ L₂[1] + w³₁,₂ L₂[2] + b³₁) − y)²"
    assert r"w^{3}_{1,1} L_{2,1} + w^{3}_{1,2} L_{2,2} + b^{3}_{1}" in step.equations(latex=True)
    w, b = Value(0.75, "w"), Value(0.5, "w")
    assert ag.compile(lambda x: w * x + b, [w, b], inputs=((),)).equations() == "C = P[1] x + P[2]"
    W = ag.values(np.ones((3, 4)), "W")

    f = ag.compile(lambda x: ag.exp(ag.sin(W[0, :2]).sum()) * x + W[1, 0], [*W[0, :2], W[1, 0]], inputs=((),))
    assert f.equations() == "C = exp(Σ sin([W₁,₁, W₁,₂])) x + W₂,₁"
    f = ag.compile(lambda x: ag.exp(ag.sin(W[0]).sum()) * x + W[1, 0], [*W[0], W[1, 0]], inputs=((),))
    assert f.equations() == "C = exp(Σ sin([W₁,₁, …, W₁,₄])) x + W₂,₁"
    assert r"[W_{1,1}, \ldots, W_{1,4}]" in f.equations(latex=True)


@pytest.mark.parametrize("seed", range(scaled(42)))
def test_equations_with_numbers_evaluate_to_the_result_on_every_line(seed: int) -> None:
    """No two numbers are side by side without a sign, and every line is equal to the cost."""
    rng = np.random.default_rng(seed)
    w = ag.values(rng.integers(-4, 5, 4) / 2, "w")

    def cost(x: Any) -> Any:
        terms = [x, *w]
        for _ in range(6):
            y, z = terms[rng.integers(len(terms))], terms[rng.integers(len(terms))]
            terms.append([y + z, y - z, y * z, z * y, 3 * y - z, y * (z - 2)][rng.integers(6)])
        return ag.total(terms)

    state = rng.bit_generator.state
    step = ag.compile(cost, w, inputs=((),))
    rng.bit_generator.state = state
    expected = cost(1.5).data
    for latex in (False, True):
        printed = step.equations(latex, numbers=[1.5])
        assert not re.search("[+−-] [−-]", printed)
        sides = re.sub(r"\\\\|&", "", printed[printed.index("C ") :].replace("\\end{align*}", "")).split("= ")[1:]
        evaluated = 0
        for side in sides:
            line = re.sub(r"\\left|\\right|[{}]", "", side.replace(r"\cdot", "·").replace("−", "-")).strip()
            if not re.search("[a-zPΣ⎡]", line):
                assert not re.search(r"[0-9)] +([0-9]|\(-?[0-9.]+\))", line), side
                factors = re.sub(r"([\d)]) (?=\()", r"\1*", line.replace("·", "*").replace("^", "**"))
                python = factors.replace("²", "**2").replace("³", "**3")
                assert eval(python) == pytest.approx(expected, rel=2e-3, abs=2e-3), side
                evaluated += 1
        assert evaluated > 0


def test_factors_of_equations_are_in_the_order_in_which_they_multiply() -> None:
    P = ag.values([0.5, -1.0, 2.0], "P")
    rows = lambda X, v: [ag.dot(list(v), list(X[i])) for i in range(4)]  # noqa: E731
    assert str(ag.compile(rows, inputs=[(4, 3), 3]).equations()) == "C = X v"
    of_parameters = ag.compile(lambda X: ag.total([y**2 for y in rows(X, P)]), P, inputs=[(4, 3)])
    assert str(of_parameters.equations()) == "C = Σ (X P)²"
    numbers = [np.arange(12.0).reshape(4, 3), [1.0, 2.0, 3.0]]
    assert ag.compile(rows, inputs=[(4, 3), 3]).equations(numbers=numbers).splitlines()[-4:] == [
        "    ⎡ 8⎤",
        "  = ⎢26⎥",
        "    ⎢44⎥",
        "    ⎣62⎦",
    ]


def columns(X: Any) -> list[list[Any]]:
    """The columns of a matrix of Values or numbers."""
    return [list(column) for column in zip(*X, strict=True)]


# Functions of a matrix and a vector that use the transpose, their equations, and what their source has.
TRANSPOSES: list[tuple[Any, tuple[int, int], int, str, str]] = [
    (lambda A, x: [ag.dot(column, x) for column in columns(A)], (3, 2), 3, "C = Aᵀ x", "C = x @ A\n"),
    (
        lambda A, x: ag.total([ag.tanh(ag.dot(column, x)) for column in columns(A)]),
        (3, 2),
        3,
        "C = Σ tanh(Aᵀ x)",
        "dA = (z3[:, None] * x).T\n    dx = z3 @ A.T\n",
    ),
    (
        lambda A, x: ag.dot([y for column in columns(A) for y in column], x),
        (2, 3),
        6,
        "C = Aᵀ · x",
        "C = A.T.reshape(6) @ x\n",
    ),
    # The transpose of one row has its elements in the same order.
    (lambda A, x: ag.dot([y for (y,) in columns(A)], x), (1, 6), 6, "C = A · x", "C = A[0, :] @ x\n"),
    # A turn by half is no transpose.
    (
        lambda A, x: ag.dot([y for row in A[::-1] for y in row[::-1]], x),
        (2, 3),
        6,
        "C = A[6…1] · x",
        "A.reshape(-1)[I0] @ x\n",
    ),
]


@pytest.mark.parametrize(("f", "shape", "size", "equation", "line"), TRANSPOSES)
def test_a_transpose_is_written_as_one(f: Any, shape: tuple[int, int], size: int, equation: str, line: str) -> None:
    compiled = ag.compile(f, inputs=(shape, size))
    assert line in compiled.source
    assert compiled.equations() == equation
    latex = (
        equation.replace("ᵀ", r"^\top")
        .replace("Σ tanh", r"\sum \tanh")
        .replace("·", r"\cdot")
        .replace("=", "&=")
        .replace("[6…1]", r"_{6\ldots 1}")
    )
    assert latex in compiled.equations(latex=True)
    A, x = RNG.normal(size=shape), RNG.normal(size=size)
    C, (dA, dx) = compiled(A, x)
    for k, end in enumerate([f] if np.ndim(C) == 0 else [lambda A, x, k=k: f(A, x)[k] for k in range(len(C))]):
        expected = ag.grad(end)(A, x)
        assert end(A, x) == pytest.approx(np.ravel(C)[k], rel=1e-13)
        assert np.allclose(dA if np.ndim(C) == 0 else dA[k], expected[0], rtol=1e-13, atol=0)
        assert np.allclose(dx if np.ndim(C) == 0 else dx[k], expected[1], rtol=1e-13, atol=0)
    assert not any(np.shares_memory(result, given) for result in (dA, dx) for given in (A, x))


@pytest.mark.parametrize("seed", range(scaled(8)))
def test_elements_in_any_order_are_gathered_and_given_back(seed: int) -> None:
    """The derivative of f(A[order]) by A has its entries in the order of A, for one example and for a batch."""
    draw = np.random.default_rng(seed)
    shape = tuple(draw.integers(1, 4, size=2))
    order = draw.permutation(shape[0] * shape[1])
    order = np.arange(order.size).reshape(shape).T.ravel() if seed % 2 else order
    weights = ag.values(draw.normal(size=order.size).tolist(), "w")

    def f(A: Any) -> Value:
        elements = [A[k // shape[1]][k % shape[1]] for k in order.tolist()]
        return ag.total([ag.sin(w * x) for w, x in zip(weights, elements, strict=True)])

    compiled = ag.compile(f, weights, inputs=(shape,))
    batch = draw.normal(size=(3, *shape))
    number = np.array([w.data for w in weights])
    flat = batch.reshape(3, -1)[:, order]
    C, grad = compiled(batch, per_example=True)
    assert pytest.approx(np.sin(number * flat).sum(axis=1), rel=1e-12) == C
    assert grad == pytest.approx(flat * np.cos(number * flat), rel=1e-12)
    by_input = ag.compile(lambda A, w: f(A), inputs=(shape, ()))(batch[0], 0.0)[1][0]
    expected = np.empty(order.size)
    expected[order] = number * np.cos(number * flat[0])
    assert by_input == pytest.approx(expected.reshape(shape), rel=1e-12)


def test_a_transpose_of_inputs_or_parameters_keeps_the_examples_apart() -> None:
    W = [ag.values([0.5, -0.25, 1.5], f"W[{i}]") for i in (1, 2)]
    weights = np.array([[w.data for w in row] for row in W])
    v = ag.values([0.3, 0.7], "v")
    X = RNG.normal(size=(4, 2, 3))
    z = np.swapaxes(X, 1, 2) @ np.array([0.3, 0.7])
    by_inputs = ag.compile(
        lambda A: ag.total([ag.tanh(ag.dot(column, v)) for column in columns(A)]), v, inputs=((2, 3),)
    )
    C, grad = by_inputs(X, per_example=True)
    assert pytest.approx(np.tanh(z).sum(axis=1), rel=1e-13) == C
    assert grad == pytest.approx(np.einsum("bij,bj->bi", X, 1 - np.tanh(z) ** 2), rel=1e-12)
    # The derivative by W is the same for every example, and each has its own copy.
    constants = np.arange(6.0).reshape(3, 2)
    f = ag.compile(
        lambda x: ag.dot([w for c in columns(W) for w in c], constants.ravel().tolist()) + x, W, inputs=((),)
    )
    C, grad = f(np.array([1.0, 2.0]), per_example=True)
    total = (weights.T * constants).sum()
    assert pytest.approx([total + 1.0, total + 2.0]) == C
    assert grad.tolist() == [constants.T.ravel().tolist()] * 2


def test_a_compiled_graph_has_the_labels_of_its_leaves() -> None:
    a, b = Value(2.0, "a"), Value(1.0, "b")
    e = ag.compile(((a + b) * (b + 1)).named("e"))
    assert e.equations() == "C = (a + b) (b + 1)"
    assert "def e(leaves):\n    a = leaves[0]\n    b = leaves[1]\n    z1 = a + b\n" in e.source
    W, x, bias = ag.values([[0.1, 0.2], [0.3, 0.4]], "W"), ag.values([1.0, 2.0], "x"), ag.values([0.1, 0.2], "b")
    S = [ag.sigmoid(ag.dot(row, x, shift)) for row, shift in zip(W, bias, strict=True)]
    network = ag.compile(ag.total([(s - 1) ** 2 for s in S]).named("C"))
    assert network.equations() == "L₂ = S(W₂,₁ x + B₂)\nC = Σ (L₂ − 1)²"
    assert "x = leaves[2:4]" in network.source
    # A label that several leaves share, or none has, is no name of an element.
    twins = ag.compile(Value(2.0, "w") * Value(3.0, "w") + Value(4.0))
    assert twins.equations() == "C = leaves[1] leaves[2] + leaves[3]"


def test_elements_of_a_label_are_in_the_order_of_their_indices() -> None:
    W, x, M = ag.values([1.0, 2.0, 3.0], "W"), ag.values([4.0, 5.0, 6.0], "x"), ag.values([[1.0, 2.0], [3.0, 4.0]], "M")
    in_order = compile_by_name((ag.exp(W[2]) * x[0] + W[0] * x[2] + W[1] * x[1]).named("C"))
    assert in_order.equations() == "C = exp(W[3]) x[1] + W[1] x[3] + W[2] x[2]"
    value, (dW, dx) = in_order([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    assert value == 4.0 * math.exp(3.0) + 6.0 + 10.0
    assert (dW.tolist(), dx.tolist()) == ([6.0, 5.0, 4.0 * math.exp(3.0)], [math.exp(3.0), 2.0, 1.0])
    # Elements that have another place in the vector, or two indices, have their own names.
    some = compile_by_name((M[1][0] * M[0][1] * W[0] + ag.exp(W[2])).named("C"))
    assert some.equations() == "C = M₂,₁ M₁,₂ W[1] + exp(W₃)"
    assert "M_2_1 = M[1]\n" in some.source
    assert some([10.0, 20.0], [1.0, 3.0])[0] == 200.0 + math.exp(3.0)
