"""Fingerprints: two functions are told apart by what they compute, and by nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import checkpoints
from nn.fingerprints import _constant, differences, fingerprint

HEAD = "import functools, enum, math\nimport numpy as np\nimport autograd as ag, nn\n"


def made(source: str, file: str = "one.py") -> Any:
    """The `f` that a program defines."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(HEAD + source, file, "exec"), names)
    return names["f"]


def compare(old: str, new: str) -> tuple[list[str], list[str]]:
    before = json.loads(json.dumps(fingerprint(made(old))))
    return differences("cost", before, fingerprint(made("\n\n\n" + new, "elsewhere/two.py")), same_bytecode=True)


SAME = {
    "nothing": ("f = lambda a, b: (a - b) ** 2", "f = lambda a, b: (a - b) ** 2"),
    "a comment": ("def f(a, b):\n    return a - b", "def f(a, b):\n    # why\n\n    return a - b"),
    "a docstring": ("def f(a, b):\n    'Old.'\n    return a - b", "def f(a, b):\n    'New.'\n    return a - b"),
    "an annotation": ("def f(a, b):\n    return a - b", "def f(a: float, b: float) -> float:\n    return a - b"),
    "a local name": ("def f(a, b):\n    c = a - b\n    return c", "def f(a, b):\n    d = a - b\n    return d"),
    "nested code": (
        "def f(a, b):\n    g = lambda x: x + 1\n    return [g(x) for x in a]",
        "def f(a, b):\n\n    g = lambda x: x + 1\n\n    return [g(x) for x in a]",
    ),
    "an unused global": ("alpha = 1\nf = lambda a, b: a", "alpha = 2\nf = lambda a, b: a"),
    "an attribute of the name of a global": (
        "alpha = 1\nf = lambda a, b: a.alpha",
        "alpha = 2\nf = lambda a, b: a.alpha",
    ),
    "an object in a closure": (
        "class C:\n    def __init__(self): self.alpha = 1\nc = C()\nf = lambda a, b: c.alpha * a",
        "class C:\n    def __init__(self):\n        self.alpha = 1\n        print\nc = C()\n"
        "f = lambda a, b: c.alpha * a",
    ),
    "the order of a set": (
        "s = {'a', 'b', 'c'}\nf = lambda a, b: a in s",
        "s = {'c', 'b', 'a'}\nf = lambda a, b: a in s",
    ),
    "a class inside": (
        "def f(a, b):\n    class C:\n        x = 1\n    return C.x",
        "def f(a, b):\n\n    class C:\n        x = 1\n    return C.x",
    ),
    "a function that calls itself": ("def f(a, b):\n    return f(a - 1, b) if a else b",) * 2,
    "an attribute that is not read": (
        "class C:\n    def __init__(self): self.n, self.log = 1, 'a'\n    def __call__(self, a, b): return a * self.n\n"
        "f = C()",
        "class C:\n    def __init__(self): self.n, self.log = 1, 'b'\n    def __call__(self, a, b): return a * self.n\n"
        "f = C()",
    ),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_harmless_changes_do_not_matter(old: str, new: str) -> None:
    assert compare(old, new) == ([], [])


CLOSURE = "def make(alpha):\n    return lambda a, b: alpha * (a - b)\nf = make({})"
HELPER = "def g(x):\n    return {} * x\ndef f(a, b):\n    return g(a) - b"
SCORER = """
class Base:
    gain = {gain}
    def scaled(self, x): return {scale} * x
class Scorer(Base):
    def __init__(self, weight): self.weight = weight
    @property
    def shift(self): return {shift}
    @staticmethod
    def bent(x): return x ** {power}
    def __call__(self, a, b): return self.bent(self.scaled(a - b)) * self.weight + self.shift + self.gain
f = Scorer({weight})
"""


SLOTTED = """
class Scorer:
    __slots__ = {slots}
    def __init__(self, weight): self.__weight = weight
    def __call__(self, a, b): return self.__weight * (a - b)
f = Scorer({weight})
"""


def scorer(**change: Any) -> str:
    return SCORER.format(**{"gain": 1, "scale": 2, "shift": 3, "power": 4, "weight": 5, **change})


DIFFERENT = {
    "a constant": ("f = lambda a, b: 1.0 * a", "f = lambda a, b: 2.0 * a", "the code of cost differs"),
    "an int for a float": ("f = lambda a, b: a + 1", "f = lambda a, b: a + 1.0", "the code of cost differs"),
    "True for 1": ("f = lambda a, b: (a, 1)", "f = lambda a, b: (a, True)", "the code of cost differs"),
    "the sign of zero": ("f = lambda a, b: (a, 0.0)", "f = lambda a, b: (a, -0.0)", "the code of cost differs"),
    "a text": ("f = lambda a, b: (a, 'mean')", "f = lambda a, b: (a, 'sum')", "the code of cost differs"),
    "an operator": ("f = lambda a, b: a + b", "f = lambda a, b: a - b", "the code of cost differs"),
    "operands": ("f = lambda a, b: a - b", "f = lambda a, b: b - a", "the code of cost differs"),
    "a function called": ("f = lambda a, b: ag.exp(a)", "f = lambda a, b: ag.sin(a)", "the code of cost differs"),
    "the order of arguments": ("f = lambda a, b: a - b", "f = lambda b, a: a - b", "the code of cost differs"),
    "nested code": ("f = lambda a, b: [x + 1 for x in a]", "f = lambda a, b: [x + 2 for x in a]", "the code of cost"),
    "a slot": (
        SLOTTED.format(slots="('__weight',)", weight=1),
        SLOTTED.format(slots="('__weight',)", weight=2),
        "cost: _Scorer__weight was 1 and is 2",
    ),
    "the only slot, without a tuple": (
        SLOTTED.format(slots="'__weight'", weight=1),
        SLOTTED.format(slots="'__weight'", weight=2),
        "cost: _Scorer__weight was 1 and is 2",
    ),
    "a default": ("f = lambda a, b, c=1: c", "f = lambda a, b, c=2: c", "cost: c was 1 and is 2"),
    "a keyword's default": ("f = lambda a, b, *, c=1: c", "f = lambda a, b, *, c=2: c", "cost: c was 1 and is 2"),
    "a number in a closure": (CLOSURE.format(0.5), CLOSURE.format(0.25), r"cost: alpha was 0\.5 and is 0\.25"),
    "a list in a closure": (
        CLOSURE.format([1, 2]),
        CLOSURE.format([1, 3]),
        r"cost: alpha was \[1, 2\] and is \[1, 3\]",
    ),
    "a dict in a closure": (CLOSURE.format({"a": 1}), CLOSURE.format({"a": 2}), r"alpha was dict\(\['a'\], \[1\]\)"),
    "an array in a closure": (CLOSURE.format("np.ones(2)"), CLOSURE.format("np.zeros(2)"), "alpha was array <f8"),
    "a long array": (CLOSURE.format("np.ones(99)"), CLOSURE.format("np.zeros(99)"), "alpha was array .* digest"),
    "a NumPy number": (CLOSURE.format("np.float64(1)"), CLOSURE.format("np.float64(2)"), r"alpha was float64 1\.0"),
    "a long list": (CLOSURE.format([0] * 99), CLOSURE.format([*[0] * 98, 1]), "alpha was .* digest"),
    "a function in a closure": (CLOSURE.format("ag.exp"), CLOSURE.format("ag.sin"), "alpha was operation exp"),
    "an enumeration": (
        "class E(enum.Enum):\n    A = 1\n    B = 2\ne = E.A\nf = lambda a, b: e",
        "class E(enum.Enum):\n    A = 1\n    B = 2\ne = E.B\nf = lambda a, b: e",
        r"cost: e was E\.A and is E\.B",
    ),
    "a Value": (CLOSURE.format("ag.Value(1.0)"), CLOSURE.format("ag.Value(2.0)"), r"alpha was Value 1\.0"),
    "a global number": ("n = 1\nf = lambda a, b: n * a", "n = 2\nf = lambda a, b: n * a", "cost: n was 1 and is 2"),
    "a global in nested code": (
        "n = 1\nf = lambda a, b: [n * x for x in a]",
        "n = 2\nf = lambda a, b: [n * x for x in a]",
        "cost: n was 1 and is 2",
    ),
    "a variable called code": (
        "code = 1\nf = lambda a, b: code",
        "code = 2\nf = lambda a, b: code",
        "cost: code was 1",
    ),
    "a helper": (HELPER.format(1), HELPER.format(2), "the code of cost: g differs"),
    "a number of a module": (
        "nn.alpha = 1\nf = lambda a, b: nn.alpha * a",
        "nn.alpha = 2\nf = lambda a, b: nn.alpha * a",
        r"cost: nn\.alpha was 1 and is 2",
    ),
    "a partial's argument": (
        "f = functools.partial(lambda c, a, b: c, 1)",
        "f = functools.partial(lambda c, a, b: c, 2)",
        r"cost: args was \(1\) and is \(2\)",
    ),
    "the function of a partial": (
        "f = functools.partial(lambda c, a, b: a, 1)",
        "f = functools.partial(lambda c, a, b: b, 1)",
        "the code of cost: func differs",
    ),
    "an array of objects": (
        CLOSURE.format("np.array([1, None])"),
        CLOSURE.format("np.array([2, None])"),
        r"cost: alpha\[0\] was 1 and is 2",
    ),
    "a module": (
        "m = math\nf = lambda a, b: m",
        "import cmath as m\nf = lambda a, b: m",
        "cost: m was module math and is module cmath",
    ),
    "a class": (
        "class C:\n    def g(self): return 1\nf = lambda a, b: C().g()",
        "class C:\n    def g(self): return 2\nf = lambda a, b: C().g()",
        "the code of cost: C.g differs",
    ),
    "a variable without a value": (
        "def make():\n    f = lambda a, b: n\n    return f\n    n = 1\nf = make()",
        "def make():\n    f = lambda a, b: n\n    n = 1\n    return f\nf = make()",
        "cost: n was not assigned and is 1",
    ),
    "a method that calls that of its base": (
        "class B:\n    def __call__(self, a, b): return a\n"
        "class C(B):\n    def __call__(self, a, b): return super().__call__(a, b)\nf = C()",
        "class B:\n    def __call__(self, a, b): return b\n"
        "class C(B):\n    def __call__(self, a, b): return super().__call__(a, b)\nf = C()",
        r"the code of cost: B\.__call__ differs",
    ),
    "a field of a dataclass that has a default": (
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    n: int = 0\n"
        "    def __call__(self, a, b): return self.n\nf = C(1)",
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    n: int = 0\n"
        "    def __call__(self, a, b): return self.n\nf = C(2)",
        "cost: n was 1 and is 2",
    ),
    "a method that an object replaces": (
        "class C:\n    def g(self): return 0\n    def __call__(self, a, b): return self.g()\nf = C()\nf.g = lambda: 1",
        "class C:\n    def g(self): return 0\n    def __call__(self, a, b): return self.g()\nf = C()\nf.g = lambda: 2",
        "the code of cost: g differs",
    ),
    "a date": (
        "import datetime\nd = datetime.date(2026, 1, 1)\nf = lambda a, b: d",
        "import datetime\nd = datetime.date(2027, 1, 1)\nf = lambda a, b: d",
        "cost: d was .*2026, 1, 1.* and is .*2027, 1, 1",
    ),
    "a function behind a cache": (
        "f = functools.lru_cache(lambda a, b: a)",
        "f = functools.lru_cache(lambda a, b: b)",
        "the code of cost: wrapped differs",
    ),
    "a decorated function": (
        "def twice(g):\n    @functools.wraps(g)\n    def h(a, b): return 2 * g(a, b)\n    return h\n"
        "f = twice(lambda a, b: a)",
        "def twice(g):\n    @functools.wraps(g)\n    def h(a, b): return 2 * g(a, b)\n    return h\n"
        "f = twice(lambda a, b: b)",
        "the code of cost: g differs",
    ),
    "the name of a keyword": (
        "def f(a, b, *, c): return c",
        "def f(a, b, *, d): return d",
        "the code of cost differs",
    ),
    "keywords for further arguments": ("def f(*a): return a", "def f(**a): return a", "the code of cost differs"),
    "further arguments": ("def f(a, *b): return a", "def f(a): return a", "the code of cost differs"),
    "further keywords": ("def f(a, **b): return a", "def f(a): return a", "the code of cost differs"),
    "arguments by position only": ("def f(a, b): return a", "def f(a, b, /): return a", "the code of cost differs"),
    "a private attribute of an object that is no function": (
        "class C:\n    def __init__(self): self._n = 1\n    def g(self): return self._n\nc = C()\n"
        "f = lambda a, b: c.g() * a",
        "class C:\n    def __init__(self): self._n = 2\n    def g(self): return self._n\nc = C()\n"
        "f = lambda a, b: c.g() * a",
        r"cost: c\._n was 1 and is 2",
    ),
    "a method of an object that is no function": (
        "class C:\n    def g(self): return 1\nc = C()\nf = lambda a, b: c.g() * a",
        "class C:\n    def g(self): return 2\nc = C()\nf = lambda a, b: c.g() * a",
        r"the code of cost: c\.g differs",
    ),
    "an attribute": (scorer(), scorer(weight=6), "cost: weight was 5 and is 6"),
    "a method of a base": (scorer(), scorer(scale=6), r"the code of cost: Base\.scaled differs"),
    "a property": (scorer(), scorer(shift=6), "the code of cost: shift differs"),
    "a static method": (scorer(), scorer(power=6), "the code of cost: bent differs"),
    "an attribute of a base": (scorer(), scorer(gain=6), r"cost: Base\.gain was 1 and is 6"),
    "a method": (scorer() + "f = f.scaled", scorer(scale=6) + "f = f.scaled", "the code of cost: scaled differs"),
    "another name": ("def f(a, b): return a", "def g(a, b): return a\nf = g", "cost was f and is g"),
    "another function of the package": (
        "f = nn.quadratic",
        "f = nn.hinge",
        r"nn\.costs\.quadratic and is nn\.costs\.hinge",
    ),
    "a schedule": (
        "f = nn.schedules.linear_warmup(5, nn.schedules.cosine(1.0, 40))",
        "f = nn.schedules.linear_warmup(5, nn.schedules.cosine(1.0, 50))",
        "cost: then: steps was 40 and is 50|cost: then.steps was 40 and is 50",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_computes_something_else_is_told_apart(old: str, new: str, message: str) -> None:
    wrong, unknown = compare(old, new)
    assert unknown == []
    assert len(wrong) >= 1
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(wrong[0])
    assert compare(old, old) == compare(new, new) == ([], [])


UNKNOWN = {
    "a random generator": (
        "rng = np.random.default_rng(0)\nf = lambda a, b: a * rng.random()",
        "cost: rng .*Generator",
    ),
    "a file": ("import io\nfile = io.StringIO()\nf = lambda a, b: print(a, file=file)", "cost: file .*StringIO"),
    "a counter": ("n = 0\ndef f(a, b):\n    global n\n    n += 1\n    return n", "cost: n .changed by the function"),
    "a counter in a closure": (
        "def make():\n    n = 0\n    def f(a, b):\n        nonlocal n\n        n += 1\n        return n\n"
        "    return f\nf = make()",
        "cost: n .changed by the function",
    ),
    "a list of what was seen": (
        "seen = []\ndef f(a, b):\n    seen.append(a)\n    return a",
        "cost: seen .changed by the function",
    ),
    "a counter in an object": (
        "class C:\n    n = 0\n    def __call__(self, a, b):\n        self.n += 1\n        return self.n\n"
        "f = C()\nf(1, 2)",
        "cost: n .changed by the object",
    ),
    "what is nested too deeply": (
        "s = [lambda: 0]\nfor _ in range(60):\n    s = [s]\nf = lambda a, b: s",
        "cost: s.* .nested too deeply",
    ),
    "a Value that was computed": (CLOSURE.format("ag.Value(1.0) * 2"), "cost: alpha .a Value that was computed"),
}


@pytest.mark.parametrize(("source", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_compared_is_named(source: str, message: str) -> None:
    wrong, unknown = compare(source, source)
    assert wrong == []
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(unknown[0])


def test_no_address_and_no_random_hash_is_in_a_fingerprint(tmp_path: Path) -> None:
    """Two processes with other hashes of texts, and another file, give one fingerprint."""
    found = set()
    for i, (seed, name) in enumerate((("1", "one.py"), ("2", "two.py"))):
        source = (
            "\n" * i
            + HEAD
            + scorer()
            + "class G: pass\ng = G()\ng.s = {'a', 'b', 'c', 'd'}\nh = lambda a: (a in g.s, f)\n"
        )
        source += "import json\nfrom nn.fingerprints import fingerprint\nprint(json.dumps(fingerprint(h)))"
        (tmp_path / name).write_text(source)
        command = [sys.executable, str(tmp_path / name)]
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(nn.__file__).parent.parent)}
        found.add(subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout)
    assert len(found) == 1
    assert "0x" not in found.pop()


def test_another_bytecode_is_not_compared_but_all_else_is() -> None:
    before, now = fingerprint(made(HELPER.format(1))), fingerprint(made(HELPER.format(2)))
    wrong, unknown = differences("cost", before, now, same_bytecode=False)
    assert (wrong, unknown) == ([], ["the code of cost", "the code of cost: g"])
    before, now = fingerprint(made(CLOSURE.format(1))), fingerprint(made(CLOSURE.format(2)))
    wrong, unknown = differences("cost", before, now, same_bytecode=False)
    assert (wrong, unknown) == (["cost: alpha was 1 and is 2"], ["the code of cost"])
    assert differences("cost", fingerprint(nn.hinge), fingerprint(nn.hinge), same_bytecode=False) == ([], [])
    there = {"cost": before, "bytecode": "Python 2"}
    here = {"cost": before, "bytecode": "Python 4", "X": 0, "y": 0, "validation": None}
    assert checkpoints.compare({**here, **there}, here)[1][-1] == (
        "the checkpoint is from Python 2, and this is Python 4, which has another bytecode"
    )


def test_parameters_and_the_network_go_by_their_places() -> None:
    net = nn.MLP(2, [1], seed=0)
    known = {id(p): f"parameter {i}" for i, p in enumerate(net.parameters())} | {id(net): "the network"}
    before = fingerprint(lambda a, b: a[0] + net.layers[0].weight[0, 0], known)
    assert before[".net"] == "the network"
    weights = net.layers[0].weight
    assert fingerprint(lambda a, b: weights, known)[".weights"] == "parameters (1, 2)"


def bent_by(c: float) -> ag.Op:
    return ag.operation("bent", lambda x: c * x, lambda x, z: c + 0.0 * x)


def test_an_operation_of_ones_own_is_more_than_its_name() -> None:
    before = dict(ag.TABLE)
    try:
        found = []
        for factor in (2.0, 3.0):
            ag.TABLE.pop("bent", None)
            found.append(fingerprint(nn.Layer(2, 2, bent_by(factor), seed=0)))
        wrong, _ = differences("network", *found, same_bytecode=True)
        assert wrong[0] == "network: activation.forward.c was 2.0 and is 3.0"
    finally:
        ag.TABLE.clear()
        ag.TABLE.update(before)


def test_a_fingerprint_is_never_long() -> None:
    data = [[i, object()] for i in range(1000)]
    parts = fingerprint(lambda a, b: data)
    assert len(json.dumps(parts)) < 8_000
    assert "unknown: object" in parts.values()
    deep: Any = [object()]
    for _ in range(1000):
        deep = [deep]
    assert "unknown: nested too deeply" in fingerprint(lambda a, b: deep).values()
    circle: list[Any] = [object()]
    circle += [circle, circle]
    assert "the same as circle" in fingerprint(lambda a, b: circle).values()
    assert fingerprint(np.arange(10**6))[""].endswith(fingerprint(np.arange(10**6))[""][-16:])


def test_first_line_of_class_does_not_count() -> None:
    """From Python 3.13 on, the body of a class stores its line."""
    names = {"co_firstlineno": 7, "co_flags": 0, "co_name": "C"}
    stores = SimpleNamespace(co_names=("__module__", "__firstlineno__"), **names)
    before = SimpleNamespace(co_names=("__module__",), **names)
    assert [_constant(stores, 1, n) for n in (6, 7, 8, "C")] == ["6", "a line", "8", "'C'"]
    assert [_constant(before, 1, n) for n in (6, 7, 8)] == ["6", "7", "8"]


@pytest.mark.parametrize("letter", ["x", "é"])
def test_fingerprint_has_at_most_6000_characters(letter: str) -> None:
    """Beyond, a digest replaces the parts, and those that cannot be compared are still named."""
    things: list[Any] = [object()]
    while (slack := 6000 - length(fingerprint(things))) > 60:
        things.append(letter * 40)
    things[-1] += letter * slack
    assert length(fingerprint(things)) == 6000
    assert len(fingerprint(things)) == len(things) + 1
    things[-1] += letter
    assert fingerprint(things).keys() == {"", "()", "[0]"}


def length(parts: dict[str, str]) -> int:
    return len(json.dumps(parts, ensure_ascii=False))


def test_long_texts_end_in_a_digest() -> None:
    for count in (117, 118, 119, 500):
        text = "x" * count
        (shown,) = fingerprint(text).values()
        if count + 2 <= 120:
            assert shown == repr(text)
        else:
            digest = hashlib.sha256(repr(text).encode()).hexdigest()[:16]
            assert shown == f"{repr(text)[:120]}… with the digest {digest}"


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 20])
def test_short_arrays_are_listed(size: int) -> None:
    array = np.arange(size) / 2
    digest = hashlib.sha256(f"<f8({size},)".encode() + array.tobytes()).hexdigest()[:16]
    listed = array.tolist() if size <= 8 else f"with the digest {digest}"
    assert fingerprint(array) == {"": f"array <f8 ({size},) {listed}"}
    assert fingerprint(np.asfortranarray(np.ones((3, 4)))) == fingerprint(np.ones((3, 4)))


@pytest.mark.parametrize("depth", [38, 39, 40, 41, 42])
def test_depth_is_limited(depth: int) -> None:
    """Data and objects alike; what is deeper cannot be compared."""
    data: Any = [1]
    for _ in range(depth):
        data = [data]
    assert (fingerprint(data)[""] == repr(data)[:120]) == (depth <= 39)
    thing: Any = [object()]
    for _ in range(depth):
        thing = [thing]
    is_deep = "unknown: nested too deeply" in fingerprint(thing).values()
    assert is_deep == (depth >= 40)


def test_parts_that_cannot_be_compared_are_named_beside_a_digest() -> None:
    """At most ten of them, so that a fingerprint stays short."""
    for count in (1, 9, 10, 11, 30):
        things = [object() for _ in range(count)]
        parts = fingerprint([*(["x" * 100, lambda: 0] for _ in range(60)), *things])
        assert [parts[key] for key in ("",)] == [f"list of {60 + count}"]
        assert re.fullmatch(r"code [0-9a-f]{16}", parts["()"])
        named = [key for key in parts if key not in ("", "()")]
        assert named == [f"[{60 + i}]" for i in range(min(count, 10))]
        assert {parts[key] for key in named} == {"unknown: object"}


def test_dict_is_compared_item_by_item_where_it_has_objects() -> None:
    """Objects among its keys or its values; keys whose text may change are shown as a question mark."""
    thing = object()
    assert fingerprint({"a": 1, "b": [2]}) == {"": "dict(['a', 'b'], [1, [2]])"}
    for content, paths in (
        ({"a": thing, "b": 1}, ["['a']", "['b']"]),
        ({3: thing}, ["[3]"]),
        ({thing: 1}, ["[?]"]),
        ({thing: object()}, ["[?]"]),
    ):
        parts = fingerprint(content)
        assert parts[""] == f"dict of {len(content)}"
        assert list(parts)[1:] == paths
    assert fingerprint({"a": thing, "b": 1})["['b']"] == "1"


def test_only_what_its_roots_use_counts() -> None:
    """A function object counts by its call, unless other methods are named."""

    class Both:
        def __init__(self, called: int, stepped: int) -> None:
            self._called, self._stepped = called, stepped

        def __call__(self) -> int:
            return self._called

        def step(self) -> int:
            return self._stepped

    assert fingerprint(Both(1, 2)) == fingerprint(Both(1, 3)) != fingerprint(Both(2, 2))
    by_step = [fingerprint(Both(*pair), roots=("step",)) for pair in ((1, 2), (1, 3), (2, 2))]
    assert by_step[0] == by_step[2] != by_step[1]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_method_of_an_installed_class_may_read_any_attribute_however_far_below(depth: int) -> None:
    """A class of one's own that computes nothing itself reads none."""

    def read(base: str, gain: float) -> str:
        classes = [f"class N{k + 1}(N{k}): pass\n" for k in range(depth)]
        return f"{base}\n{''.join(classes)}net = N{depth}()\nnet.gain = {gain}\nf = lambda a, b: net(a)"

    vectorized = "class N0(np.vectorize):\n    def __init__(self): super().__init__(math.sin)"
    network = "class N0(nn.MLP):\n    def __init__(self): super().__init__(2, [2, 1], seed=0)"
    for installed in (vectorized, network):
        assert compare(read(installed, 1.0), read(installed, 2.0)) == (["cost: net.gain was 1.0 and is 2.0"], [])
    for base in ("nn.Module", "Exception"):
        own = f"class N0({base}):\n    def __call__(self, x): return x"
        assert compare(read(own, 1.0), read(own, 2.0)) == ([], [])
