"""Names for the nodes of a graph, no two of them alike."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from autograd.symbolic.typesetting import name, visible
from autograd.value import Value


class Names(dict[Value, str]):
    """A name for each of some nodes, no two written alike: its label, or v[1], v[2], … where it has none.

    Args:
        nodes: what is to be named.
        graph: the nodes of the whole graph in topological order, by which those without a label are numbered; so the
            same node has the same name in a trace and in a picture.

    >>> list(Names([Value(1.0, "a"), Value(2.0), Value(3.0, "a")]).values())
    ['a', 'v[1]', 'a′']
    """

    def __init__(self, nodes: Iterable[Value], graph: Iterable[Value] = ()) -> None:
        super().__init__()
        nodes = list(nodes)
        written: set[str] = set()
        for node in nodes:
            self[node] = label = _distinct(node.label, written) if node.label else ""
            written.update(_forms(label))
        stem = next(stem for stem in ("v", "u", "t", "node") if written.isdisjoint(_numbered(stem, len(written))))
        wanted, count = set(nodes), 0
        for node in dict.fromkeys(itertools.chain(graph, nodes)):
            if not node.label and (not node.constant or node in wanted):
                count += 1
                if node in wanted:
                    self[node] = f"{stem}[{count}]"


def _distinct(label: str, written: set[str]) -> str:
    """`label`, shortened where it has to be, with as many primes as tell it from those that are written already."""
    label = label if label == visible(label) else visible(label)[:48]
    while not written.isdisjoint(_forms(label)):
        label += "′"
    return label


def _forms(label: str) -> tuple[str, str]:
    return name(label), name(label, "latex")


def _numbered(stem: str, count: int) -> Iterator[str]:
    """The first made-up names on a stem as they are written, more of them than there are others."""
    return (form for i in range(1, 100 + count) for form in _forms(f"{stem}[{i}]"))
