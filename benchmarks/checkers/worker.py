"""The process of one tool: reads points from stdin as JSON, checks each with every factor, answers on stdout.

Each tool has a process of its own: HIPS autograd has the engine's import name, and JAX's settings are global.
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

# Checks count only if the tool's value of the function has at most this relative error.
MAX_VALUE_ERROR = 1e-6


def answer(tool: Tool, request: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict on each point for each factor, unexpected exceptions, and the cost for right derivatives."""
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
            except Exception as error:  # any exception other than a verdict on the derivative
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
    """An error for tools whose own functions compute another value."""


def checked(tool: Tool, f: Composition, x: float, value: float, slope: float, factor: float) -> str:
    """Return the verdict of the tool."""
    if not math.isclose(tool.number(f, x), value, rel_tol=MAX_VALUE_ERROR):
        raise Disagrees
    return tool.check(f, x, slope, factor)


def installed(tool: Tool) -> str:
    """Return the version of the tool."""
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
