"""Builds the hot modules as machine code where that is possible; what the package is stands in setup.cfg.

It is possible with CPython, mypyc (a build requirement) and a C compiler that takes GCC's options.  Otherwise, and with
SCALAR_AUTOGRAD_PURE=1 in the environment, and in editable installs, the same sources run as Python.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

MODULES = ["native", "functions", "context", "reals", "op", "scalar", "methods", "value"]
HEADER = Path(__file__).parent / "autograd" / "freeing.h"
TAPE = "autograd/compiling/tape.c"
OPTIONS = [
    "-ffp-contract=off",  # products are rounded before they are added, as in Python
    "-fvisibility=hidden",  # no call goes through the linker's table: a tenth of the time of micrograd's demo loss
]
IEEE = ["-O3", "-fno-math-errno", "-fno-trapping-math"]  # nobody asks which operation made a nan

DOCUMENTED = [
    r'(CPyPy_(\w+),\s+[\w |]+, PyDoc_STR\((?:".*?\\n--\\n\\n)?)("|NULL)',  # functions and methods
    r'(CPyType_(\w+)_template_ = \{[^}]*?\.tp_doc = PyDoc_STR\(".*?\\n--\\n\\n)(")',  # classes
    r"(\(getter\)(\w+),\s+(?:\(setter\)\w+|NULL),\s+)(NULL)",  # properties
    r'("autograd\.(\w+)",\s+)(NULL)',  # modules
]
"""Where the C of mypyc has room for a docstring: what is before it, its owner, what is there."""


def can_compile() -> bool:
    """Whether a compiler builds a C file with the options that are needed."""
    if os.environ.get("SCALAR_AUTOGRAD_PURE") or {"editable_wheel", "develop"} & set(sys.argv):
        return False
    if sys.implementation.name != "cpython" or find_spec("mypyc") is None or find_spec("librt") is None:
        return False
    from setuptools._distutils import ccompiler, sysconfig

    compiler = ccompiler.new_compiler()
    if compiler.compiler_type != "unix":
        return False
    sysconfig.customize_compiler(compiler)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "trial.c"
        source.write_text("#include <Python.h>\n", encoding="utf-8")
        command = [*compiler.compiler_so, f"-I{sysconfig.get_python_inc()}", *OPTIONS, "-c", str(source)]
        try:
            return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0
        except OSError:
            return False


class BuildIfPossible(build_ext):
    """Builds the extensions, and goes without them where that fails."""

    def finalize_options(self) -> None:
        """Translate."""
        try:
            flags = [*OPTIONS, *IEEE]
            tape = Extension("autograd.compiling.tape", [TAPE], extra_compile_args=flags, libraries=["m"])
            self.distribution.ext_modules = [*translated(), tape]
        except (Exception, SystemExit) as error:  # mypyc ends with the latter
            self._give_up(error)
        super().finalize_options()

    def run(self) -> None:
        """Compile."""
        for stale in Path(self.build_lib).rglob("*.so"):
            stale.unlink()
        try:
            super().run()
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        reason = "mypyc gave up, see above" if isinstance(error, SystemExit) else error
        print(f"the engine stays in Python: {reason}", file=sys.stderr)
        self.extensions = self.distribution.ext_modules = []
        if self.distribution.command_obj.get("bdist_wheel"):
            self.get_finalized_command("bdist_wheel").root_is_pure = True

    def get_source_files(self) -> list[str]:
        """None for the sdist: they are made from what is in it."""
        return []


def translated() -> list[Extension]:
    """The hot modules in C, with nodes freed as in `HEADER`."""
    from mypyc.build import mypycify

    paths = [f"autograd/{name}.py" for name in MODULES]
    options = ["--config-file=", "--ignore-missing-imports", "--follow-imports=silent"]  # the rest needs NumPy's types
    extensions = mypycify([*options, *paths], opt_level="3", debug_level="0", group_name="autograd.value")
    for extension in extensions:
        if extension.name.endswith("__mypyc"):  # the others only hand their module over
            for path in map(Path, extension.sources):
                if path.name.startswith("__native"):
                    path.write_text(documented(path.read_text(encoding="utf-8")), encoding="utf-8")
            extension.extra_compile_args = [*extension.extra_compile_args, *OPTIONS, "-include", str(HEADER)]
    return extensions


def documented(source: str) -> str:
    """C that mypyc has made, with the docstrings of the modules: it leaves them out, and `help` would have none."""
    docs: dict[str, str] = {}
    for name in MODULES:
        docs.update(docstrings(ast.parse(Path(f"autograd/{name}.py").read_text(encoding="utf-8")), name))
    for place in DOCUMENTED:
        source = re.sub(place, lambda found: found[1] + quoted(docs.get(found[2], ""), found[3]), source)
    return source


def docstrings(tree: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, str]]:
    """The docstrings of a module or a class and of what is in it, by the names that mypyc gives in C."""
    yield prefix, ast.get_docstring(tree) or ""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from docstrings(node, f"{prefix}___{node.name}")
        elif isinstance(node, ast.FunctionDef):
            getter = "property" in map(ast.unparse, node.decorator_list)
            yield f"{prefix}{'_get_' if getter else '___'}{node.name}", ast.get_docstring(node) or ""


def quoted(text: str, instead: str) -> str:
    """`text` in C, in the place of NULL or of the end of a string."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1]
    return f'"{inside}"' if instead == "NULL" and text else inside + instead


REQUIRED = ["numpy>=1.24", "graphviz>=0.20"]
if can_compile():
    setup(
        ext_modules=[Extension("autograd.value", [])],  # what it stands for is known in `translated`
        cmdclass={"build_ext": BuildIfPossible},
        install_requires=[*REQUIRED, f"librt>={version('librt')}", "mypy-extensions"],
    )
else:
    setup(install_requires=REQUIRED)
