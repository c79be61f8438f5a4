"""Points well within the domain of an operation, where its derivatives are neither hidden by rounding nor infinite."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from autograd.domains import Interval
from autograd.op import Op


def tamer(op: Op, data: Sequence[float], slots: Container[int], parts: Sequence[float]) -> Iterator[list[float]]:
    """Operands on the way from `data` to tamer ones, so far as `parts` say; only those in `slots` are moved.

    >>> from autograd.ops import log
    >>> list(tamer(log, [1e-300], [0], [0.5, 1.0]))
    [[0.35], [0.7]]
    """
    for part in parts:
        yield [_between(x, _tame(op, k), part) if k in slots else x for k, x in enumerate(data)]


def _between(x: float, tame: float, part: float) -> float:
    return tame if part == 1.0 else (1.0 - part) * x + part * tame  # also from what is infinite


def _tame(op: Op, slot: int) -> float:
    interval: Interval = op.domain[min(slot, len(op.domain) - 1)]
    low, high = interval.low, interval.high
    offset = 0.7 - 0.3 * (slot % 3)
    if low == -float("inf") and high == float("inf"):
        return offset
    if high == float("inf"):
        return low + offset
    return high - offset if low == -float("inf") else low + (high - low) * offset
