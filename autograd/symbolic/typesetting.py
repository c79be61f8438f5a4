"""Typesetting of numbers and labels: rounded for reading, indexed as in print, and escaped for each kind of output.

A label is any text that the user typed. Treat it as hostile until it has passed through `name` or `escape`.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import Literal

# text: Unicode for a terminal; latex: for math mode; html: an escaped fragment; plain: ASCII that parses back.
Style = Literal["text", "latex", "html", "plain"]

_SUBSCRIPTS = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SUPERSCRIPTS = str.maketrans("0123456789+-=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ")
_INDEXED = re.compile(r"(?P<base>[^\W\d_][^\W_]*)(\^(?P<upper>[^\W_]+))?(\[(?P<lower>[^\W_]+(?:,[^\W_]+)*)\])?")
# fmt: off
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}
# fmt: on
_GREEK_NAMES = {letter: word for word, letter in _GREEK.items()}
_LATEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",  # Markdown would take it for a tag
    ">": r"\textgreater{}",
    "`": "‘",  # as LaTeX prints it; Markdown would take it for code
    **{c: "\\" + c for c in "&%$#_{}"},
}
# An empty LaTeX group here keeps Markdown from making a link or an image, even from a bare URL or address.
_MARKDOWN_LINK = re.compile(r"(?<=\])(?=\()|(?<=!)(?=\[)|(?<=/)(?=/)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
# Longer labels are cut: a label may be any text.
MAX_LABEL_CHARACTERS = 60
# As in the essay's 0.6225.
SIGNIFICANT_DIGITS = 4
# Numbers below 10⁻⁴, and from a million on, are printed with a power of ten.
MIN_EXPONENT, MAX_EXPONENT = -4, 6
MAX_WHOLE = 1e6
# An application with more operands shows the first three and the last.
MAX_OPERANDS = 6


def number(x: float, style: Style = "text", digits: int = SIGNIFICANT_DIGITS) -> str:
    r"""Return a number, rounded for reading.

    Whole numbers below a million are not rounded, and 1.00001 is 1.000, so that it differs from 1. Numbers below 10⁻⁴
    or from a million on have a power of ten. In the style "plain" no number is rounded: each parses back to the same
    float.

    Args:
        x: the number.
        style: text, latex, html or plain.
        digits: the number of significant digits.

    >>> number(0.622459), number(-6.0), number(1.2346e-7), number(math.inf), number(-0.0)
    ('0.6225', '−6', '1.235×10⁻⁷', '∞', '0')
    >>> number(1.2346e-7, "latex")
    '1.235 \\times 10^{-7}'
    """
    x = float(x)
    if style == "plain":
        return repr(int(x)) if x.is_integer() and abs(x) < MAX_WHOLE and str(x) != "-0.0" else repr(x)
    minus = "-" if style == "latex" else "−"
    if math.isnan(x):
        return r"\mathrm{NaN}" if style == "latex" else "NaN"
    sign = minus if x < 0 else ""
    if math.isinf(x):
        return sign + (r"\infty" if style == "latex" else "∞")
    size = abs(x)
    if size < MAX_WHOLE and x.is_integer():
        return sign + str(int(size))
    mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
    power = int(exponent)
    if MIN_EXPONENT <= power < MAX_EXPONENT:
        decimals = max(digits - 1 - power, 0)
        text = f"{size:.{decimals}f}"
        shortened = text.rstrip("0") if "." in text else text
        return sign + (text if shortened.endswith(".") else shortened)
    mantissa = mantissa.rstrip("0").rstrip(".")
    if style == "latex":
        return rf"{sign}{mantissa} \times 10^{{{power}}}"
    if style == "html":
        return f"{sign}{mantissa}×10<sup>{str(power).replace('-', '−')}</sup>"
    return f"{sign}{mantissa}×10{str(power).translate(_SUPERSCRIPTS)}"


def superscript(text: str) -> str:
    """Return digits and signs as superscripts.

    >>> superscript("-12")
    '⁻¹²'
    """
    return text.translate(_SUPERSCRIPTS)


def name(label: str, style: Style = "text") -> str:
    r"""Return a label with its indices: ``W[1,1]`` has lower indices, ``a^3[1]`` has an upper one too.

    Any other label is unchanged, except that it is escaped for the style, control characters are visible, and it is cut
    at 60 characters.

    Args:
        label: the label.
        style: text, latex, html or plain.

    >>> name("W[1,1]"), name("a^3[1]"), name("W[1,1]", "latex"), name("out", "latex"), name("<b>", "html")
    ('W₁,₁', 'a³₁', 'W_{1,1}', '\\mathrm{out}', '&lt;b&gt;')
    """
    if style == "plain":
        return label
    stem = label.rstrip("′")
    if stem and stem != label:
        # Primes distinguish the label from others of the same name.
        primes = len(label) - len(stem)
        if style == "latex":
            return "{" + name(stem, style) + "}" + primes * "'"
        return name(stem, style) + primes * "′"
    match = _INDEXED.fullmatch(label) if len(label) <= MAX_LABEL_CHARACTERS else None
    if match is None:
        return escape(visible(label), style)
    base, upper, lower = match["base"], match["upper"] or "", match["lower"] or ""
    if style == "html":
        return html.escape(base) + (f"<sup>{upper}</sup>" if upper else "") + (f"<sub>{lower}</sub>" if lower else "")
    if style == "latex":
        raised = f"^{{{_latex_indices(upper)}}}" if upper else ""
        return _latex_base(base, lower) + raised + (f"_{{{_latex_indices(lower)}}}" if lower else "")
    raised, lowered = upper.translate(_SUPERSCRIPTS), lower.translate(_SUBSCRIPTS)
    readable = all(c == "," or c != d for c, d in zip(upper + lower, raised + lowered, strict=True))
    return base + raised + lowered if readable else label


def has_upper_index(label: str) -> bool:
    """Return True if `name` prints `label` with an upper index, or with ``^`` where Unicode has no such letter.

    >>> has_upper_index("a^3[1]"), has_upper_index("W[1,1]")
    (True, False)
    """
    # Every name in a formula is tested, and few contain the sign.
    if "^" not in label or len(label) > MAX_LABEL_CHARACTERS:
        return False
    match = _INDEXED.fullmatch(label.rstrip("′"))
    return match is not None and match["upper"] is not None


def _latex_base(base: str, lower: str) -> str:
    """Return a name without its indices; digits at its end are an index."""
    stem = base.rstrip("0123456789")
    index = base[len(stem) :]
    stem = _GREEK_NAMES.get(stem, stem)
    if stem in _GREEK:
        stem = rf"\{stem}"
    elif len(stem) > 1 or not stem.isascii():
        stem = rf"\mathrm{{{stem}}}" if stem.isascii() else rf"\text{{{stem}}}"
    if not index:
        return stem
    return rf"{{{stem}_{{{index}}}}}" if lower else rf"{stem}_{{{index}}}"


def _latex_indices(indices: str) -> str:
    """Return indices for math mode, in which pdfLaTeX stops at letters other than those of ASCII."""
    return indices if indices.isascii() else ",".join(map(_latex_index, indices.split(",")))


def _latex_index(index: str) -> str:
    if index in _GREEK_NAMES:
        return rf"\{_GREEK_NAMES[index]}"
    return index if index.isascii() else rf"\text{{{index}}}"


def visible(label: str) -> str:
    r"""Return `label` on one line of at most 60 characters, with control characters and line ends as escapes.

    >>> visible("a\nb\0")
    'a\\nb\\x00'
    """
    start = label[: MAX_LABEL_CHARACTERS + 1]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in start)
    return shown if len(shown) <= MAX_LABEL_CHARACTERS else shown[: MAX_LABEL_CHARACTERS - 1] + "…"


def escape(text: str, style: Style) -> str:
    """Escape the characters of `text` that are markup in a style."""
    if style == "html":
        return html.escape(text, quote=True)
    if style == "latex":
        # This LaTeX is also printed in Markdown, and some Markdown readers do not support mathematics.
        written = "".join(_LATEX_ESCAPES.get(c, c) for c in text)
        return rf"\text{{{_MARKDOWN_LINK.sub('{}', written)}}}"
    return text


def for_notebooks(table: str) -> str:
    r"""Return an HTML table for notebooks, with space between cells and without mathematics in labels.

    >>> for_notebooks("<table><tr><td>$x$</td></tr></table>")
    '<table class="tex2jax_ignore mathjax_ignore"><tr><td style="padding:0.2em 0.6em">$x$</td></tr></table>'
    """
    # marimo's style sheet leaves no space between cells.
    table = re.sub("<(t[hd])", r'<\1 style="padding:0.2em 0.6em"', table)
    # Jupyter runs MathJax on HTML, which would turn a label such as $\href{javascript:…}{x}$ into a link.
    return re.sub('<table(?: class="(\\w+)")?', _ignored_by_mathjax, table)


def _ignored_by_mathjax(tag: re.Match[str]) -> str:
    # The classes that MathJax 2 and MathJax 3 leave out.
    classes = [*filter(None, tag.groups()), "tex2jax_ignore", "mathjax_ignore"]
    return f'<table class="{" ".join(classes)}"'


def application(operation: str, data: Sequence[float], labels: Sequence[str] = ()) -> str:
    """Return a call of an operation on numbers; of many operands the first three and the last.

    >>> application("add", [1.0, 2.0], ["x", ""]), application("total", range(9))
    ('add(x = 1.0, 2.0)', 'total(0, 1, 2, … 5 more, 8)')
    """
    names = [name(label) for label in labels] or [""] * len(data)
    shown = [f"{label} = {x!r}" if label else repr(x) for x, label in zip(data, names, strict=True)]
    if len(shown) > MAX_OPERANDS:
        shown = [*shown[:3], f"… {len(shown) - 4:,} more", shown[-1]]
    return f"{operation}({', '.join(shown)})"
