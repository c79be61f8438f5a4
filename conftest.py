"""How the tests are run.

Examples that are drawn are the same in every run and take what time they need.  Sources that are compiled in place are
not imported as Python, so the doctests in them are left to the pure form.
"""

from pathlib import Path

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

collect_ignore = [
    str(source)
    for source in (Path(__file__).parent / "autograd").glob("*.py")
    if any(source.parent.glob(f"{source.stem}.*.so"))
]
