"""What each kind of mark looks like: colours by what they are for, as in :mod:`~autograd.drawing.themes`, and dashes.

A sign is told by dashes too.  What is singled out is broader than any other line, with a casing in the colour of texts,
which no sign has where there are colours.
"""

from __future__ import annotations

from typing import NamedTuple


class Look(NamedTuple):
    """How a kind of mark is painted.

    Attributes:
        fill: the colour inside; empty for none.
        stroke: the colour of the line; empty for none.
        dashes: lengths of dashes and gaps; empty for a line without gaps.
        dot_style: the nearest that Graphviz has.
    """

    fill: str = ""
    stroke: str = ""
    dashes: str = ""
    dot_style: str = "solid"


STROKES = {
    "positive": Look(stroke="value"),
    "negative": Look(stroke="lit", dashes="7 4", dot_style="dashed"),
    "zero": Look(stroke="line", dashes="1.5 4", dot_style="dotted"),
    "odd": Look(stroke="ink", dashes="8 3 2 3", dot_style="dotted"),
    "scale": Look(stroke="line"),
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
TEXTS = {"slope": "slope", "note": "note"}
"""The colours of texts that are not in ink."""
FADED = 0.5
"""Opacity of what is not singled out, where something is."""
LIT_RIM = 1.75
"""How much broader the rim of a neuron is that belongs to what is singled out."""
