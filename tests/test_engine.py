"""The node and reverse mode: what is recorded, and what `backward` makes of it."""

from __future__ import annotations

import itertools
import math
import operator
import random
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from samples import SAMPLES, olah, same
from threads import at_once

import autograd as ag
from autograd import TABLE, DomainError, Value
from autograd.backward import TURN, count_all_uses
from autograd.value import Binary, Constant, Nary, Unary


class TestOlah:
    def test_the_values_are_3_2_and_6(self) -> None:
        _, _, c, d, e = olah()
        assert (c.data, d.data, e.data) == (3, 2, 6)

    def test_the_five_partials_lie_on_the_edges(self) -> None:
        a, b, c, d, e = olah()
        assert c.operands == (a, b)
        assert c.partials == (1, 1)
        assert d.operands[0] is b
        assert d.partials[0] == 1
        assert e.operands[0] is c
        assert e.operands[1] is d
        assert e.partials == (2, 3)

    def test_reverse_mode_from_e(self) -> None:
        nodes = olah()
        nodes[-1].backward()
        assert [node.grad for node in nodes] == [2, 5, 2, 3, 1]

    def test_forward_mode_from_b(self) -> None:
        def f(a: Value, b: Value) -> list[Value]:
            c, d = a + b, b + 1
            return [a, b, c, d, c * d]

        assert ag.jvp(f, (2, 1), (0, 1)) == ([2, 1, 3, 2, 6], [0, 1, 1, 1, 5])


class TestNode:
    def test_a_square_has_two_edges_and_slope_2x(self) -> None:
        x = Value(3.0)
        y = x * x
        assert y.operands == (x, x)
        assert y.partials == (3.0, 3.0)
        y.backward()
        assert x.grad == 6.0

    def test_operands_keep_their_order_and_have_one_partial_each(self) -> None:
        x, y, z = Value(6.0), Value(2.0), Value(5.0)
        for node, operands, partials in [
            (x - y, (x, y), (1.0, -1.0)),
            (y - x, (y, x), (1.0, -1.0)),
            (x / y, (x, y), (0.5, -1.5)),
            (ag.dot([x, y], [z, x], y), (x, y, z, x, y), (5.0, 6.0, 6.0, 2.0, 1.0)),
        ]:
            assert all(a is b for a, b in zip(node.operands, operands, strict=True))
            assert node.partials == partials

    def test_the_number_of_operands_decides_the_class(self) -> None:
        x = Value(1.0)
        kinds = [type(node) for node in (ag.exp(x), x + x, ag.total([x, x, x]), ag.total([x]), ag.total([x, x]))]
        assert kinds == [Unary, Binary, Nary, Unary, Binary]

    def test_numbers_stay_in_the_graph_as_constants(self) -> None:
        x = Value(2.0, "x")
        y = 3 * x + 1
        three, one = y.operands[0].operands[0], y.operands[1]
        assert (three.data, one.data) == (3.0, 1.0)
        assert three.constant
        assert type(one) is Constant
        assert ag.leaves(y) == [x]

    def test_constants_are_never_differentiated(self) -> None:
        x = Value(2.0)
        y = ag.where(1, x**3, 5) * 2 - ag.dot([x], [3], 4)
        y.backward()
        constants = [node for node in ag.topological_order(y) if node.constant]
        assert len(constants) == 6
        assert all(node.grad == 0.0 for node in constants)
        assert x.grad == 2 * 3 * 2.0**2 - 3

    def test_partials_stay_when_a_leaf_changes(self) -> None:
        x, y = Value(2.0), Value(5.0)
        z = x * y
        x.data = y.data = 100.0
        z.backward()
        assert z.data == 10.0
        assert z.partials == (5.0, 2.0)
        assert (x.grad, y.grad) == (5.0, 2.0)

    def test_a_node_has_no_room_for_other_attributes(self) -> None:
        for node in (Value(1.0), Value(1.0) + 1, ag.exp(Value(1.0)), ag.total([Value(1.0)] * 3)):
            with pytest.raises(AttributeError):
                node.gard = 0.0  # type: ignore[attr-defined]

    def test_an_unknown_method_is_answered_with_those_that_look_alike(self) -> None:
        with pytest.raises(AttributeError, match=r"no attribute 'sigmod'.*sigmoid"):
            Value(1.0).sigmod()
        assert not hasattr(Value(1.0), "__array__")


class TestBackward:
    def test_a_diamond_is_passed_once_per_edge(self) -> None:
        a = Value(1.5)
        b = a + a
        c = b + b
        c.backward()
        assert (b.grad, a.grad) == (2.0, 4.0)

    def test_inner_nodes_get_fresh_gradients_and_leaves_add_up(self) -> None:
        a, b, c, d, e = olah()
        e.backward()
        e.backward()
        assert [node.grad for node in (c, d, e)] == [2, 3, 1]
        assert [node.grad for node in (a, b)] == [4, 10]

    def test_a_leaf_has_slope_1_with_respect_to_itself(self) -> None:
        x = Value(7.0)
        x.backward()
        assert x.grad == 1.0
        x.backward()
        assert x.grad == 2.0

    def test_roots_that_share_nodes_do_not_disturb_each_other(self) -> None:
        x = Value(3.0)
        shared = x * x
        first, second = shared * 5, shared + ag.exp(shared * 0)
        first.backward()
        assert (shared.grad, x.grad) == (5.0, 30.0)
        second.backward()
        assert (shared.grad, x.grad) == (1.0, 36.0)
        shared.backward()
        assert (shared.grad, x.grad) == (1.0, 42.0)
        assert first.grad == 1.0

    def test_a_root_may_be_an_inner_node_of_the_next(self) -> None:
        x = Value(2.0)
        y = x * x
        z = y * y
        z.backward()
        y.backward()
        assert (y.grad, x.grad) == (1.0, 32.0 + 4.0)

    @pytest.mark.parametrize(
        "branch", [ag.sqrt, lambda x: x**0.5, lambda x: ag.dot([x], [math.inf], 1.0)], ids=["unary", "binary", "nary"]
    )
    def test_a_branch_not_taken_stays_untouched(self, branch: Callable[[Value], Value]) -> None:
        x = Value(0.0)
        assert branch(x).partials[0] == math.inf
        ag.where(1.0, x + 2.0, branch(x)).backward()
        assert x.grad == 1.0

    def test_a_flat_piece_below_an_infinite_slope_has_slope_0(self) -> None:
        x = Value(-1.0)
        ag.sqrt(ag.relu(x)).backward()
        assert x.grad == 0.0

    def test_an_interrupted_sweep_does_not_spoil_the_next(self) -> None:
        a, b, *_, e = olah()
        root = ag.total([e * e, e, ag.exp(e * 0)])
        traced = sys.gettrace()

        def interrupt_at(line: int) -> bool:
            lines = itertools.count()

            def trace(frame: Any, event: str, _: Any) -> Any:
                code = frame.f_code
                # Not between the sweep and the end of its turn: Python takes no signals there, only a tracer gets in.
                inside = code.co_filename.endswith("backward.py") and code.co_name != "differentiate"
                if event == "line" and inside and next(lines) == line:
                    raise KeyboardInterrupt
                return trace

            sys.settrace(trace)
            try:
                root.backward()
            except KeyboardInterrupt:
                return True
            finally:
                sys.settrace(traced)
            return False

        for line in itertools.count():
            interrupted = interrupt_at(line)
            a.grad = b.grad = 0.0
            root.backward()
            assert (a.grad, b.grad, e.grad) == (13 * 2, 13 * 5, 13), line
            assert at_once(lambda _: TURN.lock.acquire(blocking=False), range(1)) == [True], line
            TURN.lock = threading.RLock()
            if not interrupted:
                break

    def test_a_sweep_that_was_interrupted_after_many_uses_were_counted_does_not_either(self) -> None:
        x = Value(2.0)
        y = x * x
        root = ag.total([y] * 3000 + [y * 1.0])
        count_all_uses(root)
        root.backward()
        assert (x.grad, y.grad) == (3001 * 4.0, 3001.0)


def textbook_backward(root: Value) -> None:
    """The sweep of the docstring of `autograd.backward`."""
    order = ag.topological_order(root)
    for node in order:
        if node.op is not None:
            node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        for operand, partial in zip(node.operands, node.partials, strict=True):
            operand.grad += partial * node.grad


GROWTH: list[Callable[[Value, Value, Value], Value]] = [
    lambda x, y, z: x + y,
    lambda x, y, z: x - 2 * y,
    lambda x, y, z: (x > 2) * x - x,
    lambda x, y, z: -x,
    lambda x, y, z: ag.relu(x),
    lambda x, y, z: ag.maximum(x, y + 0.5),
    lambda x, y, z: ag.total([x, y, z, x]),
    lambda x, y, z: ag.dot([x, y, z], [1.0, Value(2.0), -1.0], x),
    lambda x, y, z: ag.dot([x, x], [y, z]),
    lambda x, y, z: ag.where(ag.step(x), y, z),
]


def random_graph(seed: int) -> Value:
    """Draw a graph of every class of node on small numbers, whose gradients are exact in any order of summation."""
    draw = random.Random(seed)
    nodes = [Value(draw.randint(-3, 3)) for _ in range(3)]
    for _ in range(draw.randint(1, 25)):
        node = draw.choice(GROWTH)(*draw.choices(nodes[-5:], k=3))
        nodes.append(node if abs(node.data) < 2**20 else -nodes[-1])
    return ag.total([nodes[-1], nodes[-1] * draw.choice(nodes[:3]), *nodes[:3]])


@pytest.mark.parametrize("seed", range(60))
def test_backward_gives_textbook_gradients(seed: int) -> None:
    root = random_graph(seed)
    order = [node for node in ag.topological_order(root) if not node.constant]
    gradients = []
    for sweep in (Value.backward, textbook_backward):
        for node in order:
            node.grad = 0.0
        for _ in range(2):  # leaves accumulate, results do not
            sweep(root)
        gradients.append([node.grad for node in order])
    assert gradients[0] == gradients[1]


BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}


class TestArithmetic:
    """The operators are spelled out for speed; the table says what they must give."""

    @pytest.mark.parametrize("name", BINARY)
    @pytest.mark.parametrize("x", SAMPLES)
    def test_binary_operators_follow_the_table(self, name: str, x: float) -> None:
        op, apply = TABLE[name], BINARY[name]
        for y in SAMPLES:
            try:
                z = op.value(x, y)
            except DomainError as error:
                for left, right in [(Value(x), Value(y)), (x, Value(y)), (Value(x), y)]:
                    with pytest.raises(type(error)):
                        apply(left, right)
                continue
            partials = op.slopes((x, y), z)
            for left, right in [(Value(x), Value(y)), (x, Value(y)), (Value(x), y)]:
                node = apply(left, right)
                assert node.op is op
                assert all(map(same, [operand.data for operand in node.operands], (x, y)))
                assert all(map(same, (node.data, *node.partials), (z, *partials)))

    @pytest.mark.parametrize(("name", "apply"), [("neg", operator.neg), ("pos", operator.pos), ("abs", operator.abs)])
    def test_unary_operators_follow_the_table(self, name: str, apply: Callable[[Any], Value]) -> None:
        op = TABLE[name]
        for x in SAMPLES:
            node = apply(Value(x))
            z = op.value(x)
            assert node.op is op
            assert all(map(same, (node.data, *node.partials), (z, *op.slopes((x,), z))))

    def test_in_place_operators_make_new_nodes(self) -> None:
        x = y = Value(2.0)
        y += 1
        y *= 3
        assert (x.data, y.data) == (2.0, 9.0)


class TestBuiltins:
    def test_formatting_and_truth_give_the_number(self) -> None:
        x = Value(-2.75, "x")
        assert (bool(x), bool(Value(0.0))) == (True, False)
        assert (f"{x:+.1f}", f"{x}", repr(x), str(Value(1))) == (
            "-2.8",
            "Value(-2.75, 'x')",
            "Value(-2.75, 'x')",
            "Value(1.0)",
        )

    def test_sum_min_max_and_sorted_take_values(self) -> None:
        x, y, z = Value(3.0), Value(1.0), Value(2.0)
        total = sum([x, y, z])
        assert isinstance(total, Value)
        assert ag.grad(lambda *xs: sum(xs))(3.0, 1.0) == (1.0, 1.0)
        assert total.data == 6.0
        assert max(x, y, z) is x
        assert min([x, y, z]) is y
        assert sorted([x, y, z])[1] is z
        assert abs(Value(-3.0)).data == 3.0
        assert pow(x, 2).data == 9.0

    def test_comparisons_are_those_of_the_data(self) -> None:
        x = Value(2.0)
        for compare in (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge):
            for other in (1, 2, 3.0, True, math.nan, math.inf, np.float32(2), np.int64(3)):
                expected = compare(2.0, other)
                assert compare(x, other) == compare(x, Value(other)) == expected
                assert compare(other, x) == compare(other, 2.0)
                assert type(compare(x, other)) is bool

    def test_what_is_no_number_is_never_equal_and_has_no_order(self) -> None:
        x = Value(2.0)
        for other in (None, "2.0", [2.0], 2 + 0j, object()):
            assert (x == other) is False
            assert (other != x) is True
            with pytest.raises(TypeError, match="not supported between"):
                x < other  # noqa: B015

    def test_values_are_keys_by_identity(self) -> None:
        x, y = Value(1.0), Value(1.0)
        assert len({x, y}) == 2
        assert {x: "x", y: "y"}[x] == "x"
        assert 1.0 not in {x, y}

    def test_membership_of_a_list_goes_by_the_data(self) -> None:
        assert Value(1.0) in [Value(0.0), Value(1.0)]
        assert [Value(0.0), Value(1.0)].index(Value(1.0)) == 1


def test_micrograd_users_import_from_engine() -> None:
    from autograd import engine

    assert (engine.Value, engine.topological_order) == (Value, ag.topological_order)
