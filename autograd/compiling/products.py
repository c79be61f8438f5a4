"""Sums of products as matrix products, ``x @ W.T``; what is none as einsum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiling.infix import ATOM, MATRIX, SUM, as_tuple, listed
from autograd.compiling.ir import Array, Contract

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
