"""Upper bounds of text widths, for layout without fonts.

The reader's program chooses the sans-serif or serif typeface of a drawing. So the width of a character is the largest
of DejaVu Sans, DejaVu Serif Italic and Liberation Sans (which has the metrics of Arial and Helvetica), rounded up to a
twentieth of the font size. DejaVu is the widest face in common use.
"""

from __future__ import annotations

import unicodedata

# Characters by their width, in font sizes.
_BY_WIDTH = {
    0.20: "ⁱᵢ",
    0.25: "⁽⁾₍₎ₗ",
    0.30: "'ⱼₜ",
    0.35: " ,./:;\\ijl|·ᵣ",
    0.40: "!()-I[]ftι⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ₀₁₂₃₄₅₆₇₈₉ₐₙₛᵤ⌊⌋′",
    0.45: '"ₑₕₖₒₚᵥₓ',
    0.50: "*J`r",
    0.55: "?_szεζξ∂⁺⁻⁼₊₋₌",
    0.60: "ckvxyγντυχ",
    0.65: "$0123456789abdeghnopqu{}βδηθκλμρ√∛ₘ",
    0.70: "FLPSTYZαπσφΓΞΣ",
    0.75: "ABEKRVXΔΛ",
    0.80: "CDGψ",
    0.85: "#+<=>OQU^w~ωΘΦΩ×−≤≥≠∞",
    0.90: "&HNΠΨ",
    0.95: "%",
    1.00: "m…½",
    1.05: "@MW",
}
_WIDTHS = {character: width for width, characters in _BY_WIDTH.items() for character in characters}
# Widths of characters that are not in the table, and the widening of bold type.
_UNLISTED_WIDTH, _FULL_WIDTH, _BOLD_FACTOR = 0.9, 1.4, 1.1


def width(text: str, size: float, bold: bool = False) -> float:
    """Return an upper bound of the width of `text` in the font size `size`, in the units of `size`.

    >>> round(width("c = a + b", 10), 1)
    50.0
    """
    ems = 0.0
    for c in text:
        ems += _WIDTHS.get(c) or _unlisted(c)
    return ems * size * (_BOLD_FACTOR if bold else 1.0)


def _unlisted(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    wide = unicodedata.east_asian_width(character) in "WF" or unicodedata.category(character) == "So"
    return _FULL_WIDTH if wide else _UNLISTED_WIDTH


def fit(text: str, limit: float, size: float, bold: bool = False) -> str:
    """Return `text`, shortened to `limit` with an ellipsis if it is wider.

    A sum is cut behind a sign if that keeps more than half of the text that has room.

    >>> fit("abcdefgh", 30, 10), fit("abc", 30, 10), fit("abc + def + ghi", 80, 10)
    ('abc…', 'abc', 'abc + def + …')
    """
    if width(text, size, bold) <= limit:
        return text
    room = limit - width("…", size, bold)
    start = ""
    for c in text:
        room -= width(c, size, bold)
        if room < 0:
            break
        start += c
    sign = max(start.rfind(" + "), start.rfind(" − "))
    return (start[: sign + 3] if 2 * sign > len(start) else start.rstrip()) + "…"


def wrap(text: str, limit: float, size: float) -> list[str]:
    """Break `text` at spaces into lines no wider than `limit`; a single word that is wider stays whole.

    >>> wrap("one two three", 60, 10)
    ['one two', 'three']
    """
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", size) <= limit:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
