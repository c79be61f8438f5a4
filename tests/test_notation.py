"""Formulas in writing: what is printed is the rule, and reads back to the same numbers."""

from __future__ import annotations

import re

import pytest

import autograd as ag
from autograd import TABLE, ops
from autograd.expressions import evaluate
from autograd.formula import Formula, apply, formula, literal, partials, symbol
from autograd.notation import Names, write

POINT = {"x": 0.5, "y": 0.25, "u": 0.75, "v": 0.3, "t": 0.2}
SPECIAL = {
    "acosh": {"x": 1.5},
    "leg": {"x": 1.5},
    "clip": {"y": 0.1},
}
INDEX = {ops.SOFTMAX: (0, 1.0), ops.lowered_power: (2, 1.0)}
"""Operands that are whole numbers in the formula itself."""
TRANSLATED = [
    (r"softmax([₁₂₃₄])\(([^()]*)\)", lambda m: f"softmax([{m[2]}])[{'₁₂₃₄'.index(m[1])}]"),
    (r"\|([^|]*)\|", r"abs(\1)"),
    (r"⌊([^⌋]*)⌋", r"floor(\1)"),
    (r"√(\w)", r"sqrt(\1)"),
    (r"√\(", "sqrt("),
    (r"∛(\w)", r"cbrt(\1)"),
    (r"\bln (\d+)", r"log(\1)"),
    (r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: f"**({m[0].translate(str.maketrans('⁻⁰¹²³⁴⁵⁶⁷⁸⁹', '-0123456789'))})"),
    (r"\^", "**"),
    (r"(?<![\w])(\d+(?:\.\d+)?)(?=[a-zA-Zπ(])", r"\1*"),
    (r"\)(?=[\w(])", ")*"),
]
"""What a person knows of printed mathematics, as patterns: superscripts, roots, bars and products without a sign."""


def read(printed: str) -> str:
    for pattern, replacement in TRANSLATED:
        printed = re.sub(pattern, replacement, printed)
    return printed


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
        for text in (write(partial, "plain"), read(write(partial, "text"))):
            assert number(text, xs) == pytest.approx(slope, rel=1e-13, abs=1e-15), text


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.partials.__module__ == "autograd.ops"], ids=str)
def test_every_rule_is_balanced_latex(op: ag.Op):
    xs = operands(op)
    for f in [apply(op, xs), *partials(op, xs, apply(op, xs).value)]:
        latex = write(f, "latex")
        bare = latex.replace(r"\{", "").replace(r"\}", "")
        assert bare.count("{") == bare.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        assert latex.count("(") == latex.count(")")


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
        (x - (y - x), "x − (y − x)"),
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


def test_a_name_that_happens_to_be_1_is_not_simplified_away():
    assert write(symbol("w", 1.0) * x) == "w·x"


def test_names_are_unique_and_made_up_where_there_are_none():
    nodes = [ag.Value(1.0, "a"), ag.Value(2.0), ag.Value(1.0, "a"), ag.Value(2.0)]
    assert list(Names(nodes).values()) == ["a", "v[1]", "a′", "v[2]"]
