"""Display of Values in notebooks, as one line of LaTeX.

Importing this module gives `Value` its display method, so the engine needs to know nothing of notebooks. Traces and
drawings have display methods of their own.
"""

from __future__ import annotations

from autograd.graph import is_fresh
from autograd.symbolic.formula import definition
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import write
from autograd.symbolic.typesetting import name, number
from autograd.value import Value

# Characters of LaTeX. A longer definition would not fit on a line of a notebook and is left out.
_MAX_DEFINITION_LENGTH = 400


def latex(node: Value) -> str:
    r"""Write a Value as one line between dollars: its name, its definition and its number.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b[1]")
    >>> latex((a * b).named("c")), latex(Value(0.5))
    ('$c = a \\cdot b_{1} = 2$', '$0.5$')
    """
    parts = [name(node.label, "latex")] if node.label else []
    if node.op is not None and not is_fresh(node):
        return f"${' = '.join([*parts, number(node.data, 'latex')])}$ (it or an operand was changed since)"
    if node.op is not None:
        written = write(definition(node, Names([node, *dict.fromkeys(node.operands)])), "latex")
        parts += [written] if len(written) <= _MAX_DEFINITION_LENGTH else []
    return f"${' = '.join([*parts, number(node.data, 'latex')])}$"


# IPython, JupyterLab and marimo look for this method. setattr, since mypy knows the attributes of a compiled class.
setattr(Value, "_repr_latex_", latex)  # noqa: B010
