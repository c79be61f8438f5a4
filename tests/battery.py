"""Seeded functions that are hard to differentiate by differences, with right and wrong claims of their derivatives.

They are made of what IEEE 754 rounds correctly (arithmetic, roots, single precision), never of the platform's library
of mathematics, so that every platform computes the same numbers to the last bit.
"""

from __future__ import annotations

import math
import random
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd import Op, Value
from autograd.checking.finite_differences import derivative
from autograd.checking.rule_groups import GroupedRules
from autograd.checking.rules import RuleHistory
from autograd.checking.sampling import FlatGraph
from autograd.checking.verdict import Difference, Finding

EACH = 60
"""How many functions of each class there are."""
VERDICTS = ("pass", "kink", "undecided", "fail")
KEPT = Path(__file__).parent / "data" / "verdicts.txt"
"""The table of verdicts as it was last looked at; `python tests/battery.py` writes it anew."""

Pair = tuple[float, float]
"""A value and the derivative there."""
Smooth = Callable[[float], Pair]
Function = Callable[[float], Any]
"""A function of floats: its value, or the value and a label of the smooth piece."""


class Trial(NamedTuple):
    """A function at a point, and numbers that are claimed to be its derivative.

    Attributes:
        f: gives the value, or the value and a label of the smooth piece.
        x: the point.
        right: the claims that are right, by name; at a kink all subgradients are.
        wrong: the claims that are wrong.
        open: claims that may be called either.
    """

    f: Function
    x: float
    right: dict[str, float]
    wrong: dict[str, float]
    open: dict[str, float] = {}  # noqa: RUF012  never changed


# --- exact arithmetic


def sine_and_cosine(x: float) -> Pair:
    """Return a sine and a cosine, by their series.

    Raises:
        ValueError: the argument is so large that a sine of it would be noise.
    """
    if not abs(x) < 2.0**30:
        raise ValueError("the argument is too large")
    x -= 2.0 * math.pi * math.floor(x / (2.0 * math.pi) + 0.5)
    sine = cosine = 0.0
    for k in range(24, -1, -1):
        sine = 1.0 - sine * x * x / ((2 * k + 2) * (2 * k + 3))
        cosine = 1.0 - cosine * x * x / ((2 * k + 1) * (2 * k + 2))
    return sine * x, cosine


def exponential(x: float) -> float:
    """Return e to the power of x, by the series of a small part of x."""
    y = 1.0
    for k in range(14, 0, -1):
        y = 1.0 + y * (x / 256.0) / k
    for _ in range(8):
        y *= y
    return y


def single(x: float) -> float:
    """Round to single precision."""
    return float(struct.unpack("<f", struct.pack("<f", x))[0])


def noise(x: float, seed: int) -> float:
    """Return a number between −1 and 1 that depends on every bit of x: a hash (splitmix64)."""
    bits = int.from_bytes(struct.pack("<d", x), "little") + seed * 0x9E3779B97F4A7C15
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        bits = ((bits ^ bits >> shift) * factor) % 2**64
    return bits / 2.0**63 - 1.0


def sized(draw: random.Random, low: float, high: float) -> float:
    """Draw a number of either sign, of a size between two powers of 2."""
    exponent = low + (high - low) * draw.random()
    return math.ldexp(draw.choice((-1.0, 1.0)) * (1.0 + draw.random()), math.floor(exponent))


# --- smooth functions with their derivatives


def smooth(draw: random.Random) -> Smooth:
    """Draw a composition of one to four smooth functions."""
    steps = [(draw.randrange(6), sized(draw, -1, 1)) for _ in range(1 + draw.randrange(4))]

    def composed(x: float) -> Pair:
        y, slope = x, 1.0
        for step, c in steps:
            if step == 0:
                y, slope = c * y + 1.0, c * slope
            elif step == 1:
                y, slope = y * y + c, 2.0 * y * slope
            elif step == 2:
                y, slope = c / (1.0 + y * y), -2.0 * c * y / (1.0 + y * y) ** 2 * slope
            elif step == 3:
                y, slope = math.sqrt(1.0 + y * y), y / math.sqrt(1.0 + y * y) * slope
            elif step == 4:
                (sine, cosine), frequency = sine_and_cosine(c * y), c
                y, slope = sine, frequency * cosine * slope
            else:
                y, slope = y * x, slope * x + y
        return y, slope

    return composed


def value_of(f: Smooth) -> Callable[[float], float]:
    """Return the value alone."""
    return lambda x: f(x)[0]


def joined(left: Function, right: Function, end: float, is_told: bool) -> Function:
    """Return one function up to `end` and another beyond, which tells of the pieces or does not."""

    def both(x: float) -> Any:
        y = right(x) if x > end else left(x)
        return (y, x > end) if is_told else y

    return both


# --- claims


def one_slope(f: Function, x: float, slope: float, is_stepped: bool = False) -> Trial:
    """Return a trial where there is a derivative; of a stepped function 0, its slope on each step, is left open."""
    factors = {"1.001 times": 1.001, "1.1 times": 1.1, "twice": 2.0, "negative": -1.0}
    wrong = {name: slope * factor for name, factor in factors.items()} if math.isfinite(slope) else {"finite": 1e9}
    wrong |= {"infinite": math.inf if math.isfinite(slope) else -slope, "nan": math.nan}
    zero = {"zero": 0.0}
    return Trial(f, x, {"right": slope}, wrong, zero) if is_stepped else Trial(f, x, {"right": slope}, wrong | zero)


def two_slopes(f: Function, x: float, left: float, right: float) -> Trial:
    """Return a trial where there are one-sided derivatives, which are far from equal."""
    gap = right - left
    valid = {"left": left, "right": right, "between": left + 0.3 * gap}
    return Trial(f, x, valid, {"below": left - 0.1 * gap, "above": right + 0.1 * gap, "nan": math.nan})


# --- the classes


def plain(draw: random.Random) -> Trial:
    f, x = smooth(draw), sized(draw, -3, 3)
    return one_slope(value_of(f), x, f(x)[1])


def far_off(draw: random.Random) -> Trial:
    f, x = smooth(draw), sized(draw, -30, 30)
    return one_slope(value_of(f), x, f(x)[1])


def steep(draw: random.Random) -> Trial:
    x, rate = sized(draw, -3, 1), sized(draw, 3, 6)
    if draw.random() < 0.5:
        return one_slope(lambda t: exponential(rate * t), x, rate * exponential(rate * x))
    pole = x * (1.0 + sized(draw, -20, -4))
    return one_slope(lambda t: 1.0 / (t - pole), x, -1.0 / ((x - pole) * (x - pole)))


def oscillating(draw: random.Random) -> Trial:
    f, x, rate, height = smooth(draw), sized(draw, -2, 2), sized(draw, 8, 26), sized(draw, -30, 0)
    return one_slope(
        lambda t: f(t)[0] + height * sine_and_cosine(rate * t)[0],
        x,
        f(x)[1] + height * rate * sine_and_cosine(rate * x)[1],
    )


def hidden(draw: random.Random) -> Trial:
    f, x, offset = smooth(draw), sized(draw, -2, 2), sized(draw, 15, 50)
    return one_slope(lambda t: offset + f(t)[0], x, f(x)[1])


def noisy(draw: random.Random) -> Trial:
    f, x, level, seed = smooth(draw), sized(draw, -3, 3), sized(draw, -46, -16), draw.randrange(10**6)
    return one_slope(lambda t: f(t)[0] * (1.0 + level * noise(t, seed)), x, f(x)[1])


def noisy_at_zeros(draw: random.Random) -> Trial:
    f, x, level, seed = smooth(draw), sized(draw, -3, 3), sized(draw, -40, -6), draw.randrange(10**6)
    return one_slope(lambda t: f(t)[0] + level * noise(t, seed), x, f(x)[1])


def single_precision(draw: random.Random) -> Trial:
    f, x = smooth(draw), sized(draw, -3, 3)
    return one_slope(lambda t: single(f(t)[0]), x, f(x)[1], is_stepped=True)


def single_argument(draw: random.Random) -> Trial:
    f, x = smooth(draw), single(sized(draw, -3, 3))
    return one_slope(lambda t: f(single(t))[0], x, f(x)[1], is_stepped=True)


def stairs(draw: random.Random) -> Trial:
    f, x, height = smooth(draw), sized(draw, -3, 3), abs(sized(draw, -44, -8))
    return one_slope(lambda t: height * math.floor(f(t)[0] / height), x, f(x)[1], is_stepped=True)


def kink(draw: random.Random, is_told: bool = False) -> Trial:
    f, x, bend = smooth(draw), sized(draw, -3, 3), sized(draw, -12, 3)
    beyond = lambda t: f(t)[0] + bend * (t - x)  # noqa: E731
    return two_slopes(joined(value_of(f), beyond, x, is_told), x, f(x)[1], f(x)[1] + bend)


def curved_kink(draw: random.Random, is_told: bool = False) -> Trial:
    """A kink whose sides are two parabolas."""
    x, left, right = sized(draw, -3, 3), sized(draw, -3, 3), sized(draw, -3, 3)
    bend_left, bend_right = sized(draw, -3, 3), sized(draw, -3, 3)
    f_left = lambda t: left * (t - x) + bend_left * (t - x) ** 2  # noqa: E731
    f_right = lambda t: right * (t - x) + bend_right * (t - x) ** 2  # noqa: E731
    return two_slopes(joined(f_left, f_right, x, is_told), x, left, right)


def half_flat_kink(draw: random.Random, is_told: bool = False) -> Trial:
    """A kink with a parabola on one side and a constant on the other."""
    x, slope, bend, height = sized(draw, -3, 3), sized(draw, -3, 3), sized(draw, -3, 3), sized(draw, -3, 3)
    beside = lambda t: height + slope * (t - x) + bend * (t - x) ** 2  # noqa: E731
    if draw.random() < 0.5:
        return two_slopes(joined(lambda t: height, beside, x, is_told), x, 0.0, slope)
    return two_slopes(joined(beside, lambda t: height, x, is_told), x, slope, 0.0)


def composed_kink(draw: random.Random, is_told: bool = False) -> Trial:
    """A kink between two smooth functions; the values on one side are those of a difference."""
    f, g, x = smooth(draw), smooth(draw), sized(draw, -3, 3)
    beyond = lambda t: g(t)[0] - g(x)[0] + f(x)[0]  # noqa: E731
    return two_slopes(joined(value_of(f), beyond, x, is_told), x, f(x)[1], g(x)[1])


def curvature_jump(draw: random.Random, is_told: bool = False) -> Trial:
    """A second derivative that jumps where the first is 0, as for a squared hinge; one side may be flat."""
    x, height = sized(draw, -3, 3), draw.choice((0.0, sized(draw, -3, 3)))
    left, right = draw.choice((0.0, sized(draw, -3, 3))), sized(draw, -3, 3)
    if draw.random() < 0.5:
        left, right = right, left
    f_left, f_right = lambda t: height + left * (t - x) ** 2, lambda t: height + right * (t - x) ** 2
    wrong = {"small": 1e-3 * (abs(left) + abs(right)), "negative": -1e-3, "infinite": math.inf, "nan": math.nan}
    return Trial(joined(f_left, f_right, x, is_told), x, {"right": 0.0}, wrong)


def sloped_curvature_jump(draw: random.Random) -> Trial:
    """A second derivative that jumps where the first is not 0."""
    f, x, bend = smooth(draw), sized(draw, -3, 3), sized(draw, -3, 3)
    return one_slope(joined(value_of(f), lambda t: f(t)[0] + bend * (t - x) ** 2, x, False), x, f(x)[1])


def kink_at_zero(draw: random.Random, is_told: bool = False) -> Trial:
    left, right = sized(draw, -30, 30), sized(draw, -30, 30)
    f = joined(lambda t: left * t, lambda t: right * t, 0.0, is_told)
    return two_slopes(f, 0.0, left, right)


def kink_nearby(draw: random.Random, is_told: bool = False) -> Trial:
    f, x, bend = smooth(draw), sized(draw, -3, 3), sized(draw, -6, 3)
    end = x * (1.0 + sized(draw, -44, -2))
    beyond = lambda t: f(t)[0] + bend * (t - end)  # noqa: E731
    return one_slope(joined(value_of(f), beyond, end, is_told), x, f(x)[1] + (bend if x > end else 0.0))


def noisy_kink(draw: random.Random, is_told: bool = True) -> Trial:
    """A kink with noise on one of its sides alone."""
    f, x, bend, seed = smooth(draw), sized(draw, -3, 3), sized(draw, -2, 3), draw.randrange(10**6)
    level = sized(draw, -40, -12)
    rough = lambda t: f(t)[0] + level * (noise(t, seed) - noise(x, seed))  # noqa: E731
    if draw.random() < 0.5:
        f_left, f_right = rough, lambda t: f(t)[0] + bend * (t - x)
    else:
        f_left, f_right = value_of(f), lambda t: rough(t) + bend * (t - x)
    return two_slopes(joined(f_left, f_right, x, is_told), x, f(x)[1], f(x)[1] + bend)


def large_kink(draw: random.Random, is_told: bool = True) -> Trial:
    """A kink where floats are far apart; one of its sides may change from one float to the next."""
    x, left, right, height = sized(draw, 41, 300), sized(draw, -3, 3), sized(draw, -3, 3), sized(draw, -2, 8)
    wild, spacing = draw.randrange(3), math.ulp(x)

    def line(slope: float, is_wild: bool) -> Function:
        sawtooth = lambda t: height * spacing * (t / (8.0 * spacing) % 2.0)  # noqa: E731
        return lambda t: slope * (t - x) + (sawtooth(t) - sawtooth(x) if is_wild else 0.0)

    return two_slopes(joined(line(left, wild == 1), line(right, wild == 2), x, is_told), x, left, right)


def jump(draw: random.Random, is_told: bool = False) -> Trial:
    f, x, height, bend = smooth(draw), sized(draw, -3, 3), sized(draw, -12, 3), sized(draw, -3, 3)
    beyond = lambda t: f(t)[0] + height + bend * (t - x)  # noqa: E731
    return two_slopes(joined(value_of(f), beyond, x, is_told), x, f(x)[1], f(x)[1] + bend)


def jump_nearby(draw: random.Random, is_told: bool = False) -> Trial:
    f, x, height = smooth(draw), sized(draw, -3, 3), sized(draw, -12, 3)
    end = x * (1.0 + sized(draw, -44, -2))
    return one_slope(joined(value_of(f), lambda t: f(t)[0] + height, end, is_told), x, f(x)[1])


def edge(draw: random.Random) -> Trial:
    """The end of a domain, at the point or near it."""
    f, x = smooth(draw), sized(draw, -3, 3)
    end = x + draw.choice((0.0, abs(sized(draw, -50, -1))))

    def inside(t: float) -> float:
        if t > end:
            raise ValueError("outside the domain")
        return f(t)[0]

    return one_slope(inside, x, f(x)[1])


def vertical(draw: random.Random) -> Trial:
    """A root at its end or near it: the derivative is infinite or large."""
    x, c = sized(draw, -3, 3), abs(sized(draw, -3, 3))
    distance = draw.choice((0.0, abs(sized(draw, -60, -1))))
    root = lambda t: c * math.sqrt((t - x) + distance)  # noqa: E731
    return one_slope(root, x, 0.5 * c / math.sqrt(distance) if distance else math.inf)


def flat(draw: random.Random) -> Trial:
    """A function that begins to change a little further off."""
    f, x = smooth(draw), sized(draw, -3, 3)
    end = x + abs(x) * abs(sized(draw, -30, 2))
    function = joined(lambda t: f(end)[0], lambda t: f(t)[0], end, draw.random() < 0.5)
    return Trial(function, x, {"right": 0.0}, {"slope beyond": f(end)[1], "small": 1e-3, "nan": math.nan})


def told(kind: Callable[..., Trial]) -> Callable[[random.Random], Trial]:
    """Return the same class of functions, which tell of the pieces."""
    return lambda draw: kind(draw, is_told=True)


KINDS: dict[str, Callable[[random.Random], Trial]] = {
    "smooth": plain,
    "smooth, small and large": far_off,
    "steep": steep,
    "oscillating": oscillating,
    "hidden by rounding": hidden,
    "noisy": noisy,
    "noisy at zeros": noisy_at_zeros,
    "single precision": single_precision,
    "single-precision argument": single_argument,
    "stairs": stairs,
    "kink": kink,
    "kink, told": told(kink),
    "kink at 0": kink_at_zero,
    "kink at 0, told": told(kink_at_zero),
    "kink, curved": curved_kink,
    "kink, curved, told": told(curved_kink),
    "kink, one side flat": half_flat_kink,
    "kink, one side flat, told": told(half_flat_kink),
    "kink, composed sides": composed_kink,
    "second derivative jumps": curvature_jump,
    "curvature jumps, told": told(curvature_jump),
    "curvature jumps, sloped": sloped_curvature_jump,
    "kink nearby": kink_nearby,
    "kink nearby, told": told(kink_nearby),
    "kink, noisy on one side": noisy_kink,
    "kink at a large point": large_kink,
    "jump": jump,
    "jump, told": told(jump),
    "jump nearby": jump_nearby,
    "jump nearby, told": told(jump_nearby),
    "edge": edge,
    "vertical": vertical,
    "flat": flat,
}


ADVICE = "Look at each change; if it is meant, keep it: python tests/battery.py"


def trials(kind: str, count: int) -> list[Trial]:
    """Draw trials of one class at which the function has a value and its derivatives tell claims apart."""
    draw, found = random.Random(kind), []
    while len(found) < count:
        try:
            trial = KINDS[kind](draw)
            trial.f(trial.x)
        except (ArithmeticError, ValueError):
            continue
        if is_suitable(trial):
            found.append(trial)
    return found


def is_suitable(trial: Trial) -> bool:
    """Return True if the right claims are numbers that differ from the wrong ones, and from each other, clearly."""
    slopes = list(trial.right.values())
    if any(map(math.isnan, slopes)):
        return False
    least = 1e-2 * max(map(abs, slopes))
    if len(slopes) > 1 and abs(slopes[0] - slopes[1]) < least:
        return False
    wrong = [claim for name, claim in trial.wrong.items() if name != "1.001 times" and math.isfinite(claim)]
    return all(abs(claim - slope) >= 0.1 * least and claim != slope for claim in wrong for slope in slopes)


# --- many functions as one operation


class Shape(NamedTuple):
    """A function at a point, with a claim of its derivative there, which may be wrong."""

    f: Callable[[float], float]
    x: float
    claim: float
    piece: Callable[[float], float] = lambda t: 0.0


def flat_nearby(draw: random.Random) -> Shape:
    """Draw a function that does not change nearby: its piece ends, or it changes further off on the same piece."""
    x = draw.choice((0.0, 2.0**-10, sized(draw, -12, -9), sized(draw, -3, 3), sized(draw, -3, 3)))
    size, height, beside = abs(x) or 1.0, draw.choice((0.0, 3.0)), draw.choice((5.0, 5.0, math.inf, None))
    ends = [draw.choice((size * abs(sized(draw, -3, 1)), size * abs(sized(draw, -7, 70)), math.inf)) for _ in range(2)]
    bump = size * abs(sized(draw, *draw.choice(((-6, -3), (-2, 1), (-2, 66)))))
    # A sliver of another piece where the pieces beside the point are sought.
    sliver = draw.choice((-1.0, 1.0)) * max(size, 2.0**-10) * 2.0**-40 if draw.random() < 0.3 else math.nan
    is_told, has_pieces_beyond = draw.random() < 0.8, draw.random() < 0.8

    def piece(t: float) -> float:
        if not has_pieces_beyond and abs(t - x) > 4.0 * min(ends):
            raise ValueError("no piece")
        is_inside = -ends[0] < t - x < ends[1] and not 0.5 < (t - x) / sliver < 1.5
        return float(is_inside) if is_told else 0.0

    def f(t: float) -> float:
        if not -ends[0] < t - x < ends[1]:
            if beside is None:
                raise ValueError("outside the domain")
            return beside
        return height + 1.0 if bump <= abs(t - x) < 1.9 * bump else height

    return Shape(f, x, 0.0, piece)


def shape(kind: str, draw: random.Random) -> Shape:
    """Draw a function in exact arithmetic that is hard to differentiate in one way or another."""
    if kind == "flat":
        return flat_nearby(draw)
    x, d = sized(draw, -3, 3), draw.random()
    a, b, c = (sized(draw, -3, 3) for _ in range(3))
    form = draw.randrange(4)
    if kind == "far":
        x = sized(draw, -30, 30) if d < 0.5 else sized(draw, 38, 42)
    elif kind == "level from afar":
        x, b, form = sized(draw, 357, 359), 0.0, 1
    elif kind == "offset":
        a = sized(draw, 0, 50)
    elif kind == "origin":
        x = draw.choice((0.0, 2.0**-10, -(2.0**-10), sized(draw, -12, -9)))
    elif kind == "limits":
        x = draw.choice((2.0**40, -(2.0**40), math.nextafter(2.0**40, 0.0), 2.0**-10, math.nextafter(2.0**-10, 0.0)))
    elif kind == "tiny":
        x, a, b, c = sized(draw, -20, 2), *(math.ldexp(y, draw.randrange(-1074, -1050)) for y in (a, b, c))

    def slope(t: float) -> float:
        return (
            b + c * (2.0 * t, -2.0 * t / (1.0 + t * t) / (1.0 + t * t), t / math.sqrt(1.0 + t * t), 3.0 * t * t)[form]
        )

    if kind == "level":
        b -= slope(x) * (1.0 + sized(draw, -40, 0))

    def f(t: float) -> float:
        return a + b * t + c * (t * t, 1.0 / (1.0 + t * t), math.sqrt(1.0 + t * t), t * t * t)[form]

    size, end, seed = sized(draw, -44, 0), x * (1.0 + sized(draw, -24, 2)), draw.randrange(10**6)

    def beyond(t: float) -> float:
        if t > abs(x) + abs(end):
            raise ValueError("outside the domain")
        return f(t)

    functions: dict[str, tuple[Callable[[float], float], float]] = {
        "kink": (lambda t: f(t) + size * abs(t - x), slope(x)),
        "bend": (lambda t: f(t) + (size * (t - x) * (t - x) if t > x else 0.0), slope(x)),
        "kink nearby": (lambda t: f(t) + size * max(t - end, 0.0), slope(x) + size * (x > end)),
        "end": (beyond, slope(x)),
        "pole": (lambda t: c / (t - end), -c / ((x - end) * (x - end)) if x != end else 0.0),
        "two scales": (lambda t: a + (c * (t - x) * (t - x) if abs(t - x) > 0.02 * abs(x) else b * (t - x)), b),
        "noise": (lambda t: f(t) + size * 2.0**-20 * noise(t, seed), slope(x)),
        "line": (lambda t: a + b * t, b),
        "nearly a line": (lambda t: a + b * t + c * size * t * t, b + 2.0 * c * size * x),
    }
    function, claim = functions.get(kind, (f, slope(x)))
    if kind == "jump at 0":
        x = sized(draw, -1073, -1060)
        function, claim = (lambda t: a if t > 0.0 else 0.0), draw.choice((0.0, 1e300))
    e = draw.random()
    claim = math.inf if e < 0.02 else 0.0 if e < 0.04 else claim * (1.0 + sized(draw, -50, -10)) if e < 0.3 else claim
    if kind in ("told", "line") and d < 0.7:
        return Shape(function, x, claim, lambda t: float(t > end) + 2.0 * (t < 2.0 * x - end - size))
    return Shape(function, x, claim)


SHAPES = (
    *("plain", "far", "offset", "origin", "limits", "tiny", "level", "kink", "bend", "kink nearby", "end", "pole"),
    *("level from afar", "two scales", "noise", "line", "nearly a line", "flat", "told", "jump at 0"),
)


def applied(kind: str, seed: int, count: int) -> list[Value]:
    """Apply an operation that is another hard function for each of its second operands."""
    draw = random.Random(f"{kind} {seed}")
    shapes: list[Shape] = []
    while len(shapes) < count:
        candidate = shape(kind, draw)
        try:
            z = candidate.f(candidate.x)
        except (ArithmeticError, ValueError):
            continue
        if math.isfinite(z):
            shapes.append(candidate)
    op = Op(
        kind,
        lambda x, k: shapes[int(k)].f(x),
        lambda x, k, z: (shapes[int(k)].claim, 0.0),
        2,
        branch=lambda x, k: shapes[int(k)].piece(x),
    )
    return [op(Value(candidate.x), float(k)) for k, candidate in enumerate(shapes)]


def facts(finding: Finding) -> list[Any]:
    """Return all that a finding says, so that nan equals nan, 0.0 differs from −0.0, and 1 from 1.0."""
    difference = [repr(getattr(finding.difference, field.name)) for field in fields(Difference)]
    rest = [field.name for field in fields(Finding) if field.name not in ("node", "difference")]
    return [id(finding.node), *difference, *(repr(getattr(finding, name)) for name in rest)]


def decided(graph: FlatGraph) -> dict[int, list[Any]]:
    """Return what groups say of the applications that they decide, by position, if each flat one was examined."""
    with np.errstate(all="ignore"):
        groups = GroupedRules(graph, 1e-9)
        left = groups.remaining(RuleHistory(flat={(kind, 0) for kind in SHAPES}))
        findings = groups.findings({i: [] for i in left})
    return {x.position - 1: facts(x)[1:] for x in findings}


# --- verdicts


def verdicts(count: int) -> dict[tuple[str, str], Counter[str]]:
    """Count the verdicts of the checker on so many trials of each class, by class and claim."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for kind in KINDS:
        for trial in trials(kind, count):
            found = derivative(trial.f, trial.x, expected=next(iter(trial.right.values())))
            for name, claim in (trial.right | trial.open | trial.wrong).items():
                counts.setdefault((kind, name), Counter())[found.verdict(claim)] += 1
    return counts


def table(counts: dict[tuple[str, str], Counter[str]]) -> str:
    """Return the counts as a table, one line for each class and claim."""
    rows = [("class of function", "claim", *VERDICTS)]
    rows += [(*key, *(str(seen[verdict]) for verdict in VERDICTS)) for key, seen in counts.items()]
    return "".join(f"{kind:26}{claim:14}{a:>9}{b:>9}{c:>11}{d:>9}\n" for kind, claim, a, b, c, d in rows)


if __name__ == "__main__":
    KEPT.write_text(table(verdicts(EACH)), encoding="utf-8")
