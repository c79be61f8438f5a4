"""Worksheets: a worked solution with numbered blanks, its answer key, marking, and sheets for a class.

The same seed gives the same worksheet.  A blank hides its answer everywhere on the sheet: a number that occurs again is
blank there too, and what the given numbers or a formula show is not asked for.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, get_args

from autograd.symbolic.notation import remark
from autograd.symbolic.typesetting import SIGNIFICANT_DIGITS, Style
from autograd.tracing import sheets
from autograd.tracing.marking import Answer, Marks, Step, judged, parsed
from autograd.tracing.sheets import Row

Format = Literal["text", "markdown", "latex"]
Difficulty = Literal["easy", "medium", "hard"]
# The share of blanks of each difficulty, and the steps that it asks for unless told otherwise.
SHARES: Mapping[Difficulty, float] = {"easy": 0.3, "medium": 0.5, "hard": 1.0}
STEPS: Mapping[Difficulty, tuple[Step, ...]] = {
    "easy": ("put in", "multiply"),
    "medium": ("differentiate", "put in", "multiply"),
    "hard": ("differentiate", "put in", "multiply"),
}
POINTS: Mapping[Step, int] = {"name the rule": 1, "differentiate": 2, "put in": 1, "multiply": 1}
# Smaller whole numbers are also coefficients and exponents, which say nothing about an answer.
MIN_TELLING_WHOLE = 10
# A solution that is wider than the page is set smaller.
_PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[margin=2.5cm]{geometry}
\usepackage{amsmath,graphicx}
\newsavebox\page
\newcommand\fitted[1]{\sbox\page{$\displaystyle#1$}%
  \ifdim\wd\page>\linewidth\resizebox{\linewidth}{!}{\usebox\page}\else\usebox\page\fi}
"""
Rows = Callable[[Style], Sequence[Row]]
# A right-hand side by the index of its row and its own; the terms have index 0.
Place = tuple[int, int]
# Numbers drawn for a student until the sheet differs from those of the others; few whole numbers may not suffice.
MAX_ATTEMPTS_TO_DIFFER = 12
# Stands for the first blank, in Unicode's private use area, while numbers are replaced.
_FIRST_BLANK = 0xE000


@dataclass(frozen=True, repr=False)
class Worksheet:
    """An exercise from a worked solution; `str` gives exercise and key as text.

    Attributes:
        task: returns the derivative to work out, in a style.
        given: returns the rows that the solution starts from.
        solution: returns the rows of the whole solution.
        seed: seed of the choice of blanks.
        share: the approximate share of blanks, from 0 to 1.
        steps: the steps that blanks ask for.
        rules: the names of the rules that lead to a row of the solution, by its index; none unless they are asked for.
    """

    task: Callable[[Style], str]
    given: Rows
    solution: Rows
    seed: int
    share: float
    steps: tuple[Step, ...] = get_args(Step)
    rules: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def _rows(self) -> dict[Style, tuple[list[Row], list[Row]]]:
        """The given rows and those of the solution, in both styles."""
        styles: tuple[Style, ...] = ("text", "latex")
        return {style: (list(self.given(style)), list(self.solution(style))) for style in styles}

    @cached_property
    def _candidates(self) -> dict[Place, Step]:
        """The places whose answers cannot be read elsewhere, and what a blank there asks for."""
        return {place: step for place, step in _candidates(self._rows["text"][1]).items() if self._can_hide(place)}

    @cached_property
    def _blanks(self) -> dict[Place, Step]:
        """The places that are blank, and what each asks for; the result is always one of them, if it can be hidden."""
        candidates = self._candidates
        if not candidates:
            # The given numbers show every single answer, as for y = 3x. Then the last line is asked for as a whole.
            rows = self._rows["text"][1]
            return {(i, k): step for (i, k), step in _candidates(rows).items() if i == len(rows) - 1}
        # Each place has a draw of its own, so that sheets with other numbers and the same seed have the same blanks.
        drawn = {place for place in candidates if random.Random(f"{self.seed} {place}").random() < self.share}
        chosen = {place for place in drawn if candidates[place] in self.steps} | {max(candidates)}
        # The numbers put in would show the formula.
        shown = {(i, 1) for i, k in chosen if k == 0 and candidates[i, 0] == "differentiate"}
        chosen |= {place for place in shown if candidates.get(place) == "put in"}
        return {place: step for place, step in candidates.items() if place in chosen}

    @cached_property
    def _rule_rows(self) -> list[int]:
        """The rows whose rules are asked for: at least one, if there is any."""
        drawn = [i for i in self.rules if random.Random(f"{self.seed} rule {i}").random() < self.share]
        return drawn or list(self.rules)[:1]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers of all blanks, in their order."""
        places = [
            Answer(i, step, _side(self._rows["text"][1], place), _side(self._rows["latex"][1], place), POINTS[step])
            for i, (place, step) in enumerate(self._blanks.items(), 1)
        ]
        rules = [
            Answer(n, "name the rule", self.rules[i], remark(self.rules[i], "latex"), POINTS["name the rule"])
            for n, i in enumerate(self._rule_rows, len(places) + 1)
        ]
        return (*places, *rules)

    def _with_rules(self, rows: Sequence[Row], style: Style, written: Callable[[int, int], str]) -> list[Row]:
        """Return rows with a note on the rules of some, which `written` makes of a row and the number of its blank."""
        noted = list(rows)
        for n, i in enumerate(self._rule_rows, len(self._blanks) + 1):
            note = remark(", by the ", style) + written(i, n)
            noted[i] = replace(noted[i], note=noted[i].note + note)
        return noted

    @property
    def points(self) -> int:
        """The points of all blanks together."""
        return sum(answer.points for answer in self.answers)

    def exercise(self, form: Format = "markdown") -> str:
        """Return the task, the given numbers, and the solution with numbered blanks."""
        style = _style(form)
        rows = _hidden(self._rows[style][1], list(self._blanks), style)
        rows = self._with_rules(rows, style, lambda _, n: _blank(n, style))
        told = ["Fill in the numbered blanks."]
        text = _joined(rows)
        if max(text.count(_blank(i, style)) for i in range(1, len(self._blanks) + 1)) > 1:
            told.append("A blank that occurs twice has the same answer.")
        told.append(f"Round numbers to {SIGNIFICANT_DIGITS} significant digits.")
        if re.search(r"\bS\(", _joined([*self._rows["text"][0], *self._rows["text"][1]])):
            sigmoid = "$S(x) = 1/(1 + e^{-x})$" if form != "text" else "S(x) = 1/(1 + e^(−x))"
            told.append(f"{sigmoid}.")
        told.append(f"{self.points} point{'s' if self.points > 1 else ''}.")
        instruction = " ".join(told)
        return self._page("Exercise", form, instruction, [self._rows[style][0], rows])

    def key(self, form: Format = "markdown") -> str:
        """Return the solution without blanks, and the numbered answers."""
        style = _style(form)
        numbered = [
            Row(_mark(answer.number, style), (answer.text if style == "text" else answer.latex,), whole=True)
            for answer in self.answers
        ]
        instruction = "Computed with numbers that are not rounded; a last digit may differ."
        rows = self._with_rules(self._rows[style][1], style, lambda i, _: remark(self.rules[i], style))
        return self._page("Answers", form, instruction, [rows, numbered])

    def markdown(self) -> str:
        """Return the exercise and its key as Markdown, with LaTeX between dollar signs."""
        return f"{self.exercise('markdown')}\n---\n\n{self.key('markdown')}"

    def latex(self) -> str:
        """Return the exercise and its key as a LaTeX document; the key begins on a new page."""
        return _document([self.exercise("latex"), self.key("latex")])

    def mark(self, answers: Mapping[Any, Any]) -> Marks:
        """Judge the answers that were handed in.

        Numbers may differ from the key by the rounding of factors, 0.2 %; whole numbers by 0.05 %. Where numbers are
        put in, the answer is worked out. Formulas are compared at random numbers for their names: 2*(a1 - E1) equals
        2(a₁ − E₁). The verdict is "compare" where a formula cannot be read, or is equal only at the numbers of the
        sheet.

        Args:
            answers: the answers, numbers or text, by the number of the blank.

        Raises:
            ValueError: there is no blank of that number.

        >>> from autograd import Value, trace
        >>> x = Value(3.0, "x")
        >>> sheet = trace((x * x).named("y"), x).worksheet(seed=2)
        >>> print(sheet.mark({"1": "2*x", "2": "3*2", "3": 5.0}))
        (1) right
        (2) right
        (3) wrong: 5.0, expected 6
        3 of 4 points
        """
        known = {str(answer.number) for answer in self.answers}
        handed_in = {str(key): got for key, got in answers.items()}
        unknown = sorted(handed_in.keys() - known)
        if unknown:
            raise ValueError(f"answers must be for blanks 1 to {len(self.answers)}, got one for {unknown[0]:.20}")
        given, rows = self._rows["text"]
        values = {row.lhs: parsed((row.terms + row.cells)[-1]) for row in given}
        numbers = {label: x for label, x in values.items() if x is not None}
        places = list(self._blanks)
        results = [parsed((rows[i].terms + rows[i].cells)[-1]) for i, _ in places]
        results += [None] * (len(self.answers) - len(places))
        return Marks(
            judged(answer, handed_in.get(str(answer.number)), numbers, result)
            for answer, result in zip(self.answers, results, strict=True)
        )

    def __str__(self) -> str:
        return f"{self.exercise('text')}\n{self.key('text')}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _page(self, title: str, form: Format, instruction: str, blocks: Sequence[Sequence[Row]]) -> str:
        """Lay out a title, the task, an instruction and blocks of rows in a format."""
        task = self.task(_style(form))
        if form == "text":
            return "\n".join([f"{title}: {task}", *filter(None, [instruction]), *map(sheets.text, blocks), ""])
        told = f"{instruction}\n\n" if instruction else ""
        if form == "markdown":
            return f"### {title}: ${task}$\n\n{told}" + "".join(f"$$\n{sheets.latex(b)}\n$$\n\n" for b in blocks)
        body = "".join(f"\\[\\fitted{{{sheets.latex(block)}}}\\]\n" for block in blocks)
        return f"\\section*{{{title}: ${task}$}}\n{told}{body}"

    @cached_property
    def _pages(self) -> list[_Page]:
        return [_Page(given, rows, style) for style, (given, rows) in self._rows.items()]

    def _can_hide(self, place: Place) -> bool:
        """Return True if the answer at `place` cannot be read on the exercise, in either style.

        Further blanks only hide more, so that each place is judged by itself.
        """
        return not any(page.shows(place) for page in self._pages)


class _Page:
    """The texts of an exercise in one style, to find the answers that they show."""

    def __init__(self, given: Sequence[Row], rows: Sequence[Row], style: Style) -> None:
        self.rows, self.style = rows, style
        self.sides = [x for row in [*given, *rows] for x in (*row.terms, *row.cells, row.note)]
        self.sums = [term for row in rows if row.whole and row.cells for term in row.terms]
        self.names = [row.lhs for row in [*given, *rows]]
        self.text = _plain("\n".join(self.sides), style)
        self.text_and_names = self.text + "\n" + _plain("\n".join(self.names), style)
        factors = [factor for term in self.sums for factor in re.split(r" *(?:·|\\cdot|\+) *", term)]
        # How often each number is alone behind an equals sign, or a factor or term of a result: with and without sign.
        self.alone = Counter(x.strip("()") for x in [*self.sides, *factors])
        # The reason for a case ends with a number too: because u = 3 > w = 1.
        compared = [x for row in rows for x in re.split(r" (?:=|[<>≠]|\\ne) ", row.note)]
        self.magnitudes = Counter(x.strip("()").lstrip("−-") for x in [*self.sides, *factors, *compared])
        self.given_alone = Counter(x for row in given for x in (*row.terms, *row.cells))

    def shows(self, place: Place) -> bool:
        """Return True if an answer can be read elsewhere; a number that is blank everywhere in the solution cannot."""
        answer = _side(self.rows, place)
        value = parsed(answer)
        if value is None:
            part = _plain(answer, self.style)
            return count_whole(part, self.text_and_names) > count_whole(part, part)
        magnitude = answer.lstrip("−-")
        if value.is_integer() and abs(value) < MIN_TELLING_WHOLE:
            # Those with the same sign are blank in the solution.
            return self.magnitudes[magnitude] > self.alone[answer] or self.given_alone[answer] > 0
        hidden = sum(1 for row in self.rows for x in ("".join(row.terms), *row.cells) if x == answer)
        hidden += sum(count_whole(answer, term, is_number=True) for term in self.sums if term != answer)
        return count_whole(magnitude, self.text, is_number=True) > hidden


class ClassSheets:
    """Worksheets for a class: each student has other numbers; `str` gives all exercises, then all keys.

    Attributes:
        sheets: the worksheets of each student.
    """

    def __init__(self, per_student: Sequence[Sequence[Worksheet]]) -> None:
        self.sheets = list(map(list, per_student))

    def exercises(self, form: Format = "latex") -> str:
        """Return the exercises of all students; a LaTeX document with a page for each, to print."""
        return self._pages(form, [self._of_student(i, form, key=False) for i in range(len(self.sheets))])

    def answer_keys(self, form: Format = "latex") -> str:
        """Return the answer keys of all students, likewise."""
        return self._pages(form, [self._of_student(i, form, key=True) for i in range(len(self.sheets))])

    def latex(self) -> str:
        """Return one LaTeX document: all exercises, a page for each student, then all keys."""
        return _document([self._of_student(i, "latex", key) for key in (False, True) for i in range(len(self.sheets))])

    def markdown(self) -> str:
        """Return all exercises, then all keys, as Markdown."""
        return f"{self.exercises('markdown')}\n---\n\n{self.answer_keys('markdown')}"

    def __str__(self) -> str:
        return f"{self.exercises('text')}\n{self.answer_keys('text')}"

    def __repr__(self) -> str:
        count = len(self.sheets[0])
        different = len({"".join(sheet.exercise("text") for sheet in row) for row in self.sheets})
        counts = "" if different == len(self.sheets) else f", {different} different"
        return f"<{len(self.sheets)} students, {count} worksheet{'s' if count > 1 else ''} each{counts}>"

    def _of_student(self, i: int, form: Format, key: bool) -> str:
        """Return the pages of one student under a line with the number of the sheet."""
        pages = [sheet.key(form) if key else sheet.exercise(form) for sheet in self.sheets[i]]
        title = f"Sheet {i + 1}" + (", answers" if key else "")
        if form == "latex":
            name = "" if key else r"\hfill Name: \underline{\hspace{12em}}"
            return f"\\noindent\\textbf{{{title}}}{name}\n" + "\n".join(pages)
        heading = f"## {title}" if form == "markdown" else title
        return f"{heading}\n\n" + "\n".join(pages)

    def _pages(self, form: Format, pages: Sequence[str]) -> str:
        return _document(pages) if form == "latex" else "\n".join(pages)


def worksheets(traces: Any, *, students: int = 1, seed: int = 0, **options: Any) -> ClassSheets:
    """Make worksheets for a class: the same exercises with other numbers for each student, and the keys apart.

    Args:
        traces: a trace, or several, each for one exercise.
        students: the number of students.
        seed: seed of the numbers and blanks. All students have the same blanks where their numbers allow it, and the
            numbers of student i depend on the seed and i alone.
        options: those of `Trace.worksheet`, such as ``difficulty="easy"``; ``vary=False`` keeps the numbers.

    Returns:
        The sheets and their keys, as an `autograd.tracing.exercises.ClassSheets`.

    Raises:
        TypeError: `traces` contains something else.
        ValueError: `students` is not positive, or there is no trace.

    >>> import autograd as ag
    >>> x = ag.Value(3.0, "x")
    >>> sheets = worksheets(ag.trace((x * x).named("y"), x), students=30, seed=1)
    >>> sheets
    <30 students, 1 worksheet each, 9 different>
    """
    exercises = [traces] if hasattr(traces, "worksheet") else list(traces)
    if not exercises or not all(hasattr(trace, "worksheet") for trace in exercises):
        got = type(exercises[0]).__name__ if exercises else "none"
        raise TypeError(f"traces must be one or several results of trace(), got {got}")
    if isinstance(students, bool) or not isinstance(students, int) or students < 1:
        raise ValueError(f"students must be a whole number from 1 on, got {students!r:.20}")
    rows: list[list[Worksheet]] = []
    for k, trace in enumerate(exercises):
        column: list[Worksheet] = []
        pages: list[str] = []
        for i in range(students):
            sheet, page = _student_sheet(trace, {"seed": seed, **options}, f"{seed} {i} {k}", pages)
            column.append(sheet)
            pages.append(page)
        rows.append(column)
    return ClassSheets([list(row) for row in zip(*rows, strict=True)])


def _student_sheet(trace: Any, options: dict[str, Any], seed: str, pages: Sequence[str]) -> tuple[Worksheet, str]:
    """Return a worksheet with numbers that no one before has, or at least not the neighbour; and its text."""
    best: tuple[int, Worksheet, str] | None = None
    for attempt in range(MAX_ATTEMPTS_TO_DIFFER):
        numbers = random.Random(f"{seed} {attempt}").randrange(2**31)
        sheet: Worksheet = trace.worksheet(**{"vary": numbers, **options})
        page = sheet.exercise("text")
        # How far away the same sheet is; a new one is farthest.
        distance = pages[::-1].index(page) + 1 if page in pages else len(pages) + 1
        if best is None or distance > best[0]:
            best = distance, sheet, page
        if distance > len(pages):
            break
    assert best is not None
    return best[1], best[2]


def _document(pages: Sequence[str]) -> str:
    """Return a LaTeX document of pages."""
    body = "\n\\newpage\n".join(pages)
    return f"{_PREAMBLE}\\begin{{document}}\n{body}\\end{{document}}\n"


def _candidates(rows: Sequence[Row]) -> dict[Place, Step]:
    """Return the right-hand sides that a blank may hide, and the step that leads to each."""
    candidates: dict[Place, Step] = {}
    for i, row in enumerate(rows):
        # The chain rule in names can be read from the rows below it.
        if not row.lhs or (not row.cells and (len(row.terms) > 1 or (row.whole and len(rows) > 1))):
            continue
        for k in range(len(row.cells) + 1):
            side = _side(rows, (i, k))
            if parsed(side) is not None:
                candidates[i, k] = "multiply"
            else:
                is_sum_of_numbers = row.whole and row.cells and len(rows) > 1
                candidates[i, k] = "put in" if k or is_sum_of_numbers else "differentiate"
    return candidates


def _joined(rows: Sequence[Row]) -> str:
    """Return all right-hand sides, a line for each."""
    return "\n".join(x for row in rows for x in (*row.terms, *row.cells))


def _side(rows: Sequence[Row], place: Place) -> str:
    """Return a right-hand side as one text."""
    i, k = place
    return " + ".join(rows[i].terms) if k == 0 else rows[i].cells[k - 1]


def _hidden(rows: Sequence[Row], places: Sequence[Place], style: Style) -> list[Row]:
    """Return rows with numbered blanks at `places`, and wherever a number that they hide occurs again."""
    # A blank is one private character until the end, since its own text has digits.
    sides = [[[*row.terms], *([cell] for cell in row.cells)] for row in rows]
    for number, (i, k) in enumerate(places):
        sides[i][k] = [chr(_FIRST_BLANK + number)]
    for number, place in enumerate(places):
        answer = _side(rows, place)
        if parsed(answer) is None:
            continue
        pattern, blank = re.compile(_token(answer)), chr(_FIRST_BLANK + number)
        for row, texts in zip(rows, sides, strict=True):
            for k, terms in enumerate(texts):
                # In a formula the number may be a coefficient; in products and sums of numbers it is not.
                if row.whole and row.cells and k == 0:
                    texts[k] = [pattern.sub(blank, term) for term in terms]
                elif terms == [answer]:
                    texts[k] = [blank]
    blanks = {_FIRST_BLANK + number: _blank(number + 1, style) for number in range(len(places))}
    return [
        replace(row, terms=tuple(x.translate(blanks) for x in first), cells=tuple(x.translate(blanks) for (x,) in rest))
        for row, (first, *rest) in zip(rows, sides, strict=True)
    ]


def _plain(text: str, style: Style) -> str:
    """Return a text without blanks; in LaTeX without indices and lengths too, whose digits are no numbers."""
    if style == "text":
        return re.sub(r"______\(\d+\)", "", text)
    without_blanks = re.sub(r"\\underset\{\\text\{\(\d+\)\}\}\{\\underline\{\\hspace\{5em\}\}\}", "", text)
    return re.sub(r"_\{[^{}]*\}", "", without_blanks)


def count_whole(part: str, text: str, is_number: bool = False) -> int:
    """Count a part of a text where it is not within a word or a number; a number not as the mantissa of another.

    >>> count_whole("0.5", "0.5·x0.5 + 0.55 + 0.5"), count_whole("2", "2×10³ + 2", is_number=True)
    (2, 1)
    """
    # Without regular expressions: a new one for each answer would take most of the time of a worksheet.
    count, start = 0, text.find(part)
    while part and start >= 0:
        end = start + len(part)
        before, after = text[start - 1 : start], text[end : end + 1]
        is_whole = not (before.isalnum() or before in ("_", ".")) and not (after.isalnum() or after in ("_", "."))
        if is_whole and is_number:
            is_whole = after != "×" and not text[end : end + 16].lstrip(" ").startswith(r"\times")
        count += is_whole
        start = text.find(part, end if is_whole else start + 1)
    return count


def _token(number: str) -> str:
    """Return a pattern for a number that is not a part of a longer one."""
    return rf"(?<![\w.]){re.escape(number)}(?![\w.]|×| *\\times)"


def _style(form: Format) -> Style:
    return "text" if form == "text" else "latex"


def _mark(number: int, style: Style) -> str:
    return remark(f"({number})", style)


def _blank(number: int, style: Style) -> str:
    """Return a line to write on, with a number."""
    if style == "text":
        return f"______({number})"
    return rf"\underset{{{_mark(number, style)}}}{{\underline{{\hspace{{5em}}}}}}"
