"""The mean cost of a batch and its gradient ∇C."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn import costs
from nn._values import Floats, outputs, require_result
from nn.costs import Cost
from nn.data import one_hot
from nn.modules import Module


class Batch(NamedTuple):
    """What a batch says: its mean cost, the gradient ∇C of that, and the outputs, (examples, outputs)."""

    cost: float
    gradient: Floats
    outputs: Floats


class Gradients:
    """Costs and gradients of a network: each example is recorded and differentiated, and the gradients averaged.

    Args:
        net: the network.
        cost: of one example.
        penalty: α: the cost of a batch has the term α|P|².

    Attributes:
        parameters: those of the network, found once.

    >>> from nn import MLP, quadratic
    >>> net = MLP(2, [1], "linear", init="zeros")
    >>> Gradients(net, quadratic)(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [2.0]])).gradient
    array([ -7., -10.,  -3.])
    """

    def __init__(self, net: Module, cost: Cost, penalty: float = 0.0) -> None:
        self.net = net
        self.cost = cost
        self.penalty = penalty
        self.parameters = net.parameters()

    @property
    def vector(self) -> Floats:
        """The numbers of the parameters, one vector."""
        return np.array([parameter.data for parameter in self.parameters])

    def load(self, P: Floats) -> None:
        """Give the parameters the numbers of `P`."""
        for parameter, number in zip(self.parameters, P.tolist(), strict=True):
            parameter.data = number

    def read(self) -> None:
        """Take the numbers that the Values of the network hold now: each example does."""

    def write(self) -> None:
        """See to it that the Values of the network hold the numbers that were loaded: they do."""

    def __call__(self, X: NDArray[Any], y: NDArray[Any]) -> Batch:
        """The batch of inputs `X` and targets `y`; afterwards ``grad`` of each parameter holds the sum over it."""
        for parameter in self.parameters:
            parameter.grad = 0.0
        total, answers = 0.0, []
        for x, target in zip(X, y, strict=True):
            activations = require_result(self.net(x), "the network")
            C = self.cost(activations, target)
            require_value(C)
            C.backward()
            total += C.data
            answers.append(outputs(activations))
        gradient = np.array([parameter.grad for parameter in self.parameters]) / len(X)
        return self.penalised(total / len(X), gradient, np.array(answers))

    def penalised(self, cost: float, gradient: Floats, outputs: Floats) -> Batch:
        """A batch, with the penalty in its cost and its gradient."""
        if self.penalty:
            P = self.vector
            cost += self.penalty * float(P @ P)
            gradient = gradient + 2.0 * self.penalty * P
        return Batch(cost, gradient, outputs)

    def measure(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[float, Floats]:
        """The mean cost of the examples, without the penalty, and the outputs; nothing is differentiated."""
        recorded = type(self.net).predict is Module.predict
        total, answers = 0.0, []
        for activations, target in zip(map(self.net, X) if recorded else self.net.predict(X), y, strict=True):
            try:
                C = self.cost(activations, target)
                total += C.data if isinstance(C, ag.Value) else float(C)
            except OverflowError:  # of a square of floats; Values give inf, as IEEE 754 does
                total += math.inf
            answers.append(outputs(activations))
        return total / len(X), np.array(answers)


class CompiledGradients(Gradients):
    """As `Gradients`, on matrices; the parameters of the network get their numbers back by `write`.

    Args:
        net: the network.
        cost: of one example.
        penalty: α: the cost of a batch has the term α|P|².
        X: inputs of the shape that will come, at least one example.
        y: their targets.

    Raises:
        TypeError: network or cost decide by the numbers that come, and so make no one program.
        ValueError: an operation has no form for arrays, or a parameter is not used.

    >>> from nn import MLP, quadratic
    >>> net = MLP(2, [1], "linear", init="zeros")
    >>> X, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [2.0]])
    >>> CompiledGradients(net, quadratic, 0.0, X, y)(X, y).gradient
    array([ -7., -10.,  -3.])
    """

    def __init__(self, net: Module, cost: Cost, penalty: float, X: NDArray[Any], y: NDArray[Any]) -> None:
        super().__init__(net, cost, penalty)
        self._classes = 0
        if cost is costs.cross_entropy and y.ndim == 1:
            self._classes = np.size(net.predict(X[0]))
        self._checked: set[bytes] = set()

        def example(x: Any, target: Any) -> tuple[Any, Any]:
            outputs = require_result(net(x), "the network")
            C = cost(outputs, target)
            require_value(C)
            return C, outputs

        shapes = (X.shape[1:], self._targets(y[:1]).shape[1:])
        self._step = ag.compile(example, self.parameters, inputs=shapes, aux=True)

    @property
    def vector(self) -> Floats:
        """The numbers of the parameters, one vector."""
        vector: Floats = self._step.parameters
        return vector

    def load(self, P: Floats) -> None:
        """Take `P` for the numbers of the parameters; the network gets them by `write`."""
        self._step.parameters = P

    def read(self) -> None:
        """Take the numbers that the Values of the network hold now."""
        self._step.read()

    def write(self) -> None:
        """Give the Values of the network the numbers that were loaded."""
        self._step.write()

    def __call__(self, X: NDArray[Any], y: NDArray[Any]) -> Batch:
        """The batch of inputs `X` and targets `y`."""
        (cost, outputs), gradient = self._step(X, self._targets(y))
        return self.penalised(float(cost), gradient, outputs)

    def measure(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[float, Floats]:
        """The mean cost of the examples, without the penalty, and the outputs; nothing is differentiated."""
        cost, outputs = self._step.value(X, self._targets(y))
        return float(cost), outputs

    def _targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """The targets as the program takes them: a class as a row of probabilities.

        The costs of :mod:`nn.costs` refuse targets that make no sense; a program takes every number, so each target
        that has not come before is shown to the cost first.
        """
        if self.cost in costs.COSTS.values():
            for target in y:
                if target.tobytes() not in self._checked:
                    self._checked.add(target.tobytes())
                    self.cost([0.0] * (self._classes or np.size(target)), target)
        return one_hot(y, self._classes) if self._classes else y


def gradients(
    net: Module, cost: Cost, penalty: float, X: NDArray[Any], y: NDArray[Any], compiled: bool | None
) -> Gradients:
    """Costs and gradients as a program, or from the graph of each example.

    Args:
        net: the network.
        cost: of one example.
        penalty: see `Gradients`.
        X: the inputs.
        y: the targets.
        compiled: None for a program where network and cost make one, and the graph where they do not, and where
            somebody wants to know where numbers come from (`autograd.anomaly`, `autograd.source_lines`).
    """
    is_watched = bool(ag.line_of(ag.Value(0.0)))
    if compiled or (compiled is None and not is_watched):
        try:
            return CompiledGradients(net, cost, penalty, X, y)
        except (TypeError, ValueError):
            if compiled:
                raise
    return Gradients(net, cost, penalty)


def require_value(C: Any) -> None:
    """Refuse what a cost must not return.

    Raises:
        TypeError: it is no Value.
    """
    require_result(C, "the cost")
    if not isinstance(C, ag.Value):
        raise TypeError(
            f"a cost returns one Value, got {type(C).__name__} {C!r:.60}; sum over the outputs with ag.total, "
            "and compute with the outputs themselves: .data leaves the graph"
        )
