"""TikZ: the places and curves of the SVG, with the texts set by LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields

from autograd.drawing.layout import Point
from autograd.drawing.shapes import LINE_HEIGHT, PlacedLabel, Scene, Span, TextBox, px
from autograd.drawing.themes import FILLS
from autograd.symbolic.typesetting import name

_DOCUMENT = r"""%% Set this file with pdflatex. It needs amsmath, TikZ and the class standalone, as TeX Live has them:
%% apt-get install texlive-latex-extra texlive-pictures
\documentclass[tikz,border=6pt]{standalone}
\usepackage{amsmath}
\usetikzlibrary{shapes.geometric}
\begin{document}
%s\end{document}
"""
# A pixel of CSS is 1/96 inch, about 0.75 pt.
_POINTS_PER_PIXEL = 0.75
# LaTeX's lines of text, set in 10 pt, are closer together than those of the SVG.
_LINE_HEIGHT = 17
_SPAN_COLOURS = {"name": "agink", "text": "agink", "value": "agvalue", "slope": "agslope"}
# Unicode has a character for each superscript and subscript; LaTeX has one command.
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ", "0123456789+-=()in", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
# Commands for signs. All other characters of ASCII that are not letters stay or are escaped.
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
# Math mode drops spaces; those between words stay, as \0 until they are translated.
_BETWEEN_WORDS = re.compile(r"(?<=[\w)]) (?=[\w(‖])|(?<=⋮) ")
# A prime is a superscript, and LaTeX refuses two of them in a row.
_PRIMED = re.compile(r"(\^\{[^{}]*\}(?:_\{[^{}]*\})?)'")
_TOKEN = re.compile(
    rf"(?P<raised>[{re.escape(''.join(_RAISED))}]+)|(?P<lowered>[{''.join(_LOWERED)}](?:,?[{''.join(_LOWERED)}])*)"
    r"|(?P<word>[A-Za-z]+)|(?P<other>.)",
    re.DOTALL,
)


def tikz(scene: Scene) -> str:
    """Return a graph as a ``tikzpicture``; it needs tikz, its library shapes.geometric, and amsmath."""
    palette = scene.theme.palette
    line_width = _POINTS_PER_PIXEL * scene.theme.stroke
    return "\n".join(
        [
            r"\begin{tikzpicture}[x=0.75pt, y=-0.75pt, inner sep=0pt, font=\fontsize{10}{12}\selectfont]",
            *(
                rf"\definecolor{{ag{f.name}}}{{HTML}}{{{getattr(palette, f.name)[1:].upper()}}}"
                for f in fields(palette)
            ),
            rf"\tikzset{{ag/.style={{line width={line_width:g}pt}}, agbox/.style={{ag, rectangle,"
            " draw=agborder, align=center, text=agink}, aglabel/.style={draw=aglabel_line, fill=aglabel, align=center,"
            r" text=agslope, line width=0.5pt, rounded corners=2pt, font=\fontsize{9}{11}\selectfont}}",
            *_clusters(scene),
            *_arrows(scene),
            *_labels(scene),
            *(text for box in scene.boxes for text in _box(box, scene.theme.ellipses)),
            *_captions(scene),
            "\\end{tikzpicture}\n",
        ]
    )


def document(scene: Scene) -> str:
    """Return a LaTeX document of one page, cropped to the graph."""
    return _DOCUMENT % tikz(scene)


def _clusters(scene: Scene) -> Iterator[str]:
    for cluster in scene.clusters:
        start, stop = cluster.corners
        corners = f"{_at(start)} rectangle {_at(stop)}"
        yield rf"\draw[draw=aggroup_line, fill=aggroup, rounded corners=6pt, line width=0.5pt] {corners};"
        corner = _at((start[0] + 8, start[1] + 5))
        yield rf"\node[anchor=north west, text=agnote] at {corner} {{\footnotesize ${formula(cluster.title)}$}};"


def _arrows(scene: Scene) -> Iterator[str]:
    """Yield all edges, the highlighted ones last, so that no other is painted over them."""
    for edge in sorted(scene.arrows, key=lambda edge: edge.emphasis.highlighted):
        highlighted, faded, wrong = edge.emphasis
        options = ["ag", "-latex", "aglit" if wrong or (highlighted and not edge.is_zero) else "agline"]
        if wrong or (highlighted and not edge.is_crowded):
            options.append("line width=1.8pt")
        if edge.is_zero:
            options.append("dotted")
        if faded:
            options.append("opacity=0.55")
        route = edge.route
        pieces = (
            f".. controls {_at(route[k])} and {_at(route[k + 1])} .. {_at(route[k + 2])}"
            for k in range(1, len(route), 3)
        )
        yield rf"\draw[{', '.join(options)}] {_at(route[0])} {' '.join(pieces)};"


def _labels(scene: Scene) -> Iterator[str]:
    for edge in scene.arrows:
        if edge.label is None:
            continue
        box = edge.label.label.box
        options = ["aglabel", *_size(box.width, box.height)]
        if edge.emphasis.highlighted or edge.emphasis.wrong:
            options.append("draw=aglit")
        elif edge.emphasis.faded:
            options.append("draw=agfolded, fill=agfolded, text opacity=0.7")
        yield rf"\node[{', '.join(options)}] at {_at(edge.label.centre)} {{${_fraction(edge.label)}$}};"


def _fraction(placed: PlacedLabel) -> str:
    label = placed.label
    text = formula(label.text)
    if not label.numerator:
        return text
    return rf"\frac{{{formula(label.numerator)}}}{{{formula(label.denominator)}}} {text}"


def _box(box: TextBox, is_ellipse: bool) -> Iterator[str]:
    options = ["agbox", *_size(box.size.width, box.size.height)]
    if is_ellipse:
        options.append("ellipse")
    else:
        options.append("sharp corners" if box.role in ("input", "parameter") else "rounded corners=4pt")
    options.append(f"fill=ag{'folded' if box.emphasis.faded else FILLS[box.role]}")
    if box.emphasis.highlighted or box.emphasis.wrong:
        options.append("draw=aglit, line width=1.8pt")
    if box.role in ("constant", "folded"):
        options.append("dashed")
    if box.role in ("parameter", "layer"):
        options.append("double")
    yield rf"\node[{', '.join(options)}] at {_at(box.centre)} {{}};"
    x, y = box.centre
    opacity = "opacity=0.7" if box.emphasis.faded else ""
    for line, offset in box.placed_lines:
        centre = _at((x, y + offset * _LINE_HEIGHT / LINE_HEIGHT))
        yield rf"\node[{opacity}] at {centre} {{${''.join(map(_span, line))}$}};"


def _span(span: Span) -> str:
    text = formula(span.text)
    if span.style == "name":
        text = rf"\boldsymbol{{{text}}}"
    return rf"\textcolor{{{_SPAN_COLOURS[span.style]}}}{{{text}}}"


def _captions(scene: Scene) -> Iterator[str]:
    left, right, _, y = scene.bounds
    # LaTeX breaks the lines, so the height is unknown; a caption has room for one line before the note.
    for text, colour in ((scene.caption, "agink"), (scene.note, "agnote")):
        if text:
            y += 26
            words = " ".join(f"${formula(word)}$" for word in text.split())
            width = px(_POINTS_PER_PIXEL * max(right - left, 480))
            style = f"text={colour}, align=flush center, text width={width}pt, anchor=north"
            yield rf"\node[{style}] at {_at(((left + right) / 2, y - 12))} {{{words}}};"


def _size(width: float, height: float) -> tuple[str, str]:
    return (
        f"minimum width={px(_POINTS_PER_PIXEL * width)}pt",
        f"minimum height={px(_POINTS_PER_PIXEL * height)}pt",
    )


def _at(point: Point) -> str:
    return f"({px(point[0])},{px(point[1])})"


def formula(text: str) -> str:
    r"""Translate the Unicode text of a picture to LaTeX's math mode.

    Characters without a counterpart in mathematics are set as text. Characters that not every LaTeX engine can set are
    replaced by their code point, so that any label compiles.

    >>> print(formula("∂C/∂W₁,₁ = −0.142"), formula("AS²₁"), formula("α·x_1"))
    \partial C/\partial W_{1,1} = -0.142 \mathrm{AS}^{2}_{1} \alpha \cdot x\_1
    """
    written = "".join(map(_token, _TOKEN.finditer(_BETWEEN_WORDS.sub("\0", text)))).strip()
    written = _PRIMED.sub(r"\1{}'", written)
    # TeX spaces a leading "=" as a relation only behind an atom, which may be empty.
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
        command = name(text, "latex")
        return f"{command} " if command.startswith("\\") else _code_point(text)
    # Every LaTeX sets the letters of Latin-1, in text mode.
    if "\xa0" < text <= "\xff" and text.isalpha():
        return rf"\text{{{text}}}"
    return _code_point(text)


def _code_point(character: str) -> str:
    return rf"\text{{\tiny U+{ord(character):04X}}}"
