"""Command line of the study: runs derivative checkers on right and wrong derivatives, and prints tables.

In an environment with the tools to compare:

    pip install -e ".[bench,test]"
    python -m benchmarks.checkers --hips --json benchmarks/checkers/results.json
    python -m benchmarks.checkers --only cases --hips       # functions of arrays only
    python -m benchmarks.checkers --page                    # write those results to docs/checking.md

A tool that is not installed is omitted, with the reason.  ``--hips`` creates an environment for HIPS autograd, which
has the same import name as the engine.
"""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

import autograd as ag
from benchmarks import readme
from benchmarks.__main__ import hips_environment
from benchmarks.checkers import table
from benchmarks.checkers.costs import costs
from benchmarks.checkers.faults import faults, hunt
from benchmarks.checkers.speeds import speeds
from benchmarks.checkers.study import case_study, study
from benchmarks.checkers.tools import TOOLS
from benchmarks.processes import ROOT

SEEDS = (3101, 3102, 3103)
# Seeds of the functions of arrays, on which no limit of the checker was set.
CASE_SEEDS = (7129, 7130, 7131)
COUNT = 434
PARTS = ("study", "cases", "faults", "costs", "speeds")
RESULTS = Path(__file__).parent / "results.json"
START, END = "<!-- study -->", "<!-- /study -->"


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        "python -m benchmarks.checkers", description="Checkers of derivatives, put to the test."
    )
    p.add_argument("--only", metavar="PART", nargs="+", choices=PARTS, default=PARTS, help=", ".join(PARTS))
    p.add_argument(
        "--seeds",
        metavar="N",
        nargs="+",
        type=int,
        help=f"seeds of the random points ({' '.join(map(str, SEEDS))}) "
        f"and functions of arrays ({' '.join(map(str, CASE_SEEDS))})",
    )
    p.add_argument("--cases", metavar="N", type=int, help="number of functions for each class and seed")
    p.add_argument("--points", metavar="N", type=int, default=COUNT, help=f"number of points for each seed ({COUNT})")
    p.add_argument("--tools", metavar="TOOL", nargs="+", choices=TOOLS, default=tuple(TOOLS), help=", ".join(TOOLS))
    p.add_argument(
        "--hips", nargs="?", const="", metavar="PYTHON", help="include HIPS autograd (default: a new environment)"
    )
    p.add_argument("--markdown", action="store_true", help="print tables as Markdown")
    p.add_argument("--json", type=Path, metavar="FILE", help="merge the results into a file")
    p.add_argument(
        "--page", nargs="?", const=RESULTS, type=Path, metavar="FILE", help="write results to docs/checking.md"
    )
    p.add_argument("--tables", type=Path, metavar="FILE", help="only print the tables of the results in a file")
    return p


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Return the results of the requested parts."""
    hips = hips_environment() if options.hips == "" else options.hips or ""
    results: dict[str, Any] = {
        "versions": {"Python": platform.python_version(), "numpy": np.__version__, "mpmath": mpmath.__version__}
    }
    if "study" in options.only:
        results["study"] = study(options.seeds or SEEDS, options.points, hips, options.tools)
    if "cases" in options.only:
        results["cases"] = case_study(options.seeds or CASE_SEEDS, options.cases, hips, options.tools)
    for part in ("study", "cases"):
        for tool in results.get(part, {}).get("tools", {}).values():
            if "version" in tool:
                results["versions"][tool["distribution"]] = tool["version"]
    if "faults" in options.only:
        results["faults"] = {fault.name: hunt(fault) for fault in faults()}
    if "costs" in options.only:
        results["versions"]["engine"] = "compiled" if ag.compiled else "as Python"
        results["costs"] = costs()
    if "speeds" in options.only:
        results["versions"]["engine"] = "compiled" if ag.compiled else "as Python"
        results["speeds"] = speeds()
    return results


def together(kept: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the new results, with kept ones of other parts if no version has changed."""
    versions = {**new["versions"], **kept.get("versions", {})}
    if any(versions[name] != version for name, version in new["versions"].items()):
        return new
    return {**kept, **new, "versions": versions}


def main(arguments: list[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    if options.page:
        results = json.loads(options.page.read_text(encoding="utf-8"))
        readme.put(table.text(results, markdown=True), ROOT / "docs" / "checking.md", START, END)
        return
    results = json.loads(options.tables.read_text(encoding="utf-8")) if options.tables else measured(options)
    print(table.text(results, options.markdown), end="")
    if options.json:
        kept = json.loads(options.json.read_text(encoding="utf-8")) if options.json.exists() else {}
        results = together(kept, results)
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
