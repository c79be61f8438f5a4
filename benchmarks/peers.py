"""The peers: each makes, records, differentiates and updates the numbers of a workload.

Each peer runs in a process of its own.  It is also the `m` of the mathematics: ``peer.exp`` and so on are its functions
on scalars.  A function that it lacks raises `Unable`, which becomes its entry in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from typing import Any, ClassVar

from benchmarks.networks import layers
from benchmarks.workloads import Workload

# A step costs the same at any learning rate.  This one is so small that all samples are at the same point.
LEARNING_RATE = 1e-12


class Unable(Exception):  # noqa: N818  the peer's limit, not an error of ours
    """An error for a workload that a peer cannot run; the message is the reason."""


class Peer:
    """A tool that records while it computes: scalars with `data`, `grad` and `backward()`, unless redefined.

    Attributes:
        module: The name to import.
        distribution: The name to install.
        functions: Its versions of the functions in the workloads.
        in_one: True if one program computes value and gradient, so that nothing is recorded.
        inputs: The data of the workload, in the form that the peer takes.
    """

    module: ClassVar[str]
    distribution: ClassVar[str]
    functions: ClassVar[dict[str, Any]] = {}
    in_one: ClassVar[bool] = False
    cut: tuple[Any, Any] = (None, None)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.functions[name]
        except KeyError:
            raise Unable(f"has no {name} of scalars") from None

    def start(self, workload: Workload) -> None:
        """Prepare the leaves and the data, before any clock starts."""
        vars(self).update(self.functions)  # else each call of one would begin with an AttributeError: 0.3 µs
        self.workload = workload
        self.leaves: Any = [self.number(x) for x in workload.start]
        self.inputs: list[Any] = [self.vector(x) if workload.terms else self.scalars(x) for x in workload.inputs]

    def number(self, x: float) -> Any:
        return x

    def scalars(self, row: Sequence[float]) -> Any:
        """Return data that is used number by number."""
        return row

    def vector(self, row: Sequence[float]) -> Any:
        """Return data for `dot`."""
        return row

    def layers(self, sizes: Sequence[int], parameters: Any) -> Any:
        """Return `networks.layers`, computed once for the same list of parameters, as if neurons held their weights."""
        if self.cut[0] is not parameters:
            self.cut = parameters, layers(sizes, parameters)
        return self.cut[1]

    def record(self) -> None:
        self.output = self.workload.loss(self, self.leaves)

    def backward(self) -> None:
        self.output.backward()

    def update(self) -> None:
        """Take one step of gradient descent, and set the gradients to 0."""
        for p in self.leaves:
            p.data -= LEARNING_RATE * p.grad
            p.grad = 0.0

    def release(self) -> None:
        self.output = None

    def found(self) -> list[float]:
        """Return the value, then the gradient."""
        return [float(self.output.data), *(float(p.grad) for p in self.leaves)]

    def hessian(self) -> Any:
        raise Unable("has no second derivatives")


class Engine(Peer):
    """This project, in the form that ``import autograd`` loads."""

    module, distribution = "autograd", "scalar-autograd"

    def __init__(self) -> None:
        import autograd as ag

        if not ag.compiled:
            raise Unable("is not compiled here: python setup.py build_ext --inplace")
        self._use(ag)

    def _use(self, ag: Any) -> None:
        self.ag, self.number = ag, ag.Value
        names = ("exp", "log", "sqrt", "sin", "cos", "relu", "dot")
        self.functions = {name: getattr(ag, name) for name in names}

    def scalars(self, row: Sequence[float]) -> Any:
        """Return one node per number, which all neurons share; a float would become a node for every use."""
        return [self.ag.Value(x) for x in row]

    def vector(self, row: Sequence[float]) -> Any:
        """Return a tuple, which neurons can share, as it is immutable."""
        return tuple(row)

    def hessian(self) -> Any:
        return self.ag.hessian(lambda x: self.workload.loss(self, x))(self.workload.start)

    def operations(self) -> int:
        """Return the number of operations of the workload."""
        return sum(node.op is not None for node in self.ag.topological_order(self.output))


class Source:
    """An import finder that loads modules of the engine as Python, even if they are compiled."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if path is None or name.partition(".")[0] != "autograd":
            return None
        return FileFinder(path[0], (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(name)


class PureEngine(Engine):
    """This project in pure Python."""

    def __init__(self) -> None:
        import sys

        sys.meta_path.insert(0, Source)
        import autograd as ag

        self._use(ag)


class Micrograd(Peer):
    module, distribution = "micrograd.engine", "micrograd"

    def __init__(self) -> None:
        from micrograd.engine import Value

        self.number = Value
        self.functions = {"relu": Value.relu}

    def scalars(self, row: Sequence[float]) -> Any:
        """Return one Value per number, as micrograd's demo does."""
        return [self.number(x) for x in row]


class Torch(Peer):
    module = distribution = "torch"

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        self.torch = torch
        self.functions = {name: getattr(torch, name) for name in ("exp", "log", "sqrt", "sin", "cos", "relu")}
        self.functions["dot"] = lambda w, x, b: torch.dot(torch.stack(list(w)), self.vector(x)) + b

    def start(self, workload: Workload) -> None:
        super().start(workload)
        self.optimiser = self.torch.optim.SGD(self.leaves, LEARNING_RATE)

    def number(self, x: float) -> Any:
        return self.torch.tensor(x, requires_grad=True)

    def vector(self, row: Any) -> Any:
        if isinstance(row, self.torch.Tensor):
            return row
        return self.torch.stack(row) if isinstance(row[0], self.torch.Tensor) else self.torch.tensor(row)

    def update(self) -> None:
        self.optimiser.step()
        self.optimiser.zero_grad()

    def hessian(self) -> Any:
        x = self.torch.tensor(self.workload.start)
        return self.torch.autograd.functional.hessian(lambda x: self.workload.loss(self, x), x).tolist()


class Hips(Peer):
    module = distribution = "autograd"

    def __init__(self) -> None:
        import autograd

        if hasattr(autograd, "Value"):
            raise Unable("has the engine's import name, so it needs an environment of its own: --hips")
        import autograd.numpy as np

        self.tool, self.np = autograd, np
        self.functions = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "sin", "cos")}
        self.functions["relu"] = lambda x: np.maximum(x, 0.0)
        self.functions["dot"] = lambda w, x, b: np.dot(np.array(list(w)), np.array(x)) + b

    def start(self, workload: Workload) -> None:
        """Use one array as the leaves: the backward pass over a list takes quadratic time."""
        super().start(workload)
        self.leaves = self.np.array(workload.start)
        self.trace = self.tool.make_vjp(lambda x: workload.loss(self, [x[i] for i in range(len(x))]))

    def record(self) -> None:
        self.vjp, self.output = self.trace(self.leaves)

    def backward(self) -> None:
        self.gradient = self.vjp(1.0)

    def update(self) -> None:
        self.leaves = self.leaves - LEARNING_RATE * self.gradient

    def release(self) -> None:
        self.vjp = self.output = None

    def found(self) -> list[float]:
        return [float(self.output), *map(float, self.gradient)]

    def hessian(self) -> Any:
        return self.tool.hessian(lambda x: self.workload.loss(self, x))(self.leaves).tolist()
