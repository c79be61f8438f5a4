"""What stands below a picture, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from autograd.drawing.boxes import Box, layer_name
from autograd.drawing.picture import CROSS
from autograd.graph import Paths, short
from autograd.symbolic.notation import derivative
from autograd.symbolic.typesetting import name, number, visible
from autograd.value import Value

_FEW_PATHS, _SHORT = 6, 120
"""A sum over more paths, or of more characters, is not written out."""


def caption(output: Value, wrt: Value, names: Mapping[Value, str]) -> str:
    """The derivative, as the sum over the paths of the products of their partials where that is short."""
    routes = Paths(output, wrt)
    rate = derivative(names[output], names[wrt])
    total, count = number(routes.total), routes.count
    if count <= _FEW_PATHS:
        written = " + ".join(_term(path.partials[::-1], i) for i, path in enumerate(routes))
        if len(written) <= _SHORT:
            return f"{rate} = {written}" + (f" = {total}" if written != total else "")
    along = "its path" if count == 1 else f"{count:,} paths" if count < 10**15 else "many paths"
    return f"{rate} = {total}, the {'product' if count == 1 else 'sum of the products'} along {along}"


def note(drawn: int, counts: Iterable[int], everything: int, ends: tuple[str, str] | None, marked: bool) -> str:
    """How much of the graph is drawn, and as how many boxes, unless each node has a box; and what marks mean.

    Args:
        drawn: how many boxes there are.
        counts: how many nodes each of them stands for.
        everything: how many nodes there are.
        ends: what the drawn part lies between, if that is not all.
        marked: whether there are marks.
    """
    legend = f"{CROSS} marks what is wrong" if marked else ""
    shown = sum(counts)
    if shown == drawn == everything:
        return legend
    folded = f"{drawn:,} boxes for {shown:,}" if shown > drawn else f"{drawn:,}"
    part = "" if ends is None else f": those between {ends[0]} and {ends[1]}, and what meets them"
    amount = f"{folded} of {everything:,} nodes{part}" if shown < everything else f"{folded} nodes"
    return "; ".join(filter(None, (amount, legend)))


def wrong(slots: Iterable[int | None]) -> str:
    """How many values and edges are marked as wrong, by the operand of each edge; None is a value.

    >>> wrong([0, None, 1])
    ', 1 wrong value, 2 wrong edges'
    """
    is_value = [slot is None for slot in slots]
    counts = (("value", sum(is_value)), ("edge", len(is_value) - sum(is_value)))
    return "".join(f", {n:,} wrong {noun}{'s' * (n > 1)}" for noun, n in counts if n)


def too_large(count: int, max_nodes: int, output: Value, wrt: Value | None) -> str:
    """What to do about a picture that would be too large."""
    ways = "only the slice of one derivative with wrt=" if wrt is None else "the slice of a wrt nearer to the output"
    return (
        f"the picture of {short(output)} would have {count:,} boxes, more than max_nodes={max_nodes:,}; draw {ways}, "
        'fold it with detail="neurons" or detail="layers", or pass a larger max_nodes'
    )


def nothing_to_open(wanted: object, folded: Sequence[Box], output: Value, wrt: Value | None) -> str:
    """What there is to open, where something else was asked for."""
    there = [layer_name(box) if box.size > 1 else name(box.exit.label) for box in folded if box.exit.op is not None]
    some = list(dict.fromkeys(filter(None, there)))
    listed = ", ".join(some[:12]) + (", …" if len(some) > 12 else "")
    asked = repr(visible(wanted)) if isinstance(wanted, str) else f"{wanted!r:.60}"
    where = "of the graph" if wrt is None else f"between {short(wrt)} and {short(output)}"
    return f"there is no box for {asked} to open; take a node {where}{', or one of: ' * bool(some)}{listed}"


def _term(factors: Sequence[float], place: int) -> str:
    """A product as a term of a sum; negative factors in parentheses but for the very first."""
    texts = [number(x) for x in factors] or ["1"]
    return "·".join(f"({text})" if text.startswith("−") and i + place else text for i, text in enumerate(texts))
