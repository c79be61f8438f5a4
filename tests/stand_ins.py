"""Stand-ins of PyTorch and JAX, whose arrays hold Values, for where the libraries are not installed.

They have the calls that a check makes and no others, and differentiate by the engine.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

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
        assert all(isinstance(length, tuple) or length >= -1 for length in shape)
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


def install_torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install PyTorch; its `bend` makes backward passes depend on the cotangent by more than a factor."""
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


def install_jax(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install JAX, with `bend` likewise."""
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
