"""Numbers that no other test states: where things are drawn, what a check measures, what a program computes.

Each is kept as a checksum of numbers alone, so that no wording is part of it.  A change is to be looked at; if it is
meant, keep it: python tests/test_kept_numbers.py
"""

from __future__ import annotations

import ast
import functools
import inspect
import math
import operator
import random
import re
import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product
from types import SimpleNamespace
from typing import Any, NamedTuple
from xml.etree import ElementTree

import drawn
import numpy as np
import pytest
from effort import IS_WITH_ALL_KEPT_NUMBERS, scaled
from faults import faulty
from kept import DATA, Case, checksum, read, rewrite
from networks import cost, essay, network
from samples import NUMBER_SLOTS, named_operands, olah, random_derivative, random_sums

import autograd as ag
import nn
from autograd import TABLE, Interval, Value
from autograd.compiling import backends
from autograd.compiling.backends import (
    BACKENDS,
    MAX_NUMBERS_SPELLED_OUT,
    MAX_OPERATIONS_PER_EXPRESSION,
    GeneratedModule,
    TapeEncoder,
)
from autograd.compiling.canonical import MAX_TERMS_NEGATED
from autograd.compiling.codegen import MAX_LENGTH_OF_NAME, Dialect
from autograd.compiling.vectorize import (
    MAX_SMALL_PRODUCTS,
    MAX_TERMS_WRITTEN_OUT,
    MIN_MEMBERS_PER_SPLIT,
    MIN_MULTIPLICATIONS,
)
from autograd.op import closest, foreign
from autograd.pytrees import Arguments
from autograd.reals import elementwise, is_real, real
from autograd.symbolic.python import MAX_OPERATIONS_PER_LINE
from autograd.testing import SEED, draw

KEPT = DATA / "numbers.txt"


# An operation that is new in the table need not be kept: its twin in tests/twins.py holds it.
OPERATIONS = [op for op in TABLE.values() if op.partials.__module__ == ag.ops.__name__]
if __name__ != "__main__":
    OPERATIONS = [op for op in OPERATIONS if f"rule of {op.name}" in read(KEPT)]


def plain(text: str) -> str:
    """Return a text without its words."""
    return re.sub(r"[A-Za-z_]{3,}", "", text)


# --- drawings


def numbers(text: str) -> list[str]:
    return re.findall(r"-?\d+(?:\.\d+)?", text)


def of_svg(svg: str) -> list[str]:
    """Return the numbers in the attributes of each element, without colours and texts."""
    lines = []
    for element in ElementTree.fromstring(svg).iter():
        found = [" ".join([key, *numbers(text)]) for key, text in sorted(element.items()) if text[:1] != "#"]
        lines.append(f"{element.tag.rpartition('}')[2]} {'; '.join(x for x in found if ' ' in x)}")
    return lines


def of_text(text: str) -> list[str]:
    return [" ".join(numbers(line)) for line in text.splitlines()]


def of_drawing(drawing: Any) -> list[str]:
    return [*of_svg(drawing.svg()), *of_text(drawing.dot.source), *of_text(drawing.tikz())]


def perceptron() -> tuple[Value, Value]:
    net = nn.MLP(3, [4, 2], "tanh", seed=1)
    C = nn.quadratic(net([0.5, -0.25, 1.0]), [1.0, 0.0]).named("C")
    return C, net.layers[0].weight[1, 0]


def drawings() -> dict[str, Case]:
    def case(graph: Callable[[], tuple[Value, Value | None]], **options: Any) -> Case:
        def lines() -> list[str]:
            output, wrt = graph()
            return of_drawing(ag.draw(output, wrt, **options))

        return lines

    def some(seed: int, size: int) -> Callable[[], tuple[Value, Value | None]]:
        return lambda: (drawn.random_graph(seed, size)[0], None)

    def b() -> tuple[Value, Value]:
        _, b, *_, e = olah()
        return e, b

    def middle() -> tuple[Value, Value]:
        """A node within, with operands that come in from elsewhere and long names."""
        x = [Value(0.5 * k - 1.0, f"x^{k}[{k},long]") for k in range(7)]
        inner = ag.tanh(ag.dot(x[:3], x[3:6], x[6])).named("an inner node of some length")
        outer = (inner * x[0] - 2.0 / (inner + 3.0)).named("theta'")
        return (outer**2 + ag.total([*x, outer, 1e-9])).named("C"), inner

    def marked() -> list[str]:
        C, inner = middle()
        marks = {(C, 0): "is wrong", (C, None): "too large", (inner, 1): "differences 0.25"}
        drawing = ag.draw(C, inner, detail="operations", marks=marks)
        return [*of_drawing(drawing), *of_text(drawing.mermaid()), *of_text(drawing.describe())]

    def twice() -> tuple[Value, Value]:
        x = Value(2.0, "x")
        y = (x * x).named("y")
        return ag.maximum(y * x * y, x - x).named("z"), x

    return {
        "middle": case(middle),
        "middle, contributions": case(middle, edges="contribution", direction="right", theme="print"),
        "middle, forward": case(middle, show="forward", constants="nodes", edges="value", theme="dark"),
        "middle, neurons": case(middle, detail="neurons", direction="right"),
        "marked": marked,
        "twice": case(twice),
        "twice to the right": case(twice, direction="right", edges="contribution"),
        "derivative of many steps": case(lambda: random_derivative(8), detail="operations"),
        "long": case(lambda: (random_derivative(9)[0], None), edges="none", show="values", direction="right"),
        "olah": case(b),
        "olah, forward": case(b, show="forward", edges="contribution", theme="olah"),
        "olah, numbers": case(lambda: (b()[0], None), direction="right", edges="number", constants="nodes"),
        "values": case(lambda: (b()[0], None), show="values", edges="none", theme="print"),
        "what goes along": case(b, edges="value", direction="right"),
        "derivative": case(lambda: random_derivative(3)),
        "derivative to the right": case(lambda: random_derivative(5), direction="right", edges="number"),
        "random": case(some(3, 14), constants="nodes"),
        "random to the right": case(some(4, 18), direction="right"),
        "random, large": case(some(5, 30), edges="number"),
        "perceptron": case(perceptron, detail="operations"),
        "perceptron, neurons": case(perceptron, detail="neurons", open="layer 3"),
        "perceptron, layers": case(lambda: (perceptron()[0], None), detail="layers", open="layer 3"),
        "perceptron, few shown": case(lambda: (perceptron()[0], None), max_shown=2, direction="right"),
        "3-4-2": case(drawn.network, detail="neurons"),
        "3-4-2, without groups": case(drawn.network, detail="operations", groups=False, direction="right"),
        "neuron": case(lambda: (drawn.neuron(9)[0], None)),
    }


def networks() -> dict[str, Case]:
    def case(*sizes: int, seed: int = 0, wrt: int | None = None, **options: Any) -> Case:
        def lines() -> list[str]:
            net = network(*sizes, seed=seed)
            x = [math.ldexp(k + 1.0, -2) for k in range(sizes[0])]
            weight = None if wrt is None else net.layers[wrt].weight[0, -1]
            drawing = ag.draw_network(net, x, wrt=weight, cost=cost(net(x), [0.5] * sizes[-1]), **options)
            return [*of_svg(drawing.svg()), *of_text(drawing.dot.source)]

        return lines

    def of_essay() -> list[str]:
        net, x = essay()
        return of_svg(ag.draw_network(net, x, wrt=net.layers[0].weight[0, 0], cost=cost(net(x), [1.0, 1.0])).svg())

    return {
        "essay": of_essay,
        "2-3-1": case(2, 3, 1),
        "2-3-1, gradients": case(2, 3, 1, wrt=1, show="gradients"),
        "4-6-3-2, few shown": case(4, 6, 3, 2, max_shown=3, theme="dark"),
        "12-5-1": case(12, 5, 1, seed=3, numbers="neurons", inputs=[f"input {k}" for k in range(12)]),
        "5-30-4": case(5, 30, 4, seed=4, outputs=["a", "b", "c", "some more"], numbers="none", theme="print"),
    }


def pages() -> dict[str, Case]:
    """Places and sizes on pages to explore; their numbers and words are tested elsewhere."""

    def places(content: Any) -> list[str]:
        if isinstance(content, dict):
            return [line for key, value in content.items() if key != "words" for line in places(value)]
        if isinstance(content, (list, tuple)):
            return [line for value in content for line in places(value)]
        is_number = isinstance(content, (int, float)) and not isinstance(content, bool)
        return [f"{content:.6g}"] if is_number else numbers(content) if isinstance(content, str) else []

    def case(graph: Callable[[], tuple[Value, Value | None]], **options: Any) -> Case:
        def lines() -> list[str]:
            contents = ag.explore(*graph(), **options).contents
            return [*places(contents.data()), *contents.rules, *sorted(contents.calls)]

        return lines

    return {
        "page of olah": case(lambda: (olah()[4], None)),
        "page of a derivative": case(lambda: random_derivative(4), direction="right"),
        "page of a perceptron": case(perceptron),
    }


# --- programs


class Plain(ast.NodeTransformer):
    """Takes docstrings away."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                x for x in body if not (isinstance(x, ast.Expr) and isinstance(x.value, ast.Constant))
            ] or [ast.Pass()]
        return node


def of_source(source: str) -> list[str]:
    """Return the code without comments and docstrings."""
    return ast.unparse(Plain().visit(ast.parse(source))).splitlines()


def programs() -> dict[str, Case]:
    def of(compiled: Any) -> list[str]:
        shapes = [f"{name} {array.shape}" for name, array in compiled.constants.items()]
        on_scalars = compiled._scalar_calls("gradient").lowered(BACKENDS["lines"]).source
        return [
            *of_source(compiled.source),
            *shapes,
            *compiled.equations().splitlines(),
            *compiled.equations(latex=True).splitlines(),
            *on_scalars.splitlines(),
            plain(compiled.report()),
        ]

    def derivative(seed: int) -> Case:
        return lambda: of(ag.compile(random_derivative(seed)[0]))

    def sums(seed: int) -> Case:
        return lambda: of(ag.compile(*random_sums(seed)))

    def rows_apart(sign: float) -> Case:
        """Long sums of products that share no vector."""

        def lines() -> list[str]:
            a, b = ([[Value(0.1 * i + k, f"{name}[{i},{k}]") for k in range(20)] for i in range(2)] for name in "ab")
            sums = [
                ag.total([x * y if sign > 0.0 else -(x * y) for x, y in zip(*rows, strict=True)])
                for rows in zip(a, b, strict=True)
            ]
            return of(ag.compile(ag.total([ag.tanh(z) for z in sums]).named("C")))

        return lines

    def mlp(activation: str, loss: Any, *sizes: int) -> Case:
        def lines() -> list[str]:
            net = nn.MLP(sizes[0], sizes[1:], activation, seed=0)
            step = ag.compile(lambda x, y: loss(net(x), y), net, inputs=(sizes[0], sizes[-1]))
            return of(step)

        return lines

    def written_out() -> list[str]:
        W = [[Value(0.25 * (i - j), f"W[{i},{j}]") for j in range(3)] for i in range(4)]
        x = [Value(1.0 + k, f"x[{k}]") for k in range(3)]
        sums = [row[0] * x[0] + x[1] * row[1] + row[2] * x[2] for row in W]
        return of(ag.compile(ag.total([ag.tanh(z) * z for z in sums]).named("C")))

    def samples() -> list[str]:
        w, b = [Value(0.5 * k, f"w[{k}]") for k in range(3)], Value(0.1, "b")
        X = [[math.ldexp(3 * i + k, -3) for k in range(3)] for i in range(6)]
        losses = [ag.maximum(0.0, 1.0 - ag.dot(w, row, b) * (-1.0) ** i) ** 2 for i, row in enumerate(X)]
        return of(ag.compile((ag.total(losses) / 6.0 + 0.01 * ag.dot(w, w)).named("C")))

    def mixed() -> list[str]:
        w = [Value(0.5 * k - 1.0, f"w[{k}]") for k in range(3)]

        def cost(x: Any) -> Any:
            return ag.logsumexp([x[0], w[0], x[1] * w[1], w[2], x[2], x[3], 2.0]) + ag.hypot(x[0], w[0], x[1] - w[2])

        step = ag.compile(cost, w, inputs=(4,))
        return [*of(step), *of(ag.compile(lambda x: cost(x), inputs=(4,)))]

    def elements() -> list[str]:
        x = [Value(0.5 + k, f"x[{k}]") for k in range(8)]
        pairs = [(x[i] - x[i + 1]) ** 2 + 100.0 * (1.0 - x[i]) ** 2 for i in range(0, 7, 2)]
        strides = [ag.exp(x[i]) / x[-1 - i] for i in range(8)]
        return of(ag.compile(ag.total(pairs) + ag.logsumexp(strides) - ag.total(x[::-2])))

    def numbers_beside_results() -> list[str]:
        x = [Value(0.5 + k, f"x[{k}]") for k in range(4)]
        rows = [[ag.sin(y * (i + 1.0)) for y in x] for i in range(3)]
        shared, each = [0.5, -1.0, 2.0, 0.25], [[1.5 * i - j for j in range(4)] for i in range(3)]
        sums = [ag.dot(row, shared) for row in rows] + [ag.dot(numbers, rows[0]) for numbers in each]
        return of(ag.compile(ag.total([ag.tanh(z) for z in sums]).named("C")))

    def without_inputs() -> list[str]:
        w = [Value(0.5 * k - 1.0, f"w[{k}]") for k in range(3)]
        functions: list[Callable[[], Any]] = [
            lambda: ag.dot(w, w),
            lambda: [w[0] * 2.0, w[1] * w[2]],
            lambda: [ag.total(w), 3.0],
        ]
        return [line for f in functions for line in of(ag.compile(f, w, inputs=()))]

    def unused_inputs() -> list[str]:
        functions: list[Callable[..., Any]] = [
            lambda x, y, z: x * 2.0,
            lambda x, y, z: [ag.exp(z[0]), z[2] - z[1], 1.5],
            lambda x, y, z: ag.total(list(z[:2])) * 3.0 + z[2] * z[2] + y,
            lambda x, y, z: ag.dot(z[1:], z[:2]) + ag.total(list(z)) * x,
        ]
        return [line for f in functions for line in of(ag.compile(f, inputs=((), (), 3)))]

    return {
        "program without inputs": without_inputs,
        "program with unused inputs": unused_inputs,
        **{f"program of derivative {seed}": derivative(seed) for seed in range(12)},
        "program of a perceptron": mlp("sigmoid", nn.quadratic, 4, 3, 2),
        "program of softmax": mlp("relu", nn.cross_entropy, 5, 4, 4, 3),
        "program, written out": written_out,
        "program of samples": samples,
        **{f"program of sums {seed}": sums(seed) for seed in range(12)},
        "program of rows apart": rows_apart(1.0),
        "program of negative rows apart": rows_apart(-1.0),
        "program of elements": elements,
        "program of numbers beside results": numbers_beside_results,
        "program of inputs and parameters": mixed,
    }


def programs_on_jax() -> dict[str, Case]:
    """The same programs as they are written for JAX, which need not be there for that."""

    def case(make: Case) -> Case:
        def lines() -> list[str]:
            compile, jax = (
                ag.compile,
                SimpleNamespace(config=SimpleNamespace(jax_enable_x64=True), jit=lambda f: f, numpy=np),
            )
            with pytest.MonkeyPatch.context() as patched:
                patched.setitem(sys.modules, "jax", jax)
                patched.setitem(sys.modules, "jax.numpy", np)
                patched.setattr(ag, "compile", lambda *args, **options: compile(*args, backend="jax", **options))
                return list(make())

        return lines

    return {f"{name}, on JAX": case(make) for name, make in programs().items()}


# --- programs on arrays, at random


class RandomFunction:
    """A random function of arrays of Values: views, repetition, sums and products of every kind, and pieces.

    Args:
        seed: the number that it is drawn by.
        exact: only operations without rounding errors, so that the numbers in equations are the same everywhere.
    """

    def __init__(self, seed: int, exact: bool = False) -> None:
        self.seed, self.exact = seed, exact
        draw = random.Random(f"shapes {seed}")
        n, m = draw.choice([(2, 3), (3, 3), (3, 4), (4, 2), (6, 5), (1, 5), (9, 3)])
        self.shapes = draw.choice([[(m,)], [(m,), (n,)], [(n, m)], [(m,), ()], [(n, m), (m,)]])
        dyadic = [math.ldexp(draw.randrange(-24, 25), -3) for _ in range(n * m)]
        self.W = [[Value(dyadic[i * m + k], f"W[{i},{k}]") for k in range(m)] for i in range(n)]
        self.b = [Value(0.5 * i - 0.75, f"bias[{i}]") for i in range(n)]
        # Values that are no parameters, some of them with equal numbers.
        self.data = [[Value(0.5 * (i // 2) - 0.25 * (k % 2)) for k in range(m)] for i in range(n)]
        self.parameters = [] if seed % 4 == 3 else [*(w for row in self.W for w in row), *self.b]
        self.outputs = 3 if seed % 5 == 4 else 1

    def __call__(self, *inputs: Any) -> Any:
        draw = random.Random(f"steps {self.seed}")
        tables = [self.W, self.b] if self.parameters else []
        arrays = [np.array(x, dtype=object) for x in (*inputs, *tables)]
        used = [w for y in arrays for w in y.ravel().tolist()]
        for _ in range(draw.randint(3, 7)):
            s, t = self._view(draw, draw.choice(arrays)), self._view(draw, draw.choice(arrays[-3:]))
            steps = [self._product, self._sums, self._dots, self._signed, self._together, self._pieces, self._pairs]
            steps += [self._pieces, self._pairs] if self.exact else [self._shares, self._pieces, self._pairs]
            result = np.asarray(draw.choice(steps)(draw, s, t), dtype=object)
            if draw.random() < 0.3:
                for k, z in enumerate(result.ravel().tolist()):
                    if z.op is not None and not z.label:
                        z.label = f"h[{k}]"
            arrays.append(result)
        ends = [self._sum(draw, y.ravel().tolist()) for y in arrays[-self.outputs :]]
        # Every parameter and input is used.
        everything: list[Callable[[], Any]] = [
            lambda: ag.total(used),
            lambda: ag.dot(used, used),
            lambda: ag.total([w * 0.5 for w in used]),
        ]
        ends[0] = ends[0] + draw.choice(everything)()
        return ends if self.outputs > 1 else ends[0]

    def _view(self, draw: random.Random, t: Any) -> Any:
        """Some elements of an array: slices, strides, reversed, transposed, gathered, or with an axis more."""
        views: list[Callable[[], Any]] = [lambda: t, lambda: t, lambda: t]
        if t.ndim:
            n = t.shape[0]
            picked = [draw.randrange(n) for _ in range(draw.randint(1, 4))]
            views += [lambda: t.T, lambda: t[::-1], lambda: t[: n // 2 + 1], lambda: t[::2], lambda: t[n // 2 :]]
            views += [lambda: t[picked], lambda: t[None], lambda: t[..., None], lambda: t.ravel()]
            views += [lambda: t[..., 1:] if t.shape[-1] > 1 else t]
        view = draw.choice(views)()
        return np.asarray(view, dtype=object) if np.ndim(view) < 3 else t

    def _sum(self, draw: random.Random, xs: list[Any]) -> Any:
        """A sum of some of the terms, of either sign, and of products of neighbours."""
        products = [[], [x * y for x, y in pairwise(xs)], [x * x for x in xs], [-x for x in xs[1:]]]
        terms = [*xs, *draw.choice(products)][: draw.choice([1, 2, 3, 4, 5, 9, 100])]
        signs = draw.choice([[1], [1], [-1], [1, -1], [1, 1, -1]])
        z = draw.choice([0.5, 0.0, xs[-1] * 0.25])
        for k, x in enumerate(terms):
            z = z + x if signs[k % len(signs)] > 0 else z - x
        return z if isinstance(z, Value) else xs[0] * 1.5

    def _sums(self, draw: random.Random, s: Any, t: Any) -> Any:
        rows = np.atleast_2d(t).tolist()
        return [self._sum(draw, row) for row in rows]

    def _signed(self, draw: random.Random, s: Any, t: Any) -> Any:
        """Two products and two other terms in each row, each with a sign of its own."""

        def signed(xs: list[Any]) -> Any:
            first, *terms = [xs[0] * xs[-1], draw.choice(xs) * draw.choice(xs), xs[0], draw.choice([0.5, xs[-1]])]
            for x in terms:
                first = first + x if draw.random() < 0.6 else first - x
            return first

        return [signed(row) for row in np.atleast_2d(t).tolist() * 2]

    def _dots(self, draw: random.Random, s: Any, t: Any) -> Any:
        rows = np.atleast_2d(t).tolist()
        numbers = [math.ldexp(3 * k % 7 - 2, -1) for k in range(len(rows[0]))]
        bias = draw.choice([(), (rows[0][0],), (0.5,)])
        return [ag.dot(row, numbers if draw.random() < 0.5 else row[::-1], *bias) for row in rows]

    def _product(self, draw: random.Random, s: Any, t: Any) -> Any:
        tables = [np.array(table, dtype=object) for table in ((self.W,) if self.parameters else ()) + (self.data,)]
        for a in (s, draw.choice(tables), tables[-1], tables[0].T):
            if a.ndim == 2 and t.ndim and t.shape[0] == a.shape[1]:
                return (a @ t) * (1.0 if draw.random() < 0.7 else -1.0)
        return t * 2.0

    def _together(self, draw: random.Random, s: Any, t: Any) -> Any:
        t = np.atleast_1d(t)
        data = np.array(self.data, dtype=object).ravel()[: t.size]
        same = t + np.resize(data, t.shape)
        return np.concatenate([t, draw.choice([t[..., ::-1], t[..., :1], t * 2.0, same])], axis=-1)

    def _shares(self, draw: random.Random, s: Any, t: Any) -> Any:
        """Rows of functions of exponentials, whole or some of their elements."""
        forms: list[Callable[[list[Any]], Any]] = [
            ag.softmax,
            lambda row: [ag.log(p) for p in ag.softmax(row)],
            lambda row: [ag.log10(p) for p in ag.softmax(row)[::2]],
            lambda row: ag.softmax(row)[::2],
            lambda row: [ag.logsumexp(row)],
            lambda row: [ag.hypot(*row)],
        ]
        form = draw.choice(forms)
        return [form(row) for row in np.atleast_2d(t).tolist()]

    def _pieces(self, draw: random.Random, s: Any, t: Any) -> Any:
        """An operation on each element."""
        number = draw.choice([2.0, -0.5, 0.25, -3.0, 1.0])
        forms: list[Callable[[Any], Any]] = [
            *[ag.relu, ag.abs, lambda x: -x, lambda x: x**2, lambda x: 2.0 - x, lambda x: x * number],
            *[lambda x: x - 0.5, lambda x: -x * number, lambda x: ag.where(x, x, number), lambda x: x + -1.5],
            *[lambda x: ag.clip(x, -1.0, 2.0), lambda x: x / 4.0, lambda x: -(x - 1.0)],
        ]
        if not self.exact:
            forms += [ag.tanh, ag.sigmoid, ag.softplus, lambda x: ag.log(ag.sigmoid(x)), lambda x: x**3]
            forms += [lambda x: ag.log2(ag.sigmoid(x)), lambda x: (x * x + 1.0) ** -1.5, lambda x: ag.sin(x) * x]
            forms += [lambda x: number / (1.5 + x * x), lambda x: ag.exp(-x * x), lambda x: ag.leaky_relu(x)]
            forms += [lambda x: ag.elu(x), lambda x: ag.sqrt(x * x + 1.0), ag.gelu, lambda x: 2.0**x, ag.silu]
        f = draw.choice(forms)
        return np.array([f(x) for x in t.ravel().tolist()], dtype=object).reshape(t.shape)

    def _pairs(self, draw: random.Random, s: Any, t: Any) -> Any:
        """An operation on two arrays, or on an array and parts of it."""
        forms: list[Callable[[Any, Any], Any]] = [
            *[lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, ag.maximum],
            *[lambda x, y: ag.where(x, y, 0.5), lambda x, y: x * y - 2.0 * x],
        ]
        if not self.exact:
            forms += [ag.hypot, ag.atan2, lambda x, y: x / (y * y + 1.0), lambda x, y: (x * x + 1.0) ** y]
            forms += [lambda x, y: ag.minimum(x, y) * x]
        f = np.frompyfunc(draw.choice(forms), 2, 1)
        if draw.random() < 0.2:
            s = np.array(self.data, dtype=object).ravel()[: t.size]
            s = s.reshape(t.shape) if s.size == t.size else s[0]
        try:
            result = f(s, t)
        except ValueError:  # their shapes do not go together
            result = f(t, t.ravel()[0])
        return result if np.size(result) <= 40 and np.ndim(result) < 3 else f(t, t.ravel()[-1])


def programs_on_arrays() -> dict[str, Case]:
    """Each derivative of random functions, for one example, for each of many and for their mean, on each backend."""

    def of_constants(executable: Any) -> list[str]:
        return [f"{name} {numbers.dtype} {numbers.tolist()}" for name, numbers in executable.constants.items()]

    def of_tape(program: Any) -> str:
        """Return the code of a program, which no machine runs here, with its constants and registers."""
        codes = dict(zip(["store", "call", *sorted(TABLE)], range(1000), strict=False))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(backends, "CODES", {k: v for k, v in codes.items() if k not in ("atan2", "gelu")})
            patched.setattr(backends, "Tape", lambda *args, **options: (args, options), raising=False)
            ((code, constants), numbers) = TapeEncoder(program).tape
        functions = numbers.pop("functions")
        return f"{code.tolist()} {constants.tolist()} {numbers} {len(functions)}"

    def case(seed: int, exact: bool) -> Case:
        def lines() -> list[str]:
            f = RandomFunction(seed, exact)
            compiled = ag.compile(f, f.parameters or None, inputs=f.shapes)
            derivatives = ["value", "gradient", *(["hvp"] if f.outputs == 1 else [])]
            graph = compiled._graph
            found = [plain(compiled.report()), plain(repr(compiled)), f"{graph.recorded} {graph.inner} {graph.edges}"]
            jax = GeneratedModule(Dialect("jax.numpy", "jnp", mutable=False))
            single = np.dtype(np.float32)
            for name, mean in product(derivatives, (True, False)):
                batches = (True,) if f.parameters else (False,) if mean else (True,)
                for batched in batches:
                    calls = compiled._calls(name, mean and bool(f.parameters), batched)
                    with pytest.MonkeyPatch.context() as patched:
                        patched.setitem(sys.modules, "jax", SimpleNamespace(numpy=np))
                        patched.setitem(sys.modules, "jax.numpy", np)
                        made = [calls.executable, jax.lower(calls.program, np.dtype(float))]
                    if seed % 3 == 0:
                        made.append(BACKENDS["numpy"].lower(calls.program, single))
                    for executable in made:
                        found += [*executable.source.splitlines(), *of_constants(executable)]
                    found.append(f"{list(calls.program.groups)} {calls.program.matrix_products}")
            for name in derivatives:
                scalars = compiled._scalar_calls(name)
                found += scalars.lowered(BACKENDS["lines"]).source.splitlines()
                found.append(of_tape(scalars.program))
            for latex in (False, True):
                found += compiled.equations(latex=latex).splitlines()
                if exact:
                    example = [(np.arange(math.prod(shape)) * 0.5 - 1.0).reshape(shape) for shape in f.shapes]
                    found += compiled.equations(latex=latex, numbers=True).splitlines()
                    found += compiled.equations(latex=latex, numbers=example).splitlines()
            return found

        return lines

    return {f"arrays {seed}": case(seed, seed % 3 == 1) for seed in range(60)}


# --- worked solutions


def traces() -> dict[str, Case]:
    """Formulas and their numbers in every style, without the words between them."""

    def case(seed: int, max_paths: int) -> Case:
        def lines() -> list[str]:
            trace = ag.trace(*random_derivative(seed), max_paths=max_paths)
            sheet = trace.worksheet(seed, share=0.3)
            texts = [
                str(trace),
                trace.latex(),
                trace.html(),
                str(trace.modes()),
                str(sheet),
                sheet.exercise(),
                sheet.key(),
            ]
            return [re.sub(r"[A-Za-z]{3,}", "", text) for text in texts]

        return lines

    return {f"trace {seed}, {paths} paths": case(seed, paths) for seed in range(24) for paths in ((8, 2)[seed % 2],)}


# --- rules


def entries() -> dict[str, Case]:
    """The entries of the table of operations, and the graphs that their functions make of Values."""

    def case(op: ag.Op) -> Case:
        def lines() -> list[str]:
            fields = [op.arity, *op.domain, op.requires, op.symbol, op.latex, op.numpy, op.defaults]
            found = [plain(str(field)) for field in fields]
            for name in ("written", "definition"):
                function = getattr(op, name)
                found.append(f"{function is None}")
                if function is None:
                    continue
                operands = named_operands(op)
                if name == "written":
                    z = op(*operands).named("z")
                    made = function(*operands, z=z) if op.arity is None else function(*operands, z)
                else:
                    made = function(*operands)
                for result in made if isinstance(made, (tuple, list)) else [made]:
                    order = ag.topological_order(result) if isinstance(result, Value) else []
                    place = {id(node): i for i, node in enumerate(order)}
                    found += [
                        f"{node.op.name if node.op else f'{node.data:.9g}'} {[place[id(x)] for x in node.operands]}"
                        for node in order
                    ]
            return found

        return lines

    return {f"entry of {op.name}": case(op) for op in OPERATIONS}


def rules() -> dict[str, Case]:
    """The graphs that the rules make of Values, and how they are written."""

    def case(op: ag.Op) -> Case:
        def lines() -> list[str]:
            leaves = named_operands(op)
            named = [x for x in leaves if isinstance(x, Value)]
            result = op(*leaves).named("r")
            found = [str(ag.trace(result, x)) + ag.trace(result, x).latex() for x in named]
            order = ag.topological_order(*ag.gradient(result, named))
            place = {id(node): i for i, node in enumerate(order)}
            found += [
                f"{node.op.name if node.op else node.data:.12} {[place[id(x)] for x in node.operands]}"
                for node in order
            ]
            return [re.sub(r"[A-Za-z]{8,}", "", text) for text in found] + at_a_grid(op)

        return lines

    def at_a_grid(op: ag.Op) -> list[str]:
        """Values, partials and smooth pieces at ordinary numbers, at zeros and where operands are equal."""
        lines = []
        for point in product((-1.5, -0.0, 0.0, 0.5, 1.0, 3.0), repeat=min(op.arity or 3, 3)):
            point = (point * 2)[: op.arity or 3]
            if NUMBER_SLOTS.get(op.name) is not None:
                point = tuple(1.0 if i == NUMBER_SLOTS[op.name] else x for i, x in enumerate(point))
            try:
                z = op.value(*point)
                slopes = op.slopes(point, z)
            except (ArithmeticError, ValueError) as error:
                lines.append(type(error).__name__)
                continue
            pieces = op.branch(*point)
            lines.append(f"{z:.7g} {[f'{x:.7g}' for x in slopes]} {pieces if pieces is None else float(pieces):.7g}")
        return lines

    return {f"rule of {op.name}": case(op) for op in OPERATIONS}


# --- training


def of_floats(array: Any) -> str:
    return " ".join(f"{x:.6g}" for x in np.ravel(np.asarray(array, dtype=float)))


def training() -> dict[str, Case]:
    X = [[math.ldexp((5 * k * k + 3 * i) % 17 - 8.0, -3) for i in range(3)] for k in range(11)]
    classes, targets = [k * k % 3 for k in range(11)], [[x[0] * x[1] - 0.5 * x[2]] for x in X]

    def case(optimizer: Callable[[], nn.Optimizer], **options: Any) -> Case:
        def lines() -> list[str]:
            classify = options.get("cost") in ("cross_entropy", "hinge")
            net = nn.MLP(3, [4, 3 if classify else 1], ["tanh", "linear"] if classify else "tanh", seed=3)
            history = nn.fit(
                net, X, classes if classify else targets, **{"epochs": 4, "progress": False, "seed": 5, **options},
                optimizer=optimizer(),
            )  # fmt: skip
            parts = history.cost, history.accuracy, history.validation_cost, net.predict(X)
            return [of_floats(part) for part in parts if part is not None]

        return lines

    s = nn.schedules
    schedules = {
        "linear": s.linear_decay(1.0, 0.25, 6),
        "step": s.step_decay(0.5, 3, 0.5),
        "exponential": s.exponential_decay(0.5, 0.75),
        "inverse": s.inverse_decay(0.5, 0.25),
        "cosine": s.cosine(1.0, 5, 0.125),
        "warmup": s.linear_warmup(3, s.cosine(1.0, 5)),
    }
    drawn_by = ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", None]
    shares = [(X[:k], classes[:k], share, k) for k in (5, 11) for share in (0.25, 0.5, 0.75)]
    return {
        "plain descent": case(lambda: nn.GradientDescent(0.25)),
        "sgd": case(lambda: nn.SGD(0.1, 0.5, weight_decay=0.01), batch_size=4),
        "nesterov": case(lambda: nn.Nesterov(0.1, 0.75), batch_size=3, shuffle=False),
        "momentum": case(lambda: nn.Momentum(s.linear_decay(0.2, 0.0, 12), weight_decay=0.1), batch_size=None),
        "rmsprop": case(lambda: nn.RMSProp(0.02, 0.75, 1e-3, 0.05), batch_size=5, compiled=False),
        "adam": case(lambda: nn.Adam(0.05, (0.5, 0.75), 1e-3, 0.05), batch_size=5, penalty=0.01, validation=0.25),
        "adam, by example": case(lambda: nn.Adam(0.05), penalty=0.01, validation=0.25, compiled=False, patience=2),
        "cross-entropy": case(lambda: nn.GradientDescent(0.5), cost="cross_entropy", batch_size=4, validation=0.4),
        "schedules": lambda: [of_floats([rate(k) for k in range(12)]) for rate in schedules.values()],
        "initializers": lambda: [
            of_floats([p.data for p in nn.MLP(5, [7, 3], name, init=init, seed=k).parameters()])
            for name in ("tanh", "relu")
            for k, init in enumerate(drawn_by)
        ],
        "split": lambda: [
            of_floats(part) for x, y, share, k in shares for pair in nn.split(x, y, share, seed=k) for part in pair
        ],
        "batches": lambda: [
            of_floats(part)
            for size, shuffle in ((1, True), (4, True), (5, False), (None, True))
            for batch in nn.batches(X, classes, size, seed=2, shuffle=shuffle)
            for part in batch
        ],
    }


# --- checks


def of_check(check: Any) -> list[str]:
    """Return what is known of each number that was checked; error bars are of few digits where rounding makes them."""
    lines = [f"{bool(check)}"]
    pairs = check.symmetry.broken if check.symmetry else ()
    lines += [f"{check.symmetry.count} {check.symmetry.gap:.4g} {check.symmetry.doubtful}"] if check.symmetry else []
    for found in (*check.leaves, *check.values, *check.edges, *check.sweeps, *check.curvatures, *pairs):
        places = f"{found.verdict} {found.position} {found.slot} {found.second}"
        slopes = f"{found.engine:.6g} {found.differences:.6g} {found.difference.swing:.6g}"
        bars = f"{found.error:.4g} {found.agreement:.4g} {found.difference.evaluations}"
        lines.append(f"{places} {slopes} {bars}")
    # Where a node was made depends on this file.
    printed = "\n".join(line for line in str(check).splitlines() if ".py, line " not in line)
    short = re.sub(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", lambda x: f"{float(x[0]):.3g}", printed)
    return [*lines, *plain(short).splitlines()]


def checks() -> dict[str, Case]:
    """Checks of graphs of what IEEE 754 rounds correctly, with right rules and wrong ones."""
    halved = faulty("sqrt", lambda x, z: 0.25 / z)
    exchanged = faulty("div", lambda x, y, z: (-z / y, 1.0 / y))
    second = faulty("mul", lambda x, y, z: (y, 1.001 * x))
    weighted = faulty("dot", lambda *xs, z: tuple(2.0 * x for x in xs[len(xs) // 2 :] + xs[: len(xs) // 2]))

    def tangle(seed: int, sqrt: Any = ag.sqrt, div: Any = None, mul: Any = None) -> Value:
        draw = random.Random(seed)
        div, mul = div or (lambda x, y: x / y), mul or (lambda x, y: x * y)
        nodes = [Value(draw.uniform(0.5, 2.0), f"x{k}") for k in range(3)]
        for _ in range(9):
            x, y = draw.choice(nodes[-4:]), draw.choice(nodes)
            made = [
                lambda x, y: mul(x, y),
                lambda x, y: div(x, y + 3.0 + y * y),
                lambda x, y: sqrt(x * x + 1.0),
                lambda x, y: x - 0.25 * y,
                lambda x, y: ag.dot([x, y], [0.5, x], 1.0),
                lambda x, y: ag.maximum(x, -y) + ag.relu(y),
            ]
            nodes.append(made[draw.randrange(6)](x, y))
        return (nodes[-1] * nodes[-2] + nodes[-3]).named("C")

    def wide(count: int, wrong: bool = False) -> Value:
        w = [Value(math.ldexp(k * k % 17 - 5.5, -3), f"w{k}") for k in range(count)]
        x = [Value(math.ldexp(k * 7 % 11 + 1.0, -2), f"x{k}") for k in range(count)]
        return (weighted(*w, *x) if wrong else ag.dot(w, x)) * 0.5 + ag.total(w)

    def neighbours(count: int, times: Any) -> Value:
        w = [Value(math.ldexp(k * k % 17 - 5.5, -3), f"w{k}") for k in range(count + 1)]
        return ag.total([times(x, y) for x, y in pairwise(w)]) * 0.5

    def far(x: float) -> Value:
        y = Value(x, "y")
        return y / ag.sqrt(1.0 + y * y) + 1e-3 / y

    def function(x: Any, y: Any) -> Any:
        return x * x * y + x / (1.0 + y * y)

    def case(make: Callable[[], Value], **options: Any) -> Case:
        return lambda: of_check(ag.gradcheck(make(), **options))

    def kinds() -> Value:
        zero, x = Value(0.0, "zero"), Value(1.5, "x")
        return ag.relu(zero) * x + ag.abs(zero * x) + ag.maximum(x, x * 1.0) + ag.floor(x * 2.0) * x

    wrong_rules: dict[str, list[Any]] = {
        "sqrt": [
            lambda x, z: 1.0 / z,
            lambda x, z: -0.5 / z,
            lambda x, z: 0.5 / x,
            lambda x, z: z,
            lambda x, z: 0.5 * z,
        ],
        "mul": [lambda x, y, z: (x, y), lambda x, y, z: (y, y), lambda x, y, z: (y, -x), lambda x, y, z: (1.0, 1.0)],
        "div": [
            lambda x, y, z: (1.0 / y, x / (y * y)),
            lambda x, y, z: (y, -x / (y * y)),
            lambda x, y, z: (1.0 / y, -z),
        ],
        "sub": [lambda x, y, z: (1.0, 1.0), lambda x, y, z: (-1.0, 1.0)],
        "relu": [lambda x, z: 1.0 + 0.0 * x, lambda x, z: z, lambda x, z: ag.step(-x)],
        "abs": [lambda x, z: 1.0 + 0.0 * x, lambda x, z: -ag.sign(x)],
        "maximum": [lambda x, y, z: (ag.step(y - x), ag.step(x - y)), lambda x, y, z: (1.0, 1.0)],
        "tanh": [lambda x, z: 1.0 - z, lambda x, z: 1.0 + z * z, lambda x, z: 1.0 - x * x, lambda x, z: z * (1.0 - z)],
        "sigmoid": [lambda x, z: z, lambda x, z: 1.0 - z, lambda x, z: z * z, lambda x, z: x * (1.0 - x)],
        "log": [lambda x, z: 1.0 / (x * x), lambda x, z: x, lambda x, z: 1.0 / z],
    }

    def hinted(name: str, k: int) -> list[str]:
        op = faulty(name, wrong_rules[name][k])
        xs = [Value(1.75 - 0.5 * i, "xy"[i]) for i in range(op.arity)]
        z = (op(*xs) * 1.5 + 0.25).named("z")
        lines = of_check(ag.gradcheck(z)) + of_check(ag.gradcheck(lambda *xs: op(*xs), [x.data for x in xs], order=2))
        # Rounding errors of the platform's functions are in the error bars.
        return [re.sub(r"[-+.e\d]+", "", line) for line in lines] if name in ("tanh", "sigmoid", "log") else lines

    hints = {
        f"hint {k + 1} on {name}": lambda name=name, k=k: hinted(name, k)  # type: ignore[misc]
        for name, some in wrong_rules.items()
        for k in range(len(some))
    }
    return {
        **hints,
        **{f"check {seed}": case(lambda seed=seed: tangle(seed)) for seed in range(4)},
        **{f"check {seed} of order 2": case(lambda seed=seed: tangle(seed), order=2) for seed in range(2)},
        **{f"check {seed}, sqrt halved": case(lambda seed=seed: tangle(seed, sqrt=halved)) for seed in range(2, 4)},
        **{f"check {seed}, div exchanged": case(lambda seed=seed: tangle(seed, div=exchanged)) for seed in range(3)},
        **{f"check {seed}, mul off": case(lambda seed=seed: tangle(seed, mul=second), order=2) for seed in range(2)},
        **{f"check of {count}": case(lambda count=count: wide(count)) for count in (3, 4, 5, 20, 101)},
        **{f"check of {count}, wrong": case(lambda count=count: wide(count, True)) for count in (3, 4, 5, 20, 101)},
        **{f"check of {count}, order 2": case(lambda count=count: wide(count), order=2) for count in (3, 4, 5)},
        "check of a sum of 8, order 2": case(lambda: neighbours(8, ag.TABLE["mul"]), order=2),
        "check of a sum of 9, order 2": case(lambda: neighbours(9, second), order=2),
        "check of 200": case(lambda: neighbours(199, ag.TABLE["mul"])),
        "check of 201": case(lambda: neighbours(200, second)),
        "check of 201, order 2": case(lambda: neighbours(200, second), order=2),
        **{f"check far off, {x:g}": case(lambda x=x: far(x), order=2) for x in (1e-9, -3e-4, 40.0, 2e9, 1e200)},
        "check at kinks": case(kinds),
        "check at 0": lambda: of_check(ag.gradcheck(function, (0.0, 0.0), order=2)),
        "check of one at 0": lambda: of_check(ag.gradcheck(function, (0.0, 1.5), order=2)),
        "check of a function": lambda: of_check(ag.gradcheck(function, (1.25, -0.5))),
        "check of a hessian": lambda: of_check(ag.gradcheck(function, (1.25, -0.5), hessian=[[1.0, 2.0], [2.5, 4.0]])),
        "check of a gradient": lambda: of_check(ag.gradcheck(function, (1.25, -0.5), gradient=[1.0, 2.0])),
    }


# --- points at which operations are tried


def tried() -> dict[str, Case]:
    """Names of the cases of operations, which have the points in them, and points that are drawn."""
    letters = sorted({op.name[0] for op in OPERATIONS})
    intervals = [Interval(), Interval(0.0), Interval(-1.0, 1.0), Interval(high=2.0, open=True), Interval(0.0, 1e-3)]

    def cases(letter: str) -> list[str]:
        # No index of a softmax is drawn.
        operations = [op for op in OPERATIONS if op.name[0] == letter and op.name != "softmax"]
        return [str(case) for op in operations for case in ag.op_cases(op)]

    def points() -> list[str]:
        each = [repr(draw(interval, 2, 4, f"{i}")) for i, interval in enumerate(intervals)]
        token = SEED.set(7)
        try:
            return [*each, repr(draw(intervals, 3, 5, "mixed")), repr(draw(intervals[:2], 4, 3))]
        finally:
            SEED.reset(token)

    found: dict[str, Case] = {f"cases of {x}…": lambda x=x: cases(x) for x in letters}  # type: ignore[misc]
    return {**found, "points": points}


# --- nested arguments


class Labelled:
    """Stands in for a series of pandas."""

    ndim = 1

    def __init__(self, numbers: Any, index: Sequence[Any] = (), name: str = "") -> None:
        self.numbers, self.index, self.name = np.array(numbers), list(index), name
        self.dtype = self.numbers.dtype

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numbers if dtype is None else self.numbers.astype(dtype)

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        return f"S{self.numbers.tolist()}{self.index}{self.name}"

    def reindex(self, index: Sequence[Any]) -> Labelled:
        return Labelled([self.numbers[self.index.index(key)] for key in index], index, self.name)


class Columns:
    """Stands in for a frame of pandas."""

    def __init__(self, columns: dict[str, Labelled]) -> None:
        self.of, self.columns, self.iloc = columns, list(columns), self

    def __getitem__(self, place: Any) -> Labelled:
        return self.of[self.columns[place[1]]]

    def __repr__(self) -> str:
        return f"F{self.of}"

    def items(self) -> Any:
        return self.of.items()

    def copy(self) -> Columns:
        return Columns(dict(self.of))

    def isetitem(self, i: int, column: Any) -> None:
        self.of[self.columns[i]] = column


class PlainTensor:
    """Stands in for a tensor of PyTorch."""

    device = "cpu"

    def __init__(self, numbers: Any, requires_grad: bool = False, dtype: Any = None) -> None:
        self.numbers, self.requires_grad = np.array(numbers, dtype=dtype), requires_grad
        self.shape, self.ndim, self.dtype = self.numbers.shape, self.numbers.ndim, self.numbers.dtype.type

    def __repr__(self) -> str:
        return f"T{self.numbers.tolist()}{self.requires_grad:d}{self.numbers.dtype.kind}"

    def is_complex(self) -> bool:
        return self.numbers.dtype.kind == "c"

    def is_floating_point(self) -> bool:
        return self.numbers.dtype.kind == "f"

    def detach(self) -> PlainTensor:
        return self

    cpu = resolve_conj = resolve_neg = detach

    def double(self) -> PlainTensor:
        return PlainTensor(self.numbers.astype(float))

    def numpy(self) -> Any:
        return self.numbers

    def reshape(self, shape: Any) -> PlainTensor:
        return PlainTensor(self.numbers.reshape(shape), self.requires_grad)

    def requires_grad_(self, requires: bool) -> PlainTensor:
        return PlainTensor(self.numbers, requires)


class PlainJax:
    """Stands in for an array of JAX."""

    def __init__(self, numbers: Any, dtype: Any = None) -> None:
        self.numbers = np.array(numbers, dtype=dtype)
        self.dtype, self.shape, self.ndim = self.numbers.dtype, self.numbers.shape, self.numbers.ndim

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numbers if dtype is None else self.numbers.astype(dtype)

    def __repr__(self) -> str:
        return f"J{self.numbers.tolist()}{self.dtype}"

    def reshape(self, shape: Any) -> PlainJax:
        return PlainJax(self.numbers.reshape(shape))


class PlainModule:
    """Stands in for a module of PyTorch."""

    def __init__(self, **parameters: PlainTensor) -> None:
        self.parameters = parameters

    def __repr__(self) -> str:
        return f"M{[(key, getattr(x, 'data', x)) for key, x in self.parameters.items()]}"

    def named_parameters(self) -> list[tuple[str, PlainTensor]]:
        return list(self.parameters.items())


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclass
class Fields:
    weight: Any
    n: Any = 2
    mode: str = "sum"


def structures() -> dict[str, Case]:
    """What nests of arguments are taken apart into, put together from, and aligned with."""
    a, b = np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([1, 2])

    def arguments() -> list[tuple[Any, ...]]:
        series = Labelled([0.5, 1.5], ["u", "v"], "s")
        frame = Columns({"x": series, "n": Labelled([1, 2], ["u", "v"]), "t": Labelled(["a", "b"], ["u", "v"])})
        on, off = PlainTensor([1.0, 2.0], True), PlainTensor([[3.0], [0.5]])
        module = PlainModule(weight=on, bias=off)
        return [
            (1.5,),
            (2,),
            (1.5, 2.0),
            (1.5, 2, True, None, "text"),
            ([1.0, 2.0],),
            ([1, 2], 0.5),
            ([1.0, 2],),
            ([[1.0], [2.0, 3.0]], (1.5,)),
            ([True, False], 1.0, [1.0, None]),
            (["a", "b"], [1.0, "a"], b"b"),
            ({"w": a, "n": 3, "mode": "sum", "f": math.sin},),
            ({"x": 1.0, 2: 0.5},),
            ({"x": {"y z": [1.0], 'q"': 2}},),
            (OrderedDict([("k", 1.0), ("l", (2.0, 3))]),),
            (Pair(1.0, a), b),
            (Pair(1, [2, 3]), 0.5),
            (Fields(a), Fields([1.0], 3.5)),
            (a, b),
            (a.astype(np.float32), np.float64(0.5), np.int64(3)),
            (np.array([True, False]), 1.0),
            (np.array(["a", "b"]), np.array(["2020-01-01"], dtype="M8[D]"), np.array([3], dtype="m8[s]"), 1.0),
            (np.array(0.5), np.array([Value(1.0), 2.0], dtype=object)),
            (Value(1.0), [Value(2.0), 3.0]),
            ((), [], {}, 1.0),
            ([(), [1.0]],),
            (series,),
            (series, 1.0),
            (frame, [series]),
            (on, off),
            (off, 2, 0.5),
            (PlainTensor([1, 2]), off, 1),
            (PlainTensor([True]), PlainTensor([1j]), on, [off, on]),
            (module, off),
            ({"m": module}, on, [1.0]),
            (1j, 0.5),
            (..., 1.0),
            (np.array(["a", "b"], dtype=object), 1.0),
            (np.array([], dtype=object), np.array([]), 1.0),
            (PlainJax([[0.5], [1.5]]), PlainJax(np.float32(2.0)), 1.0),
            (PlainJax([1, 2]), PlainJax([True, False]), PlainJax([0.5])),
            ([PlainJax([1j])], PlainJax(["key"]), PlainJax([0.5]), 2),
        ]

    def nests() -> list[Any]:
        some = [1.0, [1.0], (1.0,), [1.0, 2.0], (1.0, 2.0), (1.0, 2.0, 3.0), ([1.0, 2.0],), [[1.0, 2.0], 3.0], None]
        some += [{"w": 1.0}, {"x": 1.0, 2: 2.0}, {"x": 1.0, "y": 2.0}, {}, Pair(1.0, 2.0), Fields(1.0), "text", a, (a,)]
        some += [SimpleNamespace(weight=1.0, n=2.0, mode=0.5, first=1.0, second=2.0, x=3.0), [a, 1.0], {"x": [1.0, 2]}]
        some += [Labelled([2.0, 1.0], ["v", "u"]), Labelled([2.0], ["w"]), SimpleNamespace(x=1.0), [None, 1.0]]
        return [*some, SimpleNamespace(first=1.0, second=None), PlainTensor([1.0, 2.0]), [[1.0], [2.0], [3.0], 4.0]]

    def outcome(f: Callable[[], Any]) -> str:
        try:
            return repr(f())
        except (TypeError, ValueError) as error:
            return f"{type(error).__name__} {plain(str(error))}"
        except (AttributeError, LookupError) as error:
            return type(error).__name__

    def case(i: int) -> Case:
        def lines() -> list[str]:
            torch = SimpleNamespace(
                Tensor=PlainTensor,
                bool=np.bool_,
                tensor=lambda numbers, dtype, device: PlainTensor(numbers, dtype=dtype),
            )
            # NumPy 2 writes its numbers with their types.
            with pytest.MonkeyPatch.context() as patched, np.printoptions(legacy="1.21"):
                patched.setitem(sys.modules, "torch", torch)
                patched.setitem(sys.modules, "torch.nn", SimpleNamespace(Module=PlainModule))
                jax_numpy = SimpleNamespace(
                    asarray=lambda numbers, dtype: PlainJax(numbers, dtype),
                    issubdtype=np.issubdtype,
                    floating=np.floating,
                    complexfloating=np.complexfloating,
                    integer=np.integer,
                    bool_=np.bool_,
                )
                patched.setitem(sys.modules, "jax", SimpleNamespace(Array=PlainJax))
                patched.setitem(sys.modules, "jax.numpy", jax_numpy)
                patched.setitem(sys.modules, "pandas", SimpleNamespace(Series=Labelled, DataFrame=Columns))
                return [line for hold in ("nothing", "settings", "integers") for line in of(i, hold)]

        def of(i: int, hold: Any) -> list[str]:
            args = arguments()[i]
            roots = [f"x{k}" for k in range(len(args))]
            try:
                nest = Arguments(*args, hold=hold)
            except (TypeError, ValueError) as error:
                return [f"{type(error).__name__} {plain(str(error))}"]
            count = len(nest.scalars)
            found = [
                f"{nest.scalars} {nest.is_sequence} {nest.is_plain} {nest.hold}",
                *nest.labels(roots),
                *nest.leaf_names(roots),
                *[f"{x.label} {plain(x.reason)} {len(x.reason)}" for x in nest.fixed(roots)],
                outcome(lambda: nest.shaped([k + 0.5 for k in range(count)])),
                outcome(lambda: nest.shaped(np.arange(count) + 0.5)),
                outcome(lambda: nest.shaped_all([k + 0.5 for k in range(count)])),
                outcome(lambda: nest.shaped_all([Value(k + 0.5) for k in range(count)])),
                outcome(lambda: nest.replaced(range(len(nest.leaves())))),
            ]
            for other in nests():
                found.append(outcome(lambda other=other: [x for _, x in nest.align(other, "it")]))  # type: ignore[misc]
            return [re.sub(r" at 0x\w+", "", text) for text in found]

        return lines

    return {f"nested arguments {i}": case(i) for i in range(41)}


# --- operands of every kind


class Foreign:
    """A number of another library, which has operators of its own."""

    def __radd__(self, other: Any) -> str:
        return "its own sum"

    def __rpow__(self, other: Any) -> str:
        return "its own power"

    def __lt__(self, other: Any) -> bool:
        return True

    def __repr__(self) -> str:
        return "Foreign"


def operands_of_every_kind() -> dict[str, Case]:
    """What operators, operations and functions make of Values beside anything, or how they refuse it."""
    others: dict[str, Callable[[], Any]] = {
        "list": lambda: [1.0],
        "empty list": list,
        "tuple": lambda: (1.0, 2.0),
        "text": lambda: "a" * 50,
        "None": lambda: None,
        "array": lambda: np.array([1.0, 2.0]),
        "array of Values": lambda: np.array([Value(1.5), 2.0], dtype=object),
        "array without axes": lambda: np.array(2.0),
        "complex array without axes": lambda: np.array(1j),
        "array without axes of a Value": lambda: np.array(Value(2.0), dtype=object),
        "complex": lambda: 1j,
        "complex of NumPy": lambda: np.complex128(2.0),
        "bool": lambda: True,
        "integer": lambda: 3,
        "large integer": lambda: 2**70,
        "float32": lambda: np.float32(0.5),
        "int64": lambda: np.int64(2),
        "bool of NumPy": lambda: np.bool_(True),
        "fraction": lambda: Fraction(1, 2),
        "decimal": lambda: Decimal("0.5"),
        "time span": lambda: np.timedelta64(3, "s"),
        "nan": lambda: math.nan,
        "inf": lambda: math.inf,
        "zero": lambda: 0.0,
        "dict": dict,
        "foreign": Foreign,
        "Value": lambda: Value(-2.0, "y"),
    }
    binary: list[Callable[[Any, Any], Any]] = [
        *[operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv],
        *[operator.mod, operator.matmul, operator.xor, operator.lt, operator.le, operator.gt, operator.ge],
        *[operator.eq, operator.ne, ag.maximum, ag.atan2, ag.hypot, ag.xlogy, ag.leaky_relu, divmod],
        *[lambda x, y: ag.where(x, y, 1.0), lambda x, y: ag.clip(1.0, x, y), lambda x, y: ag.dot([x, 1.0], [y, x])],
        *[lambda x, y: ag.dot([x], [1.0], y), lambda x, y: ag.total([x, y]), lambda x, y: ag.logsumexp([1.0, x, y])],
        *[lambda x, y: ag.softmax([x, y, 0.5])[1], lambda x, y: ag.TABLE["total"](*[x] * 20, *[y] * 20)],
        *[lambda x, y: ag.dot([1.0] * 17, [x] * 16 + [y])],
    ]
    unary: list[Callable[[Any], Any]] = [
        *[lambda x: Value(x), lambda x: Value(1.0, x), lambda x: Value(1.0).named(x), ag.sin, ag.sqrt, ag.abs],
        *[lambda x: real(x), lambda x: real(x, "it"), is_real, lambda x: ag.TABLE["sqrt"].value(-1.0)],
        *[lambda x: elementwise(ag.TABLE["hypot"], [x] * 40), lambda x: elementwise(operator.add, [x, np.zeros(3)])],
        *[lambda x: ag.total(x), lambda x: ag.dot(x, x), lambda x: Interval(0.0, 1.0).__contains__(x)],
    ]

    def outcome(f: Callable[..., Any], *operands: Any) -> str:
        try:
            result = f(*operands)
        except (ArithmeticError, ValueError, TypeError, AttributeError) as error:
            ours = type(error).__module__.startswith("autograd") or "; " in str(error)
            return f"{type(error).__name__} {plain(str(error)) if ours else ''}"
        results = np.asarray(result, dtype=object)
        entries = results.ravel().tolist() if not isinstance(result, Foreign) else [result]
        shown = [type(result).__name__, str(getattr(result, "dtype", "")), str(results.shape)]
        for x in entries:
            if isinstance(x, Value):
                shown.append(f"{x.data:.6g} {[f'{p:.6g}' for p in (*x.partials, *[y.data for y in x.operands])]}")
            else:
                shown.append(f"{x:.6g}" if isinstance(x, (float, np.floating)) else str(x))
        return " ".join(shown)

    def case(name: str) -> Case:
        def lines() -> list[str]:
            with np.errstate(all="ignore"), warnings.catch_warnings(), np.printoptions(legacy="1.21", precision=6):
                warnings.simplefilter("ignore")
                found = []
                for f in binary:
                    found.append(outcome(f, Value(2.5, "x"), others[name]()))
                    found.append(outcome(f, others[name](), Value(2.5, "x")))
                return [*found, *[outcome(f, others[name]()) for f in unary]]

        return lines

    return {f"operand: {name}": case(name) for name in others}


def names() -> list[str]:
    """Names that look like others, and how operations are called elsewhere."""
    words = [
        *ag.TABLE,
        "sigmiod",
        "tahn",
        "grad",
        "lable",
        "Sin",
        "RELU",
        "expp",
        "l",
        "lgo",
        "x" * 39,
        "x" * 40,
        "x" * 41,
    ]
    words += [
        "arcsin",
        "ln",
        "logistic",
        "swish",
        "item",
        "numpy",
        "name",
        "parents",
        "_prev",
        "sum",
        "mod",
        "logsumexpp",
    ]
    words = [word for word in words if word not in ag.TABLE or word in {op.name for op in OPERATIONS}]
    known = sorted({op.name for op in OPERATIONS} | {"data", "grad", "label", "operands"})
    lines = [f"{word} {closest(word, known)} {foreign(word)}" for word in words]
    lines += [f"{word} {closest(word, [other])}" for word in words[::7] for other in ("sinh", "cosh", "hypot", "log1")]
    for name, op in ag.TABLE.items():
        for count in range(6) if op in OPERATIONS else ():
            try:
                lines.append(f"{name} {len(op._completed((1.0,) * count))}")
            except TypeError as error:
                lines.append(f"{name} {plain(str(error))}")
    ends = [(-1.0, 1.0), (0.0, math.inf), (-math.inf, 2.0), (-math.inf, math.inf), (0.5, 0.5)]
    for low, high in ends:
        for is_open in (False, True):
            interval = Interval(low, high, is_open)
            inside = [x for x in (-math.inf, -1.0, 0.0, 0.5, 1.0, 2.0, math.inf, math.nan) if x in interval]
            lines.append(f"{plain(str(interval))} {inside}")
    return lines


# --- defaults


def defaults() -> list[str]:
    """Return the defaults of everything public, by the names of arguments."""
    x = Value(2.0, "x")
    y = (x * x).named("y")
    made: list[Any] = [ag.trace(y, x), ag.trace(y, x).worksheet(), ag.draw(y), ag.explore(y), ag.compile(y)]
    made += [ag.gradcheck(y), ag.paths(y, x), ag.anomaly(y), ag.Interval(), ag.line_of(x), ag.trace(y, x).modes()]
    lines = []
    modules = [ag, nn, nn.initializers, nn.schedules, SimpleNamespace(**{type(z).__name__: type(z) for z in made})]
    for module in modules:
        for name in sorted(getattr(module, "__all__", vars(module))):
            thing = getattr(module, name)
            members = [(name, thing)] if callable(thing) and name[0] != "_" else []
            if isinstance(thing, type):
                members += [(f"{name}.{x}", y) for x, y in sorted(vars(thing).items()) if x[0] != "_" and callable(y)]
            for path, member in members:
                try:
                    parameters = inspect.signature(member).parameters.values()
                except (TypeError, ValueError):
                    continue
                plain = [p for p in parameters if isinstance(p.default, (bool, int, float, str, tuple, type(None)))]
                lines += [f"{path} {p.name} {p.default!r}" for p in plain]
    return lines


# --- sizes one below and one above each limit


def ladders() -> dict[str, Case]:
    """Families of graphs, each a little larger than the one before, in all that is made of them."""

    def shown(output: Value, wrt: Value) -> list[str]:
        drawing, trace = ag.draw(output, wrt), ag.trace(output, wrt)
        texts = [drawing.describe(), drawing.picture.title, repr(output), str(trace), trace.html()]
        return [plain(text) for text in [*texts, str(ag.paths(output, wrt))]] + of_svg(drawing.svg())

    def terms(n: int) -> list[str]:
        w = [Value(0.5 + k, f"w[{k}]") for k in range(n)]
        x = [Value(1.0 - 0.25 * k, f"x[{k}]") for k in range(n)]
        outputs = ag.total(w), ag.dot(w, x), ag.dot(w, x, Value(2.0, "b")), ag.logsumexp(w)
        return [line for z in outputs for line in shown(z.named("z"), w[0])]

    def routes(n: int) -> list[str]:
        x = Value(0.5, "x")
        return shown(ag.total([(x * (k + 1.0)).named(f"y[{k}]") for k in range(n)]).named("z"), x)

    def doubled(n: int) -> list[str]:
        x = y = Value(2.0**-40, "x")
        for k in range(n):
            y = (y + y).named(f"y[{k}]")
        return shown(y.named("z"), x)[:6]

    def steps(n: int) -> list[str]:
        x = y = Value(0.5, "x")
        for _ in range(n):
            y = y * 1.25 - x
        return shown(y.named("z"), x)

    def named(n: int) -> list[str]:
        x = Value(0.5, "x" * n)
        return shown((x * x + 1.0).named("long " * (n // 5) + "z"), x)

    def wrong(n: int) -> list[str]:
        twice = faulty("mul", lambda x, y, z: (2.0 * y, x))
        xs = [Value(1.0 + k, f"x[{k}]") for k in range(n)]
        check = ag.gradcheck(ag.total([twice(x, x + 1.0) for x in xs] + [x * 1.5 for x in xs]))
        return [plain(str(check)), plain(check.markdown())]

    def asked(n: int) -> list[str]:
        third = faulty("div", lambda x, y, z: (1.0 / y, z / y))
        at = [1.0 + 0.5 * k for k in range(n)]
        f = lambda *xs: ag.total([third(x, 2.0 + k) for k, x in enumerate(xs)] + [third(1.0, xs[-1])])  # noqa: E731
        checks = [ag.gradcheck(f, at), ag.gradcheck(lambda x: f(*x), at), ag.gradcheck(third, at[:2], order=2)]
        wide = faulty("total", lambda *xs, z: tuple(2.0 + 0.0 * x for x in xs))
        checks.append(ag.gradcheck(wide(*map(Value, at)) * 1.5))
        return [line for check in checks for line in of_check(check)]

    def layered(n: int) -> list[str]:
        net = nn.MLP(n, [2, 1], seed=0)
        C = nn.quadratic(net([0.5] * n), [1.0])
        drawings = [ag.draw(C), ag.draw_network(net, [0.5] * n), ag.draw(C, net.layers[0].weight[1, 0])]
        return [line for drawing in drawings for line in of_svg(drawing.svg())]

    def broad(n: int) -> list[str]:
        net = nn.MLP(2, [n, 1], seed=0)
        C = nn.quadratic(net([0.5, -0.5]), [1.0])
        drawings = [ag.draw(C, detail="neurons"), ag.draw(C, detail="neurons", open="layer 2", max_shown=4)]
        return [line for drawing in drawings for line in of_svg(drawing.svg())]

    def compiled(n: int) -> list[str]:
        w, c = [Value(0.5 * k, f"w[{k}]") for k in range(n)], [0.25 * k * k - 1.0 for k in range(n)]
        sums = ag.dot(w, c), ag.total([x * x for x in w]), ag.total([ag.tanh(x + y) for x, y in zip(w, c, strict=True)])
        programs = [ag.compile(z.named("z")) for z in sums]
        return [line for f in programs for line in (*of_source(f.source), f.equations(), f.equations(latex=True))]

    def limits(n: int) -> list[str]:
        """Programs that are one below, at and one above each limit of the compiler, whose `n` is 0, 1 or 2."""

        def at(limit: int) -> int:
            return limit - 1 + n

        def grid(rows: int, columns: int, length: int, name: str) -> list[Value]:
            """Every row with every column."""
            A, B = (
                [[Value(0.25 * i - 0.5 * k, f"{letter}[{i},{k}]") for k in range(length)] for i in range(count)]
                for letter, count in ((name, rows), (name.upper(), columns))
            )
            return [ag.tanh(ag.dot(a, b)) for a in A for b in B]

        def products(count: int, rows: int, columns: int, length: int) -> Value:
            return ag.total([z for k in range(count) for z in grid(rows, columns, length, "abcdefgh"[k])])

        def split(sources: int, members: int) -> Value:
            tables = [ag.sin, ag.exp, ag.cos, ag.tanh]
            xs = [Value(0.125 * k, f"x[{k}]") for k in range(members)]
            return ag.total([ag.atan2(tables[k % sources](x), tables[k * k % sources](x)) for k, x in enumerate(xs)])

        def negated(count: int) -> Value:
            x = [Value(0.5 * k, f"x[{k}]") for k in range(count)]
            return ag.exp(2.0 - ag.total(x) - ag.dot(x, x))

        def columns(arrays: str, row: int) -> list[Value]:
            """Leaves X and their sines S."""
            return [ag.sin(x[k + row]) if array == "S" else x[3 * k + row] for k, array in enumerate(arrays)]

        x = [Value(0.5 + k, f"x[{k}]") for k in range(20)]
        longest = "abcdefghij" * 5
        outputs = {
            "small products": products(at(MAX_SMALL_PRODUCTS), 2, 2, 3),
            "smaller products": products(5, 2, 2, 2 * MIN_MULTIPLICATIONS // 8 - 1 + n),
            "products of rows": products(5, 1, 4, MIN_MULTIPLICATIONS // 4 - 1 + n),
            **{f"parts {k}": split(k, k * MIN_MEMBERS_PER_SPLIT - 1 + n) for k in (2, 3, 4)},
            "negated": negated(at(MAX_TERMS_NEGATED)),
            "number times the first leaf": ag.exp(x[0]) + (2.0 * x[0] + 3.0 * x[1] + 5.0),
            "both in order": ag.total([ag.tanh(y * z) for y, z in zip(x[:8:2], x[19:11:-1], strict=False)]),
            "written out": ag.exp(ag.total(x[: at(MAX_TERMS_WRITTEN_OUT)])),
            "products written out": ag.exp(ag.dot(x[: at(MAX_TERMS_WRITTEN_OUT)], x[10:][: at(MAX_TERMS_WRITTEN_OUT)])),
            "rows written out": ag.total(
                [ag.exp(ag.total(x[i : i + at(MAX_TERMS_WRITTEN_OUT)]) - x[0]) for i in (0, 3, 6)]
            ),
            "all pairs": ag.total([ag.maximum(a, b) for b in x[4 : 8 + n] for a in x[:3]]),
            "all pairs and one more": ag.total([ag.where(a, b, x[19]) for a in x[5:7] for b in x[:3]]),
            "blocks of columns": ag.total(
                [ag.tanh(ag.dot(columns(("SSXXSS", "SXXSXX", "SXSXSS")[n], i), x[i + 1 : 19 : 3])) for i in range(3)]
            ),
            "total of one": ag.exp(ag.total(x[:1])) + ag.exp(x[1]),
            "different lengths": ag.tanh(ag.dot(x[:2], x[2:4]) + x[9]) + ag.tanh(ag.dot(x[:3], x[4:7]) + x[8]),
            "of several arrays": ag.exp(ag.total([ag.sin(x[0]), ag.cos(x[1]), x[2], ag.tan(x[3])][: 2 + n])),
            "numbers": ag.dot(x[: at(MAX_NUMBERS_SPELLED_OUT)], [0.5 * k for k in range(at(MAX_NUMBERS_SPELLED_OUT))]),
            "name": ag.exp(x[0] * 2.0).named(longest[: at(MAX_LENGTH_OF_NAME)]) * x[0],
            "exponent": x[0] ** (2.0**24 - 2.0 + n),
            "large": (1e150 * x[0]) * (1e149, 1e150, 1e151)[n],
            "largest": 2.0 * (5e299 * x[0]),
            "smallest": 0.5 * (2e-300 * x[0]),
            "small": (1e-150 * x[0]) * (1e-149, 1e-150, 1e-151)[n],
            "operations in one expression": functools.reduce(ag.hypot, x[: at(MAX_OPERATIONS_PER_EXPRESSION) + 1]),
            "operations in one line": functools.reduce(ag.atan2, x[: at(MAX_OPERATIONS_PER_LINE) + 1]),
        }
        A = [[Value(0.5 * i - k, f"A[{i},{k}]") for k in range(3)] for i in range(3)]
        ends = [[x[0], x[9], x[at(8)]], [x[0], x[7], x[2]], [x[0], x[8], x[5]]]
        outputs["first elements in common"] = ag.total([ag.tanh(ag.dot(a, b)) for a in A for b in ends])
        outputs["one row too few"] = ag.total([ag.tanh(ag.dot(a, b)) for a in A for b in ends][: 9 - n])
        lines = []
        for z in outputs.values():
            f = ag.compile(z.named("z"))
            lines += [*of_source(f.source), plain(f.report()), f.equations(), f.equations(latex=True)]
            lines.append(f._scalar_calls("gradient").lowered(BACKENDS["lines"]).source)
        return lines

    def worked_out(n: int) -> list[str]:
        """Equations with numbers: a matrix or its transpose times a vector, with zeros and negative numbers."""
        lines = []
        for rows, columns in ((2, n), (n, 2), (1, n), (n, 1)):
            W = ag.values([[(3 * i + 5 * k) % 7 * 0.5 - 1.0 for k in range(columns)] for i in range(rows)], "W")
            b = ag.values([0.5 * i - 0.5 for i in range(rows)], "b")
            x = [0.25 * k - 0.5 for k in range(columns)]
            functions: list[tuple[Callable[[Any], Any], Any, list[float]]] = [
                (lambda x, W=W, b=b: ag.total(ag.relu(W @ x + b)), [W, b], x),
                (lambda x, W=W, b=b: ag.total((W @ x - b) * 0.5), [W, b], x),
                (lambda x, W=W: ag.total(ag.relu(x @ W) * (x @ W)), [W], [0.5 - 0.5 * i for i in range(rows)]),
                (lambda x, W=W: ag.dot(list(W[0]), list(x)) * -2.0 + ag.total(W.ravel()), [W], x),
            ]
            for f, parameters, example in functions:
                compiled = ag.compile(f, parameters, inputs=len(example))
                for latex in (False, True):
                    lines += [compiled.equations(latex, numbers=True), compiled.equations(latex, numbers=[example])]
        return lines

    def history(n: int) -> list[str]:
        history = nn.fit(nn.MLP(1, [1], seed=0), [[0.0], [1.0]], [0.0, 1.0], epochs=n, progress=False)
        return [plain(str(history)), plain(repr(history))]

    def given(n: int) -> list[str]:
        names = [*(chr(97 + k) * 27 for k in range(6)), "z" * (n - 6 * 28)]
        xs = [Value(1.0 + k, name) for k, name in enumerate(names)]
        z = xs[0]
        for x in xs[1:]:
            z = z * x
        sheet = ag.trace((z.named("C") * 2.0).named("D"), xs[0]).worksheet(1)
        return [str(sheet), sheet.latex()]

    def signs(n: int) -> list[str]:
        x = [Value(0.5 + k, f"x[{k}]") for k in range(n)]
        forms: list[Callable[[Value], Value]] = [
            lambda x: x + -2.0,
            lambda x: x - 2.0,
            lambda x: 2.0 - x,
            lambda x: -x + 2.0,
            lambda x: x * -2.0,
            lambda x: -2.0 / x,
            lambda x: -(x**2) + 0.5 * -x,
            lambda x: (x + 0.0) * 1.0 - -x,
            lambda x: -1.0 * x - 3.0 * x,
        ]
        lines = []
        for form in forms:
            f = ag.compile(ag.total([ag.tanh(form(y)) for y in x]).named("z"))
            lines += [*of_source(f.source), f.equations(), f.equations(latex=True)]
        return lines

    families: dict[str, tuple[Callable[[int], list[str]], Iterable[int]]] = {
        "terms": (terms, range(1, 8)),
        "routes": (routes, range(1, 10)),
        "doubled": (doubled, (1, 2, 3, 4, 10, 24, 49, 50)),
        "steps": (steps, range(1, 11)),
        "names": (named, (1, 8, 13, 14, 15, 16, 30, 59, 60, 61, 80)),
        "wrong": (wrong, range(1, 8)),
        "asked": (asked, (2, 5, 6, 7, 8)),
        "layers": (layered, (1, 2, 7, 8, 9, 12, 24)),
        "broad": (broad, range(4, 10)),
        "compiled": (compiled, (1, 2, 3, 4, 5, 15, 16, 17, 18)),
        "limits of the compiler": (limits, range(3)),
        "worked out": (worked_out, (1, 2, 3, 5, 6, 7)),
        "given": (given, (199, 200, 201)),
        "signs": (signs, (1, 4)),
        "epochs": (history, (1, 2, 15, 16, 17, 18)),
    }

    def case(family: str, n: int) -> Case:
        return lambda: families[family][0](n)

    return {f"{family}, {n}": case(family, n) for family, (_, sizes) in families.items() for n in sizes}


CASES: dict[str, Case] = {
    **drawings(),
    **networks(),
    **pages(),
    **programs(),
    **programs_on_jax(),
    **programs_on_arrays(),
    **traces(),
    **rules(),
    **entries(),
    **training(),
    **checks(),
    **tried(),
    **structures(),
    **operands_of_every_kind(),
    "names": names,
    "defaults": defaults,
    **ladders(),
}


def test_every_case_is_kept() -> None:
    assert CASES.keys() == read(KEPT).keys()


# The quick profile compares every third case; all of them take seven seconds.
@pytest.mark.parametrize("name", list(CASES)[:: 1 if IS_WITH_ALL_KEPT_NUMBERS else 3])
def test_numbers_are_as_kept(name: str) -> None:
    """Look at `CASES[name]()` with the change and without, and keep the new numbers if they are meant."""
    if name == "defaults" and ag.compiled:
        pytest.skip("compiled functions tell no defaults")
    assert checksum(CASES[name]) == read(KEPT)[name]


def test_random_functions_are_what_the_engine_computes() -> None:
    """So that the programs that are kept are right."""
    for seed in range(scaled(60)):
        f = RandomFunction(seed)
        compiled = ag.compile(f, f.parameters or None, inputs=f.shapes)
        rng = random.Random(seed)
        example = [np.array([rng.uniform(-2.0, 2.0) for _ in range(math.prod(s))]).reshape(s) for s in f.shapes]
        inputs = [ag.values(x) if x.shape else Value(float(x)) for x in example]
        ends = f(*inputs)
        leaves = f.parameters or [v for x in inputs for v in np.ravel(np.array(x, dtype=object)).tolist()]
        expected = [ag.gradient(z, leaves) for z in (ends if f.outputs > 1 else [ends])]
        value, gradient = compiled(*example)
        assert value == pytest.approx([z.data for z in ends] if f.outputs > 1 else ends.data, rel=1e-9, abs=1e-9)
        parts = gradient if isinstance(gradient, tuple) else (gradient,)
        slopes = np.concatenate([np.reshape(g, (f.outputs, -1)) for g in parts], axis=1)
        assert slopes == pytest.approx(np.array([[x.data for x in row] for row in expected]), rel=1e-7, abs=1e-9), seed


if __name__ == "__main__":
    rewrite(KEPT, CASES)
