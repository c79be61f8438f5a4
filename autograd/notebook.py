"""The display of Values in notebooks: one line, as LaTeX.

The engine knows nothing of notebooks; importing this module tells them how to show a Value.  Traces and drawings say
themselves how they are shown.
"""

from __future__ import annotations

from autograd.engine import Value
from autograd.graph import is_fresh
from autograd.symbolic.formula import definition
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import write
from autograd.symbolic.typesetting import name, number


def latex(node: Value) -> str:
    r"""A Value as one line between dollars: its name, what it is, and its number.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b[1]")
    >>> latex((a * b).named("c")), latex(Value(0.5))
    ('$c = a \\cdot b_{1} = 2$', '$0.5$')
    """
    parts = [name(node.label, "latex")] if node.label else []
    if node.op is not None and not is_fresh(node):
        return f"${' = '.join([*parts, number(node.data, 'latex')])}$ (it or an operand was changed since)"
    if node.op is not None:
        written = write(definition(node, Names([node, *dict.fromkeys(node.operands)])), "latex")
        parts += [written] if len(written) <= _LONGEST else []
    return f"${' = '.join([*parts, number(node.data, 'latex')])}$"


_LONGEST = 400
"""A definition of more characters is left out."""


# IPython, JupyterLab, marimo and others look for this method on the class; the engine does not import what writes it.
setattr(Value, "_repr_latex_", latex)  # noqa: B010  mypy knows the attributes of a compiled class
