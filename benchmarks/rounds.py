"""A run: peers in turn, round by round, each in its own process."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from threading import Timer
from typing import Any

from benchmarks.matrices import Matrices
from benchmarks.peers import Hips
from benchmarks.programs import CasadiOnce, JaxJit
from benchmarks.worker import PEERS
from benchmarks.workloads import workload

ROOT = Path(__file__).parent.parent
GRADIENTS = ("demo", "bundle", "mixture", "sample", "dot")
SIZES = (10**3, 10**4, 10**5, 10**6)
WORKLOADS = (*GRADIENTS, "hessian", "memory", "import", "growth", "fan_out", "chain")
TOLERANCE = 1e-8
SLOW = 2.0  # seconds: what takes longer is sampled once

Result = dict[str, Any]


class Process:
    """The process of one peer, and what has been seen of its pace.

    Args:
        name: the peer.
        python: the interpreter that has it.
        patience: seconds after which an answer is not waited for.
    """

    def __init__(self, name: str, python: str, patience: float) -> None:
        self.name, self.python, self.patience = name, python, patience
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def ask(self, do: str, **request: str) -> Result:
        """The answer; instead, where there is none, the reason."""
        if self.process is None:
            self.process = run(self.python, "from benchmarks.worker import main; main()", self.name)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timer = Timer(self.patience, self.process.kill)
        timer.start()
        try:
            print(json.dumps({"do": do, **request}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finished = timer.finished.is_set()
        timer.cancel()
        if line:
            answer: Result = json.loads(line)
            return answer
        self.stop()
        return {"reason": f"takes more than {self.patience:g} s" if finished else "crashes"}


def run(python: str, code: str, *args: str) -> subprocess.Popen[str]:
    """Start `code` in another process.

    The checkout comes first where the engine is to be found, and last in another environment, where a peer may have
    the engine's import name.
    """
    where = "0" if python == sys.executable else "len(sys.path)"
    return subprocess.Popen(
        [python, "-I", "-c", f"import sys; sys.path.insert({where}, {str(ROOT)!r}); {code}", *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
    )


@dataclass
class Run:
    """One run of some workloads.

    Attributes:
        repeat: rounds.
        sizes: operations, for the cost as work grows.
        hips: the interpreter of an environment with HIPS autograd.
    """

    repeat: int = 7
    sizes: Sequence[int] = SIZES
    hips: str = ""
    patience: float = 60.0
    peers: Sequence[str] = tuple(PEERS)
    pace: dict[str, float] = field(default_factory=dict)

    def __call__(self, names: Sequence[str]) -> Result:
        """The results of the workloads of these names, with the machine and the versions."""
        with ExitStack() as stack:
            self.processes = [stack.enter_context(Process(p, self.python(p), self.patience)) for p in self.peers]
            versions = self._versions()
            found: Result = {}
            for name in names:
                print(f"{name} …", file=sys.stderr, flush=True)
                found[name] = self.measure(name)
        return {"machine": machine(), "versions": versions, "rounds": self.repeat, "workloads": found}

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
        if name == "memory":
            return self.memory()
        if name == "import":
            return self.imports()
        if name == "growth":
            return self.growth()
        sized = {"fan_out": f"fan_out:{3 * max(self.sizes) // 10}", "chain": f"chain:{max(self.sizes)}"}
        return self.gradients(sized.get(name, name))

    def gradients(self, name: str) -> Result:
        """Agreement first, then rounds: in each, one sample of every peer in turn."""
        peers: dict[str, Result] = {}
        reference: Result = {}
        is_network = workload(name).network is not None
        processes = [p for p in self.processes if is_network or not issubclass(PEERS[p.name], Matrices)]
        for process in processes:
            answer = self._agreeing(process, name, reference)
            peers[process.name] = {"reason": answer["reason"]} if "reason" in answer else {"once": answer["seconds"]}
        for round_ in range(self.repeat):
            for process in processes:
                entry = peers[process.name]
                if "reason" in entry or (round_ and entry["once"] > SLOW):
                    continue
                answer = process.ask("sample", workload=name)
                if "reason" in answer:
                    peers[process.name] = answer
                    continue
                for part, seconds in answer.items():
                    entry.setdefault(part, []).append(seconds)
        for process in processes:
            self._note_pace(name, process.name, peers[process.name], reference.get("operations"))
        return {"title": workload(name).title, "operations": reference.get("operations"), "peers": peers}

    def _agreeing(self, process: Process, name: str, reference: Result) -> Result:
        expected = self.pace.get(process.name, 0.0) * (reference.get("operations") or 0)
        if expected > self.patience and name != "dot":
            return {"reason": f"would take {expected:.0f} s at its pace so far"}
        answer = process.ask("find", workload=name)
        if "reason" in answer:
            if "takes more" in answer["reason"] and reference.get("operations") and name != "dot":
                self.pace[process.name] = self.patience / reference["operations"]
            return answer
        if not reference:
            reference.update(answer)
        apart = disagreement(answer["found"], reference["found"])
        return answer if apart <= TOLERANCE else {"reason": f"disagrees by {apart:.1e}"}

    def _note_pace(self, workload: str, name: str, entry: Result, operations: int | None) -> None:
        if operations and workload != "dot" and "record" in entry and median(entry["record"]) > 0.01:  # it does record
            self.pace[name] = median(entry["whole"]) / operations

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
                f"{size:,}": [s / result["operations"] for s in entry["gradient"]] if "gradient" in entry else entry
                for size, result, entry in zip(self.sizes, results, entries, strict=True)
            }
        return {"title": "cost of one operation as work grows: record + backward", "peers": peers}

    def memory(self) -> Result:
        """Bytes an operation, each peer in a fresh process."""
        small, large = "fan_out:500", "fan_out:50500"
        peers: dict[str, Result] = {}
        for process in self.processes:
            if issubclass(PEERS[process.name], (Matrices, CasadiOnce, JaxJit)):  # they record nothing
                continue
            process.stop()
            answer = process.ask("memory", small=small, large=large)
            process.stop()
            peers[process.name] = answer if "reason" in answer else {k: [v / 100_000] for k, v in answer.items()}
        return {"title": "memory of one recorded operation", "peers": peers}

    def imports(self) -> Result:
        """The import, without NumPy's, in fresh interpreters."""
        peers: dict[str, Result] = {}
        first = {PEERS[peer].module + self.python(peer): peer for peer in reversed(self.able)}
        for _ in range(self.repeat):
            for peer in reversed(first.values()):
                seconds = import_time(self.python(peer), PEERS[peer].module)
                label = peer if PEERS[peer] is Hips else PEERS[peer].distribution
                peers.setdefault(label, {"import": []})["import"].append(seconds)
        return {"title": "import, beyond NumPy's own", "peers": peers}


def disagreement(found: Sequence[float], reference: Sequence[float]) -> float:
    """The largest difference, relative to the largest number."""
    if len(found) != len(reference):
        return float("inf")
    largest = max(map(abs, reference)) or 1.0
    return max(abs(a - b) for a, b in zip(found, reference, strict=True)) / largest


def import_time(python: str, module: str) -> float:
    first = "" if module == "numpy" else "import numpy; "
    code = f"from time import process_time as t; {first}a = t(); import {module}; print(t() - a)"
    text, _ = run(python, code).communicate()
    return float(text)


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
