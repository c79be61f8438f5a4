"""Derivatives by PyTorch and JAX of functions on their arrays, to check where the caller gives none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.array_libraries import is_foreign, is_tensor, to_numpy
from autograd.checking.function import FunctionAtPoint, listed
from autograd.checking.given_derivatives import Derivatives, JacobianRows
from autograd.derivatives import require_result
from autograd.pytrees import Arguments, Leaf, leaves_of


def library_of(function: FunctionAtPoint) -> str:
    """Return the library that differentiates a function: "PyTorch", "JAX", or "" for the engine.

    Raises:
        TypeError: the function makes tensors of its own from plain numbers.
    """
    values = [leaf.value for leaf in function.inputs.leaves()]
    if any(map(is_tensor, values)):
        return "PyTorch"
    if any(map(is_foreign, values)):
        return "JAX"
    if type(function.f).__module__.partition(".")[0] in ("jax", "jaxlib"):
        return "JAX"
    if not {"jax", "torch"} & set(sys.modules):
        return ""
    try:
        results = [leaf.value for leaf in Arguments(function.f(*function.args)).leaves()]
    except Exception:
        # A function of Values need not take floats, and may raise anything.
        return ""
    if any(map(is_tensor, results)):
        raise TypeError(
            f"the point must have tensors for PyTorch to differentiate {function.title}, got plain numbers; "
            "write torch.tensor(…, dtype=torch.float64), or pass gradient="
        )
    return "JAX" if any(map(is_foreign, results)) else ""


def library_derivatives(library: str, function: FunctionAtPoint) -> tuple[Derivatives, Derivatives]:
    """Return the first and the second derivatives of a function, by a library."""
    return _by_torch(function) if library == "PyTorch" else _by_jax(function)


def library_remarks(library: str, function: FunctionAtPoint) -> list[str]:
    """Return remarks on the variables for the report: tensors that require no gradient, and single precision."""
    leaves = function.inputs.leaves()
    names = function.leaf_names
    found = []
    plain = [
        name for leaf, name in zip(leaves, names, strict=True) if is_tensor(leaf.value) and not leaf.value.requires_grad
    ]
    if plain:
        found.append(f"taken as variables although requires_grad is False: {listed(plain)}")
    is_single = any(str(getattr(leaf.value, "dtype", "")) == "float32" for leaf in leaves) or not any(
        is_foreign(leaf.value) for leaf in leaves
    )
    if library == "JAX" and is_single and not sys.modules["jax"].config.jax_enable_x64:
        found.append(
            'JAX computes in float32, which limits the check: jax.config.update("jax_enable_x64", True) allows float64'
        )
    return found


def _by_torch(function: FunctionAtPoint) -> tuple[Derivatives, Derivatives]:
    torch = sys.modules["torch"]
    hold = function.inputs.hold

    def outputs_at(args: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return the tensors to differentiate by, and the numbers of the result as tensors."""
        wrt = [leaf.value for leaf in Arguments(*args, hold=hold).leaves()]
        for x in wrt:
            x.requires_grad_(True)
        result = require_result(function.f(*args), function.title)
        entries = [y for leaf in Arguments(result).leaves() for y in _entries_of(leaf, torch)]
        return wrt, entries

    def slopes(y: Any, wrt: Sequence[Any], create_graph: bool = False) -> Any:
        """Return the derivatives of one number by all entries, as a vector."""
        if not y.requires_grad:
            # It left the graph, or it is a constant.
            return torch.zeros(sum(x.numel() for x in wrt), dtype=torch.float64)
        by = torch.autograd.grad(y, wrt, retain_graph=True, create_graph=create_graph, allow_unused=True)
        vectors = [torch.zeros_like(x) if s is None else s for x, s in zip(wrt, by, strict=True)]
        return torch.cat([vector.reshape(-1).double().cpu() for vector in vectors])

    def first(args: Sequence[Any]) -> JacobianRows:
        wrt, outputs = outputs_at(args)
        return JacobianRows(np.array([to_numpy(slopes(y, wrt)) for y in outputs], dtype=float))

    def second(args: Sequence[Any]) -> JacobianRows:
        wrt, [output] = outputs_at(args)
        gradient = slopes(output, wrt, create_graph=True)
        return JacobianRows(np.array([to_numpy(slopes(y, wrt)) for y in gradient], dtype=float))

    return Derivatives(first), Derivatives(second)


def _entries_of(leaf: Leaf, torch: Any) -> Iterator[Any]:
    values = leaf.value if is_tensor(leaf.value) else torch.tensor(leaf.scalars, dtype=torch.float64)
    yield from values.reshape(-1)


def _by_jax(function: FunctionAtPoint) -> tuple[Derivatives, Derivatives]:
    jax = sys.modules["jax"]
    hold = function.inputs.hold

    def rows(f: Callable[..., Any], arrays: Sequence[Any]) -> JacobianRows:
        """Return the Jacobian of a function of arrays, by reverse mode, with a row for each number in its result."""
        result, pullback = jax.vjp(f, *arrays)
        outputs = Arguments(result)
        leaves = outputs.leaves()
        jacobian = []
        for leaf in leaves:
            for i in range(len(leaf.scalars)):
                seeds = [_unit(jax, x, i if x is leaf else None) for x in leaves]
                by = pullback(outputs.replaced(seeds)[0])
                jacobian.append(np.concatenate([np.zeros(0), *(np.ravel(np.asarray(x, dtype=float)) for x in by)]))
        return JacobianRows(np.array(jacobian))

    def flat(args: Sequence[Any]) -> tuple[Callable[..., Any], list[Any]]:
        inputs = Arguments(*args, hold=hold)
        arrays = [jax.numpy.asarray(leaf.value) for leaf in inputs.leaves()]

        def f(*xs: Any) -> list[Any]:
            # A list of arrays, because JAX sorts the keys of a dict.
            result = require_result(function.f(*inputs.replaced(xs)), function.title)
            return [jax.numpy.asarray(y) for y in leaves_of(result)]

        return f, arrays

    def first(args: Sequence[Any]) -> JacobianRows:
        return rows(*flat(args))

    def second(args: Sequence[Any]) -> JacobianRows:
        f, arrays = flat(args)

        def gradient(*xs: Any) -> Any:
            # Reverse over reverse mode: a custom_vjp has no forward mode.
            return list(jax.grad(lambda *ys: jax.numpy.reshape(f(*ys)[0], ()), tuple(range(len(xs))))(*xs))

        return rows(gradient, arrays)

    return Derivatives(first), Derivatives(second)


def _unit(jax: Any, leaf: Leaf, i: int | None) -> Any:
    """Return an array like an output, with 1 at one index and 0 elsewhere."""
    array = np.zeros(len(leaf.scalars))
    if i is not None:
        array[i] = 1.0
    value = jax.numpy.asarray(leaf.value)
    if not jax.numpy.issubdtype(value.dtype, jax.numpy.floating):
        return np.zeros(leaf.shape, dtype=jax.dtypes.float0)
    return jax.numpy.asarray(array, dtype=value.dtype).reshape(leaf.shape)
