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
from benchmarks.checkers.hard_cases import CLASSES
from benchmarks.checkers.tools import FAIL, TOOLS, UNDECIDED, VERDICTS, Tool, Unable, Unfit

# A report should resolve an error of this relative size.
FINE_RESOLUTION = 0.01
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


def case_answer(tool: Tool, request: dict[str, Any]) -> dict[str, Any]:
    """Return the counts of verdicts on functions of arrays by class and factor, of entries named, and of exceptions.

    A class that the tool does not take is absent.
    """
    found: dict[str, Any] = {}
    unusual: dict[str, int] = {}
    for title in request["classes"]:
        chosen = CLASSES[title]
        cases = [case for seed in request["seeds"] for case in chosen.cases(seed, request.get("count"))]
        verdicts = {name: dict.fromkeys(VERDICTS, 0) for name in chosen.factors}
        named, resolutions = [], []
        try:
            for case in cases:
                for name, factor in chosen.factors.items():
                    jacobian = case.claimed(factor)
                    if jacobian is None:
                        continue
                    tool.names_entry, tool.resolutions = None, ()
                    try:
                        verdict = tool.check_case(case, jacobian)
                    except Unfit:
                        raise
                    except Exception as error:  # any exception other than a verdict on the derivative
                        verdict, what = UNDECIDED, f"{type(error).__name__} ({title})"
                        unusual[what] = unusual.get(what, 0) + 1
                    verdicts[name][verdict] += 1
                    if factor != 1.0 and verdict == FAIL and tool.names_entry is not None:
                        named.append(tool.names_entry)
                    if factor == 1.0:
                        resolutions += tool.resolutions
        except Unfit:
            continue
        found[title] = {
            "verdicts": {name: list(counts.values()) for name, counts in verdicts.items()},
            **({"named": [sum(named), len(named)]} if named else {}),
            **({"fine": [sum(x <= FINE_RESOLUTION for x in resolutions), len(resolutions)]} if resolutions else {}),
        }
    return {"classes": found, "unusual": unusual}


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
            request = json.load(sys.stdin)
            has_arrays = "classes" in request
            reply = {
                "distribution": tool.distribution,
                "version": installed(tool),
                "protocol": tool.protocol_of_arrays if has_arrays else tool.protocol,
                **(case_answer if has_arrays else answer)(tool, request),
            }
        except Unable as error:
            reply = {"reason": str(error)}
        except ImportError as error:
            reply = {"reason": f"is not installed ({error})"}
        print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    main()
