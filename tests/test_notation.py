"""Formulas in writing: what is printed is the rule, and reads back to the same numbers."""

from __future__ import annotations

import math
import operator
import random
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from effort import scaled
from printed import MisreadError, read

import autograd as ag
from autograd import TABLE, Value, ops
from autograd.expressions import evaluate
from autograd.symbolic.formula import Formula, apply, definition, formula, literal, partials, symbol
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import factor, write
from autograd.symbolic.typesetting import Style, name

POINT = {"x": 0.5, "y": 0.25, "u": 0.75, "v": 0.3, "t": 0.2}
SPECIAL = {
    "acosh": {"x": 1.5},
    "leg": {"x": 1.5},
    "clip": {"y": 0.1},
}
PRINTED: list[Style] = ["text", "latex", "html"]
LABELS = {"x": 0.75, "y[1]": -2.25, "a^2[1]": 1.0, "theta": -0.4375, "W[1,2]": 2.625}
LITERALS = [0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 0.001234567, math.pi, ops.LN2]
FUNCTIONS = [ag.sin, ag.exp, ag.exp2, ag.abs, ag.sqrt, ag.cbrt, ag.log, ag.sigmoid]
BINARY: list[tuple[ag.Op, Callable[[Any, Any], Any]]] = [
    (ops.add, operator.add),
    (ops.sub, operator.sub),
    (ops.mul, operator.mul),
    (ops.div, operator.truediv),
]
INDEX = {ops.SOFTMAX: (0, 1.0), ops.lowered_power: (2, 1.0)}
"""Operands that are whole numbers in the formula itself."""


def operands(op: ag.Op) -> list[Formula]:
    count = op.arity or {ops.DOT: 5}.get(op, 3)
    xs = [symbol(name, SPECIAL.get(op.name, {}).get(name, value)) for name, value in list(POINT.items())[:count]]
    if op in INDEX:
        place, value = INDEX[op]
        xs[place] = literal(value)
    return xs


def number(text: str, names: list[Formula]) -> float:
    used = {x.label: x.value for x in names if x.label and re.search(rf"\b{x.label}\b", text)}
    return evaluate(text, used).output.data


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.partials.__module__ == "autograd.ops"], ids=str)
def test_every_rule_reads_back_to_the_same_numbers(op: ag.Op):
    xs = operands(op)
    data = [x.value for x in xs]
    z = op.value(*data)
    assert number(write(apply(op, xs), "plain"), xs) == pytest.approx(z, rel=1e-15, abs=0.0)
    for partial, slope in zip(partials(op, xs, z), op.slopes(data, z), strict=True):
        assert number(write(partial, "plain"), xs) == pytest.approx(slope, rel=1e-13, abs=1e-15)
        for style in PRINTED:
            printed = write(partial, style)
            assert read(printed, style, {x.label: x.value for x in xs if x.label}).agrees(slope), printed


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.partials.__module__ == "autograd.ops"], ids=str)
def test_every_rule_is_balanced_latex(op: ag.Op):
    xs = operands(op)
    for f in [apply(op, xs), *partials(op, xs, apply(op, xs).value)]:
        latex = write(f, "latex")
        bare = latex.replace(r"\{", "").replace(r"\}", "")
        assert bare.count("{") == bare.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        assert latex.count("(") == latex.count(")")


def random_formula(seed: int) -> tuple[Formula, float]:
    """A formula of names and numbers, simplified in some places and not in others, and its value from floats alone."""
    draw = random.Random(seed)
    given = [(symbol(label, x), x) for label, x in LABELS.items()] + [(literal(x), x) for x in LITERALS]
    made = draw.choices(given, k=4)
    for _ in range(draw.randint(2, 9)):
        (f, x), (g, y) = draw.choices(made[-5:], k=2)
        exponent, function = draw.choice([0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5]), draw.choice(FUNCTIONS)
        (op, combine), simplify = draw.choice(BINARY), draw.random() < 0.5
        kind, count, bias = draw.randrange(8), draw.randint(1, 3), draw.random() < 0.5
        try:
            if kind < 3:
                made.append((combine(f, g) if simplify else apply(op, [f, g]), combine(x, y)))
            elif kind == 3:
                made.append((-f if simplify else apply(ops.neg, [f]), -x))
            elif kind == 4:
                made.append((f**exponent if simplify else apply(ops.pow, [f, literal(exponent)]), x**exponent))
            elif kind == 5:
                made.append((function(f), function(x)))
            elif kind == 6:
                made.append((ag.total([f, g] * count), (x + y) * count))
            else:
                dot = ag.dot([f, g, g][:count], [g, f, g][:count], *[f][:bias])
                made.append((dot, sum([x * y, y * x, y * y][:count]) + x * bias))
        except (ag.DomainError, ArithmeticError):
            continue
        value = made[-1][1]
        if isinstance(value, complex) or not (value == 0.0 or 1e-3 < abs(value) < 1e3):
            made.pop()
    return made[-1]


def identities(f: Formula) -> list[str]:
    """The places in a formula that a person would have simplified without thinking."""
    trivial = {
        ops.add: lambda a, b: a.is_number(0.0) or b.is_number(0.0),
        ops.sub: lambda a, b: a.is_number(0.0) or b.is_number(0.0) or b.op is ops.neg,
        ops.mul: lambda a, b: any(x.is_number(n) for x in (a, b) for n in (0.0, 1.0, -1.0)),
        ops.div: lambda a, b: a.is_number(0.0) or b.is_number(1.0) or ops.neg in (a.op, b.op),
        ops.pow: lambda a, b: b.is_number(0.0) or b.is_number(1.0),
        ops.neg: lambda a: a.op is ops.neg or a.is_literal,
    }
    found = [write(f)] if f.op in trivial and trivial[f.op](*f.operands) else []
    return found + [text for x in f.operands for text in identities(x)]


def test_fractions_with_one_denominator_are_combined_if_that_is_shorter():
    a, c, d = symbol("a", 1.7) + 1.0, symbol("c", 0.6), symbol("d", -0.4)
    factors = [(1.0, 1.0), (c, c), (c, d), (c, 1.0), (1.0, d), (c * d, c * d), (d * c, c)]
    shorter = 0
    exponents = [(1, 1), (1, 2), (3, 1)]
    for (m, n), (p, q), (f, g) in product(exponents, [(1.0, 1.0), (-2.0, 3.0)], factors):
        x, y = p * (f / a**m), q * (g / a**n)
        for left, combine, right in product((x, -x), (operator.add, operator.sub), (y, -y)):
            z = combine(left, right)
            assert z.value == pytest.approx(combine(left.value, right.value), rel=1e-12, abs=1e-15)
            assert z.op in (ops.add, ops.sub) or z.size < left.size + right.size
            shorter += z.size < left.size + right.size
    assert shorter > 50


@pytest.mark.parametrize("style", PRINTED)
def test_random_formulas_read_back_to_the_same_numbers(style: Style):
    names = {name(label, style): x for label, x in LABELS.items()}
    sharp = 0
    for seed in range(scaled(1_500)):
        f, value = random_formula(seed)
        assert f.value == pytest.approx(value, rel=1e-9, abs=1e-9), (seed, write(f))
        for numbers in (False, True):
            printed = write(f, style, numbers)
            if not re.search(r"…|\\dots", printed):
                reading = read(printed, style, names)
                if reading.error <= 0.1 * abs(value):
                    sharp += 1
                    assert reading.agrees(value), (seed, printed, reading, value)
    assert sharp > 1.6 * scaled(1_500)


def test_plain_text_of_random_formulas_parses_to_the_same_numbers():
    for seed in range(scaled(500)):
        f, value = random_formula(seed)
        plain = write(f, "plain")
        used = {s: x for s, x in LABELS.items() if re.search(rf"(?<!\w){re.escape(s)}(?![\w[^])", plain)}
        assert evaluate(plain, used).output.data == pytest.approx(value, rel=1e-9, abs=1e-9), (seed, plain)


def test_arithmetic_on_formulas_leaves_nothing_trivial():
    """Numbers, names and negations in every order: 0 + x, x·1, x⁰, −−x and their like never remain."""
    given = [literal(n) for n in (0.0, 1.0, -1.0, 2.0)] + [x, y, symbol("one", 1.0), -x, -y, x * y, x / y, x**2]
    for f in given:
        assert not identities(-f)
        for g in given:
            made = [f + g, f - g, f * g] + ([f / g] if g.value else []) + ([f**g] if g.is_literal and f.value else [])
            for h in made:
                assert not identities(h), write(h)


@pytest.mark.parametrize("text", ["2(x", "x·−2", "2^x^y", "x 2", "q", "x + −2", "2 3", "x)", "∂x"])
def test_what_is_not_mathematics_is_not_read(text: str):
    with pytest.raises(MisreadError):
        read(text, "text", {"x": 1.0, "y": 2.0})


x, y = symbol("x", 3.0), symbol("y", -2.0)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (1 * x + 0, "x"),
        (x * 2 * 3, "6x"),
        (x + x, "2x"),
        (x * x * x, "x³"),
        (x**1, "x"),
        (x - (-y), "x + y"),
        (-(-1 * x), "x"),
        (x * -1, "−x"),
        ((x + y) * (x - y), "(x + y)(x − y)"),
        (x * (x - y), "x·(x − y)"),
        (x - (y - x), "2x − y"),
        (x - (y - x * y), "x − (y − x·y)"),
        (6 * x + x + x, "8x"),
        (2 * x * y + x * y, "3(x·y)"),
        ((x + 1) - (x - 1), "2"),
        (1 / (x + 1) - x / (x + 1) ** 2, "1/(x + 1)²"),
        (x / (y * x), "x/(y·x)"),
        ((x / y) / x, "x/y/x"),
        ((1 / ag.sin(x)) * (x + y), "1/sin(x)·(x + y)"),
        (-x * y, "−x·y"),
        ((-x) ** 2, "(−x)²"),
        (x ** (y - 1), "x^(y − 1)"),
        (2 ** (x**y), "2^(x^y)"),
        (2 * ag.sin(x), "2sin(x)"),
        (ag.exp(x) * 0.5, "0.5exp(x)"),
        (formula(2.5e-7) * x, "2.5×10⁻⁷·x"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_formulas_are_simplified_and_written_as_a_person_would(written: Formula, expected: str):
    assert write(written) == expected


def test_numbers_are_put_in_with_the_parentheses_they_need():
    assert write(x - y, numbers=True) == "3 − (−2)"
    assert write(y**2 * x, numbers=True) == "(−2)²·3"
    assert write(2 * (x - y), "latex", numbers=True) == "2 (3 - (-2))"
    assert write(ag.dot([x, y], [y, x], y), numbers=True) == "3(−2) + (−2·3) + (−2)"
    assert write(ag.total([y, y, x]), "latex", numbers=True) == "-2 + (-2) + 3"


q, layer = -(1 / (x - 5)), symbol("a^2", 3.0)


@pytest.mark.parametrize(
    ("f", "style", "numbers", "expected"),
    [
        (layer**2, "text", False, "(a⁽²⁾)²"),
        (layer**2, "latex", False, "{(a^{(2)})}^{2}"),
        (layer**2, "html", False, "(a<sup>(2)</sup>)<sup>2</sup>"),
        (layer**2, "plain", False, "a^2**2"),
        (ag.sqrt(layer), "text", False, "√(a⁽²⁾)"),
        (layer * x, "text", False, "a⁽²⁾·x"),
        (ag.exp(x) ** 2, "latex", False, "{(e^{x})}^{2}"),
        (ag.exp(x) * y, "latex", False, r"e^{x} \cdot y"),
        (3 * (x / y), "latex", True, r"3 \cdot \frac{3}{-2}"),
        (3 * (x / y), "latex", False, r"3 \frac{x}{y}"),
        (3 * (x / y), "text", True, "3(3/(−2))"),
        (apply(ops.mul, [q, x + y]), "text", False, "−1/(x − 5)·(x + y)"),
        (apply(ops.mul, [ag.total([q]), x + y]), "html", False, "−1/(x − 5)·(x + y)"),
        (apply(ops.mul, [q, x + y]), "latex", False, r"-\frac{1}{x - 5} \cdot (x + y)"),
    ],
)
def test_what_is_written_can_be_read_in_one_way_only(f: Formula, style: Style, numbers: bool, expected: str):
    assert write(f, style, numbers) == expected


def test_a_factor_with_a_sign_is_in_parentheses():
    assert [factor(f) for f in (-2 * x, -x, x * y, x - y, formula(-2.0))] == ["(−2x)", "(−x)", "x·y", "(x − y)", "(−2)"]
    assert factor(-2 * x, "latex") == "(-2 x)"


def test_partials_by_value_alone_are_numbered_where_there_are_several():
    def rule(a: Any, b: Any, z: Any) -> tuple[float, float]:
        return math.cos(a), math.exp(b)

    for count, names in ((1, ["g′"]), (2, ["g′[1]", "g′[2]"])):
        own = ag.Op("g", lambda *data: sum(data), rule if count == 2 else lambda a, z: math.cos(a), count)
        made = partials(own, [x, y][:count], 1.0)
        assert [write(p) for p in made] == names
        assert [p.value for p in made] == [math.cos(3.0), math.exp(-2.0)][:count]


def test_a_name_that_happens_to_be_1_is_not_simplified_away():
    assert write(symbol("w", 1.0) * x) == "w·x"


def test_names_of_nan_are_simplified_as_others():
    z = symbol("z", math.nan)
    assert [write(f) for f in (z * z, z + z, z * z**2, z * x, z + x)] == ["z²", "2z", "z³", "z·x", "z + x"]
    assert write(symbol("z", 1.0) * z) == "z·z"


def test_names_are_unique_and_made_up_where_there_are_none():
    nodes = [ag.Value(1.0, "a"), ag.Value(2.0), ag.Value(1.0, "a"), ag.Value(2.0)]
    assert list(Names(nodes).values()) == ["a", "v[1]", "a′", "v[2]"]


@pytest.mark.parametrize(
    ("number", "text", "latex"),
    [
        (math.pi, "π", r"\pi"),
        (math.log(2.0), "ln 2", r"\ln 2"),
        (math.log(10.0), "ln 10", r"\ln 10"),
        (2.0 / math.sqrt(math.pi), "2/√π", r"\frac{2}{\sqrt{\pi}}"),
        (-2.0 / math.sqrt(math.pi), "−2/√π", r"-\frac{2}{\sqrt{\pi}}"),
        (math.sqrt(2.0 * math.pi), "√(2π)", r"\sqrt{2 \pi}"),
    ],
)
def test_constants_have_their_names(number: float, text: str, latex: str) -> None:
    assert (write(literal(number)), write(literal(number), "latex")) == (text, latex)


@pytest.mark.parametrize("exponent", [2.0, 9.0, 10.0, 99.0, 100.0, 101.0, -1.0, -99.0, -100.0, 0.5, 2.5])
def test_whole_exponents_of_two_digits_are_raised(exponent):
    x = Value(1.0, "x")
    written = write(definition(x**exponent, Names([x])), "text")
    digits = f"{exponent:g}".translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    is_raised = exponent.is_integer() and abs(exponent) < 100
    if is_raised:
        assert written == f"x{digits}"
    else:
        assert "^" in written


def test_definition_of_a_leaf_is_its_name_and_of_a_number_the_number():
    x = Value(3.0, "x")
    y = x * 2.0
    names = Names([x, y])
    assert write(definition(x, names)) == "x"
    assert write(definition(y.operands[1], names)) == "2"
    assert write(definition(y, names)).count("x") == 1


def test_formulas_are_shown_by_their_operation_and_operands():
    x, y = symbol("x", 3.0), symbol("y[1]", -2.0)
    shown = [repr(f) for f in (x, literal(2.0), x * y, x / y + 1.0)]
    assert shown == [
        "<formula x>",
        "<formula 2.0>",
        "<formula mul(x = 3.0, y₁ = -2.0)>",
        "<formula add(-1.5, 1.0)>",
    ]


def test_negative_terms_are_subtracted() -> None:
    x, y = symbol("x", 3.0), symbol("y", 2.0)
    terms = [x + (-6.0) * y, x - (-6.0) * y, x + literal(-2.0), x - literal(-2.0)]
    assert [write(f) for f in terms] == ["x − 6y", "x + 6y", "x − 2", "x + 2"]
    assert [f.value for f in terms] == [-9.0, 15.0, 1.0, 5.0]


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
def test_operators_of_formulas_are_those_of_numbers(operation: Callable[[Any, Any], Any]) -> None:
    """On either side of a formula, as a rule such as `2**x` has them."""
    x, y = symbol("x", 3.0), symbol("y", 0.5)
    for made, exact in (
        (operation(x, y), operation(3.0, 0.5)),
        (operation(2.0, x), operation(2.0, 3.0)),
        (operation(x, 2.0), operation(3.0, 2.0)),
    ):
        assert made.value == exact
        assert read(write(made), "text", {"x": 3.0, "y": 0.5}).agrees(exact)
