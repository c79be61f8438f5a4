"""Checking: derivatives against finite differences that know their own error.

:mod:`~autograd.checking.function` is what is checked, :mod:`~autograd.checking.sampling` its values near a point,
:mod:`~autograd.checking.finite_differences` the numeric derivative, :mod:`~autograd.checking.verdict` what that says of a
number, :mod:`~autograd.checking.hints` what the mistake may be and :mod:`~autograd.checking.report` the message.
"""

from autograd.checking.consistency import Symmetry
from autograd.checking.finite_differences import derivative
from autograd.checking.gradient_check import gradcheck
from autograd.checking.report import Check
from autograd.checking.verdict import Difference, Finding

__all__ = ["Check", "Difference", "Finding", "Symmetry", "derivative", "gradcheck"]
