"""Pickling and copying: the graph comes back whole, with labels, gradients, constants and sharing."""

from __future__ import annotations

import base64
import copy
import itertools
import math
import pickle
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from effort import scaled
from samples import chain, olah
from threads import at_once

import autograd as ag
from autograd import Value, value
from autograd.graph import Edge

WAYS: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    **{
        f"protocol {protocol}": lambda x, protocol=protocol: pickle.loads(pickle.dumps(x, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "python pickler": lambda x: pickle.loads(pickle._dumps(x)),  # type: ignore[attr-defined]
}


def structure(*outputs: Value) -> list[tuple[object, ...]]:
    """All that a graph holds, as plain data."""
    order = ag.topological_order(*outputs)
    places = {id(node): i for i, node in enumerate(order)}
    return [(type(x), x.op, x.data, x.grad, x.label, x.partials, [places[id(y)] for y in x.operands]) for x in order]


@pytest.mark.parametrize("way", WAYS)
class TestRoundTrip:
    def test_everything_comes_back(self, way: str) -> None:
        *_, e = olah()
        root = ag.dot([e, e], [ag.exp(e * 0), 3], ag.total([e, 1, e])).named("root")
        root.backward()
        again = WAYS[way](root)
        assert structure(again) == structure(root)
        assert not {id(x) for x in ag.topological_order(again)} & {id(x) for x in ag.topological_order(root)}
        old, new = ag.leaves(root)[1], ag.leaves(again)[1]
        again.backward()
        assert new.grad == 2 * old.grad

    @pytest.mark.parametrize("order", ["wC", "Cw", "wCw", "nested", "dict", "keys", "array"])
    def test_sharing_is_kept_among_what_is_pickled_together(self, way: str, order: str) -> None:
        w = Value(2.0, "w")
        C = (w * w + 1).named("C")
        packed = {
            "wC": [w, C],
            "Cw": [C, w],
            "wCw": (w, C, w),
            "nested": [{"cost": [C]}, ([w],)],
            "dict": {"C": C, "w": w},
            "keys": {w: 1, C: 2},
            "array": np.array([[C, w], [w, C]]),
        }[order]
        again = WAYS[way](packed)
        flat = list(again.flat) if order == "array" else list(_values(again))
        w2, C2 = (next(x for x in flat if x.label == label) for label in "wC")
        assert len({id(x) for x in flat}) == 2
        assert ag.leaves(C2)[0] is w2
        assert structure(C2, w2) == structure(C, w)
        if order == "keys":
            assert (again[w2], again[C2]) == (1, 2)

    def test_every_node_of_a_long_graph_may_be_in_the_list(self, way: str) -> None:
        _, y = chain(2000)
        order = ag.topological_order(y)
        again = WAYS[way](order)
        assert again[0].operands == ()
        assert all(new.operands[0] is below for below, new in itertools.pairwise(again))
        again = WAYS[way](order[::-1])
        assert all(new.operands[0] is below for new, below in itertools.pairwise(again))

    def test_edges_and_infinite_numbers_come_back(self, way: str) -> None:
        x = Value(float("-inf"), "x")
        edge = Edge(-x, 0)
        x.grad = -0.0
        again = WAYS[way](edge)
        assert again.operand.data == float("-inf")
        assert str(again.operand.grad) == "-0.0"
        assert again.slot == 0


def _values(packed: Any) -> Any:
    if isinstance(packed, Value):
        yield packed
    elif isinstance(packed, dict):
        yield from _values([*packed.keys(), *packed.values()])
    elif isinstance(packed, (list, tuple)):
        for part in packed:
            yield from _values(part)


class TestSize:
    @pytest.mark.parametrize("way", ["deepcopy", f"protocol {pickle.HIGHEST_PROTOCOL}"])
    def test_a_long_chain_keeps_its_graph(self, way: str) -> None:
        length = scaled(100_000)
        x, y = chain(length)
        x2, y2 = WAYS[way]([x, y])
        assert ag.leaves(y2) == [x2]
        assert ag.leaves(y2)[0] is x2
        assert len(ag.topological_order(y2)) == length + 1

    def test_a_pickle_holds_each_node_once_however_many_are_in_it(self) -> None:
        _, y = chain(2000)
        order = ag.topological_order(y)
        assert len(pickle.dumps(order)) < 3 * len(pickle.dumps(y))


INTERPRETED = value.__file__.endswith(".py")
"""Compiled classes have no subclasses in Python."""
Weight = type("Weight", (Value,), {"__module__": __name__}) if INTERPRETED else Value


class TestCopy:
    @pytest.mark.skipif(not INTERPRETED, reason="the engine is compiled")
    @pytest.mark.parametrize("way", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
    def test_a_leaf_of_the_users_own_class_stays_one(self, way: Callable[[Any], Any]) -> None:
        weight = Weight(2.0, "weight")
        again, double = way([weight, weight * 2])
        assert type(again) is Weight
        assert (again.data, again.label) == (2.0, "weight")
        assert double.operands[0] is again

    def test_a_shallow_copy_is_another_node_on_the_same_operands(self) -> None:
        x = Value(2.0, "x")
        y = (x * 3).named("y")
        y.backward()
        for node in (x, y, y.operands[1], ag.exp(x), ag.total([x, x, x])):
            other = copy.copy(node)
            assert other is not node
            assert (type(other), other.data, other.grad, other.label) == (type(node), node.data, node.grad, node.label)
            assert all(a is b for a, b in zip(other.operands, node.operands, strict=True))
            assert other.partials == node.partials
            other.data = 7.0
            assert node.data != 7.0

    def test_what_is_pickled_later_has_the_data_of_then(self) -> None:
        x = Value(2.0)
        pickler_input = [x, x * x]
        pickle.dumps(pickler_input)
        x.data = 5.0
        x.grad = 1.0
        again = pickle.loads(pickle.dumps(pickler_input))[0]
        assert (again.data, again.grad) == (5.0, 1.0)

    def test_threads_pickle_one_graph_at_the_same_time(self) -> None:
        _, y = chain(1000)
        order = ag.topological_order(y)

        def lengths(times: int) -> list[int]:
            return [len(ag.topological_order(pickle.loads(pickle.dumps(order))[-1])) for _ in range(times)]

        assert at_once(lengths, [5] * 4) == [[1001] * 5] * 4


class TestOperations:
    def test_an_operation_is_pickled_by_name(self) -> None:
        assert pickle.loads(pickle.dumps(ag.sigmoid)) is ag.sigmoid
        assert copy.deepcopy(ag.sigmoid) is ag.sigmoid
        assert b"sigmoid" in pickle.dumps(ag.sigmoid(Value(1.0)))

    def test_an_operation_of_the_users_own_must_be_declared_before_loading(self) -> None:
        declare = 'ag.operation("tripled", lambda x: 3 * x, lambda x, z: 3.0)'
        written = _python(f"{declare}; print(pickle.dumps(ag.Value(2.0, 'x').tripled()).hex())")
        loaded = f"y = pickle.loads(bytes.fromhex('{written.strip()}')); print(y, ag.leaves(y))"
        assert _python(f"{declare}; {loaded}") == "Value(6.0) [Value(2.0, 'x')]\n"
        attempt = f"""
            try:
                {loaded}
            except LookupError as error:
                print(error)
        """
        assert _python(attempt) == "there is no operation 'tripled'\n"


def _python(program: str) -> str:
    source = "import pickle\nimport autograd as ag\n" + textwrap.dedent(program)
    return subprocess.run([sys.executable, "-c", source], check=True, capture_output=True, text=True).stdout


# Of dot([x, 3], [x, x], 1) + total([x, x·x, sin x]), named y, by the release that had operations in autograd.table.
OLD_PICKLE = zlib.decompress(
    base64.b85decode(
        "c-m`Vnfil~0StNs6H80-(~A;Q^a?VQvvV@@(x>#W#TVoxCZ|rBJSBsnha)~HwJftNH3i6xouZ-"
        "9>Fxm0%HR&A8G0Birj$(4=x}%7K$l^FNZ5ZslgQuziudrrEiXw-"
        "%1NEl!;+Sn2ePP#IVHbjO6!!MDeewx7+N*F8N3;Rn8BL~XbQqTSQsz|!5mNma!&?t4|8s54%B=B4D&%ow@tw`t_`NSI5Q8T+5WA>"
        "w^tXpxS?ono#MX#)*`j=;3C#ms1DYW{E|eNh0=@V?naq)qFTt}&DuT%5l$G4c9`9XDJf8M3|}1I9@e`EDH<xLcr$ymwP7&_<n&aK"
        "HgEPeAgKocs7isa"
    )
)


def test_an_old_pickle_loads() -> None:
    y = pickle.loads(OLD_PICKLE)
    x = ag.leaves(y)[0]
    assert (y.label, y.data, x.label, x.data) == ("y", 11.0 + 6.0 + math.sin(2.0), "x", 2.0)
    y.backward()
    assert x.grad == 2 * x.data + 3 + 1 + 2 * x.data + math.cos(2.0)
