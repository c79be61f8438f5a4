"""Tables of the results, for the terminal and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.checkers.faults import KINDS
from benchmarks.checkers.hard_cases import CLASSES

Result = dict[str, Any]
Rows = list[list[str]]
# A paragraph, a list of remarks, or a table with its head.
Block = str | list[str] | Rows
# The factors whose wrong verdicts have examples.
FACTORS_WITH_EXAMPLES = ("correct", "×2")


def text(results: Result, markdown: bool = False) -> str:
    """Return all results as text."""
    blocks: list[Block] = [head(results)]
    writers = {"study": study, "cases": cases, "faults": faults, "costs": costs, "speeds": speeds}
    for part, write in writers.items():
        if part in results:
            blocks += write(results[part])
    return "\n\n".join("\n".join(_written(block, markdown)) for block in blocks if block) + "\n"


def _written(block: Block, markdown: bool) -> list[str]:
    if isinstance(block, str):
        return [block]
    if isinstance(block[0], str):
        return [f"- {line}" if markdown else line for line in block]
    return laid_out(block, markdown)  # type: ignore[arg-type]


def laid_out(rows: Rows, markdown: bool) -> list[str]:
    """Return a table with the first column aligned left and the others aligned right.

    >>> print(*laid_out([["tool", "correct"], ["ours", "1/0/0"]], markdown=False), sep=chr(10))
      tool  correct
      ours    1/0/0
    >>> print(*laid_out([["tool", "correct"], ["ours", "1/0/0"]], markdown=True), sep=chr(10))
    | tool | correct |
    | --- | ---: |
    | ours | 1/0/0 |
    """
    if markdown:
        rule = ["---", *("---:" for _ in rows[0][1:])]
        return [
            f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in (rows[0], rule, *rows[1:])
        ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    return ["  " + "  ".join(row).rstrip() for row in cells]


def head(results: Result) -> str:
    """Return the versions."""
    return ", ".join(f"{name} {version}" for name, version in results["versions"].items())


def study(result: Result) -> list[Block]:
    """Return the verdicts of the tools, their use, the reasons of absent ones, and examples of errors."""
    there = {name: tool for name, tool in result["tools"].items() if "reason" not in tool}
    what = list(next(iter(there.values()))["verdicts"]) if there else []
    rows = [["tool", *what, "evaluations", "time"]]
    for name, tool in there.items():
        verdicts = ["/".join(map(str, tool["verdicts"][one])) for one in what]
        rows.append(
            [name, *verdicts, f"{tool['evaluations']:g}, most {tool['most']}", f"{1e3 * tool['seconds']:.2g} ms"]
        )
    seeds = ", ".join(map(str, result["seeds"]))
    left_out = ", ".join(f"{reason}: {count:,}" for reason, count in result["left out"].items())
    notes = [f"{name}: {tool['protocol']}{_unusual(tool['unusual'])}" for name, tool in there.items()]
    absent = [f"{name}: absent; it {tool['reason']}" for name, tool in result["tools"].items() if "reason" in tool]
    return [
        f"{result['points']:,} points; seeds {seeds}. Not taken ({left_out}). "
        "Pass/fail/undecided, where each tool is told the derivative times a factor:",
        rows,
        [*notes, *absent],
        *_examples(there),
    ]


def _examples(tools: Result) -> list[Block]:
    """Return the simplest functions for which each tool rejects the derivative or accepts twice the derivative."""
    rows = [["the simplest that is mistaken", "told", "says", "f", "x", "f′(x)"]]
    for name, tool in tools.items():
        for what in FACTORS_WITH_EXAMPLES:
            for one in tool["mistakes"].get(what, [])[:1]:
                says = "fail" if what == "correct" else "pass"
                rows.append([name, what, says, one["f"], f"{one['x']:.6g}", f"{one['derivative']:.6g}"])
    return [rows] if len(rows) > 1 else []


def cases(result: Result) -> list[Block]:
    """Return the verdicts on functions of arrays, with two rows for each class, and the use of each tool."""
    there = {name: tool for name, tool in result["tools"].items() if "reason" not in tool}
    rows = [["functions of arrays", "told", *there]]
    for title in CLASSES:
        for told in ("right", "wrong"):
            rows.append([title, told, *(_sums(tool["classes"].get(title), told) for tool in there.values())])
    seeds = ", ".join(map(str, result["seeds"]))
    return [
        f"Functions of arrays; seeds {seeds}. Pass/fail/undecided, where each tool is told right derivatives, or wrong "
        "ones: one entry has a factor. A dash: the tool does not take such functions, or has no such mode.",
        rows,
        [f"{title}: {each.description}; wrong: {', '.join(list(each.factors)[1:])}" for title, each in CLASSES.items()],
        "The tools are used as above, except for this:",
        [
            *(f"{name}: {tool['protocol']}{_unusual(tool['unusual'])}" for name, tool in there.items()),
            *(line for name, tool in there.items() for line in _remarks_on_reports(name, tool["classes"])),
            *(f"{name}: absent; it {tool['reason']}" for name, tool in result["tools"].items() if "reason" in tool),
        ],
    ]


def _sums(answers: Result | None, told: str) -> str:
    """Return the counts of verdicts on right derivatives, or on all wrong ones."""
    if answers is None:
        return "–"
    counts = [each for name, each in answers["verdicts"].items() if (name == "correct") == (told == "right")]
    return "/".join(str(sum(column)) for column in zip(*counts, strict=True))


def _remarks_on_reports(tool: str, classes: Result) -> list[str]:
    """Return sentences on the entries that reports name, and on the resolution that they state."""
    named = [answers["named"] for answers in classes.values() if "named" in answers]
    remarks = []
    if named:
        right, every = map(sum, zip(*named, strict=True))
        remarks.append(f"{tool}: {every:,} reports say fail; {right:,} of them name the wrong derivative and no other")
    for title, answers in classes.items():
        fine, every = answers.get("fine", (0, 0))
        if fine < every:
            remarks.append(f"{tool}, {title}: {fine:,} of {every:,} derivatives are held to 1 % or less of themselves")
    return remarks


def _unusual(errors: dict[str, int]) -> str:
    """Return the exceptions of a tool that are not verdicts."""
    return "".join(f"; {count} × {name}, counted as undecided" for name, count in errors.items())


def faults(result: Result) -> list[Block]:
    """Return the numbers of faults found and named, and the faults that were not."""
    rows = [["seeded faults", "all", "found", "the right one named", "complaints without the fault"]]
    for kind in (*KINDS, "all"):
        some = [x for x in result.values() if kind in ("all", x["kind"]) and "reason" not in x]
        if some:
            rows.append([kind, *(str(n) for n in _counted(some))])
    odd = [f"{name} — {remark}" for name, fault in result.items() if (remark := _remark(fault))]
    return [rows, odd] if odd else [rows]


def _counted(some: Sequence[Result]) -> list[int]:
    counts = Counter[str]()
    for fault in some:
        counts.update({key: int(fault[key]) for key in ("found", "named", "complaints")})
    return [len(some), counts["found"], counts["named"], counts["complaints"]]


def _remark(fault: Result) -> str:
    if "reason" in fault:
        return str(fault["reason"])
    if not fault["found"]:
        return "not found"
    named = (
        "" if fault["named"] else f"found; blamed: {', '.join(fault['blamed']) or 'nothing'}, not {fault['culprit']}"
    )
    return named or (f"{fault['complaints']} complaints without it" if fault["complaints"] else "")


def costs(result: Result) -> list[Block]:
    """Return the seconds of a check, in total and per edge."""
    rows = [["gradcheck of 784-16-16-10", "edges", "in all", "an edge", "holds"]]
    for name, cost in result.items():
        times = f"{cost['seconds']:.2f} s", f"{1e3 * cost['an edge']:.3f} ms"
        rows.append([name, f"{cost['edges']:,}", *times, "yes" if cost["holds"] else "no"])
    return [rows]


def speeds(result: Result) -> list[Block]:
    """Return the CPU seconds of checks, and the ratio to those of what they are compared with."""
    rows = [["CPU time of a check", "beside", "check", "beside it", "ratio", "holds"]]
    for name, speed in result.items():
        there = "seconds beside" in speed
        other = f"{1e3 * speed['seconds beside']:.1f} ms" if there else speed["reason"]
        ratio = f"{speed['seconds'] / speed['seconds beside']:.2g}" if there else "–"
        rows.append(
            [name, speed["beside"], f"{1e3 * speed['seconds']:.1f} ms", other, ratio, "yes" if speed["holds"] else "no"]
        )
    return [rows]
