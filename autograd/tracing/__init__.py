"""Tracing: the worked solution of one derivative.

:mod:`~autograd.tracing.chain_rule` divides the graph into factors, :mod:`~autograd.tracing.solution` works the
derivative out in rows, and :mod:`~autograd.tracing.sheets` lays the rows out as text, LaTeX or HTML. Each further view
of the same derivative is a method of `Trace` and a module: :mod:`~autograd.tracing.steps` derives each factor,
:mod:`~autograd.tracing.sweeps` states forward and reverse mode, :mod:`~autograd.tracing.reasons` explains the number,
with the words of :mod:`~autograd.tracing.slopes`, :mod:`~autograd.tracing.nudges` replays the graph at another number,
and :mod:`~autograd.tracing.exercises` makes worksheets. :mod:`~autograd.tracing.plots` plots functions of one number.
"""

from autograd.tracing.chain_rule import Factor
from autograd.tracing.class_sheets import worksheets
from autograd.tracing.plots import plot
from autograd.tracing.sheets import Table
from autograd.tracing.solution import Trace, trace
from autograd.tracing.steps import Derivation, Steps

__all__ = ["Derivation", "Factor", "Steps", "Table", "Trace", "plot", "trace", "worksheets"]
