"""The gradient checker on graphs whose record or whose sweep is wrong: found, named, and told from a wrong rule."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from effort import scaled
from faults import RECORDS, SWEEPS, changed_after

import autograd as ag
from autograd import Value
from autograd.checking import consistency
from autograd.checking.consistency import (
    AdjointSums,
    Pair,
    RecordedGraph,
    _pair,
    compare_pairs,
    rounding_error,
    subset_with_sum,
)
from autograd.checking.function import AnalyticEntry, Output
from autograd.checking.verdict import smallest_float
from autograd.derivatives import forward, reverse, stored
from autograd.value import node, topological_order


def diamond() -> tuple[Value, Value]:
    """A graph with a node that is used three times, twice by one consumer; its label is s."""
    x, y = Value(0.7, "x"), Value(1.3, "y")
    s = (x * y).named("s")
    return ((s * s).named("square") + ag.tanh(s) * x).named("C"), s


@pytest.mark.parametrize("fault", RECORDS)
def test_a_record_that_does_not_hold_is_found_and_its_operation_named(fault):
    build, name = RECORDS[fault]
    check = ag.gradcheck(build(Value(0.5, "x"), Value(2.0, "y")).named("C"))
    assert not check
    wrong = [found for found in (*check.values, *check.edges) if found.verdict == "fail"]
    assert {found.node.op.name for found in wrong} == {name}


def test_a_leaf_changed_after_recording_is_named_by_what_it_went_into():
    check = ag.gradcheck(changed_after(Value(0.5, "x"), Value(2.0, "y")))
    assert {found.node.op.name for found in check.values} == {"mul"}
    assert {found.verdict for found in check.leaves} == {"undecided"}
    assert all(math.isnan(found.differences) and found.error == math.inf for found in check.leaves)


@pytest.mark.skipif(ag.compiled, reason="the compiled engine's methods cannot be replaced")
@pytest.mark.parametrize("sweep", SWEEPS)
def test_a_wrong_backward_is_found_however_right_the_rules_are(monkeypatch, sweep):
    C, _ = diamond()
    assert ag.gradcheck(C)
    monkeypatch.setattr(Value, "backward", sweep)
    check = ag.gradcheck(C)
    assert not check
    assert [found.source for found in check.sweeps] == ["backward"]
    assert all(found.holds for found in (*check.leaves, *check.edges))
    assert "a sweep does not add up the partials on the edges:" in str(check)


@pytest.mark.skipif(ag.compiled, reason="the compiled engine's methods cannot be replaced")
def test_the_first_node_that_is_wrong_is_named_with_the_uses_that_are_counted(monkeypatch):
    C, _ = diamond()
    monkeypatch.setattr(Value, "backward", SWEEPS[1])
    [found] = ag.gradcheck(C).sweeps
    assert found.name == "∂C/∂s (node 3)"
    assert "only 2 of 3 uses are counted" in found.remark()


def test_a_wrong_reverse_mode_is_told_from_a_wrong_rule(monkeypatch):
    def forgetful(seeds, partials, order=None):
        found = reverse(seeds, partials, order)
        return {x: 0.5 * adjoint if x.label == "s" else adjoint for x, adjoint in found.items()}

    C, _ = diamond()
    monkeypatch.setattr(consistency, "reverse", forgetful)
    [found] = ag.gradcheck(C).sweeps
    assert (found.source, found.name) == ("reverse", "∂C/∂s (node 3)")

    def doubling(seeds, partials, order=None):
        return {x: 2.0 * adjoint if x.op is None else adjoint for x, adjoint in reverse(seeds, partials, order).items()}

    monkeypatch.setattr(consistency, "reverse", doubling)
    check = ag.gradcheck(C)
    assert "the sweep does not add them up" in str(check)
    assert not [found for found in check.edges if not found.holds]


def test_a_wrong_forward_mode_is_found_at_the_first_node_where_it_goes_wrong(monkeypatch):
    C, s = diamond()

    def forgetful(order, tangents, partials):
        found = forward(order, tangents, partials)
        return {x: 1.1 * tangent if x.label == "s" else tangent for x, tangent in found.items()}

    monkeypatch.setattr(consistency, "forward", forgetful)
    [found] = ag.gradcheck(C).sweeps
    assert (found.source, found.name, found.node) == ("forward", "s along a direction", s)


@pytest.mark.parametrize("part", [1e-13, -1e-12, 1e-9])
def test_a_sweep_is_held_to_rounding(monkeypatch, part):
    def slightly_off(seeds, partials, order=None):
        found = reverse(seeds, partials, order)
        return {x: adjoint * (1.0 + part) if x.label == "s" else adjoint for x, adjoint in found.items()}

    C, _ = diamond()
    monkeypatch.setattr(consistency, "reverse", slightly_off)
    assert [found.source for found in ag.gradcheck(C).sweeps] == ["reverse"]


def test_a_sweep_that_differs_by_rounding_alone_is_not_blamed():
    x = Value(0.1, "x")
    terms = [x * (1e16 if k % 2 else -1e16) + x / (k + 1.0) for k in range(40)]
    assert ag.gradcheck(ag.total(terms)).sweeps == []
    y = Value(1.0, "y")
    for _ in range(300):
        y = y * 1.1 - x * y
    assert ag.gradcheck(y).sweeps == []


def test_infinite_and_absent_adjoints_are_no_fault_of_a_sweep():
    x = Value(0.0, "x")
    assert ag.gradcheck(ag.sqrt(x) * 2.0).sweeps == []
    assert ag.gradcheck(ag.sqrt(x * 1.0) + ag.sqrt(x)).sweeps == []
    assert ag.gradcheck(ag.where(1.0, x, ag.sqrt(x))).sweeps == []


def test_gradients_are_put_back_though_a_sweep_raises(monkeypatch):
    C, s = diamond()
    C.grad, s.grad = 5.0, 7.0
    ag.gradcheck(C, order=2)
    assert (C.grad, s.grad) == (5.0, 7.0)
    if not ag.compiled:

        def raising(self):
            raise RuntimeError("no")

        monkeypatch.setattr(Value, "backward", raising)
        with pytest.raises(RuntimeError):
            ag.gradcheck(C)
        assert (C.grad, s.grad) == (5.0, 7.0)


# --- sums over all paths, and the selections that a wrong one may be


def tangle(draw: random.Random) -> Value:
    """A graph whose nodes are used several times, with constants in it."""
    nodes = [Value(draw.uniform(0.5, 2.0), f"x{k}") for k in range(3)]
    for k in range(12):
        x, y = draw.choice(nodes[-5:]), draw.choice(nodes)
        nodes.append([x + y, x * y, x - 0.3 * y, ag.sin(x), ag.dot([x, y], [2.0, x], 1.0)][draw.randrange(5)])
        if draw.random() < 0.5:
            nodes[-1].named(f"n{k}")
    return (nodes[-1] * nodes[-2]).named("C")


@pytest.mark.parametrize("seed", range(scaled(40)))
def test_wrong_adjoint_is_reported_with_all_that_is_known_of_it(seed):
    draw = random.Random(seed)
    C = tangle(draw)
    order = topological_order(C)
    places = {id(node): place for place, node in enumerate(order)}
    right = dict(reverse({C: 1.0}, stored, order))
    sums = AdjointSums(C, order)
    called = Output("C")
    assert list(sums.check({"right": right}, called, places)) == []
    assert list(sums.check({"right": right | {x: 7.0 for x in order if x.constant}}, called, places)) == []
    wrong = draw.choice([x for x in order if not x.constant and right.get(x, 0.0)])
    for got in (0.0, 3.0 * right[wrong], -right[wrong], math.nan, math.inf):
        [found] = sums.check({"right": right, "other": right | {wrong: got}}, called, places)
        assert (found.node, found.source, found.against) == (wrong, "other", "sum over its uses")
        assert (found.verdict, found.position, found.holds) == ("fail", places[id(wrong)] + 1, False)
        assert found.engine is got
        assert math.isclose(found.differences, right[wrong], rel_tol=1e-12)
        assert 0.0 < found.error <= 1e-12 * sums.gross[id(wrong)]
        assert f"(node {found.position})" in found.name
        assert found.name.startswith(f"∂C/∂{wrong.label}" if wrong.label in ("C", "x0") else "∂C/∂")
        assert repr(got) in found.cells[1]
        assert repr(found.differences) in found.cells[2]
        if not 0.0 < abs(got) < math.inf:
            assert found.reason == "not the sum of what its uses add"
        if math.isfinite(got):
            assert math.isclose(found.agreement, {0.0: 1.0, 3.0 * right[wrong]: 2.0 / 3.0}.get(got, 2.0), rel_tol=1e-6)


def edges(order: list[Value]) -> int:
    """Count the summands of a sweep: operands that can vary, with partials other than 0."""
    return sum(p != 0.0 and not x.constant for z in order for x, p in zip(z.operands, z.partials, strict=True))


@pytest.mark.parametrize("seed", range(scaled(40)))
def test_rounding_of_a_sweep_is_that_of_its_summands(seed):
    C = tangle(random.Random(seed))
    order = topological_order(C)
    assert AdjointSums(C, order).rounding == 2.0**-52 * (8 + edges(order))


@pytest.mark.parametrize("seed", range(scaled(40)))
def test_wrong_tangent_is_reported_with_all_that_is_known_of_it(monkeypatch, seed):
    draw = random.Random(seed)
    C = tangle(draw)
    order = topological_order(C)
    right = {}
    wrong = None

    def mistaken(order, tangents, partials):
        right.update(forward(order, tangents, partials))
        return {x: tangent + (1.0 if x is wrong else 0.0) for x, tangent in right.items()}

    monkeypatch.setattr(consistency, "forward", mistaken)
    assert not ag.gradcheck(C).sweeps
    # Other nodes have no tangent: a partial is 0, or the tangents of their operands cancel.
    wrong = draw.choice([x for x in right if x.op is not None])
    [found] = ag.gradcheck(C).sweeps
    position = next(i for i, x in enumerate(order, 1) if x is wrong)
    assert (found.node, found.position, found.source, found.verdict) == (wrong, position, "forward", "fail")
    assert found.name == f"{wrong.label or f'node {position}'} along a direction"
    assert found.engine == right[wrong] + 1.0
    assert found.differences == pytest.approx(right[wrong], rel=1e-12, abs=1e-12)
    assert found.difference.swing == abs(found.differences)
    leaves = [x for x in order if x.op is None and not x.constant]
    sizes = dict(forward(order, dict.fromkeys(leaves, 1.0), lambda x: [abs(p) for p in x.partials]))
    assert found.error == pytest.approx(2.0**-52 * (8 + edges(order)) * sizes[wrong], rel=1e-9, abs=0.0)


@pytest.mark.parametrize("seed", range(scaled(200)))
def test_selection_is_found_where_one_makes_the_total(seed):
    draw = random.Random(seed)
    count = draw.randint(2, 6)
    terms = [draw.choice((-1.0, 1.0)) * draw.uniform(0.1, 10.0) for _ in range(count)]
    some = draw.sample(range(count), draw.randint(1, count - 1))
    found = subset_with_sum(math.fsum(terms[i] for i in some), terms)
    assert found is not None
    assert sorted(found) == sorted(some)
    assert subset_with_sum(math.fsum(terms), terms) is None
    assert subset_with_sum(draw.uniform(100.0, 200.0), terms) is None


def test_selection_is_not_blamed_without_evidence():
    """A total of 0 is no use at all, and what is infinite or alone selects nothing."""
    for terms in itertools.product((-2.0, -1.0, 0.0, 1.0, 2.0, math.inf, math.nan), repeat=3):
        assert subset_with_sum(0.0, terms) is None
        for total in (math.inf, math.nan, -math.inf):
            assert subset_with_sum(total, terms) is None
        if not all(map(math.isfinite, terms)):
            assert subset_with_sum(1.0, terms) is None
    assert subset_with_sum(1.0, []) is subset_with_sum(1.0, [1.0]) is subset_with_sum(1.0, [2.0]) is None
    assert subset_with_sum(1.0, [0.0, 1.0]) is None  # what is left out adds nothing


@pytest.mark.parametrize("count", [6, 7])
def test_all_selections_of_six_terms_are_tried(count):
    terms = [2.0**k for k in range(count)]
    assert subset_with_sum(21.0, terms) == ((0, 2, 4) if count == 6 else None)


def test_selection_among_many_is_one_left_out_or_one_counted():
    terms = [1.0 + k * k for k in range(9)]
    for k, term in enumerate(terms):
        assert subset_with_sum(term, terms) == (k,)
        assert subset_with_sum(math.fsum(terms) - term, terms) == tuple(i for i in range(9) if i != k)


# --- sizes and rounding errors


@pytest.mark.parametrize("seed", range(scaled(40)))
def test_gap_of_a_pair_is_relative_to_the_largest_of_its_numbers_and_terms(seed):
    draw = random.Random(seed)
    x, y, size, other = (2.0 ** draw.uniform(-20.0, 20.0) for _ in range(4))
    pair = Pair("a", "b", (x, 0.0), (y, 0.0), size, lambda: math.inf)
    assert compare_pairs([pair]).gap == pytest.approx(abs(x - y) / max(x, y, size), rel=1e-9, abs=0.0)
    # The rounding error of an entry is 4 units in the last place of its terms.
    entries = [AnalyticEntry(z, 4.0 * 2.0**-52 * terms) for z, terms in ((x, size), (y, other))]
    assert _pair("a", "b", *entries, lambda: 0.0).size == pytest.approx(0.5 * (size + other), rel=1e-9, abs=0.0)


def test_rounding_error_is_four_units_in_the_last_place_of_each_node():
    x, unit = Value(0.7), 2.0**-52
    y = x * 3.0
    assert rounding_error([x]) == pytest.approx(4.0 * unit * 0.7, rel=1e-9, abs=0.0)
    assert rounding_error([y]) == pytest.approx(4.0 * unit * (3.0 * 0.7 + y.data), rel=1e-9, abs=0.0)
    assert rounding_error([y, x]) == pytest.approx(4.0 * unit * (4.0 * 0.7 + y.data), rel=1e-9, abs=0.0)
    assert rounding_error([Value(0.0)]) == 2.0**-1074


def test_noise_of_a_value_near_overflow_is_finite():
    x = Value(709.5)
    [noise] = RecordedGraph([ag.exp(x)], [Output("y")], [x], 1e-7).noises()
    assert 2.0**-53 * math.exp(709.5) < noise < math.inf


def test_partial_of_0_is_no_summand_of_a_tangent(monkeypatch):
    def mistaken(order, tangents, partials):
        return {node: tangent + (node is C) for node, tangent in forward(order, tangents, partials).items()}

    x = Value(2.0, "x")
    C = (x * 3.0 + ag.relu(-x) * x).named("C")
    monkeypatch.setattr(consistency, "forward", mistaken)
    [found] = ag.gradcheck(C).sweeps
    # The negation, the product with 3, and the sum over that product.
    assert found.error == 2.0**-52 * (8 + 3) * 3.0


def test_stored_partial_that_the_rule_no_longer_gives_is_told_with_the_wrong_one():
    x, y = Value(3.0, "x"), Value(5.0, "y")
    edges = ag.gradcheck(node(ag.ops.mul, 15.0, [x, y], (5.5, 3.0))).edges
    assert [(edge.engine, edge.verdict) for edge in edges] == [(5.5, "fail"), (3.0, "pass")]
    factors = [2.0]
    moody = ag.Op("moody", lambda x: 2.0 * x, lambda x, z: factors[0] + 0.0 * x, 1)
    z = moody(x)
    factors[0] = 2.5
    [edge] = ag.gradcheck(z).edges
    assert (edge.engine, edge.verdict) == (2.5, "fail")
    assert edge.reason == "2.0 is stored, but the rule gives 2.5 now"


@pytest.mark.parametrize(("kind", "smallest"), [(np.float16, "smallest_subnormal"), (np.float32, "smallest_normal")])
def test_smallest_numbers_of_a_type_are_those_of_numpy(kind, smallest):
    limits = np.finfo(kind)
    assert smallest_float(float(limits.eps) / 2.0) == float(getattr(limits, smallest))
    # bfloat16 has the exponents of single precision.
    assert smallest_float(2.0**-8) == float(np.finfo(np.float32).smallest_normal)
