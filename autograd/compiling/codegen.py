"""Arrays that are put together from parts: by assignment to slices, or, where arrays cannot change, as a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from autograd.compiling.infix import ATOM, MATRIX, SUM, as_shape, as_tuple, listed
from autograd.compiling.ir import Array, Assemble, Contract, Index, Literal, Shape, Sum, View, takes_all


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


Text = Callable[[Array, int], str]
"""An expression for an array that binds at least so tightly."""


def product(x: Contract, text: Text, np: str) -> tuple[str, int]:
    """The expression for `x`, and how tightly it holds together.

    The examples are an axis like any other, with the letter B.
    """
    (one, other), (a, b, out) = x.operands, x.axes
    a, b, out = "B" * one.batched + a, "B" * other.batched + b, "B" * x.batched + out
    summed = [c for c in a if c in b and c not in out]
    stacked = [c for c in a if c in b and c in out]
    rows, columns = [c for c in a if c not in b], [c for c in b if c not in a]
    lost = [c for c in rows + columns if c not in out]
    if summed and not stacked and not lost:
        if out == "".join(rows + columns):
            return _flat_product(x, (one, a, rows), (other, b, columns), summed, text)
        if out == "".join(columns + rows):
            return _flat_product(x, (other, b, columns), (one, a, rows), summed, text)
    if stacked == ["B"] and len(summed) == len(rows) == len(columns) == 1 and out == "".join(["B", *rows, *columns]):
        left = _stack(text(one, ATOM), a, rows + summed)
        return f"{left} @ {_stack(text(other, ATOM), b, summed + columns)}", MATRIX
    spelled = f"{a},{b}->{out}".replace("B", "b")
    return f'{np}.einsum("{spelled}", {text(one, SUM)}, {text(other, SUM)})', ATOM


def _flat_product(
    x: Contract,
    left: tuple[Array, str, list[str]],
    right: tuple[Array, str, list[str]],
    summed: list[str],
    text: Text,
) -> tuple[str, int]:
    """A product of two matrices, made of axes that are taken together if need be."""
    one, a, rows = left
    other, b, columns = right
    written = f"{_matrix(one, a, rows, summed, text)} @ {_matrix(other, b, summed, columns, text)}"
    if len(rows) > 1 or len(columns) > 1:
        return f"({written}).reshape({listed(('B', *x.shape) if x.batched else x.shape)})", ATOM
    return written, MATRIX


def _matrix(x: Array, letters: str, first: list[str], second: list[str], text: Text) -> str:
    """`x` as a matrix (or a vector) with the axes `first` along its rows and `second` along its columns."""
    written, wanted = text(x, ATOM), "".join(first + second)
    sizes: dict[str, Any] = dict(zip(letters, (("B",) if x.batched else ()) + x.shape, strict=True))
    if letters not in (wanted, "".join(second + first)):
        written, letters = f"{written}.transpose({as_tuple([letters.index(c) for c in wanted])})", wanted
    turned = letters != wanted
    if len(first) > 1 or len(second) > 1:
        ends = (second, first) if turned else (first, second)
        written += f".reshape({listed(_length([sizes[c] for c in end]) for end in ends if end)})"
    return written + ".T" * turned


def _stack(written: str, letters: str, wanted: Sequence[str]) -> str:
    """A matrix for each example, with its two axes in the wanted order."""
    return written + ".swapaxes(1, 2)" * (letters != "".join(["B", *wanted]))


def _length(sizes: Sequence[Any]) -> str:
    """The length of axes that are made one."""
    length = int(np.prod([n for n in sizes if n != "B"], dtype=int))
    return str(length) if "B" not in sizes else "B" if length == 1 else f"B * {length}"


class Expressions(Protocol):
    """What writes expressions: a `Printer`."""

    np: str
    dtype: str
    written: dict[Array, str]

    def text(self, x: Array, least: int) -> str:
        """An expression for an array that binds at least so tightly."""

    def aligned(self, x: Array, shape: Shape, least: int) -> str:
        """The same, ready to be repeated to `shape`."""

    def constant(self, numbers: Index, letter: str) -> str:
        """The name of an array of numbers."""


def assembly(x: Assemble, name: str, printer: Expressions) -> list[str]:
    """The lines that make `x` and call it `name`."""
    alike = [(part.shape, part.batched) for part in x.operands] == [(x.shape, x.batched)]
    if alike and takes_all(x.indices[0], x.size):
        return [f"{name} = {_anew(x.operands[0], printer)}"]
    return _functional(x, name, printer) if printer.np == "jnp" else _in_place(x, name, printer)


def _anew(x: Array, printer: Expressions) -> str:
    """An expression for `x` that is not an array which is there already."""
    shared = x in printer.written or (isinstance(x, View) and x.operands[0] in printer.written)
    return f"{printer.text(x, ATOM)}.copy()" if shared else printer.text(x, SUM)


def _in_place(x: Assemble, name: str, printer: Expressions) -> list[str]:
    hit = np.zeros(x.size, dtype=bool)
    lines, apart = [], True
    for part, index in zip(x.operands, x.indices, strict=True):
        distinct = len(np.unique(index)) == index.size
        again = bool(hit[index.ravel()].any())
        apart = apart and distinct and not again
        hit[index.ravel()] = True
        sign = "+=" if again else "="
        lines.append(_put(x, name, part, index, sign, printer) if distinct else _added(x, name, part, index, printer))
    kind = "empty" if apart and hit.all() else "zeros"
    return [f"{name} = {printer.np}.{kind}({as_shape(_whole(x))}{printer.dtype})", *lines]


def _put(x: Assemble, name: str, part: Array, index: Index, sign: str, printer: Expressions) -> str:
    """The assignment of a part whose places differ."""
    first = ":, " if x.batched else ""
    selected = subscript(index, x.shape)
    if isinstance(part, Sum) and part not in printer.written and selected and sign == "=" and part.shape == index.shape:
        written = printer.text(part, SUM)
        over_some = "(axis" in written[written.rindex(".sum") :]
        if written.endswith(")") and not x.batched and len(x.shape) == 1 and over_some:
            return f"{written[:-1]}, out={name}[{selected}])"
    if selected is not None:
        text = printer.aligned(part, index.shape, SUM)
        bracket = f"{first}{selected}".removesuffix(", ") or "()"
        return f"{name}[{'...' if bracket == ':' else bracket}] {sign} {text}"
    found = block(index, x.size) if len(x.shape) == 1 and not x.batched else None
    if found is None:
        text = printer.aligned(part, index.shape, SUM)
        return f"{_flat(x, name)}[{first}{printer.constant(index, 'I')}] {sign} {text}"
    start, stop, wide, rest = found
    target = f"{name}[{start or ''}:{'' if stop == x.size else stop}].reshape({listed(wide)}){rest}"
    if isinstance(part, Contract) and part not in printer.written and sign == "=" and part.shape == index.shape:
        text, binding = product(part, printer.text, printer.np)
        if binding == MATRIX and text.count(" @ ") == 1:
            return f"{printer.np}.matmul({text.replace(' @ ', ', ')}, out={target})"
    return f"{target}[...] {sign} {printer.text(part, SUM)}"


def _added(x: Assemble, name: str, part: Array, index: Index, printer: Expressions) -> str:
    """The addition of a part of which several elements go to one place."""
    places = index.ravel()
    order = np.argsort(places, kind="stable")
    targets, starts = np.unique(places[order], return_index=True)
    first = ":, " if x.batched else ""
    text = printer.aligned(part, index.shape, ATOM)
    if part.shape != index.shape or part.batched != x.batched:
        whole = ("B", *index.shape) if x.batched else index.shape
        text = f"{printer.np}.broadcast_to({text}, {as_tuple(whole)})"
    if index.ndim != 1:
        text += f".reshape({listed(('B', index.size) if x.batched else (-1,))})"
    text += f"[{first}{printer.constant(order, 'I')}]" if (np.diff(order) != 1).any() else ""
    text = f"{printer.np}.add.reduceat({text}, {printer.constant(starts, 'I')}, axis={int(x.batched)})"
    return f"{_flat(x, name)}[{first}{printer.constant(targets, 'I')}] += {text}"


def _functional(x: Assemble, name: str, printer: Expressions) -> list[str]:
    """One array from all parts, if they lie one behind the other; else sums of arrays that are 0 elsewhere."""
    parts = sorted(zip(x.operands, x.indices, strict=True), key=lambda part: int(part[1].flat[0]))
    places = np.concatenate([index.ravel() for _, index in parts] or [np.zeros(0, dtype=np.intp)])
    if takes_all(places, x.size) and all(part.shape == index.shape for part, index in parts):
        pieces = [_row(part, x, printer) for part, _ in parts]
        text = pieces[0] if len(pieces) == 1 else f"{printer.np}.concatenate([{', '.join(pieces)}], axis=-1)"
        return [f"{name} = {text}" if len(x.shape) == 1 else f"{name} = {text}.reshape({listed(_whole(x))})"]
    flat = ("B", x.size) if x.batched else (x.size,)
    lines = [f"{name} = {printer.np}.zeros({as_shape(flat)}{printer.dtype})"]
    for part, index in parts:
        place = f"{':, ' if x.batched else ''}{printer.constant(index, 'I')}"
        lines.append(f"{name} = {name}.at[{place}].add({printer.aligned(part, index.shape, SUM)})")
    return lines if len(x.shape) == 1 else [*lines, f"{name} = {name}.reshape({listed(_whole(x))})"]


def _row(part: Array, whole: Assemble, printer: Expressions) -> str:
    """A part with its elements in a row, for each example."""
    if isinstance(part, Literal):
        shape = as_tuple(("B", 1) if whole.batched else (1,))
        return f"{printer.np}.full({shape}, {printer.text(part, SUM)}{printer.dtype or ', float'})"
    wide = f"reshape({listed(('B', part.size) if whole.batched else (-1,))})"
    if whole.batched and not part.batched:
        return f"{printer.np}.broadcast_to({printer.text(part, SUM)}, {as_tuple(('B', *part.shape))}).{wide}"
    return printer.text(part, SUM) if len(part.shape) == 1 else f"{printer.text(part, ATOM)}.{wide}"


def _flat(x: Assemble, name: str) -> str:
    return name if len(x.shape) == 1 else f"{name}.reshape({listed(('B', x.size) if x.batched else (-1,))})"


def _whole(x: Assemble) -> tuple[object, ...]:
    return ("B", *x.shape) if x.batched else x.shape
