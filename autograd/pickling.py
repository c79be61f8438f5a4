"""Pickling and copying of graphs, of any depth and with all sharing kept.

The standard pickler follows operands by recursion.  Here every node of a graph is pickled as a place in one flat
list, which is written once however many of its nodes are pickled together.  Registered with `copyreg`, which `copy`
consults too; operations are stored by name.
"""

from __future__ import annotations

import copyreg
import threading
from typing import Any
from weakref import WeakValueDictionary

from autograd.op import Op
from autograd.value import Binary, Constant, Dot, Nary, Unary, Value, node

Operand = int | Value
"""A place in the same list, or a node that is pickled by itself."""
Entry = tuple[Op, float, float, str, tuple[Operand, ...], tuple[float, ...]]
"""Operation, data, grad, label, operands, partials."""
Leaf = tuple[bool, float, float, str]
"""Whether it is a constant, data, grad, label."""

_KINDS = (Value, Constant, Unary, Binary, Nary, Dot)


class Flat:
    """The nodes below `output`, operands first, but for those that are in another list already."""

    def __init__(self, output: Value) -> None:
        self.nodes: list[Value] = []
        self.places: dict[int, int] = {}
        stack: list[Value | None] = [output]
        while stack:
            x = stack.pop()
            if x is None:
                self._append(stack.pop())
            elif id(x) not in _LISTS.of and type(x) in _KINDS:
                _LISTS.of[id(x)] = self
                stack += (x, None, *reversed(x.operands))

    def _append(self, x: Value | None) -> None:
        assert x is not None
        self.places[id(x)] = len(self.nodes)
        self.nodes.append(x)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Revived, ([self._entry(x) for x in self.nodes],)

    def _entry(self, x: Value) -> Entry | Leaf:
        if x.op is None:
            return (x.constant, x.data, x.grad, x.label)
        operands = tuple(self.places.get(id(y), y) for y in x.operands)
        return (x.op, x.data, x.grad, x.label, operands, x.partials)


class _Revived:
    """What a `Flat` becomes when it is read back."""

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
    """The list that each node is in, by the node's id, while it is being pickled in this thread.

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
    """A new node with the operands of `x`: `copy.copy` applies what `_reduce` gave without pickling it."""
    copy = (Constant if x.constant else Value)(x.data) if x.op is None else node(x.op, x.data, x.operands, x.partials)
    copy.label, copy.grad = x.label, x.grad
    return copy


def _reduce(x: Value) -> tuple[Any, ...]:
    flat = _LISTS.of.get(id(x)) or Flat(x)
    return _place, (flat, flat.places[id(x)])


for kind in _KINDS:
    copyreg.pickle(kind, _reduce)
