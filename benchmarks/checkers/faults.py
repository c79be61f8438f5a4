"""Faults for the checker to find, in rules, recordings and sweeps, each with a correct twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import autograd as ag
from benchmarks.checkers import recordings, rules, sweeps

KINDS = ("rule", "recording", "sweep")


@dataclass(frozen=True)
class Fault:
    """A deliberate fault.

    Attributes:
        kind: One of `KINDS`.
        name: A description.
        culprit: The subject that a good message names: the operation, or for a sweep, its name and the label of the
            first node with a wrong sum.
        checks: A function that yields checks of graphs with the fault, or without it.
    """

    kind: str
    name: str
    culprit: str
    checks: Callable[[bool], Iterator[Any]]


def faults() -> Iterator[Fault]:
    """Yield every fault."""
    for name, (operation, rule) in rules.FAULTS.items():
        yield Fault("rule", name, operation, lambda broken, op=operation, rule=rule: rules.checks(op, rule, broken))  # type: ignore[misc]
    for name, (operation, record) in recordings.FAULTS.items():
        yield Fault("recording", name, operation, lambda broken, record=record: recordings.checks(record, broken))  # type: ignore[misc]
    for name, (mode, sweep, label) in sweeps.FAULTS.items():
        yield Fault(
            "sweep",
            name,
            f"{mode} at {label}",
            lambda broken, mode=mode, sweep=sweep: sweeps.checks(mode, sweep, broken),  # type: ignore[misc]
        )


def hunt(fault: Fault) -> dict[str, Any]:
    """Seed a fault; return the outcome, the blamed names and the false alarms, or the reason not to seed it."""
    if fault.culprit.startswith("backward") and ag.compiled:
        return {"kind": fault.kind, "culprit": fault.culprit, "reason": "cannot be seeded in the compiled engine"}
    blamed = [blame(check) for check in fault.checks(True) if _fails(check)]
    complaints = sum(not check for check in fault.checks(False))
    return {
        "kind": fault.kind,
        "culprit": fault.culprit,
        "found": bool(blamed),
        "blamed": sorted({name for names in blamed for name in names}),
        "named": bool(blamed) and all(names == {fault.culprit} for names in blamed),
        "complaints": complaints,
    }


def blame(check: Any) -> set[str]:
    """Return the operations that a check names, and the sweeps with the nodes where they go wrong."""
    wrong = [finding for finding in (*check.values, *check.edges) if finding.verdict == "fail"]
    named = {finding.node.op.name for finding in wrong}
    return named | {f"{x.source} at {x.node.label if x.node is not None else 'a direction'}" for x in check.sweeps}


def _fails(check: Any) -> bool:
    return bool(check.sweeps) or any(
        finding.verdict == "fail" for finding in (*check.values, *check.edges, *check.leaves)
    )
