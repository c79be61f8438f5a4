"""What goes wrong in engines of this kind, row by row of docs/reliability.md, where no other test of ours holds it."""

from __future__ import annotations

import ast
import itertools
import math
import os
import random
import re
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import hypothesis
import pytest
from drawn import HOSTILE, SVG, parts
from effort import IS_THOROUGH, scaled
from fuzz.targets import TARGETS, seeds
from networks import Layer, Silent
from processes import under_hash_seed
from threads import at_once

import autograd as ag
from autograd import Value
from autograd.derivatives import forward, reverse, stored
from autograd.symbolic.typesetting import name

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reliability.md"


# --- threads


def test_8_threads_agree_with_one_on_every_graph_to_the_last_bit() -> None:
    outside = Value(0.75, "outside")  # read by all, written by none

    def work(seed: int) -> list[tuple[str, ...]]:
        draw = random.Random(seed)
        found = []
        for _ in range(scaled(1000)):
            x, y = Value(draw.uniform(-2, 2)), Value(draw.uniform(0.1, 3))
            z = ag.sigmoid(x * y + outside.data) / y
            z = ag.dot([z, x, y], [y, z, 0.5], x) + ag.tanh(z) ** 2
            z.backward()
            found.append((z.data.hex(), x.grad.hex(), y.grad.hex()))
        return found

    assert at_once(work, range(8)) == [work(seed) for seed in range(8)]


def test_threads_that_share_inner_nodes_lose_nothing() -> None:
    """Adjoints and marks are kept on nodes, so sweeps take turns."""
    x = Value(0.5, "x")
    shared: Any = x
    for i in range(30):
        shared = ag.sin(shared) * shared if i % 2 else shared * 0.9 + x
    outputs = [shared * float(2**i) for i in range(4)]  # so that sums are exact in any order
    alone = []
    for output in outputs:
        x.grad = 0.0
        output.backward()
        alone.append(x.grad)
    x.grad, rounds = 0.0, scaled(1000)

    def work(output: Value) -> None:
        for _ in range(rounds):
            output.backward()

    at_once(work, outputs)
    assert x.grad == pytest.approx(rounds * sum(alone), rel=1e-12)


def test_threads_see_the_same_operands() -> None:
    """The numbers of a dot become nodes when somebody looks first."""
    for _ in range(scaled(100)):
        node = ag.dot([Value(1.0)] * 40, [2.0] * 40, 3.0)
        first, *others = at_once(lambda _, node=node: [id(x) for x in node.operands], range(4))
        assert all(ids == first for ids in others)


@pytest.mark.filterwarnings("ignore:os.fork")  # of JAX, where another test has imported it
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_during_a_sweep_blocks_no_child() -> None:
    """In a process of its own: libraries that other tests have loaded, such as JAX, may have threads that forbid it."""
    program = """
        import os
        import signal
        import threading

        from autograd import Value
        from autograd.backward import TURN


        def hold():
            with TURN.lock:
                held.set()
                release.wait()


        held, release = threading.Event(), threading.Event()
        holder = threading.Thread(target=hold)
        holder.start()
        held.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(60)  # ends a child that is blocked
            try:
                x = Value(3.0)
                (x * x).backward()
                os._exit(0 if x.grad == 6.0 else 1)
            finally:
                os._exit(2)
        release.set()
        holder.join()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert under_hash_seed(0, program) == "0\n"


@pytest.mark.skipif(ag.compiled, reason="no signal handler runs inside a sweep of the compiled engine")
def test_a_sweep_inside_a_sweep_is_refused() -> None:
    """As from a signal handler, which runs between two lines of the sweep; the sweep itself goes on unharmed."""
    x = Value(3.0)
    y = ag.sin(x) * x
    z = y * y + y
    traced, refused = sys.gettrace(), 0

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal refused
        if event == "line" and frame.f_code.co_name in ("sweep", "count_all_uses"):
            sys.settrace(None)
            with pytest.raises(RuntimeError, match="while another backward"):
                (y + x).backward()
            refused += 1
            sys.settrace(trace)
        return trace

    for _ in range(3):
        x.grad = 0.0
        sys.settrace(trace)
        try:
            z.backward()
        finally:
            sys.settrace(traced)
        assert x.grad == pytest.approx((2.0 * y.data + 1.0) * (3.0 * math.cos(3.0) + math.sin(3.0)))
    assert refused > 30


# --- every way to a derivative


class Exact:
    """A random program whose numbers are all whole and small, so that floats, in any order, add without rounding."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.leaves = [Value(draw.randint(-3, 3), f"x[{i}]") for i in range(draw.randint(1, 3))]
        nodes = list(self.leaves)
        for _ in range(draw.randint(2, 9)):
            x, y = draw.choices(nodes, k=2)
            nodes.append(self._step(draw, x, y))
            if abs(nodes[-1].data) > 1000:
                nodes[-1] = ag.clip(nodes[-1], -9.0, 9.0)
        self.output = ag.total(nodes[-3:]) if draw.random() < 0.5 else nodes[-1]

    @staticmethod
    def _step(draw: random.Random, x: Value, y: Value) -> Value:
        whole = draw.randint(-2, 2)
        return draw.choice(
            [
                lambda: x + y,
                lambda: x - y,
                lambda: x * y,
                lambda: x * whole,
                lambda: whole - x,
                lambda: x**2,
                lambda: -x,
                lambda: abs(x),
                lambda: ag.relu(x),
                lambda: ag.where(x, x, y),
                lambda: ag.total([x, y, x]),
                lambda: ag.dot([x, y], [y, whole], x),
            ]
        )()

    def slopes_by_fractions(self) -> list[Fraction]:
        """Reverse mode over again, in rational numbers, by the definition: the sum over edges into each node."""
        order = ag.topological_order(self.output)
        adjoints: dict[int, Fraction] = {id(self.output): Fraction(1)}
        for node in reversed(order):
            for x, partial in zip(node.operands, node.partials, strict=True):
                if not x.constant:
                    adjoints[id(x)] = adjoints.get(id(x), Fraction(0)) + adjoints.get(id(node), 0) * Fraction(partial)
        return [adjoints.get(id(x), Fraction(0)) for x in self.leaves]


@pytest.mark.parametrize("seed", range(10))
def test_reverse_forward_and_rational_arithmetic_agree_to_the_last_bit(seed: int) -> None:
    for i in range(scaled(1000)):
        program = Exact(1000 * seed + i)
        output, leaves = program.output, program.leaves
        output.backward()
        slopes = [x.grad for x in leaves]
        assert slopes == program.slopes_by_fractions(), i
        order = ag.topological_order(output)
        assert slopes == [forward(order, {x: 1.0}, stored).get(output, 0.0) for x in leaves], i
        assert slopes == [reverse({output: 1.0}, stored).get(x, 0.0) for x in leaves], i
        if i % 10 == 0:
            assert slopes == [slope.data for slope in ag.gradient(output, leaves)], i
            assert slopes == [ag.paths(output, x).total for x in leaves], i
            again = ag.replay(output, {})
            again.backward()
            copies = {x.label: x.grad for x in ag.leaves(again)}
            assert slopes == [copies.get(x.label, 0.0) for x in leaves], i


def test_backward_called_three_times_gives_three_times_the_same_to_the_last_bit() -> None:
    for seed in range(300):
        program = Exact(seed)
        output = ag.sin(program.output * 0.37) * ag.exp(program.leaves[0] * 0.1)
        runs = []
        for _ in range(3):
            for x in program.leaves:
                x.grad = 0.0
            output.backward()
            runs.append([node.grad.hex() for node in ag.topological_order(output)])
        assert runs[0] == runs[1] == runs[2]


# --- depth


def test_nothing_in_the_package_touches_the_recursion_limit() -> None:
    for folder in ("autograd", "nn"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "setrecursionlimit" not in path.read_text(encoding="utf-8"), path


def test_2_to_the_1000_paths_are_differentiated_and_counted() -> None:
    x = y = Value(1.0)
    for _ in range(1000):
        y = y + y
    y.backward()
    assert x.grad == 2.0**1000
    assert ag.paths(y, x).count == 2**1000


# --- hostile labels

ALPHABET = [
    *HOSTILE,
    "<u>",
    "</td>",
    '<img src="x"/>',
    *"\"'<>&\\{}[]()|;:#%$^_~`=,-/*\n\r\t\0\x7f\x85\u2028\u202e\ufeff\ud800é₁本🎉 abAB01",
]
BATCH = 50
MARKUP = {"p", "table", "hr", "tr", "td", "font", "b", "i", "sub", "sup"}
"""Graphviz's own, as it is used here."""
TRACED = {"table", "caption", "tr", "th", "td", "sub", "sup"}


def labels(seed: int) -> list[str]:
    """`BATCH` labels no two of which are alike."""
    draw = random.Random(seed)
    pieces = [piece[:200] for piece in ALPHABET]
    return ["".join(draw.choices(pieces, k=draw.randint(1, 6))) + chr(0x4E00 + i) for i in range(BATCH)]


def dot_statements(source: str) -> str:
    """What is left of a DOT file without its strings: quoted ones, and HTML-like ones, which must be well-formed."""
    rest = re.sub(r'"(?:\\.|[^"\\])*"', '""', source.replace("=<", "=\0<"), flags=re.DOTALL)
    kept = []
    for i, part in enumerate(rest.split("=\0")):
        if i and part.startswith("<"):
            depths = list(itertools.accumulate((c == "<") - (c == ">") for c in part))
            end = depths.index(0)
            markup = ElementTree.fromstring(f"<p>{part[1:end]}</p>".replace("<br/>", ""))
            assert {element.tag for element in markup.iter()} <= MARKUP
            part = part[end + 1 :]
        kept.append(part)
    return "=".join(kept)


class Tags(HTMLParser):
    """The tags of a text in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)


def chain_of(words: list[str]) -> list[Value]:
    """x₀, x₀x₁, x₀x₁x₂, …, every leaf and every product with a label of its own."""
    nodes = [Value(1.5, words[0])]
    for leaf, result in zip(words[1::2], words[2::2], strict=False):
        nodes.append((nodes[-1] * Value(1.0, leaf)).named(result))
    return nodes


@pytest.mark.parametrize("seed", range(200 if IS_THOROUGH else 20))
def test_hostile_labels_break_out_of_no_output(seed: int) -> None:
    words = labels(seed)
    nodes = chain_of(words)
    drawing = ag.draw(nodes[-1])
    svg = drawing.svg()
    assert (len(parts(svg, "node")), len(parts(svg, "edge"))) == (2 * len(nodes) - 1, 2 * len(nodes) - 2)
    statements = dot_statements(drawing.dot.source)
    assert statements.count(" -> ") == 2 * len(nodes) - 2
    assert len(re.findall(r"^\tn\d+ \[", statements, re.MULTILINE)) == 2 * len(nodes) - 1
    assert re.fullmatch(r"[\w\s\[\]{}=\".,;>#-]*", statements)
    for source, target in ((nodes[0], nodes[12]), (nodes[12], nodes[-1])):
        trace = ag.trace(target, source)
        for text in (str(trace), trace.latex(), trace.markdown(), trace.html()):
            assert text.replace("\n", "").isprintable()
        formulas = trace.latex().replace(r"\{", "").replace(r"\}", "")
        assert formulas.count("{") == formulas.count("}")
        assert (formulas.count(r"\begin"), formulas.count("$") - formulas.count(r"\$")) == (1, 0)
        assert "<" not in trace.markdown()
        assert set(Tags(trace.html()).tags) <= TRACED
    for word in words:
        written = name(word, "latex").replace(r"\{", "").replace(r"\}", "")
        assert name(word, "text").isprintable()
        assert written.count("{") == written.count("}")
        assert not set(re.sub("</?su[bp]>", "", name(word, "html"))) & set("<>\"'")


@pytest.mark.parametrize("seed", range(scaled(50)))
def test_hostile_labels_break_out_of_no_drawn_network(seed: int) -> None:
    words = iter(labels(1000 + seed))

    def layer(inputs: int, neurons: int) -> Layer:
        rows = [[Value(1.0, next(words)) for _ in range(inputs)] for _ in range(neurons)]
        return Layer(rows, [Value(0.5, next(words)) for _ in range(neurons)], SimpleNamespace(name=next(words)))

    net = Silent(layer(3, 4), layer(4, 2))
    drawing = ag.draw_network(
        net, wrt=net.layers[0].weight[0, 1], inputs=[next(words) for _ in range(3)], outputs=[next(words), next(words)]
    )
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(drawing.svg().encode()).iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "circle", "path", "text"}
    assert re.fullmatch(r"[\w\s\[\]{}=\".,;>#-]*", dot_statements(drawing.dot.source))


# --- files and texts of strangers


@pytest.mark.parametrize("target", TARGETS)
def test_no_damage_to_a_file_or_an_expression_gives_anything_but_the_documented_error(target: str) -> None:
    """The targets of tests/fuzz, which are fuzzed for hours, with a little of it each time."""
    draw = random.Random(0)
    for seed in seeds(target):
        TARGETS[target](seed)
        for _ in range(40 if target == "expression" else 8):
            damaged = bytearray(seed)
            for _ in range(draw.randint(1, 4)):
                place = draw.randrange(len(damaged) + 1)
                damaged[place : place + draw.randint(0, 3)] = draw.randbytes(draw.randint(0, 3))
            TARGETS[target](bytes(damaged))


# --- the tests themselves


def test_drawn_examples_ignore_loaded_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis reads constants in local modules; which are local differs between a checkout and a wheel."""
    drawn: list[float] = []

    @hypothesis.settings(max_examples=200)
    @hypothesis.given(hypothesis.strategies.floats())
    def draw(x: float) -> None:
        drawn.append(x)

    draw()
    before, drawn = drawn, []
    source = tmp_path / "loaded_in_between.py"
    source.write_text("NUMBERS = [12345.678, 0.000271828, 31415926.5]\n", encoding="utf-8")
    module = ModuleType("loaded_in_between")
    module.__file__ = str(source)
    monkeypatch.setitem(sys.modules, "loaded_in_between", module)
    draw()
    assert [x.hex() for x in drawn] == [x.hex() for x in before]


# --- the page


def rows() -> Iterator[tuple[str, list[str]]]:
    """The subject of each row of the table, and the tests that it names."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[0] not in ("matter", "---"):
            yield cells[0], re.findall(r"\[`(\w+)`\]\(\.\./tests/(\w+\.py)\)", cells[3])


@cache
def named_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_test_that_the_page_on_reliability_names_is_there() -> None:
    found = list(rows())
    assert len(found) >= 36
    for matter, named in found:
        assert named, f"no test for: {matter}"
        for test, file in named:
            assert test in named_in(file), f"{matter}: {file} has no {test}"
