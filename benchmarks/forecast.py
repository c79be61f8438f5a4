"""What a peer would need for a workload, judged by what it needed for smaller ones."""

from __future__ import annotations

from dataclasses import dataclass, field

ENOUGH = 10_000  # operations: below, what a process needs in any case would count most


@dataclass
class Forecast:
    """The pace and the memory of each peer.

    Attributes:
        patience: seconds after which an answer is not waited for.
        memory: bytes that a process may need.
        seconds: for each peer the CPU seconds an operation, preparation and first call included.
        size: for each peer the bytes an operation.
        exceeded: for each peer the fewest operations that took more than `patience`.
    """

    patience: float
    memory: float = 8e9
    seconds: dict[str, float] = field(default_factory=dict)
    size: dict[str, float] = field(default_factory=dict)
    exceeded: dict[str, int] = field(default_factory=dict)

    def note(self, peer: str, operations: int, seconds: float, size: float | None) -> None:
        """It did so many operations with that; `size` are the bytes of the process, None where not measured."""
        if operations >= ENOUGH:
            self.seconds[peer] = seconds / operations
        if operations >= 10 * ENOUGH and size is not None:
            self.size[peer] = size / operations

    def note_exceeded(self, peer: str, operations: int) -> None:
        self.exceeded[peer] = min(operations, self.exceeded.get(peer, operations))

    def reason(self, peer: str, operations: int) -> str:
        """Why not to ask the peer for so many operations; "" if there is nothing against it.

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
