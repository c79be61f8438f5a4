"""Sorting a graph without recursion."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def in_order(ends: Iterable[Node], below: Callable[[Node], Sequence[Node]]) -> list[Node]:
    """The ends and all that they are made from, each once and behind what it is made from itself.

    Args:
        ends: where to start.
        below: what a node is made from.

    >>> in_order([6], lambda n: [k for k in range(2, n) if n % k == 0])
    [2, 3, 6]
    """
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(node, False) for node in ends][::-1]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(x, False) for x in reversed(below(node)) if x not in seen]
    return order
