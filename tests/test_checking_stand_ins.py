"""Checks of tensors where PyTorch and JAX are not installed: stand-ins of both, whose arrays hold Values.

They have the calls that a check makes and no others, and differentiate by the engine.  With the libraries themselves,
test_checking_other_libraries.py tests the same.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from faults import faulty

import autograd as ag
from autograd import Value


class Dtype:
    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"torch.{self.name}"


class Node:
    """A node of a graph of tensors; `operands` are tensors."""

    def __init__(self, operands: Sequence[Any]) -> None:
        self.next_functions = tuple((x.grad_fn, 0) for x in operands if isinstance(x, Array))


class Array:
    """An array of numbers or of Values."""

    grad_fn: Any = None
    __array_priority__ = 100.0

    def __init__(self, values: Any, dtype: Any = None, requires_grad: bool = False) -> None:
        self.values = np.array(values, dtype=object)
        self.dtype, self.requires_grad = dtype, requires_grad
        self.shape, self.device = self.values.shape, "cpu"

    def new(self, values: Any, *operands: Any) -> Any:
        array = type(self)(values, self.dtype, any(getattr(x, "requires_grad", False) for x in operands))
        array.grad_fn = Node(operands) if array.requires_grad else None
        return array

    def numbers(self) -> np.ndarray[Any, Any]:
        floats = [float(x.data) if isinstance(x, Value) else float(x) for x in self.values.flat]
        return np.array(floats).reshape(self.shape)

    def flat(self) -> list[Any]:
        return list(self.values.flat)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return self.numbers()

    def __mul__(self, other: Any) -> Any:
        return self.new(self.values * getattr(other, "values", other), self, other)

    def __add__(self, other: Any) -> Any:
        return self.new(self.values + getattr(other, "values", other), self, other)

    __rmul__, __radd__ = __mul__, __add__

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return (self.new(x, self) for x in self.values)

    def __getitem__(self, i: Any) -> Any:
        return self.new(self.values[i], self)

    def sum(self) -> Any:
        return self.new(ag.total(self.flat()), self)

    def by(self, op: Any) -> Any:
        return self.new(np.array([op(x) for x in self.flat()], dtype=object).reshape(self.shape), self)

    def reshape(self, *shape: Any) -> Any:
        return self.new(self.values.reshape(*shape), self)


class Tensor(Array):
    """What a check calls of a tensor."""

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        if requires_grad and not any(isinstance(x, Value) for x in self.flat()):
            self.values = np.array([Value(x) for x in self.flat()], dtype=object).reshape(self.shape)
        self.requires_grad = requires_grad
        return self

    def is_complex(self) -> bool:
        return False

    def is_floating_point(self) -> bool:
        return str(self.dtype).startswith("torch.float")

    def numel(self) -> int:
        return int(self.values.size)

    def numpy(self) -> np.ndarray[Any, Any]:
        return self.numbers()

    def detach(self) -> Tensor:
        return Tensor(self.numbers(), self.dtype)

    def new_tensor(self, x: float) -> Tensor:
        return Tensor(x, self.dtype)

    def same(self) -> Tensor:
        return self

    double = cpu = resolve_conj = resolve_neg = same


class JaxArray(Array):
    pass


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stand-in; `bend` makes its backward passes depend on the cotangent by more than a factor."""
    names = ("float64", "float32", "float16", "int64", "bool")
    library = SimpleNamespace(Tensor=Tensor, bend=0.0, calls=[], **{name: Dtype(name) for name in names})

    def gradient(ys: Any, wrt: Any, seeds: Any, retain_graph: bool, create_graph: bool, allow_unused: bool) -> Any:
        assert retain_graph
        assert allow_unused
        library.calls.append(len(ys))
        cost = ag.total([s.numbers().item() * y.values.item() for y, s in zip(ys, seeds, strict=True)])
        below = set(map(id, ag.topological_order(cost)))
        slopes: list[Any] = []
        for x in wrt:
            if not any(id(v) in below for v in x.flat()):
                slopes.append(None)
                continue
            by = [g if create_graph else g.data for g in ag.gradient(cost, x.flat())]
            by = [g + library.bend * math.fsum(s.numbers().item() ** 2 for s in seeds) for g in by]
            slopes.append(Tensor(np.array(by, dtype=object).reshape(x.shape), x.dtype, create_graph))
        return slopes

    library.autograd = SimpleNamespace(grad=gradient)
    library.tensor = lambda x, dtype=library.float32, device="cpu": Tensor(x, dtype)
    library.zeros = lambda n, dtype: Tensor(np.zeros(n), dtype)
    library.zeros_like = lambda x: Tensor(np.zeros(x.shape), x.dtype)
    library.cat = lambda xs: Tensor(np.concatenate([x.values for x in xs]), xs[0].dtype, xs[0].requires_grad)
    monkeypatch.setitem(sys.modules, "torch", library)
    monkeypatch.delitem(sys.modules, "torch.nn", raising=False)
    for name in ("jax", "jax.numpy"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return library


@pytest.fixture
def jax(monkeypatch: pytest.MonkeyPatch) -> Any:
    dtypes = SimpleNamespace(float0=np.dtype([("float0", "V")]))

    def asarray(x: Any, dtype: Any = None) -> JaxArray:
        if isinstance(x, JaxArray):
            return JaxArray(x.values, dtype or x.dtype)
        values = np.asarray(x, dtype=object) if isinstance(x, Value) else np.asarray(x)
        return JaxArray(values, np.dtype(dtype or (float if values.dtype == object else values.dtype)))

    def vjp(f: Any, *arrays: JaxArray) -> Any:
        leaves = [[Value(float(x)) for x in array.flat()] for array in arrays]
        inputs = [
            JaxArray(np.array(x, dtype=object).reshape(a.shape), a.dtype) for x, a in zip(leaves, arrays, strict=True)
        ]
        result = f(*inputs)

        def pullback(cotangents: Any) -> Any:
            # Of whole numbers, the cotangents have the type float0, and no bytes.
            pairs = [(r, c) for r, c in zip(result, cotangents, strict=True) if np.asarray(c).dtype != dtypes.float0]
            terms = [u * y for r, c in pairs for y, u in zip(r.flat(), np.ravel(np.asarray(c, float)), strict=True)]
            cost = ag.total([term for term in terms if isinstance(term, Value)])
            below = set(map(id, ag.topological_order(cost)))
            slopes = []
            for xs, a in zip(leaves, arrays, strict=True):
                by = [ag.gradient(cost, [x])[0].data if id(x) in below else 0.0 for x in xs]
                by = [x + library.bend * float(np.square(np.ravel(np.asarray(cotangents[0], float))).sum()) for x in by]
                slopes.append(np.array(by).reshape(a.shape))
            return tuple(slopes)

        return result, pullback

    def grad(f: Any, numbers: Any) -> Any:
        def gradient(*xs: JaxArray) -> Any:
            assert numbers == tuple(range(len(xs)))
            leaves = [x for array in xs for x in array.flat()]
            slopes = ag.gradient(f(*xs).values.item(), leaves)
            parts = np.split(np.array(slopes, dtype=object), np.cumsum([x.values.size for x in xs])[:-1])
            return tuple(JaxArray(part.reshape(x.shape), x.dtype) for part, x in zip(parts, xs, strict=True))

        return gradient

    numpy = SimpleNamespace(
        asarray=asarray,
        reshape=lambda x, shape: x.reshape(shape),
        issubdtype=np.issubdtype,
        floating=np.floating,
        complexfloating=np.complexfloating,
        integer=np.integer,
        bool_=np.bool_,
    )
    config = SimpleNamespace(jax_enable_x64=True)
    library = SimpleNamespace(Array=JaxArray, numpy=numpy, vjp=vjp, grad=grad, config=config, dtypes=dtypes, bend=0.0)
    monkeypatch.setitem(sys.modules, "jax", library)
    monkeypatch.setitem(sys.modules, "jax.numpy", numpy)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    return library


def double(x: Any) -> Tensor:
    return Tensor(x, sys.modules["torch"].float64)


halved = faulty("mul", lambda x, y, z: (0.5 * y, x))


# --- PyTorch


def test_gradients_of_tensors_are_checked(torch: Any) -> None:
    x, w = double([1.5, -0.5, 2.0]), double([[0.5, 1.0], [2.0, -1.0]])
    check = ag.gradcheck(lambda x, w: (x * x).sum() + (w * w * w).sum() * 2.0, (x, w))
    assert check
    assert [found.engine for found in check.leaves] == [3.0, -1.0, 4.0, 1.5, 6.0, 24.0, 6.0]
    assert {found.source for found in check.leaves} == {"PyTorch"}
    assert x.requires_grad is False
    assert "requires_grad is False" in str(check.remarks)
    quiet = ag.gradcheck(lambda x: (x * x).sum(), double([1.5]).requires_grad_())
    assert not any("requires_grad" in remark for remark in quiet.remarks)


def test_jacobians_of_tensors_are_checked(torch: Any) -> None:
    x = double([1.5, -0.5, 2.0])
    check = ag.gradcheck(lambda x: x * x, (x,))
    assert check
    assert [found.engine for found in check.leaves] == [3.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 4.0]
    check = ag.gradcheck(lambda x: [x.sum(), x[1] * x[2]], (x,))
    assert check
    assert [found.engine for found in check.leaves] == [1.0, 1.0, 1.0, 0.0, 2.0, -0.5]


def test_a_constant_and_an_unused_tensor_have_derivatives_of_0(torch: Any) -> None:
    x, y = double([1.5, 2.0]), double([3.0])
    check = ag.gradcheck(lambda x, y: [x.sum(), 4.0], (x, y))
    assert check
    assert [found.engine for found in check.leaves] == [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    detached = ag.gradcheck(lambda x, y: [(x * x).sum(), (y * y).sum().detach()], (x, y))
    assert [found.engine for found in detached.leaves] == [3.0, 4.0, 0.0, 0.0, 0.0, 0.0]
    assert [found.verdict for found in detached.leaves] == ["pass"] * 5 + ["fail"]


def test_second_derivatives_of_tensors_are_checked(torch: Any) -> None:
    x, y = double([1.5, 2.0]), double([3.0])
    check = ag.gradcheck(lambda x, y: (x * x * x).sum() * y.sum(), (x, y), order=2)
    assert check
    second = [found.engine for found in check.leaves][3:]
    assert second == [27.0, 0.0, 6.75, 0.0, 36.0, 12.0, 6.75, 12.0, 0.0]


def test_a_wrong_backward_pass_fails_and_is_named(torch: Any) -> None:
    class Halved:
        @staticmethod
        def backward(ctx: Any, u: Any) -> Any:
            return u

    class Own(Node):
        _forward_cls = Halved

    def f(x: Any) -> Any:
        y = x.by(lambda t: halved(t, 1.0 + 0.0 * t))
        y.grad_fn = Own([x])
        return (y * 2.0).sum() + (y * 3.0).sum()

    check = ag.gradcheck(f, (double([1.5, 2.0]),))
    assert not check
    assert [found.engine for found in check.leaves] == [2.5, 2.5]
    [remark] = [x for x in check.remarks if x.startswith("written by hand")]
    line = Halved.backward.__code__.co_firstlineno + 1  # below the decorator
    assert remark == f"written by hand: Halved.backward (test_checking_stand_ins.py:{line})"
    plain = ag.gradcheck(lambda x: (x * x).sum(), (double([1.5, 2.0]),))
    assert not any(x.startswith("written by hand") for x in plain.remarks)


def test_a_typed_in_pass_has_no_line_and_one_of_a_library_is_not_named(torch: Any) -> None:
    torch.bend = 1.0
    for module, name, expected in (
        ("mine", "own", ["written by hand: C.backward"]),
        ("torch.library", "own", []),
        ("jax.numpy", "own", []),
    ):
        space: dict[str, Any] = {"__name__": module}
        exec(compile(f"def {name}(ctx, u):\n    return u\n", "<typed in>", "exec"), space)
        forward = type("C", (), {"backward": staticmethod(space[name])})
        node = type("CBackward", (Node,), {"_forward_cls": forward})

        def f(x: Any, node: Any = node) -> Any:
            y = x * x
            y.grad_fn = node([x])
            return y.sum()

        remarks = ag.gradcheck(lambda x, f=f: f(x), (double([1.5, 2.0]),)).remarks
        assert [x for x in remarks if x.startswith("written by hand")] == expected


@pytest.mark.parametrize(("bend", "holds"), [(0.0, True), (1e-12, True), (1e-3, False), (-1.0, False)])
def test_a_pass_that_is_not_linear_in_its_cotangent_fails(torch: Any, bend: float, holds: bool) -> None:
    torch.bend = bend
    check = ag.gradcheck(lambda x, y: [(x * x).sum(), (y * y * y).sum()], (double([1.5, 2.0]), double([1.0])))
    bent = [found for found in check.leaves if found.against == "by linearity"]
    assert len(bent) == (0 if holds else 2)
    assert bool(check) is holds
    for found, label in zip(bent, ("vjp by x[1]", "vjp by y[0]"), strict=False):
        assert (found.verdict, found.source) == ("fail", "PyTorch")
        assert found.label.startswith(label[:8])
        assert found.engine != found.differences


def test_types_of_tensors(torch: Any) -> None:
    x = torch.tensor([1.5, 2.0], dtype=torch.float32)
    check = ag.gradcheck(lambda x: (x * x).sum(), (x,))
    assert check
    assert any(remark.startswith("float32 limits the check") for remark in check.remarks)
    assert all(found.difference.noise > 0.0 for found in check.leaves)
    wide = ag.gradcheck(lambda x: (x * x).sum(), (double([1.5, 2.0]),))
    assert not any("float32" in remark for remark in wide.remarks)
    # A departure that is rounding in single precision is a mistake in double precision.
    torch.bend = 2e-6
    for dtype, count in ((torch.float32, 0), (torch.float64, 1), (torch.float16, 0)):
        tensor = torch.tensor([1.5, 2.0], dtype=dtype)
        found = ag.gradcheck(lambda x: (x * x).sum(), (tensor,)).leaves
        assert len([x for x in found if x.against == "by linearity"]) == count
    torch.bend = 3.0
    half = ag.gradcheck(lambda x: (x * x).sum(), (torch.tensor([1.5, 2.0], dtype=torch.float16),)).leaves
    assert len([x for x in half if x.against == "by linearity"]) == 1


def test_tensors_of_several_types_are_refused_by_name(torch: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        raise RuntimeError("expected the same dtype")

    mixed = (double([1.0]), torch.tensor([1.0], dtype=torch.float32))
    with pytest.raises(TypeError, match=r"of f must have one type, got float64 for x and float32 for y; write") as info:
        ag.gradcheck(f, mixed)
    assert "expected the same dtype" in str(info.value)
    with pytest.raises(RuntimeError, match="expected the same dtype"):
        ag.gradcheck(f, (mixed[0], mixed[0]))


def test_tensors_from_plain_numbers_are_refused(torch: Any) -> None:
    with pytest.raises(TypeError, match="the point must have tensors for PyTorch to differentiate"):
        ag.gradcheck(lambda x: double([x]).sum(), 2.0)
    assert ag.gradcheck(lambda x: ag.sqrt(x) * x, 2.0)
    assert ag.gradcheck(lambda x: x.data * 0.0 + x * x, 2.0)


# --- JAX


def test_gradients_of_jax_arrays_are_checked(jax: Any) -> None:
    x, w = jax.numpy.asarray([1.5, -0.5, 2.0]), jax.numpy.asarray(np.array([[0.5, 1.0], [2.0, -1.0]]))
    check = ag.gradcheck(lambda x, w: (x * x).sum() + (w * w * w).sum() * 2.0, (x, w))
    assert check
    assert [found.engine for found in check.leaves] == [3.0, -1.0, 4.0, 1.5, 6.0, 24.0, 6.0]
    assert {found.source for found in check.leaves} == {"JAX"}
    assert check.remarks == []
    check = ag.gradcheck(lambda x: [x * x, x.sum()], (x,))
    assert check
    assert [found.engine for found in check.leaves] == [3.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 4.0, 1.0, 1.0, 1.0]


def test_second_derivatives_of_jax_arrays_are_checked(jax: Any) -> None:
    x, y = jax.numpy.asarray([1.5, 2.0]), jax.numpy.asarray([3.0])
    check = ag.gradcheck(lambda x, y: (x * x * x).sum() * y.sum(), (x, y), order=2)
    assert check
    assert [found.engine for found in check.leaves][3:] == [27.0, 0.0, 6.75, 0.0, 36.0, 12.0, 6.75, 12.0, 0.0]


def test_a_wrong_rule_of_jax_fails_and_is_named(jax: Any) -> None:
    class Custom:
        __name__ = "f"

        def __call__(self, x: Any) -> Any:
            return x.by(lambda t: halved(t, 1.0 + 0.0 * t)).sum()

    def backward(residuals: Any, u: Any) -> Any:
        return (u,)

    custom = Custom()
    custom.bwd = backward  # type: ignore[attr-defined]
    custom.jvp = lambda x: x  # type: ignore[attr-defined]
    check = ag.gradcheck(custom, (jax.numpy.asarray([1.5, 2.0]),))
    assert not check
    assert [found.engine for found in check.leaves] == [0.5, 0.5]
    [remark] = [x for x in check.remarks if x.startswith("written by hand")]
    assert f"backward (test_checking_stand_ins.py:{backward.__code__.co_firstlineno})" in remark
    assert "<lambda>" in remark
    other = Custom()
    other.bwd = 3  # type: ignore[attr-defined]
    assert not any(x.startswith("written") for x in ag.gradcheck(other, (jax.numpy.asarray([1.5]),)).remarks)


def test_functions_of_jax_itself_and_results_of_its_arrays_are_differentiated_by_it(jax: Any) -> None:
    for module, source in (("jax", "JAX"), ("jaxlib.xla", "JAX"), ("jaxes", "engine")):
        cls = type("Jitted", (), {"__module__": module, "__call__": lambda self, x: x * x, "__name__": "f"})
        # A function of JAX takes plain numbers too, and then returns plain numbers here.
        assert {found.source for found in ag.gradcheck(cls(), 2.0).leaves} == {source}
    check = ag.gradcheck(lambda x: jax.numpy.asarray(x) * 2.0, 2.0)
    assert {found.source for found in check.leaves} == {"JAX"}


def test_single_precision_of_jax_is_remarked(jax: Any) -> None:
    jax.config.jax_enable_x64 = False
    for array, is_single in ((np.float32([1.5]), True), (np.array([1.5]), False)):
        check = ag.gradcheck(lambda x: (x * x).sum(), (jax.numpy.asarray(array),))
        assert any("JAX computes in float32" in x for x in check.remarks) is is_single
    check = ag.gradcheck(lambda x: jax.numpy.asarray(x) * 2.0, 2.0)
    assert any("JAX computes in float32" in x for x in check.remarks)
    jax.config.jax_enable_x64 = True
    check = ag.gradcheck(lambda x: (x * x).sum(), (jax.numpy.asarray(np.float32([1.5])),))
    assert not any("JAX computes" in x for x in check.remarks)


@pytest.mark.parametrize(
    ("bend", "is_wide", "count"), [(0.0, True, 0), (1e-3, True, 1), (1e-6, True, 1), (1e-6, False, 0)]
)
def test_a_pass_of_jax_that_is_not_linear_fails(jax: Any, bend: float, is_wide: bool, count: int) -> None:
    jax.bend, jax.config.jax_enable_x64 = bend, is_wide
    found = ag.gradcheck(lambda x: (x * x).sum(), (jax.numpy.asarray([1.5, 2.0]),)).leaves
    assert len([x for x in found if x.against == "by linearity"]) == count


def test_whole_numbers_in_a_result_of_jax_have_no_derivative(jax: Any) -> None:
    check = ag.gradcheck(
        lambda x: [(x * x).sum(), jax.numpy.asarray(np.array([3, 4]))], (jax.numpy.asarray([1.5, 2.0]),)
    )
    assert check
    assert [found.engine for found in check.leaves] == [3.0, 4.0, 0.0, 0.0, 0.0, 0.0]
