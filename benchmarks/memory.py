"""Memory of a process, from /proc, and the part of it that Python's allocators handed out."""

from __future__ import annotations

import gc
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers import Peer, Unable
from benchmarks.workloads import workload

PROC = Path("/proc/self")


class Unmeasured(Unable):
    """An error for memory that the system does not measure."""


def resident() -> int:
    """Return the resident memory of this process in bytes.

    Raises:
        Unmeasured: The system does not measure it.
    """
    try:
        text = (PROC / "smaps_rollup").read_text()
    except OSError:
        raise Unmeasured("is not measured on this system, which has no /proc/self/smaps_rollup") from None
    return int(re.findall(r"^Rss:\s+(\d+) kB", text, re.MULTILINE)[0]) * 1024


def growth_at_peak(action: Callable[[], object]) -> int:
    """Return the growth in bytes of this process from before `action` to its peak.

    Raises:
        Unmeasured: The system does not measure it.
    """
    before = resident()
    try:
        (PROC / "clear_refs").write_text("5")  # the peak is forgotten (proc_pid_clear_refs(5))
    except OSError:
        raise Unmeasured("is not measured on this system, which does not let a process forget its peak") from None
    action()
    text = (PROC / "status").read_text()
    return max(0, int(re.findall(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)[0]) * 1024 - before)


def of_operations(peer: Peer, small: str, large: str) -> dict[str, float]:
    """Return the difference in bytes of the graphs of two workloads: resident, and allocated by Python."""
    _added(peer, small, resident)  # the first call loads modules and fills caches that later calls reuse
    held = [_added(peer, name, resident) for name in (small, large)]
    tracemalloc.start()
    traced = [_added(peer, name, lambda: tracemalloc.get_traced_memory()[0]) for name in (small, large)]
    tracemalloc.stop()
    return {"resident": held[1] - held[0], "python": max(0, traced[1] - traced[0])}


def _added(peer: Peer, name: str, counted: Callable[[], int]) -> int:
    peer.start(workload(name))
    gc.collect()
    before = counted()
    peer.record()
    gc.collect()
    more = counted() - before
    peer.release()
    gc.collect()
    return more
