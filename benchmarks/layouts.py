"""CPU time of our layout and of the program `dot`, if it is installed: ``python benchmarks/layouts.py``.

The figures are medians of several runs in alternation.  `dot` draws the same nodes, edges and labels, within 60 s.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from functools import partial

import autograd as ag
from autograd import Value
from autograd.drawing.composition import compose
from autograd.drawing.figure import Figure
from autograd.drawing.formats.dot import digraph
from autograd.drawing.layout import arrange
from autograd.drawing.picture import Picture
from autograd.drawing.themes import THEMES

DOT_TIMEOUT_SECONDS = 60.0


def network(sizes: list[int], by_hand: bool) -> Value:
    """Return the cost of a network, with a node for each product and addition or for each activation sum."""
    rng = random.Random(1)
    layer = [Value(rng.random()) for _ in range(sizes[0])]
    for width in sizes[1:]:
        neurons = []
        for _ in range(width):
            weights, bias = [Value(rng.gauss(0, 1)) for _ in layer], Value(rng.gauss(0, 1))
            if by_hand:
                z = bias
                for w, x in zip(weights, layer, strict=True):
                    z = (z + w * x).named("sum")  # a name keeps each addition a box of its own
            else:
                z = ag.dot(weights, layer, bias)
            neurons.append(ag.tanh(z))
        layer = neurons
    return ag.total([(a - 1) ** 2 for a in layer])


def expression(size: int) -> Value:
    """Return a random expression that shares subexpressions."""
    rng = random.Random(1)
    nodes = [Value(rng.random()) for _ in range(8)]
    while len(nodes) < size:
        x, y = rng.choices(nodes[-24:], k=2)
        nodes.append(rng.choice([lambda x, y: x * y, lambda x, y: ag.sin(x), lambda x, y: x - y])(x, y))
    return ag.total(nodes[-24:])


def cases() -> dict[str, Picture]:
    """Return the pictures to lay out."""
    graphs = {
        "random expression": expression(300),
        "16-16-16-1, a node for each addition": network([16, 16, 16, 1], by_hand=True),
        "random expression, large": expression(1700),
        "784-16-16-10, a node for each activation sum": network([784, 16, 16, 10], by_hand=False),
    }
    return {name: compose(C, detail="operations", groups=False, max_nodes=10**6) for name, C in graphs.items()}


def timed(work: Callable[[], object]) -> float:
    """Return the CPU time of `work` in this process and in those that it waits for."""
    before = os.times()
    work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])


def main() -> None:
    """Print a row for each picture."""
    dot = shutil.which("dot")
    print(f"{'':46} {'nodes':>7} {'edges':>7} {'ours':>9} {'dot':>9}")
    for name, picture in cases().items():
        figure = Figure(picture, THEMES["light"], "up", "auto" if len(picture.nodes) <= 300 else "none")
        links = figure.links
        rounds = 5 if len(picture.nodes) < 2000 else 3
        ours = statistics.median(timed(lambda: arrange(figure.boxes, links)) for _ in range(rounds))  # noqa: B023
        theirs = "not here"
        if dot:
            source = digraph(figure.scene).source.encode()
            start = time.monotonic()
            try:
                command = [dot, "-Tplain"]
                run = partial(subprocess.run, command, input=source, capture_output=True, timeout=DOT_TIMEOUT_SECONDS)
                cost = timed(run)
                theirs = f"{cost:7.2f} s"
            except subprocess.TimeoutExpired:
                theirs = f"> {time.monotonic() - start:.0f} s"
        print(f"{name:46} {len(picture.nodes):7,} {len(picture.edges):7,} {ours:7.2f} s {theirs:>9}")


if __name__ == "__main__":
    main()
