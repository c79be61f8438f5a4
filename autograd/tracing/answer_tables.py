"""Answers as they are handed in: the names of blanks and exercises, and a table of a class as a CSV file."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograd.symbolic.typesetting import name
from autograd.tracing.marking import key_of

# A blank, or a range of blanks: 3, (3), 1-3, and with its exercise 2.3, 2.1-3, 2.1-2.3, dC/db.3.
_BLANKS = re.compile(
    r"(?:(?P<exercise>.+?)\.)?\(?(?P<first>\d+)\)?(?: *[-–] *(?:(?P<again>.+?)\.)?\(?(?P<last>\d+)\)?)?", re.DOTALL
)
_TITLE = re.compile(r"[d∂](?P<of>[^/]+)/[d∂](?P<wrt>.+)", re.DOTALL)
# Spreadsheets separate cells by one of these.
_DELIMITERS = ",;\t"
# A blank of a sheet: the numbers of its exercise and its own.
Blank = tuple[int, int]


def by_blank(answers: Mapping[Any, Any], titles: Sequence[str], counts: Sequence[int]) -> dict[Blank, Any]:
    """Return answers by the numbers of exercise and blank.

    Args:
        answers: the answers by the name of a blank or of a range of blanks, or for an exercise by its number or title.
        titles: the title of each exercise, such as "∂C/∂b".
        counts: the number of blanks of each exercise.

    Raises:
        TypeError: `answers` is no mapping, or a range has no list of answers.
        ValueError: there is no such blank or exercise, or two answers are for one blank.

    >>> by_blank({"2.1": "2x", "1.1-2": [6, 0.5], "dy/dz": {2: 8}}, ["∂y/∂x", "∂y/∂z"], [2, 2])
    {(2, 1): '2x', (1, 1): 6, (1, 2): 0.5, (2, 2): 8}
    """
    if not isinstance(answers, Mapping):
        raise TypeError(
            f"answers must be a dict of the answers by the number of the blank, got {type(answers).__name__}; "
            'write {"1": 0.23, "2": "2*x"}'
        )
    entries: list[tuple[str, Any]] = []
    for key, got in answers.items():
        if isinstance(got, Mapping):
            entries += [(f"{key}.{inner}", answer) for inner, answer in got.items()]
        elif isinstance(key, float):
            # 2.1 and 2.10 are the same float, and different blanks.
            raise TypeError(f'answers must be by the name of a blank as text, got the float {key!r}; write "{key!r}"')
        else:
            entries.append((str(key), got))
    handed_in: dict[Blank, Any] = {}
    for text, got in entries:
        exercise, numbers = _blanks_of(text, titles)
        listed = [got] if len(numbers) == 1 else _listed(got, text, len(numbers))
        for number, answer in zip(numbers, listed, strict=True):
            if not 1 <= number <= counts[exercise - 1]:
                raise ValueError(_no_such_blank(text, exercise, counts))
            if (exercise, number) in handed_in:
                blank = _written(exercise, number, counts)
                raise ValueError(f"answers must have one answer for blank {blank}, got another under {text:.40}")
            handed_in[exercise, number] = answer
    return handed_in


def _blanks_of(text: str, titles: Sequence[str]) -> tuple[int, range]:
    """Return the number of an exercise, and the numbers of blanks in it."""
    match = _BLANKS.fullmatch(text.strip())
    if match is None:
        example = '"1" or "1-3"' if len(titles) == 1 else '"1.2" or "1.1-3"'
        raise ValueError(f"answers must be by the name of a blank, got {text!r:.40}; write {example}")
    if match["exercise"] is None and len(titles) > 1:
        raise ValueError(
            f'answers must be by exercise and blank, got {text!r:.40}; write "1.{match["first"]}" for exercise 1'
        )
    exercise = 1 if match["exercise"] is None else _exercise(match["exercise"], titles)
    if match["again"] is not None and _exercise(match["again"], titles) != exercise:
        raise ValueError(f"a range of blanks must be within one exercise, got {text!r:.40}; write a range for each")
    first = int(match["first"])
    last = first if match["last"] is None else int(match["last"])
    if last < first:
        raise ValueError(f"a range of blanks must begin with the smaller number, got {text!r:.40}")
    return exercise, range(first, last + 1)


def _exercise(text: str, titles: Sequence[str]) -> int:
    """Return the number of an exercise from its number or its title."""
    if text.isdecimal() and 1 <= int(text) <= len(titles):
        return int(text)
    found = [k for k, title in enumerate(titles, 1) if _title_key(title) == _title_key(text)]
    if len(found) > 1:
        raise ValueError(
            f"answers must be for one exercise, got the title of exercises {' and '.join(map(str, found))}: "
            f"{text:.40}; write the number of the exercise"
        )
    if not found:
        listed = ", ".join(f"{k} ({title:.40})" for k, title in enumerate(titles, 1))
        raise ValueError(f"answers must be for one of the exercises {listed}, got one for {text!r:.40}")
    return found[0]


def _title_key(title: str) -> str:
    """Return a title without the forms of its indices, letters and signs: dC/dtheta[1] and ∂C/∂θ₁ are one."""
    match = _TITLE.fullmatch(title.strip())
    if match is None:
        return key_of(title)
    above, below = (key_of(name(part.strip("() "))) for part in (match["of"], match["wrt"]))
    return f"{above}/{below}"


def _listed(got: Any, text: str, count: int) -> Sequence[Any]:
    """Return the answers for a range of blanks."""
    if isinstance(got, (str, bytes)) or not isinstance(got, Sequence):
        raise TypeError(f"answers for the range {text:.40} must be a list, got {got!r:.40}")
    if len(got) != count:
        raise ValueError(
            f"answers for the range {text:.40} must be {count}, got {len(got)}; write None for a missing one"
        )
    return got


def _written(exercise: int, number: int, counts: Sequence[int]) -> str:
    """Return the name of a blank."""
    return str(number) if len(counts) == 1 else f"{exercise}.{number}"


def _no_such_blank(text: str, exercise: int, counts: Sequence[int]) -> str:
    """Return the complaint about a blank that an exercise does not have."""
    first, last = (_written(exercise, number, counts) for number in (1, counts[exercise - 1]))
    return f"answers must be for blanks {first} to {last}, got one for {text:.20}"


def form(counts: Sequence[Sequence[int]], code: str) -> str:
    """Return a CSV table to fill in: a row for each sheet, and a column for each blank that any of them has.

    Args:
        counts: for each sheet, the number of blanks of each exercise.
        code: tells the sheets from others.

    >>> print(form([[2], [2]], "5a"), end="")
    sheet (5a),1,2
    1,,
    2,,
    """
    widest = [max(column) for column in zip(*counts, strict=True)]
    names = [_written(k, n, widest) for k, count in enumerate(widest, 1) for n in range(1, count + 1)]
    rows = [[f"sheet ({code})", *names], *([str(i), *[""] * len(names)] for i in range(1, len(counts) + 1))]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def read_answers(path: str | os.PathLike[str], students: int, code: str) -> dict[int, dict[str, str]]:
    """Return the answers of a CSV file by the number of the sheet and the name of the blank, without empty cells.

    Args:
        path: the file, as a spreadsheet saves the table of `form`; semicolons or tabs may separate its cells.
        students: the number of sheets.
        code: that of the sheets; a file that has another one is for other sheets.

    Raises:
        ValueError: the file is no such table.
        OSError: it cannot be read.
    """
    lines = _table(Path(path))
    if not lines:
        raise ValueError(f"{path} must have a row of column names, got an empty file; answer_form() begins one")
    (_, header), *rows = lines
    corner = re.fullmatch(r"sheet *(?:\((\w+)\))?", header[0].strip(), re.IGNORECASE)
    if corner is None:
        raise ValueError(
            f'{path} must begin with the column "sheet", got {header[0]!r:.40}; answer_form() begins a file'
        )
    if corner[1] not in (None, code):
        raise ValueError(
            f"{path} must be for these sheets, {code}, got answers for the sheets {corner[1]}; make the sheets as they "
            "were made, from the same expression, students and seed"
        )
    names = [cell.strip() for cell in header]
    twice = next((cell for i, cell in enumerate(names) if cell and cell in names[:i]), None)
    if twice is not None:
        raise ValueError(f"{path} must have one column for each blank, got two with the name {twice:.20}")
    answers: dict[int, dict[str, str]] = {}
    for number, row in rows:
        sheet = row[0].strip()
        if not sheet.isdecimal() or not 1 <= int(sheet) <= students:
            raise ValueError(
                f"{path}, line {number}: the number of the sheet must be from 1 to {students}, got {sheet!r:.20}"
            )
        if int(sheet) in answers:
            raise ValueError(f"{path}, line {number}: each sheet must have one row, got another for sheet {sheet}")
        # A comma within an answer that is not quoted would move all answers behind it.
        if len(row) != len(names):
            raise ValueError(
                f"{path}, line {number}: each row must have {len(names)} cells, as the first one, got {len(row)}; "
                "quote an answer that has a comma"
            )
        filled = {i: cell.strip() for i, cell in enumerate(row) if i and cell.strip()}
        unnamed = next((i for i in filled if not names[i]), None)
        if unnamed is not None:
            raise ValueError(
                f"{path}, line {number}: each answer must be in a column with the name of its blank, got "
                f"{filled[unnamed]!r:.40} in column {unnamed + 1}"
            )
        answers[int(sheet)] = {names[i]: cell for i, cell in filled.items()}
    return answers


def _table(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV file that have anything, each with the number of its line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} must be a CSV file in UTF-8, got other bytes at {error.start:,}; save the table as CSV UTF-8"
        ) from None
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: the file must be CSV, got a mistake: {error}") from None
    return rows
