"""The process of one peer: takes requests on stdin, one JSON object a line, and answers on stdout.

Each peer has a process to itself, so that none pays for another's objects when the garbage collector runs, and HIPS
autograd, which has the engine's import name, can live in an environment of its own.  Times are CPU time of the process.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tracemalloc
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.matrices import JaxMatrices, NumpyByHand, TorchMatrices
from benchmarks.peers import Engine, Hips, Micrograd, Peer, PureEngine, Torch, Unable
from benchmarks.programs import Casadi, CasadiOnce, Jax, JaxJit
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
SHORTEST = 0.02  # seconds: a sample is the mean of as many steps as that takes


def one_step(peer: Peer) -> dict[str, float]:
    """The seconds of each part of one step; `whole` has besides the update and the freeing of the graph."""
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


def sample(peer: Peer) -> dict[str, float]:
    """The mean seconds of each part, over `SHORTEST` at least."""
    step = one_hessian if peer.workload.second_order else one_step
    start, steps = process_time(), [step(peer)]
    while process_time() - start < SHORTEST:
        steps.append(step(peer))
    separate = ("record", "backward") if peer.in_one else ()
    return {part: sum(s[part] for s in steps) / len(steps) for part in steps[0] if part not in separate}


def found(peer: Peer) -> dict[str, Any]:
    """What the peer computes, to be compared with the others, and in how many seconds; untimed otherwise."""
    start = process_time()
    if peer.workload.second_order:
        return {"found": [float(x) for row in peer.hessian() for x in row], "seconds": process_time() - start}
    peer.record()
    operations = peer.operations() if isinstance(peer, Engine) else None
    peer.backward()
    numbers = peer.found()
    peer.update()
    peer.release()
    return {"found": numbers, "seconds": process_time() - start, "operations": operations}


def memory(peer: Peer, small: str, large: str) -> dict[str, float]:
    """Bytes for each further operation between two sizes: resident in the process, and allocated by Python."""
    resident = [_resident(peer, name) for name in (small, large)]
    tracemalloc.start()
    traced = [_traced(peer, name) for name in (small, large)]
    return {"resident": resident[1] - resident[0], "python": traced[1] - traced[0]}


def _resident(peer: Peer, name: str) -> float:
    """What the graph of a workload adds to the pages of the process; the first call of a process counts most."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        raise Unable("is not measured on this system, which has no /proc")
    peer.start(workload(name))
    before = int(pages.read_text().split()[1])
    peer.record()
    more = int(pages.read_text().split()[1]) - before
    peer.release()
    return more * os.sysconf("SC_PAGE_SIZE")


def _traced(peer: Peer, name: str) -> float:
    peer.start(workload(name))
    before = tracemalloc.get_traced_memory()[0]
    peer.record()
    more = tracemalloc.get_traced_memory()[0] - before
    peer.release()
    gc.collect()
    return more


class Worker:
    """Answers requests to one peer."""

    def __init__(self, name: str) -> None:
        self.peer = PEERS[name]()
        self.current = ""

    def about(self) -> dict[str, str]:
        distribution = self.peer.distribution
        try:
            return {distribution: version(distribution)}
        except PackageNotFoundError:
            return {distribution: "from this checkout"}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "about":
            return self.about()
        if request["do"] == "memory":
            return memory(self.peer, request["small"], request["large"])
        if self.current != request["workload"]:
            self.peer.start(workload(request["workload"]))
            self.current = request["workload"]
        return found(self.peer) if request["do"] == "find" else sample(self.peer)


def attempt(action: Any, *args: Any) -> Any:
    """What `action` gives; where it cannot, the reason."""
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
