"""Unique names for the nodes of a graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from autograd import ops
from autograd.symbolic.typesetting import name, visible
from autograd.value import Value

# Shorter than the labels that are cut, so that primes still fit.
MAX_STEM_CHARACTERS = 48


# Sums of more operands are seldom part of a formula.
MAX_FOLDED_OPERANDS = 7
_SUMS = {ops.TOTAL, ops.DOT}
_ARITHMETIC = {ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg, ops.pos, *_SUMS}


class Names(dict[Value, str]):
    """Names of nodes, no two printed alike: the label of a node, or v[1], v[2], … for a node without one.

    Args:
        nodes: the nodes to name.
        graph: all nodes of the graph in topological order. They number the nodes without a label, so that a node has
            the same name in a trace and in a picture.

    >>> list(Names([Value(1.0, "a"), Value(2.0), Value(3.0, "a")]).values())
    ['a', 'v[1]', 'a′']
    """

    def __init__(self, nodes: Iterable[Value], graph: Iterable[Value] = ()) -> None:
        super().__init__()
        nodes = list(nodes)
        printed: set[str] = set()
        for node in nodes:
            label = node.label
            if label:
                label = _unique(label, printed)
                printed.update(_forms(label))
            self[node] = label
        stem = next(stem for stem in ("v", "u", "t", "node") if printed.isdisjoint(_numbered(stem, len(printed))))
        # By id, since a graph may have many more nodes than names.
        unnamed = {id(node) for node, label in self.items() if not label}
        nodes = list(graph)
        count = 0
        for node in _in_order_of_numbers(nodes) if nodes else list(self):
            if not unnamed:
                break
            if id(node) in unnamed:
                count += 1
                self[node] = f"{stem}[{count}]"
                unnamed.remove(id(node))
            elif not node.constant and not node.label:
                count += 1


def _in_order_of_numbers(graph: Sequence[Value]) -> Iterator[Value]:
    """Return the nodes of a graph in the order in which those without a label are numbered.

    A trace names leaves, the output, and both ends of functions and long sums first. They are numbered before the steps
    of arithmetic between them, so that the names of a trace begin at v₁.
    """
    prominent = {id(graph[-1])}
    for node in graph:
        op = node.op
        if op is None:
            prominent.add(id(node))
        elif op not in _ARITHMETIC or (op in _SUMS and len(node.operands) > MAX_FOLDED_OPERANDS):
            prominent.add(id(node))
            prominent.update(map(id, node.operands))
    yield from (node for node in graph if id(node) in prominent)
    yield from (node for node in graph if id(node) not in prominent)


def _unique(label: str, printed: set[str]) -> str:
    """Return a label with as many primes as make it unique, shortened if it is too long to be printed whole."""
    if label != visible(label):
        label = visible(label)[:MAX_STEM_CHARACTERS]
    while not printed.isdisjoint(_forms(label)):
        label += "′"
    return label


# Every trace and picture asks for those of v[1], v[2], … again.
@lru_cache(maxsize=2048)
def _forms(label: str) -> tuple[str, str]:
    """Return the printed forms of a label; x1 and x[1] differ in text, and are the same in LaTeX."""
    return name(label), name(label, "latex")


def _numbered(stem: str, count: int) -> Iterator[str]:
    """Return the printed forms of stem[1], stem[2], …, for more numbers than there are other names."""
    return (form for i in range(1, 100 + count) for form in _forms(f"{stem}[{i}]"))
