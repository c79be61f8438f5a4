"""Algebra of formulas: products multiplied out, like terms combined, common factors, and zeros dropped.

>>> from autograd.symbolic.formula import symbol
>>> from autograd.symbolic.notation import write
>>> x = symbol("x", 2.0)
>>> write(tidy(apply(ops.mul, [4 * x**3, literal(3.0)]))), write(tidy(x * 2 + 3 * x - 0 * x))
('12x³', '5x')
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from autograd import ops
from autograd.op import Op
from autograd.symbolic.formula import Formula, apply, literal
from autograd.symbolic.text import TextPrinter

SUMS = frozenset({ops.add, ops.sub, ops.TOTAL, ops.DOT})
# Numbers that a printer writes by a name or a root.
CONSTANTS = frozenset({*(x for x in TextPrinter.constants if x > 0.0), math.sqrt(2.0)})
# Each term is compared with each other one: a longer formula is left as it is.
MAX_SIZE = 600
# Whole numbers below this are divided by common divisors.
_MAX_WHOLE = 1e15


def _times(*factors: float) -> float:
    return math.prod(factors)


# A sum and a product of any number of terms, as a derivation writes them: 2(x − 1) · 1 + 0.
PLUS = Op("plus", ops.TOTAL.forward, lambda *xs, z: (1.0,) * len(xs), None)
TIMES = Op(
    "times",
    _times,
    lambda *xs, z: tuple(math.prod(xs[:i] + xs[i + 1 :]) for i in range(len(xs))),
    None,
)
DERIVATIVE = Op("derivative", lambda of, wrt: math.nan, lambda of, wrt, z: (math.nan, math.nan), 2)


def rebuilt(f: Formula, operands: Sequence[Formula]) -> Formula:
    """Return an operation on other operands, without simplification; `f` itself if all are the same."""
    if all(x is y for x, y in zip(f.operands, operands, strict=True)):
        return f
    assert f.op is not None
    return apply(f.op, operands)


def signed_terms(f: Formula) -> list[tuple[bool, Formula]]:
    """Return the terms of a sum, each with True for a minus sign; nested sums are not taken apart.

    >>> from autograd.symbolic.formula import symbol
    >>> x = symbol("x", 2.0)
    >>> [minus for minus, _ in signed_terms(x - 1)]
    [False, True]
    """
    if f.op is ops.sub:
        return [(False, f.operands[0]), (True, f.operands[1])]
    if f.op is ops.DOT:
        n = len(f.operands) // 2
        pairs = zip(f.operands[:n], f.operands[n : 2 * n], strict=True)
        return [(False, x) for x in (*(apply(ops.mul, pair) for pair in pairs), *f.operands[2 * n :])]
    if f.op is ops.add or f.op is ops.TOTAL or f.op is PLUS:
        return [(False, x) for x in f.operands]
    return [(False, f)]


def all_terms(f: Formula) -> list[tuple[bool, Formula]]:
    """Return the terms of a sum with their signs, those of nested sums too."""
    terms = []
    for minus, x in signed_terms(f):
        if x.op is ops.neg:
            terms += [(minus == inner, y) for inner, y in all_terms(x.operands[0])]
        elif x is f:
            terms.append((minus, x))
        else:
            terms += [(minus != inner, y) for inner, y in all_terms(x)]
    return terms


@dataclass
class _Term:
    """A number over a number, times bases with exponents."""

    numerator: float = 1.0
    denominator: float = 1.0
    factors: list[tuple[Formula, Formula]] = field(default_factory=list)

    def multiply(self, f: Formula, sign: int = 1) -> None:
        """Multiply the term by a formula, or divide it with `sign` −1."""
        if _is_plain_number(f):
            if sign > 0:
                self.numerator *= f.value
            else:
                self.denominator *= f.value
        elif f.op is ops.neg or (f.is_literal and -f.value in CONSTANTS):
            self.numerator = -self.numerator
            self.multiply(-f, sign)
        elif f.op is ops.pos:
            self.multiply(f.operands[0], sign)
        elif f.op is ops.mul or f.op is TIMES:
            for x in f.operands:
                self.multiply(x, sign)
        elif f.op is ops.div:
            self.multiply(f.operands[0], sign)
            self.multiply(f.operands[1], -sign)
        elif f.op is ops.pow:
            base, exponent = f.operands
            self._raise(tidy(base), tidy(exponent) if sign > 0 else -tidy(exponent))
        elif f.op in SUMS or f.op is PLUS:
            whole = tidy(f)
            if whole.op in (ops.add, ops.sub):
                self._raise(whole, literal(sign))
            else:
                self.multiply(whole, sign)
        else:
            self._raise(f, literal(sign))

    def _raise(self, base: Formula, exponent: Formula) -> None:
        """Multiply the term by a power, and combine it with a power of the same base."""
        if _is_plain_number(base) and exponent.is_literal and exponent.value.is_integer() and abs(exponent.value) < 4:
            self.multiply(literal(base.value ** abs(exponent.value)), 1 if exponent.value > 0 else -1)
            return
        for i, (other, n) in enumerate(self.factors):
            if other.same(base):
                self.factors[i] = (other, tidy(n + exponent))
                return
        self.factors.append((base, exponent))

    def reduce(self) -> None:
        """Drop powers of exponent 0, and divide whole numbers by common divisors."""
        self.factors = [(base, n) for base, n in self.factors if not n.is_number(0.0)]
        if self.denominator < 0.0:
            self.numerator, self.denominator = -self.numerator, -self.denominator
        m, n = self.numerator, self.denominator
        if m.is_integer() and n.is_integer() and max(abs(m), n) < _MAX_WHOLE:
            divisor = math.gcd(int(m), int(n)) or 1
            self.numerator, self.denominator = m / divisor, n / divisor

    def like(self, other: _Term) -> bool:
        """Return True if two terms differ only in their numbers; the bases of a term are different."""
        return len(self.factors) == len(other.factors) and all(
            any(base.same(b) and n.same(m) for b, m in other.factors) for base, n in self.factors
        )

    def add(self, other: _Term) -> None:
        """Add a like term."""
        if self.denominator == other.denominator:
            self.numerator += other.numerator
        else:
            self.numerator = self.numerator * other.denominator + other.numerator * self.denominator
            self.denominator *= other.denominator
        self.reduce()

    def expanded(self) -> list[_Term]:
        """Return the terms of the product, multiplied by its last factor that is a sum."""
        for i in reversed(range(len(self.factors))):
            base, n = self.factors[i]
            if n.is_number(1.0) and base.op in (ops.add, ops.sub):
                parts = []
                for minus, x in all_terms(base):
                    part = _Term(-self.numerator if minus else self.numerator, self.denominator)
                    part.factors = [*self.factors[:i], *self.factors[i + 1 :]]
                    part.multiply(x)
                    part.reduce()
                    parts.append(part)
                return parts
        return [self]

    def signed(self) -> Formula:
        """Return the term as a formula with its sign."""
        return -self.formula() if self.numerator < 0.0 else self.formula()

    def formula(self) -> Formula:
        """Return the term as a formula without a sign, with negative powers below the fraction bar."""
        factors = sorted(self.factors, key=lambda pair: pair[0].label is None or not pair[1].is_literal)
        above = [base if n.is_number(1.0) else apply(ops.pow, [base, n]) for base, n in factors if not _is_negative(n)]
        below = [base**-n for base, n in factors if _is_negative(n)]
        size = abs(self.numerator)
        if size != 1.0 or not above:
            above.insert(0, literal(size))
        if self.denominator != 1.0:
            below.insert(0, literal(self.denominator))
        top = _product(above)
        return apply(ops.div, [top, _product(below)]) if below else top


def _is_plain_number(f: Formula) -> bool:
    """Return True for a number that has no name, as π and e have."""
    return f.is_literal and abs(f.value) not in CONSTANTS and math.isfinite(f.value)


def _is_negative(n: Formula) -> bool:
    return n.is_literal and n.value < 0.0


def _product(factors: Iterable[Formula]) -> Formula:
    first, *rest = factors
    for x in rest:
        first = apply(ops.mul, [first, x])
    return first


def _term(f: Formula, minus: bool = False) -> _Term:
    term = _Term(-1.0 if minus else 1.0)
    term.multiply(f)
    term.reduce()
    return term


def _collected(terms: Iterable[_Term]) -> list[_Term]:
    """Return the terms with like ones combined, and without zeros."""
    collected: list[_Term] = []
    for term in terms:
        for other in collected:
            if term.like(other):
                other.add(term)
                break
        else:
            collected.append(_Term(term.numerator, term.denominator, list(term.factors)))
    return [term for term in collected if term.numerator != 0.0]


def _sum(terms: Sequence[_Term]) -> Formula:
    """Return terms as a sum, without a zero or a unit that nobody writes."""
    if not terms:
        return literal(0.0)
    # A sum that can begin without a sign does.
    first = next((i for i, term in enumerate(terms) if not term.numerator < 0.0), 0)
    result = terms[first].signed()
    for term in (*terms[:first], *terms[first + 1 :]):
        result = apply(ops.sub if term.numerator < 0.0 else ops.add, [result, term.formula()])
    return result


def tidy(f: Formula) -> Formula:
    """Return a formula with its numbers multiplied, its powers and like terms combined, and its zeros dropped.

    A common factor is put before a bracket if the terms in the bracket then combine.
    """
    if f.op is None or f.size > MAX_SIZE:
        return f
    terms = _collected(_term(x, minus) for minus, x in all_terms(f))
    expanded = [part for term in terms for part in term.expanded()]
    combined = _collected(expanded)
    if len(combined) < len(expanded) and len(combined) <= len(terms):
        terms = combined
    factored = _factored(terms)
    return _sum(terms) if factored is None else factored


def _factored(terms: Sequence[_Term]) -> Formula | None:
    """Return the sum with the common factor of its terms before a bracket; None if the bracket stays as long."""
    if len(terms) < 2:
        return None
    common = []
    for base, n in terms[0].factors:
        powers = [[m for b, m in term.factors if b.same(base)] for term in terms]
        if n.is_literal and all(len(m) == 1 and m[0].is_literal and m[0].value > 0.0 for m in powers):
            common.append((base, literal(min(m[0].value for m in powers))))
    if not common:
        return None
    rests: list[_Term] = []
    for term in terms:
        rest = _Term(abs(term.numerator), term.denominator, list(term.factors))
        for base, n in common:
            rest._raise(base, -n)
        rest.reduce()
        minus = term.numerator < 0.0
        rests += [_term(part.signed(), minus) for part in rest.expanded()]
    bracket = _collected(rests)
    if len(bracket) >= len(rests):
        return None
    product = _Term(factors=common)
    product.multiply(_sum(bracket))
    product.reduce()
    return product.formula() if product.numerator > 0.0 else -product.formula()
