"""The page as one file: an HTML shell that contains the style, the data and the scripts.

Its content security policy allows no external resources, and only the scripts and styles whose digests it lists. So
markup that got into the page by mistake would not run. The program is compressed with DEFLATE: the sources in ``page/``
are readable, and the page is small.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import zlib
from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any

from autograd.drawing.exploring.sources import needed, source
from autograd.drawing.themes import DARK, LIGHT, PRINT, Palette

# The scripts in the order in which they are joined to one program.
_SCRIPTS = [
    f"{name}.js"
    for name in (
        *("elements", "numbers", "computation", "picture", "steps", "explanation", "routes", "inputs", "quiz"),
        *("table", "keyboard", "network", "address", "page"),
    )
]
# The style sheets within the network's SVG need digests too.
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
# The value of the CSS property color-scheme for each theme.
SCHEMES = {"auto": "light dark", "light": "light", "dark": "dark"}


def document(
    title: str,
    data: dict[str, Any],
    rules: Iterable[str],
    calls: Collection[str],
    theme: str = "auto",
    note: str = "",
    network: str = "",
) -> str:
    """Return the text of the page.

    Args:
        title: the output and its value.
        data: the data for the scripts.
        rules: a pair of JavaScript functions for each operation.
        calls: the functions of ``operations.js`` that they call.
        theme: "auto", "light" or "dark".
        note: the extent of the omitted part of the graph, or "".
        network: the diagram of the network as SVG and the derivation as a table, or "".
    """
    style_sheet = _colours(theme) + source("page.css")
    texts = {"style": style_sheet, "body": source("body.html"), "note": note, "page": data}
    constants = {**{name: in_script(text) for name, text in texts.items()}, "rules": _rules(rules, calls)}
    head = "".join(f"const {name} = {value};\n" for name, value in constants.items())
    program = f'(() => {{ "use strict";\n{head}{"".join(map(source, _SCRIPTS))}}})();'
    loader = source("loader.js")
    styles = [style_sheet, *_STYLE.findall(network)]
    parts = {
        "POLICY": (
            f"default-src 'none'; script-src {_digest(loader)} {_digest(program)}; "
            f"style-src {' '.join(map(_digest, styles))}; base-uri 'none'; form-action 'none'"
        ),
        "SCHEME": SCHEMES[theme],
        "TITLE": html.escape(title),
        "NETWORK": network,
        "PACKED": _packed(program),
        "LOADER": loader,
    }
    return re.sub(r"@([A-Z]+)@", lambda match: parts[match[1]], source("shell.html"))


def in_script(data: Any) -> str:
    r"""Return data as JavaScript that is safe in HTML: JSON that escapes ``<``, U+2028, U+2029 and surrogates.

    >>> print(in_script({"name": "</script>"}))
    {"name":"\u003c/script>"}
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<\u2028\u2029\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _rules(rules: Iterable[str], calls: Collection[str]) -> str:
    """Return a JavaScript expression for the array of `rules`, in a scope with the functions that they call."""
    return f"(() => {{\n{needed(calls)}return [{','.join(rules)}];\n}})()"


def _packed(text: str) -> str:
    # Raw DEFLATE, without a header, for the browser's DecompressionStream("deflate-raw").
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


def _colours(theme: str) -> str:
    light, dark, paper = (_properties(palette) for palette in (LIGHT, DARK, PRINT))
    sheet = f":root{{color-scheme:{SCHEMES[theme]};{dark if theme == 'dark' else light}}}"
    if theme == "auto":
        # Only the colours that differ.
        overridden = ";".join(x for x, y in zip(dark.split(";"), light.split(";"), strict=True) if x != y)
        sheet += f"@media(prefers-color-scheme:dark){{:root{{{overridden}}}}}"
    return sheet + f"@media print{{:root{{color-scheme:light;{paper}}}}}"


def _properties(palette: Palette) -> str:
    return ";".join(f"--{field.name}:{getattr(palette, field.name)}" for field in fields(palette))


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
