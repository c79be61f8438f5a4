"""Random programs over the whole table: every way to a derivative agrees, and graphs survive replay and pickling."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
from typing import Any

import numpy as np
import pytest
from effort import scaled
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from samples import SAMPLES, same

import autograd as ag
from autograd import TABLE, DomainError, Interval, Op, Value
from autograd.derivatives import forward, reverse, stored
from autograd.value import Constant

OPERATIONS = [op for op in TABLE.values() if op.partials.__module__ == ag.ops.__name__]
NEVER_DIFFERENTIATED = {"softmax": [0], "lowered_power": [2]}
"""Operands that must be numbers: the index of the one, the order of the other."""

numbers = st.one_of(st.integers(-16, 16).map(lambda k: 0.25 * k), st.floats(0.1, 4.0), st.floats(-4.0, -0.1))
places = st.integers(0, 19)
operands = st.lists(st.one_of(places, places, places, numbers), min_size=6, max_size=6)
steps = st.lists(st.tuples(st.sampled_from(OPERATIONS), operands, st.integers(1, 6)), min_size=3, max_size=6)
each_operation = pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)


class Program:
    """A graph with its leaves, as drawn: each step an operation on earlier nodes and numbers."""

    def __init__(self, data: list[float], steps: list[tuple[Op, list[Any], int]]) -> None:
        self.leaves = [Value(x, f"x[{i}]") for i, x in enumerate(data)]
        nodes: list[Value] = list(self.leaves)
        for op, chosen, count in steps:
            count = op.arity or count + (op.name == "softmax")
            xs: list[Any] = [nodes[-1 - x % len(nodes)] if type(x) is int else x for x in chosen]
            xs = [fitted(x, op.domain[min(i, len(op.domain) - 1)]) for i, x in enumerate((xs * 2)[:count])]
            for i in NEVER_DIFFERENTIATED.get(op.name, []):
                xs[i] = 1.0 if count > 2 else 0.0
            try:
                node = op(*xs)
            except DomainError:  # x/0, or low > high
                continue
            if isinstance(node, Value):
                nodes.append(fitted(node, Interval(-100.0, 100.0)))
        self.output = ag.total(nodes[-4:])
        self.order = ag.topological_order(self.output)
        assume(all(math.isfinite(number) for node in self.order for number in (node.data, *node.partials)))

    def tolerance(self, x: Value) -> float:
        """What rounding may make of ∂output/∂x: an ulp a node of the sum of the paths' sizes."""
        sizes = reverse({self.output: 1.0}, lambda node: [abs(partial) for partial in node.partials])
        return len(self.order) * 2.0**-51 * sizes.get(x, 0.0)


def fitted(x: Any, interval: Interval) -> Any:
    """`x` if it lies well within the interval, else something that does and depends on it."""
    low = interval.low if math.isfinite(interval.low) else min(-3.0, interval.high - 3.0)
    high = interval.high if math.isfinite(interval.high) else max(3.0, interval.low + 3.0)
    margin = 0.05 * (high - low)
    return x if low + margin <= x <= high - margin else 0.5 * (low + high) + (0.4 * (high - low)) * ag.tanh(x)


programs = st.builds(Program, st.lists(numbers, min_size=1, max_size=4), steps)


def programs_with(op: Op) -> st.SearchStrategy[Program]:
    """Programs in which `op` comes second, under operations that may be anything."""

    def with_op(data: list[float], steps: list[Any], operands: list[Any], count: int) -> Program:
        program = Program(data, [steps[0], (op, operands, count), *steps[1:]])
        assume(any(node.op is op for node in program.order))
        return program

    return st.builds(with_op, st.lists(numbers, min_size=1, max_size=3), steps, operands, st.integers(1, 6))


def structure(output: Value) -> list[tuple[object, ...]]:
    order = ag.topological_order(output)
    places = {id(node): i for i, node in enumerate(order)}
    return [
        (
            type(x),
            x.op,
            x.data.hex(),
            x.grad.hex(),
            x.label,
            [p.hex() for p in x.partials],
            [places[id(y)] for y in x.operands],
        )
        for x in order
    ]


@each_operation
@settings(max_examples=max(2, scaled(4)))  # the first is the simplest
@given(st.data())
def test_every_way_to_the_first_derivative_agrees(op: Op, data: st.DataObject) -> None:
    program = data.draw(programs_with(op))
    output, order, leaves = program.output, program.order, program.leaves
    output.backward()
    backward = [x.grad for x in leaves]
    recorded = [slope.data for slope in ag.gradient(output, leaves)]
    assert recorded == [reverse({output: 1.0}, stored).get(x, 0.0) for x in leaves]
    again = ag.replay(output, {})
    again.backward()
    copies = {x.label: x.grad for x in ag.leaves(again)}
    for x, slope, value in zip(leaves, backward, recorded, strict=True):
        tolerance = program.tolerance(x)
        tangent = forward(order, {x: 1.0}, stored).get(output, 0.0)
        assert tangent == pytest.approx(slope, rel=0, abs=tolerance)
        assert value == pytest.approx(slope, rel=0, abs=tolerance)
        assert ag.paths(output, x).total == pytest.approx(slope, rel=0, abs=tolerance)
        assert copies.get(x.label, 0.0) == slope


@settings(max_examples=scaled(40))
@given(programs)
def test_the_functions_agree_with_the_graph(program: Program) -> None:
    def f(*xs: Any) -> Any:
        return ag.replay(program.output, {x: new for x, new in zip(program.leaves, xs, strict=True) if x in used})

    used = set(ag.leaves(program.output))
    program.output.backward()
    point = tuple(x.data for x in program.leaves)
    value, slopes = ag.value_and_grad(f)(*point)
    assert value == program.output.data
    assert np.atleast_1d(slopes) == pytest.approx([x.grad for x in program.leaves], rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("order", [1, 2])
@settings(max_examples=scaled(60))
@given(programs)
def test_the_check_of_derivatives_has_nothing_to_complain_of(order: int, program: Program) -> None:
    assume(ag.leaves(program.output))
    check = ag.gradcheck(program.output, order=order)
    assert check, str(check)


@settings(max_examples=scaled(150))
@given(programs)
def test_a_hessian_is_symmetric(program: Program) -> None:
    slopes = ag.gradient(program.output, program.leaves)
    order = ag.topological_order(*slopes)
    assume(all(math.isfinite(number) for node in order for number in (node.data, *node.partials)))
    columns = [forward(order, {x: 1.0}, stored) for x in program.leaves]
    sizes = [forward(order, {x: 1.0}, lambda node: [abs(partial) for partial in node.partials]) for x in program.leaves]
    for i in range(len(slopes)):
        for j in range(i):
            upper, lower = columns[j].get(slopes[i], 0.0), columns[i].get(slopes[j], 0.0)
            size = sizes[j].get(slopes[i], 0.0) + sizes[i].get(slopes[j], 0.0)
            assert upper == pytest.approx(lower, rel=0, abs=1e-12 * size)


@settings(max_examples=scaled(40))
@given(programs, st.sampled_from([copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]))
def test_pickling_and_copying_keep_every_bit(program: Program, way: Any) -> None:
    program.output.backward()
    again, leaves = way((program.output, program.leaves))
    assert structure(again) == structure(program.output)
    again.backward()
    program.output.backward()
    assert structure(again) == structure(program.output)
    assert [x.grad for x in leaves] == [x.grad for x in program.leaves]


@each_operation
def test_a_rule_put_to_values_gives_what_it_gave_on_floats(op: Op) -> None:
    """At zeros, infinities, nan and the ends of the floats too; and the second order is defined there."""
    for count in [op.arity] if op.arity else [1 + (op.name == "softmax"), 3]:
        for data in itertools.product(SAMPLES if count < 3 else SAMPLES[::2], repeat=count):
            operands = [Value(x) for x in data]
            for i in NEVER_DIFFERENTIATED.get(op.name, []):
                operands[i] = Constant(0.0)
            try:
                node = op(*operands)
            except DomainError:
                continue
            slopes = ag.gradient(node, operands)
            for x, slope, partial in zip(operands, slopes, node.partials, strict=True):
                assert x.constant or same(slope.data, partial) or slope.data == partial == 0.0
            for slope in slopes:
                assert all(type(second.data) is float for second in ag.gradient(slope, operands))
