"""Testing: gradient checks as assertions and generated tests, for pytest, unittest or neither.

:mod:`~autograd.testing.assertions` raises an error if :func:`autograd.gradcheck` finds a mistake, and
:mod:`~autograd.testing.cases` generates the tests of an operation from its declaration. The pytest plugin
``pytest_autograd`` is based on both; it is a module beside the package, so that pytest loads it alone.
"""

from autograd.testing.assertions import GradientError, assert_gradients, outcome
from autograd.testing.cases import Case, op_cases
from autograd.testing.points import SEED, draw

__all__ = ["SEED", "Case", "GradientError", "assert_gradients", "draw", "op_cases", "outcome"]
