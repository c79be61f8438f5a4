"""Graphs that are deep, wide or many: nothing recurses, nothing is left behind, threads do not meet."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Callable

import pytest
from effort import scaled, thorough
from samples import chain, olah
from threads import at_once

import autograd as ag
from autograd import TABLE, DomainError, Value
from autograd.expressions import evaluate
from benchmarks.memory import Unmeasured, resident


class TestSize:
    @thorough
    def test_a_long_chain_is_built_differentiated_sliced_counted_and_freed(self) -> None:
        x, y = chain(10**6 if ag.compiled else scaled(10**6))
        y.backward()
        assert (y.data, x.grad) == (3.0, 1.0)
        found = ag.paths(y, x)  # slices first
        assert (found.count, found.total) == (1, 1.0)
        del y, found
        assert x.data == 3.0

    def test_300000_uses_of_one_node_add_up_exactly(self) -> None:
        x = Value(1.0)
        shared = x * 2
        root = ag.total([shared] * 150_000 + [shared + shared] * 75_000)
        root.backward()
        assert (shared.grad, x.grad) == (300_000, 600_000)
        assert len(ag.topological_order(root)) == 5

    def test_a_node_used_by_300000_consumers_waits_for_the_last(self) -> None:
        x = Value(1.0)
        shared = x * 2
        count = 300_000 if ag.compiled else scaled(300_000)
        root = ag.total([-shared for _ in range(count)])
        root.backward()
        assert (shared.grad, x.grad) == (-count, -2 * count)

    @pytest.mark.parametrize("name", ["logsumexp", "hypot", "total"])
    def test_operation_on_100000_operands_is_linear(self, name: str) -> None:
        """Partials one by one, each from all operands, would take 10¹⁰ steps: half an hour."""
        xs = [Value(1.0) for _ in range(100_000)]
        z = TABLE[name](*xs)
        z.backward()
        assert {x.grad for x in xs} == set(z.partials) == {TABLE[name].slopes((1.0,) * 100_000, z.data)[0]}
        slope = {"logsumexp": 1e-5, "hypot": 10.0**-2.5, "total": 1.0}[name]
        assert xs[0].grad == pytest.approx(slope, rel=1e-15)

    def test_expression_of_100000_terms_is_evaluated(self) -> None:
        count = scaled(100_000)
        y = evaluate("y = logsumexp(" + ", ".join(["x"] * count) + ")", {"x": 2.0}).output
        assert y.data == pytest.approx(2.0 + math.log(count), rel=1e-15)

    def test_gradients_double_at_each_of_60_diamonds(self) -> None:
        x = y = Value(1.0)
        for _ in range(60):
            y = y + y
        y.backward()
        assert x.grad == 2**60


class TestMemory:
    def test_20000_training_steps_leave_nothing_for_the_cycle_collector(self) -> None:
        w, b = Value(0.1, "w"), Value(0.0, "b")

        def step(i: int) -> None:
            cost = (ag.sigmoid(ag.dot([w, w], [0.5, i % 3], b)) - 1) ** 2
            w.grad = b.grad = 0.0
            cost.backward()
            w.data -= 0.1 * w.grad
            b.data -= 0.1 * b.grad

        grown, garbage = _left_behind(step, 20_000)
        assert garbage == 0
        assert grown < 20  # coverage may keep a few objects of its own
        assert w.grad != 0.0

    @pytest.mark.parametrize(
        "use",
        [
            lambda i: ag.hessian(lambda x, y: ag.sin(x * y))(1.0, i),
            lambda i: ag.jvp(lambda x: [ag.exp(x), x], 1.0, Value(2.0)),
            lambda i: ag.grad(ag.grad(ag.tanh))(0.01 * i),
            lambda i: list(ag.paths(olah()[-1], Value(1.0))),
            lambda i: ag.paths(*olah()[:0:-3]).largest(1),
            lambda i: ag.replay(Value(1.0) * 2, {}),
            lambda i: _domain_error(),
        ],
        ids=["hessian", "jvp", "grad", "paths", "largest", "replay", "DomainError"],
    )
    def test_nothing_else_makes_cycles(self, use: Callable[[int], object]) -> None:
        assert _left_behind(use, 100) == (0, 0)

    def test_a_graph_is_freed_when_its_output_is(self) -> None:
        gc.collect()
        gc.disable()
        try:
            before = sys.getallocatedblocks()  # nodes of the compiled engine are not tracked by the collector
            _, y = chain(1000)
            assert sys.getallocatedblocks() >= before + 1000
            y.backward()
            del y, _
            assert sys.getallocatedblocks() <= before + 200  # free lists
        finally:
            gc.enable()

    def test_the_memory_of_a_graph_serves_the_next(self) -> None:
        """Results of two operands have an allocator of their own, see native/blocks.h."""

        def build(length: int) -> None:
            y = Value(1.0)
            for _ in range(length):
                y = y * 1.0

        try:
            build(10**5)
            before = resident()
            for i in range(30 if ag.compiled else 3):
                build(10**5 - 1000 * i)
            assert resident() - before < 3e6  # 2.5e8, if it did not
        except Unmeasured as error:
            pytest.skip(str(error))

    def test_holes_in_the_memory_of_graphs_are_filled(self) -> None:
        x = Value(2.0)
        count = 50_000 if ag.compiled else scaled(50_000)
        kept = [x * float(i) for i in range(count)]
        for size in (2, 3, 50):
            kept = [node if i % size else x * node.data for i, node in enumerate(kept)]
            others = [x + 1.0 for _ in range(count)]
            assert all(node.data % 2.0 == 0.0 and node.operands[0] is x for node in kept)
            assert all(node.data == 3.0 for node in others)


def _domain_error() -> str:
    try:
        ag.log(Value(-1.0))
    except DomainError as error:
        return str(error)
    raise AssertionError("log(−1) has a value")


def _left_behind(step: Callable[[int], object], times: int) -> tuple[int, int]:
    """How many objects `times` steps leave behind with the cycle collector off, and how many it then finds."""
    gc.freeze()  # what other tests have left is not looked at again
    for i in range(20):
        step(i)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for i in range(times):
            step(i)
        return len(gc.get_objects()) - before, gc.collect()
    finally:
        gc.enable()


def test_eight_threads_agree_with_one_to_the_last_bit() -> None:
    def work(seed: int) -> list[float]:
        found: list[float] = []
        for i in range(200):
            x, y = Value(0.1 + seed), Value(0.01 * i)
            z = ag.sigmoid(x * y) / (y + 1)
            for _ in range(5):
                z = ag.tanh(z + x) * z
            z.backward()
            found += [z.data, x.grad, y.grad, ag.grad(ag.grad(ag.sin))(x.data)]
        return found

    assert at_once(work, range(8)) == [work(seed) for seed in range(8)]
