"""Networks as matrix programs: written by hand in NumPy, and with the tools for arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.networks import PENALTY, Network
from benchmarks.peers import LEARNING_RATE, Peer, Torch, Unable
from benchmarks.programs import Jax
from benchmarks.workloads import Workload


def unpacked(network: Network, numbers: list[float]) -> list[np.ndarray]:
    """Return the weight matrix and the bias vector of each layer from one list, neuron by neuron."""
    arrays: list[np.ndarray] = []
    at = 0
    for fan_in, width in pairwise(network.sizes):
        block = np.array(numbers[at : at + width * (fan_in + 1)]).reshape(width, fan_in + 1)
        arrays += [block[:, :-1].copy(), block[:, -1].copy()]
        at += block.size
    return arrays


def packed(arrays: list[Any]) -> list[float]:
    """Return these matrices and vectors as one list, the inverse of `unpacked`."""
    blocks = [np.column_stack([W, b]) for W, b in zip(arrays[::2], arrays[1::2], strict=True)]
    return [float(x) for block in blocks for x in block.ravel()]


def cost(arrays: list[Any], X: Any, Y: Any, hinge: bool, relu: Any) -> Any:
    """Return `networks.cost`, computed on matrices."""
    for i in range(0, len(arrays), 2):
        X = X @ arrays[i].T + arrays[i + 1]
        X = relu(X) if i < len(arrays) - 2 else X
    if not hinge:
        return ((X - Y) ** 2).sum()
    return relu(1 - Y * X).sum() / len(Y) + PENALTY * sum((p * p).sum() for p in arrays)


class Matrices(Peer):
    """A peer that computes networks on matrices, which are its leaves."""

    def start(self, workload: Workload) -> None:
        if workload.network is None:
            raise Unable("has one matrix program for networks, and none for this")
        self.workload, self.network = workload, workload.network
        self.leaves = [self.array(p) for p in unpacked(self.network, workload.start)]
        self.X, self.Y = self.data(self.network.inputs), self.data(self.network.targets)

    def array(self, p: np.ndarray) -> Any:
        return p

    def data(self, rows: list[list[float]]) -> Any:
        return np.array(rows)

    def found(self) -> list[float]:
        return [float(self.output), *packed(self.gradient)]

    def hessian(self) -> Any:
        raise Unable("has one matrix program for networks, and none for this")


class NumpyByHand(Matrices):
    """NumPy, with the backward pass of a textbook."""

    module = distribution = "numpy"

    def record(self) -> None:
        self.layers, signals = [self.X], self.X
        for i in range(0, len(self.leaves), 2):
            signals = signals @ self.leaves[i].T + self.leaves[i + 1]
            if i < len(self.leaves) - 2:
                signals = np.maximum(signals, 0.0)
            self.layers.append(signals)
        if self.network.hinge:
            self.margins = 1 - self.Y * signals
            penalty = PENALTY * sum((p * p).sum() for p in self.leaves)
            self.output = np.maximum(self.margins, 0.0).sum() / len(self.Y) + penalty
        else:
            self.output = ((signals - self.Y) ** 2).sum()

    def backward(self) -> None:
        hinge, Y = self.network.hinge, self.Y
        delta = -Y * (self.margins > 0) / len(Y) if hinge else 2 * (self.layers[-1] - Y)
        self.gradient: list[Any] = []
        for i in reversed(range(0, len(self.leaves), 2)):
            signals = self.layers[i // 2]
            self.gradient[:0] = [delta.T @ signals, delta.sum(axis=0)]
            if i:
                delta = delta @ self.leaves[i] * (signals > 0)
        if hinge:
            self.gradient = [g + 2 * PENALTY * p for g, p in zip(self.gradient, self.leaves, strict=True)]

    def update(self) -> None:
        for p, g in zip(self.leaves, self.gradient, strict=True):
            p -= LEARNING_RATE * g


class TorchMatrices(Matrices, Torch):
    """PyTorch on matrices, in eager mode, as is usual."""

    def start(self, workload: Workload) -> None:
        super().start(workload)
        self.optimiser = self.torch.optim.SGD(self.leaves, LEARNING_RATE)

    def array(self, p: np.ndarray) -> Any:
        return self.torch.tensor(p, requires_grad=True)

    def data(self, rows: list[list[float]]) -> Any:
        return self.torch.tensor(rows)

    def record(self) -> None:
        self.output = cost(self.leaves, self.X, self.Y, self.network.hinge, self.torch.relu)

    def found(self) -> list[float]:
        return [float(self.output.detach()), *packed([p.grad.numpy() for p in self.leaves])]


class JaxMatrices(Matrices, Jax):
    """JAX on matrices, compiled, as is usual; value and gradient are one program."""

    in_one = True

    def start(self, workload: Workload) -> None:
        super().start(workload)
        hinge, relu = self.network.hinge, lambda x: self.jnp.maximum(x, 0.0)
        self.program = self.jax.jit(self.jax.value_and_grad(lambda p, X, Y: cost(p, X, Y, hinge, relu)))

    def array(self, p: np.ndarray) -> Any:
        return self.jnp.array(p)

    def data(self, rows: list[list[float]]) -> Any:
        return self.jnp.array(rows)

    def record(self) -> None:
        pass

    def backward(self) -> None:
        self.output, self.gradient = self.jax.block_until_ready(self.program(self.leaves, self.X, self.Y))

    def release(self) -> None:
        pass
