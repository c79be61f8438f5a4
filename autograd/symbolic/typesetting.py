"""Typesetting of numbers and labels: rounded for reading, indexed as in print, and escaped for each kind of output.

A label is any text that the user typed. Treat it as hostile until it has passed through `name` or `escape`.
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

# text: Unicode for a terminal; latex: for math mode; html: an escaped fragment; plain: ASCII that parses back.
Style = Literal["text", "latex", "html", "plain"]

_SUBSCRIPTS = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SUPERSCRIPTS = str.maketrans(
    "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
)
# fmt: off
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}
# fmt: on
_GREEK_NAMES = {letter: word for word, letter in _GREEK.items()}
# Accents that are written as a word: a combining character, and the command of LaTeX.
_ACCENTS = {
    "hat": ("\u0302", r"\hat"),
    "bar": ("\u0304", r"\bar"),
    "tilde": ("\u0303", r"\tilde"),
    "dot": ("\u0307", r"\dot"),
}
# A name of mathematics: a letter or a word, an accent, indices, and the arguments of a function.
_WORD, _INDEX = r"[^\W\d_][^\W_]*", r"[^\W_]+(?:[,+\-−][^\W_]+)*"
_NAME = re.compile(
    rf"(?P<base>\\?{_WORD})(?:_(?P<accent>{'|'.join(_ACCENTS)})(?![^\W_]))?"
    rf"(?P<scripts>(?:\[{_INDEX}\]|_\{{{_INDEX}\}}|_[^\W_]+|\^\{{{_INDEX}\}}|\^\({_INDEX}\)|\^\[{_INDEX}\]|\^[^\W_]+)*)"
    r"(?:\((?P<arguments>[^()]+(?:\([^()]+\))?)\))?"
)
_SCRIPT = re.compile(r"[_^]\{[^}]+\}|\^\([^)]+\)|\^\[[^\]]+\]|[_^][^\W_]+|\[[^\]]+\]")
# A label of other characters, such as "x*w + b", is an expression rather than a name.
_EXPRESSION = re.compile(r"[\s+\-*/=<>,;:|&^()\[\]{}−·×÷]")
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
# The place of a name in a template.
_PLACE = re.compile(r"\{\w+\}")
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


def round_to(x: float, digits: int) -> float:
    """Round a number as `number` prints it.

    >>> round_to(0.622459, 4), round_to(123456.0, 4)
    (0.6225, 123456.0)
    """
    return x if not math.isfinite(x) or (abs(x) < MAX_WHOLE and x.is_integer()) else float(f"{x:.{digits - 1}e}")


def superscript(text: str) -> str:
    """Return digits and signs as superscripts.

    >>> superscript("-12")
    '⁻¹²'
    """
    return text.translate(_SUPERSCRIPTS)


class Name(NamedTuple):
    """A label taken apart as a name of mathematics.

    Attributes:
        base: the letter or word; Greek letters are letters.
        accent: hat, bar, tilde or dot; "" without one.
        upper: the upper index with its brackets; "" without one.
        lower: the lower indices.
        arguments: the labels in parentheses behind it, as the n of a(n).
        primes: the number of primes.
    """

    base: str
    accent: str = ""
    upper: str = ""
    lower: str = ""
    arguments: tuple[str, ...] = ()
    primes: int = 0


@lru_cache(maxsize=4096)
def parsed(label: str) -> Name | None:
    """Take a label apart as a name of mathematics; return None if it is not written as one.

    >>> parsed("a^(L)[1]")
    Name(base='a', accent='', upper='(L)', lower='1', arguments=(), primes=0)
    >>> parsed("x*w + b"), parsed("learning_rate")
    (None, None)
    """
    stem = label.rstrip("′'")
    match = _NAME.fullmatch(stem) if len(label) <= MAX_LABEL_CHARACTERS else None
    if match is None:
        return None
    base, accent, uppers, lowers = match["base"].removeprefix("\\"), match["accent"] or "", [], []
    if base != match["base"] and base not in _GREEK:
        return None
    for script in _SCRIPT.findall(match["scripts"]):
        if script[0] == "^":
            uppers.append(script[1:].strip("{}"))
        elif script[0] == "_" and not _is_index(base, accent, script[1:]):
            return None
        else:
            lowers.append(script.lstrip("_").strip("[]{}"))
    if len(uppers) > 1:
        return None
    if uppers and not lowers and uppers[0].isdigit():
        # x² would be read as a square.
        uppers = [f"({uppers[0]})"]
    arguments = tuple(re.split(r", ?", match["arguments"])) if match["arguments"] else ()
    if not all(re.fullmatch(r"\d+", x) or parsed(x) for x in arguments):
        return None
    word = base.rstrip("0123456789")
    base = _GREEK.get(word, word) + base[len(word) :]
    return Name(base, accent, "".join(uppers), ",".join(lowers), arguments, len(label) - len(stem))


def _is_index(base: str, accent: str, script: str) -> bool:
    """Return True if a word behind an underscore is an index, as in w_in, and no second word as in learning_rate."""
    is_letter = len(base) == 1 or base in _GREEK or bool(accent)
    return is_letter or script.startswith("{") or script.isdigit() or len(script) == 1


def name(label: str, style: Style = "text") -> str:
    r"""Return a label with its indices: ``W[1,1]`` has lower indices, ``a^3[1]`` has an upper one too.

    The usual spellings of mathematics are typeset: ``w_1``, ``x_{12}``, ``\alpha`` or ``alpha``, ``y_hat``, ``a^(L)``,
    ``a^{L-1}``, ``a^[l]``, ``a(n^3[1])``. The label ``x^2`` gets its index in parentheses, since it is no square. Text
    has the indices that Unicode has; others remain as they are. Any other label is unchanged, except that it is escaped
    for the style, control characters are visible, and it is cut at 60 characters.

    Args:
        label: the label.
        style: text, latex, html or plain.

    >>> name("W[1,1]"), name("a^3[1]"), name("W[1,1]", "latex"), name("out", "latex"), name("<b>", "html")
    ('W₁,₁', 'a³₁', 'W_{1,1}', '\\mathrm{out}', '&lt;b&gt;')
    >>> name("theta"), name("y_hat"), name("a^(L)"), name("x^2"), name("y_hat", "latex"), name("a^[l]", "latex")
    ('θ', 'ŷ', 'a⁽ᴸ⁾', 'x⁽²⁾', '\\hat{y}', 'a^{[l]}')
    """
    if style == "plain":
        return label
    typeset = parsed(label)
    if typeset is None:
        stem = label.rstrip("′")
        if stem and stem != label:
            # Primes distinguish the label from others of the same name.
            count = len(label) - len(stem)
            return f"{{{name(stem, style)}}}" + count * "'" if style == "latex" else name(stem, style) + count * "′"
        return escape(visible(label), style)
    if style == "latex":
        return _latex_name(typeset)
    arguments = f"({', '.join(name(x, style) for x in typeset.arguments)})" if typeset.arguments else ""
    base, primes = typeset.base, typeset.primes * "′"
    if typeset.accent:
        base = unicodedata.normalize("NFC", base + _ACCENTS[typeset.accent][0])
    if style == "html":
        raised = f"<sup>{_indices(typeset.upper)}</sup>" if typeset.upper else ""
        lowered = f"<sub>{_indices(typeset.lower)}</sub>" if typeset.lower else ""
        raised, lowered = raised.replace("-", "−"), lowered.replace("-", "−")
        return html.escape(base) + raised + lowered + arguments + primes
    raised = _shifted("^", typeset.upper, _SUPERSCRIPTS)
    return base + raised + _shifted("[" if "[" in label else "_", typeset.lower, _SUBSCRIPTS) + arguments + primes


def is_name(label: str) -> bool:
    """Return True if a label reads as one name, so that it needs no parentheses as an operand.

    >>> is_name("w_1"), is_name("layer.weight"), is_name("x1*w1 + x2*w2"), is_name("two words")
    (True, True, False, False)
    """
    # A single sign is a name, and so is the template of one.
    return (
        len(label) == 1
        or _EXPRESSION.search(label) is None
        or _PLACE.fullmatch(label) is not None
        or bool(parsed(label))
    )


def has_upper_index(label: str) -> bool:
    """Return True if `name` prints `label` with an upper index, or with ``^`` where Unicode has no such letter.

    >>> has_upper_index("a^3[1]"), has_upper_index("W[1,1]")
    (True, False)
    """
    # Every name in a formula is tested, and few contain the sign.
    typeset = parsed(label) if "^" in label else None
    return typeset is not None and bool(typeset.upper)


def _shifted(sign: str, indices: str, letters: dict[int, int]) -> str:
    """Return indices in Unicode, or behind a sign (or in brackets) if a letter has no such form."""
    if not indices:
        return ""
    spelled = _indices(indices)
    moved = spelled.translate(letters)
    if all(c == "," or c != d for c, d in zip(spelled, moved, strict=True)):
        return moved
    if sign == "[":
        return f"[{spelled}]"
    return sign + (spelled if spelled.isalnum() or spelled[0] in "([" else f"{{{spelled}}}")


def _indices(indices: str) -> str:
    """Return indices with Greek letters for their names."""
    return re.sub(_WORD, lambda word: _GREEK.get(word[0], word[0]), indices)


def _latex_name(typeset: Name) -> str:
    """Return a name in LaTeX; digits at the end of a word are an index."""
    stem = typeset.base.rstrip("0123456789")
    lower = ",".join(filter(None, (typeset.base[len(stem) :], typeset.lower)))
    base = _latex_word(stem)
    if typeset.accent:
        base = rf"{_ACCENTS[typeset.accent][1]}{{{base}}}"
    raised = f"^{{{_latex_indices(typeset.upper)}}}" if typeset.upper else ""
    lowered = f"_{{{_latex_indices(lower)}}}" if lower else ""
    arguments = f"({', '.join(name(x, 'latex') for x in typeset.arguments)})" if typeset.arguments else ""
    # LaTeX refuses a prime behind a superscript.
    whole = f"{{{base}{raised}{lowered}}}" if typeset.primes else base + raised + lowered
    return whole + typeset.primes * "'" + arguments


def _latex_word(word: str) -> str:
    """Return a letter or a word for math mode, in which pdfLaTeX stops at letters other than those of ASCII."""
    if word in _GREEK_NAMES:
        return rf"\{_GREEK_NAMES[word]}"
    if word.isascii():
        return word if len(word) == 1 else rf"\mathrm{{{word}}}"
    return rf"\text{{{word}}}"


def _latex_indices(indices: str) -> str:
    """Return indices for math mode: words upright, Greek letters by their commands."""
    return re.sub(_WORD, lambda word: _latex_word(_GREEK.get(word[0], word[0])), indices.replace("−", "-"))


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
