"""The ways in which a compiled function may run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from autograd.compiling import scalar_programs
from autograd.compiling.execution import MatrixProgram
from autograd.compiling.tapes import HAS_TAPES

FORMS = ["arrays", "lines", "columns", *(["tape"] if HAS_TAPES else [])]


@contextmanager
def only(form: str) -> Iterator[None]:
    """Keep the others from being chosen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MatrixProgram, "by_scalars", lambda self, examples: form != "arrays" and examples > 0)
        patch.setattr(scalar_programs, "HAS_TAPES", form == "tape")
        patch.setattr(scalar_programs, "MANY", 0 if form == "columns" else 10**9)
        yield
