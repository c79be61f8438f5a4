"""Worked solution of one derivative: the chain rule in names, then in numbers, then the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from autograd.derivatives import reverse, stored
from autograd.graph import Paths, require_values
from autograd.symbolic.notation import at_fixed, chain, derivative, factor, plus, product, remark, write
from autograd.symbolic.typesetting import Style, for_notebooks, name, number
from autograd.tracing import sheets
from autograd.tracing.chain_rule import Factor, Stations
from autograd.tracing.sheets import FIRST_ROWS, LAST_ROWS, Row, Table
from autograd.tracing.steps import Chosen, Opened, Steps
from autograd.tracing.sweeps import side_by_side
from autograd.tracing.worksheets import Worksheet, varied
from autograd.value import Value

# A row of the factored form shows at most this many terms.
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
        The worked solution; `str` gives the text.

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
      ∂AS/∂W₁,₁ = a₁                = 0.8                 =  0.8
    ∂C/∂W₁,₁ = −0.7551 · 0.235 · 0.8                      = −0.142
    """
    return Trace(target, wrt, max_paths)


class Trace:
    """The worked solution of a derivative; `str` gives the text.

    Attributes:
        value: the derivative, unrounded.
        factors: the factors between stations, from the target down.
        path_count: the exact number of paths in the graph; all paths between two stations fold into one factor.
        factored: True if there are too many paths or stations to write every path out.
    """

    def __init__(self, target: Value, wrt: Value, max_paths: int = 8) -> None:
        require_values("trace()", target, wrt)
        self.target, self.wrt, self.max_paths = target, wrt, max_paths
        self.stations = Stations(target, wrt)
        self.value: float = reverse({target: 1.0}, stored).get(wrt, 0.0)
        self.path_count = Paths(target, wrt).count
        self.factored = self._count_paths() > max_paths or len(self.stations.nodes) > FIRST_ROWS + LAST_ROWS
        downward = [f for node in reversed(self.stations.nodes) for f in self.stations.factors.get(node, [])]
        # Factors are in the order of the paths if these are written out, each once.
        self.factors: list[Factor] = list(dict.fromkeys(f for path in self.paths for f in path)) or downward

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
        solution, definitions = sheets.text(self._solution("text")), self._definitions("text")
        return f"{solution}\nwhere\n{sheets.text(definitions)}" if definitions else solution

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

    def worksheet(self, seed: int = 0, share: float = 0.5, vary: bool = False) -> Worksheet:
        """Make an exercise with blanks, and its answer key, as text, Markdown and LaTeX.

        Args:
            seed: seed of the choice of blanks and of other numbers; the same seed gives the same worksheet.
            share: the approximate share of blanks, from 0 to 1.
            vary: give the leaves other numbers, for a worksheet for each student; `wrt` must then be a leaf.

        Returns:
            The exercise and its key.

        Raises:
            ValueError: `share` is not from 0 to 1, or `vary` is true and `wrt` is not a leaf.

        >>> x = Value(3.0, "x")
        >>> print(trace((x * x).named("y"), x).worksheet(seed=2).exercise("text"))
        Exercise: ∂y/∂x
          x = 3
          y = x·x  = 9
        ∂y/∂x = 2x = 2·3 = ______(1)
        <BLANKLINE>
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"share must be from 0 to 1, got {share!r}")
        variant = Trace(*varied(self.target, self.wrt, seed), self.max_paths) if vary else self
        return Worksheet(variant._task, variant._given, variant._solution, seed, share)

    def _task(self, style: Style) -> str:
        """Return the derivative that a worksheet asks for."""
        return self._d(self.target, self.wrt, style)

    def _given(self, style: Style) -> list[Row]:
        """Return a row for each name: its definition, unless that is too long to read, and its value."""

        def row(node: Value) -> Row:
            definition = self._definition(node, style)
            if definition.cells and len(definition.terms[0]) > MAX_DEFINITION_CHARACTERS:
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
        if f.result is not self.target or f.operand is not self.wrt or len(self.factors) == 1:
            return plain
        held = [g.operand for g in self.stations.factors[f.result] if g.operand is not f.operand]
        return at_fixed(plain, [self.stations.names[node] for node in held], style)

    def _rows(self, style: Style) -> list[Row]:
        """Return the rows of the solution and of the definitions."""
        definitions = self._definitions(style)
        where = [Row("", (remark("where", style),), whole=True)] if definitions else []
        return [*self._solution(style), *where, *definitions]

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
        numbers = tuple(product([f.value for f in path], style) for path in paths)
        value = number(self.value, style)
        return [
            Row(lhs, symbols, whole=True),
            *(self._row(f, style) for f in self.factors),
            Row(lhs, (plus(numbers),), (value,), whole=True),
        ]

    def _row(self, f: Factor, style: Style, whole: bool = False) -> Row:
        """Return the row of a factor: in symbols, in numbers, and its value."""
        lhs = self._d(f.result, f.operand, style) if whole else self._factor_name(f, style)
        value = number(f.value, style)
        symbols = write(f.formula, style)
        if not f.formula.has_names:
            return Row(lhs, (symbols,), () if symbols == value else (value,), whole)
        return Row(lhs, (symbols,), (write(f.formula, style, numbers=True), value), whole)

    def _factored_rows(self, style: Style) -> list[Row]:
        """Return ∂target/∂station for each station, from those above it: the adjoints in the order of reverse mode."""
        consumers: dict[Value, list[Factor]] = {}
        for f in self.factors:
            consumers.setdefault(f.operand, []).append(f)
        below = self.stations.nodes[-2::-1]
        adjoints = {self.target: 1.0}
        for node in below:
            adjoints[node] = sum(adjoints[f.result] * f.value for f in consumers[node])
        count = f"{self.path_count:,}" if self.path_count < MAX_PRINTED_COUNT else "many"
        paths = "path" if self.path_count == 1 else "paths"
        heading = remark(f"{count} {paths} through {len(below):,} nodes; factored, from the top down:", style)
        return [
            Row("", (heading,), whole=True),
            *self._shown(below, lambda node: self._factored_row(node, consumers[node], adjoints, style), style),
        ]

    def _factored_row(self, node: Value, above: list[Factor], adjoints: dict[Value, float], style: Style) -> Row:
        """Return the row of ∂target/∂node: a term for each station above."""
        symbols, numbers = [], []
        for f in above[: MAX_TERMS + 1]:
            # ∂target/∂target is 1, and is not written.
            if f.result is self.target:
                symbols.append(write(f.formula, style))
                numbers.append(number(f.value, style))
            else:
                symbols.append(chain([self._d(self.target, f.result, style), factor(f.formula, style)], style))
                numbers.append(product([adjoints[f.result], f.value], style))
        if len(above) > MAX_TERMS:
            more = remark(f"… {len(above) - MAX_TERMS + 1} more", style)
            symbols[MAX_TERMS - 1 :] = numbers[MAX_TERMS - 1 :] = [more]
        return Row(self._d(self.target, node, style), tuple(symbols), (plus(numbers), number(adjoints[node], style)))

    def _definitions(self, style: Style) -> list[Row]:
        """Return the definition of each name that the trace chose."""
        return self._shown(self.stations.unnamed, lambda node: self._definition(node, style), style)

    def _definition(self, node: Value, style: Style) -> Row:
        """Return the row of a name: its operation and its value."""
        lhs, value = name(self.stations.names[node], style), number(self.stations.data[node], style)
        if node.op is None:
            return Row(lhs, (value,))
        return Row(lhs, (write(self.stations.definition(node), style),), (value,))

    def _shown(self, nodes: list[Value], row: Callable[[Value], Row], style: Style) -> list[Row]:
        """Return a row for each node; if there are too many, omit the middle ones."""
        left_out = len(nodes) - FIRST_ROWS - LAST_ROWS
        if left_out <= 1:
            return list(map(row, nodes))
        gap = Row("", (remark(f"… {left_out:,} more …", style),), whole=True)
        return [*map(row, nodes[:FIRST_ROWS]), gap, *map(row, nodes[-LAST_ROWS:])]
