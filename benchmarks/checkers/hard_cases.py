"""Random functions of arrays, as engineers have them: kinks, roots, fits, single precision, saturation, many inputs.

A class and a seed give the same cases in each process. Every function is written once, for NumPy, `torch` and
`jax.numpy` alike, and comes with its Jacobian from a formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
# A dict of arrays, or of such dicts.
Nest = Any
# A function of a library (`numpy`, `torch`, `jax.numpy`) and a point in arrays of that library.
Function = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Case:
    """A function at a point, with its right derivatives.

    Attributes:
        name: A description of the function.
        function: The function.
        point: An array, or a nest of dicts of arrays.
        jacobian: The derivatives, with a row for each output and a column for each input.
        entry: The row and the column of the entry that a wrong claim changes.
        other_slope: The slope on the other side of a kink; nan elsewhere.
        mode: The mode of a check that has several, or None for the default.
    """

    name: str
    function: Function
    point: Nest
    jacobian: Array
    entry: tuple[int, int] = (0, 0)
    other_slope: float = math.nan
    mode: str | None = None

    @property
    def leaves(self) -> list[Array]:
        """The arrays of the point, in the order of the columns of the Jacobian."""
        return self.leaves_of(self.point)

    @property
    def has_dict(self) -> bool:
        """True if the point is a nest, false if it is an array."""
        return isinstance(self.point, dict)

    @property
    def is_scalar(self) -> bool:
        """True if the function returns one number."""
        return len(self.jacobian) == 1

    def leaves_of(self, nest: Nest) -> list[Any]:
        """Return the arrays of a nest in the order of the keys of the point, which JAX sorts."""
        return list(_leaves(self.point, nest))

    def nest(self, leaves: Sequence[Any]) -> Any:
        """Return the arrays in the structure of the point."""
        return _nested(self.point, iter(leaves))

    def parts(self, row: Array) -> list[Array]:
        """Return a row of numbers, one for each input, as arrays in the shapes of the point."""
        ends = np.cumsum([leaf.size for leaf in self.leaves])[:-1]
        return [
            part.reshape(leaf.shape).astype(leaf.dtype)
            for part, leaf in zip(np.split(row, ends), self.leaves, strict=True)
        ]

    @property
    def label(self) -> str:
        """The name of the entry in the report of a check of `f(p)` or, for a nest, of `f(params)`."""
        row, column = self.entry
        output = "f" if self.is_scalar else f"f[{row}]"
        return f"∂{output}/∂{_names(self.point, 'params' if self.has_dict else 'p')[column]}"

    def claimed(self, factor: float) -> Array | None:
        """Return the Jacobian with one entry times a factor, or None if that is right too, as 0 between two slopes."""
        number = self.jacobian[self.entry]
        low, high = sorted((number, number if math.isnan(self.other_slope) else self.other_slope))
        if factor != 1.0 and low <= factor * number <= high:
            return None
        changed = self.jacobian.copy()
        changed[self.entry] *= factor
        return changed


def _leaves(point: Nest, nest: Nest) -> Iterator[Any]:
    if isinstance(point, dict):
        for key, value in point.items():
            yield from _leaves(value, nest[key])
    else:
        yield nest


def _names(point: Nest, name: str) -> list[str]:
    """Return the names of the inputs, as Python writes them."""
    if isinstance(point, dict):
        return [each for key, value in point.items() for each in _names(value, f'{name}["{key}"]')]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(point.shape)]


def _nested(point: Nest, leaves: Any) -> Any:
    if isinstance(point, dict):
        return {key: _nested(value, leaves) for key, value in point.items()}
    return next(leaves)


def _case(name: str, function: Function, point: Nest, jacobian: Array, **more: Any) -> Case:
    return Case(name, function, point, np.atleast_2d(np.asarray(jacobian, dtype=np.float64)), **more)


def _sized(draw: np.random.RandomState, low: float, high: float) -> float:
    """Return a number of either sign whose logarithm to base 2 is uniform."""
    return float(draw.choice([-1.0, 1.0]) * 2.0 ** draw.uniform(low, high))


def _entry(draw: np.random.RandomState, jacobian: Array) -> tuple[int, int]:
    """Return the indices of a random entry among the larger half."""
    sizes = np.abs(np.atleast_2d(jacobian))
    rows, columns = np.nonzero(sizes >= np.median(sizes))
    k = draw.randint(len(rows))
    return int(rows[k]), int(columns[k])


# --- One input


def curved_kink(draw: np.random.RandomState) -> Case:
    """Return a kink with a curve on at least one side. The slope of the steeper side is claimed."""
    forms = (_parabolas, _elu, _hardswish, _clipped_square, _clipped_log, _payoff)
    name, function, x, left, right = forms[draw.randint(len(forms))](draw)
    steep, other = sorted((left, right), key=abs, reverse=True)
    return _case(name, function, np.array([x]), steep, other_slope=other)


def _parabolas(draw: np.random.RandomState) -> tuple[str, Function, float, float, float]:
    x, c = _sized(draw, -6, 6), draw.uniform(-2.0, 2.0)
    left, right = draw.uniform(-2.0, 2.0), draw.uniform(-2.0, 2.0)
    # One side is curved for certain, and the other one in half of the cases.
    bends = [_sized(draw, -1, 1), float(draw.randint(2)) * draw.uniform(-2.0, 2.0)]
    draw.shuffle(bends)

    def f(xp: Any, p: Any) -> Any:
        d = p[0] - x
        return c + xp.where(d < 0.0, d * (left + bends[0] * d), d * (right + bends[1] * d))

    return "two parabolas", f, x, left, right


def _elu(draw: np.random.RandomState) -> tuple[str, Function, float, float, float]:
    scale, alpha = draw.uniform(0.5, 2.0), float(draw.choice([0.5, 1.6732632423543772, draw.uniform(1.2, 3.0)]))

    def f(xp: Any, p: Any) -> Any:
        return scale * xp.where(p[0] > 0.0, p[0], alpha * xp.expm1(p[0]))

    return "ELU", f, 0.0, scale * alpha, scale


def _hardswish(draw: np.random.RandomState) -> tuple[str, Function, float, float, float]:
    x = float(draw.choice([-3.0, 3.0]))
    slopes = (0.0, -0.5) if x < 0.0 else (1.5, 1.0)
    scale = draw.uniform(0.5, 2.0)

    def f(xp: Any, p: Any) -> Any:
        return scale * p[0] * xp.clip(p[0] + 3.0, 0.0, 6.0) / 6.0

    return "hardswish", f, x, scale * slopes[0], scale * slopes[1]


def _clipped_square(draw: np.random.RandomState) -> tuple[str, Function, float, float, float]:
    x = _sized(draw, -4, 4)

    def f(xp: Any, p: Any) -> Any:
        return xp.where(p[0] * p[0] < x * x, p[0] * p[0], x * x)

    return ("min(x², c)", f, x, 2.0 * x, 0.0) if x > 0.0 else ("min(x², c)", f, x, 0.0, 2.0 * x)


def _clipped_log(draw: np.random.RandomState) -> tuple[str, Function, float, float, float]:
    x = abs(_sized(draw, -4, 4))

    def f(xp: Any, p: Any) -> Any:
        return xp.where(p[0] > x, xp.log(p[0] / x), 0.0 * p[0])

    return "max(log(x/c), 0)", f, x, 0.0, 1.0 / x


def _payoff(draw: np.random.RandomState) -> tuple[str, Function, float, float, float]:
    strike, rate = draw.uniform(50.0, 150.0), draw.uniform(0.1, 0.5)

    def f(xp: Any, p: Any) -> Any:
        return xp.where(p[0] > 0.0, strike * xp.exp(rate * p[0]) - strike, 0.0 * p[0])

    return "option payoff", f, 0.0, 0.0, strike * rate


def root(draw: np.random.RandomState) -> Case:
    """Return a line or a parabola close to its root, where the values have cancelled."""
    if draw.randint(2):
        a, zero = _sized(draw, -8, 8), _sized(draw, -8, 8)
        x, offset = zero * (1.0 + _sized(draw, -40, -4)), a * zero
        return _case("a line", lambda xp, p: a * p[0] - offset, np.array([x]), a)
    r, s = _sized(draw, -6, 6), _sized(draw, -6, 6)
    x, both, product = r * (1.0 + _sized(draw, -40, -4)), r + s, r * s
    return _case("a parabola", lambda xp, p: p[0] * p[0] - both * p[0] + product, np.array([x]), 2.0 * x - both)


# --- Several inputs


def fit(draw: np.random.RandomState) -> Case:
    """Return the residuals of an exponential fit close to its solution."""
    height, rate, base = 1.0 + draw.uniform(), -0.1 - draw.uniform(), draw.uniform(0.1, 0.5)
    t = np.linspace(0.5, 4.5, 8)
    y = np.round(height * np.exp(rate * t) + base, 10)
    p = np.array([height, rate, base]) * (1.0 + 2.0 ** draw.uniform(-40.0, -28.0, 3))

    def f(xp: Any, p: Any) -> Any:
        return p[0] * xp.exp(p[1] * xp.asarray(t)) + p[2] - xp.asarray(y)

    decay = np.exp(p[1] * t)
    jacobian = np.stack([decay, p[0] * t * decay, np.ones_like(t)], axis=1)
    return _case("exponential fit", f, p, jacobian, entry=_entry(draw, jacobian))


def single_precision(draw: np.random.RandomState) -> Case:
    """Return a sum of activations or a network that computes in float32."""
    return _network(draw) if draw.randint(4) == 0 else _activations(draw)


def _activations(draw: np.random.RandomState) -> Case:
    name = ("sin", "exp", "tanh")[draw.randint(3)]
    slope = {"sin": np.cos, "exp": np.exp, "tanh": lambda z: 1.0 / np.cosh(z) ** 2}[name]
    a, w, b = draw.uniform(-2.0, 2.0, (3, draw.randint(1, 6))).astype(np.float32)
    x = draw.uniform(-2.0, 2.0, 1).astype(np.float32)

    def f(xp: Any, p: Any) -> Any:
        p = xp.asarray(p, dtype=xp.float32)
        return (xp.asarray(a) * getattr(xp, name)(xp.asarray(w) * p[0] + xp.asarray(b))).sum()

    wide = [v.astype(np.float64) for v in (a, w, b, x)]
    return _case(f"a sum of {name}", f, x, math.fsum(wide[0] * wide[1] * slope(wide[1] * wide[3] + wide[2])))


def _network(draw: np.random.RandomState) -> Case:
    W, b = (draw.normal(size=size).astype(np.float32) for size in ((8, 4), 8))
    v, x = (draw.normal(size=size).astype(np.float32) for size in (8, 4))

    def f(xp: Any, p: Any) -> Any:
        p = xp.asarray(p, dtype=xp.float32)
        return (xp.asarray(v) * xp.tanh(xp.asarray(W) @ p + xp.asarray(b))).sum()

    wide = W.astype(np.float64), v.astype(np.float64)
    gradient = (wide[1] / np.cosh(wide[0] @ x + b) ** 2) @ wide[0]
    return _case("a 4-8-1 network", f, x, gradient, entry=_entry(draw, gradient))


def saturation(draw: np.random.RandomState) -> Case:
    """Return a layer with saturated units, whose derivatives are far below those of other units."""
    size = 10
    W, x = 6.0 * draw.normal(size=(size, size)), draw.normal(size=size)
    jacobian = W / np.cosh(W @ x)[:, None] ** 2
    live = int(np.argmin(np.abs(W @ x)))
    column = _entry(draw, jacobian[live])[1]
    return _case("tanh(Wx)", lambda xp, p: xp.tanh(xp.asarray(W) @ p), x, jacobian, entry=(live, column))


def thousand(draw: np.random.RandomState, mode: str) -> Case:
    """Return a smooth function of a thousand inputs."""
    size = 1_000
    p, W = draw.normal(size=size), draw.normal(size=(20, size)) / 30.0
    gradient = W.T @ (1.0 / np.cosh(W @ p) ** 2) + 0.02 * p

    def f(xp: Any, p: Any) -> Any:
        return xp.tanh(xp.asarray(W) @ p).sum() + 0.01 * (p * p).sum()

    return _case("1,000 inputs", f, p, gradient, entry=_entry(draw, gradient), mode=mode)


def pytree(draw: np.random.RandomState) -> Case:
    """Return the loss of a small network by its parameters, a dict of dicts of arrays."""
    x, y = draw.normal(size=3), draw.normal(size=2)
    params = {
        "fc1": {"weight": draw.normal(size=(4, 3)), "bias": draw.normal(size=4)},
        "fc2": {"weight": draw.normal(size=(2, 4)), "bias": draw.normal(size=2)},
    }

    def f(xp: Any, params: Any) -> Any:
        first, second = params["fc1"], params["fc2"]
        hidden = xp.tanh(first["weight"] @ xp.asarray(x) + first["bias"])
        return ((second["weight"] @ hidden + second["bias"] - xp.asarray(y)) ** 2).sum()

    hidden = np.tanh(params["fc1"]["weight"] @ x + params["fc1"]["bias"])
    out = 2.0 * (params["fc2"]["weight"] @ hidden + params["fc2"]["bias"] - y)
    back = (out @ params["fc2"]["weight"]) * (1.0 - hidden**2)
    gradient = np.concatenate([np.outer(back, x).ravel(), back, np.outer(out, hidden).ravel(), out])
    return _case("a loss of params", f, params, gradient, entry=_entry(draw, gradient))


@dataclass(frozen=True)
class CaseClass:
    """A class of cases.

    Attributes:
        title: The name in tables.
        description: A description of its functions.
        make: Draws a case.
        count: The number of cases for each seed.
        smallest_factor: The smallest factor of a wrong claim, which is larger in single precision and at kinks.
    """

    title: str
    description: str
    make: Callable[[np.random.RandomState], Case]
    count: int
    smallest_factor: float = 1.01

    @property
    def factors(self) -> dict[str, float]:
        """The factors of the claims, by name."""
        near = self.smallest_factor
        return {"correct": 1.0, "×(−1)": -1.0, "×2": 2.0, f"×{near:g}": near, "×0": 0.0}

    def cases(self, seed: int, count: int | None = None) -> list[Case]:
        """Return the cases of a seed, or the first `count` of them."""
        draw = np.random.RandomState([seed, *map(ord, self.title)])
        return [self.make(draw) for _ in range(self.count if count is None else count)]


CLASSES = {
    each.title: each
    for each in (
        CaseClass(
            "curved kinks",
            "parabolas on two sides, ELU, hardswish, min(x², c), max(log(x/c), 0), an option payoff; the slope of the "
            "steeper side is right",
            curved_kink,
            60,
            1.1,
        ),
        CaseClass("roots", "a line or a parabola close to its root", root, 60),
        CaseClass("fits", "the 8 residuals of an exponential fit close to its solution", fit, 20),
        CaseClass(
            "float32", "sums of sin, exp or tanh, and a 4-8-1 network, in single precision", single_precision, 60, 1.1
        ),
        CaseClass("saturation", "tanh(Wx) with 10 units, of which some are saturated", saturation, 10),
        CaseClass("1,000 inputs", "a sum of 20 tanh and a parabola", lambda draw: thousand(draw, "full"), 4),
        CaseClass("1,000 inputs, fast", "the same", lambda draw: thousand(draw, "fast"), 10),
        CaseClass("pytrees", "the loss of a network by a dict of dicts of arrays", pytree, 20),
    )
}
