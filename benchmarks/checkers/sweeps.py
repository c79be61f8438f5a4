"""Faulty sweeps: `Value.backward`, reverse mode and forward mode."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd as ag
from autograd import Value, derivatives

POINTS = ((0.7, 1.9), (-1.3, 0.4), (2.2, -0.8))


def _all(node: Value, slot: int, partial: float) -> float | None:
    return partial


@dataclass(frozen=True)
class Sweep:
    """Reverse mode with an option for every mistake.

    Attributes:
        seed: The adjoint of the output.
        partial: A function of node, slot and partial that returns the partial to use, or None to skip the edge.
        add: A function of an adjoint and a new term that returns the new adjoint.
        passed: A function of a node and its adjoint that returns the part for the operands.
        order: A function that returns the nodes from the output down.
    """

    seed: float = 1.0
    partial: Callable[[Value, int, float], float | None] = _all
    add: Callable[[float, float], float] = lambda x, y: x + y
    passed: Callable[[Value, float], float] = lambda node, adjoint: adjoint
    order: Callable[[Value], Sequence[Value]] = lambda output: ag.topological_order(output)[::-1]

    def __call__(self, output: Value, partials: Callable[[Value], Sequence[float]]) -> dict[Value, float]:
        adjoints = {output: self.seed}
        for node in self.order(output):
            adjoint = self.passed(node, adjoints.get(node, 0.0))
            if adjoint == 0.0:
                continue
            for slot, (x, partial) in enumerate(zip(node.operands, partials(node), strict=True)):
                taken = self.partial(node, slot, partial)
                if taken is not None and not x.constant:
                    adjoints[x] = self.add(adjoints[x], adjoint * taken) if x in adjoints else adjoint * taken
        return adjoints


def _breadth_first(output: Value) -> list[Value]:
    """Return the nodes in breadth-first order, so that a node may come before one of its uses."""
    met, order = {output}, [output]
    for node in order:
        for x in node.operands:
            if x not in met:
                met.add(x)
                order.append(x)
    return order


def _is(node: Value, name: str) -> bool:
    return node.op is not None and node.op.name == name


def _once(node: Value, slot: int, partial: float) -> float | None:
    return None if any(x is node.operands[slot] for x in node.operands[:slot]) else partial


def _no_divisor(node: Value, slot: int, partial: float) -> float | None:
    return None if _is(node, "div") and slot == 1 else partial


def _changed_signs(node: Value, slot: int, partial: float) -> float | None:
    return -partial if _is(node, "sub") else partial


def _no_bias(node: Value, slot: int, partial: float) -> float | None:
    return None if _is(node, "dot") and slot == len(node.operands) - 1 else partial


def _neighbour(node: Value, slot: int, partial: float) -> float | None:
    return node.partials[slot - 1]


def graph(a: float, b: float) -> Value:
    """Return a graph with named nodes that are used once, twice and three times."""
    x, y = Value(a, "x"), Value(b, "y")
    p = (x * y).named("p")
    s = ag.sigmoid(p).named("s")
    q = (s * s).named("q")
    d = (s - y).named("d")
    r = (q / d).named("r")
    k = ag.dot([r, p], [s, x], y).named("k")
    C: Value = (r + k).named("C")
    return C


@contextmanager
def instead_of_backward(sweep: Sweep) -> Iterator[None]:
    """Replace `Value.backward` with the faulty sweep within a context."""

    def backward(self: Value) -> None:
        for node, adjoint in sweep(self, derivatives.stored).items():
            node.grad = adjoint if node.op is not None else node.grad + adjoint

    right = Value.backward
    Value.backward = backward  # type: ignore[method-assign]
    try:
        yield
    finally:
        Value.backward = right  # type: ignore[method-assign]


@contextmanager
def instead_of(right: Callable[..., Any], wrong: Callable[..., Any]) -> Iterator[None]:
    """Replace a function of the package within a context, wherever it was imported."""
    package = [module for name, module in sys.modules.items() if name.partition(".")[0] == ag.__name__]
    holders = [(module, name) for module in package for name, x in vars(module).items() if x is right]
    for module, name in holders:
        setattr(module, name, wrong)
    try:
        yield
    finally:
        for module, name in holders:
            setattr(module, name, right)


def instead_of_reverse(sweep: Sweep) -> Any:
    """Replace reverse mode with the faulty sweep within a context."""

    def reverse(seeds: Mapping[Value, Any], partials: derivatives.Partials, order: Any = None) -> dict[Value, Any]:
        [output] = seeds
        return sweep(output, partials)

    return instead_of(derivatives.reverse, reverse)


def instead_of_forward(sweep: Sweep) -> Any:
    """Replace forward mode with the faulty sweep within a context: at a node, for its operands."""

    def forward(order: Sequence[Value], tangents: Mapping[Value, Any], partials: derivatives.Partials) -> Any:
        found = dict(tangents)
        for node in order:
            for slot, (x, partial) in enumerate(zip(node.operands, partials(node), strict=True)):
                taken = sweep.partial(node, slot, partial)
                if x in found and taken is not None:
                    found[node] = sweep.add(found[node], found[x] * taken) if node in found else found[x] * taken
        return found

    return instead_of(derivatives.forward, forward)


class Unreset:
    """A sweep that adds to the gradients that inner nodes have from an earlier sweep."""

    def __call__(self, output: Value, partials: Callable[[Value], Sequence[float]]) -> dict[Value, float]:
        right = Sweep()(output, partials)
        return {node: adjoint + (node.grad if node.op is not None else 0.0) for node, adjoint in right.items()}


MODES = {"backward": instead_of_backward, "reverse": instead_of_reverse, "forward": instead_of_forward}

LAST, TWICE = Sweep(add=lambda x, y: y), Sweep(partial=_once)
NO_BIAS, BREADTH_FIRST = Sweep(partial=_no_bias), Sweep(order=_breadth_first)
# For each fault: the mode, the faulty sweep, and the label of the first wrong node.
FAULTS: dict[str, tuple[str, Any, str]] = {
    "the last use replaces the others": ("backward", LAST, "r"),
    "the first use alone counts": ("backward", Sweep(add=lambda x, y: x), "r"),
    "the greater of two uses counts": ("backward", Sweep(add=max), "r"),
    "an operand that comes twice counts once": ("backward", TWICE, "s"),
    "the divisor is left out": ("backward", Sweep(partial=_no_divisor), "d"),
    "a difference has its signs changed": ("backward", Sweep(partial=_changed_signs), "s"),
    "the bias of a dot is left out": ("backward", NO_BIAS, "y"),
    "the neighbour's partial is taken": ("backward", Sweep(partial=_neighbour), "r"),
    "adjoints are cut to ±1": ("backward", Sweep(passed=lambda node, a: max(-1.0, min(1.0, a))), "d"),
    "adjoints are in float32": ("backward", Sweep(passed=lambda node, a: float(np.float32(a))), "d"),
    "begins with 2": ("backward", Sweep(seed=2.0), "C"),
    "passes on before all uses are counted": ("backward", BREADTH_FIRST, "d"),
    "adds to what inner nodes had before": ("backward", Unreset(), "C"),
    "reverse: the last use replaces the others": ("reverse", LAST, "r"),
    "reverse: an operand that comes twice counts once": ("reverse", TWICE, "s"),
    "reverse: the bias of a dot is left out": ("reverse", NO_BIAS, "y"),
    "reverse: passes on before all uses are counted": ("reverse", BREADTH_FIRST, "d"),
    "forward: the last operand replaces the others": ("forward", LAST, "p"),
    "forward: an operand that comes twice counts once": ("forward", TWICE, "q"),
    "forward: the bias of a dot is left out": ("forward", NO_BIAS, "k"),
}


def checks(mode: str, sweep: Any, broken: bool) -> Iterator[Any]:
    """Yield checks at several points."""
    for a, b in POINTS:
        output = graph(a, b)
        output.backward()
        with MODES[mode](sweep) if broken else nullcontext():
            yield ag.gradcheck(output)
