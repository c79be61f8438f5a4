"""Gradient checks as assertions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autograd.checking import Check, Finding, gradcheck


class GradientError(AssertionError):
    """A derivative is wrong, or cannot be told to be right; the text is the report.

    Attributes:
        check: what `gradcheck` found; None where something other than a derivative is wrong.
    """

    __module__ = "autograd.testing"  # as a traceback is to show it

    def __init__(self, message: str, check: Check | None = None) -> None:
        super().__init__(message)
        self.check = check

    @property
    def is_undecided(self) -> bool:
        """Whether nothing is known to be wrong, but finite differences cannot tell."""
        return self.check is not None and outcome(self.check) == "undecided"


def outcome(check: Check) -> str:
    """A check in one word: "pass", "kink" (it holds, with a valid subgradient at a kink), "fail" or "undecided".

    >>> outcome(gradcheck(lambda x: x * x, 3.0)), outcome(gradcheck(lambda x: abs(x), 0.0))
    ('pass', 'kink')
    >>> outcome(gradcheck(lambda x: x * x, 3.0, gradient=9.0))
    'fail'
    """
    if check:
        return "pass" if check.strict() else "kink"
    return "undecided" if without(check, lambda found: found.verdict == "undecided") else "fail"


def without(check: Check, is_excused: Callable[[Finding], bool]) -> Check:
    """The check as if it had not found some of what it found of leaves and edges."""
    leaves, edges = ([found for found in some if not is_excused(found)] for some in (check.leaves, check.edges))
    return replace(check, leaves=leaves, edges=edges)


def assert_gradients(subject: Any, *at: Any, **options: Any) -> Check:
    """Assert that derivatives hold against finite differences.

    Under unittest, pytest and plain Python alike::

        class TestCost(unittest.TestCase):
            def test_gradients(self):
                ag.assert_gradients(cost, 2.0, 5.0)                         # our derivatives of cost(x, y)
                ag.assert_gradients(cost, [2.0, 5.0], gradient=by_hand)     # somebody else's

    Args:
        subject: a Value, or a function that returns one number or several.
        at: where to check a function: its arguments, one by one, or a single one as `gradcheck` takes it.
        options: those of `gradcheck`: ``gradient``, ``hessian``, ``order``, ``rtol``, ``leaves``; and ``kinks="fail"``
            to reject kinks.

    Returns:
        The check, which holds.

    Raises:
        GradientError: a derivative is wrong, or the differences cannot tell; an AssertionError with the report.

    >>> assert_gradients(lambda x, y: x * y, 2.0, 5.0)
    <Check of f: holds>
    >>> assert_gradients(lambda x: x * x, 3.0, gradient=lambda x: x)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.testing.GradientError: f: 1 of 1 derivative is wrong
      ∂f/∂x   given 3.0   differences 6 ± ...   half what it should be...
    """
    __tracebackhide__ = True
    check = gradcheck(subject, at if len(at) > 1 else at[0] if at else None, **options)
    if not check:
        raise GradientError(str(check), check)
    return check
