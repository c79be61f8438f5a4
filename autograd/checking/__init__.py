"""Checking: derivatives against finite differences that know their own error.

:mod:`~autograd.checking.differences` is the numeric derivative; :mod:`~autograd.checking.rules` puts it to every edge,
:mod:`~autograd.checking.slopes` to every leaf and :mod:`~autograd.checking.curvatures` to the rules differentiated
once more; :mod:`~autograd.checking.sweeps` and :mod:`~autograd.checking.symmetry` hold sums to rounding, and
:mod:`~autograd.checking.report` says what came out.
"""

from autograd.checking.checking import gradcheck
from autograd.checking.differences import derivative
from autograd.checking.findings import Finding
from autograd.checking.report import Check
from autograd.checking.symmetry import Symmetry
from autograd.checking.verdicts import Difference

__all__ = ["Check", "Difference", "Finding", "Symmetry", "derivative", "gradcheck"]
