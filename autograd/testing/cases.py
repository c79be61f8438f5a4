"""Generated tests of an operation, from its declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from autograd.op import Op, find
from autograd.testing import points as sample_points
from autograd.testing import properties
from autograd.testing.assertions import GradientError
from autograd.testing.points import Point


@dataclass(frozen=True)
class Case:
    """One test of an operation; call it to run it.

    Attributes:
        name: the name of the test, also its `str`: ``softsign@1.5`` checks the partials at 1.5.
        op: the operation.
        test: the test; it raises GradientError if it fails.
    """

    name: str
    op: Op
    test: Callable[[], None]

    def __call__(self) -> None:
        """Run the test.

        Raises:
            GradientError: the test fails; an AssertionError with the report.
        """
        __tracebackhide__ = True
        try:
            self.test()
        except GradientError as error:
            # The report says more than the frames of this package.
            raise error.with_traceback(None)  # noqa: B904

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<test of {self.name}>"


def op_cases(op: Op | str, points: Sequence[Point | float] = ()) -> list[Case]:
    """Return about twenty tests of an operation, from its declaration alone.

    With pytest, each case is a test::

        @pytest.mark.parametrize("case", ag.op_cases(softsign), ids=str)
        def test_softsign(case):
            case()

    With unittest::

        def test_softsign(self):
            for case in ag.op_cases(softsign):
                with self.subTest(str(case)):
                    case()

    The cases are named after the operation and the point:

    * ``softsign@1.5``: each partial agrees with finite differences, at points drawn from the domain, at extreme points
      and ends of the domain, at equal operands, and at the kinks that `branch` declares. At a kink, a valid subgradient
      holds.
    * ``softsign@1.5-second-order``: the rule applied to Values and differentiated agrees with finite differences of the
      rule on floats, so that a rule that reads ``x.data`` is found. At a kink the rule has no derivative, and only its
      values are compared.
    * ``softmean@1.0,1.0-symmetry``: ∂²/∂x∂y = ∂²/∂y∂x up to rounding, without finite differences.
    * ``softsign-nan``: nan stays nan, unless the operand has no effect. ``softsign-infinity``: infinite operands give
      the same result as on floats.
    * ``softsign-raises``: on floats and on Values it raises exactly where the float function does, and the rule never
      raises.
    * ``softsign-values``: floats, NumPy's floats and Values have the same value at every call. ``softsign-arrays``:
      arrays are taken elementwise. ``softsign-pickle``: it is pickled and copied by its name, alone and in a graph.
    * ``softsign-written``, ``softsign-numpy``: where these are declared, they agree with the rule and the function.

    Args:
        op: the operation, or its name.
        points: ordinary points to use instead of drawn ones; a number is a point of one operand.

    Returns:
        The cases, each an `autograd.testing.Case` to be called.

    Raises:
        LookupError: there is no operation of that name.
        TypeError: `op` is neither an operation nor a name.
        ValueError: a point has not as many numbers as the operation has operands, or no point could be drawn.

    >>> import autograd as ag
    >>> cube = ag.operation("cube", lambda x: x * x * x, lambda x, z: 3 * x * x)
    >>> cases = op_cases(cube, points=[2.0])
    >>> len(cases), *map(str, cases[:3])
    (17, 'cube@2.0', 'cube@2.0-second-order', 'cube@0.0')
    >>> for case in cases:
    ...     case()
    """
    op = find(op) if isinstance(op, str) else op
    if not isinstance(op, Op):
        raise TypeError(f"op must be an operation or the name of one, got {type(op).__name__}; declare ag.operation(…)")
    ordinary = [_point(op, x) for x in points] or sample_points.ordinary(op)
    if not any(sample_points.is_finite(op, x) for x in ordinary):
        raise ValueError(
            f"points must include one at which {op.name} has a finite value, and none was found; "
            f"give some: op_cases({op.name}, points=…)"
        )
    return [Case(f"{op.name}{suffix}", op, test) for suffix, test in _tests(op, ordinary)]


def _tests(op: Op, ordinary: Sequence[Point]) -> Iterator[tuple[str, Callable[[], None]]]:
    finite = [x for x in ordinary if sample_points.is_finite(op, x)]
    base = finite[0]
    yield from ((_suffix(x), partial(properties.partials_hold, op, x)) for x in ordinary)
    yield from ((f"{_suffix(x)}-second-order", partial(properties.second_order_holds, op, x)) for x in finite[:2])
    ties = sample_points.ties(op, base)
    special = dict.fromkeys([*sample_points.kinks(op, base), *ties, *sample_points.extreme(op, base)])
    yield from ((_suffix(x), partial(properties.partials_hold, op, x, True)) for x in special if x not in ordinary)
    if len(base) > 1:
        tied = dict.fromkeys([*finite[:2], *ties])
        yield from ((f"{_suffix(x)}-symmetry", partial(properties.is_symmetric, op, x)) for x in tied)
    yield "-nan", partial(properties.keeps_nan, op, finite)
    yield "-infinity", partial(properties.takes_infinity, op, finite)
    yield "-raises", partial(properties.raises_alike, op, sample_points.anywhere(op, base))
    yield "-values", partial(properties.is_one_function, op, finite)
    yield "-arrays", partial(properties.takes_arrays, op, finite)
    yield "-pickle", partial(properties.is_pickled_by_name, op, base)
    if op.written is not None:
        yield "-written", partial(properties.is_written_right, op, finite)
    if op.numpy:
        yield "-numpy", partial(properties.is_numpys_function, op, finite)


def _point(op: Op, x: Point | float) -> Point:
    point = tuple(map(float, x)) if isinstance(x, (tuple, list)) else (float(x),)
    if len(point) != (op.arity or len(point)):
        count = f"{op.arity} {'number' if op.arity == 1 else 'numbers'}"
        raise ValueError(f"a point of {op.name} must have {count}, got {x!r}; give one for each operand")
    return point


def _suffix(point: Point) -> str:
    return "@" + ",".join(map(repr, point))
