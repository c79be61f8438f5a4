"""Tables of the results for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

NOT_COMPARED = {"record", "backward", "python", "term"}
HEADINGS = {
    "gradient": "record + backward",
    "whole": "whole step",
    "term": "a term",
    "peak": "memory",
    "python": "of it from Python's allocator",
}
Result = dict[str, Any]


@dataclass
class Table:
    """The figures of a workload: a heading, one row per peer, and the reasons of peers without figures.

    Attributes:
        head: The heads of the columns, the first of which has the names.
        rows: The rows, with one cell per column.
        absent: The reason of each peer without figures.
        notes: The reasons of single cells without a figure, which are "—".
    """

    head: list[str]
    rows: list[list[str]]
    absent: dict[str, str]
    notes: dict[str, str]


def table(result: Result, parts: Sequence[str] = ()) -> Table:
    """Return the table of a workload with `parts`, or with everything that was measured."""
    entries = {name: entry for name, entry in result["peers"].items() if "reason" not in entry}
    absent = {name: entry["reason"] for name, entry in result["peers"].items() if "reason" in entry}
    measured = list(dict.fromkeys(part for entry in entries.values() for part in entry if part != "once"))
    shown = [part for part in measured if part in (parts or measured)]
    if result.get("grows"):
        start = "10,000" if "10,000" in shown else shown[0] if shown else ""
        head = ["", *(f"{size} operations" for size in shown), f"most ÷ {start}"]
        rows = [[name, *(_cell(entry, n) for n in shown), _growth(entry, start)] for name, entry in entries.items()]
    else:
        base = next(iter(entries.values()), {})
        columns = [(part, by) for part in shown for by in ((False,) if part in NOT_COMPARED else (False, True))]
        head = ["", *("×" if compared else HEADINGS.get(part, part) for part, compared in columns)]
        rows = [
            [name, *(_ratio(entry, base, part) if compared else _cell(entry, part) for part, compared in columns)]
            for name, entry in entries.items()
        ]
    notes = {}
    for name, entry in entries.items():
        for part in shown:
            if isinstance(entry.get(part), dict):
                notes[f"{name}, {part}"] = entry[part]["reason"]
                break  # the reason at the first size also applies to larger ones
    return Table(head, rows, absent, notes)


def plain(run: Result) -> str:
    """Return one table per workload."""
    lines = [*head(run), ""]
    for result in run["workloads"].values():
        shown = table(result)
        lines += [title(result), *_aligned([shown.head, *shown.rows])]
        names = max(map(len, shown.absent), default=0)
        lines += [f"  {name:{names}}  — {reason}" for name, reason in shown.absent.items()]
        lines += [f"  — {cell}: {reason}" for cell, reason in shown.notes.items()]
        lines.append("")
    return "\n".join(lines)


def title(result: Result) -> str:
    """Return the title of a workload, with its number of operations."""
    operations = result.get("operations")
    counted = f" ({operations:,} operation{'s' * (operations != 1)})" if operations else ""
    return f"{result['title']}{counted}"


def head(run: Result) -> list[str]:
    """Return the machine, the versions, and how to read the figures."""
    machine = run["machine"]
    return [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, {machine['python']}",
        ", ".join(f"{name} {version}" for name, version in run["versions"].items()),
        f"Medians of {run['rounds']} rounds, peers in turn; CPU time, one thread, garbage collector on.",
        "× is the cost over that of the first row, the median over the rounds.",
        "A whole step is record, backward, one update of the parameters, and the graph freed.",
        "Where record and backward are —, value and gradient come out of one program that was made before.",
    ]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    return ["  " + "  ".join(row).rstrip() for row in cells]


def _cell(entry: Result, part: str) -> str:
    return quantity(median(entry[part]), part) if isinstance(entry.get(part), list) else "—"


def _ratio(entry: Result, base: Result, part: str) -> str:
    return ratio(entry[part], base[part]) if isinstance(entry.get(part), list) and part in base else ""


def _growth(entry: Result, start: str) -> str:
    """Return the cost of an operation in the largest graph of a peer, divided by that at `start` operations."""
    done = [size for size, samples in entry.items() if isinstance(samples, list)]
    if start not in done or done[-1] == start:
        return "—"
    reached = "" if done[-1] == list(entry)[-1] else f" at {done[-1]}"
    return ratio(entry[done[-1]], entry[start]) + reached


def quantity(x: float, part: str) -> str:
    """Return a measurement to three digits, with its unit.

    >>> quantity(0.01234, "record"), quantity(1.2e-7, "record"), quantity(96.02, "resident"), quantity(2.1e6, "peak")
    ('12.3 ms', '120 ns', '96 B', '2.10 MB')
    """
    if part in ("resident", "python"):
        return f"{x:,.0f} B"
    if part == "peak":
        return f"{_digits(x / 1e6)} MB"
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if x >= size:
            return f"{_digits(x / size)} {unit}"
    return f"{_digits(x * 1e9)} ns"


def ratio(samples: list[float], base: list[float]) -> str:
    """Return the ratio to the base, the median over the rounds that both have.

    >>> ratio([10.0, 12.0, 900.0], [1.0, 1.0, 30.0])
    '12.0'
    """
    if min(base) <= 0:
        return ""
    return _digits(median(a / b for a, b in zip(samples, base, strict=False)))


def _digits(x: float) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}" if x >= 0.095 else f"{x:.1g}"
