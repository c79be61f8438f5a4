"""Tracing: the worked solution of one derivative.

:mod:`~autograd.tracing.chain_rule` divides the graph into factors, :mod:`~autograd.tracing.solution` works the
derivative out in rows, and :mod:`~autograd.tracing.sheets` lays the rows out as text, LaTeX or HTML. Each further view
of the same derivative is a method of `Trace` and a module: :mod:`~autograd.tracing.sweeps` compares forward and reverse
mode, :mod:`~autograd.tracing.exercises` makes exercises.
"""

from autograd.tracing.chain_rule import Factor
from autograd.tracing.exercises import worksheets
from autograd.tracing.sheets import Table
from autograd.tracing.solution import Trace, trace

__all__ = ["Factor", "Table", "Trace", "trace", "worksheets"]
