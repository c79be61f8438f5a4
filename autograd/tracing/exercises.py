"""Worksheets: a worked solution with numbered blanks, its answer key, and marking.

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
from autograd.symbolic.typesetting import SIGNIFICANT_DIGITS, Style, number
from autograd.tracing import sheets
from autograd.tracing.answer_tables import by_blank
from autograd.tracing.marking import Answer, Marks, Step, judged, parsed
from autograd.tracing.sheets import Row

Format = Literal["text", "markdown", "latex"]
Difficulty = Literal["easy", "medium", "hard"]
# The share of blanks of each difficulty, and the steps that it asks for unless told otherwise.
SHARES: Mapping[Difficulty, float] = {"easy": 0.3, "medium": 0.5, "hard": 1.0}
_WORKED_STEPS: tuple[Step, ...] = ("differentiate", "put in", "multiply")
STEPS: Mapping[Difficulty, tuple[Step, ...]] = {
    "easy": _WORKED_STEPS[1:],
    "medium": _WORKED_STEPS,
    "hard": _WORKED_STEPS,
}
POINTS: Mapping[Step, int] = {"name the rule": 1, "differentiate": 2, "put in": 1, "multiply": 1}
# Smaller whole numbers are also coefficients and exponents, which say nothing about an answer.
MIN_TELLING_WHOLE = 10
# Rows have room for handwriting and for fractions. A solution that is wider or taller than the page is set smaller.
_PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath,graphicx}
\setlength\jot{5pt}
\newsavebox\page
\newcommand\fitted[1]{\sbox\page{$\displaystyle#1$}%
  \ifdim\wd\page>\linewidth\sbox\page{\resizebox{\linewidth}{!}{\usebox\page}}\fi
  \ifdim\dimexpr\ht\page+\dp\page>.9\textheight\resizebox*{!}{.9\textheight}{\usebox\page}\else\usebox\page\fi}
"""
Rows = Callable[[Style], Sequence[Row]]
# A right-hand side by the index of its row and its own; the terms have index 0.
Place = tuple[int, int]
# A number with decimals, as text or LaTeX.
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])(?:×10⁻?[⁰¹²³⁴-⁹]+| \\times 10\^\{-?\d+\})?")
# Letters for the argument of a function in the instruction.
_LETTERS = "xztuvrspq"
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
        number: the number of the exercise on its sheet; 0 for the only one.
        shown_beside: places whose answers another exercise on the same sheet shows, so that they are not blank.
        hidden_beside: places that are blank because another exercise asks for their answers.
    """

    task: Callable[[Style], str]
    given: Rows
    solution: Rows
    seed: int
    share: float
    steps: tuple[Step, ...] = get_args(Step)
    rules: Mapping[int, str] = field(default_factory=dict)
    number: int = 0
    shown_beside: frozenset[Place] = frozenset()
    hidden_beside: frozenset[Place] = frozenset()

    @cached_property
    def _rows(self) -> dict[Style, tuple[list[Row], list[Row]]]:
        """The given rows and those of the solution, in both styles."""
        styles: tuple[Style, ...] = ("text", "latex")
        return {style: (list(self.given(style)), list(self.solution(style))) for style in styles}

    @cached_property
    def _candidates(self) -> dict[Place, Step]:
        """The places whose answers cannot be read elsewhere, and what a blank there asks for."""
        steps = _candidates(self._rows["text"][1])
        hidden = {place for place in steps if place not in self.shown_beside and self._can_hide(place)}
        # A formula can be read from its numbers: 2(0.6225 − 1) is 2(out − E₁).
        hidden -= {(i, 0) for i, k in steps.keys() - hidden if k == 1 and _has_formula(steps, i)}
        return {place: step for place, step in steps.items() if place in hidden}

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
        chosen = {place for place in drawn if candidates[place] in self.steps} | {max(candidates)} | self.hidden_beside
        # The numbers put in would show the formula.
        chosen |= {(i, 1) for i, k in chosen if k == 0 and _has_formula(candidates, i)}
        return {place: step for place, step in candidates.items() if place in chosen}

    @cached_property
    def _hidden_rows(self) -> dict[Style, list[Row]]:
        """The rows of the solution with blanks, in both styles."""
        return {style: _hidden(rows, list(self._blanks), style) for style, (_, rows) in self._rows.items()}

    @cached_property
    def _handed_out(self) -> list[_Page]:
        """The texts of the exercise as a student gets it, in both styles."""
        return [_Page(given, self._hidden_rows[style], style) for style, (given, _) in self._rows.items()]

    @cached_property
    def _rule_rows(self) -> list[int]:
        """The rows whose rules are asked for: at least one, if there is any."""
        drawn = [i for i in self.rules if random.Random(f"{self.seed} rule {i}").random() < self.share]
        return drawn or list(self.rules)[:1]

    @property
    def can_hide(self) -> bool:
        """True if some answer can be hidden; otherwise the given numbers show every single one, and all are asked for.

        >>> from autograd import Value, trace
        >>> x, w = Value(2.0, "x"), Value(0.5, "w")
        >>> trace((w * x).named("y"), x).worksheet().can_hide
        False
        """
        return bool(self._candidates)

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
    def _free_letter(self) -> str:
        """A letter that is no name on the sheet, for the definition of S: S(x) may be an answer."""
        names = {row.lhs for row in self._rows["text"][0]}
        return next((letter for letter in _LETTERS if letter not in names), _LETTERS[0])

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of the blanks in the solution; those of rules are not among them."""
        return tuple(self._blanks)

    @property
    def points(self) -> int:
        """The points of all blanks together."""
        return sum(answer.points for answer in self.answers)

    def exercise(self, form: Format = "markdown") -> str:
        """Return the task, the given numbers, and the solution with numbered blanks."""
        style = _style(form)
        rows = self._with_rules(self._hidden_rows[style], style, lambda _, n: _blank(n, style))
        told = ["Fill in the numbered blanks."]
        text = _joined(rows)
        if max(text.count(_blank(i, style)) for i in range(1, len(self._blanks) + 1)) > 1:
            told.append("A blank that occurs twice has the same answer.")
        told.append(f"Round numbers to {SIGNIFICANT_DIGITS} significant digits.")
        # Of the sheet as it is handed out: S(x) may be an answer.
        if re.search(r"\bS\(", _joined([*self._rows["text"][0], *self._hidden_rows["text"]])):
            x = self._free_letter
            told.append(f"S({x}) = 1/(1 + e^(−{x}))." if form == "text" else f"$S({x}) = 1/(1 + e^{{-{x}}})$.")
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
        return document([self.exercise("latex"), self.key("latex")])

    def mark(self, answers: Mapping[Any, Any]) -> Marks:
        """Judge the answers that were handed in.

        Numbers may differ from the key by the rounding of factors, 0.2 %; whole numbers by 0.05 %. Where numbers are
        put in, the answer is worked out. Formulas are compared at random numbers for their names: 2*(a1 - E1) equals
        2(a₁ − E₁). The verdict is "compare" where a formula cannot be read, or is equal only at the numbers of the
        sheet.

        Args:
            answers: the answers, numbers or text, by the number of the blank; for a range such as "1-3" a list.

        Raises:
            TypeError: `answers` is no mapping, or a range has no list.
            ValueError: there is no blank of that number.

        >>> from autograd import Value, trace
        >>> x = Value(3.0, "x")
        >>> sheet = trace((x * x).named("y"), x).worksheet(seed=2)
        >>> print(sheet.mark({"1-2": ["2*x", "3*2"], "3": 5.0}))
        (1) right
        (2) right
        (3) wrong: 5.0, expected 6
        3 of 4 points
        """
        named = by_blank(answers, [self.task("text")], [len(self.answers)])
        handed_in = {number: got for (_, number), got in named.items()}
        given, rows = self._rows["text"]
        values = {row.lhs: parsed((row.terms + row.cells)[-1]) for row in given}
        numbers = {label: x for label, x in values.items() if x is not None}
        places = list(self._blanks)
        results = [parsed((rows[i].terms + rows[i].cells)[-1]) for i, _ in places]
        results += [None] * (len(self.answers) - len(places))
        return Marks(
            judged(answer, handed_in.get(answer.number), numbers, result)
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
        title = f"{title} {self.number}" if self.number else title
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


def shown_answers(sheet: Worksheet, neighbour: Worksheet) -> set[Place]:
    """Return the blanks of a worksheet whose answers can be read on another one."""
    return {
        place
        for place in sheet.places
        if any(page.shows_answer(_side(sheet._rows[page.style][1], place)) for page in neighbour._handed_out)
    }


def equal_answers(sheet: Worksheet, neighbour: Worksheet) -> set[Place]:
    """Return the places that have to be blank too, since another worksheet asks for the same."""
    asked = {_side(rows, place) for _, rows in neighbour._rows.values() for place in neighbour.places}
    return {
        place
        for place in sheet._candidates.keys() - sheet._blanks.keys()
        if any(_side(solution, place) in asked for _, solution in sheet._rows.values())
    }


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
        # Where terms cancel, numbers have more digits than an answer; here they are rounded as answers are.
        decimals = {x: number(parsed(x) or 0.0, style) for x in _DECIMAL.findall(self.text)}
        self.rounded = {rounded for x, rounded in decimals.items() if rounded != x}

    def shows(self, place: Place) -> bool:
        """Return True if an answer can be read elsewhere; a number that is blank everywhere in the solution cannot."""
        answer = _side(self.rows, place)
        value = parsed(answer)
        if value is None:
            part = _plain(answer, self.style)
            return count_whole(part, self.text_and_names) > count_whole(part, part)
        magnitude = answer.lstrip("−-")
        if magnitude in self.rounded:
            return True
        if value.is_integer() and abs(value) < MIN_TELLING_WHOLE:
            # Those with the same sign are blank in the solution.
            return self.magnitudes[magnitude] > self.alone[answer] or self.given_alone[answer] > 0
        hidden = sum(1 for row in self.rows for x in ("".join(row.terms), *row.cells) if x == answer)
        hidden += sum(count_whole(answer, term, is_number=True) for term in self.sums if term != answer)
        return count_whole(magnitude, self.text, is_number=True) > hidden

    def shows_answer(self, answer: str) -> bool:
        """Return True if the answer of a blank on another page can be read on this one."""
        value = parsed(answer)
        if value is None:
            return count_whole(_plain(answer, self.style), self.text_and_names) > 0
        magnitude = answer.lstrip("−-")
        if value.is_integer() and abs(value) < MIN_TELLING_WHOLE:
            return self.magnitudes[magnitude] > 0
        return magnitude in self.rounded or count_whole(magnitude, self.text, is_number=True) > 0


def document(pages: Sequence[str]) -> str:
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


def _has_formula(steps: Mapping[Place, Step], i: int) -> bool:
    """Return True if a row has a formula, and beside it the numbers put in."""
    return steps.get((i, 0)) == "differentiate" and steps.get((i, 1)) == "put in"


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
    for index, (i, k) in enumerate(places):
        sides[i][k] = [chr(_FIRST_BLANK + index)]
    for index, place in enumerate(places):
        answer = _side(rows, place)
        if parsed(answer) is None:
            continue
        pattern, blank = re.compile(_token(answer)), chr(_FIRST_BLANK + index)
        for row, texts in zip(rows, sides, strict=True):
            for k, terms in enumerate(texts):
                # In a formula the number may be a coefficient; in products and sums of numbers it is not.
                if row.whole and row.cells and k == 0:
                    texts[k] = [pattern.sub(blank, term) for term in terms]
                elif terms == [answer]:
                    texts[k] = [blank]
    blanks = {_FIRST_BLANK + index: _blank(index + 1, style) for index in range(len(places))}
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
