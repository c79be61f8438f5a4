"""Setting worked equations and tables on a page: as aligned text, as LaTeX, as HTML, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autograd.symbolic.typesetting import Style, for_notebooks

WIDTH = 100
"""Columns that a line of text may take before it is broken."""
FIRST_ROWS, LAST_ROWS = 16, 8
"""Of more rows than these together the middle is left out."""


@dataclass(frozen=True)
class Row:
    """One line of a worked solution: ``lhs = term + term + … = cell = cell``.

    Attributes:
        lhs: the left-hand side; "" for a remark.
        terms: the terms of the first right-hand side.
        cells: what it is further equal to; the last one is the value.
        whole: whether it stands for itself, rather than in the columns of its neighbours.
    """

    lhs: str
    terms: tuple[str, ...]
    cells: tuple[str, ...] = ()
    whole: bool = False


def text(rows: Sequence[Row]) -> str:
    """Rows for a terminal: equals signs under one another, values last, lines broken where they grow too long."""
    inner = [row for row in rows if row.lhs and not row.whole and _width(row) <= WIDTH]
    lhs = max((len(row.lhs) for row in inner), default=0)
    depth = max((1 + len(row.cells) for row in inner), default=0)
    columns = [max((len(_cell(row, i, depth)) for row in inner), default=0) for i in range(depth)]
    negative = any(row.cells[-1].startswith("−") for row in rows if row.cells)
    lines: list[str] = []
    for row in rows:
        if not row.lhs:
            lines += row.terms
        elif row in inner:
            cells = [_cell(row, i, depth) for i in range(depth)]
            line = f"  {row.lhs:<{lhs}}"
            for i, (cell, column) in enumerate(zip(cells, columns, strict=True)):
                last = i == depth - 1
                line += (
                    f" = {_signed(cell, negative and last and depth > 1):<{column}} " if cell else " " * (column + 4)
                )
            lines.append(line.rstrip())
        else:
            lines += _whole(row, 2 + lhs + sum(column + 4 for column in columns[:-1]), negative)
    return "\n".join(lines)


def latex(rows: Sequence[Row]) -> str:
    """Rows as an ``aligned`` environment, for math mode with amsmath."""
    lines = []
    for row in rows:
        terms = " \\\\\n  &\\quad + ".join(row.terms) if len(row.terms) > 2 else " + ".join(row.terms)
        lines.append(f"  {row.lhs} &= {' = '.join([terms, *row.cells])}" if row.lhs else f"  & {terms}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def html(rows: Sequence[Row], caption: str) -> str:
    """Rows as an HTML table; the cells are markup already."""
    depth = max(1 + len(row.cells) for row in rows)
    lines = [f'<table class="trace"><caption>{caption}</caption>']
    for row in rows:
        cells = [" + ".join(row.terms), *row.cells]
        spans = [1] * len(cells)
        spans[0 if row.whole else -1] += depth - len(cells)
        equals = "= " if row.lhs else ""
        written = (
            f'<td colspan="{span}">{equals}{cell}</td>' if span > 1 else f"<td>{equals}{cell}</td>"
            for cell, span in zip(cells, spans, strict=True)
        )
        lines.append(f'<tr><th scope="row">{row.lhs}</th>{"".join(written)}</tr>')
    return "\n".join([*lines, "</table>"])


class Table:
    """A table with a header; `str` gives it in its style, and notebooks show it set.

    Args:
        lines: the header and the rows, as they are written in a style; the cells are markup of that style already.
        style: of `str`, `header` and `rows`.

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
        lines = [self.header, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.header))]
        return "\n".join("  ".join(f"{c:<{w}}" for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)

    def _repr_html_(self) -> str:
        return for_notebooks(self.html())

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _cell(row: Row, i: int, depth: int) -> str:
    """The i-th of `depth` columns: the terms first, the value last, gaps between."""
    cells = [" + ".join(row.terms), *row.cells]
    if len(cells) < depth:
        cells = (
            [*cells[:-1], *[""] * (depth - len(cells)), cells[-1]] if len(cells) > 1 else [*cells, *[""] * (depth - 1)]
        )
    return cells[i]


def _signed(cell: str, align: bool) -> str:
    return f" {cell}" if align and cell and not cell.startswith("−") else cell


def _width(row: Row) -> int:
    return len(row.lhs) + sum(len(cell) + 3 for cell in (" + ".join(row.terms), *row.cells))


def _whole(row: Row, column: int, negative: bool) -> list[str]:
    """A row on its own: one line if it fits, else a line for each term and each equality."""
    lhs = row.lhs if row.whole else f"  {row.lhs}"
    line = f"{lhs} = {' + '.join(row.terms)}"
    if row.whole and len(row.cells) == 1 and max(len(line), column) + len(row.cells[0]) + 4 <= WIDTH:
        return [f"{line:<{column}} = {_signed(row.cells[0], negative and column >= len(line))}"]
    if _width(row) <= WIDTH:
        return [" = ".join([line, *row.cells])]
    margin = " " * len(lhs)
    first, *rest = row.terms
    return [f"{lhs} = {first}", *(f"{margin} + {term}" for term in rest), *(f"{margin} = {cell}" for cell in row.cells)]
