"""Mistakes that all derivatives of a matrix share: a factor, a term, a transposition, or another order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.checking.function import FunctionAtPoint, listed
from autograd.checking.hints import has_factor, simple_factor
from autograd.checking.verdict import FACTOR_RTOL, FAIL_ERRORS, NAMED_RATIOS, Finding, worst_first

# Entries that are compared at a second point too before a mistake is named.
MAX_ENTRIES_ELSEWHERE = 5
# The largest ratio that is written as an integer, or as one over an integer.
MAX_COUNT = 1_000_000
# The relative tolerance of numbers that are said to be equal.
EQUAL_RTOL = 1e-7
# The fewest wrong derivatives whose common outputs or arguments are named: a report shows five of them.
MIN_WRONG_PLACED = 6
# The fewest rows and columns of errors that are called an outer product. Two exchanged rows have such errors too.
MIN_OUTER_PRODUCT = 3
# The largest error bar, relative to the largest error, of a matrix of errors that is called an outer product.
MAX_OUTER_PRODUCT_RTOL = 0.05

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
    matrices = _matrices(len(findings), function, row_count)
    return [words for matrix in matrices for words in _of_matrix(findings, function, matrix, elsewhere)]


def _matrices(count: int, function: FunctionAtPoint, row_count: int) -> list[Indices]:
    """Return the indices of the first derivatives and those of the second derivatives, with a row for each output."""
    indices = np.arange(count).reshape(-1, len(function.point))
    return [indices[:row_count], indices[row_count:]]


def with_errors(
    findings: Sequence[Finding], function: FunctionAtPoint, row_count: int, elsewhere: Elsewhere
) -> list[Finding]:
    """Return the findings, with the error in place of a factor where the factors by one argument differ.

    A factor explains nothing if a term that is added is wrong. It is then another one for each derivative and at a
    second point.

    Args:
        findings: the findings, row by row.
        function: the function and the point.
        row_count: the number of rows of first derivatives; rows of second derivatives follow.
        elsewhere: returns the finding with an index at another point; None if it is not known.
    """
    settled = list(findings)
    for matrix in _matrices(len(findings), function, row_count):
        for leaf in function.inputs.leaves():
            wrong = {id(findings[i]): int(i) for i in matrix[:, leaf.slice].flat if has_factor(findings[i])}
            worst = [wrong[id(x)] for x in worst_first([findings[i] for i in wrong.values()])]
            if not worst or (len(worst) > 1 and _best_ratio(findings, worst) is not None):
                continue
            if len(worst) == 1:
                [only] = worst
                if elsewhere(only) is None or "not everywhere" in findings[only].remark():
                    continue
            if all(_has_ratio_elsewhere(findings, i, elsewhere) for i in worst[:MAX_ENTRIES_ELSEWHERE]):
                continue
            for i in worst:
                # A named factor is kept if nothing speaks against it.
                is_named = findings[i].remark().removeprefix("about ") in NAMED_RATIOS
                if not is_named or not (elsewhere(i) is None or _has_ratio_elsewhere(findings, i, elsewhere)):
                    error = findings[i].engine - findings[i].differences
                    settled[i] = replace(findings[i], reason=f"differs by {error:.3g}")
    return settled


def wrong_places(
    findings: Sequence[Finding], function: FunctionAtPoint, row_count: int, outputs: Sequence[str]
) -> list[str]:
    """Return the outputs, or else the slices of the arguments, to which the wrong first derivatives are confined.

    Args:
        findings: the findings, row by row.
        function: the function and the point.
        row_count: the number of rows of first derivatives; rows of second derivatives follow.
        outputs: the name of each output.
    """
    matrix, _ = _matrices(len(findings), function, row_count)
    is_wrong = np.array([[findings[i].verdict == "fail" for i in row] for row in matrix], dtype=bool)
    if is_wrong.sum() < MIN_WRONG_PLACED:
        return []
    rows = np.flatnonzero(is_wrong.any(axis=1))
    if len(rows) < len(matrix):
        rest = len(matrix) - len(rows)
        others = f"the other {rest:,} outputs hold" if rest > 1 else "the other output holds"
        names = listed([outputs[int(i)] for i in rows])
        return [
            f"only derivatives of {names} are wrong; {others}",
            *_factor_of_each_row(findings, matrix, rows, outputs),
        ]
    leaves = zip(function.inputs.leaves(), function.leaf_names, strict=True)
    return [words for leaf, name in leaves for words in _wrong_slices(is_wrong[:, leaf.slice], leaf.shape, name)]


def _factor_of_each_row(
    findings: Sequence[Finding], matrix: Indices, rows: Indices, outputs: Sequence[str]
) -> list[str]:
    """Return a remark if each of some outputs has one factor by which all of its derivatives are off."""
    ratios = {}
    for row in rows:
        ratio = _common_ratio(findings, _not_zero(findings, matrix[row]))
        if ratio is None:
            return []
        ratios[row] = ratio
    # The factor that is farthest from 1 is that of the derivatives that a report shows first.
    worst = max(ratios, key=lambda row: abs(ratios[row] - 1.0))
    subject = "each of them has one factor for all its derivatives" if len(rows) > 1 else "it has one factor for all"
    return [f"{subject} ({ratios[worst]:.6g} for {outputs[worst]}): the fault is in what depends on the output alone"]


def _wrong_slices(is_wrong: np.ndarray[Any, Any], shape: tuple[int, ...], name: str) -> Iterator[str]:
    """Yield the slices of an argument to which wrong derivatives are confined, along the axis where these are fewest.

    Args:
        is_wrong: True for each wrong derivative, with a row for each output.
        shape: the shape of the argument.
        name: its name.
    """
    by_entry: np.ndarray[Any, Any] = np.array(is_wrong.any(axis=0)).reshape(shape)
    best: tuple[float, str] | None = None
    for axis, length in enumerate(shape):
        others = tuple(k for k in range(len(shape)) if k != axis)
        indices = np.flatnonzero(by_entry.any(axis=others))
        if 0 < len(indices) < length and (best is None or len(indices) / length < best[0]):
            slices = [f"{name}[{':,' * axis}{i}]" for i in indices]
            best = len(indices) / length, listed(slices)
    if best is not None:
        yield f"of those by {name}, only those by {best[1]} are wrong"


def _has_ratio_elsewhere(findings: Sequence[Finding], i: int, elsewhere: Elsewhere) -> bool:
    there = elsewhere(i)
    ratio = findings[i].engine / findings[i].differences
    return there is not None and there.difference.is_clean and _has_ratio(there, ratio)


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
            words = words or _outer_product(findings, block, elsewhere, function.numbers[leaf.slice], name)
            if words:
                yield words


def _same_factor(findings: Sequence[Finding], matrix: Indices, elsewhere: Elsewhere, by: str = "") -> str | None:
    """Return the factor by which all derivatives are off, in words; None if there is none."""
    indices = _not_zero(findings, matrix)
    ratio = _common_ratio(findings, indices)
    # A factor that is written as 1 explains nothing.
    if ratio is None or f"{ratio:.6g}" == "1":
        return None
    others = [x for x in map(elsewhere, indices[:MAX_ENTRIES_ELSEWHERE]) if x is not None and x.difference.is_clean]
    if all(_has_ratio(there, ratio) for there in others):
        return f"all {len(indices):,}{by} are {_factor_in_words(ratio)}"
    if len(others) < 2:
        return None
    # A factor that depends on the point is still one factor.
    other_ratio = _best_ratio(others, range(len(others)))
    if other_ratio is None:
        return None
    return f"all {len(indices):,}{by} are off by the same factor: {ratio:.6g} here, {other_ratio:.6g} at another point"


def _not_zero(findings: Sequence[Finding], entries: Indices) -> list[int]:
    """Return the indices of the derivatives that are not 0 on both sides."""
    return [int(i) for i in entries.flat if findings[i].engine or findings[i].differences]


def _common_ratio(findings: Sequence[Finding], indices: Sequence[int]) -> float | None:
    """Return the factor by which all of several derivatives are off; None if there is none, or one is not clear."""
    is_clear = all(math.isfinite(findings[i].engine) and findings[i].difference.is_clean for i in indices)
    return _best_ratio(findings, indices) if len(indices) > 1 and is_clear else None


def _best_ratio(findings: Sequence[Finding], indices: Sequence[int]) -> float | None:
    """Return the factor by which all of some numbers are off; None if their factors differ, or one should be 0."""
    if not all(findings[i].differences for i in indices):
        return None
    best = min(indices, key=lambda i: findings[i].error / abs(findings[i].differences))
    ratios = [simple_factor(findings[best]), findings[best].engine / findings[best].differences]
    return next((ratio for ratio in ratios if all(_has_ratio(findings[i], ratio) for i in indices)), None)


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


def _other_rows(findings: Sequence[Finding], matrix: Indices, elsewhere: Elsewhere) -> str | None:
    """Return that a square matrix is transposed or that its rows are in another order; None if neither is the case."""
    height, width = matrix.shape
    if height < 2:
        return None
    if height == width and _is_moved(findings, matrix, matrix.T, elsewhere):
        return "the matrix is transposed"
    if _is_moved(findings, matrix, matrix[::-1], elsewhere):
        return "the rows are in reverse order"
    return None


def _exchanged_arguments(
    findings: Sequence[Finding], function: FunctionAtPoint, matrix: Indices, elsewhere: Elsewhere
) -> str | None:
    """Return the two arguments whose derivatives are exchanged, in words; None if there are none."""
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
    return None


def _other_order(
    findings: Sequence[Finding], block: Indices, shape: Sequence[int], elsewhere: Elsewhere, by: str
) -> str | None:
    """Return the order of the derivatives by one array, in words; None if it is right or nothing orders them."""
    subject = f"the gradient{by}"
    if len(shape) == 2 and min(shape) > 1:
        transposed = block.reshape(len(block), *shape).transpose(0, 2, 1).reshape(block.shape)
        if _is_moved(findings, block, transposed, elsewhere):
            return f"{subject} is {'transposed' if shape[0] == shape[1] else 'in column-major order'}"
    if _is_moved(findings, block, block[:, ::-1], elsewhere):
        return f"{subject} is in reverse order" if block.shape[1] > 2 else None
    if block.shape[1] < 3:
        return None
    # Sorting finds any other order, if no two derivatives are equal.
    given = [tuple(findings[i].engine for i in column) for column in block.T]
    right = [tuple(findings[i].differences for i in column) for column in block.T]
    count = block.shape[1]
    sources = np.empty(count, dtype=int)
    sources[sorted(range(len(given)), key=given.__getitem__)] = sorted(range(len(right)), key=right.__getitem__)
    if not _is_moved(findings, block, block[:, sources], elsewhere):
        return None
    first = int(sources[0])
    if (np.roll(np.arange(count), -first) == sources).all():
        return f"{subject} is shifted by {min(first, count - first)}"
    return f"{subject} is in another order: a permutation of the right one"


def _outer_product(
    findings: Sequence[Finding], block: Indices, elsewhere: Elsewhere, primal: np.ndarray[Any, Any], name: str
) -> str | None:
    """Return that the errors of the derivatives by one argument are an outer product, in words; None if they are not.

    Outputs that share no wrong derivative, such as the examples of a batch, are groups with an outer product each.
    The vector that the errors by each output are a multiple of is named if it is a usual one.

    Args:
        findings: the findings, row by row.
        block: the indices of the derivatives by the argument.
        elsewhere: returns the finding with an index at another point; None if it is not known.
        primal: the numbers of the argument.
        name: its name.
    """
    is_wrong = np.array([[findings[i].verdict == "fail" for i in row] for row in block])
    groups = list(_groups(is_wrong))
    if not all(_is_outer_product(findings, block[np.ix_(rows, columns)], elsewhere) for rows, columns in groups):
        return None
    among = f" in each of {len(groups):,} groups of outputs, such as the examples of a batch" if len(groups) > 1 else ""
    directions: dict[str, Callable[[Any], Any]] = {
        f"; for each output they are the same for all entries of {name}": np.ones_like,
        f"; for each output they are a multiple of {name}": lambda x: x,
        f"; for each output they are a multiple of {name} − mean({name})": lambda x: x - x.mean(),
    }
    matching = (
        words
        for words, direction in directions.items()
        if all(
            _is_along(findings, block[np.ix_(rows, columns)], direction(primal[columns])) for rows, columns in groups
        )
    )
    along = next(matching, "")
    return f"the errors of {name} are an outer product{among}{along}: a term is missing or has a wrong factor"


def _errors_and_slacks(
    findings: Sequence[Finding], block: Indices
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the errors of a matrix of derivatives, and the distances within which two errors are equal."""
    given, right, bars = (
        np.array([[getattr(findings[i], key) for i in row] for row in block])
        for key in ("engine", "differences", "error")
    )
    return given - right, FAIL_ERRORS * bars + EQUAL_RTOL * (np.abs(given) + np.abs(right))


def _is_along(findings: Sequence[Finding], block: Indices, direction: np.ndarray[Any, Any]) -> bool:
    """Return True if the errors of the output with the largest errors are a multiple of a vector, which is not 0."""
    errors, slacks = _errors_and_slacks(findings, block)
    largest = int(np.abs(errors).max(axis=1).argmax())
    errors, slacks = errors[largest], slacks[largest]
    k = int(np.abs(direction).argmax())
    if direction[k] == 0.0:
        return False
    shape = direction / direction[k]
    return bool((np.abs(errors - errors[k] * shape) <= slacks + np.abs(shape) * slacks[k]).all())


def _groups(is_wrong: np.ndarray[Any, Any]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the rows and columns of the blocks of wrong entries: those that share no row or column with others."""
    rest = set(np.flatnonzero(is_wrong.any(axis=1)).tolist())
    while rest:
        rows = [min(rest)]
        while True:
            columns = np.flatnonzero(is_wrong[rows].any(axis=0)).tolist()
            more = np.flatnonzero(is_wrong[:, columns].any(axis=1)).tolist()
            if more == rows:
                break
            rows = more
        rest -= set(rows)
        yield rows, columns


def _is_outer_product(findings: Sequence[Finding], block: Indices, elsewhere: Elsewhere) -> bool:
    if min(block.shape) < MIN_OUTER_PRODUCT:
        return False
    errors, slacks = _errors_and_slacks(findings, block)
    if not (np.isfinite(errors).all() and np.isfinite(slacks).all()):
        return False
    p, q = (int(k) for k in np.unravel_index(np.abs(errors).argmax(), errors.shape))
    pivot, sizes = errors[p, q], np.abs(errors)
    product = np.outer(errors[:, q], errors[p]) / pivot
    slacks = slacks + (np.outer(slacks[:, q], sizes[p]) + np.outer(sizes[:, q], slacks[p])) / abs(pivot)
    slacks += np.abs(product) * slacks[p, q] / abs(pivot)
    if (np.abs(errors - product) > slacks).any() or slacks.max() > MAX_OUTER_PRODUCT_RTOL * abs(pivot):
        return False
    # The largest error in another row and column, and the same four errors at a second point.
    others = np.where(np.arange(len(sizes)) == p, 0.0, sizes.T).T
    others[:, q] = 0.0
    i, j = (int(k) for k in np.unravel_index(others.argmax(), others.shape))
    there = [elsewhere(int(block[k])) for k in ((p, q), (i, j), (i, q), (p, j))]
    known = [x for x in there if x is not None and x.difference.is_clean and math.isfinite(x.engine)]
    if len(known) < len(there):
        return True
    a, b, c, d = (x.engine - x.differences for x in known)
    bar = [FAIL_ERRORS * x.error + EQUAL_RTOL * (abs(x.engine) + abs(x.differences)) for x in known]
    slack = abs(a) * bar[1] + abs(b) * bar[0] + abs(c) * bar[3] + abs(d) * bar[2]
    return abs(a * b - c * d) <= slack


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
