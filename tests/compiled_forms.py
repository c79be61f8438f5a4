"""Choice of the backend that a compiled function runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from autograd.compiling import backends
from autograd.compiling.backends import BACKENDS, HAS_TAPES, ScalarBackend
from autograd.compiling.execution import ArrayCalls

FORMS = ["arrays", "lines", "columns", *(["tape"] if HAS_TAPES else [])]


@contextmanager
def only(form: str) -> Iterator[None]:
    """Run on arrays, or on one backend of scalars: on "columns" are lines that run on many examples at once."""
    backend = BACKENDS.get("lines" if form == "columns" else form)
    assert backend is None or isinstance(backend, ScalarBackend)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ArrayCalls, "faster_on_scalars", lambda self, examples: backend if examples else None)
        patch.setattr(backends, "MAX_EXAMPLES_ON_FLOATS", 0 if form == "columns" else 10**9)
        yield
