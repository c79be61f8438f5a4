"""Backends: the targets that programs are lowered to, all in one table.

A backend of arrays runs an `ArrayProgram`, and users choose it by its name in the table.  A backend of scalars runs a
`ScalarProgram` for one example after the other; a call goes there where it is estimated to be faster.
To add a backend, subclass `ArrayBackend` or `ScalarBackend` and enter an instance into `BACKENDS`.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import ops
from autograd.compiling.codegen import SIGNALS, Dialect, definitions, numpy_function
from autograd.compiling.ir import Array, Gather, Literal, Map, Source, is_built_in, is_scaled_twice, is_square
from autograd.compiling.lower import ArrayProgram, ScalarProgram
from autograd.compiling.printing import ProgramPrinter
from autograd.op import Op
from autograd.symbolic.precedence import ATOM, POWER, PRODUCT, SIGN, SUM
from autograd.symbolic.printer import Printed
from autograd.symbolic.python import PythonPrinter

try:
    from autograd.compiling.tape import CODES, WIDE, Tape
except ImportError:  # there was no C compiler when this was installed
    CODES, WIDE = {}, 0

HAS_TAPES = bool(CODES)

Row = NDArray[np.float64]

# Approximate seconds per step on arrays, and per element of a step.
SECONDS_PER_STEP, SECONDS_PER_ELEMENT = 1e-6, 2e-9


@dataclass(frozen=True)
class Executable:
    """A program that runs.

    Attributes:
        function: for a program on arrays, from its sources to its output or a tuple of them; for one on scalars, from
            the shared numbers and a row of numbers for each example to a row of results for each.
        source: its text, "" if it has none.
        constants: the arrays that the text names; it spells out the small ones only.
    """

    function: Callable[..., Any]
    source: str = ""
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)


class ArrayBackend(ABC):
    """A backend for programs on arrays.

    Attributes:
        on_host: whether its arrays are NumPy's.  Calls with such arrays then skip conversions, results are checked
            for nan, and programs on scalars may take over.
        namespace: the name of the module with NumPy's functions on its arrays.
    """

    on_host = True
    namespace = "numpy"

    @abstractmethod
    def lower(self, program: ArrayProgram, dtype: np.dtype[Any]) -> Executable:
        """Return the executable form of the program, with numbers of that type."""

    def require(self, dtype: np.dtype[Any]) -> None:  # noqa: B027 (most backends need nothing)
        """Check that the backend is installed and computes with that type.

        Raises:
            ImportError: it is not installed.
            ValueError: it does not compute with that type.
        """

    def asarray(self, x: Any, dtype: np.dtype[Any]) -> Any:
        """Return `x` as an array of the backend."""
        return self._module.asarray(x, dtype)

    def stack(self, arrays: Sequence[Any], axis: int) -> Any:
        """Return arrays of the backend stacked along a new axis."""
        return self._module.stack(arrays, axis)

    @cached_property
    def _module(self) -> Any:
        # Imported when it is first needed: the backend may not be installed.
        return import_module(self.namespace)

    def seconds(self, steps: int, elements: float) -> float:
        """Estimate the seconds for `steps` steps on `elements` elements in total."""
        return SECONDS_PER_STEP * steps + SECONDS_PER_ELEMENT * elements


class ScalarBackend(ABC):
    """A backend for programs on scalars, which are floats."""

    @abstractmethod
    def lower(self, program: ScalarProgram, dtype: np.dtype[Any]) -> Executable:
        """Return the executable form of the program, with numbers of that type."""

    @abstractmethod
    def seconds(self, operations: int, examples: int) -> float:
        """Estimate the seconds for `operations` operations on `examples` examples; inf if there are too many."""


# --- NumPy and JAX: generated modules

# Longer arrays are not spelled out in the source, because they would hide the program.
MAX_NUMBERS_SPELLED_OUT = 16
# Python handles signals at calls and not at operators, so without a call Ctrl-C would wait for the function's end.
LINES_BETWEEN_SIGNALS = 8


class GeneratedModule(ArrayBackend):
    """Emits a program as a Python module with one function.

    Args:
        dialect: the names of NumPy's functions in it.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.namespace = dialect.module

    def lower(self, program: ArrayProgram, dtype: np.dtype[Any]) -> Executable:
        """Return the module's function, source and constants."""
        alias = self.dialect.alias
        name = f"{program.name}_" if program.name == alias else program.name
        dtype_argument = "" if dtype == np.float64 else f", {alias}.{dtype.name}"
        printer = ProgramPrinter(program.outputs, program.sources, self.dialect, dtype_argument)
        constants = {
            name: numbers.astype(dtype) if numbers.dtype.kind == "f" else numbers
            for name, numbers in printer.constants.items()
        }
        arguments = ", ".join(printer.written[x] for x in program.sources)
        lines = [*printer.lines, f"return {', '.join(_returned(list(program.outputs.values()), printer))}"]
        parts = [
            f"import {self.dialect.module} as {alias}",
            "\n".join(_shown(constants, alias)),
            definitions(printer.functions, alias),
            f"def {name}({arguments}):\n",
        ]
        head = "\n\n\n".join(filter(None, parts))
        function = _executed(name, head + _indented(_interruptible(lines)), constants)
        return Executable(self.finish(function), head + _indented(lines), constants)

    def finish(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as calls run it."""
        return function


class Jax(GeneratedModule):
    """Emits a module for JAX, which compiles its function by `jax.jit`."""

    on_host = False

    def __init__(self) -> None:
        super().__init__(Dialect("jax.numpy", "jnp", mutable=False))

    def require(self, dtype: np.dtype[Any]) -> None:
        """Check that JAX is installed, and set to float64 if that is requested."""
        try:
            jax = import_module("jax")
        except ImportError as error:
            raise ImportError('backend="jax" needs JAX: pip install jax') from error
        if dtype == np.float64 and not jax.config.jax_enable_x64:
            raise ValueError(
                'JAX computes in float32 by default; call jax.config.update("jax_enable_x64", True) before anything '
                'else, or ag.compile(…, dtype="float32")'
            )

    def finish(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function under `jax.jit`."""
        compiled: Callable[..., Any] = import_module("jax").jit(function)
        return compiled


def _shown(constants: Mapping[str, NDArray[Any]], alias: str) -> list[str]:
    """Return the definitions of small constants, and comments on the others."""
    small = {name: numbers for name, numbers in constants.items() if numbers.size <= MAX_NUMBERS_SPELLED_OUT}
    return [f"{name} = {_spelled_out(numbers, alias)}" for name, numbers in small.items()] + [
        f"# {name}: {numbers.dtype} {numbers.shape}" for name, numbers in constants.items() if name not in small
    ]


def _spelled_out(numbers: NDArray[Any], alias: str) -> str:
    return f"{alias}.array({re.sub('inf|nan', lambda match: f'{alias}.{match[0]}', str(numbers.tolist()))})"


def _executed(name: str, text: str, constants: Mapping[str, NDArray[Any]]) -> Callable[..., Any]:
    """Return the function that the text defines."""
    space: dict[str, Any] = {**constants, SIGNALS: _let_signals_in}
    exec(compile(text, f"<compiled {name}>", "exec"), space)  # our own text; names are identifiers
    space.update(constants)  # the exact arrays, in place of those that the text spells out
    function: Callable[..., Any] = space[name]
    return function


def _let_signals_in() -> None:
    """Let Python handle signals, as it does when a function is called."""


def _interruptible(lines: Sequence[str]) -> list[str]:
    """Return the lines with a call in each long run of lines without one, as Python handles no signals at operators."""
    made: list[str] = []
    count = 0
    for line in lines:
        count = 0 if re.search(r"\w\(", line) else count + 1
        made.append(f"{line}; {SIGNALS}()" if count == LINES_BETWEEN_SIGNALS else line)
        count %= LINES_BETWEEN_SIGNALS
    return made


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def _returned(outputs: Sequence[Array], printer: ProgramPrinter) -> Iterator[str]:
    """Yield the expressions to return, none of which shares memory with an argument or another one."""
    for k, x in enumerate(outputs):
        borrowed = isinstance(x, (Source, Gather)) or any(x is y for y in outputs[:k])
        if isinstance(x, Literal) and not x.power:
            yield f"{printer.np}.array({printer.text(x, SUM)}{printer.dtype or ', float'})"
        elif borrowed and printer.dialect.mutable:
            yield f"{printer.text(x, ATOM)}.copy()"
        else:
            yield printer.text(x, SUM)


# --- lines of Python

# Approximate seconds per operation on floats in Python, per operation on columns, and per element of a column.
SECONDS_PER_LINE, SECONDS_PER_COLUMN, SECONDS_PER_COLUMN_ELEMENT = 1.5e-8, 2e-7, 1e-9
# Each operation takes some 10 µs to emit, and more for Python to read.
MAX_OPERATIONS_IN_PYTHON = 100_000
# With more examples an operation on columns takes less time than one on the floats of each example.
MAX_EXAMPLES_ON_FLOATS = 10
# Examples per chunk: its columns fit into the processor's cache, and the result of each operation is kept.
EXAMPLES_AT_ONCE = 8192
# Operations in one expression, where each result is used once.
MAX_OPERATIONS_PER_EXPRESSION = 4
# Operations that are faster inlined than called: a template, and the function that it calls.
SPELLED_OUT = {
    ops.sigmoid: ("1.0 / (1.0 + {1}(-{0}))", ops.exp),
    ops.sech: ("1.0 / {1}({0})", ops.cosh),
}
# Functions on floats that are accurate to a few ulp and faster than those of the table, which are accurate to 2.
FASTER_FUNCTIONS = {ops.tanh: math.tanh}


class Lines(ScalarBackend):
    """Emits lines of Python: they run on floats, or for many examples on columns of floats."""

    def lower(self, program: ScalarProgram, dtype: np.dtype[Any]) -> Executable:
        """Return a function that runs the lines."""
        text = LinesOfPython(program)
        return Executable(text.run, text.source)

    def seconds(self, operations: int, examples: int) -> float:
        """Estimate the time of the faster way, on floats or on columns."""
        if operations > MAX_OPERATIONS_IN_PYTHON:
            return math.inf
        on_floats = SECONDS_PER_LINE * examples
        return min(on_floats, SECONDS_PER_COLUMN + SECONDS_PER_COLUMN_ELEMENT * examples) * operations


class LinesOfPython(PythonPrinter[Array]):
    """A program on scalars as a Python function.

    Attributes:
        source: the function ``lines(*leaves)``, which returns the results.
        names: the name in the source of each operation that it calls: two operations may be called the same.
    """

    def __init__(self, program: ScalarProgram) -> None:
        self.names: dict[Op, str] = {}
        self._text: dict[Array, Printed] = {}
        self.results = len(program.results)
        self.source = self._printed(program)

    def run(self, shared: Row, rows: Row) -> Row:
        """Return a row of results for each row of numbers."""
        P = shared.tolist()
        if len(rows) <= MAX_EXAMPLES_ON_FLOATS or self.on_columns is None:
            return np.array([self.on_floats(*P, *row) for row in rows.tolist()])
        results = np.empty((len(rows), self.results))
        # Python handles signals between these calls, and not between operators.
        for start in range(0, len(rows), EXAMPLES_AT_ONCE):
            chunk = slice(start, start + EXAMPLES_AT_ONCE)
            for k, column in enumerate(self.on_columns(*P, *np.ascontiguousarray(rows[chunk].T))):
                results[chunk, k] = column
        return results

    @cached_property
    def on_floats(self) -> Callable[..., tuple[float, ...]]:
        """The function on the floats of one example."""
        return self.linked({op: FASTER_FUNCTIONS.get(op, op.forward) for op in self.names})

    @cached_property
    def on_columns(self) -> Callable[..., tuple[Any, ...]] | None:
        """The function on a column of floats for each leaf, None if an operation has no function on arrays."""
        functions = {op: numpy_function(op) for op in self.names}
        return None if None in functions.values() else self.linked({op: f for op, f in functions.items() if f})

    def linked(self, functions: Mapping[Op, Callable[..., Any]]) -> Callable[..., tuple[Any, ...]]:
        """Return the function that the source defines, with these functions for the operations that it calls."""
        space: dict[str, Any] = {self.names[op]: function for op, function in functions.items()}
        exec(compile(self.source, "<compiled lines>", "exec"), space)  # our own text; names are made here
        lines: Callable[..., tuple[Any, ...]] = space["lines"]
        return lines

    def _printed(self, program: ScalarProgram) -> str:
        uses = Counter(operand for x in program.steps for operand in x.operands)
        uses.update(program.results)
        uses.update(x.operands[0] for x in program.operations if is_square(x))  # which is written twice
        leaves = [*program.shared, *program.each]
        self._text = {leaf: (leaf.name, ATOM) for leaf in leaves}
        self._text |= {x: _literal(x.number) for x in program.literals}
        # The number of operations in the text of each result that is used once.
        length: dict[Array, int] = {}
        lines: list[str] = []
        for x in program.operations:
            text = self.operation(x)
            count = 1 + sum(length.get(operand, 0) for operand in x.operands)
            if uses[x] > 1 or count > MAX_OPERATIONS_PER_EXPRESSION:
                self._text[x] = f"v{len(lines)}", ATOM
                lines.append(f"    v{len(lines)} = {text[0]}")
            else:
                self._text[x], length[x] = text, count
        lines.append(f"    return ({', '.join(self._text[x][0] for x in program.results)},)")
        return "\n".join([f"def lines({', '.join(leaf.name for leaf in leaves)}):", *lines])

    def expression(self, node: Array) -> Printed:
        """Return the text of an operand, which was printed before."""
        return self._text[node]

    def product(self, node: Array) -> Printed:
        """Print a product; two numbers stay apart if their product might over- or underflow."""
        if is_scaled_twice(node):
            return f"{self.operand(node, 0, PRODUCT)} * {self.operand(node, 1, SIGN)}", PRODUCT
        return self.infix(node)

    def power(self, node: Array) -> Printed:
        """Print a square as a product, which is faster, and any other power as a call."""
        # Python's ** returns complex numbers for some negative bases.
        if is_square(node):
            return f"{self.operand(node, 0, ATOM)} * {self.operand(node, 0, ATOM)}", PRODUCT
        return self.call(node)

    def call(self, node: Array) -> Printed:
        """Print a call, or the operation spelled out."""
        if node.op in SPELLED_OUT:
            template, called = SPELLED_OUT[node.op]
            return template.format(self.operand(node, 0, POWER), self._called(called)), PRODUCT
        return super().call(node)

    def function(self, node: Array) -> str:
        """Return the name of the function of an operation."""
        assert node.op is not None
        return self._called(node.op)

    def _called(self, op: Op) -> str:
        return self.names.setdefault(op, f"f{len(self.names)}")


def _literal(number: float) -> Printed:
    # Python has no literals of inf and nan.
    if not -1e308 < number < 1e308:
        return f"float('{number}')", ATOM
    return repr(number), SIGN if number < 0 else ATOM


# --- tapes in C

# Approximate seconds per instruction: for a single example, and per example if several run side by side.
SECONDS_PER_INSTRUCTION, SECONDS_PER_SHARED_INSTRUCTION = 3e-9, 1e-9
# Each operation takes some 10 µs to encode.
MAX_OPERATIONS_ON_TAPE = 1_000_000


class CTape(ScalarBackend):
    """Encodes instructions on registers, which `tape.c` runs where it has been built."""

    def lower(self, program: ScalarProgram, dtype: np.dtype[Any]) -> Executable:
        """Return a function that runs the tape."""
        run, count = TapeEncoder(program).tape.run, len(program.results)

        def function(shared: Row, rows: Row) -> Row:
            results = np.empty((len(rows), count))
            run(shared, rows, results)
            return results

        return Executable(function)

    def seconds(self, operations: int, examples: int) -> float:
        """Estimate the time, which is shorter where examples are side by side."""
        if not HAS_TAPES or operations > MAX_OPERATIONS_ON_TAPE:
            return math.inf
        each = SECONDS_PER_INSTRUCTION if examples < WIDE else SECONDS_PER_SHARED_INSTRUCTION
        return each * operations * examples


class TapeEncoder:
    """Encodes a program on scalars as a tape.

    A register whose number is read for the last time is the next to be written to, so that few are in use and the
    processor's cache holds them.

    Attributes:
        tape: the tape.
        registers: the number of its registers.
    """

    def __init__(self, program: ScalarProgram) -> None:
        leaves = [*program.shared, *program.each]
        given: list[Array] = [*program.literals, *leaves]
        self.registers = len(given)
        self._code: list[int] = []
        self._functions: list[Callable[..., float]] = []
        self._register: dict[Array, int] = {x: k for k, x in enumerate(given)}
        self._free: list[int] = []
        self._columns: dict[Array, list[int]] = {}
        for column, x in enumerate(program.results):
            self._columns.setdefault(x, []).append(column)
        for x in given:
            self._store(x)
        self._encode(program.operations)
        self.tape = Tape(
            np.array(self._code, np.int32),
            np.array([x.number for x in program.literals]),
            shared=len(program.shared),
            inputs=len(program.each),
            results=len(program.results),
            registers=self.registers,
            functions=tuple(self._functions),
        )

    def _encode(self, operations: Sequence[Map]) -> None:
        last = {operand: k for k, x in enumerate(operations) for operand in x.operands}
        first = self.registers  # those before it hold numbers and arguments, and are not written to
        for k, x in enumerate(operations):
            if self._free:
                register = self._free.pop()
            else:
                register, self.registers = self.registers, self.registers + 1
            self._register[x] = register
            self._code += self._instruction(x, register, [self._register[operand] for operand in x.operands])
            self._store(x)
            self._free += {self._register[y] for y in x.operands if last[y] == k and self._register[y] >= first}
            if x not in last:
                self._free.append(register)

    def _store(self, x: Array) -> None:
        """Encode the instruction that stores a result."""
        for column in self._columns.get(x, ()):
            self._code += CODES["store"], self._register[x], column

    def _instruction(self, x: Map, to: int, operands: Sequence[int]) -> Sequence[int]:
        if is_square(x):
            return CODES["mul"], to, operands[0], operands[0]
        if _has_code(x.op, len(operands)):
            return CODES[x.op.name], to, *operands
        if x.op.forward not in self._functions:
            self._functions.append(x.op.forward)
        return CODES["call"], to, self._functions.index(x.op.forward), len(operands), *operands


def _has_code(op: Op, operands: int) -> bool:
    """Return True if the tape has the operation; of one on any number of operands it has the form with two."""
    return op.name in CODES and is_built_in(op) and operands == (op.arity or 2)


# --- the table

BACKENDS: dict[str, ArrayBackend | ScalarBackend] = {
    "numpy": GeneratedModule(Dialect("numpy", "np")),
    "jax": Jax(),
    "tape": CTape(),
    "lines": Lines(),
}
DEFAULT_BACKEND = "numpy"


def array_backend(name: str) -> ArrayBackend:
    """Return the backend of arrays under that name.

    Raises:
        ValueError: there is none.
    """
    backend = BACKENDS.get(name) if isinstance(name, str) else None
    if not isinstance(backend, ArrayBackend):
        names = [key for key, entry in BACKENDS.items() if isinstance(entry, ArrayBackend)]
        raise ValueError(f"backend must be one of {', '.join(names)}, got {name!r}")
    return backend


def fastest_scalar_backend(operations: int, examples: int) -> tuple[ScalarBackend | None, float]:
    """Return the backend of scalars with the shortest estimated time, and that; None if it is infinite."""
    fastest, least = None, math.inf
    for backend in BACKENDS.values():
        if isinstance(backend, ScalarBackend):
            seconds = backend.seconds(operations, examples)
            if seconds < least:
                fastest, least = backend, seconds
    return fastest, least
