"""Tools that check derivatives, each called as its users do and with its default tolerances.

A tool receives the function and one number, the claimed derivative at the point: PyTorch as an `autograd.Function`, JAX
as a `custom_jvp`, HIPS autograd as a primitive, and the others as a function that returns it.  All check in double
precision.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from benchmarks.checkers.compositions import UNARY, Composition, Functions

PASS, FAIL, UNDECIDED = "pass", "fail", "undecided"
ARITHMETIC: Functions = {"add": operator.add, "mul": operator.mul, "div": operator.truediv}
# The bound that SciPy's documentation calls likely correct; its tools leave the verdict to the user.
LIKELY_CORRECT_ERROR = 1e-6


class Unable(Exception):  # noqa: N818  the tool's limit, not an error of ours
    """An error for tools that are not available; the message is the reason."""


class Tool:
    """A tool that checks derivatives.

    Attributes:
        distribution: The name to install.
        protocol: A description of its use.
        calls: The number of function values that it has requested.
    """

    distribution: ClassVar[str]
    protocol: ClassVar[str]
    functions: Functions
    calls = 0

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        """Return the verdict of the tool on factor·slope as the derivative of f at x."""
        raise NotImplementedError

    def value(self, f: Composition, x: Any) -> Any:
        """Return the value, and count the call."""
        self.calls += 1
        return f.value(self.functions, x)

    def number(self, f: Composition, x: float) -> float:
        """Return the value that the tool's own functions compute."""
        return float(f.value(self.functions, x))


class Torch(Tool):
    distribution = "torch"
    protocol = "autograd.gradcheck of an autograd.Function, all defaults"

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        others = {"erf": torch.special.erf, "softplus": torch.nn.functional.softplus}
        self.functions = {**{name: getattr(torch, name, None) or others[name] for name in UNARY}, **ARITHMETIC}

    def number(self, f: Composition, x: float) -> float:
        return float(f.value(self.functions, self.torch.tensor(x, dtype=self.torch.float64)))

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        value, claimed = self.value, slope * factor

        class Function(self.torch.autograd.Function):  # type: ignore[name-defined,misc]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                return value(f, x)

            @staticmethod
            def backward(ctx: Any, adjoint: Any) -> Any:
                return adjoint * claimed

        at = self.torch.tensor(x, dtype=self.torch.float64, requires_grad=True)
        return PASS if self.torch.autograd.gradcheck(Function.apply, (at,), raise_exception=False) else FAIL


class Jax(Tool):
    distribution = "jax"
    protocol = "test_util.check_grads(order=1) of a custom_jvp, in float64"

    def __init__(self) -> None:
        import jax
        from jax import numpy
        from jax.test_util import check_grads

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        self.jax, self.check_grads = jax, check_grads
        others = {"erf": jax.scipy.special.erf, "sigmoid": jax.nn.sigmoid, "softplus": jax.nn.softplus}
        self.functions = {**{name: others.get(name) or getattr(numpy, name) for name in UNARY}, **ARITHMETIC}

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        function = self.jax.custom_jvp(lambda x: self.value(f, x))
        function.defjvp(lambda primals, tangents: (function(*primals), slope * factor * tangents[0]))
        try:
            self.check_grads(function, (self.jax.numpy.array(x),), order=1)
        except AssertionError:
            return FAIL
        return PASS


class Numpy(Tool):
    """A tool for NumPy functions."""

    def __init__(self) -> None:
        import numpy as np

        self.np = np
        others: Functions = {
            "atan": np.arctan,
            "erf": np.vectorize(math.erf, otypes=[float]),
            "sigmoid": lambda x: np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(-abs(x))),
            "softplus": lambda x: np.logaddexp(x, 0.0),
        }
        self.functions = {**{name: others.get(name) or getattr(np, name) for name in UNARY}, **ARITHMETIC}

    def value(self, f: Composition, x: Any) -> Any:
        """Return the value, and count each element of x as a call."""
        self.calls += self.np.size(x)
        return f.value(self.functions, x)


class Hips(Numpy):
    distribution = "autograd"
    protocol = "test_util.check_grads(order=1) of a primitive; it is unseeded, here NumPy is seeded before each"

    def __init__(self) -> None:
        try:
            from autograd import extend, test_util
        except ImportError:
            raise Unable("needs an environment of its own, for its import name: --hips PYTHON") from None
        super().__init__()
        self.extend, self.check_grads = extend, test_util.check_grads

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        function = self.extend.primitive(lambda x: self.value(f, x))
        self.extend.defvjp(function, lambda z, x: lambda adjoint: adjoint * (slope * factor))
        self.extend.defjvp(function, lambda tangent, z, x: tangent * (slope * factor))
        self.np.random.seed(0)
        try:
            self.check_grads(function, order=1)(x)
        except AssertionError:
            return FAIL
        return PASS


class Scipy(Numpy):
    """SciPy, whose tools return the error of the derivative."""

    distribution = "scipy"

    def __init__(self) -> None:
        import scipy  # noqa: F401  that it is not installed is to be said here

        super().__init__()

    def gap(self, f: Callable[..., Any], x: float, claimed: float) -> float:
        """Return the error that the tool reports."""
        raise NotImplementedError

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        return PASS if self.gap(lambda x: self.value(f, x), x, slope * factor) <= LIKELY_CORRECT_ERROR else FAIL


class ScipyForward(Scipy):
    protocol = "optimize.check_grad, at most 1e-6"

    def gap(self, f: Callable[..., Any], x: float, claimed: float) -> float:
        from scipy.optimize import check_grad

        return float(check_grad(lambda x: f(x)[0], lambda x: [claimed], [x]))


class ScipyCentral(Scipy):
    protocol = "optimize._numdiff.check_derivative, at most 1e-6"

    def gap(self, f: Callable[..., Any], x: float, claimed: float) -> float:
        from scipy.optimize._numdiff import check_derivative

        return float(check_derivative(f, lambda x: [[claimed]], [x]))


class ScipyDerivative(Scipy):
    protocol = "differentiate.derivative, within 1e-6 of the greater; undecided if it reports no success"

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        from scipy.differentiate import derivative

        found = derivative(lambda x: self.value(f, x), x)
        if not found.success:
            return UNDECIDED
        return PASS if math.isclose(found.df, slope * factor, rel_tol=LIKELY_CORRECT_ERROR) else FAIL


class Ours(Tool):
    """This project, given a function of floats and a derivative from elsewhere."""

    distribution = "scalar-autograd"
    protocol = "gradcheck(f, x, gradient=…), a function of floats"

    def __init__(self) -> None:
        import autograd as ag

        if not hasattr(ag, "gradcheck"):
            raise Unable("has the import name of HIPS autograd, which is found instead")
        self.ag = ag
        self.functions = {**{name: getattr(ag, name) for name in UNARY}, **ARITHMETIC}

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        return self.verdict(self.ag.gradcheck(lambda x: self.value(f, x), x, gradient=slope * factor))

    @staticmethod
    def verdict(found: Any) -> str:
        """Return the verdict, which is "undecided" if the check neither accepts nor rejects."""
        if found:
            return PASS
        wrong = any(finding.verdict == "fail" for finding in (*found.values, *found.edges, *found.leaves))
        return FAIL if wrong else UNDECIDED


class OursWithEdges(Ours):
    """This project, given a recorded graph whose last operation has a rule that is wrong by the factor."""

    protocol = "gradcheck(f, x), the edges of the recorded graph; the last operation's rule has the factor"

    def __init__(self) -> None:
        super().__init__()
        self.operations = {**{name: self.ag.TABLE[name] for name in (*UNARY, *ARITHMETIC)}}

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        last = f.last(self.operations)
        changed = last if factor == 1.0 else scaled(last, factor)

        def function(x: Any) -> Any:
            self.calls += 1
            return f.value(self.functions, x, lambda _: changed)

        return self.verdict(self.ag.gradcheck(function, x))


def scaled(op: Any, factor: float) -> Any:
    """Return the operation with a rule that is wrong by a factor."""
    if op.arity == 1:
        return replace(op, partials=lambda x, z: op.partials(x, z) * factor)
    return replace(op, partials=lambda x, y, z: tuple(p * factor for p in op.partials(x, y, z)))


TOOLS: dict[str, type[Tool]] = {
    "torch": Torch,
    "JAX": Jax,
    "HIPS autograd": Hips,
    "scipy check_grad": ScipyForward,
    "scipy check_derivative": ScipyCentral,
    "scipy derivative": ScipyDerivative,
    "ours, the whole": Ours,
    "ours, with edges": OursWithEdges,
}
