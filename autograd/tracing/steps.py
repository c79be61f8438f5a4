"""Derivation of each factor of a trace: one rewrite a line, with the name of its rule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd.op import TABLE, Op, suggestion
from autograd.symbolic.algebra import tidy
from autograd.symbolic.calculus import Context, Line, derivation
from autograd.symbolic.derivations import put_in, typeset, typeset_note
from autograd.symbolic.formula import Formula
from autograd.symbolic.latex import latex_width, wrapped
from autograd.symbolic.notation import (
    at_fixed,
    chain,
    derivative,
    digits_for,
    plus,
    product,
    remark,
    rounded,
    zero_times_infinity,
)
from autograd.symbolic.recognition import AUXILIARY, SELECTORS, Note, defined, familiar
from autograd.symbolic.textbook import Reason, divides_by_zero
from autograd.symbolic.typesetting import SIGNIFICANT_DIGITS, Style, for_notebooks, name, number
from autograd.tracing.chain_rule import Factor, Stations
from autograd.tracing.sheets import (
    MAX_COLUMNS,
    MAX_LATEX_CHARACTERS,
    broken,
    continued,
    continued_latex,
    first_and_last,
    latex_room,
    mark_omitted,
    note_lines,
)
from autograd.value import Value

# A longer formula is divided: a derivation repeats it on every line.
MAX_FORMULA_SIZE = 24
# More factors than this are derived on request only.
MAX_DERIVATIONS = 12
# The derivations end after this many operations, names and numbers: some twenty pages.
MAX_DERIVED_SIZE = 10_000
# More stations than this are not written as a chain of factors.
MAX_STATIONS = 24
# A wider expression does not move the notes of the others to the right, in characters.
MAX_ALIGNED_WIDTH = 66
# A longer note in LaTeX has several lines.
MAX_NOTE_CHARACTERS = 34
# A row of three columns in printed characters of LaTeX: all three are seldom full.
MAX_NOTED_ROW_CHARACTERS = 95
# What the widths of the three columns may exceed, as estimates do.
MAX_EXCESS_CHARACTERS = 4
# The digits that a longer formula needs are not searched for.
MAX_ROUNDED_SIZE = 200
# The definition of an operation may cancel where the operation does not: tanh near 1.
MAX_RELATIVE_ERROR = 1e-6
Opened = str | Op | Iterable[str | Op]
Chosen = str | Value | Iterable[str | Value]


@dataclass(frozen=True)
class _Row:
    """One line of the page: left-hand side, right-hand side and note; a remark has only the latter."""

    lhs: str
    rhs: str
    note: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Derivation:
    """The derivation of one factor of the chain rule.

    Attributes:
        factor: the factor: its stations, its formula and its number.
        lines: the expressions, each with the names of the rules that lead to it.
        in_one_line: True if all expressions are written on one line.
    """

    factor: Factor
    lines: tuple[Line, ...]
    in_one_line: bool = False

    @property
    def rules(self) -> list[str]:
        """The names of the rules and remarks in order, as text."""
        return [typeset_note(note) for line in self.lines for note in line.notes]

    @property
    def first_rules(self) -> list[str]:
        """The names of the rules of the first step that has one, such as the chain rule and the power rule."""
        for line in self.lines:
            rules = [name for name in map(typeset_note, line.notes) if name.endswith(" rule")]
            if rules:
                return rules
        return []

    def __repr__(self) -> str:
        return f"<derivation of {len(self.lines)} lines to {typeset(self.lines[-1].expression)}>"

    def _rows(self, lhs: str, style: Style) -> list[_Row]:
        """Print the lines in a style, then the numbers and the value."""
        texts = [typeset(line.expression, style) for line in self.lines]
        comma = remark(", ", style)
        notes = [comma.join(typeset_note(note, style) for note in line.notes) for line in self.lines]
        result = self.lines[-1].expression
        value = number(self.factor.value, style)
        numbers = value
        if result.has_names:
            digits = self._digits(result)
            numbers = typeset(put_in(result, digits), style, numbers=True, digits=digits)
        cause = ""
        if math.isinf(self.factor.value) and divides_by_zero(result):
            cause = remark("a division by 0", style)
        elif self.factor.value == 0.0 and divides_by_zero(result):
            # 0 · ∞, or the slope of hypot at its corner.
            cause = remark("by convention", style)
        if self.in_one_line:
            sides = list(dict.fromkeys([*texts, numbers, value]))
            return [_Row(lhs, " = ".join(sides), comma.join(filter(None, [*notes, cause])))]
        rows = [
            _Row(lhs if i == 0 else "", text, note) for i, (text, note) in enumerate(zip(texts, notes, strict=True))
        ]
        if numbers != value:
            rows.append(_Row("", f"{numbers} = {value}", cause))
        elif texts[-1] != value:
            rows[-1] = _Row(rows[-1].lhs, f"{texts[-1]} = {value}", comma.join(filter(None, [notes[-1], cause])))
        return rows

    def _digits(self, result: Formula) -> int:
        """Return the number of digits with which the printed numbers give the value."""
        if result.size > MAX_ROUNDED_SIZE:
            return SIGNIFICANT_DIGITS
        shown = put_in(result)
        return digits_for(lambda digits: rounded(shown, digits), self.factor.value)


class Steps:
    """The derivations of the factors of a trace; `str` gives the text.

    Attributes:
        value: the derivative that the factors make up.
        target: the node that is differentiated.
        wrt: the node that it is differentiated by.
    """

    def __init__(
        self, target: Value, wrt: Value, value: float, max_paths: int, opened: Opened | None, of: Chosen | None
    ) -> None:
        self.target, self.wrt = target, wrt
        self.value = value
        self._max_paths = max_paths
        self._stations = Stations(target, wrt, MAX_FORMULA_SIZE, only_named=True)
        self._opened = None if opened is None else _operations(opened)
        self._of = None if of is None else self._chosen(of)

    @cached_property
    def _factors(self) -> list[Factor]:
        stations = self._stations
        return [f for node in reversed(stations.nodes) for f in stations.factors.get(node, [])]

    @property
    def count(self) -> int:
        """The number of factors between the named nodes, derived or not."""
        return len(self._factors)

    @property
    def derivations(self) -> list[Derivation]:
        """The derivations, from the target down; of many factors the first."""
        return self._derivations

    @cached_property
    def _derivations(self) -> list[Derivation]:
        # In the order of the paths if these are written out, each once.
        factors = list(dict.fromkeys(f for path in self._paths for f in path)) or self._factors
        if self._of is None:
            derivations: list[Derivation] = []
            for f in factors[:MAX_DERIVATIONS]:
                derivations.append(self._derive(f))
                if sum(line.expression.size for x in derivations for line in x.lines) > MAX_DERIVED_SIZE:
                    break
            return derivations
        return [self._derive(f) for f in factors if f.result in self._of]

    def _chosen(self, of: Chosen) -> set[Value]:
        """Return stations by their names."""
        names = self._stations.names
        stations = [node for node in reversed(self._stations.nodes) if node is not self.wrt]
        labels = {names[node]: node for node in stations} | {node.label: node for node in stations if node.label}
        wanted: set[Value] = set()
        for item in _items("of", of, (str, Value)):
            node = item if isinstance(item, Value) else labels.get(item)
            if node is None or all(node is not station for station in stations):
                known = ", ".join(names[station] for station in stations[:MAX_DERIVATIONS])
                raise ValueError(f"of must be stations of the trace, got {item!r:.60}; choose from {known}")
            wanted.add(node)
        return wanted

    @cached_property
    def _paths(self) -> list[list[Factor]]:
        """The factors along each path, from the target down; none if there are too many."""
        stations = self._stations
        if len(stations.nodes) > MAX_STATIONS:
            return []
        counts = {stations.nodes[0]: 1}
        for node in stations.nodes[1:]:
            counts[node] = sum(counts[f.operand] for f in stations.factors[node])
        if counts[self.target] > self._max_paths:
            return []
        paths: list[list[Factor]] = []
        stack: list[tuple[Value, list[Factor]]] = [(self.target, [])]
        while stack:
            node, path = stack.pop()
            if node is self.wrt:
                paths.append(path)
            else:
                stack.extend((f.operand, [*path, f]) for f in reversed(stations.factors[node]))
        return paths

    def _derive(self, f: Factor) -> Derivation:
        """Derive a factor; a definition that loses its digits at these numbers stays closed."""
        lines, op = self._lines(f, self._opened)
        if (op is not None or self._opened) and not _agree(lines, f.value):
            note: Note = ("definitions stay closed: they lose their digits at these numbers",)
            if op is not None:
                note = ("the definition of ", op, " stays closed: it loses its digits at these numbers")
            lines, _ = self._lines(f, frozenset())
            lines[0] = Line(lines[0].expression, (*lines[0].notes, note))
        in_one_line = len(lines) <= 2 and not any(line.notes for line in lines)
        return Derivation(f, tuple(lines), in_one_line)

    def _lines(self, f: Factor, opened: frozenset[Op] | None) -> tuple[list[Line], Op | None]:
        """Return the lines of a derivation, and the operation that they begin with the definition of."""
        of = self._stations.definition(f.result)
        notes: list[Note] = []
        reasons: list[Reason] = []
        of = familiar(of, reasons)
        context = self._context(f, opened or frozenset())
        op, definition = of.op, None
        # By default a definition is opened where that is readable: S(AS), but not S(w·x + b).
        if op is not None and (op in opened if opened is not None else all(x.op is None for x in of.operands)):
            definition = defined(op, of.operands, reasons)
            if definition is not None:
                notes.append(("definition of ", op))
                of = definition
        if reasons:
            notes.append(tuple(reasons))
        lines = derivation(of, context, notes)
        if definition is not None and all(x.op is None for x in self._stations.definition(f.result).operands):
            closed, result = f.formula, lines[-1].expression
            if not _has_engine_name(closed) and not tidy(closed - result).is_number(0.0):
                lines[-1] = Line(result, (*lines[-1].notes, ("= ", closed)))
        return lines, None if definition is None else op

    def _context(self, f: Factor, opened: frozenset[Op]) -> Context:
        """Return the name that a factor differentiates by, and what is known of the other names."""
        stations = self._stations
        names = stations.names
        above = {f.operand}
        for node in stations.slice:
            if any(x in above for x in node.operands):
                above.add(node)
        leaves = frozenset(names[node] for node in names if node.op is None)
        held = frozenset(names[node] for node in above if node in names and node is not f.operand)
        return Context(Formula(stations.data[f.operand], names[f.operand]), opened, leaves, held)

    def __str__(self) -> str:
        blocks = [_aligned(block) for block in self._blocks("text")]
        return "\n\n".join(blocks)

    def __repr__(self) -> str:
        return str(self)

    def latex(self) -> str:
        r"""Return the derivations as an ``aligned`` environment of amsmath, for math mode in LaTeX."""
        return f"\\begin{{aligned}}\n{_latex_body(self._blocks('latex'))}\n\\end{{aligned}}"

    def markdown(self) -> str:
        """Return the derivations as Markdown, each in LaTeX between dollar signs."""
        parts = []
        for block in self._blocks("latex"):
            parts.append(f"$$\n\\begin{{aligned}}\n{_latex_body([block])}\n\\end{{aligned}}\n$$\n")
        return "\n".join(parts)

    def html(self) -> str:
        """Return the derivations as an HTML table; names are escaped."""
        title = f"{self._d(self.target, self.wrt, 'html')} = {number(self.value, 'html')}"
        lines = [f'<table class="steps"><caption>{title}</caption>']
        for block in self._blocks("html"):
            lines.append("<tbody>")
            for row in block:
                cells = f"<td>= {row.rhs}</td><td>{row.note}</td>" if row.rhs else f'<td colspan="2">{row.note}</td>'
                lines.append(f'<tr><th scope="row">{row.lhs}</th>{cells}</tr>')
            lines.append("</tbody>")
        return "\n".join([*lines, "</table>"])

    def _repr_html_(self) -> str:
        return for_notebooks(self.html())

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _d(self, of: Value, wrt: Value, style: Style) -> str:
        return derivative(self._stations.names[of], self._stations.names[wrt], style)

    def _factor_name(self, f: Factor, style: Style) -> str:
        """Return ∂result/∂operand, with the stations held fixed in it if the whole derivative has the same name."""
        plain = self._d(f.result, f.operand, style)
        if f.result is not self.target or f.operand is not self.wrt or self.count == 1:
            return plain
        held = [g.operand for g in self._stations.factors[f.result] if g.operand is not f.operand]
        return at_fixed(plain, [self._stations.names[node] for node in held], style)

    def _blocks(self, style: Style) -> list[list[_Row]]:
        """Return the rows of the page: the chain rule, the names, a block for each derivation, and the product."""
        lhs = self._d(self.target, self.wrt, style)
        if self.target is self.wrt:
            return [[_Row(lhs, number(self.value, style))]]
        blocks = [d._rows(self._factor_name(d.factor, style), style) for d in self.derivations]
        definitions = self._definitions(style)
        if definitions:
            blocks.insert(0, definitions)
        if self.count == 1 or self._of is not None:
            return blocks
        left_out = self.count - len(self.derivations)
        if not self._paths or left_out > 0:
            derived = f", of which the first {len(self.derivations)}" if left_out > 0 else ""
            more = "; steps(of=…) takes the name of a station" if left_out > 0 else ""
            words = f"{self.count:,} factors{derived} are derived here{more}"
            return [[_Row("", "", remark(words, style))], *blocks, [_Row(lhs, number(self.value, style))]]
        symbols = [chain([self._factor_name(f, style) for f in path], style) for path in self._paths]
        numbers = plus([product([f.value for f in path], style) for path in self._paths])
        value = number(self.value, style)
        closing = numbers if numbers == value else f"{numbers} = {value}"
        note = next(filter(None, (_convention([f.value for f in path], style) for path in self._paths)), "")
        return [[_Row(lhs, " + ".join(symbols))], *blocks, [_Row(lhs, closing, note)]]

    def _definitions(self, style: Style) -> list[_Row]:
        """Return a row for each name that the trace chose and that the derivations mention, but the target's."""
        names = self._stations.names
        mentioned = {names[node] for d in self.derivations for node in (d.factor.result, d.factor.operand)}
        mentioned.update(*(line.expression.names() for d in self.derivations for line in d.lines))
        unnamed = [x for x in self._stations.unnamed if x is not self.target and names[x] in mentioned]
        shown, omitted = first_and_last(unnamed)
        rows = [self._definition(node, style) for node in shown]
        return mark_omitted(rows, omitted, lambda mark: _Row("", "", mark), style)

    def _definition(self, node: Value, style: Style) -> _Row:
        label, value = name(self._stations.names[node], style), number(self._stations.data[node], style)
        if node.op is None:
            return _Row(label, value)
        return _Row(label, f"{typeset(familiar(self._stations.definition(node), []), style)} = {value}")


def _convention(factors: Iterable[float], style: Style) -> str:
    """Return the convention for 0 · ∞ as a note, if a product of factors needs it."""
    # At the end of an equation it follows a comma.
    return zero_times_infinity(factors, style).replace(", ", "", 1)


def _operations(opened: Opened) -> frozenset[Op]:
    """Return operations by their names, each of which must have a definition.

    Raises:
        TypeError: an item is neither a name nor an operation.
        ValueError: there is no such operation, or it has no definition.
    """
    operations = set()
    for item in _items("open", opened, (str, Op)):
        op = TABLE.get(item) if isinstance(item, str) else item
        if op is None or op.definition is None:
            known = [op.name for op in TABLE.values() if op.definition is not None]
            hint = suggestion(item, known) if isinstance(item, str) else ""
            raise ValueError(f"open must be operations that have a definition, got {item!r:.60}{hint}")
        operations.add(op)
    return frozenset(operations)


def _items(argument: str, given: Any, types: tuple[type, ...]) -> list[Any]:
    """Return one item or several as a list.

    Raises:
        TypeError: an item has another type.
    """
    if isinstance(given, types):
        return [given]
    items = list(given) if isinstance(given, Iterable) else [given]
    for item in items:
        if not isinstance(item, types):
            wanted = " or ".join(t.__name__ for t in types)
            raise TypeError(f"{argument} must be a {wanted} or several, got {item!r:.60}")
    return items


def _agree(lines: Sequence[Line], value: float) -> bool:
    """Return True if each line has the number of the derivative."""
    return all(math.isclose(line.expression.value, value, rel_tol=MAX_RELATIVE_ERROR) for line in lines)


def _has_engine_name(f: Formula) -> bool:
    """Return True if a formula has an operation that no textbook has."""
    return f.op in AUXILIARY or f.op in SELECTORS or any(map(_has_engine_name, f.operands))


def _latex_body(blocks: Sequence[Sequence[_Row]]) -> str:
    """Return the lines of blocks for one ``aligned``, whose columns they share.

    Notes are in a column of their own, behind the last line of their row. Where some right-hand side or note is too
    wide for that, each note is below its row.
    """
    rows = [row for block in blocks for row in block if row.rhs]
    room = latex_room([row.lhs for row in rows], MAX_NOTED_ROW_CHARACTERS - MAX_NOTE_CHARACTERS)
    room = min(room, MAX_LATEX_CHARACTERS)
    is_beside = all(
        latex_width(line) <= width
        for row in rows
        for lines, width in (
            ([line for _, line in broken(row.rhs, "latex", room)], room + MAX_EXCESS_CHARACTERS),
            (note_lines(row.note, MAX_NOTE_CHARACTERS), MAX_NOTE_CHARACTERS + MAX_EXCESS_CHARACTERS),
        )
        for line in lines
    )
    if not is_beside or not any(row.note for row in rows):
        room, is_beside = latex_room([row.lhs for row in rows]), False
    parts = (" \\\\\n".join(_latex_row(row, room, is_beside) for row in block) for block in blocks)
    return " \\\\[1ex]\n".join(parts)


def _latex_row(row: _Row, room: int, is_beside: bool) -> str:
    """Return a row for ``aligned``, with its note beside or below its last line."""
    if not row.rhs:
        first, *rest = wrapped(row.note, room)
        return " \\\\\n".join([f"  & {first}", *(f"  &\\quad {line}" for line in rest)])
    line = f"  {row.lhs} &= {continued_latex(row.rhs, room)}"
    if row.note.startswith("= ") and not is_beside:
        return f"{line} \\\\\n  &\\qquad {continued_latex(row.note, room)}"
    if not is_beside:
        return " \\\\\n".join([line, *(f"  &\\qquad {note}" for note in note_lines(row.note, room) if note)])
    first, *rest = note_lines(row.note, MAX_NOTE_CHARACTERS)
    return " \\\\\n".join([f"{line} && {first}" if first else line, *(f"  &&& {note}" for note in rest)])


def _aligned(rows: Sequence[_Row]) -> str:
    """Lay rows out as text: equals signs and notes are aligned, and wide right-hand sides broken."""
    lhs_width = max(len(row.lhs) for row in rows)
    # A note that does not fit behind its line has the next one.
    column = max((len(row.rhs) for row in rows if row.note and len(row.rhs) <= MAX_ALIGNED_WIDTH), default=0)
    column += lhs_width + len(" = ")
    lines = []
    for row in rows:
        if not row.rhs:
            lines.append(row.note)
            continue
        side = continued(f"{row.lhs:<{lhs_width}} = ", row.rhs, MAX_COLUMNS - lhs_width - len(" = "))
        if row.note and max(len(side[-1]), column) + 2 + len(row.note) <= MAX_COLUMNS:
            side[-1] = f"{side[-1]:<{column}}  {row.note}"
        elif row.note:
            # Even a note of a whole line is further in than the left-hand sides.
            side.append(f"    {row.note:>{MAX_COLUMNS - 4}}")
        lines += side
    return "\n".join(lines)
