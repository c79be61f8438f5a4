"""Plots of functions of one number by matplotlib, with tangents and secants.

matplotlib is imported when a plot needs new axes, and not before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.context import quiet
from autograd.derivatives import grad
from autograd.graph import if_none
from autograd.op import Op
from autograd.reals import real
from autograd.symbolic.typesetting import number, visible
from autograd.value import Value, topological_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Points of a curve: more than a figure has columns of dots.
CURVE_POINTS = 801
# A change between neighbouring points that is a smaller part of the range of the curve is not examined.
MIN_JUMP_SHARE = 0.02
# Halvings of an interval: after them its ends are neighbouring floats.
MAX_HALVINGS = 60
# Share of the values on either side that a pole may have, which the axes do not show.
POLE_SHARE = 0.05
# A curve with a pole has a range so many times as large as that without these values.
MIN_POLE_RATIO = 5.0
# The distance, relative to the point, at which a kink is looked for.
KINK_DISTANCE = 1e-6
# A smaller change of the slope, relative or absolute, is no kink.
MIN_KINK = 1e-3

Function = Callable[[Any], Any]


def plot(
    f: Function | Sequence[Function] | Mapping[str, Function],
    span: tuple[float, float],
    at: float | None = None,
    *,
    nudge: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot functions of one number, with their tangents at a point and their slopes.

    A jump or a pole interrupts the curve, and so does a part outside the domain.

    Args:
        f: a function of one number, several, or a dict of them with their labels. A function may be an operation.
        span: the lowest and the highest number to plot.
        at: the point of the tangents; None for none. It lies in `span`.
        nudge: also draw the secant from `at` to `at` + `nudge`, with its slope.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes, for further changes or `ax.figure.savefig("f.png")`.

    Raises:
        ImportError: there are no axes, and matplotlib is not installed.
        TypeError: `f` is not a function or does not return one number, or an argument is not a number.
        ValueError: `span`, `at` or `nudge` is not as above, or a function has no value there.

    Source:
        Tangent and secant as in Sanderson (3Blue1Brown), "Essence of calculus" (2017).

    >>> from types import SimpleNamespace
    >>> def show(*points, **looks):
    ...     print(looks.get("label", "a point"))
    >>> axes = SimpleNamespace(plot=show, axline=show, legend=lambda: None, set_xlabel=lambda label: None)
    >>> _ = plot(lambda x: x * x, (-1.0, 3.0), at=1.0, nudge=0.5, ax=axes)
    f
    tangent at 1: slope 2
    a point
    secant to 1.5: slope 2.5
    """
    low, high = _span(span)
    functions = _labelled(f)
    point = None if at is None else _point(at, low, high)
    step = None if nudge is None else _step(nudge, point)
    if ax is None:
        ax = _new_axes()
    elif not callable(getattr(ax, "plot", None)):
        raise TypeError(f"ax must be matplotlib axes, got {type(ax).__name__} {ax!r:.40}; make some by plt.subplots()")
    for index, (label, function) in enumerate(functions):
        xs, ys = _curve(function, label, low, high)
        color = f"C{index % 10}"
        ax.plot(xs, ys, color=color, label=_text(label))
        if len(functions) == 1 and _has_pole(ys):
            ax.set_ylim(*_middle(ys))
        if point is not None:
            _draw_lines(ax, function, label, point, step, color, f" of {label}" if len(functions) > 1 else "")
    ax.set_xlabel("x")
    ax.legend()
    return ax


def _draw_lines(ax: Axes, f: Function, label: str, point: float, step: float | None, color: str, of: str) -> None:
    """Draw the tangent, and the secant if there is a step, with their slopes in the legend."""
    y = _value(f, label, point)
    slope = _number(grad(f)(point), label) if math.isfinite(y) else math.nan
    if not math.isfinite(slope):
        raise ValueError(
            f"{label} must have a value and a slope at {point!r}, got {y!r} and {slope!r}; choose another at"
        )
    kink = " (a kink)" if _has_kink(f, point) else ""
    words = f"tangent at {number(point)}{kink}{of}: slope {number(slope)}"
    # Unlike a line of plot(), this one does not change the limits of the axes, which are those of the curves.
    ax.axline((point, y), slope=slope, color=color, linestyle="--", label=_text(words))
    ax.plot([point], [y], color=color, marker="o")
    if step is None:
        return
    end = _value(f, label, point + step)
    if not math.isfinite(end):
        raise ValueError(f"{label} must have a value at {point + step!r}, got {end!r}; choose another nudge")
    secant = (end - y) / ((point + step) - point)
    words = f"secant to {number(point + step)}{of}: slope {number(secant)}"
    ax.plot([point, point + step], [y, end], color=color, linestyle=":", marker="o", label=_text(words))


# --- arguments


def _span(span: Any) -> tuple[float, float]:
    if not isinstance(span, Sequence) or isinstance(span, str) or len(span) != 2:
        raise TypeError(f"span must be two numbers, got {type(span).__name__} {span!r:.40}; write (-6, 6)")
    low, high = (real(x, "span") for x in span)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"span must be two finite numbers, the lower first, got {span!r}; write (-6, 6)")
    return low, high


def _point(at: Any, low: float, high: float) -> float:
    point = real(at, "at")
    if not low <= point <= high:
        raise ValueError(f"at must be in the span from {low!r} to {high!r}, got {at!r}; make the span wider")
    return point


def _step(nudge: Any, point: float | None) -> float:
    step = real(nudge, "nudge")
    if point is None:
        raise ValueError("nudge must be given together with at, the point that is nudged; add at=")
    if not math.isfinite(step) or point + step == point:
        raise ValueError(f"nudge must be a finite number that changes {point!r}, got {nudge!r}; 0.5, for example")
    return step


def _labelled(f: Any) -> list[tuple[str, Function]]:
    """Return the functions with their labels."""
    if isinstance(f, Mapping):
        functions = [(visible(str(label)), function) for label, function in f.items()]
    elif isinstance(f, Sequence) and not isinstance(f, str):
        functions = [(_name(function, f"f{i}"), function) for i, function in enumerate(f, 1)]
    else:
        functions = [(_name(f, "f"), f)]
    if not functions:
        raise ValueError("f must be at least one function, got none; pass a function, such as ag.sigmoid")
    for label, function in functions:
        if not callable(function):
            raise TypeError(f"f must be a function, got {type(function).__name__} {function!r:.40} for {label}")
    return functions


def _name(f: Any, default: str) -> str:
    if isinstance(f, Op):
        return f.name
    label = getattr(f, "__name__", default)
    return default if label == "<lambda>" else visible(str(label))


def _text(label: str) -> str:
    """Return a label that matplotlib shows as it is: without mathematics, and in the legend."""
    escaped = label.replace("$", r"\$")
    # Labels that begin with an underscore are left out of a legend.
    return f" {escaped}" if escaped.startswith("_") else escaped


def _new_axes() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError('plot() needs matplotlib; pip install matplotlib, or ".[plot]" in a checkout') from error
    return pyplot.subplots()[1]


# --- curves


def _value(f: Function, label: str, x: float) -> float:
    """Return f(x) as a float; nan outside the domain."""
    try:
        y = f(x)
    except (ArithmeticError, ValueError):
        return math.nan
    return _number(y, label)


def _number(y: Any, label: str) -> float:
    """Return a result of a function as a float; it is a Value if the function uses one from outside.

    Raises:
        TypeError: it is not one number.
    """
    try:
        return real(y.data if isinstance(y, Value) else y, label)
    except TypeError:
        got = f"{type(y).__name__} {y!r:.40}{if_none(y)}"
        raise TypeError(f"{label} must return one number for one number, got {got}") from None


def _curve(f: Function, label: str, low: float, high: float) -> tuple[list[float], list[float]]:
    """Return the points of a curve, with NaN where it is interrupted."""
    steps = CURVE_POINTS - 1
    xs = [low + (high - low) * i / steps for i in range(steps)] + [high]
    ys = [_value(f, label, x) for x in xs]
    finite = [y for y in ys if math.isfinite(y)]
    if not finite:
        raise ValueError(f"{label} must have a value from {low!r} to {high!r}, got none; choose another span")
    bottom, top = min(finite), max(finite)
    points = [(xs[0], ys[0])]
    for left, right in zip(zip(xs, ys, strict=True), zip(xs[1:], ys[1:], strict=True), strict=False):
        if abs(right[1] - left[1]) > MIN_JUMP_SHARE * (top - bottom):
            ends = _jump(f, label, left, right)
            if ends is not None:
                # The ends of a jump are on the curve; those of a pole are far outside.
                inside = [[end] if bottom <= end[1] <= top else [] for end in ends]
                points += [*inside[0], (ends[0][0], math.nan), *inside[1]]
        points.append(right)
    return [x for x, _ in points], [y for _, y in points]


_Point = tuple[float, float]


def _jump(f: Function, label: str, left: _Point, right: _Point) -> tuple[_Point, _Point] | None:
    """Return the neighbouring points between which a function jumps; None if it is continuous there."""
    size = abs(right[1] - left[1])
    for _ in range(MAX_HALVINGS):
        x = 0.5 * (left[0] + right[0])
        if not left[0] < x < right[0]:
            break
        middle = (x, _value(f, label, x))
        if math.isnan(middle[1]):
            return left, right
        if abs(middle[1] - left[1]) > abs(right[1] - middle[1]):
            right = middle
        else:
            left = middle
    return (left, right) if abs(right[1] - left[1]) > 0.5 * size else None


def _has_pole(ys: Sequence[float]) -> bool:
    """Return True if a curve is interrupted and its values beside that are far from the others."""
    finite = [y for y in ys if math.isfinite(y)]
    low, high = _middle(ys)
    return len(finite) < len(ys) and max(finite) - min(finite) > MIN_POLE_RATIO * (high - low)


def _middle(ys: Sequence[float]) -> tuple[float, float]:
    """Return limits that show most of the values of a curve."""
    finite = sorted(y for y in ys if math.isfinite(y))
    cut = int(POLE_SHARE * len(finite))
    return finite[cut], finite[-1 - cut]


def _has_kink(f: Function, point: float) -> bool:
    """Return True if an operation in f changes to another of its pieces at the point, and the slope with it."""
    step = KINK_DISTANCE * max(abs(point), 1.0)
    pieces, slopes = [], []
    for x in (point - step, point + step):
        leaf = Value(x)
        with quiet():
            try:
                root = f(leaf)
                slopes.append(_number(grad(f)(x), "f"))
            except (ArithmeticError, ValueError):
                return False
        order = topological_order(root) if isinstance(root, Value) else []
        pieces.append([node.op.branch(*(v.data for v in node.operands)) for node in order if node.op is not None])
    before, after = slopes
    return pieces[0] != pieces[1] and not math.isclose(before, after, rel_tol=MIN_KINK, abs_tol=MIN_KINK)
