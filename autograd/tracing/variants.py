"""Variants of a derivative: the same graph with other numbers, of a size that one works with by hand."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

from autograd import ops
from autograd.derivatives import reverse, stored
from autograd.domains import DomainError
from autograd.graph import leaves, replay
from autograd.op import Op
from autograd.symbolic.algebra import SUMS
from autograd.value import Value, topological_order

# A draw may be outside the domain, as a negative number is for log.
MAX_DRAWS = 200
# Smaller whole numbers stay whole.
MAX_WHOLE = 100
# Numbers with more decimals have two significant digits in a variant.
MAX_DECIMALS = 2
# Beyond this, the argument of a function such as sin or exp is not a number to work with by hand.
MAX_ARGUMENT = 5.0
# A result may grow to this, or to ten times what it was.
MAX_RESULT = 100_000.0
# An operation whose values at these numbers are within −1 and 1 is taken as bounded by them, as sigmoid is.
BOUND_SAMPLES = (-30.0, -3.0, 0.5, 3.0, 30.0)
_ARITHMETIC = {*SUMS, ops.mul, ops.div, ops.neg, ops.pos, ops.pow}
# A sum of terms is a rounding error of 0 if it is at most this part of the sum of their sizes.
MAX_CANCELLATION = 1e-12


def varied(target: Value, wrt: Value, seed: int) -> tuple[Value, Value]:
    """Rebuild a graph with different numbers at its leaves: the same signs, and integers in place of integers.

    Args:
        target: the output of the graph.
        wrt: a leaf.
        seed: seed of the numbers.

    Returns:
        `target` and `wrt` in the new graph.

    Raises:
        ValueError: `wrt` is not a leaf, or all drawn numbers were outside the domain.

    >>> x = Value(3.0, "x")
    >>> y, x = varied((x * x).named("y"), x, seed=1)
    >>> y.label, y.data == x.data ** 2, x.data.is_integer()
    ('y', True, True)
    """
    if wrt.op is not None or wrt.constant:
        raise ValueError(f"wrt must be a leaf with vary=True, got {wrt!r:.60}; write vary=False to keep the numbers")
    draw = random.Random(seed)
    originals = leaves(target)
    order = topological_order(target)
    targets = _bounded_targets(order)
    fallback: tuple[Value, Value] | None = None
    for _ in range(MAX_DRAWS):
        changes = {
            leaf: Value(
                _drawn_between(leaf.data, draw) if leaf in targets else _drawn_like(leaf.data, draw), leaf.label
            )
            for leaf in originals
        }
        try:
            result = replay(target, changes)
        except DomainError:
            continue
        drawn = topological_order(result)
        if not all(map(_is_finite, drawn)):
            continue
        if all(map(_is_workable, drawn, order)) and not _has_rounding_error(drawn):
            return result, changes[wrt]
        fallback = fallback or (result, changes[wrt])
    if fallback is not None:
        return fallback
    raise ValueError(f"all {MAX_DRAWS} draws of other numbers were outside the domain; leave vary out")


def _bounded_targets(order: Sequence[Value]) -> set[Value]:
    """Return the leaves that are compared with a bounded result, as the target of a sigmoid is."""
    targets: set[Value] = set()
    for node in order:
        if len(node.operands) == 2 and node.op is not None and node.op in (ops.add, ops.sub):
            for leaf, other in (node.operands, node.operands[::-1]):
                if leaf.op is None and other.op is not None and _is_bounded(other.op) and abs(leaf.data) <= 1.0:
                    targets.add(leaf)
    return targets


def _is_bounded(op: Op) -> bool:
    """Return True for an operation of one operand whose values are within −1 and 1 everywhere."""
    if op.arity != 1:
        return False
    try:
        return all(abs(op.forward(x)) <= 1.0 for x in BOUND_SAMPLES)
    except (DomainError, ValueError, OverflowError):
        return False


def _is_workable(node: Value, original: Value) -> bool:
    """Return True if a number is of a size that one works with by hand, or not much above the original."""
    if node.op is None:
        return True
    operands = zip(node.operands, original.operands, strict=True)
    if node.op not in _ARITHMETIC and any(abs(x.data) > max(MAX_ARGUMENT, 1.5 * abs(y.data)) for x, y in operands):
        return False
    return abs(node.data) <= max(MAX_RESULT, 10.0 * abs(original.data))


def _has_rounding_error(order: Sequence[Value]) -> bool:
    """Return True if a sum or a derivative is a rounding error of terms that cancel, as in 0.1 + 0.2 − 0.3."""
    for node in order:
        products = (p * x.data for p, x in zip(node.partials, node.operands, strict=True))
        if node.op in SUMS and _has_cancelled(node.data, products):
            return True
    adjoints = reverse({order[-1]: 1.0}, stored)
    terms: dict[Value, list[float]] = defaultdict(list)
    for node in order:
        for x, partial in zip(node.operands, node.partials, strict=True):
            terms[x].append(adjoints.get(node, 0.0) * partial)
    return any(_has_cancelled(adjoints.get(x, 0.0), products) for x, products in terms.items())


def _has_cancelled(total: float, terms: Iterable[float]) -> bool:
    return 0.0 < abs(total) <= MAX_CANCELLATION * sum(map(abs, terms))


def _drawn_between(number: float, draw: random.Random) -> float:
    """Draw a target within the range of a bounded result: 0 or 1 for a whole number, else two digits."""
    if number.is_integer():
        return math.copysign(float(draw.random() < 0.5), number)
    return math.copysign(float(f"{draw.random():.2g}"), number)


def _is_finite(node: Value) -> bool:
    """Return True if a node and its partials are finite."""
    partials = [p for x, p in zip(node.operands, node.partials, strict=True) if not x.constant]
    return all(map(math.isfinite, [node.data, *partials]))


def _drawn_like(number: float, draw: random.Random) -> float:
    """Draw a number of the same sign and order of magnitude, whole for a whole number."""
    if number.is_integer() and abs(number) < MAX_WHOLE:
        # From a range of at least 9 numbers, so that small ones vary too.
        drawn = float(1 + math.floor(draw.random() * max(9.0, 2 * abs(number))))
        return math.copysign(drawn, number)
    scaled = number * (0.5 + draw.random())
    # As many decimals as the number has, two at most, are easy to work with.
    _, _, fraction = f"{abs(number):.3g}".partition(".")
    if 0 < len(fraction) <= MAX_DECIMALS:
        return round(scaled, len(fraction)) or math.copysign(10.0 ** -len(fraction), number)
    return float(f"{scaled:.2g}")
