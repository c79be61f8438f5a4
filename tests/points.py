"""Where the operations are tested: ordinary points drawn from their domains, and extreme ones."""

from __future__ import annotations

import math
import random
from itertools import chain
from typing import Any

import numpy as np

from autograd.domains import Interval
from autograd.op import TABLE, Op
from autograd.value import Value

ORDINARY = 6
"""How many ordinary points an operation gets."""

_COUNT = {"dot": 5, "softmax": 4}
"""How many operands the operations get that take any number; else 3."""

_STEEP = ("exp", "exp2", "expm1", "sinh", "cosh", "tanh", "sech", "sigmoid", "softplus", "silu")
_BELL = ("erf", "erfc", "gaussian", "normal_cdf", "gelu")

_WIDE_POINTS = (1e-300, 1e-200, 1e-155, 1e-10, 0.25, 1 - 1e-10, 1 + 1e-10, 1e5, 1e22, 1e155, 1e200, 1e300)
_STEEP_POINTS = (1e-300, 1e-155, 1e-10, 0.25, 1.0, 20.0, 40.0, 300.0, 700.0, 709.0, 745.0, 800.0, 1000.0)
_BELL_POINTS = (1e-10, 0.25, 1 - 1e-10, 1.0, 5.0)

_PAIRS = (
    *((1e200, 1e200), (1e200, -3e199), (-1e-200, 1e-200), (1e-200, 1e200), (1e200, 1e-200), (1e-155, 1e155)),
    *((1e-10, 1.0), (1.0, 1e-10), (3.0, 3.0 + 1e-10), (-1e10, 3.0), (1e300, 1e300), (1e-300, 3e-300), (1e-10, 1e-10)),
    *((-1e-155, 1e-300), (5.0, -1e155)),
)
_DISTINCT = tuple(pair for pair in _PAIRS if pair[0] != pair[1])
_EXTREMES = {
    "log10": ((1.7e308,),),
    "tanh": ((-0.22758720038102276,),),  # here and for some below, where the function of the C library is worst
    "acosh": ((1.0072409357409695,),),
    "cbrt": ((-0.739088753677478,),),
    "erf": ((20.0,), (-20.0,), (26.5,)),
    "erfc": ((1.2351964767069155,), (2.1906935289842675,), (20.0,), (26.5,), (27.0,), (-20.0,), (40.0,)),
    "gaussian": ((20.0,), (37.5,), (-38.0,), (40.0,), (1e3,)),
    "normal_cdf": ((-8.647456847462735,), (20.0,), (-20.0,), (-37.5,), (-38.0,), (-40.0,)),
    "gelu": ((-1.8231850279416126,), (20.0,), (-20.0,), (-37.5,), (-38.0,), (-40.0,)),
    "greater": _DISTINCT,
    "maximum": _DISTINCT,
    "minimum": _DISTINCT,
    "pow": (
        *((7.0, 0.0), (1e-200, 0.3), (1e-200, 1.0), (1e200, 1.5), (1e-10, 2.0), (1e10, -2.0), (1 + 1e-10, 1e10)),
        *((1 - 1e-10, -1e10), (0.5, 1000.0), (2.0, 1e-17), (3.0, -1e-200), (1e-150, 2.0), (1e150, 2.0), (1.0, 5.0)),
    ),
    "lowered_power": (
        *((2.0, 7.5, 1.0), (7.0, 0.0, 1.0), (1e-170, 0.3, 2.0), (0.3, 1e-17, 1.0), (1e100, -0.3, 3.0)),
        *((1e-155, 2.0, 1.0), (1 + 1e-10, 1e10, 2.0)),
    ),
    "xlogy": ((1e-300, 1e-300), (1e300, 1 + 1e-10), (-2.0, 1e300), (0.0, 3.0), (1e-10, 1e-200), (5.0, 1.0)),
    "leg": ((1e200, 9.9e199), (5e-200, 4e-200), (1 + 1e-10, 1.0), (1.7e308, -1e308), (3.0, 1e-10), (1e200, 1e-200)),
    "unit": (*_PAIRS, (1e308, 1e308, -1e308), (1e-310, 2e-310), (1e-140, 1e-300)),
    "hypot": (*_PAIRS, (1e307, 1e307, -1e307), (1e-160, 1.0, 2e-160), (5.0,)),
    "fmod": ((1e22, 3.0), (-7.5, 2.0), (1.7e308, 1.1e308), (1e-300, 7e-301), (1e-300, 7.0), (5.5, -1e200)),
    "remainder": ((1e22, 3.0), (-7.5, 2.0), (1.7e308, 1.1e308), (1e-300, 7e-301), (1e-300, 7.0), (5.5, -1e200)),
    "clip": ((1e300, -1e200, 1e200), (-1e300, -1e200, 1e200), (1e-300, -1e-200, 1e-200)),
    "where": ((1e-300, 1e200, -1e200), (-1.0, 1e-300, 5.0)),
    "leaky_relu": ((1e300, 0.5), (-1e300, 1e-200), (-1e-300, 0.25), (1e-300, 1e300)),
    "elu": ((1000.0, 1.0), (-1000.0, 1.0), (-1e-300, 2.0), (-1e-10, 1e10), (-700.0, 1e200), (1e-300, 3.0)),
    "total": ((1e16, 1.0, -1e16), (1e308, 1e308, -1e308), (1e-300, 1e300), (0.1,) * 10),
    "dot": ((1e100, 1.0, 1e100, 1.0, -1e200), (1e200, 1e-200, 1e100, 1e-100, 5.0), (3.0, 4.0)),
    "logsumexp": (
        (1000.0, 1000.0),
        (-1000.0, -1001.0, -999.5),
        (0.0, -40.0, -300.0),
        (1e10, 1.0),
        (1e-20, -40.3),
        (5.0,),
    ),
    "softmax": ((0.0, 1000.0, 999.0), (1.0, 1000.0, 300.5), (2.0, 0.1, 0.1, 0.1), (0.0, 700.1, 0.0), (0.0, 5.0)),
}


def ordinary(op: Op) -> list[tuple[float, ...]]:
    """Points of middling size in the domain of `op`, always the same."""
    rng = random.Random(op.name)
    return [_draw(op, rng) for _ in range(ORDINARY)]


def _draw(op: Op, rng: random.Random) -> tuple[float, ...]:
    count = op.arity or _COUNT.get(op.name, 3)
    largest = 6.0 if op.name in _BELL else 30.0
    point = [_number(op.domain[min(i, len(op.domain) - 1)], largest, rng) for i in range(count)]
    if op.name == "softmax":
        point[0] = float(rng.randrange(count - 1))
    if op.name == "lowered_power":
        point[2] = float(rng.randint(1, 3))
    return tuple(point)


def _number(interval: Interval, largest: float, rng: random.Random) -> float:
    """Of any size from 10⁻⁵ on, and as often of the size of 1."""
    if math.isfinite(interval.high):
        return rng.uniform(interval.low, interval.high)
    size = rng.choice((rng.uniform(0.0, 3.0), largest * 10.0 ** rng.uniform(-6.0, 0.0)))
    return interval.low + size if math.isfinite(interval.low) else rng.choice((size, -size))


def extreme(op: Op) -> list[tuple[float, ...]]:
    """Points where the obvious formulas overflow, underflow or cancel, short of kinks and the ends of the domain."""
    if op.arity != 1:
        return list(_EXTREMES.get(op.name, _PAIRS))
    sizes = _STEEP_POINTS if op.name in _STEEP else _BELL_POINTS if op.name in _BELL else _WIDE_POINTS
    inside = Interval(op.domain[0].low, op.domain[0].high, open=True)
    points = [
        (x,) for x in chain(sizes, (-x for x in sizes)) if x in inside and not (op.name == "floor" and x % 1 == 0)
    ]
    return [*points, *_EXTREMES.get(op.name, ())]


BUILT_IN = {name: op for name, op in TABLE.items() if op.partials.__module__ == "autograd.ops"}
"""The table without what users, and other tests, have declared."""


def plain(x: Any) -> Any:
    """Return the array of the numbers in `x`, with the data of each Value in its place."""
    return np.vectorize(lambda v: v.data if isinstance(v, Value) else v, otypes=[float])(np.asarray(x, dtype=object))
