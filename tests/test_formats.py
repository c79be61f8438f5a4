"""Formats: whatever explains a derivative says the same in text, LaTeX, Markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from effort import IS_THOROUGH, scaled
from printed import bare
from samples import random_derivative

import autograd as ag
import nn
from autograd import DomainError, Value
from autograd.tracing import Trace


@pytest.fixture(autouse=True)
def _wide_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give tables the room that they need: broken cells are in another order."""
    for limit in ("MAX_TABLE_COLUMNS", "MAX_LATEX_ROW_CHARACTERS"):
        monkeypatch.setattr(f"autograd.tracing.sheets.{limit}", 10**6)


def assert_agrees(view: Any, seed: int) -> None:
    text = bare(str(view), "text")
    assert bare(view.latex(), "latex") == text, seed
    assert bare(view.html(), "html") == text, seed
    if hasattr(view, "markdown"):
        assert bare(view.markdown(), "latex") == text, seed


def wide_sum(seed: int) -> tuple[Value, Value]:
    """A sum of many squares, of which a trace shows the largest terms."""
    x = Value(0.5 + seed / 7, "x")
    hidden = [ag.sin(x * (i + seed)).named(f"h[{i}]") for i in range(1, 4 + seed % 9)]
    return ag.total([(h - 0.3 * i) ** 2 for i, h in enumerate(hidden)]).named("C"), x


def pieces(seed: int) -> tuple[Value, Value]:
    """Operations by cases: off, on, at a kink, and at a tie; and a slope of 0 beside one of ∞."""
    x, w = Value(float(seed % 3 - 1), "x"), Value(0.0, "w")
    choices = [
        lambda: ag.relu(x),
        lambda: ag.maximum(x, w) + ag.minimum(w, x),
        lambda: ag.clip(x, 0.0, 0.5) * ag.abs(x),
        lambda: ag.where(w, x, 2 * x),
        lambda: ag.sqrt(x**2),
        lambda: ag.leaky_relu(x) + ag.sign(x) * x,
    ]
    return (3 * choices[seed % len(choices)]().named("u")).named("y"), x


# What explains a derivative; each graph has a third of them in quick runs.
VIEWS: list[Callable[[Trace], Any]] = [
    Trace.steps,
    lambda trace: trace,
    lambda trace: trace.sweep("forward"),
    Trace.why,
    Trace.modes,
    lambda trace: trace.sweep("reverse"),
]


def test_every_view_of_a_derivative_says_the_same_in_each_format() -> None:
    for seed in range(scaled(100)):
        graph = (wide_sum, pieces, random_derivative, random_derivative)[seed % 4](seed)
        trace = ag.trace(*graph, max_paths=(1, 8)[seed % 2])
        for view in VIEWS if IS_THOROUGH else VIEWS[seed % 3 :: 3]:
            assert_agrees(view(trace), seed)
        if seed % 3 == 2 or IS_THOROUGH:
            try:
                nudge = trace.nudge(0.01)
            except (DomainError, ValueError):
                continue
            assert_agrees(nudge, seed)


def test_every_worksheet_says_the_same_in_each_format() -> None:
    # The last one has a definition that is longer in LaTeX than in text.
    for seed in (*range(scaled(70)), 37):
        sheet = ag.trace(*random_derivative(seed)).worksheet(seed, difficulty=("easy", "medium", "hard")[seed % 3])
        for page in (sheet.exercise, sheet.key):
            text = bare(page("text"), "text")
            assert bare(page("markdown"), "latex") == text, seed
            assert bare(page("latex"), "latex") == text, seed


def test_every_sheet_of_a_class_says_the_same_in_each_format() -> None:
    for seed in range(scaled(14)):
        sheets = ag.worksheets([ag.trace(*random_derivative(seed))] * 2, students=2, seed=seed)
        for pages in (sheets.exercises, sheets.answer_keys):
            text = bare(pages("text"), "text")
            assert bare(pages("markdown"), "latex") == text, seed
            # On paper there is room for a name.
            latex = re.sub(r"\\hfill Name: .*", "", pages("latex"))
            assert bare(latex, "latex") == text, seed


@pytest.mark.parametrize("notation", ["essay", "nielsen", "3b1b", "ng"])
def test_backpropagation_says_the_same_in_each_format(notation: Any) -> None:
    """Of matrices of one number, since rows of larger ones are in another order in text."""
    for activations in (["sigmoid", "relu", "tanh"], ["linear", "softplus", "sigmoid"]):
        net = nn.MLP(1, [1, 1, 1], activations, seed=1)
        sweep = nn.backprop(net, [0.5], [1.0], notation=notation)
        assert bare(sweep.html(), "html") == bare(str(sweep), "text")
        # The names of the equations are before them in text, and behind them in LaTeX.
        text = bare(re.sub(r"^ *(BP\d)(.*)$", r"\2 \1", str(sweep), flags=re.MULTILINE), "text")
        assert bare(sweep.latex(), "latex") == text
        assert bare(sweep.markdown(), "latex") == text
