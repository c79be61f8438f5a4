"""Mistakes that all derivatives of a matrix share: a factor, a transposition, or another order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.checking.function import FunctionAtPoint
from autograd.checking.verdict import FACTOR_RTOL, FAIL_ERRORS, Finding

# Entries that are compared at a second point too before a mistake is named.
MAX_ENTRIES_ELSEWHERE = 5
# The largest ratio that is written as an integer, or as one over an integer.
MAX_COUNT = 1_000_000
# The relative tolerance of numbers that are said to be equal.
EQUAL_RTOL = 1e-7

# The indices of findings, with a row for each output.
Indices = np.ndarray[Any, Any]
Elsewhere = Callable[[int], Finding | None]


def common_mistakes(
    findings: Sequence[Finding], function: FunctionAtPoint, row_count: int, elsewhere: Elsewhere
) -> list[str]:
    """Return the mistakes that explain all wrong derivatives of a matrix, or of its columns by one argument, in words.

    Args:
        findings: the findings, row by row.
        function: the function and the point.
        row_count: the number of rows of first derivatives; rows of second derivatives follow.
        elsewhere: returns the finding with an index at another point; None if it is not known.
    """
    n = len(function.point)
    count = len(findings) // n if n else 0
    mistakes = []
    for rows in (range(row_count), range(row_count, count)):
        matrix = np.array([range(i * n, i * n + n) for i in rows]).reshape(len(rows), n)
        mistakes += list(_of_matrix(findings, function, matrix, elsewhere))
    return mistakes


def _of_matrix(
    findings: Sequence[Finding], function: FunctionAtPoint, matrix: Indices, elsewhere: Elsewhere
) -> Iterator[str]:
    if not any(findings[i].verdict == "fail" for i in matrix.flat):
        return
    whole = _same_factor(findings, matrix, elsewhere) or _other_rows(findings, matrix, elsewhere)
    if whole:
        yield whole
        return
    exchanged = _exchanged_arguments(findings, function, matrix, elsewhere)
    if exchanged:
        yield exchanged
        return
    leaves = list(zip(function.inputs.leaves(), function.leaf_names, strict=True))
    for leaf, name in leaves:
        block = matrix[:, leaf.slice]
        if any(findings[i].verdict == "fail" for i in block.flat):
            by = f" by {name}" if len(leaves) > 1 else ""
            words = _same_factor(findings, block, elsewhere, by) if by else ""
            words = words or _other_order(findings, block, leaf.shape, elsewhere, by)
            if words:
                yield words


def _same_factor(findings: Sequence[Finding], matrix: Indices, elsewhere: Elsewhere, by: str = "") -> str:
    """Return the factor by which all derivatives are off, in words; "" if there is none."""
    indices = [int(i) for i in matrix.flat if findings[i].engine or findings[i].differences]
    if len(indices) < 2:
        return ""
    if any(not math.isfinite(findings[i].engine) or not findings[i].difference.is_clean for i in indices):
        return ""
    best = min(indices, key=lambda i: findings[i].error / abs(findings[i].differences))
    ratio = findings[best].engine / findings[best].differences
    if not all(_has_ratio(findings[i], ratio) for i in indices):
        return ""
    for i in indices[:MAX_ENTRIES_ELSEWHERE]:
        there = elsewhere(i)
        if there is not None and there.difference.is_clean and not _has_ratio(there, ratio):
            return ""
    return f"all {len(indices):,}{by} are {_factor_in_words(ratio)}"


def _has_ratio(finding: Finding, ratio: float) -> bool:
    right = finding.differences
    slack = FAIL_ERRORS * finding.error + FACTOR_RTOL * abs(right)
    return abs(finding.engine - ratio * right) <= abs(ratio) * slack


def _factor_in_words(ratio: float) -> str:
    """Return a common factor in words, with the question that it suggests.

    >>> _factor_in_words(8.0), _factor_in_words(0.125)
    ('off by 8: a sum where a mean was taken?', 'off by 1/8: a mean where a sum was taken?')
    >>> _factor_in_words(-1.0), _factor_in_words(1.5)
    ('of the wrong sign', 'off by the same factor 1.5')
    """
    if ratio == 0.0:
        return "0 and should not be"
    if math.isclose(ratio, -1.0, rel_tol=FACTOR_RTOL):
        return "of the wrong sign"
    if math.isclose(ratio, 2.0, rel_tol=FACTOR_RTOL):
        return "twice what they should be: is a ½ missing?"
    if math.isclose(ratio, 0.5, rel_tol=FACTOR_RTOL):
        return "half what they should be: is a 2 missing?"
    if _is_count(ratio):
        return f"off by {round(ratio):,}: a sum where a mean was taken?"
    if _is_count(1.0 / ratio):
        return f"off by 1/{round(1.0 / ratio):,}: a mean where a sum was taken?"
    return f"off by the same factor {ratio:.6g}"


def _is_count(size: float) -> bool:
    return 2.0 < size <= MAX_COUNT and math.isclose(size, round(size), rel_tol=FACTOR_RTOL)


def _other_rows(findings: Sequence[Finding], matrix: Indices, elsewhere: Elsewhere) -> str:
    """Return that a square matrix is transposed or that its rows are in another order; "" if neither is the case."""
    height, width = matrix.shape
    if height < 2:
        return ""
    if height == width and _is_moved(findings, matrix, matrix.T, elsewhere):
        return "the matrix is transposed"
    if _is_moved(findings, matrix, matrix[::-1], elsewhere):
        return "the rows are in reverse order"
    return ""


def _exchanged_arguments(
    findings: Sequence[Finding], function: FunctionAtPoint, matrix: Indices, elsewhere: Elsewhere
) -> str:
    """Return the two arguments whose derivatives are exchanged, in words; "" if there are none."""
    leaves = [
        (matrix[:, leaf.slice], name)
        for leaf, name in zip(function.inputs.leaves(), function.leaf_names, strict=True)
        if any(findings[i].verdict == "fail" for i in matrix[:, leaf.slice].flat)
    ]
    for k, (block, name) in enumerate(leaves):
        for other, other_name in leaves[k + 1 :]:
            if block.size == other.size > 1 and _is_moved(
                findings, np.hstack([block, other]), np.hstack([other, block]), elsewhere
            ):
                return f"the derivatives by {name} and by {other_name} are exchanged"
    return ""


def _other_order(
    findings: Sequence[Finding], block: Indices, shape: Sequence[int], elsewhere: Elsewhere, by: str
) -> str:
    """Return the order of the derivatives by one array, in words; "" if it is right or nothing orders them."""
    subject = f"the gradient{by}"
    if len(shape) == 2 and min(shape) > 1:
        transposed = block.reshape(len(block), *shape).transpose(0, 2, 1).reshape(block.shape)
        if _is_moved(findings, block, transposed, elsewhere):
            return f"{subject} is {'transposed' if shape[0] == shape[1] else 'in column-major order'}"
    if _is_moved(findings, block, block[:, ::-1], elsewhere):
        return f"{subject} is in reverse order" if block.shape[1] > 2 else ""
    if block.shape[1] < 3:
        return ""
    # Sorting finds any other order, if no two derivatives are equal.
    given = [tuple(findings[i].engine for i in column) for column in block.T]
    right = [tuple(findings[i].differences for i in column) for column in block.T]
    sources = np.empty(block.shape[1], dtype=int)
    sources[sorted(range(len(given)), key=given.__getitem__)] = sorted(range(len(right)), key=right.__getitem__)
    if not _is_moved(findings, block, block[:, sources], elsewhere):
        return ""
    shifts = (sources - np.arange(len(sources))) % len(sources)
    if len(set(shifts.tolist())) == 1:
        return f"{subject} is shifted by {min(shifts[0], len(sources) - shifts[0])}"
    return f"{subject} is in another order: a permutation of the right one"


def _is_moved(findings: Sequence[Finding], entries: Indices, sources: Indices, elsewhere: Elsewhere) -> bool:
    """Return True if each entry has the value of another one, at a second point too, and some are wrong in their place.

    Args:
        findings: the findings.
        entries: the indices of the entries.
        sources: the index of the entry whose value each has.
        elsewhere: returns the finding with an index at another point; None if it is not known.
    """
    pairs = [(int(i), int(j)) for i, j in zip(entries.flat, sources.flat, strict=True)]
    wrong = [(i, j) for i, j in pairs if findings[i].verdict == "fail"]
    if not all(_is_equal(findings[i].engine, findings[j]) for i, j in pairs):
        return False
    for i, j in wrong[:MAX_ENTRIES_ELSEWHERE]:
        moved, source = elsewhere(i), elsewhere(j)
        if moved is not None and source is not None and source.difference.verdict(moved.engine) == "fail":
            return False
    return True


def _is_equal(number: float, finding: Finding) -> bool:
    right = finding.differences
    return abs(number - right) <= FAIL_ERRORS * finding.error + EQUAL_RTOL * abs(right)
