"""How tightly pieces of Python hold together, and the operations that it writes between their operands."""

from collections.abc import Iterable, Sequence

from autograd import ops

ATOM, POWER, SIGN, PRODUCT, MATRIX, SUM = 6, 5, 4, 3, 2, 1
# a matrix product binds as tightly as *, but x * (y @ z) is not (x * y) @ z
INFIX = {
    ops.add: (" + ", SUM),
    ops.sub: (" - ", SUM),
    ops.mul: (" * ", PRODUCT),
    ops.div: (" / ", PRODUCT),
    ops.pow: ("**", POWER),
}
LONGEST = 16
"""So many operations stand in one expression at most: people read no more, and Python but some hundred."""


def listed(items: Iterable[object]) -> str:
    """What stands between the parentheses of a call.

    >>> listed(("B", 16, 2))
    'B, 16, 2'
    """
    return ", ".join(map(str, items))


def as_shape(lengths: Sequence[object]) -> str:
    """A shape, as the argument of ``np.empty``.

    >>> as_shape((13002,)), as_shape(("B", 3))
    ('13002', '(B, 3)')
    """
    return str(lengths[0]) if len(lengths) == 1 else as_tuple(lengths)


def as_tuple(items: Iterable[object]) -> str:
    """A tuple, as Python writes it.

    >>> as_tuple((3,)), as_tuple(())
    ('(3,)', '()')
    """
    text = listed(items)
    return f"({text})" if "," in text or not text else f"({text},)"
