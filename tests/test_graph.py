"""Reading a graph: slices, leaves, paths and their sums, and replay at other values."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import pytest
from effort import scaled
from samples import chain, olah

import autograd as ag
from autograd import DomainError, Value
from autograd.graph import Edge, Path, dependents, has_its_value, is_fresh


def random_graph(seed: int, leaves: int = 3, operations: int = 9) -> tuple[list[Value], list[Value]]:
    """Leaves and all nodes of a graph that shares nodes at random; the last node is the output."""
    draw = random.Random(seed)
    xs = [Value(draw.uniform(0.5, 2.0), f"x{i}") for i in range(leaves)]
    nodes = list(xs)
    for _ in range(operations):
        x, y, z = draw.choices(nodes, k=3)
        make = draw.choice(
            [
                lambda x, y, z: x * y,
                lambda x, y, z: x - y,
                lambda x, y, z: ag.sin(x),
                lambda x, y, z: ag.total([x, y, z]),
                lambda x, y, z: x * draw.uniform(-1, 1),
            ]
        )
        nodes.append(make(x, y, z))
    return xs, nodes


def routes(source: Value, target: Value) -> list[tuple[Edge, ...]]:
    """Every path by plain recursion, as a small graph allows."""
    if source is target:
        return [()]
    return [(*lower, Edge(target, slot)) for slot, x in enumerate(target.operands) for lower in routes(source, x)]


class TestSlice:
    def test_between_b_and_e_lie_c_and_d_but_not_a(self) -> None:
        a, b, c, d, e = olah()
        assert [node.label for node in ag.between(b, e)] == ["b", "c", "d", "e"]
        assert [node.label for node in ag.between(a, e)] == ["a", "c", "e"]
        assert ag.between(e, b) == []
        assert ag.between(c, d) == []
        assert [node.label for node in ag.between(c, c)] == ["c"]

    def test_between_goes_by_identity_and_not_by_data(self) -> None:
        x, y = Value(1.0, "x"), Value(1.0, "y")
        assert ag.between(y, x * 1.0) == []

    @pytest.mark.parametrize("seed", range(20))
    def test_a_slice_is_what_lies_on_some_path(self, seed: int) -> None:
        xs, nodes = random_graph(seed)
        for x in xs:
            on_paths = {id(node) for edges in routes(x, nodes[-1]) for node in Path(edges, 0.0).nodes}
            assert {id(node) for node in ag.between(x, nodes[-1])} == on_paths

    def test_dependents_of_several_nodes_come_operands_first(self) -> None:
        a, _, c, d, e = olah()
        assert [node.label for node in dependents([a, d], ag.topological_order(e))] == ["a", "c", "d", "e"]
        assert [node.label for node in dependents([a], ag.topological_order(c, d))] == ["a", "c"]

    def test_leaves_come_in_the_order_of_their_first_use(self) -> None:
        a, b, _, _, e = olah()
        assert ag.leaves(e) == [a, b]
        assert ag.leaves(b + 2, e) == [b, a]
        assert ag.leaves(a) == [a]
        assert ag.leaves((a + 1).operands[1]) == []

    def test_topological_order_of_several_outputs_has_each_node_once_and_operands_first(self) -> None:
        _, nodes = random_graph(7, operations=40)
        order = ag.topological_order(nodes[-1], nodes[10], nodes[-1], nodes[20])
        place = {id(node): i for i, node in enumerate(order)}
        assert len(place) == len(order)
        assert all(place[id(x)] < place[id(node)] for node in order for x in node.operands)
        assert {id(node) for node in order} == {
            id(node) for output in (nodes[-1], nodes[10], nodes[20]) for node in ag.topological_order(output)
        }

    @pytest.mark.parametrize("wrong", [1.0, None, "x"])
    def test_what_is_no_value_is_refused(self, wrong: object) -> None:
        for read in (ag.between, ag.paths):
            for pair in ((wrong, Value(1.0)), (Value(1.0), wrong)):
                with pytest.raises(TypeError, match=r"\(\) takes Values, got"):
                    read(*pair)


class TestPaths:
    def test_the_paths_of_olahs_example(self) -> None:
        a, b, *_, e = olah()
        through_c, through_d = ag.paths(e, b)
        assert [node.label for node in through_c.nodes] == ["b", "c", "e"]
        assert [node.label for node in through_d.nodes] == ["b", "d", "e"]
        assert (through_c.partials, through_c.product, through_c.share) == ((1, 2), 2, 2 / 5)
        assert (through_d.partials, through_d.product, through_d.share) == ((1, 3), 3, 3 / 5)
        [only] = ag.paths(e, a)
        assert (only.product, only.share) == (2, 1)

    def test_three_ways_and_three_ways_make_nine_paths_of_sum_310(self) -> None:
        x = Value(1.0, "x")
        y = (ag.dot([x, x, x], [2, 3, 5])).named("y")
        z = (ag.dot([y, y, y], [7, 11, 13])).named("z")
        found = ag.paths(z, x)
        assert (found.count, found.total) == (9, 310)
        assert sorted(path.product for path in found) == [14, 21, 22, 26, 33, 35, 39, 55, 65]
        assert [path.product for path in found] == [a * b for b in (7, 11, 13) for a in (2, 3, 5)]
        assert [path.product for path in found.largest(4)] == [65, 55, 39, 35]
        z.backward()
        assert (y.grad, x.grad) == (7 + 11 + 13, 310)

    def test_three_ways_through_dots_in_between_make_the_same_nine(self) -> None:
        x = Value(1.0)
        y = ag.total([x * 2, x * 3, x * 5])
        z = ag.total([y * 7, y * 11, y * 13])
        assert [path.product for path in ag.paths(z, x)] == [a * b for b in (7, 11, 13) for a in (2, 3, 5)]
        assert ag.paths(z, x).total == 310

    @pytest.mark.parametrize("seed", range(30))
    def test_paths_are_counted_listed_and_summed_alike(self, seed: int) -> None:
        xs, nodes = random_graph(seed)
        for x in xs:
            found, expected = ag.paths(nodes[-1], x), routes(x, nodes[-1])
            listed = list(found)
            assert sorted(map(hash, (path.edges for path in listed))) == sorted(map(hash, expected))
            assert {path.edges for path in listed} == set(expected)
            assert found.count == len(listed) == len(expected)
            assert found.total == pytest.approx(math.fsum(path.product for path in listed), rel=1e-12, abs=1e-15)
            x.grad = 0.0
        nodes[-1].backward()
        for x in xs:
            assert ag.paths(nodes[-1], x).total == pytest.approx(x.grad, rel=1e-12, abs=1e-15)

    @pytest.mark.parametrize("seed", range(30))
    def test_the_largest_are_those_that_sorting_puts_first(self, seed: int) -> None:
        xs, nodes = random_graph(seed, operations=12)
        for x, most in itertools.product(xs, (0, 1, 3, 1000)):
            found = ag.paths(nodes[-1], x)
            sizes = sorted((abs(path.product) for path in found), reverse=True)
            assert [abs(path.product) for path in found.largest(most)] == pytest.approx(sizes[:most], rel=1e-14)
            assert len({path.edges for path in found.largest(most)}) == min(most, found.count)

    def test_every_edge_of_a_path_starts_where_the_one_before_ends(self) -> None:
        xs, nodes = random_graph(3)
        for path in ag.paths(nodes[-1], xs[0]):
            assert path.nodes[0] is xs[0]
            assert path.nodes[-1] is nodes[-1]
            assert all(low.result is high.operand for low, high in itertools.pairwise(path.edges))

    def test_shares_sum_to_1_and_are_nan_where_the_sum_is_0(self) -> None:
        a, b, *_, e = olah()
        assert sum(path.share for path in ag.paths(e, b)) == 1.0
        assert [math.isnan(path.share) for path in ag.paths(a - a, a)] == [True, True]

    def test_from_a_node_to_itself_there_is_one_path_and_to_others_none(self) -> None:
        a, b, c, d, e = olah()
        [here] = ag.paths(c, c)
        assert (here.edges, here.product, here.share, here.nodes) == ((), 1, 1, ())
        for target, source in ((c, e), (d, a), (a, b)):
            none = ag.paths(target, source)
            assert (none.count, none.total, list(none), none.largest(5)) == (0, 0.0, [], [])
        assert repr(ag.paths(e, b)) == "<2 paths of sum 5.0>"
        assert repr(ag.paths(e, a)) == "<1 path of sum 2.0>"

    def test_a_dead_branch_adds_nothing_even_where_its_slope_is_infinite(self) -> None:
        x = Value(0.0)
        y = ag.where(1.0, x + 2.0, ag.sqrt(x))
        found = ag.paths(y, x)
        assert (found.count, found.total) == (2, 1.0)

    def test_the_paths_of_60_diamonds_are_counted_exactly_without_listing(self) -> None:
        x = y = Value(1.0)
        for _ in range(60):
            y = y + y
        found = ag.paths(y, x)
        assert found.count == found.total == 2**60
        assert next(iter(found)).product == 1.0
        assert len(found.largest(3)) == 3

    def test_the_paths_of_20000_diamonds_are_counted_exactly(self) -> None:
        x = y = Value(1.0)
        for _ in range(20_000):
            y = y + y
        assert ag.paths(y, x).count == 2**20_000

    def test_the_one_path_of_a_long_chain_is_listed(self) -> None:
        length = scaled(30_000)
        x, y = chain(length)
        [path] = ag.paths(y, x)
        assert len(path.edges) == length
        assert path.product == 1.0
        [path] = ag.paths(y, x).largest(2)
        assert path.nodes[0] is x

    def test_edges_are_equal_where_they_are_the_same_edge(self) -> None:
        x = Value(2.0)
        first, second = x + 1, x + 1
        assert Edge(first, 0) == Edge(first, 0)
        assert len({Edge(first, 0), Edge(first, 0), Edge(first, 1), Edge(second, 0)}) == 3
        assert Edge(first, 0) != Edge(first, 1)
        assert Edge(first, 0) != Edge(second, 0)
        assert Edge(first, 0) != (first, 0)


class TestReplay:
    def test_other_values_give_another_graph_and_leave_the_old_one(self) -> None:
        a, b, c, d, e = olah()
        again = ag.replay(e, {a: 5, b: 0.5})
        assert again.data == 5.5 * 1.5
        assert [node.label for node in ag.topological_order(again)] == [node.label for node in ag.topological_order(e)]
        assert again.partials == (1.5, 5.5)
        assert (e.data, c.data, e.partials) == (6, 3, (2, 3))
        assert not {id(node) for node in ag.topological_order(again)} & {id(node) for node in (a, b, c, d, e)}

    def test_leaves_that_are_not_named_keep_their_data_of_now(self) -> None:
        a, b, *_, e = olah()
        assert ag.replay(e, {}).data == e.data
        a.data = 10.0
        assert ag.replay(e, {b: 1.0}).data == 22.0

    def test_an_inner_node_is_taken_as_given(self) -> None:
        _, _, c, _, e = olah()
        again = ag.replay(e, {c: 10.0})
        assert again.data == 20.0
        assert [leaf.label for leaf in ag.leaves(again)] == ["c", "b"]
        assert ag.replay(e, {e: 1.0}).op is None

    def test_what_only_led_to_a_given_node_is_left_out(self) -> None:
        x = Value(2.0, "x")
        y = (ag.log(x) + 1.0).named("y")
        z = y * y
        assert ag.replay(z, {x: -1.0, y: 3.0}).data == 9.0
        with pytest.raises(DomainError, match=r"log\(x = -1.0\)"):
            ag.replay(z, {x: -1.0})

    def test_new_data_may_be_a_value_and_is_then_differentiated(self) -> None:
        a, b, *_, e = olah()
        t = Value(3.0, "t")
        again = ag.replay(e, {a: t, b: t * t})
        again.backward()
        assert again.data == (3 + 9) * (9 + 1)
        assert t.grad == 4 * 3**3 + 3 * 3**2 + 2 * 3 + 1  # of (t + t²)(t² + 1) = t⁴ + t³ + t² + t
        assert again.operands[0].operands[0] is t

    def test_constants_stay_constants_and_sharing_is_kept(self) -> None:
        x = Value(2.0)
        square = x * x
        again = ag.replay(ag.exp(square) + square * 3, {x: 1.0})
        left, right = again.operands
        assert left.operands[0] is right.operands[0]
        assert right.operands[1].constant
        assert ag.leaves(again) == [x for x in ag.topological_order(again) if x.op is None and not x.constant]
        assert len(ag.leaves(again)) == 1

    def test_a_change_that_would_change_nothing_is_refused(self) -> None:
        *_, e = olah()
        with pytest.raises(KeyError, match="does not depend on"):
            ag.replay(e, {Value(2.0, "a"): 1.0})
        with pytest.raises(TypeError, match=r"replay\(\) takes one real number"):
            ag.replay(e, {e.operands[0]: "3"})

    @pytest.mark.parametrize("changes", [None, 3.0, [("x", 3.0)]])
    def test_what_is_no_dict_of_changes_is_refused(self, changes: Any) -> None:
        x = Value(2.0, "x")
        with pytest.raises(TypeError, match=r"changes must be a dict from Values to new numbers, got .*; write replay"):
            ag.replay(x * x, *([] if changes is None else [changes]))

    def test_a_long_chain_is_replayed(self) -> None:
        x, y = chain(scaled(100_000))
        assert ag.replay(y, {x: 5.0}).data == 5.0


@pytest.mark.parametrize(("number", "is_kept"), [(4.0, True), (9.0, False), (-1.0, False), (math.nan, False)])
def test_a_node_has_its_value_until_an_operand_changes(number: float, is_kept: bool) -> None:
    x = Value(4.0)
    root = ag.sqrt(x)
    x.data = number
    assert has_its_value(ag.sqrt, root) is is_kept
    assert is_fresh(root) is is_kept
    missing = Value(math.nan)
    assert has_its_value(ag.sqrt, ag.sqrt(missing)) is True
