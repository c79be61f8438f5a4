"""Section of the README: a selection of the results in Markdown, between two markers."""

from __future__ import annotations

from pathlib import Path

from benchmarks.table import Result, Table, head, table, title

START, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
# The selected workloads, and the parts shown of each; () is everything.
SELECTED: dict[str, tuple[str, ...]] = {
    "demo": ("record", "backward", "gradient"),
    "dots": ("gradient", "whole", "term"),
    "epoch": (),
    "growth": (),
    "chain": ("record", "backward", "gradient"),
    "memory": (),
    "import": (),
}


def into_readme(run: Result, readme: Path) -> None:
    """Put the selection between the markers.

    Raises:
        ValueError: The page does not contain both markers, in order.
    """
    put(markdown(run), readme, START, END)


def put(text: str, page: Path, start: str, end: str) -> None:
    """Replace the text between two markers on a page.

    Raises:
        ValueError: The page does not contain both markers, in order.
    """
    before, first, rest = page.read_text(encoding="utf-8").partition(start)
    _, second, after = rest.partition(end)
    if not (first and second):
        raise ValueError(f"{page} has no {start} followed by {end}")
    page.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")


def markdown(run: Result) -> str:
    """Return the selection in Markdown: a table of peers for each workload, and a line on those without a result."""
    machine, versions, *rules = head(run)
    lines = [f"{machine}; {versions}. {' '.join(rules)}"]
    for name, parts in SELECTED.items():
        if name in run["workloads"]:
            result = run["workloads"][name]
            lines += ["", f"**{_capitalised(title(result))}**", "", *_markdown(table(result, parts))]
    return "\n".join(lines)


def _markdown(shown: Table) -> list[str]:
    lines = [_line(shown.head), _line(["---", *["---:"] * (len(shown.head) - 1)]), *map(_line, shown.rows)]
    why: dict[str, list[str]] = {}
    for name, reason in {**shown.absent, **shown.notes}.items():
        why.setdefault(reason, []).append(name)
    if why:
        reasons = "; ".join(f"{' and '.join(names)}: {reason}" for reason, names in why.items())
        lines += ["", f"Without figures: {reasons}."]
    return lines if shown.rows else lines[3:]


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
