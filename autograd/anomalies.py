"""Anomaly detection: the first value, the first gradient and the first product that is inf, nan or 0·inf."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from autograd.context import quiet, watched_by
from autograd.graph import require_values
from autograd.locations import SourceLine, line_of
from autograd.op import smooth
from autograd.symbolic.typesetting import application, escape, name
from autograd.value import Value, topological_order

# A distance from a point x, relative to max(1, |x|). Powers underflow much nearer to 0.
DISTANCE_ON_PIECE = 2.0**-5


@dataclass(frozen=True, eq=False, repr=False)
class Anomaly:
    """A node or edge at which a number stops being finite; `str` describes it.

    Attributes:
        node: the node with the value, or with the partial that is a factor of the gradient or product.
        reason: the number and its cause.
        data: the operands of `node` at the time.
        slot: for a gradient or a product, the index of the operand that receives it; None for a value.
    """

    node: Value
    reason: str
    data: tuple[float, ...]
    slot: int | None = None

    @property
    def line(self) -> SourceLine:
        """The source line that made the node."""
        return line_of(self.node)

    def __repr__(self) -> str:
        return f"<Anomaly: {self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self), 'html')}</pre>"

    def __str__(self) -> str:
        label = name(self.node.label)
        if self.node.op is None:
            text = label or "a leaf"
        else:
            text = application(self.node.op.name, self.data, [x.label for x in self.node.operands])
            text = f"{label} = {text}" if label else text
        operand = f", operand {self.slot}" if self.slot is not None else ""
        line = f"\n  {self.line}" if self.line else ""
        return f"{text}{operand}: {self.reason}{line}"


class Anomalies:
    """The anomalies of a computation: true if there are any; `str` gives the report.

    Attributes:
        value: the first value that is inf from finite operands, nan from operands that are not, or nan because a leaf
            is.
        gradient: the first gradient in the reverse sweep that is inf from finite gradients.
        product: the first product of 0 and inf in the reverse sweep, which the engine counts as 0; or the first other
            product or sum that is nan.
    """

    def __init__(self) -> None:
        self.value: Anomaly | None = None
        self.gradient: Anomaly | None = None
        self.product: Anomaly | None = None
        self._contexts: list[AbstractContextManager[None]] = []

    def __enter__(self) -> Anomalies:
        context = watched_by(self)
        context.__enter__()
        self._contexts.append(context)
        return self

    def __exit__(self, *error: Any) -> None:
        self._contexts.pop().__exit__(*error)

    def __bool__(self) -> bool:
        return any((self.value, self.gradient, self.product))

    def __repr__(self) -> str:
        names = [attribute for attribute in ("value", "gradient", "product") if getattr(self, attribute)]
        return f"<Anomalies: {', '.join(names) or 'none'}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self), 'html')}</pre>"

    def __str__(self) -> str:
        lines = [
            f"first {title} {anomaly}"
            for title, anomaly in (
                ("value that is not finite:", self.value),
                ("gradient that is not finite, going back:", self.gradient),
                ("undefined product, going back:", self.product),
            )
            if anomaly
        ]
        return "\n".join(lines) or "no value and no gradient turned inf or NaN"

    def made(self, node: Value) -> None:
        """Examine the value of a node; the engine calls this for each node that is made in the context."""
        if self.value is None and not math.isfinite(node.data) and node.op is not None:
            data = tuple([x.data for x in node.operands])
            reason = _turned(node, data)
            if reason:
                self.value = Anomaly(node, f"{node.data!r} {reason}", data)

    def swept(self, root: Value, seed: float = 1.0, order: Sequence[Value] | None = None) -> None:
        """Examine every product of a reverse sweep from `root`; sweeps call this in the context.

        Args:
            root: the node to differentiate.
            seed: its adjoint.
            order: the nodes to sweep, operands first; by default all below `root`.
        """
        order = topological_order(root) if order is None else order
        adjoints, wanted = {id(root): seed}, {id(x) for x in order if not x.constant}
        for node in reversed(order):
            adjoint = adjoints.get(id(node))
            if adjoint is None:
                # The node is on a branch that was not taken.
                continue
            for slot, (x, partial) in enumerate(zip(node.operands, node.partials, strict=True)):
                if id(x) in wanted and not (partial == 0.0 and _is_flat(node, slot)):
                    before = adjoints.get(id(x), 0.0)
                    product = 0.0 if adjoint == 0.0 or partial == 0.0 else adjoint * partial
                    adjoints[id(x)] = before + product
                    self._passed_on(node, slot, adjoint, partial, before)

    def _passed_on(self, node: Value, slot: int, adjoint: float, partial: float, before: float) -> None:
        product = adjoint * partial
        factors = f"gradient {adjoint!r} times partial {partial!r}"
        if math.isnan(product):
            if self.product is None and not math.isnan(adjoint):
                result = "counted as 0" if 0.0 in (adjoint, partial) else "which is nan"
                self.product = _on_edge(node, slot, f"{factors}, {result}")
        elif math.isnan(before + product):
            if self.product is None and not math.isnan(before):
                self.product = _on_edge(node, slot, f"{factors} is {product!r}, added to {before!r}")
        elif (
            self.gradient is None and math.isinf(before + product) and math.isfinite(adjoint) and math.isfinite(before)
        ):
            total = "" if math.isinf(product) else f"added to {before!r} "
            self.gradient = _on_edge(node, slot, f"{factors} {total}is {before + product!r}")


def anomaly(*outputs: Value) -> Anomalies:
    """Find the first value and the first gradient that are inf or nan, with operation, operands and source line.

    As a context around a computation, it examines what is recorded and each reverse sweep. For graphs that are recorded
    already, it runs a reverse sweep itself and leaves every `grad` as it is; source lines are known if the graph was
    recorded within `source_lines`.

    Infinite operands are ordinary if a leaf is infinite, and so are infinities that follow from them. A nan leaf is
    reported as given. Branches that were not taken are not examined.

    Args:
        outputs: the outputs of recorded graphs; none for a context.

    Returns:
        The anomalies, as an `autograd.anomalies.Anomalies`. As a context manager, they are complete at the end of the
        context.

    Raises:
        TypeError: one of `outputs` is not a Value.

    >>> import autograd as ag
    >>> with anomaly() as found:
    ...     x = Value(800.0, "x")
    ...     y = (ag.exp(x) / (1 + ag.exp(x))).named("y")
    >>> bool(found), found.value.node.op, found.value.line.text
    (True, <operation exp>, 'y = (ag.exp(x) / (1 + ag.exp(x))).named("y")')
    >>> x = Value(0.0, "x")
    >>> print(anomaly(ag.sqrt(x) ** 2))
    first undefined product, going back: sqrt(x = 0.0), operand 0: gradient 0.0 times partial inf, counted as 0
    """
    anomalies = Anomalies()
    for output in outputs:
        require_values("anomaly()", output)
    for node in topological_order(*outputs):
        anomalies.made(node)
    for output in outputs:
        if output.op is None and math.isnan(output.data) and anomalies.value is None:
            anomalies.value = Anomaly(output, "nan was given", ())
        anomalies.swept(output)
    return anomalies


def _turned(node: Value, data: tuple[float, ...]) -> str | None:
    """Return the cause of a value that is not finite; None if it follows from an operand that is not."""
    if all(map(math.isfinite, data)):
        return "from finite operands"
    if not math.isnan(node.data):
        return None
    nans = [x for x, number in zip(node.operands, data, strict=True) if math.isnan(number)]
    if not nans:
        return "from infinite operands"
    leaves = [x for x in nans if x.op is None]
    if len(leaves) < len(nans):
        return None
    names = ", ".join(name(x.label) for x in leaves if x.label)
    return f"because {names or 'nan'} was given"


def _is_flat(node: Value, slot: int) -> bool:
    """Return True if the operation is constant in an operand next to this point, so that a partial of 0 is exact."""
    op, operand = node.op, node.operands[slot]
    if op is None or op.branch is smooth:
        return False
    slots = [i for i, x in enumerate(node.operands) if x is operand]
    for side in (-math.inf, math.inf):
        piece = None
        for position in _beside(operand.data, side):
            data = [position if x is operand else x.data for x in node.operands]
            try:
                with quiet():
                    partials = op.slopes(data, op.value(*data))
            except (ArithmeticError, ValueError):
                return False
            # The position further on does not count if it is on another piece.
            label = op.branch(*data)
            if piece is not None and label != piece:
                break
            piece = label
            if any(partials[i] != 0.0 for i in slots):
                return False
    return True


def _beside(x: float, side: float) -> tuple[float, float]:
    """Return the float next to `x` on the side of an infinity, and a number further on that side."""
    nearest = math.nextafter(x, side)
    return nearest, nearest + math.copysign(DISTANCE_ON_PIECE * max(1.0, abs(nearest)), side)


def _on_edge(node: Value, slot: int, reason: str) -> Anomaly:
    return Anomaly(node, reason, tuple([x.data for x in node.operands]), slot)
