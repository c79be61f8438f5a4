"""The number protocol of Values: comparing, hashing and formatting, but no conversion to plain floats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn, overload

from autograd.context import being_frozen, called_name, rule_being_recorded
from autograd.native.shims import mypyc_attr
from autograd.op import METHODS, Operand
from autograd.reals import is_real

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from autograd.annotations import Real

# Functions of `math`, NumPy and `statistics` that have a counterpart under another name.
_COUNTERPARTS: Final = {
    "dist": "dist(p, q)",
    "fabs": "abs(v)",
    "fmean": "total(values) / len(values)",
    "fsum": "total(values)",
    "mean": "total(values) / len(values)",
    "sumprod": "dot(p, q)",
}

_NO_POWER = "^ is Python's exclusive or, which Values do not have; a power is written **, as x**2"
_NO_QUOTIENT = "Values do not have //; write ag.floor(x / y)"
_NO_REMAINDER = (
    "Values do not have %; write ag.fmod(x, y), which has the sign of x, "
    "or x - y * ag.floor(x / y), which has that of y as in Python"
)


@mypyc_attr(acyclic=True)
class Scalar(Operand):
    """A number, `data`, that compares like a float.

    Comparisons are of the data, so that code may branch on it.  The hash is that of the object, so that two Scalars of
    equal data are two keys of a dict.
    """

    __slots__ = ("data",)

    data: float

    def __init__(self, data: float) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool | Any:
        number = _number(other)
        return NotImplemented if number is None else self.data == number

    def __ne__(self, other: object) -> bool | Any:
        number = _number(other)
        return NotImplemented if number is None else self.data != number

    @overload
    def __lt__(self, other: Scalar | Real) -> bool: ...
    @overload
    def __lt__(self, other: NDArray[Any]) -> NDArray[np.bool_]: ...
    def __lt__(self, other: Any) -> bool | Any:
        number = _number(other)
        return NotImplemented if number is None else self.data < number

    @overload
    def __le__(self, other: Scalar | Real) -> bool: ...
    @overload
    def __le__(self, other: NDArray[Any]) -> NDArray[np.bool_]: ...
    def __le__(self, other: Any) -> bool | Any:
        number = _number(other)
        return NotImplemented if number is None else self.data <= number

    @overload
    def __gt__(self, other: Scalar | Real) -> bool: ...
    @overload
    def __gt__(self, other: NDArray[Any]) -> NDArray[np.bool_]: ...
    def __gt__(self, other: Any) -> bool | Any:
        number = _number(other)
        return NotImplemented if number is None else self.data > number

    @overload
    def __ge__(self, other: Scalar | Real) -> bool: ...
    @overload
    def __ge__(self, other: NDArray[Any]) -> NDArray[np.bool_]: ...
    def __ge__(self, other: Any) -> bool | Any:
        number = _number(other)
        return NotImplemented if number is None else self.data >= number

    def __hash__(self) -> int:
        return id(self) >> 4

    def __xor__(self, other: Any) -> Any:
        raise TypeError(_NO_POWER)

    def __rxor__(self, other: Any) -> Any:
        raise TypeError(_NO_POWER)

    def __floordiv__(self, other: Any) -> Any:
        raise TypeError(_NO_QUOTIENT)

    def __rfloordiv__(self, other: Any) -> Any:
        raise TypeError(_NO_QUOTIENT)

    def __mod__(self, other: Any) -> Any:
        raise TypeError(_NO_REMAINDER)

    def __rmod__(self, other: Any) -> Any:
        raise TypeError(_NO_REMAINDER)

    def __bool__(self) -> bool:
        if being_frozen():
            raise TypeError(_freezes("a truth value"))
        return self.data != 0.0

    # Conversions are refused, as math.sin(v) would silently lose the derivative.

    def __float__(self) -> NoReturn:
        raise TypeError(_refusal(self))

    def __int__(self) -> NoReturn:
        raise TypeError(_refusal(self))

    def __complex__(self) -> NoReturn:
        raise TypeError(_refusal(self))

    def __round__(self, digits: int | None = None) -> NoReturn:
        raise TypeError(_refusal(self))

    def __trunc__(self) -> NoReturn:
        raise TypeError(_refusal(self))

    def as_integer_ratio(self) -> NoReturn:
        """Refuse the conversion, as `float` does: the module `statistics` asks for it.

        Raises:
            TypeError: always; the message says what to write.
        """
        raise TypeError(_refusal(self))

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)


def _refusal(x: Scalar) -> str:
    """Return the message that `x` is not converted to a plain number, with a remedy."""
    name, rule = called_name(), rule_being_recorded()
    if name in _COUNTERPARTS:
        instead = f"ag.{_COUNTERPARTS[name]}, or "
    elif name in METHODS:
        op = METHODS[name]
        instead = f"ag.{op.name}({'v' if op.arity == 1 else '…'}), or "
    else:
        instead = ""
    where = f"the rule of {rule}: " if rule else ""
    of = f" of {name}()" if name else ""
    return (
        f"{where}the argument{of} must be a plain number, got {x!r:.60}, whose derivative would be lost; "
        f"write {instead}v.data for the number alone"
    )


def _freezes(what: str) -> str:
    return (
        f"{being_frozen()} makes {what} of a Value while it is compiled: what follows from it would be frozen for all "
        "inputs; choose with ag.where, ag.maximum or ag.minimum, which stay in the program"
    )


def _number(x: Any) -> float | int | None:
    if being_frozen():
        raise TypeError(_freezes("a decision (a comparison)"))
    if isinstance(x, Scalar):
        return x.data
    if type(x) is int:
        return x  # Python compares it exactly, however large
    return float(x) if is_real(x) else None
