"""Words for the slope of one edge that is 0, small or infinite, in the names of a trace.

The words follow from the entry of the operation in the table: its rule is evaluated beside the operands, and its branch
tells a kink from a flat point. No operation is known by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from autograd.context import quiet
from autograd.graph import Edge
from autograd.op import Op, filled, smooth
from autograd.symbolic import formula as formulas
from autograd.symbolic.formula import Formula
from autograd.symbolic.latex import operator_name
from autograd.symbolic.notation import derivative_of, write
from autograd.symbolic.prose import Phrase, Report, Sentence
from autograd.symbolic.text import TextPrinter
from autograd.symbolic.typesetting import Style, escape, name, number
from autograd.tracing.chain_rule import Stations
from autograd.value import Value

Sign = Literal["<", "=", ">", "≠"]
_LATEX_SIGNS = {"≠": r"\ne"}
# Distance of the evaluations beside a threshold, relative to it: far from rounding, and near enough to be on the piece
# beside it.
PROBE_DISTANCE = 1e-6
# Distance of the evaluations beside a flat point: its slope there is at least this many times as large.
FLAT_DISTANCE, MIN_FLAT_RATIO = 1e-3, 10.0
# An operation is saturated at x if from x to 2x its value changes by a smaller part of what it changes from here to
# these points.
MAX_SATURATED_CHANGE = 1e-2
MODERATE_POINTS = (-0.5, 0.5, 2.0)
# Points at which a slope must be 0 for the operation to change in jumps alone.
SAMPLES = (-2.3, -0.7, 0.4, 1.6, 3.2)
# Operands of a piecewise operation that may select the piece.
MAX_SELECTING_OPERANDS = 4
# Definitions of names below a report; those that its own lines mention come first.
MAX_DEFINITIONS = 8
# A name that a trace chose, such as v₁, as text prints it.
_CHOSEN_NAME = re.compile(r"[a-z]+[₀-₉]+")


class Condition(NamedTuple):
    """The condition on an operand that makes a slope 0.

    Attributes:
        slot: the slot of the operand that selects the piece.
        sign: the relation of its number to the threshold.
        threshold: the threshold.
        other: the slot of the operand whose number the threshold is; None for 0.
        is_kink: True if pieces meet at the number itself.
    """

    slot: int
    sign: Sign
    threshold: float
    other: int | None
    is_kink: bool


class Writer:
    """Phrases about nodes and edges, with the names and numbers of a trace."""

    def __init__(self, stations: Stations) -> None:
        self.stations = stations
        self.unnamed = set(stations.unnamed)

    def node(self, node: Value) -> Phrase:
        """Return the name of a node, or its formula."""
        return lambda style: write(self.stations.formula(node), style)

    def operation(self, node: Value) -> Phrase:
        """Return the name of an operation; for one that is written as an operator, such as /, that of its result."""
        assert node.op is not None
        return self.node(node) if node.op in TextPrinter.operators else operator(node.op)

    def data(self, node: Value) -> float:
        """Return the number of a node at the time of the trace."""
        return self.stations.data[node]

    def derivative(self, of: Value, wrt: Value) -> Phrase:
        """Return ∂of/∂wrt; a formula that is no name is in parentheses."""
        return lambda style: derivative_of(self.stations.formula(of), self.stations.formula(wrt), style)

    def rule(self, edge: Edge) -> Formula:
        """Return the partial of an edge in symbols."""
        node = edge.result
        assert node.op is not None
        operands = [self.stations.formula(x) for x in node.operands]
        return formulas.partials(node.op, operands, self.data(node))[edge.slot]

    def equation(self, edge: Edge) -> list[Phrase]:
        """Return ∂result/∂operand = rule = number; without the rule if it chooses between pieces."""
        rule = self.rule(edge)
        is_shown = rule.has_names and not _has_pieces(rule)
        named: list[Phrase] = [lambda style: f" = {write(rule, style)}"] if is_shown else []
        return [self.derivative(edge.result, edge.operand), *named, lambda style: f" = {number(edge.partial, style)}"]

    def equality(self, node: Value) -> Callable[[Style], str]:
        """Return the name of a node and its number; for a name that the trace chose, also its definition."""

        def written(style: Style) -> str:
            sides = [write(self.stations.formula(node), style), number(self.data(node), style)]
            if node.op is not None and node in self.unnamed:
                sides.insert(1, write(self.stations.definition(node), style))
            return " = ".join(sides)

        return written

    def definitions(self, report: Report) -> list[Sentence]:
        """Return the definitions of the names in a report that the trace chose, and of the names in those."""
        chosen = {name(self.stations.names[node]): node for node in self.unnamed}
        text = str(report)
        pending = [chosen[word] for word in dict.fromkeys(_CHOSEN_NAME.findall(text)) if word in chosen]
        listed: dict[Value, str] = {}
        for node in pending:
            if node not in listed:
                listed[node] = self.equality(node)("text")
                words = _CHOSEN_NAME.findall(listed[node])
                pending += [chosen[word] for word in dict.fromkeys(words) if word in chosen]
        # The report may have the equation already.
        missing = [node for node, equation in listed.items() if equation not in text]
        first = set(missing[:MAX_DEFINITIONS])
        shown = [node for node in self.stations.unnamed if node in first]
        items = [Sentence([self.equality(node)], is_item=True) for node in shown]
        if len(missing) > MAX_DEFINITIONS:
            items.append(Sentence([f"and {len(missing) - MAX_DEFINITIONS:,} more names"], is_item=True))
        return [Sentence(["where"]), *items] if items else []

    def slope(self, edge: Edge) -> list[Phrase]:
        """Return the reason why the partial of an edge is 0, small or infinite."""
        node, slot = edge.result, edge.slot
        op = node.op
        assert op is not None
        data = [self.data(x) for x in node.operands]
        operand = self.equality(edge.operand)
        if edge.partial == 0.0 and op.branch is not smooth:
            condition = zero_condition(op, data, slot)
            if condition is not None:
                return self._piece(edge, data, condition)
            if changes_in_jumps(op, data, slot):
                words = " changes only in jumps, so its slope is 0"
                return [self.operation(node), words]
        if math.isfinite(edge.partial):
            if is_saturated(op, data, slot):
                return [operand, ": ", self.operation(node), " is saturated, ", *self.equation(edge)]
            if is_flat(op, data, slot):
                return [operand, ": ", self.node(node), " is flat there, ", *self.equation(edge)]
            rule = self.rule(edge)
            if rule.label is not None and edge.partial == 0.0:
                return [
                    lambda style: f"{write(rule, style)} = {number(0.0, style)}",
                    ": ",
                    self.node(node),
                    " does not change with ",
                    self.node(edge.operand),
                ]
            return self.equation(edge)
        return [operand, ": ", *self.equation(edge)]

    def _piece(self, edge: Edge, data: Sequence[float], condition: Condition) -> list[Phrase]:
        """Return the reason on a piecewise operation: its condition and the piece."""
        node = edge.result
        op = node.op
        assert op is not None
        if condition.is_kink:
            return [self.equality(node.operands[condition.slot]), ", a kink of ", self.operation(node), *_CONVENTION]
        chosen = next((k for k, x in enumerate(data) if node.partials[k] == 1.0 and x == self.data(node)), None)
        if chosen is not None:
            words: list[Phrase] = [" takes ", self.node(node.operands[chosen])]
        elif len(data) > 1:
            words = [" does not depend on ", self.node(edge.operand), " there"]
        else:
            words = [" is off for this example" if self.data(node) == 0.0 else " is constant there"]
        return [self._relation(node, condition), ": ", self.operation(node), *words]

    def _relation(self, node: Value, condition: Condition) -> Phrase:
        """Return the condition on an operand: its name and number, and the threshold."""
        left = node.operands[condition.slot]
        if condition.sign == "=":
            return self.equality(left)
        right = None if condition.other is None else node.operands[condition.other]

        def relation(style: Style) -> str:
            sign = _LATEX_SIGNS.get(condition.sign, condition.sign) if style == "latex" else condition.sign
            threshold = number(condition.threshold, style)
            if right is not None and not right.constant:
                threshold = self.equality(right)(style)
            first = number(self.data(left), style) if left.constant else self.equality(left)(style)
            return f"{first} {escape(sign, style) if style == 'html' else sign} {threshold}"

        return relation


def _has_pieces(formula: Formula) -> bool:
    """Return True if a formula has an operation that changes in jumps, such as `step`, or chooses, such as `where`."""
    op = formula.op
    if op is not None and op.branch is not smooth and changes_in_jumps(op, [x.value for x in formula.operands], 0):
        return True
    return any(map(_has_pieces, formula.operands))


_CONVENTION = (", where the slope is 0 by convention",)


def operator(op: Op) -> Phrase:
    """Return the name of an operation in formulas."""

    def written(style: Style) -> str:
        # A template with places for the operands is no name.
        head, is_whole = filled(op.latex if style == "latex" else op.symbol, [""] * (op.arity or 1))
        if head and not is_whole:
            return head if style == "latex" else escape(head, style)
        return operator_name(op.name) if style == "latex" else escape(op.name, style)

    return written


def slope_at(op: Op, data: Sequence[float], slot: int, moved: int, to: float) -> float:
    """Return the partial by the operand in `slot`, with the operand in `moved` at another number; nan outside."""
    numbers = [*data[:moved], to, *data[moved + 1 :]]
    with quiet():
        try:
            value = op.value(*numbers)
            return math.nan if math.isnan(value) else op.slopes(numbers, value)[slot]
        except (ArithmeticError, LookupError, ValueError):
            return math.nan


def zero_condition(op: Op, data: Sequence[float], slot: int) -> Condition | None:
    """Return the condition that makes the partial by the operand in `slot` 0; None if there is no simple one.

    The threshold is 0 or the number of another operand. On some side of it the partial is not 0.
    """
    for moved in [slot, *(k for k in range(len(data)) if k != slot)][:MAX_SELECTING_OPERANDS]:
        for threshold, other in _thresholds(data, moved):
            step = PROBE_DISTANCE * max(abs(threshold), 1.0)
            points: dict[Sign, float] = {"<": threshold - step, "=": threshold, ">": threshold + step}
            slopes = {sign: slope_at(op, data, slot, moved, x) for sign, x in points.items()}
            # Outside the domain there is no slope, which is no evidence.
            zero = [sign for sign, slope in slopes.items() if slope == 0.0 or math.isnan(slope)]
            now = data[moved]
            sign: Sign = "<" if now < threshold else ">" if now > threshold else "="
            if sign not in zero or len(zero) == len(points):
                continue
            is_kink = sign == "=" and moved == slot and _has_kink(op, data, slot)
            if sign == "=" and not is_kink and moved == slot:
                # A flat point, such as that of hypot(0, 3) or of 0**2.
                continue
            return Condition(moved, "≠" if zero == ["<", ">"] else sign, threshold, other, is_kink)
    return None


def _thresholds(data: Sequence[float], moved: int) -> Iterator[tuple[float, int | None]]:
    """Yield the numbers at which a piece may end, and the operand that each is from."""
    yield 0.0, None
    for slot, x in enumerate(data[:MAX_SELECTING_OPERANDS]):
        if slot != moved and math.isfinite(x):
            yield x, slot


def _has_kink(op: Op, data: Sequence[float], slot: int) -> bool:
    """Return True if the slope beside a number does not tend to 0, on one side at least."""
    x = data[slot]
    step = PROBE_DISTANCE * max(abs(x), 1.0)
    for side in (-step, step):
        near, far = (abs(slope_at(op, data, slot, slot, x + distance)) for distance in (side, 100.0 * side))
        if near > 0.5 * far:
            return True
    return False


def changes_in_jumps(op: Op, data: Sequence[float], slot: int) -> bool:
    """Return True if the partial by an operand is 0 wherever it is evaluated."""
    return all(slope_at(op, data, slot, slot, x) == 0.0 for x in SAMPLES)


def is_saturated(op: Op, data: Sequence[float], slot: int) -> bool:
    """Return True if an operation has nearly reached its limit: further from 0 it is flatter and hardly changes."""
    x = data[slot]
    if not math.isfinite(x) or x == 0.0:
        return False
    here, further, nearer = (abs(slope_at(op, data, slot, slot, at)) for at in (x, 2.0 * x, 0.5 * x))
    if not further <= here <= nearer:
        return False
    with quiet():
        try:
            near, far, *moderate = (
                op.value(*data[:slot], at, *data[slot + 1 :]) for at in (x, 2.0 * x, *MODERATE_POINTS)
            )
        except (ArithmeticError, LookupError, ValueError):
            return False
    swing = max((abs(y - near) for y in moderate if math.isfinite(y)), default=0.0)
    steepest = max(abs(slope_at(op, data, slot, slot, at)) for at in MODERATE_POINTS)
    return abs(far - near) <= MAX_SATURATED_CHANGE * swing and here < steepest


def is_flat(op: Op, data: Sequence[float], slot: int) -> bool:
    """Return True if the slope is far larger on both sides of the operand."""
    x = data[slot]
    if not math.isfinite(x):
        return False
    step = FLAT_DISTANCE * max(abs(x), 1.0)
    here = abs(slope_at(op, data, slot, slot, x))
    sides = [abs(slope_at(op, data, slot, slot, at)) for at in (x - step, x + step)]
    return all(side > MIN_FLAT_RATIO * here for side in sides)
