"""Hooks of MkDocs for pages that are also read on GitHub.

Links out of the folder become plain text.  The mark that doctest needs for an empty line of output is removed.
"""

from __future__ import annotations

import re
from typing import Any

_OUTWARD = re.compile(r"\[([^\]]*)\]\(\.\./[^)]*\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return the Markdown of a page without outward links and marks of doctest."""
    return _OUTWARD.sub(r"\1", markdown).replace("<BLANKLINE>\n", "\n")
