"""Build the engine as machine code where that is possible; setup.cfg has the metadata.

It is possible with CPython, mypyc (a build requirement) and a C compiler that takes GCC's options.  Otherwise, and with
SCALAR_AUTOGRAD_PURE=1 in the environment, and in editable installs, the same sources run as Python.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

MODULES = [
    "native/shims",
    "functions",
    "context",
    "reals",
    "op",
    "scalar",
    "backward",
    "methods",
    "value",
    "dot_products",
]
NATIVE = Path(__file__).parent / "autograd" / "native"
TAPE = "autograd/compiling/tape.c"
OPTIONS = [
    "-ffp-contract=off",  # products are rounded before they are added, as in Python
    "-fvisibility=hidden",  # no call goes through the linker's table: a tenth of the time of micrograd's demo loss
]
IEEE = ["-O3", "-fno-math-errno", "-fno-trapping-math"]  # no code asks which operation made a nan
# pip runs these before it builds, and mypyc takes seconds each time.
WITHOUT_A_BUILD = {"egg_info", "dist_info", "sdist"}


def can_compile() -> bool:
    """Return True if a compiler builds a C file with the options that are needed."""
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
    """Build of the extensions that goes without them where it fails."""

    def finalize_options(self) -> None:
        """Translate the modules to C, unless only metadata or a source distribution is made."""
        if not WITHOUT_A_BUILD.issuperset(self.distribution.commands):
            try:
                flags = [*OPTIONS, *IEEE]
                tape = Extension("autograd.compiling.tape", [TAPE], extra_compile_args=flags, libraries=["m"])
                self.distribution.ext_modules = [*translated(), tape]
            except (Exception, SystemExit) as error:  # mypyc ends with the latter
                self._give_up(error)
        super().finalize_options()

    def run(self) -> None:
        """Compile the C."""
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
        """Return no files for the sdist, since the C code is generated from its other files."""
        return []


def translated() -> list[Extension]:
    """Translate the hot modules to C and apply the patches of ``autograd/native``."""
    from mypyc.build import mypycify

    documented = runpy.run_path(str(NATIVE / "patches.py"))["documented"]
    paths = [f"autograd/{name}.py" for name in MODULES]
    # The build has no NumPy: its types are Any, and overloads for arrays look like those before them.
    options = ["--config-file=", "--ignore-missing-imports", "--follow-imports=silent"]
    options += ["--disable-error-code=overload-cannot-match", "--disable-error-code=overload-overlap"]
    extensions = mypycify([*options, *paths], opt_level="3", debug_level="0", group_name="autograd.value")
    for extension in extensions:
        if extension.name.endswith("__mypyc"):  # the others only hand their module over
            modules = {Path(path).stem: Path(path).read_text(encoding="utf-8") for path in paths}
            for path in map(Path, extension.sources):
                if path.name.startswith("__native"):
                    path.write_text(documented(path.read_text(encoding="utf-8"), modules), encoding="utf-8")
            flags = [*OPTIONS, "-include", str(NATIVE / "freeing.h")]
            extension.extra_compile_args = [*extension.extra_compile_args, *flags]
    return extensions


REQUIRED = ["numpy>=1.24", "graphviz>=0.20"]
if can_compile():
    setup(
        ext_modules=[Extension("autograd.value", [])],  # a placeholder: `translated` makes the extensions
        cmdclass={"build_ext": BuildIfPossible},
        install_requires=[*REQUIRED, f"librt>={version('librt')}", "mypy-extensions"],
    )
else:
    setup(install_requires=REQUIRED)
