"""Settings of all tests: Hypothesis profiles, collection and garbage collection.

Hypothesis draws the same examples in every run, without a deadline.  The profile determines their number: "quick", or
"thorough" if the environment variable HYPOTHESIS_PROFILE says so.  Doctests of modules that are compiled in place run
only in their Python form.
"""

import gc
import os
from pathlib import Path

from hypothesis import settings
from hypothesis.internal.conjecture import providers

# The arrays of tests are small: each process would start the threads of the library for matrix products for nothing.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("thorough", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("quick", settings.get_profile("thorough"), max_examples=15)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Hypothesis also draws constants from the sources of loaded local modules, and has no setting against it.  The examples
# of a test would depend on the tests before it, and on whether the package is in site-packages.
providers.is_local_module_file = lambda path: False

collect_ignore = [
    str(source)
    for source in (Path(__file__).parent / "autograd").rglob("*.py")
    if any(source.parent.glob(f"{source.stem}.*.so"))
]
# Programs for type checkers, with errors on purpose; they are not imported.
collect_ignore.append(str(Path(__file__).parent / "tests" / "typing_cases"))

# Files for type checkers, which tests/test_types.py puts to them.
collect_ignore_glob = ["tests/typing_cases/*"]

# Graphs have no cycles; searching them for cycles would take a fifth of a run.  Most tests build fewer objects.
gc.set_threshold(1_000_000)


def pytest_collection_finish() -> None:
    """Exclude the collected tests, which live to the end, from garbage collection."""
    gc.freeze()
