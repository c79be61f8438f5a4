"""Command line of the benchmarks: measures the engine and its peers, and prints tables.

In a fresh environment, from a checkout:

    pip install -e ".[bench]" "mypy[mypyc]"      # the peers, and the compiler of the engine
    python setup.py build_ext --inplace          # the engine as machine code, beside its sources
    python -m benchmarks                         # all workloads, without the largest sizes
    python -m benchmarks --large --hips --json benchmarks/results.json
    python -m benchmarks --readme                # those results into README.md

One run measures the engine compiled and as Python, which ignores the result of the second line.  Without that line,
"compiled" is omitted with the reason, as is a peer that is not installed.  ``--hips`` creates an environment for HIPS
autograd, which has the same import name as the engine.  Delete ``autograd/*.so`` and ``autograd__mypyc*.so`` to remove
the compiled form.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from benchmarks import readme, table
from benchmarks.processes import ROOT
from benchmarks.rounds import SIZES, WORKLOADS, Run

CACHE = Path.home() / ".cache" / "scalar-autograd" / "hips"
RESULTS = Path(__file__).parent / "results.json"


def hips_environment() -> str:
    """Return the interpreter of an environment with HIPS autograd, which the first call creates."""
    python = CACHE / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists() or subprocess.run([python, "-Ic", "import autograd.numpy"], capture_output=True).returncode:
        print(f"making {CACHE} for HIPS autograd …", file=sys.stderr, flush=True)
        venv.create(CACHE, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "numpy", "autograd"], check=True)
    return str(python)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser("python -m benchmarks", description="Measure the engine and its peers in one run.")
    p.add_argument("--only", metavar="WORKLOAD", nargs="+", choices=WORKLOADS, help=", ".join(WORKLOADS))
    p.add_argument("--repeat", type=int, default=7, metavar="N", help="number of rounds (7)")
    p.add_argument("--quick", action="store_true", help="run 2 rounds of small sizes")
    p.add_argument("--large", action="store_true", help="include 10⁷ operations")
    p.add_argument("--patience", type=float, default=60.0, metavar="S", help="CPU seconds to wait for an answer (60)")
    p.add_argument(
        "--hips", nargs="?", const="", metavar="PYTHON", help="include HIPS autograd (default: a new environment)"
    )
    p.add_argument("--json", type=Path, metavar="FILE", help="merge the results into a file")
    p.add_argument(
        "--readme", nargs="?", const=RESULTS, type=Path, metavar="FILE", help="write the results to README.md"
    )
    return p


def together(kept: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the new results, with kept ones of other workloads if machine, versions and rounds agree."""
    if any(kept.get(key) != new[key] for key in ("machine", "versions", "rounds")):
        return new
    both = {**kept["workloads"], **new["workloads"]}
    return {**new, "workloads": {name: both[name] for name in WORKLOADS if name in both}}


def main(arguments: list[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    if options.readme:
        readme.into_readme(json.loads(options.readme.read_text(encoding="utf-8")), ROOT / "README.md")
        return
    sizes = SIZES[:2] if options.quick else (*SIZES, 10**7) if options.large else SIZES
    hips = hips_environment() if options.hips == "" else options.hips or ""

    def keep(results: dict[str, Any]) -> None:
        if options.json:
            kept = json.loads(options.json.read_text(encoding="utf-8")) if options.json.exists() else {}
            text = json.dumps(together(kept, results), indent=1, ensure_ascii=False)
            options.json.write_text(text + "\n", encoding="utf-8")

    run = Run(2 if options.quick else options.repeat, sizes, hips, options.patience, keep=keep)
    print(table.plain(run(options.only or WORKLOADS)))


if __name__ == "__main__":
    main()
