"""Numbers of cases: all of them in the profile "thorough", a seventh in "quick"; see conftest.py above."""

import os

import pytest
from hypothesis import settings


def scaled(count: int) -> int:
    """Return how many of `count` cases are tried in this profile, at least one."""
    return max(1, count * settings.default.max_examples // settings.get_profile("thorough").max_examples)


# For tests of a second or more that repeat what others hold.
IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
# Mutants meet all kept numbers and forms, and otherwise the quick profile: see benchmarks/mutants/workspace.py.
IS_WITH_ALL_KEPT_NUMBERS = IS_THOROUGH or os.environ.get("KEPT_NUMBERS") == "all"
thorough = pytest.mark.skipif(not IS_THOROUGH, reason="takes a second or more: HYPOTHESIS_PROFILE=thorough")
