"""Derivatives by PyTorch and JAX of functions on their arrays, to check where the caller gives none."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from autograd.array_libraries import UNIT_ROUNDOFF, is_foreign, is_tensor, to_numpy, unit_roundoff
from autograd.checking.function import FunctionAtPoint, listed
from autograd.checking.given_derivatives import Derivatives, JacobianRows
from autograd.checking.products import MAX_NONLINEARITY, MULTIPLES, is_nonlinear
from autograd.checking.verdict import LINEARITY, Difference, Finding
from autograd.derivatives import require_result
from autograd.pytrees import Arguments, Leaf, leaves_of

# The largest departure from linearity, in units of roundoff of a type less accurate than float64.
MAX_ROUNDINGS = 1e4
# A backward pass with a larger gap between two calls, relative to its departure from linearity, is called random.
MIN_RANDOM_FRACTION = 0.01
# The largest departure in half precision, in which a missing cotangent is still seen.
MAX_NONLINEARITY_OF_HALF = 0.1


def library_of(function: FunctionAtPoint) -> str:
    """Return the library that differentiates a function, if one is imported: "PyTorch", "JAX", or "" for the engine.

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
    types = {str(leaf.value.dtype) for leaf in leaves if is_foreign(leaf.value)}
    if "torch.float32" in types:
        found.append("float32 limits the check: pass tensors of float64, and write module.double() for a module")
    is_single = "float32" in types or not types
    if library == "JAX" and is_single and not sys.modules["jax"].config.jax_enable_x64:
        found.append(
            'JAX computes in float32, which limits the check: jax.config.update("jax_enable_x64", True) allows float64'
        )
    return found


def backward_passes(library: str, function: FunctionAtPoint) -> list[str]:
    """Return the remark on the backward passes that the user has written, with their lines; none if there are none."""
    if library == "PyTorch":
        args = function.arguments_with([], [])
        for leaf in Arguments(*args, hold=function.inputs.hold).leaves():
            leaf.value.requires_grad_(True)
        results = [leaf.value for leaf in Arguments(function.f(*args)).leaves()]
        classes = [getattr(type(node), "_forward_cls", None) for node in _torch_nodes(filter(is_tensor, results))]
        passes = {f"{x.__name__}.backward": x.backward for x in classes if x is not None}
    else:
        rules = (getattr(function.f, name, None) for name in ("bwd", "jvp"))
        passes = {f.__name__: f for f in rules if inspect.isfunction(f)}
    lines = []
    for name, f in passes.items():
        f = inspect.unwrap(f)
        # The libraries have such functions of their own.
        if str(f.__module__).partition(".")[0] in ("torch", "jax"):
            continue
        file = Path(f.__code__.co_filename)
        if file.is_file():
            lines.append(f"{name} ({file.name}:{_line_of_def(f)})")
        elif name != "<lambda>":
            # A function that was typed in has no file.
            lines.append(name)
    return [f"written by hand: {listed(lines)}"] if lines else []


def _line_of_def(f: Any) -> int:
    """Return the line of ``def``, which is below the decorators; the first line of a lambda."""
    first: int = f.__code__.co_firstlineno
    lines, _ = inspect.getsourcelines(f)
    return first + next((i for i, line in enumerate(lines) if line.lstrip().startswith(("def ", "async def "))), 0)


def _torch_nodes(results: Iterable[Any]) -> Iterator[Any]:
    """Yield the nodes of PyTorch's graph from the results to the variables, each once."""
    stack = [result.grad_fn for result in results]
    seen = {None}
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            yield node
            stack += [operand for operand, _ in node.next_functions]


def require_one_type(function: FunctionAtPoint, error: Exception) -> None:
    """Raise a TypeError that names the types of the tensors if there are several, which is why `error` was raised.

    Raises:
        TypeError: the tensors have several types.
    """
    types: dict[str, list[str]] = {}
    for leaf, name in zip(function.inputs.leaves(), function.leaf_names, strict=True):
        if is_tensor(leaf.value):
            types.setdefault(str(leaf.value.dtype).rpartition(".")[2], []).append(name)
    if len(types) > 1:
        got = " and ".join(f"{dtype} for {listed(names)}" for dtype, names in types.items())
        raise TypeError(
            f"the tensors and parameters of {function.title} must have one type, got {got}; "
            f"write module.double() or x.double() ({error})"
        ) from error


# Cotangents, of which each pullback gives a vector of derivatives.
Cotangents = Callable[[int], Iterable[np.ndarray[Any, Any]]]


def nonlinear_pullbacks(library: str, function: FunctionAtPoint) -> Iterator[Finding]:
    """Yield a finding for each argument by which the backward pass is not linear in its cotangent.

    All derivatives are computed with the cotangents 0 and 1, for which a rule that drops the cotangent or uses it twice
    may be right.
    """

    def cotangents(count: int) -> list[np.ndarray[Any, Any]]:
        # A fixed seed: a check gives the same result every time.
        random = Random(2)
        u, v = (np.array([random.uniform(-2.0, 2.0) for _ in range(count)]) for _ in range(2))
        return [u, v, u + 2.0 * v, u]

    def multiples(count: int) -> list[np.ndarray[Any, Any]]:
        return [k * cotangents(count)[2] for k in MULTIPLES]

    pullback = _pullback_of_torch if library == "PyTorch" else _pullback_of_jax
    args = function.arguments_with([], [])
    by_u, by_v, product, by_u_again = pullback(function, args, cotangents)
    expected, sizes = by_u + 2.0 * by_v, np.abs(by_u) + 2.0 * np.abs(by_v)
    rtol = min(max(MAX_NONLINEARITY, MAX_ROUNDINGS * _roundoff(library, function)), MAX_NONLINEARITY_OF_HALF)
    tolerance = np.zeros(len(product))
    for leaf in function.inputs.leaves():
        # The entries of a sum may cancel, so the errors are relative to the largest.
        tolerance[leaf.slice] = rtol * np.max(sizes[leaf.slice], initial=0.0)
    nonlinear = is_nonlinear(product, expected, tolerance, lambda: pullback(function, args, multiples))
    errors, gaps = np.where(nonlinear, np.abs(product - expected), 0.0), np.abs(by_u_again - by_u)
    for leaf in function.inputs.leaves():
        if nonlinear[leaf.slice].any() and np.isfinite(expected[leaf.slice]).all():
            k = leaf.slice.start + int(errors[leaf.slice].argmax())
            reason = "the backward pass is not linear in its cotangent: is it missing in a term, or there twice?"
            # The errors of a linear rule with random terms are about as large as the gap between two calls.
            gap = float(gaps[leaf.slice].max())
            if gap > MIN_RANDOM_FRACTION * errors[k]:
                reason = f"the backward pass is not deterministic: two calls with one cotangent are {gap:.2g} apart"
            yield Finding(
                float(product[k]),
                Difference(float(expected[k]), 0.0),
                "fail",
                reason,
                label=f"vjp by {function.labels[k]}",
                source=library,
                against=LINEARITY,
            )


def _roundoff(library: str, function: FunctionAtPoint) -> float:
    """Return the largest unit roundoff of the arrays that a library computes with; 0 for double precision."""
    if library == "JAX" and not sys.modules["jax"].config.jax_enable_x64:
        return UNIT_ROUNDOFF["float32"]
    return unit_roundoff([leaf.value for leaf in function.inputs.leaves()])


def _units(count: int) -> Iterator[np.ndarray[Any, Any]]:
    for i in range(count):
        unit = np.zeros(count)
        unit[i] = 1.0
        yield unit


def _pullback_of_torch(function: FunctionAtPoint, args: Sequence[Any], cotangents: Cotangents) -> np.ndarray[Any, Any]:
    """Return the derivatives by all numbers of the point, with a row for each cotangent."""
    torch = sys.modules["torch"]
    wrt, outputs = _outputs_of_torch(function, args)
    rows = []
    for cotangent in cotangents(len(outputs)):
        used = [(outputs[i], cotangent[i]) for i in np.flatnonzero(cotangent)]
        rows.append(to_numpy(_slopes_of_torch(torch, used, wrt)))
    return np.array(rows, dtype=float)


def _outputs_of_torch(function: FunctionAtPoint, args: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the tensors to differentiate by, and the numbers of the result as tensors."""
    torch = sys.modules["torch"]
    wrt = [leaf.value for leaf in Arguments(*args, hold=function.inputs.hold).leaves()]
    for x in wrt:
        x.requires_grad_(True)
    result = require_result(function.f(*args), function.title)
    return wrt, [y for leaf in Arguments(result).leaves() for y in _entries_of(leaf, torch)]


def _slopes_of_torch(
    torch: Any, cotangents: Sequence[tuple[Any, float]], wrt: Sequence[Any], graph: bool = False
) -> Any:
    """Return the derivatives by all entries as a vector, given some outputs with their cotangents."""
    # An output that needs no gradient left the graph, or it is a constant.
    pairs = [(y, y.new_tensor(x)) for y, x in cotangents if y.requires_grad]
    if not pairs:
        return torch.zeros(sum(x.numel() for x in wrt), dtype=torch.float64)
    ys, seeds = zip(*pairs, strict=True)
    by = torch.autograd.grad(ys, wrt, seeds, retain_graph=True, create_graph=graph, allow_unused=True)
    vectors = [torch.zeros_like(x) if s is None else s for x, s in zip(wrt, by, strict=True)]
    return torch.cat([vector.reshape(-1).double().cpu() for vector in vectors])


def _by_torch(function: FunctionAtPoint) -> tuple[Derivatives, Derivatives]:
    torch = sys.modules["torch"]

    def first(args: Sequence[Any]) -> JacobianRows:
        return JacobianRows(_pullback_of_torch(function, args, _units))

    def second(args: Sequence[Any]) -> JacobianRows:
        wrt, [output] = _outputs_of_torch(function, args)
        gradient = _slopes_of_torch(torch, [(output, 1.0)], wrt, graph=True)
        return JacobianRows(
            np.array([to_numpy(_slopes_of_torch(torch, [(y, 1.0)], wrt)) for y in gradient], dtype=float)
        )

    return Derivatives(first), Derivatives(second)


def _entries_of(leaf: Leaf, torch: Any) -> Iterator[Any]:
    values = leaf.value if is_tensor(leaf.value) else torch.tensor(leaf.scalars, dtype=torch.float64)
    yield from values.reshape(-1)


def _pullback_of_jax(function: FunctionAtPoint, args: Sequence[Any], cotangents: Cotangents) -> np.ndarray[Any, Any]:
    """Return the derivatives by all numbers of the point, with a row for each cotangent."""
    return _pulled_back(*_function_of_arrays(function, args), cotangents)


def _pulled_back(f: Callable[..., Any], arrays: Sequence[Any], cotangents: Cotangents) -> np.ndarray[Any, Any]:
    """Return the derivatives of a function of arrays of JAX by reverse mode, with a row for each cotangent."""
    jax = sys.modules["jax"]
    result, pullback = jax.vjp(f, *arrays)
    outputs = Arguments(result)
    rows = []
    for cotangent in cotangents(len(outputs.scalars)):
        by = pullback(
            outputs.replaced([_like_output(jax, leaf, cotangent[leaf.slice]) for leaf in outputs.leaves()])[0]
        )
        rows.append(np.concatenate([np.zeros(0), *(np.ravel(np.asarray(x, dtype=float)) for x in by)]))
    return np.array(rows)


def _function_of_arrays(function: FunctionAtPoint, args: Sequence[Any]) -> tuple[Callable[..., Any], list[Any]]:
    """Return the function as one of arrays of JAX, and the arrays at a point."""
    jax = sys.modules["jax"]
    inputs = Arguments(*args, hold=function.inputs.hold)

    def f(*xs: Any) -> list[Any]:
        # A list of arrays, because JAX sorts the keys of a dict.
        result = require_result(function.f(*inputs.replaced(xs)), function.title)
        return [jax.numpy.asarray(y) for y in leaves_of(result)]

    return f, [jax.numpy.asarray(leaf.value) for leaf in inputs.leaves()]


def _by_jax(function: FunctionAtPoint) -> tuple[Derivatives, Derivatives]:
    jax = sys.modules["jax"]

    def first(args: Sequence[Any]) -> JacobianRows:
        return JacobianRows(_pullback_of_jax(function, args, _units))

    def second(args: Sequence[Any]) -> JacobianRows:
        f, arrays = _function_of_arrays(function, args)

        def gradient(*xs: Any) -> Any:
            # Reverse over reverse mode: a custom_vjp has no forward mode.
            return list(jax.grad(lambda *ys: jax.numpy.reshape(f(*ys)[0], ()), tuple(range(len(xs))))(*xs))

        return JacobianRows(_pulled_back(gradient, arrays, _units))

    return Derivatives(first), Derivatives(second)


def _like_output(jax: Any, leaf: Leaf, numbers: Any) -> Any:
    """Return an array like an output, with other numbers."""
    value = jax.numpy.asarray(leaf.value)
    if not jax.numpy.issubdtype(value.dtype, jax.numpy.floating):
        return np.zeros(leaf.shape, dtype=jax.dtypes.float0)
    return jax.numpy.asarray(numbers, dtype=value.dtype).reshape(leaf.shape)
