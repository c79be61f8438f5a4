"""Display of Values in notebooks and of operations in `help`.

Importing this module gives `Value` and `Op` what notebooks and `help` look for, so the engine needs to know of neither.
Traces and drawings have display methods of their own.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from autograd.domains import REAL, interval_of
from autograd.graph import is_fresh
from autograd.op import Op, smooth
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.symbolic.formula import Formula

# Characters of LaTeX. A longer definition would not fit on a line of a notebook and is left out.
_MAX_DEFINITION_LENGTH = 400
# Operations in a definition. One with more is left out too.
_MAX_OPERATIONS = 12
# Operands of examples: the first that are in the domain of an operation are shown.
_EXAMPLES = ((1.5, 0.5, 2.0, 1.0), (0.5, 1.5, 2.0, 1.0), (0.5, -1.5, 1.5, 1.0), (2.5, 3.5, 0.5, 1.0), (0.0, 1.5))
# An operation of any number of operands is described with two.
_VARIADIC_NAMES = ["x[1]", "x[2]"]
# Operations that are written with a sign, so that they need brackets after ∂.
_INFIX = {"pos", "neg", "add", "sub", "mul", "div", "pow", "total", "dot"}


def latex(node: Value) -> str:
    r"""Write a Value as one line between dollar signs: its name, its definition and its number.

    The definition has the names of other Values. One without a name is its operation, or a number if it is a leaf.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b[1]")
    >>> latex(((a + b) * b).named("c")), latex(Value(0.5))
    ('$c = (a + b_{1}) \\cdot b_{1} = 3$', '$0.5$')
    """
    # Imported on first use: most programs never show a Value in a notebook.
    from autograd.symbolic.notation import write
    from autograd.symbolic.typesetting import name, number

    parts = [name(node.label, "latex")] if node.label else []
    operations = _operations(node)
    if not all(map(is_fresh, operations or [node])):
        return f"${' = '.join([*parts, number(node.data, 'latex')])}$ (it or an operand was changed since)"
    if operations:
        written = write(_definition(operations), "latex")
        parts += [written] if len(written) <= _MAX_DEFINITION_LENGTH else []
    return f"${' = '.join([*parts, number(node.data, 'latex')])}$"


def _operations(node: Value) -> list[Value]:
    """Return the operations in the definition of a node, results before operands; none if there are too many."""
    operations = [node] if node.op is not None else []
    # The list grows while it is read. An operation that is used twice is printed twice, and counts twice.
    for result in operations:
        operations += [x for x in result.operands if x.op is not None and not x.label]
        if len(operations) > _MAX_OPERATIONS:
            return []
    return operations


def _definition(operations: list[Value]) -> Formula:
    """Return the formula of the first operation, which has the formulas of the others in it."""
    from autograd.symbolic.formula import apply, literal, symbol
    from autograd.symbolic.labels import Names

    leaves = dict.fromkeys(x for node in operations for x in node.operands if x.op is None or x.label)
    names = Names([operations[0], *(x for x in leaves if x.label)])
    formulas = {x: symbol(names[x], x.data) if x.label else literal(x.data) for x in leaves}
    for node in reversed(operations):
        assert node.op is not None
        formulas[node] = apply(node.op, [formulas[x] for x in node.operands])
    return formulas[operations[0]]


# IPython, JupyterLab and marimo look for this method. setattr, since mypy knows the attributes of a compiled class.
setattr(Value, "_repr_latex_", latex)  # noqa: B010


class Documentation:
    """The ``__doc__`` of operations: that of the class itself, and what `describe` says of an operation."""

    def __init__(self, of_class: str | None) -> None:
        self._of_class = of_class

    def __get__(self, op: Op | None, owner: Any = None) -> str | None:
        return self._of_class if op is None else describe(op)


def describe(op: Op) -> str:
    """Describe an operation: its meaning, its partials, its domain and an example.

    >>> from autograd import TABLE
    >>> print(describe(TABLE["sqrt"]).partition("Example")[0].strip())
    The square root.
    <BLANKLINE>
    Partial: ∂√x/∂x = 1/(2√x)
    Domain:  x ≥ 0
    """
    from autograd.symbolic.formula import apply, partials, symbol
    from autograd.symbolic.notation import write

    names = list(inspect.signature(op).parameters) if op.arity is not None else _VARIADIC_NAMES
    point = _example_point(op, len(names))
    lines = [op.doc or (inspect.getdoc(op.forward) or op.name).split("\n")[0], ""]
    if point is not None:
        z = op.value(*point)
        operands = [symbol(name, x) for name, x in zip(names, point, strict=True)]
        call = write(apply(op, operands))
        call = f"({call})" if op.name in _INFIX else call
        for operand, partial in zip(operands, partials(op, operands, z), strict=True):
            lines.append(f"Partial: ∂{call}/∂{write(operand)} = {write(partial)}")
    lines.append(f"Domain:  {op.needs() if op.requires or any(d != REAL for d in op.domain) else 'all real numbers'}")
    if op.branch is not smooth:
        lines.append("Pieces:  it has kinks or jumps; autograd.ops says which derivative counts there")
    if point is not None:
        arguments = ", ".join(map(repr, point))
        # total, dot, logsumexp and softmax are functions of sequences; the operations behind them are in the table.
        function = f"ag.{op.name}" if op.arity is not None else f'ag.TABLE["{op.name}"]'
        lines += ["Example:", f"    >>> {function}({arguments})", f"    {z!r}"]
    return "\n".join(lines)


def _example_point(op: Op, count: int) -> list[float] | None:
    """Return operands in the domain of `op`, or None if none of the usual ones are."""
    for numbers in _EXAMPLES:
        point = list(numbers[:count])
        if all(x in interval_of(op.domain, i) for i, x in enumerate(point)):
            try:
                op.value(*point)
            except (ArithmeticError, LookupError, ValueError):
                continue
            return point
    return None


setattr(Op, "__doc__", Documentation(Op.__doc__))  # noqa: B010
