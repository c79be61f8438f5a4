"""Layout of worked equations and tables: aligned text, LaTeX and HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypeVar

from autograd.symbolic.latex import latex_width
from autograd.symbolic.notation import remark
from autograd.symbolic.typesetting import Style, for_notebooks

# A wider line of text is broken.
MAX_COLUMNS = 100
# Lines beside a long name are not narrower.
MIN_COLUMNS = 20
# A wider table has cells of several lines; one of five columns of formulas is harder to read than to scroll.
MAX_TABLE_COLUMNS = 128
# A table with more rows than these together omits the middle ones.
FIRST_ROWS, LAST_ROWS = 16, 8
# A line that begins in brackets is moved to the right for each of them, in characters.
INDENT = 2
# A wider right-hand side of LaTeX is broken, in printed characters: beside the name of a rule it fills a page.
MAX_LATEX_CHARACTERS = 50
# A wider row of LaTeX has a line for each right-hand side.
MAX_LATEX_ROW_CHARACTERS = 84
# Lines beside a wide left-hand side are not narrower.
MIN_LATEX_CHARACTERS = 40
_Item = TypeVar("_Item")
# Operators that a line may be broken before, in the order of preference, and the brackets around them.
_BREAKS = (
    re.compile(r" [+−-] "),
    re.compile(r" (?:·|\\cdot) |(?<=\))/(?=\()"),
    re.compile(r"(?<=\)) ?(?=\()|(?<=\S)·(?=\S)"),
)
_OPENING, _CLOSING = re.compile(r"[(\[]"), re.compile(r"(?<!\\right)[)\]]")
# What TeX sets as one box.
_BOX = re.compile(r"\\left|\\right|(?<!\\)[{}]|\\begin|\\end")
# The commas and conjunctions of a note, before which a line may end.
_CLAUSE = re.compile(r"(?=\\text\{(?:, | and )\})")


@dataclass(frozen=True)
class Row:
    """One line of a worked solution: ``lhs = term + term + … = cell = cell``.

    Attributes:
        lhs: the left-hand side; "" for a remark.
        terms: the terms of the first right-hand side.
        cells: the further right-hand sides; the last one is the value.
        whole: True for a row that is not aligned with its neighbours.
        note: a reason or a remark behind the value.
    """

    lhs: str
    terms: tuple[str, ...]
    cells: tuple[str, ...] = ()
    whole: bool = False
    note: str = ""


def equation(lhs: str, sides: Sequence[str], whole: bool = False, note: str = "") -> Row:
    """Return a row that states each of its right-hand sides once.

    >>> equation("∂y/∂x", ["a₁", "0.8", "0.8"])
    Row(lhs='∂y/∂x', terms=('a₁',), cells=('0.8',), whole=False, note='')
    """
    first, *rest = [side for i, side in enumerate(sides) if i == 0 or side != sides[i - 1]]
    return Row(lhs, (first,), tuple(rest), whole, note)


def first_and_last(items: Sequence[_Item]) -> tuple[list[_Item], int]:
    """Return the items that have a row, and how many between the first and the last ones have none.

    >>> first_and_last(range(25))[1], first_and_last(range(26))[1]
    (0, 2)
    """
    omitted = len(items) - FIRST_ROWS - LAST_ROWS
    # A row that says "1 more" would take the place of this one.
    if omitted <= 1:
        return list(items), 0
    return [*items[:FIRST_ROWS], *items[-LAST_ROWS:]], omitted


def mark_omitted(rows: Sequence[_Item], omitted: int, row: Callable[[str], _Item], style: Style) -> list[_Item]:
    """Return the rows of `first_and_last` with one more, which `row` makes of "… 12 more …", where some are omitted."""
    if not omitted:
        return list(rows)
    return [*rows[:FIRST_ROWS], row(remark(f"… {omitted:,} more …", style)), *rows[FIRST_ROWS:]]


def text(rows: Sequence[Row]) -> str:
    """Lay rows out for a terminal, with aligned equals signs; rows that are too long are broken into lines."""
    aligned = [row for row in rows if row.lhs and not row.whole and _width(row) <= MAX_COLUMNS]
    lhs_width, widths = _aligned_widths(aligned)
    while 2 + lhs_width + sum(width + len(" =  ") for width in widths) > MAX_COLUMNS and len(aligned) > 1:
        # Together they are too wide: the widest one is laid out by itself.
        aligned.remove(max(aligned, key=_width))
        lhs_width, widths = _aligned_widths(aligned)
    count = len(widths)
    # The column where the values of aligned rows begin.
    value_column = 2 + lhs_width + sum(width + len(" =  ") for width in widths[:-1])
    has_negative = any(row.cells[-1].startswith("−") for row in rows if row.cells)
    lines: list[str] = []
    for row in rows:
        if not row.lhs:
            lines += row.terms
        elif row in aligned:
            cells = _columns(row, count)
            if has_negative and count > 1:
                cells[-1] = _signed(cells[-1])
            columns = [
                f" = {cell:<{width}} " if cell else " " * (width + len(" =  "))
                for cell, width in zip(cells, widths, strict=True)
            ]
            lines.append(f"  {row.lhs:<{lhs_width}}{''.join(columns)}".rstrip() + row.note)
        else:
            lines += _unaligned(row, value_column, has_negative)
    return "\n".join(lines)


def latex(rows: Sequence[Row]) -> str:
    """Lay rows out as an ``aligned`` environment of amsmath, for math mode; rows that are too wide are broken."""
    room = latex_room([row.lhs for row in rows])
    lines = []
    for row in rows:
        if not row.lhs:
            lines.append(f"  & {' + '.join(row.terms)}")
            continue
        sides = [" + ".join(row.terms), *row.cells]
        if len(row.terms) <= 2 and latex_width(" = ".join(sides)) <= room:
            text = f"  {row.lhs} &= {' = '.join(sides)}"
        else:
            text = f"  {row.lhs} &= " + " \\\\\n  &\\quad + ".join(continued_latex(term, room) for term in _parts(row))
            for cell in row.cells:
                # A short one, as the value is, is behind the side before it.
                is_short = latex_width(f"{_last_line(text)} = {cell}") <= room
                text += f" = {cell}" if is_short else f" \\\\\n  &= {continued_latex(cell, room)}"
        first, *rest = note_lines(row.note, room)
        if latex_width(_last_line(text) + first) > room and first:
            text, rest = text + remark(",", "latex"), [first.replace(remark(", ", "latex")[:-1], r"\text{", 1), *rest]
            first = ""
        lines.append("".join([text, first, *(f" \\\\\n  &\\quad {note}" for note in rest)]))
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _parts(row: Row) -> Sequence[str]:
    """Return the terms of a row that have a line each: of a short sum, all together."""
    return row.terms if len(row.terms) > 2 else [" + ".join(row.terms)]


def _last_line(text: str) -> str:
    """Return the right-hand side of the last line of ``aligned``."""
    return text.rpartition("\n")[2].partition("&")[2]


def latex_room(sides: Iterable[str], limit: int = MAX_LATEX_ROW_CHARACTERS) -> int:
    """Return the width that is left beside the widest of some left-hand sides, in characters."""
    return max(limit - max(map(latex_width, sides), default=0) - len(" = "), MIN_LATEX_CHARACTERS)


def note_lines(note: str, width: int) -> list[str]:
    r"""Divide a note in LaTeX into lines, between the names of rules and between reasons.

    >>> note_lines(r"\text{, because }u = 3 > w = 1\text{ and }x = 2 > 0", 24)
    ['\\text{, because }u = 3 > w = 1', '\\text{and }x = 2 > 0']
    """
    comma, conjunction = remark(", ", "latex"), remark(" and ", "latex")
    lines: list[str] = []
    for words in _CLAUSE.split(note):
        clause = words.removeprefix(comma) if lines else words
        joined = lines[-1] + words if lines else words
        if not lines or latex_width(joined) <= width:
            lines[-1:] = [joined]
        elif words.startswith(conjunction):
            lines.append(remark("and ", "latex") + words.removeprefix(conjunction))
        else:
            lines[-1:] = [lines[-1] + remark(",", "latex"), clause]
    return lines


def continued_latex(side: str, width: int = MAX_LATEX_ROW_CHARACTERS) -> str:
    """Return a right-hand side of ``aligned`` with its further lines."""
    first, *rest = broken(side, "latex", width)
    return "".join([first[1], *(" \\\\\n  &" + r"\quad" * (depth + 1) + f" {line}" for depth, line in rest)])


def broken(side: str, style: Style = "text", width: int = 0) -> list[tuple[int, str]]:
    """Break a right-hand side into lines, before signs of sums and products that are in as few brackets as possible.

    Args:
        side: the text or LaTeX.
        style: text or latex.
        width: the greatest width of a line, in characters; a part without a sign may be wider.

    Returns:
        The lines, each with the number of brackets that it begins in. All but the first begin with their sign, if there
        is one.

    >>> broken("2(x + 1) · 3 + 4(x + 2) · 5", width=16)
    [(0, '2(x + 1) · 3'), (0, '+ 4(x + 2) · 5')]
    """
    is_latex = style == "latex"
    measure = latex_width if is_latex else _columns_of
    width = width or (MAX_LATEX_CHARACTERS if is_latex else MAX_COLUMNS)
    if measure(side) <= width:
        return [(0, side)]
    lines = _lines(side, is_latex, width, measure)
    if is_latex and any(measure(line) > width for _, line in lines):
        # Brackets of TeX that fit their contents cannot be broken, those of a given size can.
        side = side.replace(r"\left(", r"\Bigl(").replace(r"\right)", r"\Bigr)")
        lines = _lines(side, is_latex, width, measure)
    return lines


def _lines(side: str, is_latex: bool, width: int, measure: Callable[[str], int]) -> list[tuple[int, str]]:
    """Return the lines of a right-hand side; those that are still too wide are broken within further brackets."""
    ranks = _ranks(side, is_latex)
    spans = [(0, len(side))]
    for limit in sorted(set(ranks.values())):
        filled: list[tuple[int, int]] = []
        for start, end in spans:
            positions = [i for i, rank in ranks.items() if start < i < end and rank <= limit]
            room = width - INDENT * ranks.get(start, (0, 0))[0]
            filled += _filled(side, [start, *positions, end], room, measure)
        spans = filled
    return [(ranks.get(start, (0, 0))[0], side[start:end].strip()) for start, end in spans]


def _ranks(side: str, is_latex: bool) -> dict[int, tuple[int, int]]:
    """Return the positions where a line may end, with the number of brackets there, and the kind of sign."""
    signs = {m.start(): kind for kind, pattern in enumerate(_BREAKS) for m in pattern.finditer(side) if m.start()}
    ranks = {}
    depth = boxes = 0
    for i in range(len(side)):
        if i in signs and not (is_latex and boxes):
            ranks[i] = depth, signs[i]
        if is_latex and (box := _BOX.match(side, i)):
            boxes += 1 if box[0] in (r"\left", "{", r"\begin") else -1
        if not boxes or not is_latex:
            # A label may have a bracket that nothing opens.
            depth = max(0, depth + (_OPENING.match(side, i) is not None) - (_CLOSING.match(side, i) is not None))
    return ranks


def _filled(side: str, ends: Sequence[int], width: int, measure: Callable[[str], int]) -> list[tuple[int, int]]:
    """Fill lines up to a width, each with as much as it takes, from one end to the next."""
    spans, start, last = [], ends[0], ends[0]
    for end in ends[1:]:
        if last > start and measure(side[start:end].strip()) > width:
            spans.append((start, last))
            start = last
        last = end
    return [*spans, (start, ends[-1])]


def html(rows: Sequence[Row], caption: str) -> str:
    """Lay rows out as an HTML table; their cells must be HTML."""
    depth = max(1 + len(row.cells) for row in rows)
    lines = [f'<table class="trace"><caption>{caption}</caption>']
    for row in rows:
        cells = [" + ".join(row.terms), *row.cells]
        cells[-1] += row.note
        spans = [1] * len(cells)
        # The value is in the last column, as in text.
        spans[0 if row.whole else max(len(cells) - 2, 0)] += depth - len(cells)
        equals = "= " if row.lhs else ""
        written = (
            f'<td colspan="{span}">{equals}{cell}</td>' if span > 1 else f"<td>{equals}{cell}</td>"
            for cell, span in zip(cells, spans, strict=True)
        )
        lines.append(f'<tr><th scope="row">{row.lhs}</th>{"".join(written)}</tr>')
    return "\n".join([*lines, "</table>"])


class Table:
    """A table with a header; `str` prints it in its style, and notebooks typeset it.

    Args:
        lines: returns the header and the rows in a style; the cells must be markup of that style.
        style: the style of `str`, `header` and `rows`.

    Attributes:
        header: the cells of the header.
        rows: the cells of each row.

    >>> Table(lambda style: [["x", "f"], ["1", "−2"]])
    x  f
    1  −2
    """

    def __init__(self, lines: Callable[[Style], Sequence[Sequence[str]]], style: Style = "text") -> None:
        self._lines, self.style = lines, style
        self.header, *self.rows = map(list, lines(style))

    def __str__(self) -> str:
        if self.style == "latex":
            return self.latex()
        return self.html() if self.style == "html" else self._text()

    def __repr__(self) -> str:
        return str(self)

    def latex(self) -> str:
        """Return the table as an ``array`` of LaTeX, for math mode."""
        lines = _fitted([list(line) for line in self._lines("latex")], "latex")
        header, *rows = (" & ".join(line) for line in lines)
        body = " \\\\\n".join(f"  {row}" for row in rows)
        return f"\\begin{{array}}{{{'l' * len(self.header)}}}\n  {header} \\\\ \\hline\n{body}\n\\end{{array}}"

    def html(self) -> str:
        """Return the table as HTML; names are escaped."""
        header, *rows = self._lines("html")
        head = "".join(f'<th scope="col">{cell}</th>' for cell in header)
        cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
        return f"<table>\n<tr>{head}</tr>\n" + "\n".join(f"<tr>{row}</tr>" for row in cells) + "\n</table>"

    def _text(self) -> str:
        """Return the table as aligned text; cells of a table that is too wide are broken into lines."""
        printed = _fitted([self.header, *self.rows], "text")
        widths = [max(_columns_of(line[i]) for line in printed) for i in range(len(self.header))]
        return "\n".join(
            "  ".join(c + " " * (w - _columns_of(c)) for c, w in zip(line, widths, strict=True)).rstrip()
            for line in printed
        )

    def _repr_html_(self) -> str:
        return for_notebooks(self.html())

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _fitted(lines: Sequence[list[str]], style: Style) -> list[Sequence[str]]:
    """Return the lines of a table; of one that is too wide, the widest cells are broken into lines."""
    measure, room = (latex_width, MAX_LATEX_ROW_CHARACTERS) if style == "latex" else (_columns_of, MAX_TABLE_COLUMNS)
    widths = [max(measure(line[i]) for line in lines) for i in range(len(lines[0]))]
    limit = max(widths)
    while sum(min(width, limit) for width in widths) + 2 * (len(widths) - 1) > room and limit > 1:
        limit -= 1
    fitted: list[Sequence[str]] = []
    for line in lines:
        cells = [[cell] if measure(cell) <= limit else _broken_cell(cell, limit, style) for cell in line]
        fitted += zip_longest(*cells, fillvalue="")
    return fitted


def _broken_cell(cell: str, limit: int, style: Style) -> list[str]:
    """Return the lines of a cell; all but the first are moved to the right."""
    if style == "text":
        return continued("", cell, limit - 4, 4)
    (_, first), *rest = broken(cell, "latex", max(limit - 4, 1))
    return [first, *(r"\quad" * (depth + 1) + f" {line}" for depth, line in rest)]


def continued(head: str, side: str, width: int, margin: int = 0) -> list[str]:
    r"""Return the lines of a right-hand side of text; the signs of further lines are below the equals sign.

    >>> print(*continued("y = ", "2(x + 1) · 3 + 4(x + 2) · 5", 16), sep="\n")
    y = 2(x + 1) · 3
      + 4(x + 2) · 5
    """
    (_, first), *rest = broken(side, width=max(width, MIN_COLUMNS))
    lines = [head + first]
    for depth, line in rest:
        indent = len(head) + margin + INDENT * depth - (2 if line[:2] in ("+ ", "− ", "· ") else 0)
        lines.append(" " * indent + line)
    return lines


def _columns_of(text: str) -> int:
    """Return the width of a text in a terminal, where a bar or dot above a letter takes none."""
    return sum(not unicodedata.combining(c) for c in text)


def _aligned_widths(rows: Sequence[Row]) -> tuple[int, list[int]]:
    """Return the width of the left-hand sides, and of each column of cells."""
    count = max((1 + len(row.cells) for row in rows), default=0)
    widths = [max(len(_columns(row, count)[i]) for row in rows) for i in range(count)]
    return max((len(row.lhs) for row in rows), default=0), widths


def _columns(row: Row, count: int) -> list[str]:
    """Return the cells of a row in `count` columns, with the terms first and the value last."""
    cells = [" + ".join(row.terms), *row.cells]
    gaps = [""] * (count - len(cells))
    return [*cells[:-1], *gaps, cells[-1]] if row.cells else [*cells, *gaps]


def _signed(cell: str) -> str:
    """Return a cell with a space instead of a minus sign, so that digits are aligned."""
    return cell if not cell or cell.startswith("−") else f" {cell}"


def _width(row: Row) -> int:
    """Return the width of a row on one line."""
    return len(row.lhs) + sum(len(" = ") + len(cell) for cell in (" + ".join(row.terms), *row.cells)) + len(row.note)


def _unaligned(row: Row, value_column: int, has_negative: bool) -> list[str]:
    """Lay out a row by itself: one line if it fits, else a line for each term and each cell."""
    lhs = row.lhs if row.whole else f"  {row.lhs}"
    line = f"{lhs} = {' + '.join(row.terms)}"
    if row.note:
        *lines, last = _unaligned(replace(row, note=""), value_column, has_negative)
        if len(last) + len(row.note) <= MAX_COLUMNS:
            return [*lines, last + row.note]
        return [*lines, f"{last},", f"{' ' * len(lhs)} {row.note.removeprefix(', ')}"]
    if row.whole and len(row.cells) == 1 and max(len(line), value_column) + len(row.cells[0]) + 4 <= MAX_COLUMNS:
        value = _signed(row.cells[0]) if has_negative and value_column >= len(line) else row.cells[0]
        return [f"{line:<{value_column}} = {value}"]
    if _width(row) <= MAX_COLUMNS:
        return [" = ".join([line, *row.cells])]
    margin = " " * len(lhs)
    width = MAX_COLUMNS - len(lhs) - len(" = ")
    lines = []
    for sign, side in [("=", row.terms[0]), *(("+", term) for term in row.terms[1:]), *(("=", x) for x in row.cells)]:
        lines += continued(f"{margin if lines else lhs} {sign} ", side, width)
    return lines
