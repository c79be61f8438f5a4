"""The sources by area, and samples of their mutants."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.mutants.mutations import Mutant, mutants

Areas = Mapping[str, Sequence[str]]


def _modules(names: str) -> list[str]:
    return [f"autograd/{name}.py" for name in names.split()]


# Patterns of paths; the first match applies.
AREAS: Areas = {
    "engine": _modules(
        "value dot_products backward engine methods annotations scalar reals native/* context ops op domains table"
        " functions"
    ),
    "derivatives": _modules(
        "derivatives pytrees array_libraries containers nest_shapes object_arrays graph anomalies pickling"
    ),
    "tracing": ["autograd/tracing/*", "autograd/symbolic/*", *_modules("locations")],
    "checking": ["autograd/checking/*"],
    "compiling": ["autograd/compiling/*"],
    "exploring": ["autograd/drawing/exploring/*"],
    "drawing": ["autograd/drawing/*", *_modules("display")],
    "expressions": ["autograd/expressions/*", *_modules("__main__ __init__ files"), "_scalar_autograd.py"],
    "nn": ["nn/*"],
    "testing": ["autograd/testing/*", "pytest_autograd.py"],
}

SOURCES = ("autograd/**/*.py", "nn/**/*.py", "pytest_autograd.py", "_scalar_autograd.py")


def sources(root: Path, patterns: Sequence[str] = SOURCES) -> list[str]:
    """Return the paths of the modules below `root`, relative to it and sorted."""
    return sorted({path.relative_to(root).as_posix() for pattern in patterns for path in root.glob(pattern)})


def area(path: str, areas: Areas = AREAS) -> str:
    """Return the area of a module.

    Raises:
        ValueError: no pattern fits.
    """
    for name, patterns in areas.items():
        if any(fnmatch(path, pattern) for pattern in patterns):
            return name
    raise ValueError(f"AREAS must have a pattern for every module, got none for {path}; add it in {__file__}")


def sample(root: Path, paths: Sequence[str], seed: int, name: str, count: int) -> list[Mutant]:
    """Draw mutants of the modules of one area: the same for the same seed, name and sources.

    Args:
        root: the checkout.
        paths: the modules.
        seed: the number that the draw depends on.
        name: the area, on which it depends too.
        count: the number of mutants to draw; all of them if there are fewer.
    """
    texts = {path: (root / path).read_text(encoding="utf-8") for path in paths}
    candidates = [mutant for path in sorted(paths) for mutant in mutants(path, texts[path])]
    random.Random(f"{seed} {name}").shuffle(candidates)
    drawn: list[Mutant] = []
    for mutant in candidates:
        if len(drawn) == count:
            break
        if mutant.applied(texts[mutant.path]) is not None:
            drawn.append(mutant)
    return drawn
