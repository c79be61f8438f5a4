r"""Matrices written out: as blocks of text lines that stand beside each other, and as LaTeX.

A large matrix shows its first and last rows and columns, with dots between them. A vector is a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.symbolic.typesetting import number

# A row or column with more numbers than this shows dots instead of those in the middle.
MAX_NUMBERS_PER_LINE = 6
# Numbers shown on each side of the dots.
NUMBERS_BESIDE_DOTS = 2
_ROW_END = r" \\ "


def matrix_lines(numbers: Any) -> list[str]:
    r"""Return a matrix as lines of equal width; of one row, as one line in brackets.

    Args:
        numbers: an array of one dimension, a column, or of two.

    Raises:
        ValueError: the array has no number, or more than two dimensions.

    >>> print("\n".join(matrix_lines([[1.0, -0.25], [0.5, 10.0]])))
    ⎡  1  −0.25⎤
    ⎣0.5     10⎦
    >>> matrix_lines([[0.5, 2.0]]), matrix_lines([0.6225])
    (['[0.5  2]'], ['[0.6225]'])
    """
    cells = _cells(numbers, ("⋮", "⋯", "⋱"))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return bracketed(["  ".join(map(str.rjust, row, widths)) for row in cells])


def bracketed(rows: Sequence[str]) -> list[str]:
    """Return the rows of a matrix as lines in brackets.

    >>> bracketed(["a·x + b·y", "c·x"])
    ['⎡a·x + b·y⎤', '⎣c·x      ⎦']
    """
    if len(rows) == 1:
        return [f"[{rows[0]}]"]
    width = max(map(len, rows))
    rows = [row.ljust(width) for row in rows]
    brackets = [("⎡", "⎤"), *[("⎢", "⎥")] * (len(rows) - 2), ("⎣", "⎦")]
    return [f"{left}{row}{right}" for (left, right), row in zip(brackets, rows, strict=True)]


def beside(*pieces: str | list[str]) -> list[str]:
    r"""Return texts and matrices as the lines of one formula, each in the middle of its height.

    >>> print("\n".join(beside("A x = ", ["⎡1  0⎤", "⎣0  1⎦"], [" [5]"])))
    A x = ⎡1  0⎤ [5]
          ⎣0  1⎦
    """
    blocks = [[piece] if isinstance(piece, str) else piece for piece in pieces]
    height = max(map(len, blocks))
    columns = []
    for block in blocks:
        width, above = max(map(len, block)), (height - len(block)) // 2
        padded = [""] * above + block + [""] * (height - len(block) - above)
        columns.append([line.ljust(width) for line in padded])
    return ["".join(line).rstrip() for line in zip(*columns, strict=True)]


def matrix_latex(numbers: Any) -> str:
    r"""Return a matrix as a ``bmatrix`` of amsmath.

    >>> matrix_latex([[1.0, -0.25], [0.5, 10.0]])
    '\\begin{bmatrix} 1 & -0.25 \\\\ 0.5 & 10 \\end{bmatrix}'
    """
    cells = _cells(numbers, (r"\vdots", r"\cdots", r"\ddots"), latex=True)
    return bracketed_latex([" & ".join(row) for row in cells])


def bracketed_latex(rows: Sequence[str]) -> str:
    """Return the rows of a matrix, each in LaTeX with its columns between ``&``, as a ``bmatrix``."""
    return rf"\begin{{bmatrix}} {_ROW_END.join(rows)} \end{{bmatrix}}"


def _cells(numbers: Any, dots: tuple[str, str, str], latex: bool = False) -> list[list[str]]:
    """Return the texts of a matrix, with vertical, horizontal and diagonal dots for rows and columns left out."""
    matrix: NDArray[Any] = np.asarray(numbers, dtype=float)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"numbers must be a vector or a matrix with at least one number, got shape {matrix.shape}")
    vertical, horizontal, diagonal = dots
    rows, columns = (_shown(count) for count in matrix.shape)
    cells = []
    for i in rows:
        if i is None:
            cells.append([diagonal if j is None else vertical for j in columns])
        else:
            cells.append(
                [horizontal if j is None else number(matrix[i, j], "latex" if latex else "text") for j in columns]
            )
    return cells


def _shown(count: int) -> list[int | None]:
    """Return the indices that are shown of `count`, and None for dots."""
    if count <= MAX_NUMBERS_PER_LINE:
        return list(range(count))
    return [*range(NUMBERS_BESIDE_DOTS), None, *range(count - NUMBERS_BESIDE_DOTS, count)]
