"""Coordinates and texts in markup: SVG, TikZ and HTML."""

from __future__ import annotations

from autograd.drawing.routes import Point
from autograd.writing import escape


def escaped(text: str) -> str:
    """Return `text` such that it cannot be markup: without control characters and lone surrogates, < & escaped."""
    return escape("".join(c for c in text if c.isprintable() or c == "\n"), "html")


def px(x: float) -> str:
    """Return a coordinate, rounded to a tenth of a pixel.

    >>> px(2.0), px(0.25), px(-0.01)
    ('2', '0.2', '0')
    """
    return f"{x:.1f}".removesuffix(".0").replace("-0", "0") if abs(x) < 0.05 else f"{x:.1f}".removesuffix(".0")


def at(point: Point) -> str:
    """Return the coordinates of a point in an SVG path."""
    return f"{px(point[0])} {px(point[1])}"
