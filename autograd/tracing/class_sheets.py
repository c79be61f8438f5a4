"""Worksheets for a class: several exercises on a sheet, other numbers for each student, and the keys apart.

No exercise gives away an answer of another one on the same sheet.
"""

from __future__ import annotations

import os
import random
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from autograd.symbolic.prose import plural
from autograd.symbolic.typesetting import for_notebooks
from autograd.tracing import answer_tables
from autograd.tracing.exercises import Format, Place, Worksheet, document, equal_answers, shown_answers
from autograd.tracing.marking import Mark, Marks, Verdict
from autograd.tracing.sheets import Table

# Numbers drawn for a student until the sheet differs from those of the others; few whole numbers may not suffice.
MAX_ATTEMPTS_TO_DIFFER = 12


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
        return document([self._of_student(i, "latex", key) for key in (False, True) for i in range(len(self.sheets))])

    def markdown(self) -> str:
        """Return all exercises, then all keys, as Markdown."""
        return f"{self.exercises('markdown')}\n---\n\n{self.answer_keys('markdown')}"

    def answer_form(self) -> str:
        """Return a table for the answers of the class, as CSV: a row for each sheet, and a column for each blank.

        Write it to a file, fill it in with any spreadsheet, and give its path to `mark`. The name of the first column
        tells these sheets from others.

        >>> import autograd as ag
        >>> x = ag.Value(3.0, "x")
        >>> print(ag.worksheets(ag.trace((x * x).named("y"), x), students=2, seed=2).answer_form().partition(",")[2])
        1,2,3
        1,,,
        2,,,
        <BLANKLINE>
        """
        return answer_tables.form([[len(sheet.answers) for sheet in row] for row in self.sheets], self._code)

    def mark(self, answers: Mapping[int, Mapping[Any, Any]] | str | os.PathLike[str]) -> ClassMarks:
        """Judge the answers of a class.

        Args:
            answers: for the number of each sheet, its answers by the name of the blank: "3", or "2.3" for blank 3 of
                exercise 2. An exercise may be named by its title, as in "dC/db.3", and a range such as "2.1-3" has a
                list of answers. Or the path of a CSV file, as `answer_form` begins one.

        Returns:
            The marks of each sheet; `str` gives a table of the points, and one of the blanks.

        Raises:
            TypeError: the answers are no mappings.
            ValueError: there is no such sheet, exercise or blank, or the file is no such table.
            OSError: the file cannot be read.

        >>> import autograd as ag
        >>> x = ag.Value(5.0, "x")
        >>> y, z = (x * x).named("y"), (x**3).named("z")
        >>> sheets = ag.worksheets([ag.trace(y, x), ag.trace(z, x)], vary=False, difficulty="easy")
        >>> marks = sheets.mark({1: {"1.1": 10, "dz/dx.1": 70}})
        >>> print(marks[1])
        (1.1) right
        (2.1) wrong: 70, expected 75
        1 of 2 points
        """
        source = ""
        if isinstance(answers, (str, os.PathLike)):
            source = f"{os.fspath(answers)}, "
            answers = answer_tables.read_answers(answers, len(self.sheets), self._code)
        if not isinstance(answers, Mapping):
            raise TypeError(
                "answers must be a dict by the number of the sheet, or the path of a CSV file, got "
                f'{type(answers).__name__}; write {{1: {{"1": 0.23}}}}'
            )
        unknown = [i for i in answers if isinstance(i, bool) or i not in range(1, len(self.sheets) + 1)]
        if unknown:
            raise ValueError(f"answers must be for sheets 1 to {len(self.sheets)}, got some for {unknown[0]!r:.20}")
        return ClassMarks({int(i): self._marked(int(i), of_sheet, source) for i, of_sheet in answers.items()})

    def _marked(self, i: int, answers: Mapping[Any, Any], source: str) -> Marks:
        """Return the marks of all exercises of a sheet."""
        row = self.sheets[i - 1]
        try:
            handed_in = answer_tables.by_blank(
                answers, [sheet.task("text") for sheet in row], [len(sheet.answers) for sheet in row]
            )
        except (TypeError, ValueError) as error:
            raise type(error)(f"{source}sheet {i}: {error}") from None
        of_exercises = [
            sheet.mark({number: got for (exercise, number), got in handed_in.items() if exercise == k})
            for k, sheet in enumerate(row, 1)
        ]
        return Marks(
            replace(mark, exercise=sheet.number)
            for sheet, marks in zip(row, of_exercises, strict=True)
            for mark in marks
        )

    @property
    def _code(self) -> str:
        """Four digits that tell these sheets from others."""
        keys = "\n".join(answer.text for row in self.sheets for sheet in row for answer in sheet.answers)
        return f"{zlib.crc32(keys.encode()) & 0xFFFF:04x}"

    def __str__(self) -> str:
        return f"{self.exercises('text')}\n{self.answer_keys('text')}"

    def __repr__(self) -> str:
        first, *_ = self.sheets
        different = len({"".join(sheet.exercise("text") for sheet in row) for row in self.sheets})
        counts = "" if different == len(self.sheets) else f", {different} different"
        return f"<{plural(len(self.sheets), 'student')}, {plural(len(first), 'worksheet')} each{counts}>"

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
        return document(pages) if form == "latex" else "\n".join(pages)


class ClassMarks(dict[int, Marks]):
    """The marks of a class by the number of the sheet; `str` gives a table of the points, and one of the blanks."""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self._tables()))

    def __repr__(self) -> str:
        return str(self)

    def html(self) -> str:
        """Return both tables as HTML."""
        return "\n".join(table.html() for table in self._tables())

    def _repr_html_(self) -> str:
        return for_notebooks(self.html())

    def _tables(self) -> list[Table]:
        """Return the table of the sheets, and that of the blanks with the fewest right answers first."""
        verdicts: tuple[Verdict, ...] = get_args(Verdict)
        header = ["sheet", "points", "open points", *verdicts]
        rows = [
            [str(i), f"{marks.points} of {marks.total}", str(marks.open_points), *_counted(marks, verdicts)]
            for i, marks in self.items()
        ]
        blanks: dict[str, list[Mark]] = {}
        for mark in (mark for marks in self.values() for mark in marks):
            blanks.setdefault(mark.blank, []).append(mark)
        by_right = sorted(blanks.items(), key=lambda item: sum(mark.verdict == "right" for mark in item[1]))
        # A blank of the same number may ask for another step on another sheet.
        steps = {blank: dict.fromkeys(mark.answer.step for mark in marks) for blank, marks in blanks.items()}
        of_blanks = [[blank, " or ".join(steps[blank]), *_counted(marks, verdicts)] for blank, marks in by_right]
        return [
            Table(lambda _: [header, *rows]),
            Table(lambda _: [["blank", "asks to", *verdicts], *of_blanks]),
        ]


def _counted(marks: Sequence[Mark], verdicts: Sequence[Verdict]) -> list[str]:
    """Return the number of marks of each verdict."""
    counts = Counter(mark.verdict for mark in marks)
    return [str(counts[verdict]) for verdict in verdicts]


def worksheets(traces: Any, *, students: int = 1, seed: int = 0, **options: Any) -> ClassSheets:
    """Make worksheets for a class: the same exercises with other numbers for each student, and the keys apart.

    Args:
        traces: a trace, or several, each for one exercise.
        students: the number of students.
        seed: seed of the numbers and blanks. All students have the same blanks where their numbers allow it, and the
            numbers of student i depend on the seed and i alone.
        options: those of `Trace.worksheet`, such as ``difficulty="easy"``; ``vary=False`` keeps the numbers.

    Returns:
        The sheets and their keys, as an `autograd.tracing.class_sheets.ClassSheets`.

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
    others = [type(trace).__name__ for trace in exercises if not hasattr(trace, "worksheet")]
    if not exercises or others:
        raise TypeError(f"traces must be one or several results of trace(), got {', '.join(others) or 'none'}")
    if isinstance(students, bool) or not isinstance(students, int) or students < 1:
        raise ValueError(f"students must be a whole number from 1 on, got {students!r:.20}")
    per_student: list[list[Worksheet]] = []
    pages: list[list[str]] = [[] for _ in exercises]
    for i in range(students):
        row: list[Worksheet] = []
        for k, trace in enumerate(exercises):
            sheet, page = _drawn(trace, {"seed": seed, **options}, f"{seed} {i} {k}", pages[k], row)
            row.append(sheet)
            pages[k].append(page)
        row = [replace(sheet, number=k) for k, sheet in enumerate(row, 1)] if len(row) > 1 else row
        per_student.append(_apart(row))
    return ClassSheets(per_student)


def _drawn(
    trace: Any, options: dict[str, Any], seed: str, pages: Sequence[str], beside: Sequence[Worksheet]
) -> tuple[Worksheet, str]:
    """Return a worksheet with numbers that no one before has, or at least not the neighbour; and its text.

    If there are such numbers, they show no answer of the exercises beside it, and those show none of its answers.
    """
    best: tuple[tuple[int, bool], Worksheet, str] | None = None
    for attempt in range(MAX_ATTEMPTS_TO_DIFFER):
        numbers = random.Random(f"{seed} {attempt}").randrange(2**31)
        sheet: Worksheet = trace.worksheet(**{"vary": numbers, **options})
        page = sheet.exercise("text")
        # How far away the same sheet is; a new one is farthest.
        distance = pages[::-1].index(page) + 1 if page in pages else len(pages) + 1
        is_apart = not any(_shows_number(*pair) for x in beside for pair in ((x, sheet), (sheet, x)))
        if best is None or (distance, is_apart) > best[0]:
            best = (distance, is_apart), sheet, page
        if "vary" in options or (distance > len(pages) and is_apart):
            break
    assert best is not None
    return best[1], best[2]


def _shows_number(neighbour: Worksheet, sheet: Worksheet) -> bool:
    """Return True if `neighbour` shows a number that `sheet` asks for; other numbers may change that."""
    # Answers that name rules follow those of the places.
    values = {place: answer.value for place, answer in zip(sheet.places, sheet.answers, strict=False)}
    return any(values[place] is not None for place in shown_answers(sheet, neighbour))


def _apart(sheets: Sequence[Worksheet]) -> list[Worksheet]:
    """Choose the blanks of the exercises of one sheet, so that none shows an answer of another.

    What one exercise asks for is blank in the others too. An answer that another exercise cannot hide is not asked for.
    """
    sheets = list(sheets)
    while True:
        # Each pass has more blanks than the one before it.
        while any(further := [_hidden_beside(sheet, sheets) for sheet in sheets]):
            sheets = [
                replace(sheet, hidden_beside=sheet.hidden_beside | more)
                for sheet, more in zip(sheets, further, strict=True)
            ]
        shown = [_shown_beside(sheet, sheets) for sheet in sheets]
        if not any(shown):
            return sheets
        # Without these answers fewer blanks have to be hidden elsewhere, so that the choice begins anew.
        sheets = [
            replace(sheet, shown_beside=sheet.shown_beside | more, hidden_beside=frozenset())
            for sheet, more in zip(sheets, shown, strict=True)
        ]


def _hidden_beside(sheet: Worksheet, sheets: Sequence[Worksheet]) -> frozenset[Place]:
    """Return the places that have to be blank because another exercise asks for the same."""
    return frozenset[Place]().union(*(equal_answers(sheet, x) for x in sheets if x is not sheet))


def _shown_beside(sheet: Worksheet, sheets: Sequence[Worksheet]) -> frozenset[Place]:
    """Return the blanks whose answers another exercise shows, if there is anything else to ask for."""
    if not sheet.can_hide:
        return frozenset()
    return frozenset[Place]().union(*(shown_answers(sheet, x) for x in sheets if x is not sheet))
