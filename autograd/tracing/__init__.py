"""Tracing: one derivative worked out by hand.

:mod:`~autograd.tracing.stations` decides where the chain rule stops and what lies between,
:mod:`~autograd.tracing.solution` words it, and :mod:`~autograd.tracing.sheets` sets it on a page.
"""

from autograd.tracing.sheets import Table
from autograd.tracing.solution import Trace, trace
from autograd.tracing.stations import Factor

__all__ = ["Factor", "Table", "Trace", "trace"]
