"""Plots: points on the curve, tangents with the slope, and axes that record both where matplotlib is not installed."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd as ag
from autograd import Value


class Axes:
    """Axes that record what is drawn on them."""

    def __init__(self) -> None:
        self.curves: list[tuple[list[float], list[float], dict[str, Any]]] = []
        self.tangents: list[tuple[tuple[float, float], float, dict[str, Any]]] = []
        self.limits: tuple[float, float] | None = None

    def plot(self, xs: list[float], ys: list[float], **looks: Any) -> None:
        self.curves.append((xs, ys, looks))

    def axline(self, point: tuple[float, float], slope: float, **looks: Any) -> None:
        self.tangents.append((point, slope, looks))

    def set_ylim(self, low: float, high: float) -> None:
        self.limits = (low, high)

    def set_xlabel(self, label: str) -> None:
        assert label == "x"

    def legend(self) -> None:
        pass

    @property
    def labels(self) -> list[str]:
        looks = [*(x[2] for x in self.curves), *(x[2] for x in self.tangents)]
        return [x["label"] for x in looks if "label" in x]


def drawn(*arguments: Any, **options: Any) -> Axes:
    axes = Axes()
    assert ag.plot(*arguments, ax=axes, **options) is axes  # type: ignore[arg-type]
    return axes


def test_curve_tangent_and_secant_are_those_of_the_function() -> None:
    axes = drawn(ag.sigmoid, (-6, 6), at=0.5, nudge=2)
    [(xs, ys, _), (at, value, _), (ends, secant, _)] = axes.curves
    assert (xs[0], xs[-1], len(xs)) == (-6.0, 6.0, 801)
    assert all(y == ag.sigmoid(x) for x, y in zip(xs, ys, strict=True))
    assert (at, value) == ([0.5], [ag.sigmoid(0.5)])
    assert (ends, secant) == ([0.5, 2.5], [ag.sigmoid(0.5), ag.sigmoid(2.5)])
    [(point, slope, looks)] = axes.tangents
    assert (point, slope) == ((0.5, ag.sigmoid(0.5)), ag.grad(ag.sigmoid)(0.5))
    assert looks["label"] == "tangent at 0.5: slope 0.235"
    assert axes.labels == ["sigmoid", "secant to 2.5: slope 0.1508", "tangent at 0.5: slope 0.235"]
    assert axes.limits is None


def test_shift_by_the_bias_is_drawn_for_several_functions() -> None:
    """The essay's Figure 2: relu and relu shifted by a bias of −5."""
    axes = drawn({"relu(x)": ag.relu, "relu(x − 5)": lambda x: ag.relu(x - 5)}, (-10, 10), at=3)
    assert axes.labels == [
        "relu(x)",
        "relu(x − 5)",
        "tangent at 3 of relu(x): slope 1",
        "tangent at 3 of relu(x − 5): slope 0",
    ]
    colors = [looks["color"] for _, _, looks in axes.curves]
    assert colors == ["C0", "C0", "C1", "C1"]
    assert [looks["color"] for _, _, looks in axes.tangents] == ["C0", "C1"]


def test_kink_is_marked_and_a_curve_is_not() -> None:
    assert drawn(ag.relu, (-1, 1), at=0).labels[-1] == "tangent at 0 (a kink): slope 0"
    assert drawn(ag.relu, (-1, 1), at=0.5).labels[-1] == "tangent at 0.5: slope 1"
    assert drawn(lambda x: x**2, (-1, 1), at=0).labels[-1] == "tangent at 0: slope 0"
    assert drawn(ag.abs, (-1, 1), at=0).labels[-1] == "tangent at 0 (a kink): slope 0"


@pytest.mark.parametrize(
    ("slope", "change", "is_kink"),
    [
        *((0.0, 0.9e-3, False), (0.0, 1.1e-3, True), (0.0, -1.1e-3, True), (1.0, 0.9e-3, False), (1.0, 1.1e-3, True)),
        *((20.0, 0.019, False), (20.0, 0.021, True), (-20.0, 0.019, False), (-20.0, 0.021, True)),
    ],
)
def test_kink_changes_the_slope_by_a_thousandth(slope: float, change: float, is_kink: bool) -> None:
    for side in (1.0, -1.0):
        labels = drawn(lambda x, side=side: slope * x + change * ag.relu(side * x), (-1, 1), at=0).labels
        assert ("(a kink)" in labels[-1]) is is_kink


@pytest.mark.parametrize(("at", "distance"), [(0.0, 1e-6), (0.5, 1e-6), (5.0, 5e-6), (-5.0, 5e-6)])
def test_kink_is_a_millionth_away_at_most(at: float, distance: float) -> None:
    for share, is_kink in ((-1.1, False), (-0.9, True), (0.9, True), (1.1, False)):
        labels = drawn(lambda x, s=share: ag.relu(x - (at + s * distance)), (-6, 6), at=at).labels
        assert ("(a kink)" in labels[-1]) is is_kink


def test_lines_of_one_function_have_its_color() -> None:
    axes = drawn([ag.sin, ag.cos], (-1, 1), at=0, nudge=0.5)
    assert [looks["color"] for *_, looks in axes.curves] == ["C0"] * 3 + ["C1"] * 3
    assert [looks["color"] for *_, looks in axes.tangents] == ["C0", "C1"]


def gaps(axes: Axes) -> list[float]:
    xs, ys, _ = axes.curves[0]
    return [x for x, y in zip(xs, ys, strict=True) if math.isnan(y)]


def test_jumps_interrupt_the_curve_and_steep_curves_do_not() -> None:
    assert gaps(drawn(ag.floor, (-1.5, 1.5))) == pytest.approx([-1, 0, 1], abs=1e-9)
    assert gaps(drawn(ag.step, (-1.3, 1.7))) == pytest.approx([0], abs=1e-9)
    assert gaps(drawn(lambda x: ag.sigmoid(1e6 * x), (-1, 1.1))) == []
    assert gaps(drawn(ag.exp, (-20, 20))) == []
    assert gaps(drawn(lambda x: ag.floor(x) + 100, (-1.5, 1.5))) == pytest.approx([-1, 0, 1], abs=1e-9)
    # No value at the jump, between two points of the curve.
    hole = drawn(lambda x: math.copysign(1.0, x - 0.001) + ag.log(ag.abs(x - 0.001) - 1e-5) * 0.0, (-1, 1))
    assert gaps(hole) == pytest.approx([0.001], abs=1e-3)
    # Both ends of a jump are on the curve.
    xs, ys, _ = drawn(ag.step, (-1.3, 1.7)).curves[0]
    [i] = [i for i, y in enumerate(ys) if math.isnan(y)]
    assert (ys[i - 1], ys[i + 1]) == (0.0, 1.0)
    assert xs[i - 1] == pytest.approx(0.0, abs=1e-9)


def test_jump_is_located_by_sixty_halvings() -> None:
    """Beside 0 floats are so dense that no halving ends at neighbours."""
    xs = []

    def step(x: Any) -> float:
        xs.append(x)
        return float(x > 0.0)

    curve, ys, _ = drawn(step, (-1.3, 1.7)).curves[0]
    assert len(xs) == 801 + 60
    [i] = [i for i, y in enumerate(ys) if math.isnan(y)]
    assert curve[i + 1] - curve[i - 1] == pytest.approx((3.0 / 800) * 2.0**-60)


@pytest.mark.parametrize(("height", "is_limited"), [(5.0, False), (5.1, True)])
def test_axes_are_limited_beside_values_five_times_as_far_as_the_others(height: float, is_limited: bool) -> None:
    """Nearly all values are 0 or 1, and 2 % at a height, beside a gap."""

    def f(x: float) -> float:
        if abs(x) < 0.01:
            raise ValueError("no value")
        return height if x > 0.96 else float(x > 0.0)

    axes = drawn(f, (-1, 1))
    assert gaps(axes)
    assert (axes.limits is not None) is is_limited


@pytest.mark.parametrize(("steps", "is_interrupted"), [(48, True), (50, False), (64, False)])
def test_small_jumps_are_not_examined(steps: int, is_interrupted: bool) -> None:
    """A jump up to a fiftieth of the range looks the same in a figure."""
    assert bool(gaps(drawn(ag.floor, (0, steps)))) == is_interrupted


def test_pole_interrupts_the_curve_and_limits_the_axes() -> None:
    for span in ((-2, 2), (-2, 2.3)):
        axes = drawn(lambda x: 1 / x, span)
        assert gaps(axes) == pytest.approx([0], abs=1e-9)
        assert axes.limits is not None
        assert -11 < axes.limits[0] < -4
        assert 4 < axes.limits[1] < 11
    ys = [y for y in drawn(lambda x: 1 / x, (-2, 2)).curves[0][1] if math.isfinite(y)]
    low, high = drawn(lambda x: 1 / x, (-2, 2)).limits or (0, 0)
    assert sum(y < low for y in ys) == sum(y > high for y in ys) == len(ys) // 20
    assert drawn(lambda x: 1 / x + 100, (-2, 2)).limits == pytest.approx((94, 106), abs=2)
    assert drawn(ag.exp, (-6, 6)).limits is None
    assert drawn(ag.sqrt, (-1, 4)).limits is None


def test_points_outside_the_domain_are_left_out() -> None:
    xs, ys, _ = drawn(ag.log, (-1, 3)).curves[0]
    assert all(math.isnan(y) == (x <= 0) for x, y in zip(xs, ys, strict=True))


def test_names_are_those_of_the_functions() -> None:
    def cube(x: Any) -> Any:
        return x**3

    def _private(x: Any) -> Any:
        return x

    assert drawn([cube, lambda x: x, ag.tanh, _private], (0, 1)).labels == ["cube", "f2", "tanh", " _private"]
    assert drawn(lambda x: x, (0, 1)).labels == ["f"]
    assert drawn({"$x$": cube}, (0, 1)).labels == [r"\$x\$"]


def test_function_may_use_recorded_weights() -> None:
    w = Value(3.0, "w")
    axes = drawn(lambda x: w * x, (0, 2), at=1)
    assert axes.curves[0][1][-1] == 6.0
    assert axes.tangents[0][1] == 3.0


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((ag.sin, (1, 1)), {}, ValueError, "span must be two finite numbers, the lower first"),
        ((ag.sin, (1, math.inf)), {}, ValueError, "span must be two finite numbers, the lower first"),
        ((ag.sin, 6), {}, TypeError, "span must be two numbers, got int 6"),
        ((ag.sin, "ab"), {}, TypeError, "span must be two numbers"),
        ((ag.sin, (0, 1), 2), {}, ValueError, "at must be in the span from 0.0 to 1.0, got 2"),
        ((ag.sin, (0, 1), math.nan), {}, ValueError, "at must be in the span"),
        ((ag.sin, (0, 1)), {"nudge": 0.1}, ValueError, "nudge must be given together with at"),
        ((ag.sin, (0, 1), 0.5), {"nudge": 0}, ValueError, "nudge must be a finite number that changes 0.5"),
        ((ag.sin, (0, 1), 0.5), {"nudge": math.nan}, ValueError, "nudge must be a finite number"),
        ((ag.log, (-2, -1)), {}, ValueError, "log must have a value from -2.0 to -1.0, got none"),
        ((ag.log, (-2, 2), -1), {}, ValueError, "log must have a value and a slope at -1.0, got nan"),
        ((ag.log, (-2, 2), 1), {"nudge": -1.5}, ValueError, "log must have a value at -0.5, got nan"),
        ((ag.sqrt, (0, 2), 0), {}, ValueError, "sqrt must have a value and a slope at 0.0, got 0.0 and inf"),
        ((3.0, (0, 1)), {}, TypeError, "f must be a function, got float 3.0"),
        (([], (0, 1)), {}, ValueError, "f must be at least one function, got none"),
        ((lambda x: None, (0, 1)), {}, TypeError, "f must return one number for one number, got NoneType None"),
    ],
)
def test_bad_arguments_are_refused(arguments: Any, options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message.replace("(", r"\(")):
        drawn(*arguments, **options)


def test_axes_that_are_none_are_refused() -> None:
    with pytest.raises(TypeError, match="ax must be matplotlib axes, got str 'a'"):
        ag.plot(ag.sin, (0, 1), ax="a")  # type: ignore[arg-type]


def test_missing_matplotlib_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'plot\(\) needs matplotlib; pip install matplotlib, or "\.\[plot\]"'):
        ag.plot(ag.sin, (0, 1))


def test_plot_is_drawn_by_matplotlib(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason='matplotlib is not installed; pip install ".[plot]"')
    program = """
import matplotlib
matplotlib.use("Agg")
import autograd as ag
axes = ag.plot({"$S$": ag.sigmoid, "relu": ag.relu}, (-6, 6), at=0.5, nudge=1)
axes.figure.savefig("plot.png")
low, high = axes.get_ylim()
# The limits are those of the curves, not of the tangents.
assert -0.5 < low < 0 and 6 < high < 6.5, (low, high)
print(*axes.get_legend_handles_labels()[1], sep="\\n")
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "tangent at 0.5 of relu: slope 1" in done.stdout
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
