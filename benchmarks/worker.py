"""The process of one peer: reads requests from stdin, one JSON object per line, and answers on stdout.

Each peer has a process of its own, so that no peer pays for another's objects in garbage collection, and so that HIPS
autograd, which has the engine's import name, can have an environment of its own.  Times are CPU times of the process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from time import process_time
from typing import Any

from benchmarks import memory
from benchmarks.matrices import JaxMatrices, NumpyByHand, TorchMatrices
from benchmarks.peers import Engine, Hips, Micrograd, Peer, PureEngine, Torch, Unable
from benchmarks.programs import Casadi, CasadiOnce, Jax, JaxJit
from benchmarks.training import TRAININGS, Training
from benchmarks.workloads import workload

PEERS: dict[str, type[Peer]] = {
    "scalar-autograd, compiled": Engine,
    "scalar-autograd, pure Python": PureEngine,
    "micrograd": Micrograd,
    "PyTorch, scalars": Torch,
    "HIPS autograd": Hips,
    "JAX, scalars": Jax,
    "JAX jit, scalars": JaxJit,
    "CasADi SX": Casadi,
    "CasADi SX, built once": CasadiOnce,
    "NumPy by hand, matrices": NumpyByHand,
    "PyTorch eager, matrices": TorchMatrices,
    "JAX jit, matrices": JaxMatrices,
}
# A sample is the mean of the steps that fit into this time.
MIN_SAMPLE_SECONDS = 0.3


def one_step(peer: Peer) -> dict[str, float]:
    """Return the seconds of each part of one step; `whole` includes the update and the release of the graph."""
    start = process_time()
    peer.record()
    recorded = process_time()
    peer.backward()
    differentiated = process_time()
    peer.update()
    peer.release()
    return {
        "record": recorded - start,
        "backward": differentiated - recorded,
        "gradient": differentiated - start,
        "whole": process_time() - start,
    }


def one_hessian(peer: Peer) -> dict[str, float]:
    start = process_time()
    peer.hessian()
    return {"hessian": process_time() - start}


def one_epoch(training: Training) -> dict[str, float]:
    training.begin()
    start = process_time()
    training.epoch()
    return {"epoch": process_time() - start}


def sample(step: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Return the mean seconds of each part, over at least `MIN_SAMPLE_SECONDS` seconds."""
    start, steps = process_time(), [step()]
    while process_time() - start < MIN_SAMPLE_SECONDS:
        steps.append(step())
    return {part: sum(s[part] for s in steps) / len(steps) for part in steps[0]}


def found(peer: Peer) -> list[float]:
    """Return the results of the peer, for comparison with those of the other peers."""
    if peer.workload.second_order:
        return [float(x) for row in peer.hessian() for x in row]
    peer.record()
    peer.backward()
    numbers = peer.found()
    peer.update()
    peer.release()
    return numbers


def trained(training: Training) -> list[float]:
    """Return the parameters after an epoch."""
    training.begin()
    training.epoch()
    return training.parameters()


class Worker:
    """A peer that answers requests."""

    def __init__(self, name: str) -> None:
        self.peer = PEERS[name]()
        self.current = ""
        self.training: Training | None = None
        self.answers = {
            "about": self.about,
            "find": self.find,
            "sample": self.sample,
            "operations": self.operations,
            "memory": self.memory,
            "peak": self.peak,
        }

    def answer(self, request: dict[str, str]) -> dict[str, Any]:
        """Return the answer to the request ``do``, with the rest of the request as arguments."""
        return self.answers[request.pop("do")](**request)

    def about(self) -> dict[str, str]:
        """Return the version of the peer."""
        distribution = self.peer.distribution
        try:
            return {distribution: version(distribution)}
        except PackageNotFoundError:
            return {distribution: "from this checkout"}

    def start(self, name: str) -> None:
        """Prepare for the workload."""
        if self.current == name:
            return
        work = workload(name)
        self.training = TRAININGS[type(self.peer)](self.peer, work) if work.batch else None
        if self.training is None:
            self.peer.start(work)
        self.current = name

    def find(self, workload: str) -> dict[str, Any]:
        """Return the numbers, the seconds of the first call, those including the preparation, and the memory."""
        answer: dict[str, Any] = {"size": None}
        begun = process_time()

        def do() -> None:
            self.start(workload)
            start = process_time()
            answer["found"] = found(self.peer) if self.training is None else trained(self.training)
            answer.update(seconds=process_time() - start, prepared=process_time() - begun)

        try:
            answer["size"] = memory.growth_at_peak(do)
        except memory.Unmeasured:
            do()
        return answer

    def sample(self, workload: str) -> dict[str, float]:
        """Return the seconds of each part."""
        self.start(workload)
        if (training := self.training) is not None:
            return sample(lambda: one_epoch(training))
        if self.peer.workload.second_order:
            return sample(lambda: one_hessian(self.peer))
        parts = sample(lambda: one_step(self.peer))
        return {part: s for part, s in parts.items() if not (self.peer.in_one and part in ("record", "backward"))}

    def operations(self, workload: str) -> dict[str, int]:
        """Return the number of operations in the graph of the workload."""
        self.start(workload)
        assert isinstance(self.peer, Engine)
        self.peer.record()
        count = self.peer.operations()
        self.peer.release()
        return {"operations": count}

    def memory(self, small: str, large: str) -> dict[str, float]:
        """Return the difference in bytes between the graphs of two workloads."""
        return memory.of_operations(self.peer, small, large)

    def peak(self, workload: str) -> dict[str, int]:
        """Return the bytes that an epoch needs at its peak."""
        self.start(workload)
        assert self.training is not None
        self.training.begin()
        return {"peak": memory.growth_at_peak(self.training.epoch)}


def attempt(action: Any, *args: Any) -> Any:
    """Return the result of `action`, or the reason that it cannot run."""
    try:
        return action(*args)
    except Unable as error:
        return {"reason": str(error)}
    except ImportError as error:
        return {"reason": f"is not installed ({error})"}
    except RecursionError:
        return {"reason": f"recurses over the graph: RecursionError at the limit of {sys.getrecursionlimit()}"}
    except Exception as error:
        return {"reason": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:120]}


def main() -> None:
    answers = sys.stdout
    with redirect_stdout(sys.stderr):
        worker = attempt(Worker, sys.argv[1])
        for line in sys.stdin:
            reply = worker if isinstance(worker, dict) else attempt(worker.answer, json.loads(line))
            print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    main()
