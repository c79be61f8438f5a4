"""Source locations of nodes: the lines of the user's code that made them.

Not part of `autograd.context`, which is compiled: mypyc leaves out the docstring of a NamedTuple and its `__bool__`.
"""

from __future__ import annotations

import linecache
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from autograd.context import watched_by
from autograd.value import Value, made_at

# Longer lines of code are cut off in reports.
MAX_LINE_CHARACTERS = 100
# Longer paths are cut off in reports.
MAX_PATH_CHARACTERS = 300


class SourceLine(NamedTuple):
    """A line of the user's code.  An unknown line is false, and its `str` is "".

    Attributes:
        file: the path, as Python knows it.
        number: counted from 1.
    """

    file: str
    number: int

    @property
    def text(self) -> str:
        """The code of the line, "" if the file cannot be read."""
        return _printable(linecache.getline(self.file, self.number).strip())

    def __bool__(self) -> bool:
        return self.number > 0

    def __str__(self) -> str:
        if not self:
            return ""
        text = self.text
        return f"{_printable(_short(self.file), MAX_PATH_CHARACTERS)}, line {self.number}{':  ' + text if text else ''}"


def source_lines() -> AbstractContextManager[None]:
    """Keep the line of code that makes each node in this context; `line_of` returns it, then or later.

    It is the line of the innermost call outside the package, `nn` and NumPy.  The context applies to one thread.  A
    copy or a pickle of a graph does not keep its lines.

    >>> with source_lines():
    ...     y = Value(2.0, "x") * 3
    >>> line_of(y).text
    'y = Value(2.0, "x") * 3'
    """
    return watched_by(None)


def line_of(node: Value) -> SourceLine:
    """Return the line of code that made `node` within `source_lines` or `anomaly`; otherwise a line that is false.

    Returns:
        The line, as an `autograd.locations.SourceLine`.

    >>> bool(line_of(Value(2.0))), str(line_of(Value(2.0)))
    (False, '')
    """
    return SourceLine(*made_at(node))


def _short(file: str) -> str:
    try:
        return file.removeprefix(f"{Path.cwd()}{os.sep}")
    except OSError:  # the folder has been removed
        return file


def _printable(text: str, most: int = MAX_LINE_CHARACTERS) -> str:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"
