"""The floors: imports point down, ideas on one floor do not know each other, and little is loaded unasked."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd

ROOT = Path(autograd.__file__).parent
LOWER_FLOORS = [
    {
        "annotations",
        "backward",
        "context",
        "domains",
        "files",
        "functions",
        "methods",
        "native",
        "op",
        "ops",
        "reals",
        "scalar",
        "table",
    },
    {"dot_products", "value"},
    {
        "anomalies",
        "array_libraries",
        "containers",
        "derivatives",
        "engine",
        "graph",
        "locations",
        "nest_shapes",
        "object_arrays",
        "pickling",
        "pytrees",
        "symbolic",
    },
]
IDEAS = {"tracing", "drawing", "checking", "compiling", "expressions"}
"""The third floor: one package each, and none knows another."""
TOP = {"__init__", "__main__", "display", "testing"}


def imported(source: str) -> Iterator[str]:
    """Yield the modules of the package that `source` imports at run time; a public name counts as __init__."""
    for node in _run(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _of_package(alias.name)
        elif isinstance(node, ast.ImportFrom):
            origin = "autograd." + (node.module or "") if node.level else node.module or ""
            if origin.rstrip(".") == "autograd":
                for alias in node.names:
                    yield alias.name if alias.name in MODULES else "__init__"
            else:
                yield from _of_package(origin)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("autograd."):
            yield from (name for name in _of_package(node.value) if name in MODULES)


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a module but those under ``if TYPE_CHECKING``."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _run(child)


def _of_package(name: str) -> Iterator[str]:
    package, _, rest = name.partition(".")
    if package == "autograd":
        yield rest.partition(".")[0] or "__init__"


def _module(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


PATHS = sorted(ROOT.rglob("*.py"))
MODULES = {_module(path) for path in PATHS}
GRAPH: dict[str, set[str]] = {module: set() for module in MODULES}
for path in PATHS:
    GRAPH[_module(path)] |= set(imported(path.read_text(encoding="utf-8"))) - {_module(path)}


def floor(module: str) -> int:
    if module in TOP:
        return 4
    return next((i for i, modules in enumerate(LOWER_FLOORS) if module in modules), 3)


def test_the_reader_of_imports_finds_them_wherever_they_stand() -> None:
    source = """
import autograd.graph as g, os
from autograd import ops, Value
from autograd.value import Value
from . import functions
from .symbolic.typesetting import name
def f():
    import autograd
    from autograd.tracing import trace
    import_module("autograd.drawing")
"""
    assert sorted(imported(source)) == sorted(
        ["graph", "ops", "__init__", "value", "functions", "symbolic", "__init__", "tracing", "drawing"]
    )


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module: str) -> None:
    upward = {other for other in GRAPH[module] if floor(other) > floor(module)}
    assert not upward, f"{module} is on floor {floor(module)}"
    assert GRAPH[module] <= MODULES


def test_imports_make_no_circle() -> None:
    graphlib.TopologicalSorter(GRAPH).prepare()


@pytest.mark.parametrize("idea", sorted(IDEAS | {"symbolic"}))
def test_imports_within_an_idea_make_no_circle(idea: str) -> None:
    folder = ROOT / idea
    sources = {_dotted(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    pattern = re.compile(rf"^\s*from autograd\.{idea}(?:\.([\w.]+))? import (\w+)", re.MULTILINE)
    graph = {name: _imported_modules(pattern.findall(source), set(sources)) for name, source in sources.items()}
    assert any(graph.values())
    graphlib.TopologicalSorter(graph).prepare()


def _dotted(path: Path) -> str:
    """A module by its place in an idea: ``network.columns``, and ``network`` for the package itself."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imported_modules(imports: list[tuple[str, str]], modules: set[str]) -> set[str]:
    """What is imported, each the module that it is in or the module itself."""
    full = {(f"{module}.{name}".lstrip("."), module or "__init__") for module, name in imports}
    return {inner if inner in modules else outer for inner, outer in full}


def test_ideas_do_not_know_each_other() -> None:
    assert {module for module in MODULES if floor(module) == 3} == IDEAS
    assert {idea: GRAPH[idea] & IDEAS for idea in sorted(IDEAS)} == {idea: set() for idea in sorted(IDEAS)}


def test_the_modules_of_the_lower_floors_exist() -> None:
    assert set().union(*LOWER_FLOORS, IDEAS, TOP) <= MODULES


def test_every_public_name_is_there() -> None:
    assert len(set(autograd.__all__)) == len(autograd.__all__)
    for name in autograd.__all__:
        assert getattr(autograd, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'gradd'"):
        autograd.gradd  # noqa: B018


def test_importing_the_package_loads_neither_pictures_nor_checks_nor_tests_nor_graphviz() -> None:
    program = "import sys, autograd; print(*sorted(sys.modules))"
    loaded = set(
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    )
    assert "autograd.value" in loaded
    assert not loaded & {"graphviz", "pygraphviz"}
    modules = {name.split(".")[1] for name in loaded if name.startswith("autograd.")} - {"value__mypyc"}
    assert {name for name in modules if floor(name) >= 3} == {"display"}
    assert not loaded & {"torch", "jax", "scipy", "matplotlib", "pandas", "IPython"}


def test_import_adds_few_modules_to_those_of_numpy() -> None:
    """Importing is light: the modules are counted, since times are not tested."""
    program = "import sys, numpy; n = len(sys.modules); import autograd; print(len(sys.modules) - n)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert int(done.stdout) <= 50
