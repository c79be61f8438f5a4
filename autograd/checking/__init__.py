"""Checking: derivatives against finite differences that know their own error.

:mod:`~autograd.checking.finite_differences` is the numeric derivative; :mod:`~autograd.checking.rules` puts it to
every edge, :mod:`~autograd.checking.slopes` to every leaf and :mod:`~autograd.checking.curvatures` to the rules
differentiated once more; :mod:`~autograd.checking.sweeps` and :mod:`~autograd.checking.symmetry` hold sums to rounding,
and :mod:`~autograd.checking.report` says what came out.
"""

from autograd.checking.finite_differences import derivative
from autograd.checking.gradient_check import gradcheck
from autograd.checking.report import Check
from autograd.checking.symmetry import Symmetry
from autograd.checking.verdict import Finding
from autograd.checking.verdicts import Difference

__all__ = ["Check", "Difference", "Finding", "Symmetry", "derivative", "gradcheck"]
