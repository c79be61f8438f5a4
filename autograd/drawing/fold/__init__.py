"""Folding: the visible part of a graph."""

from autograd.drawing.fold.blocks import Detail
from autograd.drawing.fold.view import Opened, View, view

__all__ = ["Detail", "Opened", "View", "view"]
