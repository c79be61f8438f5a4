"""Checking: derivatives against finite differences that know their own error.

:mod:`~autograd.checking.differences` is the numeric derivative; :mod:`~autograd.checking.rules` puts it to every edge,
:mod:`~autograd.checking.slopes` to every leaf, and :mod:`~autograd.checking.findings` says what came out.
"""

from autograd.checking.checking import gradcheck
from autograd.checking.differences import Difference, derivative
from autograd.checking.findings import Check, Finding

__all__ = ["Check", "Difference", "Finding", "derivative", "gradcheck"]
