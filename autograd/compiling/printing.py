"""Source code of array programs: the statements that a person would write with NumPy.

An array that is used once is part of the statement that uses it. Variables have the names of the user's labels and
arguments, and the arrays of a layer have their names in the essay (:func:`.lower.name_layers`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import singledispatch
from inspect import getsource
from typing import Any

from numpy.typing import NDArray

from autograd import ops
from autograd.compiling import kernels
from autograd.compiling.codegen import (
    RESERVED,
    Dialect,
    block,
    identifier,
    numpy_name,
    own_name,
    product,
    scatter_statements,
    subscript,
    with_batch,
)
from autograd.compiling.ir import (
    Array,
    Concatenate,
    Contract,
    Exponentials,
    Gather,
    Literal,
    Map,
    Scatter,
    Shape,
    Source,
    Sum,
    arrays_in_order,
    is_scaled_twice,
    is_transposed,
)
from autograd.op import Op
from autograd.symbolic.precedence import ATOM, PRODUCT, SIGN, SUM, Precedence
from autograd.symbolic.printer import Printed
from autograd.symbolic.python import MAX_OPERATIONS_PER_LINE, PythonPrinter, as_shape, as_tuple, listed, number

# A named result of any other operation is an activation, and gets a variable.
_ARITHMETIC = {ops.add, ops.sub, ops.mul, ops.div, ops.pow}


class ProgramPrinter(PythonPrinter[Array]):
    """Prints the statements of a program.

    Args:
        outputs: the results, by the names of their variables.
        sources: the arguments.
        dialect: the names of NumPy's functions.
        dtype: the argument that gives new arrays their type, with a comma before it; "" for float64.

    Attributes:
        lines: the statements.
        constants: the arrays of numbers and of indices that the statements use, by name.
        functions: the names of the functions of :mod:`.kernels` that the statements call, in order.
        scalars: the arrays that are floats of Python.
        written: the name of each variable.
    """

    def __init__(
        self, outputs: Mapping[str, Array], sources: Sequence[Array], dialect: Dialect, dtype: str = ""
    ) -> None:
        self.dialect = dialect
        self.np = dialect.alias
        self.dtype = dtype
        self.lines: list[str] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.functions: list[str] = []
        self.written: dict[Array, str] = {}
        self._taken: Counter[str] = Counter([dialect.alias])
        self._names: dict[tuple[Any, ...], str] = {}
        self._function_names: dict[Op, str | None] = {}
        self.scalars: set[Array] = set()
        order = arrays_in_order(outputs.values())
        self._uses = Counter(operand for x in order for operand in x.operands)
        for x in sources:
            self.written[x] = self._fresh(x.name)
        self._print_batch_size(sources, order)
        self._print_assignments({x: name for name, x in outputs.items()}, order)

    def _print_batch_size(self, sources: Sequence[Array], order: Sequence[Array]) -> None:
        """Print the variable of the batch size, B, if the program needs it."""
        batch = next((x for x in sources if x.batched), None)
        if batch is not None:
            self.lines.append(f"B = len({self.written[batch]})")
        elif any(x.batched or (isinstance(x, Literal) and x.power) for x in order):
            self.lines.append("B = 1")

    def _print_assignments(self, outputs: Mapping[Array, str], order: Sequence[Array]) -> None:
        """Print a statement for each array that needs a variable."""
        # The number of operations in the expression of each array.
        length: dict[Array, int] = {}
        for x in order:
            if isinstance(x, Literal) or (x.operands and not x.batched and self.scalars.issuperset(x.operands)):
                self.scalars.add(x)
            length[x] = 1 + sum(length[operand] for operand in x.operands if operand not in self.written)
            if isinstance(x, Literal) or x in self.written:
                continue
            if x in outputs or self._is_variable(x) or length[x] > MAX_OPERATIONS_PER_LINE:
                # A textbook calls weighted sums and activations z.
                stem = "z" if isinstance(x, (Contract, Map)) else "t"
                name = self._fresh(outputs.get(x) or identifier(x.name) or stem)
                if isinstance(x, Scatter):
                    self.lines += scatter_statements(x, name, self)
                else:
                    self.lines.append(f"{name} = {self.text(x)}")
                self.written[x] = name

    def text(self, node: Array, least: Precedence = SUM) -> str:
        """Print an array: its variable, or an expression, in parentheses if it binds less tightly than `least`."""
        return self.written[node] if node in self.written else super().text(node, least)

    def aligned(self, x: Array, shape: Shape, least: Precedence) -> str:
        """Print an array that is repeated to `shape`, with axes of length 1 for those that it lacks.

        NumPy adds the axes by itself, except behind the axis of the examples.
        """
        missing = len(shape) - len(x.shape)
        if x.batched and missing:
            return f"{self.text(x, ATOM)}[:, {listed(['None'] * missing)}{', ...' if x.shape else ''}]"
        return self.text(x, least)

    def operand(self, node: Array, slot: int, least: Precedence) -> str:
        """Print an operand of an operation on arrays, which are repeated to the shape of the result."""
        return self.aligned(node.operands[slot], node.shape, least)

    def constant(self, numbers: NDArray[Any], letter: str) -> str:
        """Return the name of a constant array; equal arrays have the same."""
        key = numbers.dtype, numbers.shape, numbers.tobytes()
        if key not in self._names:
            self._names[key] = self._fresh(f"{letter}{len(self.constants)}")
            self.constants[self._names[key]] = numbers
        return self._names[key]

    def _is_variable(self, x: Array) -> bool:
        """Return True if an array needs a variable even where its expression is short."""
        if isinstance(x, Source):
            return False
        if isinstance(x, Gather) and isinstance(x.operands[0], Source):
            return bool(x.name)
        activation = isinstance(x, Map) and x.op not in _ARITHMETIC
        return self._uses[x] > 1 or isinstance(x, Scatter) or (activation and bool(x.name))

    def _fresh(self, name: str) -> str:
        """Return a new name for a variable; z and t are numbered, and an underscore tells other names apart."""
        name = identifier(name) or "x"
        if name in ("z", "t"):
            self._taken[name] += 1
            name = f"{name}{self._taken[name]}"
        while name in self._taken or name in RESERVED:
            name += "_"
        self._taken[name] += 1
        return name

    def expression(self, node: Array) -> Printed:
        """Print the expression of an array, whether it has a variable or not."""
        return expression_of(node, self)

    def selection(self, x: Gather, text: str) -> str:
        """Print elements of an array: by slices where they are a block of it, else by their indices."""
        (operand,), batch_axis = x.operands, ":, " if x.batched else ""
        selected = subscript(x.index, operand.shape)
        if selected is not None:
            bracket = f"{batch_axis}{selected}".removesuffix(", ")
            return f"{text}[{bracket}]" if bracket not in ("", ":") else text
        if is_transposed(x):
            text = f"{text}{'.swapaxes(1, 2)' if x.batched else '.T'}"
            flat = listed(("B", x.size) if x.batched else (x.size,))
            return text if len(x.shape) == 2 else f"{text}.reshape({flat})"
        slices = block(x.index, operand.size)
        if slices is not None and slices[:2] == (0, operand.size) and not slices[3]:
            return f"{text}.reshape({listed(with_batch(x.shape, x.batched))})"
        if len(operand.shape) != 1:
            text = f"{text}.reshape({listed(('B', operand.size) if x.batched else (-1,))})"
        if slices is None:
            return f"{text}[{batch_axis}{self.constant(x.index, 'I')}]"
        start, stop, shape, rest = slices
        cut = "" if (start, stop) == (0, operand.size) else f"[{batch_axis}{start or ''}:{stop}]"
        if x.batched:
            rest = rest.replace("[", "[:, ").replace(".T", ".swapaxes(1, 2)")
        return f"{text}{cut}.reshape({listed(with_batch(shape, x.batched))}){rest}"

    def broadcast(self, x: Array, batched: bool) -> str:
        """Print an array, with an axis for the examples if `batched`."""
        text = self.text(x)
        if batched and not x.batched:
            return f"{self.np}.broadcast_to({text}, {as_tuple(('B', *x.shape))})"
        return text

    def sum(self, node: Array) -> Printed:
        """Print a sum or a difference; a negative number is subtracted."""
        right = node.operands[1]
        if node.op is ops.add and isinstance(right, Literal) and right.number < 0.0:
            return f"{self.operand(node, 0, SUM)} - {self.aligned(-right, node.shape, SUM)}", SUM
        return self.infix(node)

    def product(self, node: Array) -> Printed:
        """Print a product; 1/B times something is that divided by B."""
        left = node.operands[0]
        if isinstance(left, Literal) and left.power < 0 and left.number == 1.0:
            return f"{self.operand(node, 1, PRODUCT)} / B", PRODUCT
        if is_scaled_twice(node):
            return f"{self.operand(node, 0, PRODUCT)} * {self.operand(node, 1, SIGN)}", PRODUCT
        return self.infix(node)

    def call(self, node: Array) -> Printed:
        """Print a call of NumPy's function or our own; a user's operation without either is opened."""
        assert node.op is not None
        if self._function(node.op) is None:
            opened = _opened(node)
            return (self.written[opened], ATOM) if opened in self.written else self.expression(opened)
        return super().call(node)

    def function(self, node: Array) -> str:
        """Return the name of the function that computes an operation."""
        assert node.op is not None
        name = self._function(node.op)
        assert name is not None
        return name

    def _function(self, op: Op) -> str | None:
        """Return the function of an operation, NumPy's before a kernel; None without one."""
        if op not in self._function_names:
            name = self.kernel(op.name) if own_name(op) else None
            self._function_names[op] = f"{self.np}.{numpy_name(op)}" if numpy_name(op) else name
        return self._function_names[op]

    def kernel(self, name: str) -> str:
        """Return the name of a function of :mod:`.kernels`; its definition becomes part of the source."""
        if name not in self.functions:
            self.functions.append(name)
            for called in re.findall(r"(?<![\w.])(\w+)\(", getsource(getattr(kernels, name))):
                if called in vars(kernels):
                    self.kernel(called)
        return name


@singledispatch
def expression_of(x: Array, printer: ProgramPrinter) -> Printed:
    """Print the expression of an array, and return its text and precedence."""
    raise TypeError(f"array must have an expression, got {type(x).__name__}")


@expression_of.register
def _literal(x: Literal, printer: ProgramPrinter) -> Printed:
    text = number(x.number)
    if x.power == 1:
        return ("B", ATOM) if x.number == 1.0 else (f"{text} * B", PRODUCT)
    if x.power == -1:
        return f"{text} / B", PRODUCT
    return text, SIGN if text.startswith("-") else ATOM


@expression_of.register
def _constant(x: Source, printer: ProgramPrinter) -> Printed:
    # Arguments are variables from the start.
    assert x.numbers is not None
    return printer.constant(x.numbers, "K"), ATOM


@expression_of.register
def _map(x: Map, printer: ProgramPrinter) -> Printed:
    return printer.operation(x)


@expression_of.register
def _contract(x: Contract, printer: ProgramPrinter) -> Printed:
    return product(x, printer.text, printer.np)


@expression_of.register
def _sum(x: Sum, printer: ProgramPrinter) -> Printed:
    (operand,) = x.operands
    axes = [axis + 1 if operand.batched else axis for axis in x.axes]
    if operand.batched and not x.batched:
        axes = [0, *axes]
    text = printer.text(operand, ATOM)
    if len(axes) == len(with_batch(operand.shape, operand.batched)):
        return f"{text}.sum()", ATOM
    first, *others = axes
    return f"{text}.sum(axis={tuple(axes) if others else first})", ATOM


@expression_of.register
def _exponentials(x: Exponentials, printer: ProgramPrinter) -> Printed:
    (operand,) = x.operands
    return f"{printer.kernel(x.function)}({printer.text(operand)})", ATOM


@expression_of.register
def _concatenate(x: Concatenate, printer: ProgramPrinter) -> Printed:
    parts = [printer.broadcast(operand, x.batched) for operand in x.operands]
    return f"{printer.np}.concatenate([{listed(parts)}], axis=-1)", ATOM


@expression_of.register
def _gather(x: Gather, printer: ProgramPrinter) -> Printed:
    (operand,) = x.operands
    if operand in printer.scalars and not operand.shape:
        # A float of Python has no axes to index.
        return f"{printer.np}.reshape({printer.text(operand)}, {as_shape(x.shape)})", ATOM
    return printer.selection(x, printer.text(operand, ATOM)), ATOM


def _opened(x: Array) -> Array:
    """Return a user's operation as the operations of its forward function."""
    assert x.op is not None
    cause: Exception | None = None
    try:
        result = x.op.forward(*x.operands)
        if isinstance(result, Array):
            return result
    except (TypeError, ValueError, AttributeError) as error:
        cause = error
    raise ValueError(
        f"operation {x.op.name!r} must have a form for arrays, but its forward function takes only floats; write it "
        "with the operations of the package (ag.exp for math.exp, ag.where for if), or declare it with numpy= and the "
        "name of a NumPy function"
    ) from cause
