"""Optimizers: SGD, Momentum, Nesterov, RMSProp, Adam, and GradientDescent, on vectors of parameters and gradients.

The state of an optimizer is arrays as long as P, which `state` returns and `load_state` restores.  The formulas are
those of PyTorch's optimizers of the same name, and the numbers agree to the last bits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from nn._values import Floats, number, reals, require_result, switch
from nn.schedules import Schedule, constant


class Optimizer:
    """Base class of optimizers: a subclass implements ``update``, which returns the change of P.

    Args:
        rate: The learning rate r, or a schedule: a function from the number of steps taken so far to the learning rate.
        weight_decay: λ; λP is added to ∇C, as if the cost had the term ½λ|P|², biases included.

    Attributes:
        steps: The number of steps taken so far.
        memory: The names of the arrays in the state from the first step on.
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
        shown = [f"{name}={_format(x)}" for name, x in settings.items() if name == "rate" or x not in (0.0, False)]
        shown.append(f"{steps:,} step" if steps == 1 else f"{steps:,} steps")
        return f"{type(self).__name__}({', '.join(shown)})"

    def step(self, P: Any, gradient: Any) -> Floats:
        """Return the parameters after one more step; `P` itself is not changed.

        Args:
            P: The vector of parameters.
            gradient: The vector ∇C, as long as P.

        Raises:
            ValueError: `P` and `gradient` are not vectors of one length, which is the same at each step, or the
                gradient or the learning rate is not finite.  The optimizer is not changed.
        """
        P, gradient = reals(P, "P"), reals(gradient, "the gradient")
        remembered = next(iter(self._memory.values()), P)
        if P.ndim != 1 or not P.shape == gradient.shape == remembered.shape:
            raise ValueError(
                f"P and the gradient must be vectors of the same length at each step, got shapes "
                f"{P.shape} and {gradient.shape}" + (f" after {remembered.shape}" if self._memory else "")
            )
        if not np.isfinite(gradient).all():
            raise ValueError(
                f"the gradient must be finite, got NaN or infinity in {np.count_nonzero(~np.isfinite(gradient))} of "
                f"{gradient.size} numbers at step {self.steps}; a smaller learning rate may help"
            )
        rate = self.rate
        if callable(rate):
            rate = number(require_result(rate(self.steps), "the schedule of the rate"), "rate", 0.0)
        if self.weight_decay:  # λP is the gradient of ½λ|P|²
            gradient = gradient + self.weight_decay * P
        next_P: Floats = P + self.update(gradient, rate)
        self.steps += 1
        return next_P

    def update(self, gradient: Floats, rate: float) -> Floats:
        """Return the change of P; `steps` still counts the steps before this one."""
        raise NotImplementedError(f"{type(self).__name__} must implement update(self, gradient, rate)")

    def remembered(self, name: str, like: Floats) -> Floats:
        """Return the state array `name`, zeros at first; change it in place."""
        return self._memory.setdefault(name, np.zeros_like(like))

    def state(self) -> dict[str, Floats]:
        """Return a copy of the number of steps and of the state arrays, by name."""
        return {"steps": np.array(float(self.steps)), **{name: array.copy() for name, array in self._memory.items()}}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore a state that `state` returned.

        Raises:
            ValueError: It is not the state of such an optimizer.  Nothing is changed.
            TypeError: It is not a dictionary, or contains something that is not a number.  Nothing is changed.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be a dictionary as state() returns it, got {type(state).__name__}")
        arrays = {name: reals(array, f"state[{name!r}]") for name, array in state.items()}
        steps = arrays.pop("steps", np.array(math.nan))
        if steps.shape != () or not float(steps).is_integer() or steps < 0.0:
            raise ValueError(f"state['steps'] must be a whole number from 0 on, got {state.get('steps')!r}")
        expected = set(self.memory) if steps else set()
        if arrays.keys() != expected or len({array.shape for array in arrays.values()}) > 1:
            raise ValueError(
                f"state of {type(self).__name__} after {int(steps)} steps must have "
                f"{', '.join(sorted(expected)) or 'no arrays'}, of one length, got {_shapes(arrays)}"
            )
        if not all(array.ndim == 1 and np.isfinite(array).all() for array in arrays.values()):
            raise ValueError(f"arrays in state must be vectors of finite numbers, got {_shapes(arrays)}")
        self.steps, self._memory = int(steps), arrays


class GradientDescent(Optimizer):
    """Gradient descent: P − r∇C.

    >>> GradientDescent(0.05).step([0.15], [-0.142])
    array([0.1571])
    """

    def update(self, gradient: Floats, rate: float) -> Floats:
        """Return the change of P; see `Optimizer.update`."""
        return -rate * gradient


class SGD(Optimizer):
    """Stochastic gradient descent as in PyTorch: v ← μv + ∇C, then P − rv, or P − r(∇C + μv) with Nesterov's momentum.

    Args:
        rate: The learning rate r, or a schedule.
        momentum: μ, at least 0 and below 1 (Polyak 1964).
        nesterov: Use Nesterov's momentum, as in Sutskever et al. 2013.
        weight_decay: See `Optimizer`.

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
            raise ValueError(f"momentum must be above 0 for Nesterov's method, got {momentum:g}; pass 0.9, for example")
        self.memory = ("velocity",) if momentum else ()

    def update(self, gradient: Floats, rate: float) -> Floats:
        """Return the change of P; see `Optimizer.update`."""
        if not self.momentum:
            return -rate * gradient
        velocity = self.remembered("velocity", gradient)
        velocity *= self.momentum
        velocity += gradient
        return -rate * (gradient + self.momentum * velocity if self.nesterov else velocity)


class Momentum(SGD):
    """`SGD` with momentum, 0.9 by default.

    >>> optimizer = Momentum(0.1)
    >>> optimizer.step([1.0], [1.0]), optimizer.step([1.0], [1.0])
    (array([0.9]), array([0.81]))
    """

    def __init__(self, rate: float | Schedule, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
        super().__init__(rate, momentum, weight_decay=weight_decay)


class Nesterov(SGD):
    """`SGD` with Nesterov's momentum, 0.9 by default.

    >>> Nesterov(0.1).step([1.0], [1.0])
    array([0.81])
    """

    def __init__(self, rate: float | Schedule, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
        super().__init__(rate, momentum, nesterov=True, weight_decay=weight_decay)


class RMSProp(Optimizer):
    """RMSProp: P − r∇C/(√s + ε), with the running mean of squares s ← αs + (1 − α)∇C² (Hinton 2012, lecture 6e).

    Args:
        rate: The learning rate r, or a schedule.
        alpha: α, at least 0 and below 1.
        eps: ε.
        weight_decay: See `Optimizer`.

    >>> RMSProp(0.01).step([1.0], [0.5]).round(6)
    array([0.9])
    """

    memory = ("squares",)

    def __init__(
        self, rate: float | Schedule = 0.01, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0
    ) -> None:
        super().__init__(rate, weight_decay=weight_decay)
        self.alpha = number(alpha, "alpha", 0.0, 1.0)
        self.eps = number(eps, "eps", 0.0)

    def update(self, gradient: Floats, rate: float) -> Floats:
        """Return the change of P; see `Optimizer.update`."""
        squares = self.remembered("squares", gradient)
        squares *= self.alpha
        squares += (1.0 - self.alpha) * gradient**2
        return -rate * gradient / (np.sqrt(squares) + self.eps)


class Adam(Optimizer):
    """Adam: P − r·m̂/(√v̂ + ε), with bias-corrected running means m of ∇C and v of ∇C² (Kingma and Ba 2015).

    Args:
        rate: The learning rate r, or a schedule.
        betas: β₁ and β₂, the decay rates of m and v, at least 0 and below 1.
        eps: ε.
        weight_decay: See `Optimizer`.

    >>> Adam(0.001).step([1.0], [0.5])
    array([0.999])
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
        beta1, beta2 = betas
        self.betas = number(beta1, "betas[0]", 0.0, 1.0), number(beta2, "betas[1]", 0.0, 1.0)
        self.eps = number(eps, "eps", 0.0)

    def update(self, gradient: Floats, rate: float) -> Floats:
        """Return the change of P; see `Optimizer.update`."""
        mean, squares = self.remembered("mean", gradient), self.remembered("squares", gradient)
        beta1, beta2 = self.betas
        mean *= beta1
        mean += (1.0 - beta1) * gradient
        squares *= beta2
        squares += (1.0 - beta2) * gradient**2
        # Both means start at 0, so after t steps they are too small by the factor 1 − βᵗ.
        count = self.steps + 1
        corrected = np.sqrt(squares / (1.0 - beta2**count))
        return -rate / (1.0 - beta1**count) * mean / (corrected + self.eps)


def _format(setting: Any) -> str:
    """Return a setting as text: a schedule of `nn.schedules` by its name there."""
    if not callable(setting):
        return f"{setting!r:.60}"
    qualified = getattr(setting, "__qualname__", type(setting).__name__)
    is_ours = getattr(setting, "__module__", "") == constant.__module__
    return str(qualified.partition(".<locals>")[0] if is_ours else qualified.rpartition(".")[2])


def _shapes(arrays: Mapping[str, Floats]) -> str:
    """Return the names and shapes of `arrays` as text."""
    return ", ".join(f"{name} {array.shape}" for name, array in sorted(arrays.items())) or "none"
