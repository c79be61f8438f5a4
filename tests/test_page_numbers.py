"""The numbers of a page in Chromium: equal to Python's, for every operation and at any values of the leaves."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from drawn import network
from effort import IS_THOROUGH
from points import BUILT_IN, extreme, ordinary

import autograd as ag
from autograd import Value
from autograd.context import quiet
from autograd.derivatives import reverse, stored
from autograd.op import Op
from autograd.symbolic.typesetting import number
from autograd.value import record

pytestmark = pytest.mark.browser

SPECIAL = (0.0, 1.0, -1.5, 2.0, 5e-324, 1.7e308, -1.7e308, math.inf, -math.inf, math.nan)


def agree(x: float, y: float) -> bool:
    """To 12 digits, or as near as there are numbers; nan with nan."""
    close = x == y or abs(x - y) <= 1e-12 * max(abs(x), abs(y)) or abs(x - y) < 1e-321
    return close or (math.isnan(x) and math.isnan(y))


class Bench:
    """One page with a node for each operation, number of operands and index, each on leaves of its own."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[Any, ...], Value] = {}
        for op in BUILT_IN.values():
            for point in (*ordinary(op), *extreme(op)):
                key = self.key(op, point)
                if key not in self.nodes:
                    operands = [Value(x) for x in point]
                    if op.name == "softmax":
                        operands[0] = ag.value.Constant(point[0])
                    self.nodes[key] = record(op, operands)
        self.page = ag.explore(ag.total(list(self.nodes.values())), max_nodes=5000)

    @staticmethod
    def key(op: Op, point: tuple[float, ...]) -> tuple[Any, ...]:
        return op, len(point), point[0] if op.name == "softmax" else None

    def rounds(self, points: Callable[[Op], list[tuple[float, ...]]]) -> Iterator[dict[Value, tuple[float, ...]]]:
        """Points for all nodes at once, until each has had its own."""
        waiting: dict[Value, list[tuple[float, ...]]] = {}
        for op in BUILT_IN.values():
            for point in points(op):
                if (node := self.nodes.get(self.key(op, point))) is not None:
                    waiting.setdefault(node, []).append(point)
        while waiting:
            yield {node: left.pop() for node, left in waiting.items()}
            waiting = {node: left for node, left in waiting.items() if left}

    def differences(self, window: Any, points: Callable[[Op], list[tuple[float, ...]]]) -> tuple[int, list[str]]:
        """How many points were tried, and where the page and Python differ."""
        count, found = 0, []
        for at in self.rounds(points):
            given = {x: v for node, point in at.items() for x, v in zip(node.operands, point, strict=True)}
            values, partials, _ = window.recomputed({x: v for x, v in given.items() if not x.constant})
            for node, point in at.items():
                assert node.op is not None
                count += 1
                with quiet():
                    value = node.op.value(*point)
                    slopes = node.op.slopes(point, value)
                i = window.place(node)
                pairs = [(values[i], value), *zip(partials[i], slopes, strict=True)]
                if not all(agree(x, y) for x, y in pairs):
                    found.append(f"{node.op.name}{point}: {pairs}")
        return count, found


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def special(op: Op) -> list[tuple[float, ...]]:
    """Kinks, ends, infinities and nan; of three operands and more, some of them."""
    draw = random.Random(op.name)
    if op.name in ("lowered_power", "softmax"):  # their third and their first operand is a whole number
        return []
    count = op.arity or 3
    return [(x,) for x in SPECIAL] if count == 1 else [tuple(draw.choices(SPECIAL, k=count)) for _ in range(60)]


def test_every_operation_has_the_values_and_partials_of_python(bench: Bench, window: Callable[..., Any]) -> None:
    opened = window(bench.page)
    assert opened.check == "ok"
    count, found = bench.differences(opened, lambda op: [*ordinary(op), *extreme(op)])
    assert found == []
    assert count > 1300


def test_at_kinks_ends_and_infinities_too(bench: Bench, window: Callable[..., Any]) -> None:
    count, found = bench.differences(window(bench.page), special)
    assert found == []
    assert count > 900


def bounded_graph(seed: int) -> Value:
    """A graph that shares nodes at random, and on which rounding errors do not grow."""
    draw = random.Random(seed)
    nodes = [Value(draw.uniform(-2.0, 2.0), f"x[{i}]") for i in range(5)]
    for _ in range(60):
        x, y, z = draw.choices(nodes[-12:], k=3)
        made = [ag.tanh(x * y), ag.sin(x - y) / 2, ag.sigmoid(x), ag.atan2(x, ag.softplus(y)), x * 0.5, ag.gelu(x)]
        made += [
            ag.dot([x, y], [y, 0.25], z) / 4,
            ag.total([x, y, x]) / 3,
            ag.exp(-(x**2)),
            ag.log1p(x * x),
            1 / (2 + x * x),
        ]
        made += [ag.hypot(x, y, 1) - 1, ag.maximum(x, y), ag.logsumexp([x, y, z]) / 2, ag.softmax([x, y, z])[1], abs(x)]
        nodes.append(draw.choice(made))
    return ag.total(nodes[-8:])


@pytest.mark.parametrize("seed", range(6) if IS_THOROUGH else (0, 1, 5))
def test_random_graphs_agree_at_random_leaf_values(seed: int, window: Callable[..., Any]) -> None:
    output = bounded_graph(seed) if seed < 5 else network()[0]
    draw = random.Random(seed)
    opened = window(ag.explore(output))
    assert opened.check == "ok"
    nodes = opened.exploration.contents.nodes
    leaves = ag.leaves(output)
    for _ in range(20):
        given = {x: draw.uniform(-2.0, 2.0) for x in leaves}
        again = ag.replay(output, given)
        twins = dict(zip(nodes, (x for x in ag.topological_order(again) if not x.constant), strict=True))
        values, partials, adjoints = opened.recomputed(given)
        slopes = reverse({again: 1.0}, stored)
        largest = max(abs(x) for x in slopes.values())
        for i, node in enumerate(nodes):
            twin = twins[node]
            assert values[i] == pytest.approx(twin.data, rel=1e-12, abs=1e-12)
            for x, partial, expected in zip(node.operands, partials[i], twin.partials, strict=True):
                assert x.constant or partial == pytest.approx(expected, rel=1e-12, abs=1e-12)
            assert adjoints[i] == pytest.approx(slopes.get(twin, 0.0), rel=1e-12, abs=1e-12 * largest)


def test_numbers_are_written_as_in_python(window: Callable[..., Any]) -> None:
    draw = random.Random(0)
    numbers = [0.0, -0.0, 6.0, -6.0, 0.622459, 1.00001, 9.99996, 1e6, 999999.0, 999999.5, 123456.5, 123457.5, 1.0625]
    numbers += [1.0635, 0.1 + 0.2, 1e-4, 9.9999e-5, 9.99999e-5, 1.2346e-7, 5e-324, 1.7e308, 0.03125, 12345.25, 2.5]
    numbers += [1.1875 * 2.0**-k for k in range(40)] + [
        draw.gauss(0, 1) * 10.0 ** draw.uniform(-9, 9) for _ in range(300)
    ]
    leaves = [Value(x, f"x{i}") for i, x in enumerate(numbers)]
    opened = window(ag.explore(ag.total(leaves)))
    shown = opened.page.locator(".input .value").all_text_contents()
    assert shown == [f"x{i} = {number(x)}" for i, x in enumerate(numbers)]


def test_a_user_s_operation_is_translated_from_its_python_functions(window: Callable[..., Any]) -> None:
    before = dict(ag.TABLE)
    try:
        swish = ag.operation("swish", lambda x: x / (1.0 + math.exp(-x)), lambda x, z: ag.sigmoid(x) * (1.0 + x - z))
        x = Value(0.7, "x")
        opened = window(ag.explore(swish(x * 2)))
        assert opened.check == "ok"
        for at in (-3.0, 0.0, 2.5):
            values, _, adjoints = opened.recomputed({x: at})
            y = Value(at)
            z = swish(y * 2)
            z.backward()
            assert (agree(values[-1], z.data), agree(adjoints[0], y.grad)) == (True, True)
    finally:
        ag.TABLE.clear()
        ag.TABLE.update(before)
