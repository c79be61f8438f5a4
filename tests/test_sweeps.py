"""Sweeps, statement by statement: the tables of Baydin et al. and of Griewank and Walther, and backward()'s numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from effort import scaled
from published import textbooks
from samples import chain, olah, random_derivative
from test_reasons import calls, ladder

import autograd as ag
from autograd import Value
from autograd.derivatives import forward, stored
from autograd.symbolic.typesetting import name
from autograd.tracing.sheets import MAX_TABLE_COLUMNS, Table
from autograd.tracing.sweeps import Sweep, marked


def named(nodes: list[Any]) -> list[Value]:
    """Name the variables after two inputs v[1], v[2], …, as the tables do."""
    for i, node in enumerate(nodes[2:], 1):
        node.named(f"v[{i}]")
    return nodes


def baydin() -> list[Value]:
    return named(textbooks.baydin(Value(2.0, "x[1]"), Value(5.0, "x[2]")))


def griewank_walther() -> list[Value]:
    return named(textbooks.griewank_walther(Value(1.5, "x[1]"), Value(0.5, "x[2]")))


def plain(text: str) -> str:
    """Write a bar as ~ and a dot as ', so that the tables below can be read."""
    return text.replace("\N{COMBINING OVERLINE}", "~").replace("\N{COMBINING DOT ABOVE}", "'")


def within_1_unit(published: list[float]) -> Any:
    """The book rounds what it computed from rounded numbers."""
    return pytest.approx(published, abs=1.01e-4)


def rows(sweep: Sweep) -> list[str]:
    return [re.sub(r" {2,}", " ", line) for line in plain(str(sweep)).splitlines()]


def test_baydin_table_2_is_the_forward_sweep() -> None:
    nodes = baydin()
    sweep = ag.trace(nodes[-1], nodes[0]).sweep("forward")
    assert rows(sweep)[1:8] == [
        "x₁ = 2 x'₁ = 1 1",
        "v₁ = ln(x₁) = 0.6931 v'₁ = x'₁ · ∂v₁/∂x₁ = x'₁ · 1/x₁ = 1 · 0.5 0.5",
        "x₂ = 5 x'₂ = 0 0",
        "v₂ = x₁·x₂ = 10 v'₂ = x'₁ · ∂v₂/∂x₁ + x'₂ · ∂v₂/∂x₂ = x'₁ · x₂ + x'₂ · x₁ = 1 · 5 + 0 · 2 5",
        "v₄ = v₁ + v₂ = 10.69 v'₄ = v'₁ · ∂v₄/∂v₁ + v'₂ · ∂v₄/∂v₂ = v'₁ · 1 + v'₂ · 1 = 0.5 · 1 + 5 · 1 5.5",
        "v₃ = sin(x₂) = −0.9589 v'₃ = x'₂ · ∂v₃/∂x₂ = x'₂ · cos(x₂) = 0 · 0.2837 0",
        "v₅ = v₄ − v₃ = 11.65 v'₅ = v'₄ · ∂v₅/∂v₄ + v'₃ · ∂v₅/∂v₃ = v'₄ · 1 + v'₃ · (−1) = 5.5 · 1 + 0 · (−1) 5.5",
    ]
    assert [round(node.data, 3) for node in nodes] == [2, 5, 0.693, 10, -0.959, 10.693, 11.652]
    assert [round(sweep.values[node], 3) for node in nodes] == [1, 0, 0.5, 5, 0, 5.5, 5.5]


def test_baydin_table_3_is_the_reverse_sweep() -> None:
    nodes = baydin()
    sweep = ag.trace(nodes[-1], nodes[0]).sweep("reverse")
    assert rows(sweep)[1:8] == [
        "x₁ = 2",
        "v₁ = ln(x₁) = 0.6931",
        "x₂ = 5",
        "v₂ = x₁·x₂ = 10",
        "v₄ = v₁ + v₂ = 10.69",
        "v₃ = sin(x₂) = −0.9589",
        "v₅ = v₄ − v₃ = 11.65",
    ]
    assert set(rows(sweep)[9:18]) == {
        "v~₅ = 1 1",
        "v~₄ = v~₅ · ∂v₅/∂v₄ = v~₅ · 1 = 1 · 1 1",
        "v~₃ = v~₅ · ∂v₅/∂v₃ = v~₅ · (−1) = 1 · (−1) −1",
        "v~₁ = v~₄ · ∂v₄/∂v₁ = v~₄ · 1 = 1 · 1 1",
        "v~₂ = v~₄ · ∂v₄/∂v₂ = v~₄ · 1 = 1 · 1 1",
        "x~₂ = v~₃ · ∂v₃/∂x₂ = v~₃ · cos(x₂) = −1 · 0.2837 −0.2837",
        "x~₁ = v~₂ · ∂v₂/∂x₁ = v~₂ · x₂ = 1 · 5 5",
        "x~₂ += v~₂ · ∂v₂/∂x₂ = v~₂ · x₁ = 1 · 2 1.716",
        "x~₁ += v~₁ · ∂v₁/∂x₁ = v~₁ · 1/x₁ = 1 · 0.5 5.5",
    }
    assert [round(sweep.values[node], 3) for node in nodes] == [5.5, 1.716, 1, 1, -1, 1, 1]


def test_griewank_walther_table_1_2_is_the_forward_sweep() -> None:
    nodes = griewank_walther()
    sweep = ag.trace(nodes[-1], nodes[0]).sweep("forward")
    assert [node.data for node in nodes] == within_1_unit([1.5, 0.5, 3.0, 0.1411, 1.6487, 1.3513, 1.4924, 2.0167])
    assert [sweep.values[node] for node in nodes] == within_1_unit([1, 0, 2, -1.98, 0, 2, 0.02, 3.0118])
    assert (
        "v₆ = v₅·v₄ = 2.017 v'₆ = v'₅ · ∂v₆/∂v₅ + v'₄ · ∂v₆/∂v₄ = v'₅ · v₄ + v'₄ · v₅ "
        "= 0.02002 · 1.351 + 2 · 1.492 3.012"
    ) in rows(sweep)


def test_griewank_walther_table_1_3_is_the_reverse_sweep() -> None:
    nodes = griewank_walther()
    sweep = ag.trace(nodes[-1], nodes[0]).sweep("reverse")
    adjoints = [sweep.values[node] for node in nodes]
    assert adjoints == within_1_unit([3.0118, -13.7239, 1.5059, 1.3513, -2.8437, 2.8437, 1.3513, 1.0])
    written = set(rows(sweep))
    assert {
        "v~₅ = v~₆ · ∂v₆/∂v₅ = v~₆ · v₄ = 1 · 1.351 1.351",
        "v~₄ = v~₆ · ∂v₆/∂v₄ = v~₆ · v₅ = 1 · 1.492 1.492",
        "v~₄ += v~₅ · ∂v₅/∂v₄ = v~₅ · 1 = 1.351 · 1 2.844",
        "v~₂ = v~₅ · ∂v₅/∂v₂ = v~₅ · 1 = 1.351 · 1 1.351",
        "v~₃ = v~₄ · ∂v₄/∂v₃ = v~₄ · (−1) = 2.844 · (−1) −2.844",
        "x~₁ = v~₁ · ∂v₁/∂x₁ = v~₁ · 1/x₂ = 1.506 · 2 3.012",
    } <= written


@pytest.mark.parametrize("seed", range(scaled(120)))
def test_statements_give_the_numbers_of_both_modes(seed: int) -> None:
    y, x = random_derivative(seed)
    trace = ag.trace(y, x)
    up, down = trace.sweep("forward"), trace.sweep("reverse")
    order = [node for node in ag.topological_order(y) if not node.constant]
    for node in order:
        node.grad = 0.0
    y.backward()
    tangents = forward(order, {x: 1.0}, stored)
    assert set(up.values) == set(down.values) == set(order)
    for node in order:
        assert down.values[node] == pytest.approx(node.grad, rel=1e-12, abs=1e-300)
        assert up.values[node] == pytest.approx(tangents.get(node, 0.0), rel=1e-12, abs=1e-300)
    # Replay the statements as a program.
    adjoints: dict[Value, float] = {}
    for statement in down.statements:
        if not statement.terms:
            adjoints[statement.node] = 1.0
            continue
        [term] = statement.terms
        assert term.incoming == adjoints[term.edge.result]
        assert term.edge.operand is statement.node
        assert statement.accumulates == (statement.node in adjoints)
        adjoints[statement.node] = adjoints.get(statement.node, 0.0) + term.incoming * term.edge.partial
        assert statement.value == adjoints[statement.node]
    for statement in up.statements:
        assert all(term.incoming == up.values[term.edge.operand] for term in statement.terms)
    # Every multiplication and addition is one of the statements.
    edges = sum(len(statement.terms) for statement in down.statements)
    sums = sum(statement.accumulates for statement in down.statements)
    count = down.operations["reverse"]
    assert (count.multiplications, count.additions, count.sweeps) == (edges, sums, 1)
    count = up.operations["forward"]
    additions = sum(max(len(statement.terms) - 1, 0) for statement in up.statements)
    expected = sum(len(statement.terms) for statement in up.statements)
    if all(s.terms or s.node.op is None for s in up.statements):
        assert (count.multiplications, count.additions) == (expected, additions)
    assert count.sweeps == len(ag.leaves(y))


def test_counts_are_compared_for_all_leaves() -> None:
    *_, e = olah()
    sweep = ag.trace(e, ag.leaves(e)[1]).sweep("reverse")
    assert rows(sweep)[-2:] == [
        "reverse mode, for the derivatives by 2 leaves: 1 sweep: 5 multiplications and 1 addition",
        "forward mode, for the derivatives by 2 leaves: 2 sweeps of 5 multiplications and 2 additions, 14 operations",
    ]


def test_inner_node_is_the_seed_of_a_forward_sweep() -> None:
    a, _, c, _, e = olah()
    sweep = ag.trace(e, c).sweep("forward")
    assert (sweep.values[a], sweep.values[c], sweep.values[e]) == (0.0, 1.0, 2.0)


def test_nothing_comes_out_of_a_branch_that_was_not_taken() -> None:
    """An infinite slope below a slope of 0 is no NaN, as in backward()."""
    x = Value(0.0, "x")
    y = ag.where(0.0, ag.sqrt(x).named("s"), x).named("y")
    for direction in ("forward", "reverse"):
        sweep = ag.trace(y, x).sweep(direction)  # type: ignore[arg-type]
        assert sweep.values[x if direction == "reverse" else y] == 1.0


def test_latex_and_html_have_the_same_statements() -> None:
    nodes = baydin()
    trace = ag.trace(nodes[-1], nodes[0])
    up, down = trace.sweep("forward"), trace.sweep("reverse")
    assert (
        r"\bar{x}_{2} \mathrel{+}= \bar{v}_{2} \cdot \frac{\partial v_{2}}{\partial x_{2}} "
        r"& = \bar{v}_{2} \cdot x_{1} & = 1 \cdot 2 & 1.716"
    ) in down.latex()
    assert (
        r"\dot{v}_{1} = \dot{x}_{1} \cdot \frac{\partial v_{1}}{\partial x_{1}} "
        r"& = \dot{x}_{1} \cdot \frac{1}{x_{1}} & = 1 \cdot 0.5 & 0.5"
    ) in up.latex()
    assert (
        "<tr><td>x~<sub>2</sub> += v~<sub>2</sub> · ∂v<sub>2</sub>/∂x<sub>2</sub></td>"
        "<td>= v~<sub>2</sub> · x<sub>1</sub></td><td>= 1 · 2</td><td>1.716</td></tr>"
    ) in plain(down.html())
    assert down.markdown() == f"$$\n{down.latex()}\n$$\n"
    assert "forward mode, for" in down.html()


@pytest.mark.parametrize(
    ("label", "text", "latex"),
    [
        ("x", "x'", r"\dot{x}"),
        ("W[1,2]", "W'₁,₂", r"\dot{W}_{1,2}"),
        ("a^3[1]", "a'³₁", r"\dot{a}^{3}_{1}"),
        ("a[i]", "a'ᵢ", r"\dot{a}_{i}"),
        ("α", "α'", r"\dot{\alpha}"),
        ("out", "o'u't'", r"\dot{\mathrm{out}}"),
        ("x1*w1", "(x1*w1)'", r"\dot{\text{x1*w1}}"),
        ("<b>", "(<b>)'", r"\dot{\text{\textless{}b\textgreater{}}}"),
    ],
)
def test_mark_is_above_the_name_and_not_its_indices(label: str, text: str, latex: str) -> None:
    assert plain(marked(label, "forward")) == text
    assert marked(label, "forward", "latex") == latex


def test_long_sweep_leaves_out_the_middle() -> None:
    x, y = chain(100)
    for direction in ("forward", "reverse"):
        sweep = ag.trace(y, x).sweep(direction)  # type: ignore[arg-type]
        assert "… 77 more …" in str(sweep)
        assert len(sweep.statements) == 101


def test_tangent_of_many_terms_shows_the_first_ones() -> None:
    x = [Value(float(i), f"x[{i}]") for i in range(1, 7)]
    table = ag.trace(ag.total(x).named("y"), x[0]).sweep("forward").blocks[0]
    assert isinstance(table, Table)
    three = str(ag.trace(ag.total(x[:3]).named("y"), x[0]).sweep("forward"))
    assert "more" not in three
    assert [plain(cell) for cell in table.rows[-1][:2]] == [
        "y = x₁ + x₂ + … + x₆ = 21",
        "y' = x'₁ · ∂y/∂x₁ + x'₂ · ∂y/∂x₂ + x'₃ · ∂y/∂x₃ + … 3 more",
    ]


def test_wide_table_is_broken_within_its_columns() -> None:
    x = [Value(float(i), f"x[{i}]") for i in range(1, 7)]
    sweep = ag.trace(ag.total(x).named("y"), x[0]).sweep("forward")
    table = sweep.blocks[0]
    assert isinstance(table, Table)

    def columns(text: str) -> str:
        """A bar or a dot takes no column of a terminal."""
        return text.replace("\N{COMBINING OVERLINE}", "").replace("\N{COMBINING DOT ABOVE}", "")

    lines = columns(str(table)).splitlines()
    assert max(map(len, lines)) <= MAX_TABLE_COLUMNS < len(columns("  ".join(table.rows[-1])))
    # Each column, read downwards, has the whole cell.
    starts = [lines[0].index(title) for title in map(columns, table.header)]
    last = lines[1 + len(table.rows) - 1 :]
    for start, end, cell in zip(starts, [*starts[1:], None], map(columns, table.rows[-1]), strict=True):
        column = " ".join(line[start:end].strip() for line in last)
        assert column.split() == cell.split()


@pytest.mark.parametrize("direction", ["up", "Reverse", "", None, 1])
def test_unknown_direction_is_refused(direction: Any) -> None:
    *_, e = olah()
    with pytest.raises(ValueError, match="direction must be 'forward' or 'reverse', got"):
        ag.trace(e, e).sweep(direction)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_work_is_linear_in_the_graph(direction: Any) -> None:
    counts = []
    for length in (20, 40, 60):
        trace = ag.trace(*ladder(length))
        counts.append(calls(lambda trace=trace: trace.sweep(direction)))  # type: ignore[misc]
    assert counts[2] - counts[1] <= 1.1 * (counts[1] - counts[0])


@pytest.mark.parametrize("count", [24, 25, 26, 60])
def test_long_sweeps_show_their_first_and_last_statements(count: int) -> None:
    node = Value(1.0, "x")
    wrt = node
    for i in range(2, count + 1):
        node = (node * 1.5).named(f"u[{i}]")
    lines = str(ag.trace(node, wrt).sweep("forward")).splitlines()[1 : count + 1]
    shown = [line.split(" ")[0] for line in lines]
    names = [name(v.label) for v in ag.topological_order(node) if not v.constant]
    if count <= 25:
        assert shown == names
    else:
        assert shown[:16] == names[:16]
        assert f"… {count - 24} more …" in lines[16]
        assert shown[17:25] == names[-8:]


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_sweep_has_the_numbers_of_the_time_of_the_trace(direction: Any) -> None:
    x = Value(3.0, "x")
    y = ((x * x).named("u") * 2).named("y")
    trace = ag.trace(y, x)
    before = str(trace.sweep(direction))
    assert "u = x·x = 9" in before
    x.data = 5.0
    assert str(trace.sweep(direction)) == before
