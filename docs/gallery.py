"""Pictures and pages to explore of the documentation and the README, made by the code above them.

``python docs/gallery.py`` writes them.  A test checks that they are up to date.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
_BLOCK = re.compile(r"<!-- gallery: (\w+)(\.html)? -->\n```python\n(.*?)```\n", re.DOTALL)


def pictures() -> Iterator[tuple[Path, str]]:
    """Yield the path and the SVG or HTML of each picture or page."""
    for page in sorted(DOCS.glob("*.md")):
        space: dict[str, Any] = {}
        for name, html, code in _BLOCK.findall(page.read_text(encoding="utf-8")):
            exec(code, space)
            yield DOCS / "gallery" / f"{name}{html or '.svg'}", space["page"].html() if html else space["picture"].svg()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("essay", "olah"):
            _run(name, [f"{folder}/{name}.svg"])
            yield DOCS / f"{name}.svg", Path(folder, f"{name}.svg").read_text(encoding="utf-8")
        _run("essay_network", ["--pictures", folder])
        yield DOCS / "network.svg", Path(folder, "figure4.svg").read_text(encoding="utf-8")


def _run(example: str, arguments: list[str]) -> None:
    """Run an example without its output."""
    spec = importlib.util.spec_from_file_location(example, DOCS.parent / "examples" / f"{example}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with contextlib.redirect_stdout(io.StringIO()):
        module.main(arguments)


if __name__ == "__main__":
    for path, text in pictures():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        print(path)
