"""The text of a matrix program: a module with one function, NumPy or JAX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiling.infix import ATOM, SUM
from autograd.compiling.ir import Array, Literal, Source, View
from autograd.compiling.naming import SIGNALS
from autograd.compiling.printing import Printer

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
