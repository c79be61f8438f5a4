"""Gradient checks as assertions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autograd.checking import Check, Finding, gradcheck


class GradientError(AssertionError):
    """A wrong derivative, or one that cannot be confirmed; its text is the report.

    Attributes:
        check: the outcome of `gradcheck`; None if something other than a derivative is wrong.
    """

    # The name that a traceback shows.
    __module__ = "autograd.testing"

    def __init__(self, message: str, check: Check | None = None) -> None:
        super().__init__(message)
        self.check = check

    @property
    def is_undecided(self) -> bool:
        """True if no derivative is known to be wrong, but finite differences cannot confirm them all."""
        return self.check is not None and outcome(self.check) == "undecided"


def outcome(check: Check) -> str:
    """Return a check in one word: "pass", "kink", "fail" or "undecided".

    A check with the outcome "kink" holds, with a valid subgradient at a kink.

    >>> outcome(gradcheck(lambda x: x * x, 3.0)), outcome(gradcheck(lambda x: abs(x), 0.0))
    ('pass', 'kink')
    >>> outcome(gradcheck(lambda x: x * x, 3.0, gradient=9.0))
    'fail'
    """
    if check:
        return "pass" if check.strict() else "kink"
    return "undecided" if without(check, lambda finding: finding.verdict == "undecided") else "fail"


def without(check: Check, is_excluded: Callable[[Finding], bool]) -> Check:
    """Return the check without some of its findings on leaves and edges."""
    leaves, edges = ([x for x in findings if not is_excluded(x)] for findings in (check.leaves, check.edges))
    return replace(check, leaves=leaves, edges=edges)


def assert_gradients(subject: Any, *at: Any, **options: Any) -> Check:
    """Assert that derivatives agree with finite differences.

    It works with unittest, pytest and plain Python::

        class TestCost(unittest.TestCase):
            def test_gradients(self):
                ag.assert_gradients(cost, 2.0, 5.0)                         # the engine's derivatives of cost(x, y)
                ag.assert_gradients(cost, [2.0, 5.0], gradient=by_hand)     # derivatives of your own

    Args:
        subject: a Value, or a function that returns a number or several.
        at: the point at which a function is checked: its arguments one by one, or a single one as `gradcheck` takes it.
        options: the options of `gradcheck`: ``gradient``, ``hessian``, ``order``, ``rtol``, ``atol``, ``noise``,
            ``mode``, ``leaves``, and ``kinks="fail"`` to reject kinks.

    Returns:
        The check, which holds, as an `autograd.checking.Check`.

    Raises:
        GradientError: a derivative is wrong, or finite differences cannot confirm it; an AssertionError with the
            report.

    >>> assert_gradients(lambda x, y: x * y, 2.0, 5.0)
    <Check of f: holds>
    >>> assert_gradients(lambda x: x * x, 3.0, gradient=lambda x: x)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.testing.GradientError: f: 1 of 1 derivative is wrong
      ∂f/∂x   given 3.0   differences 6 ± ...   half what it should be...
    """
    __tracebackhide__ = True
    point: Any = at
    if len(at) < 2:
        point = at[0] if at else None
    check = gradcheck(subject, point, **options)
    if not check:
        raise GradientError(str(check), check)
    return check
