"""Forecasts of the time and memory that a peer needs for a workload, from its smaller ones."""

from __future__ import annotations

from dataclasses import dataclass, field

# Below this size, the fixed cost of a process dominates.
MIN_OPERATIONS = 10_000


@dataclass
class Forecast:
    """The pace and the memory of each peer.

    Attributes:
        patience: The seconds to wait for an answer.
        memory: The bytes that a process may use.
        seconds: The CPU seconds per operation of each peer, including preparation and first call.
        size: The bytes per operation of each peer.
        exceeded: The smallest number of operations that took each peer more than `patience`.
    """

    patience: float
    memory: float = 8e9
    seconds: dict[str, float] = field(default_factory=dict)
    size: dict[str, float] = field(default_factory=dict)
    exceeded: dict[str, int] = field(default_factory=dict)

    def note(self, peer: str, operations: int, seconds: float, size: float | None) -> None:
        """Note the CPU seconds and the memory of a peer; `size` is in bytes, or None if it was not measured."""
        if operations >= MIN_OPERATIONS:
            self.seconds[peer] = seconds / operations
        if operations >= 10 * MIN_OPERATIONS and size is not None:
            self.size[peer] = size / operations

    def note_exceeded(self, peer: str, operations: int) -> None:
        self.exceeded[peer] = min(operations, self.exceeded.get(peer, operations))

    def reason(self, peer: str, operations: int) -> str:
        """Return the reason not to run this many operations on a peer, or "" if there is none.

        >>> forecast = Forecast(patience=60.0)
        >>> forecast.note("slow", 100_000, 2.0, 1e7)
        >>> forecast.reason("slow", 10**6), forecast.reason("slow", 10**7)
        ('', 'would take 200 s at its pace so far')
        """
        fewest = self.exceeded.get(peer, operations + 1)
        if operations >= fewest:
            return f"would take more than {self.patience:g} s: {fewest:,} operations did"
        seconds, size = (needs.get(peer, 0.0) * operations for needs in (self.seconds, self.size))
        if size > self.memory:
            return f"would need {size / 1e9:.0f} GB, at {size / operations:,.0f} bytes an operation"
        return f"would take {seconds:,.0f} s at its pace so far" if seconds > self.patience else ""
