"""Flags that change how operations evaluate, and observers of recording.

All are bound to contexts.  Without an observer, which is nearly always, recording a node costs one look at `WATCH`.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from autograd.native.shims import mypyc_attr

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
    """Let operations follow IEEE 754 and raise nothing in this context, so that rules can be evaluated at poles."""
    token = _QUIET.set(True)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        _QUIET.reset(token)


def is_quiet() -> bool:
    """Return True if operations follow IEEE 754 in the current context instead of raising."""
    return _QUIET.get()


def recording_rule(name: str) -> AbstractContextManager[None]:
    """Name the operation whose rule is applied to Values in this context, for errors of a rule that needs floats."""
    return _held(_RECORDING, name)


def rule_being_recorded() -> str:
    """Return the name of the operation whose rule is being applied to Values, "" if there is none."""
    return _RECORDING.get()


def frozen(name: str) -> AbstractContextManager[None]:
    """Name the function that is compiled from a recording in this context, so that decisions on Values are refused."""
    return _held(_FROZEN, name)


def being_frozen() -> str:
    """Return the name of the function that is being compiled from a recording, "" if there is none."""
    return _FROZEN.get()


# The package itself is never compiled: mypyc makes up paths for the modules that are.
_HERE: Final = Path(str(sys.modules["autograd"].__file__)).parent
# The beginnings of the paths of files that are not the user's.
_WITHIN: Final = (
    f"{_HERE}{os.sep}",
    f"{_HERE.parent / 'nn'}{os.sep}",
    f"{Path(np.__file__).parent}{os.sep}",  # sums and products of object arrays
    "<__array_function__",
    "<frozen ",
)
# The files that refuse conversions of a Value: no user calls their functions by name.
_CONVERSIONS: Final = (f"autograd{os.sep}context.py", f"autograd{os.sep}scalar.py")
_WATCHERS: ContextVar[tuple[Any, ...]] = ContextVar("autograd.watchers", default=())
_LOCK: Final = threading.Lock()


@final
class Watch:
    """The number of contexts with observers, in all threads.

    Attributes:
        contexts: the number.
        on: True if there is any: all that recording and sweeps look at.
    """

    __slots__ = ("contexts", "on")

    contexts: int
    on: bool

    def __init__(self) -> None:
        self.contexts = 0
        self.on = False

    def add(self, contexts: int) -> None:
        """Add to the number of active contexts: 1 when one begins, −1 when it ends."""
        with _LOCK:
            self.contexts += contexts
            self.on = self.contexts > 0


WATCH: Final = Watch()


@final
@mypyc_attr(acyclic=True)
class Placed:
    """A label and a source location: they share one slot of a node, so that nodes do not grow."""

    __slots__ = ("file", "label", "line")

    file: str
    label: str
    line: int

    def __init__(self, label: str, file: str, line: int) -> None:
        self.label = label
        self.file = file
        self.line = line


def watchers() -> tuple[Any, ...]:
    """Return the observers in this thread: objects with methods `made` and `swept`, or None to keep lines alone."""
    return _WATCHERS.get()


@contextmanager
def watched_by(watcher: Any) -> Iterator[None]:
    """Keep the lines of the nodes made in this context, in this thread, and show the nodes to `watcher`."""
    token = _WATCHERS.set((*_WATCHERS.get(), watcher))
    WATCH.add(1)
    try:
        yield
    finally:
        WATCH.add(-1)
        _WATCHERS.reset(token)


@contextmanager
def unseen() -> Iterator[None]:
    """Hide the nodes made in this context, in this thread, from all observers: their numbers are placeholders."""
    # With None for each observer the nodes still keep their lines.
    token = _WATCHERS.set((None,) * len(_WATCHERS.get()))
    try:
        yield
    finally:
        _WATCHERS.reset(token)


def caller() -> tuple[str, int]:
    """Return the file and the line of the innermost call in the user's code; ("", 0) if there is none."""
    frame: Any = sys._getframe()
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_WITHIN):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return "", 0


def called_name() -> str:
    """Return the name of the function that the user's code is calling, "" if it cannot be told.

    The name is the last one before the parentheses: "sin" for ``math.sin(x)``.  A call by the package itself has no
    name.
    """
    frame: Any = sys._getframe()
    while frame is not None and frame.f_code.co_filename.endswith(_CONVERSIONS):
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename.startswith(_WITHIN[:2]):
        return ""
    while frame is not None and frame.f_code.co_filename.startswith(_WITHIN):
        frame = frame.f_back
    return _called(frame) if frame is not None else ""


def _called(frame: Any) -> str:
    import dis  # only an error message needs it

    names: list[str] = []
    start: Any = None
    steps: list[Any] = list(dis.get_instructions(frame.f_code))
    steps.reverse()
    for step in steps:
        if step.offset > frame.f_lasti:
            continue
        # Since Python 3.11 an instruction knows its columns: a call begins where the name of its function begins.
        positions = getattr(step, "positions", None)
        place = positions and (positions.lineno, positions.col_offset)
        if step.offset == frame.f_lasti:
            if "CALL" not in step.opname:  # an operator, or an item that is assigned
                return ""
            start = place
        elif place == start and step.opname.startswith("LOAD_") and str(step.argval).isidentifier():
            names.append(step.argval)
            if positions is not None:
                break
        if positions is None and step.starts_line is not None:
            names = [name for name in names if hasattr(math, name)]  # Python 3.10 knows no more than the line
            break
    return names[0] if len(names) == 1 else ""
