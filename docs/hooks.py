"""What MkDocs does with the pages that are also read on their own.

Links out of the folder become plain text, and an empty line of output, which doctest wants marked, is empty.
"""

from __future__ import annotations

import re
from typing import Any

_OUTWARD = re.compile(r"\[([^\]]*)\]\(\.\./[^)]*\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A page before it is rendered."""
    return _OUTWARD.sub(r"\1", markdown).replace("<BLANKLINE>\n", "\n")
