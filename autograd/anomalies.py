"""Where numbers stop being finite: the first value, the first gradient, the first product 0·inf."""

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

# Far below other numbers, and so large that its product with them does not underflow to 0.
STEP_FROM_ZERO = 2.0**-500


@dataclass(frozen=True, eq=False, repr=False)
class Anomaly:
    """One place at which numbers stop being finite; `str` says it in words.

    Attributes:
        node: the node that is not finite, or whose partial is a factor.
        reason: what happened there.
        data: the operands of `node`, as they were.
        slot: for a gradient or a product, the operand that it is passed on to; None for a value.
    """

    node: Value
    reason: str
    data: tuple[float, ...]
    slot: int | None = None

    @property
    def line(self) -> SourceLine:
        """The line of code that made the node."""
        return line_of(self.node)

    def __repr__(self) -> str:
        return f"<Anomaly: {self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self), 'html')}</pre>"

    def __str__(self) -> str:
        label = name(self.node.label)
        if self.node.op is None:
            what = label or "a leaf"
        else:
            what = application(self.node.op.name, self.data, [x.label for x in self.node.operands])
            what = f"{label} = {what}" if label else what
        where = f", operand {self.slot}" if self.slot is not None else ""
        return f"{what}{where}: {self.reason}" + (f"\n  {self.line}" if self.line else "")


class Anomalies:
    """What `anomaly` found: true if anything; `str` gives the report.

    Attributes:
        value: the first value that turned inf or NaN from operands that were not, or whose NaN was given.
        gradient: the first gradient that turned inf, going back.
        product: the first product of 0 and inf going back, which the engine counts as 0, or whatever else made a NaN.
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
        kinds = [kind for kind in ("value", "gradient", "product") if getattr(self, kind)]
        return f"<Anomalies: {', '.join(kinds) or 'none'}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self), 'html')}</pre>"

    def __str__(self) -> str:
        found = [
            f"first {what} {anomaly}"
            for what, anomaly in (
                ("value that is not finite:", self.value),
                ("gradient that is not finite, going back:", self.gradient),
                ("undefined product, going back:", self.product),
            )
            if anomaly
        ]
        return "\n".join(found) or "no value and no gradient turned inf or NaN"

    def made(self, node: Value) -> None:
        """Look at the value of a node: what the engine calls for each node made in the context."""
        if self.value is None and not math.isfinite(node.data) and node.op is not None:
            data = tuple([x.data for x in node.operands])
            reason = _turned(node, data)
            if reason:
                self.value = Anomaly(node, f"{node.data!r} {reason}", data)

    def swept(self, root: Value, seed: float = 1.0, order: Sequence[Value] | None = None) -> None:
        """Look at every product of reverse mode from `root`, within `order`: what sweeps call in the context."""
        order = topological_order(root) if order is None else order
        adjoints, wanted = {id(root): seed}, {id(x) for x in order if not x.constant}
        for node in reversed(order):
            adjoint = adjoints.get(id(node))
            if adjoint is None:  # behind a branch not taken
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
    """The first value that turned inf or NaN, and the first gradient that did, with operation, operands and line.

    Use it around a computation, to watch what is recorded and each sweep of reverse mode; or on graphs that are
    recorded already, which then are differentiated for the purpose (no `grad` is touched), and whose lines are known
    if they were recorded within `source_lines`.

    Infinite operands that are given are ordinary, and so are the infinities that come of them; a NaN that is given is
    said to be given.  Nothing is found behind a branch not taken.

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
    found = Anomalies()
    for output in outputs:
        require_values("anomaly()", output)
    for node in topological_order(*outputs):
        found.made(node)
    for output in outputs:
        if output.op is None and math.isnan(output.data) and found.value is None:
            found.value = Anomaly(output, "nan was given", ())
        found.swept(output)
    return found


def _turned(node: Value, data: tuple[float, ...]) -> str:
    """Why a value that is not finite is so; "" where an operand was so before it."""
    if all(map(math.isfinite, data)):
        return "from finite operands"
    if not math.isnan(node.data):
        return ""
    nans = [x for x, number in zip(node.operands, data, strict=True) if math.isnan(number)]
    if not nans:
        return "from infinite operands"
    given = [x for x in nans if x.op is None]
    names = ", ".join(name(x.label) for x in given if x.label)
    return f"because {names or 'nan'} was given" if len(given) == len(nans) else ""


def _is_flat(node: Value, slot: int) -> bool:
    """Whether a partial of 0 is that of a piece that does not depend on the operand, and so nothing is lost by it."""
    op, operand = node.op, node.operands[slot]
    if op is None or op.branch is smooth:
        return False
    slots = [i for i, x in enumerate(node.operands) if x is operand]
    for side in (-math.inf, math.inf):
        data = [x.data for x in node.operands]
        for i in slots:
            data[i] = math.nextafter(data[i], side) if data[i] else math.copysign(STEP_FROM_ZERO, side)
        try:
            with quiet():
                partials = op.slopes(data, op.value(*data))
        except (ArithmeticError, ValueError):
            return False
        if any(partials[i] != 0.0 for i in slots):
            return False
    return True


def _on_edge(node: Value, slot: int, reason: str) -> Anomaly:
    return Anomaly(node, reason, tuple([x.data for x in node.operands]), slot)
