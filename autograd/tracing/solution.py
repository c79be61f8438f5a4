"""One derivative worked out: the chain rule in the user's names, then with the numbers put in, then the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from autograd.derivatives import reverse, stored
from autograd.graph import Paths, require_values
from autograd.symbolic.notation import at_fixed, chain, derivative, factor, plus, product, remark, write
from autograd.symbolic.typesetting import Style, for_notebooks, name, number
from autograd.tracing import sheets
from autograd.tracing.modes import side_by_side
from autograd.tracing.sheets import FIRST_ROWS, LAST_ROWS, Row, Table
from autograd.tracing.stations import Factor, Stations
from autograd.tracing.variation import varied
from autograd.tracing.worksheets import Worksheet
from autograd.value import Value

_MOST_TERMS, _LONGEST = 4, 200


def trace(target: Value, wrt: Value, max_paths: int = 8) -> Trace:
    """The worked solution of ∂target/∂wrt.

    For each factor of the chain rule the rule in symbols, the numbers put in and the value; then the products; then
    their sum where several paths meet.  Named nodes are the stations of the chain; where nothing has a name, stations
    are chosen and named.

    Args:
        target: what is differentiated.
        wrt: with respect to what; a leaf, or any node below `target`.
        max_paths: where there are more paths than this, or more than 24 stations, the trace is factored: the
            derivative of `target` with respect to each station from those above it, as reverse mode computes it.

    Raises:
        TypeError: one of them is not a Value.
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
    """A derivative worked out; `str` gives the text.

    Attributes:
        value: the derivative, unrounded.
        factors: the factors between stations, from the target down.
        path_count: the number of paths in the graph, exact; those between two stations are folded into one factor.
        factored: whether there were too many of them, or too many stations on the way, to be written out.
    """

    def __init__(self, target: Value, wrt: Value, max_paths: int = 8) -> None:
        require_values("trace()", target, wrt)
        self.target, self.wrt, self.max_paths = target, wrt, max_paths
        self.stations = Stations(target, wrt)
        self.value: float = reverse({target: 1.0}, stored).get(wrt, 0.0)
        self.path_count = Paths(target, wrt).count
        self.factored = self._count_routes() > max_paths or len(self.stations.nodes) > FIRST_ROWS + LAST_ROWS
        downward = [f for node in reversed(self.stations.nodes) for f in self.stations.factors.get(node, [])]
        # Along the paths where they are written out: dict keeps the first of each.
        self.factors: list[Factor] = list(dict.fromkeys(f for path in self.paths for f in path)) or downward

    def _count_routes(self) -> int:
        """The paths from station to station, from the target down, dropping each count of many bits once it is used."""
        counts = {self.target: 1}
        for node in reversed(self.stations.nodes[1:]):
            count = counts.pop(node)
            for f in self.stations.factors[node]:
                counts[f.operand] = counts.get(f.operand, 0) + count
        return counts.get(self.wrt, 0)

    @property
    def paths(self) -> list[list[Factor]]:
        """The factors along each path, from the target down; none where the trace is factored."""
        return [] if self.factored else list(self._walk())

    def _walk(self) -> Iterator[list[Factor]]:
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
        r"""The solution as an ``aligned`` environment of LaTeX's amsmath, to be put in math mode."""
        return sheets.latex(self._rows("latex"))

    def markdown(self) -> str:
        """The solution as Markdown with LaTeX between dollars, as notebooks and GitHub show it."""
        return f"$$\n{self.latex()}\n$$\n"

    def html(self) -> str:
        """The solution as an HTML table; names are escaped."""
        return sheets.html(
            self._rows("html"), f"{self._d(self.target, self.wrt, 'html')} = {number(self.value, 'html')}"
        )

    def _repr_html_(self) -> str:
        return for_notebooks(self.html())

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def worksheet(self, seed: int = 0, share: float = 0.5, vary: bool = False) -> Worksheet:
        """An exercise with blanks and its answer key, as text, Markdown and LaTeX.

        Args:
            seed: which parts are left blank; the same seed gives the same sheet.
            share: about what share of the parts.
            vary: whether leaves get other numbers, for a sheet to each student; then `wrt` must be a leaf.

        Raises:
            ValueError: `share` is not between 0 and 1, or `vary` for a `wrt` that is no leaf.

        >>> x = Value(3.0, "x")
        >>> print(trace((x * x).named("y"), x).worksheet(seed=2).exercise("text"))
        Exercise: ∂y/∂x
          x = 3
          y = x·x  = 9
        ∂y/∂x = 2x = 2·3 = ______(1)
        <BLANKLINE>
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"share is between 0 and 1, got {share!r}")
        made = Trace(*varied(self.target, self.wrt, seed), self.max_paths) if vary else self
        return Worksheet(lambda style: made._d(made.target, made.wrt, style), made._given, made._solution, seed, share)

    def _given(self, style: Style) -> list[Row]:
        """All that has a name: what it is, if that can be read, and its value."""
        rows = self._shown(list(self.stations.names), lambda node: self._definition(node, style), style)
        return [replace(r, terms=r.cells, cells=()) if len(r.terms[0]) > _LONGEST and r.cells else r for r in rows]

    def modes(self, style: Style = "text") -> Table:
        """Forward and reverse mode of this derivative side by side, after Olah (2015).

        A row for each name: its value, ∂·/∂wrt, which forward mode carries up, and ∂target/∂·, which reverse mode
        carries down.  Either touches each edge once, and both arrive at the derivative.
        """
        return side_by_side(self.stations, self.target, self.wrt, style)

    def _d(self, of: Value, wrt: Value, style: Style) -> str:
        return derivative(self.stations.names[of], self.stations.names[wrt], style)

    def _factor_name(self, f: Factor, style: Style) -> str:
        """∂result/∂operand; where that is also the name of the whole, with the stations that are held fixed in it."""
        plain = self._d(f.result, f.operand, style)
        if f.result is not self.target or f.operand is not self.wrt or len(self.factors) == 1:
            return plain
        held = [g.operand for g in self.stations.factors[f.result] if g.operand is not f.operand]
        return at_fixed(plain, [self.stations.names[node] for node in held], style)

    def _rows(self, style: Style) -> list[Row]:
        definitions = self._definitions(style)
        where = [Row("", (remark("where", style),), whole=True)] if definitions else []
        return [*self._solution(style), *where, *definitions]

    def _solution(self, style: Style) -> list[Row]:
        if self.target is self.wrt:
            return [Row(self._d(self.target, self.wrt, style), (number(self.value, style),), whole=True)]
        return self._factored_rows(style) if self.factored else self._path_rows(style)

    def _path_rows(self, style: Style) -> list[Row]:
        """The sum over paths: in symbols, factor by factor, in numbers."""
        lhs = self._d(self.target, self.wrt, style)
        routes = self.paths
        if len(self.factors) == 1:
            return [self._row(self.factors[0], style, whole=True)]
        symbols = tuple(chain([self._factor_name(f, style) for f in path], style) for path in routes)
        numbers = tuple(product([f.value for f in path], style) for path in routes)
        value = number(self.value, style)
        return [
            Row(lhs, symbols, whole=True),
            *(self._row(f, style) for f in self.factors),
            Row(lhs, (plus(numbers),), (value,), whole=True),
        ]

    def _row(self, f: Factor, style: Style, whole: bool = False) -> Row:
        lhs = self._d(f.result, f.operand, style) if whole else self._factor_name(f, style)
        value = number(f.value, style)
        symbols = write(f.formula, style)
        if not f.formula.has_names:
            return Row(lhs, (symbols,), () if symbols == value else (value,), whole)
        return Row(lhs, (symbols,), (write(f.formula, style, numbers=True), value), whole)

    def _factored_rows(self, style: Style) -> list[Row]:
        """The derivative with respect to each station from those above it: what reverse mode computes, in its order."""
        consumers: dict[Value, list[Factor]] = {}
        for f in self.factors:
            consumers.setdefault(f.operand, []).append(f)
        below = self.stations.nodes[-2::-1]
        adjoints = {self.target: 1.0}
        for node in below:
            adjoints[node] = sum(adjoints[f.result] * f.value for f in consumers[node])
        count = f"{self.path_count:,} path" + "s" * (self.path_count != 1) if self.path_count < 10**15 else "many paths"
        return [
            Row(
                "", (remark(f"{count} through {len(below):,} nodes; factored, from the top down:", style),), whole=True
            ),
            *self._shown(below, lambda node: self._factored_row(node, consumers[node], adjoints, style), style),
        ]

    def _factored_row(self, node: Value, above: list[Factor], adjoints: dict[Value, float], style: Style) -> Row:
        symbols, numbers = [], []
        for f in above[: _MOST_TERMS + 1]:
            if f.result is self.target:
                symbols.append(write(f.formula, style))
                numbers.append(number(f.value, style))
            else:
                symbols.append(chain([self._d(self.target, f.result, style), factor(f.formula, style)], style))
                numbers.append(product([adjoints[f.result], f.value], style))
        if len(above) > _MOST_TERMS:
            more = remark(f"… {len(above) - _MOST_TERMS + 1} more", style)
            symbols[_MOST_TERMS - 1 :] = numbers[_MOST_TERMS - 1 :] = [more]
        return Row(self._d(self.target, node, style), tuple(symbols), (plus(numbers), number(adjoints[node], style)))

    def _definitions(self, style: Style) -> list[Row]:
        """What the names are that were made up here."""
        return self._shown(self.stations.unnamed, lambda node: self._definition(node, style), style)

    def _definition(self, node: Value, style: Style) -> Row:
        lhs, value = name(self.stations.names[node], style), number(self.stations.data[node], style)
        if node.op is None:
            return Row(lhs, (value,))
        return Row(lhs, (write(self.stations.definition(node), style),), (value,))

    def _shown(self, nodes: list[Value], row: Callable[[Value], Row], style: Style) -> list[Row]:
        """A row for each node, without the middle where they are too many to be read."""
        left_out = len(nodes) - FIRST_ROWS - LAST_ROWS
        if left_out <= 1:
            return list(map(row, nodes))
        gap = Row("", (remark(f"… {left_out:,} more …", style),), whole=True)
        return [*map(row, nodes[:FIRST_ROWS]), gap, *map(row, nodes[-LAST_ROWS:])]
