"""Sums of sums, taken together: x₁w₁ + x₂w₂ + … + b is one sum, however many additions it was computed by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

from autograd import ops
from autograd.value import Value

Term = tuple[Value, float]
"""A summand, and its sign: ∂sum/∂summand, 1 or −1."""
ADDITIVE = {ops.add, ops.sub, ops.TOTAL}
"""The operations whose partials are 1 and −1."""


def summands(node: Value, inner: Collection[Value]) -> list[Term]:
    """The operands of `node` from left to right, each with its partial; those of `inner` nodes for the nodes."""
    found: list[Term] = []
    stack: list[Term] = [(node, 1.0)]
    while stack:
        x, sign = stack.pop()
        if x is node or x in inner:
            stack.extend([(y, sign * partial) for y, partial in zip(x.operands, x.partials, strict=True)][::-1])
        else:
            found.append((x, sign))
    return found


class Sums:
    """The sums among some nodes of a graph, each from its uppermost addition down.

    Args:
        scope: the nodes, in topological order, with everything that uses one of them.
    """

    def __init__(self, scope: Sequence[Value]) -> None:
        self.scope = scope
        self._terms: dict[Value, list[Term]] = {}

    @cached_property
    def inner(self) -> set[Value]:
        """The additions that are part of another: without a name, and used there only."""
        used: dict[Value, Value | None] = {}
        for node in self.scope:
            for x in node.operands:
                if x.op in ADDITIVE:
                    used[x] = None if x in used else node
        inside = set(self.scope)
        return {
            x for x, user in used.items() if user is not None and user.op in ADDITIVE and not x.label and x in inside
        }

    def terms(self, node: Value) -> list[Term]:
        """What a node adds up, from left to right; the node itself if it is no addition.

        >>> a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
        >>> partial = a + b
        >>> whole = partial - c
        >>> [(x.label, sign) for x, sign in Sums([a, b, c, partial, whole]).terms(whole)]
        [('a', 1.0), ('b', 1.0), ('c', -1.0)]
        """
        if node not in self._terms:
            self._terms[node] = summands(node, self.inner) if node.op in ADDITIVE else [(node, 1.0)]
        return self._terms[node]

    def is_long(self, node: Value, most: int) -> bool:
        """Whether a node is several additions that add up more than `most` numbers."""
        return node.op in ADDITIVE and len(self.terms(node)) > max(most, len(node.operands))

    def is_weighted(self, node: Value) -> bool:
        """Whether a node adds up products of a leaf and something else, as the activation sum of a neuron does."""
        if node.op is ops.DOT:
            return True
        summands = self.terms(node) if node.op in ADDITIVE else [(node, 1.0)]
        return any(x.op is ops.mul and any(y.op is None and not y.constant for y in x.operands) for x, _ in summands)
