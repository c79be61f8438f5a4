"""A derivative worked out by hand: what a trace says, and that it is right."""

from __future__ import annotations

import math
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

import pytest
from effort import IS_THOROUGH, scaled
from printed import assert_balanced, disagreements, equations, meanings, read, reasons, slope
from samples import chain, random_derivative

import autograd as ag
from autograd import TABLE, Value, ops
from autograd.expressions import evaluate
from autograd.symbolic import notation
from autograd.symbolic.latex import latex_width, wrapped
from autograd.symbolic.notation import derivative
from autograd.symbolic.typesetting import Style, name, number
from autograd.tracing import sheets
from autograd.tracing.sheets import MAX_COLUMNS, MAX_LATEX_ROW_CHARACTERS, MAX_TABLE_COLUMNS, Row, Table

HOSTILE = [
    '"];x[label="',
    "</script><b>",
    "\\",
    "a\nb",
    "\0",
    "🙂",
    "x" * 10_000,
    r"$x$ \input{f} %",
    "&amp;",
    "]]>",
    "\ud800",
]


def essay() -> tuple[Value, Value]:
    w, a, rest, E = Value(0.15, "W[1,1]"), Value(0.8, "a[1]"), Value(0.38, "rest"), Value(1.0, "E[1]")
    AS = ag.dot([w], [a], rest).named("AS")
    return ((ag.sigmoid(AS).named("out") - E) ** 2).named("C"), w


def olah() -> tuple[Value, Value]:
    a, b = Value(2.0, "a"), Value(1.0, "b")
    return ((a + b).named("c") * (b + 1).named("d")).named("e"), b


def deep(depth: int) -> tuple[Value, Value]:
    """A network of two neurons a layer: 2^(depth − 1) paths to each of the first layer's weights."""
    rng = random.Random(0)
    w = Value(0.5, "w")
    layer = [ag.tanh(w * 0.3).named("a^1[1]"), ag.tanh(Value(0.1, "u")).named("a^1[2]")]
    for level in range(2, depth + 1):
        layer = [
            ag.tanh(ag.dot([rng.uniform(-1, 1) for _ in layer], layer)).named(f"a^{level}[{i}]") for i in range(1, 3)
        ]
    return ag.total(layer).named("C"), w


def test_the_essays_derivative_is_worked_out_in_names_then_numbers_then_values():
    assert str(ag.trace(*essay())).splitlines() == [
        "∂C/∂W₁,₁ = ∂C/∂out · ∂out/∂AS · ∂AS/∂W₁,₁",
        "  ∂C/∂out   = 2(out − E₁)       = 2(0.6225 − 1)       = −0.7551",
        "  ∂out/∂AS  = S(AS)(1 − S(AS))  = 0.6225(1 − 0.6225)  =  0.235",
        "  ∂AS/∂W₁,₁ = a₁                                      =  0.8",
        "∂C/∂W₁,₁ = −0.7551 · 0.235 · 0.8                      = −0.142",
    ]


def test_where_paths_meet_the_products_are_summed():
    trace = ag.trace(*olah())
    assert str(trace).splitlines()[0] == "∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b"
    assert str(trace).splitlines()[-1] == "∂e/∂b = 2 · 1 + 3 · 1 = 5"
    assert [[f.value for f in path] for path in trace.paths] == [[2.0, 1.0], [3.0, 1.0]]


def test_both_modes_stand_side_by_side():
    C, w = olah()
    assert str(ag.trace(C, w).modes()).splitlines() == [
        "node  is     value  forward ∂·/∂b  reverse ∂e/∂·",
        "a            2      0              2",
        "b            1      1              5",
        "c     a + b  3      1              2",
        "d     b + 1  2      1              3",
        "e     c·d    6      5              1",
    ]


def test_latex_is_an_aligned_environment_with_fractions():
    latex = ag.trace(*essay()).latex()
    assert latex.startswith("\\begin{aligned}\n")
    assert latex.endswith("\n\\end{aligned}")
    assert r"\frac{\partial C}{\partial \mathrm{out}} &= 2 (\mathrm{out} - E_{1}) = 2 (0.6225 - 1) = -0.7551" in latex


def test_markdown_carries_the_latex_between_dollars():
    trace = ag.trace(*essay())
    assert trace.markdown() == f"$$\n{trace.latex()}\n$$\n"


def test_html_is_a_table_with_the_same_numbers():
    html = ag.trace(*essay()).html()
    assert "∂C/∂W<sub>1,1</sub>" in html
    assert "<td>= 2(0.6225 − 1)</td><td>= −0.7551</td>" in html
    assert html.count("<tr>") == html.count("</tr>") == 5


def test_the_value_is_that_of_backward_and_unrounded():
    C, w = essay()
    trace = ag.trace(C, w)
    C.backward()
    assert trace.value == w.grad
    assert ag.trace(C, C).value == 1.0


@pytest.mark.parametrize("graph", [essay, olah, lambda: deep(3)])
def test_the_products_along_the_paths_add_up_to_the_value(graph):
    trace = ag.trace(*graph())
    total = 0.0
    for path in trace.paths:
        product = 1.0
        for factor in path:
            product *= factor.value
            assert factor.formula.value == pytest.approx(factor.value, rel=1e-12, abs=1e-300)
        total += product
    assert total == pytest.approx(trace.value, rel=1e-14, abs=0.0)
    assert len(trace.paths) == trace.path_count


def test_many_paths_are_factored_from_the_top_down():
    C, w = deep(6)
    trace = ag.trace(C, w)
    lines = str(trace).splitlines()
    assert trace.path_count == ag.paths(C, w).count == 32
    assert trace.factored
    assert trace.paths == []
    assert lines[0].startswith("32 paths")
    assert lines[-1].startswith("  ∂C/∂w")
    C.backward()
    assert lines[-1].endswith(ag.trace(C, w)._repr_html_().partition("</caption>")[0].rpartition("= ")[2])


def test_two_to_the_sixty_paths_are_counted_and_not_listed():
    x = Value(1.0, "x")
    y = x
    for i in range(60):
        y = (y + y).named(f"y[{i}]")
    trace = ag.trace(y, x)
    assert trace.path_count == 2**60
    assert len(trace.factors) == 60  # the two edges of y + y are folded into one factor 2
    assert trace.value == 2.0**60
    for i in range(60):
        y = (ag.sin(y).named(f"s[{i}]") + ag.cos(y).named(f"c[{i}]")).named(f"z[{i}]")
    assert ag.trace(y, x).path_count == 2**120
    assert "many paths" in str(ag.trace(y, x))


def test_a_long_chain_is_cut_in_the_middle_and_still_right():
    x = Value(0.5, "x")
    y = x
    for _ in range(3_000):
        y = ag.sin(y)
    trace = ag.trace(y, x)
    y.backward()
    assert trace.value == x.grad
    assert len(str(trace).splitlines()) < 60
    assert "2,976 more" in str(trace)


def test_with_nothing_named_stations_are_chosen_and_named():
    w, a, b = Value(0.15), Value(0.8), Value(0.38)
    text = str(ag.trace((ag.sigmoid(w * a + b) - 1.0) ** 2, w))
    assert text.splitlines()[0] == "Let"
    assert "\n∂v₆/∂v₁ = ∂v₆/∂v₅ · ∂v₅/∂v₄ · ∂v₄/∂v₁\n" in text
    assert "  v₄ = v₁·v₂ + v₃  = 0.5" in text
    assert "= −0.142" in text


def test_the_same_operand_twice_is_one_factor():
    x = Value(2.0, "x")
    assert str(ag.trace((x * x).named("y"), x)) == "∂y/∂x = 2x = 2·2 = 4"


def test_the_derivative_of_a_value_by_itself_is_1():
    _, w = essay()
    assert str(ag.trace(w, w)) == "∂W₁,₁/∂W₁,₁ = 1"


def test_two_nodes_of_one_name_are_told_apart():
    h = Value(0.5, "h")
    assert "∂h′/∂h" in str(ag.trace(ag.exp(h).named("h"), h))


def test_a_wide_dot_does_not_fill_the_page():
    weights = ag.values([0.1] * 784, "w")
    text = str(ag.trace(ag.sigmoid(ag.dot(list(weights), [0.5] * 784).named("AS")).named("a"), weights[3]))
    assert "∂AS/∂w₄ = 0.5" in text
    assert max(map(len, text.splitlines())) < 120


def test_a_number_that_is_rounded_for_reading_is_not_rounded_for_multiplying():
    x = Value(1.00001, "x")
    y = x
    for i in range(10):
        y = (y * 1.00004).named(f"y[{i}]")
    trace = ag.trace(y, x)
    assert trace.value == pytest.approx(1.00004**10, rel=1e-15)
    assert "1.000 · 1.000" in str(trace)


class Tags(HTMLParser):
    """The tags of a text in order, each closed by its own; and of each row of a table the columns that it fills."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.columns: list[int] = []
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        if tag == "tr":
            self.columns.append(0)
        if tag in ("td", "th"):
            span = int(dict(attrs).get("colspan") or 1)
            assert span > 0
            self.columns[-1] += span

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_changes_no_line_and_no_tag(label: str):
    def trace(name: str) -> ag.tracing.Trace:
        x = Value(0.3, name)
        return ag.trace(ag.sigmoid(x * 2).named("y"), x)

    harmless, hostile = trace("some words"), trace(label)
    assert len(equations(str(hostile), "text")) == len(equations(str(harmless), "text"))
    assert len(equations(hostile.latex(), "latex")) == len(equations(harmless.latex(), "latex"))
    assert_balanced(hostile.latex())
    assert Tags(hostile.html()).tags == Tags(harmless.html()).tags
    for text in (str(hostile), hostile.latex(), hostile.html(), hostile.markdown()):
        assert max(map(len, text.splitlines())) < 1_000
        text.encode("utf-8")


def test_the_direct_part_is_told_from_the_whole_by_what_is_held_fixed():
    x = Value(2.0, "x")
    u = (x**2).named("u")
    assert str(ag.trace((u * x).named("f"), x)).splitlines() == [
        "∂f/∂x = ∂f/∂x|u + ∂f/∂u · ∂u/∂x, where ∂f/∂x|u holds u fixed",
        "  ∂f/∂x|u = u          = 4",
        "  ∂f/∂u   = x          = 2",
        "  ∂u/∂x   = 2x  = 2·2  = 4",
        "∂f/∂x = 4 + 2 · 4      = 12",
    ]


def test_a_rule_that_only_takes_floats_is_traced_by_its_value():
    own = ag.operation("own_sine", lambda x: math.sin(x), lambda x, z: math.cos(x))
    x = Value(2.0, "x")
    assert str(ag.trace(own(x).named("y"), x)) == "∂y/∂x = own_sine′ = −0.4161"


def test_a_graph_whose_leaf_was_changed_is_refused():
    C, w = essay()
    w.data = 5.0
    with pytest.raises(ValueError, match="was changed after it was computed; compute the graph anew"):
        ag.trace(C, w)


def test_a_trace_keeps_its_numbers():
    C, w = essay()
    trace = ag.trace(C, w)
    sheet = trace.worksheet(seed=1)
    written = (str, ag.tracing.Trace.latex, ag.tracing.Trace.html, lambda t: str(t.modes()), lambda t: str(sheet))
    before = [write(trace) for write in written]
    for leaf in ag.leaves(C):
        leaf.data = 5.0
    assert [write(trace) for write in written] == before


def test_names_that_would_be_written_alike_are_told_apart():
    v = Value(0.3, "v1")
    latex = ag.trace(ag.exp(ag.sin(v * v)), v).latex()
    assert r"\frac{\partial u_{3}}{\partial v_{1}}" in latex
    x, y = Value(1.0, "x1"), Value(2.0, "x[1]")
    assert "{x_{1}}' = 2" in ag.trace((x * y).named("z"), x).latex()
    a, b = Value(1.0, "n" * 100), Value(2.0, "n" * 99 + "m")
    assert "n′" in str(ag.trace((a * b).named("z"), a))


def test_a_trace_and_a_picture_number_the_unnamed_alike():
    x = Value(0.5, "x")
    y = ag.exp(ag.sin(x * 2.0) + ag.cos(x)).named("y")
    trace, picture = str(ag.trace(y, x)), ag.draw(y, wrt=x).describe()
    for definition in ("v₂ = sin(", "v₃ = cos(x)", "v₄ = v₂ + v₃"):
        assert definition in trace
        assert definition in picture


def test_chosen_names_begin_at_1_without_gaps() -> None:
    """Steps of arithmetic that are part of a formula have no number, neither in a trace nor in a picture."""
    w, a, E = Value(0.15, "w"), Value(0.8, "a"), Value(1.0, "E")
    C = (ag.sigmoid(w * a * 2 + 0.1) - E) ** 2 * 3
    trace = ag.trace(C, w)
    assert [trace.stations.names[node] for node in trace.stations.nodes] == ["w", "v[1]", "v[2]", "v[3]"]
    assert "v₁ = v₅ + 0.1" in ag.draw(C).describe()
    assert str(ag.trace(ag.total([(w * k - E) ** 2 for k in range(9)]), w)).startswith("Let\n  v₁  = ")


def test_what_is_no_value_is_refused():
    with pytest.raises(TypeError, match=r"trace\(\) takes Values, got float 1.0"):
        ag.trace(1.0, Value(1.0))  # type: ignore[arg-type]


WRITTEN: dict[Style, Callable[[ag.tracing.Trace], str]] = {
    "text": str,
    "latex": ag.tracing.Trace.latex,
    "html": ag.tracing.Trace.html,
}


@pytest.mark.parametrize("style", WRITTEN)
def test_every_equality_of_a_trace_holds(style: Style) -> None:
    """Along paths and factored, in symbols and in numbers: each side of each line is the same number."""
    sides = 0
    for seed in range(scaled(200)):
        trace = ag.trace(*random_derivative(seed), max_paths=(1, 8, 30)[seed % 3])
        assert trace.value == pytest.approx(slope(trace.target, trace.wrt), rel=1e-9, abs=1e-12)
        rows = equations(WRITTEN[style](trace), style)
        wrong, compared = disagreements(trace, style, rows)
        assert not wrong, (seed, wrong[0])
        sides += compared
        shown = trace.stations.nodes[:-1] if trace.factored else trace.factors
        assert len(rows) >= min(len(shown), 24)
    assert sides > 15 * scaled(200)


def test_every_page_of_a_trace_is_well_formed() -> None:
    for seed in range(scaled(200)):
        trace = ag.trace(*random_derivative(seed), max_paths=(1, 8, 30)[seed % 3])
        latex, html = trace.latex(), Tags(trace.html())
        assert_balanced(latex)
        assert latex.startswith("\\begin{aligned}\n")
        assert latex.endswith("\n\\end{aligned}")
        lines = latex.split("\n")[1:-1]
        assert all(line.endswith(r" \\") for line in lines[:-1])
        assert all(line.count("&") == 1 for line in lines)
        assert len(set(html.columns)) == 1
        assert len(html.columns) == sum(not line.startswith((r"  &\quad", "  &= ")) for line in lines)
        assert trace.markdown().split("$$") == ["", f"\n{latex}\n", "\n"]


def long_chain(count: int) -> tuple[Value, Value]:
    x = y = Value(0.5, "x")
    for i in range(1, count):
        y = (ag.sin(y) * 1.5).named(f"h[{i}]")
    return y, x


@pytest.mark.parametrize("style", WRITTEN)
def test_both_modes_are_a_table_of_true_numbers(style: Style) -> None:
    graphs = [random_derivative(seed) for seed in range(scaled(30))] + [long_chain(n) for n in (25, 26)]
    for target, wrt in graphs:
        trace = ag.trace(target, wrt)
        table = trace.modes(style)
        assert len({len(row) for row in [table.header, *table.rows]}) == 1
        nodes: list[Value | None] = list(trace.stations.names)
        if len(nodes) > 25:
            assert f"… {len(nodes) - 24} more …" in table.rows[16][0]
            nodes[16:-8] = [None]
        for node, (_, _, *numbers) in zip(nodes, table.rows, strict=True):
            if node is not None:
                exact = [node.data, slope(node, wrt), slope(target, node)]
                for number, value in zip(numbers, exact, strict=True):
                    assert read(number, style, {}).agrees(value), table.rows
        wrong, _ = disagreements(trace, style, [row[:3] for row in table.rows if row[1]])
        assert not wrong, wrong[0]


def random_rows(draw: random.Random) -> list[Row]:
    """Rows of a worked solution, narrow and wide, with 1 to 5 terms and 0 to 3 cells, remarks between them."""

    def words(longest: int) -> str:
        return draw.choice("abcxyz−") + "".join(draw.choices("abcxyz0123456789", k=draw.randint(0, longest)))

    rows = []
    for _ in range(draw.randint(1, 8)):
        longest = draw.choice([4, 12, 12, 40])
        terms = tuple(words(longest) for _ in range(draw.choice([1, 1, 2, 3, 5])))
        cells = tuple(words(longest) for _ in range(draw.randint(0, 3)))
        rows.append(Row(words(6).strip("−") or "d", terms, cells, draw.random() < 0.3))
        if draw.random() < 0.2:
            rows.append(Row("", ("a remark",), whole=True))
    return rows


def test_text_keeps_every_side_and_breaks_what_is_too_long() -> None:
    broken = 0
    for seed in range(scaled(500)):
        rows = random_rows(random.Random(seed))
        printed = sheets.text(rows)
        lines = printed.splitlines()
        expected = [[row.lhs, " + ".join(row.terms), *row.cells] for row in rows if row.lhs]
        assert equations(printed, "text") == expected, printed
        for row in rows:
            sides = [row.lhs, " + ".join(row.terms), *row.cells]
            margin = "" if row.whole else "  "
            own = [line for line in lines if line.startswith(f"{margin}{row.lhs} ")] if row.lhs else ["a remark"]
            assert own
            if row.lhs and len(" = ".join(sides)) > MAX_COLUMNS:
                assert f"{margin}{row.lhs} = {row.terms[0]}" in lines
                indent = " " * len(margin + row.lhs)
                for piece in [*(f" + {term}" for term in row.terms[1:]), *(f" = {cell}" for cell in row.cells)]:
                    assert indent + piece in lines
                broken += 1
    assert broken


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("cells", [("2",), ("2", "−2")])
def test_a_line_is_broken_where_it_is_longer_than_the_width(whole: bool, cells: tuple[str, ...]) -> None:
    for length in range(MAX_COLUMNS - 3, MAX_COLUMNS + 4):
        row = Row("d", ("x" * (length - len(" = ".join(["d", "", *cells]))),), cells, whole)
        lines = sheets.text([row]).splitlines()
        assert len(lines) == (1 if length <= MAX_COLUMNS else 1 + len(cells))


def test_equals_signs_and_values_of_text_are_below_one_another() -> None:
    for seed in range(scaled(500)):
        draw = random.Random(seed)
        rows = [
            Row(lhs, row.terms[:1], row.cells)
            for lhs, row in zip("abcdefghijklmnopq", random_rows(draw), strict=False)
            # Wider rows are laid out by themselves.
            if row.lhs and len(f"{row.lhs}{row.terms[0]}{row.cells}") < 30
        ]
        lines = sheets.text(rows).splitlines()
        assert len(lines) == len(rows)
        assert len({line.index("=") for line in lines}) <= 1
        # A value without a sign has its first digit where the others have theirs.
        values = [
            line.rindex(row.cells[-1]) - (not row.cells[-1].startswith("−"))
            for line, row in zip(lines, rows, strict=True)
            if row.cells
        ]
        if any(row.cells[-1].startswith("−") for row in rows if row.cells):
            assert len(set(values)) <= 1, lines


def test_notes_in_latex_have_lines_of_their_own() -> None:
    """A reason that does not fit behind its value begins a line, and each further reason that does not fit another."""
    reasons = [rf"u_{{{i}}} = {i}.25 > 0" for i in range(1, 9)]
    note = r"\text{, because }" + r"\text{ and }".join(reasons)
    for lhs, side in (("y", "x"), ("y", " + ".join(["x"] * 18)), (r"\mathrm{" + "W" * 60 + "}", "x")):
        rows = [Row(lhs, (side,), ("2",), note=note), Row("y", ("3",), note=r"\text{, a division by 0}")]
        latex = sheets.latex(rows)
        lines = [line.partition("&")[2] for line in latex.splitlines()[1:-1]]
        assert all(latex_width(line.removesuffix(r" \\")) <= sheets.latex_room([lhs]) + len("= ") for line in lines)
        assert len(lines) > 2
        assert [latex.count(reason) for reason in reasons] == [1] * 8
        assert lines[-1] == r"= 3\text{, a division by 0}"
        assert equations(latex, "latex") == [[lhs, side, "2"], ["y", "3"]]
    assert sheets.latex([Row("y", ("x",), ("2",), note=note[:30])]).count("\n") == 2


def test_sentences_in_latex_are_broken_between_words() -> None:
    for seed in range(scaled(300)):
        draw = random.Random(seed)
        words = ["area", "of", "the", r"\{a b\}", "50", r"\%", "longestofwords"]
        formula = r"{x^{2} + \text{if } y}"
        pieces = [
            formula if draw.random() < 0.3 else rf"\text{{{' '.join(draw.choices(words, k=6))} }}"
            for _ in range(draw.randint(1, 8))
        ]
        sentence, width = "".join(pieces), draw.choice([20, 40, 60])
        lines = wrapped(sentence, width)
        # A space is lost at the end of each line, and nothing else.
        assert re.sub(r"\\text{}|}\\text{| ", "", "".join(lines)) == re.sub(r"}\\text{| ", "", sentence)
        # A wider line has no space between words.
        assert all(latex_width(line) <= width or " " not in line.replace(formula, "") for line in lines[:-1])
        assert len(lines) >= latex_width(sentence) / (width + 2 * latex_width(formula)) - 1
        for line in lines:
            assert_balanced(line)


def test_latex_and_html_keep_every_side_of_every_row() -> None:
    for seed in range(scaled(500)):
        rows = random_rows(random.Random(seed))
        sides = [[row.lhs, " + ".join(row.terms), *row.cells] for row in rows if row.lhs]
        latex, html = sheets.latex(rows), sheets.html(rows, "caption")
        assert equations(latex, "latex") == sides
        assert equations(html, "html") == sides
        tags = Tags(html)
        assert tags.columns == [1 + max(1 + len(row.cells) for row in rows)] * len(rows)
        lines = latex.splitlines()[1:-1]
        assert all(line.count("&") == 1 for line in lines)
        starts = [line for line in lines if not line.startswith((r"  &\quad", "  &= "))]
        assert len(starts) == len(rows)
        # Only a part without a sign is wider than what is left beside the widest left-hand side.
        room = max(MAX_LATEX_ROW_CHARACTERS - max(latex_width(row.lhs) for row in rows) - len(" = "), 40)
        assert room == sheets.latex_room([row.lhs for row in rows])
        for line in lines:
            row_text = line.removesuffix(r" \\").partition("&")[2].removeprefix("= ")
            assert " = " not in row_text or latex_width(row_text) <= room, line
        for line, row in zip(html.splitlines()[1:-1], rows, strict=True):
            widest = re.findall(r'<td colspan="\d+">(.*?)</td>', line)
            spanned = (" + ".join(row.terms) if row.whole or len(row.cells) < 2 else row.cells[-2]).removeprefix("= ")
            assert all(spanned in cell for cell in widest)


def test_tables_have_as_many_cells_in_each_row_as_columns() -> None:
    for seed in range(scaled(100)):
        draw = random.Random(seed)
        width, height = draw.randint(1, 5), draw.randint(1, 5)
        cells = [["x" * draw.randint(0, 9) + f"{i},{k}" for k in range(width)] for i in range(height + 1)]
        table = Table(lambda style, cells=cells: cells)
        lines = str(table).splitlines()
        for k in range(width):
            assert len({line.index(row[k]) for line, row in zip(lines, cells, strict=True)}) == 1
        latex = table.latex()
        assert latex.startswith("\\begin{array}{" + "l" * width + "}\n")
        rows = latex.removesuffix("\n\\end{array}").split("\n", 1)[1].replace(r"\hline", "").split(r"\\")
        assert [[cell.strip() for cell in row.split("&")] for row in rows] == cells
        assert latex.count(r"\hline") == 1
        assert latex.index(r"\hline") < latex.index(cells[1][0])
        assert Tags(table.html()).columns == [width] * (height + 1)
        assert re.findall(r">([^<>\n]+)</t[hd]>", table.html()) == [cell for row in cells for cell in row]
        assert table.html().count("<th ") == width


def test_a_formula_of_16_parts_is_whole_and_one_of_17_is_cut() -> None:
    for parts, stations in ((16, 2), (17, 3)):
        x = Value(0.5, "x")
        y = x
        for i in range((parts - 1) // 2):
            y = y + Value(1.0 + i, f"c[{i}]")
        y = y if parts % 2 else -y
        assert len(ag.trace(-y, x).stations.nodes) == stations


def test_long_formulas_are_cut_in_parts_of_one_length() -> None:
    x, y = chain(64)
    stations = ag.trace(y, x).stations
    assert [stations.definition(node).size for node in stations.nodes] == [1, 17, 17, 17, 17]
    draw = random.Random(0)
    for _ in range(100):
        y = draw.choice([lambda y: y + 0.1, lambda y: y * 1.1, lambda y: -y])(y)
    trace = ag.trace(y, x)
    sizes = [trace.stations.definition(node).size for node in trace.stations.nodes]
    assert all(16 < size <= 18 for size in sizes[1:-1])
    assert max(len(line) for line in str(trace).splitlines() if line.startswith("  ")) < 120


def test_24_stations_are_written_along_the_path_and_25_are_factored() -> None:
    for stations, factored in ((24, False), (25, True)):
        x = y = Value(0.5, "x")
        for i in range(stations - 1):
            y = ag.sin(y).named(f"y[{i}]")
        trace = ag.trace(y, x)
        assert len(trace.stations.nodes) == stations
        assert trace.factored is factored
        assert (len(trace.paths), len(trace.factors)) == (0 if factored else 1, stations - 1)


def test_the_middle_of_more_than_25_lines_is_left_out() -> None:
    for below, gap in ((24, ""), (25, ""), (26, "… 2 more …"), (40, "… 16 more …")):
        first, *lines = str(ag.trace(*long_chain(below + 1))).splitlines()
        assert first == f"1 path through {below} nodes; factored, from the top down:"
        assert len(lines) == (25 if gap else below)
        assert [i for i, line in enumerate(lines) if "more" in line] == ([16] if gap else [])
        assert not gap or lines[16] == gap


def wide(numbers: Sequence[float]) -> tuple[Value, Value]:
    """A sum of as many terms as there are numbers, each of them a number times one node above the leaf."""
    x = Value(0.5, "x")
    h = ag.sin(x).named("h")
    return ag.total([(h * n).named(f"u[{i}]") for i, n in enumerate(numbers, 1)]).named("y"), x


@pytest.mark.parametrize("style", WRITTEN)
def test_of_many_terms_the_largest_are_written_and_the_sum_of_the_others(style: Style) -> None:
    for seed in range(scaled(40)):
        draw = random.Random(seed)
        numbers = [draw.choice([-1, 1]) * float(f"{draw.uniform(0.001, 9):.3g}") for _ in range(draw.randint(2, 12))]
        trace = ag.trace(*wide(numbers), max_paths=1)
        above, terms, value = equations(WRITTEN[style](trace), style)[-2][1:]
        assert read(value, style, {}).agrees(sum(numbers))
        shown = [read(f"({term})", style, {}).value for term in re.findall(r"1 (?:·|\\cdot) \(?([−\-\d.]+)", terms)]
        if len(numbers) <= 4:
            assert shown == numbers[::-1]
            assert "more" not in above + terms
            continue
        by_size = sorted(numbers, key=abs, reverse=True)
        assert shown == by_size[:3]
        assert f"{len(numbers) - 3} more" in above
        rest = re.search(rf"\((?:\\text{{)?{len(numbers) - 3} more: }}?\+?(.*)\)", terms)
        assert rest is not None
        assert read(rest[1], style, {}).agrees(sum(by_size[3:]))


def test_numbers_are_put_in_where_paths_are_factored() -> None:
    a, E = Value(0.05, "a"), Value(0.0, "E")
    C = ag.total([((a * i).named(f"h[{i}]") - E) ** 2 for i in range(1, 4)]).named("C")
    row = equations(str(ag.trace(C, a, max_paths=1)), "text")[0]
    assert row == ["∂C/∂h₃", "2(h₃ − E)", "2(0.15 − 0)", "0.3"]


@pytest.mark.parametrize("style", WRITTEN)
def test_numbers_that_cancel_keep_the_digits_that_matter(style: Style) -> None:
    """Whatever cancels, each side of each line gives the printed result, at one percent."""
    for seed in range(scaled(100)):
        draw = random.Random(seed)
        x = Value(draw.uniform(4.0, 17.0), "x")
        gap = 10.0 ** draw.uniform(-12, -1)
        u, w = Value(x.data + gap, "u"), (x * (1.0 + gap)).named("w")
        graphs = [
            ag.tanh(x),
            ag.sigmoid(x),
            ag.sigmoid(2 * x),
            (w - x) ** 2,
            (u - x) ** 3 / gap,
            w**2 - x**2,
            ag.tanh(9 * x),
        ]
        for f in graphs:
            trace = ag.trace(f.named("f"), x, max_paths=draw.choice([1, 8]))
            names = meanings(trace, style)
            for lhs, *sides in equations(WRITTEN[style](trace), style):
                for side in sides:
                    shown = read(side, style, names).value
                    assert math.isclose(shown, names[lhs], rel_tol=0.011, abs_tol=1e-300), (lhs, side, names[lhs])


def test_digits_of_a_number_near_1() -> None:
    x = Value(8.7, "x")
    assert "1 − tanh(x)² = 1 − 0.9999999445² = 1.11×10⁻⁷" in str(ag.trace(ag.tanh(x).named("y"), x))
    x = Value(30.0, "x")  # tanh(x) rounds to 1
    assert "1/cosh(x)² = 1/cosh(30)² = 3.503×10⁻²⁶" in str(ag.trace(ag.tanh(x).named("y"), x))


def test_an_infinite_slope_has_its_cause() -> None:
    x = Value(0.0, "x")
    trace = ag.trace(ag.sqrt(x).named("y"), x)
    assert str(trace) == "∂y/∂x = 1/(2√x) = 1/(2·0) = ∞, a division by 0"
    assert r"\infty\text{, a division by 0}" in trace.latex()
    assert "∞, a division by 0</td>" in trace.html()


def test_tanh_by_exp_is_one_fraction() -> None:
    x = Value(1.5, "x")
    e = ag.exp(2 * x).named("e")
    assert "∂y/∂e = 2/(e + 1)²" in str(ag.trace(((e - 1) / (e + 1)).named("y"), x))
    assert "∂y/∂x = 2e^x/(e^x + 1)²" in str(ag.trace(((math.e**x - 1) / (math.e**x + 1)).named("y"), x))


def test_a_power_of_e_has_the_slope_of_a_textbook() -> None:
    x = Value(3.0, "x")
    trace = ag.trace((math.e ** (2 * x)).named("y"), x)
    assert str(trace) == "∂y/∂x = 2e^(2x) = 2·403.4 = 806.9"
    assert "&= 2 e^{2 x} = " in trace.latex()
    assert "2e<sup>2x</sup>" in trace.html()
    assert str(ag.trace((2**x).named("y"), x)) == "∂y/∂x = 2^x·ln(2) = 8·ln(2) = 5.545"


def test_a_label_that_is_an_expression_is_bracketed() -> None:
    a, b = Value(2.0, "x1"), Value(3.0, "w1")
    s = (a * b).named("x1*w1")
    assert str(ag.trace(((s + a) ** 2).named("s"), b)).splitlines()[:2] == [
        "∂s/∂w1 = ∂s/∂(x1*w1) · ∂(x1*w1)/∂w1",
        "  ∂s/∂(x1*w1)  = 2(x1*w1 + x1)  = 2(6 + 2)  = 16",
    ]


@pytest.mark.parametrize("count", [2, 3])
def test_primes_are_explained(count: int) -> None:
    w = Value(0.5, "w")
    a = [Value(float(i), "a") for i in range(count)]
    trace = ag.trace(ag.total([w * x for x in a]).named("y"), w)
    expected = (
        "a′ is another node with the label a"
        if count == 2
        else "Primes mark other nodes with the same label, such as a′ beside a"
    )
    assert str(trace).splitlines()[0] == expected
    assert expected.split("a′")[0] in trace.latex()
    assert expected in trace.html()
    assert "Primes" not in str(ag.trace((w * a[0]).named("y"), w))


@pytest.mark.parametrize("style", WRITTEN)
def test_definitions_come_before_their_use(style: Style) -> None:
    for seed in range(scaled(40)):
        trace = ag.trace(*random_derivative(seed))
        names = trace.stations.names
        rows = [row[0] for row in equations(WRITTEN[style](trace), style)]
        defined = [name(names[node], style) for node in trace.stations.unnamed]
        assert rows[: len(defined)] == defined or trace.factored
        assert ("Let" in WRITTEN[style](trace)) == bool(set(rows) & set(defined))
        solution = rows.index(derivative(names[trace.target], names[trace.wrt], style))
        assert all(row not in defined for row in rows[solution:])


def test_a_reason_has_digits_that_tell_its_numbers_apart() -> None:
    u, w, x = Value(1.00001, "u"), Value(1.00002, "w"), Value(3e-9, "x")
    assert str(ag.trace(ag.maximum(u, w).named("y"), u)) == "∂y/∂u = 0, because u = 1.00001 < w = 1.00002"
    assert str(ag.trace(ag.relu(x).named("y"), x)) == "∂y/∂x = 1, because x = 3×10⁻⁹ > 0"


# What a rule is computed with, and no reader looks for.
ENGINE_NAMES = re.compile(
    r"\b(greater|step|where|lowered_power|xlogy|sech|leg|unit|gaussian)(?=\(|\}|\\_)|lowered\\_power"
)
AT = {"acosh": (1.5,), "leg": (1.5, 0.5), "clip": (0.5, 0.25, 2.0), "lowered_power": (0.5, 3.0, 1.0)}


def applied(op: ag.Op) -> tuple[Value, list[Value]]:
    """An operation on named leaves in its domain."""
    numbers = AT.get(op.name, (0.5, 0.25, 0.75, 0.3, 0.2)[: op.arity or {ops.DOT: 5}.get(op, 3)])
    leaves = [Value(x, label) for x, label in zip(numbers, "xyuvt", strict=False)]
    operands: list[Value | float] = [*leaves]
    if op is ops.SOFTMAX:
        operands[0] = 1.0
    return op(*operands).named("f"), [x for x in operands if isinstance(x, Value)]


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.partials.__module__ == "autograd.ops"], ids=str)
def test_no_reader_meets_the_operations_of_the_engine(op: ag.Op) -> None:
    """At first and second order, in every format: neither in a trace nor in a picture nor on a worksheet."""
    f, leaves = applied(op)
    for x in leaves if IS_THOROUGH else leaves[:2]:
        slope = ag.gradient(f, x).named("g")
        traces = [ag.trace(f, x)]
        traces += [ag.trace(slope, y) for y in leaves if y in set(ag.leaves(slope))]
        for trace in traces if IS_THOROUGH else traces[:2]:
            pages = [str(trace), trace.latex(), trace.html(), str(trace.modes())]
            pages += (
                [trace.worksheet(1).latex(), ag.draw(trace.target, wrt=trace.wrt).describe()] if x is leaves[0] else []
            )
            for page in pages:
                assert not ENGINE_NAMES.search(page), page
            for style, write in WRITTEN.items():
                names, written = meanings(trace, style), write(trace)
                stated = reasons(written, style, names)
                assert all(holds for _, holds in stated), stated
                wrong, _ = disagreements(trace, style, equations(written, style))
                assert not wrong, wrong[0]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda x, w: ag.relu(x), "1, because x = 3 > 0"),
        (lambda x, w: ag.relu(x - 3), "0, because v₁ = 0, by convention"),
        (lambda x, w: ag.maximum(x, w), "1, because x = 3 > w = 1"),
        (lambda x, w: ag.minimum(x, w), "0, because w = 1 < x = 3"),
        (lambda x, w: ag.maximum(x, w + 2), "0.5, because x = w + 2 = 3, a tie"),
        (lambda x, w: ag.leaky_relu(-x), "0.01, because v₁ = −3 < 0"),
        (lambda x, w: ag.elu(-x, w), "w·exp(v₁)"),
        (lambda x, w: ag.abs(x - 5), "−1, because v₁ = −2 < 0"),
        (lambda x, w: ag.clip(x, 0, 2), "0, because x = 3 > 0 and x = 3 > 2"),
        (lambda x, w: ag.where(w, x, 2 * x), "1, because w = 1 ≠ 0"),
        (lambda x, w: ag.where(w - 1, x, 2 * x), "0, because"),
        (lambda x, w: ag.maximum(x, x.data + w * 1e-9), "0, because x = 3"),
    ],
)
def test_a_rule_by_cases_gives_its_case_and_the_reason(make: Callable[..., Value], expected: str) -> None:
    x, w = Value(3.0, "x"), Value(1.0, "w")
    trace = ag.trace(make(x, w).named("f"), x)
    assert expected in re.sub(r" +", " ", str(trace)), str(trace)
    for style, write in WRITTEN.items():
        stated = reasons(write(trace), style, meanings(trace, style))
        assert stated
        assert all(holds for _, holds in stated), stated


@pytest.mark.parametrize("style", WRITTEN)
def test_each_term_of_a_sum_has_its_reason(style: Style) -> None:
    """Where paths are factored, a row has the reasons for the cases of all its terms."""
    for count in (2, 3, 4):
        x = Value(0.5, "x")
        h = ag.sin(x).named("h")
        units = [ag.relu(h * (-1) ** i * i - 0.1).named(f"u[{i}]") for i in range(1, count + 1)]
        trace = ag.trace(ag.total(units).named("y"), x, max_paths=1)
        names = meanings(trace, style)
        stated = reasons(WRITTEN[style](trace), style, names)
        assert [holds for _, holds in stated] == [True] * count
        assert len({reason for reason, _ in stated}) == count


def test_a_reason_that_reads_from_either_side_is_given_once() -> None:
    for data, reason in ((0.0, "w = x = 0, a tie"), (3.0, "w = 0 < x = 3")):
        x, w = Value(data, "x"), Value(0.0, "w")
        u = (ag.maximum(x, w) + ag.minimum(w, x)).named("u")
        assert f"∂u/∂x = 1, because {reason}\n" in str(ag.trace((3 * u).named("y"), x)).replace("x = 3 > w = 0", reason)


def test_cases_are_the_environment_of_latex_where_nothing_decides() -> None:
    x = Value(3.0, "x")
    slope = ag.gradient(ag.relu(x) ** 3, x).named("g")
    trace = ag.trace(slope, x)
    assert r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{else} \end{cases}" in trace.latex()
    assert "(1 if x > 0, else 0)" in str(trace)
    assert "(1 if x &gt; 0, else 0)" in trace.html()


def test_a_number_is_written_once() -> None:
    x = Value(0.5, "x")
    assert str(ag.trace((x * 2.0).named("y"), x)) == "∂y/∂x = 2"
    assert str(ag.trace((x * math.pi).named("y"), x)) == "∂y/∂x = π = 3.142"


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_as_many_paths_are_written_as_asked_for(limit: int) -> None:
    for count in (limit, limit + 1):
        x = Value(0.5, "x")
        y = ag.total([ag.sin(x * i).named(f"h[{i}]") for i in range(1, count + 1)])
        for trace in [ag.trace(y, x, max_paths=limit)] + [ag.trace(y, x)] * (limit == 8):  # 8 where nothing is said
            assert trace.path_count == count
            assert trace.factored is (count > limit)
            assert len(trace.paths) == (0 if count > limit else count)


@pytest.mark.parametrize(
    ("count", "held"), [(1, "u0"), (2, "u0 and u1"), (3, "u0, u1 and 1 more"), (4, "u0, u1 and 2 more")]
)
def test_stations_held_fixed_are_named_or_counted(count: int, held: str) -> None:
    x = Value(2.0, "x")
    y = x
    for i in range(count):
        y = y * (x * (i + 2)).named(f"u{i}")
    assert f" holds {held} fixed\n" in str(ag.trace(y.named("y"), x))


def chained(count: int, step: Callable[[Value, Value], Value]) -> tuple[Value, Value]:
    """A chain of unnamed nodes, each made of the one before it and of the name below."""
    x = Value(0.5, "x")
    y = x
    for _ in range(count):
        y = step(y, x)
    return y.named("y"), x


def summed(count: int, term: Callable[[Value, int], Value], by_plus: bool = False) -> tuple[Value, Value]:
    x = Value(0.5, "x")
    terms = [term(x, i) for i in range(count)]
    return (sum(terms[1:], terms[0]) if by_plus else ag.total(terms)).named("y"), x


# More levels than Python's recursion limit, and more terms than a page takes.
WIDE_AND_DEEP: dict[str, Callable[[], tuple[Value, Value]]] = {
    "chain of sums": lambda: chained(5_000, lambda y, x: y * 0.9999 + 0.0001),
    "chain of sines": lambda: chained(5_000, lambda y, x: ag.sin(y)),
    "nest of tanh": lambda: chained(1_100, lambda y, x: ag.tanh(y)),
    "two paths per step": lambda: chained(1_100, lambda y, x: y * 0.5 + x),
    "power by products": lambda: chained(300, lambda y, x: y * x),
    "sum of squares": lambda: summed(1_000, lambda x, i: (x + i) ** 2),
    "sum of squares by plus": lambda: summed(300, lambda x, i: (x + i) ** 2, by_plus=True),
    "sum of quotients": lambda: summed(300, lambda x, i: x / (x + (i + 1))),
    "sum of powers": lambda: summed(300, lambda x, i: x**i),
    "sum of tanh": lambda: summed(1_000, lambda x, i: ag.tanh(x * i)),
    "softmax": lambda: (ag.softmax(x := [Value(i / 300, f"x[{i}]") for i in range(300)])[3].named("y"), x[0]),
    "logsumexp": lambda: (ag.logsumexp(x := [Value(i / 300, f"x[{i}]") for i in range(300)]).named("y"), x[0]),
    "dot": lambda: (
        ag.dot(w := [Value(0.1, f"w[{i}]") for i in range(1_000)], [Value(i, f"x[{i}]") for i in range(1_000)]).named(
            "y"
        ),
        w[0],
    ),
}


@pytest.mark.parametrize("shape", WIDE_AND_DEEP if IS_THOROUGH else ["sum of squares", "softmax"])
def test_wide_and_deep_graphs_have_pages_of_readable_length(shape: str) -> None:
    y, x = WIDE_AND_DEEP[shape]()
    trace = ag.trace(y, x)
    assert trace.value == pytest.approx(ag.gradient(y, x).data)
    steps, sheet, why, nudge = trace.steps(), trace.worksheet(seed=1), trace.why(), trace.nudge(0.01)
    sweep, modes = trace.sweep("reverse"), trace.modes()
    pages = {
        "trace": str(trace),
        "steps": str(steps),
        "opened": str(trace.steps(open=("tanh", "sigmoid"))),
        "sheet": str(sheet),
        "why": str(why),
        "nudge": str(nudge),
        "reverse": str(sweep),
        "forward": str(trace.sweep("forward")),
        "modes": str(modes),
    }
    for i, (title, page) in enumerate(pages.items()):
        assert len(page) < 80_000, title
        # Sentences are not broken.
        lines = [line for line in page.splitlines() if not re.search(r"Fill in|\bmode, for|because", line)]
        assert max(map(columns, ["", *lines])) <= (MAX_COLUMNS if i < 4 else MAX_TABLE_COLUMNS), (
            title,
            max(lines, key=columns),
        )
    for markup in (trace.latex(), steps.latex(), sweep.latex(), sheet.latex()):
        assert_balanced(markup)
        assert len(markup) < 120_000
    for markup in (trace.html(), steps.html(), why.html(), nudge.html(), modes.html()):
        Tags(markup)
        assert len(markup) < 120_000
    if IS_THOROUGH and len(trace.stations.nodes) < 400:
        assert not disagreements(trace, "text", equations(str(trace), "text"))[0]


def columns(line: str) -> int:
    """The width of a line in a terminal, where a bar or dot above a letter takes none."""
    return sum(not unicodedata.combining(c) for c in line)


def test_sum_whose_terms_meet_is_factored_by_its_largest_terms() -> None:
    """Not one factor of a thousand terms: the largest with their numbers, and the subtotal of the others."""
    y, x = summed(300, lambda x, i: (x + i) ** 2)
    *_, row = equations(str(ag.trace(y, x)), "text")
    assert row[1].startswith("∂y/∂v₃₀₀ · 2(x + 299) + ∂y/∂v₂₉₉ · 2(x + 298) + ")
    rest = math.fsum(2 * (0.5 + i) for i in range(297))
    assert row[2].endswith(f"(297 more: +{number(rest)})")
    eight, nine = (ag.trace(*summed(count, lambda x, i: (x + i) ** 2)) for count in (8, 9))
    assert (len(eight.factors), len(nine.stations.nodes)) == (1, 11)


def random_side(draw: random.Random, depth: int = 0) -> str:
    """A sum or product of names and brackets, as formulas have them."""
    if depth > 3 or draw.random() < 0.3:
        return draw.choice(["x", "tanh(v₁)", "0.1234", "W₁,₁", "e^(−x)"])
    parts = [random_side(draw, depth + 1) for _ in range(draw.randint(2, 4))]
    sign = draw.choice([" + ", " − ", " · ", "·"])
    text = sign.join(f"({part})" if " " in part else part for part in parts)
    return text if depth else f"{text} = {draw.random():.3f}"


def in_latex(side: str, draw: random.Random) -> str:
    """The same as LaTeX, with brackets that grow here and there, and indices in braces."""
    side = side.replace(" · ", r" \cdot ").replace("·", r" \cdot ").replace("−", "-").replace("₁,₁", "_{1 - 1}")
    side = side.replace("v₁", "v_{1}").replace("e^(-x)", "e^{-x}")
    if draw.random() < 0.3:
        side = side.replace("(", r"\left(").replace(")", r"\right)")
    return side


@pytest.mark.parametrize("style", ["text", "latex"])
def test_lines_are_broken_at_the_outermost_signs(style: Style) -> None:
    signs = r"[+−-] |(?:·|\\cdot) ?|[(/]"
    count = 0
    for seed in range(scaled(700)):
        draw = random.Random(seed)
        side = random_side(draw)
        side = in_latex(side, draw) if style == "latex" else side
        width = draw.randint(20, 100)
        measure = latex_width if style == "latex" else len
        lines = sheets.broken(side, style, width)
        joined = "".join(line for _, line in lines).replace("Bigl", "left").replace("Bigr", "right")
        assert joined.replace(" ", "") == side.replace(" ", "")
        if measure(side) <= width:
            assert lines == [(0, side)]
        elif len(lines) == 1:
            assert not re.search(r" [+−·-] |·|cdot", side)
        for _, line in lines:
            if style == "latex":
                assert line.count("{") == line.count("}")
            if measure(line) > width:
                # Nothing in it could be broken.
                assert not re.search(r"\S (?:[+−-]|·|\\cdot) \S|\w·\w", re.sub(r"\{[^{}]*\}", "", line[2:])), line
        for _, line in lines[1:]:
            count += 1
            assert re.match(signs, line), line
        # The brackets that a line begins in are those that the lines before it have left open.
        left_open = 0
        for depth, line in lines:
            assert depth == left_open
            left_open += line.count("(") - line.count(")")
        if max(depth for depth, _ in lines):
            # Deeper breaks only where the outermost signs do not suffice.
            assert any(measure(piece) > width for piece in _outermost(side))
    assert count


def _outermost(side: str) -> list[str]:
    """Divide a side at the signs that are in no brackets."""
    pieces, depth = [""], 0
    for piece in re.split(r"( [+−·-] | \\cdot |·|(?<=\)) ?(?=\()|(?<=\S)·(?=\S))", side):
        if depth == 0 and re.fullmatch(r" [+−·-] | \\cdot |·| ?", piece):
            pieces.append("")
        pieces[-1] += piece
        depth += piece.count("(") - piece.count(")")
    return pieces


@pytest.mark.parametrize(
    ("expression", "derivative"),
    [
        ("x**2/3", "2/3·x"),
        ("6*x*x/2 + x + x", "2 + 6x"),
        ("2*(x*x/2)", "2x"),
        ("(x**2 + 3*x)/2", "3/2 + x"),
        ("x**3 - 3*x**2 + 3*x", "3 − 6x + 3x²"),
        ("2*x - x*(x - 4)*(-1)", "2x − 2"),
    ],
)
def test_fractions_and_signs_of_numbers_are_merged(expression: str, derivative: str) -> None:
    x = Value(0.75, "x")
    trace = ag.trace(evaluate(expression, {"x": x}).output.named("y"), x)
    written = trace.factors[0].formula
    assert str(trace).split(" = ")[1] == derivative
    assert written.value == trace.value
    assert evaluate(notation.write(written, "plain"), {"x": x}).output.data == pytest.approx(trace.value)


def test_zero_times_infinity_is_said_to_be_a_convention() -> None:
    """The trace and its steps agree that √(z³) has the slope 0 at 0, and say why in every form."""
    z = Value(0.0, "z")
    for u in ((z * z * z).named("u"), z * z * z):
        trace = ag.trace(ag.sqrt(u).named("y"), z)
        steps = trace.steps()
        assert str(trace).endswith("= 0, since 0 · ∞ is 0 by convention")
        assert trace.latex().splitlines()[-2].endswith(r"\text{, since }0 \cdot \infty\text{ is 0 by convention}")
        assert "0, since 0 · ∞ is 0 by convention</td>" in trace.html()
        for printed in (str(steps), steps.latex(), steps.html(), steps.markdown()):
            assert "by convention" in printed
            assert "NaN" not in printed
    # Two stations: the product has the remark. One formula: its value has it.
    assert str(ag.trace(ag.sqrt((z * z).named("u")).named("y"), z).steps()).endswith("since 0 · ∞ is 0 by convention")
    corner = ag.trace(ag.hypot(z, z).named("y"), z)
    assert str(corner).endswith("= 0, by convention")
    assert re.search(r"= 0 +by convention$", str(corner.steps()))
    trace = ag.trace(ag.sqrt(z).named("y"), z)
    assert str(trace.steps()).endswith("= ∞  a division by 0")
    assert "convention" not in str(trace) + str(trace.steps())


def test_lines_of_text_are_indented_as_they_belong_together() -> None:
    """The parts of a solution are two columns in, and a further line begins below the equals sign, or within it."""
    checked = 0
    for seed in range(scaled(40)):
        trace = ag.trace(*random_derivative(seed))
        lines = str(trace).splitlines()
        # The last row may have further lines.
        lhs = next(line for line in lines[::-1] if line.lstrip().startswith("∂")).partition(" =")[0]
        for line in lines:
            head, sign, _ = line.partition(" = ")
            if line.lstrip().startswith(("∂", "Let")) and sign:
                is_whole = head.strip() == lhs.strip() and not trace.factored and len(trace.factors) > 1
                assert len(head) - len(head.lstrip()) == (0 if is_whole or len(trace.factors) == 1 else 2), line
                checked += 1
    assert checked > scaled(40)
    terms = [f"{x}·({' + '.join(x * 9 for x in 'abc')})" for x in "uvw"]
    head, width = "y = ", 24
    first, *rest = sheets.continued(head, " + ".join(terms), width)
    assert (first, len(rest)) == ("y = u", 8)
    depth = first.count("(") - first.count(")")
    for line in rest:
        text = line.lstrip()
        sign_width = 2 if text.startswith("+ ") else 0
        assert len(line) - len(text) + sign_width == len(head) + 2 * depth, line
        depth += text.count("(") - text.count(")")
    assert depth == 0
    assert sheets.continued("", "a" * 20 + " + b", 3, margin=4)[1] == "  + b"


@pytest.mark.parametrize("position", [0, 5, 10])
def test_a_term_that_is_no_number_is_never_among_the_rest(position: int) -> None:
    """A sum is NaN because of one term, so that term is written, wherever it is among many."""
    odd = ag.Op("odd", lambda x: x, lambda x, z: (math.nan,), 1)
    x = Value(0.5, "x")
    h = [ag.sin(x * k).named(f"h[{k}]") for k in range(1, 11)]
    h.insert(position, odd(x).named("u"))
    *_, terms = str(ag.trace(ag.total(h).named("y"), x)).split("∂y/∂x = ")
    assert "∂y/∂u · " in terms
    assert "NaN" in terms.partition("more: ")[0]
    assert re.search(r"8 more: [+−]?\d", terms)


@pytest.mark.parametrize(("number", "reason"), [(1e-10, "> 0"), (-1e-10, "< 0"), (0.0, "0, by convention")])
def test_only_an_exact_zero_has_the_slope_of_a_convention(number: float, reason: str) -> None:
    x = Value(number, "x")
    for op in (ag.relu, ag.leaky_relu, ag.abs):
        trace = ag.trace(op(x).named("y"), x)
        assert str(trace).endswith(reason)
        assert ("by convention" in trace.latex()) == (number == 0.0)
