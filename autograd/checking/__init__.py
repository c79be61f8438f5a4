"""Gradient checking: analytic derivatives against finite differences with error bars.

A check is a pipeline, with a module for each stage:

* :mod:`~autograd.checking.sampling`: values of a function near a point, and differences with one step size.
* :mod:`~autograd.checking.finite_differences`: the numerical derivative, a `Difference` with an error bar.
* :mod:`~autograd.checking.verdict`: the comparison with the number to check, a `Finding`.
* :mod:`~autograd.checking.hints`: the probable mistake, added to a finding that fails.
* :mod:`~autograd.checking.report`: all findings, a `Check`, as text, Markdown and a picture.

Two modules apply it: :mod:`~autograd.checking.jacobian` to the derivatives of the whole function, one by one or along
directions, and :mod:`~autograd.checking.rules` to every edge of its graph; :mod:`~autograd.checking.rule_groups` checks
many applications of one operation at once. :mod:`~autograd.checking.consistency` compares values and sums to rounding,
without finite differences. :mod:`~autograd.checking.function` and :mod:`~autograd.checking.given_derivatives` prepare
what they check, and :mod:`~autograd.checking.gradient_check` calls all of them.

:mod:`~autograd.checking.by_hand` checks derivatives that a student has worked out, against the engine's.
"""

from autograd.checking.by_hand import HandCheck, check_by_hand
from autograd.checking.consistency import Symmetry
from autograd.checking.finite_differences import derivative
from autograd.checking.gradient_check import gradcheck
from autograd.checking.report import Check
from autograd.checking.verdict import Difference, Finding

__all__ = ["Check", "Difference", "Finding", "HandCheck", "Symmetry", "check_by_hand", "derivative", "gradcheck"]
