"""Optimizers: from the parameters P and the gradient ∇C to the next parameters, as vectors.

Each keeps what it has to remember in arrays as long as P, which `state` hands out and `load_state` takes back.  The
formulas are those of PyTorch's optimizers of the same name, and the numbers are theirs to the last bits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from nn._values import Floats, number, reals, require_result, switch
from nn.schedules import Schedule, constant


class Optimizer:
    """What optimizers have in common: derive from it and say in ``update`` what is added to P.

    Args:
        rate: the learning rate r, or a schedule: a function from the number of steps taken so far to the rate.
        weight_decay: λ: λP is added to ∇C, as if the cost had the term ½λ|P|², biases included.

    Attributes:
        steps: the number of steps taken so far.
        memory: the names of the arrays that it remembers from its first step on.
    """

    memory: tuple[str, ...] = ()

    def __init__(self, rate: float | Schedule, *, weight_decay: float = 0.0) -> None:
        if not callable(rate):
            rate = number(rate, "rate", 0.0)
        self.rate = rate
        self.weight_decay = number(weight_decay, "weight_decay", 0.0)
        self.steps = 0
        self._memory: dict[str, Floats] = {}

    def __repr__(self) -> str:
        settings = {name: x for name, x in vars(self).items() if name[0] != "_" and name not in ("steps", "memory")}
        steps = vars(self).get("steps", 0)
        shown = [f"{name}={_written(x)}" for name, x in settings.items() if name == "rate" or x not in (0.0, False)]
        return f"{type(self).__name__}({', '.join([*shown, f'{steps:,} step' + 's' * (steps != 1)])})"

    def step(self, P: Any, gradient: Any) -> Floats:
        """The parameters after one more step; `P` itself is left as it is.

        Raises:
            ValueError: `P` and `gradient` are not two vectors of one length, the same at each step, or the gradient or
                the rate is not finite; then nothing has happened.
        """
        P, gradient = reals(P, "P"), reals(gradient, "the gradient")
        remembered = next(iter(self._memory.values()), P)
        if P.ndim != 1 or not P.shape == gradient.shape == remembered.shape:
            raise ValueError(
                f"a step takes the vector P and a gradient as long as it, and the same length each time; got "
                f"{P.shape} and {gradient.shape}" + (f" after {remembered.shape}" if self._memory else "")
            )
        if not np.isfinite(gradient).all():
            raise ValueError(
                f"the gradient has {np.count_nonzero(~np.isfinite(gradient))} numbers that are NaN or infinite, of "
                f"{gradient.size}, at step {self.steps}; a smaller learning rate may help"
            )
        rate = self.rate
        if callable(rate):
            rate = number(require_result(rate(self.steps), "the schedule of the rate"), "rate", 0.0)
        if self.weight_decay:
            gradient = gradient + self.weight_decay * P
        next_P: Floats = P + self.update(gradient, rate)
        self.steps += 1
        return next_P

    def update(self, gradient: Floats, rate: float) -> Floats:
        """What to add to P; `steps` still counts the steps before this one."""
        raise NotImplementedError(
            f"{type(self).__name__} says nothing of its step: it needs update(self, gradient, rate)"
        )

    def remembered(self, name: str, like: Floats) -> Floats:
        """The array remembered by that name, zeros at first; change it in place."""
        return self._memory.setdefault(name, np.zeros_like(like))

    def state(self) -> dict[str, Floats]:
        """A copy of all that the next step depends on besides the arguments given when it was made."""
        return {"steps": np.array(float(self.steps)), **{name: array.copy() for name, array in self._memory.items()}}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where the optimizer was whose `state` this is.

        Raises:
            ValueError: it is not the state of such an optimizer; nothing is changed.
            TypeError: it is no dictionary, or holds what is no number; likewise.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be a dictionary as state() returns it, got {type(state).__name__}")
        arrays = {name: reals(array, f"state[{name!r}]") for name, array in state.items()}
        steps = arrays.pop("steps", np.array(math.nan))
        if steps.shape != () or not float(steps).is_integer() or steps < 0.0:
            raise ValueError(f"the state of an optimizer counts its steps; got {state.get('steps')!r}")
        expected = set(self.memory) if steps else set()
        if arrays.keys() != expected or len({array.shape for array in arrays.values()}) > 1:
            raise ValueError(
                f"the state of a {type(self).__name__} after {int(steps)} steps holds "
                f"{', '.join(sorted(expected)) or 'no arrays'}, of one length; got {_shapes(arrays)}"
            )
        if not all(array.ndim == 1 and np.isfinite(array).all() for array in arrays.values()):
            raise ValueError(f"the arrays of an optimizer are vectors of finite numbers; got {_shapes(arrays)}")
        self.steps, self._memory = int(steps), arrays


class GradientDescent(Optimizer):
    """P − r∇C.

    >>> GradientDescent(0.05).step([0.15], [-0.142])
    array([0.1571])
    """

    def update(self, gradient: Floats, rate: float) -> Floats:
        """See `Optimizer.update`."""
        return -rate * gradient


class SGD(Optimizer):
    """Stochastic gradient descent as in PyTorch: v ← μv + ∇C, and P − rv; with Nesterov's momentum P − r(∇C + μv).

    Args:
        rate: the learning rate r, or a schedule.
        momentum: μ, from 0 to 1 (Polyak 1964).
        nesterov: look ahead, as in Sutskever et al. 2013.
        weight_decay: see `Optimizer`.

    >>> optimizer = SGD(0.1, momentum=0.5)
    >>> optimizer.step([1.0], [1.0]), optimizer.step([1.0], [1.0])
    (array([0.9]), array([0.85]))
    """

    def __init__(
        self, rate: float | Schedule, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0
    ) -> None:
        super().__init__(rate, weight_decay=weight_decay)
        self.momentum = number(momentum, "momentum", 0.0, 1.0)
        self.nesterov = switch(nesterov, "nesterov")
        if nesterov and not momentum:
            raise ValueError("Nesterov's method needs a momentum above 0, such as 0.9")
        self.memory = ("velocity",) if momentum else ()

    def update(self, gradient: Floats, rate: float) -> Floats:
        """See `Optimizer.update`."""
        if not self.momentum:
            return -rate * gradient
        velocity = self.remembered("velocity", gradient)
        velocity *= self.momentum
        velocity += gradient
        return -rate * (gradient + self.momentum * velocity if self.nesterov else velocity)


class Momentum(SGD):
    """`SGD` with momentum, by default 0.9."""

    def __init__(self, rate: float | Schedule, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
        super().__init__(rate, momentum, weight_decay=weight_decay)


class Nesterov(SGD):
    """`SGD` with Nesterov's momentum, by default 0.9."""

    def __init__(self, rate: float | Schedule, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
        super().__init__(rate, momentum, nesterov=True, weight_decay=weight_decay)


class RMSProp(Optimizer):
    """P − r∇C/(√s + ε) with s ← αs + (1 − α)∇C², a running mean of the squares (Hinton 2012, lecture 6e).

    Args:
        rate: the learning rate r, or a schedule.
        alpha: α, from 0 to 1.
        eps: ε.
        weight_decay: see `Optimizer`.
    """

    memory = ("squares",)

    def __init__(
        self, rate: float | Schedule = 0.01, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0
    ) -> None:
        super().__init__(rate, weight_decay=weight_decay)
        self.alpha = number(alpha, "alpha", 0.0, 1.0)
        self.eps = number(eps, "eps", 0.0)

    def update(self, gradient: Floats, rate: float) -> Floats:
        """See `Optimizer.update`."""
        squares = self.remembered("squares", gradient)
        squares *= self.alpha
        squares += (1.0 - self.alpha) * gradient**2
        return -rate * gradient / (np.sqrt(squares) + self.eps)


class Adam(Optimizer):
    """P − r·m̂/(√v̂ + ε): running means m of ∇C and v of ∇C², corrected for their start at 0 (Kingma and Ba 2015).

    Args:
        rate: the learning rate r, or a schedule.
        betas: β₁ and β₂, how slowly m and v forget, from 0 to 1.
        eps: ε.
        weight_decay: see `Optimizer`.
    """

    memory = ("mean", "squares")

    def __init__(
        self,
        rate: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(rate, weight_decay=weight_decay)
        if not isinstance(betas, (list, tuple, np.ndarray)) or len(betas) != 2:
            raise TypeError(f"betas must be two numbers, such as (0.9, 0.999), got {betas!r:.40}")
        slow, slower = betas
        self.betas = number(slow, "betas[0]", 0.0, 1.0), number(slower, "betas[1]", 0.0, 1.0)
        self.eps = number(eps, "eps", 0.0)

    def update(self, gradient: Floats, rate: float) -> Floats:
        """See `Optimizer.update`."""
        mean, squares = self.remembered("mean", gradient), self.remembered("squares", gradient)
        slow, slower = self.betas
        mean *= slow
        mean += (1.0 - slow) * gradient
        squares *= slower
        squares += (1.0 - slower) * gradient**2
        count = self.steps + 1
        corrected = np.sqrt(squares / (1.0 - slower**count))
        return -rate / (1.0 - slow**count) * mean / (corrected + self.eps)


def _written(setting: Any) -> str:
    """Return a setting as it is shown: a schedule of `nn.schedules` by its name there."""
    if not callable(setting):
        return f"{setting!r:.60}"
    qualified = getattr(setting, "__qualname__", type(setting).__name__)
    is_ours = getattr(setting, "__module__", "") == constant.__module__
    return str(qualified.partition(".<locals>")[0] if is_ours else qualified.rpartition(".")[2])


def _shapes(arrays: Mapping[str, Floats]) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in sorted(arrays.items())) or "none"
