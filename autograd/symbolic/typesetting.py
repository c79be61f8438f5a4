"""How numbers and names are written: rounded for reading, indexed as in print, and safe in every kind of output.

Labels are whatever the user typed, so they are hostile text until they have passed through `name`.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import Literal

Style = Literal["text", "latex", "html", "plain"]
"""text: Unicode for a terminal; latex: for math mode; html: a fragment, escaped; plain: ASCII that parses back."""

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
# Where an empty group of LaTeX keeps Markdown from making a link, an image, or a link of a bare URL or an address.
_MARKDOWN_LINK = re.compile(r"(?<=\])(?=\()|(?<=!)(?=\[)|(?<=/)(?=/)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_MOST = 60


def number(x: float, style: Style = "text", digits: int = 4) -> str:
    r"""`x` rounded to `digits` significant digits, for reading.

    Whole numbers below a million are written out, and 1.00001 is 1.000, to tell it from 1; what is below 10⁻⁴ or from
    a million on is written with a power of ten.  "plain" is not rounded: it reads back as the same float.

    >>> number(0.622459), number(-6.0), number(1.2346e-7), number(math.inf), number(-0.0)
    ('0.6225', '−6', '1.235×10⁻⁷', '∞', '0')
    >>> number(1.2346e-7, "latex")
    '1.235 \\times 10^{-7}'
    """
    x = float(x)
    if style == "plain":
        return repr(int(x)) if x.is_integer() and abs(x) < 1e6 and str(x) != "-0.0" else repr(x)
    minus = "-" if style == "latex" else "−"
    if math.isnan(x):
        return r"\mathrm{NaN}" if style == "latex" else "NaN"
    sign = minus if x < 0 else ""
    if math.isinf(x):
        return sign + (r"\infty" if style == "latex" else "∞")
    size = abs(x)
    if size < 1e6 and x.is_integer():
        return sign + str(int(size))
    mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -4 <= power < 6:
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


def name(label: str, style: Style = "text") -> str:
    r"""A label as it is written: ``W[1,1]`` with lower indices, ``a^3[1]`` with an upper one too.

    Anything else is shown as it is, escaped for the style, with control characters made visible and cut at 60
    characters.

    >>> name("W[1,1]"), name("a^3[1]"), name("W[1,1]", "latex"), name("out", "latex"), name("<b>", "html")
    ('W₁,₁', 'a³₁', 'W_{1,1}', '\\mathrm{out}', '&lt;b&gt;')
    """
    if style == "plain":
        return label
    stem = label.rstrip("′")
    if stem and stem != label:  # told apart from another of its name
        primes = len(label) - len(stem)
        return f"{{{name(stem, style)}}}{primes * chr(39)}" if style == "latex" else name(stem, style) + primes * "′"
    match = _INDEXED.fullmatch(label) if len(label) <= _MOST else None
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
    """Return True if `name` writes `label` with an upper index, or with ``^`` where there is no such letter.

    >>> has_upper_index("a^3[1]"), has_upper_index("W[1,1]")
    (True, False)
    """
    match = _INDEXED.fullmatch(label.rstrip("′")) if len(label) <= _MOST else None
    return match is not None and match["upper"] is not None


def _latex_base(base: str, lower: str) -> str:
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
    """Write indices for math mode, in which pdfLaTeX stops at letters other than those of ASCII."""
    return indices if indices.isascii() else ",".join(map(_latex_index, indices.split(",")))


def _latex_index(index: str) -> str:
    if index in _GREEK_NAMES:
        return rf"\{_GREEK_NAMES[index]}"
    return index if index.isascii() else rf"\text{{{index}}}"


def visible(label: str) -> str:
    r"""`label` on one line of at most 60 characters, with control characters and line ends shown as escapes.

    >>> visible("a\nb\0")
    'a\\nb\\x00'
    """
    start = label[: _MOST + 1]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in start)
    return shown if len(shown) <= _MOST else shown[: _MOST - 1] + "…"


def escape(text: str, style: Style) -> str:
    """`text` made harmless in `style`: markup characters stand for themselves."""
    if style == "html":
        return html.escape(text, quote=True)
    if style == "latex":
        # LaTeX also stands in Markdown, and not every reader of Markdown knows mathematics.
        written = "".join(_LATEX_ESCAPES.get(c, c) for c in text)
        return rf"\text{{{_MARKDOWN_LINK.sub('{}', written)}}}"
    return text


def for_notebooks(table: str) -> str:
    r"""Return an HTML table as notebooks are to show it: cells set apart, and no label taken for mathematics.

    >>> for_notebooks("<table><tr><td>$x$</td></tr></table>")
    '<table class="tex2jax_ignore mathjax_ignore"><tr><td style="padding:0.2em 0.6em">$x$</td></tr></table>'
    """
    # marimo's style sheet leaves no space between cells.
    table = re.sub("<(t[hd])", r'<\1 style="padding:0.2em 0.6em"', table)
    # Jupyter runs MathJax on HTML, in which a label such as $\href{javascript:…}{x}$ would become a link.
    return re.sub('<table(?: class="(\\w+)")?', _ignored_by_mathjax, table)


def _ignored_by_mathjax(tag: re.Match[str]) -> str:
    classes = [*filter(None, tag.groups()), "tex2jax_ignore", "mathjax_ignore"]  # of MathJax 2 and 3
    return f'<table class="{" ".join(classes)}"'


def application(operation: str, data: Sequence[float], labels: Sequence[str] = ()) -> str:
    """An operation on numbers, as one would write it; of many operands the first three and the last.

    >>> application("add", [1.0, 2.0], ["x", ""]), application("total", range(9))
    ('add(x = 1.0, 2.0)', 'total(0, 1, 2, … 5 more, 8)')
    """
    names = [name(label) for label in labels] or [""] * len(data)
    shown = [f"{label} = {x!r}" if label else repr(x) for x, label in zip(data, names, strict=True)]
    if len(shown) > 6:
        shown = [*shown[:3], f"… {len(shown) - 4:,} more", shown[-1]]
    return f"{operation}({', '.join(shown)})"
