"""Results as a table: plain for the terminal, Markdown for the README."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

START, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
NOT_COMPARED = {"record", "backward", "python"}
HEADINGS = {
    "gradient": "record + backward",
    "whole": "whole step",
    "resident": "resident",
    "python": "from Python's allocator",
}
Result = dict[str, Any]


def plain(run: Result) -> str:
    """Every workload, one table each."""
    lines = list(_head(run))
    for result in run["workloads"].values():
        rows = _rows(result)
        widths = [max(len(row[i]) for row in rows if i < len(row) and not _is_reason(row)) for i in range(len(rows[0]))]
        lines += ["", title(result)]
        for row in rows:
            first, *rest = row
            cells = rest if _is_reason(row) else [c.rjust(w) for c, w in zip(rest, widths[1:], strict=True)]
            lines.append("  " + first.ljust(max(len(r[0]) for r in rows)) + "  " + "  ".join(cells))
    return "\n".join(lines)


def markdown(run: Result) -> str:
    """The same for the README."""
    lines = [f"{line}  " for line in _head(run)]
    for result in run["workloads"].values():
        head, *rows = _rows(result)
        lines += ["", f"**{title(result)}**", "", _line(head), _line(["---", *["---:"] * (len(head) - 1)])]
        lines += [_line([*row, *[""] * (len(head) - len(row))]) for row in rows]
    return "\n".join(lines)


def into_readme(run: Result, readme: Path) -> None:
    """Put the table between the markers.

    Raises:
        ValueError: the file has not got both, in order.
    """
    text = readme.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{readme} has no {START} followed by {END}")
    readme.write_text(f"{before}{START}\n{markdown(run)}\n{END}{after}", encoding="utf-8")


def title(result: Result) -> str:
    operations = result.get("operations")
    return result["title"] + (f" ({operations:,} operations)" if operations else "")


def _head(run: Result) -> Iterator[str]:
    machine = run["machine"]
    yield f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, {machine['python']}"
    yield ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    yield f"Medians of {run['rounds']} rounds, peers in turn; CPU time, one thread, garbage collector on."
    yield "× is the cost over that of the first row with figures, the median over the rounds."
    yield "A whole step is record, backward, one update of the parameters, and the graph freed."


def _rows(result: Result) -> list[list[str]]:
    """The heading, then for each peer its name and its cells; of one that did nothing, its name and the reason."""
    peers = result["peers"]
    parts = list(dict.fromkeys(p for entry in peers.values() for p in entry if p not in ("reason", "once")))
    base = next((entry for entry in peers.values() if "reason" not in entry), {})
    compared = [part for part in parts if part not in NOT_COMPARED]
    head = ["", *(cell for part in parts for cell in [HEADINGS.get(part, part), *["×"] * (part in compared)])]
    rows = [head]
    for name, entry in peers.items():
        if "reason" in entry:
            rows.append([name, f"— {entry['reason']}"])
            continue
        row = [name]
        for part in parts:
            samples = entry.get(part, [])
            reason = isinstance(samples, dict) or not samples
            row.append("—" if reason else quantity(median(samples), part))
            if part in compared:
                row.append("" if reason else ratio(samples, base.get(part, [])))
        rows.append(row)
    return rows


def quantity(x: float, part: str) -> str:
    """A measurement to three digits, with its unit.

    >>> quantity(0.01234, "record"), quantity(1.2e-7, "record"), quantity(96.02, "resident")
    ('12.3 ms', '120 ns', '96 B')
    """
    if part in ("resident", "python"):
        return f"{x:,.0f} B"
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if x >= size:
            return f"{_digits(x / size)} {unit}"
    return f"{_digits(x * 1e9)} ns"


def ratio(samples: list[float], base: Any) -> str:
    """How many times the base: the median over the rounds that both have.

    >>> ratio([10.0, 12.0, 900.0], [1.0, 1.0, 30.0])
    '12.0'
    """
    if isinstance(base, dict) or not base or min(base) <= 0:
        return ""
    return _digits(median(a / b for a, b in zip(samples, base, strict=False)))


def _digits(x: float) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}" if x >= 0.1 else f"{x:.1g}"


def _is_reason(row: list[str]) -> bool:
    return len(row) == 2 and row[1].startswith("—") and len(row[1]) > 1


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
