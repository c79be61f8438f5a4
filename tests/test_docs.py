"""The documentation: its pictures are what its code draws, its examples run, its tables are computed, and it builds."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from effort import thorough
from samples import olah
from test_exploring import program
from test_imports import MODULES, floor

import autograd as ag
import nn
from autograd.__main__ import main
from autograd.symbolic.formula import apply, partials, symbol
from autograd.symbolic.notation import write
from benchmarks.pages import graphs

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = [ROOT / "README.md", *PAGES]
FENCE = re.compile(
    r"^(?:<!-- ([^\n]*) -->\n)?```(\w+)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
# Marks of Python that does not run here.
OTHER_PYTHON = {
    "gallery": "docs/gallery.py runs it, to draw what stands below it",
    "matplotlib": "needs matplotlib: test_plots.py draws these plots",
    "needs": "needs a library: test_recipes_run in test_checking_other_libraries.py",
    "jax": "needs JAX and a process of its own: test_the_program_for_several_devices_prints_what_stands_below_it",
}
# Commands that do not run here.
OTHER_COMMANDS = {
    "pip install .": "test_environment.py installs the package",
    "python examples/essay.py essay.svg": "test_examples.py runs it",
    "pip install . && python examples/essay.py essay.svg": "both of the above",
    'pip install ".[test]" && pytest': ".ci/run runs it",
}
spec = importlib.util.spec_from_file_location("gallery", DOCS / "gallery.py")
assert spec is not None
assert spec.loader is not None
gallery = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gallery)


def unpacked(text: str) -> str:
    """A picture or a page, with the program of the latter as it was before some version of zlib packed it."""
    return re.sub(r'(?<=id="packed">)[^<]+', lambda found: program(text), text)


def test_every_picture_is_what_the_code_beside_it_draws() -> None:
    made = dict(gallery.pictures())
    for path, text in made.items():
        up_to_date = unpacked(path.read_bytes().decode()) == unpacked(text)
        assert up_to_date, f"{path.name} is out of date: python docs/gallery.py"
    assert {*DOCS.rglob("*.svg"), *DOCS.rglob("*.html")} == set(made)


def test_every_picture_is_shown_under_its_code_with_words_for_those_who_do_not_see_it() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        for name in re.findall(r"<!-- gallery: (\w+) -->", text):
            shown = rf"<!-- gallery: {name} -->\n```python\n.*?```\n\n!\[[^\]]{{8,}}\]\(gallery/{name}\.svg\)"
            assert re.search(shown, text, re.DOTALL), name
        for name in re.findall(r"<!-- gallery: (\w+\.html) -->", text):
            shown = (
                rf'<!-- gallery: {name} -->\n```python\n.*?```\n\n<iframe src="../gallery/{name}" title="[^"]{{8,}}"'
            )
            assert re.search(shown, text, re.DOTALL), name
            assert f"](gallery/{name})" in text
    names = re.findall(r"<!-- gallery: (\w+) -->", "".join(page.read_text("utf-8") for page in PAGES))
    assert len(set(names)) == len(names) > 8


class Fence(NamedTuple):
    """A fenced block of a page: its mark, language and text, the output below it, and its first line."""

    mark: str
    language: str
    text: str
    below: str
    line: int


def fences(page: Path) -> list[Fence]:
    text = page.read_text("utf-8")
    blocks = [Fence(*found.groups(""), text[: found.start(3)].count("\n")) for found in FENCE.finditer(text)]
    assert {block.language for block in blocks} <= {"python", "pycon", "sh", "text", "html"}
    return blocks


def run_python(page: Path) -> dict[str, Any]:
    """Run the Python of a page from top to bottom; return its names."""
    space: dict[str, Any] = {"__name__": "__main__"}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE if page.stem == "README" else 0)
    for block in fences(page):
        if block.language not in ("python", "pycon") or block.mark.split(":")[0] in OTHER_PYTHON:
            continue
        if ">>> " in block.text:
            examples = doctest.DocTestParser().get_doctest(block.text, space, page.name, str(page), block.line)
            assert runner.run(examples, clear_globs=False).failed == 0
            space = examples.globs
        else:
            exec(compile("\n" * block.line + block.text, str(page), "exec"), space)
    return space


@pytest.mark.usefixtures("unchanged_table")
@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.stem))
def test_all_python_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_python(page)
    text = page.read_text("utf-8")
    in_blocks = sum(block.text.count(">>> ") for block in fences(page) if block.language in ("python", "pycon"))
    assert text.count(">>> ") == in_blocks, "an example outside of a block does not run"
    assert "+SKIP" not in text


def test_calls_in_the_table_of_the_start_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = DOCS / "index.md"
    space = run_python(page)
    calls = re.findall(r"^\| [^|]+ \| `([^`|]+)` \| \[", page.read_text("utf-8"), re.MULTILINE)
    assert len(calls) == 10
    for call in calls:
        eval(call, space)
    assert (tmp_path / "e.html").exists()


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.stem))
def test_all_commands_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command prints what stands below it."""
    monkeypatch.chdir(tmp_path)
    for block in fences(page):
        for command in block.text.replace("\\\n", " ").splitlines() if block.language == "sh" else []:
            if command.startswith("python -m autograd "):
                assert main(shlex.split(command)[3:]) == 0, command
                (saved,) = re.findall(r"--(?:svg|save) (\S+)", command) or [""]
                assert (tmp_path / saved).exists()
            else:
                assert command in OTHER_COMMANDS, f"{page.name}:{block.line} has a command that is not run"
        printed = capsys.readouterr().out
        assert block.language != "sh" or not block.below or printed == block.below


@thorough
def test_pages_to_explore_are_as_large_as_their_table_says() -> None:
    text = (DOCS / "exploring.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+) \| ([\d,]+) \| (\d+) kB \|$", text, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(graphs())
    for (output, leaf), (_, nodes, size) in zip(graphs().values(), rows, strict=True):
        page = ag.explore(output, leaf)
        assert len(page.contents.nodes) == int(nodes.replace(",", ""))
        assert len(page.html().encode()) / 1000 == pytest.approx(int(size), rel=0.05)


def test_the_program_for_several_devices_prints_what_stands_below_it() -> None:
    pytest.importorskip("jax", reason="needs JAX: pip install jax")
    marked = re.compile(r"<!-- jax -->\n```python\n(.*?)```\n\n```text\n(.*?)```\n", re.DOTALL)
    ((program, below),) = marked.findall((DOCS / "compiling.md").read_text("utf-8"))
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, env=environment)
    assert done.stdout == below, done.stderr


def test_the_tables_of_the_originals_are_computed() -> None:
    text = (DOCS / "originals.md").read_text("utf-8")
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line] for line in lines]
    _, b, c, d, e = olah()
    columns = list(zip(*ag.trace(e, b).modes().rows, strict=True))
    for who in ("the post", "here"):
        assert [tuple(row[2:]) for row in rows if row[1:2] == [who]] == columns[2:5]
    partials = [f"{p:g}" for x in (c, d, e) for y, p in zip(x.operands, x.partials, strict=True) if not y.constant]
    assert [row[1:] for row in rows if row[0] in ("the post", "here") and len(row) == 6][:2] == [partials] * 2


@pytest.mark.skipif(not (ROOT / "autograd").is_dir(), reason="names sources in C, which a wheel does not have")
def test_the_files_of_the_architecture_exist() -> None:
    """Paths from the root exist, and other names are those of a file or folder in a package."""
    text = (DOCS / "architecture.md").read_text("utf-8").partition("## Glossary")[0]
    names = set(re.findall(r"`([\w/]+(?:\.(?:py|md|c|js)|/))`", text))
    packages = [path.parent for path in (Path(ag.__file__), Path(nn.__file__))]
    files = {path.relative_to(package.parent).as_posix() for package in packages for path in package.rglob("*")}
    files |= {
        f"{path.relative_to(ROOT).as_posix()}" for folder in ("tests", "docs") for path in (ROOT / folder).rglob("*")
    }
    files |= {package.name for package in packages} | {"setup.py"}
    found = {name for name in names if any(f"/{file}".endswith(f"/{name.rstrip('/')}") for file in files)}
    assert len(names) > 40
    assert names - found == set()


def test_the_floors_of_the_architecture_are_those_of_the_imports() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d) \| ([^|]+) \|", text, re.MULTILINE)
    floors = {name.rstrip("/"): int(level) for level, names in rows for name in re.findall(r"`([\w/]+)`", names)}
    assert len(floors) > 25
    assert floors == {name: floor(name) for name in MODULES - {"domains", "table"} | floors.keys()}


def row(name: str, op: ag.Op) -> str:
    """Return the row of an operation in the reference: its value and derivative as formulas are written, its domain."""
    arity = op.arity or 2
    domain = op.domain * arity if len(op.domain) == 1 else op.domain
    numbers = [min(max(0.7, x.low + 0.25), x.high - 0.25) for x in domain]
    operands = [symbol(label, number) for number, label in zip(numbers, "xyz"[:arity], strict=True)]
    whole = apply(op, operands)
    value, derivative = write(whole), write(partials(op, operands, whole.value)[0])
    interval = "" if arity > 1 or domain[0] == ag.Interval() else str(domain[0])
    cells = " | ".join(
        cell.replace("|", r"\|") for cell in (f"`ag.{name}`", value, derivative, op.requires or interval)
    )
    return f"| {cells} |".replace("|  |", "| |")


@pytest.mark.usefixtures("unchanged_table")
def test_the_table_of_operations_is_computed() -> None:
    operations = {name: getattr(ag, name) for name in ag.__all__ if isinstance(getattr(ag, name), ag.Op)}
    text = (DOCS / "reference.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| `ag\.\w+` \| .* \| .* \| .*\|", line)]
    assert rows == [row(name, op) for name, op in operations.items()]


@pytest.mark.skipif(not find_spec("mkdocs"), reason='needs MkDocs: pip install ".[docs]"')
def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for page in pages:
        text = page.read_text("utf-8")
        loaded = re.findall(r"<(?:script|link|img)[^>]* (?:src|href)=\"?(https?:[^\s\">]+)", text)
        assert [url for url in loaded if "scalar-autograd" not in url] == [], page.name
        assert "BLANKLINE" not in text, "what doctest wants marked is no part of a page"
