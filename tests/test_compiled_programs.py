"""Compiled programs give what the engine gives, whatever their operations: as arrays, as lines, on tapes."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from compiled_forms import FORMS, only
from effort import scaled
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from points import extreme, ordinary
from test_random_programs import Program, each_operation, programs_with

import autograd as ag
from autograd import Op, Value
from autograd.compiling import kernels
from autograd.compiling.ir import LOG_SOFTMAX, SHIFTED, SHIFTED_LOG
from autograd.context import quiet
from autograd.derivatives import reverse


def tolerance(program: Program, x: Value) -> float:
    """1e-12 of the sum of the sizes of all paths, where the sum itself may cancel."""
    sizes = reverse({program.output: 1.0}, lambda node: [abs(partial) for partial in node.partials])
    return 1e-12 * sizes.get(x, 0.0) + 1e-300


@each_operation
@settings(max_examples=max(2, scaled(6)), phases=[Phase.generate])  # shrinking takes minutes
@given(st.data())
def test_a_random_program_gives_the_value_and_the_gradient_of_the_engine(op: Op, data: st.DataObject) -> None:
    program = data.draw(programs_with(op))
    used = set(map(id, program.order))
    leaves = [x for x in program.leaves if id(x) in used]
    if not leaves:
        return
    program.output.backward()
    point = np.array([x.data for x in leaves])
    scale = 1e-12 * math.fsum(abs(y.data) for y in program.output.operands) + 1e-300
    limits = [tolerance(program, x) for x in leaves]
    compiled = ag.compile(program.output, leaves)
    for form in FORMS:
        with only(form):
            one, batch = compiled(point), compiled(np.stack([point, point]))
            none = compiled(np.empty((0, len(leaves))))
        for value, gradient in (one, (batch[0][0], batch[1][0]), (batch[0][1], batch[1][1])):
            assert value == pytest.approx(program.output.data, rel=0, abs=scale), form
            for x, slope, limit in zip(leaves, gradient, limits, strict=True):
                assert slope == pytest.approx(x.grad, rel=0, abs=limit), form
        assert (none[0].shape, none[1].shape) == ((0,), (0, len(leaves)))


FORMS_OF_OWN = [name for name, form in vars(kernels).items() if callable(form) and name in ag.TABLE]


@pytest.mark.parametrize("name", [name for name in FORMS_OF_OWN if name not in ("logsumexp", "softmax")])
def test_a_form_for_arrays_gives_what_the_operation_gives(name: str) -> None:
    op = ag.TABLE[name]
    for operands in (*ordinary(op), *extreme(op)):
        if name == "unit" and len(operands) != 2:
            continue
        with np.errstate(all="ignore"):
            found = getattr(kernels, name)(*[np.array([x]) for x in operands])
        assert found[0] == pytest.approx(op.value(*operands), rel=1e-12, abs=1e-290), (name, operands)


def test_erfc_of_arrays_keeps_its_digits() -> None:
    """1 − erf(x) would lose them from ½ on."""
    x = np.linspace(0.0, 2.0, 401)
    expected = np.array([math.erfc(y) for y in x])
    assert (np.abs(kernels.erfc(x) - expected) <= 10.0 * np.spacing(expected)).all()


SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 1e-300, -1e300, math.inf, -math.inf, math.nan)
# Operands that an operation refuses, or that the compiler never makes.
LEFT_OUT: dict[str, Any] = {
    "clip": lambda x, low, high: low > high,
    "lowered_power": lambda x, y, n: n not in (0.0, 1.0, 3.0) or (x < 0.0 and y % 1.0 != 0.0),
    "shifted_log": lambda x, top: x <= 0.0,
    "unit": lambda x, y: math.isnan(x) and math.isinf(y),
}


@pytest.mark.parametrize("name", [*FORMS_OF_OWN, "shifted", "shifted_log"])
def test_a_form_for_arrays_is_the_operation_at_special_numbers_too(name: str) -> None:
    op = {"shifted": SHIFTED, "shifted_log": SHIFTED_LOG}.get(name) or ag.TABLE[name]
    if op.arity is None and name != "unit":
        pytest.skip("takes rows")
    for operands in itertools.product(SPECIAL, repeat=op.arity or 2):
        if name in LEFT_OUT and LEFT_OUT[name](*operands):
            continue
        with quiet():
            expected = op.value(*operands)
            found = getattr(kernels, name)(*[np.array([x]) for x in operands])
        assert found[0] == pytest.approx(expected, rel=1e-12, abs=0.0, nan_ok=True), operands
        if expected == 0.0 and name not in ("clip", "unit", "lowered_power"):  # NumPy chooses either zero
            assert math.copysign(1.0, found[0]) == math.copysign(1.0, expected), operands


@pytest.mark.parametrize("shape", [(1,), (4,), (3, 4), (4, 4), (2, 3, 2)])
def test_forms_for_rows_are_the_operations_on_each(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).normal(size=shape)
    x.flat[0] = 30.0
    for row, index in ((x[k], k) for k in np.ndindex(shape[:-1])):
        assert kernels.logsumexp(x)[index] == pytest.approx(ag.logsumexp(row), rel=1e-12)
        for k in range(shape[-1]):
            assert kernels.softmax(x)[index][k] == pytest.approx(ag.softmax(row.tolist())[k], rel=1e-12)
            assert kernels.log_softmax(x)[index][k] == pytest.approx(LOG_SOFTMAX.value(k, *row), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_operations_on_rows_are_those_of_the_engine_on_scalars(count: int) -> None:
    """The tape, and arrays made from single numbers."""
    point = [0.5, -1.5, 2.0, 0.25][:count]

    def total(*xs: Any) -> Any:
        row = [x * y for x, y in zip(xs, (*xs[1:], ag.sin(xs[0])), strict=True)]
        shares = ag.softmax(row)
        return ag.total(
            [ag.logsumexp(row), ag.hypot(*row), *shares[1:], *(k * ag.log(p) for k, p in enumerate(shares))]
        )

    leaves = [Value(x) for x in point]
    output = total(*leaves)
    expected = [y.data for y in ag.gradient(output, leaves)]
    for value, by in (ag.compile(total, inputs=((),) * count)(*point), ag.compile(output, leaves)(point)):
        assert value == pytest.approx(output.data, rel=1e-13)
        assert np.ravel(by) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@st.composite
def layers(draw: st.DrawFn) -> tuple[list[int], list[str], int]:
    sizes = draw(st.lists(st.integers(1, 6), min_size=2, max_size=4))
    return (
        sizes,
        [draw(st.sampled_from(["tanh", "sigmoid", "relu", "gelu", "softplus"])) for _ in sizes[1:]],
        draw(st.integers(1, 4)),
    )


@settings(max_examples=max(4, scaled(12)))
@given(layers(), st.integers(0, 10**6))
def test_networks_written_out_in_any_style_give_the_mean_cost_and_its_gradient(shape: Any, seed: int) -> None:
    (sizes, activations, examples), rng = shape, np.random.default_rng(seed)
    W = [ag.values(rng.normal(size=(m, n)), f"W{k}") for k, (n, m) in enumerate(itertools.pairwise(sizes))]
    b = [ag.values(rng.normal(size=m), f"b{k}") for k, m in enumerate(sizes[1:])]

    def loops(x: Any) -> Any:
        for M, v, name in zip(W, b, activations, strict=True):
            x = [
                ag.TABLE[name](sum((w * a for w, a in zip(row, x, strict=True)), c))
                for row, c in zip(M, v, strict=True)
            ]
        return x

    def chains(x: Any) -> Any:
        for M, v, name in zip(W, b, activations, strict=True):
            sums = []
            for row, c in zip(M, v, strict=True):
                total = c
                for a, w in zip(x, row, strict=True):
                    total = a * w + total
                sums.append(ag.TABLE[name](total))
            x = sums
        return x

    def dots(x: Any) -> Any:
        for M, v, name in zip(W, b, activations, strict=True):
            x = [ag.TABLE[name](ag.dot(row, x, c)) for row, c in zip(M, v, strict=True)]
        return x

    def arrays(x: Any) -> Any:
        for M, v, name in zip(W, b, activations, strict=True):
            x = ag.TABLE[name](M @ x + v)
        return x

    X, Y = rng.normal(size=(examples, sizes[0])), rng.normal(size=(examples, sizes[-1]))
    for style in (loops, chains, dots, arrays):

        def cost(x: Any, y: Any, style: Any = style) -> Any:
            return ag.total((a - E) ** 2 for a, E in zip(style(x), y, strict=True)) + 0.01 * sum(
                w * w for w in W[0].ravel()
            )

        parameters = [p for M, v in zip(W, b, strict=True) for p in (*M.ravel(), *v)]
        costs = [cost(x, y) for x, y in zip(X, Y, strict=True)]
        expected = ag.gradient(ag.total(costs) / examples, parameters)
        step = ag.compile(cost, parameters, inputs=(sizes[0], sizes[-1]))
        with only("arrays"):
            C, gradient = step(X, Y)
        each, gradients = step(X, Y, per_example=True)
        assert pytest.approx(ag.total(costs).data / examples, rel=1e-12) == C
        assert each == pytest.approx([c.data for c in costs], rel=1e-12)
        scale = max(abs(slope.data) for slope in expected)
        assert gradient == pytest.approx([slope.data for slope in expected], rel=1e-11, abs=1e-12 * scale)
        assert gradients.mean(axis=0) == pytest.approx(gradient, rel=1e-11, abs=1e-12 * scale)
