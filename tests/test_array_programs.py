"""Steps on arrays against their definitions, element by element: selection, printing and differentiation."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from compiled_forms import FORMS, only
from effort import scaled
from numpy.typing import NDArray
from points import plain

import autograd as ag
from autograd import ops
from autograd.compiling.autodiff import Reverse
from autograd.compiling.backends import BACKENDS, ArrayBackend
from autograd.compiling.codegen import block, subscript
from autograd.compiling.ir import (
    Array,
    Builder,
    Concatenate,
    Contract,
    Gather,
    Index,
    Literal,
    Map,
    Scatter,
    Shape,
    Source,
    Sum,
)
from autograd.compiling.lower import ArrayProgram
from autograd.compiling.matmul import MatrixProducts
from autograd.compiling.rewriting import rewritten

SHAPES: list[Shape] = [(6,), (2, 3), (3, 2), (1, 3), (3, 1), (2, 1, 3), (2, 2, 2), (1,)]
INDEX_SHAPES: list[Shape] = [(), (1,), (2,), (3,), (1, 2), (2, 1), (2, 2), (1, 1)]


# --- subscripts and blocks


def selected(text: str, shape: Shape) -> Index:
    """Return the places that a subscript selects from an array of that shape."""
    whole = np.arange(math.prod(shape)).reshape(shape)
    return whole[eval(f"np.index_exp[{text}]")] if text else whole


def slices(length: int) -> Iterator[int | slice]:
    """Every index and every slice of an axis that selects something, forward."""
    yield from range(length)
    for first, step in itertools.product(range(length), range(1, length + 1)):
        for last in range(first, length, step):
            yield slice(first, last + 1, step)


def require_true(index: Index, shape: Shape) -> None:
    """Check that the subscript and the block of an index, where there are any, select its places in its shape."""
    text, size = subscript(index, shape), math.prod(shape)
    if text is not None:
        assert selected(text, shape).tolist() == index.tolist(), text
    found = block(index, size)
    if found is not None:
        start, stop, wide, rest = found
        taken = eval(f"np.arange({size})[{start}:{stop}].reshape({wide}){rest}")
        assert taken.tolist() == index.tolist(), found


def test_subscripts_and_blocks_select_the_index() -> None:
    """Every index of up to three places into small arrays, and some of four."""
    for shape, index_shape in itertools.product(SHAPES, INDEX_SHAPES):
        places, n = range(math.prod(shape)), math.prod(index_shape)
        indices: Any = itertools.product(places, repeat=n)
        if n > 3:
            indices = random.Random(f"{shape}").choices(list(indices), k=scaled(1000))
        for flat in indices:
            require_true(np.array(flat, dtype=np.intp).reshape(index_shape), shape)


def test_every_slice_has_a_subscript() -> None:
    for shape in [(5,), *SHAPES]:
        whole = np.arange(math.prod(shape)).reshape(shape)
        for chosen in itertools.product(*map(slices, shape)):
            index: Index = np.asarray(whole[chosen])
            require_true(index, shape)
            assert subscript(index, shape) is not None, (shape, chosen)


def test_every_block_is_found() -> None:
    """Some columns of some whole rows, upright or turned."""
    rng = random.Random(0)
    for _ in range(scaled(1500)):
        rows, columns, before, after = rng.randint(2, 4), rng.randint(2, 4), rng.randint(0, 3), rng.randint(0, 3)
        size = before + rows * columns + after
        table = np.arange(before, before + rows * columns).reshape(rows, columns)
        first, last = sorted(rng.sample(range(columns + 1), 2))
        index = table[:, first:last]
        if rng.random() < 0.5 and last - first > 1:
            index = index.T
        require_true(index, (size,))
        assert last - first == 1 or block(index, size) is not None


# --- programs of several steps


class Reference:
    """Steps evaluated for one example after the other, as `arrays` defines them.

    Args:
        given: the numbers of the sources, with an axis for the examples where they have one.
        examples: how many examples there are.
    """

    def __init__(self, given: Mapping[Array, NDArray[Any]], examples: int) -> None:
        self.given = given
        self.examples = examples

    def all(self, x: Array) -> NDArray[Any]:
        """Return `x` with an axis for the examples if it has one."""
        if not x.batched:
            return self.one(x, -1)
        return np.array([self.one(x, k) for k in range(self.examples)]).reshape(self.examples, *x.shape)

    def one(self, x: Array, example: int) -> NDArray[Any]:
        """Return `x` for one example; for none in particular if it has no axis for them."""
        if isinstance(x, Source):
            return self.given[x][example] if x.batched else self.given[x] if x.numbers is None else x.numbers
        if isinstance(x, Literal):
            return np.array(x.number * float(self.examples) ** x.power)
        if isinstance(x, (Sum, Contract)) and not x.batched and any(y.batched for y in x.operands):
            return sum((self._made(x, k) for k in range(self.examples)), np.zeros(x.shape))
        return self._made(x, example)

    def _made(self, x: Array, example: int) -> NDArray[Any]:
        operands = [self.one(y, example) for y in x.operands]
        if isinstance(x, Gather):
            return operands[0].ravel()[x.index]
        if isinstance(x, Sum):
            return operands[0].sum(axis=x.axes)
        if isinstance(x, Contract):
            return np.einsum(f"{x.axes[0]},{x.axes[1]}->{x.axes[2]}", *operands)
        if isinstance(x, Concatenate):
            return np.concatenate(operands, axis=-1)
        if isinstance(x, Map):
            return {ops.add: np.add, ops.sub: np.subtract, ops.mul: np.multiply, ops.neg: np.negative}[x.op](*operands)
        assert isinstance(x, Scatter)
        whole = np.zeros(x.size)
        for part, index in zip(operands, x.indices, strict=True):
            np.add.at(whole, index, part)
        return whole.reshape(x.shape)


class Linear:
    """A random program that is linear in each of its sources, with whole numbers, so that everything is exact.

    Args:
        seed: what it is drawn by.
        over_examples: whether steps may sum over the examples, as gradients do and recorded functions do not.
    """

    def __init__(self, seed: int, over_examples: bool) -> None:
        self.rng = random.Random(seed)
        self.over_examples = over_examples
        self.program = Builder(rewritten)
        self.sources = [
            self.program.source(name, self._shape(1, 2), batched)
            for name, batched in zip("xyz", self.rng.choice([(True, True, False), (True, False, False)]), strict=True)
        ]
        self.below: dict[Array, set[Array]] = {x: {x} for x in self.sources}
        for _ in range(self.rng.randint(1, 5)):
            self._grow()
        self.output = self.rng.choice([x for x in self.below if self.below[x]][-3:])
        weights = self._numbers(self.output.shape) if seed % 3 else self.program.literal(1.0)
        self.total = self.program.sum(self.output * weights, range(len(self.output.shape)), self.output.batched)

    def numbers(self, examples: int) -> dict[Array, NDArray[Any]]:
        """Whole numbers for the sources."""
        rng = np.random.default_rng(self.rng.randrange(10**6))
        return {
            x: rng.integers(-3, 4, (examples, *x.shape) if x.batched else x.shape).astype(float) for x in self.sources
        }

    def _shape(self, low: int, high: int) -> Shape:
        return tuple(self.rng.randint(1, 4) for _ in range(self.rng.randint(low, high)))

    def _numbers(self, shape: Shape) -> Array:
        count = math.prod(shape)
        return self.program.constant(
            np.array(self.rng.choices([-3, -2, -1, 1, 2, 3], k=count), dtype=float).reshape(shape)
        )

    def _keep(self, x: Array, *operands: Array) -> None:
        self.below.setdefault(x, set().union(*[self.below.get(y, set()) for y in operands]))

    def _grow(self) -> None:
        x = self.rng.choice(list(self.below)[-4:])
        step = self.rng.choice(
            [self._view, self._view, self._contract, self._contract, self._sum, self._put, self._map]
        )
        step(x)

    def _index(self, x: Array) -> Index:
        """Slices, turned or not, of its axes or of its elements in a row; or elements as they come."""
        rng, whole = self.rng, np.arange(x.size).reshape(x.shape)
        kind = rng.random()
        if kind < 0.4:
            index = whole[tuple(rng.choice(list(slices(n))) for n in x.shape)]
        elif kind < 0.6:
            rows = rng.choice([n for n in range(1, x.size + 1) if x.size % n == 0])
            table = whole.reshape(rows, -1)
            index = table[:, rng.choice(list(slices(table.shape[1])))]
        else:
            shape = self._shape(0, 2)
            index = np.array(rng.choices(range(x.size), k=math.prod(shape))).reshape(shape)
        index = np.asarray(index, dtype=np.intp)
        return index.T if rng.random() < 0.3 else index

    def _view(self, x: Array) -> None:
        self._keep(self.program.gather(x, self._index(x)), x)

    def _sum(self, x: Array) -> None:
        axes = [axis for axis in range(len(x.shape)) if self.rng.random() < 0.5]
        self._keep(self.program.sum(x, axes, self._keeps_examples(x)), x)

    def _keeps_examples(self, *operands: Array) -> bool:
        batched = any(x.batched for x in operands)
        return batched and (not self.over_examples or self.rng.random() < 0.6)

    def _map(self, x: Array) -> None:
        repeated = tuple(self.rng.choice([1, n] if n > 1 else [1, 3]) for n in x.shape)
        shape = self.rng.choice([x.shape, x.shape[1:], repeated])
        self._keep(x * self._numbers(shape), x)
        self._keep(self.program.apply(self.rng.choice([ops.add, ops.sub]), (x, self._numbers(shape))), x)

    def _put(self, x: Array) -> None:
        """Parts in places of a larger array, some in the same; or one behind the other."""
        rng = self.rng
        others = [y for y in self.below if y.shape[:-1] == x.shape[:-1] and y.shape and x.shape]
        if others and rng.random() < 0.5:
            y = rng.choice(others)
            self._keep(self.program.concatenate([x, y]), x, y)
            return
        shape = self._shape(1, 2) if rng.random() < 0.3 else (rng.randint(x.size, 2 * x.size),)
        size = math.prod(shape)
        if size >= x.size:
            parts = []
            for part in [x, *[y for y in self.below if y.shape == x.shape and y.batched == x.batched][:1]]:
                distinct = rng.random() < 0.6
                places = rng.sample(range(size), x.size) if distinct else rng.choices(range(size), k=x.size)
                ordered = sorted(places) if rng.random() < 0.7 else places
                parts.append((part, np.array(ordered, dtype=np.intp).reshape(x.shape)))
            self._keep(self.program.scatter(parts, shape, x.batched), *[part for part, _ in parts])

    def _contract(self, x: Array) -> None:
        """A product with an array that depends on other sources, over some of the axes."""
        rng = self.rng
        if len(x.shape) > 4:
            return
        a = "ijkl"[: len(x.shape)]
        sizes = dict(zip(a, x.shape, strict=True))
        others = [y for y in self.below if not self.below[y] & self.below[x] and len(y.shape) <= 2]
        y = rng.choice(others) if others and rng.random() < 0.7 else None
        shape = self._shape(0, 2) if y is None else y.shape
        b = ""
        for n, new in zip(shape, "mn", strict=False):
            fitting = [c for c in a if sizes[c] == n and c not in b]
            b += rng.choice(fitting) if fitting and rng.random() < 0.8 else new
            sizes[b[-1]] = n
        if y is None:
            y = self._numbers(shape)
            b = b if y.shape == shape else ""
        out = [c for c in dict.fromkeys(a + b) if (c in a) != (c in b) or rng.random() < 0.3]
        rng.shuffle(out)
        self._keep(self.program.contract(x, y, (a, b, "".join(out)), self._keeps_examples(x, y)), x, y)


def unset(shape: Any, dtype: Any = float) -> NDArray[Any]:
    """Stand in for `np.empty`, with numbers that nobody takes for zeros."""
    return np.full(shape, math.nan, dtype)


def run(program: Linear, output: Array, given: Mapping[Array, NDArray[Any]]) -> NDArray[Any]:
    """Return what the printed module gives, which is what its text gives when it is executed by itself."""
    numpy = BACKENDS["numpy"]
    assert isinstance(numpy, ArrayBackend)
    module = numpy.lower(ArrayProgram("f", program.sources, {"C": output}), np.dtype(float))
    arguments = [given[x] for x in program.sources]
    space: dict[str, Any] = dict(module.constants)
    exec(module.source, space)
    space |= module.constants
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "empty", unset)
        found, again = np.asarray(module.function(*arguments)), space["f"](*arguments)
    assert np.array_equal(found, again), module.source
    assert not any(np.shares_memory(found, x) for x in arguments), "the caller may change the result"
    return found


def difference(
    program: Linear, given: Mapping[Array, NDArray[Any]], x: Array, examples: int, per_example: bool
) -> NDArray[Any]:
    """Return the derivative of the total by each number of a source, which is the difference that 1 more makes."""

    def total(numbers: Mapping[Array, NDArray[Any]]) -> NDArray[Any]:
        value = Reference(numbers, examples).all(program.total)
        return value if per_example or not program.total.batched else value.sum(axis=0)

    before, slopes = total(given), []
    for place in np.ndindex(given[x].shape):
        more = given[x].copy()
        more[place] += 1.0
        slopes.append(total({**given, x: more}) - before)
    return np.array(slopes).T.reshape(*before.shape, *given[x].shape)


@pytest.mark.parametrize("examples", [0, 1, 3])
def test_printed_steps_match_definitions(examples: int) -> None:
    for seed in range(scaled(600)):
        program = Linear(seed, seed % 2 == 0)
        given = program.numbers(examples)
        for output in (program.output, program.total):
            found = run(program, output, given)
            assert np.array_equal(found, Reference(given, examples).all(output)), seed


@pytest.mark.parametrize("examples", [0, 1, 3])
def test_printed_derivatives_match_differences(examples: int) -> None:
    for seed in range(scaled(600)):
        program = Linear(seed, seed % 2 == 0)
        given = program.numbers(examples)
        for x in program.sources:
            for per_example in (False, True):
                if program.over_examples and (x.batched or per_example):
                    continue
                seeds = {program.total: program.program.literal(1.0)}
                adjoint = Reverse(program.program, seeds, [x], per_example).adjoints()[0]
                found = run(program, adjoint, given)
                apart = per_example and not x.batched
                expected = difference(program, given, x, examples, apart)
                if apart and not program.total.batched:
                    expected = np.broadcast_to(expected, (examples, *x.shape))
                assert np.array_equal(found, expected), (seed, x.name, per_example)


# --- what users write


def operand(t: Any, rng: random.Random) -> Any:
    """Some elements of an array in some order, or the array with an axis of length 1 put in."""
    kind = rng.random()
    if kind < 0.3:
        t = t[tuple(rng.choice([s for s in slices(n) if isinstance(s, slice)]) for n in t.shape)]
    elif kind < 0.45:
        shape = [rng.randint(1, 3) for _ in range(rng.randint(1, 2))]
        t = t.ravel()[np.array(rng.choices(range(t.size), k=math.prod(shape))).reshape(shape)]
    elif kind < 0.6:
        t = t.T
    return np.expand_dims(t, rng.randint(0, t.ndim)) if t.ndim < 3 and rng.random() < 0.4 else t


def cost(seed: int, tables: list[Any], x: Any) -> Any:
    """A smooth function of arrays, drawn by the seed: views, gathers, repetition, matrix products and reductions."""
    rng = random.Random(seed)
    arrays = [*tables, x]
    unary = [np.tanh, np.sin, lambda t: 1.0 / (1.5 + np.tanh(t)), lambda t: np.exp(np.sin(t)), lambda t: -t * 0.5]
    binary = [np.add, np.subtract, np.multiply, lambda s, t: s / (1.5 + np.tanh(t)), np.arctan2, np.hypot]
    for _ in range(rng.randint(2, 5)):
        s, t = operand(rng.choice(arrays), rng), operand(rng.choice([*arrays, x]), rng)
        if s.ndim == t.ndim == 2 and s.shape[1] == t.shape[0] and rng.random() < 0.8:
            arrays.append(s @ t)
        elif rng.random() < 0.2:
            arrays.append(np.atleast_1d(t.sum(axis=rng.randrange(t.ndim))))
        elif rng.random() < 0.3:
            arrays.append(rng.choice(unary)(t))
        elif t.ndim == 2 and rng.random() < 0.3:
            arrays.append(np.array([[*ag.softmax(list(row)), ag.logsumexp(list(row))] for row in t]))
        elif math.prod(np.maximum.reduce([(1,) * (3 - y.ndim) + y.shape for y in (s, t)])) <= 36:
            try:
                arrays.append(rng.choice(binary)(s, t))
            except ValueError:  # their shapes do not go together
                continue
    return ag.total(arrays[-1].ravel()) + ag.total(ag.sin(y) for table in tables for y in table.ravel())


def drawn(seed: int) -> tuple[list[Any], Shape]:
    """Tables of parameters, none in every third case, and the shape of an input."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 4, 3)
    shapes = [tuple(rng.permutation(lengths)[: rng.integers(1, 3)].tolist()) for _ in "abc"]
    tables = [ag.values(rng.normal(size=shape), name) for shape, name in zip(shapes, "AB", strict=False)]
    return tables if seed % 3 else [], tuple(lengths[: rng.integers(1, 4)].tolist())


@pytest.mark.parametrize("examples", [0, 1, 3])
def test_source_and_backends_match_the_engine(examples: int) -> None:
    for seed in range(scaled(100)):
        tables, shape = drawn(seed)
        parameters = [w for table in tables for w in table.ravel()]
        compiled = ag.compile(lambda x, s=seed, t=tables: cost(s, t, x), parameters or None, inputs=(shape,))
        X = np.random.default_rng(seed).normal(size=(examples, *shape))
        values, gradients = np.zeros(examples), np.zeros((examples, len(parameters)) if tables else X.shape)
        for k, example in enumerate(X):
            x = ag.values(example)
            C = cost(seed, tables, x)
            values[k] = C.data
            gradients[k].flat = [slope.data for slope in ag.gradient(C, parameters or list(x.ravel()))]
        limit: dict[str, float] = {"rel": 1e-11, "abs": 1e-11 * max(1.0, np.abs(gradients).max(initial=0.0))}
        for form in FORMS:
            with only(form):
                found = compiled(X, per_example=True) if tables else compiled(X)
            assert found[0] == pytest.approx(values, **limit), (seed, form)
            assert found[1] == pytest.approx(gradients, **limit), (seed, form)
        space: dict[str, Any] = {}
        exec(compiled.source, space)
        space |= compiled.constants
        run = space[compiled.recording.name]
        if tables and examples:
            value, gradient = run(compiled.parameters, X)
            assert value == pytest.approx(values.mean(), **limit), seed
            assert gradient == pytest.approx(gradients.mean(axis=0), **limit), seed
        elif not tables:
            for k, example in enumerate(X):
                value, gradient = run(example)
                assert value == pytest.approx(values[k], **limit), seed
                assert gradient == pytest.approx(gradients[k], **limit), seed


def test_hvp_is_the_same_on_all_backends() -> None:
    for seed in range(scaled(60)):
        tables, shape = drawn(seed)
        parameters = [w for table in tables for w in table.ravel()]
        compiled = ag.compile(lambda x, s=seed, t=tables: cost(s, t, x), parameters or None, inputs=(shape,))
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(3, *shape))
        vector = rng.normal(size=len(parameters) if tables else X.shape)
        products = []
        for form in FORMS:
            with only(form):
                products.append(compiled.hvp(X, vector=vector))
        for product in products[1:]:
            limit = 1e-10 * max(1.0, np.abs(product).max(initial=0.0))
            assert products[0] == pytest.approx(product, rel=1e-10, abs=limit), seed


def test_gradient_by_repeated_operand() -> None:
    """The sum over the axis leaves an array with fewer axes, whose others stay where they were."""
    A, c = ag.values([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "A"), ag.values(np.linspace(1.0, 2.0, 12).reshape(3, 4), "c")
    step = ag.compile(lambda x: ag.total(((2.0 * x + A[:, :, None]) / c).ravel()), [A, c], inputs=((2, 3, 4),))
    X = np.random.default_rng(0).normal(size=(5, 2, 3, 4))
    with only("arrays"):
        gradient = step(X)[1]
    assert gradient[:6].reshape(2, 3) == pytest.approx(np.tile((1.0 / plain(c)).sum(axis=1), (2, 1)), rel=1e-12)


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("signs", [(1,) * 6, (-1,) * 6, (1, -1, 1, 1, -1, 1), (1, -1), (-1, -1)], ids=str)
@pytest.mark.parametrize("shared", [False, True], ids=["vectors of their own", "one vector"])
def test_sums_of_products_of_either_sign(rows: int, signs: tuple[int, ...], shared: bool) -> None:
    """Rows whose products pair up are a matrix product; others are multiplied and summed up, row by row."""
    rng = np.random.default_rng(len(signs))
    W, n = ag.values(rng.normal(size=(rows, len(signs))), "W"), len(signs)
    places = [np.arange(n) if shared else rng.permutation(8)[:n] for _ in range(rows)]

    def cost(x: Any, addend: bool) -> Any:
        sums = [ag.tanh(x[k]) if addend else 0.0 for k in range(rows)]
        for k, row in enumerate(W):
            for sign, w, i in zip(signs, row, places[k], strict=True):
                sums[k] = sums[k] + w * x[i] if sign > 0 else sums[k] - w * x[i]
        return ag.total(ag.tanh(y) for y in sums)

    for addend in (False, True):
        step = ag.compile(lambda x, addend=addend: cost(x, addend), W, inputs=8)
        X = rng.normal(size=(3, 8))
        costs = [cost(x, addend) for x in X]
        slopes = plain([ag.gradient(C, W) for C in costs]).reshape(3, -1)
        with only("arrays"):
            value, gradient = step(X)
            _, gradients = step(X, per_example=True)
        assert value == pytest.approx(plain(costs).mean(), rel=1e-12)
        assert gradient == pytest.approx(slopes.mean(axis=0), rel=1e-11, abs=1e-14)
        assert gradients == pytest.approx(slopes, rel=1e-11, abs=1e-14)


# --- which sums of products are a matrix product


@pytest.mark.parametrize("is_sorted", [True, False])
@pytest.mark.parametrize("seed", range(scaled(40)))
def test_matrix_products_are_found_whatever_the_order_of_their_terms(seed: int, is_sorted: bool) -> None:
    """Where sums of one right vector have their terms in different orders, that is taken as arrays hold it."""
    draw = random.Random(seed)
    shapes = [(1, 2), (2, 1), (2, 2), (3, 2), (2, 3)] if is_sorted else [(1, 2), (1, 3), (1, 5)]
    rows, columns, length = *draw.choice(shapes), draw.randint(3, 4)
    nodes = np.arange(length * (rows + columns), dtype=np.intp)
    homes = np.array(draw.sample(list(itertools.product(range(3), range(20))), len(nodes)), dtype=np.intp)
    rights, lefts = np.split(nodes.reshape(-1, length), [rows])
    sums = [(r, c) for r in range(rows) for c in range(columns)]
    draw.shuffle(sums)
    orders = draw.sample(list(itertools.permutations(range(length))), len(sums))
    orders = [orders[0] for _ in sums] if is_sorted else orders
    left = np.array([lefts[c][list(order)] for (_, c), order in zip(sums, orders, strict=True)])
    right = np.array([rights[r][list(order)] for (r, _), order in zip(sums, orders, strict=True)])
    found = MatrixProducts(left, right, lambda some: (homes[some][..., 0], homes[some][..., 1]))
    [grid] = found.grids
    assert (found.rest, grid.shape) == ([], (rows, columns))
    assert (found.right is right) == is_sorted

    def home(node: Any) -> tuple[int, ...]:
        return tuple(homes[int(node)].tolist())

    for i, j in itertools.product(range(rows), range(columns)):
        r, c = sums[grid[i, j]]
        assert {sums[k][0] for k in grid[i]} == {r}
        assert {sums[k][1] for k in grid[:, j]} == {c}
        pairs = zip(found.left[grid[i, j]].tolist(), found.right[grid[i, j]].tolist(), strict=True)
        assert set(pairs) == set(zip(lefts[c].tolist(), rights[r].tolist(), strict=True))
        taken = [home(node) for node in found.right[grid[i, j]]]
        assert is_sorted or taken == sorted(taken)
    for ranked, table in ((grid[:, 0], found.right), (grid[0], found.left)):
        first = [home(table[k][0]) for k in ranked]
        assert first == sorted(first)


def test_sums_that_share_no_vector_or_lack_one_are_no_matrix_product() -> None:
    at = np.arange(20, dtype=np.intp)
    for left, right in (
        ([[0, 1], [2, 3]], [[4, 5], [6, 7]]),
        ([[0, 1]], [[2, 3]]),
        ([[0, 1], [0, 1], [2, 3]], [[4, 5], [6, 7], [4, 5]]),
        ([[0, 1], [0, 1]], [[4, 5], [4, 5]]),
        # One pair occurs twice, and another one lacks.
        ([[0, 1], [0, 1], [2, 3], [2, 3]], [[4, 5], [4, 5], [6, 7], [4, 5]]),
    ):
        lefts, rights = np.array(left, dtype=np.intp), np.array(right, dtype=np.intp)
        found = MatrixProducts(lefts, rights, lambda some: (0 * some, at[some]))
        assert (found.grids, sorted(found.rest)) == ([], list(range(len(left))))
        assert found.left is lefts
        assert found.right is rights


# --- functions of vectors, several at once


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("form", ["softmax", "log of softmax", "logsumexp"])
def test_functions_of_vectors_are_computed_for_several_at_once(form: str, count: int) -> None:
    """Of one vector, of two and of more, whole or some of their elements, beside the scalar graph."""

    def shares(row: Any) -> list[Any]:
        if form == "logsumexp":
            return [ag.logsumexp(row)]
        return ag.softmax(row) if form == "softmax" else [ag.log(p) for p in ag.softmax(row)]

    rows = np.random.default_rng(count).normal(size=(count, 3))
    for some in (slice(None), slice(0, 2)) if count == 2 else (slice(None),):
        f = lambda X, some=some: ag.total(  # noqa: E731
            [(i + k + 1.0) * p for i, row in enumerate(X) for k, p in enumerate(shares(row)[some])] + list(X[0])
        )
        value, gradient = ag.value_and_grad(f)(rows)
        compiled = ag.compile(f, inputs=((count, 3),))
        with only("arrays"):
            computed, slopes = compiled(rows)
        assert computed == pytest.approx(value, rel=1e-13)
        assert np.ravel(slopes) == pytest.approx(np.ravel(plain(gradient)), rel=1e-12, abs=1e-15)
