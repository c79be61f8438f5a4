"""What the engine does its own way to be fast, compiled or not, gives what the table gives."""

from __future__ import annotations

import ast
import inspect
import math
import subprocess
import sys
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effort import scaled
from hypothesis import example, given
from hypothesis import strategies as st
from points import BUILT_IN, extreme, ordinary

import autograd as ag
from autograd import Op, Value, value
from autograd.context import quiet
from autograd.native.patches import documented

NUMBERS = st.floats(-1e6, 1e6) | st.integers(-8, 8).map(float) | st.floats(allow_nan=False, allow_infinity=False)


def rounded_once(products: list[float], bias: float) -> float:
    """Return the sum of floats, by rational arithmetic."""
    exact = sum(map(Fraction, products), Fraction(bias))
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=12), NUMBERS)
@example([(1.0, 1.0), (2.0**-53, 1.0)], 0.0)  # a tie, to the even below
@example([(1.0, 1.0), (2.0**-53, 1.0), (2.0**-200, 1.0)], 0.0)  # a hair above the tie
@example([(2.0**-200, 1.0), (2.0**-53, 1.0), (1.0, 1.0)], 0.0)
@example([(1e16, 1.0), (1.0, 1.0), (-1e16, 1.0), (2.0**-60, 1.0), (-1.0, 1.0)], 0.0)
@example([(1e308, 10.0), (-1e308, 10.0)], 1.0)
@example([(1e308, 1.0), (1e308, 1.0)], 0.0)  # finite products whose sum overflows
@example([(-1e308, 1.0), (1e308, -1.0)], 0.0)
def test_a_dot_is_rounded_once(pairs: list[tuple[float, float]], bias: float) -> None:
    products = [w * x for w, x in pairs]
    node = ag.dot([Value(w) for w, _ in pairs], [Value(x) for _, x in pairs], Value(bias))
    if all(map(math.isfinite, products)):
        assert node.data == rounded_once(products, bias)
    else:
        with quiet():
            assert node.data == ag.dot(*zip(*pairs, strict=True), bias) or math.isnan(node.data)
    assert node.partials == (*(x for _, x in pairs), *(w for w, _ in pairs), 1.0)


@pytest.mark.parametrize("op", BUILT_IN.values(), ids=list(BUILT_IN))
def test_a_node_has_the_value_and_the_partials_of_the_table(op: Op) -> None:
    """Rules are held in a second form, without the operations that they call; dot has a node of its own."""
    for point in [*ordinary(op), *extreme(op)]:
        node = op(*map(Value, point))
        try:
            partials = op.rule(point, node.data)
        except ArithmeticError:
            with quiet():
                partials = op.rule(list(map(np.float64, point)), np.float64(node.data))
        assert node.data == op.value(*point), point
        assert node.partials == tuple(map(float, partials)), point


def test_what_is_freed_leaves_everything_else_alone() -> None:
    """Memory between the nodes of a chain is that of others of each size."""
    two, chain = Value(2.0), Value(1.0)
    others = []
    count = 20_000 if ag.compiled else scaled(20_000)
    for i in range(count):
        chain = chain * 1.0
        others.append((Value(float(i)), -two, two * i, ag.dot([two], [i])))
    del chain
    for i, (leaf, negative, product, dot) in enumerate(others):
        assert (leaf.data, negative.partials, product.partials, dot.partials) == (i, (-1.0,), (i, 2.0), (i, 2.0))
        assert all(node.operands[0] is two for node in (negative, product, dot))
    x = two * 1.0
    for _ in range(count):
        x = -x
    negatives = [-two for _ in range(count)]
    del x
    assert all(node.partials == (-1.0,) and node.operands[0] is two for node in negatives)


def test_a_graph_of_every_kind_of_node_is_freed_without_recursion() -> None:
    x = y = Value(1.0)
    for _ in range(50_000 if ag.compiled else scaled(50_000)):
        y = ag.total([ag.dot([y, x], [x, y], 1.0), -y, x]) * 0.0
    del y
    assert x.data == 1.0


def test_the_package_says_which_form_it_has() -> None:
    assert ag.compiled == (not value.__file__.endswith(".py"))


def test_numbers_given_to_a_dot_become_constants_once() -> None:
    node = ag.dot([Value(2.0), 3.0], [4.0, np.float64(5.0)], True)
    assert node.data == 24.0
    assert [x.constant for x in node.operands] == [False, True, True, True, True]
    assert [type(x.data) for x in node.operands] == [float] * 5
    assert all(x is y for x, y in zip(node.operands, node.operands, strict=True))
    node.backward()
    assert [x.grad for x in node.operands] == [4.0, 0.0, 0.0, 0.0, 0.0]


def test_a_walk_down_that_breaks_off_leaves_no_trace() -> None:
    x = Value(2.0)
    inner = x * x
    broken = value.Nary(ag.TABLE["total"], 8.0, (inner + inner, -inner), (1.0,))
    for _ in range(3):
        with pytest.raises(ValueError, match="zip"):
            broken.backward()
        x.grad = 0.0
        (inner * 1.0).backward()
        assert (x.grad, inner.grad) == (4.0, 1.0)


def test_a_result_that_is_used_often_waits_for_all_its_uses_whatever_they_are() -> None:
    x = Value(3.0)
    y = -x
    z = ag.total([y * y, -y, ag.dot([y, 1.0], [y, y], y), y, ag.exp(y * 0.0) * y])
    z.backward()
    assert y.grad == 2 * y.data - 1 + 2 * y.data + 1 + 1 + 1 + 1
    assert x.grad == -y.grad
    first = y.grad
    z.backward()
    assert (y.grad, x.grad) == (first, -2 * first)


def test_dots_of_the_same_tuple_of_numbers_are_independent_nodes() -> None:
    """The numbers are read once, see `Dots._vector`."""
    w, x = Value(2.0), (3.0, -1.0)
    first, second = ag.dot([w, w], x), ag.dot([w, 1.0], x, 5.0)
    assert [a.data for a in first.operands[2:]] == [3.0, -1.0] == [a.data for a in second.operands[2:4]]
    third = ag.dot((w, 4.0), x)
    assert (first.data, second.data, third.data) == (4.0, 10.0, 2.0)
    (first + second + third).backward()
    assert w.grad == 2.0 + 3.0 + 3.0


def test_dots_of_the_same_tuple_of_arrays_read_them_anew() -> None:
    """An array of no dimensions is a number that may change: a view of one element, for instance."""
    buffer = np.array([3.0, 4.0])
    views = (buffer[0, ...], buffer[1, ...])
    w = (Value(1.0), Value(2.0))
    assert ag.dot(w, views).data == 11.0
    buffer[:] = 5.0, 6.0
    assert ag.dot(w, views).data == 17.0


@pytest.mark.parametrize("number", [np.float64(3.0), np.float32(3.0), np.int8(3), 3, True, np.array(3.0), np.array(3)])
def test_stored_operands_are_floats(number: Any) -> None:
    w = Value(2.0)
    for node in (
        ag.dot([w], (number,)),
        ag.dot((number,), [w], number),
        w * number,
        number - w,
        ag.total([w, number, number]),
        ag.hypot(w, number),
        w**number,
    ):
        before = (node.data, node.partials, [x.data for x in node.operands])
        if isinstance(number, np.ndarray):
            number[...] += 1
        assert (node.data, node.partials, [x.data for x in node.operands]) == before
        assert {type(x.data) for x in node.operands} == {float}
        assert node.operands == node.operands


def test_a_changed_array_leaves_its_dot_alone() -> None:
    """The operands of a dot become nodes only when somebody looks."""
    numbers = (np.array(3.0), np.array(4.0))
    node = ag.dot([Value(1.0), Value(2.0)], numbers, numbers[0])
    numbers[0][...] = 7.0
    assert [x.data for x in node.operands] == [1.0, 2.0, 3.0, 4.0, 3.0]
    assert node.partials == (3.0, 4.0, 1.0, 2.0, 1.0)


def test_dots_of_the_same_tuple_of_values_read_them_anew() -> None:
    w, x = (Value(2.0), 1.0), (Value(3.0), Value(5.0))
    before = ag.dot(w, x)
    x[0].data, w[0].data = 4.0, 7.0
    assert (before.data, ag.dot(w, x).data) == (11.0, 33.0)
    assert before.partials == (3.0, 5.0, 2.0, 1.0)
    square = ag.dot(x, x)
    x[1].data = 0.0
    assert (square.data, ag.dot(x, x).data) == (41.0, 16.0)


@pytest.mark.parametrize("place", range(5))
def test_a_result_is_found_wherever_it_stands_in_a_dot(place: int) -> None:
    x = Value(3.0)
    operands: list[Value | float] = [1.0, Value(2.0), 1.0, Value(5.0), 1.0]
    operands[place] = -x
    node = ag.dot(operands[:2], operands[2:4], operands[4])
    node.backward()
    assert x.grad == -node.partials[place]
    assert any(operands[place] is below for below in ag.topological_order(node))


def test_a_sum_of_two_products_is_rounded_once_at_ties_too() -> None:
    """Half of them are ties, which the fast sum cannot decide."""
    for i in range(200):
        w, x, b = 0.7 + i / 97, 1.3 - i / 89, 0.7
        assert ag.dot([Value(w), Value(x)], [x, w], b).data == rounded_once([w * x, x * w], b)


def test_the_compiled_engine_gives_the_numbers_of_its_source_to_the_last_bit() -> None:
    if not ag.compiled:
        pytest.skip("the engine is not compiled: python setup.py build_ext --inplace, after pip install 'mypy[mypyc]'")
    training = """
import autograd as ag, nn, numpy as np
rng = np.random.default_rng(0)
net = nn.MLP(6, [5, 4, 3], ["tanh", "relu", "linear"], seed=0)
nn.fit(net, rng.normal(size=(40, 6)), rng.integers(0, 3, 40), cost="cross_entropy", epochs=3, progress=False)
print(ag.compiled, net.parameter_vector().tobytes().hex())
"""
    source = "import sys; from benchmarks.peers import Source; sys.meta_path.insert(0, Source)"
    found = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parent.parent,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for program in (training, source + training)
    ]
    assert [form for form, _ in found] == ["True", "False"]
    assert found[0][1] == found[1][1]


@pytest.mark.parametrize(
    "name", ["value", "backward", "functions", "native.shims", "dot_products", "op", "scalar", "context"]
)
def test_help_has_the_docstrings_of_the_source_in_either_form(name: str) -> None:
    """The compiler leaves them out; setup.py puts them in."""
    module = import_module(f"autograd.{name}")
    tree = ast.parse(Path(ag.__file__).parent.joinpath(f"{name.replace('.', '/')}.py").read_text("utf-8"))
    assert inspect.getdoc(module) == ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            documented = getattr(module, node.name)
            assert inspect.getdoc(documented) == ast.get_docstring(node) or not ast.get_docstring(node)
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, ast.FunctionDef) and inner.name[:2] != "__" and ast.get_docstring(inner):
                    assert inspect.getdoc(getattr(documented, inner.name)) == ast.get_docstring(inner)


PYTHON = """'''A module.'''

class Binary:
    '''A "node".'''

    @property
    def partials(self): '''The partials.'''

def record(x): '''Record x.'''
"""
C = r"""
PyTypeObject CPyType_value___Binary_template_ = { .tp_doc = PyDoc_STR("Binary()\n--\n\n"), }
{"partials", (getter)value___Binary_get_partials, NULL, NULL, NULL},
{"record", (PyCFunction)CPyPy_value___record, METH_FASTCALL | METH_KEYWORDS, PyDoc_STR("record(x)\n--\n\n") },
"autograd.value", NULL,
"""


def test_patches_fill_in_docstrings() -> None:
    assert (
        documented(C, {"value": PYTHON})
        == r"""
PyTypeObject CPyType_value___Binary_template_ = { .tp_doc = PyDoc_STR("Binary()\n--\n\nA \"node\"."), }
{"partials", (getter)value___Binary_get_partials, NULL, "The partials.", NULL},
{"record", (PyCFunction)CPyPy_value___record, METH_FASTCALL | METH_KEYWORDS, PyDoc_STR("record(x)\n--\n\nRecord x.") },
"autograd.value", "A module.",
"""
    )


def test_patches_refuse_c_without_the_type_of_blocks_h() -> None:
    with pytest.raises(ValueError, match="must define CPyType_value___Binary_template_"):
        documented("", {})


def test_a_compiled_node_of_two_operands_takes_96_bytes() -> None:
    if not ag.compiled:
        pytest.skip("the engine is not compiled: python setup.py build_ext --inplace, after pip install 'mypy[mypyc]'")
    assert value.Binary.__basicsize__ == 96  # an attribute that mypyc takes for unset at times costs 8 more


def test_the_engine_runs_without_what_compiles_it() -> None:
    """As from a checkout on the path, where pip has brought nothing of mypyc's."""
    program = """
import sys
sys.modules["mypy_extensions"] = sys.modules["librt"] = None
from benchmarks.peers import Source
sys.meta_path.insert(0, Source)
import autograd as ag
x = ag.Value(3.0)
ag.dot([x, 2.0], [x, x]).backward()
print(ag.compiled, x.grad)
"""
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False 8.0\n", "")
