"""The operations as methods of a Value, spelled out for readers, editors and type checkers.

Each method calls the operation of its name, whose rule is in :mod:`autograd.ops`. Operations that users declare are
methods too, by `Value.__getattr__`, but type checkers cannot see them.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any, overload

from autograd import ops
from autograd.backward import Node
from autograd.native.shims import mypyc_attr
from autograd.op import METHODS, no_attribute

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograd.annotations import Real
    from autograd.value import Value

# The signs that micrograd shows for Python's operators; other operations show their names.
_SIGNS = {ops.add: "+", ops.sub: "-", ops.mul: "*", ops.div: "/", ops.pow: "**", ops.neg: "-", ops.pos: "+"}


@mypyc_attr(acyclic=True)
class Methods(Node):
    """The operations of one Value and, where they need more operands, further Values, numbers or arrays."""

    __slots__ = ()

    @overload
    def pow(self, y: Value | Real) -> Value: ...
    @overload
    def pow(self, y: Value | Real | NDArray[Any]) -> Any: ...
    def pow(self, y: Any) -> Any:
        """Return ``ag.pow(self, y)``."""
        return ops.pow.apply((self, y))

    def exp(self) -> Value:
        """Return ``ag.exp(self)``."""
        return ops.exp(self)

    def exp2(self) -> Value:
        """Return ``ag.exp2(self)``."""
        return ops.exp2(self)

    def expm1(self) -> Value:
        """Return ``ag.expm1(self)``."""
        return ops.expm1(self)

    def log(self) -> Value:
        """Return ``ag.log(self)``."""
        return ops.log(self)

    def log2(self) -> Value:
        """Return ``ag.log2(self)``."""
        return ops.log2(self)

    def log10(self) -> Value:
        """Return ``ag.log10(self)``."""
        return ops.log10(self)

    def log1p(self) -> Value:
        """Return ``ag.log1p(self)``."""
        return ops.log1p(self)

    def sqrt(self) -> Value:
        """Return ``ag.sqrt(self)``."""
        return ops.sqrt(self)

    def cbrt(self) -> Value:
        """Return ``ag.cbrt(self)``."""
        return ops.cbrt(self)

    def sin(self) -> Value:
        """Return ``ag.sin(self)``."""
        return ops.sin(self)

    def cos(self) -> Value:
        """Return ``ag.cos(self)``."""
        return ops.cos(self)

    def tan(self) -> Value:
        """Return ``ag.tan(self)``."""
        return ops.tan(self)

    def asin(self) -> Value:
        """Return ``ag.asin(self)``."""
        return ops.asin(self)

    def acos(self) -> Value:
        """Return ``ag.acos(self)``."""
        return ops.acos(self)

    def atan(self) -> Value:
        """Return ``ag.atan(self)``."""
        return ops.atan(self)

    def sinh(self) -> Value:
        """Return ``ag.sinh(self)``."""
        return ops.sinh(self)

    def cosh(self) -> Value:
        """Return ``ag.cosh(self)``."""
        return ops.cosh(self)

    def tanh(self) -> Value:
        """Return ``ag.tanh(self)``."""
        return ops.tanh(self)

    def sech(self) -> Value:
        """Return ``ag.sech(self)``."""
        return ops.sech(self)

    def asinh(self) -> Value:
        """Return ``ag.asinh(self)``."""
        return ops.asinh(self)

    def acosh(self) -> Value:
        """Return ``ag.acosh(self)``."""
        return ops.acosh(self)

    def atanh(self) -> Value:
        """Return ``ag.atanh(self)``."""
        return ops.atanh(self)

    @overload
    def hypot(self, *others: Value | Real) -> Value: ...
    @overload
    def hypot(self, *others: Any) -> Any: ...
    def hypot(self, *others: Any) -> Any:
        """Return ``ag.hypot(self, *others)``."""
        return ops.hypot.apply((self, *others))

    @overload
    def atan2(self, x: Value | Real) -> Value: ...
    @overload
    def atan2(self, x: Value | Real | NDArray[Any]) -> Any: ...
    def atan2(self, x: Any) -> Any:
        """Return ``ag.atan2(self, x)``."""
        return ops.atan2.apply((self, x))

    def degrees(self) -> Value:
        """Return ``ag.degrees(self)``."""
        return ops.degrees(self)

    def radians(self) -> Value:
        """Return ``ag.radians(self)``."""
        return ops.radians(self)

    def erf(self) -> Value:
        """Return ``ag.erf(self)``."""
        return ops.erf(self)

    def erfc(self) -> Value:
        """Return ``ag.erfc(self)``."""
        return ops.erfc(self)

    def gaussian(self) -> Value:
        """Return ``ag.gaussian(self)``."""
        return ops.gaussian(self)

    def normal_cdf(self) -> Value:
        """Return ``ag.normal_cdf(self)``."""
        return ops.normal_cdf(self)

    def abs(self) -> Value:
        """Return ``ag.abs(self)``."""
        return ops.abs(self)

    def sign(self) -> Value:
        """Return ``ag.sign(self)``."""
        return ops.sign(self)

    def step(self) -> Value:
        """Return ``ag.step(self)``."""
        return ops.step(self)

    def floor(self) -> Value:
        """Return ``ag.floor(self)``."""
        return ops.floor(self)

    @overload
    def maximum(self, y: Value | Real) -> Value: ...
    @overload
    def maximum(self, y: Value | Real | NDArray[Any]) -> Any: ...
    def maximum(self, y: Any) -> Any:
        """Return ``ag.maximum(self, y)``."""
        return ops.maximum.apply((self, y))

    @overload
    def minimum(self, y: Value | Real) -> Value: ...
    @overload
    def minimum(self, y: Value | Real | NDArray[Any]) -> Any: ...
    def minimum(self, y: Any) -> Any:
        """Return ``ag.minimum(self, y)``."""
        return ops.minimum.apply((self, y))

    @overload
    def clip(self, low: Value | Real, high: Value | Real) -> Value: ...
    @overload
    def clip(self, low: Value | Real | NDArray[Any], high: Value | Real | NDArray[Any]) -> Any: ...
    def clip(self, low: Any, high: Any) -> Any:
        """Return ``ag.clip(self, low, high)``."""
        return ops.clip.apply((self, low, high))

    @overload
    def where(self, x: Value | Real, y: Value | Real) -> Value: ...
    @overload
    def where(self, x: Value | Real | NDArray[Any], y: Value | Real | NDArray[Any]) -> Any: ...
    def where(self, x: Any, y: Any) -> Any:
        """Return ``ag.where(self, x, y)``."""
        return ops.where.apply((self, x, y))

    @overload
    def fmod(self, y: Value | Real) -> Value: ...
    @overload
    def fmod(self, y: Value | Real | NDArray[Any]) -> Any: ...
    def fmod(self, y: Any) -> Any:
        """Return ``ag.fmod(self, y)``."""
        return ops.fmod.apply((self, y))

    @overload
    def remainder(self, y: Value | Real) -> Value: ...
    @overload
    def remainder(self, y: Value | Real | NDArray[Any]) -> Any: ...
    def remainder(self, y: Any) -> Any:
        """Return ``ag.remainder(self, y)``."""
        return ops.remainder.apply((self, y))

    def sigmoid(self) -> Value:
        """Return ``ag.sigmoid(self)``."""
        return ops.sigmoid(self)

    def softplus(self) -> Value:
        """Return ``ag.softplus(self)``."""
        return ops.softplus(self)

    def silu(self) -> Value:
        """Return ``ag.silu(self)``."""
        return ops.silu(self)

    def gelu(self) -> Value:
        """Return ``ag.gelu(self)``."""
        return ops.gelu(self)

    def relu(self) -> Value:
        """Return ``ag.relu(self)``."""
        return ops.relu(self)

    @overload
    def leaky_relu(self, slope: Value | Real = 0.01) -> Value: ...
    @overload
    def leaky_relu(self, slope: Value | Real | NDArray[Any] = 0.01) -> Any: ...
    def leaky_relu(self, slope: Any = 0.01) -> Any:
        """Return ``ag.leaky_relu(self, slope)``."""
        return ops.leaky_relu.apply((self, slope))

    @overload
    def elu(self, scale: Value | Real = 1.0) -> Value: ...
    @overload
    def elu(self, scale: Value | Real | NDArray[Any] = 1.0) -> Any: ...
    def elu(self, scale: Any = 1.0) -> Any:
        """Return ``ag.elu(self, scale)``."""
        return ops.elu.apply((self, scale))


def attribute(node: Node, name: str) -> Any:
    """Return an attribute that `Value` does not define: an operation that a user declared, or a name of micrograd's.

    Raises:
        AttributeError: there is none of that name; the message says what to write instead.
    """
    if name[:1] != "_":
        op = METHODS.get(name)
        if op is None:
            raise AttributeError(no_attribute(name))
        return MethodType(op, node)
    # micrograd keeps the operands in a set, and a written sign. Code that draws its graphs reads both.
    if name == "_prev":
        return node.operands
    if name == "_op":
        return "" if node.op is None else _SIGNS.get(node.op, node.op.name)
    if name == "_backward":
        raise AttributeError(
            "micrograd's _backward of single nodes does not exist here: backward() of the last node sweeps the whole "
            "graph, and ag.check_by_hand(node) checks each grad that you set by hand; see docs/from-micrograd.md"
        )
    raise AttributeError(name)
