"""What is going on: contexts in which operations behave in another way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

import numpy as np

_QUIET: ContextVar[bool] = ContextVar("autograd.quiet", default=False)
_RECORDING: ContextVar[str] = ContextVar("autograd.recording", default="")
_FROZEN: ContextVar[str] = ContextVar("autograd.frozen", default="")


@contextmanager
def _held(variable: ContextVar[str], value: str) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


@contextmanager
def quiet() -> Iterator[None]:
    """Within this context operations follow IEEE 754 and do not raise: rules are evaluated at poles and corners too."""
    token = _QUIET.set(True)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        _QUIET.reset(token)


def is_quiet() -> bool:
    """Whether operations follow IEEE 754 at the moment instead of raising."""
    return _QUIET.get()


def recording_rule(name: str) -> AbstractContextManager[None]:
    """Within this context the rule of the operation `name` is put to Values, and may not turn them into floats."""
    return _held(_RECORDING, name)


def rule_being_recorded() -> str:
    """The name of the operation whose rule is being put to Values, "" for none."""
    return _RECORDING.get()


def frozen(name: str) -> AbstractContextManager[None]:
    """Within this context the function `name` is recorded for good, so a Value must not be turned into a decision."""
    return _held(_FROZEN, name)


def being_frozen() -> str:
    """The name of the function that is being recorded for good, "" for none."""
    return _FROZEN.get()
