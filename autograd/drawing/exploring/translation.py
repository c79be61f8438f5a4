"""Operations in JavaScript: their rules, and forward functions that users wrote, put to names and written down.

The forward functions of the table are written in ``page/operations.js``, once each.  Everything else is translated:
a rule put to formulas gives formulas, and they are arithmetic and calls of those functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograd import ops
from autograd.context import quiet
from autograd.drawing.exploring.sources import functions
from autograd.op import METHODS, Op
from autograd.symbolic.formula import Formula, formula, symbol
from autograd.value import Value

_PACKAGE = {op for op in vars(ops).values() if isinstance(op, Op)}
_SIGNS = {ops.add: "+", ops.sub: "-", ops.mul: "*", ops.div: "/"}
_BUILT_IN = {"abs": ops.abs, "max": ops.maximum, "min": ops.minimum, "pow": ops.pow}
_LONG_RUN = 4


def is_written(op: Op | None) -> bool:
    """Whether the forward function of an operation is written in JavaScript."""
    return op in _PACKAGE and op is not None and op.name in functions()


class UntranslatableError(Exception):
    """An operation that only Python can compute; the message says why."""


class Translation:
    """An operation of a node in JavaScript.

    Attributes:
        forward: a function of the operands.
        partials: a function of an array of the operands ``v`` and the result ``z``, to an array.
        calls: the functions of ``operations.js`` that the two call.

    Raises:
        UntranslatableError: the operation is a user's, and its functions do more than arithmetic and known operations.

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
        elsewhere = [x.data if x.constant else 1.5 * x.data + 1.0 for x in node.operands]
        try:
            with quiet():
                self.forward, self.partials = self._texts(node.op, here, node.data)
                if not is_written(node.op) and self._texts(node.op, elsewhere, math.nan) != (
                    self.forward,
                    self.partials,
                ):
                    raise TypeError("it does something else at other numbers")
        except UntranslatableError:
            raise
        except Exception as error:  # whatever a user's function raises when it does not get a float
            raise UntranslatableError(f"{node.op.name} can only be computed in Python ({error})") from error

    def _texts(self, op: Op, data: Sequence[float], result: float) -> tuple[str, str]:
        """The value and the rule, where the operands and the result are these numbers."""
        operands = [symbol(f"v[{i}]", x) for i, x in enumerate(data)]
        rule = Op._put(op, _on_formulas(op.partials), operands, symbol("z", result))
        partials = self._function("(v,z)=>", [formula(x) for x in rule], is_list=True)
        if is_written(op):
            self.calls.add(op.name)
            return op.name, partials
        return self._function("(...v)=>", [_computed(op, operands)]), partials

    def _function(self, head: str, results: Sequence[Formula], is_list: bool = False) -> str:
        """A function of ``v``; what occurs more than once in its results is computed once."""
        shared = _Shared(results)
        names: dict[int, str] = {}
        statements = []
        for k, part in enumerate(shared.parts):
            statements.append(f"const s{k}={self._write(part, names)};")
            names[id(part)] = f"s{k}"
        body = self._list(results, names)
        body = f"[{body}]" if is_list else body
        return f"{head}{{{''.join(statements)}return {body}}}" if statements else head + body

    def _write(self, part: Formula, names: dict[int, str]) -> str:
        if id(part) in names:
            return names[id(part)]
        if part.label is not None:
            return part.label
        op = part.op
        if op is None:
            return _literal(part.value)
        if op in _SIGNS:
            x, y = (self._write(x, names) for x in part.operands)
            return f"({x}{_SIGNS[op]}{y})"
        if op is ops.neg:
            return f"(-{self._write(part.operands[0], names)})"
        if not is_written(op):
            return self._write(_computed(op, part.operands), names)
        self.calls.add(op.name)
        return f"{op.name}({self._list(part.operands, names)})"

    def _list(self, parts: Sequence[Formula], names: dict[int, str]) -> str:
        """Expressions with commas; operands that follow each other as a slice."""
        return ",".join(_runs([self._write(part, names) for part in parts], self._count))


class _Shared:
    """The parts of formulas that are there more than once, each after those that it contains."""

    def __init__(self, formulas: Iterable[Formula]) -> None:
        self.parts: list[Formula] = []
        self._counts: dict[int, int] = {}
        for x in formulas:
            self._visit(x)

    def _visit(self, part: Formula) -> None:
        if part.op is None:
            return
        count = self._counts[id(part)] = self._counts.get(id(part), 0) + 1
        if count == 1:
            for x in part.operands:
                self._visit(x)
        elif count == 2:
            self.parts.append(part)


def _runs(texts: Sequence[str], count: int) -> Iterator[str]:
    start = 0
    while start < len(texts):
        end = start + 1
        if texts[start].startswith("v["):
            first = int(texts[start][2:-1])
            while end < len(texts) and texts[end] == f"v[{first + end - start}]":
                end += 1
            if end - start >= _LONG_RUN:
                last = first + end - start
                yield "...v" if (first, last) == (0, count) else f"...v.slice({first},{last})"
                start = end
                continue
        yield texts[start]
        start += 1


def _computed(op: Op, operands: Sequence[Formula]) -> Formula:
    return formula(_on_formulas(op.forward)(*operands))


def _on_formulas(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of floats that takes formulas: with operations for the functions of math and NumPy that it names."""
    if not isinstance(function, FunctionType):
        known: Callable[..., Any] = _stand_in(function)
        return known
    names = {**_BUILT_IN, **{name: _stand_in(x) for name, x in function.__globals__.items()}}
    cells = function.__closure__
    twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__, cells)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin


def _stand_in(x: Any) -> Any:
    if x is math or x is np:
        return _Module(x)
    module = getattr(x, "__module__", "") or (type(x).__module__ if isinstance(x, np.ufunc) else "")
    if module in ("math", "numpy", "autograd.functions"):
        return METHODS.get(getattr(x, "__name__", ""), x)
    return x


class _Module:
    """The module math or numpy, with operations in the place of functions."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        op = METHODS.get("abs" if name == "fabs" else name)
        return op if op in _PACKAGE else getattr(self._module, name)


def _literal(x: float) -> str:
    """A number in JavaScript.

    >>> [_literal(x) for x in (2.0, -0.5, 1e300, float("inf"))]
    ['2', '(-0.5)', '1e+300', 'Infinity']
    """
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "(-Infinity)"
    text = repr(int(x)) if x.is_integer() and abs(x) < 1e15 else repr(x)
    return f"({text})" if text.startswith("-") else text
