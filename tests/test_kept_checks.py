"""Numbers of checks that no other test states: differences, error bars, evaluations, verdicts and their order.

Each is kept as a checksum of numbers and of how many remarks and words there are, so that no wording is part of it.
A change is to be looked at; if it is meant, keep it: python tests/test_kept_checks.py
"""

from __future__ import annotations

import math
import random
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from battery import KINDS, SHAPES, applied, decided, exponential, noise, sine_and_cosine, single, trials
from effort import IS_WITH_ALL_KEPT_NUMBERS
from faults import faulty
from kept import DATA, Case, checksum, read, rewrite
from test_kept_numbers import of_check, plain

import autograd as ag
from autograd import Value
from autograd.array_libraries import unit_roundoff
from autograd.checking.common_mistakes import _factor_in_words as factor_in_words
from autograd.checking.consistency import subset_with_sum
from autograd.checking.finite_differences import derivative
from autograd.checking.hints import about_factor, has_factor, simple_factor, with_simple_factor, without_named_ratio
from autograd.checking.jacobian import early_difference
from autograd.checking.rules import secant_slopes
from autograd.checking.sampling import FlatGraph, Neighbourhood, safe_fsum
from autograd.checking.verdict import (
    CUSP,
    Difference,
    Finding,
    describe_mistake,
    distance_at_most,
    settled_in_row,
    worst_first,
)
from autograd.testing import points as sample_points

KEPT = DATA / "checks.txt"


# --- differences of one function


def of_difference(found: Difference) -> str:
    numbers = (found.slope, found.error, found.left, found.right, found.swing, found.noise, found.resolution)
    return f"{' '.join(f'{x:.7g}' for x in numbers)} {found.evaluations} {bool(found.reason)} {found.precision[-16:]}"


def differences() -> dict[str, Case]:
    """Functions of one number in exact arithmetic: smooth, noisy, kinked, jumping, rounded, with a domain that ends."""

    def case(kind: str) -> Case:
        def lines() -> list[str]:
            found = []
            for trial in trials(kind, 14):
                first, f, x = next(iter(trial.right.values())), trial.f, trial.x
                at = f(x)
                size = abs(at[0] if isinstance(at, tuple) else at)
                options: list[dict[str, float]] = [
                    {"expected": first},
                    {"unit": 2.0**-24},
                    {"noise": 2.0**-24 * (size or 1.0)},
                    {"noise": 0.1 * (size or 1.0)},
                    {"scale": 8.0 * abs(x)},
                ]
                for more in options:
                    found.append(of_difference(derivative(f, x, **more)))
            return found

        return lines

    def around() -> list[str]:
        """Samples beside kinks, jumps and ends, on either side."""
        functions: list[Callable[[float], Any]] = [
            lambda x: (abs(x - 1.0), x > 1.0),
            lambda x: (x * x if x < 1.0 else 3.0 + x, x < 1.0),
            lambda x: math.sqrt(1.0 - x),
            lambda x: (math.sqrt(x - 1.0), x > 1.0),
            lambda x: 1.0 / (x - 1.0),
            lambda x: math.nan,
            lambda x: x * x * (1.0 + 1e-9 * noise(x, 3)),
            lambda x: (7.0 if x == 1.0 else x, x == 1.0),
            lambda x: (math.floor(x), math.floor(x)),
            lambda x: single(x * x),
        ]
        found = []
        for f in functions:
            place = Neighbourhood(f, 1.0, 1.0, unit=2.0**-24 if f is functions[-1] else 0.0)
            for step in (0.5, 2.0**-8, 2.0**-30, 2.0**-45):
                for row in place.differences(step):
                    found.append("none" if row is None else " ".join(f"{x:.9g}" for x in row))
                rows = place.differences(step)
                found.append(f"{rows.split():.6g} {rows.split(1e-3):.6g} {rows.first is not None}")
            flags = place.is_finite, place.has_moved, place.has_gaps, place.is_kink, place.jumps
            sides = [(place.is_open(s), place.ends_near(s), place.measured_noise_of_side(s)) for s in (+1, -1)]
            found.append(f"{flags} {sides} {place.greatest:.9g} {place.rounding} {place.farthest} {place.evaluations}")
            found.append(f"{place.measured_noise(1.0):.6g} {place.range_within(0.25)} {place.evaluations}")
        return found

    def hidden() -> list[str]:
        """A slope that only steps far larger than the point are clear of."""
        found = []
        for power in (*range(12, 36, 2), 60, 100):
            for x in (1.0, -3e-5, 2e5):
                for slope, bend in ((1.0, 0.0), (0.0, 1e3), (-1e9, 0.0)):
                    f = lambda t, c=10.0**power, slope=slope, bend=bend: c + slope * t + bend * t * t  # noqa: E731
                    found += [of_difference(derivative(f, x)), of_difference(derivative(f, x, noise=1e3))]
        return found

    def sums() -> list[str]:
        found = [f"{safe_fsum(x)}" for x in ([1e308, 1e308], [0.1] * 10, [], [math.inf, -math.inf], [-1e308, -1e308])]
        point = (lambda x: (x * x * x, x > 0.0)), (lambda x: (math.sqrt(x), 0)), (lambda x: (1.0 / (x - 3.0), None))
        for f, x, step in product(point, (0.25, 2.0), (0.5, 1.0, 1e-3, 1e-20, 1e300)):
            slopes = secant_slopes(f, x, step, f(x))
            found.append("none" if slopes is None else " ".join(f"{s:.9g}" for s in slopes))
        nests: list[Any] = [np.float32(1.0), np.float16(1.0), [0.5, np.float32(1)], {"a": (np.zeros(2, np.float16),)}]
        return [*found, *(f"{unit_roundoff(x)}" for x in [*nests, 1.0, [], {}, np.zeros(2), np.complex64(1)])]

    return {
        **{f"differences of {kind}": case(kind) for kind in KINDS},
        "around a point": around,
        "hidden": hidden,
        "sums": sums,
    }


def verdicts() -> list[str]:
    """Every verdict beside its limits, with the words of the relation reduced to their numbers."""
    bars, swings = (0.0, 1e-12, 1e-7, 1e-6, 2e-6, 1e-3, 0.3, 1e300, math.inf), (0.0, 1.0, 2.0, 1e9)
    slopes = (0.0, 2.0, -2.0, 1e-320, math.inf, -math.inf, math.nan)
    lines = []
    for slope, error, swing in product(slopes, bars, swings):
        for more in ({}, {"noise": 1e-6, "precision": "p"}):
            found = Difference(slope, error, swing=swing, **more)  # type: ignore[arg-type]
            claims = [0.0, 2.0, -2.0, 1.0, -1.0, 2.0 + 7.9 * error, 2.0 + 8.1 * error, 2.0 + 19.9 * error]
            claims += [2.0 + 20.1 * error, 2.0 + 1e-7, 2.0 + 4e-7, math.inf, -math.inf, math.nan, 0.5, 8.0, 16.0, 1e9]
            read = " ".join(found.verdict(claim)[0] for claim in claims)
            read += " ".join(found.verdict(claim, 1e-3)[0] for claim in claims)
            flags = found.is_resolved, found.is_clean, found.is_flat, found.jumps, found.is_kink
            lines.append(f"{read} {flags} {found.size:.6g} {found.resolution:.6g} {found.max_relative_error}")
            for claim in claims:
                finding = Finding(claim, found, found.verdict(claim))
                lines.append(
                    f"{finding.agreement:.5g} {finding.accuracy:.5g} {finding.holds} {plain(finding.remark())}"
                )
    for left, right, error in product((-1.0, 0.0, math.inf), (0.5, -math.inf, 1.0), (0.0, 1e-3)):
        for reason in ("a kink", "a jump", CUSP):
            found = Difference(math.nan, error, left, right, swing=1.0, reason=reason)
            claims = [-1.0, 0.0, 0.5, 1.0, -1.0079, 1.0079, 1.0081, -1.0081, 0.508, 0.509, math.inf, math.nan]
            lines.append(" ".join(found.verdict(claim)[0] + found.verdict(claim, 0.01)[0] for claim in claims))
            lines.append(f"{found.resolution:.5g} {found.jumps} {plain(Finding(0.5, found, 'kink').remark())}")
    ratios = (1.0, 2.0, 0.5, -1.0, -2.0, -0.5, 0.25, 2.0 + 1e-6, 2.0 + 3e-6, 1.0009, 1.0011, 0.9989, 3.7, 0.0)
    for ratio, slope in product(ratios, (4.0, -3.0, 2.0, 0.0, math.inf)):
        lines.append(describe_mistake(ratio * slope, Difference(slope, 0.0)))
    order = [Finding(x, Difference(2.0, e, swing=2.0), v) for x in (2.0, 3.0, math.nan) for e in (0.0, 1.0)
             for v in ("pass", "kink", "undecided", "fail")]  # fmt: skip
    return lines + [f"{x.verdict} {x.engine} {x.error}" for x in worst_first(order)]


# --- checks of functions


def of_report(check: Any) -> list[str]:
    """Return the numbers of a check, with how many remarks and hints it has."""
    findings = [*check.leaves, *check.values, *check.edges, *check.sweeps]
    hints = " ".join(f"{len(x.notes)}{bool(x.hint)}{bool(x.reason)}" for x in findings)
    counts = f"{check.mode} {check.derivative_count} {check.direction_count} {len(check.remarks)} {bool(check.note)}"
    strict = check.strict()
    scale = [f"{x.difference.noise:.4g} {bool(x.difference.precision)} {x.is_direction}" for x in findings]
    # Where a node was made depends on this file.
    page = "\n".join(line for line in check.markdown().splitlines() if ".py" not in line)
    short = [plain(x) for x in (page, check.resolution, *check.remarks) if ".py" not in x]
    return [*of_check(check), hints, counts, f"{bool(strict)} {len(strict.leaves)}", *scale, *map(rounded, short)]


def rounded(text: str) -> str:
    return re.sub(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", lambda x: f"{float(x[0]):.3g}", text)


def matrix(seed: int, height: int, width: int, spread: int = 0) -> np.ndarray[Any, Any]:
    draw = random.Random(seed)
    rows = [[draw.randrange(1, 32) / 8.0 * draw.choice((1, -1)) for _ in range(width)] for _ in range(height)]
    return np.array(rows) * np.ldexp(1.0, [draw.randrange(-spread, spread + 1) for _ in range(width)])


def vector_function(seed: int, height: int, width: int, spread: int = 0) -> tuple[Any, Any, Any]:
    """Return a function of a list with several results, its Jacobian and a point."""
    A, B = matrix(seed, height, width, spread), matrix(seed + 1, height, width)
    x = matrix(seed + 2, 1, width)[0]

    def f(p: Any) -> list[Any]:
        inner = [sum(a * t for a, t in zip(row, p, strict=True)) for row in A.tolist()]
        bent = [sum(b * t * t for b, t in zip(row, p, strict=True)) for row in B.tolist()]
        return [y * y / (2.0 + y * y) + 0.125 * z for y, z in zip(inner, bent, strict=True)]

    def jacobian(p: Any) -> np.ndarray[Any, Any]:
        y = A @ np.reshape(p, -1)
        return (4.0 * y / (2.0 + y * y) ** 2)[:, None] * A + 0.25 * B * np.reshape(p, -1)

    return f, jacobian, x


def spoiled(J: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Return a Jacobian with the usual mistakes in it."""
    one, small, zero, swapped = J.copy(), J.copy(), J.copy(), J.copy()
    one[-1, 0] *= 1.001
    small[0, -1] += 1e-9
    zero[0, 0] = 0.0
    swapped[:, [0, -1]] = swapped[:, [-1, 0]]
    outer = J + np.outer(np.arange(1.0, len(J) + 1.0), np.arange(1.0, J.shape[1] + 1.0)) * 0.125
    not_a_number = J.copy()
    not_a_number[-1, -1] = math.nan
    infinite = J.copy()
    infinite[0, -1] = math.inf
    moved = {"reversed": J[:, ::-1], "rows reversed": J[::-1], "shifted": np.roll(J, 1, axis=1), "columns": swapped}
    if J.shape[0] == J.shape[1]:
        moved["transposed"] = J.T
    factors = {f"times {c:g}": J * c for c in (2.0, 0.5, -1.0, 3.0, 1.0 / 3.0, 1.5, 8.0, 0.125)}
    wrong = {"one": one, "small": small, "zero": zero, "outer": outer, "nan": not_a_number, "inf": infinite}
    return {
        "right": J,
        **wrong,
        **moved,
        **factors,
        "of the third": J * [[1.0 + 0.5 * (k == 2)] for k in range(len(J))],
    }


def given() -> dict[str, Case]:
    """Given derivatives, right and wrong, of functions with one to three hundred inputs."""

    def case(seed: int, height: int, width: int, names: Sequence[str] = (), spread: int = 0, **options: Any) -> Case:
        def lines() -> list[str]:
            f, jacobian, x = vector_function(seed, height, width, spread)
            single = (lambda p: f(p)[0]) if height == 1 else f
            found: list[str] = []
            for name, wrong in spoiled(jacobian(x)).items():
                if names and name not in names:
                    continue
                claim = wrong[0] if height == 1 else wrong
                found += [name, *of_report(ag.gradcheck(single, (x.tolist(),), gradient=claim, **options))]
                # As functions, they can be compared at another point.
                again = lambda p, name=name: spoiled(jacobian(p))[name]  # noqa: E731
                if not names:
                    rows = (lambda p, again=again: again(p)[0]) if height == 1 else again
                    found += of_report(ag.gradcheck(single, (x.tolist(),), gradient=rows, **options))
            return found

        return lines

    def arguments(seed: int) -> Case:
        """Several arguments, of which some are exchanged, transposed or scaled."""

        def lines() -> list[str]:
            draw = random.Random(seed)
            U, V, w = matrix(seed, 3, 3), matrix(seed + 1, 3, 4), draw.randrange(1, 9) / 4.0

            def f(A: Any, B: Any, c: Any) -> Any:
                return float((A * A * U).sum() + (B * B * B * V).sum() * c + (A @ B).sum())

            def right(A: Any, B: Any, c: Any) -> list[Any]:
                one = np.ones((3, 4))
                return [2.0 * A * U + one @ B.T, 3.0 * B * B * V * c + A.T @ one, float((B * B * B * V).sum())]

            at = (matrix(seed + 2, 3, 3), matrix(seed + 3, 3, 4), w)
            slips: list[Callable[[Any, Any, Any], Any]] = [
                lambda A, B, c: right(A, B, c),
                lambda A, B, c: [right(A, B, c)[0].T, *right(A, B, c)[1:]],
                lambda A, B, c: [right(A, B, c)[0] * 2.0, *right(A, B, c)[1:]],
                lambda A, B, c: [right(A, B, c)[0], right(A, B, c)[1].reshape(4, 3).T, right(A, B, c)[2]],
                lambda A, B, c: [right(A, B, c)[0], right(A, B, c)[1] * 9.0, right(A, B, c)[2] / 7.0],
                lambda A, B, c: [right(A, B, c)[0][:, ::-1], right(A, B, c)[1], 0.0],
                lambda A, B, c: [right(A, B, c)[0] + A, right(A, B, c)[1] - 1e-3, right(A, B, c)[2]],
                lambda A, B, c: [y * -1.0 for y in right(A, B, c)],
                lambda A, B, c: [right(A, B, c)[0][[1, 2, 0]], right(A, B, c)[1][:, [1, 2, 3, 0]], c],
            ]
            found = []
            for slip in slips:
                found += of_report(ag.gradcheck(f, at, gradient=lambda *xs, slip=slip: tuple(slip(*xs))))
                found += of_report(ag.gradcheck(f, at, gradient=tuple(slip(*at))))
            return found

        return lines

    def products(height: int, width: int) -> list[str]:
        f, jacobian, x = vector_function(5, height, width)
        J = lambda p: jacobian(p)  # noqa: E731
        forms: list[dict[str, Any]] = [
            {"jvp": lambda p, v: J(p) @ np.asarray(v)},
            {"vjp": lambda p, u: np.asarray(u) @ J(p)},
            {"jvp": lambda p, v: J(p) @ np.asarray(v), "vjp": lambda p, u: 2.0 * np.asarray(u) @ J(p)},
            {"jvp": lambda p, v: J(p) @ np.abs(np.asarray(v))},
            {"vjp": lambda p, u: np.asarray(u) @ J(p) + 1e-6 * np.dot(u, u)},
            {"jvp": lambda p, v: J(p) @ np.asarray(v) * (1.0 + 1e-9 * np.dot(v, v)), "gradient": J(x)},
        ]
        return [line for form in forms for line in of_report(ag.gradcheck(f, (x.tolist(),), **form))]

    def hessians(seed: int) -> Case:
        def lines() -> list[str]:
            A = matrix(seed, 3, 3)
            S, x = A + A.T, matrix(seed + 1, 1, 3)[0]
            f = lambda p: sum(  # noqa: E731
                0.5 * S[i, j] * p[i] * p[j] * (1.0 + 0.25 * p[i] * p[j]) for i in range(3) for j in range(3)
            )
            gradient = lambda p: [  # noqa: E731
                sum(S[i, j] * p[j] * (1.0 + 0.5 * p[i] * p[j]) for j in range(3)) for i in range(3)
            ]
            H = S * (1.0 + np.outer(x, x)) + np.diag(
                [0.5 * sum(S[i, j] * x[j] ** 2 for j in range(3)) for i in range(3)]
            )
            off = {"one": 1e-3, "least": 1e-10, "large": 5.0}
            forms = [H, H.T * 2.0, H * -1.0, H[::-1], H + np.triu(H) * 1e-4, H.tolist()]
            for size in off.values():
                wrong = H.copy()
                wrong[0, 2] += size
                forms += [wrong, wrong + 2.0 * size * np.eye(3)]
            found = []
            for form in forms:
                found += of_report(ag.gradcheck(f, (x.tolist(),), hessian=form))
                found += of_report(ag.gradcheck(f, (x.tolist(),), gradient=gradient, hessian=form))
            return found

        return lines

    shapes = [(1, 1), (1, 2), (1, 5), (2, 2), (3, 3), (3, 4), (4, 3), (5, 5)]
    some = ("right", "one", "small", "times 2", "reversed", "nan", "inf", "zero")
    return {
        **{f"given {m} × {n}": case(m * 10 + n, m, n) for m, n in shapes},
        **{f"given {m} × {n}, apart": case(m + n, m, n, some, 24) for m, n in ((1, 6), (3, 5), (2, 40))},
        **{f"given {m} × {n}, fast": case(m + n, m, n, some, 3, mode="fast") for m, n in ((1, 1), (1, 7), (3, 9))},
        "given 1 × 300, fast": case(7, 1, 300, some[:3], 2, mode="fast"),
        "given 1 × 300": case(8, 1, 300, some[:2]),
        "given 2 × 5, wide apart, fast": case(9, 2, 5, some, 30, mode="fast"),
        "given, atol": case(12, 2, 3, ("one", "small", "zero"), atol=1e-6),
        "given, large atol": case(12, 2, 3, ("one", "small", "zero"), atol=10.0),
        "given, rtol": case(13, 2, 3, ("one", "small"), rtol=0.01),
        "given, rtol of 0": case(13, 2, 3, ("right", "one", "small"), rtol=0.0),
        "given, noise": case(14, 2, 3, ("right", "one", "small", "times 2"), noise=1e-6),
        "given, noise, fast": case(14, 2, 3, ("right", "one", "small", "times 2"), noise=1e-6, mode="fast"),
        "given, kinks": case(15, 1, 2, ("right", "one"), kinks="fail"),
        **{f"given arguments {seed}": arguments(seed) for seed in range(2)},
        **{f"given products {m} × {n}": lambda m=m, n=n: products(m, n) for m, n in ((1, 3), (3, 2))},  # type: ignore[misc]
        **{f"given hessian {seed}": hessians(seed) for seed in range(2)},
    }


def hard() -> dict[str, Case]:
    """Given derivatives of functions with noise, kinks, jumps, few digits, ends of the domain and nested points."""
    functions: dict[str, tuple[Callable[..., Any], Any, Any]] = {
        "float32": (lambda x, y: np.float32(x) * np.float32(y) + np.float32(x), (1.5, 2.25), [3.25, 1.5]),
        "float16": (lambda x, y: np.float16(x) * np.float16(y), (1.5, 2.25), [2.25, 1.5]),
        "float32 array": (
            lambda p: (p * p * p).sum(),
            (np.array([1.5, -0.25, 2.0], np.float32),),
            np.array([6.75, 0.1875, 12.0], np.float32),
        ),
        "rounded": (lambda x, y: math.floor((x * y + x) * 4096.0) / 4096.0, (1.3, 2.2), [3.2, 1.3]),
        "noisy": (lambda x, y: (x * y + x) * (1.0 + 1e-8 * noise(x + y, 2)), (1.3, 2.2), [3.2, 1.3]),
        "very noisy": (lambda x, y: (x * y + x) * (1.0 + 1e-4 * noise(x + y, 2)), (1.3, 2.2), [3.2, 1.3]),
        "kinked": (lambda x, y: abs(x) + max(y, 1.0) + x * y, (0.0, 1.0), [1.0, 0.5]),
        "jumping": (lambda x, y: (x > 1.0) + x * y, (1.0, 2.0), [2.0, 1.0]),
        "end": (lambda x, y: math.sqrt(x) * y + math.sqrt(1.0 - y), (0.25, 1.0), [1.0, math.inf]),
        "cusp": (lambda x, y: math.sqrt(abs(x)) + y, (0.0, 1.0), [0.0, 1.0]),
        "flat": (lambda x, y: 3.0 + 0.0 * x + y * 1e-30, (1.0, 2.0), [0.0, 1e-30]),
        "steep": (lambda x, y: exponential(30.0 * x) * y, (0.5, 1e-6), [1e2, exponential(15.0)]),
        "wave": (lambda x, y: sine_and_cosine(300.0 * x)[0] * y, (0.5, 2.0), [600.0 * sine_and_cosine(150.0)[1], 0.0]),
        "large": (lambda x, y: x * x + 1e200 * y, (1e100, 3.0), [2e100, 1e200]),
        "tiny": (lambda x, y: x * x * 1e-200 + y * 1e-250, (1e-50, 3.0), [2e-250, 1e-250]),
        "negligible": (lambda x, y, z: 1e9 * x + y * 1e-9 + z * 0.0, (1.0, 2.0, 3.0), [1e9, 1e-9, 1e-7]),
        "nested": (
            lambda p: p["a"][0] * p["a"][1] + p["b"] * p["b"],
            ({"a": [1.5, 2.0], "b": 3.0},),
            {"a": [2.0, 1.5], "b": 6.1},
        ),
        "nested results": (
            lambda p, q: {"u": p[0] * q, "v": [p[1] * p[1], q]},
            ([1.5, 2.0], 0.5),
            {"u": ([0.5, 0.0], 1.5), "v": ([[0.0, 4.0], [0.0, 0.0]], [0.0, 1.5])},
        ),
        "whole numbers": (lambda n, x: x * n, (3, 2.0), [2.0, 3.0]),
    }

    def case(name: str, **options: Any) -> Case:
        def lines() -> list[str]:
            f, at, right = functions[name]
            with np.errstate(all="ignore"):
                found = of_report(ag.gradcheck(f, at, gradient=right, **options))
                if isinstance(right, list):
                    for factor in (2.0, -1.0, 1.001, 1.0 + 1e-6, 0.0):
                        found += of_report(ag.gradcheck(f, at, gradient=[factor * x for x in right], **options))
                        found += of_report(ag.gradcheck(f, at, gradient=[right[0], *(factor * x for x in right[1:])]))
            return found

        return lines

    plain_names = [x for x, (_, at, right) in functions.items() if isinstance(right, list)]
    return {
        **{f"hard, {name}": case(name) for name in functions},
        **{f"hard, {name}, fast": case(name, mode="fast") for name in plain_names},
        **{f"hard, {name}, noise": case(name, noise=1e-5) for name in plain_names},
    }


# --- checks of recorded functions


def recorded() -> dict[str, Case]:
    """Functions of Values with several results, at points near and far from 0, in both modes and orders."""
    half_wrong = faulty("mul", lambda x, y, z: (y, 2.0 * x))
    no_second = faulty("sqrt", lambda x, z: 0.5 / math.sqrt(x))
    asymmetric = faulty("mul", lambda x, y, z: (y, x * 1.0 + 0.0 * y))

    def several(p: Any) -> list[Any]:
        x, y, *rest = p
        return [x * y + ag.sqrt(x * x + 1.0), y / (1.0 + x * x), *(x * z for z in rest)]

    def wrong(p: Any) -> list[Any]:
        x, y, *rest = p
        return [half_wrong(x, y) + x, y / (1.0 + x * x), *(x * z for z in rest)]

    def escaped(p: Any) -> Any:
        return p[0] * p[0].data + ag.sqrt(p[1] * p[1] + 1.0)

    def escaped_at_the_end(p: Any) -> Any:
        """Its domain ends at the first point on one side of p[0], and at another on the other side."""
        return p[0] * p[0].data * math.sqrt(1.0 - p[0].data) + p[1] * math.sqrt(abs(p[0].data) - 0.5) + p[1]

    def branches(p: Any) -> Any:
        return p[0] * 2.0 if p[0] > 1.0 else p[0] * p[1]

    draw = random.Random()

    def unsteady(p: Any) -> Any:
        return p[0] * (2.0 + draw.randrange(3)) + p[1]

    functions: dict[str, Callable[[Any], Any]] = {
        "several": several,
        "wrong": wrong,
        "escaped": escaped,
        "escaped at an end": escaped_at_the_end,
        "branches": branches,
        "unsteady": unsteady,
        "kinks": lambda p: ag.relu(p[0] - 1.0) + ag.abs(p[1]) + ag.maximum(p[0], p[1]),
        "steps": lambda p: ag.step(p[0] - 1.0) + p[1] * ag.sign(p[0]),
        "second": lambda p: asymmetric(p[0], p[1]) * p[0],
        "one": lambda p: p[0] ** 3 / (p[1] + 3.0),
    }
    points = [[1.0, 0.0], [1.0, -2.5], [1e-7, 3.0], [40.0, 1e5], [0.5, 0.25, 2.0]]

    def case(name: str, **options: Any) -> Case:
        def lines() -> list[str]:
            found: list[str] = []
            draw.seed(0)
            for at in [[1.0, 2.0], [0.5, 2.0], [-0.5, 0.0]] if name == "escaped at an end" else points:
                if options.get("order") == 2 and name in ("several", "wrong"):
                    found += of_report(ag.gradcheck(lambda p: functions[name](p)[0], (at,), **options))
                else:
                    found += of_report(ag.gradcheck(functions[name], (at,), **options))
            return found

        return lines

    def no_rule_for_values() -> list[str]:
        return of_report(ag.gradcheck(lambda x: no_second(x) * x, 2.0))

    def leaves() -> list[str]:
        x, y = Value(1.5, "x"), Value(0.25, "y")
        z = (x * y).named("z")
        C = half_wrong(z, x) + ag.sqrt(z * z + 1.0)
        subsets: list[Any] = [[x], [y, x], [z], [z, y], None]
        return [line for some in subsets for line in of_report(ag.gradcheck(C, leaves=some))]

    return {
        **{f"recorded, {name}": case(name) for name in functions},
        **{f"recorded, {name}, order 2": case(name, order=2) for name in functions if name != "unsteady"},
        **{f"recorded, {name}, fast": case(name, mode="fast") for name in functions if name != "unsteady"},
        **{f"recorded, {name}, strict": case(name, kinks="fail", rtol=1e-4) for name in ("kinks", "steps", "one")},
        "recorded, noise": case("one", noise=1e-6),
        "recorded, atol": case("wrong", atol=2.0),
        "recorded, no rule for Values": no_rule_for_values,
        "recorded, leaves": leaves,
    }


def subsets() -> list[str]:
    """Terms that add up to a sum, among many that do not."""
    lines = []
    for count in (1, 2, 3, 8, 16, 20, 24):
        draw = random.Random(count)
        terms = [draw.randrange(-64, 65) / 16.0 for _ in range(count)]
        totals = [sum(terms[::2]), sum(terms), terms[0], -terms[-1], 0.0, 1e9, sum(terms) * 2.0, math.inf, math.nan]
        for total in totals:
            lines.append(f"{subset_with_sum(total, terms)}")
        lines.append(f"{subset_with_sum(1.0, [0.0] * count)} {subset_with_sum(2.0, [*terms, math.inf])}")
    return lines


def rules() -> dict[str, Case]:
    """Wrong rules of each operation of two operands at most: the verdicts, and the rule that would hold."""
    slips: dict[str, Callable[..., Any]] = {
        "negative": lambda s: [-1.0 * x for x in s],
        "twice": lambda s: [2.0 * x for x in s],
        "one more": lambda s: [x + 1.0 for x in s],
        "square": lambda s: [x * x for x in s],
        "reciprocal": lambda s: [1.0 / (x * x + 1.0) for x in s],
        "exchanged": lambda s: s[::-1],
        "first alone": lambda s: [s[0], *(0.0 * x for x in s[1:])],
        "ones": lambda s: [1.0 + 0.0 * x for x in s],
    }

    def slipped(op: ag.Op, change: Callable[..., Any]) -> Callable[..., Any]:
        def one(x: Any, z: Any) -> Any:
            return change(list(op.rule((x,), z)))[0]

        def two(x: Any, y: Any, z: Any) -> Any:
            return tuple(change(list(op.rule((x, y), z))))

        return one if op.arity == 1 else two

    def case(name: str) -> Case:
        def lines() -> list[str]:
            op, found = ag.TABLE[name], []
            count = op.arity or 2
            at = [point(op.domain[min(i, len(op.domain) - 1)], i) for i in range(count)]
            for slip, change in slips.items():
                wrong = faulty(name, slipped(op, change))
                check = ag.gradcheck(wrong(*[Value(x, "xyz"[i]) for i, x in enumerate(at)]) * 1.5)
                edges = [f"{x.verdict} {x.slot} {plain(x.hint)} {bool(x.hint)} {bool(x.reason)}" for x in check.edges]
                # Of results of the platform's functions no digits are kept.
                found += [f"{slip} {bool(check)}", *(re.sub(r"[-+.\d]+(e[-+]\d+)?", "", x) for x in edges)]
            return found

        return lines

    def point(interval: ag.Interval, i: int) -> float:
        low, high = max(interval.low, -2.0), min(interval.high, 3.0)
        return low + (high - low) * (0.55 + 0.125 * i)

    names = [op.name for op in ag.TABLE.values() if op.arity in (1, 2) and op.partials.__module__ == ag.ops.__name__]
    return {f"wrong rules of {name}": case(name) for name in names}


# --- generated tests of operations


def operations() -> dict[str, Case]:
    """Operations with a mistake: which of the generated tests fail, and the numbers of their messages."""
    table, dice = ag.TABLE, random.Random()

    def mean(*xs: float) -> float:
        return sum(xs) / len(xs)

    bent = ag.Op(
        "bent", lambda x: x * x if x < 1.0 else 2.0 * x - 1.0, lambda x, z: ag.where(ag.step(1.0 - x), 2.0 * x, 2.0), 1
    )
    weights: dict[str, ag.Op] = {
        "mul": table["mul"],
        "sqrt, wider domain": replace(table["sqrt"], domain=(ag.Interval(-1.0),)),
        "sqrt, in words": replace(table["sqrt"], domain=(ag.Interval(-1.0),), requires="a square"),
        "sqrt, narrow": replace(table["sqrt"], domain=(ag.Interval(0.25, 4.0),)),
        "div, negative": replace(table["div"], domain=(ag.Interval(high=0.0, open=True),)),
        "div, wrong": faulty("div", lambda x, y, z: (1.0 / y, z / y)),
        "div, first wrong": faulty("div", lambda x, y, z: (y, -z / y)),
        "mul, asymmetric": faulty("mul", lambda x, y, z: (ag.where(x, y, 0.0), x)),
        "mul, from data": faulty("mul", lambda x, y, z: (getattr(y, "data", y), x)),
        "mul, other on Values": faulty("mul", lambda x, y, z: (y * 2.0 if isinstance(y, Value) else y, x)),
        "mul, raises": faulty("mul", lambda x, y, z: (y / (x - x), x)),
        "sub, numpy": replace(table["sub"], numpy="add"),
        "mul, numpy": replace(table["mul"], numpy="multiply"),
        "mul, written": replace(table["mul"], written=lambda x, y, z: (y, x)),
        "mul, written wrong": replace(table["mul"], written=lambda x, y, z: (y, 1.0 + x)),
        "abs, no branch": replace(table["abs"], branch=table["mul"].branch),
        "abs": table["abs"],
        "maximum": table["maximum"],
        "maximum, wrong": faulty("maximum", lambda x, y, z: (1.0, 1.0)),
        "relu, nan": replace(table["relu"], forward=lambda x: x if x > 0.0 else 0.0),
        "square, nan": replace(table["sqrt"], forward=lambda x: math.sqrt(x) if x > 0.0 else 0.0),
        "bent": bent,
        "bent, branch": replace(bent, branch=lambda x: float(x < 1.0)),
        "mean": ag.Op("mean", mean, lambda *xs, z: tuple(1.0 / len(xs) + 0.0 * x for x in xs), None),
        "mean, wrong": ag.Op("mean", mean, lambda *xs, z: tuple(0.5 + 0.0 * x for x in xs), None),
        "no value": ag.Op("none", lambda x: math.sqrt(-1.0 - x * x), lambda x, z: x, 1),
        "random": ag.Op("dice", lambda x: x + dice.random(), lambda x, z: 1.0 + 0.0 * x, 1),
        "two intervals": replace(table["mul"], domain=(ag.Interval(-1.0, 1.0), ag.Interval(2.0, open=True))),
        "far": replace(table["mul"], domain=(ag.Interval(1e3, 1e6), ag.Interval(high=-5.0))),
    }

    def case(name: str) -> Case:
        def lines() -> list[str]:
            op, found = weights[name], []
            dice.seed(1)
            for points in ((), (2.0,), ((0.5, 3.0),), ((0.5, 3.0), (-0.25, 0.75), (1.0, 1.0)), ((1.0, 2.0, 3.0),)):
                try:
                    cases = ag.op_cases(op, points)
                except ValueError as error:
                    found.append(f"ValueError {numbers_in(str(error))}")
                    continue
                for test in cases:
                    try:
                        with warnings.catch_warnings():
                            warnings.simplefilter("ignore")
                            test()
                        found.append(f"{test} holds")
                    except ag.testing.GradientError as error:
                        found.append(
                            f"{test} {type(error.check).__name__} {error.is_undecided} {rounded(plain(str(error)))}"
                        )
                    except Exception as error:
                        found.append(f"{test} {type(error).__name__}")
            return [*found, *at_points(op)]

        return lines

    def at_points(op: ag.Op) -> list[str]:
        found = [str(sample_points.ordinary(op))]
        for base in ((0.5,), (0.5, 2.0), (-0.75, 0.25), (1.0, 2.0, 3.0)):
            if len(base) == (op.arity or len(base)):
                ways = sample_points.extreme, sample_points.ties, sample_points.kinks, sample_points.anywhere
                found += [str(way(op, base)) for way in ways]
                found.append(f"{sample_points.is_inside(op, base)} {sample_points.is_finite(op, base)}")
        return found

    def outcomes() -> list[str]:
        checks = [
            ag.gradcheck(lambda x: x * x, 3.0),
            ag.gradcheck(lambda x: abs(x), 0.0),
            ag.gradcheck(lambda x: x * x, 3.0, gradient=9.0),
            ag.gradcheck(lambda x: math.sqrt(abs(x)), 0.0, gradient=1.0),
            ag.gradcheck(lambda x, y: math.sqrt(abs(x)) + y, (0.0, 1.0), gradient=[1.0, 2.0]),
        ]
        return [f"{ag.testing.outcome(check)} {ag.testing.GradientError('', check).is_undecided}" for check in checks]

    return {**{f"operation {name}": case(name) for name in weights}, "outcomes": outcomes}


# --- refusals


def attempt(call: Callable[[], Any]) -> str:
    """Return the numbers of a check, or the name of the error and the numbers in its message."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check = call()
    except Exception as error:
        return f"{type(error).__name__} {numbers_in(str(error))}"
    return check if isinstance(check, str) else " ".join(of_check(check))


def refusals() -> dict[str, Case]:
    """Options beside their limits, and derivatives and points of every shape."""
    x, y = Value(1.5, "x"), Value(0.5, "y")
    C = (x * y + x).named("C")
    numbers: list[Any] = [-1.0, -0.0, 0, 1e-300, 1e-12, 1e-9, 0.5, 1.0 - 2.0**-53, 1.0, 1, 2, 3, 1e300]
    numbers += [math.inf, math.nan, True, "a", "fast", "full", "pass", "fail", None, np.float64(0.5), [0.5]]

    def f(x: Any, y: Any) -> Any:
        return x * y + x

    def options() -> list[str]:
        found = []
        for key in ("rtol", "atol", "noise", "order", "kinks", "mode"):
            for value in numbers:
                asked: dict[str, Any] = {key: value}
                found.append(attempt(lambda o=asked: ag.gradcheck(C, **o)))  # type: ignore[misc]
                found.append(attempt(lambda o=asked: ag.gradcheck(f, (1.5, 0.5), gradient=[1.5, 1.50000015], **o)))  # type: ignore[misc]
        for value in numbers:
            found.append(attempt(lambda v=value: str(ag.check_by_hand(C, rtol=v))))  # type: ignore[misc]
        return found

    def shapes() -> list[str]:
        derivatives: list[Any] = [
            1.0,
            [1.5, 1.5],
            (1.5, 1.5),
            [[1.5, 1.5]],
            [[1.5], [1.5]],
            [1.5],
            [1.5, 1.5, 1.5],
            [],
            None,
        ]
        derivatives += [
            np.array([1.5, 1.5]),
            np.array([[1.5, 1.5]]),
            "a",
            [1.5, "a"],
            [1.5, None],
            [1.5, 1j],
            np.eye(2),
        ]
        derivatives += [
            [[1.5, 1.5], [0.5, 1.0]],
            ([1.5, 1.5], [0.5, 1.0]),
            {"x": 1.5},
            [np.eye(2), np.eye(2)],
            np.zeros((2, 2, 1)),
        ]
        functions: list[tuple[Any, Any]] = [
            (f, (1.5, 0.5)),
            (lambda p: f(*p), ([1.5, 0.5],)),
            (lambda p: [f(*p), p[0] * p[1]], ([1.5, 0.5],)),
            (lambda x, y: [f(x, y), x * y], (1.5, 0.5)),
            (lambda p: p[0] * p[0], ([1.5],)),
            (lambda p: float((p * p).sum()), (np.ones((2, 2)),)),
            (lambda x: x * x, 1.5),
        ]
        found = []
        for g, at in functions:
            for given in derivatives:
                for key in ("gradient", "hessian"):
                    asked = {key: given}
                    found.append(attempt(lambda g=g, at=at, o=asked: ag.gradcheck(g, at, **o)))  # type: ignore[misc]
                    again = {key: lambda *xs, given=given: given}
                    found.append(attempt(lambda g=g, at=at, o=again: ag.gradcheck(g, at, **o)))  # type: ignore[misc]
                found.append(attempt(lambda g=g, at=at, v=given: ag.gradcheck(g, at, jvp=lambda p, u: v)))  # type: ignore[misc]
                found.append(attempt(lambda g=g, at=at, v=given: ag.gradcheck(g, at, vjp=lambda p, u: v)))  # type: ignore[misc]
        return found

    def points() -> list[str]:
        functions: list[Any] = [
            lambda x: x * x,
            f,
            lambda *xs: sum(x * x for x in xs),
            lambda x, y=2.0: x * y,
            lambda p: p[0] * p[1],
            lambda x, *, y=1.0: x * y,
            sum,
            math.fsum,
            lambda x: "a",
            lambda x: None,
            lambda x: [x, [x]],
            lambda x: 1j * x,
            lambda x: math.nan,
            lambda x: [],
            3.0,
            None,
        ]
        places: list[Any] = [
            1.5,
            (1.5,),
            [1.5],
            (1.5, 0.5),
            [1.5, 0.5],
            ([1.5, 0.5],),
            np.array([1.5, 0.5]),
            np.array(1.5),
            (),
            [],
            None,
        ]
        places += [
            {"a": 1.5},
            "a",
            2,
            (2, 1.5),
            True,
            [[1.5, 0.5]],
            Value(1.5),
            (Value(1.5), 0.5),
            math.nan,
            (math.inf, 1.0),
        ]
        found = []
        for g in functions:
            for at in places:
                found.append(attempt(lambda g=g, at=at: ag.gradcheck(g, at)))  # type: ignore[misc]
                found.append(attempt(lambda g=g, at=at: ag.gradcheck(g, at, gradient=lambda *xs: 1.0)))  # type: ignore[misc]
        return found

    def wrong_leaves() -> list[str]:
        other, constant = Value(2.0, "other"), ag.total([Value(1.0, "c")])
        subsets: list[Any] = [[], [other], [x, other], (x, y), [x, x], x, "a", [1.0], None, [C]]
        found = [attempt(lambda s=some: ag.gradcheck(C, leaves=s)) for some in subsets]  # type: ignore[misc]
        found += [attempt(lambda s=some: ag.gradcheck(f, (1.5, 0.5), leaves=s)) for some in subsets]  # type: ignore[misc]
        calls: list[Callable[[], Any]] = [
            lambda: ag.gradcheck(C, 1.0),
            lambda: ag.gradcheck(C, None, 1.0),
            lambda: ag.gradcheck(f, 1.5, 0.5),
            lambda: ag.gradcheck(f, 1.5, 0.5, 2.0),
            lambda: ag.gradcheck(C, gradient=[1.0, 2.0]),
            lambda: ag.gradcheck(f, (1.5, 0.5), gradient=[1.0, 2.0], order=2),
            lambda: ag.gradcheck(f, (1.5, 0.5), jvp=3.0),
            lambda: ag.gradcheck(f),
            lambda: ag.gradcheck(constant),
            lambda: ag.gradcheck(Value(2.0)),
            lambda: ag.gradcheck(lambda p: [p[0], p[1]], ([1.0, 2.0],), order=2),
            lambda: ag.gradcheck(lambda p: [p[0], p[1]], ([1.0, 2.0],), hessian=np.eye(2)),
            lambda: ag.gradcheck(f, (1.5, 0.5), gradient=[1.5, 1.5], hessian=[[0.0, 1.0], [1.0, 0.0]]),
        ]
        return [*found, *map(attempt, calls)]

    return {"options": options, "shapes": shapes, "points of functions": points, "leaves": wrong_leaves}


# --- decisions on single numbers


def decisions() -> dict[str, Case]:
    """Functions that decide on one number, on grids that have values on both sides of each limit."""

    def settled() -> list[str]:
        found = []
        numbers = (0.0, 1e-12, 1e-10, 9.9e-10, 1e-9, 1.01e-9, 1e-6, 2.6e-6, 0.5, math.inf, math.nan)
        differences = [Difference(math.nan, math.inf, reason="why"), Difference(1e-10, 1e-12), Difference(0.25, 0.0)]
        differences += [Difference(1e-10, 1.1e-10), Difference(math.inf, 0.0)]
        bounds = [
            (1e-12, 1e-3),
            (1e-12, 1e-12),
            (math.inf, math.inf),
            (1e-6, 1e-6),
            (1e-6, 2e-7),
            (5e-10, 4e-7),
            (0.0, 0.0),
        ]
        for number, difference, bound, negligible in product(numbers, differences, bounds, (0.0, 1e-9, 1e-6)):
            finding = Finding(number, difference, "undecided")
            x = settled_in_row(finding, negligible, lambda bound=bound: bound)  # type: ignore[misc]
            told = f"{x.difference.slope} {x.difference.error:.6g} {x.difference.reason} {plain(x.reason)}"
            found.append(f"{x.verdict} {told} {distance_at_most(x):.6g}")
        return found

    def early() -> list[str]:
        functions: list[Callable[[float], Any]] = [
            lambda t: [(t * t, None)],
            lambda t: [(0.0, None), (t * t * t - t, t > 0.0)],
            lambda t: [(abs(t - 1.0), None)],
            lambda t: [(1e9 + t, None)],
            lambda t: [(t * t * (1.0 + 1e-9 * noise(t, 1)), None)],
            lambda t: [(math.floor(t * 1e4) / 1e4, None)],
            lambda t: [(single(t * t), None)],
            lambda t: [(math.sqrt(t - 1.0), None)],
            lambda t: [(t, t > 1.0 + 1e-3)],
            lambda t: [(sine_and_cosine(1e4 * t)[0], None)],
            lambda t: [(3.0, None)],
            lambda t: [(1.0 / (t - 1.0625), None)],
        ]
        slopes = (2.0, 2.0, 1.0, 1.0, 2.0, 1.0, 2.0, math.inf, 1.0, 1e4 * sine_and_cosine(1e4)[1], 0.0, -256.0)
        found = []
        for f, slope in zip(functions, slopes, strict=True):
            i = 1 if f is functions[1] else 0
            for factor, limit in product((1.0, 1.0 + 1e-9, 1.0 + 1e-6, 1.001, -1.0), (1e-12, 1e-9, 1e-6, 1e-3, 1.0)):
                for more in ({}, {"noise": 1e-9}, {"noise": 1e-5}, {"unit": 2.0**-24}, {"unit": 2.0**-11}):
                    for scale, slack in ((1.0, 0.0), (0.125, 1e-6)):
                        x = early_difference(f, i, 1.0, scale, factor * slope, limit, slack, **more)
                        found.append("none" if x is None else of_difference(x))
        return found

    def factors() -> list[str]:
        ratios = [0.0, 1.0, 2.0, 3.0, 7.0, 100.0, 999_999.0, 1_000_000.0, 1_000_001.0, 1.5, 1e9, 2.5, 20.0, 1.05, 2.05]
        ratios += [-x for x in ratios] + [1.0 / x for x in ratios if x] + [x * (1.0 + 2e-6) for x in ratios]
        ratios += (
            [x * (1.0 + 5e-7) for x in ratios[:15]] + [x + 0.04 for x in ratios[:15]] + [x + 0.1 for x in ratios[:15]]
        )
        found = [f"{numbers_in(factor_in_words(x))} {len(factor_in_words(x).split())}" for x in ratios]
        for ratio, error, level in product(ratios, (0.0, 1e-9, 1e-4, 1e-3, 0.02, 0.1), (0.0, 1e-6)):
            difference = Difference(4.0, 4.0 * error, swing=4.0, noise=level, precision="p")
            x = Finding(4.0 * ratio, difference, "fail")
            simple = simple_factor(x)
            words = with_simple_factor(x).remark(), without_named_ratio(x).remark()
            found.append(
                f"{has_factor(x)} {simple:.7g} {[numbers_in(y) for y in words]} {[len(y.split()) for y in words]}"
            )
            if not math.isnan(simple):
                found.append(numbers_in(about_factor(simple)))
        for verdict, engine, slope in product(("fail", "pass"), (1.0, 0.0, math.inf), (2.0, 0.0, math.nan)):
            found.append(f"{has_factor(Finding(engine, Difference(slope, 0.0, swing=1.0), verdict))}")
        return found

    return {"settled in their row": settled, "early differences": early, "factors": factors}


# --- many applications at once


def groups() -> dict[str, Case]:
    """Hard functions that are checked together: the position and the numbers of each that is decided so."""

    def case(shape: str) -> Case:
        def lines() -> list[str]:
            # One application more makes a group.
            few = [*applied("plain", 1, 15), *applied("far", 1, 16)]
            graphs = [FlatGraph(*applied(shape, 0, 200), *few), FlatGraph(*applied(shape, 1, 200))]
            return [f"{i} {said}" for graph in graphs for i, said in decided(graph).items()]

        return lines

    return {f"groups, {shape}": case(shape) for shape in SHAPES}


# --- derivatives by hand


def by_hand() -> dict[str, Case]:
    """Derivatives that were filled in with the mistakes that students make, on random graphs."""

    def graph(draw: random.Random, size: int) -> list[Value]:
        nodes = [Value(draw.randrange(2, 9) / 4.0, f"x{k}") for k in range(3)]
        for k in range(size):
            x, y = draw.choice(nodes[-3:]), draw.choice(nodes)
            made = [x * y, x + y, x - 2.0 * y, x / (y * y + 1.0), x * x, ag.sqrt(x * x + 1.0), ag.relu(y) * x]
            node = made[draw.randrange(len(made))]
            nodes.append(node.named(f"y{k}") if draw.random() < 0.8 else node)
        return nodes

    def case(seed: int) -> Case:
        def lines() -> list[str]:
            found = []
            for k in range(12):
                draw = random.Random(100 * seed + k)
                nodes = graph(draw, 3 + k % 5)
                C = (nodes[-1] * nodes[-2] + nodes[-3]).named("C")
                order = list(reversed(ag.topological_order(C)))
                right = {x: y.data for x, y in zip(order, ag.gradient(C, order), strict=True)}
                uses: dict[Value, list[float]] = {x: [] for x in order}
                for node in order:
                    for x, partial in zip(node.operands, node.partials, strict=True):
                        uses[x].append(right[node] * partial)
                for trial in range(4):
                    for x in order:
                        partials = [p for n in order for y, p in zip(n.operands, n.partials, strict=True) if y is x]
                        first, *_ = uses[x] or [1.0]
                        choices = [right[x]] * 6 + [-right[x], 2.0 * right[x], 0.5 * right[x], 0.0, first, x.data]
                        choices += [uses[x][-1] if uses[x] else 2.0, sum(partials), right[x] - 2.0 * first]
                        choices += [right[x] + first, right[x] - first, float(f"{right[x]:.3g}"), 1.003 * right[x]]
                        choices += [float(f"{right[x]:.2g}"), math.nan]
                        x.grad = choices[draw.randrange(len(choices))]
                    rtol = (5e-3, 0.0, 1e-6, 0.2)[trial]
                    check = ag.check_by_hand(C, rtol=rtol)
                    found += [
                        f"{x.verdict} {x.given:.6g} {x.derivative:.6g} {len(x.mistakes)}" for x in check.derivatives
                    ]
                    found += [f"{bool(check)}", str(check)]
                    some = ag.check_by_hand(C, [C, nodes[0], nodes[-2]] if nodes[0] in right else [C], rtol=rtol)
                    found.append(str(some))
            return found

        return lines

    return {f"by hand {seed}": case(seed) for seed in range(4)}


CASES: dict[str, Case] = {
    **differences(),
    "verdicts": verdicts,
    **given(),
    **hard(),
    **recorded(),
    "subsets": subsets,
    **rules(),
    **groups(),
    **by_hand(),
    **operations(),
    **refusals(),
    **decisions(),
}


def numbers_in(text: str) -> str:
    return " ".join(re.findall(r"-?\d+(?:\.\d+)?", text))


def test_every_check_is_kept() -> None:
    assert CASES.keys() == read(KEPT).keys()


def some_of(names: Sequence[str]) -> Iterator[str]:
    """The quick profile compares every sixteenth case."""
    yield from names[:: 1 if IS_WITH_ALL_KEPT_NUMBERS else 16]


@pytest.mark.parametrize("name", list(some_of(list(CASES))))
def test_checks_are_as_kept(name: str) -> None:
    """Look at `CASES[name]()` with the change and without, and keep the new numbers if they are meant."""
    assert checksum(CASES[name]) == read(KEPT)[name]


if __name__ == "__main__":
    rewrite(KEPT, CASES)
