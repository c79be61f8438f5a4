"""Forward and reverse mode: side by side, after Olah (2015), and statement by statement, after Baydin et al. (2018)."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from autograd.derivatives import forward, reverse, stored
from autograd.graph import Edge
from autograd.symbolic.formula import Formula, atom, partials
from autograd.symbolic.formula import definition as definition_of
from autograd.symbolic.labels import Names
from autograd.symbolic.notation import chain, derivative, factor, plus, product, remark, write
from autograd.symbolic.prose import Report, Sentence, plural
from autograd.symbolic.typesetting import Style, name, number
from autograd.tracing.chain_rule import Stations
from autograd.tracing.sheets import Table, first_and_last, mark_omitted
from autograd.value import Value, topological_order

Direction = Literal["forward", "reverse"]
# A tangent of more terms shows the first ones.
MAX_TERMS = 3
# Labels that are one name, whose first letters take a dot or a bar.
_NAME = re.compile(r"[^\W\d_]+[\w\[\],^{}()\\′-]*")
_LATEX_NAME = re.compile(r"(\\mathrm\{\w+\}|\\[A-Za-z]+|[A-Za-z])((?:[_^].*)?)", re.DOTALL)
_ABOVE: dict[Direction, str] = {"forward": "\N{COMBINING DOT ABOVE}", "reverse": "\N{COMBINING OVERLINE}"}
_Item = TypeVar("_Item")
# A name, its operation, and its value, tangent and adjoint.
_Row = tuple[str, Formula | None, tuple[float, float, float]]


def side_by_side(stations: Stations, target: Value, wrt: Value, style: Style) -> Table:
    """Build a table with a row for each name: its value, ∂·/∂wrt and ∂target/∂·."""
    names = stations.names
    tangents = forward(topological_order(target), {wrt: 1.0}, stored)
    adjoints = reverse({target: 1.0}, stored)
    shown, omitted = first_and_last(list(names.items()))
    # The table keeps these numbers, in whatever style and however late it is printed.
    rows = [
        (
            label,
            None if node.op is None else stations.definition(node),
            (stations.data[node], tangents.get(node, 0.0), adjoints.get(node, 0.0)),
        )
        for node, label in shown
    ]
    ends = names[wrt], names[target]

    def lines(style: Style) -> list[list[str]]:
        up, down = derivative("·", ends[0], style), derivative(ends[1], "·", style)
        head = [remark(word, style) for word in ("node", "is", "value", "forward ", "reverse ")]
        body = mark_omitted([_line(row, style) for row in rows], omitted, lambda mark: [mark, "", "", "", ""], style)
        return [[*head[:3], head[3] + up, head[4] + down], *body]

    return Table(lines, style)


def _line(row: _Row, style: Style) -> list[str]:
    """Print the cells of a row."""
    label, definition, numbers = row
    written = "" if definition is None else write(definition, style)
    return [name(label, style), written, *(number(x, style) for x in numbers)]


# --- statement by statement


@dataclass(frozen=True)
class Term:
    """One term of a statement, over one edge of the graph.

    Attributes:
        edge: the edge.
        incoming: the tangent of its operand in a forward sweep, the adjoint of its result in a reverse sweep.
        product: `incoming` times the partial of the edge; 0 if either is 0.
    """

    edge: Edge
    incoming: float
    product: float


@dataclass(frozen=True)
class Statement:
    """One assignment of a sweep.

    Attributes:
        node: the node whose tangent or adjoint is assigned.
        terms: the terms on the right-hand side; none for a seed.
        value: the tangent or adjoint after the statement.
        accumulates: True if the terms are added to an earlier value, as in v̄₀ += v̄₂ · ∂v₂/∂v₀.
    """

    node: Value
    terms: tuple[Term, ...]
    value: float
    accumulates: bool = False


@dataclass(frozen=True)
class OperationCount:
    """The operations that a mode takes.

    Attributes:
        multiplications: by partials.
        additions: of products.
        sweeps: the number of sweeps for the derivatives by all leaves.
    """

    multiplications: int
    additions: int
    sweeps: int

    @property
    def total(self) -> int:
        """The operations of all sweeps."""
        return (self.multiplications + self.additions) * self.sweeps


class Sweep(Report):
    """A whole sweep, statement by statement; `str` gives it as a table.

    Attributes:
        direction: "forward" or "reverse".
        statements: all statements, in the order of the sweep.
        values: the tangent of each node by `wrt`, or the adjoint of each node.
        operations: the operations of one sweep in each mode, and the number of sweeps for all leaves.
    """

    def __init__(
        self,
        blocks: Sequence[Sentence | Table],
        direction: Direction,
        statements: Sequence[Statement],
        operations: dict[Direction, OperationCount],
    ) -> None:
        super().__init__(blocks)
        self.direction, self.statements, self.operations = direction, tuple(statements), operations
        self.values = {statement.node: statement.value for statement in statements}


def sweep(stations: Stations, target: Value, wrt: Value, direction: Direction) -> Sweep:
    """Return a whole sweep below `target`.

    Args:
        stations: the numbers of the trace.
        target: the node that is differentiated.
        wrt: the node to differentiate by; a reverse sweep gives the derivatives by all others too.
        direction: "forward" or "reverse".

    Raises:
        ValueError: there is no such direction.
    """
    if direction not in get_args(Direction):
        raise ValueError(f"direction must be 'forward' or 'reverse', got {direction!r}; modes() has both side by side")
    order = [node for node in topological_order(target) if not node.constant]
    is_forward = direction == "forward"
    statements = list(_tangents(order, wrt) if is_forward else _adjoints(order, target))
    names = Names(order, topological_order(target))
    operations = _operations(order)
    print_row = _tangent_row if is_forward else _adjoint_row
    header: tuple[str, ...] = ("primal", "tangent", "by its rule", "numbers", "is")
    if not is_forward:
        header = ("adjoint", "by its rule", "numbers", "is now")
    printer = _Printer(names, stations.data)

    def lines(style: Style) -> list[list[str]]:
        heading = [remark(word, style) for word in header]
        return [heading, *_shown(statements, lambda x: print_row(x, printer, style), len(header), style)]

    def primals(style: Style) -> list[list[str]]:
        return [[remark("primal", style)], *_shown(order, lambda x: [_primal(x, printer, style)], 1, style)]

    tables = [Table(lines)] if is_forward else [Table(primals), Table(lines)]
    return Sweep([*tables, *_comparison(operations, direction)], direction, statements, operations)


def _shown(items: Sequence[_Item], row: Callable[[_Item], list[str]], width: int, style: Style) -> list[list[str]]:
    """Return a row for each item; in the middle of many, they are left out."""
    shown, omitted = first_and_last(items)
    return mark_omitted(list(map(row, shown)), omitted, lambda mark: [mark, *[""] * (width - 1)], style)


def _tangents(order: Sequence[Value], wrt: Value) -> Iterator[Statement]:
    """Yield the statements of a forward sweep: the seeds, and a sum for each result."""
    tangents: dict[Value, float] = {}
    for node in order:
        terms: tuple[Term, ...] = ()
        value = 1.0 if node is wrt else 0.0
        if node.op is not None and node is not wrt:
            terms = tuple(
                _term(Edge(node, slot), tangents[x]) for slot, x in enumerate(node.operands) if not x.constant
            )
            for term in terms:
                value += term.product
        tangents[node] = value
        yield Statement(node, terms, value)


def _adjoints(order: Sequence[Value], target: Value) -> Iterator[Statement]:
    """Yield the statements of a reverse sweep: the seed, and one for each edge, from the target down."""
    adjoints = {target: 1.0}
    yield Statement(target, (), 1.0)
    for node in reversed(order):
        for slot, x in enumerate(node.operands):
            if not x.constant:
                term = _term(Edge(node, slot), adjoints[node])
                accumulates = x in adjoints
                adjoints[x] = adjoints[x] + term.product if accumulates else term.product
                yield Statement(x, (term,), adjoints[x], accumulates)


def _term(edge: Edge, incoming: float) -> Term:
    # Neither a 0 nor a partial of 0 is passed on: nothing comes out of a branch that was not taken, not even 0·inf.
    return Term(edge, incoming, incoming * edge.partial if incoming and edge.partial else 0.0)


def _operations(order: Sequence[Value]) -> dict[Direction, OperationCount]:
    """Return the operations of a sweep over every edge, in each mode."""
    edges = [sum(not x.constant for x in node.operands) for node in order]
    multiplications, results = sum(edges), sum(count > 0 for count in edges)
    leaves = sum(node.op is None for node in order)
    # Forward mode adds up the terms of each result, reverse mode the terms of each operand.
    operands = len(order) - 1
    return {
        "forward": OperationCount(multiplications, multiplications - results, leaves),
        "reverse": OperationCount(multiplications, multiplications - operands, 1),
    }


def _comparison(operations: dict[Direction, OperationCount], direction: Direction) -> Iterator[Sentence]:
    """Yield a sentence for each mode: its operations for the derivatives by all leaves; this one first."""
    leaves = operations["forward"].sweeps
    for mode in (direction, *(other for other in get_args(Direction) if other != direction)):
        count = operations[mode]
        each = f"{plural(count.multiplications, 'multiplication')} and {plural(count.additions, 'addition')}"
        scope = f"the {'derivative' if leaves == 1 else 'derivatives'} by {plural(leaves, 'leaf', 'leaves')}"
        product = f" of {each}, {count.total:,} operations" if count.sweeps > 1 else f": {each}"
        yield Sentence([f"{mode} mode, for {scope}: {plural(count.sweeps, 'sweep')}{product}"])


def _adjoint_row(statement: Statement, printer: _Printer, style: Style) -> list[str]:
    """Print a statement of a reverse sweep."""
    names = printer.names
    lhs = marked(names[statement.node], "reverse", style)
    value = number(statement.value, style)
    if not statement.terms:
        return [f"{lhs} = 1", "", "", value]
    [term] = statement.terms
    edge = term.edge
    incoming = marked(names[edge.result], "reverse", style)
    sign = "+=" if statement.accumulates else "="
    if style == "latex" and statement.accumulates:
        sign = r"\mathrel{+}="
    chained = chain([incoming, derivative(names[edge.result], names[edge.operand], style)], style)
    ruled = chain([incoming, factor(printer.rule(edge), style)], style)
    numbers = product([term.incoming, edge.partial], style)
    return [f"{lhs} {sign} {chained}", f"= {ruled}", f"= {numbers}", value]


def _primal(node: Value, printer: _Printer, style: Style) -> str:
    """Print the statement that computes the value of a node."""
    operation = [] if node.op is None else [write(definition_of(node, printer.names), style)]
    return " = ".join([name(printer.names[node], style), *operation, number(printer.data[node], style)])


def _tangent_row(statement: Statement, printer: _Printer, style: Style) -> list[str]:
    """Print a statement of a forward sweep, beside the one that computes the value."""
    node, names = statement.node, printer.names
    primal, lhs = _primal(node, printer, style), marked(names[node], "forward", style)
    value = number(statement.value, style)
    if not statement.terms:
        return [primal, f"{lhs} = {value}", "", "", value]
    chained, ruled, numbers = [], [], []
    for term in statement.terms[:MAX_TERMS]:
        edge = term.edge
        incoming = marked(names[edge.operand], "forward", style)
        chained.append(chain([incoming, derivative(names[node], names[edge.operand], style)], style))
        ruled.append(chain([incoming, factor(printer.rule(edge), style)], style))
        numbers.append(product([term.incoming, edge.partial], style))
    if len(statement.terms) > MAX_TERMS:
        for terms in (chained, ruled, numbers):
            terms.append(remark(f"… {len(statement.terms) - MAX_TERMS:,} more", style))
    cells = [f"{lhs} = {plus(chained)}", f"= {plus(ruled)}", f"= {plus(numbers)}"]
    return [primal, *cells, value]


class _Printer:
    """Names, numbers and rules of the nodes of a sweep; the rule of a node is worked out once for all its edges."""

    def __init__(self, names: Names, data: dict[Value, float]) -> None:
        self.names, self.data = names, data
        self._rules: dict[Value, list[Formula]] = {}

    def rule(self, edge: Edge) -> Formula:
        """Return the partial of an edge in names."""
        node = edge.result
        assert node.op is not None
        if node not in self._rules:
            operands = [atom(x, self.names) for x in node.operands]
            self._rules[node] = partials(node.op, operands, self.data[node])
        return self._rules[node][edge.slot]


def marked(label: str, direction: Direction, style: Style = "text") -> str:
    r"""Return a label with a dot above it, for a tangent, or with a bar, for an adjoint.

    >>> marked("v[1]", "forward"), marked("v[1]", "reverse", "latex"), marked("out", "reverse", "latex")
    ('v̇₁', '\\bar{v}_{1}', '\\overline{\\mathrm{out}}')
    """
    if style == "latex":
        match = _LATEX_NAME.fullmatch(name(label, style))
        base, indices = match.groups() if match else (name(label, style), "")
        is_letter = match is not None and not base.startswith(r"\mathrm")
        accent = r"\dot" if direction == "forward" else r"\bar" if is_letter else r"\overline"
        return f"{accent}{{{base}}}{indices}"
    above = _ABOVE[direction]
    if _NAME.fullmatch(label) is None:
        return f"({name(label, style)}){above}"
    printed = name(label, style)
    # Indices are letters too: those of Unicode are modifiers.
    letters = "".join(itertools.takewhile(lambda c: c.isalpha() and unicodedata.category(c) != "Lm", printed))
    return "".join(letter + above for letter in letters) + printed[len(letters) :]
