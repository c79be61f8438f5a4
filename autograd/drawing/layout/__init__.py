"""Layered layout of a graph."""

from autograd.drawing.layout.clusters import Frame
from autograd.drawing.layout.geometry import Box, Direction, Layout, Link, Point
from autograd.drawing.layout.routing import arrow
from autograd.drawing.layout.sugiyama import arrange

__all__ = ["Box", "Direction", "Frame", "Layout", "Link", "Point", "arrange", "arrow"]
