"""The text of a matrix program: a module with one function, NumPy or JAX."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.compiling.infix import ATOM, INFIX, POWER, SIGN, SUM
from autograd.compiling.ir import Array, Literal, Map, Source, View, is_built_in, is_number, is_scaled_twice
from autograd.compiling.lower import StraightLine
from autograd.compiling.naming import SIGNALS
from autograd.compiling.printing import Printer
from autograd.operation import Op

SPELLED_OUT = 16
"""Arrays of up to so many numbers stand in the text."""

LINES_BETWEEN_SIGNALS = 8


class Module:
    """What computes some arrays.

    Args:
        name: of the function.
        outputs: what it returns, by name.
        sources: what it is given.
        backend: "numpy" or "jax".
        dtype: of all numbers.

    Attributes:
        source: the text.
        constants: the arrays that it names, by name; it spells out the small ones only.
        function: what it computes.
    """

    def __init__(
        self, name: str, outputs: Mapping[str, Array], sources: Sequence[Array], backend: str, dtype: np.dtype[Any]
    ) -> None:
        module, short = ("numpy", "np") if backend == "numpy" else ("jax.numpy", "jnp")
        printer = Printer(outputs, sources, short, "" if dtype == np.float64 else f", {short}.{dtype.name}")
        self.constants = {
            name: numbers.astype(dtype) if numbers.dtype.kind == "f" else numbers
            for name, numbers in printer.constants.items()
        }
        arguments = ", ".join(printer.written[x] for x in sources)
        lines = [*printer.lines, f"return {', '.join(_returned(list(outputs.values()), printer))}"]
        parts = [
            f"import {module} as {short}",
            "\n".join(self._shown(short)),
            printer.header().replace("np.", f"{short}."),
            f"def {name}({arguments}):\n",
        ]
        head = "\n\n\n".join(filter(None, parts))
        self.source = head + _indented(lines)
        self.function = self._executed(name, head + _indented(_interruptible(lines)))
        if backend == "jax":
            self.function = import_module("jax").jit(self.function)

    def _shown(self, short: str) -> list[str]:
        """The constants: in numbers, and as remarks where these are many."""
        small = {name: numbers for name, numbers in self.constants.items() if numbers.size <= SPELLED_OUT}
        return [f"{name} = {_spelled_out(numbers, short)}" for name, numbers in small.items()] + [
            f"# {name}: {numbers.dtype} {numbers.shape}"
            for name, numbers in self.constants.items()
            if name not in small
        ]

    def _executed(self, name: str, text: str) -> Callable[..., Any]:
        space: dict[str, Any] = {**self.constants, SIGNALS: _let_signals_in}
        exec(compile(text, f"<compiled {name}>", "exec"), space)  # our own text; names are identifiers
        space.update(self.constants)
        found: Callable[..., Any] = space[name]
        return found


def _let_signals_in() -> None:
    """Let Python handle signals, as it does when a function is called."""


def _interruptible(lines: Sequence[str]) -> list[str]:
    """Return the lines with a call in each long run of lines without one: Python handles no signals at operators."""
    made: list[str] = []
    count = 0
    for line in lines:
        count = 0 if re.search(r"\w\(", line) else count + 1
        made.append(f"{line}; {SIGNALS}()" if count == LINES_BETWEEN_SIGNALS else line)
        count %= LINES_BETWEEN_SIGNALS
    return made


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def _spelled_out(numbers: NDArray[Any], short: str) -> str:
    return f"{short}.array({re.sub('inf|nan', lambda found: f'{short}.{found[0]}', str(numbers.tolist()))})"


def _returned(outputs: Sequence[Array], printer: Printer) -> Iterator[str]:
    """What is returned: nothing that shares memory with what was given, or with what else is returned."""
    for k, x in enumerate(outputs):
        borrowed = isinstance(x, (Source, View)) or any(x is y for y in outputs[:k])
        if isinstance(x, Literal) and not x.power:
            yield f"{printer.np}.array({printer.text(x, SUM)}{printer.dtype or ', float'})"
        else:
            copied = borrowed and printer.np == "np"
            yield f"{printer.text(x, ATOM)}.copy()" if copied else printer.text(x, SUM)


SPELLED = {
    ops.sigmoid: ("1.0 / (1.0 + {1}(-{0}))", ops.exp),
    ops.sech: ("1.0 / {1}({0})", ops.cosh),
}
"""Operations that are quicker written out than called, and what they call."""
QUICK = {ops.tanh: math.tanh}
"""Functions on floats that are within a few ulp, and quicker than those of the table, which are within 2."""
LONGEST = 4
"""So many operations stand in one line at most, where their results are used once."""


class Lines:
    """The text of a straight-line program.

    Attributes:
        text: the function ``lines(*leaves)``; it returns the results.
        ops: the operations that it calls as functions, and what it calls them: two may have the same name.
    """

    def __init__(self, straight: StraightLine) -> None:
        self.ops: dict[Op, str] = {}
        self.text = self._printed(straight)

    def on_floats(self) -> Callable[..., tuple[float, ...]]:
        """What the text computes, on floats."""
        return self.function({op: QUICK.get(op, op.forward) for op in self.ops})

    def function(self, forms: Mapping[Op, Callable[..., Any]]) -> Callable[..., tuple[Any, ...]]:
        """What the text computes, given functions for the operations: on floats, or on arrays of an element a row."""
        space: dict[str, Any] = {self.ops[op]: form for op, form in forms.items()}
        exec(compile(self.text, "<compiled lines>", "exec"), space)  # our own text; names are made here
        found: Callable[..., tuple[Any, ...]] = space["lines"]
        return found

    def _printed(self, straight: StraightLine) -> str:
        uses = Counter(operand for x in straight.steps for operand in x.operands)
        uses.update(straight.results)
        uses.update(x.operands[0] for x in straight.steps if is_square(x))  # which is written twice
        given = [*straight.shared, *straight.each]
        text: dict[Array, tuple[str, int, int]] = {leaf: (leaf.name, ATOM, 0) for leaf in given}
        lines: list[str] = []
        for x in straight.steps:
            if isinstance(x, Literal):
                text[x] = (repr(x.number), SIGN if x.number < 0 else ATOM, 0)
                if not -1e308 < x.number < 1e308:
                    text[x] = (f"float('{x.number}')", ATOM, 0)
            elif isinstance(x, Map):
                expression, binding = self._expression(x, text)
                length = 1 + sum(text[operand][2] for operand in x.operands)
                if uses[x] > 1 or length > LONGEST:
                    lines.append(f"    v{len(lines)} = {expression}")
                    text[x] = f"v{len(lines) - 1}", ATOM, 0
                else:
                    text[x] = expression, binding, length
        lines.append(f"    return ({', '.join(text[x][0] for x in straight.results)},)")
        return "\n".join([f"def lines({', '.join(leaf.name for leaf in given)}):", *lines])

    def _expression(self, x: Map, text: dict[Array, tuple[str, int, int]]) -> tuple[str, int]:
        def shown(operand: Array, least: int) -> str:
            expression, binding, _ = text[operand]
            return expression if binding >= least else f"({expression})"

        xs = x.operands
        if is_square(x):
            return f"{shown(xs[0], ATOM)} * {shown(xs[0], ATOM)}", INFIX[ops.mul][1]
        if x.op in SPELLED:
            spelled, used = SPELLED[x.op]
            return spelled.format(shown(xs[0], POWER), self._called(used)), INFIX[ops.div][1]
        if x.op in INFIX and x.op is not ops.pow:
            sign, binding = INFIX[x.op]
            strict = binding if x.op in (ops.add, ops.mul) and not is_scaled_twice(x) else binding + 1
            return f"{shown(xs[0], binding)}{sign}{shown(xs[1], strict)}", binding
        if x.op is ops.neg:
            return f"-{shown(xs[0], POWER)}", SIGN
        return f"{self._called(x.op)}({', '.join(shown(operand, SUM) for operand in xs)})", ATOM

    def _called(self, op: Op) -> str:
        return self.ops.setdefault(op, f"f{len(self.ops)}")


def is_square(x: Array) -> bool:
    """Whether it is the square of something, which a product gives quicker."""
    return isinstance(x, Map) and x.op is ops.pow and is_number(x.operands[1], 2.0)


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
