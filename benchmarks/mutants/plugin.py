"""The pytest plugin of a mutation test; it runs in the copy of the checkout.

The variable MUTANTS says what it does, in JSON: {"do": "record", "folder": …} runs tests under coverage.py, "collect"
only collects them, "serve" collects them and forks for each mutant that comes by the pipe "requests", and "once" runs
the tests of one mutant.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import math
import os
import re
import resource
import signal
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

# Limits for a test, added to 10 times the CPU time that it took without a mutation.
CPU_SECONDS, WALL_SECONDS = 5.0, 60.0
# The name for lines that run outside of tests, when modules are imported.
BETWEEN = ""
DATA_BYTES = 4 << 30


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Register what is asked for before a conftest.py imports any module, whose lines would be missing."""
    if "MUTANTS" in os.environ:
        request = json.loads(os.environ.pop("MUTANTS"))
        if request["do"] in DOES:
            early_config.pluginmanager.register(DOES[request["do"]](request))


class Recorder:
    """Writes the lines that each test executes and how long it takes.

    Processes that a test starts count too: coverage.py begins in each, with the name of the test as its context.
    """

    def __init__(self, request: dict[str, Any]) -> None:
        import coverage

        self.folder = folder = Path(request["folder"])
        settings = folder / "coveragerc"
        lines = ["[run]", "parallel = true", f"data_file = {folder / 'coverage'}", f"source = {Path.cwd()}"]
        settings.write_text("\n".join([*lines, "context = ${PYTEST_CURRENT_TEST-}"]), encoding="utf-8")
        os.environ["COVERAGE_PROCESS_START"] = str(settings)
        os.environ.pop("COVERAGE_FILE", None)  # a coverage run around this one has its own, which would win
        self.coverage = coverage.Coverage(str(folder / "coverage"), data_suffix=True, source=[str(Path.cwd())])
        self.seconds: dict[str, float] = {}
        self.passed: dict[str, bool] = {}
        self.users: dict[str, list[str]] = {}
        self.coverage.start()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        """Count the lines of a fixture that tests share for all of them, and not for the first alone."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "")
        if fixturedef.scope == "function" or not test:
            yield
            return
        # A module may override the fixture of a conftest.py.
        name = f"{fixturedef.baseid} {fixturedef.argname}"
        users = [item for item in request.session.items if fixturedef.argname in item.fixturenames]
        self.users[name] = [item.nodeid for item in users if item.nodeid.startswith(fixturedef.baseid)]
        os.environ["PYTEST_CURRENT_TEST"] = name
        self.coverage.switch_context(name)
        yield
        os.environ["PYTEST_CURRENT_TEST"] = test
        self.coverage.switch_context(test.rpartition(" (")[0])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        clear_caches()
        self.coverage.switch_context(item.nodeid)
        begin = sum(os.times()[:4])
        yield
        self.seconds[item.nodeid] = sum(os.times()[:4]) - begin
        self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        passed = report.passed or hasattr(report, "wasxfail")
        self.passed[report.nodeid] = passed and self.passed.get(report.nodeid, True)

    def pytest_unconfigure(self) -> None:
        self.coverage.stop()
        self.coverage.save()
        del os.environ["COVERAGE_PROCESS_START"]
        root = Path.cwd()
        masks: dict[str, dict[str, int]] = {test: {} for test in [*self.seconds, BETWEEN]}
        for context, name, line in executed(self.folder, root):
            for test in self.users.get(context, [context]):
                if test in masks:
                    masks[test][name] = masks[test].get(name, 0) | 1 << line
        tests = {
            test: {
                "seconds": round(self.seconds.get(test, 0.0), 4),
                "lines": {name: hex(m) for name, m in lines.items()},
            }
            for test, lines in masks.items()
            if self.passed.get(test) or test == BETWEEN
        }
        (self.folder / "recorded.json").write_text(json.dumps(tests), encoding="utf-8")


def clear_caches() -> None:
    """Empty the caches of functions, so that the lines behind them count for every test that calls them."""
    root = str(Path.cwd())
    for module in list(sys.modules.values()):
        if (getattr(module, "__file__", None) or "").startswith(root):
            for member in list(vars(module).values()):
                if isinstance(member, functools._lru_cache_wrapper):
                    member.cache_clear()


def executed(folder: Path, root: Path) -> Iterator[tuple[str, str, int]]:
    """Read which test executes which line of which module, in any process."""
    from coverage import CoverageData
    from coverage.exceptions import CoverageException

    for file in folder.glob("coverage.*"):
        data = CoverageData(str(file))
        try:
            data.read()
            found = {path: data.contexts_by_lineno(path) for path in data.measured_files()}
        except (CoverageException, sqlite3.Error):  # of a process that a test has killed
            continue
        for path, lines in found.items():
            name = Path(path).relative_to(root).as_posix()
            for line, contexts in lines.items():
                for context in contexts:
                    yield re.sub(r" \((setup|call|teardown)\)$", "", context), name, line


class Runner:
    """Runs tests of mutants until one fails, and writes which one.

    Args:
        request: the folder of the answer, and the tests, or two pipes: one for requests, and one for "done".
    """

    def __init__(self, request: dict[str, Any]) -> None:
        self.request, self.folder = request, Path(request["folder"])
        self.failed: str | None = None
        if hasattr(resource, "RLIMIT_DATA"):
            resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        if self.request["do"] == "once":
            self._answer(self._run(items, json.loads((self.folder / "request.json").read_text(encoding="utf-8"))))
            return True
        with os.fdopen(self.request["requests"]) as requests, os.fdopen(self.request["answers"], "w") as answers:
            print("ready", file=answers, flush=True)
            for line in requests:
                self._fork(items, json.loads(line))
                print("done", file=answers, flush=True)
        return True

    def _fork(self, items: dict[str, pytest.Item], request: dict[str, Any]) -> None:
        """Answer in a forked process, and end every process that it starts."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a fork of a process with threads
            child = os.fork()
        if not child:
            try:
                os.setsid()
                with (self.folder / "processes").open("a") as file:
                    file.write(f"{os.getpid()}\n")
                self._answer(self._run(items, request))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def _answer(self, answer: dict[str, Any]) -> None:
        new = self.folder / "answer.new"
        new.write_text(json.dumps(answer), encoding="utf-8")
        new.replace(self.folder / "answer.json")

    def _run(self, items: dict[str, pytest.Item], request: dict[str, Any]) -> dict[str, Any]:
        """Run the tests of a request until one fails, and return the outcome."""
        if self.failed:
            return {"outcome": "killed", "by": self.failed}
        if "path" in request and not patch(Path.cwd() / request["path"], request["before"], request["after"]):
            return {"outcome": "not patched"}
        chosen = [(items[test], seconds) for test, seconds in request["tests"] if test in items]
        chosen += [(items[test], 1.0) for test in renamed(list(items), [test for test, _ in request["tests"]])]
        following = [item for item, _ in chosen[1:]] + [None]
        for (item, seconds), nextitem in zip(chosen, following, strict=True):
            self._answer({"outcome": "timeout", "by": item.nodeid})
            limit(10.0 * seconds)
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
            except BaseException:
                self.failed = item.nodeid
            if self.failed:
                return {"outcome": "killed", "by": self.failed}
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        return {"outcome": "survived"}


DOES: dict[str, Callable[[dict[str, Any]], object]] = {
    "collect": Recorder,
    "record": Recorder,
    "serve": Runner,
    "once": Runner,
}


def limit(seconds: float) -> None:
    """Limit the CPU time and wall time that this process may still use."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = math.ceil(usage.ru_utime + usage.ru_stime + CPU_SECONDS + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS + 5.0 * seconds)


def renamed(there: list[str], asked: list[str]) -> list[str]:
    """Return the tests with parameters that the mutation has changed."""
    missing = {test.partition("[")[0] for test in set(asked) - set(there)}
    return [test for test in set(there) - set(asked) if test.partition("[")[0] in missing]


def patch(path: Path, before: str, after: str) -> int:
    """Replace the code of functions in a loaded module with that of its changed source; return their number."""
    old, new = (compile(text, str(path), "exec", dont_inherit=True) for text in (before, after))
    codes = dict(differing(old, new))
    gc.unfreeze()
    patched = 0
    for function in gc.get_objects():
        if type(function) is FunctionType and function.__code__.co_filename == str(path):
            code = codes.get(function.__code__)
            if code is not None:
                try:
                    function.__code__ = code
                except ValueError:  # other names of an enclosing function
                    return 0
                patched += 1
    gc.freeze()
    return patched


def differing(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield the code of each function before and after a change, where they differ."""
    if before == after:
        return
    yield before, after
    inner = [[c for c in code.co_consts if isinstance(c, CodeType)] for code in (before, after)]
    if len(inner[0]) == len(inner[1]):
        for one, other in zip(*inner, strict=True):
            yield from differing(one, other)
