"""Types of arguments, for annotations alone: no module imports them at run time.

mypyc checks the annotations of compiled functions itself, with messages of its own. Unions with a type that it cannot
check are left to the function, whose message says what to do.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray


class Unchecked(Protocol):
    """A type that no object has, so that ``str | Unchecked`` means str to type checkers and anything to mypyc."""

    def _no_object_has_this_method(self) -> None: ...


# NumPy's float64 is a float; its other scalars are not.
Real: TypeAlias = float | np.floating[Any] | np.integer[Any] | np.bool_
# One number, which may be an array of no dimensions.
Number: TypeAlias = Real | NDArray[Any]
Label: TypeAlias = str | Unchecked
