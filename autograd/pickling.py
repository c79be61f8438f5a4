"""Pickling and copying of graphs, of any depth and with all sharing kept.

The standard pickler follows operands by recursion.  Here every node of a graph is pickled as an index into one flat
list, which is written once however many of its nodes are pickled together.  The functions are registered with
`copyreg`, which `copy` consults too.  Operations are stored by name.
"""

from __future__ import annotations

import copyreg
import threading
from typing import Any
from weakref import WeakValueDictionary

from autograd.dot_products import Dot
from autograd.op import Op
from autograd.value import Binary, Constant, Nary, Unary, Value, node

# An index into the same list, or a node that is pickled in another one.
Operand = int | Value
# Operation, data, grad, label, operands, partials.
Entry = tuple[Op, float, float, str, tuple[Operand, ...], tuple[float, ...]]
# True for a constant, then data, grad and label.
Leaf = tuple[bool, float, float, str]

_CLASSES = (Value, Constant, Unary, Binary, Nary, Dot)


class Flat:
    """The nodes below an output, operands first, without those that are in another list already."""

    def __init__(self, output: Value) -> None:
        self.nodes: list[Value] = []
        self.indices: dict[int, int] = {}
        stack: list[Value | None] = [output]
        while stack:
            x = stack.pop()
            if x is None:
                self._append(stack.pop())
            elif id(x) not in _LISTS.of and type(x) in _CLASSES:
                _LISTS.of[id(x)] = self
                stack += (x, None, *reversed(x.operands))

    def _append(self, x: Value | None) -> None:
        assert x is not None
        self.indices[id(x)] = len(self.nodes)
        self.nodes.append(x)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Revived, ([self._entry(x) for x in self.nodes],)

    def _entry(self, x: Value) -> Entry | Leaf:
        if x.op is None:
            return (x.constant, x.data, x.grad, x.label)
        operands = tuple(self.indices.get(id(y), y) for y in x.operands)
        return (x.op, x.data, x.grad, x.label, operands, x.partials)


class _Revived:
    """A `Flat` that has been read back."""

    def __init__(self, entries: list[Entry | Leaf]) -> None:
        self.nodes: list[Value] = []
        for entry in entries:
            if len(entry) == 4:
                constant, data, grad, label = entry
                copy = (Constant if constant else Value)(data, label)
            else:
                op, data, grad, label, operands, partials = entry
                known = tuple(y if isinstance(y, Value) else self.nodes[y] for y in operands)
                copy = node(op, data, known, partials).named(label)
            copy.grad = grad
            self.nodes.append(copy)


class _Lists(threading.local):
    """The lists of one thread: the list of each node by the node's id, while the node is being pickled.

    The pickler's memo keeps a list alive for as long as one pickling lasts, and the list its nodes, so that ids stay
    valid.  A list refers only to older ones, which that memo has already: hence no recursion.
    """

    def __init__(self) -> None:
        self.of: WeakValueDictionary[int, Flat] = WeakValueDictionary()


_LISTS = _Lists()


def _place(nodes: Flat | _Revived, i: int) -> Value:
    if isinstance(nodes, _Revived):
        return nodes.nodes[i]
    return _shallow_copy(nodes.nodes[i])


def _shallow_copy(x: Value) -> Value:
    """Return a new node with the operands of `x`.  `copy.copy` calls it with a `Flat` that was not pickled."""
    copy = (Constant if x.constant else Value)(x.data) if x.op is None else node(x.op, x.data, x.operands, x.partials)
    copy.label, copy.grad = x.label, x.grad
    return copy


def _reduce(x: Value) -> tuple[Any, ...]:
    flat = _LISTS.of.get(id(x)) or Flat(x)
    return _place, (flat, flat.indices[id(x)])


for cls in _CLASSES:
    copyreg.pickle(cls, _reduce)
