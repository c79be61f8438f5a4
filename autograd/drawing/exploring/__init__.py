"""Exploring a graph on a page of its own: one file of HTML, made from the user's own expression.

:mod:`~autograd.drawing.exploring.contents` says what is on it: how things are worded
(:mod:`~autograd.drawing.exploring.wording`) and placed (:mod:`~autograd.drawing.exploring.placement`), and what is
computed (:mod:`~autograd.drawing.exploring.translation`, to JavaScript); :mod:`~autograd.drawing.exploring.document`
puts that and the sources under ``page/`` together.
"""

from autograd.drawing.exploring.exploration import Exploration, explore

__all__ = ["Exploration", "explore"]
