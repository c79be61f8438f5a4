"""The sources of the page in ``page/``: whole files, and the single functions of ``operations.js``."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files

# The name of a called function that is not one of JavaScript's own, such as Math.abs.
_CALL = re.compile(r"(?<!Math\.)\b\w+(?=\()")
_FUNCTION = re.compile(r"^function (\w+)\(.*?(?=^function |\Z)", re.MULTILINE | re.DOTALL)


@cache
def source(name: str) -> str:
    """Return a file without indentation and without comments, which are on lines of their own."""
    text = files("autograd.drawing.exploring").joinpath("page", name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


@cache
def functions() -> dict[str, str]:
    r"""Return the functions of ``operations.js`` by name.

    >>> functions()["relu"]
    'function relu(x) { return x <= 0 ? 0 : x; }\n'
    """
    return {match[1]: match[0] for match in _FUNCTION.finditer(source("operations.js"))}


def needed(calls: Collection[str]) -> str:
    """Return the text of the functions in `calls` and of all functions that they call."""
    texts = functions()
    # A dictionary, because the order has to be the same in each run.
    needed_names: dict[str, None] = {}
    stack = sorted(calls, reverse=True)
    while stack:
        name = stack.pop()
        if name not in needed_names:
            needed_names[name] = None
            called = set(_CALL.findall(texts[name])) & set(texts)
            stack += sorted(called - set(needed_names))
    return "".join(texts[name] for name in needed_names)
