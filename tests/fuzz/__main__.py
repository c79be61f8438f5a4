"""Fuzzes the parser of expressions and the readers of files, guided by coverage: pip install atheris.

    python tests/fuzz expression -max_total_time=120

The first argument is a target of `targets.py`; the others go to libFuzzer.  What breaks a target is written to a file
``crash-…``, which as a last argument repeats it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

TARGETS = ("expression", "idx", "network", "checkpoint", "mnist")


def main() -> None:
    """Run a target until it fails or libFuzzer ends it."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"{__doc__}\nTargets: {', '.join(TARGETS)}")
    try:
        import atheris
    except ImportError:
        sys.exit("fuzzing needs atheris: pip install atheris")
    sys.path.insert(1, str(Path(__file__).parents[2]))
    with atheris.instrument_imports(include=["autograd", "nn"]):
        import targets
    name = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as corpus:
        for i, seed in enumerate(targets.seeds(name)):
            (Path(corpus) / str(i)).write_bytes(seed)
        inputs = [] if any(not argument.startswith("-") for argument in sys.argv[1:]) else [corpus]
        limits = ["-max_len=4096", "-rss_limit_mb=1024", "-timeout=20"]
        atheris.Setup([sys.argv[0], *limits, *sys.argv[1:], *inputs], targets.TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
