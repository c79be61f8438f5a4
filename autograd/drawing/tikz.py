"""A figure as TikZ: the same places and curves as in the SVG, with the texts set by LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from autograd.drawing.figure import LINE, Figure, offsets
from autograd.drawing.layout import Point
from autograd.drawing.markup import px
from autograd.drawing.mathematics import formula
from autograd.drawing.themes import FILLS

_DOCUMENT = r"""\documentclass[tikz,border=6pt]{standalone}
\usepackage{amsmath}
\usetikzlibrary{shapes.geometric}
\begin{document}
%s\end{document}
"""


def tikz(figure: Figure) -> str:
    """The figure as a ``tikzpicture``; it needs tikz, its library shapes.geometric, and amsmath."""
    palette = figure.theme.palette
    return "\n".join(
        [
            r"\begin{tikzpicture}[x=0.75pt, y=-0.75pt, inner sep=0pt, font=\fontsize{10}{12}\selectfont]",
            *(
                rf"\definecolor{{ag{f.name}}}{{HTML}}{{{getattr(palette, f.name)[1:].upper()}}}"
                for f in fields(palette)
            ),
            rf"\tikzset{{ag/.style={{line width={0.75 * figure.theme.stroke:g}pt}}, agbox/.style={{ag, rectangle,"
            " draw=agborder, align=center, text=agink}, aglabel/.style={draw=aglabel_line, fill=aglabel, align=center,"
            r" text=agslope, line width=0.5pt, rounded corners=2pt, font=\fontsize{9}{11}\selectfont}}",
            *_frames(figure),
            *_edges(figure),
            *_labels(figure),
            *_nodes(figure),
            *_captions(figure),
            "\\end{tikzpicture}\n",
        ]
    )


def document(figure: Figure) -> str:
    """A document of one page that is the figure."""
    return _DOCUMENT % tikz(figure)


def _frames(figure: Figure) -> Iterator[str]:
    for (start, stop), title in zip(figure.layout.clusters, figure.titles, strict=True):
        corners = f"{_at(start)} rectangle {_at(stop)}"
        yield rf"\draw[draw=aggroup_line, fill=aggroup, rounded corners=6pt, line width=0.5pt] {corners};"
        place = _at((start[0] + 8, start[1] + 5))
        yield rf"\node[anchor=north west, text=agnote] at {place} {{\footnotesize ${formula(title)}$}};"


def _edges(figure: Figure) -> Iterator[str]:
    edges = figure.picture.edges
    for i in sorted(range(len(edges)), key=lambda i: edges[i].lit):
        edge, points = edges[i], figure.layout.routes[i]
        pieces = (
            f".. controls {_at(points[k])} and {_at(points[k + 1])} .. {_at(points[k + 2])}"
            for k in range(1, len(points), 3)
        )
        look = "aglit" if edge.mark or (edge.lit and edge.partial != 0.0) else "agline"
        look += ", line width=1.8pt" * (bool(edge.mark) or (edge.lit and not figure.is_crowded(edge)))
        look += ", dotted" * (edge.partial == 0.0) + ", opacity=0.55" * figure.picture.is_faded(edge)
        yield rf"\draw[ag, -latex, {look}] {_at(points[0])} {' '.join(pieces)};"


def _labels(figure: Figure) -> Iterator[str]:
    for edge, label, centre in zip(figure.picture.edges, figure.labels, figure.layout.labels, strict=True):
        if label is not None and centre is not None:
            text = formula(label.text)
            if label.numerator:
                text = rf"\frac{{{formula(label.numerator)}}}{{{formula(label.denominator)}}} {text}"
            faded = ", draw=agfolded, fill=agfolded, text opacity=0.7" * figure.picture.is_faded(edge)
            look = ", draw=aglit" if edge.lit or edge.mark else faded
            yield rf"\node[aglabel{_size(label.box.width, label.box.height)}{look}] at {_at(centre)} {{${text}$}};"


def _nodes(figure: Figure) -> Iterator[str]:
    colors = {"name": "agink", "text": "agink", "value": "agvalue", "slope": "agslope"}
    rows = zip(figure.picture.nodes, figure.lines, figure.boxes, figure.layout.boxes, strict=True)
    for node, lines, box, (x, y) in rows:
        faded = figure.picture.is_faded(node)
        sharp = node.role in ("input", "parameter")
        look = "ellipse" if figure.theme.ellipses else "sharp corners" if sharp else "rounded corners=4pt"
        look += f", fill=ag{'folded' if faded else FILLS[node.role]}" + ", draw=aglit, line width=1.8pt" * (
            node.lit or bool(node.mark)
        )
        look += ", dashed" * (node.role in ("constant", "folded")) + ", double" * (node.role in ("parameter", "layer"))
        yield rf"\node[agbox{_size(box.width, box.height)}, {look}] at {_at((x, y))} {{}};"
        for line, offset in zip(lines, offsets(len(lines)), strict=True):
            spans = "".join(
                rf"\textcolor{{{colors[kind]}}}{{{_bold(formula(text), kind == 'name')}}}" for text, kind in line
            )
            opacity = ", opacity=0.7" if faded else ""
            yield rf"\node[{opacity[2:]}] at {_at((x, y + offset * 17 / LINE))} {{${spans}$}};"


def _bold(text: str, bold: bool) -> str:
    return rf"\boldsymbol{{{text}}}" if bold else text


def _captions(figure: Figure) -> Iterator[str]:
    y = figure.layout.height
    for text, color in ((figure.picture.caption, "agink"), (figure.picture.note, "agnote")):
        if text:
            y += 26
            words = " ".join(f"${formula(word)}$" for word in text.split())
            width = px(0.75 * max(figure.layout.width, 480))
            style = f"text={color}, align=flush center, text width={width}pt, anchor=north"
            yield rf"\node[{style}] at {_at((figure.layout.width / 2, y - 12))} {{{words}}};"


def _size(width: float, height: float) -> str:
    return f", minimum width={px(0.75 * width)}pt, minimum height={px(0.75 * height)}pt"


def _at(point: Point) -> str:
    return f"({px(point[0])},{px(point[1])})"
