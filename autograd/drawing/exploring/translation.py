"""Translation of operations to JavaScript: derivative rules, and forward functions of the user's operations.

The forward functions of the table are in ``page/operations.js``. Everything else is translated: a rule that is applied
to formulas gives formulas of arithmetic and calls of those functions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograd import ops
from autograd.context import quiet
from autograd.drawing.exploring.sources import functions
from autograd.op import METHODS, Op
from autograd.symbolic.formula import Formula, formula, symbol
from autograd.symbolic.javascript import JavaScriptPrinter
from autograd.symbolic.precedence import ATOM
from autograd.symbolic.printer import Printed
from autograd.value import Value

_PACKAGE = {op for op in vars(ops).values() if isinstance(op, Op)}
_BUILT_IN = {"abs": ops.abs, "max": ops.maximum, "min": ops.minimum, "pow": ops.pow}
# Fewer consecutive elements of v are printed one by one.
MIN_SLICE = 4


def is_written(op: Op | None) -> bool:
    """Return True if ``operations.js`` has the forward function of an operation."""
    return op in _PACKAGE and op is not None and op.name in functions()


class UntranslatableError(Exception):
    """An operation that only Python can compute; the message gives the reason."""


class Translation:
    """The operation of a node in JavaScript.

    Attributes:
        forward: a function of the operands.
        partials: a function from an array ``v`` of the operands and the result ``z`` to an array of partials.
        calls: the functions of ``operations.js`` that the two call.

    Raises:
        UntranslatableError: a user's operation does more than arithmetic and operations of the table.

    >>> x = Value(3.0)
    >>> translation = Translation(ops.tanh(x))
    >>> translation.forward, translation.partials
    ('tanh', '(v,z)=>[pow(sech(v[0]),2)]')
    """

    def __init__(self, node: Value) -> None:
        assert node.op is not None
        self.calls: set[str] = set()
        self._count = len(node.operands)
        here = [x.data for x in node.operands]
        # A user's function may branch on its numbers, so it is translated at two points and the texts are compared.
        elsewhere = [x.data if x.constant else 1.5 * x.data + 1.0 for x in node.operands]
        try:
            with quiet():
                self.forward, self.partials = self._texts(node.op, here, node.data)
                if not is_written(node.op) and self._texts(node.op, elsewhere, math.nan) != (
                    self.forward,
                    self.partials,
                ):
                    raise TypeError("its formula depends on the numbers of its operands")
        except UntranslatableError:
            raise
        # A user's function may raise anything when it gets no float.
        except Exception as error:
            raise UntranslatableError(f"{node.op.name} can only be computed in Python ({error})") from error

    def _texts(self, op: Op, data: Sequence[float], result: float) -> tuple[str, str]:
        """Return the forward function and the partials, with formulas of these numbers for operands and result."""
        operands = [symbol(f"v[{i}]", x) for i, x in enumerate(data)]
        rule = Op._put(op, _on_formulas(op.partials), operands, symbol("z", result))
        partials = self._function("(v,z)=>", [formula(x) for x in rule], is_list=True)
        if is_written(op):
            self.calls.add(op.name)
            return op.name, partials
        return self._function("(...v)=>", [_computed(op, operands)]), partials

    def _function(self, head: str, results: Sequence[Formula], is_list: bool = False) -> str:
        """Return a function of ``v`` that computes each repeated subexpression of its results once."""
        printer = _SharedPrinter(self._count)
        statements = []
        for k, repeated in enumerate(_repeated(results)):
            statements.append(f"const s{k}={printer.text(repeated)};")
            printer.names[id(repeated)] = f"s{k}"
        body = printer.arguments(results)
        body = f"[{body}]" if is_list else body
        self.calls |= printer.calls
        return f"{head}{{{''.join(statements)}return {body}}}" if statements else head + body


class _SharedPrinter(JavaScriptPrinter):
    """Prints formulas of which some are variables already.

    Args:
        count: the number of elements of ``v``.

    Attributes:
        names: the variables, by the identity of their formulas.
        calls: the functions of ``operations.js`` that the text calls.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.names: dict[int, str] = {}
        self.calls: set[str] = set()

    def expression(self, node: Formula) -> Printed:
        """Print a formula, or the variable that it is."""
        return (self.names[id(node)], ATOM) if id(node) in self.names else super().expression(node)

    def call(self, node: Formula) -> Printed:
        """Print a call of the page's function; an operation without one is opened."""
        assert node.op is not None
        if not is_written(node.op):
            return self.expression(_computed(node.op, node.operands))
        self.calls.add(node.op.name)
        return f"{node.op.name}({self.arguments(node.operands)})", ATOM

    def arguments(self, operands: Sequence[Formula]) -> str:
        """Print formulas with commas; consecutive elements of ``v`` as a slice."""
        return ",".join(_slices([self.text(x) for x in operands], self.count))


def _repeated(formulas: Iterable[Formula]) -> list[Formula]:
    """Return the operations that formulas contain more than once, each after those that it contains."""
    counts: Counter[int] = Counter()
    repeated: list[Formula] = []

    def visit(node: Formula) -> None:
        if node.op is None:
            return
        counts[id(node)] += 1
        if counts[id(node)] == 1:
            for x in node.operands:
                visit(x)
        elif counts[id(node)] == 2:
            repeated.append(node)

    for x in formulas:
        visit(x)
    return repeated


def _slices(texts: Sequence[str], count: int) -> Iterator[str]:
    """Replace consecutive elements of ``v``, which has `count` of them, by slices."""
    start = 0
    while start < len(texts):
        end = start + 1
        if texts[start].startswith("v["):
            first = int(texts[start][2:-1])
            while end < len(texts) and texts[end] == f"v[{first + end - start}]":
                end += 1
            if end - start >= MIN_SLICE:
                last = first + end - start
                yield "...v" if (first, last) == (0, count) else f"...v.slice({first},{last})"
                start = end
                continue
        yield texts[start]
        start += 1


def _computed(op: Op, operands: Sequence[Formula]) -> Formula:
    """Apply the forward function of an operation to formulas."""
    return formula(_on_formulas(op.forward)(*operands))


def _on_formulas(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of floats that takes formulas: functions of math and NumPy are replaced by operations."""
    if not isinstance(function, FunctionType):
        known: Callable[..., Any] = _stand_in(function)
        return known
    names = {**_BUILT_IN, **{name: _stand_in(x) for name, x in function.__globals__.items()}}
    cells = function.__closure__
    twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__, cells)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin


def _stand_in(x: Any) -> Any:
    """Return the operation that replaces a function of math, of NumPy or of the table; any other object unchanged."""
    if x is math or x is np:
        return _Module(x)
    module = getattr(x, "__module__", "") or (type(x).__module__ if isinstance(x, np.ufunc) else "")
    if module in ("math", "numpy", "autograd.functions"):
        return METHODS.get(getattr(x, "__name__", ""), x)
    return x


class _Module:
    """The module math or numpy, with operations in place of its functions."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        op = METHODS.get("abs" if name == "fabs" else name)
        return op if op in _PACKAGE else getattr(self._module, name)
