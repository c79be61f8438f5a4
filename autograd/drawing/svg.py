"""A figure as SVG: one text, no fonts, no scripts, nothing from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from autograd.drawing import markup
from autograd.drawing.figure import LABEL_SIZE, LINE, SIZE, Figure, Label, Line, offsets
from autograd.drawing.layout import Box, Point, arrow
from autograd.drawing.markup import Rule, at, escaped, px
from autograd.drawing.picture import Edge, Node, wrong
from autograd.drawing.themes import FADED, FILLS, Theme
from autograd.drawing.typeface import width, wrap

_MARGIN, _CAPTION, _ARROW, _STACK, _CROSS = 16.0, 15.0, 9.0, 6.0, 6.0


def svg(figure: Figure) -> str:
    """The figure as the text of an SVG file."""
    layout, picture = figure.layout, figure.picture
    wide = max(layout.width, 320.0)
    captions = [("caption", line) for line in wrap(picture.caption, wide, _CAPTION)]
    captions += [("note", line) for line in wrap(picture.note, wide, LABEL_SIZE)]
    inner = max([layout.width, *(width(line, _CAPTION, bold=True) for _, line in captions)])
    shift = _MARGIN + (inner - layout.width) / 2
    body = [
        f'<g transform="translate({px(shift)} {px(_MARGIN)})">',
        *_frames(figure),
        *_edges(figure),
        *_titles(figure),
        *_labels(figure),
        *_nodes(figure),
        "</g>",
    ]
    y = layout.height + _MARGIN + (10 if captions else 0)
    for kind, line in captions:
        y += 22
        body.append(f'<text class="{kind}" x="{px(inner / 2 + _MARGIN)}" y="{px(y)}">{escaped(line)}</text>')
    return markup.document(
        picture.title,
        picture.describe(),
        figure.theme,
        [*_rules(figure.theme), *(_marking(figure.theme) if figure.picture.is_marked else [])],
        body,
        (inner + 2 * _MARGIN, y + _MARGIN),
        figure.direction,
    )


def _rules(theme: Theme) -> list[Rule]:
    stroke = theme.stroke

    def paint(what: str, use: str) -> str:
        return markup.paint(theme, what, use)

    italic = "font-style:italic;" if theme.italic else ""
    return [
        ("text", f"font-family:{theme.font};font-size:{px(SIZE)}px;text-anchor:middle;{italic}{paint('fill', 'ink')}"),
        (".paper", paint("fill", "paper")),
        (".name", "font-weight:normal" if theme.italic else "font-weight:bold"),
        (".value", paint("fill", "value")),
        (".slope", paint("fill", "slope")),
        (".node .shape", f"{paint('stroke', 'border')};stroke-width:{px(stroke)}"),
        *((f".{role} .shape", paint("fill", use)) for role, use in FILLS.items()),
        (".output .shape", f"stroke-width:{px(stroke + 0.75)}"),
        (".constant .shape,.folded .shape", "stroke-dasharray:4 3"),
        (".frame", f"{paint('fill', 'group')};{paint('stroke', 'group_line')};stroke-width:1"),
        (".plate", paint("fill", "group")),
        (".title text", f"font-size:{px(LABEL_SIZE)}px;font-weight:bold;{paint('fill', 'note')}"),
        (".node .inner", f"fill:none;{paint('stroke', 'border')};stroke-width:1"),
        (".node.lit .shape", f"{paint('stroke', 'lit')};stroke-width:{px(stroke + 1.25)}"),
        (".edge path", f"fill:none;{paint('stroke', 'line')};stroke-width:{px(stroke)}"),
        (".edge .head", f"{paint('fill', 'line')};stroke:none"),
        (".edge.lit path", f"{paint('stroke', 'lit')};stroke-width:{px(stroke + 1.75)}"),
        (".edge.lit .head", f"{paint('fill', 'lit')};stroke:none"),
        (".edge.zero path", f"stroke-dasharray:2 4;{paint('stroke', 'line')}"),
        (".edge.zero .head", paint("fill", "line")),
        (".edge.crowded path", f"stroke-width:{px(stroke)};stroke-opacity:0.7"),
        (".label text", f"font-size:{px(LABEL_SIZE)}px;{paint('fill', 'ink' if theme.italic else 'slope')}"),
        (".label rect", f"{paint('fill', 'label')};{paint('stroke', 'label_line')};stroke-width:1"),
        (".label line", f"{paint('stroke', 'ink' if theme.italic else 'slope')};stroke-width:1"),
        (".label.lit text", "font-weight:bold"),
        (".label.lit rect", f"{paint('stroke', 'lit')};stroke-width:1.5"),
        (".edge.faded", "opacity:0.55"),
        (".faded text", f"fill-opacity:{FADED:g}"),
        (".faded .shape", f"{paint('fill', 'folded')};stroke-opacity:0.55"),
        (".label.faded rect", f"{paint('fill', 'folded')};{paint('stroke', 'folded')}"),
        (".label.faded line", "stroke-opacity:0.7"),
        (".caption", f"font-size:{px(_CAPTION)}px;font-weight:bold"),
        (".note", f"font-size:{px(LABEL_SIZE)}px;{paint('fill', 'note')}"),
    ]


def _frames(figure: Figure) -> Iterator[str]:
    """The frames of groups, those inside others on top."""
    for (left, top), (right, bottom) in figure.layout.clusters:
        centre = (left + right) / 2, (top + bottom) / 2
        yield f'<g class="group">{_rectangle(centre, Box(right - left, bottom - top), 10, "frame")}</g>'


def _titles(figure: Figure) -> Iterator[str]:
    """What is written over frames, on a ground of their own, for edges may pass there."""
    for ((left, top), _), text in zip(figure.layout.clusters, figure.titles, strict=True):
        box = Box(width(text, LABEL_SIZE, bold=True) + 4, LABEL_SIZE + 3)
        centre = left + 6 + box.width / 2, top + 4 + box.height / 2
        plate = _rectangle(centre, box, 2, "plate")
        place = f'x="{px(centre[0])}" y="{px(centre[1] + 0.35 * LABEL_SIZE)}"'
        yield f'<g class="title">{plate}<text {place}>{escaped(text)}</text></g>'


def _edges(figure: Figure) -> Iterator[str]:
    """Every edge; what is lit comes last and lies on top."""
    edges = figure.picture.edges
    for i in sorted(range(len(edges)), key=lambda i: edges[i].lit):
        edge = edges[i]
        path, head = _path(figure.layout.routes[i], _ARROW * max(1.0, figure.theme.stroke / 2))
        zero = (" zero" if edge.partial == 0.0 else "") + (" crowded" if figure.is_crowded(edge) else "")
        title = f"<title>{_tooltip(figure, edge)}</title>" if edge.partial is not None else ""
        shape = f'<path d="{path}"/><path class="head" d="{head}"/>{_cross(figure.layout.routes[i], edge)}'
        yield f'<g class="edge{_state(figure, edge)}{zero}">{title}{shape}</g>'


def _state(figure: Figure, part: Node | Edge) -> str:
    state = " lit" if part.lit else " faded" if figure.picture.is_faded(part) else ""
    return state + (" wrong" if part.mark else "")


def _marking(theme: Theme) -> list[Rule]:
    """The style of what is marked as wrong: thick, with a cross, so that it is told without colours too."""
    line, fill = markup.paint(theme, "stroke", "lit"), markup.paint(theme, "fill", "lit")
    return [
        (".node.wrong .shape", f"{line};stroke-width:{px(theme.stroke + 2.25)}"),
        (".edge.wrong path", f"{line};stroke-width:{px(theme.stroke + 2.25)}"),
        (".edge.wrong .head", f"{fill};stroke:none"),
        (".edge.wrong .halo", f"{markup.paint(theme, 'stroke', 'paper')};stroke-width:{px(theme.stroke + 6)}"),
        (".edge.wrong .cross", f"{markup.paint(theme, 'stroke', 'ink')};stroke-width:{px(theme.stroke + 2)}"),
        (".label.wrong text", "font-weight:bold"),
        (".label.wrong rect", f"{line};stroke-width:2"),
    ]


def _cross(points: Sequence[Point], edge: Edge) -> str:
    """A cross over an edge that is marked as wrong, where it begins: below its label."""
    if not edge.mark:
        return ""
    (x, y), (to_x, to_y) = points[:2]
    part = 2 * _CROSS / (math.dist(*points[:2]) or 1.0)
    x, y = x + part * (to_x - x), y + part * (to_y - y)
    lines = "".join(f"M{at((x - s, y - t))}L{at((x + s, y + t))}" for s, t in ((_CROSS, _CROSS), (_CROSS, -_CROSS)))
    return f'<path class="halo" d="{lines}"/><path class="cross" d="{lines}"/>'


def _tooltip(figure: Figure, edge: Edge) -> str:
    return escaped(f"{'/'.join(figure.picture.fraction(edge))} = {edge.partial!r}{wrong(edge)}")


def _path(points: Sequence[Point], size: float) -> tuple[str, str]:
    """The curve and the arrow head at its end."""
    curve, (x, y) = arrow(points, size)
    dx, dy = x - curve[-1][0], y - curve[-1][1]
    head = [(x, y), (x - dx - dy / 2, y - dy + dx / 2), (x - dx + dy / 2, y - dy - dx / 2)]
    return f"M{at(curve[0])}C{' '.join(map(at, curve[1:]))}", f"M{'L'.join(map(at, head))}Z"


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
        return f'<text x="{px(x)}" y="{px(y + drop)}">{escaped(label.text)}</text>'
    left = x - label.box.width / 2 + 6
    middle, right = left + label.fraction_width / 2, left + label.fraction_width
    text = right + 4 + width(label.text, LABEL_SIZE, label.bold) / 2
    return (
        f'<text x="{px(middle)}" y="{px(y - 5)}">{escaped(label.numerator)}</text>'
        f'<line x1="{px(left)}" y1="{px(y)}" x2="{px(right)}" y2="{px(y)}"/>'
        f'<text x="{px(middle)}" y="{px(y + LABEL_SIZE + 1)}">{escaped(label.denominator)}</text>'
        f'<text x="{px(text)}" y="{px(y + drop)}">{escaped(label.text)}</text>'
    )


def _nodes(figure: Figure) -> Iterator[str]:
    for node, lines, box, centre in zip(
        figure.picture.nodes, figure.lines, figure.boxes, figure.layout.boxes, strict=True
    ):
        shape = _ellipse(centre, box) if figure.theme.ellipses else _shape(centre, box, node)
        x, y = centre
        place = (x - _STACK / 2, y + _STACK / 2) if node.role == "layer" else centre
        texts = "".join(_line(line, place, offset) for line, offset in zip(lines, offsets(len(lines)), strict=True))
        yield f'<g class="node {node.role}{_state(figure, node)}"><title>{_full(node)}</title>{shape}{texts}</g>'


def _shape(centre: Point, box: Box, node: Node) -> str:
    """Leaves have sharp corners, parameters a second border; results have round corners, and layers lie in a stack."""
    x, y = centre
    if node.role == "parameter":
        inner = _rectangle(centre, Box(box.width - 6, box.height - 6), 1, "inner")
        return _rectangle(centre, box, 2, "shape") + inner
    if node.role == "layer":
        card = Box(box.width - _STACK, box.height - _STACK)
        places = (x + _STACK / 2, y - _STACK / 2), (x - _STACK / 2, y + _STACK / 2)
        return "".join(_rectangle(place, card, 9, "shape") for place in places)
    return _rectangle(centre, box, 2 if node.role in ("input", "constant") else 9, "shape")


def _line(line: Line, centre: Point, offset: float) -> str:
    spans = "".join(f'<tspan class="{kind}">{escaped(text)}</tspan>' for text, kind in line)
    return f'<text x="{px(centre[0])}" y="{px(centre[1] + offset + 0.25 * LINE)}">{spans}</text>'


def _full(node: Node) -> str:
    """A node in one line, its numbers with all their digits."""
    parts = [node.name, node.definition, "" if node.value is None else repr(node.value)]
    text = " = ".join(filter(None, parts)) + wrong(node)
    return escaped(text if node.slope is None else f"{text}; {node.slope_name} = {node.slope!r}")


def _rectangle(centre: Point, box: Box, corner: float, kind: str) -> str:
    x, y = centre[0] - box.width / 2, centre[1] - box.height / 2
    return (
        f'<rect class="{kind}" x="{px(x)}" y="{px(y)}" width="{px(box.width)}" height="{px(box.height)}"'
        f' rx="{px(corner)}"/>'
    )


def _ellipse(centre: Point, box: Box) -> str:
    return (
        f'<ellipse class="shape" cx="{px(centre[0])}" cy="{px(centre[1])}"'
        f' rx="{px(box.width / 2)}" ry="{px(box.height / 2)}"/>'
    )
