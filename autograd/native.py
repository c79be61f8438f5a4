"""What the engine needs to be compiled by mypyc, and stands in for it where the same source runs as Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

__all__ = ["COMPILED", "i64", "mypyc_attr", "vec"]

COMPILED: Final = not __file__.endswith(".py")
"""Whether this and the engine are machine code."""

try:
    from mypy_extensions import i64, mypyc_attr
except ImportError:
    i64 = int  # type: ignore[misc]

    def mypyc_attr(**_: bool) -> Callable[[Any], Any]:  # type: ignore[misc]
        """The attribute is for the compiler."""
        return lambda kind: kind


if COMPILED:
    from librt.vecs import vec  # 8 bytes a float against 32 in a box, and a dot of 784 in a tenth of the time
else:
    vec = {float: list}  # type: ignore[assignment,misc]
