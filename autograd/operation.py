"""What an operation is: its value and its partial derivatives.

The table of operations is in :mod:`autograd.ops`; this module says what one entry holds and how it is
called.  An `Op` knows nothing of graphs: called on floats it computes, and called on anything that has an
``__operation__`` method (as a `Value` has) it hands itself over, so that one rule serves numbers, graphs
and formulas.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from autograd.domains import REAL, DomainError, Interval, PoleError
from autograd.modes import is_quiet, quiet
from autograd.native import mypyc_attr
from autograd.reals import elementwise, real


def smooth(*operands: float) -> float:
    """The branch of an operation that has one piece."""
    return 0.0


def filled(template: str, operands: Sequence[str]) -> tuple[str, bool]:
    """Fill operands into the symbol of an operation; false beside it if it is the name alone.

    >>> filled("|{0}|", ["x"]), filled("J_{{0}}", ["x"])
    (('|x|', True), ('J_{0}', False))
    """
    is_whole = "{0}" in template.replace("{{", "")
    return template.format(*(operands if is_whole else ())), is_whole


@mypyc_attr(acyclic=True)
class Operand:
    """The base of Value, so that compiled code finds the method without a look-up: relu takes half the time."""

    __slots__ = ()

    def __operation__(self, op: Op, operands: tuple[Any, ...]) -> Any:
        """What `op` gives for `operands`, this among them."""
        raise NotImplementedError

    def __dot__(self, weights: tuple[Any, ...], inputs: tuple[Any, ...], bias: tuple[Any, ...]) -> Any:
        """What `dot` gives for operands in parts: they may be hundreds, and are not copied."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False, repr=False)
class Op:
    r"""One operation: what it is called, what it computes, and how that changes with each operand.

    Make one with `operation`, which also enters it into the table.

    Attributes:
        name: what it is called, everywhere.
        forward: floats to float.  Where there is no value it raises ValueError or ZeroDivisionError, as `math` does;
            where the value is too large it raises OverflowError or returns inf.
        partials: ``partials(*operands, result)``, straight-line: one partial for one operand, else a tuple of them.
        arity: number of operands; None for any number, and then `partials` takes the result as the keyword ``z``.
        domain: where each operand may lie (one entry serves all operands); tests and checks sample from it.
        requires: the domain in words, where the intervals do not say it all.
        written: the partials as a textbook writes them, where that differs from what is computed.
        symbol: how the name is written in a formula ("S" for sigmoid), or with ``{0}`` the whole application; other
            braces are doubled, as in ``\mathcal{{K}}``.
        latex: the same in LaTeX.
        numpy: NumPy's name for it: gives IEEE results where `forward` raises, and a second method name on a Value.
        defaults: values of the last operands, for calls that leave them out.
        branch: a label of the smooth piece that the operands lie on; where it changes there is a kink or a jump.
    """

    name: str
    forward: Callable[..., Any]
    partials: Callable[..., Any]
    arity: int | None
    domain: tuple[Interval, ...] = (REAL,)
    requires: str = ""
    written: Callable[..., Any] | None = None
    symbol: str = ""
    latex: str = ""
    numpy: str = ""
    branch: Callable[..., float] = smooth
    defaults: tuple[float, ...] = ()
    numeric: Callable[..., Any] = field(init=False)
    """`partials` for floats alone: see `seal`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "numeric", self.partials)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __call__(self, *operands: Any) -> Any:
        """The value: a float for numbers, a Value if any operand is one, elementwise for arrays."""
        return self.apply(operands)

    def apply(self, operands: tuple[Any, ...]) -> Any:
        """The same for operands in a tuple."""
        if self.arity is None or len(operands) != self.arity:
            operands = self._completed(operands)
        for x in operands:
            if isinstance(x, Operand):
                return x.__operation__(self, operands)
            if type(x) is not float:
                return self._dispatch(operands)
        return self.value(*operands)

    @property
    def __signature__(self) -> inspect.Signature:
        """What `help` shows: the operands as the rule names them."""
        names = list(inspect.signature(self.partials).parameters.values())[:-1]
        for i, default in enumerate(reversed(self.defaults), 1):
            names[-i] = names[-i].replace(default=default)
        return inspect.Signature(names)

    def _dispatch(self, operands: tuple[Any, ...]) -> Any:
        for x in operands:
            if hasattr(type(x), "__operation__"):
                return x.__operation__(self, operands)
        for x in operands:
            if isinstance(x, np.ndarray) and x.ndim:
                return elementwise(self, operands)
        result: Any = self.value(*[real(x, f"{self.name}()") for x in operands])
        for x in operands:
            if isinstance(x, np.float64):
                return np.float64(result)
        return result

    def _completed(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """`operands`, and the defaults of those that are left out."""
        given = len(operands)
        if self.arity is None:
            if given == 0:
                raise TypeError(f"{self.name}() takes at least 1 operand, got 0")
            return operands
        missing = self.arity - given
        if given > 0 and 0 < missing <= len(self.defaults):
            return (*operands, *self.defaults[len(self.defaults) - missing :])
        least = self.arity - len(self.defaults)
        wants = f"{'at least ' if self.defaults else ''}{least} operand{'s' * (least != 1)}"
        raise TypeError(f"{self.name}() takes {wants}, got {given}")

    def value(self, *operands: float) -> float:
        """The value on floats; raises DomainError where there is none, inf where it is too large."""
        try:
            z = self.forward(*operands)
        except OverflowError as error:
            return self._ieee(operands, error)
        except (ValueError, ZeroDivisionError) as error:
            if is_quiet():
                return self._ieee(operands, error)
            self.outside_domain(operands, error)
        return z if type(z) is float else real(z, f"the result of {self.name}")

    def slopes(self, operands: Sequence[float], z: float) -> tuple[float, ...]:
        """The partials on floats, one for each operand, given the result `z`; inf or nan where a rule divides by 0."""
        try:
            partials = self._put(self.numeric, operands, z)
        except (ArithmeticError, ValueError):
            with quiet():
                boxed: list[Any] = [np.float64(x) for x in operands]
                partials = self.rule(boxed, np.float64(z))
        return tuple([p if type(p) is float else real(p, f"a partial of {self.name}") for p in partials])

    def rule(self, operands: Sequence[Any], z: Any, written: bool = False) -> tuple[Any, ...]:
        """The partials on anything the rule can be put to: floats, Values, formulas."""
        return self._put(self.written if written and self.written is not None else self.partials, operands, z)

    def _put(self, rule: Callable[..., Any], operands: Sequence[Any], z: Any) -> tuple[Any, ...]:
        given = rule(*operands, z=z) if self.arity is None else rule(*operands, z)
        partials: tuple[Any, ...] = tuple(given) if isinstance(given, (tuple, list)) else (given,)
        if len(partials) != len(operands):
            raise TypeError(f"the rule of {self.name} gave {len(partials)} partials for {len(operands)} operands")
        return partials

    def outside_domain(
        self, operands: Sequence[float], cause: BaseException | None, names: Sequence[str] = ()
    ) -> NoReturn:
        """Raise the DomainError that names the operation, the operands and what was expected of them."""
        shown = [
            f"{name} = {x!r}" if name else repr(x)
            for name, x in zip(names or [""] * len(operands), operands, strict=True)
        ]
        kind = PoleError if isinstance(cause, ZeroDivisionError) else DomainError
        raise kind(f"{self.name}({', '.join(shown)}) has no real value; it needs {self.needs()}") from cause

    def needs(self) -> str:
        """What the operands must satisfy, in words."""
        return self.requires or " and ".join(
            str(interval).replace("x", "xyuvw"[i] if self.arity != 1 else "x", 1)
            for i, interval in enumerate(self.domain)
        )

    def _ieee(self, operands: tuple[float, ...], error: Exception) -> float:
        if not self.numpy:
            if isinstance(error, OverflowError):
                raise OverflowError(f"{self.name}({', '.join(map(repr, operands))}) is too large: {error}") from error
            return math.nan
        with np.errstate(all="ignore"):
            return float(getattr(np, self.numpy)(*operands))
