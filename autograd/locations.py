"""The source locations of nodes: which line of the user's code made them.

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

_MOST = 100
"""Characters of a line of code in a report."""


class SourceLine(NamedTuple):
    """A line of the user's code; false where none is known, and then its `str` is "".

    Attributes:
        file: the path, as Python knows it.
        number: counted from 1.
    """

    file: str
    number: int

    @property
    def text(self) -> str:
        """The code, if the file can be read."""
        return _printable(linecache.getline(self.file, self.number).strip())

    def __bool__(self) -> bool:
        return self.number > 0

    def __str__(self) -> str:
        if not self:
            return ""
        text = self.text
        return f"{_printable(_short(self.file), 300)}, line {self.number}{':  ' + text if text else ''}"


def source_lines() -> AbstractContextManager[None]:
    """Within this context every node keeps the line of code that made it; ask `line_of` for it, then or later.

    The line is that of the innermost call outside the package, `nn` and NumPy.  The context is that of a thread; a
    copy or a pickle of a graph does not keep its lines.

    >>> with source_lines():
    ...     y = Value(2.0, "x") * 3
    >>> line_of(y).text
    'y = Value(2.0, "x") * 3'
    """
    return watched_by(None)


def line_of(node: Value) -> SourceLine:
    """The line of code that made `node`, if that was within `source_lines` or `anomaly`; else one that is false.

    >>> bool(line_of(Value(2.0))), str(line_of(Value(2.0)))
    (False, '')
    """
    return SourceLine(*made_at(node))


def _short(file: str) -> str:
    try:
        return file.removeprefix(f"{Path.cwd()}{os.sep}")
    except OSError:  # the folder has been removed
        return file


def _printable(text: str, most: int = _MOST) -> str:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"
