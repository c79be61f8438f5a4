"""The ways in which a compiled function may run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from autograd.compiling import execution
from autograd.compiling.backends import HAS_TAPES
from autograd.compiling.execution import MatrixProgram

FORMS = ["arrays", "lines", "columns", *(["tape"] if HAS_TAPES else [])]


@contextmanager
def only(form: str) -> Iterator[None]:
    """Keep the others from being chosen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MatrixProgram, "by_scalars", lambda self, examples: form != "arrays" and examples > 0)
        patch.setattr(execution, "HAS_TAPES", form == "tape")
        patch.setattr(execution, "MANY", 0 if form == "columns" else 10**9)
        yield
