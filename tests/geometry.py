"""Rectangles around drawn shapes."""

from __future__ import annotations

from autograd.drawing.layout import Box, Point

Rectangle = tuple[float, float, float, float]


def rectangle(centre: Point, box: Box) -> Rectangle:
    (x, y), width, height = centre, box.width / 2, box.height / 2
    return x - width, y - height, x + width, y + height


def overlap(a: Rectangle, b: Rectangle, slack: float = 0.1) -> bool:
    return a[0] < b[2] - slack and b[0] < a[2] - slack and a[1] < b[3] - slack and b[1] < a[3] - slack
