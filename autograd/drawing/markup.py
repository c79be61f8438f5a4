"""SVG as text: the document around a picture, its style sheet, and texts that cannot be markup.

The style sheet is scoped by an id that is made from the content, so that several pictures can stand in one page and the
same picture is the same bytes.  Colours are custom properties, so that a page can overrule them; each is also
given as such, for programs that do not know custom properties.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields

from autograd.drawing.layout import Point
from autograd.drawing.themes import Palette, Theme
from autograd.symbolic.typesetting import escape

Rule = tuple[str, str]
"""A selector and its declarations."""


def document(
    title: str,
    description: str,
    theme: Theme,
    rules: Iterable[Rule],
    body: Sequence[str],
    size: tuple[float, float],
    salt: str = "",
) -> str:
    """The text of an SVG file.

    Args:
        title: what is pictured, in a few words.
        description: the picture in words.
        theme: its look.
        rules: the style sheet; every rule holds inside this picture only.
        body: the elements, on paper.
        size: width and height.
        salt: what tells the picture from another with the same theme, title and body.
    """
    text = "\n".join(body)
    key = "ag" + hashlib.sha256(f"{theme}{salt}{title}{text}".encode()).hexdigest()[:8]
    width, height = map(px, size)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{key}" role="img" aria-labelledby="{key}-t {key}-d"'
            f' viewBox="0 0 {width} {height}" width="{width}" style="max-width:100%"'
            ' xml:space="preserve">',
            f'<title id="{key}-t">{escaped(title)}</title>',
            f'<desc id="{key}-d">{escaped(description)}</desc>',
            f"<style>{_sheet(key, theme, rules)}</style>",
            f'<rect class="paper" width="{width}" height="{height}" rx="6"/>',
            text,
            "</svg>\n",
        ]
    )


def paint(theme: Theme, what: str, use: str) -> str:
    """The declaration that paints `what`, ``fill`` or ``stroke``, in the colour for a use."""
    plain = f"{what}:{getattr(theme.palette, use)}"
    return f"{plain};{what}:var(--ag-{use})" if theme.dark else plain


def _sheet(key: str, theme: Theme, rules: Iterable[Rule]) -> str:
    sheet = "".join(
        ",".join(f"#{key} {part}" for part in selector.split(",")) + f"{{{rule}}}" for selector, rule in rules
    )
    if theme.dark is None:
        return sheet
    light, dark = _properties(theme.palette), _properties(theme.dark)
    return f"#{key}{{{light}}}@media (prefers-color-scheme:dark){{#{key}{{{dark}}}}}{sheet}"


def _properties(palette: Palette) -> str:
    return ";".join(f"--ag-{field.name}:{getattr(palette, field.name)}" for field in fields(palette))


def escaped(text: str) -> str:
    """Text that cannot be markup: no control characters, no lone surrogates, and < & as themselves."""
    return escape("".join(c for c in text if c.isprintable() or c == "\n"), "html")


def px(x: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{x:.1f}".removesuffix(".0").replace("-0", "0") if abs(x) < 0.05 else f"{x:.1f}".removesuffix(".0")


def at(point: Point) -> str:
    """The coordinates of a point in a path."""
    return f"{px(point[0])} {px(point[1])}"
