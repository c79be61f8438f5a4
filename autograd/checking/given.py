"""Derivatives that were given: by hand, or by another program; of any function of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from autograd.checking.evaluator import Results
from autograd.checking.findings import Finding
from autograd.checking.signatures import Call, indexed
from autograd.checking.slopes import Claims, Moving, Output, Slopes
from autograd.checking.sweeps import selected
from autograd.checking.symmetry import Pair, Symmetry, compared
from autograd.derivatives import Application, grad, require_result
from autograd.graph import paths
from autograd.pytrees import Arguments
from autograd.symbolic.typesetting import name
from autograd.value import Value

_FEW_PATHS = 12
"""Of so many paths it is tried whether some are left out."""
_DETOURS = 5
"""The most wrong derivatives that paths are tried for."""


class Given:
    """Derivatives of a function at a point, and what they are to be held against.

    Args:
        call: the function and the point.
        gradient: its derivatives, or the function that gives them; None if only second ones are given.
        hessian: its second derivatives, or the function that gives them; None if there are none.

    Attributes:
        claims: the derivatives.
    """

    def __init__(self, call: Call, gradient: Any, hessian: Any = None) -> None:
        self.call = call
        self._parts: list[Callable[[Sequence[Any]], Any]] = []
        outputs: list[Output] = []
        rows: list[np.ndarray[Any, Any]] = []
        if gradient is not None:
            result = _plain(require_result(call.f(*call.moved([], [])), call.title))
            outputs += [Output(label) for label in indexed(call.title, result)]
            self._parts.append(lambda args: call.f(*args))
            rows.append(_matrix("gradient", call, _at(call, gradient), [len(outputs)]))
        if hessian is not None:
            slopes = grad(call.f) if gradient is None else gradient
            if not callable(slopes):
                raise TypeError(
                    "a Hessian is held against differences of the gradient: give gradient= as a function, "
                    "or leave it out for the engine's own"
                )
            if gradient is not None and len(outputs) > 1:
                raise TypeError(f"a Hessian is of a function of one number; {call.title} returned {len(outputs)}")
            outputs += [Output(call.title, label) for label in call.labels]
            self._parts.append(call.like(slopes) if gradient is not None else lambda args: slopes(*args))
            rows.append(_matrix("Hessian", call, _at(call, hessian), _sizes(call)))
        self.firsts = len(outputs) - (len(call.point) if hessian is not None else 0)
        matrix = np.concatenate(rows)
        claimed = [[(float(x), 0.0) for x in row] for row in matrix]
        self.claims = Claims(outputs, call.labels, call.point, claimed, "given")

    def moving(self, keys: Sequence[int]) -> Moving:
        """The function, and its gradient if second derivatives are given, as functions of some of the arguments."""

        def value(numbers: Sequence[float]) -> Results:
            args = self.call.moved(keys, numbers)
            found = [x for part in self._parts for x in _numbers(part(args), self.call.title)]
            if len(found) != len(self.claims.outputs):
                raise TypeError(
                    f"{self.call.title} gives {len(found)} numbers here and {len(self.claims.outputs)} there"
                )
            return [(x, None) for x in found]

        return value

    def findings(self, rtol: float) -> tuple[list[Finding], str]:
        """Each derivative against differences, with what the mistake may be; and a note on how it was done."""
        slopes = Slopes(self.claims, self.moving, here=self.moving([])([]))
        placed = slopes.findings(rtol)
        found = [finding for _, _, finding in placed]
        return (_hinted(found, self.call, self.firsts) if slopes.is_one_by_one else found), slopes.note

    def symmetry(self, found: Sequence[Finding], rtol: float) -> Symmetry | None:
        """How symmetric given second derivatives are: what differences do not confirm must be so to `rtol`."""
        n, rows = len(self.call.point), self.claims.rows[self.firsts :]
        if len(rows) < 2:
            return None
        names, labels = self.claims.outputs[self.firsts :], self.call.labels
        seconds = found[self.firsts * n :]
        pairs = []
        for i, j in combinations(range(n), 2):
            (x, _), (y, _) = rows[i][j], rows[j][i]
            is_settled = len(seconds) == n * n and seconds[i * n + j].holds and seconds[j * n + i].holds
            slack = math.inf if is_settled else rtol * max(abs(x), abs(y))
            pairs.append(
                Pair(names[i].derivative(labels[j]), names[j].derivative(labels[i]), (x, slack), (y, 0.0), 0.0, float)
            )
        return compared(pairs, "given")


def _at(call: Call, given: Any) -> Any:
    return call.like(given)(call.moved([], [])) if callable(given) else given


def _sizes(call: Call) -> list[int]:
    """How many numbers each argument holds."""
    return [len(Arguments(arg).scalars) for arg in call.args]


def _plain(x: Any) -> Any:
    """What another library's array holds, as NumPy's; sequences part by part."""
    if isinstance(x, (list, tuple)):
        return [_plain(part) for part in x]
    return np.asarray(x) if hasattr(x, "__array__") and not isinstance(x, (np.ndarray, np.generic)) else x


def _numbers(x: Any, title: str) -> list[float]:
    require_result(x, title)
    scalars = Arguments(_plain(x), where=f"the check of what {title} returned").scalars
    return [y.data if isinstance(y, Value) else y for y in scalars]


def _matrix(what: str, call: Call, given: Any, heights: Sequence[int]) -> np.ndarray[Any, Any]:
    """Given derivatives as a matrix with a row for each output and a column for each number in the arguments.

    They come as rows; or, in a tuple with an entry for each argument, as blocks of columns, as PyTorch and JAX give
    them; a Hessian as a tuple of such tuples.
    """
    if len(heights) > 1 and type(given) is tuple and len(given) == len(heights):
        parts = [_matrix(what, call, part, [height]) for part, height in zip(given, heights, strict=True)]
        return np.concatenate(parts)
    height, sizes = sum(heights), _sizes(call)
    if type(given) is tuple and len(given) == len(sizes) > 1:
        blocks = [np.array(_numbers(block, f"the {what}")) for block in given]
        if all(block.size == height * size for block, size in zip(blocks, sizes, strict=True)):
            return np.hstack([block.reshape(height, size) for block, size in zip(blocks, sizes, strict=True)])
    numbers = np.array(_numbers(given, f"the {what}"))
    width = sum(sizes)
    if numbers.size != height * width:
        wants = (
            f"the arguments have {width}" if height == 1 else f"{height} × {width} are wanted, a row for each output"
        )
        raise ValueError(f"the {what} has {numbers.size} numbers, where {wants}")
    return numbers.reshape(height, width)


def _hinted(found: list[Finding], call: Call, rows: int) -> list[Finding]:
    """The findings, and what the mistake may be: places exchanged, or a path left out."""
    n = len(call.point)
    wrong = [place for place, x in enumerate(found) if x.verdict == "fail"]
    hints = dict.fromkeys(wrong, "")
    for place in wrong:
        i, k = divmod(place, n)
        mirrored = k * n + i
        if rows == n > 1 and i != k and place < n * n and _is(found[place], found[mirrored]):
            hints[place] = "it is the derivative the other way round: the matrix may be transposed"
            continue
        twin = next(
            (other for other in range(i * n, i * n + n) if other != place and _is(found[place], found[other])), None
        )
        if twin is not None:
            exchanged = _is(found[twin], found[place])
            hints[place] = f"{'exchanged with' if exchanged else 'it is'} {found[twin].name}"
    for place in [place for place in wrong if not hints[place] and place < rows * n][:_DETOURS]:
        hints[place] = _detour(call, *divmod(place, n), found[place].engine)
    return [replace(x, hint=hints.get(place, "")) for place, x in enumerate(found)]


def _is(wrong: Finding, other: Finding) -> bool:
    """Whether a wrong number is, clearly, the derivative that another number should be."""
    slope = other.difference.slope
    return other.difference.is_clean and slope != 0.0 and math.isclose(wrong.engine, slope, rel_tol=1e-7)


def _detour(call: Call, i: int, k: int, claimed: float) -> str:
    """Which paths a wrong derivative sums over, if the function can be recorded and it sums over some."""
    try:
        at = Application(call.f, tuple(call.moved([], [])))
        x = at.variables[k].named(call.labels[k])
        routes = paths(at.results[i], x)
    except Exception:  # a function of floats need not take Values, and may say so in any way
        return ""
    if routes.count > _FEW_PATHS:
        return ""
    listed = list(routes)
    counted = selected(claimed, [path.product for path in listed])
    if counted is None:
        return ""
    missing = [path for place, path in enumerate(listed) if place not in counted]
    through = " → ".join(name(node.label) or (node.op.name if node.op else "") for node in missing[0].nodes)
    return f"only {len(counted)} of {len(listed)} paths: {through} is missing" + (
        "" if len(missing) == 1 else ", and others"
    )
