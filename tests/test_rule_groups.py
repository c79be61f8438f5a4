"""Checks of many applications at once: the findings, and the faults found, are those of the checks one by one."""

from __future__ import annotations

import copy
import math
import pickle
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from battery import SHAPES, applied, decided, facts
from effort import IS_THOROUGH, scaled, thorough
from faults import faulty

import autograd as ag
from autograd import TABLE, Op, Value, ops
from autograd.checking import consistency
from autograd.checking.report import Check
from autograd.checking.rule_groups import GroupedRules
from autograd.checking.rules import RuleHistory, check_partials
from autograd.checking.sampling import FlatGraph
from autograd.checking.verdict import Finding, Findings, remarkable
from autograd.domains import interval_of
from autograd.value import node

COUNT = 24
"""How often an operation is applied: more than `MIN_APPLICATIONS`."""
GROUPED = [op for op in TABLE.values() if op.arity is not None]


def one_by_one(monkeypatch, output: Value, **options: Any) -> Check:
    """Check a graph without groups."""
    with monkeypatch.context() as patched:
        patched.setattr(consistency, "MIN_NODES_GROUPED", math.inf)
        return ag.gradcheck(output, **options)


def require_same(grouped: Check, single: Check) -> None:
    """Require that two checks say the same of every partial, and in the report."""
    assert [facts(x) for x in grouped.edges] == [facts(x) for x in single.edges]
    assert [facts(x) for x in grouped.values] == [facts(x) for x in single.values]
    assert len(grouped.edges) == len(single.edges)
    assert str(grouped) == str(single)
    assert bool(grouped) == bool(single)


def operand(op: Op, slot: int, draw: random.Random) -> float:
    """Draw an operand: ordinary, whole, small, large, or at the end of the domain."""
    interval = interval_of(op.domain, slot)
    low, high = interval.low, interval.high
    size = draw.choice((1.0, 1.0, 1.0, 1e-4, 1e3, 1e12, 1e13))
    if low > -math.inf and high < math.inf:
        x = draw.uniform(low, high)
    elif low > -math.inf:
        x = low + draw.expovariate(1.0) * size
    else:
        x = min(high, draw.gauss(0.0, 1.0) * size)
    return float(round(x)) if draw.random() < 0.1 else x


def applications(op: Op, draw: random.Random, count: int = COUNT, at: Callable[..., float] = operand) -> list[Value]:
    """Apply an operation to random operands, some of them numbers, where it has a value."""
    results: list[Value] = []
    for _ in range(20 * count):
        operands: list[Any] = [at(op, slot, draw) for slot in range(op.arity or 3)]
        operands = [x if k and draw.random() < 0.2 else Value(x) for k, x in enumerate(operands)]
        try:
            y = op(*operands)
        except (ArithmeticError, ValueError):
            continue
        results.append(y)
        if len(results) == count:
            break
    return results


@pytest.mark.parametrize("seed", range(scaled(7)))
def test_groups_say_what_single_checks_say(monkeypatch, seed):
    draw = random.Random(seed)
    chosen = GROUPED if IS_THOROUGH else draw.sample(GROUPED, 8)
    results = [y for op in chosen for y in applications(op, draw)]
    draw.shuffle(results)
    C = ag.total(results).named("C")
    check = ag.gradcheck(C)
    require_same(check, one_by_one(monkeypatch, C))
    if seed == 0:
        # Extreme operands are left to single checks.
        assert len(remarkable(check.edges)) < 0.7 * len(check.edges)


def ordinary(op: Op, slot: int, draw: random.Random) -> float:
    """Draw an operand well within the domain, other than those of the other slots."""
    interval = interval_of(op.domain, slot)
    low, high = max(interval.low, -2.0 + slot), min(interval.high, 2.0 + slot)
    return draw.uniform(low + 0.1 * (high - low), high - 0.1 * (high - low))


def factor(scale: float) -> Callable[[Op, float], Callable[..., Any]]:
    """Return a rule with all partials multiplied."""

    def multiplied(op: Op, special: float) -> Callable[..., Any]:
        def rule(*args: Any) -> tuple[Any, ...]:
            return tuple(scale * p for p in op.rule(args[:-1], args[-1]))

        return rule

    return multiplied


def zero_at(op: Op, special: float) -> Callable[..., Any]:
    """Return a rule that gives 0 at one first operand alone."""

    def rule(*args: Any) -> tuple[Any, ...]:
        is_special = float(getattr(args[0], "data", args[0])) == special
        return tuple(0.0 if is_special else p for p in op.rule(args[:-1], args[-1]))

    return rule


def swapped(op: Op, special: float) -> Callable[..., Any]:
    """Return a rule with the partials of two operands exchanged, or with that of 1 − x for a single one."""

    def rule(*args: Any) -> tuple[Any, ...]:
        partials = op.rule(args[:-1], args[-1])
        return (*partials[1::-1], *partials[2:]) if len(partials) > 1 else (partials[0] * args[0],)

    return rule


MISTAKES = {
    "twice": factor(2.0),
    "negative": factor(-1.0),
    "1 in a million": factor(1.0 + 1e-6),
    "zero at one operand": zero_at,
    "swapped": swapped,
}


def net(draw: random.Random, inputs: list[Value], size: int) -> Value:
    """Return a graph of so many sums, products and tanh of the inputs and of each other."""
    nodes = list(inputs)
    for _ in range(size):
        x, y = draw.choice(nodes[-40:]), draw.choice(nodes[-40:])
        nodes.append(draw.choice((x + y, x * 0.3, ag.tanh(x), ag.relu(x) - y)))
    return ag.total(nodes[-40:]).named("C")


def require_found(monkeypatch, op: Op, mistake: str, size: int) -> None:
    """Require that a wrong rule in the middle of a graph is found, named, and no other is blamed."""
    draw = random.Random(f"{op.name} {mistake}")
    inputs = [Value(draw.uniform(-1.0, 1.0)) for _ in range(10)]
    special = ordinary(op, 0, draw)
    wrong = replace(op, partials=MISTAKES[mistake](op, special))
    results = applications(wrong, draw, at=ordinary)
    operands = [special, *(ordinary(op, slot, draw) for slot in range(1, op.arity or 1))]
    results.insert(12, wrong(*map(Value, operands)))
    middle = [ag.tanh(x) for x in inputs] + results
    C = net(draw, middle, size)
    # The middle need not be reached otherwise.
    C = ag.total([C, *results]).named("C")
    check, single = ag.gradcheck(C), one_by_one(monkeypatch, C)
    blamed = [x for x in check.edges if x.verdict == "fail"]
    require_same(check, single)
    right = [op.rule([x.data for x in y.operands], y.data) for y in results]
    is_wrong = any(
        not x.constant and p != q
        for y, partials in zip(results, right, strict=True)
        for x, p, q in zip(y.operands, y.partials, partials, strict=True)
    )
    assert {x.node.op for x in blamed} == ({wrong} if is_wrong else set())
    assert bool(check) != is_wrong


@pytest.mark.parametrize("mistake", MISTAKES)
def test_wrong_rule_among_many_nodes_is_found(monkeypatch, mistake):
    draw = random.Random(mistake)
    for op in draw.sample(GROUPED, 1):
        require_found(monkeypatch, op, mistake, 60)


@thorough
@pytest.mark.parametrize(("op", "mistake"), list(zip(GROUPED, 12 * list(MISTAKES), strict=False)), ids=str)
def test_wrong_rule_of_any_operation_among_thousands_of_nodes_is_found(monkeypatch, op, mistake):
    require_found(monkeypatch, op, mistake, 3000)


def test_rule_of_any_number_of_arguments_gets_a_hint():
    """Hints name the operands themselves where the rule has one name for all of them."""
    wrong = replace(TABLE["exp"], partials=lambda *args: (1.0 + args[-1],))
    assert ag.gradcheck(wrong(Value(0.5))).edges[0].hint == "the rule is 1 + z, where z would hold"


def test_first_application_without_a_change_is_examined_elsewhere(monkeypatch):
    """A rule that gives 0 agrees wherever the operation is flat; other operands show that it is wrong."""
    dead = faulty("relu", lambda x, z: 0.0 * x)
    C = ag.total([dead(Value(-1.0 - k)) for k in range(80)]).named("C")
    check = ag.gradcheck(C)
    assert [x.slot for x in check.edges if x.verdict == "fail"] == [0]
    assert check.edges[0].verdict == "fail"
    require_same(check, one_by_one(monkeypatch, C))


@pytest.mark.parametrize("first", ["line", "curve"])
def test_operation_curved_elsewhere_is_not_taken_as_linear(monkeypatch, first):
    """Two secants suffice until an operation turns out to be curved in that operand."""
    line, curve = [1.0 + k for k in range(40)], [-0.1 - k / 40.0 for k in range(40)]
    xs = [*line, *curve, *line] if first == "line" else [*curve, *line]
    unlabelled = Op(
        "bend",
        lambda x: x if x >= 0.0 else math.expm1(x),
        lambda x, z: ag.where(ops.step(x), 1.0, ag.exp(x)),
        1,
    )
    C = ag.total([unlabelled(Value(x)) for x in xs]).named("C")
    check = ag.gradcheck(C)
    evaluations = [x.difference.evaluations for x in check.edges][: len(xs)]
    assert [n == 2 for n in evaluations] == [first == "line" and k < 40 for k in range(len(xs))]
    require_same(check, one_by_one(monkeypatch, C))


def test_operation_that_gives_now_this_now_that_is_found(monkeypatch):
    """An application that differs from its record is not called again, because it might agree by then."""
    calls = []
    moody = Op("moody", lambda x: calls.append(x) or 2.0 * x + 1e-9 * (len(calls) % 2), lambda x, z: 2.0, 1)
    xs = [Value(0.1 * k) for k in range(1, 81)]
    ys = [moody(x) for x in xs]
    calls[:] = [0.0]
    check = ag.gradcheck(ag.total(ys))
    assert len(check.values) == 80
    assert all(x.node.op is moody for x in check.values)


@pytest.mark.parametrize("position", [0, 50, 99] if IS_THOROUGH else [50])
def test_one_wrong_record_among_many_is_named(monkeypatch, position):
    draw = random.Random(position)
    xs = [Value(draw.uniform(0.5, 2.0)) for _ in range(101)]
    products = [x * y for x, y in pairwise(xs)]
    x, y = products[position].operands
    z, up = x.data * y.data, math.nextafter
    off_by_a_bit = [((y.data, up(x.data, 9.0)), z), ((y.data, x.data), up(z, 9.0))]
    for partials, data in (((y.data, x.data * 1.01), z), ((y.data, x.data), z * 1.01), *off_by_a_bit):
        altered = [*products]
        altered[position] = node(ops.mul, data, [x, y], partials)
        C = ag.total(altered).named("C")
        check = ag.gradcheck(C)
        wrong = [z for z in (*check.values, *check.edges) if z.verdict == "fail"]
        assert [z.node for z in wrong if z.node.op is ops.mul] == [altered[position]]
        require_same(check, one_by_one(monkeypatch, C))


def raising(x: float) -> float:
    if x > 90.0:
        raise KeyError("no entry")
    return x * x


FORWARDS = {
    "int": lambda x: x * x if x < 40.0 else 4,
    "NumPy's float": lambda x: np.float64(x) * x,
    "single precision": lambda x: np.float32(x * x),
    "raises": raising,
    "overflows": lambda x: x * x if x < 90.5 else math.exp(1e4),
}


@pytest.mark.parametrize("forward", FORWARDS)
def test_unusual_results_are_left_to_single_checks(monkeypatch, forward):
    op = Op("unusual", FORWARDS[forward], lambda x, z: 2.0 * x, 1)
    xs = [Value(float(x)) for x in (0.5, 1.0, 2.0, 3.0, 41.5, 89.0, 90.0, *range(4, 15))]
    xs[3].data = np.float32(0.75)
    C = ag.total([op(x) * 0.5 + x * x for x in xs]).named("C")
    try:
        single = one_by_one(monkeypatch, C)
    except KeyError:
        with pytest.raises(KeyError):
            ag.gradcheck(C)
        return
    require_same(ag.gradcheck(C), single)


def test_findings_are_a_sequence_of_which_plain_passes_are_made_late():
    x = Value(0.5, "x")
    check = ag.gradcheck(ag.total([x * (1.0 + k) for k in range(80)]))
    edges = check.edges
    assert isinstance(edges, Findings)
    assert (len(edges), len(list(edges)), edges[-1].node.op.name) == (160, 160, "total")
    assert edges[0] is next(iter(edges))
    assert edges[:2] == [edges[0], edges[1]]
    assert edges == list(edges)
    assert edges != edges[1:]
    assert repr(edges) == repr(list(edges))
    assert [x.verdict for x in pickle.loads(pickle.dumps(edges))] == ["pass"] * 160
    assert type(copy.copy(edges)) is list
    assert [x.node.op.name for x in remarkable(edges)] == ["total"] * 80
    assert remarkable([1, 2]) == [1, 2]
    assert check
    assert bool(check.strict())


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize("number", [np.float32(0.75), np.float64(0.75), 1])
def test_leaf_set_to_another_type_within_a_group(monkeypatch, slot, number):
    """An assignment to `data` keeps the type. Operations compute with it, so this one is checked by itself.

    The compiled engine keeps floats alone.
    """
    draw = random.Random(slot)
    pairs = [[Value(draw.uniform(0.5, 2.0)) for _ in range(2)] for _ in range(COUNT)]
    pairs[5][slot].data = number
    results = [ops.div(*pair) for pair in pairs]
    C = ag.total(results).named("C")
    require_same(ag.gradcheck(C), one_by_one(monkeypatch, C))
    graph = FlatGraph(C)
    left = set(GroupedRules(graph, 1e-9).remaining(RuleHistory()))
    assert [i for i, y in enumerate(results) if graph.positions[id(y)] in left] == ([] if ag.compiled else [5])


@pytest.mark.usefixtures("unchanged_table")
def test_many_flat_applications_of_value_0_hold_after_few_calls():
    """The secants are equal, and no derivative contributes to the direction through all leaves."""
    calls = []
    flat = ag.operation("flat", lambda x: calls.append(x) or 0.0, lambda x, z: 0.0, branch=lambda x: 0.0)
    count = scaled(2000)
    output = ag.total([flat(Value(0.1 * k + 0.3)) * Value(1.0 + k) for k in range(count)])
    calls.clear()
    check = ag.gradcheck(output)
    assert check, str(check)
    assert len(calls) < 30 * count


@pytest.mark.parametrize("seed", range(scaled(7)))
def test_hard_functions_that_groups_decide_have_the_findings_of_single_checks(seed):
    graph = FlatGraph(*(y for kind in SHAPES for y in applied(kind, seed, 16)))
    positions = set(decided(graph))
    one_by_one, together = RuleHistory(), RuleHistory()

    def found(i: int, history: RuleHistory) -> list[Finding]:
        return list(check_partials(graph.order[i], i + 1, 1e-9, history)) if i in positions else []

    with np.errstate(all="ignore"):
        groups = GroupedRules(graph, 1e-9)
        others = {i: found(i, together) for i in groups.remaining(together)}
        single = [x for i in range(len(graph.order)) for x in found(i, one_by_one)]
    assert [facts(x) for x in groups.findings(others)] == [facts(x) for x in single]
    assert together == one_by_one
    assert sum(map(len, others.values())) < 0.1 * len(single)


@pytest.mark.parametrize("count", [63, 64])
def test_graph_of_sixty_four_operations_is_checked_by_groups(count):
    x = Value(0.5, "x")
    nodes = [x * (1.0 + k) for k in range(count - 1)]
    assert isinstance(ag.gradcheck(ag.total(nodes)).edges, Findings) is (count == 64)
