"""An epoch of gradient descent, as users of each tool write it, from the same weights and in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.matrices import JaxMatrices, NumpyByHand, TorchMatrices, cost, packed, unpacked
from benchmarks.networks import cost as cost_of_scalars
from benchmarks.peers import Engine, Micrograd, Peer, PureEngine, Torch
from benchmarks.workloads import Workload

LEARNING_RATE = 0.01


class Training:
    """A network before training; the cost of a batch is its mean squared error, summed over the outputs.

    Args:
        peer: The tool.
        workload: The network, its data and the size of a batch.
    """

    def __init__(self, peer: Any, workload: Workload) -> None:
        assert workload.network is not None
        self.peer, self.workload, self.network = peer, workload, workload.network
        self.batches = list(self.network.batches(workload.batch))
        self.prepare()

    def prepare(self) -> None:
        """Prepare everything that an epoch does not include."""

    def begin(self) -> None:
        """Reset the network to the initial weights."""
        raise NotImplementedError

    def epoch(self) -> None:
        raise NotImplementedError

    def parameters(self) -> list[float]:
        """Return the parameters neuron by neuron, the weights and then the bias."""
        raise NotImplementedError


class OfEngine(Training):
    """`nn.fit`, which also computes the cost and the accuracy."""

    def prepare(self) -> None:
        import nn

        inputs, *widths = self.network.sizes
        self.nn = nn
        self.net = nn.MLP(inputs, widths, ["relu"] * (len(widths) - 1) + ["linear"])
        self.X, self.Y = np.array(self.network.inputs), np.array(self.network.targets)

    def begin(self) -> None:
        self.net.load_vector(np.concatenate([p.ravel() for p in unpacked(self.network, self.workload.start)]))

    def epoch(self) -> None:
        descent, batch = self.nn.GradientDescent(LEARNING_RATE), self.workload.batch
        self.nn.fit(
            self.net, self.X, self.Y, optimizer=descent, epochs=1, batch_size=batch, shuffle=False, progress=False
        )

    def parameters(self) -> list[float]:
        return packed(list(self.net.state().values()))


class OfMicrograd(Training):
    """`micrograd.nn`, trained as in its demo."""

    def prepare(self) -> None:
        from micrograd.nn import MLP

        self.net = MLP(self.network.sizes[0], list(self.network.sizes[1:]))
        self.inputs = [[self.peer.scalars(x) for x in batch.inputs] for batch in self.batches]

    def begin(self) -> None:
        for p, x in zip(self.net.parameters(), self.workload.start, strict=True):
            p.data = x

    def epoch(self) -> None:
        for batch, inputs in zip(self.batches, self.inputs, strict=True):
            total = 0.0
            for x, wanted in zip(inputs, batch.targets, strict=True):
                total = total + sum((s - y) ** 2 for s, y in zip(self.net(x), wanted, strict=True))
            self.net.zero_grad()
            (total * (1 / len(inputs))).backward()
            for p in self.net.parameters():
                p.data -= LEARNING_RATE * p.grad

    def parameters(self) -> list[float]:
        return [float(p.data) for p in self.net.parameters()]


class OfTorchScalars(Training):
    """PyTorch with one tensor per number."""

    def begin(self) -> None:
        self.leaves = [self.peer.number(x) for x in self.workload.start]
        self.optimizer = self.peer.torch.optim.SGD(self.leaves, LEARNING_RATE)

    def epoch(self) -> None:
        for batch in self.batches:
            self.optimizer.zero_grad()
            (cost_of_scalars(self.peer, self.leaves, batch, batch.inputs) / len(batch.inputs)).backward()
            self.optimizer.step()

    def parameters(self) -> list[float]:
        return [p.item() for p in self.leaves]


class OfTorch(Training):
    """`torch.nn.Sequential` and `torch.optim.SGD`."""

    def prepare(self) -> None:
        torch = self.torch = self.peer.torch
        layers: list[Any] = []
        for fan_in, width in zip(self.network.sizes, self.network.sizes[1:], strict=False):
            layers += [torch.nn.Linear(fan_in, width), torch.nn.ReLU()]
        self.net = torch.nn.Sequential(*layers[:-1])
        self.optimizer = torch.optim.SGD(self.net.parameters(), LEARNING_RATE)
        self.data = [(torch.tensor(batch.inputs), torch.tensor(batch.targets)) for batch in self.batches]

    def begin(self) -> None:
        with self.torch.no_grad():
            for p, array in zip(self.net.parameters(), unpacked(self.network, self.workload.start), strict=True):
                p.copy_(self.torch.tensor(array))

    def epoch(self) -> None:
        for X, Y in self.data:
            self.optimizer.zero_grad()
            (self.torch.nn.functional.mse_loss(self.net(X), Y, reduction="sum") / len(X)).backward()
            self.optimizer.step()

    def parameters(self) -> list[float]:
        return packed([p.detach().numpy() for p in self.net.parameters()])


class OfJax(Training):
    """JAX with one compiled step, which is compiled before the clock starts."""

    def prepare(self) -> None:
        jax, jnp = self.peer.jax, self.peer.jnp

        def mean(arrays: Any, X: Any, Y: Any) -> Any:
            return cost(arrays, X, Y, False, lambda x: jnp.maximum(x, 0.0)) / len(X)

        def step(arrays: Any, X: Any, Y: Any) -> Any:
            return [p - LEARNING_RATE * g for p, g in zip(arrays, jax.grad(mean)(arrays, X, Y), strict=True)]

        self.step = jax.jit(step)
        self.data = [(jnp.array(batch.inputs), jnp.array(batch.targets)) for batch in self.batches]
        self.begin()
        self.step(self.arrays, *self.data[0])

    def begin(self) -> None:
        self.arrays = [self.peer.jnp.array(p) for p in unpacked(self.network, self.workload.start)]

    def epoch(self) -> None:
        for X, Y in self.data:
            self.arrays = self.step(self.arrays, X, Y)
        self.peer.jax.block_until_ready(self.arrays)

    def parameters(self) -> list[float]:
        return packed(self.arrays)


class OfNumpy(Training):
    """NumPy, with a backward pass written by hand."""

    def prepare(self) -> None:
        self.data = [(np.array(batch.inputs), np.array(batch.targets)) for batch in self.batches]

    def begin(self) -> None:
        self.peer.network = self.network
        self.peer.leaves = unpacked(self.network, self.workload.start)

    def epoch(self) -> None:
        for X, Y in self.data:
            self.peer.X, self.peer.Y = X, Y
            self.peer.record()
            self.peer.backward()
            for p, g in zip(self.peer.leaves, self.peer.gradient, strict=True):
                p -= LEARNING_RATE * g / len(X)

    def parameters(self) -> list[float]:
        return packed(self.peer.leaves)


TRAININGS: dict[type[Peer], type[Training]] = {
    Engine: OfEngine,
    PureEngine: OfEngine,
    Micrograd: OfMicrograd,
    Torch: OfTorchScalars,
    NumpyByHand: OfNumpy,
    TorchMatrices: OfTorch,
    JaxMatrices: OfJax,
}
