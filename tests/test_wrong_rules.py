"""The gradient checker on graphs: a wrong rule is found, named, and no other is blamed."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from faults import around, faulty
from samples import olah

import autograd as ag
from autograd import TABLE, Value, ops

FAULTS = {
    "exp: twice": ("exp", lambda x, z: 2.0 * z),
    "exp: of x": ("exp", lambda x, z: x),
    "exp: 1 in a million": ("exp", lambda x, z: z * (1.0 + 1e-6)),
    "log: 1/x²": ("log", lambda x, z: 1.0 / (x * x)),
    "sqrt: 1/z": ("sqrt", lambda x, z: 1.0 / z),
    "cos: sign": ("cos", lambda x, z: ag.sin(x)),
    "tanh: no square": ("tanh", lambda x, z: 1.0 - z),
    "tanh: of x": ("tanh", lambda x, z: 1.0 - x * x),
    "sigmoid: 0": ("sigmoid", lambda x, z: 0.0),
    "sigmoid: of x": ("sigmoid", lambda x, z: x * (1.0 - x)),
    "relu: 1": ("relu", lambda x, z: 1.0 - ops.step(x)),
    "abs: 1": ("abs", lambda x, z: -ops.sign(x)),
    "mul: swapped": ("mul", lambda x, y, z: (x, y)),
    "mul: one missing": ("mul", lambda x, y, z: (y, 0.0)),
    "sub: sign": ("sub", lambda x, y, z: (1.0, 1.0)),
    "div: sign": ("div", lambda x, y, z: (1.0 / y, z / y)),
    "div: no square": ("div", lambda x, y, z: (1.0 / y, -z)),
    "pow: y as a number": ("pow", lambda x, y, z: (y * ag.pow(x, y - 1.0), 0.0)),
    "hypot: square": ("hypot", lambda *xs, z: tuple(x / (z * z) for x in xs)),
    "atan2: swapped": ("atan2", lambda y, x, z: (-(y / (x * x + y * y)), x / (x * x + y * y))),
    "maximum: flipped": ("maximum", lambda x, y, z: (ops.greater(y, x), ops.greater(x, y))),
    "total: mean": ("total", lambda *xs, z: (1.0 / len(xs),) * len(xs)),
    "dot: not crossed": ("dot", lambda *xs, z: (*xs[: len(xs) // 2 * 2], *(1.0,) * (len(xs) % 2))),
    "logsumexp: no softmax": ("logsumexp", lambda *xs, z: (1.0 / len(xs),) * len(xs)),
    "softplus: of −x": ("softplus", lambda x, z: ag.sigmoid(-x)),
    "silu: product rule": ("silu", lambda x, z: ag.sigmoid(x)),
    "gelu: product rule": ("gelu", lambda x, z: ops.normal_cdf(x)),
    "cbrt: no square": ("cbrt", lambda x, z: 1.0 / (3.0 * z)),
    "exp2: no ln 2": ("exp2", lambda x, z: z),
    "expm1: z": ("expm1", lambda x, z: z),
    "log2: no ln 2": ("log2", lambda x, z: 1.0 / x),
    "log10: ln 2": ("log10", lambda x, z: ops.LOG2_E / x),
    "log1p: 1/x": ("log1p", lambda x, z: 1.0 / x),
    "tan: sign": ("tan", lambda x, z: 1.0 - z * z),
    "asin: sign": ("asin", lambda x, z: -1.0 / ops.leg(1.0, x)),
    "acos: no root": ("acos", lambda x, z: -1.0 / (1.0 - x * x)),
    "atan: no square": ("atan", lambda x, z: 1.0 / (1.0 + ag.abs(x))),
    "sinh: sign": ("sinh", lambda x, z: -ops.cosh(x)),
    "cosh: itself": ("cosh", lambda x, z: z),
    "asinh: 1 − x²": ("asinh", lambda x, z: 1.0 / ag.sqrt(ag.abs(1.0 - x * x))),
    "atanh: no square": ("atanh", lambda x, z: 1.0 / (1.0 - x)),
    "sech: sign": ("sech", lambda x, z: z * ag.tanh(x)),
    "erf: no 2/√π": ("erf", lambda x, z: ag.gaussian(x) ** 2),
    "erfc: sign": ("erfc", lambda x, z: ops.TWO_OVER_SQRT_PI * ag.gaussian(x) ** 2),
    "gaussian: no z": ("gaussian", lambda x, z: -x),
    "normal_cdf: no 1/√2π": ("normal_cdf", lambda x, z: ag.gaussian(x)),
    "degrees: inverse": ("degrees", lambda x, z: math.pi / 180.0),
    "minimum: 1 each": ("minimum", lambda x, y, z: (1.0, 1.0)),
    "leaky_relu: relu": ("leaky_relu", lambda x, slope, z: (ops.step(x), ag.where(ops.step(x), 0.0, x))),
    "elu: no exp": (
        "elu",
        lambda x, scale, z: (ag.where(ops.step(x), 1.0, scale), ag.where(ops.step(x), 0.0, ops.expm1(x))),
    ),
    "where: the other": ("where", lambda c, x, y, z: (0.0, ag.where(c, 0.0, 1.0), ag.where(c, 1.0, 0.0))),
    "softmax: no cross terms": (
        "softmax",
        lambda i, *xs, z: tuple(z * (1.0 - z) if k == int(i) + 1 else 0.0 for k in range(len(xs) + 1)),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_rule_is_found_and_no_other_is_blamed(fault):
    op = faulty(*FAULTS[fault])
    blamed = set()
    for seed in range(4):
        check = ag.gradcheck(around(op, seed))
        wrong = {found.node.op for found in check.edges if found.verdict == "fail"}
        assert bool(check) == (not wrong)
        blamed |= wrong
    assert blamed == {op}


@pytest.mark.parametrize("slot", [0, 7, 999, 1200, 2000])
def test_one_wrong_partial_among_two_thousand_is_named(slot):
    def rule(*xs, z):
        right = [*xs[1000:2000], *xs[:1000], 1.0]
        return (*right[:slot], right[slot] * 1.01, *right[slot + 1 :])

    draw = random.Random(slot)
    xs = [Value(draw.gauss(0.0, 1.0)) for _ in range(2001)]
    check = ag.gradcheck(faulty("dot", rule)(*xs))
    assert [found.slot for found in check.edges if found.verdict == "fail"] == [slot]


def test_a_wrong_partial_is_found_however_small_beside_the_others():
    def rule(*xs, z):
        return (*xs[50:], 2.0 * xs[0], *xs[1:50])

    xs = [1e-15, *(1.0 + k / 50.0 for k in range(99))]
    check = ag.gradcheck(faulty("dot", rule)(*map(Value, xs)))
    assert [found.slot for found in check.edges if found.verdict == "fail"] == [50]


def test_many_operands_are_not_evaluated_once_for_each():
    calls = []
    counted = replace(TABLE["total"], forward=lambda *xs: calls.append(1) or math.fsum(xs))
    check = ag.gradcheck(counted(*map(float, range(1, 500)), Value(1.0), *map(Value, range(2, 1000))))
    assert len(check.edges) == 999
    assert len(calls) < 200


@pytest.mark.parametrize(
    ("name", "rule", "hint"),
    [
        ("exp", lambda x, z: 2.0 * z, "twice what it should be"),
        ("exp", lambda x, z: 0.5 * z, "half what it should be"),
        ("exp", lambda x, z: -z, "of the wrong sign"),
        ("exp", lambda x, z: 1.0 / z, "the reciprocal of what it should be"),
        ("exp", lambda x, z: 0.0, "it is 0 and should not be"),
        ("exp", lambda x, z: math.nan, "it is nan where it should be"),
        ("exp", lambda x, z: 1.25 * z, "off by a factor 1.25"),
        ("mul", lambda x, y, z: (x, y), "operands 0 and 1 are swapped"),
        ("sub", lambda x, y, z: (1.0, 1.0), "it is the partial of operand 0"),
    ],
)
def test_the_message_names_operation_operand_numbers_and_how_they_differ(name, rule, hint):
    op = faulty(name, rule)
    check = ag.gradcheck(op(*[Value(0.5 + 0.25 * k, f"w[{k}]") for k in range(op.arity)]).named("C"))
    line = next(line for line in str(check).splitlines() if line.startswith(f"  {name}(w₀ = 0.5"))
    assert hint in line
    assert f"rule {check.worst.engine!r}   differences {check.worst.differences:.12g} ± " in line


def test_the_worst_comes_first_and_at_most_five_lines_of_a_kind():
    draw = random.Random(0)
    xs = [Value(draw.uniform(1.0, 2.0)) for _ in range(8)]
    wrong = faulty("exp", lambda x, z: z * (1.0 + x / 10.0))
    check = ag.gradcheck(ag.total([wrong(x) for x in xs]))
    gaps = [abs(found.engine / found.differences - 1.0) for found in check.edges if found.verdict == "fail"]
    assert len(gaps) == 8
    assert abs(check.worst.engine / check.worst.differences - 1.0) == pytest.approx(max(gaps), rel=1e-3)
    lines = str(check).splitlines()
    assert sum(line.startswith("  exp(") for line in lines) == 5
    assert "  … and 3 more" in lines


def test_a_pass_states_how_far_it_goes():
    text = str(ag.gradcheck(olah()[-1]))
    assert text.startswith("e: 2 derivatives hold, to ")
    assert "engine 5.0   differences 5 ± " in text
    assert text.endswith("checked: 3 values, 5 partials, 2 leaves")


def test_a_wrong_derivative_at_a_small_number_is_not_excused():
    check = ag.gradcheck(faulty("abs", lambda x, z: -50.0 * x)(Value(1e-8)))
    assert not check
