"""Files of results: runs, mutants that make no difference, and the table in CONTRIBUTING.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parent / "mutants.json"
EQUIVALENTS = FOLDER / "equivalents.json"
START, END = "<!-- mutants -->", "<!-- /mutants -->"

# One area and one seed: "area", "seed", "mutants", and "survivors", each with "key" and "path".
Run = dict[str, Any]


def read(file: Path) -> Any:
    """Return the content of a JSON file, or an empty dictionary if there is no file."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def write(content: Any, file: Path) -> None:
    """Write a JSON file atomically."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(file)


def together(kept: Sequence[Run], new: Run) -> list[Run]:
    """Return the runs with a new one, which replaces that of the same area and seed."""
    others = [run for run in kept if (run["area"], run["seed"]) != (new["area"], new["seed"])]
    return sorted([*others, new], key=lambda run: (run["area"], run["seed"]))


def markdown(runs: Sequence[Run], equivalents: Mapping[str, str], areas: Sequence[str]) -> str:
    """Return the table: a line for each area and one for all, with the share of killed mutants.

    Args:
        runs: what is kept.
        equivalents: reasons why changes make no difference, by the key of the mutant.
        areas: the areas in the order of the lines.
    """
    lines = [
        "| area | seeds | mutants | killed | no difference | survived | killed of all | killed of those that matter |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    present = [area for area in areas if any(run["area"] == area for run in runs)]
    for name in [*present, "all"]:
        chosen = [run for run in runs if name in (run["area"], "all")]
        total = sum(run["mutants"] for run in chosen)
        survivors = [survivor["key"] for run in chosen for survivor in run["survivors"]]
        same = sum(key in equivalents for key in survivors)
        killed = total - len(survivors)
        seeds = ", ".join(map(str, sorted({run["seed"] for run in chosen})))
        shares = f"{share(killed, total)} | {share(killed, total - same)}"
        lines.append(f"| {name} | {seeds} | {total} | {killed} | {same} | {len(survivors) - same} | {shares} |")
    return "\n".join(lines)


def share(part: int, whole: int) -> str:
    """Return a share in percent."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
