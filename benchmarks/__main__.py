"""Measure the engine and its peers side by side, and print tables.

In a fresh environment, from a checkout:

    pip install -e ".[bench]" "mypy[mypyc]"      # the peers, and what compiles the engine
    python setup.py build_ext --inplace          # the engine as machine code, beside its sources
    python -m benchmarks                         # everything but what takes longest
    python -m benchmarks --large --hips --json benchmarks/results.json
    python -m benchmarks --readme                # those results into README.md

The engine runs compiled and as Python in one run; the latter ignores what the second line has made.  Without that line
"compiled" is left out, with the reason, and so is a peer that is not installed.  ``--hips`` makes an environment of its
own for HIPS autograd, whose import name is the engine's too.  Delete ``autograd/*.so`` and ``autograd__mypyc*.so`` to
be rid of the compiled form.
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
    """The interpreter of an environment with HIPS autograd, made at the first call."""
    python = CACHE / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists() or subprocess.run([python, "-Ic", "import autograd.numpy"], capture_output=True).returncode:
        print(f"making {CACHE} for HIPS autograd …", file=sys.stderr, flush=True)
        venv.create(CACHE, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "numpy", "autograd"], check=True)
    return str(python)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser("python -m benchmarks", description="The engine beside its peers, in one run, in turn.")
    p.add_argument("--only", metavar="WORKLOAD", nargs="+", choices=WORKLOADS, help=", ".join(WORKLOADS))
    p.add_argument("--repeat", type=int, default=7, metavar="N", help="rounds (7)")
    p.add_argument("--quick", action="store_true", help="2 rounds and small sizes")
    p.add_argument("--large", action="store_true", help="grow to 10⁷ operations")
    p.add_argument("--patience", type=float, default=60.0, metavar="S", help="CPU seconds for one answer (60)")
    p.add_argument("--hips", nargs="?", const="", metavar="PYTHON", help="with HIPS autograd; made, if none is given")
    p.add_argument("--json", type=Path, metavar="FILE", help="keep the results, beside what is there")
    p.add_argument("--readme", nargs="?", const=RESULTS, type=Path, metavar="FILE", help="kept results into README.md")
    return p


def together(kept: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The new results, and of other workloads those that are kept, if machine, versions and rounds are the same."""
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
