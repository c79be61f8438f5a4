"""Python source: operators with Python's precedence, numbers, and the shapes of NumPy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from autograd import ops
from autograd.op import Op
from autograd.symbolic.precedence import PYTHON
from autograd.symbolic.printer import Node, Printer

# Longer expressions are divided into lines: people read no more, and Python's parser limits the nesting.
MAX_OPERATIONS_PER_LINE = 16
# Whole numbers below this are written without a point.
MAX_WHOLE = 1e6


class PythonPrinter(Printer[Node]):
    """Prints expressions as Python source."""

    operators = PYTHON
    signs: ClassVar[Mapping[Op, str]] = {
        ops.add: " + ",
        ops.sub: " - ",
        ops.mul: " * ",
        ops.div: " / ",
        ops.neg: "-",
        ops.pos: "+",
        ops.pow: "**",
    }


def number(x: float) -> str:
    """Return a float as Python reads it; a whole number without a point.

    >>> [number(x) for x in (2.0, -0.5, -0.0, float("inf"))]
    ['2', '-0.5', '-0.0', 'float("inf")']
    """
    if x.is_integer() and abs(x) < MAX_WHOLE and not (x == 0.0 and math.copysign(1.0, x) < 0.0):
        return repr(int(x))
    return repr(x) if math.isfinite(x) else f'float("{x}")'


def listed(items: Iterable[object]) -> str:
    """Return the arguments of a call.

    >>> listed(("B", 16, 2))
    'B, 16, 2'
    """
    return ", ".join(map(str, items))


def as_shape(lengths: Sequence[object]) -> str:
    """Return a shape, as the argument of ``np.empty``.

    >>> as_shape((13002,)), as_shape(("B", 3))
    ('13002', '(B, 3)')
    """
    return str(lengths[0]) if len(lengths) == 1 else as_tuple(lengths)


def as_tuple(items: Iterable[object]) -> str:
    """Return a tuple.

    >>> as_tuple((3,)), as_tuple(())
    ('(3,)', '()')
    """
    text = listed(items)
    return f"({text})" if "," in text or not text else f"({text},)"
