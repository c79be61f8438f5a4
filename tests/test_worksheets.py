"""Exercises: what is blank is what the key answers, and labels stay what they are."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from drawn import HOSTILE, network, with_label
from effort import IS_THOROUGH, scaled
from points import ordinary
from printed import assert_balanced, disagreements, equations
from samples import olah, random_derivative

import autograd as ag
from autograd import Value
from autograd.symbolic.typesetting import Style, number
from autograd.tracing.answer_tables import by_blank
from autograd.tracing.class_sheets import ClassSheets
from autograd.tracing.exercises import Format, Worksheet, shown_answers
from autograd.tracing.marking import Answer, Step, arithmetic, judged, parsed, points_around
from autograd.tracing.sheets import Row
from autograd.tracing.variants import varied


def worked() -> tuple[Value, Value]:
    w, a, rest, E = Value(0.15, "W[1,1]"), Value(0.8, "a[1]"), Value(0.38, "rest"), Value(1.0, "E[1]")
    AS = ag.dot([w], [a], rest).named("AS")
    return ((ag.sigmoid(AS).named("out") - E) ** 2).named("C"), w


def filled_in(exercise: str, answers: list[str]) -> str:
    for i, answer in enumerate(answers, 1):
        exercise = exercise.replace(f"______({i})", answer)
    return exercise


@pytest.mark.parametrize("seed", range(12))
def test_the_answers_put_into_the_blanks_give_the_solution(seed: int) -> None:
    _, b, *_, e = olah()
    for C, w in (worked(), (e, b), network()):
        trace = ag.trace(C, w)
        sheet = trace.worksheet(seed)
        exercise, key = sheet.exercise("text"), sheet.key("text")
        answers = re.findall(r"^\(\d+\) = (.*)$", key, re.MULTILINE)
        assert len(set(re.findall(r"______\((\d+)\)", exercise))) == len(answers) >= 1
        if C.label != "C" or len(trace.stations.nodes) < 5:
            lines = [" ".join(line.split()) for line in filled_in(exercise, answers).splitlines()]
            solution = [" ".join(line.split()) for line in str(trace).splitlines()]
            assert lines[-len(solution) :] == solution


def test_the_exercise_gives_what_it_takes_and_not_the_result() -> None:
    exercise = ag.trace(*worked()).worksheet(seed=3).exercise("text")
    given, work = exercise.split("∂C/∂W₁,₁ = ", 1)
    assert [line.split() for line in given.splitlines()[2:]] == [
        ["W₁,₁", "=", "0.15"],
        ["a₁", "=", "0.8"],
        ["rest", "=", "0.38"],
        ["AS", "=", "W₁,₁·a₁", "+", "rest", "=", "0.5"],
        ["out", "=", "S(AS)", "=", "0.6225"],
        ["E₁", "=", "1"],
        ["C", "=", "(out", "−", "E₁)²", "=", "0.1425"],
    ]
    assert "−0.142" not in work


def test_the_share_says_how_much_is_blank() -> None:
    trace = ag.trace(*worked())
    counts = [len(trace.worksheet(seed=1, share=share).answers) for share in (0.0, 0.5, 1.0)]
    assert counts[0] == 1
    # All but a₁ = 0.8, which the given numbers show.
    assert counts[0] < counts[1] < counts[2] == 8
    with pytest.raises(ValueError, match=r"share must be from 0 to 1, got 1\.5"):
        trace.worksheet(share=1.5)


def test_the_result_is_always_blank() -> None:
    for seed in range(scaled(60)):
        trace = ag.trace(*random_derivative(seed))
        sheet = trace.worksheet(seed, share=0.0)
        # Unless the sheet shows it elsewhere: then the product is asked for.
        shown = sheet.exercise("text").replace("−", "").count(f" {number(abs(trace.value))}")
        assert sheet.key("text").splitlines()[-1] == f"(1) = {number(trace.value)}" or shown > 1


def test_one_seed_gives_one_sheet_and_another_seed_another() -> None:
    C, w = worked()
    assert str(ag.trace(C, w).worksheet(5)) == str(ag.trace(C, w).worksheet(5))
    assert len({str(ag.trace(C, w).worksheet(seed)) for seed in range(8)}) > 4


def test_other_numbers_are_of_the_same_kind_and_worked_out_anew() -> None:
    C, w = worked()
    sheets = {ag.trace(C, w).worksheet(seed, share=0.0, vary=True).exercise("text") for seed in range(6)}
    assert len(sheets) == 6
    for sheet in sheets:
        given = dict(re.findall(r"^  (\S+) +(?:= .+)?= (\S+)$", sheet, re.MULTILINE))
        out, E, a = (float(given[name].replace("−", "-")) for name in ("out", "E₁", "a₁"))
        assert E.is_integer()
        assert E in (0.0, 1.0)
        answer = re.search(r"\) = (\S+)\n$", ag.trace(C, w).worksheet(0, 0.0, vary=True).key("text"))
        assert answer is not None
        assert 0 < out < 1
        assert a > 0
    assert w.data == 0.15
    with pytest.raises(ValueError, match="wrt must be a leaf with vary=True, got"):
        ag.trace(C, C.operands[0]).worksheet(vary=True)


def test_other_numbers_keep_to_the_domain() -> None:
    x = Value(0.5, "x")
    for seed in range(20):
        assert "NaN" not in str(ag.trace(ag.log(1 - x).named("y"), x).worksheet(seed, vary=True))
    x = Value(1.0005, "x")
    with pytest.raises(ValueError, match="all 200 draws of other numbers were outside the domain"):
        ag.trace(ag.log(x - 1.0004) + ag.log(1.0006 - x), x).worksheet(vary=True)


def test_markdown_has_its_formulas_between_dollars_and_latex_is_a_document() -> None:
    sheet = ag.trace(*worked()).worksheet(seed=3)
    markdown, latex = sheet.markdown(), sheet.latex()
    assert markdown.count("$$\n") == 8
    assert markdown.index("### Exercise") < markdown.index("---") < markdown.index("### Answers")
    assert latex.startswith("\\documentclass[a4paper]{article}")
    assert latex.count(r"\[\fitted{") == latex.count(r"}\]") == 4
    assert latex.count(r"\underline{\hspace{5em}}") == sheet.exercise("text").count("______")


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_ends_a_formula_of_a_worksheet(label: str) -> None:
    e, b = with_label(label)
    sheet = ag.trace(e, b).worksheet(seed=1)
    plain = ag.trace(*with_label("q")).worksheet(seed=1)
    for form in ("markdown", "latex"):
        shown, expected = getattr(sheet, form)(), getattr(plain, form)()
        for mark in ("$", "\\begin", "\\end", "#", "<"):
            assert len(re.findall(rf"(?<!\\){re.escape(mark)}", shown)) == expected.count(mark), mark
        lines, known = (len(re.sub(r" \\\\\n  &(?:\\quad|= )", "", page).splitlines()) for page in (shown, expected))
        assert lines == known


BLANK = {"text": r"______\((\d+)\)", "latex": r"\\underset{\\text{\((\d+)\)}}{\\underline{\\hspace{5em}}}"}
BLOCK = {"text": r"\n(.*)", "markdown": r"\$\$\n(.*?)\n\$\$", "latex": r"\\\[\\fitted{(.*?)}\\\]"}


def lines(page: str, form: str, style: Style) -> list[list[str]]:
    """The equations on a page of a worksheet, without those of its instruction."""
    page = re.sub(r"^Fill in .*$", "", page, flags=re.MULTILINE)
    return [line for block in re.findall(BLOCK[form], page, re.DOTALL) for line in equations(block, style)]


def test_variant_asks_for_no_rounding_error() -> None:
    """Of 0.1 + 0.2 − 0.3 = 5.6×10⁻¹⁷, a sheet would have the rounding error for its answer."""
    x, c = Value(0.3, "x"), Value(0.3, "c")
    for terms in (
        ag.total([x * Value(0.2), x * Value(0.1), -x * c]),
        ag.dot([x, x, x], [Value(0.2), Value(0.1), -c]),
        ((x * Value(0.2)).named("u") + x * Value(0.1)) - x * c,
        (Value(0.2) + Value(0.1) - c) * x,
        ag.sin(Value(0.2) + Value(0.1) - c) / x,
    ):
        for seed in range(40):
            y, z = varied(terms.named("y"), x, seed)
            numbers = [ag.gradient(y, z).data, *(node.data for node in ag.topological_order(y))]
            assert not [number for number in numbers if 0.0 < abs(number) < 1e-12]
    # A derivative of terms that always cancel has no other variant.
    y, z = varied((x * 0.1 + x * 0.2 - x * 0.3).named("y"), x, 1)
    assert 0.0 < abs(ag.gradient(y, z).data) < 1e-12


@pytest.mark.parametrize("form", BLOCK)
@pytest.mark.parametrize("vary", [False, True])
def test_every_sheet_is_its_solution_with_blanks_and_all_of_it_is_true(form: Format, vary: bool) -> None:
    style: Style = "text" if form == "text" else "latex"
    kept = compared = 0
    for seed in range(scaled(60)):
        C, w = random_derivative(seed)
        try:
            trace = ag.trace(*(varied(C, w, seed) if vary else (C, w)))
        except ValueError:  # all other numbers left the domain
            continue
        sheet = ag.trace(C, w).worksheet(seed, share=0.4, vary=vary)
        exercise, key = (lines(page(form), form, style) for page in (sheet.exercise, sheet.key))
        marks = [re.fullmatch(r"(?:\\text{)?\((\d+)\)}?", line[0]) for line in key]
        answers = {mark[1]: line[1] for mark, line in zip(marks, key, strict=True) if mark}
        blanks = [i for line in exercise for side in line for i in re.findall(BLANK[style], side)]
        assert sorted(set(blanks), key=int) == list(answers) == [str(i + 1) for i in range(len(answers))] != []

        solution = key[: len(key) - len(answers)]
        assert solution == equations(str(trace) if form == "text" else trace.latex(), style)[-len(solution) :]
        filled = [[re.sub(BLANK[style], lambda m, a=answers: a[m[1]], side) for side in line] for line in exercise]
        assert filled[len(filled) - len(solution) :] == solution
        assert not re.search(BLANK[style], str(exercise[: len(filled) - len(solution)]))
        wrong, count = disagreements(trace, style, filled)
        assert not wrong, (seed, wrong[0])
        kept, compared = kept + 1, compared + count
        if form != "text":
            assert_balanced(getattr(sheet, form)())
    assert kept > 0.7 * scaled(60)
    assert compared > 15 * kept


MARKS = re.compile(r"______\(\d+\)|\\underset{\\text{\(\d+\)}}{\\underline{\\hspace{5em}}}")


def is_within(part: str, page: str, before: str, after: str) -> bool:
    """Return True if a page has a part that is not within a word or number; a pattern for each answer would be slow."""
    pieces = page.split(part)
    return any(
        not (left[-1:].isalnum() or (left and left[-1] in before))
        and not (right[:1].isalnum() or (right and right[0] in after))
        for left, right in pairwise(pieces)
    )


DECIMAL = re.compile(r"(?<![\w.])\d+\.\d{4,}(?![\w.]|×| \\\\times)")


def leaks(sheet: Worksheet, form: Format, page: str) -> list[Answer]:
    """Return the answers that a reader finds on a page: numbers anywhere, and formulas."""
    page = MARKS.sub("", page)
    page = re.sub(r"Round numbers to 4 significant digits\.|\d+ points?\.|Exercise \d+", "", page)
    # A line that is broken after "= 0" goes on with "· 2(x + 1)".
    page = re.sub(r"\n {3,}(?=[+−·/(])| \\\\\n  &(?:\\quad)+", " ", page)
    shown = re.sub(r"_{[^{}]*}", "", page) if form != "text" else page
    alone = set(re.findall(r"= [−-]?(\d) *(?:$|\\\\|=|\n)", page))
    # More digits of a number tell it too.
    rounded = {number(float(x)) for x in DECIMAL.findall(shown) if len(x.strip("0.")) > 5}
    found = []
    for answer in sheet.answers:
        text = answer.text if form == "text" else answer.latex
        if answer.value is None:
            is_shown = is_within(text, page, ".′_", "._")
        elif answer.value.is_integer() and abs(answer.value) < 10:
            # A digit in a formula, such as a coefficient, says nothing; alone behind an equals sign it does.
            is_shown = text.lstrip("−-") in alone
        else:
            is_shown = is_within(text.lstrip("−-"), shown.replace(r" \times", "×"), "._", "._×")
            is_shown = is_shown or text.lstrip("−-") in rounded
        found += [answer] if is_shown else []
    return found


def substituted(sheet: Worksheet, style: Style) -> list[str]:
    """Return the numbers put into each formula that is asked for: beside the given numbers they tell the formula."""
    rows = sheet._rows[style][1]
    formulas = [i for (i, k), step in sheet._blanks.items() if k == 0 and step == "differentiate"]
    return [rows[i].cells[0] for i in formulas if len(rows[i].cells) > 1]


FORMS: tuple[Format, ...] = ("text", "markdown", "latex")
STYLES: dict[Format, Style] = {"text": "text", "markdown": "latex", "latex": "latex"}
# Two sheets for each, and two or thirty for each operation: 300 in quick runs, 10,000 in thorough ones.
SHEETS = 4000 if IS_THOROUGH else 80


class TestNoLeak:
    """No answer can be read anywhere on its exercise, in any form."""

    def check(self, sheet: Worksheet) -> bool:
        """Check the exercise in each form; return False if the given numbers show every single answer."""
        if not sheet._candidates:
            return False
        for form in FORMS:
            page = sheet.exercise(form)
            assert leaks(sheet, form, page) == [], sheet.exercise("text")
            for numbers in substituted(sheet, STYLES[form]):
                assert not is_within(numbers, MARKS.sub("", page), ".′_", "._"), page
        return True

    def test_random_derivatives(self) -> None:
        hidden = []
        for seed in range(SHEETS):
            trace = ag.trace(*random_derivative(seed))
            for vary, difficulty in ((False, "hard"), (seed % 2 == 0, "easy")):
                try:
                    sheet = trace.worksheet(seed, vary=vary, difficulty=difficulty)  # type: ignore[arg-type]
                except ValueError:  # all other numbers left the domain
                    continue
                hidden.append(self.check(sheet))
        assert sum(hidden) > 0.9 * len(hidden) > SHEETS

    def test_all_operations(self) -> None:
        hidden = []
        for op in ag.TABLE.values():
            for seed, point in enumerate(ordinary(op)[: (30 if IS_THOROUGH else 2)]):
                xs = [Value(x, f"x[{i}]") for i, x in enumerate(point, 1)]
                u = op(*xs).named("u")
                sheet = ag.trace((u * u + u).named("y"), xs[-1]).worksheet(seed, difficulty="hard")
                hidden.append(self.check(sheet))
        assert sum(hidden) > 0.8 * len(hidden) > 100

    def test_numbers_put_in_never_show_a_blank_formula(self) -> None:
        """2(0.6225 − 1) beside a blank for 2(out − E₁) would give it away, in each form."""
        compared = 0
        # In the last one, two rows have the same numbers put in, which cannot be hidden.
        for seed in (*range(scaled(40)), 48):
            trace = ag.trace(*random_derivative(seed))
            sheet = trace.worksheet(0, steps=["differentiate", "multiply"], share=0.8)
            forms: list[tuple[Format, Style]] = [("text", "text"), ("latex", "latex")]
            for form, style in forms:
                for line in lines(sheet.exercise(form), form, style):
                    if len(line) < 3 or not re.fullmatch(BLANK[style], line[1]):
                        continue
                    for side in line[2:]:
                        compared += 1
                        shown = re.sub(r"[−-]?[\d.]+|×|\\times|10|[⁰¹²³⁴-⁹⁻]|\^\{-?\d+\}", "", side).strip("() ")
                        assert re.fullmatch(BLANK[style], side) or not shown or "because" in side, (line, form)
        assert compared > scaled(40)

    def test_a_number_that_occurs_again_is_the_same_blank(self) -> None:
        trace = ag.trace(*worked())
        sheet = next(s for s in map(trace.worksheet, range(99)) if "0.235" in [a.text for a in s.answers])
        blank = f"______({[a.text for a in sheet.answers].index('0.235') + 1})"
        assert sheet.exercise("text").count(blank) == 2
        assert "0.235" not in sheet.exercise("text")
        assert "0.235" not in sheet.exercise("latex")

    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_an_exponent_of_latex_shows_its_number(self, sign: float) -> None:
        """z¹² has no 12 in text, but z^{12} has; it would tell −12 too."""
        x, z = Value(6.0, "x"), Value(1.5, "z")
        sheet = ag.trace(((sign * x * x).named("u") + z**12).named("y"), x).worksheet(share=1.0)
        assert "12" in sheet.exercise("latex")
        assert "12" not in [answer.text.lstrip("−") for answer in sheet.answers]

    def test_a_mantissa_is_not_the_number_that_a_blank_hides(self) -> None:
        x, k = Value(1.25, "x"), Value(2.5e-5, "k")
        sheet = ag.trace((k * (x * x).named("u")).named("y"), x).worksheet(share=1.0, steps="multiply")
        assert [answer.text for answer in sheet.answers] == ["2.5", "6.25×10⁻⁵"]
        text, latex = sheet.exercise("text"), re.sub(BLANK["latex"], r"______(\1)", sheet.exercise("latex"))
        assert "= 2.5×10⁻⁵ · ______(1) = ______(2)" in re.sub(" +", " ", text)
        assert r"= 2.5 \times 10^{-5} \cdot ______(1) = ______(2)" in latex

    @pytest.mark.parametrize("given", ["2.5", "3.5"])
    def test_a_mantissa_in_a_product_hides_no_number(self, given: str) -> None:
        rows = [Row("∂u/∂x", ("2x",), ("2.5",)), Row("∂y/∂x", ("2.5×10⁻⁵ · 4",), ("10⁻⁴",), True)]
        sheet = Worksheet(lambda _: "∂y/∂x", lambda _: [Row("a", (given,))], lambda _: rows, 0, 1.0)
        assert ((0, 1) in sheet.places) is (given != "2.5")

    @pytest.mark.parametrize("vary", [False, True])
    def test_exercises_of_one_sheet(self, vary: bool) -> None:
        """No exercise shows an answer of another: derivatives of one graph, of inner nodes, at the same numbers too."""
        count = hidden = 0
        for seed in range(max(SHEETS // 40, 4)):
            draw = random.Random(seed)
            C, w = random_derivative(seed)
            stations = ag.trace(C, w).stations.nodes[1:]
            inner = [w] if vary else [draw.choice(stations), draw.choice(stations)]
            pairs = [(C, w), (C, inner[0]), (inner[-1], w)]
            traces = [ag.trace(*pair) for pair in dict.fromkeys(pairs)]
            options: Any = {} if vary else {"vary": False}
            try:
                options["difficulty"] = draw.choice(["easy", "medium", "hard"])
                (sheets,) = ag.worksheets(traces, seed=seed, **options).sheets
            except ValueError:  # all other numbers left the domain
                continue
            for form in FORMS:
                page = "\n".join(sheet.exercise(form) for sheet in sheets)
                for sheet in sheets:
                    told = leaks(sheet, form, page)
                    told += [x for x in substituted(sheet, STYLES[form]) if is_within(x, MARKS.sub("", page), ".", ".")]
                    # The given numbers may show every single answer.
                    assert not told or not sheet.can_hide, (seed, form, told)
            count, hidden = count + len(sheets), hidden + sum(sheet.can_hide for sheet in sheets)
        assert hidden > 0.6 * count > 2

    def test_equal_derivatives_are_asked_for_in_all_exercises_or_in_none(self) -> None:
        C, w = worked()
        (out, _), (AS,) = C.operands[0].operands, C.operands[0].operands[0].operands
        traces = [ag.trace(C, w), ag.trace(C, out), ag.trace(C, AS), ag.trace(out, w)]
        for seed in range(4):
            (sheets,) = ag.worksheets(traces, seed=seed, vary=False, difficulty="easy").sheets
            pages = "".join(sheet.exercise("text") for sheet in sheets)
            # The results of the second and the last exercise, and a factor of the others.
            assert [sheet.answers[-1].text for sheet in sheets] == ["−0.142", "−0.7551", "−0.1774", "0.188"]
            assert "0.7551" not in pages
            assert pages.count("S(AS)(1 − S(AS))") in (0, 3)
            # Exercises are as they are alone, but for what the others ask for.
            alone = ag.trace(C, w).worksheet(seed, difficulty="easy")
            assert set(alone.places) <= set(sheets[0].places)

    def test_numbers_of_a_student_are_drawn_apart(self) -> None:
        """Two exercises of whole numbers have the blanks that they have alone, since other numbers are drawn."""
        x = Value(12.0, "x")
        trace = ag.trace(((2 * x).named("u") ** 2).named("y"), x)
        sheets = ag.worksheets([trace, trace], students=6, seed=1).sheets
        assert {sheet.places for row in sheets for sheet in row} == {trace.worksheet(1).places}
        for row in sheets:
            page = "".join(sheet.exercise("text") for sheet in row)
            assert not [answer for sheet in row for answer in leaks(sheet, "text", page)]

    def test_a_formula_within_another_is_not_asked_for(self) -> None:
        x = Value(0.5, "x")
        y, z = (x**2).named("y"), ag.exp(ag.sin(x**2).named("v")).named("z")
        asked = []
        for seed in range(8):
            (sheets,) = ag.worksheets([ag.trace(y, x), ag.trace(z, x)], seed=seed, vary=False).sheets
            is_shown = "cos(x²)(2x)" in sheets[1].exercise("text")
            is_asked = "2x" in [answer.text for answer in sheets[0].answers]
            assert not (is_shown and is_asked)
            asked.append(is_asked)
        assert any(asked)

    def test_numbers_put_in_do_not_tell_a_formula(self) -> None:
        x = Value(3.0, "x")
        u = (6 - x).named("u")
        y = ((x**2).named("p") * (u**3).named("q")).named("y")
        sheet = ag.trace(y, x).worksheet(share=1.0, steps="differentiate")
        assert [answer.text for answer in sheet.answers][:2] == ["2x", "2·3"]
        y = ((x**2).named("p") * (u**2).named("q")).named("y")
        sheet = ag.trace(y, x).worksheet(share=1.0, steps="differentiate")
        # 2x = 2·3 and 2u = 2·3: neither can be blank.
        assert sheet.exercise("text").count("2·3") == 2
        assert not {"2x", "2u"} & {answer.text for answer in sheet.answers}

    def test_the_definition_of_S_is_no_answer(self) -> None:
        x = Value(0.5, "x")
        sheet = ag.trace(ag.softplus(x).named("y"), x).worksheet(share=1.0)
        assert [answer.text for answer in sheet.answers] == ["S(x)", "S(0.5)", "0.6225"]
        assert "S(" not in sheet.exercise("text") + sheet.exercise("latex")
        sheet = ag.trace(ag.sigmoid(x).named("y"), x).worksheet()
        assert "S(z) = 1/(1 + e^(−z))." in sheet.exercise("text")
        assert "$S(z) = 1/(1 + e^{-z})$." in sheet.exercise("latex")

    def test_more_digits_of_a_number_tell_it(self) -> None:
        x = Value(0.01, "x")
        sheet = ag.trace((ag.sin(x).named("u") - x).named("y"), x).worksheet(share=1.0, steps="multiply")
        # cos(0.01) is 1.000, and 0.99995 in the sum, whose terms cancel.
        assert "0.99995" in sheet.exercise("text")
        assert "1.000" not in [answer.text for answer in sheet.answers]
        one, two = (
            Worksheet(lambda _: "∂y/∂x", lambda _: [], lambda _, row=row: [row], 0, 0.0)  # type: ignore[misc]
            for row in (Row("∂y/∂x", ("a·b",), ("0.9999",), True), Row("∂y/∂x", ("1 − 0.9999092",), ("9×10⁻⁵",), True))
        )
        assert shown_answers(one, two) == {(0, 1)}
        assert shown_answers(two, one) == set()

    def test_what_the_given_numbers_show_is_asked_for_as_a_whole(self) -> None:
        x = Value(2.0, "x")
        sheet = ag.trace((3 * x).named("y"), x).worksheet()
        assert [answer.text for answer in sheet.answers] == ["3"]


class TestDifficulty:
    """Difficulty and steps choose what is blank; points and the instruction tell."""

    def test_harder_sheets_have_more_blanks(self) -> None:
        trace = ag.trace(*worked())
        counts = {
            difficulty: sum(len(trace.worksheet(seed, difficulty=difficulty).answers) for seed in range(20))
            for difficulty in ("easy", "medium", "hard")
        }
        assert counts["easy"] < counts["medium"] < counts["hard"] == 20 * 8

    @pytest.mark.parametrize("step", ["differentiate", "put in", "multiply"])
    def test_a_step_is_asked_for_alone_beside_the_result(self, step: Step) -> None:
        answers = ag.trace(*worked()).worksheet(share=1.0, steps=[step]).answers
        # The numbers put in would show the formula, so they are blank with it.
        with_formulas = {"differentiate": {"differentiate", "put in"}}
        assert {answer.step for answer in answers[:-1]} == with_formulas.get(step, {step})
        assert answers[-1].text == "−0.142"
        formulas = {
            "differentiate": ["2(out − E₁)", "2(0.6225 − 1)", "S(AS)(1 − S(AS))", "0.6225(1 − 0.6225)"],
            "put in": ["2(0.6225 − 1)", "0.6225(1 − 0.6225)", "−0.7551 · 0.235 · 0.8"],
            "multiply": ["−0.7551", "0.235"],
        }
        assert [answer.text for answer in answers[:-1]] == formulas[step]

    def test_easy_sheets_ask_for_no_formula(self) -> None:
        trace = ag.trace(*worked())
        steps = {answer.step for seed in range(20) for answer in trace.worksheet(seed, difficulty="easy").answers}
        assert steps == {"put in", "multiply"}

    def test_the_instruction_has_the_rounding_and_the_points(self) -> None:
        sheet = ag.trace(*worked()).worksheet(difficulty="hard")
        assert sheet.points == 2 * 2 + 3 + 3
        for form in ("text", "markdown", "latex"):
            told = sheet.exercise(form)  # type: ignore[arg-type]
            assert "Round numbers to 4 significant digits. " in told
            assert "occurs twice" not in told
            assert (
                "S(x) = 1/(1 + e^(−x)). 10 points." if form == "text" else "$S(x) = 1/(1 + e^{-x})$. 10 points."
            ) in told
            assert "a last digit may differ" in sheet.key(form)  # type: ignore[arg-type]
            assert "Round" not in sheet.key(form)  # type: ignore[arg-type]
        easy = ag.trace(*worked()).worksheet(share=1.0, steps="multiply").exercise("text")
        assert "blanks. A blank that occurs twice has the same answer. Round" in easy
        square = sheet_of_square().exercise()
        assert "digits. 1 point." in square
        assert "occurs twice" not in square

    def test_refusals(self) -> None:
        trace = ag.trace(*worked())
        with pytest.raises(ValueError, match="difficulty must be one of easy, medium, hard, got 'harder'"):
            trace.worksheet(difficulty="harder")  # type: ignore[arg-type]
        with pytest.raises(
            ValueError, match="steps must be of name the rule, differentiate, put in, multiply, got 'guess'"
        ):
            trace.worksheet(steps=["guess"])  # type: ignore[list-item]


def sheet_of_square() -> Worksheet:
    x = Value(3.0, "x")
    return ag.trace((x * x).named("y"), x).worksheet(share=0.0)


class TestMarking:
    """`mark` judges numbers by their rounding and formulas by their letters."""

    def test_the_key_is_all_right(self) -> None:
        for seed in range(10):
            sheet = ag.trace(*random_derivative(seed)).worksheet(seed, share=1.0)
            marks = sheet.mark({answer.number: answer.text for answer in sheet.answers})
            assert {mark.verdict for mark in marks} == {"right"}
            assert marks.points == marks.total == sheet.points

    @pytest.mark.parametrize(
        ("got", "verdict", "remark"),
        [
            (-0.142, "right", ""),
            ("−0.1419", "right", ""),
            ("-0,142", "right", ""),
            (-0.14, "wrong", "-0.14, rounded too far, expected −0.142"),
            (0.142, "wrong", "0.142, the sign is wrong, expected −0.142"),
            (-0.2, "wrong", "-0.2, expected −0.142"),
            (0.3, "wrong", "0.3, expected −0.142"),
            ("a lot", "wrong", "a lot is no number, expected −0.142"),
            (None, "missing", "expected −0.142"),
            (" ", "missing", "expected −0.142"),
        ],
    )
    def test_a_number(self, got: Any, verdict: str, remark: str) -> None:
        sheet = ag.trace(*worked()).worksheet(share=0.0)
        (mark,) = sheet.mark({"1": got})
        assert (mark.verdict, mark.remark, mark.points) == (verdict, remark, int(verdict == "right"))
        assert mark.answer == sheet.answers[0]
        assert mark.got == (None if verdict == "missing" else got)

    def test_marks_as_html(self) -> None:
        sheet = ag.trace(*worked()).worksheet(share=1.0, steps="multiply")
        page = sheet.mark({1: "<b>", 3: -0.142}).html()
        rows = re.findall("<t[hd][^>]*>(.*?)</t[hd]>", page)
        assert rows[:3] == ["blank", "verdict", ""]
        assert rows[3:] == [
            *("1", "wrong", "&lt;b&gt; is no number, expected −0.7551"),
            *("2", "missing", "expected 0.235"),
            *("3", "right", ""),
        ]
        assert page.endswith("<p>1 of 3 points</p>")

    def test_formulas(self) -> None:
        sheet = ag.trace(*worked()).worksheet(share=1.0, steps="differentiate")
        marks = sheet.mark({1: "2*(out - E[1])", 2: "(0.6225 - 1)*2", 3: "out*(1 - out)", 4: "0.6225*(1 + 0.6225)"})
        assert [mark.verdict for mark in marks] == ["right", "right", "compare", "wrong", "missing"]
        assert str(marks) == (
            "(1) right\n"
            "(2) right\n"
            "(3) compare: out*(1 - out), equal at the numbers of the sheet, expected S(AS)(1 − S(AS))\n"
            "(4) wrong: 0.6225*(1 + 0.6225), expected 0.6225(1 − 0.6225)\n"
            "(5) missing: expected −0.142\n"
            "3 of 7 points, 2 to compare"
        )
        assert repr(marks) == str(marks)

    @pytest.mark.parametrize(
        ("got", "verdict"),
        [
            ("2*(out-E1)", "right"),
            ("2(out − E₁)", "right"),
            ("2 out - 2 E_1", "right"),
            ("-2*(E[1] - out)", "right"),
            ("((out-E1)*4)/2", "right"),
            ("2(E1 - out)", "wrong"),
            ("2(out + E1)", "wrong"),
            ("(out - E1)", "wrong"),
            ("2(out - E1)^2", "wrong"),
            ("2(a2 - E1)", "compare"),
            ("2(out - ", "compare"),
            ("__import__('os')", "compare"),
        ],
    )
    def test_formulas_are_compared_by_their_values(self, got: str, verdict: str) -> None:
        sheet = ag.trace(*worked()).worksheet(share=1.0, steps="differentiate")
        assert sheet.mark({1: got})[0].verdict == verdict

    @pytest.mark.parametrize(
        ("f", "right", "wrong"),
        [
            (
                lambda x: (3 * x + 1) ** 4,
                ["12(3x+1)^3", "12*(3*x + 1)**3", "4(3x + 1)³·3"],
                ["4(3x+1)^3", "12(3x+1)^2"],
            ),
            (ag.tanh, ["1 - tanh(x)^2", "1 − tanh(x)²", "1/cosh(x)^2"], ["1 - tanh(x)", "tanh(x)^2 - 1"]),
            (ag.sqrt, ["1/(2√x)", "0.5/sqrt(x)", "0.5x^(-1/2)"], ["1/(2x)", "√x/2", "0.5x^(1/2)"]),
            (ag.log10, ["1/(x ln(10))", "1/(x*log(10))"], ["1/x", "ln(10)/x"]),
            (ag.sigmoid, ["S(x)(1 − S(x))", "sigmoid(x) - sigmoid(x)^2", "σ(x)*(1-σ(x))"], ["S(x)", "S(x)(1 + S(x))"]),
        ],
    )
    def test_formulas_of_functions(self, f: Any, right: list[str], wrong: list[str]) -> None:
        x = Value(0.7, "x")
        sheet = ag.trace(f(x).named("y"), x).worksheet(share=1.0)
        (answer,) = (a for a in sheet.answers if a.step == "differentiate")
        verdicts = {got: sheet.mark({answer.number: got})[answer.number - 1].verdict for got in right + wrong}
        assert verdicts == dict.fromkeys(right, "right") | dict.fromkeys(wrong, "wrong")

    @pytest.mark.parametrize(
        ("x", "got", "verdict"),
        [
            # Equal at 0 alone, which the sheet has.
            (0.0, "2x + x^2", "compare"),
            (0.0, "2x + 1", "wrong"),
            (0.0, "(x + 1)^2 - x^2 - 1", "right"),
            # The difference of squares has an error of 1e-16, which is much beside 2e-8.
            (1e-8, "(x + 1)^2 - x^2 - 1", "right"),
            (1e-8, "2x + 0.1x^2", "compare"),
            # Both have a value only near the sheet, or only one of them elsewhere.
            (50.0, "2x + 0*sqrt(x - 30)", "right"),
            (10.0, "2x + 0*sqrt((x - 7)(13 - x))", "right"),
            (10.0, "2x + 0*sqrt((x - 9.9)(10.1 - x))", "compare"),
        ],
    )
    def test_formulas_are_compared_near_the_sheet_and_elsewhere(self, x: float, got: str, verdict: str) -> None:
        answer = Answer(1, "differentiate", "2x", "2x", 2)
        assert judged(answer, got, {"x": x}, 2 * x).verdict == verdict

    def test_points_of_comparison(self) -> None:
        numbers = {"x": 50.0, "y": -2.0, "z": 0.0}
        near, others = list(points_around(numbers))[::2], list(points_around(numbers))[1::2]
        for key in ("x", "y"):
            ratios = [point[key] / numbers[key] for point in near]
            assert 0.7 <= min(ratios) < 0.9 < 1.1 < max(ratios) <= 1.3
        assert all(0.0 < x < 1.0 for point in others for x in point.values())
        assert len({x for point in others for x in point.values()}) == 3 * len(others)

    def test_formula_is_right_if_it_equals_the_key_at_four_points(self) -> None:
        answer = Answer(1, "differentiate", "2x", "2x", 2)
        points = sorted(point["x"] for point in points_around({"x": 10.0}))
        for count in range(1, 7):
            # As many points are in the domain of the square root.
            between = (points[-count] + points[-count - 1]) / 2
            verdict = judged(answer, f"2x + 0*sqrt(x - {between:.9f})", {"x": 10.0}, 20.0).verdict
            assert verdict == ("right" if count >= 4 else "compare")

    def test_result_that_rounding_leaves_of_zero(self) -> None:
        a, b, c = Value(0.1, "a"), Value(0.2, "b"), Value(0.3, "c")
        u = (a + b + c).named("u")
        y = ((u - 0.6) ** 2).named("y")
        assert y.operands[0].data != 0.0
        sheet = ag.trace(y, a).worksheet(share=1.0)
        assert sheet.answers[2].text == "2.22×10⁻¹⁶"
        # On the sheet u is 0.6.
        assert sheet.mark({1: "2(u - 0.6)"})[0].verdict == "right"

    def test_key_that_does_not_give_its_own_result_is_compared_by_a_person(self) -> None:
        answer = Answer(1, "differentiate", "2x", "2x", 2)
        for result, verdict in ((6.0, "right"), (6.05, "right"), (6.1, "compare"), (None, "compare")):
            assert judged(answer, "x + x", {"x": 3.0}, result).verdict == verdict

    def test_rounded_number_is_no_formula(self) -> None:
        """Numbers put in may be rounded; a formula that happens to have numbers alone is compared exactly."""
        formula, put_in = (Answer(1, step, "2·3", r"2 \\cdot 3", 1) for step in ("differentiate", "put in"))  # type: ignore[arg-type]
        for got, of_formula, of_numbers in (
            ("6", "right", "right"),
            ("6.001", "compare", "right"),
            ("2*x", "wrong", "wrong"),
        ):
            assert judged(formula, got, {"x": 1.0}, 6.0).verdict == of_formula
            assert judged(put_in, got, {"x": 1.0}, 6.0).verdict == of_numbers

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1.412×10⁶", 1412000.0),
            ("1.412*10^6", 1412000.0),
            ("1.412e6", 1412000.0),
            ("12(3·4 + 1)³", 26364.0),
            ("2(0.5)(3)", 3.0),
            ("−(2 − 5)/4", 0.75),
            ("+7", 7.0),
            ("2⁻¹", 0.5),
        ],
    )
    def test_numbers_are_read_as_a_sheet_or_a_student_writes_them(self, text: str, value: float) -> None:
        assert arithmetic(text) == pytest.approx(value)

    @pytest.mark.parametrize(
        "text",
        ["", "x", "2*x", "1/0", "__import__('os')", "2..3", "(1", "9**9**9**9", "1" * 300, "1 if 2 else 3", "1e"],
    )
    def test_other_text_is_no_number(self, text: str) -> None:
        assert arithmetic(text) is None

    def test_longest_answer_that_is_worked_out_has_200_characters(self) -> None:
        x = Value(0.7, "x")
        sheet = ag.trace(ag.tanh(x).named("y"), x).worksheet(share=1.0)
        (answer,) = (a for a in sheet.answers if a.step == "differentiate")
        for one, value, verdict in (("1", 3.0, "right"), ("1.", None, "compare")):
            # As Python has it, 200 or 201 characters.
            assert arithmetic(one + "+0" * 98 + "+ 2") == value
            formula = one + "+0" * 94 + "-tanh(x)^2"
            assert sheet.mark({answer.number: formula})[answer.number - 1].verdict == verdict

    def test_a_whole_number_is_exact(self) -> None:
        x = Value(1.0, "x")
        sheet = ag.trace(((3 * x + 1) ** 4).named("y"), x).worksheet(share=0.0)
        verdicts = [sheet.mark({1: got})[0].verdict for got in (768, "768.1", 769.2, "12*4**3")]
        assert verdicts == ["right", "right", "wrong", "right"]
        whole = Answer(1, "multiply", "2000", "2000", 1)
        # 0.05 % is one of 2000.
        assert [judged(whole, got, {}, None).verdict for got in (2001, 2001.1)] == ["right", "wrong"]
        zero = Answer(1, "multiply", "0", "0", 1)
        assert [judged(zero, got, {}, None).verdict for got in (0, 4e-4, -4e-4, 6e-4)] == ["right"] * 3 + ["wrong"]

    @pytest.mark.parametrize("text", ["6.25×10⁻⁵", "−1.5×10⁷", "3.25", "−2"])
    def test_value_of_an_answer(self, text: str) -> None:
        mantissa, _, power = text.replace("−", "-").replace("⁻", "-").partition("×10")
        value = float(f"{mantissa}e{power.translate(str.maketrans('⁵⁷', '57')) or 0}")
        latex = re.sub(r"×10⁻?.", rf" \\times 10^{{{power}}}".translate(str.maketrans("⁵⁷", "57")), text)
        assert parsed(text) == parsed(latex) == pytest.approx(value)

    def test_a_blank_that_is_not_there(self) -> None:
        with pytest.raises(ValueError, match="answers must be for blanks 1 to 1, got one for 7"):
            sheet_of_square().mark({7: 1.0})


def class_of_two_exercises() -> ClassSheets:
    C, w = worked()
    rest = next(leaf for leaf in ag.leaves(C) if leaf.label == "rest")
    return ag.worksheets([ag.trace(C, w), ag.trace(C, rest)], students=3, seed=2, share=1.0)


def keys_of(sheets: ClassSheets) -> dict[int, dict[str, str]]:
    """Return the right answers of a class, by the names of the blanks."""
    return {
        i: {f"{k}.{answer.number}": answer.text for k, sheet in enumerate(row, 1) for answer in sheet.answers}
        for i, row in enumerate(sheets.sheets, 1)
    }


TWO_EXERCISES = class_of_two_exercises()


class TestClassMarking:
    """`ClassSheets.mark` judges the answers of a class, by the names of blanks, exercises and sheets."""

    def test_the_keys_are_all_right_and_those_of_the_neighbour_are_not(self) -> None:
        sheets = TWO_EXERCISES
        keys = keys_of(sheets)
        marks = sheets.mark(keys)
        assert {mark.verdict for of_sheet in marks.values() for mark in of_sheet} == {"right"}
        assert [of_sheet.points for of_sheet in marks.values()] == [sum(s.points for s in row) for row in sheets.sheets]
        moved = sheets.mark({1: keys[2], 2: keys[3], 3: keys[1]})
        numbers = [m for of_sheet in moved.values() for m in of_sheet if m.answer.step == "multiply"]
        assert sum(mark.verdict == "wrong" for mark in numbers) > 0.7 * len(numbers)

    def test_blanks_have_names_in_many_forms(self) -> None:
        sheets = TWO_EXERCISES
        keys = keys_of(sheets)[2]
        numbers = [f"2.{n}" for n in range(1, 9)]
        texts = [keys[number] for number in numbers]
        for answers in (
            {"2.1-8": texts},
            {"2.1 - 2.8": texts},
            {"2.1–3": texts[:3], "2.(4)-(8)": texts[3:]},
            {2: {"1-8": texts}},
            {"∂C/∂rest": dict(enumerate(texts, 1))},
            {"dC/drest.1-8": tuple(texts)},
            {"dC/drest.1": texts[0], "∂C/∂rest.2-∂C/∂rest.8": texts[1:]},
        ):
            marks = sheets.mark({2: answers})[2]
            assert [mark.blank for mark in marks if mark.verdict == "right"] == numbers
            assert {mark.verdict for mark in marks if mark.exercise == 1} == {"missing"}
        marks = sheets.mark({2: {"dC/dW[1,1].8": keys["1.8"], "2.(8)": keys["2.8"]}})[2]
        assert [mark.blank for mark in marks if mark.verdict == "right"] == ["1.8", "2.8"]
        assert str(marks).splitlines()[7] == "(1.8) right"
        theta = Value(0.5, "theta[1]")
        row = ag.worksheets([ag.trace(theta**2, theta), ag.trace((theta**3).named("L"), theta)], vary=False)
        assert row.mark({1: {"dL/dtheta[1].3": 0.75}})[1].points == row.mark({1: {"∂L/∂θ₁.3": 0.75}})[1].points == 1

    def test_one_exercise_needs_no_number(self) -> None:
        sheets = ag.worksheets(ag.trace(*worked()), students=2, seed=1, share=0.0)
        (answer,) = sheets.sheets[1][0].answers
        for name in (1, "1", "(1)", "1.1", "∂C/∂W₁,₁.1"):
            (mark,) = sheets.mark({2: {name: answer.text}})[2]
            assert (mark.verdict, mark.blank, mark.exercise) == ("right", "1", 0)
        sheet = ag.trace(*worked()).worksheet(share=0.0)
        assert sheet.mark({"(1)": -0.142}).points == sheet.mark({"dC/dW_11.1": -0.142}).points == 1

    @pytest.mark.parametrize(
        ("answers", "message"),
        [
            ({"3": 1}, r"must be by exercise and blank, got '3'; write \"1.3\" for exercise 1"),
            ({"1.9": 1}, r"must be for blanks 1.1 to 1.8, got one for 1.9"),
            ({"2.0": 1}, r"must be for blanks 2.1 to 2.8, got one for 2.0"),
            ({"3.1": 1}, r"one of the exercises 1 \(∂C/∂W₁,₁\), 2 \(∂C/∂rest\), got one for '3'"),
            ({"dC/dx.1": 1}, r"got one for 'dC/dx'"),
            ({"first": 1}, r"must be by the name of a blank, got 'first'; write \"1.2\" or \"1.1-3\""),
            ({"1.1-2": [1]}, r"range 1.1-2 must be 2, got 1; write None for a missing one"),
            ({"1.7-9": [1, 2, 3]}, r"must be for blanks 1.1 to 1.8, got one for 1.7-9"),
            ({"1.3-1": [1, 2, 3]}, r"must begin with the smaller number, got '1.3-1'"),
            ({"1.3-2.1": [1, 2, 3]}, r"must be within one exercise, got '1.3-2.1'"),
            ({"1.1": 1, "1.1-2": [1, 2]}, r"must have one answer for blank 1.1, got another under 1.1-2"),
        ],
    )
    def test_names_that_are_refused(self, answers: Any, message: str) -> None:
        with pytest.raises(ValueError, match=f"sheet 1: .*{message}"):
            TWO_EXERCISES.mark({1: answers})

    def test_blanks_of_exercises_of_different_lengths(self) -> None:
        titles, counts = ["∂y/∂a", "∂y/∂b", "∂y/∂c"], [3, 5, 2]
        every = {f"{k}.{n}": (k, n) for k, count in enumerate(counts, 1) for n in range(1, count + 1)}
        assert by_blank({name: name for name in every}, titles, counts) == {
            blank: name for name, blank in every.items()
        }
        for k, count in enumerate(counts, 1):
            for n in (0, count + 1):
                message = rf"must be for blanks {k}.1 to {k}.{count}, got one for {k}.{n}"
                with pytest.raises(ValueError, match=message):
                    by_blank({f"{k}.{n}": 1}, titles, counts)

    def test_a_blank_that_one_sheet_has(self) -> None:
        sheets = TWO_EXERCISES
        blanks = [line.split()[:2] for line in str(sheets.mark({2: keys_of(sheets)[2]})).split("\n\n")[1].splitlines()]
        steps = [(f"{k}.{a.number}", a.step.split()[0]) for k, s in enumerate(sheets.sheets[1], 1) for a in s.answers]
        assert sorted(map(tuple, blanks[1:])) == sorted(steps)

    def test_a_blank_may_ask_for_another_step_on_each_sheet(self) -> None:
        trace = ag.trace(*worked())
        asked = [("multiply",), ("put in", "multiply"), ("multiply",)]
        sheets = ClassSheets([[trace.worksheet(share=1.0, steps=list(steps))] for steps in asked])  # type: ignore[call-overload]
        first, *_ = ({answer.step for answer in sheet.answers[:1]} for (sheet,) in sheets.sheets)
        table = str(sheets.mark({1: {}, 2: {}, 3: {}})).split("\n\n")[1].splitlines()
        assert re.split("  +", table[1])[:2] == ["1", "multiply or put in"]
        assert first == {"multiply"}

    def test_other_answers_that_are_refused(self) -> None:
        sheets = TWO_EXERCISES
        with pytest.raises(TypeError, match=r'got the float 1.1; write "1.1"'):
            sheets.mark({1: {1.1: 2}})
        with pytest.raises(TypeError, match=r"answers for the range 1.1-2 must be a list, got '12'"):
            sheets.mark({1: {"1.1-2": "12"}})
        with pytest.raises(TypeError, match="must be a dict of the answers by the number of the blank, got list"):
            sheets.mark({1: [1, 2]})  # type: ignore[dict-item]
        with pytest.raises(
            TypeError, match="must be a dict by the number of the sheet, or the path of a CSV file, got l"
        ):
            sheets.mark([{}])  # type: ignore[arg-type]
        for sheet in (0, 4, "1", True):
            with pytest.raises(ValueError, match="answers must be for sheets 1 to 3, got some for"):
                sheets.mark({sheet: {}})  # type: ignore[dict-item]
        twice = ag.worksheets([ag.trace(*worked())] * 2)
        with pytest.raises(ValueError, match="got the title of exercises 1 and 2: ∂C/∂W₁,₁; write the number"):
            twice.mark({1: {"∂C/∂W₁,₁.1": 2}})

    def test_tables_of_points_and_blanks(self) -> None:
        sheets = TWO_EXERCISES
        keys = keys_of(sheets)
        keys[1]["1.8"], keys[1]["2.4"] = "7,5", "out*(1 - out)"
        del keys[3]["2.6"], keys[3]["1.8"]
        marks = sheets.mark(keys)
        table, blanks = ([line.split() for line in part.splitlines()] for part in str(marks).split("\n\n"))
        assert table == [
            ["sheet", "points", "open", "points", "right", "wrong", "missing", "compare"],
            ["1", "17", "of", "20", "2", "14", "1", "0", "1"],
            ["2", "20", "of", "20", "0", "16", "0", "0", "0"],
            ["3", "18", "of", "20", "0", "14", "0", "2", "0"],
        ]
        # The blanks with the fewest right answers come first.
        assert blanks[0] == ["blank", "asks", "to", "right", "wrong", "missing", "compare"]
        assert blanks[1] == ["1.8", "multiply", "1", "1", "1", "0"]
        assert blanks[2:4] == [["2.4", "differentiate", "2", "0", "0", "1"], ["2.6", "multiply", "2", "0", "1", "0"]]
        assert len(blanks) == 1 + 16
        assert "(1.8) wrong: 7,5, expected −0.1442" in str(marks[1])
        assert repr(marks) == str(marks)
        assert marks.html().count("<tr>") == len(table) + len(blanks)
        assert marks._repr_html_().count("mathjax_ignore") == 2


class TestAnswerFile:
    """The answers of a class as a CSV file."""

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_a_form_that_is_filled_in(self, tmp_path: Path, delimiter: str, encoding: str) -> None:
        sheets = TWO_EXERCISES
        header, *rows = csv.reader(sheets.answer_form().splitlines())
        keys = keys_of(sheets)
        assert header[1:] == list(keys[1])
        filled = [[i, *(keys[int(i)][name].replace(".", ",") for name in header[1:])] for i, *_ in rows]
        path = tmp_path / "answers.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([header, *filled, []])
        marks = sheets.mark(path)
        wrong = [(i, str(mark)) for i, of_sheet in marks.items() for mark in of_sheet if mark.verdict != "right"]
        assert not wrong
        assert list(marks) == [1, 2, 3]
        assert sheets.mark(str(path)) == marks

    def test_an_empty_form_has_all_answers_missing(self, tmp_path: Path) -> None:
        sheets = ag.worksheets(ag.trace(*worked()), students=2, seed=1)
        (path := tmp_path / "answers.csv").write_text(sheets.answer_form(), encoding="utf-8")
        marks = sheets.mark(path)
        assert {mark.verdict for of_sheet in marks.values() for mark in of_sheet} == {"missing"}
        assert sheets.answer_form().count("\n") == 3

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", r"must have a row of column names, got an empty file; answer_form\(\) begins one"),
            (b"\n \n,,\n", "got an empty file"),
            (b"name,1.1\nAnna,2\n", "must begin with the column \"sheet\", got 'name'"),
            (b"sheet (0000),1.1\n1,2\n", r"must be for these sheets, \w{4}, got answers for the sheets 0000; make the"),
            (b"sheet,1.1\n1,2\n4,2\n", "line 3: the number of the sheet must be from 1 to 3, got '4'"),
            (b"sheet,1.1\nAnna,2\n", "line 2: the number of the sheet must be from 1 to 3, got 'Anna'"),
            (b"sheet,1.1\n1,2\n\n1,3\n", "line 4: each sheet must have one row, got another for sheet 1"),
            (b"sheet,1.1,1.1\n1,2,3\n", "must have one column for each blank, got two with the name 1.1"),
            (b"sheet,1.1,\n1,2,3\n", "line 2: each answer must be in a column .* got '3' in column 3"),
            (b"sheet,1.1,1.2\n1,0,23,4\n", "line 2: each row must have 3 cells, as the first one, got 4; quote"),
            (b"sheet,1.1,1.2\n1,0\n", "line 2: each row must have 3 cells, as the first one, got 2; quote"),
            (b"sheet,1.9\n1,2\n", "csv, sheet 1: answers must be for blanks 1.1 to 1.8, got one for 1.9"),
            (b"sheet,x\n2,2\n", "csv, sheet 2: answers must be by the name of a blank, got 'x'"),
            (b"sheet,1.1\n1,\xb5\n", "must be a CSV file in UTF-8, got other bytes at 12; save the table as CSV UTF-8"),
            (b'sheet,1.1\n1,"2\n', "line 2: the file must be CSV, got a mistake: unexpected end of data"),
        ],
    )
    def test_files_that_are_refused(self, tmp_path: Path, content: bytes, message: str) -> None:
        (path := tmp_path / "answers.csv").write_bytes(content)
        with pytest.raises(ValueError, match=message):
            TWO_EXERCISES.mark(path)
        with pytest.raises(OSError, match=r"nothing\.csv"):
            TWO_EXERCISES.mark(tmp_path / "nothing.csv")

    def test_a_form_of_other_sheets_is_refused(self, tmp_path: Path) -> None:
        trace = ag.trace(*worked())
        (path := tmp_path / "answers.csv").write_text(ag.worksheets(trace, students=2, seed=1).answer_form(), "utf-8")
        for students, seed in ((2, 2), (3, 1)):
            with pytest.raises(ValueError, match="make the sheets as they were made"):
                ag.worksheets(trace, students=students, seed=seed).mark(path)


class TestClass:
    """`ag.worksheets` gives each student other numbers, and all keys apart."""

    def test_sheets_differ_and_repeat(self) -> None:
        traces = [ag.trace(*worked())]
        one, two = (ag.worksheets(traces, students=12, seed=4) for _ in range(2))
        assert str(one) == str(two)
        assert len({sheet.exercise() for (sheet,) in one.sheets}) == 12
        # A student more changes nothing for the others.
        assert str(ag.worksheets(traces, students=13, seed=4).sheets[5][0]) == str(one.sheets[5][0])
        assert str(ag.worksheets(traces, students=12, seed=5)) != str(one)
        assert repr(one) == "<12 students, 1 worksheet each>"
        x = Value(2.0, "x")
        few = ag.worksheets(ag.trace((x * x).named("y"), x), students=20, seed=1)
        texts = [sheet.exercise("text") for (sheet,) in few.sheets]
        assert repr(few) == f"<20 students, 1 worksheet each, {len(set(texts))} different>"
        assert len(set(texts)) >= 8
        # Neighbours cannot copy, and nobody repeats a sheet while there are others.
        assert all(texts[i] not in texts[max(i - 4, 0) : i] for i in range(20))
        # The same blanks for all, so that the sheets are equally hard.
        places = Counter(tuple(sheet._blanks) for (sheet,) in one.sheets)
        assert places.most_common()[0][1] >= 9
        numbers = {sheet.exercise("text").splitlines()[2] for (sheet,) in one.sheets}
        assert len(numbers) > 6

    def test_numbers_are_drawn_until_a_sheet_is_new(self) -> None:
        trace = ag.trace(*worked())
        drawn: list[Any] = []

        class Counted:
            def worksheet(self, **options: Any) -> Worksheet:
                drawn.append(options["vary"])
                return trace.worksheet(**options)

        ag.worksheets(Counted(), students=4)
        assert len(drawn) == len(set(drawn)) == 4
        drawn.clear()
        ag.worksheets(Counted(), students=4, vary=False)
        assert drawn == [False] * 4
        x = Value(2.0, "x")
        trace = ag.trace((x * x).named("y"), x)
        drawn.clear()
        # Few whole numbers: x is from 1 to 5.
        ag.worksheets(Counted(), students=8, seed=1)
        assert 8 < len(drawn) == len(set(drawn)) <= 8 * 12

    def test_first_numbers_stay_if_no_others_are_better(self) -> None:
        """The first exercise shows the answer of the second one, 12, with any numbers."""
        x = Value(2.0, "x")
        y, z = (x**2 + 12).named("y"), (12 * x).named("z")
        made: list[Worksheet] = []

        class Recorded:
            def worksheet(self, **options: Any) -> Worksheet:
                made.append(ag.trace(z, x).worksheet(**options))
                return made[-1]

        ((_, sheet),) = ag.worksheets([ag.trace(y, x), Recorded()]).sheets
        assert len(made) == 12
        assert sheet.exercise("text").replace("Exercise 2", "Exercise") == made[0].exercise("text")
        assert made[0].exercise("text") != made[-1].exercise("text")

    def test_code_of_a_class_has_four_digits_of_its_answers(self) -> None:
        x = Value(2.0, "x")
        sheets = [ag.worksheets(ag.trace((k * x**3).named("y"), x), vary=False) for k in range(2, 12)]
        codes = [sheet.answer_form()[:12] for sheet in sheets]
        assert all(re.fullmatch(r"sheet \([0-9a-f]{4}\)", code) for code in codes)
        # Each of the sixteen bits depends on the answers.
        numbers = [int(code[7:11], 16) for code in codes]
        assert {bit for bit in range(16) if len({n >> bit & 1 for n in numbers}) == 2} == set(range(16))

    def test_an_exercise_that_can_hide_nothing_is_asked_for_as_a_whole_beside_others(self) -> None:
        x, w = Value(0.5, "x"), Value(0.25, "w")
        t, y, z = (w * x).named("t"), (x**2).named("y"), ag.exp(ag.sin(x**2).named("v")).named("z")
        alone = ag.trace(t, x).worksheet(2)
        asked = set()
        for seed in range(8):
            (sheets,) = ag.worksheets([ag.trace(u, x) for u in (t, y, z)], seed=seed, vary=False).sheets
            assert not sheets[0].can_hide
            assert [answer.text for answer in sheets[0].answers] == [answer.text for answer in alone.answers]
            asked.add("2x" in [answer.text for answer in sheets[1].answers])
        assert asked == {True, False}

    def test_a_seed_of_the_numbers_leaves_the_blanks(self) -> None:
        trace = ag.trace(*worked())
        one, two = (trace.worksheet(3, vary=numbers) for numbers in (1, 2))
        assert one.exercise() != two.exercise()
        assert [answer.step for answer in one.answers] == [answer.step for answer in two.answers]
        assert str(trace.worksheet(3, vary=True)) == str(trace.worksheet(3, vary=3))
        assert str(trace.worksheet(3, vary=0)) != str(trace.worksheet(3, vary=False)) == str(trace.worksheet(3))

    def test_a_document_has_all_exercises_before_all_keys(self) -> None:
        a, b = Value(2.0, "a"), Value(1.5, "b")
        traces = [ag.trace(*worked()), ag.trace((a * a * b).named("y"), a)]
        sheets = ag.worksheets(traces, students=3, seed=1)
        latex = sheets.latex()
        assert latex.count(r"\begin{document}") == latex.count(r"\end{document}") == 1
        assert latex.count(r"\newpage") == 5
        assert [latex.count(f"section*{{{word} {k}: ") for word in ("Exercise", "Answers") for k in (1, 2)] == [3] * 4
        assert latex.rindex("Exercise 2: ") < latex.index("Answers 1: ")
        assert "Exercise: " in ag.worksheets(traces[:1]).exercises()
        assert latex.count("Name: ") == 3
        for i in (1, 2, 3):
            assert latex.count(rf"\textbf{{Sheet {i}}}") == latex.count(rf"\textbf{{Sheet {i}, answers}}") == 1
        assert "Answers" not in sheets.exercises()
        assert "Exercise" not in sheets.answer_keys()
        assert sheets.exercises().startswith(r"\documentclass")
        markdown = sheets.markdown()
        assert markdown == f"{sheets.exercises('markdown')}\n---\n\n{sheets.answer_keys('markdown')}"
        assert markdown.count("## Sheet 2\n") == markdown.count("## Sheet 2, answers\n") == 1
        assert str(sheets).index("Sheet 3\n") < str(sheets).index("Sheet 1, answers\n")
        assert repr(sheets) == "<3 students, 2 worksheets each>"
        assert repr(ag.worksheets(traces[:1], vary=False)) == "<1 student, 1 worksheet each>"

    def test_options_reach_each_sheet(self) -> None:
        sheets = ag.worksheets(ag.trace(*worked()), students=2, difficulty="hard", vary=False)
        assert {len(sheet.answers) for (sheet,) in sheets.sheets} == {8}
        assert len({sheet.key() for (sheet,) in sheets.sheets}) == 1

    def test_refusals(self) -> None:
        with pytest.raises(TypeError, match=r"traces must be one or several results of trace\(\), got Value"):
            ag.worksheets([Value(1.0)])
        with pytest.raises(TypeError, match="got none"):
            ag.worksheets([])
        with pytest.raises(TypeError, match="got Value, float"):
            ag.worksheets([ag.trace(*worked()), Value(1.0), 2.0])
        for students in (0, True, 2.5):
            with pytest.raises(ValueError, match="students must be a whole number from 1 on"):
                ag.worksheets(ag.trace(*worked()), students=students)  # type: ignore[arg-type]


class TestNiceNumbers:
    """Variants have numbers to work with by hand."""

    def test_the_target_of_a_bounded_result_stays_within_its_bounds(self) -> None:
        C, w = worked()
        targets = {leaf.data for seed in range(30) for leaf in ag.leaves(varied(C, w, seed)[0]) if leaf.label == "E[1]"}
        assert targets == {0.0, 1.0}
        for f, targets in ((ag.tanh, {0.0, 1.0}), (ag.atan, {float(k) for k in range(1, 10)})):
            x, t = Value(0.5, "x"), Value(1.0, "t")
            drawn = {ag.leaves(varied((f(x) - t).named("y"), x, seed)[0])[-1].data for seed in range(60)}
            assert drawn == targets
        x, t = Value(0.5, "x"), Value(-0.25, "t")
        drawn = {ag.leaves(varied((ag.tanh(x) - t).named("y"), x, seed)[0])[-1].data for seed in range(30)}
        assert all(-1.0 <= number <= 0.0 for number in drawn)
        assert len(drawn) > 10

    def test_arguments_of_functions_stay_small(self) -> None:
        for start, largest in ((1.0, 5.0), (3.0, 5.0), (4.0, 6.0), (6.0, 9.0)):
            x = Value(start, "x")
            arguments = {varied(ag.sin(x).named("y"), x, seed)[1].data for seed in range(60)}
            assert arguments == {float(k) for k in range(1, int(largest) + 1)}
            arguments = {varied(ag.sin(x * x).named("y"), x, seed)[0].operands[0].data for seed in range(40)}
            assert max(arguments) <= max(5.0, 1.5 * start**2)

    def test_slopes_of_variants_are_finite(self) -> None:
        x, a = Value(5.0, "x"), Value(4.0, "a")
        for seed in range(40):
            y, _ = varied(ag.sqrt(x - a).named("y"), x, seed)
            assert y.data > 0.0, "the slope of a square root is infinite at 0"

    def test_results_stay_workable(self) -> None:
        x = Value(2.0, "x")
        results = {varied((3 * x + 1) ** 4, x, seed)[0].data for seed in range(40)}
        assert results == {float((3 * x + 1) ** 4) for x in range(1, 6)}

    def test_numbers_keep_their_decimals(self) -> None:
        xs = [Value(0.15, "a"), Value(0.8, "b"), Value(-1.25, "c"), Value(0.05, "d"), Value(0.1234, "e")]
        for seed in range(40):
            y, _ = varied(ag.total(xs).named("y"), xs[0], seed)
            for drawn, x, decimals in zip(ag.leaves(y), xs, (2, 1, 2, 2, 3), strict=True):
                assert drawn.data == round(drawn.data, decimals) != 0.0
                assert 0.4 <= drawn.data / x.data <= 1.7


class TestNameTheRule:
    """Blanks that ask for the rules, as the derivation of each factor names them."""

    def test_rules_are_those_of_the_derivation(self) -> None:
        x = Value(0.5, "x")
        p = (x * ag.sin(x)).named("p")
        q = (p / (p + 4.0)).named("q")
        C = ((3.0 * q + 1.0) ** 4).named("C")
        for form in ("text", "markdown", "latex"):
            sheet = ag.trace(C, x).worksheet(share=1.0, steps=["name the rule"])
            rules = [answer.text for answer in sheet.answers if answer.step == "name the rule"]
            assert rules == ["chain rule, power rule", "quotient rule", "product rule"]
            exercise, key = sheet.exercise(form), sheet.key(form)  # type: ignore[arg-type]
            for answer in sheet.answers:
                if answer.step == "name the rule":
                    assert answer.text not in exercise
                    assert key.count(answer.text) >= 2
                    assert f"({answer.number})" in exercise

    def test_it_is_one_step_of_several(self) -> None:
        trace = ag.trace(*worked())
        sheet = trace.worksheet(share=1.0, steps=["name the rule", "multiply"])
        assert [answer.step for answer in sheet.answers] == ["multiply", "multiply", "multiply", "name the rule"]
        assert sheet.answers[-1].text == "chain rule, power rule"
        assert "= ______(1), by the ______(4)" in sheet.exercise("text")
        assert "−0.7551, by the chain rule, power rule" in sheet.key("text")
        assert sheet.points == 4
        plain = trace.worksheet(share=1.0, steps=["multiply"])
        assert [answer.text for answer in plain.answers] == [answer.text for answer in sheet.answers[:-1]]
        assert "by the" not in plain.exercise("text") + plain.key("text")

    def test_one_is_asked_for_even_where_few_blanks_are(self) -> None:
        sheet = ag.trace(*worked()).worksheet(share=0.0, steps="name the rule")
        assert [answer.step for answer in sheet.answers] == ["multiply", "name the rule"]

    @pytest.mark.parametrize(
        ("got", "verdict"),
        [
            ("chain rule, power rule", "right"),
            ("Power and chain rule", "right"),
            ("the chain rule and the power rule", "right"),
            ("chain rule", "wrong"),
            ("chain rule, product rule", "wrong"),
        ],
    )
    def test_rules_are_judged_by_their_names(self, got: str, verdict: str) -> None:
        sheet = ag.trace(*worked()).worksheet(share=0.0, steps="name the rule")
        mark = sheet.mark({2: got})[1]
        assert (mark.verdict, mark.remark) == (
            verdict,
            "" if verdict == "right" else f"{got}, expected chain rule, power rule",
        )

    def test_where_no_rule_is_named_it_is_refused_alone(self) -> None:
        x = Value(2.0, "x")
        trace = ag.trace(ag.exp(x).named("y"), x)
        with pytest.raises(ValueError, match="steps must ask for something that the solution has, got only 'name the"):
            trace.worksheet(steps="name the rule")
        assert trace.worksheet(steps=["name the rule", "multiply"]).answers
