"""Speed of checks beside PyTorch's gradcheck, beside two-sided differences, and beside the function itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time
from typing import Any

import numpy as np

import autograd as ag
from benchmarks.networks import layers
from benchmarks.workloads import workload

ROUNDS = 5
GIVEN_DERIVATIVES = 200
LARGE_SIZE = 1_000_000
# The step of the two-sided differences.
STEP = 1e-6


def speeds(rounds: int = ROUNDS, large: int = LARGE_SIZE) -> dict[str, dict[str, Any]]:
    """Return the CPU seconds of each check and of what it is compared with."""
    return {
        f"{GIVEN_DERIVATIVES} given derivatives": given(rounds),
        "micrograd's demo graph": demo(rounds),
        f'{large:,} inputs, mode="fast"': fast(rounds, large),
    }


def seconds(call: Callable[[], Any], rounds: int) -> float:
    """Return the median CPU seconds of some calls, after one that does not count."""
    call()
    times = []
    for _ in range(rounds):
        start = process_time()
        call()
        times.append(process_time() - start)
    return median(times)


def given(rounds: int) -> dict[str, Any]:
    """Compare the check of a function of 200 numbers with PyTorch's, in slow mode, of the same function."""
    draw = np.random.RandomState(0)
    p, w = draw.uniform(-1.0, 1.0, GIVEN_DERIVATIVES), draw.uniform(-0.1, 0.1, GIVEN_DERIVATIVES)

    def f(p: Any) -> float:
        return float(np.tanh(w @ p**3))

    def gradient(p: Any) -> Any:
        return (1.0 - np.tanh(w @ p**3) ** 2) * 3.0 * w * p * p

    result = {"holds": bool(ag.gradcheck(f, p, gradient=gradient)), "beside": "torch, slow mode"}
    result["seconds"] = seconds(lambda: ag.gradcheck(f, p, gradient=gradient), rounds)
    try:
        import torch
    except ImportError:
        return {**result, "reason": "torch is not installed"}
    torch.set_num_threads(1)
    result["beside"] = f"torch {torch.__version__.partition('+')[0]}, slow mode"
    weights = torch.tensor(w)

    class Function(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, p: Any) -> Any:
            y = torch.tanh(weights @ p**3)
            ctx.save_for_backward(p, y)
            return y

        @staticmethod
        def backward(ctx: Any, adjoint: Any) -> Any:
            p, y = ctx.saved_tensors
            return adjoint * (1.0 - y * y) * 3.0 * weights * p * p

    at = torch.tensor(p, requires_grad=True)
    return {**result, "seconds beside": seconds(lambda: torch.autograd.gradcheck(Function.apply, (at,)), rounds)}


class Floats:
    """Plain floats, as the peer of a workload."""

    layers = staticmethod(layers)

    def __init__(self, inputs: Sequence[Sequence[float]]) -> None:
        self.inputs = inputs

    @staticmethod
    def relu(x: Any) -> Any:
        return x if x > 0.0 else 0.0


class Nodes(Floats):
    """Nodes of a graph, as the peer of a workload."""

    relu = staticmethod(ag.relu)  # type: ignore[assignment]


def demo(rounds: int) -> dict[str, Any]:
    """Compare the check of a recorded graph with two-sided differences of the function of floats."""
    task = workload("demo")
    C = task.loss(Nodes(task.inputs), [ag.Value(x) for x in task.start]).named("C")
    floats = Floats(task.inputs)

    def differences() -> list[float]:
        slopes = []
        for i, x in enumerate(task.start):
            above, below = task.start.copy(), task.start.copy()
            above[i], below[i] = x + STEP, x - STEP
            slopes.append((task.loss(floats, above) - task.loss(floats, below)) / (2.0 * STEP))
        return slopes

    return {
        "holds": bool(ag.gradcheck(C)),
        "seconds": seconds(lambda: ag.gradcheck(C), rounds),
        "beside": "two-sided differences on floats",
        "seconds beside": seconds(differences, rounds),
    }


def fast(rounds: int, size: int) -> dict[str, Any]:
    """Compare the check of very many derivatives with the calls of the function in it."""
    p = np.random.RandomState(0).normal(size=size)
    times: list[float] = []

    def f(p: Any) -> float:
        start = process_time()
        result = float(np.sum(np.sin(p) * p))
        times.append(process_time() - start)
        return result

    def gradient(p: Any) -> Any:
        return np.sin(p) + p * np.cos(p)

    checks, own, calls = [], [], []
    for _ in range(rounds):
        times.clear()
        start = process_time()
        check = ag.gradcheck(f, p, gradient=gradient, mode="fast")
        checks.append(process_time() - start)
        own.append(math.fsum(times))
        calls.append(len(times))
    return {
        "holds": bool(check),
        "seconds": median(checks),
        "beside": f"its {max(calls)} calls of the function",
        "seconds beside": median(own),
    }
