"""Processes of the peers, which answer one request at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

ROOT = Path(__file__).parent.parent

Result = dict[str, Any]


class Process:
    """The process of one peer.

    Args:
        name: The peer.
        python: The interpreter that can import it.
        patience: The seconds of CPU time to wait for an answer.
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
        """Return the answer, or the reason that there is none, with "late" after a timeout."""
        if self.process is None:
            self.process = run(self.python, "from benchmarks.worker import main; main()", self.name)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        watch = Watch(self.process, self.patience)
        watch.start()
        try:
            print(json.dumps({"do": do, **request}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        watch.end()
        if line:
            answer: Result = json.loads(line)
            return answer
        code = self.process.wait()
        self.stop()
        if watch.late:
            return {"reason": f"takes more than {self.patience:g} s", "late": True}
        return {"reason": f"crashes: its process ends with {code}"}


class Watch(Thread):
    """A thread that kills a process after `patience` seconds of CPU time, or ten times as long if it only waits.

    Attributes:
        late: True if it killed the process.
    """

    def __init__(self, process: subprocess.Popen[str], patience: float) -> None:
        super().__init__(daemon=True)
        self.process, self.patience, self.late = process, patience, False
        self.ended = Event()

    def run(self) -> None:
        before, clock = cpu_time(self.process.pid), monotonic()
        while not self.ended.wait(min(1.0, self.patience / 4)):
            waited, now = monotonic() - clock, cpu_time(self.process.pid)
            used = waited if before is None or now is None else now - before
            if used > self.patience or waited > 10 * self.patience:
                self.late = True
                self.process.kill()
                return

    def end(self) -> None:
        self.ended.set()
        self.join()


def cpu_time(pid: int) -> float | None:
    """Return the CPU seconds of all threads of a process, or None if the system does not report them."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, 14 and 15 of proc(5)


def run(python: str, code: str, *args: str) -> subprocess.Popen[str]:
    """Start `code` in another process.

    The checkout is first on the path of this interpreter, for the engine, and last in another environment, where a peer
    may have the engine's import name.
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


def import_time(python: str, module: str) -> float:
    """Return the CPU seconds of an import in a fresh interpreter, without NumPy's import."""
    first = "" if module == "numpy" else "import numpy; "
    code = f"from time import process_time as t; {first}a = t(); import {module}; print(t() - a)"
    text, _ = run(python, code).communicate()
    return float(text)
