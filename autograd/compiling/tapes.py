"""Straight lines as a tape: instructions on registers, which `tape.c` runs where it has been built."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from autograd.compiling.arrays import Array, Literal, Map
from autograd.compiling.forms import is_built_in
from autograd.compiling.lines import is_square
from autograd.compiling.straight import StraightLine
from autograd.op import Op

__all__ = ["HAS_TAPES", "WIDE", "Recorder"]

try:
    from autograd.compiling.tape import CODES, WIDE, Tape
except ImportError:  # there was no C compiler when this was installed
    CODES, WIDE = {}, 0

HAS_TAPES = bool(CODES)
"""Whether there is a machine for tapes."""


class Recorder:
    """Writes straight lines down as a tape.

    A register whose number is read for the last time is the next to be written to, so that few are in use and the
    processor's cache holds them.
    """

    def __init__(self, straight: StraightLine) -> None:
        literals = [x for x in straight.steps if isinstance(x, Literal)]
        leaves = [*straight.shared, *straight.each]
        self._code: list[int] = []
        self._functions: list[Callable[..., float]] = []
        self._registers: dict[Array, int] = {x: k for k, x in enumerate([*literals, *leaves])}
        self._free: list[int] = []
        self._used = len(self._registers)
        self._places: dict[Array, list[int]] = {}
        for place, x in enumerate(straight.results):
            self._places.setdefault(x, []).append(place)
        for x in [*literals, *leaves]:
            self._store(x)
        self._record([x for x in straight.steps if isinstance(x, Map)])
        self.tape = Tape(
            np.array(self._code, np.int32),
            np.array([x.number for x in literals]),
            shared=len(straight.shared),
            inputs=len(straight.each),
            results=len(straight.results),
            registers=self._used,
            functions=tuple(self._functions),
        )

    def _record(self, steps: Sequence[Map]) -> None:
        last = {operand: k for k, x in enumerate(steps) for operand in x.operands}
        for k, x in enumerate(steps):
            if self._free:
                register = self._free.pop()
            else:
                register, self._used = self._used, self._used + 1
            self._registers[x] = register
            self._code += self._instruction(x, register, [self._registers[operand] for operand in x.operands])
            self._store(x)
            self._free += {self._registers[y] for y in x.operands if last[y] == k and isinstance(y, Map)}
            if x not in last:
                self._free.append(register)

    def _store(self, x: Array) -> None:
        for place in self._places.get(x, ()):
            self._code += CODES["store"], self._registers[x], place

    def _instruction(self, x: Map, to: int, operands: Sequence[int]) -> Sequence[int]:
        if is_square(x):
            return CODES["mul"], to, operands[0], operands[0]
        if _has_code(x.op, len(operands)):
            return CODES[x.op.name], to, *operands
        if x.op.forward not in self._functions:
            self._functions.append(x.op.forward)
        return CODES["call"], to, self._functions.index(x.op.forward), len(operands), *operands


def _has_code(op: Op, operands: int) -> bool:
    """Whether the machine has the operation; of those on any number of operands it has the form with two."""
    return op.name in CODES and is_built_in(op) and operands == (op.arity or 2)
