"""Check of derivatives that a student has worked out by hand, and the probable mistake in each wrong one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Literal, NamedTuple, get_args

from autograd.derivatives import reverse, stored
from autograd.graph import Edge, check_fresh, on_every_path, require_values, short, unrelated
from autograd.reals import real
from autograd.symbolic.formula import Formula, apply, literal, symbol
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import derivative_of, write
from autograd.symbolic.prose import Phrase, Report, Sentence
from autograd.symbolic.typesetting import Style, number
from autograd.value import Value, topological_order

# Numbers that a program computed agree to this; other numbers are rounded by hand, to three digits and more.
EXACT_RTOL = 1e-9
ROUNDED_RTOL = 5e-3
# Fewer digits are no rounding by hand: 2 is not meant for 2.4.
MIN_DIGITS = 3
# Rounding error of a sum, relative to the sum of the sizes of its terms.
SUM_RTOL = 1e-12
# With more terms, only sums without one of them, and single ones, are tried.
MAX_TERMS_ENUMERATED = 6
# Probable mistakes that are named, if several give the same number here.
MAX_MISTAKES = 2
# Lines of a report; the rest are counted.
MAX_LINES = 24
# A longer formula of a node without a label is replaced by a name.
MAX_FORMULA_SIZE = 16

Verdict = Literal["right", "follows", "wrong", "not filled in"]


class Use(NamedTuple):
    """The use of a node by a result, over all operands of the result that are the node.

    Attributes:
        result: the result.
        operand: the node.
        partial: ∂result/∂operand, the sum over the edges between the two.
    """

    result: Value
    operand: Value
    partial: float


class Mistake(NamedTuple):
    """A wrong way to compute a derivative.

    Attributes:
        value: the number that it gives.
        phrases: the mistake in words.
        is_guess: True for a mistake that is named only if no other gives the number.
    """

    value: float
    phrases: Sequence[Phrase]
    is_guess: bool = False


@dataclass(frozen=True, repr=False)
class HandDerivative:
    """One derivative that was worked out by hand.

    Attributes:
        node: the Value whose `grad` was filled in.
        given: its `grad`.
        derivative: the right derivative.
        verdict: "right"; "follows" if the step is right and another derivative, which it uses, is wrong; "wrong"; or
            "not filled in".
        mistakes: the probable mistakes in words; () if none is found.
    """

    node: Value
    given: float
    derivative: float
    verdict: Verdict
    mistakes: tuple[Sequence[Phrase], ...] = ()

    def __repr__(self) -> str:
        words = [Sentence(phrases).write("text") for phrases in self.mistakes]
        return f"<derivative by {short(self.node)}: {self.given!r}, {self.verdict}{''.join(words)}>"


class HandCheck(Report):
    """The outcome of a check by hand: true if every derivative is right; `str` gives the report.

    Attributes:
        derivatives: the checked derivatives, from the output down.
    """

    def __init__(self, blocks: Sequence[Sentence], derivatives: Sequence[HandDerivative]) -> None:
        super().__init__(blocks)
        self.derivatives = tuple(derivatives)

    def __bool__(self) -> bool:
        return all(x.verdict == "right" for x in self.derivatives)


def check_by_hand(output: Value, nodes: Sequence[Value] | None = None, rtol: float = ROUNDED_RTOL) -> HandCheck:
    """Check the derivatives of `output` that were filled in by hand, as the `grad` of each Value.

    The right numbers are not told. For a wrong one, the probable mistake is: a path that is missing, a wrong sign, the
    inner derivative forgotten, the partial instead of the derivative, a `grad` that was overwritten instead of added
    to, or the seed. A derivative that follows rightly from a wrong one is told apart.

    Args:
        output: the Value that is differentiated.
        nodes: the Values to check; by default the output, all leaves, all Values with a label, and further ones whose
            `grad` is not 0.
        rtol: the relative error that rounding by hand may make. A number that exactly results from a mistake is wrong
            even if it is as near as that.

    Returns:
        The report, an `autograd.checking.HandCheck`: true if every derivative is right; `str` gives it in words.

    Raises:
        TypeError: `output` or one of `nodes` is not a Value, or a `grad` is not a number.
        ValueError: `nodes` is empty, `output` does not depend on one of them, `rtol` is not from 0 to 1, or a Value was
            changed after `output` was computed from it.

    >>> from autograd import sigmoid
    >>> w, a, E = Value(0.15, "w"), Value(0.8, "a"), Value(1.0, "E")
    >>> AS = (w * a).named("AS")
    >>> out = sigmoid(AS).named("out")
    >>> C = ((out - E) ** 2).named("C")
    >>> C.grad = 1.0
    >>> out.grad = 2 * (out.data - E.data)
    >>> AS.grad = out.grad
    >>> w.grad = AS.grad * 0.8
    >>> print(check_by_hand(C, [C, out, AS, w]))
    2 right, 1 wrong, 1 right on the basis of a wrong one
      ∂C/∂C = 1: right
      ∂C/∂out = −0.9401: right
      ∂C/∂AS = −0.9401: the inner derivative ∂out/∂AS is missing
      ∂C/∂w = −0.7521: this step is right, but it uses a wrong derivative
    """
    if isinstance(nodes, Value):
        raise TypeError("nodes must be a list of Values, got a Value; write [w]")
    require_values("check_by_hand()", output, *(nodes or ()))
    if nodes is not None and not len(nodes):
        raise ValueError("nodes must hold at least one Value, got none; leave nodes out to check all")
    if not 0.0 <= real(rtol, "check_by_hand()") < 1.0:
        raise ValueError(f"rtol must be from 0 to 1, got {rtol!r}; 0.005 allows for three digits")
    order = topological_order(output)
    check_fresh(order)
    inside = set(order)
    for node in nodes or ():
        if node not in inside:
            raise ValueError(unrelated(output, node, "so there is no derivative to check"))
    checked = set(nodes) if nodes is not None else {x for x in order if _is_expected(x, output)}
    solution = _Solution(output, order, checked, rtol)
    derivatives = [solution.examine(node) for node in reversed(order) if node in checked]
    return HandCheck(_blocks(solution, derivatives), derivatives)


def _is_expected(node: Value, output: Value) -> bool:
    """Return True if a student is expected to fill in the derivative by a node."""
    if node.constant:
        return False
    return node is output or node.op is None or bool(node.label) or node.grad != 0.0


class _Solution:
    """The right derivatives, and those that follow from the student's numbers.

    Attributes:
        adjoints: the right derivative by each node.
        formulas: the name of each node, or its operation.
        own: for each node the student's derivative; the one that follows from it if none was filled in.
    """

    def __init__(self, output: Value, order: Sequence[Value], checked: set[Value], rtol: float) -> None:
        self.output, self.order, self.rtol = output, order, rtol
        self.wrong_count = 0
        self.given = {node: real(node.grad, f"the grad of {node.label or 'a Value'}") for node in checked}
        self.adjoints = reverse({output: 1.0}, stored, order)
        self.formulas = _formulas(order)
        self.uses: dict[Value, list[Edge]] = {node: [] for node in order}
        self.gross = {output: 1.0}
        self.own: dict[Value, float] = {}
        for node in reversed(order):
            terms = [self.own[edge.result] * edge.partial for edge in self.uses[node]]
            follows = 1.0 if node is output else sum(terms)
            self.gross.setdefault(node, sum(self.gross[edge.result] * abs(edge.partial) for edge in self.uses[node]))
            self.own[node] = self.given.get(node, 0.0) or follows
            for slot, x in enumerate(node.operands):
                # The sweep passes on nothing along an edge with a partial of 0.
                if node.partials[slot] != 0.0:
                    self.uses[x].append(Edge(node, slot))

    def examine(self, node: Value) -> HandDerivative:
        """Return the verdict on the derivative by a node."""
        given, right = self.given[node], self.adjoints.get(node, 0.0)
        if self._agree(given, right, EXACT_RTOL, node) or (self.rtol > 0.0 and _is_rounded(given, right)):
            return HandDerivative(node, given, right, "right")
        if given == 0.0:
            seed = self._seed(given) if node is self.output else ()
            return HandDerivative(node, given, right, "not filled in", seed)
        if math.isnan(given):
            return HandDerivative(node, given, right, "wrong", ([": NaN is no derivative"],))
        # A mistake is sought by passes over the slice, so only where it will be printed.
        is_shown = self.wrong_count < MAX_LINES
        mistakes = list(self._mistakes(node)) if is_shown and math.isfinite(right) else []
        follows = self._follows(node)
        for rtol in (EXACT_RTOL, self.rtol):
            if rtol == self.rtol and self._agree(given, right, rtol, node):
                return HandDerivative(node, given, right, "right")
            if self._agree(given, follows, rtol, node) and not self._agree(follows, right, self.rtol, node):
                return HandDerivative(node, given, right, "follows")
            likely = [
                mistake
                for mistake in mistakes
                if self._agree(given, mistake.value, rtol, node)
                and not self._agree(mistake.value, right, rtol, node)
                and not self._agree(mistake.value, follows, rtol, node)
            ]
            likely = [mistake for mistake in likely if not mistake.is_guess] or likely
            # Mistakes on the student's own numbers and on the right ones often read the same.
            words = {Sentence(mistake.phrases).write("text"): mistake.phrases for mistake in reversed(likely)}
            if words:
                self.wrong_count += 1
                return HandDerivative(node, given, right, "wrong", tuple(reversed(words.values()))[:MAX_MISTAKES])
        self.wrong_count += 1
        return HandDerivative(node, given, right, "wrong")

    def _agree(self, x: float, y: float, rtol: float, node: Value) -> bool:
        """Return True if two derivatives by a node are equal up to a relative error."""
        return x == y or abs(x - y) <= rtol * abs(y) + SUM_RTOL * self.gross[node]

    def _follows(self, node: Value) -> float:
        """Return the derivative that follows from the student's own numbers above."""
        return 1.0 if node is self.output else sum(self.own[edge.result] * edge.partial for edge in self.uses[node])

    def _seed(self, given: float) -> tuple[Sequence[Phrase], ...]:
        return ([": the seed is missing, ", self.derivative(self.output, self.output), " = 1"],)

    def _mistakes(self, node: Value) -> Iterator[Mistake]:
        """Yield the usual mistakes, first on the student's numbers above, then on the right ones."""
        if node is self.output:
            yield Mistake(self.given[node], [": the seed is wrong, ", self.derivative(node, node), " = 1"])
            return
        adjoints = [self.own]
        if any(self.own[edge.result] != self.adjoints.get(edge.result, 0.0) for edge in self.uses[node]):
            adjoints.append(self.adjoints)
        for above in adjoints:
            yield from self._mistakes_from(node, above)
        yield Mistake(node.data, [": this is the value of ", self.name(node), ", not the derivative"], is_guess=True)

    def _mistakes_from(self, node: Value, above: dict[Value, float]) -> Iterator[Mistake]:
        uses = _grouped(self.uses[node])
        terms = [above.get(edge.result, 0.0) * edge.partial for edge in uses]
        total = sum(terms)
        yield Mistake(-total, [": the sign is wrong"])
        if len(terms) > 1:
            yield from self._missing_terms(uses, terms)
        for edge in uses if len(uses) == 1 else ():
            yield Mistake(
                edge.partial,
                [
                    ": this is the partial ",
                    self.derivative(edge.result, node),
                    ", and the factor ",
                    self.derivative(self.output, edge.result),
                    " is missing",
                ],
            )
            value: list[Phrase] = [" the value of ", self.name(edge.result), ", not its derivative"]
            factor = self.derivative(edge.result, node)
            yield Mistake(above.get(edge.result, 0.0) * edge.result.data, [": the factor ", factor, " is", *value])
            yield Mistake(edge.result.data, [": this is", *value], is_guess=True)
        if len(uses) > 1:
            yield Mistake(
                sum(edge.partial for edge in uses), [": this is a sum of partials, without the factors above"]
            )
        # Named above, if there is one use.
        partials = [edge.partial for edge in uses] if len(uses) == 1 else []
        for edge in self._uses_on_every_path(node):
            if edge.partial in (0.0, 1.0):
                continue
            if total / edge.partial not in partials:
                noun = "factor" if edge.result is self.output else "inner derivative"
                factor = self.derivative(edge.result, edge.operand)
                yield Mistake(total / edge.partial, [f": the {noun} ", factor, " is missing"])
        if len(uses) > 1:
            yield from self._wrong_terms(uses, above, terms)
        yield Mistake(2.0 * total, [": twice the derivative, was grad not 0 at first?"], is_guess=True)
        yield Mistake(0.5 * total, [": half the derivative, is the 2 of a square missing?"], is_guess=True)

    def _missing_terms(self, uses: Sequence[Use], terms: Sequence[float]) -> Iterator[Mistake]:
        """Yield sums that leave terms out."""
        count = len(terms)
        last = uses[-1].result
        yield Mistake(
            terms[-1],
            [": only the last term is there, through ", self.name(last), ", so grad was overwritten, not added to"],
        )
        sizes = range(count - 1, 0, -1) if count <= MAX_TERMS_ENUMERATED else (count - 1, 1)
        for size in sizes:
            for kept in combinations(range(count), size):
                missing = [uses[i].result for i in range(count) if i not in kept]
                if len(missing) == 1:
                    words: list[Phrase] = [": the path through ", self.name(missing[0]), " is missing"]
                else:
                    words = [f": {len(missing)} of {count} paths are missing"]
                    if size == 1:
                        words = [": only the path through ", self.name(uses[kept[0]].result), " is there"]
                yield Mistake(sum(terms[i] for i in kept), words)

    def _wrong_terms(
        self, uses: Sequence[Use], above: Mapping[Value, float], terms: Sequence[float]
    ) -> Iterator[Mistake]:
        """Yield sums with a mistake in one term."""
        total = sum(terms)
        for edge, term in zip(uses, terms, strict=True):
            start: list[Phrase] = [": in the term through ", self.name(edge.result)]
            yield Mistake(total - 2.0 * term, [*start, ", the sign is wrong"])
            factor = self.derivative(self.output, edge.result)
            yield Mistake(total - term + edge.partial, [*start, ", the factor ", factor, " is missing"])
            factor = self.derivative(edge.result, edge.operand)
            adjoint = above.get(edge.result, 0.0)
            yield Mistake(total - term + adjoint, [*start, ", the factor ", factor, " is missing"])
            yield Mistake(total + term, [": the term through ", self.name(edge.result), " is added twice"])

    def _uses_on_every_path(self, node: Value) -> list[Use]:
        """Return the uses that every path from a node up to the output leads through, from the node up."""
        above, stack = {node}, [node]
        while stack:
            new = {edge.result for edge in self.uses[stack.pop()]} - above
            above |= new
            stack += new
        # The nodes on paths: a node above may lead nowhere but to slopes of 0.
        nodes: list[Value] = []
        on_paths = set()
        for x in reversed([x for x in self.order if x in above]):
            if x is self.output or any(edge.result in on_paths for edge in self.uses[x]):
                on_paths.add(x)
                nodes.append(x)
        nodes.reverse()
        edges = [edge for x in nodes for edge in self.uses[x] if edge.result in on_paths]
        return [use for bundle in on_every_path(nodes, edges) for use in _grouped(bundle)]

    def name(self, node: Value) -> Phrase:
        """Return the name of a node, or its operation."""
        return lambda style: write(self.formulas[node], style)

    def derivative(self, of: Value, wrt: Value) -> Callable[[Style], str]:
        """Return ∂of/∂wrt."""
        return lambda style: derivative_of(self.formulas[of], self.formulas[wrt], style)


def _grouped(edges: Iterable[Edge]) -> list[Use]:
    """Return the uses that edges are part of: in x·x, both edges are one use with the partial 2x."""
    partials: dict[tuple[Value, Value], float] = {}
    for edge in edges:
        ends = (edge.result, edge.operand)
        partials[ends] = partials.get(ends, 0.0) + edge.partial
    return [Use(*ends, partial) for ends, partial in partials.items()]


def _is_rounded(given: float, exact: float) -> bool:
    """Return True if a number of three digits or more is another one, rounded to its digits."""
    _, digits, exponent = Decimal(repr(given).removesuffix(".0")).as_tuple()
    if not isinstance(exponent, int) or len(digits) < MIN_DIGITS:
        return False
    return abs(given - exact) <= 0.5 * 10.0**exponent * (1.0 + EXACT_RTOL)


def _formulas(order: Sequence[Value]) -> dict[Value, Formula]:
    """Return the formula of each node: its name, or its operation if it has no label and the operation is short."""
    formulas: dict[Value, Formula] = {}
    names = Names([node for node in order if not node.constant], order)
    for node in order:
        if node.constant:
            formulas[node] = literal(node.data)
            continue
        formulas[node] = symbol(names[node], node.data)
        if node.op is not None and not node.label:
            operands = [formulas[x] for x in node.operands]
            if sum(x.size for x in operands) < MAX_FORMULA_SIZE:
                formulas[node] = apply(node.op, operands)
    return formulas


def _blocks(solution: _Solution, derivatives: Sequence[HandDerivative]) -> list[Sentence]:
    """Return the sentences of a report; in a long one, the derivatives that are right are only counted."""
    counts = {verdict: sum(x.verdict == verdict for x in derivatives) for verdict in get_args(Verdict)}
    parts = [f"{counts[verdict]:,} {verdict}" for verdict in ("right", "wrong", "not filled in") if counts[verdict]]
    if counts["follows"]:
        parts.append(f"{counts['follows']:,} right on the basis of a wrong one")
    blocks = [Sentence([", ".join(parts)])]
    shown = [x for x in derivatives if x.verdict != "right"] if len(derivatives) > MAX_LINES else list(derivatives)
    for x in shown[:MAX_LINES]:
        blocks.append(Sentence([_equation(solution, x), *_words(solution, x)], is_item=True))
    if len(shown) > MAX_LINES:
        blocks.append(Sentence([f"{len(shown) - MAX_LINES:,} more"], is_item=True))
    return blocks


def _equation(solution: _Solution, x: HandDerivative) -> Phrase:
    lhs = solution.derivative(solution.output, x.node)
    return lhs if x.verdict == "not filled in" else lambda style: f"{lhs(style)} = {number(x.given, style)}"


def _words(solution: _Solution, x: HandDerivative) -> list[Phrase]:
    """Return the verdict in words."""
    if x.verdict == "right":
        error = abs(x.given - x.derivative) / abs(x.derivative) if x.derivative else 0.0
        return [": right" if error <= EXACT_RTOL else f": right, rounded by {100.0 * error:.1g} %"]
    if x.verdict == "follows":
        return [": this step is right, but it uses a wrong derivative"]
    if x.verdict == "not filled in" and not x.mistakes:
        return [": not filled in, grad is 0"]
    if not x.mistakes:
        return [": wrong"]
    words = list(x.mistakes[0])
    for other in x.mistakes[1:]:
        words += ["; or", *(phrase.removeprefix(":") if isinstance(phrase, str) else phrase for phrase in other)]
    return words
