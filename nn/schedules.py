"""Learning rate schedules: functions from the number of steps taken so far to the learning rate of the next step.

A step is one call of ``optimizer.step``, which in `nn.fit` is one mini-batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from nn._values import number, whole

Schedule = Callable[[int], float]


def constant(rate: float) -> Schedule:
    """Return a schedule that is always `rate`.

    Args:
        rate: The learning rate.

    >>> constant(0.5)(100)
    0.5
    """
    rate = number(rate, "rate", 0.0)
    return lambda step: rate


def linear_decay(start: float, end: float, steps: float) -> Schedule:
    """Return a schedule that falls linearly from `start` to `end` over `steps` steps, then stays at `end`.

    ``linear_decay(1.0, 0.1, 100)`` is the schedule of micrograd's demo, 1.0 − 0.9·k/100.

    Args:
        start: The first learning rate.
        end: The last learning rate.
        steps: The number of steps from `start` to `end`.

    >>> [linear_decay(1.0, 0.0, 4)(k) for k in (0, 1, 4, 9)]
    [1.0, 0.75, 0.0, 0.0]
    """
    start, end = number(start, "start", 0.0), number(end, "end", 0.0)
    number(steps, "steps", 1.0)
    return lambda step: start + (end - start) * min(step / steps, 1.0)


def step_decay(rate: float, every: float, factor: float = 0.1) -> Schedule:
    """Return a schedule that starts at `rate` and is multiplied by `factor` after every `every` steps.

    Args:
        rate: The first learning rate.
        every: The number of steps with the same learning rate.
        factor: The ratio of one learning rate to the one before.

    >>> [step_decay(1.0, every=10, factor=0.5)(k) for k in (0, 9, 10, 20)]
    [1.0, 1.0, 0.5, 0.25]
    """
    rate, factor = number(rate, "rate", 0.0), number(factor, "factor", 0.0)
    number(every, "every", 1.0)
    return lambda step: rate * factor ** (step // every)


def exponential_decay(rate: float, factor: float) -> Schedule:
    """Return a schedule that starts at `rate` and is multiplied by `factor` after each step.

    Args:
        rate: The first learning rate.
        factor: The ratio of one learning rate to the one before.

    >>> exponential_decay(1.0, 0.5)(3)
    0.125
    """
    rate, factor = number(rate, "rate", 0.0), number(factor, "factor", 0.0)
    return lambda step: rate * factor**step


def inverse_decay(rate: float, decay: float) -> Schedule:
    """Return the schedule rate/(1 + decay·k) (Robbins and Monro 1951).

    It is slow enough to reach any point, as Σ 1/k diverges, and fast enough to converge there, as Σ 1/k² is finite.

    Args:
        rate: The first learning rate.
        decay: The decay per step.

    >>> inverse_decay(1.0, 0.5)(2)
    0.5
    """
    rate, decay = number(rate, "rate", 0.0), number(decay, "decay", 0.0)
    return lambda step: rate / (1.0 + decay * step)


def cosine(rate: float, steps: float, end: float = 0.0) -> Schedule:
    """Return a schedule that falls from `rate` to `end` along half a cosine over `steps` steps, then stays at `end`.

    See Loshchilov and Hutter 2017.

    Args:
        rate: The first learning rate.
        steps: The number of steps from `rate` to `end`.
        end: The last learning rate.

    >>> [round(cosine(1.0, 4)(k), 3) for k in (0, 1, 2, 4, 9)]
    [1.0, 0.854, 0.5, 0.0, 0.0]
    """
    rate, end = number(rate, "rate", 0.0), number(end, "end", 0.0)
    number(steps, "steps", 1.0)
    return lambda step: end + 0.5 * (rate - end) * (1.0 + math.cos(math.pi * min(step / steps, 1.0)))


def linear_warmup(steps: int, after: float | Schedule) -> Schedule:
    """Return a schedule that rises linearly over `steps` steps to the learning rate or the schedule `after`.

    Args:
        steps: The number of steps of the warm-up.
        after: The learning rate or the schedule after them.

    >>> [linear_warmup(4, 1.0)(k) for k in (0, 1, 3, 4, 9)]
    [0.25, 0.5, 1.0, 1.0, 1.0]
    """
    steps = whole(steps, "steps")
    then = after if callable(after) else constant(number(after, "after", 0.0))
    return lambda step: then(0) * (step + 1) / steps if step < steps else then(step - steps)
