"""The gradient checker on graphs: a wrong rule is found, named, and no other is blamed."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from effort import scaled
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
        lambda i, *xs, z: tuple(
            z * (1.0 - z) if k == int(getattr(i, "data", i)) + 1 else 0.0 for k in range(len(xs) + 1)
        ),
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


# --- reports: whatever is wrong, text, Markdown and picture say the same of it


def require_report(check: ag.Check) -> None:
    """Render a check in every form, and hold the forms against its findings and against each other."""
    text, markdown = str(check), check.markdown()
    verdict = "holds" if check else "does not hold"
    assert repr(check) == f"<Check of {check.title}: {verdict}>"
    assert check._repr_markdown_() == markdown
    _require_lines(check, text)
    _require_tables(check, text, markdown)
    if check.outputs:
        _require_marks(check)


def _require_lines(check: ag.Check, text: str) -> None:
    """Each number that is wrong has a line with all of its cells; of a kind at most five, and the rest are counted."""
    lines = [re.sub(" +", " ", line.strip()) for line in text.splitlines()]
    broken = () if check.symmetry is None else check.symmetry.broken
    for found in (check.leaves, check.edges, check.curvatures, check.sweeps, check.values, broken):
        wrong = [x for x in found if x.verdict == "fail"]
        told = [x for x in wrong if re.sub(" +", " ", " ".join(x.cells)).strip() in lines]
        assert len(told) == min(len(wrong), 5)
        shown = len(found) if found is check.leaves else len(wrong)
        counts = [sum(map(int, re.findall(r"[0-9]+", line))) for line in lines if line.startswith("… and ")]
        assert shown <= 5 or shown - 5 in counts
    for noun, found in (("partial", check.edges), ("second partial", check.curvatures)):
        wrong = sum(x.verdict == "fail" for x in found)
        heading = f"{wrong} of {len(found)} {noun}{'s' * (len(found) != 1)} {'is' if wrong == 1 else 'are'} wrong:"
        assert (heading in lines) == (wrong > 0)
    assert ("repeat:" in text) == (not check)


def _require_tables(check: ag.Check, text: str, markdown: str) -> None:
    """Tables have four cells in each row, and a row for each line of the text that holds numbers."""
    tables = [block.splitlines() for block in markdown.split("\n\n") if block.startswith("|")]
    for heading, rule, *rows in tables:
        assert re.fullmatch(r"\|  \| [\w ’']* \| [^|]* \|  \|", heading)
        assert rule == "| --- | --- | --- | --- |"
        for row in rows:
            assert len(re.findall(r"(?<!\\)\|", row)) == 5
    _require_numbers(check, tables)
    # In the text a finding is indented by two, and what more there is to say of it by four.
    told = [line for line in text.splitlines() if re.match(r"  [^ …]", line)]
    assert sum(len(rows) - 2 for rows in tables) == len(told)
    assert markdown.count("… and ") == text.count("… and ")


def _require_numbers(check: ag.Check, tables: list[list[str]]) -> None:
    """In a table, too, it is said of each number whose it is and what it is held against."""
    broken = () if check.symmetry is None else check.symmetry.broken
    wrong = [*check.leaves, *check.edges, *check.curvatures, *check.sweeps, *check.values, *broken]
    cells = {tuple(part.replace("\\", "") for part in x.cells[:3]) for x in wrong}
    for heading, _, *rows in tables:
        _, source, against, _ = heading[2:-2].split(" | ")
        for row in rows:
            what, engine, differences, _ = (cell.replace("\\", "") for cell in row[2:-2].split(" | ", 3))
            held = differences if differences.startswith("slopes ") else f"{against} {differences}".strip()
            assert (what, f"{source} {engine}".strip(), held) in cells


def _require_marks(check: ag.Check) -> None:
    """The picture crosses out what is wrong, as far as it shows it, and says so in words."""
    drawing = check.draw()
    wrong = {(id(x.node), x.slot) for x in (*check.values, *check.edges, *check.curvatures) if x.verdict == "fail"}
    ElementTree.fromstring(drawing.svg())
    marks = [x.mark for x in (*drawing.picture.nodes, *drawing.picture.edges) if x.mark]
    assert (len(marks) > 0) == (len(wrong) > 0)
    assert len(marks) <= len(wrong)
    described = drawing.describe()
    for mark in marks:
        assert f"which is wrong ({mark})" in described
    assert drawing.svg().count("✗ ") >= len(marks)


@pytest.mark.parametrize("fault", FAULTS)
def test_report_of_wrong_rule_is_the_same_in_every_form(fault):
    op = faulty(*FAULTS[fault])
    seed = list(FAULTS).index(fault)
    require_report(ag.gradcheck(around(op, seed)))
    if seed % 5 < scaled(5):
        check = ag.gradcheck(around(op, seed + 1), order=2)
        assert not check
        require_report(check)


def pairwise_wrong(*xs, z):
    """Partials whose own partials are not symmetric: each operand's is times the sum of those before it."""
    return tuple(x + (k + 1) * ag.total(xs[:k]) if k else x for k, x in enumerate(xs))


MANY = {
    "logsumexp: no softmax": lambda *xs, z: (1.0 / len(xs),) * len(xs),
    "logsumexp: squared": lambda *xs, z: tuple(ag.exp(x - z) ** 2 for x in xs),
    "logsumexp: a number kept": lambda *xs, z: tuple(ag.exp(x - getattr(z, "data", z)) for x in xs),
    "hypot: square": lambda *xs, z: tuple(x / (z * z) for x in xs),
    "hypot: a number kept": lambda *xs, z: tuple(x / getattr(z, "data", z) for x in xs),
    "total: the operand": lambda *xs, z: xs,
    "dot: not crossed": lambda *xs, z: (*xs[: len(xs) // 2 * 2], *(1.0,) * (len(xs) % 2)),
    "hypot: not symmetric": pairwise_wrong,
}
"""Wrong rules of operations that take any number of operands."""


@pytest.mark.parametrize("count", [2, 8, 9])
@pytest.mark.parametrize("fault", MANY)
def test_wrong_rule_of_many_operands_is_named_at_second_order(fault, count):
    """From nine operands on second partials are checked along one direction, all at once."""
    op = faulty(fault.partition(":")[0], MANY[fault])
    draw = random.Random(count)
    xs = [Value(draw.uniform(0.5, 2.0), f"x[{k}]") for k in range(count)]
    check = ag.gradcheck((op(*xs) * Value(3.0, "scale")).named("C"), order=2)
    assert not check
    wrong = [x for x in (*check.edges, *check.curvatures) if x.verdict == "fail"]
    assert {x.node.op for x in wrong} == {op}
    require_report(check)
    along = [x for x in check.curvatures if x.node.op is op]
    assert len(along) == (1 if count > 8 else count * count)
    # What is a formula of the operands alone is differentiated rightly, and so is not wrong once more.
    verdicts = {x.verdict for x in along}
    is_of_operands = fault.endswith(("no softmax", "operand", "crossed", "symmetric"))
    assert verdicts == {"pass"} if is_of_operands else "fail" in verdicts
    if fault.endswith("not symmetric"):
        assert len(check.symmetry.broken) == min(10, math.comb(count, 2))
        assert (" at least " in str(check.symmetry)) == (math.comb(count, 2) > 10)


@pytest.mark.parametrize("second", ["tanh: of x", "exp: twice", "mul: swapped", "abs: 1", "relu: 1"])
@pytest.mark.parametrize("first", ["sub: sign", "sin: kept", "log: 1/x²"])
def test_two_wrong_rules_are_both_reported(first, second):
    rules = {**FAULTS, "sin: kept": ("sin", lambda x, z: math.cos(0.5))}
    one, other = faulty(*rules[first]), faulty(*rules[second])
    draw = random.Random(first + second)
    xs = [Value(draw.uniform(1.2, 1.9), label) for label in "uvwx"]
    y = one(*xs[: one.arity]).named("y")
    z = other(*[xs[2] * -0.5 - y, xs[3]][: other.arity]).named("z")
    check = ag.gradcheck((z * z + y).named("C"))
    assert {x.node.op for x in check.edges if x.verdict == "fail"} == {one, other}
    require_report(check)
    assert all(f"{op.name}(" in str(check) for op in (one, other))


def test_report_beside_wrong_values_and_infinite_ones():
    """Reports are whole where values do not hold, are infinite or not numbers, and say where these came from."""
    x, y = Value(3.0, "x"), Value(0.0, "y")
    changed = ((x * x).named("square") + ag.sin(x * y)).named("C")
    x.data = 4.0
    require_report(ag.gradcheck(changed))
    wrong = faulty("exp", lambda x, z: 2.0 * z)
    for far in (800.0, math.inf, math.nan):
        u = Value(far, "u")
        for output in (wrong(u) * y, wrong(y) + wrong(u), ag.where(y, wrong(u), wrong(y)), ag.sqrt(y) * wrong(u - u)):
            for order in (1, 2):
                require_report(ag.gradcheck(output.named("C"), order=order))
            found = ag.anomaly(output)
            assert len(str(found).splitlines()) >= bool(found)
            assert ElementTree.fromstring(found._repr_html_()).text == str(found)
