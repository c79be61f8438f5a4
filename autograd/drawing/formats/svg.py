"""SVG: one self-contained text, without fonts, scripts or external resources."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import singledispatch
from itertools import groupby

from autograd.drawing.layout import Box, Point, arrow
from autograd.drawing.shapes import (
    FONT_SIZE,
    LABEL_FONT_SIZE,
    LINE_HEIGHT,
    Arrow,
    Disc,
    Emphasis,
    Line,
    Mark,
    PlacedLabel,
    Plate,
    Rectangle,
    Scene,
    Stroke,
    Text,
    TextBox,
    px,
)
from autograd.drawing.themes import (
    DISCS,
    FADED_STROKE_OPACITY,
    FADED_TEXT_OPACITY,
    FILLS,
    HIGHLIGHTED_RIM_WIDTH,
    PLATES,
    STROKES,
    TEXTS,
    Look,
    Palette,
    Theme,
)
from autograd.drawing.typeface import width, wrap
from autograd.symbolic.typesetting import escape

# Lengths in pixels. A caption may be wider than a narrow graph, up to _MIN_CAPTION_WIDTH.
_MARGIN, _MIN_CAPTION_WIDTH, _CAPTION_LEADING, _CAPTION_GAP = 16.0, 320.0, 22, 10
_ARROW_LENGTH, _STACK_OFFSET, _CROSS_SIZE = 9.0, 6.0, 6.0
_CAPTION_FONT_SIZE = 15.0
# Distance from the middle of a text down to its baseline, as a multiple of its font size.
_BASELINE_DROP = 0.35

# A selector and its declarations.
Rule = tuple[str, str]


def svg(scene: Scene) -> str:
    """Return a scene as the text of an SVG file."""
    left, right, top, bottom = scene.bounds
    captions = _captions(scene)
    inner_width = max([right - left, *(width(line, _CAPTION_FONT_SIZE, bold=True) for _, line in captions)])
    shift = _MARGIN + (inner_width - (right - left)) / 2 - left
    # In the order of painting: frames, edges, titles of frames, labels, boxes.
    body = [
        f'<g transform="translate({px(shift)} {px(_MARGIN - top)})">',
        *_clusters(scene),
        *_arrows(scene),
        *_cluster_titles(scene),
        *_labels(scene),
        *(_node(box, scene.theme.ellipses) for box in scene.boxes),
        *_marks(scene),
        "</g>",
    ]
    y = bottom - top + _MARGIN + (_CAPTION_GAP if captions else 0)
    for css_class, line in captions:
        y += _CAPTION_LEADING
        body.append(f'<text class="{css_class}" x="{px(inner_width / 2 + _MARGIN)}" y="{px(y)}">{escaped(line)}</text>')
    return _document(scene, "\n".join(body), inner_width + 2 * _MARGIN, y + _MARGIN)


def escaped(text: str) -> str:
    """Return `text` such that it cannot be markup: without control characters and lone surrogates, < & escaped."""
    # Nearly all texts are printable as a whole, which is faster to test.
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable() or c == "\n")
    return escape(text, "html")


def at(point: Point) -> str:
    """Return the coordinates of a point in a path."""
    return f"{px(point[0])} {px(point[1])}"


def _captions(scene: Scene) -> list[tuple[str, str]]:
    """Wrap the caption and the note; return each line with its class."""
    room = max(scene.bounds.right - scene.bounds.left, _MIN_CAPTION_WIDTH)
    captions = [("caption", line) for line in wrap(scene.caption, room, _CAPTION_FONT_SIZE)]
    return captions + [("note", line) for line in wrap(scene.note, room, LABEL_FONT_SIZE)]


def _document(scene: Scene, body: str, page_width: float, page_height: float) -> str:
    # The id scopes the style sheet. It is a hash of the content: the same drawing gives the same bytes, and different
    # drawings in one page have different ids.
    content = f"{scene.theme}{scene.direction}{scene.title}{body}"
    key = "ag" + hashlib.sha256(content.encode()).hexdigest()[:8]
    size = px(page_width), px(page_height)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{key}" role="img" aria-labelledby="{key}-t {key}-d"'
            f' viewBox="0 0 {size[0]} {size[1]}" width="{size[0]}" style="max-width:100%"'
            ' xml:space="preserve">',
            f'<title id="{key}-t">{escaped(scene.title)}</title>',
            f'<desc id="{key}-d">{escaped(scene.description)}</desc>',
            f"<style>{_style_sheet(scene, key)}</style>",
            f'<rect class="paper" width="{size[0]}" height="{size[1]}" rx="6"/>',
            body,
            "</svg>\n",
        ]
    )


def _clusters(scene: Scene) -> Iterator[str]:
    """Yield the frames of clusters; an inner frame is painted over its parent."""
    for cluster in scene.clusters:
        (left, top), (right, bottom) = cluster.corners
        centre = (left + right) / 2, (top + bottom) / 2
        yield f'<g class="group">{_rectangle(centre, right - left, bottom - top, 10, "frame")}</g>'


def _cluster_titles(scene: Scene) -> Iterator[str]:
    """Yield the titles of clusters, each on a plate, because edges may pass behind it."""
    for cluster in scene.clusters:
        left, top = cluster.corners[0]
        title_width = width(cluster.title, LABEL_FONT_SIZE, bold=True) + 4
        title_height = LABEL_FONT_SIZE + 3
        x, y = left + 6 + title_width / 2, top + 4 + title_height / 2
        plate = _rectangle((x, y), title_width, title_height, 2, "plate")
        text = f'<text x="{px(x)}" y="{px(y + _BASELINE_DROP * LABEL_FONT_SIZE)}">{escaped(cluster.title)}</text>'
        yield f'<g class="title">{plate}{text}</g>'


def _arrows(scene: Scene) -> Iterator[str]:
    """Yield all edges, the highlighted ones last, so that no other is painted over them."""
    # Thick lines need larger heads.
    head_length = _ARROW_LENGTH * max(1.0, scene.theme.stroke / 2)
    for edge in sorted(scene.arrows, key=lambda edge: edge.emphasis.highlighted):
        path, head = _curve(edge.route, head_length)
        css_class = f"edge{_classes(edge.emphasis)}"
        if edge.is_zero:
            css_class += " zero"
        if edge.is_crowded:
            css_class += " crowded"
        cross = _cross(edge) if edge.emphasis.wrong else ""
        paths = f'<path d="{path}"/><path class="head" d="{head}"/>{cross}'
        yield f'<g class="{css_class}">{_tooltip(edge.tooltip)}{paths}</g>'


def _curve(route: tuple[Point, ...], head_length: float) -> tuple[str, str]:
    """Return the paths of an edge and of the arrow head at its end."""
    curve, (x, y) = arrow(route, head_length)
    dx, dy = x - curve[-1][0], y - curve[-1][1]
    head = [(x, y), (x - dx - dy / 2, y - dy + dx / 2), (x - dx + dy / 2, y - dy - dx / 2)]
    return f"M{at(curve[0])}C{' '.join(map(at, curve[1:]))}", f"M{'L'.join(map(at, head))}Z"


def _cross(edge: Arrow) -> str:
    """Return a cross with a halo over the start of a wrong edge, before its label."""
    (x, y), (to_x, to_y) = edge.route[:2]
    # Two sizes along the edge, so that the cross does not touch the box.
    t = 2 * _CROSS_SIZE / math.dist(*edge.route[:2])
    x, y = x + t * (to_x - x), y + t * (to_y - y)
    lines = "".join(
        f"M{at((x - s, y - t))}L{at((x + s, y + t))}"
        for s, t in ((_CROSS_SIZE, _CROSS_SIZE), (_CROSS_SIZE, -_CROSS_SIZE))
    )
    return f'<path class="halo" d="{lines}"/><path class="cross" d="{lines}"/>'


def _labels(scene: Scene) -> Iterator[str]:
    for edge in scene.arrows:
        if edge.label is not None:
            box = edge.label.label.box
            plate = _rectangle(edge.label.centre, box.width, box.height, 4, "box")
            css_class = f"label{_classes(edge.emphasis)}"
            yield f'<g class="{css_class}">{_tooltip(edge.label.tooltip)}{plate}{_fraction(edge.label)}</g>'


def _fraction(placed: PlacedLabel) -> str:
    """Return a fraction with its number beside it, or the number alone."""
    label, (x, y) = placed.label, placed.centre
    drop = _BASELINE_DROP * LABEL_FONT_SIZE
    if not label.numerator:
        return f'<text x="{px(x)}" y="{px(y + drop)}">{escaped(label.text)}</text>'
    left = x - label.box.width / 2 + 6
    middle, right = left + label.fraction_width / 2, left + label.fraction_width
    number = right + 4 + width(label.text, LABEL_FONT_SIZE, label.bold) / 2
    return (
        f'<text x="{px(middle)}" y="{px(y - 5)}">{escaped(label.numerator)}</text>'
        f'<line x1="{px(left)}" y1="{px(y)}" x2="{px(right)}" y2="{px(y)}"/>'
        f'<text x="{px(middle)}" y="{px(y + LABEL_FONT_SIZE + 1)}">{escaped(label.denominator)}</text>'
        f'<text x="{px(number)}" y="{px(y + drop)}">{escaped(label.text)}</text>'
    )


def _node(box: TextBox, is_ellipse: bool) -> str:
    x, y = box.centre
    outline = _ellipse(box.centre, box.size) if is_ellipse else _outline(box)
    # Text is centred on the front card of a stack.
    centre = (x - _STACK_OFFSET / 2, y + _STACK_OFFSET / 2) if box.role == "layer" else box.centre
    texts = "".join(_line(line, centre, offset) for line, offset in box.placed_lines)
    return f'<g class="node {box.role}{_classes(box.emphasis)}">{_tooltip(box.tooltip)}{outline}{texts}</g>'


def _outline(box: TextBox) -> str:
    """Return the outline by role: sharp corners for leaves, a double border for parameters, a stack for layers."""
    (x, y), size = box.centre, box.size
    if box.role == "parameter":
        inner = _rectangle(box.centre, size.width - 6, size.height - 6, 1, "inner")
        return _rectangle(box.centre, size.width, size.height, 2, "shape") + inner
    if box.role == "layer":
        shift = _STACK_OFFSET / 2
        centres = (x + shift, y - shift), (x - shift, y + shift)
        card = size.width - _STACK_OFFSET, size.height - _STACK_OFFSET
        return "".join(_rectangle(centre, *card, 9, "shape") for centre in centres)
    corner = 2 if box.role in ("input", "constant") else 9
    return _rectangle(box.centre, size.width, size.height, corner, "shape")


def _line(line: Line, centre: Point, offset: float) -> str:
    spans = "".join(f'<tspan class="{style}">{escaped(text)}</tspan>' for text, style in line)
    return f'<text x="{px(centre[0])}" y="{px(centre[1] + offset + 0.25 * LINE_HEIGHT)}">{spans}</text>'


def _classes(emphasis: Emphasis) -> str:
    classes = " lit" if emphasis.highlighted else " faded" if emphasis.faded else ""
    return classes + (" wrong" if emphasis.wrong else "")


def _tooltip(text: str) -> str:
    return f"<title>{escaped(text)}</title>" if text else ""


def _rectangle(centre: Point, box_width: float, box_height: float, corner: float, css_class: str) -> str:
    return _rect(Rectangle(*centre, box_width, box_height), corner, css_class)


def _rect(area: Rectangle, corner: float, css_class: str) -> str:
    x, y = area.corners[0]
    size = f'width="{px(area.width)}" height="{px(area.height)}"'
    return f'<rect class="{css_class}" x="{px(x)}" y="{px(y)}" {size} rx="{px(corner)}"/>'


def _ellipse(centre: Point, size: Box) -> str:
    return (
        f'<ellipse class="shape" cx="{px(centre[0])}" cy="{px(centre[1])}"'
        f' rx="{px(size.width / 2)}" ry="{px(size.height / 2)}"/>'
    )


def _marks(scene: Scene) -> Iterator[str]:
    """Yield the marks in order; a run of strokes in one style becomes a group, which states the style once."""

    def style(mark: Mark) -> tuple[str, bool] | None:
        return (mark.role, mark.faded) if isinstance(mark, Stroke) else None

    for stroke_style, run in groupby(scene.marks, style):
        if stroke_style is None:
            yield from map(_mark, run)
        else:
            role, faded = stroke_style
            yield f'<g class="{role} faded">' if faded else f'<g class="{role}">'
            yield from map(_mark, run)
            yield "</g>"


@singledispatch
def _mark(mark: Mark) -> str:
    raise NotImplementedError(type(mark).__name__)


@_mark.register
def _(mark: Stroke) -> str:
    line = f'd="M{at(mark.start)}L{at(mark.end)}" stroke-width="{px(mark.breadth)}"'
    return _element("path", line, mark.tooltip)


@_mark.register
def _(mark: Disc) -> str:
    css_class = f"{mark.role} lit" if mark.highlighted else mark.role
    place = f'cx="{px(mark.centre[0])}" cy="{px(mark.centre[1])}" r="{px(mark.radius)}"'
    opacity = "" if mark.opacity == 1.0 else f' fill-opacity="{mark.opacity:.2f}"'
    return _element("circle", f'class="{css_class}" {place}{opacity}', mark.tooltip)


@_mark.register
def _(mark: Plate) -> str:
    return _rect(mark.area, 3, mark.role)


@_mark.register
def _(mark: Text) -> str:
    css_class = mark.role
    if mark.bold:
        css_class += " bold"
    if mark.anchor != "middle":
        css_class += f" {mark.anchor}"
    place = f'x="{px(mark.x)}" y="{px(mark.y + _BASELINE_DROP * mark.size)}" font-size="{px(mark.size)}"'
    return f'<text class="{css_class}" {place}>{escaped(mark.text)}</text>'


def _element(tag: str, attributes: str, tooltip: str) -> str:
    return f"<{tag} {attributes}>{_tooltip(tooltip)}</{tag}>" if tooltip else f"<{tag} {attributes}/>"


def _style_sheet(scene: Scene, key: str) -> str:
    """Return the style sheet of a scene, scoped by the id `key`, so that several drawings can be in one page.

    Colours are custom properties, so that a page can override them. Each is also written as a plain colour, for
    programs that do not know custom properties.
    """
    theme = scene.theme
    scoped = "".join(
        ",".join(f"#{key} {part}" for part in selector.split(",")) + f"{{{declarations}}}"
        for selector, declarations in _RULES[scene.style](scene)
    )
    if theme.dark is None:
        return scoped
    light, dark = _properties(theme.palette), _properties(theme.dark)
    return f"#{key}{{{light}}}@media (prefers-color-scheme:dark){{#{key}{{{dark}}}}}{scoped}"


def _properties(palette: Palette) -> str:
    return ";".join(f"--ag-{field.name}:{getattr(palette, field.name)}" for field in fields(palette))


def _paint(theme: Theme, attribute: str, colour: str) -> str:
    """Return the declaration that paints `attribute`, ``fill`` or ``stroke``, in a colour of the palette."""
    plain = f"{attribute}:{getattr(theme.palette, colour)}"
    return f"{plain};{attribute}:var(--ag-{colour})" if theme.dark else plain


def _graph_rules(scene: Scene) -> Iterable[Rule]:
    yield from _plain_graph_rules(scene.theme)
    emphases = [box.emphasis for box in scene.boxes] + [edge.emphasis for edge in scene.arrows]
    if any(emphasis.wrong for emphasis in emphases):
        yield from _wrong_rules(scene.theme)


def _plain_graph_rules(theme: Theme) -> list[Rule]:
    stroke = theme.stroke

    def fill(colour: str) -> str:
        return _paint(theme, "fill", colour)

    def line(colour: str) -> str:
        return _paint(theme, "stroke", colour)

    italic = "font-style:italic;" if theme.italic else ""
    label_colour = "ink" if theme.italic else "slope"
    return [
        ("text", f"font-family:{theme.font};font-size:{px(FONT_SIZE)}px;text-anchor:middle;{italic}{fill('ink')}"),
        (".paper", fill("paper")),
        (".name", "font-weight:normal" if theme.italic else "font-weight:bold"),
        (".value", fill("value")),
        (".slope", fill("slope")),
        (".node .shape", f"{line('border')};stroke-width:{px(stroke)}"),
        *((f".{role} .shape", fill(colour)) for role, colour in FILLS.items()),
        (".output .shape", f"stroke-width:{px(stroke + 0.75)}"),
        (".constant .shape,.folded .shape", "stroke-dasharray:4 3"),
        (".frame", f"{fill('group')};{line('group_line')};stroke-width:1"),
        (".plate", fill("group")),
        (".title text", f"font-size:{px(LABEL_FONT_SIZE)}px;font-weight:bold;{fill('note')}"),
        (".node .inner", f"fill:none;{line('border')};stroke-width:1"),
        (".node.lit .shape", f"{line('lit')};stroke-width:{px(stroke + 1.25)}"),
        (".edge path", f"fill:none;{line('line')};stroke-width:{px(stroke)}"),
        (".edge .head", f"{fill('line')};stroke:none"),
        (".edge.lit path", f"{line('lit')};stroke-width:{px(stroke + 1.75)}"),
        (".edge.lit .head", f"{fill('lit')};stroke:none"),
        (".edge.zero path", f"stroke-dasharray:2 4;{line('line')}"),
        (".edge.zero .head", fill("line")),
        (".edge.crowded path", f"stroke-width:{px(stroke)};stroke-opacity:0.7"),
        (".label text", f"font-size:{px(LABEL_FONT_SIZE)}px;{fill(label_colour)}"),
        (".label rect", f"{fill('label')};{line('label_line')};stroke-width:1"),
        (".label line", f"{line(label_colour)};stroke-width:1"),
        (".label.lit text", "font-weight:bold"),
        (".label.lit rect", f"{line('lit')};stroke-width:1.5"),
        (".edge.faded", "opacity:0.55"),
        (".faded text", f"fill-opacity:{FADED_TEXT_OPACITY:g}"),
        (".faded .shape", f"{fill('folded')};stroke-opacity:0.55"),
        (".label.faded rect", f"{fill('folded')};{line('folded')}"),
        (".label.faded line", "stroke-opacity:0.7"),
        (".caption", f"font-size:{px(_CAPTION_FONT_SIZE)}px;font-weight:bold"),
        (".note", f"font-size:{px(LABEL_FONT_SIZE)}px;{fill('note')}"),
    ]


def _wrong_rules(theme: Theme) -> list[Rule]:
    """Return the rules for wrong parts: thick and crossed out, so that they do not depend on colour."""
    line, fill = _paint(theme, "stroke", "lit"), _paint(theme, "fill", "lit")
    return [
        (".node.wrong .shape", f"{line};stroke-width:{px(theme.stroke + 2.25)}"),
        (".edge.wrong path", f"{line};stroke-width:{px(theme.stroke + 2.25)}"),
        (".edge.wrong .head", f"{fill};stroke:none"),
        (".edge.wrong .halo", f"{_paint(theme, 'stroke', 'paper')};stroke-width:{px(theme.stroke + 6)}"),
        (".edge.wrong .cross", f"{_paint(theme, 'stroke', 'ink')};stroke-width:{px(theme.stroke + 2)}"),
        (".label.wrong text", "font-weight:bold"),
        (".label.wrong rect", f"{line};stroke-width:2"),
    ]


def _network_rules(scene: Scene) -> list[Rule]:
    theme = scene.theme

    def painted(look: Look) -> str:
        fill = _paint(theme, "fill", look.fill) if look.fill else "fill:none"
        stroke = _paint(theme, "stroke", look.stroke) if look.stroke else "stroke:none"
        dashes = f";stroke-dasharray:{look.dashes}" if look.dashes else ""
        return f"{fill};{stroke}{dashes}"

    italic = "font-style:italic;" if theme.italic else ""
    rim_width = px(theme.stroke + HIGHLIGHTED_RIM_WIDTH)
    return [
        ("text", f"font-family:{theme.font};text-anchor:middle;{italic}{_paint(theme, 'fill', 'ink')}"),
        *((f"text.{role}", _paint(theme, "fill", colour)) for role, colour in TEXTS.items()),
        (".start", "text-anchor:start"),
        (".end", "text-anchor:end"),
        (".bold", "font-weight:bold"),
        (".paper", _paint(theme, "fill", "paper")),
        *((f"g.{role}", painted(look)) for role, look in STROKES.items()),
        ("g.faded path", f"opacity:{FADED_STROKE_OPACITY:g}"),
        ("circle", f"stroke-width:{px(theme.stroke)}"),
        *((f"circle.{role}", painted(look)) for role, look in DISCS.items()),
        ("circle.lit", f"{_paint(theme, 'stroke', 'ink')};stroke-width:{rim_width}"),
        *((f"rect.{role}", f"{painted(look)};stroke-width:1.5") for role, look in PLATES.items()),
    ]


_RULES: dict[str, Callable[[Scene], Iterable[Rule]]] = {"graph": _graph_rules, "network": _network_rules}
