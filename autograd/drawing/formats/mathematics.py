r"""Texts of a picture as formulas of LaTeX.

A picture is written in Unicode, ``∂C/∂W₁,₁``. Whatever has no counterpart in mathematics is set as text, and what every
LaTeX cannot set by the number of its character, so that any label compiles.

>>> print(formula("∂C/∂W₁,₁ = −0.142"), formula("AS²₁"), formula("α·x_1"))
\partial C/\partial W_{1,1} = -0.142 \mathrm{AS}^{2}_{1} \alpha \cdot x\_1
"""

from __future__ import annotations

import re
import unicodedata

from autograd.writing import name

_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ", "0123456789+-=()in", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
_SIGNS = {
    "∂": r"\partial ",
    "·": r"\cdot ",
    "×": r"\times ",
    "−": "-",
    "√": r"\surd ",
    "∛": r"\sqrt[3]{\,}",
    "✗": r"\otimes ",
    "∞": r"\infty ",
    "Σ": r"\Sigma ",
    "…": r"\dots ",
    "⋮": r"\vdots ",
    "‖": r"\|",
    "′": "'",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    " ": " ",
    "\0": r"\ ",
    "~": r"\sim ",
    "|": "|",
    "\\": r"\backslash ",
    "^": r"\hat{\ }",
    **{c: "\\" + c for c in "&%$#_{}"},
    **{c: c for c in "0123456789+-=()[],./:;!?*<>'"},
}
_BETWEEN_WORDS = re.compile(r"(?<=[\w)]) (?=[\w(‖])|(?<=⋮) ")
# A prime is a superscript, and LaTeX refuses two of them in a row.
_PRIMED = re.compile(r"(\^\{[^{}]*\}(?:_\{[^{}]*\})?)'")
_TOKEN = re.compile(
    rf"(?P<raised>[{re.escape(''.join(_RAISED))}]+)|(?P<lowered>[{''.join(_LOWERED)}](?:,?[{''.join(_LOWERED)}])*)"
    r"|(?P<word>[A-Za-z]+)|(?P<other>.)",
    re.DOTALL,
)


def formula(text: str) -> str:
    """`text` for math mode."""
    written = "".join(map(_token, _TOKEN.finditer(_BETWEEN_WORDS.sub("\0", text)))).strip()
    written = _PRIMED.sub(r"\1{}'", written)
    return "{}" + written if text[:1] == " " else written


def _token(match: re.Match[str]) -> str:
    text = match[0]
    if match["raised"]:
        return "^{" + "".join(map(_RAISED.__getitem__, text)) + "}"
    if match["lowered"]:
        return "_{" + "".join(_LOWERED.get(c, c) for c in text) + "}"
    if match["word"]:
        return text if len(text) == 1 else rf"\mathrm{{{text}}}"
    if text in _SIGNS:
        return _SIGNS[text]
    if text.isalpha() and unicodedata.name(text, "").startswith("GREEK"):
        return name(text, "latex") + " " if name(text, "latex").startswith("\\") else _as_number(text)
    return rf"\text{{{text}}}" if "\xa0" < text <= "\xff" and text.isalpha() else _as_number(text)


def _as_number(character: str) -> str:
    return rf"\text{{\tiny U+{ord(character):04X}}}"
