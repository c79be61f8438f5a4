"""Themes: colours, typefaces, line widths, and the look of each mark.

Values are blue, derivatives brown, highlighted edges vermillion. The hues follow Okabe and Ito (2008), whose palette is
distinguishable with any colour vision. Texts have a contrast of at least 4.5 to their background, lines of 3. No
information is carried by colour alone: highlighted parts are also thicker and bold, a node's outline also depends on
its role, and the sign of a weight is also in its dashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ThemeName = Literal["auto", "light", "dark", "print", "olah"]
SANS = "Helvetica Neue,Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"
SERIF = "Latin Modern Roman,CMU Serif,STIX Two Text,Times New Roman,Liberation Serif,DejaVu Serif,serif"


@dataclass(frozen=True)
class Palette:
    """The colours of a drawing, by their use."""

    paper: str
    ink: str
    value: str
    slope: str
    line: str
    lit: str
    note: str
    label: str
    label_line: str
    border: str
    input: str
    parameter: str
    operation: str
    output: str
    constant: str
    folded: str
    group: str
    group_line: str


LIGHT = Palette(
    paper="#ffffff",
    ink="#1b1f24",
    value="#005f96",
    slope="#a63c00",
    line="#666666",
    lit="#d55e00",
    note="#57606a",
    label="#fbf4ea",
    label_line="#dcc7a6",
    border="#57606a",
    input="#e3f0fa",
    parameter="#fff1d0",
    operation="#ffffff",
    output="#e2f3ec",
    constant="#f2f2f2",
    folded="#f2f2f2",
    group="#f7f7f7",
    group_line="#bbbbbb",
)
DARK = Palette(
    paper="#14171c",
    ink="#e6e9ee",
    value="#7cc4f0",
    slope="#ff9a5c",
    line="#8a93a0",
    lit="#ff8a3d",
    note="#a6adb8",
    label="#2b2620",
    label_line="#5c5040",
    border="#a6adb8",
    input="#17324a",
    parameter="#40340f",
    operation="#1f242c",
    output="#123a2e",
    constant="#2a2f36",
    folded="#2a2f36",
    group="#1a1e24",
    group_line="#59616c",
)
PRINT = Palette(
    paper="#ffffff",
    ink="#000000",
    value="#000000",
    slope="#000000",
    line="#555555",
    lit="#000000",
    note="#333333",
    label="#ffffff",
    label_line="#999999",
    border="#333333",
    input="#eeeeee",
    parameter="#ffffff",
    operation="#ffffff",
    output="#ffffff",
    constant="#ffffff",
    folded="#ffffff",
    group="#ffffff",
    group_line="#999999",
)
OLAH = Palette(
    paper="#ffffff",
    ink="#000000",
    value="#000000",
    slope="#000000",
    line="#000000",
    lit="#d55e00",
    note="#333333",
    label="#eddec9",
    label_line="#000000",
    border="#000000",
    input="#c0c6f8",
    parameter="#c0c6f8",
    operation="#c0c6f8",
    output="#c0c6f8",
    constant="#c0c6f8",
    folded="#e4e6fb",
    group="#e7f2e4",
    group_line="#9fb89a",
)


# Faded texts keep a contrast of 4.5.
FADED_TEXT_OPACITY = 0.9
# The colour of the fill of a node, by its role.
FILLS = {
    "input": "input",
    "parameter": "parameter",
    "constant": "constant",
    "operation": "operation",
    "output": "output",
    "layer": "operation",
    "folded": "folded",
}


@dataclass(frozen=True)
class Theme:
    """The colours, typefaces and line widths of a drawing.

    Attributes:
        palette: the colours.
        dark: the colours for readers who prefer a dark page; None to use `palette` for all.
        font: the typefaces, in order of preference.
        postscript: the typeface for Graphviz, one of the standard fonts of PostScript.
        italic: True for italic formulas.
        ellipses: True for ellipses with straight edges between them, False for rectangles.
        stroke: the line width in pixels.
    """

    palette: Palette
    dark: Palette | None = None
    font: str = SANS
    postscript: str = "Helvetica"
    italic: bool = False
    ellipses: bool = False
    stroke: float = 1.25


THEMES: dict[str, Theme] = {
    "auto": Theme(LIGHT, DARK),
    "light": Theme(LIGHT),
    "dark": Theme(DARK),
    "print": Theme(PRINT),
    "olah": Theme(OLAH, font=SERIF, postscript="Times-Italic", italic=True, ellipses=True, stroke=3.0),
}


class Look(NamedTuple):
    """The paint of a mark of a network.

    Attributes:
        fill: the colour of its fill in the palette; empty for none.
        stroke: the colour of its line in the palette; empty for none.
        dashes: the lengths of dashes and gaps; empty for a solid line.
        dot_style: the nearest style of Graphviz.
    """

    fill: str = ""
    stroke: str = ""
    dashes: str = ""
    dot_style: str = "solid"


# The looks of strokes and discs by the sign of their number ("odd" is not finite) or by their role.
STROKES = {
    "positive": Look(stroke="value"),
    "negative": Look(stroke="lit", dashes="7 4", dot_style="dashed"),
    "zero": Look(stroke="line", dashes="1.5 4", dot_style="dotted"),
    "odd": Look(stroke="ink", dashes="8 3 2 3", dot_style="dotted"),
    "scale": Look(stroke="line"),
    # Behind the highlighted stroke, in a colour that no sign has (except in themes without colours).
    "casing": Look(stroke="ink"),
}
DISCS = {
    "input": Look("input", "border"),
    "hidden": Look("paper", "border"),
    "output": Look("output", "border"),
    "positive": Look("value", "border"),
    "negative": Look("lit", "border"),
    "zero": Look("paper", "border"),
    "odd": Look("paper", "border", "4 3", "dashed"),
    "dot": Look("note"),
}
PLATES = {"plate": Look("paper"), "callout": Look("label", "ink")}
# The colours of texts by role; all others are in ink.
TEXTS = {"slope": "slope", "note": "note"}
# The opacity of other strokes while one weight is highlighted.
FADED_STROKE_OPACITY = 0.5
# Additional width in pixels of the rim of a highlighted neuron.
HIGHLIGHTED_RIM_WIDTH = 1.75
