"""The lines that each test executes, and the tests that a mutant has to meet."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.mutants.mutations import Mutant
from benchmarks.mutants.plugin import BETWEEN
from benchmarks.mutants.workspace import Workspace

CACHE = Path.home() / ".cache" / "scalar-autograd" / "mutants"
CALL = ("-m", "pytest", "-q", "-p", "benchmarks.mutants.plugin", "-p", "no:cacheprovider")


class Tests:
    """The tests that pass without a mutation.

    Args:
        workspace: the copy in which they run.
        options: options of pytest that select them.
        sources: the modules that are mutated.
        cache: a folder for the recorded lines of tests; modules that did not change are not recorded again.
    """

    def __init__(
        self, workspace: Workspace, options: Sequence[str], sources: Sequence[str], cache: Path = CACHE
    ) -> None:
        self.workspace, self.options, self.sources = workspace, options, sources
        self.unsteady: set[str] = set()
        known = self._known(cache)
        self.seconds: dict[str, float] = {}
        self._executing: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for tests in known.values():
            for test, record in tests.items():
                self.seconds[test] = record["seconds"]
                for path, mask in record["lines"].items():
                    self._executing[path].append((test, int(mask, 16)))

    def of(self, mutant: Mutant) -> list[tuple[str, float]]:
        """Return the tests that execute the lines that a mutant changes, and their seconds.

        The quickest case of each test function is first, then the second of each.
        """
        tests = self.executing(mutant.path, mutant.lines)
        for path in self.sources if mutant.at_import else ():
            tests |= self.executing(path, self._lines_that_name(path, mutant.defines))
        # Any test of a module may depend on the code that runs while the module is imported.
        if self.runs_at_import(mutant) and not (tests and mutant.defines):
            tests |= self.executing(mutant.path, range(1, 10**5))
        # Tests may run copies of a module elsewhere, where nothing is recorded.
        tests = tests or self._that_name(Path(mutant.path).stem)
        groups: dict[str, list[str]] = defaultdict(list)
        for test in sorted(tests - self.unsteady, key=self.seconds.__getitem__):
            groups[test.partition("[")[0]].append(test)
        ranks = {test: i for group in groups.values() for i, test in enumerate(group)}
        return [(test, self.seconds[test]) for test in sorted(ranks, key=lambda t: (ranks[t], self.seconds[t]))]

    def runs_at_import(self, mutant: Mutant) -> bool:
        """Return True if a line that a mutant changes runs when modules are imported."""
        return mutant.at_import or bool(self._imported.get(mutant.path, 0) & _mask(mutant.lines))

    def executing(self, path: str, lines: Iterable[int]) -> set[str]:
        """Return the tests that execute any of the lines."""
        wanted = _mask(lines)
        return {test for test, mask in self._executing[path] if mask & wanted}

    def _that_name(self, module: str) -> set[str]:
        """Return the tests in files that name a module."""
        files = {test.partition("::")[0] for test in self.seconds} - set(self.sources)
        pattern = re.compile(rf"\b{re.escape(module)}\b")
        root = self.workspace.original
        naming = {file for file in files if pattern.search((root / file).read_text(encoding="utf-8"))}
        return {test for test in self.seconds if test.partition("::")[0] in naming}

    def _lines_that_name(self, path: str, names: Sequence[str]) -> list[int]:
        if not names:
            return []
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
        text = (self.workspace.original / path).read_text(encoding="utf-8")
        return [number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]

    def _known(self, cache: Path) -> dict[str, dict[str, Any]]:
        """The records of the tests by module and by what they depend on, completed where something changed."""
        root = self.workspace.original
        file = cache / f"{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]}.json"
        kept: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        modules = [path for path in self._collected() if (root / path).is_file()]
        shared = [*self.sources, *self._helpers(modules)]
        keys = {path: _digest(root, [*shared, path], self.options) for path in modules}
        known = {key: kept[key] for key in keys.values() if key in kept}
        missing = [path for path, key in keys.items() if key not in known]
        if missing:
            recorded: dict[str, Any] = self._record(missing)
            for path in missing:
                known[keys[path]] = {test: r for test, r in recorded.items() if test.partition("::")[0] == path}
            cache.mkdir(parents=True, exist_ok=True)
            new = file.with_suffix(".new")
            new.write_text(json.dumps(known), encoding="utf-8")
            new.replace(file)
        return known

    def _collected(self) -> list[str]:
        """The modules that have tests."""
        process = self.workspace.start([*CALL, "--collect-only", *self.options], {"do": "collect"})
        process.wait()
        output = (self.workspace.folder / "output").read_text(encoding="utf-8", errors="replace")
        before = (line.partition("::") for line in output.splitlines())
        found = sorted({module for module, colons, _ in before if colons and " " not in module})
        if not found:
            raise RuntimeError(f"pytest must collect tests in the copy, got\n{output}")
        lines = self._recorded()[BETWEEN]["lines"]
        self._imported = {path: int(mask, 16) for path, mask in lines.items()}
        return found

    def _helpers(self, modules: Sequence[str]) -> list[str]:
        """Return the modules beside the tests, on which any test may depend."""
        root = self.workspace.original
        folders = {Path(path).parts[0] for path in modules} - {Path(path).parts[0] for path in self.sources}
        beside = {p.relative_to(root).as_posix() for folder in folders for p in (root / folder).rglob("*.py")}
        return sorted({*beside, *(p.name for p in root.glob("conftest.py"))} - set(modules))

    def _record(self, modules: Sequence[str]) -> dict[str, Any]:
        process = self.workspace.start([*CALL, *self._place(), *self.options, *modules], {"do": "record"})
        process.wait()
        return self._recorded()

    def _recorded(self) -> dict[str, Any]:
        file = self.workspace.folder / "recorded.json"
        if not file.exists():
            output = (self.workspace.folder / "output").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the tests must run in the copy under coverage.py, got\n{output[-3000:]}")
        recorded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return recorded

    def _place(self) -> list[str]:
        return ["--basetemp", str(self.workspace.folder / "tmp")]


def _mask(lines: Iterable[int]) -> int:
    mask = 0
    for line in lines:
        mask |= 1 << line
    return mask


def _digest(root: Path, paths: Sequence[str], options: Sequence[str]) -> str:
    digest = hashlib.sha256(repr([*options]).encode())
    for path in paths:
        digest.update(path.encode() + b"\0" + (root / path).read_bytes() + b"\0")
    return digest.hexdigest()
