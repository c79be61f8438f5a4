"""Runs mutants against the tests that execute them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from benchmarks.mutants.mutations import Mutant
from benchmarks.mutants.tests import CALL, Tests

# The priority of the tests of mutants is lowered by this much.
NICE = 5


@dataclass(frozen=True)
class Outcome:
    """The outcome of the tests of one mutant.

    Attributes:
        state: "killed", "timeout" or "survived".
        by: the test that failed or took too long.
        tests: how many tests execute the mutant.
    """

    state: str
    by: str
    tests: int


class Runner:
    """Runs one mutant after the other.

    Args:
        tests: what is known of the tests.
        options: options of pytest that select them.
        fresh: run every mutant in a fresh process, and not only code that runs at import.
    """

    def __init__(self, tests: Tests, options: Sequence[str], fresh: bool = False) -> None:
        self.tests, self.options, self.fresh = tests, options, fresh
        self.workspace = tests.workspace
        self.workspace.nice = NICE
        self._server: Server | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()

    def run(self, mutant: Mutant) -> Outcome:
        """Run the tests against a mutant, and return the outcome."""
        before = (self.workspace.original / mutant.path).read_text(encoding="utf-8")
        after = mutant.applied(before)
        assert after is not None
        change = {"path": mutant.path, "before": before, "after": after}
        while True:
            tests = self.tests.of(mutant)
            answer: dict[str, Any] = {"outcome": "survived"}
            in_fork = bool(tests) and not mutant.at_import and not self.fresh
            if in_fork:
                server = self._started()  # before the change, which it would import
                with self.workspace.changed(mutant.path, after):
                    answer = server.ask({"tests": tests, **change})
            # In a fork, objects made at import come from the unchanged sources.
            again = answer["outcome"] == "survived" and (self.fresh or self.tests.runs_at_import(mutant))
            if tests and (again or answer["outcome"] == "not patched"):
                in_fork = False
                with self.workspace.changed(mutant.path, after):
                    answer = self._once(tests)
            if answer["outcome"] == "survived":
                return Outcome("survived", "", len(tests))
            # A test that also fails without the mutant, when run by itself, has not detected it.
            test = answer["by"]
            alone = {"tests": [pair for pair in tests if pair[0] == test]}
            check = self._started().ask(alone) if in_fork else self._once(alone["tests"])
            if not alone["tests"] or check["outcome"] == "survived":
                return Outcome(answer["outcome"], test, len(tests))
            self.tests.unsteady.add(test)

    def _started(self) -> Server:
        if self._server is None:
            self._server = Server(self.tests, self.options)
        return self._server

    def _once(self, tests: list[tuple[str, float]]) -> dict[str, Any]:
        answer = self.workspace.folder / "answer.json"
        answer.unlink(missing_ok=True)
        (self.workspace.folder / "request.json").write_text(json.dumps({"tests": tests}), encoding="utf-8")
        modules = sorted({test.partition("::")[0] for test, _ in tests})
        process = self.workspace.start([*CALL, *_place(self.workspace.folder), *self.options, *modules], {"do": "once"})
        process.wait()
        if not answer.exists():  # pytest could not even collect
            return {"outcome": "killed", "by": "collection"}
        result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return result


class Server:
    """A pytest process that has collected the tests, and forks for each request."""

    def __init__(self, tests: Tests, options: Sequence[str]) -> None:
        self.folder = tests.workspace.folder
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        modules = sorted({test.partition("::")[0] for test in tests.seconds})
        self._process = tests.workspace.start(
            [*CALL, *_place(self.folder), *options, *modules],
            {"do": "serve", "requests": requests, "answers": answers},
            [requests, answers],
        )
        os.close(requests)
        os.close(answers)
        self._input = os.fdopen(self._answers)
        self._wait()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request."""
        (self.folder / "answer.json").unlink(missing_ok=True)
        content = json.dumps(request).encode() + b"\n"
        while content:
            content = content[os.write(self._requests, content) :]
        self._wait()
        answer: dict[str, Any] = json.loads((self.folder / "answer.json").read_text(encoding="utf-8"))
        return answer

    def close(self) -> None:
        """End the process."""
        os.close(self._requests)
        self._input.close()
        self._process.wait()

    def _wait(self) -> None:
        if not self._input.readline():
            output = (self.folder / "output").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"pytest must collect the tests in the copy, got\n{output[-3000:]}")


def _place(folder: Any) -> list[str]:
    return ["--basetemp", str(folder / "tmp")]
