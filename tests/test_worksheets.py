"""Exercises: what is blank is what the key answers, and labels stay what they are."""

from __future__ import annotations

import re

import pytest
from drawn import HOSTILE, network, with_label
from effort import scaled
from printed import assert_balanced, disagreements, equations
from samples import olah, random_derivative

import autograd as ag
from autograd import Value
from autograd.symbolic.typesetting import Style, number
from autograd.tracing.worksheets import Format, varied


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
        assert exercise.count("______") == len(answers) >= 1
        if C.label != "C" or len(trace.stations.nodes) < 5:
            lines = [" ".join(line.split()) for line in filled_in(exercise, answers).splitlines()]
            solution = [" ".join(line.split()) for line in str(trace).splitlines()]
            assert lines[-len(solution) :] == solution


def test_the_exercise_gives_what_it_takes_and_not_the_result() -> None:
    exercise = ag.trace(*worked()).worksheet(seed=3).exercise("text")
    given, work = exercise.split("∂C/∂W₁,₁ = ", 1)
    assert [line.split() for line in given.splitlines()[1:]] == [
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
    counts = [trace.worksheet(seed=1, share=share).exercise("text").count("______") for share in (0.0, 0.5, 1.0)]
    assert counts[0] == 1
    assert counts[0] < counts[1] < counts[2] == 11
    with pytest.raises(ValueError, match=r"share must be from 0 to 1, got 1\.5"):
        trace.worksheet(share=1.5)


def test_the_result_is_always_blank() -> None:
    for seed in range(scaled(60)):
        trace = ag.trace(*random_derivative(seed))
        key = trace.worksheet(seed, share=0.0).key("text")
        assert key.splitlines()[-1] == f"(1) = {number(trace.value)}"


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
        assert E >= 1
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
    with pytest.raises(ValueError, match="all 50 draws of other numbers were outside the domain"):
        ag.trace(ag.log(x - 1.0004) + ag.log(1.0006 - x), x).worksheet(vary=True)


def test_markdown_has_its_formulas_between_dollars_and_latex_is_a_document() -> None:
    sheet = ag.trace(*worked()).worksheet(seed=3)
    markdown, latex = sheet.markdown(), sheet.latex()
    assert markdown.count("$$\n") == 8
    assert markdown.index("### Exercise") < markdown.index("---") < markdown.index("### Answers")
    assert latex.startswith("\\documentclass{article}")
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
        assert shown.count("\n") == expected.count("\n")


BLANK = {"text": r"______\((\d+)\)", "latex": r"\\underset{\\text{\((\d+)\)}}{\\underline{\\hspace{5em}}}"}
BLOCK = {"text": r"\n(.*)", "markdown": r"\$\$\n(.*?)\n\$\$", "latex": r"\\\[\\fitted{(.*?)}\\\]"}


def lines(page: str, form: str, style: Style) -> list[list[str]]:
    """The equations on a page of a worksheet."""
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
        assert blanks == list(answers) == [str(i + 1) for i in range(len(answers))] != []

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
