"""A nudge of one Value: the predicted and the real change, and the ripple through the nodes between.

After Sanderson (3Blue1Brown), "Backpropagation calculus" (2017): ∂w moves z, ∂z moves a, ∂a moves C.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograd.context import quiet
from autograd.derivatives import forward, gradient, reverse, stored
from autograd.graph import check_fresh, replay
from autograd.op import smooth
from autograd.reals import real
from autograd.symbolic.notation import derivative, product, remark
from autograd.symbolic.prose import Phrase, Report, Sentence
from autograd.symbolic.typesetting import Style, name, number
from autograd.tracing.chain_rule import Stations
from autograd.tracing.sheets import Table, first_and_last, mark_omitted
from autograd.tracing.slopes import Writer
from autograd.value import Value, topological_order

# Operations with a kink on the way that are named; the rest are counted.
MAX_KINKS = 3


@dataclass(frozen=True)
class Move:
    """The change of one node by a nudge.

    Attributes:
        node: the node.
        before: its value in the graph.
        after: its value after the nudge.
        slope: its derivative by the nudged Value, before the nudge.
        predicted: the change that the slope predicts.
    """

    node: Value
    before: float
    after: float
    slope: float
    predicted: float

    @property
    def change(self) -> float:
        """The real change."""
        return self.after - self.before


class Nudge(Report):
    """The effect of a nudge; `str` gives it in words and as a table.

    Attributes:
        step: the change of the nudged Value, as floats represent it.
        predicted: the change of the target by its slope, ∂target/∂wrt · step.
        curvature: the next term, ½ · ∂²target/∂wrt² · step²; nan if a rule is not differentiable.
        actual: the real change of the target.
        ripple: the changes of the stations between, from the nudged Value up to the target.
        kinks: the nodes whose operation changes to another of its pieces.
    """

    def __init__(
        self,
        blocks: Sequence[Sentence | Table],
        ripple: Sequence[Move],
        curvature: float,
        kinks: Sequence[Value],
    ) -> None:
        super().__init__(blocks)
        self.ripple, self.kinks, self.curvature = tuple(ripple), tuple(kinks), curvature
        self.step = ripple[0].change
        self.predicted, self.actual = ripple[-1].predicted, ripple[-1].change


def nudge(stations: Stations, target: Value, wrt: Value, step: float) -> Nudge:
    """Return the effect of adding `step` to `wrt`, computed in a new graph.

    Args:
        stations: the names and numbers of the trace.
        target: the node that is differentiated.
        wrt: the node that is nudged.
        step: the change.

    Raises:
        TypeError: `step` is not a number.
        ValueError: `step` is 0, too small to change `wrt`, or not finite; or the graph was changed since.
        DomainError: an operation has no value there.
    """
    step = real(step, "nudge()")
    label = name(stations.names[wrt])
    if not math.isfinite(step) or step == 0.0:
        raise ValueError(f"step must be a finite number other than 0, got {step!r}; a small one, such as 0.1, is usual")
    check_fresh(topological_order(target))
    start = stations.data[wrt]
    if start + step == start:
        raise ValueError(
            f"step must change {label} = {start!r}, got {step!r}, which rounding absorbs; use a larger step"
        )
    moved = start + step
    after = _replayed(stations.slice, target, {wrt: Value(moved, wrt.label)})
    # Rounding may change the step: 0.15 + 0.1 − 0.15 is not 0.1.
    tangents = forward(stations.slice, {wrt: moved - start}, stored)
    slopes = forward(stations.slice, {wrt: 1.0}, stored)
    ripple = [
        Move(x, stations.data[x], after[x].data, slopes.get(x, 0.0), tangents.get(x, 0.0)) for x in stations.nodes
    ]
    kinks = [x for x in stations.slice if x is not wrt and _changes_piece(x, after[x])]
    curvature = 0.5 * _second_derivative(target, wrt) * (moved - start) ** 2
    return Nudge(_blocks(stations, ripple, curvature, kinks), ripple, curvature, kinks)


def _replayed(nodes: Sequence[Value], target: Value, changes: Mapping[Value, Value]) -> dict[Value, Value]:
    """Replay the graph of `target`; return the new node for each node of the slice."""
    copies = dict(changes)
    copies[target] = replay(target, changes)
    for node in reversed(nodes):
        if node not in changes:
            copies.update(zip(node.operands, copies[node].operands, strict=True))
    return copies


def _changes_piece(node: Value, copy: Value) -> bool:
    """Return True if an operation is on another of its smooth pieces after the nudge."""
    if node.op is None or node.op.branch is smooth:
        return False
    with quiet():
        return node.op.branch(*(x.data for x in node.operands)) != node.op.branch(*(x.data for x in copy.operands))


def _second_derivative(target: Value, wrt: Value) -> float:
    """Return ∂²target/∂wrt²; nan if a rule is not differentiable, such as one that calls `math`."""
    # In a new graph, in which `wrt` is a leaf: its own operands play no part.
    x = Value(wrt.data, wrt.label)
    copy = x if target is wrt else replay(target, {wrt: x})
    with quiet():
        try:
            # The second sweep takes the stored numbers: a graph of it would be cubic in the operands of a softmax.
            return float(reverse({gradient(copy, x): 1.0}, stored).get(x, 0.0))
        except TypeError:
            return math.nan


def _blocks(
    stations: Stations, ripple: Sequence[Move], curvature: float, kinks: Sequence[Value]
) -> list[Sentence | Table]:
    source, target = ripple[0], ripple[-1]
    names = {move.node: stations.names[move.node] for move in ripple}

    def delta(node: Value, style: Style) -> str:
        return (r"\Delta " if style == "latex" else "Δ") + name(names[node], style)

    def step(style: Style) -> str:
        arrow = r" \to " if style == "latex" else " → "
        ends = f"{number(source.before, style)}{arrow}{number(source.after, style)}"
        return (
            f"{name(names[source.node], style)}: {ends}, {delta(source.node, style)} = {number(source.change, style)}"
        )

    def prediction(style: Style) -> str:
        slope = derivative(names[target.node], names[source.node], style)
        dot = r" \cdot " if style == "latex" else " · "
        numbers = product([target.slope, source.change], style)
        return f"{slope}{dot}{delta(source.node, style)} = {numbers} = {number(target.predicted, style)}"

    def second(style: Style) -> str:
        above, below = name(names[target.node], style), name(names[source.node], style)
        if style == "latex":
            term = rf"\frac{{1}}{{2}} \frac{{\partial^2 {above}}}{{\partial {{{below}}}^2}} (\Delta {below})^2"
        elif style == "html":
            term = f"½ · ∂<sup>2</sup>{above}/∂{below}<sup>2</sup> · (Δ{below})<sup>2</sup>"
        else:
            term = f"½ · ∂²{above}/∂{below}² · (Δ{below})²"
        return f"{term} = {number(curvature, style)}"

    def real_change(style: Style) -> str:
        return f"{delta(target.node, style)} = {number(target.change, style)}"

    write = Writer(stations)
    blocks: list[Sentence | Table] = [
        Sentence([step]),
        Sentence(["predicted: ", prediction], is_item=True),
        *([] if math.isnan(curvature) else [Sentence(["curvature: ", second], is_item=True)]),
        Sentence(["real:      ", real_change], is_item=True),
    ]
    for node in kinks[:MAX_KINKS]:
        phrases: list[Phrase] = ["On the way ", write.operation(node), " at ", write.node(node.operands[0])]
        blocks.append(Sentence([*phrases, " changes to another piece, which no slope here predicts"]))
    rest = len(kinks) - MAX_KINKS
    if rest > 0:
        change = "operation changes" if rest == 1 else "operations change"
        blocks.append(Sentence([f"{rest:,} more {change} to another piece"]))
    blocks.append(_table(stations, ripple))
    return [*blocks, *write.definitions(Report(blocks))]


def _table(stations: Stations, ripple: Sequence[Move]) -> Table:
    """Return the table of the ripple; in the middle of a long one, rows are left out."""
    shown, omitted = first_and_last(ripple)
    source = stations.names[ripple[0].node]

    def lines(style: Style) -> list[list[str]]:
        slope = derivative("·", source, style)
        head = [*(remark(word, style) for word in ("node", "before", "after", "change", "predicted")), slope]
        rows = [
            [
                name(stations.names[move.node], style),
                *(number(x, style) for x in (move.before, move.after, move.change, move.predicted, move.slope)),
            ]
            for move in shown
        ]
        return [head, *mark_omitted(rows, omitted, lambda mark: [mark, *[""] * 5], style)]

    return Table(lines)
