"""Mutation testing, on sources of a few lines."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from effort import thorough

from benchmarks.mutants import kept
from benchmarks.mutants.areas import AREAS, area, sample, sources
from benchmarks.mutants.mutations import Mutant, mutants
from benchmarks.processes import ROOT

SOURCE = '''"""Numbers."""

from functools import cache

LEAST = 2


def clipped(x: float, low: float = 0.0, *, strict: bool = False) -> float:
    """Return x, not less than low."""
    if strict and x < low:
        raise ValueError(f"x must be {low + 1} or more")
    return max(x, low)


def counted(items: list[int]) -> int:
    return sum(1 for item in items if item >= LEAST)


@cache
def started(name: str) -> str:
    return name[1:] or name[0:]


def idle(unused: int) -> int:
    return unused or 1


def made(count: int) -> list[int]:
    return [count * 3]


ROW = made(LEAST)
'''

TESTS = """
import subprocess, sys

import pytest
from toy.numbers import ROW, clipped, counted, started


def test_row():
    assert counted(ROW) == 1


def test_clipped():
    assert clipped(-1.0) == 0.0 and clipped(3.0) == 3.0 and clipped(1.0, 2.0) == 2.0


def test_clipped_strict():
    with pytest.raises(ValueError):
        clipped(1.0, 2.0, strict=True)
    assert clipped(2.0, 2.0, strict=True) == 2.0


@pytest.fixture(scope="module")
def begun():
    return started("abc"), started("a")


def test_started_whole(begun):
    assert begun[1] == "a"


def test_started(begun):
    assert begun[0] == "bc"


def test_started_again():
    assert started("abc") == "bc"


@pytest.mark.parametrize("n", [2, 5])
def test_counted(n):
    code = f"from toy.numbers import counted; print(counted([1, {n}]))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "1\\n"


def test_fails():
    assert clipped(1.0) == 2.0
"""


def changes(source: str) -> set[tuple[str, str, str]]:
    return {(mutant.kind, mutant.before, mutant.after) for mutant in mutants("a.py", source)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", {("comparison", "a < b", "a <= b"), ("swapped", "a < b", "b < a")}),
        ("a is None", {("comparison", "a is None", "a is not None")}),
        ("a and b", {("boolean", "a and b", "a or b")}),
        ("not a", {("boolean", "not a", "a")}),
        ("a - b", {("arithmetic", "a - b", "a + b"), ("swapped", "a - b", "b - a")}),
        ("-a", {("arithmetic", "-a", "a")}),
        ("'a' + b", set()),
        ("zip(strict=True)", set()),
        ("any(a)", {("exchanged", "any(a)", "all(a)")}),
        ("max(a, b)", {("exchanged", "max(a, b)", "min(a, b)")}),
        ("f(a, b)", {("swapped", "f(a, b)", "f(b, a)")}),
        ("f(a, key=b)", {("keyword", "f(a, key=b)", "f(a)")}),
        ("a if b else c", {("condition", "a if b else c", "a if not b else c")}),
        ("[a for a in b if a]", {("condition", "a", "not a")}),
        ("f'{a - 1}'", {("arithmetic", "a - 1", "a + 1"), ("swapped", "a - 1", "1 - a")}),
        ("2.5", {("constant", "2.5", "3.5")}),
        ("True", {("constant", "True", "False")}),
        ("lambda: a or b", {("boolean", "a or b", "a and b")}),
    ],
)
def test_changes_of_expressions(source: str, expected: set[tuple[str, str, str]]) -> None:
    assert expected <= changes(f"x = {source}")
    assert expected or not changes(f"x = {source}")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(a)", {("removed", "f(a)", "pass")}),
        ("raise a", {("removed", "raise a", "pass")}),
        ("a.b = c", {("removed", "a.b = c", "pass")}),
        ("a += b", {("removed", "a += b", "pass"), ("arithmetic", "a += b", "a -= b")}),
        ("if a:\n b", {("condition", "a", "not a"), ("removed", "b", "pass")}),
        ("def f():\n return a", {("result", "return a", "return None")}),
        ("def f(a=1): ...", {("default", "1", "2"), ("default", "1", "0")}),
        ("def f(a='b'): ...", {("default", "'b'", "'bmutant'")}),
        ("def f(a: Literal[1]) -> Literal[2]: ...", set()),
        ("import a", set()),
        ("'''Docstring.'''", set()),
        ("__all__ = [f(1)]", set()),
        ("if TYPE_CHECKING:\n f(1)", set()),
        ("if COMPILED:\n x.a = y\nelse:\n x.b = y", {("removed", "x.b = y", "pass")}),
    ],
)
def test_changes_of_statements(source: str, expected: set[tuple[str, str, str]]) -> None:
    assert changes(source) == expected


def test_changed_sources_keep_their_lines() -> None:
    for mutant in mutants("numbers.py", SOURCE):
        text = mutant.applied(SOURCE)
        assert text is not None, mutant
        assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(SOURCE))
        assert text.count("\n") == SOURCE.count("\n")


def test_change_to_the_same_is_none() -> None:
    [swapped] = [mutant for mutant in mutants("a.py", "f(x, x)") if mutant.kind == "swapped"]
    assert swapped.applied("f(x, x)") is None


def test_changes_without_effect_are_not_made() -> None:
    for absolute in ("abs", "np.abs"):
        kinds = {mutant.kind for mutant in mutants("a.py", f"z = {absolute}(x - y)")}
        assert kinds == {"arithmetic"}
    for symmetric in ("math.isclose", "np.maximum", "np.minimum", "np.fmax", "np.fmin"):
        assert not mutants("a.py", f"z = {symmetric}(x, y)")
    assert not mutants("a.py", "@overload\ndef f(x: int = 1) -> int: ...")
    assert not mutants("a.py", "@mypyc_attr(acyclic=True)\nclass A:\n    pass")
    assert [mutant.kind for mutant in mutants("a.py", "def _f(x) -> bool:\n    return False")] == ["constant"]
    assert [mutant.kind for mutant in mutants("a.py", "def f(x) -> bool:\n    return False")] == ["result", "constant"]


def test_keys_do_not_depend_on_lines() -> None:
    keys = [mutant.key for mutant in mutants("numbers.py", SOURCE)]
    assert len(keys) == len(set(keys))
    assert keys == [mutant.key for mutant in mutants("numbers.py", "\n\n" + SOURCE)]


in_checkout = pytest.mark.skipif(not (ROOT / "autograd").is_dir(), reason="reads the sources of a checkout")


@in_checkout
def test_every_source_has_an_area() -> None:
    assert {area(path) for path in sources(ROOT)} == set(AREAS)


def test_samples_depend_on_the_seed_alone(toy: Path) -> None:
    first, second, other = (sample(toy, ["toy/numbers.py"], seed, "toy", 5) for seed in (1, 1, 2))
    assert first == second != other
    assert len({mutant.key for mutant in first}) == 5


@thorough
@in_checkout
def test_kept_equivalents_are_there() -> None:
    equivalents = kept.read(kept.EQUIVALENTS)
    modules = {key.partition(".")[0] for key in equivalents}
    paths = [ROOT / path for path in sources(ROOT) if Path(path).stem in modules]
    keys = {m.key for path in paths for m in mutants(path.name, path.read_text(encoding="utf-8"))}
    assert [key for key in equivalents if key not in keys] == []
    assert all(isinstance(reason, str) and reason.endswith(".") for reason in equivalents.values())


def test_table_counts_equivalents_apart() -> None:
    runs = [
        {"area": "nn", "seed": 2, "mutants": 4, "survivors": [{"key": "a"}, {"key": "b"}]},
        {"area": "engine", "seed": 1, "mutants": 6, "survivors": []},
    ]
    lines = kept.markdown(runs, {"a": "Nobody asks."}, ["engine", "nn"]).splitlines()[2:]
    assert lines == [
        "| engine | 1 | 6 | 6 | 0 | 0 | 100.0 % | 100.0 % |",
        "| nn | 2 | 4 | 2 | 1 | 1 | 50.0 % | 66.7 % |",
        "| all | 1, 2 | 10 | 8 | 1 | 1 | 80.0 % | 88.9 % |",
    ]


def test_the_page_holds_what_was_kept() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = kept.markdown(kept.read(kept.RESULTS), kept.read(kept.EQUIVALENTS), list(AREAS))
    assert f"{kept.START}\n{table}\n{kept.END}" in page


def test_a_run_replaces_that_of_its_area_and_seed() -> None:
    old, other = {"area": "nn", "seed": 2, "mutants": 4}, {"area": "nn", "seed": 1, "mutants": 4}
    new = {**old, "mutants": 5}
    assert kept.together([old, other], new) == [other, new]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A checkout of one module and its tests."""
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").touch()
    (tmp_path / "toy" / "numbers.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "test_toy.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "conftest.py").write_text("import toy.numbers", encoding="utf-8")  # before any test is collected
    return tmp_path


@pytest.fixture
def outcomes(toy: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    pytest.importorskip("coverage", reason="the lines that tests execute are found by coverage: pip install coverage")
    from benchmarks.mutants.runner import Runner
    from benchmarks.mutants.tests import Tests
    from benchmarks.mutants.workspace import Workspace

    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    with Workspace(toy) as workspace:
        tests = Tests(workspace, (), ["toy/numbers.py"], tmp_path_factory.mktemp("cache"))
        with Runner(tests, ()) as runner:
            yield lambda mutant: runner.run(mutant)
    assert not workspace.folder.exists()
    assert (toy / "toy" / "numbers.py").read_text(encoding="utf-8") == SOURCE


def chosen(kind: str, before: str, after: str) -> Mutant:
    found = [m for m in mutants("toy/numbers.py", SOURCE) if (m.kind, m.before, m.after) == (kind, before, after)]
    assert len(found) == 1
    return found[0]


@thorough
def test_outcomes(outcomes: object) -> None:
    """A change in a fork, one at import, one that only another process sees, one that none sees or runs."""
    for change, state, tests in [
        (("exchanged", "max(x, low)", "min(x, low)"), "killed", 2),
        (("constant", "2", "3"), "killed", 3),
        (("comparison", "item >= LEAST", "item > LEAST"), "killed", 3),
        (("comparison", "x < low", "x <= low"), "killed", 2),
        (("arithmetic", "low + 1", "low - 1"), "survived", 1),
        (("boolean", "name[1:] or name[0:]", "name[1:] and name[0:]"), "killed", 3),
        (("boolean", "unused or 1", "unused and 1"), "survived", 8),
        (("arithmetic", "count * 3", "count / 3"), "killed", 8),
    ]:
        outcome = outcomes(chosen(*change))
        assert (outcome.state, outcome.tests) == (state, tests), change


WRITER = """
import os, sys
from pathlib import Path
if not os.fork():
    os.setsid()
    with Path(sys.argv[1], "processes").open("a") as file:
        file.write(f"{os.getpid()}\\n")
while True:
    Path(sys.argv[1]).mkdir(exist_ok=True)
    Path(sys.argv[1], str(os.getpid())).touch()
"""


@thorough
def test_a_killed_run_leaves_nothing(toy: Path, tmp_path: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from benchmarks.mutants.workspace import Workspace
with Workspace(Path({str(toy)!r})) as workspace:
    process = workspace.start(["-c", {WRITER!r}, str(workspace.folder)], {{}})
    print(workspace.folder, process.pid, flush=True)
    time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    folder, pid = process.stdout.readline().split()
    assert (Path(folder) / "checkout" / "toy" / "numbers.py").exists()
    process.kill()
    process.communicate()
    for _ in range(1000):
        if Path(f"/proc/{pid}").exists() or Path(folder).exists():
            time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()
    assert not Path(folder).exists()
