"""The tests that an operation gets from its declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from autograd.op import Op, find
from autograd.testing import points as places
from autograd.testing import properties
from autograd.testing.assertions import GradientError
from autograd.testing.points import Point


@dataclass(frozen=True)
class Case:
    """One test of an operation; call it to run it.

    Attributes:
        name: what it is called, also by `str`: ``softsign@1.5`` is a check of the partials at 1.5.
        op: the operation.
        test: what raises where it does not hold.
    """

    name: str
    op: Op
    test: Callable[[], None]

    def __call__(self) -> None:
        """Run it.

        Raises:
            GradientError: it does not hold; an AssertionError with the report.
        """
        __tracebackhide__ = True
        try:
            self.test()
        except GradientError as error:
            raise error.with_traceback(None)  # noqa: B904  the report says more than the frames of this package

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<test of {self.name}>"


def op_cases(op: Op | str, points: Sequence[Point | float] = ()) -> list[Case]:
    """Some twenty tests of an operation of your own, from nothing but its declaration.

    With pytest, one test a case::

        @pytest.mark.parametrize("case", ag.op_cases(softsign), ids=str)
        def test_softsign(case):
            case()

    and with unittest::

        def test_softsign(self):
            for case in ag.op_cases(softsign):
                with self.subTest(str(case)):
                    case()

    The cases, named after the operation and the point:

    * ``softsign@1.5``: each partial against finite differences, at points drawn from the domain, at extreme points of
      it, at its ends, at ties of the operands and where `branch` says that a kink is.  There a valid subgradient holds.
    * ``softsign@1.5-second-order``: the rule put to Values is differentiated, and held against differences of the rule
      on floats, so that a rule that takes a Value apart is found.
    * ``softmean@1.0,1.0-symmetry``: ∂²/∂x∂y = ∂²/∂y∂x up to rounding, which needs no differences.
    * ``softsign-nan``: nan stays nan, unless the operand does not matter.  ``softsign-infinity``: as on floats.
    * ``softsign-raises``: on floats and on Values it raises exactly where the float function does, and the rule never.
    * ``softsign-values``: the same value on floats, NumPy's floats and Values, time after time.  ``softsign-arrays``:
      elementwise.  ``softsign-pickle``: alone and in a graph it is pickled and copied by its name.
    * ``softsign-written``, ``softsign-numpy``: where these are declared, they agree with the rest.

    Args:
        op: the operation, or its name.
        points: ordinary points instead of drawn ones; a number is a point of one operand.

    Raises:
        LookupError: there is no operation of that name.
        ValueError: a point has not as many numbers as the operation has operands, or none could be drawn.

    >>> import autograd as ag
    >>> cube = ag.operation("cube", lambda x: x * x * x, lambda x, z: 3 * x * x)
    >>> cases = op_cases(cube, points=[2.0])
    >>> len(cases), *map(str, cases[:3])
    (17, 'cube@2.0', 'cube@2.0-second-order', 'cube@0.0')
    >>> for case in cases:
    ...     case()
    """
    op = find(op) if isinstance(op, str) else op
    ordinary = [_point(op, x) for x in points] or places.ordinary(op)
    if not any(places.is_finite(op, x) for x in ordinary):
        raise ValueError(f"no point was found at which {op.name} has a value; give some: op_cases({op.name}, points=…)")
    return [Case(f"{op.name}{suffix}", op, test) for suffix, test in _tests(op, ordinary)]


def _tests(op: Op, ordinary: Sequence[Point]) -> Iterator[tuple[str, Callable[[], None]]]:
    at, finite = _suffix, [x for x in ordinary if places.is_finite(op, x)]
    base = finite[0]
    yield from ((at(x), partial(properties.partials_hold, op, x)) for x in ordinary)
    yield from ((f"{at(x)}-second-order", partial(properties.second_order_holds, op, x)) for x in finite[:2])
    special = dict.fromkeys([*places.kinks(op, base), *places.ties(op, base), *places.extreme(op, base)])
    yield from ((at(x), partial(properties.partials_hold, op, x, True)) for x in special if x not in ordinary)
    if len(base) > 1:
        even = dict.fromkeys([*finite[:2], *places.ties(op, base)])
        yield from ((f"{at(x)}-symmetry", partial(properties.is_symmetric, op, x)) for x in even)
    yield "-nan", partial(properties.keeps_nan, op, finite)
    yield "-infinity", partial(properties.takes_infinity, op, finite)
    yield "-raises", partial(properties.raises_alike, op, places.anywhere(op, base))
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
        raise ValueError(f"{op.name} has {op.arity} operands, and the point {x!r} has {len(point)} numbers")
    return point


def _suffix(point: Point) -> str:
    return "@" + ",".join(map(repr, point))
