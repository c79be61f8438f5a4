"""The study: verdicts of every tool on right and wrong derivatives at random points."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.checkers.hard_cases import CLASSES
from benchmarks.checkers.reference import Point, points
from benchmarks.checkers.tools import FAIL, PASS, TOOLS, VERDICTS, Hips, OursWithEdges
from benchmarks.processes import run

# The claimed derivative as a multiple of the right one.
FACTORS = {"correct": 1.0, "×(−1)": -1.0, "×2": 2.0, "×1.01": 1.01, "×(1+1e−4)": 1.0 + 1e-4, "×(1+1e−6)": 1.0 + 1e-6}
# Seconds of patience with one tool.
PATIENCE_SECONDS = 900.0
# Examples of each kind that are kept.
MAX_EXAMPLES = 3

Result = dict[str, Any]


def study(seeds: Sequence[int], count: int, hips: str = "", tools: Sequence[str] = ()) -> Result:
    """Return the verdicts of the tools at `count` points for each seed.

    Args:
        seeds: The seeds of the random compositions and points.
        count: The number of points for each seed.
        hips: The interpreter that has HIPS autograd, if any.
        tools: Some of `TOOLS`; all by default.
    """
    drawn = {seed: points(seed, count) for seed in seeds}
    found = [point for some, _ in drawn.values() for point in some]
    left_out = sum((reasons for _, reasons in drawn.values()), Counter())
    asked = json.dumps({"points": [(f.steps, *numbers) for f, *numbers in found], "factors": FACTORS})
    return {
        "seeds": list(seeds),
        "points": len(found),
        "left out": dict(left_out.most_common()),
        "tools": {name: _summed(ask(name, asked, hips), found, seeds) for name in tools or TOOLS},
    }


def case_study(
    seeds: Sequence[int],
    count: int | None = None,
    hips: str = "",
    tools: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> Result:
    """Return the verdicts of the tools on functions of arrays, by class.

    Args:
        seeds: The seeds of the random functions.
        count: The number of functions for each class and seed; by default that of the class.
        hips: The interpreter that has HIPS autograd, if any.
        tools: Some of `TOOLS`; by default all but the one that checks the edges of a recorded graph.
        classes: Some of `CLASSES`; all by default.
    """
    request = json.dumps({"classes": list(classes or CLASSES), "seeds": list(seeds), "count": count})
    chosen = [name for name in tools or TOOLS if TOOLS[name] is not OursWithEdges]
    return {"seeds": list(seeds), "tools": {name: ask(name, request, hips) for name in chosen}}


def ask(name: str, request: str, hips: str) -> Result:
    """Return the answer of a tool's process, or the reason that there is none."""
    print(f"{name} …", file=sys.stderr, flush=True)
    python = hips if hips and TOOLS[name] is Hips else sys.executable
    process = run(python, "from benchmarks.checkers.worker import main; main()", name)
    try:
        reply, _ = process.communicate(request, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return {"reason": f"takes more than {PATIENCE_SECONDS:g} s"}
    if not reply:
        return {"reason": f"crashes: its process ends with {process.returncode}"}
    answer: Result = json.loads(reply)
    return answer


def _summed(answer: Result, found: Sequence[Point], seeds: Sequence[int]) -> Result:
    """Return the counts of verdicts, in total and per seed, with examples of wrong ones."""
    if "reason" in answer:
        return answer
    verdicts = answer.pop("verdicts")
    size = len(found) // len(seeds)
    counts = {
        what: {seed: _counted(said[i * size : (i + 1) * size]) for i, seed in enumerate(seeds)}
        for what, said in verdicts.items()
    }
    return {
        **answer,
        "verdicts": {what: _counted(said) for what, said in verdicts.items()},
        "by seed": counts,
        "mistakes": {what: _examples(said, found, FACTORS[what]) for what, said in verdicts.items()},
    }


def _counted(said: Sequence[str]) -> list[int]:
    return [sum(verdict == one for verdict in said) for one in VERDICTS]


def _examples(said: Sequence[str], found: Sequence[Point], factor: float) -> list[Result]:
    """Return the shortest functions on which the verdict is wrong."""
    wrong = FAIL if factor == 1.0 else PASS
    mistaken = [point for verdict, point in zip(said, found, strict=True) if verdict == wrong]
    mistaken.sort(key=lambda point: (len(point.composition.steps), abs(math.log10(abs(point.x)))))
    return [{"f": str(f), "x": x, "derivative": slope} for f, x, _, slope in mistaken[:MAX_EXAMPLES]]
