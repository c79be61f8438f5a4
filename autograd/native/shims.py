"""Names from mypyc that the engine uses, with stand-ins for running the same source as Python.

This module is compiled with the engine, so that the suffix of its file tells which form runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

__all__ = ["COMPILED", "i64", "mypyc_attr", "vec"]

# True if this module and the engine are machine code.
COMPILED: Final = not __file__.endswith(".py")

try:
    from mypy_extensions import i64, mypyc_attr
except ImportError:
    i64 = int  # type: ignore[misc]

    def mypyc_attr(**_: bool) -> Callable[[Any], Any]:  # type: ignore[misc]
        """Return a decorator that changes nothing: the attributes are for the compiler."""
        return lambda cls: cls


if COMPILED:
    # 8 bytes a float against 32 in a box, and a dot of 784 numbers in a tenth of the time.
    from librt.vecs import vec
else:
    vec = {float: list}  # type: ignore[assignment,misc]
