"""The same computation at other numbers: as easy to work with as those that it was made with."""

from __future__ import annotations

import math
import random

from autograd.domains import DomainError
from autograd.graph import leaves, replay
from autograd.value import Value, topological_order

_TRIES = 50


def varied(target: Value, wrt: Value, seed: int) -> tuple[Value, Value]:
    """`target` and `wrt` in a new graph, with other numbers at the leaves; of the same sign, whole where they were.

    Raises:
        ValueError: `wrt` is no leaf, or no other numbers were found that the computation has a value at.

    >>> x = Value(3.0, "x")
    >>> y, x = varied((x * x).named("y"), x, seed=1)
    >>> y.label, y.data == x.data ** 2, x.data.is_integer()
    ('y', True, True)
    """
    if wrt.op is not None or wrt.constant:
        raise ValueError(f"other numbers are for leaves, and wrt is {wrt!r:.60}; leave vary out")
    chance = random.Random(seed)
    given = leaves(target)
    for _ in range(_TRIES):
        changes = {leaf: Value(_other(leaf.data, chance), leaf.label) for leaf in given}
        try:
            result = replay(target, changes)
        except DomainError:
            continue
        if all(map(_is_finite, topological_order(result))):
            return result, changes[wrt]
    raise ValueError(f"{_TRIES} sets of other numbers all left the domain; leave vary out")


def _is_finite(node: Value) -> bool:
    """Whether a node and its partials can be worked with."""
    partials = [p for x, p in zip(node.operands, node.partials, strict=True) if not x.constant]
    return all(map(math.isfinite, [node.data, *partials]))


def _other(number: float, chance: random.Random) -> float:
    """A number like `number`: of its sign and size, whole if it is."""
    if number.is_integer() and abs(number) < 100:
        other = float(1 + math.floor(chance.random() * max(9.0, 2 * abs(number))))
        return math.copysign(other, number)
    scaled = number * (0.5 + chance.random())
    return float(f"{scaled:.2g}")
