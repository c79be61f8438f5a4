"""Generated Python for steps on arrays: names, functions that NumPy lacks, subscripts, products and assignments.

:class:`.printing.ProgramPrinter` writes the other expressions, and :mod:`.backends` whole modules.
"""

from __future__ import annotations

import builtins
import keyword
import re
import tokenize
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from inspect import getsource
from io import StringIO
from typing import Any, Protocol

import numpy as np

from autograd.compiling import kernels
from autograd.compiling.ir import (
    Array,
    Contract,
    Gather,
    Index,
    Literal,
    Scatter,
    Shape,
    Source,
    Sum,
    is_built_in,
    takes_all,
)
from autograd.op import Op
from autograd.symbolic.precedence import ATOM, MATRIX_PRODUCT, SUM, Precedence
from autograd.symbolic.printer import Printed
from autograd.symbolic.python import as_shape, as_tuple, listed

# Operations that NumPy has under the same name, and that the table of operations does not name a second time.
SAME_NAME = {"sign", "floor", "fmod", "hypot", "maximum", "minimum"}

# Returns an expression for an array, of at least the given precedence.
Text = Callable[[Array, Precedence], str]


@dataclass(frozen=True)
class Dialect:
    """The names of NumPy's functions in generated Python.

    Attributes:
        module: the module that has them.
        alias: the name of the module in the source.
        mutable: whether arrays can be assigned to; otherwise they have `.at[index].add` as JAX's have.
    """

    module: str
    alias: str
    mutable: bool = True


# --- names

# A running program calls this now and then, so that Ctrl-C ends it.
SIGNALS = "let_signals_in"
# Names that neither a variable nor the function may have: B is the number of examples.
RESERVED = {"B", SIGNALS, *dir(kernels), *dir(builtins), *keyword.kwlist}
# Names of constant arrays, of numbers and of indices.
_CONSTANT = re.compile(r"[IK]\d+")
# Labels may have any length, but names in source code must be readable.
MAX_LENGTH_OF_NAME = 40
# The end of a label of one element, such as W[1,2].
_INDEX = re.compile(r"[0-9]{1,4}(,[0-9]{1,4})*\]")


def identifier(label: str) -> str:
    """Return the name of a variable for a label, "" if nothing of it is left: "a^2" gives a2, and "W[1,2]" W_1_2.

    The name of several elements, such as "W[1…3]", has no index.
    """
    stem, _, index = label.partition("[")
    name = re.sub(r"[^A-Za-z0-9_]", "", stem)[:MAX_LENGTH_OF_NAME]
    if name and _INDEX.fullmatch(index):
        name = f"{name}_{index[:-1].replace(',', '_')}"
    return name if name and not name[0].isdigit() and name != "_" * len(name) else ""


def function_name(name: str) -> str:
    """Return the name of a function in its source, where other names are taken.

    >>> [function_name(name) for name in ("cost", "relu", "<lambda>")]
    ['cost', 'relu_', 'f']
    """
    name = unicodedata.normalize("NFKC", name)  # as Python reads names
    if not name.isidentifier():
        return "f"
    return f"{name}_" if name in RESERVED or _CONSTANT.fullmatch(name) else name


# --- functions


def numpy_name(op: Op) -> str:
    """Return NumPy's name of the operation, "" if it has none."""
    name = op.name if op.name in SAME_NAME and is_built_in(op) else op.numpy
    return name if callable(getattr(np, name, None)) else ""


def own_name(op: Op) -> str:
    """Return the name of the operation in :mod:`.kernels`, "" if it has none."""
    return op.name if not numpy_name(op) and is_built_in(op) and hasattr(kernels, op.name) else ""


def numpy_function(op: Op) -> Callable[..., Any] | None:
    """Return the function on NumPy's arrays, None if there is none."""
    if numpy_name(op):
        function: Callable[..., Any] = getattr(np, numpy_name(op))
        return function
    return getattr(kernels, op.name) if own_name(op) else None


def definitions(names: Iterable[str], alias: str) -> str:
    """Return the definitions of functions of :mod:`.kernels`, with NumPy under that name.

    >>> print(definitions(["sech"], "xp").splitlines()[-1])
        return 1.0 / xp.cosh(x)
    """
    sources = [re.sub(r": Floats\b| -> Floats\b", "", getsource(getattr(kernels, name)).strip()) for name in names]
    return "\n\n\n".join(_with_alias(source, alias) for source in sources)


def _with_alias(source: str, alias: str) -> str:
    """Return the source with the name `np` replaced, in code and not in strings."""
    if alias == "np":
        return source
    lines = source.splitlines(keepends=True)
    # from the end, so that the columns of the remaining tokens stay correct
    for token in reversed(list(tokenize.generate_tokens(StringIO(source).readline))):
        if token.type == tokenize.NAME and token.string == "np":
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column] + alias + lines[row - 1][column + len("np") :]
    return "".join(lines)


# --- positions as slices


@dataclass(frozen=True)
class Pattern:
    """Positions at regular steps: ``start + Σ stride·i`` over the axes that are longer than 1."""

    start: int
    strides: tuple[int, ...]
    lengths: tuple[int, ...]


def pattern(index: Index) -> Pattern | None:
    """Return the pattern of `index` if it has one with positive strides, else None."""
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
    """Return the subscript that selects `index` from an array of that `shape`, None if slices cannot.

    >>> subscript(np.array([[1, 2], [4, 5]]), (2, 3))
    ':, 1:'
    >>> subscript(np.array([0, 2, 4]), (6,))
    ':5:2'
    """
    steps = pattern(index)
    if steps is None:
        return None
    start = np.unravel_index(steps.start, shape)
    strides = [int(np.prod(shape[axis + 1 :], dtype=int)) for axis in range(len(shape))]
    parts = [str(int(k)) for k in start]
    axis = 0
    for stride, n in zip(steps.strides, steps.lengths, strict=True):
        while axis < len(shape) and (strides[axis] > stride or stride % strides[axis]):
            axis += 1
        if axis == len(shape):
            return None
        first, step = int(start[axis]), stride // strides[axis]
        if first + step * (n - 1) >= shape[axis]:
            return None
        parts[axis] = _slice(first, step, n, shape[axis])
        axis += 1
    # Integers drop their axis; None adds each axis of length 1 before the slice that it precedes in `index`.
    added = iter([n == 1 for n in index.shape])
    selected = []
    for part in parts:
        if ":" in part:
            for is_added in added:
                if not is_added:
                    break
                selected.append("None")
        selected.append(part)
    return ", ".join([*selected, *("None" for is_added in added if is_added)])


def _slice(first: int, step: int, n: int, length: int) -> str:
    last = first + step * (n - 1) + 1
    stop = "" if last == length else str(last)
    return f"{first or ''}:{stop}" + (f":{step}" if step > 1 else "")


def block(index: Index, size: int) -> tuple[int, int, Shape, str] | None:
    """Return `index` as a block of a vector: its start and stop, the shape to reshape it to, and a subscript of that.

    >>> block(np.arange(6, 12).reshape(2, 3), 20)
    (6, 12, (2, 3), '')
    >>> block(np.array([[0, 1], [3, 4]]), 6), block(np.array([[0, 3], [1, 4]]), 6)
    ((0, 6, (2, 3), '[:, :2]'), (0, 6, (2, 3), '[:, :2].T'))
    """
    steps = pattern(index)
    if steps is None:
        return None
    if np.array_equal(index.ravel(), np.arange(steps.start, steps.start + index.size)):
        return steps.start, steps.start + index.size, index.shape, ""
    if len(steps.strides) != 2 or index.ndim != 2:
        return None
    (long, short), (n, m) = steps.strides, steps.lengths
    transposed = long < short
    if transposed:
        long, short, n, m = short, long, m, n
    if short != 1 or m > long:
        return None
    start = min(steps.start, size - n * long)
    first = steps.start - start
    if start < 0 or first + m > long:
        return None
    cut = "" if m == long else f"[:, {_slice(first, 1, m, long)}]"
    return start, start + n * long, (n, long), cut + (".T" if transposed else "")


# --- products


def product(x: Contract, text: Text, np: str) -> Printed:
    """Return ``x @ W.T`` or the like if `x` is a matrix product, else ``einsum``, and the precedence.

    Args:
        x: the step.
        text: a function that writes the operands.
        np: the name of the module with NumPy's functions.
    """
    # The examples are an axis like any other, with the letter B.
    (left, right), (a, b, out) = x.operands, x.axes
    a, b, out = (f"B{letters}" if array.batched else letters for array, letters in ((left, a), (right, b), (x, out)))
    summed = [c for c in a if c in b and c not in out]
    stacked = [c for c in a if c in b and c in out]
    rows, columns = [c for c in a if c not in b], [c for c in b if c not in a]
    lost = [c for c in rows + columns if c not in out]
    if summed and not stacked and not lost:
        if out == "".join(rows + columns):
            return _matrix_product(x, (left, a, rows), (right, b, columns), summed, text)
        if out == "".join(columns + rows):
            return _matrix_product(x, (right, b, columns), (left, a, rows), summed, text)
    if stacked == ["B"] and len(summed) == len(rows) == len(columns) == 1 and out == "".join(["B", *rows, *columns]):
        stack = _stack(text(left, ATOM), a, rows + summed)
        return f"{stack} @ {_stack(text(right, ATOM), b, summed + columns)}", MATRIX_PRODUCT
    subscripts = f"{a},{b}->{out}".replace("B", "b")
    return f'{np}.einsum("{subscripts}", {text(left, SUM)}, {text(right, SUM)})', ATOM


def _matrix_product(
    x: Contract,
    left: tuple[Array, str, list[str]],
    right: tuple[Array, str, list[str]],
    summed: list[str],
    text: Text,
) -> Printed:
    """Return the product of two matrices, each an operand with its letters and those that it keeps."""
    first, a, rows = left
    second, b, columns = right
    written = f"{_matrix(first, a, rows, summed, text)} @ {_matrix(second, b, summed, columns, text)}"
    if len(rows) > 1 or len(columns) > 1:
        return f"({written}).reshape({listed(with_batch(x.shape, x.batched))})", ATOM
    return written, MATRIX_PRODUCT


def _transpose(text: str) -> str:
    return text[:-2] if text.endswith(".T") else f"{text}.T"


def _matrix(x: Array, letters: str, rows: list[str], columns: list[str], text: Text) -> str:
    """Return `x` as a matrix, or a vector, with the axes `rows` along its rows and `columns` along its columns."""
    written, wanted = text(x, ATOM), "".join(rows + columns)
    sizes: dict[str, Any] = dict(zip(letters, with_batch(x.shape, x.batched), strict=True))
    if letters not in (wanted, "".join(columns + rows)):
        written, letters = f"{written}.transpose({as_tuple([letters.index(c) for c in wanted])})", wanted
    transposed = letters != wanted
    if len(rows) > 1 or len(columns) > 1:
        ends = (columns, rows) if transposed else (rows, columns)
        written += f".reshape({listed(_length([sizes[c] for c in end]) for end in ends if end)})"
    return _transpose(written) if transposed else written


def _stack(written: str, letters: str, wanted: Sequence[str]) -> str:
    """Return a matrix for each example with its two axes in the wanted order."""
    return written if letters == "".join(["B", *wanted]) else f"{written}.swapaxes(1, 2)"


def _length(sizes: Sequence[Any]) -> str:
    """Return the length of axes that are merged."""
    length = int(np.prod([n for n in sizes if n != "B"], dtype=int))
    if "B" not in sizes:
        return str(length)
    return "B" if length == 1 else f"B * {length}"


# --- scatters


class Expressions(Protocol):
    """A writer of expressions: `ProgramPrinter`."""

    np: str
    dialect: Dialect
    dtype: str
    written: dict[Array, str]

    def text(self, x: Array, least: Precedence) -> str:
        """Return an expression for an array that binds at least so tightly."""

    def aligned(self, x: Array, shape: Shape, least: Precedence) -> str:
        """Return the same, ready to be broadcast to `shape`."""

    def constant(self, numbers: Index, letter: str) -> str:
        """Return the name of an array of numbers."""


def scatter_statements(x: Scatter, name: str, printer: Expressions) -> list[str]:
    """Return the statements that compute `x` and assign it to `name`."""
    if [(part.shape, part.batched) for part in x.operands] == [(x.shape, x.batched)]:
        (part,), (index,) = x.operands, x.indices
        if takes_all(index, x.size):
            return [f"{name} = {_fresh(part, printer)}"]
    return _in_place(x, name, printer) if printer.dialect.mutable else _functional(x, name, printer)


def _fresh(x: Array, printer: Expressions) -> str:
    """Return an expression for `x` that shares no memory with a variable or a constant of the module."""
    (base,) = x.operands if isinstance(x, Gather) else (x,)
    shared = x in printer.written or base in printer.written or isinstance(base, Source)
    return f"{printer.text(x, ATOM)}.copy()" if shared else printer.text(x, SUM)


def _in_place(x: Scatter, name: str, printer: Expressions) -> list[str]:
    """Return the assignments of parts to a new array."""
    hit = np.zeros(x.size, dtype=bool)
    lines, disjoint = [], True
    for part, index in zip(x.operands, x.indices, strict=True):
        distinct = len(np.unique(index)) == index.size
        again = bool(hit[index.ravel()].any())
        disjoint = disjoint and distinct and not again
        hit[index.ravel()] = True
        sign = "+=" if again else "="
        lines.append(_put(x, name, part, index, sign, printer) if distinct else _added(x, name, part, index, printer))
    create = "empty" if disjoint and hit.all() else "zeros"
    return [f"{name} = {printer.np}.{create}({as_shape(with_batch(x.shape, x.batched))}{printer.dtype})", *lines]


def _put(x: Scatter, name: str, part: Array, index: Index, sign: str, printer: Expressions) -> str:
    """Return the assignment of a part to distinct positions; sums and matrix products are computed in place."""
    first = ":, " if x.batched else ""
    selected = subscript(index, x.shape)
    is_new = part not in printer.written and sign == "=" and part.shape == index.shape
    if isinstance(part, Sum) and is_new and selected:
        written = printer.text(part, SUM)
        over_some = "(axis" in written[written.rindex(".sum") :]
        if written.endswith(")") and not x.batched and len(x.shape) == 1 and over_some:
            return f"{written[:-1]}, out={name}[{selected}])"
    if selected is not None:
        text = printer.aligned(part, index.shape, SUM)
        bracket = f"{first}{selected}".removesuffix(", ") or "()"
        return f"{name}[{'...' if bracket == ':' else bracket}] {sign} {text}"
    rows = block(index, x.size) if len(x.shape) == 1 and not x.batched else None
    if rows is None:
        text = printer.aligned(part, index.shape, SUM)
        return f"{_flat(x, name)}[{first}{printer.constant(index, 'I')}] {sign} {text}"
    start, stop, wide, rest = rows
    target = f"{name}[{start or ''}:{'' if stop == x.size else stop}].reshape({listed(wide)}){rest}"
    if isinstance(part, Contract) and is_new:
        text, binding = product(part, printer.text, printer.np)
        if binding == MATRIX_PRODUCT and text.count(" @ ") == 1:
            return f"{printer.np}.matmul({text.replace(' @ ', ', ')}, out={target})"
    return f"{target}[...] {sign} {printer.text(part, SUM)}"


def _added(x: Scatter, name: str, part: Array, index: Index, printer: Expressions) -> str:
    """Return the addition of a part of which several elements have the same position."""
    positions = index.ravel()
    # A stable sort: elements of one position are added in their order.
    order = np.lexsort((positions,))
    targets, starts = np.unique(positions[order], return_index=True)
    first = ":, " if x.batched else ""
    text = printer.aligned(part, index.shape, ATOM)
    if part.shape != index.shape or part.batched != x.batched:
        text = f"{printer.np}.broadcast_to({text}, {as_tuple(with_batch(index.shape, x.batched))})"
    if index.ndim != 1:
        text += f".reshape({listed(('B', index.size) if x.batched else (-1,))})"
    text += f"[{first}{printer.constant(order, 'I')}]" if (np.diff(order) != 1).any() else ""
    text = f"{printer.np}.add.reduceat({text}, {printer.constant(starts, 'I')}, axis={int(x.batched)})"
    return f"{_flat(x, name)}[{first}{printer.constant(targets, 'I')}] += {text}"


def _functional(x: Scatter, name: str, printer: Expressions) -> list[str]:
    """Return the concatenation of the parts if they are consecutive, else additions that each make a new array."""
    parts = sorted(zip(x.operands, x.indices, strict=True), key=lambda part: int(part[1].flat[0]))
    positions = np.concatenate([index.ravel() for _, index in parts] or [np.zeros(0, dtype=np.intp)])
    shape = with_batch(x.shape, x.batched)
    if takes_all(positions, x.size) and all(part.shape == index.shape for part, index in parts):
        pieces = [_row(part, x, printer) for part, _ in parts]
        text = pieces[0] if len(pieces) == 1 else f"{printer.np}.concatenate([{', '.join(pieces)}], axis=-1)"
        return [f"{name} = {text}" if len(x.shape) == 1 else f"{name} = {text}.reshape({listed(shape)})"]
    flat = ("B", x.size) if x.batched else (x.size,)
    lines = [f"{name} = {printer.np}.zeros({as_shape(flat)}{printer.dtype})"]
    for part, index in parts:
        position = f"{':, ' if x.batched else ''}{printer.constant(index, 'I')}"
        lines.append(f"{name} = {name}.at[{position}].add({printer.aligned(part, index.shape, SUM)})")
    return lines if len(x.shape) == 1 else [*lines, f"{name} = {name}.reshape({listed(shape)})"]


def _row(part: Array, whole: Scatter, printer: Expressions) -> str:
    """Return a part with its elements in one row for each example."""
    if isinstance(part, Literal):
        shape = as_tuple(("B", 1) if whole.batched else (1,))
        return f"{printer.np}.full({shape}, {printer.text(part, SUM)}{printer.dtype or ', float'})"
    wide = f"reshape({listed(('B', part.size) if whole.batched else (-1,))})"
    if whole.batched and not part.batched:
        return f"{printer.np}.broadcast_to({printer.text(part, SUM)}, {as_tuple(('B', *part.shape))}).{wide}"
    return printer.text(part, SUM) if len(part.shape) == 1 else f"{printer.text(part, ATOM)}.{wide}"


def _flat(x: Scatter, name: str) -> str:
    return name if len(x.shape) == 1 else f"{name}.reshape({listed(('B', x.size) if x.batched else (-1,))})"


def with_batch(shape: Shape, batched: bool) -> tuple[Any, ...]:
    """Return the shape as a source writes it: with B for the number of examples if there is an axis for them."""
    return ("B", *shape) if batched else shape
