"""How much is tried: all of it in the profile "thorough", a fifth in "quick"; they stand in the conftest.py above."""

from hypothesis import settings


def scaled(count: int) -> int:
    """Of as many cases as are tried where nobody waits, those that are tried in this run: one at least."""
    return max(1, count * settings.default.max_examples // settings.get_profile("thorough").max_examples)
