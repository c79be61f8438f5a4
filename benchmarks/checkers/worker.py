"""The process of one tool: takes points on stdin as JSON, checks each with every factor, and answers on stdout.

Each tool has a process to itself: HIPS autograd has the engine's import name, and JAX's settings are global.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from benchmarks.checkers.compositions import Composition
from benchmarks.checkers.tools import TOOLS, UNDECIDED, Tool, Unable

SAME = 1e-6
"""How far a tool's value of the function may be off, as a part of it, for its checks to count."""


def answer(tool: Tool, request: dict[str, Any]) -> dict[str, Any]:
    """For each factor the verdict on each point; what was unusual; and the cost where the derivative is right."""
    verdicts: dict[str, list[str]] = {}
    unusual: dict[str, int] = {}
    cost: dict[str, float] = {}
    compositions = [(Composition(tuple(map(tuple, steps))), *numbers) for steps, *numbers in request["points"]]
    for name, factor in request["factors"].items():
        found, calls, start = [], [], process_time()
        for f, x, value, slope in compositions:
            tool.calls = 0
            try:
                verdict = checked(tool, f, x, value, slope, factor)
            except Exception as error:  # a tool that raises anything but that the derivative is wrong
                verdict, what = UNDECIDED, type(error).__name__
                unusual[what] = unusual.get(what, 0) + 1
            found.append(verdict)
            calls.append(tool.calls)
        verdicts[name] = found
        if factor == 1.0:
            cost = {
                "evaluations": median(calls),
                "most": max(calls),
                "seconds": (process_time() - start) / len(compositions),
            }
    return {"verdicts": verdicts, "unusual": unusual, **cost}


class Disagrees(Exception):  # noqa: N818  it is a finding
    """The tool's own functions do not give the value."""


def checked(tool: Tool, f: Composition, x: float, value: float, slope: float, factor: float) -> str:
    """What the tool says."""
    if not math.isclose(tool.number(f, x), value, rel_tol=SAME):
        raise Disagrees
    return tool.check(f, x, slope, factor)


def installed(tool: Tool) -> str:
    """The version."""
    try:
        return version(tool.distribution)
    except PackageNotFoundError:
        return "from this checkout"


def main() -> None:
    warnings.simplefilter("ignore")
    answers, name = sys.stdout, sys.argv[1]
    with redirect_stdout(sys.stderr), np.errstate(all="ignore"):
        try:
            tool = TOOLS[name]()
            reply = {
                "distribution": tool.distribution,
                "version": installed(tool),
                "protocol": tool.protocol,
                **answer(tool, json.load(sys.stdin)),
            }
        except Unable as error:
            reply = {"reason": str(error)}
        except ImportError as error:
            reply = {"reason": f"is not installed ({error})"}
        print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    main()
