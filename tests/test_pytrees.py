"""Nested arguments: dicts, named tuples, dataclasses and arrays are flattened, named, and filled with derivatives."""

from __future__ import annotations

import enum
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest
from effort import scaled

import autograd as ag
from autograd import Value
from autograd.pytrees import Arguments


class Line(NamedTuple):
    slope: Any
    offset: Any


@dataclass(frozen=True)
class Layer:
    weight: Any
    bias: Any
    units: int = 2
    activation: str = "tanh"
    total: float = field(default=0.0, init=False)


@dataclass(slots=True)
class Slotted:
    a: Any
    b: Any


class Mode(enum.Enum):
    SUM = 1


def numbers_of(nest: Any) -> list[Any]:
    """Return the floats of a nest by a definition of its own, without the settings."""
    if isinstance(nest, (list, tuple)):
        return [x for part in nest for x in numbers_of(part)]
    if isinstance(nest, dict):
        return [x for part in nest.values() for x in numbers_of(part)]
    if isinstance(nest, Layer):
        return numbers_of([nest.weight, nest.bias, nest.total])
    if isinstance(nest, Slotted):
        return numbers_of([nest.a, nest.b])
    if isinstance(nest, np.ndarray):
        return nest.ravel().tolist() if nest.dtype.kind in "fO" else []
    return [nest] if isinstance(nest, (float, Value)) else []


def nest(random: Random, depth: int) -> Any:
    """Return a random nest of containers, floats, arrays and settings."""
    if depth == 0:
        return random.choice([1.5, np.array([[0.5, 2.0]]), [1.0, 2.0], -0.25])
    parts = [nest(random, depth - 1) for _ in range(random.randint(1, 3))]
    a, b = parts[0], parts[-1]
    return random.choice(
        [
            parts,
            tuple(parts),
            {f"key {i}": part for i, part in enumerate(parts)} | {"name": "net", "size": 3, "flag": True},
            OrderedDict(enumerate(parts)),
            Line(a, b),
            Layer(a, b),
            Slotted(a, b),
        ]
    )


def weighted(*args: Any) -> Any:
    """Return the sum of i·xᵢ² over the numbers of the arguments."""
    return ag.total([i * x * x for i, x in enumerate(numbers_of(args), 1)])


@pytest.mark.parametrize("seed", range(scaled(60)))
def test_the_gradient_of_a_nest_has_its_structure(seed: int) -> None:
    random = Random(seed)
    args = [nest(random, random.randint(0, 3)) for _ in range(random.randint(1, 3))]
    expected = [2.0 * i * x for i, x in enumerate(numbers_of(args), 1)]
    gradient = ag.grad(weighted)(*args)
    assert numbers_of(gradient) == expected
    pairs = [(args[0], gradient)] if len(args) == 1 else list(zip(args, gradient, strict=True))
    assert all(same_structure(x, y) for x, y in pairs)
    # A function of any number of arguments would take a list apart.
    by_grad = [lambda x: ag.grad(weighted)(x), lambda x, y: ag.grad(weighted)(x, y), ag.grad(weighted)][len(args) - 1]
    check = ag.gradcheck(weighted, tuple(args), gradient=by_grad)
    assert check, str(check)
    assert [x.engine for x in check.leaves] == expected
    assert ag.gradcheck(weighted, tuple(args))


def same_structure(x: Any, y: Any) -> bool:
    if isinstance(x, np.ndarray):
        return isinstance(y, np.ndarray) and x.shape == y.shape
    if isinstance(x, float):
        return isinstance(y, float)
    if isinstance(x, dict):
        return type(x) is type(y) and list(x) == list(y) and all(same_structure(x[key], y[key]) for key in x)
    if isinstance(x, (list, tuple)):
        return type(x) is type(y) and len(x) == len(y) and all(map(same_structure, x, y))
    if isinstance(x, (Layer, Slotted)):
        return (
            type(x) is type(y) and all(same_structure(getattr(x, key), getattr(y, key)) for key in x.__slots__)
            if (isinstance(x, Slotted))
            else type(x) is type(y) and all(map(same_structure, vars(x).values(), vars(y).values()))
        )
    return y is None


def test_grad_of_each_container_returns_that_container() -> None:
    def f(p: Any) -> Any:
        a, b = (p["a"], p["b"]) if isinstance(p, dict) else (p[0], p[1]) if isinstance(p, tuple) else (p.a, p.b)
        return a * b

    assert ag.grad(f)({"a": 2.0, "b": 5.0}) == {"a": 5.0, "b": 2.0}
    assert ag.grad(f)(Slotted(2.0, 5.0)) == Slotted(5.0, 2.0)
    assert ag.grad(f)(Line(2.0, 5.0)) == Line(5.0, 2.0)
    assert ag.grad(lambda p: p["a"] * p["b"])(defaultdict(float, a=2.0, b=5.0)) == {"a": 5.0, "b": 2.0}
    assert ag.value_and_grad(f)({"a": 2.0, "b": 5.0}) == (10.0, {"a": 5.0, "b": 2.0})
    assert ag.jvp(f, {"a": 2.0, "b": 5.0}, {"a": 1.0, "b": 0.0}) == (10.0, 5.0)
    assert ag.vjp(lambda p: {"y": p[0] * p[1]}, [2.0, 5.0], {"y": 2.0}) == ({"y": 10.0}, [10.0, 4.0])
    assert ag.hvp(f, {"a": 2.0, "b": 5.0}, {"a": 1.0, "b": 0.0}) == {"a": 0.0, "b": 1.0}


def test_values_in_a_dict_are_differentiated_again() -> None:
    first = ag.grad(lambda p: p["x"] ** 3)
    assert ag.grad(lambda p: first(p)["x"])({"x": 2.0}) == {"x": 12.0}


def test_arguments_are_left_as_they_were() -> None:
    layer, mapping = Layer(1.0, [2.0]), {"a": np.ones(2), "n": 3}
    ag.grad(weighted)(layer, mapping)
    ag.gradcheck(weighted, (layer, mapping))
    assert layer == Layer(1.0, [2.0])
    assert mapping["n"] == 3
    assert mapping["a"].tolist() == [1.0, 1.0]


def test_names_are_written_as_in_code() -> None:
    at = {"fc1": {"bias": np.zeros((1, 2)), 'a"b': 1.0}, 3: [1.0, [2.0]]}, Layer(np.ones((1, 2)), 0.5), Line(1.0, 2.0)
    assert Arguments(*at, hold="integers").labels(["params", "p", "line"]) == [
        'params["fc1"]["bias"][0,0]',
        'params["fc1"]["bias"][0,1]',
        'params["fc1"][\'a"b\']',
        "params[3][0]",
        "params[3][1,0]",
        "p.weight[0,0]",
        "p.weight[0,1]",
        "p.bias",
        "p.total",
        "line.slope",
        "line.offset",
    ]


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ((2.0, 3), ["n"]),
        ((2.0, True), ["n"]),
        ((2.0, "sum"), ["n"]),
        ((2.0, None), ["n"]),
        ((2.0, Mode.SUM), ["n"]),
        ((2.0, abs), ["n"]),
        ((2.0, [1, 2]), ["n"]),
        ((2.0, ["a", "b"]), ["n"]),
        ((2.0, np.arange(2)), ["n"]),
        ((2.0, np.array([True])), ["n"]),
        ((2.0, np.array(["a"])), ["n"]),
        ((2.0, {"k": 3, "mode": "sum"}), ['n["k"]', 'n["mode"]']),
        ((2.0, [1, 2.0]), []),
        ((2.0, [[1, 2], [3, 4.0]]), []),
        ((2, 3), []),
        ((2, [1, 2]), []),
        ((2, "sum"), ["n"]),
    ],
    ids=repr,
)
def test_settings_are_held_fixed(at: Any, held: list[str]) -> None:
    """Integers are numbers where there is no float, and in lists with a float."""
    arguments = Arguments(*at, hold="integers")
    assert [x.label for x in arguments.fixed(["x", "n"])] == held
    n = arguments.shaped_all(arguments.scalars)[1]
    if held == ["n"]:
        assert n is at[1]
        assert arguments.shaped([1.0, 1.0])[1] is None


def test_grad_takes_integers_as_numbers_but_not_in_fields_beside_floats() -> None:
    assert ag.grad(lambda x, y: x * y)(2, 5.0) == (5.0, 2.0)
    assert ag.grad(lambda p: p["x"] ** p["n"])({"x": 2.0, "n": 3}) == {"x": 12.0, "n": None}
    assert ag.grad(lambda p: p["x"] * p["n"])({"x": 2, "n": 3}) == {"x": 3.0, "n": 2.0}
    assert ag.grad(lambda x, square: x * x if square else x)(3.0, True) == (6.0, None)


@pytest.mark.parametrize(
    ("other", "reason"),
    [("mean", "a text"), (None, "None"), (True, "a bool"), (np.sin, "a function"), (np.array(["a"]), "texts")],
)
def test_a_named_tuple_holds_what_is_no_number_as_a_dataclass_does(other: Any, reason: str) -> None:
    point = Line(1.5, other)
    check = ag.gradcheck(lambda p: p.slope**2, (point,))
    assert check
    assert check.remarks == [f"held fixed: p.offset ({reason})"]
    assert [x.name for x in check.leaves] == ["∂f/∂p.slope"]
    assert ag.gradcheck(lambda p: p.slope**2, (point,), gradient=Line(3.0, other))
    assert ag.grad(lambda p: p.slope**2)(point) == Line(3.0, None)
    # In a plain tuple or list, the same is a mistake.
    for nest in (tuple(point), list(point)) if other is not True and not isinstance(other, np.ndarray) else ():
        with pytest.raises(TypeError, match="takes one real number, got"):
            ag.gradcheck(lambda p: p[0] ** 2, (nest,))


def test_numbers_of_a_named_tuple_are_variables_beside_integers() -> None:
    assert ag.grad(lambda p: p.slope**2 * p.offset)(Line(1.5, 2)) == Line(6.0, 2.25)
    assert ag.grad(lambda p: p.slope * sum(p.offset))(Line(2.0, [1.0, 3])) == Line(4.0, [2.0, 2.0])
