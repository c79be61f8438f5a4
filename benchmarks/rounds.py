"""Runs of the benchmarks: peers in alternation, round by round, each in its own process."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.forecast import MIN_OPERATIONS, Forecast
from benchmarks.matrices import Matrices
from benchmarks.peers import Engine, Hips
from benchmarks.processes import Process, Result, import_time
from benchmarks.programs import CasadiOnce, JaxJit
from benchmarks.training import TRAININGS
from benchmarks.worker import PEERS
from benchmarks.workloads import Workload, workload

SIZES = (10**3, 10**4, 10**5, 10**6)
WORKLOADS = ("demo", "dot", "sample", "dots", "epoch", "bundle", "mixture", "hessian")
WORKLOADS += ("memory", "import", "growth", "fan_out", "chain")
PROBE_OPERATIONS = 10 * MIN_OPERATIONS
MAX_RELATIVE_DIFFERENCE = 1e-8
# A slower peer is sampled only once.
SLOW_SECONDS = 2.0


@dataclass
class Run:
    """A run of some workloads.

    Attributes:
        repeat: The number of rounds.
        sizes: The numbers of operations, for the cost as work grows.
        hips: The interpreter of an environment with HIPS autograd.
        patience: The seconds to wait for an answer.
        peers: The names of the peers.
        keep: A function that receives the results so far after each workload.
        unable: The reason that a peer cannot do `PROBE_OPERATIONS` operations of a sized workload, "" if it can.
    """

    repeat: int = 7
    sizes: Sequence[int] = SIZES
    hips: str = ""
    patience: float = 60.0
    peers: Sequence[str] = tuple(PEERS)
    keep: Callable[[Result], object] = lambda results: None
    unable: dict[tuple[str, str], str] = field(default_factory=dict)

    def __call__(self, names: Sequence[str]) -> Result:
        """Return the results of the named workloads, with the machine and the versions."""
        self.forecast = Forecast(self.patience)
        with ExitStack() as stack:
            self.processes = [stack.enter_context(Process(p, self.python(p), self.patience)) for p in self.peers]
            about = {"machine": machine(), "versions": self._versions(), "rounds": self.repeat}
            results: Result = {**about, "workloads": {}}
            for name in names:
                print(f"{name} …", file=sys.stderr, flush=True)
                results["workloads"][name] = self.measure(name)
                self.keep(results)
        return results

    def python(self, peer: str) -> str:
        return self.hips if peer.startswith("HIPS") and self.hips else sys.executable

    def _versions(self) -> dict[str, str]:
        versions: dict[str, str] = {}
        self.able = []
        for process in self.processes:
            about = process.ask("about")
            if "reason" not in about:
                self.able.append(process.name)
                versions.update({"HIPS autograd" if k == "autograd" else k: v for k, v in about.items()})
        return versions

    def measure(self, name: str) -> Result:
        special = {"memory": self.memory, "import": self.imports, "growth": self.growth, "epoch": self.epoch}
        if name in special:
            return special[name]()
        sized = {"fan_out": f"fan_out:{3 * max(self.sizes) // 10}", "chain": f"chain:{max(self.sizes)}"}
        return self.gradients(sized.get(name, name))

    def gradients(self, name: str) -> Result:
        """Check that the peers agree, then take one sample of every peer in each round."""
        work = workload(name)
        operations = self._operations(name)
        processes = [process for process in self.processes if takes_part(process.name, work)]
        reference: list[float] = []
        peers = {process.name: self._agreeing(process, name, operations, reference) for process in processes}
        for round_ in range(self.repeat):
            for process in processes:
                entry = peers[process.name]
                if "reason" in entry or (round_ and entry["once"] > SLOW_SECONDS):
                    continue
                answer = process.ask("sample", workload=name)
                if "reason" in answer:
                    peers[process.name] = {"reason": answer["reason"]}
                    continue
                for part, seconds in answer.items():
                    entry.setdefault(part, []).append(seconds)
                if work.terms:
                    entry.setdefault("term", []).append(answer["gradient"] / work.terms)
        return {"title": work.title, "operations": operations or None, "peers": peers}

    def _operations(self, name: str) -> int:
        """Return the number of operations that the engine records; 0 if it is not counted or the engine is absent."""
        work = workload(name)
        if work.second_order or work.batch:
            return 0
        ours = [p for p in self.processes if p.name in self.able and issubclass(PEERS[p.name], Engine)]
        return ours[0].ask("operations", workload=name).get("operations", 0) if ours else 0

    def _agreeing(self, process: Process, name: str, operations: int, reference: list[float]) -> Result:
        """Return the seconds of a peer, or the reason that it cannot run or that it disagrees.

        The first peer that answers is the `reference` for the others.
        """
        base, _, size = name.partition(":")
        if size and operations > PROBE_OPERATIONS and (process.name, base) not in self.unable:
            self._agreeing(process, f"{base}:{int(size) * PROBE_OPERATIONS // operations}", PROBE_OPERATIONS, [])
        unable = self.unable.get((process.name, base)) if operations > PROBE_OPERATIONS else ""
        reason = unable or self.forecast.reason(process.name, operations)
        if reason:
            return {"reason": reason}
        answer = process.ask("find", workload=name)
        if answer.get("late") and operations >= min(self.sizes):
            self.forecast.note_exceeded(process.name, operations)
        if size and operations == PROBE_OPERATIONS:
            self.unable[process.name, base] = "" if answer.get("late") else answer.get("reason", "")
        if "reason" in answer:
            return {"reason": answer["reason"]}
        self.forecast.note(process.name, operations, answer["prepared"], answer["size"])
        apart = disagreement(answer["found"], reference or answer["found"])
        reference[:] = reference or answer["found"]
        return (
            {"once": answer["seconds"]} if apart <= MAX_RELATIVE_DIFFERENCE else {"reason": f"disagrees by {apart:.1e}"}
        )

    def epoch(self) -> Result:
        """Measure the time and the peak memory of an epoch, each peer in a fresh process."""
        result = self.gradients("epoch")
        for process in self.processes:
            entry = result["peers"].get(process.name, {"reason": ""})
            if "reason" in entry:
                continue
            process.stop()
            answer = process.ask("peak", workload="epoch")
            process.stop()
            entry["peak"] = {"reason": answer["reason"]} if "reason" in answer else [answer["peak"]]
        return result

    def growth(self) -> Result:
        """Record and backward at each size, for each operation."""
        results = [self.gradients(f"fan_out:{size // 2}") for size in self.sizes]
        peers: dict[str, Result] = {}
        for name in results[0]["peers"]:
            entries = [result["peers"][name] for result in results]
            if "reason" in entries[0]:
                peers[name] = {"reason": entries[0]["reason"]}
                continue
            peers[name] = {
                f"{size:,}": entry if "reason" in entry else [s / size for s in entry["gradient"]]
                for size, entry in zip(self.sizes, entries, strict=True)
            }
        return {"title": "cost of one operation as work grows, record + backward", "grows": True, "peers": peers}

    def memory(self) -> Result:
        """Measure the bytes per operation, each peer in a fresh process."""
        small, large = "chain:1000", "chain:101000"
        peers: dict[str, Result] = {}
        for process in self.processes:
            if issubclass(PEERS[process.name], (Matrices, CasadiOnce, JaxJit)):  # they record nothing
                continue
            reason = self.forecast.reason(process.name, 2 * 101_000)  # once for each of the two figures
            process.stop()
            answer = {"reason": reason} if reason else process.ask("memory", small=small, large=large)
            process.stop()
            failed = "reason" in answer
            peers[process.name] = (
                {"reason": answer["reason"]} if failed else {part: [size / 100_000] for part, size in answer.items()}
            )
        return {"title": "memory of one recorded operation of two operands", "peers": peers}

    def imports(self) -> Result:
        """Measure the import, without NumPy's, in fresh interpreters."""
        peers: dict[str, Result] = {}
        first = {PEERS[peer].module + self.python(peer): peer for peer in reversed(self.able)}
        for _ in range(self.repeat):
            for peer in reversed(first.values()):
                seconds = import_time(self.python(peer), PEERS[peer].module)
                label = peer if PEERS[peer] is Hips else PEERS[peer].distribution
                peers.setdefault(label, {"import": []})["import"].append(seconds)
        return {"title": "import, beyond NumPy's own", "peers": peers}


def takes_part(peer: str, work: Workload) -> bool:
    """Return True if the workload suits the peer: training loops for training, matrix programs for networks."""
    kind = PEERS[peer]
    return kind in TRAININGS if work.batch else work.network is not None or not issubclass(kind, Matrices)


def disagreement(found: Sequence[float], reference: Sequence[float]) -> float:
    """Return the largest difference, relative to the largest number."""
    if len(found) != len(reference):
        return float("inf")
    largest = max(map(abs, reference)) or 1.0
    return max(abs(a - b) for a, b in zip(found, reference, strict=True)) / largest


def machine() -> dict[str, Any]:
    cpu = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in _lines(cpu) if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _lines(path: Path) -> Iterator[str]:
    return iter(path.read_text().splitlines() if path.exists() else [])
