"""Places in an array as a person writes them: slices, reshapes and transposes; an index where there is no pattern."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd.compiling.ir import Index, Shape


@dataclass(frozen=True)
class Pattern:
    """Places that lie at regular steps: ``start + Σ stride·i`` over the axes that are longer than 1."""

    start: int
    strides: tuple[int, ...]
    lengths: tuple[int, ...]


def pattern(index: Index) -> Pattern | None:
    """The pattern of `index`, None if it has none that runs forward."""
    start = int(index.flat[0])
    strides, lengths = [], []
    expected = np.array(start)
    for axis, n in enumerate(index.shape):
        if n > 1:
            stride = int(index[(0,) * axis + (1,) + (0,) * (index.ndim - axis - 1)]) - start
            if stride < 1:
                return None
            strides.append(stride)
            lengths.append(n)
            expected = expected[..., None] + stride * np.arange(n)
    if not np.array_equal(expected.ravel(), index.ravel()):
        return None
    return Pattern(start, tuple(strides), tuple(lengths))


def subscript(index: Index, shape: Shape) -> str | None:
    """What stands between brackets to select the places from an array of that `shape`; None if slices do not do it.

    >>> subscript(np.array([[1, 2], [4, 5]]), (2, 3))
    ':, 1:'
    >>> subscript(np.array([0, 2, 4]), (6,))
    ':5:2'
    """
    found = pattern(index)
    if found is None:
        return None
    whole = np.unravel_index(found.start, shape)
    steps = [int(np.prod(shape[axis + 1 :], dtype=int)) for axis in range(len(shape))]
    parts = [str(int(k)) for k in whole]
    axis = 0
    for stride, n in zip(found.strides, found.lengths, strict=True):
        while axis < len(shape) and (steps[axis] > stride or stride % steps[axis]):
            axis += 1
        if axis == len(shape):
            return None
        first, step = int(whole[axis]), stride // steps[axis]
        if first + step * (n - 1) >= shape[axis]:
            return None
        parts[axis] = _slice(first, step, n, shape[axis])
        axis += 1
    wanted = iter([n == 1 for n in index.shape])  # which axes are of length 1
    selected = []
    for part in parts:
        if ":" in part:
            for new in wanted:
                if new:
                    selected.append("None")
                else:
                    break
        selected.append(part)
    return ", ".join([*selected, *("None" for new in wanted if new)])


def _slice(first: int, step: int, n: int, length: int) -> str:
    last = first + step * (n - 1) + 1
    stop = "" if last == length else str(last)
    return f"{first or ''}:{stop}" + (f":{step}" if step > 1 else "")


def block(index: Index, size: int) -> tuple[int, int, Shape, str] | None:
    """A table as a block of a vector: from where to where, the shape that the block gets, and what then follows.

    >>> block(np.arange(6, 12).reshape(2, 3), 20)
    (6, 12, (2, 3), '')
    >>> block(np.array([[0, 1], [3, 4]]), 6), block(np.array([[0, 3], [1, 4]]), 6)
    ((0, 6, (2, 3), '[:, :2]'), (0, 6, (2, 3), '[:, :2].T'))
    """
    found = pattern(index)
    if found is None:
        return None
    if np.array_equal(index.ravel(), np.arange(found.start, found.start + index.size)):
        return found.start, found.start + index.size, index.shape, ""
    if len(found.strides) != 2 or index.ndim != 2:
        return None
    (long, short), (n, m) = found.strides, found.lengths
    turned = long < short
    if turned:
        long, short, n, m = short, long, m, n
    if short != 1 or m > long:
        return None
    start = min(found.start, size - n * long)
    first = found.start - start
    if start < 0 or first + m > long:
        return None
    cut = "" if m == long else f"[:, {_slice(first, 1, m, long)}]"
    return start, start + n * long, (n, long), cut + (".T" if turned else "")
