"""Derivations: every line has the number of the derivative, in every format, and the name of its rule."""

from __future__ import annotations

import itertools
import math
import operator
import random
import re
from collections.abc import Iterator, Mapping

import pytest
from drawn import HOSTILE
from effort import IS_THOROUGH, scaled
from points import BUILT_IN, ordinary
from printed import MisreadError, assert_balanced, read
from samples import random_derivative
from test_tracing import Tags, deep

import autograd as ag
from autograd import DomainError, Value, ops
from autograd.op import Op
from autograd.symbolic.algebra import DERIVATIVE, PLUS, TIMES
from autograd.symbolic.calculus import plus
from autograd.symbolic.derivations import MAX_TERMS, function_name, put_in, typeset, typeset_note
from autograd.symbolic.formula import Formula
from autograd.symbolic.textbook import Reason
from autograd.symbolic.typesetting import name, number
from autograd.tracing.sheets import MAX_COLUMNS
from autograd.tracing.steps import MAX_DERIVATIONS, MAX_ROUNDED_SIZE, Derivation, Steps

STYLES = ("text", "latex", "html")
# Operations that no textbook has, by what a reader would see of them.
ENGINE_NAMES = re.compile(r"greater|step\(|where\(|lowered|sech|\bleg|unit|gaussian|xlogy")
RELATIONS = {"=": operator.eq, "≠": operator.ne, ">": operator.gt, "<": operator.lt}
# Operands that choose among the others, and are no variables.
INDICES = {"softmax": 0, "lowered_power": 2}


def essay() -> tuple[Value, Value]:
    """The essay's neuron with an activation of 0.5, and the second output of its network."""
    weights = [Value(w, f"W[1,{i}]") for i, w in enumerate((0.15, -0.2, 0.4, 0.6), 1)]
    inputs = [Value(x, f"x[{i}]") for i, x in enumerate((0.8, 0.5, 0.2, 0.1), 1)]
    AS = ag.dot(weights, inputs, Value(0.34, "b")).named("AS")
    a, second = ag.sigmoid(AS).named("a[1]"), ag.sigmoid(Value(0.3, "AS[2]")).named("a[2]")
    return ((a - Value(1.0, "E[1]")) ** 2 + (second - Value(0.0, "E[2]")) ** 2).named("C"), weights[0]


# explaining.md, the specification of the derivations.
ESSAY = """\
∂C/∂a₁ = ∂/∂a₁ ((a₁ − E₁)² + (a₂ − E₂)²)
       = ∂/∂a₁ (a₁ − E₁)² + ∂/∂a₁ (a₂ − E₂)²  sum rule
       = ∂/∂a₁ (a₁ − E₁)² + 0                 a₂ and E₂ do not depend on a₁
       = 2(a₁ − E₁) · ∂/∂a₁ (a₁ − E₁) + 0     chain rule, power rule
       = 2(a₁ − E₁) · 1 + 0                   sum rule, E₁ is constant
       = 2(a₁ − E₁)
       = 2(0.6225 − 1) = −0.7551

∂a₁/∂AS = ∂/∂AS (1/(1 + e^(−AS)))                   definition of S
        = ∂/∂AS (1 + e^(−AS))⁻¹
        = −(1 + e^(−AS))⁻² · ∂/∂AS (1 + e^(−AS))    chain rule, power rule
        = −(1 + e^(−AS))⁻² · e^(−AS) · ∂/∂AS (−AS)  chain rule, derivative of e^x
        = −(1 + e^(−AS))⁻² · (−e^(−AS))
        = e^(−AS)/(1 + e^(−AS))²                    = S(AS)(1 − S(AS))
        = 0.6065/(1.6065)² = 0.235

∂AS/∂W₁,₁ = x₁ + 0 + 0 + 0 + 0 = x₁ = 0.8
"""


def test_the_essays_derivation_comes_out_line_for_line():
    first, *derivations, last = str(ag.trace(*essay()).steps()).split("\n\n")
    assert first == "∂C/∂W₁,₁ = ∂C/∂a₁ · ∂a₁/∂AS · ∂AS/∂W₁,₁"
    assert "\n\n".join(derivations) + "\n" == ESSAY
    assert last == "∂C/∂W₁,₁ = −0.7551 · 0.235 · 0.8 = −0.142"


def x_at(data: float) -> Value:
    return Value(data, "x")


def derived(y: Value, x: Value, **options) -> list[str]:
    """The lines of the derivation of y by x, with single spaces."""
    return [re.sub(" +", " ", line).strip() for line in str(ag.trace(y.named("y"), x).steps(**options)).splitlines()]


def test_a_power_of_a_sum_shows_the_inner_derivative():
    x = x_at(1.0)
    assert derived((3 * x + 1) ** 4, x) == [
        "∂y/∂x = ∂/∂x (3x + 1)⁴",
        "= 4(3x + 1)³ · ∂/∂x (3x + 1) chain rule, power rule",
        "= 4(3x + 1)³ · 3 sum rule, constant-factor rule",
        "= 12(3x + 1)³",
        "= 12(3·1 + 1)³ = 768",
    ]


def test_a_product_names_the_product_rule():
    x = x_at(1.5)
    assert derived(x**2 * ag.sin(x), x) == [
        "∂y/∂x = ∂/∂x (x²·sin(x))",
        "= x² · ∂/∂x sin(x) + sin(x) · ∂/∂x x² product rule",
        "= x² · cos(x) + sin(x) · ∂/∂x x² derivative of sin",
        "= x² · cos(x) + sin(x) · 2x power rule",
        "= x²·cos(x) + 2x·sin(x)",
        "= 1.5²·0.07074 + 2·1.5·0.9975 = 3.152",
    ]


def test_a_quotient_names_the_quotient_rule():
    x = x_at(1.5)
    assert derived(ag.sin(x) / x, x) == [
        "∂y/∂x = ∂/∂x (sin(x)/x)",
        "= (x · ∂/∂x sin(x) − sin(x) · ∂x/∂x)/x² quotient rule",
        "= (x · ∂/∂x sin(x) − sin(x) · 1)/x² ∂x/∂x = 1",
        "= (x · cos(x) − sin(x) · 1)/x² derivative of sin",
        "= (x·cos(x) − sin(x))/x²",
        "= (1.5·0.07074 − 0.9975)/1.5² = −0.3962",
    ]


def test_second_derivatives_have_textbook_forms():
    x = x_at(2.0)
    cube = ag.gradient(x**3, x)
    assert derived(cube, x)[-2:] == ["= 6x", "= 6·2 = 12"]
    assert derived(cube, x)[0] == "∂y/∂x = ∂/∂x (3x²)"
    sigmoid = ag.gradient(ag.sigmoid(x), x)
    assert derived(sigmoid, x)[0] == "∂y/∂x = ∂/∂x (S(x)(1 − S(x)))"
    assert derived(sigmoid, x)[-2] == "= S(x)(1 − S(x))(1 − 2S(x))"
    tanh = ag.gradient(ag.tanh(x), x)
    assert derived(tanh, x)[0] == "∂y/∂x = ∂/∂x (1 − tanh(x)²)"
    assert derived(tanh, x)[-2] == "= −2tanh(x)(1 − tanh(x)²)"
    assert derived(ag.gradient(ag.gradient(x**3, x), x), x)[0] == "∂y/∂x = ∂/∂x (6x)"
    assert derived(ag.gradient(ag.log2(x), x), x)[0] == "∂y/∂x = ∂/∂x (1/(x·ln 2))"


def test_a_power_of_e_is_an_exponential():
    x = x_at(1.0)
    assert derived(math.e ** (2 * x), x) == [
        "∂y/∂x = ∂/∂x e^(2x)",
        "= e^(2x) · ∂/∂x (2x) chain rule, derivative of e^x",
        "= e^(2x) · 2 constant-factor rule",
        "= 2e^(2x)",
        "= 2·7.389 = 14.78",
    ]


def test_zeros_are_shown_with_their_sign():
    x, c = x_at(1.0), Value(2.0, "c")
    assert derived(ag.exp(x) - ag.sin(c), x)[1:5] == [
        "= ∂/∂x e^x − ∂/∂x sin(c) sum rule",
        "= ∂/∂x e^x − 0 c is constant",
        "= e^x − 0 derivative of e^x",
        "= e^x = 2.718",
    ]


@pytest.mark.parametrize(
    ("at", "lines"),
    [
        (2.0, ["∂y/∂x = ∂x/∂x definition of relu, because x = 2 > 0", "= 1 ∂x/∂x = 1"]),
        (-2.0, ["∂y/∂x = ∂/∂x 0 definition of relu, because x = −2 < 0", "= 0 0 is constant"]),
        (0.0, ["∂y/∂x = ∂/∂x 0 definition of relu, because x = 0, by convention", "= 0 0 is constant"]),
    ],
)
def test_relu_is_derived_by_cases_with_the_reason(at: float, lines: list[str]):
    x = x_at(at)
    assert derived(ag.relu(x), x) == lines


def test_a_closed_piece_has_its_reason():
    x = x_at(3.0)
    assert derived(ag.relu(x), x, open=()) == [
        "∂y/∂x = ∂/∂x relu(x)",
        "= 1 derivative of relu, because x = 3 > 0",
    ]
    w = Value(1.0, "w")
    assert derived(ag.maximum(x, w), x, open=())[-1] == "= 1 derivative of max, because x = 3 > w = 1"
    assert derived(ag.maximum(x, 3.0), x, open=())[-1] == "= 0.5 derivative of max, because x = 3, a tie"


def test_definitions_open_where_asked():
    x, w = x_at(0.5), Value(2.0, "w")
    y = ag.sigmoid(w * x)
    closed = derived(y, x, open=())
    assert closed[0] == "∂y/∂x = ∂/∂x S(w·x)"
    assert derived(y, x) == closed, "a definition of more than a name is opened only on request"
    opened = derived(y, x, open="sigmoid")
    assert opened[0] == "∂y/∂x = ∂/∂x (1/(1 + e^(−w·x))) definition of S"
    assert derived(y, x, open=[ag.sigmoid]) == opened
    nested = derived(3 * ag.sigmoid(x) ** 2, x, open=["sigmoid"])
    assert "= 3 · 2S(x) · ∂/∂x (1/(1 + e^(−x))) definition of S" in nested
    assert not any("definition" in line for line in derived(ag.sigmoid(x), x, open=["tanh"]))


def test_a_definition_that_cancels_stays_closed():
    x = x_at(20.0)
    lines = derived(ag.tanh(x), x)
    assert lines[0].endswith("the definition of tanh stays closed: it loses its digits at these numbers")
    assert lines[1].startswith("= 1 − tanh(x)²")


def test_numbers_that_cancel_have_the_digits_that_matter():
    x = x_at(9.0)
    assert derived(ag.tanh(x), x, open=())[-1] == "= 1 − 0.99999996954² = 6.092×10⁻⁸"


def test_a_label_that_is_an_expression_is_bracketed():
    s = Value(2.0, "x*w + b")
    lines = derived(s**3 + s, s)
    assert lines[1].startswith("= ∂/∂(x*w + b) (x*w + b)³ + ∂(x*w + b)/∂(x*w + b)") or lines[0].startswith(
        "∂y/∂(x*w + b)"
    )
    assert r"\frac{\partial}{\partial (" in ag.trace(ag.sin(s * s).named("y"), s).steps().latex()


def test_names_are_constant_or_independent_or_held_fixed():
    x, c = x_at(2.0), Value(3.0, "c")
    u = (x * x).named("u")
    steps = ag.trace((x * ag.sin(u) + ag.exp(c)).named("y"), x).steps()
    assert typesets(steps.derivations[0])[:2] == ["sum rule", "c is constant"]
    held = ag.trace((ag.sin(x) + ag.sin(u)).named("y"), x).steps()
    assert typesets(held.derivations[0])[:2] == ["sum rule", "u is held fixed"]
    # Only what depends on x is held fixed, beside a constant or another name.
    beside = ag.trace((ag.sin(x) + u * c * ag.exp((c * c).named("w"))).named("y"), x).steps()
    assert typesets(beside.derivations[0])[1] == "u is held fixed"
    both = ag.trace((ag.sin(x) + u * c * (2 * x).named("s")).named("y"), x).steps()
    assert typesets(both.derivations[0])[1] == "u and s are held fixed"
    v = (c * c).named("v")
    assert typesets(ag.trace((ag.sin(x) + ag.sin(v)).named("y"), x).steps().derivations[0])[1] == (
        "v does not depend on x"
    )


def typesets(derivation: Derivation) -> list[str]:
    return [rule for rule in derivation.rules if rule != "∂x/∂x = 1"]


RULES = {
    "x + c": {"sum rule", "c is constant"},
    "c*x": {"constant-factor rule"},
    "x**3": {"power rule"},
    "-(x**3)": {"constant-factor rule", "power rule"},
    "sin(x)**3": {"chain rule", "power rule", "derivative of sin"},
    "x*sin(x)": {"product rule", "derivative of sin"},
    "sin(x)/x": {"quotient rule", "derivative of sin"},
    "sin(x)/c": {"constant-factor rule", "derivative of sin"},
    "c/sin(x)": {"constant-factor rule", "chain rule", "power rule", "derivative of sin"},
    "c**x": {"derivative of c^x"},
    "c**(2*x)": {"chain rule", "derivative of c^x", "constant-factor rule"},
    "x**x": {"general power rule"},
    "exp(2*x)": {"chain rule", "derivative of e^x", "constant-factor rule"},
    "sqrt(x)": {"derivative of √x"},
    "abs(x)": {"definition of |x|", "because x = 1.5 > 0"},
    "log(x)": {"derivative of ln"},
    "exp2(x)": {"derivative of 2^x"},
}


@pytest.mark.parametrize("expression", RULES)
def test_rules_are_named(expression: str):
    x, c = x_at(1.5), Value(2.0, "c")
    names = {"x": x, "c": c, "sin": ag.sin, "exp": ag.exp, "sqrt": ag.sqrt, "abs": ag.abs, "log": ag.log}
    names["exp2"] = ag.exp2
    y = eval(expression, names)
    [derivation] = ag.trace(y.named("y"), x).steps().derivations
    assert set(typesets(derivation)) == RULES[expression]


def depends(f: Formula, x: Formula) -> bool:
    return f.label == x.label if f.op is None else any(depends(u, x) for u in f.operands)


def test_each_rule_is_that_of_the_operation_that_is_differentiated():
    """Where a line rewrites one derivative, its rules are those of what stood behind it, and no others."""
    named = 0
    for seed in range(scaled(200)):
        for derivation in ag.trace(*random_derivative(seed)).steps().derivations:
            for before, after in itertools.pairwise(derivation.lines):
                left = {typeset(d) for d in derivatives(after.expression)}
                rewritten = [d for d in derivatives(before.expression) if typeset(d) not in left]
                if len(rewritten) != 1 or not depends(*rewritten[0].operands):
                    continue
                [(of, x)] = [d.operands for d in rewritten]
                rules = [typeset_note(note) for note in after.notes if not isinstance(note[0], Reason)]
                varying = [u for u in of.operands if depends(u, x)]
                chain = [] if all(u.label == x.label for u in varying) else ["chain rule"]
                own = f"derivative of {function_name(of.op)}" if of.op else ""
                if of.op is ops.pow:
                    base, exponent = of.operands
                    own = f"derivative of {typeset(base**x)}" if depends(exponent, x) else "power rule"
                    own = "general power rule" if len(varying) == 2 else own
                elif of.op is ops.div and len(varying) == 2:
                    chain, own = [], "quotient rule"
                elif of.op is None or len(of.operands) > 1 or of.op in (ops.neg, ops.pos):
                    continue
                assert rules == [*chain, own], (typeset(before.expression), typeset(after.expression))
                named += 1
    assert named > scaled(200)


def test_paths_that_meet_are_summed():
    a, b = Value(2.0, "a"), Value(1.0, "b")
    lines = str(ag.trace(((a + b).named("c") * (b + 1).named("d")).named("e"), b).steps()).splitlines()
    assert lines[0] == "∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b"
    assert lines[-1] == "∂e/∂b = 2 · 1 + 3 · 1 = 5"
    x = x_at(2.0)
    lines = str(ag.trace((x * (-(x**2)).named("u")).named("y"), x).steps()).splitlines()
    assert lines[0] == "∂y/∂x = ∂y/∂x|u + ∂y/∂u · ∂u/∂x"
    assert lines[2] == "∂y/∂x|u = ∂/∂x (x·u)"
    assert lines[-1] == "∂y/∂x = −4 + 2 · (−4) = −12"


# --- numbers


class Evaluation:
    """Numbers of expressions where names have others; derivatives are computed by the engine, and not by rules."""

    def __init__(self, names: Mapping[str, float]) -> None:
        self.names = names
        self.numbers: dict[Formula, float] = {}
        self.branches: dict[Formula, float] = {}

    def __call__(self, f: Formula) -> float:
        if f not in self.numbers:
            self.numbers[f] = self._number(f)
        return self.numbers[f]

    def _number(self, f: Formula) -> float:
        if f.op is None:
            return f.value if f.label is None else self.names.get(f.label, f.value)
        if f.op is DERIVATIVE:
            return self.slope(f.operands[0], f.operands[1].label)
        operands = [self(x) for x in f.operands]
        if f.op is PLUS:
            return math.fsum(operands)
        if f.op is TIMES:
            return math.prod(operands)
        self.branches[f] = f.op.branch(*operands)
        return f.op.value(*operands)

    def slope(self, f: Formula, wrt: str | None) -> float:
        """The derivative of a formula by a name, from the graph that it is recorded as."""
        leaves: dict[str, Value] = {}
        y = self._recorded(f, leaves)
        if not isinstance(y, Value) or wrt not in leaves:
            return 0.0
        y.backward()
        return leaves[wrt].grad

    def _recorded(self, f: Formula, leaves: dict[str, Value]) -> Value | float:
        if f.op is None:
            return f.value if f.label is None else leaves.setdefault(f.label, Value(self(f), f.label))
        return f.op.apply(tuple(self._recorded(x, leaves) for x in f.operands))


def near(x: float, exact: float) -> bool:
    return math.isclose(x, exact, rel_tol=1e-6, abs_tol=1e-9) or (math.isnan(x) and math.isnan(exact))


def assert_each_line_is_the_derivative(steps: Steps, seed: int) -> int:
    """Compare every line with the engine at the numbers of the graph and at others; return the number of lines."""
    draw = random.Random(seed)
    stations = steps._stations
    data = {label: stations.data[node] for node, label in stations.names.items()}
    count = 0
    for derivation in steps.derivations:
        factor, raw = derivation.factor, stations.definition(derivation.factor.result)
        for line in derivation.lines:
            assert near(line.expression.value, factor.value), (typeset(line.expression), factor.value)
            for reason in (piece for note in line.notes for piece in note if isinstance(piece, Reason)):
                left, sign, right = reason.sides
                assert RELATIONS[sign](left.value, right.value), typeset_note((reason,))
        here, moved = Evaluation({}), Evaluation({x: data[x] * (1.0 + draw.uniform(-1e-2, 1e-2)) for x in data})
        try:
            here(raw), moved(raw)
        except (DomainError, OverflowError):
            continue
        if list(here.branches.values()) == list(moved.branches.values()):
            exact = moved.slope(raw, stations.names[factor.operand])
            for line in derivation.lines:
                assert near(moved(line.expression), exact), (typeset(line.expression), moved.names, exact)
                count += 1
    return count


def graphs(op: Op) -> Iterator[tuple[Value, Value]]:
    """First and second derivatives of an operation by each operand, at points of its domain."""
    for point in ordinary(op)[: 6 if IS_THOROUGH else 1]:
        for order in (1, 2):
            operands = [x if INDICES.get(op.name) == i else Value(x, f"x[{i + 1}]") for i, x in enumerate(point)]
            variables = [x for x in operands if isinstance(x, Value)]
            for x in variables if IS_THOROUGH else variables[:2]:
                target = op.apply(tuple(operands))
                if order == 2:
                    target = ag.gradient(target, x)
                if target.op is not None and x in set(ag.leaves(target)):
                    yield target.named("y"), x


@pytest.mark.parametrize("op", BUILT_IN.values(), ids=BUILT_IN)
def test_every_line_of_every_operation_is_its_derivative(op: Op):
    for target, x in graphs(op):
        trace = ag.trace(target, x)
        for options in ({}, {"open": ()}):
            steps = trace.steps(**options)
            lines = sum(len(derivation.lines) for derivation in steps.derivations)
            # Numbers that are moved may leave a piece or the domain.
            assert assert_each_line_is_the_derivative(steps, 1) == lines or op.name in ("remainder", "fmod", "acosh")
            if IS_THOROUGH or not options:
                assert_readable(steps)
            own = ENGINE_NAMES.search(op.name + "(") is not None
            if not own:
                assert not any(ENGINE_NAMES.search(text) for text in (str(steps), steps.html(), steps.latex()))


@pytest.mark.parametrize("part", range(4))
def test_every_line_of_random_expressions_is_the_derivative(part: int):
    lines = 0
    for seed in range(part, scaled(1_000), 4):
        steps = ag.trace(*random_derivative(seed)).steps()
        lines += assert_each_line_is_the_derivative(steps, seed)
        if IS_THOROUGH or seed % 100 < 4:
            assert_readable(steps)
            assert_well_formed(steps)
            assert_closed(steps)
            for derivation in steps.derivations:
                texts = [typeset(line.expression) for line in derivation.lines]
                assert all(x != y for x, y in itertools.pairwise(texts)), texts
    assert lines > scaled(1_000)


@pytest.mark.parametrize("part", range(4))
def test_every_line_of_random_second_derivatives_is_the_derivative(part: int):
    lines = 0
    for seed in range(part, scaled(100), 4):
        y, x = random_derivative(seed)
        target = ag.gradient(y, x)
        if target.op is not None and x in set(ag.leaves(target)):
            lines += assert_each_line_is_the_derivative(ag.trace(target, x).steps(), seed)
    assert lines > scaled(50)


# --- formats


def derivatives(f: Formula) -> Iterator[Formula]:
    if f.op is DERIVATIVE:
        yield f
    else:
        for x in f.operands:
            yield from derivatives(x)


def assert_readable(steps: Steps) -> None:
    """Assert that a person who reads a line, in any style, reads the number of the derivative."""
    stations = steps._stations
    for style in STYLES:
        names = {name(label, style): stations.data[node] for node, label in stations.names.items()}
        names["e"] = math.e
        for derivation in steps.derivations:
            exact = derivation.factor.value
            for line in derivation.lines:
                printed = typeset(line.expression, style)
                # A derivative is read as one name, and what it is of by itself.
                inner = {f"Q{i}": 1.0 for i in range(8)}
                # The text of ∂/∂x u is in that of ∂/∂x u².
                nodes = sorted(derivatives(line.expression), key=lambda d: -len(typeset(d, style)))
                for i, d in enumerate(nodes):
                    of = typeset(d.operands[0], style)
                    assert_reads(of, style, names | inner, d.operands[0].value)
                    assert of in typeset(d, style)
                    printed = printed.replace(typeset(d, style), f"Q{i}")
                    inner[f"Q{i}"] = d.value
                assert_reads(printed, style, names | inner, exact)
            result = put_in(derivation.lines[-1].expression)
            assert_reads(typeset(result, style, numbers=True), style, names | inner, exact)


def assert_reads(printed: str, style: str, names: Mapping[str, float], exact: float) -> None:
    if "…" in printed or "dots" in printed or not math.isfinite(exact):
        return
    try:
        reading = read(printed, style, names)
    except MisreadError as error:
        # A rounded operand may leave the domain.
        if "no real value" not in str(error):
            raise
        return
    if reading.error <= 0.1 * abs(exact):
        assert reading.agrees(exact), (printed, style, reading, exact)


def assert_closed(steps: Steps) -> None:
    """Assert that the last line is the sum over the paths in numbers, and that these give the derivative after them."""
    if steps.count == 1:
        return
    *_, numbers, value = str(steps).split("\n\n")[-1].split(" = ")
    assert re.split("  |,", value.strip())[0] == number(steps.value)
    if "∂" not in numbers and "derived here" not in str(steps):
        assert_reads(re.sub(r"\s+", " ", numbers), "text", {}, steps.value)


def assert_well_formed(steps: Steps) -> None:
    latex, html = steps.latex(), steps.html()
    assert_balanced(latex)
    assert latex.count(r"\begin{aligned}") == latex.count(r"\end{aligned}") == 1
    Tags(html)
    assert_balanced(steps.markdown())
    assert len(text_rows(steps)) == html.count("<tr>") == len(latex_rows(steps))


def text_rows(steps: Steps) -> list[str]:
    """The first line of each row of the text; further ones begin with a sign, or are a note at the right edge."""

    def is_further(line: str) -> bool:
        return bool(re.match(r" +[^ =]", line)) or (len(line) == MAX_COLUMNS and bool(re.match(r" {30,}= ", line)))

    return [line for line in str(steps).splitlines() if line and not is_further(line)]


def latex_rows(steps: Steps) -> list[str]:
    """The first line of each row of the LaTeX."""
    lines = re.split(r" \\\\(?:\[1ex\])?\n", steps.latex())
    return [line for line in lines if not line.startswith((r"  &\quad", r"  &\qquad", "  &&&"))]


def test_notes_are_below_where_a_line_is_wide():
    """In LaTeX notes have a column of their own, unless some right-hand side would move it off the page."""
    narrow = ag.trace(*essay()).steps().latex()
    assert r" && \text{chain rule}" in narrow
    assert r"\qquad" not in narrow
    x = Value(0.5, "x")
    wide = ag.trace(ag.tanh((x**2).named("u_{input}")), x).steps()
    latex = wide.latex()
    assert "&&" not in latex
    assert "\n  &\\qquad \\text{chain rule}" in latex
    noted = sum(bool(line.notes) for d in wide.derivations for line in d.lines)
    assert latex.count("\n  &\\qquad ") == noted


def test_each_format_has_the_same_rules():
    steps = ag.trace(*essay()).steps()
    rules = [rule for d in steps.derivations for rule in d.rules]
    assert rules[0] == "sum rule"
    for style in STYLES:
        printed = {"text": str(steps), "latex": steps.latex(), "html": steps.html()}[style]
        position = 0
        for d in steps.derivations:
            for line in d.lines:
                for note in line.notes:
                    words = typeset_note(note, style)
                    assert printed.find(words, position) > position, (style, words)
                    position = printed.find(words, position)


def test_latex_has_a_column_of_rules():
    latex = ag.trace(*essay()).steps().latex()
    assert latex.splitlines()[0] == r"\begin{aligned}"
    assert (
        r"   &= 2 (a_{1} - E_{1}) \cdot \frac{\partial}{\partial a_{1}} (a_{1} - E_{1}) + 0 "
        r"&& \text{chain rule}\text{, }\text{power rule} \\" in latex
    )
    assert r"\frac{e^{-\mathrm{AS}}}{{(1 + e^{-\mathrm{AS}})}^{2}} && = S(\mathrm{AS}) (1 - S(\mathrm{AS}))" in latex


def test_html_is_a_table_with_a_column_of_rules():
    html = ag.trace(*essay()).steps().html()
    assert html.startswith('<table class="steps"><caption>∂C/∂W<sub>1,1</sub> = −0.142</caption>')
    assert "<td>= e<sup>−AS</sup>/(1 + e<sup>−AS</sup>)<sup>2</sup></td><td>= S(AS)(1 − S(AS))</td>" in html
    assert set(Tags(html).columns) == {3}


def test_comparisons_are_escaped():
    x = x_at(-1.0)
    steps = ag.trace(ag.maximum(x, 0.5).named("y"), x).steps()
    assert "because x = −1 &lt; 0.5" in steps.html()
    assert r"\text{because }x = -1 < 0.5" in steps.latex()
    c = Value(2.0, "c")
    steps = ag.trace(ag.where(c, x, 1.0).named("y"), x).steps()
    assert r"\text{because }c = 2 \ne 0" in steps.latex()


def test_notebooks_show_the_table():
    steps = ag.trace(*essay()).steps()
    assert "mathjax_ignore" in steps._repr_html_()
    assert steps._repr_latex_() == f"$\\displaystyle {steps.latex()}$"
    assert repr(steps) == str(steps)
    assert steps.markdown().count("$$\n\\begin{aligned}") == 5


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_changes_no_line_and_no_tag(label: str):
    def steps(name: str) -> Steps:
        x = Value(0.3, name)
        return ag.trace((ag.sigmoid(x * 2) * ag.relu(x)).named("y"), x).steps()

    harmless, hostile = steps("some words"), steps(label)
    assert Tags(hostile.html()).tags == Tags(harmless.html()).tags
    assert len(text_rows(hostile)) == len(text_rows(harmless))
    assert len(latex_rows(hostile)) == len(latex_rows(harmless))
    assert_balanced(hostile.latex())
    for text in (str(hostile), hostile.latex(), hostile.html(), hostile.markdown()):
        text.encode("utf-8")


# --- large graphs and wrong arguments


def test_many_factors_are_counted_and_derived_on_request():
    C, w = deep(8)
    steps = ag.trace(C, w).steps()
    assert len(steps.derivations) == MAX_DERIVATIONS < steps.count
    first, last = str(steps).splitlines()[0], str(steps).splitlines()[-1]
    assert first == (
        f"{steps.count} factors, of which the first {MAX_DERIVATIONS} are derived here; "
        "steps(of=…) takes the name of a station"
    )
    C.backward()
    assert last.startswith("∂C/∂w = ")
    assert steps.value == w.grad
    asked = ag.trace(C, w).steps(of=["a^2[1]", "a^1[1]"])
    assert {d.factor.result.label for d in asked.derivations} == {"a^2[1]", "a^1[1]"}
    assert "factors" not in str(asked)


def test_a_wide_dot_shows_the_term_that_stays():
    weights = ag.values([0.1] * 100, "w")
    steps = ag.trace(ag.dot(list(weights), [0.5] * 100).named("AS"), weights[30]).steps()
    assert str(steps) == "∂AS/∂w₃₁ = 0 + … + 0.5 + … + 0 = 0.5"


def test_terms_of_a_sum_that_are_not_written_are_zeros_or_have_dots():
    """Dots stand wherever a long sum leaves terms out, be it one or many; a short sum is written in full."""
    for seed in range(scaled(300)):
        draw = random.Random(seed)
        count, zeros = draw.randint(2, 9), draw.choice([0.3, 0.6, 0.9])
        terms = [Formula(0.0) if draw.random() < zeros else Formula(1.0, f"t[{i}]") for i in range(count)]
        printed = typeset(plus(*terms)).split(" + ")
        names = ["0" if t.label is None else name(t.label) for t in terms]
        if count <= MAX_TERMS:
            assert printed == names
            continue
        patterns = ["(.+?)" if text == "…" else re.escape(text) for text in printed]
        assert re.fullmatch(" ".join(patterns), " ".join(names)), (printed, names)
        if sum(text != "0" for text in names[1:-1]) <= MAX_TERMS - 2:
            assert [x for x in printed if x not in ("0", "…")] == [x for x in names if x != "0"]


def test_a_long_sum_shows_the_terms_that_stay():
    xs = [Value(0.1 * i, f"x[{i}]") for i in range(1, 11)]
    C = ag.total([x**2 for x in xs])
    assert derived(C, xs[3])[1:3] == [
        "= ∂/∂x₄ x₁² + … + ∂/∂x₄ x₄² + … + ∂/∂x₄ x₁₀² sum rule",
        "= 0 + … + ∂/∂x₄ x₄² + … + 0 x₁, x₂, x₃ and 6 more are constant",
    ]
    x = x_at(2.0)
    eight = derived(ag.total([x**n for n in range(2, 10)]), x)
    assert all(line.partition("  ")[0] != after.partition("  ")[0] for line, after in itertools.pairwise(eight))
    assert [line.split(" power rule")[0] for line in eight[2:4]] == [
        "= 2x + ∂/∂x x³ + … + ∂/∂x x⁹",
        "= 2x + 3x² + … + ∂/∂x x⁹",
    ]
    powers = derived(ag.total([x**n for n in range(2, 12)]), x)
    assert powers[1] == "= ∂/∂x x² + ∂/∂x x³ + … + ∂/∂x x¹¹ sum rule"


def test_a_sum_of_many_terms_that_stay_is_derived_at_once():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    C = ag.total([(ag.tanh(w * (0.01 * i) + b) - 0.3) ** 2 for i in range(scaled(500))] + [b * b]).named("C")
    steps = ag.trace(C, w).steps()
    assert_each_line_is_the_derivative(steps, 1)
    assert len(text_rows(steps)) == 4
    assert max(map(len, str(steps).splitlines())) <= MAX_COLUMNS
    assert [line.split("  ")[-1] for line in str(steps).splitlines() if line.endswith(("sum rule", "same rules"))] == [
        "sum rule",
        "each term by the same rules",
    ]
    assert_balanced(steps.latex())


def test_unnamed_nodes_get_names_with_their_definition():
    x = Value(0.5, "x")
    y = x
    for _ in range(20):
        y = ag.sin(y * x)
    first, definitions, *_ = str(ag.trace(y.named("y"), x).steps()).split("\n\n")
    assert first.startswith("∂y/∂x = ∂y/∂x|v₃₀ + ∂y/∂v₃₀ · ∂v₃₀/∂x + ∂y/∂v₃₀ · ∂v₃₀/∂v₂₀ · ∂v₂₀/∂x\n")
    assert [re.fullmatch(r"(v\S+) += sin\(sin\(.* = \S+", line)[1] for line in definitions.splitlines()] == [
        "v₁₀",
        "v₂₀",
        "v₃₀",
    ]


def test_the_derivative_of_a_value_by_itself_is_1():
    x = Value(0.5, "x")
    assert str(ag.trace(x, x).steps()) == "∂x/∂x = 1"


def test_steps_keep_their_numbers():
    C, w = essay()
    trace = ag.trace(C, w)
    text, steps = str(trace.steps()), trace.steps()
    w.data = 7.0
    assert str(steps) == text
    with pytest.raises(ValueError, match="was changed after it was computed"):
        trace.steps()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"open": "sigmiod"}, ValueError, "did you mean sigmoid"),
        ({"open": ["sin"]}, ValueError, "open must be operations that have a definition, got 'sin'"),
        ({"open": 3}, TypeError, "open must be a str or Op or several, got 3"),
        ({"open": [None]}, TypeError, "open must be a str or Op"),
        ({"of": "q"}, ValueError, "of must be stations of the trace, got 'q'; choose from C, a"),
        ({"of": [1]}, TypeError, "of must be a str or Value"),
        ({"of": Value(1.0, "C")}, ValueError, "of must be stations"),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, object], error: type[Exception], message: str):
    with pytest.raises(error, match=re.escape(message)):
        ag.trace(*essay()).steps(**options)


# --- definitions


DEFINED = [op for op in BUILT_IN.values() if op.definition is not None]


@pytest.mark.parametrize("op", DEFINED, ids=lambda op: op.name)
def test_a_definition_is_the_operation(op: Op):
    for point in ordinary(op):
        if max(map(abs, point)) > 20.0:
            continue
        operands = [x if INDICES.get(op.name) == i else Value(x, f"x[{i}]") for i, x in enumerate(point)]
        result, definition = op.apply(tuple(operands)), op.definition(*operands)
        assert getattr(definition, "data", definition) == pytest.approx(result.data, rel=1e-6, abs=1e-9)
        variables = [x for x in operands if isinstance(x, Value)]
        exact = [d.data for d in ag.gradient(result, variables)]
        assert [d.data for d in ag.gradient(definition, variables)] == pytest.approx(exact, rel=1e-5, abs=1e-9)


def test_the_table_defines_the_functions_of_a_textbook():
    names = {op.name for op in DEFINED}
    assert names >= {"sigmoid", "tanh", "softplus", "silu", "relu", "leaky_relu", "maximum", "clip", "abs", "sech"}


def test_own_operations_may_have_a_definition():
    cubed = ag.operation(
        "cubed_by_hand", lambda x: x**3, lambda x, z: 3 * x**2, symbol="K", definition=lambda x: x * x * x
    )
    x = x_at(2.0)
    lines = derived(cubed(x), x)
    assert lines[0] == "∂y/∂x = ∂/∂x x³ definition of K"
    assert lines[-2:] == ["= 3x² power rule", "= 3·2² = 12"]
    assert derived(cubed(x), x, open=())[1] == "= 3x² derivative of K"
    opaque = ag.operation("opaque", lambda x: math.sin(x), lambda x, z: math.cos(x))
    assert derived(opaque(x), x)[-1] == "= opaque′ = −0.4161 derivative of opaque"


def test_digits_are_searched_for_up_to_a_size() -> None:
    x = Value(1.00001, "x")
    y = (x * x).named("y")
    [derivation] = ag.trace(y, x).steps().derivations
    for size, more_digits in ((MAX_ROUNDED_SIZE, True), (MAX_ROUNDED_SIZE + 1, False)):
        numbers = [1e6 + derivation.factor.value, -1e6, *[0.0] * (size - 3)]
        result = Formula(sum(numbers), None, ag.TABLE["total"], [Formula(n, f"x[{i}]") for i, n in enumerate(numbers)])
        assert result.size == size
        assert (derivation._digits(result) > 4) == more_digits


def test_cancelling_sums_in_powers_have_enough_digits():
    """The numbers of the last line give its value, also where a bracket holds the number of a sum."""
    x = x_at(0.5)
    steps = ag.trace(((1 + ag.exp(-x)) ** 3 + 4.696 * x).named("y"), x).steps()
    numbers, _, value = str(steps).splitlines()[-1].partition("= ")[2].partition(" = ")
    assert numbers == "4.696 − 3(1.60653066)²·0.60653066"
    python = numbers.replace("−", "-").replace("²", "**2").replace("·", "*").replace("3(", "3*(")
    assert eval(python) == pytest.approx(float(value.replace("−", "-")), rel=0.01)


def test_number_of_a_sum_has_no_fewer_digits_than_others():
    """A bracket is the sum of the numbers as printed; where one of these is short, it still has four digits."""
    for c in (1.5, 2.0, 0.25, 30.5, 1.2345):
        for data in (0.5, 1.3, 4.0):
            x = x_at(data)
            last = derived((ag.exp(-x) + c) ** 3, x)[-1]
            bracket = re.search(r"\(([\d.]+)\)²", last)[1]
            # Half a unit of the fourth digit of 1000.
            assert float(bracket) == pytest.approx(math.exp(-data) + c, rel=0.5e-3), last


def test_long_derivations_end_early_and_say_how_many_there_are(monkeypatch):
    monkeypatch.setattr("autograd.tracing.steps.MAX_DERIVED_SIZE", 20)
    x = x_at(0.5)
    y = x
    for i in range(5):
        y = ag.sin(y * y + 1).named(f"u[{i}]")
    steps = ag.trace(y, x).steps()
    assert len(steps.derivations) == 1
    for printed in (str(steps), steps.latex(), steps.markdown(), steps.html()):
        words = re.sub(r"\} \\\\\n +&\\quad \\text\{", " ", printed)
        assert "5 factors, of which the first 1 are derived here; steps(of=…) takes the name of a station" in words
