"""The examples and the README run and say what they promise."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import autograd as ag

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def block(mark: str) -> str:
    """The fenced block of the README under that mark."""
    match = re.search(rf"<!-- {mark} -->\s*```\w*\n(.*?)```", README, re.DOTALL)
    assert match, mark
    return match[1]


@pytest.mark.parametrize(("what", "computed", "printed"), example("essay").numbers(), ids=lambda x: str(x)[:24])
def test_the_essay_rounded_its_numbers_from_ours(what: str, computed: float, printed: float):
    digits = len(repr(printed).rstrip("0").partition(".")[2])
    assert round(computed, max(digits, 4 if what.startswith("S(−5 +") else 3)) == pytest.approx(printed, abs=6e-4)


def test_the_essays_derivative_comes_out_and_its_slip_is_corrected():
    essay = example("essay")
    C, w = essay.worked()
    trace = ag.trace(C, w)
    assert [round(f.value, 3) for f in trace.factors] == [-0.755, 0.235, 0.8]
    assert round(trace.value, 3) == -0.142
    assert round(essay.descend(w.data, trace.value), 4) == 0.1571


def test_the_main_job_prints_the_worked_solution_of_the_readme_and_draws_it(tmp_path: Path):
    command = block("first command").strip().partition("&& ")[2].split()
    assert command[0] == "python"
    done = subprocess.run(
        [sys.executable, str(ROOT / command[1]), *command[2:]],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert block("worked solution") in done.stdout
    assert "4 derivatives hold" in done.stdout
    assert (tmp_path / "essay.svg").read_bytes() == (ROOT / "docs" / "essay.svg").read_bytes()


def test_olahs_post_is_reproduced(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    olah = example("olah")
    assert olah.main([str(tmp_path / "e.svg")]) == 0
    printed = capsys.readouterr().out
    for line in ("∂e/∂b = 2 · 1 + 3 · 1 = 5", "9 paths, 14 + 21 + 35", "= 310", "10 · 31 = 310", "b → c → e: 2"):
        assert line in printed
    assert (tmp_path / "e.svg").read_bytes() == (ROOT / "docs" / "olah.svg").read_bytes()


def test_olahs_nine_paths_are_the_products_of_the_slopes():
    X, _, Z = example("olah").chain()
    products = sorted(path.product for path in ag.paths(Z, X))
    assert products == [14.0, 21.0, 22.0, 26.0, 33.0, 35.0, 39.0, 55.0, 65.0]


def test_the_readme_shows_the_blame_as_it_is_printed():
    softsign = ag.operation("softsign", lambda x: x / (1 + abs(x)), lambda x, z: 1 / (1 + ag.abs(x)))
    report = str(ag.gradcheck(softsign(ag.exp(ag.Value(0.5, "x")).named("u")).named("y")))

    def readable(text: str) -> list[str]:
        return re.sub(r"± \S+", "±", re.sub(r"\d+\.\d{6,}", lambda m: f"{float(m[0]):.8g}", text)).split()

    assert readable(report) == readable(block("blame"))
