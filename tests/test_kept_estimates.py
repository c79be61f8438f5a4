"""Decisions and numbers of single steps of the checker, on grids with values on both sides of each limit and on it.

Each case calls one step of an estimate many times with numbers whose sums and products are exact, so that equality at a
limit occurs as well, and is kept as a checksum. The steps that come before are replaced, where they would have to be
brought to a limit by the choice of a function. A change is to be looked at: `CASES[name]()` returns the lines. If it is
meant, keep it: python tests/test_kept_estimates.py
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pytest
from battery import noise
from effort import IS_WITH_ALL_KEPT_NUMBERS
from kept import DATA, Case, checksum, read, rewrite

from autograd.checking import finite_differences, products
from autograd.checking import jacobian as jacobian_module
from autograd.checking.finite_differences import (
    _has_converged,
    _is_hidden,
    _splits,
    _steepens,
    _StepSequence,
    derivative,
)
from autograd.checking.function import (
    AnalyticJacobian,
    FunctionAtPoint,
    Output,
    RecordedFunction,
    departure_from_graph,
    find_escaped_values,
    find_nondeterminism,
)
from autograd.checking.jacobian import (
    Directions,
    JacobianCheck,
    Options,
    early_difference,
    settle_negligible_entries,
    sizes_beside_others,
)
from autograd.checking.noisy_functions import (
    NoiseLevel,
    NoiseTables,
    NoisySteps,
    _bends,
    _odd_fits,
    _without_roughness,
)
from autograd.checking.products import Product, is_nonlinear
from autograd.checking.sampling import (
    FIRST_STEP,
    NO_ESTIMATE,
    Estimate,
    FiniteDifference,
    Neighbourhood,
    StepDifferences,
    Tableau,
    noise_levels,
)
from autograd.checking.verdict import Difference, Finding
from autograd.value import topological_order

KEPT = DATA / "estimates.txt"


# --- numbers


def quarters(draw: random.Random, limit: int = 8) -> float:
    """Draw a multiple of a quarter."""
    return draw.randrange(-limit, limit + 1) / 4.0


def power(draw: random.Random, low: int, high: int) -> float:
    """Draw a power of 2, or 0."""
    return draw.choice((0.0, *(2.0**k for k in range(low, high))))


def row(draw: random.Random, step: float = 0.0) -> FiniteDifference:
    slope = quarters(draw)
    return FiniteDifference(
        step or 2.0 ** -draw.randrange(6), slope, power(draw, -6, 0), max(abs(slope), power(draw, -1, 3))
    )


def estimate(draw: random.Random) -> Estimate:
    return Estimate(quarters(draw), power(draw, -6, 2), row(draw))


def written(numbers: Any) -> str:
    """Return numbers with seven digits, because versions of Python do not sum alike to the last bit."""
    if numbers is None or isinstance(numbers, (bool, str, int)):
        return str(numbers)
    if isinstance(numbers, float):
        return f"{numbers + 0.0:.7g}"
    if isinstance(numbers, dict):
        return " ".join(f"{key}:{written(x)}" for key, x in numbers.items())
    return f"({' '.join(map(written, numbers))})"


def repeated(count: int, line: Callable[[random.Random], Any]) -> Case:
    """Return the case of so many lines, each from numbers of its own."""
    return lambda: [written(line(random.Random(seed))) for seed in range(count)]


# --- samples and finite differences


class Sampled:
    """A function of few values that depend on the point at random, with the points at which it was called.

    Args:
        draw: the random numbers.
        values: the values; None for a point without a value.
        flat: the distance up to which the value is the first one.
        pieces: the number of pieces; 0 for a function without labels.
    """

    def __init__(self, draw: random.Random, values: Sequence[float | None], flat: float = 0.0, pieces: int = 0) -> None:
        self.draw, self.values, self.flat, self.pieces = draw, values, flat, pieces
        self.numbers: dict[float, Any] = {}

    def __call__(self, x: float) -> Any:
        if x not in self.numbers:
            value = self.values[0] if abs(x) <= self.flat else self.draw.choice(self.values)
            piece = int(x > 0.0) if self.pieces == 2 else 0
            self.numbers[x] = value if not self.pieces else (value, piece)
        result = self.numbers[x]
        if result is None or (self.pieces and result[0] is None):
            raise ValueError("no value here")
        return result

    @property
    def points(self) -> list[float]:
        return list(self.numbers)


def neighbourhood(draw: random.Random) -> tuple[Neighbourhood, Sampled]:
    values: list[float | None] = [draw.choice((0.0, 1.0, -4.0)), 0.5, 1.0, -2.0, -4.0, 8.0][: draw.randrange(1, 7)]
    if draw.random() < 0.2:
        values.append(None)
    f = Sampled(draw, values, draw.choice((0.0, 0.0, 2.0**-30, 2.0**-16, 2.0**-8)), draw.choice((0, 0, 1, 2, 2)))
    unit = draw.choice((0.0, 0.0, 2.0**-24, 2.0**-11))
    return Neighbourhood(f, 0.0, draw.choice((1.0, 2.0, 8.0)), power(draw, -30, 0), unit, power(draw, -2, 5)), f


def of_neighbourhood(draw: random.Random) -> Any:
    """Differences with several steps, and all that is known of the function afterwards."""
    around, f = neighbourhood(draw)
    lines: list[Any] = []
    for _ in range(draw.randrange(1, 4)):
        differences = around.differences(2.0 ** -draw.randrange(12))
        lines += [differences, differences.first, differences.split(), differences.split(0.125)]
    sides = [(around.is_open(s), around.ends_near(s), around.piece_beside(s) == 1) for s in (+1, -1)]
    lines += [sides, around.is_finite, around.has_moved, around.greatest, around.has_gaps, around.is_kink, around.jumps]
    distance = 2.0 ** -draw.randrange(12)
    lines.append(around.piece is not None)
    lines += [around.range_within(distance), around.greatest_within(distance), around.value, around.rounding]
    around.is_kink = not around.is_kink
    around.differences(2.0**-7), around.differences(2.0**-3)
    return [*lines, around.farthest, around.evaluations, f.points, around.is_kink]


def of_measured_noise(draw: random.Random) -> Any:
    around, f = neighbourhood(draw)
    size = draw.choice((power(draw, -4, 8), 1e9))
    lines = [around.measured_noise(size), *map(around.measured_noise_of_side, (+1, -1, +1))]
    limit = 1e-6 * max(abs(around.value), size)
    limits = [around.may_be_rounding(x, size) for x in (limit, 1.001 * limit)] if limit == limit else []
    return [lines, limits, around.evaluations, f.points]


def of_noise_near_limit(draw: random.Random) -> Any:
    """Measured noise on both sides of the largest that may be rounding."""
    height, level = draw.choice((1.0, 64.0)), 2.0 ** -draw.randrange(14, 32)
    around = Neighbourhood(lambda x: height + level * draw.randrange(-8, 9) / 8.0, 0.0, draw.choice((0.5, 4.0)))
    return around.measured_noise(draw.choice((0.0, 16.0, 1024.0)))


def of_jump(draw: random.Random) -> Any:
    """A change over the first step beside the point, with that over the second one and with noise."""
    value, noise, unit = quarters(draw), power(draw, -4, 0), draw.choice((0.0, 2.0**-8, 2.0**-11))
    second = power(draw, -4, 1)
    limit = 4.0 * second + 4.0 * max(2.0 * noise, 2.0 * max(2.0**-52, unit) * abs(value))
    first = draw.choice((limit, math.nextafter(limit, 9.0), 1.05 * limit, 1.2 * limit, 0.9 * limit, 2.0 * limit))
    side, probe = draw.choice((-1, 1)), 2.0**-40
    both = draw.random() < 0.3

    def f(x: float) -> Any:
        if x == 0.0 or (x * side < 0.0 and not both):
            return value, 0
        near = value + first if abs(x) < 1.5 * probe else value + first + second
        return (near if abs(x) <= 2.5 * probe else value + first + x), 1

    around = Neighbourhood(f, 0.0, 1.0, noise, unit)
    return [around.differences(0.5), around.is_kink, around.jumps, around.evaluations]


def of_unusual_values(draw: random.Random) -> Any:
    """Values of other types, complex ones and errors, at the point and beside it, and defaults."""
    values: list[Any] = [1.0, 2, np.float32(0.5), np.float16(2.0), 1j, math.nan, np.float64(4.0), True]
    errors = [ZeroDivisionError, ValueError, LookupError, RuntimeError, AssertionError, TypeError]
    x = draw.choice((0.0, 3.0, 2.0**40))
    numbers = {x + 2.0**-k if k else x: draw.choice([*values, *errors]) for k in range(4)}

    def f(t: float) -> Any:
        if isinstance(numbers.get(t), type):
            raise numbers[t]
        return numbers.get(t, 1.0)

    lines: list[Any] = []
    try:
        around = Neighbourhood(f, x, 1.0)
        lines += [around.sample(offset) for offset in (0.0, 1.0, 0.5, 0.25, 0.125, 0.0)]
        lines += [around.is_finite, around.noise, around.unit, around.reach, around.evaluations]
        lines += [around.ends_near(+1), around.measured_noise(1e9)]
    except Exception as error:
        lines.append(type(error).__name__)
    return lines


def of_end_nearby(draw: random.Random) -> Any:
    """The end of a domain, from the next float on to further ones."""
    x = draw.choice((1.0, -3.0, 2.0**40))
    end = x + math.ulp(x) * draw.choice((0.0, 0.5, 1.0, 2.0))

    def f(t: float) -> float:
        if t > end:
            raise ValueError
        return t

    around = Neighbourhood(f, x, 1.0)
    return [around.differences(0.5), [(around.is_open(side), around.ends_near(side)) for side in (+1, -1)]]


def samples() -> dict[str, Case]:
    return {
        "unusual values": repeated(80, of_unusual_values),
        "end of a domain nearby": repeated(12, of_end_nearby),
        "gap between one-sided differences": repeated(
            100, lambda draw: StepDifferences(None, row(draw, 0.5), row(draw, 0.5)).split(power(draw, -4, 1))
        ),
        "differences of few values": repeated(120, of_neighbourhood),
        "noise of few values": repeated(60, of_measured_noise),
        "noise near its limit": repeated(60, of_noise_near_limit),
        "jump beside the point": repeated(200, of_jump),
        "levels of noise": repeated(20, lambda draw: noise_levels([quarters(draw) for _ in range(draw.randrange(9))])),
    }


# --- extrapolation


def of_agreement(draw: random.Random) -> Any:
    """Slopes just within the slack, on its limit, and beyond."""
    coarse, finer, noise, order = estimate(draw), row(draw), power(draw, -5, 0), draw.choice((1, 2))
    ratio = (finer.step / coarse.row.step) ** order
    truncation = (coarse.row.slope - coarse.slope) * ratio
    slack = 4.0 * coarse.error + 2.0 * finer.noise + 2.0 * noise / finer.step
    slack += (2.0 if order == 1 else 0.25) * abs(truncation)
    middle = coarse.slope + (truncation if order == 2 else 0.0)
    claims = [middle + sign * (slack + off) for sign in (-1.0, 1.0) for off in (-(2.0**-20), 0.0, 2.0**-20)]
    defaults = coarse.agrees(finer), coarse.agrees(finer, noise), coarse.agrees(finer, noise, order)
    return [defaults, *(coarse.agrees(finer._replace(slope=x), noise, order) for x in claims)]


def of_tableau(draw: random.Random) -> Any:
    """Slopes that converge, with errors of all orders, noise and equal entries."""
    table, first = Tableau(draw.choice((2.0, 4.0))), 2.0 ** draw.randrange(3)
    terms = [quarters(draw, 4) for _ in range(draw.randrange(1, 5))]
    level = draw.choice((0.0, 0.0, 2.0**-20, 2.0**-10, 2.0**-6))
    for k in range(draw.randrange(13)):
        step = first * 2.0**-k
        slope = sum(c * step**n for n, c in enumerate(terms)) + level * draw.randrange(-4, 5) / step
        table = table.extended(FiniteDifference(step, slope, draw.choice((0.0, level / step)), abs(slope) + 0.5))
        if draw.random() < 0.05:
            table = table.extended(None)
        if draw.random() < 0.3:
            table.best  # noqa: B018  entries are computed when they are asked for
    noise = draw.choice((0.0, level, 4.0 * level, 2.0**-4))
    settled = [table.settled(), table.settled(noise), table.settled(noise, 0.5, 2), table.settled(noise, 4.0)]
    return [table.best, *settled, len(table.rows), table.extended(None) is table]


def of_gap_to_finer(draw: random.Random) -> Any:
    coarse, entries = estimate(draw), [estimate(draw) for _ in range(4)]
    entries += [entries[0]._replace(error=20.0 * coarse.error), entries[1]._replace(error=20.5 * coarse.error)]
    return Tableau._gap_to_finer(coarse, entries)


def extrapolation() -> dict[str, Case]:
    return {
        "agreement with smaller steps": repeated(300, of_agreement),
        "extrapolation": repeated(120, of_tableau),
        "gap to smaller steps": repeated(150, of_gap_to_finer),
        "wider estimates": repeated(
            30, lambda draw: [(x := estimate(draw)).widened(power(draw, -3, 2)), x.widened(0.25, 0.5)]
        ),
    }


# --- functions with noise


def level(draw: random.Random) -> NoiseLevel:
    return NoiseLevel(power(draw, -4, 2), 2.0 ** -draw.randrange(0, 12, 2), quarters(draw))


def of_roughness(draw: random.Random) -> Any:
    """Levels whose growth and whose slopes are on their limits, or just beyond."""
    finer, growth = NoiseLevel(power(draw, -3, 1), 0.25, quarters(draw)), draw.choice((0.7, 3.0, 1.0))
    growth = draw.choice((growth, math.nextafter(growth, 9.0), math.nextafter(growth, 0.0)))
    change = draw.choice((8.0, math.nextafter(8.0, 9.0), 8.5, -9.0, -7.0)) * finer.deviation / finer.spacing
    coarse = NoiseLevel(growth * finer.deviation * draw.choice((1.0, 4.0)), 0.25 * 4.0, finer.slope + change)
    without_noise = coarse.is_rough_beside(NoiseLevel(0.0, 0.25, finer.slope + 1.0))
    return coarse.is_rough_beside(finer), coarse._replace(spacing=0.25).is_rough_beside(finer), without_noise


def of_roughness_of_tables(draw: random.Random) -> Any:
    """Levels that grow with the spacing as those of a rough function, in runs of several lengths."""
    tables: list[dict[int, NoiseLevel]] = []
    slope = {+1: 1.0, -1: 1.0}
    for k in range(draw.randrange(1, 9)):
        table = {}
        for side in (+1, -1):
            slope[side] += draw.choice((16.0, 24.0, 40.0, 8.0, -16.0, 0.0)) * draw.choice((1.0, 1.0, 0.25))
            growth = draw.choice((4.0, 4.0, 4.0, 4.0, 32.0))
            if draw.random() < 0.9:
                table[side] = NoiseLevel(growth**k, 4.0**k, slope[side])
        tables.append(table)
    changes = [_without_roughness(tables, side) for side in (+1, -1)]
    return changes, [[side, *table[side]] for table in tables for side in table]


def of_bends(draw: random.Random) -> Any:
    slopes, spacings = [quarters(draw, 3) for _ in range(3)], [4.0**k for k in (0, 1, draw.randrange(2, 4))]
    return _bends([NoiseLevel(1.0, s, y) for s, y in zip(spacings, slopes, strict=True)]), _bends([level(draw)] * 2)


def noisy_tables(draw: random.Random) -> tuple[NoiseTables, Sampled]:
    around, f = neighbourhood(draw)
    return NoiseTables(around), f


def of_sides(draw: random.Random) -> Any:
    """The noise of both sides and that at the next larger spacing, on the limits of their ratios."""
    f = (lambda x: (1.0, 0)) if draw.random() < 0.2 else (lambda x: 1.0)
    tables, x = NoiseTables(Neighbourhood(f, 0.0, 1.0)), power(draw, -2, 3)
    ratios = (0.125, 0.12, 2.0, 2.1, 8.0, 8.1, 1.0, 0.0)
    sides = [{+1: x}, {-1: x}, {+1: x, -1: x * draw.choice(ratios)}, {}, {-1: x, +1: x * draw.choice(ratios)}]
    coarser = [{}, {+1: x * draw.choice(ratios)}, {-1: x * draw.choice(ratios)}, {+1: 8.0 * x, -1: 2.0 * x}]
    return [tables._noise_of_sides(a, b) for a, b in product(sides, coarser)]


def of_level(draw: random.Random) -> Any:
    """Tables of few values, some of them flat, with gaps or with another piece."""
    tables, f = noisy_tables(draw)
    if draw.random() < 0.7:
        tables.around.differences(0.5)
    return [[tables._level_of_noise(s, 2.0**-k) for s, k in product((1, -1), (0, 9, 15, 31))], f.points]


def of_smooth_level(draw: random.Random) -> Any:
    """Tables of polynomials with some noise: the levels of three orders decide if it is noise."""
    c, size = quarters(draw) or 1.0, draw.choice((1.0, 0.125, 2.0**-6, 2.0**-9))
    degree, seed = draw.randrange(2, 7), draw.randrange(99)
    around = Neighbourhood(lambda x: c * x**degree + size * noise(x, seed), 0.0, 1.0)
    return [NoiseTables(around)._level_of_noise(*table) for table in ((1, 0.125), (-1, 0.5), (1, 1.0))]


def of_resolution(draw: random.Random) -> Any:
    """Functions with noise, steps, kinks and rough sides: the noise, and where they were sampled."""
    height, seed, scale = 2.0 ** -draw.randrange(4, 44), draw.randrange(99), draw.choice((1.0, 4.0))
    edge, rough = draw.choice((2.0**-20, 2.0**-5, 0.125, 0.5)), lambda x: x * math.sqrt(math.sqrt(abs(x))) * 8.0
    functions: list[Callable[[float], Any]] = [
        lambda x: x + height * noise(x, seed),
        lambda x: height * math.floor((x + 0.375 * height) / height),
        lambda x: x + (height * noise(x, seed) if x > 0.0 else 0.0),
        lambda x: (x + height * noise(x, seed), 0),
        rough,
        lambda x: rough(x) if x > 0.0 else x,
        lambda x: rough(x) if x < 0.0 else x,
        lambda x: height * noise(x, 1) if abs(x) > edge else 0.0,
        lambda x: noise(x, 1) if abs(x) > edge else 0.0,
        lambda x: abs(x - height),
        lambda x: x * x * x,
    ]
    points: list[float] = []
    f = functions[draw.randrange(11)]
    tables = NoiseTables(Neighbourhood(lambda x: points.append(x) or f(x), 0.0, scale))
    return [
        tables.finest_noise,
        tables.change_of_slope,
        tables.resolution(),
        tables.finest_noise,
        tables.change_of_slope,
        points,
    ]


def of_stair(draw: random.Random) -> Any:
    """The first jump off a line and the slope across it: stairs, ramps, gaps, and a tolerance on the limit."""
    width, height, scale = 2.0 ** -draw.randrange(-8, 24), quarters(draw) or 1.0, draw.choice((1.0, 4.0))
    slope, tolerance, shift = (
        draw.choice((0.0, 1.0, -0.5)),
        draw.choice((0.0, 0.25, 1.0)),
        quarters(draw, 3) * width / 4,
    )
    functions: list[Callable[[float], Any]] = [
        lambda x: height * math.floor((x + shift) / width),
        lambda x: height * math.floor((x + shift) / width) + slope * x,
        lambda x: height * (x + shift > width),
        lambda x: height * (abs(x) > width) * (1.0 if abs(x) < 3.0 * width else 2.5),
        lambda x: max(x - width, 0.0) * height,
        lambda x: (height * (x > width), int(x > 4.0 * width)),
        lambda x: math.nan if x > width else 1.0,
        lambda x: 0.0 if abs(x) <= width else height * (1.0 + (2.0**-5 + 2.0**-6) * (abs(x) > 1.25 * width)),
        lambda x: slope * x,
    ]
    points: list[float] = []
    f = functions[draw.randrange(9)]
    tables = NoiseTables(Neighbourhood(lambda x: points.append(x) or f(x), 0.0, scale))
    lines: list[Any] = [tables.jump_heights(), tables.slope_across_steps(), tables.jump_heights(slope, tolerance)]
    lines += [tables._jump(side, start=0.75 * width) for side in (+1, -1)]
    lines.append(tables._jump(-1, slope, tolerance, 0.75 * width))
    return [*lines, tables._jump(+1), points]


def of_share_of_jump(draw: random.Random) -> Any:
    """A jump that is this share of the change over the step in which it is, or a little less."""
    rise, end = draw.choice((-64.0, 64.0, 32.0)), 2.0**-20
    jump = abs(rise) * 2.0**-6 * draw.choice((1.0, 1.0 + 2.0**-20, 1.5, 2.0, 0.5))

    def f(x: float) -> float:
        # Flat up to the end, a jump, and the rest of the rise as a ramp to the next sample.
        return 0.0 if abs(x) <= end * 1.25 else math.copysign(jump if abs(x) < end * 1.251 else abs(rise), rise)

    return NoiseTables(Neighbourhood(f, 0.0, 1.0)).jump_heights()


def of_odd_fits(draw: random.Random) -> Any:
    width, count = draw.choice((0.5, 4.0)), draw.randrange(8, 12)
    distances = np.array([width * (i + 0.5) / count for i in range(count)])
    distances[-1] = math.nextafter(width, math.inf)
    values = sum(quarters(draw) * distances**n for n in (1, 3, 5)) + np.array([noise(x, 1) for x in distances.tolist()])
    return [(fit.slope, fit.sensitivity, fit.residual) for fit in _odd_fits(distances, values, width)]


def noisy_steps(draw: random.Random) -> tuple[NoisySteps, list[float], bool]:
    """Return the steps of a polynomial, the points at which it will be sampled, and if it has noise above rounding."""
    c, seed = quarters(draw), draw.randrange(99)
    height = draw.choice((2.0 ** -draw.randrange(6, 30), 2.0 ** -draw.randrange(6, 30), 2.0**-52, 0.0))
    scale, value, kind = draw.choice((1.0, 4.0)), draw.choice((0.0, 0.0, 64.0)), draw.randrange(8)
    edge, steep = draw.choice((0.0, 2.0 ** -draw.randrange(0, 12))), draw.choice((1.0, 1.0, 2.0**-8))
    points: list[float] = []

    def f(x: float) -> Any:
        points.append(x)
        if kind == 6:
            return 0.125 * x
        y = value + steep * x + c * x * x * x + height * noise(x, seed)
        if kind == 0 and abs(x) > edge:
            raise ValueError
        if (kind == 1 and x > edge) or (kind == 7 and x < -edge):
            raise ValueError
        return (y, int(x > 0.0)) if kind == 2 else y + abs(x) if kind == 3 else 0.0 if kind == 4 and abs(x) < 4.0 else y

    known = draw.choice((0.0, 0.0, 2.0 * height))
    around = Neighbourhood(f, 0.0, scale, known, draw.choice((0.0, 0.0, 0.0, 2.0**-24, 2.0**-11)))
    chosen = draw.choice((known or 2.0 * height, 2.0 * height, 0.0))
    if kind == 6:
        chosen = 0.125 * FIRST_STEP * scale * 2.0**-3
    return NoisySteps(NoiseTables(around), chosen), points, height > 2.0**-31 and kind != 6


def of_noisy_steps(draw: random.Random) -> Any:
    """Each number of the steps: rows, their noise, estimates of both sides, fits and the words for noise."""
    steps, points, is_noisy = noisy_steps(draw)
    rows = [[x and x[:4] for x in steps._row(k)] for k in (-4, 0, 3, 3)]
    entry, width = estimate(draw), 2.0 ** -draw.randrange(-4, 6)
    steps.tables.finest_noise = draw.choice((0.0, 2.0**-50))
    samples = steps._half_differences(width)
    lines: list[Any] = [rows, steps._settled(draw.randrange(-6, 3)), steps._sides(), steps._fine_estimate()]
    lines += [samples and [list(map(float, x[::6])) for x in samples], steps._is_noise_known]
    # Without noise, a fit leaves rounding errors of the libraries for linear algebra.
    fits = [*steps._fits(width), steps._fitted(entry)] if is_noisy else []
    lines.append([[f"{fit.slope:.5g} {fit.error:.3g}", fit.row] for fit in fits])
    level_entry = entry._replace(row=entry.row._replace(swing=0.0))
    lines += [[steps._relative_noise(x), steps._swing(x), steps._with_floor(x)] for x in (entry, level_entry)]
    lines += [steps._swing(NO_ESTIMATE), steps._settled(0)]
    lines += [steps._may_improve(entry), steps._precision(power(draw, -28, -18))]
    return [*lines, len(points), points[::7]]


def of_settled(draw: random.Random) -> Any:
    """The best of all step sizes for a polynomial, where noise competes with truncation error on one side or both."""
    coefficients, side = (
        [quarters(draw) * 2.0 ** -draw.randrange(0, 12, 4) for _ in range(4)],
        draw.choice((0, 0, 1, -1)),
    )
    level, seed = 2.0 ** -draw.randrange(16, 44), draw.randrange(99)

    def f(x: float) -> float:
        if x * side > 0.0:
            raise ValueError
        y = 0.0
        for c in coefficients:
            y = (y + c) * x
        return y + level * noise(x, seed)

    steps = NoisySteps(NoiseTables(Neighbourhood(f, 0.0, draw.choice((1.0, 4.0)))), 2.0 * level)
    return [steps._settled(draw.choice((-4, 0))), steps._sides()]


def of_noisy_derivative(draw: random.Random) -> Any:
    """The choice among estimates with several step sizes, of fits, and of two slopes."""
    steps, _, _ = noisy_steps(draw)
    steps.noise = draw.choice((steps.noise, 2.0**-6, 0.02 * 2.0**-5, 0.0))
    asked: list[Any] = []
    errors = [draw.choice((1.0, 0.7, 0.6, 0.02, 0.021, 0.0198, 1e-9, 1e-10, math.inf)) for _ in range(5)]
    if draw.random() < 0.4:
        first = draw.choice((16.0, 4.0, 0.1))
        errors = [first * 0.5**k for k in range(5)]
    if draw.random() < 0.3:
        # On the limits of an accurate estimate and of a large error.
        errors[0] = 2.0 * draw.choice((1e-9, 16.0 * 2.0**-30, 16.5 * 2.0**-30, 0.02))
        errors[1] = draw.choice((math.inf, 3.0 * 0.02))
    noises = iter([draw.choice((0.0, 0.0, 2.0**-30)) for _ in range(99)])

    def settled(first: int) -> Estimate:
        asked.append(first)
        error = errors[len(asked) - 1]
        if error == math.inf:
            return NO_ESTIMATE
        x = row(draw)
        # Sometimes on the limit of what noise explains.
        error = draw.choice((error, error, error, 16.0 * steps.noise / x.step, 16.5 * steps.noise / x.step))
        return Estimate(1.0 + len(asked), error, x)

    after, before = estimate(draw), estimate(draw)
    if draw.random() < 0.7:
        error = power(draw, -10, -2)
        gap = draw.choice((80.0, 80.1, 20.0, 20.1, 10.0, 100.0)) * error
        if draw.random() < 0.2:
            after, gap, error = after._replace(slope=1.0), 0.02, 2.0**-30
        after, before = after._replace(error=error), after._replace(slope=after.slope - gap, error=error)
    stubs: dict[str, Any] = {
        "_settled": settled,
        "_relative_noise": lambda entry: next(noises),
        "_may_improve": lambda best: draw.random() < 0.5,
        "_fitted": lambda best: best._replace(slope=-1.0, error=draw.choice((0.5, 2.0)) * best.error),
        "_sides": lambda: (after, before),
        "_noted": lambda entry, difference: (entry, difference),
        "_swing": lambda entry: 4.0,
    }
    vars(steps).update(stubs)
    steps.around.is_kink = draw.random() < 0.2
    entry, difference = steps.derivative()
    return [asked, entry, *of_difference(difference)]


def of_may_improve(draw: random.Random) -> Any:
    """A coarse estimate, on the limits of its error, its noise and the size of the point."""
    x = draw.choice((1.0, 2.0**40, -(2.0**40), math.nextafter(2.0**40, 0.0)))
    steps = NoisySteps(NoiseTables(Neighbourhood(lambda t: 1.0, x, 1.0)), 1.0)
    error = draw.choice((0.01 / 20.0, 0.0101 / 20.0, 0.009 / 20.0, 1.0))
    limit = 2.0**-36
    steps._relative_noise = lambda entry: draw.choice((limit, 1.01 * limit))  # type: ignore[method-assign]
    steps.around.is_kink = draw.random() < 0.1
    return steps._may_improve(Estimate(draw.choice((1.0, -1.0)), error, row(draw)))


def of_noted(draw: random.Random) -> Any:
    """A derivative with its noise in words, beside the slope of small steps."""
    relative = draw.choice(
        (2.0**-36, 1.01 * 2.0**-36, 2.0**-26, 1.01 * 2.0**-26, 2.0**-20, 2.0**-20 * 0.99, 1e-4, 9e-5)
    )
    unit, same = draw.choice((0.0, 0.0, 0.0, 2.0**-24)), draw.random() < 0.2
    around = Neighbourhood(lambda t: 1.0, 1.0, 1.0, 0.5 if same else 0.25, unit)
    tables = NoiseTables(around)
    heights = [draw.choice((0.0, 1.0)), draw.choice((0.0, 1.0, 1.0))]
    asked: list[Any] = []
    tables.jump_heights = lambda *xs: asked.append(xs) or heights  # type: ignore[method-assign,func-returns-value]
    steps = NoisySteps(tables, 0.5)
    fine, error = Estimate(quarters(draw), power(draw, -3, 1), row(draw)), power(draw, -3, 1)
    distance = 4.0 * (error + fine.error) * draw.choice((1.0, 1.0, 1.125, 0.875, 2.0)) * draw.choice((1.0, -1.0))
    steps._relative_noise = lambda entry: relative  # type: ignore[method-assign]
    steps._fine_estimate = lambda: fine  # type: ignore[method-assign]
    sides = (1.0, 2.0) if draw.random() < 0.1 else (math.nan, math.nan)
    found = Difference(fine.slope + distance, draw.choice((error, error, error, math.inf)), *sides, swing=1.0)
    found = steps._noted(estimate(draw), found)
    return [found.slope, found.error, found.noise, found.precision, found.reason[:9], found.evaluations, asked]


def noises() -> dict[str, Case]:
    return {
        "rough beside a finer table": repeated(150, of_roughness),
        "tables of rough functions": repeated(150, of_roughness_of_tables),
        "bends of slopes": repeated(80, of_bends),
        "noise of both sides": repeated(60, of_sides),
        "noise in a table": repeated(60, of_level),
        "noise beside a polynomial": repeated(60, of_smooth_level),
        "noise on all scales": repeated(80, of_resolution),
        "stairs": repeated(150, of_stair),
        "share of a jump": repeated(20, of_share_of_jump),
        "odd polynomials": repeated(6, of_odd_fits),
        "steps of noisy functions": repeated(40, of_noisy_steps),
        "noise beside truncation": repeated(60, of_settled),
        "derivatives of noisy functions": repeated(200, of_noisy_derivative),
        "coarse estimates": repeated(80, of_may_improve),
        "noise in words": repeated(150, of_noted),
    }


# --- steps of the usual derivative


def steps_around(draw: random.Random, around: Any = None) -> Any:
    """Return the usual steps around a function, or around a stand-in of one."""
    steps: Any = _StepSequence(neighbourhood(draw)[0])
    if around is not None:
        steps.around = around
    return steps


def filled(draw: random.Random, ratio: float, count: int | None = None) -> Tableau:
    """Return a tableau of slopes that converge, with noise."""
    table, slope, noise = Tableau(ratio), quarters(draw), power(draw, -30, -20)
    for k in range(draw.randrange(9) if count is None else count):
        step = 2.0**-k
        table = table.extended(FiniteDifference(step, slope + 0.25 * step, noise / step, abs(slope) + 0.25))
    return table


def near_limit(draw: random.Random, limit: float) -> float:
    return draw.choice((limit, math.nextafter(limit, math.inf), math.nextafter(limit, -math.inf), 1.1 * limit, 0.0))


def of_convergence(draw: random.Random) -> Any:
    slope, size, difference = quarters(draw), draw.choice((0.0, power(draw, -2, 4))), row(draw)
    slope *= draw.choice((1.0, 0.0, 1e-12))
    swing = draw.choice((difference.swing, 0.0, 64.0))
    difference = difference._replace(noise=power(draw, -40, -26) * 1e-3, swing=swing)
    limits = 1e-9 * size, 6.0 * difference.noise, 1e-9 * swing, abs(slope), 16.0 * difference.noise
    entries = [Estimate(slope, near_limit(draw, limit), difference) for limit in limits]
    return [[_has_converged(x, size), _is_hidden(x)] for x in entries]


def of_sides_apart(draw: random.Random) -> Any:
    """Gaps between both sides at three steps, and slopes that grow towards the point."""
    noise, base = power(draw, -6, -2), draw.choice((0.0, 0.0, 0.125))
    gap = 8.0 * draw.choice((0.25, 0.5, 1.0))

    def pair(gap: float) -> StepDifferences:
        x = FiniteDifference(0.5, 1.0, base, 1.0)
        return StepDifferences(None, x, x._replace(slope=1.0 + gap + 4.0 * base))

    fine = draw.choice((gap / 8.0, gap / 8.0 * 1.01, gap / 9.0, gap / 8.0 * 0.99))
    rows = [pair(draw.choice((gap, gap / 2.0, 0.0))), pair(gap), pair(fine)]
    split = _splits(rows[2], rows[:2], draw.choice((0.0, 0.0, noise)))
    growth = draw.choice((1.02, math.nextafter(1.02, 2.0), 0.98 * 4.0, math.nextafter(0.98 * 4.0, 0.0), 2.0, -2.0))
    a, b = FiniteDifference(1.0, 1.0, 0.0, 1.0), FiniteDifference(0.25, growth, 0.0, 1.0)
    return split, _steepens(a, b), _steepens(a._replace(step=2.0), b._replace(step=0.5))


def of_best(draw: random.Random) -> Any:
    """The best estimate of three tableaus of different lengths, and the size and error of both sides."""
    steps = steps_around(draw)
    steps.central, steps.right, steps.left = filled(draw, 4.0), filled(draw, 2.0), filled(draw, 2.0)
    steps.is_coarse, steps.around.is_kink = draw.random() < 0.3, draw.random() < 0.3
    steps.around.measured_noise = lambda size: size
    lines = [steps._best(), steps._longest() is steps.central, steps._size_of_sides(), steps._error_of_sides()]
    steps.right, steps.left = (
        SimpleNamespace(best=Estimate(draw.choice((0.0, 1e-9, 1.1e-9, -1e-9, 1.0)), 0.5, row(draw, 1.0)))
        for _ in range(2)
    )
    lines += [steps._size_of_sides(), steps._error_of_sides()]
    steps._reset()
    tables = steps.central, steps.right, steps.left
    return [*lines, steps._noise(), [(x.ratio, len(x.rows)) for x in tables], steps._error_of_sides() == math.inf]


def of_two_sides(draw: random.Random) -> Any:
    """One slope, two, or none, from settled estimates of both sides on the limits of their gap and their error."""
    error = draw.choice((power(draw, -40, -20), power(draw, -8, 0)))
    asked: list[float] = []

    def table(slope: float) -> Any:
        x = Estimate(slope, error * draw.choice((1.0, 0.5)), row(draw)._replace(swing=abs(slope) + power(draw, -2, 20)))
        return SimpleNamespace(settled=lambda noise: asked.append(noise) or x, rows=[x.row], best=x)

    slope = quarters(draw)
    limit = 8.0 * error + 1e-7 * abs(slope)
    steps = steps_around(draw)
    steps.right, steps.left = table(slope), table(slope * (1.0 - draw.choice((0.0, 1e-7, 1.1e-7, 2.0, 0.1))))
    if draw.random() < 0.6:
        steps.left = table(
            slope + draw.choice((1.0, -1.0)) * near_limit(draw, draw.choice((limit, 1e-9, error / 0.02)))
        )
    steps.noises = {+1: 1.0, -1: 2.0}
    steps.around.jumps, steps.refuted = draw.random() < 0.15, draw.choice(([], [9.0]))
    found = steps._one_sided()
    return [*of_difference(found), asked]


def of_difference(found: Difference) -> list[Any]:
    numbers = found.slope, found.error, found.left, found.right, found.swing, found.noise, found.evaluations
    return [*numbers, found.reason[:20], found.precision]


def of_checked(draw: random.Random) -> Any:
    """An estimate with an error on its limits, beside swings of all tableaus."""
    steps = steps_around(draw)
    tables = [filled(draw, 4.0) for _ in range(3)]
    steps.central, steps.right, steps.left = tables
    greatest = max((x.swing for table in tables for x in table.rows), default=0.0)
    x = row(draw)._replace(noise=draw.choice((0.0, 2.0**-20)), swing=draw.choice((0.0, 1.0)))
    slope = quarters(draw) * draw.choice((1.0, 1e-6))
    limits = 0.02 * abs(slope), 1e-5 * greatest, 16.0 * x.noise
    entry = Estimate(slope, near_limit(draw, draw.choice(limits)), x)
    if draw.random() < 0.2:
        steps.central, steps.right, steps.left = (Tableau(2.0) for _ in range(3))
        entry = Estimate(0.0, 2.0**-20, x)
    open_sides = {side: draw.random() < 0.5 for side in (+1, -1)}
    steps.around.is_open = open_sides.__getitem__
    steps.refuted, steps.coarse_slope = draw.choice(([], [1.0, -3.0])), draw.choice((0.0, -2.0))
    return [of_difference(steps._checked(entry)), of_difference(steps._difference(entry, "why"))]


def of_vertical(draw: random.Random) -> Any:
    """Roots and other powers beside the point, on one side or both, with an end of the domain and with noise."""
    c, d, n, scale = quarters(draw) or 1.0, quarters(draw) or 1.0, draw.randrange(8), draw.choice((1.0, 4.0))
    root = lambda x: math.sqrt(x)  # noqa: E731
    functions: list[Callable[[float], Any]] = [
        lambda x: c * root(x),
        lambda x: c * root(-x),
        lambda x: c * root(abs(x)) if x > 0.0 else d * root(abs(x)),
        lambda x: c * root(abs(x)) if x > 0.0 else 0.0 * x,
        lambda x: c * root(abs(x)) if x > 0.0 else d * x,
        lambda x: c * root(x + 2.0**-60),
        lambda x: c * root(abs(x)) + 2.0**-44 * noise(x, n),
        lambda x: (c * root(abs(x)), int(x > 0.0)) if x >= 0.0 else (1.0, 0),
    ]
    points: list[float] = []
    steps = _StepSequence(Neighbourhood(lambda x: points.append(x) or functions[n](x), 0.0, scale))
    steps.around.differences(0.5)
    return [of_difference(steps._vertical(Estimate(1.0, 1e-3, row(draw)))), len(points), points[-3:]]


class Rows:
    """A stand-in of a function: its differences by step, with some attributes of a neighbourhood."""

    def __init__(self, draw: random.Random, **attributes: Any) -> None:
        self.draw, self.rows = draw, {}  # type: ignore[var-annotated]
        self.asked: list[Any] = []
        self.x, self.value, self.noise, self.scale, self.rounding, self.unit = 1.0, 1.0, 0.0, 1.0, 2.0**-51, 0.0
        self.farthest, self.evaluations, self.is_kink, self.has_moved = 16.0, 7, False, True
        vars(self).update(attributes)

    def pair(self, step: float) -> StepDifferences:
        raise NotImplementedError

    def differences(self, step: float) -> StepDifferences:
        self.asked.append(step)
        return self.pair(step)

    def one_sided(self, side: int, step: float) -> FiniteDifference | None:
        self.asked.append((side, step))
        return self.pair(step).right if side > 0 else self.pair(step).left

    def measured_noise(self, size: float) -> float:
        self.asked.append(size)
        return self.draw.choice((2.0**-30, 2.0**-10, 0.0))

    def measured_noise_of_side(self, side: int) -> float:
        self.asked.append(side)
        return self.draw.choice((2.0**-30, 2.0**-12, 2.0**-8))

    def may_be_rounding(self, noise: float, size: float) -> bool:
        self.asked.append((noise, size))
        return noise < 2.0**-9


class Kinked(Rows):
    """Differences of a function with a slope and a curve on each side, and with noise of the slopes."""

    def pair(self, step: float) -> StepDifferences:
        if step not in self.rows:
            draw, gap = self.draw, self.gap if step < self.end else 0.0  # type: ignore[attr-defined]
            bend, base = self.bend, self.base  # type: ignore[attr-defined]
            wild = self.wild * draw.random()  # type: ignore[attr-defined]
            level = draw.choice((0.0, 0.0, 0.0, 0.0, 2.0**-40 / step))
            right = FiniteDifference(step, base + gap + bend * step + level + wild, 2.0**-50 / step, 1.0)
            left = FiniteDifference(step, base - bend * step - 0.5 * wild, 2.0**-50 / step, 2.0)
            central = right._replace(slope=0.5 * (right.slope + left.slope), swing=2.0)
            missing = draw.random()
            pair = StepDifferences(None if self.is_kink else central, right, left)
            if missing < 0.04:
                pair = StepDifferences(None, right, None) if missing < 0.02 else StepDifferences(None, None, left)
            self.rows[step] = pair
        return self.rows[step]


def kinked(draw: random.Random) -> tuple[Any, Kinked]:
    gap, bend = draw.choice((0.0, power(draw, -34, 0))), draw.choice((0.0, power(draw, -6, 3)))
    around = Kinked(draw, gap=gap, bend=bend, end=2.0 ** -draw.choice((-9, 6, 12, 18, 24)), is_kink=draw.random() < 0.2)
    vars(around).update(
        base=draw.choice((1.0, 8.0)), wild=draw.choice((0.0, 0.0, 2.0**-7)), scale=draw.choice((1.0, 4.0))
    )
    steps = steps_around(draw, around)
    steps.is_coarse = draw.random() < 0.15
    for k in range(draw.randrange(4, 10)):
        x = around.pair(0.25 * 2.0**-k)
        steps.central = steps.central.extended(x.central)
        steps.right, steps.left = steps.right.extended(x.right), steps.left.extended(x.left)
    return steps, around


def of_confirmation(draw: random.Random) -> Any:
    """An estimate beside the differences of much smaller steps: confirmed, refuted, wider, or a kink."""
    steps, around = kinked(draw)
    best = draw.choice((steps.central.best, steps.right.best, estimate(draw)._replace(slope=around.base)))  # type: ignore[attr-defined]
    if draw.random() < 0.5:
        best = best._replace(error=best.error + power(draw, -40, -4))
    if draw.random() < 0.3:
        steps.finer = [row(draw, 2.0**-22)._replace(slope=1.0 + power(draw, -24, -2), noise=2.0**-30)]
    found = steps._confirmed(best, around.pair(0.25))
    return [found, steps.is_split, around.is_kink, steps.refuted, around.asked]


def of_small_kink(draw: random.Random) -> Any:
    """Gaps between both sides at four steps, each on a limit or beside it."""
    coarse, wide = power(draw, -3, 3), draw.choice((0.0, 1.0))
    fine = draw.choice((coarse / 8.0, 1.01 * coarse / 8.0, coarse / 9.0, 1.0, 0.5))
    nearest = fine * draw.choice((0.5, 0.51, 1.0, 2.0, 1.99, 2.5))
    gaps = {1.0: wide, 2.0**-6: coarse, 2.0**-13: fine, 2.0**-20: nearest}
    noise = draw.choice((0.0, 0.0, 2.0**-6))
    around = Rows(draw, measured_noise=lambda size: level)
    level = draw.choice((0.0, 2.0**-20, 2.0**-14, 2.0**-10))

    def pair(step: float) -> StepDifferences:
        right = FiniteDifference(step, 1.0 + gaps[step], noise * step, 1.0)
        left = right._replace(slope=1.0)
        return StepDifferences(right._replace(slope=1.0 + 0.5 * gaps[step]), right, left)

    around.pair = pair  # type: ignore[method-assign]
    steps = steps_around(draw, around)
    steps.is_coarse = draw.random() < 0.1
    apart = fine * draw.choice((0.5, 0.49, 1.0))
    steps.right, steps.left = (SimpleNamespace(best=estimate(draw)._replace(slope=x), rows=[]) for x in (apart, 0.0))
    best = Estimate(1.0, draw.choice((1e-5, 0.5, 4.0)), pair(1.0).right)  # type: ignore[arg-type]
    return [steps._confirmed(best, pair(1.0)), steps.is_split, around.is_kink, steps.refuted, around.asked]


def of_rows_without_bound(draw: random.Random) -> Any:
    """Slopes that grow towards the point, one of them beside its limits of noise and of growth."""
    sign, chosen, noise = draw.choice((1.0, -1.0)), draw.randrange(2, 27), draw.choice((32.0, 32.5, 33.5, 31.5))
    growth, one_side = draw.choice((2.0, 2.0, 1.0)), draw.choice((0, 0, 1, -1))
    around: Any = Rows(draw, ends_near=lambda side: False, is_open=lambda side: side != one_side)

    def one_sided(side: int, step: float) -> FiniteDifference | None:
        k = round(-math.log(step, 4.0))
        slope = sign * (1.0 if side > 0 else both) * 2.0 ** (k if k != chosen else k - 2.0 + growth)
        limit = abs(slope) / (noise if k == chosen else 64.0)
        return None if side == one_side else FiniteDifference(step, slope, limit, abs(slope))

    both, around.one_sided = draw.choice((1.0, -1.0)), one_sided
    steps = steps_around(draw, around)
    return of_difference(steps._vertical(Estimate(1.0, 1e-3, row(draw))))


def of_confirmed_sides(draw: random.Random) -> Any:
    steps, around = kinked(draw)
    if draw.random() < 0.5:
        size, error = 1.0, 1e-5 / 64.0 * draw.choice((1.0, 1.01, 0.5))
        best = [Estimate(quarters(draw), 1e-10, row(draw, 2.0 ** -draw.randrange(3, 9))) for _ in range(2)]
        best[1] = best[1]._replace(slope=best[0].slope or 1.0, error=draw.choice((1e-10, size * 1e-9, 1e-3)))
        for name, x in zip(("right", "left"), best, strict=True):
            settled = x._replace(error=error * draw.choice((1.0, 0.5)))
            table = SimpleNamespace(best=x, settled=lambda noise, x=settled: around.asked.append(noise) or x)
            setattr(steps, name, table)
    confirmed = steps._confirm_sides()
    sides = [steps._noise_of_side(side, estimate(draw), 2.0**-3, 0.5) for side in (+1, -1)]
    ratios = [getattr(x, "ratio", 0.0) for x in (steps.right, steps.left)]
    return [confirmed, steps.is_two_sided, steps.noises, sides, ratios, around.asked]


def of_descent(draw: random.Random) -> Any:
    """The steps down to an estimate, with the estimates and their confirmations replaced."""
    steps, around = kinked(draw)
    decisions = {"calls": 0}
    kink_at = draw.choice((99, 99, 1, 2))

    def confirmed(best: Estimate, differences: StepDifferences) -> Estimate:
        decisions["calls"] += 1
        around.asked.append(best.row.step)
        if decisions["calls"] == kink_at:
            around.is_kink = True
        return best if draw.random() < 0.4 else NO_ESTIMATE

    steps._confirmed, steps._error_of_sides = confirmed, lambda: draw.choice((1e-2 / 8.0, 1e-9, 1e-2))
    steps._confirm_sides = lambda: around.asked.append(len(steps.central.rows)) or draw.random() < 0.3
    if draw.random() < 0.4:
        vars(around).update(wild=draw.choice((2.0**-7, 1.0)), rows={}, is_kink=False)
    found = steps._descend(draw.choice((0, 0, -1, -3)), draw.choice((4, 10, 12)))
    return [found, steps.is_coarse, len(steps.finer), len(steps.central.rows), around.is_kink, around.asked]


def of_coarser_steps(draw: random.Random) -> Any:
    """The choice of larger steps while rounding hides the derivative, with every descent replaced."""
    around = Rows(draw, is_finite=draw.random() < 0.95, has_gaps=draw.random() < 0.2, greatest=0.0, is_kink=False)
    around.has_moved, around.noise, around.unit = draw.random() < 0.9, power(draw, -4, 4), draw.choice((0.0, 2.0**-24))
    steps, calls = steps_around(draw, around), []  # type: ignore[var-annotated]
    growth, around.rounding = draw.choice((0.0, 1.0, 2.0)), draw.choice((2.0**-51, 0.25))
    steps._differences = lambda k: calls.append(k) or setattr(around, "greatest", around.greatest + growth)
    hidden = draw.choice((2.0**-10, 2.0**-20, 1.0))

    def entry(size: float) -> Estimate:
        swing = draw.choice((0.0, 1.0, 16.0 * hidden, 17.0 * hidden))
        noise = draw.choice((hidden, hidden * 2.0**-20, 0.0))
        return Estimate(quarters(draw), size * hidden, FiniteDifference(0.5, 1.0, noise, swing))

    sizes = iter(draw.choice((16.0, 8.0, 4.0, 4.0, 2.0, 1.0, 2.0**-20, 0.0)) for _ in range(9))
    empty = draw.random() < 0.1

    def descend(first: int, count: int) -> Estimate:
        calls.append((first, count))
        if not first and draw.random() < 0.3:
            steps.refuted = [draw.choice((2.0, -3.0)), 1.0]
        if not first and draw.random() < 0.1:
            steps.is_two_sided = True
        return NO_ESTIMATE if empty else entry(next(sizes))

    steps._descend, steps._steepens_nearer = descend, lambda x: draw.random() < 0.2
    steps._error_of_table = lambda x: draw.choice((0.0, 2.0**-12))
    steps._one_sided = lambda: Difference(5.0, 5.0)
    steps._vertical = lambda best: Difference(6.0, best.error)
    found = steps.derivative()
    return [of_difference(found), calls, steps.coarse_slope, steps.finest]


def of_nearer_steps(draw: random.Random) -> Any:
    """Contradictions from one float to the next, slopes of 0 that steepen, and tables: just on their limits."""
    around = Rows(draw, x=draw.choice((1.0, -4.0)))
    x = [row(draw, 0.5)._replace(noise=power(draw, -4, 0)) for _ in range(3)]
    found = draw.choice((Difference(quarters(draw), 0.25), Difference(math.nan, 0.25, quarters(draw), 1.0)))
    limit = [64.0 * (y.noise + 0.25) for y in x]
    for i, claim in ((1, found.right), (2, found.left), (0, found.slope)):
        if math.isfinite(claim):
            off = draw.choice((0.0, 2.0**-20, 1.0, -1.0))
            x[i] = x[i]._replace(slope=claim + draw.choice((1, -1)) * (limit[i] + abs(claim) + off))
    missing = draw.random()
    pair = StepDifferences(x[0] if missing > 0.2 else None, x[1] if missing > 0.1 else None, x[2])
    around.pair = lambda step: pair  # type: ignore[method-assign]
    steps = steps_around(draw, around)
    lines = [steps.is_contradicted_nearby(found), around.asked]
    slope = quarters(draw, 2)
    entry = Estimate(slope, near_limit(draw, abs(slope)), row(draw, 0.5)._replace(swing=draw.choice((0.0, 1.0, 2.0))))
    first = pair.first
    if first is not None:
        swing = entry.row.swing + first.noise + draw.choice((0.0, 2.0**-20))
        pair = StepDifferences(first._replace(swing=swing), x[1], x[2])
    return [*lines, steps._steepens_nearer(entry), around.asked]


def of_table_of_values(draw: random.Random) -> Any:
    around = Rows(draw, noise=draw.choice((0.25, 2.0**-36, 1.01 * 2.0**-36, 2.0**-34)), value=draw.choice((1.0, -4.0)))
    right, left = row(draw, 0.5), row(draw, 0.5)
    usual = row(draw, 0.25)._replace(swing=draw.choice((1.0, 4.0, 16.0)))
    missing = draw.random()
    pair = StepDifferences(None, None if missing < 0.1 else right, None if missing > 0.9 else left)
    around.pair = lambda step: pair  # type: ignore[method-assign]
    steps = steps_around(draw, around)
    first = None if draw.random() < 0.1 else usual
    steps._differences = lambda k: around.asked.append(k) or StepDifferences(first, None, None)
    return [steps._error_of_table(estimate(draw)._replace(slope=draw.choice((0.0, 1.0, -16.0)))), around.asked]


def of_stair_or_not(draw: random.Random) -> Any:
    """Steps that are few and high, swings that grow towards the point, and slopes of small steps apart from others."""
    height = draw.choice((1.0, 0.125))
    around = Rows(draw, range_within=lambda distance: (around.asked.append(distance), bounds)[1])
    high = height / 2.0**-6
    least = draw.choice((-1.0, 0.0, 1.0)) * draw.choice((high, math.nextafter(high, 0.0), 1.0))
    greatest = least + draw.choice((8.0, 7.0, 7.99, 8.5)) * height
    bounds = draw.choice(((least, greatest), (-greatest, -least)))
    steps = steps_around(draw, around)
    lines: list[Any] = [steps._is_step_function(height), around.asked]
    steps.finest = draw.choice((0.0, 2.0**-9, 2.0**-20))
    swings = [power(draw, -1, 3) for _ in range(40)]
    end, gone = draw.choice((2.0 * steps.finest, 2.0**-30)), draw.randrange(40)
    unit = draw.choice((2.0, 2.5))

    def differences(k: int) -> StepDifferences:
        around.asked.append(k)
        x = None if k == gone else FiniteDifference(unit * end * 2.0 ** (6 - k), 1.0, 0.0, swings[k])
        return StepDifferences(x, None, None)

    steps._differences = differences
    slope, swing = quarters(draw, 2), draw.choice((1.0, 4.0, 2.0, 8.0, 9.0))
    found = Difference(slope, 0.0, swing=draw.choice((swing, 4.0 * abs(slope), 4.01 * abs(slope))))
    return [*lines, steps._is_edge_of_stair(found), around.asked]


def of_plateau(draw: random.Random) -> Any:
    """The slope of small steps beside those of large ones, on the limits of their spread and of their distance."""
    slope, spread = draw.choice((1.0, -2.0)), draw.choice((0.01, 0.011, 0.005, 2.0**-8))
    away = draw.choice((4.0 * abs(spread * slope), 4.01 * abs(spread * slope), 1.0, 0.5))
    slopes = [slope, slope + abs(slope) * spread, *(slope + abs(slope) * spread * draw.random() for _ in range(4))]
    if draw.random() < 0.2:
        slopes, away = [99.5, 100.5, 100.0, 100.0, 100.0, 100.0], 50.0
    draw.shuffle(slopes)
    gap, noise = draw.choice((0.0, 0.0, away, 1.01 * away, 0.25)), 2.0**-10
    missing = draw.randrange(60)
    around = Rows(draw)
    steps = steps_around(draw, around)

    def differences(k: int) -> StepDifferences:
        around.asked.append(k)
        y = slopes[len(around.asked) - 1]
        central = None if missing == k else FiniteDifference(1.0, y, noise, 1.0)
        side = FiniteDifference(1.0, y, 0.0, 1.0)
        return StepDifferences(central, side, side._replace(slope=y + gap))

    steps._differences = differences
    last = 0.11 * 2.0**-14
    steps.finest = draw.choice((0.0, last, math.nextafter(last, 0.0), 2.0**-30, 2.0**-30))
    middle = sorted(slopes)[3]
    error = draw.choice((away / 20.0, away / 20.1, away / 19.9, 1e-6))
    found = Difference(middle + draw.choice((away, -away)), error)
    return [steps._distance_from_coarse_plateau(found), around.asked]


def of_examination(draw: random.Random) -> Any:
    """The choice between the usual derivative and one that allows for noise, with both and their tables replaced."""
    steps, tables = steps_around(draw), SimpleNamespace()
    around = Rows(draw, has_moved=draw.random() < 0.95, value=draw.choice((0.0, 2.0, -2.0)))
    around.noise, around.unit = draw.choice((0.0, 2.0**-3)), draw.choice((0.0, 0.0, 0.0, 2.0**-2, 2.0**-11))
    around.rounding, around.scale = draw.choice((2.0**-51, 0.25)), draw.choice((1.0, 4.0))
    steps.around = around
    height, measured = draw.choice((0.0, 0.25, 2.0**-46, 1.01 * 2.0**-46 * 2.0, 2.0**-45)), power(draw, -6, 0)
    tables.jump_heights = lambda: around.asked.append("jumps") or [height, 0.5 * height]
    tables.resolution, tables.slope_across_steps = lambda: measured, lambda: draw.choice((0.0, 3.0))
    tables.change_of_slope = draw.choice((0.0, 0.0, 0.0, 0.5))
    steps._is_edge_of_stair = lambda usual: draw.random() < 0.2
    steps._distance_from_coarse_plateau = lambda usual: draw.choice((0.0, 1.5))
    steps._is_step_function = lambda height: around.asked.append(height) or draw.random() < 0.4
    kinds = [
        Difference(2.0, 1e-9, swing=2.0, evaluations=3),
        Difference(2.0, 0.1, swing=2.0),
        Difference(0.0, 0.1),
        Difference(math.inf, 0.0, swing=1.0),
        Difference(math.nan, 0.1, 1.0, 2.0),
        Difference(0.0, 0.1, swing=1.0, reason="the function changes in steps, as in single precision"),
    ]
    usual, is_unsampled = draw.choice(kinds), draw.random() < 0.1
    if draw.random() < 0.2:
        # Flat, with steps just as high as is left out of account.
        usual, around.value, around.noise, measured = kinds[2], 2.0, 0.0, 0.0
        is_unsampled = draw.random() < 0.5
        height = draw.choice((2.0**-45, 1.01 * 2.0**-45))
    error = draw.choice((0.1, 1e-9, math.inf))
    slope = draw.choice((2.0, 2.0 * error, 2.01 * error, 0.1)) if error < 1.0 else math.nan
    quiet = draw.choice((0.0, 0.25))
    noisy = Difference(
        slope, error, swing=draw.choice((0.0, 2.0)), noise=quiet, reason=draw.choice(("", "", "", "odd"))
    )
    if draw.random() < 0.3:
        noisy = Difference(math.nan, 0.1, left=usual.slope - draw.choice((0.25, 2.0)), right=8.0, noise=quiet)
        if draw.random() < 0.5:
            noisy = replace(noisy, left=usual.slope + 1.0, right=usual.slope + draw.choice((11.0, 11.1, -10.0)))
    swing = draw.choice((0.0, 4.0))

    def noisy_steps(given: Any, noise: float) -> Any:
        around.asked.append(noise)
        return SimpleNamespace(derivative=lambda: noisy)

    def differences(k: int) -> StepDifferences:
        around.asked.append(k)
        return StepDifferences(
            None if k == 3 or is_unsampled else FiniteDifference(1.0, 0.0, 0.0, swing + k), None, None
        )

    steps._differences = differences
    with (
        mock.patch.object(finite_differences, "NoiseTables", return_value=tables),
        mock.patch.object(finite_differences, "NoisySteps", noisy_steps),
    ):
        return [of_difference(steps.examined(usual)), around.asked]


def of_whole(draw: random.Random) -> Any:
    """The scale of the steps, and the repetition with smaller ones, at points of several sizes."""
    x = draw.choice((0.0, 2.0**-10, -(2.0**-10), 2.0**-11, 1.0, 2.0**40, -(2.0**41), 1e-6, 2.0**39))
    options: dict[str, float] = draw.choice(
        [
            {},
            {"scale": 4.0},
            {"expected": 2.0**11},
            {"noise": 0.5},
            {"unit": 2.0**-24},
            {"reach": 8.0, "unit": 2.0**-24},
        ]
    )
    first = draw.choice((Difference(1.0, 1e-9, swing=1.0), Difference(1.0, 0.1, swing=1.0), Difference(0.0, 0.1),
                         Difference(math.nan, 0.1, 1.0, 2.0, swing=2.0)))  # fmt: skip
    second = draw.choice((Difference(3.0, 1e-9, swing=3.0), Difference(3.0, 0.9, swing=3.0),
                          Difference(math.nan, 0.1, 3.0, 4.0)))  # fmt: skip
    made: list[Any] = []
    contradicted = draw.random() < 0.3

    def step_sequence(around: Neighbourhood) -> Any:
        made.append((around.x, around.scale, around.noise, around.unit, around.reach))
        found = replace(first if len(made) == 1 else second, evaluations=5 * len(made))
        return SimpleNamespace(
            around=around,
            derivative=lambda: found,
            examined=lambda found: made.append("examined") or found,
            is_contradicted_nearby=lambda found: contradicted,
        )

    with mock.patch.object(finite_differences, "_StepSequence", step_sequence):
        value = draw.choice((1.0, 2.0**-12))
        return [of_difference(derivative(lambda t: value, x, **options)), made]


def usual_steps() -> dict[str, Case]:
    return {
        "convergence": repeated(200, of_convergence),
        "two sides apart": repeated(150, of_sides_apart),
        "best of three tableaus": repeated(60, of_best),
        "one slope or two": repeated(200, of_two_sides),
        "large errors": repeated(200, of_checked),
        "slopes without bound": repeated(50, of_vertical),
        "confirmation": repeated(300, of_confirmation),
        "small kinks": repeated(200, of_small_kink),
        "rows without bound": repeated(60, of_rows_without_bound),
        "confirmation of both sides": repeated(100, of_confirmed_sides),
        "descent": repeated(150, of_descent),
        "larger steps": repeated(250, of_coarser_steps),
        "nearer steps": repeated(200, of_nearer_steps),
        "tables of values": repeated(80, of_table_of_values),
        "stairs or not": repeated(400, of_stair_or_not),
        "plateau of large steps": repeated(150, of_plateau),
        "examination": repeated(300, of_examination),
        "scale of steps": repeated(150, of_whole),
    }


# --- functions and their graphs


def of_departure(draw: random.Random) -> Any:
    """A function that differs from its graph at some points beside the one that is checked."""
    points: list[Any] = []

    def value(point: Sequence[float]) -> Any:
        points.append([*point])
        if len(points) > 1 and draw.random() < 0.15:
            raise ValueError
        return [None, (draw.choice((1.0, 1.0, 1.0, 2.0, math.nan)), draw.choice((0, 0, 0, 0, 1)))]

    def replay(point: Sequence[float]) -> Any:
        points.append([*point])
        return [None, (draw.choice((1.0, 1.0, 2.0)), 0)]

    return [departure_from_graph(value, replay, 1, [3.0, 0.0, -2.0]), points]


def of_second_call(draw: random.Random) -> Any:
    """Results of two calls that differ by twice the noise or a little more."""
    noise, count = power(draw, -4, 0), draw.randrange(1, 4)
    first = [draw.choice((quarters(draw), quarters(draw), math.nan)) for _ in range(count)]
    second = [y + draw.choice((1, -1)) * draw.choice((0.0, 2.0 * noise, 2.0 * noise + 2.0**-20)) for y in first]
    second[0] = draw.choice((second[0], math.nan))
    both = [*find_nondeterminism("f", first, second, noise), *find_nondeterminism("f", first, second)]
    return [[x.engine, x.differences, x.error, x.verdict, x.reason, x.label, x.source, x.against] for x in both]


def of_escape(draw: random.Random) -> Any:
    """Numbers that left the graph, on both sides of the point or on one alone, and where the function was called."""
    points: list[Any] = []
    end, kind = draw.choice((9.0, 3.0, 3.001, 2.999)), draw.randrange(4)

    def f(p: Any) -> Any:
        x, y = p
        points.append([x.data, y.data])
        if kind == 1 and x.data > end and x.data != 3.0:
            raise ValueError
        branch = y * 2.0 if kind == 2 and x.data > end else y * (3.0 if x.data > end else 4.0)
        return [x * y.data + 1.0, x * 2.0, branch * (x.data if kind == 3 else 1.0)]

    function = FunctionAtPoint(f, ([3.0, draw.choice((0.0, -2.0))],))
    here = RecordedFunction(function, function.arguments_with([], []), 1)
    nodes = topological_order(*here.outputs.nodes)
    found = find_escaped_values(function, here, {id(node): i for i, node in enumerate(nodes)})
    return [[[x.engine, x.differences, x.slot, x.position, x.reason, x.source, x.against] for x in found], points]


def of_moved_point(draw: random.Random) -> Any:
    numbers = [quarters(draw) for _ in range(draw.randrange(1, 6))]
    array = np.array(numbers)
    at: Any = draw.choice(
        ((numbers,), tuple(numbers), (array,), (array[:, None],), (array, 2.0), (np.float32(2.0), 3.0))
    )
    function = FunctionAtPoint(lambda *xs: 0.0, at)
    count = len(function.point)
    keys: list[Sequence[int]] = [[0], [count - 1], range(count), range(1, count), range(1), [], [0, count - 1]]
    replaced = [function.arguments_with(some, [9 + k for k in range(len(some))]) for some in keys]
    texts = [[[type(x).__name__, str(np.asarray(x).dtype), np.shape(x), str(x)] for x in args] for args in replaced]
    return [function.moved().point, function.labels, texts]


def functions() -> dict[str, Case]:
    return {
        "departures from graphs": repeated(150, of_departure),
        "results of two calls": repeated(60, of_second_call),
        "numbers that leave graphs": repeated(40, of_escape),
        "moved points": repeated(40, of_moved_point),
    }


# --- products with a Jacobian


def of_linearity(draw: random.Random) -> Any:
    """A product beside a combination of others, with distances on the limits of tolerance and rounding."""
    count, level = draw.randrange(1, 4), 2.0**-20
    expected = np.array([quarters(draw) for _ in range(count)])
    tolerance = np.array([draw.choice((0.0, 2.0**-30)) for _ in range(count)])
    off = [draw.choice((0.0, 2.0**-30, -(2.0**-29), 100.0 * level, 101.0 * level, -1.0)) for _ in range(count)]
    product = expected + np.array(off)
    change = [draw.choice((0.0, level, -level)) for _ in range(4)]
    asked: list[int] = []

    def multiples() -> Any:
        asked.append(1)
        rows = np.array([k * (product + x) for k, x in zip((-2.0, 3.0, 5.0, 7.0), change, strict=True)])
        rows[0] = -2.0 * product + draw.choice((0.0, 2.0**-30, 2.0**-29))
        return rows

    if draw.random() < 0.1:
        product[0] = math.nan
    return [is_nonlinear(product, expected, tolerance, multiples).tolist(), len(asked)]


def product_of(draw: random.Random) -> tuple[Any, Any]:
    """Return a product with the Jacobian of a parabola, sometimes with a mistake, and its function."""
    height, width, name = draw.randrange(1, 5), draw.randrange(1, 12), draw.choice(("jvp", "vjp"))
    matrix = np.array([[quarters(draw) or 1.0 for _ in range(width)] for _ in range(height)])
    x = [quarters(draw) for _ in range(width)]
    mistake, wrong, curve = draw.randrange(6), draw.randrange(width), draw.choice((2.0**-6, 2.0**-29, 2.0**-31))
    is_separate = draw.random() < 0.3

    def product(p: Any, v: Any) -> Any:
        v = np.array(v, dtype=float).reshape(-1)
        assert len(p) == width
        if mistake == 1:
            v = v + curve * v * v
        if mistake == 4:
            v = v + curve * abs(v)
        if mistake == 5 and name == "jvp":
            v = -2.0 * v
        if mistake == 2 and name == "jvp":
            v[wrong] *= -2.0
        result = matrix @ v if name == "jvp" else v @ matrix
        return result[1:] if mistake == 3 and draw.random() < 0.3 else result.tolist()

    def f(p: Any) -> Any:
        return (matrix @ np.array(p, dtype=float) + 0.5).tolist()

    is_separate = is_separate and width > 1
    function = FunctionAtPoint((lambda *xs: f(xs)) if is_separate else f, tuple(x) if is_separate else (x,))
    return Product(name, product, function), function


def of_product(draw: random.Random) -> Any:
    """The Jacobian from a product, its random vectors, and the functions that are differenced instead of it."""
    made, function = product_of(draw)
    calls: list[Any] = []

    def usual(f: Any, x: float, **options: float) -> Difference:
        calls.append((x, f(x), *sorted(options.items())))
        return Difference(f(x + 0.5) - f(x - 0.5), draw.choice((1e-9, 0.125)), swing=1.0)

    def of(found: Any) -> list[Any]:
        texts = [[x.name, x.verdict, x.reason, x.source, x.against, x.engine] for x in found]
        return [texts, [of_difference(x.difference) for x in found]]

    lines: list[Any] = []
    try:
        vectors = made.vectors()
        lines += [vectors.tolist(), made.derivatives().at(made._args).rows.tolist()]
        lines += [made.derivatives(vectors).at(made._args).rows.tolist()]
        lines += [of([*made.nonlinearity()]), of([*made.nonlinearity(vectors)])]
        if made.name == "vjp":
            combined = made.combined_outputs(vectors)
            return [*lines, combined.title, function.title, combined.f(*made._args)]
        along = made.along(vectors)
        lines += [along.title, along.point, along.f([0.5, 0.25, -1.0])]
        with mock.patch.object(products, "derivative", usual):
            lines.append(of([*made.wrong_entries(0, vectors[draw.randrange(3)], draw.choice((1e-7, 10.0)))]))
    except ValueError as error:
        lines.append(str(error))
    return [*lines, calls]


def of_number_of_products(draw: random.Random) -> Any:
    """Random vectors are used from as many inputs and entries on as directions are."""
    name, width, height = draw.choice(("jvp", "vjp")), draw.choice((3, 4, 2_000, 2_001)), draw.choice((1, 3, 4, 50, 51))
    if draw.random() < 0.3:
        width, height = draw.choice(((1_000, 100), (1_001, 100), (4, 25_000), (4, 25_001)))
    made = Product(name, lambda p, v: 0.0, SimpleNamespace(point=[0.0] * width))  # type: ignore[arg-type]
    made._result = lambda: SimpleNamespace(scalars=[0.0] * height)  # type: ignore[method-assign,assignment,return-value]
    made._size = lambda args: width if name == "jvp" else height  # type: ignore[method-assign]
    with mock.patch.object(Product, "_args", None):
        return [made.is_fast(mode) for mode in (None, "fast", "full")]


def products_with_vectors() -> dict[str, Case]:
    return {
        "linearity": repeated(200, of_linearity),
        "products": repeated(60, of_product),
        "number of products": repeated(80, of_number_of_products),
    }


# --- Jacobians


def of_early_difference(draw: random.Random) -> Any:
    """Six values that confirm a claim, with gaps and errors on their limits."""
    scale, gap = draw.choice((1.0, 4.0)), power(draw, -12, 0)
    bend, value = draw.choice((0.0, 2.0**-10, 2.0**-20)), draw.choice((0.0, 0.0, 1.0, 2.0**20))
    fine_gap = gap / 8.0 * draw.choice((1.0, 1.001, 0.999, 0.0))
    finest_gap = draw.choice((0.0, 0.0, bend, 1.1 * bend, 2.0**-18, -(2.0**-18)))
    if draw.random() < 0.3:
        finest_gap = bend / 4095.0 * draw.choice((1 / 32, -1 / 32, 1 / 12, -1 / 12, -2.0 - 1 / 32, -2.0 + 1 / 32))
    slope, points = draw.choice((1.0, -2.0, 0.0)), []  # type: ignore[var-annotated]
    stop = draw.randrange(40)

    def f(x: float) -> Any:
        points.append(x)
        if len(points) == stop:
            raise ValueError
        size = abs(x) / (FIRST_STEP * scale)
        if not x:
            return [None, (value, 0)]
        extra = math.copysign(0.5, x) * (gap if size > 2.0**-8 else fine_gap) + bend * (size > 2.0**-8)
        if size < 2.0**-15:
            extra = 0.5 * fine_gap * size * 2.0 ** draw.choice((7, 9, 11)) + finest_gap
        return [None, (value + (slope + extra) * x, int(len(points) == stop - 20))]

    noise, unit = power(draw, -50, -30), draw.choice((0.0, 0.0, 2.0**-24, 2.0**-11))
    halvings = draw.choice((11, 9, 7, 7))
    limit = 32.0 * max(noise, 2.0**-51 * abs(value)) / (FIRST_STEP * scale * 2.0**-halvings)
    limit = draw.choice((near_limit(draw, limit), 2.0**-6, 1.0, 2.0**-20))
    claim, slack = slope + draw.choice((0.0, 2.0**-20, -(2.0**-16))), power(draw, -20, -15)
    found = early_difference(f, 1, 0.0, scale, claim, limit, slack, noise, unit)
    return [found and of_difference(found), points]


def jacobian_check(draw: random.Random, height: int, width: int, **options: Any) -> tuple[Any, list[Any]]:
    """Return the check of a Jacobian with exact entries of a parabola, and the points that are asked for."""
    sizes = [2.0 ** draw.choice((0, 0, 0, 1, -3, -20)) for _ in range(width)]
    rows = np.array([[quarters(draw) for _ in range(width)] for _ in range(height)]) * sizes
    if draw.random() < 0.1:
        rows[-1] = 0.0
    if draw.random() < 0.2:
        rows[0, 0] = draw.choice((math.inf, math.nan))
    point = np.array([quarters(draw) * 2.0 ** draw.choice((0, 0, 0, -18)) for _ in range(width)])
    used, asked = np.where(np.isfinite(rows), rows, 1.0), []  # type: ignore[var-annotated]
    bend, end = draw.choice((0.0, 0.0, 0.25)), draw.choice((math.inf, math.inf, math.inf, 0.0))
    level, offset = draw.choice((0.0, 2.0**-40, 2.0**-20)), draw.choice((0.0, 8.0))

    def restrict(keys: Sequence[int]) -> Any:
        def restriction(numbers: Sequence[float]) -> Any:
            moved = point.copy()
            moved[list(keys)] = numbers
            away = (moved - point).tolist()
            asked.append(math.fsum(away))
            if asked[-1] > end:
                raise ValueError
            curve = bend * math.fsum(t * t for t in away) + offset + level * noise(float(moved[keys[0]]), 1)
            return [(math.fsum(a * t for a, t in zip(row, away, strict=True)) + curve, None) for row in used.tolist()]

        return restriction

    roundings = np.array([[power(draw, -50, -40) for _ in range(width)] for _ in range(height)])
    if draw.random() < 0.2:
        roundings[-1, -1] = math.inf
    labels = [f"x{k}" for k in range(width)]
    outputs = [Output(f"f{i}") for i in range(height)]
    jacobian = AnalyticJacobian(outputs, lambda: labels, point, rows, roundings, "given")
    known = [2.0 ** -draw.randrange(30, 50) for _ in range(height)]
    noises = draw.choice((None, None, lambda keys: known))
    cost, unit = draw.choice((0, 0, 10)), draw.choice((0.0, 0.0, 2.0**-24))
    chosen = Options(noise=draw.choice((0.0, 0.0, 2.0**-35)), **options)
    here = draw.choice((None, restrict(range(width))(point)))
    asked.clear()
    with np.errstate(all="ignore"):
        return JacobianCheck(jacobian, restrict, noises, cost, here, chosen, unit), asked


def of_bounds(draw: random.Random) -> Any:
    check, asked = jacobian_check(draw, 2, 2)
    return [[check.bounds(i, k, x) for i, k, x in ((0, 0, 0.0), (1, 1, 2.0**-20), (1, 0, 0.25))], asked]


def of_columns(draw: random.Random) -> Any:
    """The arguments of the early and of the usual difference of each entry, and the verdict with its rounding."""
    mode, atol = draw.choice((None, "full", "fast")), draw.choice((0.0, 0.0, 0.5, 2.0))
    check, asked = jacobian_check(draw, draw.randrange(1, 4), draw.randrange(1, 4), mode=mode, atol=atol)
    calls: list[Any] = []

    def early(value: Any, i: int, x: float, *numbers: float) -> Difference | None:
        calls.append((i, x, *numbers))
        for at in (x, x + 1.0, x, x + 1.0):
            with contextlib.suppress(ValueError):
                value(at)
        return None if draw.random() < 0.5 else Difference(numbers[1] + draw.choice((0.0, 0.5)), 2.0**-20, swing=1.0)

    def usual(f: Any, x: float, **options: float) -> Difference:
        calls.append((x, f(x)[0], *sorted(options.items())))
        return Difference(options.get("expected", 1.0) + draw.choice((0.0, 0.5, 1.0)), 2.0**-20, swing=1.0)

    early_replaced = mock.patch.object(jacobian_module, "early_difference", early)
    with early_replaced, mock.patch.object(jacobian_module, "derivative", usual):
        height, width = check.jacobian.derivatives.shape
        findings = check._column(width - 1, range(height), draw.choice((1e-7, 1e-3)))
        findings.append(check.entry(height - 1, 0, 1e-7))
    noises = [check.noises(keys) for keys in ([width - 1], *([] if check.is_entrywise else [range(width)]))]
    lines = [[x.verdict, x.engine, x.reason, x.label, x.source, *of_difference(x.difference)] for x in findings]
    scope = [check.note, check.is_entrywise, check.is_recorded, check.direction_count, *check.scope().values()]
    return [lines, noises, check.row_scales, scope, calls, len(asked), len(check.errors)]


def of_directions(draw: random.Random) -> Any:
    """Moves, noise, verdicts and the resolution along directions, through all inputs and through some."""
    height, width = draw.randrange(1, 4), draw.randrange(2, 12)
    check, asked = jacobian_check(draw, height, width, mode="fast")
    sizes = sizes_beside_others(check.jacobian.point)
    calls: list[Any] = []

    def usual(f: Any, x: float, **options: float) -> Difference:
        calls.append((x, *sorted(options.items())))
        slope = 1.0
        with contextlib.suppress(ValueError):
            slope = 2.0 * (f(0.25)[0] - f(-0.25)[0])
        return Difference(slope, draw.choice((2.0**-30, 2.0**-12)), swing=1.0)

    with np.errstate(all="ignore"), mock.patch.object(jacobian_module, "derivative", usual):
        directions = Directions(check, range(width), sizes)
        some = directions.through(range(width // 2, width))
        lines: list[Any] = []
        for x in (directions, some):
            lines += [x._noises, x.thresholds.tolist(), x.moves.tolist(), x.start.tolist(), x._weights(1).tolist()]
            for i, number in product(range(height), range(2)):
                finding = x.finding(i, number, 1e-7)
                lines.append([finding.verdict, finding.engine, finding.source, *of_difference(finding.difference)[:5]])
            lines += [x._errors, [x._held(i).tolist() for i in range(height)], [*map(x._count_small, range(height))]]
            lines.append(x.resolution())
        columns = directions.columns(range(height), 1e-7)
    lines += [[finding.verdict, finding.reason] for column in columns for finding in column]
    return [written(lines).replace("e-0", "e-"), len(asked), asked[:40:7], calls]


def of_direction_verdicts(draw: random.Random) -> Any:
    check, _ = jacobian_check(draw, 1, 3, mode="fast")
    with np.errstate(all="ignore"):
        directions = Directions(check, range(3), np.ones(3))
    error, slack, claim = power(draw, -3, 2), power(draw, -3, 2), quarters(draw)
    gap = draw.choice((8.0, 20.0)) * error + slack
    gaps = [gap, math.nextafter(gap, 99.0), gap + 2.0**-20, 0.9 * gap, 1.1 * gap]
    differences = [Difference(claim + sign * x, error) for x in gaps for sign in (1, -1)]
    differences += [Difference(math.nan, 0.0, claim - 1.0, claim - slack, swing=1.0), Difference(math.inf, 0.0)]
    verdicts = [directions._verdict(0, claim, x, slack) for x in differences]
    verdicts.append(directions._verdict(0, claim, Difference(claim, 0.0), 0.0))
    directions._errors = [0.5 * 0.01 * draw.choice((1.0, 2.0, 0.25))]
    directions.moves, directions.derivatives = (
        np.array([[1.0, 2.0, 0.25]]),
        np.array([[1.0, 1.0, draw.choice((1.0, 0.0))]]),
    )
    directions._scales = np.array([draw.choice((1.0, 4.0))])
    held = directions._held(0).tolist(), directions._count_small(0), directions.resolution()
    return [verdicts, directions._verdict(0, math.nan, differences[0], slack), held]


def of_small_entries(draw: random.Random) -> Any:
    """A direction vouches for an output unless more than a tenth of its entries are small."""
    check, _ = jacobian_check(draw, 2, 3, mode="fast")
    with np.errstate(all="ignore"):
        directions = Directions(check, range(3), np.ones(3))
    count = draw.choice((10, 20))
    directions.derivatives = np.ones((2, count))
    directions.finding = lambda i, number, rtol: Finding(
        1.0, Difference(1.0, 0.0), draw.choice(("pass", "pass", "fail"))
    )  # type: ignore[method-assign]
    directions._count_small = lambda i: count // 10 + i  # type: ignore[method-assign]
    return [[x.verdict, x.reason] for column in directions.columns(range(2), 0.1) for x in column]


class SomeDirections:
    """A stand-in of directions: verdicts by chance, or of those through wrong entries."""

    def __init__(self, draw: random.Random, verdicts: Sequence[str], height: int, number: int) -> None:
        self.draw, self.verdicts, self.height, self.number = draw, verdicts, height, number
        self.keys, self.wrong, self.asked = range(16), {*range(0, 16, 5), 3}, []  # type: ignore[var-annotated]

    def columns(self, outputs: Sequence[int], rtol: float) -> list[list[Finding]]:
        self.asked.append(rtol)
        return [
            [Finding(float(self.number), Difference(1.0, 0.0), self.draw.choice(self.verdicts)) for _ in outputs]
            for _ in range(3)
        ]

    def resolution(self) -> str:
        return f"directions {self.number}"

    def through(self, keys: range) -> SomeDirections:
        inner = SomeDirections(self.draw, self.verdicts, self.height, self.number)
        inner.keys, inner.wrong, inner.asked = keys, self.wrong, self.asked
        return inner

    def finding(self, i: int, number: int, rtol: float) -> Finding:
        self.asked.append((i, number, rtol, self.keys.start, self.keys.stop))
        return Finding(0.0, Difference(1.0, 0.0), "fail" if self.wrong & {*self.keys} else "pass")


def of_along_directions(draw: random.Random) -> Any:
    """The directions that hold more often are reported, and of a failing one the wrong entries."""
    height = draw.randrange(1, 3)
    check, _ = jacobian_check(draw, height, 16, mode="fast")
    made: list[Any] = []
    stubs: list[SomeDirections] = []
    verdicts = [draw.choice((("pass",), ("pass", "undecided"), ("pass", "fail"), ("kink", "fail", "undecided")))
                for _ in range(2)]  # fmt: skip

    def directions(given: Any, keys: range, sizes: Any) -> SomeDirections:
        made.append(sizes.tolist())
        stubs.append(SomeDirections(draw, verdicts[len(made) - 1], height, len(made)))
        return stubs[-1]

    def entry(i: int, k: int, rtol: float) -> Finding:
        made.append((i, k, rtol))
        return Finding(float(k), Difference(1.0, 0.0), "fail" if k in (0, 5, 15, 3, 10) else "pass")

    check.entry = entry
    with mock.patch.object(jacobian_module, "Directions", directions):
        findings = check.findings(0.25)
    lines = [[x.output, [*x.keys], x.finding.engine, x.finding.verdict, x.finding.label, x.finding.is_direction]
             for x in findings]  # fmt: skip
    return [lines, check.resolution, made, [x.asked for x in stubs]]


def of_negligible_entries(draw: random.Random) -> Any:
    """Entries hidden by rounding, beside others of their row and of other rows."""
    height, width = draw.randrange(1, 4), draw.randrange(1, 4)
    point = np.array([draw.choice((0.0, 1.0, -4.0, 2.0**-10)) for _ in range(width)])
    unit = draw.choice((0.0, 2.0**-24, 2.0**-11))
    asked: list[Any] = []

    def bounds(i: int, k: int, noise: float) -> tuple[float, float]:
        asked.append((i, k, noise))
        return draw.choice(((2.0**-40, 2.0**-30), (1e-9, 2e-9), (math.inf, math.inf)))

    check: Any = SimpleNamespace(
        jacobian=SimpleNamespace(point=point), unit=unit, options=Options(noise=power(draw, -20, -18)), bounds=bounds
    )
    size, hidden = draw.choice((1.0, 4.0)), Difference(math.nan, math.inf, reason="hidden")
    findings = []
    for _ in range(height * width):
        level = draw.choice((0.0, 0.0, 0.25))
        findings.append(
            draw.choice(
                (
                    Finding(size, Difference(size, 2.0**-30, swing=size, noise=level), "pass"),
                    Finding(size, Difference(size, 2.0**-30, swing=size), "pass"),
                    Finding(0.0, Difference(0.0, 0.0), "pass"),
                    Finding(draw.choice((0.0, 2.0**-40, 1e-9, 3.8e-6, 1e-5)), hidden, "undecided"),
                    Finding(2.0**-31, Difference(0.0, 2.0**-33), "undecided"),
                    Finding(2.0**-31, Difference(0.0, 2.0**-33, noise=level), "undecided"),
                    Finding(1.0, Difference(0.0, 0.0, reason="flat"), "fail"),
                    Finding(1.0, Difference(2.0, 0.0, swing=1.0), "fail"),
                    Finding(1.0, Difference(math.nan, 0.0, 2.0, 3.0), "undecided"),
                )
            )
        )
    values = [draw.choice((0.0, 1.0, -64.0, 2.0**10)) for _ in range(height)]
    settled = settle_negligible_entries(findings, values, check)
    return [[[x.verdict, x.reason[:10], x.engine, *of_difference(x.difference)] for x in settled], asked]


def jacobians() -> dict[str, Case]:
    return {
        "early differences": repeated(400, of_early_difference),
        "bounds of flat entries": repeated(30, of_bounds),
        "entries of Jacobians": repeated(80, of_columns),
        "directions": repeated(50, of_directions),
        "verdicts along directions": repeated(80, of_direction_verdicts),
        "small entries of directions": repeated(20, of_small_entries),
        "wrong entries of directions": repeated(60, of_along_directions),
        "negligible entries": repeated(200, of_negligible_entries),
        "sizes of inputs": repeated(
            40,
            lambda draw: [
                sizes_beside_others(np.array([power(draw, -12, 3) for _ in range(draw.randrange(1, 5))])),
                sizes_beside_others(np.array([0.0, 0.0, 0.0, draw.choice((0.0, 2.0))])),
            ],
        ),
    }


CASES: dict[str, Case] = {
    **samples(),
    **extrapolation(),
    **noises(),
    **usual_steps(),
    **functions(),
    **products_with_vectors(),
    **jacobians(),
}


def test_every_estimate_is_kept() -> None:
    assert CASES.keys() == read(KEPT).keys()


@pytest.mark.parametrize("name", [*CASES][:: 1 if IS_WITH_ALL_KEPT_NUMBERS else 8])
def test_estimates_are_as_kept(name: str) -> None:
    assert checksum(CASES[name]) == read(KEPT)[name]


if __name__ == "__main__":
    rewrite(KEPT, CASES)
