"""Layout of worked equations and tables: aligned text, LaTeX and HTML."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from autograd.symbolic.notation import remark
from autograd.symbolic.typesetting import Style, for_notebooks

# A wider line of text is broken.
MAX_COLUMNS = 100
# A table with more rows than these together omits the middle ones.
FIRST_ROWS, LAST_ROWS = 16, 8
_Item = TypeVar("_Item")


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
    lhs_width = max((len(row.lhs) for row in aligned), default=0)
    count = max((1 + len(row.cells) for row in aligned), default=0)
    widths = [max(len(_columns(row, count)[i]) for row in aligned) for i in range(count)]
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
    """Lay rows out as an ``aligned`` environment of amsmath, for math mode."""
    lines = []
    for row in rows:
        terms = " \\\\\n  &\\quad + ".join(row.terms) if len(row.terms) > 2 else " + ".join(row.terms)
        lines.append(f"  {row.lhs} &= {' = '.join([terms, *row.cells])}{row.note}" if row.lhs else f"  & {terms}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


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
        header, *rows = (" & ".join(line) for line in self._lines("latex"))
        body = " \\\\\n".join(f"  {row}" for row in rows)
        return f"\\begin{{array}}{{{'l' * len(self.header)}}}\n  {header} \\\\ \\hline\n{body}\n\\end{{array}}"

    def html(self) -> str:
        """Return the table as HTML; names are escaped."""
        header, *rows = self._lines("html")
        head = "".join(f'<th scope="col">{cell}</th>' for cell in header)
        cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
        return f"<table>\n<tr>{head}</tr>\n" + "\n".join(f"<tr>{row}</tr>" for row in cells) + "\n</table>"

    def _text(self) -> str:
        """Return the table as aligned text."""
        lines = [self.header, *self.rows]
        widths = [max(_columns_of(line[i]) for line in lines) for i in range(len(self.header))]
        return "\n".join(
            "  ".join(c + " " * (w - _columns_of(c)) for c, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        return for_notebooks(self.html())

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _columns_of(text: str) -> int:
    """Return the width of a text in a terminal, where a bar or dot above a letter takes none."""
    return sum(not unicodedata.combining(c) for c in text)


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
    first, *rest = row.terms
    return [f"{lhs} = {first}", *(f"{margin} + {term}" for term in rest), *(f"{margin} = {cell}" for cell in row.cells)]
