"""Mean cost of a batch and its gradient ∇C: from the graph of each example, or from one compiled program."""

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


class BatchResult(NamedTuple):
    """The mean cost of a batch, its gradient ∇C, and the outputs of shape (examples, outputs)."""

    cost: float
    gradient: Floats
    outputs: Floats


class Loss:
    """The loss of a network: records and differentiates each example of a batch, and averages the gradients.

    Args:
        net: The network.
        cost: The cost of one example.
        penalty: α, the factor of the term α|P|² in the cost of a batch.

    Attributes:
        parameters: The parameters of the network, collected once.

    >>> from nn import MLP, quadratic
    >>> net = MLP(2, [1], "linear", init="zeros")
    >>> Loss(net, quadratic)(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [2.0]])).gradient
    array([ -7., -10.,  -3.])
    """

    def __init__(self, net: Module, cost: Cost, penalty: float = 0.0) -> None:
        self.net = net
        self.cost = cost
        self.penalty = penalty
        self.parameters = net.parameters()

    @property
    def vector(self) -> Floats:
        """The numbers of the parameters, as one vector."""
        return np.array([parameter.data for parameter in self.parameters])

    def load(self, P: Floats) -> None:
        """Set the parameters to the numbers of `P`."""
        for parameter, number in zip(self.parameters, P.tolist(), strict=True):
            parameter.data = number

    def read(self) -> None:
        """Read the parameters from the Values of the network; recording does so anyway."""

    def write(self) -> None:
        """Write the parameters to the Values of the network; `load` has done so already."""

    def __call__(self, X: NDArray[Any], y: NDArray[Any]) -> BatchResult:
        """Return cost, gradient and outputs of a batch; leave the sum of the gradients in ``grad``."""
        for parameter in self.parameters:
            parameter.grad = 0.0
        total, per_example = 0.0, []
        for x, target in zip(X, y, strict=True):
            activations = require_result(self.net(x), "the network")
            C = self.cost(activations, target)
            require_value(C)
            C.backward()
            total += C.data
            per_example.append(outputs(activations))
        gradient = np.array([parameter.grad for parameter in self.parameters]) / len(X)
        return self.penalized(total / len(X), gradient, np.array(per_example))

    def penalized(self, cost: float, gradient: Floats, outputs: Floats) -> BatchResult:
        """Return the result of a batch, with the penalty added to its cost and gradient."""
        if self.penalty:
            P = self.vector
            cost += self.penalty * float(P @ P)
            gradient = gradient + 2.0 * self.penalty * P
        return BatchResult(cost, gradient, outputs)

    def measure(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[float, Floats]:
        """Return the mean cost of the examples, without the penalty, and the outputs; nothing is differentiated."""
        # A `predict` of the network's own class computes on floats, without recording.
        is_recorded = type(self.net).predict is Module.predict
        total, per_example = 0.0, []
        for activations, target in zip(map(self.net, X) if is_recorded else self.net.predict(X), y, strict=True):
            try:
                C = self.cost(activations, target)
                total += C.data if isinstance(C, ag.Value) else float(C)
            except OverflowError:  # float ** 2 overflows; a Value would be inf, as in IEEE 754
                total += math.inf
            per_example.append(outputs(activations))
        return total / len(X), np.array(per_example)


class CompiledLoss(Loss):
    """The loss of a network as a compiled program: recorded once for one example, run on whole batches.

    The Values of the network have old numbers until `write` is called.

    Args:
        net: The network.
        cost: The cost of one example.
        penalty: α, the factor of the term α|P|² in the cost of a batch.
        X: Inputs of the shape that the program will run on, at least one example.
        y: Their targets.

    Raises:
        TypeError: The network or the cost branches on numbers, so that no single program computes it.
        ValueError: An operation has no array form, or a parameter is not used.

    >>> from nn import MLP, quadratic
    >>> net = MLP(2, [1], "linear", init="zeros")
    >>> X, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [2.0]])
    >>> CompiledLoss(net, quadratic, 0.0, X, y)(X, y).gradient
    array([ -7., -10.,  -3.])
    """

    def __init__(self, net: Module, cost: Cost, penalty: float, X: NDArray[Any], y: NDArray[Any]) -> None:
        super().__init__(net, cost, penalty)
        # A program takes no index: class indices become one-hot targets.  0 if the targets are not class indices.
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
        """The numbers of the parameters, as one vector."""
        vector: Floats = self._step.parameters
        return vector

    def load(self, P: Floats) -> None:
        """Set the parameters of the program to the numbers of `P`; `write` passes them to the network."""
        self._step.parameters = P

    def read(self) -> None:
        """Read the parameters from the Values of the network."""
        self._step.read()

    def write(self) -> None:
        """Write the parameters of the program to the Values of the network."""
        self._step.write()

    def __call__(self, X: NDArray[Any], y: NDArray[Any]) -> BatchResult:
        """Return cost, gradient and outputs of a batch."""
        (cost, outputs), gradient = self._step(X, self._targets(y))
        return self.penalized(float(cost), gradient, outputs)

    def measure(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[float, Floats]:
        """Return the mean cost of the examples, without the penalty, and the outputs; nothing is differentiated."""
        cost, outputs = self._step.value(X, self._targets(y))
        return float(cost), outputs

    def _targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """Return the targets in the form that the program takes: a class index becomes a row of probabilities.

        The costs of :mod:`nn.costs` raise an error for invalid targets, but a program accepts every number.  So each
        target that is new is passed to the cost itself first.
        """
        if self.cost in costs.COSTS.values():
            for target in y:
                if target.tobytes() not in self._checked:
                    self._checked.add(target.tobytes())
                    self.cost([0.0] * (self._classes or np.size(target)), target)
        return one_hot(y, self._classes) if self._classes else y


def make_loss(net: Module, cost: Cost, penalty: float, X: NDArray[Any], y: NDArray[Any], compiled: bool | None) -> Loss:
    """Return the loss as a compiled program, or from the graph of each example.

    Args:
        net: The network.
        cost: The cost of one example.
        penalty: See `Loss`.
        X: The inputs.
        y: The targets.
        compiled: None compiles if network and cost make one program, except within `autograd.anomaly` or
            `autograd.source_lines`, which need graphs.
    """
    # A new node has a source line only within those contexts.
    is_watched = bool(ag.line_of(ag.Value(0.0)))
    if compiled or (compiled is None and not is_watched):
        try:
            return CompiledLoss(net, cost, penalty, X, y)
        except (TypeError, ValueError):  # there is no single program, see CompiledLoss
            if compiled:
                raise
    return Loss(net, cost, penalty)


def require_value(C: Any) -> None:
    """Raise TypeError unless the result of a cost is a Value."""
    require_result(C, "the cost")
    if not isinstance(C, ag.Value):
        raise TypeError(
            f"a cost must return one Value, got {type(C).__name__} {C!r:.60}; sum over the outputs with ag.total, "
            "and compute with the outputs themselves, as .data leaves the graph"
        )
