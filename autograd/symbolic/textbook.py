"""Textbook forms of formulas: collected terms and factors, cases resolved at a point, and familiar functions.

The rules of the table are written for accuracy, so a graph of second order has operations that no textbook has, such as
sech and lowered_power. Here they become the forms that a reader expects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from autograd import ops
from autograd.op import TABLE, Op
from autograd.symbolic.formula import Formula, apply, literal, symbol
from autograd.symbolic.text import TextPrinter
from autograd.value import Value

# Words with formulas and operations between them, which a printer typesets.
Note = tuple[str | Formula | Op, ...]
# Operations that exist for the rules of others; a reader meets their definitions.
AUXILIARY = frozenset({ops.sech, ops.gaussian, ops.unit, ops.leg, ops.lowered_power, ops.xlogy})
# Operations that choose a piece; a reader meets the piece, and the reason.
SELECTORS = frozenset({ops.step, ops.greater, ops.sign})
SUMS = frozenset({ops.add, ops.sub, ops.TOTAL, ops.DOT})
# Numbers of rules that have another written form.
_RULES_NUMBERS = frozenset({ops.LOG2_E, ops.LOG10_E})
# The name of the result in a pattern.
_RESULT = "result"
_SAMPLES = {ops.leg: (2.0, 0.5), ops.acosh: (1.5,), ops.pow: (2.0, 3.0), ops.lowered_power: (2.0, 3.0, 1.0)}
# Within the domain of every other operation of one or two operands.
_SAMPLE = 0.5
# Numbers that a printer writes by a name or a root.
CONSTANTS = frozenset({*(x for x in TextPrinter.constants if x > 0.0), math.e, math.sqrt(2.0)})
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

    >>> from autograd.symbolic.notation import write
    >>> x = symbol("x", 2.0)
    >>> write(tidy(apply(ops.mul, [4 * x ** 3, literal(3.0)]))), write(tidy(x * 2 + 3 * x - 0 * x))
    ('12x³', '5x')
    """
    if f.op is None:
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


def resolved(f: Formula, reasons: list[Note]) -> Formula:
    """Return a formula with each choice of a piece replaced by the piece at its numbers; append the reasons.

    >>> from autograd.symbolic.notation import write
    >>> reasons, x = [], symbol("x", 2.0)
    >>> write(resolved(ops.where(ops.step(x), x, 0.0), reasons)), len(reasons)
    ('x', 1)
    """
    if f.op is None:
        return f
    if f.op is ops.where:
        condition, x, y = f.operands
        chosen = resolved(condition, reasons)
        if not chosen.is_literal:
            relation = "≠" if condition.value != 0.0 else "="
            _remember(reasons, _comparison(chosen, relation, literal(0.0)))
        return resolved(x if condition.value != 0.0 else y, reasons)
    operands = [resolved(x, reasons) for x in f.operands]
    if f.op in SELECTORS:
        x, y = operands if f.op is ops.greater else (operands[0], literal(0.0))
        if x.is_literal and y.is_literal:
            return literal(f.value)
        relation = ">" if x.value > y.value else "<" if x.value < y.value else "="
        if f.op is ops.step and relation != ">":
            relation = "≤"
        _remember(reasons, _comparison(x, relation, y))
        return literal(f.value)
    if all(x is y for x, y in zip(operands, f.operands, strict=True)):
        return f
    return _simplified(f.op, operands)


def _simplified(op: Op, operands: Sequence[Formula]) -> Formula:
    """Return an operation on formulas, simplified where it is arithmetic."""
    arithmetic: Mapping[Op, Callable[..., Formula]] = {
        ops.add: Formula.__add__,
        ops.sub: Formula.__sub__,
        ops.mul: Formula.__mul__,
        ops.div: Formula.__truediv__,
        ops.pow: Formula.__pow__,
        ops.neg: Formula.__neg__,
    }
    return arithmetic[op](*operands) if op in arithmetic else apply(op, operands)


def _comparison(x: Formula, relation: str, y: Formula) -> Note:
    """Return "x = 2 > 0", with the numbers of both sides."""

    def side(f: Formula) -> Note:
        return (f,) if f.is_literal else (f, " = ", literal(f.value))

    return (*side(x), f" {relation} ", *side(y))


def _remember(reasons: list[Note], reason: Note) -> None:
    """Append a comparison, unless it is there; because x > y is also because y < x."""
    if not any(_same_numbers(reason, other) for other in reasons):
        reasons.append(("and " if reasons else "because ", *reason))


def _same_numbers(note: Note, other: Note) -> bool:
    """Return True if two comparisons have the same formulas, in either order."""
    first, second = ([x for x in n if isinstance(x, Formula)] for n in (note, other))
    return len(first) == len(second) and all(any(x.same(y) for y in second) for x in first)


def defined(op: Op, operands: Sequence[Formula], reasons: list[Note]) -> Formula | None:
    """Return the definition of an operation on operands, with its cases resolved; None if the entry has none."""
    if op.definition is None:
        return None
    definition = op.definition(*operands)
    return resolved(definition if isinstance(definition, Formula) else literal(definition), reasons)


def familiar(f: Formula, reasons: list[Note]) -> Formula:
    """Return a formula of a graph without the operations that exist for the rules of others.

    What a rule computes becomes what a textbook writes: sech(x/2)²/4 becomes S(x)(1 − S(x)). Choices of a piece are
    resolved, and their reasons appended. A power of the number e becomes an exponential.

    >>> from autograd.symbolic.notation import write
    >>> x = symbol("x", 2.0)
    >>> write(familiar(apply(ops.mul, [literal(3.0), ops.lowered_power(x, 3.0, 1.0)]), []))
    '3x²'
    """
    changed = _replaced(f) if _is_computed(f) else f
    if _has_choice(changed):
        changed = resolved(changed, reasons)
    return _with_exponentials(f if changed is f else tidy(changed))


def _is_computed(f: Formula) -> bool:
    """Return True if a formula has a sign that a rule of the table computed it."""
    if f.op in AUXILIARY or f.op in SELECTORS or f.op is ops.where or (f.is_literal and f.value in _RULES_NUMBERS):
        return True
    # The hypotenuse in the rules of atan and asinh.
    return (f.op is ops.hypot and f.operands[0].is_number(1.0)) or any(map(_is_computed, f.operands))


def _has_choice(f: Formula) -> bool:
    """Return True if a formula chooses a piece; sign, and a choice by a bare name, are the user's own."""
    if f.op in (ops.step, ops.greater) or (f.op is ops.where and f.operands[0].op is not None):
        return True
    return any(map(_has_choice, f.operands))


def _with_exponentials(f: Formula) -> Formula:
    if f.op is ops.pow and f.operands[0].is_number(math.e):
        return apply(ops.exp, [_with_exponentials(f.operands[1])])
    return rebuilt(f, [_with_exponentials(x) for x in f.operands]) if f.operands else f


def without_auxiliary(f: Formula) -> Formula:
    """Return a formula with the auxiliary operations replaced by their definitions."""
    if not f.operands:
        return f
    operands = [without_auxiliary(x) for x in f.operands]
    if f.op in AUXILIARY:
        assert f.op.definition is not None
        definition: Formula = f.op.definition(*operands)
        return without_auxiliary(definition)
    return f if all(x is y for x, y in zip(operands, f.operands, strict=True)) else rebuilt(f, operands)


def _replaced(f: Formula) -> Formula:
    """Replace the largest parts of a formula that a rule computed, and then auxiliary operations."""
    if f.op is None:
        return f
    for pattern in _patterns():
        bound: dict[str, Formula] = {}
        if pattern.computed.op is f.op and _matches(pattern.computed, f, bound):
            operands = [_replaced(bound[label]) for label in pattern.labels]
            result = bound[_RESULT] if _RESULT in bound else apply(pattern.op, operands)
            partials = pattern.op.rule(operands, result, written=True)
            partial = partials[pattern.slot]
            return without_auxiliary(partial) if isinstance(partial, Formula) else literal(partial)
    return without_auxiliary(rebuilt(f, [_replaced(x) for x in f.operands]))


@dataclass(frozen=True)
class _Pattern:
    """A partial as a rule computes it, and the operation and operand index that it is of."""

    op: Op
    slot: int
    labels: tuple[str, ...]
    computed: Formula


@cache
def _patterns() -> list[_Pattern]:
    """Return the patterns of all rules of the package that have another written form, the largest first."""
    patterns = []
    for op in TABLE.values():
        if op.written is not None and op.arity and op.partials.__module__ == ops.__name__:
            labels = tuple(f"operand {i}" for i in range(op.arity))
            operands = [
                Value(x, label) for x, label in zip(_SAMPLES.get(op, (_SAMPLE,) * op.arity), labels, strict=True)
            ]
            result = op.apply(tuple(operands))
            # The result is the operation on the operands, or a name.
            for z in (result, Value(result.data, _RESULT)):
                for slot, partial in enumerate(op.rule(operands, z)):
                    if isinstance(partial, Value):
                        computed = _tree(partial)
                        if _is_computed(computed) and all(_mentions(computed, label) for label in labels):
                            patterns.append(_Pattern(op, slot, labels, computed))
    return sorted(patterns, key=lambda pattern: -pattern.computed.size)


def _tree(node: Value) -> Formula:
    if node.op is None:
        return symbol(node.label, node.data) if node.label else literal(node.data)
    return apply(node.op, [_tree(x) for x in node.operands])


def _mentions(f: Formula, label: str) -> bool:
    return f.label == label or any(_mentions(x, label) for x in f.operands)


def _matches(pattern: Formula, f: Formula, bound: dict[str, Formula]) -> bool:
    """Return True if a formula has the form of a pattern; enter the formula for each of its names into `bound`."""
    if pattern.label == _RESULT and f.label is None:
        return False
    if pattern.label is not None:
        return bound.setdefault(pattern.label, f).same(f)
    if pattern.op is None:
        return f.is_number(pattern.value)
    return (
        pattern.op is f.op
        and len(pattern.operands) == len(f.operands)
        and all(_matches(x, y, bound) for x, y in zip(pattern.operands, f.operands, strict=True))
    )
