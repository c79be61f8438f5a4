"""Testing: gradient checks that speak up in a test, under pytest, unittest or none of them.

:mod:`~autograd.testing.assertions` raises where :func:`autograd.gradcheck` finds something wrong,
:mod:`~autograd.testing.cases` makes the tests of an operation from its declaration, and the pytest plugin
``pytest_autograd``, which stands beside the package so that pytest loads it alone, is made of these.
"""

from autograd.testing.assertions import GradientError, assert_gradients, outcome
from autograd.testing.cases import Case, op_cases
from autograd.testing.points import SEED, draw

__all__ = ["SEED", "Case", "GradientError", "assert_gradients", "draw", "op_cases", "outcome"]
