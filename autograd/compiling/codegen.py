"""Arrays that are put together from parts: by assignment to slices, or, where arrays cannot change, as a new one."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from autograd.compiling.infix import ATOM, MATRIX, SUM, as_shape, as_tuple, listed
from autograd.compiling.ir import Array, Assemble, Contract, Index, Literal, Shape, Sum, View, takes_all
from autograd.compiling.products import product
from autograd.compiling.views import block, subscript


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
