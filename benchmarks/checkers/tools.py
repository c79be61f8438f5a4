"""Tools that check derivatives, each called as its users do and with its default tolerances.

A tool receives the function and one number, the claimed derivative at the point: PyTorch as an `autograd.Function`, JAX
as a `custom_jvp`, HIPS autograd as a primitive, and the others as a function that returns it.  All check in double
precision.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from benchmarks.checkers.compositions import UNARY, Composition, Functions
from benchmarks.checkers.hard_cases import Array, Case

PASS, FAIL, UNDECIDED = VERDICTS = "pass", "fail", "undecided"
ARITHMETIC: Functions = {"add": operator.add, "mul": operator.mul, "div": operator.truediv}
# The bound that SciPy's documentation calls likely correct; its tools leave the verdict to the user.
LIKELY_CORRECT_ERROR = 1e-6


class Unable(Exception):  # noqa: N818  the tool's limit, not an error of ours
    """An error for tools that are not available; the message is the reason."""


class Unfit(Exception):  # noqa: N818  a limit of the tool, and no verdict
    """An error for cases that a tool does not take, such as several outputs."""


class Tool:
    """A tool that checks derivatives.

    Attributes:
        distribution: The name to install.
        protocol: A description of its use.
        protocol_of_arrays: A description of its use for functions of arrays.
        calls: The number of function values that it has requested.
        names_entry: True if its last report named the wrong entry of a case, and no other; None if it names none.
        resolutions: The relative errors that its last report states, from which on a derivative would have failed.
    """

    distribution: ClassVar[str]
    protocol: ClassVar[str]
    protocol_of_arrays: ClassVar[str]
    functions: Functions
    calls = 0
    names_entry: bool | None = None
    resolutions: Sequence[float] = ()

    def check_case(self, case: Case, jacobian: Array) -> str:
        """Return the verdict of the tool on a Jacobian of a function of arrays.

        Raises:
            Unfit: The tool does not take such a function.
        """
        raise Unfit

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
    protocol_of_arrays = 'in the precision of the point; with fast_mode=True for "fast"'

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

    def check_case(self, case: Case, jacobian: Array) -> str:
        torch = self.torch

        class Function(torch.autograd.Function):  # type: ignore[name-defined,misc]
            @staticmethod
            def forward(ctx: Any, *leaves: Any) -> Any:
                return case.function(torch, case.nest(leaves))

            @staticmethod
            def backward(ctx: Any, adjoint: Any) -> Any:
                row = adjoint.detach().numpy().reshape(-1).astype(np.float64) @ jacobian
                return tuple(torch.asarray(part) for part in case.parts(row))

        at = tuple(torch.tensor(leaf, requires_grad=True) for leaf in case.leaves)
        options = {"fast_mode": True} if case.mode == "fast" else {}
        return PASS if torch.autograd.gradcheck(Function.apply, at, raise_exception=False, **options) else FAIL


class Jax(Tool):
    distribution = "jax"
    protocol = "test_util.check_grads(order=1) of a custom_jvp, in float64"
    protocol_of_arrays = "in the precision of the point; always along random directions"

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

    def check_case(self, case: Case, jacobian: Array) -> str:
        xp = self.jax.numpy
        function = self.jax.custom_jvp(lambda p: case.function(xp, p))

        def product(primals: Any, tangents: Any) -> Any:
            value = function(*primals)
            tangent = xp.concatenate([leaf.reshape(-1) for leaf in case.leaves_of(tangents[0])])
            return value, (xp.asarray(jacobian) @ tangent).reshape(value.shape).astype(value.dtype)

        function.defjvp(product)
        try:
            self.check_grads(function, (case.nest([xp.asarray(leaf) for leaf in case.leaves]),), order=1)
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

    @staticmethod
    def flat(case: Case) -> tuple[Callable[[Array], Array], Array]:
        """Return the function of all inputs in one array, and this array."""
        return lambda x: case.function(np, case.nest(case.parts(x))), np.concatenate([x.ravel() for x in case.leaves])


class Hips(Numpy):
    distribution = "autograd"
    protocol = "test_util.check_grads(order=1) of a primitive; it is unseeded, here NumPy is seeded before each"
    protocol_of_arrays = "all inputs are one array; always along random directions"

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
        return self._verdict(function, x)

    def check_case(self, case: Case, jacobian: Array) -> str:
        f, x = self.flat(case)
        claimed = jacobian[0] if case.is_scalar else jacobian
        function = self.extend.primitive(f)
        self.extend.defvjp(function, lambda z, x: lambda adjoint: np.dot(adjoint, claimed))
        self.extend.defjvp(function, lambda tangent, z, x: np.dot(claimed, tangent))
        return self._verdict(function, x)

    def _verdict(self, function: Any, x: Any) -> str:
        """Return the verdict on a primitive with the derivatives that are claimed."""
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
    protocol_of_arrays = "all inputs are one array; not for several outputs"

    def gap(self, f: Callable[..., Any], x: float, claimed: float) -> float:
        from scipy.optimize import check_grad

        return float(check_grad(lambda x: f(x)[0], lambda x: [claimed], [x]))

    def check_case(self, case: Case, jacobian: Array) -> str:
        from scipy.optimize import check_grad

        if not case.is_scalar or case.mode == "fast":
            raise Unfit
        f, x = self.flat(case)
        return PASS if check_grad(f, lambda x: jacobian[0], x) <= LIKELY_CORRECT_ERROR else FAIL


class ScipyCentral(Scipy):
    protocol = "optimize._numdiff.check_derivative, at most 1e-6"
    protocol_of_arrays = "all inputs are one array"

    def gap(self, f: Callable[..., Any], x: float, claimed: float) -> float:
        from scipy.optimize._numdiff import check_derivative

        return float(check_derivative(f, lambda x: [[claimed]], [x]))

    def check_case(self, case: Case, jacobian: Array) -> str:
        from scipy.optimize._numdiff import check_derivative

        if case.mode == "fast":
            raise Unfit
        f, x = self.flat(case)
        error = check_derivative(lambda x: np.atleast_1d(f(x)), lambda x: jacobian, x)
        return PASS if error <= LIKELY_CORRECT_ERROR else FAIL


class ScipyDerivative(Scipy):
    protocol = "differentiate.derivative, within 1e-6 of the greater; undecided if it reports no success"
    protocol_of_arrays = (
        "differentiate.jacobian, all inputs are one array; fail if an entry with success is off by more than 1e-6"
    )

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        from scipy.differentiate import derivative

        found = derivative(lambda x: self.value(f, x), x)
        if not found.success:
            return UNDECIDED
        return PASS if math.isclose(found.df, slope * factor, rel_tol=LIKELY_CORRECT_ERROR) else FAIL

    def check_case(self, case: Case, jacobian: Array) -> str:
        from scipy.differentiate import jacobian as differentiated

        if case.mode == "fast":
            raise Unfit
        f, x = self.flat(case)
        found = differentiated(lambda x: np.apply_along_axis(lambda x: np.atleast_1d(f(x)), 0, x), x)
        agrees = np.isclose(found.df, jacobian, rtol=LIKELY_CORRECT_ERROR, atol=0.0)
        if not agrees[found.success].all():
            return FAIL
        return PASS if found.success.all() else UNDECIDED


class Ours(Tool):
    """This project, given a function of floats and a derivative from elsewhere."""

    distribution = "scalar-autograd"
    protocol = "gradcheck(f, x, gradient=…), a function of floats"
    protocol_of_arrays = 'gradcheck(f, p, gradient=…), with mode="fast" for "fast"'

    def __init__(self) -> None:
        import autograd as ag

        if not hasattr(ag, "gradcheck"):
            raise Unable("has the import name of HIPS autograd, which is found instead")
        self.ag = ag
        self.functions = {**{name: getattr(ag, name) for name in UNARY}, **ARITHMETIC}

    def check(self, f: Composition, x: float, slope: float, factor: float) -> str:
        return self.verdict(self.ag.gradcheck(lambda x: self.value(f, x), x, gradient=slope * factor))

    def check_case(self, case: Case, jacobian: Array) -> str:
        self.names_entry, self.resolutions = None, ()
        # The names of the arguments are in the report.
        f = (lambda params: case.function(np, params)) if case.has_dict else lambda p: case.function(np, p)
        gradient = case.nest(case.parts(jacobian[0])) if case.is_scalar else jacobian
        check = self.ag.gradcheck(f, case.point, gradient=gradient, mode=case.mode)
        wrong = [x.label for x in check.leaves if x.verdict == FAIL and not x.is_direction]
        self.names_entry = wrong == [case.label]
        self.resolutions = [x.difference.resolution for x in check.leaves if not x.is_direction]
        return self.verdict(check)

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

    def check_case(self, case: Case, jacobian: Array) -> str:
        raise Unfit


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
