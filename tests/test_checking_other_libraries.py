"""Gradients of other libraries, wrapped as plain functions: right ones pass, and wrong ones of theirs are found."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="pip install torch")


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax", reason="pip install jax")
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        yield jax


def test_a_gradient_of_pytorch_is_checked(torch):
    def f(p):
        return torch.tanh(torch.tensor(p)).prod()

    def gradient(p):
        x = torch.tensor(p, requires_grad=True)
        torch.tanh(x).prod().backward()
        return x.grad

    assert ag.gradcheck(f, np.array([0.3, 0.7, 1.1]), gradient=gradient)
    assert not ag.gradcheck(f, np.array([0.3, 0.7, 1.1]), gradient=lambda p: 1.001 * gradient(p))


def test_a_jacobian_of_pytorch_is_checked_in_its_blocks(torch):
    def F(x, y):
        return torch.stack([x * y, torch.sin(x)])

    def tensors(*xs):
        return tuple(torch.tensor(x, dtype=torch.float64) for x in xs)

    check = ag.gradcheck(
        lambda x, y: F(*tensors(x, y)),
        (1.2, 0.5),
        gradient=lambda x, y: torch.autograd.functional.jacobian(F, tensors(x, y)),
    )
    assert check, str(check)


def test_pytorchs_power_at_exponent_0_is_wrong_if_it_is_special_cased(torch):
    # Seen in PyTorch 2.13 and 2.15: the slope in x is set to 0 where the exponent is 0, and so is its own slope in y.
    def tensors(*xs):
        return tuple(torch.tensor(x, dtype=torch.float64) for x in xs)

    def hessian(x, y):
        return torch.autograd.functional.hessian(torch.pow, tensors(x, y))

    check = ag.gradcheck(
        lambda x, y: torch.pow(*tensors(x, y)),
        (7.0, 0.0),
        gradient=lambda x, y: torch.autograd.functional.jacobian(torch.pow, tensors(x, y)),
        hessian=hessian,
    )
    is_special_cased = float(hessian(7.0, 0.0)[0][1]) == 0.0
    assert [found.name for found in check.leaves if found.verdict == "fail"] == ["∂²f/∂x∂y"] * is_special_cased
    assert bool(check.symmetry) is bool(check) is not is_special_cased


def test_a_jacobian_of_jax_is_checked(jax):
    def F(w, x):
        return jax.numpy.tanh(w @ x)

    at = np.arange(6.0).reshape(2, 3) / 5.0, np.array([0.1, 0.2, 0.3])
    check = ag.gradcheck(F, at, gradient=jax.jacobian(F, (0, 1)))
    assert check, str(check)
    assert len(check.leaves) == 18


def test_jaxs_hypot_on_the_diagonal_is_wrong_if_it_has_no_second_derivative_there(jax):
    # Seen in JAX 0.10: hypot is made of the greater and the lesser, whose slopes at a tie are constants.
    hypot, hessian = jax.numpy.hypot, jax.hessian(jax.numpy.hypot, (0, 1))
    check = ag.gradcheck(lambda x, y: hypot(x, y), (3.0, 3.0), gradient=jax.grad(hypot, (0, 1)), hessian=hessian)
    is_flat = abs(float(hessian(3.0, 3.0)[0][0])) < 0.1
    assert [found.verdict for found in check.leaves] == ["pass", "pass", *(["fail"] if is_flat else ["pass"]) * 4]


def test_in_single_precision_a_doubled_gradient_fails_and_a_right_one_is_never_called_wrong():
    f32 = np.float32

    def f(x):
        return float(np.sin(f32(x)) * f32(x))

    slope = np.sin(1.2) + 1.2 * np.cos(1.2)
    assert ag.gradcheck(f, 1.2, gradient=slope).leaves[0].verdict in ("pass", "undecided")
    assert ag.gradcheck(f, 1.2, gradient=2.0 * slope).leaves[0].verdict == "fail"
