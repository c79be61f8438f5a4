"""Worked solution of one derivative: the chain rule in names, then in numbers, then the result."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import get_args

from autograd.derivatives import reverse, stored
from autograd.graph import count_paths, require_values
from autograd.symbolic.notation import (
    at_fixed,
    because,
    chain,
    derivative,
    digits_for,
    factor,
    more,
    plus,
    product,
    remark,
    rounded,
    write,
    zero_times_infinity,
)
from autograd.symbolic.textbook import Reason, divides_by_zero, spelled
from autograd.symbolic.typesetting import Style, for_notebooks, name, number, round_to
from autograd.tracing import sheets
from autograd.tracing.chain_rule import Factor, Stations
from autograd.tracing.exercises import SHARES, STEPS, Difficulty, Worksheet
from autograd.tracing.marking import Step
from autograd.tracing.nudges import Nudge, nudge
from autograd.tracing.reasons import Reasons, explain
from autograd.tracing.sheets import FIRST_ROWS, LAST_ROWS, Row, Table, equation, first_and_last, mark_omitted
from autograd.tracing.steps import Chosen, Opened, Steps
from autograd.tracing.sweeps import Direction, Sweep, side_by_side, sweep
from autograd.tracing.variants import varied
from autograd.value import Value

# A row of the factored form shows at most this many terms; of more, the largest and the sum of the others.
MAX_TERMS = 4
# A worksheet does not print longer definitions: nobody could read them.
MAX_DEFINITION_CHARACTERS = 200
# More paths are called "many", without their number.
MAX_PRINTED_COUNT = 10**15


def trace(target: Value, wrt: Value, max_paths: int = 8) -> Trace:
    """Derive ∂target/∂wrt step by step by the chain rule.

    The solution shows each factor in symbols, in numbers, and its value; then the product of the factors along each
    path; then the sum over the paths. Named nodes are the stations of the chain rule. Where nothing has a name, the
    trace chooses stations and names them.

    Args:
        target: the node to differentiate.
        wrt: the leaf or inner node to differentiate by.
        max_paths: with more paths than this, or more than 24 stations, the trace is factored: it derives
            ∂target/∂station for each station from the stations above it, as reverse mode does.

    Returns:
        The worked solution, as an `autograd.tracing.Trace`; `str` gives the text.

    Raises:
        TypeError: `target` or `wrt` is not a Value.
        ValueError: `target` does not depend on `wrt`, or a Value was changed after `target` was computed from it.

    >>> from autograd import sigmoid
    >>> w, a, rest, E = Value(0.15, "W[1,1]"), Value(0.8, "a[1]"), Value(0.38, "rest"), Value(1.0, "E[1]")
    >>> AS = (w * a + rest).named("AS")
    >>> out = sigmoid(AS).named("out")
    >>> print(trace(((out - E) ** 2).named("C"), w))
    ∂C/∂W₁,₁ = ∂C/∂out · ∂out/∂AS · ∂AS/∂W₁,₁
      ∂C/∂out   = 2(out − E₁)       = 2(0.6225 − 1)       = −0.7551
      ∂out/∂AS  = S(AS)(1 − S(AS))  = 0.6225(1 − 0.6225)  =  0.235
      ∂AS/∂W₁,₁ = a₁                                      =  0.8
    ∂C/∂W₁,₁ = −0.7551 · 0.235 · 0.8                      = −0.142
    """
    return Trace(target, wrt, max_paths)


class Trace:
    """The worked solution of a derivative; `str` gives the text.

    Attributes:
        value: the derivative, unrounded.
        factored: True if there are too many paths or stations to write every path out.
    """

    def __init__(self, target: Value, wrt: Value, max_paths: int = 8) -> None:
        require_values("trace()", target, wrt)
        self.target, self.wrt, self.max_paths = target, wrt, max_paths
        self.stations = Stations(target, wrt)
        self._adjoints: Mapping[Value, float] = defaultdict(float, reverse({target: 1.0}, stored, self.stations.slice))
        self.value: float = self._adjoints[wrt]
        self.factored = len(self.stations.nodes) > FIRST_ROWS + LAST_ROWS or self._count_paths() > max_paths

    @property
    def factors(self) -> list[Factor]:
        """The factors between stations, from the target down."""
        return self._all_factors

    @cached_property
    def _all_factors(self) -> list[Factor]:
        downward = [f for node in reversed(self.stations.nodes) for f in self.stations.factors.get(node, [])]
        # Factors are in the order of the paths if these are written out, each once.
        return list(dict.fromkeys(f for path in self.paths for f in path)) or downward

    @property
    def path_count(self) -> int:
        """The exact number of paths in the graph; all paths between two stations fold into one factor."""
        return self._path_count

    @cached_property
    def _path_count(self) -> int:
        return count_paths(self.stations.slice)

    def _count_paths(self) -> int:
        """Count the paths from station to station."""
        counts = {self.target: 1}
        for node in reversed(self.stations.nodes[1:]):
            # A count may have many bits, so it is dropped once it is used.
            count = counts.pop(node)
            for f in self.stations.factors[node]:
                counts[f.operand] = counts.get(f.operand, 0) + count
        return counts.get(self.wrt, 0)

    @property
    def paths(self) -> list[list[Factor]]:
        """The factors along each path, from the target down; empty if the trace is factored."""
        return [] if self.factored else list(self._walk())

    def _walk(self) -> Iterator[list[Factor]]:
        """Yield the factors along each path, depth first."""
        stack: list[tuple[Value, list[Factor]]] = [(self.target, [])]
        while stack:
            node, path = stack.pop()
            if node is self.wrt:
                yield path
            else:
                stack.extend((f.operand, [*path, f]) for f in reversed(self.stations.factors.get(node, [])))

    def __str__(self) -> str:
        return "\n".join(filter(None, map(sheets.text, (self._preface("text"), self._solution("text")))))

    def __repr__(self) -> str:
        return str(self)

    def latex(self) -> str:
        r"""Return the solution as an ``aligned`` environment of amsmath, for math mode in LaTeX."""
        return sheets.latex(self._rows("latex"))

    def markdown(self) -> str:
        """Return the solution as Markdown with LaTeX between dollar signs, as notebooks and GitHub show it."""
        return f"$$\n{self.latex()}\n$$\n"

    def html(self) -> str:
        """Return the solution as an HTML table; names are escaped."""
        return sheets.html(
            self._rows("html"), f"{self._d(self.target, self.wrt, 'html')} = {number(self.value, 'html')}"
        )

    def _repr_html_(self) -> str:
        return for_notebooks(self.html())

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def worksheet(
        self,
        seed: int = 0,
        share: float | None = None,
        vary: bool | int = False,
        *,
        difficulty: Difficulty = "medium",
        steps: Step | Sequence[Step] | None = None,
    ) -> Worksheet:
        """Make an exercise with blanks, and its answer key, as text, Markdown and LaTeX.

        Args:
            seed: seed of the choice of blanks and of other numbers; the same seed gives the same worksheet.
            share: the approximate share of blanks, from 0 to 1; by default that of the difficulty.
            vary: True to give the leaves other numbers, for a worksheet for each student; `wrt` must then be a leaf. A
                whole number is the seed of these numbers, and `seed` that of the blanks alone.
            difficulty: "easy" for a third of the numbers, "medium" for half of all steps, "hard" for nearly all.
            steps: the steps to ask for: "name the rule" for the rules that a partial derivative begins with,
                "differentiate" for its formula, "put in" for its numbers, "multiply" for its value; by default those of
                the difficulty, without the rules.

        Returns:
            The exercise and its key.

        Raises:
            ValueError: `share` is not from 0 to 1, `difficulty` or a step is unknown, or `vary` is true and `wrt` is no
                leaf.

        >>> x = Value(3.0, "x")
        >>> print(trace((x * x).named("y"), x).worksheet(seed=2).exercise("text"))
        Exercise: ∂y/∂x
        Fill in the numbered blanks. Round numbers to 4 significant digits. 4 points.
          x = 3
          y = x·x  = 9
        ∂y/∂x = ______(1) = ______(2) = ______(3)
        <BLANKLINE>
        """
        if difficulty not in get_args(Difficulty):
            raise ValueError(f"difficulty must be one of {', '.join(get_args(Difficulty))}, got {difficulty!r:.20}")
        steps = [steps] if isinstance(steps, str) else steps
        unknown = [step for step in steps or () if step not in get_args(Step)]
        if unknown:
            raise ValueError(f"steps must be of {', '.join(get_args(Step))}, got {unknown[0]!r:.20}")
        share = SHARES[difficulty] if share is None else share
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"share must be from 0 to 1, got {share!r}")
        variant = self
        if vary is not False:
            variant = Trace(*varied(self.target, self.wrt, seed if vary is True else vary), self.max_paths)
        asked = STEPS[difficulty] if steps is None else tuple(steps)
        rules = variant._rules() if "name the rule" in asked else {}
        if not rules and set(asked) == {"name the rule"}:
            raise ValueError(
                "steps must ask for something that the solution has, got only 'name the rule' where no rule is named; "
                "add 'differentiate'"
            )
        return Worksheet(variant._task, variant._given, variant._solution, seed, share, asked, rules)

    def _rules(self) -> dict[int, str]:
        """Return the names of the rules behind the rows of the solution, by their index, where `steps` names some."""
        if self.factored or self.target is self.wrt:
            return {}
        rules = {(x.factor.result, x.factor.operand): x.first_rules for x in self.steps(open=()).derivations}
        first = 0 if len(self.factors) == 1 else 1
        named = {i: rules.get((f.result, f.operand), []) for i, f in enumerate(self.factors, first)}
        return {i: ", ".join(names) for i, names in named.items() if names}

    def _task(self, style: Style) -> str:
        """Return the derivative that a worksheet asks for."""
        return self._d(self.target, self.wrt, style)

    def _given(self, style: Style) -> list[Row]:
        """Return a row for each name: its definition, unless that is too long to read, and its value."""

        def row(node: Value) -> Row:
            definition = self._definition(node, style)
            # As text, so that each format has the same definitions.
            if definition.cells and len(self._definition(node, "text").terms[0]) > MAX_DEFINITION_CHARACTERS:
                return replace(definition, terms=definition.cells, cells=())
            return definition

        return self._shown(list(self.stations.names), row, style)

    def modes(self, style: Style = "text") -> Table:
        """Compare forward and reverse mode on this derivative, after Olah (2015).

        The table has a row for each name: its value, ∂·/∂wrt, which forward mode propagates up, and ∂target/∂·, which
        reverse mode propagates down. Each mode visits every edge once, and both end with the derivative.

        Args:
            style: text, latex or html.

        Returns:
            The table; `str` gives it in the style.
        """
        return side_by_side(self.stations, self.target, self.wrt, style)

    def sweep(self, direction: Direction) -> Sweep:
        """Return a whole sweep over the graph, statement by statement, after Baydin et al. (2018), Tables 2 and 3.

        A forward sweep computes the tangent v̇ = ∂v/∂wrt of every node, beside its value. A reverse sweep adds to the
        adjoint v̄ = ∂target/∂v of an operand for each of its uses. The operations that each mode takes for the
        derivatives by all leaves are counted.

        Args:
            direction: "forward" or "reverse".

        Returns:
            The sweep; `str` gives it as a table.

        Raises:
            ValueError: there is no such direction.

        >>> x, w = Value(3.0, "x"), Value(2.0, "w")
        >>> print(trace((w * x * x).named("y"), x).sweep("reverse"))
        primal
        w = 2
        x = 3
        v₁ = w·x = 6
        y = v₁·x = 18
        adjoint           by its rule  numbers  is now
        y̅ = 1                                   1
        v̅₁ = y̅ · ∂y/∂v₁   = y̅ · x      = 1 · 3  3
        x̅ = y̅ · ∂y/∂x     = y̅ · v₁     = 1 · 6  6
        w̅ = v̅₁ · ∂v₁/∂w   = v̅₁ · x     = 3 · 3  9
        x̅ += v̅₁ · ∂v₁/∂x  = v̅₁ · w     = 3 · 2  12
        reverse mode, for the derivatives by 2 leaves: 1 sweep: 4 multiplications and 1 addition
        forward mode, for the derivatives by 2 leaves: 2 sweeps of 4 multiplications and 2 additions, 12 operations
        """
        return sweep(self.stations, self.target, self.wrt, direction)

    def why(self) -> Reasons:
        """Explain the size of this derivative in words.

        A derivative is 0 or small because of slopes that every path has (a relu that is off, a saturated sigmoid, an
        input of 0), or because paths of opposite sign cancel. Otherwise the largest paths are listed, with their
        shares. All causes are found by passes over the slice.

        Returns:
            The reasons; `str` gives them in words, and `causes` is for programs.

        >>> from autograd import relu
        >>> w, x = Value(-2.0, "w"), Value(25.0, "x")
        >>> AS = (w * x).named("AS")
        >>> print(trace(relu(AS).named("a"), w).why())
        ∂a/∂w = 0, because AS = −50 < 0: relu is off for this example
        """
        return explain(self.stations, self.target, self.wrt, self.value)

    def nudge(self, step: float) -> Nudge:
        """Add `step` to `wrt`, and compare the real change with the one that the derivative predicts.

        The ripple through the stations between is shown as a table. The nudge happens in a new graph; this one is not
        changed.

        Args:
            step: the change of `wrt`, such as 0.1.

        Returns:
            The effect; `str` gives it in words and as a table.

        Raises:
            TypeError: `step` is not a number.
            ValueError: `step` is 0, too small to change `wrt`, or not finite; or a Value was changed after the trace.
            DomainError: an operation has no value after the nudge.

        >>> x = Value(3.0, "x")
        >>> print(trace(((x * x).named("u") * 2).named("y"), x).nudge(0.5))
        x: 3 → 3.5, Δx = 0.5
          predicted: ∂y/∂x · Δx = 12 · 0.5 = 6
          curvature: ½ · ∂²y/∂x² · (Δx)² = 0.5
          real:      Δy = 6.5
        node  before  after  change  predicted  ∂·/∂x
        x     3       3.5    0.5     0.5        1
        u     9       12.25  3.25    3          6
        y     18      24.5   6.5     6          12
        """
        return nudge(self.stations, self.target, self.wrt, step)

    def steps(self, open: Opened | None = None, of: Chosen | None = None) -> Steps:
        """Derive each factor of the trace: one rewrite a line, with the name of its rule.

        Args:
            open: operations whose definition is opened wherever they are, as names or operations, such as "sigmoid";
                () keeps all closed. By default the definition of a station is opened: S(AS) becomes 1/(1 + e^(−AS)).
            of: the stations to derive, as names or Values; by default all, or the first of many.

        Returns:
            The derivations; `str` gives the text.

        Raises:
            TypeError: `open` has neither names nor operations.
            ValueError: `open` has an operation without a definition, or `of` a name that is no station.

        >>> x = Value(1.0, "x")
        >>> print(trace(((3 * x + 1) ** 4).named("y"), x).steps())
        ∂y/∂x = ∂/∂x (3x + 1)⁴
              = 4(3x + 1)³ · ∂/∂x (3x + 1)  chain rule, power rule
              = 4(3x + 1)³ · 3              sum rule, constant-factor rule
              = 12(3x + 1)³
              = 12(3·1 + 1)³ = 768
        """
        return Steps(self.target, self.wrt, self.value, self.max_paths, open, of)

    def _d(self, of: Value, wrt: Value, style: Style) -> str:
        """Return ∂of/∂wrt in the names of the trace."""
        return derivative(self.stations.names[of], self.stations.names[wrt], style)

    def _factor_name(self, f: Factor, style: Style) -> str:
        """Return ∂result/∂operand, with the stations held fixed in it if the whole derivative has the same name."""
        plain = self._d(f.result, f.operand, style)
        if f.result is not self.target or f.operand is not self.wrt:
            return plain
        held = [g.operand for g in self.stations.factors[f.result] if g.operand is not f.operand]
        return at_fixed(plain, [self.stations.names[node] for node in held], style)

    def _rows(self, style: Style) -> list[Row]:
        """Return the rows of the definitions and of the solution."""
        return [*self._preface(style), *self._solution(style)]

    def _preface(self, style: Style) -> list[Row]:
        """Return the definitions of the names that the trace chose, and a remark on primes."""
        twins = self.stations.twins
        if twins:
            printed = self._printed_names()
            twins = [node for node in twins if self.stations.names[node] in printed]
        remarks = [Row("", (self._about_primes(twins, style),), whole=True)] if twins else []
        definitions = self._definitions(style)
        let = [Row("", (remark("Let", style),), whole=True)] if definitions else []
        return [*remarks, *let, *definitions]

    def _about_primes(self, twins: list[Value], style: Style) -> str:
        """Return the explanation of names with primes."""
        node = twins[0]
        primed, label = name(self.stations.names[node], style), name(node.label, style)
        if len(twins) == 1:
            return primed + remark(" is another node with the label ", style) + label
        words = remark("Primes mark other nodes with the same label, such as ", style)
        return words + primed + remark(" beside ", style) + label

    def _solution(self, style: Style) -> list[Row]:
        """Return the rows of the solution."""
        if self.target is self.wrt:
            return [Row(self._d(self.target, self.wrt, style), (number(self.value, style),), whole=True)]
        return self._factored_rows(style) if self.factored else self._path_rows(style)

    def _path_rows(self, style: Style) -> list[Row]:
        """Return the sum over paths: in symbols, factor by factor, in numbers."""
        lhs = self._d(self.target, self.wrt, style)
        paths = self.paths
        if len(self.factors) == 1:
            return [self._row(self.factors[0], style, whole=True)]
        symbols = tuple(chain([self._factor_name(f, style) for f in path], style) for path in paths)

        def total(digits: int) -> float:
            return sum(math.prod(round_to(f.value, digits) for f in path) for path in paths)

        digits = digits_for(total, self.value)
        numbers = plus(product([f.value for f in path], style, digits) for path in paths)
        return [
            Row(lhs, symbols, whole=True, note=self._held(style)),
            *(self._row(f, style) for f in self.factors),
            equation(lhs, [numbers, number(self.value, style)], whole=True, note=_convention(paths, style)),
        ]

    def _held(self, style: Style) -> str:
        """Return the explanation of a partial derivative that holds stations fixed; "" without one."""
        direct = next((f for f in self.factors if f.result is self.target and f.operand is self.wrt), None)
        held = [g.operand for g in self.stations.factors[self.target] if g.operand is not self.wrt]
        if direct is None or not held:
            return ""
        names = [name(self.stations.names[node], style) for node in held[:2]]
        rest = remark(f" and {len(held) - 2:,} more", style) if len(held) > 2 else ""
        listed = remark(" and ", style).join(names) if len(held) == 2 else ", ".join(names)
        return (
            remark(", where ", style)
            + self._factor_name(direct, style)
            + remark(" holds ", style)
            + listed
            + rest
            + remark(" fixed", style)
        )

    def _row(self, f: Factor, style: Style, whole: bool = False) -> Row:
        """Return the row of a factor: in symbols, in numbers, and its value."""
        lhs = self._d(f.result, f.operand, style) if whole else self._factor_name(f, style)
        return equation(lhs, [*self._sides(f, style), number(f.value, style)], whole, self._note([f], style))

    def _sides(self, f: Factor, style: Style) -> list[str]:
        """Return a factor in symbols, and with the numbers put in if it has names."""
        digits = digits_for(lambda digits: rounded(f.formula, digits), f.value)
        numbers = [write(f.formula, style, numbers=True, digits=digits)] if f.formula.has_names else []
        return [write(f.formula, style, digits=digits), *numbers]

    def _note(self, factors: Iterable[Factor], style: Style) -> str:
        """Return the reasons for the cases of factors, and the cause of a value that is infinite or 0 by convention."""
        factors, reasons = list(factors), list[Reason]()
        for f in factors:
            reasons += [reason for reason in f.reasons if not any(reason.same(known) for known in reasons)]
        values = {f.value for f in factors if divides_by_zero(spelled(f.formula))}
        cause = ""
        if any(map(math.isinf, values)):
            cause = remark(", a division by 0", style)
        elif 0.0 in values:
            cause = remark(", by convention", style)
        return because(reasons, style) + cause

    def _factored_rows(self, style: Style) -> list[Row]:
        """Return ∂target/∂station for each station, from those above it: the adjoints in the order of reverse mode."""
        below = self.stations.nodes[-2::-1]
        count = f"{self.path_count:,}" if self.path_count < MAX_PRINTED_COUNT else "many"
        paths = "path" if self.path_count == 1 else "paths"
        heading = remark(f"{count} {paths} through {len(below):,} nodes; factored, from the top down:", style)
        return [
            Row("", (heading,), whole=True),
            *self._shown(below, lambda node: self._factored_row(node, style), style),
        ]

    def _factored_row(self, node: Value, style: Style) -> Row:
        """Return the row of ∂target/∂node: a term for each station above; of many, the largest and their rest."""
        adjoints = self._adjoints
        above, rest = self._terms_of(node)
        subtotal = math.fsum(adjoints[f.result] * f.value for f in rest)

        def total(digits: int) -> float:
            terms = (round_to(adjoints[f.result], digits) * rounded(f.formula, digits) for f in above)
            return sum(terms, round_to(subtotal, digits))

        digits = digits_for(total, adjoints[node])
        symbols = [self._term(f, style, digits) for f in above]
        numbers = [self._term_in_numbers(f, adjoints[f.result], style, digits) for f in above]
        if rest:
            symbols.append(remark(f"{len(rest):,} more", style))
            numbers.append(more(len(rest), subtotal, style, digits))
        lhs, value = self._d(self.target, node, style), number(adjoints[node], style)
        if len(symbols) == 1:
            return equation(lhs, [symbols[0], numbers[0], value], note=self._note(above, style))
        return Row(lhs, tuple(symbols), (plus(numbers), value), note=self._note(above, style))

    def _term(self, f: Factor, style: Style, digits: int) -> str:
        """Return ∂target/∂station · ∂station/∂node in symbols; ∂target/∂target is 1, and is not written."""
        if f.result is self.target:
            return write(f.formula, style, digits=digits)
        return chain([self._d(self.target, f.result, style), factor(f.formula, style, digits=digits)], style)

    def _term_in_numbers(self, f: Factor, adjoint: float, style: Style, digits: int) -> str:
        """Return the term of a factor with the numbers put in."""
        if f.result is self.target:
            return write(f.formula, style, numbers=True, digits=digits)
        return chain([number(adjoint, style, digits), factor(f.formula, style, numbers=True, digits=digits)], style)

    def _definitions(self, style: Style) -> list[Row]:
        """Return the definition of each name that the trace chose; if paths are factored, of each that it prints."""
        unnamed = self.stations.unnamed
        if self.factored and unnamed:
            printed = self._printed_names()
            unnamed = [node for node in unnamed if self.stations.names[node] in printed]
        return self._shown(unnamed, lambda node: self._definition(node, style), style)

    def _printed_names(self) -> set[str]:
        """Return the names in the rows of the solution."""
        if not self.factored:
            ends = {self.stations.names[node] for f in self.factors for node in (f.result, f.operand)}
            return ends.union(*(f.formula.names() for f in self.factors))
        printed: set[str] = set()
        for node in self._factors_above:
            printed.add(self.stations.names[node])
            for f in self._terms_of(node)[0]:
                printed.update(f.formula.names())
                printed.add(self.stations.names[f.result])
        return printed

    @cached_property
    def _factors_above(self) -> dict[Value, list[Factor]]:
        """The factors above the target and each station that has a row in the factored form."""
        return self.stations.factors_above([self.target, *first_and_last(self.stations.nodes[-2::-1])[0]])

    def _terms_of(self, node: Value) -> tuple[list[Factor], list[Factor]]:
        """Return the factors of the terms of ∂target/∂node that are written, and the others; of many, the largest."""
        above = self._factors_above[node]
        if len(above) <= MAX_TERMS:
            return above, []
        by_size = sorted(above, key=lambda f: _size(self._adjoints[f.result] * f.value), reverse=True)
        return by_size[: MAX_TERMS - 1], by_size[MAX_TERMS - 1 :]

    def _definition(self, node: Value, style: Style) -> Row:
        """Return the row of a name: its operation and its value."""
        lhs, value = name(self.stations.names[node], style), number(self.stations.data[node], style)
        if node.op is None:
            return Row(lhs, (value,))
        return equation(lhs, [write(self.stations.definition(node), style), value])

    def _shown(self, nodes: list[Value], row: Callable[[Value], Row], style: Style) -> list[Row]:
        """Return a row for each node; if there are too many, omit the middle ones."""
        shown, omitted = first_and_last(nodes)
        return mark_omitted(list(map(row, shown)), omitted, lambda mark: Row("", (mark,), whole=True), style)


def _convention(paths: Iterable[Sequence[Factor]], style: Style) -> str:
    """Return the convention for 0 · ∞, if the product of a path needs it."""
    return next(filter(None, (zero_times_infinity([f.value for f in path], style) for path in paths)), "")


def _size(term: float) -> float:
    """Return the size by which terms are ordered; NaN comes first, since the sum is NaN because of it."""
    return math.inf if math.isnan(term) else abs(term)
