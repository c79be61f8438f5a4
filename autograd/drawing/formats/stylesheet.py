"""Style sheets of SVG, one for each style of scene.

A sheet is scoped by an id, so that several drawings can be in one page. Colours are custom properties, so that a page
can override them. Each is also written as a plain colour, for programs that do not know custom properties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields

from autograd.drawing.formats.markup import px
from autograd.drawing.shapes import FONT_SIZE, LABEL_FONT_SIZE, Scene
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

# A selector and its declarations.
Rule = tuple[str, str]
CAPTION_FONT_SIZE = 15.0


def sheet(scene: Scene, key: str) -> str:
    """Return the style sheet of a scene; its rules hold only inside the element with the id `key`."""
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
        (".caption", f"font-size:{px(CAPTION_FONT_SIZE)}px;font-weight:bold"),
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
