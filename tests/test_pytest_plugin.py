"""The pytest plugin, in runs of pytest on projects outside this one."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from effort import thorough

import autograd as ag
import pytest_autograd
from autograd.testing import GradientError

ROOT = Path(__file__).parents[1]

EXAMPLE = """
import math
import numpy as np
import autograd as ag

def cost(x, y):
    return ag.log(x) + x * y - ag.sin(y)

def by_hand(x, y):
    return 1 / x + y, x + math.cos(y)                    # the sign is wrong

def rippled(x):
    return x + 1e-8 * math.sin(1e8 * x)

def test_correct(gradcheck):
    assert gradcheck(cost, [2.0, 5.0])
    assert gradcheck(cost, 2.0, 5.0)
    assert gradcheck(cost, at=(2.0, 5.0))
    assert gradcheck(sum, [2.0, 5.0], gradient=[1.0, 1.0])
    for call in (lambda: gradcheck(cost, 2.0, 5.0, gradient=[9.0, 9.0]), lambda: gradcheck(cost, 2.0, at=5.0)):
        try:
            call()
        except (AssertionError, TypeError):
            continue
        raise RuntimeError("a wrong call or derivative must not pass")

def test_wrong(gradcheck):
    gradcheck(cost, [2.0, 5.0], gradient=by_hand)

def test_kink(gradcheck):
    gradcheck(lambda x: ag.relu(x - 2), 2.0)

def test_noisy(gradcheck):
    gradcheck(rippled, 1.7, gradient=1.0)
"""


# A run that finds plugins by their entry points is to find ours alone, whatever else is installed.
OURS_ALONE = [
    option
    for plugin in entry_points(group="pytest11")
    if plugin.name != "autograd"
    for option in ("-p", f"no:{plugin.name}")
]


def run_python(folder: Path, *arguments: str, path: Path = ROOT, plugins: bool = False) -> tuple[int, str]:
    """The exit status and the output of Python, for which pytest has no plugins of its own accord."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{path}{os.pathsep}{ROOT}",
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "120",
    }
    environment.pop("PYTEST_ADDOPTS", None)
    if not plugins:
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    return done.returncode, done.stdout + done.stderr


def pytest_run(folder: Path, source: str, *options: str, path: Path = ROOT, plugins: bool = False) -> tuple[int, str]:
    """The exit status and the output of pytest on one file, with no plugin but ours; warnings are errors."""
    (folder / "test_example.py").write_text(source, encoding="utf-8")
    ours = () if plugins else ("-p", "pytest_autograd")
    command = ["-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *ours, *options]
    return run_python(folder, *command, path=path, plugins=plugins)


# Runs of pytest in one process, which imports pytest and NumPy once, and the package for each run.
IN_ONE_PROCESS = """
import os, sys, pytest, numpy
for folder, *options in {runs}:
    os.chdir(folder)
    status = pytest.main(["-W", "error", "-p", "no:cacheprovider", "-p", "pytest_autograd", *options])
    print(f"\\nended with {{int(status)}}", flush=True)
    for name in list(sys.modules):
        if name.partition(".")[0] in ("autograd", "nn", "pytest_autograd") or name.startswith("test_"):
            del sys.modules[name]
"""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("projects")


@pytest.fixture(scope="module")
def runs(projects: Path) -> dict[str, tuple[int, str]]:
    """The exit status and the output of pytest on each project of `PROJECTS`."""
    for name, (source, *_) in PROJECTS.items():
        for path, text in (source if isinstance(source, dict) else {"test_example.py": source}).items():
            (projects / name).mkdir(exist_ok=True)
            (projects / name / path).write_text(text, encoding="utf-8")
    each = [[str(projects / name), *options] for name, (_, *options) in PROJECTS.items()]
    # The compiled engine cannot be imported a second time in a process.
    batches = [[run] for run in each] if ag.compiled else [each]
    parts: list[str] = []
    for batch in batches:
        status, output = run_python(projects, "-c", IN_ONE_PROCESS.format(runs=batch))
        *ended, rest = re.split(r"\nended with (\d)\n", output)
        assert (status, rest, len(ended)) == (0, "", 2 * len(batch)), output
        parts += ended
    return dict(zip(PROJECTS, zip(map(int, parts[1::2]), parts[::2], strict=True), strict=True))


@pytest.fixture
def example(runs: dict[str, tuple[int, str]]) -> tuple[int, str]:
    """The project with one of each."""
    return runs["example"]


# --- four outcomes


def test_a_wrong_derivative_a_kink_a_noisy_function_and_a_correct_one_have_four_outcomes(example):
    status, output = example
    assert status == 1
    outcomes = dict(re.findall(r"::test_(\w+) ([A-Z]+)", output))
    assert outcomes == {"correct": "PASSED", "wrong": "FAILED", "kink": "KINK", "noisy": "UNDECIDED"}
    assert re.search(r"= 1 failed, 1 passed, 1 kink, 1 undecided in ", output)


def test_a_wrong_derivative_shows_the_line_of_the_test_and_the_report_and_no_frame_of_ours(example):
    _, output = example
    assert ">       gradcheck(cost, [2.0, 5.0], gradient=by_hand)" in output
    assert re.search(r"^E +∂cost/∂y +given 2.28366\d+ +differences 1.71633\d* ± ", output, re.MULTILINE)
    line = EXAMPLE[: EXAMPLE.index("gradient=by_hand")].count("\n") + 1
    assert f"test_example.py:{line}: GradientError" in output
    assert "pytest_autograd.py" not in output
    assert "gradient_check.py" not in output
    assert "repeat: pytest test_example.py::test_wrong --gradcheck-seed=0" in output
    assert "FAILED test_example.py::test_wrong - cost: 1 of 2 derivatives is wrong" in output


def test_a_kink_and_what_cannot_be_told_are_explained_at_the_end(example):
    _, output = example
    end = output[output.index("= passed at a kink") :]
    assert re.search(r"test_kink\n  ∂f/∂x: not differentiable here", end)
    assert re.search(r"= undecided: .*\n.*test_noisy\n  rippled: .*\n    ∂rippled/∂x   given 1.0", end)
    assert "test_correct" not in end


def test_to_junit_what_cannot_be_told_is_skipped_and_a_kink_has_passed(projects, runs):
    (suite,) = ElementTree.parse(projects / "example" / "out.xml").getroot()
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped", "errors")} == {
        "tests": "4",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
    }
    assert {x.get("name") for x in suite.iter("property")} == {"gradcheck kink", "gradcheck undecided"}


def test_the_letters_of_the_two_outcomes_are_yellow(runs):
    _, output = runs["coloured"]
    assert "test_example.py \x1b[32m.\x1b[0m\x1b[31mF\x1b[0m\x1b[33mk\x1b[0m\x1b[33mu\x1b[0m" in output
    assert "\x1b[33mtest_example.py::test_kink\x1b[0m\n  \u2202f" in output.replace("\x1b[0m\x1b[0m", "\x1b[0m")
    assert "\x1b[33mtest_example.py::test_noisy" in output


KINKS = """
import autograd as ag

def test_two(gradcheck):
    gradcheck(lambda x: ag.relu(x - 2), 2.0)
    gradcheck(lambda first, second: ag.relu(second) + first, [1.0, 0.0])

def test_inside(gradcheck):
    x, y = ag.Value(0.0, "x"), ag.Value(1.0, "y")
    gradcheck(ag.relu(x).named("r") + y, leaves=[y])

def test_pass(gradcheck):
    check = gradcheck(lambda x: x * x, 2.0)
    assert check.strict()
"""


def test_the_first_kink_of_a_test_is_explained(runs):
    status, output = runs["kinks"]
    assert status == 0
    end = output[output.index("= passed at a kink") :]
    assert re.findall(r"test_example.py::(\w+)\n  (.*): not differentiable", end)[0] == ("test_two", "∂f/∂x")
    assert end.count("not differentiable here") == 2
    assert "second" not in end
    assert "test_inside\n  relu(x = 0.0), operand 0 (node 2, r): not differentiable here" in end
    assert "test_pass" not in end


def test_help_and_markers_tell_of_the_plugin(runs):
    _, output = runs["help"]
    text = " ".join(output.split())
    assert "gradient checks (scalar-autograd): --gradcheck-strict fail tests at points without a derivative" in text
    assert "--gradcheck-seed=N the seed of drawn points (default: 0)" in text
    _, output = runs["markers"]
    assert "@pytest.mark.gradients(points=[...], draw=0, domain=..., gradient=..., order=1, rtol=..., atol=" in output
    assert "check the derivatives of the returned number by the arguments of the test, at each point" in output


STRICT = EXAMPLE + "\ndef test_known(gradcheck):\n    gradcheck(ag.relu, 0.0, kinks='pass')\n"


def test_strict_fails_what_cannot_be_told_and_kinks_unless_the_test_allows_them(runs):
    status, output = runs["strict"]
    assert status == 1
    outcomes = dict(re.findall(r"::test_(\w+) ([A-Z]+)", output))
    assert outcomes.pop("known") == "KINK"
    assert outcomes == {"correct": "PASSED", "wrong": "FAILED", "kink": "FAILED", "noisy": "FAILED"}


AFTER_UNDECIDED = (
    EXAMPLE
    + """
def test_both(gradcheck):
    gradcheck(rippled, 1.7, gradient=1.0)
    gradcheck(ag.exp, 2.0, gradient=1.0)

def test_then(gradcheck):
    gradcheck(rippled, 1.7, gradient=1.0)
    assert 1 == 2

def test_asserted():
    ag.assert_gradients(rippled, 1.7, gradient=1.0)
"""
)


def test_what_comes_after_something_undecided_is_checked_all_the_same(runs):
    _, output = runs["after undecided"]
    outcomes = dict(re.findall(r"::test_(\w+) ([A-Z]+)", output))
    assert outcomes == {"both": "FAILED", "then": "FAILED", "asserted": "UNDECIDED"}


@thorough
def test_the_outcomes_are_the_same_with_workers(tmp_path):
    if find_spec("xdist") is None:
        pytest.skip("needs pytest-xdist: pip install pytest-xdist")
    status, output = pytest_run(tmp_path, EXAMPLE, "-p", "xdist", "-n", "2")
    assert status == 1
    assert re.search(r"= 1 failed, 1 passed, 1 (kink|undecided), 1 (kink|undecided) in ", output)
    assert re.search(r"test_noisy\n  rippled: ", output)


# --- the marker


MARKED = """
import math
import numpy as np
import pytest
import autograd as ag

@pytest.mark.gradients(points=[(2.0, 5.0), [0.1, 3.0], pytest.param(3.0, 4.0, id="far")])
def test_f(x, y):
    return ag.log(x) + x * y - ag.sin(y)

@pytest.mark.gradients(points=(x for x in (0.5, 2)), gradient=math.cos)
def test_sin(x):
    return math.sin(x)

@pytest.mark.gradients(points=[[1.0, 2.0], ([3.0],), np.array([4.0, 5.0])])
def test_sequence(p):
    return ag.total(x * x for x in p)

class TestInAClass:
    @pytest.mark.parametrize("scale", [1.0, 2.0])
    @pytest.mark.gradients(points=[3.0])
    def test_method(self, x, scale, tmp_path, unused=1):
        assert tmp_path.exists()
        return scale * x * x

@pytest.mark.gradients(draw=3, domain=(ag.Interval(0.0, 1.0), ag.Interval(5.0, 6.0)))
def test_drawn(x, y):
    return x * y

@pytest.mark.gradients(points=[2.0, pytest.param(3.0, marks=pytest.mark.xfail(strict=True))], gradient=4.0)
def test_square(x):
    return x * x

@pytest.mark.gradients(points=[(2.0, 5.0)], gradient=(5.0, 3.0))
def test_wrong(x, y):
    return x * y

product = ag.operation("product", lambda x, y: x * y, lambda x, y, z: (ag.where(y, y, 0.0), x))     # d²/dxdy at y = 0

@pytest.mark.gradients(points=[(2.0, 5.0), (2.0, 0.0)], order=2)
def test_twice(x, y):
    return product(x, y)
"""


@pytest.fixture
def marked(runs: dict[str, tuple[int, str]]) -> tuple[int, str]:
    """The marked tests."""
    return runs["marked"]


def test_the_marker_makes_a_test_of_each_point(marked):
    status, output = marked
    assert status == 1
    names = re.findall(r"::(test_\w+\S*) PASSED", output)
    drawn = [name for name in names if name.startswith("test_drawn")]
    assert [name for name in names if name not in drawn] == [
        *("test_f[2.0,5.0]", "test_f[0.1,3.0]", "test_f[far]", "test_sin[0.5]", "test_sin[2]"),
        *("test_sequence[[1.0,2.0]]", "test_sequence[[3.0]]", "test_sequence[[4.0,5.0]]"),
        *("test_method[3.0-1.0]", "test_method[3.0-2.0]", "test_square[2.0]", "test_twice[2.0,5.0]"),
    ]
    points = [tuple(map(float, name[len("test_drawn[") : -1].split(","))) for name in drawn]
    assert len(set(points)) == 3
    assert all(0.0 <= x <= 1.0 and 5.0 <= y <= 6.0 for x, y in points)
    assert "test_square[3.0] XFAIL" in output
    assert "= 2 failed, 15 passed, 1 xfailed in " in output
    assert re.search(r"test_twice\[2.0,0.0\] - test_twice: 1 of 6 derivatives is wrong", output)
    assert "symmetry: H ≠ Hᵀ in 1 of 1 pairs" in output


TOLERANT = """
import pytest

@pytest.mark.gradients(points=[2.0], gradient=4.00001, atol=1e-3)
def test_marked(x):
    return x * x

def test_fixture(gradcheck):
    gradcheck(lambda x: x * x, 2.0, gradient=4.00001, atol=1e-3)

def test_fixture_without(gradcheck):
    gradcheck(lambda x: x * x, 2.0, gradient=4.00001)
"""


def test_an_absolute_tolerance_is_taken_by_marker_and_fixture(runs):
    _, output = runs["tolerant"]
    assert re.search(r"= 1 failed, 2 passed in ", output)
    assert "FAILED test_example.py::test_fixture_without" in output


def test_a_marked_test_that_fails_shows_the_report_alone(marked):
    _, output = marked
    report = re.search(r"_ test_wrong\[2.0,5.0\] _+\n(.*?)\n[=_]", output, re.DOTALL)[1].splitlines()
    assert report[0] == "test_wrong: 1 of 2 derivatives is wrong"
    assert report[1].startswith("  ∂test_wrong/∂y   given 3.0   differences 2 ± ")
    assert report[-1] == "repeat: pytest 'test_example.py::test_wrong[2.0,5.0]' --gradcheck-seed=0"
    assert "FAILED test_example.py::test_wrong[2.0,5.0] - test_wrong: 1 of 2 derivatives is wrong" in output


@pytest.mark.parametrize(
    ("point", "count", "values"),
    [
        (3.0, 1, (3.0,)),
        (3.0, 2, (3.0,)),
        ([6.0], 1, ([6.0],)),
        ([6.0, 7.0], 1, ([6.0, 7.0],)),
        ([6.0, 7.0], 2, (6.0, 7.0)),
        ([6.0, 7.0], 3, ([6.0, 7.0],)),
        ((6.0, 7.0), 3, (6.0, 7.0)),
        (([6.0, 7.0],), 2, ([6.0, 7.0],)),
        ((), 1, ()),
    ],
)
def test_a_list_is_one_argument_unless_there_is_one_for_each_number(point, count, values):
    assert pytest_autograd._point(point, count).values == values
    array = pytest_autograd._point(np.array([6.0, 7.0]), count).values
    assert len(array) == (2 if count == 2 else 1)
    known = pytest.param(1.0, 2.0, id="known")
    assert pytest_autograd._point(known, count) is known


def test_a_point_is_written_in_the_name_of_its_test():
    name = pytest_autograd._test_id
    assert name((2.0, 5)) == "2.0,5"
    assert name(([1.0, 2.0], (3.0,), np.array([4.0]), np.float64(5.0))) == "[1.0,2.0],[3.0],[4.0],5.0"
    longest = (10**59,)
    assert name(longest) == "1" + "0" * 59
    assert name((10**60,)) == "1" + "0" * 56 + "..."


REFUSED = [
    ("points=[]", "f(x): return x", "test_f(x) is marked `gradients`, with no points; give points="),
    ("point=[1.0]", "g(x): return x", "test_g(x) is marked `gradients`, with no points"),
    ("points=[(1.0, 2.0)]", "h(x): return x", "test_h(x) is marked `gradients`, with points of 2 arguments; give"),
    ("points=[()]", "i(x): return x", "test_i(x) is marked `gradients`, with points of 0 arguments; give"),
    ("points=[1.0, (1.0, 2.0)]", "k(x, y): return x", "with points of 1 and 2 arguments"),
    ("points=[1.0]", "l(x): x * x", "test_l() is marked `gradients`: it must return the number to differentiate"),
]


MISFITS = {
    f"test_{i}.py": f"import pytest\n@pytest.mark.gradients({mark})\ndef test_{function}\n"
    for i, (mark, function, _) in enumerate(REFUSED)
}


def test_a_marker_that_does_not_fit_its_function_is_refused(runs):
    status, output = runs["misfits"]
    assert status == 1
    for _, _, message in REFUSED:
        assert message in output


# --- every verdict with every kind of function


VERDICTS = """
import itertools, math
from importlib.util import find_spec
import numpy as np
import pytest
import autograd as ag

POINTS = {"pass": 1.5, "fail": 1.5, "kink": 0.0, "undecided": 1.0, "nondeterministic": 1.5}
SLOPES = {"pass": 3.0, "fail": 4.5, "kink": 0.0, "undecided": 2.0, "nondeterministic": 3.0}
CALLS = itertools.count()

def square(x, verdict, absolute=abs, where=lambda is_true, x, y: x if is_true else y):
    if verdict == "kink":
        return absolute(x)
    if verdict == "undecided":
        return where(x == 1.0, x * x, x * math.nan)
    return x * x * (next(CALLS) if verdict == "nondeterministic" else 1.0)

wrong_square = ag.operation("wrong_square", lambda x: x * x, lambda x, z: 3.0 * x)

def graph(verdict):
    f = wrong_square if verdict == "fail" else lambda x: square(x, verdict, ag.abs)
    return f, POINTS[verdict], {}

def floats(verdict):
    return lambda x: square(x, verdict), POINTS[verdict], {"gradient": SLOPES[verdict]}

def arrays(verdict):
    at = np.full((2, 1), POINTS[verdict])
    return lambda W: sum(square(x, verdict) for x in W.flat), (at,), {"gradient": np.full((2, 1), SLOPES[verdict])}

def pytrees(verdict):
    x, slope = POINTS[verdict], SLOPES[verdict]
    f = lambda p: square(p["a"][0], verdict) + square(p["b"]["c"], verdict)
    return f, ({"a": [x], "b": {"c": x}, "n": 3},), {"gradient": {"a": [slope], "b": {"c": slope}}}

def torch(verdict):
    import torch

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return 3.0 * g * ctx.saved_tensors[0]

    f = Square.apply if verdict == "fail" else lambda x: square(x, verdict, torch.abs, torch.where)
    return f, torch.tensor([POINTS[verdict]], dtype=torch.float64), {}

def jax(verdict):
    import jax
    jax.config.update("jax_enable_x64", True)

    @jax.custom_vjp
    def wrong(x):
        return x * x

    wrong.defvjp(lambda x: (x * x, x), lambda x, g: (3.0 * g * x,))
    f = wrong if verdict == "fail" else lambda x: square(x, verdict, jax.numpy.abs, jax.numpy.where)
    return f, jax.numpy.array([POINTS[verdict]]), {}

KINDS = [graph, floats, arrays, pytrees, *(kind for kind in (torch, jax) if find_spec(kind.__name__))]

@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("verdict", POINTS)
def test_verdict(gradcheck, kind, verdict):
    f, at, options = kind(verdict)
    gradcheck(f, at, **options)
"""


def test_every_kind_of_function_has_every_verdict(runs):
    """PyTorch and JAX are kinds where they are installed: pip install torch jax."""
    _, output = runs["verdicts"]
    found = re.findall(r"::test_verdict\[(\w+)-(\w+)\] (\w+)", output)
    words = {"pass": "PASSED", "kink": "KINK", "undecided": "UNDECIDED"}
    assert [(x, words.get(verdict, "FAILED")) for verdict, x, _ in found] == [(x, word) for _, x, word in found]
    kinds = {"graph", "floats", "arrays", "pytrees", *(name for name in ("torch", "jax") if find_spec(name))}
    assert {kind for _, kind, _ in found} == kinds
    assert len(found) == 5 * len(kinds)
    assert len(re.findall(r"^E .*: not deterministic", output, re.MULTILINE)) == len(kinds)


# --- every outcome beside every mark of pytest's


OUTCOMES = """
import math
import pytest
import autograd as ag

MARKS = {
    "plain": [],
    "xfail": [pytest.mark.xfail(strict=False)],
    "strict": [pytest.mark.xfail(strict=True)],
    "other": [pytest.mark.xfail(raises=ValueError, strict=False)],
    "skip": [pytest.mark.skip(reason="asked for")],
}
KINDS = {
    "correct": (lambda x: x * x, 4.0),
    "wrong": (lambda x: x * x, 5.0),
    "kink": (lambda x: max(x, 2.0), 0.5),
    "noisy": (lambda x: x + 1e-8 * math.sin(1e8 * x), 1.0),
}
cases = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=marks, id=f"{mark}-{kind}") for mark, marks in MARKS.items() for kind in KINDS]
)

def hold(kind):
    f, slope = KINDS[kind]
    ag.assert_gradients(f, 2.0, gradient=slope)

@cases
def test_fixture(gradcheck, kind):
    f, slope = KINDS[kind]
    gradcheck(f, 2.0, gradient=slope)

@cases
def test_asserted(kind):
    hold(kind)

def marked(kind):
    points = [pytest.param(2.0, marks=marks, id=f"{mark}-{kind}") for mark, marks in MARKS.items()]
    return pytest.mark.gradients(points=points, gradient=KINDS[kind][1])

@marked("correct")
def test_marked(x):
    return KINDS["correct"][0](x)

class TestMarked:
    @marked("wrong")
    @pytest.mark.usefixtures("tmp_path")
    def test_wrong(self, x):
        return KINDS["wrong"][0](x)

    @marked("kink")
    def test_kink(self, x):
        return KINDS["kink"][0](x)

    @marked("noisy")
    def test_noisy(self, x):
        return KINDS["noisy"][0](x)

@pytest.fixture
def before(kind):
    hold(kind)

@pytest.fixture
def after(kind):
    yield
    hold(kind)

@pytest.mark.parametrize("kind", KINDS)
def test_before(before, kind):
    pass

@pytest.mark.parametrize("kind", KINDS)
def test_after(after, kind):
    pass

@pytest.mark.gradients(draw=2)
def test_draw(x, y):
    return x * y

@pytest.mark.gradients(draw=2, domain=())
def test_draw_empty(x, y):
    return x * y

@pytest.mark.gradients(draw=2, domain=ag.Interval(5.0, 6.0))
def test_draw_interval(x, y):
    return x * y

@pytest.mark.gradients(draw=2, domain=(ag.Interval(5.0, 6.0),))
def test_draw_first(x, tmp_path):
    return x * x

@pytest.mark.gradients(draw=2, points=[(1.0, 2.0)])
def test_draw_beside(x, y, tmp_path):
    return x * y
"""
EXPECTED = {
    "plain": {"correct": "PASSED", "wrong": "FAILED", "kink": "KINK", "noisy": "UNDECIDED"},
    "xfail": {"correct": "XPASS", "wrong": "XFAIL", "kink": "XPASS", "noisy": "XPASS"},
    "strict": {"correct": "FAILED", "wrong": "XFAIL", "kink": "FAILED", "noisy": "FAILED"},
    "other": {"correct": "XPASS", "wrong": "FAILED", "kink": "XPASS", "noisy": "XPASS"},
    "skip": dict.fromkeys(("correct", "wrong", "kink", "noisy"), "SKIPPED"),
}
"""By the mark and by what the check finds, the outcome of a test that uses the fixture, or is marked `gradients`."""
ASSERTED = {
    ("plain", "kink"): "PASSED",  # an assertion tells nobody of a kink
    ("xfail", "noisy"): "XFAIL",  # and fails where nothing can be told
    ("strict", "noisy"): "XFAIL",
    ("other", "noisy"): "UNDECIDED",
}
"""Where that of `assert_gradients` is another."""


@pytest.fixture(scope="module")
def outcomes(projects: Path, runs: dict[str, tuple[int, str]]) -> tuple[str, ElementTree.Element]:
    """The output of all of them with a line for each failure, and what JUnit is told."""
    return runs["outcomes"][1], ElementTree.parse(projects / "outcomes" / "out.xml").getroot()


def line_of(text: str) -> int:
    return OUTCOMES[: OUTCOMES.index(text)].count("\n") + 1


def test_every_mark_has_its_outcome(outcomes):
    found = re.findall(r"::(test_\w+)\[(\w+)-(\w+)\] ([A-Z]+)", outcomes[0])
    assert len(found) == 3 * len(EXPECTED) * 4
    for test, mark, kind, outcome in found:
        expected = EXPECTED[mark][kind]
        assert outcome == (ASSERTED.get((mark, kind), expected) if test == "test_asserted" else expected), (test, mark)


def test_what_fixtures_find_wrong_or_undecided_is_an_error(outcomes):
    found = re.findall(r"::test_(before|after)\[(\w+)\] (\w+)", outcomes[0])
    errors = {("before", "wrong"), ("before", "noisy"), ("after", "wrong"), ("after", "noisy")}
    assert {(test, kind) for test, kind, outcome in found if outcome == "ERROR"} == errors
    assert {outcome for _, _, outcome in found} == {"PASSED", "ERROR"}


def test_place_of_failure_is_where_the_test_begins(outcomes):
    """A marked test fails where pytest says that it begins; others at the line that checks."""
    output, _ = outcomes
    places = re.findall(r"test_example.py:(\d+): (\w+): 1 of 1 derivative is wrong", output)
    fixture = line_of("    gradcheck(f, 2.0")
    assert places == [
        *[(str(fixture), "f")] * 2,
        *[(str(line_of("    ag.assert_gradients(")), "f")] * 2,
        *[(str(line_of('    @marked("wrong")')), "test_wrong")] * 2,
    ]


def test_place_of_undecided_is_that_of_skipped(outcomes):
    _, suite = outcomes
    skipped = {
        f"{case.get('name')}": entry.text
        for case in suite.iter("testcase")
        for entry in case.iter("skipped")
        if entry.get("type") == "pytest.skip"
    }
    assert len(skipped) == 12 + 4
    for name, begins in {
        "test_fixture": "@cases\ndef test_fixture",
        "test_asserted": "@cases\ndef test_asserted",
        "test_noisy": '    @marked("noisy")',
    }.items():
        place = f"test_example.py:{line_of(begins)}:"
        assert skipped[f"{name}[plain-noisy]"] == f"{place} finite differences cannot tell"
        assert skipped[f"{name}[skip-noisy]"].endswith(f"{place} asked for")


def test_drawn_points_are_as_wide_as_the_domain_or_the_arguments(outcomes):
    output, _ = outcomes
    drawn = {
        name: [tuple(map(float, point.split(","))) for point in re.findall(rf"::test_{name}\[(.*?)\] PASSED", output)]
        for name in ("draw", "draw_empty", "draw_interval", "draw_first", "draw_beside")
    }
    assert {name: [len(point) for point in points] for name, points in drawn.items()} == {
        "draw": [2, 2],
        "draw_empty": [2, 2],
        "draw_interval": [2, 2],
        "draw_first": [1, 1],
        "draw_beside": [2, 2, 2],
    }
    assert all(5.0 <= x <= 6.0 for name in ("draw_interval", "draw_first") for point in drawn[name] for x in point)
    assert drawn["draw_beside"][0] == (1.0, 2.0)


# --- operations of one's own


OPERATIONS = """
import pytest
import autograd as ag

softsign = ag.operation("softsign", lambda x: x / (1 + abs(x)), lambda x, z: 1 / (1 + ag.abs(x)) ** {power})

@pytest.mark.parametrize("case", ag.op_cases(softsign), ids=str)
def test_softsign(case):
    case()
"""


def test_an_operation_of_ones_own_has_a_test_for_each_case(runs):
    status, output = runs["operations"]
    assert status == 0
    assert "test_softsign[softsign@1e+300] PASSED" in output
    assert int(re.search(r"= (\d+) passed in ", output)[1]) >= 18
    assert "seed" not in output


def test_a_case_that_fails_shows_the_report_and_no_frame_of_ours(runs):
    status, output = runs["wrong operations"]
    assert status == 1
    assert "test_softsign[softsign@1e-300] PASSED" in output
    assert ">       case()" in output
    assert "1 of 1 partial is wrong" in output
    assert "properties.py" not in output
    assert "cases.py" not in output
    assert "repeat: pytest 'test_example.py::test_softsign[softsign@30.0]' --gradcheck-seed=3" in output


DRAWN = MARKED + OPERATIONS.format(power=2)
PROJECTS = {
    "example": (EXAMPLE, "-v", "--junitxml=out.xml"),
    "coloured": (EXAMPLE, "--color=yes"),
    "kinks": (KINKS, "-v"),
    "help": ("", "--help"),
    "markers": ("", "--markers"),
    "strict": (STRICT, "--gradcheck-strict", "-v"),
    "after undecided": (AFTER_UNDECIDED, "-v", "-k", "both or then or asserted"),
    "marked": (MARKED, "-v"),
    "tolerant": (TOLERANT, "-v"),
    "misfits": (MISFITS, "--continue-on-collection-errors"),
    "outcomes": (OUTCOMES, "-v", "--tb=line", "--junitxml=out.xml"),
    "operations": (OPERATIONS.format(power=2), "-v"),
    "wrong operations": (
        OPERATIONS.format(power=1),
        *("-k", "1e-300 or -1e-08 or 30.0", "--gradcheck-seed=3", "-v"),
    ),
    "verdicts": (VERDICTS, "-v"),
    "drawn": (DRAWN, "-q", "--collect-only"),
    "drawn with 0": (DRAWN, "-q", "--collect-only", "--gradcheck-seed=0"),
    "drawn with 7": (DRAWN, "-q", "--collect-only", "--gradcheck-seed=7"),
    "drawn with 7 again": (DRAWN, "-q", "--collect-only", "--gradcheck-seed=7"),
}
"""Files, or the text of one, and options of pytest, by the name of a folder."""


def test_another_seed_draws_other_points_and_the_same_one_the_same(runs):
    collected = [output for name, (_, output) in runs.items() if name.startswith("drawn")]
    names = [set(re.findall(r"::(test_(?:drawn|softsign)\S*)", output)) for output in collected]
    assert all(names)
    assert names[0] == names[1] != names[2] == names[3]


# --- in the way of nobody


UNUSED = """
import sys

def test_plain():
    assert not {"autograd", "numpy", "nn"} & set(sys.modules)
"""


@pytest.fixture
def installed(tmp_path):
    """A folder that tells pytest of the plugin as an installed distribution does."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    assert settings["options"]["py_modules"].split() == ["_scalar_autograd", "pytest_autograd"]
    folder = tmp_path / "site" / "scalar_autograd-0.dist-info"
    folder.mkdir(parents=True)
    plugins = settings["options.entry_points"]["pytest11"].strip()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: scalar-autograd\nVersion: 0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text(f"[pytest11]\n{plugins}\n", encoding="utf-8")
    (folder / "RECORD").write_text(
        "_scalar_autograd.py,,\nautograd/__init__.py,,\nnn/__init__.py,,\npytest_autograd.py,,\n", encoding="utf-8"
    )
    return folder.parent


@thorough
def test_installed_it_is_found_and_loads_nothing_of_the_package_until_it_is_used(tmp_path, installed):
    status, output = pytest_run(tmp_path, UNUSED, *OURS_ALONE, "--gradcheck-strict", path=installed, plugins=True)
    assert status == 0, output
    status, output = pytest_run(tmp_path, EXAMPLE, *OURS_ALONE, path=installed, plugins=True)
    assert "1 failed, 1 passed, 1 kink, 1 undecided" in output
    status, output = pytest_run(tmp_path, UNUSED, *OURS_ALONE, "-p", "no:autograd", path=installed, plugins=True)
    assert status == 0, output


def test_pytest_may_be_started_where_the_package_is_imported_already(tmp_path, installed):
    (tmp_path / "test_example.py").write_text(EXAMPLE, encoding="utf-8")
    options = ["-W", "error", "-q", "-p", "no:cacheprovider", *OURS_ALONE]
    program = f"import autograd, nn, pytest; pytest.main({options})"
    _, output = run_python(tmp_path, "-c", program, path=installed, plugins=True)
    assert "1 failed, 1 passed, 1 kink, 1 undecided" in output, output


def test_it_imports_nothing_but_pytest_and_what_pytest_has_loaded():
    program = "import sys, pytest; before = set(sys.modules); import pytest_autograd; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["pytest_autograd"]


@pytest.mark.parametrize(("line", "shown"), [(0, 1), (4, 5), (None, 1)])
def test_the_first_line_of_a_file_has_the_number_1(line: int | None, shown: int) -> None:
    config = SimpleNamespace(getoption=lambda name: 3 if name == "gradcheck_seed" else False)
    stored = [("gradcheck undecided", "why")]
    item = SimpleNamespace(
        location=("test_f.py", line, "test_f"),
        user_properties=stored,
        config=config,
        nodeid="test_f.py::test_f[a b]",
        get_closest_marker=lambda name: name == "gradients",
    )

    def reported(error: Exception | None) -> Any:
        place = SimpleNamespace(path="", lineno=-1, message="")
        report = SimpleNamespace(
            outcome="passed", passed=error is None, failed=error is not None, sections=[], longrepr=None
        )
        raised = error and SimpleNamespace(
            value=error, getrepr=lambda style: SimpleNamespace(reprcrash=place, style=style)
        )
        report.user_properties = []
        wrapper = pytest_autograd.pytest_runtest_makereport(item, SimpleNamespace(when="call", excinfo=raised))  # type: ignore[arg-type]
        next(wrapper)
        with pytest.raises(StopIteration):
            wrapper.send(SimpleNamespace(get_result=lambda: report))
        return report

    undecided = reported(None)
    assert undecided.outcome == "skipped"
    assert undecided.longrepr == ("test_f.py", shown, "finite differences cannot tell")
    assert undecided.user_properties == stored
    item.user_properties = []
    failed = reported(GradientError("the report"))
    assert (failed.outcome, failed.longrepr.style) == ("passed", "value")
    crash = failed.longrepr.reprcrash
    assert (crash.path, crash.lineno, crash.message) == ("test_f.py", shown, "the report")
    assert failed.sections == [("gradcheck", "repeat: pytest 'test_f.py::test_f[a b]' --gradcheck-seed=3")]
    assert failed.user_properties == []
    assert reported(None).longrepr is None
    assert reported(ValueError("not of a check")).sections == []
