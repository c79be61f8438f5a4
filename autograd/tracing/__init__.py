"""Tracing: one derivative worked out by hand.

:mod:`~autograd.tracing.chain_rule` decides where the chain rule stops and what lies between,
:mod:`~autograd.tracing.solution` words it, and :mod:`~autograd.tracing.sheets` sets it on a page.
"""

from autograd.tracing.chain_rule import Factor
from autograd.tracing.sheets import Table
from autograd.tracing.solution import Trace, trace

__all__ = ["Factor", "Table", "Trace", "trace"]
