"""The sources of the page, under ``page/``: whole files, and the forward functions in ``operations.js`` one by one."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files

_FUNCTION = re.compile(r"^function (\w+)\(.*?(?=^function |\Z)", re.MULTILINE | re.DOTALL)


@cache
def source(name: str) -> str:
    """A file of the page, without indentation and comments; they begin at the start of a line."""
    text = files("autograd.drawing.exploring").joinpath("page", name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


@cache
def functions() -> dict[str, str]:
    r"""Each function by name.

    >>> functions()["relu"]
    'function relu(x) { return x <= 0 ? 0 : x; }\n'
    """
    return {match[1]: match[0] for match in _FUNCTION.finditer(source("operations.js"))}


def needed(calls: Collection[str]) -> str:
    """Those functions, and what they call."""
    known = functions()
    found: dict[str, None] = {}
    waiting = sorted(calls, reverse=True)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += sorted(set(re.findall(r"\w+(?=\()", known[name])) & set(known) - set(found))
    return "".join(known[name] for name in found)
