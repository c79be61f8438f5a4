"""Detection of another package named autograd where ours should be.

HIPS autograd (the distribution ``autograd``) has the same import name as this package (the distribution
``scalar-autograd``), and pip installs both into one folder: the second overwrites the first's ``__init__.py``, and
uninstalling one removes it.  This module has a name that nobody else uses, so it runs whoever owns that file.

PYTEST_DONT_REWRITE: else pytest, which knows our plugin, warns where this is imported before it starts.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import NoReturn

# Files that HIPS autograd has in every version and this package in none.
_FILES_OF_HIPS = ("wrap_util.py", "numpy/numpy_wrapper.py")
_FILE_OF_OURS = "anomalies.py"
_REMEDY = """. The distributions autograd (HIPS) and scalar-autograd \
share the import name, and an environment can hold only one of them. Remove both:
    python -m pip uninstall -y autograd scalar-autograd
then install one again: scalar-autograd from its checkout by
    python -m pip install .
or HIPS autograd by
    python -m pip install autograd"""


def refuse_hips_autograd(spec: ModuleSpec | None) -> None:
    """Check that HIPS autograd is not in the folder of this package, and was not.

    Args:
        spec: the package autograd, as Python finds it.

    Raises:
        ImportError: its files are there, or our ``__init__.py`` went with them.
    """
    for folder in (spec and spec.submodule_search_locations) or ():
        if any(Path(folder, name).exists() for name in _FILES_OF_HIPS):
            _refuse(f"files of HIPS autograd in {folder}{_REMEDY}")
        if spec is not None and spec.origin is None and Path(folder, _FILE_OF_OURS).exists():
            _refuse(f"{folder} without its __init__.py, as uninstalling HIPS autograd leaves it{_REMEDY}")


def require_scalar_autograd() -> None:
    """Check that ``import autograd`` finds the package of scalar-autograd, undamaged.

    Raises:
        ImportError: it finds HIPS autograd, what is left of the two, or another module of that name.
    """
    from importlib.util import find_spec

    spec = find_spec("autograd")
    refuse_hips_autograd(spec)
    folders = (spec and spec.submodule_search_locations) or ()
    ours = find_spec(f"autograd.{Path(_FILE_OF_OURS).stem}") if folders else None
    # An editable install finds our submodules in any package of the name.
    if spec is not None and (ours is None or Path(str(ours.origin)).parent not in map(Path, folders)):
        _refuse(
            f"{spec.origin or ', '.join(folders)}; rename that file or folder, or start Python where it does not come "
            "first in sys.path"
        )


def _refuse(found: str) -> NoReturn:
    message = f"autograd must be the package of scalar-autograd, got {found}"
    if _is_looking_for_command_line():
        # Python would make of an ImportError an exit with 1, which says that a check failed.
        print(f"python -m autograd: {message}", file=sys.stderr)
        sys.exit(2)
    raise ImportError(message, name="autograd")


def _is_looking_for_command_line() -> bool:
    """Return True while Python imports the package for ``python -m autograd``, before it runs ``__main__``."""
    if sys.argv[:1] != ["-m"]:
        return False
    module = sys.orig_argv[len(sys.orig_argv) - len(sys.argv)]  # followed by its arguments
    return module in ("autograd", "-mautograd")
