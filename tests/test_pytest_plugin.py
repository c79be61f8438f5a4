"""The pytest plugin, in runs of pytest on projects outside this one."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest
from effort import IS_THOROUGH, thorough

import autograd as ag
import pytest_autograd
from autograd.testing import SEED, GradientError

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


# Runs of pytest in one process, which imports pytest, NumPy and the package once, and forgets the operations that a run
# declared.
IN_ONE_PROCESS = """
import os, sys, pytest, numpy
for folder, *options in {runs}:
    os.chdir(folder)
    status = pytest.main(["-W", "error", "-p", "no:cacheprovider", "-p", "pytest_autograd", *options])
    print(f"\\nended with {{int(status)}}", flush=True)
    op = sys.modules.get("autograd.op")
    for table in (op.TABLE, op.METHODS) if op is not None else ():
        for declared in set(table) - op._SEALED:
            del table[declared]
    for name in list(sys.modules):
        if name.partition(".")[0] in ("pytest_autograd", "conftest") or name.startswith("test_"):
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


STAND_INS = "" if find_spec("torch") or find_spec("jax") else str(Path(__file__).parent)
"""The folder of the stand-ins of PyTorch and JAX, where neither is installed."""
VERDICTS = f"""IS_THOROUGH, TESTS = {IS_THOROUGH, STAND_INS}"""
VERDICTS += """
import dataclasses, itertools, math, sys, typing
from importlib.util import find_spec
import numpy as np
import pytest
import autograd as ag

POINTS = {"undecided": 1.7, "kink": 0.0, "isolated": 1.0}
SLOPES = {"wrong": 4.5, "kink": 0.0, "undecided": 1.0, "isolated": 2.0}
CALLS = itertools.count(1)

class Floats:
    abs, sin = abs, math.sin

class Values:
    abs, sin = ag.abs, ag.sin

class StandIns:
    def abs(x):
        return x.by(ag.abs)

    def sin(x):
        return x.by(ag.sin)

def number(x):
    return x.numbers().item() if hasattr(x, "numbers") else x

def f(x, verdict, lib=Floats):
    if verdict == "kink":
        return lib.abs(x)
    if verdict == "undecided":
        return x + 1e-8 * lib.sin(1e8 * x)
    if verdict == "isolated":
        return x * x if number(x) == 1.0 else x * math.nan
    if verdict == "no_value":
        return x * x * math.nan
    if verdict == "not_deterministic":
        return x * x * next(CALLS)
    if verdict == "complex":
        return x * x * 1j
    if verdict == "raises":
        raise RuntimeError("of its own")
    return x * x

def point(verdict):
    return POINTS.get(verdict, 1.5)

def slope(verdict):
    return SLOPES.get(verdict, 3.0)

wrong_square = ag.operation("wrong_square", lambda x: x * x, lambda x, z: 3.0 * x)

def engine(v):
    return wrong_square if v == "wrong" else lambda x: f(x, v, Values), point(v), {}

def numbers(v):
    return lambda x: f(x, v), point(v), {"gradient": slope(v)}

def functions(v):
    return lambda x: f(x, v), point(v), {"gradient": lambda x: slope(v)}

def arrays(v):
    gradient = slope(v) * np.eye(2).reshape(2, 2, 1)
    return lambda W: np.array([f(x, v) for x in W.flat]), (np.full((2, 1), point(v)),), {"gradient": gradient}

def float32(v):
    at = np.full(2, point(v), np.float32)
    return lambda W: sum(f(x, v) for x in W), (at,), {"gradient": np.full(2, slope(v), np.float32)}

def dicts(v):
    at = {"a": [point(v), 0.5], "n": 3}
    return lambda p: {"c": f(p["a"][0], v)}, (at,), {"gradient": {"c": {"a": [slope(v), 0.0]}}}

Point = typing.NamedTuple("Point", [("x", float), ("name", str)])

def named_tuples(v):
    return lambda p: f(p.x, v), (Point(point(v), "here"),), {"gradient": Point(slope(v), "")}

@dataclasses.dataclass
class Params:
    weight: np.ndarray
    steps: int = 3

def dataclass(v):
    at = Params(np.array([point(v)]))
    return lambda p: f(float(p.weight[0]), v), (at,), {"gradient": Params(np.array([slope(v)]))}

def jvp(v):
    return lambda x: f(x, v), point(v), {"jvp": lambda x, tangent: slope(v) * tangent}

def vjp(v):
    return lambda x: f(x, v), point(v), {"vjp": lambda x, cotangent: slope(v) * cotangent}

def hessian(v):
    curvature = {"wrong": 3.0, "kink": 0.0, "undecided": 0.0}.get(v, 2.0)
    gradient = lambda x: {"kink": 0.0, "undecided": 1.0}.get(v, 2.0 * x)
    return lambda x: f(x, v), point(v), {"gradient": gradient, "hessian": curvature}

def order_2(v):
    g, at, _ = engine(v)
    return g, at, {"order": 2}

def fast(v):
    # With weights that rounding hides, no entry is vouched for.
    weights = np.full(5, 1.0) if v != "undecided" else np.array([1.0, 1.0, 1e-15, 1e-15, 1e-15])
    verdict = "holds" if v == "undecided" else v
    return (
        lambda W: sum(w * f(x, verdict) for w, x in zip(weights.tolist(), W.tolist())),
        (np.full(5, point(verdict)),),
        {"gradient": slope(verdict) * weights, "mode": "fast"},
    )

def fast_jvp(v):
    g, at, options = fast(v)
    return g, at, {"jvp": lambda W, tangent: float(options["gradient"] @ tangent), "mode": "fast"}

def tensors(v):
    import torch
    at = torch.tensor([point(v)], dtype=torch.float64)
    if TESTS:
        return lambda x: (x.by(wrong_square) if v == "wrong" else f(x, v, StandIns)).sum(), at, {}
    return lambda x: f(x, v, torch), at, {}

def autograd_function(v):
    import torch

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return f(x, v, torch)

        @staticmethod
        def backward(ctx, g):
            return slope(v) * g

    return Square.apply, torch.tensor([point(v)], dtype=torch.float64), {}

def float32_tensors(v):
    import torch
    return autograd_function(v)[0], torch.tensor([point(v)]), {}

def module(v):
    import torch

    class Layer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))

        def forward(self, x):
            return self.scale * autograd_function(v)[0](x)

    return Layer(), torch.tensor([point(v)], dtype=torch.float64), {}

def custom_vjp(v):
    import jax
    jax.config.update("jax_enable_x64", True)

    @jax.custom_vjp
    def square(x):
        return f(x, v, jax.numpy)

    square.defvjp(lambda x: (f(x, v, jax.numpy), x), lambda x, g: (slope(v) * g,))
    return square, jax.numpy.array([point(v)]), {}

def jax_arrays(v):
    import jax
    at = jax.numpy.asarray([point(v)])
    if TESTS:
        return lambda x: (x.by(wrong_square) if v == "wrong" else f(x, v, StandIns)).sum(), at, {}
    return lambda x: f(x, v, jax.numpy).sum(), at, {}

KINDS = [engine, numbers, functions, arrays, float32, dicts, named_tuples, dataclass, jvp, vjp, hessian, order_2, fast]
KINDS += [fast_jvp]
if TESTS:
    sys.path.insert(0, TESTS)
    import stand_ins
elif find_spec("torch"):
    KINDS += [tensors, autograd_function, float32_tensors, module]
if not TESTS and find_spec("jax"):
    KINDS += [custom_vjp, jax_arrays]
NAMES = ["holds", "wrong", "kink", "undecided", "isolated", "no_value", "not_deterministic", "complex", "raises"]

def cases_of(use):
    # The quick profile has each case with one of the three uses.
    pairs = [(a + b, kind, v) for a, kind in enumerate(KINDS) for b, v in enumerate(NAMES)]
    return [(kind, v) for i, kind, v in pairs if IS_THOROUGH or i % 3 == use]

def parametrized(cases):
    return pytest.mark.parametrize(("kind", "v"), [pytest.param(*x, id=f"{x[0].__name__}-{x[1]}") for x in cases])

@parametrized(cases_of(0))
def test_fixture(gradcheck, kind, v):
    g, at, options = kind(v)
    gradcheck(g, at, **options)

@parametrized(cases_of(1))
def test_asserted(kind, v):
    g, at, options = kind(v)
    ag.assert_gradients(g, at, **options)

def marked(g, at, options):
    @pytest.mark.gradients(points=[at if type(at) is tuple else (at,)], **options)
    def test(x):
        return g(x)
    return test

for kind, v in cases_of(2):
    globals()[f"test_marked_{kind.__name__}_{v}"] = marked(*kind(v))

STAND_INS = [(kind, v) for kind in (tensors, jax_arrays) for v in NAMES if v != "complex"] if TESTS else []

@parametrized(STAND_INS)
def test_stand_in(gradcheck, monkeypatch, kind, v):
    stand_ins.install_torch(monkeypatch) if kind is tensors else stand_ins.install_jax(monkeypatch)
    g, at, options = kind(v)
    gradcheck(g, at, **options)

def operation(v):
    def forward(x):
        return f(x, "holds" if v == "raises" else v)

    def rule(x, z):
        if v == "raises":
            raise RuntimeError("of its own")
        return {"wrong": 3.0 * x, "kink": ag.sign(x)}.get(v, 2.0 * x)

    options = {"branch": lambda x: x > 0.0} if v == "kink" else {}
    return ag.operation(f"square_{v}", forward, rule, **options)

OPERATIONS = [v for v in NAMES if v not in ("undecided", "isolated")]

@pytest.mark.parametrize("v", OPERATIONS)
def test_operation(v):
    for case in ag.op_cases(operation(v), points=[1.5]):
        case()
"""
REPORTS = """
import json, pathlib, pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_report_teststatus(report):
    status = yield
    _, _, word = status.get_result()
    if report.when == "call":
        crash = getattr(report.longrepr, "reprcrash", None)
        place = (crash.path, crash.lineno, crash.message) if crash else report.longrepr or ("", 0, "")
        explanations = [text for key, text in report.user_properties if key.startswith("gradcheck ")]
        outcome = word if isinstance(word, str) else word[0]
        row = [report.nodeid, outcome, pathlib.Path(place[0]).name, *place[1:], "".join(explanations)]
        with open("reports.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\\n")
"""
VERDICT_WORDS = {
    "wrong": r"(at least )?\d of \d derivatives? (is|are) wrong\n(.*\n)*.*(off by a factor 1\.5|differs by 1\.5)",
    "kink": r"not differentiable here \(a kink\); 0 is a valid subgradient",
    "undecided": "small steps give one slope and large ones another",
    "isolated": "there are no values beside it",
    "no_value": "the function is not finite here",
    "not_deterministic": "not deterministic, so its derivatives cannot be checked\n(.*\n)+two calls at the same point",
    "complex": "ComplexError: .* must return real numbers, got complex numbers; return their parts",
    "raises": "RuntimeError: of its own",
}
"""By verdict, a pattern of the explanation."""
OTHER_WORDS = {
    ("engine", "complex"): "TypeError: arithmetic with a Value takes one real number, got complex",
    ("order_2", "complex"): "TypeError: arithmetic with a Value takes one real number, got complex",
    ("fast", "undecided"): "not vouched for: rounding hides an error of 1 % in 3 of 5 entries",
    ("fast", "isolated"): "the differences do not converge",
    # Points that are nearer than float32 resolves are the same point.
    ("float32_tensors", "isolated"): "there are no values beside it|the function does not change nearby",
    # JAX's slope of |x| at 0 is 1.
    ("jax_arrays", "kink"): r"not differentiable here \(a kink\); [01] is a valid subgradient",
}
HOLDING = {
    # Edges vouch for derivatives, and jvp for sums of them.
    *(("engine", "undecided"), ("order_2", "undecided"), ("fast_jvp", "undecided")),
    # Ripples of 1e-8 are below the resolution of float32.
    ("float32_tensors", "undecided"),
    # The libraries have no wrong rule of their own.
    *(("tensors", "wrong"), ("jax_arrays", "wrong")),
}
"""Cases that hold although the verdict is named otherwise."""
ENTRY_NAMES = {
    "engine": "∂F/∂x engine 4.5",
    "numbers": "∂F/∂x given 4.5",
    "functions": "∂F/∂x given 4.5",
    "arrays": "∂F[1]/∂W[1,0] given 4.5",
    "float32": "∂F/∂W[1] given 4.5",
    "dicts": '∂F["c"]/∂p["a"][0] given 4.5',
    "named_tuples": "∂F/∂p.x given 4.5",
    "dataclass": "∂F/∂p.weight[0] given 4.5",
    "jvp": "∂F/∂x jvp 4.5",
    "vjp": "∂F/∂x vjp 4.5",
    "hessian": "∂²F/∂x² given 3.0",
    "order_2": "∂F/∂x engine 4.5",
    "fast": "∂F/∂W[",
    "fast_jvp": "∂F/∂W[",
    "autograd_function": "∂F[0]/∂x[0] PyTorch 4.5",
    "float32_tensors": "∂F[0]/∂x[0] PyTorch 4.5",
    "module": "∂F[0]/∂x[0] PyTorch 4.5",
    "custom_vjp": "∂F[0]/∂x[0] JAX 4.5",
    "tensors": "∂F/∂x[0] PyTorch 4.5",
    "jax_arrays": "∂F/∂x[0] JAX 4.5",
}
"""By kind of function, the name of a wrong derivative of a function F, and the number."""


class Reported(NamedTuple):
    """What pytest says of a test: its outcome, the place and message of a failure, the explanation of the plugin."""

    outcome: str
    file: str
    line: int
    message: str
    explanation: str


@pytest.fixture(scope="module")
def verdicts(projects: Path, runs: dict[str, tuple[int, str]]) -> dict[tuple[str, str, str], Reported]:
    """What pytest says by use of the plugin, kind of function and verdict."""
    reports = {}
    kinds, names = "|".join(ENTRY_NAMES), "|".join(["holds", *VERDICT_WORDS])
    for line in (projects / "verdicts" / "reports.jsonl").read_text("utf-8").splitlines():
        test, *report = json.loads(line)
        key = re.search(rf"::test_(\w+?)(?:_|\[)({kinds}|)[-_]?({names})(?:\[|\])", test).groups()
        reports[key] = Reported(*report)
    return reports


def test_every_kind_of_function_has_every_verdict(verdicts):
    """PyTorch and JAX are kinds where they are installed: pip install torch jax."""
    expected = {"holds": "PASSED", "kink": "KINK"} | dict.fromkeys(("undecided", "isolated", "no_value"), "UNDECIDED")
    for (use, kind, verdict), report in verdicts.items():
        outcome = expected.get(verdict, "FAILED")
        if (kind, verdict) in HOLDING and use != "stand_in":
            outcome = "PASSED"
        # An assertion tells nobody of a kink.
        if use in ("asserted", "operation") and outcome == "KINK":
            outcome = "PASSED"
        if use == "operation" and outcome == "UNDECIDED":
            outcome = "FAILED"
        assert report.outcome == outcome, (use, kind, verdict, report)
        if outcome != "PASSED" and use != "operation":
            words = OTHER_WORDS.get((kind, verdict), VERDICT_WORDS[verdict])
            assert re.search(words, report.message + report.explanation), (use, kind, verdict, report)


def test_the_matrix_of_verdicts_is_complete(verdicts):
    libraries = {
        "torch": ["tensors", "autograd_function", "float32_tensors", "module"],
        "jax": ["custom_vjp", "jax_arrays"],
    }
    names = ["holds", *VERDICT_WORDS]
    absent = {kind for library, kinds in libraries.items() for kind in kinds if find_spec(library) is None}
    kinds = {kind: verdict for kind in ENTRY_NAMES if kind not in absent for verdict in names}
    pairs = {(kind, verdict) for kind in kinds for verdict in names}
    assert {(kind, verdict) for use, kind, verdict in verdicts if use in ("fixture", "asserted", "marked")} == pairs
    stand_ins = {verdict for use, kind, verdict in verdicts if use == "stand_in"}
    assert stand_ins == (set(names) - {"complex"} if absent == {*libraries["torch"], *libraries["jax"]} else set())
    assert {verdict for use, _, verdict in verdicts if use == "operation"} == set(names) - {"undecided", "isolated"}


def test_a_wrong_derivative_of_every_kind_is_named_where_it_is_checked(verdicts):
    places = {
        "fixture": "    gradcheck(g, at, **options)\n\n@parametrized(cases_of(1))",
        "asserted": "    ag.assert_gradients(g, at",
        "marked": "    @pytest.mark.gradients(points=[at",
        "stand_in": "    gradcheck(g, at, **options)\n\ndef operation",
    }
    own = line_of("    raise RuntimeError", VERDICTS)
    seen = set()
    for (use, kind, verdict), report in verdicts.items():
        if report.outcome != "FAILED" or use == "operation" or verdict == "complex":
            continue
        seen.add((use, verdict))
        checked = line_of(places[use], VERDICTS)
        place = "test_example.py", own if verdict == "raises" else checked
        assert (report.file, report.line) == place, (use, kind, verdict, report)
        if verdict == "wrong":
            entry = ENTRY_NAMES[kind].replace("F", report.message.partition(":")[0], 1)
            # The parameter of the marked test is x.
            entry = re.sub("∂[pW]", "∂x", entry) if use == "marked" else entry
            assert entry in re.sub(" +", " ", report.message), (use, kind, report)
    assert {use for use, _ in seen} >= {"fixture", "asserted", "marked"}


def test_the_cases_of_an_operation_fail_for_every_fault(verdicts):
    words = {
        "wrong": r"1 of 1 partial is wrong:\n  square_wrong.* off by a factor 1\.5",
        "no_value": "points must include one at which square_no_value has a finite value",
        "not_deterministic": r"square_not_deterministic\(1\.5\) gives .*, but its float function gives",
        "complex": "points must include one at which square_complex has a finite value",
        "raises": "of its own",
    }
    failed = {verdict: report for (use, _, verdict), report in verdicts.items() if use == "operation"}
    assert {verdict for verdict, report in failed.items() if report.outcome == "FAILED"} == set(words)
    for verdict, pattern in words.items():
        assert re.search(pattern, failed[verdict].message), failed[verdict]


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


def line_of(text: str, source: str = OUTCOMES) -> int:
    return source[: source.index(text)].count("\n") + 1


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
    "verdicts": ({"test_example.py": VERDICTS, "conftest.py": REPORTS}, "-v", "--tb=native"),
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


def test_seed_of_a_run_ends_with_it() -> None:
    """Runs in one process, as of other plugins' tests, draw their own points."""
    cleanups: list[Callable[[], None]] = []
    config: Any = SimpleNamespace(
        addinivalue_line=lambda *line: None, getoption=lambda *option: 7, add_cleanup=cleanups.append
    )
    before = SEED.get()
    pytest_autograd.pytest_configure(config)
    assert SEED.get() == 7
    for cleanup in cleanups:
        cleanup()
    assert SEED.get() == before


def test_an_error_of_a_function_has_no_frames_of_the_package() -> None:
    """Nor has it a cause inside the package; a cause of the function's own stays."""
    item: Any = SimpleNamespace(config=SimpleNamespace(getoption=lambda name: False), user_properties=[])

    def divided(x: Any) -> Any:
        return x / 0

    def looked_up(x: Any) -> Any:
        try:
            return x / 0
        except ag.DomainError as error:
            raise KeyError("zero") from error

    def handled(x: Any) -> Any:
        try:
            return x / 0
        except ag.DomainError:
            raise KeyError("zero")  # noqa: B904

    def endless(x: Any) -> Any:
        return endless(x)

    here = "test_an_error_of_a_function_has_no_frames_of_the_package"
    for subject, error, frames, cause in (
        (divided, ag.DomainError, ["divided"], type(None)),
        (looked_up, KeyError, ["looked_up"], ag.DomainError),
        (3, TypeError, [], type(None)),
    ):
        with pytest.raises(error) as caught:
            pytest_autograd._check(item, subject, 1.0, {})
        assert [entry.name for entry in caught.traceback] == [here, "_check", *frames]
        assert isinstance(caught.value.__cause__, cause)
    with pytest.raises(KeyError) as caught:
        pytest_autograd._check(item, handled, 1.0, {})
    assert isinstance(caught.value.__context__, ag.DomainError)
    assert not caught.value.__suppress_context__
    with pytest.raises(RecursionError):
        pytest_autograd._check(item, endless, 1.0, {})
