"""Pickling and copying of graphs, of any depth and with all sharing kept.

The standard pickler follows operands by recursion.  Here every node of a graph is pickled as a place in one flat
list, which is written once however many of its nodes are pickled together.  Registered with `copyreg`, which
`copy.deepcopy` consults too; operations are stored by name.
"""

from __future__ import annotations

import copyreg
from typing import Any
from weakref import WeakValueDictionary

from autograd.engine import Binary, Constant, Nary, Unary, Value, node, topological_order
from autograd.operation import Op

Entry = tuple[Op, float, float, str, tuple[int, ...], tuple[float, ...]]
"""Operation, data, grad, label, places of the operands, partials."""
Leaf = tuple[bool, float, float, str]
"""Whether it is a constant, data, grad, label."""


class Flat:
    """The nodes of a graph, operands first; an entry that is a Value belongs to another list."""

    def __init__(self, output: Value) -> None:
        self.nodes = topological_order(output)
        self.foreign = [id(x) in _LISTS for x in self.nodes]
        for x, foreign in zip(self.nodes, self.foreign, strict=True):
            if not foreign:
                _LISTS[id(x)] = self
        self.places = {id(x): i for i, x in enumerate(self.nodes)}

    def __reduce__(self) -> tuple[Any, ...]:
        return _Revived, (
            [x if foreign else self._entry(x) for x, foreign in zip(self.nodes, self.foreign, strict=True)],
        )

    def _entry(self, x: Value) -> Entry | Leaf:
        if x.op is None:
            return (x.constant, x.data, x.grad, x.label)
        return (x.op, x.data, x.grad, x.label, tuple(self.places[id(y)] for y in x.operands), x.partials)


class _Revived:
    """What a `Flat` becomes when it is read back."""

    def __init__(self, entries: list[Entry | Leaf | Value]) -> None:
        self.nodes: list[Value] = []
        for entry in entries:
            if isinstance(entry, Value):
                self.nodes.append(entry)
                continue
            if len(entry) == 4:
                constant, data, grad, label = entry
                copy = (Constant if constant else Value)(data, label)
            else:
                op, data, grad, label, places, partials = entry
                copy = node(op, data, tuple(self.nodes[i] for i in places), partials).named(label)
            copy.grad = grad
            self.nodes.append(copy)


# The pickler's memo keeps a list alive for as long as one pickling lasts; ids stay valid that long.
_LISTS: WeakValueDictionary[int, Flat] = WeakValueDictionary()


def _place(flat: Flat | _Revived, i: int) -> Value:
    return flat.nodes[i]


def _reduce(x: Value) -> tuple[Any, ...]:
    flat = _LISTS.get(id(x)) or Flat(x)
    return _place, (flat, flat.places[id(x)])


for kind in (Value, Constant, Unary, Binary, Nary):
    copyreg.pickle(kind, _reduce)
