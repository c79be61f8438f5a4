"""A program as the NumPy that a person would write, or the same for JAX.

Steps that are used once stand inside the line that uses them; names are those of the user's labels and arguments, and
those of the essay for layers (:mod:`.naming`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from inspect import getsource
from typing import Any

from numpy.typing import NDArray

from autograd import ops
from autograd.compiling import functions
from autograd.compiling.arrays import (
    Array,
    Assemble,
    Contract,
    Exponentials,
    Join,
    Literal,
    Map,
    Shape,
    Source,
    Sum,
    View,
    arrays_in_order,
    is_scaled_twice,
)
from autograd.compiling.assembling import assembly
from autograd.compiling.forms import numpy_name, own_name
from autograd.compiling.infix import ATOM, INFIX, LONGEST, POWER, PRODUCT, SIGN, SUM, as_shape, as_tuple, listed
from autograd.compiling.naming import RESERVED, identifier
from autograd.compiling.products import product
from autograd.compiling.views import block, subscript
from autograd.op import Op


class Printer:
    """The lines of a program.

    Args:
        outputs: what is returned, by the name that it gets.
        sources: what is given.
        np: the name of the module with NumPy's functions.
        dtype: what is said of the type of a new array.

    Attributes:
        lines: the statements.
        constants: the arrays of numbers and of indices that they use, by name.
        functions: the names of the functions of :mod:`.functions` that they use, in order.
        written: the name of each variable.
    """

    def __init__(self, outputs: Mapping[str, Array], sources: Sequence[Array], np: str = "np", dtype: str = "") -> None:
        self.np = np
        self.dtype = dtype
        self.lines: list[str] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.functions: list[str] = []
        self.written: dict[Array, str] = {}
        self._taken: Counter[str] = Counter()
        self._names: dict[tuple[Any, ...], str] = {}
        self._numbers: set[Array] = set()
        order = arrays_in_order(outputs.values())
        self._uses = Counter(operand for x in order for operand in x.operands)
        for x in sources:
            self.written[x] = self._fresh(x.name)
        batch = next((x for x in sources if x.batched), None)
        if batch is not None:
            self.lines.append(f"B = len({self.written[batch]})")
        elif any(x.batched or (isinstance(x, Literal) and x.power) for x in order):
            self.lines.append("B = 1")
        given = {x: name for name, x in outputs.items()}
        length: dict[Array, int] = {}
        for x in order:
            if isinstance(x, Literal) or (x.operands and not x.batched and self._numbers.issuperset(x.operands)):
                self._numbers.add(x)
            length[x] = 1 + sum(length[operand] for operand in x.operands if operand not in self.written)
            if isinstance(x, Literal) or x in self.written:
                continue
            if x in given or self._is_variable(x) or length[x] > LONGEST:
                name = self._fresh(given.get(x) or identifier(x.name) or "z" * isinstance(x, (Contract, Map)) or "t")
                if isinstance(x, Assemble):
                    self.lines += assembly(x, name, self)
                else:
                    self.lines.append(f"{name} = {self.text(x, SUM)}")
                self.written[x] = name

    def header(self) -> str:
        """The functions that the lines call, as they are in this package."""
        sources = [getsource(getattr(functions, name)).strip() for name in self.functions]
        return "\n\n\n".join(re.sub(r": Floats\b| -> Floats\b", "", source) for source in sources)

    def text(self, x: Array, least: int) -> str:
        """An expression for `x`, in parentheses if it binds less tightly than `least`."""
        if x in self.written:
            return self.written[x]
        text, binding = self._expression(x)
        return text if binding >= least else f"({text})"

    def aligned(self, x: Array, shape: Shape, least: int) -> str:
        """The same, with axes of length 1 behind that of the examples where `x` has fewer axes than `shape`."""
        missing = len(shape) - len(x.shape)
        if x.batched and missing:
            return f"{self.text(x, ATOM)}[:, {listed(['None'] * missing)}{', ...' if x.shape else ''}]"
        return self.text(x, least)

    def constant(self, numbers: NDArray[Any], letter: str) -> str:
        """The name of an array of numbers."""
        key = numbers.dtype, numbers.shape, numbers.tobytes()
        if key not in self._names:
            self._names[key] = self._fresh(f"{letter}{len(self.constants)}")
            self.constants[self._names[key]] = numbers
        return self._names[key]

    def _is_variable(self, x: Array) -> bool:
        if isinstance(x, Source):
            return False
        if isinstance(x, View) and isinstance(x.operands[0], Source):
            return bool(x.name)
        activation = isinstance(x, Map) and x.op not in INFIX
        return self._uses[x] > 1 or isinstance(x, Assemble) or (activation and bool(x.name))

    def _fresh(self, name: str) -> str:
        name = identifier(name) or "x"
        if name in ("z", "t"):
            self._taken[name] += 1
            name = f"{name}{self._taken[name]}"
        while name in self._taken or name in RESERVED:
            name += "_"
        self._taken[name] += 1
        return name

    def _expression(self, x: Array) -> tuple[str, int]:
        if isinstance(x, Literal):
            return _literal(x)
        if isinstance(x, Source):
            assert x.numbers is not None
            return self.constant(x.numbers, "K"), ATOM
        if isinstance(x, Map):
            return self._map(x)
        if isinstance(x, Contract):
            return product(x, self.text, self.np)
        if isinstance(x, View):
            return self._view(x), ATOM
        if isinstance(x, Sum):
            return self._sum(x), ATOM
        if isinstance(x, Exponentials):
            return f"{self._own(x.function)}({self.text(x.operands[0], SUM)})", ATOM
        assert isinstance(x, Join)
        return f"{self.np}.concatenate([{listed(self._part(part, x) for part in x.operands)}], axis=-1)", ATOM

    def _part(self, part: Array, whole: Join) -> str:
        text = self.text(part, SUM)
        if whole.batched and not part.batched:
            return f"{self.np}.broadcast_to({text}, {as_tuple(('B', *part.shape))})"
        return text

    def _map(self, x: Map) -> tuple[str, int]:
        if x.op in INFIX:
            sign, binding = INFIX[x.op]
            left, right = x.operands
            if x.op is ops.pow:
                return f"{self.aligned(left, x.shape, ATOM)}{sign}{self.aligned(right, x.shape, SIGN)}", binding
            if x.op is ops.add and isinstance(right, Literal) and right.number < 0.0:
                sign, right = " - ", -right
            if x.op is ops.mul and isinstance(left, Literal) and left.power < 0 and left.number == 1.0:
                return f"{self.aligned(right, x.shape, PRODUCT)} / B", PRODUCT
            least = binding if x.op in (ops.add, ops.mul) and not is_scaled_twice(x) else binding + 1
            return f"{self.aligned(left, x.shape, binding)}{sign}{self.aligned(right, x.shape, least)}", binding
        if x.op is ops.neg:
            return f"-{self.aligned(x.operands[0], x.shape, POWER)}", SIGN
        function = self._function(x.op)
        if function is None:
            made = _spelled_out(x)
            return (self.written[made], ATOM) if made in self.written else self._expression(made)
        return f"{function}({listed(self.aligned(operand, x.shape, SUM) for operand in x.operands)})", ATOM

    def _function(self, op: Op) -> str | None:
        if numpy_name(op):
            return f"{self.np}.{numpy_name(op)}"
        return self._own(op.name) if own_name(op) else None

    def _own(self, name: str) -> str:
        if name not in self.functions:
            self.functions.append(name)
            for other in re.findall(r"(?<![\w.])(\w+)\(", getsource(getattr(functions, name))):
                if other in vars(functions):
                    self._own(other)
        return name

    def _sum(self, x: Sum) -> str:
        operand = x.operands[0]
        over_batch = operand.batched and not x.batched
        axes = [0] * over_batch + [axis + operand.batched for axis in x.axes]
        text = self.text(operand, ATOM)
        if len(axes) == len(operand.shape) + operand.batched:
            return f"{text}.sum()"
        return f"{text}.sum(axis={axes[0] if len(axes) == 1 else tuple(axes)})"

    def _view(self, x: View) -> str:
        operand = x.operands[0]
        if operand in self._numbers and not operand.shape:  # Python's, which has no axes
            return f"{self.np}.reshape({self.text(operand, SUM)}, {as_shape(x.shape)})"
        text, first = self.text(operand, ATOM), ":, " if x.batched else ""
        selected = subscript(x.index, operand.shape)
        if selected is not None:
            bracket = f"{first}{selected}".removesuffix(", ")
            return f"{text}[{bracket}]" if bracket not in ("", ":") else text
        found = block(x.index, operand.size)
        if found is not None and found[:2] == (0, operand.size) and not found[3]:
            return f"{text}.reshape({listed(('B', *x.shape) if x.batched else x.shape)})"
        if len(operand.shape) != 1:
            text = f"{text}.reshape({listed(('B', operand.size) if x.batched else (-1,))})"
        if found is None:
            return f"{text}[{first}{self.constant(x.index, 'I')}]"
        start, stop, wide, rest = found
        cut = "" if (start, stop) == (0, operand.size) else f"[{first}{start or ''}:{stop}]"
        if x.batched:
            rest = rest.replace("[", "[:, ").replace(".T", ".swapaxes(1, 2)")
        return f"{text}{cut}.reshape({listed(('B', *wide) if x.batched else wide)}){rest}"


def _spelled_out(x: Map) -> Array:
    """A user's operation in the operations that its forward function is made of."""
    cause: Exception | None = None
    try:
        made = x.op.forward(*x.operands)
        if isinstance(made, Array):
            return made
    except (TypeError, ValueError, AttributeError) as error:
        cause = error
    raise ValueError(
        f"the operation {x.op.name!r} has no form for arrays: its forward function takes floats only. Write it with "
        "the operations of the package (ag.exp for math.exp, ag.where for if), or declare it with numpy= and the name "
        "of a NumPy function"
    ) from cause


def _literal(x: Literal) -> tuple[str, int]:
    whole = x.number.is_integer() and abs(x.number) < 1e6 and x.number.hex() != "-0x0.0p+0"
    text = repr(int(x.number)) if whole else repr(x.number) if math.isfinite(x.number) else f'float("{x.number}")'
    if x.power == 1:
        return ("B", ATOM) if x.number == 1.0 else (f"{text} * B", PRODUCT)
    if x.power == -1:
        return f"{text} / B", PRODUCT
    return text, SIGN if text.startswith("-") else ATOM
