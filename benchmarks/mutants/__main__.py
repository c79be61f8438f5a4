"""Draw mutants, run them, and print those that survive."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.mutants import kept
from benchmarks.mutants.areas import AREAS, area, sample, sources
from benchmarks.mutants.kept import END, EQUIVALENTS, RESULTS, START, Run
from benchmarks.mutants.mutations import Mutant, mutants
from benchmarks.mutants.runner import Runner
from benchmarks.mutants.tests import Tests
from benchmarks.mutants.workspace import Workspace
from benchmarks.processes import ROOT
from benchmarks.readme import put

OPTIONS = ("-m", "not browser and not index")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser("python -m benchmarks.mutants", description="Small changes that tests have to notice.")
    p.add_argument("--seed", type=int, nargs="+", default=[0], metavar="N", help="draw other mutants (0)")
    p.add_argument("--count", type=int, default=20, metavar="K", help="mutants of each area and seed (20)")
    p.add_argument("--area", nargs="+", choices=AREAS, default=list(AREAS), metavar="AREA", help=", ".join(AREAS))
    p.add_argument("--fresh", action="store_true", help="a fresh process for each mutant: slower, and the reference")
    p.add_argument("--json", type=Path, metavar="FILE", help="keep the results, beside what is there")
    p.add_argument("--again", nargs="?", const=RESULTS, type=Path, metavar="FILE", help="only the survivors kept there")
    p.add_argument("--page", nargs="?", const=RESULTS, type=Path, metavar="FILE", help="kept results into a table")
    return p


def main(arguments: list[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    equivalents = kept.read(EQUIVALENTS)
    if options.page:
        put(kept.markdown(kept.read(options.page), equivalents, list(AREAS)), ROOT / "CONTRIBUTING.md", START, END)
        return
    paths = sources(ROOT)
    by_area = {name: [path for path in paths if area(path) == name] for name in AREAS}
    file = options.again or options.json
    runs: list[Run] = (kept.read(file) or []) if file else []
    with Workspace(ROOT) as workspace:
        print("finding out which lines each test executes …", file=sys.stderr, flush=True)
        tests = Tests(workspace, OPTIONS, paths)
        with Runner(tests, OPTIONS, options.fresh) as runner:
            if options.again:
                texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
                there = {mutant.key: mutant for path, text in texts.items() for mutant in mutants(path, text)}
                for run in runs:
                    still = [there[s["key"]] for s in run["survivors"] if s["key"] in there]
                    drawn = [mutant for mutant in still if mutant.applied(texts[mutant.path]) is not None]
                    run["survivors"] = survivors(runner, drawn, equivalents)
                    kept.write(runs, file)
            else:
                runs = [] if not options.json else runs
                for seed in options.seed:
                    for name in options.area:
                        drawn = sample(ROOT, by_area[name], seed, name, options.count)
                        begin = time.monotonic()
                        found = survivors(runner, drawn, equivalents)
                        run = {"area": name, "seed": seed, "mutants": len(drawn), "survivors": found}
                        took = time.monotonic() - begin
                        print(f"{name}: {len(drawn)} mutants in {took:.0f} s", file=sys.stderr, flush=True)
                        runs = kept.together(runs, run)
                        if options.json:
                            kept.write(runs, options.json)
    print(kept.markdown(runs, equivalents, list(AREAS)))
    if tests.unsteady:
        print("left out, since they fail without a change:", *sorted(tests.unsteady), sep="\n  ", file=sys.stderr)


def survivors(runner: Runner, drawn: Sequence[Mutant], equivalents: Iterable[str]) -> list[dict[str, object]]:
    """Run mutants and return those that survive, with those that are known to make no difference."""
    found: list[dict[str, object]] = []
    for mutant in drawn:
        if mutant.key in equivalents:
            found.append({"key": mutant.key, "path": mutant.path})
            continue
        outcome = runner.run(mutant)
        if outcome.state == "survived":
            print(f"survived {outcome.tests} tests: {mutant}", flush=True)
            found.append({"key": mutant.key, "path": mutant.path, "tests": outcome.tests})
    return found


if __name__ == "__main__":
    main()
