"""A diagram of a network as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Literal

from autograd.drawing.formats import markup
from autograd.drawing.formats.markup import Rule, at, escaped, px
from autograd.drawing.network.diagram import Diagram
from autograd.drawing.shapes import Disc, Mark, Plate, Stroke, bounds
from autograd.drawing.themes import DISCS, FADED_STROKE_OPACITY, LIT_RIM, PLATES, STROKES, TEXTS, Look, Theme

_MARGIN = 16.0


def network_svg(diagram: Diagram, theme: Theme) -> str:
    """The diagram as the text of an SVG file."""
    left, right, top, bottom = bounds(diagram.marks)
    network = diagram.network
    return markup.document(
        network.title,
        network.describe(),
        theme,
        _rules(theme),
        [
            f'<g transform="translate({px(_MARGIN - left)} {px(_MARGIN - top)})">',
            *_elements(diagram.marks),
            "</g>",
        ],
        (right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN),
    )


def _rules(theme: Theme) -> list[Rule]:
    def painted(look: Look) -> str:
        paints = [markup.paint(theme, "fill", look.fill)] if look.fill else ["fill:none"]
        paints += [markup.paint(theme, "stroke", look.stroke)] if look.stroke else ["stroke:none"]
        return ";".join(paints + ([f"stroke-dasharray:{look.dashes}"] if look.dashes else []))

    italic = "font-style:italic;" if theme.italic else ""
    return [
        ("text", f"font-family:{theme.font};text-anchor:middle;{italic}{markup.paint(theme, 'fill', 'ink')}"),
        *((f"text.{kind}", markup.paint(theme, "fill", use)) for kind, use in TEXTS.items()),
        (".start", "text-anchor:start"),
        (".end", "text-anchor:end"),
        (".bold", "font-weight:bold"),
        (".paper", markup.paint(theme, "fill", "paper")),
        *((f"g.{kind}", painted(look)) for kind, look in STROKES.items()),
        ("g.faded path", f"opacity:{FADED_STROKE_OPACITY:g}"),
        ("circle", f"stroke-width:{px(theme.stroke)}"),
        *((f"circle.{kind}", painted(look)) for kind, look in DISCS.items()),
        ("circle.lit", f"{markup.paint(theme, 'stroke', 'ink')};stroke-width:{px(theme.stroke + LIT_RIM)}"),
        *((f"rect.{kind}", f"{painted(look)};stroke-width:1.5") for kind, look in PLATES.items()),
    ]


def _elements(marks: Iterable[Mark]) -> Iterator[str]:
    """The marks in order; strokes of one kind that follow each other are a group."""
    for look, group in groupby(marks, lambda mark: (mark.kind, mark.faded) if isinstance(mark, Stroke) else None):
        if look is None:
            yield from map(_element, group)
        else:
            yield f"<g {_class(look[0], look[1] and 'faded')}>"
            yield from map(_element, group)
            yield "</g>"


def _element(mark: Mark) -> str:
    if isinstance(mark, Stroke):
        line = f'd="M{at(mark.start)}L{at(mark.end)}" stroke-width="{px(mark.breadth)}"'
        return _titled("path", line, mark.title)
    if isinstance(mark, Disc):
        place = f'cx="{px(mark.centre[0])}" cy="{px(mark.centre[1])}" r="{px(mark.radius)}"'
        opacity = "" if mark.opacity == 1.0 else f' fill-opacity="{mark.opacity:.2f}"'
        return _titled("circle", f"{_class(mark.kind, mark.lit and 'lit')} {place}{opacity}", mark.title)
    if isinstance(mark, Plate):
        (x, y), _ = mark.area.corners
        size = f'width="{px(mark.area.width)}" height="{px(mark.area.height)}"'
        return f'<rect {_class(mark.kind)} x="{px(x)}" y="{px(y)}" {size} rx="3"/>'
    classes = _class(mark.kind, mark.bold and "bold", mark.anchor != "middle" and mark.anchor)
    place = f'x="{px(mark.x)}" y="{px(mark.y + 0.35 * mark.size)}" font-size="{px(mark.size)}"'
    return f"<text {classes} {place}>{escaped(mark.text)}</text>"


def _class(*names: str | Literal[False]) -> str:
    return f'class="{" ".join(name for name in names if name)}"'


def _titled(tag: str, attributes: str, title: str) -> str:
    return f"<{tag} {attributes}><title>{escaped(title)}</title></{tag}>" if title else f"<{tag} {attributes}/>"
