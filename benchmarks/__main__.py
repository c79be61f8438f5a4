"""The command: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks import table
from benchmarks.rounds import ROOT, SIZES, WORKLOADS, Run

CACHE = Path.home() / ".cache" / "scalar-autograd" / "hips"
RESULTS = Path(__file__).parent / "results.json"


def hips_environment() -> str:
    """The interpreter of an environment with HIPS autograd, made at the first call."""
    python = CACHE / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(CACHE, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "numpy", "autograd"], check=True)
    return str(python)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser("python -m benchmarks", description="The engine beside its peers, in one run, in turn.")
    p.add_argument("--only", metavar="WORKLOAD", nargs="+", choices=WORKLOADS, help=", ".join(WORKLOADS))
    p.add_argument("--repeat", type=int, default=7, metavar="N", help="rounds (7)")
    p.add_argument("--quick", action="store_true", help="2 rounds and small sizes")
    p.add_argument("--large", action="store_true", help="grow to 10⁷ operations")
    p.add_argument("--patience", type=float, default=60.0, metavar="S", help="seconds to wait for one answer (60)")
    p.add_argument("--hips", nargs="?", const="", metavar="PYTHON", help="with HIPS autograd; made, if none is given")
    p.add_argument("--json", type=Path, metavar="FILE", help="keep the results")
    p.add_argument("--readme", nargs="?", const=RESULTS, type=Path, metavar="FILE", help="kept results into README.md")
    return p


def main(arguments: list[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    if options.readme:
        table.into_readme(json.loads(options.readme.read_text(encoding="utf-8")), ROOT / "README.md")
        return
    sizes = SIZES[:2] if options.quick else (*SIZES, 10**7) if options.large else SIZES
    hips = hips_environment() if options.hips == "" else options.hips or ""
    run = Run(2 if options.quick else options.repeat, sizes, hips, options.patience)
    results = run(options.only or WORKLOADS)
    print(table.plain(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
