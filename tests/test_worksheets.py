"""Exercises: what is blank is what the key answers, and labels stay what they are."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
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
from autograd.tracing.exercises import Format, Worksheet
from autograd.tracing.marking import Answer, Step, arithmetic
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


def leaks(sheet: Worksheet, form: Format) -> list[Answer]:
    """Return the answers that a reader finds on the exercise: numbers anywhere, and formulas."""
    page = MARKS.sub("", sheet.exercise(form))
    page = page.split("points.")[-1].split("point.")[-1]
    # A line that is broken after "= 0" goes on with "· 2(x + 1)".
    page = re.sub(r"\n {3,}(?=[+−·/(])| \\\\\n  &(?:\\quad)+", " ", page)
    shown = re.sub(r"_{[^{}]*}", "", page) if form != "text" else page
    alone = set(re.findall(r"= [−-]?(\d) *(?:$|\\\\|=|\n)", page))
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
        found += [answer] if is_shown else []
    return found


# Two sheets for each, and two or thirty for each operation: 300 in quick runs, 10,000 in thorough ones.
SHEETS = 4000 if IS_THOROUGH else 80


class TestNoLeak:
    """No answer can be read anywhere on its exercise, in any form."""

    def check(self, sheet: Worksheet) -> bool:
        """Check the exercise in each form; return False if the given numbers show every single answer."""
        if not sheet._candidates:
            return False
        for form in ("text", "markdown", "latex"):
            assert leaks(sheet, form) == [], sheet.exercise("text")  # type: ignore[arg-type]
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

    def test_a_number_that_occurs_again_is_the_same_blank(self) -> None:
        trace = ag.trace(*worked())
        sheet = next(s for s in map(trace.worksheet, range(99)) if "0.235" in [a.text for a in s.answers])
        blank = f"______({[a.text for a in sheet.answers].index('0.235') + 1})"
        assert sheet.exercise("text").count(blank) == 2
        assert "0.235" not in sheet.exercise("text")
        assert "0.235" not in sheet.exercise("latex")

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

    def test_a_blank_that_is_not_there(self) -> None:
        with pytest.raises(ValueError, match="answers must be for blanks 1 to 1, got one for 7"):
            sheet_of_square().mark({7: 1.0})


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
        assert latex.count("Exercise: ") == latex.count("Answers: ") == 6
        assert latex.rindex("Exercise: ") < latex.index("Answers: ")
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

    def test_options_reach_each_sheet(self) -> None:
        sheets = ag.worksheets(ag.trace(*worked()), students=2, difficulty="hard", vary=False)
        assert {len(sheet.answers) for (sheet,) in sheets.sheets} == {8}
        assert len({sheet.key() for (sheet,) in sheets.sheets}) == 1

    def test_refusals(self) -> None:
        with pytest.raises(TypeError, match=r"traces must be one or several results of trace\(\), got Value"):
            ag.worksheets([Value(1.0)])
        with pytest.raises(TypeError, match="got none"):
            ag.worksheets([])
        for students in (0, True, 2.5):
            with pytest.raises(ValueError, match="students must be a whole number from 1 on"):
                ag.worksheets(ag.trace(*worked()), students=students)  # type: ignore[arg-type]


class TestNiceNumbers:
    """Variants have numbers to work with by hand."""

    def test_the_target_of_a_bounded_result_stays_within_its_bounds(self) -> None:
        C, w = worked()
        targets = {leaf.data for seed in range(30) for leaf in ag.leaves(varied(C, w, seed)[0]) if leaf.label == "E[1]"}
        assert targets == {0.0, 1.0}
        x, t = Value(0.5, "x"), Value(-0.25, "t")
        drawn = {ag.leaves(varied((ag.tanh(x) - t).named("y"), x, seed)[0])[-1].data for seed in range(30)}
        assert all(-1.0 <= number <= 0.0 for number in drawn)
        assert len(drawn) > 10

    def test_arguments_of_functions_stay_small(self) -> None:
        x = Value(2.0, "x")
        for seed in range(40):
            y, _ = varied(ag.sin(x * x).named("y"), x, seed)
            assert y.operands[0].data <= 6.0

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
