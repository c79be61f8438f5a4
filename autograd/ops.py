"""The table of operations: for each its value and its partial derivatives.

No other module has rules of differentiation, with two exceptions for speed: `autograd.value` spells out +, −, ·, / and
the signs, and `autograd.dot_products` the partials of dot.  Tests compare them with this table.

In every rule x, y, … are the operands and z is the result.  A rule is straight-line mathematics, so that the same
lines give numbers on floats, a graph on Values and a formula on names.  It is written for accuracy, at first *and*
higher orders: as products of well-conditioned operations, where the textbook's form would cancel (1 − tanh²) or
overflow (1 + x²); the textbook's form, where it differs, is `written`.  Hence the few operations here that exist for
the sake of others: sech, gaussian, unit, leg, greater, lowered_power, xlogy.

Conventions where there is no derivative, or no number to start from:

* At kinks, a member of the subdifferential: |x|′ = 0 at 0; relu, leaky_relu and elu have the slope from the left at 0;
  ties of maximum, minimum and clip are shared ½ and ½; hypot′ = 0 at the origin.  What has no bounded slope there is
  nan: atan2′, and hypot″.
* At jumps: sign, step, floor and greater have slope 0 everywhere, and so has where in its condition; fmod and remainder
  have the slope of the piece that the value lies on.  Nothing comes out of the branch that where does not take, not
  even 0·inf.
* Powers: 0**0 = 1; x**0 has slope 0 in x everywhere; 0**y has slope 0 in y for y > 0 and −inf for y = 0; x**y has slope
  nan in y for x < 0, and in x where an infinite y makes it 0; 0·log 0 = 0.  At x = 0 the slope in y does not
  differentiate again in x (nan).
* At the end of a domain the slope may be infinite, and that is no error.  −0.0 is as 0.0, except that √ follows IEEE
  754 on to 0.5/−0.0 = −inf.
* Infinite operands are taken as limits, infinities of one sign as equal numbers: hypot(inf, inf) has slopes √½, and
  equal parts of a softmax are equal.
* nan stays nan, with the exceptions of IEEE 754 (nan**0, 1**nan, hypot(inf, nan)), and of operands that do not matter:
  the branch not taken of where, leaky_relu and elu.  nan as a condition counts as true.
* A sum is rounded once, also where a part of it would overflow; the products of a dot are rounded, and overflow, first.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, overload

from autograd import functions
from autograd.domains import POSITIVE, REAL, DomainError, Interval, PoleError
from autograd.functions import compare
from autograd.op import TABLE, Op, dot, operation, seal
from autograd.scalar import Scalar

if TYPE_CHECKING:
    from autograd.annotations import Real
    from autograd.value import Value

__all__ = [
    "TABLE",
    "DomainError",
    "Interval",
    "Op",
    "PoleError",
    "dist",
    "dot",
    "logsumexp",
    "operation",
    "softmax",
    "total",
]

UNIT = Interval(-1.0, 1.0)
LN2, LOG2_E, LOG10_E = math.log(2.0), 1.0 / math.log(2.0), math.log10(math.e)
TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)
# √(2π), rounded once: the root of the float 2π is the float below.
SQRT_TAU = 2.5066282746310007

# fmt: off
# --- arithmetic
pos: Op = operation("pos", operator.pos, lambda x, z: 1.0, numpy="positive",
                    doc="The number itself, +x.")
neg: Op = operation("neg", operator.neg, lambda x, z: -1.0, numpy="negative",
                    doc="The negative, −x.")
add: Op = operation("add", operator.add, lambda x, y, z: (1.0, 1.0), numpy="add",
                    doc="The sum x + y.")
sub: Op = operation("sub", operator.sub, lambda x, y, z: (1.0, -1.0), numpy="subtract",
                    doc="The difference x − y.")
mul: Op = operation("mul", operator.mul, lambda x, y, z: (y, x), numpy="multiply",
                    doc="The product x·y.")
div: Op = operation("div", operator.truediv, lambda x, y, z: (1.0 / y, -(z / y)), numpy="divide", requires="a divisor other than 0",
                    written=lambda x, y, z: (1 / y, -(x / y**2)),
                    doc="The quotient x/y.")
pow: Op = operation("pow", functions.power, lambda x, y, z: (y * lowered_power(x, y, 1.0), xlogy(z, x)), numpy="power",
                    domain=(POSITIVE, REAL), requires="a base above 0, or a whole exponent (and not a negative one of 0)",
                    written=lambda x, y, z: (y * x ** (y - 1), z * log(x)), branch=lambda x, y: functions.sign(x),
                    doc="The power xʸ. A negative base takes whole exponents only.")
lowered_power: Op = operation("lowered_power", functions.lowered_power, domain=(POSITIVE, REAL, Interval(0, 4)),
                              partials=lambda x, y, n, z: ((y - n) * lowered_power(x, y, n + 1.0), xlogy(z, x), -xlogy(z, x)),
                              written=lambda x, y, n, z: ((y - n) * x ** (y - n - 1), z * log(x), -(z * log(x))),
                              definition=lambda x, y, n: x ** (y - n),
                              doc="The power xʸ⁻ⁿ, which is left of xʸ after n derivatives by x.")
xlogy: Op = operation("xlogy", functions.xlogy, lambda x, y, z: (log(y), where(y, x / y, -z)), domain=(REAL, POSITIVE),
                      written=lambda x, y, z: (log(y), x / y),
                      definition=lambda x, y: x * log(y),
                      doc="The product x·log(y), which is 0 where x is 0.")

# --- exponentials, logarithms, roots
exp: Op = operation("exp", math.exp, lambda x, z: z, numpy="exp", latex="e^{{{0}}}",
                    doc="The exponential eˣ.")
exp2: Op = operation("exp2", functions.exp2, lambda x, z: LN2 * z, numpy="exp2", latex="2^{{{0}}}", written=lambda x, z: log(2) * z,
                     doc="The power of two, 2ˣ.")
expm1: Op = operation("expm1", math.expm1, lambda x, z: exp(x), numpy="expm1",
                      definition=lambda x: exp(x) - 1,
                      doc="The exponential less one, eˣ − 1, accurate near 0.")
log: Op = operation("log", math.log, lambda x, z: 1.0 / x, numpy="log", domain=POSITIVE, symbol="ln", latex=r"\ln",
                    doc="The natural logarithm.")
log2: Op = operation("log2", math.log2, lambda x, z: LOG2_E / x, numpy="log2", domain=POSITIVE, latex=r"\log_2",
                     written=lambda x, z: 1 / (x * log(2)),
                     definition=lambda x: log(x) / log(2),
                     doc="The logarithm to base 2.")
log10: Op = operation("log10", math.log10, lambda x, z: LOG10_E / x, numpy="log10", domain=POSITIVE, latex=r"\log_{{10}}",
                      written=lambda x, z: 1 / (x * log(10)),
                      definition=lambda x: log(x) / log(10),
                      doc="The logarithm to base 10.")
log1p: Op = operation("log1p", math.log1p, lambda x, z: 1.0 / (1.0 + x), numpy="log1p", domain=Interval(-1.0, open=True),
                      definition=lambda x: log(1 + x),
                      doc="The logarithm log(1 + x), accurate near 0.")
sqrt: Op = operation("sqrt", math.sqrt, lambda x, z: 0.5 / z, numpy="sqrt", domain=Interval(0.0), symbol="√",
                     latex=r"\sqrt{{{0}}}", written=lambda x, z: 1 / (2 * z),
                     doc="The square root.")
cbrt: Op = operation("cbrt", functions.cbrt, lambda x, z: 1.0 / z / z / 3.0, numpy="cbrt", symbol="∛", latex=r"\sqrt[3]{{{0}}}",
                     written=lambda x, z: 1 / (3 * z**2),
                     doc="The real cube root, also of negative numbers.")

# --- circular and hyperbolic functions
sin: Op = operation("sin", math.sin, lambda x, z: cos(x), numpy="sin", latex=r"\sin",
                    doc="The sine of an angle in radians.")
cos: Op = operation("cos", math.cos, lambda x, z: -sin(x), numpy="cos", latex=r"\cos",
                    doc="The cosine of an angle in radians.")
tan: Op = operation("tan", math.tan, lambda x, z: 1.0 + z * z, numpy="tan", latex=r"\tan", written=lambda x, z: 1 + z**2,
                    definition=lambda x: sin(x) / cos(x),
                    doc="The tangent of an angle in radians.")
asin: Op = operation("asin", math.asin, lambda x, z: 1.0 / leg(1.0, x), numpy="arcsin", domain=UNIT, latex=r"\arcsin",
                     written=lambda x, z: 1 / sqrt(1 - x**2),
                     doc="The arc sine, in radians from −π/2 to π/2.")
acos: Op = operation("acos", math.acos, lambda x, z: -1.0 / leg(1.0, x), numpy="arccos", domain=UNIT, latex=r"\arccos",
                     written=lambda x, z: -(1 / sqrt(1 - x**2)),
                     doc="The arc cosine, in radians from 0 to π.")
atan: Op = operation("atan", math.atan, lambda x, z: 1.0 / hypot(1.0, x) / hypot(1.0, x), numpy="arctan", latex=r"\arctan",
                     written=lambda x, z: 1 / (1 + x**2),
                     doc="The arc tangent, in radians from −π/2 to π/2.")
sinh: Op = operation("sinh", math.sinh, lambda x, z: cosh(x), numpy="sinh", latex=r"\sinh",
                     definition=lambda x: (exp(x) - exp(-x)) / 2,
                     doc="The hyperbolic sine.")
cosh: Op = operation("cosh", math.cosh, lambda x, z: sinh(x), numpy="cosh", latex=r"\cosh",
                     definition=lambda x: (exp(x) + exp(-x)) / 2,
                     doc="The hyperbolic cosine.")
tanh: Op = operation("tanh", functions.tanh, lambda x, z: sech(x) ** 2, numpy="tanh", latex=r"\tanh", written=lambda x, z: 1 - z**2,
                     definition=lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x)),
                     doc="The hyperbolic tangent.")
sech: Op = operation("sech", functions.sech, lambda x, z: -(z * tanh(x)),
                     definition=lambda x: 1 / cosh(x),
                     doc="The hyperbolic secant 1/cosh(x).")
asinh: Op = operation("asinh", math.asinh, lambda x, z: 1.0 / hypot(1.0, x), numpy="arcsinh", written=lambda x, z: 1 / sqrt(x**2 + 1),
                      definition=lambda x: log(x + sqrt(x**2 + 1)),
                      doc="The inverse hyperbolic sine.")
acosh: Op = operation("acosh", functions.acosh, lambda x, z: 1.0 / leg(x, 1.0), numpy="arccosh", domain=Interval(1.0),
                      written=lambda x, z: 1 / sqrt(x**2 - 1),
                      definition=lambda x: log(x + sqrt(x**2 - 1)),
                      doc="The inverse hyperbolic cosine.")
atanh: Op = operation("atanh", math.atanh, lambda x, z: 1.0 / leg(1.0, x) ** 2, numpy="arctanh", domain=Interval(-1.0, 1.0, open=True),
                      written=lambda x, z: 1 / (1 - x**2),
                      definition=lambda x: log((1 + x) / (1 - x)) / 2,
                      doc="The inverse hyperbolic tangent.")

# --- distances and angles
hypot: Op = operation("hypot", math.hypot, lambda *xs, z: tuple(_units(xs)),
                      written=lambda *xs, z: tuple(x / z for x in xs), branch=lambda *xs: float(any(xs)),
                      definition=lambda *xs: sqrt(TOTAL(*(x**2 for x in xs))),
                      doc="The Euclidean norm √(x₁² + x₂² + …), without overflow.")
unit: Op = operation("unit", functions.unit, branch=lambda *xs: float(any(xs)),  # x/√(x² + y² + …)
                     partials=lambda x, *ys, z: _unit_partials(x, ys, z),
                     written=lambda x, *ys, z: (hypot(*ys) ** 2 / hypot(x, *ys) ** 3 if ys else 0.0,
                                                *(-(x * y / hypot(x, *ys) ** 3) for y in ys)),
                     definition=lambda x, *ys: x / hypot(x, *ys),
                     doc="The component x/√(x² + y² + …) of a unit vector; 0 for the zero vector.")
leg: Op = operation("leg", functions.leg, lambda x, y, z: (hypot(1.0, y / z), -(y / z)), domain=(Interval(1.0, 9.0), UNIT),
                    requires="|y| ≤ x", written=lambda x, y, z: (x / z, -(y / z)),
                    definition=lambda x, y: sqrt(x**2 - y**2),
                    doc="The leg √(x² − y²) of a right triangle with hypotenuse x.")
atan2: Op = operation("atan2", math.atan2, lambda y, x, z: (unit(x, y) / hypot(x, y), -(unit(y, x) / hypot(x, y))), numpy="arctan2",
                      written=lambda y, x, z: (x / (x**2 + y**2), -(y / (x**2 + y**2))),
                      branch=lambda y, x: compare(y, 0.0) if x < 0.0 else 0.0,
                      doc="The angle of the point (x, y) in radians from −π to π.")
degrees: Op = operation("degrees", math.degrees, lambda x, z: 180.0 / math.pi, numpy="degrees",
                        definition=lambda x: 180 / math.pi * x,
                        doc="An angle in radians converted to degrees.")
radians: Op = operation("radians", math.radians, lambda x, z: math.pi / 180.0, numpy="radians",
                        definition=lambda x: math.pi / 180 * x,
                        doc="An angle in degrees converted to radians.")

# --- the normal distribution
erf: Op = operation("erf", math.erf, lambda x, z: TWO_OVER_SQRT_PI * gaussian(x) ** 2, written=lambda x, z: 2 / sqrt(math.pi) * exp(-(x**2)),
                    doc="The error function.")
erfc: Op = operation("erfc", functions.erfc, lambda x, z: -TWO_OVER_SQRT_PI * gaussian(x) ** 2, written=lambda x, z: -(2 / sqrt(math.pi) * exp(-(x**2))),
                     definition=lambda x: 1 - erf(x),
                     doc="The complementary error function 1 − erf(x), accurate in the tail.")
gaussian: Op = operation("gaussian", functions.gaussian, lambda x, z: -(where(z, x, 0.0) * z),  # exp(−x²/2)
                         written=lambda x, z: -(x * z),
                         definition=lambda x: exp(-(x**2 / 2)),
                         doc="The Gaussian exp(−x²/2).")
normal_cdf: Op = operation("normal_cdf", functions.normal_cdf, lambda x, z: gaussian(x) / SQRT_TAU, symbol="Φ", latex=r"\Phi",
                           definition=lambda x: (1 + erf(x / sqrt(2))) / 2,
                           doc="The distribution function Φ(x) of the standard normal distribution.")

# --- pieces
abs: Op = operation("abs", operator.abs, lambda x, z: sign(x), numpy="absolute", symbol="|{0}|", latex=r"\left|{0}\right|", branch=functions.sign,
                    definition=lambda x: sign(x) * x,
                    doc="The absolute value.")
sign: Op = operation("sign", functions.sign, lambda x, z: 0.0, branch=functions.sign,
                     doc="The sign of x: −1, 0 or 1.")
step: Op = operation("step", functions.step, lambda x, z: 0.0, branch=functions.sign,
                     doc="The unit step: 1 for x > 0, else 0.")
floor: Op = operation("floor", functions.floor, lambda x, z: 0.0, symbol="⌊{0}⌋", latex=r"\left\lfloor {0} \right\rfloor", branch=functions.floor,
                      doc="The greatest whole number that is at most x, as a float.")
greater: Op = operation("greater", functions.greater, lambda x, y, z: (0.0, 0.0), branch=compare,
                        doc="The comparison 1 for x > y, ½ for a tie, 0 for x < y.")
maximum: Op = operation("maximum", functions.maximum, lambda x, y, z: (greater(x, y), greater(y, x)), symbol="max", latex=r"\max", branch=compare,
                        definition=lambda x, y: greater(x, y) * x + greater(y, x) * y,
                        doc="The greater of x and y.")
minimum: Op = operation("minimum", functions.minimum, lambda x, y, z: (greater(y, x), greater(x, y)), symbol="min", latex=r"\min", branch=compare,
                        definition=lambda x, y: greater(y, x) * x + greater(x, y) * y,
                        doc="The smaller of x and y.")
clip: Op = operation("clip", functions.clip, domain=(REAL, Interval(-2.0, -1.0), Interval(1.0, 2.0)), requires="low ≤ high",
                     partials=lambda x, low, high, z: (1.0 - greater(low, x) - greater(x, high), greater(low, x), greater(x, high)),
                     branch=lambda x, low, high: compare(x, low) + compare(x, high),
                     definition=lambda x, low, high: (1 - greater(low, x) - greater(x, high)) * x + greater(low, x) * low + greater(x, high) * high,
                     doc="The number x limited to the interval from low to high.")
where: Op = operation("where", functions.where, lambda c, x, y, z: (0.0, where(c, 1.0, 0.0), where(c, 0.0, 1.0)), branch=lambda c, x, y: float(bool(c)),
                      doc="The choice of x where c is not 0, else y.")
fmod: Op = operation("fmod", math.fmod, lambda x, y, z: (1.0, -floor(x / y - z / y + 0.5)), requires="a finite dividend and a divisor other than 0",
                     written=lambda x, y, z: (1.0, -((x - z) / y)), branch=lambda x, y: functions.floor((x - math.fmod(x, y)) / y + 0.5),
                     doc="The remainder of x/y with the sign of x, as `math.fmod`.")
remainder: Op = operation("remainder", math.remainder, lambda x, y, z: (1.0, -floor(x / y - z / y + 0.5)), requires="a finite dividend and a divisor other than 0",
                          written=lambda x, y, z: (1.0, -((x - z) / y)), branch=lambda x, y: functions.floor((x - math.remainder(x, y)) / y + 0.5),
                          doc="The IEEE 754 remainder of x/y, from −|y|/2 to |y|/2, as `math.remainder`.")

# --- activations
sigmoid: Op = operation("sigmoid", functions.sigmoid, lambda x, z: sech(0.5 * x) ** 2 * 0.25, symbol="S", latex="S", written=lambda x, z: z * (1 - z),
                        definition=lambda x: 1 / (1 + exp(-x)),
                        doc="The logistic function 1/(1 + e⁻ˣ).")
softplus: Op = operation("softplus", functions.softplus, lambda x, z: sigmoid(x),
                         definition=lambda x: log(1 + exp(x)),
                         doc="The smooth ramp log(1 + eˣ).")
silu: Op = operation("silu", functions.silu, lambda x, z: sigmoid(x) + where(sech(0.5 * x), x, 0.0) * sech(0.5 * x) * sech(0.5 * x) * 0.25,
                     written=lambda x, z: sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
                     definition=lambda x: x * sigmoid(x),
                     doc="The activation x·sigmoid(x), also called swish.")
gelu: Op = operation("gelu", functions.gelu, lambda x, z: normal_cdf(x) + where(gaussian(x), x, 0.0) * gaussian(x) / SQRT_TAU,
                     written=lambda x, z: normal_cdf(x) + x * gaussian(x) / sqrt(2 * math.pi),
                     definition=lambda x: x * normal_cdf(x),
                     doc="The activation x·Φ(x), in its exact form (Hendrycks and Gimpel 2016).")
relu: Op = operation("relu", functions.relu, lambda x, z: step(x), branch=functions.sign,
                     definition=lambda x: where(step(x), x, 0.0),
                     doc="The rectifier max(x, 0).")
leaky_relu: Op = operation("leaky_relu", functions.leaky_relu, lambda x, slope, z: (where(step(x), 1.0, slope), where(step(x), 0.0, x)),
                           domain=(REAL, Interval(0.0, 1.0)), defaults=(0.01,), branch=lambda x, slope: functions.sign(x),
                           definition=lambda x, slope: where(step(x), x, slope * x),
                           doc="The rectifier with a slope to the left: x for x > 0, else slope·x.")
elu: Op = operation("elu", functions.elu, domain=(REAL, Interval(0.5, 2.0)), defaults=(1.0,), branch=lambda x, scale: functions.sign(x),
                    partials=lambda x, scale, z: (where(step(x), 1.0, scale * exp(x)), where(step(x), 0.0, expm1(x))),
                    definition=lambda x, scale: where(step(x), x, scale * (exp(x) - 1)),
                    doc="The exponential linear unit: x for x > 0, else scale·(eˣ − 1).")

# --- any number of operands
TOTAL: Op = operation("total", functions.total, lambda *xs, z: (1.0,) * len(xs), symbol="Σ",
                      doc="The sum x₁ + x₂ + …, rounded once.")
DOT: Op = operation("dot", functions.dot, lambda *operands, z: _dot_partials(operands), symbol="Σ",
                    doc="The activation sum w₁x₁ + w₂x₂ + … + bias of a neuron.")
LOGSUMEXP: Op = operation("logsumexp", functions.logsumexp, lambda *xs, z: tuple(softmax(xs)),
                          definition=lambda *xs: log(TOTAL(*(exp(x) for x in xs))),
                          doc="The logarithm of a sum of exponentials, log(e^x₁ + e^x₂ + …), without overflow.")
SOFTMAX: Op = operation("softmax", functions.softmax, lambda i, *xs, z: (0.0, *_softmax_partials(i, xs, z)),
                        definition=lambda i, *xs: exp(xs[int(i)]) / TOTAL(*(exp(x) for x in xs)),
                        requires="a whole index from 0, below the number of values",
                        doc="The share e^xᵢ/(e^x₁ + e^x₂ + …) of operand i, counted from 0.")
# fmt: on


def _first(i: int, xs: Sequence[Any]) -> tuple[Any, ...]:
    """Return `xs` with the i-th moved to the front."""
    return (xs[i], *xs[:i], *xs[i + 1 :])


def _units(xs: Sequence[Any]) -> list[Any]:
    """Return xᵢ/h for each i, where h is the hypot of all; floats take time proportional to their number."""
    if all(type(x) is float for x in xs):
        return functions.units(xs)
    return [unit(*_first(i, xs)) for i in range(len(xs))]


def _unit_partials(x: Any, others: Sequence[Any], z: Any) -> tuple[Any, ...]:
    """Return r²/h³ and −xy/h³ for each other operand y, where h is the hypot of all and r the hypot of the others."""
    if not others:
        return (0.0,)
    length = hypot(x, *others)
    rest = unit(hypot(*others), x)
    return (rest / length * rest, *(-(z / length * unit(*_first(i, others), x)) for i in range(len(others))))


def _dot_partials(operands: Sequence[Any]) -> tuple[Any, ...]:
    n = len(operands) // 2
    bias = (1.0,) * (len(operands) - 2 * n)
    return (*operands[n : 2 * n], *operands[:n], *bias)


def _softmax_partials(index: Any, xs: Sequence[Any], z: Any) -> list[Any]:
    """Return z(1 − z) for its own operand, with 1 − z as the sum of the others (it would cancel); −z·pₖ for the k-th."""
    i = int(index.data if isinstance(index, Scalar) else index)
    share = softmax(xs)
    share[i] = z
    others = share[:i] + share[i + 1 :]
    return [(z * TOTAL(*others) if others else 0.0) if k == i else -(z * share[k]) for k in range(len(xs))]


@overload
def total(values: Iterable[float]) -> float: ...  # type: ignore[overload-overlap]
@overload
def total(values: Iterable[Value | Real]) -> Value: ...
def total(values: Iterable[Any]) -> Any:
    """Return the sum of `values` as one operation.

    >>> total([1.0, 2.0, 3.0])
    6.0
    """
    values = tuple(values)
    return TOTAL.apply(values) if values else 0.0


@overload
def logsumexp(values: Iterable[float]) -> float: ...  # type: ignore[overload-overlap]
@overload
def logsumexp(values: Iterable[Value | Real]) -> Value: ...
def logsumexp(values: Iterable[Any]) -> Any:
    """Return log(e^x₁ + e^x₂ + …) as one operation; its partials are the softmax.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return LOGSUMEXP.apply(tuple(values))


@overload
def softmax(values: Iterable[float]) -> list[float]: ...  # type: ignore[overload-overlap]
@overload
def softmax(values: Iterable[Value | Real]) -> list[Value]: ...
def softmax(values: Iterable[Any]) -> list[Any]:
    """Return e^xᵢ / (e^x₁ + e^x₂ + …) for each i: a list as long as `values`, of sum 1.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    values = list(values)
    if values and all(type(x) is float for x in values):
        return functions.shares(values, values)
    return [SOFTMAX(i, *values) for i in range(len(values))]


@overload
def dist(p: Sequence[float], q: Sequence[float]) -> float: ...  # type: ignore[overload-overlap]
@overload
def dist(p: Sequence[Value | Real], q: Sequence[Value | Real]) -> Value: ...
def dist(p: Sequence[Any], q: Sequence[Any]) -> Any:
    """Return the Euclidean distance of the points `p` and `q`, as `math.dist`: hypot of the differences.

    >>> dist([1.0, 1.0], [4.0, 5.0])
    5.0
    """
    p, q = list(p), list(q)
    if len(p) != len(q):
        raise ValueError(f"dist() takes two points of equal dimension; got {len(p)} and {len(q)}")
    return hypot(*(x - y for x, y in zip(p, q, strict=True)))


seal()
