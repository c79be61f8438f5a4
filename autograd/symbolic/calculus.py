"""Rules of differentiation, which work a derivative out by one rewrite after another, each with the name of its rule.

An expression is a formula that may contain ∂/∂x u, the derivative of a formula by a name. `derivation` rewrites it
until no derivative is left, and returns every expression on the way.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from autograd import ops
from autograd.context import quiet
from autograd.op import Op
from autograd.symbolic.algebra import DERIVATIVE, PLUS, SUMS, TIMES, all_terms, tidy
from autograd.symbolic.derivations import MAX_TERMS, typeset
from autograd.symbolic.formula import Formula, apply, literal, partials
from autograd.symbolic.recognition import Note, defined, settled
from autograd.symbolic.textbook import Reason, spelled

# From this many terms on, a sum of multiples of the name is differentiated in one line, as an activation sum is.
MIN_ACTIVATION_TERMS = 3
# More derivatives than this in one expression are worked out on one line: each would have several lines.
MAX_DERIVATIVES = 8
# A remark lists at most this many names.
MAX_NAMES = 4

SUM_RULE: Note = ("sum rule",)
CONSTANT_FACTOR_RULE: Note = ("constant-factor rule",)
PRODUCT_RULE: Note = ("product rule",)
QUOTIENT_RULE: Note = ("quotient rule",)
POWER_RULE: Note = ("power rule",)
GENERAL_POWER_RULE: Note = ("general power rule",)
CHAIN_RULE: Note = ("chain rule",)


@dataclass(frozen=True)
class Line:
    """One line of a derivation.

    Attributes:
        expression: the right-hand side.
        notes: the names of the rules that lead to it, and remarks.
    """

    expression: Formula
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Context:
    """The name that a derivation differentiates by, and what is known of the others.

    Attributes:
        wrt: the name.
        opened: the operations whose definition is opened wherever they are.
        leaves: labels of names that are constant.
        held: labels of names that depend on `wrt`, and are held fixed in this partial derivative.
    """

    wrt: Formula
    opened: frozenset[Op] = frozenset()
    leaves: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    # Answers of `depends`: the same parts are asked about on every line.
    _dependent: dict[Formula, bool] = field(default_factory=dict)

    def depends(self, f: Formula) -> bool:
        """Return True if a formula contains the name."""
        if f not in self._dependent:
            self._dependent[f] = self.is_wrt(f) or any(self.depends(x) for x in f.operands)
        return self._dependent[f]

    def is_wrt(self, f: Formula) -> bool:
        """Return True for the name itself."""
        return f.label is not None and f.label == self.wrt.label

    def derivative(self, of: Formula) -> Formula:
        """Return ∂/∂wrt of a formula as an expression."""
        return Formula(self._slope(of), None, DERIVATIVE, (of, self.wrt))

    def _slope(self, f: Formula) -> float:
        """Return the number of a derivative, by the partials of the table."""
        if self.is_wrt(f):
            return 1.0
        if not self.depends(f):
            return 0.0
        assert f.op is not None
        with quiet():
            slopes = f.op.slopes([x.value for x in f.operands], f.value)
        return sum(p * self._slope(x) for x, p in zip(f.operands, slopes, strict=True) if self.depends(x))

    def independence(self, formulas: Sequence[Formula]) -> Note:
        """Return the remark that some formulas do not depend on the name."""
        names: dict[str, Formula] = {}
        for f in formulas:
            _collect_names(f, names)
        if not names:
            return (formulas[0], " is constant") if len(formulas) == 1 else ("numbers are constant",)
        held = [f for label, f in names.items() if label in self.held]
        if held:
            return (*_listed(held), " is held fixed" if len(held) == 1 else " are held fixed")
        if names.keys() <= self.leaves:
            return (*_listed(list(names.values())), " is constant" if len(names) == 1 else " are constant")
        verb = " does not depend on " if len(names) == 1 else " do not depend on "
        return (*_listed(list(names.values())), verb, self.wrt)


def _collect_names(f: Formula, names: dict[str, Formula]) -> None:
    if f.label is not None:
        names.setdefault(f.label, f)
    for x in f.operands:
        _collect_names(x, names)


def _listed(names: Sequence[Formula]) -> Note:
    """Return "a, b and c" of names, shortened where there are many."""
    shown = names if len(names) <= MAX_NAMES else names[: MAX_NAMES - 1]
    note: list[str | Formula | Op] = [shown[0]]
    for x in shown[1:-1]:
        note += [", ", x]
    if len(shown) > 1:
        note += [" and " if len(shown) == len(names) else ", ", shown[-1]]
    return (*note, *([f" and {len(names) - len(shown)} more"] if len(shown) < len(names) else []))


def plus(*terms: Formula) -> Formula:
    """Return a sum that keeps its zeros."""
    flat = [x for term in terms for x in (term.operands if term.op is PLUS else (term,))]
    return flat[0] if len(flat) == 1 else apply(PLUS, flat)


def times(*factors: Formula) -> Formula:
    """Return a product of the chain rule, which keeps its ones; −1 after two factors is a sign of the second."""
    flat = [x for factor in factors for x in (factor.operands if factor.op is TIMES else (factor,))]
    if len(flat) > 2 and flat[-1].is_number(-1.0):
        flat[-2:] = [negated(flat[-2])]
    return flat[0] if len(flat) == 1 else apply(TIMES, flat)


def negated(f: Formula) -> Formula:
    """Return −f; the sign of a product is that of its first factor."""
    if f.op is TIMES:
        return times(negated(f.operands[0]), *f.operands[1:])
    return f.operands[0] if f.op is ops.neg else -f


def derivation(of: Formula, context: Context, first: Sequence[Note] = ()) -> list[Line]:
    """Work out the derivative of a formula by a name.

    Args:
        of: the formula.
        context: the name, and what is known of the others.
        first: notes of the first line.

    Returns:
        The expressions from ∂/∂x of the formula to the result. Neighbours differ by one rewrite.

    >>> from autograd.symbolic.formula import symbol
    >>> x = symbol("x", 2.0)
    >>> [note for line in derivation((3 * x + 1) ** 4, Context(x)) for note in line.notes]
    [('chain rule',), ('power rule',), ('sum rule',), ('constant-factor rule',)]
    """
    activation = _activation(of, context)
    if activation is not None:
        lines = [Line(activation)]
    else:
        lines = [Line(context.derivative(of), tuple(first))]
        while (step := _rewritten(lines[-1].expression, context)) is not None:
            lines.append(step)
            if sum(context.depends(d.operands[0]) for d in _derivatives(step.expression)) > MAX_DERIVATIVES:
                lines.append(Line(_by_table(of, context), (("each term by the same rules",),)))
                break
    lines = _legible(lines)
    result = tidy(lines[-1].expression)
    # Two formulas may read alike, as (−1)/x and −(1/x) do.
    if not result.same(lines[-1].expression) and typeset(result) != typeset(lines[-1].expression):
        lines.append(Line(result))
    return lines


def _legible(lines: Sequence[Line]) -> list[Line]:
    """Return lines of which no two neighbours read alike, as they may where a long sum hides its middle terms."""
    legible = [lines[0]]
    for line in lines[1:]:
        before = legible[-1]
        if _has_long_sum(line.expression) and typeset(line.expression) == typeset(before.expression):
            legible[-1] = Line(line.expression, tuple(dict.fromkeys([*before.notes, *line.notes])))
        else:
            legible.append(line)
    return legible


def _has_long_sum(f: Formula) -> bool:
    return (f.op is PLUS and len(f.operands) > MAX_TERMS) or any(map(_has_long_sum, f.operands))


def _activation(of: Formula, context: Context) -> Formula | None:
    """Return the derivative of an activation sum w₁x₁ + w₂x₂ + … + b, term by term; None for other formulas."""
    terms = all_terms(of)
    if of.op is not ops.DOT and len(terms) < MIN_ACTIVATION_TERMS:
        return None
    coefficients = [_coefficient(x, context) for _, x in terms]
    if any(coefficient is None for coefficient in coefficients):
        return None
    return plus(*(_signed(c, minus) for (minus, _), c in zip(terms, coefficients, strict=True) if c is not None))


def _by_table(f: Formula, context: Context) -> Formula:
    """Return the derivative of a formula at once, by the partials of the table."""
    if context.is_wrt(f) or not context.depends(f):
        return literal(float(context.depends(f)))
    assert f.op is not None
    if f.op in SUMS:
        terms = [-_by_table(x, context) if minus else _by_table(x, context) for minus, x in all_terms(f)]
    else:
        slopes = (spelled(settled(partial, [])) for partial in partials(f.op, f.operands, f.value))
        terms = [slope * _by_table(x, context) for slope, x in zip(slopes, f.operands, strict=True)]
    remaining = [x for x in terms if not x.is_number(0.0)]
    # A sum of many terms is one operation, and not an operation within another for each term.
    return plus(*remaining) if remaining else literal(0.0)


def _signed(f: Formula, minus: bool) -> Formula:
    """Return a term with its sign, which a zero keeps until it is dropped: u − 0."""
    return _negative(f, minus) if f.is_number(0.0) else -f if minus else f


def _coefficient(f: Formula, context: Context) -> Formula | None:
    """Return c for c·x, x·c and x/c, 1 for x, and 0 for names and numbers that are constant; None otherwise."""
    if context.is_wrt(f):
        return literal(1.0)
    if not context.depends(f):
        simple = f.op is None or (f.op in (ops.mul, ops.neg) and all(x.op is None for x in f.operands))
        return literal(0.0) if simple else None
    if f.op is ops.mul:
        x, y = f.operands
        if context.depends(x) and context.depends(y):
            return None
        (constant, other) = (x, y) if context.depends(y) else (y, x)
        inner = _coefficient(other, context)
        return None if inner is None else constant * inner
    if f.op is ops.div and not context.depends(f.operands[1]):
        inner = _coefficient(f.operands[0], context)
        return None if inner is None else inner / f.operands[1]
    if f.op is ops.neg or f.op is ops.pos:
        inner = _coefficient(f.operands[0], context)
        return -inner if inner is not None and f.op is ops.neg else inner
    return None


def _is_zero(f: Formula) -> bool:
    return f.is_number(0.0) or (f.op is ops.neg and f.operands[0].is_number(0.0))


def _rewritten(expression: Formula, context: Context) -> Line | None:
    """Return the expression after one rewrite; None if no derivative is left."""
    found = _derivatives(expression)
    if not found:
        return None
    zeros = [d for d in found if not context.depends(d.operands[0])]
    if zeros:
        note = context.independence([d.operands[0] for d in zeros])
        return Line(_substituted(expression, {d: literal(0.0) for d in zeros}), (note,))
    ones = [d for d in found if context.is_wrt(d.operands[0])]
    if ones:
        note = (context.derivative(context.wrt), " = 1")
        return Line(_substituted(expression, {d: literal(1.0) for d in ones}), (note,))
    d = found[0]
    inner = any(x is d for node in _products(expression) for x in node.operands)
    rewritten, notes = _differentiated(d.operands[0], context, inner)
    return Line(_substituted(expression, {d: rewritten}), tuple(dict.fromkeys(notes)))


def _derivatives(expression: Formula) -> list[Formula]:
    """Return the derivatives in an expression, in reading order."""
    if expression.op is DERIVATIVE:
        return [expression]
    return [d for x in expression.operands for d in _derivatives(x)]


def _products(expression: Formula) -> list[Formula]:
    if expression.op is DERIVATIVE:
        return []
    own = [expression] if expression.op is TIMES else []
    return own + [node for x in expression.operands for node in _products(x)]


def _substituted(expression: Formula, replacements: Mapping[Formula, Formula]) -> Formula:
    """Return an expression with parts replaced, in which products and sums are taken together."""
    if expression in replacements:
        return replacements[expression]
    if not expression.operands or expression.op is DERIVATIVE:
        return expression
    operands = [_substituted(x, replacements) for x in expression.operands]
    if all(x is y for x, y in zip(operands, expression.operands, strict=True)):
        return expression
    assert expression.op is not None
    if expression.op is TIMES:
        return times(*operands)
    if expression.op is PLUS:
        return plus(*operands)
    if expression.op is ops.neg:
        x = operands[0]
        # A zero keeps its sign until it is dropped: u − 0.
        is_merged = x.op in (TIMES, ops.neg, None) and not x.is_number(0.0)
        return negated(x) if is_merged else apply(ops.neg, operands)
    return apply(expression.op, operands)


# A rule takes a formula, the context, and True inside a product of the chain rule. It returns an expression and notes.
Rewrite = tuple[Formula, list[Note]]
Rule = Callable[[Formula, Context, bool], Rewrite]


def _differentiated(of: Formula, context: Context, inner: bool) -> Rewrite:
    """Return ∂/∂x of a formula, one rewrite further, and the names of the rules."""
    assert of.op is not None
    multiple = _multiple(of, context, inner)
    if multiple is not None:
        return multiple
    if of.op in context.opened:
        reasons: list[Reason] = []
        definition = defined(of.op, of.operands, reasons)
        if definition is not None:
            return context.derivative(definition), [("definition of ", of.op), *_grouped(reasons)]
    return RULES.get(of.op, function_rule)(of, context, inner)


def _multiple(of: Formula, context: Context, inner: bool) -> Rewrite | None:
    """Differentiate a multiple of the name, or a sum of multiples and constants, in one line."""
    terms = all_terms(of)
    coefficients = [(_coefficient(x, context), minus) for minus, x in terms]
    if any(c is None for c, _ in coefficients):
        return None
    signed = [_signed(c, minus) for c, minus in coefficients if c is not None]
    notes: list[Note] = [SUM_RULE] if len(terms) > 1 else []
    if any(not _is_zero(c) and (not c.is_literal or abs(c.value) != 1.0) for c in signed):
        notes.append(CONSTANT_FACTOR_RULE)
    constants = [x for _, x in terms if not context.depends(x)]
    if any(x.has_names for x in constants):
        notes.append(context.independence(constants))
    # Inside a product nobody writes 3 + 0.
    return (reduce(operator.add, signed) if inner else plus(*signed)), notes


def sum_rule(of: Formula, context: Context, inner: bool) -> Rewrite:
    """Differentiate a sum term by term; inside a product, numbers are dropped at once."""
    terms = all_terms(of)
    if inner:
        terms = [(minus, x) for minus, x in terms if not x.is_literal]
    if len(terms) == 1:
        minus, x = terms[0]
        rewritten, notes = _differentiated(x, context, inner)
        return (negated(rewritten) if minus else rewritten), notes
    return plus(*(_negative(context.derivative(x), minus) for minus, x in terms)), [SUM_RULE]


def _negative(f: Formula, minus: bool) -> Formula:
    return apply(ops.neg, [f]) if minus else f


def product_rule(of: Formula, context: Context, inner: bool) -> Rewrite:
    """Differentiate a product or a sign: constant factors are kept, and two factors that vary give u·v′ + v·u′."""
    constant, rest = _without_constants(of, context)
    if rest is not of:
        derivative = context.derivative(rest)
        if constant.is_number(-1.0):
            return apply(ops.neg, [derivative]), [CONSTANT_FACTOR_RULE]
        return (derivative if constant.is_number(1.0) else times(constant, derivative)), [CONSTANT_FACTOR_RULE]
    u, v = of.operands
    return plus(times(u, context.derivative(v)), times(v, context.derivative(u))), [PRODUCT_RULE]


def quotient_rule(of: Formula, context: Context, inner: bool) -> Rewrite:
    """Differentiate a quotient: (v·u′ − u·v′)/v², and simpler where a part of it is constant."""
    u, v = of.operands
    if not context.depends(v):
        return product_rule(of, context, inner)
    if not context.depends(u):
        power = context.derivative(_reciprocal(v))
        return (power, []) if u.is_number(1.0) else (times(u, power), [CONSTANT_FACTOR_RULE])
    numerator = plus(times(v, context.derivative(u)), apply(ops.neg, [times(u, context.derivative(v))]))
    return apply(ops.div, [numerator, apply(ops.pow, [v, literal(2.0)])]), [QUOTIENT_RULE]


def _without_constants(of: Formula, context: Context) -> tuple[Formula, Formula]:
    """Return the constant factor of a product and the rest; the rest is `of` itself if there is none."""
    sign = 1.0
    above: list[Formula] = []
    below: list[Formula] = []
    rest: list[Formula] = []
    stack = [of]
    while stack:
        f = stack.pop()
        if not context.depends(f):
            above.append(f)
        elif f.op is ops.mul:
            stack += reversed(f.operands)
        elif f.op is ops.neg or f.op is ops.pos:
            sign = -sign if f.op is ops.neg else sign
            stack.append(f.operands[0])
        elif f.op is ops.div and not context.depends(f.operands[1]):
            below.append(f.operands[1])
            stack.append(f.operands[0])
        else:
            rest.append(f)
    if of.op is ops.mul and len(rest) > 1 and not above and not below and sign > 0.0:
        return literal(1.0), of
    constant = reduce(operator.mul, above, literal(1.0))
    if below:
        constant = apply(ops.div, [constant, reduce(operator.mul, below)])
    return (-constant if sign < 0.0 else constant), reduce(lambda x, y: apply(ops.mul, [x, y]), rest)


def _reciprocal(f: Formula) -> Formula:
    if f.op is ops.pow and f.operands[1].is_literal:
        return f.operands[0] ** -f.operands[1]
    return apply(ops.pow, [f, literal(-1.0)])


def power_rule(of: Formula, context: Context, inner: bool) -> Rewrite:
    """Differentiate uⁿ to n·uⁿ⁻¹·u′, aˣ to aˣ·ln a, and a power of which both parts vary by the general rule."""
    u, n = of.operands
    if context.depends(n):
        is_exponential = not context.depends(u)
        rule = ("derivative of ", apply(ops.pow, [u, context.wrt])) if is_exponential else GENERAL_POWER_RULE
        return _chained(of, context, [rule])
    outer = n * u ** (n - 1.0)
    if context.is_wrt(u):
        return outer, [POWER_RULE]
    return times(outer, context.derivative(u)), [CHAIN_RULE, POWER_RULE]


def function_rule(of: Formula, context: Context, inner: bool) -> Rewrite:
    """Differentiate f(u) to f′(u)·u′; with several operands, the sum over those that vary."""
    assert of.op is not None
    return _chained(of, context, [("derivative of ", of.op)])


def _chained(of: Formula, context: Context, notes: list[Note]) -> Rewrite:
    """Return the sum of the partials of an operation, each times the derivative of its operand."""
    assert of.op is not None
    reasons: list[Reason] = []
    terms = []
    is_chain = False
    for x, partial in zip(of.operands, partials(of.op, of.operands, of.value), strict=True):
        if context.depends(x):
            slope = spelled(settled(partial, reasons))
            if context.is_wrt(x) or slope.is_number(0.0):
                terms.append(slope)
            else:
                is_chain = True
                inner = context.derivative(x)
                # The piece that a choice takes has the factor 1.
                terms.append(inner if slope.is_number(1.0) else times(slope, inner))
    return plus(*terms), [*([CHAIN_RULE] if is_chain else []), *notes, *_grouped(reasons)]


def _grouped(reasons: list[Reason]) -> list[Note]:
    """Return the reasons as one note; none for none."""
    return [tuple(reasons)] if reasons else []


RULES: Mapping[Op, Rule] = {
    **dict.fromkeys(SUMS, sum_rule),
    ops.neg: product_rule,
    ops.pos: product_rule,
    ops.mul: product_rule,
    ops.div: quotient_rule,
    ops.pow: power_rule,
}
