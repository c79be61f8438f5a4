"""Checks of tensors where PyTorch and JAX are not installed, by stand-ins of both.

With the libraries themselves, test_checking_other_libraries.py tests the same.
"""

from __future__ import annotations

import math
import re
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from faults import faulty
from stand_ins import JaxArray, Node, Tensor, install_jax, install_torch

import autograd as ag
from autograd.array_libraries import to_numpy, unit_roundoff


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    return install_torch(monkeypatch)


@pytest.fixture
def jax(monkeypatch: pytest.MonkeyPatch) -> Any:
    return install_jax(monkeypatch)


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


class Halved:
    """A function written by hand, as a `torch.autograd.Function`, whose backward pass is wrong."""

    @staticmethod
    def backward(ctx: Any, u: Any) -> Any:
        return u


class HalvedBackward(Node):
    _forward_cls = Halved


def written_by_hand(x: Any) -> Any:
    """The tensor that `Halved` gives for `x`."""
    y = x.by(lambda t: halved(t, 1.0 + 0.0 * t))
    y.grad_fn = HalvedBackward([x])
    return y


def test_a_wrong_backward_pass_fails_and_is_named(torch: Any) -> None:
    def f(x: Any) -> Any:
        y = written_by_hand(x)
        # Two paths lead through each of these, so each must be visited once.
        for _ in range(30):
            y = (y + y) * 0.5
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
        assert found.error == 0.0
    if bend == 1e-3:
        # The same cotangents are drawn each time.
        numbers = [f"{found.engine:.9g} {found.differences:.9g}" for found in bent]
        assert numbers == ["-6.88849757 -6.87546432", "-4.58383196 -4.57079871"]


def test_rounding_of_a_pass_that_cancels_is_linear(torch: Any) -> None:
    gradient = torch.autograd.grad

    def cancelling(ys: Any, wrt: Any, seeds: Any, **options: Any) -> list[Any]:
        large = 1e10 * sum(float(seed.numbers()) for seed in seeds)
        return [Tensor(x.numbers() + large - large, x.dtype) for x in gradient(ys, wrt, seeds, **options)]

    torch.autograd.grad = cancelling
    check = ag.gradcheck(lambda x: [(x * x).sum(), (x * x * x).sum()], (double([1.5, 2.1, 0.3]),))
    assert [found for found in check.leaves if found.against == "by linearity"] == []


def test_whole_number_beside_tensors_is_held(torch: Any) -> None:
    def f(x: Any, n: int) -> Any:
        y = written_by_hand(x)
        return (y * n).sum()

    check = ag.gradcheck(f, (double([1.5, 2.0]), 3))
    assert len(check.leaves) == 2
    assert any(remark.startswith("written by hand: Halved.backward") for remark in check.remarks)


def test_a_random_pass_is_not_called_nonlinear(torch: Any) -> None:
    """The departure from linearity of a random pass is named as what it is."""
    gradient, calls = torch.autograd.grad, []

    def random(*args: Any, **options: Any) -> list[Any]:
        calls.append(1)
        return [Tensor((1.0 + 1e-3 * math.sin(len(calls))) * x.numbers(), x.dtype) for x in gradient(*args, **options)]

    torch.autograd.grad = random
    check = ag.gradcheck(lambda x: (x * x).sum(), (double([1.5, 2.0]),))
    assert not check
    [bent] = [found for found in check.leaves if found.against == "by linearity"]
    assert re.fullmatch(
        r"the backward pass is not deterministic: two calls with one cotangent are 0\.0\d+ apart", bent.reason
    )
    [remark] = [remark for remark in check.remarks if "deterministic" in remark]
    assert remark.startswith("the derivatives are not deterministic: two calls differ by up to 0.0")
    assert remark.endswith("; seed their random numbers")
    torch.autograd.grad, torch.bend = gradient, 1.0
    check = ag.gradcheck(lambda x: (x * x).sum(), (double([1.5, 2.0]),))
    assert "not linear in its cotangent" in str(check)
    assert "deterministic" not in str(check)


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
    with pytest.raises(TypeError, match="the point must have tensors for PyTorch to differentiate"):
        ag.gradcheck(lambda x: [double([x]).sum(), 1.0], 2.0)
    check = ag.gradcheck(lambda x, c, y: (x * x).sum() * c, (double([2.0]), 3.0, double([])))
    assert [(found.source, found.engine) for found in check.leaves] == [("PyTorch", 12.0)]
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


def test_whole_number_beside_arrays_of_jax_is_held(jax: Any) -> None:
    check = ag.gradcheck(lambda x, n: (x * x).sum() * n, (jax.numpy.asarray([1.5, 2.0]), 3))
    assert check
    assert [found.engine for found in check.leaves] == [9.0, 12.0]


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
    assert f"<lambda> (test_checking_stand_ins.py:{custom.jvp.__code__.co_firstlineno})" in remark  # type: ignore[attr-defined]
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


def test_unit_roundoff_is_half_of_the_distance_above_1() -> None:
    for dtype in (np.float16, np.float32, np.complex64):
        assert unit_roundoff([1, {"x": np.ones(1, dtype)}]) == np.finfo(dtype).eps / 2
    # The first 16 bits of single precision.
    [above] = np.array([0x3F81 << 16], np.uint32).view(np.float32).tolist()
    assert unit_roundoff(SimpleNamespace(dtype="torch.bfloat16")) == (above - 1.0) / 2
    assert unit_roundoff([np.ones(1), 2, 0.5]) == 0.0


def test_arrays_of_jax_become_doubles_and_keys_stay(jax: Any) -> None:
    class Single(JaxArray):
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return self.numbers().astype(self.dtype)

    class Key(JaxArray):
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise TypeError("a key is no array of numbers")

    for dtype, expected in ((np.float32, np.float64), (np.float64, np.float64), (np.int32, np.int32), (bool, bool)):
        array = to_numpy(Single([1.0, 0.0], np.dtype(dtype)))
        assert (array.dtype, array.tolist()) == (expected, [1.0, 0.0])
    key = Key([1.0, 0.0], np.dtype("V2"))
    assert to_numpy(key) is key


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
