"""The environment: no other package named autograd takes the place of ours without a word."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

import pytest
from effort import thorough

import _scalar_autograd
import autograd

ROOT = Path(__file__).parent.parent
SITE = Path(autograd.__file__).parents[1]
COMMANDS = {
    "autograd": ["-c", "import autograd"],
    "nn": ["-c", "import nn"],
    "command line": ["-m", "autograd", "grad", "y = x*x", "x=2"],
    "pytest": ["-m", "pytest", "-p", "pytest_autograd", "-p", "no:cacheprovider", "--markers"],
}
UNINSTALL = "python -m pip uninstall -y autograd scalar-autograd"
INSTALL = "python -m pip install ."


def run(folder: Path, command: str, path: Path, python: str = sys.executable) -> tuple[int, str]:
    """Return the exit status of a command in `folder`, and the last lines that it printed."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONIOENCODING": "utf-8"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        [python, *COMMANDS[command]], cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )
    return done.returncode, done.stdout + done.stderr


def refused(output: str) -> bool:
    """Return True if the output names both distributions and the commands that mend the environment."""
    distributions = "The distributions autograd (HIPS) and scalar-autograd share the import name"
    return all(part in output for part in (distributions, f"    {UNINSTALL}\n", f"    {INSTALL}\n"))


# --- folders as pip leaves them


# Where this package is really installed, its folder would be found after a damaged one.
ELSEWHERE_ONLY = """
import sys
from importlib.machinery import PathFinder

class ElsewhereOnly:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "autograd":
            return PathFinder.find_spec(name, [x for x in sys.path if "-packages" not in x])

sys.meta_path.insert(0, ElsewhereOnly)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with this package, as in site-packages."""
    folder = tmp_path / "site"
    for name in ("autograd", "nn"):
        shutil.copytree(SITE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_scalar_autograd.py", "pytest_autograd.py"):
        shutil.copy(SITE / name, folder)
    (folder / "sitecustomize.py").write_text(ELSEWHERE_ONLY, encoding="utf-8")
    for shared in SITE.glob("autograd__mypyc*.so"):
        shutil.copy(shared, folder)
    return folder


def add_hips(folder: Path, *, overwrite: bool) -> None:
    """Add files of HIPS autograd to a package, and its ``__init__.py`` if it is to come last."""
    (folder / "numpy").mkdir(parents=True)
    for name in ("wrap_util.py", "numpy/__init__.py", "numpy/numpy_wrapper.py"):
        (folder / name).touch()
    if overwrite:
        (folder / "__init__.py").write_text("def grad(f): ...\n", encoding="utf-8")


def hips_before(site: Path) -> None:
    add_hips(site / "autograd", overwrite=False)


def hips_after(site: Path) -> None:
    add_hips(site / "autograd", overwrite=True)


def hips_uninstalled(site: Path) -> None:
    (site / "autograd" / "__init__.py").unlink()


def hips_elsewhere(site: Path) -> None:
    """An editable install of ours is found after all of site-packages."""
    site.rename(site.parent / "checkout")
    add_hips(site / "autograd", overwrite=True)


def undamaged(site: Path) -> None:
    pass


@thorough
@pytest.mark.parametrize(
    ("damage", "noticed"),
    [
        (undamaged, set()),
        (hips_before, set(COMMANDS)),
        # nothing of ours runs at ``import autograd``
        (hips_after, {"nn", "command line", "pytest"}),
        (hips_uninstalled, {"nn", "command line", "pytest"}),
        # the command line too where the finder of an editable install is at work
        (hips_elsewhere, {"nn", "pytest"}),
    ],
)
def test_hips_autograd_is_noticed(site: Path, damage: Callable[[Path], None], noticed: set[str]) -> None:
    damage(site)
    path = Path(f"{site}{os.pathsep}{site.parent / 'checkout'}")
    done = {command: run(site.parent, command, path) for command in COMMANDS}
    found = {command for command, (status, output) in done.items() if status != 0 and refused(output)}
    assert noticed <= found <= noticed | {"command line"}, done
    assert "command line" not in found or noticed


@pytest.mark.parametrize("damage", [hips_before, hips_after])
@pytest.mark.parametrize(
    ("command", "start", "expected"),
    [("pytest", "ERROR", pytest.ExitCode.USAGE_ERROR), ("command line", "python -m autograd", 2)],
)
def test_commands_refuse_without_a_traceback(
    site: Path, damage: Callable[[Path], None], command: str, start: str, expected: int
) -> None:
    damage(site)
    status, output = run(site.parent, command, site)
    assert status == expected
    assert output.lstrip().startswith(f"{start}: autograd must be the package of scalar-autograd, got files of HIPS")


def test_nn_refuses_a_stranger_named_autograd(site: Path) -> None:
    own = site.parent / "autograd.py"
    own.touch()
    status, output = run(site.parent, "nn", site)
    assert status == 1
    assert f"got {own}; rename that file or folder" in output
    assert run(site.parent, "pytest", site)[0] == 0
    own.unlink()
    (site.parent / "autograd").mkdir()
    (site.parent / "autograd" / "__init__.py").touch()
    assert "rename that file or folder" in run(site.parent, "nn", site)[1]


def test_importing_ours_among_files_of_hips_is_refused(tmp_path: Path) -> None:
    """The code of our package runs here as if it were in their folder."""
    add_hips(tmp_path, overwrite=False)
    spec = ModuleSpec("autograd", None, origin=str(tmp_path / "__init__.py"), is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    code = compile(Path(autograd.__file__).read_text(encoding="utf-8"), autograd.__file__, "exec")
    with pytest.raises(ImportError, match="files of HIPS autograd in"):
        exec(code, {"__name__": "autograd", "__spec__": spec})


def test_a_folder_named_autograd_is_no_conflict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A namespace package without a file of ours is somebody's data."""
    (tmp_path / "autograd").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "autograd")
    spec = find_spec("autograd")
    assert spec is None or spec.origin is None
    _scalar_autograd.refuse_hips_autograd(spec)


OUTCOMES = {
    "ours": (["autograd/__init__.py", "autograd/anomalies.py"], ""),
    "nothing": ([], ""),
    "an empty folder": (["autograd/data.txt"], "got {0}; rename that file or folder, or start Python where"),
    "another package": (["autograd/__init__.py"], "got {0}/__init__.py; rename that file or folder"),
    "a module": (["autograd.py"], "got {0}.py; rename that file or folder"),
    "ours without __init__": (["autograd/anomalies.py"], "got {0} without its __init__.py, as uninstalling"),
    "HIPS after ours": (["autograd/__init__.py", "autograd/wrap_util.py"], "got files of HIPS autograd in {0}. "),
    "HIPS and ours": (
        ["autograd/__init__.py", "autograd/anomalies.py", "autograd/numpy/numpy_wrapper.py"],
        "got files of HIPS autograd in {0}. ",
    ),
}


@pytest.mark.parametrize("is_editable", [False, True])
@pytest.mark.parametrize("case", OUTCOMES)
def test_only_our_package_is_accepted(
    case: str, is_editable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editable install finds our submodules wherever it looks for them."""
    files, message = OUTCOMES[case]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()

    def found(name: str) -> ModuleSpec | None:
        if name == "autograd":
            return PathFinder.find_spec(name, [str(tmp_path)])
        assert name == "autograd.anomalies"
        spec = PathFinder.find_spec(name, [str(tmp_path / "autograd")])
        return spec or (PathFinder.find_spec(name, [str(SITE / "autograd")]) if is_editable else None)

    monkeypatch.setattr(importlib.util, "find_spec", found)
    if not message:
        _scalar_autograd.require_scalar_autograd()
        return
    with pytest.raises(ImportError, match="autograd must be the package of scalar-autograd, ") as caught:
        _scalar_autograd.require_scalar_autograd()
    assert message.format(tmp_path / "autograd") in str(caught.value)
    assert caught.value.name == "autograd"
    assert refused(str(caught.value)) == ("rename" not in message)


@pytest.mark.parametrize(
    ("argv", "original", "is_command_line"),
    [
        (["-m"], ["python", "-m", "autograd"], True),
        (["-m", "grad", "x"], ["python", "-m", "autograd", "grad", "x"], True),
        (["-m", "x"], ["python", "-B", "-mautograd", "x"], True),
        (["-m", "autograd"], ["python", "-m", "pytest", "autograd"], False),
        (["-c"], ["python", "-c", "import autograd"], False),
        (["x.py", "-m", "autograd"], ["python", "x.py", "-m", "autograd"], False),
        ([], ["python"], False),
    ],
)
def test_command_line_is_recognized(
    argv: list[str],
    original: list[str],
    is_command_line: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Python would exit with 1 for an ImportError, which says that a check failed."""
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", original)
    assert _scalar_autograd._is_looking_for_command_line() == is_command_line
    with pytest.raises(SystemExit if is_command_line else ImportError) as caught:
        _scalar_autograd._refuse("something")
    assert getattr(caught.value, "code", 2) == 2
    error = "python -m autograd: autograd must be the package of scalar-autograd, got something\n"
    assert capsys.readouterr() == ("", error if is_command_line else "")


# --- real installations


@pytest.fixture(scope="module", params=["pure", "compiled"])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Path]:
    """An environment, its Python, and a wheel of ours in one of the two forms."""
    if "index" not in request.config.option.markexpr:
        pytest.skip("installs both packages from the package index, for minutes: pytest -m index")
    folder = tmp_path_factory.mktemp(request.param)
    pip = [sys.executable, "-m", "pip", "--quiet"]
    if subprocess.run([*pip, "download", "--no-deps", "--dest", folder, "autograd"], capture_output=True).returncode:
        pytest.skip("needs the package index")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "*.so", "__pycache__", "*.egg-info"))
    form = {"SCALAR_AUTOGRAD_PURE": "1"} if request.param == "pure" else {}
    build = [*pip, "wheel", "--no-deps", "--wheel-dir", folder, source]
    subprocess.run(build, check=True, env={**os.environ, **form})
    (wheel,) = folder.glob("scalar_autograd-*.whl")
    if request.param == "compiled" and "none-any" in wheel.name:
        pytest.skip("needs a C compiler")
    venv.create(folder / "environment", with_pip=True)
    return str(folder / "environment" / ("Scripts" if os.name == "nt" else "bin") / "python"), str(wheel), source


@pytest.mark.index
@pytest.mark.parametrize(
    "steps",
    ["hips ours", "ours hips", "hips ours -hips", "ours hips -hips", "hips editable", "editable hips"],
)
def test_installing_both_is_noticed_and_mended(environment: tuple[str, str, Path], steps: str, tmp_path: Path) -> None:
    """The commands in the message mend every order of installations and uninstallations."""
    python, wheel, source = environment

    def pip(*arguments: str) -> None:
        command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    made = {
        "hips": ["install", "autograd"],
        "ours": ["install", wheel, "pytest"],
        "editable": ["install", "--editable", str(source), "pytest"],
        "-hips": ["uninstall", "-y", "autograd"],
    }
    for step in steps.split():
        pip(*made[step])
    expected = set(COMMANDS) if steps == "hips ours" else set(COMMANDS) - {"autograd"}
    outputs = {command: run(tmp_path, command, tmp_path, python) for command in COMMANDS}
    assert {command for command, (_, output) in outputs.items() if refused(output)} == expected, outputs
    _, message = outputs["nn"]
    commands = [line.split()[3:] for line in message.splitlines() if line.startswith("    python -m pip")]
    uninstall, install, _ = commands  # the last is for HIPS autograd
    pip(*uninstall)
    pip(*[wheel if argument == "." else argument for argument in install])
    assert [run(tmp_path, command, tmp_path, python)[0] for command in COMMANDS] == [0] * len(COMMANDS)
    pip("uninstall", "-y", "autograd", "scalar-autograd")
