"""How the tests are run.

Examples that are drawn are the same in every run and take what time they need; how many there are is a matter of the
profile: "quick", or "thorough" where the environment variable HYPOTHESIS_PROFILE says so.  Sources that are compiled in
place are not imported as Python, so the doctests in them are left to the pure form.
"""

import gc
import os
from pathlib import Path

from hypothesis import settings
from hypothesis.internal.conjecture import providers

settings.register_profile("thorough", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("quick", settings.get_profile("thorough"), max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Hypothesis also draws constants from the source of local modules that are loaded, and has no setting against it: what
# a test is given would depend on the tests before it, and on whether the package is in site-packages.
providers.is_local_module_file = lambda path: False

collect_ignore = [
    str(source)
    for source in (Path(__file__).parent / "autograd").glob("*.py")
    if any(source.parent.glob(f"{source.stem}.*.so"))
]

# Files for type checkers, which tests/test_types.py puts to them.
collect_ignore_glob = ["tests/typing_cases/*"]

gc.set_threshold(50_000)  # graphs make no cycles, and looking for some in each of them would be a fifth of a run


def pytest_collection_finish() -> None:
    """Keep the cycle collector off the tests themselves, which stay to the end."""
    gc.freeze()
