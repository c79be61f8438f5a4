"""A figure as SVG: one text, no fonts, no scripts, nothing from elsewhere.

The style sheet is scoped by an id that is made from the content, so that several pictures can stand in one page and the
same picture is the same bytes.  Colours are custom properties, so that a page can overrule them; each is also
given as such, for programs that do not know custom properties.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields

from autograd.drawing.figure import LABEL_SIZE, LINE, SIZE, Figure, Label, Line, offsets
from autograd.drawing.layout import Box
from autograd.drawing.picture import Edge, Node
from autograd.drawing.routes import Point, arrow
from autograd.drawing.themes import Palette, Theme
from autograd.drawing.typeface import width, wrap
from autograd.writing import escape

_MARGIN, _CAPTION, _ARROW = 16.0, 15.0, 9.0


def svg(figure: Figure) -> str:
    """The figure as the text of an SVG file."""
    layout, picture = figure.layout, figure.picture
    wide = max(layout.width, 320.0)
    captions = [("caption", line) for line in wrap(picture.caption, wide, _CAPTION)]
    captions += [("note", line) for line in wrap(picture.note, wide, LABEL_SIZE)]
    inner = max([layout.width, *(width(line, _CAPTION, bold=True) for _, line in captions)])
    shift = _MARGIN + (inner - layout.width) / 2
    body = [
        f'<g transform="translate({_n(shift)} {_n(_MARGIN)})">',
        *_edges(figure),
        *_labels(figure),
        *_nodes(figure),
        "</g>",
    ]
    y = layout.height + _MARGIN + (10 if captions else 0)
    for kind, line in captions:
        y += 22
        body.append(f'<text class="{kind}" x="{_n(inner / 2 + _MARGIN)}" y="{_n(y)}">{_escaped(line)}</text>')
    total_width, total_height = inner + 2 * _MARGIN, y + _MARGIN
    text = "\n".join(body)
    key = "ag" + hashlib.sha256(f"{figure.theme}{figure.direction}{picture.title}{text}".encode()).hexdigest()[:8]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{key}" role="img" aria-labelledby="{key}-t {key}-d"'
            f' viewBox="0 0 {_n(total_width)} {_n(total_height)}" width="{_n(total_width)}" style="max-width:100%"'
            ' xml:space="preserve">',
            f'<title id="{key}-t">{_escaped(picture.title)}</title>',
            f'<desc id="{key}-d">{_escaped(picture.describe())}</desc>',
            f"<style>{_style(key, figure.theme)}</style>",
            f'<rect class="paper" width="{_n(total_width)}" height="{_n(total_height)}" rx="6"/>',
            text,
            "</svg>\n",
        ]
    )


def _style(key: str, theme: Theme) -> str:
    """The style sheet; every rule holds inside this picture only."""
    palette, stroke = asdict(theme.palette), theme.stroke

    def paint(what: str, use: str) -> str:
        plain = f"{what}:{palette[use]}"
        return f"{plain};{what}:var(--ag-{use})" if theme.dark else plain

    italic = "font-style:italic;" if theme.italic else ""
    rules = [
        ("text", f"font-family:{theme.font};font-size:{_n(SIZE)}px;text-anchor:middle;{italic}{paint('fill', 'ink')}"),
        (".paper", paint("fill", "paper")),
        (".name", "font-weight:normal" if theme.italic else "font-weight:bold"),
        (".value", paint("fill", "value")),
        (".slope", paint("fill", "slope")),
        (".node .shape", f"{paint('stroke', 'border')};stroke-width:{_n(stroke)}"),
        *((f".{role} .shape", paint("fill", role)) for role in ("input", "operation", "output", "constant", "folded")),
        (".output .shape", f"stroke-width:{_n(stroke + 0.75)}"),
        (".constant .shape,.folded .shape", "stroke-dasharray:4 3"),
        (".node.lit .shape", f"{paint('stroke', 'lit')};stroke-width:{_n(stroke + 1.25)}"),
        (".edge path", f"fill:none;{paint('stroke', 'line')};stroke-width:{_n(stroke)}"),
        (".edge .head", f"{paint('fill', 'line')};stroke:none"),
        (".edge.zero path", "stroke-dasharray:2 4"),
        (".edge.lit path", f"{paint('stroke', 'lit')};stroke-width:{_n(stroke + 1.75)}"),
        (".edge.lit .head", f"{paint('fill', 'lit')};stroke:none"),
        (".label text", f"font-size:{_n(LABEL_SIZE)}px;{paint('fill', 'ink' if theme.italic else 'slope')}"),
        (".label rect", f"{paint('fill', 'label')};{paint('stroke', 'label_line')};stroke-width:1"),
        (".label line", f"{paint('stroke', 'ink' if theme.italic else 'slope')};stroke-width:1"),
        (".label.lit text", "font-weight:bold"),
        (".label.lit rect", f"{paint('stroke', 'lit')};stroke-width:1.5"),
        (".edge.faded", "opacity:0.55"),
        (".faded text", "fill-opacity:0.7"),
        (".faded .shape", f"{paint('fill', 'folded')};stroke-opacity:0.55"),
        (".label.faded rect", f"{paint('fill', 'folded')};{paint('stroke', 'folded')}"),
        (".label.faded line", "stroke-opacity:0.7"),
        (".caption", f"font-size:{_n(_CAPTION)}px;font-weight:bold"),
        (".note", f"font-size:{_n(LABEL_SIZE)}px;{paint('fill', 'note')}"),
    ]
    sheet = "".join(
        ",".join(f"#{key} {part}" for part in selector.split(",")) + f"{{{rule}}}" for selector, rule in rules
    )
    if theme.dark is None:
        return sheet
    light, dark = _properties(theme.palette), _properties(theme.dark)
    return f"#{key}{{{light}}}@media (prefers-color-scheme:dark){{#{key}{{{dark}}}}}{sheet}"


def _properties(palette: Palette) -> str:
    return ";".join(f"--ag-{field.name}:{getattr(palette, field.name)}" for field in fields(palette))


def _edges(figure: Figure) -> Iterator[str]:
    """Every edge; what is lit comes last and lies on top."""
    edges = figure.picture.edges
    for i in sorted(range(len(edges)), key=lambda i: edges[i].lit):
        edge = edges[i]
        path, head = _path(figure.layout.routes[i], _ARROW * max(1.0, figure.theme.stroke / 2))
        zero = " zero" if edge.partial == 0.0 else ""
        title = f"<title>{_tooltip(figure, edge)}</title>" if edge.partial is not None else ""
        shape = f'<path d="{path}"/><path class="head" d="{head}"/>'
        yield f'<g class="edge{_state(figure, edge)}{zero}">{title}{shape}</g>'


def _state(figure: Figure, part: Node | Edge) -> str:
    return " lit" if part.lit else " faded" if figure.picture.is_faded(part) else ""


def _tooltip(figure: Figure, edge: Edge) -> str:
    return _escaped(f"{'/'.join(figure.picture.fraction(edge))} = {edge.partial!r}")


def _path(points: Sequence[Point], size: float) -> tuple[str, str]:
    """The curve and the arrow head at its end."""
    curve, (x, y) = arrow(points, size)
    dx, dy = x - curve[-1][0], y - curve[-1][1]
    head = [(x, y), (x - dx - dy / 2, y - dy + dx / 2), (x - dx + dy / 2, y - dy - dx / 2)]
    return f"M{_p(curve[0])}C{' '.join(map(_p, curve[1:]))}", f"M{'L'.join(map(_p, head))}Z"


def _labels(figure: Figure) -> Iterator[str]:
    for edge, label, centre in zip(figure.picture.edges, figure.labels, figure.layout.labels, strict=True):
        if label is not None and centre is not None:
            yield (
                f'<g class="label{_state(figure, edge)}"><title>{_tooltip(figure, edge)}</title>'
                f"{_rectangle(centre, label.box, 4, 'box')}{_fraction(label, centre)}</g>"
            )


def _fraction(label: Label, centre: Point) -> str:
    """A fraction with its number beside it, or the number alone."""
    x, y = centre
    drop = 0.35 * LABEL_SIZE
    if not label.numerator:
        return f'<text x="{_n(x)}" y="{_n(y + drop)}">{_escaped(label.text)}</text>'
    left = x - label.box.width / 2 + 6
    middle, right = left + label.fraction_width / 2, left + label.fraction_width
    text = right + 4 + width(label.text, LABEL_SIZE, label.bold) / 2
    return (
        f'<text x="{_n(middle)}" y="{_n(y - 5)}">{_escaped(label.numerator)}</text>'
        f'<line x1="{_n(left)}" y1="{_n(y)}" x2="{_n(right)}" y2="{_n(y)}"/>'
        f'<text x="{_n(middle)}" y="{_n(y + LABEL_SIZE + 1)}">{_escaped(label.denominator)}</text>'
        f'<text x="{_n(text)}" y="{_n(y + drop)}">{_escaped(label.text)}</text>'
    )


def _nodes(figure: Figure) -> Iterator[str]:
    for node, lines, box, centre in zip(
        figure.picture.nodes, figure.lines, figure.boxes, figure.layout.boxes, strict=True
    ):
        shape = _ellipse(centre, box) if figure.theme.ellipses else _rectangle(centre, box, _corner(node), "shape")
        texts = "".join(_line(line, centre, offset) for line, offset in zip(lines, offsets(len(lines)), strict=True))
        yield f'<g class="node {node.role}{_state(figure, node)}"><title>{_full(node)}</title>{shape}{texts}</g>'


def _corner(node: Node) -> float:
    """Leaves have sharp corners, results round ones."""
    return 2 if node.role in ("input", "constant") else 9


def _line(line: Line, centre: Point, offset: float) -> str:
    spans = "".join(f'<tspan class="{kind}">{_escaped(text)}</tspan>' for text, kind in line)
    return f'<text x="{_n(centre[0])}" y="{_n(centre[1] + offset + 0.25 * LINE)}">{spans}</text>'


def _full(node: Node) -> str:
    """A node in one line, its numbers with all their digits."""
    parts = [node.name, node.definition, "" if node.value is None else repr(node.value)]
    text = " = ".join(filter(None, parts))
    return _escaped(text if node.slope is None else f"{text}; {node.slope_name} = {node.slope!r}")


def _rectangle(centre: Point, box: Box, corner: float, kind: str) -> str:
    x, y = centre[0] - box.width / 2, centre[1] - box.height / 2
    return (
        f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(box.width)}" height="{_n(box.height)}"'
        f' rx="{_n(corner)}"/>'
    )


def _ellipse(centre: Point, box: Box) -> str:
    return (
        f'<ellipse class="shape" cx="{_n(centre[0])}" cy="{_n(centre[1])}"'
        f' rx="{_n(box.width / 2)}" ry="{_n(box.height / 2)}"/>'
    )


def _escaped(text: str) -> str:
    """Text that cannot be markup: no control characters, no lone surrogates, and < & as themselves."""
    return escape("".join(c for c in text if c.isprintable() or c == "\n"), "html")


def _n(x: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{x:.1f}".removesuffix(".0").replace("-0", "0") if abs(x) < 0.05 else f"{x:.1f}".removesuffix(".0")


def _p(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"
